//! Damage that is found late: whether a point from before it is left. In the mean this is oracle P28 (`tests/oracles.rs`).

mod common;

use std::sync::atomic::AtomicBool;

use common::small::{Small, Vm};
use common::two_stamps;
use drsim::planner::{Findings, merge, replicate};
use drsim::scenario::load;

const ERP: &str = r#"
[vms.erp]
count = 1
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB"]
churn.steady = { rate = "100 KiB/s" }
[protect.erp]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod" }
"#;

fn lived(text: &str) -> Findings {
    let scenario =
        load(text, "damage.toml", &|_| unreachable!("it names no file"), &[]).unwrap_or_else(|f| panic!("{f}"));
    let setup = &scenario.setup;
    let range = (0, scenario.replications.at_most);
    let ran = replicate(setup, scenario.seed, range, 0, &AtomicBool::new(false), &|| ());
    assert!(ran.iter().all(|one| one.end.fouls.is_empty()));
    let outcomes: Vec<_> = ran.into_iter().map(|replication| replication.outcome).collect();
    merge(&setup.inventory, &setup.intent, &outcomes, setup.settle, setup.lasts)
}

/// One damage at 03:10, found 30 hours later; a day of points: none from before it is left. Found after 5 hours: that of 03:05.
#[test]
fn a_day_of_points_holds_nothing_from_before_a_damage_that_is_thirty_hours_old() {
    let told = |found_after: &str| {
        let damage = format!(
            "[run]\nstarts = \"2026-01-05T00:00:00Z\"\nlasts = \"9d\"\nsettle = \"2d\"\nseed = 1\nreplications = 1\n\
             [[outage.damage]]\nstamp = \"east\"\nshare = \"100 %\"\nat = \"4d03:10\"\nfound_after = \"{found_after}\"\n"
        );
        let findings = lived(&(two_stamps(&damage) + ERP));
        let [(_, damage)] = findings.damages.as_slice() else { panic!("{:?}", findings.damages) };
        damage.gap().map(|gap| gap.secs_f64() / 60.0)
    };
    assert_eq!(told("30h"), None);
    // Between 2 and 24 hours the first point of each hour is kept: 03:00.
    assert_eq!(told("5h"), Some(10.0));
    // Within two hours every point is kept; that of the very instant, 03:10, is not from before it.
    assert_eq!(told("1h"), Some(5.0));
}

/// A tier takes ages from the end of the one before, included, to its own end, excluded: with points each 5 min, a newest one of
/// 12:05 ends what is kept whole before 10:05; one of 12:00 leaves the 10:00 to the hours; and a point of a day is gone.
#[test]
fn points_on_the_edge_of_a_tier_belong_to_the_older_one_and_on_the_last_edge_to_none() {
    let gap = |at: &str, found_after: &str| {
        let small = Small {
            lasts: "9d".to_owned(),
            vms: vec![Vm::steady("erp", 100_000)],
            more: format!(
                "[[outage.damage]]\nstamp = \"east\"\nshare = \"100 %\"\nat = \"{at}\"\nfound_after = \"{found_after}\"\n"
            ),
            ..Small::default()
        };
        let findings = lived(&small.text());
        let [(_, damage)] = findings.damages.as_slice() else { panic!("{:?}", findings.damages) };
        damage.gap().map(|gap| gap.secs_f64() / 60.0)
    };
    assert_eq!(gap("4d10:07", "2h"), Some(7.0), "that of 10:05 is two hours old at 12:07, and no first of an hour");
    assert_eq!(gap("4d10:07", "1h 55m"), Some(2.0), "five minutes before it was kept");
    assert_eq!(
        gap("4d10:03", "1h 59m"),
        Some(3.0),
        "that of 10:00 is two hours old at 12:02, and the first of its hour"
    );
    assert_eq!(gap("4d12:03", "23h 59m"), None, "that of 12:00 is a day old");
    assert_eq!(gap("4d12:03", "23h 54m"), Some(3.0), "five minutes before it was kept");
}
