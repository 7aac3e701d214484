//! Somebody works by hand on replica disks that are attached to an appliance. Their content cannot be trusted any more,
//! and the manual resync it would take is not supported (domain facts 2.2, row 22). Forward replication is not touched.

use crate::contract::{Observation, ResyncReason};
use crate::units::{ApplianceId, Timestamp, VmId};
use crate::world::World;

pub(super) fn strike(world: &mut World, _now: Timestamp, appliance: ApplianceId) {
    let on = |vm: &VmId| {
        let reverse = world.estate[vm.index()].disks.reverse;
        reverse.is_some_and(|reverse| reverse.attached == Some(appliance))
    };
    let vms: Vec<VmId> = world.inventory.vm_ids().filter(on).collect();
    for vm in vms {
        world.record.say(Observation::ResyncNeeded { vm, why: ResyncReason::ReplicaDiskTampered });
    }
}
