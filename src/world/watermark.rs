//! Watermarks: how old the newest byte is that has arrived, with everything before it.
//!
//! `W(t) = sup{ s ≤ t : A(s) ≤ D(t) }`, `A` written and `D` received (or served) since ever; `age = t − W`. The supremum
//! matters: over a span in which nothing was written the watermark leaps, and the age falls at once. A [`Curve`] keeps the
//! corners of `A` that are not yet passed by `D`; ages are straight between corners of `A` and of `D`.
//!
//! A [`LagLine`] turns the ages of a VM (the oldest of its disks) into facts; neighbours that lie on one line within a tenth of a
//! second are merged, their ends stay exact. What is applied
//! is usable a fixed delay later, so its pieces are shifted by that: age `x` at `t` becomes `x + d` at `t + d`. The half round
//! trip is only added to what is received: it is below a second where ages are minutes.
//! Units: ns. Rounding: watermarks down, so ages up to 1 ns high.
//! Source: methods 1.6. Tests: oracles P15, P16, P17, P19.

use std::collections::VecDeque;

use crate::world::flow::Amount;

/// See [`Curve::head`].
pub(super) type Oldest = (u64, Option<u64>, Option<u128>);

/// Corners of the curve of what was written: (moment, total), both rising.
#[derive(Debug, Default)]
pub(super) struct Curve {
    corners: VecDeque<(u64, Amount)>,
}

impl Curve {
    /// What is written from `t` on was not written before.
    pub(super) fn begin(&mut self, t: u64, total: Amount) {
        if self.last().is_none_or(|last| last < t) {
            self.corners.push_back((t, total));
        }
    }

    pub(super) fn push(&mut self, t: u64, total: Amount) {
        self.corners.push_back((t, total));
    }

    /// Write order is lost: all that waits beyond `level` counts as written at `since`, until it has all arrived.
    pub(super) fn blur(&mut self, since: u64, level: Amount, total: Amount) {
        while self.corners.back().is_some_and(|(_, a)| *a > level) {
            self.corners.pop_back();
        }
        self.corners.push_back((since, level));
        self.corners.push_back((since, total));
    }

    /// More of what was blurred, or all of it, when nothing waited at `t`.
    pub(super) fn raise(&mut self, t: u64, (before, total): (Amount, Amount)) {
        match self.corners.back_mut() {
            Some(last) => last.1 = total,
            None => self.blur(t, before, total),
        }
    }

    /// The end of what is known: when more of what was blurred counts as written.
    pub(super) fn last(&self) -> Option<u64> {
        self.corners.back().map(|(at, _)| *at)
    }

    /// What was not sent will never be: the curve ends at `total`.
    pub(super) fn cut(&mut self, total: Amount) {
        let at = self.reached(total, self.corners.back().map_or(0, |(t, _)| *t));
        let had = !self.corners.is_empty();
        while self.corners.back().is_some_and(|(_, a)| *a > total) {
            self.corners.pop_back();
        }
        if had {
            self.corners.push_back((at, total));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.corners.is_empty()
    }

    pub(super) fn forget(&mut self) {
        self.corners.clear();
    }

    /// Drops the corners that `level` has passed, but for the last of them.
    pub(super) fn pass(&mut self, level: Amount) {
        while self.corners.len() > 2 && self.corners[1].1 <= level {
            self.corners.pop_front();
        }
    }

    /// `sup{ s ≤ now : A(s) ≤ level }`.
    pub(super) fn watermark(&self, level: Amount, now: u64) -> u64 {
        let next = self.corners.partition_point(|(_, total)| *total <= level);
        if next == self.corners.len() { now } else { self.between(next, level) }
    }

    /// The oldest byte beyond `level`: when it was written, at what rate then [µB/s] (`None`: a leap), and how much lies before the rate
    /// changes. `None` where the curve ends before.
    pub(super) fn head(&self, level: Amount) -> Option<Oldest> {
        let next = self.corners.partition_point(|(_, total)| *total <= level);
        let (corner, before) = (*self.corners.get(next)?, *self.corners.get(next.checked_sub(1)?)?);
        let rate = pace(before, corner).map(|pace| u64::try_from(pace).unwrap_or(u64::MAX));
        Some((self.between(next, level), rate, Some((corner.1 - level).unsigned_abs())))
    }

    /// `inf{ s : A(s) ≥ level }`: where the watermark comes from, before a leap.
    fn reached(&self, level: Amount, now: u64) -> u64 {
        let next = self.corners.partition_point(|(_, total)| *total < level);
        if next == self.corners.len() { now } else { self.between(next, level) }
    }

    fn between(&self, next: usize, level: Amount) -> u64 {
        let (t1, a1) = self.corners[next];
        match next.checked_sub(1) {
            None => t1,
            Some(before) => {
                let (t0, a0) = self.corners[before];
                t0 + pace((t0, a0), (t1, a1)).map_or(0, |pace| ((level - a0).max(0) / pace) as u64).min(t1 - t0)
            }
        }
    }

    /// Total written by `t`, for a mark set then; `None` when the curve knows nothing of `t` any more.
    pub(super) fn total_at(&self, t: u64) -> Option<Amount> {
        let next = self.corners.partition_point(|(at, _)| *at <= t);
        let (t0, a0) = *self.corners.get(next.checked_sub(1)?)?;
        match self.corners.get(next) {
            None => (t0 == t).then_some(a0),
            Some((t1, a1)) => Some(a0 + (a1 - a0) / Amount::from(t1 - t0) * Amount::from(t - t0)),
        }
    }

    /// The ages over `[t0, t1]` while the arrived total rises straight from `d0` to `d1`.
    pub(super) fn ages(&self, (t0, t1): (u64, u64), (d0, d1): (Amount, Amount), out: &mut Vec<Piece>) {
        out.clear();
        let (mut from, mut age) = (t0, t0 - self.watermark(d0, t0).min(t0));
        let arrives = pace((t0, d0), (t1, d1));
        let mut next = self.corners.partition_point(|(_, total)| *total <= d0);
        while next < self.corners.len() && self.corners[next].1 < d1 {
            let (first, total) = self.corners[next];
            let at = (t0 + arrives.map_or(0, |pace| ((total - d0 + pace - 1) / pace) as u64)).min(t1);
            while next + 1 < self.corners.len() && self.corners[next + 1].1 == total {
                next += 1;
            }
            let last = self.corners[next].0;
            if at > from {
                out.push(Piece { from, start: age, until: at, end: at - first.min(at) });
                (from, age) = (at, at - last.min(at));
            } else {
                age = at - last.min(at);
            }
            next += 1;
        }
        if t1 > from {
            let mark = if d1 > d0 { self.reached(d1, t1) } else { self.watermark(d1, t1) };
            out.push(Piece { from, start: age, until: t1, end: t1 - mark.min(t1) });
        }
    }
}

/// What is written per ns between two corners; whole µB/s by construction. `None` at a leap.
fn pace((t0, a0): (u64, Amount), (t1, a1): (u64, Amount)) -> Option<Amount> {
    (t1 > t0).then(|| ((a1 - a0) / Amount::from(t1 - t0)).max(1))
}

/// A straight piece of an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub from: u64,
    pub start: u64,
    pub until: u64,
    pub end: u64,
}

impl Piece {
    pub(super) fn at(&self, t: u64) -> u64 {
        if t == self.until {
            return self.end;
        }
        let rise = i128::from(self.end) - i128::from(self.start);
        let part = rise * i128::from(t - self.from) / i128::from(self.until - self.from);
        (i128::from(self.start) + part) as u64
    }

    fn cut(&self, from: u64, until: u64) -> Piece {
        Piece { from, start: self.at(from), until, end: self.at(until) }
    }
}

/// Corners this near to a straight line are drawn as one line [ns]: when a thousand flows catch up, each that runs empty
/// bends the ages of all others a little.
const STRAIGHT: f64 = 1e8;

/// A straight piece drawn through several, and the slopes with which all corners so far stay near it.
#[derive(Clone, Copy, Debug)]
struct Chord {
    piece: Piece,
    lowest: f64,
    highest: f64,
}

impl Chord {
    fn new(piece: Piece) -> Self {
        let mut chord = Chord { piece, lowest: f64::NEG_INFINITY, highest: f64::INFINITY };
        chord.narrow(&piece);
        chord
    }

    /// The end of `piece` becomes a corner within the chord.
    fn narrow(&mut self, piece: &Piece) {
        let run = (piece.until - self.piece.from) as f64;
        let rise = piece.end as f64 - self.piece.start as f64;
        self.lowest = self.lowest.max((rise - STRAIGHT) / run);
        self.highest = self.highest.min((rise + STRAIGHT) / run);
    }

    /// The chord to the end of `next`, when it goes on from here and every corner between stays near.
    fn through(mut self, next: &Piece) -> Option<Chord> {
        let run = (next.until - self.piece.from) as f64;
        let slope = (next.end as f64 - self.piece.start as f64) / run;
        let goes_on = self.piece.until == next.from && self.piece.end == next.start;
        if !goes_on || slope < self.lowest || slope > self.highest {
            return None;
        }
        self.narrow(next);
        (self.piece.until, self.piece.end) = (next.until, next.end);
        Some(self)
    }
}

/// The upper envelope of two lines of pieces over the same span; lines that differ by rounding only do not cross.
pub(super) fn older(a: &[Piece], b: &[Piece], out: &mut Vec<Piece>) {
    out.clear();
    let (mut i, mut j) = (0, 0);
    let mut from = a.first().map_or(0, |p| p.from);
    while i < a.len() && j < b.len() {
        let until = a[i].until.min(b[j].until);
        let (x, y) = (a[i].cut(from, until), b[j].cut(from, until));
        let (before, after) = (x.start as i128 - y.start as i128, x.end as i128 - y.end as i128);
        if before.abs() > 2 && after.abs() > 2 && (before > 0) != (after > 0) {
            let at = from + (before.abs() * i128::from(until - from) / (before.abs() + after.abs())) as u64;
            let (first, second) = if before > 0 { (x, y) } else { (y, x) };
            if at > from && at < until {
                out.push(first.cut(from, at));
                out.push(second.cut(at, until));
            } else {
                out.push(if at <= from { second } else { first });
            }
        } else {
            out.push(if before + after >= 0 { x } else { y });
        }
        from = until;
        i += usize::from(a[i].until == until);
        j += usize::from(b[j].until == until);
    }
}

/// A VM's ages on their way to facts.
#[derive(Debug, Default)]
pub(super) struct LagLine {
    on: bool,
    received: VecDeque<Piece>,
    applied: VecDeque<Piece>,
    received_to: u64,
    applied_to: u64,
    done: u64,
    open: Option<(Chord, Chord)>,
}

impl LagLine {
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// From `t` on, with nothing waiting.
    pub(super) fn begin(&mut self, t: u64) {
        *self = LagLine { on: true, received_to: t, applied_to: t, done: t, ..LagLine::default() };
    }

    /// Both lines as known at the end of a span with a backlog.
    pub(super) fn extend(&mut self, pipe: u64, delay: u64, received: &[Piece], applied: &[Piece]) {
        let Some(from) = received.first().map(|p| p.from) else { return };
        self.rest(from, pipe, delay);
        for p in received {
            self.received.push_back(Piece { start: p.start + pipe, end: p.end + pipe, ..*p });
            self.received_to = p.until;
        }
        for p in applied {
            let shifted =
                Piece { from: p.from + delay, start: p.start + delay, until: p.until + delay, end: p.end + delay };
            if shifted.from > self.applied_to {
                self.applied.push_back(flat(self.applied_to, shifted.from, delay));
            }
            if shifted.until > self.applied_to {
                let cut = shifted.cut(shifted.from.max(self.applied_to), shifted.until);
                self.applied_to = cut.until;
                self.applied.push_back(cut);
            }
        }
    }

    /// Nothing waits up to `t`.
    pub(super) fn rest(&mut self, t: u64, pipe: u64, delay: u64) {
        if self.received_to < t {
            self.received.push_back(flat(self.received_to, t, pipe));
            self.received_to = t;
        }
        if self.applied_to < t {
            self.applied.push_back(flat(self.applied_to, t, delay));
            self.applied_to = t;
        }
    }

    /// Hands out the pieces up to `t` that are known to have ended.
    pub(super) fn settle(&mut self, t: u64, mut record: impl FnMut(Piece, Piece)) {
        while let (Some(r), Some(a)) = (self.received.front().copied(), self.applied.front().copied()) {
            let until = r.until.min(a.until).min(t);
            if until <= self.done {
                break;
            }
            let (x, y) = (r.cut(self.done, until), a.cut(self.done, until));
            let longer = self.open.and_then(|(p, q)| Some((p.through(&x)?, q.through(&y)?)));
            let next = longer.or_else(|| {
                if let Some((p, q)) = self.open {
                    record(p.piece, q.piece);
                }
                Some((Chord::new(x), Chord::new(y)))
            });
            self.open = next;
            self.done = until;
            if r.until == until {
                self.received.pop_front();
            }
            if a.until == until {
                self.applied.pop_front();
            }
        }
    }

    /// The line ends: hands out the open piece too.
    pub(super) fn end(&mut self, t: u64, mut record: impl FnMut(Piece, Piece)) {
        self.settle(t, &mut record);
        if let Some((p, q)) = self.open.take() {
            record(p.piece, q.piece);
        }
        *self = LagLine::default();
    }
}

fn flat(from: u64, until: u64, age: u64) -> Piece {
    Piece { from, start: age, until, end: age }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(corners: &[(u64, Amount)]) -> Curve {
        Curve { corners: corners.iter().copied().collect() }
    }

    #[test]
    fn the_watermark_leaps_over_idle_spans() {
        let idle = curve(&[(0, 0), (100, 400), (300, 400), (350, 600)]);
        assert_eq!((idle.watermark(399, 350), idle.reached(400, 350)), (99, 100));
        assert_eq!(idle.watermark(400, 350), 300);
        assert_eq!(idle.watermark(600, 350), 350);
        let mut ages = Vec::new();
        idle.ages((350, 370), (200, 600), &mut ages);
        let piece = |from, start, until, end| Piece { from, start, until, end };
        assert_eq!(ages, [piece(350, 300, 360, 260), piece(360, 60, 370, 20)]);
    }

    #[test]
    fn the_oldest_byte_knows_its_rate_and_how_long_it_holds() {
        let line = curve(&[(0, 0), (100, 400), (300, 400), (350, 600), (350, 700)]);
        assert_eq!(line.head(100), Some((25, Some(4), Some(300))));
        assert_eq!(line.head(400), Some((300, Some(4), Some(200))), "the first after the idle span");
        assert_eq!(line.head(600), Some((350, None, Some(100))), "a leap");
        assert_eq!(line.head(700), None);
    }

    #[test]
    fn a_lost_order_keeps_the_age_of_what_had_been_received_and_ends_where_more_is_written() {
        let mut line = curve(&[(0, 0), (100, 400)]);
        line.blur(50, 200, 400);
        line.raise(100, (400, 600));
        assert_eq!([0, 199, 200, 599].map(|level| line.watermark(level, 300)), [0, 49, 50, 50]);
        assert_eq!((line.head(300), line.last()), (Some((50, None, Some(300))), Some(50)));
        line.begin(200, 600);
        line.push(300, 700);
        assert_eq!([599, 600, 650].map(|level| line.watermark(level, 300)), [50, 200, 250]);
        let mut new = Curve::default();
        new.raise(70, (10, 30));
        assert_eq!([10, 29, 30].map(|level| new.watermark(level, 90)), [70, 70, 90]);
    }

    #[test]
    fn a_mark_within_an_idle_span_needs_no_more_than_what_was_written_before() {
        let idle = curve(&[(0, 0), (100, 400), (300, 400), (350, 600)]);
        let totals = [0, 50, 100, 200, 300, 325, 350].map(|t| idle.total_at(t));
        assert_eq!(totals, [0, 200, 400, 400, 400, 500, 600].map(Some));
        assert_eq!(idle.total_at(351), None);
    }

    #[test]
    fn the_older_of_two_lines_changes_where_they_cross() {
        let piece = |from, start, until, end| Piece { from, start, until, end };
        let mut out = Vec::new();
        older(&[piece(0, 0, 100, 100)], &[piece(0, 100, 100, 0)], &mut out);
        assert_eq!(out, [piece(0, 100, 50, 50), piece(50, 50, 100, 100)]);
        older(&[piece(0, 0, 100, 100)], &[piece(0, 1, 100, 99)], &mut out);
        assert_eq!(out.len(), 1, "rounding is no crossing");
    }
}
