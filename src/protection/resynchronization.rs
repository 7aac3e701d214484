//! Resynchronization: start over what cannot be trusted (domain facts 2.2, rows 20-22; 3.6).
//!
//! ```text
//!  needed, ordered ──► [wait for the window] ──► queue for a place ──► copy ──► stream again
//!  difflog too old ──► discard ──► [wait for the service] ──┘
//!  reverse, and a replica disk or the log account is touched ──► unrecoverable: Critical until disabled
//! ```
//!
//! Assumptions: from the moment the change log is not trusted no new points are made, those already kept stay usable; an
//! order does not wait for the window; a further reason while a resync runs makes one more pass follow; after a difflog
//! time-out the service is asked to process the (now empty) backlog, and its answer is the sign that it works again.

use crate::contract::{AlarmKind, Cause, CopyKind, Direction, Effect, Fact, JobKind, Phase, Refusal, ResyncReason};
use crate::protection::deadlines::Reason;
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::protected_vm::{Copying, ProtectedVm};
use crate::protection::transitions::Operation;
use crate::protection::{copying, delta_replication, health};
use crate::units::Timestamp;

/// The change log of the VM cannot be trusted any more.
pub(super) fn needed(desk: &mut Desk, vm: &mut ProtectedVm, why: ResyncReason) {
    if matches!(vm.phase, Phase::FailingBack | Phase::CancellingFailback | Phase::FailbackFailed) {
        // What a manual resync would have to mend is the worst of several.
        vm.distrusted = vm.distrusted.filter(|known| needs_manual_resync(*known)).or(Some(why));
        return;
    }
    if !health::applies(vm.phase) || vm.troubles.unrecoverable {
        return;
    }
    if vm.direction == Direction::Reverse && needs_manual_resync(why) {
        return unrecoverable(desk, vm);
    }
    match vm.copying {
        Some(Copying::AwaitingWindow | Copying::AwaitingService | Copying::Stuck) => {}
        Some(Copying::Queued(_) | Copying::Resizing) => {}
        Some(Copying::Running(_) | Copying::Delayed(_)) => vm.resync_due = Some(why),
        None => begin(desk, vm, Some(why), true),
    }
}

/// Row 21: an operator asks for it.
pub(super) fn order(desk: &mut Desk, vm: &mut ProtectedVm) {
    match vm.copying {
        Some(Copying::AwaitingWindow) => start(desk, vm),
        Some(
            Copying::Resizing
            | Copying::AwaitingService
            | Copying::Queued(_)
            | Copying::Running(_)
            | Copying::Delayed(_)
            | Copying::Stuck,
        ) => desk.refuse(vm.id, Operation::ManualResync.name(), Refusal::JobRunning(JobKind::Resync)),
        None => begin(desk, vm, None, false),
    }
}

/// Begins, at once or when the window opens.
pub(super) fn begin(desk: &mut Desk, vm: &mut ProtectedVm, why: Option<ResyncReason>, keeps_window: bool) {
    delta_replication::stop_stream(desk, vm);
    vm.resync_why = why;
    vm.replica_consistent = false;
    vm.troubles.resyncing = true;
    health::refresh(desk, vm);
    match window_opens(desk) {
        Some(opens) if keeps_window => {
            vm.copying = Some(Copying::AwaitingWindow);
            desk.deadlines.set(Reason::ResyncWindow(vm.id), opens);
        }
        Some(_) | None => start(desk, vm),
    }
}

/// The window has opened.
pub(super) fn window_open(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.copying == Some(Copying::AwaitingWindow) {
        start(desk, vm);
    }
}

fn start(desk: &mut Desk, vm: &mut ProtectedVm) {
    desk.deadlines.clear(Reason::ResyncWindow(vm.id));
    desk.fact(Fact::ResyncStarted { vm: vm.id, why: vm.resync_why });
    desk.job_started(vm.id, JobKind::Resync);
    copying::enqueue(desk, vm, CopyKind::Resync);
}

/// Source and replica are equal again.
pub(super) fn copied(desk: &mut Desk, vm: &mut ProtectedVm) {
    desk.fact(Fact::ResyncDone { vm: vm.id });
    desk.job_done(vm.id, JobKind::Resync);
    if let Some(why) = vm.resync_due.take() {
        return begin(desk, vm, Some(why), true);
    }
    delta_replication::start_stream(desk, vm);
    health::synchronised(desk, vm);
}

/// What waits in the cache is older than the limit: thrown away, and a resync follows once the service works again.
pub(super) fn difflog_timed_out(desk: &mut Desk, vm: &mut ProtectedVm) {
    health::difflog_timed_out(desk, vm);
    delta_replication::stop_stream(desk, vm);
    vm.replica_consistent = false;
    desk.effect(Effect::DiscardDifflog { vm: vm.id });
    ask_service(desk, vm);
}

/// Asks for something only a working service answers.
pub(super) fn ask_service(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.copying = Some(Copying::AwaitingService);
    desk.ask(vm, Lane::Copy, |op, vm| Effect::ProcessPending { op, vm });
}

pub(super) fn service_answered(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    match answer {
        Answer::Failed(_) => desk.book_retry(vm),
        Answer::Done | Answer::Inspected(_) | Answer::Processed { .. } | Answer::Backlog { .. } => {
            desk.forget_retries(vm);
            begin(desk, vm, None, true);
        }
    }
}

/// Row 22: only a manual resync would help, and that is not supported in reverse.
fn unrecoverable(desk: &mut Desk, vm: &mut ProtectedVm) {
    copying::cancel(desk, vm);
    delta_replication::stop_stream(desk, vm);
    vm.troubles.unrecoverable = true;
    vm.troubles.resyncing = false;
    if vm.phase == Phase::ReverseReplication {
        desk.job_failed(vm.id, JobKind::Reprotect, Cause::Missing);
    }
    if !vm.troubles.stuck {
        vm.troubles.stuck = true;
        desk.alarm(AlarmKind::Stuck(vm.id));
    }
    health::refresh(desk, vm);
}

/// The three causes that only a manual resync mends (domain facts 2.2, row 22).
fn needs_manual_resync(why: ResyncReason) -> bool {
    match why {
        ResyncReason::ReplicaDiskTampered | ResyncReason::ReplicaDiskMissing | ResyncReason::LogAccountMissing => true,
        ResyncReason::UncleanShutdown | ResyncReason::TooMuchDirty => false,
    }
}

/// When the window opens next; `None` when it is open or there is none.
fn window_opens(desk: &Desk) -> Option<Timestamp> {
    let (from, until) = desk.settings.resync_window?;
    let calendar = desk.settings.calendar;
    let time = calendar.time_of_day(desk.now);
    let open = if from <= until { from <= time && time < until } else { time >= from || time < until };
    (!open).then(|| calendar.next_time_of_day(desk.now, from))
}
