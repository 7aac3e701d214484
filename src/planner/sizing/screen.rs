//! What a few replications say of values beside others that ran on the same luck: the worst ones first.
//!
//! A sample of other values is at hand. Of lesser values every replication is no better than its twin there, of ampler ones no worse: so
//! the replications that came nearest to a limit, or went farthest beyond it, are run with the new values, and the twins stand for the others.
//!
//! ```text
//! lesser than values that are met      the sample is as good as it can be: where it is not met, nothing more need run
//! ampler than values that are missed   the sample is as bad as it can be: where it leaves no hope, those values are not run
//! ```
//! Most values that are too small are told by a few replications instead of sixty. To pass over a value costs no error, since nothing is
//! claimed; what is taken is decided by a whole sample of its own. Where less is better for once it is overlooked here, as by every
//! search along one knob.

use super::knob::stock;
use super::lab::{Bench, Lab, is_hopeful};
use super::trial::{copied, keeps};
use crate::intent::{Comparator, Target};
use crate::measure::Outcome;
use crate::planner::findings::{TargetFinding, Verdict, verdict};
use crate::planner::gate::{Gate, Looks};

/// What a few replications say.
pub(super) struct Screened {
    /// By replication: its own, or that of its twin.
    pub sample: Vec<Outcome>,
    /// How many are its own.
    pub own: u64,
    /// The targets that decide, as the sample says.
    pub targets: Vec<TargetFinding>,
    pub is_hopeful: bool,
}

/// Replications that run between two looks whether they leave hope.
const STEP: usize = 2;
/// Those that run at most in a search at a glance; of values that may be met; and those that are to be cured.
const AT_A_GLANCE: usize = 4;
const PROBED: usize = 12;
const CURED: usize = 8;

/// Beside whose sample values are looked at, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// That of values which can do more and keep all limits by bare estimates; a few of them.
    AmplerAtAGlance,
    /// That of values which can do more and are met; the worst of them.
    AmplerForALook,
    /// The same to the end of the sample.
    Ampler,
    /// That of values which can do less and are not met.
    Lesser,
}

impl Lab<'_> {
    /// Looks at values beside the sample of others.
    pub(super) fn screen(&mut self, bench: &Bench, twins: Vec<Outcome>, beside: Beside) -> Screened {
        let (step, most) = match beside {
            Beside::AmplerAtAGlance => (STEP, AT_A_GLANCE),
            Beside::AmplerForALook => (STEP, PROBED),
            Beside::Ampler => (STEP, twins.len()),
            Beside::Lesser => (CURED, CURED),
        };
        let mut screened = Screened { sample: twins, own: 0, targets: Vec::new(), is_hopeful: true };
        if screened.sample.is_empty() {
            // It ran too long ago to be kept: nothing is known against these values.
            return screened;
        }
        let mut order: Vec<u64> = (0..screened.sample.len() as u64).collect();
        let near: Vec<f64> = screened.sample.iter().map(|outcome| stress(bench, outcome)).collect();
        order.sort_by(|a, b| near[*b as usize].total_cmp(&near[*a as usize]).then(a.cmp(b)));
        // What is known costs nothing.
        let (known, open): (Vec<u64>, Vec<u64>) = order.into_iter().partition(|index| self.is_known(bench, *index));
        self.replace(bench, (&known, &[]), &mut screened);
        let open = &open[..open.len().min(most)];
        if open.is_empty() {
            screened.is_hopeful = self.hopes(bench, &mut screened, beside);
        }
        for first in (0..open.len()).step_by(step) {
            let (indices, later) = open[first..].split_at(step.min(open.len() - first));
            // A glance mostly ends at once.
            let next = if beside == Beside::AmplerAtAGlance { &[] } else { later };
            self.replace(bench, (indices, next), &mut screened);
            screened.is_hopeful = self.hopes(bench, &mut screened, beside);
            if !screened.is_hopeful || self.stopped() {
                break;
            }
        }
        screened
    }

    fn replace(&mut self, bench: &Bench, (indices, next): (&[u64], &[u64]), screened: &mut Screened) {
        let outcomes = self.outcomes(bench, indices, next);
        for (index, outcome) in indices.iter().zip(outcomes) {
            screened.sample[*index as usize] = (*outcome).clone();
            screened.own += 1;
        }
    }

    fn hopes(&self, bench: &Bench, screened: &mut Screened, beside: Beside) -> bool {
        match beside {
            Beside::AmplerAtAGlance => self.keeps_all(bench, screened),
            Beside::AmplerForALook | Beside::Ampler | Beside::Lesser => self.leaves_hope(bench, screened),
        }
    }

    fn leaves_hope(&self, bench: &Bench, screened: &mut Screened) -> bool {
        let gate = Gate { at_most: self.at_most, baseline: None };
        let judged = gate.judge(&bench.deciding, &screened.sample, Looks::new(self.at_most).share(true));
        // A whole sample at its best that is not met is not met; of less than a whole one more may decide.
        let may_grow = (screened.sample.len() as u64) < self.at_most;
        let hopeful =
            judged.verdict == Verdict::Met || (may_grow && is_hopeful(&judged, &bench.deciding, self.at_most));
        screened.targets = judged.targets;
        hopeful && self.are_copied(copied(&screened.sample))
    }

    fn keeps_all(&self, bench: &Bench, screened: &mut Screened) -> bool {
        let targets = bench.deciding.intent.targets.iter().enumerate();
        let found = |(index, target)| (verdict(index, target, &bench.deciding.inventory, &screened.sample), target);
        let found: Vec<(TargetFinding, &Target)> = targets.map(found).collect();
        let kept = found.iter().all(|(found, target)| keeps(found, target.comparator));
        screened.targets = found.into_iter().map(|(found, _)| found).collect();
        kept && self.are_copied(copied(&screened.sample))
    }
}

/// How near one replication came to a limit: of a target, or of a stock that is turned. 1: at the limit.
fn stress(bench: &Bench, outcome: &Outcome) -> f64 {
    let setup = &bench.deciding;
    let of_target = |(index, target): (usize, &Target)| {
        let found = verdict(index, target, &setup.inventory, std::slice::from_ref(outcome));
        let value = found.achieved.value.unwrap_or(0.0);
        match target.comparator {
            Comparator::AtMost if target.limit > 0.0 => value / target.limit,
            Comparator::AtMost => value,
            Comparator::AtLeast => target.limit / value.max(f64::MIN_POSITIVE),
        }
    };
    let of_stock = |knob, size: u64| {
        let meter = stock(knob)?;
        let peak = outcome.meters.iter().find(|own| own.meter == meter)?.peak.level;
        Some(peak as f64 / size.max(1) as f64)
    };
    let targets = setup.intent.targets.iter().enumerate().map(of_target);
    let stocks = bench.values.iter().filter_map(|(knob, size)| of_stock(*knob, *size));
    targets.chain(stocks).fold(0.0, f64::max)
}
