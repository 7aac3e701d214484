//! What a planner wants to know: which numbers may be turned, and what they cost.
//!
//! A value of a knob is a whole number in the knob's own unit ([`Knob::unit`]): bits per second, bytes, pieces, an index into the
//! VM sizes of the profile, nanoseconds.

use crate::units::{ApplianceId, CacheId, LinkId, PolicyId, Ratio, StampId, SubscriptionId};

/// A number of the scenario that may be turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knob {
    /// `link.NAME.bandwidth`
    Bandwidth(LinkId),
    /// `link.NAME.throttle`: what replication may use in all throttled hours of the link.
    Throttle(LinkId),
    /// `cache.NAME.capacity`
    Capacity(CacheId),
    /// `appliance.count`: all appliances of a stamp; its machines are dealt to them in turn.
    Appliances(StampId),
    /// `appliance.NAME.size`
    Size(ApplianceId),
    /// `appliance.NAME.slots`
    Slots(ApplianceId),
    /// `stamp.NAME.subscriptions.NAME.PART`
    Quota(SubscriptionId, QuotaPart),
    /// `policy.NAME.crash_consistent_every`
    PointsEvery(PolicyId),
    /// `policy.NAME.retention`
    Retention(PolicyId),
    /// `people.enabling.batch`
    EnablingBatch,
    /// `replication.copies_at_once`
    CopiesAtOnce,
}

/// Which quota of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuotaPart {
    Cores,
    Vms,
    ManagedDisk,
    Storage,
}

/// What a knob counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobUnit {
    BitsPerSecond,
    Bytes,
    Pieces,
    /// Index into the VM sizes of the profile.
    VmSize,
    Nanoseconds,
}

impl Knob {
    pub fn unit(self) -> KnobUnit {
        match self {
            Knob::Bandwidth(_) | Knob::Throttle(_) => KnobUnit::BitsPerSecond,
            Knob::Capacity(_) | Knob::Quota(_, QuotaPart::ManagedDisk | QuotaPart::Storage) => KnobUnit::Bytes,
            Knob::Size(_) => KnobUnit::VmSize,
            Knob::PointsEvery(_) | Knob::Retention(_) => KnobUnit::Nanoseconds,
            Knob::Appliances(_)
            | Knob::Slots(_)
            | Knob::Quota(_, QuotaPart::Cores | QuotaPart::Vms)
            | Knob::EnablingBatch
            | Knob::CopiesAtOnce => KnobUnit::Pieces,
        }
    }
}

/// `3.20 EUR per Mbit/s and month`.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    pub amount: f64,
    /// Three letters.
    pub currency: String,
    /// As written: `Mbit/s`, `GiB`, `piece`.
    pub unit: String,
    /// How much of the knob's unit one of these is.
    pub per: f64,
}

/// A knob, how far it may be turned, how finely, and what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Turned {
    pub knob: Knob,
    pub from: Option<u64>,
    pub to: Option<u64>,
    pub steps: Steps,
    pub price: Option<Price>,
}

/// How finely a knob is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps {
    /// The next value is at most so much larger.
    Within(Ratio),
    /// Multiples of this, in the knob's unit.
    Of(u64),
}

impl Turned {
    /// Without bounds, to five per cent.
    pub fn freely(knob: Knob) -> Turned {
        Turned { knob, from: None, to: None, steps: Steps::Within(Ratio::percent(5)), price: None }
    }
}

/// A question of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// `[[question.smallest]]`: the smallest value of one knob that meets the targets.
    Smallest(Turned),
    /// `[[question.front]]`: the trade of price against risk over some knobs.
    Front(Vec<Turned>),
}
