//! What the numbers mean and what to try: each advice says what was seen, what would help, and what would not.
//!
//! Rules look at findings only. Violations are explained by the bottleneck or outage that stood behind them; what has
//! room at its 99 % quantile would not help if it grew. Units: as in the findings.

use std::collections::BTreeMap;

use super::numbers::{level, seconds, share};
use super::remedy::remedy;
use super::write::{cause_name, never_seen};
use crate::contract::{Meter, OutageKind};
use crate::intent::Measure;
use crate::measure::ViolationCause;
use crate::planner::Verdict;
use crate::planner::findings::{CapacityFinding, Findings, Note, Quantity, ReplicationRow};
use crate::units::counted;

/// One advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What was seen.
    pub saw: String,
    /// What to try, and what not.
    pub try_this: String,
}

/// Free share at the 99 % quantile from which growing something is said not to help.
const ROOM: f64 = 0.3;
/// Free share at the peak below which a resource is called tight.
const TIGHT: f64 = 0.1;

/// All advice, most urgent first.
pub fn advice(findings: &Findings) -> Vec<Advice> {
    let mut all = Vec::new();
    all.extend(protection_missing(findings));
    all.extend(failures_without_point(findings));
    all.extend(damage_without_clean_point(findings));
    all.extend(slow_start(findings));
    all.extend(violations(findings));
    all.extend(limits(findings));
    all.extend(tight(findings));
    all.extend(slow_recovery(findings));
    all.extend(more_replications(findings));
    all
}

fn protection_missing(findings: &Findings) -> Option<Advice> {
    findings.notes.iter().find_map(|note| {
        let Note::NeverProtected { vms, first } = note else { return None };
        let name = findings.names.vm(*first);
        let too_large = findings.refused.iter().any(|(reason, _)| reason == TOO_LARGE);
        let try_this = match (too_large, findings.limit_hits.is_empty() && findings.refused.is_empty()) {
            (true, _) => "smaller disks: the largest that can be protected stands in `drsim limits`",
            (false, true) => "a longer run, or a faster initial replication",
            (false, false) => "what was refused stands in summary.md; a longer run will not help",
        };
        Some(Advice {
            saw: format!("{} not protected within a run (first: {name})", were(*vms, "VM")),
            try_this: try_this.into(),
        })
    })
}

/// Nothing was left of machines that were lost while they had no point.
fn failures_without_point(findings: &Findings) -> Option<Advice> {
    let count = findings.notes.iter().find_map(|note| match note {
        Note::FailuresWithoutPoint(count) => Some(*count),
        _ => None,
    })?;
    Some(Advice {
        saw: format!(
            "{count} of {} lost machines had no usable point: all their data was lost",
            findings.failures.len()
        ),
        try_this: "shorten the time without protection: faster first copies, and `people.protect_again_after` sooner"
            .into(),
    })
}

/// Damage that was seen when every kept point held it.
fn damage_without_clean_point(findings: &Findings) -> Option<Advice> {
    let all = findings.damage.first()?;
    let none_left = 1.0 - all.clean_left.value?;
    (none_left > 0.0).then(|| Advice {
        saw: format!(
            "no clean point was left for {} of {}",
            share(none_left),
            counted(all.machines, "damaged machine")
        ),
        try_this: "points that are kept longer (`retention`), or damage that is seen sooner".into(),
    })
}

/// The first copy was still under way when counting began.
fn slow_start(findings: &Findings) -> Option<Advice> {
    let last = |row: &&ReplicationRow| row.initial_replication_s.is_some_and(|last| last > findings.settle_s);
    let late = findings.rows.iter().filter(last).count();
    (late > 0).then(|| Advice {
        saw: format!(
            "initial replication was not complete after the {} of settling in {late} of {} replications",
            seconds(findings.settle_s),
            findings.rows.len()
        ),
        try_this:
            "a longer `run.settle`, if the first copy is not the question; else more bandwidth or smaller batches"
                .into(),
    })
}

/// A replica that the platform has no disk for, as the measures name it.
const TOO_LARGE: &str = "failed: size-out-of-range";

/// "1 VM was", "3 VMs were".
fn were(count: u64, what: &str) -> String {
    format!("{} {}", counted(count, what), if count == 1 { "was" } else { "were" })
}

fn violations(findings: &Findings) -> Option<Advice> {
    let mut by_cause: BTreeMap<ViolationCause, u64> = BTreeMap::new();
    for cause in findings.violations.iter().filter_map(|(_, violation)| violation.cause) {
        *by_cause.entry(cause).or_default() += 1;
    }
    let (cause, count) = by_cause.into_iter().max_by_key(|(cause, count)| (*count, std::cmp::Reverse(*cause)))?;
    let known = findings.violations.len();
    let of = if count as usize == known {
        format!("all {known} violations known in detail")
    } else {
        format!("{count} of the {known} violations known in detail")
    };
    let measured = match cause {
        ViolationCause::Outage(kind) => catching_up(findings, kind),
        ViolationCause::Bottleneck(meter) => with_room(findings, meter),
    };
    let saw = match cause {
        ViolationCause::Outage(_) => String::new(),
        ViolationCause::Bottleneck(meter) => {
            let full = findings.capacity.iter().find(|own| own.meter == meter).map_or(0.0, |own| own.saturated);
            format!("was full for {} of the time and ", share(full))
        }
    };
    let name = cause_name(findings, Some(cause));
    let try_this = [remedy(cause).joined()].into_iter().chain(measured).collect::<Vec<_>>().join("; ");
    Some(Advice { saw: format!("{name} {saw}stands behind {of}"), try_this })
}

/// After a link outage bandwidth decides how fast the rest is caught up.
fn catching_up(findings: &Findings, kind: OutageKind) -> Option<String> {
    let catch_up = findings.spread(Quantity::CatchUp).and_then(|spread| spread.p95.value)?;
    matches!(kind, OutageKind::LinkDown(_) | OutageKind::LinkSlow(_))
        .then(|| format!("bandwidth only shortens catching up (p95 {})", seconds(catch_up)))
}

/// What has room at its 99 % quantile would not help if it grew.
fn with_room(findings: &Findings, bottleneck: Meter) -> Option<String> {
    let roomy: Vec<&str> =
        findings.capacity.iter().filter(|own| useless(own, bottleneck)).map(|own| own.name.as_str()).collect();
    match roomy.split_first()? {
        (first, []) => Some(format!("{first} has room, more of it will not help")),
        (first, rest) => Some(format!("{first} and {} more have room, growing them will not help", rest.len())),
    }
}

/// Things on the way of data that have room.
fn useless(own: &CapacityFinding, bottleneck: Meter) -> bool {
    let on_the_way = matches!(
        own.meter,
        Meter::Link(..) | Meter::CacheUsed(_) | Meter::ApplianceStorage(_) | Meter::ApplianceOps(_)
    );
    on_the_way && own.meter != bottleneck && own.headroom_p99.is_some_and(|room| room >= ROOM)
}

fn limits(findings: &Findings) -> Option<Advice> {
    let worst = findings.limit_hits.iter().max_by_key(|hit| (hit.count, std::cmp::Reverse(hit.meter)))?;
    Some(Advice {
        saw: format!(
            "{} refused {} in {}",
            worst.name,
            counted(worst.count, "time"),
            counted(worst.replications, "replication")
        ),
        try_this: format!(
            "{} more for the one that was short by most, and as much again for each further one",
            level(worst.meter, worst.short_max as f64)
        ),
    })
}

fn tight(findings: &Findings) -> Vec<Advice> {
    let tight = findings.capacity.iter().filter(|own| {
        let stock = matches!(
            own.meter,
            Meter::CacheUsed(_)
                | Meter::QuotaCores(_)
                | Meter::QuotaVms(_)
                | Meter::QuotaManagedDisk(_)
                | Meter::QuotaStorage(_)
        );
        stock && own.headroom_peak.is_some_and(|room| room < TIGHT)
    });
    let told = tight.map(|own| Advice {
        saw: format!(
            "{} peaked at {} during {}",
            own.name,
            level(own.meter, own.peak.level as f64),
            own.peak.phase.name()
        ),
        try_this: format!("at least {} leaves a fifth free", level(own.meter, own.peak.level as f64 * 1.25)),
    });
    told.take(2).collect()
}

/// Where the RTO is spent, when something about it is missed.
fn slow_recovery(findings: &Findings) -> Option<Advice> {
    findings.targets.iter().find(|target| target.verdict == Verdict::Missed && target.measure == Measure::Rto)?;
    let part = longest_part(findings)?;
    let in_vain = if part.of_people { "; faster machines will not help" } else { "" };
    Some(Advice {
        saw: format!("{} takes {} of a mean RTO of {}", part.what, share(part.share), seconds(part.total_s)),
        try_this: format!("{}{in_vain}", part.helps),
    })
}

/// The part of the RTO that takes longest on average.
pub(super) struct LongestPart {
    pub what: &'static str,
    /// Of the mean RTO.
    pub share: f64,
    pub total_s: f64,
    pub helps: &'static str,
    /// Spent in noticing and deciding, not by machines.
    pub of_people: bool,
}

/// Which part of the RTO takes longest, and what shortens it; `None` without a failover.
pub(super) fn longest_part(findings: &Findings) -> Option<LongestPart> {
    let parts = [
        (Quantity::RtoDetect, "detection", "a shorter heartbeat limit", true),
        (Quantity::RtoDecide, "the decision", "an earlier declaration, or people on call", true),
        (Quantity::RtoProcess, "processing", "`latest-processed` instead of `latest`, or a smaller backlog", false),
        (Quantity::RtoCreate, "creating machines", "more creates at once, or an order by importance", false),
        (Quantity::RtoBoot, "booting", "shorter pauses and fewer groups in the plan", false),
    ];
    let mean = |quantity: Quantity| findings.spread(quantity).and_then(|spread| spread.mean.value).unwrap_or(0.0);
    let total_s = mean(Quantity::Rto);
    let (longest, what, helps, of_people) = parts.into_iter().max_by(|a, b| mean(a.0).total_cmp(&mean(b.0)))?;
    (total_s > 0.0).then(|| LongestPart { what, share: mean(longest) / total_s, total_s, helps, of_people })
}

fn more_replications(findings: &Findings) -> Option<Advice> {
    let Verdict::NotYetKnown { more_replications } = findings.verdict() else { return None };
    let open = findings.targets.iter().filter(|t| matches!(t.verdict, Verdict::NotYetKnown { .. })).count();
    let total = findings.replications + more_replications;
    let try_this = if never_seen(findings) {
        "nothing of the kind was seen: more replications help only if it can happen; failures need an `[[outage.stamp-down]]`"
            .into()
    } else {
        format!("`--replications {total}` would probably decide {}", if open == 1 { "it" } else { "them" })
    };
    Some(Advice {
        saw: format!(
            "{} not decided by {}",
            if open == 1 { "1 target is".into() } else { format!("{open} targets are") },
            counted(findings.replications, "replication")
        ),
        try_this,
    })
}
