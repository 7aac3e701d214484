//! Numbers as people read them on the page, axes included; times and shares as in the other formats of the report.
//!
//! Units: seconds, bytes, bytes per second, thousandths of operations per second, shares 0 … 1. Links are shown in
//! bits per second, as they are sold. Rounding: to the nearest shown digit, except that 99.9999 % is not "100 %".

use crate::contract::Meter;
use crate::planner::findings::{Estimate, Unit};
use crate::report::numbers;
use crate::units::{ByteRate, Bytes, Duration, Timestamp};

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    Seconds,
    Bytes,
    /// Bytes per second, binary prefixes.
    Rate,
    /// Given in bytes per second, shown in bits per second.
    Bits,
    MilliOps,
    Share,
    Count,
}

impl Show {
    pub fn unit(unit: Unit) -> Self {
        match unit {
            Unit::Seconds => Show::Seconds,
            Unit::Bytes => Show::Bytes,
            Unit::BytesPerSecond => Show::Rate,
            Unit::MilliOps => Show::MilliOps,
            Unit::Share => Show::Share,
            Unit::Count => Show::Count,
        }
    }

    /// Links are sold in bits per second; everything else keeps the unit of its meter.
    pub fn meter(meter: Meter, unit: Unit) -> Self {
        let sold_in_bits = matches!(meter, Meter::Link(..)) && unit == Unit::BytesPerSecond;
        if sold_in_bits { Show::Bits } else { Show::unit(unit) }
    }

    pub fn text(self, value: f64) -> String {
        let whole = value.max(0.0).round() as u64;
        match self {
            Show::Seconds => span(value),
            Show::Bytes => trimmed(&Bytes(whole).to_string()),
            Show::Rate => trimmed(&ByteRate(whole).to_string()),
            Show::Bits => trimmed(&ByteRate(whole).bits().to_string()),
            Show::MilliOps => format!("{} op/s", count(value / 1e3)),
            Show::Share => share(value),
            Show::Count => count(value),
        }
    }

    /// As [`Show::text`]; a dash where nothing is known.
    pub fn maybe(self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".into(), |value| self.text(value))
    }
}

/// "4.00 TiB" is "4 TiB": zeros behind the point say nothing here.
fn trimmed(text: &str) -> String {
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text.into(),
    }
}

/// The interval of an estimate, open sides named. Empty when the value is not known at all.
pub fn interval(show: Show, estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} … {}", show.text(low), show.text(high)),
        (Some(low), None) => format!("at least {}", show.text(low)),
        (None, Some(high)) => format!("at most {}", show.text(high)),
        (None, None) if estimate.value.is_some() => "not bounded".into(),
        (None, None) => String::new(),
    }
}

/// Seconds in the two largest units that matter: "14m 10s", "5h 7m", "3d 2h".
pub fn span(seconds: f64) -> String {
    if seconds.is_finite() { numbers::seconds(seconds) } else { "never".into() }
}

/// Day and time of day since the start of the run, to the nearest second.
pub fn moment(at: Timestamp) -> String {
    if at == Timestamp::NEVER {
        return at.to_string();
    }
    (Timestamp::START + Duration::secs((at.secs_f64()).round() as u64)).to_string()
}

/// A share in per cent; what is not all is never shown as all, nor something as nothing.
pub fn share(value: f64) -> String {
    match value {
        v if v > 0.999_999 && v < 1.0 => "> 99.999 %".into(),
        v if v > 0.0 && v < 0.000_001 => "< 0.0001 %".into(),
        _ => trimmed(&numbers::share(value)),
    }
}

/// Whole numbers with narrow spaces between thousands; fractions with up to two digits.
fn count(value: f64) -> String {
    if value.fract().abs() > 1e-9 && value.abs() < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').into();
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if value < -0.5 { format!("−{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_and_may_be_endless() {
        for (seconds, text) in [(0.0, "0s"), (850.4, "14m 10s"), (18_450.0, "5h 7m"), (f64::INFINITY, "never")] {
            assert_eq!(span(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn nearly_all_is_not_all_and_nearly_nothing_is_not_nothing() {
        for (value, text) in [
            (1.0, "100 %"),
            (0.999_999_9, "> 99.999 %"),
            (0.999_53, "99.953 %"),
            (0.5, "50 %"),
            (0.001, "0.1 %"),
            (0.0, "0 %"),
            (1e-9, "< 0.0001 %"),
            (-0.12, "-12 %"),
        ] {
            assert_eq!(share(value), text, "{value}");
        }
    }

    #[test]
    fn thousands_are_parted_and_open_sides_are_named() {
        assert_eq!(count(12_345.0), "12\u{202f}345");
        assert_eq!(count(2.5), "2.5");
        let open = Estimate { value: Some(60.0), low: Some(30.0), high: None };
        assert_eq!(interval(Show::Seconds, &open), "at least 30s");
        assert_eq!(interval(Show::Seconds, &Estimate::default()), "");
    }

    #[test]
    fn links_are_shown_in_bits() {
        assert_eq!(Show::Bits.text(25e6), "200 Mbit/s");
        assert_eq!((Show::Bytes.text(40.0), Show::Bytes.text(1.5 * 1024.0)), ("40 B".into(), "1.5 KiB".into()));
    }
}
