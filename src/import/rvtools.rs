//! RVTools: the workbook (sheets vInfo, vDisk, vPartition), or its sheets as CSV.
//!
//! Sizes are MiB, also where older versions write MB. A machine is told from others of its name by its UUID. Templates and placeholders of
//! Site Recovery Manager are no machines. A machine without rows in vDisk has what vInfo or vPartition say of all its disks together.

use std::collections::BTreeMap;

use crate::units::Bytes;

use super::Import;
use super::estate::{Disk, Machine, Place, guest_of, power_of};
use super::notes::Fault;
use super::numbers::{bytes, cores, whole};
use super::source::Input;
use super::table::{self, Table, cell};

const MIB: Bytes = Bytes::mib(1);

/// Machines by UUID, or by name where there is none.
type Machines = BTreeMap<String, Machine>;

pub fn read(input: Input, import: &mut Import) -> Result<(), Fault> {
    let tables = table::read(input, &mut import.notes)?;
    let file = tables.first().map(|table| table.file.clone()).unwrap_or_default();
    let (mut machines, mut partitions) = (Machines::new(), BTreeMap::new());
    let mut known = false;
    // vInfo first, wherever it stands: it says who is a machine.
    for kind in [Kind::Info, Kind::Disk, Kind::Partition] {
        for table in tables.iter().filter(|table| Kind::of(table) == Some(kind)) {
            known = true;
            match kind {
                Kind::Info => info(table, &mut machines, import),
                Kind::Disk => disks(table, &mut machines, import),
                Kind::Partition => partition(table, &mut partitions, import),
            }
        }
    }
    if !known {
        let sheets: Vec<&str> =
            tables.iter().map(|table| table.sheet.as_str()).filter(|name| !name.is_empty()).collect();
        let there = if sheets.is_empty() { String::new() } else { format!(" (there: {})", sheets.join(", ")) };
        let wrong = format!("it has none of the sheets vInfo, vDisk, vPartition{there}");
        return Err(Fault::new(&file, 0, wrong, "export all to xlsx in RVTools, or a sheet to CSV"));
    }
    fill(&mut machines, &partitions, import);
    let in_mb = |table: &Table| table.head.iter().any(|name| name.ends_with(" MB"));
    if tables.iter().any(in_mb) {
        import.notes.remark(format!("{file}: sizes under MB are taken for MiB, as VMware counts"));
    }
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for (_, mut machine) in machines {
        let count = names.entry(machine.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let name = format!("{}-{count}", machine.name);
            import.notes.remark(format!("{file}: two machines are called {}; one is written as {name}", machine.name));
            machine.name = name;
        }
        import.estate.add(machine);
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Info,
    Disk,
    Partition,
}

impl Kind {
    /// By the sheet's name, or by the columns that only it has.
    fn of(table: &Table) -> Option<Kind> {
        let named = |name: &str| table.sheet.eq_ignore_ascii_case(name);
        let has = |names: &[&str]| table.column(names).is_some();
        if named("vInfo") || table.sheet.is_empty() && has(&["CPUs"]) && has(&["Powerstate"]) && has(&["NICs"]) {
            return Some(Kind::Info);
        }
        if named("vDisk") || table.sheet.is_empty() && has(&["Disk Mode"]) && has(CAPACITY) {
            return Some(Kind::Disk);
        }
        let partition =
            named("vPartition") || table.sheet.is_empty() && has(CAPACITY) && has(&["Consumed MiB", "Consumed MB"]);
        partition.then_some(Kind::Partition)
    }
}

const CAPACITY: &[&str] = &["Capacity MiB", "Capacity MB"];

/// The columns that tell a machine from others: its UUID, else its name.
struct Key {
    uuid: Option<usize>,
    vm: Option<usize>,
}

impl Key {
    fn of(table: &Table) -> Key {
        Key { uuid: table.column(&["VM UUID"]), vm: table.column(&["VM"]) }
    }

    fn read(&self, row: &[String]) -> String {
        let uuid = cell(row, self.uuid);
        if uuid.is_empty() { cell(row, self.vm).to_string() } else { uuid.to_string() }
    }
}

fn is_true(text: &str) -> bool {
    ["true", "wahr", "vrai", "1", "yes"].contains(&text.to_lowercase().as_str())
}

fn info(table: &Table, machines: &mut Machines, import: &mut Import) {
    let name = table.name();
    let column = |names: &[&str]| table.column(names);
    let (power, cpus, memory) =
        (column(&["Powerstate"]), column(&["CPUs"]), column(&["Memory", "Memory MiB", "Memory MB"]));
    let (key, template, placeholder) = (Key::of(table), column(&["Template"]), column(&["SRM Placeholder"]));
    let systems =
        [column(&["OS according to the VMware Tools"]), column(&["OS according to the configuration file", "OS"])];
    let storage = [column(&["Total disk capacity MiB"]), column(&["Provisioned MiB", "Provisioned MB"])];
    for (line, row) in &table.rows {
        let text = |column| cell(row, column);
        let reason = if text(key.vm).is_empty() {
            Some("no name")
        } else if is_true(text(template)) {
            Some("a template is no machine")
        } else if is_true(text(placeholder)) {
            Some("a placeholder of Site Recovery Manager is no machine")
        } else {
            None
        };
        if let Some(reason) = reason {
            import.notes.unused(&name, *line, reason);
            continue;
        }
        let mut machine = Machine::new(text(key.vm), Place { file: name.clone(), line: *line });
        machine.power = power_of(text(power));
        machine.cores = cores(text(cpus));
        machine.memory = whole(text(memory)).ok().and_then(|count| bytes(count, MIB));
        machine.guest = systems.iter().find_map(|column| guest_of(text(*column)));
        machine.storage =
            storage.iter().find_map(|column| whole(text(*column)).ok().and_then(|count| bytes(count, MIB)));
        import.notes.used(&name);
        machines.insert(key.read(row), machine);
    }
}

fn disks(table: &Table, machines: &mut Machines, import: &mut Import) {
    let name = table.name();
    let column = |names: &[&str]| table.column(names);
    let (key, disk, capacity) = (Key::of(table), column(&["Disk"]), column(CAPACITY));
    let (template, raw_column, power) = (column(&["Template"]), column(&["Raw"]), column(&["Powerstate"]));
    let mut raw = 0u64;
    for (line, row) in &table.rows {
        let size = match whole(cell(row, capacity)) {
            Ok(count) => bytes(count, MIB).ok_or("a size that no disk has"),
            Err(reason) => Err(reason),
        };
        let size = match size {
            Ok(size) if !cell(row, key.vm).is_empty() => size,
            Ok(_) => {
                import.notes.unused(&name, *line, "no name");
                continue;
            }
            Err(reason) => {
                import.notes.unused(&name, *line, reason);
                continue;
            }
        };
        if is_true(cell(row, template)) {
            import.notes.unused(&name, *line, "a disk of a template");
            continue;
        }
        raw += u64::from(is_true(cell(row, raw_column)));
        let machine = machines
            .entry(key.read(row))
            .or_insert_with(|| Machine::new(cell(row, key.vm), Place { file: name.clone(), line: *line }));
        if machine.power == super::estate::Power::Unknown {
            machine.power = power_of(cell(row, power));
        }
        let is_os = machine.disks.is_empty();
        machine.disks.push(Disk { name: cell(row, disk).to_string(), size, is_os });
        import.notes.used(&name);
    }
    if raw > 0 {
        import.notes.remark(format!("{name}: {raw} raw device mappings are taken for disks of their size"));
    }
}

/// Capacity and what is used of it, by machine [bytes].
type Partitions = BTreeMap<String, (Bytes, Bytes)>;

fn partition(table: &Table, partitions: &mut Partitions, import: &mut Import) {
    let name = table.name();
    let (key, capacity, used) =
        (Key::of(table), table.column(CAPACITY), table.column(&["Consumed MiB", "Consumed MB"]));
    for (line, row) in &table.rows {
        let amount = |column| whole(cell(row, column)).map(|count| bytes(count, MIB).unwrap_or_default());
        match amount(capacity).and_then(|capacity| Ok((capacity, amount(used)?))) {
            Ok((capacity, used)) => {
                let sum = partitions.entry(key.read(row)).or_default();
                *sum = (sum.0 + capacity, sum.1 + used);
                import.notes.used(&name);
            }
            Err(reason) => import.notes.unused(&name, *line, reason),
        }
    }
}

/// What vPartition adds: the size of machines without disks, and how full they are.
fn fill(machines: &mut Machines, partitions: &Partitions, import: &mut Import) {
    let (mut all, mut used) = (0u64, 0u64);
    for (key, (capacity, consumed)) in partitions {
        all = all.saturating_add(capacity.0);
        used = used.saturating_add(consumed.0);
        if let Some(machine) = machines.get_mut(key)
            && machine.disks.is_empty()
            && machine.storage.is_none()
        {
            machine.storage = Some(*capacity);
            import.notes.remark(format!("{}: the size is that of its partitions: at least so much", machine.name));
        }
    }
    if all > 0 {
        let (share, all) = (used as f64 / all as f64 * 100.0, Bytes(all));
        let remark = format!(
            "partitions: {share:.0} % of {all} are used; whole disks are copied unless initial_copy = \"used\""
        );
        import.notes.remark(remark);
    }
}
