//! Recovery points kept by a retention, and what they cost.
//!
//! A retention is a row of tiers, youngest first: of the points no older than `within` one per `every` is kept, zero
//! keeps all. A tier covers only what earlier tiers leave, so steady-state counts are
//! `Σ (min(within, retention) − previous within) / every`. Source: domain facts 4.2 (sibling; on this product assumed),
//! counts G11 and G12.

use crate::inventory::limits::PruningTier;
use crate::units::{Bytes, Duration};

/// Returns how many points a retention keeps in steady state when one is made every `made_every`.
///
/// Every tier counts the points of its own span only; the youngest edge belongs to the younger tier. A tier finer than
/// the points are made keeps what there is. Domain facts 4.2, G11 (sibling). A begun interval counts as one point.
pub fn kept_points(tiers: &[PruningTier], retention: Duration, made_every: Duration) -> u64 {
    assert!(!made_every.is_zero(), "points are made every 0s: their number has no bound");
    let mut from = Duration::ZERO;
    let mut spans: Vec<(Duration, Duration)> = Vec::new();
    for tier in tiers {
        let until = tier.within.min(retention).max(from);
        let every = tier.every.max(made_every);
        match spans.last_mut() {
            Some((span, spacing)) if *spacing == every => *span += until - from,
            Some(_) | None => spans.push((until - from, every)),
        }
        from = until;
    }
    spans.iter().map(|(span, every)| span.ns().div_ceil(every.ns())).sum()
}

/// Returns the points by the documents' short count: the whole retention at one spacing, the dense tier left out.
///
/// `⌊retention / every⌋`. It counts the youngest hours twice or not at all, so differences of two such counts are off by
/// one against [`kept_points`] (G12, validation case V09; sibling).
pub fn points_by_short_count(retention: Duration, every: Duration) -> u64 {
    if every.is_zero() { 0 } else { retention.ns() / every.ns() }
}

/// Returns the storage that points take beyond the first: each holds what changed since the one before it.
///
/// `points · changed`. Domain facts 4.4 (inferred from the text: only changed data is held).
pub fn point_storage(points: u64, changed_per_point: Bytes) -> Bytes {
    changed_per_point * points
}

/// Returns the monthly price of `data` in hundredths of the currency, at `price` hundredths per 10⁹ bytes and month.
///
/// Rounded up to a whole hundredth. Arithmetic of the cost example of domain facts 4.4.
pub fn monthly_price(data: Bytes, price: u64) -> u64 {
    let hundredths = (u128::from(data.0) * u128::from(price)).div_ceil(1_000_000_000);
    u64::try_from(hundredths).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIERS: [PruningTier; 2] = [
        PruningTier { within: Duration::hours(2), every: Duration::ZERO },
        PruningTier { within: Duration::hours(24), every: Duration::hours(1) },
    ];

    /// Walks the ages of a day's points and keeps the oldest of every hour beyond the dense tier.
    #[test]
    fn the_count_agrees_with_a_list_of_kept_points() {
        let mut hours = std::collections::BTreeSet::new();
        let mut kept = 0;
        for age_min in (5..=24 * 60).step_by(5) {
            let first_of_its_hour = hours.insert((age_min - 1) / 60);
            kept += u64::from(age_min <= 120 || first_of_its_hour);
        }
        assert_eq!(kept_points(&TIERS, Duration::hours(24), Duration::minutes(5)), kept);
    }

    #[test]
    fn a_retention_inside_the_dense_tier_keeps_every_point() {
        assert_eq!(kept_points(&TIERS, Duration::hours(1), Duration::minutes(5)), 12);
        assert_eq!(kept_points(&TIERS, Duration::ZERO, Duration::minutes(5)), 0);
    }

    #[test]
    fn points_made_rarely_are_not_multiplied_by_a_finer_tier() {
        assert_eq!(kept_points(&TIERS, Duration::hours(24), Duration::hours(4)), 6);
    }
}
