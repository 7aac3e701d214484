//! App-consistent every n-th: crash-consistent marks at the policy's interval, and each n-th of them asks the guest to be quiet.
//!
//! The knob of products that count points instead of time (domain facts 4.1; methods 5.2): whoever changes the interval keeps
//! the ratio. `n = 1` makes every point app-consistent.

use super::super::strategy::{PointView, RecoveryPointStrategy};
use crate::contract::Marks;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppEveryNth {
    pub n: u32,
}

impl RecoveryPointStrategy for AppEveryNth {
    fn marks(&self, view: &PointView<'_>) -> Marks {
        let crash_every = view.policy.crash_consistent_every;
        Marks { crash_every, app_every: Some(crash_every * u64::from(self.n.max(1))) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{minutes, view};
    use super::*;

    #[test]
    fn the_ratio_holds_whatever_the_policy_says_of_app_consistent_points() {
        let marks = AppEveryNth { n: 12 }.marks(&view(None, true));
        assert_eq!((marks.crash_every, marks.app_every), (minutes(5), Some(minutes(60))));
        assert_eq!(AppEveryNth { n: 1 }.marks(&view(None, true)).app_every, Some(minutes(5)));
    }
}
