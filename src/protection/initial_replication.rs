//! Enabling protection and initial replication (domain facts 2.2, rows 2-4, 24; 3.4).
//!
//! ```text
//!  order ─► inspect ─► guards ─► install agent ─► seed disks, 1 GiB each ─► resize to size + 1 GiB ─► copy ─► stream
//!           (Unprotected)        └────────── Enabling ─────────────────┘   └── InitialReplication ──────┘  Protected
//! ```
//!
//! No cores or memory are used on the target before a (test) failover. A refusal leaves the phase as it was; a failure
//! that will not pass by itself ends in `EnablingFailed`; a size that the platform does not have is no such failure: the
//! replication begins and sticks (domain facts G8).
//!
//! Assumption: enabling again after `EnablingFailed` goes on where it stopped; its own agent is not a leftover.

use crate::contract::{Cause, CopyKind, Effect, JobKind, Phase, Refusal};
use crate::protection::desk::{Answer, Desk, Lane, transient};
use crate::protection::prerequisites;
use crate::protection::protected_vm::{Copying, Job, ProtectedVm};
use crate::protection::transitions::Operation;
use crate::protection::{copying, delta_replication, resynchronization};

/// What enabling waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Inspecting,
    InstallingAgent,
    CreatingDisks,
}

/// Row 2: a look without consequences.
pub(super) fn order_check(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.job = Some(Job::CheckPrerequisites);
    desk.ask(vm, Lane::Job, |op, vm| Effect::Inspect { op, vm });
}

pub(super) fn checked(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    vm.job = None;
    let command = Operation::CheckPrerequisites.name();
    match answer {
        Answer::Inspected(findings) => match prerequisites::for_enabling(&findings, vm) {
            Ok(()) => prerequisites::advise(desk, vm.id),
            Err(refusal) => desk.refuse(vm.id, command, refusal),
        },
        Answer::Failed(_) | Answer::Done | Answer::Processed { .. } | Answer::Backlog { .. } => {
            let stamp = desk.inventory.vm(vm.id).on;
            desk.refuse(vm.id, command, Refusal::StampUnreachable(stamp));
        }
    }
}

/// Row 3.
pub(super) fn order_enable(desk: &mut Desk, vm: &mut ProtectedVm) {
    ask(desk, vm, Step::Inspecting);
}

fn ask(desk: &mut Desk, vm: &mut ProtectedVm, step: Step) {
    vm.job = Some(Job::Enable(step));
    desk.ask(vm, Lane::Job, |op, vm| match step {
        Step::Inspecting => Effect::Inspect { op, vm },
        Step::InstallingAgent => Effect::InstallAgent { op, vm },
        Step::CreatingDisks => Effect::CreateReplicaDisks { op, vm },
    });
}

pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, answer: Answer) {
    if let Answer::Failed(cause) = answer {
        return failed(desk, vm, step, cause);
    }
    desk.forget_retries(vm);
    match step {
        Step::Inspecting => inspected(desk, vm, answer),
        Step::InstallingAgent => {
            vm.agent_ours = true;
            ask(desk, vm, Step::CreatingDisks);
        }
        Step::CreatingDisks => {
            vm.has_replica_disks = true;
            replicate(desk, vm);
        }
    }
}

fn inspected(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    let Answer::Inspected(findings) = answer else {
        unreachable!("an inspection of {:?} was answered with {answer:?}", vm.id);
    };
    if let Err(refusal) = prerequisites::for_enabling(&findings, vm) {
        vm.job = None;
        desk.refuse(vm.id, Operation::Enable.name(), refusal);
        if refusal == Refusal::LeftoverMobilityService {
            vm.enter(desk, Phase::UnprotectedDirty);
        }
        return;
    }
    prerequisites::advise(desk, vm.id);
    desk.job_started(vm.id, JobKind::Enable);
    vm.enter(desk, Phase::Enabling);
    match (vm.agent_ours, vm.has_replica_disks) {
        (false, true | false) => ask(desk, vm, Step::InstallingAgent),
        (true, false) => ask(desk, vm, Step::CreatingDisks),
        (true, true) => replicate(desk, vm),
    }
}

fn failed(desk: &mut Desk, vm: &mut ProtectedVm, step: Step, cause: Cause) {
    if transient(cause) {
        return desk.book_retry(vm);
    }
    vm.job = None;
    desk.forget_retries(vm);
    match step {
        Step::Inspecting => {
            let stamp = desk.inventory.vm(vm.id).on;
            desk.refuse(vm.id, Operation::Enable.name(), Refusal::StampUnreachable(stamp));
        }
        Step::InstallingAgent | Step::CreatingDisks => {
            desk.job_failed(vm.id, JobKind::Enable, cause);
            vm.enter(desk, Phase::EnablingFailed);
        }
    }
}

/// Another try of the step that could not be reached.
pub(super) fn retry(desk: &mut Desk, vm: &mut ProtectedVm, step: Step) {
    ask(desk, vm, step);
}

/// Row 4 begins.
fn replicate(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.job = None;
    desk.job_done(vm.id, JobKind::Enable);
    vm.enter(desk, Phase::InitialReplication);
    desk.job_started(vm.id, JobKind::InitialReplication);
    resize(desk, vm);
}

pub(super) fn resize(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.copying = Some(Copying::Resizing);
    desk.ask(vm, Lane::Copy, |op, vm| Effect::ResizeReplicaDisks { op, vm });
}

pub(super) fn resized(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    match answer {
        Answer::Failed(cause) if transient(cause) => desk.book_retry(vm),
        Answer::Failed(cause) => copying::stick(desk, vm, cause),
        Answer::Done | Answer::Inspected(_) | Answer::Processed { .. } | Answer::Backlog { .. } => {
            desk.forget_retries(vm);
            copying::enqueue(desk, vm, CopyKind::Initial);
        }
    }
}

/// Everything is on the target: protected.
pub(super) fn copied(desk: &mut Desk, vm: &mut ProtectedVm) {
    desk.job_done(vm.id, JobKind::InitialReplication);
    vm.enter(desk, Phase::Protected);
    delta_replication::start_stream(desk, vm);
    if let Some(why) = vm.resync_due.take() {
        resynchronization::begin(desk, vm, Some(why), true);
    }
}
