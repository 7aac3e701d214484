//! How long things take: one random stream per kind of thing and VM, so that what happens to one VM leaves the luck of
//! the others alone ("times/boot/erp"). The laws are the description's (domain facts 11, row 13: assumed).

use std::collections::BTreeMap;

use crate::inventory::{GuestSystem, Inventory};
use crate::kernel::{Law, RandomStream};
use crate::units::{Bytes, Duration, VmId};
use crate::world::{Luck, Times};

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Span {
    Inspect,
    AgentInstall,
    AgentRemove,
    DiskCreate,
    DiskAttach,
    DiskDetach,
    DisksFromPoint,
    VmCreate,
    VmDelete,
    VmShutDown,
    Boot,
    DiskCopy,
    GuestReboot,
}

impl Span {
    fn name(self) -> &'static str {
        match self {
            Span::Inspect => "inspect",
            Span::AgentInstall => "agent-install",
            Span::AgentRemove => "agent-remove",
            Span::DiskCreate => "disk-create",
            Span::DiskAttach => "disk-attach",
            Span::DiskDetach => "disk-detach",
            Span::DisksFromPoint => "disks-from-point",
            Span::VmCreate => "vm-create",
            Span::VmDelete => "vm-delete",
            Span::VmShutDown => "vm-shut-down",
            Span::Boot => "boot",
            Span::DiskCopy => "disk-copy",
            Span::GuestReboot => "guest-reboot",
        }
    }

    fn law(self, times: &Times, guest: GuestSystem) -> &Law {
        match self {
            Span::Inspect => &times.inspect,
            Span::AgentInstall => &times.agent_install,
            Span::AgentRemove => &times.agent_remove,
            Span::DiskCreate => &times.disk_create,
            Span::DiskAttach => &times.disk_attach,
            Span::DiskDetach => &times.disk_detach,
            Span::DisksFromPoint => &times.disks_from_point,
            Span::VmCreate => &times.vm_create,
            Span::VmDelete => &times.vm_delete,
            Span::VmShutDown => &times.vm_shut_down,
            Span::Boot => match guest {
                GuestSystem::Windows => &times.boot_windows,
                GuestSystem::Linux => &times.boot_linux,
            },
            Span::DiskCopy => &times.disk_copy_overhead,
            Span::GuestReboot => &times.guest_reboot,
        }
    }
}

/// Draws spans.
pub(super) struct Clocks {
    pub times: Times,
    luck: Luck,
    streams: BTreeMap<(Span, VmId), RandomStream>,
}

impl Clocks {
    pub fn new(times: Times, luck: Luck) -> Self {
        Self { times, luck, streams: BTreeMap::new() }
    }

    pub fn draw(&mut self, inventory: &Inventory, span: Span, id: VmId) -> Duration {
        let (luck, vm) = (&self.luck, inventory.vm(id));
        let stream = self
            .streams
            .entry((span, id))
            .or_insert_with(|| luck.stream(&format!("times/{}/{}", span.name(), vm.name)));
        span.law(&self.times, vm.guest).sample(stream.uniform())
    }

    /// The VM's disks one after the other.
    pub fn per_disk(&mut self, inventory: &Inventory, span: Span, id: VmId) -> Duration {
        inventory.disks_of(id).iter().map(|_| self.draw(inventory, span, id)).sum()
    }

    /// Copies between subscriptions, all disks of the VM at once: the last one counts.
    pub fn copies(&mut self, inventory: &Inventory, id: VmId, extra: Bytes) -> Duration {
        let rate = inventory.limits.disk_rate_max;
        let mut last = Duration::ZERO;
        for disk in inventory.disks_of(id) {
            let moved = rate.time_for(disk.size + extra).unwrap_or(Duration::ZERO);
            last = last.max(moved + self.draw(inventory, Span::DiskCopy, id));
        }
        last
    }
}
