//! Journals and replication logs: space for history, for rollback, and for what gathers while the other side is away.
//!
//! Units: bytes, bytes per second. The rules are those of array and hypervisor vendors (documented by them, not for the
//! product simulated here): RecoverPoint V17, Volume Replicator V18, P9000 and Universal Replicator V19, Zerto V20.

use crate::units::{ByteRate, Bytes, Duration, Ratio};

/// Returns the journal that can roll `rate` back by `rollback`, `image_share` of it set aside for images in use.
///
/// `rate · rollback / (1 − image_share) · 1.05`; 5 % are the journal's own data. `None` when nothing is left beside the
/// images. RecoverPoint guide, validation case V17 (documented there).
pub fn rollback_journal(rate: ByteRate, rollback: Duration, image_share: Ratio) -> Option<Bytes> {
    const WITH_OWN_DATA_PERCENT: u128 = 105;
    let usable = Ratio::ONE.ppm().checked_sub(image_share.ppm()).filter(|ppm| *ppm > 0)?;
    let need = u128::from(rate.over(rollback).0) * u128::from(Ratio::ONE.ppm()) * WITH_OWN_DATA_PERCENT;
    Some(Bytes(u64::try_from(need.div_ceil(u128::from(usable) * 100)).unwrap_or(u64::MAX)))
}

/// Returns the most that is written in any `span` of a day that repeats, `amounts` being its equal steps in order.
///
/// Maximum over starts of the cyclic sum of `⌈span / step⌉` steps, step = 1 day / count. Volume Replicator's sizing of
/// its log by outage length, validation case V18 (documented there).
pub fn most_written_in(amounts: &[Bytes], span: Duration) -> Bytes {
    let steps = amounts.len() as u64;
    if steps == 0 {
        return Bytes::ZERO;
    }
    let window = (u128::from(span.ns()) * u128::from(steps)).div_ceil(u128::from(Duration::days(1).ns())) as u64;
    let whole_days = amounts.iter().copied().sum::<Bytes>() * (window / steps);
    let rest = (window % steps) as usize;
    let most = (0..amounts.len()).map(|start| amounts.iter().cycle().skip(start).take(rest).copied().sum()).max();
    whole_days + most.unwrap_or(Bytes::ZERO)
}

/// Returns the size of a replication log: the largest of what must gather in it, with a factor for headers and safety.
///
/// `max(needs) · factor`, rounded down. Validation case V18, factor 1.25 (documented there).
pub fn log_size(needs: &[Bytes], factor: Ratio) -> Bytes {
    needs.iter().copied().max().unwrap_or(Bytes::ZERO).share(factor)
}

/// Returns the journal for `span` in which the host writes at `written` and the link takes `sent`.
///
/// `(V_host − V_link) · t`; a dead link has rate zero. Universal Replicator guide, validation case V19 (documented there).
pub fn journal_for(written: ByteRate, sent: ByteRate, span: Duration) -> Bytes {
    written.saturating_sub(sent).over(span)
}

/// Returns the journal that keeps a delta resync possible after `span`: half as much again.
///
/// `V_host · t · 1.5`, since resync fails above 70 % fill. Validation case V19 (documented there).
pub fn delta_resync_journal(written: ByteRate, span: Duration) -> Bytes {
    written.over(span).share(Ratio::percent(150))
}

/// Returns the pool for changes of one copy cycle with a safety factor.
///
/// `peak · cycle · safety`, rounded down. TrueCopy Extended guide, validation case V19 (documented there).
pub fn cycle_pool(peak: ByteRate, cycle: Duration, safety: Ratio) -> Bytes {
    peak.over(cycle).share(safety)
}

/// Returns the history a journal limited to `limit` holds when `rate` is written and `wanted` is asked for.
///
/// `min(wanted, limit / rate)`, rounded down. Zerto knowledge base, validation case V20 (documented there).
pub fn history_held(limit: Bytes, rate: ByteRate, wanted: Duration) -> Duration {
    let ns = (u128::from(limit.0) * 1_000_000_000).checked_div(u128::from(rate.0));
    ns.map_or(wanted, |ns| wanted.min(Duration::from_ns(u64::try_from(ns).unwrap_or(u64::MAX))))
}

/// Returns the most a journal takes during a test failover: the limit again, for what the test writes.
///
/// `2 · limit`. Zerto knowledge base, validation case V20 (documented there).
pub fn journal_during_test(limit: Bytes) -> Bytes {
    limit * 2
}

/// Returns the smallest size on offer that holds `need`; `None` when the ladder ends below it.
///
/// `ladder` rises. Zerto journal sizes, validation case V20 (documented there).
pub fn size_on_ladder(need: Bytes, ladder: &[Bytes]) -> Option<Bytes> {
    ladder.iter().copied().find(|size| *size >= need)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_window_runs_past_midnight() {
        let day = [Bytes(5), Bytes(1), Bytes(1), Bytes(4)];
        assert_eq!(most_written_in(&day, Duration::hours(6)), Bytes(5));
        assert_eq!(most_written_in(&day, Duration::hours(12)), Bytes(9));
        assert_eq!(most_written_in(&day, Duration::hours(7)), Bytes(9), "a begun step counts");
        assert_eq!(most_written_in(&day, Duration::hours(30)), Bytes(16));
        assert_eq!(most_written_in(&[], Duration::hours(1)), Bytes::ZERO);
    }

    #[test]
    fn a_journal_full_of_images_has_no_room_for_history() {
        assert_eq!(rollback_journal(ByteRate(1), Duration::secs(100), Ratio::ONE), None);
        assert_eq!(rollback_journal(ByteRate(1), Duration::secs(100), Ratio::ZERO), Some(Bytes(105)));
    }

    #[test]
    fn a_link_as_fast_as_the_host_needs_no_journal() {
        assert_eq!(journal_for(ByteRate(5), ByteRate(5), Duration::days(1)), Bytes::ZERO);
        assert_eq!(journal_for(ByteRate(5), ByteRate(3), Duration::secs(10)), Bytes(20));
    }

    #[test]
    fn a_quiet_disk_keeps_the_wanted_history() {
        assert_eq!(history_held(Bytes(1), ByteRate::ZERO, Duration::hours(4)), Duration::hours(4));
        assert_eq!(history_held(Bytes(60), ByteRate(2), Duration::hours(4)), Duration::secs(30));
    }
}
