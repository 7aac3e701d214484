//! What candidates are compared by: one value per replication, in the unit of the yardstick.
//!
//! First the targets, each by its own statistic of one replication alone; then what every paper on recovery points shows:
//!
//! | yardstick | of one replication |
//! |---|---|
//! | `mean(rpo)`, `mean(rto)`, `mean(data_lost)` | mean over the failures; no value where none happened |
//! | `mean(rpo_over_time)`, `p99(rpo_over_time)` | over VMs and time |
//! | `mean(availability)` | over VMs and time |
//! | clean point left, age of the clean point | over damage that was found late |
//! | bytes sent | over all links, both ways, in the counted time |
//! | bytes of points | held at the target, mean over time |
//! | `mean(rpo_used)` | mean over failovers; only where some candidate has consistency groups |
//! | guest frozen per day | by app-consistent points, per machine; only where some candidate makes them |
//!
//! All but availability and clean points are better when lower.

use crate::contract::Meter;
use crate::intent::{Comparator, Measure, Scope, Statistic, Target};
use crate::measure::{MeterOutcome, Outcome};
use crate::planner::findings::{Unit, target_unit, values_by_replication};
use crate::planner::paired::{label, room};
use crate::simulation::Setup;
use crate::statistics::mean;
use crate::units::Ratio;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Yardstick {
    /// `sql: p95(rpo)`, `all: mean(rto)`, `bytes sent`.
    pub name: String,
    pub unit: Unit,
    pub lower_is_better: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    /// The target of this name, in whichever scenario.
    Target,
    Plain(Target),
    CleanLeft,
    CleanAge,
    Sent,
    PointStorage,
    Frozen,
}

/// Whoever names a yardstick of his own names a statistic of a measure of everything.
pub fn plain(text: &str, statistic: Statistic, measure: Measure) -> Yardstick {
    let comparator = if measure == Measure::Availability { Comparator::AtLeast } else { Comparator::AtMost };
    let target = Target {
        scope: Scope::Everything,
        text: text.into(),
        statistic,
        measure,
        comparator,
        limit: f64::INFINITY,
        confidence: Ratio::from_ppm(950_000),
        line: 0,
    };
    Yardstick {
        name: format!("all: {text}"),
        unit: target_unit(&target),
        lower_is_better: comparator == Comparator::AtMost,
        what: What::Plain(target),
    }
}

/// All that these candidates can be compared by, targets first. A target that one of them does not have is none.
pub fn all(setups: &[&Setup]) -> Vec<Yardstick> {
    let Some((first, others)) = setups.split_first() else { return Vec::new() };
    let everywhere = |name: &str| others.iter().all(|setup| target_of(setup, name).is_some());
    let targets = first.intent.targets.iter().map(|target| Yardstick {
        name: label(first, target),
        unit: target_unit(target),
        lower_is_better: target.comparator == Comparator::AtMost,
        what: What::Target,
    });
    let app = setups.iter().any(|setup| setup.intent.policies_used().any(|own| own.makes_app_consistent_points()));
    let groups = setups.iter().any(|setup| !setup.intent.consistency_groups.is_empty());
    let mut all: Vec<Yardstick> = Vec::new();
    for own in targets.filter(|own| everywhere(&own.name)).chain(standard(app, groups)) {
        if !all.iter().any(|known| known.name == own.name) {
            all.push(own);
        }
    }
    all
}

/// `app`: some candidate makes app-consistent points; `groups`: some has consistency groups.
pub(super) fn standard(app: bool, groups: bool) -> Vec<Yardstick> {
    let (mean, p99) = (Statistic::Mean, Statistic::Quantile(0.99));
    let special =
        |name: &str, unit, lower_is_better, what| Yardstick { name: name.into(), unit, lower_is_better, what };
    let mut all = vec![
        plain("mean(rpo)", mean.clone(), Measure::RpoAtFailure),
        plain("mean(rpo_over_time)", mean.clone(), Measure::RpoOverTime),
        plain("p99(rpo_over_time)", p99, Measure::RpoOverTime),
        plain("mean(rto)", mean.clone(), Measure::Rto),
        plain("mean(data_lost)", mean.clone(), Measure::DataLost),
        plain("mean(availability)", mean, Measure::Availability),
        special("clean point left", Unit::Share, false, What::CleanLeft),
        special("age of the clean point", Unit::Seconds, true, What::CleanAge),
        special("bytes sent", Unit::Bytes, true, What::Sent),
        special("bytes of points", Unit::Bytes, true, What::PointStorage),
    ];
    all.extend(groups.then(|| plain("mean(rpo_used)", Statistic::Mean, Measure::RpoUsed)));
    all.extend(app.then(|| special("guest frozen per day", Unit::Seconds, true, What::Frozen)));
    all
}

impl Yardstick {
    /// By replication; `None` where it has nothing to say.
    pub fn values(&self, setup: &Setup, outcomes: &[Outcome]) -> Vec<Option<f64>> {
        let each = |of: &dyn Fn(&Outcome) -> Option<f64>| outcomes.iter().map(of).collect();
        match &self.what {
            What::Target => match target_of(setup, &self.name) {
                Some(target) => values_by_replication(target, &setup.inventory, outcomes),
                None => vec![None; outcomes.len()],
            },
            What::Plain(target) => values_by_replication(target, &setup.inventory, outcomes),
            What::CleanLeft => each(&|own| mean(&shares_clean(own))),
            What::CleanAge => each(&|own| mean(&ages_clean(own))),
            What::Sent => each(&sent),
            What::PointStorage => each(&points_held),
            What::Frozen => each(&|own| own.frozen_per_day(|_| true)),
        }
    }

    /// What a margin is a share of: the limit of the target, else the mean of the first candidate; of what is better the
    /// higher, what is missing to all.
    pub(super) fn scale(&self, first: &Setup, mean_of_first: Option<f64>) -> f64 {
        let limit = target_of(first, &self.name).filter(|_| self.what == What::Target).map(room);
        let own = mean_of_first.map(|mean| if self.lower_is_better { mean } else { 1.0 - mean });
        limit.or(own).filter(|scale| scale.is_finite()).unwrap_or(0.0).abs()
    }
}

fn target_of<'a>(setup: &'a Setup, name: &str) -> Option<&'a Target> {
    setup.intent.targets.iter().find(|target| label(setup, target) == name)
}

/// 1 for each machine whose damage was found with a clean point left, else 0.
fn shares_clean(outcome: &Outcome) -> Vec<f64> {
    outcome.damages.iter().map(|damage| f64::from(u8::from(damage.clean.is_some()))).collect()
}

fn ages_clean(outcome: &Outcome) -> Vec<f64> {
    outcome.damages.iter().filter_map(|damage| damage.age()).map(|age| age.secs_f64()).collect()
}

fn sent(outcome: &Outcome) -> Option<f64> {
    let links = outcome.meters.iter().filter(|own| matches!(own.meter, Meter::Link(..)));
    let integral = |own: &MeterOutcome| Some(own.levels.mean()? * own.levels.weight_ns() / 1e9);
    let all: Vec<f64> = links.filter_map(integral).collect();
    (!all.is_empty()).then(|| all.iter().sum())
}

fn points_held(outcome: &Outcome) -> Option<f64> {
    let held = outcome.meters.iter().filter(|own| matches!(own.meter, Meter::PointStorage(_)));
    let means: Vec<f64> = held.filter_map(|own| own.levels.mean()).collect();
    (!means.is_empty()).then(|| means.iter().sum())
}
