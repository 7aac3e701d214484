//! Resources: over time with their capacity, peaks by phase, headroom.
//!
//! The lines come from one replication, the peaks from all of them; where they differ both are told. Units: those of
//! the meter; links in bits per second. At most [`CHARTS`] lines are drawn, least headroom first.

use super::overtime::{binned, going_on, shades};
use super::piece::{Figure, Piece, Section};
use super::table::{Cell, Row, Table, numbers, words as text};
use super::{tail, words};
use crate::measure::{RunPhase, Series, SeriesLine, ViolationCause};
use crate::planner::Findings;
use crate::planner::findings::{CapacityFinding, Quantity, unit_of};
use crate::report::charts::{Caption, Limit, Show, Spell, TimeChart, moment, share, span, time_chart};
use crate::report::remedy::remedy;

/// Lines drawn in all, and of these open from the start of each kind.
const CHARTS: usize = 48;
const OPEN: usize = 2;
/// Free share of the capacity at the peak: nothing; little; so much that more would not help.
const FULL: f64 = 0.000_5;
const TIGHT: f64 = 0.1;
const AMPLE: f64 = 0.5;

/// A line of the drawn replication and what is known of its meter.
type Line<'a> = (&'a SeriesLine, Option<&'a CapacityFinding>);

/// By kind, then least headroom.
fn lines<'a>(findings: &'a Findings, series: &'a Series) -> Vec<Line<'a>> {
    let found = |line: &SeriesLine| findings.capacity.iter().find(|capacity| capacity.meter == line.meter);
    let mut lines: Vec<Line> = series.lines.iter().map(|line| (line, found(line))).collect();
    let key = |line: &Line| {
        let free = line.1.and_then(|of| of.headroom_peak).unwrap_or(f64::INFINITY);
        (words::kind(line.0.meter).0, free, line.0.meter)
    };
    lines.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
    });
    lines
}

/// Every line of the drawn replication as a picture.
pub(super) fn figures(findings: &Findings) -> Vec<Figure> {
    let Some((replication, series)) = &findings.series else { return Vec::new() };
    let shades = shades(findings, series);
    let lines = lines(findings, series);
    lines.iter().enumerate().map(|(n, line)| figure(findings, *replication, series, *line, &shades, n)).collect()
}

const BACKLOG: u8 = 4;

pub(super) fn over_time(findings: &Findings) -> Section {
    let Some((replication, series)) = &findings.series else {
        let missing = "No replication kept its lines; the peaks stand in the tables below.";
        return Section::new("capacity", "Resources over time", vec![Piece::words(missing)]);
    };
    let mut pieces = vec![Piece::words(format!(
        "Lines of replication {replication}, the worst one: the greatest value of each {}. Shaded: \
         outages. The peak of this replication is marked; a dotted line tells the peak of all replications where it is \
         another one.",
        span(series.bin.secs_f64())
    ))];
    pieces.extend(going_on(findings).map(Piece::Figure));
    pieces.extend(kinds(findings, |kind| kind != BACKLOG));
    Section::new("capacity", "Resources over time", pieces)
}

/// What waited at the source, and how long catching up took.
pub(super) fn backlog(findings: &Findings) -> Section {
    let mut pieces = vec![Piece::words(
        "What was written and not yet sent waits at the source. After an outage it is caught up with whatever the path \
         carries beyond the churn, so half the spare bandwidth makes catching up last twice as long.",
    )];
    let charts = kinds(findings, |kind| kind == BACKLOG);
    if charts.is_empty() {
        pieces.push(Piece::words("Nothing waited in the drawn replication."));
    }
    pieces.extend(charts);
    match findings.spread(Quantity::CatchUp).filter(|spread| spread.samples > 0) {
        Some(spread) => pieces.push(Piece::words(format!(
            "Catch-up, from the end of an outage until nothing on its path is saturated: half at most {}, 95 % at most \
             {}, worst {} ({}).",
            Show::Seconds.maybe(spread.p50.value),
            Show::Seconds.maybe(spread.p95.value),
            Show::Seconds.maybe(spread.worst),
            words::plural(spread.samples, "sample", "samples")
        ))),
        None => pieces.push(Piece::words("No outage left a backlog that saturated its path.")),
    }
    Section::new("backlog", "Backlog and catch-up", pieces)
}

/// The charts of the kinds wanted, the first of each kind open, under headings when there are several.
fn kinds(findings: &Findings, wanted: impl Fn(u8) -> bool) -> Vec<Piece> {
    let Some((replication, series)) = &findings.series else { return Vec::new() };
    let shades = shades(findings, series);
    let all = lines(findings, series);
    // When there are too many, each kind keeps its tightest ones.
    let fair = CHARTS / 7 + usize::from(all.len() <= CHARTS) * CHARTS;
    let mut pieces = Vec::new();
    let numbered: Vec<(usize, Line)> = all.into_iter().enumerate().collect();
    for of_kind in numbered.chunk_by(|a, b| words::kind(a.1.0.meter) == words::kind(b.1.0.meter)) {
        let (kind, heading) = words::kind(of_kind[0].1.0.meter);
        if !wanted(kind) {
            continue;
        }
        let deep = kind != BACKLOG;
        let draw = |(n, line): &(usize, Line)| {
            Piece::Figure(Figure { deep, ..figure(findings, *replication, series, *line, &shades, *n) })
        };
        let (open, rest) = of_kind.split_at(of_kind.len().min(OPEN));
        let folded = &rest[..rest.len().min(fair.saturating_sub(OPEN))];
        pieces.extend(deep.then(|| Piece::Heading(heading.into())));
        pieces.extend(open.iter().map(draw));
        if !folded.is_empty() {
            let summary = format!("{} more, with more headroom: {heading}", folded.len());
            pieces.push(Piece::Folded(summary, folded.iter().map(draw).collect()));
        }
        if folded.len() < rest.len() {
            let (drawn, all) = (OPEN + folded.len(), of_kind.len());
            pieces.push(Piece::words(format!("The tightest {drawn} of {all} are drawn here; all stand in `charts/`.")));
        }
    }
    pieces
}

fn figure(
    findings: &Findings,
    replication: u64,
    series: &Series,
    (line, capacity): Line,
    shades: &[Spell],
    place: usize,
) -> Figure {
    let name = capacity.map_or_else(|| findings.names.meter(line.meter), |capacity| &capacity.name);
    let title = name.to_string();
    let unit = capacity.map_or_else(|| unit_of(line.meter), |capacity| capacity.unit);
    let show = Show::meter(line.meter, unit);
    let bin_s = series.bin.secs_f64();
    let values: Vec<f64> = line.values.iter().map(|value| *value as f64).collect();
    let drawn = values.iter().copied().fold(0.0, f64::max);
    let limit = |value: f64, words: &str, class| Limit { value, words: format!("{words} {}", show.text(value)), class };
    let declared = capacity.and_then(|of| of.capacity).map(|of| limit(of as f64, "capacity", "limit"));
    let elsewhere = capacity.map(|of| of.peak.level as f64).filter(|peak| *peak > drawn * 1.005);
    let elsewhere = elsewhere.map(|peak| limit(peak, "peak of all runs", "seen"));
    let says = capacity.map_or_else(String::new, |capacity| peak_sentence(findings, replication, capacity, show));
    let svg = time_chart(&TimeChart {
        caption: Caption { id: &format!("line-{place}"), title: &title, says: &says },
        show,
        counts: words::counts(line.meter),
        bin_s,
        values: &values,
        age: false,
        limits: &declared.into_iter().chain(elsewhere).collect::<Vec<_>>(),
        shades,
        lanes: &[],
        height: 140.0,
        settled_s: findings.settle_s,
    });
    let table = Some(binned(&format!("Greatest value by part of the run: {title}"), show, bin_s, &values));
    let means = capacity.map_or_else(String::new, |capacity| means(capacity, show)).into();
    Figure { title, svg, says, means, table, ..Figure::default() }
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
        Some(free) if free < -FULL => format!(" That is {} beyond the capacity.", share(-free)),
        Some(free) if free < FULL => " Nothing was free then.".into(),
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

/// What the headroom means and what to do about it.
fn means(capacity: &CapacityFinding, show: Show) -> String {
    let Some(free) = capacity.headroom_peak else { return String::new() };
    if free < FULL {
        let often = capacity.saturated;
        let often =
            if often > 0.0 { format!("Full for {} of the time", share(often)) } else { "Full at its peak".into() };
        let helps = remedy(ViolationCause::Bottleneck(capacity.meter)).joined();
        return format!("{often}. Where that hurts a target: {helps}.");
    }
    if free < TIGHT {
        let wanted = capacity.peak.level as f64 / (1.0 - 2.0 * TIGHT);
        return format!("Tight: {} would leave a fifth free at the peak.", show.text(wanted));
    }
    if free > AMPLE { "There is room: more of it would not help.".into() } else { String::new() }
}

/// Greatest level of each resource by phase.
pub(super) fn phases(findings: &Findings) -> Section {
    let intro = "What was going on when each resource was used most. A cache is rarely sized by the quiet days.";
    let table = by_phase(findings).map_or_else(|| Piece::words("No resource said anything."), Piece::Table);
    Section::new("peaks", "Peaks by phase", vec![Piece::words(intro), table])
}

fn by_phase(findings: &Findings) -> Option<Table> {
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
            let cell = Cell::maybe(show, level.map(|level| level as f64));
            let class = if greatest { "most" } else { "" };
            cells.push(if level == Some(0) { Cell { text: "0".into(), ..cell } } else { cell.class(class) });
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

/// Every resource with its headroom, and what else is summed up over all runs.
pub(super) fn headroom(findings: &Findings) -> Section {
    let mut pieces = vec![Piece::Table(resources(findings))];
    pieces.extend(tail::totals(findings).into_iter().map(Piece::Table));
    Section::new("resources", "Headroom", pieces)
}

fn resources(findings: &Findings) -> Table {
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
            Some(free) if free < FULL => "bad",
            Some(free) if free < TIGHT => "warn",
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
