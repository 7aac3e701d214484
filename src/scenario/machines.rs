//! Groups of like machines: VMs, disks, and what they write.
//!
//! `count = 12` makes `sql-1` … `sql-12`; a group of one has the group's name. Disk shares of a VM's churn follow the sizes unless given.
//! Bounds: [`VMS_MAX`] VMs and as many disks in a scenario; more is refused with the number.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::{Disk, Group, GuestSystem, Limits, VMS_MAX, Vm};
use crate::units::{Bytes, Calendar, Duration, GroupId, Ratio, StampId, VmId};
use crate::world::{Churn, DiskChurn, Writes};

use super::churn;
use super::document::{Section, quantity};
use super::files::Files;
use super::fleet;
use super::names::Names;
use super::places::{Places, vm_size};
use super::series::Trace;
use super::spans::{Node, Place};

/// All machines, and their names.
pub struct Machines {
    pub groups: Vec<Group>,
    pub vms: Vec<Vm>,
    pub disks: Vec<Disk>,
    /// By disk.
    pub churn: Vec<DiskChurn>,
    pub group_names: Names,
    /// By group: the step of its trace, if it has one.
    pub trace_steps: Vec<Option<Duration>>,
    by_name: BTreeMap<String, VmId>,
}

/// One VM before it has ids.
struct Member {
    name: String,
    disks: Vec<DiskDraft>,
    churn: Arc<Churn>,
    writes: Writes,
}

#[derive(Clone, Copy)]
struct DiskDraft {
    size: Bytes,
    used: Bytes,
    share: Option<Ratio>,
}

/// What reading a group needs of the rest.
pub struct Around<'a> {
    pub places: &'a Places,
    pub limits: &'a Limits,
    pub calendar: &'a Calendar,
    pub files: &'a Files<'a>,
    /// `initial_copy = "whole"`: used blocks are not known to the copy, a disk counts whole.
    pub copy_whole: bool,
}

impl Machines {
    pub fn read(root: &Section<'_>, around: &Around<'_>) -> Machines {
        let mut machines = Machines {
            groups: Vec::new(),
            vms: Vec::new(),
            disks: Vec::new(),
            churn: Vec::new(),
            group_names: Names::new("group", "groups", "vms"),
            trace_steps: Vec::new(),
            by_name: BTreeMap::new(),
        };
        let groups = root.named("vms");
        for (name, place, section) in groups {
            let before = machines.vms.len();
            let read = machines.group(name, place, &section, around);
            machines.group_names.push(name, place, read.is_none());
            let group = Group { name: name.into(), vms: before as u32..machines.vms.len() as u32 };
            machines.groups.push(group);
            machines.trace_steps.push(read.flatten());
        }
        machines.group_names.need_any(root, "a scenario needs a group of machines: [vms.sql]");
        machines.check_names(root);
        let by_name = machines.vms.iter().enumerate().map(|(index, vm)| (vm.name.clone(), VmId::from_index(index)));
        machines.by_name = by_name.collect();
        machines
    }

    /// A machine's name is also that of its random streams, and orders name machines and groups alike.
    fn check_names(&self, root: &Section<'_>) {
        let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, group) in self.groups.iter().enumerate() {
            owners.insert(&group.name, index);
        }
        for vm in &self.vms {
            let group = vm.group.index();
            let before = owners.insert(&vm.name, group);
            let is_its_group = before == Some(group) && self.groups[group].name == vm.name;
            if before.is_some() && !is_its_group {
                let wrong = format!("two machines or groups are called `{}`", vm.name);
                let place = &self.group_names.entries[group].place;
                root.ledger.fault(place, wrong, "", "rename the group, or the rows of its inventory");
                return;
            }
        }
    }

    /// Ids of the VMs behind the name of a group or of one VM.
    pub fn find(&self, name: &str) -> Option<Vec<VmId>> {
        if let Some(group) = self.groups.iter().find(|group| group.name == name) {
            return Some(group.vm_ids().collect());
        }
        self.by_name.get(name).map(|vm| vec![*vm])
    }

    /// Reads one group; the step of its trace, if it has one.
    fn group(
        &mut self,
        name: &str,
        place: &Place,
        section: &Section<'_>,
        around: &Around<'_>,
    ) -> Option<Option<Duration>> {
        let on = around.places.stamp_names.need(section, "on").map(StampId::from_index);
        let subscription = around.places.subscription(section, "subscription", on);
        let guest = section.word("os", &[("windows", GuestSystem::Windows), ("linux", GuestSystem::Linux)]);
        if !section.has("os") {
            section.missing("os", "write os = \"windows\" or os = \"linux\"");
        }
        let size = vm_size(section, "size", around.limits);
        let supported = section.flag_or_default("supported");
        let trusted = section.flag_or_default("certificate_trusted");
        let leftover = section.flag_or_default("leftover_mobility_service");
        let together = section.flag_or_default("bursts_together");
        let members = self.members(name, section, around);
        let (members, step) = members?;
        self.check_slots(section, size, &members, around.limits);
        let disks: u64 = members.iter().map(|member| member.disks.len() as u64).sum();
        if self.disks.len() as u64 + disks > VMS_MAX {
            let wrong = format!("the scenario has {} disks or more", self.disks.len() as u64 + disks);
            section.ledger.fault(place, wrong, "", format!("at most {VMS_MAX} disks are simulated"));
            return None;
        }
        let group = GroupId::from_index(self.groups.len());
        let (on, subscription, guest, size) = (on?, subscription?, guest?, size?);
        for member in members {
            let first = self.disks.len() as u32;
            let stream = if together { format!("churn of {name}") } else { format!("churn of {}", member.name) };
            self.push_disks(&member, stream);
            self.vms.push(Vm {
                name: member.name,
                group,
                on,
                subscription,
                guest,
                size,
                disks: first..self.disks.len() as u32,
                guest_supported: supported,
                certificate_trusted: trusted,
                leftover_mobility_service: leftover,
            });
        }
        Some(step)
    }

    fn push_disks(&mut self, member: &Member, stream: String) {
        let vm = VmId::from_index(self.vms.len());
        for (disk, share) in member.disks.iter().zip(shares(&member.disks)) {
            self.disks.push(Disk { vm, size: disk.size, used: disk.used });
            self.churn.push(DiskChurn {
                model: Arc::clone(&member.churn),
                share,
                stream: stream.clone(),
                writes: member.writes.clone(),
            });
        }
    }

    /// The members of a group, from a trace, an inventory or a count; and the step of the trace.
    fn members(
        &self,
        name: &str,
        section: &Section<'_>,
        around: &Around<'_>,
    ) -> Option<(Vec<Member>, Option<Duration>)> {
        let writes = churn::writes(section);
        let inventory = section.section("from");
        let rows = inventory.as_ref().map(|from| fleet::rows(from, &format!("machines of {name}"), around.files));
        let disks = if inventory.is_none() { disks(section, around) } else { Some(Vec::new()) };
        if inventory.is_some() && section.has("disks") {
            section.fault("disks", "the disks come from the inventory", "remove `disks`, or `from`");
        }
        let own_churn = inventory.as_ref().is_some_and(|from| from.has("daily"));
        let mould = rows.unwrap_or(Some(Vec::new())).zip(disks).map(|(rows, disks)| Mould { rows, disks, writes });
        let (mut members, step) = match section.section("each_from_trace") {
            Some(trace) => self.members_of_trace(name, section, &trace, own_churn, mould, around)?,
            None => self.members_counted(name, section, inventory.is_some(), own_churn, mould, around)?,
        };
        if around.copy_whole {
            // A copy that does not know which blocks are used sends every disk whole.
            members.iter_mut().flat_map(|member| &mut member.disks).for_each(|disk| disk.used = disk.size);
        }
        Some((members, step))
    }

    /// One VM for each VM of a trace.
    fn members_of_trace(
        &self,
        name: &str,
        section: &Section<'_>,
        trace: &Section<'_>,
        own_churn: bool,
        mould: Option<Mould>,
        around: &Around<'_>,
    ) -> Option<(Vec<Member>, Option<Duration>)> {
        if own_churn {
            section.fault("from", "the churn comes from each_from_trace", "remove `daily` from the inventory");
        }
        for key in ["churn", "count"] {
            if section.has(key) {
                section.fault(key, format!("`{key}` comes from each_from_trace"), format!("remove `{key}`"));
            }
        }
        let (parsed, scale) = (Trace::of(trace, true, true), churn::scale(trace));
        let (parsed, mould) = (parsed?, mould?);
        let read = parsed.read(&format!("churn of {name}"), around.calendar, around.files, section.ledger)?;
        self.within_bounds(section, "each_from_trace", read.series.len() as u64)?;
        let rows = mould.rows_of(read.series.iter().map(|(vm, _)| vm.as_str()));
        let member = |((vm, series), row): ((String, _), usize)| {
            mould.cast(format!("{name}-{vm}"), row, &Arc::new(Churn::Trace { series, scale }))
        };
        Some((read.series.into_iter().zip(rows).map(member).collect(), Some(parsed.every)))
    }

    /// `count` machines, or one for each row of an inventory.
    fn members_counted(
        &self,
        name: &str,
        section: &Section<'_>,
        inventory: bool,
        own_churn: bool,
        mould: Option<Mould>,
        around: &Around<'_>,
    ) -> Option<(Vec<Member>, Option<Duration>)> {
        let model = churn::churn(section, name, around.calendar, around.files);
        if own_churn && section.has("churn") {
            let mend = "remove `churn`, or `daily` from the inventory";
            section.fault("churn", "the churn comes from the inventory", mend);
        } else if !own_churn && !section.has("churn") {
            let mend = "write churn.steady = { rate = \"900 KiB/s\" }, churn.daily, churn.on_off or churn.trace";
            section.missing("churn", mend);
        }
        let by_row = inventory && !section.has("count");
        if !by_row && !section.has("count") {
            section.missing("count", "write count = 12");
        }
        let count = section.count("count");
        if count == Some(0) {
            section.fault("count", "a group has at least one machine", "write count = 1, or remove the group");
        }
        let mould = mould?;
        let count = if by_row { mould.rows.len() as u64 } else { count.filter(|count| *count > 0)? };
        self.within_bounds(section, "count", count)?;
        let model = if own_churn { mould.rows.first()?.churn.clone()? } else { model? };
        let step = match model.as_ref() {
            Churn::Trace { series, .. } => Some(series.every),
            Churn::Steady { .. } | Churn::Daily { .. } | Churn::OnOff { .. } => None,
        };
        let member = |index: usize| {
            let vm = match (by_row, count) {
                (true, _) => format!("{name}-{}", mould.rows[index].name),
                (false, 1) => name.to_string(),
                (false, _) => format!("{name}-{}", index + 1),
            };
            mould.cast(vm, index, &model)
        };
        Some(((0..count as usize).map(member).collect(), step))
    }

    fn within_bounds(&self, section: &Section<'_>, key: &'static str, count: u64) -> Option<()> {
        let all = count.saturating_add(self.vms.len() as u64);
        if all > VMS_MAX {
            section.fault(key, format!("the scenario has {all} VMs"), format!("at most {VMS_MAX} VMs are simulated"));
            return None;
        }
        Some(())
    }

    fn check_slots(&self, section: &Section<'_>, size: Option<usize>, members: &[Member], limits: &Limits) {
        let Some(size) = size.map(|size| &limits.vm_sizes[size]) else { return };
        let most = members.iter().map(|member| member.disks.len()).max().unwrap_or(0);
        if most > size.data_disks as usize + 1 {
            let wrong = format!("{most} disks do not fit {}: an OS disk and {} data disks", size.name, size.data_disks);
            section.fault("size", wrong, "take a larger size, or fewer disks");
        }
    }
}

/// What the members of a group have in common.
struct Mould {
    /// Rows of an inventory, dealt to the members in turn; may be empty.
    rows: Vec<fleet::Row>,
    disks: Vec<DiskDraft>,
    writes: Writes,
}

impl Mould {
    /// Which row each machine of a trace has: that of its name where all of them have one, else in turn.
    fn rows_of<'v>(&self, vms: impl Iterator<Item = &'v str> + Clone) -> Vec<usize> {
        let by_name: BTreeMap<&str, usize> =
            self.rows.iter().enumerate().map(|(at, row)| (row.name.as_str(), at)).collect();
        let named: Option<Vec<usize>> = vms.clone().map(|vm| by_name.get(vm).copied()).collect();
        named.unwrap_or_else(|| (0..vms.count()).collect())
    }

    fn cast(&self, name: String, index: usize, churn: &Arc<Churn>) -> Member {
        let churn = Arc::clone(churn);
        let mut member = Member { name, disks: self.disks.clone(), churn, writes: self.writes.clone() };
        if !self.rows.is_empty() {
            let row = &self.rows[index % self.rows.len()];
            member.disks = row.disks.iter().map(|size| DiskDraft { size: *size, used: *size, share: None }).collect();
            if let Some(churn) = &row.churn {
                member.churn = Arc::clone(churn);
            }
            if !row.unique.is_empty() {
                member.writes.unique.clone_from(&row.unique);
            }
        }
        member
    }
}

/// The list `disks`: `"64 GiB"` or `{ size, used, share }`, OS disk first.
fn disks(section: &Section<'_>, around: &Around<'_>) -> Option<Vec<DiskDraft>> {
    let items = section.items("disks");
    if items.is_empty() {
        section.missing("disks", "write disks = [\"64 GiB\", { size = \"512 GiB\", used = \"60 %\" }]");
        return None;
    }
    let disks: Option<Vec<DiskDraft>> = items.iter().map(|item| disk(item, section, around)).collect();
    let disks = disks?;
    let given: u64 = disks.iter().filter_map(|disk| disk.share).map(|share| u64::from(share.ppm())).sum();
    let all_given = disks.iter().all(|disk| disk.share.is_some());
    if given > 1_000_000 || (all_given && given != 1_000_000) {
        let wrong = format!("the shares of the disks add up to {} %", given as f64 / 1e4);
        section.fault("disks", wrong, "let them add up to 100 %, or leave one out");
        return None;
    }
    Some(disks)
}

fn disk(item: &Node, section: &Section<'_>, around: &Around<'_>) -> Option<DiskDraft> {
    let (size, used, share, place) = if item.value.table().is_some() {
        let inner = section.item("disks", item)?;
        let size = inner.need::<Bytes>("size");
        let used = inner.node("used").map(|node| churn::share(node, "used", &inner));
        let share = inner.node("share").map(|node| churn::share(node, "share", &inner));
        if used.is_some() && around.copy_whole {
            let place = inner.place_of_key("used");
            let mend = "write replication = { initial_copy = \"used\" } to copy used blocks only, or remove it";
            inner.ledger.warn(&place, "`used` has no effect while whole disks are copied", "", mend);
        }
        let (used, share) = (used.unwrap_or(Some(Ratio::ONE)), share.map_or(Some(None), |share| share.map(Some)));
        (size?, used?, share?, inner.place_of("size"))
    } else {
        (quantity::<Bytes>(item, "disks", section.ledger)?, Ratio::ONE, None, item.place.clone())
    };
    let max = around.limits.disk_platform_max;
    if size.is_zero() || size > max {
        let wrong = format!("the platform has no disk of {size}");
        section.ledger.fault(&place, wrong, "", format!("write a size up to {max}; larger volumes are several disks"));
        return None;
    }
    Some(DiskDraft { size, used: size.share(used), share })
}

/// Shares of the disks in the VM's churn; they add up to one whole.
fn shares(disks: &[DiskDraft]) -> Vec<Ratio> {
    let given: u64 = disks.iter().filter_map(|disk| disk.share).map(|share| u64::from(share.ppm())).sum();
    let open: u128 = disks.iter().filter(|disk| disk.share.is_none()).map(|disk| u128::from(disk.size.0)).sum();
    let rest = u128::from(1_000_000u64.saturating_sub(given));
    let mut shares: Vec<u32> = disks
        .iter()
        .map(|disk| match disk.share {
            Some(share) => share.ppm(),
            None => (rest * u128::from(disk.size.0)).checked_div(open).unwrap_or(0) as u32,
        })
        .collect();
    // What rounding down left over goes to the last disk without a given share.
    let missing = 1_000_000u32.saturating_sub(shares.iter().sum());
    if let Some(last) = disks.iter().rposition(|disk| disk.share.is_none()) {
        shares[last] += missing;
    }
    shares.into_iter().map(Ratio::from_ppm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(gib: u64, share: Option<u32>) -> DiskDraft {
        DiskDraft { size: Bytes::gib(gib), used: Bytes::gib(gib), share: share.map(Ratio::percent) }
    }

    #[test]
    fn shares_follow_the_sizes_and_add_up_to_one() {
        let ppm = |disks: &[DiskDraft]| shares(disks).iter().map(|share| share.ppm()).collect::<Vec<_>>();
        assert_eq!(ppm(&[disk(100, None), disk(300, None)]), [250_000, 750_000]);
        assert_eq!(ppm(&[disk(1, None), disk(1, None), disk(1, None)]), [333_333, 333_333, 333_334]);
        assert_eq!(ppm(&[disk(100, Some(40)), disk(50, None), disk(150, None)]), [400_000, 150_000, 450_000]);
    }
}
