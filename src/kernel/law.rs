//! Laws: how long something takes or lasts, as a description that can be printed and changed.
//!
//! Drawing stands in `draw.rs`.

use std::sync::Arc;

use crate::units::Duration;

/// A distribution of spans. Every law is sampled by inversion from one uniform number, so that two scenarios that
/// share a stream share their luck.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    Fixed(Duration),
    Uniform {
        low: Duration,
        high: Duration,
    },
    Triangular {
        low: Duration,
        mode: Duration,
        high: Duration,
    },
    Exponential {
        mean: Duration,
    },
    Weibull {
        mean: Duration,
        shape: f64,
    },
    Gamma {
        mean: Duration,
        shape: f64,
    },
    LogNormal {
        median: Duration,
        p95: Duration,
    },
    /// Sorted samples; a quantile lies on the straight line between neighbours.
    Empirical(Arc<[Duration]>),
}

impl Law {
    /// The law of spans that are so many times as long; its shape stays.
    pub fn scaled(&self, factor: f64) -> Law {
        let times = |span: &Duration| Duration::from_secs_f64(span.secs_f64() * factor);
        match self {
            Law::Fixed(span) => Law::Fixed(times(span)),
            Law::Uniform { low, high } => Law::Uniform { low: times(low), high: times(high) },
            Law::Triangular { low, mode, high } => {
                Law::Triangular { low: times(low), mode: times(mode), high: times(high) }
            }
            Law::Exponential { mean } => Law::Exponential { mean: times(mean) },
            Law::Weibull { mean, shape } => Law::Weibull { mean: times(mean), shape: *shape },
            Law::Gamma { mean, shape } => Law::Gamma { mean: times(mean), shape: *shape },
            Law::LogNormal { median, p95 } => Law::LogNormal { median: times(median), p95: times(p95) },
            Law::Empirical(samples) => Law::Empirical(samples.iter().map(times).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every law at twice the length has twice the mean.
    #[test]
    fn a_scaled_law_has_a_scaled_mean() {
        let s = Duration::secs;
        let laws = [
            Law::Fixed(s(10)),
            Law::Uniform { low: s(10), high: s(30) },
            Law::Triangular { low: s(10), mode: s(20), high: s(60) },
            Law::Exponential { mean: s(10) },
            Law::Weibull { mean: s(10), shape: 0.6 },
            Law::Gamma { mean: s(10), shape: 2.0 },
            Law::LogNormal { median: s(10), p95: s(40) },
            Law::Empirical([s(10), s(20), s(60)].into()),
        ];
        for law in laws {
            let (one, two) = (law.mean().secs_f64(), law.scaled(2.0).mean().secs_f64());
            assert!((two - 2.0 * one).abs() < 1e-6, "{law:?}: {one} {two}");
        }
    }
}
