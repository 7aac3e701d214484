//! Machines and disks of Azure and Azure Stack Hub: JSON of `Get-AzVM`, `Get-AzDisk`, `az vm list` and `az disk list`.
//!
//! PowerShell and the command line write the same tree with other letters in upper case. GB of a disk are GiB. A machine that is stopped has no
//! sizes of its disks; a list of disks beside it has them: they are put together by the disk's name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::units::Bytes;

use super::Import;
use super::estate::{Disk, Guest, Machine, Place, guest_of, power_of};
use super::json::{get, text};
use super::notes::Fault;
use super::numbers::bytes;
use super::source::Source;

const CURE: &str = "write it with az vm list -d -o json, or Get-AzVM -Status | ConvertTo-Json -Depth 10";

pub fn read(source: Source, import: &mut Import) -> Result<(), Fault> {
    let file = source.name.clone();
    let bytes = source.whole()?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Fault::new(&file, error.line() as u64, format!("this is not JSON: {error}"), CURE))?;
    let elements = match value {
        Value::Array(elements) => elements,
        // The REST interface and one single machine.
        Value::Object(mut object) => match object.remove("value") {
            Some(Value::Array(elements)) => elements,
            _ => vec![Value::Object(object)],
        },
        _ => return Err(Fault::new(&file, 0, "this is no list of machines or disks", CURE)),
    };
    for (index, element) in elements.iter().enumerate() {
        let number = index as u64 + 1;
        let taken = one(element, &file, number, import);
        import.notes.row(&file, number, taken);
    }
    import.notes.remark(format!("{file}: GB of disks are taken for GiB, as Azure counts"));
    if import.notes.used_count(&file) == 0 {
        return Err(Fault::new(&file, 0, format!("no element of {} is a machine or a disk", elements.len()), CURE));
    }
    Ok(())
}

/// A machine, or a disk.
fn one(element: &Value, file: &str, number: u64, import: &mut Import) -> Result<(), &'static str> {
    let name = text(element, "name").filter(|name| !name.is_empty()).ok_or("no name")?;
    // Some lists keep all but the name under `properties`.
    let inner = get(element, "properties").filter(|value| value.is_object()).unwrap_or(element);
    if let Some(storage) = get(inner, "storageProfile") {
        if !storage.is_object() {
            return Err("the storage profile is cut off: write it with ConvertTo-Json -Depth 10");
        }
        let place = Place { file: file.to_string(), line: number };
        let machine = machine(name, inner, storage, place);
        import.estate.add(machine);
        return Ok(());
    }
    let size = size_of(inner).ok_or("neither a storage profile nor the size of a disk")?;
    let owner = text(inner, "managedBy").or(text(element, "managedBy")).and_then(|id| id.rsplit('/').next());
    let is_os = get(inner, "osType").is_some_and(|system| !system.is_null());
    let disk = LooseDisk { size, owner: owner.filter(|owner| !owner.is_empty()).map(str::to_string), is_os };
    import.disks.insert(name.to_string(), disk);
    Ok(())
}

/// A disk of a list of disks.
#[derive(Clone, Debug)]
pub struct LooseDisk {
    pub size: Bytes,
    pub owner: Option<String>,
    pub is_os: bool,
}

fn machine(name: &str, inner: &Value, storage: &Value, place: Place) -> Machine {
    let mut machine = Machine::new(name, place);
    machine.size = get(inner, "hardwareProfile").and_then(|profile| text(profile, "vmSize")).map(str::to_string);
    machine.power = power_of(text(inner, "powerState").unwrap_or_default());
    let os = get(storage, "osDisk");
    machine.guest = os.and_then(|os| get(os, "osType")).and_then(|system| match system {
        Value::String(system) => guest_of(system),
        // Windows PowerShell writes the number of the word.
        Value::Number(number) if number.as_u64() == Some(0) => Some(Guest::Windows),
        Value::Number(number) if number.as_u64() == Some(1) => Some(Guest::Linux),
        _ => None,
    });
    let data = get(storage, "dataDisks").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (index, disk) in os.into_iter().chain(data).enumerate() {
        // Size zero: it is not said here; a list of disks may say it.
        let size = size_of(disk).unwrap_or(Bytes::ZERO);
        let name = text(disk, "name").unwrap_or_default().to_string();
        machine.disks.push(Disk { name, size, is_os: index == 0 && os.is_some() });
    }
    machine
}

fn size_of(disk: &Value) -> Option<Bytes> {
    let exact = get(disk, "diskSizeBytes").and_then(Value::as_f64).and_then(|count| bytes(count, Bytes(1)));
    exact.or_else(|| bytes(get(disk, "diskSizeGB").and_then(Value::as_f64)?, Bytes::gib(1)))
}

/// Puts the lists of machines and of disks together, once all files are read.
pub fn put_together(import: &mut Import) {
    let disks = std::mem::take(&mut import.disks);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for machine in import.estate.machines.values_mut() {
        for disk in &mut machine.disks {
            if let Some((name, loose)) = disks.get_key_value(&disk.name) {
                taken.insert(name);
                if disk.size.is_zero() {
                    disk.size = loose.size;
                }
            }
        }
    }
    for (name, disk) in &disks {
        if taken.contains(name.as_str()) {
            continue;
        }
        match disk.owner.as_ref().and_then(|owner| import.estate.machines.get_mut(owner)) {
            Some(machine) => {
                let own = Disk { name: name.clone(), size: disk.size, is_os: disk.is_os };
                if disk.is_os { machine.disks.insert(0, own) } else { machine.disks.push(own) }
            }
            None => {
                let owner = disk.owner.as_deref().unwrap_or("nobody");
                import.notes.remark(format!("the disk {name} of {} belongs to {owner}; it is not used", disk.size));
            }
        }
    }
}
