//! Which input moves the answer most: each one a fifth lower and a fifth higher, and the first knob of the question sized again.
//!
//! The other knobs are ample meanwhile, so that the swing is that of the knob alone. On the same luck; at a glance (few replications, bare
//! estimates), so that a swing of one step is within the grain. Where a replication of the scenario takes so long that this would
//! take minutes ([`Effort`]), the fluid rule of the link answers instead ([`guess::fluid`]), and inputs of which it knows nothing
//! are left out. One input at a time: what they do together is not in it (`drsim sweep` has that).

use std::sync::Arc;

use super::grid::{Grid, grid};
use super::guess;
use super::lab::Lab;
use super::search::smallest;
use super::trial::Values;
use super::{Sizing, Turned};
use crate::intent::Knob;
use crate::kernel::Law;
use crate::planner::Effort;
use crate::simulation::Setup;
use crate::units::{ByteRate, Duration, Ratio};
use crate::world::When;

/// Something that is known of the world, and not quite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// What all machines write.
    Churn,
    /// Distinct share of what is written within a window.
    Distinct,
    /// How long outages last.
    OutagesLast,
    /// How long it is from one outage to the next.
    BetweenOutages,
    /// What others send on the links.
    CrossTraffic,
    /// What an appliance can move: operations and bytes.
    Envelope,
    /// How long it takes to process a point.
    Processing,
    /// Until somebody declares a disaster.
    Deciding,
}

impl Input {
    pub const ALL: [Input; 8] = [
        Input::Churn,
        Input::Distinct,
        Input::OutagesLast,
        Input::BetweenOutages,
        Input::CrossTraffic,
        Input::Envelope,
        Input::Processing,
        Input::Deciding,
    ];

    /// The setup with this input so many times as large; `None`: the scenario has nothing of the kind.
    fn scaled(self, setup: &Setup, factor: f64) -> Option<Setup> {
        let mut scaled = setup.clone();
        let ratio =
            |own: Ratio| Ratio::from_ppm((f64::from(own.ppm()) * factor).round().min(f64::from(u32::MAX)) as u32);
        let limits = &mut Arc::make_mut(&mut scaled.inventory).limits;
        let physics = &mut scaled.physics;
        let has = match self {
            Input::Churn => {
                physics.churn.iter_mut().for_each(|own| own.share = ratio(own.share));
                true
            }
            Input::Distinct => {
                let coalesced = physics.churn.iter_mut().filter(|own| !own.writes.coalesce_within.is_zero());
                let shares = coalesced.flat_map(|own| &mut own.writes.unique);
                shares.map(|(_, share)| *share = ratio(*share).min(Ratio::ONE)).count() > 0
            }
            Input::OutagesLast => {
                physics.outages.iter_mut().for_each(|own| own.lasts = own.lasts.scaled(factor));
                let listed = physics.outages.iter_mut().filter_map(|own| match &mut own.when {
                    When::Listed(all) => Some(all),
                    When::At(_) | When::Every(_) => None,
                });
                listed.flatten().for_each(|(_, lasts)| *lasts = times(*lasts, factor));
                !physics.outages.is_empty()
            }
            Input::BetweenOutages => {
                let gaps = physics.outages.iter_mut().filter_map(|own| match &mut own.when {
                    When::Every(law) => Some(law),
                    When::At(_) | When::Listed(_) => None,
                });
                gaps.map(|law| *law = law.scaled(factor)).count() > 0
            }
            Input::CrossTraffic => {
                let all = physics.cross_traffic.iter_mut().flatten();
                all.map(|own| own.scale = ratio(own.scale)).count() > 0
            }
            Input::Envelope => {
                limits.envelope.ops_max_milli = (limits.envelope.ops_max_milli as f64 * factor) as u64;
                limits.envelope.storage_rate = ByteRate((limits.envelope.storage_rate.0 as f64 * factor) as u64);
                true
            }
            Input::Processing => {
                limits.processing_delay = times(limits.processing_delay, factor);
                !limits.processing_delay.is_zero()
            }
            Input::Deciding => {
                scaled.people.declare_disaster_after = scaled.people.declare_disaster_after.scaled(factor);
                !physics.outages.is_empty()
            }
        };
        has.then_some(scaled)
    }

    /// Whether the fluid rule of a link knows it.
    fn is_in_the_rule(self) -> bool {
        matches!(self, Input::Churn | Input::Distinct | Input::Processing)
    }
}

fn times(span: Duration, factor: f64) -> Duration {
    Law::Fixed(span).scaled(factor).mean()
}

/// What an input does to the first knob of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    pub knob: Knob,
    pub input: Input,
    /// With the input as it is, found in the same way.
    pub value: u64,
    /// With the input lower and higher by [`BY`]; `None`: no value meets.
    pub lower: Option<u64>,
    pub higher: Option<u64>,
    /// By the fluid rule, not simulated.
    pub by_rule: bool,
}

impl Swing {
    /// From the least to the greatest as a share of the value as it is; endless where one of them does not exist.
    pub fn width(&self) -> f64 {
        let (Some(lower), Some(higher)) = (self.lower, self.higher) else { return f64::INFINITY };
        let (least, most) = (lower.min(higher).min(self.value), lower.max(higher).max(self.value));
        (most - least) as f64 / self.value.max(1) as f64
    }
}

/// So far each input is moved, down and up.
pub const BY: f64 = 0.2;
/// Beyond this many seconds of one core the rule answers.
const SECONDS_MAX: f64 = 60.0;
/// Replications that a sensitivity takes, about.
const REPLICATIONS: u64 = 150;

/// The swings of the question's first knob, the widest first. Empty where there is no answer, or where only a rule could be asked and
/// none speaks of the knob.
pub fn sensitivity(lab: &mut Lab<'_>, answer: &Sizing) -> Vec<Swing> {
    let Some(first) = answer.knobs.first().filter(|_| answer.is_answered && !lab.stopped()) else { return Vec::new() };
    let by_rule = Effort::of(lab.setup, 1).seconds * REPLICATIONS as f64 > SECONDS_MAX;
    let mut bench = Bench { turned: &first.turned, answer, grid: grid(&first.turned, &lab.setup.inventory), by_rule };
    let start = bench.grid.at_least(first.value);
    let Some(value) = bench.at(lab, None, start) else { return Vec::new() };
    let base = bench.grid.at_least(value);
    let mut all = Vec::new();
    for (place, input) in Input::ALL.into_iter().enumerate() {
        lab.expect((Input::ALL.len() - place) as u64 * 4, 0);
        let Some(lower) = input.scaled(lab.setup, 1.0 - BY) else { continue };
        let Some(higher) = input.scaled(lab.setup, 1.0 + BY) else { continue };
        if by_rule && !input.is_in_the_rule() {
            continue;
        }
        let lower = bench.at(lab, Some(&lower), base);
        let higher = bench.at(lab, Some(&higher), base);
        if lab.stopped() {
            return Vec::new();
        }
        all.push(Swing { knob: first.turned.knob, input, value, lower, higher, by_rule });
    }
    all.sort_by(|a, b| b.width().total_cmp(&a.width()).then(a.input.cmp(&b.input)));
    all
}

/// One knob and its grid.
struct Bench<'a> {
    turned: &'a Turned,
    answer: &'a Sizing,
    grid: Grid,
    by_rule: bool,
}

impl Bench<'_> {
    /// The least value that meets in this setup (`None`: the lab's own), from a place of the grid on.
    fn at(&mut self, lab: &mut Lab<'_>, setup: Option<&Setup>, start: usize) -> Option<u64> {
        let knob = self.turned.knob;
        if self.by_rule {
            let Knob::Bandwidth(link) = knob else { return None };
            return guess::fluid(setup.unwrap_or(lab.setup), link, lab.seed);
        }
        let Some(setup) = setup else { return self.search(lab, start) };
        let mut other = lab.beside(setup);
        let found = self.search(&mut other, start);
        let ran = other.ran;
        lab.ran += ran;
        found
    }

    fn search(&self, lab: &mut Lab<'_>, start: usize) -> Option<u64> {
        let values = |index: usize| -> Values {
            let ample = self.answer.ample.values.iter();
            ample
                .map(|(own, value)| (*own, if *own == self.turned.knob { self.grid.value(index) } else { *value }))
                .collect()
        };
        let top = self.grid.at_least(self.answer.ample.value(self.turned.knob)?);
        let found = smallest((0, top), start, &mut |index| {
            let trial = lab.glance(&values(index));
            (!lab.stopped()).then(|| lab.keeps(&trial))
        });
        // The top was taken for granted.
        let trial = (found == top).then(|| lab.glance(&values(top)));
        let meets = trial.is_none_or(|trial| lab.keeps(&trial));
        meets.then(|| self.grid.value(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swing_is_as_wide_as_its_ends_are_apart() {
        let knob = Knob::CopiesAtOnce;
        let swing = |lower, higher| Swing { knob, input: Input::Churn, value: 100, lower, higher, by_rule: false };
        assert_eq!(swing(Some(80), Some(120)).width(), 0.4);
        assert_eq!(swing(Some(100), Some(100)).width(), 0.0);
        assert_eq!(swing(Some(130), Some(110)).width(), 0.3, "the value as it is lies outside");
        assert!(swing(Some(80), None).width().is_infinite());
    }
}
