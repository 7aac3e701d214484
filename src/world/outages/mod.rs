//! Outages: what breaks, when, for how long. ★ One file per kind; this is the register.
//!
//! Random ones are dated before the first event, so that a report can print them.

use crate::kernel::Law;
use crate::units::{ApplianceId, CacheId, Duration, LinkId, Ratio, StampId, Timestamp};

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
}
