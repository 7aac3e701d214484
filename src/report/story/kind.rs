//! Kinds of lines, as `--kind` names them, and whom a line is about.

use crate::contract::{AlarmKind, Fact};
use crate::units::{Timestamp, VmId};

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Outage,
    Machine,
    Data,
    Bottleneck,
    Cache,
    Limit,
    Phase,
    Health,
    Alarm,
    Point,
    Job,
    Order,
    Drill,
    Resync,
    Refusal,
    Warning,
    Reading,
}

impl Kind {
    pub const ALL: [Kind; 17] = [
        Kind::Outage,
        Kind::Machine,
        Kind::Data,
        Kind::Bottleneck,
        Kind::Cache,
        Kind::Limit,
        Kind::Phase,
        Kind::Health,
        Kind::Alarm,
        Kind::Point,
        Kind::Job,
        Kind::Order,
        Kind::Drill,
        Kind::Resync,
        Kind::Refusal,
        Kind::Warning,
        Kind::Reading,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Outage => "outage",
            Kind::Machine => "machine",
            Kind::Data => "data",
            Kind::Bottleneck => "bottleneck",
            Kind::Cache => "cache",
            Kind::Limit => "limit",
            Kind::Phase => "phase",
            Kind::Health => "health",
            Kind::Alarm => "alarm",
            Kind::Point => "point",
            Kind::Job => "job",
            Kind::Order => "order",
            Kind::Drill => "drill",
            Kind::Resync => "resync",
            Kind::Refusal => "refusal",
            Kind::Warning => "warning",
            Kind::Reading => "reading",
        }
    }

    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn of(fact: &Fact) -> Kind {
        match fact {
            Fact::OutageBegan { .. } | Fact::OutageEnded { .. } => Kind::Outage,
            Fact::MachineUp { .. } | Fact::MachineDown { .. } => Kind::Machine,
            Fact::SourceLost { .. } | Fact::DataLost { .. } | Fact::Damaged { .. } | Fact::DamageFound { .. } => {
                Kind::Data
            }
            Fact::Level { .. } | Fact::Levels { .. } | Fact::Lag { .. } | Fact::Ledger { .. } => Kind::Reading,
            Fact::Saturated { .. } | Fact::Relieved { .. } => Kind::Bottleneck,
            Fact::CacheFull { .. } | Fact::CacheAccepts { .. } => Kind::Cache,
            Fact::LimitHit { .. } => Kind::Limit,
            Fact::Entered { .. } | Fact::TestEntered { .. } => Kind::Phase,
            Fact::HealthChanged { .. } => Kind::Health,
            Fact::Alarm { .. } | Fact::AlarmCleared { .. } => Kind::Alarm,
            Fact::PointMade { .. } | Fact::PointsMade { .. } | Fact::PointsDropped { .. } => Kind::Point,
            Fact::PointChosen { .. }
            | Fact::PointLookedUp { .. }
            | Fact::CommonPointTaken { .. }
            | Fact::JournalCut { .. } => Kind::Point,
            Fact::JobStarted { .. } | Fact::StepDone { .. } | Fact::JobDone { .. } | Fact::JobFailed { .. } => {
                Kind::Job
            }
            Fact::Refused { .. } => Kind::Refusal,
            Fact::Warned { .. } => Kind::Warning,
            Fact::ResyncStarted { .. } | Fact::ResyncDone { .. } => Kind::Resync,
            Fact::DisasterDeclared { .. } | Fact::Ordered { .. } => Kind::Order,
            Fact::DrillDone { .. } => Kind::Drill,
        }
    }
}

/// Whether there are so many of these that they are told only when asked for: readings, single points, and a journal that is cut again.
pub(super) fn is_fine(at: Timestamp, fact: &Fact) -> bool {
    match fact {
        Fact::PointMade { .. } => true,
        Fact::JournalCut { since, .. } => *since < at,
        _ => Kind::of(fact) == Kind::Reading,
    }
}

/// Whom a fact concerns.
pub(super) fn vm(fact: &Fact) -> Option<VmId> {
    match fact {
        Fact::MachineUp { vm, .. }
        | Fact::MachineDown { vm, .. }
        | Fact::SourceLost { vm, .. }
        | Fact::DataLost { vm, .. }
        | Fact::Damaged { vm }
        | Fact::DamageFound { vm, .. }
        | Fact::PointLookedUp { vm, .. }
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
        | Fact::CommonPointTaken { vm, .. }
        | Fact::JournalCut { vm, .. }
        | Fact::ResyncStarted { vm, .. }
        | Fact::ResyncDone { vm }
        | Fact::Ordered { vm, .. }
        | Fact::DrillDone { vm, .. } => Some(*vm),
        Fact::Refused { vm, .. } | Fact::Warned { vm, .. } => *vm,
        Fact::Alarm { alarm } | Fact::AlarmCleared { alarm } => match alarm {
            AlarmKind::NoPoint(vm) | AlarmKind::Stuck(vm) | AlarmKind::DifflogTimedOut(vm) => Some(*vm),
            AlarmKind::NoHeartbeat(_) | AlarmKind::CacheFull(_) => None,
        },
        Fact::OutageBegan { .. }
        | Fact::OutageEnded { .. }
        | Fact::Level { .. }
        | Fact::Levels { .. }
        | Fact::Saturated { .. }
        | Fact::Relieved { .. }
        | Fact::CacheFull { .. }
        | Fact::CacheAccepts { .. }
        | Fact::LimitHit { .. }
        | Fact::DisasterDeclared { .. } => None,
    }
}
