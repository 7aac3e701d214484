//! What has happened so far, as far as it explains what happens next: outages and bottlenecks in force, alarms that ring,
//! and of each VM its phase, its newest order and its newest job.
//!
//! Invariant: only facts come in, in their order; nothing is known that was not told. Moments in ns.

use std::sync::Arc;

use crate::contract::{AlarmKind, Fact, JobKind, MachineRole, Meter, OutageKind, Phase};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::measure::{Causes, Paths, ViolationCause};
use crate::units::{ApplianceId, CacheId, Duration, StampId, Timestamp, VmId};

/// One outage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spell {
    pub kind: OutageKind,
    pub begin: Timestamp,
    /// [`Timestamp::NEVER`]: in force.
    pub end: Timestamp,
}

/// The newest job of a VM.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub kind: JobKind,
    pub begin: Timestamp,
    /// [`Timestamp::NEVER`]: it runs.
    pub end: Timestamp,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VmMemory {
    pub phase: Option<(Phase, Timestamp)>,
    /// The newest order, how often the same was given before, and the phase in which.
    pub order: Option<(&'static str, Timestamp)>,
    pub tried: u32,
    pub job: Option<Job>,
    /// The newest test failover or its clean-up.
    pub test: Option<Job>,
    pub resync_at: Option<Timestamp>,
    /// The source VM went down with an outage, not by an order.
    pub struck: bool,
}

/// Everything remembered.
pub(super) struct Memory {
    pub inventory: Arc<Inventory>,
    pub paths: Paths,
    /// Names of the consistency groups, by id.
    pub consistency_groups: Vec<String>,
    pub causes: Causes,
    /// In force, and the latest that are over.
    pub outages: Vec<Spell>,
    pub alarms: Vec<(AlarmKind, Timestamp)>,
    /// By stamp id.
    pub declared: Vec<Option<Timestamp>>,
    pub saturated: Vec<(Meter, Timestamp)>,
    pub full: Vec<(CacheId, Timestamp)>,
    pub vms: Vec<VmMemory>,
}

/// Ended outages that may still explain something.
const OUTAGES_KEPT: usize = 64;

impl Memory {
    pub fn new(inventory: Arc<Inventory>, intent: &Intent) -> Memory {
        Memory {
            paths: Paths::new(&inventory, intent, Duration::ZERO),
            consistency_groups: intent.consistency_groups.iter().map(|group| group.name.clone()).collect(),
            causes: Causes::default(),
            outages: Vec::new(),
            alarms: Vec::new(),
            declared: vec![None; inventory.stamps.len()],
            saturated: Vec::new(),
            full: Vec::new(),
            vms: vec![VmMemory::default(); inventory.vms.len()],
            inventory,
        }
    }

    pub fn vm(&self, vm: VmId) -> &VmMemory {
        &self.vms[vm.index()]
    }

    /// When an alarm began to ring.
    pub fn rings_since(&self, alarm: AlarmKind) -> Option<Timestamp> {
        self.alarms.iter().find(|(known, _)| *known == alarm).map(|(_, since)| *since)
    }

    /// The newest outage of this kind, in force or over.
    pub fn outage(&self, kind: OutageKind) -> Option<Spell> {
        self.outages.iter().rev().find(|spell| spell.kind == kind).copied()
    }

    /// The outage in force that began first among those that `concerns` picks.
    pub fn in_force(&self, concerns: impl Fn(OutageKind) -> bool) -> Option<Spell> {
        self.outages.iter().find(|spell| spell.end == Timestamp::NEVER && concerns(spell.kind)).copied()
    }

    /// The outage that ended last among those that `concerns` picks.
    pub fn ended(&self, concerns: impl Fn(OutageKind) -> bool) -> Option<Spell> {
        let over = self.outages.iter().filter(|spell| spell.end < Timestamp::NEVER && concerns(spell.kind));
        over.max_by_key(|spell| spell.end).copied()
    }

    /// Any VM behind an appliance, for lookups of its path.
    pub fn someone_behind(&self, appliance: ApplianceId) -> Option<VmId> {
        self.paths.vms_of[appliance.index()].first().copied()
    }

    /// Takes a fact in.
    pub fn remember(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::OutageBegan { kind, .. } => {
                self.causes.begin(ViolationCause::Outage(*kind), at);
                self.outages.push(Spell { kind: *kind, begin: at, end: Timestamp::NEVER });
            }
            Fact::OutageEnded { kind, .. } => self.outage_ended(at, *kind),
            Fact::Saturated { meter } => {
                self.causes.begin(ViolationCause::Bottleneck(*meter), at);
                self.saturated.push((*meter, at));
            }
            Fact::Relieved { meter } => {
                self.causes.end(ViolationCause::Bottleneck(*meter), at);
                self.saturated.retain(|(known, _)| known != meter);
            }
            Fact::CacheFull { cache } => self.full.push((*cache, at)),
            Fact::CacheAccepts { cache } => self.full.retain(|(known, _)| known != cache),
            Fact::Alarm { alarm } => self.alarms.push((*alarm, at)),
            Fact::AlarmCleared { alarm } => self.alarms.retain(|(known, _)| known != alarm),
            Fact::DisasterDeclared { stamp } => self.declared[stamp.index()] = Some(at),
            _ => self.remember_of_a_vm(at, fact),
        }
    }

    fn outage_ended(&mut self, at: Timestamp, kind: OutageKind) {
        self.causes.end(ViolationCause::Outage(kind), at);
        let open = self.outages.iter_mut().find(|spell| spell.kind == kind && spell.end == Timestamp::NEVER);
        if let Some(spell) = open {
            spell.end = at;
        }
        let over = self.outages.iter().filter(|spell| spell.end < Timestamp::NEVER).count();
        if over > OUTAGES_KEPT
            && let Some(oldest) = self.outages.iter().position(|spell| spell.end < Timestamp::NEVER)
        {
            self.outages.remove(oldest);
        }
    }

    fn remember_of_a_vm(&mut self, at: Timestamp, fact: &Fact) {
        let Some(vm) = super::kind::vm(fact) else { return };
        let struck = self.in_force(|kind| takes_machines_of(kind, self.inventory.vm(vm).on)).is_some();
        let own = &mut self.vms[vm.index()];
        match fact {
            Fact::MachineUp { role: MachineRole::Original, .. } => own.struck = false,
            Fact::MachineDown { role: MachineRole::Original, .. } => own.struck = struck,
            Fact::Entered { phase, .. } => {
                (own.phase, own.tried) = (Some((*phase, at)), 0);
            }
            Fact::Ordered { command, .. } => {
                own.tried = if own.order.is_some_and(|(known, _)| known == *command) { own.tried + 1 } else { 1 };
                own.order = Some((command, at));
            }
            Fact::JobStarted { job, .. } => {
                *slot(own, *job) = Some(Job { kind: *job, begin: at, end: Timestamp::NEVER });
            }
            Fact::JobDone { job, .. } | Fact::JobFailed { job, .. } => {
                if let Some(known) = slot(own, *job).as_mut().filter(|known| known.kind == *job) {
                    known.end = at;
                }
            }
            Fact::ResyncStarted { .. } => own.resync_at = Some(at),
            Fact::ResyncDone { .. } => own.resync_at = None,
            _ => {}
        }
    }
}

/// Whether an outage takes the machines of a stamp.
pub(super) fn takes_machines_of(kind: OutageKind, stamp: StampId) -> bool {
    match kind {
        OutageKind::StampDown(id) | OutageKind::GuestReboot(id) | OutageKind::SourceDeleted(id) => id == stamp,
        OutageKind::LinkDown(_)
        | OutageKind::LinkSlow(_)
        | OutageKind::ApplianceDown(_)
        | OutageKind::CacheDown(_)
        | OutageKind::ServiceDown(_)
        | OutageKind::ApplianceTampered(_)
        | OutageKind::Damage(_) => false,
    }
}

/// Tests run beside whatever else happens to the VM.
fn slot(own: &mut VmMemory, job: JobKind) -> &mut Option<Job> {
    if matches!(job, JobKind::TestFailover | JobKind::TestCleanUp) { &mut own.test } else { &mut own.job }
}
