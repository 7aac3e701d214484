//! Daily churn: a bump each working day, as a table of one week.
//!
//! Model: `rate(t) = base + (peak − base) · ((1 + cos 2π(t − peak_at)/day) / 2)^k`. With `peak ≤ 1.5·mean` the bump is the
//! plain cosine (`k = 1`, `base = 2·mean − peak`); above, `base = mean/2`, since a server never rests altogether, and `k` is the
//! power with which the day's mean is `mean`: the mean of the bump is `(mean/2) / (peak − mean/2)`. Both are the same at
//! `peak = 1.5·mean`. Saturday and Sunday have `weekend` of it. Rates are whole bytes per second per step.
//! Source: the shape and its floor of half the mean are assumed; mean, peak and hour of the peak are what an administrator can
//! read off a monitor.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::sync::{Arc, Mutex, PoisonError};

use crate::units::{ByteRate, Calendar, Duration, Ratio, Timestamp};
use crate::world::churn::Series;
use crate::world::churn::trace::Table;

/// Length of a step.
pub(in crate::world) const STEP: Duration = Duration::minutes(5);

/// One week from the start of the run, and its sums.
pub(in crate::world) fn week(curve: Curve) -> Arc<Table> {
    let known = || WEEKS.lock().unwrap_or_else(PoisonError::into_inner);
    let found = known().get(&curve).cloned();
    found.unwrap_or_else(|| {
        let week = Arc::new(Table::new(series(&curve)));
        let mut all = known();
        if all.len() >= WEEKS_MAX {
            all.clear();
        }
        all.insert(curve, week.clone());
        week
    })
}

/// Weeks already made: every replication asks for the same. Of the whole process, since replications run on threads that come and go.
static WEEKS: Mutex<BTreeMap<Curve, Arc<Table>>> = Mutex::new(BTreeMap::new());
/// More are not kept, some 9 KB each.
const WEEKS_MAX: usize = 16_384;

/// What makes a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Curve {
    pub mean: ByteRate,
    pub peak: ByteRate,
    pub peak_at: Duration,
    pub weekend: Ratio,
    pub calendar: Calendar,
}

/// The rates of a week.
pub fn series(curve: &Curve) -> Arc<Series> {
    let Curve { peak_at, weekend, calendar, .. } = curve;
    let (mean, peak) = (curve.mean.0 as f64, curve.peak.0.max(curve.mean.0) as f64);
    let (base, power) = if peak <= 1.5 * mean {
        (2.0 * mean - peak, 1.0)
    } else {
        (0.5 * mean, power(0.5 * mean / (peak - 0.5 * mean)))
    };
    let day = Duration::days(1).secs_f64();
    let rates = (0..7 * Duration::days(1).ns() / STEP.ns()).map(|step| {
        let at = Timestamp::from_ns(step * STEP.ns() + STEP.ns() / 2);
        let hour = calendar.time_of_day(at).secs_f64() - peak_at.secs_f64();
        let bump = libm::pow((1.0 + libm::cos(2.0 * PI * hour / day)) / 2.0, power);
        let rate = base + (peak - base) * bump;
        let share = if calendar.weekday(at) >= 5 { weekend.as_f64() } else { 1.0 };
        (rate * share).round() as u32
    });
    Arc::new(Series { name: "daily".to_string(), every: STEP, starts: Timestamp::START, rates: rates.collect() })
}

/// Power `k` for which the mean of `((1 + cos x)/2)^k` over a turn, `Γ(k + ½) / (√π Γ(k + 1))` (Wallis), is `mean`; it falls with `k`.
fn power(mean: f64) -> f64 {
    let average = |k: f64| libm::exp(libm::lgamma(k + 0.5) - libm::lgamma(k + 1.0)) / PI.sqrt();
    let (mut low, mut high) = (0.0, 4_096.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if average(middle) > mean { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_of(mean: u64, peak: u64) -> Vec<u32> {
        let (mean, peak) = (ByteRate::mb(mean), ByteRate::mb(peak));
        let (peak_at, weekend, calendar) = (Duration::hours(14), Ratio::percent(20), Calendar::default());
        series(&Curve { mean, peak, peak_at, weekend, calendar }).rates.clone()
    }

    #[test]
    fn the_mean_of_a_working_day_and_its_peak_are_as_asked() {
        for (mean, peak) in [(3, 4), (2, 3), (2, 4), (1, 3), (1, 8)] {
            let week = day_of(mean, peak);
            let sum: u64 = week[..288].iter().map(|r| u64::from(*r)).sum();
            let error = (sum as f64 / 288.0 / (mean as f64 * 1e6) - 1.0).abs();
            assert!(error < 2e-3, "mean {mean}, peak {peak}: off by {error}");
            let (hour, highest) =
                week[..288].iter().enumerate().max_by_key(|(_, rate)| **rate).expect("a day has steps");
            assert!((166..=169).contains(&hour), "the peak stands at step {hour}");
            // The steps beside the top lie 2.5 min off it, which a narrow bump shows.
            assert!((f64::from(*highest) / (peak as f64 * 1e6) - 1.0).abs() < 4e-3, "peak {peak}: {highest}");
        }
    }

    /// Beside the mean of many points of the curve.
    #[test]
    fn the_power_gives_the_mean() {
        for mean in [0.49, 0.3, 0.1, 0.02, 0.01] {
            let (k, steps) = (power(mean), 100_000);
            let turn = (0..steps).map(|i| libm::cos(2.0 * PI * (f64::from(i) + 0.5) / f64::from(steps)));
            let found = turn.map(|c| libm::pow((1.0 + c) / 2.0, k)).sum::<f64>() / f64::from(steps);
            assert!((found / mean - 1.0).abs() < 1e-9, "mean {mean}, power {k}: {found}");
        }
    }

    #[test]
    fn a_peak_at_the_mean_is_a_constant() {
        assert!(day_of(2, 2)[..5 * 288].iter().all(|rate| *rate == 2_000_000));
    }

    /// 2·mean − peak below a ratio of 1.5, then half the mean.
    #[test]
    fn a_night_has_half_the_mean_or_more() {
        for (mean, peak, night) in [(4, 5, 3.0), (2, 3, 1.0), (2, 4, 1.0), (2, 16, 1.0)] {
            let lowest = f64::from(*day_of(mean, peak)[..288].iter().min().expect("a day has steps"));
            assert!((lowest / (night * 1e6) - 1.0).abs() < 1e-3, "mean {mean}, peak {peak}: {lowest}");
        }
    }

    #[test]
    fn a_weekend_has_its_share() {
        let week = day_of(2, 4);
        assert_eq!(f64::from(week[5 * 288 + 100]).round(), (f64::from(week[100]) * 0.2).round());
        assert_eq!(week[4 * 288 + 100], week[100]);
    }
}
