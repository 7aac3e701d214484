//! Bandwidth and recovery points: the fluid queue between what is written and what a link takes.
//!
//! The input is a series: bytes to send per step of equal length, written evenly within a step, nothing before and
//! after. `A(s, t)` are the bytes of `[s, t]`. A link of rate `C` that sends in order delays a byte written at `t` by
//!
//! ```text
//! d(t) = max over s ≤ t of  A(s, t) / C − (t − s)            backlog(t) / C
//! ```
//!
//! so `d(t) ≤ R` at all times needs `C ≥ max over s ≤ t of A(s, t) / ((t − s) + R)`. Both maxima are taken at ends of
//! steps, since `A` is linear between them. Units: bytes, bytes per second; needed rates and delays round up.
//!
//! Not modelled: recovery points every so often (add their interval), time to process a point, overwrites sent once.
//! The bytes must be those on the wire (smallest unit, compression), and `C` the narrowest place on the way.
//!
//! Source: domain facts 8.3 (inferred: the documents print results, not formulas); Le Boudec and Thiran, *Network
//! Calculus*, ch. 1, for arrival and service curves. Twin for tests: the definition, pair by pair.

use crate::units::{ByteRate, Bytes, Duration, Ratio};

/// Returns the least rate at which no byte of `series` waits longer than `rpo`.
///
/// `max over s < t of A(s, t) / ((t − s) + rpo)` over ends of steps, rounded up; O(n log n). A point (time, bytes so far)
/// that can be the best start lies on the lower convex hull of the points before it, and along the hull the slope to a
/// later point has one maximum. Domain facts 8.3 (inferred).
pub fn bandwidth_for_rpo(series: &[Bytes], step: Duration, rpo: Duration) -> ByteRate {
    assert!(!step.is_zero(), "a series needs steps of some length");
    let mut hull: Vec<Corner> = Vec::new();
    let mut corner = Corner { ns: 0, bytes: 0 };
    let mut steepest = Slope { rise: 0, run: 1 };
    for amount in series {
        while hull.len() >= 2 && !corner.keeps(hull[hull.len() - 2], hull[hull.len() - 1]) {
            hull.pop();
        }
        hull.push(corner);
        corner = Corner { ns: corner.ns.saturating_add(step.ns()), bytes: corner.bytes.saturating_add(amount.0) };
        let due = Corner { ns: corner.ns.saturating_add(rpo.ns()), bytes: corner.bytes };
        steepest = steepest.max(steepest_to(due, &hull));
    }
    ByteRate(steepest.per_second_up())
}

/// Returns the least rate at which bytes wait no longer than `rpo` for `share` of the time.
///
/// Smallest `C` whose [`rpo_met_share`] is at least `share`, by bisection: the share never falls as the rate rises.
/// O(n log C). The deployment planners print it for 90 %; domain facts 8.3 (inferred).
pub fn bandwidth_for_rpo_share(series: &[Bytes], step: Duration, rpo: Duration, share: Ratio) -> ByteRate {
    let span = u128::from(step.ns()) * series.len() as u128;
    let share = u128::from(share.min(Ratio::ONE).ppm());
    let missed_max = span - (span * share).div_ceil(u128::from(Ratio::ONE.ppm()));
    let (mut low, mut high) = (0, bandwidth_for_rpo(series, step, rpo).0);
    while low < high {
        let middle = low + (high - low) / 2;
        let met = u128::from(Queue::new(step, ByteRate(middle)).time_above(series, rpo)) <= missed_max;
        if met {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    ByteRate(high)
}

/// Returns the delay `d(t)` of a byte written at the end of each step; `None` when the rate is zero and bytes wait.
///
/// Rounded up to whole nanoseconds. Domain facts 8.3 (inferred).
pub fn delays(series: &[Bytes], step: Duration, rate: ByteRate) -> Option<Vec<Duration>> {
    let mut queue = Queue::new(step, rate);
    series.iter().map(|&amount| queue.take(amount).delay()).collect()
}

/// Returns the longest any byte of `series` waits on a link of `rate`: the RPO it can hold, without point intervals.
///
/// `max over t of d(t)`; `None` when the rate is zero and there is something to send. Domain facts 8.3 (inferred).
pub fn achievable_rpo(series: &[Bytes], step: Duration, rate: ByteRate) -> Option<Duration> {
    Some(delays(series, step, rate)?.into_iter().max().unwrap_or(Duration::ZERO))
}

/// Returns the share of the time of `series` in which a byte written then waits no longer than `rpo`.
///
/// Exact within steps (delays are linear there), rounded down to parts per million. Domain facts 8.3 (inferred).
pub fn rpo_met_share(series: &[Bytes], step: Duration, rate: ByteRate, rpo: Duration) -> Ratio {
    let span = u128::from(step.ns()) * series.len() as u128;
    if span == 0 {
        return Ratio::ONE;
    }
    let above = u128::from(Queue::new(step, rate).time_above(series, rpo));
    Ratio::from_ppm(((span - above) * u128::from(Ratio::ONE.ppm()) / span) as u32)
}

/// Returns how many unbroken periods there are in which bytes wait longer than `rpo`.
///
/// Maximal intervals with `d > rpo`. Domain facts 8.3 (inferred).
pub fn rpo_violations(series: &[Bytes], step: Duration, rate: ByteRate, rpo: Duration) -> u64 {
    let mut queue = Queue::new(step, rate);
    let allowed = queue.waiting_at(rpo);
    let (mut above, mut count) = (false, 0);
    for &amount in series {
        let was_above = above;
        above = queue.take(amount).waiting > allowed;
        count += u64::from(above && !was_above);
    }
    count
}

/// Returns the coarsest sampling of a churn trace from which a link for `rpo` may be sized.
///
/// 1 s up to an hour, 30 s up to 2 h, 1 min up to 3 h, 2 min up to 4 h, else 5 min. Array vendor's table, validation
/// case V27 (documented there). Coarser samples hide peaks that an RPO of that size feels.
pub fn sampling_for_rpo(rpo: Duration) -> Duration {
    match rpo {
        _ if rpo <= Duration::hours(1) => Duration::secs(1),
        _ if rpo <= Duration::hours(2) => Duration::secs(30),
        _ if rpo <= Duration::hours(3) => Duration::minutes(1),
        _ if rpo <= Duration::hours(4) => Duration::minutes(2),
        _ => Duration::minutes(5),
    }
}

/// A point of the cumulative curve: moment [ns] and bytes written until then.
#[derive(Clone, Copy)]
struct Corner {
    ns: u64,
    bytes: u64,
}

impl Corner {
    fn to(self, later: Corner) -> Slope {
        Slope { rise: later.bytes - self.bytes, run: later.ns - self.ns }
    }

    /// `middle` stays a corner of the lower hull between `first` and this later point.
    fn keeps(self, first: Corner, middle: Corner) -> bool {
        first.to(middle) < middle.to(self)
    }
}

/// The steepest slope from a corner of `hull` (at least one) to `due`, by bisection along the hull.
fn steepest_to(due: Corner, hull: &[Corner]) -> Slope {
    let (mut low, mut high) = (0, hull.len() - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if hull[middle].to(hull[middle + 1]) < hull[middle].to(due) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    hull[low].to(due)
}

/// Bytes per nanosecond, as an exact fraction; compared by cross products, which fit 128 bits.
#[derive(Clone, Copy)]
struct Slope {
    rise: u64,
    run: u64,
}

impl Slope {
    fn per_second_up(self) -> u64 {
        let rate = (u128::from(self.rise) * 1_000_000_000).div_ceil(u128::from(self.run.max(1)));
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

impl Ord for Slope {
    fn cmp(&self, other: &Slope) -> std::cmp::Ordering {
        let (left, right) =
            (u128::from(self.rise) * u128::from(other.run), u128::from(other.rise) * u128::from(self.run));
        left.cmp(&right)
    }
}

impl PartialOrd for Slope {
    fn partial_cmp(&self, other: &Slope) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Slope {
    fn eq(&self, other: &Slope) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Slope {}

/// What waits for the link, in units of 10⁻⁹ bytes: then a link of `C` bytes per second serves `C` of them per ns.
struct Queue {
    step_ns: u64,
    rate: u64,
    waiting: u128,
}

const UNITS_PER_BYTE: u128 = 1_000_000_000;

impl Queue {
    fn new(step: Duration, rate: ByteRate) -> Self {
        assert!(!step.is_zero(), "a series needs steps of some length");
        Self { step_ns: step.ns(), rate: rate.0, waiting: 0 }
    }

    /// Lets one step pass in which `amount` is written.
    fn take(&mut self, amount: Bytes) -> &Self {
        let served = u128::from(self.rate) * u128::from(self.step_ns);
        self.waiting = (self.waiting + u128::from(amount.0) * UNITS_PER_BYTE).saturating_sub(served);
        self
    }

    /// What waits when the delay is `delay`.
    fn waiting_at(&self, delay: Duration) -> u128 {
        u128::from(self.rate) * u128::from(delay.ns())
    }

    fn delay(&self) -> Option<Duration> {
        if self.waiting == 0 {
            return Some(Duration::ZERO);
        }
        let ns = (self.rate > 0).then(|| self.waiting.div_ceil(u128::from(self.rate)))?;
        Some(Duration::from_ns(u64::try_from(ns).unwrap_or(u64::MAX)))
    }

    /// Time within the series with a delay above `rpo` [ns, each step rounded up].
    fn time_above(mut self, series: &[Bytes], rpo: Duration) -> u64 {
        let allowed = self.waiting_at(rpo);
        let mut total = 0;
        for &amount in series {
            let before = self.waiting;
            let inflow = before + u128::from(amount.0) * UNITS_PER_BYTE;
            let served = u128::from(self.rate) * u128::from(self.step_ns);
            let change = inflow - before;
            total += match (before > allowed, inflow.saturating_sub(served) > allowed) {
                (true, true) => self.step_ns,
                (false, false) => 0,
                (false, true) => scaled(self.step_ns, inflow - served - allowed, change - served),
                (true, false) => scaled(self.step_ns, before - allowed, served - change),
            };
            self.take(amount);
        }
        total
    }
}

/// `span · part / whole`, rounded up, for `part ≤ whole`; the fraction is kept to 64 bits so that the product fits 128.
fn scaled(span: u64, part: u128, whole: u128) -> u64 {
    let shift = 64u32.saturating_sub(whole.leading_zeros());
    (u128::from(span) * (part >> shift)).div_ceil(whole >> shift) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, pair by pair, as whole bytes per second rounded up.
    fn by_definition(series: &[u64], step: Duration, rpo: Duration) -> u64 {
        let mut most = 0;
        for start in 0..series.len() {
            let mut bytes = 0u128;
            for (steps, amount) in (1..).zip(&series[start..]) {
                bytes += u128::from(*amount);
                let ns = steps * u128::from(step.ns()) + u128::from(rpo.ns());
                most = most.max((bytes * 1_000_000_000).div_ceil(ns));
            }
        }
        most as u64
    }

    fn delay_by_definition(series: &[u64], step: Duration, rate: u64) -> u64 {
        let mut worst = 0i128;
        for start in 0..series.len() {
            let mut bytes = 0u128;
            for (steps, amount) in (1..).zip(&series[start..]) {
                bytes += u128::from(*amount);
                let passed = steps * i128::from(step.ns());
                worst = worst.max((bytes * 1_000_000_000).div_ceil(u128::from(rate)) as i128 - passed);
            }
        }
        worst as u64
    }

    /// Share met, by looking at many moments of every step.
    fn met_by_sampling(series: &[u64], step: Duration, rate: u64, rpo: Duration) -> f64 {
        let (pieces, step_s) = (400, step.secs_f64());
        let (mut waiting, mut met) = (0.0f64, 0u64);
        for &amount in series {
            for _ in 0..pieces {
                let change = (amount as f64 - rate as f64 * step_s) / f64::from(pieces);
                let middle = (waiting + change / 2.0).max(0.0);
                met += u64::from(middle <= rate as f64 * rpo.secs_f64());
                waiting = (waiting + change).max(0.0);
            }
        }
        met as f64 / (series.len() as f64 * f64::from(pieces))
    }

    proptest! {
        #[test]
        fn the_hull_finds_what_the_definition_finds(
            series in prop::collection::vec(prop_oneof![Just(0u64), 0..5_000u64, 0..2_000_000u64], 0..60),
            step_s in 1u64..7_200, rpo_s in 0u64..20_000,
        ) {
            let (step, rpo) = (Duration::secs(step_s), Duration::secs(rpo_s));
            let bytes: Vec<Bytes> = series.iter().map(|&b| Bytes(b)).collect();
            prop_assert_eq!(bandwidth_for_rpo(&bytes, step, rpo).0, by_definition(&series, step, rpo));
        }

        #[test]
        fn the_queue_waits_as_the_definition_says(
            series in prop::collection::vec(0..2_000_000u64, 1..40), step_s in 1u64..7_200, rate in 1u64..5_000,
        ) {
            let step = Duration::secs(step_s);
            let bytes: Vec<Bytes> = series.iter().map(|&b| Bytes(b)).collect();
            let rpo = achievable_rpo(&bytes, step, ByteRate(rate)).unwrap();
            prop_assert_eq!(rpo.ns(), delay_by_definition(&series, step, rate));
        }

        #[test]
        fn the_least_rate_holds_the_rpo_and_one_less_does_not(
            series in prop::collection::vec(0..2_000_000u64, 1..40), rpo_s in 0u64..20_000,
        ) {
            let (step, rpo) = (Duration::secs(60), Duration::secs(rpo_s));
            let bytes: Vec<Bytes> = series.iter().map(|&b| Bytes(b)).collect();
            let rate = bandwidth_for_rpo(&bytes, step, rpo);
            prop_assert!(achievable_rpo(&bytes, step, rate).unwrap() <= rpo);
            prop_assert_eq!(rpo_met_share(&bytes, step, rate, rpo), Ratio::ONE);
            if rate.0 > 1 {
                prop_assert!(achievable_rpo(&bytes, step, ByteRate(rate.0 - 1)).unwrap() > rpo);
            }
        }

        #[test]
        fn the_share_agrees_with_looking_at_many_moments(
            series in prop::collection::vec(0..100_000u64, 1..20), rate in 1u64..2_000, rpo_s in 0u64..200,
        ) {
            let (step, rpo) = (Duration::secs(60), Duration::secs(rpo_s));
            let bytes: Vec<Bytes> = series.iter().map(|&b| Bytes(b)).collect();
            let share = rpo_met_share(&bytes, step, ByteRate(rate), rpo).as_f64();
            let sampled = met_by_sampling(&series, step, rate, rpo);
            prop_assert!((share - sampled).abs() < 0.004, "{share} against {sampled}");
        }

        #[test]
        fn the_rate_for_a_share_is_the_least_that_reaches_it(
            series in prop::collection::vec(0..100_000u64, 1..30), percent in 0u32..=100,
        ) {
            let (step, rpo, share) = (Duration::secs(60), Duration::secs(90), Ratio::percent(percent));
            let bytes: Vec<Bytes> = series.iter().map(|&b| Bytes(b)).collect();
            let rate = bandwidth_for_rpo_share(&bytes, step, rpo, share);
            prop_assert!(rpo_met_share(&bytes, step, rate, rpo) >= share);
            if rate.0 > 1 {
                prop_assert!(rpo_met_share(&bytes, step, ByteRate(rate.0 - 1), rpo) < share);
            }
        }
    }

    /// One step of 100 bytes/s for 60 s on a link of 50: 60 s of delay at its end, then 60 s to drain.
    #[test]
    fn a_burst_is_late_until_it_is_drained() {
        let series = [Bytes(6_000), Bytes::ZERO, Bytes::ZERO, Bytes(6_000)];
        let (step, link) = (Duration::minutes(1), ByteRate(50));
        assert_eq!(delays(&series, step, link), Some([60, 0, 0, 60].map(Duration::secs).to_vec()),);
        // Above 30 s from half of the first step to half of the second, and in the second half of the last.
        assert_eq!(rpo_met_share(&series, step, link, Duration::secs(30)), Ratio::from_ppm(625_000));
        assert_eq!(rpo_violations(&series, step, link, Duration::secs(30)), 2);
        assert_eq!(rpo_violations(&series, step, link, Duration::secs(60)), 0);
        // Below the delay at the end of the first two steps: one period, however many steps it lasts.
        let long = [Bytes(9_000), Bytes(3_000), Bytes(3_000), Bytes::ZERO];
        assert_eq!(rpo_violations(&long, step, link, Duration::secs(90)), 1);
    }

    #[test]
    fn v27_the_tighter_the_rpo_the_finer_the_trace() {
        let rows = [(1, 1), (60, 1), (61, 30), (120, 30), (180, 60), (240, 120), (241, 300), (1_440, 300)];
        for (rpo_min, sample_s) in rows {
            assert_eq!(sampling_for_rpo(Duration::minutes(rpo_min)), Duration::secs(sample_s), "{rpo_min} min");
        }
    }

    #[test]
    fn without_a_link_nothing_arrives_and_without_bytes_nothing_is_needed() {
        let step = Duration::minutes(1);
        assert_eq!(achievable_rpo(&[Bytes(1)], step, ByteRate::ZERO), None);
        assert_eq!(achievable_rpo(&[Bytes::ZERO], step, ByteRate::ZERO), Some(Duration::ZERO));
        assert_eq!(bandwidth_for_rpo(&[], step, Duration::ZERO), ByteRate::ZERO);
        assert_eq!(rpo_met_share(&[], step, ByteRate::ZERO, Duration::ZERO), Ratio::ONE);
    }
}
