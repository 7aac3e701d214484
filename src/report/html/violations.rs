//! Violations: the bottleneck, since when, and what would have avoided it.
//!
//! A violation is a maximal time in which a VM's newest usable point is older than its tightest RPO target. Units:
//! seconds, moments of the run. The worst ones are listed; the causes are summed over those that are known in detail.

use std::collections::BTreeMap;

use super::table::{Cell, Row, Table, numbers, words as text};
use super::words;
use crate::measure::{Violation, ViolationCause};
use crate::planner::Findings;
use crate::report::charts::Show;
use crate::report::remedy::{UNKNOWN, remedy};
use crate::report::write::cause_name;

const SHOWN: usize = 60;

pub(super) struct Violations {
    pub summary: String,
    pub causes: Option<Table>,
    pub table: Option<Table>,
}

pub(super) fn violations(findings: &Findings) -> Violations {
    let known = &findings.violations;
    if findings.violations_count == 0 {
        let summary = "No VM's recovery-point age went beyond its tightest RPO target in any replication.".into();
        return Violations { summary, causes: None, table: None };
    }
    let summary = format!(
        "{} in {}; {} known in detail.",
        words::plural(findings.violations_count, "violation", "violations"),
        words::plural(findings.replications, "replication", "replications"),
        words::plural(known.len() as u64, "of them is", "of them are"),
    );
    Violations { summary, causes: causes(findings), table: table(findings) }
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

fn table(findings: &Findings) -> Option<Table> {
    let columns = vec![
        text("VM"),
        numbers("Begin", "day, time of run"),
        numbers("Greatest age, achieved", "d h m s"),
        numbers("Age wanted at most", "d h m s"),
        text("Bottleneck"),
        numbers("In force since", "day, time of run"),
        text("What would have avoided it"),
        numbers("Lasted", "d h m s"),
        numbers("Backlog since", "day, time of run"),
        numbers("Replication", "number"),
    ];
    let mut table = Table::new("violation-table", "The worst violations, greatest age first", columns);
    let mut worst: Vec<_> = findings.violations.iter().collect();
    worst.sort_by_key(|(n, violation)| (std::cmp::Reverse(violation.age_max), *n, violation.begin, violation.vm));
    for (replication, violation) in worst.iter().take(SHOWN) {
        let since = Cell::moment(violation.cause_since);
        let cells = vec![
            Cell::text(findings.names.vm(violation.vm)),
            Cell::moment(violation.begin),
            Cell::number(Show::Seconds, violation.age_max.secs_f64()),
            Cell::number(Show::Seconds, violation.target.secs_f64()),
            Cell::text(named(findings, violation.cause)),
            if violation.cause.is_some() { since } else { Cell::maybe(Show::Seconds, None) },
            Cell::text(avoided(violation.cause)).class("long"),
            Cell::number(Show::Seconds, violation.end.saturating_since(violation.begin).secs_f64()),
            Cell::moment(violation.backlog_since),
            Cell::number(Show::Count, *replication as f64),
        ];
        table.rows.push(Row { cells, ..Row::default() });
    }
    table.sortable = true;
    if worst.len() > SHOWN {
        table.note = format!("The worst {SHOWN} of {}.", worst.len());
    }
    (!table.rows.is_empty()).then_some(table)
}

fn avoided(cause: Option<ViolationCause>) -> String {
    cause.map_or_else(|| UNKNOWN.to_owned(), |cause| remedy(cause).sentence())
}
