//! The vocabulary of the contract in plain words: jobs, steps, phases, health, refusals, causes.

use crate::contract::{
    Cause, Health, HealthReason, JobKind, MachineRole, Phase, PointChoice, Refusal, ResyncReason, Step, Warning,
};
use crate::inventory::Inventory;
use crate::measure::meter_name;

pub(super) fn role(role: MachineRole) -> &'static str {
    match role {
        MachineRole::Original => "the source VM",
        MachineRole::Replica => "the failed-over VM",
        MachineRole::Test => "the test VM",
    }
}

pub(super) fn job(job: JobKind) -> &'static str {
    match job {
        JobKind::Enable => "enabling",
        JobKind::InitialReplication => "initial replication",
        JobKind::TestFailover => "test failover",
        JobKind::TestCleanUp => "clean-up of the test failover",
        JobKind::FailOver => "failover",
        JobKind::ChangePoint => "change of the recovery point",
        JobKind::Commit => "commit",
        JobKind::Reprotect => "re-protect",
        JobKind::FailBack => "failback",
        JobKind::CancelFailBack => "cancellation of the failback",
        JobKind::CommitFailBack => "commit of the failback",
        JobKind::Disable => "disabling",
        JobKind::Resync => "resync",
    }
}

pub(super) fn step(step: Step) -> &'static str {
    match step {
        Step::Checked => "prerequisites are checked",
        Step::ShutDown => "the source is shut down",
        Step::Processed => "pending data is processed",
        Step::Created => "disks and machine stand",
        Step::Booted => "the machine serves",
    }
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Unprotected => "unprotected",
        Phase::UnprotectedDirty => "unprotected, its agent left behind",
        Phase::Enabling => "enabling",
        Phase::EnablingFailed => "not enabled: enabling failed",
        Phase::InitialReplication => "replicating for the first time",
        Phase::Protected => "protected",
        Phase::FailingOver => "failing over",
        Phase::FailoverFailed => "not failed over: the failover failed",
        Phase::FailedOver => "failed over, not committed",
        Phase::ChangingPoint => "changing its recovery point",
        Phase::Committing => "committing",
        Phase::Committed => "committed on the target, unprotected",
        Phase::Reprotecting => "re-protecting",
        Phase::ReprotectFailed => "not re-protected: it failed",
        Phase::ReverseReplication => "replicating back",
        Phase::ProtectedReverse => "protected in reverse",
        Phase::FailingBack => "failing back",
        Phase::FailbackFailed => "not failed back: it failed",
        Phase::FailedBack => "failed back, not committed",
        Phase::CancellingFailback => "cancelling its failback",
        Phase::CommittingFailback => "committing its failback",
        Phase::FailedBackCommitted => "back on the source, committed, unprotected",
        Phase::Disabling => "being disabled",
        Phase::DisablingFailed => "not disabled: it failed",
        Phase::Abandoned => "abandoned: its vault is gone",
    }
}

pub(super) fn health(health: Health) -> &'static str {
    match health {
        Health::Normal => "normal",
        Health::Warning => "warning",
        Health::Critical => "critical",
    }
}

pub(super) fn health_reason(reason: HealthReason) -> &'static str {
    match reason {
        HealthReason::AllWell => "nothing is amiss with it",
        HealthReason::NoHeartbeat => "its appliance sends no heartbeat",
        HealthReason::NoRecentPoint => "its newest recovery point is too old",
        HealthReason::BacklogGrows => "points do not come on time: a backlog grows",
        HealthReason::ReplicationStuck => "its replication makes no progress",
        HealthReason::DifflogTimedOut => "its changes waited too long in the cache",
        HealthReason::ResyncRunning => "a resync runs",
        HealthReason::Unrecoverable => "it needs a manual resync, which is not supported",
        HealthReason::OrderLost => "the agent kept a bitmap only: the order of writes is lost",
    }
}

pub(super) fn point(choice: PointChoice) -> &'static str {
    match choice {
        PointChoice::Latest => "latest",
        PointChoice::LatestProcessed => "latest processed",
        PointChoice::LatestAppConsistent => "latest app-consistent",
        PointChoice::Custom(_) => "custom",
        PointChoice::LatestMultiVm => "latest multi-VM",
        PointChoice::LatestMultiVmAppConsistent => "latest multi-VM app-consistent",
    }
}

pub(super) fn resync(why: ResyncReason) -> &'static str {
    match why {
        ResyncReason::UncleanShutdown => "the guest went down hard with changes in memory only",
        ResyncReason::TooMuchDirty => "too large a share of the disk is dirty",
        ResyncReason::ReplicaDiskTampered => "somebody worked on a replica disk by hand",
        ResyncReason::ReplicaDiskMissing => "a replica disk is gone",
        ResyncReason::LogAccountMissing => "the log account is gone",
    }
}

pub(super) fn cause(inventory: &Inventory, cause: Cause) -> String {
    match cause {
        Cause::Unreachable => "nobody answers there".into(),
        Cause::Missing => "what it works on is not there".into(),
        Cause::QuotaExceeded(meter) => format!("{} is too small", meter_name(inventory, meter)),
        Cause::NoPlacement(stamp) => format!("no host of {} has room", inventory.stamp(stamp).name),
        Cause::NoSlots { need, free } => format!("{need} slots are needed and {free} are free"),
        Cause::SizeOutOfRange => "a disk is larger than the platform has".into(),
        Cause::Interrupted => "a stamp went down in the middle".into(),
        Cause::NoCommonPoint => "it does not hold the point that its consistency group has settled on".into(),
    }
}

pub(super) fn warning(inventory: &Inventory, warning: Warning) -> (&'static str, String) {
    match warning {
        Warning::DrillOverdue { since: None } => ("a drill is overdue", "none was ever done".into()),
        Warning::DrillOverdue { since: Some(since) } => ("a drill is overdue", format!("the last was on {since}")),
        Warning::QuotaTooSmallForFailover(meter) => {
            ("a failover of all would not fit", format!("{} is too small", meter_name(inventory, meter)))
        }
        Warning::DiskBeyondLimit { size } => ("a disk is too large", format!("it has {size}")),
        Warning::ShutDownFailed => ("the source was not shut down", "it did not answer".into()),
        Warning::SourceStillRuns => {
            ("two machines may serve", "the order leaves the source VM on, and nothing says that it is down".into())
        }
        Warning::PointPruned => ("another point is taken", "the one asked for is older than everything kept".into()),
        Warning::RpoAlert { age } => ("the RPO alert is raised", format!("the newest point is {age} old")),
    }
}

pub(super) fn refusal(inventory: &Inventory, refusal: Refusal) -> String {
    let told = match refusal {
        Refusal::NotNow(now) => return format!("it is {}", phase(now)),
        Refusal::BatchTooLarge { asked, at_most } => return format!("{asked} VMs at once, {at_most} are allowed"),
        Refusal::NotEnoughSlots { need, free } => {
            let symptom = refusal.product_symptom().unwrap_or_default();
            return format!("{need} slots are needed and {free} are free; the product says \"{symptom}\"");
        }
        Refusal::StampUnreachable(stamp) => return format!("{} does not answer", inventory.stamp(stamp).name),
        Refusal::PlanTooLarge { asked, at_most } => {
            return format!("the plan has {asked}, {at_most} are allowed");
        }
        Refusal::JobRunning(running) => return format!("{} runs", job(running)),
        Refusal::NoPolicy => "nobody said how it is to be protected",
        Refusal::ApplianceNotRegistered => "its appliance is not registered",
        Refusal::ApplianceRegisteredAlready => "the appliance is registered already",
        Refusal::ApplianceUnhealthy => "its appliance is not healthy",
        Refusal::ApplianceGone => "its appliance is gone",
        Refusal::VaultGone => "its vault is gone",
        Refusal::VaultNotEmpty => "the vault still holds items",
        Refusal::ApplianceStillRegistered => "the appliance is still registered",
        Refusal::GuestUnsupported => "its operating system is not supported",
        Refusal::LeftoverMobilityService => "an old mobility service is left in the guest",
        Refusal::CacheAccountMissing => "the cache account is gone",
        Refusal::TargetNetworkMissing => "the target network is not there",
        Refusal::NoTestNetwork => "no network for tests is set",
        Refusal::TestFailoverRunning => "a test failover runs",
        Refusal::NoTestMachine => "there is no test VM to clean up",
        Refusal::NoRecoveryPoint => "there is no recovery point",
        Refusal::ReplicationUnhealthy => "its replication is not healthy",
        Refusal::SourceSubscriptionGone => "the source subscription is gone",
        Refusal::SourceResourceGroupGone => "the source resource group is gone",
        Refusal::SourceNetworkGone => "the source network is gone",
        Refusal::CertificateNotTrusted => "the certificate is not trusted",
        Refusal::FailbackPolicyNameEmpty => "no failback policy is named",
        Refusal::ExtensionNameEmpty => "no failback extension is named",
        Refusal::ServingVmDown => "the VM that serves is down",
        Refusal::MustDisableFirst => "after a failback it must be disabled and enabled again",
        Refusal::ManualResyncUnsupported => "a manual resync is not supported",
        Refusal::NoSuchPlan(_) => "there is no such plan",
        Refusal::NoCommonPoint => "its consistency group has no point in common",
        Refusal::CustomPointNotForPlans => "a plan takes no custom point",
    };
    told.into()
}
