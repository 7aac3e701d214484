//! Limits: what one product and platform allow, each number with its source and how sure we are of it.
//!
//! Profiles are dated TOML files in `inventory/limits/`; `drsim limits` prints them; a scenario overrides any key.

use crate::inventory::machines::VmSize;
use crate::units::{ByteRate, Bytes, Duration, Ratio};

/// One profile, typed. Every field stands in [`Limits::notes`] with its source under the same key.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub name: String,
    /// Day the numbers were read.
    pub date: String,
    pub vm_sizes: Vec<VmSize>,
    /// Largest disk that can be protected (1022 GiB) and that the platform has (1023 GiB).
    pub disk_protected_max: Bytes,
    pub disk_platform_max: Bytes,
    /// A seed disk's first size, and what is added to the source's size at the end (1 GiB each).
    pub seed_disk: Bytes,
    pub replica_extra: Bytes,
    /// The temporary OS disk of a re-protected source VM.
    pub temporary_os_disk: Bytes,
    /// VMs the portal enables at once.
    pub portal_batch_max: u32,
    /// Slots that the appliance's own disk takes.
    pub appliance_own_disks: u32,
    /// The appliance's own disk: what it can hold back when the way on is closed.
    pub appliance_buffer: Bytes,
    /// Smallest change that is replicated.
    pub write_floor: Bytes,
    pub envelope: Envelope,
    /// Data stays in the cache at least so long while it is processed into a point.
    pub processing_delay: Duration,
    /// Oldest difflog that may wait in the cache before the service times out.
    pub difflog_age_max: Duration,
    /// Most one disk moves [bytes/s] on premium storage.
    pub disk_rate_max: ByteRate,
    /// The agent's memory before it keeps a bitmap only.
    pub agent_memory_windows: Bytes,
    pub agent_memory_linux: Bytes,
    /// Dirty share of a disk at which the change log is given up and the disk resynchronised.
    pub bitmap_resync_share: Ratio,
    pub heartbeat_every: Duration,
    pub heartbeat_lost_after: Duration,
    pub no_point_critical_after: Duration,
    /// Initial replication or resync without progress for so long is Critical.
    pub no_progress_critical_after: Duration,
    pub drill_warn_after: Duration,
    pub retention_max: Duration,
    /// Rows by rising `up_to`.
    pub pruning: Vec<PruningRow>,
    pub plan_groups_max: u32,
    pub plan_vms_max: u32,
    pub quota_vms: u32,
    pub quota_vm_cores: u32,
    pub quota_managed_disk: Bytes,
    pub quota_storage: Bytes,
    pub vms_per_server_max: u32,
    pub vms_per_stamp_max: u32,
    /// Memory the platform keeps: fixed part and part per server.
    pub infrastructure_memory: Bytes,
    pub infrastructure_memory_per_server: Bytes,
    /// Share of a server's memory kept per server beyond the first (0.15 in the reserve formula).
    pub reserve_share: Ratio,
    /// Memory of the resource provider on the target stamp.
    pub provider_memory: Bytes,
    /// Where each number comes from, in the order of the profile.
    pub notes: Vec<LimitNote>,
}

/// The throughput envelope of one appliance: two linear constraints (domain facts 5.1, inferred by calibration).
///
/// storage: `bytes/s + op_bytes · ops/s ≤ storage_rate`; processor: `ops/s + Σ min(disk_ops, ops/s of the disk) ≤ ops_max`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Envelope {
    pub storage_rate: ByteRate,
    /// What one operation costs of the storage rate [bytes].
    pub op_bytes: u64,
    /// [thousandths of operations per second]
    pub ops_max_milli: u64,
    /// The most that one replicating disk costs of it besides its operations [thousandths of operations per second].
    pub disk_ops_milli: u64,
}

/// Points of a retention up to `up_to` are thinned by `tiers`, youngest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruningRow {
    pub up_to: Duration,
    pub tiers: Vec<PruningTier>,
}

/// Of the points no older than `within` one per `every` is kept; `every` zero keeps all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PruningTier {
    pub within: Duration,
    pub every: Duration,
}

/// How sure a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Documented for this product or platform.
    Documented,
    /// Documented for a sibling product.
    DocumentedSibling,
    /// Inferred by us, the reason stands in the note.
    Inferred,
    /// Not documented; a parameter with a default.
    Assumed,
    /// Set by the scenario.
    Overridden,
}

/// Where one number of a profile comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitNote {
    pub key: String,
    /// As written in the profile, unit included.
    pub value: String,
    pub mark: Mark,
    pub source: String,
    pub why: String,
}

impl Limits {
    /// Index of the VM size of this name.
    pub fn vm_size(&self, name: &str) -> Option<usize> {
        self.vm_sizes.iter().position(|size| size.name == name)
    }

    /// How sure a number of the profile is and where it comes from: "documented: KI".
    pub fn source(&self, key: &str) -> String {
        let Some(note) = self.notes.iter().find(|note| note.key == key) else { return "no source".into() };
        match note.mark {
            Mark::Documented => format!("documented: {}", note.source),
            Mark::DocumentedSibling => format!("documented for a sibling product: {}", note.source),
            Mark::Inferred => format!("inferred from {}", note.source),
            Mark::Assumed => "assumed".into(),
            Mark::Overridden => "set in [override]".into(),
        }
    }

    /// The pruning tiers for points kept for `retention`; the last row serves anything longer.
    pub fn tiers(&self, retention: Duration) -> &[PruningTier] {
        let row = self.pruning.iter().find(|row| retention <= row.up_to).or(self.pruning.last());
        row.map_or(&[], |row| &row.tiers)
    }
}
