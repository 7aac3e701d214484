//! A small estate for the tests of this room: one source stamp, one target, one appliance, some VMs of one group.
//! Targets and facts are added by each test. Sizes are such that sums can be done by hand.

use std::sync::Arc;

use super::paths::Paths;
use crate::intent::{
    Comparator, Intent, Measure, Protection, ReplicationPolicy, Scope, Statistic, StrategyChoice, Target,
};
use crate::inventory::{
    Appliance, CacheStorage, Disk, Group, GuestSystem, Inventory, Link, Quota, Stamp, Subscription, Vm,
};
use crate::units::{
    ApplianceId, BitRate, Bytes, CacheId, Duration, GroupId, LinkId, PolicyId, Ratio, StampId, SubscriptionId,
    Timestamp, VmId,
};

pub(crate) struct Estate {
    pub inventory: Inventory,
    pub intent: Intent,
}

impl Estate {
    pub(super) fn paths(&self) -> Paths {
        Paths::new(&self.inventory, &self.intent, Duration::ZERO)
    }

    pub fn with_target(mut self, text: &str, statistic: Statistic, measure: Measure, limit: f64) -> Self {
        self.intent.targets.push(Target {
            scope: Scope::Group(GroupId(0)),
            text: text.into(),
            statistic,
            measure,
            comparator: Comparator::AtMost,
            limit,
            confidence: Ratio::percent(95),
            line: 1,
        });
        self
    }

    pub fn ledger(&self, settle: Duration, lasts: Duration) -> super::Ledger {
        super::Ledger::new(Arc::new(self.inventory.clone()), Arc::new(self.intent.clone()), settle, lasts)
    }
}

/// `vms` VMs of group `sql` on stamp `branch`, protected to `head` through appliance `a1`.
pub(crate) fn two_stamps(vms: u32) -> Estate {
    let quota = Quota { vm_cores: 100, vms: 100, managed_disk: Bytes::tib(10), storage: Bytes::tib(2) };
    let stamp = |name: &str| Stamp { name: name.into(), servers: None };
    let subscription = |stamp| Subscription { name: "prod".into(), stamp, quota };
    let vm = |index: u32| Vm {
        name: format!("sql-{}", index + 1),
        group: GroupId(0),
        on: StampId(0),
        subscription: SubscriptionId(0),
        guest: GuestSystem::Linux,
        size: 0,
        disks: index..index + 1,
        guest_supported: true,
        certificate_trusted: true,
        leftover_mobility_service: false,
    };
    let inventory = Inventory {
        stamps: vec![stamp("branch"), stamp("head")],
        subscriptions: vec![subscription(StampId(0)), subscription(StampId(1))],
        links: vec![Link {
            name: "wan".into(),
            from: StampId(0),
            to: StampId(1),
            bandwidth: BitRate::mbit(200),
            round_trip: Duration::millis(18),
            flow_window: None,
            throttle: Vec::new(),
        }],
        caches: vec![CacheStorage {
            name: "head-cache".into(),
            on: StampId(1),
            subscription: SubscriptionId(1),
            capacity: Bytes::tib(1),
        }],
        appliances: vec![Appliance {
            name: "a1".into(),
            on: StampId(0),
            subscription: SubscriptionId(0),
            size: 0,
            cache: CacheId(0),
            link: LinkId(0),
            slots: 31,
        }],
        groups: vec![Group { name: "sql".into(), vms: 0..vms }],
        vms: (0..vms).map(vm).collect(),
        disks: (0..vms).map(|index| Disk { vm: VmId(index), size: Bytes::gib(64), used: Bytes::gib(64) }).collect(),
        ..Inventory::default()
    };
    Estate { inventory, intent: all_gold(vms) }
}

/// Policy `gold` for all: points every 5 min, app-consistent every 4 h, kept for a day.
fn all_gold(vms: u32) -> Intent {
    let protection = Protection {
        policy: PolicyId(0),
        appliance: ApplianceId(0),
        target: StampId(1),
        subscription: SubscriptionId(1),
        network: "dr".into(),
        test_network: None,
        order: 1,
        failback_policy: "back".into(),
        failback_extension: "ext".into(),
        weight: 1,
        deadline: None,
    };
    Intent {
        policies: vec![ReplicationPolicy {
            name: "gold".into(),
            crash_consistent_every: Duration::minutes(5),
            app_consistent_every: Some(Duration::hours(4)),
            app_consistent_freeze: Duration::secs(2),
            retention: Duration::days(1),
            journal: None,
            rpo_alert: None,
            strategy: StrategyChoice::FixedInterval,
        }],
        protections: vec![Some(protection); vms as usize],
        consistency_groups: Vec::new(),
        plans: Vec::new(),
        targets: Vec::new(),
    }
}

/// `seconds` after the start.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::START + Duration::secs(seconds)
}
