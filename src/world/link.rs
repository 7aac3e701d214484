//! Links: what replication gets of a WAN link at some moment.
//!
//! `capacity(t) = min over open throttle windows of (bandwidth × yield − cross traffic, window)`, the same in both directions.
//! Units: µB/s. A throttle window that ends not later than it begins runs past midnight; the day it belongs to is that of
//! its begin. Source: domain facts 5 and the throttle of sibling products.

use crate::inventory::{Link, ThrottleWindow};
use crate::units::{Calendar, Duration, Ratio, Timestamp};
use crate::world::churn::Table;

/// One link as it really is.
#[derive(Debug)]
pub(super) struct LinkState {
    bandwidth: u64,
    yields: Ratio,
    throttle: Vec<ThrottleWindow>,
    calendar: Calendar,
    cross: Option<(Table, Ratio)>,
}

const MICRO: u64 = 1_000_000;

impl LinkState {
    pub(super) fn new(link: &Link, calendar: Calendar, cross: Option<(Table, Ratio)>) -> Self {
        let bandwidth = link.bandwidth.0.saturating_mul(MICRO / 8);
        Self { bandwidth, yields: Ratio::ONE, throttle: link.throttle.clone(), calendar, cross }
    }

    pub(super) fn set_yield(&mut self, yields: Ratio) {
        self.yields = yields;
    }

    /// What replication may use at `t` [µB/s].
    pub(super) fn capacity(&self, t: u64) -> u64 {
        let yields = u128::from(self.bandwidth) * u128::from(self.yields.ppm()) / u128::from(MICRO);
        let others = self.cross.as_ref().map_or(0, |(table, scale)| u64::from(table.rate(t)) * u64::from(scale.ppm()));
        let room = u64::try_from(yields).unwrap_or(u64::MAX).saturating_sub(others);
        let open = self.throttle.iter().filter(|window| self.is_open(window, t));
        open.map(|window| window.to.0.saturating_mul(MICRO / 8)).fold(room, u64::min)
    }

    fn is_open(&self, window: &ThrottleWindow, t: u64) -> bool {
        let now = Timestamp::from_ns(t);
        let (time, day) = (self.calendar.time_of_day(now), usize::from(self.calendar.weekday(now)));
        let yesterday = (day + 6) % 7;
        if window.from < window.until {
            window.days[day] && window.from <= time && time < window.until
        } else {
            (window.days[day] && window.from <= time) || (window.days[yesterday] && time < window.until)
        }
    }

    /// The next moment after `t` at which the capacity may change by itself.
    pub(super) fn next_change(&self, t: u64) -> u64 {
        let after = Timestamp::from_ns(t + 1);
        let edges = self.throttle.iter().flat_map(|w| [w.from, w.until, Duration::ZERO]);
        let throttle = edges.map(|edge| self.calendar.next_time_of_day(after, edge).ns()).min();
        let cross = self.cross.as_ref().map_or(u64::MAX, |(table, _)| table.next_change(t));
        throttle.unwrap_or(u64::MAX).min(cross)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{BitRate, StampId};

    fn link(throttle: Vec<ThrottleWindow>) -> LinkState {
        let link = Link {
            name: "wan".to_string(),
            from: StampId(0),
            to: StampId(1),
            bandwidth: BitRate::mbit(100),
            round_trip: Duration::ZERO,
            flow_window: None,
            throttle,
        };
        LinkState::new(&link, Calendar::default(), None)
    }

    fn hour(h: u64) -> u64 {
        Duration::hours(h).ns()
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins() {
        let monday = [true, false, false, false, false, false, false];
        let window = ThrottleWindow {
            days: monday,
            from: Duration::hours(22),
            until: Duration::hours(6),
            to: BitRate::mbit(20),
        };
        let mut wan = link(vec![window]);
        let at = |wan: &LinkState, h: u64| wan.capacity(hour(h)) / 125_000_000_000;
        assert_eq!([3, 21, 22, 24, 29, 30, 46].map(|h| at(&wan, h)), [100, 100, 20, 20, 20, 100, 100]);
        assert_eq!(wan.next_change(hour(7)), hour(22));
        wan.set_yield(Ratio::percent(10));
        assert_eq!((at(&wan, 12), at(&wan, 23)), (10, 10), "the smaller of both");
    }
}
