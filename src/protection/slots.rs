//! Who may copy now, and who fits together: the two scarce places of an appliance.
//!
//! * [`CopyQueue`]: initial replications and resyncs run `at_once` per appliance; the others wait by order, then by id.
//! * [`waves`]: re-protect attaches every disk of a VM, the OS disk too, to a data-disk slot of the appliance (31 on the
//!   default size, domain facts 2.3). More disks than slots are done in waves: bin packing, first fit decreasing, which
//!   needs at most 11/9 of the fewest waves plus 6/9 (Dósa 2007).
//!
//! Cost: queue O(log n) per change, n the VMs that wait or copy; waves O(VMs · waves).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::units::{ApplianceId, VmId};

/// Which VMs copy and which wait, per appliance.
#[derive(Clone, Debug)]
pub struct CopyQueue {
    /// Zero: no limit.
    at_once: u32,
    waiting: Vec<BTreeSet<(u32, VmId)>>,
    copying_count: Vec<u32>,
    places: BTreeMap<VmId, Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Waiting { appliance: ApplianceId, order: u32 },
    Copying { appliance: ApplianceId },
}

impl CopyQueue {
    /// `at_once` zero: no limit.
    pub fn new(appliances: usize, at_once: u32) -> Self {
        Self {
            at_once,
            waiting: vec![BTreeSet::new(); appliances],
            copying_count: vec![0; appliances],
            places: BTreeMap::new(),
        }
    }

    /// Lets the VM wait; lower order first. A VM that copies already goes on; one that waits moves to its new place.
    pub fn enqueue(&mut self, appliance: ApplianceId, order: u32, vm: VmId) {
        if let Some(Place::Copying { .. }) = self.places.get(&vm) {
            return;
        }
        self.leave(vm);
        self.waiting[appliance.index()].insert((order, vm));
        self.places.insert(vm, Place::Waiting { appliance, order });
    }

    /// The VM neither waits nor copies any more, whatever it did.
    pub fn leave(&mut self, vm: VmId) {
        match self.places.remove(&vm) {
            Some(Place::Waiting { appliance, order }) => {
                self.waiting[appliance.index()].remove(&(order, vm));
            }
            Some(Place::Copying { appliance }) => self.copying_count[appliance.index()] -= 1,
            None => {}
        }
    }

    /// Starts the first VM that waits for this appliance, if it may copy now. Call until nothing comes.
    pub fn start_next(&mut self, appliance: ApplianceId) -> Option<VmId> {
        let copying = &mut self.copying_count[appliance.index()];
        if self.at_once > 0 && *copying >= self.at_once {
            return None;
        }
        let (_, vm) = self.waiting[appliance.index()].pop_first()?;
        *copying += 1;
        self.places.insert(vm, Place::Copying { appliance });
        Some(vm)
    }

    /// The copy is done; its place is free. A VM that does not copy is left alone.
    pub fn done(&mut self, vm: VmId) {
        if let Some(Place::Copying { .. }) = self.places.get(&vm) {
            self.leave(vm);
        }
    }
}

/// A VM with more disks than the appliance has slots: no wave can take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyDisks {
    pub vm: VmId,
    pub disks: u32,
    pub slots: u32,
}

impl fmt::Display for TooManyDisks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { disks, slots, .. } = self;
        write!(f, "a VM with {disks} disks does not fit into {slots} slots; take a larger appliance or fewer disks")
    }
}

impl std::error::Error for TooManyDisks {}

/// Packs VMs (disk counts) into re-protect waves of at most `slots` disks: first fit decreasing.
///
/// VMs with equally many disks are taken as they stand in the list (by order, then id), and stand so within a wave.
///
/// # Errors
/// The first VM that has more disks than there are slots.
pub fn waves(disks_by_vm: &[(VmId, u32)], slots: u32) -> Result<Vec<Vec<VmId>>, TooManyDisks> {
    if let Some((vm, disks)) = disks_by_vm.iter().copied().find(|(_, disks)| *disks > slots) {
        return Err(TooManyDisks { vm, disks, slots });
    }
    let mut by_size: Vec<usize> = (0..disks_by_vm.len()).collect();
    by_size.sort_by_key(|index| std::cmp::Reverse(disks_by_vm[*index].1));
    let mut packed: Vec<(u32, Vec<usize>)> = Vec::new();
    for index in by_size {
        let disks = disks_by_vm[index].1;
        match packed.iter_mut().find(|(free, _)| *free >= disks) {
            Some((free, wave)) => {
                *free -= disks;
                wave.push(index);
            }
            None => packed.push((slots - disks, vec![index])),
        }
    }
    let in_list_order = |(_, mut wave): (u32, Vec<usize>)| {
        wave.sort_unstable();
        wave.into_iter().map(|index| disks_by_vm[index].0).collect()
    };
    Ok(packed.into_iter().map(in_list_order).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: ApplianceId = ApplianceId(0);
    const B: ApplianceId = ApplianceId(1);

    fn vms(disks: &[u32]) -> Vec<(VmId, u32)> {
        disks.iter().enumerate().map(|(index, disks)| (VmId::from_index(index), *disks)).collect()
    }

    fn wave_count(disks: &[u32], slots: u32) -> usize {
        waves(&vms(disks), slots).expect("every VM fits").len()
    }

    #[test]
    fn v03_re_protect_waves_of_single_disk_vms() {
        for (disks, batches) in [(31, 1), (32, 2), (120, 4), (216, 7)] {
            assert_eq!(wave_count(&vec![1; disks], 31), batches, "{disks} disks");
        }
    }

    #[test]
    fn g7_ten_vms_of_three_disks_fit_the_eleventh_does_not() {
        assert_eq!(wave_count(&[3; 10], 31), 1);
        assert_eq!(wave_count(&[3; 11], 31), 2);
        assert_eq!((wave_count(&[1; 63], 63), wave_count(&[1; 64], 63)), (1, 2));
        let refused = waves(&vms(&[3, 32, 40]), 31);
        assert_eq!(refused, Err(TooManyDisks { vm: VmId(1), disks: 32, slots: 31 }));
    }

    #[test]
    fn within_a_wave_vms_stand_as_they_were_listed() {
        let packed = waves(&[(VmId(7), 2), (VmId(3), 9), (VmId(5), 2), (VmId(1), 9)], 11);
        assert_eq!(packed, Ok(vec![vec![VmId(7), VmId(3)], vec![VmId(5), VmId(1)]]));
    }

    /// Fewest waves by trying everything: each item into every wave that is open, or a new one.
    fn fewest(disks: &[u32], free: &mut Vec<u32>, slots: u32, best: &mut usize) {
        if free.len() >= *best {
            return;
        }
        let Some((first, rest)) = disks.split_first() else {
            *best = free.len();
            return;
        };
        for wave in 0..free.len() {
            if free[wave] >= *first {
                free[wave] -= first;
                fewest(rest, free, slots, best);
                free[wave] += first;
            }
        }
        free.push(slots - first);
        fewest(rest, free, slots, best);
        free.pop();
    }

    proptest! {
        #[test]
        fn v30_first_fit_decreasing_stays_within_its_bound(disks in prop::collection::vec(1_u32..=10, 0..9)) {
            let packed = waves(&vms(&disks), 10).expect("every VM fits");
            let mut best = disks.len() + 1;
            fewest(&disks, &mut Vec::new(), 10, &mut best);
            prop_assert!(9 * packed.len() <= 11 * best + 6, "{} waves, {} would do", packed.len(), best);
            prop_assert!(packed.len() >= disks.iter().sum::<u32>().div_ceil(10) as usize);
            for wave in &packed {
                prop_assert!(wave.iter().map(|vm| disks[vm.index()]).sum::<u32>() <= 10);
            }
            let mut all: Vec<VmId> = packed.concat();
            all.sort();
            prop_assert_eq!(all, vms(&disks).into_iter().map(|(vm, _)| vm).collect::<Vec<_>>());
        }
    }

    #[test]
    fn copies_start_by_order_then_id_and_never_more_than_allowed() {
        let mut queue = CopyQueue::new(2, 2);
        for (order, vm) in [(2, 1), (1, 9), (1, 4), (2, 0)] {
            queue.enqueue(A, order, VmId(vm));
        }
        queue.enqueue(B, 0, VmId(7));
        assert_eq!(
            [queue.start_next(A), queue.start_next(A), queue.start_next(A)],
            [Some(VmId(4)), Some(VmId(9)), None]
        );
        assert_eq!(queue.start_next(B), Some(VmId(7)), "appliances do not hinder each other");
        queue.done(VmId(9));
        queue.done(VmId(9));
        queue.leave(VmId(0));
        assert_eq!([queue.start_next(A), queue.start_next(A)], [Some(VmId(1)), None]);
        queue.leave(VmId(4));
        assert_eq!(queue.start_next(A), None, "nobody waits");
    }

    #[test]
    fn without_a_limit_everybody_starts() {
        let mut queue = CopyQueue::new(1, 0);
        (0..100).for_each(|vm| queue.enqueue(A, 0, VmId(vm)));
        let started: Vec<VmId> = std::iter::from_fn(|| queue.start_next(A)).collect();
        assert_eq!(started, (0..100).map(VmId).collect::<Vec<_>>());
    }

    #[test]
    fn a_waiting_vm_moves_and_a_copying_one_stays() {
        let mut queue = CopyQueue::new(1, 1);
        queue.enqueue(A, 5, VmId(0));
        queue.enqueue(A, 3, VmId(1));
        queue.enqueue(A, 1, VmId(0));
        assert_eq!(queue.start_next(A), Some(VmId(0)));
        queue.enqueue(A, 0, VmId(0));
        queue.done(VmId(1));
        queue.done(VmId(0));
        assert_eq!([queue.start_next(A), queue.start_next(A)], [Some(VmId(1)), None]);
    }
}
