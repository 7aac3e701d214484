//! Which RPO each VM is held against: the tightest target that speaks of it.
//!
//! A target speaks of a VM by group or for everything. Limits of `rpo` at failure, of `rpo` over time and of
//! `prob(rpo > x)` all bound the same age [s]. Without a target nothing can be violated.

use crate::intent::{Comparator, Intent, Measure, Scope};
use crate::inventory::Inventory;
use crate::units::{Duration, VmId};

/// The smallest age that some target allows this VM.
pub(super) fn tightest_rpo_target(inventory: &Inventory, intent: &Intent, vm: VmId) -> Option<Duration> {
    intent.protection(vm)?;
    let group = inventory.vm(vm).group;
    let speaks_of_it = |scope: &Scope| match scope {
        Scope::Everything => true,
        Scope::Group(id) => *id == group,
        Scope::Cache(_) => false,
    };
    let limits = intent.targets.iter().filter(|target| speaks_of_it(&target.scope)).filter_map(|target| {
        let at_most = target.comparator == Comparator::AtMost;
        match target.measure {
            Measure::RpoAtFailure | Measure::RpoOverTime if at_most => Some(Duration::from_secs_f64(target.limit)),
            Measure::RpoAbove(age) if at_most => Some(age),
            Measure::RpoAtFailure
            | Measure::RpoUsed
            | Measure::RpoOverTime
            | Measure::RpoAbove(_)
            | Measure::Rto
            | Measure::DataLost
            | Measure::CacheUsed
            | Measure::CacheOverflow
            | Measure::Availability
            | Measure::InitialReplication
            | Measure::Reprotect
            | Measure::Failback
            | Measure::RefusedOperations => None,
        }
    });
    limits.min()
}
