//! What one set of values came to.

use std::collections::BTreeMap;

use crate::contract::Meter;
use crate::intent::{Comparator, Knob, Measure, Statistic};
use crate::measure::{Outcome, Peak, RunPhase, meter_capacity};
use crate::planner::findings::{Method, TargetFinding, Trouble, Verdict, trouble, verdict};
use crate::planner::gate::together;
use crate::simulation::Setup;
use crate::statistics::Sealed;
use crate::units::Duration;

/// Values of the knobs that are turned, in the order of the question.
pub type Values = Vec<(Knob, u64)>;

/// What one set of values came to.
#[derive(Clone, Debug)]
pub struct Trial {
    pub values: Values,
    pub seed: u64,
    /// Of its own.
    pub replications: u64,
    /// Replications lent by values that are met: their worst ones were run with these values, and with the others as good as they were
    /// there it was not met either. So what is achieved is at best what stands here. Zero: all are its own.
    pub lent: u64,
    /// A glance only: estimates, no confidence.
    pub is_glance: bool,
    pub verdict: Verdict,
    pub targets: Vec<TargetFinding>,
    /// By target: whether the bare estimate keeps the limit; nothing does where nothing ran.
    pub kept: Vec<bool>,
    /// By target: it must be at least its limit.
    pub is_floor: Vec<bool>,
    /// What there is of each meter that is limited by declaration.
    pub capacities: BTreeMap<Meter, u64>,
    /// By target: what stood in the way in its worst replication.
    pub troubles: Vec<Option<Trouble>>,
    /// Greatest level of each meter over the replications, and by phase.
    pub peaks: BTreeMap<Meter, (Peak, BTreeMap<RunPhase, u64>)>,
    pub ages: Ages,
    /// Until the last first copy was done, the latest over the replications; `None`: in one of them never.
    pub first_copies: Option<Duration>,
    /// Share of the replications in which all first copies were done.
    pub copied: f64,
}

/// RPO over time, of all machines and replications together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ages {
    /// Violations of the tightest RPO target per replication (mean).
    pub violations: f64,
    pub p90_s: Option<f64>,
    pub p99_s: Option<f64>,
    pub max_s: Option<f64>,
    /// Share of the VM·time with a point in which it was within the tightest RPO target of the machine; `None` without one.
    pub met_share: Option<f64>,
}

impl Trial {
    /// The value of a knob in this trial.
    pub fn value(&self, knob: Knob) -> Option<u64> {
        self.values.iter().find(|(own, _)| *own == knob).map(|(_, value)| *value)
    }

    /// Targets whose estimates lie beyond their limits, those set aside left out.
    pub fn beyond(&self, set_aside: &[usize]) -> Vec<usize> {
        let wanted = self.targets.iter().zip(&self.kept).filter(|(target, _)| !set_aside.contains(&target.index));
        wanted.filter(|(_, kept)| !**kept).map(|(target, _)| target.index).collect()
    }

    /// Whether all first copies are done within the run, but for few replications: an outage may fall into them.
    pub fn is_copied(&self) -> bool {
        self.copied >= COPIED
    }

    /// Of all targets but those set aside.
    pub fn verdict_without(&self, set_aside: &[usize]) -> Verdict {
        let wanted = self.targets.iter().filter(|target| !set_aside.contains(&target.index));
        together(wanted.map(|target| target.verdict))
    }
}

/// Whether the bare estimate keeps the limit. Nothing seen keeps it: what did not happen was not too slow. Ages over time are always seen,
/// unless nobody was ever protected.
pub(super) fn keeps(found: &TargetFinding, comparator: Comparator) -> bool {
    match found.achieved.value {
        None => found.method == Method::Nothing && !is_of_time(&found.measure),
        // A quantile without an end has no value that could be compared.
        Some(value) if !value.is_finite() => false,
        Some(value) if comparator == Comparator::AtMost => value <= found.limit,
        Some(value) => value >= found.limit,
    }
}

fn is_of_time(measure: &Measure) -> bool {
    matches!(measure, Measure::RpoOverTime | Measure::RpoAbove(_))
}

/// All targets in their order: those that the gate judged, and the others by what ran.
pub(super) fn all_targets(
    setup: &Setup,
    judged: &[TargetFinding],
    wanted: &[usize],
    outcomes: &[Outcome],
) -> Vec<TargetFinding> {
    let of = |index: usize| {
        let place = wanted.iter().position(|own| *own == index);
        match place.and_then(|place| judged.get(place)) {
            Some(own) => TargetFinding { index, ..own.clone() },
            None => verdict(index, &setup.intent.targets[index], &setup.inventory, outcomes),
        }
    };
    (0..setup.intent.targets.len()).map(of).collect()
}

/// Verdicts of a sample of which some are lent: it is not met. Missed stands only where an example says so.
pub(super) fn at_best(targets: &mut [TargetFinding]) {
    for found in targets {
        if found.verdict == Verdict::Missed && found.statistic != Statistic::Max {
            found.verdict = Verdict::NotYetKnown { more_replications: 1 };
        }
    }
}

/// The trial of these values with these outcomes, of which `lent` are not its own.
pub(super) fn of(
    values: &Values,
    (seed, is_glance, lent): (u64, bool, u64),
    targets: Vec<TargetFinding>,
    setup: &Setup,
    outcomes: &[Outcome],
) -> Trial {
    let trouble_of = |found: &TargetFinding| {
        let worst = outcomes.get(found.worst_replication? as usize)?;
        trouble(&setup.intent.targets[found.index], &setup.inventory, worst)
    };
    let mut peaks: BTreeMap<Meter, (Peak, BTreeMap<RunPhase, u64>)> = BTreeMap::new();
    for own in outcomes.iter().flat_map(|outcome| &outcome.meters) {
        let known = peaks.entry(own.meter).or_insert_with(|| (own.peak, BTreeMap::new()));
        if own.peak.level > known.0.level {
            known.0 = own.peak;
        }
        for (phase, level) in &own.peak_by_phase {
            let greatest = known.1.entry(*phase).or_insert(0);
            *greatest = (*greatest).max(*level);
        }
    }
    Trial {
        values: values.clone(),
        seed,
        replications: (outcomes.len() as u64).saturating_sub(lent),
        lent,
        is_glance,
        verdict: together(targets.iter().map(|target| target.verdict)),
        kept: targets
            .iter()
            .map(|own| !outcomes.is_empty() && keeps(own, setup.intent.targets[own.index].comparator))
            .collect(),
        is_floor: setup.intent.targets.iter().map(|own| own.comparator == Comparator::AtLeast).collect(),
        capacities: peaks
            .keys()
            .filter_map(|meter| Some((*meter, meter_capacity(&setup.inventory, *meter)?)))
            .collect(),
        troubles: targets.iter().map(trouble_of).collect(),
        targets,
        peaks,
        ages: ages(outcomes),
        first_copies: outcomes
            .iter()
            .map(|own| own.durations.initial_replication_last)
            .collect::<Option<Vec<_>>>()
            .and_then(|all| all.into_iter().max()),
        copied: copied(outcomes),
    }
}

/// Least share of the replications in which all first copies are done.
pub(super) const COPIED: f64 = 0.8;

/// Share of the replications in which all first copies were done.
pub(super) fn copied(outcomes: &[Outcome]) -> f64 {
    let done = outcomes.iter().filter(|outcome| outcome.durations.initial_replication_last.is_some()).count();
    done as f64 / outcomes.len().max(1) as f64
}

fn ages(outcomes: &[Outcome]) -> Ages {
    let all = Sealed::merged(outcomes.iter().flat_map(|outcome| &outcome.groups).map(|group| &group.point_age));
    let seconds = |ns: f64| ns / 1e9;
    let (mut beyond, mut counted) = (0.0, 0.0);
    for vm in outcomes.iter().flat_map(|outcome| &outcome.vms) {
        if let Some(over) = vm.beyond_target {
            beyond += over.secs_f64();
            counted += vm.age_counted.secs_f64();
        }
    }
    let violations: u64 = outcomes.iter().map(|outcome| outcome.violations_count).sum();
    Ages {
        violations: violations as f64 / outcomes.len().max(1) as f64,
        p90_s: all.quantile(0.9).map(seconds),
        p99_s: all.quantile(0.99).map(seconds),
        max_s: all.max().map(|ns| seconds(ns as f64)),
        met_share: (counted > 0.0).then(|| (1.0 - beyond / counted).max(0.0)),
    }
}
