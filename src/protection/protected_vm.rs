//! One VM with a policy: its phase, the procedures that run on it, its points and troubles.
//!
//! Five procedures can run on one VM at a time, each in a lane of its own: what an operator ordered ([`Job`]), a bulk
//! copy in the background of a phase ([`Copying`]), a test failover ([`Drill`]), and looks at the backlog and at the points. Each is a
//! small enum that names the step it waits in; the steps of one procedure stand in one file.
//!
//! Invariants: the phase changes only through [`ProtectedVm::enter`]; a lane waits for one answer at most; slots are held
//! from the attachment of the disks until they are detached (domain facts 2.3, MR26).

use crate::contract::{
    CopyKind, Direction, Fact, Health, HealthReason, JobKind, MachineRole, Marks, OpId, Phase, ResyncReason,
};
use crate::protection::consistency::Agreement;
use crate::protection::desk::{Desk, Lane};
use crate::protection::health::{self, Troubles};
use crate::protection::recovery_points::{PointChain, RecoveryPoint};
use crate::protection::test_failover::Drill;
use crate::protection::{disable, failback, failover, initial_replication, reprotect};
use crate::units::{Duration, Timestamp, VmId};

/// An operation that an operator ordered, and the step it waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    CheckPrerequisites,
    Enable(initial_replication::Step),
    FailOver(failover::Failover),
    Reprotect(reprotect::Step),
    FailBack(failback::Step),
    CancelFailBack(failback::UndoStep),
    CommitFailBack(failback::CommitStep),
    Disable(disable::Step),
    Guest(disable::GuestWork),
}

impl Job {
    /// How facts and refusals call it. Work in the guest is what follows a disable.
    pub fn kind(self) -> JobKind {
        match self {
            Job::CheckPrerequisites | Job::Enable(_) => JobKind::Enable,
            Job::FailOver(failover) => failover.kind,
            Job::Reprotect(_) => JobKind::Reprotect,
            Job::FailBack(_) => JobKind::FailBack,
            Job::CancelFailBack(_) => JobKind::CancelFailBack,
            Job::CommitFailBack(_) => JobKind::CommitFailBack,
            Job::Disable(_) | Job::Guest(_) => JobKind::Disable,
        }
    }
}

/// Where a bulk copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copying {
    /// The seed disks grow to their final size.
    Resizing,
    /// After a difflog time-out: until the service answers again.
    AwaitingService,
    /// Until the time of day at which resyncs may start.
    AwaitingWindow,
    /// Until the appliance has a place for one more copy.
    Queued(CopyKind),
    Running(CopyKind),
    /// Failed for a reason that passes; tried again later.
    Delayed(CopyKind),
    /// Makes no progress any more; an operator must disable.
    Stuck,
}

/// The ops whose answers the lanes wait for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WaitsFor {
    job: Option<OpId>,
    copy: Option<OpId>,
    test: Option<OpId>,
    backlog: Option<OpId>,
    journal: Option<OpId>,
}

impl WaitsFor {
    pub fn place(&mut self, lane: Lane) -> &mut Option<OpId> {
        match lane {
            Lane::Job => &mut self.job,
            Lane::Copy => &mut self.copy,
            Lane::Test => &mut self.test,
            Lane::Backlog => &mut self.backlog,
            Lane::Journal => &mut self.journal,
        }
    }
}

/// What has become of the source VM's disks in a re-protect; a retry goes on from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SourceDisks {
    #[default]
    Untouched,
    /// Off the source VM.
    Detached,
    /// Copied into the appliance's subscription, or already there: the old content can be attached.
    Ready,
    /// New and empty.
    New,
    /// On the appliance; they hold its slots.
    Attached,
}

#[derive(Debug)]
pub(super) struct ProtectedVm {
    pub id: VmId,
    pub phase: Phase,
    pub job: Option<Job>,
    pub copying: Option<Copying>,
    pub drill: Drill,
    pub waits_for: WaitsFor,
    /// Transient failures in a row.
    pub retries: u32,
    /// `None`: nobody said how this VM is to be protected.
    pub chain: Option<PointChain>,
    /// Newest point that was reported singly or closed a run.
    pub last_point: Option<RecoveryPoint>,
    /// Marks that are applied become points: from the first stream until commit or disable.
    pub keeps_points: bool,
    /// Since when each look found the points beyond the policy's bound.
    pub journal_full_since: Option<Timestamp>,
    pub direction: Direction,
    /// The stream that was started and not stopped.
    pub streaming: bool,
    /// What the stream was started with.
    pub marks: Marks,
    /// What was received can be applied to the replica and gives a state to start from; not so before or in a resync.
    pub replica_consistent: bool,
    /// Since when points are owed.
    pub points_owed_since: Timestamp,
    pub rpo_alerted: bool,
    pub order_lost_since: Option<Timestamp>,
    /// When write order was last restored.
    pub order_restored_at: Option<Timestamp>,
    /// A resync that must follow the copy that runs now.
    pub resync_due: Option<ResyncReason>,
    /// Why the running or waiting resync was begun; `None`: by order, or a difflog time-out.
    pub resync_why: Option<ResyncReason>,
    pub troubles: Troubles,
    pub shown_health: (Health, HealthReason),
    pub test_network: Option<String>,
    pub last_drill: Option<Timestamp>,
    /// The agent in the guest was installed for the present protection.
    pub agent_ours: bool,
    pub uninstalled: bool,
    pub has_replica_disks: bool,
    /// Disks or a machine of a failover stand on the target.
    pub has_replica_machine: bool,
    pub source_disks: SourceDisks,
    pub slots_promised: u32,
    /// The step at which cancelling a failback failed.
    pub undo_from: Option<failback::UndoStep>,
    /// Learnt while a failback ran: why what replicates in reverse is not to be trusted when it is undone.
    pub distrusted: Option<ResyncReason>,
    /// Of the newest failover or change of point: what the VM's consistency group had settled on.
    pub agreement: Option<Agreement>,
    /// Which machine does the work.
    pub serving: MachineRole,
}

impl ProtectedVm {
    pub fn new(id: VmId, chain: Option<PointChain>, test_network: Option<String>) -> Self {
        Self {
            id,
            phase: Phase::Unprotected,
            job: None,
            copying: None,
            drill: Drill::None,
            waits_for: WaitsFor::default(),
            retries: 0,
            chain,
            last_point: None,
            keeps_points: false,
            journal_full_since: None,
            direction: Direction::Forward,
            streaming: false,
            marks: Marks { crash_every: Duration::ZERO, app_every: None },
            replica_consistent: false,
            points_owed_since: Timestamp::START,
            rpo_alerted: false,
            order_lost_since: None,
            order_restored_at: None,
            resync_due: None,
            resync_why: None,
            troubles: Troubles::default(),
            shown_health: (Health::Normal, HealthReason::AllWell),
            test_network,
            last_drill: None,
            agent_ours: false,
            uninstalled: false,
            has_replica_disks: false,
            has_replica_machine: false,
            source_disks: SourceDisks::Untouched,
            slots_promised: 0,
            undo_from: None,
            distrusted: None,
            agreement: None,
            serving: MachineRole::Original,
        }
    }

    /// Enters a phase and shows the health that goes with it.
    pub fn enter(&mut self, desk: &mut Desk, phase: Phase) {
        self.phase = phase;
        desk.fact(Fact::Entered { vm: self.id, phase });
        health::refresh(desk, self);
    }

    /// Newest point usable at `now`.
    pub fn newest_point(&self, now: Timestamp) -> Option<RecoveryPoint> {
        self.chain.as_ref()?.newest(now)
    }

    /// The chain of a VM that is protected. Panics for one that nobody protects: it gets no orders.
    pub fn chain_mut(&mut self) -> &mut PointChain {
        self.chain.as_mut().expect("only a VM with a policy is ever protected")
    }
}
