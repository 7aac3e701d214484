//! Left out on purpose and forced in: the plan with and without, against closed forms; and nobody vanishes from the list.

mod cli_kit;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use cli_kit::{Scratch, code, err, out};
use drsim::planner::sizing::{Choice, Lab, Reason, eligibility, questions, size, totals, with_implied};
use drsim::scenario::{Scenario, load};
use drsim::simulation::Setup;
use drsim::units::{Bytes, DiskId, VmId};

/// Twelve machines of four cores and two disks, and one whose guest is not supported; lost on the 12th day. More: what is asked.
fn scenario(more: &str) -> Scenario {
    load(&text(more), "choice.toml", &|_| Err(std::io::ErrorKind::NotFound.into()), &[])
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn text(more: &str) -> String {
    format!(
        r#"
title = "choice"
[run]
lasts = "20d"
settle = "10d"
replications = 60
[stamp.east]
[stamp.west]
subscriptions.prod = {{ vm_cores = 1000, vms = 500, managed_disk = "500 TiB", storage = "100 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "200 Mbit/s"
[cache.log]
on = "west"
capacity = "10 TiB"
[appliance.a1]
on = "east"
cache = "log"
[vms.many]
count = 12
on = "east"
os = "linux"
size = "Standard_DS3_v2"
disks = ["32 GiB", "64 GiB"]
churn.steady = {{ rate = "20 KiB/s" }}
writes = {{ block = "64 KiB" }}
[vms.old]
count = 1
on = "east"
os = "linux"
size = "Standard_DS3_v2"
disks = "32 GiB"
supported = false
churn.steady = {{ rate = "20 KiB/s" }}
writes = {{ block = "64 KiB" }}
[policy.gold]
crash_consistent_every = "5m"
retention = "24h"
[protect.many]
policy = "gold"
appliance = "a1"
to = {{ stamp = "west" }}
[protect.old]
policy = "gold"
appliance = "a1"
to = {{ stamp = "west" }}
[[target]]
vms = "many"
must = "max(rpo) <= 1h"
[[target]]
vms = "old"
must = "max(rpo) <= 1h"
[[outage.stamp-down]]
stamp = "east"
at = "12d"
lasts = "2d"
{more}
"#
    )
}

const CORES: &str = "[[question.smallest]]\nknob = \"stamp.west.subscriptions.prod.vm_cores\"";

fn answer(scenario: &Scenario, setup: &Setup) -> u64 {
    let asked = questions(&scenario.setup, &scenario.questions);
    let (setup, _) = with_implied(setup, &asked[0]);
    let stop = AtomicBool::new(false);
    let mut lab = Lab::new(&setup, (scenario.seed, 1, 60), &stop, &|| {});
    let found = size(&mut lab, &asked[0]);
    assert!(found.is_answered, "{:?}", found.trial.targets);
    found.knobs[0].value
}

fn of(indices: impl IntoIterator<Item = u32>) -> BTreeSet<VmId> {
    indices.into_iter().map(VmId).collect()
}

/// 4 cores for each machine that fails over: 12 of 13 by themselves, 9 with three left out, 13 with the refused one forced in.
#[test]
fn cores_are_those_of_who_is_in() {
    let scenario = scenario(CORES);
    let with = |choice: &Choice| {
        let mut setup = scenario.setup.clone();
        choice.apply(&mut setup);
        answer(&scenario, &setup)
    };
    assert_eq!(with(&Choice { without: of([12]), ..Choice::default() }), 48);
    assert_eq!(with(&Choice { without: of([0, 5, 11, 12]), ..Choice::default() }), 36);
    assert_eq!(with(&Choice { with: of([12]), ..Choice::default() }), 52);
}

#[test]
fn disks_left_out_are_in_no_sum_and_luck_stays() {
    let scenario = scenario("");
    let mut setup = scenario.setup.clone();
    let choice = Choice { without_disks: [DiskId(1), DiskId(3)].into(), ..Choice::default() };
    assert!(choice.apply(&mut setup).is_empty());
    let (before, after) = (totals(&scenario.setup), totals(&setup));
    assert_eq!((before.machines, before.disks, before.size), (13, 25, Bytes::gib(12 * 96 + 32)));
    assert_eq!((after.machines, after.disks, after.size), (13, 23, Bytes::gib(12 * 96 + 32 - 128)));
    let streams = |setup: &Setup, vm: u32| -> Vec<String> {
        setup.inventory.disk_ids(VmId(vm)).map(|id| setup.physics.churn[id.index()].stream.clone()).collect()
    };
    assert_eq!(streams(&setup, 7), streams(&scenario.setup, 7));
    let mut all = eligibility(&scenario.setup);
    choice.tell(&scenario.setup.inventory, &mut all);
    assert!(all[0].notes.contains(&Reason::DisksLeftOut { disks: 1, size: Bytes::gib(64) }), "{:?}", all[0]);
}

/// A target that speaks of nobody any more is dropped and told; everybody else stays on the list with a reason.
#[test]
fn nobody_vanishes() {
    let scenario = scenario("");
    let mut setup = scenario.setup.clone();
    let choice = Choice { without: of([12]), ..Choice::default() };
    let dropped = choice.apply(&mut setup);
    assert_eq!((dropped.len(), setup.intent.targets.len()), (1, 1));
    let mut all = eligibility(&scenario.setup);
    choice.tell(&scenario.setup.inventory, &mut all);
    assert_eq!(all.len(), 13);
    assert_eq!(all[12].against, [Reason::LeftOut, Reason::GuestUnsupported]);
    let choice = Choice { with: of([12]), ..Choice::default() };
    let mut all = eligibility(&scenario.setup);
    choice.tell(&scenario.setup.inventory, &mut all);
    assert!(all[12].against.is_empty() && all[12].notes.starts_with(&[Reason::ForcedIn, Reason::GuestUnsupported]));
}

/// A machine that nobody protects is protected like its neighbour once it is forced in.
#[test]
fn forced_in_without_a_protection_it_takes_its_neighbours() {
    let scenario = scenario("");
    let mut setup = scenario.setup.clone();
    Choice { without: of([3]), ..Choice::default() }.apply(&mut setup);
    assert_eq!(setup.intent.protection(VmId(3)), None);
    Choice { with: of([3]), ..Choice::default() }.apply(&mut setup);
    assert_eq!(setup.intent.protection(VmId(3)), setup.intent.protection(VmId(2)));
}

#[test]
fn the_command_says_what_it_saves() {
    let here = Scratch::new("plan-without");
    std::fs::write(here.0.join("s.toml"), text(CORES)).expect("written");
    let output = here.drsim(&["plan", "s.toml", "--without", "many-1,many-2,old", "--out", "plan"]);
    assert_eq!(code(&output), Some(0), "{}{}", out(&output), err(&output));
    let saved = std::fs::read_to_string(here.0.join("plan/saved.csv")).expect("written");
    assert!(saved.contains("protected machines,13,10,3"), "{saved}");
    assert!(saved.contains("their disks,25,20,5"), "{saved}");
    assert!(saved.contains("quota prod: cores,"), "{saved}");
    let machines = std::fs::read_to_string(here.0.join("plan/machines.csv")).expect("written");
    assert_eq!(machines.lines().count(), 14, "{machines}");
    assert!(machines.contains("many-2,many,no,left out on request; "), "{machines}");
    assert!(out(&output).contains("'many-1,many-2,old'"), "{}", out(&output));
    let saves = out(&output).lines().any(|line| line.split_whitespace().eq(["protected", "machines", "13", "10", "3"]));
    assert!(saves, "the screen says what it saves: {}", out(&output));
    for (bad, told) in [
        (["--without", "nobody"], "no machine, group or disk is meant"),
        (["--without", "many:1"], "carries the system"),
        (["--without", "many:3"], "no machine, group or disk is meant"),
        (["--without", "*"], "nobody is protected"),
    ] {
        let output = here.drsim(&[["plan", "s.toml"].as_slice(), &bad].concat());
        assert_eq!(code(&output), Some(2), "{bad:?}");
        assert!(err(&output).contains(told), "{bad:?}: {}", err(&output));
    }
    let output = here.drsim(&["plan", "s.toml", "--without", "old", "--with", "old"]);
    assert!(err(&output).contains("left out and in"), "{}", err(&output));
}

/// Twice as much after a year of 100 %, 41 % more after half of it; a rate without its time is refused.
#[test]
fn growth_is_of_what_is_written_and_has_a_time() {
    let here = Scratch::new("plan-growth");
    std::fs::write(here.0.join("s.toml"), text(CORES)).expect("written");
    for (growth, rate) in
        [("100 % per year over 12 months", "40.0 KiB/s"), ("100 % per year over 6 months", "28.3 KiB/s")]
    {
        let output = here.drsim(&["plan", "s.toml", "--without", "old", "--growth", growth, "--out", "plan"]);
        assert_eq!(code(&output), Some(0), "{}{}", out(&output), err(&output));
        let machines = std::fs::read_to_string(here.0.join("plan/machines.csv")).expect("written");
        assert!(
            machines.contains(&format!(
                "many-2,many,\"yes, with a note\",no test network: drills are refused,2,96.0 GiB,{rate}"
            )),
            "{machines}"
        );
        assert!(out(&output).contains("--growth"), "{}", out(&output));
    }
    for bad in ["30 %", "30 % per year", "30 per year over 1 year", "30 % per year over x months"] {
        assert_eq!(code(&here.drsim(&["plan", "s.toml", "--growth", bad])), Some(2), "{bad}");
    }
}

/// Twelve machines write 15 MiB/s each, 180 in all; an appliance moves some 130. What is told of the second one has its name.
#[test]
fn more_appliances_than_declared_are_told_by_name() {
    let here = Scratch::new("plan-appliances");
    let text = text(
        "[[target]]\nvms = \"many\"\nmust = \"p90(rpo_over_time) <= 30m\"\n[[question.smallest]]\nknob = \"appliance.count\"\nto = 4",
    );
    let text = text.replace("churn.steady = { rate = \"20 KiB/s\" }", "churn.steady = { rate = \"15 MiB/s\" }");
    let text = text
        .replace("bandwidth = \"200 Mbit/s\"", "bandwidth = \"10 Gbit/s\"")
        .replace("replications = 60", "replications = 20");
    std::fs::write(here.0.join("s.toml"), text).expect("written");
    let output = here.drsim(&["plan", "s.toml", "--without", "old", "--out", "plan"]);
    assert!(matches!(code(&output), Some(0 | 1 | 3)), "{}{}", out(&output), err(&output));
    let read = |name: &str| std::fs::read_to_string(here.0.join("plan").join(name)).expect("written");
    assert!(read("phases.csv").contains("a1+1"), "{}{}", out(&output), read("phases.csv"));
}
