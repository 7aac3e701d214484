//! The books at rest: slots, quotas, hosts and caches hold what the VMs that have come to rest need, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use drsim::contract::{Fact, Health, HealthReason, Meter, Phase};
use drsim::units::{ApplianceId, Bytes, SubscriptionId};

use super::rest::{End, ends};
use crate::common::Story;

/// What the target holds for one VM.
#[derive(Clone, Copy, Debug, Default)]
struct Holds {
    machines: u64,
    disks: Bytes,
    slots: u64,
}

/// Accounts that hold something else than the VMs need.
pub fn fouls(story: &Story) -> Vec<String> {
    let meters = readings(story);
    let mut targets: BTreeMap<SubscriptionId, (u64, u64, Bytes)> = BTreeMap::new();
    let mut slots: BTreeMap<ApplianceId, u64> = BTreeMap::new();
    let mut strained: BTreeSet<ApplianceId> = BTreeSet::new();
    let setup = &story.scenario.setup;
    for end in ends(story) {
        let protection = setup.intent.protection(end.vm).expect("ends are those of protected VMs");
        let holds = holds(story, &end);
        let cores = u64::from(setup.inventory.limits.vm_sizes[setup.inventory.vm(end.vm).size].cores);
        let target = targets.entry(protection.subscription).or_default();
        *target = (target.0 + holds.machines, target.1 + holds.machines * cores, target.2 + holds.disks);
        *slots.entry(protection.appliance).or_default() += holds.slots;
        if end.strained {
            strained.insert(protection.appliance);
        }
    }
    let mut found = Vec::new();
    let mut compare = |meter: Meter, held: u64| {
        let taken = meters.get(&meter).copied().unwrap_or(0);
        if taken != held {
            found.push(format!("{meter:?} holds {taken}, its VMs need {held}"));
        }
    };
    for (id, (machines, cores, disks)) in targets {
        let points = meters.get(&Meter::PointStorage(id)).copied().unwrap_or(0);
        compare(Meter::QuotaVms(id), machines);
        compare(Meter::QuotaCores(id), cores);
        compare(Meter::QuotaManagedDisk(id), disks.0 + points);
    }
    for (id, held) in slots {
        compare(Meter::ApplianceSlots(id), held);
        if !strained.contains(&id) {
            compare(Meter::SourceBacklog(id), 0);
        }
    }
    found
}

/// The last reading of each meter.
fn readings(story: &Story) -> BTreeMap<Meter, u64> {
    let mut readings = BTreeMap::new();
    for (meter, pieces) in story.facts.iter().filter_map(|(at, fact)| fact.levels(*at)) {
        if let Some((_, last)) = pieces.last() {
            readings.insert(meter, last.end);
        }
    }
    readings
}

fn holds(story: &Story, end: &End) -> Holds {
    let inventory = &story.scenario.setup.inventory;
    let disks = inventory.disks_of(end.vm);
    let whole: Bytes = disks.iter().map(|disk| disk.size + inventory.limits.replica_extra).sum();
    let test = if end.drilling { 1 } else { 0 };
    let lost = end.health == (Health::Critical, HealthReason::Unrecoverable);
    let machine = u64::from(end.replica_up);
    let (replica, slots) = match end.phase {
        // A machine that was left on the target keeps its disks.
        Phase::Unprotected | Phase::UnprotectedDirty | Phase::FailedBackCommitted => (whole * machine, 0),
        Phase::ReverseReplication | Phase::ProtectedReverse if !lost => (whole, disks.len() as u64),
        _ => (whole, 0),
    };
    Holds { machines: machine + test, disks: replica + whole * test, slots }
}
