//! What every resource needs: one row per resource, one per resource and phase, one per reason of a refusal.
//!
//! The unit stands in the row, since cores, bytes and rates share the columns.

use super::Kind::{Count, Level, Moment, Share, Text};
use super::{Cell, Rows, Table};
use crate::measure::RunPhase;
use crate::planner::Findings;
use crate::planner::findings::{CapacityFinding, Unit};
use crate::report::numbers::unit_name;

pub(super) fn resources(findings: &Findings) -> Table<'_> {
    let names = &findings.names;
    let rows: Rows<&CapacityFinding> =
        Rows::of("resources", "One row per resource, over all replications", &findings.capacity);
    rows.column(Text, "resource", "Resource", |own| own.name.as_str())
        .column(Text, "unit", "Unit", |own| unit_name(own.unit))
        .column(Level, "capacity", "Capacity", |own| own.capacity)
        .column(Level, "mean", "Mean", |own| own.mean.value)
        .column(Level, "p95", "p95", |own| own.p95)
        .column(Level, "p99", "p99", |own| own.p99)
        .column(Level, "peak", "Peak", |own| own.peak.level)
        .column(Moment, "peak_at_s", "Peak at", |own| own.peak.at)
        .column(Count, "peak_replication", "Peak in replication", |own| own.peak_replication)
        .column(Text, "peak_phase", "Peak during", |own| own.peak.phase.name())
        .column(Count, "peak_phase_vms", "VMs in that phase", |own| own.peak.vms)
        .column(Text, "peak_outage", "Outage at the peak", |own| own.peak.outage.map(|kind| names.outage(kind)))
        .column(Share, "headroom_p99_share", "Free at p99", |own| own.headroom_p99)
        .column(Share, "headroom_peak_share", "Free at the peak", |own| own.headroom_peak)
        .column(Share, "saturated_share", "Time full", |own| own.saturated)
        .done()
}

/// Only phases that occurred.
pub(super) fn phases(findings: &Findings) -> Table<'_> {
    let phases = findings.capacity.iter().flat_map(|own| own.peak_by_phase.iter().map(move |phase| (own, *phase)));
    let rows: Rows<(&CapacityFinding, (RunPhase, u64))> =
        Rows::of("phases", "One row per resource and phase of the run: its greatest level then", phases);
    rows.column(Text, "resource", "Resource", |(own, _)| own.name.as_str())
        .column(Text, "unit", "Unit", |(own, _)| unit_name(own.unit))
        .column(Text, "phase", "Phase", |(_, (phase, _))| phase.name())
        .column(Level, "peak", "Peak", |(_, (_, peak))| *peak)
        .column(Level, "capacity", "Capacity", |(own, _)| own.capacity)
        .done()
}

/// One reason for which something was refused.
struct Refusal<'a> {
    reason: &'a str,
    unit: Unit,
    count: u64,
    replications: Option<u64>,
    short_max: Option<u64>,
}

/// Orders that were refused, then limits that were in the way.
pub(super) fn refusals(findings: &Findings) -> Table<'_> {
    let orders = findings.refused.iter().map(|(reason, count)| Refusal {
        reason,
        unit: Unit::Count,
        count: *count,
        replications: None,
        short_max: None,
    });
    let limits = findings.limit_hits.iter().map(|hit| Refusal {
        reason: &hit.name,
        unit: hit.unit,
        count: hit.count,
        replications: Some(hit.replications),
        short_max: Some(hit.short_max),
    });
    let rows: Rows<Refusal> = Rows::of("refusals", "One row per reason of a refusal", orders.chain(limits));
    rows.column(Text, "reason", "Reason, or the limit in the way", |own| Cell::from(own.reason))
        .column(Count, "refused", "Times refused", |own| own.count)
        .column(Count, "replications", "In replications", |own| own.replications)
        .column(Text, "unit", "Unit", |own| own.short_max.map(|_| unit_name(own.unit)))
        .column(Level, "short_max", "Short by at most", |own| own.short_max)
        .done()
}
