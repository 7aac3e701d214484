//! Who stands on whose path: from each VM to the places its data passes, and from each meter and outage to the
//! appliances it concerns. Built once from inventory and intent; plain lookups afterwards.
//!
//! Unit: none. Invariant: a VM without protection has no path and counts in no distribution of ages.

use crate::contract::{Direction, Meter, OutageKind};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::units::{ApplianceId, CacheId, Duration, GroupId, LinkId, StampId, SubscriptionId, Timestamp, VmId};

use super::RunPhase;
use super::wanted::tightest_rpo_target;

/// The places one VM's data passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    pub appliance: ApplianceId,
    pub link: LinkId,
    pub cache: CacheId,
    pub source: StampId,
    pub target: StampId,
    pub cache_subscription: SubscriptionId,
    pub subscription: SubscriptionId,
}

/// All lookups.
pub struct Paths {
    /// By VM id.
    pub of_vm: Vec<Option<Path>>,
    pub group_of: Vec<GroupId>,
    pub groups: usize,
    /// By VM id: the tightest RPO target, and the longest that points are kept.
    pub rpo_target: Vec<Option<Duration>>,
    pub retention: Vec<Duration>,
    /// By VM id: how long an app-consistent point holds the guest up.
    pub freeze: Vec<Duration>,
    /// By appliance id.
    pub vms_of: Vec<Vec<VmId>>,
    /// By meter index.
    appliances_of: Vec<Vec<ApplianceId>>,
    pub(super) meters: MeterIndex,
    /// Nothing before this counts.
    pub settled_at: Timestamp,
}

impl Paths {
    pub fn new(inventory: &Inventory, intent: &Intent, settle: Duration) -> Self {
        let of_vm: Vec<Option<Path>> = inventory.vm_ids().map(|vm| path_of(inventory, intent, vm)).collect();
        let mut vms_of = vec![Vec::new(); inventory.appliances.len()];
        for vm in inventory.vm_ids() {
            if let Some(path) = of_vm[vm.index()] {
                vms_of[path.appliance.index()].push(vm);
            }
        }
        let meters = MeterIndex::new(inventory);
        let mut paths = Self {
            group_of: inventory.vms.iter().map(|vm| vm.group).collect(),
            groups: inventory.groups.len(),
            rpo_target: inventory.vm_ids().map(|vm| tightest_rpo_target(inventory, intent, vm)).collect(),
            freeze: inventory
                .vm_ids()
                .map(|vm| intent.policy_of(vm).map_or(Duration::ZERO, |policy| policy.app_consistent_freeze))
                .collect(),
            retention: inventory
                .vm_ids()
                .map(|vm| intent.policy_of(vm).map_or(Duration::MAX, |policy| policy.retention))
                .collect(),
            appliances_of: Vec::new(),
            settled_at: Timestamp::START + settle,
            of_vm,
            vms_of,
            meters,
        };
        paths.appliances_of =
            paths.meters.all().iter().map(|meter| paths.concerned_by_meter(inventory, *meter)).collect();
        paths
    }

    /// Appliances whose data passes what the meter measures.
    pub fn appliances_of(&self, meter: usize) -> &[ApplianceId] {
        &self.appliances_of[meter]
    }

    fn appliances_with(&self, mut concerned: impl FnMut(&Path) -> bool) -> Vec<ApplianceId> {
        let has = |vms: &Vec<VmId>, concerned: &mut dyn FnMut(&Path) -> bool| {
            vms.iter().any(|vm| self.of_vm[vm.index()].as_ref().is_some_and(&mut *concerned))
        };
        let served = self.vms_of.iter().enumerate().filter(|(_, vms)| has(vms, &mut concerned));
        served.map(|(index, _)| ApplianceId::from_index(index)).collect()
    }

    fn concerned_by_meter(&self, inventory: &Inventory, meter: Meter) -> Vec<ApplianceId> {
        self.appliances_with(|path| match meter {
            Meter::Link(link, _) => path.link == link,
            Meter::ApplianceBytes(id)
            | Meter::ApplianceStorage(id)
            | Meter::ApplianceOps(id)
            | Meter::ApplianceSlots(id)
            | Meter::SourceBacklog(id) => path.appliance == id,
            Meter::CacheUsed(cache) => path.cache == cache,
            Meter::Service(stamp) => path.target == stamp,
            Meter::QuotaCores(id)
            | Meter::QuotaVms(id)
            | Meter::QuotaManagedDisk(id)
            | Meter::PointStorage(id)
            | Meter::QuotaStorage(id) => {
                let own = inventory.appliance(path.appliance).subscription;
                [path.subscription, path.cache_subscription, own].contains(&id)
            }
            Meter::StampMemory(stamp) | Meter::StampVms(stamp) => path.target == stamp || path.source == stamp,
        })
    }

    /// Appliances that an outage concerns.
    pub fn concerned_by_outage(&self, kind: OutageKind) -> Vec<ApplianceId> {
        self.appliances_with(|path| outage_on_path(kind, path))
    }

    /// Whether the cause stands in the way of the VM's data.
    pub fn meter_on_path(&self, meter: Meter, vm: VmId) -> bool {
        self.of_vm[vm.index()].is_some_and(|path| match meter {
            Meter::Link(link, _) => path.link == link,
            Meter::ApplianceBytes(id) | Meter::ApplianceStorage(id) | Meter::ApplianceOps(id) => path.appliance == id,
            Meter::CacheUsed(cache) => path.cache == cache,
            Meter::Service(stamp) => path.target == stamp,
            Meter::QuotaStorage(id) => path.cache_subscription == id,
            Meter::QuotaManagedDisk(id) | Meter::PointStorage(id) => path.subscription == id,
            // Slots, cores and memory hold up jobs, not data; a backlog is an effect, not a cause.
            Meter::ApplianceSlots(_)
            | Meter::SourceBacklog(_)
            | Meter::QuotaCores(_)
            | Meter::QuotaVms(_)
            | Meter::StampMemory(_)
            | Meter::StampVms(_) => false,
        })
    }

    pub fn outage_on_path(&self, kind: OutageKind, vm: VmId) -> bool {
        self.of_vm[vm.index()].is_some_and(|path| outage_on_path(kind, &path))
    }
}

fn outage_on_path(kind: OutageKind, path: &Path) -> bool {
    match kind {
        OutageKind::StampDown(stamp) => path.source == stamp || path.target == stamp,
        OutageKind::LinkDown(link) | OutageKind::LinkSlow(link) => path.link == link,
        OutageKind::ApplianceDown(id) | OutageKind::ApplianceTampered(id) => path.appliance == id,
        OutageKind::CacheDown(cache) => path.cache == cache,
        OutageKind::ServiceDown(stamp) => path.target == stamp,
        OutageKind::GuestReboot(stamp) | OutageKind::SourceDeleted(stamp) => path.source == stamp,
        // Damaged data is replicated as well as any.
        OutageKind::Damage(_) => false,
    }
}

/// The phase that an outage makes while it lasts; events that are over at once make none.
pub(super) fn phase_of_outage(kind: OutageKind) -> Option<RunPhase> {
    match kind {
        OutageKind::LinkDown(_) | OutageKind::LinkSlow(_) => Some(RunPhase::LinkOutage),
        OutageKind::StampDown(_)
        | OutageKind::ApplianceDown(_)
        | OutageKind::CacheDown(_)
        | OutageKind::ServiceDown(_)
        | OutageKind::GuestReboot(_) => Some(RunPhase::OtherOutage),
        OutageKind::SourceDeleted(_) | OutageKind::ApplianceTampered(_) | OutageKind::Damage(_) => None,
    }
}

fn path_of(inventory: &Inventory, intent: &Intent, vm: VmId) -> Option<Path> {
    let protection = intent.protection(vm)?;
    let appliance = inventory.appliance(protection.appliance);
    Some(Path {
        appliance: protection.appliance,
        link: appliance.link,
        cache: appliance.cache,
        source: inventory.vm(vm).on,
        target: protection.target,
        cache_subscription: inventory.cache(appliance.cache).subscription,
        subscription: protection.subscription,
    })
}

/// Dense places for meters: arithmetic, no search.
pub(super) struct MeterIndex {
    all: Vec<Meter>,
    appliances_at: usize,
    caches_at: usize,
    stamps_at: usize,
    subscriptions_at: usize,
}

impl MeterIndex {
    fn new(inventory: &Inventory) -> Self {
        let mut all = Vec::new();
        for link in (0..inventory.links.len()).map(LinkId::from_index) {
            all.extend([Meter::Link(link, Direction::Forward), Meter::Link(link, Direction::Reverse)]);
        }
        let appliances_at = all.len();
        for id in (0..inventory.appliances.len()).map(ApplianceId::from_index) {
            all.extend([
                Meter::ApplianceBytes(id),
                Meter::ApplianceStorage(id),
                Meter::ApplianceOps(id),
                Meter::ApplianceSlots(id),
                Meter::SourceBacklog(id),
            ]);
        }
        let caches_at = all.len();
        all.extend((0..inventory.caches.len()).map(|index| Meter::CacheUsed(CacheId::from_index(index))));
        let stamps_at = all.len();
        for id in (0..inventory.stamps.len()).map(StampId::from_index) {
            all.extend([Meter::Service(id), Meter::StampMemory(id), Meter::StampVms(id)]);
        }
        let subscriptions_at = all.len();
        for id in (0..inventory.subscriptions.len()).map(SubscriptionId::from_index) {
            all.extend([
                Meter::QuotaCores(id),
                Meter::QuotaVms(id),
                Meter::QuotaManagedDisk(id),
                Meter::PointStorage(id),
                Meter::QuotaStorage(id),
            ]);
        }
        Self { all, appliances_at, caches_at, stamps_at, subscriptions_at }
    }

    pub fn all(&self) -> &[Meter] {
        &self.all
    }

    pub fn of(&self, meter: Meter) -> usize {
        let appliance = |id: ApplianceId, place| self.appliances_at + 5 * id.index() + place;
        let stamp = |id: StampId, place| self.stamps_at + 3 * id.index() + place;
        let subscription = |id: SubscriptionId, place| self.subscriptions_at + 5 * id.index() + place;
        match meter {
            Meter::Link(link, Direction::Forward) => 2 * link.index(),
            Meter::Link(link, Direction::Reverse) => 2 * link.index() + 1,
            Meter::ApplianceBytes(id) => appliance(id, 0),
            Meter::ApplianceStorage(id) => appliance(id, 1),
            Meter::ApplianceOps(id) => appliance(id, 2),
            Meter::ApplianceSlots(id) => appliance(id, 3),
            Meter::SourceBacklog(id) => appliance(id, 4),
            Meter::CacheUsed(cache) => self.caches_at + cache.index(),
            Meter::Service(id) => stamp(id, 0),
            Meter::StampMemory(id) => stamp(id, 1),
            Meter::StampVms(id) => stamp(id, 2),
            Meter::QuotaCores(id) => subscription(id, 0),
            Meter::QuotaVms(id) => subscription(id, 1),
            Meter::QuotaManagedDisk(id) => subscription(id, 2),
            Meter::PointStorage(id) => subscription(id, 3),
            Meter::QuotaStorage(id) => subscription(id, 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::measure::testing::two_stamps;

    #[test]
    fn every_meter_has_its_own_place() {
        let paths = two_stamps(3).paths();
        for (place, meter) in paths.meters.all().iter().enumerate() {
            assert_eq!(paths.meters.of(*meter), place, "{meter:?}");
        }
    }
}
