//! How long the long operations took: initial replication, re-protect, failback.
//!
//! | duration | from | until |
//! |---|---|---|
//! | initial replication, per VM | the VM enters enabling | it is protected for the first time after that |
//! | … until the last | start of the run | the last VM that is to be protected is, for the first time |
//! | re-protect | the order, or the job's start | protected in reverse |
//! | failback | the order, or the job's start | the original serves |
//! | resync | it starts | it is done |
//!
//! Units: ns. They count over the whole run: settling is about ages, not about how long a copy takes.

use super::paths::Paths;
use super::{Durations, Span, VmOutcome};
use crate::contract::{JobKind, MachineRole, Phase};
use crate::units::{Timestamp, VmId};

/// Spans kept one by one of each kind.
const SPANS_MAX: usize = 100_000;

#[derive(Clone, Copy, Default)]
struct VmDurations {
    enabling: Option<Timestamp>,
    protected_at: Option<Timestamp>,
    reprotect: Option<Timestamp>,
    failback: Option<Timestamp>,
    resync: Option<Timestamp>,
}

pub(super) struct LongOperations {
    vms: Vec<VmDurations>,
    spans: Durations,
}

impl LongOperations {
    pub fn new(vms: usize) -> Self {
        Self { vms: vec![VmDurations::default(); vms], spans: Durations::default() }
    }

    pub fn ordered(&mut self, vm: VmId, what: Order, at: Timestamp) {
        let own = &mut self.vms[vm.index()];
        match what {
            Order::Reprotect => _ = own.reprotect.get_or_insert(at),
            Order::FailBack => _ = own.failback.get_or_insert(at),
            Order::FailOver | Order::Other => {}
        }
    }

    pub fn job_started(&mut self, vm: VmId, job: JobKind, at: Timestamp) {
        self.ordered(vm, Order::of_job(job), at);
    }

    pub fn entered(&mut self, vm: VmId, phase: Phase, at: Timestamp) {
        let own = &mut self.vms[vm.index()];
        match phase {
            Phase::Enabling | Phase::InitialReplication => _ = own.enabling.get_or_insert(at),
            Phase::Protected => {
                own.protected_at.get_or_insert(at);
                keep(&mut self.spans.initial_replication, vm, own.enabling.take(), at);
            }
            Phase::ProtectedReverse => keep(&mut self.spans.reprotect, vm, own.reprotect.take(), at),
            // An order that came to nothing.
            Phase::Unprotected | Phase::UnprotectedDirty | Phase::Abandoned => {
                (own.enabling, own.reprotect, own.failback, own.resync) = (None, None, None, None);
            }
            Phase::EnablingFailed
            | Phase::FailingOver
            | Phase::FailoverFailed
            | Phase::FailedOver
            | Phase::ChangingPoint
            | Phase::Committing
            | Phase::Committed
            | Phase::Reprotecting
            | Phase::ReprotectFailed
            | Phase::ReverseReplication
            | Phase::FailingBack
            | Phase::FailbackFailed
            | Phase::FailedBack
            | Phase::CancellingFailback
            | Phase::CommittingFailback
            | Phase::FailedBackCommitted
            | Phase::Disabling
            | Phase::DisablingFailed => {}
        }
    }

    /// An order was refused: it did not begin then.
    pub fn refused(&mut self, vm: VmId, what: Order) {
        let own = &mut self.vms[vm.index()];
        match what {
            Order::Reprotect => own.reprotect = None,
            Order::FailBack => own.failback = None,
            Order::FailOver | Order::Other => {}
        }
    }

    pub fn serves(&mut self, vm: VmId, role: MachineRole, at: Timestamp) {
        if role == MachineRole::Original {
            let begun = self.vms[vm.index()].failback.take();
            keep(&mut self.spans.failback, vm, begun, at);
        }
    }

    /// A resync that begins anew counts from its first start.
    pub fn resync(&mut self, vm: VmId, begins: bool, at: Timestamp) {
        let own = &mut self.vms[vm.index()];
        match begins {
            true => _ = own.resync.get_or_insert(at),
            false => keep(&mut self.spans.resync, vm, own.resync.take(), at),
        }
    }

    pub fn close(mut self, paths: &Paths, vms: &mut [VmOutcome]) -> Durations {
        for ((own, outcome), path) in self.vms.iter().zip(vms).zip(&paths.of_vm) {
            outcome.protected_at = own.protected_at;
            outcome.wanted_protected = path.is_some();
        }
        let wanted = || self.vms.iter().zip(&paths.of_vm).filter(|(_, path)| path.is_some());
        let all = wanted().next().is_some() && wanted().all(|(own, _)| own.protected_at.is_some());
        let last = wanted().filter_map(|(own, _)| own.protected_at).max();
        self.spans.initial_replication_last = last.filter(|_| all).map(|last| last.since(Timestamp::START));
        self.spans
    }
}

fn keep(spans: &mut Vec<Span>, vm: VmId, begun: Option<Timestamp>, at: Timestamp) {
    if let Some(begin) = begun
        && spans.len() < SPANS_MAX
    {
        spans.push(Span { vm: Some(vm), begin, span: at.since(begin) });
    }
}

/// Which long operation an order begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    FailOver,
    Reprotect,
    FailBack,
    Other,
}

impl Order {
    /// Reads the name of a command as facts tell it, however it is spelt: `fail-over`, `FailOver`, `failover`.
    pub fn read(command: &str) -> Order {
        let letters = || command.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase());
        let is = |name: &str| letters().eq(name.chars());
        match () {
            () if is("failover") || is("runplan") => Order::FailOver,
            () if is("reprotect") => Order::Reprotect,
            () if is("failback") => Order::FailBack,
            () => Order::Other,
        }
    }

    fn of_job(job: JobKind) -> Order {
        match job {
            JobKind::FailOver => Order::FailOver,
            JobKind::Reprotect => Order::Reprotect,
            JobKind::FailBack => Order::FailBack,
            JobKind::Enable
            | JobKind::InitialReplication
            | JobKind::TestFailover
            | JobKind::TestCleanUp
            | JobKind::ChangePoint
            | JobKind::Commit
            | JobKind::CancelFailBack
            | JobKind::CommitFailBack
            | JobKind::Disable
            | JobKind::Resync => Order::Other,
        }
    }
}
