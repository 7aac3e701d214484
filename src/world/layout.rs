//! Layout: from what is declared to lanes, kinds of routes and the capacities they share.
//!
//! A kind is a route with a size of operation: everything that loads the same resources with the same cost per byte. One µB/s of
//! blocks of `b` bytes costs the appliance's storage side `1 + op_bytes/b`, and of its processor, whose capacity counts in
//! operations of the floor size, `floor/b` (domain facts 5.1). Forward data loads appliance, link and cache on its way in and the
//! target's service on its way out; reverse data only the log account on its way in, link and appliance on its way out.
//! Of the processor every disk takes a part besides its operations: `min(c, its own operations)` while it keeps up, `c` while its
//! data waits for the appliance, all disks together at most half of the processor. So an idle disk takes nothing, no operation
//! costs more than two, and 28 busy disks fill what 120 VMs with little to write pass (golden numbers G1, G18). Inferred: the
//! documented test has no row with less than `c` operations per disk in which the processor is short. With the bound of one
//! half `n` equal disks catch up exactly when they keep up: `n·c ≤ P/2` leaves `P − n·c`, beyond that each gets `P/2n < c`.
//! The service of a target applies as fast as the appliances it serves can send (domain facts 11, row 3: assumed shared per stamp).
//! A limit of zero is no limit.

use crate::inventory::{GuestSystem, Inventory, Limits};
use crate::units::{ApplianceId, CacheId, DiskId, LinkId, StampId, VmId};
use crate::world::cache::CacheState;
use crate::world::churn::{DiskChurn, Table};
use crate::world::flow::{Amount, BULK_BLOCK, BYTE, Lane, MarkState, VmFlow, amount};
use crate::world::link::LinkState;
use crate::world::meters::Places;
use crate::world::pipeline::VmPath;
use crate::world::sharing::{FLOW_MAX, NO_LIMIT, ONE, Use};
use crate::world::watermark::LagLine;
use crate::world::{CrossTraffic, Physics};

const MICRO: u64 = 1_000_000;

/// An agent holds at least one batch (domain facts 3.7: 4 MB); without that a flow near its share would lose and
/// restore its order at every nanosecond.
const AGENT_BATCH: Amount = (4 << 20) * BYTE;

/// What loads the same resources at the same cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub appliance: ApplianceId,
    pub link: LinkId,
    pub cache: CacheId,
    pub target: StampId,
    pub reverse: bool,
    pub block: u64,
}

/// All kinds, with what they use on their way in and out.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    pub all: Vec<Kind>,
    pub into: Vec<Vec<Use>>,
    pub out: Vec<Vec<Use>>,
}

impl Kinds {
    fn of(&mut self, path: &VmPath, reverse: bool, block: u64, places: &Places, limits: &Limits) -> u32 {
        let VmPath { appliance, link, cache, target, .. } = *path;
        let kind = Kind { appliance, link, cache, target, reverse, block };
        if let Some(known) = self.all.iter().position(|other| *other == kind) {
            return known as u32;
        }
        let one = u128::from(ONE);
        let cost = |part: u64| ((u128::from(part) * one).div_ceil(u128::from(block))) as u64;
        let wan = vec![
            (places.link(link, usize::from(reverse)), ONE),
            (places.bytes(appliance), ONE),
            (places.storage(appliance), ONE + cost(limits.envelope.op_bytes)),
            (places.operations(appliance), ops_cost(block, limits)),
        ];
        let inlet = (places.cache(cache), ONE);
        let (into, out) = if reverse {
            (vec![inlet], wan)
        } else {
            (wan.into_iter().chain([inlet]).collect(), vec![(places.service(target), ONE)])
        };
        self.all.push(kind);
        self.into.push(into);
        self.out.push(out);
        (self.all.len() - 1) as u32
    }
}

/// What one µB/s in blocks of `block` takes of the processor [2⁻²⁰ µB/s of the floor size].
fn ops_cost(block: u64, limits: &Limits) -> u64 {
    (u128::from(floor(limits)) * u128::from(ONE)).div_ceil(u128::from(block)) as u64
}

/// Smallest replicated operation.
pub(super) fn floor(limits: &Limits) -> u64 {
    limits.write_floor.0.max(1)
}

/// What is up, and how much it gives.
#[derive(Debug)]
pub(super) struct Network {
    pub links: Vec<LinkState>,
    pub appliances_up: Vec<bool>,
    /// What disks take of each appliance's processor besides their operations [µB/s of the floor size].
    pub overhead: Vec<u64>,
    pub caches: Vec<CacheState>,
    pub services_up: Vec<bool>,
    /// Sum of the storage rates of the appliances served [µB/s].
    service: Vec<u64>,
    /// Meters that somebody's route passes.
    pub metered: Vec<bool>,
}

impl Network {
    pub(super) fn new(inventory: &Inventory, physics: &Physics, paths: &[Option<VmPath>], places: &Places) -> Self {
        let limits = &inventory.limits;
        let link = |(index, link): (usize, &crate::inventory::Link)| {
            let cross = physics.cross_traffic.get(index).cloned().flatten();
            LinkState::new(link, physics.calendar, cross.map(|c: CrossTraffic| (Table::new(c.series), c.scale)))
        };
        let delay = limits.processing_delay.ns();
        let mut pairs: Vec<(StampId, ApplianceId)> = paths.iter().flatten().map(|p| (p.target, p.appliance)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut service = vec![0; inventory.stamps.len()];
        for (stamp, _) in &pairs {
            service[stamp.index()] += limit(limits.envelope.storage_rate.0.saturating_mul(MICRO));
        }
        let mut metered = vec![false; places.count()];
        for path in paths.iter().flatten() {
            let VmPath { appliance, link, cache, target, .. } = *path;
            for index in [
                places.link(link, 0),
                places.link(link, 1),
                places.bytes(appliance),
                places.storage(appliance),
                places.operations(appliance),
                places.backlog(appliance),
                places.cache(cache),
                places.service(target),
            ] {
                metered[index as usize] = true;
            }
        }
        Self {
            links: inventory.links.iter().enumerate().map(link).collect(),
            appliances_up: vec![true; inventory.appliances.len()],
            overhead: vec![0; inventory.appliances.len()],
            caches: inventory.caches.iter().map(|cache| CacheState::new(cache.capacity, delay)).collect(),
            services_up: vec![true; inventory.stamps.len()],
            service,
            metered,
        }
    }

    /// The most that one disk takes of the processor besides its operations [µB/s of the floor size].
    pub(super) fn disk_rate(limits: &Limits) -> u64 {
        limits.envelope.disk_ops_milli.saturating_mul(floor(limits) * 1_000).min(FLOW_MAX)
    }

    /// Writes the capacities at `t`, before disks take their part of the processor [µB/s · 2²⁰]; inlets of caches are open or closed, never narrow.
    pub(super) fn capacities(&self, t: u64, limits: &Limits, places: &Places, out: &mut Vec<u128>) {
        out.clear();
        out.resize(places.count(), u128::from(NO_LIMIT) * u128::from(ONE));
        let mut set = |index: u32, rate: u64| out[index as usize] = u128::from(rate) * u128::from(ONE);
        for (index, link) in self.links.iter().enumerate() {
            let capacity = link.capacity(t);
            for way in 0..2 {
                set(places.link(LinkId::from_index(index), way), capacity);
            }
        }
        let envelope = &limits.envelope;
        for (index, up) in self.appliances_up.iter().enumerate() {
            let id = ApplianceId::from_index(index);
            let operations = envelope.ops_max_milli.saturating_mul(floor(limits) * 1_000);
            let operations = if envelope.ops_max_milli == 0 { NO_LIMIT } else { operations };
            let storage = limit(envelope.storage_rate.0.saturating_mul(MICRO));
            set(places.storage(id), if *up { storage } else { 0 });
            set(places.operations(id), if *up { operations } else { 0 });
        }
        for (index, cache) in self.caches.iter().enumerate() {
            set(places.cache(CacheId::from_index(index)), if cache.up { NO_LIMIT } else { 0 });
        }
        for (index, up) in self.services_up.iter().enumerate() {
            set(places.service(StampId::from_index(index)), if *up { self.service[index].min(NO_LIMIT) } else { 0 });
        }
    }

    /// When a capacity changes next by itself.
    pub(super) fn next_change(&self, t: u64) -> u64 {
        self.links.iter().map(|link| link.next_change(t)).min().unwrap_or(u64::MAX)
    }
}

fn limit(rate: u64) -> u64 {
    if rate == 0 { NO_LIMIT } else { rate.min(NO_LIMIT) }
}

/// Lanes of all disks: first what is written, then what is copied.
pub(super) fn lanes(
    inventory: &Inventory,
    physics: &Physics,
    paths: &[Option<VmPath>],
    places: &Places,
    of_disk: &[(u32, u32)],
) -> (Vec<Lane>, Kinds) {
    let (mut delta, mut bulk, mut kinds) = (Vec::new(), Vec::new(), Kinds::default());
    let limits = &inventory.limits;
    for (index, disk) in inventory.disks.iter().enumerate() {
        let churn = &physics.churn[index];
        let (replicated, block) = churn.writes.replicated(limits.write_floor);
        let (wave, scale) = of_disk[index];
        let ppm = replicated * u128::from(churn.share.ppm()) * u128::from(scale);
        let factor = (ppm + 500_000_000_000) / 1_000_000_000_000;
        let mut written = Lane { vm: disk.vm.0, wave, factor: factor as u64, weight: 1, ..Lane::default() };
        let mut copied = Lane { vm: disk.vm.0, class: 1, weight: 1, ..Lane::default() };
        if let Some(path) = paths.get(disk.vm.index()).and_then(Option::as_ref) {
            for (lane, block) in [(&mut written, block), (&mut copied, BULK_BLOCK)] {
                lane.weight = path.weight.max(1);
                let ops = u128::from(lane.factor) * u128::from(ops_cost(block, limits)) / u128::from(ONE);
                lane.ops_factor = u64::try_from(ops).unwrap_or(u64::MAX);
                for way in 0..2 {
                    lane.kinds[way] = kinds.of(path, way == 1, block, places, limits);
                    let (near, far) = caps(inventory, path, DiskId::from_index(index), block);
                    (lane.caps_in[way], lane.caps_out[way]) =
                        if way == 0 { (near.min(far), near_disk(limits)) } else { (near, near.min(far)) };
                }
            }
        }
        delta.push(written);
        bulk.push(copied);
    }
    delta.append(&mut bulk);
    (delta, kinds)
}

fn near_disk(limits: &Limits) -> u64 {
    limit(limits.disk_rate_max.0.saturating_mul(MICRO)).min(FLOW_MAX)
}

/// Caps of one flow: at its disk and guest, and on the link [µB/s].
fn caps(inventory: &Inventory, path: &VmPath, disk: DiskId, block: u64) -> (u64, u64) {
    let vm = inventory.vm(inventory.disk(disk).vm);
    let operations = inventory.limits.vm_sizes.get(vm.size).map_or(0, |size| u64::from(size.iops_per_disk));
    let guest = limit(operations.saturating_mul(block).saturating_mul(MICRO));
    let link = inventory.link(path.link);
    let window = link.flow_window.filter(|_| !link.round_trip.is_zero()).map_or(NO_LIMIT, |window| {
        let rate = u128::from(window.0) * 1_000_000_000_000_000 / u128::from(link.round_trip.ns());
        u64::try_from(rate).unwrap_or(NO_LIMIT).min(NO_LIMIT)
    });
    (near_disk(&inventory.limits).min(guest), window)
}

/// The VMs, nothing replicated yet.
///
/// What an agent joins it holds back: nothing leaves before the window of its rewrites is over, so everything is a window older when it
/// arrives (the longest of the VM's disks). A batch is sent at its end, so this is what its oldest byte sees; the youngest sees nothing
/// of it (methods 1.7).
pub(super) fn vms(inventory: &Inventory, paths: &[Option<VmPath>], churn: &[DiskChurn]) -> Vec<VmFlow> {
    let limits = &inventory.limits;
    let mut on_appliance = vec![0; inventory.appliances.len()];
    for path in paths.iter().flatten() {
        on_appliance[path.appliance.index()] += 1;
    }
    let vm = |(index, vm): (usize, &crate::inventory::Vm)| {
        let path = paths.get(index).copied().flatten();
        let memory = amount(match vm.guest {
            GuestSystem::Windows => limits.agent_memory_windows,
            GuestSystem::Linux => limits.agent_memory_linux,
        })
        .max(AGENT_BATCH);
        let share = |p: VmPath| amount(limits.appliance_buffer) / Amount::from(on_appliance[p.appliance.index()]);
        let windows = vm.disks.clone().filter_map(|disk| churn.get(disk as usize));
        let window = windows.map(|churn| churn.writes.coalesce_within.ns()).max().unwrap_or(0);
        let pipe = window + path.map_or(0, |p| inventory.link(p.link).round_trip.ns() / 2);
        VmFlow {
            path,
            disks: vm.disks.clone(),
            reverse: false,
            writes: true,
            writer_log: vec![(0, true)],
            reachable: true,
            tracked: false,
            stream: None,
            marks: MarkState::Silent,
            marks_from: 0,
            rule_from: 0,
            at: 0,
            told_at: 0,
            copy: None,
            bulk: false,
            settles: false,
            bitmap: None,
            resync_told: false,
            disordered: false,
            sealed: None,
            untracked: None,
            memory,
            buffer: memory + path.map_or(0, share),
            disk_bytes: amount(inventory.disk_bytes(VmId::from_index(index))),
            delay: limits.processing_delay.ns() + pipe,
            pipe,
            lag: LagLine::default(),
            listed: false,
            rests: false,
        }
    };
    inventory.vms.iter().enumerate().map(vm).collect()
}
