//! Sweeps as a researcher meets them: tidy tables, the same luck at every point, and killed at any moment it goes on and ends
//! with the same files.

mod cli_kit;

use std::path::Path;
use std::time::{Duration, Instant};

use cli_kit::{FIRST, Scratch, code, err, out};
use serde_json::Value;

const GRID: &[&str] = &[
    "--vary",
    "link.wan.bandwidth=100 Mbit/s,200 Mbit/s,400 Mbit/s",
    "--vary",
    "policy.gold.crash_consistent_every=5m..15m/2",
    "--replications",
    "4",
];

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("the sweep has written")
        .flatten()
        .map(|file| (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).expect("readable")))
        .collect();
    all.sort();
    all
}

fn rows(folder: &Path, table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join(table)).expect("a table");
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_grid_has_one_row_per_point_and_what_is_slower_is_older() {
    let scratch = Scratch::new("sweep-grid");
    let output = scratch.drsim(&[&["sweep", FIRST, "-o", "out"], GRID].concat());
    assert_eq!(code(&output), Some(0), "{}", err(&output));
    assert!(out(&output).starts_with("SWEPT"), "{}", out(&output));
    let folder = scratch.0.join("out");
    let design = rows(&folder, "design.csv");
    assert_eq!(design.len(), 6 * 2);
    assert_eq!(design[0][..5], ["0", "link.wan.bandwidth", "100 Mbit/s", "100", "Mbit/s"]);
    assert_eq!(design[11][..5], ["5", "policy.gold.crash_consistent_every", "15m", "15", "m"]);
    let mean = |point: &str| {
        let row = rows(&folder, "results.csv")
            .into_iter()
            .find(|row| row[0] == point && row[1] == "all: mean(rpo_over_time)");
        row.expect("a row")[4].parse::<f64>().expect("a number")
    };
    // A wider link is never staler on the same luck; points every 15 minutes are five minutes older than every 5.
    assert!(mean("0") >= mean("2") && mean("2") >= mean("4"), "{} {} {}", mean("0"), mean("2"), mean("4"));
    let rarer = mean("5") - mean("4");
    assert!((rarer - 300.0).abs() < 30.0, "{rarer}");
    assert_eq!(rows(&folder, "values.csv").len(), 4 * rows(&folder, "results.csv").len());
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).expect("written")).expect("JSON");
    assert_eq!((manifest["points"].as_u64(), manifest["design"].as_str()), (Some(6), Some("grid")));
    let front = rows(&folder, "front.csv");
    assert_eq!(front.len(), 6);
    assert!(front.iter().any(|row| row[4] == "front"), "{front:?}");
    let page = std::fs::read_to_string(folder.join("index.html")).expect("written");
    assert_eq!(
        page.matches("<svg class=\"chart\"").count(),
        2 * 3 + 1,
        "three yardsticks over two fields, and the front"
    );
    assert!(!scratch.0.join(".out.half").exists(), "nothing is left beside it");
}

/// The point of the scenario as it is has the numbers of a run of it: a sweep is many runs, nothing else.
#[test]
fn a_point_is_a_run() {
    let scratch = Scratch::new("sweep-run");
    let vary = ["--vary", "link.wan.bandwidth=200 Mbit/s", "--replications", "3"];
    assert_eq!(code(&scratch.drsim(&[&["sweep", FIRST, "-o", "out"], &vary[..]].concat())), Some(0));
    let run = scratch.drsim(&["run", FIRST, "--replications", "3", "--json", "--set", "link.wan.bandwidth=200 Mbit/s"]);
    let summary: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(scratch.0.join("out/manifest.json")).expect("written")).expect("JSON");
    assert!(manifest["digest"].is_string());
    assert_eq!(manifest["digest"], summary["scenario"]["digest"]);
}

/// Killed without warning again and again, at moments that differ, it ends with the bytes of a sweep that was never killed.
#[cfg(unix)]
#[test]
fn killed_at_any_moment_it_goes_on_and_ends_with_identical_files() {
    let scratch = Scratch::new("sweep-killed");
    let all = |folder: &'static str| [&["sweep", FIRST, "-q", "-o", folder][..], GRID].concat();
    let began = Instant::now();
    assert_eq!(code(&scratch.drsim(&all("whole"))), Some(0));
    let whole = began.elapsed();
    let (mut kills, mut went_on) = (0, false);
    for round in 0u32.. {
        let mut child = scratch.command(&all("killed")).spawn().expect("drsim starts");
        // Each round a little longer, so that it ends some day.
        std::thread::sleep(whole.mul_f64(0.2 + 0.07 * f64::from(round)).max(Duration::from_millis(10)));
        if child.try_wait().expect("a child").is_some() {
            break;
        }
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
        kills += 1;
        let half = std::fs::read_to_string(scratch.0.join(".killed.half")).unwrap_or_default();
        went_on |= half.lines().count() > 1;
    }
    assert_eq!(code(&scratch.drsim(&all("killed"))), Some(0));
    assert!(kills > 0 && went_on, "it was killed {kills} times, and once amid the points");
    let text = |name: &str| {
        let all = files(&scratch.0.join(name));
        assert!(all.iter().any(|(name, _)| name == "results.parquet"));
        all
    };
    assert_eq!(text("whole"), text("killed"));
}

#[test]
fn morris_and_saltelli_tell_which_axis_matters() {
    let scratch = Scratch::new("sweep-sensitivity");
    // Any interval goes without app-consistent points, which stand on multiples of it.
    let axes = [
        "--set",
        "policy.gold.app_consistent_every=off",
        "--vary",
        "policy.gold.crash_consistent_every=5m..30m",
        "--vary",
        "policy.gold.retention=12h..24h",
    ];
    for (design, points) in [("morris", "4"), ("saltelli", "8")] {
        let more = ["--design", design, "--points", points, "--replications", "2", "-q", "-o", design];
        let output = scratch.drsim(&[&["sweep", FIRST], &axes[..], &more[..]].concat());
        assert_eq!(code(&output), Some(0), "{}", err(&output));
        let table = rows(&scratch.0.join(design), "sensitivity.csv");
        let of = |axis: usize, column: usize| {
            let own = table.iter().filter(|row| row[0] == "all: mean(rpo_over_time)").nth(axis).expect("a row");
            own[column].parse::<f64>().unwrap_or(0.0)
        };
        // Columns: 3 μ*, 10 total share. How long points are kept changes nothing of how old the newest is.
        let column = if design == "morris" { 3 } else { 10 };
        assert!(of(0, column) > 10.0 * of(1, column), "{design}: {} {}", of(0, column), of(1, column));
        if design == "morris" {
            // From 5 to 30 minutes the mean age grows by half of 25 minutes.
            assert!((of(0, 3) - 750.0).abs() < 90.0, "{}", of(0, 3));
        }
    }
}

#[test]
fn what_cannot_be_swept_is_said_before_anything_runs() {
    let scratch = Scratch::new("sweep-wrong");
    for (arguments, says) in [
        (vec!["--vary", "link.wan.bandwidth"], "names no values"),
        (vec!["--vary", "link.wan.bandwidth=100 Mbit/s..400 Mbit/s"], "LOW..HIGH/5"),
        (vec!["--vary", "link.wan.bandwidth=1 Mbit/s,2 parsecs"], "point 1"),
        (vec!["--vary", "link.wan.width=1,2"], "width"),
        (vec!["--vary", "run.seed=1,2", "--vary", "run.seed=3,4"], "varied twice"),
        (vec!["--vary", "run.seed=1..9999/9999", "--vary", "vms.sql.count=1..99/99"], "more than"),
    ] {
        let output = scratch.drsim(&[&["sweep", FIRST], &arguments[..]].concat());
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
    assert!(!scratch.0.join("reports").exists(), "nothing was written");
}

#[test]
fn what_another_sweep_left_half_done_is_not_dropped_unasked() {
    let scratch = Scratch::new("sweep-other");
    std::fs::write(scratch.0.join(".out.half"), "{\"schema\":\"drsim-sweep-half/1\",\"plan\":\"another\"}\n")
        .expect("written");
    let arguments = ["sweep", FIRST, "-o", "out", "--vary", "run.seed=1", "--replications", "1"];
    let output = scratch.drsim(&arguments);
    assert_eq!(code(&output), Some(2), "{}", err(&output));
    assert!(err(&output).contains("--fresh"), "{}", err(&output));
    assert_eq!(code(&scratch.drsim(&[&arguments[..], &["--fresh"]].concat())), Some(0));
}
