//! How long things take: transfers, catching up, re-protection, retries, and how old periodic copies are.
//!
//! Formulas: transfer `data / (link · efficiency)`; catch-up after an outage `λ d / (μ − λ)`, without end when
//! `μ ≤ λ`; a copy taken every `P` that needs `T` to arrive is between `T` and `T + P` old. Times round up.
//! Units: bytes, bits per second for links, bytes per second for churn. Sources: domain facts 3.6, 6.2 (G15, G24);
//! validation cases V13, V15, V16, V20, V21, V23, V30.

use crate::units::{BitRate, ByteRate, Bytes, Duration, Ratio};

/// Returns the time to send `data` over a link of which `efficiency` carries payload; `None` when nothing gets through.
///
/// `data / (link · efficiency)`. Vendors' sizing guides (documented there): 1 for StoreVirtual, 0.8 for DPM, about 0.7 for
/// vSphere Replication (inferred from its printed times).
pub fn transfer_time(data: Bytes, link: BitRate, efficiency: Ratio) -> Option<Duration> {
    link.bytes().share(efficiency).time_for(data)
}

/// Returns the link rate that changes of `churn` need when reduction (compression, deduplication) saves `saved` of them.
///
/// `churn · (1 − saved)`, rounded up. Zerto sizing notes, validation case V20 (documented there).
pub fn reduced_rate(churn: ByteRate, saved: Ratio) -> ByteRate {
    ByteRate(churn.0 - churn.share(saved.min(Ratio::ONE)).0)
}

/// Returns the link rate for changes of `churn` in sum, with `headroom` on top.
///
/// `Σ churn · (1 + headroom)`, rounded down as the source does. AWS DRS guide, validation case V21 (documented there).
pub fn rate_with_headroom(churn: &[ByteRate], headroom: Ratio) -> ByteRate {
    let sum: ByteRate = churn.iter().copied().sum();
    sum + sum.share(headroom)
}

/// Returns the backlog after `outage` with changes of `churn` and nothing sent.
///
/// `λ d`. Fluid queue (inferred), validation case V30.
pub fn backlog_after(outage: Duration, churn: ByteRate) -> Bytes {
    churn.over(outage)
}

/// Returns the time from the end of an outage until the backlog is gone; `None`: the link never catches up.
///
/// `λ d / (μ − λ)`, rounded up, without end when `μ ≤ λ` and something is written. Domain facts 3.8 (inferred, fluid
/// queue), validation cases V21 and V30.
pub fn catch_up_time(outage: Duration, churn: ByteRate, link: ByteRate) -> Option<Duration> {
    if churn.0 == 0 || outage.is_zero() {
        return Some(Duration::ZERO);
    }
    let spare = link.saturating_sub(churn).0;
    let ns = (spare > 0).then(|| (u128::from(churn.0) * u128::from(outage.ns())).div_ceil(u128::from(spare)))?;
    Some(Duration::from_ns(u64::try_from(ns).unwrap_or(u64::MAX)))
}

/// Returns the machines of `size` on average whose initial copies fit into `goal` at the rate left by changes.
///
/// `⌊free · goal / size⌋`, zero for size zero. Domain facts 8.3 (inferred).
pub fn initial_batch(free: ByteRate, goal: Duration, size: Bytes) -> u64 {
    free.over(goal).0.checked_div(size.0).unwrap_or(0)
}

/// Parts of a re-protection that sends differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReprotectEstimate {
    /// Comparing source and replica.
    pub checksum: Duration,
    pub transfer: Duration,
    /// Making the first point.
    pub processing: Duration,
    /// Workers of the service are added.
    pub autoscale_min: Duration,
    pub autoscale_max: Duration,
}

impl ReprotectEstimate {
    /// Shortest and longest sum of the parts.
    pub fn total(&self) -> (Duration, Duration) {
        let fixed = self.checksum + self.transfer + self.processing;
        (fixed + self.autoscale_min, fixed + self.autoscale_max)
    }
}

/// Returns how long re-protection with differences takes at least; `None` at rate zero.
///
/// Checksum as long as enabling took, transfer at the difference rate (23 % of the disk's), a fifth of both for the
/// point, then 20 to 30 min. Domain facts 6.2 (sibling; for this product a lower bound for orientation).
pub fn reprotect_estimate(enabling: Duration, difference: Bytes, rate: ByteRate) -> Option<ReprotectEstimate> {
    let transfer = rate.time_for(difference)?;
    Some(ReprotectEstimate {
        checksum: enabling,
        transfer,
        processing: (enabling + transfer) / 5,
        autoscale_min: Duration::minutes(20),
        autoscale_max: Duration::minutes(30),
    })
}

/// Returns the wait before retry `attempt` (1 for the first): 1, 2, 4, 8, 10 min, then 30 min each time.
///
/// Domain facts 3.6 (sibling, Hyper-V), G24.
pub fn retry_wait(attempt: u32) -> Duration {
    Duration::minutes(match attempt {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4 => 8,
        5 => 10,
        _ => 30,
    })
}

/// Copies taken every `interval` that are usable `transfer` later, one after another (`transfer ≤ interval`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodicCopies {
    pub interval: Duration,
    pub transfer: Duration,
}

impl PeriodicCopies {
    /// Age of the newest usable copy just before the next one arrives: `P + T`. Validation case V30 (inferred).
    pub fn age_max(&self) -> Duration {
        self.interval + self.transfer
    }

    /// Age averaged over time, and mean loss of a failure at a random moment: `T + P / 2`. Validation case V30.
    pub fn age_mean(&self) -> Duration {
        self.transfer + self.interval / 2
    }

    /// Probability that a failure at a random moment loses more than `span`: `(T + P − R) / P`, held to 0 … 1.
    ///
    /// The age is uniform on `T … T + P`, since failures do not know the schedule. Rounded down. Validation case V30.
    pub fn share_losing_more_than(&self, span: Duration) -> Ratio {
        let over = self.age_max().saturating_sub(span).ns();
        if over == 0 {
            return Ratio::ZERO;
        }
        if over >= self.interval.ns() {
            return Ratio::ONE;
        }
        Ratio::from_ppm((u128::from(over) * 1_000_000 / u128::from(self.interval.ns())) as u32)
    }

    /// The transfer is not over when the next copy is due: the wanted interval cannot be held. Domain facts 3.8.
    pub fn falls_behind(&self) -> bool {
        self.transfer > self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_no_faster_than_the_changes_never_catches_up() {
        let hour = Duration::hours(1);
        assert_eq!(catch_up_time(hour, ByteRate(10), ByteRate(10)), None);
        assert_eq!(catch_up_time(hour, ByteRate(10), ByteRate(20)), Some(hour));
        assert_eq!(catch_up_time(hour, ByteRate::ZERO, ByteRate::ZERO), Some(Duration::ZERO));
    }

    /// Catching up takes as long as sending the backlog and all that is written meanwhile.
    #[test]
    fn what_is_sent_while_catching_up_is_what_was_written() {
        let (outage, churn, link) = (Duration::secs(700), ByteRate(3_000), ByteRate(10_000));
        let catch_up = catch_up_time(outage, churn, link).unwrap();
        assert_eq!(link.over(catch_up), churn.over(outage + catch_up));
    }

    #[test]
    fn a_saving_is_rounded_against_us() {
        assert_eq!(reduced_rate(ByteRate(3), Ratio::percent(50)), ByteRate(2));
    }

    #[test]
    fn a_failure_always_loses_the_transfer_and_never_more_than_an_interval_beyond() {
        let copies = PeriodicCopies { interval: Duration::secs(100), transfer: Duration::secs(20) };
        for (lost_s, ppm) in [(0, 1_000_000), (20, 1_000_000), (45, 750_000), (70, 500_000), (120, 0), (500, 0)] {
            assert_eq!(copies.share_losing_more_than(Duration::secs(lost_s)), Ratio::from_ppm(ppm), "{lost_s} s");
        }
        assert!(!copies.falls_behind());
        assert!(PeriodicCopies { transfer: Duration::secs(101), ..copies }.falls_behind());
    }
}
