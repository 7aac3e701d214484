//! A grid: rows under one head, made of a table of the report, with columns of its own beside.
//!
//! Spans are shown as hours, minutes and seconds, amounts in MiB or GiB; the same values in base units (s, bytes) stand
//! in folded columns at the right, for formulas and look-ups. A formula names the columns of its row in braces:
//! `{capacity}-{peak}`.

use std::borrow::Cow;

use super::style::{DAY_S, GIB, Role, Scale, Style};
use crate::report::tables::{Cell, Kind, Table};

/// Rows under one head.
pub(super) struct Grid<'a> {
    pub columns: Vec<GridColumn<'a>>,
    /// Which rows of the table, in this order.
    pub rows: Vec<usize>,
}

pub(super) struct GridColumn<'a> {
    /// What formulas call it.
    pub name: Cow<'static, str>,
    pub label: Cow<'a, str>,
    /// Stands in the head; empty where the row says it, or there is none.
    pub unit: &'static str,
    /// Characters.
    pub width: f64,
    pub role: Role,
    /// Folded away at the right.
    pub is_base: bool,
    entry: Box<dyn Fn(usize) -> Entry<'a> + 'a>,
}

/// What stands in a cell.
pub(super) enum Entry<'a> {
    Blank,
    Text(Cow<'a, str>, Style),
    Number(f64, Style),
    /// Template and its value now.
    Formula(Cow<'a, str>, f64, Style),
}

impl<'a> GridColumn<'a> {
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'a, str>>,
        width: f64,
        entry: impl Fn(usize) -> Entry<'a> + 'a,
    ) -> Self {
        let (name, label) = (name.into(), label.into());
        Self { name, label, unit: "", width, role: Role::Result, is_base: false, entry: Box::new(entry) }
    }

    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    pub fn entry(&self, row: usize) -> Entry<'a> {
        (self.entry)(row)
    }
}

impl<'a> Grid<'a> {
    /// All columns of a table, those in base units behind; `scale`: the unit that suits a row.
    pub fn of(table: &'a Table, scale: impl Fn(usize) -> Scale + Copy + 'a) -> Self {
        let readable = table.columns.iter().map(|column| {
            let label = column.label;
            let read = move |row| column.cell(row);
            match column.kind {
                _ if column.name == "unit" => {
                    GridColumn::new("unit", label, 9.0, move |row| Entry::Text(scale(row).unit.into(), Style::Text))
                }
                Kind::Text => {
                    GridColumn::new(column.name, label, wide(table, column.name), move |row| words(read(row)))
                }
                Kind::Count => {
                    GridColumn::new(column.name, label, 11.0, move |row| number(read(row), 1.0, Style::Whole))
                }
                Kind::Share => {
                    GridColumn::new(column.name, label, 12.0, move |row| number(read(row), 1.0, Style::Percent))
                        .unit("%")
                }
                Kind::Seconds => {
                    let clock = move |row| number(read(row), 1.0 / DAY_S, Style::Clock);
                    GridColumn::new(column.name, label, 13.0, clock).unit("h:mm:ss")
                }
                Kind::Moment => {
                    let days = move |row| number(read(row), 1.0 / DAY_S, Style::Days);
                    GridColumn::new(column.name, label, 12.0, days).unit("day")
                }
                Kind::Bytes => {
                    GridColumn::new(column.name, label, 12.0, move |row| number(read(row), GIB, Style::Decimal))
                        .unit("GiB")
                }
                Kind::Level => GridColumn::new(column.name, label, 13.0, move |row| {
                    let scale = scale(row);
                    number(read(row), scale.factor, scale.style)
                }),
            }
        });
        let bases = table.columns.iter().filter(|column| has_base(column.kind)).map(|column| {
            let name = format!("{} base", column.name);
            let base =
                GridColumn::new(name, column.label, 13.0, move |row| number(column.cell(row), 1.0, Style::Plain));
            GridColumn { is_base: true, unit: base_unit(column.kind), ..base }
        });
        Self { columns: readable.chain(bases).collect(), rows: (0..table.rows).collect() }
    }

    /// These columns only, in this order.
    pub fn only(mut self, names: &[&str]) -> Self {
        let mut kept = Vec::new();
        for name in names {
            if let Some(at) = self.columns.iter().position(|column| column.name == *name) {
                kept.push(self.columns.swap_remove(at));
            }
        }
        self.columns = kept;
        self
    }

    /// Puts a column behind the one of this name.
    pub fn with(mut self, behind: &str, column: GridColumn<'a>) -> Self {
        let at = self.columns.iter().position(|own| own.name == behind).map_or(self.columns.len(), |at| at + 1);
        self.columns.insert(at, column);
        self
    }

    /// Folds these columns away too, before the base units.
    pub fn folded(mut self, names: &[&str]) -> Self {
        let shown = self.columns.iter().position(|column| column.is_base).unwrap_or(self.columns.len());
        let bases = self.columns.split_off(shown);
        let (folded, kept) = self.columns.into_iter().partition(|column| names.contains(&column.name.as_ref()));
        self.columns = kept;
        let folded: Vec<GridColumn> = folded;
        self.columns.extend(folded.into_iter().map(|column| GridColumn { is_base: true, ..column }).chain(bases));
        self
    }

    /// Other words in the head, or another role, for the column of this name.
    pub fn change(mut self, name: &str, change: impl FnOnce(&mut GridColumn<'a>)) -> Self {
        if let Some(column) = self.columns.iter_mut().find(|column| column.name == name) {
            change(column);
        }
        self
    }

    /// These rows only, in this order.
    pub fn rows(mut self, rows: Vec<usize>) -> Self {
        self.rows = rows;
        self
    }
}

fn has_base(kind: Kind) -> bool {
    match kind {
        Kind::Seconds | Kind::Moment | Kind::Bytes | Kind::Level => true,
        Kind::Text | Kind::Count | Kind::Share => false,
    }
}

fn base_unit(kind: Kind) -> &'static str {
    if kind == Kind::Level { "base unit" } else { kind.unit() }
}

fn words(cell: Cell) -> Entry {
    match cell {
        Cell::Text(text) if text.len() > LONG => Entry::Text(text, Style::Long),
        Cell::Text(text) => Entry::Text(text, Style::Text),
        Cell::Empty | Cell::Whole(_) | Cell::Number(_) => Entry::Blank,
    }
}

fn number<'a>(cell: Cell, factor: f64, style: Style) -> Entry<'a> {
    match as_number(&cell) {
        Some(number) => Entry::Number(number * factor, style),
        None => Entry::Blank,
    }
}

/// The number of a cell, if it is one.
pub(super) fn as_number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Whole(count) => Some(*count as f64),
        Cell::Empty | Cell::Text(_) => None,
    }
}

/// Text longer than this is wrapped [bytes].
const LONG: usize = 44;
/// Rows that decide how wide a column of words is.
const LOOKED_AT: usize = 500;

/// As wide as its words, within reason.
fn wide(table: &Table, name: &str) -> f64 {
    let column = table.column(name);
    let long = |row| match column.map(|column| column.cell(row)) {
        Some(Cell::Text(text)) => text.chars().count(),
        _ => 0,
    };
    let longest = (0..table.rows.min(LOOKED_AT)).map(long).max().unwrap_or(0);
    (longest.clamp(9, LONG) + 2) as f64
}
