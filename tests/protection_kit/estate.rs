//! The estate of the tests: what there is and what is wanted, small and round.

use drsim::contract::Findings;
use drsim::intent::{Intent, PlanGroup, Protection, RecoveryPlan, ReplicationPolicy, StrategyChoice};
use drsim::inventory::limits::{PruningRow, PruningTier};
use drsim::inventory::{
    Appliance, CacheStorage, Disk, Group, GuestSystem, Inventory, Limits, Link, Quota, Servers, Stamp, Subscription,
    Vm, VmSize,
};
use drsim::protection::Settings;
use drsim::units::{
    ApplianceId, BitRate, Bytes, CacheId, Calendar, Duration, GroupId, LinkId, PolicyId, StampId, SubscriptionId,
    Timestamp, VmId,
};

/// Inventory, intent and settings of one test; change a field, then hand it over.
pub struct Estate {
    pub inventory: Inventory,
    pub intent: Intent,
    pub settings: Settings,
}

/// "01:30" after the start of the run, or "2d 01:30".
pub fn at(text: &str) -> Timestamp {
    let (days, time) = text.split_once("d ").unwrap_or(("0", text));
    let (hours, minutes) = time.split_once(':').expect("hh:mm");
    let number = |text: &str| text.parse::<u64>().expect("a number");
    Timestamp::START
        + Duration::days(number(days))
        + Duration::hours(number(hours))
        + Duration::minutes(number(minutes))
}

/// Everything a guard asks for is there; the appliance has 31 free slots.
pub fn all_well() -> Findings {
    Findings {
        source_vm_exists: true,
        source_disks_reusable: true,
        source_subscription_exists: true,
        source_resource_group_exists: true,
        source_network_exists: true,
        source_disks_elsewhere: false,
        guest_supported: true,
        mobility_service_left_over: false,
        certificate_trusted: true,
        serving_vm_runs: true,
        appliance_exists: true,
        appliance_healthy: true,
        slots_free: 31,
        cache_account_exists: true,
        target_network_exists: true,
    }
}

impl Estate {
    /// `vms` VMs with two disks of 128 GiB each, all protected by one policy through one appliance.
    pub fn of(vms: u32) -> Self {
        let quota = Quota { vm_cores: 10_000, vms: 1_000, managed_disk: Bytes::tib(1_000), storage: Bytes::tib(1_000) };
        let place = |name: &str, stamp| Subscription { name: name.to_owned(), stamp, quota };
        let stamp = |name: &str| Stamp { name: name.to_owned(), servers: None::<Servers> };
        let inventory = Inventory {
            stamps: vec![stamp("east"), stamp("west")],
            subscriptions: vec![place("east-prod", StampId(0)), place("west-prod", StampId(1))],
            links: vec![Link {
                name: "wan".to_owned(),
                from: StampId(0),
                to: StampId(1),
                bandwidth: BitRate::mbit(200),
                round_trip: Duration::millis(10),
                flow_window: None,
                throttle: Vec::new(),
            }],
            caches: vec![CacheStorage {
                name: "cache".to_owned(),
                on: StampId(1),
                subscription: SubscriptionId(1),
                capacity: Bytes::tib(4),
            }],
            appliances: vec![Appliance {
                name: "a1".to_owned(),
                on: StampId(0),
                subscription: SubscriptionId(0),
                size: 0,
                cache: CacheId(0),
                link: LinkId(0),
                slots: 31,
            }],
            groups: vec![Group { name: "erp".to_owned(), vms: 0..vms }],
            vms: (0..vms).map(vm).collect(),
            disks: (0..2 * vms)
                .map(|disk| Disk { vm: VmId(disk / 2), size: Bytes::gib(128), used: Bytes::gib(64) })
                .collect(),
            limits: limits(),
        };
        inventory.assert_valid();
        let intent = Intent {
            policies: vec![policy()],
            protections: (0..vms).map(|_| Some(protection())).collect(),
            consistency_groups: Vec::new(),
            plans: vec![plan(vms)],
            targets: Vec::new(),
        };
        let settings = Settings {
            copies_at_once: 0,
            resync_window: None,
            calendar: Calendar::default(),
            census_every: Duration::ZERO,
        };
        Self { inventory, intent, settings }
    }

    pub fn protection(&mut self, vm: u32) -> &mut Protection {
        self.intent.protections[vm as usize].as_mut().expect("every VM of the estate is protected")
    }
}

fn vm(id: u32) -> Vm {
    Vm {
        name: format!("erp-{id}"),
        group: GroupId(0),
        on: StampId(0),
        subscription: SubscriptionId(0),
        guest: GuestSystem::Linux,
        size: 0,
        disks: 2 * id..2 * id + 2,
        guest_supported: true,
        certificate_trusted: true,
        leftover_mobility_service: false,
    }
}

fn protection() -> Protection {
    Protection {
        policy: PolicyId(0),
        appliance: ApplianceId(0),
        target: StampId(1),
        subscription: SubscriptionId(1),
        network: "dr".to_owned(),
        test_network: Some("drill".to_owned()),
        order: 1,
        failback_policy: "back".to_owned(),
        failback_extension: "extension".to_owned(),
        weight: 1,
        deadline: None,
    }
}

fn policy() -> ReplicationPolicy {
    ReplicationPolicy {
        name: "gold".to_owned(),
        crash_consistent_every: Duration::minutes(5),
        app_consistent_every: Some(Duration::minutes(30)),
        app_consistent_freeze: Duration::secs(2),
        retention: Duration::days(1),
        journal: None,
        rpo_alert: None,
        strategy: StrategyChoice::FixedInterval,
    }
}

/// The first VM, then the others, ten minutes apart.
fn plan(vms: u32) -> RecoveryPlan {
    let pause = Duration::minutes(10);
    let (first, others) = (vec![VmId(0)], (1..vms).map(VmId).collect());
    let groups = vec![PlanGroup { vms: first, pause }, PlanGroup { vms: others, pause }];
    RecoveryPlan { name: "all".to_owned(), groups }
}

fn limits() -> Limits {
    let tier = |within, every| PruningTier { within, every };
    Limits {
        vm_sizes: vec![VmSize {
            name: "Standard_DS4_v2".to_owned(),
            cores: 8,
            memory: Bytes::gib(28),
            data_disks: 32,
            iops_per_disk: 2_300,
        }],
        disk_protected_max: Bytes::gib(1_022),
        disk_platform_max: Bytes::gib(1_023),
        seed_disk: Bytes::gib(1),
        replica_extra: Bytes::gib(1),
        portal_batch_max: 10,
        difflog_age_max: Duration::days(1),
        heartbeat_every: Duration::minutes(1),
        heartbeat_lost_after: Duration::minutes(15),
        no_point_critical_after: Duration::minutes(60),
        no_progress_critical_after: Duration::minutes(30),
        drill_warn_after: Duration::days(180),
        pruning: vec![PruningRow {
            up_to: Duration::days(1),
            tiers: vec![tier(Duration::hours(2), Duration::ZERO), tier(Duration::days(1), Duration::hours(1))],
        }],
        plan_groups_max: 7,
        plan_vms_max: 100,
        ..Limits::default()
    }
}
