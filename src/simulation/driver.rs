//! The loop: logic and world talk, facts are recorded, referees watch.
//!
//! Order at one instant (ties go against us, house 3.1): first what breaks and what people order, then what the world has
//! finished, then the logic's own deadlines. Heartbeats are delivered lazily: only the newest one before a deadline
//! matters, and delivering the others would change nothing but the time it takes. While a sender is taken for lost every beat is
//! listened for, since the first one ends the alarm.

use crate::contract::{AlarmKind, Command, Fact, Input, Observation, Phase};
use crate::inventory::Inventory;
use crate::kernel::RunDigest;
use crate::protection::Coordinator;
use crate::simulation::Setup;
use crate::simulation::mailbox::{Addressee, Mailbox, OPS_PER_COORDINATOR, addressee, target_of};
use crate::simulation::operator::Operator;
use crate::simulation::referees::Referees;
use crate::units::{StampId, SubscriptionId, Timestamp, VmId};
use crate::world::{Luck, VmPath, VmRoute, World};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// Hash of all facts in order: same scenario, seed and replication, same digest.
    pub digest: u128,
    pub facts: u64,
    pub inputs: u64,
    /// What the referees saw that must never be; empty in a sound run.
    pub fouls: Vec<String>,
}

/// Rounds of the conversation at one instant after which the loop is taken to spin.
const ROUNDS_PER_INSTANT_MAX: u32 = 100_000;

/// Runs one replication and tells `record` every fact with its moment.
pub fn run(setup: &Setup, luck: Luck, record: &mut dyn FnMut(Timestamp, &Fact)) -> RunEnd {
    let mut driver = Driver::new(setup, luck, record);
    driver.go(Timestamp::START + setup.lasts);
    RunEnd { digest: driver.digest.value(), facts: driver.facts, inputs: driver.inputs, fouls: driver.referees.fouls() }
}

/// The logic of one target stamp, and what waits for it.
struct Site {
    stamp: StampId,
    logic: Coordinator,
    mail: Mailbox,
}

struct Driver<'a> {
    setup: &'a Setup,
    sites: Vec<Site>,
    world: World,
    operator: Operator,
    referees: Referees,
    record: &'a mut dyn FnMut(Timestamp, &Fact),
    digest: RunDigest,
    /// When the serving machine of each VM was last lost; what was written later is not ours to lose.
    lost_at: Vec<Option<Timestamp>>,
    /// By VM: a failover chooses its point now. The point of a failback loses nothing.
    chooses: Vec<bool>,
    /// Senders that the logic has given up; while there are any, it listens at every beat.
    silent: u32,
    listened: Timestamp,
    facts: u64,
    inputs: u64,
}

impl<'a> Driver<'a> {
    fn new(setup: &'a Setup, luck: Luck, record: &'a mut dyn FnMut(Timestamp, &Fact)) -> Self {
        let (inventory, intent) = (&setup.inventory, &setup.intent);
        let mut stamps: Vec<StampId> = inventory.vm_ids().filter_map(|vm| target_of(intent, vm)).collect();
        stamps.sort_unstable();
        stamps.dedup();
        let site = |(index, stamp): (usize, &StampId)| {
            let first_op = index as u64 * OPS_PER_COORDINATOR;
            let logic = Coordinator::new(inventory.clone(), intent.clone(), setup.settings.clone());
            Site { stamp: *stamp, logic: logic.numbering_from(first_op), mail: Mailbox::default() }
        };
        let binding = (0..inventory.subscriptions.len()).map(SubscriptionId::from_index).map(|id| {
            let mut protections = intent.protections.iter().flatten();
            protections.any(|protection| protection.subscription == id)
                && !inventory.vms.iter().any(|vm| vm.subscription == id)
        });
        let script = setup.script.clone();
        let people = setup.people.clone();
        let calendar = setup.physics.calendar;
        Self {
            sites: stamps.iter().enumerate().map(site).collect(),
            world: World::new(inventory.clone(), &setup.physics, luck.clone(), routes(setup), setup.lasts),
            operator: Operator::new(inventory.clone(), intent.clone(), people, calendar, script, &luck),
            referees: Referees::new(inventory.clone(), intent, binding.collect()),
            digest: RunDigest::new(),
            lost_at: vec![None; inventory.vms.len()],
            chooses: vec![false; inventory.vms.len()],
            silent: 0,
            listened: Timestamp::START,
            facts: 0,
            inputs: 0,
            record,
            setup,
        }
    }

    fn go(&mut self, end: Timestamp) {
        let (mut now, mut rounds) = (Timestamp::START, 0);
        loop {
            let due = self.next_due();
            if due > end || due == Timestamp::NEVER {
                break;
            }
            rounds = if due > now { 0 } else { rounds + 1 };
            let waits_for = || self.sites.iter().filter_map(|site| site.logic.poll_timeout()).min_by_key(|(at, _)| *at);
            assert!(rounds < ROUNDS_PER_INSTANT_MAX, "the clock stands still at {now}; waiting for {:?}", waits_for());
            now = now.max(due);
            self.instant(now);
        }
        self.close(end);
    }

    /// Earliest moment at which something is due; a dark site's deadlines wait.
    fn next_due(&mut self) -> Timestamp {
        let mut due = self.world.next_due().min(self.operator.next_due());
        for site in &self.sites {
            if self.world.vault_reachable(site.stamp) {
                if !site.mail.is_empty() {
                    return Timestamp::START;
                }
                due = site.logic.poll_timeout().map_or(due, |(at, _)| due.min(at));
            }
        }
        due.min(self.next_beat())
    }

    /// When somebody listens next for a sender that has fallen silent.
    fn next_beat(&self) -> Timestamp {
        if self.silent == 0 { Timestamp::NEVER } else { self.listened + self.setup.inventory.limits.heartbeat_every }
    }

    fn instant(&mut self, now: Timestamp) {
        self.world.strike(now);
        self.settle(now);
        for command in self.operator.act(now, &self.world) {
            self.deliver(now, command);
        }
        while let Some((vm, on)) = self.operator.poll_switch() {
            self.world.switch(now, vm, on);
        }
        self.settle(now);
        self.world.advance(now);
        self.settle(now);
        if self.next_beat() <= now {
            self.listen(now);
        }
        for site in 0..self.sites.len() {
            self.deadline(now, site);
        }
        self.settle(now);
    }

    /// Delivers the newest heartbeats.
    fn listen(&mut self, now: Timestamp) {
        self.listened = now;
        for beat in self.world.heartbeats(now) {
            self.route(now, beat);
        }
        self.settle(now);
    }

    /// Honours a site's deadline, newest heartbeats first.
    fn deadline(&mut self, now: Timestamp, site: usize) {
        let due = |site: &Site| site.logic.poll_timeout().is_some_and(|(at, _)| at <= now);
        if !self.world.vault_reachable(self.sites[site].stamp) || !due(&self.sites[site]) {
            return;
        }
        self.listen(now);
        if due(&self.sites[site]) {
            self.say(now, now, site, Input::Timeout);
        }
    }

    /// Lets everybody finish talking: observations to the logic, effects to the world, facts to the record.
    fn settle(&mut self, now: Timestamp) {
        loop {
            self.drain_facts(now);
            while let Some(observation) = self.world.poll_observation() {
                self.route(now, observation);
            }
            let mut spoke = false;
            for site in 0..self.sites.len() {
                if self.world.vault_reachable(self.sites[site].stamp)
                    && let Some((said_at, input)) = self.sites[site].mail.take(now)
                {
                    spoke = true;
                    self.say(now, said_at, site, input);
                }
            }
            if !spoke {
                break;
            }
        }
    }

    /// One input, then drain.
    fn say(&mut self, now: Timestamp, said_at: Timestamp, site: usize, input: Input) {
        self.inputs += 1;
        self.sites[site].logic.handle_late(now, said_at, input);
        while let Some(fact) = self.sites[site].logic.poll_fact() {
            self.write_down(now, &fact);
        }
        while let Some(effect) = self.sites[site].logic.poll_effect() {
            self.world.perform(now, effect);
        }
        self.drain_facts(now);
    }

    fn drain_facts(&mut self, now: Timestamp) {
        while let Some((at, fact)) = self.world.poll_fact() {
            if let Fact::SourceLost { vm, .. } = &fact {
                self.lost_at[vm.index()] = Some(at);
            }
            self.write_down(at, &fact);
        }
        while let Some(fact) = self.operator.poll_fact() {
            self.write_down(now, &fact);
        }
    }

    fn write_down(&mut self, at: Timestamp, fact: &Fact) {
        self.digest.record(at, fact);
        self.facts += 1;
        let world = &self.world;
        self.referees.watch(at, fact, |vm| world.served_through(at, vm));
        self.operator.notice(at, fact);
        (self.record)(at, fact);
        match fact {
            Fact::Alarm { alarm: AlarmKind::NoHeartbeat(_) } => self.silent += 1,
            Fact::AlarmCleared { alarm: AlarmKind::NoHeartbeat(_) } => self.silent = self.silent.saturating_sub(1),
            Fact::Entered { vm, phase } => {
                self.chooses[vm.index()] = matches!(phase, Phase::FailingOver | Phase::ChangingPoint);
            }
            _ => {}
        }
        if let Fact::PointChosen { vm, mark, .. } = fact
            && self.chooses[vm.index()]
        {
            let failed_at = match self.lost_at[vm.index()] {
                Some(lost) if !self.world.source_serves(*vm) => lost,
                Some(_) | None => at,
            };
            let bytes = self.world.written_between(*vm, (*mark).min(failed_at), failed_at);
            let lost = Fact::DataLost { vm: *vm, mark: *mark, failed_at, bytes };
            self.write_down(at, &lost);
        }
    }

    fn route(&mut self, now: Timestamp, observation: Observation) {
        let site = match addressee(&self.setup.inventory, &observation) {
            Addressee::Coordinator(site) => Some(site),
            Addressee::Vm(vm) => self.site_of_vm(vm),
            Addressee::Stamp(stamp) => self.site_of(stamp),
        };
        if let Some(site) = site {
            self.sites[site].mail.put(now, Input::Observation(observation));
        }
    }

    fn site_of(&self, stamp: StampId) -> Option<usize> {
        self.sites.iter().position(|site| site.stamp == stamp)
    }

    fn site_of_vm(&self, vm: VmId) -> Option<usize> {
        self.site_of(target_of(&self.setup.intent, vm)?)
    }

    /// Puts an order into the mail of whoever is in charge; one for several sites is split.
    fn deliver(&mut self, now: Timestamp, command: Command) {
        let inventory: &Inventory = &self.setup.inventory;
        let on = |appliance| inventory.cache(inventory.appliance(appliance).cache).on;
        let site = match &command {
            Command::Enable { vms, via } => {
                for site in 0..self.sites.len() {
                    let vms: Vec<VmId> = vms.iter().copied().filter(|vm| self.site_of_vm(*vm) == Some(site)).collect();
                    if !vms.is_empty() {
                        self.sites[site].mail.put(now, Input::Command(Command::Enable { vms, via: *via }));
                    }
                }
                return;
            }
            Command::RunPlan { .. } => {
                for site in &mut self.sites {
                    site.mail.put(now, Input::Command(command.clone()));
                }
                return;
            }
            Command::RegisterAppliance { appliance }
            | Command::DeleteAppliance { appliance }
            | Command::DeleteVault { appliance } => self.site_of(on(*appliance)),
            Command::UninstallProvider { stamp } => self.site_of(*stamp),
            one => one.vm().and_then(|vm| self.site_of_vm(vm)),
        };
        if let Some(site) = site {
            self.sites[site].mail.put(now, Input::Command(command));
        }
    }

    fn close(&mut self, end: Timestamp) {
        for site in 0..self.sites.len() {
            // What a dark site has not read yet: it would have learnt of it, and done nothing any more.
            while let Some((said_at, input)) = self.sites[site].mail.take(end) {
                self.sites[site].logic.handle_late(end, said_at, input);
                self.told_at_the_end(end, site);
            }
            self.sites[site].logic.finish(end);
            self.told_at_the_end(end, site);
        }
        self.world.close(end);
        self.drain_facts(end);
    }

    fn told_at_the_end(&mut self, end: Timestamp, site: usize) {
        while self.sites[site].logic.poll_effect().is_some() {}
        while let Some(fact) = self.sites[site].logic.poll_fact() {
            self.write_down(end, &fact);
        }
    }
}

/// By VM: the way its data takes, and whose quota its replica draws on.
fn routes(setup: &Setup) -> Vec<Option<VmRoute>> {
    let route = |vm: VmId| {
        let protection = setup.intent.protection(vm)?;
        let appliance = setup.inventory.appliance(protection.appliance);
        let path = VmPath {
            appliance: protection.appliance,
            link: appliance.link,
            cache: appliance.cache,
            target: protection.target,
            weight: protection.weight,
            deadline: protection.deadline,
        };
        Some(VmRoute { path, subscription: protection.subscription })
    };
    setup.inventory.vm_ids().map(route).collect()
}
