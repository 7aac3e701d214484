//! A link yields only a share of its bandwidth. Of several causes the worst counts; they do not multiply.

use crate::units::{LinkId, Ratio, Timestamp};
use crate::world::World;

pub(super) fn strike(world: &mut World, now: Timestamp, link: LinkId, to: Ratio) {
    world.works.slow(link, to);
    world.refresh(now);
}

pub(super) fn lift(world: &mut World, now: Timestamp, link: LinkId, to: Ratio) {
    world.works.speed_up(link, to);
    world.refresh(now);
}
