//! Axes of plotters with ticks at numbers people know (5 minutes, 6 hours, 4 GiB, 50 Mbit/s).
//!
//! Units: those of [`Show`]. A logarithmic axis begins at one second: what is younger counts as one second.
//! Invariant: ticks rise, lie on the axis, and number at most the wish.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::Show;
use crate::units::Duration;

/// One axis.
#[derive(Clone)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    /// Value and number; where the number has no room there is a line only.
    ticks: Vec<(f64, String)>,
}

const DAY: f64 = 86_400.0;

/// Ticks of logarithmic axes that span much, and little; steps of linear ones.
const COARSE: &str = "1s 5s 15s 1m 5m 15m 1h 4h 12h 1d 2d 7d 14d 30d 90d 365d";
const FINE: &str = "1s 2s 5s 10s 20s 30s 1m 2m 5m 10m 20m 30m 1h 2h 4h 8h 16h 1d 2d 4d 7d 14d 30d 90d";
const STEPS: &str =
    "10ms 100ms 1s 2s 5s 10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 2d 5d 10d 20d 30d 60d 90d 180d";

/// In seconds.
fn times(known: &'static str) -> impl Iterator<Item = f64> {
    known.split(' ').map(|time| time.parse::<Duration>().expect("a span of time").secs_f64())
}

impl Axis {
    /// From zero to a little above `high`.
    pub fn linear(show: Show, high: f64, wish: usize) -> Axis {
        Axis::between(show, 0.0, high, wish)
    }

    /// From `low`, not below zero, to a little above `high`.
    pub fn between(show: Show, low: f64, high: f64, wish: usize) -> Axis {
        let high = if high.is_finite() && high > low { high + (high - low) * 0.06 } else { low + 1.0 };
        let step = step(show, (high - low) / wish.max(1) as f64);
        let first = (low / step).ceil();
        let ticks = (0..=wish + 1).map(|n| (first + n as f64) * step).filter(|at| *at <= high);
        Axis { low, high, log: false, ticks: ticks.map(|at| (at, tick(show, at))).collect() }
    }

    /// From a little below `low` to a little above `high`, either of which may be negative.
    pub fn window(show: Show, (low, high): (f64, f64), wish: usize) -> Axis {
        let (low, high) = if low.is_finite() && high.is_finite() { (low.min(high), low.max(high)) } else { (0.0, 1.0) };
        // Where all values are alike, something has to stand around them.
        let room = if high > low { 0.06 * (high - low) } else { high.abs().max(1.0) * 0.06 };
        let (low, high) = (if low >= 0.0 { (low - room).max(0.0) } else { low - room }, high + room);
        let step = step(show, (high - low) / wish.max(1) as f64);
        let first = (low / step).ceil();
        let ticks = (0..=wish + 1).map(|n| (first + n as f64) * step).filter(|at| *at <= high);
        let words = |at: f64| if at < 0.0 { format!("-{}", tick(show, -at)) } else { tick(show, at) };
        Axis { low, high, log: false, ticks: ticks.map(|at| (at, words(at))).collect() }
    }

    /// Logarithmic, for times from `low` to `high` seconds.
    pub fn times(low: f64, high: f64) -> Axis {
        let high = if high.is_finite() { high.max(2.0) * 1.1 } else { 365.0 * DAY };
        let low = (low.max(1.0) / 1.3).clamp(1.0, high / 2.0);
        let known = if high / low > 150.0 { COARSE } else { FINE };
        let mut ticks: Vec<f64> = times(known).filter(|at| (low..=high).contains(at)).collect();
        // Within a small factor the known times are too few: even steps then.
        if ticks.len() < 3 {
            let step = step(Show::Seconds, (high - low) / 6.0);
            ticks = (1..=5).map(|n| ((low / step).floor() + f64::from(n)) * step).filter(|at| *at <= high).collect();
        }
        let words = |at: f64| if at <= 1.0 { "≤ 1s".into() } else { tick(Show::Seconds, at) };
        Axis { low, high, log: true, ticks: ticks.into_iter().map(|at| (at, words(at))).collect() }
    }

    /// From the start of a run of so many seconds, in whole days or hours.
    pub fn run(seconds: f64) -> Axis {
        let mut axis = Axis::linear(Show::Seconds, seconds / 1.06, 9);
        axis.high = seconds.max(1.0);
        axis.ticks_to(seconds.max(1.0))
    }

    /// Without ticks.
    pub fn bare(low: f64, high: f64) -> Axis {
        Axis { low, high, log: false, ticks: Vec::new() }
    }

    /// Counts pixels from the top, for rows that have names and no values.
    pub fn rows(height: f64) -> Axis {
        Axis::bare(height, 0.0)
    }

    /// Ticks up to `high`, which the axis may pass.
    pub fn ticks_to(mut self, high: f64) -> Axis {
        self.ticks.retain(|(at, _)| *at <= high);
        self
    }

    /// For so many pixels: numbers that would stand on each other are left out; their lines stay.
    pub fn with_room(mut self, room: f64, takes: impl Fn(&str) -> f64) -> Axis {
        let places: Vec<f64> = self.ticks.iter().map(|(at, _)| self.share(*at) * room).collect();
        let mut free = f64::NEG_INFINITY;
        for ((_, number), at) in self.ticks.iter_mut().zip(places) {
            let half = takes(number) / 2.0;
            if at - half > free {
                free = at + half + 6.0;
            } else {
                number.clear();
            }
        }
        self
    }

    pub fn has_ticks(&self) -> bool {
        !self.ticks.is_empty()
    }

    pub fn low(&self) -> f64 {
        self.low
    }

    pub fn high(&self) -> f64 {
        self.high
    }

    /// Of the way from the low end to the high one; beyond the axis is at its end.
    fn share(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (self.share(*value) * f64::from(to - from)).round() as i32
    }

    /// The ticks are chosen already: those with numbers are the bold ones.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let light = hint.weight().allow_light_points();
        self.ticks.iter().filter(|(_, number)| number.is_empty() == light).map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(at, _)| at == value).map(|(_, number)| number.clone()).unwrap_or_default()
    }
}

fn tick(show: Show, value: f64) -> String {
    if value == 0.0 { "0".into() } else { show.text(value) }
}

/// The smallest step people know that is at least `least`.
fn step(show: Show, least: f64) -> f64 {
    let decimal = |least: f64| {
        let power = 10f64.powf(least.log10().floor());
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|at| *at >= least * 0.999).unwrap_or(10.0 * power)
    };
    match show {
        Show::Seconds => times(STEPS).find(|at| *at >= least).unwrap_or_else(|| decimal(least / DAY) * DAY),
        Show::Bytes | Show::Rate => {
            let power = 1024f64.powf((least.max(1.0).ln() / 1024f64.ln()).floor());
            let known = [1.0, 2.0, 4.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 256.0, 512.0, 1024.0];
            known.into_iter().map(|n| n * power).find(|at| *at >= least).unwrap_or(1024.0 * power)
        }
        Show::Bits => decimal(least * 8.0) / 8.0,
        Show::MilliOps => decimal(least / 1e3) * 1e3,
        Show::Share => decimal(least),
        Show::Count => decimal(least).max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_numbers_people_know() {
        assert_eq!(texts(&Axis::linear(Show::Seconds, 3_300.0, 4)), ["0", "15m", "30m", "45m"]);
        assert_eq!(texts(&Axis::linear(Show::Bytes, 4.4e12, 4)), ["0", "2 TiB", "4 TiB"]);
        assert_eq!(
            texts(&Axis::linear(Show::Bits, 25e6, 5)),
            ["0", "50 Mbit/s", "100 Mbit/s", "150 Mbit/s", "200 Mbit/s"]
        );
        assert_eq!(texts(&Axis::linear(Show::Count, 0.0, 4)), ["0", "1"]);
        assert_eq!(texts(&Axis::times(50.0, 8_000.0)), ["1m", "5m", "15m", "1h"]);
        assert_eq!(texts(&Axis::times(550.0, 900.0)), ["8m", "10m", "12m", "14m", "16m"]);
        assert_eq!(texts(&Axis::run(60.0 * DAY)).last(), Some(&"60d"));
    }

    #[test]
    fn a_window_has_ticks_on_both_sides_of_zero() {
        assert_eq!(texts(&Axis::window(Show::Seconds, (-700.0, 900.0), 4)), ["-10m", "0", "10m"]);
        let flat = Axis::window(Show::Count, (0.0, 0.0), 4);
        assert!(flat.low() == 0.0 && flat.high() > 0.0, "what is never below zero begins there");
        assert!(!texts(&Axis::window(Show::Bytes, (5e9, 6e9), 4)).is_empty());
    }

    #[test]
    fn places_are_linear_or_logarithmic_and_stay_on_the_axis() {
        let run = Axis::run(100.0);
        assert_eq!((run.map(&25.0, (0, 200)), run.map(&1e9, (0, 200))), (50, 200));
        assert_eq!(Axis::rows(40.0).map(&10.0, (400, 0)), 100, "rows count from the top");
        let axis = Axis { log: true, ..Axis::bare(1.0, 10_000.0) };
        assert_eq!((axis.map(&100.0, (0, 100)), axis.map(&0.0, (0, 100))), (50, 0));
    }

    #[test]
    fn numbers_without_room_are_left_out_and_their_lines_stay() {
        let axis = Axis::linear(Show::Seconds, 3_300.0, 4).with_room(100.0, |_| 30.0);
        assert_eq!(texts(&axis), ["0", "", "30m", ""]);
        let (light, bold) = (axis.key_points(9), axis.key_points(plotters::coord::ranged1d::BoldPoints(9)));
        assert_eq!((light, bold), (vec![900.0, 2_700.0], vec![0.0, 1_800.0]));
    }
}
