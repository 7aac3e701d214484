//! Places: stamps, subscriptions, links, cache accounts, appliances. Declared values; what they really
//! yield at some moment is the world's business.

use crate::units::{BitRate, Bytes, CacheId, Duration, LinkId, StampId, SubscriptionId};

/// An installation of compute and storage that fails as a whole.
#[derive(Clone, Debug)]
pub struct Stamp {
    pub name: String,
    /// Servers, when declared: they bound memory and VM count. Without them placement is not limited.
    pub servers: Option<Servers>,
}

/// The hosts of a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Servers {
    pub count: u32,
    /// Memory of one server.
    pub memory: Bytes,
}

/// Owner of quotas on one stamp.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub name: String,
    pub stamp: StampId,
    pub quota: Quota,
}

/// What a subscription may use (domain facts 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub vm_cores: u32,
    pub vms: u32,
    /// Allocated size of managed disks plus used size of their snapshots.
    pub managed_disk: Bytes,
    /// Used size of blobs: the cache account draws on this.
    pub storage: Bytes,
}

impl Quota {
    /// Where nothing is declared and nothing is documented: no report calls this a capacity.
    pub const BOUNDLESS: Quota =
        Quota { vm_cores: u32::MAX, vms: u32::MAX, managed_disk: Bytes(1 << 62), storage: Bytes(1 << 62) };
}

/// A WAN link between two stamps; full duplex, each direction has the whole bandwidth.
#[derive(Clone, Debug)]
pub struct Link {
    pub name: String,
    pub from: StampId,
    pub to: StampId,
    pub bandwidth: BitRate,
    pub round_trip: Duration,
    /// Most data one flow has in flight: caps a flow at `window / round_trip`. Without it flows are not capped.
    pub flow_window: Option<Bytes>,
    pub throttle: Vec<ThrottleWindow>,
}

/// Replication may use only `to` of the link on `days` between two times of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleWindow {
    /// Monday first.
    pub days: [bool; 7],
    /// Span since midnight; when `until` is not later than `from` the window runs past midnight.
    pub from: Duration,
    pub until: Duration,
    pub to: BitRate,
}

/// A cache ("log") storage account on a target stamp.
#[derive(Clone, Debug)]
pub struct CacheStorage {
    pub name: String,
    pub on: StampId,
    /// Whose storage quota it draws on.
    pub subscription: SubscriptionId,
    pub capacity: Bytes,
}

/// A replication appliance and its vault (one each).
#[derive(Clone, Debug)]
pub struct Appliance {
    pub name: String,
    pub on: StampId,
    /// Subscription of the appliance VM: reusable disks of other subscriptions are copied before attaching.
    pub subscription: SubscriptionId,
    /// Index into `limits.vm_sizes`.
    pub size: usize,
    pub cache: CacheId,
    pub link: LinkId,
    /// Data-disk slots free for re-protection: those of the size less the appliance's own.
    pub slots: u32,
}
