//! Damage that nobody notices at first: something encrypts or corrupts the data of a share of the stamp's guests. They go on
//! serving and writing, and what is written is replicated as faithfully as before; the end of the "outage" is the moment
//! at which somebody sees it. Nothing moves differently, so the world only remembers whom it hit.
//!
//! Not modelled: that damaged data is written faster, or compresses worse. Source: methods P28.

use crate::contract::{Fact, MachineRole};
use crate::units::{OutageId, Ratio, StampId, Timestamp};
use crate::world::World;
use crate::world::estate::State;

pub(super) fn strike(world: &mut World, now: Timestamp, (name, id): (&str, OutageId), stamp: StampId, share: Ratio) {
    let mut serving = world.machines_on(stamp);
    serving.retain(|(vm, role)| {
        *role != MachineRole::Test && world.estate[vm.index()].machine(*role).state == State::Serving
    });
    for (vm, _) in super::chosen(world, now, name, serving, share, |(vm, _)| *vm) {
        world.damaged.push((id, vm, now));
        world.record.fact(now, Fact::Damaged { vm });
    }
}

/// It is found.
pub(super) fn lift(world: &mut World, now: Timestamp, id: OutageId) {
    let (found, left) = std::mem::take(&mut world.damaged).into_iter().partition(|(own, ..)| *own == id);
    world.damaged = left;
    let found: Vec<(OutageId, crate::units::VmId, Timestamp)> = found;
    for (_, vm, since) in found {
        world.record.fact(now, Fact::DamageFound { vm, since });
    }
}
