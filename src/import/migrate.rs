//! Azure Migrate: exports of an assessment (machines, disks), of the discovered inventory, and the template of its own import; CSV or workbook.
//!
//! | sheet | one row | read |
//! |---|---|---|
//! | All_Assessed_Machines | a machine | cores, memory, storage, system, mean of what it writes, recommended size |
//! | All_Assessed_Disks | a disk | size, mean of what is written to it |
//! | inventory, import template | a machine | the same, disks as `Disk 1 size (In GB)` … |
//!
//! Sizes are GiB and MiB under the names GB and MB, as hypervisors count; MBPS are taken for MiB/s, the larger of the two readings. A mean over
//! the days of the assessment shows no bursts, and that is said.

use std::collections::BTreeMap;

use crate::units::Bytes;

use super::Import;
use super::estate::{Disk, Machine, Place, guest_of, power_of};
use super::notes::Fault;
use super::numbers::{bytes, cores, number, whole};
use super::source::Input;
use super::table::{self, Table, cell};

const GIB: Bytes = Bytes::gib(1);
const MIB: Bytes = Bytes::mib(1);
const NAME: &[&str] = &["Machine", "Server name", "Machine name", "VM name", "Name"];
/// Most disks that the import template has columns for.
const TEMPLATE_DISKS: usize = 64;

pub fn read(input: Input, import: &mut Import) -> Result<(), Fault> {
    let tables = table::read(input, &mut import.notes)?;
    let file = tables.first().map(|table| table.file.clone()).unwrap_or_default();
    let mut known = false;
    for table in &tables {
        if table.column(NAME).is_none() {
            continue;
        }
        if table.column(&["Source disk size(GB)"]).is_some() {
            known = true;
            disks(table, import);
        } else if table.column(&["Cores", "Number of cores"]).is_some() {
            known = true;
            machines(table, import);
        }
    }
    if known {
        import.notes.remark(format!("{file}: GB and MB are taken for GiB and MiB, as hypervisors count"));
    } else {
        let wrong = "it has no columns of machines (Machine, Cores) or of disks (Machine, Source disk size(GB))";
        let mend = "export the assessment or the inventory of Azure Migrate; other tables are read by `csv` with --map";
        return Err(Fault::new(&file, 0, wrong, mend));
    }
    Ok(())
}

fn machines(table: &Table, import: &mut Import) {
    let file = table.name();
    let column = |names: &[&str]| table.column(names);
    let (name_column, rate_column) = (column(NAME), column(&["Disk write(MBPS)"]));
    let columns = (
        column(&["Cores", "Number of cores"]),
        column(&["Memory(MB)", "Memory (In MB)"]),
        column(&["Storage(GB)", "Storage (In GB)"]),
        column(&["Operating system", "OS name", "OS"]),
        column(&["Power status", "Power state"]),
        column(&["Recommended size"]),
    );
    let sizes: Vec<Option<usize>> =
        (1..=TEMPLATE_DISKS).map(|n| column(&[&format!("Disk {n} size (In GB)")])).collect();
    let rates: Vec<Option<usize>> =
        (1..=TEMPLATE_DISKS).map(|n| column(&[&format!("Disk {n} write throughput (In MBPS)")])).collect();
    let mut means = 0u64;
    for (line, row) in &table.rows {
        let name = cell(row, name_column);
        if name.is_empty() {
            import.notes.unused(&file, *line, "no name");
            continue;
        }
        let amount = |column, unit| whole(cell(row, column)).ok().and_then(|count| bytes(count, unit));
        let mut machine = Machine::new(name, Place { file: file.clone(), line: *line });
        machine.cores = cores(cell(row, columns.0));
        machine.memory = amount(columns.1, MIB);
        machine.storage = amount(columns.2, GIB);
        machine.guest = guest_of(cell(row, columns.3));
        machine.power = power_of(cell(row, columns.4));
        machine.size = Some(cell(row, columns.5)).filter(|size| size.starts_with("Standard_")).map(str::to_string);
        for (n, size) in sizes.iter().enumerate().filter_map(|(n, column)| Some((n, amount(*column, GIB)?))) {
            machine.disks.push(Disk { name: format!("disk {}", n + 1), size, is_os: n == 0 });
        }
        let rate = |column| number(cell(row, column)).ok().filter(|rate| *rate >= 0.0).map(|rate| rate * 1_048_576.0);
        let of_disks: Vec<f64> = rates.iter().filter_map(|column| rate(*column)).collect();
        machine.write_rate = rate(rate_column).or((!of_disks.is_empty()).then(|| of_disks.iter().sum()));
        means += u64::from(machine.write_rate.is_some());
        import.notes.used(&file);
        import.estate.add(machine);
    }
    if means > 0 {
        let remark = format!(
            "{file}: what {means} machines write is one mean (MBPS taken for MiB/s): it shows no burst; counters do"
        );
        import.notes.remark(remark);
    }
}

fn disks(table: &Table, import: &mut Import) {
    let file = table.name();
    let (name, disk, size) =
        (table.column(NAME), table.column(&["Disk name", "Disk"]), table.column(&["Source disk size(GB)"]));
    let rate = table.column(&["Disk write(MBPS)"]);
    let mut machines: BTreeMap<String, Machine> = BTreeMap::new();
    for (line, row) in &table.rows {
        let vm = cell(row, name);
        let size = whole(cell(row, size)).and_then(|count| bytes(count, GIB).ok_or("a size that no disk has"));
        match size {
            _ if vm.is_empty() => import.notes.unused(&file, *line, "no name"),
            Err(reason) => import.notes.unused(&file, *line, reason),
            Ok(size) => {
                let place = Place { file: file.clone(), line: *line };
                let machine = machines.entry(vm.to_string()).or_insert_with(|| Machine::new(vm, place));
                let is_os = machine.disks.is_empty();
                machine.disks.push(Disk { name: cell(row, disk).to_string(), size, is_os });
                if let Ok(rate) = number(cell(row, rate)) {
                    *machine.write_rate.get_or_insert(0.0) += rate.max(0.0) * 1_048_576.0;
                }
                import.notes.used(&file);
            }
        }
    }
    machines.into_values().for_each(|machine| import.estate.add(machine));
}
