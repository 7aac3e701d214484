//! What is printed from the catalogue and kept in the tree is current, and editors and other readers of TOML agree with ours.

mod cli_kit;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cli_kit::Scratch;
use drsim::scenario::{reference, schema};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a kept file, or writes it anew with DRSIM_ACCEPT.
fn is_kept(file: &str, printed: &str) {
    let path = root().join(file);
    if std::env::var_os("DRSIM_ACCEPT").is_some() {
        std::fs::write(&path, printed).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == printed, "{file} is not what the program prints; DRSIM_ACCEPT=1 cargo test --test schema");
}

#[test]
fn the_shipped_schema_is_the_one_the_command_prints() {
    is_kept("scenarios/drsim.schema.json", &schema::text());
    let printed = Scratch::new("schema").drsim(&["schema"]);
    assert_eq!(cli_kit::out(&printed), schema::text());
}

#[test]
fn the_reference_is_the_one_the_command_prints() {
    is_kept("docs/scenario.md", &reference::reference());
    let printed = Scratch::new("reference").drsim(&["schema", "--markdown"]);
    assert_eq!(cli_kit::out(&printed), reference::reference());
}

/// Bundled scenarios, by path.
fn scenarios() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("scenarios")).expect("scenarios/ is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut found: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "toml")).collect();
    found.sort();
    found
}

#[test]
fn every_bundled_scenario_names_the_schema_first() {
    for path in scenarios() {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        assert!(text.starts_with("#:schema ./drsim.schema.json\n"), "{}", path.display());
    }
}

/// The linter of editors, where `.ci/run` has installed it.
fn lint(files: &[PathBuf]) -> Option<Output> {
    let tombi = root().join("target/lint/bin/tombi");
    if !tombi.is_file() {
        eprintln!("SKIPPED: no tombi in target/lint; .ci/run installs it");
        return None;
    }
    Some(
        Command::new(tombi)
            .args(["lint", "--offline", "--error-on-warnings"])
            .args(files)
            .output()
            .expect("tombi starts"),
    )
}

#[test]
fn an_editor_finds_nothing_wrong_in_the_bundled_scenarios() {
    if let Some(output) = lint(&scenarios()) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The whole format passes the schema; each of some mistakes does not. Both stand beside a copy of the schema.
#[test]
fn an_editor_takes_the_whole_format_and_refuses_what_we_refuse() {
    let here = Scratch::new("editor");
    std::fs::write(here.0.join("drsim.schema.json"), schema::text()).expect("written");
    let whole = include_str!("common/whole.toml");
    let write = |name: &str, text: &str| {
        let path = here.0.join(name);
        std::fs::write(&path, format!("#:schema ./drsim.schema.json\n{text}")).expect("written");
        path
    };
    let good = [write("whole.toml", whole), write("rest.toml", include_str!("common/rest.toml"))];
    let Some(output) = lint(&good) else { return };
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    for (mistake, old, new) in [
        ("unknown key", "settle = \"10d\"", "settel = \"10d\""),
        ("ambiguous unit", "\"200 Mbit/s\"", "\"200 Mb\""),
        ("no unit", "capacity = \"4 TiB\"", "capacity = 4"),
        ("missing key", "capacity = \"4 TiB\"", ""),
        ("word", "os = \"windows\"", "os = \"window\""),
        ("two kinds", "churn.trace = {", "churn.steady = { rate = \"1 B/s\" }\nchurn.trace = {"),
        ("kind", "[[outage.link-down]]", "[[outage.link-dwon]]"),
        ("law", "lasts.lognormal", "lasts.lognorm"),
        ("bound", "drill_at_once = 5", "drill_at_once = -1"),
        ("target", "p95(rto) <= 2h", "p95(rot) <= 2h"),
        ("time", "08:00-18:00", "08:00-28:00"),
        ("window", "\"5m\" = \"80 %\"", "\"5\" = \"80 %\""),
    ] {
        assert!(whole.contains(old), "{mistake}: the scenario has no `{old}`");
        let path = write("bad.toml", &whole.replacen(old, new, 1));
        let output = lint(&[path]).expect("it was there before");
        assert!(!output.status.success(), "{mistake} passes the schema");
    }
}

/// TOML 1.0, so that every reader takes them: Python's own is strict.
#[test]
fn python_reads_every_bundled_scenario() {
    let program = "import sys, tomllib\nfor name in sys.argv[1:]:\n    tomllib.load(open(name, 'rb'))";
    let has_reader = Command::new("python3").args(["-c", "import tomllib"]).output();
    if !has_reader.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no python3 with tomllib");
        return;
    }
    let output = Command::new("python3").arg("-c").arg(program).args(scenarios()).output().expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
