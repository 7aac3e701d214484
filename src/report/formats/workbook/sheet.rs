//! One sheet: headings, lines and grids from top to bottom, ready to be read and printed.
//!
//! Printed on A4 across, as wide as the page, heads repeated, with page numbers. The first grid of a sheet may be the
//! one that is scrolled and filtered: its head stays in sight.

use std::rc::Rc;

use rust_xlsxwriter::utility::row_col_to_cell;
use rust_xlsxwriter::{
    ConditionalFormat, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatFormula, FormatAlign,
    Formula, Worksheet, XlsxError,
};

use super::grid::{Entry, Grid};
use super::style::{Role, Style, Styles};
use crate::planner::Verdict;

/// Rows of one grid: beyond that a workbook opens too slowly to be of use, and Excel ends at 1,048,576.
pub(super) const ROWS_MAX: usize = 20_000;
/// Longest text of a cell in Excel [characters].
const TEXT_MAX: usize = 32_000;

pub(super) struct Sheet {
    pub own: Worksheet,
    name: &'static str,
    styles: Rc<Styles>,
    /// The next free row.
    pub row: u32,
    repeat: Option<u32>,
}

/// Where a grid stands: first and last row of its cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub head: u32,
    pub first: u32,
    pub last: u32,
}

impl Placed {
    pub fn is_empty(&self) -> bool {
        self.last < self.first
    }
}

impl Sheet {
    pub fn new(name: &'static str, styles: &Rc<Styles>) -> Result<Self, XlsxError> {
        let mut own = Worksheet::new();
        own.set_name(name)?;
        own.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_screen_gridlines(false);
        own.set_margins(0.4, 0.4, 0.5, 0.6, 0.25, 0.25);
        Ok(Self { own, name, styles: Rc::clone(styles), row: 0, repeat: None })
    }

    pub fn title(&mut self, text: &str, says: &str) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        self.own.write_string_with_format(0, 0, short(text), &styles.title)?;
        self.own.write_string_with_format(1, 0, short(says), &styles.note)?;
        self.row = 3;
        Ok(())
    }

    /// A heading over what follows.
    pub fn heading(&mut self, text: &str) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        self.own.write_string_with_format(self.row, 0, short(text), &styles.heading)?;
        self.row += 1;
        Ok(())
    }

    /// The one sentence that matters most, in the colour of its verdict, over so many columns.
    pub fn verdict(&mut self, text: &str, verdict: Option<Verdict>, columns: u16) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        let format = match verdict {
            Some(Verdict::Met) => &styles.good,
            Some(Verdict::Missed) => &styles.bad,
            Some(Verdict::NotYetKnown { .. }) => &styles.open,
            None => &styles.heading,
        };
        let format = format
            .clone()
            .set_font_size(14)
            .set_align(FormatAlign::Left)
            .set_indent(1)
            .set_align(FormatAlign::VerticalCenter);
        self.own.merge_range(self.row, 0, self.row, columns - 1, &short(text), &format)?;
        self.own.set_row_height(self.row, 26)?;
        self.row += 2;
        Ok(())
    }

    pub fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        self.own.write_string_with_format(self.row, 0, short(text), &styles.note)?;
        self.row += 1;
        Ok(())
    }

    /// A sentence over so many columns, wrapped.
    pub fn sentence(&mut self, text: &str, columns: u16, characters: f64) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        let text = short(text);
        let lines = (text.chars().count() as f64 / characters).ceil().max(1.0);
        self.own.merge_range(self.row, 0, self.row, columns - 1, &text, styles.cell(Style::Long, Role::Result))?;
        self.own.set_row_height(self.row, 15.0 * lines)?;
        self.row += 1;
        Ok(())
    }

    /// Writes a grid below what stands there, and leaves a row free. Rows beyond [`ROWS_MAX`] are counted in a note.
    pub fn grid(&mut self, grid: &Grid, elsewhere: &str) -> Result<Placed, XlsxError> {
        let left_out = grid.rows.len().saturating_sub(ROWS_MAX);
        if left_out > 0 {
            self.note(&format!(
                "The first {ROWS_MAX} of {} rows: a workbook with all of them would hardly open. All stand in {elsewhere}.",
                grid.rows.len()
            ))?;
        }
        let head = self.row;
        self.head(grid)?;
        for row in grid.rows.iter().take(ROWS_MAX) {
            self.cells(grid, *row)?;
        }
        let placed = Placed { head, first: head + 1, last: self.row - 1 };
        if placed.is_empty() {
            self.note("None.")?;
        }
        self.row += 1;
        Ok(placed)
    }

    fn head(&mut self, grid: &Grid) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        let mut lines: f64 = 1.0;
        for (at, column) in (0u16..).zip(&grid.columns) {
            let unit = if column.unit.is_empty() { String::new() } else { format!("\n[{}]", column.unit) };
            let own = (column.label.chars().count() as f64 / (column.width - 2.0)).ceil();
            lines = lines.max(own + f64::from(u8::from(!unit.is_empty())));
            self.own.write_string_with_format(self.row, at, format!("{}{unit}", column.label), &styles.head)?;
        }
        self.own.set_row_height(self.row, 4.0 + 15.0 * lines.min(4.0))?;
        self.row += 1;
        Ok(())
    }

    fn cells(&mut self, grid: &Grid, row: usize) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        let mut lines: f64 = 1.0;
        for (at, column) in (0u16..).zip(&grid.columns) {
            let format = |style: Style| styles.cell(style, column.role);
            match column.entry(row) {
                Entry::Blank => drop(self.own.write_blank(self.row, at, format(Style::Text))?),
                Entry::Number(number, style) => {
                    self.own.write_number_with_format(self.row, at, number, format(style))?;
                }
                Entry::Text(text, style) => {
                    if style == Style::Long {
                        lines = lines.max((text.chars().count() as f64 / (column.width * 1.15)).ceil());
                    }
                    self.own.write_string_with_format(self.row, at, short(&text), format(style))?;
                }
                Entry::Formula(template, now, style) => {
                    let formula = Formula::new(filled(&template, grid, self.row)).set_result(now.to_string());
                    self.own.write_formula_with_format(self.row, at, formula, styles.cell(style, Role::Derived))?;
                }
            }
        }
        if lines > 1.0 {
            self.own.set_row_height(self.row, 15.0 * lines)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Widths of the columns; base units folded away.
    pub fn widths(&mut self, grid: &Grid) -> Result<(), XlsxError> {
        for (at, column) in (0u16..).zip(&grid.columns) {
            self.own.set_column_width(at, column.width)?;
        }
        let first_base = grid.columns.iter().position(|column| column.is_base);
        if let Some(first) = first_base.and_then(|at| u16::try_from(at).ok()) {
            self.own.group_columns_collapsed(first, last_column(grid))?;
        }
        Ok(())
    }

    /// The head of this grid stays in sight, repeats on paper, and filters.
    pub fn scrolls(&mut self, grid: &Grid, placed: Placed, frozen_columns: u16) -> Result<(), XlsxError> {
        self.own.set_freeze_panes(placed.first, frozen_columns)?;
        if !placed.is_empty() {
            self.own.autofilter(placed.head, 0, placed.last, last_column(grid))?;
        }
        self.repeat = Some(placed.head);
        Ok(())
    }

    /// Colours the words of verdicts in this column of a grid.
    pub fn verdicts(&mut self, placed: Placed, column: u16) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        for (word, format) in [("met", &styles.good), ("missed", &styles.bad), ("not-yet-known", &styles.open)] {
            let rule = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::EqualTo(word.to_owned()));
            self.condition(placed, column, &rule.set_format(format))?;
        }
        Ok(())
    }

    /// Colours free room that is used up, and room below a tenth; cells without a number stay as they are.
    pub fn room(&mut self, placed: Placed, column: u16) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        let cell = row_col_to_cell(placed.first, column);
        for (limit, format) in [("<=0", &styles.bad), ("<0.1", &styles.open)] {
            let rule =
                ConditionalFormatFormula::new().set_rule(format!("AND(ISNUMBER({cell}),{cell}{limit})").as_str());
            self.condition(placed, column, &rule.set_format(format).set_stop_if_true(true))?;
        }
        Ok(())
    }

    /// Colours whatever is above nothing: violations, refusals.
    pub fn flags(&mut self, placed: Placed, column: u16) -> Result<(), XlsxError> {
        let styles = Rc::clone(&self.styles);
        let rule = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::GreaterThan(0.0));
        self.condition(placed, column, &rule.set_format(&styles.open))
    }

    fn condition<T>(&mut self, placed: Placed, column: u16, rule: &T) -> Result<(), XlsxError>
    where
        T: ConditionalFormat + Send + Sync,
    {
        if !placed.is_empty() {
            self.own.add_conditional_format(placed.first, column, placed.last, column, rule)?;
        }
        Ok(())
    }

    /// Page numbers, and the head on every page; `origin` says whose numbers these are.
    pub fn done(mut self, origin: &str) -> Result<Worksheet, XlsxError> {
        let origin: String = origin.replace('&', "&&").chars().take(100).collect();
        self.own.set_footer(format!("&L{origin}&C{}&RPage &P of &N", self.name));
        if let Some(head) = self.repeat {
            self.own.set_repeat_rows(head, head)?;
        }
        Ok(self.own)
    }
}

/// Paper of the size A4 in Excel's numbering.
const A4: u8 = 9;

pub(super) fn last_column(grid: &Grid) -> u16 {
    u16::try_from(grid.columns.len().saturating_sub(1)).unwrap_or(u16::MAX)
}

/// The column of this name.
pub(super) fn column_of(grid: &Grid, name: &str) -> Option<u16> {
    grid.columns.iter().position(|column| column.name == name).and_then(|at| u16::try_from(at).ok())
}

/// The template with the cells of this row for the names in braces.
fn filled(template: &str, grid: &Grid, row: u32) -> String {
    let mut formula = template.to_owned();
    for (at, column) in (0u16..).zip(&grid.columns) {
        formula = formula.replace(&format!("{{{}}}", column.name), &row_col_to_cell(row, at));
    }
    formula
}

/// What Excel takes into a cell.
fn short(text: &str) -> String {
    if text.chars().count() <= TEXT_MAX {
        text.to_owned()
    } else {
        text.chars().take(TEXT_MAX).chain(['…']).collect()
    }
}
