//! Moments and spans, in whole nanoseconds.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::str::FromStr;

use super::quantity::{UnitError, factor_in, shorten, split_number};
use super::vocabulary::{Quantity, QuantityKind};

/// A moment of the run: nanoseconds since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// A span of time in nanoseconds; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

const NS_PER_SECOND: u64 = 1_000_000_000;

impl Timestamp {
    pub const START: Timestamp = Timestamp(0);
    /// Later than anything that happens: "never".
    pub const NEVER: Timestamp = Timestamp(u64::MAX);

    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    pub const fn ns(self) -> u64 {
        self.0
    }

    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / NS_PER_SECOND as f64
    }

    /// Span since `earlier`. Panics when `earlier` is later: time does not run backwards.
    pub fn since(self, earlier: Timestamp) -> Duration {
        assert!(earlier <= self, "time ran backwards: {earlier} is after {self}");
        Duration(self.0 - earlier.0)
    }

    /// Span since `earlier`, zero when `earlier` is later.
    pub fn saturating_since(self, earlier: Timestamp) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// The moment `span` before, or the start of the run.
    pub fn saturating_sub(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl Duration {
    pub const ZERO: Duration = Duration(0);
    pub const MAX: Duration = Duration(u64::MAX);

    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    pub const fn millis(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    pub const fn secs(s: u64) -> Self {
        Self(s * NS_PER_SECOND)
    }

    pub const fn minutes(m: u64) -> Self {
        Self::secs(m * 60)
    }

    pub const fn hours(h: u64) -> Self {
        Self::minutes(h * 60)
    }

    pub const fn days(d: u64) -> Self {
        Self::hours(d * 24)
    }

    /// Nearest nanosecond; negative and NaN become zero, too large becomes the longest span.
    pub fn from_secs_f64(s: f64) -> Self {
        Self((s * NS_PER_SECOND as f64).round() as u64)
    }

    pub const fn ns(self) -> u64 {
        self.0
    }

    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / NS_PER_SECOND as f64
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn saturating_sub(self, other: Duration) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    /// Saturates at [`Timestamp::NEVER`].
    fn add(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl Add for Duration {
    type Output = Duration;
    fn add(self, other: Duration) -> Duration {
        Duration(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Duration) {
        *self = *self + other;
    }
}

impl Sub for Duration {
    type Output = Duration;
    fn sub(self, other: Duration) -> Duration {
        assert!(other <= self, "a span cannot be negative: {self} - {other}");
        Duration(self.0 - other.0)
    }
}

impl Mul<u64> for Duration {
    type Output = Duration;
    fn mul(self, factor: u64) -> Duration {
        Duration(self.0.saturating_mul(factor))
    }
}

impl Div<u64> for Duration {
    type Output = Duration;
    fn div(self, divisor: u64) -> Duration {
        Duration(self.0 / divisor)
    }
}

impl Sum for Duration {
    fn sum<I: Iterator<Item = Duration>>(spans: I) -> Duration {
        spans.fold(Duration::ZERO, |sum, span| sum + span)
    }
}

/// "12d 03:15:00": day, then time of day, counted from the start of the run.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Timestamp::NEVER {
            return f.write_str("never");
        }
        let (s, ns) = (self.0 / NS_PER_SECOND, self.0 % NS_PER_SECOND);
        write!(f, "{}d {:02}:{:02}:{:02}", s / 86_400, s / 3_600 % 24, s / 60 % 60, s % 60)?;
        if ns > 0 { write!(f, ".{:03}", ns / 1_000_000) } else { Ok(()) }
    }
}

/// The two largest units that matter: "1h 30m", "2d 4h", "45s", "250ms".
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("d", Duration::days(1).0),
            ("h", Duration::hours(1).0),
            ("m", Duration::minutes(1).0),
            ("s", NS_PER_SECOND),
            ("ms", 1_000_000),
            ("ns", 1),
        ];
        let Some(first) = parts.iter().position(|(_, unit)| self.0 >= *unit) else {
            return f.write_str("0s");
        };
        let (name, unit) = parts[first];
        write!(f, "{}{name}", self.0 / unit)?;
        match parts.get(first + 1) {
            Some((next, small)) if self.0 % unit >= *small => write!(f, " {}{next}", self.0 % unit / small),
            _ => Ok(()),
        }
    }
}

/// Units of time and their nanoseconds.
pub(super) const UNITS: [(&str, f64); 8] = [
    ("ms", 1e6),
    ("s", 1e9),
    ("sec", 1e9),
    ("m", 60e9),
    ("min", 60e9),
    ("h", 3_600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
];

impl Quantity for Duration {
    const KIND: QuantityKind = QuantityKind::Span;
}

/// "5m", "1h 30m", "7d", "2w", "250ms", "1.5h". A day has 24 hours.
impl FromStr for Duration {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Duration, UnitError> {
        const CURE: &str = "write a span such as \"5m\", \"1h 30m\", \"24h\" or \"7d\" (units: ms, s, m, h, d, w)";
        let mut rest = text.trim();
        let mut total = 0.0;
        if rest.is_empty() {
            return Err(UnitError::new("there is no span here", CURE));
        }
        while !rest.is_empty() {
            let (number, tail) = split_number(rest).ok_or_else(|| UnitError::not_a_number(text, CURE))?;
            let end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
            total += number
                * match (&tail[..end], factor_in(&UNITS, &tail[..end])) {
                    (_, Some(unit)) => unit,
                    ("", None) => return Err(UnitError::new(format!("`{}` has no unit of time", shorten(text)), CURE)),
                    (other, None) => {
                        return Err(UnitError::new(format!("`{}` is not a unit of time", shorten(other)), CURE));
                    }
                };
            rest = tail[end..].trim_start();
        }
        if !total.is_finite() || total >= u64::MAX as f64 / 4.0 {
            return Err(UnitError::new(
                format!("`{}` is longer than 146 years", shorten(text)),
                "write a shorter span",
            ));
        }
        Ok(Duration(total.round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_print() {
        for (text, span, printed) in [
            ("5m", Duration::minutes(5), "5m"),
            ("1h 30m", Duration::minutes(90), "1h 30m"),
            ("1h30m", Duration::minutes(90), "1h 30m"),
            ("1.5h", Duration::minutes(90), "1h 30m"),
            ("2w", Duration::days(14), "14d"),
            ("250ms", Duration::millis(250), "250ms"),
            ("0s", Duration::ZERO, "0s"),
        ] {
            assert_eq!(text.parse(), Ok(span), "{text}");
            assert_eq!(span.to_string(), printed);
        }
        for bad in ["", "5", "5 parsecs", "-5m", "m", "1e400s", "NaNs", "inf s", "5m x"] {
            assert!(bad.parse::<Duration>().is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn moments_print_day_and_time() {
        assert_eq!((Timestamp::START + Duration::hours(27)).to_string(), "1d 03:00:00");
    }

    #[test]
    #[should_panic(expected = "time ran backwards")]
    fn time_does_not_run_backwards() {
        let _ = Timestamp::START.since(Timestamp::from_ns(1));
    }
}
