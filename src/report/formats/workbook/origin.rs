//! Where the numbers come from: assumptions with source and mark, the files read, and how to repeat all this.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::grid::{Entry, Grid, GridColumn};
use super::style::Style;
use super::{Book, scale};

pub(super) fn assumptions(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("assumptions");
    let scale = |row| scale(table, row);
    let grid = Grid::of(table, scale).change("why", |column| column.width = 70.0);
    Ok(book.whole("Assumptions", table, &grid, 1, |_, _| Ok(()))?.0)
}

pub(super) fn inputs(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("inputs");
    let scale = |row| scale(table, row);
    let widths = [("file", 40.0), ("purpose", 30.0), ("left_out_because", 44.0), ("remarks", 60.0)];
    let grid = widths
        .into_iter()
        .fold(Grid::of(table, scale), |grid, (name, width)| grid.change(name, |column| column.width = width));
    Ok(book.whole("Inputs", table, &grid, 1, |_, _| Ok(()))?.0)
}

/// The command, and what must be equal for its numbers to be equal.
pub(super) fn repeat(book: &Book) -> Result<Worksheet, XlsxError> {
    let about = book.about;
    let said: Vec<(&str, String)> = vec![
        ("Command", about.command.clone()),
        ("Scenario", about.scenario_file.clone()),
        ("Title", about.title.clone()),
        ("Hash of the scenario (BLAKE3)", about.hash_hex.clone()),
        ("Seed", about.seed.to_string()),
        ("Replications", about.replications.to_string()),
        ("drsim", about.version.clone()),
        ("Digest of all runs", about.digest_hex.clone()),
        ("Fingerprint of the luck", about.numeric_fingerprint_hex.clone()),
    ];
    let said = &said;
    let grid = Grid {
        columns: vec![
            GridColumn::new("what", "What", 32.0, move |row| Entry::Text(said[row].0.into(), Style::Text)),
            GridColumn::new("value", "Value", 100.0, move |row| Entry::Text(said[row].1.as_str().into(), Style::Long)),
        ],
        rows: (0..said.len()).collect(),
    };
    let mut sheet = book.sheet("How to repeat")?;
    sheet.title(
        "How to repeat",
        "The same scenario, seed, replications and version give the same digest and the same bytes of this file.",
    )?;
    sheet.grid(&grid, "")?;
    sheet.widths(&grid)?;
    sheet.done(&book.origin)
}
