//! Candidates on the same luck: paired differences, which is the best, and how sure that is.
//!
//! All candidates run the same replications of the same seed. What luck draws hangs on the names of machines, links and
//! outages, so what two candidates have in common happens to both, and differences of pairs hold the change and little
//! else. The first candidate is what the others are held against.
//!
//! Two statements are made, each with the confidence asked for:
//!
//! * the decision, by one yardstick (`ranking`);
//! * the table: all differences to the first candidate by all yardsticks, simultaneously (Bonferroni over all of them).
//!
//! Looks at 20, 40, 80 … replications are planned beforehand and share the error as those of the gate do, so a race that is
//! decided early ends early. Units: those of the yardsticks.

mod front;
mod ranking;
mod yardstick;

pub use front::{Front, Place, front};
pub use ranking::{Decision, Rule, decide};
pub use yardstick::{Yardstick, all, plain};

use std::sync::atomic::AtomicBool;

use super::findings::{Estimate, TargetFinding, verdict_at};
use super::gate::Looks;
use super::sample::{Ended, Runner, Sample};
use crate::measure::Outcome;
use crate::simulation::Setup;
use crate::statistics::{Interval, Pairs, REPLICATIONS_MIN, mean, mean_interval};

/// How candidates are compared.
#[derive(Clone, Copy)]
pub struct Contest<'a> {
    /// At least two; the first is what the others are held against.
    pub setups: &'a [&'a Setup],
    /// Decides; `None`: the first target, or the mean RPO over time where there is none.
    pub by: Option<&'a Yardstick>,
    pub confidence: f64,
    /// A difference that does not matter, as a share of a target's limit or of the first candidate's mean.
    pub margin: f64,
    pub at_most: u64,
    /// All replications, and one look at the end.
    pub without_looks: bool,
    pub seed: u64,
    pub threads: usize,
    pub stop: &'a AtomicBool,
    pub done: &'a (dyn Fn() + Sync),
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub decision: Decision,
    /// Place of the yardstick that decided.
    pub by: usize,
    pub yardsticks: Vec<Compared>,
    /// By candidate: its targets, each with its own confidence.
    pub targets: Vec<Vec<TargetFinding>>,
    /// RPO against RTO, where both are known.
    pub front: Option<Front>,
    pub confidence: f64,
    /// Replications of each candidate.
    pub replications: u64,
    pub looks: usize,
    pub looks_planned: usize,
}

/// All candidates by one yardstick.
#[derive(Clone, Debug)]
pub struct Compared {
    pub yardstick: Yardstick,
    /// By candidate and replication.
    pub values: Vec<Vec<Option<f64>>>,
    /// By candidate: the mean with its own interval, 95 %, not paired.
    pub means: Vec<Estimate>,
    /// A difference that does not matter, in the unit of the yardstick.
    pub margin: f64,
    /// By candidate: against the first; `None` for the first itself.
    pub against: Vec<Option<Against>>,
}

/// One candidate against the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    pub pairs: u64,
    pub unpaired: u64,
    /// Candidate − first, with its simultaneous interval.
    pub difference: Estimate,
    pub standing: Standing,
    /// Independent runs that would tell as much as one pair.
    pub gain: Option<f64>,
}

/// Better, worse, the same, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Better,
    Worse,
    /// Within the margin to both sides: what difference there may be does not matter, also where its sign is sure.
    Same,
    NotYetKnown {
        more: u64,
    },
    /// Too many replications without a partner.
    NotPaired,
    /// Nothing to compare happened.
    NoValues,
}

impl Contest<'_> {
    /// Runs until it is decided, all have run, or somebody stops; what there is then gets its last look. `None`: stopped
    /// before every candidate had a replication.
    pub fn run(&self, samples: &mut Vec<Sample>) -> (Option<Comparison>, Ended) {
        samples.resize_with(self.setups.len(), Sample::default);
        let looks = if self.without_looks { Looks::once(self.at_most) } else { Looks::new(self.at_most) };
        let planned = looks.counts().len();
        for (taken, count) in looks.counts().iter().enumerate() {
            let ended = self.more(*count, samples);
            let last = ended == Ended::Stopped || taken + 1 == planned;
            let seen = samples.iter().map(Sample::count).min().unwrap_or(0);
            let Some(found) = self.judge(samples, seen, looks.share(last)) else { return (None, ended) };
            if last || matches!(found.decision, Decision::Best(_) | Decision::GoodEnough(_)) {
                return (Some(Comparison { looks: taken + 1, looks_planned: planned, ..found }), ended);
            }
        }
        unreachable!("the last of the planned looks returns")
    }

    fn more(&self, count: u64, samples: &mut [Sample]) -> Ended {
        let Contest { seed, threads, stop, done, .. } = *self;
        let one =
            |(setup, sample): (&&Setup, &mut Sample)| Runner { setup, seed, threads, stop, done }.more(count, sample);
        let ended: Vec<Ended> = self.setups.iter().zip(samples).map(one).collect();
        if ended.contains(&Ended::Stopped) { Ended::Stopped } else { Ended::Complete }
    }

    /// One look at the first `seen` replications of each, with this share of the error.
    fn judge(&self, samples: &[Sample], seen: u64, share: f64) -> Option<Comparison> {
        let outcomes: Vec<&[Outcome]> = samples.iter().map(|own| &own.outcomes[..seen as usize]).collect();
        if seen == 0 {
            return None;
        }
        let mut all = all(self.setups);
        let by = match self.by {
            Some(wanted) => all.iter().position(|own| own.name == wanted.name).unwrap_or_else(|| {
                all.insert(0, wanted.clone());
                0
            }),
            None if self.setups[0]
                .intent
                .targets
                .iter()
                .any(|own| all[0].name == super::paired::label(self.setups[0], own)) =>
            {
                0
            }
            None => all.iter().position(|own| own.name == "all: mean(rpo_over_time)").unwrap_or(0),
        };
        let error = (1.0 - self.confidence) * share;
        let tests = (all.len() * (self.setups.len() - 1).max(1)) as f64;
        let yardsticks: Vec<Compared> =
            all.into_iter().map(|own| self.compared(own, &outcomes, 1.0 - error / tests)).collect();
        let decision = {
            let own = &yardsticks[by];
            let sign = if own.yardstick.lower_is_better { 1.0 } else { -1.0 };
            let turned: Vec<Vec<Option<f64>>> =
                own.values.iter().map(|values| values.iter().map(|v| v.map(|v| v * sign)).collect()).collect();
            decide(&turned, Rule { error, margin: own.margin })
        };
        let judged = |(setup, outcomes): (&&Setup, &&[Outcome])| {
            let targets = setup.intent.targets.iter().enumerate();
            let at = |(index, target): (usize, &crate::intent::Target)| {
                let error = (1.0 - target.confidence.as_f64()) * share;
                verdict_at(index, target, 1.0 - error, &setup.inventory, outcomes)
            };
            targets.map(at).collect()
        };
        let targets = self.setups.iter().zip(&outcomes).map(judged).collect();
        let names: Vec<Yardstick> = yardsticks.iter().map(|own| own.yardstick.clone()).collect();
        let front = front(&names, self.setups.len(), &|place, own| &yardsticks[place].values[own], 1.0 - error);
        let (confidence, replications) = (self.confidence, seen);
        let (looks, looks_planned) = (1, 1);
        Some(Comparison { decision, by, yardsticks, targets, front, confidence, replications, looks, looks_planned })
    }

    fn compared(&self, yardstick: Yardstick, outcomes: &[&[Outcome]], confidence: f64) -> Compared {
        let values: Vec<Vec<Option<f64>>> =
            self.setups.iter().zip(outcomes).map(|(setup, own)| yardstick.values(setup, own)).collect();
        let known = |own: &Vec<Option<f64>>| own.iter().flatten().copied().collect::<Vec<f64>>();
        let means: Vec<Estimate> = values.iter().map(|own| Estimate::from(mean_interval(&known(own), 0.95))).collect();
        let margin = self.margin * yardstick.scale(self.setups[0], mean(&known(&values[0])));
        let one = |other: &Vec<Option<f64>>| {
            against(&Pairs::of(&values[0], other), yardstick.lower_is_better, margin, confidence)
        };
        let against = values.iter().enumerate().map(|(place, own)| (place > 0).then(|| one(own))).collect();
        Compared { yardstick, values, means, margin, against }
    }
}

fn against(pairs: &Pairs, lower_is_better: bool, margin: f64, confidence: f64) -> Against {
    let interval = pairs.interval(confidence);
    let standing = match interval {
        _ if !pairs.is_fair() => Standing::NotPaired,
        None => Standing::NoValues,
        Some(_) if pairs.count() < REPLICATIONS_MIN => Standing::NotYetKnown { more: REPLICATIONS_MIN - pairs.count() },
        Some(Interval { low, high, .. }) if -margin <= low && high <= margin => Standing::Same,
        Some(Interval { low, high, .. }) if high < 0.0 || low > 0.0 => {
            if (high < 0.0) == lower_is_better {
                Standing::Better
            } else {
                Standing::Worse
            }
        }
        Some(Interval { value, .. }) => {
            // Either the interval leaves zero, or it fits within the margin, whichever comes first.
            let half = value.abs().max(margin - value.abs());
            let more = pairs.needed(half, confidence).unwrap_or(REPLICATIONS_MIN).saturating_sub(pairs.count());
            Standing::NotYetKnown { more: more.clamp(1, 1_000_000) }
        }
    };
    Against {
        pairs: pairs.count(),
        unpaired: pairs.unpaired,
        difference: Estimate::from(interval),
        standing,
        gain: pairs.gain(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(differences: &[f64], margin: f64) -> Standing {
        let a: Vec<Option<f64>> = differences.iter().map(|_| Some(100.0)).collect();
        let b: Vec<Option<f64>> = differences.iter().map(|d| Some(100.0 + d)).collect();
        against(&Pairs::of(&a, &b), true, margin, 0.95).standing
    }

    #[test]
    fn a_difference_is_better_worse_or_the_same_by_its_interval() {
        let spread = |center: f64| -> Vec<f64> { (0..40).map(|n| center + f64::from(n % 5) - 2.0).collect() };
        assert_eq!(of(&spread(-5.0), 1.0), Standing::Better);
        assert_eq!(of(&spread(5.0), 1.0), Standing::Worse);
        assert_eq!(of(&spread(0.0), 1.0), Standing::Same);
        assert_eq!(of(&spread(2.0), 3.0), Standing::Same, "surely worse, and by no more than does not matter");
        assert_eq!(of(&spread(-2.0), 3.0), Standing::Same);
        assert_eq!(of(&spread(2.0), 2.0), Standing::Worse, "it may be more than does not matter");
        assert!(matches!(of(&spread(0.3), 0.1), Standing::NotYetKnown { more: 1.. }));
        assert_eq!(of(&[0.0; 40], 0.0), Standing::Same, "nothing changed");
        assert_eq!(of(&[], 1.0), Standing::NoValues);
        assert_eq!(of(&[-5.0; 12], 1.0), Standing::NotYetKnown { more: 8 }, "so few may have missed what is rare");
    }
}
