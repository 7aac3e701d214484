//! Lines for charts: the greatest value of each of at most 400 bins of equal length, for one replication of a set.
//!
//! Greatest and not mean, since a chart that hides peaks misleads a planner. Values in ns (ages) or in the unit of the
//! meter. Invariant: memory is fixed by the inventory, not by the length of the run.

use super::paths::MeterIndex;
use super::{RunPhase, Series, SeriesLine};
use crate::contract::{Meter, OutageKind};
use crate::units::{Duration, Timestamp};

const BINS: u64 = 400;
/// Outages beyond this number would only blacken the chart.
const OUTAGES_MAX: usize = 500;
/// The same of phases.
const PHASES_MAX: usize = 2_000;

/// Keeps the lines while facts come: one per meter, by meter index; what stays at zero has none in the end.
pub(super) struct SeriesKeeper {
    series: Series,
    /// Since when each phase has been going on.
    since: [Option<Timestamp>; RunPhase::ALL.len()],
}

impl SeriesKeeper {
    pub fn new(meters: &MeterIndex, lasts: Duration) -> Self {
        let bin = Duration::from_ns(lasts.ns().div_ceil(BINS).max(1));
        let line = |meter: &Meter| SeriesLine { meter: *meter, values: vec![0; BINS as usize] };
        let lines = meters.all().iter().map(line).collect();
        let worst_point_age = vec![0; BINS as usize];
        let series = Series { bin, worst_point_age, lines, ..Series::default() };
        Self { series, since: [None; RunPhase::ALL.len()] }
    }

    /// A straight piece of a meter.
    pub fn level(&mut self, meter: usize, from: Timestamp, until: Timestamp, start: u64, end: u64) {
        raise(&mut self.series.lines[meter].values, self.series.bin, (from, until), (start, end));
    }

    /// An age that grows with time from `age`.
    pub fn age(&mut self, from: Timestamp, until: Timestamp, age: u64) {
        let end = age + until.saturating_since(from).ns();
        raise(&mut self.series.worst_point_age, self.series.bin, (from, until), (age, end));
    }

    /// Ages that stay at or below `age` and reach it in every bin.
    pub fn age_reached(&mut self, from: Timestamp, until: Timestamp, age: u64) {
        raise(&mut self.series.worst_point_age, self.series.bin, (from, until), (age, age));
    }

    pub fn outage(&mut self, kind: OutageKind, begin: Timestamp, end: Timestamp) {
        if self.series.outages.len() < OUTAGES_MAX {
            self.series.outages.push((kind, begin, end));
        }
    }

    /// Which phases are going on from `at` on.
    pub fn going_on(&mut self, at: Timestamp, phases: [bool; RunPhase::ALL.len()]) {
        for ((phase, since), goes_on) in RunPhase::ALL.into_iter().zip(&mut self.since).zip(phases) {
            match (*since, goes_on && phase != RunPhase::Steady) {
                (None, true) => *since = Some(at),
                (Some(begin), false) => {
                    *since = None;
                    if begin < at && self.series.phases.len() < PHASES_MAX {
                        self.series.phases.push((phase, begin, at));
                    }
                }
                (None, false) | (Some(_), true) => {}
            }
        }
    }

    pub fn close(mut self, at: Timestamp) -> Series {
        self.going_on(at, [false; RunPhase::ALL.len()]);
        let used = (at.ns().div_ceil(self.series.bin.ns()) as usize).clamp(1, BINS as usize);
        self.series.worst_point_age.truncate(used);
        self.series.lines.iter_mut().for_each(|line| line.values.truncate(used));
        self.series.lines.retain(|line| line.values.iter().any(|value| *value > 0));
        self.series
    }
}

/// Raises each bin that the straight piece touches to the greatest value it takes there.
fn raise(values: &mut [u64], bin: Duration, span: (Timestamp, Timestamp), levels: (u64, u64)) {
    let (from, until) = (span.0.ns(), span.1.ns());
    let last = values.len() - 1;
    let place = |at: u64| ((at / bin.ns()) as usize).min(last);
    let slope = (levels.1 as f64 - levels.0 as f64) / until.saturating_sub(from).max(1) as f64;
    let value = |at: u64| (levels.0 as f64 + slope * (at - from) as f64) as u64;
    // The end of a piece on a bin's edge belongs to the bin before it.
    let bins = place(from)..=place(until.saturating_sub(1).max(from));
    for (bin_place, highest) in values.iter_mut().enumerate().skip(*bins.start()).take(bins.count()) {
        let left = from.max(bin_place as u64 * bin.ns());
        let right = if bin_place == last { until } else { until.min((bin_place as u64 + 1) * bin.ns()) };
        *highest = (*highest).max(value(left)).max(value(right.max(left)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_last_from_their_begin_to_their_end_or_that_of_the_run() {
        let meters = crate::measure::testing::two_stamps(1).paths().meters;
        let mut keeper = SeriesKeeper::new(&meters, Duration::from_ns(100));
        let now = |phases: &[RunPhase]| RunPhase::ALL.map(|phase| phases.contains(&phase));
        let at = Timestamp::from_ns;
        keeper.going_on(at(10), now(&[RunPhase::Resync, RunPhase::Steady]));
        keeper.going_on(at(20), now(&[RunPhase::Resync, RunPhase::Drill]));
        keeper.going_on(at(30), now(&[RunPhase::Drill]));
        let series = keeper.close(at(100));
        assert_eq!(series.phases, [(RunPhase::Resync, at(10), at(30)), (RunPhase::Drill, at(20), at(100))]);
    }

    #[test]
    fn a_bin_holds_the_greatest_value_of_the_pieces_in_it() {
        let mut values = [0; 4];
        let span = |a, b| (Timestamp::from_ns(a), Timestamp::from_ns(b));
        raise(&mut values, Duration::from_ns(10), span(5, 25), (0, 200));
        assert_eq!(values, [50, 150, 200, 0]);
        raise(&mut values, Duration::from_ns(10), span(30, 80), (70, 20));
        assert_eq!(values, [50, 150, 200, 70], "what is beyond the last bin counts in it");
        raise(&mut values, Duration::from_ns(10), span(0, 10), (60, 60));
        assert_eq!(values, [60, 150, 200, 70]);
    }
}
