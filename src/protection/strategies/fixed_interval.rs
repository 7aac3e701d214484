//! Fixed interval: a mark every so often, whatever happens. What the product does (domain facts 4.1).
//!
//! App-consistent marks fall on crash-consistent ones: an interval that is no multiple is lengthened to the next one.

use super::super::strategy::{PointView, RecoveryPointStrategy};
use crate::contract::Marks;

/// Marks at the intervals of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedInterval;

impl RecoveryPointStrategy for FixedInterval {
    fn marks(&self, view: &PointView<'_>) -> Marks {
        let crash_every = view.policy.crash_consistent_every;
        let app_every = view.policy.app_consistent_every.map(|every| {
            let times = every.ns().div_ceil(crash_every.ns().max(1)).max(1);
            crash_every * times
        });
        Marks { crash_every, app_every }
    }
}

#[cfg(test)]
mod tests {
    use super::super::StrategySpec;
    use super::*;
    use crate::intent::{ReplicationPolicy, StrategyChoice};
    use crate::units::{Duration, Timestamp, VmId};

    fn marks(app: Option<Duration>, keeps_up: bool) -> Marks {
        let policy = ReplicationPolicy {
            name: "gold".to_owned(),
            crash_consistent_every: Duration::minutes(5),
            app_consistent_every: app,
            retention: Duration::days(1),
            rpo_alert: None,
            strategy: StrategyChoice::FixedInterval,
        };
        let view = PointView { now: Timestamp::START, vm: VmId(0), policy: &policy, newest: None, keeps_up };
        StrategySpec::from(&policy.strategy).marks(&view)
    }

    #[test]
    fn the_policy_says_it_all_whatever_the_vm_does() {
        let gold = Marks { crash_every: Duration::minutes(5), app_every: Some(Duration::hours(4)) };
        assert_eq!(marks(Some(Duration::hours(4)), true), gold);
        assert_eq!(marks(Some(Duration::hours(4)), false), gold);
        assert_eq!(marks(None, true).app_every, None);
    }

    #[test]
    fn app_consistent_marks_fall_on_crash_consistent_ones() {
        assert_eq!(marks(Some(Duration::minutes(61)), true).app_every, Some(Duration::minutes(65)));
        assert_eq!(marks(Some(Duration::minutes(1)), true).app_every, Some(Duration::minutes(5)));
    }
}
