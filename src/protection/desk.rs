//! The desk: what every procedure shares. The clock's reading, what was asked and not yet answered, deadlines, copy
//! places, vaults, and the outgoing trays of effects and facts.
//!
//! A procedure gets `(&mut Desk, &mut ProtectedVm)` and never sees another VM: what concerns several VMs (copy places,
//! plans, a lost appliance) is noted here and settled by the coordinator before it returns.
//!
//! Invariants: every open op belongs to one VM and lane (or to one appliance), and that VM names it as its own; an op
//! that was given up is not in the table, so its late answer is ignored.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::contract::{AlarmKind, Cause, Effect, Fact, Findings, JobKind, OpId, Refusal, Step, Warning};
use crate::intent::{Intent, Protection, ReplicationPolicy};
use crate::inventory::{Inventory, Limits};
use crate::protection::deadlines::{Deadlines, Reason};
use crate::protection::liveness::Liveness;
use crate::protection::protected_vm::ProtectedVm;
use crate::protection::settings::Settings;
use crate::protection::slots::CopyQueue;
use crate::units::{ApplianceId, Duration, SubscriptionId, Timestamp, VmId};

/// Which of a VM's procedures waits for an answer. Each lane waits for one answer at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// What an operator ordered.
    Job,
    /// Initial replication, resync, reverse synchronisation: in the background of a phase.
    Copy,
    /// Test failover, orthogonal to everything.
    Test,
    /// The look at the backlog when a difflog grows old.
    Backlog,
    /// The look at what the points keep.
    Journal,
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Vm(VmId, Lane),
    ApplianceDeletion(ApplianceId),
}

/// An answer without its op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Failed(Cause),
    Inspected(Findings),
    Processed { through: Timestamp },
    Backlog { oldest_in_cache: Option<Timestamp> },
}

impl Answer {
    /// Why it failed, if it did.
    pub fn failure(self) -> Option<Cause> {
        match self {
            Answer::Failed(cause) => Some(cause),
            Answer::Done | Answer::Inspected(_) | Answer::Processed { .. } | Answer::Backlog { .. } => None,
        }
    }

    /// Failed because what was to be removed or stopped is not there: as good as done.
    pub fn nothing_there(self) -> bool {
        self.failure() == Some(Cause::Missing)
    }
}

/// One appliance with its vault.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vault {
    pub registered: bool,
    pub appliance_gone: bool,
    pub gone: bool,
    /// Slots promised to re-protections whose disks are not attached yet.
    pub slots_promised: u32,
}

#[derive(Debug)]
pub(super) struct Desk {
    pub inventory: Arc<Inventory>,
    pub intent: Arc<Intent>,
    pub settings: Settings,
    /// The moment of the input being handled.
    pub now: Timestamp,
    /// When the present input was said; everything said until then has been read. Earlier than `now` after the vault was dark.
    pub heard: Timestamp,
    pub deadlines: Deadlines,
    pub liveness: Liveness,
    pub copies: CopyQueue,
    pub vaults: Vec<Vault>,
    /// Quota warnings are given once per subscription.
    pub quota_warned: Vec<bool>,
    /// Appliances whose copy places changed during this input.
    pub copy_places_changed: Vec<ApplianceId>,
    /// Failovers that ended during this input, well or not: recovery plans go on.
    pub failovers_ended: Vec<VmId>,
    pub effects: VecDeque<Effect>,
    pub facts: VecDeque<Fact>,
    next_op: u64,
    open: BTreeMap<OpId, Asker>,
}

impl Desk {
    pub fn new(inventory: Arc<Inventory>, intent: Arc<Intent>, settings: Settings) -> Self {
        let (appliances, vms) = (inventory.appliances.len(), inventory.vms.len());
        Self {
            now: Timestamp::START,
            heard: Timestamp::START,
            deadlines: Deadlines::new(),
            liveness: Liveness::new(appliances, vms, &inventory.limits),
            copies: CopyQueue::new(appliances, settings.copies_at_once),
            vaults: vec![Vault::default(); appliances],
            quota_warned: vec![false; inventory.subscriptions.len()],
            copy_places_changed: Vec::new(),
            failovers_ended: Vec::new(),
            effects: VecDeque::new(),
            facts: VecDeque::new(),
            next_op: 1,
            open: BTreeMap::new(),
            inventory,
            intent,
            settings,
        }
    }

    pub fn limits(&self) -> &Limits {
        &self.inventory.limits
    }

    /// How this VM is to be protected. Panics for a VM nobody protects: such orders were refused with `NoPolicy`.
    pub fn protection(&self, vm: VmId) -> &Protection {
        self.intent.protection(vm).expect("an order for a VM without a policy is refused before it begins")
    }

    /// Panics as [`Desk::protection`].
    pub fn policy(&self, vm: VmId) -> &ReplicationPolicy {
        self.intent.policy(self.protection(vm).policy)
    }

    pub fn appliance_of(&self, vm: VmId) -> ApplianceId {
        self.protection(vm).appliance
    }

    pub fn vault_of(&mut self, vm: VmId) -> &mut Vault {
        let appliance = self.appliance_of(vm);
        &mut self.vaults[appliance.index()]
    }

    pub fn subscription_of(&self, vm: VmId) -> SubscriptionId {
        self.protection(vm).subscription
    }

    pub fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    pub fn fact(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// Asks the world for something that will be answered to this lane of the VM.
    pub fn ask(&mut self, vm: &mut ProtectedVm, lane: Lane, effect: impl FnOnce(OpId, VmId) -> Effect) {
        let op = self.open_op(Asker::Vm(vm.id, lane));
        let before = vm.waits_for.place(lane).replace(op);
        assert!(before.is_none(), "{:?} of {:?} asked {op:?} while it waits for {before:?}", lane, vm.id);
        self.effects.push_back(effect(op, vm.id));
    }

    /// Asks for the deletion of an appliance.
    pub fn ask_appliance_deletion(&mut self, appliance: ApplianceId) {
        let op = self.open_op(Asker::ApplianceDeletion(appliance));
        self.effects.push_back(Effect::DeleteAppliance { op, appliance });
    }

    pub fn number_from(&mut self, first: u64) {
        self.next_op = first + 1;
    }

    fn open_op(&mut self, asker: Asker) -> OpId {
        let op = OpId(self.next_op);
        self.next_op += 1;
        self.open.insert(op, asker);
        op
    }

    /// Closes an answered op. `None`: nobody waits for it any more.
    pub fn close(&mut self, op: OpId) -> Option<Asker> {
        self.open.remove(&op)
    }

    /// No longer waits for the lane's answer; it is ignored when it comes.
    pub fn give_up(&mut self, vm: &mut ProtectedVm, lane: Lane) {
        if let Some(op) = vm.waits_for.place(lane).take() {
            self.open.remove(&op);
        }
    }

    pub fn refuse(&mut self, vm: VmId, command: &'static str, refusal: Refusal) {
        self.facts.push_back(Fact::Refused { vm: Some(vm), command, refusal });
    }

    pub fn warn(&mut self, vm: VmId, warning: Warning) {
        self.facts.push_back(Fact::Warned { vm: Some(vm), warning });
    }

    pub fn job_started(&mut self, vm: VmId, job: JobKind) {
        self.facts.push_back(Fact::JobStarted { vm, job });
    }

    pub fn step_done(&mut self, vm: VmId, job: JobKind, step: Step) {
        self.facts.push_back(Fact::StepDone { vm, job, step });
    }

    pub fn job_done(&mut self, vm: VmId, job: JobKind) {
        self.facts.push_back(Fact::JobDone { vm, job });
    }

    pub fn job_failed(&mut self, vm: VmId, job: JobKind, cause: Cause) {
        self.facts.push_back(Fact::JobFailed { vm, job, cause });
    }

    pub fn alarm(&mut self, alarm: AlarmKind) {
        self.facts.push_back(Fact::Alarm { alarm });
    }

    pub fn alarm_cleared(&mut self, alarm: AlarmKind) {
        self.facts.push_back(Fact::AlarmCleared { alarm });
    }

    /// Books the next try of a transient failure: after 1, 2, 4, 8, 10, then every 30 minutes (domain facts G24).
    pub fn book_retry(&mut self, vm: &mut ProtectedVm) {
        let wait = RETRY_MINUTES.get(vm.retries as usize).copied().unwrap_or(RETRY_MINUTES_LATER);
        vm.retries += 1;
        self.deadlines.set(Reason::Retry(vm.id), self.now + Duration::minutes(wait));
    }

    pub fn forget_retries(&mut self, vm: &mut ProtectedVm) {
        if vm.retries > 0 {
            vm.retries = 0;
            self.deadlines.clear(Reason::Retry(vm.id));
        }
    }
}

/// Whether the same operation may succeed later without anybody mending anything.
pub(super) fn transient(cause: Cause) -> bool {
    match cause {
        Cause::Unreachable | Cause::Interrupted => true,
        Cause::Missing
        | Cause::QuotaExceeded(_)
        | Cause::NoPlacement(_)
        | Cause::NoSlots { .. }
        | Cause::SizeOutOfRange
        | Cause::NoCommonPoint => false,
    }
}

const RETRY_MINUTES: [u64; 5] = [1, 2, 4, 8, 10];
const RETRY_MINUTES_LATER: u64 = 30;
