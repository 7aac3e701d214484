//! A link carries nothing.

use crate::units::{LinkId, Timestamp};
use crate::world::World;
use crate::world::stamp::Thing;

pub(super) fn strike(world: &mut World, now: Timestamp, link: LinkId) {
    world.works.strike(Thing::Link(link));
    world.refresh(now);
}

pub(super) fn lift(world: &mut World, now: Timestamp, link: LinkId) {
    world.works.lift(Thing::Link(link));
    world.refresh(now);
}
