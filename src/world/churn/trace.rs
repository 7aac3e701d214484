//! Trace churn: a measured series of rates, repeated, with exact sums.
//!
//! A [`Table`] is a series with its running sums, so that what was written in any span costs O(1) and is exact:
//! `C(t) = ∫₀ᵗ rate`, in byte·ns/s (10⁻⁹ bytes). Series and sums are shared by all disks that follow them.

use std::sync::Arc;

use crate::world::churn::{Series, strides};

/// A series with its sums.
#[derive(Debug)]
pub(in crate::world) struct Table {
    series: Arc<Series>,
    /// Sums of the rates, as `strides` has them.
    sums: Vec<u64>,
    total: u64,
    every: u64,
    /// Length of a round [ns].
    period: u64,
    /// Into the round at the start of the run [ns], and the integral up to there.
    shift: u64,
    before: i128,
}

impl Table {
    pub(in crate::world) fn new(series: Arc<Series>) -> Self {
        let mut sums = vec![0; strides::count(series.rates.len())];
        let total = strides::sum_up(&series.rates, &mut sums);
        let every = series.every.ns().max(1);
        // A round longer than three centuries never ends within a run.
        let period = every * (series.rates.len() as u64).min(u64::MAX / 2 / every).max(1);
        let shift = (period - series.starts.ns() % period) % period;
        let mut table = Self { series, sums, total, every, period, shift, before: 0 };
        table.before = table.up_to(shift);
        table
    }

    pub(in crate::world) fn series(&self) -> &Arc<Series> {
        &self.series
    }

    /// Since the beginning of some round [ns].
    fn since(&self, t: u64) -> u64 {
        t.saturating_add(self.shift)
    }

    /// Step that holds at `t` of the run.
    fn step(&self, t: u64) -> usize {
        (self.since(t) % self.period / self.every) as usize
    }

    /// Rate at `t` [bytes/s]; an empty series is silent.
    pub(in crate::world) fn rate(&self, t: u64) -> u32 {
        if self.series.rates.is_empty() { 0 } else { self.series.rates[self.step(t)] }
    }

    /// When the rate may change next after `t`.
    pub(in crate::world) fn next_change(&self, t: u64) -> u64 {
        if self.series.rates.len() < 2 {
            return u64::MAX;
        }
        let since = self.since(t);
        t.saturating_add(self.every - since % self.every)
    }

    /// Integral of the rate over `[0, t)` [byte·ns/s].
    pub(in crate::world) fn sum(&self, t: u64) -> i128 {
        if self.series.rates.is_empty() { 0 } else { self.up_to(self.since(t)) - self.before }
    }

    /// Integral since the beginning of a round.
    fn up_to(&self, since: u64) -> i128 {
        let (rounds, rest) = (since / self.period, since % self.period);
        let (step, into) = ((rest / self.every) as usize, rest % self.every);
        let rates = &self.series.rates;
        let Some(rate) = rates.get(step) else { return 0 };
        let sum = i128::from(strides::before(rates, &self.sums, step)) + i128::from(rounds) * i128::from(self.total);
        sum * i128::from(self.every) + i128::from(into) * i128::from(*rate)
    }

    /// Rates of `out.len()` cells of `cell` ns from `t` on, which may be before the run; `cell` divides the step and `t` stands on the grid.
    pub(in crate::world) fn fill(&self, t: i128, cell: u64, out: &mut [u32]) {
        let rates = &self.series.rates;
        if rates.is_empty() {
            out.fill(0);
            return;
        }
        let since = (t + i128::from(self.shift)).rem_euclid(i128::from(self.period)) as u64;
        let (mut step, into) = ((since / self.every) as usize, since % self.every);
        let per_step = (self.every / cell).max(1) as usize;
        let mut rest = per_step - (into / cell) as usize;
        let mut done = 0;
        while done < out.len() {
            if per_step == 1 {
                let n = (rates.len() - step).min(out.len() - done);
                out[done..done + n].copy_from_slice(&rates[step..step + n]);
                (done, step) = (done + n, step + n);
            } else {
                let n = rest.min(out.len() - done);
                out[done..done + n].fill(rates[step]);
                (done, step, rest) = (done + n, step + 1, per_step);
            }
            if step == rates.len() {
                step = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Duration, Timestamp};

    fn table(starts: u64, rates: &[u32]) -> Table {
        let series = Series {
            name: String::new(),
            every: Duration::from_ns(10),
            starts: Timestamp::from_ns(starts),
            rates: rates.to_vec(),
        };
        Table::new(Arc::new(series))
    }

    #[test]
    fn sums_are_the_sum_of_the_rates_wherever_the_series_starts() {
        for starts in [0, 3, 10, 25, 1_000] {
            let table = table(starts, &[5, 0, 7]);
            let mut slow = 0;
            for t in 0..200 {
                assert_eq!(table.sum(t), slow, "start {starts}, t {t}");
                slow += i128::from(table.rate(t));
            }
        }
    }

    #[test]
    fn sums_between_the_kept_ones_are_whole() {
        let rates: Vec<u32> = (0..53).map(|step| step * step % 17).collect();
        for starts in [0, 165, 529] {
            let table = table(starts, &rates);
            let mut slow = 0;
            for t in 0..1_200 {
                assert_eq!(table.sum(t), slow, "start {starts}, t {t}");
                slow += i128::from(table.rate(t));
            }
        }
    }

    #[test]
    fn a_step_before_the_start_is_the_last_of_the_round_before() {
        let table = table(10, &[5, 0, 7]);
        assert_eq!((table.rate(0), table.rate(10), table.rate(20), table.rate(30)), (7, 5, 0, 7));
        assert_eq!((table.next_change(0), table.next_change(10), table.next_change(11)), (10, 20, 20));
    }

    #[test]
    fn a_block_is_the_rates_of_its_cells() {
        let table = table(20, &[5, 0, 7]);
        for cell in [5, 10] {
            let mut out = [0; 20];
            table.fill(30, cell, &mut out);
            for (i, rate) in out.iter().enumerate() {
                assert_eq!(*rate, table.rate(30 + i as u64 * cell), "cell {i} of {cell} ns");
            }
            let mut before = [0; 4];
            table.fill(-10, cell, &mut before);
            let begun = (10 / cell) as usize;
            assert_eq!((before[0], before[begun]), (5, table.rate(0)), "a step before the run");
        }
    }
}
