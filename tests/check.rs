//! The gate as CI meets it: exit codes, what it prints, baselines, budgets of time, and that the command it names shows
//! the failure.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/00-first.toml");

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("drsim-check-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
        Scratch(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsim"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD"] {
            command.env_remove(name);
        }
        command
    }

    fn drsim(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("drsim starts")
    }

    /// The first scenario with other words in it.
    fn scenario(&self, name: &str, changes: &[(&str, &str)]) -> String {
        let mut text = std::fs::read_to_string(FIRST).expect("the first scenario is bundled");
        for (old, new) in changes {
            assert!(text.contains(old), "the first scenario has no `{old}`");
            text = text.replace(old, new);
        }
        std::fs::write(self.0.join(name), text).expect("written");
        name.to_owned()
    }

    fn missed(&self) -> String {
        self.scenario("missed.toml", &[("p95(rpo) <= 15m", "p95(rpo) <= 1m"), ("p95(rto) <= 4h", "p95(rto) <= 5m")])
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

#[test]
fn verdicts_have_their_exit_codes() {
    let here = Scratch::new("codes");
    let missed = here.missed();
    let aimless = here.scenario("aimless.toml", &[("[[target]]", "[[unknown]]")]);
    for (arguments, wanted) in [
        (&["check", FIRST][..], 0),
        (&["check", &missed], 1),
        (&["check", FIRST, "--replications", "4"], 3),
        (&["check", FIRST, "--replications", "4", "--strict"], 1),
        (&["check", &aimless], 2),
        (&["check", FIRST, "nowhere.toml"], 2),
        (&["check"], 2),
        (&["check", FIRST, "--accept"], 2),
        (&["check", FIRST, "--replications", "4", "--out", "/proc/drsim"], 4),
    ] {
        let output = here.drsim(arguments);
        assert_eq!(code(&output), Some(wanted), "{arguments:?}: {}{}", out(&output), err(&output));
    }
}

/// What is glaring is seen at the first look; the verdict over several scenarios is the worst of them.
#[test]
fn a_glaring_miss_is_decided_early() {
    let here = Scratch::new("early");
    let missed = here.missed();
    let found = json(&here.drsim(&["check", &missed, FIRST, "--format", "json"]));
    assert_eq!((found["schema"].as_str(), found["verdict"].as_str()), (Some("drsim-check/1"), Some("missed")));
    let [early, whole] = [&found["scenarios"][0], &found["scenarios"][1]];
    assert_eq!((early["replications"].as_u64(), early["decided_early"].as_bool()), (Some(20), Some(true)));
    assert_eq!((whole["verdict"].as_str(), whole["replications"].as_u64()), (Some("met"), Some(60)));
}

/// Each miss names the scenario, the target, the worst replication, its bottleneck and since when; and its command, run by
/// a shell as printed, tells of that machine and of that bottleneck.
#[test]
fn the_command_of_a_miss_shows_the_failure() {
    let here = Scratch::new("replay");
    let missed = here.missed();
    let found = json(&here.drsim(&["check", &missed, "--set", "title=a title", "--json"]));
    let targets = found["scenarios"][0]["targets"].as_array().expect("targets");
    let misses: Vec<&Value> = targets.iter().filter(|target| target["verdict"] == "missed").collect();
    assert_eq!(misses.len(), 2, "{found:#}");
    for (target, shows) in misses.iter().zip(["LOST", "the failed-over VM serves"]) {
        let worst = &target["worst"];
        let replay = worst["replay"].as_str().expect("a command");
        assert!(worst["bottleneck"].as_str().is_some_and(|name| !name.is_empty()), "{worst:#}");
        let path = PathBuf::from(env!("CARGO_BIN_EXE_drsim"));
        let paths = std::env::join_paths([path.parent().expect("a folder"), "/usr/bin".as_ref(), "/bin".as_ref()]);
        let output = Command::new("sh")
            .args(["-c", replay])
            .env("PATH", paths.expect("paths"))
            .current_dir(&here.0)
            .output()
            .expect("sh runs");
        let told = out(&output);
        assert_eq!(code(&output), Some(0), "{replay}: {}", err(&output));
        assert!(told.contains(worst["of"].as_str().expect("a name")) && told.contains(shows), "{replay} shows\n{told}");
        assert!(told.lines().count() < 200, "a window, not the whole run: {} lines", told.lines().count());
    }
    // The link was down a week before; this loss it does not explain.
    let bottleneck = misses[0]["worst"]["bottleneck"].as_str().expect("a name");
    assert!(bottleneck.contains("interval of its points"), "{bottleneck}");
    let text = out(&here.drsim(&["check", &missed]));
    assert!(
        text.contains("MISSED: ") && text.contains("held up by") && text.contains("see it: drsim replay "),
        "{text}"
    );
}

/// JUnit as CI servers read it: suites, cases, failures, skipped; the counts are those of the elements.
#[test]
fn junit_reads_back_with_the_right_counts() {
    let here = Scratch::new("junit");
    let missed = here.missed();
    let output = here.drsim(&["check", &missed, FIRST, "--replications", "20", "--out", "ci", "--format", "junit"]);
    let text = out(&output);
    assert_eq!(text, std::fs::read_to_string(here.0.join("ci/junit.xml")).expect("the same as a file"));
    let report = quick_junit::Report::deserialize_from_str(&text).expect("it reads back");
    let cases: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    assert_eq!((report.test_suites.len(), cases.len(), report.tests), (2, 6, 6));
    let count = |tag: &str| text.matches(tag).count();
    assert_eq!((count("<testcase "), count("<failure "), count("<skipped ")), (6, report.failures, report.skipped()));
    assert!(report.failures >= 2 && count("drsim replay") >= 2, "{text}");
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "), "{text}");
    for name in ["check.json", "summary.md", "manifest.json"] {
        assert!(here.0.join("ci").join(name).is_file(), "{name} is missing");
    }
}

/// What the schema of Jenkins' xUnit plugin (junit-10) allows: attributes, those with `!` needed, and children.
const JUNIT: [(&str, &[&str], &[&str]); 7] = [
    ("testsuites", &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    (
        "testsuite",
        &[
            "name!",
            "tests!",
            "failures!",
            "errors!",
            "skipped",
            "time",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
        ],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &["property"]),
    ("property", &["name!", "value!"], &[]),
    (
        "testcase",
        &["name!", "time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("skipped", &["type", "message"], &[]),
    ("failure", &["type", "message"], &[]),
];

/// Every element stands where the schema has it, with the attributes that it knows and all that it needs.
#[test]
fn junit_fits_the_schema_of_ci_servers() {
    let here = Scratch::new("junit-schema");
    let missed = here.missed();
    let text = out(&here.drsim(&["check", &missed, FIRST, "--replications", "20", "--format", "junit"]));
    let (mut reader, mut above) = (quick_xml::Reader::from_str(&text), Vec::<String>::new());
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let event = reader.read_event().expect("XML");
        let (element, opens) = match &event {
            quick_xml::events::Event::Start(element) => (element, true),
            quick_xml::events::Event::Empty(element) => (element, false),
            quick_xml::events::Event::End(_) => {
                above.pop();
                continue;
            }
            quick_xml::events::Event::Eof => break,
            _ => continue,
        };
        let name = element.name().as_ref().to_owned();
        let rule = |name: &str| *JUNIT.iter().find(|rule| rule.0 == name).unwrap_or_else(|| panic!("<{name}>"));
        let place = above.last().map_or(name == "testsuites", |parent| rule(parent).2.contains(&name.as_str()));
        assert!(place, "<{name}> within {above:?}");
        let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
            attribute.expect("an attribute").key.as_ref().to_owned()
        };
        let attributes: Vec<String> = element.attributes().map(attribute).collect();
        let known = rule(&name).1;
        for attribute in &attributes {
            assert!(known.iter().any(|own| own.trim_end_matches('!') == attribute), "{attribute} of <{name}>");
        }
        for needed in known.iter().filter_map(|own| own.strip_suffix('!')) {
            assert!(attributes.iter().any(|own| own == needed), "<{name}> without {needed}");
        }
        if opens {
            above.push(name.clone());
        }
        seen.insert(name);
    }
    assert_eq!(seen.len(), JUNIT.len(), "{seen:?}");
}

trait Skipped {
    fn skipped(&self) -> usize;
}

impl Skipped for quick_junit::Report {
    fn skipped(&self) -> usize {
        let cases = self.test_suites.iter().flat_map(|suite| &suite.test_cases);
        cases.filter(|case| matches!(case.status, quick_junit::TestCaseStatus::Skipped { .. })).count()
    }
}

#[test]
fn services_get_their_annotations() {
    let here = Scratch::new("services");
    let missed = here.missed();
    let summary = here.0.join("step.md");
    let github = here
        .command(&["check", &missed, "--replications", "20"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .expect("runs");
    let text = std::fs::read_to_string(here.0.join(&missed)).expect("there");
    let line = 1 + text.lines().position(|line| line.contains("p95(rpo) <= 1m")).expect("the target's line");
    assert!(
        out(&github).contains(&format!("\n::error file=missed.toml,line={line},title=drsim%3A")),
        "{}",
        out(&github)
    );
    assert!(
        !out(&github)
            .lines()
            .any(|line| line.starts_with("::") && !line.contains("::MISSED") && !line.contains("::NOT"))
    );
    assert!(std::fs::read_to_string(&summary).expect("added").starts_with("## drsim check: MISSED\n"));
    let azure = here
        .command(&["check", &missed, "--replications", "20", "--out", "ci"])
        .env("TF_BUILD", "True")
        .output()
        .expect("runs");
    let logged = format!("\n##vso[task.logissue type=error;sourcepath=missed.toml;linenumber={line}]MISSED");
    assert!(out(&azure).contains(&logged), "{}", out(&azure));
    assert!(out(&azure).contains("\n##vso[task.uploadsummary]/"), "{}", out(&azure));
    let plain = out(&here.drsim(&["check", &missed, "--replications", "20"]));
    assert!(!plain.contains("::error") && !plain.contains("##vso"), "{plain}");
}

/// Unchanged, every pair differs by nothing; slower people show as a regression; a smaller margin than the change is what
/// decides.
#[test]
fn a_baseline_accepts_what_is_no_worse_and_refuses_what_is() {
    let here = Scratch::new("baseline");
    let accepted = here.drsim(&["check", FIRST, "--baseline", "base.json", "--accept"]);
    assert_eq!(code(&accepted), Some(0), "{}{}", out(&accepted), err(&accepted));
    let same = json(&here.drsim(&["check", FIRST, "--baseline", "base.json", "--json"]));
    let pairs = same["scenarios"][0]["against_baseline"].as_array().expect("comparisons").clone();
    assert_eq!((same["verdict"].as_str(), pairs.len()), (Some("met"), 3), "{same:#}");
    assert!(
        pairs.iter().all(|pair| pair["worse_by"]["value"].as_f64().is_some_and(|by| by.abs() < 1e-5)),
        "{pairs:#?}"
    );

    let slow = here.scenario(
        "slow.toml",
        &[("low = \"10m\", mode = \"30m\", high = \"2h\"", "low = \"40m\", mode = \"60m\", high = \"150m\"")],
    );
    let worse = here.drsim(&["check", &slow, "--baseline", "base.json", "--json"]);
    assert_eq!(code(&worse), Some(1), "{}", out(&worse));
    let pair = json(&worse)["scenarios"][0]["against_baseline"][1].clone();
    assert_eq!((pair["of"].as_str(), pair["verdict"].as_str()), (Some("sql: p95(rto)"), Some("missed")), "{pair:#}");
    // Thirty minutes, within the lag of what follows: a third of the limit of four hours is margin enough.
    let wide = here.drsim(&["check", &slow, "--baseline", "base.json", "--margin", "30 %", "--json"]);
    assert_eq!(code(&wide), Some(0), "{}", out(&wide));
}

#[test]
fn a_baseline_of_something_else_is_refused_and_never_overwritten() {
    let here = Scratch::new("foreign");
    let few = ["--replications", "3"];
    let check = |arguments: &[&str]| here.drsim(&[&["check", FIRST][..], arguments, &few].concat());
    check(&["--baseline", "base.json", "--accept"]);
    std::fs::write(here.0.join("thesis.json"), "{\"title\": \"mine\"}").expect("written");
    std::fs::write(here.0.join("summary.json"), "{\"schema\": \"drsim-summary/1\"}").expect("written");
    let other = here.scenario("other.toml", &[("Branch office", "Another office")]);
    for (arguments, told) in [
        (&["--baseline", "base.json", "--seed", "8"][..], "it was made with seed 7, this run has 8"),
        (&["--baseline", "base.json", "--set", "run.lasts=20d"], "its run lasts 30d"),
        (&["--baseline", "thesis.json"], "it is no baseline"),
        (&["--baseline", "thesis.json", "--accept"], "it is not overwritten"),
        (&["--baseline", "summary.json"], "holds no values per replication"),
        (&["--baseline", "nowhere.json"], "there is no baseline nowhere.json"),
    ] {
        let output = check(arguments);
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}{}", out(&output), err(&output));
        assert!(err(&output).contains(told) && err(&output).contains("mend:"), "{arguments:?}: {}", err(&output));
    }
    let output = here.drsim(&["check", &other, "--replications", "3", "--baseline", "base.json", "--accept"]);
    assert_eq!(code(&output), Some(2), "{}", err(&output));
    assert!(err(&output).contains("is the baseline of \"Branch office"), "{}", err(&output));
    assert_eq!(std::fs::read_to_string(here.0.join("thesis.json")).expect("there"), "{\"title\": \"mine\"}");
    let both = here.drsim(&["check", FIRST, &other, "--replications", "3", "--baseline", "bases/", "--accept"]);
    assert_eq!(code(&both), Some(3), "{}", err(&both));
    assert!(here.0.join("bases/00-first.json").is_file() && here.0.join("bases/other.json").is_file());
}

/// The report of a run is a baseline, too: nothing else has to be stored.
#[test]
fn the_summary_of_a_run_is_a_baseline_and_stays_what_it_is() {
    let here = Scratch::new("summary-baseline");
    let ran = here.drsim(&["run", FIRST, "--replications", "20", "--out", "first", "-q"]);
    assert!(matches!(code(&ran), Some(0 | 3)), "{}", err(&ran));
    let summary = here.0.join("first/summary.json");
    let before = std::fs::read(&summary).expect("a summary");
    let check = |more: &[&str]| {
        let all = ["check", FIRST, "--replications", "20", "--baseline", "first/summary.json"];
        here.drsim(&[&all[..], more].concat())
    };
    let same = check(&["--json"]);
    let found = json(&same);
    let paired = found["scenarios"][0]["against_baseline"].as_array().unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!(paired.len(), 3, "{found:#}");
    assert!(paired.iter().all(|own| own["verdict"] == "met"), "{found:#}");
    // Points six times as rare are older: refused by pairs.
    let worse = check(&["--set", "policy.gold.crash_consistent_every=30m"]);
    assert_eq!(code(&worse), Some(1), "{}", out(&worse));
    let other = check(&["--seed", "8"]);
    assert!(code(&other) == Some(2) && err(&other).contains("made with seed 7"), "{}", err(&other));
    let accept = check(&["--accept"]);
    assert!(code(&accept) == Some(2) && err(&accept).contains("not overwritten"), "{}", err(&accept));
    assert_eq!(std::fs::read(&summary).expect("still there"), before);
}

/// A budget of time ends in 3: what was seen so far does not meet one in a million, and it is not claimed to.
#[test]
fn a_budget_of_time_ends_with_3_and_not_with_a_guess() {
    let here = Scratch::new("within");
    let rare = here.scenario("rare.toml", &[("prob(overflow) <= 5 %", "prob(overflow) <= 0.0001 %")]);
    let began = Instant::now();
    let output = here.drsim(&["check", &rare, "--replications", "100000", "--within", "3s", "--json"]);
    assert_eq!(code(&output), Some(3), "{}{}", out(&output), err(&output));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let found = json(&output);
    let case = &found["scenarios"][0];
    assert_eq!(case["time_was_up"].as_bool(), Some(true), "{found:#}");
    assert!(case["more_replications"].as_u64().is_some_and(|more| more > 0), "{found:#}");
}
