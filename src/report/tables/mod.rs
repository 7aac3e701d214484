//! The tables of a report, described once: name, columns, units, types. CSV, Parquet and workbook print them.
//!
//! A table is read cell by cell, so nothing is copied until a format asks. Columns carry their unit at the end of their
//! name: `rpo_s`, `cache_bytes`, `headroom_share`. Where the unit differs from row to row, a column `unit` names it and
//! the numbers are [`Kind::Level`]s. Numbers have six significant digits, amounts of bytes and counts are whole, unknown
//! cells are empty. Invariant: every cell is of its column's kind, or empty.
//!
//! To add a column: one line in its table. To add a table: a function here and its line in [`all`].

mod capacity;
mod contest;
mod machines;
mod origin;
mod results;
mod runs;
mod sweep;

pub use contest::contest;
pub use sweep::sweep;

use std::rc::Rc;

use super::About;
use super::numbers::six;
use crate::planner::Findings;
use crate::units::{Bytes, Duration, Timestamp};

/// All tables, in the order of a report.
pub fn all<'a>(findings: &'a Findings, about: &'a About) -> Vec<Table<'a>> {
    vec![
        results::targets(findings),
        results::distributions(findings),
        runs::replications(findings),
        runs::failures(findings),
        runs::damages(findings),
        machines::vms(findings),
        capacity::resources(findings),
        capacity::phases(findings),
        machines::violations(findings),
        capacity::refusals(findings),
        origin::assumptions(findings, about),
        origin::inputs(about),
    ]
}

/// One table: what its rows are, and its columns.
pub struct Table<'a> {
    /// Stem of the file names.
    pub name: &'static str,
    /// What one row is, in a sentence without a full stop.
    pub title: &'static str,
    /// Grows with replications or VMs: worth columns on disk.
    pub is_large: bool,
    pub columns: Vec<Column<'a>>,
    pub rows: usize,
}

/// One column.
pub struct Column<'a> {
    /// For programs; the unit at its end.
    pub name: &'static str,
    /// For people, without the unit.
    pub label: &'static str,
    pub kind: Kind,
    cell: Box<dyn Fn(usize) -> Cell<'a> + 'a>,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or a word.
    Text,
    /// A whole number: how many, or which.
    Count,
    /// A span [s].
    Seconds,
    /// A moment, since the start of the run [s].
    Moment,
    /// A whole amount [bytes].
    Bytes,
    /// A share, 0 … 1.
    Share,
    /// In the unit that the column `unit` of the same row names.
    Level,
}

impl Kind {
    /// The unit as the column's name ends in; empty for what has none.
    pub fn unit(self) -> &'static str {
        match self {
            Kind::Text | Kind::Count => "",
            Kind::Seconds | Kind::Moment => "s",
            Kind::Bytes => "bytes",
            Kind::Share => "share",
            Kind::Level => "unit",
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Not known, or there is no such thing.
    Empty,
    Text(std::borrow::Cow<'a, str>),
    Whole(u64),
    /// Six significant digits.
    Number(f64),
}

impl Column<'_> {
    pub fn cell(&self, row: usize) -> Cell<'_> {
        (self.cell)(row)
    }
}

impl<'a> Table<'a> {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column<'a>> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A table being described: columns are added one by one, each with how a row fills it.
struct Rows<'a, R> {
    rows: Rc<[R]>,
    table: Table<'a>,
}

impl<'a, R: 'a> Rows<'a, R> {
    fn of(name: &'static str, title: &'static str, rows: impl IntoIterator<Item = R>) -> Self {
        let rows: Rc<[R]> = rows.into_iter().collect();
        let table = Table { name, title, is_large: false, columns: Vec::new(), rows: rows.len() };
        Self { rows, table }
    }

    fn large(mut self) -> Self {
        self.table.is_large = true;
        self
    }

    fn column<V: Into<Cell<'a>>>(
        mut self,
        kind: Kind,
        name: &'static str,
        label: &'static str,
        value: impl Fn(&R) -> V + 'a,
    ) -> Self {
        let rows = Rc::clone(&self.rows);
        let cell = Box::new(move |row: usize| rows.get(row).map_or(Cell::Empty, |row| value(row).into()));
        self.table.columns.push(Column { name, label, kind, cell });
        self
    }

    fn done(self) -> Table<'a> {
        self.table
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(text.into())
    }
}

impl From<u64> for Cell<'_> {
    fn from(count: u64) -> Self {
        Cell::Whole(count)
    }
}

impl From<u32> for Cell<'_> {
    fn from(count: u32) -> Self {
        Cell::Whole(count.into())
    }
}

impl From<Bytes> for Cell<'_> {
    fn from(amount: Bytes) -> Self {
        Cell::Whole(amount.0)
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Cell::Number(six(number))
    }
}

impl From<Duration> for Cell<'_> {
    fn from(span: Duration) -> Self {
        span.secs_f64().into()
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(moment: Timestamp) -> Self {
        moment.secs_f64().into()
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests;
