//! Findings → [`Report`]: which question gets which table and sentence. Formats print it and decide nothing.
//!
//! Achieved and wanted never share a column. Every table says its units in cells or heads; every result names the
//! assumptions it rests on. Unit: text.

use super::About;
use super::advice::{Advice, advice};
use super::notes::note_text;
use super::numbers::{NOTHING, level, method_name, optional, quantity_names, range, seconds, share, value};
use crate::contract::Meter;
use crate::intent::Measure;
use crate::inventory::limits::{LimitNote, Mark};
use crate::measure::{DRILL_OVERDUE, Peak, ViolationCause};
use crate::planner::Verdict;
use crate::planner::findings::{
    CapacityFinding, DamageFinding, Estimate, Findings, Method, Note, Quantity, Spread, TargetFinding, Unit,
};
use crate::units::counted;

/// A report as text in tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub title: String,
    pub verdict: String,
    /// What ran: replications, time, seed.
    pub ran: String,
    pub targets: Table,
    pub spreads: Table,
    pub damage: Table,
    pub capacity: Table,
    pub vms: Table,
    pub violations: Table,
    pub refusals: Table,
    pub health: Table,
    pub assumptions: Table,
    pub advice: Vec<Advice>,
    pub warnings: Vec<String>,
    /// What was left out of numbers, and how inputs were read.
    pub notes: Vec<String>,
    pub out_dir: String,
    pub repeat: String,
}

/// Head and rows; the first column is text, the others are usually numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub title: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Free share at the peak below which what an appliance or a cache is made of matters.
const ROOM: f64 = 0.3;
/// VMs and violations shown in text; all of them stand in the tables for machines.
const ROWS_SHOWN: usize = 20;

/// Writes the report of these findings.
pub fn write(findings: &Findings, about: &About) -> Report {
    Report {
        title: about.title.clone(),
        verdict: verdict_line(findings),
        ran: format!(
            "{} of {} after {} settling, seed {}, drsim {}",
            counted(findings.replications, "replication"),
            seconds(findings.counted_s),
            seconds(findings.settle_s),
            about.seed,
            about.version
        ),
        targets: targets(findings),
        spreads: spreads(findings),
        damage: damage(findings),
        capacity: capacity(findings),
        vms: vms(findings),
        violations: violations(findings),
        refusals: refusals(findings),
        health: health(findings),
        assumptions: assumptions(&resting_on(findings, about)),
        advice: advice(findings),
        warnings: about.warnings.clone(),
        notes: notes(findings, about),
        out_dir: about.out_dir.clone(),
        repeat: about.command.clone(),
    }
}

/// How sure the numbers are that the result rests on, then what was left out and how inputs were read.
fn notes(findings: &Findings, about: &About) -> Vec<String> {
    let count = |mark: Mark| about.assumptions.iter().filter(|note| note.mark == mark).count();
    let (assumed, inferred, own) = (count(Mark::Assumed), count(Mark::Inferred), count(Mark::Overridden));
    let first: Vec<&str> = resting_on(findings, about).into_iter().take(3).map(|note| note.key.as_str()).collect();
    let rests = format!(
        "rests on {assumed} assumed, {inferred} inferred and {own} own numbers; first of them {}",
        first.join(", ")
    );
    // That something was never protected is advice already.
    let told = findings.notes.iter().filter(|note| !matches!(note, Note::NeverProtected { .. }));
    let left_out = told.map(|note| note_text(findings, note));
    let first = (!first.is_empty()).then_some(rests);
    about.input_notes.iter().cloned().chain(first).chain(left_out).chain(drills(findings)).collect()
}

/// What was drilled, and how many failovers came without; nothing when there was neither.
fn drills(findings: &Findings) -> Option<String> {
    let (done, failed, begun) = (findings.drills_ok, findings.drills_failed, findings.failovers_begun);
    let overdue = findings.warned.iter().find(|(name, _)| name == DRILL_OVERDUE).map_or(0, |(_, count)| *count);
    let drilled = match done + failed {
        0 => "nothing was ever drilled".to_owned(),
        _ => format!("{done} drills went well, {failed} failed"),
    };
    let without = format!("{overdue} of {} came without a recent drill", counted(begun, "failover"));
    match (done + failed, begun) {
        (0, 0) => None,
        (_, 0) => Some(drilled),
        (_, _) => Some(format!("{drilled}; {without}")),
    }
}

fn table(title: &str, head: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table { title: title.into(), head: head.iter().map(|name| (*name).into()).collect(), rows }
}

fn verdict_line(findings: &Findings) -> String {
    let count = |wanted: fn(&Verdict) -> bool| findings.targets.iter().filter(|t| wanted(&t.verdict)).count();
    let all = findings.targets.len();
    let (met, missed) = (count(|v| *v == Verdict::Met), count(|v| *v == Verdict::Missed));
    if all == 0 {
        return "no targets: nothing to judge".into();
    }
    match findings.verdict() {
        Verdict::Met if all == 1 => "MET: the only target".into(),
        Verdict::Met => format!("MET: all {all} targets"),
        Verdict::Missed if all == 1 => "MISSED: the only target".into(),
        Verdict::Missed => {
            format!("MISSED: {missed} of {all} targets; {met} met, {} not yet known", all - met - missed)
        }
        Verdict::NotYetKnown { more_replications } => {
            let open = if all == 1 { "the only target".into() } else { format!("{} of {all} targets", all - met) };
            if never_seen(findings) {
                return format!("NOT YET KNOWN: {open}; nothing of the kind was seen");
            }
            format!("NOT YET KNOWN: {open}; about {}", counted(more_replications, "more replication"))
        }
    }
}

/// Whether every open target is about something that did not happen once: then more replications alone need not help.
pub(super) fn never_seen(findings: &Findings) -> bool {
    let mut open = findings.targets.iter().filter(|own| matches!(own.verdict, Verdict::NotYetKnown { .. })).peekable();
    open.peek().is_some() && open.all(|own| own.achieved.value.is_none())
}

/// The mark of a verdict, told apart without colour.
pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "✓",
        Verdict::Missed => "✗",
        Verdict::NotYetKnown { .. } => "?",
    }
}

pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::NotYetKnown { .. } => "not-yet-known",
    }
}

/// What a target achieved; a value without end is said in words.
pub(super) fn achieved(target: &TargetFinding) -> String {
    target.achieved.value.map_or_else(|| endless(target), |known| value(target.unit, known))
}

/// A target without a finite value: nothing was seen, or it had no end.
pub(super) fn endless(target: &TargetFinding) -> String {
    match (target.method, &target.measure) {
        (Method::Nothing, _) => "not known".into(),
        (_, Measure::RpoAtFailure | Measure::RpoUsed | Measure::RpoOverTime) => "no point".into(),
        (_, _) => "never".into(),
    }
}

fn targets(findings: &Findings) -> Table {
    let row = |target: &TargetFinding| {
        let more = match target.verdict {
            Verdict::NotYetKnown { more_replications } => format!("{more_replications} more runs"),
            Verdict::Met | Verdict::Missed => String::new(),
        };
        let scope = if target.scope_name.is_empty() { "all" } else { &target.scope_name };
        vec![
            mark(target.verdict).into(),
            scope.into(),
            target.text.clone(),
            achieved(target),
            range(target.unit, &target.achieved),
            more,
            method_name(target.method).into(),
        ]
    };
    let head = ["", "of", "wanted", "achieved", "bounds", "", "method"];
    table("Targets", &head, findings.targets.iter().map(row).collect())
}

fn spreads(findings: &Findings) -> Table {
    let row = |spread: &Spread| {
        let unit = spread.unit;
        let mut cells =
            vec![quantity_names(spread.quantity).1.to_owned(), findings.names.group(spread.group).to_owned()];
        cells.extend([spread.mean, spread.p50, spread.p95, spread.p99].map(|e| optional(unit, e.value)));
        cells.push(optional(unit, spread.worst));
        cells.extend([range(unit, &spread.mean), range(unit, &spread.p95), range(unit, &spread.p99)]);
        cells.extend([spread.samples.to_string(), spread.clusters.to_string(), method_name(spread.method).into()]);
        cells
    };
    let head = [
        "quantity",
        "group",
        "mean",
        "p50",
        "p95",
        "p99",
        "worst",
        "mean 95 %",
        "p95 95 %",
        "p99 95 %",
        "samples",
        "events",
        "method",
    ];
    table("RPO, RTO and durations", &head, findings.spreads.iter().map(row).collect())
}

fn damage(findings: &Findings) -> Table {
    let row = |own: &DamageFinding| {
        let of = |quantity: Quantity| {
            findings.spreads.iter().find(|spread| spread.quantity == quantity && spread.group == own.group)
        };
        let (hidden, age, gap) = (of(Quantity::DamageHidden), of(Quantity::CleanPointAge), of(Quantity::CleanPointGap));
        let at = |spread: Option<&Spread>, part: fn(&Spread) -> Estimate| {
            optional(Unit::Seconds, spread.and_then(|spread| part(spread).value))
        };
        vec![
            findings.names.group(own.group).to_owned(),
            own.machines.to_string(),
            own.events.to_string(),
            at(hidden, |spread| spread.mean),
            at(hidden, |spread| spread.p95),
            optional(Unit::Share, own.clean_left.value),
            range(Unit::Share, &own.clean_left),
            at(age, |spread| spread.mean),
            at(age, |spread| spread.p95),
            at(gap, |spread| spread.mean),
            range(Unit::Seconds, &gap.map(|spread| spread.mean).unwrap_or_default()),
            at(gap, |spread| spread.p95),
        ]
    };
    let head = [
        "group",
        "machines",
        "events",
        "found after, mean",
        "p95",
        "clean point left",
        "95 %",
        "its age then, mean",
        "p95",
        "good work lost, mean",
        "95 %",
        "p95",
    ];
    table("Damage found late", &head, findings.damage.iter().map(row).collect())
}

fn capacity(findings: &Findings) -> Table {
    let row = |own: &CapacityFinding| {
        let cell = |number: f64| level(own.meter, number);
        vec![
            own.name.clone(),
            own.mean.value.map_or_else(|| NOTHING.into(), cell),
            cell(own.p95),
            cell(own.p99),
            cell(own.peak.level as f64),
            own.capacity.map_or_else(|| NOTHING.into(), |capacity| cell(capacity as f64)),
            own.headroom_p99.map_or_else(|| NOTHING.into(), share),
            own.headroom_peak.map_or_else(|| NOTHING.into(), share),
            share(own.saturated),
            peak_cause(findings, &own.peak),
            format!("{} in replication {}", own.peak.at, own.peak_replication),
        ]
    };
    let head = [
        "resource",
        "mean",
        "p95",
        "p99",
        "peak",
        "capacity",
        "free p99",
        "free peak",
        "full",
        "peak during",
        "peak at",
    ];
    table("Capacity", &head, findings.capacity.iter().map(row).collect())
}

/// Phase, VMs in it, and the outage in force.
pub(super) fn peak_cause(findings: &Findings, peak: &Peak) -> String {
    let mut text = peak.phase.name().to_owned();
    if peak.vms > 0 && peak.phase != crate::measure::RunPhase::Steady {
        text.push_str(&format!(" of {}", counted(u64::from(peak.vms), "VM")));
    }
    if let Some(kind) = peak.outage {
        text.push_str(&format!(", {}", findings.names.outage(kind)));
    }
    text
}

fn vms(findings: &Findings) -> Table {
    let row = |vm: &crate::units::VmId| {
        let own = &findings.vms[vm.index()];
        vec![
            findings.names.vm(*vm).into(),
            own.age_mean_s.map_or_else(|| NOTHING.into(), seconds),
            seconds(own.age_max_s),
            own.beyond_target_share.map_or_else(|| NOTHING.into(), share),
            own.violations.to_string(),
            share(own.availability),
            own.rpo_worst_s.map_or_else(|| NOTHING.into(), seconds),
            own.rto_worst_s.map_or_else(|| NOTHING.into(), seconds),
            value(Unit::Bytes, own.data_lost_bytes as f64),
        ]
    };
    let head = ["VM", "RPO mean", "RPO max", "beyond", "violations", "available", "RPO at failure", "RTO", "lost"];
    let rows = findings.worst_vms.iter().take(ROWS_SHOWN).map(row).collect();
    table(&format!("Worst VMs of {}", findings.vms.len()), &head, rows)
}

fn violations(findings: &Findings) -> Table {
    let row = |(replication, v): &(u64, crate::measure::Violation)| {
        vec![
            findings.names.vm(v.vm).into(),
            replication.to_string(),
            v.begin.to_string(),
            v.end.since(v.begin).to_string(),
            v.age_max.to_string(),
            v.target.to_string(),
            cause_name(findings, v.cause),
            v.cause_since.to_string(),
        ]
    };
    let head = ["VM", "replication", "begins", "lasts", "age reached", "age wanted", "bottleneck", "since"];
    let rows = findings.violations.iter().take(ROWS_SHOWN).map(row).collect();
    table(&format!("Worst violations of {}", findings.violations_count), &head, rows)
}

pub(super) fn cause_name(findings: &Findings, cause: Option<ViolationCause>) -> String {
    match cause {
        Some(ViolationCause::Outage(kind)) => findings.names.outage(kind).into(),
        Some(ViolationCause::Bottleneck(meter)) => findings.names.meter(meter).into(),
        None => NOTHING.into(),
    }
}

fn refusals(findings: &Findings) -> Table {
    let mut rows: Vec<Vec<String>> =
        findings.refused.iter().map(|(name, count)| vec![name.clone(), count.to_string(), String::new()]).collect();
    rows.extend(findings.limit_hits.iter().map(|hit| {
        vec![format!("limit: {}", hit.name), hit.count.to_string(), level(hit.meter, hit.short_max as f64)]
    }));
    rows.extend(
        findings.warned.iter().map(|(name, count)| vec![format!("warned: {name}"), count.to_string(), String::new()]),
    );
    table("Refused and warned", &["reason", "count", "short by"], rows)
}

fn health(findings: &Findings) -> Table {
    let all: f64 = findings.health_h.iter().map(|(_, hours)| hours).sum();
    let row = |(name, hours): &(String, f64)| vec![name.clone(), seconds(hours * 3600.0), share(hours / all.max(1e-9))];
    table("Health", &["how the VMs were", "VM-time", "of it"], findings.health_h.iter().map(row).collect())
}

pub(in crate::report) fn mark_name(mark: Mark) -> &'static str {
    match mark {
        Mark::Documented => "documented",
        Mark::DocumentedSibling => "documented for a sibling product",
        Mark::Inferred => "inferred",
        Mark::Assumed => "assumed",
        Mark::Overridden => "set by the scenario",
    }
}

/// What the result rests on and the product does not document: each number once, what it touches first, then the least
/// sure. A number touches the result when a target or a full resource depends on it.
pub(super) fn resting_on<'a>(findings: &Findings, about: &'a About) -> Vec<&'a LimitNote> {
    let tight = |wanted: fn(Meter) -> bool| {
        let full = |own: &CapacityFinding| own.saturated > 0.0 || own.headroom_peak.is_some_and(|room| room < ROOM);
        findings.capacity.iter().any(|own| wanted(own.meter) && full(own))
    };
    let appliances =
        tight(|m| matches!(m, Meter::ApplianceStorage(_) | Meter::ApplianceOps(_) | Meter::ApplianceBytes(_)));
    let caches = tight(|m| matches!(m, Meter::CacheUsed(_)));
    let lost = !findings.failures.is_empty();
    let touches = |key: &str| match key {
        "processing_delay" => true,
        key if key.starts_with("heartbeat") => lost,
        key if key.starts_with("envelope") => appliances,
        "appliance_buffer" | "difflog_age_max" => caches,
        _ => false,
    };
    let sure = |mark: Mark| match mark {
        Mark::Assumed => Some(0),
        Mark::Inferred => Some(1),
        Mark::DocumentedSibling => Some(2),
        Mark::Overridden => Some(3),
        Mark::Documented => None,
    };
    let mut notes: Vec<(bool, u8, &LimitNote)> = Vec::new();
    for note in &about.assumptions {
        if let Some(sure) = sure(note.mark)
            && !notes.iter().any(|(_, _, known)| known.key == note.key)
        {
            notes.push((!touches(&note.key), sure, note));
        }
    }
    notes.sort_by_key(|(idle, sure, _)| (*idle, *sure));
    notes.into_iter().map(|(_, _, note)| note).collect()
}

fn assumptions(notes: &[&LimitNote]) -> Table {
    let row = |note: &&LimitNote| {
        vec![note.key.clone(), note.value.clone(), mark_name(note.mark).into(), note.source.clone(), note.why.clone()]
    };
    table(
        "Assumptions this result rests on",
        &["number", "value", "how sure", "source", "why"],
        notes.iter().map(row).collect(),
    )
}

/// The lines of the first screen, in this order, if they exist.
pub(super) const ON_SCREEN: [Quantity; 17] = [
    Quantity::RpoLatestProcessed,
    Quantity::RpoLatest,
    Quantity::RpoLatestAppConsistent,
    Quantity::HeldBack,
    Quantity::RpoOverTimePoint,
    Quantity::RpoOverTimeWatermark,
    Quantity::Rto,
    Quantity::DataLost,
    Quantity::InitialReplicationLast,
    Quantity::CatchUp,
    Quantity::Reprotect,
    Quantity::Failback,
    Quantity::Resync,
    Quantity::JournalWindow,
    Quantity::GuestFrozen,
    Quantity::DamageHidden,
    Quantity::CleanPointAge,
];
