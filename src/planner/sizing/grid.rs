//! The values of a knob that are tried: from the one a planner would like best to the one that can do most.
//!
//! An index counts up from "cheapest" to "ablest", so that a search for the smallest value is a search for the smallest index,
//! also where more able means a smaller number (points more often, a shorter retention).
//!
//! Rates and amounts stand on a geometric grid of three digits that does not depend on the scenario (148 Mbit/s, 155 Mbit/s …), so
//! that answers of different scenarios are comparable and a printed value is the value itself; pieces are counted.

use crate::intent::{Knob, KnobUnit, Steps, Turned};
use crate::inventory::Inventory;
use crate::units::Duration;

/// Values by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grid {
    /// `from + i · step`.
    Even {
        from: u64,
        step: u64,
        count: usize,
    },
    Listed(Vec<u64>),
}

impl Grid {
    pub fn len(&self) -> usize {
        match self {
            Grid::Even { count, .. } => *count,
            Grid::Listed(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn value(&self, index: usize) -> u64 {
        match self {
            Grid::Even { from, step, .. } => from + index as u64 * step,
            Grid::Listed(values) => values[index],
        }
    }

    /// The first index that can do at least as much as `value`; the last one when none can.
    pub fn at_least(&self, value: u64) -> usize {
        let last = self.len().saturating_sub(1);
        match self {
            Grid::Even { from, step, .. } => {
                usize::try_from(value.saturating_sub(*from).div_ceil(*step)).unwrap_or(last).min(last)
            }
            Grid::Listed(values) if values.first() > values.last() => {
                values.iter().position(|own| *own <= value).unwrap_or(last)
            }
            Grid::Listed(values) => values.iter().position(|own| *own >= value).unwrap_or(last),
        }
    }
}

/// More pieces than this are not counted one by one.
const PIECES_MAX: u64 = 1_000_000;

/// The grid of a knob in this inventory; never empty.
pub fn grid(turned: &Turned, inventory: &Inventory) -> Grid {
    let (least, most) = (turned.from, turned.to);
    let grid = match turned.knob.unit() {
        KnobUnit::BitsPerSecond => {
            // More than the link has is no throttle.
            let widest = match turned.knob {
                Knob::Throttle(id) => inventory.link(id).bandwidth.0,
                _ => 1_000_000_000_000,
            };
            amounts(turned, 1_000, (least.unwrap_or(10_000), most.unwrap_or(widest)))
        }
        KnobUnit::Bytes => amounts(turned, 1_024, (least.unwrap_or(1 << 20), most.unwrap_or(1 << 60))),
        KnobUnit::Pieces => {
            let step = if let Steps::Of(step) = turned.steps { step } else { 1 };
            let (first, last) = pieces(turned.knob, inventory);
            let (from, to) = (least.unwrap_or(first), most.unwrap_or(last).min(PIECES_MAX));
            Grid::Even { from, step, count: usize::try_from(to.saturating_sub(from) / step + 1).unwrap_or(1) }
        }
        KnobUnit::VmSize => Grid::Listed(sizes(turned.knob, inventory)),
        KnobUnit::Nanoseconds => {
            let within = |own: &u64| least.is_none_or(|least| *own >= least) && most.is_none_or(|most| *own <= most);
            Grid::Listed(spans(turned.knob, inventory).into_iter().filter(within).collect())
        }
    };
    if grid.is_empty() { Grid::Listed(vec![least.unwrap_or(1)]) } else { grid }
}

/// First and last number of pieces.
fn pieces(knob: Knob, inventory: &Inventory) -> (u64, u64) {
    let vms = inventory.vms.len() as u64;
    match knob {
        Knob::Appliances(_) => (1, vms.clamp(1, 64)),
        Knob::Slots(_) => (1, inventory.disks.len().max(64) as u64),
        Knob::EnablingBatch | Knob::CopiesAtOnce => (1, vms.max(1)),
        _ => (0, PIECES_MAX),
    }
}

/// Multiples of a step, or three digits on a geometric grid.
fn amounts(turned: &Turned, thousand: u64, (from, to): (u64, u64)) -> Grid {
    match turned.steps {
        Steps::Of(step) => {
            let first = from.div_ceil(step).max(1) * step;
            let count = (to.saturating_sub(first) / step + 1).min(PIECES_MAX);
            Grid::Even { from: first, step, count: count as usize }
        }
        Steps::Within(ratio) => Grid::Listed(geometric(thousand, ratio.as_f64(), (from, to))),
    }
}

/// Per thousandfold (or 1024-fold) as many values as keep neighbours within `ratio`, each rounded to three digits.
fn geometric(thousand: u64, ratio: f64, (from, to): (u64, u64)) -> Vec<u64> {
    let count = (libm::log(thousand as f64) / libm::log(1.0 + ratio.max(0.001))).ceil();
    let (mut values, mut unit) = (Vec::new(), 1u64);
    loop {
        for k in 0..count as u32 {
            let exact = libm::pow(thousand as f64, f64::from(k) / count);
            let digits = if exact < 10.0 {
                100.0
            } else if exact < 100.0 {
                10.0
            } else {
                1.0
            };
            let value = (exact * digits).round() / digits * unit as f64;
            let value = value.round() as u64;
            if value > to {
                return values;
            }
            if value >= from && values.last().is_none_or(|last| *last < value) {
                values.push(value);
            }
        }
        match unit.checked_mul(thousand) {
            Some(next) => unit = next,
            None => return values,
        }
    }
}

/// The sizes of the appliance's family by slots, one of each number, the fewest cores first.
fn sizes(knob: Knob, inventory: &Inventory) -> Vec<u64> {
    let Knob::Size(appliance) = knob else { return Vec::new() };
    let sizes = &inventory.limits.vm_sizes;
    let family = |name: &str| -> String { name.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let own = &sizes[inventory.appliance(appliance).size];
    let alike = |index: &usize| family(&sizes[*index].name) == family(&own.name) && !sizes[*index].name.contains('-');
    let mut found: Vec<usize> = (0..sizes.len()).filter(alike).collect();
    found.sort_by_key(|index| (sizes[*index].data_disks, sizes[*index].cores, sizes[*index].memory, *index));
    found.dedup_by_key(|index| sizes[*index].data_disks);
    found.into_iter().map(|index| index as u64).collect()
}

/// Spans from the most wanted (points seldom, kept for long) to the ablest.
fn spans(knob: Knob, inventory: &Inventory) -> Vec<u64> {
    let minutes = |list: &[u64]| -> Vec<u64> { list.iter().map(|m| Duration::minutes(*m).ns()).collect() };
    match knob {
        Knob::Retention(_) => {
            let most = inventory.limits.retention_max;
            let days = (1..=30u64).rev().map(Duration::days).filter(|span| *span <= most);
            let hours = [18, 12, 8, 6, 4, 3, 2, 1].map(Duration::hours);
            days.chain(hours).map(Duration::ns).collect()
        }
        _ => minutes(&[1440, 720, 480, 240, 120, 60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{BitRate, LinkId, Ratio};

    fn link(steps: Steps, from: Option<u64>, to: Option<u64>) -> Grid {
        let turned = Turned { steps, from, to, ..Turned::freely(Knob::Bandwidth(LinkId(0))) };
        grid(&turned, &Inventory::default())
    }

    /// Neighbours are no further apart than asked for, and every value is what is printed of it.
    #[test]
    fn a_geometric_grid_is_fine_enough_and_prints_what_it_is() {
        let Grid::Listed(values) = link(Steps::Within(Ratio::percent(5)), None, None) else { panic!("listed") };
        for pair in values.windows(2) {
            let ratio = pair[1] as f64 / pair[0] as f64;
            // Rounding to three digits may add half of the last one.
            assert!(ratio > 1.0 && ratio < 1.06, "{pair:?}");
        }
        for value in values {
            assert_eq!(BitRate(value).to_string().parse::<BitRate>().map(|rate| rate.0).ok(), Some(value));
        }
    }

    #[test]
    fn steps_are_multiples_within_the_bounds() {
        let grid = link(Steps::Of(10_000_000), Some(15_000_000), Some(50_000_000));
        let values: Vec<u64> = (0..grid.len()).map(|index| grid.value(index) / 1_000_000).collect();
        assert_eq!(values, [20, 30, 40, 50]);
        assert_eq!((grid.at_least(21_000_000), grid.at_least(0), grid.at_least(u64::MAX)), (1, 0, 3));
    }
}
