//! Candidates on the same luck, as a researcher meets them: the decision, its exit code, the folder, and the proof that the
//! luck really is the same.

mod cli_kit;
mod common;

use cli_kit::{FIRST, Scratch, code, err, out};
use common::{Story, two_stamps};
use drsim::contract::Fact;
use drsim::simulation::run;
use drsim::world::Luck;
use serde_json::Value;

const RUN: &str = "[run]\nstarts = \"2026-01-05T00:00:00+00:00\"\nlasts = \"30d\"\nseed = 11\nreplications = 4";

const FLEET: &str = r#"
[vms.erp]
count = 2
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB"]
churn.on_off = { rate = "2 MiB/s", on = { exponential = { mean = "10m" } }, off = { exponential = { mean = "1h" } } }
[protect.erp]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod", network = "dr" }
[[outage.link-down]]
link = "wan"
every.exponential = { mean = "3d" }
lasts.exponential = { mean = "2h" }
"#;

const ANOTHER: &str = r#"
[vms.aaa]
count = 3
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB"]
churn.steady = { rate = "200 KiB/s", noise = { sigma = 0.5, every = "5m" } }
[protect.aaa]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod", network = "dr" }
"#;

/// When the link broke and was mended, and what each machine of `erp` wrote.
fn luck(text: &str) -> (Vec<String>, Vec<u64>) {
    let setup = Story::of(text).scenario.setup;
    let (mut outages, mut written) = (Vec::new(), vec![0; setup.inventory.vms.len()]);
    run(&setup, Luck::new(11, 3), &mut |at, fact| match fact {
        Fact::OutageBegan { .. } | Fact::OutageEnded { .. } => outages.push(format!("{at} {fact:?}")),
        Fact::Ledger { vm, written: own, .. } => written[vm.index()] = own.0,
        _ => {}
    });
    let erp = setup.inventory.vms.iter().zip(written).filter(|(vm, _)| vm.name.starts_with("erp"));
    (outages, erp.map(|(_, own)| own).collect())
}

/// Common random numbers: what two scenarios share by name happens to both, whoever else is there and whatever the policy.
#[test]
fn another_machine_and_another_strategy_leave_the_luck_of_the_others_untouched() {
    let plain = luck(&(two_stamps(RUN) + FLEET));
    assert!(plain.0.len() > 6 && plain.1.iter().all(|written| *written > 0), "{plain:?}");
    assert_eq!(plain, luck(&(two_stamps(RUN) + ANOTHER + FLEET)), "a group was added before it");
    let rarer = two_stamps(RUN).replace("crash_consistent_every = \"5m\"", "crash_consistent_every = \"45m\"");
    assert_ne!(rarer, two_stamps(RUN), "the policy of the kit has another interval");
    assert_eq!(plain, luck(&(rarer + FLEET)), "another strategy");
    let luckier = luck(&(two_stamps(RUN) + FLEET).replace("mean = \"3d\"", "mean = \"4d\""));
    assert_ne!(plain.0, luckier.0);
    assert_eq!(plain.1, luckier.1, "the writes hang on no outage");
}

const RARER: &str = "rarer: policy.gold.crash_consistent_every=30m";

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", err(output)))
}

#[test]
fn the_better_one_is_named_with_its_difference_and_what_the_same_luck_was_worth() {
    let scratch = Scratch::new("compare-better");
    let by = ["--by", "mean(rpo_over_time)", "--replications", "20"];
    let output = scratch.drsim(&[&["compare", FIRST, "--variant", RARER, "--json"], &by[..]].concat());
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    let found = json(&output);
    assert_eq!(found["schema"], "drsim-compare/1");
    assert_eq!(found["decision"]["kind"], "best");
    assert_eq!(found["decision"]["candidate"], "as written");
    let yardsticks = found["yardsticks"].as_array().expect("a list");
    let own = yardsticks.iter().find(|own| own["name"] == "all: mean(rpo_over_time)").expect("it decides");
    let against = &own["candidates"][1]["against_first"];
    let number = |value: &Value| value.as_f64().expect("a number");
    assert_eq!(against["standing"], "worse");
    // Points every 30 instead of 5 minutes are 12.5 minutes older on average; fewer marks change little else.
    let difference = number(&against["difference"]["value"]);
    assert!((difference - 750.0).abs() < 60.0, "{difference}");
    assert!(number(&against["difference"]["low"]) < difference && difference < number(&against["difference"]["high"]));
    assert!(number(&against["independent_runs_per_pair"]) > 1.0);
    // Paired means are means: the difference is that of the two.
    let mean = |place: usize| number(&own["candidates"][place]["mean"]["value"]);
    assert!((mean(1) - mean(0) - difference).abs() < 0.1);
}

#[test]
fn a_candidate_against_itself_shows_no_difference_and_is_decided_at_the_first_look() {
    let scratch = Scratch::new("compare-itself");
    let same = scratch.scenario("same.toml", &[]);
    let other = scratch.scenario("other.toml", &[("A first scenario", "The same under another name")]);
    let output = scratch.drsim(&["compare", &same, &other, "--replications", "60", "--json"]);
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    let found = json(&output);
    assert_eq!(found["decision"]["kind"], "good-enough");
    assert_eq!((found["replications"].as_u64(), found["looks"].as_u64()), (Some(20), Some(1)));
    for own in found["yardsticks"].as_array().expect("a list") {
        let against = &own["candidates"][1]["against_first"];
        assert!(against["difference"]["value"].as_f64().is_none_or(|value| value == 0.0), "{own}");
    }
}

#[test]
fn what_cannot_be_told_says_how_many_more_replications_would() {
    let scratch = Scratch::new("compare-doubt");
    let barely = "barely: link.wan.bandwidth=\"201 Mbit/s\"";
    let arguments = ["compare", FIRST, "--variant", barely, "--replications", "4", "--margin", "0 %"];
    let output = scratch.drsim(&[&arguments[..], &["--by", "mean(rpo_over_time)"]].concat());
    assert_eq!(code(&output), Some(3), "{}", err(&output));
    assert!(out(&output).starts_with("CANNOT TELL YET"), "{}", out(&output));
    assert!(out(&output).contains("more replications needed"));
    for line in out(&output).lines().filter(|line| !line.starts_with("again: ")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(out(&output).lines().count() <= 40);
}

#[test]
fn the_folder_holds_page_tables_and_manifest_and_is_the_same_each_time() {
    let scratch = Scratch::new("compare-folder");
    let all = |threads: &str, folder: &str| {
        let arguments =
            ["compare", FIRST, "--variant", RARER, "--replications", "8", "--threads", threads, "-o", folder];
        let output = scratch.drsim(&arguments);
        assert_eq!(code(&output), Some(3), "8 replications tell nothing: {}", err(&output));
        let mut files: Vec<_> = std::fs::read_dir(scratch.0.join(folder)).expect("written").flatten().collect();
        files.sort_by_key(std::fs::DirEntry::file_name);
        let bytes = |file: std::fs::DirEntry| (file.file_name(), std::fs::read(file.path()).expect("readable"));
        files.into_iter().map(bytes).collect::<Vec<_>>()
    };
    let (one, two) = (all("1", "one"), all("2", "two"));
    assert_eq!(one, two);
    let text = |name: &str| {
        let own = one.iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no {name}"));
        String::from_utf8(own.1.clone()).expect("text")
    };
    assert!(text("index.html").contains("Difference to the first"));
    for picture in ["by", "front-chart"] {
        assert!(text("index.html").contains(&format!("<svg class=\"chart\" id=\"{picture}\"")), "no picture {picture}");
    }
    // Rarer points are older and bring nothing back sooner, but fewer bytes of them are held.
    let found: Value = serde_json::from_str(&text("compare.json")).expect("JSON");
    let places = [&found["candidates"][0], &found["candidates"][1]];
    assert_eq!(places.map(|own| own["front"].as_str().unwrap_or("?")), ["front", "front-by-price"], "{found:#}");
    assert!(text("compare.md").contains("| rarer |"));
    assert_eq!(text("values.csv").lines().count(), 1 + 8 * 2 * text("differences.csv").lines().skip(1).count() / 2);
    let manifest: Value = serde_json::from_str(&text("manifest.json")).expect("JSON");
    assert_eq!(manifest["files"].as_array().map(Vec::len), Some(one.len() - 1));
    // A comparison may replace its own folder, and a run of one scenario may not be mistaken for it.
    assert_eq!(one, all("1", "one"));
}

#[test]
fn what_cannot_be_compared_is_said_before_anything_runs() {
    let scratch = Scratch::new("compare-wrong");
    let longer = scratch.scenario("longer.toml", &[("lasts = \"30d\"", "lasts = \"40d\"")]);
    for (arguments, says) in [
        (vec![FIRST], "one candidate"),
        (vec![FIRST, &longer], "luck cannot be the same"),
        (vec![FIRST, &longer, "--strategy", "fixed-interval"], "several files"),
        (vec![FIRST, "--variant", "wider"], "no variant"),
        (vec![FIRST, "--variant", "link.wan.bandwith=1 Mbit/s"], "bandwidth"),
        (vec![FIRST, "--strategy", "guess"], "guess"),
        (vec![FIRST, "--variant", RARER, "--by", "p95(rpq)"], "no yardstick"),
        (vec![FIRST, "--variant", RARER, "--confidence", "100 %"], "confidence"),
    ] {
        let output = scratch.drsim(&[&["compare"], &arguments[..]].concat());
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
        assert!(out(&output).is_empty());
    }
}
