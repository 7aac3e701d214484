//! How text becomes a quantity: a number, then a unit, and nothing guessed.

use std::fmt;

/// What is wrong with a quantity, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    pub wrong: String,
    pub mend: String,
}

impl UnitError {
    pub fn new(wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { wrong: wrong.into(), mend: mend.into() }
    }

    /// The text does not begin with a number, or with one that has a comma or several points in it.
    pub fn not_a_number(text: &str, mend: &str) -> Self {
        let text = shorten(text);
        if text.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            let wrong = format!("the number in `{text}` cannot be read");
            return Self::new(
                wrong,
                format!("write digits with at most one decimal point and nothing between them; {mend}"),
            );
        }
        Self::new(format!("`{text}` does not begin with a number"), mend)
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.wrong, self.mend)
    }
}

impl std::error::Error for UnitError {}

/// Splits "1.5 GiB" into 1.5 and "GiB". Digits, one dot, `_` as separator; no sign, no exponent, no NaN; a comma is neither
/// taken for a point nor passed over. Beyond what a float holds it is infinite.
pub fn split_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let number: f64 = text[..end].replace('_', "").parse().ok()?;
    (!text[end..].starts_with(',')).then(|| (number, text[end..].trim_start()))
}

/// The factor of a unit by its exact name.
pub(super) fn factor_in(units: &[(&str, f64)], name: &str) -> Option<f64> {
    units.iter().find(|(known, _)| *known == name).map(|(_, factor)| *factor)
}

/// Reads "number unit" where `unit` maps the unit to a factor; the result is rounded to the nearest whole.
pub fn read(
    text: &str,
    kind: &str,
    cure: &str,
    unit: impl Fn(&str) -> Result<f64, UnitError>,
) -> Result<u64, UnitError> {
    let (number, name) = split_number(text).ok_or_else(|| UnitError::not_a_number(text, cure))?;
    let name = name.trim();
    if name.is_empty() {
        return Err(UnitError::new(format!("`{}` has no unit", shorten(text)), cure));
    }
    let value = (number * unit(name)?).round();
    if value >= u64::MAX as f64 / 16.0 {
        return Err(UnitError::new(format!("`{}` is too large for {kind}", shorten(text)), "write a smaller value"));
    }
    Ok(value as u64)
}

/// A name that half of the world reads as bits and the other half as bytes is refused with both readings.
pub fn unknown_unit(name: &str, kind: &str, cure: &str) -> UnitError {
    let ambiguous =
        ["b", "kb", "mb", "gb", "tb", "k", "m", "g", "t", "bps", "kbps", "mbps", "gbps", "b/s", "kb/s", "mb/s", "gb/s"];
    let name = shorten(name);
    if ambiguous.contains(&name.to_lowercase().as_str()) {
        let wrong = format!("`{name}` could mean bits or bytes, 1000 or 1024");
        return UnitError::new(wrong, cure);
    }
    UnitError::new(format!("`{name}` is not a unit of {kind}"), cure)
}

/// Text of the input in a message, never longer than half a line.
pub fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
