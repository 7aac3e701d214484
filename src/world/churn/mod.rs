//! Churn: what guests write. ★ One file per model; this is the register.

mod daily;
mod demand;
mod grid;
mod noise;
mod on_off;
mod steady;
mod strides;
mod trace;
mod waves;

use std::sync::Arc;

pub use daily::{Curve as DailyCurve, series as daily_curve};
pub use demand::demand;
pub(in crate::world) use trace::Table;
pub(in crate::world) use waves::Waves;

use crate::kernel::Law;
use crate::units::{ByteRate, Bytes, Duration, Ratio, Timestamp};

/// What one disk has to replicate.
#[derive(Clone, Debug)]
pub struct DiskChurn {
    /// Usually one model per VM, shared by its disks.
    pub model: Arc<Churn>,
    /// This disk's share of the model's rate.
    pub share: Ratio,
    /// Name of the random stream; disks that share it have their bursts together.
    pub stream: String,
    pub writes: Writes,
}

impl DiskChurn {
    /// Replicated operations in the mean [thousandths per second], rounded: what is written, over the size of a write that is
    /// not below `floor` (domain facts 3.2).
    pub fn mean_ops_milli(&self, floor: Bytes) -> u64 {
        let (replicated, block) = self.writes.replicated(floor);
        let rate = self.model.mean() * self.share.as_f64() * replicated as f64 / MILLION as f64;
        (rate * 1_000.0 / block as f64).round() as u64
    }
}

/// How it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Writes {
    /// Size of one write; smaller than the limits' floor costs the floor.
    pub block: Bytes,
    /// Distinct share of what is written within a window, by rising window. Empty: nothing is ever rewritten.
    pub unique: Vec<(Duration, Ratio)>,
    /// Bytes on the wire per byte captured.
    pub compression: Ratio,
    /// Overwrites within this window are sent once, and what is written arrives a window later (0: an ordered log, every write is sent at once).
    pub coalesce_within: Duration,
}

impl Writes {
    /// Replicated bytes per byte written [millionths], and the size of one replicated operation: writes below `floor` cost
    /// the floor, then compression and coalescing shrink them (domain facts 3.2).
    pub fn replicated(&self, floor: Bytes) -> (u128, u64) {
        let block = self.block.0.max(1);
        let sent = block.max(floor.0);
        let coalesced = if self.coalesce_within.is_zero() { MILLION } else { self.distinct_ppm(self.coalesce_within) };
        let ppm = u128::from(sent) * u128::from(self.compression.ppm()) * u128::from(coalesced);
        (ppm / u128::from(block) / u128::from(MILLION), sent)
    }

    /// Distinct share of what is written within `window` [millionths]. `U(τ) = share(τ)·τ` is straight between the
    /// points of the curve; beyond the last its share holds.
    pub(in crate::world) fn distinct_ppm(&self, window: Duration) -> u64 {
        let (mut from, mut so_far) = (0u128, 0u128);
        let window = u128::from(window.ns());
        for (until, share) in &self.unique {
            let (until, sum) = (u128::from(until.ns()), u128::from(until.ns()) * u128::from(share.ppm()));
            if window < until {
                let inside = so_far + sum.saturating_sub(so_far) * (window - from) / (until - from);
                let ppm = inside.checked_div(window).map_or(u64::from(share.ppm()), |ppm| ppm as u64);
                return ppm.min(MILLION);
            }
            (from, so_far) = (until, sum);
        }
        self.unique.last().map_or(MILLION, |(_, share)| u64::from(share.ppm()).min(MILLION))
    }

    /// At which pace distinct bytes grow `age` after a window began [millionths of the pace of all writes], and until which age.
    pub(in crate::world) fn distinct_pace(&self, age: u64) -> (u64, u64) {
        let (mut from, mut so_far) = (0u128, 0u128);
        for (until, share) in &self.unique {
            let (until, sum) = (u128::from(until.ns()), u128::from(until.ns()) * u128::from(share.ppm()));
            if u128::from(age) < until {
                let pace = sum.saturating_sub(so_far) / (until - from).max(1);
                return ((pace as u64).min(MILLION), until as u64);
            }
            (from, so_far) = (until, sum);
        }
        (self.unique.last().map_or(MILLION, |(_, share)| u64::from(share.ppm()).min(MILLION)), u64::MAX)
    }
}

/// Parts per million in a whole.
const MILLION: u64 = 1_000_000;

/// A model of the bytes written per second.
#[derive(Clone, Debug)]
pub enum Churn {
    Steady {
        rate: ByteRate,
        noise: Option<Noise>,
    },
    /// A bump around `peak_at` each day, `weekend` of it on Saturday and Sunday.
    Daily {
        mean: ByteRate,
        peak: ByteRate,
        peak_at: Duration,
        weekend: Ratio,
        noise: Option<Noise>,
    },
    /// Bursts at `rate`, silence between.
    OnOff {
        rate: ByteRate,
        on: Law,
        off: Law,
    },
    Trace {
        series: Arc<Series>,
        scale: Ratio,
    },
}

impl Churn {
    /// In the long run [bytes/s]; five days of seven are working days.
    fn mean(&self) -> f64 {
        match self {
            Churn::Steady { rate, .. } => rate.0 as f64,
            Churn::Daily { mean, weekend, .. } => mean.0 as f64 * (5.0 + 2.0 * weekend.as_f64()) / 7.0,
            Churn::OnOff { rate, on, off } => {
                let (on, off) = (on.mean().secs_f64(), off.mean().secs_f64());
                if on + off > 0.0 { rate.0 as f64 * on / (on + off) } else { 0.0 }
            }
            Churn::Trace { series, scale } => {
                let sum: f64 = series.rates.iter().map(|rate| f64::from(*rate)).sum();
                sum / series.rates.len().max(1) as f64 * scale.as_f64()
            }
        }
    }
}

/// Log-normal factor with mean 1, redrawn every `every`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    pub sigma: f64,
    pub every: Duration,
}

/// A measured series: one rate per step, repeated when it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// For messages and reports.
    pub name: String,
    pub every: Duration,
    /// The first step begins at this moment of the run (a step before it is the last of the previous round).
    pub starts: Timestamp,
    /// [bytes/s]
    pub rates: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(unique: &[(u64, u32)]) -> Writes {
        Writes {
            block: Bytes::kib(4),
            unique: unique.iter().map(|(s, percent)| (Duration::secs(*s), Ratio::percent(*percent))).collect(),
            compression: Ratio::percent(50),
            coalesce_within: Duration::secs(100),
        }
    }

    /// Writes of 4 KiB cost 8: 1000 B/s become 2 · 0.5 · 0.6 · 1000 = 600 B/s, over 8192.
    #[test]
    fn mean_operations_of_every_model() {
        let ops = |model, share| {
            let churn =
                DiskChurn { model: Arc::new(model), share, stream: String::new(), writes: writes(&[(100, 60)]) };
            churn.mean_ops_milli(Bytes::kib(8))
        };
        let rate = ByteRate(1_000_000);
        assert_eq!(ops(Churn::Steady { rate, noise: None }, Ratio::ONE), 73_242);
        assert_eq!(ops(Churn::Steady { rate, noise: None }, Ratio::percent(50)), 36_621);
        let daily = |weekend| Churn::Daily { mean: rate, peak: rate, peak_at: Duration::ZERO, weekend, noise: None };
        assert_eq!([ops(daily(Ratio::ONE), Ratio::ONE), ops(daily(Ratio::ZERO), Ratio::ONE)], [73_242, 52_316]);
        let span = |s| Law::Fixed(Duration::secs(s));
        assert_eq!(ops(Churn::OnOff { rate, on: span(1), off: span(3) }, Ratio::ONE), 18_311);
        let series = Series {
            name: String::new(),
            every: Duration::secs(60),
            starts: Timestamp::START,
            rates: vec![0, 2_000_000],
        };
        assert_eq!(ops(Churn::Trace { series: Arc::new(series), scale: Ratio::ONE }, Ratio::ONE), 73_242);
    }

    /// U(100 s) = 60 s' worth of writes, U(1000 s) = 150: 10 % of the writes between them are distinct.
    #[test]
    fn distinct_bytes_lie_on_straight_lines_between_the_points_of_the_curve() {
        let curve = writes(&[(100, 60), (1_000, 15)]);
        let share = |s| curve.distinct_ppm(Duration::secs(s));
        assert_eq!([0, 50, 100, 550, 1_000, 9_000].map(share), [600_000, 600_000, 600_000, 190_909, 150_000, 150_000]);
        let second = 1_000_000_000;
        assert_eq!(curve.distinct_pace(0), (600_000, 100 * second));
        assert_eq!(curve.distinct_pace(100 * second), (100_000, 1_000 * second));
        assert_eq!(curve.distinct_pace(1_000 * second), (150_000, u64::MAX));
        assert_eq!(writes(&[]).distinct_pace(5), (1_000_000, u64::MAX));
    }

    #[test]
    fn floor_compression_and_coalescing_multiply() {
        assert_eq!(writes(&[(100, 60)]).replicated(Bytes::kib(8)), (600_000, 8_192), "2 × 0.5 × 0.6");
    }
}
