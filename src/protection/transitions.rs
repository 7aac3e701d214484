//! The table operation × phase: what is offered when (domain facts 2.2). Every cell is decided; nothing is inherited.
//!
//! Only the phase is judged here. Guards that need more than the phase (a recovery point, free slots, what exists on the
//! other stamp) stand with their procedure. `tests/protection_tables.rs` prints and checks the whole matrix.
//!
//! Sources: rows of table 2.2; failover during initial replication is refused (domain facts 11, row 24); a test failover in
//! reverse is not offered (row 14, assumed); unplanned failover in reverse is not described and not offered.

use crate::contract::{Phase, Refusal, order};

/// What can be ordered for one VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    CheckPrerequisites,
    Enable,
    TestFailover,
    CleanUpTestFailover,
    FailOver,
    ChangePoint,
    Commit,
    Reprotect,
    FailBack,
    CancelFailBack,
    Disable,
    ManualResync,
    UninstallMobilityService,
    RestartVm,
    SetTestNetwork,
}

/// One cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Refused(Refusal),
}

impl Operation {
    pub const ALL: [Operation; 15] = [
        Operation::CheckPrerequisites,
        Operation::Enable,
        Operation::TestFailover,
        Operation::CleanUpTestFailover,
        Operation::FailOver,
        Operation::ChangePoint,
        Operation::Commit,
        Operation::Reprotect,
        Operation::FailBack,
        Operation::CancelFailBack,
        Operation::Disable,
        Operation::ManualResync,
        Operation::UninstallMobilityService,
        Operation::RestartVm,
        Operation::SetTestNetwork,
    ];

    /// The command's name in facts and messages.
    pub fn name(self) -> &'static str {
        match self {
            Operation::CheckPrerequisites => order::CHECK_PREREQUISITES,
            Operation::Enable => order::ENABLE,
            Operation::TestFailover => order::TEST_FAILOVER,
            Operation::CleanUpTestFailover => order::CLEAN_UP_TEST_FAILOVER,
            Operation::FailOver => order::FAIL_OVER,
            Operation::ChangePoint => order::CHANGE_POINT,
            Operation::Commit => order::COMMIT,
            Operation::Reprotect => order::REPROTECT,
            Operation::FailBack => order::FAIL_BACK,
            Operation::CancelFailBack => order::CANCEL_FAIL_BACK,
            Operation::Disable => order::DISABLE,
            Operation::ManualResync => order::MANUAL_RESYNC,
            Operation::UninstallMobilityService => order::UNINSTALL_MOBILITY_SERVICE,
            Operation::RestartVm => order::RESTART_VM,
            Operation::SetTestNetwork => order::SET_TEST_NETWORK,
        }
    }
}

/// Whether `operation` is offered in `phase`; if not, the one reason an operator needs.
pub fn allowed(operation: Operation, phase: Phase) -> Verdict {
    match operation {
        Operation::CheckPrerequisites => check_prerequisites(phase),
        Operation::Enable => enable(phase),
        Operation::TestFailover => test_failover(phase),
        Operation::CleanUpTestFailover => clean_up_test_failover(phase),
        Operation::FailOver => fail_over(phase),
        Operation::ChangePoint => change_point(phase),
        Operation::Commit => commit(phase),
        Operation::Reprotect => reprotect(phase),
        Operation::FailBack => fail_back(phase),
        Operation::CancelFailBack => cancel_fail_back(phase),
        Operation::Disable => disable(phase),
        Operation::ManualResync => manual_resync(phase),
        Operation::UninstallMobilityService | Operation::RestartVm => in_guest(phase),
        Operation::SetTestNetwork => set_test_network(phase),
    }
}

/// One row of the table: an exhaustive match, written as lists so that a row can be read at a glance.
macro_rules! row {
    ($phase:expr; allowed: $($yes:ident)+; $([$refusal:ident]: $($no:ident)+;)* not_now: $($later:ident)+;) => {
        match $phase {
            $(Phase::$yes)|+ => Verdict::Allowed,
            $($(Phase::$no)|+ => Verdict::Refused(Refusal::$refusal),)*
            $(Phase::$later)|+ => Verdict::Refused(Refusal::NotNow($phase)),
            Phase::Abandoned => Verdict::Refused(Refusal::VaultGone),
        }
    };
}

/// Row 2: before protection; afterwards the service watches by itself.
fn check_prerequisites(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Unprotected UnprotectedDirty EnablingFailed;
        not_now: Enabling InitialReplication Protected FailingOver FailoverFailed FailedOver ChangingPoint
            Committing Committed Reprotecting ReprotectFailed ReverseReplication ProtectedReverse
            FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback FailedBackCommitted
            Disabling DisablingFailed;
    }
}

/// Rows 3, 18, 24: an unprotected VM with a clean guest, or one whose enabling failed.
fn enable(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Unprotected EnablingFailed;
        [LeftoverMobilityService]: UnprotectedDirty;
        [MustDisableFirst]: FailedBackCommitted;
        not_now: Enabling InitialReplication Protected FailingOver FailoverFailed FailedOver ChangingPoint
            Committing Committed Reprotecting ReprotectFailed ReverseReplication ProtectedReverse
            FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback Disabling
            DisablingFailed;
    }
}

/// Rows 6, 14: protected forward only.
fn test_failover(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Protected;
        [NoRecoveryPoint]: InitialReplication;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed FailingOver FailoverFailed FailedOver
            ChangingPoint Committing Committed Reprotecting ReprotectFailed ReverseReplication
            ProtectedReverse FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback
            FailedBackCommitted Disabling DisablingFailed;
    }
}

/// Row 7: wherever a test VM can have been left behind.
fn clean_up_test_failover(phase: Phase) -> Verdict {
    row! { phase;
        allowed: InitialReplication Protected FailingOver FailoverFailed FailedOver ChangingPoint Committing
            Committed Reprotecting ReprotectFailed ReverseReplication ProtectedReverse FailingBack
            FailbackFailed FailedBack CancellingFailback CommittingFailback FailedBackCommitted Disabling
            DisablingFailed;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed;
    }
}

/// Rows 8, 9: protected forward, or again after a failure; before the first point there is nothing to start from.
fn fail_over(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Protected FailoverFailed;
        [NoRecoveryPoint]: InitialReplication;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed FailingOver FailedOver ChangingPoint
            Committing Committed Reprotecting ReprotectFailed ReverseReplication ProtectedReverse
            FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback FailedBackCommitted
            Disabling DisablingFailed;
    }
}

/// Row 10: before the commit only.
fn change_point(phase: Phase) -> Verdict {
    row! { phase;
        allowed: FailedOver;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed InitialReplication Protected
            FailingOver FailoverFailed ChangingPoint Committing Committed Reprotecting ReprotectFailed
            ReverseReplication ProtectedReverse FailingBack FailbackFailed FailedBack CancellingFailback
            CommittingFailback FailedBackCommitted Disabling DisablingFailed;
    }
}

/// Rows 11, 17.
fn commit(phase: Phase) -> Verdict {
    row! { phase;
        allowed: FailedOver FailedBack;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed InitialReplication Protected
            FailingOver FailoverFailed ChangingPoint Committing Committed Reprotecting ReprotectFailed
            ReverseReplication ProtectedReverse FailingBack FailbackFailed CancellingFailback
            CommittingFailback FailedBackCommitted Disabling DisablingFailed;
    }
}

/// Rows 12, 18: after a failover, committed or not, or again after a failure; never after a committed failback.
fn reprotect(phase: Phase) -> Verdict {
    row! { phase;
        allowed: FailedOver Committed ReprotectFailed;
        [MustDisableFirst]: FailedBackCommitted;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed InitialReplication Protected
            FailingOver FailoverFailed ChangingPoint Committing Reprotecting ReverseReplication
            ProtectedReverse FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback
            Disabling DisablingFailed;
    }
}

/// Row 15: protected in reverse, or again after a failure.
fn fail_back(phase: Phase) -> Verdict {
    row! { phase;
        allowed: ProtectedReverse FailbackFailed;
        [NoRecoveryPoint]: ReverseReplication;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed InitialReplication Protected
            FailingOver FailoverFailed FailedOver ChangingPoint Committing Committed Reprotecting
            ReprotectFailed FailingBack FailedBack CancellingFailback CommittingFailback FailedBackCommitted
            Disabling DisablingFailed;
    }
}

/// Row 16: a planned failover before its commit.
fn cancel_fail_back(phase: Phase) -> Verdict {
    row! { phase;
        allowed: FailedBack FailbackFailed;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed InitialReplication Protected
            FailingOver FailoverFailed FailedOver ChangingPoint Committing Committed Reprotecting
            ReprotectFailed ReverseReplication ProtectedReverse FailingBack CancellingFailback
            CommittingFailback FailedBackCommitted Disabling DisablingFailed;
    }
}

/// Row 19: any protected or failed-over item on which nothing runs; an uncommitted failback is committed or
/// cancelled first, and so is a failed one (assumed): its replica is off, and nobody would start it again.
fn disable(phase: Phase) -> Verdict {
    row! { phase;
        allowed: EnablingFailed InitialReplication Protected FailoverFailed FailedOver Committed
            ReprotectFailed ReverseReplication ProtectedReverse FailedBackCommitted DisablingFailed;
        not_now: Unprotected UnprotectedDirty Enabling FailingOver ChangingPoint Committing Reprotecting
            FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback Disabling;
    }
}

/// Rows 21, 22: forward; in reverse it is not supported.
fn manual_resync(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Protected;
        [ManualResyncUnsupported]: ReverseReplication ProtectedReverse;
        not_now: Unprotected UnprotectedDirty Enabling EnablingFailed InitialReplication FailingOver
            FailoverFailed FailedOver ChangingPoint Committing Committed Reprotecting ReprotectFailed
            FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback FailedBackCommitted
            Disabling DisablingFailed;
    }
}

/// Row 23: in the guest of a VM that nobody protects.
fn in_guest(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Unprotected UnprotectedDirty;
        not_now: Enabling EnablingFailed InitialReplication Protected FailingOver FailoverFailed FailedOver
            ChangingPoint Committing Committed Reprotecting ReprotectFailed ReverseReplication
            ProtectedReverse FailingBack FailbackFailed FailedBack CancellingFailback CommittingFailback
            FailedBackCommitted Disabling DisablingFailed;
    }
}

/// Row 27: any time before a failover.
fn set_test_network(phase: Phase) -> Verdict {
    row! { phase;
        allowed: Enabling EnablingFailed InitialReplication Protected;
        not_now: Unprotected UnprotectedDirty FailingOver FailoverFailed FailedOver ChangingPoint Committing
            Committed Reprotecting ReprotectFailed ReverseReplication ProtectedReverse FailingBack
            FailbackFailed FailedBack CancellingFailback CommittingFailback FailedBackCommitted Disabling
            DisablingFailed;
    }
}
