//! How the bytes of a file become text, and which bytes do not.
//!
//! ```text
//! UTF-8            as it is, a mark at its begin is dropped
//! UTF-16, marked   read, and said
//! windows-1252     read when declared (`encoding = "windows-1252"`), and said
//! anything else    refused, with line and cure: no character is guessed
//! ```
//! Source of the decoders: WHATWG Encoding, as `encoding_rs` has it.

use std::ops::Range;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::fault::{Fault, Faults};
use super::spans::{TEXT_BYTES_MAX, TOO_LONG_CURE, too_long};

/// What the scenario declares about a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8, or UTF-16 that says so by its mark.
    #[default]
    Unicode,
    Windows1252,
}

/// Text, and what had to be done to have it.
#[derive(Debug)]
pub struct Decoded {
    pub text: String,
    pub remark: Option<&'static str>,
}

/// Bytes that are no text we read.
#[derive(Debug)]
pub struct NoText {
    pub wrong: String,
    pub mend: &'static str,
    /// The text with stand-ins, and the bytes of it that are wrong; when the fault has a place.
    pub place: Option<(String, Range<usize>)>,
}

const SAVE: &str = "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")";
/// So much of a file shows whether it is text [bytes].
const HEAD: usize = 1_024;

/// Decodes a file.
pub fn decode(bytes: Vec<u8>, encoding: Encoding) -> Result<Decoded, NoText> {
    let refuse = |wrong: &str, mend| Err(NoText { wrong: wrong.into(), mend, place: None });
    let head = &bytes[..bytes.len().min(HEAD)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 > head.len();
    match head {
        [0xff, 0xfe, ..] => return utf_16(&bytes[2..], UTF_16LE),
        [0xfe, 0xff, ..] => return utf_16(&bytes[2..], UTF_16BE),
        [b'P', b'K', 3, 4, ..] => return refuse("this is a workbook or an archive", "save the sheet as \"CSV UTF-8\""),
        _ if head.contains(&0) && (zeros(0) || zeros(1)) => return refuse("this is UTF-16 without its mark", SAVE),
        _ if head.contains(&0) => return refuse("this is no text", "name a text file, plain or gzipped"),
        _ => {}
    }
    if encoding == Encoding::Windows1252 {
        let text = WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned();
        return Ok(Decoded { text, remark: Some("read as windows-1252") });
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(Decoded { text, remark: None })
        }
        Err(error) => Err(no_utf_8(error.as_bytes(), error.utf8_error().valid_up_to())),
    }
}

fn utf_16(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> Result<Decoded, NoText> {
    match encoding.decode_without_bom_handling(bytes) {
        (text, false) => Ok(Decoded { text: text.into_owned(), remark: Some("read as UTF-16") }),
        (_, true) => Err(NoText { wrong: "this is UTF-16 with broken characters".into(), mend: SAVE, place: None }),
    }
}

/// The text of a scenario, with a warning when other readers of TOML would refuse it; or the text as far as it can be shown,
/// and the fault. `file` is its name in messages.
pub fn scenario_text(bytes: Vec<u8>, file: &str) -> Result<(String, Option<Fault>), (String, Faults)> {
    let fault = |wrong: String, span, mend: &str, is_warning| {
        let (file, mend) = (file.into(), mend.into());
        Fault { wrong, span, file, mend, note: String::new(), is_warning }
    };
    if bytes.len() > 2 * TEXT_BYTES_MAX {
        return Err((String::new(), Faults(vec![fault(too_long(), None, TOO_LONG_CURE, false)])));
    }
    match decode(bytes, Encoding::Unicode) {
        Ok(Decoded { text, remark: None }) => Ok((text, None)),
        Ok(Decoded { text, remark: Some(_) }) => {
            let mend = "save it as UTF-8: other readers of TOML take nothing else";
            Ok((text, Some(fault("the scenario is UTF-16".into(), None, mend, true))))
        }
        Err(NoText { wrong, place: Some((text, span)), .. }) => {
            Err((text, Faults(vec![fault(wrong, Some(span), "save it as UTF-8", false)])))
        }
        Err(NoText { wrong, .. }) => {
            let mend = "a scenario is text in UTF-8; `drsim init` writes one";
            Err((String::new(), Faults(vec![fault(wrong, None, mend, false)])))
        }
    }
}

/// Says where, and which letter it would be in the commonest of the old encodings.
fn no_utf_8(bytes: &[u8], at: usize) -> NoText {
    let begin = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length);
    let line = 1 + bytes[..begin].iter().filter(|byte| **byte == b'\n').count();
    let letter = WINDOWS_1252.decode_without_bom_handling(&bytes[at..=at]).0;
    let wrong = format!("line {line} is not UTF-8: a byte {:#04x} (`{letter}` in windows-1252)", bytes[at]);
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mend =
        "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\"), or write encoding = \"windows-1252\" beside its name";
    NoText { wrong, mend, place: Some((text, at..at + '\u{fffd}'.len_utf8())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], encoding: Encoding) -> Result<(String, Option<&'static str>), String> {
        decode(bytes.to_vec(), encoding).map(|read| (read.text, read.remark)).map_err(|error| error.wrong)
    }

    #[test]
    fn what_says_what_it_is_is_read() {
        let unicode = |bytes: &[u8]| text(bytes, Encoding::Unicode).expect("reads");
        let utf_16 = |swap: bool| -> Vec<u8> {
            let units = "\u{feff}a,\u{e4}\n".encode_utf16();
            units.flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        assert_eq!(unicode("\u{feff}a,\u{e4}\n".as_bytes()), ("a,\u{e4}\n".into(), None));
        for swap in [false, true] {
            assert_eq!(unicode(&utf_16(swap)), ("a,\u{e4}\n".into(), Some("read as UTF-16")));
        }
        let old = text(b"a,\xe4\x80\n", Encoding::Windows1252).expect("reads");
        assert_eq!(old, ("a,\u{e4}\u{20ac}\n".into(), Some("read as windows-1252")));
    }

    #[test]
    fn what_does_not_is_refused_with_the_line() {
        let refused = |bytes: &[u8]| text(bytes, Encoding::Unicode).expect_err("refused");
        assert_eq!(refused(b"a\nb\xf6\n"), "line 2 is not UTF-8: a byte 0xf6 (`\u{f6}` in windows-1252)");
        assert_eq!(refused(b"v\0m\0"), "this is UTF-16 without its mark");
        assert_eq!(refused(b"\xff\xfev\0m"), "this is UTF-16 with broken characters");
        assert_eq!(refused(b"\x7fELF\0\x01"), "this is no text");
    }
}
