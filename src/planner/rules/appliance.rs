//! One appliance: what it moves, how many disks it carries, and how re-protection is cut into batches.
//!
//! Throughput, two shared resources (calibrated to a published test, domain facts 5.1, inferred):
//!
//! ```text
//! storage     Σ bytes/s + op_bytes · Σ ops/s  ≤ storage_rate
//! processor   Σ ops/s   + Σ min(disk_ops, ops/s of the disk) ≤ ops_max
//! ```
//!
//! An idle disk costs nothing and no operation counts more than twice, so one appliance carries many disks that write little;
//! in the rows of the test that the processor limits, a disk makes 128 or 256 operations per second, more than `disk_ops`.
//! It has as many free numbers as the test has rows, so it interpolates and proves nothing. Slots: a machine's disks go
//! together, so batches are bins (first fit decreasing; Johnson 1974: never above 11/9 of the best, plus 1).
//! Units: bytes, operations per second in thousandths. Comparisons are exact in 128-bit integers.

use crate::inventory::limits::Envelope;
use crate::units::{ByteRate, Bytes};

/// Returns the operations per second that `churn` in blocks of `block` makes, rounded up; the smallest unit is `floor`.
///
/// Domain facts 3.2, 5.1 (documented: throughput over block size). Arithmetic of the test's ops column.
pub fn operations(churn: ByteRate, block: Bytes, floor: Bytes) -> u64 {
    churn.0.div_ceil(block.max(floor).0.max(1))
}

/// Which resource of the envelope is short first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bottleneck {
    Storage,
    Processor,
}

/// The number of disks an appliance carries, and what stops the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskCount {
    pub disks: u64,
    pub next_lacks: Bottleneck,
}

/// Returns how many disks that each replicate `churn` (not zero) in blocks of `block` one appliance carries.
///
/// Largest `n` that meets both lines of the module doc with `ops = churn / block`; `block` is at least the smallest
/// unit. `None`: the disks cost nothing, so there is no largest number. Domain facts 5.1 (inferred), G1 and G2.
pub fn disks_max(envelope: &Envelope, churn: ByteRate, block: Bytes) -> Option<DiskCount> {
    let (churn, block) = (u128::from(churn.0), u128::from(block.0.max(1)));
    let storage_cost = churn * block + u128::from(envelope.op_bytes) * churn;
    let operations = churn * 1_000;
    let processor_cost = operations + operations.min(u128::from(envelope.disk_ops_milli) * block);
    let storage = (u128::from(envelope.storage_rate.0) * block).checked_div(storage_cost);
    let processor = (u128::from(envelope.ops_max_milli) * block).checked_div(processor_cost);
    let (disks, next_lacks) = match (storage, processor) {
        (Some(disks), Some(other)) if disks <= other => (disks, Bottleneck::Storage),
        (Some(_) | None, Some(disks)) => (disks, Bottleneck::Processor),
        (Some(disks), None) => (disks, Bottleneck::Storage),
        (None, None) => return None,
    };
    Some(DiskCount { disks: u64::try_from(disks).unwrap_or(u64::MAX), next_lacks })
}

/// Says whether an appliance carries `disks` that together move `churn` at `ops_milli` thousandths of operations/s.
///
/// Both lines of the module doc, as if the disks were equal: unequal ones cost the processor less or the same. Domain facts
/// 5.1 (inferred).
pub fn carries(envelope: &Envelope, churn: ByteRate, ops_milli: u64, disks: u64) -> bool {
    let storage = u128::from(churn.0) * 1_000 + u128::from(envelope.op_bytes) * u128::from(ops_milli);
    let operations = u128::from(ops_milli);
    let processor = operations + operations.min(u128::from(envelope.disk_ops_milli) * u128::from(disks));
    storage <= u128::from(envelope.storage_rate.0) * 1_000 && processor <= u128::from(envelope.ops_max_milli)
}

/// Returns the mean rate of machines that each write `burst` so many times an hour, rounded up.
///
/// `machines · burst · bursts / 3600 s`. Arithmetic of domain facts 5.2.
pub fn burst_rate(machines: u64, burst: Bytes, bursts_per_hour: u64) -> ByteRate {
    let per_hour = u128::from(machines) * u128::from(burst.0) * u128::from(bursts_per_hour);
    ByteRate(u64::try_from(per_hour.div_ceil(3_600)).unwrap_or(u64::MAX))
}

/// Returns the slots for re-protection: those of the appliance's size less the ones of its own disks.
///
/// Domain facts 2.3 (documented: 32 − 1).
pub fn free_slots(data_disks: u32, own_disks: u32) -> u32 {
    data_disks.saturating_sub(own_disks)
}

/// Returns the least number of re-protect batches if machines could be split: `⌈disks / slots⌉`; `None` without slots.
///
/// A lower bound for [`reprotect_batches`]. Domain facts 2.3 (documented), validation cases V03 and V30.
pub fn batches_at_least(disks: u64, slots: u32) -> Option<u64> {
    (slots > 0).then(|| disks.div_ceil(u64::from(slots)))
}

/// Returns batches of machines (indexes into `disks_of`) whose disks fit the slots together.
///
/// First fit decreasing, ties by index: machines with most disks first, each into the first batch with room. `Err` names
/// the machines that have more disks than there are slots: the product refuses them. Domain facts 2.3 (documented: a
/// machine's disks, OS disk included, are attached together), validation case V03.
pub fn reprotect_batches(disks_of: &[u32], slots: u32) -> Result<Vec<Vec<usize>>, Vec<usize>> {
    let too_large: Vec<usize> = (0..disks_of.len()).filter(|&vm| disks_of[vm] > slots).collect();
    if !too_large.is_empty() {
        return Err(too_large);
    }
    let mut order: Vec<usize> = (0..disks_of.len()).collect();
    order.sort_by_key(|&vm| (std::cmp::Reverse(disks_of[vm]), vm));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut free: Vec<u32> = Vec::new();
    for vm in order {
        let fitting = free.iter().position(|&room| room >= disks_of[vm]);
        let batch = fitting.unwrap_or_else(|| {
            batches.push(Vec::new());
            free.push(slots);
            batches.len() - 1
        });
        batches[batch].push(vm);
        free[batch] -= disks_of[vm];
    }
    Ok(batches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Fewest batches by trying every place for every machine.
    fn best(disks_of: &[u32], slots: u32, free: &mut Vec<u32>) -> usize {
        let Some((&disks, rest)) = disks_of.split_first() else { return free.len() };
        let mut fewest = usize::MAX;
        for batch in 0..free.len() {
            if free[batch] >= disks {
                free[batch] -= disks;
                fewest = fewest.min(best(rest, slots, free));
                free[batch] += disks;
            }
        }
        free.push(slots - disks);
        fewest = fewest.min(best(rest, slots, free));
        free.pop();
        fewest
    }

    proptest! {
        #[test]
        fn every_machine_is_in_one_batch_and_no_batch_is_too_large(
            disks_of in prop::collection::vec(1u32..12, 0..60), slots in 12u32..40,
        ) {
            let batches = reprotect_batches(&disks_of, slots).unwrap();
            let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..disks_of.len()).collect::<Vec<_>>());
            for batch in &batches {
                prop_assert!(batch.iter().map(|&vm| disks_of[vm]).sum::<u32>() <= slots);
            }
        }

        #[test]
        fn v30_first_fit_decreasing_stays_within_eleven_ninths_of_the_best(
            disks_of in prop::collection::vec(1u32..12, 0..8),
        ) {
            let found = reprotect_batches(&disks_of, 12).unwrap().len();
            let fewest = best(&disks_of, 12, &mut Vec::new());
            let bound = batches_at_least(disks_of.iter().map(|&d| u64::from(d)).sum(), 12).unwrap();
            prop_assert!(bound <= fewest as u64);
            prop_assert!(fewest <= found && 9 * found <= 11 * fewest + 9);
        }

        #[test]
        fn the_largest_number_of_disks_is_carried_and_one_more_is_not(
            churn in 1u64..50_000_000, block_kib in 1u64..4_096,
        ) {
            let envelope = Envelope {
                storage_rate: ByteRate(143_000_000), op_bytes: 9_000, ops_max_milli: 4_700_000, disk_ops_milli: 42_000,
            };
            // Whole operations per disk, so that both ways of asking see the same load.
            let block = Bytes::kib(block_kib);
            let churn = ByteRate(churn.div_ceil(block.0) * block.0);
            let ops_milli = operations(churn, block, Bytes::ZERO) * 1_000;
            let most = disks_max(&envelope, churn, block).unwrap().disks;
            prop_assert!(carries(&envelope, churn * most, ops_milli * most, most));
            prop_assert!(!carries(&envelope, churn * (most + 1), ops_milli * (most + 1), most + 1));
        }
    }

    /// Blocks of 8 KiB, P = 4700, c = 42: 10 operations per second cost 20, so 235 disks; 100 cost 142, so 33.
    #[test]
    fn a_disk_at_most_doubles_its_operations() {
        let envelope = Envelope {
            storage_rate: ByteRate::mb(1_000),
            op_bytes: 9_000,
            ops_max_milli: 4_700_000,
            disk_ops_milli: 42_000,
        };
        let most = |operations| {
            let found = disks_max(&envelope, ByteRate(Bytes::kib(8).0 * operations), Bytes::kib(8)).unwrap();
            (found.disks, found.next_lacks)
        };
        assert_eq!(most(10), (235, Bottleneck::Processor));
        assert_eq!(most(100), (33, Bottleneck::Processor));
        assert!(carries(&envelope, ByteRate::ZERO, 0, 1_000_000));
    }

    /// First fit in the given order would need three batches.
    #[test]
    fn large_machines_are_placed_first() {
        assert_eq!(reprotect_batches(&[4, 4, 6, 6], 10), Ok(vec![vec![2, 0], vec![3, 1]]));
    }

    #[test]
    fn blocks_below_the_smallest_unit_are_counted_as_it() {
        assert_eq!(operations(ByteRate::mib(1), Bytes(512), Bytes::kib(8)), 128);
        assert_eq!(operations(ByteRate(8_193), Bytes::kib(8), Bytes::ZERO), 2);
    }

    #[test]
    fn a_machine_larger_than_the_appliance_is_named() {
        assert_eq!(reprotect_batches(&[3, 32, 1, 40], 31), Err(vec![1, 3]));
        assert_eq!(reprotect_batches(&[], 0), Ok(vec![]));
        assert_eq!(batches_at_least(5, 0), None);
    }

    #[test]
    fn an_appliance_without_costs_has_no_largest_number() {
        let free = Envelope { storage_rate: ByteRate(1), ops_max_milli: 1, ..Envelope::default() };
        assert_eq!(disks_max(&free, ByteRate::ZERO, Bytes::kib(8)), None);
    }
}
