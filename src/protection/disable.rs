//! Disabling protection, and what must be done in the guest before it can be protected again (domain facts 2.2, rows 19, 23).
//!
//! ```text
//!  order ─► stop copy and stream ─► inspect ─► [disks off the appliance] ─► [half-made replica] ─► replica disks
//!        ─► extension ─► UnprotectedDirty
//!                                      └─ appliance gone, or a failure ─► DisablingFailed
//!  uninstall the mobility service ─► restart ─► Unprotected
//! ```
//!
//! The clean-up on the source side needs the appliance. Without it the item stays, and its vault cannot be deleted either
//! (domain facts G21). Removing the extension leaves the mobility service in the guest.
//!
//! Assumptions: a test machine must be cleaned up first; what a failed failover left on the target goes with the item, a
//! machine that serves there stays; an extension whose machine is gone counts as removed; a guest that
//! never got an agent is clean.

use crate::contract::{Cause, Direction, Effect, JobKind, MachineRole, Phase, Refusal};
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::protected_vm::{Job, ProtectedVm, SourceDisks};
use crate::protection::test_failover::Drill;
use crate::protection::transitions::Operation;
use crate::protection::{copying, delta_replication, health};

/// What disabling waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Inspecting,
    Detaching,
    DeletingMachine,
    DeletingDisks,
    RemovingExtension,
}

/// What an operator does in the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GuestWork {
    Uninstalling { then_restart: bool },
    Restarting,
}

/// Row 19.
pub(super) fn order(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.drill != Drill::None {
        return desk.refuse(vm.id, Operation::Disable.name(), Refusal::TestFailoverRunning);
    }
    desk.job_started(vm.id, JobKind::Disable);
    copying::cancel(desk, vm);
    delta_replication::stop_stream(desk, vm);
    vm.enter(desk, Phase::Disabling);
    health::stand_down(desk, vm);
    if desk.vault_of(vm.id).appliance_gone {
        return failed(desk, vm, Cause::Missing);
    }
    ask(desk, vm, Step::Inspecting);
}

fn ask(desk: &mut Desk, vm: &mut ProtectedVm, step: Step) {
    vm.job = Some(Job::Disable(step));
    desk.ask(vm, Lane::Job, |op, vm| match step {
        Step::Inspecting => Effect::Inspect { op, vm },
        Step::Detaching => Effect::DetachFromAppliance { op, vm },
        Step::DeletingMachine => Effect::DeleteMachine { op, vm, role: MachineRole::Replica },
        Step::DeletingDisks => Effect::DeleteReplicaDisks { op, vm },
        Step::RemovingExtension => Effect::RemoveExtension { op, vm },
    });
}

pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer) {
    match answer.failure() {
        Some(cause) if !answer.nothing_there() || step == Step::Inspecting => failed(desk, vm, cause),
        Some(_) | None => step_done(desk, vm, step, answer),
    }
}

fn step_done(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer) {
    match step {
        Step::Inspecting => match answer {
            Answer::Inspected(findings) if !findings.appliance_exists => failed(desk, vm, Cause::Missing),
            Answer::Inspected(_)
            | Answer::Done
            | Answer::Failed(_)
            | Answer::Processed { .. }
            | Answer::Backlog { .. } => go_on(desk, vm),
        },
        Step::Detaching => {
            vm.source_disks = SourceDisks::Ready;
            go_on(desk, vm);
        }
        Step::DeletingMachine => {
            vm.has_replica_machine = false;
            go_on(desk, vm);
        }
        Step::DeletingDisks => {
            vm.has_replica_disks = false;
            delta_replication::drop_points(desk, vm);
            go_on(desk, vm);
        }
        Step::RemovingExtension => {
            vm.agent_ours = false;
            unprotected(desk, vm, Phase::UnprotectedDirty);
        }
    }
}

/// The next thing that is still to be taken away.
fn go_on(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.source_disks == SourceDisks::Attached {
        ask(desk, vm, Step::Detaching);
    } else if vm.has_replica_machine && vm.serving == MachineRole::Original {
        ask(desk, vm, Step::DeletingMachine);
    } else if vm.has_replica_disks {
        ask(desk, vm, Step::DeletingDisks);
    } else if vm.agent_ours {
        ask(desk, vm, Step::RemovingExtension);
    } else {
        unprotected(desk, vm, Phase::Unprotected);
    }
}

fn unprotected(desk: &mut Desk, vm: &mut ProtectedVm, phase: Phase) {
    vm.job = None;
    vm.uninstalled = false;
    vm.direction = Direction::Forward;
    vm.source_disks = SourceDisks::Untouched;
    (vm.undo_from, vm.distrusted) = (None, None);
    vm.enter(desk, phase);
    desk.job_done(vm.id, JobKind::Disable);
}

fn failed(desk: &mut Desk, vm: &mut ProtectedVm, cause: Cause) {
    vm.job = None;
    desk.job_failed(vm.id, JobKind::Disable, cause);
    vm.enter(desk, Phase::DisablingFailed);
}

/// Row 23, first half.
pub(super) fn order_uninstall(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.job = Some(Job::Guest(GuestWork::Uninstalling { then_restart: false }));
    desk.ask(vm, Lane::Job, |op, vm| Effect::UninstallMobilityService { op, vm });
}

/// Row 23, second half; waits for an uninstallation that still runs.
pub(super) fn order_restart(desk: &mut Desk, vm: &mut ProtectedVm) {
    if let Some(Job::Guest(GuestWork::Uninstalling { .. })) = vm.job {
        vm.job = Some(Job::Guest(GuestWork::Uninstalling { then_restart: true }));
        return;
    }
    vm.job = Some(Job::Guest(GuestWork::Restarting));
    let role = vm.serving;
    desk.ask(vm, Lane::Job, |op, vm| Effect::RestartMachine { op, vm, role });
}

pub(super) fn guest_answered(desk: &mut Desk, vm: &mut ProtectedVm, work: GuestWork, answer: Answer) {
    vm.job = None;
    if let Some(cause) = answer.failure() {
        return desk.job_failed(vm.id, JobKind::Disable, cause);
    }
    match work {
        GuestWork::Uninstalling { then_restart } => {
            vm.uninstalled = true;
            if then_restart {
                order_restart(desk, vm);
            }
        }
        GuestWork::Restarting => {
            if std::mem::take(&mut vm.uninstalled) && vm.phase == Phase::UnprotectedDirty {
                vm.enter(desk, Phase::Unprotected);
            }
        }
    }
}
