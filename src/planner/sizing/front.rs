//! Price against risk: other ways to meet the same targets, each decided by the bounds that the answer has.
//!
//! Of a way the knobs that are no stocks are given: turned up from the answer one by one, and the others down again; where a
//! replication takes long, what the search has tried and found to be met. Stocks are as small as that allows.

use super::grid::{Grid, grid};
use super::knob::bought;
use super::question::Search;
use super::search::smallest;
use super::trial::Trial;
use super::{Lab, Sizing, Turned};
use crate::intent::Price;
use crate::inventory::Inventory;
use crate::planner::findings::TargetFinding;

/// One way to buy it.
#[derive(Clone, Debug)]
pub struct Way {
    pub trial: Trial,
    /// Money a month for the knobs that have a price.
    pub cost: f64,
    /// How near the worst target comes to its limit: achieved over limit, or the other way round for floors; 1 is at the limit.
    pub worst: f64,
    /// The same by the far ends of the targets' intervals; where one has no such end (`max`), by what was seen.
    pub worst_bound: f64,
    /// No other way looked at is both cheaper and farther from the limits.
    pub is_on_front: bool,
}

/// Ways to meet the targets with two or more knobs that have prices, sorted by cost.
pub fn front(lab: &mut Lab<'_>, answer: &Sizing) -> Vec<Way> {
    let turned: Vec<Turned> = answer.knobs.iter().map(|own| own.turned.clone()).collect();
    let priced = turned.iter().filter(|own| own.price.is_some()).count();
    if priced < 2 || !answer.is_answered || lab.stopped() {
        return Vec::new();
    }
    let grids: Vec<Grid> = turned.iter().map(|own| grid(own, &lab.setup.inventory)).collect();
    let is_long = lab.is_long;
    let mut search = Search { lab, turned, grids, set_aside: answer.set_aside.clone(), is_raised: false };
    let (Some(base), Some(top)) = (search.places(&answer.trial), search.places(&answer.ample)) else {
        return Vec::new();
    };
    let mut starts = if is_long { search.known_to_meet() } else { search.turned_up(&base, &top) };
    for at in &mut starts {
        search.with_ample_stocks(at, &top);
    }
    starts.sort();
    starts.dedup();
    let failed = search.failed_with_other_luck(&top);
    starts.retain(|at| !failed.contains(at));
    let mut trials = vec![answer.trial.clone()];
    trials.extend(starts.into_iter().filter_map(|at| search.way(at)));
    let mut ways: Vec<Way> = trials.into_iter().map(|trial| way(&search, trial)).collect();
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

/// Steps of the grid that a knob is turned up from the answer.
const UP: [usize; 3] = [1, 3, 8];

impl Search<'_, '_> {
    /// While stocks are ample: each of the other knobs some steps up from as little as bare estimates allow, and the rest of them down again.
    fn turned_up(&mut self, base: &[usize], top: &[usize]) -> Vec<Vec<usize>> {
        let flows = self.flows();
        let mut low = base.to_vec();
        self.with_ample_stocks(&mut low, top);
        for k in &flows {
            low[*k] = self.least_at_a_glance(&low, *k);
        }
        let mut starts = vec![low.clone()];
        for first in &flows {
            for up in UP {
                let mut at = low.clone();
                at[*first] = (at[*first] + up).min(top[*first]);
                for k in flows.iter().copied().filter(|k| k != first) {
                    at[k] = self.least_at_a_glance(&at, k);
                }
                starts.push(at);
            }
        }
        starts
    }

    /// Places of what was tried for this question.
    fn places(&self, trial: &Trial) -> Option<Vec<usize>> {
        let is_own = trial.values.iter().map(|(knob, _)| *knob).eq(self.turned.iter().map(|own| own.knob));
        is_own.then(|| self.grids.iter().zip(&trial.values).map(|(grid, (_, value))| grid.at_least(*value)).collect())
    }

    /// What was tried with this luck to the end, and met.
    fn known_to_meet(&self) -> Vec<Vec<usize>> {
        let tried = self.lab.tried().filter(|own| !own.is_glance && own.seed == self.lab.seed && self.is_met(own));
        tried.filter_map(|own| self.places(own)).collect()
    }

    /// What was tried with other luck and not met although stocks were ample.
    fn failed_with_other_luck(&self, top: &[usize]) -> Vec<Vec<usize>> {
        let failed = self.lab.tried().filter(|own| own.seed == self.lab.other_seed() && !self.is_met(own));
        let is_ample = |at: &Vec<usize>| self.stocks().into_iter().all(|k| at[k] == top[k]);
        failed.filter_map(|own| self.places(own)).filter(is_ample).collect()
    }

    fn least_at_a_glance(&mut self, at: &[usize], k: usize) -> usize {
        smallest((0, at[k]), at[k].saturating_sub(1), &mut |index| {
            let mut tried = at.to_vec();
            tried[k] = index;
            let trial = self.lab.glance(&self.values(&tried));
            (!self.lab.stopped()).then(|| self.lab.keeps(&trial))
        })
    }

    /// The way with the least stocks, if it is met.
    fn way(&mut self, mut at: Vec<usize>) -> Option<Trial> {
        if !self.is_tried_and_met(&at) {
            return None;
        }
        for k in self.stocks() {
            at[k] = self.least_stock(&at, k);
        }
        let trial = self.lab.hope(&self.values(&at));
        (self.is_met(&trial) && !self.lab.stopped()).then_some(trial)
    }
}

fn way(search: &Search<'_, '_>, trial: Trial) -> Way {
    let far = |own: &TargetFinding, is_floor| if is_floor { own.achieved.low } else { own.achieved.high };
    Way {
        cost: cost(&search.lab.setup.inventory, &search.turned, &trial),
        worst: worst(&trial, &search.set_aside, |own, _| own.achieved.value),
        worst_bound: worst(&trial, &search.set_aside, |own, is_floor| far(own, is_floor).or(own.achieved.value)),
        trial,
        is_on_front: false,
    }
}

fn cost(inventory: &Inventory, turned: &[Turned], trial: &Trial) -> f64 {
    let of = |own: &Turned| {
        let Price { amount, per, .. } = own.price.as_ref()?;
        Some(bought(inventory, own.knob, trial.value(own.knob)?) as f64 / per * amount)
    };
    turned.iter().filter_map(of).sum()
}

/// The nearest that any target comes to its limit, by this number of it.
fn worst(trial: &Trial, set_aside: &[usize], number: impl Fn(&TargetFinding, bool) -> Option<f64>) -> f64 {
    let of = |index: usize| {
        let own = &trial.targets[index];
        let value = number(own, trial.is_floor[index]).unwrap_or(0.0);
        match trial.is_floor[index] {
            true => own.limit / value.max(f64::MIN_POSITIVE),
            false if own.limit > 0.0 => value / own.limit,
            false => 0.0,
        }
    };
    (0..trial.targets.len()).filter(|index| !set_aside.contains(index)).map(of).fold(0.0, f64::max)
}
