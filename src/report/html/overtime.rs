//! RPO over time: the drawn replication with its outages, and what was going on in it.
//!
//! Recovery-point age and watermark age stand in rows of their own. Units: seconds since the start of the run.

use std::collections::BTreeMap;

use super::piece::{Figure, Piece, Section};
use super::spreads::{limits, terms};
use super::table::{Cell, Table, numbers, words as text};
use super::{figure_or, spreads, words};
use crate::contract::OutageKind;
use crate::intent::Measure;
use crate::measure::{RunPhase, Series, ViolationCause};
use crate::planner::Findings;
use crate::planner::findings::Quantity;
use crate::report::charts::{Caption, Lane, Limit, Show, Spell, TimeChart, moment, span, time_chart};
use crate::report::remedy::remedy;
use crate::units::{Duration, Timestamp};

/// Outages drawn in lanes of their own, the longest; the others share one.
const LANES: usize = 6;

pub(super) fn section(findings: &Findings) -> Section {
    let mut pieces = vec![Piece::words(
        "The age of the newest usable recovery point, at every moment: so much would be lost if everything failed then. \
         The interval at which points are wanted is a setting; this is what was achieved.",
    )];
    pieces.push(figure_or(figure(findings), "No replication kept its lines, so there is nothing to draw."));
    if let Some(table) = findings.series.as_ref().and_then(|(_, series)| outages(findings, series)) {
        pieces.push(Piece::Folded("Outages of this replication: names, begin, end".into(), vec![Piece::Table(table)]));
    }
    let by = |names, quantity| spreads::tables(findings, names, &[quantity]);
    pieces.extend(by(
        [
            ("ages", "Recovery-point age over time, achieved in all replications"),
            ("ages-by-group", "Recovery-point age over time by group"),
        ],
        Quantity::RpoOverTimePoint,
    ));
    pieces.push(Piece::Heading("What was received but is not yet usable".into()));
    pieces.push(Piece::words(
        "The watermark age is a different number: it says how old the newest received byte is, whether or not a point \
         can be made of it.",
    ));
    pieces.extend(by(
        [
            ("marks", "Watermark age over time, achieved in all replications"),
            ("marks-by-group", "Watermark age over time by group"),
        ],
        Quantity::RpoOverTimeWatermark,
    ));
    Section::new("rpo-time", "RPO over time", pieces)
}

/// The age of the VM that is worst off; outages shaded, their names in lanes.
pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let (replication, series) = findings.series.as_ref()?;
    let bin_s = series.bin.secs_f64();
    let values: Vec<f64> = series.worst_point_age.iter().map(|ns| *ns as f64 / 1e9).collect();
    let peak = values.iter().copied().fold(0.0, f64::max);
    let wanted = limits(findings, &[Measure::RpoAtFailure, Measure::RpoOverTime]);
    let (beyond, means) = beyond(findings, series, &values, wanted.first().map(|limit| limit.0));
    let says = if peak > 0.0 {
        format!(
            "Replication {replication}, the worst one: age of the newest usable point of the VM that \
             is worst off, the greatest value of each {}. It peaks at {}. Where the line has a gap no VM was protected, \
             serving and with a point. {beyond}",
            span(bin_s),
            span(peak)
        )
    } else {
        format!("Replication {replication}: no VM was protected, serving and with a point, so there is no age to show.")
    };
    let title = "Recovery-point age over time, worst VM, achieved";
    let limit = |(value, words): (f64, String)| Limit { value, words, class: "limit" };
    let svg = time_chart(&TimeChart {
        caption: Caption { id: "rpo-line", title, says: &says },
        show: Show::Seconds,
        counts: "age (logarithmic)",
        bin_s,
        values: &values,
        age: true,
        limits: &wanted.into_iter().map(limit).collect::<Vec<_>>(),
        shades: &shades(findings, series),
        lanes: &lanes(findings, series),
        height: 230.0,
        settled_s: findings.settle_s,
    });
    let table = Some(binned("Greatest recovery-point age by part of the run", Show::Seconds, bin_s, &values));
    let terms = terms(&[Quantity::RpoOverTimePoint]);
    Some(Figure { title: title.into(), terms, svg, says, means: means.into(), table, ..Figure::default() })
}

/// When the age was beyond the tightest wanted limit and what was down then; and what would have helped.
fn beyond(findings: &Findings, series: &Series, values: &[f64], limit: Option<f64>) -> (String, String) {
    const TOLD: usize = 3;
    let Some(limit) = limit else { return (String::new(), String::new()) };
    let bin = series.bin;
    let spells: Vec<(Timestamp, Timestamp)> = values
        .chunk_by(|a, b| (*a > limit) == (*b > limit))
        .scan(0, |place, chunk| {
            let from = *place;
            *place += chunk.len();
            Some((chunk[0] > limit, from, *place))
        })
        .filter(|(above, ..)| *above)
        .map(|(_, from, to)| (Timestamp::START + bin * from as u64, Timestamp::START + bin * to as u64))
        .collect();
    if spells.is_empty() {
        return (format!("It never went beyond the wanted {}.", span(limit)), String::new());
    }
    let mut causes: BTreeMap<OutageKind, Duration> = BTreeMap::new();
    let mut told = Vec::new();
    for (from, to) in &spells {
        let mut here: Vec<OutageKind> = Vec::new();
        for (kind, begin, end) in &series.outages {
            if begin < to && from < end {
                *causes.entry(*kind).or_default() += to.since(*from);
                here.push(*kind);
            }
        }
        here.sort_unstable();
        here.dedup();
        let names: Vec<&str> = here.iter().map(|kind| findings.names.outage(*kind)).collect();
        let why = if names.is_empty() { "nothing was down".to_owned() } else { names.join(", ") };
        told.push(format!("from {} for about {} ({why})", moment(*from), span(to.since(*from).secs_f64())));
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    let more = if more > 0 {
        format!(" and {}", words::plural(more as u64, "more time", "more times"))
    } else {
        String::new()
    };
    let says = format!("It was beyond the wanted {} {}{more}.", span(limit), told.join("; "));
    let cause = causes.into_iter().max_by_key(|(kind, lasted)| (*lasted, std::cmp::Reverse(*kind)));
    let means = cause.map_or_else(
        || "No outage explains it: see Violations for the bottleneck.".into(),
        |(kind, _)| format!("What helps: {}.", remedy(ViolationCause::Outage(kind)).joined()),
    );
    (says, means)
}

/// What was going on in the drawn replication: outages and phases, one lane each.
pub(super) fn going_on(findings: &Findings) -> Option<Figure> {
    let (replication, series) = findings.series.as_ref()?;
    let mut lanes = lanes(findings, series);
    let mut table = Table::new(
        "going-on",
        "How long each phase lasted in this replication",
        vec![text("Phase"), numbers("Times", "count"), numbers("Lasted in all", "d h m s")],
    );
    // Outages stand in their own lanes.
    for phase in RunPhase::ALL.into_iter().filter(|of| !matches!(of, RunPhase::LinkOutage | RunPhase::OtherOutage)) {
        let spells: Vec<Spell> = series
            .phases
            .iter()
            .filter(|(of, ..)| *of == phase)
            .map(|(_, begin, end)| spell(phase.name(), *begin, *end))
            .collect();
        if spells.is_empty() {
            continue;
        }
        let lasted: f64 = spells.iter().map(|spell| spell.end_s - spell.begin_s).sum();
        table.row(vec![
            Cell::text(phase.name()),
            Cell::number(Show::Count, spells.len() as f64),
            Cell::number(Show::Seconds, lasted),
        ]);
        lanes.push(Lane { name: phase.name().into(), class: "phase", spells });
    }
    let title = "What was going on";
    let says = format!(
        "Replication {replication}: outages above, and below them what the VMs were in the midst of. The charts that \
         follow stand on the same axis of time."
    );
    let none = vec![0.0; series.worst_point_age.len()];
    let svg = time_chart(&TimeChart {
        caption: Caption { id: "going", title, says: &says },
        show: Show::Count,
        counts: "",
        bin_s: series.bin.secs_f64(),
        values: &none,
        age: false,
        limits: &[],
        shades: &[],
        lanes: &lanes,
        height: 0.0,
        settled_s: 0.0,
    });
    (!lanes.is_empty()).then(|| Figure { title: title.into(), svg, says, table: Some(table), ..Figure::default() })
}

fn spell(name: &str, begin: Timestamp, end: Timestamp) -> Spell {
    let lasted = span(end.saturating_since(begin).secs_f64());
    let tip = format!("{name}, {}, lasted {lasted}", moment(begin));
    Spell { begin_s: begin.secs_f64(), end_s: end.secs_f64(), tip }
}

/// The outages of the drawn replication.
pub(super) fn shades(findings: &Findings, series: &Series) -> Vec<Spell> {
    series.outages.iter().map(|(kind, begin, end)| spell(findings.names.outage(*kind), *begin, *end)).collect()
}

/// The outages by name, longest first.
pub(super) fn lanes(findings: &Findings, series: &Series) -> Vec<Lane> {
    let mut by_name: BTreeMap<&str, Vec<Spell>> = BTreeMap::new();
    for (kind, begin, end) in &series.outages {
        let name = findings.names.outage(*kind);
        by_name.entry(name).or_default().push(spell(name, *begin, *end));
    }
    let mut lanes: Vec<Lane> =
        by_name.into_iter().map(|(name, spells)| Lane { name: name.into(), class: "outage", spells }).collect();
    let lasted = |lane: &Lane| lane.spells.iter().map(|spell| spell.end_s - spell.begin_s).sum::<f64>();
    lanes.sort_by(|a, b| lasted(b).total_cmp(&lasted(a)).then(a.name.cmp(&b.name)));
    if lanes.len() > LANES {
        let rest: Vec<Lane> = lanes.drain(LANES - 1..).collect();
        let name = format!("{} others", rest.len());
        lanes.push(Lane { name, class: "outage", spells: rest.into_iter().flat_map(|lane| lane.spells).collect() });
    }
    lanes
}

/// A line as a table of at most twenty parts.
pub(super) fn binned(caption: &str, show: Show, bin_s: f64, values: &[f64]) -> Table {
    let columns = vec![text("From"), text("To"), numbers("Greatest value", "")];
    let mut table = Table::new("", caption, columns);
    let part = values.len().div_ceil(20).max(1);
    for (place, chunk) in values.chunks(part).enumerate() {
        let from = (place * part) as f64 * bin_s;
        let greatest = chunk.iter().copied().fold(0.0, f64::max);
        let to = from + chunk.len() as f64 * bin_s;
        table.row(vec![Cell::text(span(from)), Cell::text(span(to)), Cell::number(show, greatest)]);
    }
    table
}

fn outages(findings: &Findings, series: &Series) -> Option<Table> {
    const SHOWN: usize = 60;
    let mut sorted: Vec<_> = series.outages.iter().collect();
    sorted.sort_by_key(|(kind, begin, end)| (std::cmp::Reverse(end.saturating_since(*begin)), *begin, *kind));
    let columns = vec![
        text("Outage"),
        numbers("Begin", "day, time of run"),
        numbers("End", "day, time of run"),
        numbers("Lasted", "d h m s"),
    ];
    let mut table = Table::new("outages", "Outages of the drawn replication, longest first", columns);
    for (kind, begin, end) in sorted.iter().take(SHOWN) {
        let lasted = Cell::number(Show::Seconds, end.saturating_since(*begin).secs_f64());
        let name = Cell::text(findings.names.outage(*kind));
        table.row(vec![name, Cell::moment(*begin), Cell::moment(*end), lasted]);
    }
    if sorted.len() > SHOWN {
        table.note = format!("The {SHOWN} longest of {}; the others are shaded in the picture.", sorted.len());
    }
    (!sorted.is_empty()).then_some(table)
}
