//! Fixed interval: a mark every so often, whatever happens. What the product does (domain facts 4.1).
//!
//! App-consistent marks fall on crash-consistent ones: an interval that is no multiple is lengthened to the next one.

use super::super::strategy::{PointView, RecoveryPointStrategy};
use super::multiple;
use crate::contract::Marks;

/// Marks at the intervals of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedInterval;

impl RecoveryPointStrategy for FixedInterval {
    fn marks(&self, view: &PointView<'_>) -> Marks {
        let crash_every = view.policy.crash_consistent_every;
        let app_every = view.policy.app_consistent_every.map(|every| multiple(every, crash_every));
        Marks { crash_every, app_every }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{minutes, view};
    use super::*;

    #[test]
    fn the_policy_says_it_all_whatever_the_vm_does() {
        let gold = Marks { crash_every: minutes(5), app_every: Some(minutes(240)) };
        assert_eq!(FixedInterval.marks(&view(Some(minutes(240)), true)), gold);
        assert_eq!(FixedInterval.marks(&view(Some(minutes(240)), false)), gold);
        assert_eq!(FixedInterval.marks(&view(None, true)).app_every, None);
    }

    #[test]
    fn app_consistent_marks_fall_on_crash_consistent_ones() {
        assert_eq!(FixedInterval.marks(&view(Some(minutes(61)), true)).app_every, Some(minutes(65)));
        assert_eq!(FixedInterval.marks(&view(Some(minutes(1)), true)).app_every, Some(minutes(5)));
    }
}
