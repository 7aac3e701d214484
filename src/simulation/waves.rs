//! Waves: which failed-over VMs people re-protect next, so that their disks find slots.
//!
//! Slots are held from the re-protect until the failback (domain facts 2.3), so the next wave starts as the last one
//! ends. VMs are taken by their order, then id; one that does not fit lets smaller ones pass. A VM with more disks than the
//! appliance has slots is ordered all the same when the slots are free: the product's refusal must be seen.

use crate::inventory::Inventory;
use crate::units::{ApplianceId, VmId};

/// Slots that people have promised, by appliance.
#[derive(Debug)]
pub struct Waves {
    taken: Vec<u32>,
    /// VMs that wait: (order, vm), sorted.
    waiting: Vec<Vec<(u32, VmId)>>,
    holds: Vec<Option<ApplianceId>>,
}

impl Waves {
    pub fn new(inventory: &Inventory) -> Self {
        let appliances = inventory.appliances.len();
        Self {
            taken: vec![0; appliances],
            waiting: vec![Vec::new(); appliances],
            holds: vec![None; inventory.vms.len()],
        }
    }

    /// The VM shall be re-protected through this appliance when there is room.
    pub fn enqueue(&mut self, appliance: ApplianceId, order: u32, vm: VmId) {
        let queue = &mut self.waiting[appliance.index()];
        if self.holds[vm.index()].is_none() && !queue.contains(&(order, vm)) {
            queue.push((order, vm));
            queue.sort_unstable();
        }
    }

    /// The VM is back, whoever brought it home, or given up: it waits for no slots and holds none. Says whether some came free.
    pub fn release(&mut self, inventory: &Inventory, vm: VmId) -> bool {
        self.waiting.iter_mut().for_each(|queue| queue.retain(|(_, other)| *other != vm));
        let Some(appliance) = self.holds[vm.index()].take() else { return false };
        self.taken[appliance.index()] -= disks(inventory, vm);
        true
    }

    /// The VMs that can start now.
    pub fn next(&mut self, inventory: &Inventory, appliance: ApplianceId) -> Vec<VmId> {
        let slots = inventory.appliance(appliance).slots;
        let mut starting = Vec::new();
        let queue = std::mem::take(&mut self.waiting[appliance.index()]);
        for (order, vm) in queue {
            let taken = &mut self.taken[appliance.index()];
            let need = disks(inventory, vm);
            if *taken + need <= slots || (*taken == 0 && need > slots) {
                *taken += need;
                self.holds[vm.index()] = Some(appliance);
                starting.push(vm);
            } else {
                self.waiting[appliance.index()].push((order, vm));
            }
        }
        starting
    }
}

fn disks(inventory: &Inventory, vm: VmId) -> u32 {
    inventory.disks_of(vm).len() as u32
}
