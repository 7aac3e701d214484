//! Steady churn: one rate for ever. With noise it is a table of one step under [`super::noise`].

use std::sync::Arc;

use crate::units::{ByteRate, Duration, Timestamp};
use crate::world::churn::Series;

/// A series of one step.
pub(in crate::world) fn series(rate: ByteRate, every: Duration) -> Arc<Series> {
    Arc::new(Series {
        name: "steady".to_string(),
        every,
        starts: Timestamp::START,
        rates: vec![u32::try_from(rate.0).unwrap_or(u32::MAX)],
    })
}
