//! FLOOR 1: what is wanted. The world never sees it. Wanted and achieved never share a name: here stands
//! `rpo_target`-like intent, `measure` holds what was achieved.

mod consistency;
mod plan;
mod policy;
mod question;
mod target;

pub use consistency::ConsistencyGroup;
pub use plan::{PlanGroup, RecoveryPlan};
pub use policy::{Journal, Protection, ReplicationPolicy, StrategyChoice};
pub use question::{Knob, KnobUnit, Price, Question, QuotaPart, Steps, Turned};
pub use target::{Comparator, Measure, Scope, Statistic, Target};

use crate::units::{ConsistencyGroupId, PolicyId, VmId};

/// Everything wanted of the protection, and of the outcome.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    pub policies: Vec<ReplicationPolicy>,
    /// By VM id: how each VM is to be protected; `None` for VMs that nobody protects.
    pub protections: Vec<Option<Protection>>,
    pub consistency_groups: Vec<ConsistencyGroup>,
    pub plans: Vec<RecoveryPlan>,
    pub targets: Vec<Target>,
}

impl Intent {
    pub fn protection(&self, vm: VmId) -> Option<&Protection> {
        self.protections.get(vm.index())?.as_ref()
    }

    /// Policies that something is protected with.
    pub fn policies_used(&self) -> impl Iterator<Item = &ReplicationPolicy> {
        let used = |id: &usize| self.protections.iter().flatten().any(|protection| protection.policy.index() == *id);
        (0..self.policies.len()).filter(used).map(|id| &self.policies[id])
    }

    /// The consistency group that the VM belongs to.
    pub fn consistency_group(&self, vm: VmId) -> Option<(ConsistencyGroupId, &ConsistencyGroup)> {
        let index = self.consistency_groups.iter().position(|group| group.vms.contains(&vm))?;
        Some((ConsistencyGroupId::from_index(index), &self.consistency_groups[index]))
    }

    pub fn policy(&self, id: PolicyId) -> &ReplicationPolicy {
        &self.policies[id.index()]
    }

    pub fn policy_of(&self, vm: VmId) -> Option<&ReplicationPolicy> {
        self.protection(vm).map(|protection| self.policy(protection.policy))
    }
}
