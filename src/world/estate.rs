//! The estate: what stands of each VM. Three machines, their disks, and what is in the guest.
//!
//! ```text
//! absent ──create──► stopped ──start──► booting ──► serving ──shut down──► stopped
//!                                          └──── stamp goes dark ────► lost ──light──► booting
//! ```
//! A machine that was created or runs holds memory on its stamp (`placed`); one that was shut down by order does not
//! (domain facts 5.7). `production` is the machine that does the VM's work and whose writes are replicated: the original
//! until the replica serves, and the original again when it serves after a failback. After a failover without shutdown
//! both run; the work then counts where production is.

use crate::contract::{Direction, MachineRole, OpId};
use crate::inventory::{Inventory, Vm};
use crate::units::{StampId, SubscriptionId};
use crate::world::VmRoute;
use crate::world::quotas::Need;
use crate::world::storage::{DiskSet, Held, VmDisks};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    Stopped,
    Booting,
    Serving,
    /// Went dark with its stamp; boots again when there is light.
    Lost,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Machine {
    pub state: State,
    /// Holds memory on its stamp.
    pub placed: bool,
    /// Went down hard while changes stood in memory only.
    pub unclean: bool,
    /// Was started by order: it becomes production when it serves.
    pub promoted: bool,
}

impl Machine {
    pub const ABSENT: Machine = Machine { state: State::Absent, placed: false, unclean: false, promoted: false };

    pub fn exists(&self) -> bool {
        self.state != State::Absent
    }

    pub fn runs(&self) -> bool {
        matches!(self.state, State::Serving | State::Booting)
    }
}

/// What is in the guest: extension and mobility service are two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mobility {
    Clean,
    Installed,
    /// The extension is gone, the service stayed.
    LeftOver,
    /// Uninstalled; the guest is clean after its next restart.
    AwaitsRestart,
}

#[derive(Clone, Debug)]
pub(super) struct VmEstate {
    original: Machine,
    replica: Machine,
    test: Machine,
    pub production: MachineRole,
    pub mobility: Mobility,
    pub disks: VmDisks,
    pub points: Held,
    /// The direction in which changes are sent.
    pub stream: Option<Direction>,
    pub copy: Option<(OpId, Direction)>,
    /// Its agent cannot be heard, and somebody said so.
    pub silent: bool,
    /// The original was created anew by a failback.
    pub rebuilt: bool,
}

impl VmEstate {
    pub fn new(vm: &Vm, disks: DiskSet) -> Self {
        Self {
            original: Machine { state: State::Serving, placed: true, ..Machine::ABSENT },
            replica: Machine::ABSENT,
            test: Machine::ABSENT,
            production: MachineRole::Original,
            mobility: if vm.leftover_mobility_service { Mobility::LeftOver } else { Mobility::Clean },
            disks: VmDisks { source: Some(disks), ..VmDisks::default() },
            points: Held::default(),
            stream: None,
            copy: None,
            silent: false,
            rebuilt: false,
        }
    }

    pub fn machine(&self, role: MachineRole) -> &Machine {
        match role {
            MachineRole::Original => &self.original,
            MachineRole::Replica => &self.replica,
            MachineRole::Test => &self.test,
        }
    }

    pub fn machine_mut(&mut self, role: MachineRole) -> &mut Machine {
        match role {
            MachineRole::Original => &mut self.original,
            MachineRole::Replica => &mut self.replica,
            MachineRole::Test => &mut self.test,
        }
    }

    pub fn serves(&self, role: MachineRole) -> bool {
        self.machine(role).state == State::Serving
    }

    /// The machine whose changes are replicated just now, by stream or copy.
    pub fn replicated(&self) -> Option<MachineRole> {
        let direction = self.stream.or(self.copy.map(|(_, direction)| direction))?;
        Some(match direction {
            Direction::Forward => MachineRole::Original,
            Direction::Reverse => MachineRole::Replica,
        })
    }
}

/// Every role a machine can have, in the order in which things are done to them.
pub(super) const ROLES: [MachineRole; 3] = [MachineRole::Original, MachineRole::Replica, MachineRole::Test];

/// Where a machine of this role stands and who pays for it. Without a route there is only the original.
pub(super) fn place(inventory: &Inventory, vm: &Vm, route: Option<VmRoute>, role: MachineRole) -> Option<Place> {
    let size = &inventory.limits.vm_sizes[vm.size];
    let place = |stamp, subscription| Place { stamp, need: Need::machine(subscription, size.cores), subscription };
    match role {
        MachineRole::Original => Some(place(vm.on, vm.subscription)),
        MachineRole::Replica | MachineRole::Test => route.map(|route| place(route.path.target, route.subscription)),
    }
}

/// Stamp, subscription and need of one machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub stamp: StampId,
    pub subscription: SubscriptionId,
    pub need: Need,
}
