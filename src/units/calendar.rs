//! Where the run stands in the week: days, nights and weekends matter to churn, throttles and people.

use crate::units::{Duration, Timestamp};

/// Local wall clock of a run. No time zones, no daylight saving: a day has 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Calendar {
    /// Day of the week at the start of the run, Monday 0 … Sunday 6.
    pub start_weekday: u8,
    /// Time since midnight at the start of the run.
    pub start_time: Duration,
    /// The start as seconds since 1970 in UTC, so that traces with absolute times can be laid beside the run.
    pub start_unix_s: i64,
}

impl Calendar {
    /// Span since the last midnight.
    pub fn time_of_day(&self, now: Timestamp) -> Duration {
        Duration::from_ns((now.ns() + self.start_time.ns()) % Duration::days(1).ns())
    }

    /// Monday 0 … Sunday 6.
    pub fn weekday(&self, now: Timestamp) -> u8 {
        let days = (now.ns() + self.start_time.ns()) / Duration::days(1).ns();
        ((u64::from(self.start_weekday) + days) % 7) as u8
    }

    /// Local date and time: `2026-01-21T10:37:00`, whole seconds; the time of day alone where the date is beyond 9999.
    pub fn date_and_time(&self, now: Timestamp) -> String {
        let local = now.ns().saturating_add(self.start_time.ns());
        let (days, seconds) = (local / Duration::days(1).ns(), local % Duration::days(1).ns() / 1_000_000_000);
        let time = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let date = jiff::civil::date(1970, 1, 1);
        let since_1970 = self.first_day().saturating_add(i64::try_from(days).unwrap_or(i64::MAX));
        let span = jiff::Span::new().try_days(since_1970);
        match span.and_then(|span| date.checked_add(span)) {
            Ok(date) => format!("{date}T{time}"),
            Err(_) => time,
        }
    }

    /// The local day on which the run starts, counted from 1 January 1970, a Thursday. The start in UTC is on the same
    /// day or on one beside it: the weekday tells.
    fn first_day(&self) -> i64 {
        let utc = self.start_unix_s.div_euclid(86_400);
        let weekday = |day: i64| (day.rem_euclid(7) + 3) % 7;
        let near = [utc, utc.saturating_sub(1), utc.saturating_add(1)];
        near.into_iter().find(|day| weekday(*day) == i64::from(self.start_weekday)).unwrap_or(utc)
    }

    /// The first moment not before `now` with this time of day.
    pub fn next_time_of_day(&self, now: Timestamp, time: Duration) -> Timestamp {
        let today = self.time_of_day(now);
        let wait = if time >= today { time - today } else { time + Duration::days(1) - today };
        now + wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 5 January 2026 is a Monday; its midnight in Berlin is 23:00 of Sunday in UTC.
    #[test]
    fn the_calendar_knows_the_local_date() {
        let berlin = Calendar { start_weekday: 0, start_time: Duration::ZERO, start_unix_s: 1_767_567_600 };
        assert_eq!(berlin.date_and_time(Timestamp::START), "2026-01-05T00:00:00");
        let later = Timestamp::START + Duration::days(16) + Duration::millis(42_573_684);
        assert_eq!(berlin.date_and_time(later), "2026-01-21T11:49:33");
        let kiritimati = Calendar { start_weekday: 0, start_time: Duration::hours(13), start_unix_s: 1_767_567_600 };
        assert_eq!(kiritimati.date_and_time(Timestamp::START), "2026-01-05T13:00:00");
        assert_eq!(
            Calendar { start_weekday: 3, ..Calendar::default() }.date_and_time(Timestamp::START),
            "1970-01-01T00:00:00"
        );
        let never = Calendar { start_unix_s: i64::MAX, ..berlin }.date_and_time(Timestamp::NEVER);
        assert_eq!(never.len(), 8, "{never}");
    }

    #[test]
    fn a_run_that_starts_on_sunday_evening_reaches_monday() {
        let calendar = Calendar { start_weekday: 6, start_time: Duration::hours(22), start_unix_s: 0 };
        let later = Timestamp::START + Duration::hours(3);
        assert_eq!((calendar.weekday(later), calendar.time_of_day(later)), (0, Duration::hours(1)));
        assert_eq!(calendar.next_time_of_day(later, Duration::hours(1)), later);
        assert_eq!(calendar.next_time_of_day(later, Duration::ZERO), later + Duration::hours(23));
    }
}
