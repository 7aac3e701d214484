//! Consistency groups: `[consistency_group.NAME]`. Members must have marks at the same moments, or no point would be common.

use crate::intent::{ConsistencyGroup, Intent, Protection};
use crate::units::{Duration, VmId};

use super::document::Section;
use super::machines::Machines;
use super::wanted::vms;

/// Reads `consistency_group` of the root.
pub fn read(root: &Section<'_>, machines: &Machines, intent: &Intent) -> Vec<ConsistencyGroup> {
    let mut groups: Vec<ConsistencyGroup> = Vec::new();
    for (name, _, section) in root.named("consistency_group") {
        if !section.has("vms") {
            section.missing("vms", "write vms = [\"sql\", \"web\"]");
        }
        let mut members = vms(&section, "vms", machines);
        members.sort_unstable();
        members.dedup();
        let seen = groups.iter().find_map(|other| Some((other, members.iter().find(|vm| other.vms.contains(vm))?)));
        if let Some((other, vm)) = seen {
            let wrong = format!("`{}` belongs to the group `{}` already", machines.vms[vm.index()].name, other.name);
            section.fault("vms", wrong, "make one group of the two, or name the machine in one of them only");
        }
        if members.len() == 1 {
            section.fault("vms", "a machine alone is consistent with itself", "name at least two machines");
        }
        check(&section, &members, machines, intent);
        groups.push(ConsistencyGroup { name: name.into(), vms: members });
    }
    groups
}

/// What the members must have in common. Faults of a protection are told where it stands.
fn check(section: &Section<'_>, members: &[VmId], machines: &Machines, intent: &Intent) {
    let name = |vm: &VmId| &machines.vms[vm.index()].name;
    if let Some(vm) = members.iter().find(|vm| intent.protection(**vm).is_none()) {
        if !section.ledger.has_faults() {
            let group = &machines.groups[machines.vms[vm.index()].group.index()].name;
            let wrong = format!("`{}` is not protected, so it has no point in common with the others", name(vm));
            section.fault("vms", wrong, format!("add [protect.{group}], or leave it out"));
        }
        return;
    }
    let protected: Vec<(&VmId, &Protection)> =
        members.iter().filter_map(|vm| Some((vm, intent.protection(*vm)?))).collect();
    let Some(((first, own), others)) = protected.split_first() else { return };
    if let Some((other, _)) = others.iter().find(|(_, other)| other.target != own.target) {
        let wrong = format!("`{}` and `{}` are protected on different stamps", name(first), name(other));
        section.fault("vms", wrong, "protect all members on one stamp: their points are looked through in one place");
    }
    let policy = intent.policy(own.policy);
    if let Some((vm, other)) = others.iter().find(|(_, other)| !policy.marks_like(intent.policy(other.policy))) {
        let (one, other) = (&policy.name, &intent.policy(other.policy).name);
        let wrong =
            format!("`{}` makes its points by `{one}` and `{}` by `{other}`, at other moments", name(first), name(vm));
        let mend = "give the members policies with the same intervals and the same strategy; retention may differ";
        section.fault("vms", wrong, mend);
    }
    if let Some((vm, own)) = protected.iter().find(|(_, own)| intent.policy(own.policy).retention == Duration::ZERO) {
        let wrong = format!("`{}` keeps its latest point only, and the others may lag behind it", name(vm));
        section.fault("vms", wrong, format!("write a retention for the policy `{}`", intent.policy(own.policy).name));
    }
}
