//! RPO over time, and the distributions of everything that has quantiles.
//!
//! Recovery-point age and watermark age stand in rows and pictures of their own. Units: seconds; data in bytes.

use super::Figures;
use super::table::{Cell, Figure, Table, numbers, words as text};
use super::words;
use crate::intent::Measure;
use crate::measure::{Recovery, Series};
use crate::planner::Findings;
use crate::planner::findings::{Quantity, Spread, Unit};
use crate::report::charts::{Caption, Curve, Shade, Show, Strip, TimeChart, moment, shares, span, strips, time_chart};

pub(super) struct OverTime {
    pub figure: Option<Figure>,
    pub outages: Option<Table>,
    pub points: Tables,
    pub watermarks: Tables,
}

/// Rows over all groups, and rows by group.
pub(super) struct Tables {
    pub all: Table,
    pub by_group: Option<Table>,
}

pub(super) struct Distributions {
    pub figures: Figures,
    pub tables: Tables,
    pub definitions: Vec<(&'static str, &'static str)>,
    pub methods: Vec<(&'static str, &'static str)>,
}

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

/// The outages of the drawn replication.
pub(super) fn shades(findings: &Findings, series: &Series) -> Vec<Shade> {
    let shade = |&(kind, begin, end): &(_, crate::units::Timestamp, crate::units::Timestamp)| Shade {
        class: words::outage_kind(kind).0,
        begin_s: begin.secs_f64(),
        end_s: end.secs_f64(),
        kind: words::outage_kind(kind).1,
        name: findings.names.outage(kind).into(),
        tip: format!(
            "{}, {}, lasted {}",
            findings.names.outage(kind),
            moment(begin),
            span(end.saturating_since(begin).secs_f64())
        ),
    };
    series.outages.iter().map(shade).collect()
}

pub(super) fn over_time(findings: &Findings) -> OverTime {
    let points = tables(
        findings,
        [
            ("ages", "Recovery-point age over time, achieved"),
            ("ages-by-group", "Recovery-point age over time by group, achieved"),
        ],
        &[Quantity::RpoOverTimePoint],
    );
    let watermarks = tables(
        findings,
        [
            ("marks", "Watermark age over time, achieved"),
            ("marks-by-group", "Watermark age over time by group, achieved"),
        ],
        &[Quantity::RpoOverTimeWatermark],
    );
    let Some((replication, series)) = &findings.series else {
        return OverTime { figure: None, outages: None, points, watermarks };
    };
    let values: Vec<f64> = series.worst_point_age.iter().map(|ns| *ns as f64 / 1e9).collect();
    let peak = values.iter().copied().fold(0.0, f64::max);
    let shades = shades(findings, series);
    let says = format!(
        "Replication {replication}: age of the newest usable point of the VM that is worst off, greatest value of each \
         {}. It peaks at {}; {} shaded.",
        span(series.bin.secs_f64()),
        span(peak),
        words::plural(shades.len() as u64, "outage is", "outages are"),
    );
    let svg = time_chart(&TimeChart {
        caption: Caption { id: "rpo-line", title: "Recovery-point age over time, worst VM", says: &says },
        show: Show::Seconds,
        bin_s: series.bin.secs_f64(),
        values: &values,
        limits: limits(findings, &[Measure::RpoAtFailure, Measure::RpoOverTime]),
        shades: &shades,
        named_shades: true,
        height: 300.0,
        settled_s: findings.settle_s,
    });
    let table =
        Some(binned("Greatest recovery-point age by part of the run", Show::Seconds, series.bin.secs_f64(), &values));
    let title = "Recovery-point age over time, worst VM, achieved".into();
    OverTime {
        figure: Some(Figure { title, svg, says, table }),
        outages: outages(findings, series),
        points,
        watermarks,
    }
}

/// A line as a table of at most twenty parts.
pub(super) fn binned(caption: &str, show: Show, bin_s: f64, values: &[f64]) -> Table {
    let mut table = Table::new("", caption, vec![text("From"), text("To"), numbers("Greatest value", "")]);
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
        let name = Cell::text(findings.names.outage(*kind)).class(words::outage_kind(*kind).0);
        table.row(vec![name, Cell::moment(*begin), Cell::moment(*end), lasted]);
    }
    if sorted.len() > SHOWN {
        table.note = format!("The {SHOWN} longest of {}; the others are shaded in the picture.", sorted.len());
    }
    (!sorted.is_empty()).then_some(table)
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
    let mut cells = vec![Cell::text(words::quantity(spread.quantity).0)];
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
fn tables(findings: &Findings, names: [(&'static str, &str); 2], wanted: &[Quantity]) -> Tables {
    let by_group = table(findings, names[1], wanted, true);
    Tables { all: table(findings, names[0], wanted, false), by_group: (!by_group.rows.is_empty()).then_some(by_group) }
}

pub(super) fn distributions(findings: &Findings) -> Distributions {
    let mut quantities: Vec<Quantity> = findings.spreads.iter().map(|spread| spread.quantity).collect();
    quantities.sort_unstable();
    quantities.dedup();
    quantities.retain(|q| !matches!(q, Quantity::RpoOverTimePoint | Quantity::RpoOverTimeWatermark));
    let mut methods: Vec<_> = findings.spreads.iter().map(|spread| spread.method).collect();
    methods.extend(findings.targets.iter().map(|target| target.method));
    methods.sort_unstable();
    methods.dedup();
    let over_time = [Quantity::RpoOverTimePoint, Quantity::RpoOverTimeWatermark];
    Distributions {
        figures: figures(findings),
        tables: tables(
            findings,
            [
                ("spreads", "Achieved: mean, quantiles and worst, with intervals"),
                ("spreads-by-group", "Achieved by group: mean, quantiles and worst, with intervals"),
            ],
            &quantities,
        ),
        definitions: quantities.iter().chain(&over_time).map(|q| words::quantity(*q)).collect(),
        methods: methods.into_iter().map(words::method).collect(),
    }
}

fn figures(findings: &Findings) -> Figures {
    let mut figures = Vec::new();
    let rpo = [
        Quantity::RpoLatest,
        Quantity::RpoLatestProcessed,
        Quantity::RpoLatestAppConsistent,
        Quantity::RpoCustom,
        Quantity::RpoChosen,
    ];
    let rto = [
        Quantity::Rto,
        Quantity::RtoDetect,
        Quantity::RtoDecide,
        Quantity::RtoProcess,
        Quantity::RtoCreate,
        Quantity::RtoBoot,
    ];
    let watermark = [Quantity::RpoOverTimeWatermark];
    for (id, title, wanted, measure) in [
        ("strip-rpo", "RPO at failure, achieved, by choice of the point", &rpo[1..], Some(Measure::RpoAtFailure)),
        ("strip-latest", "Watermark age at failure (choice “latest”), achieved", &rpo[..1], None),
        (
            "strip-time",
            "RPO over time, recovery-point age, achieved",
            &[Quantity::RpoOverTimePoint][..],
            Some(Measure::RpoOverTime),
        ),
        ("strip-mark", "RPO over time, watermark age, achieved", &watermark[..], None),
        ("strip-rto", "RTO and its parts, achieved", &rto[..], Some(Measure::Rto)),
    ] {
        let spreads: Vec<&Spread> =
            wanted.iter().filter_map(|q| findings.spread(*q)).filter(|s| s.samples > 0).collect();
        if spreads.is_empty() {
            continue;
        }
        let says = says(&spreads);
        let limits = measure.map_or_else(Vec::new, |measure| limits(findings, &[measure]));
        let svg =
            strips(&Caption { id, title, says: &says }, &spreads.iter().map(|s| strip(s)).collect::<Vec<_>>(), &limits);
        figures.push(Figure { title: title.into(), svg, says, table: None });
    }
    figures.extend(curves(findings));
    figures
}

fn strip(spread: &Spread) -> Strip {
    let name = words::quantity(spread.quantity).0;
    let name =
        name.trim_start_matches("RPO at failure, ").trim_start_matches("RPO over time, ").trim_start_matches("RTO, ");
    Strip { name: name.into(), p50: spread.p50, p95: spread.p95, p99: spread.p99, worst: spread.worst }
}

fn says(spreads: &[&Spread]) -> String {
    let one = |spread: &&Spread| {
        let show = Show::unit(spread.unit);
        format!(
            "{}: p50 {}, p95 {}, p99 {}, worst {}.",
            words::quantity(spread.quantity).0,
            show.maybe(spread.p50.value),
            show.maybe(spread.p95.value),
            show.maybe(spread.p99.value),
            show.maybe(spread.worst)
        )
    };
    spreads.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Shares of failures at or below a time.
fn curves(findings: &Findings) -> Option<Figure> {
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
    let mut curves = Vec::new();
    for (name, class, sorted) in [("RPO at failure, latest processed", "k1", rpo), ("RTO", "k2", rto)] {
        if sorted.len() > 1 {
            curves.push(Curve { name: format!("{name} ({} failures)", sorted.len()), class, sorted });
        }
    }
    if curves.is_empty() {
        return None;
    }
    let median = |curve: &Curve| {
        format!("half of {} at or below {}", curve.name, span(curve.sorted[curve.sorted.len().div_ceil(2) - 1]))
    };
    let says =
        format!("Share of failures at or below a time: {}.", curves.iter().map(median).collect::<Vec<_>>().join("; "));
    let title = "Share of failures at or below a time, achieved";
    let svg = shares(&Caption { id: "shares", title, says: &says }, &curves, &[]);
    Some(Figure { title: title.into(), svg, says, table: None })
}
