//! What an import says: faults that end it, rows it could not use, and remarks with numbers.
//!
//! A row that is not used is counted by file and reason, with the line of the first; all of them, one by one, go to the list
//! of `--report` where one is wanted. Nothing is dropped in silence.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use crate::units::counted;

/// What ends an import: what is wrong, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// 1-based; 0 where the file as a whole is meant.
    pub line: u64,
    pub wrong: String,
    pub mend: String,
}

impl Fault {
    pub fn new(file: &str, line: u64, wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { file: file.to_string(), line, wrong: wrong.into(), mend: mend.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = if self.line > 0 { format!(":{}", self.line) } else { String::new() };
        write!(f, "error: {}{line}: {}\nmend: {}", shown(&self.file), shown(&self.wrong), self.mend)
    }
}

/// Control characters of an input never reach a terminal, and long texts are cut.
pub fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 300;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(SHOWN_MAX).map(clean).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        short.push('…');
    }
    short
}

/// A reason, how many rows it took, and the line of the first.
type Reasons = BTreeMap<String, (u64, u64)>;

/// Reasons by file beyond this many are counted as one: a broken file must not fill the memory.
const REASONS_MAX: usize = 200;

/// What was not used, and what is worth knowing.
#[derive(Default)]
pub struct Notes {
    list: Option<Box<dyn Write>>,
    /// The first fault in writing the list.
    broken: Option<std::io::Error>,
    unused: BTreeMap<String, Reasons>,
    used: BTreeMap<String, u64>,
    remarks: Vec<String>,
}

impl Notes {
    /// `list` receives every row that is not used: file, line, reason.
    pub fn new(list: Option<Box<dyn Write>>) -> Self {
        let mut notes = Self { list, ..Self::default() };
        notes.put("file,line,reason\n");
        notes
    }

    fn put(&mut self, text: &str) {
        if let Some(list) = &mut self.list
            && let Err(error) = list.write_all(text.as_bytes())
        {
            self.broken.get_or_insert(error);
            self.list = None;
        }
    }

    /// A row that is not used.
    pub fn unused(&mut self, file: &str, line: u64, reason: &str) {
        if self.list.is_some() {
            let quoted = |text: &str| format!("\"{}\"", shown(text).replace('"', "\"\""));
            self.put(&format!("{},{line},{}\n", quoted(file), quoted(reason)));
        }
        let reasons = match self.unused.get_mut(file) {
            Some(reasons) => reasons,
            None => self.unused.entry(file.to_string()).or_default(),
        };
        if let Some((count, _)) = reasons.get_mut(reason) {
            *count += 1;
            return;
        }
        let reason = if reasons.len() < REASONS_MAX { reason } else { "other reasons" };
        reasons.entry(reason.to_string()).or_insert((0, line)).0 += 1;
    }

    /// A row that is used, or is not for a reason.
    pub fn row(&mut self, file: &str, line: u64, taken: Result<(), &str>) {
        match taken {
            Ok(()) => self.used(file),
            Err(reason) => self.unused(file, line, reason),
        }
    }

    /// A row that is used.
    pub fn used(&mut self, file: &str) {
        match self.used.get_mut(file) {
            Some(count) => *count += 1,
            None => drop(self.used.insert(file.to_string(), 1)),
        }
    }

    pub fn used_count(&self, file: &str) -> u64 {
        self.used.get(file).copied().unwrap_or(0)
    }

    /// Something worth knowing, one line; said once.
    pub fn remark(&mut self, text: impl Into<String>) {
        let text = shown(&text.into());
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// "counters.csv: 12 rows not used: no value (the first in line 7)", a line for each file and reason.
    pub fn unused_lines(&self) -> Vec<String> {
        let lines = self.unused.iter().flat_map(|(file, reasons)| {
            reasons.iter().map(move |(reason, (count, first))| {
                let first = if *first > 0 { format!(" (the first in line {first})") } else { String::new() };
                format!("{}: {} not used: {}{first}", shown(file), counted(*count, "row"), shown(reason))
            })
        });
        lines.collect()
    }

    /// Ends the list.
    ///
    /// # Errors
    /// The list could not be written.
    pub fn finish(&mut self) -> std::io::Result<()> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        self.list.take().map_or(Ok(()), |mut list| list.flush())
    }
}

/// "a, b, c and 12 more": up to twenty names.
pub fn named<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const NAMES_SHOWN: usize = 20;
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let first: Vec<String> = names.take(NAMES_SHOWN).map(shown).collect();
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_not_used_are_counted_by_reason_with_the_first_line() {
        let mut notes = Notes::new(None);
        for line in [7, 9] {
            notes.unused("a.csv", line, "no value");
        }
        notes.unused("a.csv", 8, "a \u{1b}[31m trick");
        let expected = [
            "a.csv: 1 row not used: a  [31m trick (the first in line 8)",
            "a.csv: 2 rows not used: no value (the first in line 7)",
        ];
        assert_eq!(notes.unused_lines(), expected);
    }
}
