//! Axes: from a range of values to pixels, with ticks at numbers people know (5 minutes, 6 hours, 4 GiB, 50 Mbit/s).
//!
//! Units: those of [`Show`]. A logarithmic axis begins at one second: what is younger counts as one second.
//! Invariant: ticks rise, lie on the axis, and number at most the wish.

use super::{Area, Canvas, Show, wide};

/// One axis.
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    pub ticks: Vec<(f64, String)>,
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// Ticks of logarithmic axes that span much, and little.
const COARSE: [f64; 16] = [
    1.0,
    5.0,
    15.0,
    MINUTE,
    5.0 * MINUTE,
    15.0 * MINUTE,
    HOUR,
    4.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
    90.0 * DAY,
    365.0 * DAY,
];
const FINE: [f64; 24] = [
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    20.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    4.0 * HOUR,
    8.0 * HOUR,
    16.0 * HOUR,
    DAY,
    2.0 * DAY,
    4.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
    90.0 * DAY,
];

impl Axis {
    /// From zero to a little above `high`.
    pub fn linear(show: Show, high: f64, wish: usize) -> Axis {
        let high = if high.is_finite() && high > 0.0 { high * 1.06 } else { 1.0 };
        let step = step(show, high / wish.max(1) as f64);
        let ticks = (0..=wish + 1).map(|n| n as f64 * step).filter(|at| *at <= high);
        Axis { low: 0.0, high, log: false, ticks: ticks.map(|at| (at, tick(show, at))).collect() }
    }

    /// Logarithmic, for times from `low` to `high` seconds.
    pub fn times(low: f64, high: f64) -> Axis {
        let high = if high.is_finite() { high.max(2.0) * 1.1 } else { 365.0 * DAY };
        let low = (low.max(1.0) / 1.3).clamp(1.0, high / 2.0);
        let known = if high / low > 150.0 { &COARSE[..] } else { &FINE[..] };
        let mut ticks: Vec<f64> = known.iter().copied().filter(|at| (low..=high).contains(at)).collect();
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
        axis.ticks.retain(|(at, _)| *at <= axis.high);
        axis
    }

    /// Place between `from` and `to` pixels; beyond the axis is at its end.
    pub fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        let share = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            value / self.high
        };
        from + share.clamp(0.0, 1.0) * (to - from)
    }

    pub fn low(&self) -> f64 {
        self.low
    }

    pub fn high(&self) -> f64 {
        self.high
    }

    /// Lines and numbers of a horizontal axis.
    pub fn draw_below(&self, canvas: &mut Canvas, area: Area) {
        let mut free = f64::NEG_INFINITY;
        for (value, text) in &self.ticks {
            let x = self.place(*value, area.left, area.right);
            canvas.line((x, area.top), (x, area.bottom), "grid");
            // Numbers that would stand on each other are left out; their lines stay.
            let half = wide(text) / 2.0;
            if x - half > free {
                canvas.text((x, area.bottom + 17.0), "middle", "tick", text);
                free = x + half + 6.0;
            }
        }
        canvas.line((area.left, area.bottom), (area.right, area.bottom), "axis");
    }

    /// Lines and numbers of a vertical axis.
    pub fn draw_left(&self, canvas: &mut Canvas, area: Area) {
        let mut free = f64::INFINITY;
        for (value, text) in &self.ticks {
            let y = self.place(*value, area.bottom, area.top);
            canvas.line((area.left, y), (area.right, y), "grid");
            if y < free {
                canvas.text((area.left - 7.0, y + 4.0), "end", "tick", text);
                free = y - 15.0;
            }
        }
        canvas.line((area.left, area.top), (area.left, area.bottom), "axis");
    }
}

fn tick(show: Show, value: f64) -> String {
    if value == 0.0 { "0".into() } else { show.text(value) }
}

/// The smallest step people know that is at least `least`.
fn step(show: Show, least: f64) -> f64 {
    const TIMES: [f64; 28] = [
        0.01,
        0.1,
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        MINUTE,
        2.0 * MINUTE,
        5.0 * MINUTE,
        10.0 * MINUTE,
        15.0 * MINUTE,
        30.0 * MINUTE,
        HOUR,
        2.0 * HOUR,
        3.0 * HOUR,
        6.0 * HOUR,
        12.0 * HOUR,
        DAY,
        2.0 * DAY,
        5.0 * DAY,
        10.0 * DAY,
        20.0 * DAY,
        30.0 * DAY,
        60.0 * DAY,
        90.0 * DAY,
        180.0 * DAY,
    ];
    let decimal = |least: f64| {
        let power = 10f64.powf(least.log10().floor());
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|at| *at >= least * 0.999).unwrap_or(10.0 * power)
    };
    match show {
        Show::Seconds => TIMES.into_iter().find(|at| *at >= least).unwrap_or_else(|| decimal(least / DAY) * DAY),
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
    fn places_are_linear_or_logarithmic_and_stay_on_the_axis() {
        let run = Axis::run(100.0);
        assert_eq!((run.place(25.0, 0.0, 200.0), run.place(1e9, 0.0, 200.0)), (50.0, 200.0));
        let axis = Axis { low: 1.0, high: 10_000.0, log: true, ticks: Vec::new() };
        assert!((axis.place(100.0, 0.0, 100.0) - 50.0).abs() < 1e-9);
        assert_eq!(axis.place(0.0, 0.0, 100.0), 0.0);
    }
}
