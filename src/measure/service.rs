//! Availability: when a VM serves, as the original or as the failed-over machine; test machines never serve.
//!
//! Every VM serves from its original at the start. Downtime counts after the settling time. Units: ns.

use super::VmOutcome;
use crate::contract::MachineRole;
use crate::units::{Duration, Timestamp, VmId};

#[derive(Clone, Copy)]
struct VmService {
    original: bool,
    replica: bool,
    /// The machine that went down last.
    last_down: MachineRole,
    down_since: Option<Timestamp>,
    downtime: Duration,
}

pub(super) struct Service {
    vms: Vec<VmService>,
    settled_at: Timestamp,
}

impl Service {
    pub fn new(vms: usize, settled_at: Timestamp) -> Self {
        let last_down = MachineRole::Original;
        let up = VmService { original: true, replica: false, last_down, down_since: None, downtime: Duration::ZERO };
        Self { vms: vec![up; vms], settled_at }
    }

    /// The machine that serves, the replica when both do; when none does, the one that did last.
    pub fn role(&self, vm: VmId) -> MachineRole {
        match self.vms[vm.index()] {
            VmService { replica: true, .. } => MachineRole::Replica,
            VmService { original: true, .. } => MachineRole::Original,
            VmService { last_down, .. } => last_down,
        }
    }

    pub fn turned(&mut self, vm: VmId, role: MachineRole, up: bool, at: Timestamp) {
        let settled_at = self.settled_at;
        let own = &mut self.vms[vm.index()];
        match role {
            MachineRole::Original => own.original = up,
            MachineRole::Replica => own.replica = up,
            MachineRole::Test => return,
        }
        if !up {
            own.last_down = role;
        }
        match (own.original || own.replica, own.down_since) {
            (true, Some(since)) => {
                own.downtime += at.saturating_since(since.max(settled_at));
                own.down_since = None;
            }
            (false, None) => own.down_since = Some(at),
            (true, None) | (false, Some(_)) => {}
        }
    }

    pub fn close(&self, at: Timestamp, vms: &mut [VmOutcome]) {
        for (own, outcome) in self.vms.iter().zip(vms) {
            let open = own.down_since.map_or(Duration::ZERO, |since| at.saturating_since(since.max(self.settled_at)));
            outcome.downtime = own.downtime + open;
        }
    }
}
