//! `report.xlsx`: the report as planners know it. Numbers to sort, filter and go on with; same findings, same bytes.
//!
//! | part | what it is |
//! |---|---|
//! | `style` | number formats, colours, the unit that suits a row |
//! | `grid` | rows under one head, made of a table of the report; formulas over a row |
//! | `sheet` | headings and grids from top to bottom, ready for screen and paper |
//! | `summary`, `results`, `capacity`, `machines`, `origin` | ★ the sheets, one file per family |
//! | `charts` | native charts and the cells they draw |
//!
//! Spans stand as h:mm:ss and, folded at the right, in seconds; yellow cells may be changed and formulas follow. To add a
//! sheet: a function that returns it, and its line in [`render`].

mod capacity;
mod charts;
mod grid;
mod machines;
mod origin;
mod results;
mod sheet;
mod style;
mod summary;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use self::grid::{Grid, as_number};
use self::sheet::Sheet;
use self::style::{Scale, Styles};
use crate::planner::Findings;
use crate::report::About;
use crate::report::tables::{self, Cell, Kind, Table};

/// Writes the workbook.
pub fn render(findings: &Findings, about: &About) -> Vec<u8> {
    written(findings, about).expect("a workbook in memory with names of ours and bounded cells can be written")
}

fn written(findings: &Findings, about: &About) -> Result<Vec<u8>, XlsxError> {
    let book = Book::new(findings, about);
    let (resources, placed) = capacity::resources(&book)?;
    let charts = charts::Charts::new(&book, placed)?;
    let sheets = [
        summary::summary(&book, &charts)?,
        results::targets(&book)?,
        results::distributions(&book)?,
        resources,
        capacity::phases(&book)?,
        capacity::refusals(&book)?,
        machines::vms(&book)?,
        machines::failures(&book)?,
        machines::violations(&book)?,
        machines::damages(&book)?,
        origin::assumptions(&book)?,
        origin::inputs(&book)?,
        origin::repeat(&book)?,
        charts.data,
    ];
    let mut workbook = Workbook::new();
    // A fixed day: the bytes must not depend on when they are written.
    let made = DocProperties::new()
        .set_title(&about.title)
        .set_author(format!("drsim {}", about.version))
        .set_comment(format!("{}; digest {}", about.command, about.digest_hex))
        .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    workbook.set_properties(&made);
    sheets.into_iter().for_each(|sheet| workbook.push_worksheet(sheet));
    workbook.save_to_buffer()
}

/// What every sheet is made from.
struct Book<'a> {
    findings: &'a Findings,
    about: &'a About,
    tables: Vec<Table<'a>>,
    styles: Rc<Styles>,
    /// For the foot of every page.
    origin: String,
}

impl<'a> Book<'a> {
    fn new(findings: &'a Findings, about: &'a About) -> Self {
        let origin = format!("{} · seed {} · drsim {}", about.title, about.seed, about.version);
        Self { findings, about, tables: tables::all(findings, about), styles: Rc::new(Styles::new()), origin }
    }

    fn sheet(&self, name: &'static str) -> Result<Sheet, XlsxError> {
        Sheet::new(name, &self.styles)
    }

    /// One of the report's tables.
    fn table(&self, name: &str) -> &Table<'a> {
        self.tables.iter().find(|table| table.name == name).expect("sheets ask for tables that the report has")
    }

    /// A sheet with one grid that fills it: head in sight, filter, base units folded. `dress`: what is coloured.
    fn whole(
        &self,
        name: &'static str,
        table: &Table,
        grid: &Grid,
        frozen_columns: u16,
        dress: impl Fn(&mut Sheet, sheet::Placed) -> Result<(), XlsxError>,
    ) -> Result<(Worksheet, sheet::Placed), XlsxError> {
        let mut sheet = self.sheet(name)?;
        sheet.title(name, &format!("{}.", table.title))?;
        let elsewhere = if table.is_large { "the CSV and Parquet files" } else { "the CSV file" };
        let placed = sheet.grid(grid, &format!("{elsewhere} {}", table.name))?;
        sheet.widths(grid)?;
        sheet.scrolls(grid, placed, frozen_columns)?;
        dress(&mut sheet, placed)?;
        Ok((sheet.done(&self.origin)?, placed))
    }
}

/// The unit that suits a row: as its column `unit` says, for the greatest of its levels.
fn scale(table: &Table, row: usize) -> Scale {
    let levels = table.columns.iter().filter(|column| column.kind == Kind::Level);
    let greatest = levels.filter_map(|column| as_number(&column.cell(row))).fold(0.0, f64::max);
    match table.column("unit").map(|column| column.cell(row)) {
        Some(Cell::Text(unit)) => Scale::of(&unit, greatest),
        _ => Scale::of("", greatest),
    }
}
