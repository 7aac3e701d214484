//! What went wrong in the worst replication of a target: of whom, when, what was the bottleneck, and since when.
//!
//! The window is what a replay needs to show it: from when the trouble began until it was over. Moments in ns.

use crate::contract::Meter;
use crate::intent::{Measure, Scope, Target};
use crate::inventory::Inventory;
use crate::measure::{Failure, Outcome, Recovery, Span, Violation, ViolationCause, VmOutcome};
use crate::units::{CacheId, Duration, Timestamp, VmId};

/// The trouble of one replication.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trouble {
    /// `None`: of no single VM.
    pub vm: Option<VmId>,
    pub from: Timestamp,
    pub until: Timestamp,
    pub bottleneck: Bottleneck,
    /// When the bottleneck began to be one.
    pub since: Timestamp,
}

/// What held it up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bottleneck {
    Cause(ViolationCause),
    /// The longest part of a recovery: detect, decide, process, create or boot.
    Step(&'static str),
    /// No machine served until the end.
    NeverServed,
    /// Nothing was in the way: points as often as they are made, and what it takes to process them.
    Nothing,
}

/// The trouble behind a target in one replication's outcome; `None`: there is nothing to be seen.
pub fn trouble(target: &Target, inventory: &Inventory, outcome: &Outcome) -> Option<Trouble> {
    let ours = |vm: VmId| match target.scope {
        Scope::Group(id) => inventory.vm(vm).group == id,
        Scope::Everything | Scope::Cache(_) => true,
    };
    let failures = || outcome.failures.iter().filter(|failure| ours(failure.vm));
    match target.measure {
        Measure::RpoAtFailure => {
            let worst = failures().max_by_key(|failure| failure.rpo_latest_processed)?;
            Some(of_loss(outcome, worst, worst.rpo_latest_processed))
        }
        Measure::RpoUsed => {
            let worst = failures().max_by_key(|failure| failure.rpo_chosen)?;
            Some(of_loss(outcome, worst, worst.rpo_chosen))
        }
        Measure::DataLost => {
            let worst = failures().max_by_key(|failure| failure.data_lost)?;
            Some(of_loss(outcome, worst, worst.rpo_chosen))
        }
        Measure::RpoOverTime | Measure::RpoAbove(_) => {
            let worst = outcome.violations.iter().filter(|own| ours(own.vm)).max_by_key(|own| own.age_max)?;
            Some(of_violation(worst))
        }
        Measure::Rto => failures().max_by_key(|failure| length(failure)).map(of_recovery),
        Measure::Availability => {
            let down = |(_, vm): &(VmId, &VmOutcome)| vm.downtime;
            let own = (0..).map(VmId).zip(&outcome.vms).filter(|(vm, _)| ours(*vm)).max_by_key(down)?;
            let longest = failures().filter(|failure| failure.vm == own.0).max_by_key(|failure| length(failure));
            longest.map(of_recovery)
        }
        Measure::CacheUsed | Measure::CacheOverflow => of_cache(target, outcome),
        Measure::InitialReplication => of_span(outcome, outcome.durations.initial_replication.iter(), &ours),
        Measure::Reprotect => of_span(outcome, outcome.durations.reprotect.iter(), &ours),
        Measure::Failback => of_span(outcome, outcome.durations.failback.iter(), &ours),
        Measure::RefusedOperations => outcome.limit_hits.iter().max_by_key(|hit| hit.count).map(|hit| Trouble {
            vm: None,
            from: Timestamp::START,
            until: outcome.ended,
            bottleneck: Bottleneck::Cause(ViolationCause::Bottleneck(hit.meter)),
            since: Timestamp::START,
        }),
    }
}

/// A loss, seen from the newest point on: what stood in the way of a newer one.
fn of_loss(outcome: &Outcome, failure: &Failure, age: Option<Duration>) -> Trouble {
    let from = failure.at.saturating_sub(age.unwrap_or(Duration::ZERO));
    // Of this loss only when no point came since: one that is beyond its target all the time began long ago for another reason.
    let behind = |own: &&Violation| own.vm == failure.vm && own.begin <= failure.at && own.backlog_since >= from;
    let until = failure.at + span(failure);
    match outcome.violations.iter().find(behind) {
        Some(own) => Trouble { from: from.min(own.cause_since), until, ..of_violation(own) },
        None => Trouble { vm: Some(failure.vm), from, until, bottleneck: Bottleneck::Nothing, since: from },
    }
}

fn of_violation(own: &Violation) -> Trouble {
    let (bottleneck, since) = match own.cause {
        Some(cause) => (Bottleneck::Cause(cause), own.cause_since),
        None => (Bottleneck::Nothing, own.backlog_since),
    };
    Trouble { vm: Some(own.vm), from: own.backlog_since.min(since), until: own.end, bottleneck, since }
}

fn of_recovery(failure: &Failure) -> Trouble {
    let (bottleneck, since) = match failure.recovery {
        Recovery::FailedOver(parts) => {
            let mut at = failure.at;
            let mut longest = (Duration::ZERO, "detect", at);
            for (name, part) in parts.named() {
                if part > longest.0 {
                    longest = (part, name, at);
                }
                at = at + part;
            }
            (Bottleneck::Step(longest.1), longest.2)
        }
        Recovery::WithTheStamp(_) => (Bottleneck::Nothing, failure.at),
        Recovery::Never(_) => (Bottleneck::NeverServed, failure.at),
    };
    Trouble { vm: Some(failure.vm), from: failure.at, until: failure.at + span(failure), bottleneck, since }
}

/// Time without service.
fn span(failure: &Failure) -> Duration {
    match failure.recovery {
        Recovery::FailedOver(parts) => parts.total(),
        Recovery::WithTheStamp(span) | Recovery::Never(span) => span,
    }
}

/// Whoever never served again is worst, then the longest way.
fn length(failure: &Failure) -> (bool, Duration) {
    (matches!(failure.recovery, Recovery::Never(_)), span(failure))
}

fn of_cache(target: &Target, outcome: &Outcome) -> Option<Trouble> {
    let cache = |meter: Meter| match (meter, &target.scope) {
        (Meter::CacheUsed(id), Scope::Cache(own)) => (id == *own).then_some(id),
        (Meter::CacheUsed(id), Scope::Everything | Scope::Group(_)) => Some(id),
        _ => None,
    };
    let seen = outcome.meters.iter().filter_map(|own| Some((cache(own.meter)?, own)));
    let full = |id: &CacheId| outcome.cache_full.get(id).copied().unwrap_or(0);
    let (id, own) = seen.max_by_key(|(id, own)| (full(id), own.peak.level))?;
    let cause = own.peak.outage.map_or(ViolationCause::Bottleneck(Meter::CacheUsed(id)), ViolationCause::Outage);
    let (hour, at) = (Duration::hours(6), own.peak.at);
    Some(Trouble {
        vm: None,
        from: at.saturating_sub(hour),
        until: at + hour,
        bottleneck: Bottleneck::Cause(cause),
        since: at,
    })
}

/// The longest of its kind; the bottleneck is what was so for the largest part of the run.
fn of_span<'a>(
    outcome: &Outcome,
    spans: impl Iterator<Item = &'a Span>,
    ours: &dyn Fn(VmId) -> bool,
) -> Option<Trouble> {
    let own = spans.filter(|own| own.vm.is_none_or(ours)).max_by_key(|own| own.span)?;
    let tightest = outcome.meters.iter().filter(|meter| meter.saturated > Duration::ZERO);
    let tightest = tightest.max_by_key(|meter| meter.saturated).map(|meter| ViolationCause::Bottleneck(meter.meter));
    Some(Trouble {
        vm: own.vm,
        from: own.begin,
        until: own.begin + own.span,
        bottleneck: tightest.map_or(Bottleneck::Nothing, Bottleneck::Cause),
        since: own.begin,
    })
}
