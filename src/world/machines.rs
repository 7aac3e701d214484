//! Machines: created, booted, shut down, deleted; lost with their stamp and back with it.
//!
//! Limits are checked when the order is taken: quota at the creation, memory at the creation and at every start of a
//! machine that gave it back. Orders for what is so already are answered at once.

use crate::contract::{Cause, Fact, MachineRole, Observation, OpId, ResyncReason};
use crate::units::{StampId, Timestamp, VmId};
use crate::world::World;
use crate::world::estate::{Machine, Mobility, ROLES, State};
use crate::world::jobs::{Job, Reserved, Work};
use crate::world::times::Span;

impl World {
    pub(super) fn create_machine(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        role: MachineRole,
    ) -> Result<(), Cause> {
        let place = self.place(vm, role)?;
        self.reach(place.stamp)?;
        if self.estate[vm.index()].machine(role).exists() {
            return self.done_already(now, op, vm);
        }
        self.disks_for(vm, role)?;
        let reserved = Reserved { need: Some(place.need), memory: Some(place.stamp), ..Reserved::default() };
        self.reserve(now, vm, reserved)?;
        let takes = self.draw(Span::VmCreate, vm);
        self.begin(now, op, vm, place.stamp, Work::CreateMachine(role), reserved, takes)
    }

    pub(super) fn machine_created(&mut self, vm: VmId, role: MachineRole) -> Result<(), Cause> {
        self.disks_for(vm, role)?;
        let machine = self.estate[vm.index()].machine_mut(role);
        if machine.exists() {
            return Err(Cause::Missing);
        }
        *machine = Machine { state: State::Stopped, placed: true, ..Machine::ABSENT };
        Ok(())
    }

    /// The disks that a machine of this role boots from.
    fn disks_for(&self, vm: VmId, role: MachineRole) -> Result<(), Cause> {
        let disks = &self.estate[vm.index()].disks;
        let there = match role {
            MachineRole::Original => disks.source.is_some(),
            MachineRole::Replica => disks.replica.is_some_and(|replica| replica.full),
            MachineRole::Test => disks.test.is_some(),
        };
        if there { Ok(()) } else { Err(Cause::Missing) }
    }

    pub(super) fn start_machine(&mut self, now: Timestamp, op: OpId, vm: VmId, role: MachineRole) -> Result<(), Cause> {
        let stamp = self.place(vm, role)?.stamp;
        self.reach(stamp)?;
        let machine = *self.estate[vm.index()].machine(role);
        match machine.state {
            State::Absent => return Err(Cause::Missing),
            State::Serving => {
                self.promote(now, vm, role);
                return self.done_already(now, op, vm);
            }
            State::Booting => {
                let boot = self.jobs.boot_of(vm, role).filter(|job| job.op.is_none()).ok_or(Cause::Missing)?;
                boot.op = Some(op);
                self.estate[vm.index()].machine_mut(role).promoted = true;
                return Ok(());
            }
            State::Stopped | State::Lost => self.disks_for(vm, role)?,
        }
        if !machine.placed {
            self.reserve(now, vm, Reserved { memory: Some(stamp), ..Reserved::default() })?;
        }
        let machine = self.estate[vm.index()].machine_mut(role);
        *machine = Machine { state: State::Booting, placed: true, promoted: true, ..*machine };
        let takes = self.draw(Span::Boot, vm);
        self.begin(now, op, vm, stamp, Work::Boot(role), Reserved::default(), takes)
    }

    pub(super) fn restart_machine(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        role: MachineRole,
    ) -> Result<(), Cause> {
        let stamp = self.place(vm, role)?.stamp;
        self.reach(stamp)?;
        match self.estate[vm.index()].machine(role).state {
            State::Serving => {}
            State::Absent => return Err(Cause::Missing),
            State::Stopped | State::Booting | State::Lost => return self.start_machine(now, op, vm, role),
        }
        let takes = self.draw(Span::VmShutDown, vm) + self.draw(Span::Boot, vm);
        self.goes_down(now, vm, role, State::Booting);
        self.begin(now, op, vm, stamp, Work::Boot(role), Reserved::default(), takes)
    }

    /// A boot is through: the machine serves, or a test machine runs.
    pub(super) fn serve(&mut self, now: Timestamp, vm: VmId, role: MachineRole) -> Result<(), Cause> {
        let machine = self.estate[vm.index()].machine_mut(role);
        if machine.state != State::Booting {
            return Err(Cause::Interrupted);
        }
        let before = *machine;
        *machine = Machine { state: State::Serving, promoted: false, unclean: false, ..before };
        self.record.fact(now, Fact::MachineUp { vm, role });
        if before.promoted {
            self.promote(now, vm, role);
        }
        let estate = &mut self.estate[vm.index()];
        let (production, replicated) = (estate.production == role, estate.replicated() == Some(role));
        if production && estate.mobility == Mobility::AwaitsRestart {
            estate.mobility = Mobility::Clean;
        }
        if production || replicated {
            self.pipeline.set_source_reachable(now, vm, true);
        }
        if production {
            self.pipeline.set_writer(now, vm, true);
        }
        self.listen_for_agent(now, vm);
        if replicated && before.unclean {
            self.record.say(Observation::ResyncNeeded { vm, why: ResyncReason::UncleanShutdown });
        }
        Ok(())
    }

    /// A replica that is gone for good does no work: whoever works in the guest finds the original.
    pub(super) fn work_falls_back(&mut self, now: Timestamp, vm: VmId) {
        let estate = &self.estate[vm.index()];
        if !estate.machine(estate.production).exists() && estate.serves(MachineRole::Original) {
            self.promote(now, vm, MachineRole::Original);
        }
    }

    /// The VM's work is done by this machine from now on. Test machines never do any.
    fn promote(&mut self, now: Timestamp, vm: VmId, role: MachineRole) {
        if role == MachineRole::Test || self.estate[vm.index()].production == role {
            return;
        }
        self.estate[vm.index()].production = role;
        self.pipeline.set_source_reachable(now, vm, true);
        self.pipeline.set_writer(now, vm, self.estate[vm.index()].serves(role));
    }

    pub(super) fn shut_down_machine(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        role: MachineRole,
    ) -> Result<(), Cause> {
        let stamp = self.place(vm, role)?.stamp;
        self.reach(stamp)?;
        match self.estate[vm.index()].machine(role).state {
            State::Absent => return Err(Cause::Missing),
            State::Stopped => return self.done_already(now, op, vm),
            State::Booting | State::Serving | State::Lost => {}
        }
        let takes = self.draw(Span::VmShutDown, vm);
        self.begin(now, op, vm, stamp, Work::ShutDownMachine(role), Reserved::default(), takes)
    }

    pub(super) fn machine_shut_down(&mut self, now: Timestamp, vm: VmId, role: MachineRole) -> Result<(), Cause> {
        if !self.estate[vm.index()].machine(role).exists() {
            return Err(Cause::Missing);
        }
        self.halt(now, vm, role);
        Ok(())
    }

    /// Down by order: it gives its memory back and stays down. What its agent still holds can be sent.
    pub(super) fn halt(&mut self, now: Timestamp, vm: VmId, role: MachineRole) {
        let machine = *self.estate[vm.index()].machine(role);
        if !machine.exists() {
            return;
        }
        for boot in self.jobs.take(now, |job| job.vm == vm && job.work == Work::Boot(role)) {
            self.answer(boot.op, Err(Cause::Interrupted));
        }
        if machine.state == State::Serving {
            self.record.fact(now, Fact::MachineDown { vm, role });
        }
        if machine.placed {
            self.unplace(vm, role);
        }
        let estate = &mut self.estate[vm.index()];
        *estate.machine_mut(role) = Machine { state: State::Stopped, ..Machine::ABSENT };
        if estate.production == role {
            self.pipeline.set_writer(now, vm, false);
        }
    }

    /// Somebody switches a machine off, or on again, on the platform itself: nobody protects it, so no operation is answered. What cannot
    /// be done, since the stamp is dark or lacks the memory, is not done.
    pub fn switch(&mut self, now: Timestamp, vm: VmId, on: bool) {
        let (role, stamp) = (MachineRole::Original, self.inventory.vm(vm).on);
        let machine = *self.estate[vm.index()].machine(role);
        let (work, span) = match (machine.state, on) {
            (State::Serving, false) => (Work::ShutDownMachine(role), Span::VmShutDown),
            (State::Stopped, true) => (Work::Boot(role), Span::Boot),
            _ => return,
        };
        let memory = Reserved { memory: on.then_some(stamp), ..Reserved::default() };
        if self.reach(stamp).is_ok() && self.reserve(now, vm, memory).is_ok() {
            if on {
                *self.estate[vm.index()].machine_mut(role) = Machine { state: State::Booting, placed: true, ..machine };
            }
            let takes = self.draw(span, vm);
            let job = Job { op: None, vm, stamp: Some(stamp), work, reserved: Reserved::default() };
            self.jobs.start(now, job, takes);
        }
        self.meter(now);
    }

    fn unplace(&mut self, vm: VmId, role: MachineRole) {
        if let Ok(place) = self.place(vm, role) {
            self.release(vm, Reserved { memory: Some(place.stamp), ..Reserved::default() });
        }
    }

    pub(super) fn delete_machine(
        &mut self,
        now: Timestamp,
        op: OpId,
        vm: VmId,
        role: MachineRole,
    ) -> Result<(), Cause> {
        let stamp = self.place(vm, role)?.stamp;
        self.reach(stamp)?;
        if !self.estate[vm.index()].machine(role).exists() && self.disks_for(vm, role).is_err() {
            return self.done_already(now, op, vm);
        }
        let takes = self.draw(Span::VmDelete, vm);
        self.begin(now, op, vm, stamp, Work::DeleteMachine(role), Reserved::default(), takes)
    }

    /// Replica disks that still hold points stay (those of the way back are held on the source): another machine can be made from another point (row 10). After the
    /// commit no points are held, and they go with the machine (row 17).
    pub(super) fn machine_deleted(&mut self, now: Timestamp, vm: VmId, role: MachineRole) -> Result<(), Cause> {
        self.remove_machine(now, vm, role);
        let target = self.routes[vm.index()].map(|route| route.subscription);
        let estate = &mut self.estate[vm.index()];
        let forward_points = estate.points.count > 0 && estate.points.subscription == target;
        let set = match role {
            MachineRole::Original => estate.disks.source.take(),
            MachineRole::Test => estate.disks.test.take(),
            MachineRole::Replica if forward_points => None,
            MachineRole::Replica => estate.disks.replica.take().map(|replica| replica.set),
        };
        self.free_disks(set);
        Ok(())
    }

    /// The machine with its NICs, not its disks.
    pub(super) fn remove_machine(&mut self, now: Timestamp, vm: VmId, role: MachineRole) {
        if !self.estate[vm.index()].machine(role).exists() {
            return;
        }
        self.halt(now, vm, role);
        *self.estate[vm.index()].machine_mut(role) = Machine::ABSENT;
        if let Ok(place) = self.place(vm, role) {
            self.release(vm, Reserved { need: Some(place.need), ..Reserved::default() });
        }
    }

    /// A running machine is down against everybody's will; its guest writes nothing and its agent sends nothing.
    pub(super) fn goes_down(&mut self, now: Timestamp, vm: VmId, role: MachineRole, state: State) {
        let estate = &mut self.estate[vm.index()];
        let machine = estate.machine_mut(role);
        if machine.state == State::Serving {
            self.record.fact(now, Fact::MachineDown { vm, role });
        }
        machine.state = state;
        let (production, replicated) = (estate.production == role, estate.replicated());
        if production {
            self.pipeline.set_writer(now, vm, false);
        }
        if replicated.unwrap_or(estate.production) == role {
            self.pipeline.set_source_reachable(now, vm, false);
        }
    }

    /// The machine is lost, and with it what its agent had not sent.
    pub(super) fn lose(&mut self, now: Timestamp, vm: VmId, role: MachineRole) {
        if self.estate[vm.index()].replicated() == Some(role) && self.estate[vm.index()].machine(role).runs() {
            let loss = self.pipeline.lose_source(now, vm);
            let (received, in_cache, at_source) = (loss.received, loss.in_cache, loss.at_source);
            self.record.fact(now, Fact::SourceLost { vm, received, in_cache, at_source });
        }
        self.goes_down(now, vm, role, State::Lost);
        let machine = self.estate[vm.index()].machine_mut(role);
        // Whoever ordered its start is told that it failed: when it boots by itself later, nobody has moved the work there.
        (machine.unclean, machine.promoted) = (true, false);
    }

    /// Every machine that has its place on this stamp.
    pub(super) fn machines_on(&self, stamp: StampId) -> Vec<(VmId, MachineRole)> {
        let mut found = Vec::new();
        for vm in self.inventory.vm_ids() {
            let on = |role| self.place(vm, role).is_ok_and(|place| place.stamp == stamp);
            found.extend(ROLES.into_iter().filter(|role| on(*role)).map(|role| (vm, role)));
        }
        found.retain(|(vm, role)| self.estate[vm.index()].machine(*role).exists());
        found
    }

    /// A lost machine boots again, without anybody's order.
    pub(super) fn boot_again(&mut self, now: Timestamp, vm: VmId, role: MachineRole, stamp: StampId) {
        self.estate[vm.index()].machine_mut(role).state = State::Booting;
        let takes = self.draw(Span::Boot, vm);
        let job = Job { op: None, vm, stamp: Some(stamp), work: Work::Boot(role), reserved: Reserved::default() };
        self.jobs.start(now, job, takes);
    }
}
