//! What ran: outcomes by values and replication, so that nothing runs twice.
//!
//! A stock that never ran out is as good as any other that does not: an account or a quota bounds what comes into it and does nothing
//! else (`world::cache`, `world::quotas`). So an outcome serves for every size of a stock above the most that was ever in it, where nothing
//! was turned away; with the same luck nothing would come out otherwise, but for nanoseconds: near the size of an account spans are cut elsewhere
//! (`tests/plan.rs` holds both). Slots are no such stock: people pack their waves by them.
//!
//! Kept are the outcomes of the last values, up to so many; a bench with its luck and its targets is told apart by its key.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::is_stock;
use super::knob::stock;
use super::trial::Values;
use crate::intent::Knob;
use crate::measure::Outcome;

/// All that ran and is kept.
#[derive(Default)]
pub(super) struct Ran(VecDeque<(Same, ByReplication)>);

/// What makes outcomes, beside the stocks: values, seed, targets set aside.
type Same = (Values, u64, Vec<usize>);

type ByReplication = BTreeMap<u64, Vec<Known>>;

/// One outcome, and for which stocks it holds.
struct Known {
    stocks: Vec<Stock>,
    outcome: Arc<Outcome>,
}

/// A stock that was bounded in a run.
struct Stock {
    had: u64,
    /// The most that was in it; `None`: something was turned away.
    used: Option<u64>,
}

impl Ran {
    /// More outcomes than this are not kept.
    const MOST: usize = 600;

    /// The outcome of one replication with these values.
    pub fn find(&self, (values, seed, aside): (&Values, u64, &[usize]), replication: u64) -> Option<Arc<Outcome>> {
        let (same, stocks) = apart(values);
        let (_, all) = self.0.iter().rev().find(|(own, _)| own.0 == same && own.1 == seed && own.2 == aside)?;
        let known = all.get(&replication)?.iter().find(|known| known.serves(&stocks))?;
        Some(known.outcome.clone())
    }

    pub fn put(&mut self, (values, seed, aside): (&Values, u64, &[usize]), replication: u64, outcome: Outcome) {
        let (same, stocks) = apart(values);
        let key = (same, seed, aside.to_vec());
        let place = self.0.iter().position(|(own, _)| *own == key);
        // The latest stand last.
        let mut entry = place.and_then(|place| self.0.remove(place)).unwrap_or_else(|| (key, BTreeMap::new()));
        let stocks = stocks.iter().map(|(knob, had)| Stock { had: *had, used: used(*knob, &outcome) }).collect();
        entry.1.entry(replication).or_default().push(Known { stocks, outcome: Arc::new(outcome) });
        self.0.push_back(entry);
        let count = |all: &ByReplication| all.values().map(Vec::len).sum::<usize>();
        while self.0.len() > 1 && self.0.iter().map(|(_, all)| count(all)).sum::<usize>() > Self::MOST {
            self.0.pop_front();
        }
    }
}

impl Known {
    fn serves(&self, asked: &Values) -> bool {
        self.stocks.iter().zip(asked).all(|(own, (_, size))| {
            // Levels are whole bytes of something finer, and an account is full a little before it holds more.
            let is_ample = |size: u64| own.used.is_some_and(|used| used.saturating_add(1) < size);
            own.had == *size || (is_ample(own.had) && is_ample(*size))
        })
    }
}

/// The values without the stocks, and the stocks.
fn apart(values: &Values) -> (Values, Values) {
    values.iter().partition(|(knob, _)| !is_stock(*knob))
}

/// The most that was in a stock; `None`: something was turned away.
fn used(knob: Knob, outcome: &Outcome) -> Option<u64> {
    let meter = stock(knob)?;
    let refused = outcome.limit_hits.iter().any(|hit| hit.meter == meter);
    let overflowed = matches!(knob, Knob::Capacity(id) if outcome.cache_full.get(&id).is_some_and(|count| *count > 0));
    let peak = outcome.meters.iter().find(|own| own.meter == meter).map_or(0, |own| own.peak.level);
    (!refused && !overflowed).then_some(peak)
}
