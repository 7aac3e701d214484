//! The planner against answers that can be worked out: a fluid queue, a cache that fills, slots in waves, points at intervals, cores.
//!
//! Each scenario has one knob and a closed form for it; the answer must lie on the first value of the grid that the closed form allows,
//! one step less must miss, and both must hold with other luck. The fluid leaves out the interval of points, the time to process
//! one and half a round trip, so the bands below are those.

mod cli_kit;

use std::sync::atomic::AtomicBool;

use cli_kit::{FIRST, Scratch, code, err, out};
use drsim::intent::{Knob, Question, QuotaPart};
use drsim::planner::sizing::{
    Lab, Reason, Sizing, eligibility, first_copies, questions, size, stock, turn, waves, with_implied,
};
use drsim::planner::{Verdict, one_replication};
use drsim::scenario::{Scenario, load};
use drsim::simulation::Luck;
use drsim::units::Bytes;

/// One machine that writes 1 MiB/s, a link, a cache; `more` adds what is asked.
fn scenario(more: &str) -> Scenario {
    scenario_with("[run]\nlasts = \"40d\"\nsettle = \"10d\"\nreplications = 60\n", more)
}

fn scenario_with(run: &str, more: &str) -> Scenario {
    let text = format!(
        r#"
title = "closed forms"
{run}
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
[vms.one]
count = 1
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = "32 GiB"
churn.steady = {{ rate = "1 MiB/s" }}
writes = {{ block = "64 KiB" }}
[policy.gold]
crash_consistent_every = "1m"
retention = "24h"
[protect.one]
policy = "gold"
appliance = "a1"
to = {{ stamp = "west" }}
{more}
"#
    );
    load(&text, "plan.toml", &|_| Err(std::io::ErrorKind::NotFound.into()), &[])
        .unwrap_or_else(|faults| panic!("{faults}"))
}

/// Answers the first question with at most so many replications.
fn answer(scenario: &Scenario, at_most: u64) -> Sizing {
    let asked = questions(&scenario.setup, &scenario.questions);
    let (setup, _) = with_implied(&scenario.setup, &asked[0]);
    let stop = AtomicBool::new(false);
    let mut lab = Lab::new(&setup, (scenario.seed, 1, at_most), &stop, &|| {});
    size(&mut lab, &asked[0])
}

/// The value, its lower neighbour; with all that an answer must keep.
fn sound(answer: &Sizing) -> (u64, u64) {
    assert!(answer.is_answered, "{:?}", answer.trial.targets);
    assert_eq!(answer.verdict(), Verdict::Met, "{:?}", answer.trial.targets);
    let check = answer.check.as_ref().expect("an answer is checked");
    assert_eq!((check.verdict, check.seed), (Verdict::Met, answer.trial.seed + 1), "with other luck too");
    let own = &answer.knobs[0];
    let (below, trial) = own.below.as_ref().expect("something is less");
    assert_eq!(trial.verdict, Verdict::Missed, "one step less is missed");
    assert_eq!(own.below_afresh, Some(Verdict::Missed), "with other luck too");
    assert!(answer.is_monotone(), "one step more still meets");
    (own.value, *below)
}

/// A machine that is served first and another with four disks of 1,022 GiB that hardly writes: the first keeps its RPO on any link that
/// carries what it writes, but first copies have to be done within the run of 40 days: μ = λ + 4 · 1,022 GiB / 40 d.
#[test]
fn a_link_that_leaves_somebody_uncopied_is_too_narrow() {
    let scenario = scenario(
        r#"
weight = 100
[vms.two]
count = 1
on = "east"
os = "linux"
size = "Standard_DS3_v2"
disks = ["1 GiB", "1022 GiB", "1022 GiB", "1022 GiB", "1022 GiB"]
churn.steady = { rate = "1 KiB/s" }
writes = { block = "64 KiB" }
[protect.two]
policy = "gold"
appliance = "a1"
to = { stamp = "west" }
[[target]]
must = "p99(rpo_over_time) <= 1d"
[[question.smallest]]
knob = "link.wan.bandwidth"
within = "1 %"
"#,
    );
    let found = answer(&scenario, 20);
    assert!(found.is_answered && found.trial.is_copied(), "{:?}", found.trial.targets);
    let (below, trial) = found.knobs[0].below.as_ref().expect("something is less");
    assert!(!trial.is_copied(), "{below}");
    let least = (1_048_576.0 + 4.0 * 1022.0 * 1_073_741_824.0 / (40.0 * 86_400.0)) * 8.0;
    let value = found.knobs[0].value as f64;
    assert!((1.0..1.03).contains(&(value / least)), "{value} beside {least}");
}

/// An outage of d = 6 h leaves a backlog λ d. Sent in order at μ, ages beyond R last (d − R) μ / (μ − λ); they may last x = 1 % of
/// 30 days: μ = λ x / (x − (d − R)), 3.27 λ.
#[test]
fn the_link_for_an_outage_and_its_catch_up_is_the_fluids() {
    let (lambda, x, beyond) = (8.0 * 1_048_576.0, 0.01 * 30.0 * 24.0, 6.0 - 1.0);
    let fluid = lambda * x / (x - beyond);
    let found = answer(
        &scenario(
            "[[target]]\nmust = \"p99(rpo_over_time) <= 1h\"\n[[outage.link-down]]\nlink = \"wan\"\nat = \"20d\"\nlasts = \"6h\"\n\
             [[question.smallest]]\nknob = \"link.wan.bandwidth\"\nwithin = \"2 %\"",
        ),
        60,
    );
    let (value, below) = sound(&found);
    // Points every minute and the time to process them make ages up to some six minutes older than the fluid's: R is 1 h less that.
    let tighter = lambda * x / (x - (6.0 - 0.9));
    assert!(
        (below as f64) < tighter * 1.02 && value as f64 > fluid * 0.98,
        "{below} {value}, fluid {fluid} to {tighter}"
    );
}

/// While the service is away for 4 h the cache takes λ · 4 h, and what is under way in normal times.
#[test]
fn the_cache_for_a_service_that_is_away_is_what_comes_in() {
    let found = answer(
        &scenario(
            "[[target]]\ncache = \"log\"\nmust = \"prob(overflow) <= 5 %\"\n[[outage.service-down]]\nstamp = \"west\"\nat = \"20d\"\nlasts = \"4h\"\n\
             [[question.smallest]]\nknob = \"cache.log.capacity\"\nwithin = \"2 %\"",
        ),
        60,
    );
    let (value, below) = sound(&found);
    let (least, most) = (4.0 * 3_600.0 * 1_048_576.0, (4.0 * 3_600.0 + 900.0) * 1_048_576.0);
    assert!(value as f64 >= least && (below as f64) < most, "{below} {value}, {least} to {most}");
}

/// Ages of points every E are up to E and what it takes to process one, so 99 % of them are within 20 min only for E < 20 min.
#[test]
fn the_interval_of_points_is_the_longest_that_fits() {
    let found = answer(
        &scenario(
            "[[target]]\nmust = \"p99(rpo_over_time) <= 20m\"\n[[question.smallest]]\nknob = \"policy.gold.crash_consistent_every\"",
        ),
        60,
    );
    let (value, below) = sound(&found);
    let processing = found.trial.ages.max_s.expect("known") - value as f64 / 1e9;
    assert!((0.0..600.0).contains(&processing), "{processing}");
    assert!(0.99 * value as f64 / 1e9 + processing <= 1_200.0 && 0.99 * below as f64 / 1e9 + processing > 1_200.0);
    assert!(value < below, "more able is more often");
}

/// Twelve machines of four cores need 48 at a failover; the provider's cores are the platform's.
#[test]
fn the_quota_of_cores_is_what_fails_over() {
    let run = "[run]\nlasts = \"20d\"\nsettle = \"10d\"\nreplications = 60\n[vms.many]\ncount = 12\non = \"east\"\nos = \"linux\"\nsize = \"Standard_DS3_v2\"\ndisks = \"32 GiB\"\nchurn.steady = { rate = \"10 KiB/s\" }\n[protect.many]\npolicy = \"gold\"\nappliance = \"a1\"\nto = { stamp = \"west\" }\n";
    let more = "[[target]]\nvms = \"many\"\nmust = \"max(rpo) <= 1h\"\n[[outage.stamp-down]]\nstamp = \"east\"\nat = \"12d\"\nlasts = \"2d\"\n[[question.smallest]]\nknob = \"stamp.west.subscriptions.prod.vm_cores\"";
    let (value, below) = sound(&answer(&scenario_with(run, more), 60));
    // Two cores more for the one machine of the other group.
    assert_eq!((value, below), (50, 49));
}

fn waves_scenario(more: &str) -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/11-failback-in-waves.toml");
    let text = std::fs::read_to_string(path).expect("bundled");
    let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    load(&format!("{text}\n{more}"), "waves.toml", &nothing, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

/// A machine of three disks is refused by fewer than three free slots; with three the machines come home one after the other.
#[test]
fn slots_hold_at_least_the_disks_of_one_machine() {
    let asked = "[[target]]\nmust = \"max(rpo) <= 1h\"\n[[question.smallest]]\nknob = \"appliance.a1.slots\"";
    let (value, below) = sound(&answer(&waves_scenario(asked), 60));
    assert_eq!((value, below), (3, 2));
}

/// 12 machines of 3 disks: ten in the 31 slots of a wave, two in the next; the next size has 63 and takes them all.
#[test]
fn waves_are_packed_into_the_slots() {
    let all = waves(&waves_scenario("").setup);
    let sizes: Vec<usize> = all[0].waves.as_ref().expect("they fit").iter().map(Vec::len).collect();
    assert_eq!((all.len(), all[0].disks, all[0].slots, sizes), (1, 36, 31, vec![10, 2]));
    assert_eq!(all[0].one_size_up.map(|(_, slots, waves)| (slots, waves)), Some((63, Some(1))));
}

/// Ten machines of 324 GB on 100 Mbit/s take 72 h (domain facts 8.3); the second batch has what the changes of the first leave.
#[test]
fn batches_of_first_copies_share_the_link_with_changes() {
    let run = "[run]\nlasts = \"20d\"\nsettle = \"10d\"\n[people]\nenabling = { batch = 10, gap = \"1h\" }\n[vms.many]\ncount = 20\non = \"east\"\nos = \"linux\"\nsize = \"Standard_DS3_v2\"\ndisks = \"324 GB\"\nchurn.steady = { rate = \"125 kB/s\" }\nwrites = { block = \"64 KiB\" }\n[protect.many]\npolicy = \"gold\"\nappliance = \"a1\"\nto = { stamp = \"west\" }\norder = 0\n";
    let mut scenario = scenario_with(run, "");
    turn(&mut scenario.setup, Knob::Bandwidth(drsim::units::LinkId(0)), 100_000_000);
    let all = first_copies(&scenario.setup);
    assert_eq!(all.len(), 3, "two batches of ten, and the one machine of the other group");
    let hours = |at: usize| all[at].takes.expect("it ends").secs_f64() / 3_600.0;
    assert!((hours(0) - 72.0).abs() < 0.01, "{}", hours(0));
    // 10 Mbit/s of changes leave 90.
    assert!((hours(1) - 80.0).abs() < 0.05, "{}", hours(1));
}

/// No machine vanishes, and each reason has its number.
#[test]
fn every_machine_is_told_with_its_reason() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/10-disk-of-1023-gib.toml");
    let text = std::fs::read_to_string(path).expect("bundled");
    let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    let scenario = load(&text, "disk.toml", &nothing, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let all = eligibility(&scenario.setup);
    assert_eq!(all.len(), scenario.setup.inventory.vms.len());
    let large = Reason::DiskTooLarge { size: Bytes::gib(1023), most: Bytes::gib(1022) };
    assert!(all.iter().any(|own| own.against.contains(&large)), "{all:?}");
}

/// What the search rests on when it does not run a replication again: with any size of a stock beyond what was used of it, nothing comes out
/// otherwise: of a quota to the last bit, of an account to the microsecond.
#[test]
fn a_stock_that_never_runs_out_changes_nothing() {
    for name in ["priced-office.toml", "11-failback-in-waves.toml"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
        let text = std::fs::read_to_string(path).expect("bundled");
        let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        let scenario = load(&text, name, &nothing, &[]).unwrap_or_else(|faults| panic!("{faults}"));
        let prod = (0..scenario.setup.inventory.subscriptions.len()).map(drsim::units::SubscriptionId::from_index);
        let parts = [QuotaPart::Cores, QuotaPart::Vms, QuotaPart::ManagedDisk];
        let quotas = prod.flat_map(|id| parts.map(|part| Knob::Quota(id, part)));
        for knob in std::iter::once(Knob::Capacity(drsim::units::CacheId(0))).chain(quotas) {
            for replication in 0..3 {
                let lived = |size: u64| {
                    let mut setup = scenario.setup.clone();
                    turn(&mut setup, knob, size);
                    one_replication(&setup, Luck::new(scenario.seed, replication)).outcome
                };
                let counted = matches!(knob, Knob::Quota(_, QuotaPart::Cores | QuotaPart::Vms));
                let ample = lived(if counted { 1 << 31 } else { 1 << 60 });
                let meter = stock(knob).expect("it is a stock");
                let used = ample.meters.iter().find(|own| own.meter == meter).map_or(0, |own| own.peak.level);
                let just = lived(used + 2);
                if matches!(knob, Knob::Quota(..)) {
                    assert_eq!(format!("{just:?}"), format!("{ample:?}"), "{name}: {knob:?}, {used} used");
                }
                // Near the size of an account spans are cut at other nanoseconds.
                assert_eq!((just.cache_full.len(), just.refused_for_capacity, just.violations_count), {
                    (ample.cache_full.len(), ample.refused_for_capacity, ample.violations_count)
                });
                assert_eq!(just.failures.len(), ample.failures.len());
                for (a, b) in just.vms.iter().zip(&ample.vms) {
                    let apart = a.age_max.secs_f64() - b.age_max.secs_f64();
                    assert!(apart.abs() < 1e-6, "{name}: {knob:?}, ages {apart} s apart");
                    assert!((a.age_mean_s - b.age_mean_s).abs() < 1e-6 * b.age_mean_s.max(1.0), "{name}: {knob:?}");
                }
            }
        }
    }
}

/// No link makes people decide faster: the target is told, the others are sized all the same.
#[test]
fn what_cannot_be_bought_is_said() {
    let here = Scratch::new("plan-hopeless");
    let file = here.scenario("hopeless.toml", &[("p95(rto) <= 4h", "p95(rto) <= 1m")]);
    let output = here.drsim(&["plan", &file, "--json"]);
    assert_eq!(code(&output), Some(1), "{}{}", out(&output), err(&output));
    let plan: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
    let question = &plan["questions"][0];
    assert_eq!(question["missed_whatever_the_size"][0]["target"], "sql: p95(rto) <= 1m");
    assert_eq!(question["sizes"][0]["knob"], "link.wan.bandwidth");
    assert!(question["sizes"][0]["needed"]["value"].is_u64(), "{question}");
}

#[test]
fn too_few_replications_leave_it_unknown() {
    let here = Scratch::new("plan-few");
    let output = here.drsim(&["plan", FIRST, "--replications", "3"]);
    assert_eq!(code(&output), Some(3), "{}{}", out(&output), err(&output));
    assert!(out(&output).starts_with("NOT YET KNOWN"), "{}", out(&output));
}

/// Same input, same bytes, on any number of threads; and the screen keeps its width and says the decision first.
#[test]
fn a_plan_is_the_same_twice() {
    let here = Scratch::new("plan-twice");
    let first = here.drsim(&["plan", FIRST, "--threads", "1", "--out", "a"]);
    let second = here.drsim(&["plan", FIRST, "--threads", "3", "--out", "b"]);
    assert_eq!((code(&first), code(&second)), (Some(0), Some(0)), "{}{}", out(&first), err(&first));
    assert!(out(&first).starts_with("PLANNED: link wan "), "{}", out(&first));
    for line in out(&first).lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for name in ["plan.json", "summary.md", "tried.csv", "manifest.json", "index.html", "what-if.csv", "machines.csv"] {
        let read = |folder: &str| std::fs::read(here.0.join(folder).join(name)).expect("written");
        assert_eq!(read("a"), read("b"), "{name}");
    }
}

/// A scenario that asks nothing is planned whole: every knob it makes finite, each with a value.
#[test]
fn without_a_question_every_knob_is_sized_together() {
    let more = "[[target]]\nmust = \"p95(rpo_over_time) <= 30m\"";
    let run = "[run]\nlasts = \"12d\"\nsettle = \"4d\"\nreplications = 60\n";
    let found = answer(&scenario_with(run, more), 60);
    assert_eq!(found.knobs.len(), 7, "link, appliances, cache, four quotas");
    assert_eq!(found.verdict(), Verdict::Met, "{:?}", found.trial.targets);
    for own in &found.knobs {
        if let Some((_, below)) = &own.below {
            assert_ne!(below.verdict, Verdict::Met, "{:?} could be less", own.turned.knob);
        }
    }
}

#[test]
fn questions_are_typed() {
    let scenario =
        scenario("[[question.smallest]]\nknob = \"link.wan.bandwidth\"\nstep = \"10 Mbit/s\"\nfrom = \"20 Mbit/s\"");
    let [Question::Smallest(turned)] = scenario.questions.as_slice() else { panic!("{:?}", scenario.questions) };
    assert_eq!(turned.from, Some(20_000_000));
    for (bad, told) in [
        ("knob = \"link.wan.bandwidth\"\nfrom = \"20 GiB\"", "unit of bandwidth"),
        ("knob = \"cache.log.capacity\"\nfrom = \"2 TiB\"\nto = \"1 TiB\"", "nothing lies between"),
        ("knob = \"link.wan.bandwidth\"\nprice = \"1 EUR per GiB and month\"", "not a price"),
        ("knob = \"stamp.west.subscriptions.pord.vms\"", "pord"),
        ("knob = \"link.wan.bandwidth\"\nwithin = \"0 %\"", "precision"),
    ] {
        let text = format!(
            "title = \"x\"\n[stamp.east]\n[stamp.west]\nsubscriptions.prod = {{}}\n[link.wan]\nfrom = \"east\"\nto = \"west\"\nbandwidth = \"1 Gbit/s\"\n[cache.log]\non = \"west\"\ncapacity = \"1 TiB\"\n[[question.smallest]]\n{bad}\n"
        );
        let faults =
            load(&text, "x.toml", &|_| Err(std::io::ErrorKind::NotFound.into()), &[]).expect_err("it is wrong");
        let said: Vec<&str> = faults.0.iter().map(|fault| fault.wrong.as_str()).collect();
        assert!(said.iter().any(|wrong| wrong.contains(told)), "{bad}: {said:?}");
    }
}
