//! Adaptive: as often as points become usable, within bounds.
//!
//! ```text
//! T = (1 + wait) · lag,     at least `at_least`, at most `at_most`
//! ```
//! What the product sees of churn and backlog is how long a mark waits until it is applied. `wait` = 0 is "the next one when the
//! last one is through"; some waiting is better where waits vary much (Sun et al. 2017, "Update or wait"; methods 5.4). T is
//! rounded up to a power of two times `at_least`, so that it does not change with every point and each grid holds the coarser ones.
//!
//! The other side: a mark that does not arrive at all (link cut) makes no new lag, so the interval stays until the first one
//! comes through, and then is long while the backlog drains.

use super::super::strategy::{PointView, RecoveryPointStrategy};
use super::multiple;
use crate::contract::Marks;
use crate::intent::ReplicationPolicy;
use crate::units::{Duration, Ratio};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adaptive {
    pub at_least: Duration,
    pub at_most: Duration,
    /// β: what is waited beyond the lag, as a share of it.
    pub wait: Ratio,
}

impl Adaptive {
    fn every(&self, lag: Duration) -> Duration {
        let wanted = lag.secs_f64() * (1.0 + self.wait.as_f64());
        let mut every = self.at_least;
        while every.secs_f64() < wanted && every * 2 <= self.at_most {
            every = every * 2;
        }
        every
    }
}

impl RecoveryPointStrategy for Adaptive {
    fn grid(&self, _: &ReplicationPolicy) -> Duration {
        self.at_least
    }

    fn marks(&self, view: &PointView<'_>) -> Marks {
        let crash_every = self.every(view.lag.unwrap_or_default());
        let app_every = view.policy.app_consistent_every.map(|every| multiple(every, crash_every));
        Marks { crash_every, app_every }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{minutes, view};
    use super::*;

    const OWN: Adaptive =
        Adaptive { at_least: Duration::minutes(1), at_most: Duration::minutes(30), wait: Ratio::from_ppm(500_000) };

    fn after(lag: Duration) -> Duration {
        OWN.marks(&PointView { lag: Some(lag), ..view(None, true) }).crash_every
    }

    #[test]
    fn the_interval_follows_the_lag_in_steps_of_two_within_its_bounds() {
        assert_eq!(OWN.marks(&view(None, true)).crash_every, minutes(1), "nothing is known yet");
        assert_eq!(after(Duration::secs(20)), minutes(1));
        // 1.5 × 2 min = 3 min: the next power of two is 4.
        assert_eq!(after(minutes(2)), minutes(4));
        assert_eq!(after(minutes(10)), minutes(16), "15 min");
        assert_eq!(after(minutes(500)), minutes(16), "32 min would be beyond 30");
    }

    #[test]
    fn all_its_intervals_stand_on_its_grid() {
        let policy = view(None, true).policy;
        for lag in [0, 1, 3, 9, 27, 900] {
            assert_eq!(after(minutes(lag)).ns() % OWN.grid(policy).ns(), 0);
        }
    }
}
