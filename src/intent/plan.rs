//! Recovery plans: ordered groups with pauses. On this product a customer's script, not a product feature.

use crate::units::{Duration, VmId};

/// Groups are started in order; VMs of one group in parallel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryPlan {
    pub name: String,
    pub groups: Vec<PlanGroup>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanGroup {
    pub vms: Vec<VmId>,
    /// Manual action or script between the last start of this group and the next group.
    pub pause: Duration,
}
