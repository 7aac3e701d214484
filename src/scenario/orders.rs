//! Dated orders: `[[order]] at = "3d10:00"  do = "fail-over"  vms = "sql"  point = "latest"`.
//!
//! An order to a group becomes one command per machine, except enabling, which takes a batch.

use crate::contract::{Command, Enabling, PointChoice, order};
use crate::units::{ApplianceId, Calendar, Duration, PlanId, StampId, Timestamp, VmId};

use super::document::Section;
use super::machines::Machines;
use super::names::Names;
use super::places::Places;
use super::spans::Value;
use super::times::moment;
use super::wanted::vms;

const ORDERS: [(&str, Order); 20] = [
    (order::REGISTER_APPLIANCE, Order::RegisterAppliance),
    (order::CHECK_PREREQUISITES, Order::CheckPrerequisites),
    (order::ENABLE, Order::Enable),
    (order::TEST_FAILOVER, Order::TestFailover),
    (order::CLEAN_UP_TEST_FAILOVER, Order::CleanUpTestFailover),
    (order::FAIL_OVER, Order::FailOver),
    (order::CHANGE_POINT, Order::ChangePoint),
    (order::COMMIT, Order::Commit),
    (order::REPROTECT, Order::Reprotect),
    (order::FAIL_BACK, Order::FailBack),
    (order::CANCEL_FAIL_BACK, Order::CancelFailBack),
    (order::DISABLE, Order::Disable),
    (order::MANUAL_RESYNC, Order::ManualResync),
    (order::UNINSTALL_MOBILITY_SERVICE, Order::UninstallMobilityService),
    (order::RESTART_VM, Order::RestartVm),
    (order::DELETE_APPLIANCE, Order::DeleteAppliance),
    (order::DELETE_VAULT, Order::DeleteVault),
    (order::UNINSTALL_PROVIDER, Order::UninstallProvider),
    (order::SET_TEST_NETWORK, Order::SetTestNetwork),
    (order::RUN_PLAN, Order::RunPlan),
];

#[derive(Clone, Copy)]
enum Order {
    RegisterAppliance,
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
    DeleteAppliance,
    DeleteVault,
    UninstallProvider,
    SetTestNetwork,
    RunPlan,
}

/// What reading orders needs of the rest.
pub struct Around<'a> {
    pub places: &'a Places,
    pub machines: &'a Machines,
    pub plans: &'a Names,
    pub calendar: &'a Calendar,
    pub lasts: Duration,
}

/// Most commands of a script.
const COMMANDS_MAX: usize = 1_000_000;

/// Reads `[[order]]`, sorted by time; orders of one moment keep the order of the text.
pub fn read(root: &Section<'_>, around: &Around<'_>) -> Vec<(Timestamp, Command)> {
    let mut script = Vec::new();
    for section in root.tables("order") {
        section.require("at");
        let at = section.node("at").and_then(|node| moment(node, around.calendar, section.ledger));
        if at.is_some_and(|at| at.ns() >= around.lasts.ns()) {
            let place = section.place_of("at");
            let mend = format!("the run lasts {}", around.lasts);
            section.ledger.warn(&place, "this lies after the end of the run", "no effect", mend);
        }
        section.require("do");
        let order = section.word("do", &ORDERS);
        if order.is_none() {
            section.tolerate();
        }
        let commands = order.map(|order| commands(order, &section, around));
        if let (Some(at), Some(commands)) = (at, commands) {
            script.extend(commands.into_iter().map(|command| (at, command)));
            if script.len() > COMMANDS_MAX {
                let wrong = format!("the orders become more than {COMMANDS_MAX} commands");
                section.ledger.fault(&section.place, wrong, "", "give fewer orders, or to fewer machines");
                return Vec::new();
            }
        }
    }
    script.sort_by_key(|(at, _)| *at);
    script
}

fn commands(order: Order, section: &Section<'_>, around: &Around<'_>) -> Vec<Command> {
    let appliance = || around.places.appliance_names.need(section, "appliance").map(ApplianceId::from_index);
    let stamp = || around.places.stamp_names.need(section, "stamp").map(StampId::from_index);
    let point = || point(section, around);
    let shut_down = || section.flag_or_default("shut_down");
    let each = |make: &dyn Fn(VmId) -> Command| machines(section, around).into_iter().map(make).collect::<Vec<_>>();
    match order {
        Order::RegisterAppliance => one(appliance().map(|appliance| Command::RegisterAppliance { appliance })),
        Order::CheckPrerequisites => each(&|vm| Command::CheckPrerequisites { vm }),
        Order::Enable => {
            let via = section.word_or_default("via", &[("portal", Enabling::Portal), ("script", Enabling::Script)]);
            let vms = machines(section, around);
            if vms.is_empty() { Vec::new() } else { vec![Command::Enable { vms, via }] }
        }
        Order::TestFailover => {
            let point = point();
            each(&|vm| Command::TestFailover { vm, point })
        }
        Order::CleanUpTestFailover => each(&|vm| Command::CleanUpTestFailover { vm }),
        Order::FailOver => {
            let (point, shut_down) = (point(), shut_down());
            each(&|vm| Command::FailOver { vm, point, shut_down })
        }
        Order::ChangePoint => {
            let point = point();
            each(&|vm| Command::ChangePoint { vm, point })
        }
        Order::Commit => each(&|vm| Command::Commit { vm }),
        Order::Reprotect => each(&|vm| Command::Reprotect { vm }),
        Order::FailBack => each(&|vm| Command::FailBack { vm }),
        Order::CancelFailBack => each(&|vm| Command::CancelFailBack { vm }),
        Order::Disable => each(&|vm| Command::Disable { vm }),
        Order::ManualResync => each(&|vm| Command::ManualResync { vm }),
        Order::UninstallMobilityService => each(&|vm| Command::UninstallMobilityService { vm }),
        Order::RestartVm => each(&|vm| Command::RestartVm { vm }),
        Order::DeleteAppliance => one(appliance().map(|appliance| Command::DeleteAppliance { appliance })),
        Order::DeleteVault => one(appliance().map(|appliance| Command::DeleteVault { appliance })),
        Order::UninstallProvider => one(stamp().map(|stamp| Command::UninstallProvider { stamp })),
        Order::SetTestNetwork => {
            let network = section.text("network").map(str::to_string);
            each(&|vm| Command::SetTestNetwork { vm, network: network.clone() })
        }
        Order::RunPlan => {
            let (point, shut_down) = (point(), shut_down());
            let plan = around.plans.need(section, "plan").map(PlanId::from_index);
            one(plan.map(|plan| Command::RunPlan { plan, point, shut_down }))
        }
    }
}

fn one(command: Option<Command>) -> Vec<Command> {
    command.into_iter().collect()
}

fn machines(section: &Section<'_>, around: &Around<'_>) -> Vec<VmId> {
    if !section.has("vms") {
        section.missing("vms", "write vms = \"sql\" or vms = [\"sql-1\", \"web\"]");
    }
    vms(section, "vms", around.machines)
}

/// `point = "latest"`, or `{ at = "3d 10:00" }` for the newest kept point not later than this moment.
fn point(section: &Section<'_>, around: &Around<'_>) -> PointChoice {
    if let Some(Value::Table(_)) = section.node("point").map(|node| &node.value) {
        let at = section.section("point").and_then(|inner| {
            if !inner.has("at") {
                inner.missing("at", "write point = { at = \"3d 10:00\" }");
            }
            moment(inner.node("at")?, around.calendar, inner.ledger)
        });
        return at.map_or(PointChoice::LatestProcessed, PointChoice::Custom);
    }
    let words = [
        ("latest", PointChoice::Latest),
        ("latest-processed", PointChoice::LatestProcessed),
        ("latest-app-consistent", PointChoice::LatestAppConsistent),
        ("latest-multi-vm", PointChoice::LatestMultiVm),
        ("latest-multi-vm-app-consistent", PointChoice::LatestMultiVmAppConsistent),
    ];
    section.word_or_default("point", &words)
}
