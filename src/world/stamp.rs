//! What works and what does not: causes are counted, so that a thing works again only when the last of them is gone.
//!
//! ```text
//! appliance works = not deleted, not down itself, its stamp has light
//! cache works     = not down itself, its stamp has light          service: the same
//! link yields     = nothing when down, else the least of what slow causes leave
//! ```
//! Invariant: a count never falls below zero (a lift without a strike is a bug and panics).

use crate::inventory::Inventory;
use crate::units::{ApplianceId, CacheId, LinkId, Ratio, StampId};

#[derive(Debug)]
pub(super) struct Works {
    stamps: Vec<u32>,
    links: Vec<u32>,
    slow: Vec<Vec<Ratio>>,
    appliances: Vec<u32>,
    caches: Vec<u32>,
    services: Vec<u32>,
    /// Appliances that were deleted by order.
    pub appliance_deleted: Vec<bool>,
}

/// What the data path was told last, so that it hears of changes only.
#[derive(Debug)]
pub(super) struct Told {
    pub links: Vec<Ratio>,
    pub appliances: Vec<bool>,
    pub caches: Vec<bool>,
    pub services: Vec<bool>,
}

impl Told {
    pub fn new(inventory: &Inventory) -> Self {
        Self {
            links: vec![Ratio::ONE; inventory.links.len()],
            appliances: vec![true; inventory.appliances.len()],
            caches: vec![true; inventory.caches.len()],
            services: vec![true; inventory.stamps.len()],
        }
    }
}

/// A thing of which outages are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Stamp(StampId),
    Link(LinkId),
    Appliance(ApplianceId),
    Cache(CacheId),
    Service(StampId),
}

impl Works {
    pub fn new(inventory: &Inventory) -> Self {
        let (stamps, links) = (inventory.stamps.len(), inventory.links.len());
        Self {
            stamps: vec![0; stamps],
            links: vec![0; links],
            slow: vec![Vec::new(); links],
            appliances: vec![0; inventory.appliances.len()],
            caches: vec![0; inventory.caches.len()],
            services: vec![0; stamps],
            appliance_deleted: vec![false; inventory.appliances.len()],
        }
    }

    fn count(&mut self, thing: Thing) -> &mut u32 {
        match thing {
            Thing::Stamp(id) => &mut self.stamps[id.index()],
            Thing::Link(id) => &mut self.links[id.index()],
            Thing::Appliance(id) => &mut self.appliances[id.index()],
            Thing::Cache(id) => &mut self.caches[id.index()],
            Thing::Service(id) => &mut self.services[id.index()],
        }
    }

    /// One more cause; says whether it is the first.
    pub fn strike(&mut self, thing: Thing) -> bool {
        let count = self.count(thing);
        *count += 1;
        *count == 1
    }

    /// One cause less; says whether it was the last.
    pub fn lift(&mut self, thing: Thing) -> bool {
        let count = self.count(thing);
        *count = count.checked_sub(1).expect("what is lifted was struck before");
        *count == 0
    }

    pub fn slow(&mut self, link: LinkId, to: Ratio) {
        self.slow[link.index()].push(to);
    }

    pub fn speed_up(&mut self, link: LinkId, to: Ratio) {
        let causes = &mut self.slow[link.index()];
        if let Some(index) = causes.iter().position(|cause| *cause == to) {
            causes.swap_remove(index);
        }
    }

    pub fn stamp(&self, id: StampId) -> bool {
        self.stamps[id.index()] == 0
    }

    pub fn link_yields(&self, id: LinkId) -> Ratio {
        if self.links[id.index()] > 0 {
            return Ratio::ZERO;
        }
        self.slow[id.index()].iter().copied().min().unwrap_or(Ratio::ONE).min(Ratio::ONE)
    }

    pub fn appliance(&self, inventory: &Inventory, id: ApplianceId) -> bool {
        let index = id.index();
        self.appliances[index] == 0 && !self.appliance_deleted[index] && self.stamp(inventory.appliance(id).on)
    }

    pub fn cache(&self, inventory: &Inventory, id: CacheId) -> bool {
        self.caches[id.index()] == 0 && self.stamp(inventory.cache(id).on)
    }

    pub fn service(&self, id: StampId) -> bool {
        self.services[id.index()] == 0 && self.stamp(id)
    }

    /// Heartbeats of this appliance reach its vault.
    pub fn beats(&self, inventory: &Inventory, id: ApplianceId) -> bool {
        let link = inventory.appliance(id).link;
        self.appliance(inventory, id) && self.link_yields(link) > Ratio::ZERO && self.stamp(inventory.link(link).to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Stamp;

    #[test]
    fn a_stamp_struck_twice_has_light_only_after_the_second_lift() {
        let stamps = vec![Stamp { name: "east".into(), servers: None }];
        let mut works = Works::new(&Inventory { stamps, ..Inventory::default() });
        let east = Thing::Stamp(StampId(0));
        assert!(works.strike(east), "the first cause");
        assert!(!works.strike(east));
        assert!(!works.lift(east), "one cause is left");
        assert!(!works.stamp(StampId(0)));
        assert!(works.lift(east));
        assert!(works.stamp(StampId(0)) && works.service(StampId(0)));
    }
    fn with_link() -> Works {
        let link = crate::inventory::Link {
            name: "wan".into(),
            from: StampId(0),
            to: StampId(1),
            bandwidth: crate::units::BitRate::mbit(1),
            round_trip: crate::units::Duration::ZERO,
            flow_window: None,
            throttle: Vec::new(),
        };
        Works::new(&Inventory { links: vec![link], ..Inventory::default() })
    }

    /// 50 % and 20 % at once yield 20 %; both at 20 %, one lifted, still 20 %; down beats slow.
    #[test]
    fn of_several_slow_causes_the_worst_counts() {
        let (mut works, link) = (with_link(), LinkId(0));
        assert_eq!(works.link_yields(link), Ratio::ONE);
        works.slow(link, Ratio::percent(50));
        works.slow(link, Ratio::percent(20));
        works.slow(link, Ratio::percent(20));
        works.speed_up(link, Ratio::percent(20));
        assert_eq!(works.link_yields(link), Ratio::percent(20));
        works.strike(Thing::Link(link));
        assert_eq!(works.link_yields(link), Ratio::ZERO);
        works.lift(Thing::Link(link));
        works.speed_up(link, Ratio::percent(20));
        assert_eq!(works.link_yields(link), Ratio::percent(50));
        works.speed_up(link, Ratio::percent(50));
        assert_eq!(works.link_yields(link), Ratio::ONE);
    }
}
