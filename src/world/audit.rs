//! A slow obvious twin of the estate's accounts, and random worlds to hold against it. For tests only.
//!
//! The accounts are kept by adding and taking away; the twin counts what stands and what running jobs have reserved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use crate::contract::{Cause, Effect, MachineRole, Observation, OpId};
use crate::inventory::{
    Appliance, CacheStorage, Disk, Group, GuestSystem, Inventory, Limits, Link, Quota, Servers, Stamp, Subscription,
    Vm, VmSize,
};
use crate::kernel::Law;
use crate::units::*;
use crate::world::estate::ROLES;
use crate::world::jobs::Work;
use crate::world::quotas::{Need, Used};
use crate::world::{
    Churn, DiskChurn, Luck, Outage, OutageSpec, Physics, TakenBy, Times, VmPath, VmRoute, When, World, Writes,
    placement,
};

const VMS: u32 = 6;
const TARGET: SubscriptionId = SubscriptionId(2);

fn inventory() -> Inventory {
    let quota = |vm_cores, vms, disk| Quota { vm_cores, vms, managed_disk: Bytes::gib(disk), storage: Bytes::gib(100) };
    let subscription = |name: &str, stamp, quota| Subscription { name: name.into(), stamp: StampId(stamp), quota };
    let size = |cores, memory| VmSize {
        name: format!("{cores}"),
        cores,
        memory: Bytes::gib(memory),
        data_disks: 8,
        iops_per_disk: 500,
    };
    let servers = Servers { count: 2, memory: Bytes::gib(100) };
    let stamp = |name: &str| Stamp { name: name.into(), servers: Some(servers) };
    let vm = |index: u32| Vm {
        name: format!("vm-{index}"),
        group: GroupId(0),
        on: StampId(0),
        subscription: SubscriptionId(0),
        guest: GuestSystem::Linux,
        size: (index % 2) as usize,
        disks: index * 2..index * 2 + 2,
        guest_supported: true,
        certificate_trusted: true,
        leftover_mobility_service: false,
    };
    let disk = |index: u32| {
        let size = Bytes::gib(if index == 11 { 1023 } else { 10 });
        Disk { vm: VmId(index / 2), size, used: size }
    };
    Inventory {
        stamps: vec![stamp("east"), stamp("west")],
        // The tenant's quota is smaller than what is declared; the appliance's holds two VMs' copies.
        subscriptions: vec![
            subscription("tenant", 0, quota(12, 6, 1200)),
            subscription("infra", 0, quota(8, 3, 60)),
            subscription("target", 1, quota(9, 4, 100)),
        ],
        links: vec![Link {
            name: "wan".into(),
            from: StampId(0),
            to: StampId(1),
            bandwidth: BitRate::mbit(100),
            round_trip: Duration::millis(10),
            flow_window: None,
            throttle: Vec::new(),
        }],
        caches: vec![CacheStorage {
            name: "cache".into(),
            on: StampId(1),
            subscription: TARGET,
            capacity: Bytes::gib(90),
        }],
        appliances: vec![Appliance {
            name: "appliance".into(),
            on: StampId(0),
            subscription: SubscriptionId(1),
            size: 0,
            cache: CacheId(0),
            link: LinkId(0),
            slots: 5,
        }],
        groups: vec![Group { name: "vm".into(), vms: 0..VMS }],
        vms: (0..VMS).map(vm).collect(),
        disks: (0..VMS * 2).map(disk).collect(),
        limits: limits(size),
    }
}

fn limits(size: impl Fn(u32, u64) -> VmSize) -> Limits {
    Limits {
        vm_sizes: vec![size(2, 8), size(4, 16)],
        disk_platform_max: Bytes::gib(1023),
        seed_disk: Bytes::gib(1),
        replica_extra: Bytes::gib(1),
        temporary_os_disk: Bytes::gib(1),
        appliance_buffer: Bytes::gib(20),
        disk_rate_max: ByteRate::mib(100),
        heartbeat_every: Duration::minutes(1),
        vms_per_server_max: 60,
        vms_per_stamp_max: 700,
        reserve_share: Ratio::percent(15),
        infrastructure_memory: Bytes::gib(20),
        provider_memory: Bytes::gib(45),
        ..Limits::default()
    }
}

fn physics(outages: Vec<OutageSpec>) -> Physics {
    let quick = Law::Uniform { low: Duration::secs(30), high: Duration::minutes(6) };
    let writes =
        Writes { block: Bytes::kib(8), unique: Vec::new(), compression: Ratio::ONE, coalesce_within: Duration::ZERO };
    let churn = DiskChurn {
        model: Arc::new(Churn::Steady { rate: ByteRate::ZERO, noise: None }),
        share: Ratio::ONE,
        stream: "quiet".into(),
        writes,
    };
    Physics {
        calendar: Calendar::default(),
        churn: vec![churn; VMS as usize * 2],
        cross_traffic: vec![None],
        times: Times {
            inspect: quick.clone(),
            agent_install: quick.clone(),
            agent_remove: quick.clone(),
            disk_create: quick.clone(),
            disk_attach: quick.clone(),
            disk_detach: quick.clone(),
            disks_from_point: quick.clone(),
            vm_create: quick.clone(),
            vm_delete: quick.clone(),
            vm_shut_down: quick.clone(),
            boot_windows: quick.clone(),
            boot_linux: quick.clone(),
            disk_copy_overhead: quick.clone(),
            creates_at_once: 2,
            guest_reboot: quick,
            unreachable_after: Duration::minutes(3),
        },
        outages,
        provider_on: vec![false, true],
    }
}

fn troubled(seed: u64) -> World {
    let spec = |name: &str, hours, outage| OutageSpec {
        name: name.into(),
        when: When::Every(Law::Exponential { mean: Duration::hours(hours) }),
        lasts: Law::Exponential { mean: Duration::minutes(20) },
        takes: vec![TakenBy { outage, probability: Ratio::percent(80) }],
    };
    let (east, west) = (StampId(0), StampId(1));
    let outages = vec![
        spec("east", 4, Outage::StampDown { stamp: east }),
        spec("east-again", 4, Outage::StampDown { stamp: east }),
        spec("west", 4, Outage::StampDown { stamp: west }),
        spec("reboot", 3, Outage::GuestReboot { stamp: west, share: Ratio::percent(60) }),
        spec("hand", 6, Outage::SourceDeleted { stamp: east, share: Ratio::percent(20) }),
        spec("appliance", 5, Outage::ApplianceDown { appliance: ApplianceId(0) }),
    ];
    let path = VmPath {
        appliance: ApplianceId(0),
        link: LinkId(0),
        cache: CacheId(0),
        target: StampId(1),
        weight: 1,
        deadline: None,
    };
    let routes = vec![Some(VmRoute { path, subscription: TARGET }); VMS as usize];
    let inventory = Arc::new(inventory());
    World::new(inventory, &physics(outages), Luck::new(seed, 0), routes, Duration::days(9))
}

/// Counts again, and compares.
fn audit(world: &World) {
    let inventory = &world.inventory;
    let mut used = vec![Used::default(); inventory.subscriptions.len()];
    let mut hosts = vec![(Bytes::ZERO, 0u32, Bytes::ZERO); inventory.stamps.len()];
    let mut slots = 0;
    let mut add = |need: Need| {
        let used = &mut used[need.subscription.index()];
        (used.vms, used.cores, used.disk) = (used.vms + need.vms, used.cores + need.cores, used.disk + need.disk);
    };
    let mut put = |stamp: StampId, memory: Bytes| {
        let host = &mut hosts[stamp.index()];
        *host = (host.0 + memory, host.1 + 1, host.2.max(memory));
    };
    for id in inventory.vm_ids() {
        let estate = &world.estate[id.index()];
        estate.disks.all().for_each(|set| add(Need::disk(set.subscription, set.bytes)));
        slots += u32::from(estate.disks.reverse.is_some_and(|reverse| reverse.attached.is_some())) * 2;
        for role in ROLES {
            let place = world.place(id, role).expect("the audit holds it");
            if estate.machine(role).exists() {
                add(place.need);
            }
            if estate.machine(role).placed {
                assert!(estate.machine(role).exists(), "an absent machine holds memory");
                put(place.stamp, world.memory(id));
            }
        }
    }
    for job in world.jobs.iter() {
        [job.reserved.need, job.reserved.disks].into_iter().flatten().for_each(&mut add);
        job.reserved.memory.into_iter().for_each(|stamp| put(stamp, world.memory(job.vm)));
        slots += job.reserved.slots.map_or(0, |(_, count)| count);
    }
    if !world.works.appliance_deleted[0] {
        add(world.appliance_need(&inventory.appliances[0]));
        put(StampId(0), inventory.limits.vm_sizes[0].memory);
    }
    for (index, twin) in used.iter().enumerate() {
        let id = SubscriptionId::from_index(index);
        assert_eq!(world.quotas.used(id), *twin, "accounts of {id:?}");
    }
    for (host, twin) in world.hosts.iter().zip(&hosts) {
        assert_eq!(host.taken(), (twin.0, twin.1));
    }
    assert_eq!(world.slots.taken(ApplianceId(0)), slots);
    assert!(slots <= 5, "slots are overbooked");
    let (target, quota) = (used[TARGET.index()], inventory.subscription(TARGET).quota);
    assert!(target.vms <= quota.vms && target.cores <= quota.vm_cores && target.disk <= quota.managed_disk);
    let (servers, limits) = (inventory.stamps[1].servers.expect("the audit holds it"), &inventory.limits);
    let kept = placement::resiliency_reserve(limits, servers, hosts[1].2) + placement::infrastructure(limits, servers);
    let kept = kept + limits.provider_memory;
    assert!(hosts[1].0 + kept <= Bytes::gib(200), "the target's memory is overbooked: {}", hosts[1].0);
}

fn effect(kind: u8, op: OpId, vm: VmId, role: MachineRole) -> Effect {
    let (mark, appliance) = (Timestamp::START, ApplianceId(0));
    match kind {
        0 | 1 => Effect::CreateReplicaDisks { op, vm },
        2 | 3 => Effect::ResizeReplicaDisks { op, vm },
        4 => Effect::DeleteReplicaDisks { op, vm },
        5 | 6 => Effect::BuildDisks { op, vm, role, mark },
        7 | 8 => Effect::CreateMachine { op, vm, role },
        9 | 10 => Effect::StartMachine { op, vm, role },
        11 => Effect::ShutDownMachine { op, vm, role },
        12 => Effect::DeleteMachine { op, vm, role },
        13 | 14 => Effect::DetachSourceDisks { op, vm },
        15 => Effect::CopySourceDisks { op, vm },
        16 => Effect::CreateSourceDisks { op, vm },
        17 | 18 => Effect::AttachToAppliance { op, vm, appliance },
        19 => Effect::DetachFromAppliance { op, vm },
        20 | 21 => Effect::RebuildOriginal { op, vm },
        22 => Effect::RevertOriginal { op, vm },
        23 => Effect::RestartMachine { op, vm, role },
        24 => Effect::InstallAgent { op, vm },
        25 => Effect::RemoveExtension { op, vm },
        26 => Effect::Inspect { op, vm },
        // Rarely: without its appliance a story is over soon.
        27 if op.0.is_multiple_of(5) => Effect::DeleteAppliance { op, appliance },
        _ => Effect::UninstallMobilityService { op, vm },
    }
}

/// Runs a story and counts the answers to each op.
fn answers(seed: u64, orders: &[(u8, u32, usize, u64)]) -> BTreeMap<OpId, u32> {
    let (mut world, mut now) = (troubled(seed), Timestamp::START);
    let mut answers: BTreeMap<OpId, u32> = (0..orders.len() as u64).map(|op| (OpId(op), 0)).collect();
    let mut step = |world: &mut World, until: Timestamp, idle: bool| {
        audit(world);
        while world.next_due() <= until && !(idle && world.jobs.iter().all(|job| job.op.is_none())) {
            let now = world.next_due();
            world.strike(now);
            audit(world);
            world.advance(now);
            audit(world);
        }
        while let Some(said) = world.poll_observation() {
            if let Observation::Completed { op } | Observation::Failed { op, .. } | Observation::Inspected { op, .. } =
                said
            {
                *answers.entry(op).or_default() += 1;
            }
        }
    };
    for (index, (kind, vm, role, wait)) in orders.iter().enumerate() {
        world.perform(now, effect(*kind, OpId(index as u64), VmId(*vm), ROLES[*role]));
        let until = now + Duration::secs(*wait);
        step(&mut world, until, false);
        now = until;
    }
    step(&mut world, now + Duration::days(2), true);
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_ordered_the_accounts_are_right_and_every_order_is_answered_once(
        seed in 0u64..1_000_000,
        orders in prop::collection::vec((0u8..29, 0..VMS, 0usize..3, 0u64..1500), 1..150),
    ) {
        for (op, count) in answers(seed, &orders) {
            prop_assert_eq!(count, 1, "answers to {:?}: {:?}", op, orders[op.0 as usize]);
        }
    }
}

/// Guards the test above against worlds in which nothing fits or nothing is refused.
#[test]
fn random_stories_reach_jobs_of_every_kind_and_every_cause() {
    let mut stream = crate::kernel::RandomStream::named(1, 0, "stories");
    let (mut kinds, mut causes, mut done) = (BTreeSet::<u8>::new(), BTreeSet::<u8>::new(), 0);
    for seed in 0..20 {
        let (mut world, mut now) = (troubled(seed), Timestamp::START);
        for op in 0..200 {
            let mut pick = |n: u64| stream.next_u64() % n;
            let (kind, vm, role, wait) = (pick(29) as u8, pick(VMS.into()) as u32, pick(3) as usize, pick(900));
            world.perform(now, effect(kind, OpId(op), VmId(vm), ROLES[role]));
            kinds.extend(world.jobs.iter().map(|job| kind_of(job.work)));
            now = now + Duration::secs(wait);
            while world.next_due() <= now {
                let due = world.next_due();
                world.strike(due);
                world.advance(due);
            }
            while let Some(said) = world.poll_observation() {
                if let Observation::Failed { cause, .. } = said {
                    causes.insert(cause_of(cause));
                } else if let Observation::Completed { .. } = said {
                    done += 1;
                }
            }
        }
    }
    assert_eq!(kinds, (0..22).collect());
    assert_eq!(causes, (0..7).collect());
    assert!(done > 1000, "{done} orders of 4000 were carried out");
}

fn cause_of(cause: Cause) -> u8 {
    match cause {
        Cause::Unreachable => 0,
        Cause::Missing => 1,
        Cause::QuotaExceeded(_) => 2,
        Cause::NoPlacement(_) => 3,
        Cause::NoSlots { .. } => 4,
        Cause::SizeOutOfRange => 5,
        Cause::Interrupted => 6,
        Cause::NoCommonPoint => unreachable!("the logic alone knows of groups"),
    }
}

fn kind_of(work: Work) -> u8 {
    match work {
        Work::Answer(_) => 0,
        Work::Inspect => 1,
        Work::InstallAgent => 2,
        Work::RemoveExtension => 3,
        Work::UninstallMobilityService => 4,
        Work::CreateReplicaDisks(_) => 5,
        Work::ResizeReplicaDisks(_) => 6,
        Work::DeleteReplicaDisks => 7,
        Work::BuildReplicaDisks(_) => 8,
        Work::BuildTestDisks(_) => 9,
        Work::CreateMachine(_) => 10,
        Work::Boot(_) => 11,
        Work::ShutDownMachine(_) => 12,
        Work::DeleteMachine(_) => 13,
        Work::DetachSourceDisks(_) => 14,
        Work::CopySourceDisks(_) => 15,
        Work::CreateSourceDisks(_) => 16,
        Work::AttachToAppliance(_) => 17,
        Work::DetachFromAppliance => 18,
        Work::RebuildOriginal(_) => 19,
        Work::RevertOriginal(_) => 20,
        Work::DeleteAppliance(_) => 21,
    }
}
