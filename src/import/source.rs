//! A foreign file as a stream of text: unpacked when gzipped, decoded, cut into lines, never held whole.
//!
//! ```text
//! bytes ─ gzip? ─▶ bytes ─ UTF-16? ─▶ UTF-8 ─ lines ─▶ a line that is no UTF-8 is read as windows-1252, and that is said
//! ```
//! UTF-16 is known by its mark, or by its zeros where the mark is missing. Bounds: one line [`LINE_BYTES_MAX`], a file that has to be
//! read whole [`WHOLE_BYTES_MAX`]. Source of the decoders: WHATWG Encoding, as `encoding_rs` has it.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

use super::notes::{Fault, Notes};

/// Longest line: counter logs of a thousand disks have headers of some 100 KiB [bytes].
const LINE_BYTES_MAX: u64 = 8 << 20;
/// Largest file of those that are read whole: inventories, workbooks [bytes].
const WHOLE_BYTES_MAX: u64 = 256 << 20;
/// What is looked at to know what a file is [bytes].
const HEAD: usize = 64 << 10;

/// A file to be read, and what it is called in messages.
pub struct Input {
    pub name: String,
    pub read: Box<dyn Read>,
}

impl Input {
    pub fn new(name: impl Into<String>, read: impl Read + 'static) -> Self {
        Self { name: name.into(), read: Box::new(read) }
    }
}

/// An opened file: unpacked and decoded.
pub struct Source {
    pub name: String,
    pub read: Box<dyn BufRead>,
    line: u64,
    buffer: Vec<u8>,
    old_encoding: bool,
}

/// The bytes of a file, unpacked when gzipped.
pub fn unpacked(input: Input) -> Result<(String, Box<dyn BufRead>), Fault> {
    let Input { name, read } = input;
    let mut read = BufReader::with_capacity(HEAD, read);
    let head = read.fill_buf().map_err(|error| unreadable(&name, 0, &error))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok((name, Box::new(BufReader::with_capacity(HEAD, MultiGzDecoder::new(read)))));
    }
    Ok((name, Box::new(read)))
}

/// The fault of a file, or of the rest behind a line, that the system does not give.
pub fn unreadable(name: &str, line: u64, error: &io::Error) -> Fault {
    Fault::new(name, line, format!("it cannot be read: {error}"), "check the file; a packed one must be whole")
}

impl Source {
    /// # Errors
    /// The file cannot be read, or is a workbook or something else that is no text.
    pub fn open(input: Input, notes: &mut Notes) -> Result<Source, Fault> {
        let (name, mut read) = unpacked(input)?;
        let head = read.fill_buf().map_err(|error| unreadable(&name, 0, &error))?;
        let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 > head.len();
        let utf_16 = match head {
            [0xff, 0xfe, ..] => Some(UTF_16LE),
            [0xfe, 0xff, ..] => Some(UTF_16BE),
            [b'P', b'K', 3, 4, ..] => {
                let mend = "the kind `rvtools` reads workbooks; for the others save the sheet as \"CSV UTF-8\"";
                return Err(Fault::new(&name, 0, "this is a workbook or an archive", mend));
            }
            _ if head.contains(&0) && zeros(1) => Some(UTF_16LE),
            _ if head.contains(&0) && zeros(0) => Some(UTF_16BE),
            _ if head.contains(&0) => {
                return Err(Fault::new(&name, 0, "this is no text", "name a text file, plain or gzipped"));
            }
            [0xef, 0xbb, 0xbf, ..] => {
                read.consume(3);
                None
            }
            _ => None,
        };
        let read: Box<dyn BufRead> = match utf_16 {
            Some(encoding) => {
                notes.remark(format!("{name}: read as UTF-16"));
                Box::new(BufReader::new(Utf16 {
                    inner: read,
                    decoder: encoding.new_decoder(),
                    ready: Vec::new(),
                    at: 0,
                    ended: false,
                }))
            }
            None => read,
        };
        Ok(Source { name, read, line: 0, buffer: Vec::new(), old_encoding: false })
    }

    /// The next line without its end, and its number from 1; `None` at the end of the file.
    pub fn line(&mut self, notes: &mut Notes) -> Result<Option<(u64, Cow<'_, str>)>, Fault> {
        self.buffer.clear();
        let taken = self.read.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.buffer);
        let taken = taken.map_err(|error| unreadable(&self.name, self.line + 1, &error))?;
        if taken == 0 {
            return Ok(None);
        }
        self.line += 1;
        while matches!(self.buffer.last(), Some(b'\n' | b'\r')) {
            self.buffer.pop();
        }
        if self.buffer.len() as u64 >= LINE_BYTES_MAX - 2 {
            let mend = "check that it is a text file of the kind that was named";
            return Err(Fault::new(&self.name, self.line, "the line is longer than 8 MiB", mend));
        }
        let line = text(&self.buffer);
        if matches!(line, Cow::Owned(_)) && !self.old_encoding {
            self.old_encoding = true;
            notes.remark(format!("{}: line {} is no UTF-8; read as windows-1252", self.name, self.line));
        }
        Ok(Some((self.line, line)))
    }

    /// All that is left, for files that are small by nature.
    pub fn whole(self) -> Result<Vec<u8>, Fault> {
        read_whole(&self.name, self.read)
    }
}

/// All bytes of a stream.
///
/// # Errors
/// It cannot be read, or holds more than an inventory does.
pub fn read_whole(name: &str, read: impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let taken = read.take(WHOLE_BYTES_MAX + 1).read_to_end(&mut bytes);
    taken.map_err(|error| unreadable(name, 0, &error))?;
    if bytes.len() as u64 > WHOLE_BYTES_MAX {
        let mend = "inventories are small; keep the sheets or columns that are read (docs/import.md)";
        return Err(Fault::new(name, 0, "it holds more than 256 MiB", mend));
    }
    Ok(bytes)
}

/// Bytes as text: UTF-8, else windows-1252, in which every byte is a letter.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned().into(),
    }
}

/// UTF-16 on its way to UTF-8; broken characters become stand-ins.
struct Utf16 {
    inner: Box<dyn BufRead>,
    decoder: Decoder,
    ready: Vec<u8>,
    at: usize,
    /// The decoder has seen the end, and may not be asked again.
    ended: bool,
}

impl Read for Utf16 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.ended {
            let bytes = self.inner.fill_buf()?;
            let count = bytes.len();
            self.ended = bytes.is_empty();
            self.ready.resize(count * 3 + 16, 0);
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.ready, self.ended);
            debug_assert!(matches!(result, CoderResult::InputEmpty) || read < count);
            self.inner.consume(read);
            self.ready.truncate(written);
            self.at = 0;
        }
        let count = into.len().min(self.ready.len() - self.at);
        into[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Cuts a line at the separators that stand outside quotes; a field's quotes are taken off.
pub fn cut<'l>(line: &'l str, separator: char, fields: &mut Vec<Cow<'l, str>>) {
    fields.clear();
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t']);
        if let Some(body) = trimmed.strip_prefix('"') {
            let (field, behind) = quoted(body);
            fields.push(field);
            match behind.find(separator) {
                Some(at) => rest = &behind[at + separator.len_utf8()..],
                None => return,
            }
            continue;
        }
        match rest.find(separator) {
            Some(at) => {
                fields.push(rest[..at].trim().into());
                rest = &rest[at + separator.len_utf8()..];
            }
            None => return fields.push(rest.trim().into()),
        }
    }
}

/// The field behind its opening quote, and what follows the closing one.
fn quoted(body: &str) -> (Cow<'_, str>, &str) {
    let mut from = 0;
    while let Some(at) = body[from..].find('"').map(|at| from + at) {
        if body[at + 1..].starts_with('"') {
            from = at + 2;
            continue;
        }
        let field = &body[..at];
        let field =
            if field.contains("\"\"") { field.replace("\"\"", "\"").into() } else { Cow::Borrowed(field.trim()) };
        return (field, &body[at + 1..]);
    }
    (body.trim().into(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: Vec<u8>) -> Result<Vec<String>, Fault> {
        let mut notes = Notes::new(None);
        let mut source = Source::open(Input::new("f", io::Cursor::new(bytes)), &mut notes)?;
        let mut lines = Vec::new();
        while let Some((_, line)) = source.line(&mut notes)? {
            lines.push(line.into_owned());
        }
        Ok(lines)
    }

    #[test]
    fn text_is_read_however_it_is_written() {
        let text = "\u{feff}Datenträger,€\r\nx,𝄞\n";
        let utf_16 = |swap: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut packed, text.as_bytes()).expect("into memory");
        let packed = packed.finish().expect("into memory");
        let no_mark: Vec<u8> = utf_16(false)[2..].to_vec();
        for bytes in [text.as_bytes().to_vec(), utf_16(false), utf_16(true), no_mark, packed] {
            assert_eq!(lines(bytes).expect("reads"), ["Datenträger,€", "x,𝄞"]);
        }
        assert_eq!(lines(b"Datentr\xe4ger,\x80\n".to_vec()).expect("reads"), ["Datenträger,€"]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let wrong = |bytes: &[u8]| lines(bytes.to_vec()).expect_err("refused").wrong;
        assert_eq!(wrong(b"PK\x03\x04zip"), "this is a workbook or an archive");
        assert_eq!(wrong(b"\x7fELF\0\x01 and so on"), "this is no text");
        assert!(wrong(&[0x1f, 0x8b, 8, 0, 1]).contains("cannot be read"));
        assert_eq!(wrong(&vec![b'x'; 9 << 20]), "the line is longer than 8 MiB");
    }

    #[test]
    fn fields_are_cut_outside_quotes() {
        let fields = |line: &str, separator| {
            let mut fields = Vec::new();
            cut(line, separator, &mut fields);
            fields.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(fields("a, b ,\"c,\"\"d\"\"\",", ','), ["a", "b", "c,\"d\"", ""]);
        assert_eq!(fields("1;\t2;\t3", ';'), ["1", "2", "3"]);
        assert_eq!(fields("\"open", ','), ["open"]);
        assert_eq!(fields("", ','), [""]);
    }
}
