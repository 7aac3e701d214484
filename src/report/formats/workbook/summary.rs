//! The first sheet: verdict, targets, RPO and RTO, the tightest resources, what to do next, charts. Two pages on paper.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::capacity::meter_scale;
use super::charts::Charts;
use super::grid::Grid;
use super::results::label;
use super::sheet::{Sheet, column_of};
use super::{Book, scale};
use crate::report::write::write;

/// Rows shown of targets and resources; the sheets have all.
const SHOWN: usize = 12;
/// Columns of the page, and the characters that stand in them side by side.
const COLUMNS: u16 = 9;
const CHARACTERS: f64 = 135.0;

pub(super) fn summary(book: &Book, charts: &Charts) -> Result<Worksheet, XlsxError> {
    let report = write(book.findings, book.about);
    let mut sheet = book.sheet("Summary")?;
    sheet.own.set_column_width(0, 34)?.set_column_range_width(1, COLUMNS - 1, 13)?;
    sheet.title(&report.title, &report.ran)?;
    let verdict = (!book.findings.targets.is_empty()).then(|| book.findings.verdict());
    sheet.verdict(&report.verdict, verdict, COLUMNS)?;
    targets(book, &mut sheet)?;
    let advice: Vec<String> = report.advice.iter().map(|own| format!("{}. Try: {}", own.saw, own.try_this)).collect();
    sentences("What to do next", &advice, &mut sheet)?;
    distributions(book, &mut sheet)?;
    tightest(book, &mut sheet)?;
    charts.place(&mut sheet)?;
    sentences("Warnings", &report.warnings, &mut sheet)?;
    sentences("What to know of these numbers", &report.notes, &mut sheet)?;
    sheet.done(&book.origin)
}

fn targets(book: &Book, sheet: &mut Sheet) -> Result<(), XlsxError> {
    let table = book.table("targets");
    if table.rows == 0 {
        return Ok(());
    }
    let scale = |row| scale(table, row);
    let grid = Grid::of(table, scale)
        .only(&["target", "of", "verdict", "unit", "achieved", "achieved_low", "achieved_high", "wanted_limit"])
        .rows((0..table.rows.min(SHOWN)).collect());
    sheet.heading("Targets")?;
    let placed = sheet.grid(&grid, "")?;
    column_of(&grid, "verdict").map_or(Ok(()), |column| sheet.verdicts(placed, column))
}

/// Everything with quantiles, over all groups.
fn distributions(book: &Book, sheet: &mut Sheet) -> Result<(), XlsxError> {
    let table = book.table("distributions");
    let scale = |row| scale(table, row);
    let all = (0..table.rows).filter(|row| book.findings.spreads[*row].group.is_none()).collect();
    let grid = Grid::of(table, scale)
        .with("", label(book))
        .only(&["label", "unit", "mean", "p50", "p95", "p99", "worst", "p95_low", "p95_high"])
        .rows(all);
    sheet.heading("RPO, RTO and durations, achieved")?;
    sheet.grid(&grid, "")?;
    Ok(())
}

/// What has least room at its peak, first.
fn tightest(book: &Book, sheet: &mut Sheet) -> Result<(), XlsxError> {
    let table = book.table("resources");
    let scale = |row| meter_scale(book, table, row);
    let columns =
        ["resource", "unit", "capacity", "peak", "headroom_peak_share", "p99", "headroom_p99_share", "peak_phase"];
    let rows: Vec<usize> = super::charts::tightest(book.findings).into_iter().take(SHOWN).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let grid = Grid::of(table, scale).only(&columns).rows(rows);
    sheet.heading("Tightest resources")?;
    let placed = sheet.grid(&grid, "")?;
    let room = ["headroom_peak_share", "headroom_p99_share"].map(|name| column_of(&grid, name));
    room.iter().flatten().try_for_each(|column| sheet.room(placed, *column))
}

fn sentences(heading: &str, sentences: &[String], sheet: &mut Sheet) -> Result<(), XlsxError> {
    if sentences.is_empty() {
        return Ok(());
    }
    sheet.heading(heading)?;
    for sentence in sentences.iter().take(SHOWN) {
        sheet.sentence(sentence, COLUMNS, CHARACTERS)?;
    }
    if sentences.len() > SHOWN {
        sheet.note(&format!("{} more in summary.md", sentences.len() - SHOWN))?;
    }
    sheet.row += 1;
    Ok(())
}
