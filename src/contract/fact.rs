//! Facts: what is written down, by the logic, the world and the people. Measures and reports are folded from them.

use std::fmt;

use crate::contract::{Cause, Direction, LevelPiece, MachineRole, PointChoice, Refusal, ResyncReason, Warning};
use crate::units::{
    ApplianceId, Bytes, CacheId, ConsistencyGroupId, Duration, LinkId, OutageId, StampId, SubscriptionId, Timestamp,
    VmId,
};

/// Something that is so, from the moment it is recorded with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    // ---- the world: how it really was -------------------------------------------------------------------
    OutageBegan {
        outage: OutageId,
        kind: OutageKind,
    },
    OutageEnded {
        outage: OutageId,
        kind: OutageKind,
    },
    /// The machine serves (a test machine: runs).
    MachineUp {
        vm: VmId,
        role: MachineRole,
    },
    MachineDown {
        vm: VmId,
        role: MachineRole,
    },
    /// The serving machine of a protected VM was lost with its stamp. `received`: every write up to then had reached
    /// the cache; `in_cache`: bytes that wait there (what is being processed into a point counts as applied); `at_source`: bytes written, not received.
    SourceLost {
        vm: VmId,
        received: Timestamp,
        in_cache: Bytes,
        at_source: Bytes,
    },
    /// Bytes written by the lost machine after the point that the failover used. `failed_at`: when it was lost, or when
    /// the failover was ordered if it still ran.
    DataLost {
        vm: VmId,
        mark: Timestamp,
        failed_at: Timestamp,
        bytes: Bytes,
    },
    /// The data of the serving machine is damaged from now on, and nobody knows.
    Damaged {
        vm: VmId,
    },
    /// Somebody sees that the data was damaged at `since`.
    DamageFound {
        vm: VmId,
        since: Timestamp,
    },
    /// A straight piece of a meter, from `since` until the fact's moment. Unit: see [`Meter`].
    Level {
        meter: Meter,
        since: Timestamp,
        start: u64,
        end: u64,
    },
    /// Several pieces of a meter, one after the other from `since` until the fact's moment: what moves on a common mark all the
    /// time is told at once.
    Levels {
        meter: Meter,
        since: Timestamp,
        pieces: Vec<LevelPiece>,
    },
    /// A straight piece of the age of the newest byte received and applied, from `since` until the fact's moment.
    Lag {
        vm: VmId,
        since: Timestamp,
        received: (Duration, Duration),
        applied: (Duration, Duration),
    },
    /// Demand at this resource exceeds what it gives (or it gives nothing); it is a bottleneck until relieved.
    Saturated {
        meter: Meter,
    },
    Relieved {
        meter: Meter,
    },
    CacheFull {
        cache: CacheId,
    },
    CacheAccepts {
        cache: CacheId,
    },
    /// A quota, slot or placement limit refused something: `need` beyond `free` (units of the meter).
    LimitHit {
        meter: Meter,
        need: u64,
        free: u64,
    },
    /// Where every byte of this VM is, at the end of the run. written = applied + in_flight + in_cache + superseded + lost.
    Ledger {
        vm: VmId,
        written: Bytes,
        applied: Bytes,
        in_flight: Bytes,
        in_cache: Bytes,
        superseded: Bytes,
        lost: Bytes,
    },

    // ---- the logic: what it did and saw -------------------------------------------------------------------
    Entered {
        vm: VmId,
        phase: Phase,
    },
    TestEntered {
        vm: VmId,
        running: bool,
    },
    HealthChanged {
        vm: VmId,
        health: Health,
        reason: HealthReason,
    },
    Alarm {
        alarm: AlarmKind,
    },
    AlarmCleared {
        alarm: AlarmKind,
    },
    /// One usable point.
    PointMade {
        vm: VmId,
        mark: Timestamp,
        app_consistent: bool,
    },
    /// A run of points that came by rule; recorded when it ends (or when somebody looks), never overlapping.
    PointsMade {
        vm: VmId,
        run: PointRun,
    },
    /// The newest kept point from before `before`, as the portal shows it; `None`: none is left.
    PointLookedUp {
        vm: VmId,
        before: Timestamp,
        mark: Option<Timestamp>,
    },
    /// All points of the VM are gone (commit, disable).
    PointsDropped {
        vm: VmId,
    },
    JobStarted {
        vm: VmId,
        job: JobKind,
    },
    StepDone {
        vm: VmId,
        job: JobKind,
        step: Step,
    },
    JobDone {
        vm: VmId,
        job: JobKind,
    },
    JobFailed {
        vm: VmId,
        job: JobKind,
        cause: Cause,
    },
    /// The failover runs on this point; `choice` is what was asked for.
    PointChosen {
        vm: VmId,
        choice: PointChoice,
        mark: Timestamp,
        app_consistent: bool,
    },
    Refused {
        vm: Option<VmId>,
        command: &'static str,
        refusal: Refusal,
    },
    Warned {
        vm: Option<VmId>,
        warning: Warning,
    },
    ResyncStarted {
        vm: VmId,
        why: Option<ResyncReason>,
    },
    ResyncDone {
        vm: VmId,
    },

    // ---- the people ---------------------------------------------------------------------------------------
    DisasterDeclared {
        stamp: StampId,
    },
    Ordered {
        vm: VmId,
        command: &'static str,
    },
    DrillDone {
        vm: VmId,
        ok: bool,
    },

    // ---- the logic again: what only some scenarios ask of it; at the end, for a digest holds the place of a kind --
    /// The point of this failover is the newest that the VM's consistency group has in common. `newest`: the VM's own newest
    /// point when the group agreed; `laggard`: the member whose newest point was the oldest.
    CommonPointTaken {
        vm: VmId,
        group: ConsistencyGroupId,
        mark: Timestamp,
        newest: Timestamp,
        laggard: VmId,
    },
    /// The points kept more than the policy's journal holds: those before `oldest` are gone. `window`: from it to the newest; `kept`: what
    /// they keep now; `since`: when this began, if each look since then found the same.
    JournalCut {
        vm: VmId,
        since: Timestamp,
        oldest: Timestamp,
        window: Duration,
        kept: Bytes,
    },
}

/// What is metered, with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meter {
    /// Replication on the link [bytes/s].
    Link(LinkId, Direction),
    /// Through the appliance [bytes/s]; its storage-side envelope [bytes/s]; its operations [thousandths/s].
    ApplianceBytes(ApplianceId),
    ApplianceStorage(ApplianceId),
    ApplianceOps(ApplianceId),
    /// Data-disk slots taken.
    ApplianceSlots(ApplianceId),
    /// Waiting at the source behind this appliance [bytes].
    SourceBacklog(ApplianceId),
    /// Data in the cache account [bytes].
    CacheUsed(CacheId),
    /// The service of a target stamp applies [bytes/s].
    Service(StampId),
    QuotaCores(SubscriptionId),
    QuotaVms(SubscriptionId),
    /// Allocated managed disks plus used snapshots [bytes].
    QuotaManagedDisk(SubscriptionId),
    /// Of these, what the recovery points keep [bytes].
    PointStorage(SubscriptionId),
    /// Blobs [bytes].
    QuotaStorage(SubscriptionId),
    /// Memory taken by tenant VMs [bytes]; VMs on the stamp.
    StampMemory(StampId),
    StampVms(StampId),
}

/// Kinds of outages, for facts and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutageKind {
    StampDown(StampId),
    LinkDown(LinkId),
    LinkSlow(LinkId),
    ApplianceDown(ApplianceId),
    CacheDown(CacheId),
    ServiceDown(StampId),
    GuestReboot(StampId),
    SourceDeleted(StampId),
    ApplianceTampered(ApplianceId),
    Damage(StampId),
}

/// Where a VM stands in its protected life. Names of the API in [`Phase::api_state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not protected; nothing in the guest.
    Unprotected,
    /// Not protected; the mobility service is still in the guest.
    UnprotectedDirty,
    Enabling,
    EnablingFailed,
    InitialReplication,
    Protected,
    FailingOver,
    FailoverFailed,
    /// Runs on the target, uncommitted.
    FailedOver,
    ChangingPoint,
    Committing,
    /// Runs on the target, committed, unprotected.
    Committed,
    Reprotecting,
    ReprotectFailed,
    ReverseReplication,
    ProtectedReverse,
    FailingBack,
    FailbackFailed,
    /// Runs on the source again, uncommitted.
    FailedBack,
    CancellingFailback,
    CommittingFailback,
    /// Runs on the source, committed, unprotected.
    FailedBackCommitted,
    Disabling,
    DisablingFailed,
    /// The vault is gone (provider uninstalled, or deleted).
    Abandoned,
}

impl Phase {
    /// The state name of the public Microsoft.DataReplication model (domain facts 2.1; which ones this product visits is inferred).
    pub fn api_state(self) -> &'static str {
        match self {
            Phase::Unprotected | Phase::UnprotectedDirty | Phase::Abandoned => "None",
            Phase::Enabling => "EnablingProtection",
            Phase::EnablingFailed => "EnablingFailed",
            Phase::InitialReplication => "InitialReplicationInProgress",
            Phase::Protected | Phase::ProtectedReverse => "Protected",
            Phase::FailingOver => "UnplannedFailoverInitiated",
            Phase::FailoverFailed => "UnplannedFailoverFailed",
            Phase::FailedOver => "UnplannedFailoverCompleted",
            Phase::ChangingPoint => "ChangeRecoveryPointInitiated",
            Phase::Committing => "CommitFailoverInProgressOnRecovery",
            Phase::Committed | Phase::FailedBackCommitted => "CommitFailoverCompleted",
            Phase::Reprotecting | Phase::ReverseReplication => "ReprotectInitiated",
            Phase::ReprotectFailed => "ReprotectFailed",
            Phase::FailingBack => "PlannedFailoverInitiated",
            Phase::FailbackFailed => "PlannedFailoverFailed",
            Phase::FailedBack => "PlannedFailoverCompleted",
            Phase::CancellingFailback => "CancelFailoverInProgressOnPrimary",
            Phase::CommittingFailback => "CommitFailoverInProgressOnPrimary",
            Phase::Disabling => "DisablingProtection",
            Phase::DisablingFailed => "DisablingFailed",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    Normal,
    Warning,
    Critical,
}

/// Why a VM's health is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthReason {
    AllWell,
    NoHeartbeat,
    NoRecentPoint,
    BacklogGrows,
    /// Resize out of range: progress sticks (`…SlowResyncProgressOnPremToAzure`).
    ReplicationStuck,
    DifflogTimedOut,
    ResyncRunning,
    /// Manual resync needed, which is not supported: cannot be recovered.
    Unrecoverable,
    OrderLost,
}

/// What the logic alarms its operators of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// No heartbeat of the appliance for the limit's time: appliance, its stamp or the link is lost; nobody can tell from here.
    NoHeartbeat(ApplianceId),
    NoPoint(VmId),
    Stuck(VmId),
    CacheFull(CacheId),
    DifflogTimedOut(VmId),
}

/// Jobs: long operations on one VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    Enable,
    InitialReplication,
    TestFailover,
    TestCleanUp,
    FailOver,
    ChangePoint,
    Commit,
    Reprotect,
    FailBack,
    CancelFailBack,
    CommitFailBack,
    Disable,
    Resync,
}

/// Steps of failover jobs: where RTO is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Guards are checked.
    Checked,
    /// The source is shut down and its last changes are sent.
    ShutDown,
    /// Pending data is processed, the point is chosen.
    Processed,
    /// Disks and machine stand.
    Created,
    /// The machine serves.
    Booted,
}

/// A run of points by rule: marks at `first`, `first + every`, … `last`, each usable `lag` after its mark; those at
/// multiples of `app_every` are app-consistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PointRun {
    pub first: Timestamp,
    pub last: Timestamp,
    pub every: Duration,
    pub lag: Duration,
    pub app_every: Option<Duration>,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
