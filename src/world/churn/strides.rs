//! Sums of a row of rates, kept for every [`STRIDE`]th step only.
//!
//! The rates between lie in one line of the processor's cache, so adding them costs less than fetching a sum per step would, and a
//! thousand series take half the memory. Unit: that of the rates, per step.

/// Steps between two sums.
const STRIDE: usize = 16;

/// Sums that so many rates need.
pub(super) fn count(rates: usize) -> usize {
    rates / STRIDE + 1
}

/// Writes the sum before every [`STRIDE`]th rate; the sum of all.
pub(super) fn sum_up(rates: &[u32], sums: &mut [u64]) -> u64 {
    let mut total = 0;
    for (sum, near) in sums.iter_mut().zip(rates.chunks(STRIDE).chain(std::iter::once(&[][..]))) {
        *sum = total;
        total += near.iter().map(|rate| u64::from(*rate)).sum::<u64>();
    }
    total
}

/// Sum of the first `steps` rates.
pub(super) fn before(rates: &[u32], sums: &[u64], steps: usize) -> u64 {
    let near = &rates[steps / STRIDE * STRIDE..steps];
    sums[steps / STRIDE] + near.iter().map(|rate| u64::from(*rate)).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_the_first_rates_is_their_sum() {
        for length in [0, 1, 15, 16, 17, 31, 32, 288] {
            let rates: Vec<u32> = (0..length).map(|n| 7 * n + u32::from(n % 3 == 0) * u32::MAX / 2).collect();
            let mut sums = vec![0; count(rates.len())];
            let slow = |steps: usize| rates[..steps].iter().map(|rate| u64::from(*rate)).sum::<u64>();
            assert_eq!(sum_up(&rates, &mut sums), slow(rates.len()), "{length}");
            (0..=rates.len())
                .for_each(|steps| assert_eq!(before(&rates, &sums, steps), slow(steps), "{steps} of {length}"));
        }
    }
}
