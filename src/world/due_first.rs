//! Deadline-first sharing: what is due first is served first.
//!
//! Where protections have a deadline, a byte written at `s` is due at `s + deadline`. Of the written data that waits for a way, the
//! lane whose oldest byte is due first takes all it can, then the next one, until nothing is left. Lanes that are due at the same
//! moment (to a look, one second) form a group and share by what was written just then, so that they stay due together:
//!
//! ```text
//! level of a lane: A⁻¹(D) + deadline     moves at   rate / (what was written per unit of time there)
//! ```
//! An order holds until one lane overtakes the next, or the oldest byte of one reaches a time at which more or less was written;
//! both are known. It holds for a look at least, so that lanes on a tie do not take turns without end: deadlines are kept to a
//! look. Earliest deadline first keeps every deadline that any order could keep (Liu, Layland 1973; methods 5.6); what is short is
//! missed by all in turn. Copies in bulk come after the writes, by weight, as ever.
//!
//! Units: ns and µB/s. Tests: oracle P23, `due_first_keeps_what_any_order_keeps`.

use std::cmp::Ordering;
use std::ops::Range;

use crate::world::flow::Lane;
use crate::world::pipeline::{Pipeline, VmPath};
use crate::world::sharing::Claim;

/// How long an order holds at least, and how near deadlines are to be the same [ns].
pub(super) const LOOK: u64 = 1_000_000_000;

/// Weights within a group go up to this.
const FINEST: u64 = 1 << 20;

/// The oldest byte of a lane that waits for one of its two ways.
#[derive(Clone, Copy, Debug)]
struct Head {
    /// When it is due [ns].
    due: u64,
    lane: u32,
    /// What was written when it was [µB/s]; a leap counts as the fastest.
    pace: u64,
    /// In how many bytes·10⁻¹⁵ the pace changes.
    corner: Option<u128>,
    /// Who is due at the same moment.
    group: u32,
}

/// The order of all lanes.
#[derive(Debug)]
pub(super) struct DueFirst {
    /// By VM: how old data may be when it has arrived.
    within: Vec<u64>,
    /// Heads of the lanes, the earliest first: into the caches, out of them.
    heads: [Vec<Head>; 2],
    /// By lane: its group and its weight there, in both ways.
    places: [Vec<(u32, u32)>; 2],
    claims: Vec<(u32, Claim)>,
}

impl DueFirst {
    /// `None` when no protection has a deadline; VMs without one come last.
    pub(super) fn new(paths: &[Option<VmPath>], lanes: usize) -> Option<Self> {
        let deadline = |path: &Option<VmPath>| path.as_ref().and_then(|path| path.deadline);
        paths.iter().any(|path| deadline(path).is_some()).then(|| Self {
            within: paths.iter().map(|path| deadline(path).map_or(u64::MAX / 2, |span| span.ns())).collect(),
            heads: [Vec::new(), Vec::new()],
            places: [vec![(0, 1); lanes], vec![(0, 1); lanes]],
            claims: Vec::new(),
        })
    }

    /// Finds the order at `t`.
    fn rank(&mut self, t: u64, live: impl Iterator<Item = (usize, Range<usize>, bool)> + Clone, lanes: &[Lane]) {
        for way in 0..2 {
            let heads = &mut self.heads[way];
            heads.clear();
            for (v, own, blurred) in live.clone() {
                heads.extend(own.filter_map(|d| head(d, &lanes[d], way == 0, t, self.within[v], blurred)));
            }
            heads.sort_by_key(|head| (head.due, head.lane));
            let (mut group, mut since) = (0, heads.first().map_or(0, |head| head.due));
            for head in heads.iter_mut() {
                if head.due - since > LOOK {
                    (group, since) = (group + 1, head.due);
                }
                head.group = group;
            }
            for group in heads.chunk_by(|a, b| a.group == b.group) {
                let fastest = group.iter().map(|head| head.pace).max().unwrap_or(1).max(1);
                for head in group {
                    let weight = u128::from(head.pace) * u128::from(FINEST) / u128::from(fastest);
                    self.places[way][head.lane as usize] = (head.group, (weight as u32).max(1));
                }
            }
        }
    }

    /// Brings claims into their order and gives them their weights; `ends` are the ends of the groups.
    pub(super) fn sort(&mut self, into: bool, who: &mut [u32], claims: &mut [Claim], ends: &mut Vec<usize>) {
        let places = &self.places[usize::from(!into)];
        self.claims.clear();
        self.claims.extend(who.iter().copied().zip(claims.iter().copied()));
        self.claims.sort_by_key(|(lane, _)| places[*lane as usize].0);
        ends.clear();
        let mut last = None;
        for (place, (lane, claim)) in self.claims.iter().enumerate() {
            let (group, weight) = places[*lane as usize];
            if last.is_some_and(|last| last != group) {
                ends.push(place);
            }
            last = Some(group);
            (who[place], claims[place]) = (*lane, Claim { weight, ..*claim });
        }
        ends.push(claims.len());
    }

    /// How long the order holds while lanes move as they do [ns]; a look at least.
    fn holds(&self, lanes: &[Lane]) -> u64 {
        let ways = self.heads.iter().zip([true, false]);
        ways.map(|(heads, into)| order_holds(heads, lanes, into)).min().unwrap_or(u64::MAX).max(LOOK)
    }
}

/// The oldest byte of a lane that waits, or the next one it will write. `blurred`: the agent keeps a bitmap. What comes to that is as old
/// as the rest of it, also on a disk that has just run empty: if it were new, that disk would be last, wait, be first, and run empty again
/// without end.
fn head(d: usize, lane: &Lane, into: bool, t: u64, within: u64, blurred: bool) -> Option<Head> {
    let level = if into { lane.received } else { lane.served };
    let (since, pace, corner) = match lane.curve.head(level).filter(|_| lane.waits()) {
        Some(waits) => waits,
        None if lane.arrives > 0 && blurred => (lane.curve.last().unwrap_or(t), None, None),
        None if lane.arrives > 0 => (t, Some(lane.arrives), None),
        None if lane.waits() => (t, None, None),
        None => return None,
    };
    let due = since.saturating_add(within);
    Some(Head { due, lane: d as u32, pace: pace.unwrap_or(u64::MAX), corner, group: 0 })
}

fn order_holds(heads: &[Head], lanes: &[Lane], into: bool) -> u64 {
    let rate = |head: &Head| {
        let lane = &lanes[head.lane as usize];
        if into { lane.enters } else { lane.leaves }
    };
    let corner = |head: &Head| match (head.corner, rate(head)) {
        (Some(amount), rate @ 1..) => u64::try_from(amount / u128::from(rate)).unwrap_or(u64::MAX),
        _ => u64::MAX,
    };
    let corners = heads.iter().map(corner).min().unwrap_or(u64::MAX);
    let meets = |pair: &[Head]| {
        let (first, next) = (&pair[0], &pair[1]);
        if first.group == next.group {
            return u64::MAX;
        }
        meets_in(next.due - first.due, (rate(first), first.pace), (rate(next), next.pace))
    };
    heads.windows(2).map(meets).min().unwrap_or(u64::MAX).min(corners)
}

/// When the first, due `gap` before the next, comes within a look of it; each moves at rate / pace.
fn meets_in(gap: u64, (rate, pace): (u64, u64), (next_rate, next_pace): (u64, u64)) -> u64 {
    let (a, b) = (u128::from(rate) * u128::from(next_pace), u128::from(next_rate) * u128::from(pace));
    match a.cmp(&b) {
        Ordering::Greater => {
            // gap / (rate / pace − next_rate / next_pace), in floats: the moment is rounded to a look anyway.
            let closing = rate as f64 / pace.max(1) as f64 - next_rate as f64 / next_pace.max(1) as f64;
            (gap.saturating_sub(LOOK) as f64 / closing) as u64
        }
        Ordering::Equal | Ordering::Less => u64::MAX,
    }
}

impl Pipeline {
    /// Finds out who is due first, where deadlines rule.
    pub(super) fn rank_by_deadline(&mut self) {
        if let Some(due_first) = &mut self.due_first {
            let vms = self.live.iter().map(|v| (*v as usize, &self.vms[*v as usize]));
            let live = vms.map(|(v, vm)| (v, vm.lanes(), vm.bitmap.is_some()));
            due_first.rank(self.t, live, &self.lanes);
        }
    }

    /// Until when the present order of deadlines holds, where it matters.
    pub(super) fn order_ends(&self) -> u64 {
        let matters = self.scratch.bound.contains(&true);
        let due_first = self.due_first.as_ref().filter(|_| matters);
        due_first.map_or(u64::MAX, |due_first| self.t.saturating_add(due_first.holds(&self.lanes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{ApplianceId, CacheId, Duration, LinkId, StampId};

    #[test]
    fn who_moves_faster_meets_the_next() {
        // Ten seconds apart; three units of time per unit, and one: they are within a look after 9 s / 2.
        assert_eq!(meets_in(10 * LOOK, (30, 10), (5, 5)), 9 * LOOK / 2);
        assert_eq!(meets_in(10 * LOOK, (5, 5), (30, 10)), u64::MAX);
        assert_eq!(meets_in(10 * LOOK, (7, 7), (3, 3)), u64::MAX, "both keep up");
        assert_eq!(meets_in(LOOK / 2, (30, 10), (5, 5)), 0);
    }

    #[test]
    fn groups_are_served_in_turn_and_share_by_what_was_written() {
        let (appliance, link, cache, target) = (ApplianceId(0), LinkId(0), CacheId(0), StampId(1));
        let path = |secs| {
            let deadline = Some(Duration::secs(secs));
            Some(VmPath { appliance, link, cache, target, weight: 1, deadline })
        };
        let mut order = DueFirst::new(&[path(60), path(10), path(61), path(300)], 4).expect("deadlines");
        let lanes = [400, 10, 100, 7].map(|arrives| Lane { arrives, ..Lane::default() });
        order.rank(5 * LOOK, (0..4).map(|v| (v, v..v + 1, false)), &lanes);
        let claim = Claim { demand: 1, weight: 1, kind: 0 };
        let (mut who, mut claims, mut ends) = ([0, 1, 2, 3], [claim; 4], Vec::new());
        order.sort(true, &mut who, &mut claims, &mut ends);
        assert_eq!((who, ends), ([1, 0, 2, 3], vec![1, 3, 4]));
        assert_eq!(claims.map(|claim| claim.weight), [FINEST, FINEST, FINEST / 4, FINEST].map(|weight| weight as u32));
    }
}
