//! The way back of one event: served by the target, re-protected, protected in reverse, failed back; and the slots.
//!
//! Units: seconds since the failure. The slots are those of the drawn replication, the greatest number of each bin, so
//! they are shown only when the event is of that replication. A part that did not happen within the run is not drawn.

use super::failures::{Event, durations, event};
use super::overtime::lanes;
use super::piece::{Figure, Piece, Section};
use super::spreads::terms;
use super::table::{Cell, Table, numbers, words as text};
use super::words;
use crate::contract::{Direction, Meter};
use crate::measure::{Failure, RtoParts, Series, Span};
use crate::planner::Findings;
use crate::planner::findings::Quantity;
use crate::report::charts::{Bar, Caption, Gantt, Lane, Part, Show, Spell, Taken, gantt, moment, span};

const LEGEND: [(&str, &str); 5] = [
    ("down", "g0"),
    ("on the target, unprotected", "g1"),
    ("re-protect", "g3"),
    ("protected in reverse", "g5"),
    ("failback", "g4"),
];
/// Machines shown one by one.
const BARS: usize = 12;

pub(super) fn section(findings: &Findings) -> Section {
    let mut pieces = vec![Piece::words(
        "After a failover a machine runs unprotected on the target until it is re-protected: every disk takes a slot of \
         the appliance until it is home again. A second failure in that time is not covered.",
    )];
    match figure(findings) {
        Some(figure) => pieces.push(Piece::Figure(figure)),
        None => pieces.push(Piece::words("No machine went home within a run, so there is no timeline of it.")),
    }
    for quantity in [Quantity::Reprotect, Quantity::Failback] {
        let (name, meaning) = words::quantity(quantity);
        let spread = findings.spread(quantity).filter(|spread| spread.samples > 0);
        let told = spread.map_or_else(|| "did not happen".into(), durations);
        pieces.push(Piece::words(format!("{name}: {told}. {meaning}")));
    }
    Section::new("way-back", "The way back", pieces)
}

/// What became of one machine: moments in seconds since the failure.
struct Way<'a> {
    failure: &'a Failure,
    serving: f64,
    reprotect: Option<(f64, f64)>,
    failback: Option<(f64, f64)>,
}

fn way<'a>(findings: &Findings, replication: u64, (failure, rto): &(&'a Failure, RtoParts)) -> Way<'a> {
    let since = |at: crate::units::Timestamp| at.saturating_since(failure.at).secs_f64();
    let serving = rto.total().secs_f64();
    let first = |spans: &[Span], after: f64| {
        let own = spans.iter().filter(|own| own.vm == Some(failure.vm) && own.begin >= failure.at);
        let own = own.map(|own| (since(own.begin), since(own.begin) + own.span.secs_f64()));
        own.filter(|own| own.0 + 1.0 >= after).min_by(|a, b| a.0.total_cmp(&b.0))
    };
    // A later failure of the same machine begins another way.
    let next = findings
        .failures
        .iter()
        .filter(|(n, other)| *n == replication && other.vm == failure.vm && other.at > failure.at);
    let until = next.map(|(_, other)| since(other.at)).fold(f64::INFINITY, f64::min);
    let spans = findings.drawn_spans.as_ref();
    let before = |own: &(f64, f64)| own.0 < until;
    let reprotect = spans.and_then(|spans| first(&spans.reprotect, serving)).filter(before);
    let home = |reprotect: (f64, f64)| spans.and_then(|spans| first(&spans.failback, reprotect.1));
    let failback = reprotect.and_then(home).filter(before);
    Way { failure, serving, reprotect, failback }
}

/// `None` when nothing came after the failover, or the event is not of the drawn replication.
pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let (replication, series) = findings.series.as_ref()?;
    let event = event(findings).filter(|event| event.replication == *replication)?;
    let ways: Vec<Way> = event.machines.iter().map(|machine| way(findings, *replication, machine)).collect();
    let end = |way: &Way| way.failback.or(way.reprotect).map(|span| span.1);
    let last = ways.iter().filter_map(end).reduce(f64::max)?;
    let shown = &ways[..ways.len().min(BARS)];
    let bars: Vec<Bar> = shown.iter().map(|way| bar(findings, way, last)).collect();
    let says = says(findings, &event, &ways, last);
    let title = "Failover and failback, achieved";
    let svg = gantt(&Gantt {
        caption: Caption { id: "way", title, says: &says },
        counts: "time since the failure",
        legend: &LEGEND,
        bars: &bars,
        limits: &[],
        lanes: &outages(findings, series, &event, last),
        taken: slots(findings, series, &event, last),
    });
    let table = Some(table(findings, shown));
    let terms = terms(&[Quantity::Reprotect, Quantity::Failback]);
    let means = means(findings).into();
    Some(Figure { title: title.into(), terms, svg, says, means, table, ..Figure::default() })
}

fn bar(findings: &Findings, way: &Way, last: f64) -> Bar {
    let mut parts = Vec::new();
    let mut part = |kind: usize, from: f64, to: f64| {
        let (name, class) = LEGEND[kind];
        parts.push(Part { name, class, begin_s: from, length_s: (to - from).max(0.0) });
    };
    part(0, 0.0, way.serving);
    match (way.reprotect, way.failback) {
        (None, _) => part(1, way.serving, last),
        (Some(again), home) => {
            part(1, way.serving, again.0);
            part(2, again.0, again.1);
            part(3, again.1, home.map_or(last, |home| home.0));
            if let Some(home) = home {
                part(4, home.0, home.1);
            }
        }
    }
    let end = way.failback.map_or_else(|| "not home".into(), |home| format!("home {}", span(home.1)));
    Bar { name: findings.names.vm(way.failure.vm).into(), parts, end }
}

fn says(findings: &Findings, event: &Event, ways: &[Way], last: f64) -> String {
    let home = ways.iter().filter(|way| way.failback.is_some()).count();
    let bare = ways.iter().map(|way| way.reprotect.map_or(last, |again| again.1) - way.serving).fold(0.0, f64::max);
    let cut = if ways.len() > BARS { format!(" The {BARS} slowest are shown.") } else { String::new() };
    format!(
        "Replication {}, {}: {home} of {} were failed back within the run, the last after {}. The longest time without \
         protection was {} ({}).{cut}",
        event.replication,
        moment(event.at),
        words::plural(ways.len() as u64, "VM", "VMs"),
        span(last),
        span(bare),
        ways.iter()
            .max_by(|a, b| {
                let bare = |way: &Way| way.reprotect.map_or(last, |again| again.1) - way.serving;
                bare(a).total_cmp(&bare(b)).then(b.failure.vm.cmp(&a.failure.vm))
            })
            .map_or("", |way| findings.names.vm(way.failure.vm)),
    )
}

/// Whether slots or the link set the pace.
fn means(findings: &Findings) -> &'static str {
    // The last slots of an appliance may be too few for all disks of one machine: nearly all taken is all taken.
    const NEARLY_ALL: f64 = 0.1;
    let full = |wanted: fn(Meter) -> bool, least: f64| {
        findings.capacity.iter().any(|of| wanted(of.meter) && of.headroom_peak.is_some_and(|free| free < least))
    };
    let refused = findings.limit_hits.iter().any(|hit| matches!(hit.meter, Meter::ApplianceSlots(_)));
    let slots = refused || full(|meter| matches!(meter, Meter::ApplianceSlots(_)), NEARLY_ALL);
    let link = full(|meter| matches!(meter, Meter::Link(_, Direction::Reverse)), 0.000_5);
    match (slots, link) {
        (true, true) => {
            "The disk slots were all taken and the link back was full at its peak: more slots help as far as the link goes."
        }
        (true, false) => {
            "The disk slots were all taken: more slots, by a larger size or one more appliance, shorten the way back."
        }
        (false, true) => "The link back was full: bandwidth sets the pace of re-protecting; more slots would not help.",
        (false, false) => "Neither slots nor the link back were full: people and waiting times set the pace.",
    }
}

/// Outages that overlap the way, in time since the failure.
fn outages(findings: &Findings, series: &Series, event: &Event, last: f64) -> Vec<Lane> {
    let start = event.at.secs_f64();
    let moved = |spell: Spell| Spell {
        begin_s: (spell.begin_s - start).max(0.0),
        end_s: (spell.end_s - start).min(last),
        tip: spell.tip,
    };
    let within = |spell: &Spell| spell.end_s > start && spell.begin_s < start + last;
    lanes(findings, series)
        .into_iter()
        .map(|lane| Lane { spells: lane.spells.into_iter().filter(within).map(moved).collect(), ..lane })
        .filter(|lane| !lane.spells.is_empty())
        .collect()
}

/// The slots of the fullest appliance meanwhile.
fn slots(findings: &Findings, series: &Series, event: &Event, last: f64) -> Option<Taken> {
    let (bin, start) = (series.bin.secs_f64(), event.at.secs_f64());
    let peak = |values: &[u64]| values.iter().copied().max();
    let own = series.lines.iter().filter(|line| matches!(line.meter, Meter::ApplianceSlots(_)));
    let line = own.max_by(|a, b| peak(&a.values).cmp(&peak(&b.values)).then(b.meter.cmp(&a.meter)))?;
    let capacity = findings.capacity.iter().find(|of| of.meter == line.meter).and_then(|of| of.capacity);
    let piece = |(place, level): (usize, &u64)| {
        let (from, until) = (place as f64 * bin - start, (place + 1) as f64 * bin - start);
        (from.max(0.0), until.min(last), *level as f64)
    };
    let pieces: Vec<_> = line.values.iter().enumerate().map(piece).filter(|piece| piece.0 < piece.1).collect();
    let name = format!("{} taken, greatest of each {}", findings.names.meter(line.meter), span(bin));
    (!pieces.is_empty()).then(|| Taken { name, capacity: capacity.map(|of| of as f64), pieces })
}

fn table(findings: &Findings, ways: &[Way]) -> Table {
    let columns = vec![
        text("VM"),
        numbers("Serving after", "d h m s"),
        numbers("Re-protect begins", "d h m s after"),
        numbers("Protected in reverse", "d h m s after"),
        numbers("Failback begins", "d h m s after"),
        numbers("Home", "d h m s after"),
    ];
    let mut table = Table::new("ways", "The way back of each VM, counted from the failure", columns);
    for way in ways {
        let moment = |at: Option<f64>| Cell::maybe(Show::Seconds, at);
        table.row(vec![
            Cell::text(findings.names.vm(way.failure.vm)),
            moment(Some(way.serving)),
            moment(way.reprotect.map(|span| span.0)),
            moment(way.reprotect.map(|span| span.1)),
            moment(way.failback.map(|span| span.0)),
            moment(way.failback.map(|span| span.1)),
        ]);
    }
    table
}
