//! Disks of one VM, by what they are for, and the snapshots that its recovery points keep.
//!
//! ```text
//! source ──detach──► reverse (loose) ──attach──► reverse (on the appliance) ──rebuild──► source
//!    └ temporary OS disk on     └ copy to another subscription: the copy goes on, the old set stays (left)
//! replica: 1 GiB seeds → size + 1 GiB → disks of the failed-over machine      test: full copies of the replica
//! ```
//! Nothing that is detached is deleted: temporary OS disks, left sets and copies count until somebody deletes them
//! (domain facts 11, row 16).
//! Snapshots: a point keeps the distinct part of what was written until the next point (domain facts 4.4), so `n` held
//! points cost `n − 1` gaps. Gaps already known are not computed again.

use crate::units::{ApplianceId, Bytes, SubscriptionId, Timestamp};

/// All disks of a VM that serve one purpose; they are ordered, moved and deleted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DiskSet {
    pub subscription: SubscriptionId,
    /// Allocated.
    pub bytes: Bytes,
}

/// Replica disks of the forward direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replica {
    pub set: DiskSet,
    /// No longer seeds: they can become a machine.
    pub full: bool,
}

/// Disks for the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reverse {
    pub set: DiskSet,
    /// The appliance whose slots they hold.
    pub attached: Option<ApplianceId>,
    /// They hold what the source last had: differences are enough.
    pub old: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct VmDisks {
    pub source: Option<DiskSet>,
    pub replica: Option<Replica>,
    pub test: Option<DiskSet>,
    pub reverse: Option<Reverse>,
    pub temporary: Option<DiskSet>,
    pub left: Vec<DiskSet>,
}

#[cfg(test)]
impl VmDisks {
    /// Everything allocated.
    pub fn all(&self) -> impl Iterator<Item = DiskSet> {
        let replica = self.replica.map(|replica| replica.set);
        let reverse = self.reverse.map(|reverse| reverse.set);
        let single = [self.source, replica, self.test, reverse, self.temporary];
        single.into_iter().flatten().chain(self.left.iter().copied())
    }
}

/// The recovery points held for one VM.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Neighbours and what the older of them keeps, by rising time.
    gaps: Vec<(Timestamp, Timestamp, Bytes)>,
    /// Points held.
    pub count: usize,
    pub bytes: Bytes,
    /// Whose quota they draw on.
    pub subscription: Option<SubscriptionId>,
}

impl Held {
    /// Each point but the newest, and what it keeps.
    pub fn kept(&self) -> impl Iterator<Item = (Timestamp, Bytes)> + '_ {
        self.gaps.iter().map(|gap| (gap.0, gap.2))
    }

    /// These points are held from now on (rising); `unique` is asked for gaps that were not there before.
    pub fn hold(&mut self, marks: &[Timestamp], unique: impl Fn(Timestamp, Timestamp) -> Bytes) {
        let mut known = std::mem::take(&mut self.gaps).into_iter().peekable();
        for pair in marks.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            while known.next_if(|gap| gap.0 < from).is_some() {}
            let bytes = match known.peek() {
                Some(gap) if (gap.0, gap.1) == (from, to) => gap.2,
                Some(_) | None => unique(from, to),
            };
            self.gaps.push((from, to, bytes));
        }
        self.count = marks.len();
        self.bytes = self.gaps.iter().map(|gap| gap.2).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn at(n: u64) -> Timestamp {
        Timestamp::from_ns(n)
    }

    /// Distinct writes saturate: 3 bytes a tick for 4 ticks, then nothing new.
    fn unique(from: Timestamp, to: Timestamp) -> Bytes {
        Bytes((to.ns() - from.ns()).min(4) * 3)
    }

    #[test]
    fn points_keep_the_gaps_between_them() {
        let mut held = Held::default();
        held.hold(&[at(0), at(2), at(10)], unique);
        assert_eq!((held.count, held.bytes), (3, Bytes(2 * 3 + 4 * 3)));
        held.hold(&[at(10)], unique);
        assert_eq!((held.count, held.bytes), (1, Bytes::ZERO));
    }

    #[test]
    fn only_new_gaps_are_computed_and_pruning_joins_neighbours() {
        let mut held = Held::default();
        held.hold(&[at(0), at(1), at(2), at(3), at(4)], unique);
        let asked = Cell::new(0);
        let counting = |from, to| {
            asked.set(asked.get() + 1);
            unique(from, to)
        };
        held.hold(&[at(1), at(3), at(4), at(5)], counting);
        assert_eq!(asked.get(), 2, "1..3 was joined, 4..5 is new, 3..4 is known");
        let mut fresh = Held::default();
        fresh.hold(&[at(1), at(3), at(4), at(5)], unique);
        assert_eq!(held.bytes, fresh.bytes);
    }
}
