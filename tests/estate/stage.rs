//! The stage of these tests: a small world with fixed times, orders and answers.

use std::sync::Arc;

use drsim::contract::MachineRole::Replica;
use drsim::contract::{Cause, Direction, Effect, Fact, Findings, MachineRole, Marks, Meter, Observation, OpId};
use drsim::inventory::limits::Envelope;
use drsim::inventory::{
    Appliance, CacheStorage, Disk, Group, GuestSystem, Inventory, Limits, Link, Quota, Servers, Stamp, Subscription,
    Vm, VmSize,
};
use drsim::kernel::Law;
use drsim::units::*;
use drsim::world::{
    Churn, DiskChurn, Luck, Outage, OutageSpec, Physics, TakenBy, Times, VmPath, VmRoute, When, World, Writes,
};

pub const EAST: StampId = StampId(0);
pub const WEST: StampId = StampId(1);
/// Owner of the VMs, of the appliance, and of everything on the target.
pub const TENANT: SubscriptionId = SubscriptionId(0);
pub const INFRA: SubscriptionId = SubscriptionId(1);
pub const TARGET: SubscriptionId = SubscriptionId(2);
pub const APPLIANCE: ApplianceId = ApplianceId(0);
pub const ERP: VmId = VmId(0);

pub fn at(minutes: u64) -> Timestamp {
    Timestamp::START + Duration::minutes(minutes)
}

/// What a test changes of the usual world.
pub struct Plan {
    /// Disk sizes of each VM [GiB].
    pub vms: Vec<Vec<u64>>,
    pub slots: u32,
    pub target: Quota,
    pub servers: Option<Servers>,
    /// The appliance stands in a subscription of its own.
    pub apart: bool,
    pub outages: Vec<OutageSpec>,
    pub creates_at_once: u32,
    /// What each disk writes.
    pub churn: ByteRate,
}

pub fn quota(vm_cores: u32, vms: u32, disk: u64) -> Quota {
    Quota { vm_cores, vms, managed_disk: Bytes::gib(disk), storage: Bytes::gib(2048) }
}

impl Plan {
    pub fn of(vms: &[&[u64]]) -> Self {
        Self {
            vms: vms.iter().map(|disks| disks.to_vec()).collect(),
            slots: 31,
            target: quota(100, 50, 2048),
            servers: None,
            apart: false,
            outages: Vec::new(),
            creates_at_once: 0,
            churn: ByteRate::ZERO,
        }
    }

    pub fn outage(mut self, name: &str, outage: Outage, listed: &[(u64, u64)]) -> Self {
        let when = When::Listed(listed.iter().map(|(from, span)| (at(*from), Duration::minutes(*span))).collect());
        let takes = vec![TakenBy { outage, probability: Ratio::ONE }];
        self.outages.push(OutageSpec { name: name.into(), when, lasts: Law::Fixed(Duration::ZERO), takes });
        self
    }

    pub fn inventory(&self) -> Inventory {
        let stamp = |name: &str, servers| Stamp { name: name.into(), servers };
        let subscription = |name: &str, stamp, quota| Subscription { name: name.into(), stamp, quota };
        let wide = quota(10_000, 10_000, 1 << 20);
        let (mut vms, mut disks) = (Vec::new(), Vec::new());
        for (index, sizes) in self.vms.iter().enumerate() {
            let first = disks.len() as u32;
            let vm = VmId(index as u32);
            disks.extend(sizes.iter().map(|gib| Disk { vm, size: Bytes::gib(*gib), used: Bytes::gib(*gib) }));
            vms.push(Vm {
                name: format!("erp-{index}"),
                group: GroupId(0),
                on: EAST,
                subscription: TENANT,
                guest: if index % 2 == 0 { GuestSystem::Windows } else { GuestSystem::Linux },
                size: 0,
                disks: first..disks.len() as u32,
                guest_supported: true,
                certificate_trusted: true,
                leftover_mobility_service: false,
            });
        }
        let inventory = Inventory {
            stamps: vec![stamp("east", None), stamp("west", self.servers)],
            subscriptions: vec![
                subscription("tenant", EAST, wide),
                subscription("infra", EAST, wide),
                subscription("target", WEST, self.target),
            ],
            links: vec![Link {
                name: "wan".into(),
                from: EAST,
                to: WEST,
                bandwidth: BitRate::mbit(1000),
                round_trip: Duration::millis(10),
                flow_window: None,
                throttle: Vec::new(),
            }],
            caches: vec![CacheStorage {
                name: "cache".into(),
                on: WEST,
                subscription: TARGET,
                capacity: Bytes::tib(10),
            }],
            appliances: vec![Appliance {
                name: "appliance".into(),
                on: EAST,
                subscription: if self.apart { INFRA } else { TENANT },
                size: 1,
                cache: CacheId(0),
                link: LinkId(0),
                slots: self.slots,
            }],
            groups: vec![Group { name: "erp".into(), vms: 0..vms.len() as u32 }],
            vms,
            disks,
            limits: limits(),
        };
        inventory.assert_valid();
        inventory
    }
}

fn limits() -> Limits {
    let size = |name: &str, cores, memory, data_disks| VmSize {
        name: name.into(),
        cores,
        memory: Bytes::gib(memory),
        data_disks,
        iops_per_disk: 2300,
    };
    Limits {
        vm_sizes: vec![size("DS3_v2", 4, 14, 16), size("DS4_v2", 8, 28, 32)],
        disk_protected_max: Bytes::gib(1022),
        disk_platform_max: Bytes::gib(1023),
        seed_disk: Bytes::gib(1),
        replica_extra: Bytes::gib(1),
        temporary_os_disk: Bytes::gib(1),
        appliance_own_disks: 1,
        appliance_buffer: Bytes::gib(610),
        write_floor: Bytes::kib(8),
        envelope: Envelope {
            storage_rate: ByteRate::mib(136),
            op_bytes: 9_060,
            ops_max_milli: 4_778_700,
            disk_ops_milli: 42_670,
        },
        processing_delay: Duration::secs(250),
        difflog_age_max: Duration::days(1),
        disk_rate_max: ByteRate::mib(128),
        agent_memory_windows: Bytes::mib(256),
        agent_memory_linux: Bytes::mib(64),
        bitmap_resync_share: Ratio::percent(50),
        heartbeat_every: Duration::minutes(1),
        vms_per_server_max: 60,
        vms_per_stamp_max: 700,
        infrastructure_memory: Bytes::gib(242),
        infrastructure_memory_per_server: Bytes::gib(4),
        reserve_share: Ratio::percent(15),
        provider_memory: Bytes::gib(42),
        ..Limits::default()
    }
}

fn times(creates_at_once: u32) -> Times {
    let fixed = |minutes| Law::Fixed(Duration::minutes(minutes));
    Times {
        inspect: fixed(1),
        agent_install: fixed(4),
        agent_remove: fixed(1),
        disk_create: fixed(1),
        disk_attach: fixed(1),
        disk_detach: fixed(1),
        disks_from_point: fixed(2),
        vm_create: fixed(3),
        vm_delete: fixed(1),
        vm_shut_down: fixed(2),
        boot_windows: fixed(5),
        boot_linux: fixed(3),
        disk_copy_overhead: fixed(1),
        creates_at_once,
        guest_reboot: fixed(7),
        unreachable_after: Duration::minutes(10),
    }
}

/// A world, its clock, and everything it has said.
pub struct Stage {
    pub world: World,
    pub now: Timestamp,
    pub ops: u64,
    pub seen: Vec<(Timestamp, Observation)>,
    pub facts: Vec<(Timestamp, Fact)>,
}

impl Stage {
    pub fn of(plan: Plan) -> Self {
        let inventory = Arc::new(plan.inventory());
        let quiet = Arc::new(Churn::Steady { rate: plan.churn, noise: None });
        let writes = Writes {
            block: Bytes::kib(8),
            unique: Vec::new(),
            compression: Ratio::ONE,
            coalesce_within: Duration::ZERO,
        };
        let churn = |index: usize| DiskChurn {
            model: quiet.clone(),
            share: Ratio::ONE,
            stream: format!("churn/{index}"),
            writes: writes.clone(),
        };
        let physics = Physics {
            calendar: Calendar::default(),
            churn: (0..inventory.disks.len()).map(churn).collect(),
            cross_traffic: vec![None],
            times: times(plan.creates_at_once),
            outages: plan.outages.clone(),
            provider_on: vec![false, true],
        };
        let path = VmPath {
            appliance: APPLIANCE,
            link: LinkId(0),
            cache: CacheId(0),
            target: WEST,
            weight: 1,
            deadline: None,
        };
        let routes = vec![Some(VmRoute { path, subscription: TARGET }); inventory.vms.len()];
        let luck = Luck::new(7, 0);
        let world = World::new(inventory, &physics, luck, routes, Duration::days(30));
        let mut stage = Self { world, now: Timestamp::START, ops: 0, seen: Vec::new(), facts: Vec::new() };
        stage.drain();
        stage
    }

    pub fn drain(&mut self) {
        while let Some(observation) = self.world.poll_observation() {
            self.seen.push((self.now, observation));
        }
        while let Some(fact) = self.world.poll_fact() {
            self.facts.push(fact);
        }
    }

    pub fn until(&mut self, until: Timestamp) -> &mut Self {
        while self.world.next_due() <= until {
            self.now = self.world.next_due().max(self.now);
            self.world.strike(self.now);
            self.world.advance(self.now);
            self.drain();
        }
        self.now = until;
        self
    }

    pub fn order(&mut self, effect: impl FnOnce(OpId) -> Effect) -> OpId {
        let op = OpId(self.ops);
        self.ops += 1;
        self.world.perform(self.now, effect(op));
        self.drain();
        op
    }

    pub fn answers(&self, op: OpId) -> Vec<(Timestamp, Result<(), Cause>)> {
        let answer = |(at, said): &(Timestamp, Observation)| match said {
            Observation::Completed { op: of } if *of == op => Some((*at, Ok(()))),
            Observation::Failed { op: of, cause } if *of == op => Some((*at, Err(*cause))),
            _ => None,
        };
        self.seen.iter().filter_map(answer).collect()
    }

    /// Orders and waits; the answer and how long it took. Panics when there is none within a day, or more than one.
    pub fn take_time(&mut self, effect: impl FnOnce(OpId) -> Effect) -> (Result<(), Cause>, Duration) {
        let (op, ordered) = (self.order(effect), self.now);
        for _ in 0..1440 {
            if let [(at, result)] = self.answers(op)[..] {
                return (result, at.since(ordered));
            }
            self.until(self.now + Duration::minutes(1));
        }
        panic!("{op:?} is not answered");
    }

    pub fn done(&mut self, effect: impl FnOnce(OpId) -> Effect) -> Duration {
        let (result, took) = self.take_time(effect);
        assert_eq!(result, Ok(()));
        took
    }

    pub fn fails(&mut self, effect: impl FnOnce(OpId) -> Effect) -> Cause {
        self.take_time(effect).0.expect_err("a limit stands in the way")
    }

    pub fn findings(&mut self, vm: VmId) -> Findings {
        let op = self.order(|op| Effect::Inspect { op, vm });
        self.until(self.now + Duration::minutes(1));
        let found = self.seen.iter().rev().find_map(|(_, said)| match said {
            Observation::Inspected { op: of, findings } if *of == op => Some(*findings),
            _ => None,
        });
        found.expect("the vault answers within a minute")
    }

    /// Replica disks at full size and the agent in the guest.
    pub fn replica(&mut self, vm: VmId) {
        self.done(|op| Effect::InstallAgent { op, vm });
        self.done(|op| Effect::CreateReplicaDisks { op, vm });
        self.done(|op| Effect::ResizeReplicaDisks { op, vm });
    }

    pub fn stream(&mut self, vm: VmId, direction: Direction) {
        let marks = Marks { crash_every: Duration::minutes(5), app_every: None };
        self.world.perform(self.now, Effect::StartStream { vm, direction, marks });
    }

    pub fn failed_over(&mut self, vm: VmId) {
        self.world.perform(self.now, Effect::StopStream { vm });
        self.done(|op| Effect::BuildDisks { op, vm, role: Replica, mark: Timestamp::START });
        self.done(|op| Effect::CreateMachine { op, vm, role: Replica });
        self.done(|op| Effect::StartMachine { op, vm, role: Replica });
    }

    pub fn on_the_appliance(&mut self, vm: VmId) {
        self.done(|op| Effect::DetachSourceDisks { op, vm });
        self.done(|op| Effect::AttachToAppliance { op, vm, appliance: APPLIANCE });
    }

    /// Value of a meter now.
    pub fn level(&mut self, meter: Meter) -> u64 {
        self.until(self.now + Duration::minutes(1));
        self.world.close(self.now);
        self.drain();
        let last = self.facts.iter().rev().find_map(|(_, fact)| match fact {
            Fact::Level { meter: of, end, .. } if *of == meter => Some(*end),
            _ => None,
        });
        last.expect("every meter of the estate has pieces")
    }

    pub fn disk(&mut self, subscription: SubscriptionId) -> Bytes {
        Bytes(self.level(Meter::QuotaManagedDisk(subscription)))
    }

    pub fn slots(&mut self) -> u64 {
        self.level(Meter::ApplianceSlots(APPLIANCE))
    }

    pub fn limit_hits(&self) -> Vec<(Meter, u64, u64)> {
        let hit = |(_, fact): &(Timestamp, Fact)| match fact {
            Fact::LimitHit { meter, need, free } => Some((*meter, *need, *free)),
            _ => None,
        };
        self.facts.iter().filter_map(hit).collect()
    }

    /// When machines went up and down, after the start of the run.
    pub fn turns(&self, vm: VmId) -> Vec<(Timestamp, MachineRole, bool)> {
        let turn = |(at, fact): &(Timestamp, Fact)| match fact {
            Fact::MachineUp { vm: of, role } if *of == vm => Some((*at, *role, true)),
            Fact::MachineDown { vm: of, role } if *of == vm => Some((*at, *role, false)),
            _ => None,
        };
        self.facts.iter().filter_map(turn).filter(|turn| turn.0 > Timestamp::START).collect()
    }

    pub fn said(&self, observation: &Observation) -> usize {
        self.seen.iter().filter(|(_, said)| said == observation).count()
    }
}
