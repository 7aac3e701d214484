//! Where the run stands in the week: days, nights and weekends matter to churn, throttles and people.

use crate::units::{Duration, Timestamp};

/// Local wall clock of a run. No time zones, no daylight saving: a day has 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    #[test]
    fn a_run_that_starts_on_sunday_evening_reaches_monday() {
        let calendar = Calendar { start_weekday: 6, start_time: Duration::hours(22), start_unix_s: 0 };
        let later = Timestamp::START + Duration::hours(3);
        assert_eq!((calendar.weekday(later), calendar.time_of_day(later)), (0, Duration::hours(1)));
        assert_eq!(calendar.next_time_of_day(later, Duration::hours(1)), later);
        assert_eq!(calendar.next_time_of_day(later, Duration::ZERO), later + Duration::hours(23));
    }
}
