//! Pairs: two systems on the same luck, compared replication by replication.
//!
//! With d = b − a over n pairs:
//!
//! ```text
//! interval of the mean difference    d̄ ± t(n−1) · s_d / √n          Student
//! what pairing is worth              (s_a² + s_b²) / s_d²            independent runs that tell as much as one pair does
//! pairs for a half width h           (t · s_d / h)²
//! ```
//!
//! A replication in which only one of the two has a value makes no pair. Where more than one in twenty does not, what is
//! left is a choice of the luck and not the luck itself: nothing may be said then ([`Pairs::is_fair`]).
//!
//! Units: those of the values. Source: Law 2015, sections 10.2 (paired t) and 11.2 (common random numbers).

use super::interval::{Interval, mean_interval, student};
use super::mean;

/// Most of the replications that may make no pair.
const UNPAIRED_MAX: f64 = 0.05;

/// Values side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    pub a: Vec<f64>,
    pub b: Vec<f64>,
    /// Replications in which only one of the two has a value.
    pub unpaired: u64,
    /// Replications of both.
    compared: u64,
}

impl Pairs {
    /// Pairs by place; what one of the two has more of is left out.
    pub fn of(a: &[Option<f64>], b: &[Option<f64>]) -> Pairs {
        let mut pairs = Pairs { compared: a.len().min(b.len()) as u64, ..Pairs::default() };
        for pair in a.iter().zip(b) {
            match pair {
                (Some(a), Some(b)) => {
                    pairs.a.push(*a);
                    pairs.b.push(*b);
                }
                (None, None) => {}
                (Some(_), None) | (None, Some(_)) => pairs.unpaired += 1,
            }
        }
        pairs
    }

    pub fn count(&self) -> u64 {
        self.a.len() as u64
    }

    /// Replications that were looked at, with values or without.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// Nearly every replication with a value is one of both.
    pub fn is_fair(&self) -> bool {
        self.unpaired as f64 <= UNPAIRED_MAX * self.compared as f64
    }

    /// By pair: b − a.
    pub fn differences(&self) -> Vec<f64> {
        self.a.iter().zip(&self.b).map(|(a, b)| b - a).collect()
    }

    /// Mean of b − a with its two-sided interval; open with fewer than two pairs. `None` without any.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        mean_interval(&self.differences(), confidence)
    }

    /// Independent runs that would tell as much as one pair does. `None`: too few pairs, or all of them differ by the same.
    pub fn gain(&self) -> Option<f64> {
        let paired = variance(&self.differences())?;
        let apart = variance(&self.a)? + variance(&self.b)?;
        (paired > apart * 1e-12).then(|| apart / paired)
    }

    /// Pairs until the half width of the two-sided interval is this. `None`: too few pairs to say.
    pub fn needed(&self, half_width: f64, confidence: f64) -> Option<u64> {
        let deviation = variance(&self.differences())?.sqrt();
        let pairs = (student(self.a.len(), confidence) * deviation / half_width.max(f64::MIN_POSITIVE)).powi(2);
        // A cast of what is too large is the largest number there is.
        Some((pairs.ceil() as u64).max(2))
    }
}

/// Of a sample, unbiased. `None` with fewer than two values.
fn variance(values: &[f64]) -> Option<f64> {
    let center = mean(values).filter(|_| values.len() > 1)?;
    Some(values.iter().map(|x| (x - center) * (x - center)).sum::<f64>() / (values.len() - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(a: &[f64], b: &[f64]) -> Pairs {
        let known = |values: &[f64]| values.iter().map(|value| Some(*value)).collect::<Vec<_>>();
        Pairs::of(&known(a), &known(b))
    }

    /// Differences 1, 2, 3: mean 2, s = 1, t(2, 97.5 %) = 4.302653, half width 4.302653/√3.
    #[test]
    fn the_interval_of_three_pairs_is_the_textbook_one() {
        let own = pairs(&[10.0, 20.0, 30.0], &[11.0, 22.0, 33.0]);
        let interval = own.interval(0.95).expect("three pairs");
        assert_eq!(interval.value, 2.0);
        assert!((interval.half_width() - 4.302653 / 3.0_f64.sqrt()).abs() < 1e-5, "{interval:?}");
        // Variances 100 and 121 apart, 1 in pairs.
        assert!((own.gain().expect("they vary") - 221.0).abs() < 1e-9);
        // Half of that half width (and a hair more) takes four times as many pairs.
        assert_eq!(own.needed(interval.half_width() / 1.999, 0.95), Some(12));
    }

    #[test]
    fn replications_without_a_partner_are_counted_and_too_many_of_them_say_nothing() {
        let mut a: Vec<Option<f64>> = (0..40).map(|n| Some(f64::from(n))).collect();
        let b = a.clone();
        a[3] = None;
        let one = Pairs::of(&a, &b);
        assert_eq!((one.count(), one.unpaired, one.is_fair()), (39, 1, true));
        a[4] = None;
        a[5] = None;
        assert!(!Pairs::of(&a, &b).is_fair());
        assert!(Pairs::of(&[None, None], &[None, None]).is_fair(), "nothing happened in either");
    }

    #[test]
    fn pairs_that_all_differ_by_the_same_are_known_at_once() {
        let own = pairs(&[1.0, 5.0, 9.0], &[3.0, 7.0, 11.0]);
        let interval = own.interval(0.99).expect("pairs");
        assert_eq!((interval.low, interval.high), (2.0, 2.0));
        assert_eq!((own.gain(), own.needed(0.1, 0.99)), (None, Some(2)));
        assert_eq!(pairs(&[], &[]).interval(0.9), None);
    }

    /// Half of what varies is shared: independent runs vary by 2, pairs by 1.
    #[test]
    fn shared_luck_is_worth_as_many_runs_as_it_takes_out_of_the_variance() {
        let mut state = 5u64;
        let mut normal = || {
            let mut uniform = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1u64 << 53) as f64
            };
            (0..12).map(|_| uniform()).sum::<f64>() - 6.0
        };
        let (a, b): (Vec<f64>, Vec<f64>) = (0..20_000)
            .map(|_| {
                let shared = normal();
                (shared + normal(), shared + normal())
            })
            .unzip();
        let gain = pairs(&a, &b).gain().expect("they vary");
        assert!((gain - 2.0).abs() < 0.05, "{gain}");
    }
}
