//! Targets and distributions: achieved beside wanted, spread beside the mean.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::grid::{Entry, Grid, GridColumn};
use super::sheet::column_of;
use super::style::Style;
use super::{Book, scale};
use crate::report::numbers::quantity_names;

pub(super) fn targets(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("targets");
    let scale = |row| scale(table, row);
    let targets = &book.findings.targets;
    let of_limit = GridColumn::new("of_limit", "Achieved, of the limit", 13.0, move |row| {
        let own = &targets[row];
        match own.achieved.value.filter(|_| own.limit > 0.0) {
            Some(achieved) => Entry::Formula("{achieved}/{wanted_limit}".into(), achieved / own.limit, Style::Percent),
            None => Entry::Blank,
        }
    });
    let grid = Grid::of(table, scale).with("achieved_high", of_limit.unit("%"));
    let verdict = column_of(&grid, "verdict");
    let dressed = book.whole("Targets", table, &grid, 2, |sheet, placed| match verdict {
        Some(column) => sheet.verdicts(placed, column),
        None => Ok(()),
    })?;
    Ok(dressed.0)
}

pub(super) fn distributions(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("distributions");
    let scale = |row| scale(table, row);
    let grid = Grid::of(table, scale)
        .change("quantity", |column| (column.label, column.width) = ("Key".into(), 26.0))
        .with("quantity", label(book))
        .folded(&["quantity", "mean_low", "mean_high", "p50_low", "p50_high", "method"]);
    Ok(book.whole("Distributions", table, &grid, 2, |_, _| Ok(()))?.0)
}

/// What a quantity is called among people.
pub(super) fn label<'a>(book: &'a Book) -> GridColumn<'a> {
    let spreads = &book.findings.spreads;
    GridColumn::new("label", "Quantity", 28.0, move |row| {
        Entry::Text(quantity_names(spreads[row].quantity).1.into(), Style::Text)
    })
}
