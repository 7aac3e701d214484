//! One run as a story: a line per fact, who it concerns first, then what and why.

use crate::contract::{AlarmKind, Fact, Meter, OutageKind, Refusal};
use crate::inventory::Inventory;
use crate::units::VmId;

/// The line of a fact; `None` when it is filtered out (another VM) or a meter reading and not `verbose`.
pub fn line(inventory: &Inventory, fact: &Fact, only: Option<VmId>, verbose: bool) -> Option<String> {
    let vm_of = vm(fact);
    if only.is_some() && vm_of != only {
        return None;
    }
    let reading = matches!(fact, Fact::Level { .. } | Fact::Lag { .. } | Fact::Ledger { .. } | Fact::PointMade { .. });
    if reading && !verbose {
        return None;
    }
    let who = vm_of.map_or_else(String::new, |vm| format!("{:<14} ", inventory.vm(vm).name));
    Some(format!("{who}{}", what(inventory, fact)))
}

fn what(inventory: &Inventory, fact: &Fact) -> String {
    match fact {
        Fact::OutageBegan { kind, .. } => format!("OUTAGE begins: {}", outage(inventory, *kind)),
        Fact::OutageEnded { kind, .. } => format!("OUTAGE ends: {}", outage(inventory, *kind)),
        Fact::MachineUp { role, .. } => format!("{role:?} machine serves"),
        Fact::MachineDown { role, .. } => format!("{role:?} machine is down"),
        Fact::SourceLost { received, in_cache, at_source, .. } => {
            format!("lost with its stamp; received through {received}, {in_cache} in cache, {at_source} never sent")
        }
        Fact::DataLost { mark, bytes, .. } => format!("data written after {mark} is lost: {bytes}"),
        Fact::Level { meter, start, end, since } => {
            format!("{}: {start} → {end} since {since}", name(inventory, *meter))
        }
        Fact::Lag { since, received, applied, .. } => format!(
            "age of received data {} → {}, of applied data {} → {} since {since}",
            received.0, received.1, applied.0, applied.1
        ),
        Fact::Saturated { meter } => format!("bottleneck: {}", name(inventory, *meter)),
        Fact::Relieved { meter } => format!("no bottleneck any more: {}", name(inventory, *meter)),
        Fact::CacheFull { cache } => format!("cache {} is full", inventory.cache(*cache).name),
        Fact::CacheAccepts { cache } => format!("cache {} takes data again", inventory.cache(*cache).name),
        Fact::LimitHit { meter, need, free } => {
            format!("limit: {} has {free} free, {need} needed", name(inventory, *meter))
        }
        Fact::Ledger { written, applied, in_flight, in_cache, superseded, lost, .. } => format!(
            "{written} written = {applied} applied + {in_flight} at source + {in_cache} in cache + {superseded} superseded + {lost} lost"
        ),
        Fact::Entered { phase, .. } => format!("is now {phase} ({})", phase.api_state()),
        Fact::TestEntered { running, .. } => format!("test VM {}", if *running { "runs" } else { "is gone" }),
        Fact::HealthChanged { health, reason, .. } => format!("health {health:?}: {reason:?}"),
        Fact::Alarm { alarm } => format!("ALARM {}", alarm_name(inventory, *alarm)),
        Fact::AlarmCleared { alarm } => format!("alarm over: {}", alarm_name(inventory, *alarm)),
        Fact::PointMade { mark, app_consistent, .. } => format!("point {mark}{}", app(*app_consistent)),
        Fact::PointsMade { run, .. } => {
            format!("points every {} from {} to {}, usable after {}", run.every, run.first, run.last, run.lag)
        }
        Fact::PointsDropped { .. } => "all recovery points are gone".into(),
        Fact::JobStarted { job, .. } => format!("{job:?} begins"),
        Fact::StepDone { job, step, .. } => format!("{job:?}: {step:?}"),
        Fact::JobDone { job, .. } => format!("{job:?} is done"),
        Fact::JobFailed { job, cause, .. } => format!("{job:?} failed: {cause:?}"),
        Fact::PointChosen { choice, mark, app_consistent, .. } => {
            format!("point chosen ({choice:?}): {mark}{}", app(*app_consistent))
        }
        Fact::Refused { command, refusal, .. } => format!("refused: {command}: {}", refused(*refusal)),
        Fact::Warned { warning, .. } => format!("warning: {warning:?}"),
        Fact::ResyncStarted { why, .. } => format!("resync begins ({why:?})"),
        Fact::ResyncDone { .. } => "resync is done".into(),
        Fact::DisasterDeclared { stamp } => format!("people declare {} lost", inventory.stamp(*stamp).name),
        Fact::Ordered { command, .. } => format!("people order: {command}"),
        Fact::DrillDone { ok, .. } => format!("drill {}", if *ok { "passed" } else { "failed" }),
    }
}

fn app(app_consistent: bool) -> &'static str {
    if app_consistent { " (app-consistent)" } else { "" }
}

fn refused(refusal: Refusal) -> String {
    match refusal.product_symptom() {
        Some(symptom) => format!("{refusal:?} (the product says: \"{symptom}\")"),
        None => format!("{refusal:?}"),
    }
}

/// What an outage takes, by name.
pub fn outage(inventory: &Inventory, kind: OutageKind) -> String {
    match kind {
        OutageKind::StampDown(id) => format!("stamp {} down", inventory.stamp(id).name),
        OutageKind::LinkDown(id) => format!("link {} down", inventory.link(id).name),
        OutageKind::LinkSlow(id) => format!("link {} slow", inventory.link(id).name),
        OutageKind::ApplianceDown(id) => format!("appliance {} down", inventory.appliance(id).name),
        OutageKind::CacheDown(id) => format!("cache {} unavailable", inventory.cache(id).name),
        OutageKind::ServiceDown(id) => format!("replication service on {} down", inventory.stamp(id).name),
        OutageKind::GuestReboot(id) => format!("hosts of {} restart", inventory.stamp(id).name),
        OutageKind::SourceDeleted(id) => format!("source objects on {} deleted", inventory.stamp(id).name),
        OutageKind::ApplianceTampered(id) => {
            format!("disks of appliance {} tampered with", inventory.appliance(id).name)
        }
    }
}

fn alarm_name(inventory: &Inventory, alarm: AlarmKind) -> String {
    match alarm {
        AlarmKind::NoHeartbeat(id) => format!("no heartbeat of appliance {}", inventory.appliance(id).name),
        AlarmKind::NoPoint(vm) => format!("no recent recovery point of {}", inventory.vm(vm).name),
        AlarmKind::Stuck(vm) => format!("replication of {} is stuck", inventory.vm(vm).name),
        AlarmKind::CacheFull(id) => format!("cache {} refuses data", inventory.cache(id).name),
        AlarmKind::DifflogTimedOut(vm) => format!("difflog of {} timed out", inventory.vm(vm).name),
    }
}

/// A meter by the names of the scenario.
pub fn name(inventory: &Inventory, meter: Meter) -> String {
    match meter {
        Meter::Link(id, crate::contract::Direction::Forward) => format!("link {}", inventory.link(id).name),
        Meter::Link(id, crate::contract::Direction::Reverse) => format!("link {} back", inventory.link(id).name),
        Meter::ApplianceBytes(id) => format!("appliance {} bytes", inventory.appliance(id).name),
        Meter::ApplianceStorage(id) => format!("appliance {} storage", inventory.appliance(id).name),
        Meter::ApplianceOps(id) => format!("appliance {} operations", inventory.appliance(id).name),
        Meter::ApplianceSlots(id) => format!("appliance {} slots", inventory.appliance(id).name),
        Meter::SourceBacklog(id) => format!("backlog behind appliance {}", inventory.appliance(id).name),
        Meter::CacheUsed(id) => format!("cache {}", inventory.cache(id).name),
        Meter::Service(id) => format!("service on {}", inventory.stamp(id).name),
        Meter::QuotaCores(id) => format!("cores of {}", inventory.subscription(id).name),
        Meter::QuotaVms(id) => format!("VMs of {}", inventory.subscription(id).name),
        Meter::QuotaManagedDisk(id) => format!("managed disk of {}", inventory.subscription(id).name),
        Meter::PointStorage(id) => format!("recovery points of {}", inventory.subscription(id).name),
        Meter::QuotaStorage(id) => format!("storage of {}", inventory.subscription(id).name),
        Meter::StampMemory(id) => format!("memory of {}", inventory.stamp(id).name),
        Meter::StampVms(id) => format!("VMs on {}", inventory.stamp(id).name),
    }
}

/// Whom a fact concerns.
fn vm(fact: &Fact) -> Option<VmId> {
    match fact {
        Fact::MachineUp { vm, .. }
        | Fact::MachineDown { vm, .. }
        | Fact::SourceLost { vm, .. }
        | Fact::DataLost { vm, .. }
        | Fact::Lag { vm, .. }
        | Fact::Ledger { vm, .. }
        | Fact::Entered { vm, .. }
        | Fact::TestEntered { vm, .. }
        | Fact::HealthChanged { vm, .. }
        | Fact::PointMade { vm, .. }
        | Fact::PointsMade { vm, .. }
        | Fact::PointsDropped { vm }
        | Fact::JobStarted { vm, .. }
        | Fact::StepDone { vm, .. }
        | Fact::JobDone { vm, .. }
        | Fact::JobFailed { vm, .. }
        | Fact::PointChosen { vm, .. }
        | Fact::ResyncStarted { vm, .. }
        | Fact::ResyncDone { vm }
        | Fact::Ordered { vm, .. }
        | Fact::DrillDone { vm, .. } => Some(*vm),
        Fact::Refused { vm, .. } | Fact::Warned { vm, .. } => *vm,
        Fact::Alarm { alarm: AlarmKind::NoPoint(vm) | AlarmKind::Stuck(vm) | AlarmKind::DifflogTimedOut(vm) } => {
            Some(*vm)
        }
        Fact::Alarm { .. }
        | Fact::AlarmCleared { .. }
        | Fact::OutageBegan { .. }
        | Fact::OutageEnded { .. }
        | Fact::Level { .. }
        | Fact::Saturated { .. }
        | Fact::Relieved { .. }
        | Fact::CacheFull { .. }
        | Fact::CacheAccepts { .. }
        | Fact::LimitHit { .. }
        | Fact::DisasterDeclared { .. } => None,
    }
}
