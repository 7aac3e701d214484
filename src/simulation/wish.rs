//! Wishes: what people are after for a VM, until its phase has moved on.

use crate::contract::{Command, Enabling, Phase, PointChoice};
use crate::units::VmId;

/// What the people want for one VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    FailOver(PointChoice),
    Commit,
    Reprotect,
    FailBack,
    CancelFailBack,
    Disable,
    Uninstall,
    Enable,
}

impl Wish {
    /// Phases in which the wish can be ordered; in any other it is fulfilled or void.
    pub fn open(self, phase: Phase) -> bool {
        match self {
            Wish::FailOver(_) => matches!(phase, Phase::Protected | Phase::FailoverFailed),
            Wish::Commit => matches!(phase, Phase::FailedOver | Phase::FailedBack),
            Wish::Reprotect => matches!(phase, Phase::FailedOver | Phase::Committed | Phase::ReprotectFailed),
            Wish::FailBack => matches!(phase, Phase::ProtectedReverse | Phase::FailbackFailed),
            Wish::CancelFailBack => phase == Phase::FailbackFailed,
            Wish::Disable => {
                matches!(phase, Phase::FailedBackCommitted | Phase::FailoverFailed | Phase::DisablingFailed)
            }
            Wish::Uninstall => phase == Phase::UnprotectedDirty,
            Wish::Enable => matches!(phase, Phase::Unprotected | Phase::EnablingFailed),
        }
    }

    /// It is being done, and may still fail.
    pub fn is_under_way(self, phase: Phase) -> bool {
        matches!(self, Wish::FailOver(_)) && phase == Phase::FailingOver
    }

    /// It touches the machine on the source, or its disks there.
    pub fn needs_source(self) -> bool {
        match self {
            Wish::Reprotect | Wish::FailBack | Wish::CancelFailBack | Wish::Disable | Wish::Uninstall => true,
            Wish::FailOver(_) | Wish::Commit | Wish::Enable => false,
        }
    }

    /// What people call it, and the order that they give.
    pub fn order(self, vm: VmId, shut_down: bool) -> (&'static str, Command) {
        match self {
            Wish::FailOver(point) => ("fail over", Command::FailOver { vm, point, shut_down }),
            Wish::Commit => ("commit", Command::Commit { vm }),
            Wish::Reprotect => ("re-protect", Command::Reprotect { vm }),
            Wish::FailBack => ("fail back", Command::FailBack { vm }),
            Wish::CancelFailBack => ("cancel the failback", Command::CancelFailBack { vm }),
            Wish::Disable => ("disable", Command::Disable { vm }),
            Wish::Uninstall => ("uninstall", Command::UninstallMobilityService { vm }),
            Wish::Enable => ("enable", Command::Enable { vms: vec![vm], via: Enabling::Script }),
        }
    }
}
