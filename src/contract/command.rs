//! Commands: what an operator can order. Each maps to one row (or more) of the lifecycle table of the domain facts.

use crate::units::{ApplianceId, PlanId, StampId, Timestamp, VmId};

/// An operator's order. The logic carries it out or refuses it with one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Row 1: register the appliance with its vault.
    RegisterAppliance {
        appliance: ApplianceId,
    },
    /// Row 2: prerequisites and appliance health, nothing else.
    CheckPrerequisites {
        vm: VmId,
    },
    /// Rows 3, 4, 24: enable protection of all disks of these VMs.
    Enable {
        vms: Vec<VmId>,
        via: Enabling,
    },
    /// Row 6: start a test VM from a point, on the network that was fixed beforehand.
    TestFailover {
        vm: VmId,
        point: PointChoice,
    },
    /// Row 7: delete the test VM and everything that belongs to it.
    CleanUpTestFailover {
        vm: VmId,
    },
    /// Rows 8, 9: unplanned failover.
    FailOver {
        vm: VmId,
        point: PointChoice,
        shut_down: bool,
    },
    /// Row 10: another point, before the commit.
    ChangePoint {
        vm: VmId,
        point: PointChoice,
    },
    /// Row 11 after a failover, row 17 after a failback.
    Commit {
        vm: VmId,
    },
    /// Rows 12, 13 (and 18, where it is refused): protect in the other direction.
    Reprotect {
        vm: VmId,
    },
    /// Row 15: planned failover back to the source.
    FailBack {
        vm: VmId,
    },
    /// Row 16: cancel a planned failover before its commit.
    CancelFailBack {
        vm: VmId,
    },
    /// Row 19.
    Disable {
        vm: VmId,
    },
    /// Rows 21, 22.
    ManualResync {
        vm: VmId,
    },
    /// Row 23: uninstall the mobility service in the guest, then restart the VM.
    UninstallMobilityService {
        vm: VmId,
    },
    RestartVm {
        vm: VmId,
    },
    /// Delete the appliance VM. Allowed at any time; items left behind can no longer be removed (row 19).
    DeleteAppliance {
        appliance: ApplianceId,
    },
    /// Row 25.
    DeleteVault {
        appliance: ApplianceId,
    },
    /// Row 26: the target's operator removes the resource provider; all vaults on the stamp go without a warning.
    UninstallProvider {
        stamp: StampId,
    },
    /// Looks for the newest point from before a moment, and changes nothing.
    LookUpPoint {
        vm: VmId,
        before: Timestamp,
    },
    /// Row 27: the network for test failovers.
    SetTestNetwork {
        vm: VmId,
        network: Option<String>,
    },
    /// A customer's script: fail over the plan's groups in order (recovery plans are not a feature of this product).
    RunPlan {
        plan: PlanId,
        point: PointChoice,
        shut_down: bool,
    },
}

/// How protection is enabled: the portal takes a batch of a few, scripts have no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabling {
    Portal,
    Script,
}

impl Command {
    /// The VM of an order for one VM; `None` of those for several, or for none.
    pub fn vm(&self) -> Option<VmId> {
        match self {
            Command::CheckPrerequisites { vm }
            | Command::TestFailover { vm, .. }
            | Command::CleanUpTestFailover { vm }
            | Command::FailOver { vm, .. }
            | Command::ChangePoint { vm, .. }
            | Command::Commit { vm }
            | Command::Reprotect { vm }
            | Command::FailBack { vm }
            | Command::CancelFailBack { vm }
            | Command::Disable { vm }
            | Command::ManualResync { vm }
            | Command::UninstallMobilityService { vm }
            | Command::RestartVm { vm }
            | Command::LookUpPoint { vm, .. }
            | Command::SetTestNetwork { vm, .. } => Some(*vm),
            Command::Enable { .. }
            | Command::RegisterAppliance { .. }
            | Command::DeleteAppliance { .. }
            | Command::DeleteVault { .. }
            | Command::UninstallProvider { .. }
            | Command::RunPlan { .. } => None,
        }
    }
}

/// Which recovery point a failover starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointChoice {
    /// First apply everything the service has received, then make a point: least loss, longer RTO.
    Latest,
    /// Newest point already processed.
    LatestProcessed,
    /// Newest processed app-consistent point.
    LatestAppConsistent,
    /// The newest kept point not later than this moment.
    Custom(Timestamp),
    /// Of a VM in a consistency group the newest mark that all its members hold as a point, the same for all that fail over
    /// together; of any other VM the newest processed point.
    LatestMultiVm,
    /// The same among app-consistent points.
    LatestMultiVmAppConsistent,
}

/// What each order is called, in scenarios, facts and messages.
pub mod order {
    pub const REGISTER_APPLIANCE: &str = "register-appliance";
    pub const CHECK_PREREQUISITES: &str = "check-prerequisites";
    pub const ENABLE: &str = "enable";
    pub const TEST_FAILOVER: &str = "test-failover";
    pub const CLEAN_UP_TEST_FAILOVER: &str = "clean-up-test-failover";
    pub const FAIL_OVER: &str = "fail-over";
    pub const CHANGE_POINT: &str = "change-point";
    pub const COMMIT: &str = "commit";
    pub const REPROTECT: &str = "reprotect";
    pub const FAIL_BACK: &str = "fail-back";
    pub const CANCEL_FAIL_BACK: &str = "cancel-fail-back";
    pub const DISABLE: &str = "disable";
    pub const MANUAL_RESYNC: &str = "manual-resync";
    pub const UNINSTALL_MOBILITY_SERVICE: &str = "uninstall-mobility-service";
    pub const RESTART_VM: &str = "restart-vm";
    pub const DELETE_APPLIANCE: &str = "delete-appliance";
    pub const DELETE_VAULT: &str = "delete-vault";
    pub const UNINSTALL_PROVIDER: &str = "uninstall-provider";
    pub const SET_TEST_NETWORK: &str = "set-test-network";
    pub const RUN_PLAN: &str = "run-plan";
}
