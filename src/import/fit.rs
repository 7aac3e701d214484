//! Models of churn fitted to series, and how well they fit.
//!
//! ```text
//! daily    rate(t) = curve(mean, peak, peak_at; time of day) · weekend · noise        noise: lognormal, mean 1, anew each step
//! on_off   rate for Exp(on), nothing for Exp(off)
//! ```
//! `weekend` is the ratio of the means; peak and its time are the least squares over the means of [`BINS`] parts of the day, with the very curve
//! that the simulator draws; sigma matches either the variance of `rate / curve` or that of its logarithm, whichever lies nearer to the data.
//! On-off: on is above the mean; lengths are the means of the runs, the rate keeps the mean. Of the two models the one with the
//! smaller distance of Kolmogorov and Smirnov, sup |F_data − F_model|, is taken; it is a distance, not a test: samples of a machine are not
//! independent. R² is the share of the variance of the day's means that the curve explains.
//!
//! Not modelled: how long bursts last beyond a step, and that machines burst together. Both are measured and said.

use std::collections::BTreeMap;

use crate::kernel::special::normal_probability;
use crate::statistics::quantile_sorted;
use crate::units::{ByteRate, Calendar, Duration, Ratio};
use crate::world::churn::{DailyCurve, daily_curve};

use super::fleet::{Fleet, Member};
use super::meter::{Clock, Rates};
use super::notes::{Notes, named};

/// Parts of a day in which the daily curve is compared.
const BINS: usize = 96;
const BIN_S: i64 = 86_400 / BINS as i64;
/// Ratios of peak to mean that are tried.
const RATIOS: [f64; 22] =
    [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.7, 2.0, 2.3, 2.7, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 13.0, 16.0, 20.0, 30.0];
/// Where the two distributions are compared.
const POINTS: usize = 400;
/// The scenario takes no larger one.
const SIGMA_MAX: f64 = 5.0;
const DAY_S: i64 = 86_400;
/// A model further from the data than this is said to be bad.
const KS_BAD: f64 = 0.2;

/// A model of what one machine writes, with the keys of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// A daily curve with noise.
    Daily {
        /// Mean of a working day, and its highest rate [bytes/s].
        mean: f64,
        peak: f64,
        /// Time of the peak [s of the day].
        peak_at_s: i64,
        /// Factor on Saturday and Sunday.
        weekend: f64,
        /// Standard deviation of the noise's logarithm.
        sigma: f64,
    },
    /// Bursts at a rate, silence between; both memoryless.
    OnOff {
        /// [bytes/s]
        rate: f64,
        /// Mean lengths [s].
        on_s: f64,
        off_s: f64,
    },
}

/// A model, and how well it fits.
#[derive(Clone, Debug)]
pub struct Fitted {
    pub model: Model,
    /// Share of the variance of the day's means that the curve explains; none where there is no variance.
    pub r2: Option<f64>,
    /// Distance of Kolmogorov and Smirnov.
    pub ks: f64,
    /// p99 of the steps' rates, measured and of the model [bytes/s].
    pub p99: (f64, f64),
    /// Correlation of a step's noise with the next one's; the lengths of bursts are part of an on-off model.
    pub lag: Option<f64>,
}

/// Every measured machine's model, by name.
pub fn fit(fleet: &Fleet, notes: &mut Notes) -> BTreeMap<String, Fitted> {
    let shapes = shapes();
    let mut fitted = BTreeMap::new();
    for member in &fleet.members {
        if let Some(rates) = member.rates() {
            fitted.extend(one(rates, fleet.step_s, fleet.clock, &shapes).map(|fit| (member.name.clone(), fit)));
        }
    }
    tell(&fitted, fleet, notes);
    fitted
}

/// The curve of each ratio with mean 1 and its peak at midnight, in bins.
fn shapes() -> Vec<Vec<f64>> {
    const MEAN: u64 = 1_000_000;
    let shape = |ratio: &f64| {
        let peak = ByteRate((MEAN as f64 * ratio) as u64);
        let (mean, peak_at, weekend, calendar) = (ByteRate(MEAN), Duration::ZERO, Ratio::ONE, Calendar::default());
        let week = daily_curve(&DailyCurve { mean, peak, peak_at, weekend, calendar });
        let per = week.rates.len() / 7 / BINS;
        let day = week.rates[..per * BINS].chunks_exact(per);
        day.map(|bin| bin.iter().map(|rate| f64::from(*rate)).sum::<f64>() / per as f64 / MEAN as f64).collect()
    };
    RATIOS.iter().map(shape).collect()
}

/// A known step: its bin of the day, whether it lies on a weekend, its rate.
#[derive(Clone, Copy)]
struct Step {
    index: usize,
    bin: usize,
    weekend: bool,
    rate: f64,
}

fn steps(rates: &Rates, step_s: i64, clock: Clock) -> Vec<Step> {
    let step = |(index, rate): (usize, &f32)| {
        let middle = (rates.from + index as i64) * step_s + step_s / 2;
        // 1970 began on a Thursday, the fourth day from Monday.
        let weekday = (middle.div_euclid(DAY_S) + 3).rem_euclid(7);
        let bin = (middle.rem_euclid(DAY_S) / BIN_S) as usize;
        Step { index, bin, weekend: clock != Clock::Relative && weekday >= 5, rate: f64::from(*rate) }
    };
    rates.rates.iter().enumerate().filter(|(_, rate)| !rate.is_nan()).map(step).collect()
}

/// The better of the two models; `None` for a machine that writes nothing.
fn one(rates: &Rates, step_s: i64, clock: Clock, shapes: &[Vec<f64>]) -> Option<Fitted> {
    let steps = steps(rates, step_s, clock);
    let mean = mean(steps.iter().map(|step| step.rate))?;
    if mean <= 0.0 {
        return None;
    }
    let mut sorted: Vec<f64> = steps.iter().map(|step| step.rate).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let daily = daily(&steps, &sorted, shapes)?;
    match on_off(&steps, &sorted, mean, step_s) {
        Some(bursts) if bursts.ks < daily.ks => Some(bursts),
        _ => Some(daily),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The daily curve with noise.
fn daily(steps: &[Step], sorted: &[f64], shapes: &[Vec<f64>]) -> Option<Fitted> {
    let of = |weekend: bool| mean(steps.iter().filter(|step| step.weekend == weekend).map(|step| step.rate));
    let (work, weekend) = match (of(false), of(true)) {
        (Some(work), Some(off)) if work > 0.0 => (work, (off / work).min(100.0)),
        (Some(work), None) => (work, 1.0),
        (_, Some(off)) => (off, 1.0),
        _ => return None,
    };
    let (ratio, peak_bin, r2) = curve(steps, work, weekend, shapes);
    let shape = &shapes[ratio];
    let expected = |step: &Step| {
        let factor = if step.weekend { weekend } else { 1.0 };
        work * factor * shape[(step.bin + BINS - peak_bin) % BINS]
    };
    let curve: Vec<f64> = steps.iter().map(expected).collect();
    let levels = levels(&curve);
    let candidates =
        sigmas(steps, &curve).map(|sigma| (sigma, distance(sorted, None, |x| lognormal(&levels, sigma, x))));
    let (sigma, ks) = candidates.into_iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let p99 = (quantile_sorted(sorted, 0.99)?, model_quantile(&levels, sigma, 0.99, sorted));
    let model =
        Model::Daily { mean: work, peak: work * RATIOS[ratio], peak_at_s: peak_bin as i64 * BIN_S, weekend, sigma };
    Some(Fitted { model, r2, ks, p99, lag: Some(lag(steps, &curve)) })
}

/// Ratio, bin of the peak, and R² of the curve that lies nearest to the means of the day's bins.
fn curve(steps: &[Step], work: f64, weekend: f64, shapes: &[Vec<f64>]) -> (usize, usize, Option<f64>) {
    let mut bins = [(0.0, 0.0); BINS];
    for step in steps {
        let factor = if step.weekend { weekend } else { 1.0 };
        if factor > 0.0 {
            let bin = &mut bins[step.bin];
            *bin = (bin.0 + step.rate / work / factor, bin.1 + 1.0);
        }
    }
    let all: f64 = bins.iter().map(|bin| bin.1).sum();
    let middle = bins.iter().map(|bin| bin.0).sum::<f64>() / all;
    let means = bins.map(|(sum, count)| if count > 0.0 { sum / count } else { 0.0 });
    let variance: f64 = (0..BINS).map(|bin| bins[bin].1 * (means[bin] - middle).powi(2)).sum();
    let error = |shape: &[f64], peak: usize| -> f64 {
        (0..BINS).map(|bin| bins[bin].1 * (means[bin] - shape[(bin + BINS - peak) % BINS]).powi(2)).sum()
    };
    let tried = shapes.iter().enumerate().flat_map(|(ratio, shape)| {
        let peaks = if ratio == 0 { 0..1 } else { 0..BINS };
        peaks.map(move |peak| (ratio, peak, error(shape, peak)))
    });
    let best = tried.min_by(|a, b| a.2.total_cmp(&b.2)).unwrap_or((0, 0, 0.0));
    let r2 = (variance > 1e-12 * all).then(|| 1.0 - best.2 / variance);
    (best.0, best.1, r2)
}

/// Two guesses at sigma: by the variance of the factors, and by that of their logarithms.
fn sigmas(steps: &[Step], curve: &[f64]) -> [f64; 2] {
    let factors = || steps.iter().zip(curve).filter(|(_, curve)| **curve > 0.0).map(|(step, curve)| step.rate / curve);
    let middle = mean(factors()).unwrap_or(1.0).max(f64::MIN_POSITIVE);
    let variance = mean(factors().map(|factor| (factor / middle - 1.0).powi(2))).unwrap_or(0.0);
    let logs = || factors().filter(|factor| *factor > 0.0).map(libm::log);
    let log_middle = mean(logs()).unwrap_or(0.0);
    let log_variance = mean(logs().map(|log| (log - log_middle).powi(2))).unwrap_or(0.0);
    [variance.ln_1p().sqrt(), log_variance.sqrt()].map(|sigma| sigma.min(SIGMA_MAX))
}

/// The distinct values of the curve, and the share of the steps that have each.
fn levels(curve: &[f64]) -> Vec<(f64, f64)> {
    let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
    curve.iter().for_each(|level| *counts.entry(level.max(0.0).to_bits()).or_default() += 1.0);
    counts.into_iter().map(|(bits, count)| (f64::from_bits(bits), count / curve.len() as f64)).collect()
}

/// Share of the model's steps at or below `x`.
fn lognormal(levels: &[(f64, f64)], sigma: f64, x: f64) -> f64 {
    let below = |level: f64| {
        if level <= 0.0 || sigma < 1e-9 {
            return if level <= x { 1.0 } else { 0.0 };
        }
        if x <= 0.0 { 0.0 } else { normal_probability((libm::log(x / level) + 0.5 * sigma * sigma) / sigma) }
    };
    levels.iter().map(|(level, share)| share * below(*level)).sum()
}

/// sup |F_data − F_model|, looked for on both sides of quantiles of the data, and of where the model jumps.
///
/// Both sides: a hair apart, so that data and a jump that differ by rounding fall together.
fn distance(sorted: &[f64], jump: Option<f64>, model: impl Fn(f64) -> f64) -> f64 {
    const HAIR: f64 = 1e-5;
    let count = sorted.len() as f64;
    let quantiles = (0..=POINTS).map(|n| sorted[(n * (sorted.len() - 1)) / POINTS]);
    let around = jump.into_iter().flat_map(|jump| [jump * (1.0 - 2.0 * HAIR), jump * (1.0 + HAIR)]);
    let values = quantiles.chain(around).map(|x| {
        let (below, to) = (sorted.partition_point(|y| *y < x) as f64, sorted.partition_point(|y| *y <= x) as f64);
        let before = if x > 0.0 { model(x * (1.0 - HAIR)) } else { 0.0 };
        (before - below / count).abs().max((model(x) - to / count).abs())
    });
    values.fold(0.0, f64::max)
}

/// The model's quantile, between nothing and a thousand times the largest sample.
fn model_quantile(levels: &[(f64, f64)], sigma: f64, q: f64, sorted: &[f64]) -> f64 {
    let (mut low, mut high) = (0.0, sorted.last().copied().unwrap_or(0.0) * 1e3 + 1.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if lognormal(levels, sigma, middle) < q { low = middle } else { high = middle }
    }
    high
}

/// Correlation of `rate / curve` of steps that follow each other.
fn lag(steps: &[Step], curve: &[f64]) -> f64 {
    let factor = |at: usize| if curve[at] > 0.0 { steps[at].rate / curve[at] } else { 1.0 };
    let middle = mean((0..steps.len()).map(factor)).unwrap_or(1.0);
    let variance: f64 = (0..steps.len()).map(|at| (factor(at) - middle).powi(2)).sum();
    let pairs = (1..steps.len()).filter(|at| steps[*at].index == steps[*at - 1].index + 1);
    let product: f64 = pairs.map(|at| (factor(at) - middle) * (factor(at - 1) - middle)).sum();
    if variance > 0.0 { product / variance } else { 0.0 }
}

/// Bursts above the mean. `None` where there are too few to tell their lengths.
fn on_off(steps: &[Step], sorted: &[f64], mean: f64, step_s: i64) -> Option<Fitted> {
    const BURSTS_MIN: usize = 5;
    let on = |step: &Step| step.rate > mean;
    let on_steps = steps.iter().filter(|step| on(step)).count();
    let bursts = steps.iter().enumerate().filter(|(at, step)| on(step) && (*at == 0 || !on(&steps[at - 1]))).count();
    if bursts < BURSTS_MIN || on_steps == steps.len() {
        return None;
    }
    let share = on_steps as f64 / steps.len() as f64;
    let rate = mean / share;
    let on_s = on_steps as f64 / bursts as f64 * step_s as f64;
    let off_s = on_s * (1.0 - share) / share;
    let edge = rate * (1.0 - 1e-6);
    let model = |x: f64| if x < edge { 1.0 - share } else { 1.0 };
    let ks = distance(sorted, Some(rate), |x| if x < 0.0 { 0.0 } else { model(x) });
    let p99 = (quantile_sorted(sorted, 0.99)?, if share >= 0.01 { rate } else { 0.0 });
    Some(Fitted { model: Model::OnOff { rate, on_s, off_s }, r2: None, ks, p99, lag: None })
}

/// How well it went, and what models do not have.
fn tell(fitted: &BTreeMap<String, Fitted>, fleet: &Fleet, notes: &mut Notes) {
    if fitted.is_empty() {
        return notes.remark("nothing was measured that a model could be fitted to");
    }
    let spread = |value: &dyn Fn(&Fitted) -> Option<f64>| {
        let mut all: Vec<f64> = fitted.values().filter_map(value).collect();
        all.sort_unstable_by(f64::total_cmp);
        (quantile_sorted(&all, 0.5), all)
    };
    let (ks, _) = spread(&|fit| Some(fit.ks));
    let (r2, with_r2) = spread(&|fit| fit.r2);
    let (lag, _) = spread(&|fit| fit.lag);
    let worst = fitted.iter().max_by(|a, b| a.1.ks.total_cmp(&b.1.ks));
    let bursts = fitted.values().filter(|fit| matches!(fit.model, Model::OnOff { .. })).count();
    let (worst_name, worst_ks) = worst.map_or(("", 0.0), |(name, fit)| (name.as_str(), fit.ks));
    notes.remark(format!(
        "models of {} machines ({bursts} on-off, the others daily): distance of the distributions (Kolmogorov-Smirnov) {:.3} in the middle, {worst_ks:.3} \
         at worst ({worst_name}); each machine's in fit.csv",
        fitted.len(),
        ks.unwrap_or(0.0),
    ));
    if let Some(r2) = r2 {
        notes.remark(format!(
            "the daily curve explains R² = {r2:.2} of the day's shape in the middle of {} machines",
            with_r2.len()
        ));
    }
    let bad: Vec<&str> = fitted.iter().filter(|(_, fit)| fit.ks > KS_BAD).map(|(name, _)| name.as_str()).collect();
    if !bad.is_empty() {
        notes.remark(format!(
            "models that are far from the data (distance above {KS_BAD}); their traces tell more: {}",
            named(bad.into_iter())
        ));
    }
    if let Some(lag) = lag {
        notes.remark(format!(
            "noise of steps that follow each other correlates by {lag:.2} in the middle; that of daily models does not: it lasts one step"
        ));
    }
    if let Some(together) = together(fleet) {
        notes.remark(format!(
            "the sum of all machines varies {together:.1} times as much as that of independent ones; models burst apart unless bursts_together = true"
        ));
    }
}

/// Variance of the sum over the sum of the variances, over steps in which all machines are known.
fn together(fleet: &Fleet) -> Option<f64> {
    let rows: Vec<&Rates> = fleet.members.iter().filter_map(Member::rates).collect();
    if rows.len() < 2 {
        return None;
    }
    let from = rows.iter().map(|rates| rates.from).max()?;
    let until = rows.iter().map(|rates| rates.from + rates.rates.len() as i64).min()?;
    let at = |rates: &Rates, step: i64| f64::from(rates.rates[(step - rates.from) as usize]);
    let known: Vec<i64> = (from..until).filter(|step| rows.iter().all(|rates| !at(rates, *step).is_nan())).collect();
    if known.len() < 100 {
        return None;
    }
    let variance = |value: &dyn Fn(i64) -> f64| {
        let middle = mean(known.iter().map(|step| value(*step))).unwrap_or(0.0);
        mean(known.iter().map(|step| (value(*step) - middle).powi(2))).unwrap_or(0.0)
    };
    let apart: f64 = rows.iter().map(|rates| variance(&|step| at(rates, step))).sum();
    let sum = variance(&|step| rows.iter().map(|rates| at(rates, step)).sum());
    (apart > 0.0).then(|| sum / apart)
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
