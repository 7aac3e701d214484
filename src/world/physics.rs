//! Physics: the description a world is built from. Data only; a planner changes it, a report prints it.

use std::sync::Arc;

use crate::kernel::Law;
use crate::units::{Calendar, Duration, Ratio};
use crate::world::churn::{DiskChurn, Series};
use crate::world::outages::OutageSpec;

/// How things really are, beside the inventory, which says how they are declared.
#[derive(Clone, Debug)]
pub struct Physics {
    pub calendar: Calendar,
    /// By disk id.
    pub churn: Vec<DiskChurn>,
    /// By link id: what others send on it.
    pub cross_traffic: Vec<Option<CrossTraffic>>,
    pub times: Times,
    pub outages: Vec<OutageSpec>,
    /// The resource provider stands on these targets and takes its cores and memory there (index: stamp id).
    pub provider_on: Vec<bool>,
}

/// Traffic of others on a link; replication gets what is left.
#[derive(Clone, Debug)]
pub struct CrossTraffic {
    /// Bytes per second.
    pub series: Arc<Series>,
    pub scale: Ratio,
}

/// How long the platform takes for things (domain facts 11, row 13: assumed, no source).
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    pub inspect: Law,
    pub agent_install: Law,
    pub agent_remove: Law,
    /// Per disk.
    pub disk_create: Law,
    pub disk_attach: Law,
    pub disk_detach: Law,
    /// Disks of a new machine from a point, per machine.
    pub disks_from_point: Law,
    pub vm_create: Law,
    pub vm_delete: Law,
    pub vm_shut_down: Law,
    pub boot_windows: Law,
    pub boot_linux: Law,
    /// Copies of disks between subscriptions of one stamp [bytes/s is the disk limit]; fixed part per disk.
    pub disk_copy_overhead: Law,
    /// Machines created at the same time on one stamp; the others wait. Zero: no limit.
    pub creates_at_once: u32,
    /// How long guests are away when their host restarts.
    pub guest_reboot: Law,
    /// An unreachable stamp is noticed by whoever asks after so long.
    pub unreachable_after: Duration,
}
