//! Orders: what an operator commands, judged by the table of transitions and handed to its procedure.
//!
//! Every order for a VM passes the same gates: somebody said how it is protected, the table offers the operation in this
//! phase, its vault and appliance are there, and no other ordered job runs on it. What runs in the background (initial
//! replication, resync) does not block an order; the procedure gives it up if it must.
//!
//! Assumption: a VM that runs on the target and was disabled there is not enabled again from the source (domain facts 2.2,
//! row 22, leaves open how).

use crate::contract::{Command, Enabling, Fact, MachineRole, Phase, PointChoice, Refusal};
use crate::protection::desk::Desk;
use crate::protection::plan::Plans;
use crate::protection::protected_vm::{Job, ProtectedVm};
use crate::protection::transitions::{Operation, Verdict, allowed};
use crate::protection::{consistency, disable, failback, failover, initial_replication, reprotect, resynchronization};
use crate::protection::{test_failover, vaults};
use crate::units::{Duration, Timestamp, VmId};

/// Carries out one command, or refuses it.
pub(super) fn obey(desk: &mut Desk, vms: &mut [ProtectedVm], plans: &mut Plans, command: Command) {
    match command {
        Command::RegisterAppliance { appliance } => vaults::register(desk, appliance),
        Command::CheckPrerequisites { vm } => {
            simple(desk, vms, vm, Operation::CheckPrerequisites, initial_replication::order_check)
        }
        Command::Enable { vms: batch, via } => enable(desk, vms, &batch, via),
        Command::TestFailover { vm, point } => {
            let wanted = consistency::for_a_drill(desk, vms, vm, point);
            simple(desk, vms, vm, Operation::TestFailover, |desk, vm| test_failover::order(desk, vm, wanted))
        }
        Command::CleanUpTestFailover { vm } => {
            simple(desk, vms, vm, Operation::CleanUpTestFailover, test_failover::order_clean_up)
        }
        Command::FailOver { vm, point, shut_down } => {
            fail_over(desk, vms, vm, point, shut_down);
        }
        Command::ChangePoint { vm, point } => {
            let asked = (point, consistency::agree(desk, vms, vm, point));
            simple(desk, vms, vm, Operation::ChangePoint, |desk, vm| failover::order_change_of_point(desk, vm, asked))
        }
        Command::Commit { vm } => simple(desk, vms, vm, Operation::Commit, commit),
        Command::Reprotect { vm } => simple(desk, vms, vm, Operation::Reprotect, reprotect::order),
        Command::FailBack { vm } => simple(desk, vms, vm, Operation::FailBack, failback::order),
        Command::CancelFailBack { vm } => simple(desk, vms, vm, Operation::CancelFailBack, failback::order_cancel),
        Command::Disable { vm } => simple(desk, vms, vm, Operation::Disable, disable::order),
        Command::ManualResync { vm } => simple(desk, vms, vm, Operation::ManualResync, resynchronization::order),
        Command::UninstallMobilityService { vm } => {
            simple(desk, vms, vm, Operation::UninstallMobilityService, disable::order_uninstall)
        }
        Command::RestartVm { vm } => simple(desk, vms, vm, Operation::RestartVm, disable::order_restart),
        Command::DeleteAppliance { appliance } => vaults::delete_appliance(desk, appliance),
        Command::DeleteVault { appliance } => vaults::delete_vault(desk, vms, appliance),
        Command::UninstallProvider { stamp } => vaults::uninstall_provider(desk, vms, stamp),
        Command::SetTestNetwork { vm, network } => {
            simple(desk, vms, vm, Operation::SetTestNetwork, |_, vm| vm.test_network = network)
        }
        Command::LookUpPoint { vm, before } => look_up(desk, &vms[vm.index()], before),
        Command::RunPlan { plan, point, shut_down } => plans.order(desk, vms, plan, point, shut_down),
    }
}

fn simple(
    desk: &mut Desk,
    vms: &mut [ProtectedVm],
    vm: VmId,
    operation: Operation,
    procedure: impl FnOnce(&mut Desk, &mut ProtectedVm),
) {
    let vm = &mut vms[vm.index()];
    match gate(desk, vm, operation) {
        Ok(()) => procedure(desk, vm),
        Err(refusal) => desk.refuse(vm.id, operation.name(), refusal),
    }
}

/// Rows 8 and 9; whether a failover began.
pub(super) fn fail_over(
    desk: &mut Desk,
    vms: &mut [ProtectedVm],
    vm: VmId,
    point: PointChoice,
    shut_down: bool,
) -> bool {
    match gate(desk, &vms[vm.index()], Operation::FailOver) {
        Ok(()) => {
            let asked = (point, consistency::agree(desk, vms, vm, point));
            failover::order(desk, &mut vms[vm.index()], asked, shut_down)
        }
        Err(refusal) => {
            desk.refuse(vm, Operation::FailOver.name(), refusal);
            false
        }
    }
}

/// Row 11 after a failover, row 17 after a failback.
fn commit(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.phase == Phase::FailedBack { failback::order_commit(desk, vm) } else { failover::commit(desk, vm) }
}

/// A look at the list of points. Ties go against us: one of that very instant is not from before it.
fn look_up(desk: &mut Desk, vm: &ProtectedVm, before: Timestamp) {
    let until = before.saturating_sub(Duration::from_ns(1));
    let chain = vm.chain.as_ref();
    let mark = chain.and_then(|chain| chain.choose(desk.heard, PointChoice::Custom(until))).map(|point| point.mark);
    desk.fact(Fact::PointLookedUp { vm: vm.id, before, mark });
}

/// Row 3: the portal takes a batch of a few, a script as many as it likes.
fn enable(desk: &mut Desk, vms: &mut [ProtectedVm], batch: &[VmId], via: Enabling) {
    let (asked, at_most) = (batch.len() as u32, desk.limits().portal_batch_max);
    if via == Enabling::Portal && asked > at_most {
        let refusal = Refusal::BatchTooLarge { asked, at_most };
        return desk.fact(Fact::Refused { vm: None, command: Operation::Enable.name(), refusal });
    }
    for vm in batch {
        simple(desk, vms, *vm, Operation::Enable, initial_replication::order_enable);
    }
}

/// Whether the operation may begin, as far as the product knows without a look at the stamps.
fn gate(desk: &mut Desk, vm: &ProtectedVm, operation: Operation) -> Result<(), Refusal> {
    if desk.intent.protection(vm.id).is_none() {
        return Err(Refusal::NoPolicy);
    }
    if let Verdict::Refused(refusal) = allowed(operation, vm.phase) {
        return Err(refusal);
    }
    let vault = *desk.vault_of(vm.id);
    if vault.gone && !in_guest(operation) {
        return Err(Refusal::VaultGone);
    }
    match operation {
        Operation::CheckPrerequisites | Operation::Enable => {
            if vault.appliance_gone {
                return Err(Refusal::ApplianceGone);
            }
            if !vault.registered {
                return Err(Refusal::ApplianceNotRegistered);
            }
            if vm.serving != MachineRole::Original {
                return Err(Refusal::NotNow(vm.phase));
            }
        }
        Operation::Reprotect | Operation::FailBack if vault.appliance_gone => return Err(Refusal::ApplianceGone),
        Operation::TestFailover | Operation::CleanUpTestFailover | Operation::SetTestNetwork => return Ok(()),
        Operation::FailOver
        | Operation::ChangePoint
        | Operation::Commit
        | Operation::Reprotect
        | Operation::FailBack
        | Operation::CancelFailBack
        | Operation::Disable
        | Operation::ManualResync
        | Operation::UninstallMobilityService
        | Operation::RestartVm => {}
    }
    match vm.job {
        Some(Job::Guest(disable::GuestWork::Uninstalling { .. })) if operation == Operation::RestartVm => Ok(()),
        Some(job) => Err(Refusal::JobRunning(job.kind())),
        None => Ok(()),
    }
}

/// Work in the guest needs no vault.
fn in_guest(operation: Operation) -> bool {
    operation == Operation::UninstallMobilityService || operation == Operation::RestartVm
}
