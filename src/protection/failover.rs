//! Unplanned failover, change of the point, commit (domain facts 2.2, rows 8-11; 4.3; 6.1).
//!
//! ```text
//!  order ─► guards ─► [clear remnants] ─► [shut down source ─► last changes] ─► stop stream ─► [process pending: Latest]
//!        ─► choose point ─► disks from it ─► machine ─► boot ─► FailedOver ─► commit ─► Committed
//!                  ▲                                               │
//!                  └── delete machine ◄── change point ────────────┘ (before the commit only)
//! ```
//!
//! Nothing of the source is needed. Shutting it down is best effort: if it fails, the failover goes on with what there is.
//! RTO is spent in the steps recorded as `StepDone`: checked, shut down, processed, created, booted.
//!
//! A failed failover leaves the source alone and replication stopped; it can be ordered again and first clears what the
//! failed one built. A failed change of the point ends there too: the machine is gone.
//!
//! A common point of a consistency group is settled when the failover is ordered ([`consistency`](super::consistency)); one that is
//! not held here when the disks are to be built fails the failover.
//!
//! Assumptions: pending data are processed only into a replica that is consistent: after a failover in the middle of a
//! resync `Latest` is the newest processed point; where write order was lost, nothing later than the loss is used.

use crate::contract::{Cause, Effect, Fact, JobKind, MachineRole, Phase, PointChoice, Step as Done, Warning};
use crate::protection::consistency::{Agreement, Wanted};
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::protected_vm::{Job, ProtectedVm};
use crate::protection::recovery_points::RecoveryPoint;
use crate::protection::transitions::Operation;
use crate::protection::{copying, delta_replication, health};
use crate::units::Timestamp;

/// A failover or a change of the point under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failover {
    /// `FailOver` or `ChangePoint`.
    pub kind: JobKind,
    step: Step,
    /// As it was asked for, and what that comes to in the VM's group.
    choice: PointChoice,
    wanted: Wanted,
    shut_down: bool,
    /// Write order was lost since then: nothing later is a state to start from.
    ordered_until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Clearing,
    ShuttingDown,
    LastChanges { cut_at: Timestamp },
    Processing,
    BuildingDisks,
    Creating,
    Starting,
}

/// Rows 8 and 9.
pub(super) fn order(
    desk: &mut Desk,
    vm: &mut ProtectedVm,
    (choice, wanted): (PointChoice, Wanted),
    shut_down: bool,
) -> bool {
    if point_for(desk, vm, wanted).is_none() {
        desk.refuse(vm.id, Operation::FailOver.name(), wanted.refusal());
        return false;
    }
    warn_of_what_may_hurt(desk, vm, shut_down);
    desk.job_started(vm.id, JobKind::FailOver);
    copying::cancel(desk, vm);
    let ordered_until = vm.order_lost_since.unwrap_or(Timestamp::NEVER);
    let job = Failover { kind: JobKind::FailOver, step: Step::Clearing, choice, wanted, shut_down, ordered_until };
    vm.agreement = wanted.agreement();
    vm.enter(desk, Phase::FailingOver);
    health::stand_down(desk, vm);
    desk.step_done(vm.id, JobKind::FailOver, Done::Checked);
    if vm.has_replica_machine {
        ask(desk, vm, job, Step::Clearing)
    } else {
        cleared(desk, vm, job)
    }
    true
}

/// Row 10.
pub(super) fn order_change_of_point(desk: &mut Desk, vm: &mut ProtectedVm, (choice, wanted): (PointChoice, Wanted)) {
    if point_for(desk, vm, wanted).is_none() {
        return desk.refuse(vm.id, Operation::ChangePoint.name(), wanted.refusal());
    }
    let ordered_until = Timestamp::NEVER;
    let kind = JobKind::ChangePoint;
    desk.job_started(vm.id, kind);
    vm.agreement = wanted.agreement();
    vm.enter(desk, Phase::ChangingPoint);
    desk.step_done(vm.id, kind, Done::Checked);
    let job = Failover { kind, step: Step::Clearing, choice, wanted, shut_down: false, ordered_until };
    ask(desk, vm, job, Step::Clearing);
}

/// Row 11. Nothing has to be asked of the world but to let go of the points.
pub(super) fn commit(desk: &mut Desk, vm: &mut ProtectedVm) {
    desk.job_started(vm.id, JobKind::Commit);
    vm.enter(desk, Phase::Committing);
    delta_replication::drop_points(desk, vm);
    vm.enter(desk, Phase::Committed);
    desk.job_done(vm.id, JobKind::Commit);
}

fn warn_of_what_may_hurt(desk: &mut Desk, vm: &ProtectedVm, shut_down: bool) {
    let since = vm.last_drill;
    if since.is_none_or(|drill| desk.now.saturating_since(drill) > desk.limits().drill_warn_after) {
        desk.warn(vm.id, Warning::DrillOverdue { since });
    }
    // Silence tells something only where somebody listens.
    let heard = !desk.vault_of(vm.id).appliance_gone;
    let silent = heard && (vm.troubles.appliance_silent || vm.troubles.agent_silent);
    if !shut_down && !silent {
        desk.warn(vm.id, Warning::SourceStillRuns);
    }
}

fn ask(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover, step: Step) {
    vm.job = Some(Job::FailOver(Failover { step, ..job }));
    let role = MachineRole::Replica;
    match step {
        Step::Clearing => {
            // The platform keeps the replica disks of a machine that goes only if points are held on them.
            delta_replication::hold_points(desk, vm);
            desk.ask(vm, Lane::Job, |op, vm| Effect::DeleteMachine { op, vm, role });
        }
        Step::ShuttingDown => {
            desk.ask(vm, Lane::Job, |op, vm| Effect::ShutDownMachine { op, vm, role: MachineRole::Original })
        }
        Step::LastChanges { .. } => desk.ask(vm, Lane::Job, |op, vm| Effect::CutMark { op, vm }),
        Step::Processing => desk.ask(vm, Lane::Job, |op, vm| Effect::ProcessPending { op, vm }),
        Step::BuildingDisks => build_disks(desk, vm, job),
        Step::Creating => desk.ask(vm, Lane::Job, |op, vm| Effect::CreateMachine { op, vm, role }),
        Step::Starting => desk.ask(vm, Lane::Job, |op, vm| Effect::StartMachine { op, vm, role }),
    }
}

pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover, answer: Answer) {
    match answer.failure() {
        Some(cause) if !(job.step == Step::Clearing && answer.nothing_there()) => step_failed(desk, vm, job, cause),
        Some(_) | None => step_done(desk, vm, job, answer),
    }
}

fn step_done(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover, answer: Answer) {
    match job.step {
        Step::Clearing => {
            vm.has_replica_machine = false;
            cleared(desk, vm, job);
        }
        Step::ShuttingDown if vm.streaming => {
            let cut_at = desk.now;
            ask(desk, vm, job, Step::LastChanges { cut_at });
        }
        Step::ShuttingDown => source_is_quiet(desk, vm, job),
        Step::LastChanges { cut_at } => {
            delta_replication::mark_cut(desk, vm, cut_at);
            source_is_quiet(desk, vm, job);
        }
        Step::Processing => processed(desk, vm, job, answer),
        Step::BuildingDisks => ask(desk, vm, job, Step::Creating),
        Step::Creating => {
            desk.step_done(vm.id, job.kind, Done::Created);
            ask(desk, vm, job, Step::Starting);
        }
        Step::Starting => booted(desk, vm, job),
    }
}

/// What concerns the source is best effort; what is built on the target is not.
fn step_failed(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover, cause: Cause) {
    match job.step {
        Step::ShuttingDown => {
            desk.warn(vm.id, Warning::ShutDownFailed);
            source_is_quiet(desk, vm, job);
        }
        Step::LastChanges { .. } => source_is_quiet(desk, vm, job),
        Step::Processing => ask(desk, vm, job, Step::BuildingDisks),
        Step::Clearing | Step::BuildingDisks | Step::Creating | Step::Starting => failed(desk, vm, job, cause),
    }
}

fn cleared(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover) {
    if job.kind == JobKind::ChangePoint {
        ask(desk, vm, job, Step::BuildingDisks);
    } else if job.shut_down {
        ask(desk, vm, job, Step::ShuttingDown);
    } else {
        source_is_quiet(desk, vm, job);
    }
}

/// Nothing more comes from the source, or nothing more is waited for.
fn source_is_quiet(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover) {
    delta_replication::stop_stream(desk, vm);
    if job.shut_down {
        desk.step_done(vm.id, job.kind, Done::ShutDown);
    }
    let process = job.choice == PointChoice::Latest && vm.replica_consistent;
    ask(desk, vm, job, if process { Step::Processing } else { Step::BuildingDisks });
}

/// What had been received is applied: a new point, unless nothing was pending.
fn processed(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover, answer: Answer) {
    if let Answer::Processed { through } = answer {
        let mark = through.min(job.ordered_until).min(desk.heard);
        delta_replication::add_newer_point(desk, vm, mark);
    }
    ask(desk, vm, job, Step::BuildingDisks);
}

fn build_disks(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover) {
    let newest = || vm.newest_point(desk.heard).map(|point| (point, Pruned(false)));
    // A point that came by rule when the failover was ordered may turn out not to have come.
    let found = match job.wanted {
        Wanted::Own(_) => point_for(desk, vm, job.wanted).or_else(newest).ok_or(Cause::Missing),
        Wanted::Common(_) | Wanted::NothingCommon => point_for(desk, vm, job.wanted).ok_or(Cause::NoCommonPoint),
    };
    let (point, pruned) = match found {
        Ok(found) => found,
        Err(cause) => return failed(desk, vm, job, cause),
    };
    if pruned == Pruned(true) {
        desk.warn(vm.id, Warning::PointPruned);
    }
    let RecoveryPoint { mark, app_consistent, .. } = point;
    desk.step_done(vm.id, job.kind, Done::Processed);
    desk.fact(Fact::PointChosen { vm: vm.id, choice: job.choice, mark, app_consistent });
    if let Some(Agreement { group, newest, laggard, .. }) = job.wanted.agreement() {
        desk.fact(Fact::CommonPointTaken { vm: vm.id, group, mark, newest, laggard });
    }
    vm.has_replica_machine = true;
    desk.ask(vm, Lane::Job, |op, vm| Effect::BuildDisks { op, vm, role: MachineRole::Replica, mark });
}

fn booted(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover) {
    vm.job = None;
    vm.serving = MachineRole::Replica;
    desk.step_done(vm.id, job.kind, Done::Booted);
    vm.enter(desk, Phase::FailedOver);
    desk.job_done(vm.id, job.kind);
    desk.failovers_ended.push(vm.id);
}

fn failed(desk: &mut Desk, vm: &mut ProtectedVm, job: Failover, cause: Cause) {
    vm.job = None;
    vm.serving = MachineRole::Original;
    desk.job_failed(vm.id, job.kind, cause);
    vm.enter(desk, Phase::FailoverFailed);
    desk.failovers_ended.push(vm.id);
}

/// The custom point asked for is older than everything kept; the oldest kept one stands in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pruned(pub bool);

/// The point a failover starts from, by what is kept now.
pub(super) fn point_for(desk: &Desk, vm: &ProtectedVm, wanted: Wanted) -> Option<(RecoveryPoint, Pruned)> {
    let chain = vm.chain.as_ref()?;
    let choice = match wanted {
        Wanted::Own(choice) => choice,
        Wanted::Common(Agreement { mark, .. }) => {
            let point = chain.choose(desk.heard, PointChoice::Custom(mark)).filter(|point| point.mark == mark)?;
            return Some((point, Pruned(false)));
        }
        Wanted::NothingCommon => return None,
    };
    if let Some(point) = chain.choose(desk.heard, choice) {
        return Some((point, Pruned(false)));
    }
    match choice {
        PointChoice::Latest
        | PointChoice::LatestProcessed
        | PointChoice::LatestAppConsistent
        | PointChoice::LatestMultiVm
        | PointChoice::LatestMultiVmAppConsistent => None,
        PointChoice::Custom(_) => {
            let oldest = *chain.held(desk.heard).first()?;
            Some((chain.choose(desk.heard, PointChoice::Custom(oldest))?, Pruned(true)))
        }
    }
}
