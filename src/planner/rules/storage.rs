//! Storage on the target and on the volumes of the source: replicas, daily change, reserves, free space.
//!
//! Units: bytes. What may fall below zero (free space seen by a later machine) is a signed byte count.
//! Sources: domain facts 1.2, 4.4, 5.4, 5.8, 8.3 (G9, G10, G22); EqualLogic rule: validation case V29.

use crate::units::{ByteRate, Bytes, Duration, Ratio};

/// Returns the size of a replica disk at the end of initial replication: source size plus the product's extra.
///
/// Domain facts 1.2 (documented: one more GB).
pub fn replica_size(source: Bytes, extra: Bytes) -> Bytes {
    source + extra
}

/// Says whether the grown replica still is a disk the platform can have.
///
/// `source + extra ≤ platform_max`; a disk at the platform's limit is accepted and then never finishes its initial
/// replication. Domain facts 5.4 (documented).
pub fn replica_fits(source: Bytes, extra: Bytes, platform_max: Bytes) -> bool {
    replica_size(source, extra) <= platform_max
}

/// Allocated size of the replicas of `disks`: at the start (seed disks) and at the end of initial replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaSpace {
    pub at_start: Bytes,
    pub at_end: Bytes,
}

/// Returns the allocated size of the replicas of `disks` before and after initial replication.
///
/// `n · seed` and `Σ (size + extra)`. Domain facts 1.2 (documented).
pub fn replica_space(disks: &[Bytes], seed: Bytes, extra: Bytes) -> ReplicaSpace {
    ReplicaSpace {
        at_start: seed * disks.len() as u64,
        at_end: disks.iter().map(|&size| replica_size(size, extra)).sum(),
    }
}

/// Returns the bounds of target storage advised for `source`: replicas and the history of their points.
///
/// `source · lowest … source · highest`; the product's guide says 1.5 to 2. Domain facts 4.4 (documented).
pub fn target_storage(source: Bytes, lowest: Ratio, highest: Ratio) -> (Bytes, Bytes) {
    (source.share(lowest), source.share(highest))
}

/// Returns what a steady change rate amounts to in a day.
///
/// `rate · 86 400 s`. Domain facts 5.8 (sibling); with MB read as MiB it gives the printed GB columns.
pub fn daily_change(rate: ByteRate) -> Bytes {
    rate.over(Duration::days(1))
}

/// Returns the mean rate of `data` over `span`, rounded up: a rate that suffices. `None` for an empty span.
///
/// `data / span`, the inverse of [`daily_change`]. Arithmetic.
pub fn mean_rate(data: Bytes, span: Duration) -> Option<ByteRate> {
    if span.is_zero() {
        return None;
    }
    let rate = (u128::from(data.0) * 1_000_000_000).div_ceil(u128::from(span.ns()));
    Some(ByteRate(u64::try_from(rate).unwrap_or(u64::MAX)))
}

/// Returns the rate of `operations_per_second` writes of `block` each, every one at least `floor` large.
///
/// `max(block, floor) · ops`: smaller changes are replicated as the smallest unit. Domain facts 3.2 (documented);
/// with a zero floor it is the array vendors' rule `KB · IOPS / 1024` (validation case V19).
pub fn write_rate(block: Bytes, operations_per_second: u64, floor: Bytes) -> ByteRate {
    ByteRate((block.max(floor) * operations_per_second).0)
}

/// Returns the free space each machine finds on a shared volume: what earlier machines may need is taken off first.
///
/// Entry `k` is `free − Σ_{i<k} delta_i` [bytes, signed]; there is one entry more than needs, for the next machine.
/// Domain facts 8.3 (sibling, Hyper-V planner).
pub fn free_space_seen(free: Bytes, delta_needs: &[Bytes]) -> Vec<i128> {
    let mut left = i128::from(free.0);
    let mut seen = vec![left];
    for need in delta_needs {
        left -= i128::from(need.0);
        seen.push(left);
    }
    seen
}

/// Returns the space to add for one machine that finds `free_seen` [bytes, signed] on its volume.
///
/// `max(initial, delta) − free`, never below zero. Domain facts 8.3 (sibling).
pub fn additional_space(initial_need: Bytes, delta_need: Bytes, free_seen: i128) -> Bytes {
    let missing = i128::from(initial_need.max(delta_need).0) - free_seen;
    Bytes(u64::try_from(missing.max(0)).unwrap_or(u64::MAX))
}

/// Returns the space an array reserves on the replica for `replicas` periodic copies of a volume.
///
/// `105 % · size + change · size · (replicas − 1)`. EqualLogic configuration guide, validation case V29 (documented there).
pub fn replica_reserve(size: Bytes, change: Ratio, replicas: u64) -> Bytes {
    size.share(Ratio::percent(105)) + size.share(change) * replicas.saturating_sub(1)
}

/// Returns the least space an array reserves beside the source volume while a copy is sent.
///
/// `5 % · size + change · size`; the safe choice is 100 %. EqualLogic configuration guide, validation case V29.
pub fn local_reserve(size: Bytes, change: Ratio) -> Bytes {
    size.share(Ratio::percent(5)) + size.share(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_rate_is_enough_to_move_the_data_in_time() {
        let rate = mean_rate(Bytes(10), Duration::secs(3)).unwrap();
        assert_eq!(rate, ByteRate(4));
        assert_eq!(mean_rate(Bytes(10), Duration::ZERO), None);
    }

    #[test]
    fn small_writes_cost_the_floor_and_large_ones_their_size() {
        let floor = Bytes::kib(8);
        assert_eq!(write_rate(Bytes(512), 10, floor), ByteRate::kib(80));
        assert_eq!(write_rate(Bytes::kib(64), 10, floor), ByteRate::kib(640));
    }

    #[test]
    fn a_full_volume_needs_all_and_what_earlier_machines_took() {
        assert_eq!(additional_space(Bytes(300), Bytes(100), 500), Bytes::ZERO);
        assert_eq!(additional_space(Bytes(300), Bytes(400), 100), Bytes(300));
        assert_eq!(additional_space(Bytes(300), Bytes(100), -100), Bytes(400));
    }
}
