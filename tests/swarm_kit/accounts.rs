//! The books at rest: slots, quotas, hosts and caches hold what the VMs that have come to rest need, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use drsim::contract::{Health, HealthReason, Meter, Phase};
use drsim::units::{ApplianceId, Bytes, SubscriptionId};

use super::rest::{End, ends};
use crate::common::Story;

/// What the target holds for one VM.
#[derive(Clone, Copy, Debug, Default)]
struct Holds {
    machines: u64,
    disks: Bytes,
    /// At least, and at most.
    slots: (u64, u64),
}

/// Accounts that hold something else than the VMs need.
pub fn fouls(story: &Story) -> Vec<String> {
    let meters = readings(story);
    let mut targets: BTreeMap<SubscriptionId, (u64, u64, Bytes)> = BTreeMap::new();
    let mut slots: BTreeMap<ApplianceId, (u64, u64)> = BTreeMap::new();
    let mut strained: BTreeSet<ApplianceId> = BTreeSet::new();
    let setup = &story.scenario.setup;
    for end in ends(story) {
        let protection = setup.intent.protection(end.vm).expect("ends are those of protected VMs");
        let holds = holds(story, &end);
        let cores = u64::from(setup.inventory.limits.vm_sizes[setup.inventory.vm(end.vm).size].cores);
        let target = targets.entry(protection.subscription).or_default();
        *target = (target.0 + holds.machines, target.1 + holds.machines * cores, target.2 + holds.disks);
        let (least, most) = slots.entry(protection.appliance).or_default();
        (*least, *most) = (*least + holds.slots.0, *most + holds.slots.1);
        if end.strained {
            strained.insert(protection.appliance);
        }
    }
    let mut found = Vec::new();
    let mut compare = |meter: Meter, (least, most): (u64, u64)| {
        let taken = meters.get(&meter).copied().unwrap_or(0);
        if !(least..=most).contains(&taken) {
            found.push(format!("{meter:?} holds {taken}, its VMs need {least} to {most}"));
        }
    };
    for (id, (machines, cores, disks)) in targets {
        let points = meters.get(&Meter::PointStorage(id)).copied().unwrap_or(0);
        compare(Meter::QuotaVms(id), (machines, machines));
        compare(Meter::QuotaCores(id), (cores, cores));
        compare(Meter::QuotaManagedDisk(id), (disks.0 + points, disks.0 + points));
    }
    for (id, held) in slots {
        compare(Meter::ApplianceSlots(id), held);
        if !strained.contains(&id) {
            compare(Meter::SourceBacklog(id), (0, 0));
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
    let all = disks.len() as u64;
    // Of a VM that cannot be recovered: disks that somebody touched stay on the appliance, those that are missing hold nothing there.
    let (replica, slots) = match end.phase {
        // Replica disks are the last that enabling makes: one that came to no end made none.
        Phase::Enabling | Phase::EnablingFailed => (Bytes::ZERO, (0, 0)),
        // A machine that was left on the target keeps its disks.
        Phase::Unprotected | Phase::UnprotectedDirty | Phase::FailedBackCommitted => (whole * machine, (0, 0)),
        Phase::ReverseReplication | Phase::ProtectedReverse if lost => (whole, (0, all)),
        Phase::ReverseReplication | Phase::ProtectedReverse => (whole, (all, all)),
        _ => (whole, (0, 0)),
    };
    Holds { machines: machine + test, disks: replica + whole * test, slots }
}
