//! The service of a target stamp applies nothing; the cache still takes data (domain facts 3.5).

use crate::units::{StampId, Timestamp};
use crate::world::World;
use crate::world::stamp::Thing;

pub(super) fn strike(world: &mut World, now: Timestamp, stamp: StampId) {
    world.works.strike(Thing::Service(stamp));
    world.refresh(now);
}

pub(super) fn lift(world: &mut World, now: Timestamp, stamp: StampId) {
    world.works.lift(Thing::Service(stamp));
    world.refresh(now);
}
