//! The recovery points of one VM, as runs by rule.
//!
//! A quiet year makes a hundred thousand points and all but some dozens are pruned again. So points are not made one by one:
//! a stretch in which every mark is applied in time is one [`PointRun`] (`first`, `first + every`, …, each usable `lag` after
//! its mark), and what is held at some moment is computed when somebody asks. A single point is a run of one.
//!
//! Cost: a run O(1) memory however long; [`PointChain::newest`] O(1) in a run; [`PointChain::held`] O(points held + pieces).
//! Pieces that hold nothing any more are forgotten when their number has doubled.
//!
//! What is kept: see [`retention`](super::retention).
//!
//! Units: marks and moments since the start of the run. A run's app-consistent marks are those at multiples of `app_every`
//! since the start of the run; a single point is app-consistent if it has any `app_every`.
//!
//! Invariants: pieces do not overlap and stand in the order of their marks; at most the last one is open (its `last` is
//! never). Twin for tests: every point made, every point pruned.

use std::collections::VecDeque;

use super::point_runs::{app_marks, at_or_after, at_or_before, next_multiple};
use super::retention::{Retention, Window};
use crate::contract::{PointChoice, PointRun};
use crate::intent::ReplicationPolicy;
use crate::inventory::Limits;
use crate::units::{Duration, Timestamp};

/// The recovery points of one VM.
#[derive(Clone, Debug)]
pub struct PointChain {
    retention: Retention,
    pieces: VecDeque<PointRun>,
    /// First mark of the run that goes on, if one does.
    running_from: Option<Timestamp>,
    /// Forget old pieces when there are so many.
    tidy_at: usize,
}

/// One recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// The moment whose data it holds.
    pub mark: Timestamp,
    /// Not before this was everything up to the mark applied.
    pub usable_at: Timestamp,
    pub app_consistent: bool,
}

const TIDY_FIRST: usize = 32;

impl PointChain {
    pub fn new(policy: &ReplicationPolicy, limits: &Limits) -> Self {
        let retention = Retention::new(policy, limits);
        Self { retention, pieces: VecDeque::new(), running_from: None, tidy_at: TIDY_FIRST }
    }

    /// Adds a single point; also amid a run (a mark cut by order). A mark that is not later than the last single point or
    /// ended run is there already, or was passed over, and is ignored.
    pub fn add(&mut self, mark: Timestamp, usable_at: Timestamp, app_consistent: bool) {
        let open = self.running_from.and_then(|_| self.pieces.pop_back());
        let late = self.newest_made().is_some_and(|made| mark <= made);
        let app_every = app_consistent.then_some(Duration::from_ns(1));
        let single = PointRun { first: mark, last: mark, every: Duration::ZERO, lag: usable_at.since(mark), app_every };
        match open {
            None if late => {}
            None => self.pieces.push_back(single),
            Some(run) if late || at_or_after(&run, mark) == Some(mark) => self.pieces.push_back(run),
            Some(run) => {
                self.pieces.extend(at_or_before(&run, mark).map(|last| PointRun { last, ..run }));
                self.pieces.push_back(single);
                let first = at_or_after(&run, mark).expect("an open run has no end");
                self.pieces.push_back(PointRun { first, ..run });
            }
        }
        self.tidy();
    }

    /// From now on every mark from `from_mark` on is a point, `lag` after it was cut. Marks stand at multiples of `every`
    /// since the start of the run. Panics when a run goes on already: end it first, its points must be recorded.
    pub fn begin_run(&mut self, from_mark: Timestamp, every: Duration, lag: Duration, app_every: Option<Duration>) {
        assert!(!self.running(), "a run of points began at {from_mark} within another one");
        assert!(!every.is_zero(), "marks need an interval");
        self.tidy();
        let after_made = self.newest_made().map_or(Timestamp::START, |made| made + Duration::from_ns(1));
        let first = next_multiple(from_mark.max(after_made), every);
        self.running_from = Some(first);
        self.pieces.push_back(PointRun { first, last: Timestamp::NEVER, every, lag, app_every });
    }

    /// The run ends with `last_mark`. Returns the whole run for the record; `None` when it made no mark, or none goes on.
    pub fn end_run(&mut self, last_mark: Timestamp) -> Option<PointRun> {
        let from = self.running_from.take()?;
        let open = *self.pieces.back().expect("the run that goes on is the last piece");
        self.pieces.retain_mut(|piece| {
            let of_run = piece.first >= from && !piece.every.is_zero();
            match at_or_before(piece, last_mark) {
                _ if !of_run => true,
                None => false,
                Some(last) => {
                    piece.last = last;
                    true
                }
            }
        });
        let last = at_or_before(&PointRun { first: from, ..open }, last_mark)?;
        Some(PointRun { first: from, last, ..open })
    }

    /// A run goes on.
    pub fn running(&self) -> bool {
        self.running_from.is_some()
    }

    /// The newest point that is usable at `now`.
    pub fn newest(&self, now: Timestamp) -> Option<RecoveryPoint> {
        self.pieces.iter().rev().find_map(|piece| {
            let cut = Timestamp::from_ns(now.ns().checked_sub(piece.lag.ns())?);
            at_or_before(piece, cut).map(|mark| point(piece, app_marks(piece).as_ref(), mark))
        })
    }

    /// The point that a failover at `now` starts from. `Latest` is taken like `LatestProcessed`: what is to be processed
    /// first, the caller has added before.
    pub fn choose(&self, now: Timestamp, choice: PointChoice) -> Option<RecoveryPoint> {
        let newest_kept = |wanted: &dyn Fn(&RecoveryPoint) -> bool| self.kept(now).into_iter().rev().find(wanted);
        match choice {
            PointChoice::Latest | PointChoice::LatestProcessed => self.newest(now),
            PointChoice::LatestAppConsistent => newest_kept(&|point| point.app_consistent),
            PointChoice::Custom(moment) => newest_kept(&|point| point.mark <= moment),
        }
    }

    /// Marks of the points that are kept at `now`, oldest first.
    pub fn held(&self, now: Timestamp) -> Vec<Timestamp> {
        self.kept(now).iter().map(|point| point.mark).collect()
    }

    /// Forgets every point and ends the run (commit: domain facts 4.2).
    pub fn clear(&mut self) {
        self.pieces.clear();
        self.running_from = None;
        self.tidy_at = TIDY_FIRST;
    }

    fn kept(&self, now: Timestamp) -> Vec<RecoveryPoint> {
        let Some(newest) = self.newest(now) else { return Vec::new() };
        let mut kept = self.kept_behind(newest.mark);
        kept.retain(|point| point.usable_at <= now);
        if kept.last().is_none_or(|last| last.mark < newest.mark) {
            kept.push(newest);
        }
        kept
    }

    /// What the tiers keep when `reference` is the newest usable mark, usable or not, oldest first.
    fn kept_behind(&self, reference: Timestamp) -> Vec<RecoveryPoint> {
        let mut kept = Vec::new();
        for window in self.retention.windows(reference) {
            let (mut made, mut app_made) = (None, None);
            for piece in &self.pieces {
                keep_firsts(piece, piece, window, made, &mut kept);
                made = Some(piece.last);
                if let Some(app) = app_marks(piece) {
                    keep_firsts(&app, piece, window, app_made, &mut kept);
                    app_made = at_or_before(&app, app.last);
                }
            }
        }
        kept.sort_unstable_by_key(|point| point.mark);
        kept.dedup_by_key(|point| point.mark);
        kept
    }

    /// Last mark made, a run that goes on aside.
    fn newest_made(&self) -> Option<Timestamp> {
        self.pieces.iter().rev().map(|piece| piece.last).find(|last| *last != Timestamp::NEVER)
    }

    /// Forgets pieces that hold nothing any more.
    ///
    /// The reference lies one cell of the oldest tier behind what was usable when the last mark was cut: so no first point of
    /// a cell is forgotten while a younger one of that cell could be taken for it.
    fn tidy(&mut self) {
        if self.pieces.len() < self.tidy_at {
            return;
        }
        let usable = self.newest_made().and_then(|cut| self.newest(cut));
        if let Some(newest) = usable {
            let reference = newest.mark.saturating_sub(self.retention.cell_max());
            let kept = self.kept_behind(reference);
            self.pieces.retain(|piece| {
                let next = kept.partition_point(|point| point.mark < piece.first);
                let young = piece.last > reference || piece.last >= newest.mark;
                young || kept.get(next).is_some_and(|point| point.mark <= piece.last)
            });
        }
        self.tidy_at = 2 * self.pieces.len() + TIDY_FIRST;
    }
}

/// Keeps the first mark of each cell of the window, unless an earlier piece (`made`: its last mark) had one in that cell.
fn keep_firsts(
    marks: &PointRun,
    piece: &PointRun,
    window: Window,
    made: Option<Timestamp>,
    kept: &mut Vec<RecoveryPoint>,
) {
    let app = app_marks(piece);
    let mut next = at_or_after(marks, window.from);
    while let Some(mark) = next.filter(|mark| *mark <= window.to) {
        // A window without cells has each mark in one of its own.
        let every = window.every.ns();
        let cell = mark.ns().checked_rem(every).map_or(mark, |past| Timestamp::from_ns(mark.ns() - past));
        if made.is_none_or(|made| made < cell) && (every == 0 || at_or_after(marks, cell) == Some(mark)) {
            kept.push(point(piece, app.as_ref(), mark));
        }
        next = match every {
            0 => (!marks.every.is_zero()).then(|| mark + marks.every).filter(|next| *next <= marks.last),
            _ => at_or_after(marks, cell + window.every),
        };
    }
}

/// `app`: the run of the piece's app-consistent marks.
fn point(piece: &PointRun, app: Option<&PointRun>, mark: Timestamp) -> RecoveryPoint {
    let app_consistent = app.is_some_and(|app| at_or_after(app, mark) == Some(mark));
    RecoveryPoint { mark, usable_at: mark + piece.lag, app_consistent }
}

#[cfg(test)]
mod tests {
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
            retention,
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
        let kept = chain.kept(at(DAY * 9 + MINUTE * 17));
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
        prop_assert_eq!(&chain.kept(now), &twin.points);
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
}
