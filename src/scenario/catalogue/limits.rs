//! The keys of a limits profile, which a scenario may replace under `[override]`.

use super::{DATA, DATA_RATE, Key, Kind, SHARE, SPAN, Shape, count};

const fn limit(name: &'static str, kind: Kind, doc: &'static str, example: &'static str) -> Key {
    Key::new(name, kind, doc).of_profile(example)
}

const COUNT: Kind = count(0, 10_000_000);
const OPERATIONS: Kind = Kind::Number { least: 0.0, most: 1e12 };

pub static LIMITS: Shape = Shape {
    id: "override",
    written: "[override]",
    doc: "Numbers of the limits profile that this scenario replaces. `drsim limits` prints each with its source; the report names each that was replaced.",
    keys: &[
        limit("disk_protected_max", DATA, "Largest disk that can be protected.", "500 GiB"),
        limit("disk_platform_max", DATA, "Largest disk of the platform.", "1023 GiB"),
        limit("seed_disk", DATA, "First size of a replica disk.", "1 GiB"),
        limit("replica_extra", DATA, "What a replica has beyond its source.", "1 GiB"),
        limit("temporary_os_disk", DATA, "OS disk of a source machine while it is protected in reverse.", "1 GiB"),
        limit("portal_batch_max", COUNT, "Machines the portal enables at once.", "10"),
        limit("appliance_own_disks", COUNT, "Slots that the appliance's own disks take.", "1"),
        limit("appliance_buffer", DATA, "What an appliance holds back while the way on is closed.", "500 GiB"),
        limit("write_floor", DATA, "Smallest change that is replicated; smaller ones cost as much.", "8 KiB"),
        limit("envelope", Kind::Table(&ENVELOPE), "Throughput of an appliance.", "{ ops_max = 6000 }"),
        limit("processing_delay", SPAN, "How long changes stay in the cache at least.", "250s"),
        limit("difflog_age_max", SPAN, "Oldest change that may wait in the cache.", "24h"),
        limit("disk_rate_max", DATA_RATE, "Most that one disk moves.", "200 MB/s"),
        limit("agent_memory_windows", DATA, "What the agent holds in memory before it keeps a bitmap only.", "256 MiB"),
        limit("agent_memory_linux", DATA, "The same on Linux.", "64 MiB"),
        limit("bitmap_resync_share", SHARE, "Dirty share of a disk at which it is resynchronised whole.", "50 %"),
        limit("heartbeat_every", SPAN, "Interval of heartbeats.", "1m"),
        limit("heartbeat_lost_after", SPAN, "Silence that counts as loss.", "15m"),
        limit("no_point_critical_after", SPAN, "Time without a point that is critical.", "60m"),
        limit("no_progress_critical_after", SPAN, "Time without progress of a copy that is critical.", "60m"),
        limit("drill_warn_after", SPAN, "Age of the last drill at which the product warns.", "180d"),
        limit("retention_max", SPAN, "Longest history.", "15d"),
        limit(
            "pruning",
            Kind::Tables(&PRUNING),
            "How points are thinned with age, by retention.",
            "[{ up_to = \"1d\", keep = [{ within = \"1d\", every = \"1h\" }] }]",
        ),
        limit("plan_groups_max", COUNT, "Groups of a recovery plan.", "7"),
        limit("plan_vms_max", COUNT, "Machines of a recovery plan.", "100"),
        limit("quota_vms", COUNT, "Default quota of machines.", "50"),
        limit("quota_vm_cores", COUNT, "Default quota of cores.", "100"),
        limit("quota_managed_disk", DATA, "Default quota of managed disks.", "2048 GiB"),
        limit("quota_storage", DATA, "Default quota of storage accounts.", "2048 GiB"),
        limit("vms_per_server_max", COUNT, "Machines on one host.", "60"),
        limit("vms_per_stamp_max", COUNT, "Machines on one stamp.", "700"),
        limit("infrastructure_memory", DATA, "Memory the platform keeps.", "242 GiB"),
        limit("infrastructure_memory_per_server", DATA, "Memory it keeps per host.", "4 GiB"),
        limit("reserve_share", SHARE, "Share of a host's memory kept back for each host beyond the first.", "15 %"),
        limit("provider_memory", DATA, "Memory of the recovery service on the target.", "42 GiB"),
        limit("vm_sizes", Kind::Named(&VM_SIZE), "VM sizes, beside or instead of those of the profile.", ""),
    ],
};

static ENVELOPE: Shape = Shape {
    id: "envelope",
    written: "[override.envelope]",
    doc: "Two limits of an appliance: storage (bytes/s + `op_bytes` × operations/s ≤ `storage_rate`) and processor (operations/s + per disk at most `disk_ops` ≤ `ops_max`).",
    keys: &[
        limit("storage_rate", DATA_RATE, "What its storage moves.", "136.6 MiB/s"),
        limit("op_bytes", DATA, "What one operation costs of it.", "9060 B"),
        limit("ops_max", OPERATIONS, "Operations a second.", "6000"),
        limit("disk_ops", OPERATIONS, "What one disk costs of them at most, beside its own.", "42.667"),
    ],
};

static VM_SIZE: Shape = Shape {
    id: "vm-size",
    written: "[override.vm_sizes.NAME]",
    doc: "A VM size.",
    keys: &[
        Key::new("cores", count(0, 10_000), "Cores.").needed("8"),
        Key::new("memory", DATA, "Memory.").needed("28 GiB"),
        Key::new("data_disks", count(0, 10_000), "Slots for data disks.").needed("8"),
        Key::new("iops_per_disk", COUNT, "Operations a second of one data disk.").needed("8"),
    ],
};

static PRUNING: Shape = Shape {
    id: "pruning",
    written: "pruning = [{ … }]",
    doc: "A row of the pruning table: for retentions up to `up_to`.",
    keys: &[
        Key::new("up_to", SPAN, "Longest retention of the row; rows rise.").needed("1d"),
        Key::new("keep", Kind::Tables(&TIER), "What is kept, youngest points first.")
            .left_out("nothing is thinned", ""),
    ],
};

static TIER: Shape = Shape {
    id: "tier",
    written: "keep = [{ … }]",
    doc: "Of the points no older than `within` one per `every` is kept; `0s` keeps all.",
    keys: &[
        Key::new("within", SPAN, "Age up to which it holds.").needed("2h"),
        Key::new("every", SPAN, "Distance of the points that are kept.").needed("1h"),
    ],
};
