//! Knobs and their values in words: the path a scenario has for them, and values as one would write them there.

use crate::intent::{Intent, Knob, KnobUnit, Price, QuotaPart, Turned};
use crate::inventory::Inventory;
use crate::measure::{ViolationCause, meter_name, outage_name};
use crate::planner::findings::{Bottleneck, TargetFinding, Trouble};
use crate::planner::sizing::bought;
use crate::units::{BitRate, Bytes, Duration};

/// Names of what a plan speaks of.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    pub inventory: &'a Inventory,
    pub intent: &'a Intent,
}

impl Named<'_> {
    /// The path of a knob: `link.wan.bandwidth`.
    pub fn path(&self, knob: Knob) -> String {
        let appliance = |id| &self.inventory.appliance(id).name;
        match knob {
            Knob::Bandwidth(id) => format!("link.{}.bandwidth", self.inventory.link(id).name),
            Knob::Throttle(id) => format!("link.{}.throttle", self.inventory.link(id).name),
            Knob::Capacity(id) => format!("cache.{}.capacity", self.inventory.cache(id).name),
            Knob::Appliances(id) => match self.sources() {
                1 => "appliance.count".into(),
                _ => format!("appliances on {}", self.inventory.stamp(id).name),
            },
            Knob::Size(id) => format!("appliance.{}.size", appliance(id)),
            Knob::Slots(id) => format!("appliance.{}.slots", appliance(id)),
            Knob::Quota(id, part) => {
                let subscription = self.inventory.subscription(id);
                let part = match part {
                    QuotaPart::Cores => "vm_cores",
                    QuotaPart::Vms => "vms",
                    QuotaPart::ManagedDisk => "managed_disk",
                    QuotaPart::Storage => "storage",
                };
                let stamp = &self.inventory.stamp(subscription.stamp).name;
                format!("stamp.{stamp}.subscriptions.{}.{part}", subscription.name)
            }
            Knob::PointsEvery(id) => format!("policy.{}.crash_consistent_every", self.intent.policy(id).name),
            Knob::Retention(id) => format!("policy.{}.retention", self.intent.policy(id).name),
            Knob::EnablingBatch => "people.enabling.batch".into(),
            Knob::CopiesAtOnce => "replication.copies_at_once".into(),
        }
    }

    fn sources(&self) -> usize {
        let mut stamps: Vec<_> = self.inventory.appliances.iter().map(|appliance| appliance.on).collect();
        stamps.sort_unstable();
        stamps.dedup();
        stamps.len()
    }

    /// What a person calls it: `link wan`.
    pub fn called(&self, knob: Knob) -> String {
        match knob {
            Knob::Bandwidth(id) => format!("link {}", self.inventory.link(id).name),
            Knob::Throttle(id) => format!("throttle of link {}", self.inventory.link(id).name),
            Knob::Capacity(id) => format!("cache {}", self.inventory.cache(id).name),
            Knob::Appliances(id) => format!("appliances on {}", self.inventory.stamp(id).name),
            Knob::Size(id) => format!("size of appliance {}", self.inventory.appliance(id).name),
            Knob::Slots(id) => format!("slots of appliance {}", self.inventory.appliance(id).name),
            Knob::Quota(id, part) => {
                let what = match part {
                    QuotaPart::Cores => "cores",
                    QuotaPart::Vms => "machines",
                    QuotaPart::ManagedDisk => "managed disk",
                    QuotaPart::Storage => "storage",
                };
                format!("quota {}: {what}", self.inventory.subscription(id).name)
            }
            Knob::PointsEvery(id) => format!("points of policy {}", self.intent.policy(id).name),
            Knob::Retention(id) => format!("retention of policy {}", self.intent.policy(id).name),
            Knob::EnablingBatch => "machines enabled at once".into(),
            Knob::CopiesAtOnce => "first copies at once".into(),
        }
    }

    /// As a scenario would write it, without quotes.
    pub fn value(&self, knob: Knob, value: u64) -> String {
        match knob.unit() {
            KnobUnit::BitsPerSecond => BitRate(value).to_string(),
            KnobUnit::Bytes => Bytes(value).to_string(),
            KnobUnit::Pieces => value.to_string(),
            KnobUnit::VmSize => {
                let size = usize::try_from(value).ok().and_then(|index| self.inventory.limits.vm_sizes.get(index));
                size.map_or_else(String::new, |size| size.name.clone())
            }
            KnobUnit::Nanoseconds => Duration::from_ns(value).to_string(),
        }
    }

    /// "fleet: p95(rpo) <= 15m"
    pub fn target(&self, found: &TargetFinding) -> String {
        let scope = if found.scope_name.is_empty() { "all" } else { &found.scope_name };
        format!("{scope}: {}", found.text)
    }

    /// What held it up, in a few words; empty: nothing was seen.
    pub fn trouble(&self, trouble: &Trouble) -> String {
        match trouble.bottleneck {
            Bottleneck::Cause(ViolationCause::Bottleneck(meter)) => {
                format!("{} is full", meter_name(self.inventory, meter))
            }
            Bottleneck::Cause(ViolationCause::Outage(kind)) => outage_name(self.inventory, kind),
            Bottleneck::Step(step) => format!("longest step of recovery: {step}"),
            Bottleneck::NeverServed => "a machine never served again".into(),
            Bottleneck::Nothing => String::new(),
        }
    }
}

/// In what a knob without a price is sold, and how much of its own unit that is.
#[cfg(feature = "xlsx")]
pub(super) fn priced_in(knob: Knob) -> (f64, &'static str) {
    match knob.unit() {
        KnobUnit::BitsPerSecond => (1e6, "Mbit/s"),
        KnobUnit::Bytes => (1_073_741_824.0, "GiB"),
        KnobUnit::Pieces => (1.0, "piece"),
        KnobUnit::VmSize => (1.0, "core"),
        KnobUnit::Nanoseconds => (60e9, "min"),
    }
}

/// Money a month; `None`: the knob has no price.
pub fn cost(inventory: &Inventory, turned: &Turned, value: u64) -> Option<f64> {
    let Price { amount, per, .. } = turned.price.as_ref()?;
    Some(bought(inventory, turned.knob, value) as f64 / per * amount)
}
