//! An appliance does nothing: no data, no heartbeat, no attach.

use crate::units::{ApplianceId, Timestamp};
use crate::world::World;
use crate::world::stamp::Thing;

pub(super) fn strike(world: &mut World, now: Timestamp, appliance: ApplianceId) {
    world.works.strike(Thing::Appliance(appliance));
    world.refresh(now);
}

pub(super) fn lift(world: &mut World, now: Timestamp, appliance: ApplianceId) {
    world.works.lift(Thing::Appliance(appliance));
    world.refresh(now);
}
