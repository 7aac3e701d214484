//! Claims about chains of points: exact counts of the pruning table, the choices of a failover, runs by rule against points one by one.

use proptest::prelude::*;

use super::*;
use crate::intent::StrategyChoice;
use crate::inventory::limits::{PruningRow, PruningTier};

const MINUTE: Duration = Duration::minutes(1);
const HOUR: Duration = Duration::hours(1);
const DAY: Duration = Duration::days(1);
const FIVE: Duration = Duration::minutes(5);

fn at(span: Duration) -> Timestamp {
    Timestamp::START + span
}

fn policy(retention: Duration) -> ReplicationPolicy {
    ReplicationPolicy {
        name: "test".to_owned(),
        crash_consistent_every: FIVE,
        app_consistent_every: None,
        app_consistent_freeze: Duration::secs(2),
        retention,
        journal: None,
        rpo_alert: None,
        strategy: StrategyChoice::FixedInterval,
    }
}

/// Domain facts 4.2.
fn limits() -> Limits {
    let tier = |within, every| PruningTier { within, every };
    let all = tier(HOUR * 2, Duration::ZERO);
    let row = |days, tiers| PruningRow { up_to: DAY * days, tiers };
    let pruning = vec![
        row(0, vec![]),
        row(1, vec![all, tier(DAY, HOUR)]),
        row(7, vec![all, tier(DAY * 7, HOUR * 2)]),
        row(15, vec![all, tier(DAY * 7, HOUR * 2), tier(DAY * 15, HOUR * 4)]),
    ];
    Limits { pruning, ..Limits::default() }
}

fn chain(retention: Duration) -> PointChain {
    PointChain::new(&policy(retention), &limits())
}

#[test]
fn g11_steady_state_holds_the_exact_counts_at_every_moment_of_a_day() {
    for (days, count) in [(1, 24 + 22), (3, 24 + 35), (7, 24 + 83), (15, 24 + 83 + 48)] {
        let mut chain = chain(DAY * days);
        chain.begin_run(at(HOUR * 7), FIVE, MINUTE * 3, None);
        for step in 0..400 {
            let now = at(DAY * 300 + MINUTE * 4 * step);
            assert_eq!(chain.held(now).len(), count, "retention {days} d at {now}");
        }
        assert_eq!(chain.pieces.len(), 1, "three hundred days take one piece");
    }
}

/// Other tables than the product's, at every moment of a day: all of an hour, one an hour of a day, one a day of 15 days; and a journal
/// of a day that keeps everything.
#[test]
fn grandfather_father_and_son_hold_12_and_23_and_14_points_and_a_journal_all() {
    let tier = |within, every| PruningTier { within, every };
    let gfs = vec![tier(HOUR, Duration::ZERO), tier(DAY, HOUR), tier(DAY * 15, DAY)];
    for (retention, tiers, count) in [(DAY * 15, gfs, 12 + 23 + 14), (DAY, Vec::new(), 288)] {
        let pruning = if tiers.is_empty() { Vec::new() } else { vec![PruningRow { up_to: retention, tiers }] };
        let mut chain = PointChain::new(&policy(retention), &Limits { pruning, ..Limits::default() });
        chain.begin_run(at(HOUR), FIVE, MINUTE * 3, None);
        for step in 0..400 {
            let now = at(DAY * 40 + MINUTE * 4 * step);
            assert_eq!(chain.held(now).len(), count, "{retention} at {now}");
        }
    }
}

/// What a journal dropped is gone for good, and the hours go on from there; a commit forgets that too.
#[test]
fn points_dropped_for_their_size_do_not_come_back() {
    let mut chain = PointChain::new(&policy(DAY), &Limits::default());
    chain.begin_run(at(HOUR), FIVE, Duration::ZERO, None);
    let now = at(DAY * 3);
    chain.drop_before(now.saturating_sub(HOUR));
    assert_eq!(chain.held(now).len(), 13);
    chain.drop_before(now.saturating_sub(HOUR * 2));
    assert_eq!(chain.held(now).len(), 13);
    assert_eq!(chain.held(now + HOUR * 5).len(), 13 + 60, "the window grows");
    assert_eq!(chain.held(now + DAY).len(), 288, "until the hours are full");
    chain.drop_before(now + DAY * 9);
    assert_eq!(chain.held(now + DAY), [now + DAY], "the newest stays");
    chain.clear();
    chain.begin_run(now, FIVE, Duration::ZERO, None);
    assert_eq!(chain.held(now + FIVE).len(), 2);
}

#[test]
fn g12_three_days_hold_thirteen_points_more_than_one() {
    let count = |days| {
        let mut chain = chain(DAY * days);
        chain.begin_run(at(HOUR), FIVE, MINUTE, None);
        chain.held(at(DAY * 30)).len()
    };
    assert_eq!(count(3) - count(1), 13);
}

#[test]
fn v09_two_of_the_points_of_the_last_two_hours_are_app_consistent() {
    let mut chain = chain(DAY);
    chain.begin_run(at(HOUR), FIVE, Duration::ZERO, Some(HOUR));
    let kept = chain.points(at(DAY * 9 + MINUTE * 17));
    let newest = at(DAY * 9 + MINUTE * 15);
    let young: Vec<_> = kept.iter().filter(|point| newest.since(point.mark) < HOUR * 2).collect();
    assert_eq!(young.len(), 24);
    assert_eq!(young.iter().filter(|point| point.app_consistent).count(), 2);
    assert_eq!(kept.len(), 46, "app-consistent points are no extra ones when they fall on kept marks");
}

#[test]
fn retention_zero_keeps_the_latest_only() {
    let mut chain = chain(Duration::ZERO);
    chain.begin_run(at(HOUR), FIVE, MINUTE, None);
    assert_eq!(chain.held(at(HOUR * 5)), [at(HOUR * 5 - FIVE)]);
}

#[test]
fn old_points_stay_until_a_new_one_comes() {
    let mut chain = chain(DAY);
    chain.begin_run(at(HOUR), FIVE, MINUTE, None);
    let run = chain.end_run(at(DAY * 2)).expect("the run made marks");
    assert_eq!((run.first, run.last), (at(HOUR), at(DAY * 2)));
    let before = chain.held(at(DAY * 2 + MINUTE));
    assert_eq!(chain.held(at(DAY * 40)), before);
    chain.add(at(DAY * 40), at(DAY * 40 + MINUTE), false);
    assert_eq!(chain.held(at(DAY * 40)), before, "not yet usable");
    assert_eq!(chain.held(at(DAY * 40 + MINUTE)), [at(DAY * 40)]);
}

#[test]
fn the_choices_of_a_failover() {
    let mut chain = chain(DAY);
    chain.begin_run(at(HOUR * 1), FIVE, MINUTE * 2, Some(HOUR * 4));
    let now = at(HOUR * 50 + MINUTE * 6);
    let mark = |choice| chain.choose(now, choice).map(|point| point.mark);
    assert_eq!(mark(PointChoice::Latest), Some(at(HOUR * 50)));
    assert_eq!(mark(PointChoice::LatestProcessed), Some(at(HOUR * 50)), "50:05 is usable at 50:07");
    assert_eq!(mark(PointChoice::LatestAppConsistent), Some(at(HOUR * 48)));
    assert_eq!(mark(PointChoice::Custom(at(HOUR * 49 + MINUTE * 58))), Some(at(HOUR * 49 + MINUTE * 55)));
    assert_eq!(mark(PointChoice::Custom(at(HOUR * 40 + MINUTE * 58))), Some(at(HOUR * 40)), "hourly by then");
    assert_eq!(mark(PointChoice::Custom(at(HOUR * 3))), None, "pruned");
    chain.clear();
    assert_eq!((chain.newest(now), chain.running()), (None, false));
}

#[test]
fn a_mark_cut_by_order_stands_amid_the_run_and_the_record_gets_the_whole_run() {
    let mut chain = chain(DAY);
    chain.begin_run(at(HOUR), FIVE, MINUTE, None);
    let odd = at(HOUR * 2 + MINUTE * 7);
    chain.add(odd, odd + MINUTE, true);
    chain.add(at(HOUR * 3), at(HOUR * 3), false);
    assert_eq!(chain.choose(odd + MINUTE, PointChoice::LatestProcessed).map(|point| point.mark), Some(odd));
    assert_eq!(chain.newest(at(HOUR * 2 + MINUTE * 11)).map(|point| point.mark), Some(at(HOUR * 2 + MINUTE * 10)));
    let run = chain.end_run(at(HOUR * 4)).expect("the run made marks");
    assert_eq!((run.first, run.last, run.every), (at(HOUR), at(HOUR * 4), FIVE));
    assert_eq!(chain.held(at(HOUR * 5)).len(), 24 + 1 + 2, "two hours, the mark by order, 1:00 and 2:00");
}

#[test]
fn a_run_without_a_mark_leaves_nothing() {
    let mut chain = chain(DAY);
    chain.begin_run(at(HOUR), FIVE, MINUTE, None);
    assert_eq!(chain.end_run(at(MINUTE * 59)), None);
    assert_eq!((chain.newest(at(DAY)), chain.end_run(at(DAY))), (None, None));
}

#[test]
fn a_year_of_short_runs_and_single_points_does_not_pile_up() {
    let mut chain = chain(DAY * 15);
    for hour in 1..365 * 24 {
        chain.begin_run(at(HOUR * hour), FIVE, MINUTE, None);
        chain.end_run(at(HOUR * hour + MINUTE * 20));
        chain.add(at(HOUR * hour + MINUTE * 31), at(HOUR * hour + MINUTE * 33), hour % 5 == 0);
    }
    assert!(chain.pieces.len() < 1_000, "{} pieces", chain.pieces.len());
}

/// 10:05 has gone, but it was the first of its hour: 10:30, of a run that is still needed, does not take its place.
#[test]
fn a_point_that_was_pruned_does_not_come_back_when_the_first_of_its_cell_goes() {
    let mut chain = chain(DAY);
    let ten = at(HOUR * 10);
    chain.add(ten + FIVE, ten + FIVE, false);
    chain.begin_run(ten + MINUTE * 30, FIVE, MINUTE, None);
    chain.end_run(ten + HOUR);
    chain.tidy_at = 0;
    let next_day = ten + DAY + MINUTE * 10;
    chain.add(next_day, next_day, false);
    assert_eq!(chain.held(next_day), [ten + HOUR, next_day]);
}

/// Every point made, every point pruned, one by one, as each new one becomes usable.
struct Twin {
    points: Vec<RecoveryPoint>,
    tiers: Vec<PruningTier>,
}

impl Twin {
    fn make(&mut self, new: RecoveryPoint) {
        self.points.push(new);
        let before = self.points.clone();
        self.points.retain(|point| {
            let age = new.mark.since(point.mark);
            let Some(tier) = self.tiers.iter().find(|tier| age < tier.within) else { return age.is_zero() };
            let cell = |mark: Timestamp| mark.ns() / tier.every.ns().max(1);
            let first = |app: bool| {
                let in_cell = |other: &&RecoveryPoint| cell(other.mark) == cell(point.mark);
                before.iter().filter(in_cell).find(|other| other.app_consistent || !app)
            };
            age.is_zero() || first(false) == Some(point) || first(true) == Some(point)
        });
    }
}

#[derive(Clone, Debug)]
enum Stretch {
    Gap { minutes: u64 },
    Run { marks: u64, lag: u64, app: Option<u64> },
    Singles { count: u64, every: u64, lag: u64, app: u64 },
}

fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    let app = prop_oneof![Just(None), Just(Some(3)), Just(Some(12)), Just(Some(30))];
    let one = prop_oneof![
        (1_u64..4_000).prop_map(|minutes| Stretch::Gap { minutes }),
        (0_u64..30).prop_map(|minutes| Stretch::Gap { minutes }),
        (0_u64..700, 0_u64..30, app).prop_map(|(marks, lag, app)| Stretch::Run { marks, lag, app }),
        (1_u64..60, 1_u64..90, 0_u64..30, 1_u64..9).prop_map(|(count, every, lag, app)| Stretch::Singles {
            count,
            every,
            lag,
            app
        }),
    ];
    prop::collection::vec(one, 1..12)
}

/// Adds one point to the twin and compares at that moment and a little later.
fn compare(chain: &PointChain, twin: &mut Twin, new: RecoveryPoint, wait: u64) -> Result<(), TestCaseError> {
    twin.make(new);
    let now = new.usable_at + Duration::from_ns(wait % MINUTE.ns());
    prop_assert_eq!(chain.newest(now), Some(new));
    prop_assert_eq!(&chain.points(now), &twin.points);
    let custom = new.mark.saturating_sub(Duration::from_ns(wait % (DAY * 3).ns()));
    let wanted = twin.points.iter().rev().find(|point| point.mark <= custom).copied();
    prop_assert_eq!(chain.choose(now, PointChoice::Custom(custom)), wanted);
    let app = twin.points.iter().rev().find(|point| point.app_consistent).copied();
    prop_assert_eq!(chain.choose(now, PointChoice::LatestAppConsistent), app);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The chain tidies up at every chance here, not only when it has grown.
    #[test]
    fn runs_by_rule_equal_points_one_by_one(
        stretches in stretches(), days in prop_oneof![Just(0_u64), Just(1), Just(3), Just(8), Just(15)], wait: u64,
    ) {
        let mut chain = chain(DAY * days);
        let mut tiers = limits().tiers(DAY * days).to_vec();
        tiers.iter_mut().for_each(|tier| tier.within = tier.within.min(DAY * days));
        let mut twin = Twin { points: Vec::new(), tiers };
        let mut clock = at(HOUR);
        for stretch in stretches {
            match stretch {
                Stretch::Gap { minutes } => clock = clock + MINUTE * minutes,
                Stretch::Run { marks, lag, app } => {
                    let first = next_multiple(clock, FIVE);
                    chain.tidy_at = 0;
                    chain.begin_run(first, FIVE, MINUTE * lag, app.map(|app| FIVE * app));
                    for index in 0..marks {
                        let mark = first + FIVE * index;
                        let app_consistent = app.is_some_and(|app| mark.ns().is_multiple_of((FIVE * app).ns()));
                        let new = RecoveryPoint { mark, usable_at: mark + MINUTE * lag, app_consistent };
                        compare(&chain, &mut twin, new, wait)?;
                    }
                    let run = chain.end_run((first + FIVE * marks).saturating_sub(MINUTE));
                    prop_assert_eq!(run.is_some(), marks > 0);
                    clock = first + FIVE * marks + MINUTE * 31;
                }
                Stretch::Singles { count, every, lag, app } => {
                    for index in 0..count {
                        let mark = clock + MINUTE * every;
                        let new = RecoveryPoint { mark, usable_at: mark + MINUTE * lag, app_consistent: index % app == 0 };
                        chain.tidy_at = 0;
                        chain.add(new.mark, new.usable_at, new.app_consistent);
                        compare(&chain, &mut twin, new, wait)?;
                        clock = mark;
                    }
                    clock = clock + MINUTE * 31;
                }
            }
        }
    }
}
