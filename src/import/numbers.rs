//! Numbers and dates as tools of all locales write them; what can be read in two ways is refused or said, never guessed.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::units::Bytes;

use super::notes::{Fault, Notes};

/// A number with a decimal point or a decimal comma, blanks around it.
pub fn number(text: &str) -> Result<f64, &'static str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err("no value");
    }
    let comma = text.matches(',').count() == 1 && !text.contains('.');
    let parsed = if comma { text.replacen(',', ".", 1).parse::<f64>() } else { text.parse() };
    match parsed {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err("the value is not finite"),
        Err(_) if text.contains(',') && !comma => Err("not a number: points and commas in it"),
        Err(_) => Err("not a number"),
    }
}

/// A whole number of a sheet: digits may stand in groups, as `16,384`, `16.384` or `16 384`.
///
/// For columns of MiB or GB, where a fraction would mean nothing: one group of three digits is a group, not a fraction.
pub fn whole(text: &str) -> Result<f64, &'static str> {
    let text = text.trim();
    let groups: Vec<&str> = text.split([',', '.', ' ', '\u{a0}', '\u{202f}', '\'']).collect();
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && groups[1..].iter().all(|group| group.len() == 3)
        && groups.iter().all(digits);
    if grouped { groups.concat().parse().map_err(|_| "not a number") } else { number(text) }
}

/// Bytes of so many units of a size; `None` for what no disk has.
pub fn bytes(count: f64, unit: Bytes) -> Option<Bytes> {
    let bytes = count * unit.0 as f64;
    (1.0..=1e18).contains(&bytes).then_some(Bytes(bytes as u64))
}

/// How many cores a sheet says; `None` for what no machine has.
pub fn cores(text: &str) -> Option<u32> {
    whole(text).ok().filter(|count| (1.0..=10_000.0).contains(count)).map(|count| count as u32)
}

/// How dates with slashes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    MonthFirst,
    DayFirst,
}

/// Reads the dates of one file, all in the same order.
#[derive(Clone, Copy, Debug)]
pub struct DateReader {
    order: Dates,
    /// The order was said, or is beyond doubt since a day above 12 was met.
    certain: bool,
    /// The line of the first date that can be read both ways.
    doubtful: Option<u64>,
}

impl DateReader {
    /// `said`: the order, where the user says it; else dates with slashes are taken month first until one contradicts.
    pub fn new(said: Option<Dates>) -> Self {
        Self { order: said.unwrap_or(Dates::MonthFirst), certain: said.is_some(), doubtful: None }
    }

    /// Whether dates were read month first without proof.
    fn is_doubtful(&self) -> bool {
        self.doubtful.is_some() && !self.certain
    }

    /// Says of a file that has been read how its dates were, where that is in doubt.
    pub fn tell(&self, file: &str, notes: &mut Notes) {
        if self.is_doubtful() {
            let said = "dates such as 02/03 are read month first; --dates day-first reads them otherwise";
            notes.remark(format!("{file}: {said}"));
        }
    }

    /// Milliseconds since 1970 of `12/31/2024 23:59:59.123`, `31.12.2024 23:59`, `2024-12-31 23:59:59`, with or without AM and
    /// PM; the clock's zone is not looked at.
    ///
    /// # Errors
    /// The outer one: dates of this file contradict each other. The inner one: this is no date.
    pub fn read(&mut self, text: &str, file: &str, line: u64) -> Result<Result<i64, &'static str>, Fault> {
        const NONE: Result<Result<i64, &str>, Fault> = Ok(Err("the time cannot be read"));
        let text = text.trim();
        let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
        let Some(separator) = date.find(|c: char| !c.is_ascii_digit()).and_then(|at| date[at..].chars().next()) else {
            return NONE;
        };
        let parts: Vec<&str> = date.split(separator).collect();
        let [a, b, c] = parts.as_slice() else { return NONE };
        let (Ok(x), Ok(y), Ok(z)) = (a.parse::<i16>(), b.parse::<i16>(), c.trim_end_matches('.').parse::<i16>()) else {
            return NONE;
        };
        let (year, month, day) = match separator {
            _ if a.len() == 4 => (x, y, z),
            '.' => (z, y, x),
            '/' | '-' => {
                self.settle(x, y, file, line)?;
                if self.order == Dates::MonthFirst { (z, x, y) } else { (z, y, x) }
            }
            _ => return NONE,
        };
        let year = if (0..100).contains(&year) && c.len() == 2 { year + 2_000 } else { year };
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { return NONE };
        let (Ok(date), Some((time, milliseconds))) = (Date::new(year, month, day), clock(time)) else { return NONE };
        let Some(begin) = milliseconds_of(date.to_datetime(time)) else { return NONE };
        Ok(Ok(begin + milliseconds))
    }

    /// Learns from `x/y` which of the two is the day.
    fn settle(&mut self, x: i16, y: i16, file: &str, line: u64) -> Result<(), Fault> {
        let proof = match (x > 12, y > 12) {
            (true, false) => Some(Dates::DayFirst),
            (false, true) => Some(Dates::MonthFirst),
            _ => None,
        };
        match proof {
            Some(order) if order != self.order => {
                if let (Some(first), _) | (None, Some(first)) = (self.doubtful, self.certain.then_some(line)) {
                    let wrong = format!("the date is not in the same order of day and month as in line {first}");
                    let mend = "say the order with --dates day-first or --dates month-first";
                    return Err(Fault::new(file, line, wrong, mend));
                }
                (self.order, self.certain) = (order, true);
            }
            Some(_) => self.certain = true,
            None if x != y => drop(self.doubtful.get_or_insert(line)),
            None => {}
        }
        Ok(())
    }
}

/// Milliseconds since 1970 of a civil time, as if it were UTC.
fn milliseconds_of(time: DateTime) -> Option<i64> {
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// A local time as scenarios read it: `2024-12-31 23:55:00`.
pub fn civil(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.to_zoned(TimeZone::UTC).datetime().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `23:59:59.123`, `11:59:59 PM`, `23:59`; an empty one is midnight. The fraction comes apart [ms].
fn clock(text: &str) -> Option<(Time, i64)> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let (text, afternoon) = match lower
        .strip_suffix("pm")
        .map(|rest| (rest, true))
        .or(lower.strip_suffix("am").map(|rest| (rest, false)))
    {
        Some((rest, pm)) => (rest.trim_end(), Some(pm)),
        None => (lower.as_str(), None),
    };
    if text.is_empty() {
        return Some((Time::midnight(), 0));
    }
    let mut parts = text.split(':');
    let mut hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let seconds: f64 = match parts.next() {
        Some(text) => text.replacen(',', ".", 1).parse().ok()?,
        None => 0.0,
    };
    if let Some(pm) = afternoon {
        hour = hour % 12 + if pm { 12 } else { 0 };
    }
    // A leap second belongs to the minute.
    let milliseconds = (seconds.clamp(0.0, 60.0) * 1e3).round() as i64;
    Some((Time::new(hour, minute, 0, 0).ok()?, milliseconds))
}

/// Milliseconds since 1970 of a moment with its offset, such as `2024-05-01T00:05:00Z` or `2024-05-01T00:05:00+00:00`.
pub fn moment(text: &str) -> Result<i64, &'static str> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    Err("the time cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_locales() {
        let numbers = ["12.5", " 12,5 ", "1e3", "0", "\u{a0}7"].map(|text| number(text).expect(text));
        assert_eq!(numbers, [12.5, 12.5, 1_000.0, 0.0, 7.0]);
        for (text, why) in [
            ("", "no value"),
            ("1.234,5", "not a number: points and commas in it"),
            ("1,2,3", "not a number: points and commas in it"),
            ("x,5", "not a number"),
            ("x", "not a number"),
            ("1,5e999", "the value is not finite"),
        ] {
            assert_eq!(number(text), Err(why), "{text}");
        }
        let wholes = ["16,384", "16.384", "16 384", "1'024", "16384", "512.5"].map(|text| whole(text).expect(text));
        assert_eq!(wholes, [16_384.0, 16_384.0, 16_384.0, 1_024.0, 16_384.0, 512.5]);
    }

    #[test]
    fn dates_of_all_locales() {
        let read = |text: &str| DateReader::new(None).read(text, "f", 1).expect("one date contradicts nothing");
        let last = 1_735_689_599_123;
        for text in [
            "12/31/2024 23:59:59.123",
            "31.12.2024 23:59:59,123",
            "2024-12-31 11:59:59.123 PM",
            "31/12/2024 23:59:59.123",
        ] {
            assert_eq!(read(text), Ok(last), "{text}");
        }
        assert_eq!(read("31.12.24 23:59"), Ok(last - 59_123));
        for text in ["", "x", "12/31", "13/13/2024", "2024-02-30 00:00", "31.12.2024 25:00", "99999999"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_order_of_day_and_month_that_changes_is_a_fault() {
        let mut dates = DateReader::new(None);
        assert!(dates.read("01/02/2024 10:00", "f", 2).is_ok());
        assert!(dates.is_doubtful());
        let fault = dates.read("13/02/2024 10:00", "f", 3).expect_err("day first, and the other was read month first");
        assert!(fault.wrong.contains("line 2") && fault.mend.contains("--dates day-first"), "{fault}");
        let mut dates = DateReader::new(Some(Dates::DayFirst));
        assert_eq!(dates.read("01/02/2024", "f", 2), Ok(Ok(1_706_745_600_000)));
        assert!(dates.read("13/02/2024 10:00", "f", 3).expect("day first").is_ok());
        assert!(dates.read("02/13/2024 10:00", "f", 4).is_err());
    }
}
