//! The end of the page: other totals, refusals, what was left out, assumptions, inputs, how to repeat it.
//!
//! Units: VM·hours, bytes, counts. A refusal or an omission is always told with its reason and how often.

use super::piece::{Piece, Section};
use super::table::{Cell, Row, Table, numbers, words as text};
use crate::planner::Findings;
use crate::report::About;
use crate::report::charts::Show;
use crate::report::notes::note_text;
use crate::report::write::{mark_name, resting_on};

/// Health, and where the bytes are.
pub(super) fn totals(findings: &Findings) -> Vec<Table> {
    let mut tables = Vec::new();
    if !findings.health_h.is_empty() {
        let mut table = Table::new(
            "health",
            "Replication health, all replications",
            vec![text("Health and reason"), numbers("Time", "VM·h"), numbers("Share", "%")],
        );
        let all: f64 = findings.health_h.iter().map(|(_, hours)| hours).sum();
        for (name, hours) in &findings.health_h {
            let part = if all > 0.0 { hours / all } else { 0.0 };
            table.row(vec![
                Cell::text(name.replace('-', " ")),
                Cell::number(Show::Count, hours.round()),
                Cell::number(Show::Share, part),
            ]);
        }
        tables.push(table);
    }
    let bytes = &findings.bytes;
    let mut table = Table::new(
        "bytes",
        "Where the written bytes are at the end, all replications",
        vec![text("Place"), numbers("Amount", "bytes")],
    );
    for (name, amount) in [
        ("written by the VMs", bytes.written),
        ("applied to recovery points", bytes.applied),
        ("overwritten before they were sent", bytes.superseded),
        ("on the way", bytes.in_flight),
        ("in the cache", bytes.in_cache),
        ("given up before it was applied", bytes.lost),
        ("written after the point that a failover used", bytes.lost_by_failover),
    ] {
        table.row(vec![Cell::text(name), Cell::number(Show::Bytes, amount.0 as f64)]);
    }
    table.note = "The first row is the sum of the next five; the last stands apart, and is what failovers lost.".into();
    tables.push(table);
    tables
}

/// Refused orders and limits that were hit.
pub(super) fn refused(findings: &Findings) -> Section {
    let mut pieces = Vec::new();
    if !findings.refused.is_empty() {
        let columns =
            vec![text("Operation and reason"), numbers("Times", "all runs"), numbers("Per replication", "mean")];
        let mut table = Table::new("refused-table", "Refused orders and failed jobs", columns);
        let mut rows: Vec<_> = findings.refused.iter().collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        for (reason, count) in rows {
            let mean = *count as f64 / findings.replications.max(1) as f64;
            table.row(vec![
                Cell::text(reason.replace('-', " ")),
                Cell::number(Show::Count, *count as f64),
                Cell::number(Show::Count, mean),
            ]);
        }
        pieces.push(Piece::Table(table));
    }
    if !findings.limit_hits.is_empty() {
        let columns = vec![
            text("Resource"),
            numbers("Refusals", "all runs"),
            numbers("Replications", "with a refusal"),
            numbers("Largest shortage", ""),
        ];
        let mut table = Table::new("limits-hit", "Limits that refused something", columns);
        for hit in &findings.limit_hits {
            let show = Show::meter(hit.meter, hit.unit);
            table.row(vec![
                Cell::text(hit.name.clone()),
                Cell::number(Show::Count, hit.count as f64),
                Cell::number(Show::Count, hit.replications as f64),
                Cell::number(show, hit.short_max as f64),
            ]);
        }
        pieces.push(Piece::Table(table));
    }
    if pieces.is_empty() {
        pieces.push(Piece::words("Nothing was refused in any replication."));
    }
    Section::new("refused", "Refused operations", pieces)
}

/// What was left out of the numbers, and why.
pub(super) fn notes(findings: &Findings) -> Section {
    let notes: Vec<String> = findings.notes.iter().map(|note| note_text(findings, note)).collect();
    let empty = notes.is_empty();
    let piece = if empty { Piece::words("Nothing was left out of the numbers.") } else { Piece::List(notes) };
    Section::new("notes", "What was left out, and why", vec![piece])
}

/// Numbers the result rests on that are not documented, and overridden ones.
pub(super) fn assumptions(findings: &Findings, about: &About) -> Section {
    let piece = assumed(findings, about)
        .map_or_else(|| Piece::words("Every limit used is documented and none was overridden."), Piece::Table);
    let mut pieces = vec![piece];
    if let Piece::Table(_) = pieces[0] {
        pieces.push(Piece::words("`drsim limits` tells every number of the profile with its source and date."));
    }
    Section::new("assumptions", "Assumptions", pieces)
}

fn assumed(findings: &Findings, about: &About) -> Option<Table> {
    let columns = vec![text("Number"), text("Value"), text("How sure"), text("Source"), text("Why")];
    let mut table =
        Table::new("assumption-table", "Numbers this result rests on that are not plainly documented", columns);
    for note in resting_on(findings, about) {
        let cells = vec![
            Cell::text(note.key.clone()),
            Cell::text(note.value.clone()),
            Cell::text(mark_name(note.mark)),
            Cell::text(note.source.clone()),
            Cell::text(note.why.clone()),
        ];
        table.rows.push(Row { cells, ..Row::default() });
    }
    table.sortable = true;
    (!table.rows.is_empty()).then_some(table)
}

/// What was found in the inputs.
pub(super) fn inputs(about: &About) -> Section {
    let mut pieces = Vec::new();
    for (heading, notes) in [("Warnings", &about.warnings), ("What was read", &about.input_notes)] {
        if !notes.is_empty() {
            pieces.extend([Piece::Heading(heading.into()), Piece::List(notes.clone())]);
        }
    }
    if pieces.is_empty() {
        pieces.push(Piece::words("No defects were found in the inputs."));
    }
    Section::new("inputs", "Inputs and their defects", pieces)
}

pub(super) fn repeat(about: &About) -> Section {
    let terms = [
        ("Scenario", about.scenario_file.clone()),
        ("Scenario hash", about.hash_hex.clone()),
        ("Seed", about.seed.to_string()),
        ("Replications", about.replications.to_string()),
        ("Version", about.version.clone()),
        ("Digest of the results", about.digest_hex.clone()),
    ];
    let terms = terms.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let same = "The same scenario, seed and version give the same bytes, whatever the number of threads.";
    let pieces = vec![Piece::Command(about.command.clone()), Piece::Terms(terms), Piece::words(same)];
    Section::new("repeat", "How to repeat this", pieces)
}
