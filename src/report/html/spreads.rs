//! The distributions of everything that has quantiles: curves, strips, tables, definitions.
//!
//! Recovery-point age and watermark age stand in rows and pictures of their own. Units: seconds; data in bytes.

use super::piece::{Figure, Piece, Section, Term};
use super::table::{Cell, Table, numbers, words as text};
use super::words;
use crate::intent::Measure;
use crate::measure::Recovery;
use crate::planner::Findings;
use crate::planner::findings::{Quantity, Spread, Unit};
use crate::report::advice::longest_part;
use crate::report::charts::{Caption, Curve, Show, Strip, share, shares, span, strips};

const RPO: [Quantity; 4] =
    [Quantity::RpoLatestProcessed, Quantity::RpoLatestAppConsistent, Quantity::RpoCustom, Quantity::RpoChosen];
const RTO: [Quantity; 6] = [
    Quantity::Rto,
    Quantity::RtoDetect,
    Quantity::RtoDecide,
    Quantity::RtoProcess,
    Quantity::RtoCreate,
    Quantity::RtoBoot,
];
const OVER_TIME: [Quantity; 2] = [Quantity::RpoOverTimePoint, Quantity::RpoOverTimeWatermark];

/// The wanted limits in time of targets on these measures.
pub(super) fn limits(findings: &Findings, of: &[Measure]) -> Vec<(f64, String)> {
    let mut limits: Vec<(f64, String)> = findings
        .targets
        .iter()
        .filter(|target| target.unit == Unit::Seconds && of.contains(&target.measure))
        .map(|target| {
            let of = if target.scope_name.is_empty() { String::new() } else { format!(" ({})", target.scope_name) };
            (target.limit, format!("wanted {}{of}", span(target.limit)))
        })
        .collect();
    limits.sort_by(|a, b| a.0.total_cmp(&b.0));
    limits.dedup_by(|a, b| a.0 == b.0);
    limits.truncate(3);
    limits
}

/// The numbers one asks for first.
pub(super) fn glance(findings: &Findings) -> Table {
    let wanted = [
        Quantity::RpoChosen,
        Quantity::RpoLatestProcessed,
        Quantity::RpoOverTimePoint,
        Quantity::Rto,
        Quantity::DataLost,
        Quantity::Availability,
    ];
    table(findings, ("glance", "Achieved, all groups together"), &wanted, false)
}

/// One row a quantity over all groups, or one a quantity and group.
fn table(findings: &Findings, name: (&'static str, &str), wanted: &[Quantity], by_group: bool) -> Table {
    let mut columns = vec![text("Quantity")];
    columns.extend(by_group.then(|| text("Group")));
    columns.extend([
        numbers("Mean", "interval below"),
        numbers("p50", "interval below"),
        numbers("p95", "interval below"),
        numbers("p99", "interval below"),
        numbers("Worst", "seen"),
        numbers("Samples", "events and method below"),
    ]);
    let mut table = Table::new(name.0, name.1, columns);
    let mut unseen = Vec::new();
    for quantity in wanted {
        let of = |spread: &&Spread| spread.quantity == *quantity && spread.group.is_some() == by_group;
        let (known, empty): (Vec<_>, Vec<_>) = findings.spreads.iter().filter(of).partition(|s| s.samples > 0);
        known.into_iter().for_each(|spread| table.row(row(findings, spread)));
        if !by_group && !empty.is_empty() {
            unseen.push(words::quantity(*quantity).0);
        }
    }
    if !unseen.is_empty() {
        table.note = format!("Without a sample: {}.", unseen.join("; "));
    }
    table
}

fn row(findings: &Findings, spread: &Spread) -> Vec<Cell> {
    let show = Show::unit(spread.unit);
    let basis = format!("{}, {}", words::plural(spread.clusters, "event", "events"), words::method(spread.method).0);
    let (name, meaning) = words::quantity(spread.quantity);
    let mut cells = vec![Cell::term(Term { name, meaning })];
    cells.extend(spread.group.map(|group| Cell::text(findings.names.group(Some(group)))));
    cells.extend([
        Cell::estimate(show, &spread.mean),
        Cell::estimate(show, &spread.p50),
        Cell::estimate(show, &spread.p95),
        Cell::estimate(show, &spread.p99),
        Cell::maybe(show, spread.worst),
        Cell::number(Show::Count, spread.samples as f64).sub(basis),
    ]);
    cells
}

/// The table of all groups, and that by group when there are several.
pub(super) fn tables(findings: &Findings, names: [(&'static str, &str); 2], wanted: &[Quantity]) -> Vec<Piece> {
    let by_group = table(findings, names[1], wanted, true);
    let mut pieces = vec![Piece::Table(table(findings, names[0], wanted, false))];
    if !by_group.rows.is_empty() {
        pieces.push(Piece::Folded(names[1].1.into(), vec![Piece::Table(by_group)]));
    }
    pieces
}

/// Names and meanings, for whoever points at them.
pub(super) fn terms(quantities: &[Quantity]) -> Vec<Term> {
    quantities.iter().map(|quantity| words::quantity(*quantity)).map(|(name, meaning)| Term { name, meaning }).collect()
}

pub(super) fn section(findings: &Findings) -> Section {
    let mut seen: Vec<Quantity> = findings.spreads.iter().map(|spread| spread.quantity).collect();
    seen.sort_unstable();
    seen.dedup();
    let others: Vec<Quantity> = seen.iter().copied().filter(|q| !OVER_TIME.contains(q)).collect();
    let mut methods: Vec<_> = findings.spreads.iter().map(|spread| spread.method).collect();
    methods.extend(findings.targets.iter().map(|target| target.method));
    methods.sort_unstable();
    methods.dedup();
    let owned = |(name, meaning): (&str, &str)| (name.to_owned(), meaning.to_owned());
    let mut pieces = vec![Piece::words(
        "RPO counts at the instant of failure, RTO from that instant until the VM serves again. Recovery-point age and \
         watermark age are different things and stand apart. Names with dots below them are explained when you point at \
         them or reach them with the keyboard.",
    )];
    pieces.extend(curves(findings).map(Piece::Figure));
    pieces.extend(ranges(findings));
    pieces.extend(tables(
        findings,
        [
            ("spreads", "Achieved: mean, quantiles and worst, with intervals"),
            ("spreads-by-group", "Achieved by group: mean, quantiles and worst, with intervals"),
        ],
        &others,
    ));
    let definitions = seen.iter().map(|q| owned(words::quantity(*q))).collect::<Vec<_>>();
    let methods = methods.into_iter().map(|method| owned(words::method(method))).collect::<Vec<_>>();
    for (summary, terms) in [("All definitions", definitions), ("How the intervals came about", methods)] {
        if !terms.is_empty() {
            pieces.push(Piece::Folded(summary.into(), vec![Piece::Terms(terms)]));
        }
    }
    Section::new("distributions", "RPO and RTO distributions", pieces)
}

/// Quantiles with their intervals, kinds that differ in pictures of their own.
fn ranges(findings: &Findings) -> Vec<Piece> {
    const INSTANT_S: f64 = 1.0;
    let mut pieces = Vec::new();
    for (id, title, wanted, measure) in [
        ("strip-rpo", "RPO at failure, achieved, by choice of the point", &RPO[..], Some(Measure::RpoAtFailure)),
        ("strip-latest", "Watermark age at failure (choice “latest”), achieved", &[Quantity::RpoLatest][..], None),
        ("strip-time", "RPO over time, recovery-point age, achieved", &OVER_TIME[..1], Some(Measure::RpoOverTime)),
        ("strip-mark", "RPO over time, watermark age, achieved", &OVER_TIME[1..], None),
        ("strip-rto", "RTO and its parts, achieved", &RTO[..], Some(Measure::Rto)),
    ] {
        let spreads: Vec<&Spread> =
            wanted.iter().filter_map(|q| findings.spread(*q)).filter(|s| s.samples > 0).collect();
        if spreads.is_empty() {
            continue;
        }
        if spreads.iter().all(|spread| spread.worst.is_some_and(|worst| worst <= INSTANT_S)) {
            pieces.push(Piece::words(format!("{title}: never above 1s, so there is no picture of it.")));
            continue;
        }
        let limits = measure.map_or_else(Vec::new, |measure| limits(findings, &[measure]));
        let says = says(&spreads);
        let rows: Vec<Strip> = spreads.iter().map(|s| strip(s)).collect();
        let svg = strips(&Caption { id, title, says: &says }, &rows, &limits);
        let table = Some(table(findings, ("", title), wanted, false));
        let seen: Vec<Quantity> = spreads.iter().map(|spread| spread.quantity).collect();
        let (terms, means) = (terms(&seen), means(&spreads).into());
        pieces.push(Piece::Figure(Figure { title: title.into(), terms, svg, says, means, table, ..Figure::default() }));
    }
    pieces
}

fn strip(spread: &Spread) -> Strip {
    let name = words::quantity(spread.quantity).0;
    let name =
        name.trim_start_matches("RPO at failure, ").trim_start_matches("RPO over time, ").trim_start_matches("RTO, ");
    Strip { name: name.into(), p50: spread.p50, p95: spread.p95, p99: spread.p99, worst: spread.worst }
}

/// The first and the worst of them in words; the table has all.
fn says(spreads: &[&Spread]) -> String {
    let one = |spread: &Spread| {
        format!(
            "{}: half at most {}, 95 % at most {}, worst {}.",
            words::quantity(spread.quantity).0,
            span(spread.p50.value.unwrap_or(f64::NAN)),
            span(spread.p95.value.unwrap_or(f64::NAN)),
            Show::Seconds.maybe(spread.worst)
        )
    };
    let p95 = |spread: &&&Spread| spread.p95.value.unwrap_or(0.0);
    let worst = spreads.iter().skip(1).max_by(|a, b| p95(a).total_cmp(&p95(b)));
    let (first, second) = (spreads.first().map(|s| one(s)), worst.map(|s| one(s)));
    [first, second].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// An arrow in the picture is a lack of runs, not of hardware.
fn means(spreads: &[&Spread]) -> &'static str {
    let open = spreads.iter().any(|spread| spread.p95.value.is_some() && spread.p95.high.is_none());
    if open { "Where p95 has an arrow only more replications can bound it." } else { "" }
}

/// Shares of failures at or below a time.
pub(super) fn curves(findings: &Findings) -> Option<Figure> {
    let mut rpo: Vec<f64> =
        findings.failures.iter().filter_map(|(_, f)| f.rpo_latest_processed).map(|age| age.secs_f64()).collect();
    let mut rto: Vec<f64> = findings
        .failures
        .iter()
        .filter_map(|(_, failure)| match failure.recovery {
            Recovery::FailedOver(parts) => Some(parts.total().secs_f64()),
            Recovery::WithTheStamp(_) | Recovery::Never(_) => None,
        })
        .collect();
    rpo.sort_by(f64::total_cmp);
    rto.sort_by(f64::total_cmp);
    let (mut curves, mut told, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    let columns = vec![
        text("Quantity"),
        numbers("Failures", "count"),
        numbers("25 %", "at most"),
        numbers("50 %", "at most"),
        numbers("75 %", "at most"),
        numbers("90 %", "at most"),
        numbers("All", "at most"),
    ];
    let mut table = Table::new("", "Share of failures at or below a time", columns);
    for (name, class, sorted, measure) in [("RPO", "k1", rpo, Measure::RpoAtFailure), ("RTO", "k2", rto, Measure::Rto)]
    {
        if sorted.is_empty() {
            continue;
        }
        let at = |share: f64| sorted[((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len()) - 1];
        told.push(format!(
            "Half of {} had an {name} of at most {}, and all of at most {}.",
            words::plural(sorted.len() as u64, "failure", "failures"),
            span(at(0.5)),
            span(at(1.0))
        ));
        for (limit, words) in limits(findings, &[measure]) {
            let within = sorted.iter().filter(|value| **value <= limit).count() as f64 / sorted.len() as f64;
            told.push(format!("{} were within the {name} {words}.", share(within)));
            marks.push((limit, format!("{name} {words}")));
        }
        let mut cells = vec![Cell::text(name), Cell::number(Show::Count, sorted.len() as f64)];
        cells.extend([0.25, 0.5, 0.75, 0.9, 1.0].map(|share| Cell::number(Show::Seconds, at(share))));
        table.row(cells);
        curves.push(Curve { name: format!("{name} ({} failures)", sorted.len()), class, sorted });
    }
    if curves.is_empty() {
        return None;
    }
    let means: String = longest_part(findings).map_or_else(String::new, |part| {
        format!(
            "{} takes {} of the mean RTO: {} would shorten it.",
            words::capital(part.what),
            share(part.share),
            part.helps
        )
    });
    let title = "Share of failures at or below a time, achieved";
    let says = told.join(" ");
    let svg = shares(&Caption { id: "shares", title, says: &says }, &curves, &marks);
    let terms = terms(&[Quantity::RpoLatestProcessed, Quantity::Rto]);
    Some(Figure { title: title.into(), terms, svg, says, means: means.into(), table: Some(table), ..Figure::default() })
}
