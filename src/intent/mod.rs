//! FLOOR 1: what is wanted. The world never sees it. Wanted and achieved never share a name: here stands
//! `rpo_target`-like intent, `measure` holds what was achieved.

mod plan;
mod policy;
mod question;
mod target;

pub use plan::{PlanGroup, RecoveryPlan};
pub use policy::{Protection, ReplicationPolicy, StrategyChoice};
pub use question::{Knob, KnobUnit, Price, Question, QuotaPart, Steps, Turned};
pub use target::{Comparator, Measure, Scope, Statistic, Target};

use crate::units::{PolicyId, VmId};

/// Everything wanted of the protection, and of the outcome.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    pub policies: Vec<ReplicationPolicy>,
    /// By VM id: how each VM is to be protected; `None` for VMs that nobody protects.
    pub protections: Vec<Option<Protection>>,
    pub plans: Vec<RecoveryPlan>,
    pub targets: Vec<Target>,
}

impl Intent {
    pub fn protection(&self, vm: VmId) -> Option<&Protection> {
        self.protections.get(vm.index())?.as_ref()
    }

    pub fn policy(&self, id: PolicyId) -> &ReplicationPolicy {
        &self.policies[id.index()]
    }

    pub fn policy_of(&self, vm: VmId) -> Option<&ReplicationPolicy> {
        self.protection(vm).map(|protection| self.policy(protection.policy))
    }
}
