//! Strategies through whole runs: which points they really make while the stream keeps up and while it does not, under the
//! eyes of the referees.

mod common;

use common::small::{Small, Vm};
use common::{Story, two_stamps};
use drsim::contract::{Fact, PointRun};
use drsim::planner::compare::all;
use drsim::planner::one_replication;
use drsim::units::{Duration, Timestamp};
use drsim::world::Luck;

const RUN: &str = "[run]\nstarts = \"2026-01-05T00:00:00+00:00\"\nlasts = \"6d\"\nseed = 11\nreplications = 1";

/// Two machines that write steadily, and a link that is cut for five hours on the third day.
const FLEET: &str = r#"
[vms.erp]
count = 2
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB"]
churn.steady = { rate = "1 MiB/s" }
[protect.erp]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod", network = "dr" }
[[outage.link-down]]
link = "wan"
at = "3d01:00"
lasts = "5h"
"#;

const GOLD: &str = "crash_consistent_every = \"5m\"";

/// The runs of points and the single ones of all machines under this strategy.
fn points(strategy: &str) -> (Vec<PointRun>, Vec<(Timestamp, bool)>) {
    let text = two_stamps(RUN) + FLEET;
    assert!(text.contains(GOLD), "the policy of the kit has another interval");
    let story = Story::of(&text.replace(GOLD, &format!("{GOLD}\nstrategy.{strategy}")));
    let (mut runs, mut single) = (Vec::new(), Vec::new());
    for (_, fact) in &story.facts {
        match fact {
            Fact::PointsMade { run, .. } => runs.push(*run),
            Fact::PointMade { mark, app_consistent, .. } => single.push((*mark, *app_consistent)),
            _ => {}
        }
    }
    assert!(runs.len() >= 2, "{strategy}: points come by rule before and after the cut: {runs:?}");
    (runs, single)
}

fn stands_on(moment: Timestamp, grid: Duration) -> bool {
    moment.ns().is_multiple_of(grid.ns())
}

#[test]
fn fixed_points_are_made_every_five_minutes_late_or_not() {
    let (runs, single) = points("fixed-interval = {}");
    assert!(runs.iter().all(|run| run.every == Duration::minutes(5)), "{runs:?}");
    // What was marked in the five hours of the cut becomes usable one by one afterwards.
    assert!(single.len() >= 2 * 50, "{}", single.len());
}

#[test]
fn coarser_while_late_makes_a_sixth_of_the_points_then_and_all_of_them_again_afterwards() {
    let (runs, single) = points("coarser-when-late = { times = 6 }");
    assert!(runs.iter().all(|run| run.every == Duration::minutes(5)), "{runs:?}");
    let (_, fixed) = points("fixed-interval = {}");
    let late: Vec<_> = single.iter().filter(|(mark, _)| *mark > common::at(3, 2, 0)).collect();
    assert!(late.iter().all(|(mark, _)| stands_on(*mark, Duration::minutes(30))), "{late:?}");
    assert!(late.len() >= 2 && single.len() * 4 < fixed.len(), "{} of {}", single.len(), fixed.len());
}

#[test]
fn adaptive_points_stand_on_the_grid_and_are_rarer_while_they_come_late() {
    let (runs, single) = points("adaptive = { at_least = \"1m\", at_most = \"1h\" }");
    for run in &runs {
        let times = run.every.ns() / Duration::minutes(1).ns();
        assert!(times.is_power_of_two() && times <= 32, "{run:?}");
    }
    assert!(single.iter().all(|(mark, _)| stands_on(*mark, Duration::minutes(1))));
    // Marks of the first hour of the cut take more than four hours: from the first of them on the interval is the longest.
    let mut late: Vec<_> = single.iter().map(|(mark, _)| *mark).filter(|mark| *mark > common::at(3, 2, 0)).collect();
    late.sort_unstable();
    late.dedup();
    let gaps: Vec<Duration> = late.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.contains(&Duration::minutes(32)), "{gaps:?}");
}

#[test]
fn every_twelfth_point_is_app_consistent() {
    let (runs, single) = points("app-every-nth = { n = 12 }");
    assert!(runs.iter().all(|run| run.app_every == Some(Duration::hours(1))), "{runs:?}");
    for (mark, app_consistent) in single {
        assert_eq!(app_consistent, stands_on(mark, Duration::hours(1)), "{mark}");
    }
}

/// √(2 · 10 s · 10 d) = 4157 s, less the point's own time and a bit: 1h 9m.
#[test]
fn points_by_expected_loss_are_dalys_interval_apart_and_app_consistent() {
    let (runs, single) = points("loss-against-cost = { failure_every = \"10d\" }\napp_consistent_freeze = \"10s\"");
    let every = runs[0].every;
    assert!((4_100..4_160).contains(&(every.ns() / 1_000_000_000)), "{every}");
    assert!(runs.iter().all(|run| run.every == every && run.app_every == Some(every)));
    assert!(!single.is_empty() && single.iter().all(|(mark, app)| stands_on(*mark, every) && *app), "{single:?}");
}

/// An app-consistent point each hour holds the guest up for 10 s: 240 s a day. One that reboots at full hour sets no mark then.
#[test]
fn the_guest_is_frozen_for_a_span_at_each_app_consistent_point() {
    let lived = |policy: &str, more: &str| {
        let small = Small {
            lasts: "4d".to_owned(),
            settle: "2d".to_owned(),
            processing_delay: "30s".to_owned(),
            policy: format!("crash_consistent_every = \"5m\"\nretention = \"24h\"\n{policy}"),
            vms: vec![Vm::steady("erp", 100_000)],
            more: more.to_owned(),
            times: vec![("guest_reboot".to_owned(), "\"3m\"".to_owned())],
            ..Small::default()
        };
        let scenario = small.scenario();
        let setup = &scenario.setup;
        let outcome = one_replication(setup, Luck::new(scenario.seed, 0)).outcome;
        let yardsticks = all(&[setup]);
        let own = yardsticks.iter().find(|own| own.name == "guest frozen per day");
        let told = own.map(|own| own.values(setup, std::slice::from_ref(&outcome))[0]);
        assert_eq!(told.unwrap_or(Some(0.0)), outcome.frozen_per_day(|_| true));
        told
    };
    let hourly = "app_consistent_every = \"1h\"\napp_consistent_freeze = \"10s\"";
    assert_eq!(lived(hourly, ""), Some(Some(240.0)));
    let reboot = "[[outage.guest-reboot]]\nstamp = \"east\"\nshare = \"100 %\"\nat = \"3d01:59\"\n";
    assert_eq!(lived(hourly, reboot), Some(Some(235.0)), "47 points in two days");
    let every_point = "app_consistent_freeze = \"1s\"\nstrategy.app-every-nth = { n = 1 }";
    assert_eq!(lived(every_point, ""), Some(Some(288.0)));
    assert_eq!(lived("", ""), None, "nobody is asked to be quiet");
}
