//! Hosts restart: a share of the stamp's running guests goes down hard and comes back after `times.guest_reboot`.
//!
//! Which ones is drawn for every VM, running or not, so that one guest more or less does not change the luck of the others;
//! the share is exact to one machine. The change log of a replicated guest is worthless only when changes stood in its
//! memory, that is when what was received is older than the processing delay (domain facts 3.6, 7: forced shutdown).
//! Nothing is lifted: each guest comes back in its own time.

use crate::units::{Ratio, StampId, Timestamp};
use crate::world::World;
use crate::world::estate::State;
use crate::world::times::Span;

pub(super) fn strike(world: &mut World, now: Timestamp, name: &str, stamp: StampId, share: Ratio) {
    if !world.works.stamp(stamp) {
        return;
    }
    let mut running = world.machines_on(stamp);
    running.retain(|(vm, role)| world.estate[vm.index()].machine(*role).state == State::Serving);
    for (vm, role) in super::chosen(world, now, name, running, share, |(vm, _)| *vm) {
        let (received, _) = world.pipeline.watermarks(now, vm);
        let replicated = world.estate[vm.index()].replicated() == Some(role);
        let unclean = replicated && now.saturating_since(received) > world.inventory.limits.processing_delay;
        let away = world.draw(Span::GuestReboot, vm);
        world.reboot_hard(now, vm, role, stamp, away, unclean);
    }
}
