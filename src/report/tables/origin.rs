//! What the numbers rest on: one row per limit with its mark and source, one per file that was read.

use super::Kind::{Count, Text};
use super::{Cell, Rows, Table};
use crate::inventory::limits::LimitNote;
use crate::planner::Findings;
use crate::report::write::{mark_name, resting_on};
use crate::report::{About, InputFile};

/// First what the result rests on and nobody documents, then what is documented.
pub(super) fn assumptions<'a>(findings: &Findings, about: &'a About) -> Table<'a> {
    let first = resting_on(findings, about);
    let known = |note: &&LimitNote| first.iter().any(|own| own.key == note.key);
    let others: Vec<&LimitNote> = about.assumptions.iter().filter(|note| !known(note)).collect();
    let all = first.iter().copied().chain(others);
    let rows: Rows<&LimitNote> =
        Rows::of("assumptions", "One row per number of the limits profile; first what nobody documents", all);
    rows.column(Text, "key", "Number", |note| note.key.as_str())
        .column(Text, "value", "Value", |note| note.value.as_str())
        .column(Text, "mark", "How sure", |note| mark_name(note.mark))
        .column(Text, "source", "Source", |note| note.source.as_str())
        .column(Text, "why", "Why", |note| note.why.as_str())
        .done()
}

pub(super) fn inputs(about: &About) -> Table<'_> {
    let rows: Rows<&InputFile> =
        Rows::of("inputs", "One row per file that was read, and what it was read for", &about.inputs);
    rows.column(Text, "file", "File", |own| own.file.as_str())
        .column(Text, "purpose", "Read for", |own| own.purpose.as_str())
        .column(Count, "rows_used", "Rows used", |own| own.rows_used)
        .column(Count, "rows_left_out", "Rows left out", |own| {
            own.rows_left_out.iter().map(|(_, count)| count).sum::<u64>()
        })
        .column(Text, "left_out_because", "Left out because", |own| said(reasons(own)))
        .column(Text, "remarks", "Remarks", |own| said(own.remarks.join("; ")))
        .done()
}

fn reasons(own: &InputFile) -> String {
    let reasons = own.rows_left_out.iter().map(|(reason, count)| format!("{count}: {reason}"));
    reasons.collect::<Vec<_>>().join("; ")
}

/// Nothing said is an empty cell.
fn said(text: String) -> Cell<'static> {
    if text.is_empty() { Cell::Empty } else { text.into() }
}
