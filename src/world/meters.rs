//! Meters: how much flows and waits where, as straight pieces.
//!
//! Neighbouring pieces on one line are one piece. A piece is recorded when its end is known, that is when the next one has
//! another slope, or at the end of the run; what was recorded of a meter when somebody asks is one fact. Meters and shared
//! resources have the same index, see [`Places`].

use crate::contract::{Direction, Fact, LevelPiece, Meter};
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

/// In quiet times so many pieces of a meter wait until they are told: a fifth of a day in cells of five minutes.
const TOLD_AT_ONCE: usize = 60;

/// The open pieces of all meters, and those that nobody was told of yet.
#[derive(Debug)]
pub(super) struct Levels {
    open: Vec<Option<Open>>,
    /// By meter: since when, and the pieces.
    ended: Vec<(Timestamp, Vec<LevelPiece>)>,
    /// Meters of which there are any.
    news: Vec<u32>,
    /// The most pieces of one meter that nobody was told of.
    most: usize,
}

impl Levels {
    pub(super) fn new(count: usize) -> Self {
        Self { open: vec![None; count], ended: vec![(Timestamp::START, Vec::new()); count], news: Vec::new(), most: 0 }
    }

    /// Over `[since, until)` the meter runs from `start` with `slope` per ns [10⁻¹⁵ units].
    pub(super) fn put(&mut self, meter: u32, span: (u64, u64), (start, slope): (Amount, Amount)) {
        let open = &mut self.open[meter as usize];
        if let Some(piece) = *open {
            let reached = piece.start + piece.slope * Amount::from(piece.until - piece.since);
            if piece.slope == slope && (reached - start).abs() < BYTE {
                *open = Some(Open { until: span.1, ..piece });
                return;
            }
            self.record(meter, &piece);
        }
        self.open[meter as usize] = Some(Open { since: span.0, until: span.1, start, slope });
    }

    fn record(&mut self, meter: u32, piece: &Open) {
        if piece.until == piece.since {
            return;
        }
        let end = piece.start + piece.slope * Amount::from(piece.until - piece.since);
        let units = |amount: Amount| u64::try_from(amount.max(0) / BYTE).unwrap_or(u64::MAX);
        let (since, ended) = &mut self.ended[meter as usize];
        if ended.is_empty() {
            *since = Timestamp::from_ns(piece.since);
            self.news.push(meter);
        }
        self.most = self.most.max(ended.len() + 1);
        ended.push(LevelPiece { until: Timestamp::from_ns(piece.until), start: units(piece.start), end: units(end) });
    }

    /// Whether there is enough to tell for a fact of many pieces.
    pub(super) fn are_many(&self) -> bool {
        self.most >= TOLD_AT_ONCE
    }

    /// What has ended becomes facts.
    pub(super) fn tell(&mut self, places: &Places, facts: &mut Facts) {
        self.most = 0;
        for index in self.news.drain(..) {
            let (since, ended) = &mut self.ended[index as usize];
            let (since, meter) = (*since, places.meter(index));
            let fact = match ended[..] {
                [LevelPiece { until, start, end }] => (until, Fact::Level { meter, since, start, end }),
                [.., LevelPiece { until, .. }] => (until, Fact::Levels { meter, since, pieces: ended.clone() }),
                [] => continue,
            };
            facts.push_back(fact);
            ended.clear();
        }
    }

    /// End of the run: open pieces end too.
    pub(super) fn close(&mut self) {
        for meter in 0..self.open.len() {
            if let Some(piece) = self.open[meter].take() {
                self.record(meter as u32, &piece);
            }
        }
    }
}

pub(super) type Facts = Outbox<(Timestamp, Fact)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_one_line_are_one_piece_and_all_of_a_meter_are_one_fact() {
        let places = Places { appliances: 0, caches: 0, stamps: 0, count: 1 };
        let (mut levels, mut facts) = (Levels::new(1), Facts::new());
        for second in 0..10 {
            let start = second * 1_000;
            levels.put(0, (start, start + 1_000), (5 * BYTE, 0));
        }
        levels.tell(&places, &mut facts);
        assert!(facts.is_empty());
        let (at, meter) = (Timestamp::from_ns, Meter::Service(StampId(0)));
        levels.put(0, (10_000, 11_000), (6 * BYTE, BYTE / 1_000));
        levels.tell(&places, &mut facts);
        assert_eq!(facts.pop_front(), Some((at(10_000), Fact::Level { meter, since: at(0), start: 5, end: 5 })));
        levels.put(0, (11_000, 12_000), (9 * BYTE, 0));
        levels.close();
        levels.tell(&places, &mut facts);
        let piece = |until, start, end| LevelPiece { until: at(until), start, end };
        let pieces = vec![piece(11_000, 6, 7), piece(12_000, 9, 9)];
        assert_eq!(facts.pop_front(), Some((at(12_000), Fact::Levels { meter, since: at(10_000), pieces })));
        assert_eq!(facts.pop_front(), None);
    }
}
