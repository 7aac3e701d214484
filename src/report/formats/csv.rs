//! CSV: one file per table of [`tables`](crate::report::tables), a head and a line per row.
//!
//! Empty cells are unknown. A cell that a spreadsheet would take for a formula gets an apostrophe ahead: names come from
//! scenario files.

use crate::report::tables::{Cell, Table};

/// Writes the table.
pub fn render(table: &Table) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = table.columns.iter().map(|column| column.name);
    writer.write_record(head).expect("memory takes every record");
    for row in 0..table.rows {
        let cells = table.columns.iter().map(|column| text(column.cell(row)));
        writer.write_record(cells).expect("memory takes every record, and rows are as long as the head");
    }
    writer.into_inner().expect("memory can be flushed")
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Whole(count) => count.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.into_owned(),
    }
}
