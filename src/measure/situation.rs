//! What is going on around each appliance: how many VMs are in which phase, and which outages are in force.
//!
//! Pieces of meters are told when they end, so a short ring of snapshots per appliance answers what was going on when
//! they began. Changes at one moment are one snapshot. Precedence when several phases hold: the order of [`RunPhase`].
//! Unit: VM counts. Invariant: counts never go below zero; a moment older than the ring gets the oldest snapshot.

use super::paths::{Paths, phase_of_outage};
use super::{RunPhase, Span};
use crate::contract::{OutageKind, Phase};
use crate::units::{ApplianceId, OutageId, Timestamp, VmId};

/// Far enough back for a piece that stood still through several changes.
const RING: usize = 256;
const PHASES: usize = RunPhase::ALL.len();

#[derive(Clone, Copy, Debug, Default)]
struct Snapshot {
    since: Timestamp,
    counts: [u32; PHASES],
    outage: Option<(Timestamp, OutageKind)>,
}

#[derive(Clone)]
struct Ring {
    snapshots: Box<[Snapshot; RING]>,
    newest: usize,
}

/// What was going on around a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scene {
    pub phase: RunPhase,
    pub vms: u32,
    pub outage: Option<OutageKind>,
}

pub(super) struct Situations {
    rings: Vec<Ring>,
    /// By VM: its phase of life, whether it is drilled, whether it is resynchronised.
    vms: Vec<(Option<RunPhase>, bool, bool)>,
    outages: Vec<(OutageId, OutageKind, Timestamp)>,
    /// By appliance: end of the outage that is being caught up with, and meters saturated on its path.
    catching_up: Vec<Option<Timestamp>>,
    /// By appliance: (end, begin) of the last catch-up. What becomes a bottleneck in that very instant goes on with it:
    /// a full cache hands over to the link.
    caught_up: Vec<Option<(Timestamp, Timestamp)>>,
    last_outage_end: Vec<Option<Timestamp>>,
    saturated: Vec<u32>,
    catch_ups: Vec<Span>,
}

/// Catch-ups told one by one at most; the rest of a very long run adds nothing to their spread.
const CATCH_UPS_MAX: usize = 10_000;

impl Situations {
    pub fn new(paths: &Paths) -> Self {
        let appliances = paths.vms_of.len();
        Self {
            rings: vec![Ring { snapshots: Box::new([Snapshot::default(); RING]), newest: 0 }; appliances],
            vms: vec![(None, false, false); paths.of_vm.len()],
            outages: Vec::new(),
            catching_up: vec![None; appliances],
            caught_up: vec![None; appliances],
            last_outage_end: vec![None; appliances],
            saturated: vec![0; appliances],
            catch_ups: Vec::new(),
        }
    }

    pub fn entered(&mut self, vm: VmId, phase: Phase, at: Timestamp, paths: &Paths) {
        let Some(path) = paths.of_vm[vm.index()] else { return };
        let new = phase_of_life(phase);
        let old = std::mem::replace(&mut self.vms[vm.index()].0, new);
        self.moved(path.appliance, old, new, at);
    }

    pub fn drilled(&mut self, vm: VmId, running: bool, at: Timestamp, paths: &Paths) {
        let was = std::mem::replace(&mut self.vms[vm.index()].1, running);
        self.flagged(vm, RunPhase::Drill, (was, running), at, paths);
    }

    pub fn resynced(&mut self, vm: VmId, running: bool, at: Timestamp, paths: &Paths) {
        let was = std::mem::replace(&mut self.vms[vm.index()].2, running);
        self.flagged(vm, RunPhase::Resync, (was, running), at, paths);
    }

    fn flagged(&mut self, vm: VmId, phase: RunPhase, (was, is): (bool, bool), at: Timestamp, paths: &Paths) {
        if let Some(path) = paths.of_vm[vm.index()] {
            self.moved(path.appliance, was.then_some(phase), is.then_some(phase), at);
        }
    }

    fn moved(&mut self, appliance: ApplianceId, old: Option<RunPhase>, new: Option<RunPhase>, at: Timestamp) {
        if old == new {
            return;
        }
        let snapshot = self.rings[appliance.index()].change(at);
        if let Some(old) = old {
            snapshot.counts[old as usize] = snapshot.counts[old as usize].saturating_sub(1);
        }
        if let Some(new) = new {
            snapshot.counts[new as usize] += 1;
        }
    }

    pub fn outage_began(&mut self, outage: OutageId, kind: OutageKind, at: Timestamp, paths: &Paths) {
        self.outages.push((outage, kind, at));
        for appliance in paths.concerned_by_outage(kind) {
            self.catching_up[appliance.index()] = None;
            let snapshot = self.rings[appliance.index()].change(at);
            snapshot.counts[RunPhase::CatchUp as usize] = 0;
            if let Some(phase) = phase_of_outage(kind) {
                snapshot.counts[phase as usize] += 1;
                snapshot.outage = snapshot.outage.or(Some((at, kind)));
            }
        }
    }

    /// Returns since when the outage was in force.
    pub fn outage_ended(
        &mut self,
        outage: OutageId,
        kind: OutageKind,
        at: Timestamp,
        paths: &Paths,
    ) -> Option<Timestamp> {
        let place = self.outages.iter().position(|(id, known, _)| (*id, *known) == (outage, kind))?;
        let (_, _, since) = self.outages.remove(place);
        for appliance in paths.concerned_by_outage(kind) {
            let Some(phase) = phase_of_outage(kind) else { continue };
            let mut left = self.outages.iter().filter(|(_, kind, _)| {
                phase_of_outage(*kind).is_some() && paths.concerned_by_outage(*kind).contains(&appliance)
            });
            let next = left.next().map(|(_, kind, since)| (*since, *kind));
            let snapshot = self.rings[appliance.index()].change(at);
            snapshot.counts[phase as usize] = snapshot.counts[phase as usize].saturating_sub(1);
            snapshot.outage = next;
            self.last_outage_end[appliance.index()] = Some(at);
            if next.is_none() && self.saturated[appliance.index()] > 0 {
                self.catch_up(appliance, at);
            }
        }
        Some(since)
    }

    fn catch_up(&mut self, appliance: ApplianceId, at: Timestamp) {
        self.catching_up[appliance.index()] = Some(at);
        self.rings[appliance.index()].change(at).counts[RunPhase::CatchUp as usize] = 1;
    }

    /// A meter became a bottleneck, or is one no longer.
    pub fn saturated(&mut self, meter: usize, begins: bool, at: Timestamp, paths: &Paths) {
        for appliance in paths.appliances_of(meter) {
            let place = appliance.index();
            if begins {
                self.saturated[place] += 1;
                let quiet = self.rings[place].newest().outage.is_none();
                if quiet && self.last_outage_end[place] == Some(at) && self.catching_up[place].is_none() {
                    self.catch_up(*appliance, at);
                }
                match self.caught_up[place] {
                    Some((end, begin)) if quiet && end == at => {
                        self.caught_up[place] = None;
                        self.catch_up(*appliance, at);
                        self.catching_up[place] = Some(begin);
                    }
                    _ => self.keep_catch_up(place, paths),
                }
                continue;
            }
            self.saturated[place] = self.saturated[place].saturating_sub(1);
            if self.saturated[place] == 0
                && let Some(begin) = self.catching_up[place].take()
            {
                self.rings[place].change(at).counts[RunPhase::CatchUp as usize] = 0;
                self.keep_catch_up(place, paths);
                // Told late: it was relieved before the outage ended, so that there was nothing to catch up with.
                self.caught_up[place] = (at >= begin).then_some((at, begin));
            }
        }
    }

    /// The last catch-up of an appliance is over for good.
    fn keep_catch_up(&mut self, place: usize, paths: &Paths) {
        if let Some((end, begin)) = self.caught_up[place].take()
            && self.catch_ups.len() < CATCH_UPS_MAX
            && begin >= paths.settled_at
        {
            self.catch_ups.push(Span { vm: None, begin, span: end.since(begin) });
        }
    }

    /// What was going on around the meter at `at`; just before it when `before`.
    pub fn scene(&self, meter: usize, at: Timestamp, before: bool, paths: &Paths) -> Scene {
        let mut scene = Scene { phase: RunPhase::Steady, vms: 0, outage: None };
        let mut first: Option<(Timestamp, OutageKind)> = None;
        for appliance in paths.appliances_of(meter) {
            let snapshot = self.rings[appliance.index()].at(at, before);
            let phase = RunPhase::ALL.into_iter().rev().find(|phase| snapshot.counts[*phase as usize] > 0);
            let phase = phase.unwrap_or(RunPhase::Steady);
            if phase > scene.phase {
                (scene.phase, scene.vms) = (phase, 0);
            }
            if phase == scene.phase {
                scene.vms += snapshot.counts[phase as usize];
            }
            first = [first, snapshot.outage].into_iter().flatten().min();
        }
        if matches!(scene.phase, RunPhase::LinkOutage | RunPhase::OtherOutage | RunPhase::CatchUp) {
            scene.vms = 0;
        }
        scene.outage = first.map(|(_, kind)| kind);
        scene
    }

    /// Calls `seen` with each moment within the span at which something changed around the meter, latest first.
    pub fn changes(
        &self,
        meter: usize,
        since: Timestamp,
        until: Timestamp,
        paths: &Paths,
        mut seen: impl FnMut(Timestamp),
    ) {
        for appliance in paths.appliances_of(meter) {
            let ring = &self.rings[appliance.index()];
            let mut place = ring.newest;
            for _ in 1..RING {
                let at = ring.snapshots[place].since;
                if at <= since {
                    break;
                }
                if at < until {
                    seen(at);
                }
                place = (place + RING - 1) % RING;
            }
        }
    }

    /// Which phases are going on anywhere.
    pub fn going_on(&self) -> [bool; PHASES] {
        RunPhase::ALL.map(|phase| self.rings.iter().any(|ring| ring.newest().counts[phase as usize] > 0))
    }

    pub fn into_catch_ups(mut self, paths: &Paths) -> Vec<Span> {
        (0..self.caught_up.len()).for_each(|place| self.keep_catch_up(place, paths));
        self.catch_ups.sort_by_key(|span| span.begin);
        self.catch_ups
    }

    /// Outages in force, with their begin.
    pub fn outages(&self) -> impl Iterator<Item = (OutageKind, Timestamp)> + '_ {
        self.outages.iter().map(|(_, kind, since)| (*kind, *since))
    }
}

impl Ring {
    fn newest(&self) -> &Snapshot {
        &self.snapshots[self.newest]
    }

    /// The snapshot of this moment, to be changed.
    fn change(&mut self, at: Timestamp) -> &mut Snapshot {
        if self.newest().since < at {
            let copy = Snapshot { since: at, ..*self.newest() };
            self.newest = (self.newest + 1) % RING;
            self.snapshots[self.newest] = copy;
        }
        &mut self.snapshots[self.newest]
    }

    /// So many changes ago.
    fn ago(&self, count: usize) -> &Snapshot {
        &self.snapshots[(self.newest + RING - count) % RING]
    }

    /// The least number of changes ago whose moment is wanted; the oldest where none is. Moments fall the farther one goes back.
    fn least_ago(&self, wanted: impl Fn(Timestamp) -> bool) -> usize {
        let (mut low, mut high) = (0, 0);
        // Mostly the newest is asked for.
        while high < RING - 1 && !wanted(self.ago(high).since) {
            (low, high) = (high + 1, (2 * high + 1).min(RING - 1));
        }
        while low < high {
            let middle = (low + high) / 2;
            if wanted(self.ago(middle).since) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// What held at `at`, or just before it; what is known farthest back for what lies before that.
    fn at(&self, at: Timestamp, before: bool) -> &Snapshot {
        let held = |since: Timestamp| since < at || (!before && since == at);
        let found = self.ago(self.least_ago(held));
        if held(found.since) {
            return found;
        }
        let oldest = found.since;
        self.ago(self.least_ago(|since| since <= oldest))
    }
}

/// The phase of the whole that a VM's phase of life makes.
fn phase_of_life(phase: Phase) -> Option<RunPhase> {
    match phase {
        Phase::Unprotected
        | Phase::UnprotectedDirty
        | Phase::EnablingFailed
        | Phase::Disabling
        | Phase::DisablingFailed
        | Phase::Abandoned => None,
        Phase::Enabling | Phase::InitialReplication => Some(RunPhase::InitialReplication),
        Phase::Protected | Phase::ProtectedReverse | Phase::FailedBackCommitted => Some(RunPhase::Steady),
        Phase::FailingOver
        | Phase::FailoverFailed
        | Phase::FailedOver
        | Phase::ChangingPoint
        | Phase::Committing
        | Phase::Committed => Some(RunPhase::Failover),
        Phase::Reprotecting | Phase::ReprotectFailed | Phase::ReverseReplication => Some(RunPhase::Reprotect),
        Phase::FailingBack
        | Phase::FailbackFailed
        | Phase::FailedBack
        | Phase::CancellingFailback
        | Phase::CommittingFailback => Some(RunPhase::Failback),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One change after the other, from the newest back; places that were never used hold the start of time.
    fn slow(ring: &Ring, at: Timestamp, before: bool) -> &Snapshot {
        for count in 0..RING - 1 {
            let own = ring.ago(count);
            if own.since < at || (!before && own.since == at) || ring.ago(count + 1).since >= own.since {
                return own;
            }
        }
        ring.ago(RING - 1)
    }

    #[test]
    fn a_ring_tells_what_held_also_when_it_has_gone_round() {
        for changes in [0, 1, 2, 5, RING - 1, RING, 3 * RING + 7] {
            let mut ring = Ring { snapshots: Box::new([Snapshot::default(); RING]), newest: 0 };
            ring.snapshots[0].counts[0] = 7;
            (1..=changes as u64).for_each(|n| ring.change(Timestamp::from_ns(10 * n)).counts[0] = n as u32);
            for at in (0..=10 * changes as u64 + 20).step_by(5).map(Timestamp::from_ns) {
                for before in [false, true] {
                    let (found, slow) = (ring.at(at, before), slow(&ring, at, before));
                    let told = |own: &Snapshot| (own.since, own.counts[0]);
                    assert_eq!(told(found), told(slow), "{changes} changes, {at}");
                }
            }
        }
    }
}
