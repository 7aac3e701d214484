//! A cache account takes and gives nothing.

use crate::units::{CacheId, Timestamp};
use crate::world::World;
use crate::world::stamp::Thing;

pub(super) fn strike(world: &mut World, now: Timestamp, cache: CacheId) {
    world.works.strike(Thing::Cache(cache));
    world.refresh(now);
}

pub(super) fn lift(world: &mut World, now: Timestamp, cache: CacheId) {
    world.works.lift(Thing::Cache(cache));
    world.refresh(now);
}
