//! How likely is what hardly ever happens: an RPO of hours, data beyond retention, a recovery that takes a day.
//!
//! Crude counting needs a hundred events to know a probability within a fifth: of one in a million that is a hundred million
//! replications. Splitting (`splitting`) goes there in steps of about one in five, each of which is cheap to know. Nothing of world,
//! logic or people is changed for it: what is moved is the luck, within its own law.
//!
//! The estimate is the mean over repetitions that share nothing but the levels, with Student's interval; what it was worth is told
//! as the number of crude replications that would tell as much. Units: probabilities per replication; scores in seconds.

mod event;
mod splitting;

pub use event::{Event, Happening};
pub use splitting::{Pilot, Repetition, Splitting, Step};

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::findings::{Bottleneck, Estimate, Verdict, trouble};
use super::replicate::one_replication;
use crate::intent::{Comparator, Measure, Scope, Statistic, Target};
use crate::kernel::Luck;
use crate::simulation::{RunEnd, Setup};
use crate::statistics::{Interval, mean_interval};
use crate::units::Ratio;

/// What is searched for, and how hard.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    pub setup: &'a Setup,
    pub event: &'a Event,
    pub seed: u64,
    /// Replications of each population.
    pub samples: usize,
    /// At least two.
    pub repetitions: u64,
    /// Zero: one per processor.
    pub threads: usize,
    /// Set it and nothing new begins.
    pub stop: &'a AtomicBool,
    /// Called once per finished replication.
    pub done: &'a (dyn Fn() + Sync),
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Of the event in one replication; `None`: it was not reached.
    pub probability: Option<Estimate>,
    pub levels: Vec<Level>,
    /// By repetition.
    pub estimates: Vec<f64>,
    /// Replications in all, and of these the pilot's, which picked the levels.
    pub runs: u64,
    pub pilot_runs: u64,
    /// Greatest score the pilot saw.
    pub greatest: f64,
    /// Crude replications that would tell as much.
    pub crude_runs: Option<f64>,
    /// Share that the greatest estimate has of their sum: where it is large, the interval rests on one of them.
    pub greatest_share: f64,
    /// Replications of each population.
    pub samples: usize,
    /// What stood in the way where the event happened, most frequent first, and in how many of those looked at.
    pub causes: Vec<(Bottleneck, u64)>,
    pub interrupted: bool,
    /// Fouls that the referees saw: a bug of ours.
    pub fouls: Vec<String>,
}

/// One level, over all repetitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    pub threshold: f64,
    /// Above it, of those above the level before it.
    pub share: f64,
    /// Of the moves that made this population, the share that stood; `None` on the first, which is drawn.
    pub stood: Option<f64>,
    pub runs: u64,
}

const CONFIDENCE: f64 = 0.95;
/// Replications with the event of each repetition that are asked for their cause.
const ASKED: usize = 4;

impl Search<'_> {
    /// Pilot, then the repetitions. Stopped, what there is of whole repetitions is told.
    pub fn run(&self) -> Found {
        match rayon::ThreadPoolBuilder::new().num_threads(self.threads).build() {
            Ok(pool) => pool.install(|| self.searched()),
            // No further threads to be had: those that are there do.
            Err(_) => self.searched(),
        }
    }

    fn searched(&self) -> Found {
        let fouls = std::sync::Mutex::new(Vec::new());
        let score = |luck: &Luck| {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            let replication = one_replication(self.setup, luck.clone());
            (self.done)();
            watch(&fouls, &replication.end);
            Some(self.event.score(&replication.outcome))
        };
        let splitting = Splitting { seed: self.seed, samples: self.samples, score: &score };
        let pilot = splitting.pilot(self.event.threshold());
        let way = pilot.as_ref().filter(|pilot| pilot.reached);
        let repetitions: Vec<Repetition> = way.map_or_else(Vec::new, |way| {
            let numbers: Vec<u64> = (1..=self.repetitions).collect();
            let ran = numbers.par_iter().with_max_len(1).map(|number| splitting.repetition(*number, way));
            ran.collect::<Vec<_>>().into_iter().flatten().collect()
        });
        let causes = self.causes(&repetitions);
        let fouls = std::mem::take(&mut *fouls.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let pilot = pilot.unwrap_or_default();
        let (samples, interrupted) = (self.samples, self.stop.load(Ordering::Relaxed));
        Found { samples, causes, fouls, interrupted, ..told(&pilot, &repetitions) }
    }

    /// What was in the way in some of the replications that have the event.
    fn causes(&self, repetitions: &[Repetition]) -> Vec<(Bottleneck, u64)> {
        let measure = match self.event.what {
            Happening::RpoAtFailure(_) | Happening::NoUsablePoint => Measure::RpoAtFailure,
            Happening::RpoOverTime(_) => Measure::RpoOverTime,
            Happening::Rto(_) => Measure::Rto,
            Happening::NoCleanPoint => return Vec::new(),
        };
        let target = everything(measure);
        // Walks keep their places together, so steps through them meet several walks.
        let some = |own: &Repetition| {
            let step = own.found.len().div_ceil(ASKED).max(1);
            own.found.iter().step_by(step).cloned().collect::<Vec<Luck>>()
        };
        let lucks: Vec<Luck> = repetitions.iter().flat_map(some).collect();
        let asked = lucks.into_par_iter().with_max_len(1).filter(|_| !self.stop.load(Ordering::Relaxed)).map(|luck| {
            let outcome = self.event.only(one_replication(self.setup, luck).outcome);
            trouble(&target, &self.setup.inventory, &outcome).map(|own| own.bottleneck)
        });
        let mut causes: Vec<(Bottleneck, u64)> = Vec::new();
        for own in asked.collect::<Vec<_>>().into_iter().flatten() {
            match causes.iter_mut().find(|(known, _)| *known == own) {
                Some((_, count)) => *count += 1,
                None => causes.push((own, 1)),
            }
        }
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        causes
    }
}

/// Keeps what the first foul run was accused of.
fn watch(fouls: &std::sync::Mutex<Vec<String>>, end: &RunEnd) {
    if !end.fouls.is_empty() {
        let mut kept = fouls.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.is_empty() {
            kept.clone_from(&end.fouls);
        }
    }
}

fn everything(measure: Measure) -> Target {
    Target {
        scope: Scope::Everything,
        text: String::new(),
        statistic: Statistic::Max,
        measure,
        comparator: Comparator::AtMost,
        limit: f64::INFINITY,
        confidence: Ratio::from_ppm(950_000),
        line: 0,
    }
}

/// Repetitions in numbers.
fn told(pilot: &Pilot, repetitions: &[Repetition]) -> Found {
    let levels = pilot.levels.len();
    let estimates: Vec<f64> = repetitions.iter().map(|own| own.probability(levels)).collect();
    let steps = |place: usize| repetitions.iter().filter_map(move |own| own.steps.get(place));
    let level = |(place, threshold): (usize, &f64)| {
        let sum = |of: fn(&Step) -> u64| steps(place).map(of).sum::<u64>() as f64;
        Level {
            threshold: *threshold,
            share: sum(|step| step.above) / sum(|step| step.of).max(1.0),
            stood: (place > 0).then(|| sum(|step| step.stood) / sum(|step| step.moves).max(1.0)),
            runs: sum(|step| step.runs) as u64,
        }
    };
    let levels: Vec<Level> = pilot.levels.iter().enumerate().map(level).collect();
    let interval = mean_interval(&estimates, CONFIDENCE).filter(|own| own.value > 0.0);
    Found {
        probability: interval.map(|own| Estimate {
            value: Some(own.value),
            low: Some(own.low.max(0.0)).filter(|_| own.low.is_finite()),
            high: Some(own.high.min(1.0)).filter(|_| own.high.is_finite()),
        }),
        runs: pilot.runs + levels.iter().map(|own| own.runs).sum::<u64>(),
        pilot_runs: pilot.runs,
        greatest: pilot.greatest,
        crude_runs: interval.and_then(|own| crude_runs(&estimates, own)),
        greatest_share: interval
            .map_or(0.0, |own| estimates.iter().copied().fold(0.0, f64::max) / (own.value * estimates.len() as f64)),
        levels,
        estimates,
        samples: 0,
        causes: Vec::new(),
        interrupted: false,
        fouls: Vec::new(),
    }
}

/// Replications whose share of events would have this variance: p(1 − p)/n.
fn crude_runs(estimates: &[f64], mean: Interval) -> Option<f64> {
    let n = estimates.len() as f64;
    let squares: f64 = estimates.iter().map(|own| (own - mean.value).powi(2)).sum();
    let variance = squares / (n - 1.0) / n;
    (variance > 0.0).then(|| mean.value * (1.0 - mean.value).max(0.0) / variance)
}

/// With fewer samples the law of a repetition is so skew that most searches miss its tail; with so many intervals were seen to cover.
const SAMPLES_SOUND: usize = 200;
/// One repetition with this share of the sum of all is no sample any more.
const ONE_ALONE: f64 = 0.5;
/// A rough search was seen to end below the truth by three times the upper end of its interval.
const ROUGH_BY: f64 = 10.0;

impl Found {
    /// So few samples that it tends to be too low, and its interval too narrow.
    pub fn has_few_samples(&self) -> bool {
        self.samples < SAMPLES_SOUND
    }

    /// The interval rests on one repetition.
    pub fn rests_on_one(&self) -> bool {
        self.greatest_share > ONE_ALONE
    }

    /// Against a probability that is allowed, by the interval; of a rough search its upper end counts ten times.
    pub fn verdict(&self, allowed: Option<f64>) -> Verdict {
        // As many repetitions again are a fair guess.
        let unknown = Verdict::NotYetKnown { more_replications: self.runs.max(1) };
        let Some(own) = self.probability else { return unknown };
        let rough = self.has_few_samples() || self.rests_on_one();
        let low = own.low.unwrap_or(0.0);
        let high = own.high.unwrap_or(1.0) * if rough { ROUGH_BY } else { 1.0 };
        match allowed {
            None if low > 0.0 => Verdict::Met,
            None => unknown,
            Some(allowed) if high <= allowed => Verdict::Met,
            Some(allowed) if low > allowed => Verdict::Missed,
            Some(_) => unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repetition(shares: &[(u64, u64)]) -> Repetition {
        let steps = shares.iter().map(|(above, of)| Step { above: *above, of: *of, moves: 8, stood: 4, runs: 10 });
        Repetition { steps: steps.collect(), found: Vec::new() }
    }

    /// Products 0.02, 0.04 and nothing: mean 0.02, s² = 0.0004, and p(1 − p)/n = s²/3 at n = 147.
    #[test]
    fn repetitions_become_a_mean_and_what_it_is_worth() {
        let pilot = Pilot { levels: vec![3.0, 7.0], steps: vec![0.5], reached: true, greatest: 8.0, runs: 30 };
        let all = [repetition(&[(20, 100), (10, 100)]), repetition(&[(20, 100), (20, 100)]), repetition(&[(0, 100)])];
        let found = told(&pilot, &all);
        assert_eq!(found.estimates.len(), 3);
        let own = found.probability.expect("reached");
        assert!((own.value.expect("known") - 0.02).abs() < 1e-12);
        assert_eq!(own.low, Some(0.0), "Student's bound is below zero, a probability is not");
        assert!((found.crude_runs.expect("it scatters") - 147.0).abs() < 1e-6);
        assert_eq!(found.runs, 30 + 50);
        let shares: Vec<(f64, Option<f64>)> = found.levels.iter().map(|own| (own.share, own.stood)).collect();
        assert_eq!(shares, [(40.0 / 300.0, None), (0.15, Some(0.5))]);
        assert!(matches!(found.verdict(None), Verdict::NotYetKnown { .. }));
    }

    #[test]
    fn an_allowed_probability_is_met_or_missed_by_the_interval() {
        let pilot = Pilot { levels: vec![3.0], reached: true, greatest: 8.0, ..Pilot::default() };
        let all = [repetition(&[(10, 100)]), repetition(&[(11, 100)]), repetition(&[(12, 100)])];
        let found = Found { samples: SAMPLES_SOUND, ..told(&pilot, &all) };
        assert_eq!(found.verdict(None), Verdict::Met);
        assert_eq!(found.verdict(Some(0.2)), Verdict::Met);
        assert_eq!(found.verdict(Some(0.01)), Verdict::Missed);
        assert!(matches!(found.verdict(Some(0.11)), Verdict::NotYetKnown { .. }));
        let never = told(&Pilot { greatest: 2.0, runs: 9, ..Pilot::default() }, &[]);
        assert!(never.probability.is_none() && matches!(never.verdict(Some(0.5)), Verdict::NotYetKnown { .. }));
    }
}
