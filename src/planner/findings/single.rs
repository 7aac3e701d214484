//! One value per replication and target: the target's own statistic of that replication alone. What pairs are made of.
//!
//! A value without an end (no point was left, a copy never finished) counts as the length of the run: the worst there is,
//! and a number that can be stored.

use super::samples::{Beyond, Of, sorted};
use super::verdict::{Evidence, evidence};
use crate::intent::{Measure, Scope, Statistic, Target};
use crate::inventory::Inventory;
use crate::measure::Outcome;
use crate::statistics::{Sealed, mean, quantile_sorted};
use crate::units::GroupId;

/// By replication, in the unit of the target's limit; `None` where the replication has nothing to say.
pub fn values_by_replication(target: &Target, inventory: &Inventory, outcomes: &[Outcome]) -> Vec<Option<f64>> {
    let group_of: Vec<GroupId> = inventory.vms.iter().map(|vm| vm.group).collect();
    let group = match target.scope {
        Scope::Group(id) => Some(id),
        Scope::Everything | Scope::Cache(_) => None,
    };
    let mut values = vec![None; outcomes.len()];
    match evidence(target, inventory, &Of { outcomes, group_of: &group_of, group }) {
        Evidence::Samples(samples) => {
            for part in samples.chunk_by(|a, b| a.replication == b.replication) {
                let own: Vec<f64> = part.iter().map(|sample| sample.value).collect();
                values[part[0].replication as usize] = of_samples(&target.statistic, own);
            }
        }
        Evidence::Times { parts, endless, unit } => {
            for (index, (value, part)) in values.iter_mut().zip(&parts).enumerate() {
                *value = of_times(target, part, endless.get(index).copied().unwrap_or(0.0), unit);
            }
        }
    }
    let ended = outcomes.iter().map(|outcome| outcome.ended.secs_f64());
    let bounded = values.iter().zip(ended).map(|(value, ended)| value.map(|v| if v.is_finite() { v } else { ended }));
    bounded.collect()
}

fn of_samples(statistic: &Statistic, values: Vec<f64>) -> Option<f64> {
    match statistic {
        Statistic::Quantile(q) => quantile_sorted(&sorted(values), *q),
        Statistic::Mean => mean(&values),
        Statistic::Max => values.into_iter().max_by(f64::total_cmp),
        Statistic::Probability => Some(f64::from(u8::from(values.iter().any(|value| *value > 0.0)))),
    }
}

fn of_times(target: &Target, part: &Sealed, endless: f64, unit: f64) -> Option<f64> {
    if let Measure::RpoAbove(age) = target.measure {
        let of = Beyond { parts: std::slice::from_ref(part), endless: &[endless] };
        return of.shares(age.secs_f64() / unit).first().copied();
    }
    match target.statistic {
        Statistic::Quantile(q) => {
            let known = part.weight_ns() / (part.weight_ns() + endless);
            if q > known { Some(f64::INFINITY) } else { part.quantile(q / known).map(|value| value * unit) }
        }
        Statistic::Mean | Statistic::Probability => part.mean().map(|value| value * unit),
        Statistic::Max => part.max().map(|value| value as f64 * unit),
    }
}
