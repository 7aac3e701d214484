//! Is it no worse than it was? Paired non-inferiority against stored values of the same luck.
//!
//! Each replication has one value per target: the target's own statistic of that replication alone (its p95, mean, max or
//! share). The same seed is the same luck, so differences of pairs hold the change and little else. With d = new − old,
//! turned so that positive is worse, and margin m:
//!
//! ```text
//! accepted   upper bound of mean(d) ≤ m         refused   lower bound of mean(d) > m         else not yet known
//! ```
//!
//! Student's bounds, one-sided with the target's error. The default margin is 5 % of the target's limit (of what is free
//! to 100 % for a floor such as availability). A replication in which only one of the two has a value (a machine failed
//! over in one of them only) makes no pair; when more than one in twenty does not, the luck is not the same and nothing is said.
//! Source: Law 2015, section 10.2 (paired-t with common random numbers); Wellek 2010 (non-inferiority). Units: of the target.

use super::findings::{Estimate, Verdict, values_by_replication};
use crate::intent::{Comparator, Measure, Statistic, Target};
use crate::measure::Outcome;
use crate::simulation::Setup;
use crate::statistics::{Pairs, REPLICATIONS_MIN, mean, mean_interval};
use crate::units::Duration;

/// The margin that holds where none is given: a share of the limit.
pub const MARGIN: f64 = 0.05;

/// Stored values of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    pub seed: u64,
    pub lasts: Duration,
    pub settle: Duration,
    pub targets: Vec<BaselineTarget>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BaselineTarget {
    /// Group or cache and expression, without the limit: `sql: p95(rpo)`.
    pub of: String,
    /// By replication; `None`: it has no value.
    pub values: Vec<Option<f64>>,
}

/// One target, compared.
#[derive(Clone, Debug)]
pub struct Paired {
    pub of: String,
    pub pairs: u64,
    pub unpaired: u64,
    pub old: Option<f64>,
    pub new: Option<f64>,
    /// Mean difference, positive is worse, with the bounds that decide.
    pub worse_by: Estimate,
    pub margin: f64,
    pub verdict: Verdict,
}

/// How strict a comparison is.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub margin: f64,
    /// Share of each target's error.
    pub share: f64,
    /// Tests in all: one of them is refused with its part of the error only.
    pub tests: u64,
}

/// What a run of this setup stores.
pub fn baseline(setup: &Setup, seed: u64, outcomes: &[Outcome]) -> Baseline {
    let targets = setup.intent.targets.iter();
    let of = |target: &Target| BaselineTarget {
        of: label(setup, target),
        values: values_by_replication(target, &setup.inventory, outcomes),
    };
    Baseline { seed, lasts: setup.lasts, settle: setup.settle, targets: targets.map(of).collect() }
}

/// Why the two cannot be compared; `None`: they can.
pub fn other_shape(setup: &Setup, seed: u64, baseline: &Baseline) -> Option<String> {
    let labels: Vec<String> = setup.intent.targets.iter().map(|target| label(setup, target)).collect();
    let stored: Vec<&str> = baseline.targets.iter().map(|target| target.of.as_str()).collect();
    if labels != stored {
        return Some(format!("it is about {}, the scenario about {}", listed(&stored), listed(&labels)));
    }
    if baseline.seed != seed {
        return Some(format!("it was made with seed {}, this run has {seed}", baseline.seed));
    }
    if (baseline.lasts, baseline.settle) != (setup.lasts, setup.settle) {
        let (lasts, settle) = (setup.lasts, setup.settle);
        let (old_lasts, old_settle) = (baseline.lasts, baseline.settle);
        return Some(format!("its run lasts {old_lasts} and settles {old_settle}, this one {lasts} and {settle}"));
    }
    None
}

fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "no target".into() } else { names.join(", ") }
}

/// Group or cache, and the expression without its limit.
pub fn label(setup: &Setup, target: &Target) -> String {
    let inventory = &setup.inventory;
    let scope = match target.scope {
        crate::intent::Scope::Everything => "",
        crate::intent::Scope::Group(id) => &inventory.group(id).name,
        crate::intent::Scope::Cache(id) => &inventory.cache(id).name,
    };
    labelled(scope, &target.text)
}

/// The same of a scope by name (empty: everything) and a target as it is written.
pub fn labelled(scope: &str, text: &str) -> String {
    let scope = if scope.is_empty() { "all" } else { scope };
    // `prob(rpo > 15m)` has a sign inside; the limit's stands after the bracket.
    let end = text.rfind(')').map_or(text.len(), |at| at + 1);
    format!("{scope}: {}", text[..end].trim())
}

/// Compares every target, by pairs.
pub fn compare(setup: &Setup, outcomes: &[Outcome], baseline: &Baseline, rule: &Rule) -> Vec<Paired> {
    let pairs = setup.intent.targets.iter().zip(&baseline.targets);
    pairs.map(|(target, stored)| one(setup, target, outcomes, stored, rule)).collect()
}

fn one(setup: &Setup, target: &Target, outcomes: &[Outcome], stored: &BaselineTarget, rule: &Rule) -> Paired {
    let now = values_by_replication(target, &setup.inventory, outcomes);
    let sign = if target.comparator == Comparator::AtMost { 1.0 } else { -1.0 };
    let pairs = Pairs::of(&stored.values, &now);
    let worse: Vec<f64> = pairs.differences().iter().map(|d| d * sign).collect();
    let margin = rule.margin * room(target);
    let error = (1.0 - target.confidence.as_f64()) * rule.share;
    let interval = |error: f64| mean_interval(&worse, (1.0 - 2.0 * error).max(0.0));
    let count = worse.len() as u64;
    let verdict = match (interval(error), interval(error / rule.tests as f64)) {
        _ if !pairs.is_fair() => unknown(count),
        // Nothing ever failed, then and now: nothing got worse.
        (None, _) | (_, None) if pairs.compared() >= REPLICATIONS_MIN => Verdict::Met,
        (None, _) | (_, None) => unknown(count),
        (Some(_), Some(strict)) if strict.low > margin => Verdict::Missed,
        (Some(own), Some(_)) if own.high <= margin => Verdict::Met,
        (Some(_), Some(_)) => unknown(count),
    };
    Paired {
        of: stored.of.clone(),
        pairs: count,
        unpaired: pairs.unpaired,
        old: mean(&pairs.a),
        new: mean(&pairs.b),
        worse_by: Estimate::from(interval(error)),
        margin,
        verdict,
    }
}

/// As many again, and never fewer than make an interval.
fn unknown(count: u64) -> Verdict {
    Verdict::NotYetKnown { more_replications: count.max(REPLICATIONS_MIN) }
}

/// What the margin is a share of: the limit, or what it leaves to 100 %.
pub(super) fn room(target: &Target) -> f64 {
    let is_floor_of_a_share = target.comparator == Comparator::AtLeast
        && (target.measure == Measure::Availability || target.statistic == Statistic::Probability);
    if is_floor_of_a_share { 1.0 - target.limit } else { target.limit }
}
