//! The operators: people who read alarms, telephone, decide and order. The logic never acts on a disaster by itself.
//!
//! ```text
//!  what they notice                      what they do, and when
//!  the run begins                        register appliances, enable VMs in batches by order
//!  alarm: no heartbeat                   decide after `declare_disaster_after`, in working hours; they telephone first,
//!                                        and when the site still serves they look again later
//!  disaster declared                     make room on the target, then fail over by plan, or all VMs by order
//!  a VM serves on the target             commit after `commit_after`
//!  committed, source healthy long enough re-protect in waves that fit the slots, then fail back, then commit
//!  committed failback                    disable, uninstall, restart, enable again
//!  a failover failed, the source serves  the same: it replicates no more
//!  a failback failed                     cancel it
//!  a test machine is in the way          clean up
//!  a drill is due                        test failover, later clean up
//!  damage is found                       look which point is left from before it (restoring is up to the scenario's orders)
//!  something did not work                try again after an hour, then two, four … a day
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contract::{
    AlarmKind, Command, Enabling, Fact, JobKind, MachineRole, OutageKind, Phase, PointChoice, Refusal, order,
};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::kernel::{Agenda, RandomStream};
use crate::simulation::people::{People, PointWish};
use crate::simulation::room::{Room, is_away};
use crate::simulation::waves::Waves;
use crate::simulation::wish::Wish;
use crate::units::{ApplianceId, Calendar, Duration, StampId, Timestamp, VmId};
use crate::world::{Luck, World};

/// People keep an eye on an alarm that is no disaster.
const LOOK_AGAIN: Duration = Duration::minutes(30);
const TRY_AGAIN: Duration = Duration::hours(1);
const TRY_AGAIN_MAX: Duration = Duration::hours(24);
/// Between uninstalling the mobility service and the restart that it needs.
const RESTART_AFTER: Duration = Duration::minutes(10);

/// What somebody has in his calendar.
#[derive(Clone, Debug)]
enum Errand {
    Script(usize),
    Enable(Vec<VmId>),
    Decide(ApplianceId),
    FailOver(ApplianceId, PointChoice),
    Switch(VmId),
    Try(VmId, Wish),
    StartWave(ApplianceId),
    DrillRound,
    CleanUp(VmId),
    Restart(VmId),
}

pub struct Operator {
    inventory: Arc<Inventory>,
    intent: Arc<Intent>,
    people: People,
    calendar: Calendar,
    script: Vec<(Timestamp, Command)>,
    errands: Agenda<Errand>,
    declares: RandomStream,
    commits: RandomStream,
    drills: RandomStream,
    phases: Vec<Phase>,
    patience: Vec<Duration>,
    /// By VM: what somebody is after, each once.
    wishes: Vec<Vec<Wish>>,
    alarm_since: Vec<Option<Timestamp>>,
    /// Since when each stamp has been healthy; `NEVER` while it is down.
    healthy_since: Vec<Timestamp>,
    waves: Waves,
    room: Room,
    switches: Vec<(VmId, bool)>,
    drill_queue: Vec<VmId>,
    drilling: u32,
    commands: Vec<Command>,
    facts: Vec<Fact>,
}

impl Operator {
    pub fn new(
        inventory: Arc<Inventory>,
        intent: Arc<Intent>,
        people: People,
        calendar: Calendar,
        script: Vec<(Timestamp, Command)>,
        luck: &Luck,
    ) -> Self {
        let mut operator = Self {
            declares: luck.stream("people/declare"),
            commits: luck.stream("people/commit"),
            drills: luck.stream("people/drill"),
            phases: vec![Phase::Unprotected; inventory.vms.len()],
            patience: vec![TRY_AGAIN; inventory.vms.len()],
            wishes: vec![Vec::new(); inventory.vms.len()],
            alarm_since: vec![None; inventory.appliances.len()],
            healthy_since: vec![Timestamp::START; inventory.stamps.len()],
            waves: Waves::new(&inventory),
            room: Room::new(&people.switch_off),
            switches: Vec::new(),
            errands: Agenda::new(),
            drill_queue: Vec::new(),
            drilling: 0,
            commands: Vec::new(),
            facts: Vec::new(),
            inventory,
            intent,
            people,
            calendar,
            script,
        };
        operator.begin();
        operator
    }

    /// First day: everything registered, VMs enabled in batches by order, drills and scripted orders in the calendar.
    fn begin(&mut self) {
        let appliances = (0..self.inventory.appliances.len()).map(ApplianceId::from_index);
        self.commands.extend(appliances.map(|appliance| Command::RegisterAppliance { appliance }));
        let vms = self.by_order(|_| true);
        let batch = if self.people.enabling.batch == 0 { vms.len() } else { self.people.enabling.batch as usize };
        for (place, vms) in vms.chunks(batch.max(1)).enumerate() {
            let at = Timestamp::START + self.people.enabling.gap * place as u64;
            self.errands.book(at, Errand::Enable(vms.to_vec()));
        }
        for place in 0..self.script.len() {
            self.errands.book(self.script[place].0, Errand::Script(place));
        }
        if let Some(drills) = &self.people.drills {
            self.errands.book(Timestamp::START + drills.every, Errand::DrillRound);
        }
    }

    /// Protected VMs that `wanted` picks, lowest order first.
    fn by_order(&self, wanted: impl Fn(VmId) -> bool) -> Vec<VmId> {
        let mut vms: Vec<(u32, VmId)> = self
            .inventory
            .vm_ids()
            .filter_map(|vm| self.intent.protection(vm).map(|protection| (protection.order, vm)))
            .filter(|(_, vm)| wanted(*vm))
            .collect();
        vms.sort_unstable();
        vms.into_iter().map(|(_, vm)| vm).collect()
    }

    pub fn next_due(&self) -> Timestamp {
        if self.commands.is_empty() { self.errands.next_due().unwrap_or(Timestamp::NEVER) } else { Timestamp::START }
    }

    pub fn poll_fact(&mut self) -> Option<Fact> {
        (!self.facts.is_empty()).then(|| self.facts.remove(0))
    }

    /// A machine that somebody switches on or off on the platform itself.
    pub fn poll_switch(&mut self) -> Option<(VmId, bool)> {
        (!self.switches.is_empty()).then(|| self.switches.remove(0))
    }

    /// Everything that is ordered at `now`.
    pub fn act(&mut self, now: Timestamp, world: &World) -> Vec<Command> {
        while let Some((_, errand)) = self.errands.pop_due(now) {
            self.run(now, errand, world);
        }
        std::mem::take(&mut self.commands)
    }

    fn run(&mut self, now: Timestamp, errand: Errand, world: &World) {
        match errand {
            Errand::Script(place) => self.commands.push(self.script[place].1.clone()),
            Errand::Enable(vms) => self.enable(vms),
            Errand::Decide(appliance) => self.decide(now, appliance, world),
            Errand::FailOver(appliance, point) => self.fail_over(now, appliance, point, world),
            Errand::Switch(vm) => self.switch(now, vm),
            Errand::Try(vm, wish) => self.attempt(now, vm, wish, world),
            Errand::StartWave(appliance) => self.start_wave(now, appliance),
            Errand::DrillRound => self.drill_round(now),
            Errand::CleanUp(vm) => self.commands.push(Command::CleanUpTestFailover { vm }),
            Errand::Restart(vm) => self.commands.push(Command::RestartVm { vm }),
        }
    }

    fn enable(&mut self, vms: Vec<VmId>) {
        let portal = vms.len() as u64 <= u64::from(self.inventory.limits.portal_batch_max);
        let via = if portal { Enabling::Portal } else { Enabling::Script };
        self.commands.push(Command::Enable { vms, via });
    }

    /// The first moment from `at` on at which somebody decides.
    fn working_time(&self, at: Timestamp) -> Timestamp {
        self.people.working_hours.as_ref().map_or(at, |hours| hours.next(at, &self.calendar))
    }

    /// Disaster or not? They telephone: an alarm alone cannot tell a lost stamp from a lost link.
    fn decide(&mut self, now: Timestamp, appliance: ApplianceId, world: &World) {
        let Some(alarm_since) = self.alarm_since[appliance.index()] else { return };
        let stamp = self.inventory.appliance(appliance).on;
        if self.people.check_the_source && world.stamp_up(stamp) {
            self.errands.book(self.working_time(now + LOOK_AGAIN), Errand::Decide(appliance));
            return;
        }
        self.facts.push(Fact::DisasterDeclared { stamp });
        let point = self.point_choice(alarm_since);
        self.make_room(now, appliance);
        if self.room.is_clearing() {
            self.room.wait(appliance, point)
        } else {
            self.fail_over(now, appliance, point, world)
        }
    }

    /// Orders the failovers of all that is protected through this appliance.
    fn fail_over(&mut self, now: Timestamp, appliance: ApplianceId, point: PointChoice, world: &World) {
        if let Some(plan) = self.people.plan {
            self.commands.push(Command::RunPlan { plan, point, shut_down: self.people.shut_down_source });
        }
        let in_plan = |vm| {
            let plan = self.people.plan.map(|plan| &self.intent.plans[plan.index()]);
            plan.is_some_and(|plan| plan.groups.iter().any(|group| group.vms.contains(&vm)))
        };
        let through = |vm| self.intent.protection(vm).is_some_and(|protection| protection.appliance == appliance);
        for vm in self.by_order(|vm| through(vm) && !in_plan(vm)) {
            self.attempt(now, vm, Wish::FailOver(point), world);
        }
    }

    /// Switches off what makes room on the stamps to which this appliance protects.
    fn make_room(&mut self, now: Timestamp, appliance: ApplianceId) {
        let protections = self.intent.protections.iter().flatten().filter(|own| own.appliance == appliance);
        let targets: BTreeSet<StampId> = protections.map(|own| own.target).collect();
        for stamp in targets {
            self.room.clear(&self.inventory, stamp).into_iter().for_each(|vm| self.switch(now, vm));
        }
    }

    /// Switches on again what made room for nobody any more on the stamp that protects this VM.
    fn give_room_back(&mut self, now: Timestamp, vm: VmId) {
        let target = |vm: VmId| self.intent.protection(vm).map(|own| own.target);
        let Some(stamp) = target(vm) else { return };
        let mut all = self.inventory.vm_ids().filter(|vm| target(*vm) == Some(stamp));
        if all.any(|vm| is_away(self.phases[vm.index()]) || self.fails_over(vm)) {
            return;
        }
        for vm in self.room.give_back(&self.inventory, stamp) {
            self.errands.book(self.working_time(now), Errand::Switch(vm));
        }
    }

    /// Puts a machine that makes room into the state it shall have; one that does not come up is tried again.
    fn switch(&mut self, now: Timestamp, vm: VmId) {
        let Some(on) = self.room.wanted(vm) else { return };
        self.facts.push(Fact::Ordered { vm, command: if on { "switch on" } else { "switch off" } });
        self.switches.push((vm, on));
        if on {
            self.errands.book(self.working_time(now + TRY_AGAIN), Errand::Switch(vm));
        }
    }

    /// A machine went up or down.
    fn saw(&mut self, now: Timestamp, vm: VmId, up: bool) {
        if !self.room.saw(vm, up) {
            return;
        }
        if self.room.wanted(vm) == Some(false) {
            self.errands.book(now, Errand::Switch(vm));
        }
        for (appliance, point) in self.room.goes_on() {
            self.errands.book(now, Errand::FailOver(appliance, point));
        }
    }

    fn point_choice(&self, alarm_since: Timestamp) -> PointChoice {
        match self.people.recovery_point {
            PointWish::Latest => PointChoice::Latest,
            PointWish::LatestProcessed => PointChoice::LatestProcessed,
            PointWish::LatestAppConsistent => PointChoice::LatestAppConsistent,
            PointWish::LatestMultiVm => PointChoice::LatestMultiVm,
            PointWish::LatestMultiVmAppConsistent => PointChoice::LatestMultiVmAppConsistent,
            PointWish::Older(age) => {
                let failed = alarm_since.saturating_sub(self.inventory.limits.heartbeat_lost_after);
                PointChoice::Custom(failed.saturating_sub(age))
            }
        }
    }

    /// Orders what is wished while the phase allows it, and comes back until it has moved on.
    fn attempt(&mut self, now: Timestamp, vm: VmId, wish: Wish, world: &World) {
        let (phase, came_back) = (self.phases[vm.index()], world.source_runs(vm));
        // Once it has failed they look whether the machine is not there after all.
        let looks = self.people.check_the_source || phase == Phase::FailoverFailed;
        let void = matches!(wish, Wish::FailOver(_)) && looks && came_back;
        if void || !(wish.open(phase) || wish.is_under_way(phase)) {
            self.patience[vm.index()] = TRY_AGAIN;
            self.wishes[vm.index()].retain(|other| *other != wish);
            if void {
                self.give_room_back(now, vm);
            }
            return;
        }
        // A failover that failed is given up only for a machine that has come back.
        let waits = wish == Wish::Disable && phase == Phase::FailoverFailed && !came_back;
        let source_up = world.stamp_up(self.inventory.vm(vm).on) && !waits;
        if wish.open(phase) && (!wish.needs_source() || source_up) {
            self.order(vm, wish);
            if wish == Wish::Uninstall {
                self.errands.book(now + RESTART_AFTER, Errand::Restart(vm));
            }
        }
        let patience = self.patience[vm.index()];
        self.patience[vm.index()] = (patience * 2).min(TRY_AGAIN_MAX);
        self.errands.book(self.working_time(now + patience), Errand::Try(vm, wish));
    }

    fn order(&mut self, vm: VmId, wish: Wish) {
        let (name, command) = wish.order(vm, self.people.shut_down_source);
        self.facts.push(Fact::Ordered { vm, command: name });
        self.commands.push(command);
    }

    /// Somebody wants it to fail over.
    fn fails_over(&self, vm: VmId) -> bool {
        self.wishes[vm.index()].iter().any(|wish| matches!(wish, Wish::FailOver(_)))
    }

    fn wish(&mut self, at: Timestamp, vm: VmId, wish: Wish) {
        if self.wishes[vm.index()].contains(&wish) {
            return;
        }
        self.patience[vm.index()] = TRY_AGAIN;
        self.wishes[vm.index()].push(wish);
        let at = self.working_time(at);
        self.errands.book(at, Errand::Try(vm, wish));
    }

    fn start_wave(&mut self, now: Timestamp, appliance: ApplianceId) {
        let Some(fail_back) = self.people.fail_back.clone() else { return };
        let healthy = self.healthy_since[self.inventory.appliance(appliance).on.index()];
        if healthy == Timestamp::NEVER || now < healthy + fail_back.after_source_healthy {
            return; // The stamp's return books the next wave.
        }
        for vm in self.waves.next(&self.inventory, appliance) {
            self.wish(now, vm, Wish::Reprotect);
        }
    }

    fn drill_round(&mut self, now: Timestamp) {
        let Some(drills) = self.people.drills.clone() else { return };
        for vm in self.by_order(|_| true) {
            let skipped = self.drills.uniform() < drills.skipped.as_f64();
            if !skipped && !self.drill_queue.contains(&vm) {
                self.drill_queue.push(vm);
            }
        }
        self.errands.book(now + drills.every, Errand::DrillRound);
        self.drill_next();
    }

    fn drill_next(&mut self) {
        let at_once = self.people.drills.as_ref().map_or(0, |drills| drills.at_once);
        while !self.drill_queue.is_empty() && (at_once == 0 || self.drilling < at_once) {
            let vm = self.drill_queue.remove(0);
            if self.phases[vm.index()] == Phase::Protected {
                self.drilling += 1;
                self.facts.push(Fact::Ordered { vm, command: "test failover" });
                self.commands.push(Command::TestFailover { vm, point: PointChoice::LatestProcessed });
            }
        }
    }

    /// A drill is over, well or not.
    fn drilled(&mut self, vm: VmId, ok: bool) {
        if self.drilling > 0 {
            self.drilling -= 1;
            self.facts.push(Fact::DrillDone { vm, ok });
            self.drill_next();
        }
    }

    /// Reads what portal, alarms and telephone tell.
    pub fn notice(&mut self, now: Timestamp, fact: &Fact) {
        match fact {
            Fact::Alarm { alarm: AlarmKind::NoHeartbeat(appliance) } => {
                self.alarm_since[appliance.index()] = Some(now);
                let wait = self.people.declare_disaster_after.sample(self.declares.uniform());
                let at = self.working_time(now + wait);
                self.errands.book(at, Errand::Decide(*appliance));
            }
            Fact::AlarmCleared { alarm: AlarmKind::NoHeartbeat(appliance) } => {
                self.alarm_since[appliance.index()] = None;
            }
            Fact::OutageBegan { kind: OutageKind::StampDown(stamp), .. } => {
                self.healthy_since[stamp.index()] = Timestamp::NEVER;
            }
            Fact::OutageEnded { kind: OutageKind::StampDown(stamp), .. } => self.stamp_is_back(now, *stamp),
            Fact::Entered { vm, phase } => self.entered(now, *vm, *phase),
            Fact::MachineUp { vm, role: MachineRole::Original } => self.saw(now, *vm, true),
            Fact::MachineDown { vm, role: MachineRole::Original } => self.saw(now, *vm, false),
            Fact::TestEntered { vm, running: true } => {
                if let Some(drills) = &self.people.drills {
                    let lasts = drills.lasts.sample(self.drills.uniform());
                    let at = self.working_time(now + lasts);
                    self.errands.book(at, Errand::CleanUp(*vm));
                }
            }
            Fact::DamageFound { vm, since } => {
                self.commands.push(Command::LookUpPoint { vm: *vm, before: *since });
            }
            Fact::JobDone { vm, job: JobKind::TestCleanUp } => self.drilled(*vm, true),
            Fact::JobFailed { vm, job: JobKind::TestFailover, .. } => self.drilled(*vm, false),
            Fact::Refused { vm: Some(vm), command: order::TEST_FAILOVER, .. } => self.drilled(*vm, false),
            // The appliance was not there; it will be, and the order is theirs to give again.
            Fact::Refused { vm: Some(vm), command: order::ENABLE, refusal: Refusal::ApplianceUnhealthy } => {
                self.wish(now + TRY_AGAIN, *vm, Wish::Enable);
            }
            // Somebody's test machine stands in the way; they are told so.
            Fact::Refused { vm: Some(vm), refusal: Refusal::TestFailoverRunning, .. }
                if self.wishes[vm.index()].contains(&Wish::Disable) =>
            {
                self.commands.push(Command::CleanUpTestFailover { vm: *vm });
            }
            _ => {}
        }
    }

    fn stamp_is_back(&mut self, now: Timestamp, stamp: StampId) {
        self.healthy_since[stamp.index()] = now;
        let Some(fail_back) = &self.people.fail_back else { return };
        let at = now + fail_back.after_source_healthy;
        let appliances = 0..self.inventory.appliances.len();
        for appliance in appliances.map(ApplianceId::from_index) {
            if self.inventory.appliance(appliance).on == stamp {
                self.errands.book(self.working_time(at), Errand::StartWave(appliance));
            }
        }
    }

    fn entered(&mut self, now: Timestamp, vm: VmId, phase: Phase) {
        self.phases[vm.index()] = phase;
        if !is_away(phase) {
            self.give_room_back(now, vm);
        }
        let Some(protection) = self.intent.protection(vm) else { return };
        let (appliance, order) = (protection.appliance, protection.order);
        let back = phase == Phase::FailedBack || !is_away(phase);
        if back && self.waves.release(&self.inventory, vm) {
            self.errands.book(now, Errand::StartWave(appliance));
        }
        match phase {
            Phase::FailedOver | Phase::FailedBack => {
                let after = self.people.commit_after.sample(self.commits.uniform());
                self.wish(now + after, vm, Wish::Commit);
            }
            Phase::Committed => {
                self.waves.enqueue(appliance, order, vm);
                let healthy = self.healthy_since[self.inventory.vm(vm).on.index()];
                if let Some(fail_back) = self.people.fail_back.as_ref()
                    && healthy != Timestamp::NEVER
                {
                    let at = now.max(healthy + fail_back.after_source_healthy);
                    self.errands.book(self.working_time(at), Errand::StartWave(appliance));
                }
            }
            Phase::ProtectedReverse => {
                if let Some(fail_back) = &self.people.fail_back {
                    self.wish(now + fail_back.then_wait, vm, Wish::FailBack);
                }
            }
            Phase::FailedBackCommitted => {
                if let Some(after) = self.people.protect_again_after {
                    self.wish(now + after, vm, Wish::Disable);
                }
            }
            Phase::UnprotectedDirty if self.people.protect_again_after.is_some() => {
                self.wish(now, vm, Wish::Uninstall);
            }
            // Whoever ordered it, what failed is tried again.
            Phase::DisablingFailed => self.wish(now + TRY_AGAIN, vm, Wish::Disable),
            Phase::ReprotectFailed if self.people.fail_back.is_some() => {
                self.wish(now + TRY_AGAIN, vm, Wish::Reprotect);
            }
            Phase::FailbackFailed => self.wish(now + TRY_AGAIN, vm, Wish::CancelFailBack),
            Phase::FailoverFailed => {
                // Also of a plan: where the source was shut down for it, nobody serves.
                if !self.fails_over(vm) {
                    let since = self.alarm_since[appliance.index()].unwrap_or(now);
                    self.wish(now + TRY_AGAIN, vm, Wish::FailOver(self.point_choice(since)));
                }
                if let Some(after) = self.people.protect_again_after {
                    self.wish(now + after, vm, Wish::Disable);
                }
            }
            Phase::Unprotected => self.wish(now, vm, Wish::Enable),
            Phase::EnablingFailed => self.wish(now + TRY_AGAIN, vm, Wish::Enable),
            _ => {}
        }
    }
}
