//! Appliances and their vaults (domain facts 2.2, rows 1, 19, 25, 26; 1.5: one vault per appliance, one appliance per vault).
//!
//! The order of taking down is items, appliance, vault. Deleting the appliance first is possible at any time and leaves the
//! vault undeletable (G21). Uninstalling the resource provider takes every vault of the stamp, and every item in it, without a
//! refusal or a warning.

use crate::contract::{AlarmKind, Fact, Phase, Refusal, order};
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::protected_vm::{Job, ProtectedVm};
use crate::protection::test_failover::Drill;
use crate::protection::{copying, delta_replication, health, reprotect};
use crate::units::{ApplianceId, StampId};

/// Row 1.
pub(super) fn register(desk: &mut Desk, appliance: ApplianceId) {
    let vault = desk.vaults[appliance.index()];
    if vault.gone {
        return refuse(desk, order::REGISTER_APPLIANCE, Refusal::VaultGone);
    }
    if vault.appliance_gone {
        return refuse(desk, order::REGISTER_APPLIANCE, Refusal::ApplianceGone);
    }
    if vault.registered {
        return refuse(desk, order::REGISTER_APPLIANCE, Refusal::ApplianceRegisteredAlready);
    }
    desk.vaults[appliance.index()].registered = true;
    let now = desk.now;
    desk.liveness.watch(now, appliance);
}

/// Deletes the appliance VM: never refused, unless it is gone.
pub(super) fn delete_appliance(desk: &mut Desk, appliance: ApplianceId) {
    if desk.vaults[appliance.index()].appliance_gone {
        return refuse(desk, order::DELETE_APPLIANCE, Refusal::ApplianceGone);
    }
    desk.ask_appliance_deletion(appliance);
}

/// The appliance VM is deleted, unless that failed.
pub(super) fn appliance_deleted(desk: &mut Desk, vms: &mut [ProtectedVm], appliance: ApplianceId, answer: Answer) {
    if answer.failure().is_some() && !answer.nothing_there() {
        return;
    }
    let vault = &mut desk.vaults[appliance.index()];
    vault.appliance_gone = true;
    vault.registered = false;
    unwatch(desk, appliance);
    appliance_silent(desk, vms, appliance, true);
}

/// Expects no heartbeats any more; an alarm about them goes down.
fn unwatch(desk: &mut Desk, appliance: ApplianceId) {
    if desk.liveness.appliance_lost(appliance) {
        desk.alarm_cleared(AlarmKind::NoHeartbeat(appliance));
    }
    desk.liveness.forget(appliance);
}

/// Marks every VM of an appliance that is not heard any more, or is heard again.
pub(super) fn appliance_silent(desk: &mut Desk, vms: &mut [ProtectedVm], appliance: ApplianceId, silent: bool) {
    let intent = desk.intent.clone();
    for vm in vms {
        if intent.protection(vm.id).is_some_and(|protection| protection.appliance == appliance) {
            vm.troubles.appliance_silent = silent;
            health::refresh(desk, vm);
        }
    }
}

/// Row 25.
pub(super) fn delete_vault(desk: &mut Desk, vms: &[ProtectedVm], appliance: ApplianceId) {
    let vault = desk.vaults[appliance.index()];
    let item = |vm: &&ProtectedVm| {
        desk.intent.protection(vm.id).is_some_and(|protection| protection.appliance == appliance)
            && vm.phase != Phase::Unprotected
            && vm.phase != Phase::UnprotectedDirty
    };
    if vault.gone {
        return refuse(desk, order::DELETE_VAULT, Refusal::VaultGone);
    }
    if vms.iter().any(|vm| item(&vm)) {
        return refuse(desk, order::DELETE_VAULT, Refusal::VaultNotEmpty);
    }
    if vault.registered {
        return refuse(desk, order::DELETE_VAULT, Refusal::ApplianceStillRegistered);
    }
    desk.vaults[appliance.index()].gone = true;
}

/// Row 26.
pub(super) fn uninstall_provider(desk: &mut Desk, vms: &mut [ProtectedVm], stamp: StampId) {
    let inventory = desk.inventory.clone();
    for (index, appliance) in inventory.appliances.iter().enumerate() {
        if inventory.cache(appliance.cache).on == stamp {
            desk.vaults[index].gone = true;
            desk.vaults[index].registered = false;
            unwatch(desk, ApplianceId::from_index(index));
        }
    }
    for vm in vms {
        let here = desk.intent.protection(vm.id).is_some_and(|protection| protection.target == stamp);
        let item = vm.phase != Phase::Unprotected && vm.phase != Phase::UnprotectedDirty;
        let becomes_one = matches!(vm.job, Some(Job::Enable(_)));
        if here && (item || becomes_one) {
            abandon(desk, vm);
        }
    }
}

/// The item and everything that ran on it is gone; machines stay as they are.
fn abandon(desk: &mut Desk, vm: &mut ProtectedVm) {
    copying::cancel(desk, vm);
    delta_replication::stop_stream(desk, vm);
    for lane in [Lane::Job, Lane::Test, Lane::Backlog] {
        desk.give_up(vm, lane);
    }
    desk.forget_retries(vm);
    reprotect::end_promise(desk, vm);
    vm.job = None;
    vm.drill = Drill::None;
    if vm.keeps_points {
        delta_replication::drop_points(desk, vm);
    }
    health::stand_down(desk, vm);
    if vm.phase == Phase::FailingOver {
        desk.failovers_ended.push(vm.id);
    }
    vm.enter(desk, Phase::Abandoned);
}

fn refuse(desk: &mut Desk, command: &'static str, refusal: Refusal) {
    desk.fact(Fact::Refused { vm: None, command, refusal });
}
