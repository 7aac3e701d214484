//! A workbench: two stamps, one link, one cache, one appliance, and whatever VMs a test puts there.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs of this module")]

use std::sync::Arc;

use super::pieces::{self, Piece};
use drsim::contract::{Direction, Fact, Marks, Meter, Observation, OpId};
use drsim::inventory::limits::Envelope;
use drsim::inventory::{
    Appliance, CacheStorage, Disk, Group, GuestSystem, Inventory, Link, Quota, Stamp, Subscription, ThrottleWindow, Vm,
    VmSize,
};
use drsim::kernel::Law;
use drsim::units::{
    ApplianceId, BitRate, ByteRate, Bytes, CacheId, Calendar, Duration, GroupId, LinkId, Ratio, StampId,
    SubscriptionId, Timestamp, VmId,
};
use drsim::world::{Churn, DiskChurn, Luck, Physics, Pipeline, Series, Times, VmPath, Writes};

pub const MB: u64 = 1_000_000;
pub const SECOND: u64 = 1_000_000_000;

/// The moment `s` seconds after the start.
pub fn at(s: u64) -> Timestamp {
    Timestamp::from_ns(s * SECOND)
}

pub struct Bench {
    pub inventory: Inventory,
    pub churn: Vec<DiskChurn>,
    pub path: Vec<Option<VmPath>>,
    pub calendar: Calendar,
    pub seed: u64,
}

pub fn plain() -> Writes {
    Writes { block: Bytes(MB), unique: Vec::new(), compression: Ratio::ONE, coalesce_within: Duration::ZERO }
}

pub fn steady(rate: u64) -> Churn {
    Churn::Steady { rate: ByteRate(rate), noise: None }
}

pub fn trace(every: u64, rates: &[u64]) -> Churn {
    let series = Series {
        name: "trace".to_string(),
        every: Duration::secs(every),
        starts: Timestamp::START,
        rates: rates.iter().map(|rate| *rate as u32).collect(),
    };
    Churn::Trace { series: Arc::new(series), scale: Ratio::ONE }
}

impl Bench {
    /// A link of `mbit` Mbit/s; everything else never binds.
    pub fn new(mbit: u64) -> Self {
        let stamp = |name: &str| Stamp { name: name.to_string(), servers: None };
        let quota = Quota { vm_cores: 1, vms: 1, managed_disk: Bytes::ZERO, storage: Bytes::ZERO };
        let subscription = |name: &str, stamp| Subscription { name: name.to_string(), stamp: StampId(stamp), quota };
        let mut inventory = Inventory {
            stamps: vec![stamp("east"), stamp("west")],
            subscriptions: vec![subscription("east", 0), subscription("west", 1)],
            links: vec![Link {
                name: "wan".to_string(),
                from: StampId(0),
                to: StampId(1),
                bandwidth: BitRate::mbit(mbit),
                round_trip: Duration::ZERO,
                flow_window: None,
                throttle: Vec::new(),
            }],
            caches: vec![CacheStorage {
                name: "cache".to_string(),
                on: StampId(1),
                subscription: SubscriptionId(1),
                capacity: Bytes::tib(1_000),
            }],
            ..Inventory::default()
        };
        inventory.limits.vm_sizes.push(VmSize {
            name: "any".to_string(),
            cores: 1,
            memory: Bytes::gib(1),
            data_disks: 32,
            iops_per_disk: 0,
        });
        inventory.limits.appliance_buffer = Bytes::tib(1_000_000);
        inventory.limits.bitmap_resync_share = Ratio::ONE;
        inventory.appliances.push(Appliance {
            name: "appliance".to_string(),
            on: StampId(0),
            subscription: SubscriptionId(0),
            size: 0,
            cache: CacheId(0),
            link: LinkId(0),
            slots: 31,
        });
        Self { inventory, churn: Vec::new(), path: Vec::new(), calendar: Calendar::default(), seed: 7 }
    }

    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.inventory.limits.envelope = envelope;
        self
    }

    /// A VM with one disk of 100 GB per model.
    pub fn vm(&mut self, weight: u32, disks: Vec<(Churn, Writes)>) -> VmId {
        let sized = disks.into_iter().map(|(churn, writes)| (churn, writes, Bytes::gb(100))).collect();
        self.vm_of(weight, sized)
    }

    pub fn vm_of(&mut self, weight: u32, disks: Vec<(Churn, Writes, Bytes)>) -> VmId {
        let inventory = &mut self.inventory;
        let vm = VmId::from_index(inventory.vms.len());
        let first = inventory.disks.len() as u32;
        for (model, writes, size) in disks {
            inventory.disks.push(Disk { vm, size, used: size });
            let stream = format!("vm-{}", vm.0);
            self.churn.push(DiskChurn { model: Arc::new(model), share: Ratio::ONE, stream, writes });
        }
        inventory.groups.push(Group { name: format!("vm-{}", vm.0), vms: vm.0..vm.0 + 1 });
        inventory.vms.push(Vm {
            name: format!("vm-{}", vm.0),
            group: GroupId(vm.0),
            on: StampId(0),
            subscription: SubscriptionId(0),
            guest: GuestSystem::Linux,
            size: 0,
            disks: first..inventory.disks.len() as u32,
            guest_supported: true,
            certificate_trusted: true,
            leftover_mobility_service: false,
        });
        self.path.push(Some(VmPath {
            appliance: ApplianceId(0),
            link: LinkId(0),
            cache: CacheId(0),
            target: StampId(1),
            weight,
            deadline: None,
        }));
        vm
    }

    pub fn throttle(&mut self, from: u64, until: u64, mbit: u64) {
        self.inventory.links[0].throttle.push(ThrottleWindow {
            days: [true; 7],
            from: Duration::hours(from),
            until: Duration::hours(until),
            to: BitRate::mbit(mbit),
        });
    }

    pub fn pipeline(&self) -> Pipeline {
        let law = || Law::Fixed(Duration::ZERO);
        let physics = Physics {
            calendar: self.calendar,
            churn: self.churn.clone(),
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
        };
        self.inventory.assert_valid();
        let luck = Luck::new(self.seed, 0);
        Pipeline::new(Arc::new(self.inventory.clone()), &physics, &luck, self.path.clone())
    }

    /// Everything streams from the start, with a mark every five minutes.
    pub fn streaming(&self) -> Run {
        let mut run = Run::of(self.pipeline());
        for vm in 0..self.inventory.vms.len() {
            run.pipeline.start_stream(Timestamp::START, VmId::from_index(vm), Direction::Forward, marks(300));
        }
        run
    }
}

pub fn marks(s: u64) -> Marks {
    Marks { crash_every: Duration::secs(s), app_every: None }
}

/// A pipeline under way, with what it said and recorded.
pub struct Run {
    pub pipeline: Pipeline,
    pub said: Vec<(Timestamp, Observation)>,
    pub facts: Vec<(Timestamp, Fact)>,
    pub looks: u64,
}

impl Run {
    pub fn of(pipeline: Pipeline) -> Self {
        Self { pipeline, said: Vec::new(), facts: Vec::new(), looks: 0 }
    }

    fn collect(&mut self, now: Timestamp) {
        while let Some(word) = self.pipeline.poll_observation() {
            self.said.push((now, word));
        }
        while let Some(fact) = self.pipeline.poll_fact() {
            self.facts.push(fact);
        }
    }

    /// As the loop of a simulation does it.
    pub fn until(&mut self, end: Timestamp) -> &mut Pipeline {
        let mut now = Timestamp::START;
        loop {
            let due = self.pipeline.next_due();
            self.looks += 1;
            if due > end {
                break;
            }
            now = now.max(due);
            self.pipeline.advance(due);
            self.collect(due);
        }
        self.pipeline.advance(end);
        self.collect(end);
        &mut self.pipeline
    }

    pub fn close(&mut self, end: Timestamp) {
        self.until(end);
        self.pipeline.close(end);
        self.collect(end);
    }

    pub fn completed(&self, op: u64) -> Option<Timestamp> {
        self.said.iter().find(|(_, word)| *word == Observation::Completed { op: OpId(op) }).map(|(when, _)| *when)
    }

    /// Pieces of the age of what is received, or applied [s].
    pub fn lag(&self, vm: VmId, applied: bool) -> Vec<Piece> {
        pieces::lag(&self.facts, vm, applied)
    }

    pub fn level(&self, meter: Meter) -> Vec<(f64, u64, f64, u64)> {
        pieces::level(&self.facts, meter)
    }

    pub fn peak(&self, meter: Meter) -> u64 {
        self.level(meter).iter().map(|(_, start, _, end)| *start.max(end)).max().unwrap_or(0)
    }

    /// written, applied, in flight, in cache, superseded, lost
    pub fn ledger(&self, vm: VmId) -> [u64; 6] {
        let found = self.facts.iter().find_map(|(_, fact)| match fact {
            Fact::Ledger { vm: of, written, applied, in_flight, in_cache, superseded, lost } if *of == vm => {
                Some([written.0, applied.0, in_flight.0, in_cache.0, superseded.0, lost.0])
            }
            _ => None,
        });
        found.expect("the run is closed and the VM replicated")
    }

    /// Marks reported one by one, [s].
    pub fn marks_applied(&self, vm: VmId) -> Vec<(f64, f64)> {
        let marks = self.said.iter().filter_map(|(when, word)| match word {
            Observation::MarkApplied { vm: of, mark } if *of == vm => Some((mark.secs_f64(), when.secs_f64())),
            _ => None,
        });
        marks.collect()
    }
}

pub fn assert_pieces(found: &[Piece], expected: &[Piece]) {
    let close = found.len() == expected.len()
        && found.iter().zip(expected).all(|(a, b)| a.iter().zip(b).all(|(x, y)| (x - y).abs() <= 2.5e-9));
    assert!(close, "\nfound    {found:?}\nexpected {expected:?}");
}
