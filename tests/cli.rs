//! What scripts and CI rely on: exit codes, streams, and that nonsense is answered in words.
//!
//! Each exit code of the contract is provoked: 0 met, 1 missed, 2 wrong input, 3 not known yet, 4 the machine, 130
//! interrupted. The program runs as users run it, in a scratch folder of its own.

mod cli_kit;

use std::process::{Command, Stdio};

use cli_kit::{FIRST, Scratch, code, err, out};

#[test]
fn targets_that_are_met_end_with_0_and_a_report() {
    let here = Scratch::new("met");
    let output = here.drsim(&["run", FIRST, "--out", "report"]);
    assert_eq!(code(&output), Some(0), "{}{}", out(&output), err(&output));
    assert!(out(&output).starts_with("MET: all 3 targets\n"), "{}", out(&output));
    assert_eq!(err(&output), "", "without a terminal nothing is said");
    assert!(here.0.join("report/index.html").is_file() && here.0.join("report/manifest.json").is_file());
}

#[test]
fn a_missed_target_ends_with_1() {
    let here = Scratch::new("missed");
    let file =
        here.scenario("missed.toml", &[("p95(rpo) <= 15m", "p95(rpo) <= 1m"), ("lasts = \"30d\"", "lasts = \"20d\"")]);
    let output = here.drsim(&["run", &file]);
    assert_eq!(code(&output), Some(1), "{}{}", out(&output), err(&output));
    assert!(out(&output).starts_with("MISSED: 1 of 3 targets"), "{}", out(&output));
    assert!(here.0.join("reports/missed/summary.json").is_file(), "the default folder carries the scenario's name");
}

#[test]
fn too_few_replications_end_with_3_and_say_how_many_more() {
    let here = Scratch::new("unknown");
    let output = here.drsim(&["run", FIRST, "--replications", "2", "--out", "report"]);
    assert_eq!(code(&output), Some(3), "{}", out(&output));
    assert!(out(&output).contains("more replications"), "{}", out(&output));
}

#[test]
fn nonsense_ends_with_2_and_tells_what_is_wrong_and_what_to_write() {
    let here = Scratch::new("wrong");
    let folder = here.0.to_string_lossy().into_owned();
    let bad = here.scenario("bad.toml", &[("lasts = \"30d\"", "lasts = 30")]);
    let many = here.scenario("many.toml", &[("count = 2\n", "count = 1000000000\n")]);
    let until = "replications = { until = \"p99(rop) within 5 %\", at_most = 20 }";
    let rule = here.scenario("rule.toml", &[("replications = 60", until)]);
    std::fs::write(here.0.join("a-file"), "x").expect("written");
    for (arguments, told) in [
        (&["frobnicate"][..], "unrecognized subcommand"),
        (&[][..], "Usage"),
        (&["run"][..], "<FILE>"),
        (&["run", "missing.toml"][..], "missing.toml is not there"),
        (&["run", &folder][..], "is a folder"),
        (&["run", FIRST, "--set", "title"][..], "write PATH=VALUE"),
        (&["run", FIRST, "--set"][..], "a value is required"),
        (&["run", FIRST, "--set", "link.wna.bandwidth=1 Gbit/s"][..], "wna"),
        (&["run", FIRST, "--replications", "0"][..], "invalid value"),
        (&["run", FIRST, "--out", "a-file"][..], "not a report of drsim"),
        (&["run", &bad][..], "nothing was run"),
        (&["run", &many][..], "at most 200000 VMs"),
        (&["run", &rule][..], "`rop` is not a measure"),
        (&["replay", FIRST, "--vm", "nobody"][..], "no VM is called `nobody`"),
        (&["replay", FIRST, "--vm", "sql-11"][..], "did you mean `sql-1`?"),
        (&["replay", FIRST, "--kind", "alrm"][..], "did you mean `alarm`?"),
        (&["replay", FIRST, "--from", "tomorrow"][..], "is not a moment of the run"),
        (&["replay", FIRST, "--from", "2d", "--until", "1d"][..], "nothing lies between 2d 00:00:00 and 1d"),
        (&["init", "a-file.toml/x"][..], ""),
        (&["limits", "nowhere"][..], "azure-stack-hub-2024"),
    ] {
        let output = here.drsim(arguments);
        if told.is_empty() {
            assert_eq!(code(&output), Some(4), "{arguments:?}: {}", err(&output));
            continue;
        }
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(told), "{arguments:?} says: {}", err(&output));
        assert!(out(&output).is_empty(), "{arguments:?}: data goes to stdout, talk to stderr");
        assert!(!err(&output).contains("panicked"), "{}", err(&output));
    }
    let told = err(&here.drsim(&["run", &rule]));
    assert!(told.contains("rule.toml:18") && told.contains("mend:") && told.contains("rpo_over_time"), "{told}");
    assert!(!here.0.join("reports").exists(), "nothing was run, nothing is written");
    assert_eq!(std::fs::read_to_string(here.0.join("a-file")).expect("still there"), "x");
}

/// Whatever runs replications refuses more of them than a machine can hold, with the estimate, before the first one.
#[test]
fn too_much_is_refused_by_every_command_that_runs() {
    let here = Scratch::new("too-much");
    let vary = ["--vary", "link.wan.bandwidth=100 Mbit/s,200 Mbit/s"];
    for (command, more) in [("run", &[][..]), ("check", &[]), ("plan", &[]), ("compare", &[FIRST]), ("sweep", &vary)] {
        let asked = [&[command, FIRST, "--replications", "100000000"], more].concat();
        let output = here.drsim(&asked);
        assert_eq!(code(&output), Some(2), "{command}: {}", err(&output));
        assert!(err(&output).contains("too much for one run of 100000000 replications"), "{command}: {}", err(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_that_fails_us_ends_with_4_before_anything_is_run() {
    let here = Scratch::new("machine");
    let output = here.drsim(&["run", FIRST, "--replications", "100000", "--out", "/proc/drsim-report"]);
    assert_eq!(code(&output), Some(4), "{}", err(&output));
    assert!(err(&output).contains("cannot write /proc/drsim-report"), "{}", err(&output));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = here.command(&["limits"]).stdout(full).output().expect("drsim starts");
    assert_eq!(code(&output), Some(4), "{}", err(&output));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_with_130_and_keeps_what_is_complete() {
    let here = Scratch::new("interrupted");
    let mut child = here
        .command(&["run", FIRST, "--replications", "100000", "--out", "report"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("drsim starts");
    std::thread::sleep(std::time::Duration::from_secs(5));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(killed.success());
    let _ = child.stdin.take();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), Some(130), "{}{}", out(&output), err(&output));
    assert!(err(&output).contains("replications are complete and reported"), "{}", err(&output));
    assert!(here.0.join("report/summary.json").is_file());
}

/// `drsim limits | head -1`: the reader has what it wanted.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_fault() {
    let here = Scratch::new("pipe");
    for arguments in [&["limits"][..], &["replay", FIRST], &["--help"]] {
        let mut child =
            here.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("drsim starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(code(&output), Some(0), "{arguments:?}: {}", err(&output));
        assert!(!err(&output).contains("panicked") && !err(&output).contains("error"), "{}", err(&output));
    }
}

#[test]
fn colour_is_for_terminals_only() {
    let here = Scratch::new("colour");
    let bad = here.scenario("bad.toml", &[("lasts = \"30d\"", "lasts = 30")]);
    for arguments in [&["run", bad.as_str()][..], &["run"], &["--help"]] {
        let output = here.drsim(arguments);
        assert!(!out(&output).contains('\u{1b}') && !err(&output).contains('\u{1b}'), "{arguments:?}");
    }
}

/// The rule of stopping looks at 20 replications, then at 40, and ends as soon as the interval is narrow: the age over
/// time hardly differs from run to run.
#[test]
fn replications_run_until_the_wanted_precision_and_no_further() {
    let here = Scratch::new("until");
    let until = |text: &str, at_most: u64| format!("replications = {{ until = \"{text}\", at_most = {at_most} }}");
    let easy = until("mean(rpo_over_time) within 5 %", 4000);
    let easy = here.scenario("easy.toml", &[("replications = 60", &easy)]);
    let output = here.drsim(&["run", &easy, "--json"]);
    assert!(out(&output).contains("\"replications\": 20,"), "{}", out(&output).lines().take(20).collect::<String>());
    // A probability of zero is never known to 5 % of itself.
    let hard = until("prob(overflow) within 5 %", 25);
    let hard = here.scenario("hard.toml", &[("replications = 60", &hard)]);
    let output = here.drsim(&["run", &hard, "--json"]);
    assert!(out(&output).contains("\"replications\": 25,"), "{}", out(&output).lines().take(20).collect::<String>());
    assert!(out(&output).contains("prob(overflow) is not known within 5 % after 25 replications"));
}

/// The screen of the first scenario, to the letter: who changes it sees it here. Numbers change with the model.
#[test]
fn the_screen_of_the_first_scenario_is_this() {
    let here = Scratch::new("screen");
    std::fs::copy(FIRST, here.0.join("00-first.toml")).expect("copied");
    let output = here.drsim(&["run", "00-first.toml"]);
    let shown = out(&output);
    assert!(shown.lines().count() <= 40 && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/00-first.txt");
    same_as_kept(kept, &shown);
}

fn same_as_kept(kept: &str, shown: &str) {
    if std::env::var_os("DRSIM_ACCEPT").is_some() {
        std::fs::write(kept, shown).expect("the snapshot can be written");
    }
    let wanted = std::fs::read_to_string(kept).expect("the snapshot is there");
    assert!(shown == wanted, "it says\n{shown}\nand said\n{wanted}\nif that is meant: DRSIM_ACCEPT=1 cargo test");
}

/// The loss of the branch as a planner reads it, to the letter: when, who, what, why, at 80 columns.
#[test]
fn the_story_of_the_first_scenario_is_this() {
    let here = Scratch::new("story");
    let kinds = ["outage", "alarm", "order", "data", "job"];
    let mut arguments = vec!["replay", FIRST, "--vm", "sql-1", "--from", "9d", "--until", "17d 05:00"];
    kinds.iter().for_each(|kind| arguments.extend(["--kind", kind]));
    let output = here.drsim(&arguments);
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
    same_as_kept(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/00-first-replay.txt"), &out(&output));
}

/// The same as one JSON object a line; the whole run, readings too: every line says why, and none is lost.
#[test]
fn a_story_for_programs_is_one_object_a_line_and_each_says_why() {
    let here = Scratch::new("json-lines");
    let output = here.drsim(&["replay", FIRST, "--json", "--verbose", "--replication", "3"]);
    let told = out(&output);
    let mut last = 0;
    for line in told.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |key: &str| value[key].as_str().unwrap_or_else(|| panic!("no {key}: {line}")).to_owned();
        assert_eq!(text("schema"), "drsim-replay/1");
        assert!(["who", "what", "why", "calendar", "kind"].iter().all(|key| !text(key).is_empty()), "{line}");
        last = last.max(value["at_ns"].as_u64().expect("a moment"));
    }
    assert_eq!(last, 30 * 86_400_000_000_000, "the last line is at the end of the run");
    let facts = format!("{} lines from {} facts", told.lines().count(), told.lines().count());
    assert!(err(&output).contains(&facts), "readings are told too: {}", err(&output));
}
