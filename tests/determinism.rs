//! Same scenario and seed: same digest, whatever the number of threads, the features of the build and its profile.
//!
//! The digests of eight lives are kept in `determinism.txt`; the gate compares them in the full dev build and in the lean release build.
//! `DRSIM_ACCEPT=1` keeps new ones, for a change that is meant to change facts.

mod cli_kit;
mod common;

use std::sync::atomic::AtomicBool;

use cli_kit::{Scratch, code, err};
use common::{Story, two_stamps};
use drsim::planner::replicate;

const FLEET: &str = r#"
[vms.erp]
count = 3
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB", "20 GiB"]
churn.daily = { mean = "300 KiB/s", peak = "2 MiB/s", peak_at = "01:00", noise = { sigma = 0.5, every = "5m" } }
[protect.erp]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod", network = "dr" }
[[outage.stamp-down]]
stamp = "east"
every.weibull = { mean = "9d", shape = 0.8 }
lasts.lognormal = { median = "5h", p95 = "38h" }
[[outage.link-down]]
link = "wan"
every.exponential = { mean = "3d" }
lasts.exponential = { mean = "2h" }
"#;

const RUN: &str = "[run]\nstarts = \"2026-01-05T00:00:00+00:00\"\nlasts = \"20d\"\nseed = 11\nreplications = 8";

fn digests(threads: usize) -> Vec<u128> {
    let story = Story::of(&(two_stamps(RUN) + FLEET));
    let stop = AtomicBool::new(false);
    let replications = replicate(&story.scenario.setup, 11, (0, 8), threads, &stop, &|| {});
    replications.iter().map(|replication| replication.end.digest).collect()
}

#[test]
fn one_thread_and_two_tell_the_same() {
    let one = digests(1);
    assert_eq!(one, digests(2));
    let mut different = one.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), one.len(), "replications differ from each other");
}

/// Kept as it was when the facts last changed on purpose. It holds in every build: draws depend on no library of the platform, and features
/// add formats of reports only.
#[test]
fn the_digests_are_the_kept_ones() {
    let found: String = digests(1).iter().map(|digest| format!("{digest:032x}\n")).collect();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/determinism.txt");
    if std::env::var_os("DRSIM_ACCEPT").is_some() {
        std::fs::write(kept, &found).expect("the digests can be kept");
    }
    let before = std::fs::read_to_string(kept).expect("digests are kept");
    assert_eq!(before, found, "facts have changed; when that is meant, DRSIM_ACCEPT=1 keeps the new digests");
}

/// The command too: manifest and summary of two threads are those of one, and those of a second run.
#[test]
fn reports_do_not_hang_on_threads() {
    let report = |threads: &str| {
        let scratch = Scratch::new("threads");
        std::fs::write(scratch.0.join("fleet.toml"), two_stamps(RUN) + FLEET).expect("a scenario can be written");
        let ran = scratch.drsim(&["run", "fleet.toml", "--threads", threads, "-q", "--out", "report"]);
        assert!(matches!(code(&ran), Some(0 | 1 | 3)), "{}", err(&ran));
        let read =
            |name: &str| std::fs::read_to_string(scratch.0.join("report").join(name)).expect("a file of the report");
        (read("manifest.json"), read("summary.json"))
    };
    let one = report("1");
    assert_eq!(one, report("2"));
    assert_eq!(one, report("1"));
}

/// Adding a VM changes nobody else's luck: the outages of both runs strike at the same moments.
#[test]
fn luck_is_addressed_by_name() {
    use drsim::contract::Fact;
    let outages = |text: &str| {
        let story = Story::of(text);
        let mut dates: Vec<_> =
            story.all(|fact| matches!(fact, Fact::OutageBegan { .. })).into_iter().cloned().collect();
        dates.sort_by_key(|(at, _)| *at);
        dates
    };
    let few = two_stamps(RUN) + FLEET;
    let more = few.replace("count = 3", "count = 4");
    let struck = outages(&few);
    assert!(!struck.is_empty(), "outages strike");
    assert_eq!(struck, outages(&more));
}
