//! What there is to replicate, before anything is in its way: the input of the fluid rules.
//!
//! `A(s, t)` of the rules is the sum of the steps between: what the disks write, over the smallest unit, compressed and coalesced as
//! on the wire ([`Writes::replicated`]). First copies are not in it. Units: bytes per step; rounded down per step.

use super::{DiskChurn, Waves};
use crate::inventory::Inventory;
use crate::units::{Bytes, Calendar, Duration, VmId};
use crate::world::Luck;

/// Returns the bytes that the wanted machines have to send, by steps of the run.
///
/// The same waves as in the run with this luck.
pub fn demand(
    inventory: &Inventory,
    (disks, calendar): (&[DiskChurn], &Calendar),
    luck: &Luck,
    wanted: &dyn Fn(VmId) -> bool,
    (step, lasts): (Duration, Duration),
) -> Vec<Bytes> {
    assert!(!step.is_zero(), "a series needs steps of some length");
    let (mut waves, of_disk) = Waves::new(disks, calendar, luck);
    let mut weights = vec![0u128; waves.len()];
    for (index, (wave, scale)) in of_disk.iter().enumerate() {
        if wanted(inventory.disks[index].vm) {
            let churn = &disks[index];
            let (replicated, _) = churn.writes.replicated(inventory.limits.write_floor);
            weights[*wave as usize] += u128::from(*scale) * u128::from(churn.share.ppm()) * replicated / MILLION;
        }
    }
    let sum_at = |waves: &Waves, t: u64| -> u128 {
        let written = |wave: usize| u128::try_from(waves.sum(wave as u32, t)).unwrap_or(0);
        (0..weights.len()).filter(|wave| weights[*wave] > 0).map(|wave| written(wave) / SECOND * weights[wave]).sum()
    };
    let (mut so_far, mut steps) = (0u128, Vec::new());
    let mut t = 0u64;
    while t < lasts.ns() {
        t = t.saturating_add(step.ns()).min(lasts.ns());
        while waves.next_turn() <= t {
            let at = waves.next_turn();
            waves.enter(at);
            waves.turn(at);
        }
        waves.enter(t);
        let sum = sum_at(&waves, t) / MILLION / MILLION;
        steps.push(Bytes(u64::try_from(sum - so_far).unwrap_or(u64::MAX)));
        so_far = sum;
    }
    steps
}

const MILLION: u128 = 1_000_000;
/// Sums of waves are in byte·ns/s.
const SECOND: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::super::{Churn, Writes};
    use super::*;
    use crate::inventory::Disk;
    use crate::kernel::Law;
    use crate::units::{ByteRate, Ratio};
    use std::sync::Arc;

    /// 1000 B/s in blocks of 4 KiB cost twice as much; compressed to a half it is the same again, and a quarter of it is this disk's.
    #[test]
    fn a_steady_disk_has_the_same_to_send_in_every_step() {
        let writes = Writes {
            block: Bytes::kib(4),
            unique: Vec::new(),
            compression: Ratio::percent(50),
            coalesce_within: Duration::ZERO,
        };
        let model = Arc::new(Churn::Steady { rate: ByteRate(1_000), noise: None });
        let bursts = Arc::new(Churn::OnOff {
            rate: ByteRate(1_000),
            on: Law::Fixed(Duration::secs(30)),
            off: Law::Fixed(Duration::secs(30)),
        });
        let disk = |model: &Arc<Churn>, percent| DiskChurn {
            model: model.clone(),
            share: Ratio::percent(percent),
            stream: "x".into(),
            writes: writes.clone(),
        };
        let mut inventory = Inventory::default();
        inventory.limits.write_floor = Bytes::kib(8);
        inventory.disks = (0..3).map(|vm| Disk { vm: VmId(vm), size: Bytes::gib(1), used: Bytes::gib(1) }).collect();
        let disks = [disk(&model, 25), disk(&bursts, 100), disk(&model, 100)];
        let churn = (&disks[..], &Calendar::default());
        let luck = &Luck::new(1, 0);
        let of = |vm: u32| {
            let wanted = move |own: VmId| own == VmId(vm);
            demand(&inventory, churn, luck, &wanted, (Duration::secs(60), Duration::secs(180)))
        };
        assert_eq!(of(0), vec![Bytes(15_000); 3]);
        assert_eq!(of(1), vec![Bytes(30_000); 3], "half of each minute");
        let all = demand(&inventory, churn, luck, &|_| true, (Duration::secs(60), Duration::secs(60)));
        assert_eq!(all, vec![Bytes(15_000 + 30_000 + 60_000)]);
    }
}
