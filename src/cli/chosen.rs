//! `--without` and `--with`: machines and disks by name, by group or by pattern.
//!
//! `sql-3`, `sql` (a group), `web-*`, `sql-*:2` (the second disk of each); the first disk carries the system and cannot be left out alone.

use wildmatch::WildMatch;

use crate::cli::Failure;
use crate::inventory::Inventory;
use crate::planner::sizing::Choice;
use crate::units::VmId;

/// Who is meant. An error when a name means nobody, or the same machine is to be out and in.
pub fn chosen(without: &[String], with: &[String], inventory: &Inventory) -> Result<Choice, Failure> {
    let mut choice = Choice::default();
    for name in without {
        match name.rsplit_once(':').and_then(|(vms, disk)| Some((vms, disk.parse::<usize>().ok()?))) {
            Some((vms, disk)) => {
                if disk <= 1 {
                    return Err(Failure::wrong(format!(
                        "error: --without {name}: the first disk carries the system\nmend: leave out the machine, or a disk from 2 on"
                    )));
                }
                let of = |vm: &VmId| inventory.disk_ids(*vm).nth(disk - 1);
                let disks: Vec<_> = meant(vms, inventory).iter().filter_map(of).collect();
                if disks.is_empty() {
                    return Err(nobody("--without", name, inventory));
                }
                choice.without_disks.extend(disks);
            }
            None => choice.without.extend(some("--without", name, inventory)?),
        }
    }
    for name in with {
        choice.with.extend(some("--with", name, inventory)?);
    }
    match choice.with.intersection(&choice.without).next() {
        Some(vm) => {
            let name = &inventory.vm(*vm).name;
            Err(Failure::wrong(format!(
                "error: {name} is to be left out and in\nmend: name it in --without or in --with"
            )))
        }
        None => Ok(choice),
    }
}

fn some(option: &str, name: &str, inventory: &Inventory) -> Result<Vec<VmId>, Failure> {
    let vms = meant(name, inventory);
    if vms.is_empty() { Err(nobody(option, name, inventory)) } else { Ok(vms) }
}

/// Machines of that name or of the group of that name; `*` stands for any letters, `?` for one.
fn meant(name: &str, inventory: &Inventory) -> Vec<VmId> {
    let pattern = WildMatch::new(name);
    let is_meant = |vm: &VmId| {
        let own = inventory.vm(*vm);
        pattern.matches(&own.name) || pattern.matches(&inventory.group(own.group).name)
    };
    inventory.vm_ids().filter(is_meant).collect()
}

/// Groups that a message names.
const NAMED_MAX: usize = 8;

fn nobody(option: &str, name: &str, inventory: &Inventory) -> Failure {
    let groups: Vec<&str> = inventory.groups.iter().take(NAMED_MAX).map(|group| group.name.as_str()).collect();
    let more = if inventory.groups.len() > NAMED_MAX { " …" } else { "" };
    Failure::wrong(format!(
        "error: {option} {name}: no machine, group or disk is meant\nmend: write NAME, GROUP, PATTERN* or NAME:2; groups: {}{more}",
        groups.join(", ")
    ))
}
