//! A cache account: how much it holds, and whether it takes more.
//!
//! `used(t) = entered(t) − left(t − delay)`: what the service has applied stays for the processing delay. Between changes it is
//! a straight line, so the moment when it is full has a closed form. A full account lets in what it lets out; it stays full,
//! without chattering, until what wants in fits through.
//! Units: rates µB/s, amounts 10⁻¹⁵ bytes. Source: domain facts 5.3; methods 1.5. Tests: oracle P19.

use std::collections::VecDeque;

use crate::units::Bytes;
use crate::world::flow::{Amount, amount};

#[derive(Debug)]
pub(super) struct CacheState {
    pub up: bool,
    /// It refuses what it has no room for, and that was told.
    pub full: bool,
    /// It was full and nothing has been thrown away since: it takes no more than it frees, without chattering.
    stays_full: bool,
    capacity: Amount,
    used: Amount,
    delay: u64,
    entering: u64,
    freeing: u64,
    /// Rates that free space later: (from when, rate).
    line: VecDeque<(u64, u64)>,
    applied: u64,
}

impl CacheState {
    pub(super) fn new(capacity: Bytes, delay: u64) -> Self {
        Self {
            up: true,
            full: false,
            stays_full: false,
            capacity: amount(capacity),
            used: 0,
            delay,
            entering: 0,
            freeing: 0,
            line: VecDeque::new(),
            applied: 0,
        }
    }

    /// What may enter while it is full: what is freed when so much is applied now. Bytes of a flow that ran empty within
    /// its last nanosecond and for which there was no room make room first.
    pub(super) fn frees(&self, applied: u64) -> u64 {
        let freed = if self.delay > 0 { self.freeing } else { applied };
        let over = (self.used - self.capacity).max(0);
        freed.saturating_sub(u64::try_from((over + MAKES_ROOM_IN - 1) / MAKES_ROOM_IN).unwrap_or(u64::MAX))
    }

    /// Whether what it frees was decided in the past.
    pub(super) fn frees_late(&self) -> bool {
        self.delay > 0
    }

    /// Whether so much that wants in has no room while so much is freed.
    pub(super) fn refuses(&self, wanted: u64, freed: u64) -> bool {
        wanted > freed && (self.stays_full || self.lacks_room(wanted, freed))
    }

    pub(super) fn set_full(&mut self, full: bool) {
        (self.full, self.stays_full) = (full, full);
    }

    /// No room left for another nanosecond when so much comes in and goes out.
    fn lacks_room(&self, enters: u64, leaves: u64) -> bool {
        self.used + Amount::from(enters.saturating_sub(leaves)).max(1) > self.capacity
    }

    /// From `t` on so much enters and so much is applied.
    pub(super) fn flows(&mut self, t: u64, entering: u64, applied: u64) {
        self.entering = entering;
        if self.delay == 0 {
            self.freeing = applied;
        } else if self.applied != applied {
            if self.line.back().is_some_and(|(at, _)| *at == t + self.delay) {
                self.line.pop_back();
            }
            self.line.push_back((t + self.delay, applied));
        }
        self.applied = applied;
    }

    /// After `t`, the next moment at which it matters to others: while it is full, when it frees more or less; otherwise when it
    /// is full, if nothing changes: the last nanosecond at which it does not hold more than its capacity.
    pub(super) fn next_change(&self, t: u64) -> u64 {
        if self.full {
            return self.line.front().map_or(u64::MAX, |(at, _)| *at);
        }
        let mut full = u64::MAX;
        self.pieces(t, u64::MAX, |piece| {
            if piece.slope > 0 {
                let span = (self.capacity - piece.used).max(1) / piece.slope;
                let at = piece.from.saturating_add(u64::try_from(span).unwrap_or(u64::MAX)).max(t + 1);
                full = if at <= piece.until { at } else { u64::MAX };
            }
            full == u64::MAX
        });
        full
    }

    /// The straight pieces of what it holds over `[t, to)`, if nothing else changes; ends when `each` has seen enough.
    pub(super) fn pieces(&self, t: u64, to: u64, mut each: impl FnMut(Held) -> bool) {
        let (mut from, mut used, mut freeing) = (t, self.used, self.freeing);
        for (at, rate) in self.line.iter().copied().chain([(u64::MAX, 0)]) {
            let (until, slope) = (at.min(to), Amount::from(self.entering) - Amount::from(freeing));
            if until > from && !each(Held { from, until, used, slope }) {
                return;
            }
            if at >= to {
                return;
            }
            used += slope * Amount::from(at.max(from) - from);
            (from, freeing) = (at.max(from), rate);
        }
    }

    /// Whether `rate` entering for ever could fill it within the delay.
    pub(super) fn could_fill(&self, rate: u64) -> bool {
        self.used + Amount::from(rate.max(self.entering)) * Amount::from(self.delay) >= self.capacity
    }

    /// Whether it could be full within `span`, whatever of its present flows ends.
    pub(super) fn could_fill_in(&self, span: u64) -> bool {
        self.full || self.used + Amount::from(self.entering + self.applied) * Amount::from(span) >= self.capacity
    }

    /// Passes the span `[t, to)`, over which nothing changed but what it frees.
    pub(super) fn pass(&mut self, t: u64, to: u64) {
        self.used = self.held_at(t, to);
        while let Some((at, rate)) = self.line.front().copied() {
            if at > to {
                break;
            }
            self.freeing = rate;
            self.line.pop_front();
        }
    }

    /// A flow ran empty within the last nanosecond.
    pub(super) fn correct(&mut self, by: Amount) {
        self.used += by;
    }

    /// Data is thrown away; if it was full, it has room again.
    pub(super) fn throw_away(&mut self, data: Amount) {
        self.used -= data;
        self.stays_full &= data == 0;
    }

    pub(super) fn used_at(&self, t: u64, now: u64) -> Amount {
        self.held_at(t, now).max(0)
    }

    fn held_at(&self, t: u64, now: u64) -> Amount {
        let mut used = self.used;
        self.pieces(t, now, |piece| {
            used = piece.used + piece.slope * Amount::from(piece.until - piece.from);
            true
        });
        used
    }
}

/// What an account holds over `[from, until)`: `used` at first, with `slope` per ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub from: u64,
    pub until: u64,
    pub used: Amount,
    pub slope: Amount,
}

/// How fast room is made for what is there without it [ns].
const MAKES_ROOM_IN: Amount = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::flow::{BYTE, over};

    /// Golden number G4 in small: 2 MB/s, 250 s in the account: 500 MB.
    #[test]
    fn g4_what_is_applied_stays_for_the_delay() {
        let second = 1_000_000_000;
        let mut cache = CacheState::new(Bytes::gb(1), 250 * second);
        let rate = 2_000_000_000_000;
        cache.flows(0, rate, rate);
        assert_eq!(cache.next_change(0), u64::MAX, "it will not be full");
        let mut pieces = Vec::new();
        cache.pieces(0, 600 * second, |piece| {
            pieces.push((piece.from / second, piece.until / second, piece.used / BYTE, piece.slope));
            true
        });
        assert_eq!(pieces, [(0, 250, 0, i128::from(rate)), (250, 600, 500_000_000, 0)]);
        assert_eq!(over(rate, 250 * second) / BYTE, 500_000_000);
        cache.pass(0, 400 * second);
        assert_eq!((cache.used_at(0, 0), cache.line.len()), (500_000_000 * BYTE, 0));
        cache.flows(400 * second, 2 * rate, rate);
        assert_eq!(cache.next_change(400 * second), 650 * second, "2 MB/s more fill the other half");
    }

    /// 1 MB/s into 10 MB while nothing is applied: full after 10 s, and shut. What is thrown away makes room; a fifth of a byte
    /// too much makes room for itself at 200 B/s before anything else.
    #[test]
    fn a_full_account_takes_what_it_frees_until_something_is_thrown_away() {
        let rate = 1_000_000_000_000;
        let mut cache = CacheState::new(Bytes::mb(10), 0);
        cache.flows(0, rate, 0);
        assert_eq!(cache.next_change(0), 10_000_000_000);
        cache.pass(0, 10_000_000_000);
        assert!(cache.refuses(rate, cache.frees(0)));
        cache.set_full(true);
        assert!(cache.refuses(rate, cache.frees(rate / 2)) && !cache.refuses(rate, cache.frees(rate)));
        cache.correct(BYTE / 5);
        assert_eq!(cache.frees(rate), rate - 200_000_000);
        cache.throw_away(5_000_000 * BYTE);
        assert!(!cache.refuses(rate, cache.frees(0)));
    }
}
