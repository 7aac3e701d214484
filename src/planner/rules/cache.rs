//! Cache storage: how much waits in the account between link and replica disks.
//!
//! Formulas, per account: steady `n · churn · RPO`; blocked `n · churn · min(outage, difflog limit)`; failback to new
//! disks: the sum of the disk sizes of one batch, since whole disks pass through. Units: bytes, bytes per second.
//! Source: domain facts 5.3 and 3.5 (documented; the formulas are our reading of the text), account rates sibling.

use crate::units::{ByteRate, Bytes, Duration};

/// Returns what waits in the account when every disk changes at `churn` and its data stays for `rpo` on average.
///
/// `disks · churn · rpo`. Domain facts 5.3, rule 1 (documented).
pub fn steady_need(disks: u64, churn: ByteRate, rpo: Duration) -> Bytes {
    churn.over(rpo) * disks
}

/// Returns what gathers while data is accepted but not applied for `outage`; the service gives up at `age_max`.
///
/// `disks · churn · min(outage, age_max)`. Domain facts 5.3, rule 2 and 3.5 (documented).
pub fn blocked_need(disks: u64, churn: ByteRate, outage: Duration, age_max: Duration) -> Bytes {
    churn.over(outage.min(age_max)) * disks
}

/// Returns the peak of the account over failback batches to new machines: the largest batch, whole disks.
///
/// A batch's data leaves the account once it is applied, so batches do not add up. Domain facts 5.3, rule 3 (documented).
pub fn failback_peak(batches: &[Vec<Bytes>]) -> Bytes {
    batches.iter().map(|disks| disks.iter().copied().sum()).max().unwrap_or(Bytes::ZERO)
}

/// Returns the rate an account must take for `disks` disks at `churn` each.
///
/// Domain facts 5.3 (sibling: the account table of the Azure-to-Azure guide follows it).
pub fn account_rate(disks: u64, churn: ByteRate) -> ByteRate {
    churn * disks
}

/// Returns how many disks of `churn` one account of `rate_max` carries; `None` when a disk writes nothing.
///
/// `⌊rate_max / churn⌋`. Domain facts 5.3 (sibling).
pub fn disks_per_account(rate_max: ByteRate, churn: ByteRate) -> Option<u64> {
    rate_max.0.checked_div(churn.0)
}

/// Returns how long an empty store of `capacity` lasts when it fills at `inflow` and drains at `outflow`.
///
/// `capacity / (inflow − outflow)`, rounded down: it is full at the latest then. `None`: it never fills.
/// Fluid queue (inferred; validation case V30 with a dead link is `capacity / inflow`).
pub fn time_to_fill(capacity: Bytes, inflow: ByteRate, outflow: ByteRate) -> Option<Duration> {
    let surplus = inflow.saturating_sub(outflow).0;
    let ns = (u128::from(capacity.0) * 1_000_000_000).checked_div(u128::from(surplus))?;
    Some(Duration::from_ns(u64::try_from(ns).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_cache_stops_growing_at_the_difflog_limit() {
        let day = Duration::days(1);
        let one_hour = blocked_need(3, ByteRate(10), Duration::hours(1), day);
        assert_eq!(one_hour, Bytes(3 * 36_000));
        assert_eq!(blocked_need(3, ByteRate(10), day * 2, day), blocked_need(3, ByteRate(10), day, day));
    }

    #[test]
    fn the_failback_peak_is_the_largest_batch_and_not_the_sum() {
        let batches = [vec![Bytes::gib(10), Bytes::gib(5)], vec![Bytes::gib(12)]];
        assert_eq!(failback_peak(&batches), Bytes::gib(15));
        assert_eq!(failback_peak(&[]), Bytes::ZERO);
    }

    #[test]
    fn a_store_that_drains_as_fast_as_it_fills_is_never_full() {
        assert_eq!(time_to_fill(Bytes(100), ByteRate(10), ByteRate(10)), None);
        assert_eq!(time_to_fill(Bytes(100), ByteRate(10), ByteRate(5)), Some(Duration::secs(20)));
    }

    #[test]
    fn an_account_carries_whole_disks_only() {
        assert_eq!(disks_per_account(ByteRate(1_199), ByteRate(4)), Some(299));
        assert_eq!(disks_per_account(ByteRate(1_199), ByteRate::ZERO), None);
    }
}
