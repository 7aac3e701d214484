//! What must be so when nothing has struck and nobody has ordered by script for long enough.
//!
//! Every VM is protected and healthy again, or stands in one of these, which the product itself calls the end of the road
//! until a person does what these people do not (domain facts 2.2):
//!
//! | state | fact |
//! |---|---|
//! | Protected, backlog grows | 3.8: guests write more than something on their way carries just then |
//! | Critical, unrecoverable, in reverse | row 22: a replica disk on the appliance was touched; manual resync is unsupported |
//! | Critical, stuck | row 4: the copy cannot go on (size, quota, or its source is gone) |
//! | Critical, no heartbeat, or not enabled | the source machine was deleted and nobody ordered a failover (rows 4, 5) |
//! | Committed | row 12: the certificate is not trusted on Linux, so re-protecting is refused |
//! | Abandoned, or anything through a deleted appliance | rows 19, 26: nothing can be cleaned up or enabled any more |
//! | Unprotected, served by the target | row 22: a VM that was disabled on the target is not enabled again from the source |
//! | Failed over, committed, failed back | people have no order to go on: no `fail_back`, no `protect_again_after` |

use std::collections::{BTreeMap, BTreeSet};

use drsim::contract::{Fact, Health, HealthReason, MachineRole, Meter, OutageKind, Phase};
use drsim::units::{StampId, VmId};

use crate::common::Story;

/// What is known of one VM at the end.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub vm: VmId,
    pub phase: Phase,
    pub health: (Health, HealthReason),
    pub original_up: bool,
    pub replica_up: bool,
    pub drilling: bool,
    /// Something on its way carries all it can just then.
    pub strained: bool,
    /// Its source stamp lost machines for good, and its own machine was not seen again.
    deleted: bool,
}

/// How each protected VM stands at the end.
pub fn ends(story: &Story) -> Vec<End> {
    let inventory = &story.scenario.setup.inventory;
    let mut ends: BTreeMap<VmId, End> = BTreeMap::new();
    let mut deletions: Vec<StampId> = Vec::new();
    let mut saturated: BTreeSet<Meter> = BTreeSet::new();
    for vm in inventory.vm_ids().filter(|vm| story.scenario.setup.intent.protection(*vm).is_some()) {
        let health = (Health::Normal, HealthReason::AllWell);
        let phase = Phase::Unprotected;
        let (original_up, replica_up, drilling, strained, deleted) = (false, false, false, false, false);
        ends.insert(vm, End { vm, phase, health, original_up, replica_up, drilling, strained, deleted });
    }
    for (_, fact) in &story.facts {
        match fact {
            Fact::OutageBegan { kind: OutageKind::SourceDeleted(stamp), .. } => deletions.push(*stamp),
            Fact::Entered { vm, phase } => ends.get_mut(vm).expect("a protected VM").phase = *phase,
            Fact::HealthChanged { vm, health, reason } => {
                ends.get_mut(vm).expect("a protected VM").health = (*health, *reason);
            }
            Fact::TestEntered { vm, running } => ends.get_mut(vm).expect("a protected VM").drilling = *running,
            Fact::Saturated { meter } => {
                saturated.insert(*meter);
            }
            Fact::Relieved { meter } => {
                saturated.remove(meter);
            }
            Fact::MachineUp { vm, role } => up(&mut ends, *vm, *role, true),
            Fact::MachineDown { vm, role } => up(&mut ends, *vm, *role, false),
            _ => {}
        }
    }
    for end in ends.values_mut() {
        end.strained = saturated.iter().any(|meter| is_passed(story, end.vm, *meter));
        end.deleted = deletions.contains(&inventory.vm(end.vm).on) && !end.original_up && !end.replica_up;
    }
    ends.into_values().collect()
}

/// What the VM's data passes.
fn is_passed(story: &Story, vm: VmId, meter: Meter) -> bool {
    let Some(protection) = story.scenario.setup.intent.protection(vm) else { return false };
    let appliance = story.scenario.setup.inventory.appliance(protection.appliance);
    match meter {
        Meter::Link(link, _) => link == appliance.link,
        Meter::ApplianceBytes(id) | Meter::ApplianceStorage(id) | Meter::ApplianceOps(id) => id == protection.appliance,
        Meter::Service(stamp) => stamp == protection.target,
        Meter::CacheUsed(cache) => cache == appliance.cache,
        _ => false,
    }
}

fn up(ends: &mut BTreeMap<VmId, End>, vm: VmId, role: MachineRole, up: bool) {
    let Some(end) = ends.get_mut(&vm) else { return };
    match role {
        MachineRole::Original => end.original_up = up,
        MachineRole::Replica => end.replica_up = up,
        MachineRole::Test => {}
    }
}

/// VMs that have not come to rest.
pub fn unrest(story: &Story) -> Vec<String> {
    let rests = |end: &End| well(end) || given_up(end) || waits(story, end);
    let name = |end: &End| story.scenario.setup.inventory.vm(end.vm).name.clone();
    let told = |end: &End| {
        let up = match (end.original_up, end.replica_up) {
            (true, true) => "both",
            (true, false) => "the original",
            (false, true) => "the replica",
            (false, false) => "nobody",
        };
        format!("{} ends as {} {:?} {:?}, served by {up}", name(end), end.phase, end.health.0, end.health.1)
    };
    ends(story).iter().filter(|end| !rests(end)).map(told).collect()
}

/// Protected, in order or behind for a reason, and served by the right machine.
fn well(end: &End) -> bool {
    let behind = end.strained && end.health == (Health::Warning, HealthReason::BacklogGrows);
    let healthy = behind || end.health == (Health::Normal, HealthReason::AllWell);
    match end.phase {
        Phase::Protected => healthy && end.original_up && !end.replica_up,
        Phase::ProtectedReverse => healthy && end.replica_up && !end.original_up,
        _ => false,
    }
}

/// The product says itself that it cannot go on, or its machine is gone.
fn given_up(end: &End) -> bool {
    let reverse = matches!(end.phase, Phase::ReverseReplication | Phase::ProtectedReverse);
    match end.health {
        (Health::Critical, HealthReason::Unrecoverable) => reverse,
        (
            Health::Critical,
            HealthReason::ReplicationStuck | HealthReason::NoHeartbeat | HealthReason::NoRecentPoint,
        ) => end.deleted,
        _ => match end.phase {
            Phase::Unprotected | Phase::UnprotectedDirty => end.deleted || end.replica_up,
            Phase::EnablingFailed | Phase::Enabling | Phase::FailedBackCommitted => end.deleted,
            _ => false,
        },
    }
}

/// It waits for an order that these people never give.
fn waits(story: &Story, end: &End) -> bool {
    let people = &story.scenario.setup.people;
    match end.phase {
        Phase::FailedOver | Phase::Committed => people.fail_back.is_none(),
        Phase::FailedBackCommitted | Phase::UnprotectedDirty | Phase::FailoverFailed => {
            people.protect_again_after.is_none()
        }
        _ => false,
    }
}
