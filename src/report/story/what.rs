//! What a fact says: who it concerns, and what is so from now on.

use super::{second, words};
use crate::contract::{AlarmKind, Fact, Meter};
use crate::inventory::Inventory;
use crate::measure::{meter_name, outage_name};
use crate::report::numbers::level;
use crate::units::{Duration, Timestamp};

/// Whom a line is about, for its second column.
pub(super) fn who(inventory: &Inventory, fact: &Fact) -> String {
    if let Some(vm) = super::kind::vm(fact) {
        return inventory.vm(vm).name.clone();
    }
    match fact {
        Fact::OutageBegan { .. } | Fact::OutageEnded { .. } => "fate".into(),
        Fact::Level { meter, .. }
        | Fact::Levels { meter, .. }
        | Fact::Saturated { meter }
        | Fact::Relieved { meter }
        | Fact::LimitHit { meter, .. } => meter_name(inventory, *meter),
        Fact::CacheFull { cache } | Fact::CacheAccepts { cache } => format!("cache {}", inventory.cache(*cache).name),
        Fact::Alarm { alarm } | Fact::AlarmCleared { alarm } => match alarm {
            AlarmKind::NoHeartbeat(id) => format!("appliance {}", inventory.appliance(*id).name),
            AlarmKind::CacheFull(id) => format!("cache {}", inventory.cache(*id).name),
            AlarmKind::NoPoint(vm) | AlarmKind::Stuck(vm) | AlarmKind::DifflogTimedOut(vm) => {
                inventory.vm(*vm).name.clone()
            }
        },
        Fact::DisasterDeclared { .. } => "people".into(),
        // Everything else concerns a VM, or the product as a whole.
        _ => "service".into(),
    }
}

/// What is so from this moment on.
pub(super) fn what(inventory: &Inventory, fact: &Fact) -> String {
    match fact {
        Fact::OutageBegan { kind, .. } => format!("OUTAGE: {}", outage_name(inventory, *kind)),
        Fact::OutageEnded { kind, .. } => format!("outage over: {}", outage_name(inventory, *kind)),
        Fact::MachineUp { role, .. } => format!("{} serves", words::role(*role)),
        Fact::MachineDown { role, .. } => format!("{} is down", words::role(*role)),
        Fact::SourceLost { received, in_cache, at_source, .. } => {
            format!("LOST; received through {}, {in_cache} in cache, {at_source} never sent", second(*received))
        }
        Fact::DataLost { mark, bytes, .. } => format!("{bytes} written after {} are lost", second(*mark)),
        Fact::Damaged { .. } => "its data is damaged, and nobody sees it".into(),
        Fact::DamageFound { since, .. } => format!("somebody sees that its data is damaged since {}", second(*since)),
        Fact::PointLookedUp { mark: Some(mark), .. } => format!("point {} is the newest clean one left", second(*mark)),
        Fact::PointLookedUp { mark: None, .. } => "NO clean point is left".into(),
        Fact::Level { meter, start, end, since } => {
            format!("{} → {} since {since}", level(*meter, *start as f64), level(*meter, *end as f64))
        }
        Fact::Levels { meter, since, pieces } => {
            let shown = |value: u64| level(*meter, value as f64);
            let pieces: Vec<String> =
                pieces.iter().map(|p| format!("{} → {} until {}", shown(p.start), shown(p.end), p.until)).collect();
            format!("{} since {since}", pieces.join(", "))
        }
        Fact::Lag { since, received, applied, .. } => format!(
            "age of received data {} → {}, of applied data {} → {} since {since}",
            received.0, received.1, applied.0, applied.1
        ),
        Fact::Saturated { .. } => "is a bottleneck".into(),
        Fact::Relieved { .. } => "is no bottleneck any more".into(),
        Fact::CacheFull { .. } => "is full and refuses data".into(),
        Fact::CacheAccepts { .. } => "takes data again".into(),
        Fact::LimitHit { meter, need, free } => {
            format!("is too small: {} needed, {} free", level(*meter, *need as f64), level(*meter, *free as f64))
        }
        Fact::Ledger { written, applied, in_flight, in_cache, superseded, lost, .. } => format!(
            "{written} written = {applied} applied + {in_flight} at source + {in_cache} in cache + {superseded} superseded + {lost} lost"
        ),
        Fact::Entered { phase, .. } => format!("is {} ({})", words::phase(*phase), phase.api_state()),
        Fact::TestEntered { running, .. } => format!("its test VM {}", if *running { "runs" } else { "is gone" }),
        Fact::HealthChanged { health, .. } => format!("health is {}", words::health(*health)),
        Fact::Alarm { alarm } => format!("ALARM: {}", alarm_text(*alarm)),
        Fact::AlarmCleared { alarm } => format!("alarm over: {}", alarm_text(*alarm)),
        Fact::PointMade { mark, app_consistent, .. } => {
            format!("point {} is usable{}", second(*mark), app(*app_consistent))
        }
        Fact::PointsMade { run, .. } => {
            let (first, last) = (second(run.first), second(run.last));
            format!("points every {} from {first} to {last}, usable after {}", run.every, run.lag)
        }
        Fact::PointsDropped { .. } => "all its recovery points are gone".into(),
        Fact::JobStarted { job, .. } => format!("{} begins", words::job(*job)),
        Fact::StepDone { job, step, .. } => format!("{}: {}", words::job(*job), words::step(*step)),
        Fact::JobDone { job, .. } => format!("{} is done", words::job(*job)),
        Fact::JobFailed { job, .. } => format!("{} FAILED", words::job(*job)),
        Fact::PointChosen { mark, app_consistent, .. } => {
            format!("point {} is taken{}", second(*mark), app(*app_consistent))
        }
        Fact::CommonPointTaken { mark, newest, .. } => together(*mark, newest.saturating_since(*mark)),
        Fact::JournalCut { oldest, window, .. } => {
            format!("points before {} are gone, {window} of points are left", second(*oldest))
        }
        Fact::Refused { command, .. } => format!("REFUSED: {command}"),
        Fact::Warned { warning, .. } => format!("warning: {}", words::warning(inventory, *warning).0),
        Fact::ResyncStarted { .. } => "resync begins".into(),
        Fact::ResyncDone { .. } => "resync is done".into(),
        Fact::DisasterDeclared { stamp } => format!("DISASTER: {} is declared lost", inventory.stamp(*stamp).name),
        Fact::Ordered { command, .. } => format!("ordered: {command}"),
        Fact::DrillDone { ok, .. } => format!("drill {}", if *ok { "passed" } else { "FAILED" }),
    }
}

/// A point in common, so much older than the VM's own newest.
fn together(mark: Timestamp, older: Duration) -> String {
    let told = format!("its group goes back to {} together", second(mark));
    if older.is_zero() { told } else { format!("{told}, {older} before its own newest point") }
}

fn app(app_consistent: bool) -> &'static str {
    if app_consistent { ", app-consistent" } else { "" }
}

fn alarm_text(alarm: AlarmKind) -> &'static str {
    match alarm {
        AlarmKind::NoHeartbeat(_) => "no heartbeat",
        AlarmKind::NoPoint(_) => "no recent recovery point",
        AlarmKind::Stuck(_) => "replication is stuck",
        AlarmKind::CacheFull(_) => "it refuses data",
        AlarmKind::DifflogTimedOut(_) => "changes waited too long in the cache",
    }
}

/// The place of a meter, for whether it stands on the path of a VM.
pub(super) fn meter(fact: &Fact) -> Option<Meter> {
    match fact {
        Fact::Level { meter, .. }
        | Fact::Levels { meter, .. }
        | Fact::Saturated { meter }
        | Fact::Relieved { meter }
        | Fact::LimitHit { meter, .. } => Some(*meter),
        Fact::CacheFull { cache } | Fact::CacheAccepts { cache } => Some(Meter::CacheUsed(*cache)),
        Fact::Alarm { alarm: AlarmKind::CacheFull(cache) }
        | Fact::AlarmCleared { alarm: AlarmKind::CacheFull(cache) } => Some(Meter::CacheUsed(*cache)),
        Fact::Alarm { alarm: AlarmKind::NoHeartbeat(id) }
        | Fact::AlarmCleared { alarm: AlarmKind::NoHeartbeat(id) } => Some(Meter::ApplianceBytes(*id)),
        _ => None,
    }
}
