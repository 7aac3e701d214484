//! The way back: source disks onto the appliance for re-protection, and off it again at failback.
//!
//! ```text
//! source VM ──detach──► loose ──(copy to the appliance's subscription)──► attach: one slot per disk
//!     ▲ temporary 1 GiB OS disk                                               │
//!     └───────────────── rebuild (copy to the VM's subscription) ◄────────────┘   revert: back onto the appliance
//! ```
//! A rebuilt source VM that still exists keeps its NICs, and whatever was attached is detached, not deleted; one that is
//! gone is created with new NICs (domain facts 2.2, rows 12, 15, 16). Slots are held from the attach until the disks leave
//! the appliance (2.3). A VM that still runs when its disks are taken is shut down: its changes are lost (11, row 26).

use crate::contract::{Cause, MachineRole, OpId};
use crate::inventory::Appliance;
use crate::units::{ApplianceId, Bytes, StampId, SubscriptionId, Timestamp, VmId};
use crate::world::World;
use crate::world::estate::{Machine, State};
use crate::world::jobs::{Reserved, Work};
use crate::world::quotas::Need;
use crate::world::storage::{DiskSet, Reverse};
use crate::world::times::Span;

impl World {
    /// The VM's source stamp, when it has light.
    fn source_stamp(&self, vm: VmId) -> Result<StampId, Cause> {
        let stamp = self.inventory.vm(vm).on;
        self.reach(stamp).map(|()| stamp)
    }

    fn appliance_subscription(&self, vm: VmId) -> Result<SubscriptionId, Cause> {
        Ok(self.inventory.appliance(self.route(vm)?.path.appliance).subscription)
    }

    fn reserve_disks(&mut self, now: Timestamp, vm: VmId, set: DiskSet) -> Result<Reserved, Cause> {
        let disks = Some(Need::disk(set.subscription, set.bytes));
        let reserved = Reserved { disks, ..Reserved::default() };
        self.reserve(now, vm, reserved).map(|()| reserved)
    }

    pub(super) fn detach_source_disks(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let stamp = self.source_stamp(vm)?;
        let estate = &self.estate[vm.index()];
        if estate.disks.source.is_none() {
            return Err(Cause::Missing);
        }
        // Without a VM there is nothing that the temporary disk would have to boot.
        let exists = estate.machine(MachineRole::Original).exists();
        let bytes = if exists { self.inventory.limits.temporary_os_disk } else { Bytes::ZERO };
        let temporary = DiskSet { subscription: self.inventory.vm(vm).subscription, bytes };
        let reserved = self.reserve_disks(now, vm, temporary)?;
        let takes = self.draw_per_disk(Span::DiskDetach, vm) + self.draw(Span::DiskCreate, vm);
        self.begin(now, op, vm, stamp, Work::DetachSourceDisks(temporary), reserved, takes)
    }

    pub(super) fn source_disks_detached(&mut self, now: Timestamp, vm: VmId, temporary: DiskSet) -> Result<(), Cause> {
        let disks = &mut self.estate[vm.index()].disks;
        let set = disks.source.take().ok_or(Cause::Missing)?;
        self.leave_reverse(vm);
        let disks = &mut self.estate[vm.index()].disks;
        disks.left.extend(disks.temporary.replace(temporary));
        disks.reverse = Some(Reverse { set, attached: None, old: true });
        self.halt(now, vm, MachineRole::Original);
        Ok(())
    }

    /// Disks of an earlier way back are left where they are, off the appliance.
    fn leave_reverse(&mut self, vm: VmId) {
        let disks = &mut self.estate[vm.index()].disks;
        let Some(reverse) = disks.reverse.take() else { return };
        disks.left.push(reverse.set);
        self.give_slots(vm, reverse);
    }

    fn give_slots(&mut self, vm: VmId, reverse: Reverse) {
        if let Some(appliance) = reverse.attached {
            self.touched = true;
            self.slots.give(appliance, self.disk_count(vm));
        }
    }

    pub(super) fn copy_source_disks(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let stamp = self.source_stamp(vm)?;
        let subscription = self.appliance_subscription(vm)?;
        let reverse = self.estate[vm.index()].disks.reverse.ok_or(Cause::Missing)?;
        if reverse.set.subscription == subscription {
            return self.done_already(now, op, vm);
        }
        let set = DiskSet { subscription, ..reverse.set };
        let reserved = self.reserve_disks(now, vm, set)?;
        let takes = self.clocks.copies(&self.inventory, vm, Bytes::ZERO);
        self.begin(now, op, vm, stamp, Work::CopySourceDisks(set), reserved, takes)
    }

    pub(super) fn source_disks_copied(&mut self, vm: VmId, set: DiskSet) -> Result<(), Cause> {
        let disks = &mut self.estate[vm.index()].disks;
        let reverse = disks.reverse.as_mut().filter(|reverse| reverse.attached.is_none()).ok_or(Cause::Missing)?;
        disks.left.push(std::mem::replace(&mut reverse.set, set));
        Ok(())
    }

    pub(super) fn create_source_disks(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let stamp = self.source_stamp(vm)?;
        let subscription = self.appliance_subscription(vm)?;
        let set = DiskSet { subscription, bytes: self.inventory.disk_bytes(vm) };
        let reserved = self.reserve_disks(now, vm, set)?;
        let takes = self.draw_per_disk(Span::DiskCreate, vm);
        self.begin(now, op, vm, stamp, Work::CreateSourceDisks(set), reserved, takes)
    }

    pub(super) fn source_disks_created(&mut self, vm: VmId, set: DiskSet) -> Result<(), Cause> {
        self.leave_reverse(vm);
        self.estate[vm.index()].disks.reverse = Some(Reverse { set, attached: None, old: false });
        Ok(())
    }

    /// The appliance works and its stamp is the VM's.
    fn appliance_answers(&self, vm: VmId, appliance: ApplianceId) -> Result<StampId, Cause> {
        if self.works.appliance_deleted[appliance.index()] {
            return Err(Cause::Missing);
        }
        let works = self.works.appliance(&self.inventory, appliance);
        if works { self.source_stamp(vm) } else { Err(Cause::Unreachable) }
    }

    pub(super) fn attach(&mut self, now: Timestamp, op: OpId, vm: VmId, appliance: ApplianceId) -> Result<(), Cause> {
        let stamp = self.appliance_answers(vm, appliance)?;
        let reverse = self.estate[vm.index()].disks.reverse.ok_or(Cause::Missing)?;
        if reverse.attached == Some(appliance) {
            return self.done_already(now, op, vm);
        }
        let slots = Some((appliance, self.disk_count(vm)));
        let reserved = Reserved { slots, ..Reserved::default() };
        self.reserve(now, vm, reserved)?;
        let takes = self.draw_per_disk(Span::DiskAttach, vm);
        self.begin(now, op, vm, stamp, Work::AttachToAppliance(appliance), reserved, takes)
    }

    pub(super) fn attached(&mut self, vm: VmId, appliance: ApplianceId) -> Result<(), Cause> {
        if self.works.appliance_deleted[appliance.index()] {
            return Err(Cause::Missing);
        }
        let reverse = self.estate[vm.index()].disks.reverse.as_mut();
        let reverse = reverse.filter(|reverse| reverse.attached.is_none()).ok_or(Cause::Missing)?;
        reverse.attached = Some(appliance);
        Ok(())
    }

    pub(super) fn detach(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let stamp = self.source_stamp(vm)?;
        if self.estate[vm.index()].disks.reverse.and_then(|reverse| reverse.attached).is_none() {
            return self.done_already(now, op, vm);
        }
        let takes = self.draw_per_disk(Span::DiskDetach, vm);
        self.begin(now, op, vm, stamp, Work::DetachFromAppliance, Reserved::default(), takes)
    }

    pub(super) fn detached(&mut self, vm: VmId) -> Result<(), Cause> {
        if let Some(reverse) = self.estate[vm.index()].disks.reverse {
            self.give_slots(vm, reverse);
            self.estate[vm.index()].disks.reverse = Some(Reverse { attached: None, ..reverse });
        }
        Ok(())
    }

    pub(super) fn rebuild_original(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let stamp = self.source_stamp(vm)?;
        let reverse = self.estate[vm.index()].disks.reverse.ok_or(Cause::Missing)?;
        let place = self.place(vm, MachineRole::Original)?;
        let copies = (reverse.set.subscription != place.subscription)
            .then_some(DiskSet { subscription: place.subscription, ..reverse.set });
        let mut reserved =
            Reserved { disks: copies.map(|set| Need::disk(set.subscription, set.bytes)), ..Reserved::default() };
        let exists = self.estate[vm.index()].machine(MachineRole::Original).exists();
        if !exists {
            reserved = Reserved { need: Some(place.need), memory: Some(stamp), ..reserved };
        }
        self.reserve(now, vm, reserved)?;
        let mut takes = self.draw_per_disk(Span::DiskDetach, vm) + self.draw_per_disk(Span::DiskAttach, vm);
        if copies.is_some() {
            takes += self.clocks.copies(&self.inventory, vm, Bytes::ZERO);
        }
        if !exists {
            takes += self.draw(Span::VmCreate, vm);
        }
        self.begin(now, op, vm, stamp, Work::RebuildOriginal(copies), reserved, takes)
    }

    pub(super) fn original_rebuilt(
        &mut self,
        now: Timestamp,
        vm: VmId,
        copies: Option<DiskSet>,
        reserved: Reserved,
    ) -> Result<(), Cause> {
        let reverse = self.estate[vm.index()].disks.reverse.ok_or(Cause::Missing)?;
        let creates = reserved.memory.is_some();
        if creates == self.estate[vm.index()].machine(MachineRole::Original).exists() {
            return Err(Cause::Missing);
        }
        self.give_slots(vm, reverse);
        if creates {
            let made = Machine { state: State::Stopped, placed: true, ..Machine::ABSENT };
            *self.estate[vm.index()].machine_mut(MachineRole::Original) = made;
        } else {
            self.halt(now, vm, MachineRole::Original);
        }
        let estate = &mut self.estate[vm.index()];
        estate.rebuilt = creates;
        let disks = &mut estate.disks;
        disks.left.extend(disks.source.take());
        disks.source = Some(copies.unwrap_or(reverse.set));
        disks.reverse = copies.map(|_| Reverse { attached: None, ..reverse });
        Ok(())
    }

    pub(super) fn revert_original(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let appliance = self.route(vm)?.path.appliance;
        let stamp = self.appliance_answers(vm, appliance)?;
        if self.estate[vm.index()].disks.source.is_none() {
            return Err(Cause::Missing);
        }
        let slots = Some((appliance, self.disk_count(vm)));
        let reserved = Reserved { slots, ..Reserved::default() };
        self.reserve(now, vm, reserved)?;
        let takes = self.draw_per_disk(Span::DiskDetach, vm) + self.draw_per_disk(Span::DiskAttach, vm);
        self.begin(now, op, vm, stamp, Work::RevertOriginal(appliance), reserved, takes)
    }

    /// The appliance's own set goes back onto it when there is one; copies made for the VM's subscription are dropped.
    pub(super) fn original_reverted(&mut self, now: Timestamp, vm: VmId, appliance: ApplianceId) -> Result<(), Cause> {
        if self.works.appliance_deleted[appliance.index()] {
            return Err(Cause::Missing);
        }
        let disks = &mut self.estate[vm.index()].disks;
        if disks.reverse.is_some_and(|reverse| reverse.attached.is_some()) {
            return Err(Cause::Missing);
        }
        let source = disks.source.take().ok_or(Cause::Missing)?;
        let kept = disks.reverse.map(|reverse| reverse.set);
        let set = kept.unwrap_or(source);
        disks.reverse = Some(Reverse { set, attached: Some(appliance), old: true });
        self.free_disks(kept.map(|_| source));
        if std::mem::take(&mut self.estate[vm.index()].rebuilt) {
            self.remove_machine(now, vm, MachineRole::Original);
        } else {
            self.halt(now, vm, MachineRole::Original);
        }
        Ok(())
    }

    /// What an appliance VM itself counts for.
    pub(super) fn appliance_need(&self, appliance: &Appliance) -> Need {
        let limits = &self.inventory.limits;
        let machine = Need::machine(appliance.subscription, limits.vm_sizes[appliance.size].cores);
        Need { disk: limits.appliance_buffer, ..machine }
    }

    pub(super) fn delete_appliance(&mut self, now: Timestamp, op: OpId, appliance: ApplianceId) -> Result<(), Cause> {
        let stamp = self.inventory.appliance(appliance).on;
        self.reach(stamp)?;
        // Jobs are timed by VM; an appliance borrows the clock of the first one.
        let Some(clock) = self.inventory.vm_ids().next() else { return Err(Cause::Missing) };
        if self.works.appliance_deleted[appliance.index()] {
            return self.done_already(now, op, clock);
        }
        let takes = self.draw(Span::VmDelete, clock);
        self.begin(now, op, clock, stamp, Work::DeleteAppliance(appliance), Reserved::default(), takes)
    }

    /// The disks that were on it are loose; nothing replicates through it any more (domain facts G21).
    pub(super) fn appliance_deleted(&mut self, now: Timestamp, appliance: ApplianceId) -> Result<(), Cause> {
        if std::mem::replace(&mut self.works.appliance_deleted[appliance.index()], true) {
            return Ok(());
        }
        self.touched = true;
        let inventory = self.inventory.clone();
        let own = inventory.appliance(appliance);
        self.quotas.give(self.appliance_need(own));
        self.hosts[own.on.index()].give(inventory.limits.vm_sizes[own.size].memory);
        for vm in inventory.vm_ids() {
            let reverse = self.estate[vm.index()].disks.reverse;
            if reverse.is_some_and(|reverse| reverse.attached == Some(appliance)) {
                self.detached(vm)?;
            }
        }
        self.refresh(now);
        Ok(())
    }
}
