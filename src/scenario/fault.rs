//! Faults of input: what is wrong, where, and how to mend it. For people; returned, never panicked.
//!
//! A fault points at a byte range of the scenario text; faults inside a file that the scenario reads point at the place
//! that names the file and say the line in words. All faults of a scenario are collected before anything is refused.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One fault or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, one line.
    pub wrong: String,
    /// Byte range of the scenario text; `None` when it lies elsewhere (an override, the file as a whole).
    pub span: Option<Range<usize>>,
    /// The scenario file, or `--set path` for an override.
    pub file: String,
    /// How to mend it, one line.
    pub mend: String,
    /// What stands under the caret; may be empty.
    pub note: String,
    /// A warning: it does not refuse the scenario.
    pub is_warning: bool,
}

/// Every fault of one scenario, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Fault {
    /// 1-based line and column (in characters) of the fault in `text`, when it points there.
    pub fn line_column(&self, text: &str) -> Option<(usize, usize)> {
        let span = self.span.as_ref()?;
        Some(line_column(text, span.start))
    }
}

/// 1-based line and column (in characters) of a byte of `text`.
pub fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..floor(text, byte)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The fault as text: file, line, column, snippet with carets, and a last line that begins with `mend:`.
///
/// `text` is the scenario the fault was found in. Readable without `colour`.
pub fn render(fault: &Fault, text: &str, colour: bool) -> String {
    let level = if fault.is_warning { Level::WARNING } else { Level::ERROR };
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let title = level.primary_title(one_line(&fault.wrong));
    let body = match &fault.span {
        Some(span) => {
            let span = clamp(text, span);
            let mark = AnnotationKind::Primary.span(span).label(one_line(&fault.note));
            let snippet = Snippet::source(text).path(fault.file.as_str()).line_start(1).annotation(mark);
            renderer.render(&[title.element(snippet)])
        }
        None => {
            let place = annotate_snippets::Origin::path(fault.file.as_str());
            renderer.render(&[title.element(place)])
        }
    };
    format!("{}\nmend: {}\n", body.trim_end(), one_line(&fault.mend))
}

impl fmt::Display for Faults {
    /// Without snippets: for logs and tests.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.0 {
            writeln!(f, "{}: {}; {}", fault.file, fault.wrong, fault.mend)?;
        }
        write!(f, "{} fault{}; nothing was run", self.0.len(), if self.0.len() == 1 { "" } else { "s" })
    }
}

impl std::error::Error for Faults {}

/// A span that lies within the text, on character borders, and on one line: a caret under half a file helps nobody.
fn clamp(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = floor(text, span.start);
    let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
    let end = floor(text, span.end).clamp(start, line_end.max(start));
    start..end
}

fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// Control characters of the input never reach a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(span: Option<Range<usize>>) -> Fault {
        Fault {
            wrong: "`retention` has no unit".into(),
            span,
            file: "two.toml".into(),
            mend: "write \"24h\"".into(),
            note: "24 hours or 24 days?".into(),
            is_warning: false,
        }
    }

    #[test]
    fn a_fault_shows_file_line_column_caret_and_cure() {
        let text = "title = \"x\"\nretention = 24\n";
        let shown = render(&fault(Some(24..26)), text, false);
        let expected = "error: `retention` has no unit\n --> two.toml:2:13\n  |\n2 | retention = 24\n  |             ^^ \
                        24 hours or 24 days?\nmend: write \"24h\"\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_span_off_the_text_or_off_a_character_is_no_panic() {
        for span in [0..0, 0..99, 99..99, 1..3] {
            let _ = render(&fault(Some(span.clone())), "ä\u{1b}ö\r\nü", false);
            let _ = line_column("äöü", span.end);
        }
        assert!(render(&fault(None), "", false).contains("two.toml"));
    }
}
