//! Native charts of the workbook: the numbers of every picture on one sheet, and a chart of them beside the table to which it belongs.
//!
//! Numbers stand in the units of planners: Mbit/s, GiB, minutes, per cent. Whoever changes one sees the chart follow.

use rust_xlsxwriter::{Chart, ChartAxisLabelPosition, ChartFormat, ChartType, Format, Workbook, Worksheet, XlsxError};

use super::pictures::{Drawn, Picture};
use super::sheets::Sheet;
use super::workbook::FIRST_ROW;
use crate::report::charts::{Bars, Lines, Show};

/// Sheet of the numbers.
const NUMBERS: &str = "charts";
/// A chart of so many pixels; so many rows below it the next one begins.
const SIZE: (u32, u32) = (760, 400);
const CHART_ROWS: u32 = 22;

/// Adds the sheet of numbers, and the charts below the tables to which they belong: a printed page stays as wide as its table.
pub(super) fn add(book: &mut Workbook, pictures: &[Picture], tables: &[Sheet]) -> Result<(), XlsxError> {
    if pictures.is_empty() {
        return Ok(());
    }
    let numbers = book.add_worksheet();
    numbers.set_name(NUMBERS)?.set_landscape().set_print_fit_to_pages(1, 0);
    numbers.write_with_format(0, 0, "Numbers of the charts", &Format::new().set_bold().set_font_size(14))?;
    numbers.set_column_width(0, 38)?;
    let (mut line, mut charts) = (2, Vec::new());
    for picture in pictures {
        numbers.write_with_format(line, 0, &picture.title, &Format::new().set_bold())?;
        let (chart, behind) = match &picture.drawn {
            Drawn::Lines(drawn) => curves(numbers, line + 1, drawn)?,
            Drawn::Bars(drawn) => rows(numbers, line + 1, drawn)?,
        };
        charts.push((picture, chart));
        line = behind + 1;
    }
    let mut below: Vec<(&str, u32)> = Vec::new();
    for (picture, mut chart) in charts {
        chart.title().set_name(&picture.title);
        chart.set_width(SIZE.0).set_height(SIZE.1).set_alt_text(picture.says);
        let place = match below.iter_mut().find(|(sheet, _)| *sheet == picture.sheet) {
            Some((_, row)) => {
                *row += CHART_ROWS;
                *row
            }
            None => {
                let rows = tables.iter().find(|sheet| sheet.id == picture.sheet).map_or(0, |sheet| sheet.rows.len());
                let place = FIRST_ROW + rows as u32 + 2;
                below.push((picture.sheet, place));
                place
            }
        };
        book.worksheet_from_name(picture.sheet)?.insert_chart(place, 0, &chart)?;
    }
    Ok(())
}

/// How many of a planner's unit one of ours is, and that unit.
fn unit(show: Show) -> (f64, &'static str) {
    match show {
        Show::Seconds => (1.0 / 60.0, "min"),
        Show::Bytes => (1.0 / 1_073_741_824.0, "GiB"),
        Show::Rate => (1.0 / 1_048_576.0, "MiB/s"),
        Show::Bits => (8.0 / 1e6, "Mbit/s"),
        Show::MilliOps => (1.0 / 1e3, "op/s"),
        Show::Share => (100.0, "%"),
        Show::Count => (1.0, ""),
    }
}

fn counted(words: &str, unit: &str) -> String {
    let words = words.replace(" (logarithmic)", "");
    if unit.is_empty() { words } else { format!("{words} [{unit}]") }
}

/// Two columns for each curve; returns the chart and the line behind the numbers.
fn curves(to: &mut Worksheet, first: u32, drawn: &Lines) -> Result<(Chart, u32), XlsxError> {
    let ((x_unit, x_name), (y_unit, y_name)) = (unit(drawn.along.0), unit(drawn.upright.0));
    let joined = drawn.lines.iter().any(|line| line.is_joined);
    let mut chart = Chart::new(if joined { ChartType::ScatterStraightWithMarkers } else { ChartType::Scatter });
    let mut behind = first + 1;
    for (column, line) in (0u16..).step_by(2).zip(&drawn.lines) {
        to.write(first, column, counted(drawn.along.1, x_name))?;
        to.write(first, column + 1, counted(&line.name, y_name))?;
        for (row, (x, y, _)) in (first + 1..).zip(&line.points) {
            to.write(row, column, x * x_unit)?.write(row, column + 1, y * y_unit)?;
            behind = behind.max(row + 1);
        }
        let last = first + line.points.len() as u32;
        let series = chart.add_series();
        series.set_categories((NUMBERS, first + 1, column, last, column));
        series.set_values((NUMBERS, first + 1, column + 1, last, column + 1)).set_name(line.name.as_str());
        if !line.is_joined {
            series.set_format(ChartFormat::new().set_no_line());
        }
    }
    chart.x_axis().set_name(counted(drawn.along.1, x_name).as_str());
    chart.y_axis().set_name(counted(drawn.upright.1, y_name).as_str());
    if drawn.upright.0 == Show::Seconds {
        chart.y_axis().set_log_base(10);
    }
    Ok((chart, behind))
}

/// A column of names, one of where a bar begins, one for the length of each part; parts of a tornado count from the middle.
fn rows(to: &mut Worksheet, first: u32, drawn: &Bars) -> Result<(Chart, u32), XlsxError> {
    let (one, name) = unit(drawn.show);
    let is_tornado = !drawn.legend.is_empty();
    let mut chart = Chart::new(if is_tornado { ChartType::Bar } else { ChartType::BarStacked });
    let heads: Vec<String> = match is_tornado {
        true => drawn.legend.iter().map(|(part, _)| counted(&format!("change, input {part}"), name)).collect(),
        false => vec![counted("begins", name), counted(drawn.counts, name)],
    };
    for (column, head) in (1u16..).zip(&heads) {
        to.write(first, column, head)?;
    }
    let mut line = first + 1;
    for row in &drawn.rows {
        to.write(line, 0, &row.name)?;
        if is_tornado {
            for part in &row.parts {
                let place = drawn.legend.iter().position(|(_, class)| *class == part.class).unwrap_or(0) as u16;
                to.write(line, 1 + place, (part.to - part.from) * one)?;
            }
        } else if let Some(part) = row.parts.first() {
            to.write(line, 1, part.from * one)?.write(line, 2, (part.to - part.from) * one)?;
        }
        line += 1;
    }
    let last = line.saturating_sub(1).max(first + 1);
    for (column, head) in (1u16..).zip(&heads) {
        let series = chart.add_series();
        series.set_categories((NUMBERS, first + 1, 0, last, 0)).set_values((NUMBERS, first + 1, column, last, column));
        series.set_name(head.as_str()).set_overlap(100);
        if !is_tornado && column == 1 {
            series.set_format(ChartFormat::new().set_no_fill());
        }
    }
    if !is_tornado {
        chart.legend().set_hidden();
    }
    // Of bars the categories stand upright; the first one above, as in the table.
    chart.y_axis().set_reverse().set_label_position(ChartAxisLabelPosition::Low);
    chart.x_axis().set_name(counted(drawn.counts, name).as_str());
    Ok((chart, line))
}
