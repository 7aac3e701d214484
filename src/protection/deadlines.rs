//! Deadlines: everything the logic waits for, one slot per reason.
//!
//! Setting a reason again moves its deadline. At one moment the order of [`Reason`] decides, then the id.
//!
//! Cost: O(log n) per change and look-up, n the deadlines that are set.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{PlanId, Timestamp, VmId};

/// Why the logic wants to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// When an appliance or agent has not been heard of for too long.
    Heartbeat,
    /// When a protected VM has had no new point for too long.
    NoPoint(VmId),
    /// When an initial replication or resync has not moved for too long.
    NoProgress(VmId),
    /// When the oldest difflog of the VM in the cache may have become too old.
    Difflog(VmId),
    /// When the platform is to be told which points are held.
    Census,
    /// When the hours begin in which automatic resyncs may run.
    ResyncWindow(VmId),
    /// When an operation that failed is to be tried again.
    Retry(VmId),
    /// When the pause between two groups of a recovery plan is over.
    PlanPause(PlanId),
    /// When the newest point of the VM may have become older than its policy tolerates.
    RpoAlert(VmId),
    /// When what the points of the VM keep is to be looked at.
    Journal(VmId),
}

/// The deadlines that are set.
#[derive(Clone, Debug, Default)]
pub struct Deadlines {
    by_reason: BTreeMap<Reason, Timestamp>,
    by_time: BTreeSet<(Timestamp, Reason)>,
}

impl Deadlines {
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or moves a deadline. Never is no deadline.
    pub fn set(&mut self, reason: Reason, at: Timestamp) {
        self.clear(reason);
        if at < Timestamp::NEVER {
            self.by_reason.insert(reason, at);
            self.by_time.insert((at, reason));
        }
    }

    pub fn clear(&mut self, reason: Reason) {
        if let Some(at) = self.by_reason.remove(&reason) {
            self.by_time.remove(&(at, reason));
        }
    }

    pub fn next(&self) -> Option<(Timestamp, Reason)> {
        self.by_time.first().copied()
    }

    /// Takes the first deadline that has come. Its slot is free again.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<Reason> {
        let (_, reason) = self.next().filter(|(at, _)| *at <= now)?;
        self.clear(reason);
        Some(reason)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: u64) -> Timestamp {
        Timestamp::from_ns(ns)
    }

    #[test]
    fn a_reason_has_one_slot_and_setting_it_again_moves_it() {
        let mut deadlines = Deadlines::new();
        deadlines.set(Reason::NoPoint(VmId(1)), at(5));
        deadlines.set(Reason::NoPoint(VmId(2)), at(6));
        deadlines.set(Reason::NoPoint(VmId(1)), at(9));
        assert_eq!(deadlines.next(), Some((at(6), Reason::NoPoint(VmId(2)))));
        deadlines.set(Reason::NoPoint(VmId(2)), Timestamp::NEVER);
        assert_eq!(deadlines.pop_due(at(8)), None);
        assert_eq!(deadlines.pop_due(at(9)), Some(Reason::NoPoint(VmId(1))));
        assert_eq!(deadlines.next(), None);
    }

    fn reason(pick: u8) -> Reason {
        let (vm, plan) = (VmId(u32::from(pick / 10)), PlanId(u32::from(pick / 10)));
        match pick % 10 {
            0 => Reason::Heartbeat,
            1 => Reason::NoPoint(vm),
            2 => Reason::NoProgress(vm),
            3 => Reason::Difflog(vm),
            4 => Reason::Census,
            5 => Reason::ResyncWindow(vm),
            6 => Reason::Retry(vm),
            7 => Reason::PlanPause(plan),
            8 => Reason::RpoAlert(vm),
            _ => Reason::Journal(vm),
        }
    }

    proptest! {
        /// The twin is a table that is searched from end to end.
        #[test]
        fn the_table_equals_a_plain_list(changes in prop::collection::vec((0_u8..40, 0_u64..30, 0_u8..3), 0..100)) {
            let mut deadlines = Deadlines::new();
            let mut list: Vec<(Timestamp, Reason)> = Vec::new();
            for (pick, moment, what) in changes {
                match what {
                    0 => {
                        list.retain(|slot| slot.1 != reason(pick));
                        list.push((at(moment), reason(pick)));
                        deadlines.set(reason(pick), at(moment));
                    }
                    1 => {
                        list.retain(|slot| slot.1 != reason(pick));
                        deadlines.clear(reason(pick));
                    }
                    _ => {
                        let due = list.iter().copied().filter(|slot| slot.0 <= at(moment)).min();
                        list.retain(|slot| Some(*slot) != due);
                        prop_assert_eq!(deadlines.pop_due(at(moment)), due.map(|slot| slot.1));
                    }
                }
                prop_assert_eq!(deadlines.next(), list.iter().copied().min());
            }
        }
    }
}
