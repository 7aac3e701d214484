//! Resources: over time with their capacity, peaks by phase, headroom.
//!
//! The lines come from one replication, the peaks from all of them; where they differ both are told. Units: those of
//! the meter; links in bits per second. At most [`CHARTS`] lines are drawn, least headroom first.

use super::Figures;
use super::spreads::{binned, shades};
use super::table::{Cell, Figure, Row, Table, numbers, words as text};
use super::words;
use crate::contract::Meter;
use crate::measure::{RunPhase, SeriesLine};
use crate::planner::Findings;
use crate::planner::findings::{CapacityFinding, unit_of};
use crate::report::charts::{Caption, Show, TimeChart, moment, share, span, time_chart};

/// Lines drawn in all, and of these open from the start of each kind.
const CHARTS: usize = 48;
const OPEN: usize = 2;

pub(super) struct OverTime {
    pub kinds: Vec<Kind>,
    pub note: String,
}

/// Resources of one kind.
pub(super) struct Kind {
    pub heading: &'static str,
    pub open: Figures,
    pub folded: Figures,
}

pub(super) fn over_time(findings: &Findings) -> OverTime {
    let Some((replication, series)) = &findings.series else {
        return OverTime {
            kinds: Vec::new(),
            note: "No replication kept its lines; the peaks stand in the tables below.".into(),
        };
    };
    let found = |line: &SeriesLine| findings.capacity.iter().find(|capacity| capacity.meter == line.meter);
    let mut lines: Vec<(&SeriesLine, Option<&CapacityFinding>)> =
        series.lines.iter().map(|line| (line, found(line))).collect();
    let free = |of: Option<&CapacityFinding>| of.and_then(|of| of.headroom_peak).unwrap_or(f64::INFINITY);
    lines.sort_by(|a, b| {
        words::kind(a.0.meter)
            .0
            .cmp(&words::kind(b.0.meter).0)
            .then(free(a.1).total_cmp(&free(b.1)))
            .then(a.0.meter.cmp(&b.0.meter))
    });
    let shades = shades(findings, series);
    let all = lines.len();
    // When there are too many, each kind keeps its tightest ones.
    let fair = CHARTS / 7 + usize::from(all <= CHARTS) * CHARTS;
    let mut kinds: Vec<Kind> = Vec::new();
    let mut drawn = 0;
    for (line, capacity) in lines {
        let heading = words::kind(line.meter).1;
        if kinds.last().is_none_or(|kind| kind.heading != heading) {
            kinds.push(Kind { heading, open: Vec::new(), folded: Vec::new() });
        }
        let kind = kinds.last_mut().expect("one was pushed if there was none");
        if kind.open.len() + kind.folded.len() >= fair {
            continue;
        }
        let figure = figure(findings, *replication, line, capacity, &shades, drawn);
        drawn += 1;
        if kind.open.len() < OPEN { kind.open.push(figure) } else { kind.folded.push(figure) }
    }
    let cut = if drawn < all { format!(" The tightest {drawn} of {all} are drawn.") } else { String::new() };
    let note = format!(
        "Lines of replication {replication}, the greatest value of each {}; shaded: outages.{cut}",
        span(series.bin.secs_f64())
    );
    OverTime { kinds, note }
}

fn figure(
    findings: &Findings,
    replication: u64,
    line: &SeriesLine,
    capacity: Option<&CapacityFinding>,
    shades: &[crate::report::charts::Shade],
    place: usize,
) -> Figure {
    let name = capacity.map_or_else(|| findings.names.meter(line.meter), |capacity| &capacity.name);
    let title = name.to_string();
    let show = show(line.meter, capacity);
    let series_bin = findings.series.as_ref().map_or(1.0, |(_, series)| series.bin.secs_f64());
    let values: Vec<f64> = line.values.iter().map(|value| *value as f64).collect();
    let limit = capacity.and_then(|capacity| capacity.capacity).map(|limit| limit as f64);
    let limits = limit.map(|limit| (limit, format!("capacity {}", show.text(limit))));
    let says = capacity.map_or_else(String::new, |capacity| peak_sentence(findings, replication, capacity, show));
    let svg = time_chart(&TimeChart {
        caption: Caption { id: &format!("line-{place}"), title: &title, says: &says },
        show,
        bin_s: series_bin,
        values: &values,
        limits: limits.into_iter().collect(),
        shades,
        named_shades: false,
        height: 190.0,
        settled_s: findings.settle_s,
    });
    let table = Some(binned(&format!("Greatest value by part of the run: {title}"), show, series_bin, &values));
    Figure { title, svg, says, table }
}

fn show(meter: Meter, capacity: Option<&CapacityFinding>) -> Show {
    let unit = capacity.map_or_else(|| unit_of(meter), |capacity| capacity.unit);
    Show::meter(meter, unit)
}

/// Moment, phase and cause of a peak.
fn when(findings: &Findings, capacity: &CapacityFinding) -> String {
    let peak = &capacity.peak;
    let many = peak.vms > 0 && peak.phase != RunPhase::Steady;
    let vms = if many { format!(" of {}", words::plural(u64::from(peak.vms), "VM", "VMs")) } else { String::new() };
    let cause = peak.outage.map_or_else(String::new, |kind| format!(", {}", findings.names.outage(kind)));
    format!("{}, replication {}, {}{vms}{cause}", moment(peak.at), capacity.peak_replication, peak.phase.name())
}

fn peak_sentence(findings: &Findings, drawn: u64, capacity: &CapacityFinding, show: Show) -> String {
    let elsewhere = if capacity.peak_replication == drawn { "" } else { " (not the replication drawn)" };
    let free = match capacity.headroom_peak {
        Some(free) if free < 0.0 => format!(" That is {} beyond the capacity.", share(-free)),
        Some(free) if free < 0.000_5 => " Nothing was free then.".into(),
        Some(free) => format!(" {} of the capacity was free then.", share(free)),
        None => " No capacity was declared.".into(),
    };
    format!(
        "Peak of all replications: {}, {}{elsewhere}.{free} p99 over time: {}.",
        show.text(capacity.peak.level as f64),
        when(findings, capacity),
        show.text(capacity.p99)
    )
}

/// Greatest level of each resource by phase.
pub(super) fn phases(findings: &Findings) -> Option<Table> {
    let occurred =
        |phase: &RunPhase| findings.capacity.iter().any(|of| of.peak_by_phase.iter().any(|(p, _)| p == phase));
    let phases: Vec<RunPhase> = RunPhase::ALL.into_iter().filter(occurred).collect();
    let mut columns = vec![text("Resource"), numbers("Capacity", "")];
    columns.extend(phases.iter().map(|phase| numbers(phase.name(), "peak")));
    let mut table = Table::new("phases", "Greatest level of each resource by phase, over all replications", columns);
    for capacity in sorted(findings) {
        let show = Show::meter(capacity.meter, capacity.unit);
        let mut cells =
            vec![Cell::text(capacity.name.clone()), Cell::maybe(show, capacity.capacity.map(|of| of as f64))];
        for phase in &phases {
            let level = capacity.peak_by_phase.iter().find(|(of, _)| of == phase).map(|(_, level)| *level);
            let greatest = level.is_some_and(|level| level > 0 && level == capacity.peak.level);
            cells.push(Cell::maybe(show, level.map(|level| level as f64)).class(if greatest { "most" } else { "" }));
        }
        table.row(cells);
    }
    table.sortable = true;
    table.note = "Bold: the phase of the peak. A dash: the phase did not occur.".into();
    (!table.rows.is_empty()).then_some(table)
}

/// In the order of the report: kind, then least headroom.
fn sorted(findings: &Findings) -> Vec<&CapacityFinding> {
    let mut sorted: Vec<&CapacityFinding> = findings.capacity.iter().collect();
    let free = |of: &CapacityFinding| of.headroom_peak.unwrap_or(f64::INFINITY);
    sorted.sort_by(|a, b| {
        words::kind(a.meter)
            .0
            .cmp(&words::kind(b.meter).0)
            .then(free(a).total_cmp(&free(b)))
            .then(a.meter.cmp(&b.meter))
    });
    sorted
}

/// Every resource with its headroom.
pub(super) fn resources(findings: &Findings) -> Table {
    let columns = vec![
        text("Resource"),
        numbers("Capacity", ""),
        numbers("Mean", "over time"),
        numbers("p95", "over time"),
        numbers("p99", "over time"),
        numbers("Peak", "all runs"),
        text("When, and what was going on"),
        numbers("Headroom at p99", "% of capacity"),
        numbers("Headroom at peak", "% of capacity"),
        numbers("Saturated", "% of time"),
    ];
    let mut table = Table::new("resource-table", "Resources with their headroom, tightest of each kind first", columns);
    for capacity in sorted(findings) {
        let show = Show::meter(capacity.meter, capacity.unit);
        let class = match capacity.headroom_peak {
            Some(free) if free <= 0.000_5 => "bad",
            Some(free) if free < 0.1 => "warn",
            Some(_) | None => "",
        };
        let cells = vec![
            Cell::text(capacity.name.clone()),
            Cell::maybe(show, capacity.capacity.map(|of| of as f64)),
            Cell::maybe(show, capacity.mean.value),
            Cell::number(show, capacity.p95),
            Cell::number(show, capacity.p99),
            Cell::number(show, capacity.peak.level as f64),
            Cell::text(when(findings, capacity)).class("mid"),
            Cell::maybe(Show::Share, capacity.headroom_p99),
            Cell::maybe(Show::Share, capacity.headroom_peak).sub(headroom_word(class)).class(class),
            Cell::number(Show::Share, capacity.saturated),
        ];
        table.rows.push(Row { flagged: !class.is_empty(), cells, group: String::new() });
    }
    table.sortable = true;
    table.note =
        "Peaks include the settling time: a cache that overflows then overflows. A dash: no capacity was declared."
            .into();
    table
}

/// Never by colour alone.
fn headroom_word(class: &str) -> &'static str {
    match class {
        "bad" => "full",
        "warn" => "tight",
        _ => "",
    }
}
