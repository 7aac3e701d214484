//! Many replications of one setup: block by block, until so many have run, until enough is known, or until somebody stops.
//!
//! What is kept of each replication is its [`Outcome`] (per VM, group, meter and failure: what the report's tables need) and
//! its [`RunEnd`]; facts are folded as they come. So memory grows with the number of replications by the size of an
//! outcome, and not with the length of a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::crew::Crew;
use super::replicate::task;
use super::{Findings, Next, Replication, ReplicationRow, Stopping, estimate, merge, replication_with_series};
use crate::intent::{Measure, Statistic};
use crate::measure::Outcome;
use crate::simulation::{RunEnd, Setup};
use crate::world::Luck;

/// Replications that are taken together.
const BLOCK: u64 = 16;

/// The complete replications of one setup, in the order of their indices, from 0 without a gap.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub outcomes: Vec<Outcome>,
    pub ends: Vec<RunEnd>,
}

/// How replications are run.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    pub setup: &'a Setup,
    pub seed: u64,
    /// Zero: one per processor.
    pub threads: usize,
    /// Set it and nothing is waited for any more.
    pub stop: &'a AtomicBool,
    /// Called once per finished replication.
    pub done: &'a (dyn Fn() + Sync),
}

/// A number that is to be known well enough.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub statistic: Statistic,
    pub measure: Measure,
    pub rule: Stopping,
}

/// How a sample came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All that were asked for ran.
    Complete,
    /// The wanted number is known well enough.
    Known,
    /// It is not, after the most replications allowed.
    Unknown,
    Stopped,
}

impl Runner<'_> {
    /// Runs on until `total` replications are complete. Stopped, those without a gap before them are kept, so that the same number asked
    /// for repeats them.
    pub fn more(&self, total: u64, sample: &mut Sample) -> Ended {
        if sample.count() >= total {
            return Ended::Complete;
        }
        let (setup, crew) = (Arc::new(self.setup.clone()), Crew::new(self.threads));
        let tasks = |from: u64, until: u64| {
            (from..until.min(total)).map(|index| task(index, &setup, self.seed, index)).collect::<Vec<_>>()
        };
        while sample.count() < total {
            if self.stop.load(Ordering::Relaxed) {
                return Ended::Stopped;
            }
            let (first, then) = (sample.count(), sample.count() + BLOCK);
            let ran = crew.run(tasks(first, then), tasks(then, then + BLOCK), self.stop, self.done);
            ran.into_iter().for_each(|own| sample.put(own));
        }
        Ended::Complete
    }

    /// Runs until the wanted number is known well enough, looking at 20, 40, 80 … replications.
    pub fn until_known(&self, wanted: &Wanted, sample: &mut Sample) -> Ended {
        let mut look_at = wanted.rule.first();
        loop {
            if self.more(look_at, sample) == Ended::Stopped {
                return Ended::Stopped;
            }
            let known = estimate(&wanted.statistic, &wanted.measure, &self.setup.inventory, &sample.outcomes);
            match wanted.rule.next(sample.count(), known.interval()) {
                Next::RunUntil(count) => look_at = count,
                Next::Enough => return Ended::Known,
                Next::GiveUp => return Ended::Unknown,
            }
        }
    }

    /// The lines of the charts come from the replication with the worst failure, run once more.
    pub fn chart_the_worst(&self, sample: &mut Sample) {
        let worst = worst_replication(&sample.findings(self.setup));
        if let Some(place) = sample.outcomes.get_mut(worst as usize) {
            *place = replication_with_series(self.setup, Luck::new(self.seed, worst)).outcome;
        }
    }
}

impl Sample {
    pub fn count(&self) -> u64 {
        self.outcomes.len() as u64
    }

    fn put(&mut self, replication: Replication) {
        self.outcomes.push(replication.outcome);
        self.ends.push(replication.end);
    }

    /// What all of them came to.
    pub fn findings(&self, setup: &Setup) -> Findings {
        merge(&setup.inventory, &setup.intent, &self.outcomes, setup.settle, setup.lasts)
    }

    /// Of all facts of all replications, in order.
    pub fn digest(&self) -> u128 {
        self.ends.iter().fold(0, |digest: u128, end| digest.rotate_left(7) ^ end.digest)
    }

    /// The first replication in which the referees saw a foul: a bug of ours.
    pub fn foul(&self) -> Option<(u64, &RunEnd)> {
        (0..).zip(&self.ends).find(|(_, end)| !end.fouls.is_empty())
    }
}

/// The replication with the greatest RPO at a failure, or over time when none failed.
fn worst_replication(findings: &Findings) -> u64 {
    let age = |row: &ReplicationRow| (row.rpo_at_failure_max_s.unwrap_or(-1.0), row.rpo_max_s.unwrap_or(-1.0));
    let worse = |a: &&ReplicationRow, b: &&ReplicationRow| {
        let ((a_failure, a_time), (b_failure, b_time)) = (age(a), age(b));
        a_failure.total_cmp(&b_failure).then(a_time.total_cmp(&b_time)).then(b.replication.cmp(&a.replication))
    };
    findings.rows.iter().max_by(worse).map_or(0, |row| row.replication)
}
