//! Every machine of the inventory: eligible, eligible with a note, or not, with the reason and the number behind it. None is left out.
//!
//! What is refused by the product stands apart from what comes back to bite later (a failback that will be refused, a drill without a
//! network). Sources: domain facts 1.5, 2.2, 2.3, 5.4 (documented for this product), as the limits profile has them.

use crate::inventory::Inventory;
use crate::simulation::Setup;
use crate::units::{Bytes, VmId};

/// One machine.
#[derive(Clone, Debug)]
pub struct Eligibility {
    pub vm: VmId,
    /// What makes it impossible to protect; empty: nothing.
    pub against: Vec<Reason>,
    /// What goes wrong later or is worth knowing.
    pub notes: Vec<Reason>,
}

/// Why, with the number that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody protects it: a wish, not a limit. It is in no total of data.
    NotWanted,
    /// Left out on request, and so in no total of what is planned.
    LeftOut,
    /// Protected without some of its disks, on request.
    DisksLeftOut {
        disks: u32,
        size: Bytes,
    },
    /// In every total on request, whatever speaks against it.
    ForcedIn,
    GuestUnsupported,
    LeftoverMobilityService,
    /// The largest disk and the most that can be protected.
    DiskTooLarge {
        size: Bytes,
        most: Bytes,
    },
    /// Disks and slots of its appliance: re-protect is refused.
    MoreDisksThanSlots {
        disks: u32,
        slots: u32,
    },
    /// Re-protect of a Linux guest is refused.
    CertificateNotTrusted,
    FailbackPolicyMissing,
    NoTestNetwork,
    /// Mean rate of the busiest disk and what one disk can move [bytes/s].
    DiskBusy {
        rate: u64,
        most: u64,
    },
}

/// All machines, by id.
pub fn eligibility(setup: &Setup) -> Vec<Eligibility> {
    setup.inventory.vm_ids().map(|vm| of(setup, vm)).collect()
}

fn of(setup: &Setup, vm: VmId) -> Eligibility {
    let inventory: &Inventory = &setup.inventory;
    let (own, limits) = (inventory.vm(vm), &inventory.limits);
    let (mut against, mut notes) = (Vec::new(), Vec::new());
    if !own.guest_supported {
        against.push(Reason::GuestUnsupported);
    }
    if own.leftover_mobility_service {
        against.push(Reason::LeftoverMobilityService);
    }
    let largest = inventory.disks_of(vm).iter().map(|disk| disk.size).max().unwrap_or_default();
    if largest > limits.disk_protected_max {
        against.push(Reason::DiskTooLarge { size: largest, most: limits.disk_protected_max });
    }
    let busiest = inventory.disk_ids(vm).map(|disk| {
        let churn = &setup.physics.churn[disk.index()];
        let (_, block) = churn.writes.replicated(limits.write_floor);
        churn.mean_ops_milli(limits.write_floor).saturating_mul(block) / 1_000
    });
    let rate = busiest.max().unwrap_or(0);
    if rate > limits.disk_rate_max.0 {
        notes.push(Reason::DiskBusy { rate, most: limits.disk_rate_max.0 });
    }
    match setup.intent.protection(vm) {
        None => against.push(Reason::NotWanted),
        Some(protection) => {
            let (disks, slots) = (own.disks.len() as u32, inventory.appliance(protection.appliance).slots);
            if disks > slots {
                notes.push(Reason::MoreDisksThanSlots { disks, slots });
            }
            if !own.certificate_trusted {
                notes.push(Reason::CertificateNotTrusted);
            }
            if protection.failback_policy.is_empty() || protection.failback_extension.is_empty() {
                notes.push(Reason::FailbackPolicyMissing);
            }
            if protection.test_network.is_none() {
                notes.push(Reason::NoTestNetwork);
            }
        }
    }
    Eligibility { vm, against, notes }
}
