//! Somebody deletes a share of the stamp's source VMs with all their disks, those on the appliance included. Nobody
//! repairs it: a re-protect then needs new disks, a failback a new VM (domain facts 2.2, rows 12, 15, 22).

use crate::contract::{MachineRole, Observation, ResyncReason};
use crate::units::{Ratio, StampId, Timestamp, VmId};
use crate::world::World;

pub(super) fn strike(world: &mut World, now: Timestamp, name: &str, stamp: StampId, share: Ratio) {
    let on = |vm: &VmId| world.inventory.vm(*vm).on == stamp;
    let vms: Vec<VmId> = world.inventory.vm_ids().filter(on).collect();
    for vm in super::chosen(world, now, name, vms, share, |vm| *vm) {
        delete(world, now, vm);
    }
}

fn delete(world: &mut World, now: Timestamp, vm: VmId) {
    let role = MachineRole::Original;
    if world.estate[vm.index()].machine(role).runs() {
        world.lose(now, vm, role);
    } else if world.estate[vm.index()].replicated() == Some(role) {
        // It was down already, and what waited for its return waits in vain.
        world.pipeline.lose_source(now, vm);
    }
    world.remove_machine(now, vm, role);
    world.listen_for_agent(now, vm);
    let back = world.estate[vm.index()].replicated() == Some(MachineRole::Replica);
    let disks = &mut world.estate[vm.index()].disks;
    let (source, temporary, reverse) = (disks.source.take(), disks.temporary.take(), disks.reverse.take());
    if let Some(appliance) = reverse.and_then(|reverse| reverse.attached) {
        world.slots.give(appliance, world.disk_count(vm));
        if back {
            world.record.say(Observation::ResyncNeeded { vm, why: ResyncReason::ReplicaDiskMissing });
        }
    }
    [source, temporary, reverse.map(|reverse| reverse.set)].into_iter().for_each(|set| world.free_disks(set));
}
