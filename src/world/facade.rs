//! The world's face: what the driver calls. Nothing else is public of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::{Effect, Fact, MachineRole, Meter, Observation, OpId, Sender};
use crate::inventory::Inventory;
use crate::units::{ApplianceId, Bytes, CacheId, Duration, LinkId, StampId, SubscriptionId, Timestamp, VmId};
use crate::world::appliance::{Pulse, Slots};
use crate::world::estate::VmEstate;
use crate::world::jobs::Jobs;
use crate::world::outages::{self, DatedOutage, Timeline};
use crate::world::placement::Hosts;
use crate::world::quotas::{Need, Quotas};
use crate::world::record::Record;
use crate::world::stamp::{Told, Works};
use crate::world::storage::DiskSet;
use crate::world::times::Clocks;
use crate::world::{Blobs, Luck, Physics, Pipeline, VmRoute, World};

impl World {
    /// The world at the start of the run: every declared machine serves. `routes` by VM; VMs without one are never
    /// replicated. Random outages are dated over `lasts`, before anything happens.
    pub fn new(
        inventory: Arc<Inventory>,
        physics: &Physics,
        luck: Luck,
        routes: Vec<Option<VmRoute>>,
        lasts: Duration,
    ) -> Self {
        let path = routes.iter().map(|route| route.map(|route| route.path)).collect();
        let provider = |index: usize| physics.provider_on.get(index).copied().unwrap_or(false);
        let hosts = |(index, stamp): (usize, &crate::inventory::Stamp)| {
            let provider = if provider(index) { inventory.limits.provider_memory } else { Bytes::ZERO };
            Hosts::new(StampId::from_index(index), stamp.servers, provider)
        };
        let estate = inventory.vms.iter().zip(inventory.vm_ids()).map(|(vm, id)| {
            VmEstate::new(vm, DiskSet { subscription: vm.subscription, bytes: inventory.disk_bytes(id) })
        });
        let mut world = Self {
            routes,
            estate: estate.collect(),
            quotas: Quotas::new(&inventory),
            hosts: inventory.stamps.iter().enumerate().map(hosts).collect(),
            slots: Slots::new(&inventory),
            works: Works::new(&inventory),
            told: Told::new(&inventory),
            pulses: vec![Pulse::new(inventory.limits.heartbeat_every); inventory.appliances.len()],
            jobs: Jobs::new(inventory.stamps.len(), physics.times.creates_at_once),
            clocks: Clocks::new(physics.times.clone(), luck.clone()),
            timeline: Timeline::new(&physics.outages, &luck, lasts),
            pipeline: Pipeline::new(inventory.clone(), physics, &luck, path),
            record: Record::default(),
            copying: BTreeMap::new(),
            damaged: Vec::new(),
            touched: true,
            blobs: Blobs { looked_at: None, over: vec![false; inventory.subscriptions.len()] },
            snapshots_over: vec![false; inventory.subscriptions.len()],
            luck,
            inventory,
        };
        world.stand_up();
        world
    }

    /// What exists by declaration counts, and is not checked.
    fn stand_up(&mut self) {
        let inventory = self.inventory.clone();
        for (vm, id) in inventory.vms.iter().zip(inventory.vm_ids()) {
            let size = &inventory.limits.vm_sizes[vm.size];
            self.quotas.take(Need { disk: inventory.disk_bytes(id), ..Need::machine(vm.subscription, size.cores) });
            self.hosts[vm.on.index()].take(size.memory);
            self.record.fact(Timestamp::START, Fact::MachineUp { vm: id, role: MachineRole::Original });
            self.pipeline.set_writer(Timestamp::START, id, true);
        }
        for appliance in &inventory.appliances {
            let size = &inventory.limits.vm_sizes[appliance.size];
            self.quotas.take(self.appliance_need(appliance));
            self.hosts[appliance.on.index()].take(size.memory);
        }
        self.meter(Timestamp::START);
        self.look_at_blobs(Timestamp::START);
    }

    /// Performs what the logic wants done. Effects with an op are answered once, at `now` at the earliest.
    pub fn perform(&mut self, now: Timestamp, effect: Effect) {
        let (op, vm, done) = match effect {
            Effect::Inspect { op, vm } => (op, vm, self.inspect(now, op, vm)),
            Effect::InstallAgent { op, vm } => (op, vm, self.install_agent(now, op, vm)),
            Effect::RemoveExtension { op, vm } => (op, vm, self.remove_extension(now, op, vm)),
            Effect::UninstallMobilityService { op, vm } => (op, vm, self.uninstall_mobility(now, op, vm)),
            Effect::RestartMachine { op, vm, role } => (op, vm, self.restart_machine(now, op, vm, role)),
            Effect::CreateReplicaDisks { op, vm } => (op, vm, self.create_replica_disks(now, op, vm)),
            Effect::ResizeReplicaDisks { op, vm } => (op, vm, self.resize_replica_disks(now, op, vm)),
            Effect::DeleteReplicaDisks { op, vm } => (op, vm, self.delete_replica_disks(now, op, vm)),
            Effect::BuildDisks { op, vm, role, mark } => (op, vm, self.build_disks(now, op, vm, role, mark)),
            Effect::CreateMachine { op, vm, role } => (op, vm, self.create_machine(now, op, vm, role)),
            Effect::StartMachine { op, vm, role } => (op, vm, self.start_machine(now, op, vm, role)),
            Effect::ShutDownMachine { op, vm, role } => (op, vm, self.shut_down_machine(now, op, vm, role)),
            Effect::DeleteMachine { op, vm, role } => (op, vm, self.delete_machine(now, op, vm, role)),
            Effect::DetachSourceDisks { op, vm } => (op, vm, self.detach_source_disks(now, op, vm)),
            Effect::CopySourceDisks { op, vm } => (op, vm, self.copy_source_disks(now, op, vm)),
            Effect::CreateSourceDisks { op, vm } => (op, vm, self.create_source_disks(now, op, vm)),
            Effect::AttachToAppliance { op, vm, appliance } => (op, vm, self.attach(now, op, vm, appliance)),
            Effect::DetachFromAppliance { op, vm } => (op, vm, self.detach(now, op, vm)),
            Effect::RebuildOriginal { op, vm } => (op, vm, self.rebuild_original(now, op, vm)),
            Effect::RevertOriginal { op, vm } => (op, vm, self.revert_original(now, op, vm)),
            Effect::DeleteAppliance { op, appliance } => (op, VmId(0), self.delete_appliance(now, op, appliance)),
            Effect::Copy { op, vm, kind, direction } => (op, vm, self.copy(now, op, vm, kind, direction)),
            Effect::CutMark { op, vm } => (op, vm, self.route(vm).map(|_| self.pipeline.cut_mark(now, op, vm))),
            Effect::ProcessPending { op, vm } => {
                (op, vm, self.route(vm).map(|_| self.pipeline.process_pending(now, op, vm)))
            }
            Effect::ReadBacklog { op, vm } => (op, vm, self.route(vm).map(|_| self.pipeline.read_backlog(now, op, vm))),
            Effect::ReadPoints { op, vm } => (op, vm, self.read_points(op, vm)),
            Effect::StopCopy { vm } => return self.stop_copy(now, vm),
            Effect::StartStream { vm, direction, marks } => {
                self.estate[vm.index()].stream = Some(direction);
                self.pipeline.start_stream(now, vm, direction, marks);
                return self.listen_for_agent(now, vm);
            }
            Effect::StopStream { vm } => {
                self.estate[vm.index()].stream = None;
                return self.pipeline.stop_stream(now, vm);
            }
            Effect::DiscardDifflog { vm } => {
                // What lay there counted until now.
                self.look_at_blobs(now);
                return self.pipeline.discard_difflog(now, vm);
            }
            Effect::HoldPoints { vm, marks } => {
                return self.hold_points(now, vm, &marks);
            }
        };
        if let Err(cause) = done {
            self.refuse(now, op, vm, cause);
        }
        self.meter(now);
    }

    /// The next moment at which an outage begins or ends, or something is finished. [`Timestamp::NEVER`]: none.
    pub fn next_due(&mut self) -> Timestamp {
        let jobs = self.jobs.next_due().unwrap_or(Timestamp::NEVER);
        self.timeline.next_due().min(jobs).min(self.pipeline.next_due())
    }

    /// Rank 1: outages that begin or end at `now`; begin before end at one instant.
    pub fn strike(&mut self, now: Timestamp) {
        while let Some(turn) = self.timeline.pop_due(now) {
            outages::turn(self, now, turn);
        }
        self.meter(now);
    }

    /// Rank 2: what the world finished at `now`.
    pub fn advance(&mut self, now: Timestamp) {
        self.pipeline.advance(now);
        while let Some(job) = self.jobs.pop_due(now) {
            self.finish(now, job);
        }
        self.meter(now);
    }

    /// What the product sees, in the order in which it happened.
    pub fn poll_observation(&mut self) -> Option<Observation> {
        if let Some(own) = self.record.poll_observation() {
            return Some(own);
        }
        let seen = self.pipeline.poll_observation()?;
        if let Observation::Completed { op } | Observation::Failed { op, .. } = &seen {
            self.copy_ended(*op);
        }
        Some(seen)
    }

    /// Facts, each with its moment: those of the estate in order, then those of the data path in order.
    pub fn poll_fact(&mut self) -> Option<(Timestamp, Fact)> {
        self.record.poll_fact().or_else(|| self.pipeline.poll_fact())
    }

    /// The newest beat of each sender that was not delivered yet.
    pub fn heartbeats(&mut self, now: Timestamp) -> Vec<Observation> {
        let mut beats = Vec::new();
        for (index, pulse) in self.pulses.iter_mut().enumerate() {
            if let Some(sent_at) = pulse.take(now) {
                let from = Sender::Appliance(ApplianceId::from_index(index));
                beats.push(Observation::Heartbeat { from, sent_at });
            }
        }
        beats
    }

    /// The target stamp is up: operators and the logic can work.
    pub fn vault_reachable(&self, stamp: StampId) -> bool {
        self.stamp_up(stamp)
    }

    pub fn stamp_up(&self, stamp: StampId) -> bool {
        self.works.stamp(stamp)
    }

    /// The original serves.
    pub fn source_serves(&self, vm: VmId) -> bool {
        self.estate[vm.index()].serves(MachineRole::Original)
    }

    /// The original serves or is coming up: what a telephone call to the source would tell.
    pub fn source_runs(&self, vm: VmId) -> bool {
        self.estate[vm.index()].machine(MachineRole::Original).runs()
    }

    /// The machine that serves: the one that does the VM's work, or the other one if only that runs. A test machine
    /// never serves.
    pub fn serving(&self, vm: VmId) -> Option<MachineRole> {
        let vm = &self.estate[vm.index()];
        [vm.production, MachineRole::Replica, MachineRole::Original].into_iter().find(|role| vm.serves(*role))
    }

    /// What the VM wrote in `[from, to)`, as it counts for replication.
    /// Every write of the VM up to then has left the cache for its replica disks.
    pub fn served_through(&self, now: Timestamp, vm: VmId) -> Timestamp {
        self.pipeline.served_through(now, vm)
    }

    /// Bytes written by the VM between two moments, as replicated.
    pub fn written_between(&self, vm: VmId, from: Timestamp, to: Timestamp) -> Bytes {
        self.pipeline.written_between(vm, from, to)
    }

    /// Every outage of this run, by begin.
    pub fn outages(&self) -> &[DatedOutage] {
        &self.timeline.dated
    }

    /// End of the run: open pieces of meters become facts.
    pub fn close(&mut self, now: Timestamp) {
        self.meter(now);
        self.look_at_blobs(now);
        self.record.close(now);
        self.pipeline.close(now);
    }

    fn copy_ended(&mut self, op: OpId) {
        if let Some(vm) = self.copying.remove(&op) {
            let copy = &mut self.estate[vm.index()].copy;
            *copy = copy.filter(|(running, _)| *running != op);
        }
    }

    /// Brings the meters of the estate up to date.
    pub(super) fn meter(&mut self, now: Timestamp) {
        if !std::mem::take(&mut self.touched) {
            return;
        }
        for index in 0..self.inventory.subscriptions.len() {
            let id = SubscriptionId::from_index(index);
            let used = self.quotas.used(id);
            self.record.level(now, Meter::QuotaVms(id), used.vms.into());
            self.record.level(now, Meter::QuotaCores(id), used.cores.into());
            self.meter_disk(now, id);
        }
        let record = &mut self.record;
        for (index, hosts) in self.hosts.iter().enumerate() {
            let (id, (memory, vms)) = (StampId::from_index(index), hosts.taken());
            record.level(now, Meter::StampMemory(id), memory.0);
            record.level(now, Meter::StampVms(id), vms.into());
        }
        for index in 0..self.inventory.appliances.len() {
            let id = ApplianceId::from_index(index);
            record.level(now, Meter::ApplianceSlots(id), self.slots.taken(id).into());
        }
    }

    /// Brings the meters of a subscription's disks up to date.
    pub(super) fn meter_disk(&mut self, now: Timestamp, id: SubscriptionId) {
        let used = self.quotas.used(id);
        self.record.level(now, Meter::QuotaManagedDisk(id), (used.disk + used.points).0);
        self.record.level(now, Meter::PointStorage(id), used.points.0);
    }

    /// Reads the content of the cache accounts for the storage quotas.
    pub(super) fn look_at_blobs(&mut self, now: Timestamp) {
        if self.blobs.looked_at == Some(now) {
            return;
        }
        self.blobs.looked_at = Some(now);
        let mut content = vec![None; self.inventory.subscriptions.len()];
        for (index, cache) in self.inventory.caches.iter().enumerate() {
            let sum = content[cache.subscription.index()].get_or_insert(Bytes::ZERO);
            *sum += self.pipeline.cache_used(now, CacheId::from_index(index));
        }
        for (index, content) in content.into_iter().enumerate() {
            let Some(content) = content else { continue };
            let id = SubscriptionId::from_index(index);
            let (meter, quota) = (Meter::QuotaStorage(id), self.quotas.quota(id).storage);
            self.record.ramp(now, meter, content.0);
            if content > quota && !self.blobs.over[index] {
                self.record.fact(now, Fact::LimitHit { meter, need: (content - quota).0, free: 0 });
            }
            self.blobs.over[index] = content > quota;
        }
    }

    /// Tells the data path and the pulses what works now, where that changed.
    pub(super) fn refresh(&mut self, now: Timestamp) {
        let (inventory, works, told) = (&self.inventory, &self.works, &mut self.told);
        let changed = |old: &mut bool, new: bool| std::mem::replace(old, new) != new;
        for (index, old) in told.links.iter_mut().enumerate() {
            let (id, yields) = (LinkId::from_index(index), works.link_yields(LinkId::from_index(index)));
            if std::mem::replace(old, yields) != yields {
                self.pipeline.set_link(now, id, yields);
            }
        }
        let mut works_again = Vec::new();
        for (index, old) in told.appliances.iter_mut().enumerate() {
            let id = ApplianceId::from_index(index);
            if changed(old, works.appliance(inventory, id)) {
                self.pipeline.set_appliance(now, id, *old);
                works_again.extend(old.then_some(id));
            }
            self.pulses[index].set(now, works.beats(inventory, id));
        }
        for (index, old) in told.caches.iter_mut().enumerate() {
            let id = CacheId::from_index(index);
            if changed(old, works.cache(inventory, id)) {
                self.pipeline.set_cache(now, id, *old);
            }
        }
        for (index, old) in told.services.iter_mut().enumerate() {
            let id = StampId::from_index(index);
            if changed(old, works.service(id)) {
                self.pipeline.set_service(now, id, *old);
            }
        }
        works_again.into_iter().for_each(|appliance| self.listen_for_agents(now, appliance));
    }
}
