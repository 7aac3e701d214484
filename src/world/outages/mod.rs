//! Outages: what breaks, when, for how long. ★ One file per kind; this is the register.
//!
//! Random ones are dated before the first event, so that a report can print them.

mod appliance_down;
mod appliance_tampered;
mod cache_down;
mod damage;
mod guest_reboot;
mod link_down;
mod link_slow;
mod schedule;
mod service_down;
mod source_deleted;
mod stamp_down;

pub use schedule::DatedOutage;
pub(in crate::world) use schedule::{Timeline, Turn};

use crate::contract::{Fact, OutageKind};
use crate::kernel::Law;
use crate::units::{ApplianceId, CacheId, Duration, LinkId, Ratio, StampId, Timestamp, VmId};
use crate::world::World;

/// One cause, and everything it takes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageSpec {
    /// Name of its random streams and in reports.
    pub name: String,
    pub when: When,
    pub lasts: Law,
    pub takes: Vec<TakenBy>,
}

/// One thing that a cause takes: surely, or with a probability.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenBy {
    pub outage: Outage,
    pub probability: Ratio,
}

#[derive(Clone, Debug, PartialEq)]
pub enum When {
    At(Vec<Timestamp>),
    /// Time between the end of one and the begin of the next; the first one starts a full draw after the start of the run.
    Every(Law),
    /// The outages of a file, as (begin, span).
    Listed(Vec<(Timestamp, Duration)>),
}

/// What breaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Outage {
    /// Everything on the stamp.
    StampDown {
        stamp: StampId,
    },
    LinkDown {
        link: LinkId,
    },
    /// The link yields only this share.
    LinkSlow {
        link: LinkId,
        to: Ratio,
    },
    ApplianceDown {
        appliance: ApplianceId,
    },
    CacheDown {
        cache: CacheId,
    },
    /// The service does not apply; the cache still takes data.
    ServiceDown {
        stamp: StampId,
    },
    /// Hosts restart: `share` of the stamp's guests reboot hard.
    GuestReboot {
        stamp: StampId,
        share: Ratio,
    },
    /// `share` of the stamp's source VMs and disks are deleted; repaired never.
    SourceDeleted {
        stamp: StampId,
        share: Ratio,
    },
    /// Somebody works on replica disks on the appliance by hand; repaired never.
    ApplianceTampered {
        appliance: ApplianceId,
    },
    /// The data of `share` of the stamp's guests is damaged; it ends when somebody sees it.
    Damage {
        stamp: StampId,
        share: Ratio,
    },
}

impl Outage {
    /// Its name in facts and reports.
    pub fn kind(&self) -> OutageKind {
        match *self {
            Outage::StampDown { stamp } => OutageKind::StampDown(stamp),
            Outage::LinkDown { link } => OutageKind::LinkDown(link),
            Outage::LinkSlow { link, .. } => OutageKind::LinkSlow(link),
            Outage::ApplianceDown { appliance } => OutageKind::ApplianceDown(appliance),
            Outage::CacheDown { cache } => OutageKind::CacheDown(cache),
            Outage::ServiceDown { stamp } => OutageKind::ServiceDown(stamp),
            Outage::GuestReboot { stamp, .. } => OutageKind::GuestReboot(stamp),
            Outage::SourceDeleted { stamp, .. } => OutageKind::SourceDeleted(stamp),
            Outage::ApplianceTampered { appliance } => OutageKind::ApplianceTampered(appliance),
            Outage::Damage { stamp, .. } => OutageKind::Damage(stamp),
        }
    }

    /// Damage done by people stays.
    pub fn is_repaired(&self) -> bool {
        !matches!(self, Outage::SourceDeleted { .. } | Outage::ApplianceTampered { .. })
    }
}

/// An outage begins or ends: the one place where outages touch the world.
pub(in crate::world) fn turn(world: &mut World, now: Timestamp, turn: Turn) {
    let Turn { dated, outage, ends } = turn;
    let (outage_id, kind, name) = (dated.id, dated.kind, dated.name.as_str());
    world.record.fact(
        now,
        match ends {
            false => Fact::OutageBegan { outage: outage_id, kind },
            true => Fact::OutageEnded { outage: outage_id, kind },
        },
    );
    match (outage, ends) {
        (Outage::StampDown { stamp }, false) => stamp_down::strike(world, now, stamp),
        (Outage::StampDown { stamp }, true) => stamp_down::lift(world, now, stamp),
        (Outage::LinkDown { link }, false) => link_down::strike(world, now, link),
        (Outage::LinkDown { link }, true) => link_down::lift(world, now, link),
        (Outage::LinkSlow { link, to }, false) => link_slow::strike(world, now, link, to),
        (Outage::LinkSlow { link, to }, true) => link_slow::lift(world, now, link, to),
        (Outage::ApplianceDown { appliance }, false) => appliance_down::strike(world, now, appliance),
        (Outage::ApplianceDown { appliance }, true) => appliance_down::lift(world, now, appliance),
        (Outage::CacheDown { cache }, false) => cache_down::strike(world, now, cache),
        (Outage::CacheDown { cache }, true) => cache_down::lift(world, now, cache),
        (Outage::ServiceDown { stamp }, false) => service_down::strike(world, now, stamp),
        (Outage::ServiceDown { stamp }, true) => service_down::lift(world, now, stamp),
        (Outage::GuestReboot { stamp, share }, false) => guest_reboot::strike(world, now, name, stamp, share),
        (Outage::SourceDeleted { stamp, share }, false) => source_deleted::strike(world, now, name, stamp, share),
        (Outage::ApplianceTampered { appliance }, false) => appliance_tampered::strike(world, now, appliance),
        (Outage::Damage { stamp, share }, false) => damage::strike(world, now, (name, outage_id), stamp, share),
        (Outage::Damage { .. }, true) => damage::lift(world, now, outage_id),
        (Outage::GuestReboot { .. } | Outage::SourceDeleted { .. } | Outage::ApplianceTampered { .. }, true) => {}
    }
}

/// `share` of `things`, to the nearest whole, by a number drawn for every VM at every strike.
fn chosen<T>(
    world: &World,
    now: Timestamp,
    name: &str,
    mut things: Vec<T>,
    share: Ratio,
    vm: impl Fn(&T) -> VmId,
) -> Vec<T> {
    let stream = format!("outage/{name}/share/{}", now.ns());
    let mut stream = world.luck.stream(&stream);
    let drawn: Vec<u64> = world.inventory.vms.iter().map(|_| stream.next_u64()).collect();
    let count = (things.len() as u64 * u64::from(share.ppm()) + 500_000) / 1_000_000;
    things.sort_by_key(|thing| drawn[vm(thing).index()]);
    things.truncate(count as usize);
    things.sort_by_key(|thing| vm(thing));
    things
}
