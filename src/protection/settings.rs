//! Settings: what an operator of the product can set, beside policies.

use crate::units::{Calendar, Duration};

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Initial replications and resyncs that run at once per appliance; the others wait in order. Zero: no limit.
    pub copies_at_once: u32,
    /// Automatic resync starts only between these times of day (outside office hours); `None`: at once.
    pub resync_window: Option<(Duration, Duration)>,
    pub calendar: Calendar,
    /// How often the logic tells the platform which points it holds (storage accounting).
    pub census_every: Duration,
}
