//! Re-protect: replication the other way (domain facts 2.2, rows 12 and 13; 2.3).
//!
//! ```text
//!  order ─► [commit] ─► inspect ─► guards ─► [shut down source VM] ─► old disks: detach [─► copy: other subscription] ─┐
//!                                                                     gone: create new ─────────────────────────────┤
//!        ProtectedReverse ◄─ stream ◄─ copy (differences, or everything) ◄─ ReverseReplication ◄─ attach ◄──────────┘
//! ```
//!
//! An uncommitted failover is committed first, even if a guard then refuses the rest. Slots are promised when the guards
//! pass, so that a batch ordered at once is judged one by one; the promise ends when the platform is asked to attach, for
//! from then on it counts them itself.
//! A failure keeps what was done to the source disks, and a retry goes on from there.
//!
//! Assumptions: the slots of a failed re-protect are released (domain facts 11, row 15); disks that are still there are
//! used even when the source VM is gone.

use crate::contract::{Cause, CopyKind, Direction, Effect, Findings, JobKind, MachineRole, Phase, Refusal};
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::protected_vm::{Job, ProtectedVm, SourceDisks};
use crate::protection::transitions::Operation;
use crate::protection::{copying, delta_replication, failover, prerequisites};

/// What re-protecting waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Inspecting,
    ShuttingDown(Old),
    Detaching(Old),
    CopyingDisks,
    CreatingDisks,
    Attaching {
        full: bool,
    },
    /// After a failure: the disks leave the appliance.
    Releasing {
        full: bool,
    },
}

/// What is left of the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Old {
    machine: bool,
    disks: bool,
    elsewhere: bool,
}

/// Row 12.
pub(super) fn order(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.phase == Phase::FailedOver {
        failover::commit(desk, vm);
    }
    ask(desk, vm, Step::Inspecting);
}

fn ask(desk: &mut Desk, vm: &mut ProtectedVm, step: Step) {
    vm.job = Some(Job::Reprotect(step));
    if let Step::Attaching { .. } = step {
        end_promise(desk, vm);
    }
    let appliance = desk.appliance_of(vm.id);
    desk.ask(vm, Lane::Job, |op, vm| match step {
        Step::Inspecting => Effect::Inspect { op, vm },
        Step::ShuttingDown(_) => Effect::ShutDownMachine { op, vm, role: MachineRole::Original },
        Step::Detaching(_) => Effect::DetachSourceDisks { op, vm },
        Step::CopyingDisks => Effect::CopySourceDisks { op, vm },
        Step::CreatingDisks => Effect::CreateSourceDisks { op, vm },
        Step::Attaching { .. } => Effect::AttachToAppliance { op, vm, appliance },
        Step::Releasing { .. } => Effect::DetachFromAppliance { op, vm },
    });
}

pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer) {
    match answer.failure() {
        Some(cause) => step_failed(desk, vm, step, answer, cause),
        None => step_done(desk, vm, step, answer),
    }
}

fn step_done(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer) {
    match step {
        Step::Inspecting => inspected(desk, vm, answer),
        Step::ShuttingDown(old) => take_disks(desk, vm, old),
        Step::Detaching(old) => {
            vm.source_disks = SourceDisks::Detached;
            take_disks(desk, vm, old);
        }
        Step::CopyingDisks => {
            vm.source_disks = SourceDisks::Ready;
            ask(desk, vm, Step::Attaching { full: false });
        }
        Step::CreatingDisks => {
            vm.source_disks = SourceDisks::New;
            ask(desk, vm, Step::Attaching { full: true });
        }
        Step::Attaching { full } => attached(desk, vm, full),
        Step::Releasing { full } => {
            vm.job = None;
            vm.source_disks = if full { SourceDisks::New } else { SourceDisks::Ready };
        }
    }
}

fn step_failed(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer, cause: Cause) {
    match step {
        Step::Inspecting => {
            vm.job = None;
            let stamp = desk.inventory.vm(vm.id).on;
            desk.refuse(vm.id, Operation::Reprotect.name(), Refusal::StampUnreachable(stamp));
        }
        Step::ShuttingDown(old) if answer.nothing_there() => take_disks(desk, vm, old),
        Step::Releasing { .. } if answer.nothing_there() => {
            vm.job = None;
            vm.source_disks = SourceDisks::Untouched;
        }
        Step::Releasing { .. } => vm.job = None,
        Step::ShuttingDown(_)
        | Step::Detaching(_)
        | Step::CopyingDisks
        | Step::CreatingDisks
        | Step::Attaching { .. } => {
            vm.job = None;
            end_promise(desk, vm);
            desk.job_failed(vm.id, JobKind::Reprotect, cause);
            vm.enter(desk, Phase::ReprotectFailed);
        }
    }
}

fn inspected(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    let Answer::Inspected(findings) = answer else {
        unreachable!("an inspection of {:?} was answered with {answer:?}", vm.id);
    };
    let attached = vm.source_disks == SourceDisks::Attached;
    let slots = if attached { 0 } else { desk.inventory.disks_of(vm.id).len() as u32 };
    let promised = desk.vault_of(vm.id).slots_promised;
    if let Err(refusal) = prerequisites::for_reprotect(desk, vm.id, &findings, promised, slots) {
        vm.job = None;
        return desk.refuse(vm.id, Operation::Reprotect.name(), refusal);
    }
    desk.vault_of(vm.id).slots_promised += slots;
    vm.slots_promised = slots;
    desk.job_started(vm.id, JobKind::Reprotect);
    vm.enter(desk, Phase::Reprotecting);
    let old = old(&findings);
    if !old.disks && (vm.source_disks == SourceDisks::Detached || vm.source_disks == SourceDisks::Ready) {
        vm.source_disks = SourceDisks::Untouched;
    }
    if old.machine && vm.source_disks == SourceDisks::Untouched {
        ask(desk, vm, Step::ShuttingDown(old));
    } else {
        take_disks(desk, vm, old);
    }
}

fn old(findings: &Findings) -> Old {
    Old {
        machine: findings.source_vm_exists,
        disks: findings.source_disks_reusable,
        elsewhere: findings.source_disks_elsewhere,
    }
}

/// The next step towards disks on the appliance, from where they are.
fn take_disks(desk: &mut Desk, vm: &mut ProtectedVm, old: Old) {
    let step = match vm.source_disks {
        SourceDisks::Untouched if !old.disks => Step::CreatingDisks,
        SourceDisks::Untouched => Step::Detaching(old),
        SourceDisks::Detached if old.elsewhere => Step::CopyingDisks,
        SourceDisks::Detached | SourceDisks::Ready => Step::Attaching { full: false },
        SourceDisks::New => Step::Attaching { full: true },
        SourceDisks::Attached => return attached(desk, vm, false),
    };
    ask(desk, vm, step);
}

fn attached(desk: &mut Desk, vm: &mut ProtectedVm, full: bool) {
    vm.job = None;
    vm.source_disks = SourceDisks::Attached;
    vm.direction = Direction::Reverse;
    vm.enter(desk, Phase::ReverseReplication);
    copying::enqueue(desk, vm, if full { CopyKind::ReverseFull } else { CopyKind::ReverseDifferences });
}

/// Row 13: the source disks hold what the target serves.
pub(super) fn copied(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.enter(desk, Phase::ProtectedReverse);
    delta_replication::start_stream(desk, vm);
    desk.job_done(vm.id, JobKind::Reprotect);
    if let Some(why) = vm.resync_due.take() {
        crate::protection::resynchronization::begin(desk, vm, Some(why), true);
    }
}

/// The reverse copy failed for a reason that does not pass.
pub(super) fn copy_failed(desk: &mut Desk, vm: &mut ProtectedVm, kind: CopyKind, cause: Cause) {
    vm.copying = None;
    desk.forget_retries(vm);
    desk.job_failed(vm.id, JobKind::Reprotect, cause);
    vm.enter(desk, Phase::ReprotectFailed);
    ask(desk, vm, Step::Releasing { full: kind == CopyKind::ReverseFull });
}

/// The platform counts the slots now, or they are not needed any more.
pub(super) fn end_promise(desk: &mut Desk, vm: &mut ProtectedVm) {
    let slots = std::mem::take(&mut vm.slots_promised);
    if slots > 0 {
        desk.vault_of(vm.id).slots_promised -= slots;
    }
}
