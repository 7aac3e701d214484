//! What protection draws on quotas and on a year of drills.
//!
//! Replica disks count at allocated size, the size of the end of initial replication; machines and cores are drawn
//! only when machines run on the target. Sources: domain facts 5.6, 1.2 (G23), 8.3 (G22).

use crate::inventory::Quota;
use crate::units::Bytes;

/// What is to be placed in one subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    pub vms: u32,
    pub vm_cores: u32,
    /// Allocated managed disks and the used size of their snapshots.
    pub managed_disk: Bytes,
    /// Used blobs: the cache.
    pub storage: Bytes,
}

/// What a quota lacks for a demand; all zero when it fits.
///
/// `max(0, demand − quota)` by kind. Domain facts 5.6 (documented); that cache and replicas draw on different quotas is
/// inferred from the kinds of storage.
pub fn shortfall(demand: Demand, quota: Quota) -> Demand {
    Demand {
        vms: demand.vms.saturating_sub(quota.vms),
        vm_cores: demand.vm_cores.saturating_sub(quota.vm_cores),
        managed_disk: demand.managed_disk.saturating_sub(quota.managed_disk),
        storage: demand.storage.saturating_sub(quota.storage),
    }
}

/// Says whether the quota holds the demand: nothing falls short.
pub fn fits(demand: Demand, quota: Quota) -> bool {
    shortfall(demand, quota) == Demand::default()
}

/// Returns the days per year in which test machines take quota.
///
/// `drills · days each`. Domain facts 8.3 (sibling, cost estimation: 4 drills of 7 days).
pub fn drill_days_per_year(drills: u32, days_each: u32) -> u32 {
    drills * days_each
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exactly_fits_fits_and_each_kind_is_told_apart() {
        let quota = Quota { vms: 2, vm_cores: 8, managed_disk: Bytes::gib(10), storage: Bytes::gib(5) };
        let full = Demand { vms: 2, vm_cores: 8, managed_disk: Bytes::gib(10), storage: Bytes::gib(5) };
        assert!(fits(full, quota));
        let over = Demand { vm_cores: 9, storage: Bytes::gib(6), ..full };
        let lacking = Demand { vm_cores: 1, storage: Bytes::gib(1), ..Demand::default() };
        assert_eq!(shortfall(over, quota), lacking);
        assert!(!fits(over, quota));
    }
}
