//! The commands around a scenario: `init`, `validate`, `schema`, `completions`, `man`; stdin, overrides, colour, nonsense.

mod cli_kit;

use std::io::Write;
use std::process::{Output, Stdio};

use cli_kit::{FIRST, Scratch, code, err, out};
use serde_json::Value;

/// Runs with a text on standard input.
fn fed(here: &Scratch, arguments: &[&str], text: &str) -> Output {
    let mut command = here.command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("drsim starts");
    child.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("drsim reads all of it");
    child.wait_with_output().expect("it ends")
}

fn first() -> String {
    std::fs::read_to_string(FIRST).expect("the first scenario is bundled")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", out(output)))
}

#[test]
fn init_writes_a_scenario_that_runs_with_the_schema_beside_it() {
    let here = Scratch::new("init");
    let output = here.drsim(&["init"]);
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    assert_eq!(
        out(&output),
        "scenario.toml is written; run it with: drsim run scenario.toml\ndrsim.schema.json is written beside it\n"
    );
    let text = std::fs::read_to_string(here.0.join("scenario.toml")).expect("it is there");
    assert!(text.starts_with("#:schema ./drsim.schema.json\n") && text.contains("drsim run scenario.toml"), "{text}");
    let output = here.drsim(&["run", "scenario.toml", "--replications", "60"]);
    assert_eq!(code(&output), Some(0), "{}{}", out(&output), err(&output));
}

/// Every bundled case: its side files come along, it validates where it was written, and it is the bundled one.
#[test]
fn init_from_a_case_writes_all_it_needs() {
    let here = Scratch::new("cases");
    let listed = out(&here.drsim(&["init", "--from", "?"]));
    let cases: Vec<&str> = listed.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(cases.contains(&"00-first") && cases.contains(&"standin-fleet"), "{listed}");
    assert!(!cases.contains(&"real-fleet"), "its data is not in the package");
    for case in &cases {
        let told = listed.lines().skip_while(|line| line != case).nth(1).unwrap_or_default();
        assert!(told.starts_with("    "), "{case} does not say what it teaches");
        let output = here.drsim(&["init", "--from", case]);
        assert_eq!(code(&output), Some(0), "{case}: {}", err(&output));
        let output = here.drsim(&["validate", &format!("{case}.toml")]);
        assert_eq!(code(&output), Some(0), "{case}: {}", err(&output));
    }
    assert!(here.0.join("standin/fleet.csv").is_file());
}

#[test]
fn init_overwrites_nothing() {
    let here = Scratch::new("init-twice");
    std::fs::write(here.0.join("drsim.schema.json"), "mine").expect("written");
    std::fs::write(here.0.join("kept.toml"), "mine").expect("written");
    std::fs::create_dir(here.0.join("standin")).expect("made");
    std::fs::write(here.0.join("standin/wan.csv"), "mine").expect("written");
    for arguments in [&["init", "kept"][..], &["init", "kept.toml"], &["init", "new", "--from", "standin-fleet"]] {
        let output = here.drsim(arguments);
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains("exists already; nothing was written"), "{}", err(&output));
    }
    assert!(!here.0.join("new.toml").exists() && !here.0.join("standin/fleet.csv").exists(), "all or nothing");
    let output = here.drsim(&["init", "other"]);
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    for kept in ["drsim.schema.json", "kept.toml", "standin/wan.csv"] {
        assert_eq!(std::fs::read_to_string(here.0.join(kept)).expect("still there"), "mine");
    }
}

#[test]
fn an_unknown_case_is_answered_with_those_there_are() {
    let here = Scratch::new("unknown-case");
    let output = here.drsim(&["init", "--from", "nowhere"]);
    assert_eq!(code(&output), Some(2));
    assert!(err(&output).contains("no bundled scenario is called `nowhere`"), "{}", err(&output));
    assert!(err(&output).contains("\n00-first\n    ") && out(&output).is_empty(), "{}", err(&output));
    assert_eq!(std::fs::read_dir(&here.0).expect("readable").count(), 0);
}

/// A fault with its place to the character, a warning, and an override, which has no line.
#[test]
fn validate_tells_machines_where_each_fault_begins_and_ends() {
    let here = Scratch::new("json");
    let bad = here.scenario("bad.toml", &[("lasts = \"30d\"", "lasts = 30"), ("[cache.head-cache]", "[cache.häd]")]);
    let output = here.drsim(&["validate", "--json", &bad, FIRST, "missing.toml", "--set", "run.seed=-1"]);
    assert_eq!((code(&output), err(&output).as_str()), (Some(2), ""), "all of it is data");
    let told = json(&output);
    assert_eq!(told["schema"], "drsim-validate/1");
    let files = told["files"].as_array().expect("a list");
    assert_eq!(files.iter().map(|file| file["good"].as_bool()).collect::<Vec<_>>(), [Some(false); 3]);
    let messages = files[0]["messages"].as_array().expect("a list");
    let text = std::fs::read_to_string(here.0.join("bad.toml")).expect("it is there");
    let line = text.lines().position(|line| line.starts_with("lasts = 30")).expect("it was changed") + 1;
    let fault = messages.iter().find(|fault| fault["line"] == line).expect("the fault of `lasts` is told");
    assert_eq!(
        [&fault["severity"], &fault["file"], &fault["column"], &fault["end_line"], &fault["end_column"]],
        [&Value::from("error"), &"bad.toml".into(), &9.into(), &line.into(), &11.into()]
    );
    assert_eq!(fault["message"], "`lasts` has no unit");
    assert!(fault["mend"].as_str().is_some_and(|mend| mend.contains("24h")), "{fault}");
    let set = messages.iter().find(|fault| fault["file"] == "--set run.seed").expect("the override is told");
    assert!(set["line"].is_null() && set["end_column"].is_null());
    assert!(files[2]["messages"][0]["message"].as_str().is_some_and(|wrong| wrong.contains("missing.toml")));
}

#[test]
fn validate_tells_what_is_good_and_what_was_read() {
    let here = Scratch::new("json-good");
    let output = here.drsim(&["validate", "--json", FIRST, "--set", "vms.sql.count=3"]);
    assert_eq!(code(&output), Some(0), "{}", out(&output));
    let file = &json(&output)["files"][0];
    assert_eq!((&file["good"], &file["vms"], &file["messages"]), (&true.into(), &6.into(), &Value::Array(vec![])));
    let extra = "\n[policy.spare]\n";
    let output = fed(&here, &["validate", "--json", "-"], &(first() + extra));
    let warning = &json(&output)["files"][0]["messages"][0];
    assert_eq!(
        (code(&output), &warning["severity"], &warning["file"]),
        (Some(0), &"warning".into(), &"<stdin>".into())
    );
    assert_eq!(warning["note"], "no effect");
}

#[test]
fn a_scenario_is_read_from_standard_input_by_every_command_that_reads_one() {
    let here = Scratch::new("stdin");
    let output = fed(&here, &["validate", "-"], &first());
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    assert!(out(&output).contains("good; 5 VMs"), "{}", out(&output));
    let output = fed(&here, &["run", "-", "--replications", "2", "--out", "report"], &first());
    assert_eq!(code(&output), Some(3), "{}", err(&output));
    let output = fed(&here, &["replay", "-"], &first());
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    let output = fed(&here, &["validate", "-"], "lasts = ");
    assert_eq!(code(&output), Some(2));
    assert!(err(&output).contains("<stdin>:1:"), "{}", err(&output));
}

#[test]
fn completions_are_printed_for_every_shell_and_know_every_command() {
    let here = Scratch::new("completions");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = here.drsim(&["completions", shell]);
        assert_eq!(code(&output), Some(0), "{}", err(&output));
        for command in ["validate", "replay", "completions", "limits"] {
            assert!(out(&output).contains(command), "{shell} does not know {command}");
        }
    }
    assert_eq!(code(&here.drsim(&["completions", "tcsh"])), Some(2));
    // A shell that is there reads its own without a word.
    let script = here.drsim(&["completions", "bash"]).stdout;
    std::fs::write(here.0.join("drsim.bash"), script).expect("written");
    if let Ok(output) = std::process::Command::new("bash").arg("-n").arg(here.0.join("drsim.bash")).output() {
        assert!(output.status.success(), "{}", err(&output));
    }
}

#[test]
fn the_manual_is_printed_or_written_with_a_page_for_each_command() {
    let here = Scratch::new("man");
    let output = here.drsim(&["man"]);
    assert!(out(&output).contains(".TH drsim 1") && out(&output).contains("Exit codes"), "{}", out(&output));
    let output = here.drsim(&["man", "--out", "man/man1"]);
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    for page in ["drsim.1", "drsim-run.1", "drsim-validate.1", "drsim-init.1"] {
        let text = std::fs::read_to_string(here.0.join("man/man1").join(page)).unwrap_or_default();
        assert!(text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    std::fs::write(here.0.join("file"), "").expect("written");
    assert_eq!(code(&here.drsim(&["man", "--out", "file/man"])), Some(4));
}

/// `--color` overrides terminal and NO_COLOR; the environment serves as its default.
#[test]
fn colour_is_as_the_command_line_says() {
    let here = Scratch::new("color");
    let bad = here.scenario("bad.toml", &[("lasts = \"30d\"", "lasts = 30")]);
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = here.command(arguments).envs(variables.iter().copied()).output().expect("drsim starts");
        assert_eq!(code(&output), Some(2), "{}", err(&output));
        err(&output).contains('\u{1b}')
    };
    assert!(!coloured(&["validate", &bad], &[]), "no terminal, no colour");
    assert!(coloured(&["validate", &bad, "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&["validate", &bad], &[("DRSIM_COLOR", "always")]));
    assert!(!coloured(&["--color=never", "validate", &bad], &[("DRSIM_COLOR", "always")]));
    let output = here.drsim(&["validate", &bad, "--color", "red"]);
    assert_eq!(code(&output), Some(2));
}

#[test]
fn the_environment_stands_in_for_the_settings_of_a_run() {
    let here = Scratch::new("environment");
    let run = |variables: &[(&str, &str)]| {
        here.command(&["run", FIRST]).envs(variables.iter().copied()).output().expect("drsim starts")
    };
    let settings =
        [("DRSIM_REPLICATIONS", "2"), ("DRSIM_SEED", "5"), ("DRSIM_OUT", "elsewhere"), ("DRSIM_THREADS", "1")];
    let output = run(&[&settings[..], &[("DRSIM_QUIET", "1")]].concat());
    assert_eq!(code(&output), Some(3), "{}", err(&output));
    let summary = std::fs::read_to_string(here.0.join("elsewhere/summary.json")).expect("the report is there");
    assert!(summary.contains("\"seed\": 5,") && summary.contains("\"replications\": 2,"), "{summary}");
    assert_eq!(code(&run(&[("DRSIM_SEED", "luck")])), Some(2));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_fault() {
    let here = Scratch::new("pipes");
    for arguments in
        [&["schema"][..], &["schema", "--markdown"], &["completions", "zsh"], &["man"], &["validate", "--json", FIRST]]
    {
        let mut child =
            here.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("drsim starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((code(&output), err(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn nonsense_is_answered_in_words() {
    let here = Scratch::new("nonsense");
    for (arguments, told) in [
        (&["init", "--from"][..], "a value is required"),
        (&["init", "--from", ""][..], "no bundled scenario is called ``"),
        (&["init", "--from", "../00-first"][..], "no bundled scenario"),
        (&["init", "--from", "\u{1b}[31m"][..], "no bundled scenario"),
        (&["validate"][..], "<FILES>"),
        (&["validate", "--set", "x", FIRST][..], "write PATH=VALUE"),
        (&["completions"][..], "<SHELL>"),
        (&["schema", "--xml"][..], "unexpected argument"),
        (&["man", "--out"][..], "a value is required"),
    ] {
        let output = here.drsim(arguments);
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(told), "{arguments:?} says: {}", err(&output));
        assert!(out(&output).is_empty() && !err(&output).contains("\u{1b}"), "{}", err(&output));
    }
}
