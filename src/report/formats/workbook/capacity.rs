//! Resources: what they need at the peak and at p99 against what there is, by phase, and what was refused.
//!
//! Capacities are yellow: a planner changes them and sees what is free. Peaks are those of the run: a smaller link or
//! appliance would move them too, which only another run tells.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::grid::{Entry, Grid, GridColumn, as_number};
use super::sheet::{Placed, column_of};
use super::style::{Role, Scale, Style};
use super::{Book, scale};
use crate::contract::Meter;
use crate::measure::RunPhase;
use crate::report::tables::Table;

/// Where the shares of the capacity stand, for charts.
pub(super) struct Shares {
    pub placed: Placed,
    pub peak: u16,
    pub p99: u16,
}

/// Name of the sheet, for formulas of others.
pub(super) const RESOURCES: &str = "Resources";

/// A column of formulas over the capacity and a level of its row.
struct Derived {
    /// The column before it.
    behind: &'static str,
    name: &'static str,
    label: &'static str,
    level: &'static str,
    formula: &'static str,
    /// What the formula comes to, of capacity and level [base unit].
    now: fn(f64, f64) -> f64,
    is_share: bool,
}

#[rustfmt::skip]
const DERIVED: [Derived; 6] = [
    Derived { behind: "peak", name: "free_peak", label: "Free at the peak", level: "peak",
        formula: "{capacity}-{peak}", now: |capacity, level| capacity - level, is_share: false },
    Derived { behind: "free_peak", name: "room_peak", label: "Free at the peak", level: "peak",
        formula: "1-{peak}/{capacity}", now: |capacity, level| 1.0 - level / capacity, is_share: true },
    Derived { behind: "room_peak", name: "used_peak", label: "Used at the peak", level: "peak",
        formula: "{peak}/{capacity}", now: |capacity, level| level / capacity, is_share: true },
    Derived { behind: "p99", name: "free_p99", label: "Free at p99", level: "p99",
        formula: "{capacity}-{p99}", now: |capacity, level| capacity - level, is_share: false },
    Derived { behind: "free_p99", name: "room_p99", label: "Free at p99", level: "p99",
        formula: "1-{p99}/{capacity}", now: |capacity, level| 1.0 - level / capacity, is_share: true },
    Derived { behind: "room_p99", name: "used_p99", label: "Used at p99", level: "p99",
        formula: "{p99}/{capacity}", now: |capacity, level| level / capacity, is_share: true },
];

impl Derived {
    fn column<'a>(&'static self, book: &'a Book, table: &'a Table) -> GridColumn<'a> {
        let column = GridColumn::new(self.name, self.label, 12.0, move |row| {
            let Some((capacity, level)) = capacity_and(table, self.level, row) else { return Entry::Blank };
            let now = (self.now)(capacity, level);
            let scale = meter_scale(book, table, row);
            let (now, style) = if self.is_share { (now, Style::Percent) } else { (now * scale.factor, scale.style) };
            Entry::Formula(self.formula.into(), now, style)
        });
        column.unit(if self.is_share { "%" } else { "" })
    }
}

pub(super) fn resources(book: &Book) -> Result<(Worksheet, Shares), XlsxError> {
    let table = book.table("resources");
    let scale = |row| meter_scale(book, table, row);
    let plain = Grid::of(table, scale).change("capacity", |column| column.role = Role::Input);
    let derived = DERIVED.iter().fold(plain, |grid, own| grid.with(own.behind, own.column(book, table)));
    let mut grid =
        derived.folded(&["mean", "p95", "used_peak", "free_p99", "used_p99", "peak_replication", "peak_phase_vms"]);
    // The formulas say the same, and follow when a capacity is changed.
    grid.columns.retain(|column| !column.name.starts_with("headroom"));
    let at = |name: &str| column_of(&grid, name).unwrap_or_default();
    let (room, shares) = (["room_peak", "room_p99"].map(at), (at("used_peak"), at("used_p99")));
    let (sheet, placed) = book.whole(RESOURCES, table, &grid, 1, |sheet, placed| {
        room.iter().try_for_each(|column| sheet.room(placed, *column))
    })?;
    Ok((sheet, Shares { placed, peak: shares.0, p99: shares.1 }))
}

/// Capacity and another level of a row [base unit]; a quota of nothing has no shares.
fn capacity_and(table: &Table, level: &str, row: usize) -> Option<(f64, f64)> {
    let number = |name| table.column(name).and_then(|column| as_number(&column.cell(row)));
    number("capacity").filter(|capacity| *capacity > 0.0).zip(number(level))
}

/// The rows of the table are those of the findings, in their order; links are shown as they are sold.
pub(super) fn meter_scale(book: &Book, table: &Table, row: usize) -> Scale {
    match book.findings.capacity.get(row).map(|own| own.meter) {
        Some(Meter::Link(..)) => Scale::LINK,
        _ => scale(table, row),
    }
}

/// The greatest level of every resource in every phase that occurred: rows are resources.
pub(super) fn phases(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("resources");
    let scale = |row| meter_scale(book, table, row);
    let capacity = &book.findings.capacity;
    let occurred = |phase: &RunPhase| capacity.iter().any(|own| own.peak_by_phase.iter().any(|(own, _)| own == phase));
    let mut grid = Grid::of(table, scale).only(&["resource", "unit", "capacity", "peak"]);
    for phase in RunPhase::ALL.into_iter().filter(occurred) {
        grid.columns.push(GridColumn::new(phase.name(), phase.name(), 12.0, move |row| {
            let peak = capacity[row].peak_by_phase.iter().find(|(own, _)| *own == phase);
            let scale = meter_scale(book, table, row);
            peak.map_or(Entry::Blank, |(_, peak)| Entry::Number(*peak as f64 * scale.factor, scale.style))
        }));
    }
    let grid = grid.change("peak", |column| column.label = "Greatest of all".into());
    let mut sheet = book.sheet("Peaks by phase")?;
    sheet.title(
        "Peaks by phase",
        "The greatest level of each resource in each phase of the run, over all replications.",
    )?;
    let placed = sheet.grid(&grid, "the CSV file phases")?;
    sheet.widths(&grid)?;
    sheet.scrolls(&grid, placed, 1)?;
    sheet.done(&book.origin)
}

pub(super) fn refusals(book: &Book) -> Result<Worksheet, XlsxError> {
    let table = book.table("refusals");
    let scale = |row| scale(table, row);
    let grid = Grid::of(table, scale).change("reason", |column| column.width = 60.0);
    let refused = column_of(&grid, "refused");
    let (sheet, _) = book.whole("Refused", table, &grid, 1, |sheet, placed| match refused {
        Some(column) => sheet.flags(placed, column),
        None => Ok(()),
    })?;
    Ok(sheet)
}
