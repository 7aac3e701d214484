//! `plan.xlsx`: the tables of a plan, and a sheet of prices to play with: yellow cells may be changed, formulas follow.
//!
//! Same plan, same bytes: the day of making is fixed.

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};

use super::Plan;
use super::sheets::sheets;
use super::text::{breaks, how, price, set_aside, sizes, targets, verdict_line};
use crate::planner::sizing::{Sized, bought};

/// First row of a table below its head.
pub(super) const FIRST_ROW: u32 = 4;

/// Writes the workbook.
pub(super) fn render(plan: &Plan<'_>) -> Vec<u8> {
    written(plan).expect("a workbook in memory with names of ours and bounded cells can be written")
}

fn written(plan: &Plan<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = DocProperties::new()
        .set_title(&plan.about.title)
        .set_author(format!("drsim {}", plan.about.version))
        .set_comment(&plan.about.command)
        .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    book.set_properties(&made);
    summary(plan, book.add_worksheet())?;
    prices(plan, book.add_worksheet())?;
    let tables = sheets(plan);
    for sheet in &tables {
        let to = book.add_worksheet();
        begin(to, sheet.id, sheet.title, "")?;
        let head: Vec<String> = sheet.head.iter().map(ToString::to_string).collect();
        rows(to, FIRST_ROW - 1, &head, &sheet.rows)?;
        explain(to, &sheet.says, head.len(), &sheet.rows)?;
        to.set_freeze_panes(FIRST_ROW, 1)?;
    }
    assumptions(plan, book.add_worksheet())?;
    super::native::add(&mut book, &super::pictures::pictures(plan), &tables)?;
    book.save_to_buffer()
}

fn begin(to: &mut Worksheet, name: &str, title: &str, says: &str) -> Result<(), XlsxError> {
    to.set_name(name)?.set_landscape().set_print_fit_to_pages(1, 0);
    to.write_with_format(0, 0, title, &Format::new().set_bold().set_font_size(14))?;
    to.write(1, 0, says)?;
    Ok(())
}

/// What a table shows, broken into lines above its columns: one long line would make paper small.
fn explain(to: &mut Worksheet, says: &str, columns: usize, rows: &[Vec<String>]) -> Result<(), XlsxError> {
    let across: f64 = (0..columns).map(|column| width(column, rows)).sum();
    let lines = (says.chars().count() as f64 / across.max(1.0)).ceil().max(1.0);
    to.set_row_height(1, LINE_HEIGHT * lines)?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    match u16::try_from(columns) {
        Ok(columns) if columns > 1 => to.merge_range(1, 0, 1, columns - 1, says, &wrapped)?,
        _ => to.write_with_format(1, 0, says, &wrapped)?,
    };
    Ok(())
}

/// Points of one line of text.
const LINE_HEIGHT: f64 = 15.0;

/// Characters that a column takes.
fn width(column: usize, rows: &[Vec<String>]) -> f64 {
    let widest = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    widest.unwrap_or(0).clamp(10, 48) as f64 + 2.0
}

/// A head and rows from line `first` on; returns the line behind them. Plain numbers are written as numbers.
fn rows(to: &mut Worksheet, first: u32, head: &[String], rows: &[Vec<String>]) -> Result<u32, XlsxError> {
    let bold = Format::new().set_bold().set_background_color(Color::RGB(0xE8_ED_F3)).set_text_wrap();
    for (column, cell) in (0u16..).zip(head) {
        to.write_with_format(first, column, cell, &bold)?;
        to.set_column_width(column, width(usize::from(column), rows))?;
    }
    let mut line = first + 1;
    for row in rows {
        for (column, cell) in (0u16..).zip(row) {
            match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => to.write(line, column, number)?,
                _ => to.write(line, column, cell)?,
            };
        }
        line += 1;
    }
    Ok(line)
}

fn summary(plan: &Plan<'_>, to: &mut Worksheet) -> Result<(), XlsxError> {
    begin(to, "summary", &plan.about.title, &verdict_line(plan))?;
    let mut line = 3;
    for sizing in &plan.found.questions {
        let all = sizes(plan, sizing);
        line = rows(to, line, &all[0], &all[1..])? + 1;
        let all = targets(plan, sizing);
        line = rows(to, line, &all[0], &all[1..])? + 1;
        let said = set_aside(plan, sizing).into_iter().chain(breaks(plan, sizing)).chain(how(plan, sizing));
        for sentence in said.chain(price(plan, sizing)) {
            to.write(line, 0, sentence)?;
            line += 1;
        }
        line += 1;
    }
    to.write(line, 0, format!("repeat: {}", plan.about.command))?;
    Ok(())
}

/// Amount in the unit of the price × price = money a month; a sum. Amounts and prices may be changed.
fn prices(plan: &Plan<'_>, to: &mut Worksheet) -> Result<(), XlsxError> {
    begin(to, "prices", "Prices", "Yellow cells may be changed: money a month and a year follow.")?;
    let head = ["size", "needed", "unit", "price of one a month", "a month", "a year"].map(str::to_owned);
    rows(to, 3, &head, &[])?;
    let yellow = Format::new().set_background_color(Color::RGB(0xFF_F4_C2)).set_num_format("0.00");
    let money = Format::new().set_num_format("#,##0.00");
    let first = 4u32;
    let mut line = first;
    let inventory = plan.named.inventory;
    let sold = |own: &Sized| bought(inventory, own.turned.knob, own.value) as f64;
    let answered = || plan.found.questions.iter().filter(|own| own.is_answered).flat_map(|sizing| &sizing.knobs);
    for own in answered() {
        let knob = own.turned.knob;
        let (amount, unit, one) = match &own.turned.price {
            Some(price) => (sold(own) / price.per, price.unit.clone(), price.amount),
            None => {
                let (per, unit) = super::words::priced_in(knob);
                (sold(own) / per, unit.to_owned(), 0.0)
            }
        };
        to.write(line, 0, plan.named.called(knob))?;
        to.write_with_format(line, 1, amount, &yellow)?;
        to.write(line, 2, unit)?;
        to.write_with_format(line, 3, one, &yellow)?;
        let row = line + 1;
        let month = Formula::new(format!("=B{row}*D{row}")).set_result((amount * one).to_string());
        let year = Formula::new(format!("=12*E{row}")).set_result((12.0 * amount * one).to_string());
        to.write_formula_with_format(line, 4, month, &money)?;
        to.write_formula_with_format(line, 5, year, &money)?;
        line += 1;
    }
    if line > first {
        let of = |own: &Sized| super::words::cost(inventory, &own.turned, own.value).unwrap_or(0.0);
        let sum: f64 = answered().map(of).sum();
        to.write(line, 0, "all")?;
        for (column, letter, value) in [(4u16, 'E', sum), (5, 'F', 12.0 * sum)] {
            let formula =
                Formula::new(format!("=SUM({letter}{}:{letter}{line})", first + 1)).set_result(value.to_string());
            to.write_formula_with_format(line, column, formula, &money)?;
        }
    }
    Ok(())
}

/// Every number of the limits profile with its source and mark, and what was read.
fn assumptions(plan: &Plan<'_>, to: &mut Worksheet) -> Result<(), XlsxError> {
    begin(
        to,
        "assumptions",
        "What it rests on",
        "The limits profile: each number, how sure it is, where it comes from.",
    )?;
    let head = ["key", "value", "mark", "source", "why"].map(str::to_owned);
    let mark = |note: &crate::inventory::limits::LimitNote| crate::report::write::mark_name(note.mark).to_owned();
    let notes = plan.about.assumptions.iter();
    let all: Vec<Vec<String>> = notes
        .map(|note| vec![note.key.clone(), note.value.clone(), mark(note), note.source.clone(), note.why.clone()])
        .collect();
    let behind = rows(to, 3, &head, &all)? + 1;
    for (line, note) in (behind..).zip(plan.about.warnings.iter().chain(&plan.about.input_notes)) {
        to.write(line, 0, note)?;
    }
    Ok(())
}
