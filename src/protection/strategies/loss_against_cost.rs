//! Expected loss against cost: the interval at which making points costs as much as what a failure loses between them.
//!
//! A point costs the guest δ of its time (the policy's `app_consistent_freeze`), a failure loses half an interval on average and comes every
//! M. The sum is least near Young's `√(2δM)`; Daly's higher order of it is
//!
//! ```text
//! T = √(2δM) · (1 + ⅓·√(δ/2M) + ⅑·δ/2M) − δ      for δ < 2M,   else M
//! ```
//! rounded down to whole seconds, at least one second and at most the policy's retention. Every point is app-consistent: that is
//! what it costs. Young 1974; Daly 2006 (methods 5.3, oracle P14e). Units: spans.

use super::super::strategy::{PointView, RecoveryPointStrategy};
use crate::contract::Marks;
use crate::intent::ReplicationPolicy;
use crate::units::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossAgainstCost {
    /// M: mean time between failures.
    pub failure_every: Duration,
}

impl LossAgainstCost {
    /// Daly's interval [s] for points that cost the guest `freeze`.
    fn optimum(&self, freeze: Duration) -> f64 {
        let (cost, mean) = (freeze.secs_f64(), self.failure_every.secs_f64());
        if cost >= 2.0 * mean {
            return mean;
        }
        let ratio = cost / (2.0 * mean);
        (2.0 * cost * mean).sqrt() * (1.0 + ratio.sqrt() / 3.0 + ratio / 9.0) - cost
    }
}

impl RecoveryPointStrategy for LossAgainstCost {
    fn grid(&self, policy: &ReplicationPolicy) -> Duration {
        let most = (policy.retention.ns() / Duration::secs(1).ns()).max(1);
        Duration::secs((self.optimum(policy.app_consistent_freeze) as u64).clamp(1, most))
    }

    fn marks(&self, view: &PointView<'_>) -> Marks {
        let every = self.grid(view.policy);
        Marks { crash_every: every, app_every: Some(every) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::view;
    use super::*;

    fn every(freeze: Duration, failure_every: Duration) -> Duration {
        let seen = view(None, true);
        let policy = ReplicationPolicy { app_consistent_freeze: freeze, ..seen.policy.clone() };
        LossAgainstCost { failure_every }.marks(&PointView { policy: &policy, ..seen }).crash_every
    }

    /// Oracle P14e: a point of 5 min, a failure every 24 h: Young says 120 min, Daly 116.6898 min.
    #[test]
    fn p14e_the_interval_is_dalys() {
        let (freeze, failure_every) = (Duration::minutes(5), Duration::hours(24));
        let optimum = LossAgainstCost { failure_every }.optimum(freeze);
        assert!((optimum / 60.0 - 116.6898).abs() < 1e-4, "{}", optimum / 60.0);
        assert_eq!(every(freeze, failure_every), Duration::secs(7_001));
    }

    /// Against the cost itself, counted out: no other interval has a smaller share of time lost. Daly's model: the work of T takes
    /// M·e^(δ/M)·(e^((T)/M) − 1)·(1/(T − δ)) of time per work; T with its point.
    #[test]
    fn no_other_interval_loses_less() {
        let own = LossAgainstCost { failure_every: Duration::days(20) };
        let (cost, mean) = (20.0, Duration::days(20).secs_f64());
        let lost = |every: f64| mean * (((every + cost) / mean).exp() - 1.0) / every;
        let best = own.optimum(Duration::secs(20));
        let around = (1..400).map(|step| lost(best * f64::from(step) / 100.0)).fold(f64::INFINITY, f64::min);
        assert!(lost(best) <= around * (1.0 + 1e-9), "{} {around}", lost(best));
    }

    #[test]
    fn it_stays_within_a_second_and_the_retention() {
        assert_eq!(every(Duration::ZERO, Duration::days(1)), Duration::secs(1));
        let dear = every(Duration::days(1), Duration::days(10_000));
        assert_eq!(dear, Duration::days(1), "the retention of the view");
    }
}
