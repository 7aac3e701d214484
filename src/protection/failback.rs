//! Failback: the planned way home, its cancellation and its commit (domain facts 2.2, rows 15-17).
//!
//! ```text
//!  order ─► inspect ─► guards ─► mark ─► shut down replica ─► last mark applied ─► disks off the appliance
//!        ─► rebuild original ─► boot ─► FailedBack ─┬─ commit ─► replica and its disks deleted ─► FailedBackCommitted
//!                                                   └─ cancel ─► shut down ─► revert ─► attach ─► start replica, stream
//!                                                                                                     ProtectedReverse
//! ```
//!
//! Nothing is lost: the replica is off before the last mark is cut, and the original starts only when that mark is applied.
//! Unlike an unplanned failover it does not run if the machine cannot be shut down.
//!
//! A failure restores the state before it, as the VMware sibling does: what was changed is undone from the step reached. Only
//! if that fails too the VM stays in `FailbackFailed`, where cancelling can be ordered again. Disks that are gone from the
//! source meanwhile do not keep the replica from serving again; what replicated is then lost for good (row 22). The same holds for
//! disks that somebody touched meanwhile; a failback that goes through does not know of it (assumed). A replica that was lost and
//! boots again meanwhile streams no more, so its last mark fails: it serves on, and a resync follows.

use crate::contract::{Cause, Direction, Effect, Fact, Health, JobKind, MachineRole, Phase};
use crate::contract::{PointChoice, Refusal, ResyncReason, Step as Done};
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::protected_vm::{Job, ProtectedVm, SourceDisks};
use crate::protection::transitions::Operation;
use crate::protection::{delta_replication, health, prerequisites, resynchronization};
use crate::units::Timestamp;

/// What a failback waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Inspecting,
    FirstMark { cut_at: Timestamp },
    ShuttingDown,
    LastMark { cut_at: Timestamp },
    Detaching,
    Rebuilding,
    Starting,
}

/// What a cancellation waits for, in the order in which a failback is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UndoStep {
    ShuttingDown,
    Reverting,
    Attaching,
    StartingReplica,
}

/// What the commit of a failback waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitStep {
    DeletingMachine,
    DeletingDisks,
}

/// Row 15.
pub(super) fn order(desk: &mut Desk, vm: &mut ProtectedVm) {
    let name = Operation::FailBack.name();
    if vm.newest_point(desk.heard).is_none() {
        return desk.refuse(vm.id, name, Refusal::NoRecoveryPoint);
    }
    if vm.shown_health.0 == Health::Critical || !vm.streaming {
        return desk.refuse(vm.id, name, Refusal::ReplicationUnhealthy);
    }
    ask(desk, vm, Step::Inspecting);
}

fn ask(desk: &mut Desk, vm: &mut ProtectedVm, step: Step) {
    vm.job = Some(Job::FailBack(step));
    desk.ask(vm, Lane::Job, |op, vm| match step {
        Step::Inspecting => Effect::Inspect { op, vm },
        Step::FirstMark { .. } | Step::LastMark { .. } => Effect::CutMark { op, vm },
        Step::ShuttingDown => Effect::ShutDownMachine { op, vm, role: MachineRole::Replica },
        Step::Detaching => Effect::DetachFromAppliance { op, vm },
        Step::Rebuilding => Effect::RebuildOriginal { op, vm },
        Step::Starting => Effect::StartMachine { op, vm, role: MachineRole::Original },
    });
}

pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer) {
    if let Some(cause) = answer.failure() {
        return step_failed(desk, vm, step, cause);
    }
    let kind = JobKind::FailBack;
    let cut_at = desk.now;
    match step {
        Step::Inspecting => inspected(desk, vm, answer),
        Step::FirstMark { cut_at } => {
            delta_replication::mark_seen(desk, vm, cut_at);
            ask(desk, vm, Step::ShuttingDown);
        }
        Step::ShuttingDown => ask(desk, vm, Step::LastMark { cut_at }),
        Step::LastMark { cut_at } => {
            delta_replication::mark_cut(desk, vm, cut_at);
            delta_replication::stop_stream(desk, vm);
            desk.step_done(vm.id, kind, Done::ShutDown);
            let (choice, app_consistent) = (PointChoice::Latest, false);
            desk.fact(Fact::PointChosen { vm: vm.id, choice, mark: cut_at, app_consistent });
            desk.step_done(vm.id, kind, Done::Processed);
            ask(desk, vm, Step::Detaching);
        }
        Step::Detaching => {
            vm.source_disks = SourceDisks::Ready;
            ask(desk, vm, Step::Rebuilding);
        }
        Step::Rebuilding => {
            vm.source_disks = SourceDisks::Untouched;
            desk.step_done(vm.id, kind, Done::Created);
            ask(desk, vm, Step::Starting);
        }
        Step::Starting => {
            vm.job = None;
            vm.serving = MachineRole::Original;
            desk.step_done(vm.id, kind, Done::Booted);
            health::stand_down(desk, vm);
            vm.enter(desk, Phase::FailedBack);
            desk.job_done(vm.id, kind);
        }
    }
}

fn inspected(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    let Answer::Inspected(findings) = answer else {
        unreachable!("an inspection of {:?} was answered with {answer:?}", vm.id);
    };
    let unhealthy = if vm.streaming { Ok(()) } else { Err(Refusal::ReplicationUnhealthy) };
    if let Err(refusal) = prerequisites::for_failback(&findings).and(unhealthy) {
        vm.job = None;
        return desk.refuse(vm.id, Operation::FailBack.name(), refusal);
    }
    desk.job_started(vm.id, JobKind::FailBack);
    vm.enter(desk, Phase::FailingBack);
    desk.step_done(vm.id, JobKind::FailBack, Done::Checked);
    let cut_at = desk.now;
    ask(desk, vm, Step::FirstMark { cut_at });
}

fn step_failed(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, cause: Cause) {
    vm.job = None;
    if step == Step::Inspecting {
        let stamp = desk.inventory.vm(vm.id).on;
        return desk.refuse(vm.id, Operation::FailBack.name(), Refusal::StampUnreachable(stamp));
    }
    desk.job_failed(vm.id, JobKind::FailBack, cause);
    vm.enter(desk, Phase::FailbackFailed);
    match step {
        Step::Inspecting | Step::FirstMark { .. } | Step::ShuttingDown => restored(desk, vm),
        Step::LastMark { .. } | Step::Detaching => undo(desk, vm, UndoStep::StartingReplica),
        Step::Rebuilding => undo(desk, vm, UndoStep::Attaching),
        Step::Starting => undo(desk, vm, UndoStep::Reverting),
    }
}

/// Row 16, ordered.
pub(super) fn order_cancel(desk: &mut Desk, vm: &mut ProtectedVm) {
    let from = vm.undo_from.unwrap_or(UndoStep::ShuttingDown);
    undo(desk, vm, from);
}

fn undo(desk: &mut Desk, vm: &mut ProtectedVm, from: UndoStep) {
    desk.job_started(vm.id, JobKind::CancelFailBack);
    vm.enter(desk, Phase::CancellingFailback);
    ask_undo(desk, vm, from);
}

fn ask_undo(desk: &mut Desk, vm: &mut ProtectedVm, step: UndoStep) {
    vm.job = Some(Job::CancelFailBack(step));
    let appliance = desk.appliance_of(vm.id);
    desk.ask(vm, Lane::Job, |op, vm| match step {
        UndoStep::ShuttingDown => Effect::ShutDownMachine { op, vm, role: MachineRole::Original },
        UndoStep::Reverting => Effect::RevertOriginal { op, vm },
        UndoStep::Attaching => Effect::AttachToAppliance { op, vm, appliance },
        UndoStep::StartingReplica => Effect::StartMachine { op, vm, role: MachineRole::Replica },
    });
}

pub(super) fn undo_answered(desk: &mut Desk, vm: &mut ProtectedVm, step: UndoStep, answer: Answer) {
    let disks_gone = matches!(step, UndoStep::Reverting | UndoStep::Attaching) && answer.nothing_there();
    if disks_gone {
        // Serving comes before replicating: without disks on the source the replica starts all the same.
        vm.source_disks = SourceDisks::Untouched;
        return ask_undo(desk, vm, UndoStep::StartingReplica);
    }
    if let Some(cause) = answer.failure().filter(|_| !(step == UndoStep::ShuttingDown && answer.nothing_there())) {
        vm.job = None;
        vm.undo_from = Some(step);
        desk.job_failed(vm.id, JobKind::CancelFailBack, cause);
        return vm.enter(desk, Phase::FailbackFailed);
    }
    match step {
        UndoStep::ShuttingDown => ask_undo(desk, vm, UndoStep::Reverting),
        UndoStep::Reverting => ask_undo(desk, vm, UndoStep::Attaching),
        UndoStep::Attaching => {
            vm.source_disks = SourceDisks::Attached;
            ask_undo(desk, vm, UndoStep::StartingReplica);
        }
        UndoStep::StartingReplica => {
            vm.job = None;
            vm.undo_from = None;
            vm.serving = MachineRole::Replica;
            desk.job_done(vm.id, JobKind::CancelFailBack);
            restored(desk, vm);
        }
    }
}

/// Protected in reverse again, the replica serves.
fn restored(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.enter(desk, Phase::ProtectedReverse);
    let distrusted = vm.distrusted.take();
    let missing = (vm.source_disks != SourceDisks::Attached).then_some(ResyncReason::ReplicaDiskMissing);
    if let Some(why) = missing.or(distrusted) {
        return resynchronization::needed(desk, vm, why);
    }
    if vm.streaming {
        delta_replication::watch_points(desk, vm);
    } else {
        delta_replication::start_stream(desk, vm);
    }
}

/// Row 17.
pub(super) fn order_commit(desk: &mut Desk, vm: &mut ProtectedVm) {
    desk.job_started(vm.id, JobKind::CommitFailBack);
    vm.enter(desk, Phase::CommittingFailback);
    ask_commit(desk, vm, CommitStep::DeletingMachine);
}

fn ask_commit(desk: &mut Desk, vm: &mut ProtectedVm, step: CommitStep) {
    vm.job = Some(Job::CommitFailBack(step));
    desk.ask(vm, Lane::Job, |op, vm| match step {
        CommitStep::DeletingMachine => Effect::DeleteMachine { op, vm, role: MachineRole::Replica },
        CommitStep::DeletingDisks => Effect::DeleteReplicaDisks { op, vm },
    });
}

pub(super) fn commit_answered(desk: &mut Desk, vm: &mut ProtectedVm, step: CommitStep, answer: Answer) {
    match answer.failure() {
        Some(cause) if !answer.nothing_there() => {
            vm.job = None;
            desk.job_failed(vm.id, JobKind::CommitFailBack, cause);
            vm.enter(desk, Phase::FailedBack);
        }
        Some(_) | None => committed(desk, vm, step),
    }
}

fn committed(desk: &mut Desk, vm: &mut ProtectedVm, step: CommitStep) {
    match step {
        CommitStep::DeletingMachine => {
            vm.has_replica_machine = false;
            ask_commit(desk, vm, CommitStep::DeletingDisks);
        }
        CommitStep::DeletingDisks => {
            vm.job = None;
            vm.has_replica_disks = false;
            vm.direction = Direction::Forward;
            vm.distrusted = None;
            delta_replication::drop_points(desk, vm);
            vm.enter(desk, Phase::FailedBackCommitted);
            desk.job_done(vm.id, JobKind::CommitFailBack);
        }
    }
}
