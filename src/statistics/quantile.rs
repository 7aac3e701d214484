//! Quantiles and means of plain samples.
//!
//! Definition: the q-quantile is the smallest sample x with at least a share q of all samples at or below x
//! (Hyndman and Fan's type 1), the same as for oracles and sketches. Unit: that of the samples.

/// The smallest sample with at least a share `q` at or below it. `None` without samples. `sorted` rises.
pub fn quantile_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    sorted.get(rank(sorted.len(), q)?).copied()
}

/// Place (from 0) of the q-quantile among `count` sorted samples.
fn rank(count: usize, q: f64) -> Option<usize> {
    let last = count.checked_sub(1)?;
    // Shares such as 0.95 are not exact in binary: 0.95 · 20 must be 19, not the number above it.
    let place = (q * count as f64 - 1e-9 * count as f64).ceil();
    Some((place as usize).saturating_sub(1).min(last))
}

/// Arithmetic mean, added in the order given. `None` without samples.
pub fn mean(samples: &[f64]) -> Option<f64> {
    (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_smallest_sample_with_its_share_below() {
        let samples: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(quantile_sorted(&samples, 0.95), Some(19.0));
        assert_eq!(quantile_sorted(&samples, 0.951), Some(20.0));
        assert_eq!(quantile_sorted(&samples, 0.5), Some(10.0));
        assert_eq!(quantile_sorted(&samples, 0.0), Some(1.0));
        assert_eq!(quantile_sorted(&samples, 1.0), Some(20.0));
        assert_eq!(quantile_sorted(&[], 0.5), None);
    }

    #[test]
    fn every_quantile_agrees_with_counting() {
        let samples = [3.0, 3.0, 5.0, 8.0, 8.0, 8.0, 13.0];
        for percent in 1..=100_usize {
            let slow = samples
                .iter()
                .find(|x| samples.iter().filter(|y| y <= x).count() * 100 >= percent * samples.len())
                .copied();
            assert_eq!(quantile_sorted(&samples, percent as f64 / 100.0), slow, "{percent} %");
        }
    }
}
