//! Reasons: why an operation failed, why an order is refused, and what is said although nothing is stopped by it.

use crate::contract::{JobKind, Meter, Phase};
use crate::units::{Bytes, Duration, PlanId, StampId, Timestamp};

/// Why an operation of the world failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Nobody answers there.
    Unreachable,
    /// The machine, disk or account is not there (any more).
    Missing,
    /// A quota of the target subscription is too small.
    QuotaExceeded(Meter),
    /// No host has the memory, or the stamp its VM count.
    NoPlacement(StampId),
    /// The appliance has fewer free slots than the VM has disks.
    NoSlots { need: u32, free: u32 },
    /// A size outside what the platform has (1023 GiB disk + 1).
    SizeOutOfRange,
    /// The stamp went down in the middle.
    Interrupted,
    /// The point that the VM's consistency group agreed on is not held here (any more).
    NoCommonPoint,
}

/// Why a command is refused: the one reason an operator needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The VM is in a phase where this is not offered.
    NotNow(Phase),
    /// Nobody said how this VM is to be protected.
    NoPolicy,
    BatchTooLarge {
        asked: u32,
        at_most: u32,
    },
    ApplianceNotRegistered,
    ApplianceRegisteredAlready,
    ApplianceUnhealthy,
    ApplianceGone,
    VaultGone,
    VaultNotEmpty,
    /// The vault goes last: items first, then the appliance (row 25).
    ApplianceStillRegistered,
    GuestUnsupported,
    LeftoverMobilityService,
    CacheAccountMissing,
    TargetNetworkMissing,
    NoTestNetwork,
    TestFailoverRunning,
    /// Nothing to clean up.
    NoTestMachine,
    NoRecoveryPoint,
    ReplicationUnhealthy,
    SourceSubscriptionGone,
    SourceResourceGroupGone,
    SourceNetworkGone,
    CertificateNotTrusted,
    FailbackPolicyNameEmpty,
    ExtensionNameEmpty,
    NotEnoughSlots {
        need: u32,
        free: u32,
    },
    ServingVmDown,
    /// After a committed failback: disable, remove agent and mobility service, restart, enable.
    MustDisableFirst,
    ManualResyncUnsupported,
    StampUnreachable(StampId),
    NoSuchPlan(PlanId),
    PlanTooLarge {
        asked: u32,
        at_most: u32,
    },
    CustomPointNotForPlans,
    JobRunning(JobKind),
    /// No mark is left that every member of the VM's consistency group holds as a point.
    NoCommonPoint,
}

/// Said, but nothing is stopped by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// Never drilled, or not for longer than the limit (180 days).
    DrillOverdue {
        since: Option<Timestamp>,
    },
    /// The quota would not hold a failover of every VM of the subscription.
    QuotaTooSmallForFailover(Meter),
    DiskBeyondLimit {
        size: Bytes,
    },
    ShutDownFailed,
    /// The source VM is left on and not known to be down: two machines may serve, by the operator's order.
    SourceStillRuns,
    /// The custom point asked for is older than everything kept.
    PointPruned,
    RpoAlert {
        age: Duration,
    },
}

impl Refusal {
    /// What the product itself says where it is known to say little (domain facts row 12, G7).
    pub fn product_symptom(self) -> Option<&'static str> {
        matches!(self, Refusal::NotEnoughSlots { .. }).then_some("An internal error occurred")
    }
}
