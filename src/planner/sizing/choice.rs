//! What a planner leaves out on purpose, and what he wants in against the rules.
//!
//! * A machine left out is not protected: its data takes no link and no cache, it needs no quota and no slot, no plan starts it, and
//!   orders of the scenario that speak of it are dropped.
//! * A disk left out is not there for the replication (a disk of temporary tables, of backups); its machine is protected without it.
//! * A machine forced in is taken as eligible: its guest as supported, an earlier agent as removed. Where nobody protects it, it is
//!   protected like its nearest neighbour by id on the same stamp.
//!
//! Luck is drawn by name, so everybody else's stays the same and two plans differ by what was left out alone. Who was left out or
//! forced in is told with that as its reason ([`super::Reason`]): nobody vanishes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::batches::mean_rate;
use super::eligibility::{Eligibility, Reason};
use crate::contract::Command;
use crate::intent::{Intent, Scope, Target};
use crate::inventory::Inventory;
use crate::simulation::Setup;
use crate::units::{Bytes, DiskId, VmId};

/// Who is left out, and who is forced in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub without: BTreeSet<VmId>,
    pub without_disks: BTreeSet<DiskId>,
    pub with: BTreeSet<VmId>,
}

impl Choice {
    pub fn is_nothing(&self) -> bool {
        *self == Choice::default()
    }

    /// Changes the setup. Returned: targets of groups that have no protected machine any more; they are dropped.
    pub fn apply(&self, setup: &mut Setup) -> Vec<Target> {
        let intent = Arc::make_mut(&mut setup.intent);
        let inventory = Arc::make_mut(&mut setup.inventory);
        self.with.iter().for_each(|vm| force_in(inventory, intent, *vm));
        self.without.iter().for_each(|vm| intent.protections[vm.index()] = None);
        let out = |vm: &VmId| self.without.contains(vm);
        for group in intent.plans.iter_mut().flat_map(|plan| &mut plan.groups) {
            group.vms.retain(|vm| !out(vm));
        }
        intent.plans.iter_mut().for_each(|plan| plan.groups.retain(|group| !group.vms.is_empty()));
        let speaks_of_one = |intent: &Intent, target: &Target| match target.scope {
            Scope::Group(id) => inventory.group(id).vm_ids().any(|vm| intent.protection(vm).is_some()),
            Scope::Everything | Scope::Cache(_) => true,
        };
        let all = std::mem::take(&mut intent.targets);
        let (kept, dropped) = all.into_iter().partition(|target| speaks_of_one(intent, target));
        intent.targets = kept;
        setup.script.retain_mut(|(_, command)| still_meant(command, &self.without));
        drop_disks(setup, &self.without_disks);
        dropped
    }

    /// Marks whom this concerns in a list that was made of the setup before it was changed.
    pub fn tell(&self, inventory: &Inventory, all: &mut [Eligibility]) {
        for own in all {
            let disks: Vec<DiskId> = inventory.disk_ids(own.vm).filter(|id| self.without_disks.contains(id)).collect();
            if self.without.contains(&own.vm) {
                own.against.insert(0, Reason::LeftOut);
                continue;
            }
            if self.with.contains(&own.vm) {
                own.notes.splice(0..0, own.against.drain(..));
                own.notes.insert(0, Reason::ForcedIn);
            }
            if !disks.is_empty() {
                let size: Bytes = disks.iter().map(|id| inventory.disk(*id).size).sum();
                own.notes.push(Reason::DisksLeftOut { disks: disks.len() as u32, size });
            }
        }
    }
}

/// What is protected, in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    pub machines: usize,
    pub disks: usize,
    /// As provisioned.
    pub size: Bytes,
    /// Mean changes [bytes/s].
    pub rate: f64,
}

/// Of all protected machines.
pub fn totals(setup: &Setup) -> Totals {
    let mut all = Totals::default();
    for vm in setup.inventory.vm_ids().filter(|vm| setup.intent.protection(*vm).is_some()) {
        all.machines += 1;
        all.disks += setup.inventory.disks_of(vm).len();
        all.size += setup.inventory.disk_bytes(vm);
        all.rate += mean_rate(setup, vm);
    }
    all
}

fn force_in(inventory: &mut Inventory, intent: &mut Intent, vm: VmId) {
    let own = &mut inventory.vms[vm.index()];
    (own.guest_supported, own.leftover_mobility_service) = (true, false);
    let on = own.on;
    if intent.protection(vm).is_none() {
        let neighbours = inventory.vm_ids().filter(|other| inventory.vm(*other).on == on);
        let protected = neighbours.filter_map(|other| Some((other, intent.protection(other)?)));
        let nearest = protected.min_by_key(|(other, _)| (other.index().abs_diff(vm.index()), *other));
        intent.protections[vm.index()] = nearest.map(|(_, own)| own.clone());
    }
}

/// Whether an order of the scenario still has somebody to speak of.
fn still_meant(command: &mut Command, without: &BTreeSet<VmId>) -> bool {
    if let Command::Enable { vms, .. } = command {
        vms.retain(|vm| !without.contains(vm));
        return !vms.is_empty();
    }
    command.vm().is_none_or(|vm| !without.contains(&vm))
}

/// The inventory without these disks; those that stay keep their order.
fn drop_disks(setup: &mut Setup, without: &BTreeSet<DiskId>) {
    if without.is_empty() {
        return;
    }
    let inventory = Arc::make_mut(&mut setup.inventory);
    let stays = |index: usize| !without.contains(&DiskId::from_index(index));
    let mut index = 0;
    setup.physics.churn.retain(|_| {
        index += 1;
        stays(index - 1)
    });
    let all = std::mem::take(&mut inventory.disks);
    inventory.disks = all.into_iter().enumerate().filter(|(index, _)| stays(*index)).map(|(_, disk)| disk).collect();
    let mut start = 0;
    for vm in &mut inventory.vms {
        let count = vm.disks.clone().filter(|index| stays(*index as usize)).count() as u32;
        vm.disks = start..start + count;
        start += count;
    }
    inventory.assert_valid();
}
