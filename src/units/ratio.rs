//! Shares, in whole parts per million.

use std::fmt;
use std::str::FromStr;

use super::quantity::{UnitError, shorten, split_number};
use super::vocabulary::{Quantity, QuantityKind};

/// A share: integer parts per million, so 1 % is 10 000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(u32);

impl Ratio {
    pub const ZERO: Ratio = Ratio(0);
    pub const ONE: Ratio = Ratio(1_000_000);

    pub const fn from_ppm(ppm: u32) -> Self {
        Self(ppm)
    }

    pub const fn percent(percent: u32) -> Self {
        Self(percent * 10_000)
    }

    pub const fn ppm(self) -> u32 {
        self.0
    }

    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.4}", f64::from(self.0) / 1e4);
        write!(f, "{} %", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The one unit of a share.
pub(super) const UNIT: &str = "%";

impl Quantity for Ratio {
    const KIND: QuantityKind = QuantityKind::Share;
}

/// "80 %", "0.1 %". A bare number is refused: 0.8 of what?
impl FromStr for Ratio {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Ratio, UnitError> {
        const CURE: &str = "write a share such as \"80 %\"";
        let (number, unit) = split_number(text).ok_or_else(|| UnitError::not_a_number(text, CURE))?;
        if unit.trim() != UNIT {
            return Err(UnitError::new(format!("`{}` is not a share", shorten(text)), CURE));
        }
        if number > 100_000.0 {
            return Err(UnitError::new(format!("`{}` is too large for a share", shorten(text)), CURE));
        }
        Ok(Ratio((number * 1e4).round() as u32))
    }
}

/// Writes `value unit` with three significant digits.
pub(super) fn three_digits(f: &mut fmt::Formatter<'_>, value: f64, unit: &str) -> fmt::Result {
    let digits = match value {
        v if v == 0.0 || v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    write!(f, "{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_and_print() {
        assert_eq!("80 %".parse(), Ok(Ratio::percent(80)));
        assert_eq!("0.1%".parse(), Ok(Ratio::from_ppm(1_000)));
        assert_eq!(Ratio::from_ppm(1_000).to_string(), "0.1 %");
        for bad in ["0.8", "80", "eighty %", "-1 %", "80 %%"] {
            assert!(bad.parse::<Ratio>().is_err(), "{bad} must be refused");
        }
    }
}
