//! Bulk copies: places on the appliance, retries of what passes, getting stuck.
//!
//! ```text
//!  resizing ──► queued ──► running ──► done: initial replication, resync or re-protect goes on
//!                 ▲           │
//!                 └─ delayed ◄┤ unreachable: again after 1, 2, 4, 8, 10, 30 … min; interrupted: then only what is missing
//!                             └ anything else: stuck; Critical after `no_progress_critical_after`
//! ```
//!
//! Initial replications and resyncs share the appliance's copy places; reverse copies are bounded by its disk slots and
//! need no place. Retrying is how the Hyper-V sibling does it (domain facts G24); what sticks is domain facts 2.2, row 4.

use crate::contract::{Cause, CopyKind, Effect, JobKind, Phase};
use crate::protection::deadlines::Reason;
use crate::protection::desk::{Answer, Desk, Lane, transient};
use crate::protection::health;
use crate::protection::protected_vm::{Copying, ProtectedVm};
use crate::protection::{initial_replication, reprotect, resynchronization};

/// Lets the VM wait for a copy place, or start at once when its copy needs none.
pub(super) fn enqueue(desk: &mut Desk, vm: &mut ProtectedVm, kind: CopyKind) {
    vm.copying = Some(Copying::Queued(kind));
    if !needs_place(kind) {
        return start(desk, vm);
    }
    let (appliance, order) = (desk.appliance_of(vm.id), desk.protection(vm.id).order);
    desk.copies.enqueue(appliance, order, vm.id);
    desk.copy_places_changed.push(appliance);
}

/// The VM's turn has come.
pub(super) fn start(desk: &mut Desk, vm: &mut ProtectedVm) {
    let Some(Copying::Queued(kind)) = vm.copying else {
        unreachable!("{:?} got a copy place while {:?}", vm.id, vm.copying);
    };
    vm.copying = Some(Copying::Running(kind));
    let direction = vm.direction;
    desk.ask(vm, Lane::Copy, |op, vm| Effect::Copy { op, vm, kind, direction });
}

/// An answer to the lane of copies.
pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    match vm.copying {
        Some(Copying::Resizing) => initial_replication::resized(desk, vm, answer),
        Some(Copying::AwaitingService) => resynchronization::service_answered(desk, vm, answer),
        Some(Copying::Running(kind)) => ended(desk, vm, kind, answer),
        Some(Copying::AwaitingWindow | Copying::Queued(_) | Copying::Delayed(_) | Copying::Stuck) | None => {
            unreachable!("{:?} got {answer:?} while {:?}", vm.id, vm.copying)
        }
    }
}

fn ended(desk: &mut Desk, vm: &mut ProtectedVm, kind: CopyKind, answer: Answer) {
    release_place(desk, vm, kind);
    match answer {
        Answer::Failed(Cause::Interrupted) => {
            vm.copying = Some(Copying::Delayed(resumed(kind)));
            desk.book_retry(vm);
        }
        Answer::Failed(cause) if transient(cause) => {
            vm.copying = Some(Copying::Delayed(kind));
            desk.book_retry(vm);
        }
        Answer::Failed(cause) if needs_place(kind) => stick(desk, vm, cause),
        Answer::Failed(cause) => reprotect::copy_failed(desk, vm, kind, cause),
        Answer::Done | Answer::Inspected(_) | Answer::Processed { .. } | Answer::Backlog { .. } => {
            vm.copying = None;
            desk.forget_retries(vm);
            match kind {
                CopyKind::Initial => initial_replication::copied(desk, vm),
                CopyKind::Resync if vm.phase == Phase::InitialReplication => initial_replication::copied(desk, vm),
                CopyKind::Resync => resynchronization::copied(desk, vm),
                CopyKind::ReverseDifferences | CopyKind::ReverseFull => reprotect::copied(desk, vm),
            }
        }
    }
}

/// How a copy goes on that was cut off: what has arrived is compared, the rest is sent.
fn resumed(kind: CopyKind) -> CopyKind {
    match kind {
        CopyKind::Initial | CopyKind::Resync => CopyKind::Resync,
        CopyKind::ReverseFull | CopyKind::ReverseDifferences => CopyKind::ReverseDifferences,
    }
}

/// The time for another try has come.
pub(super) fn retry(desk: &mut Desk, vm: &mut ProtectedVm) {
    match vm.copying {
        Some(Copying::Resizing) => initial_replication::resize(desk, vm),
        Some(Copying::AwaitingService) => resynchronization::ask_service(desk, vm),
        Some(Copying::Delayed(kind)) => enqueue(desk, vm, kind),
        Some(Copying::AwaitingWindow | Copying::Queued(_) | Copying::Running(_) | Copying::Stuck) | None => {}
    }
}

/// The copy cannot go on and says nothing: health becomes Critical once it was silent for long enough.
pub(super) fn stick(desk: &mut Desk, vm: &mut ProtectedVm, cause: Cause) {
    vm.copying = Some(Copying::Stuck);
    desk.forget_retries(vm);
    desk.job_failed(vm.id, job_of(vm), cause);
    desk.deadlines.set(Reason::NoProgress(vm.id), desk.now + desk.limits().no_progress_critical_after);
}

/// Nothing moved for too long.
pub(super) fn no_progress(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.copying == Some(Copying::Stuck) {
        health::stuck(desk, vm);
    }
}

/// Gives up whatever copy runs or waits, because something else was ordered.
pub(super) fn cancel(desk: &mut Desk, vm: &mut ProtectedVm) {
    let Some(copying) = vm.copying else { return };
    desk.give_up(vm, Lane::Copy);
    desk.forget_retries(vm);
    match copying {
        Copying::Running(kind) => {
            desk.effect(Effect::StopCopy { vm: vm.id });
            release_place(desk, vm, kind);
        }
        Copying::Queued(kind) if needs_place(kind) => desk.copies.leave(vm.id),
        Copying::Queued(_)
        | Copying::Resizing
        | Copying::AwaitingService
        | Copying::AwaitingWindow
        | Copying::Delayed(_)
        | Copying::Stuck => {}
    }
    if announced(copying) {
        desk.job_failed(vm.id, job_of(vm), Cause::Interrupted);
    }
    vm.copying = None;
    vm.resync_due = None;
    desk.deadlines.clear(Reason::NoProgress(vm.id));
    desk.deadlines.clear(Reason::ResyncWindow(vm.id));
}

/// Whether a job was announced that nobody reported the end of.
fn announced(copying: Copying) -> bool {
    match copying {
        Copying::Resizing | Copying::Queued(_) | Copying::Running(_) | Copying::Delayed(_) => true,
        Copying::AwaitingService | Copying::AwaitingWindow | Copying::Stuck => false,
    }
}

fn job_of(vm: &ProtectedVm) -> JobKind {
    if vm.phase == Phase::InitialReplication {
        JobKind::InitialReplication
    } else if vm.phase == Phase::ReverseReplication {
        JobKind::Reprotect
    } else {
        JobKind::Resync
    }
}

fn needs_place(kind: CopyKind) -> bool {
    match kind {
        CopyKind::Initial | CopyKind::Resync => true,
        CopyKind::ReverseDifferences | CopyKind::ReverseFull => false,
    }
}

fn release_place(desk: &mut Desk, vm: &ProtectedVm, kind: CopyKind) {
    if needs_place(kind) {
        desk.copies.done(vm.id);
        let appliance = desk.appliance_of(vm.id);
        desk.copy_places_changed.push(appliance);
    }
}
