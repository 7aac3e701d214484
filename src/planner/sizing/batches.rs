//! Order of work: first copies in batches, re-protection in waves.
//!
//! First copies (domain facts 8.3, documented for the Hyper-V tool): strictly in order; a batch has the link less the changes of the
//! machines that are already protected. A rule of the fluid, for orientation: the simulated time stands in the targets.
//! Waves: disks of a machine go together, so waves are bins of the slots of an appliance ([`reprotect_batches`]).
//!
//! Units: bytes, bytes per second.

use crate::intent::Protection;
use crate::planner::rules::appliance::reprotect_batches;
use crate::simulation::Setup;
use crate::units::{ApplianceId, ByteRate, Bytes, Duration, LinkId, VmId};

/// One batch of first copies on one link.
#[derive(Clone, Debug)]
pub struct Batch {
    pub link: LinkId,
    pub vms: Vec<VmId>,
    pub data: Bytes,
    /// Changes of the machines of earlier batches, in the mean.
    pub delta: ByteRate,
    /// What is left of the link for the copies.
    pub free: ByteRate,
    /// `None`: the changes of earlier batches take the whole link.
    pub takes: Option<Duration>,
    pub done_after: Option<Duration>,
}

/// The batches of each link: by order, then by machine, as many at a time as are enabled at once.
pub fn first_copies(setup: &Setup) -> Vec<Batch> {
    let (inventory, intent) = (&setup.inventory, &setup.intent);
    let mut batches = Vec::new();
    for link in (0..inventory.links.len()).map(LinkId::from_index) {
        let ours = |own: &Protection| inventory.appliance(own.appliance).link == link;
        let wanted = |vm: &VmId| intent.protection(*vm).is_some_and(ours);
        let mut vms: Vec<VmId> = inventory.vm_ids().filter(wanted).collect();
        vms.sort_by_key(|vm| (intent.protection(*vm).map(|own| own.order), *vm));
        let at_once = match setup.people.enabling.batch {
            0 => vms.len().max(1),
            batch => batch as usize,
        };
        let rate = inventory.link(link).bandwidth.bytes();
        let (mut delta, mut so_far) = (0.0, Some(Duration::ZERO));
        for part in vms.chunks(at_once) {
            let data: Bytes = part.iter().flat_map(|vm| inventory.disks_of(*vm)).map(|disk| disk.used).sum();
            let free = rate.saturating_sub(ByteRate(delta as u64));
            let takes = free.time_for(data).filter(|_| free.0 > 0);
            so_far = so_far.zip(takes).map(|(so_far, takes)| so_far + takes);
            let (vms, earlier) = (part.to_vec(), ByteRate(delta as u64));
            batches.push(Batch { link, vms, data, delta: earlier, free, takes, done_after: so_far });
            delta += part.iter().map(|vm| mean_rate(setup, *vm)).sum::<f64>();
        }
    }
    batches
}

/// What a machine has to send in the mean [bytes/s].
pub fn mean_rate(setup: &Setup, vm: VmId) -> f64 {
    let floor = setup.inventory.limits.write_floor;
    let disk = |index: usize| {
        let churn = &setup.physics.churn[index];
        // Operations of at least the floor, each as large as what is sent of it.
        churn.mean_ops_milli(floor) as f64 * churn.writes.replicated(floor).1 as f64 / 1_000.0
    };
    setup.inventory.disk_ids(vm).map(|id| disk(id.index())).sum()
}

/// Waves of re-protection of one appliance, at its slots and at those of the next size up.
#[derive(Clone, Debug)]
pub struct Waves {
    pub appliance: ApplianceId,
    pub disks: u32,
    pub slots: u32,
    /// Machines of each wave; `Err`: these have more disks than there are slots and are refused.
    pub waves: Result<Vec<Vec<VmId>>, Vec<VmId>>,
    /// Index of the next size of the profile with more slots, those slots, and the waves it takes (`None`: refused there too).
    pub one_size_up: Option<(usize, u32, Option<usize>)>,
}

/// The waves of every appliance that has machines, all of them to be brought home at once.
pub fn waves(setup: &Setup) -> Vec<Waves> {
    let inventory = &setup.inventory;
    let of = |appliance: ApplianceId| {
        let ours = |vm: &VmId| setup.intent.protection(*vm).is_some_and(|own| own.appliance == appliance);
        let vms: Vec<VmId> = inventory.vm_ids().filter(ours).collect();
        let disks: Vec<u32> = vms.iter().map(|vm| inventory.disks_of(*vm).len() as u32).collect();
        let own = inventory.appliance(appliance);
        let named = |batch: Vec<usize>| -> Vec<VmId> { batch.into_iter().map(|index| vms[index]).collect() };
        let packed = reprotect_batches(&disks, own.slots);
        let limits = &inventory.limits;
        let now = limits.vm_sizes[own.size].data_disks;
        let larger = (0..limits.vm_sizes.len()).filter(|index| limits.vm_sizes[*index].data_disks > now);
        let next =
            larger.min_by_key(|index| (limits.vm_sizes[*index].data_disks, limits.vm_sizes[*index].cores, *index));
        let one_size_up = next.map(|size| {
            let slots = limits.vm_sizes[size].data_disks.saturating_sub(limits.appliance_own_disks);
            (size, slots, reprotect_batches(&disks, slots).ok().map(|waves| waves.len()))
        });
        Waves {
            appliance,
            disks: disks.iter().sum(),
            slots: own.slots,
            waves: packed.map(|waves| waves.into_iter().map(named).collect()).map_err(named),
            one_size_up,
        }
    };
    let all = (0..inventory.appliances.len()).map(ApplianceId::from_index).map(of);
    all.filter(|own| own.disks > 0).collect()
}
