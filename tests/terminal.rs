//! What a terminal, a full disk, a killed process and an impatient user meet: one screen whatever the scenario, progress
//! for eyes only, and a report folder that is whole at every moment.
//!
//! Child processes run as users run them, in a scratch folder each. What needs root or a tool is skipped visibly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/00-first.toml");

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("drsim-terminal-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
        Scratch(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsim"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn drsim(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("drsim starts")
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("drsim starts")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn is_one_screen(name: &str, shown: &str) {
    let widest = shown.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(shown.lines().count() <= 40, "{name} takes {} lines:\n{shown}", shown.lines().count());
    assert!(widest <= 80, "{name} is {widest} columns wide:\n{shown}");
    assert!(!shown.contains('\u{1b}'), "{name} needs colour:\n{shown}");
    for must in ["report: ", "repeat: drsim run"] {
        assert!(shown.contains(must), "{name} does not say `{must}`:\n{shown}");
    }
}

/// Three replications show every part of the screen that there is; the verdict does not matter here.
#[test]
fn the_screen_of_every_bundled_scenario_is_one_screen() {
    let here = Scratch::new("screens");
    let mut seen = 0;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(SCENARIOS).expect("bundled").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "toml")) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        if name.contains("fleet") {
            eprintln!("SKIPPED: {name} takes long; its screen is that of any other");
            continue;
        }
        let output = here.drsim(&["run", &file.to_string_lossy(), "--replications", "3", "--out", "report"]);
        assert!(matches!(code(&output), Some(0 | 1 | 3)), "{name}: {}", err(&output));
        is_one_screen(&name, &out(&output));
        seen += 1;
    }
    assert!(seen > 0);
}

/// Names of fifty letters, thirty targets, no failure at all, control characters, many overrides.
#[test]
fn the_screen_of_an_ugly_scenario_is_one_screen_too() {
    let here = Scratch::new("ugly");
    let text = std::fs::read_to_string(FIRST).expect("bundled");
    let long = "a-name-of-many-letters-".repeat(2);
    let calm = text.split("# What happens -").next().expect("a first part").to_owned();
    let people = "\n[people]\nrecovery_point = \"latest-processed\"\n";
    let many: String = (1..=30).map(|minutes| format!("\"p{}(rpo) <= {minutes}m\", ", 60 + minutes)).collect();
    let ugly = [
        ("calm", calm.clone() + people),
        (
            "names",
            text.replace("sql", &format!("{long}1"))
                .replace("wan", &format!("{long}2"))
                .replace("head-cache", &format!("{long}3")),
        ),
        ("targets", text.replace("\"p95(rpo) <= 15m\", ", &many)),
        ("title", text.replace("Branch office protected by head office", &"\\u001b[2J very long title ".repeat(30))),
    ];
    for (name, text) in ugly {
        std::fs::write(here.path(&format!("{name}.toml")), text).expect("written");
        let file = format!("{name}.toml");
        let set = format!("title=\"{}\"", "a b ".repeat(20));
        let sets: Vec<&str> = if name == "calm" { vec!["--set", &set] } else { Vec::new() };
        let output = here.drsim(&[&["run", &file, "--replications", "2"][..], &sets].concat());
        assert!(matches!(code(&output), Some(0 | 1 | 3)), "{name}: {}", err(&output));
        if name == "calm" {
            // The command to repeat it is one word of a shell that cannot be broken.
            assert!(out(&output).lines().count() <= 40, "{}", out(&output));
        } else {
            is_one_screen(name, &out(&output));
        }
    }
}

/// A pseudo-terminal shows the bar with its rate and the time left; a pipe, `-q` and a file show nothing.
#[cfg(unix)]
#[test]
fn progress_is_for_terminals_and_says_rate_and_time_left() {
    let here = Scratch::new("progress");
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no `script` to make a terminal with");
        return;
    }
    let run = |more: &str| {
        let command = format!("'{}' run '{FIRST}' --replications 48 --out report{more}", env!("CARGO_BIN_EXE_drsim"));
        let output = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("TERM", "xterm")
            .current_dir(&here.0)
            .output()
            .expect("script runs");
        out(&output)
    };
    let shown = run("");
    assert!(shown.contains("/48 replications") && shown.contains("/s") && shown.contains(" left"), "{shown}");
    assert!(!run(" --quiet").contains("/48 replications"));
    let piped = here.drsim(&["run", FIRST, "--replications", "3", "--out", "report"]);
    assert_eq!(err(&piped), "", "a pipe is no terminal");
    let told = here.drsim(&["run", FIRST, "--replications", "3", "--out", "report", "--verbose"]);
    assert!(err(&told).contains("per second"), "{}", err(&told));
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(folder).expect("below").to_owned();
                found.insert(name, std::fs::read(&entry).expect("readable"));
            }
        }
    }
    found
}

const SEEDS: [&str; 2] = ["7", "8"];

/// The two reports that the tests below write over each other, whole.
fn whole_reports(here: &Scratch) -> [BTreeMap<PathBuf, Vec<u8>>; 2] {
    SEEDS.map(|seed| {
        let folder = format!("whole-{seed}");
        let output = here.drsim(&["run", FIRST, "--replications", "2", "--seed", seed, "--out", &folder]);
        assert!(matches!(code(&output), Some(0 | 1 | 3)), "{}", err(&output));
        let files = files(&here.path(&folder));
        assert!(files.len() > 8, "{:?}", files.keys());
        files
    })
}

/// A fixed sequence that stands for chance.
fn chance(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

fn signal(child: &Child, name: &str) {
    let killed = Command::new("kill").args([name, &child.id().to_string()]).stderr(Stdio::null()).status();
    assert!(killed.is_ok(), "kill is there");
}

/// Killed while it writes, over and over: the folder is the old report or the new one, to the byte; and the next run finds
/// its way.
#[cfg(unix)]
#[test]
fn a_run_killed_at_any_moment_of_writing_leaves_a_whole_report() {
    let here = Scratch::new("killed");
    let whole = whole_reports(&here);
    here.drsim(&["run", FIRST, "--replications", "2", "--seed", "7", "--out", "report"]);
    let (mut state, mut while_writing) = (1, 0);
    for round in 0..24 {
        let seed = SEEDS[(round + 1) % 2];
        let mut child = here.start(&["run", FIRST, "--replications", "2", "--seed", seed, "--out", "report"]);
        let began = Instant::now();
        let fresh = here.path(".report.new");
        while !fresh.join("index.html").exists() && began.elapsed() < Duration::from_secs(20) {
            if child.try_wait().expect("a child").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(chance(&mut state, 12_000)));
        while_writing += usize::from(fresh.exists());
        signal(&child, "-KILL");
        child.wait().expect("it ends");
        let left = files(&here.path("report"));
        assert!(whole.contains(&left), "round {round}: a half report: {:?}", left.keys());
    }
    eprintln!("{while_writing} of 24 were killed while they wrote");
    let output = here.drsim(&["run", FIRST, "--replications", "2", "--seed", "8", "--out", "report"]);
    assert!(matches!(code(&output), Some(0 | 1 | 3)), "{}", err(&output));
    assert_eq!(files(&here.path("report")), whole[1]);
    let beside: Vec<_> =
        std::fs::read_dir(&here.0).expect("readable").map(|e| e.expect("an entry").file_name()).collect();
    assert!(beside.iter().all(|name| !name.to_string_lossy().starts_with('.')), "debris is left: {beside:?}");
}

/// Ctrl-C, SIGTERM and SIGHUP at any moment: 130 or a finished run, a whole report or the old one, nothing on stderr that
/// looks like a bug.
#[cfg(unix)]
#[test]
fn an_impatient_user_gets_130_and_a_whole_report() {
    let here = Scratch::new("impatient");
    let began = Instant::now();
    let args = ["run", FIRST, "--replications", "16", "--out", "report"];
    assert!(matches!(code(&here.drsim(&args)), Some(0 | 1 | 3)));
    let takes = began.elapsed().as_micros() as u64;
    let mut state = 2;
    for name in ["-INT", "-TERM", "-HUP"].into_iter().cycle().take(18) {
        let child = here.start(&args);
        std::thread::sleep(Duration::from_micros(chance(&mut state, takes)));
        signal(&child, name);
        let output = child.wait_with_output().expect("it ends");
        // Before the program listens at all the signal itself ends it; a shell calls that 128 + signal.
        assert!(matches!(code(&output), None | Some(0 | 1 | 3 | 130)), "{name}: {:?}\n{}", code(&output), err(&output));
        assert!(!err(&output).contains("panicked") && !err(&output).contains("error:"), "{}", err(&output));
        let left = files(&here.path("report"));
        let manifest: serde_json::Value =
            serde_json::from_slice(&left[Path::new("manifest.json")]).expect("a whole manifest");
        let names: Vec<String> = manifest["files"].as_array().expect("a list").iter().map(file_name).collect();
        assert!(names.len() > 8 && names.iter().all(|name| left.contains_key(Path::new(name))), "{name}: {names:?}");
    }
}

/// The manifest lists names, or parts with a name.
fn file_name(entry: &serde_json::Value) -> String {
    entry.as_str().or_else(|| entry["file"].as_str()).or_else(|| entry["name"].as_str()).expect("a name").to_owned()
}

/// A disk that fills up while the report is written: exit 4, words, the old report as it was.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_with_4_and_keeps_the_old_report() {
    let here = Scratch::new("full");
    let disk = here.path("disk");
    std::fs::create_dir(&disk).expect("made");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1536k", "tmpfs"])
        .arg(&disk)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        eprintln!("SKIPPED: only root can mount a small disk");
        return;
    }
    let first = here.drsim(&["run", FIRST, "--replications", "2", "--out", "disk/report"]);
    let before = files(&disk.join("report"));
    // What is free now is less than one more report needs.
    let used: usize = before.values().map(Vec::len).sum();
    std::fs::write(disk.join("ballast"), vec![0; (1536 << 10) - used - used / 2 - (64 << 10)]).ok();
    let second = here.drsim(&["run", FIRST, "--replications", "2", "--seed", "8", "--out", "disk/report"]);
    let (after, debris) = (files(&disk.join("report")), disk.join(".report.new").exists());
    let _ = Command::new("umount").arg("-l").arg(&disk).status();
    assert!(matches!(code(&first), Some(0 | 1 | 3)), "{}", err(&first));
    assert_eq!(code(&second), Some(4), "{}{}", out(&second), err(&second));
    assert!(err(&second).contains("cannot write disk/report") && err(&second).contains("mend:"), "{}", err(&second));
    assert!(after == before && !debris, "the old report stands, and nothing half beside it");
}

/// A limit on the size of files stands for a full disk where nobody may mount one.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_ends_with_4_and_keeps_the_old_report() {
    let here = Scratch::new("limit");
    here.drsim(&["run", FIRST, "--replications", "2", "--out", "report"]);
    let before = files(&here.path("report"));
    let command = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{}' run '{FIRST}' --replications 2 --seed 8 --out report",
        env!("CARGO_BIN_EXE_drsim")
    );
    let output = Command::new("sh").args(["-c", &command]).current_dir(&here.0).output().expect("sh runs");
    assert_eq!(code(&output), Some(4), "{}", err(&output));
    assert!(err(&output).contains("cannot write report"), "{}", err(&output));
    assert!(files(&here.path("report")) == before && !here.path(".report.new").exists());
}

/// A place that nobody can write: said before anything is run.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_named_before_anything_is_run() {
    let here = Scratch::new("readonly");
    std::fs::write(here.path("a-file"), "x").expect("written");
    let disk = here.path("disk");
    std::fs::create_dir(&disk).expect("made");
    let mount = |options: &str| {
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&disk)
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    let mut places = vec!["a-file/report"];
    if mount("size=64k,ro") {
        places.push("disk/report");
    } else {
        eprintln!("SKIPPED: only root can mount a disk that is read-only");
    }
    let tried: Vec<(&str, Output)> = places
        .into_iter()
        .map(|place| (place, here.drsim(&["run", FIRST, "--replications", "100000", "--out", place])))
        .collect();
    let _ = Command::new("umount").arg("-l").arg(&disk).stderr(Stdio::null()).status();
    for (place, output) in tried {
        assert_eq!(code(&output), Some(4), "{place}: {}", err(&output));
        assert!(err(&output).contains(&format!("cannot write {place}")), "{}", err(&output));
    }
}

/// Two runs into one folder: the second is told so at once; after the first has ended the folder is free.
#[cfg(unix)]
#[test]
fn a_second_run_into_the_same_folder_is_refused_while_the_first_is_at_work() {
    let here = Scratch::new("twice");
    let first = here.start(&["run", FIRST, "--replications", "100000", "--out", "report"]);
    let began = Instant::now();
    while !here.path(".report.lock").exists() && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(50));
    let second = here.drsim(&["run", FIRST, "--replications", "2", "--out", "report"]);
    let other = here.drsim(&["run", FIRST, "--replications", "2", "--out", "other"]);
    signal(&first, "-INT");
    let first = first.wait_with_output().expect("it ends");
    assert_eq!(code(&second), Some(4), "{}", err(&second));
    assert!(err(&second).contains("another drsim is at work on report"), "{}", err(&second));
    assert!(matches!(code(&other), Some(0 | 1 | 3)), "another folder is free: {}", err(&other));
    assert_eq!(code(&first), Some(130), "{}", err(&first));
    let third = here.drsim(&["run", FIRST, "--replications", "2", "--out", "report"]);
    assert!(matches!(code(&third), Some(0 | 1 | 3)), "it is free again: {}", err(&third));
}

/// Nobody reads what we say: no panic, and the run ends as it would have.
#[cfg(unix)]
#[test]
fn readers_that_have_gone_change_no_exit_code() {
    let here = Scratch::new("gone");
    let mut child = here.start(&["run", FIRST, "--replications", "60", "--verbose", "--out", "report"]);
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "all targets are met, whoever reads it");
    assert!(here.path("report/manifest.json").exists());
    std::fs::write(here.path("bad.toml"), "title = 3\n").expect("written");
    for arguments in [&["run", "bad.toml"][..], &["validate", "bad.toml"], &["replay", "bad.toml"]] {
        let mut child = here.start(arguments);
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().expect("it ends").code(), Some(2), "{arguments:?}");
    }
}
