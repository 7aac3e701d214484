//! Files that a scenario names: read once, unpacked when gzipped, and read as CSV the way real exports are.
//!
//! The separator (`,` `;` tab) is taken from the header, and where it is `;` a comma is the decimal mark: both are said in the
//! file's note. A UTF-8 mark and CRLF are no matter; other encodings: [`super::text`]. Ragged or unreadable rows are left
//! out and counted, never guessed. Bounds: [`FILE_BYTES_MAX`] unpacked.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use crate::units::Bytes;

use super::InputNote;
use super::document::Section;
use super::ledger::{Ledger, cure_by_name, short};
use super::spans::{Node, Place, Value};
use super::text::{Decoded, Encoding, decode};

/// Largest file, unpacked [bytes]; below a power of two, so that the last doubling of the room does not come.
pub const FILE_BYTES_MAX: u64 = 500 << 20;
/// Most rows of one file.
pub const ROWS_MAX: u64 = 20_000_000;

const FEWER: &str = "fewer fields than the header";

/// Texts by name and declared encoding; `None` when a fault was reported.
type Seen = BTreeMap<(String, Encoding), Option<Rc<Decoded>>>;

/// The files of one scenario.
pub struct Files<'a> {
    read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    seen: RefCell<Seen>,
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
        for ((name, _), read) in self.seen.borrow().iter() {
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
            if let Some(read) = read {
                hasher.update(&(read.text.len() as u64).to_le_bytes()).update(read.text.as_bytes());
            }
        }
    }

    /// The text of a file; a fault at `place` when it cannot be had.
    fn text(&self, name: &str, encoding: Encoding, place: &Place, ledger: &Ledger) -> Option<Rc<Decoded>> {
        let key = (name.to_string(), encoding);
        if let Some(seen) = self.seen.borrow().get(&key) {
            return seen.clone();
        }
        const PACK_CURE: &str = "write the file again; the scenario takes plain or gzipped CSV";
        let refuse = |wrong: String, cure: &str| {
            ledger.fault(place, wrong, "", cure);
            None
        };
        let read = match (self.read)(Path::new(name)).map(unpack) {
            Ok(Ok(bytes)) => match decode(bytes, encoding) {
                Ok(read) => Some(Rc::new(read)),
                Err(error) => refuse(format!("`{}`: {}", short(name), error.wrong), error.mend),
            },
            Ok(Err(error)) => refuse(format!("`{}` cannot be unpacked: {error}", short(name)), PACK_CURE),
            Err(error) => {
                let (why, cure) = unreadable(&error);
                refuse(format!("`{}` {why}", short(name)), cure)
            }
        };
        self.seen.borrow_mut().insert(key, read.clone());
        read
    }
}

/// Why a file cannot be read, in the same words on every system; and the cure.
pub fn unreadable(error: &io::Error) -> (String, &'static str) {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "is not there",
        io::ErrorKind::IsADirectory => "is a folder",
        io::ErrorKind::PermissionDenied => return ("may not be read".into(), "ask for the permission to read it"),
        io::ErrorKind::FileTooLarge => {
            return (error.to_string(), "keep the weeks that matter, take longer steps, or leave columns out");
        }
        _ => return (format!("cannot be read: {error}"), "check the file"),
    };
    (why.into(), "check the name; paths are relative to the scenario file")
}

/// The bytes themselves, or what is in them when they are gzipped.
fn unpack(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::other(format!("it holds more than {}", Bytes(FILE_BYTES_MAX)));
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
    read: Rc<Decoded>,
    delimiter: u8,
    header: Vec<String>,
    /// The decimal mark of the numbers seen so far.
    mark: Cell<Option<u8>>,
}

impl Csv {
    /// `encoding`: as declared beside the file's name.
    pub fn open(files: &Files<'_>, name: &str, encoding: Encoding, place: &Place, ledger: &Ledger) -> Option<Csv> {
        let read = files.text(name, encoding, place, ledger)?;
        let first = read.text.lines().next().unwrap_or_default().as_bytes();
        let delimiter = *b";\t,".iter().max_by_key(|mark| first.iter().filter(|byte| byte == mark).count())?;
        let (header, mark) = (Vec::new(), Cell::new(None));
        let mut csv = Csv { name: name.into(), place: place.clone(), read, delimiter, header, mark };
        let header = csv.reader().byte_headers().map(|fields| {
            fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_string()).collect::<Vec<_>>()
        });
        csv.header = header.unwrap_or_default();
        if csv.header.iter().all(|name| name.is_empty()) {
            let mend = "write a header line with the names of the columns, then one row a line";
            ledger.fault(place, format!("`{}` is empty", short(name)), "", mend);
            return None;
        }
        Some(csv)
    }

    /// Index of a column; a fault at `place` when there is none, or when there are two.
    pub fn column(&self, column: &str, place: &Place, ledger: &Ledger) -> Option<usize> {
        self.column_or(column, place, ledger, "")
    }

    /// The same; `instead` says how another column is named.
    pub fn column_or(&self, column: &str, place: &Place, ledger: &Ledger, instead: &str) -> Option<usize> {
        let mut found = self.header.iter().enumerate().filter(|(_, name)| *name == column).map(|(index, _)| index);
        let (first, second) = (found.next(), found.next());
        if first.is_none() {
            let wrong = format!("`{}` has no column `{}`", short(&self.name), short(column));
            let mend = if self.header.iter().all(|name| number(name).is_ok()) {
                "the first line must hold the names of the columns; here it holds numbers".to_string()
            } else {
                format!("{instead}{}", cure_by_name(column, "columns", self.header.iter().map(String::as_str)))
            };
            ledger.fault(place, wrong, "", mend);
        }
        if second.is_some() {
            let wrong = format!("`{}` has two columns `{}`", short(&self.name), short(column));
            ledger.fault(place, wrong, "", "rename one of them");
            return None;
        }
        first
    }

    /// A number of this file that is there, finite and not negative; else the reason why the row is left out. Between
    /// semicolons the first mark that is met, comma or point, is the decimal mark.
    pub fn number(&self, text: &str) -> Result<f64, &'static str> {
        if self.delimiter != b';' {
            return number(text);
        }
        let Some(mark) = text.bytes().find(|byte| matches!(byte, b',' | b'.')) else { return number(text) };
        if self.mark.get().is_some_and(|known| known != mark) {
            return Err("decimal points and decimal commas are mixed");
        }
        let value =
            if mark == b',' && !text.contains('.') { number(&text.replacen(',', ".", 1)) } else { number(text) };
        if value.is_ok() {
            self.mark.set(Some(mark));
        }
        value
    }

    /// Tells how the file was read.
    fn tell(&self, note: &mut InputNote) {
        let separated = match self.delimiter {
            b';' => Some("separated by semicolons"),
            b'\t' => Some("separated by tabs"),
            _ => None,
        };
        let comma = (self.mark.get() == Some(b',')).then_some("with a decimal comma");
        for remark in [self.read.remark, separated, comma].into_iter().flatten() {
            if !note.remarks.iter().any(|known| known == remark) {
                note.remarks.push(remark.to_string());
            }
        }
    }

    pub fn has_column(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// Visits the rows with their line numbers (1-based, the header is line 1). Short rows are counted in `note`.
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
                // What is in memory can always be read; ragged rows are no error.
                Ok(false) | Err(_) => break,
                Ok(true) if record.len() < self.header.len() => note.leave_out(FEWER),
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    visit(line, &record, note);
                }
            }
            rows += 1;
            if rows >= ROWS_MAX {
                self.too_many_rows(ledger);
                break;
            }
        }
        self.tell(note);
    }

    /// Visits the rows' fields, trimmed of blanks by nobody. Files without quotes, nearly all that are large, are cut by hand;
    /// the others go through [`Csv::rows`].
    pub fn fields(&self, note: &mut InputNote, ledger: &Ledger, mut visit: impl FnMut(&Fields<'_>, &mut InputNote)) {
        let mut ends = Vec::new();
        if self.read.text.contains('"') {
            return self.rows(note, ledger, |_, record, note| {
                ends.clear();
                ends.extend((0..record.len()).filter_map(|column| record.range(column)));
                visit(&Fields { text: record.as_slice(), places: &ends }, note);
            });
        }
        // Empty lines are no rows, so any of the marks of a line's end does.
        let lines =
            self.read.text.as_bytes().split(|byte| *byte == b'\n' || *byte == b'\r').filter(|line| !line.is_empty());
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
        self.tell(note);
    }

    fn too_many_rows(&self, ledger: &Ledger) {
        let wrong = format!("`{}` has more than {ROWS_MAX} rows", short(&self.name));
        ledger.fault(&self.place, wrong, "", "cut it into smaller files or take longer steps");
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).from_reader(self.read.text.as_bytes())
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
        Err(_) if text.contains(',') => Err("not a number: a comma in it"),
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

/// `encoding = "windows-1252"` beside the name of a file.
pub fn encoding(section: &Section<'_>) -> Encoding {
    let known = [("utf-8", Encoding::Unicode), ("windows-1252", Encoding::Windows1252)];
    section.word_or_default("encoding", &known)
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
