//! Effects: what the logic wants done. The world performs them; `World::perform` is the one exhaustive match.

use crate::units::{ApplianceId, Duration, Timestamp, VmId};

/// The logic's own number of an operation that will be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// Which way data flows: forward from source to target, reverse after a re-protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    Forward,
    Reverse,
}

/// One protected VM can stand as three machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineRole {
    /// The VM on the source stamp.
    Original,
    /// The failed-over VM on the target stamp.
    Replica,
    /// The VM of a test failover, on the target stamp in its own network; never serves.
    Test,
}

/// What a bulk copy moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CopyKind {
    /// Every disk, once.
    Initial,
    /// Checksums are compared at disk speed, differences are sent.
    Resync,
    /// Re-protect onto the old disks: differences only.
    ReverseDifferences,
    /// Re-protect onto new disks: everything passes through the log account.
    ReverseFull,
}

/// Which marks the agents put into the stream. Marks stand at multiples of the intervals since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    pub crash_every: Duration,
    /// A multiple of `crash_every`.
    pub app_every: Option<Duration>,
}

/// Something to be done. Those with an `op` are answered once with the same `op`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Look at what exists, on both stamps. Answered by `Inspected`; `Failed` when a stamp cannot be reached.
    Inspect {
        op: OpId,
        vm: VmId,
    },
    InstallAgent {
        op: OpId,
        vm: VmId,
    },
    /// Removes the extension; the mobility service stays in the guest.
    RemoveExtension {
        op: OpId,
        vm: VmId,
    },
    /// In the guest, by an operator's order.
    UninstallMobilityService {
        op: OpId,
        vm: VmId,
    },
    RestartMachine {
        op: OpId,
        vm: VmId,
        role: MachineRole,
    },
    /// One seed disk of 1 GiB per disk.
    CreateReplicaDisks {
        op: OpId,
        vm: VmId,
    },
    /// To the size of the source disk plus 1 GiB.
    ResizeReplicaDisks {
        op: OpId,
        vm: VmId,
    },
    /// Replica disks and everything kept on them.
    DeleteReplicaDisks {
        op: OpId,
        vm: VmId,
    },
    /// A bulk copy of all disks; completes when everything is applied, what was written meanwhile included.
    Copy {
        op: OpId,
        vm: VmId,
        kind: CopyKind,
        direction: Direction,
    },
    /// Give up a running bulk copy; its op is not answered any more.
    StopCopy {
        vm: VmId,
    },
    /// Track writes, send them, put marks into the stream.
    StartStream {
        vm: VmId,
        direction: Direction,
        marks: Marks,
    },
    /// No more changes are sent; what is in the cache stays and is applied.
    StopStream {
        vm: VmId,
    },
    /// Put a mark into the stream now and say when it is applied (planned failover).
    CutMark {
        op: OpId,
        vm: VmId,
    },
    /// Apply everything received so far and say through which moment. Answered by `Processed`.
    ProcessPending {
        op: OpId,
        vm: VmId,
    },
    /// How much waits where. Answered by `Backlog`.
    ReadBacklog {
        op: OpId,
        vm: VmId,
    },
    /// Throw away what waits in the cache for this VM (difflog time-out).
    DiscardDifflog {
        vm: VmId,
    },
    /// The points now held on the replica disks, oldest first; what they keep is charged as snapshots.
    HoldPoints {
        vm: VmId,
        marks: Vec<Timestamp>,
    },
    /// How much each of the points held keeps. Answered by `PointsKeep`.
    ReadPoints {
        op: OpId,
        vm: VmId,
    },
    /// Disks of a new machine from the state at `mark`.
    BuildDisks {
        op: OpId,
        vm: VmId,
        role: MachineRole,
        mark: Timestamp,
    },
    /// The machine itself: cores, memory, NICs. Quotas and placement are checked here.
    CreateMachine {
        op: OpId,
        vm: VmId,
        role: MachineRole,
    },
    /// Boots it; completes when it serves (a test machine: when it runs).
    StartMachine {
        op: OpId,
        vm: VmId,
        role: MachineRole,
    },
    ShutDownMachine {
        op: OpId,
        vm: VmId,
        role: MachineRole,
    },
    /// The machine with its disks and NICs.
    DeleteMachine {
        op: OpId,
        vm: VmId,
        role: MachineRole,
    },
    /// The source VM's disks off the source VM, a temporary 1 GiB OS disk on.
    DetachSourceDisks {
        op: OpId,
        vm: VmId,
    },
    /// Copies of the source disks into the appliance's subscription.
    CopySourceDisks {
        op: OpId,
        vm: VmId,
    },
    /// New empty disks, when the old ones are gone.
    CreateSourceDisks {
        op: OpId,
        vm: VmId,
    },
    /// One slot per disk, OS disk included.
    AttachToAppliance {
        op: OpId,
        vm: VmId,
        appliance: ApplianceId,
    },
    DetachFromAppliance {
        op: OpId,
        vm: VmId,
    },
    /// Failback: the replica disks become the disks of the source VM. An existing VM keeps its NICs, and what was
    /// attached is detached, not deleted; otherwise a VM is created with new NICs. Copies across subscriptions.
    RebuildOriginal {
        op: OpId,
        vm: VmId,
    },
    /// Cancelled failback: the disks go back to the appliance.
    RevertOriginal {
        op: OpId,
        vm: VmId,
    },
    /// The appliance VM is deleted.
    DeleteAppliance {
        op: OpId,
        appliance: ApplianceId,
    },
}
