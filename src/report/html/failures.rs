//! Failures: RPO against RTO, and what came after the worst of them.
//!
//! Units: seconds since the failure. Not shown: failures that never failed over; how many is said.

use super::decision::replay;
use super::spreads::limits;
use super::table::{Cell, Figure, Table, numbers, words as text};
use super::words;
use crate::intent::Measure;
use crate::measure::{Failure, Recovery, RtoParts};
use crate::planner::Findings;
use crate::planner::findings::{Quantity, Spread};
use crate::report::About;
use crate::report::charts::{Bar, Caption, Dot, Guide, Show, gantt, moment, scatter, span};

pub(super) struct Tradeoff {
    pub figure: Option<Figure>,
    /// Why there is no picture.
    pub missing: String,
}

pub(super) struct Timeline {
    pub figure: Option<Figure>,
    pub replication: u64,
    pub spans: Vec<(String, String)>,
}

/// Failures that were failed over: replication, failure, parts of the RTO.
fn failed_over(findings: &Findings) -> impl Iterator<Item = (u64, &Failure, RtoParts)> {
    findings.failures.iter().filter_map(|(replication, failure)| match failure.recovery {
        Recovery::FailedOver(parts) => Some((*replication, failure, parts)),
        Recovery::WithTheStamp(_) | Recovery::Never(_) => None,
    })
}

pub(super) fn tradeoff(findings: &Findings) -> Tradeoff {
    let mut pairs: Vec<(f64, f64, u64, &Failure)> = failed_over(findings)
        .filter_map(|(n, failure, parts)| Some((failure.rpo_chosen?.secs_f64(), parts.total().secs_f64(), n, failure)))
        .collect();
    if pairs.is_empty() {
        let failovers = failed_over(findings).count() as u64;
        let missing = match failovers {
            0 => "No failure ended in a failover, so there is nothing to draw.".into(),
            _ => format!(
                "{} told no recovery point used, so RPO and RTO cannot be laid together.",
                words::plural(failovers, "failover", "failovers")
            ),
        };
        return Tradeoff { figure: None, missing };
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
    let says = joint(&pairs, findings.failures.len(), &guides);
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
    Tradeoff { figure: Some(Figure { title: title.into(), svg, says, table: Some(table) }), missing: String::new() }
}

/// What the picture shows, in a sentence.
fn joint(pairs: &[(f64, f64, u64, &Failure)], failures: usize, guides: &[Guide]) -> String {
    let tightest = |of_rto: bool| guides.iter().filter(|g| g.of_rto == of_rto).map(|g| g.limit_s).reduce(f64::min);
    let mut says =
        format!("{} of {} ended in a failover.", pairs.len(), words::plural(failures as u64, "failure", "failures"));
    if let (Some(rpo), Some(rto)) = (tightest(false), tightest(true)) {
        let both = pairs.iter().filter(|pair| pair.0 <= rpo && pair.1 <= rto).count();
        let share = Show::Share.text(both as f64 / pairs.len() as f64);
        says.push_str(&format!(
            " {share} of them within both tightest limits, RPO {} and RTO {}.",
            span(rpo),
            span(rto)
        ));
    }
    says
}

/// What came after the worst failure, and the other durations that follow.
pub(super) fn timeline(findings: &Findings) -> Timeline {
    let spans = [Quantity::CatchUp, Quantity::Reprotect, Quantity::Failback, Quantity::OutageRiddenOut]
        .into_iter()
        .filter_map(|quantity| findings.spread(quantity))
        .filter(|spread| spread.samples > 0)
        .map(|spread| (words::quantity(spread.quantity).0.to_string(), durations(spread)))
        .collect();
    // The first of equals, so that the choice does not depend on the order of equal maxima.
    let worst = failed_over(findings).reduce(|a, b| if b.2.total() > a.2.total() { b } else { a });
    let Some((replication, worst, longest)) = worst else {
        return Timeline { figure: None, replication: 0, spans };
    };
    let mut same: Vec<(&Failure, RtoParts)> = failed_over(findings)
        .filter(|(n, failure, _)| *n == replication && failure.at == worst.at)
        .map(|(_, f, p)| (f, p))
        .collect();
    same.sort_by_key(|(failure, parts)| (std::cmp::Reverse(parts.total()), failure.vm));
    let all = same.len();
    same.truncate(12);
    let classes = ["g1", "g2", "g3", "g4", "g5"];
    let bars: Vec<Bar> = same
        .iter()
        .map(|(failure, parts)| Bar {
            name: findings.names.vm(failure.vm).into(),
            parts: parts
                .named()
                .into_iter()
                .zip(classes)
                .map(|((name, length), class)| (name, class, length.secs_f64()))
                .collect(),
        })
        .collect();
    let shown = if all > same.len() { format!("; the slowest {} are shown", same.len()) } else { String::new() };
    let says = format!(
        "Replication {replication}, {}: {} failed over from this event{shown}. Slowest: {} after {}.",
        moment(worst.at),
        words::plural(all as u64, "VM", "VMs"),
        findings.names.vm(worst.vm),
        span(longest.total().secs_f64()),
    );
    let title = "From failure to serving: the event with the longest RTO, achieved";
    let svg = gantt(&Caption { id: "gantt", title, says: &says }, &bars, &limits(findings, &[Measure::Rto]));
    let table = Some(parts_table(findings, &same));
    Timeline { figure: Some(Figure { title: title.into(), svg, says, table }), replication, spans }
}

/// The command that tells the worst failure event by event.
pub(super) fn replay_of(timeline: &Timeline, about: &About) -> String {
    replay(about, timeline.replication)
}

impl Timeline {
    pub fn command(&self, about: &About) -> String {
        replay_of(self, about)
    }
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

fn durations(spread: &Spread) -> String {
    let show = Show::unit(spread.unit);
    format!(
        "p50 {}, p95 {}, worst {} ({})",
        show.maybe(spread.p50.value),
        show.maybe(spread.p95.value),
        show.maybe(spread.worst),
        words::plural(spread.samples, "sample", "samples")
    )
}
