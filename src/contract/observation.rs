//! Observations: what the product sees. Never an outage as such.

use crate::contract::{Cause, OpId};
use crate::units::{ApplianceId, Bytes, CacheId, Duration, Timestamp, VmId};

#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// The operation is done.
    Completed {
        op: OpId,
    },
    /// It failed, and this is why (what a look at the event log would tell).
    Failed {
        op: OpId,
        cause: Cause,
    },
    Inspected {
        op: OpId,
        findings: Findings,
    },
    /// Answer to `ProcessPending`: every write up to `through` is applied.
    Processed {
        op: OpId,
        through: Timestamp,
    },
    /// Answer to `ReadBacklog`.
    Backlog {
        op: OpId,
        at_source: Bytes,
        in_cache: Bytes,
        oldest_in_cache: Option<Timestamp>,
    },
    /// Answer to `ReadPoints`: each point held but the newest, oldest first, and what it keeps: the distinct part of what was written from
    /// it until the next.
    PointsKeep {
        op: OpId,
        kept: Vec<(Timestamp, Bytes)>,
    },
    /// Somebody is alive. Only the newest of each sender need be delivered, and before the logic's deadline.
    Heartbeat {
        from: Sender,
        sent_at: Timestamp,
    },
    /// The appliance reports that it has not heard this agent since.
    AgentSilent {
        vm: VmId,
        since: Timestamp,
    },
    AgentBack {
        vm: VmId,
    },
    /// A mark is applied on all disks of the VM: a usable point.
    MarkApplied {
        vm: VmId,
        mark: Timestamp,
    },
    /// From `from_mark` on every mark is applied `lag` after it was cut, until `FellBehind`.
    KeepingUp {
        vm: VmId,
        from_mark: Timestamp,
        lag: Duration,
    },
    /// Marks after `last_mark` are no longer applied on time; each is reported by itself.
    FellBehind {
        vm: VmId,
        last_mark: Timestamp,
    },
    /// The agent keeps only a bitmap: write order is lost, marks are worthless until drained.
    OrderLost {
        vm: VmId,
        since: Timestamp,
    },
    OrderRestored {
        vm: VmId,
    },
    /// The change log of the VM cannot be trusted any more.
    ResyncNeeded {
        vm: VmId,
        why: ResyncReason,
    },
    /// The cache account refuses data, or takes it again.
    CacheRefuses {
        cache: CacheId,
    },
    CacheAccepts {
        cache: CacheId,
    },
}

/// Who sends heartbeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    Appliance(ApplianceId),
}

/// Why the change log cannot be trusted (agent codes of the sibling products; rows 20-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResyncReason {
    /// The guest went down hard while changes stood in memory only.
    UncleanShutdown,
    /// The bitmap reached its share of the disk.
    TooMuchDirty,
    /// Somebody worked on a replica disk on the appliance by hand. In reverse this needs a manual resync: unsupported.
    ReplicaDiskTampered,
    /// A replica disk is gone from the appliance. Manual resync: unsupported.
    ReplicaDiskMissing,
    /// The log account is gone. Manual resync: unsupported.
    LogAccountMissing,
}

/// What a look at both stamps finds about one VM. Everything a guard of the lifecycle table asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Findings {
    pub source_vm_exists: bool,
    /// The source VM's disks are still there, and they are the ones that were replicated.
    pub source_disks_reusable: bool,
    pub source_subscription_exists: bool,
    pub source_resource_group_exists: bool,
    pub source_network_exists: bool,
    /// The source VM's disks live in another subscription than the appliance.
    pub source_disks_elsewhere: bool,
    pub guest_supported: bool,
    pub mobility_service_left_over: bool,
    pub certificate_trusted: bool,
    /// The VM that now serves runs and its agent is registered.
    pub serving_vm_runs: bool,
    pub appliance_exists: bool,
    pub appliance_healthy: bool,
    /// Free data-disk slots of the appliance.
    pub slots_free: u32,
    pub cache_account_exists: bool,
    pub target_network_exists: bool,
}
