//! The coordinator: one input in, then effects, facts and a deadline out. It owns every protected VM, hands each input to
//! the procedure that waits for it, and settles what concerns several VMs: copy places, plans, lost appliances, the census.
//!
//! `handle` costs O(log n) in the open operations and deadlines; only an appliance that falls silent, the census and an
//! uninstalled provider walk over the VMs.
//!
//! Invariants: outputs of the last input are drained before the next (asserted); an answer is handed to the lane that
//! asked, or ignored if nobody waits for it any more.

use std::sync::Arc;

use crate::contract::{AlarmKind, Effect, Fact, Health, Input, Observation, OpId, Phase, Sender};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::protection::deadlines::Reason;
use crate::protection::desk::{Answer, Asker, Desk, Lane};
use crate::protection::liveness::Lost;
use crate::protection::plan::Plans;
use crate::protection::protected_vm::{Job, ProtectedVm};
use crate::protection::recovery_points::{PointChain, RecoveryPoint};
use crate::protection::settings::Settings;
use crate::protection::{
    copying, delta_replication, disable, failback, failover, health, initial_replication, journal,
};
use crate::protection::{orders, reprotect, resynchronization, test_failover, vaults};
use crate::units::{Bytes, CacheId, Timestamp, VmId};

/// Owns every protected VM and decides between them.
#[derive(Debug)]
pub struct Coordinator {
    desk: Desk,
    /// By VM id.
    vms: Vec<ProtectedVm>,
    plans: Plans,
    /// By cache id: it refuses data, and that was alarmed.
    cache_refuses: Vec<bool>,
}

impl Coordinator {
    pub fn new(inventory: Arc<Inventory>, intent: Arc<Intent>, settings: Settings) -> Self {
        let vms = inventory.vm_ids().map(|vm| {
            let chain = intent.policy_of(vm).map(|policy| PointChain::new(policy, &inventory.limits));
            ProtectedVm::new(vm, chain, intent.protection(vm).and_then(|protection| protection.test_network.clone()))
        });
        let (vms, cache_refuses) = (vms.collect(), vec![false; inventory.caches.len()]);
        let mut desk = Desk::new(inventory, intent, settings);
        if !desk.settings.census_every.is_zero() {
            desk.deadlines.set(Reason::Census, Timestamp::START + desk.settings.census_every);
        }
        Self { desk, vms, plans: Plans::default(), cache_refuses }
    }

    /// Operations are numbered from `first` on, so that several coordinators can share one world.
    pub fn numbering_from(mut self, first: u64) -> Self {
        self.desk.number_from(first);
        self
    }

    /// Takes one input. Panics when the outputs of the last one were not drained, or time runs backwards.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        self.handle_late(now, now, input);
    }

    /// Takes one input that was said at `said_at` and could not be read before `now`: what was said between the two is still
    /// unread, so nothing is taken for granted that would have come by rule after `said_at`.
    pub fn handle_late(&mut self, now: Timestamp, said_at: Timestamp, input: Input) {
        let (effects, facts) = (self.desk.effects.len(), self.desk.facts.len());
        assert!(effects + facts == 0, "{effects} effects and {facts} facts were not drained before {input:?}");
        assert!(self.desk.now <= now, "time ran backwards: {now} is before {}", self.desk.now);
        (self.desk.now, self.desk.heard) = (now, said_at.min(now));
        match input {
            Input::Command(command) => orders::obey(&mut self.desk, &mut self.vms, &mut self.plans, command),
            Input::Observation(observation) => self.observe(observation),
            Input::Timeout => self.timeout(),
        }
        self.settle();
    }

    /// What is to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.desk.effects.pop_front()
    }

    /// What is to be written down.
    pub fn poll_fact(&mut self) -> Option<Fact> {
        self.desk.facts.pop_front()
    }

    /// When to come back, and why.
    pub fn poll_timeout(&self) -> Option<(Timestamp, Reason)> {
        let heartbeat = self.desk.liveness.due().map(|due| (due, Reason::Heartbeat));
        let deadline = self.desk.deadlines.next();
        match (heartbeat, deadline) {
            (Some(heartbeat), Some(deadline)) if deadline.0 < heartbeat.0 => Some(deadline),
            (None, Some(deadline)) => Some(deadline),
            (heartbeat, Some(_) | None) => heartbeat,
        }
    }

    pub fn phase(&self, vm: VmId) -> Phase {
        self.vms[vm.index()].phase
    }

    pub fn health(&self, vm: VmId) -> Health {
        self.vms[vm.index()].shown_health.0
    }

    /// The newest point of the VM that is usable at `now`.
    pub fn newest_point(&self, vm: VmId, now: Timestamp) -> Option<RecoveryPoint> {
        self.vms[vm.index()].newest_point(now)
    }

    /// End of the run: writes down the runs of points that are still open.
    pub fn finish(&mut self, now: Timestamp) {
        (self.desk.now, self.desk.heard) = (now, now);
        for vm in &mut self.vms {
            delta_replication::close_run(&mut self.desk, vm);
        }
    }

    fn observe(&mut self, observation: Observation) {
        let (desk, vms) = (&mut self.desk, &mut self.vms);
        match observation {
            Observation::Completed { op } => self.answer(op, Answer::Done),
            Observation::Failed { op, cause } => self.answer(op, Answer::Failed(cause)),
            Observation::Inspected { op, findings } => self.answer(op, Answer::Inspected(findings)),
            Observation::Processed { op, through } => self.answer(op, Answer::Processed { through }),
            Observation::Backlog { op, at_source: _, in_cache: _, oldest_in_cache } => {
                self.answer(op, Answer::Backlog { oldest_in_cache });
            }
            Observation::PointsKeep { op, kept } => self.points_keep(op, &kept),
            Observation::Heartbeat { from, sent_at } => self.heartbeat(from, sent_at),
            Observation::AgentSilent { vm, since } => desk.liveness.silent(vm, since),
            Observation::AgentBack { vm } => {
                desk.liveness.back(vm);
                let vm = &mut vms[vm.index()];
                vm.troubles.agent_silent = false;
                health::refresh(desk, vm);
            }
            Observation::MarkApplied { vm, mark } => {
                delta_replication::mark_applied(desk, &mut vms[vm.index()], mark);
            }
            Observation::KeepingUp { vm, from_mark, lag } => {
                delta_replication::keeping_up(desk, &mut vms[vm.index()], from_mark, lag);
            }
            Observation::FellBehind { vm, last_mark } => {
                delta_replication::fell_behind(desk, &mut vms[vm.index()], last_mark);
            }
            Observation::OrderLost { vm, since } => delta_replication::order_lost(desk, &mut vms[vm.index()], since),
            Observation::OrderRestored { vm } => delta_replication::order_restored(desk, &mut vms[vm.index()]),
            Observation::ResyncNeeded { vm, why } => resynchronization::needed(desk, &mut vms[vm.index()], why),
            Observation::CacheRefuses { cache } => self.cache(cache, true),
            Observation::CacheAccepts { cache } => self.cache(cache, false),
        }
    }

    fn answer(&mut self, op: OpId, answer: Answer) {
        match self.desk.close(op) {
            Some(Asker::Vm(vm, lane)) => self.hand_over(vm, lane, answer),
            Some(Asker::ApplianceDeletion(appliance)) => {
                vaults::appliance_deleted(&mut self.desk, &mut self.vms, appliance, answer);
            }
            None => {}
        }
    }

    fn points_keep(&mut self, op: OpId, kept: &[(Timestamp, Bytes)]) {
        if let Some(Asker::Vm(vm, lane)) = self.desk.close(op) {
            let vm = &mut self.vms[vm.index()];
            *vm.waits_for.place(lane) = None;
            journal::looked(&mut self.desk, vm, kept);
        }
    }

    fn hand_over(&mut self, vm: VmId, lane: Lane, answer: Answer) {
        let (desk, vm) = (&mut self.desk, &mut self.vms[vm.index()]);
        *vm.waits_for.place(lane) = None;
        match (lane, vm.job) {
            (Lane::Copy, _) => copying::answered(desk, vm, answer),
            (Lane::Test, _) => test_failover::answered(desk, vm, answer),
            (Lane::Backlog, _) => delta_replication::backlog_answered(desk, vm, answer),
            // Nobody could say: there is another look.
            (Lane::Journal, _) => journal::watch(desk, vm),
            (Lane::Job, None) => unreachable!("{:?} has no job but got {answer:?}", vm.id),
            (Lane::Job, Some(job)) => match job {
                Job::CheckPrerequisites => initial_replication::checked(desk, vm, answer),
                Job::Enable(step) => initial_replication::answered(desk, vm, step, answer),
                Job::FailOver(failover) => failover::answered(desk, vm, failover, answer),
                Job::Reprotect(step) => reprotect::answered(desk, vm, step, answer),
                Job::FailBack(step) => failback::answered(desk, vm, step, answer),
                Job::CancelFailBack(step) => failback::undo_answered(desk, vm, step, answer),
                Job::CommitFailBack(step) => failback::commit_answered(desk, vm, step, answer),
                Job::Disable(step) => disable::answered(desk, vm, step, answer),
                Job::Guest(work) => disable::guest_answered(desk, vm, work, answer),
            },
        }
    }

    fn heartbeat(&mut self, from: Sender, sent_at: Timestamp) {
        let Sender::Appliance(appliance) = from;
        if let Some(alarm) = self.desk.liveness.beat(from, sent_at) {
            self.desk.alarm_cleared(alarm);
            vaults::appliance_silent(&mut self.desk, &mut self.vms, appliance, false);
        }
    }

    fn cache(&mut self, cache: CacheId, refuses: bool) {
        if std::mem::replace(&mut self.cache_refuses[cache.index()], refuses) == refuses {
            return;
        }
        let alarm = AlarmKind::CacheFull(cache);
        if refuses { self.desk.alarm(alarm) } else { self.desk.alarm_cleared(alarm) }
    }

    fn timeout(&mut self) {
        let now = self.desk.now;
        if self.desk.liveness.due().is_some_and(|due| due <= now) {
            for lost in self.desk.liveness.expire(now) {
                self.lost(lost);
            }
        }
        while let Some(reason) = self.desk.deadlines.pop_due(now) {
            self.due(reason);
        }
    }

    fn lost(&mut self, lost: Lost) {
        match lost {
            Lost::Appliance(appliance) => {
                self.desk.alarm(AlarmKind::NoHeartbeat(appliance));
                vaults::appliance_silent(&mut self.desk, &mut self.vms, appliance, true);
            }
            Lost::Agent(vm) => {
                let vm = &mut self.vms[vm.index()];
                vm.troubles.agent_silent = true;
                health::refresh(&mut self.desk, vm);
            }
        }
    }

    fn due(&mut self, reason: Reason) {
        let (desk, vms) = (&mut self.desk, &mut self.vms);
        match reason {
            Reason::NoPoint(vm) => health::no_point(desk, &mut vms[vm.index()]),
            Reason::NoProgress(vm) => copying::no_progress(desk, &mut vms[vm.index()]),
            Reason::Difflog(vm) => delta_replication::difflog_due(desk, &mut vms[vm.index()]),
            Reason::Journal(vm) => journal::due(desk, &mut vms[vm.index()]),
            Reason::RpoAlert(vm) => delta_replication::rpo_due(desk, &mut vms[vm.index()]),
            Reason::ResyncWindow(vm) => resynchronization::window_open(desk, &mut vms[vm.index()]),
            Reason::Retry(vm) => retry(desk, &mut vms[vm.index()]),
            Reason::PlanPause(plan) => self.plans.pause_over(desk, vms, plan),
            Reason::Census => self.census(),
            // Watched by `Liveness`, which names it in `poll_timeout`.
            Reason::Heartbeat => {}
        }
    }

    fn census(&mut self) {
        for vm in &self.vms {
            delta_replication::hold_points(&mut self.desk, vm);
        }
        self.desk.deadlines.set(Reason::Census, self.desk.now + self.desk.settings.census_every);
    }

    /// Settles what this input changed for several VMs: free copy places, plans that can go on.
    fn settle(&mut self) {
        let (desk, vms) = (&mut self.desk, &mut self.vms);
        self.plans.failovers_ended(desk, vms);
        while let Some(appliance) = desk.copy_places_changed.pop() {
            while let Some(vm) = desk.copies.start_next(appliance) {
                copying::start(desk, &mut vms[vm.index()]);
            }
        }
    }
}

fn retry(desk: &mut Desk, vm: &mut ProtectedVm) {
    match vm.job {
        Some(Job::Enable(step)) => initial_replication::retry(desk, vm, step),
        Some(
            Job::CheckPrerequisites
            | Job::FailOver(_)
            | Job::Reprotect(_)
            | Job::FailBack(_)
            | Job::CancelFailBack(_)
            | Job::CommitFailBack(_)
            | Job::Disable(_)
            | Job::Guest(_),
        )
        | None => copying::retry(desk, vm),
    }
}
