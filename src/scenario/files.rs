//! Files that a scenario names: read once, unpacked when gzipped, and read as CSV the way real exports are.
//!
//! The separator (`,` `;` tab) is taken from the header; a UTF-8 mark and CRLF are no matter; UTF-16 is refused with the
//! cure. Ragged or unreadable rows are left out and counted, never guessed. Bounds: [`FILE_BYTES_MAX`] unpacked.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use super::InputNote;
use super::document::Section;
use super::ledger::{Ledger, cure_by_name, short};
use super::spans::{Node, Place, Value};

/// Largest file, unpacked [bytes].
pub const FILE_BYTES_MAX: u64 = 1 << 30;
/// Most rows of one file.
pub const ROWS_MAX: u64 = 20_000_000;

const FEWER: &str = "fewer fields than the header";

/// The files of one scenario.
pub struct Files<'a> {
    read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    /// Unpacked bytes by name; `None` when a fault was reported.
    seen: RefCell<BTreeMap<String, Option<Rc<Vec<u8>>>>>,
    notes: RefCell<Vec<InputNote>>,
}

impl<'a> Files<'a> {
    pub fn new(read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>) -> Self {
        Self { read, seen: RefCell::default(), notes: RefCell::default() }
    }

    pub fn note(&self, note: InputNote) {
        self.notes.borrow_mut().push(note);
    }

    pub fn notes(self) -> Vec<InputNote> {
        self.notes.into_inner()
    }

    /// Feeds names and contents of all files read, by name.
    pub fn hash_into(&self, hasher: &mut blake3::Hasher) {
        for (name, bytes) in self.seen.borrow().iter() {
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
            if let Some(bytes) = bytes {
                hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
            }
        }
    }

    /// The unpacked bytes of a file; a fault at `place` when it cannot be had.
    pub fn bytes(&self, name: &str, place: &Place, ledger: &Ledger) -> Option<Rc<Vec<u8>>> {
        if let Some(seen) = self.seen.borrow().get(name) {
            return seen.clone();
        }
        const PATH_CURE: &str = "paths are relative to the scenario file; check the name and the permission";
        const PACK_CURE: &str = "write the file again; the scenario takes plain or gzipped CSV";
        let refuse = |verb: &str, error: io::Error, cure: &str| {
            ledger.fault(place, format!("`{}` cannot be {verb}: {error}", short(name)), "", cure);
        };
        let bytes = match (self.read)(Path::new(name)).map(unpack) {
            Ok(Ok(bytes)) => Some(Rc::new(bytes)),
            Ok(Err(error)) => {
                refuse("unpacked", error, PACK_CURE);
                None
            }
            Err(error) => {
                refuse("read", error, PATH_CURE);
                None
            }
        };
        self.seen.borrow_mut().insert(name.to_string(), bytes.clone());
        bytes
    }
}

/// The bytes themselves, or what is in them when they are gzipped.
fn unpack(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes"));
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(too_large());
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(FILE_BYTES_MAX + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() as u64 > FILE_BYTES_MAX { Err(too_large()) } else { Ok(unpacked) }
}

/// The fields of one row.
pub struct Fields<'r> {
    text: &'r [u8],
    places: &'r [Range<usize>],
}

impl<'r> Fields<'r> {
    /// A field as text, trimmed; bytes that are no UTF-8 are replaced.
    pub fn text(&self, column: usize) -> Cow<'r, str> {
        trimmed(self.places.get(column).map_or(&[], |place| &self.text[place.clone()]))
    }
}

/// A CSV file with its header.
pub struct Csv {
    pub name: String,
    pub place: Place,
    bytes: Rc<Vec<u8>>,
    delimiter: u8,
    header: Vec<String>,
}

impl Csv {
    pub fn open(files: &Files<'_>, name: &str, place: &Place, ledger: &Ledger) -> Option<Csv> {
        let bytes = files.bytes(name, place, ledger)?;
        let refuse = |wrong: &str, mend: &str| {
            ledger.fault(place, format!("`{}`: {wrong}", short(name)), "", mend);
            None
        };
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return refuse("the file is UTF-16", "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")");
        }
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = *b";\t,".iter().max_by_key(|mark| first.iter().filter(|byte| byte == mark).count())?;
        let mut csv = Csv { name: name.into(), place: place.clone(), bytes, delimiter, header: Vec::new() };
        let header = csv.reader().byte_headers().map(|fields| {
            fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_string()).collect::<Vec<_>>()
        });
        csv.header = header.unwrap_or_default();
        if csv.header.iter().all(|name| name.is_empty()) {
            return refuse(
                "the file is empty",
                "write a header line with the names of the columns, then one row a line",
            );
        }
        Some(csv)
    }

    /// Index of a column; a fault at `place` when there is none.
    pub fn column(&self, column: &str, place: &Place, ledger: &Ledger) -> Option<usize> {
        let found = self.header.iter().position(|name| name == column);
        if found.is_none() {
            let wrong = format!("`{}` has no column `{}`", short(&self.name), short(column));
            ledger.fault(place, wrong, "", cure_by_name(column, "columns", self.header.iter().map(String::as_str)));
        }
        found
    }

    pub fn has_column(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// Visits the rows with their line numbers (1-based, the header is line 1). Rows that are no CSV are counted in `note`.
    pub fn rows(
        &self,
        note: &mut InputNote,
        ledger: &Ledger,
        mut visit: impl FnMut(u64, &csv::ByteRecord, &mut InputNote),
    ) {
        let mut reader = self.reader();
        let mut record = csv::ByteRecord::new();
        let mut rows = 0u64;
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) if record.len() < self.header.len() => note.leave_out(FEWER),
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    visit(line, &record, note);
                }
                Err(_) => note.leave_out("not readable as CSV"),
            }
            rows += 1;
            if rows >= ROWS_MAX {
                self.too_many_rows(ledger);
                break;
            }
        }
    }

    /// Visits the rows' fields, trimmed of blanks by nobody. Files without quotes, nearly all that are large, are cut by hand;
    /// the others go through [`Csv::rows`].
    pub fn fields(&self, note: &mut InputNote, ledger: &Ledger, mut visit: impl FnMut(&Fields<'_>, &mut InputNote)) {
        let mut ends = Vec::new();
        if self.bytes.contains(&b'"') {
            return self.rows(note, ledger, |_, record, note| {
                ends.clear();
                ends.extend((0..record.len()).filter_map(|column| record.range(column)));
                visit(&Fields { text: record.as_slice(), places: &ends }, note);
            });
        }
        // Empty lines are no rows, so any of the marks of a line's end does.
        let lines = self.bytes.split(|byte| *byte == b'\n' || *byte == b'\r').filter(|line| !line.is_empty());
        let mut rows = 0u64;
        for line in lines.skip(1) {
            ends.clear();
            let mut begin = 0;
            for (at, byte) in line.iter().enumerate() {
                if *byte == self.delimiter {
                    ends.push(begin..at);
                    begin = at + 1;
                }
            }
            ends.push(begin..line.len());
            if ends.len() < self.header.len() {
                note.leave_out(FEWER);
            } else {
                visit(&Fields { text: line, places: &ends }, note);
            }
            rows += 1;
            if rows >= ROWS_MAX {
                self.too_many_rows(ledger);
                break;
            }
        }
    }

    fn too_many_rows(&self, ledger: &Ledger) {
        let wrong = format!("`{}` has more than {ROWS_MAX} rows", short(&self.name));
        ledger.fault(&self.place, wrong, "", "cut it into smaller files or take longer steps");
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).from_reader(self.bytes.as_slice())
    }
}

impl InputNote {
    pub fn of(file: &str, purpose: impl Into<String>) -> Self {
        Self { file: file.into(), purpose: purpose.into(), ..Self::default() }
    }

    /// Counts a row that cannot be used.
    pub fn leave_out(&mut self, reason: &str) {
        match self.rows_left_out.iter_mut().find(|(known, _)| known == reason) {
            Some((_, count)) => *count += 1,
            None => self.rows_left_out.push((reason.into(), 1)),
        }
    }

    pub fn left_out_count(&self) -> u64 {
        self.rows_left_out.iter().map(|(_, count)| count).sum()
    }
}

/// A field as text, trimmed; bytes that are no UTF-8 are replaced.
pub fn field(record: &csv::ByteRecord, column: usize) -> Cow<'_, str> {
    trimmed(record.get(column).unwrap_or_default())
}

fn trimmed(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim().into(),
        Err(_) => String::from_utf8_lossy(bytes).trim().to_string().into(),
    }
}

/// A number that is there, finite and not negative; else the reason why the row is left out.
pub fn number(text: &str) -> Result<f64, &'static str> {
    if text.is_empty() {
        return Err("no value");
    }
    if let Some(value) = plain_decimal(text) {
        return Ok(value);
    }
    match text.parse::<f64>() {
        Ok(value) if !value.is_finite() => Err("the value is not finite"),
        Ok(value) if value < 0.0 => Err("the value is negative"),
        Ok(value) => Ok(value),
        Err(_) if text.contains(',') => Err("not a number (decimal comma: write a point)"),
        Err(_) => Err("not a number"),
    }
}

/// Digits with at most one point between them. At most 15 digits and a power of ten below 10²³ are exact in 53 bits, so
/// that their quotient is rounded once: the same as a full parser gives.
pub fn plain_decimal(text: &str) -> Option<f64> {
    const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (mut digits, mut behind, mut count, mut point) = (0u64, 0, 0, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + u64::from(byte - b'0');
                behind += usize::from(point);
                count += 1;
                if count > 15 {
                    return None;
                }
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    (count > 0).then(|| digits as f64 / TENS[behind])
}

/// `file = "a.csv"` or `files = ["a.csv", "b.csv"]`: names and places.
pub fn file_names<'t>(section: &Section<'t>) -> Vec<(&'t str, &'t Place)> {
    let (one, many) = (section.items("file"), section.items("files"));
    if one.is_empty() && many.is_empty() {
        section.missing("file", "write file = \"trace.csv\" or files = [\"july.csv\", \"august.csv\"]");
    }
    let mut names = Vec::new();
    for Node { value, place } in one.iter().chain(many) {
        match value.text().filter(|name| !name.is_empty()) {
            Some(name) => names.push((name, place)),
            None if value.is_broken() => {}
            None => section.ledger.fault(place, "a file must be named in quotes", "", "write file = \"trace.csv\""),
        }
    }
    names
}

/// `where = { threshold = "0.8" }`: only rows whose columns hold these texts.
pub struct Filter<'t>(Vec<(&'t str, String, &'t Place)>);

impl<'t> Filter<'t> {
    pub fn of(section: &Section<'t>) -> Self {
        let mut wanted = Vec::new();
        for (column, place, node) in section.pairs("where") {
            match &node.value {
                Value::Text(text) => wanted.push((column, text.clone(), place)),
                Value::Integer(number) => wanted.push((column, number.to_string(), place)),
                Value::Float(number) => wanted.push((column, number.to_string(), place)),
                Value::Broken => {}
                Value::Flag(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => section.ledger.fault(
                    &node.place,
                    "a filter compares with text or a number",
                    "",
                    "write where = { threshold = \"0.8\" }",
                ),
            }
        }
        Self(wanted)
    }

    /// Column numbers and texts; faults for unknown columns.
    pub fn columns(&self, csv: &Csv, ledger: &Ledger) -> Vec<(usize, &str)> {
        let found =
            self.0.iter().filter_map(|(column, text, place)| Some((csv.column(column, place, ledger)?, text.as_str())));
        found.collect()
    }
}

/// Whether a row passes the filter.
pub fn passes(record: &csv::ByteRecord, wanted: &[(usize, &str)]) -> bool {
    wanted.iter().all(|(column, text)| field(record, *column) == *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_decimal_is_read_like_any_other_number() {
        for text in
            ["0", "7", "0.1", "12.5", "1.", ".5", "00300", "123456.789012345", "99999999999999.9", "0.30000000000000"]
        {
            let value = plain_decimal(text);
            assert_eq!(value.map(f64::to_bits), text.parse().ok().map(f64::to_bits), "{text}");
        }
        for text in ["", ".", "-1", "1e3", "1,5", "1.2.3", "inf", "1234567890123456"] {
            assert_eq!(plain_decimal(text), None, "{text}");
        }
    }
}
