//! Room: machines of a target's own that people switch off while others fail over to it.
//!
//! A target carries tests and development in peace. Their machines hold memory of its hosts; switched off they give it back, their disks and
//! the cores of their quota stay theirs (domain facts 1.1, 5.7).
//!
//! ```text
//!  disaster declared            switched off on the stamps that take over; failovers are ordered when all are down
//!  nobody is away any more      switched on again; what finds no memory is tried again later
//! ```
//! Away is who failed over, or is on the way there or back. The platform itself switches them: the product knows nothing of it.

use std::collections::BTreeSet;

use crate::contract::{Phase, PointChoice};
use crate::inventory::Inventory;
use crate::units::{ApplianceId, StampId, VmId};

/// What people remember of the machines that make room.
#[derive(Debug, Default)]
pub struct Room {
    makes: BTreeSet<VmId>,
    up: BTreeSet<VmId>,
    /// Shall be off.
    off: BTreeSet<VmId>,
    /// Failovers that wait until all of those are down.
    waits: Vec<(ApplianceId, PointChoice)>,
}

impl Room {
    /// These machines make room.
    pub fn new(vms: &[VmId]) -> Self {
        Self { makes: vms.iter().copied().collect(), ..Self::default() }
    }

    /// Those that are to be switched off, so that there is room on this stamp.
    pub fn clear(&mut self, inventory: &Inventory, stamp: StampId) -> Vec<VmId> {
        let on = |vm: &&VmId| inventory.vm(**vm).on == stamp;
        let more: Vec<VmId> = self.makes.difference(&self.off).filter(on).copied().collect();
        self.off.extend(&more);
        more
    }

    /// Whether somebody is still up who shall be off.
    pub fn is_clearing(&self) -> bool {
        self.up.intersection(&self.off).next().is_some()
    }

    pub fn wait(&mut self, appliance: ApplianceId, point: PointChoice) {
        self.waits.push((appliance, point));
    }

    /// Failovers for which there is room now.
    pub fn goes_on(&mut self) -> Vec<(ApplianceId, PointChoice)> {
        if self.is_clearing() { Vec::new() } else { std::mem::take(&mut self.waits) }
    }

    /// Those of this stamp that may be switched on again.
    pub fn give_back(&mut self, inventory: &Inventory, stamp: StampId) -> Vec<VmId> {
        let back = self.off.iter().copied().filter(|vm| inventory.vm(*vm).on == stamp).collect();
        self.off.retain(|vm| inventory.vm(*vm).on != stamp);
        back
    }

    /// A machine went up or down. Returned: it is one that makes room.
    pub fn saw(&mut self, vm: VmId, up: bool) -> bool {
        let ours = self.makes.contains(&vm);
        if ours && up {
            self.up.insert(vm);
        } else {
            self.up.remove(&vm);
        }
        ours
    }

    /// What is to be done with it: switch it on, switch it off, nothing.
    pub fn wanted(&self, vm: VmId) -> Option<bool> {
        let (on, up) = (!self.off.contains(&vm), self.up.contains(&vm));
        (on != up).then_some(on)
    }
}

/// It takes room on the target, or is about to.
pub fn is_away(phase: Phase) -> bool {
    match phase {
        Phase::FailingOver
        | Phase::FailoverFailed
        | Phase::FailedOver
        | Phase::ChangingPoint
        | Phase::Committing
        | Phase::Committed
        | Phase::Reprotecting
        | Phase::ReprotectFailed
        | Phase::ReverseReplication
        | Phase::ProtectedReverse
        | Phase::FailingBack
        | Phase::FailbackFailed
        | Phase::FailedBack
        | Phase::CancellingFailback
        | Phase::CommittingFailback => true,
        Phase::Unprotected
        | Phase::UnprotectedDirty
        | Phase::Enabling
        | Phase::EnablingFailed
        | Phase::InitialReplication
        | Phase::Protected
        | Phase::FailedBackCommitted
        | Phase::Disabling
        | Phase::DisablingFailed
        | Phase::Abandoned => false,
    }
}
