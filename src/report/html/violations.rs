//! Violations: the bottleneck, since when, and what would have avoided it.
//!
//! A violation is a maximal time in which a VM's newest usable point is older than its tightest RPO target. Units:
//! seconds, moments of the run. The worst ones are listed; the causes are summed over those that are known in detail.

use std::collections::BTreeMap;

use super::decision::replay;
use super::piece::{Piece, Section};
use super::table::{Cell, Row, Table, numbers, words as text};
use super::words;
use crate::measure::{Violation, ViolationCause};
use crate::planner::Findings;
use crate::report::charts::Show;
use crate::report::remedy::{UNKNOWN, remedy};
use crate::report::write::cause_name;
use crate::report::{About, quoted};
use crate::units::Duration;

const SHOWN: usize = 60;

pub(super) fn section(findings: &Findings, about: &About) -> Section {
    let known = findings.violations.len() as u64;
    let mut pieces = Vec::new();
    if findings.violations_count == 0 {
        let none = "No VM's recovery-point age went beyond its tightest RPO target in any replication.";
        return Section::new("violations", "Violations", vec![Piece::words(none)]);
    }
    pieces.push(Piece::words(format!(
        "A violation is a time in which the newest usable point of a VM was older than its tightest RPO target. {} in \
         {}; {} known in detail.",
        words::plural(findings.violations_count, "violation", "violations"),
        words::plural(findings.replications, "replication", "replications"),
        words::plural(known, "of them is", "of them are"),
    )));
    pieces.extend(causes(findings).map(Piece::Table));
    pieces.extend(table(findings).map(Piece::Table));
    let worst = findings.violations.iter().min_by_key(|(n, of)| (std::cmp::Reverse(of.age_max), *n, of.begin, of.vm));
    if let Some((replication, violation)) = worst {
        pieces.push(Piece::words("The worst of them, event by event:"));
        let vm = quoted(findings.names.vm(violation.vm));
        pieces.push(Piece::Command(format!("{} --vm {vm}", replay(about, *replication))));
    }
    Section::new("violations", "Violations", pieces)
}

fn named(findings: &Findings, cause: Option<ViolationCause>) -> String {
    if cause.is_some() { cause_name(findings, cause) } else { "none found".into() }
}

fn causes(findings: &Findings) -> Option<Table> {
    let mut by_cause: BTreeMap<Option<ViolationCause>, Vec<&Violation>> = BTreeMap::new();
    for (_, violation) in &findings.violations {
        by_cause.entry(violation.cause).or_default().push(violation);
    }
    let mut rows: Vec<_> = by_cause.into_iter().collect();
    rows.sort_by_key(|(cause, of)| (std::cmp::Reverse(of.len()), *cause));
    let columns = vec![
        text("Bottleneck"),
        numbers("Violations", "count"),
        numbers("VMs", "count"),
        numbers("Greatest age", "d h m s"),
        text("What would have avoided them"),
    ];
    let mut table = Table::new("causes", "Violations by bottleneck, of those known in detail", columns);
    for (cause, of) in rows {
        let mut vms: Vec<_> = of.iter().map(|violation| violation.vm).collect();
        vms.sort_unstable();
        vms.dedup();
        let greatest = of.iter().map(|violation| violation.age_max).max().unwrap_or_default();
        table.row(vec![
            Cell::text(named(findings, cause)),
            Cell::number(Show::Count, of.len() as f64),
            Cell::number(Show::Count, vms.len() as f64),
            Cell::number(Show::Seconds, greatest.secs_f64()),
            Cell::text(avoided(cause)).class("long"),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// Violations that differ in nothing but the replication.
struct Alike<'a> {
    worst: &'a Violation,
    /// Where the worst of them was.
    replication: u64,
    count: u64,
}

/// The worst first; those of the same VM that begin in the same minute of the run for the same reason are one.
fn alike(findings: &Findings) -> Vec<Alike<'_>> {
    let mut groups: BTreeMap<_, Alike> = BTreeMap::new();
    for (replication, violation) in &findings.violations {
        let minute = violation.begin.ns() / Duration::minutes(1).ns();
        let one = Alike { worst: violation, replication: *replication, count: 0 };
        let group = groups.entry((violation.vm, minute, violation.cause)).or_insert(one);
        group.count += 1;
        if violation.age_max > group.worst.age_max {
            (group.worst, group.replication) = (violation, *replication);
        }
    }
    let mut groups: Vec<Alike> = groups.into_values().collect();
    groups.sort_by_key(|of| (std::cmp::Reverse(of.worst.age_max), of.replication, of.worst.begin, of.worst.vm));
    groups
}

fn table(findings: &Findings) -> Option<Table> {
    let columns = vec![
        text("VM"),
        numbers("Greatest age, achieved", "d h m s"),
        numbers("Age wanted at most", "d h m s"),
        text("Bottleneck"),
        numbers("In force since", "day, time of run"),
        numbers("Begin", "day, time of run"),
        numbers("Lasted", "d h m s"),
        numbers("Backlog since", "day, time of run"),
        text("What would have avoided it"),
        numbers("Times", "in replications"),
        numbers("Worst in", "replication"),
    ];
    let mut table = Table::new("violation-table", "The worst violations, greatest age first", columns);
    let groups = alike(findings);
    for Alike { worst, replication, count } in groups.iter().take(SHOWN) {
        let since = Cell::moment(worst.cause_since);
        let cells = vec![
            Cell::text(findings.names.vm(worst.vm)),
            Cell::number(Show::Seconds, worst.age_max.secs_f64()),
            Cell::number(Show::Seconds, worst.target.secs_f64()),
            Cell::text(named(findings, worst.cause)),
            if worst.cause.is_some() { since } else { Cell::maybe(Show::Seconds, None) },
            Cell::moment(worst.begin),
            Cell::number(Show::Seconds, worst.end.saturating_since(worst.begin).secs_f64()),
            Cell::moment(worst.backlog_since),
            Cell::text(avoided(worst.cause)).class("long"),
            Cell::number(Show::Count, *count as f64),
            Cell::number(Show::Count, *replication as f64),
        ];
        table.rows.push(Row { cells, ..Row::default() });
    }
    table.sortable = true;
    table.note = "Violations of one VM that begin in the same minute for the same reason are one row.".into();
    if groups.len() > SHOWN {
        table.note.push_str(&format!(" The worst {SHOWN} of {} are shown.", groups.len()));
    }
    (!table.rows.is_empty()).then_some(table)
}

fn avoided(cause: Option<ViolationCause>) -> String {
    cause.map_or_else(|| UNKNOWN.to_owned(), |cause| remedy(cause).sentence())
}
