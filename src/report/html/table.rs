//! Tables of the page, plain enough that one small template draws each of them.
//!
//! Units stand in the head of a column; a cell may carry a key by which the script sorts it. Invariant: every row has
//! as many cells as there are columns.

use std::borrow::Cow;

use askama::Template;

use super::piece::Term;
use crate::planner::findings::Estimate;
use crate::report::charts::{Show, interval, moment};
use crate::units::Timestamp;

/// A table with a caption; sortable ones get buttons in their heads from the script of the page.
#[derive(Template, Default)]
#[template(path = "report/table.html")]
pub(in crate::report) struct Table {
    pub id: Cow<'static, str>,
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    pub sortable: bool,
    /// Groups to choose from; empty: the table has no filter.
    pub groups: Vec<String>,
    /// What was cut off or how to read it; empty: nothing to say.
    pub note: String,
}

pub(in crate::report) struct Column {
    pub head: &'static str,
    /// Empty: no unit.
    pub unit: &'static str,
    pub numeric: bool,
}

#[derive(Default)]
pub(in crate::report) struct Row {
    /// For filters; empty: not filtered.
    pub group: String,
    pub flagged: bool,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Default)]
pub(in crate::report) struct Cell {
    pub text: String,
    /// Smaller, below: the interval or the unit's context.
    pub sub: String,
    /// Sorts by this instead of the text.
    pub key: String,
    pub class: &'static str,
    /// Stands in the place of the text.
    pub term: Option<Term>,
}

/// A column of words.
pub(in crate::report) fn words(head: &'static str) -> Column {
    Column { head, unit: "", numeric: false }
}

/// A column of numbers.
pub(in crate::report) fn numbers(head: &'static str, unit: &'static str) -> Column {
    Column { head, unit, numeric: true }
}

impl Table {
    pub fn new(id: impl Into<Cow<'static, str>>, caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Table { id: id.into(), caption: caption.into(), columns, ..Table::default() }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a row of {} has another number of cells", self.caption);
        self.rows.push(Row { cells, ..Row::default() });
    }
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// A name whose meaning appears when it is pointed at.
    pub fn term(term: Term) -> Cell {
        Cell { term: Some(term), ..Cell::default() }
    }

    /// A number that sorts by its value.
    pub fn number(show: Show, value: f64) -> Cell {
        Cell { text: show.text(value), key: key(value), ..Cell::default() }
    }

    /// Unknown values sort below all known ones.
    pub fn maybe(show: Show, value: Option<f64>) -> Cell {
        value.map_or_else(|| Cell { text: "–".into(), key: "-1".into(), ..Cell::default() }, |v| Cell::number(show, v))
    }

    /// Sorts by time.
    pub fn moment(at: Timestamp) -> Cell {
        Cell { text: moment(at), key: key(at.secs_f64().round()), ..Cell::default() }
    }

    pub fn estimate(show: Show, estimate: &Estimate) -> Cell {
        Cell { sub: interval(show, estimate), ..Cell::maybe(show, estimate.value) }
    }

    pub fn class(mut self, class: &'static str) -> Cell {
        self.class = class;
        self
    }

    pub fn sub(mut self, sub: impl Into<String>) -> Cell {
        self.sub = sub.into();
        self
    }
}

/// Short enough for a thousand rows, long enough to sort.
fn key(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').into()
    }
}
