//! Replica disks on the target, copies for test failovers, recovery points, and the data path's orders.
//!
//! Seeds are created at 1 GiB per disk and grow to the size of the source disk plus 1 GiB (domain facts 2.2, rows 3, 4; G9);
//! a disk that would grow beyond the platform's largest is refused (G8). The replica's disks become those of the
//! failed-over machine; a test machine gets full copies (domain facts 11, row 17).

use crate::contract::{Cause, CopyKind, Direction, MachineRole, Observation, OpId};
use crate::units::{Bytes, Timestamp, VmId};
use crate::world::World;
use crate::world::jobs::{Reserved, Work};
use crate::world::quotas::Need;
use crate::world::storage::{DiskSet, Replica};
use crate::world::times::Span;

impl World {
    pub(super) fn create_replica_disks(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let route = self.route(vm)?;
        self.reach(route.path.target)?;
        if self.estate[vm.index()].disks.replica.is_some() {
            return self.done_already(now, op, vm);
        }
        let bytes = self.inventory.limits.seed_disk * u64::from(self.disk_count(vm));
        let set = DiskSet { subscription: route.subscription, bytes };
        let reserved = Reserved { disks: Some(Need::disk(set.subscription, bytes)), ..Reserved::default() };
        self.reserve(now, vm, reserved)?;
        let takes = self.draw_per_disk(Span::DiskCreate, vm);
        self.begin(now, op, vm, route.path.target, Work::CreateReplicaDisks(set), reserved, takes)
    }

    pub(super) fn replica_disks_created(&mut self, vm: VmId, set: DiskSet) -> Result<(), Cause> {
        let replica = &mut self.estate[vm.index()].disks.replica;
        if replica.is_some() {
            return Err(Cause::Missing);
        }
        *replica = Some(Replica { set, full: false });
        Ok(())
    }

    pub(super) fn resize_replica_disks(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let route = self.route(vm)?;
        self.reach(route.path.target)?;
        let replica = self.estate[vm.index()].disks.replica.ok_or(Cause::Missing)?;
        let limits = &self.inventory.limits;
        let mut bytes = Bytes::ZERO;
        for disk in self.inventory.disks_of(vm) {
            let size = disk.size + limits.replica_extra;
            if size > limits.disk_platform_max {
                return Err(Cause::SizeOutOfRange);
            }
            bytes += size;
        }
        if replica.full {
            return self.done_already(now, op, vm);
        }
        let grown = bytes.saturating_sub(replica.set.bytes);
        let reserved = Reserved { disks: Some(Need::disk(route.subscription, grown)), ..Reserved::default() };
        self.reserve(now, vm, reserved)?;
        let takes = self.draw_per_disk(Span::DiskCreate, vm);
        let set = DiskSet { subscription: route.subscription, bytes: replica.set.bytes + grown };
        self.begin(now, op, vm, route.path.target, Work::ResizeReplicaDisks(set), reserved, takes)
    }

    pub(super) fn replica_disks_resized(&mut self, vm: VmId, set: DiskSet) -> Result<(), Cause> {
        let replica = &mut self.estate[vm.index()].disks.replica;
        if !replica.is_some_and(|replica| !replica.full) {
            return Err(Cause::Missing);
        }
        *replica = Some(Replica { set, full: true });
        Ok(())
    }

    pub(super) fn delete_replica_disks(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let target = self.route(vm)?.path.target;
        self.reach(target)?;
        let takes = self.draw_per_disk(Span::DiskDetach, vm);
        self.begin(now, op, vm, target, Work::DeleteReplicaDisks, Reserved::default(), takes)
    }

    /// Points go in any case. Disks that have become those of a machine stay with it; when that machine is replicated
    /// back, the replica disks are the ones on the appliance.
    pub(super) fn replica_disks_deleted(&mut self, vm: VmId) -> Result<(), Cause> {
        self.set_points(vm, &[]);
        let estate = &mut self.estate[vm.index()];
        let set = if estate.machine(MachineRole::Replica).exists() {
            let reverse = estate.disks.reverse.take();
            if let Some(appliance) = reverse.and_then(|reverse| reverse.attached) {
                self.slots.give(appliance, self.disk_count(vm));
            }
            reverse.map(|reverse| reverse.set)
        } else {
            estate.disks.replica.take().map(|replica| replica.set)
        };
        self.touched = true;
        self.free_disks(set);
        Ok(())
    }

    pub(super) fn build_disks(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        role: MachineRole,
        mark: Timestamp,
    ) -> Result<(), Cause> {
        let route = self.route(vm)?;
        self.reach(route.path.target)?;
        let disks = &self.estate[vm.index()].disks;
        let replica = disks.replica.filter(|replica| replica.full).ok_or(Cause::Missing)?;
        let (work, reserved) = match role {
            MachineRole::Original => return Err(Cause::Missing),
            MachineRole::Replica => (Work::BuildReplicaDisks(mark), Reserved::default()),
            MachineRole::Test if disks.test.is_some() => return self.done_already(now, op, vm),
            MachineRole::Test => {
                let set = DiskSet { subscription: route.subscription, bytes: replica.set.bytes };
                let disks = Some(Need::disk(set.subscription, set.bytes));
                (Work::BuildTestDisks(set), Reserved { disks, ..Reserved::default() })
            }
        };
        self.reserve(now, vm, reserved)?;
        let takes = self.draw(Span::DisksFromPoint, vm);
        self.begin(now, op, vm, route.path.target, work, reserved, takes)
    }

    /// From here on the two sites differ in what was written after the point.
    pub(super) fn replica_disks_built(&mut self, now: Timestamp, vm: VmId, mark: Timestamp) -> Result<(), Cause> {
        self.estate[vm.index()].disks.replica.ok_or(Cause::Missing)?;
        self.pipeline.diverge(now, vm, mark);
        Ok(())
    }

    pub(super) fn test_disks_built(&mut self, vm: VmId, set: DiskSet) -> Result<(), Cause> {
        let test = &mut self.estate[vm.index()].disks.test;
        if test.is_some() {
            return Err(Cause::Missing);
        }
        *test = Some(set);
        Ok(())
    }

    /// The points held now; what they keep is charged where the replica disks are.
    pub(super) fn hold_points(&mut self, now: Timestamp, vm: VmId, marks: &[Timestamp]) {
        let before = self.estate[vm.index()].points.subscription;
        let was_touched = self.touched;
        self.charge_points(now, vm, marks);
        if was_touched {
            return self.meter(now);
        }
        // A census does this for every VM: only the disks of the two subscriptions can have changed.
        self.touched = false;
        let after = self.estate[vm.index()].points.subscription;
        let (low, high) = (before.min(after), before.max(after));
        for id in [low.filter(|_| low != high), high].into_iter().flatten() {
            self.meter_disk(now, id);
        }
    }

    /// What each point held keeps; read where the replica disks are.
    pub(super) fn read_points(&mut self, op: OpId, vm: VmId) -> Result<(), Cause> {
        let route = self.route(vm)?;
        let estate = &self.estate[vm.index()];
        let site = match estate.replicated() {
            Some(MachineRole::Replica) => self.inventory.vm(vm).on,
            Some(MachineRole::Original | MachineRole::Test) | None => route.path.target,
        };
        self.reach(site)?;
        let kept = self.estate[vm.index()].points.kept().collect();
        self.record.say(Observation::PointsKeep { op, kept });
        Ok(())
    }

    fn charge_points(&mut self, now: Timestamp, vm: VmId, marks: &[Timestamp]) {
        self.set_points(vm, marks);
        self.look_at_blobs(now);
        let held = &self.estate[vm.index()].points;
        let Some(subscription) = held.subscription else { return };
        let (used, quota) = (self.quotas.used(subscription), self.quotas.quota(subscription));
        let over = (used.disk + used.points).saturating_sub(quota.managed_disk);
        let was_over = std::mem::replace(&mut self.snapshots_over[subscription.index()], !over.is_zero());
        if !over.is_zero() && !was_over {
            let meter = crate::contract::Meter::QuotaManagedDisk(subscription);
            self.record.fact(now, crate::contract::Fact::LimitHit { meter, need: over.0, free: 0 });
        }
    }

    fn set_points(&mut self, vm: VmId, marks: &[Timestamp]) {
        let Some(route) = self.routes[vm.index()] else { return };
        let estate = &mut self.estate[vm.index()];
        let subscription = match (estate.replicated(), estate.points.subscription) {
            (Some(MachineRole::Replica), _) => self.inventory.appliance(route.path.appliance).subscription,
            (None, Some(as_before)) if estate.points.count > 0 => as_before,
            (Some(MachineRole::Original | MachineRole::Test) | None, _) => route.subscription,
        };
        let held = &mut estate.points;
        if let Some(old) = held.subscription.replace(subscription) {
            self.quotas.snapshots(old, held.bytes, Bytes::ZERO);
        }
        held.hold(marks, |from, to| self.pipeline.unique_written_between(vm, from, to));
        self.quotas.snapshots(subscription, Bytes::ZERO, held.bytes);
        self.touched = true;
    }

    /// A bulk copy runs when both ends stand: a source, and disks to copy onto.
    pub(super) fn copy(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        kind: CopyKind,
        direction: Direction,
    ) -> Result<(), Cause> {
        self.route(vm)?;
        let estate = &mut self.estate[vm.index()];
        let ends = match direction {
            Direction::Forward => estate.disks.replica.is_some() && estate.machine(MachineRole::Original).exists(),
            Direction::Reverse => {
                let attached = estate.disks.reverse.is_some_and(|reverse| reverse.attached.is_some());
                attached && estate.machine(MachineRole::Replica).exists()
            }
        };
        if !ends {
            return Err(Cause::Missing);
        }
        if let Some((old, _)) = estate.copy.replace((op, direction)) {
            self.copying.remove(&old);
        }
        self.copying.insert(op, vm);
        self.pipeline.start_copy(now, op, vm, kind, direction);
        self.listen_for_agent(now, vm);
        Ok(())
    }

    pub(super) fn stop_copy(&mut self, now: Timestamp, vm: VmId) {
        if let Some((op, _)) = self.estate[vm.index()].copy.take() {
            self.copying.remove(&op);
        }
        self.pipeline.stop_copy(now, vm);
    }
}
