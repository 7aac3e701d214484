//! The gate: targets met, missed or not yet known, looked at several times, and wrong no more often than one look would be.
//!
//! Whoever looks at a growing sample again and again and stops as soon as it looks decided errs more often than he says.
//! So the looks are planned beforehand, 20, 40, 80 … and the most replications allowed, and the error 1 − c that a
//! target's confidence c leaves is shared out among them (Bonferroni, which holds however the looks depend on each other):
//!
//! ```text
//! early looks, all together   1/20 of the error        what is glaring is seen early, and costs the last look little
//! the last look              19/20 of the error
//! all targets met             each at its error        an intersection–union test needs no correction
//! some target missed          each at its error / m    a union of m tests does
//! ```
//!
//! The budget of time makes the look at its end the last one, however early that is; that moment is planned, too, as
//! long as the length of a run does not hang on what it finds. `max(…)` misses by an example, which needs no confidence.
//! Source: Jennison and Turnbull 2000, *Group Sequential Methods*, ch. 1-2; Berger 1982 (intersection–union tests).

use super::findings::{TargetFinding, Verdict, verdict_at};
use super::paired::{self, Baseline, Paired};
use super::sample::{Ended, Runner, Sample};
use crate::measure::Outcome;
use crate::simulation::Setup;
use crate::statistics::REPLICATIONS_MIN;

/// Of the error, what the early looks have together.
const EARLY: f64 = 0.05;

/// Planned looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks(Vec<u64>);

/// What a gate is asked.
#[derive(Clone, Copy)]
pub struct Gate<'a> {
    pub at_most: u64,
    /// Stored values to be compared with, and by how much each target may be worse as a share of its limit.
    pub baseline: Option<(&'a Baseline, f64)>,
}

/// What a gate says.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub verdict: Verdict,
    pub targets: Vec<TargetFinding>,
    /// By target, where there is a baseline.
    pub paired: Vec<Paired>,
    /// Looks taken, and planned.
    pub looks: usize,
    pub looks_planned: usize,
    /// Decided before the last look.
    pub early: bool,
    /// Replications that it rests on.
    pub seen: u64,
}

/// Where a gate gets its outcomes from.
pub trait Supply {
    /// Sees to it that so many are there; stopped where it cannot, or does not want to.
    fn until(&mut self, count: u64) -> Ended;

    /// By replication, from 0 without a gap.
    fn outcomes(&self) -> &[Outcome];
}

/// Replications that are run as they are wanted.
struct Running<'a, 'r> {
    runner: &'a Runner<'r>,
    sample: &'a mut Sample,
}

impl Supply for Running<'_, '_> {
    fn until(&mut self, count: u64) -> Ended {
        self.runner.more(count, self.sample)
    }

    fn outcomes(&self) -> &[Outcome] {
        &self.sample.outcomes
    }
}

impl Looks {
    pub fn new(at_most: u64) -> Looks {
        let mut looks = Vec::new();
        let mut next = REPLICATIONS_MIN;
        while next < at_most {
            looks.push(next);
            next *= 2;
        }
        looks.push(at_most.max(1));
        Looks(looks)
    }

    /// One look, when all have run.
    pub fn once(at_most: u64) -> Looks {
        Looks(vec![at_most.max(1)])
    }

    pub fn counts(&self) -> &[u64] {
        &self.0
    }

    /// Share of the error that a look has; `last`: it is the last one that is taken.
    pub fn share(&self, last: bool) -> f64 {
        match self.0.len() {
            1 => 1.0,
            _ if last => 1.0 - EARLY,
            looks => EARLY / (looks - 1) as f64,
        }
    }
}

impl Gate<'_> {
    /// Runs until the verdict is certain, all replications have run, or the runner is stopped.
    pub fn run(&self, runner: &Runner, sample: &mut Sample) -> (Judgement, Ended) {
        self.decide(runner.setup, &mut Running { runner, sample })
    }

    /// Looks until the verdict is certain, all that may be looked at has been, or nothing more comes: what there is then gets its last
    /// look, whether the time is up or somebody gave up.
    pub fn decide(&self, setup: &Setup, supply: &mut dyn Supply) -> (Judgement, Ended) {
        let looks = Looks::new(self.at_most);
        for (taken, count) in looks.counts().iter().enumerate() {
            let ended = supply.until(*count);
            let last = ended == Ended::Stopped || taken + 1 == looks.counts().len();
            // A look sees what was planned for it, also where more ran before.
            let seen = supply.outcomes().len().min(usize::try_from(*count).unwrap_or(usize::MAX));
            let judgement = self.judge(setup, &supply.outcomes()[..seen], looks.share(last));
            let certain = !matches!(judgement.verdict, Verdict::NotYetKnown { .. });
            if last || certain {
                let (looks, looks_planned) = (taken + 1, looks.counts().len());
                return (Judgement { looks, looks_planned, early: certain && !last, ..judgement }, ended);
            }
        }
        unreachable!("the last of the planned looks returns")
    }

    /// One look with so much of the error.
    pub fn judge(&self, setup: &Setup, outcomes: &[Outcome], share: f64) -> Judgement {
        let targets = &setup.intent.targets;
        let tests = targets.len() * if self.baseline.is_some() { 2 } else { 1 };
        let one = |index: usize| {
            let target = &targets[index];
            let error = (1.0 - target.confidence.as_f64()) * share;
            let at = |error: f64| verdict_at(index, target, 1.0 - error, &setup.inventory, outcomes);
            let found = at(error);
            let verdict = match found.verdict {
                // Seen as missed by itself; one of many has to be surer.
                Verdict::Missed if tests > 1 => at(error / tests as f64).verdict,
                verdict => verdict,
            };
            TargetFinding { verdict, ..found }
        };
        let targets: Vec<TargetFinding> = (0..targets.len()).map(one).collect();
        let compare = |(baseline, margin): (&Baseline, f64)| {
            paired::compare(setup, outcomes, baseline, &paired::Rule { margin, share, tests: tests as u64 })
        };
        let paired = self.baseline.map(compare).unwrap_or_default();
        let all = targets.iter().map(|own| own.verdict).chain(paired.iter().map(|own| own.verdict));
        Judgement {
            verdict: together(all),
            targets,
            paired,
            looks: 1,
            looks_planned: 1,
            early: false,
            seen: outcomes.len() as u64,
        }
    }
}

/// Missed beats not yet known beats met.
pub fn together(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut more = 0;
    for verdict in verdicts {
        match verdict {
            Verdict::Missed => return Verdict::Missed,
            Verdict::NotYetKnown { more_replications } => more = more.max(more_replications.max(1)),
            Verdict::Met => {}
        }
    }
    if more > 0 { Verdict::NotYetKnown { more_replications: more } } else { Verdict::Met }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_double_and_end_at_the_most_allowed() {
        assert_eq!(Looks::new(60).counts(), [20, 40, 60]);
        assert_eq!(Looks::new(20).counts(), [20]);
        assert_eq!(Looks::new(3).counts(), [3]);
        assert_eq!(Looks::new(81).counts(), [20, 40, 80, 81]);
    }

    /// The errors of all looks add up to the error that the target leaves, never to more.
    #[test]
    fn all_looks_together_spend_the_error_once() {
        for at_most in [1, 20, 21, 60, 1_000, 1_000_000] {
            let looks = Looks::new(at_most);
            let early = (looks.counts().len() - 1) as f64 * looks.share(false);
            let early = if looks.counts().len() == 1 { 0.0 } else { early };
            assert!((early + looks.share(true) - 1.0).abs() < 1e-12, "{at_most}");
        }
    }

    #[test]
    fn one_miss_decides_and_one_doubt_holds_back() {
        let doubt = |more_replications| Verdict::NotYetKnown { more_replications };
        assert_eq!(together([Verdict::Met, doubt(3), doubt(9)]), doubt(9));
        assert_eq!(together([doubt(3), Verdict::Missed]), Verdict::Missed);
        assert_eq!(together([]), Verdict::Met);
    }
}
