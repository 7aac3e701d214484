//! Fallback: the policy's interval while marks are applied in time, a coarser one while they are not.
//!
//! A protection that cannot keep up makes fewer points to look after when there is most to do, as storage replication does
//! that falls back to a longer schedule (users, table: "graceful down-shift"). App-consistent points keep their interval,
//! lengthened to a multiple of the coarser one, so a guest in trouble is not asked to be quiet more often than before.

use super::super::strategy::{PointView, RecoveryPointStrategy};
use super::multiple;
use crate::contract::Marks;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoarserWhenLate {
    /// So many times the interval while late.
    pub times: u32,
}

impl RecoveryPointStrategy for CoarserWhenLate {
    fn marks(&self, view: &PointView<'_>) -> Marks {
        let times = if view.keeps_up { 1 } else { u64::from(self.times.max(1)) };
        let crash_every = view.policy.crash_consistent_every * times;
        let app_every = view.policy.app_consistent_every.map(|every| multiple(every, crash_every));
        Marks { crash_every, app_every }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{minutes, view};
    use super::*;

    #[test]
    fn it_is_coarser_while_late_and_only_then() {
        let own = CoarserWhenLate { times: 6 };
        assert_eq!(own.marks(&view(Some(minutes(60)), true)).crash_every, minutes(5));
        let late = own.marks(&view(Some(minutes(60)), false));
        assert_eq!((late.crash_every, late.app_every), (minutes(30), Some(minutes(60))));
        assert_eq!(own.marks(&view(Some(minutes(20)), false)).app_every, Some(minutes(30)));
    }
}
