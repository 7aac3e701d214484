//! Inside the guest, and what a look at both stamps finds.
//!
//! ```text
//! clean ──install──► installed ──remove extension──► left over ──uninstall──► awaits restart ──restart──► clean
//! ```
//! The mobility service outlives its extension and blocks enabling until it is uninstalled and the machine restarted
//! (domain facts 2.2, rows 19, 23, 24).
//!
//! A look is made from the vault. A source without light cannot be seen: its appliance is not healthy, and what exists
//! there is reported as it was known last.

use crate::contract::{Cause, Findings, MachineRole, Observation, OpId};
use crate::units::{ApplianceId, Duration, StampId, Timestamp, VmId};
use crate::world::World;
use crate::world::estate::{Mobility, State};
use crate::world::jobs::{Job, Reserved, Work};
use crate::world::times::Span;

impl World {
    pub(super) fn inspect(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        let target = self.route(vm)?.path.target;
        self.reach(target)?;
        let takes = self.draw(Span::Inspect, vm);
        self.begin(now, op, vm, target, Work::Inspect, Reserved::default(), takes)
    }

    pub(super) fn inspected(&mut self, job: Job) {
        let Some(op) = job.op else { return };
        match self.findings(job.vm) {
            Ok(findings) => self.record.say(Observation::Inspected { op, findings }),
            Err(cause) => self.answer(Some(op), Err(cause)),
        }
    }

    fn findings(&self, id: VmId) -> Result<Findings, Cause> {
        let (vm, estate, route) = (self.inventory.vm(id), &self.estate[id.index()], self.route(id)?);
        let appliance = route.path.appliance;
        let deleted = self.works.appliance_deleted[appliance.index()];
        let at_source = estate.disks.source.or(estate.disks.reverse.filter(|reverse| reverse.old).map(|old| old.set));
        let elsewhere = at_source.map_or(vm.subscription, |set| set.subscription);
        Ok(Findings {
            source_vm_exists: estate.machine(MachineRole::Original).exists(),
            source_disks_reusable: at_source.is_some(),
            // No outage and no effect takes these away: SourceDeleted takes VMs and disks.
            source_subscription_exists: true,
            source_resource_group_exists: true,
            source_network_exists: true,
            source_disks_elsewhere: elsewhere != self.inventory.appliance(appliance).subscription,
            guest_supported: vm.guest_supported,
            mobility_service_left_over: matches!(estate.mobility, Mobility::LeftOver | Mobility::AwaitsRestart),
            certificate_trusted: vm.certificate_trusted,
            serving_vm_runs: estate.serves(estate.production) && estate.mobility == Mobility::Installed,
            appliance_exists: !deleted,
            appliance_healthy: self.works.appliance(&self.inventory, appliance),
            slots_free: if deleted { 0 } else { self.slots.free(appliance) },
            cache_account_exists: true,
            target_network_exists: true,
        })
    }

    pub(super) fn install_agent(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        self.in_guest(now, op, vm, Span::AgentInstall, Work::InstallAgent)
    }

    pub(super) fn remove_extension(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        self.in_guest(now, op, vm, Span::AgentRemove, Work::RemoveExtension)
    }

    pub(super) fn uninstall_mobility(&mut self, now: Timestamp, op: OpId, vm: VmId) -> Result<(), Cause> {
        self.in_guest(now, op, vm, Span::AgentRemove, Work::UninstallMobilityService)
    }

    /// Work in the guest of the production machine, which must run.
    fn in_guest(&mut self, now: Timestamp, op: OpId, vm: VmId, span: Span, work: Work) -> Result<(), Cause> {
        self.work_falls_back(now, vm);
        let role = self.estate[vm.index()].production;
        let stamp = self.place(vm, role)?.stamp;
        self.reach(stamp)?;
        self.guest_answers(vm)?;
        let takes = self.draw(span, vm);
        self.begin(now, op, vm, stamp, work, Reserved::default(), takes)
    }

    fn guest_answers(&self, vm: VmId) -> Result<(), Cause> {
        let estate = &self.estate[vm.index()];
        match estate.machine(estate.production).state {
            State::Serving => Ok(()),
            State::Absent => Err(Cause::Missing),
            State::Stopped | State::Booting | State::Lost => Err(Cause::Unreachable),
        }
    }

    pub(super) fn agent_installed(&mut self, vm: VmId) -> Result<(), Cause> {
        self.guest_answers(vm)?;
        self.estate[vm.index()].mobility = Mobility::Installed;
        Ok(())
    }

    pub(super) fn extension_removed(&mut self, vm: VmId) -> Result<(), Cause> {
        self.guest_answers(vm)?;
        let mobility = &mut self.estate[vm.index()].mobility;
        *mobility = match *mobility {
            Mobility::Installed | Mobility::LeftOver => Mobility::LeftOver,
            Mobility::Clean => Mobility::Clean,
            Mobility::AwaitsRestart => Mobility::AwaitsRestart,
        };
        Ok(())
    }

    pub(super) fn mobility_uninstalled(&mut self, vm: VmId) -> Result<(), Cause> {
        self.guest_answers(vm)?;
        let mobility = &mut self.estate[vm.index()].mobility;
        *mobility = match *mobility {
            Mobility::Installed | Mobility::LeftOver | Mobility::AwaitsRestart => Mobility::AwaitsRestart,
            Mobility::Clean => Mobility::Clean,
        };
        Ok(())
    }

    /// The guest of a running machine goes down hard and comes back after `away`. Its agent loses what it holds in memory
    /// only, so its change log is worthless when `unclean`.
    pub(super) fn reboot_hard(
        &mut self,
        now: Timestamp,
        vm: VmId,
        role: MachineRole,
        stamp: StampId,
        away: Duration,
        unclean: bool,
    ) {
        self.goes_down(now, vm, role, State::Booting);
        self.estate[vm.index()].machine_mut(role).unclean = unclean;
        self.listen_for_agent(now, vm);
        let job = Job { op: None, vm, stamp: Some(stamp), work: Work::Boot(role), reserved: Reserved::default() };
        self.jobs.start(now, job, away);
    }

    /// The appliance, if it works, hears the agent of the machine that is replicated, or misses it; said when that changed.
    pub(super) fn listen_for_agent(&mut self, now: Timestamp, vm: VmId) {
        let Some(route) = self.routes[vm.index()] else { return };
        let estate = &self.estate[vm.index()];
        let Some(role) = estate.replicated() else { return };
        let (heard, listens) = (estate.serves(role), self.works.appliance(&self.inventory, route.path.appliance));
        if heard != estate.silent || !(heard || listens) {
            return;
        }
        self.estate[vm.index()].silent = !heard;
        self.record.say(if heard {
            Observation::AgentBack { vm }
        } else {
            Observation::AgentSilent { vm, since: now }
        });
    }

    /// An appliance that works again notices which of its agents are not there.
    pub(super) fn listen_for_agents(&mut self, now: Timestamp, appliance: ApplianceId) {
        for vm in self.inventory.vm_ids() {
            if self.routes[vm.index()].is_some_and(|route| route.path.appliance == appliance) {
                self.listen_for_agent(now, vm);
            }
        }
    }
}
