//! What was achieved: one row per target, one per quantity and group. The unit stands in the row.

use super::Kind::{Count, Level, Share, Text};
use super::{Rows, Table};
use crate::planner::Verdict;
use crate::planner::findings::{Findings, Spread, TargetFinding};
use crate::report::numbers::{method_name, quantity_names, unit_name};
use crate::report::write::verdict_name;

pub(super) fn targets(findings: &Findings) -> Table<'_> {
    let rows: Rows<&TargetFinding> = Rows::of("targets", "One row per target", &findings.targets);
    rows.column(Text, "of", "Of", |own| if own.scope_name.is_empty() { "all" } else { &own.scope_name })
        .column(Text, "target", "Wanted", |own| own.text.as_str())
        .column(Text, "verdict", "Verdict", |own| verdict_name(own.verdict))
        .column(Text, "unit", "Unit", |own| unit_name(own.unit))
        .column(Level, "wanted_limit", "Wanted limit", |own| own.limit)
        .column(Level, "achieved", "Achieved", |own| own.achieved.value)
        .column(Level, "achieved_low", "Achieved, low bound", |own| own.achieved.low)
        .column(Level, "achieved_high", "Achieved, high bound", |own| own.achieved.high)
        .column(Share, "confidence_share", "Confidence", |own| own.confidence)
        .column(Text, "method", "Method", |own| method_name(own.method))
        .column(Count, "more_replications", "Replications still needed", |own| match own.verdict {
            Verdict::NotYetKnown { more_replications } => more_replications,
            Verdict::Met | Verdict::Missed => 0,
        })
        .column(Count, "worst_replication", "Worst replication", |own| own.worst_replication)
        .column(Count, "line", "Line of the scenario", |own| own.line)
        .done()
}

pub(super) fn distributions(findings: &Findings) -> Table<'_> {
    let rows: Rows<&Spread> =
        Rows::of("distributions", "One row per quantity and group; bounds at 95 % confidence", &findings.spreads);
    rows.column(Text, "quantity", "Quantity", |own| quantity_names(own.quantity).0)
        .column(Text, "group", "Group", |own| findings.names.group(own.group))
        .column(Text, "unit", "Unit", |own| unit_name(own.unit))
        .column(Level, "mean", "Mean", |own| own.mean.value)
        .column(Level, "p50", "p50", |own| own.p50.value)
        .column(Level, "p95", "p95", |own| own.p95.value)
        .column(Level, "p99", "p99", |own| own.p99.value)
        .column(Level, "worst", "Worst", |own| own.worst)
        .column(Level, "mean_low", "Mean, low bound", |own| own.mean.low)
        .column(Level, "mean_high", "Mean, high bound", |own| own.mean.high)
        .column(Level, "p50_low", "p50, low bound", |own| own.p50.low)
        .column(Level, "p50_high", "p50, high bound", |own| own.p50.high)
        .column(Level, "p95_low", "p95, low bound", |own| own.p95.low)
        .column(Level, "p95_high", "p95, high bound", |own| own.p95.high)
        .column(Level, "p99_low", "p99, low bound", |own| own.p99.low)
        .column(Level, "p99_high", "p99, high bound", |own| own.p99.high)
        .column(Count, "samples", "Samples", |own| own.samples)
        .column(Count, "events", "Independent events", |own| own.clusters)
        .column(Text, "method", "Method", |own| method_name(own.method))
        .done()
}
