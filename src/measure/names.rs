//! Stable names of what is measured: kebab-case keys of reasons, and the names of meters and outages with those of
//! the inventory. Reports print them; they are no prose. Also what there is of each meter (its declared capacity).
//!
//! Units of capacities: those of the meter ([`Meter`]). `None`: not limited by declaration.

use crate::contract::{Cause, Direction, Health, HealthReason, Meter, OutageKind, Refusal, Warning};
use crate::inventory::{Inventory, Quota};

pub(super) fn refusal_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotNow(_) => "not-now",
        Refusal::NoPolicy => "no-policy",
        Refusal::BatchTooLarge { .. } => "batch-too-large",
        Refusal::ApplianceNotRegistered => "appliance-not-registered",
        Refusal::ApplianceRegisteredAlready => "appliance-registered-already",
        Refusal::ApplianceUnhealthy => "appliance-unhealthy",
        Refusal::ApplianceGone => "appliance-gone",
        Refusal::VaultGone => "vault-gone",
        Refusal::VaultNotEmpty => "vault-not-empty",
        Refusal::GuestUnsupported => "guest-unsupported",
        Refusal::LeftoverMobilityService => "leftover-mobility-service",
        Refusal::CacheAccountMissing => "cache-account-missing",
        Refusal::TargetNetworkMissing => "target-network-missing",
        Refusal::NoTestNetwork => "no-test-network",
        Refusal::TestFailoverRunning => "test-failover-running",
        Refusal::NoRecoveryPoint => "no-recovery-point",
        Refusal::ReplicationUnhealthy => "replication-unhealthy",
        Refusal::SourceSubscriptionGone => "source-subscription-gone",
        Refusal::SourceResourceGroupGone => "source-resource-group-gone",
        Refusal::SourceNetworkGone => "source-network-gone",
        Refusal::CertificateNotTrusted => "certificate-not-trusted",
        Refusal::FailbackPolicyNameEmpty => "failback-policy-name-empty",
        Refusal::ExtensionNameEmpty => "extension-name-empty",
        Refusal::NotEnoughSlots { .. } => "not-enough-slots",
        Refusal::ServingVmDown => "serving-vm-down",
        Refusal::MustDisableFirst => "must-disable-first",
        Refusal::ManualResyncUnsupported => "manual-resync-unsupported",
        Refusal::StampUnreachable(_) => "stamp-unreachable",
        Refusal::NoSuchPlan(_) => "no-such-plan",
        Refusal::PlanTooLarge { .. } => "plan-too-large",
        Refusal::NoCommonPoint => "no-common-point",
        Refusal::CustomPointNotForPlans => "custom-point-not-for-plans",
        Refusal::JobRunning(_) => "job-running",
        Refusal::ApplianceStillRegistered => "appliance-still-registered",
        Refusal::NoTestMachine => "no-test-machine",
    }
}

pub(super) fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::Unreachable => "failed: unreachable",
        Cause::Missing => "failed: missing",
        Cause::QuotaExceeded(_) => "failed: quota-exceeded",
        Cause::NoPlacement(_) => "failed: no-placement",
        Cause::NoSlots { .. } => "failed: no-slots",
        Cause::SizeOutOfRange => "failed: size-out-of-range",
        Cause::Interrupted => "failed: interrupted",
        Cause::NoCommonPoint => "failed: no-common-point",
    }
}

pub(super) fn warning_name(warning: Warning) -> &'static str {
    match warning {
        Warning::DrillOverdue { .. } => DRILL_OVERDUE,
        Warning::QuotaTooSmallForFailover(_) => "quota-too-small-for-failover",
        Warning::DiskBeyondLimit { .. } => "disk-beyond-limit",
        Warning::ShutDownFailed => "shut-down-failed",
        Warning::SourceStillRuns => "source-still-runs",
        Warning::PointPruned => "point-pruned",
        Warning::RpoAlert { .. } => "rpo-alert",
    }
}

/// A failover of a machine whose last drill is older than the product advises, or never was.
pub const DRILL_OVERDUE: &str = "drill-overdue";

pub(super) fn health_name(health: Health, reason: HealthReason) -> String {
    let how = match health {
        Health::Normal => "normal",
        Health::Warning => "warning",
        Health::Critical => "critical",
    };
    let why = match reason {
        HealthReason::AllWell => "all-well",
        HealthReason::NoHeartbeat => "no-heartbeat",
        HealthReason::NoRecentPoint => "no-recent-point",
        HealthReason::BacklogGrows => "backlog-grows",
        HealthReason::ReplicationStuck => "replication-stuck",
        HealthReason::DifflogTimedOut => "difflog-timed-out",
        HealthReason::ResyncRunning => "resync-running",
        HealthReason::Unrecoverable => "unrecoverable",
        HealthReason::OrderLost => "order-lost",
    };
    format!("{how}: {why}")
}

/// The meter with the names of its place: `link wan`, `cache head-cache`, `quota cores of prod on head`.
pub fn meter_name(inventory: &Inventory, meter: Meter) -> String {
    let appliance = |id| &inventory.appliance(id).name;
    let stamp = |id| &inventory.stamp(id).name;
    let subscription = |id| {
        let subscription = inventory.subscription(id);
        format!("{} on {}", subscription.name, stamp(subscription.stamp))
    };
    match meter {
        Meter::Link(id, Direction::Forward) => format!("link {}", inventory.link(id).name),
        Meter::Link(id, Direction::Reverse) => format!("link {} reverse", inventory.link(id).name),
        Meter::ApplianceBytes(id) => format!("appliance {} throughput", appliance(id)),
        Meter::ApplianceStorage(id) => format!("appliance {} storage", appliance(id)),
        Meter::ApplianceOps(id) => format!("appliance {} operations", appliance(id)),
        Meter::ApplianceSlots(id) => format!("appliance {} slots", appliance(id)),
        Meter::SourceBacklog(id) => format!("backlog behind {}", appliance(id)),
        Meter::CacheUsed(id) => format!("cache {}", inventory.cache(id).name),
        Meter::Service(id) => format!("service of {}", stamp(id)),
        Meter::QuotaCores(id) => format!("quota cores of {}", subscription(id)),
        Meter::QuotaVms(id) => format!("quota VMs of {}", subscription(id)),
        Meter::QuotaManagedDisk(id) => format!("quota managed disk of {}", subscription(id)),
        Meter::PointStorage(id) => format!("points kept of {}", subscription(id)),
        Meter::QuotaStorage(id) => format!("quota storage of {}", subscription(id)),
        Meter::StampMemory(id) => format!("memory of {}", stamp(id)),
        Meter::StampVms(id) => format!("VMs on {}", stamp(id)),
    }
}

/// What there is by declaration.
pub fn meter_capacity(inventory: &Inventory, meter: Meter) -> Option<u64> {
    let envelope = &inventory.limits.envelope;
    let quota = |id| &inventory.subscription(id).quota;
    let none = &Quota::BOUNDLESS;
    let bounded = |amount: u64, none: u64| (amount < none).then_some(amount);
    let capacity = match meter {
        Meter::Link(id, _) => inventory.link(id).bandwidth.bytes().0,
        Meter::ApplianceStorage(_) => envelope.storage_rate.0,
        Meter::ApplianceOps(_) => envelope.ops_max_milli,
        Meter::ApplianceSlots(id) => u64::from(inventory.appliance(id).slots),
        Meter::CacheUsed(id) => inventory.cache(id).capacity.0,
        Meter::QuotaCores(id) => return bounded(quota(id).vm_cores.into(), none.vm_cores.into()),
        Meter::QuotaVms(id) => return bounded(quota(id).vms.into(), none.vms.into()),
        Meter::QuotaManagedDisk(id) => return bounded(quota(id).managed_disk.0, none.managed_disk.0),
        Meter::QuotaStorage(id) => return bounded(quota(id).storage.0, none.storage.0),
        Meter::StampVms(id) => {
            let servers = inventory.stamp(id).servers?;
            let by_servers = u64::from(inventory.limits.vms_per_server_max) * u64::from(servers.count);
            by_servers.min(u64::from(inventory.limits.vms_per_stamp_max))
        }
        // Memory for tenants depends on what runs; throughput, service and backlogs have no declared end.
        Meter::ApplianceBytes(_)
        | Meter::SourceBacklog(_)
        | Meter::Service(_)
        | Meter::PointStorage(_)
        | Meter::StampMemory(_) => return None,
    };
    (capacity > 0).then_some(capacity)
}

/// The outage with the names of its place: `link wan down`.
pub fn outage_name(inventory: &Inventory, kind: OutageKind) -> String {
    let stamp = |id| &inventory.stamp(id).name;
    match kind {
        OutageKind::StampDown(id) => format!("stamp {} down", stamp(id)),
        OutageKind::LinkDown(id) => format!("link {} down", inventory.link(id).name),
        OutageKind::LinkSlow(id) => format!("link {} slow", inventory.link(id).name),
        OutageKind::ApplianceDown(id) => format!("appliance {} down", inventory.appliance(id).name),
        OutageKind::CacheDown(id) => format!("cache {} down", inventory.cache(id).name),
        OutageKind::ServiceDown(id) => format!("service of {} down", stamp(id)),
        OutageKind::GuestReboot(id) => format!("guests of {} restart", stamp(id)),
        OutageKind::SourceDeleted(id) => format!("sources on {} deleted", stamp(id)),
        OutageKind::ApplianceTampered(id) => format!("disks on {} tampered", inventory.appliance(id).name),
        OutageKind::Damage(id) => format!("hidden damage on {}", stamp(id)),
    }
}
