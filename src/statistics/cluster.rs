//! How much pooled samples are worth when those of one event depend on each other.
//!
//! Forty VMs lost with one stamp are forty samples and one event. The share of samples beyond a limit is a ratio over
//! events; its variance over events against that of independent samples is the design effect, and
//!
//! ```text
//! effective count = n / design effect,     between the number of events and n
//! ```
//!
//! Where no sample (or every sample) is beyond, nothing tells how they depend: the number of events is taken, which is
//! the safe side. Unit: counts. Source: Korn and Graubard 1998 (intervals of proportions from clusters); Kish 1965.

/// Samples as (hits, count) per event → the number of independent samples that would tell as much.
pub fn effective_count(events: &[(u64, u64)]) -> f64 {
    let (m, n) = (events.len() as f64, events.iter().map(|(_, count)| count).sum::<u64>() as f64);
    let hits = events.iter().map(|(hits, _)| hits).sum::<u64>() as f64;
    if events.len() < 2 || hits == 0.0 || hits == n {
        return m;
    }
    let share = hits / n;
    let residual = |(hits, count): &(u64, u64)| *hits as f64 - share * *count as f64;
    let squares: f64 = events.iter().map(|event| residual(event) * residual(event)).sum();
    let clustered = squares * m / (m - 1.0) / (n * n);
    let independent = share * (1.0 - share) / n;
    (n * independent / clustered.max(f64::MIN_POSITIVE)).clamp(m, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_share_their_fate_count_once_per_event() {
        let together: Vec<(u64, u64)> = (0..20).map(|i| if i < 5 { (40, 40) } else { (0, 40) }).collect();
        assert!((effective_count(&together) - 20.0).abs() < 1.0, "{}", effective_count(&together));
    }

    #[test]
    fn samples_that_go_their_own_ways_count_in_full() {
        let alone: Vec<(u64, u64)> = (0..20).map(|i| (4 + i % 2 * 2, 40)).collect();
        assert_eq!(effective_count(&alone), 800.0);
        let single: Vec<(u64, u64)> = (0..100).map(|i| (u64::from(i % 10 == 0), 1)).collect();
        assert!((effective_count(&single) - 100.0).abs() <= 1.0);
    }

    #[test]
    fn without_a_hit_only_events_count() {
        assert_eq!(effective_count(&[(0, 40); 25]), 25.0);
        assert_eq!(effective_count(&[(40, 40); 25]), 25.0);
        assert_eq!(effective_count(&[]), 0.0);
    }
}
