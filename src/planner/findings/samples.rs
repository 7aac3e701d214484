//! Samples and time shares drawn from outcomes, always in the order of replications, and their spreads.
//!
//! Pooled samples (failures) keep their replication and instant: those of one instant are one event, whatever their
//! number, and intervals are as wide as the events make them. Quantiles of time-weighted distributions get Woodruff's interval: the share beyond the quantile has a Student
//! interval over replications, and the distribution is read at the two ends of it. Units: s, bytes, shares.

use super::{Estimate, Method, Quantity, Spread, Unit};
use crate::measure::{Damage, Outcome, Recovery, RtoParts};
use crate::statistics::{
    Interval, Sealed, effective_count, mean, mean_interval, proportion_interval, quantile_interval, quantile_ranks,
    quantile_sorted,
};
use crate::units::{Duration, GroupId, Timestamp, VmId};

/// Confidence of the intervals beside plain estimates, two-sided.
pub(super) const CONFIDENCE: f64 = 0.95;

/// One value, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub replication: u64,
    pub at: Timestamp,
    pub value: f64,
}

/// Whose samples.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub outcomes: &'a [Outcome],
    /// By VM id.
    pub group_of: &'a [GroupId],
    /// `None`: all.
    pub group: Option<GroupId>,
}

impl<'a> Of<'a> {
    pub fn holds(&self, vm: VmId) -> bool {
        self.group.is_none_or(|group| self.group_of.get(vm.index()) == Some(&group))
    }

    /// Samples of failures.
    pub fn failures(&self, value: impl Fn(&crate::measure::Failure) -> Option<f64>) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (replication, outcome) in (0u64..).zip(self.outcomes) {
            for failure in outcome.failures.iter().filter(|failure| self.holds(failure.vm)) {
                if let Some(value) = value(failure) {
                    samples.push(Sample { replication, at: failure.at, value });
                }
            }
        }
        samples
    }

    /// RPO at failure as a target judges it: infinite where a machine that was to be protected had no usable point.
    pub fn rpo_or_never(&self) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (replication, outcome) in (0u64..).zip(self.outcomes) {
            let wanted = |vm: VmId| outcome.vms.get(vm.index()).is_some_and(|own| own.wanted_protected);
            for failure in outcome.failures.iter().filter(|failure| self.holds(failure.vm)) {
                let never = || wanted(failure.vm).then_some(f64::INFINITY);
                if let Some(value) = seconds(failure.rpo_latest_processed).or_else(never) {
                    samples.push(Sample { replication, at: failure.at, value });
                }
            }
        }
        samples
    }

    /// Samples of damage that was found.
    pub fn damages(&self, value: impl Fn(&Damage) -> Option<f64>) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (replication, outcome) in (0u64..).zip(self.outcomes) {
            for damage in outcome.damages.iter().filter(|damage| self.holds(damage.vm)) {
                if let Some(value) = value(damage) {
                    samples.push(Sample { replication, at: damage.at, value });
                }
            }
        }
        samples
    }

    /// By replication: VM·time protected without any point [ns], of the groups that are asked for.
    pub fn without_point(&self) -> Vec<f64> {
        let own = |index: usize| self.group.is_none_or(|group| group.index() == index);
        let of = |outcome: &Outcome| {
            let groups = outcome.groups.iter().enumerate().filter(|(index, _)| own(*index));
            groups.map(|(_, group)| group.without_point.secs_f64() * 1e9).sum()
        };
        self.outcomes.iter().map(of).collect()
    }

    /// Samples of long operations.
    pub fn spans(&self, of: impl Fn(&Outcome) -> &[crate::measure::Span]) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (replication, outcome) in (0u64..).zip(self.outcomes) {
            for span in of(outcome) {
                let ours = span.vm.map_or(self.group.is_none(), |vm| self.holds(vm));
                if ours {
                    samples.push(Sample { replication, at: span.begin, value: span.span.secs_f64() });
                }
            }
        }
        samples
    }

    /// One distribution per replication, of the groups that are asked for.
    pub fn ages(&self, of: impl Fn(&crate::measure::GroupOutcome) -> &Sealed) -> Vec<Sealed> {
        let own = |index: usize| self.group.is_none_or(|group| group.index() == index);
        let groups = |outcome: &'a Outcome| outcome.groups.iter().enumerate().filter(|(index, _)| own(*index));
        let merged = self.outcomes.iter().map(|o| Sealed::merged(groups(o).map(|(_, group)| of(group))));
        merged.collect()
    }

    /// One value per replication: the mean share of time that a VM serves.
    pub fn availability(&self) -> Vec<f64> {
        let of = |outcome: &Outcome| {
            let counted = outcome.counted.secs_f64().max(1e-9);
            let own = outcome.vms.iter().enumerate().filter(|(index, _)| self.holds(VmId::from_index(*index)));
            let shares: Vec<f64> = own.map(|(_, vm)| 1.0 - vm.downtime.secs_f64() / counted).collect();
            mean(&shares).unwrap_or(1.0)
        };
        self.outcomes.iter().map(of).collect()
    }

    /// One value per replication: how long app-consistent points hold a machine up [s per day]; none where none are made.
    pub fn frozen(&self) -> Vec<f64> {
        let all: Vec<f64> = self.outcomes.iter().filter_map(|own| own.frozen_per_day(|vm| self.holds(vm))).collect();
        if all.iter().any(|frozen| *frozen > 0.0) { all } else { Vec::new() }
    }

    /// One value per replication in which a journal was cut: the shortest window that was left [s].
    pub fn journal_windows(&self) -> Vec<f64> {
        let of = |outcome: &Outcome| {
            let own = outcome.vms.iter().enumerate().filter(|(index, _)| self.holds(VmId::from_index(*index)));
            own.filter_map(|(_, vm)| vm.journal_window).min().map(Duration::secs_f64)
        };
        self.outcomes.iter().filter_map(of).collect()
    }

    /// One value per replication: until the last wanted VM is protected [s]; infinite when one never is.
    pub fn initial_replication(&self) -> Vec<f64> {
        let of = |outcome: &Outcome| {
            let own = outcome.vms.iter().enumerate().filter(|(index, _)| self.holds(VmId::from_index(*index)));
            let wanted = own.filter(|(_, vm)| vm.wanted_protected);
            wanted.map(|(_, vm)| vm.protected_at.map_or(f64::INFINITY, Timestamp::secs_f64)).max_by(f64::total_cmp)
        };
        self.outcomes.iter().filter_map(of).collect()
    }
}

pub(super) fn seconds(span: Option<Duration>) -> Option<f64> {
    span.map(Duration::secs_f64)
}

pub(super) fn rto(failure: &crate::measure::Failure) -> Option<RtoParts> {
    match failure.recovery {
        Recovery::FailedOver(parts) => Some(parts),
        Recovery::WithTheStamp(_) | Recovery::Never(_) => None,
    }
}

/// Values in rising order.
pub(super) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Mean of each replication that has samples, in order.
pub(super) fn means_by_replication(samples: &[Sample]) -> Vec<f64> {
    let of_one = |part: &[Sample]| part.iter().map(|sample| sample.value).sum::<f64>() / part.len() as f64;
    samples.chunk_by(|a, b| a.replication == b.replication).map(of_one).collect()
}

/// Samples by event: replication × instant.
fn by_event(samples: &[Sample]) -> Vec<Sample> {
    let mut ordered = samples.to_vec();
    ordered.sort_by(|a, b| (a.replication, a.at).cmp(&(b.replication, b.at)).then(a.value.total_cmp(&b.value)));
    ordered
}

fn same_event(a: &Sample, b: &Sample) -> bool {
    (a.replication, a.at) == (b.replication, b.at)
}

/// Independent events behind the samples: replication × instant.
pub(super) fn clusters(samples: &[Sample]) -> u64 {
    by_event(samples).chunk_by(same_event).count() as u64
}

/// How many of the samples lie beyond, and how many independent samples they are worth.
pub(super) fn beyond(samples: &[Sample], is_beyond: impl Fn(f64) -> bool) -> (u64, f64) {
    let ordered = by_event(samples);
    let hits = |part: &[Sample]| part.iter().filter(|sample| is_beyond(sample.value)).count() as u64;
    let events: Vec<(u64, u64)> = ordered.chunk_by(same_event).map(|part| (hits(part), part.len() as u64)).collect();
    (events.iter().map(|(hits, _)| hits).sum(), effective_count(&events))
}

/// Share of pooled samples beyond something, and its interval; `None` without any.
pub(super) fn pooled_share(samples: &[Sample], is_beyond: impl Fn(f64) -> bool) -> Option<Interval> {
    let (hits, worth) = beyond(samples, is_beyond);
    let value = hits as f64 / samples.len().max(1) as f64;
    let count = (worth.floor() as u64).max(1);
    let interval = proportion_interval((value * count as f64).round() as u64, count, CONFIDENCE);
    (!samples.is_empty()).then_some(Interval { value, ..interval })
}

/// Interval of a quantile of pooled samples: the ranks of as many independent samples as they are worth.
pub(super) fn pooled_quantile(samples: &[Sample], sorted: &[f64], q: f64, confidence: f64) -> Option<Interval> {
    let value = quantile_sorted(sorted, q)?;
    let (_, worth) = beyond(samples, |sample| sample > value);
    let count = (worth.floor() as u64).max(1);
    let (low, high) = quantile_ranks(count, q, confidence);
    let read = |rank: u64| quantile_sorted(sorted, rank as f64 / count as f64).unwrap_or(value);
    Some(Interval { value, low: low.map_or(f64::NEG_INFINITY, read), high: high.map_or(f64::INFINITY, read) })
}

/// The spread of pooled samples; `None` without any.
pub(super) fn pooled(quantity: Quantity, group: Option<GroupId>, unit: Unit, samples: &[Sample]) -> Option<Spread> {
    let values = sorted(samples.iter().map(|sample| sample.value).collect());
    let worst = *values.last()?;
    let at = |p| Estimate::from(pooled_quantile(samples, &values, p, CONFIDENCE));
    let (count, clusters) = (samples.len() as u64, clusters(samples));
    let replications = samples.chunk_by(|a, b| a.replication == b.replication).count() as u64;
    let alone = count == replications;
    Some(Spread {
        quantity,
        group,
        unit,
        samples: count,
        clusters,
        mean: Estimate::from(mean_interval(&means_by_replication(samples), CONFIDENCE)),
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        worst: finite(worst),
        method: if alone { Method::RanksOverReplications } else { Method::RanksOverPooled },
    })
}

/// The spread of one value per replication; `None` without any. `low_is_bad`: the worst is the least.
pub(super) fn per_replication(
    quantity: Quantity,
    group: Option<GroupId>,
    unit: Unit,
    values: &[f64],
    low_is_bad: bool,
) -> Option<Spread> {
    let rising = sorted(values.to_vec());
    let worst = if low_is_bad { rising.first() } else { rising.last() };
    let at = |p| Estimate::from(quantile_interval(&rising, p, CONFIDENCE));
    Some(Spread {
        quantity,
        group,
        unit,
        samples: values.len() as u64,
        clusters: values.len() as u64,
        mean: possible(unit, Estimate::from(mean_interval(values, CONFIDENCE))),
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        worst: finite(*worst?),
        method: Method::RanksOverReplications,
    })
}

/// Student's interval knows no bounds of what it measures: of a share, what lies below nothing or above all is left out.
pub(super) fn possible(unit: Unit, estimate: Estimate) -> Estimate {
    let within = |side: Option<f64>| side.map(|side| side.clamp(0.0, 1.0));
    match unit {
        Unit::Share => Estimate { low: within(estimate.low), high: within(estimate.high), ..estimate },
        _ => estimate,
    }
}

/// The spread of a time-weighted distribution in ns, in seconds; `None` without time.
pub(super) fn over_time(quantity: Quantity, group: Option<GroupId>, parts: &[Sealed]) -> Option<Spread> {
    let all = Sealed::merged(parts);
    let worst = all.max()? as f64 / 1e9;
    let means: Vec<f64> = parts.iter().filter_map(Sealed::mean).map(|ns| ns / 1e9).collect();
    let at = |q| time_quantile(&all, parts, q, CONFIDENCE).map_or_else(Estimate::default, |i| scaled(i, 1e-9));
    Some(Spread {
        quantity,
        group,
        unit: Unit::Seconds,
        samples: means.len() as u64,
        clusters: means.len() as u64,
        mean: Estimate::from(mean_interval(&means, CONFIDENCE)),
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        worst: Some(worst),
        method: Method::TimeShareOverReplications,
    })
}

/// Woodruff's interval of the q-quantile of a time-weighted distribution, in the unit of its values.
pub(super) fn time_quantile(all: &Sealed, parts: &[Sealed], q: f64, confidence: f64) -> Option<Interval> {
    time_quantile_beside(all, &Beyond { parts, endless: &[] }, q, confidence)
}

/// Distributions over time, and beside each the time [ns] in which the value had no end.
#[derive(Clone, Copy)]
pub(super) struct Beyond<'a> {
    pub parts: &'a [Sealed],
    /// By part; what is missing is zero.
    pub endless: &'a [f64],
}

impl Beyond<'_> {
    /// By replication with any time: the share of it above `value`.
    pub fn shares(&self, value: f64) -> Vec<f64> {
        let share = |(index, part): (usize, &Sealed)| {
            let (known, endless) = (part.weight_ns(), self.endless.get(index).copied().unwrap_or(0.0));
            let above = part.fraction_above(value).unwrap_or(0.0);
            (known + endless > 0.0).then(|| (above * known + endless) / (known + endless))
        };
        self.parts.iter().enumerate().filter_map(share).collect()
    }

    /// Share of all time in which the value had no end.
    pub fn endless_share(&self) -> f64 {
        let known: f64 = self.parts.iter().map(Sealed::weight_ns).sum();
        let endless: f64 = self.endless.iter().sum();
        if endless > 0.0 { endless / (known + endless) } else { 0.0 }
    }
}

/// The same where part of the time had no end: beyond its share no quantile is finite.
pub(super) fn time_quantile_beside(all: &Sealed, of: &Beyond<'_>, q: f64, confidence: f64) -> Option<Interval> {
    let known = 1.0 - of.endless_share();
    let quantile = |q: f64| if q > known { Some(f64::INFINITY) } else { all.quantile(q / known) };
    let value = quantile(q)?;
    let half = mean_interval(&of.shares(value), confidence)?.half_width();
    let read = |q: f64, open: f64| if half.is_finite() { quantile(q).unwrap_or(open) } else { open };
    Some(Interval { value, low: read(q - half, f64::NEG_INFINITY), high: read(q + half, f64::INFINITY) })
}

pub(super) fn scaled(interval: Interval, factor: f64) -> Estimate {
    let Interval { value, low, high } = interval;
    Estimate::from(Some(Interval { value: value * factor, low: low * factor, high: high * factor }))
}

pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl From<Option<Interval>> for Estimate {
    fn from(interval: Option<Interval>) -> Estimate {
        interval.map_or_else(Estimate::default, |i| Estimate {
            value: finite(i.value),
            low: finite(i.low),
            high: finite(i.high),
        })
    }
}
