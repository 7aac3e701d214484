//! Failures: RPO against RTO, and what came after the worst of them.
//!
//! Units: seconds since the failure. Not shown: failures that never failed over; how many is said.

use super::decision::replay;
use super::piece::{Figure, Piece, Section};
use super::spreads::{limits, terms};
use super::table::{Cell, Table, numbers, words as text};
use super::words;
use crate::intent::Measure;
use crate::measure::{Failure, Recovery, RtoParts};
use crate::planner::Findings;
use crate::planner::findings::{Quantity, Spread};
use crate::report::About;
use crate::report::advice::longest_part;
use crate::report::charts::{Bar, Caption, Dot, Gantt, Guide, Part, Show, gantt, moment, scatter, share, span};
use crate::units::Timestamp;

/// Name of each part of the RTO and its class in the picture.
const PARTS: [(&str, &str); 5] =
    [("detect", "g1"), ("decide", "g2"), ("process", "g3"), ("create", "g4"), ("boot", "g5")];
/// Machines shown one by one.
const BARS: usize = 12;

/// One loss of machines that was failed over, slowest machine first.
pub(super) struct Event<'a> {
    pub replication: u64,
    pub at: Timestamp,
    pub machines: Vec<(&'a Failure, RtoParts)>,
}

/// Failures that were failed over: replication, failure, parts of the RTO.
fn failed_over(findings: &Findings) -> impl Iterator<Item = (u64, &Failure, RtoParts)> {
    findings.failures.iter().filter_map(|(replication, failure)| match failure.recovery {
        Recovery::FailedOver(parts) => Some((*replication, failure, parts)),
        Recovery::WithTheStamp(_) | Recovery::Never(_) => None,
    })
}

/// The event with the longest RTO of the drawn replication; of all replications when nothing was failed over in it.
pub(super) fn event(findings: &Findings) -> Option<Event<'_>> {
    let drawn = findings.series.as_ref().map(|(replication, _)| *replication);
    // The first of equals, so that the choice does not depend on the order of equal maxima.
    let worst = |only: Option<u64>| {
        let of = failed_over(findings).filter(|(n, ..)| only.is_none_or(|only| only == *n));
        of.reduce(|a, b| if b.2.total() > a.2.total() { b } else { a })
    };
    let (replication, worst, _) = drawn.and_then(|drawn| worst(Some(drawn))).or_else(|| worst(None))?;
    let same = failed_over(findings).filter(|(n, failure, _)| *n == replication && failure.at == worst.at);
    let mut machines: Vec<(&Failure, RtoParts)> = same.map(|(_, failure, parts)| (failure, parts)).collect();
    machines.sort_by_key(|(failure, parts)| (std::cmp::Reverse(parts.total()), failure.vm));
    Some(Event { replication, at: worst.at, machines })
}

pub(super) fn tradeoff(findings: &Findings) -> Section {
    let intro = "One dot a failover. Waiting for the latest data lowers the loss and lengthens the recovery; dots to the \
                 lower left are better in both.";
    let missing = || match failed_over(findings).count() as u64 {
        0 => Piece::words("No failure ended in a failover, so there is nothing to draw."),
        failovers => Piece::words(format!(
            "{} told no recovery point used, so RPO and RTO cannot be laid together.",
            words::plural(failovers, "failover", "failovers")
        )),
    };
    let figure = scattered(findings).map_or_else(missing, Piece::Figure);
    Section::new("tradeoff", "RPO against RTO", vec![Piece::words(intro), figure])
}

pub(super) fn scattered(findings: &Findings) -> Option<Figure> {
    let mut pairs: Vec<(f64, f64, u64, &Failure)> = failed_over(findings)
        .filter_map(|(n, failure, parts)| Some((failure.rpo_chosen?.secs_f64(), parts.total().secs_f64(), n, failure)))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let name = |n: u64, failure: &Failure| {
        format!("{}, replication {n}, {}", findings.names.vm(failure.vm), moment(failure.at))
    };
    let dots: Vec<Dot> = pairs
        .iter()
        .map(|(rpo_s, rto_s, n, failure)| Dot {
            rpo_s: *rpo_s,
            rto_s: *rto_s,
            tip: format!("{}: RPO {}, RTO {}", name(*n, failure), span(*rpo_s), span(*rto_s)),
        })
        .collect();
    let guides: Vec<Guide> = [(Measure::RpoAtFailure, false), (Measure::Rto, true)]
        .into_iter()
        .flat_map(|(measure, of_rto)| {
            limits(findings, &[measure]).into_iter().map(move |(limit_s, words)| Guide { limit_s, words, of_rto })
        })
        .collect();
    let (says, means) = joint(&pairs, findings.failures.len(), &guides);
    let title = "RPO and RTO of each failover, achieved";
    let svg = scatter(&Caption { id: "scatter", title, says: &says }, &dots, &guides);
    let columns = vec![
        text("VM"),
        numbers("Replication", "number"),
        numbers("Failed at", "day, time of run"),
        numbers("RPO at failure, point used", "d h m s"),
        numbers("RTO", "d h m s"),
    ];
    let mut table = Table::new("worst-pairs", "The ten failovers with the greatest sum of RPO and RTO", columns);
    pairs.sort_by(|a, b| (b.0 + b.1).total_cmp(&(a.0 + a.1)));
    for (rpo_s, rto_s, n, failure) in pairs.iter().take(10) {
        table.row(vec![
            Cell::text(findings.names.vm(failure.vm)),
            Cell::number(Show::Count, *n as f64),
            Cell::moment(failure.at),
            Cell::number(Show::Seconds, *rpo_s),
            Cell::number(Show::Seconds, *rto_s),
        ]);
    }
    let terms = terms(&[Quantity::RpoChosen, Quantity::Rto]);
    let (title, means) = (title.into(), means.into());
    Some(Figure { title, terms, svg, says, means, table: Some(table), ..Figure::default() })
}

/// What the picture shows, and what follows from it.
fn joint(pairs: &[(f64, f64, u64, &Failure)], failures: usize, guides: &[Guide]) -> (String, String) {
    let tightest = |of_rto: bool| guides.iter().filter(|g| g.of_rto == of_rto).map(|g| g.limit_s).reduce(f64::min);
    let mut says =
        format!("{} of {} ended in a failover.", pairs.len(), words::plural(failures as u64, "failure", "failures"));
    let (Some(rpo), Some(rto)) = (tightest(false), tightest(true)) else { return (says, String::new()) };
    let beyond =
        |of: fn(&(f64, f64, u64, &Failure)) -> f64, limit| pairs.iter().filter(|pair| of(pair) > limit).count();
    let (lost, late) = (beyond(|pair| pair.0, rpo), beyond(|pair| pair.1, rto));
    let both = pairs.iter().filter(|pair| pair.0 <= rpo && pair.1 <= rto).count();
    let both = share(both as f64 / pairs.len() as f64);
    says.push_str(&format!(" {both} of them within both tightest limits, RPO {} and RTO {}.", span(rpo), span(rto)));
    let means = match (lost, late) {
        (0, 0) => String::new(),
        (0, _) => "Only the RTO is too long: a newer point would not help, a faster recovery would.".into(),
        (_, 0) => "Only the loss is too large: a faster recovery would not help, newer points would.".into(),
        (lost, late) => format!("{lost} lost too much and {late} took too long: both sides need work."),
    };
    (says, means)
}

/// What came after the worst failure, and the other durations that follow.
pub(super) fn timeline(findings: &Findings, about: &About) -> Section {
    let mut pieces = Vec::new();
    match (rto_parts(findings), event(findings)) {
        (Some(figure), Some(event)) => {
            pieces.push(Piece::Figure(figure));
            pieces.push(Piece::words("The same event by event:"));
            pieces.push(Piece::Command(replay(about, event.replication)));
        }
        _ => pieces.push(Piece::words("No failure ended in a failover.")),
    }
    let ridden_out = findings.spread(Quantity::OutageRiddenOut).filter(|spread| spread.samples > 0);
    if let Some(spread) = ridden_out {
        let (name, meaning) = words::quantity(spread.quantity);
        pieces.push(Piece::words(format!("{name}: {}. {meaning}", durations(spread))));
    }
    Section::new("timeline", "From failure to serving", pieces)
}

/// The parts of the RTO of each machine of one event.
pub(super) fn rto_parts(findings: &Findings) -> Option<Figure> {
    let event = event(findings)?;
    let shown = &event.machines[..event.machines.len().min(BARS)];
    let bar = |(failure, rto): &(&Failure, RtoParts)| {
        let mut begin_s = 0.0;
        let parts = rto.named().into_iter().zip(PARTS).map(|((_, length), (name, class))| {
            let part = Part { name, class, begin_s, length_s: length.secs_f64() };
            begin_s += part.length_s;
            part
        });
        let parts = parts.collect();
        Bar { name: findings.names.vm(failure.vm).into(), parts, end: span(rto.total().secs_f64()) }
    };
    let all = event.machines.len();
    let cut = if all > shown.len() { format!("; the slowest {} are shown", shown.len()) } else { String::new() };
    let (slowest, longest) = &event.machines[0];
    let says = format!(
        "Replication {}, {}: {} failed over from this event{cut}. Slowest: {} after {}.",
        event.replication,
        moment(event.at),
        words::plural(all as u64, "VM", "VMs"),
        findings.names.vm(slowest.vm),
        span(longest.total().secs_f64()),
    );
    let means = longest_part(findings).map_or_else(String::new, |part| {
        format!("On average {} takes {} of the RTO; {} would shorten it.", part.what, share(part.share), part.helps)
    });
    let title = "From failure to serving, achieved";
    let svg = gantt(&Gantt {
        caption: Caption { id: "gantt", title, says: &says },
        counts: "time since the failure",
        legend: &PARTS,
        bars: &shown.iter().map(bar).collect::<Vec<_>>(),
        limits: &limits(findings, &[Measure::Rto]),
        lanes: &[],
        taken: None,
    });
    let table = Some(parts_table(findings, shown));
    let terms = terms(&[
        Quantity::RtoDetect,
        Quantity::RtoDecide,
        Quantity::RtoProcess,
        Quantity::RtoCreate,
        Quantity::RtoBoot,
    ]);
    Some(Figure { title: title.into(), terms, svg, says, means: means.into(), table, ..Figure::default() })
}

fn parts_table(findings: &Findings, rows: &[(&Failure, RtoParts)]) -> Table {
    let columns = vec![
        text("VM"),
        numbers("Detect", "d h m s"),
        numbers("Decide", "d h m s"),
        numbers("Process", "d h m s"),
        numbers("Create", "d h m s"),
        numbers("Boot", "d h m s"),
        numbers("RTO", "d h m s"),
        numbers("RPO, point used", "d h m s"),
        numbers("Data lost", "bytes"),
    ];
    let mut table = Table::new("parts", "RTO of each VM of this event in its parts", columns);
    for (failure, parts) in rows {
        let mut cells = vec![Cell::text(findings.names.vm(failure.vm))];
        cells.extend(parts.named().map(|(_, length)| Cell::number(Show::Seconds, length.secs_f64())));
        cells.push(Cell::number(Show::Seconds, parts.total().secs_f64()));
        cells.push(Cell::maybe(Show::Seconds, failure.rpo_chosen.map(|age| age.secs_f64())));
        cells.push(Cell::maybe(Show::Bytes, failure.data_lost.map(|lost| lost.0 as f64)));
        table.row(cells);
    }
    table
}

/// Quantiles of a duration in words.
pub(super) fn durations(spread: &Spread) -> String {
    let show = Show::unit(spread.unit);
    format!(
        "p50 {}, p95 {}, worst {} ({})",
        show.maybe(spread.p50.value),
        show.maybe(spread.p95.value),
        show.maybe(spread.worst),
        words::plural(spread.samples, "sample", "samples")
    )
}
