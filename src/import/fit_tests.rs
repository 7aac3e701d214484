//! Fits of series that were drawn from a known model, and distances that one can compute by hand.

use super::*;
use crate::import::estate::Guest;
use crate::import::fleet::Writing;
use crate::kernel::special::normal_quantile;

/// Uniform numbers in (0, 1) that repeat.
fn uniform(n: u64) -> f64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 1e-17
}

/// Four weeks of 5-minute steps from a Monday.
fn drawn(rate: impl Fn(u64, f64) -> f64) -> Rates {
    let monday = 4 * 288;
    let rates = (0..28 * 288u64).map(|n| {
        let weekend = if n / 288 % 7 >= 5 { 0.4 } else { 1.0 };
        rate(n, weekend) as f32
    });
    Rates { from: monday, rates: rates.collect() }
}

#[test]
fn a_daily_curve_with_noise_is_found_again() {
    let peak_at = Duration::minutes(90);
    let (mean, peak) = (ByteRate(1_000_000), ByteRate(4_000_000));
    let curve = DailyCurve { mean, peak, peak_at, weekend: Ratio::ONE, calendar: Calendar::default() };
    let week = daily_curve(&curve);
    let rates = drawn(|n, weekend| {
        let noise = libm::exp(0.5 * normal_quantile(uniform(n)) - 0.125);
        f64::from(week.rates[(n % 288) as usize]) * weekend * noise
    });
    let fitted = one(&rates, 300, Clock::Utc, &shapes()).expect("it writes");
    let Model::Daily { mean, peak, peak_at_s, weekend, sigma } = fitted.model else { panic!("a daily curve") };
    // 5760 working steps with a relative spread below 1.2: a standard error of 1.6 %.
    assert!((mean / 1e6 - 1.0).abs() < 0.05, "mean {mean}");
    assert!((peak / 4e6 - 1.0).abs() < 0.15, "peak {peak}");
    assert!((peak_at_s - 5_400).abs() <= 900, "peak at {peak_at_s} s");
    assert!((weekend - 0.4).abs() < 0.04, "weekend {weekend}");
    assert!((sigma - 0.5).abs() < 0.05, "sigma {sigma}");
    assert!(fitted.r2.expect("a shape") > 0.95 && fitted.ks < 0.03, "R² {:?}, KS {}", fitted.r2, fitted.ks);
    assert!(
        fitted.lag.expect("noise").abs() < 0.05 && (fitted.p99.1 / fitted.p99.0 - 1.0).abs() < 0.1,
        "{:?}",
        fitted.p99
    );
}

/// Twenty minutes at 3 MB/s, then 100 minutes of nothing: on a sixth of the time.
#[test]
fn bursts_are_found_again() {
    let rates = drawn(|n, _| if n % 24 < 4 { 3e6 } else { 0.0 });
    let fitted = one(&rates, 300, Clock::Utc, &shapes()).expect("it writes");
    assert_eq!(fitted.model, Model::OnOff { rate: 3e6, on_s: 1_200.0, off_s: 6_000.0 });
    assert!(fitted.ks < 1e-9, "{}", fitted.ks);
}

#[test]
fn a_machine_that_writes_nothing_has_no_model() {
    assert!(one(&drawn(|_, _| 0.0), 300, Clock::Utc, &shapes()).is_none());
}

/// Uniform data on 0..1000 against a point at 500: F_data is 0.5 there and the model jumps from 0 to 1.
#[test]
fn the_distance_is_what_one_can_see() {
    let sorted: Vec<f64> = (0..1_000).map(f64::from).collect();
    let distance = distance(&sorted, None, |x| if x < 500.0 { 0.0 } else { 1.0 });
    assert!((distance - 0.5).abs() < 0.01, "{distance}");
    let same = super::distance(&sorted, None, |x| ((x + 1.0) / 1_000.0).clamp(0.0, 1.0));
    assert!(same < 0.003, "{same}");
}

/// Two machines with the same noise vary twice as much together as apart.
#[test]
fn machines_that_burst_together_are_told_from_others() {
    let member = |name: &str, shift: u64| Member {
        name: name.into(),
        guest: Guest::Linux,
        size: 0,
        disks: Vec::new(),
        writing: Writing::Measured(drawn(|n, _| uniform(n + shift))),
        block: None,
        windows: BTreeMap::new(),
    };
    let fleet = |shift| Fleet {
        members: vec![member("a", 0), member("b", shift)],
        step_s: 300,
        first: None,
        clock: Clock::Utc,
        interval_s: 300,
        defects: Default::default(),
        assumed: Vec::new(),
    };
    assert!((together(&fleet(0)).expect("two") - 2.0).abs() < 1e-6);
    assert!((together(&fleet(1 << 40)).expect("two") - 1.0).abs() < 0.05);
}
