//! Quotas: what a subscription uses, and the answer "no" of the platform.
//!
//! Managed disks count at their allocated size from the moment they are ordered until they are deleted; machines count
//! with their cores until they are deleted, running or not; snapshots of recovery points count on top
//! (domain facts 5.6; that stopped machines keep their cores is the public platform's rule).
//! What exists by declaration is never checked, what is added is.
//!
//! Units: machines, cores, bytes. Invariant: an order that fits keeps `used ≤ quota` for every meter it adds to.

use crate::contract::Meter;
use crate::inventory::{Inventory, Quota};
use crate::units::{Bytes, SubscriptionId};

/// What an order adds to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub subscription: SubscriptionId,
    pub vms: u32,
    pub cores: u32,
    /// Allocated managed disks.
    pub disk: Bytes,
}

impl Need {
    pub fn disk(subscription: SubscriptionId, disk: Bytes) -> Self {
        Self { subscription, vms: 0, cores: 0, disk }
    }

    pub fn machine(subscription: SubscriptionId, cores: u32) -> Self {
        Self { subscription, vms: 1, cores, disk: Bytes::ZERO }
    }
}

/// A limit that is too small: `need` beyond `free`, in the meter's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    pub meter: Meter,
    pub need: u64,
    pub free: u64,
}

impl Short {
    /// `Err` when `need` is more than what `limit` leaves beside `used`.
    pub fn unless_fits(meter: Meter, need: u64, used: u64, limit: u64) -> Result<(), Short> {
        let free = limit.saturating_sub(used);
        if need == 0 || need <= free { Ok(()) } else { Err(Short { meter, need, free }) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub vms: u32,
    pub cores: u32,
    pub disk: Bytes,
    /// Snapshots of recovery points.
    pub points: Bytes,
}

/// Quotas and their use, by subscription.
#[derive(Debug)]
pub(super) struct Quotas {
    quota: Vec<Quota>,
    used: Vec<Used>,
}

impl Quotas {
    pub fn new(inventory: &Inventory) -> Self {
        let quota: Vec<_> = inventory.subscriptions.iter().map(|subscription| subscription.quota).collect();
        Self { used: vec![Used::default(); quota.len()], quota }
    }

    pub fn used(&self, id: SubscriptionId) -> Used {
        self.used[id.index()]
    }

    pub fn quota(&self, id: SubscriptionId) -> Quota {
        self.quota[id.index()]
    }

    /// The first meter that is too small: machines, cores, disks.
    pub fn check(&self, need: Need) -> Result<(), Short> {
        let (id, used, quota) = (need.subscription, self.used(need.subscription), self.quota(need.subscription));
        let fits = Short::unless_fits;
        fits(Meter::QuotaVms(id), need.vms.into(), used.vms.into(), quota.vms.into())?;
        fits(Meter::QuotaCores(id), need.cores.into(), used.cores.into(), quota.vm_cores.into())?;
        fits(Meter::QuotaManagedDisk(id), need.disk.0, (used.disk + used.points).0, quota.managed_disk.0)
    }

    pub fn take(&mut self, need: Need) {
        let used = &mut self.used[need.subscription.index()];
        used.vms += need.vms;
        used.cores += need.cores;
        used.disk += need.disk;
    }

    pub fn give(&mut self, need: Need) {
        let used = &mut self.used[need.subscription.index()];
        used.vms -= need.vms;
        used.cores -= need.cores;
        used.disk = used.disk - need.disk;
    }

    /// Snapshots of one VM change from `old` to `new`. Nothing stops them, whatever the quota says.
    pub fn snapshots(&mut self, id: SubscriptionId, old: Bytes, new: Bytes) {
        let points = &mut self.used[id.index()].points;
        *points = *points - old + new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Subscription;
    use crate::units::StampId;

    fn default_quota() -> Quotas {
        let quota = Quota { vm_cores: 100, vms: 50, managed_disk: Bytes::gib(2048), storage: Bytes::gib(2048) };
        let subscriptions = vec![Subscription { name: "target".into(), stamp: StampId(0), quota }];
        Quotas::new(&Inventory { subscriptions, ..Inventory::default() })
    }

    /// Two replicas of 700 GiB + 1 fit into 2048 GiB, the third misses it by 2103 − 2048 = 55.
    #[test]
    fn g23_a_default_quota_holds_no_three_replicas_of_700() {
        let (mut quotas, id) = (default_quota(), SubscriptionId(0));
        let replica = Need::disk(id, Bytes::gib(701));
        for _ in 0..2 {
            assert_eq!(quotas.check(replica), Ok(()));
            quotas.take(replica);
        }
        let short = quotas.check(replica).unwrap_err();
        assert_eq!(short.meter, Meter::QuotaManagedDisk(id));
        assert_eq!(Bytes(short.need) - Bytes(short.free), Bytes::gib(55));
    }

    #[test]
    fn each_meter_says_no_at_its_own_limit() {
        let (mut quotas, id) = (default_quota(), SubscriptionId(0));
        for _ in 0..50 {
            quotas.take(Need::machine(id, 2));
        }
        assert_eq!(quotas.check(Need::machine(id, 0)).unwrap_err().meter, Meter::QuotaVms(id));
        quotas.give(Need::machine(id, 2));
        assert_eq!(quotas.check(Need::machine(id, 2)), Ok(()), "exactly the last one fits");
        assert_eq!(quotas.check(Need::machine(id, 3)).unwrap_err().meter, Meter::QuotaCores(id));
    }

    #[test]
    fn snapshots_count_with_the_disks() {
        let (mut quotas, id) = (default_quota(), SubscriptionId(0));
        quotas.take(Need::disk(id, Bytes::gib(2000)));
        quotas.snapshots(id, Bytes::ZERO, Bytes::gib(40));
        assert_eq!(quotas.check(Need::disk(id, Bytes::gib(9))).map_err(|short| Bytes(short.free)), Err(Bytes::gib(8)));
        quotas.snapshots(id, Bytes::gib(40), Bytes::gib(60));
        assert_eq!(quotas.check(Need::disk(id, Bytes(1))).map_err(|short| short.free), Err(0));
    }
}
