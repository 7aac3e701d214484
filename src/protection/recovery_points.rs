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
    /// Points before this are gone, whatever retention says.
    from: Timestamp,
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
        Self { retention, pieces: VecDeque::new(), running_from: None, from: Timestamp::START, tidy_at: TIDY_FIRST }
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

    /// The point of this VM alone that a failover at `now` starts from. `Latest` is taken like `LatestProcessed`: what is to be
    /// processed first, the caller has added before.
    pub fn choose(&self, now: Timestamp, choice: PointChoice) -> Option<RecoveryPoint> {
        let newest_kept = |wanted: &dyn Fn(&RecoveryPoint) -> bool| self.points(now).into_iter().rev().find(wanted);
        match choice {
            PointChoice::Latest | PointChoice::LatestProcessed | PointChoice::LatestMultiVm => self.newest(now),
            PointChoice::LatestAppConsistent | PointChoice::LatestMultiVmAppConsistent => {
                newest_kept(&|point| point.app_consistent)
            }
            PointChoice::Custom(moment) => newest_kept(&|point| point.mark <= moment),
        }
    }

    /// Marks of the points that are kept at `now`, oldest first.
    pub fn held(&self, now: Timestamp) -> Vec<Timestamp> {
        self.points(now).iter().map(|point| point.mark).collect()
    }

    /// Drops the points before `oldest`, for good.
    pub fn drop_before(&mut self, oldest: Timestamp) {
        self.from = self.from.max(oldest);
    }

    /// Forgets every point and ends the run (commit: domain facts 4.2).
    pub fn clear(&mut self) {
        self.pieces.clear();
        self.running_from = None;
        self.from = Timestamp::START;
        self.tidy_at = TIDY_FIRST;
    }

    /// The points that are kept at `now`, oldest first.
    pub fn points(&self, now: Timestamp) -> Vec<RecoveryPoint> {
        let Some(newest) = self.newest(now) else { return Vec::new() };
        let mut kept = self.kept_behind(newest.mark);
        kept.retain(|point| point.usable_at <= now && point.mark >= self.from);
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
#[path = "recovery_points_tests.rs"]
mod tests;
