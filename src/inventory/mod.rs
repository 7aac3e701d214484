//! FLOOR 1: what an administrator could list. Declared, immutable, the same in every replication.
//!
//! Arenas indexed by id: `inventory.vm(id)`, `inventory.disks_of(vm)`. Invariants, checked by [`Inventory::assert_valid`]:
//! every id points into its arena; the disks of a VM are consecutive and its first disk is the OS disk; a VM stands on
//! the stamp of its subscription; every appliance has a link from its stamp to the stamp of its cache.

pub mod limits;
mod machines;
mod places;

pub use limits::Limits;
pub use machines::{Disk, Group, GuestSystem, Vm, VmSize};
pub use places::{Appliance, CacheStorage, Link, Quota, Servers, Stamp, Subscription, ThrottleWindow};

use crate::units::{ApplianceId, Bytes, CacheId, DiskId, GroupId, LinkId, StampId, SubscriptionId, VmId};

/// Most VMs, and most disks, of an inventory.
pub const VMS_MAX: u64 = 200_000;
/// Most disks of one row of a list of machines.
pub const DISKS_MAX: u64 = 64;

/// Everything that exists by declaration.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub stamps: Vec<Stamp>,
    pub subscriptions: Vec<Subscription>,
    pub links: Vec<Link>,
    pub caches: Vec<CacheStorage>,
    pub appliances: Vec<Appliance>,
    pub groups: Vec<Group>,
    pub vms: Vec<Vm>,
    pub disks: Vec<Disk>,
    pub limits: Limits,
}

impl Inventory {
    pub fn stamp(&self, id: StampId) -> &Stamp {
        &self.stamps[id.index()]
    }

    pub fn subscription(&self, id: SubscriptionId) -> &Subscription {
        &self.subscriptions[id.index()]
    }

    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id.index()]
    }

    pub fn cache(&self, id: CacheId) -> &CacheStorage {
        &self.caches[id.index()]
    }

    pub fn appliance(&self, id: ApplianceId) -> &Appliance {
        &self.appliances[id.index()]
    }

    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.index()]
    }

    pub fn vm(&self, id: VmId) -> &Vm {
        &self.vms[id.index()]
    }

    pub fn disk(&self, id: DiskId) -> &Disk {
        &self.disks[id.index()]
    }

    /// The VM's disks, OS disk first.
    pub fn disks_of(&self, vm: VmId) -> &[Disk] {
        let vm = self.vm(vm);
        &self.disks[vm.disks.start as usize..vm.disks.end as usize]
    }

    /// Ids of the VM's disks, OS disk first.
    pub fn disk_ids(&self, vm: VmId) -> impl ExactSizeIterator<Item = DiskId> + use<> {
        self.vm(vm).disks.clone().map(DiskId)
    }

    pub fn vm_ids(&self) -> impl ExactSizeIterator<Item = VmId> + use<> {
        (0..self.vms.len()).map(VmId::from_index)
    }

    /// Sum of the VM's disk sizes as provisioned.
    pub fn disk_bytes(&self, vm: VmId) -> Bytes {
        self.disks_of(vm).iter().map(|disk| disk.size).sum()
    }

    /// Panics with the broken rule when an invariant of the module doc does not hold: a bug of whoever built this.
    pub fn assert_valid(&self) {
        for (index, vm) in self.vms.iter().enumerate() {
            assert!(!vm.disks.is_empty(), "{} has no disk", vm.name);
            assert!(vm.disks.end as usize <= self.disks.len(), "{} names disks beyond the arena", vm.name);
            assert_eq!(
                self.subscription(vm.subscription).stamp,
                vm.on,
                "{} stands off its subscription's stamp",
                vm.name
            );
            for disk in self.disk_ids(VmId::from_index(index)) {
                assert_eq!(self.disk(disk).vm.index(), index, "a disk of {} belongs to another VM", vm.name);
            }
        }
        for appliance in &self.appliances {
            let (link, cache) = (self.link(appliance.link), self.cache(appliance.cache));
            assert_eq!(link.from, appliance.on, "the link of {} starts elsewhere", appliance.name);
            assert_eq!(link.to, cache.on, "the link of {} ends off its cache's stamp", appliance.name);
        }
    }
}
