//! What a quantity may look like: the units its reader takes, and the same as a pattern for editors.
//!
//! The patterns are made from the tables the readers themselves use, so that they take the same spellings. They do not know
//! sizes: "9999999 PiB" is spelt well, and refused by the reader as too large.

use std::str::FromStr;

use super::{UnitError, data, rate, ratio, time};

/// Something written as a number with its unit.
pub trait Quantity: FromStr<Err = UnitError> {
    const KIND: QuantityKind;
}

/// The kinds of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityKind {
    Span,
    Data,
    DataRate,
    Bandwidth,
    Share,
}

impl QuantityKind {
    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            QuantityKind::Span => "span",
            QuantityKind::Data => "amount of data",
            QuantityKind::DataRate => "data rate",
            QuantityKind::Bandwidth => "bandwidth",
            QuantityKind::Share => "share",
        }
    }

    /// The units that are read, as they are written.
    pub fn units(self) -> Vec<String> {
        let names = |units: &[(&str, f64)]| units.iter().map(|(name, _)| (*name).to_string()).collect::<Vec<_>>();
        let per_second = || data::UNITS.iter().map(|(name, _)| format!("{name}/s"));
        match self {
            QuantityKind::Span => names(&time::UNITS),
            QuantityKind::Data => names(&data::UNITS),
            QuantityKind::DataRate => per_second().chain(names(&rate::BIT_UNITS)).collect(),
            QuantityKind::Bandwidth => names(&rate::BIT_UNITS).into_iter().chain(per_second()).collect(),
            QuantityKind::Share => vec![ratio::UNIT.to_string()],
        }
    }

    /// A regular expression (the common core of ECMA-262 and Rust) that takes what the reader takes, whatever its size.
    pub fn pattern(self) -> String {
        let one = format!("{NUMBER}\\s*(?:{})\\s*", self.units().join("|"));
        // Only spans add up: "1h 30m".
        if self == QuantityKind::Span { format!("^\\s*(?:{one})+$") } else { format!("^\\s*{one}$") }
    }
}

/// Digits with `_` between them and one dot at most: what `split_number` takes.
const NUMBER: &str = "(?:_*[0-9][0-9_]*[.]?[0-9_]*|_*[.]_*[0-9][0-9_]*)";

/// "1 row", "2 rows".
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{BitRate, ByteRate, Bytes, Duration, Ratio};

    fn is_read(kind: QuantityKind, text: &str) -> bool {
        match kind {
            QuantityKind::Span => text.parse::<Duration>().is_ok(),
            QuantityKind::Data => text.parse::<Bytes>().is_ok(),
            QuantityKind::DataRate => text.parse::<ByteRate>().is_ok(),
            QuantityKind::Bandwidth => text.parse::<BitRate>().is_ok(),
            QuantityKind::Share => text.parse::<Ratio>().is_ok(),
        }
    }

    const KINDS: [QuantityKind; 5] =
        [QuantityKind::Span, QuantityKind::Data, QuantityKind::DataRate, QuantityKind::Bandwidth, QuantityKind::Share];

    /// Numbers well and badly spelt, before every unit of every kind and before what is no unit, alone and two in a row: an
    /// editor that checks the pattern and the reader never disagree.
    #[test]
    fn a_pattern_takes_what_the_reader_takes_and_nothing_else() {
        let numbers = [
            "64", "1.5", ".5", "5.", "1_0", "_5", "5_", "_._5", "0", "", ".", "_", "1.2.3", "-1", "+1", "1e3", "1,5",
            "NaN", "inf",
        ];
        let mut units: Vec<String> = KINDS.iter().flat_map(|kind| kind.units()).collect();
        let strange = [
            "", "Mb", "gb", "K", "kb/s", "mbit/s", "Mbit", "Mbps", "S", "hours", "secs", "mm", "%%", "x", "B/s/s",
            "KiB /s",
        ];
        units.extend(strange.map(String::from));
        let mut texts: Vec<String> = vec![String::new(), " ".into(), "GiB".into(), "1h 30m 5".into(), "5m x".into()];
        for number in numbers {
            for unit in &units {
                for gap in ["", " ", "\t "] {
                    texts.push(format!("{number}{gap}{unit}"));
                    texts.push(format!("  {number}{gap}{unit} "));
                    texts.push(format!("1h{gap}{number}{unit}"));
                    texts.push(format!("{number}{unit}{gap}2s"));
                }
            }
        }
        for kind in KINDS {
            let pattern = regex_lite::Regex::new(&kind.pattern()).expect("the pattern is a regular expression");
            let mut taken = 0;
            for text in &texts {
                assert_eq!(pattern.is_match(text), is_read(kind, text), "{kind:?} and `{text}`");
                taken += usize::from(is_read(kind, text));
            }
            assert!(taken > 20 && taken < texts.len() / 2, "{kind:?}: {taken} of {} are read", texts.len());
        }
    }
}
