//! Drawing from laws: quantiles, means, and how a law reads in a report.
//!
//! A draw is the quantile at one uniform number. So two runs that share a stream and differ in a parameter get the same luck
//! (a long outage stays a long one), and a run needs exactly one number per draw whatever the law.
//!
//! | law | quantile at u | mean |
//! |---|---|---|
//! | exponential | `−m ln(1−u)` | m |
//! | Weibull, shape k | `λ (−ln(1−u))^(1/k)`, `λ = m / Γ(1 + 1/k)` | m |
//! | gamma, shape k | `(m/k) · P⁻¹(k, u)` | m |
//! | log-normal | `median · exp(σ z(u))`, `σ = ln(p95/median) / z(0.95)` | `median · exp(σ²/2)` |
//! | triangular | square roots left and right of the mode | `(low + mode + high)/3` |
//! | empirical, n samples | straight line at place `u (n−1)` | mean of that line |
//!
//! Units: nanoseconds, rounded to the nearest; what is too long becomes the longest span. Every function is of `libm`
//! (see `special.rs`), so a draw has the same bits on every machine.

use std::fmt;

use super::law::Law;
use super::special::{gamma_quantile, normal_quantile};
use crate::units::Duration;

impl Law {
    /// Draws a span: the quantile at `u`, a uniform number between 0 and 1.
    pub fn sample(&self, u: f64) -> Duration {
        self.quantile(u)
    }

    /// The span that is not exceeded with probability `u`. Panics unless 0 ≤ u ≤ 1, and on laws that have a [`Law::fault`].
    pub fn quantile(&self, u: f64) -> Duration {
        assert!((0.0..=1.0).contains(&u), "a probability lies between 0 and 1, not {u}");
        match self {
            Law::Fixed(span) => *span,
            Law::Uniform { low, high } => span(on_line(*low, *high, u)),
            Law::Triangular { low, mode, high } => triangular(*low, *mode, *high, u),
            Law::Exponential { mean } => span(-ns(*mean) * libm::log1p(-u)),
            Law::Weibull { mean, shape } => {
                assert_shape(*shape);
                let scale = ns(*mean) / libm::tgamma(1.0 + 1.0 / shape);
                span(scale * libm::pow(-libm::log1p(-u), 1.0 / shape))
            }
            Law::Gamma { mean, shape } => {
                assert_shape(*shape);
                match u {
                    0.0 => Duration::ZERO,
                    1.0 => longest(*mean),
                    _ => span(ns(*mean) / shape * gamma_quantile(*shape, u)),
                }
            }
            Law::LogNormal { median, p95 } => match u {
                0.0 if p95 > median => Duration::ZERO,
                1.0 if p95 > median => longest(*median),
                _ => {
                    span(ns(*median) * libm::exp(sigma(*median, *p95) * normal_quantile(u.clamp(1e-300, 1.0 - 1e-16))))
                }
            },
            Law::Empirical(samples) => empirical(samples, u),
        }
    }

    /// The mean span.
    pub fn mean(&self) -> Duration {
        match self {
            Law::Fixed(span) => *span,
            Law::Uniform { low, high } => span(on_line(*low, *high, 0.5)),
            Law::Triangular { low, mode, high } => span((ns(*low) + ns(*mode) + ns(*high)) / 3.0),
            Law::Exponential { mean } | Law::Weibull { mean, .. } | Law::Gamma { mean, .. } => *mean,
            Law::LogNormal { median, p95 } => {
                let sigma = sigma(*median, *p95);
                span(ns(*median) * libm::exp(sigma * sigma / 2.0))
            }
            Law::Empirical(samples) => match samples.len() {
                0 => Duration::ZERO,
                1 => samples[0],
                n => {
                    let sum: f64 = samples.iter().map(|sample| ns(*sample)).sum();
                    span((sum - (ns(samples[0]) + ns(samples[n - 1])) / 2.0) / (n - 1) as f64)
                }
            },
        }
    }

    /// What is wrong with the parameters, as a sentence for whoever wrote them; `None` when the law can be drawn from.
    pub fn fault(&self) -> Option<String> {
        match self {
            Law::Fixed(_) | Law::Exponential { .. } => None,
            Law::Uniform { low, high } => (low > high).then(|| format!("low {low} is above high {high}")),
            Law::Triangular { low, mode, high } => {
                (low > mode || mode > high).then(|| format!("low {low}, mode {mode} and high {high} do not rise"))
            }
            Law::Weibull { shape, .. } | Law::Gamma { shape, .. } => {
                (!shape_drawable(*shape)).then(|| format!("shape {shape} is not between 0.01 and a million million"))
            }
            Law::LogNormal { median, p95 } if median > p95 => Some(format!("median {median} is above p95 {p95}")),
            Law::LogNormal { median, .. } => median.is_zero().then(|| "the median is zero".to_owned()),
            Law::Empirical(samples) if samples.is_empty() => Some("there are no samples".to_owned()),
            Law::Empirical(samples) => (!samples.is_sorted()).then(|| "the samples are not sorted".to_owned()),
        }
    }
}

/// "log-normal, median 5h, p95 20h".
impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Law::Fixed(span) => write!(f, "always {span}"),
            Law::Uniform { low, high } => write!(f, "uniform, {low} to {high}"),
            Law::Triangular { low, mode, high } => write!(f, "triangular, low {low}, mode {mode}, high {high}"),
            Law::Exponential { mean } => write!(f, "exponential, mean {mean}"),
            Law::Weibull { mean, shape } => write!(f, "Weibull, mean {mean}, shape {shape}"),
            Law::Gamma { mean, shape } => write!(f, "gamma, mean {mean}, shape {shape}"),
            Law::LogNormal { median, p95 } => write!(f, "log-normal, median {median}, p95 {p95}"),
            Law::Empirical(samples) => {
                write!(f, "{} samples, median {}, p95 {}", samples.len(), self.quantile(0.5), self.quantile(0.95))
            }
        }
    }
}

fn ns(span: Duration) -> f64 {
    span.ns() as f64
}

/// Nearest nanosecond; `as` saturates at both ends and takes NaN for zero.
fn span(ns: f64) -> Duration {
    Duration::from_ns(ns.round() as u64)
}

fn on_line(low: Duration, high: Duration, u: f64) -> f64 {
    ns(low) + u * (ns(high) - ns(low))
}

/// The end of a law without an end: nothing, if the law is always zero.
fn longest(typical: Duration) -> Duration {
    if typical.is_zero() { Duration::ZERO } else { Duration::MAX }
}

fn triangular(low: Duration, mode: Duration, high: Duration, u: f64) -> Duration {
    let (low, mode, high) = (ns(low), ns(mode), ns(high));
    let width = high - low;
    let left = mode - low;
    if u * width < left {
        span(low + (u * width * left).sqrt())
    } else {
        span(high - ((1.0 - u) * width * (high - mode)).sqrt())
    }
}

/// Spread of the logarithm; z(0.95) = 1.6448…
fn sigma(median: Duration, p95: Duration) -> f64 {
    if median.is_zero() || p95 <= median {
        return 0.0;
    }
    libm::log(ns(p95) / ns(median)) / normal_quantile(0.95)
}

fn empirical(samples: &[Duration], u: f64) -> Duration {
    let Some(last) = samples.len().checked_sub(1) else { return Duration::ZERO };
    let place = u * last as f64;
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    span(on_line(samples[below], samples[above], place - below as f64))
}

/// Below 0.01 a Weibull's scale, and above 10¹² everything, leaves the range of floats.
fn shape_drawable(shape: f64) -> bool {
    (0.01..=1e12).contains(&shape)
}

fn assert_shape(shape: f64) {
    assert!(shape_drawable(shape), "shape {shape} should have been refused: see Law::fault");
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use rand_distr::Distribution;

    use super::super::random::RandomStream;
    use super::*;

    const HOUR: Duration = Duration::hours(1);

    fn laws() -> Vec<Law> {
        let hours = |hours: &[u64]| hours.iter().map(|h| Duration::hours(*h)).collect::<Vec<_>>();
        vec![
            Law::Fixed(HOUR),
            Law::Uniform { low: HOUR, high: HOUR * 3 },
            Law::Triangular { low: HOUR, mode: HOUR * 2, high: HOUR * 6 },
            Law::Triangular { low: HOUR, mode: HOUR, high: HOUR * 6 },
            Law::Exponential { mean: HOUR * 7 },
            Law::Weibull { mean: Duration::days(200), shape: 0.8 },
            Law::Weibull { mean: Duration::days(200), shape: 3.0 },
            Law::Gamma { mean: HOUR, shape: 0.5 },
            Law::Gamma { mean: HOUR, shape: 9.0 },
            Law::LogNormal { median: HOUR * 5, p95: HOUR * 38 },
            Law::Empirical(hours(&[1, 2, 4, 8, 9]).into()),
        ]
    }

    fn seconds(span: Duration) -> f64 {
        span.secs_f64()
    }

    /// The mean is the integral of the quantile over u; the substitution u = 1 − t⁴ or t⁴ tames both tails.
    #[test]
    fn the_mean_of_every_law_is_the_mean_of_its_quantiles() {
        for law in laws() {
            let n = 20_000;
            let integral: f64 = (0..n)
                .map(|i| {
                    let t = (f64::from(i) + 0.5) / f64::from(n);
                    let (t3, t4) = (t.powi(3), t.powi(4));
                    let both = seconds(law.quantile(t4 / 2.0)) + seconds(law.quantile(1.0 - t4 / 2.0));
                    both * 2.0 * t3 / f64::from(n)
                })
                .sum();
            let mean = seconds(law.mean());
            assert!((integral / mean - 1.0).abs() < 2e-4, "{law}: mean {mean}, integral {integral}");
        }
    }

    #[test]
    fn quantiles_match_their_closed_forms() {
        let near =
            |span: Duration, want: f64| assert!((seconds(span) / want - 1.0).abs() < 1e-9, "{span}, not {want} s");
        near(Law::Exponential { mean: HOUR }.quantile(0.5), 3_600.0 * 2_f64.ln());
        near(Law::LogNormal { median: HOUR * 5, p95: HOUR * 38 }.quantile(0.5), 18_000.0);
        near(Law::LogNormal { median: HOUR * 5, p95: HOUR * 38 }.quantile(0.95), 136_800.0);
        // A Weibull of shape 2 has mean λ √π / 2.
        let scale = 3_600.0 * 2.0 / std::f64::consts::PI.sqrt();
        near(Law::Weibull { mean: HOUR, shape: 2.0 }.quantile(0.3), scale * (-(0.7_f64.ln())).sqrt());
        // A gamma of shape 1 and a Weibull of shape 1 are exponential.
        near(Law::Gamma { mean: HOUR, shape: 1.0 }.quantile(0.9), 3_600.0 * 10_f64.ln());
        near(Law::Weibull { mean: HOUR, shape: 1.0 }.quantile(0.9), 3_600.0 * 10_f64.ln());
        // Symmetric triangle: an eighth of the mass lies in the left quarter.
        near(Law::Triangular { low: HOUR, mode: HOUR * 3, high: HOUR * 5 }.quantile(0.125), 7_200.0);
        let four: Vec<Duration> = [1, 2, 4, 8].map(Duration::hours).into();
        near(Law::Empirical(four.into()).quantile(0.5), 3.0 * 3_600.0);
    }

    #[test]
    fn quantiles_never_fall_and_the_ends_do_not_overflow() {
        let mut laws = laws();
        laws.push(Law::Exponential { mean: Duration::MAX });
        laws.push(Law::LogNormal { median: HOUR, p95: Duration::MAX });
        laws.push(Law::LogNormal { median: HOUR, p95: HOUR });
        laws.push(Law::Uniform { low: Duration::ZERO, high: Duration::MAX });
        laws.push(Law::Triangular { low: HOUR, mode: HOUR, high: HOUR });
        laws.push(Law::Gamma { mean: Duration::MAX, shape: 0.01 });
        laws.push(Law::Weibull { mean: Duration::MAX, shape: 0.01 });
        laws.push(Law::Weibull { mean: HOUR, shape: 1e12 });
        laws.push(Law::Empirical(Vec::new().into()));
        for law in laws {
            let mut last = law.quantile(0.0);
            for i in 1..=1_000 {
                let next = law.quantile(f64::from(i) / 1_000.0);
                assert!(next >= last, "{law} falls at {i}");
                last = next;
            }
        }
    }

    /// Largest distance between the sorted samples of two samplers; with 20 000 each, 0.0195 is the 99.9 % bound.
    fn distance(mut ours: Vec<f64>, mut theirs: Vec<f64>) -> f64 {
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
        while i < ours.len() && j < theirs.len() {
            if ours[i] <= theirs[j] {
                i += 1;
            } else {
                j += 1;
            }
            largest = largest.max((i as f64 / ours.len() as f64 - j as f64 / theirs.len() as f64).abs());
        }
        largest
    }

    type Sampler = Box<dyn Fn(&mut ChaCha8Rng) -> f64>;

    #[test]
    fn our_draws_are_distributed_like_those_of_rand_distr() {
        const N: usize = 20_000;
        let s = |law: &Law| {
            let mut stream = RandomStream::named(11, 0, &law.to_string());
            (0..N).map(|_| seconds(law.sample(stream.uniform()))).collect::<Vec<_>>()
        };
        let sigma = 7.6_f64.ln() / 1.644_853_626_951_472_2;
        let scale = 3_600.0 / statrs::function::gamma::gamma(1.0 + 1.0 / 0.8);
        let log_normal = rand_distr::LogNormal::new(18_000_f64.ln(), sigma).expect("parameters are sound");
        let weibull = rand_distr::Weibull::new(scale, 0.8).expect("parameters are sound");
        let gamma = rand_distr::Gamma::new(0.5, 7_200.0).expect("parameters are sound");
        let exponential = rand_distr::Exp::new(1.0 / 3_600.0).expect("parameters are sound");
        let triangular = rand_distr::Triangular::new(3_600.0, 21_600.0, 7_200.0).expect("parameters are sound");
        let cases: [(Law, Sampler); 5] = [
            (Law::LogNormal { median: HOUR * 5, p95: HOUR * 38 }, Box::new(move |r| log_normal.sample(r))),
            (Law::Weibull { mean: HOUR, shape: 0.8 }, Box::new(move |r| weibull.sample(r))),
            (Law::Gamma { mean: HOUR, shape: 0.5 }, Box::new(move |r| gamma.sample(r))),
            (Law::Exponential { mean: HOUR }, Box::new(move |r| exponential.sample(r))),
            (Law::Triangular { low: HOUR, mode: HOUR * 2, high: HOUR * 6 }, Box::new(move |r| triangular.sample(r))),
        ];
        for (law, theirs) in cases {
            let mut generator = ChaCha8Rng::from_seed([5; 32]);
            let theirs: Vec<f64> = (0..N).map(|_| theirs(&mut generator)).collect();
            let far = distance(s(&law), theirs.clone());
            assert!(far < 0.0195, "{law}: distance {far}");
            let shifted = theirs.iter().map(|x| x * 1.1).collect();
            assert!(distance(s(&law), shifted) > 0.0195, "{law}: a tenth too long must be noticed");
        }
    }

    #[test]
    fn faults_name_what_is_wrong() {
        assert!(laws().iter().all(|law| law.fault().is_none()));
        for bad in [
            Law::Uniform { low: HOUR * 2, high: HOUR },
            Law::Triangular { low: HOUR, mode: HOUR * 9, high: HOUR * 6 },
            Law::Weibull { mean: HOUR, shape: 0.0 },
            Law::Gamma { mean: HOUR, shape: f64::NAN },
            Law::LogNormal { median: HOUR * 2, p95: HOUR },
            Law::Empirical(Vec::new().into()),
            Law::Empirical(vec![HOUR * 2, HOUR].into()),
        ] {
            assert!(bad.fault().is_some(), "{bad:?}");
        }
        let law = Law::LogNormal { median: HOUR * 5, p95: HOUR * 20 };
        assert_eq!(law.to_string(), "log-normal, median 5h, p95 20h");
    }
}
