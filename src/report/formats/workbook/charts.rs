//! Native charts, and the sheet with the cells they draw: whoever changes a cell changes the picture.
//!
//! Units: hours, and shares of a capacity. What has no data has no chart.

use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartAxisLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartSolidFill, ChartType, Color, Worksheet, XlsxError, utility::row_col_to_cell,
};

use super::Book;
use super::capacity::{RESOURCES, Shares};
use super::grid::{Entry, Grid, GridColumn};
use super::sheet::{Placed, Sheet, last_column};
use super::style::Style;
use crate::planner::Findings;
use crate::planner::findings::Quantity;
use crate::report::numbers::six;
use crate::statistics::quantile_sorted;

const DATA: &str = "Chart data";
const HOUR_S: f64 = 3_600.0;
/// Resources drawn, the tightest first.
const RESOURCES_DRAWN: usize = 12;
/// Groups drawn.
const GROUPS_DRAWN: usize = 20;
/// Steps of a distribution.
const STEPS: usize = 40;
/// Two beside each other fill the page [pixels].
const HALF: (u32, u32) = (560, 330);
const WHOLE: (u32, u32) = (1_130, 360);
/// Rows of 20 pixels under a chart.
const ROWS_BELOW: u32 = 19;

const COLOURS: [u32; 5] = [0x1F_77_B4, 0xFF_BB_78, 0x2C_A0_2C, 0x98_76_AA, 0x8C_56_4B];

/// The charts that have data.
pub(super) struct Charts {
    pub data: Worksheet,
    parts: Option<Chart>,
    spread: Option<Chart>,
    resources: Option<Chart>,
}

impl Charts {
    pub fn new(book: &Book, shares: Shares) -> Result<Self, XlsxError> {
        let mut sheet = book.sheet(DATA)?;
        sheet.title(DATA, "What the charts of the summary draw.")?;
        sheet.own.set_column_width(0, 34)?.set_column_range_width(1, 7, 13)?;
        let parts = parts(book, &mut sheet)?;
        let spread = spread(book, &mut sheet)?;
        let resources = resources(book, &mut sheet, shares)?;
        Ok(Self { data: sheet.done(&book.origin)?, parts, spread, resources })
    }

    /// Puts the charts below what stands on the sheet.
    pub fn place(&self, sheet: &mut Sheet) -> Result<(), XlsxError> {
        let halves: Vec<&Chart> = [&self.spread, &self.parts].into_iter().flatten().collect();
        for (column, chart) in [0, 4].into_iter().zip(&halves) {
            let beside = if column == 0 { 0 } else { 22 };
            sheet.own.insert_chart_with_offset(sheet.row, column, chart, beside, 0)?;
        }
        sheet.row += if halves.is_empty() { 0 } else { ROWS_BELOW };
        if let Some(chart) = &self.resources {
            sheet.own.insert_chart(sheet.row, 0, chart)?;
            sheet.row += ROWS_BELOW;
        }
        Ok(())
    }
}

/// Rows of `findings.capacity` with a capacity, least room at the peak first.
pub(super) fn tightest(findings: &Findings) -> Vec<usize> {
    let room = |row: &usize| findings.capacity[*row].headroom_peak.unwrap_or(f64::INFINITY);
    let mut rows: Vec<usize> =
        (0..findings.capacity.len()).filter(|row| findings.capacity[*row].headroom_peak.is_some()).collect();
    rows.sort_by(|a, b| room(a).total_cmp(&room(b)).then(a.cmp(b)));
    rows
}

/// The mean RTO of every group in its five parts.
fn parts(book: &Book, sheet: &mut Sheet) -> Result<Option<Chart>, XlsxError> {
    const PARTS: [(Quantity, &str); 5] = [
        (Quantity::RtoDetect, "detect"),
        (Quantity::RtoDecide, "decide"),
        (Quantity::RtoProcess, "process"),
        (Quantity::RtoCreate, "create"),
        (Quantity::RtoBoot, "boot"),
    ];
    let findings = book.findings;
    let groups: Vec<_> =
        findings.spreads.iter().filter(|own| own.quantity == Quantity::Rto).map(|own| own.group).collect();
    let groups = &groups;
    let mut columns = vec![GridColumn::new("group", "Mean RTO of", 34.0, move |row| {
        Entry::Text(findings.names.group(groups[row]).into(), Style::Text)
    })];
    columns.extend(PARTS.map(|(quantity, name)| {
        let column = GridColumn::new(name, name, 13.0, move |row| {
            let spread = findings.spreads.iter().find(|own| own.quantity == quantity && own.group == groups[row]);
            let mean = spread.and_then(|own| own.mean.value);
            mean.map_or(Entry::Blank, |mean| Entry::Number(six(mean / HOUR_S), Style::Decimal))
        });
        column.unit("h")
    }));
    let grid = Grid { columns, rows: (0..groups.len().min(GROUPS_DRAWN)).collect() };
    let Some(placed) = drawn(sheet, &grid)? else { return Ok(None) };
    let mut chart = chart(ChartType::BarStacked, "Mean RTO in its parts", HALF);
    series(&mut chart, &grid, placed, 0, 1..=5);
    chart.y_axis().set_reverse().set_crossing(ChartAxisCrossing::Max);
    chart.x_axis().set_name("hours").set_min(0).set_num_format("0.0");
    Ok(Some(chart))
}

/// Which share of the failures had an RPO and an RTO of at most so much.
fn spread(book: &Book, sheet: &mut Sheet) -> Result<Option<Chart>, XlsxError> {
    let table = book.table("failures");
    let sorted = |name: &str| {
        let column = table.column(name);
        let cells = (0..table.rows).filter_map(|row| super::as_number(&column?.cell(row)));
        let mut values: Vec<f64> = cells.collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let rto = sorted("rto_s");
    let (processed, chosen) = (sorted("rpo_latest_processed_s"), sorted("rpo_chosen_s"));
    let known = [("RPO, latest processed", &processed), ("RPO of the point used", &chosen), ("RTO", &rto)];
    let known: Vec<_> = known.into_iter().filter(|(_, values)| !values.is_empty()).collect();
    let share = |row: usize| row as f64 / STEPS as f64;
    let mut columns = vec![
        GridColumn::new("share", "Share of failures", 34.0, move |row| Entry::Number(share(row), Style::Percent))
            .unit("%"),
    ];
    columns.extend(known.iter().map(|(name, values)| {
        let column = GridColumn::new(*name, *name, 13.0, move |row| {
            let value = quantile_sorted(values, share(row));
            value.map_or(Entry::Blank, |value| Entry::Number(six(value / HOUR_S), Style::Decimal))
        });
        column.unit("h, at most")
    }));
    let rows = if known.is_empty() { 0 } else { STEPS + 1 };
    let grid = Grid { columns, rows: (0..rows).collect() };
    let Some(placed) = drawn(sheet, &grid)? else { return Ok(None) };
    let mut chart = chart(ChartType::ScatterStraight, "Failures with at most so much RPO and RTO", HALF);
    for (colour, column) in COLOURS.into_iter().zip(1..=last_column(&grid)) {
        chart
            .add_series()
            .set_name(grid.columns[usize::from(column)].label.as_ref())
            .set_categories((DATA, placed.first, column, placed.last, column))
            .set_values((DATA, placed.first, 0, placed.last, 0))
            .set_format(ChartFormat::new().set_line(ChartLine::new().set_color(Color::RGB(colour)).set_width(2)));
    }
    chart.x_axis().set_name("hours").set_min(0).set_num_format("0.0");
    chart.y_axis().set_name("share of failures").set_min(0).set_max(1).set_num_format("0%");
    Ok(Some(chart))
}

/// Peak and p99 of the tightest resources as shares of their capacity; the cells follow the sheet of resources.
fn resources(book: &Book, sheet: &mut Sheet, shares: Shares) -> Result<Option<Chart>, XlsxError> {
    let findings = book.findings;
    let rows = tightest(findings);
    let rows = &rows;
    let share = |name: &'static str,
                 label: &'static str,
                 column: u16,
                 used: fn(&crate::planner::findings::CapacityFinding) -> Option<f64>| {
        let column = GridColumn::new(name, label, 13.0, move |row| {
            let own = rows[row];
            let cell = row_col_to_cell(shares.placed.first + own as u32, column);
            let used = used(&findings.capacity[own]);
            used.map_or(Entry::Blank, |used| Entry::Formula(format!("{RESOURCES}!{cell}").into(), used, Style::Percent))
        });
        column.unit("%")
    };
    let columns = vec![
        GridColumn::new("resource", "Used, of the capacity", 34.0, move |row| {
            Entry::Text(findings.capacity[rows[row]].name.as_str().into(), Style::Text)
        }),
        share("p99", "p99", shares.p99, |own| own.headroom_p99.map(|free| six(1.0 - free))),
        share("peak", "peak", shares.peak, |own| own.headroom_peak.map(|free| six(1.0 - free))),
    ];
    let grid = Grid { columns, rows: (0..rows.len().min(RESOURCES_DRAWN)).collect() };
    let Some(placed) = drawn(sheet, &grid)? else { return Ok(None) };
    let mut chart = chart(ChartType::Bar, "Tightest resources: used at p99 and at the peak, of the capacity", WHOLE);
    series(&mut chart, &grid, placed, 0, 1..=2);
    chart.y_axis().set_reverse().set_crossing(ChartAxisCrossing::Max).set_label_position(ChartAxisLabelPosition::Low);
    chart.x_axis().set_name("share of the capacity (100 % is full)").set_min(0).set_num_format("0%");
    Ok(Some(chart))
}

/// Writes the cells of a chart; `None` without any.
fn drawn(sheet: &mut Sheet, grid: &Grid) -> Result<Option<Placed>, XlsxError> {
    if grid.rows.is_empty() {
        return Ok(None);
    }
    sheet.grid(grid, "").map(Some)
}

fn chart(kind: ChartType, title: &str, size: (u32, u32)) -> Chart {
    let mut chart = Chart::new(kind);
    let mut font = ChartFont::new();
    font.set_size(12).set_bold();
    chart.title().set_name(title).set_font(&font);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(0xD0_D7_DE)).set_width(0.75);
    // In bars the values lie across, elsewhere upright.
    let values = if matches!(kind, ChartType::Bar | ChartType::BarStacked) { chart.x_axis() } else { chart.y_axis() };
    values.set_major_gridlines(true).set_major_gridlines_line(&line);
    chart.set_width(size.0).set_height(size.1).set_alt_text(title);
    chart
}

/// One series per column, names in the head, categories in another column.
fn series(chart: &mut Chart, grid: &Grid, placed: Placed, categories: u16, columns: std::ops::RangeInclusive<u16>) {
    debug_assert!(*columns.end() <= last_column(grid), "a series has a column");
    for (colour, column) in COLOURS.into_iter().zip(columns) {
        chart
            .add_series()
            .set_name(grid.columns[usize::from(column)].label.as_ref())
            .set_categories((DATA, placed.first, categories, placed.last, categories))
            .set_values((DATA, placed.first, column, placed.last, column))
            .set_gap(60)
            .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(colour))));
    }
}
