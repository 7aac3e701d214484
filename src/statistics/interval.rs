//! Confidence intervals: means, proportions, quantiles.
//!
//! * Mean of n independent values: `x̄ ± t(n−1) · s/√n` (Student).
//! * Proportion k of n: Clopper–Pearson, exact: bounds are quantiles of Beta(k, n−k+1) and Beta(k+1, n−k); zero of n gives
//!   about 3/n at 95 % one-sided.
//! * Quantile: the true p-quantile lies between two order statistics whose ranks come from the binomial law; no law of
//!   the samples is assumed (oracle P10). Where the ranks leave the sample, that side is open.
//! * Wilks: the greatest of n samples is above the p-quantile with confidence `1 − pⁿ`; 59 samples for 95/95.
//!
//! Units: those of the samples; shares and confidences are 0 … 1. Values of one interval must be independent.

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// An estimate and its two-sided interval; an open side is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Half of the width, infinite when a side is open.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// Student's interval for a mean; open with fewer than two values. `None` without values.
pub fn mean_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let value = super::mean(values)?;
    if values.len() < 2 {
        return Some(Interval { value, low: f64::NEG_INFINITY, high: f64::INFINITY });
    }
    let n = values.len() as f64;
    let squares: f64 = values.iter().map(|x| (x - value) * (x - value)).sum();
    let half = student(values.len(), confidence) * (squares / (n - 1.0) / n).sqrt();
    Some(Interval { value, low: value - half, high: value + half })
}

/// The two-sided factor of Student's law for `count` ≥ 2 values.
pub(super) fn student(count: usize, confidence: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, (count - 1) as f64).expect("at least one degree of freedom");
    law.inverse_cdf(1.0 - (1.0 - clamped(confidence)) / 2.0)
}

/// Clopper–Pearson for `hits` of `count`. Without trials nothing is known: 0 … 1.
pub fn proportion_interval(hits: u64, count: u64, confidence: f64) -> Interval {
    assert!(hits <= count, "more hits than trials: {hits} of {count}");
    if count == 0 {
        return Interval { value: f64::NAN, low: 0.0, high: 1.0 };
    }
    let (k, n) = (hits as f64, count as f64);
    let tail = (1.0 - clamped(confidence)) / 2.0;
    // With k = 0 or k = n the beta quantile has a closed form, and the library's search needs none.
    let low = match hits {
        0 => 0.0,
        _ if hits == count => tail.powf(1.0 / n),
        _ => beta(k, n - k + 1.0, tail),
    };
    let high = match hits {
        _ if hits == count => 1.0,
        0 => 1.0 - tail.powf(1.0 / n),
        _ => beta(k + 1.0, n - k, 1.0 - tail),
    };
    Interval { value: k / n, low, high }
}

fn beta(a: f64, b: f64, share: f64) -> f64 {
    Beta::new(a, b).expect("both shapes are positive").inverse_cdf(share)
}

/// Ranks (from 1) of the samples that enclose the p-quantile of `count` samples; an open side is `None`.
pub fn quantile_ranks(count: u64, p: f64, confidence: f64) -> (Option<u64>, Option<u64>) {
    if count == 0 {
        return (None, None);
    }
    let law = Binomial::new(p.clamp(0.0, 1.0), count).expect("a share and a count");
    let tail = (1.0 - clamped(confidence)) / 2.0;
    // Number of k in 0 ..= count with P(Bin ≤ k) at most `share`; the CDF rises, so it can be halved.
    let at_most = |share: f64| {
        let (mut low, mut high) = (0, count + 1);
        while low < high {
            let middle = low.midpoint(high);
            if law.cdf(middle) <= share { low = middle + 1 } else { high = middle }
        }
        low
    };
    // l is the largest with P(Bin ≤ l−1) ≤ tail: exactly the number of such k. u is the smallest with P(Bin ≤ u−1) ≥ 1−tail.
    let low = at_most(tail);
    let high = at_most((1.0 - tail).next_down()) + 1;
    ((low > 0).then_some(low), (high <= count).then_some(high))
}

/// Interval of the p-quantile of independent samples; `sorted` rises. `None` without samples.
pub fn quantile_interval(sorted: &[f64], p: f64, confidence: f64) -> Option<Interval> {
    let value = super::quantile_sorted(sorted, p)?;
    let (low, high) = quantile_ranks(sorted.len() as u64, p, confidence);
    let at = |rank: u64| sorted[rank as usize - 1];
    Some(Interval { value, low: low.map_or(f64::NEG_INFINITY, at), high: high.map_or(f64::INFINITY, at) })
}

/// Samples needed so that the greatest of them is above the p-quantile with this confidence.
pub fn wilks_samples(p: f64, confidence: f64) -> u64 {
    ((1.0 - clamped(confidence)).ln() / p.clamp(1e-12, 1.0 - 1e-12).ln()).ceil() as u64
}

/// A confidence of exactly one would ask for infinite intervals everywhere.
fn clamped(confidence: f64) -> f64 {
    confidence.clamp(0.0, 1.0 - 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_the_ranks_are_those_of_the_table() {
        for (n, p, l, u, coverage) in
            [(100, 0.5, 40, 61, 0.9647998), (200, 0.95, 184, 197, 0.9671522), (1_000, 0.95, 936, 964, 0.9580953)]
        {
            assert_eq!(quantile_ranks(n, p, 0.95), (Some(l), Some(u)), "{n} {p}");
            let law = Binomial::new(p, n).expect("valid");
            assert!((law.cdf(u - 1) - law.cdf(l - 1) - coverage).abs() < 1e-6, "{n} {p}");
        }
    }

    #[test]
    fn p10_ranks_beyond_the_sample_leave_the_side_open() {
        assert_eq!(quantile_ranks(20, 0.99, 0.95).1, None);
        assert_eq!(quantile_ranks(20, 0.01, 0.95).0, None);
        // Against the definition, counted out.
        for (n, p) in [(7, 0.3), (30, 0.9), (59, 0.95), (100, 0.99)] {
            let law = Binomial::new(p, n).expect("valid");
            let l = (1..=n).rev().find(|l| law.cdf(l - 1) <= 0.025);
            let u = (1..=n).find(|u| law.cdf(u - 1) >= 0.975);
            assert_eq!(quantile_ranks(n, p, 0.95), (l, u), "{n} {p}");
        }
    }

    #[test]
    fn wilks_needs_fifty_nine_samples_for_ninety_five_of_ninety_five() {
        assert_eq!(wilks_samples(0.95, 0.95), 59);
        assert_eq!(wilks_samples(0.99, 0.95), 299);
    }

    #[test]
    fn nothing_in_n_trials_gives_about_three_in_n() {
        let none = proportion_interval(0, 300, 0.9);
        assert!((none.high - 3.0 / 300.0).abs() < 1e-4, "{none:?}");
        assert_eq!((none.low, proportion_interval(300, 300, 0.9).high), (0.0, 1.0));
        // Clopper and Pearson's own kind of table: 4 of 20 at 95 % is 0.0573 … 0.4366.
        let some = proportion_interval(4, 20, 0.95);
        assert!((some.low - 0.0573340).abs() < 1e-5 && (some.high - 0.4366140).abs() < 1e-5, "{some:?}");
    }

    #[test]
    fn clopper_pearson_covers_at_least_its_confidence() {
        for p in [0.01, 0.1, 0.37, 0.5, 0.9] {
            let n = 40;
            let law = Binomial::new(p, n).expect("valid");
            let mass = |k: u64| if k == 0 { law.cdf(0) } else { law.cdf(k) - law.cdf(k - 1) };
            let covered: f64 = (0..=n)
                .filter(|&k| {
                    let interval = proportion_interval(k, n, 0.95);
                    interval.low <= p && p <= interval.high
                })
                .map(mass)
                .sum();
            assert!(covered >= 0.95, "{p}: {covered}");
        }
    }

    #[test]
    fn students_interval_of_four_values_is_the_textbook_one() {
        // Mean 5, s = 2.581989, t(3, 97.5 %) = 3.182446.
        let interval = mean_interval(&[2.0, 4.0, 6.0, 8.0], 0.95).expect("values");
        assert!((interval.half_width() - 3.182446 * 2.581989 / 2.0).abs() < 1e-5);
        assert_eq!(interval.value, 5.0);
        assert!(mean_interval(&[5.0], 0.95).expect("one").high.is_infinite());
        assert_eq!(mean_interval(&[], 0.95), None);
    }

    #[test]
    fn students_interval_covers_the_true_mean_as_often_as_it_says() {
        // 4000 samples of five near-normal values (sums of twelve uniforms, true mean 6) from a fixed sequence.
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>();
        let rounds = 4_000;
        let covered = (0..rounds)
            .filter(|_| {
                let values: Vec<f64> = (0..5).map(|_| normal()).collect();
                let interval = mean_interval(&values, 0.9).expect("values");
                interval.low <= 6.0 && 6.0 <= interval.high
            })
            .count();
        // Three standard errors of 4000 trials at 90 % are 1.4 %.
        let share = covered as f64 / f64::from(rounds);
        assert!((share - 0.9).abs() < 0.0143, "{share}");
    }
}
