//! Claims about the sketch: exact sums, any-order merge, closed-form distributions, a slow twin.

use super::*;
use crate::units::Duration;

fn seconds(n: u64) -> u64 {
    Duration::secs(n).ns()
}

#[test]
fn buckets_tile_all_values_and_are_narrow() {
    let mut values: Vec<u64> = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1u64 << bit, (1u64 << bit) + 1]).collect();
    values.extend([u64::MAX, 300_000_000_000, 12_345]);
    for value in values {
        let bucket = bucket_of(value);
        let (low, high) = (edge_of(bucket), edge_of(bucket + 1));
        assert!(low <= u128::from(value) && u128::from(value) < high, "{value} in {low}..{high}");
        assert!(high - low <= 1 || (high - low) * 128 <= low, "{value}: {low}..{high} is too wide");
    }
}

#[test]
fn a_sawtooth_has_the_closed_form_of_p08_without_failures() {
    // Ages 40 … 340 s, a hundred times.
    let mut sketch = Sketch::default();
    for _ in 0..100 {
        sketch.add_piece(seconds(40), seconds(340), seconds(300));
    }
    let sealed = sketch.seal();
    assert_eq!(sealed.mean(), Some(190e9));
    for q in [0.01, 0.25, 0.5, 0.95, 0.99] {
        let exact = (40.0 + 300.0 * q) * 1e9;
        let found = sealed.quantile(q).expect("time");
        assert!((found / exact - 1.0).abs() < 1e-6, "{q}: {found} for {exact}");
    }
    assert!((sealed.fraction_above(280e9).expect("time") - 0.2).abs() < 1e-6);
    assert_eq!(sealed.fraction_above(340e9), Some(0.0));
    assert_eq!(sealed.max(), Some(seconds(340)));
}

#[test]
fn p08_points_that_fail_have_the_tabled_ages() {
    // Age = 40 + 300 (G + U), G geometric with p = 0.05: the piece of the k-th missed point has weight 0.05^k.
    let mut sketch = Sketch::default();
    let mut weight = 1e15;
    for k in 0..9 {
        sketch.add_piece(seconds(40 + 300 * k), seconds(340 + 300 * k), (weight * 0.95) as u64);
        weight *= 0.05;
    }
    let sealed = sketch.seal();
    let within = |found: Option<f64>, exact: f64, by: f64| {
        let found = found.expect("time");
        assert!((found / exact - 1.0).abs() < by, "{found} for {exact}");
    };
    within(sealed.mean(), 205.7895e9, 1e-5);
    within(sealed.quantile(0.5), 197.8947e9, 0.005);
    within(sealed.quantile(0.95), 340e9, 0.005);
    within(sealed.quantile(0.99), 592.6316e9, 0.005);
    within(sealed.fraction_above(300e9), 0.1766667, 0.005);
    within(sealed.fraction_above(600e9), 0.008833333, 0.005);
}

#[test]
fn pieces_may_come_in_any_order_and_any_grouping() {
    let pieces: Vec<(u64, u64, u64)> =
        (1..200u64).map(|i| (i * 7_919_777 % 1_000_003 * i, i * 104_729 % 999_983 * 31, i * 37 % 1_009 + 1)).collect();
    let fold = |pieces: &[(u64, u64, u64)]| {
        let mut sketch = Sketch::default();
        pieces.iter().for_each(|&(from, to, weight)| sketch.add_piece(from, to, weight));
        sketch
    };
    let forward = fold(&pieces);
    let backward = fold(&pieces.iter().rev().copied().collect::<Vec<_>>());
    let (mut left, right) = (fold(&pieces[100..]), fold(&pieces[..100]));
    left.merge(&right);
    assert_eq!(forward.seal(), backward.seal());
    assert_eq!(forward.seal(), left.seal());
    let whole: f64 = forward.seal().buckets.iter().map(|(_, weight)| weight).sum();
    assert!((whole - forward.weight_ns() as f64).abs() < 1e-3, "no weight is lost: {whole}");
}

#[test]
fn the_fast_way_agrees_with_spreading_a_piece_over_a_thousand_points() {
    let pieces = [(0, 900_000, 5_000), (250_000, 250_000, 700), (800_000, 100_000, 9_000), (3, 90, 800)];
    let (mut fast, mut slow) = (Sketch::default(), Sketch::default());
    for (from, to, weight) in pieces {
        fast.add_piece(from, to, weight * 1_000);
        for step in 0..1_000u64 {
            let at = (2 * step + 1) as f64 / 2_000.0;
            slow.add((from as f64 + (to as f64 - from as f64) * at) as u64, weight);
        }
    }
    let (fast, slow) = (fast.seal(), slow.seal());
    for q in [0.05, 0.2, 0.5, 0.77, 0.9, 0.99] {
        let (a, b) = (fast.quantile(q).expect("time"), slow.quantile(q).expect("time"));
        assert!((a - b).abs() <= 0.012 * b + 1.0, "{q}: {a} and {b}");
    }
    assert!((fast.mean().expect("time") / slow.mean().expect("time") - 1.0).abs() < 1e-3);
}

#[test]
fn a_level_that_stands_still_is_its_own_quantile() {
    let mut sketch = Sketch::default();
    sketch.add(0, 10);
    sketch.add(5, 80);
    sketch.add(1 << 40, 10);
    let sealed = sketch.seal();
    assert_eq!(sealed.quantile(0.05), Some(0.0));
    assert_eq!(sealed.quantile(0.5), Some(5.0));
    assert_eq!(sealed.quantile(1.0), Some((1u64 << 40) as f64));
    assert_eq!(sealed.fraction_above(5.0), Some(0.1));
    assert_eq!(sealed.fraction_above(0.0), Some(0.9));
    assert_eq!(Sketch::default().seal().quantile(0.5), None);
    assert_eq!(Sealed::merged([&sealed, &sealed]).quantile(0.5), Some(5.0));
}
