//! Times of the scenario file: moments of the run, times of day, windows of the week, the calendar.
//!
//! A moment is `12d03:15` (day and time from the start of the run, `12d` and `12d 03:15:30` too), a span from the start
//! (`300h`), or a date with its offset. A window is `{ days = "mon-fri", between = "08:00-18:00" }`. A day has 24 hours.

use crate::units::{Calendar, Duration, Timestamp};

use super::document::Section;
use super::ledger::{Ledger, short};
use super::spans::{Node, Place, Value};

const MOMENT_CURE: &str =
    "write a moment such as \"12d03:15\" (from the start of the run), \"300h\" or \"2026-02-01T03:15:00Z\"";
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads a moment of the run. Dates before its start are refused.
pub fn moment(node: &Node, calendar: &Calendar, ledger: &Ledger) -> Option<Timestamp> {
    let Some(text) = text_or_date(node) else {
        if !node.value.is_broken() {
            ledger.fault(&node.place, format!("a moment must be text, not {}", node.value.kind()), "", MOMENT_CURE);
        }
        return None;
    };
    match parse_moment(text, calendar) {
        Ok(moment) => Some(moment),
        Err(wrong) => {
            ledger.fault(&node.place, format!("`{}` {wrong}", short(text)), "", MOMENT_CURE);
            None
        }
    }
}

fn text_or_date(node: &Node) -> Option<&str> {
    if let Value::Date(date) = &node.value { Some(date) } else { node.value.text() }
}

/// The same from a command line; the error says what is wrong and what to write.
pub fn moment_of(text: &str, calendar: &Calendar) -> Result<Timestamp, String> {
    parse_moment(text, calendar).map_err(|wrong| format!("`{}` {wrong}\nmend: {MOMENT_CURE}", short(text)))
}

pub(super) fn parse_moment(text: &str, calendar: &Calendar) -> Result<Timestamp, &'static str> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        let since = moment.as_second() - calendar.start_unix_s;
        let since = u64::try_from(since).map_err(|_| "is before the start of the run")?;
        return Ok(Timestamp::START + Duration::secs(since));
    }
    if let Some((days, time)) = text.split_once('d')
        && let (Ok(days), Some(time)) = (days.trim().parse::<u32>(), time_of_day(time.trim()))
    {
        return Ok(Timestamp::START + Duration::days(u64::from(days)) + time);
    }
    text.parse::<Duration>().map(|span| Timestamp::START + span).map_err(|_| "is not a moment of the run")
}

/// `08:00`, `08:00:30`, `24:00`.
pub fn time_of_day(text: &str) -> Option<Duration> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |at: usize, most: u64| -> Option<u64> {
        let part = parts.get(at)?;
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|value| digits && *value <= most)
    };
    let (hours, minutes) = (number(0, 24)?, number(1, 59)?);
    let seconds = if parts.len() == 3 { number(2, 59)? } else { 0 };
    let time = Duration::hours(hours) + Duration::minutes(minutes) + Duration::secs(seconds);
    (parts.len() <= 3 && time <= Duration::days(1)).then_some(time)
}

/// What `time_of_day` takes, as a regular expression without its ends.
pub const TIME_OF_DAY_PATTERN: &str = "(?:(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9](?::[0-5]?[0-9])?|24:00?(?::00?)?)";

/// What `parse_days` takes, as a regular expression.
pub fn days_pattern() -> String {
    let day = format!("\\s*(?:{})\\s*", DAYS.join("|"));
    format!("^(?:daily|{day}(?:-{day})?(?:,{day}(?:-{day})?)*)$")
}

/// A time of day below a key.
pub fn time_of_day_at(section: &Section<'_>, key: &'static str) -> Option<Duration> {
    let (text, place) = section.text_at(key)?;
    let time = time_of_day(text);
    if time.is_none() {
        let wrong = format!("`{}` is not a time of day", short(text));
        section.ledger.fault(place, wrong, "", "write hours and minutes such as \"01:30\"");
    }
    time
}

/// `"08:00-18:00"` below a key: from and until.
pub fn between(section: &Section<'_>, key: &'static str) -> Option<(Duration, Duration)> {
    let (text, place) = section.text_at(key)?;
    let window = parse_between(text);
    if window.is_none() {
        let wrong = format!("`{}` is not a part of the day", short(text));
        section.ledger.fault(place, wrong, "", "write two different times such as \"08:00-18:00\"");
    }
    window
}

pub(super) fn parse_between(text: &str) -> Option<(Duration, Duration)> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (time_of_day(from.trim())?, time_of_day(until.trim())?);
    (from != until).then_some((from, until))
}

/// `"mon-fri"`, `"sat,sun"`, `"daily"` below a key; all days when it is left out. Monday first.
pub fn days(section: &Section<'_>, key: &'static str) -> Option<[bool; 7]> {
    let Some((text, place)) = section.text_at(key) else {
        return if section.has(key) { None } else { Some([true; 7]) };
    };
    let parsed = parse_days(text);
    if parsed.is_none() {
        let wrong = format!("`{}` are no days of the week", short(text));
        section.ledger.fault(place, wrong, "", "write \"mon-fri\", \"sat,sun\" or \"daily\"");
    }
    parsed
}

pub(super) fn parse_days(text: &str) -> Option<[bool; 7]> {
    if text == "daily" {
        return Some([true; 7]);
    }
    let day = |name: &str| DAYS.iter().position(|day| *day == name.trim());
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        for step in 0..=(last + 7 - first) % 7 {
            days[(first + step) % 7] = true;
        }
    }
    Some(days)
}

/// The calendar of a run whose scenario does not say when it starts.
pub fn default_calendar(section: &Section<'_>, key: &'static str) -> Calendar {
    let value = Value::Text(section.default(key).to_string());
    let ledger = Ledger::new("catalogue");
    let calendar = calendar(&Node { place: Place::Text(0..0), value }, &ledger);
    calendar.unwrap_or_else(|| panic!("the default of `{key}` is no date"))
}

/// The calendar of a run that starts at this date and offset.
pub fn calendar(node: &Node, ledger: &Ledger) -> Option<Calendar> {
    const CURE: &str = "write a date with its offset such as \"2026-01-05T00:00:00+01:00\"";
    let Some(text) = text_or_date(node) else {
        if !node.value.is_broken() {
            ledger.fault(&node.place, format!("`starts` must be a date, not {}", node.value.kind()), "", CURE);
        }
        return None;
    };
    let refuse = |why: &str| {
        ledger.fault(&node.place, format!("`{}` {why}", short(text)), "", CURE);
        None
    };
    let Ok(pieces) = jiff::fmt::temporal::Pieces::parse(text) else { return refuse("is no date of the calendar") };
    let Some(time) = pieces.time() else { return refuse("has no time of day") };
    let Ok(moment) = text.parse::<jiff::Timestamp>() else { return refuse("has no offset from UTC") };
    let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(Calendar {
        start_weekday: pieces.date().weekday().to_monday_zero_offset() as u8,
        start_time: Duration::secs(seconds as u64),
        start_unix_s: moment.as_second(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_day_and_time_as_span_and_as_date() {
        let calendar = Calendar { start_weekday: 0, start_time: Duration::ZERO, start_unix_s: 1_767_567_600 };
        let moment = |text| parse_moment(text, &calendar);
        let expected = Timestamp::START + Duration::days(12) + Duration::minutes(195);
        for text in ["12d03:15", "12d 03:15", "12d 03:15:00", "291h 15m", "2026-01-17T03:15:00+01:00"] {
            assert_eq!(moment(text), Ok(expected), "{text}");
        }
        for bad in ["", "12", "12d03:61", "noon", "2025-01-01T00:00:00Z", "-1d", "12d03:15:00:00", "99999999999d01:00"]
        {
            assert!(moment(bad).is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn days_may_run_over_sunday() {
        assert_eq!(parse_days("sat-mon"), Some([true, false, false, false, false, true, true]));
        assert_eq!(parse_days("mon-fri"), Some([true, true, true, true, true, false, false]));
        assert_eq!(parse_days("mon,wed"), Some([true, false, true, false, false, false, false]));
        assert_eq!(parse_days("monday"), None);
    }
}
