//! Sheets of inventories: from a workbook or a CSV file, cells as text, columns by name.
//!
//! Names of columns are compared by their letters and digits alone, in any case: `Memory (In MB)` is `memory(in mb)`. An inventory is
//! small and is read whole ([`super::source`] has the bound).

use super::notes::{Fault, Notes};
use super::source::{Input, Source, read_whole, text, unpacked, unreadable};

/// One sheet.
#[derive(Debug)]
pub struct Table {
    pub file: String,
    /// Its name in a workbook; empty for CSV.
    pub sheet: String,
    pub head: Vec<String>,
    /// Rows with their numbers in file or sheet, from 1.
    pub rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    /// Index of the first column with one of these names.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.head.iter().position(|head| plain(head) == plain(name)))
    }

    /// File and sheet, for messages.
    pub fn name(&self) -> String {
        if self.sheet.is_empty() { self.file.clone() } else { format!("{} [{}]", self.file, self.sheet) }
    }
}

/// A cell of a row; empty where the row is too short or the column is not there.
pub fn cell(row: &[String], column: Option<usize>) -> &str {
    column.and_then(|column| row.get(column)).map_or("", |cell| cell.trim())
}

/// Letters and digits, lower case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// All sheets of a workbook that have a head, or the one of a CSV file.
pub fn read(input: Input, notes: &mut Notes) -> Result<Vec<Table>, Fault> {
    let (name, mut read) = unpacked(input)?;
    let head = read.fill_buf().map_err(|error| unreadable(&name, 0, &error))?;
    let is_workbook = head.starts_with(b"PK\x03\x04") || head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    if is_workbook {
        let bytes = read_whole(&name, read)?;
        return workbook(&name, bytes);
    }
    let source = Source::open(Input::new(name, read), notes)?;
    Ok(vec![csv(source, notes)?])
}

/// A CSV file; its separator is the one that its first line has most of.
fn csv(source: Source, notes: &mut Notes) -> Result<Table, Fault> {
    let name = source.name.clone();
    let bytes = lines_ended_by_one_mark(source.whole()?);
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |mark: &u8| first.iter().filter(|byte| *byte == mark).count();
    let delimiter = b";\t,".iter().copied().max_by_key(count).unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes.as_slice());
    if std::str::from_utf8(&bytes).is_err() {
        notes.remark(format!("{name}: it is no UTF-8; read as windows-1252"));
    }
    let cells =
        |record: &::csv::ByteRecord| record.iter().map(|field| text(field).trim().to_string()).collect::<Vec<_>>();
    let head = reader.byte_headers().map(&cells).unwrap_or_default();
    if head.iter().all(String::is_empty) {
        return Err(Fault::new(
            &name,
            0,
            "the file is empty",
            "it must have a line with the names of the columns, and rows",
        ));
    }
    let rows = reader.byte_records().filter_map(Result::ok).map(|record| {
        let line = record.position().map_or(0, ::csv::Position::line);
        (line, cells(&record))
    });
    Ok(Table { file: name, sheet: String::new(), head, rows: rows.collect() })
}

/// A reader of CSV counts the second mark of `\r\n` into the next row: its lines would be one too small.
fn lines_ended_by_one_mark(bytes: Vec<u8>) -> Vec<u8> {
    let next = bytes.iter().skip(1).chain([&0]);
    bytes.iter().zip(next).filter(|(byte, next)| (**byte, **next) != (b'\r', b'\n')).map(|(byte, _)| *byte).collect()
}

#[cfg(feature = "xlsx")]
fn workbook(name: &str, bytes: Vec<u8>) -> Result<Vec<Table>, Fault> {
    use calamine::{Data, Reader, open_workbook_auto_from_rs};
    let refuse = |error: calamine::Error| {
        let mend = "open it in a spreadsheet and save it again, or save the sheets as CSV";
        Fault::new(name, 0, format!("the workbook cannot be read: {error}"), mend)
    };
    let mut book = open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).map_err(refuse)?;
    let show = |cell: &Data| match cell {
        Data::Empty => String::new(),
        // A fraction is written so that no digits can be taken for groups of thousands.
        Data::Float(value) if value.fract() != 0.0 => format!("{value:e}"),
        other => other.to_string().trim().to_string(),
    };
    let mut tables = Vec::new();
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).map_err(refuse)?;
        let first = range.start().map_or(0, |(row, _)| u64::from(row));
        let mut rows =
            range.rows().enumerate().map(|(at, row)| (first + at as u64 + 1, row.iter().map(show).collect::<Vec<_>>()));
        if let Some((_, head)) = rows.next() {
            tables.push(Table { file: name.to_string(), sheet, head, rows: rows.collect() });
        }
    }
    Ok(tables)
}

#[cfg(not(feature = "xlsx"))]
fn workbook(name: &str, _: Vec<u8>) -> Result<Vec<Table>, Fault> {
    let mend = "save the sheets as CSV, or take a drsim with the feature `xlsx`";
    Err(Fault::new(name, 0, "this drsim was built without workbooks", mend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_columns_by_name_and_rows_with_their_lines() {
        let text = "VM;Memory (MB);Note\r\na;1.024;\"two\nlines\"\r\nb;2\r\n";
        let tables = read(Input::new("f", std::io::Cursor::new(text)), &mut Notes::new(None)).expect("reads");
        let table = &tables[0];
        let memory = table.column(&["nothing", "memory(mb)"]);
        assert_eq!(memory, Some(1));
        assert_eq!(cell(&table.rows[0].1, memory), "1.024");
        assert_eq!((table.rows[1].0, cell(&table.rows[1].1, table.column(&["note"]))), (4, ""));
    }
}
