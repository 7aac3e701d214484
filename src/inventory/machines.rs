//! Machines as an administrator lists them: groups, VMs, disks, VM sizes.

use std::ops::Range;

use crate::units::{Bytes, DiskId, GroupId, StampId, SubscriptionId, VmId};

/// A group of like machines (`[vms.sql]`); targets and reports speak of groups.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub vms: Range<u32>,
}

impl Group {
    pub fn vm_ids(&self) -> impl ExactSizeIterator<Item = VmId> + use<> {
        self.vms.clone().map(VmId)
    }
}

/// A virtual machine of a source stamp.
#[derive(Clone, Debug)]
pub struct Vm {
    /// `sql-3`; a group of one has the group's name.
    pub name: String,
    pub group: GroupId,
    pub on: StampId,
    pub subscription: SubscriptionId,
    pub guest: GuestSystem,
    /// Index into `limits.vm_sizes`.
    pub size: usize,
    /// Consecutive disk ids, OS disk first.
    pub disks: Range<u32>,
    /// The guest's version and kernel are on the product's list; an unsupported one is refused at enabling.
    pub guest_supported: bool,
    /// Linux: the service certificate is trusted in the guest. Without it re-protect is refused.
    pub certificate_trusted: bool,
    /// The mobility service of an earlier protection is still in the guest; it blocks enabling.
    pub leftover_mobility_service: bool,
}

impl Vm {
    pub fn first_disk(&self) -> DiskId {
        DiskId(self.disks.start)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestSystem {
    Windows,
    Linux,
}

/// One disk of a VM.
#[derive(Clone, Debug)]
pub struct Disk {
    pub vm: VmId,
    /// As provisioned.
    pub size: Bytes,
    /// What a copy of used blocks would send; at most `size`.
    pub used: Bytes,
}

/// A VM size of the platform: what it takes and how many data disks it can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmSize {
    pub name: String,
    pub cores: u32,
    pub memory: Bytes,
    /// Data-disk slots.
    pub data_disks: u32,
    /// Cap per data disk [operations/s].
    pub iops_per_disk: u32,
}
