//! Meters: how much flows and waits where, as straight pieces.
//!
//! Neighbouring pieces on one line are one piece. A piece is recorded when its end is known, that is when the next one has
//! another slope, or at the end of the run. Meters and shared resources have the same index, see [`Places`].

use crate::contract::{Direction, Fact, Meter};
use crate::inventory::Inventory;
use crate::units::{ApplianceId, CacheId, LinkId, StampId, Timestamp};
use crate::world::flow::{Amount, BYTE, Outbox};

/// Where which meter stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    appliances: u32,
    caches: u32,
    stamps: u32,
    count: u32,
}

impl Places {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let appliances = 2 * inventory.links.len() as u32;
        let caches = appliances + 4 * inventory.appliances.len() as u32;
        let stamps = caches + inventory.caches.len() as u32;
        Self { appliances, caches, stamps, count: stamps + inventory.stamps.len() as u32 }
    }

    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    pub(super) fn link(&self, id: LinkId, way: usize) -> u32 {
        2 * id.0 + way as u32
    }

    pub(super) fn bytes(&self, id: ApplianceId) -> u32 {
        self.appliances + 4 * id.0
    }

    pub(super) fn storage(&self, id: ApplianceId) -> u32 {
        self.appliances + 4 * id.0 + 1
    }

    pub(super) fn operations(&self, id: ApplianceId) -> u32 {
        self.appliances + 4 * id.0 + 2
    }

    pub(super) fn backlog(&self, id: ApplianceId) -> u32 {
        self.appliances + 4 * id.0 + 3
    }

    pub(super) fn cache(&self, id: CacheId) -> u32 {
        self.caches + id.0
    }

    pub(super) fn is_cache(&self, index: u32) -> bool {
        (self.caches..self.stamps).contains(&index)
    }

    pub(super) fn service(&self, id: StampId) -> u32 {
        self.stamps + id.0
    }

    pub(super) fn meter(&self, index: u32) -> Meter {
        if index < self.appliances {
            let way = if index.is_multiple_of(2) { Direction::Forward } else { Direction::Reverse };
            return Meter::Link(LinkId(index / 2), way);
        }
        if index >= self.stamps {
            return Meter::Service(StampId(index - self.stamps));
        }
        if index >= self.caches {
            return Meter::CacheUsed(CacheId(index - self.caches));
        }
        let appliance = ApplianceId((index - self.appliances) / 4);
        let kinds: [fn(ApplianceId) -> Meter; 4] =
            [Meter::ApplianceBytes, Meter::ApplianceStorage, Meter::ApplianceOps, Meter::SourceBacklog];
        kinds[((index - self.appliances) % 4) as usize](appliance)
    }
}

#[derive(Clone, Copy, Debug)]
struct Open {
    since: u64,
    until: u64,
    start: Amount,
    /// Per ns.
    slope: Amount,
}

/// The open pieces of all meters.
#[derive(Debug)]
pub(super) struct Levels {
    open: Vec<Option<Open>>,
}

impl Levels {
    pub(super) fn new(count: usize) -> Self {
        Self { open: vec![None; count] }
    }

    /// Over `[since, until)` the meter runs from `start` with `slope` per ns [10⁻¹⁵ units].
    pub(super) fn put(
        &mut self,
        meter: (u32, Meter),
        span: (u64, u64),
        (start, slope): (Amount, Amount),
        facts: &mut Facts,
    ) {
        let open = &mut self.open[meter.0 as usize];
        if let Some(piece) = open {
            let reached = piece.start + piece.slope * Amount::from(piece.until - piece.since);
            if piece.slope == slope && (reached - start).abs() < BYTE {
                piece.until = span.1;
                return;
            }
            record(meter.1, piece, facts);
        }
        *open = Some(Open { since: span.0, until: span.1, start, slope });
    }

    pub(super) fn close(&mut self, places: &Places, facts: &mut Facts) {
        for (index, open) in self.open.iter_mut().enumerate() {
            if let Some(piece) = open.take() {
                record(places.meter(index as u32), &piece, facts);
            }
        }
    }
}

pub(super) type Facts = Outbox<(Timestamp, Fact)>;

fn record(meter: Meter, piece: &Open, facts: &mut Facts) {
    if piece.until == piece.since {
        return;
    }
    let end = piece.start + piece.slope * Amount::from(piece.until - piece.since);
    let units = |amount: Amount| u64::try_from(amount.max(0) / BYTE).unwrap_or(u64::MAX);
    let since = Timestamp::from_ns(piece.since);
    let level = Fact::Level { meter, since, start: units(piece.start), end: units(end) };
    facts.push_back((Timestamp::from_ns(piece.until), level));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_one_line_are_one_piece() {
        let (mut levels, mut facts) = (Levels::new(1), Facts::new());
        let meter = (0, Meter::Service(StampId(0)));
        for second in 0..10 {
            let start = second * 1_000;
            levels.put(meter, (start, start + 1_000), (5 * BYTE, 0), &mut facts);
        }
        assert!(facts.is_empty());
        levels.put(meter, (10_000, 11_000), (6 * BYTE, BYTE / 1_000), &mut facts);
        let level = |fact: &(Timestamp, Fact)| match fact {
            (until, Fact::Level { since, start, end, .. }) => (since.ns(), until.ns(), *start, *end),
            other => panic!("{other:?} is no level"),
        };
        assert_eq!(level(&facts[0]), (0, 10_000, 5, 5));
    }
}
