//! Several sources and one target: what they share, who goes first, and what the target's own machines give up for them.
//!
//! Each claim has its arithmetic beside it. 1 GiB is 1024 MiB.

mod common;

use std::sync::atomic::AtomicBool;

use common::{Story, at, two_stamps};
use drsim::contract::{Fact, MachineRole, Meter};
use drsim::planner::Verdict;
use drsim::planner::sizing::{Lab, Sizing, questions, size, with_implied};
use drsim::scenario::{Scenario, load};
use drsim::units::{Bytes, Duration, StampId, Timestamp};

/// Four servers of 192 GiB: 768 less the reserve 192 + 0.15 · 3 · 192 + 2 · 14, the platform's 242 + 4 · 4 and the provider's 42 leave
/// 161.6 GiB, eleven machines of 14 GiB. Six of them are tests of the target's own, so that five are left for eight that fail over.
fn crowded(tests: u32, people: &str) -> String {
    let text = two_stamps("[run]\nlasts = \"8d\"\nsettle = \"2d\"\n").replace(
        "[stamp.west]\n",
        "[stamp.west]\nservers = 4\nmemory_per_server = \"192 GiB\"\nsubscriptions.lab = { vm_cores = 1000, vms = 500, managed_disk = \"500 TiB\", storage = \"100 TiB\" }\n",
    );
    let lab = "[vms.lab]\ncount = 6\non = \"west\"\nsubscription = \"lab\"\nos = \"linux\"\nsize = \"Standard_DS3_v2\"\ndisks = \"64 GiB\"\nchurn.steady = { rate = \"10 KiB/s\" }\n";
    let lab = if tests == 0 { "" } else { lab };
    format!(
        r#"{text}
[vms.plant]
count = 8
on = "east"
os = "linux"
size = "Standard_DS3_v2"
disks = "8 GiB"
churn.steady = {{ rate = "100 KiB/s" }}
writes = {{ block = "64 KiB" }}
{lab}
[protect.plant]
policy = "gold"
appliance = "a1"
to = {{ stamp = "west", subscription = "prod" }}
[people]
declare_disaster_after.fixed = "30m"
commit_after.fixed = "1h"
fail_back = {{ after_source_healthy = "1h" }}
{people}
[[outage.stamp-down]]
stamp = "east"
at = "4d10:00"
lasts = "12h"
"#
    )
}

fn failed_over(story: &Story) -> Vec<Timestamp> {
    let up = |fact: &Fact| matches!(fact, Fact::MachineUp { role: MachineRole::Replica, .. });
    story.all(up).iter().map(|(at, _)| *at).collect()
}

fn refused(story: &Story) -> usize {
    story.all(|fact| matches!(fact, Fact::LimitHit { meter: Meter::StampMemory(_), .. })).len()
}

#[test]
fn tests_that_stay_leave_room_for_five_of_eight() {
    let story = Story::of(&crowded(6, ""));
    assert!(refused(&story) > 0);
    assert_eq!(failed_over(&story).len(), 5);
}

/// The failovers are ordered when the last test machine is down, a minute after the disaster was declared; nothing else differs from a
/// target that has no tests.
#[test]
fn tests_that_are_switched_off_make_room_and_cost_the_time_to_shut_them_down() {
    let story = Story::of(&crowded(6, "switch_off = \"lab\""));
    let empty = Story::of(&crowded(0, ""));
    assert_eq!((refused(&story), refused(&empty)), (0, 0));
    let (late, soon) = (failed_over(&story), failed_over(&empty));
    assert_eq!((late.len(), soon.len()), (8, 8));
    for (late, soon) in late.iter().zip(&soon) {
        assert_eq!(late.since(*soon), Duration::minutes(1));
    }
    // Six of 14 GiB make room for eight, beside what stands there all the time.
    let memory = |meter| meter == Meter::StampMemory(StampId(1));
    assert_eq!(story.peak(memory).0, empty.peak(memory).0.max(Bytes::gib(6 * 14).0));
}

/// On again when the last one has gone home, and then everything is as before.
#[test]
fn tests_are_switched_on_again_when_everybody_is_home() {
    let story = Story::of(&crowded(6, "switch_off = [\"lab\"]"));
    let lab: Vec<_> = (1..=6).map(|n| story.vm(&format!("lab-{n}"))).collect();
    let of_lab = |vm| lab.contains(&vm);
    let up = story.all(|fact| matches!(fact, Fact::MachineUp { vm, .. } if of_lab(*vm)));
    let down = story.all(|fact| matches!(fact, Fact::MachineDown { vm, .. } if of_lab(*vm)));
    assert_eq!((up.len(), down.len()), (12, 6), "up at the start and again");
    let home =
        story.all(|fact| matches!(fact, Fact::Entered { phase: drsim::contract::Phase::FailedBackCommitted, .. }));
    let last_home = home.iter().map(|(at, _)| *at).max().expect("they go home");
    assert_eq!(home.len(), 8);
    assert!(up[6..].iter().all(|(at, _)| *at == last_home + Duration::minutes(2)), "a boot takes two minutes");
    assert!(last_home < at(8, 0, 0));
}

/// Where the site only lost its line and somebody telephones, nothing is declared and nothing is switched off.
#[test]
fn without_a_disaster_nothing_is_switched_off() {
    let text = crowded(6, "switch_off = \"lab\"")
        .replace("[[outage.stamp-down]]\nstamp = \"east\"", "[[outage.link-down]]\nlink = \"wan\"");
    let story = Story::of(&text);
    assert!(story.all(|fact| matches!(fact, Fact::MachineDown { .. })).is_empty());
}

/// One machine that writes 1 MiB/s on each of so many sources, all protected to west through one cache account.
fn sources(count: u32, more: &str) -> Scenario {
    let mut text = String::from(
        r#"
title = "fan-in"
[run]
lasts = "40d"
settle = "10d"
replications = 60
[stamp.west]
subscriptions.prod = { vm_cores = 1000, vms = 500, managed_disk = "500 TiB", storage = "100 TiB" }
[cache.log]
on = "west"
capacity = "10 TiB"
[policy.gold]
crash_consistent_every = "1m"
retention = "24h"
"#,
    );
    for n in 0..count {
        text.push_str(&format!(
            r#"
[stamp.s{n}]
[link.l{n}]
from = "s{n}"
to = "west"
bandwidth = "200 Mbit/s"
[appliance.a{n}]
on = "s{n}"
cache = "log"
{}
"#,
            machine(&format!("v{n}"), &format!("s{n}"), &format!("a{n}"), 1)
        ));
    }
    loaded(&format!("{text}\n{more}"))
}

fn machine(name: &str, on: &str, appliance: &str, weight: u32) -> String {
    format!(
        r#"
[vms.{name}]
count = 1
on = "{on}"
os = "linux"
size = "Standard_DS2_v2"
disks = "32 GiB"
churn.steady = {{ rate = "1 MiB/s" }}
writes = {{ block = "64 KiB" }}
[protect.{name}]
policy = "gold"
appliance = "{appliance}"
weight = {weight}
to = {{ stamp = "west" }}
"#
    )
}

fn loaded(text: &str) -> Scenario {
    load(text, "fan-in.toml", &|_| Err(std::io::ErrorKind::NotFound.into()), &[])
        .unwrap_or_else(|faults| panic!("{faults}"))
}

/// The value of the one knob and the one below, which misses; both with other luck too.
fn answer(scenario: &Scenario) -> (u64, u64) {
    let asked = questions(&scenario.setup, &scenario.questions);
    let (setup, _) = with_implied(&scenario.setup, &asked[0]);
    let stop = AtomicBool::new(false);
    let mut lab = Lab::new(&setup, (scenario.seed, 1, 60), &stop, &|| {});
    let found: Sizing = size(&mut lab, &asked[0]);
    assert_eq!(found.verdict(), Verdict::Met, "{:?}", found.trial.targets);
    let own = &found.knobs[0];
    let (below, trial) = own.below.as_ref().expect("something is less");
    assert_eq!((trial.verdict, own.below_afresh), (Verdict::Missed, Some(Verdict::Missed)));
    (own.value, *below)
}

/// While the service is away for 4 h every source fills the account at its rate λ: n λ · 4 h, and what is under way in normal times.
#[test]
fn the_account_that_sources_share_holds_what_they_send_together() {
    for count in [1, 3] {
        let (value, below) = answer(&sources(
            count,
            "[[target]]\ncache = \"log\"\nmust = \"prob(overflow) <= 5 %\"\n[[outage.service-down]]\nstamp = \"west\"\nat = \"20d\"\nlasts = \"4h\"\n\
             [[question.smallest]]\nknob = \"cache.log.capacity\"\nwithin = \"2 %\"",
        ));
        let rate = f64::from(count) * 1_048_576.0;
        let (least, most) = (rate * 4.0 * 3_600.0, rate * (4.0 * 3_600.0 + 900.0));
        assert!(value as f64 >= least && (below as f64) < most, "{count}: {below} {value}, {least} to {most}");
    }
}

/// Two machines share one link after an outage of d = 6 h, three parts to one. While both wait the first one is served at ¾ μ: its ages
/// beyond R = 1 h last (d − R) r / (r − 1) with r = ¾ μ / λ, which may be x = 1 % of 30 days: μ = ⁴⁄₃ λ x / (x − (d − R)), 4.36 λ. With
/// equal shares it would be 6.55 λ: what going first saves.
#[test]
fn the_link_for_who_goes_first_is_that_of_its_share() {
    let (lambda, x) = (8.0 * 1_048_576.0, 7.2);
    for (weight, share) in [(3, 0.75), (1, 0.5)] {
        let text = format!(
            "{}\n[[target]]\nvms = \"v0\"\nmust = \"p99(rpo_over_time) <= 1h\"\n[[outage.link-down]]\nlink = \"l0\"\nat = \"20d\"\nlasts = \"6h\"\n\
             [[question.smallest]]\nknob = \"link.l0.bandwidth\"\nwithin = \"2 %\"",
            machine("second", "s0", "a0", 1)
        );
        let mut scenario = sources(1, &text);
        let intent = std::sync::Arc::make_mut(&mut scenario.setup.intent);
        let first = intent.protections[0].as_mut().expect("protected");
        first.weight = weight;
        let (value, below) = answer(&scenario);
        // Points every minute and the time to process them make ages up to six minutes older: R is up to 1 h less that.
        let rate = |beyond: f64| lambda / share * x / (x - beyond);
        let (fluid, tighter) = (rate(5.0), rate(5.1));
        assert!(
            (below as f64) < tighter * 1.02 && value as f64 > fluid * 0.98,
            "weight {weight}: {below} {value}, fluid {fluid} to {tighter}"
        );
    }
}

/// A stream carries window / round trip = 1 MiB / 100 ms = 10 MiB/s, so that 256 GiB take 7.3 h. Of twelve machines four at once take
/// three times that, 21.8 h, three at once four times, 29.1 h: a day needs four.
#[test]
fn copies_at_once_are_as_many_as_the_goal_leaves_rounds() {
    let many = machine("many", "s0", "a0", 1)
        .replace("count = 1", "count = 12")
        .replace("32 GiB", "256 GiB")
        .replace("1 MiB/s", "1 KiB/s");
    let mut scenario = sources(
        0,
        &format!(
            "[stamp.s0]\n[link.l0]\nfrom = \"s0\"\nto = \"west\"\nbandwidth = \"10 Gbit/s\"\nround_trip = \"100ms\"\nflow_window = \"1 MiB\"\n\
             [appliance.a0]\non = \"s0\"\ncache = \"log\"\n{many}\n[[target]]\nmust = \"max(initial_replication) <= 24h\"\n\
             [[question.smallest]]\nknob = \"replication.copies_at_once\""
        ),
    );
    scenario.setup.settle = Duration::days(2);
    scenario.setup.lasts = Duration::days(4);
    assert_eq!(answer(&scenario), (4, 3));
}
