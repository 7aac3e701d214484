//! Met, missed, or not yet known: a target is judged by a confidence bound, never by a bare estimate.
//!
//! | statistic | evidence | judged by |
//! |---|---|---|
//! | quantile q of samples | how many of n lie beyond the limit, n as the events are worth | Clopper–Pearson bound of that share against 1 − q |
//! | quantile q over time | share of time beyond the limit, per replication | Student bound against 1 − q |
//! | mean | one value per replication | Student bound against the limit |
//! | probability | share of time, or of replications | Student or Clopper–Pearson bound against the limit |
//! | max | greatest value seen | missed when beyond; met when Wilks' number of replications saw nothing beyond |
//!
//! Where a machine that was to be protected has no usable point, nothing is left of it: for a target its RPO is infinite, not
//! left out. Mean and greatest of ages over time are those of the ages that exist: after each first copy some minutes pass
//! until the first point, so that they would never be finite; the report counts that time beside them.
//!
//! Each bound holds with the target's confidence by itself (one-sided); the interval shown has the two as its ends, so
//! what is shown and what is decided agree. Student's bound meets nothing with fewer than 20 replications: rare events
//! may be missing. Units: those of the measure.

use super::samples::{
    Beyond, Of, Sample, beyond, clusters, finite, means_by_replication, pooled_quantile, possible, rto, seconds,
    sorted, time_quantile_beside,
};
use super::{Estimate, Method, TargetFinding, Unit, Verdict};
use crate::contract::Meter;
use crate::intent::{Comparator, Measure, Scope, Statistic, Target};
use crate::inventory::Inventory;
use crate::measure::{Outcome, Recovery};
use crate::statistics::{Interval, REPLICATIONS_MIN, Sealed, mean_interval, proportion_interval, wilks_samples};
use crate::units::{CacheId, GroupId, Ratio};

/// What a measure draws from the outcomes.
pub(super) enum Evidence {
    /// Several per replication.
    Samples(Vec<Sample>),
    /// Distribution over time per replication; a value of the measure is `unit` times that of the sketch. Beside it the
    /// time without any end of the value: protected, but without a point.
    Times { parts: Vec<Sealed>, endless: Vec<f64>, unit: f64 },
}

/// More replications than this are never promised to help.
const MORE_MAX: u64 = 1_000_000;

/// A target, and how sure one has to be of it: its own confidence, or more where it is looked at more than once.
struct Asked<'a> {
    target: &'a Target,
    confidence: f64,
}

impl std::ops::Deref for Asked<'_> {
    type Target = Target;

    fn deref(&self) -> &Target {
        self.target
    }
}

/// Judges one target with its own confidence.
pub fn verdict(index: usize, target: &Target, inventory: &Inventory, outcomes: &[Outcome]) -> TargetFinding {
    verdict_at(index, target, target.confidence.as_f64(), inventory, outcomes)
}

/// Judges one target with this confidence, 0 … 1.
pub fn verdict_at(
    index: usize,
    target: &Target,
    confidence: f64,
    inventory: &Inventory,
    outcomes: &[Outcome],
) -> TargetFinding {
    let group_of: Vec<GroupId> = inventory.vms.iter().map(|vm| vm.group).collect();
    let (group, scope_name) = match target.scope {
        Scope::Everything => (None, String::new()),
        Scope::Group(id) => (Some(id), inventory.group(id).name.clone()),
        Scope::Cache(id) => (None, inventory.cache(id).name.clone()),
    };
    let of = Of { outcomes, group_of: &group_of, group };
    let evidence = evidence(target, inventory, &of);
    let asked = Asked { target, confidence };
    let judged = match &evidence {
        Evidence::Samples(samples) => of_samples(&asked, samples, outcomes.len() as u64),
        Evidence::Times { parts, endless, unit } => of_times(&asked, &Beyond { parts, endless }, *unit),
    };
    TargetFinding {
        index,
        text: target.text.clone(),
        statistic: target.statistic.clone(),
        measure: target.measure.clone(),
        scope: target.scope.clone(),
        scope_name,
        line: target.line,
        unit: target_unit(target),
        confidence: target.confidence.as_f64(),
        limit: target.limit,
        achieved: judged.achieved,
        method: judged.method,
        verdict: judged.verdict,
        beyond: judged.beyond,
        worst_replication: worst_replication(target, &evidence),
    }
}

/// Confidence of the two-sided interval that rules of stopping look at.
const STOPPING_CONFIDENCE: Ratio = Ratio::from_ppm(975_000);

/// Estimates `p99(rpo)` over everything, with its two-sided interval of 95 %: the same machinery as a target's, without
/// a limit.
pub fn estimate(statistic: &Statistic, measure: &Measure, inventory: &Inventory, outcomes: &[Outcome]) -> Estimate {
    let target = Target {
        scope: Scope::Everything,
        text: String::new(),
        statistic: statistic.clone(),
        measure: measure.clone(),
        comparator: Comparator::AtMost,
        limit: f64::INFINITY,
        confidence: STOPPING_CONFIDENCE,
        line: 0,
    };
    verdict(0, &target, inventory, outcomes).achieved
}

/// What the value of a target counts.
pub fn target_unit(target: &Target) -> Unit {
    if target.statistic == Statistic::Probability {
        return Unit::Share;
    }
    match target.measure {
        Measure::RpoAtFailure | Measure::RpoUsed | Measure::RpoOverTime | Measure::Rto => Unit::Seconds,
        Measure::InitialReplication | Measure::Reprotect | Measure::Failback => Unit::Seconds,
        Measure::DataLost => Unit::Bytes,
        Measure::RpoAbove(_) | Measure::CacheUsed | Measure::CacheOverflow | Measure::Availability => Unit::Share,
        Measure::RefusedOperations => Unit::Count,
    }
}

pub(super) fn evidence(target: &Target, inventory: &Inventory, of: &Of) -> Evidence {
    let each = |values: Vec<f64>| {
        let at = crate::units::Timestamp::START;
        Evidence::Samples((0u64..).zip(values).map(|(replication, value)| Sample { replication, at, value }).collect())
    };
    match target.measure {
        Measure::RpoAtFailure => Evidence::Samples(of.rpo_or_never()),
        // A failover that found no point to start from has lost everything; where none was tried nothing is known.
        Measure::RpoUsed => Evidence::Samples(
            of.failures(|failure| seconds(failure.rpo_chosen).or_else(|| failure.no_point.then_some(f64::INFINITY))),
        ),
        Measure::Rto => Evidence::Samples(of.failures(|failure| match failure.recovery {
            // Without service for longer than the limit already, whether a failover came too late or the stamp came first:
            // a sample, though only a lower bound of what the failover would have taken.
            Recovery::Never(so_far) | Recovery::WithTheStamp(so_far) => {
                Some(so_far.secs_f64()).filter(|so_far| *so_far > target.limit)
            }
            Recovery::FailedOver(_) => rto(failure).map(|parts| parts.total().secs_f64()),
        })),
        Measure::DataLost => Evidence::Samples(of.failures(|failure| failure.data_lost.map(|bytes| bytes.0 as f64))),
        Measure::Reprotect => Evidence::Samples(of.spans(|outcome| &outcome.durations.reprotect)),
        Measure::Failback => Evidence::Samples(of.spans(|outcome| &outcome.durations.failback)),
        Measure::RpoOverTime | Measure::RpoAbove(_) => {
            Evidence::Times { parts: of.ages(|group| &group.point_age), endless: of.without_point(), unit: 1e-9 }
        }
        Measure::CacheUsed => cache_levels(target, inventory, of.outcomes),
        Measure::CacheOverflow => each(of.outcomes.iter().map(|o| overflows(target, o) as f64).collect()),
        Measure::Availability => each(of.availability()),
        Measure::InitialReplication => each(of.initial_replication()),
        Measure::RefusedOperations => each(of.outcomes.iter().map(|o| o.refused_for_capacity as f64).collect()),
    }
}

fn overflows(target: &Target, outcome: &Outcome) -> u64 {
    let ours = |cache: &CacheId| !matches!(target.scope, Scope::Cache(id) if id != *cache);
    outcome.cache_full.iter().filter(|(cache, _)| ours(cache)).map(|(_, count)| count).sum()
}

/// Levels of the cache that is named, else of the fullest one, as shares of its capacity.
fn cache_levels(target: &Target, inventory: &Inventory, outcomes: &[Outcome]) -> Evidence {
    let share = |cache: CacheId| 1.0 / inventory.cache(cache).capacity.0.max(1) as f64;
    let of = |outcome: &Outcome, cache| {
        let meter = outcome.meters.iter().find(|known| known.meter == Meter::CacheUsed(cache));
        meter.map(|known| known.levels.clone()).unwrap_or_default()
    };
    let parts = |cache: CacheId| -> Vec<Sealed> { outcomes.iter().map(|outcome| of(outcome, cache)).collect() };
    let peak = |cache: &CacheId| Sealed::merged(&parts(*cache)).max().unwrap_or(0) as f64 * share(*cache);
    let all = || (0..inventory.caches.len()).map(CacheId::from_index);
    let chosen = match target.scope {
        Scope::Cache(id) => Some(id),
        Scope::Everything | Scope::Group(_) => all().max_by(|a, b| peak(a).total_cmp(&peak(b))),
    };
    let times = |cache| Evidence::Times { parts: parts(cache), endless: Vec::new(), unit: share(cache) };
    chosen.map_or(Evidence::Samples(Vec::new()), times)
}

struct Judged {
    achieved: Estimate,
    method: Method,
    verdict: Verdict,
    beyond: Option<super::ShareBeyond>,
}

fn of_samples(target: &Asked, samples: &[Sample], replications: u64) -> Judged {
    if samples.is_empty() {
        let more_replications = replications.max(REPLICATIONS_MIN);
        return Judged {
            achieved: Estimate::default(),
            method: Method::Nothing,
            verdict: Verdict::NotYetKnown { more_replications },
            beyond: None,
        };
    }
    let rising = sorted(samples.iter().map(|sample| sample.value).collect());
    let sides = two_sided(target);
    match target.statistic {
        Statistic::Quantile(q) => {
            let (hits, worth) = beyond(samples, |value| is_beyond(target, value));
            let count = (worth.floor() as u64).max(1);
            // The share stays, the count is what the samples are worth; one hit stays a hit.
            let share = hits as f64 / rising.len() as f64;
            let hits = ((share * count as f64).round() as u64).clamp(u64::from(hits > 0), count);
            let allowed = match target.comparator {
                Comparator::AtMost => 1.0 - q,
                Comparator::AtLeast => q,
            };
            let interval = pooled_quantile(samples, &rising, q, sides);
            let verdict = agreed(target, of_share(hits, count, allowed, sides, replications), interval, replications);
            let single = samples.len() as u64 == clusters(samples) && samples.len() as u64 <= replications;
            let method = if single { Method::RanksOverReplications } else { Method::RanksOverPooled };
            let share = Estimate::from(Some(proportion_interval(hits, count, sides)));
            let beyond = Some(super::ShareBeyond { share, line: allowed });
            Judged { achieved: Estimate::from(interval), method, verdict, beyond }
        }
        Statistic::Mean => of_means(target, &means_by_replication(samples), target.limit),
        Statistic::Max => of_max(target, &rising, replications),
        Statistic::Probability => {
            let hit = samples.chunk_by(|a, b| a.replication == b.replication);
            let hits = hit.filter(|part| part.iter().any(|sample| sample.value > 0.0)).count() as u64;
            let verdict = of_share(hits, replications, target.limit, sides, replications);
            let verdict = if target.comparator == Comparator::AtMost { verdict } else { turned(verdict) };
            let achieved = Estimate::from(Some(proportion_interval(hits, replications, sides)));
            Judged { achieved, method: Method::ClopperPearson, verdict, beyond: None }
        }
    }
}

fn of_times(target: &Asked, of: &Beyond<'_>, unit: f64) -> Judged {
    let parts = of.parts;
    let all = Sealed::merged(parts);
    let shares = |limit: f64| of.shares(limit / unit);
    let method = Method::TimeShareOverReplications;
    let age = match target.measure {
        Measure::RpoAbove(age) => Some(age.secs_f64()),
        Measure::RpoAtFailure
        | Measure::RpoUsed
        | Measure::RpoOverTime
        | Measure::Rto
        | Measure::DataLost
        | Measure::CacheUsed
        | Measure::CacheOverflow
        | Measure::Availability
        | Measure::InitialReplication
        | Measure::Reprotect
        | Measure::Failback
        | Measure::RefusedOperations => None,
    };
    match (&target.statistic, age) {
        (_, Some(age)) => Judged { method, ..of_means(target, &shares(age), target.limit) },
        (Statistic::Quantile(q), None) => {
            // The limit holds at share q of the time exactly when at most 1 − q of the time is beyond it.
            let judged = of_means(target, &shares(target.limit), 1.0 - q);
            let interval = time_quantile_beside(&all, of, *q, two_sided(target));
            let interval = interval.map(|i| Interval { value: i.value * unit, low: i.low * unit, high: i.high * unit });
            let verdict = agreed(target, judged.verdict, interval, parts.len() as u64);
            let beyond = super::ShareBeyond { share: possible(Unit::Share, judged.achieved), line: 1.0 - q };
            Judged { achieved: Estimate::from(interval), method, verdict, beyond: Some(beyond) }
        }
        (Statistic::Mean | Statistic::Probability, None) => {
            let means: Vec<f64> = parts.iter().filter_map(Sealed::mean).map(|value| value * unit).collect();
            of_means(target, &means, target.limit)
        }
        (Statistic::Max, None) => {
            let greatest = parts.iter().filter_map(Sealed::max).map(|value| value as f64 * unit).collect();
            of_max(target, &sorted(greatest), parts.len() as u64)
        }
    }
}

/// A verdict stands only when the interval that is shown says the same. The two weigh the dependence of samples at different
/// places, the limit and the quantile, and may differ a little; then it is not yet known, and as many again are a fair guess.
fn agreed(target: &Target, verdict: Verdict, interval: Option<Interval>, replications: u64) -> Verdict {
    let says = |met: bool| {
        let Some(Interval { low, high, .. }) = interval else { return false };
        match (target.comparator, met) {
            (Comparator::AtMost, true) => high <= target.limit,
            (Comparator::AtMost, false) => low > target.limit,
            (Comparator::AtLeast, true) => low >= target.limit,
            (Comparator::AtLeast, false) => high < target.limit,
        }
    };
    match verdict {
        Verdict::Met if says(true) => verdict,
        Verdict::Missed if says(false) => verdict,
        Verdict::Met | Verdict::Missed => {
            Verdict::NotYetKnown { more_replications: replications.clamp(REPLICATIONS_MIN, MORE_MAX) }
        }
        Verdict::NotYetKnown { .. } => verdict,
    }
}

/// Student's bound of a mean against a limit.
fn of_means(target: &Asked, values: &[f64], limit: f64) -> Judged {
    let count = values.len() as u64;
    let interval = mean_interval(values, two_sided(target));
    let unknown = |more: u64| Verdict::NotYetKnown { more_replications: more.clamp(1, MORE_MAX) };
    let verdict = match interval {
        None => unknown(REPLICATIONS_MIN),
        Some(Interval { value, .. }) if !value.is_finite() => Verdict::Missed,
        Some(interval) => {
            let (good, bad) = match target.comparator {
                Comparator::AtMost => (interval.high <= limit, interval.low > limit),
                Comparator::AtLeast => (interval.low >= limit, interval.high < limit),
            };
            match (good, bad) {
                (_, true) => Verdict::Missed,
                (true, false) if count >= REPLICATIONS_MIN => Verdict::Met,
                _ if count < REPLICATIONS_MIN => unknown(REPLICATIONS_MIN - count),
                _ => {
                    let ratio = interval.half_width() / (interval.value - limit).abs().max(1e-12);
                    unknown((count as f64 * (ratio * ratio - 1.0)).min(MORE_MAX as f64).ceil() as u64)
                }
            }
        }
    };
    let achieved = possible(target_unit(target), Estimate::from(interval));
    Judged { achieved, method: Method::StudentOverReplications, verdict, beyond: None }
}

/// The greatest (or least) value: missed when beyond, met when enough replications saw none beyond.
fn of_max(target: &Asked, rising: &[f64], replications: u64) -> Judged {
    let worst = match target.comparator {
        Comparator::AtMost => rising.last(),
        Comparator::AtLeast => rising.first(),
    };
    let enough = wilks_samples(target.target.confidence.as_f64(), target.confidence);
    let verdict = match worst {
        Some(worst) if is_beyond(target, *worst) => Verdict::Missed,
        Some(_) if replications >= enough => Verdict::Met,
        _ => Verdict::NotYetKnown { more_replications: enough.saturating_sub(replications).clamp(1, MORE_MAX) },
    };
    let value = worst.copied().and_then(finite);
    let achieved = Estimate { value, low: value, high: None };
    Judged { achieved, method: Method::Greatest, verdict, beyond: None }
}

/// Whether a share that showed in `hits` of `count` is at most `allowed`.
fn of_share(hits: u64, count: u64, allowed: f64, sides: f64, replications: u64) -> Verdict {
    let decided = |hits: u64, count: u64| {
        let interval = proportion_interval(hits.min(count), count, sides);
        (interval.high <= allowed, interval.low > allowed)
    };
    match decided(hits, count) {
        (true, _) => return Verdict::Met,
        (_, true) => return Verdict::Missed,
        (false, false) => {}
    }
    // How many samples would decide it if the share stayed what it is: double, then halve the last step.
    let scaled = |factor: f64| {
        let (hits, count) = ((hits as f64 * factor).round() as u64, (count.max(1) as f64 * factor).ceil() as u64);
        let (met, missed) = decided(hits, count);
        met || missed
    };
    let (mut low, mut high) = (1.0, 2.0);
    while !scaled(high) && high * replications as f64 <= MORE_MAX as f64 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..12 {
        let middle = (low + high) / 2.0;
        if scaled(middle) { high = middle } else { low = middle }
    }
    let more = ((high - 1.0) * replications.max(1) as f64).ceil() as u64;
    Verdict::NotYetKnown { more_replications: more.clamp(1, MORE_MAX) }
}

fn turned(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Met => Verdict::Missed,
        Verdict::Missed => Verdict::Met,
        Verdict::NotYetKnown { more_replications } => Verdict::NotYetKnown { more_replications },
    }
}

fn is_beyond(target: &Target, value: f64) -> bool {
    match target.comparator {
        Comparator::AtMost => value > target.limit,
        Comparator::AtLeast => value < target.limit,
    }
}

/// Confidence of a two-sided interval whose ends hold one by one with the target's confidence.
fn two_sided(target: &Asked) -> f64 {
    (2.0 * target.confidence - 1.0).max(0.0)
}

/// The replication that is worst by this measure, the first of equals.
fn worst_replication(target: &Target, evidence: &Evidence) -> Option<u64> {
    let sign = match target.comparator {
        Comparator::AtMost => 1.0,
        Comparator::AtLeast => -1.0,
    };
    let worst = |values: &mut dyn Iterator<Item = (u64, f64)>| {
        let first = |a: (u64, f64), b: (u64, f64)| if b.1 * sign > a.1 * sign { b } else { a };
        values.reduce(first).map(|(replication, _)| replication)
    };
    match evidence {
        Evidence::Samples(samples) => worst(&mut samples.iter().map(|sample| (sample.replication, sample.value))),
        Evidence::Times { parts, .. } => {
            let greatest = |part: &Sealed| part.max().map(|max| max as f64);
            worst(&mut (0u64..).zip(parts).filter_map(|(index, part)| Some((index, greatest(part)?))))
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
