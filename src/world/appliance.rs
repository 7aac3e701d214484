//! Appliances: data-disk slots and heartbeats.
//!
//! A slot holds one disk of a re-protected VM, its OS disk included, from the attach until the disk leaves
//! (domain facts 2.3, contradiction C3). Forward replication takes none.
//!
//! Beats come at multiples of the heartbeat interval since the start of the run, as long as everything between the
//! appliance and its vault works. A beat due in the very instant of a strike is not sent: ties go against us.
//! Invariant: `taken ≤ total`; no beat is delivered twice.

use crate::contract::Meter;
use crate::inventory::Inventory;
use crate::units::{ApplianceId, Duration, Timestamp};
use crate::world::quotas::Short;

#[derive(Debug)]
pub(super) struct Slots {
    total: Vec<u32>,
    taken: Vec<u32>,
}

impl Slots {
    pub fn new(inventory: &Inventory) -> Self {
        let total: Vec<_> = inventory.appliances.iter().map(|appliance| appliance.slots).collect();
        Self { taken: vec![0; total.len()], total }
    }

    pub fn taken(&self, id: ApplianceId) -> u32 {
        self.taken[id.index()]
    }

    pub fn free(&self, id: ApplianceId) -> u32 {
        self.total[id.index()] - self.taken[id.index()]
    }

    pub fn check(&self, id: ApplianceId, need: u32) -> Result<(), Short> {
        let (used, limit) = (self.taken[id.index()], self.total[id.index()]);
        Short::unless_fits(Meter::ApplianceSlots(id), need.into(), used.into(), limit.into())
    }

    pub fn take(&mut self, id: ApplianceId, count: u32) {
        self.taken[id.index()] += count;
    }

    pub fn give(&mut self, id: ApplianceId, count: u32) {
        self.taken[id.index()] -= count;
    }
}

/// The heartbeats of one sender.
#[derive(Clone, Debug)]
pub(super) struct Pulse {
    every: Duration,
    /// The way to the vault works since.
    since: Option<Timestamp>,
    /// Newest beat before it stopped working.
    last: Option<Timestamp>,
    delivered: Option<Timestamp>,
}

impl Pulse {
    pub fn new(every: Duration) -> Self {
        Self { every, since: Some(Timestamp::START), last: None, delivered: None }
    }

    /// From `now` on beats get through, or do not.
    pub fn set(&mut self, now: Timestamp, works: bool) {
        match (self.since, works) {
            (None, true) => self.since = Some(now),
            (Some(since), false) => {
                let before = Timestamp::from_ns(now.ns().saturating_sub(1));
                self.last = self.newest(since, before).filter(|_| now > Timestamp::START).or(self.last);
                self.since = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// The newest beat not delivered yet.
    pub fn take(&mut self, now: Timestamp) -> Option<Timestamp> {
        let newest = self.since.and_then(|since| self.newest(since, now)).or(self.last);
        let beat = newest.filter(|beat| self.delivered.is_none_or(|delivered| *beat > delivered))?;
        self.delivered = Some(beat);
        Some(beat)
    }

    fn newest(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let every = self.every.ns().max(1);
        Some(Timestamp::from_ns(now.ns() / every * every)).filter(|beat| *beat >= since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Timestamp {
        Timestamp::START + Duration::secs(s)
    }

    #[test]
    fn only_the_newest_beat_is_delivered_and_only_once() {
        let mut pulse = Pulse::new(Duration::secs(60));
        assert_eq!(pulse.take(at(200)), Some(at(180)));
        assert_eq!(pulse.take(at(239)), None);
        assert_eq!(pulse.take(at(240)), Some(at(240)));
    }

    #[test]
    fn a_beat_in_the_instant_of_the_strike_is_not_sent() {
        let mut pulse = Pulse::new(Duration::secs(60));
        pulse.set(at(300), false);
        assert_eq!(pulse.take(at(900)), Some(at(240)), "the last one before was on its way");
        assert_eq!(pulse.take(at(900)), None);
        pulse.set(at(930), true);
        assert_eq!(pulse.take(at(950)), None, "the next multiple is 960");
        assert_eq!(pulse.take(at(960)), Some(at(960)));
    }

    #[test]
    fn what_stops_at_the_very_start_never_beat() {
        let mut pulse = Pulse::new(Duration::secs(60));
        pulse.set(at(0), false);
        assert_eq!(pulse.take(at(600)), None);
    }
}
