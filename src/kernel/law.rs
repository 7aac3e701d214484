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
