//! FLOOR 2: PHYSICS AND LUCK. What is written, moves, fills, breaks and takes time. No policy.
//!
//! ```text
//!              perform(effect)                         poll_observation, poll_fact, heartbeats
//!                    │                                                ▲
//!   ┌────────────────▼────────────────────────────────────────────────┴───────────┐
//!   │ estate: machines, disks, guests      jobs: what takes time     outages: luck │
//!   │ limits: quotas, placement, slots     works: what has light                   │
//!   │ pipeline: what is written, moves and is applied                              │
//!   └──────────────────────────────────────────────────────────────────────────────┘
//! ```
//! The driver calls, at one instant: [`World::strike`] (what breaks, what is mended), then people and effects, then
//! [`World::advance`] (what is finished): ties go against us.
//!
//! An effect with an op is answered exactly once, unless it is stopped. What cannot be reached is answered after
//! `times.unreachable_after`; what a limit forbids is answered at once, with a [`Fact::LimitHit`]; what runs on a stamp that
//! goes dark is interrupted and leaves nothing behind. Sources: domain facts 2.2, 2.3, 5.6, 5.7, 7, 11.

mod appliance;
#[cfg(test)]
mod audit;
mod busy;
mod cache;
pub mod churn;
mod copies;
mod distribute;
mod due_first;
mod estate;
mod facade;
mod flow;
mod guests;
mod jobs;
mod layout;
mod ledger;
mod link;
mod machines;
mod marks;
mod meters;
pub mod outages;
pub mod physics;
pub mod pipeline;
pub mod placement;
mod processing;
mod quiet;
mod quotas;
mod record;
mod replicas;
mod rest;
mod segment;
mod sharing;
mod stamp;
mod storage;
mod times;
mod touch;
#[cfg(test)]
mod two_kernels;
mod watermark;
mod way_back;

pub use crate::kernel::Luck;
pub use churn::{Churn, DiskChurn, Noise, Series, Writes};
pub use outages::{DatedOutage, Outage, OutageSpec, TakenBy, When};
pub use physics::{CrossTraffic, Physics, Times};
pub use pipeline::{Pipeline, SourceLoss, VmPath};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::{Cause, Fact, MachineRole, Meter, Observation, OpId};
use crate::inventory::Inventory;
use crate::units::{Bytes, Duration, OutageId, StampId, SubscriptionId, Timestamp, VmId};
use appliance::{Pulse, Slots};
use estate::{Place, VmEstate};
use jobs::{Job, Jobs, Reserved, Work};
use outages::Timeline;
use placement::Hosts;
use quotas::{Need, Quotas, Short};
use record::Record;
use stamp::{Told, Works};
use storage::DiskSet;
use times::{Clocks, Span};

/// Where one VM's data goes, and who pays for it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VmRoute {
    pub path: VmPath,
    /// The target subscription: replica disks, failed-over and test machines count there.
    pub subscription: SubscriptionId,
}

/// Everything real: estate, data path, outages. Its face stands in `facade.rs`.
pub struct World {
    inventory: Arc<Inventory>,
    luck: Luck,
    routes: Vec<Option<VmRoute>>,
    estate: Vec<VmEstate>,
    quotas: Quotas,
    /// By stamp.
    hosts: Vec<Hosts>,
    slots: Slots,
    works: Works,
    told: Told,
    /// By appliance.
    pulses: Vec<Pulse>,
    jobs: Jobs,
    clocks: Clocks,
    timeline: Timeline,
    pipeline: Pipeline,
    record: Record,
    /// Bulk copies that run.
    copying: BTreeMap<OpId, VmId>,
    /// Machines whose data is damaged and nobody knows: by which outage, and since when.
    damaged: Vec<(OutageId, VmId, Timestamp)>,
    /// Some meter of the estate may have changed.
    touched: bool,
    blobs: Blobs,
    /// By subscription: snapshots had grown beyond the quota when last told.
    snapshots_over: Vec<bool>,
}

/// Blobs are looked at now and then, not at every change.
struct Blobs {
    looked_at: Option<Timestamp>,
    /// By subscription: the quota was exceeded when last looked at.
    over: Vec<bool>,
}

/// What all operations are made of.
impl World {
    fn route(&self, vm: VmId) -> Result<VmRoute, Cause> {
        self.routes[vm.index()].ok_or(Cause::Missing)
    }

    fn place(&self, vm: VmId, role: MachineRole) -> Result<Place, Cause> {
        let route = self.routes[vm.index()];
        estate::place(&self.inventory, self.inventory.vm(vm), route, role).ok_or(Cause::Missing)
    }

    fn memory(&self, vm: VmId) -> Bytes {
        self.inventory.limits.vm_sizes[self.inventory.vm(vm).size].memory
    }

    fn disk_count(&self, vm: VmId) -> u32 {
        let disks = &self.inventory.vm(vm).disks;
        disks.end - disks.start
    }

    /// `Unreachable` when the stamp has no light.
    fn reach(&self, stamp: StampId) -> Result<(), Cause> {
        if self.works.stamp(stamp) { Ok(()) } else { Err(Cause::Unreachable) }
    }

    fn draw(&mut self, span: Span, vm: VmId) -> Duration {
        self.clocks.draw(&self.inventory, span, vm)
    }

    fn draw_per_disk(&mut self, span: Span, vm: VmId) -> Duration {
        self.clocks.per_disk(&self.inventory, span, vm)
    }

    /// Checks every limit, then takes all of it: machine first, then disks, memory, slots.
    fn reserve(&mut self, now: Timestamp, vm: VmId, reserved: Reserved) -> Result<(), Cause> {
        let memory = self.memory(vm);
        let limits = &self.inventory.limits;
        let fits = [reserved.need, reserved.disks].into_iter().flatten().try_for_each(|need| self.quotas.check(need));
        let fits = fits.and_then(|()| match reserved.memory {
            Some(stamp) => self.hosts[stamp.index()].check(limits, memory),
            None => Ok(()),
        });
        let fits = fits.and_then(|()| match reserved.slots {
            Some((appliance, count)) => self.slots.check(appliance, count),
            None => Ok(()),
        });
        fits.map_err(|short| self.limit_hit(now, short))?;
        self.touched = true;
        [reserved.need, reserved.disks].into_iter().flatten().for_each(|need| self.quotas.take(need));
        if let Some(stamp) = reserved.memory {
            self.hosts[stamp.index()].take(memory);
        }
        if let Some((appliance, count)) = reserved.slots {
            self.slots.take(appliance, count);
        }
        Ok(())
    }

    fn release(&mut self, vm: VmId, reserved: Reserved) {
        let memory = self.memory(vm);
        self.touched = true;
        [reserved.need, reserved.disks].into_iter().flatten().for_each(|need| self.quotas.give(need));
        if let Some(stamp) = reserved.memory {
            self.hosts[stamp.index()].give(memory);
        }
        if let Some((appliance, count)) = reserved.slots {
            self.slots.give(appliance, count);
        }
    }

    /// Writes the limit down and names it as a cause.
    fn limit_hit(&mut self, now: Timestamp, short: Short) -> Cause {
        let Short { meter, need, free } = short;
        self.record.fact(now, Fact::LimitHit { meter, need, free });
        match meter {
            Meter::StampMemory(stamp) | Meter::StampVms(stamp) => Cause::NoPlacement(stamp),
            Meter::ApplianceSlots(_) => Cause::NoSlots { need: need as u32, free: free as u32 },
            Meter::QuotaCores(_)
            | Meter::QuotaVms(_)
            | Meter::QuotaManagedDisk(_)
            | Meter::QuotaStorage(_)
            | Meter::PointStorage(_)
            | Meter::Link(..)
            | Meter::ApplianceBytes(_)
            | Meter::ApplianceStorage(_)
            | Meter::ApplianceOps(_)
            | Meter::SourceBacklog(_)
            | Meter::CacheUsed(_)
            | Meter::Service(_) => Cause::QuotaExceeded(meter),
        }
    }

    /// Disks are gone: their quota is free.
    fn free_disks(&mut self, set: Option<DiskSet>) {
        if let Some(set) = set {
            self.touched = true;
            self.quotas.give(Need::disk(set.subscription, set.bytes));
        }
    }

    /// Starts a job on `stamp`.
    #[expect(clippy::too_many_arguments, reason = "one line per job instead of eight")]
    fn begin(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        stamp: StampId,
        work: Work,
        reserved: Reserved,
        takes: Duration,
    ) -> Result<(), Cause> {
        self.jobs.start(now, Job { op: Some(op), vm, stamp: Some(stamp), work, reserved }, takes);
        Ok(())
    }

    /// There is nothing (left) to do: answered at this very instant.
    fn done_already(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let job = Job { op: Some(op), vm, stamp: None, work: Work::Answer(Ok(())), reserved: Reserved::default() };
        self.jobs.start(now, job, Duration::ZERO);
        Ok(())
    }

    /// Answers an op that cannot be done: at once, or after a while when nobody is there to say so.
    fn refuse(&mut self, now: Timestamp, op: OpId, vm: VmId, cause: Cause) {
        if cause != Cause::Unreachable {
            return self.answer(Some(op), Err(cause));
        }
        let work = Work::Answer(Err(cause));
        let job = Job { op: Some(op), vm, stamp: None, work, reserved: Reserved::default() };
        self.jobs.start(now, job, self.clocks.times.unreachable_after);
    }

    fn answer(&mut self, op: Option<OpId>, result: Result<(), Cause>) {
        let Some(op) = op else { return };
        self.record.say(match result {
            Ok(()) => Observation::Completed { op },
            Err(cause) => Observation::Failed { op, cause },
        });
    }

    /// What was done on a stamp that goes dark leaves nothing behind.
    fn interrupt(&mut self, now: Timestamp, stamp: StampId) {
        for job in self.jobs.take(now, |job| job.stamp == Some(stamp)) {
            self.release(job.vm, job.reserved);
            self.answer(job.op, Err(Cause::Interrupted));
        }
    }

    /// A job has had its time.
    fn finish(&mut self, now: Timestamp, job: Job) {
        let vm = job.vm;
        let done = match job.work {
            Work::Answer(result) => result,
            Work::Inspect => return self.inspected(job),
            Work::InstallAgent => self.agent_installed(vm),
            Work::RemoveExtension => self.extension_removed(vm),
            Work::UninstallMobilityService => self.mobility_uninstalled(vm),
            Work::CreateReplicaDisks(set) => self.replica_disks_created(vm, set),
            Work::ResizeReplicaDisks(set) => self.replica_disks_resized(vm, set),
            Work::DeleteReplicaDisks => self.replica_disks_deleted(vm),
            Work::BuildReplicaDisks(mark) => self.replica_disks_built(now, vm, mark),
            Work::BuildTestDisks(set) => self.test_disks_built(vm, set),
            Work::CreateMachine(role) => self.machine_created(vm, role),
            Work::Boot(role) => self.serve(now, vm, role),
            Work::ShutDownMachine(role) => self.machine_shut_down(now, vm, role),
            Work::DeleteMachine(role) => self.machine_deleted(now, vm, role),
            Work::DetachSourceDisks(temporary) => self.source_disks_detached(now, vm, temporary),
            Work::CopySourceDisks(set) => self.source_disks_copied(vm, set),
            Work::CreateSourceDisks(set) => self.source_disks_created(vm, set),
            Work::AttachToAppliance(appliance) => self.attached(vm, appliance),
            Work::DetachFromAppliance => self.detached(vm),
            Work::RebuildOriginal(copies) => self.original_rebuilt(now, vm, copies, job.reserved),
            Work::RevertOriginal(appliance) => self.original_reverted(now, vm, appliance),
            Work::DeleteAppliance(appliance) => self.appliance_deleted(now, appliance),
        };
        if done.is_err() {
            self.release(vm, job.reserved);
        }
        self.answer(job.op, done);
    }
}
