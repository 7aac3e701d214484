//! Claims about RPO over time: sawteeth by hand, runs equal to points one by one, late runs, violations and causes.

use crate::contract::{Direction, Fact, Meter, OutageKind, Phase, PointRun};
use crate::intent::{Measure, Statistic};
use crate::measure::testing::{at, two_stamps};
use crate::measure::{Ledger, Outcome, ViolationCause};
use crate::units::{Bytes, Duration, LinkId, OutageId, Timestamp, VmId};

const VM: VmId = VmId(0);
const SECOND: u64 = 1_000_000_000;

fn entered(phase: Phase) -> Fact {
    Fact::Entered { vm: VM, phase }
}

fn point(mark: u64) -> Fact {
    Fact::PointMade { vm: VM, mark: at(mark), app_consistent: false }
}

fn run(first: u64, last: u64, every: u64, lag: u64) -> Fact {
    let (every, lag) = (Duration::secs(every), Duration::secs(lag));
    Fact::PointsMade { vm: VM, run: PointRun { first: at(first), last: at(last), every, lag, app_every: None } }
}

fn folded(mut ledger: Ledger, facts: &[(u64, Fact)], end: u64) -> Outcome {
    facts.iter().for_each(|(when, fact)| ledger.record(at(*when), fact));
    ledger.close(at(end))
}

fn points_one_by_one(first: u64, last: u64, every: u64, lag: u64) -> Vec<(u64, Fact)> {
    (first..=last).step_by(every as usize).map(|mark| (mark + lag, point(mark))).collect()
}

#[test]
fn points_every_300_s_usable_40_s_later_are_190_s_old_on_average() {
    let mut facts = vec![(0, entered(Phase::Protected))];
    facts.extend(points_one_by_one(0, 29_700, 300, 40));
    let outcome = folded(two_stamps(1).ledger(Duration::ZERO, Duration::hours(9)), &facts, 30_040);
    let ages = &outcome.groups[0].point_age;
    assert_eq!(ages.mean(), Some(190e9));
    assert_eq!(ages.weight_ns(), 30_000.0 * 1e9);
    assert_eq!(outcome.groups[0].without_point, Duration::secs(40), "before the first one nothing is usable");
    assert_eq!(outcome.vms[0].age_max, Duration::secs(340));
    assert_eq!(outcome.vms[0].age_mean_s, 190.0);
}

#[test]
fn a_run_counts_like_its_points_one_by_one() {
    let estate = two_stamps(1).with_target("max(rpo) <= 500s", Statistic::Max, Measure::RpoOverTime, 500.0);
    // (every, lag): below the target, beyond it once a tooth, beyond it all the time; settling ends within a tooth.
    for (every, lag) in [(300, 40), (600, 100), (300, 700), (450, 50)] {
        for settle in [0, 777, 6_000] {
            let last = every * 20;
            let start = (0, entered(Phase::Protected));
            let ledger = || estate.ledger(Duration::secs(settle), Duration::days(1)).with_series();
            let mut slow = vec![start.clone()];
            slow.extend(points_one_by_one(0, last, every, lag));
            let fast = [start, (last + lag, run(0, last, every, lag))];
            let end = last + lag + 123;
            let (slow, fast) = (folded(ledger(), &slow, end), folded(ledger(), &fast, end));
            assert_eq!(slow.groups[0].point_age, fast.groups[0].point_age, "{every} {lag} {settle}");
            assert_eq!(slow.vms, fast.vms, "{every} {lag} {settle}");
            assert_eq!(slow.violations_count, fast.violations_count, "{every} {lag} {settle}");
            assert_eq!(
                slow.series.map(|series| series.worst_point_age.into_iter().max()),
                fast.series.map(|series| series.worst_point_age.into_iter().max())
            );
        }
    }
}

#[test]
fn each_tooth_beyond_the_target_is_a_violation_of_its_own() {
    let estate = two_stamps(1).with_target("max(rpo) <= 500s", Statistic::Max, Measure::RpoOverTime, 500.0);
    let ledger = estate.ledger(Duration::ZERO, Duration::days(1));
    // Ages 100 … 700: 200 s beyond in each of nine teeth; the tenth point ends the last one, and the run of the ledger.
    let facts = [(0, entered(Phase::Protected)), (5_500, run(0, 5_400, 600, 100))];
    let outcome = folded(ledger, &facts, 5_500);
    assert_eq!(outcome.violations_count, 9);
    assert_eq!(outcome.vms[0].beyond_target, Some(Duration::secs(9 * 200)));
}

#[test]
fn a_run_told_after_the_phase_has_changed_still_counts_until_the_change() {
    let ledger = two_stamps(1).ledger(Duration::ZERO, Duration::days(1));
    let facts = [
        (40, entered(Phase::Protected)),
        (1_000, entered(Phase::FailingOver)),
        (1_100, run(0, 900, 300, 40)),
        (5_000, Fact::PointsDropped { vm: VM }),
    ];
    let outcome = folded(ledger, &facts, 9_000);
    // Three whole teeth and 60 s of the fourth: ages 40 … 100.
    assert_eq!(outcome.vms[0].age_counted, Duration::secs(960));
    let sum = 3.0 * 300.0 * 190.0 + 60.0 * 70.0;
    assert!((outcome.vms[0].age_mean_s - sum / 960.0).abs() < 1e-9);
    assert_eq!(outcome.vms[0].without_point, Duration::ZERO);
}

#[test]
fn a_violation_names_the_outage_that_was_in_force_when_the_backlog_began() {
    let estate = two_stamps(1).with_target("max(rpo) <= 400s", Statistic::Max, Measure::RpoOverTime, 400.0);
    let link = Meter::Link(LinkId(0), Direction::Forward);
    let (outage, kind) = (OutageId(0), OutageKind::LinkDown(LinkId(0)));
    let facts = [
        (0, entered(Phase::Protected)),
        (40, point(0)),
        (340, point(300)),
        (345, Fact::Saturated { meter: link }),
        (500, Fact::OutageBegan { outage, kind }),
        (1_500, Fact::OutageEnded { outage, kind }),
        (1_540, point(1_500)),
        (1_545, Fact::Relieved { meter: link }),
    ];
    let outcome = folded(estate.ledger(Duration::ZERO, Duration::days(1)), &facts, 1_600);
    assert_eq!(outcome.violations_count, 1);
    let violation = &outcome.violations[0];
    assert_eq!((violation.begin, violation.end), (at(700), at(1_540)));
    assert_eq!(violation.age_max, Duration::secs(1_240));
    assert_eq!(violation.cause, Some(ViolationCause::Outage(kind)));
    assert_eq!((violation.cause_since, violation.backlog_since), (at(500), at(340)));
    assert_eq!(outcome.vms[0].beyond_target, Some(Duration::secs(840)));
    assert_eq!(outcome.durations.catch_up[0].span, Duration::secs(45), "from the outage's end until relieved");
}

#[test]
fn without_an_outage_the_meter_that_was_full_longest_is_the_bottleneck() {
    let estate = two_stamps(1).with_target("max(rpo) <= 400s", Statistic::Max, Measure::RpoOverTime, 400.0);
    let (link, cache) = (Meter::Link(LinkId(0), Direction::Forward), crate::units::CacheId(0));
    let facts = [
        (0, entered(Phase::Protected)),
        (340, point(300)),
        (360, Fact::Saturated { meter: link }),
        (600, Fact::CacheFull { cache }),
        (620, Fact::CacheAccepts { cache }),
        (1_000, Fact::Relieved { meter: link }),
        (1_040, point(1_000)),
    ];
    let outcome = folded(estate.ledger(Duration::ZERO, Duration::days(1)), &facts, 1_100);
    assert_eq!(outcome.violations[0].cause, Some(ViolationCause::Bottleneck(link)));
    assert_eq!(outcome.violations[0].cause_since, at(360));
    assert_eq!(outcome.cache_full.values().sum::<u64>(), 1);
}

#[test]
fn watermark_ages_count_in_their_own_distribution_and_only_while_protected() {
    let mut ledger = two_stamps(1).ledger(Duration::secs(100), Duration::days(1));
    let lag = |since, start, end| {
        let received = (Duration::secs(start), Duration::secs(end));
        Fact::Lag { vm: VM, since: at(since), received, applied: received }
    };
    ledger.record(at(50), &entered(Phase::Protected));
    // Settled at 100: half of the first piece counts, from age 50 to 100.
    ledger.record(at(150), &lag(50, 0, 100));
    ledger.record(at(250), &lag(150, 100, 0));
    ledger.record(at(260), &entered(Phase::FailingOver));
    ledger.record(at(400), &lag(250, 0, 150));
    let outcome = ledger.close(at(500));
    let ages = &outcome.groups[0].watermark_age;
    assert_eq!(ages.weight_ns(), 160.0 * 1e9);
    // 50 s · 75 + 100 s · 50 + 10 s · 5.
    assert!((ages.mean().expect("time") / 1e9 - (3_750.0 + 5_000.0 + 50.0) / 160.0).abs() < 1e-6);
    assert!(outcome.groups[0].point_age.is_empty());
}

#[test]
fn a_lost_machine_has_no_age_until_it_serves_again() {
    let mut ledger = two_stamps(1).ledger(Duration::ZERO, Duration::days(1));
    let lost = Fact::SourceLost { vm: VM, received: at(990), in_cache: Bytes(0), at_source: Bytes(0) };
    let up = Fact::MachineUp { vm: VM, role: crate::contract::MachineRole::Original };
    ledger.record(Timestamp::START, &entered(Phase::Protected));
    for (when, fact) in [(40, point(0)), (1_000, lost), (2_000, up)] {
        ledger.record(at(when), &fact);
    }
    let outcome = ledger.close(at(2_100));
    assert_eq!(outcome.vms[0].age_counted, Duration::from_ns(1_060 * SECOND));
    assert_eq!(outcome.vms[0].downtime, Duration::secs(1_000));
}

#[test]
fn a_watermark_told_late_counts_in_the_windows_of_its_own_time() {
    let mut ledger = two_stamps(1).ledger(Duration::ZERO, Duration::days(1));
    let phases = [(0, Phase::Protected), (100, Phase::FailingOver), (200, Phase::Protected), (300, Phase::FailingOver)];
    phases.iter().for_each(|(when, phase)| ledger.record(at(*when), &entered(*phase)));
    ledger.record(at(310), &point(290));
    let received = (Duration::secs(7), Duration::secs(7));
    ledger.record(at(400), &Fact::Lag { vm: VM, since: at(50), received, applied: received });
    let outcome = ledger.close(at(500));
    assert_eq!(outcome.groups[0].watermark_age.weight_ns(), 150.0 * 1e9);
}
