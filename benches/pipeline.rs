//! How fast the data path passes a year: 1,000 VMs of three disks, 5-minute churn of a trace, quiet but for some outages.
//!
//! `cargo bench --bench pipeline`; no statistics, a plain stopwatch. Claims are made with the numbers it prints.

use std::sync::Arc;
use std::time::Instant;

use drsim::contract::{CopyKind, Direction, Marks, OpId};
use drsim::inventory::limits::Envelope;
use drsim::inventory::{
    Appliance, CacheStorage, Disk, Group, GuestSystem, Inventory, Link, Quota, Stamp, Subscription, Vm, VmSize,
};
use drsim::kernel::Law;
use drsim::units::{
    ApplianceId, BitRate, ByteRate, Bytes, CacheId, Calendar, Duration, GroupId, LinkId, Ratio, StampId,
    SubscriptionId, Timestamp, VmId,
};
use drsim::world::{Churn, DiskChurn, Luck, Noise, Physics, Pipeline, Series, Times, VmPath, Writes};

const VMS: u32 = 1_000;
const DISKS: u32 = 3;
const DAYS: u64 = 365;

fn main() {
    report("trace, quiet", &fleet(false), 0, false);
    report("trace, 12 outages of 4 h", &fleet(false), 12, false);
    report("trace, initial copy of all, 12 outages", &fleet(false), 12, true);
    report("noise by VM, quiet", &fleet(true), 0, false);
}

fn report(name: &str, physics: &Physics, outages: u64, copies: bool) {
    let inventory = inventory();
    let path = VmPath {
        appliance: ApplianceId(0),
        link: LinkId(0),
        cache: CacheId(0),
        target: StampId(1),
        weight: 1,
        deadline: None,
    };
    let paths = vec![Some(path); VMS as usize];
    let clock = Instant::now();
    let mut pipeline = Pipeline::new(Arc::new(inventory), physics, &Luck::new(1, 0), paths);
    let marks = Marks { crash_every: Duration::minutes(5), app_every: None };
    for vm in 0..VMS {
        if copies {
            let op = OpId(u64::from(vm));
            pipeline.start_copy(Timestamp::START, op, VmId(vm), CopyKind::Initial, Direction::Forward);
        }
        pipeline.start_stream(Timestamp::START, VmId(vm), Direction::Forward, marks);
    }
    let end = Timestamp::START + Duration::days(DAYS);
    let mut changes: Vec<(Timestamp, Ratio)> = (0..outages)
        .flat_map(|n| {
            let begin = Timestamp::START + Duration::days(20 + 28 * n);
            [(begin, Ratio::ZERO), (begin + Duration::hours(4), Ratio::ONE)]
        })
        .collect();
    changes.push((end, Ratio::ONE));
    let (mut looks, mut facts, mut words) = (0u64, 0u64, 0u64);
    for (when, yields) in changes {
        loop {
            let due = pipeline.next_due();
            if due > when {
                break;
            }
            looks += 1;
            pipeline.advance(due);
            while pipeline.poll_observation().is_some() {
                words += 1;
            }
            while pipeline.poll_fact().is_some() {
                facts += 1;
            }
        }
        pipeline.set_link(when, LinkId(0), yields);
    }
    pipeline.close(end);
    while pipeline.poll_fact().is_some() {
        facts += 1;
    }
    let seconds = clock.elapsed().as_secs_f64();
    println!("{name}: {seconds:.3} s for {DAYS} days, {looks} looks, {facts} facts, {words} observations");
}

fn fleet(noisy: bool) -> Physics {
    let models: Vec<Arc<Churn>> = (0..VMS)
        .map(|vm| {
            let rates = (0..2_016u32).map(|step| (step * 7_919 + vm * 104_729) % 400_000).collect();
            let series =
                Series { name: format!("vm-{vm}"), every: Duration::minutes(5), starts: Timestamp::START, rates };
            Arc::new(if noisy {
                let noise = Some(Noise { sigma: 0.5, every: Duration::minutes(5) });
                Churn::Steady { rate: ByteRate(200_000), noise }
            } else {
                Churn::Trace { series: Arc::new(series), scale: Ratio::ONE }
            })
        })
        .collect();
    let writes =
        Writes { block: Bytes::kib(64), unique: Vec::new(), compression: Ratio::ONE, coalesce_within: Duration::ZERO };
    let churn = (0..VMS * DISKS).map(|disk| DiskChurn {
        model: models[(disk / DISKS) as usize].clone(),
        share: Ratio::percent(33),
        stream: format!("vm-{}", disk / DISKS),
        writes: writes.clone(),
    });
    let law = || Law::Fixed(Duration::ZERO);
    Physics {
        calendar: Calendar::default(),
        churn: churn.collect(),
        cross_traffic: vec![None],
        times: Times {
            inspect: law(),
            agent_install: law(),
            agent_remove: law(),
            disk_create: law(),
            disk_attach: law(),
            disk_detach: law(),
            disks_from_point: law(),
            vm_create: law(),
            vm_delete: law(),
            vm_shut_down: law(),
            boot_windows: law(),
            boot_linux: law(),
            disk_copy_overhead: law(),
            creates_at_once: 0,
            guest_reboot: law(),
            unreachable_after: Duration::ZERO,
        },
        outages: Vec::new(),
        provider_on: Vec::new(),
    }
}

fn inventory() -> Inventory {
    let stamp = |name: &str| Stamp { name: name.to_string(), servers: None };
    let quota = Quota { vm_cores: 1, vms: 1, managed_disk: Bytes::ZERO, storage: Bytes::ZERO };
    let subscription = |stamp| Subscription { name: String::new(), stamp: StampId(stamp), quota };
    let mut inventory = Inventory {
        stamps: vec![stamp("east"), stamp("west")],
        subscriptions: vec![subscription(0), subscription(1)],
        links: vec![Link {
            name: "wan".to_string(),
            from: StampId(0),
            to: StampId(1),
            bandwidth: BitRate::mbit(10_000),
            round_trip: Duration::millis(20),
            flow_window: None,
            throttle: Vec::new(),
        }],
        caches: vec![CacheStorage {
            name: "cache".to_string(),
            on: StampId(1),
            subscription: SubscriptionId(1),
            capacity: Bytes::tib(100),
        }],
        appliances: vec![Appliance {
            name: "appliance".to_string(),
            on: StampId(0),
            subscription: SubscriptionId(0),
            size: 0,
            cache: CacheId(0),
            link: LinkId(0),
            slots: 31,
        }],
        groups: vec![Group { name: "all".to_string(), vms: 0..VMS }],
        ..Inventory::default()
    };
    let limits = &mut inventory.limits;
    limits.vm_sizes.push(VmSize {
        name: "any".to_string(),
        cores: 4,
        memory: Bytes::gib(8),
        data_disks: 16,
        iops_per_disk: 2_300,
    });
    limits.write_floor = Bytes::kib(8);
    limits.processing_delay = Duration::secs(250);
    limits.disk_rate_max = ByteRate::mb(145);
    limits.appliance_buffer = Bytes::tib(400);
    limits.agent_memory_linux = Bytes::mib(64);
    limits.bitmap_resync_share = Ratio::ONE;
    limits.envelope = Envelope {
        storage_rate: ByteRate::mb(1_000),
        op_bytes: 9_060,
        ops_max_milli: 400_000_000,
        disk_ops_milli: 42_667,
    };
    add_vms(&mut inventory);
    inventory
}

fn add_vms(inventory: &mut Inventory) {
    for vm in 0..VMS {
        inventory.vms.push(Vm {
            name: format!("vm-{vm}"),
            group: GroupId(0),
            on: StampId(0),
            subscription: SubscriptionId(0),
            guest: GuestSystem::Linux,
            size: 0,
            disks: vm * DISKS..(vm + 1) * DISKS,
            guest_supported: true,
            certificate_trusted: true,
            leftover_mobility_service: false,
        });
        for _ in 0..DISKS {
            inventory.disks.push(Disk { vm: VmId(vm), size: Bytes::gib(128), used: Bytes::gib(40) });
        }
    }
}
