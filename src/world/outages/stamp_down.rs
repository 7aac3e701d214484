//! A stamp goes dark as a whole: machines, appliances, caches, service, vaults.
//!
//! Machines that ran are lost, and with the one that is replicated everything its agent had not sent. When there is light
//! again they boot by themselves, failed over or not: the product leaves them untouched, so two may run. A machine that was
//! shut down by order stays down. The guest of a replicated machine comes back with a change log that cannot be trusted
//! (domain facts 3.6, 7).

use crate::units::{StampId, Timestamp};
use crate::world::World;
use crate::world::estate::State;
use crate::world::stamp::Thing;

pub(super) fn strike(world: &mut World, now: Timestamp, stamp: StampId) {
    if !world.works.strike(Thing::Stamp(stamp)) {
        return;
    }
    world.interrupt(now, stamp);
    for (vm, role) in world.machines_on(stamp) {
        if world.estate[vm.index()].machine(role).runs() {
            world.lose(now, vm, role);
        }
    }
    world.refresh(now);
}

pub(super) fn lift(world: &mut World, now: Timestamp, stamp: StampId) {
    if !world.works.lift(Thing::Stamp(stamp)) {
        return;
    }
    for (vm, role) in world.machines_on(stamp) {
        if world.estate[vm.index()].machine(role).state == State::Lost {
            world.boot_again(now, vm, role, stamp);
        }
    }
    world.refresh(now);
}
