//! VMs, failures and violations, as the tables have them.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::grid::{Entry, Grid, GridColumn};
use super::sheet::column_of;
use super::style::{DAY_S, Style};
use super::{Book, scale};
use crate::report::numbers::six;
use crate::report::remedy::{UNKNOWN, remedy};

pub(super) fn vms(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("vms");
    let scale = |row| scale(table, row);
    let worst_first = book.findings.worst_vms.iter().map(|vm| vm.index()).collect();
    let grid = Grid::of(table, scale).rows(worst_first);
    let flagged = ["violations", "beyond_target_share"].map(|name| column_of(&grid, name));
    let dressed = book.whole("VMs", table, &grid, 1, |sheet, placed| {
        flagged.iter().flatten().try_for_each(|column| sheet.flags(placed, *column))
    })?;
    Ok(dressed.0)
}

pub(super) fn failures(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("failures");
    let scale = |row| scale(table, row);
    let grid = Grid::of(table, scale).folded(&["rpo_custom_s", "in_cache_bytes", "at_source_bytes"]);
    Ok(book.whole("Failures", table, &grid, 3, |_, _| Ok(()))?.0)
}

pub(super) fn damages(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("damages");
    let scale = |row| scale(table, row);
    Ok(book.whole("Damages", table, &Grid::of(table, scale), 3, |_, _| Ok(()))?.0)
}

/// The worst violations with how long they lasted and what would have avoided them.
pub(super) fn violations(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("violations");
    let scale = |row| scale(table, row);
    let violations = &book.findings.violations;
    let lasts = GridColumn::new("lasts", "Lasts", 13.0, move |row| {
        let own = &violations[row].1;
        let days = (six(own.end.secs_f64()) - six(own.begin.secs_f64())) / DAY_S;
        Entry::Formula("{end_s}-{begin_s}".into(), days, Style::Clock)
    });
    let avoided = GridColumn::new("avoided", "What would have avoided it", 66.0, move |row| {
        let sentence = violations[row].1.cause.map_or_else(|| UNKNOWN.to_owned(), |cause| remedy(cause).sentence());
        Entry::Text(sentence.into(), Style::Long)
    });
    let grid = Grid::of(table, scale).with("end_s", lasts.unit("h:mm:ss")).with("bottleneck_since_s", avoided);
    Ok(book.whole("Violations", table, &grid, 2, |_, _| Ok(()))?.0)
}
