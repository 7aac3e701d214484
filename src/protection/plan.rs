//! Recovery plans: a customer's script, not a feature of the product (domain facts 1.5, 6.3, C1).
//!
//! Groups are failed over in order, the VMs of one group in parallel. The next group begins when every failover of the group
//! has ended, plus the group's pause. A VM whose failover is refused or fails does not hold up the others; one that another
//! order has already failed over, or is failing over, is skipped or waited for. When nothing of a group had to be started
//! there is nothing to pause for; a group without VMs is a pause.
//!
//! Limits (siblings): 7 groups, 100 VMs; a custom point is for single VMs, not for plans.

use crate::contract::{Fact, JobKind, Phase, PointChoice, Refusal, order};
use crate::protection::deadlines::Reason;
use crate::protection::desk::Desk;
use crate::protection::orders;
use crate::protection::protected_vm::ProtectedVm;
use crate::units::{PlanId, VmId};

/// One plan under way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    plan: PlanId,
    group: usize,
    /// Failovers of the group that have not ended.
    waiting: Vec<VmId>,
    point: PointChoice,
    shut_down: bool,
}

/// The plans under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Plans {
    runs: Vec<Run>,
}

impl Plans {
    pub fn order(
        &mut self,
        desk: &mut Desk,
        vms: &mut [ProtectedVm],
        plan: PlanId,
        point: PointChoice,
        shut_down: bool,
    ) {
        if let Err(refusal) = self.check(desk, plan, point) {
            return desk.fact(Fact::Refused { vm: None, command: order::RUN_PLAN, refusal });
        }
        let run = Run { plan, group: 0, waiting: Vec::new(), point, shut_down };
        self.begin_group(desk, vms, run);
    }

    fn check(&self, desk: &Desk, plan: PlanId, point: PointChoice) -> Result<(), Refusal> {
        let Some(wanted) = desk.intent.plans.get(plan.index()) else {
            return Err(Refusal::NoSuchPlan(plan));
        };
        let (groups_max, vms_max) = (desk.limits().plan_groups_max, desk.limits().plan_vms_max);
        let groups = wanted.groups.len() as u32;
        let vms = wanted.groups.iter().map(|group| group.vms.len() as u32).sum();
        if groups > groups_max {
            return Err(Refusal::PlanTooLarge { asked: groups, at_most: groups_max });
        }
        if vms > vms_max {
            return Err(Refusal::PlanTooLarge { asked: vms, at_most: vms_max });
        }
        if self.runs.iter().any(|run| run.plan == plan) {
            return Err(Refusal::JobRunning(JobKind::FailOver));
        }
        match point {
            PointChoice::Custom(_) => Err(Refusal::CustomPointNotForPlans),
            PointChoice::Latest
            | PointChoice::LatestProcessed
            | PointChoice::LatestAppConsistent
            | PointChoice::LatestMultiVm
            | PointChoice::LatestMultiVmAppConsistent => Ok(()),
        }
    }

    /// Orders the failovers of the run's group, and of the next ones as long as there is nothing to wait for.
    fn begin_group(&mut self, desk: &mut Desk, vms: &mut [ProtectedVm], mut run: Run) {
        let intent = desk.intent.clone();
        let groups = &intent.plans[run.plan.index()].groups;
        while let Some(group) = groups.get(run.group) {
            for vm in &group.vms {
                if must_wait_for(desk, vms, *vm, run.point, run.shut_down) {
                    run.waiting.push(*vm);
                }
            }
            let last = run.group + 1 == groups.len();
            if group.vms.is_empty() && !last && !group.pause.is_zero() {
                desk.deadlines.set(Reason::PlanPause(run.plan), desk.now + group.pause);
            } else if run.waiting.is_empty() {
                run.group += 1;
                continue;
            }
            return self.runs.push(run);
        }
    }

    /// Failovers have ended, well or not.
    pub fn failovers_ended(&mut self, desk: &mut Desk, vms: &mut [ProtectedVm]) {
        while let Some(vm) = desk.failovers_ended.pop() {
            let mut next = 0;
            while let Some(run) = self.runs.get_mut(next) {
                let waited = !run.waiting.is_empty();
                run.waiting.retain(|waiting| *waiting != vm);
                if !waited || !run.waiting.is_empty() {
                    next += 1;
                    continue;
                }
                let group = &desk.intent.plans[run.plan.index()].groups[run.group];
                let last = run.group + 1 == desk.intent.plans[run.plan.index()].groups.len();
                if group.pause.is_zero() || last {
                    self.pause_over(desk, vms, self.runs[next].plan);
                } else {
                    desk.deadlines.set(Reason::PlanPause(run.plan), desk.now + group.pause);
                    next += 1;
                }
            }
        }
    }

    /// The pause after a group is over.
    pub fn pause_over(&mut self, desk: &mut Desk, vms: &mut [ProtectedVm], plan: PlanId) {
        if let Some(place) = self.runs.iter().position(|run| run.plan == plan && run.waiting.is_empty()) {
            let mut run = self.runs.remove(place);
            run.group += 1;
            self.begin_group(desk, vms, run);
        }
    }
}

/// Orders a failover of one VM of a plan; whether its end must be waited for.
fn must_wait_for(desk: &mut Desk, vms: &mut [ProtectedVm], vm: VmId, point: PointChoice, shut_down: bool) -> bool {
    let phase = vms[vm.index()].phase;
    let ran_already = matches!(phase, Phase::FailedOver | Phase::Committing | Phase::Committed);
    if phase == Phase::FailingOver || ran_already {
        return !ran_already;
    }
    orders::fail_over(desk, vms, vm, point, shut_down)
}
