//! Test failover and its clean-up (domain facts 2.2, rows 6 and 7): a drill, orthogonal to the phase.
//!
//! ```text
//!  none ─► [process pending] ─► disks ─► machine ─► boot ─► standing ─► clean-up ─► none
//!              └───────────┴───────────┴── failed ─► remnants deleted ─► none
//! ```
//!
//! The network was fixed beforehand; the source goes on, and so does replication: a drill gives the stream no order and
//! adds no point (MR28). A drill counts once it is cleaned up.
//!
//! Assumptions: what a failed drill built is deleted at once; a test machine stays until somebody cleans up.

use crate::contract::{Cause, Effect, Fact, JobKind, MachineRole, PointChoice, Refusal, Step as Done, Warning};
use crate::protection::consistency::Wanted;
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::failover::{Pruned, point_for};
use crate::protection::protected_vm::ProtectedVm;
use crate::protection::transitions::Operation;
use crate::units::Timestamp;

/// Where the VM's drill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drill {
    None,
    Processing,
    BuildingDisks,
    Creating,
    Starting,
    /// The test machine runs, or its clean-up failed: something stands that must be cleaned up.
    Standing,
    CleaningUp,
    /// A failed drill's remnants are being deleted.
    RollingBack,
}

const ROLE: MachineRole = MachineRole::Test;

/// Row 6.
pub(super) fn order(desk: &mut Desk, vm: &mut ProtectedVm, wanted: Wanted) {
    let name = Operation::TestFailover.name();
    if vm.drill != Drill::None {
        return desk.refuse(vm.id, name, Refusal::TestFailoverRunning);
    }
    if vm.test_network.is_none() {
        return desk.refuse(vm.id, name, Refusal::NoTestNetwork);
    }
    let Some((point, pruned)) = point_for(desk, vm, wanted) else {
        return desk.refuse(vm.id, name, wanted.refusal());
    };
    if pruned == Pruned(true) {
        desk.warn(vm.id, Warning::PointPruned);
    }
    desk.job_started(vm.id, JobKind::TestFailover);
    desk.step_done(vm.id, JobKind::TestFailover, Done::Checked);
    if wanted == Wanted::Own(PointChoice::Latest) && vm.replica_consistent {
        vm.drill = Drill::Processing;
        desk.ask(vm, Lane::Test, |op, vm| Effect::ProcessPending { op, vm });
    } else {
        build_disks(desk, vm, point.mark);
    }
}

/// Row 7.
pub(super) fn order_clean_up(desk: &mut Desk, vm: &mut ProtectedVm) {
    match vm.drill {
        Drill::Standing => {
            desk.job_started(vm.id, JobKind::TestCleanUp);
            delete(desk, vm, Drill::CleaningUp);
        }
        Drill::None => desk.refuse(vm.id, Operation::CleanUpTestFailover.name(), Refusal::NoTestMachine),
        Drill::Processing
        | Drill::BuildingDisks
        | Drill::Creating
        | Drill::Starting
        | Drill::CleaningUp
        | Drill::RollingBack => {
            desk.refuse(vm.id, Operation::CleanUpTestFailover.name(), Refusal::JobRunning(JobKind::TestFailover));
        }
    }
}

fn build_disks(desk: &mut Desk, vm: &mut ProtectedVm, mark: Timestamp) {
    desk.step_done(vm.id, JobKind::TestFailover, Done::Processed);
    vm.drill = Drill::BuildingDisks;
    desk.ask(vm, Lane::Test, |op, vm| Effect::BuildDisks { op, vm, role: ROLE, mark });
}

fn delete(desk: &mut Desk, vm: &mut ProtectedVm, drill: Drill) {
    vm.drill = drill;
    desk.ask(vm, Lane::Test, |op, vm| Effect::DeleteMachine { op, vm, role: ROLE });
}

pub(super) fn answered(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    match answer.failure() {
        Some(cause) if !answer.nothing_there() || !deletes(vm.drill) => step_failed(desk, vm, answer, cause),
        Some(_) | None => step_done(desk, vm, answer),
    }
}

fn deletes(drill: Drill) -> bool {
    drill == Drill::CleaningUp || drill == Drill::RollingBack
}

fn step_done(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    match vm.drill {
        Drill::Processing => processed(desk, vm, answer),
        Drill::BuildingDisks => {
            vm.drill = Drill::Creating;
            desk.ask(vm, Lane::Test, |op, vm| Effect::CreateMachine { op, vm, role: ROLE });
        }
        Drill::Creating => {
            desk.step_done(vm.id, JobKind::TestFailover, Done::Created);
            vm.drill = Drill::Starting;
            desk.ask(vm, Lane::Test, |op, vm| Effect::StartMachine { op, vm, role: ROLE });
        }
        Drill::Starting => {
            vm.drill = Drill::Standing;
            desk.step_done(vm.id, JobKind::TestFailover, Done::Booted);
            desk.fact(Fact::TestEntered { vm: vm.id, running: true });
            desk.job_done(vm.id, JobKind::TestFailover);
        }
        Drill::CleaningUp => {
            vm.drill = Drill::None;
            vm.last_drill = Some(desk.now);
            desk.fact(Fact::TestEntered { vm: vm.id, running: false });
            desk.job_done(vm.id, JobKind::TestCleanUp);
        }
        Drill::RollingBack => vm.drill = Drill::None,
        Drill::None | Drill::Standing => unreachable!("{:?} has no drill but got {answer:?}", vm.id),
    }
}

fn step_failed(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer, cause: Cause) {
    match vm.drill {
        Drill::Processing => processed(desk, vm, answer),
        Drill::BuildingDisks | Drill::Creating | Drill::Starting => {
            desk.job_failed(vm.id, JobKind::TestFailover, cause);
            delete(desk, vm, Drill::RollingBack);
        }
        Drill::CleaningUp => {
            vm.drill = Drill::Standing;
            desk.job_failed(vm.id, JobKind::TestCleanUp, cause);
        }
        Drill::RollingBack => vm.drill = Drill::Standing,
        Drill::None | Drill::Standing => unreachable!("{:?} has no drill but got {answer:?}", vm.id),
    }
}

/// The test machine starts from the latest state; no point is kept of it.
fn processed(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    let newest = vm.newest_point(desk.heard).map(|point| point.mark);
    let through = match answer {
        Answer::Processed { through } => Some(through.min(vm.order_lost_since.unwrap_or(Timestamp::NEVER))),
        Answer::Done | Answer::Failed(_) | Answer::Inspected(_) | Answer::Backlog { .. } => None,
    };
    match newest.max(through) {
        Some(mark) => build_disks(desk, vm, mark),
        None => {
            // The points were dropped while the backlog was processed (the vault or the protection is gone).
            vm.drill = Drill::None;
            desk.job_failed(vm.id, JobKind::TestFailover, Cause::Missing);
        }
    }
}
