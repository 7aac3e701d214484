//! Rates: bytes per second inside, bits per second where a link is sold.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul};
use std::str::FromStr;

use super::quantity::{UnitError, factor_in, read, unknown_unit};
use super::vocabulary::{Quantity, QuantityKind};
use super::{Bytes, Duration, Ratio, data};

/// What disks, agents and appliances move [bytes per second].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteRate(pub u64);

/// What a network link is sold as [bits per second].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BitRate(pub u64);

impl ByteRate {
    pub const ZERO: ByteRate = ByteRate(0);

    pub const fn kib(n: u64) -> Self {
        Self(n << 10)
    }

    pub const fn mib(n: u64) -> Self {
        Self(n << 20)
    }

    pub const fn mb(n: u64) -> Self {
        Self(n * 1_000_000)
    }

    /// Time to move `data`, rounded up: a transfer never ends early. `None` at rate zero.
    pub fn time_for(self, data: Bytes) -> Option<Duration> {
        if self.0 == 0 {
            return data.is_zero().then_some(Duration::ZERO);
        }
        let ns = (u128::from(data.0) * 1_000_000_000).div_ceil(u128::from(self.0));
        Some(Duration::from_ns(u64::try_from(ns).unwrap_or(u64::MAX)))
    }

    /// Data moved in `span`, rounded down: a byte counts once it is whole.
    pub fn over(self, span: Duration) -> Bytes {
        Bytes(u64::try_from(u128::from(self.0) * u128::from(span.ns()) / 1_000_000_000).unwrap_or(u64::MAX))
    }

    pub fn bits(self) -> BitRate {
        BitRate(self.0.saturating_mul(8))
    }

    /// `share` of it, rounded down.
    pub fn share(self, share: Ratio) -> ByteRate {
        ByteRate(Bytes(self.0).share(share).0)
    }

    pub fn saturating_sub(self, other: ByteRate) -> ByteRate {
        ByteRate(self.0.saturating_sub(other.0))
    }
}

impl BitRate {
    /// The same in bytes, rounded down.
    pub const fn bytes(self) -> ByteRate {
        ByteRate(self.0 / 8)
    }

    pub const fn mbit(n: u64) -> Self {
        Self(n * 1_000_000)
    }
}

impl Add for ByteRate {
    type Output = ByteRate;
    fn add(self, other: ByteRate) -> ByteRate {
        ByteRate(self.0.saturating_add(other.0))
    }
}

impl AddAssign for ByteRate {
    fn add_assign(&mut self, other: ByteRate) {
        *self = *self + other;
    }
}

impl Mul<u64> for ByteRate {
    type Output = ByteRate;
    fn mul(self, factor: u64) -> ByteRate {
        ByteRate(self.0.saturating_mul(factor))
    }
}

impl Div<u64> for ByteRate {
    type Output = ByteRate;
    fn div(self, divisor: u64) -> ByteRate {
        ByteRate(self.0 / divisor)
    }
}

impl Sum for ByteRate {
    fn sum<I: Iterator<Item = ByteRate>>(rates: I) -> ByteRate {
        rates.fold(ByteRate::ZERO, |sum, rate| sum + rate)
    }
}

/// Binary units, as disks are measured: "1.50 MiB/s".
impl fmt::Display for ByteRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", Bytes(self.0))
    }
}

/// Decimal units, as links are sold: "200 Mbit/s".
impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s", "Ebit/s"];
        let step = if self.0 == 0 { 0 } else { (self.0.ilog10() / 3) as usize };
        super::ratio::three_digits(f, self.0 as f64 / 1_000f64.powi(step as i32), names[step])
    }
}

const CURE: &str =
    "write bytes per second such as \"1.5 MiB/s\" or \"2 MB/s\"; for links bits per second such as \"200 Mbit/s\"";
const BIT_CURE: &str = "write bits per second such as \"200 Mbit/s\" or \"1 Gbit/s\"; bytes are written \"25 MB/s\"";

/// Units of a bandwidth and their bits per second.
pub(super) const BIT_UNITS: [(&str, f64); 5] =
    [("bit/s", 1.0), ("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9), ("Tbit/s", 1e12)];

fn bit_factor(name: &str) -> Option<f64> {
    factor_in(&BIT_UNITS, name)
}

fn byte_factor(name: &str) -> Option<f64> {
    data::factor(name.strip_suffix("/s")?)
}

impl Quantity for ByteRate {
    const KIND: QuantityKind = QuantityKind::DataRate;
}

impl Quantity for BitRate {
    const KIND: QuantityKind = QuantityKind::Bandwidth;
}

impl FromStr for ByteRate {
    type Err = UnitError;

    /// Reads bytes per second; bits per second are converted, since their name leaves no doubt.
    fn from_str(text: &str) -> Result<ByteRate, UnitError> {
        let unit = |name: &str| {
            byte_factor(name)
                .or_else(|| bit_factor(name).map(|f| f / 8.0))
                .ok_or_else(|| unknown_unit(name, "a data rate", CURE))
        };
        read(text, "a data rate", CURE, unit).map(ByteRate)
    }
}

impl FromStr for BitRate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<BitRate, UnitError> {
        let unit = |name: &str| {
            bit_factor(name)
                .or_else(|| byte_factor(name).map(|f| f * 8.0))
                .ok_or_else(|| unknown_unit(name, "bandwidth", BIT_CURE))
        };
        read(text, "bandwidth", BIT_CURE, unit).map(BitRate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_bytes_meet_at_a_factor_of_eight() {
        assert_eq!("200 Mbit/s".parse(), Ok(BitRate::mbit(200)));
        assert_eq!(BitRate::mbit(200).bytes(), ByteRate::mb(25));
        assert_eq!("25 MB/s".parse::<BitRate>(), Ok(BitRate::mbit(200)));
        for bad in ["200", "200 Mb/s", "200 Mbps", "200 MB", "200 mbit/s"] {
            assert!(bad.parse::<BitRate>().is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn transfers_never_end_early_and_bytes_count_when_whole() {
        assert_eq!(ByteRate(3).time_for(Bytes(1)), Some(Duration::from_ns(333_333_334)));
        assert_eq!(ByteRate(3).over(Duration::from_ns(333_333_333)), Bytes(0));
        assert_eq!(ByteRate(0).time_for(Bytes(1)), None);
    }
}
