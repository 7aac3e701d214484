//! Limits profiles: the dated TOML files that come with the program, and a scenario's overrides of them.
//!
//! In a profile each key holds `{ value, mark, source, why }`; an override is the bare value under the same key
//! (`[override] disk_protected_max = "500 GiB"`, `envelope.ops_max = 6000`). Both are read by the same reader, so an override
//! is checked as strictly as a profile. Profiles are tested; a fault can only come from an override.

use crate::inventory::limits::{Envelope, LimitNote, Mark, PruningRow, PruningTier};
use crate::inventory::{Limits, VmSize};
use crate::units::{Bytes, Duration};

use super::catalogue::LIMITS;
use super::document::Section;
use super::ledger::{Ledger, cure_by_name, short};
use super::spans::{self, Entry, Node, Place, Table, Value};

/// The profiles that come with the program: name and text.
pub const PROFILES: [(&str, &str); 1] =
    [("azure-stack-hub-2024", include_str!("../inventory/limits/azure-stack-hub-2024.toml"))];

/// The profile a scenario gets that names none.
pub const DEFAULT_PROFILE: &str = PROFILES[0].0;
/// Where a profile gives the titles of its sources.
const SOURCES: &str = "sources";

/// A profile by name, without overrides; for `drsim limits`.
pub fn profile(name: &str) -> Option<Limits> {
    let ledger = Ledger::new(name);
    load(name, &Place::Text(0..0), None, &ledger)
}

/// A profile with overrides laid over it. Faults of the name and of overrides go to the ledger.
pub fn load(name: &str, place: &Place, overrides: Option<&Table>, ledger: &Ledger) -> Option<Limits> {
    let Some((name, text)) = PROFILES.iter().find(|(known, _)| *known == name) else {
        let cure = cure_by_name(name, "profiles", PROFILES.iter().map(|(name, _)| *name));
        ledger.fault(place, format!("there is no limits profile `{}`", short(name)), "", cure);
        return None;
    };
    let inner = Ledger::new(name);
    let profile = spans::parse(text, &inner);
    let mut notes = Vec::new();
    let mut values = Table::default();
    split("", &profile, &mut values, &mut notes);
    name_sources(&profile, &mut notes);
    if let Some(overrides) = overrides {
        lay_over("", overrides, &mut values, &mut notes);
    }
    assert!(!inner.has_faults(), "the profile {name} that comes with the program is not TOML");
    let section = Section::new("override", place.clone(), &values, &LIMITS, ledger);
    let mut limits = read(&section);
    limits.name = (*name).to_string();
    limits.date = match profile.get("date").map(|entry| &entry.node.value) {
        Some(Value::Text(date)) => date.clone(),
        _ => String::new(),
    };
    limits.notes = notes;
    Some(limits)
}

/// Puts the titles of sources in the place of their short names, so that a reader need not know those.
fn name_sources(profile: &Table, notes: &mut [LimitNote]) {
    let Some(Value::Table(titles)) = profile.get(SOURCES).map(|entry| &entry.node.value) else { return };
    let title = |short: &str| match titles.get(short).map(|entry| &entry.node.value) {
        Some(Value::Text(title)) => title.clone(),
        _ => short.to_owned(),
    };
    for note in notes {
        note.source = note.source.split(", ").map(title).collect::<Vec<_>>().join("; ");
    }
}

/// Parts a profile into bare values and notes.
fn split(prefix: &str, profile: &Table, values: &mut Table, notes: &mut Vec<LimitNote>) {
    for entry in profile.entries.iter().filter(|entry| entry.key != SOURCES) {
        let Value::Table(table) = &entry.node.value else { continue };
        let key = if prefix.is_empty() { entry.key.clone() } else { format!("{prefix}.{}", entry.key) };
        let text = |name: &str| match table.get(name).map(|entry| &entry.node.value) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        };
        match table.get("value") {
            Some(value) => {
                let mark = match text("mark").as_str() {
                    "documented" => Mark::Documented,
                    "documented-sibling" => Mark::DocumentedSibling,
                    "inferred" => Mark::Inferred,
                    _ => Mark::Assumed,
                };
                let written = written(&value.node.value);
                notes.push(LimitNote { key, value: written, mark, source: text("source"), why: text("why") });
                values.entries.push(Entry { node: value.node.clone(), ..entry.clone() });
            }
            None => {
                let mut inner = Table::default();
                split(&key, table, &mut inner, notes);
                let node = Node { place: entry.node.place.clone(), value: Value::Table(inner) };
                values.entries.push(Entry { node, ..entry.clone() });
            }
        }
    }
}

/// Lays overrides over the values. Tables (`envelope`, `vm_sizes`) are laid over key by key.
fn lay_over(prefix: &str, overrides: &Table, values: &mut Table, notes: &mut Vec<LimitNote>) {
    for entry in &overrides.entries {
        let key = if prefix.is_empty() { entry.key.clone() } else { format!("{prefix}.{}", entry.key) };
        match values.entries.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => match (&mut known.node.value, &entry.node.value) {
                (Value::Table(inner), Value::Table(given)) if prefix.is_empty() => {
                    lay_over(&key, given, inner, notes);
                    continue;
                }
                (_, _) => *known = entry.clone(),
            },
            None => values.entries.push(entry.clone()),
        }
        let note = LimitNote {
            value: written(&entry.node.value),
            mark: Mark::Overridden,
            source: "scenario".into(),
            why: "set in [override]".into(),
            key,
        };
        match notes.iter_mut().find(|known| known.key == note.key) {
            Some(known) => *known = note,
            None => notes.push(note),
        }
    }
}

/// A value as a person would write it.
fn written(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Date(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => format!("{} rows", items.len()),
        Value::Table(table) => format!("{} entries", table.entries.len()),
        Value::Broken => String::new(),
    }
}

/// All keys of a profile, typed. A refused value leaves a stand-in and a fault.
fn read(section: &Section<'_>) -> Limits {
    let bytes = |key| section.need::<Bytes>(key).unwrap_or_default();
    let span = |key| section.need::<Duration>(key).unwrap_or_default();
    let count = |key| section.count32(key).unwrap_or_default();
    Limits {
        name: String::new(),
        date: String::new(),
        vm_sizes: vm_sizes(section),
        disk_protected_max: bytes("disk_protected_max"),
        disk_platform_max: bytes("disk_platform_max"),
        seed_disk: bytes("seed_disk"),
        replica_extra: bytes("replica_extra"),
        temporary_os_disk: bytes("temporary_os_disk"),
        portal_batch_max: count("portal_batch_max"),
        appliance_own_disks: count("appliance_own_disks"),
        appliance_buffer: bytes("appliance_buffer"),
        write_floor: bytes("write_floor"),
        envelope: envelope(section),
        processing_delay: span("processing_delay"),
        difflog_age_max: span("difflog_age_max"),
        disk_rate_max: section.need("disk_rate_max").unwrap_or_default(),
        agent_memory_windows: bytes("agent_memory_windows"),
        agent_memory_linux: bytes("agent_memory_linux"),
        bitmap_resync_share: section.need("bitmap_resync_share").unwrap_or_default(),
        heartbeat_every: section.positive_span("heartbeat_every").unwrap_or(Duration::minutes(1)),
        heartbeat_lost_after: span("heartbeat_lost_after"),
        no_point_critical_after: span("no_point_critical_after"),
        no_progress_critical_after: span("no_progress_critical_after"),
        drill_warn_after: span("drill_warn_after"),
        retention_max: span("retention_max"),
        pruning: pruning(section),
        plan_groups_max: count("plan_groups_max"),
        plan_vms_max: count("plan_vms_max"),
        quota_vms: count("quota_vms"),
        quota_vm_cores: count("quota_vm_cores"),
        quota_managed_disk: bytes("quota_managed_disk"),
        quota_storage: bytes("quota_storage"),
        vms_per_server_max: count("vms_per_server_max"),
        vms_per_stamp_max: count("vms_per_stamp_max"),
        infrastructure_memory: bytes("infrastructure_memory"),
        infrastructure_memory_per_server: bytes("infrastructure_memory_per_server"),
        reserve_share: section.need("reserve_share").unwrap_or_default(),
        provider_memory: bytes("provider_memory"),
        notes: Vec::new(),
    }
}

fn envelope(section: &Section<'_>) -> Envelope {
    let Some(section) = section.section("envelope") else { return Envelope::default() };
    let milli = |key| section.number(key).map(|ops| (ops * 1e3).round() as u64);
    let (storage_rate, op_bytes) = (section.need("storage_rate"), section.need::<Bytes>("op_bytes"));
    let (ops_max_milli, disk_ops_milli) = (milli("ops_max"), milli("disk_ops"));
    Envelope {
        storage_rate: storage_rate.unwrap_or_default(),
        op_bytes: op_bytes.unwrap_or_default().0,
        ops_max_milli: ops_max_milli.unwrap_or_default(),
        disk_ops_milli: disk_ops_milli.unwrap_or_default(),
    }
}

fn vm_sizes(section: &Section<'_>) -> Vec<VmSize> {
    let sizes = section.named("vm_sizes").into_iter().filter_map(|(name, _, size)| {
        let cores = size.count32("cores");
        let memory = size.need::<Bytes>("memory");
        let data_disks = size.count32("data_disks");
        let iops_per_disk = size.count32("iops_per_disk");
        for key in ["cores", "data_disks", "iops_per_disk"] {
            size.require(key);
        }
        Some(VmSize {
            name: name.to_string(),
            cores: cores?,
            memory: memory?,
            data_disks: data_disks?,
            iops_per_disk: iops_per_disk?,
        })
    });
    sizes.collect()
}

fn pruning(section: &Section<'_>) -> Vec<PruningRow> {
    let row = |row: Section<'_>| PruningRow {
        up_to: row.need("up_to").unwrap_or_default(),
        tiers: row.tables("keep").iter().map(tier).collect(),
    };
    let rows: Vec<PruningRow> = section.tables("pruning").into_iter().map(row).collect();
    if !rows.is_sorted_by_key(|row| row.up_to) {
        section.fault("pruning", "the rows do not rise with `up_to`", "sort them by `up_to`");
    }
    rows
}

fn tier(tier: &Section<'_>) -> PruningTier {
    let span = |key| tier.need(key).unwrap_or_default();
    PruningTier { within: span("within"), every: span("every") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::ByteRate;

    #[test]
    fn every_profile_loads_and_every_number_has_its_source() {
        for (name, _) in PROFILES {
            let limits = profile(name).expect("a bundled profile loads");
            assert_eq!(limits.notes.len(), 39, "one note per key");
            for note in &limits.notes {
                assert!(note.source == "-" || note.source.contains(' '), "a short name without its title: {note:?}");
                assert!(!note.value.is_empty() && !note.source.is_empty() && !note.why.is_empty(), "{note:?}");
            }
            assert_eq!(limits.vm_sizes.len(), 86);
        }
    }

    /// Bottleneck rows of the documented throughput test: the largest disk count that fits, and one more does not.
    #[test]
    fn g1_g2_the_envelope_reproduces_the_throughput_table() {
        let envelope = profile(DEFAULT_PROFILE).expect("bundled").envelope;
        let fits = |disks: u64, rate: u64, block: u64| {
            let (bytes, ops) = (disks * rate, disks * rate / block);
            bytes + envelope.op_bytes * ops <= envelope.storage_rate.0
                && 1_000 * ops + (envelope.disk_ops_milli * disks).min(1_000 * ops) <= envelope.ops_max_milli
        };
        let mib = 1 << 20;
        for (disks, rate, block) in
            [(68, 2 * mib, 2 * mib), (60, 2 * mib, 64 << 10), (28, mib, 8 << 10), (16, 2 * mib, 8 << 10)]
        {
            assert!(fits(disks, rate, block), "{disks} disks of {rate} B/s fit");
            assert!(!fits(disks + 1, rate, block), "{} do not", disks + 1);
        }
    }

    #[test]
    fn the_appliance_size_has_32_slots_and_the_rates_are_as_documented() {
        let limits = profile(DEFAULT_PROFILE).expect("bundled");
        let appliance = &limits.vm_sizes[limits.vm_size("Standard_DS4_v2").expect("documented size")];
        assert_eq!((appliance.cores, appliance.memory, appliance.data_disks), (8, Bytes::gib(28), 32));
        assert_eq!(limits.disk_rate_max, ByteRate::mb(145));
        assert_eq!(limits.tiers(Duration::days(3)).len(), 2);
        assert_eq!(limits.tiers(Duration::days(15)).len(), 3);
        assert!(limits.tiers(Duration::ZERO).is_empty());
    }
}
