//! Amounts of data in whole bytes.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::str::FromStr;

use super::Ratio;
use super::quantity::{UnitError, factor_in, read, unknown_unit};
use super::vocabulary::{Quantity, QuantityKind};

/// An amount of data [bytes].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    pub const ZERO: Bytes = Bytes(0);

    pub const fn kib(n: u64) -> Self {
        Self(n << 10)
    }

    pub const fn mib(n: u64) -> Self {
        Self(n << 20)
    }

    pub const fn gib(n: u64) -> Self {
        Self(n << 30)
    }

    pub const fn tib(n: u64) -> Self {
        Self(n << 40)
    }

    pub const fn mb(n: u64) -> Self {
        Self(n * 1_000_000)
    }

    pub const fn gb(n: u64) -> Self {
        Self(n * 1_000_000_000)
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn saturating_sub(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_sub(other.0))
    }

    /// `share` of it, rounded down.
    pub fn share(self, share: Ratio) -> Bytes {
        Bytes((u128::from(self.0) * u128::from(share.ppm()) / 1_000_000) as u64)
    }
}

impl Add for Bytes {
    type Output = Bytes;
    fn add(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Bytes) {
        *self = *self + other;
    }
}

impl Sub for Bytes {
    type Output = Bytes;
    fn sub(self, other: Bytes) -> Bytes {
        assert!(other <= self, "an amount cannot be negative: {self} - {other}");
        Bytes(self.0 - other.0)
    }
}

impl Mul<u64> for Bytes {
    type Output = Bytes;
    fn mul(self, factor: u64) -> Bytes {
        Bytes(self.0.saturating_mul(factor))
    }
}

impl Div<u64> for Bytes {
    type Output = Bytes;
    fn div(self, divisor: u64) -> Bytes {
        Bytes(self.0 / divisor)
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Bytes>>(amounts: I) -> Bytes {
        amounts.fold(Bytes::ZERO, |sum, amount| sum + amount)
    }
}

/// Binary units with three digits: "64 GiB", "1.50 TiB".
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let step = if self.0 == 0 { 0 } else { (self.0.ilog2() / 10) as usize };
        let value = self.0 as f64 / (1u64 << (10 * step)) as f64;
        super::ratio::three_digits(f, value, names[step])
    }
}

const CURE: &str =
    "write bytes such as \"64 GiB\" (1024³) or \"64 GB\" (1000³); units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB";

/// Units of data and their bytes. None that could mean two things.
pub(super) const UNITS: [(&str, f64); 12] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("PB", 1e15),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
    ("PiB", 1_125_899_906_842_624.0),
];

/// Factor of a unit of data, or nothing when it is unknown or could mean two things.
pub(super) fn factor(name: &str) -> Option<f64> {
    factor_in(&UNITS, name)
}

impl Quantity for Bytes {
    const KIND: QuantityKind = QuantityKind::Data;
}

impl FromStr for Bytes {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Bytes, UnitError> {
        read(text, "data", CURE, |name| factor(name).ok_or_else(|| unknown_unit(name, "data", CURE))).map(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_prefix_are_read_as_written() {
        assert_eq!("64 GiB".parse(), Ok(Bytes::gib(64)));
        assert_eq!("64 GB".parse(), Ok(Bytes::gb(64)));
        assert_eq!("0.5 KiB".parse(), Ok(Bytes(512)));
        for bad in ["64", "64 Gb", "64 gb", "64 K", "-1 GiB", "1e3 B", "NaN B", "64 GiB/s", "99999999 PiB"] {
            assert!(bad.parse::<Bytes>().is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn amounts_print_with_three_digits() {
        assert_eq!(Bytes::gib(64).to_string(), "64.0 GiB");
        assert_eq!(Bytes(0).to_string(), "0 B");
        assert_eq!(Bytes(1536).to_string(), "1.50 KiB");
    }
}
