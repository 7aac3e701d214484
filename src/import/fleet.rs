//! Inventory and counters put together: every machine once, with a VM size of the profile, its disks, and what it writes.
//!
//! A counter belongs to the machine of its name: written alike, else in another case, else without the domain, else to the machine that has a
//! disk of that name. Machines without counters write an assumed share of their disks a day; counters without a machine are not counted
//! where there is an inventory. Both are named, with what they weigh. A machine that cannot be simulated is named with the number that is why.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::limits::Limits;
use crate::inventory::{DISKS_MAX, VmSize};
use crate::units::{ByteRate, Bytes, counted};

use super::blocks::Study;
use super::estate::{Guest, Machine, Place, Power};
use super::meter::{Clock, Defects, Measured, Rates};
use super::notes::{Fault, Notes, named, shown};
use super::{Import, Options, Seen, Windows, azure};

/// Assumed of a machine of which only counters are known.
const DISK_ASSUMED: Bytes = Bytes::gib(128);

/// What a machine writes.
#[derive(Clone, Debug)]
pub enum Writing {
    Measured(Rates),
    /// One number [bytes/s].
    Mean(f64),
}

/// A machine as the scenario will have it.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    pub guest: Guest,
    /// Index into the limits' VM sizes.
    pub size: usize,
    /// OS disk first.
    pub disks: Vec<Bytes>,
    pub writing: Writing,
    /// Mean size of a write, where it was measured [bytes].
    pub block: Option<u64>,
    /// Written and distinct bytes by window [ms].
    pub windows: Windows,
}

impl Member {
    pub fn mean(&self) -> f64 {
        match &self.writing {
            Writing::Measured(rates) => rates.mean(),
            Writing::Mean(rate) => *rate,
        }
    }

    pub fn bytes(&self) -> Bytes {
        self.disks.iter().copied().sum()
    }

    /// Its series, where it was measured.
    pub fn rates(&self) -> Option<&Rates> {
        match &self.writing {
            Writing::Measured(rates) => Some(rates),
            Writing::Mean(_) => None,
        }
    }
}

/// All machines, and how they were measured.
#[derive(Debug)]
pub struct Fleet {
    pub members: Vec<Member>,
    pub step_s: i64,
    /// First step of all series, where any was measured.
    pub first: Option<i64>,
    pub clock: Clock,
    /// Usual interval of the samples [s].
    pub interval_s: i64,
    pub defects: Defects,
    /// What is assumed, a line each.
    pub assumed: Vec<String>,
}

/// What was assumed of which machines.
type Assumed = BTreeMap<String, Vec<String>>;

impl Import {
    /// Puts everything together.
    ///
    /// # Errors
    /// No machine is left.
    pub fn fleet(mut self, options: &Options, limits: &Limits) -> Result<(Fleet, Notes), Fault> {
        azure::put_together(&mut self);
        let Import { estate, meter, mut notes, seen, studies, mut shares, .. } = self;
        for (vm, study) in &studies {
            tell_study(vm, study, &mut notes);
            let written = study.written as f64;
            let curve = study.curve().into_iter().map(|(window, share)| (window, (written, written * share)));
            shares.entry(vm.clone()).or_default().extend(curve);
        }
        let mut measured = meter.finish();
        let silent: Vec<&str> =
            seen.keys().map(String::as_str).filter(|name| !measured.series.contains_key(*name)).collect();
        if !silent.is_empty() {
            notes.remark(format!("no sample of these machines can be used: {}", named(silent.into_iter())));
        }
        let mut machines = estate.machines;
        let names = if machines.is_empty() {
            machines = from_counters(&measured, &seen, &studies);
            measured.series.keys().map(|name| (name.clone(), name.clone())).collect()
        } else {
            join(&machines, &mut measured, &mut notes)
        };
        let mut builder = Builder {
            options,
            limits,
            notes,
            assumed: Assumed::new(),
            left_out: BTreeMap::new(),
            step_s: measured.step_s,
        };
        let (mut series, counters_of) = by_machine(&mut measured, &names);
        let mut members = Vec::new();
        for (name, machine) in machines {
            let counter = counters_of.get(&name);
            let known = counter.and_then(|counter| seen.get(counter));
            let Some(mut member) = builder.member(machine, known, series.remove(&name)) else { continue };
            if let Some(counter) = counter {
                member.block = studies.get(counter).map(Study::block);
                member.windows = shares.remove(counter).unwrap_or_default();
            }
            members.push(member);
        }
        builder.tell_left_out();
        let Builder { notes, assumed, .. } = builder;
        if members.is_empty() {
            return Err(nobody(&notes));
        }
        let line =
            |(what, names): (&String, &Vec<String>)| format!("{what}: {}", named(names.iter().map(String::as_str)));
        let assumed = assumed.iter().map(line).collect();
        let Measured { step_s, clock, interval_s, doublings, defects, .. } = measured;
        let first = members.iter().filter_map(Member::rates).map(|rates| rates.from).min();
        let mut fleet = Fleet { members, first, step_s, clock, interval_s, defects, assumed };
        if doublings > 0 {
            let minutes = step_s / 60;
            fleet.assumed.push(format!("the steps were widened to {minutes}m, so that the series fit into memory"));
        }
        Ok((fleet, notes))
    }
}

fn nobody(notes: &Notes) -> Fault {
    let mend = format!("see what was not used; {}", notes.remarks().join("; "));
    Fault::new("import", 0, "no machine is left to be written", mend)
}

/// The series of each machine, and one of the names that its counters have.
fn by_machine(
    measured: &mut Measured,
    names: &BTreeMap<String, String>,
) -> (BTreeMap<String, Rates>, BTreeMap<String, String>) {
    let (mut series, mut counters) = (BTreeMap::<String, Rates>::new(), BTreeMap::new());
    for (counter, rates) in std::mem::take(&mut measured.series) {
        let Some(machine) = names.get(&counter) else { continue };
        counters.insert(machine.clone(), counter);
        match series.get_mut(machine) {
            Some(sum) => sum.add(rates.from, &rates.rates),
            None => drop(series.insert(machine.clone(), rates)),
        }
    }
    (series, counters)
}

/// Machines of which only counters are known.
fn from_counters(
    measured: &Measured,
    seen: &BTreeMap<String, Seen>,
    studies: &BTreeMap<String, Study>,
) -> BTreeMap<String, Machine> {
    let machine = |name: &String| {
        let mut machine = Machine::new(name, Place { file: String::new(), line: 0 });
        if let Some(seen) = seen.get(name) {
            (machine.guest, machine.cores, machine.memory) = (seen.guest, seen.cores, seen.memory);
        }
        if let Some(study) = studies.get(name) {
            machine.disks = study
                .ends
                .iter()
                .enumerate()
                .map(|(index, (disk, end))| super::estate::Disk {
                    name: disk.to_string(),
                    // As far as it was touched: a lower bound, to the next GiB.
                    size: Bytes(end.div_ceil(1 << 30).max(1) << 30),
                    is_os: index == 0,
                })
                .collect();
        }
        (name.clone(), machine)
    };
    measured.series.keys().map(machine).collect()
}

/// Which machine each counter belongs to. Those of nobody are named.
fn join(machines: &BTreeMap<String, Machine>, measured: &mut Measured, notes: &mut Notes) -> BTreeMap<String, String> {
    let label = |name: &str| name.split('.').next().unwrap_or(name).to_lowercase();
    let mut by: [BTreeMap<String, BTreeSet<&str>>; 3] = Default::default();
    for (name, machine) in machines {
        by[0].entry(name.to_lowercase()).or_default().insert(name);
        by[1].entry(label(name)).or_default().insert(name);
        for disk in &machine.disks {
            by[2].entry(disk.name.to_lowercase()).or_default().insert(name);
        }
    }
    let only = |set: Option<&BTreeSet<&str>>| {
        set.filter(|set| set.len() == 1).and_then(|set| set.first().map(|name| (*name).to_string()))
    };
    let (mut names, mut unknown, mut otherwise) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (counter, rates) in &measured.series {
        let found = if machines.contains_key(counter) {
            Some(counter.clone())
        } else {
            let keys = [counter.to_lowercase(), label(counter), counter.to_lowercase()];
            let found = keys.iter().zip(&by).find_map(|(key, by)| only(by.get(key)));
            otherwise.extend(found.iter().map(|machine| format!("{counter} is {machine}")));
            found
        };
        match found {
            Some(machine) => drop(names.insert(counter.clone(), machine)),
            None => unknown.push((counter.clone(), rates.mean())),
        }
    }
    if !otherwise.is_empty() {
        notes.remark(format!("names that are written otherwise: {}", named(otherwise.iter().map(String::as_str))));
    }
    if !unknown.is_empty() {
        let rate = ByteRate(unknown.iter().map(|(_, rate)| *rate).sum::<f64>() as u64);
        let list = named(unknown.iter().map(|(name, _)| name.as_str()));
        let count = counted(unknown.len() as u64, "machine");
        notes.remark(format!(
            "counters of {count} that the inventory does not have, {rate} in the mean, are not counted: {list}"
        ));
    }
    measured.series.retain(|counter, _| names.contains_key(counter));
    names
}

/// What a block trace showed, with numbers.
fn tell_study(vm: &str, study: &Study, notes: &mut Notes) {
    let curve: Vec<String> = study
        .curve()
        .iter()
        .map(|(w, s)| format!("{} {:.1} %", crate::units::Duration::secs(*w as u64 / 1_000), s * 100.0))
        .collect();
    let curve = if curve.is_empty() { "the trace is too short for a window".to_string() } else { curve.join(", ") };
    let burst =
        study.burst().map_or(String::new(), |burst| format!("; the highest second is {burst:.0} times the mean"));
    let sizes: Vec<String> = shares_of_sizes(study);
    notes.remark(format!(
        "{vm}: {} of {} in {} writes, {} in the mean ({}){burst}; distinct: {curve}",
        Bytes(study.written),
        crate::units::Duration::secs(study.lasted() as u64 / 1_000),
        study.writes,
        Bytes(study.block()),
        sizes.join(", "),
    ));
}

/// The commonest sizes of writes, up to three.
fn shares_of_sizes(study: &Study) -> Vec<String> {
    let mut sizes: Vec<(&u64, &u64)> = study.sizes.iter().collect();
    sizes.sort_by_key(|(size, count)| (std::cmp::Reverse(**count), **size));
    let share = |count: u64| count as f64 / study.writes.max(1) as f64 * 100.0;
    sizes.iter().take(3).map(|(size, count)| format!("{:.0} % up to {}", share(**count), Bytes(**size))).collect()
}

/// Most disks of a machine of this size: its OS disk and data disks, as far as a scenario takes them.
fn disks_most(size: &VmSize) -> u64 {
    (u64::from(size.data_disks) + 1).min(DISKS_MAX)
}

struct Builder<'o> {
    options: &'o Options,
    limits: &'o Limits,
    notes: Notes,
    assumed: Assumed,
    /// Machines that are not written, by reason, and their disks together.
    left_out: BTreeMap<String, (Vec<String>, Bytes)>,
    step_s: i64,
}

impl Builder<'_> {
    fn leave_out(&mut self, reason: &str, name: &str, bytes: Bytes) {
        let (names, sum) = self.left_out.entry(reason.to_string()).or_default();
        names.push(name.to_string());
        *sum += bytes;
    }

    /// Names the machines that are not written, with what they weigh.
    fn tell_left_out(&mut self) {
        for (reason, (names, bytes)) in &self.left_out {
            let (count, list) = (counted(names.len() as u64, "machine"), named(names.iter().map(String::as_str)));
            self.notes.remark(format!("{count} of {bytes} left out ({reason}): {list}"));
        }
    }

    fn assume(&mut self, what: impl Into<String>, of: &str) {
        self.assumed.entry(what.into()).or_default().push(of.to_string());
    }

    /// The machine as it is written; `None` where it cannot be, which is told.
    fn member(&mut self, machine: Machine, seen: Option<&Seen>, rates: Option<Rates>) -> Option<Member> {
        let name = shown(machine.name.trim());
        if machine.power == Power::Off && !self.options.with_off && rates.is_none() {
            self.notes.unused(&machine.place.file, machine.place.line, "a machine that is off; --with-off takes them");
            self.leave_out("off", &name, machine.bytes());
            return None;
        }
        let guest = machine.guest.or(seen.and_then(|seen| seen.guest));
        let guest = guest.unwrap_or_else(|| {
            self.assume(
                format!("the system of these machines is {} (--os says another)", self.options.os.word()),
                &name,
            );
            self.options.os
        });
        let disks = self.disks(&machine, &name);
        let parts: u64 = disks.iter().map(|disk| disk.0.div_ceil(self.limits.disk_protected_max.0.max(1))).sum();
        if parts > disks.len() as u64 {
            let most = self.limits.disk_protected_max;
            self.assume(
                format!("disks above {most}, which cannot be protected, are written as several of equal size"),
                &name,
            );
        }
        let size = self.size(&machine, seen, parts, &name)?;
        let writing = self.writing(&machine, rates, &disks, &name);
        Some(Member { name, guest, size, disks, writing, block: None, windows: Windows::new() })
    }

    fn disks(&mut self, machine: &Machine, name: &str) -> Vec<Bytes> {
        // The OS disk is named first.
        let mut ordered: Vec<_> = machine.disks.iter().collect();
        ordered.sort_by_key(|disk| !disk.is_os);
        let mut disks: Vec<Bytes> = ordered.iter().map(|disk| disk.size).collect();
        if disks.is_empty()
            && let Some(all) = machine.storage
        {
            self.assume("all disks of these machines are one, since only their sum is known", name);
            disks.push(all);
        }
        if disks.iter().any(|disk| disk.is_zero()) {
            self.assume(format!("disks of these machines whose size is not known have {DISK_ASSUMED}"), name);
            disks.iter_mut().filter(|disk| disk.is_zero()).for_each(|disk| *disk = DISK_ASSUMED);
        }
        if disks.is_empty() {
            self.assume(format!("these machines have one disk of {DISK_ASSUMED}, since none is known"), name);
            disks.push(DISK_ASSUMED);
        }
        disks
    }

    /// Its own VM size where the profile has it, else the smallest that holds cores, memory and disks.
    fn size(&mut self, machine: &Machine, seen: Option<&Seen>, disks: u64, name: &str) -> Option<usize> {
        let holds = |index: usize| disks <= disks_most(&self.limits.vm_sizes[index]);
        let own = machine.size.as_ref().and_then(|own| self.limits.vm_size(own));
        if let Some(own) = own.filter(|own| holds(*own)) {
            return Some(own);
        }
        let cores = machine.cores.or(seen.and_then(|seen| seen.cores));
        let memory = machine.memory.or(seen.and_then(|seen| seen.memory));
        let all = 0..self.limits.vm_sizes.len();
        let order = |index: &usize| {
            let size = &self.limits.vm_sizes[*index];
            (size.cores, size.memory, size.data_disks, *index)
        };
        let (wanted_cores, wanted_memory) = (cores.unwrap_or(2), memory.unwrap_or(Bytes::gib(7)));
        let fits = |index: &usize| {
            let size = &self.limits.vm_sizes[*index];
            holds(*index) && size.cores >= wanted_cores && size.memory >= wanted_memory
        };
        // Sizes with cores switched off are for licences; nobody gets one by chance.
        let plain = |index: &usize| !self.limits.vm_sizes[*index].name.contains('-');
        let roomy: Vec<usize> = all.filter(|index| holds(*index) && plain(index)).collect();
        let Some(largest) =
            roomy.iter().copied().max_by_key(|index| (self.limits.vm_sizes[*index].memory, order(index)))
        else {
            let most = self.limits.vm_sizes.iter().map(disks_most).max().unwrap_or(0);
            self.notes.unused(&machine.place.file, machine.place.line, "more disks than any VM size holds");
            self.leave_out(
                &format!("{disks} disks of what the platform has, and no size holds more than {most}"),
                name,
                machine.bytes(),
            );
            return None;
        };
        let found = roomy.iter().copied().filter(fits).min_by_key(order);
        let size = &self.limits.vm_sizes[found.unwrap_or(largest)];
        let what = match (found, &machine.size) {
            (None, _) => format!(
                "no size holds {wanted_cores} cores and {wanted_memory}; {} is written, so that they are not left out",
                size.name
            ),
            (_, Some(own)) => {
                format!("the profile has no {own} with so many disks; {} is the smallest that holds them", size.name)
            }
            _ if cores.is_none() || memory.is_none() => {
                "the size of these machines is the smallest for 2 cores and 7 GiB where cores or memory are not known"
                    .to_string()
            }
            _ => "the size of these machines is the smallest that holds their cores, memory and disks".to_string(),
        };
        self.assume(what, name);
        Some(found.unwrap_or(largest))
    }

    fn writing(&mut self, machine: &Machine, rates: Option<Rates>, disks: &[Bytes], name: &str) -> Writing {
        if let Some(rates) = rates.filter(|rates| rates.known().next().is_some()) {
            let known = rates.known().count() as i64 * self.step_s;
            if known < 86_400 {
                let span = crate::units::Duration::secs(known as u64);
                self.assume(
                    format!("these machines were measured for less than a day (the first {span}): it repeats"),
                    name,
                );
            }
            return Writing::Measured(rates);
        }
        if let Some(rate) = machine.write_rate {
            self.assume("these machines write the mean that the inventory tells, day and night", name);
            return Writing::Mean(rate);
        }
        let bytes: Bytes = disks.iter().copied().sum();
        let share = self.options.daily_change;
        self.assume(
            format!("no counters: these machines write {share} of their disks a day (--daily-change), day and night"),
            name,
        );
        Writing::Mean(bytes.0 as f64 * share.as_f64() / 86_400.0)
    }
}
