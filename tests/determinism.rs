//! Same scenario and seed: same digest, whatever the number of threads.

mod common;

use std::sync::atomic::AtomicBool;

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
    assert_eq!(outages(&few), outages(&more));
}
