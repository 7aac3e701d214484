//! Around the answer: what other bandwidths would give, and other ways to buy the same.
//!
//! Glances only (few replications, bare estimates): they show a shape, the answer's verdict is not theirs.

use super::grid::{Grid, grid};
use super::guess::series;
use super::knob::bought;
use super::lab::Lab;
use super::search::smallest;
use super::trial::{Trial, Values};
use super::{Sizing, Turned};
use crate::intent::{Knob, Price};
use crate::inventory::Inventory;
use crate::planner::rules::bandwidth::{achievable_rpo, rpo_met_share};
use crate::units::{BitRate, Duration, LinkId, Ratio};

/// One bandwidth of one link, the other knobs as in the answer.
#[derive(Clone, Debug)]
pub struct WhatIf {
    pub link: LinkId,
    pub bandwidth: u64,
    pub trial: Trial,
    /// The fluid queue's: the longest that a byte waits, and the share of time in which it waits less than the tightest RPO target;
    /// points, outages and first copies are not in it. `None`: it never ends.
    pub fluid_rpo: Option<Duration>,
    pub fluid_met: Option<Ratio>,
}

/// Shares of the answer's bandwidth that are looked at, in per cent; what the scenario has now comes with them.
const SHARES: [u64; 7] = [50, 70, 85, 100, 125, 150, 200];
/// The same where a replication takes long: half of what is needed keeps every machine waiting for weeks, which takes ten times as long again.
const SHARES_LONG: [u64; 4] = [85, 100, 125, 150];

/// The table of every link that was sized.
pub fn what_if(lab: &mut Lab<'_>, answer: &Sizing) -> Vec<WhatIf> {
    let setup = lab.setup;
    let shares: &[u64] = if lab.is_long { &SHARES_LONG } else { &SHARES };
    let mut rows = Vec::new();
    for own in &answer.knobs {
        let Knob::Bandwidth(link) = own.turned.knob else { continue };
        let grid = grid(&Turned { from: None, to: None, ..own.turned.clone() }, &setup.inventory);
        let mut values: Vec<u64> =
            shares.iter().map(|share| grid.value(grid.at_least(own.value.saturating_mul(*share) / 100))).collect();
        values.push(own.now);
        values.sort_unstable();
        values.dedup();
        let demand = series(setup, link, lab.seed);
        let settle = usize::try_from(setup.settle.ns() / STEP.ns()).unwrap_or(0).min(demand.len());
        let limit = super::guess::slack(setup);
        for bandwidth in values {
            if lab.stopped() {
                return rows;
            }
            let turned: Values = answer
                .trial
                .values
                .iter()
                .map(|(knob, value)| (*knob, if *knob == own.turned.knob { bandwidth } else { *value }))
                .collect();
            let rate = BitRate(bandwidth).bytes();
            rows.push(WhatIf {
                link,
                bandwidth,
                trial: lab.glance(&turned),
                fluid_rpo: achievable_rpo(&demand[settle..], STEP, rate),
                fluid_met: limit.map(|rpo| rpo_met_share(&demand[settle..], STEP, rate, rpo)),
            });
        }
    }
    rows
}

const STEP: Duration = super::guess::STEP;

/// One way to buy it.
#[derive(Clone, Debug)]
pub struct Way {
    pub trial: Trial,
    /// Money a month for the knobs that have a price.
    pub cost: f64,
    /// How near the worst target comes to its limit: achieved over limit, or the other way round for floors; 1 is at the limit.
    pub worst: f64,
    /// No other way looked at is both cheaper and farther from the limits.
    pub is_on_front: bool,
}

/// Ways to meet the targets with two or more knobs that have prices: for values of the first one between the least that can do and
/// plenty, the least of the others; and the same from the other ends. Sorted by cost.
pub fn front(lab: &mut Lab<'_>, answer: &Sizing) -> Vec<Way> {
    let turned: Vec<Turned> = answer.knobs.iter().map(|own| own.turned.clone()).collect();
    let priced = turned.iter().filter(|own| own.price.is_some()).count();
    if priced < 2 || !answer.is_answered {
        return Vec::new();
    }
    let grids: Vec<Grid> = turned.iter().map(|own| grid(own, &lab.setup.inventory)).collect();
    let base: Vec<usize> = answer.knobs.iter().zip(&grids).map(|(own, grid)| grid.at_least(own.value)).collect();
    let mut ways: Vec<Trial> = vec![lab.glance(&answer.trial.values)];
    let value_of = |at: &[usize]| -> Values {
        turned.iter().zip(&grids).zip(at).map(|((own, grid), index)| (own.knob, grid.value(*index))).collect()
    };
    let ups: &[usize] = if lab.is_long { &[4] } else { &[1, 3, 8] };
    for first in [0usize, 1] {
        for up in ups {
            let mut at = base.clone();
            at[first] = (at[first] + up).min(grids[first].len() - 1);
            for k in (0..at.len()).filter(|k| *k != first) {
                let hi = at[k];
                at[k] = smallest((0, hi), hi.saturating_sub(1), &mut |index| {
                    let mut tried = at.clone();
                    tried[k] = index;
                    let trial = lab.glance(&value_of(&tried));
                    (!lab.stopped()).then(|| trial.beyond(&answer.set_aside).is_empty())
                });
            }
            ways.push(lab.glance(&value_of(&at)));
        }
    }
    let mut ways: Vec<Way> = ways
        .into_iter()
        .filter(|trial| trial.beyond(&answer.set_aside).is_empty())
        .map(|trial| Way {
            cost: cost(&lab.setup.inventory, &turned, &trial),
            worst: worst(&trial, &answer.set_aside),
            trial,
            is_on_front: false,
        })
        .collect();
    ways.sort_by(|a, b| {
        a.cost.total_cmp(&b.cost).then(a.worst.total_cmp(&b.worst)).then(a.trial.values.cmp(&b.trial.values))
    });
    ways.dedup_by(|a, b| a.trial.values == b.trial.values);
    let mut least = f64::INFINITY;
    for way in &mut ways {
        way.is_on_front = way.worst < least;
        least = least.min(way.worst);
    }
    ways
}

fn cost(inventory: &Inventory, turned: &[Turned], trial: &Trial) -> f64 {
    let of = |own: &Turned| {
        let Price { amount, per, .. } = own.price.as_ref()?;
        Some(bought(inventory, own.knob, trial.value(own.knob)?) as f64 / per * amount)
    };
    turned.iter().filter_map(of).sum()
}

fn worst(trial: &Trial, set_aside: &[usize]) -> f64 {
    let of = |index: usize| {
        let own = &trial.targets[index];
        let value = own.achieved.value.unwrap_or(0.0);
        match trial.is_floor[index] {
            true => own.limit / value.max(f64::MIN_POSITIVE),
            false if own.limit > 0.0 => value / own.limit,
            false => 0.0,
        }
    };
    (0..trial.targets.len()).filter(|index| !set_aside.contains(index)).map(of).fold(0.0, f64::max)
}
