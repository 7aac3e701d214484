//! Every table of a plan, once: page, workbook, Markdown and CSV print the same rows.
//!
//! No machine vanishes: the table of machines has a row for each, and its totals say how many are in them.

use super::Plan;
use super::text::{self, Rows};
use crate::contract::Meter;
use crate::measure::{RunPhase, meter_name};
use crate::planner::findings::Unit;
use crate::planner::sizing::{Batch, Eligibility, Reason, Sizing, Waves};
use crate::report::numbers::{NOTHING, level, optional, seconds, share};
use crate::units::{BitRate, ByteRate, VmId};

/// A table with its name and how to read it; the first row is the head.
pub(in crate::report) struct Sheet {
    pub id: &'static str,
    pub title: &'static str,
    pub says: String,
    pub head: &'static [&'static str],
    pub rows: Rows,
}

impl Sheet {
    pub(super) fn new(
        id: &'static str,
        title: &'static str,
        says: impl Into<String>,
        head: &'static [&'static str],
    ) -> Sheet {
        Sheet { id, title, says: says.into(), head, rows: Vec::new() }
    }
}

/// The tables that have something to say, in the order of a reader's questions.
pub(in crate::report) fn sheets(plan: &Plan<'_>) -> Vec<Sheet> {
    let all = [
        super::saved::saved(plan),
        super::around::sensitivity(plan),
        ways(plan),
        what_if(plan),
        super::around::daily(plan),
        phases(plan),
        batches(plan),
        waves(plan),
        machines(plan),
        tried(plan),
    ];
    all.into_iter().filter(|sheet| !sheet.rows.is_empty()).collect()
}

fn what_if(plan: &Plan<'_>) -> Sheet {
    let says = "Other bandwidths with the other sizes as in the answer, few replications and bare estimates. The fluid knows neither points nor \
                outages nor first copies, and in it everybody waits behind whoever writes most.";
    let head = &[
        "link",
        "bandwidth",
        "replications",
        "RPO violations per replication",
        "RPO 90 % of the time",
        "RPO 100 % of the time",
        "time within the target",
        "fluid: longest wait",
        "fluid: time within",
        "targets kept",
    ];
    let mut sheet = Sheet::new("what-if", "What if the link were wider or narrower", says, head);
    for own in &plan.found.what_if {
        let ages = &own.trial.ages;
        let kept = own.trial.kept.iter().filter(|kept| **kept).count();
        sheet.rows.push(vec![
            plan.named.inventory.link(own.link).name.clone(),
            BitRate(own.bandwidth).to_string(),
            own.trial.replications.to_string(),
            format!("{:.1}", ages.violations),
            optional(Unit::Seconds, ages.p90_s),
            optional(Unit::Seconds, ages.max_s),
            optional(Unit::Share, ages.met_share),
            own.fluid_rpo.map_or_else(|| "without end".into(), |wait| seconds(wait.secs_f64())),
            own.fluid_met.map_or_else(|| NOTHING.into(), |met| share(met.as_f64())),
            format!("{kept} of {}", own.trial.kept.len()),
        ]);
    }
    sheet
}

fn ways(plan: &Plan<'_>) -> Sheet {
    let says = "Ways to meet the targets, each decided by the same bounds as the answer. The worst target is told as a share of its limit, as estimated and by the \
                far ends of the intervals: the nearer to 100 %, the greater the risk. On the front: nothing else looked at is cheaper and farther from the limits. \
                Only the answer was checked with other luck.";
    let mut sheet = Sheet::new(
        "front",
        "Price against risk",
        says,
        &["price a month", "sizes", "worst target of its limit", "at most", "replications", "front"],
    );
    for way in &plan.found.ways {
        let sizes = way.trial.values.iter();
        let sizes: Vec<String> = sizes
            .map(|(knob, value)| format!("{} {}", plan.named.called(*knob), plan.named.value(*knob, *value)))
            .collect();
        let front = if way.is_on_front { "yes" } else { "no" };
        sheet.rows.push(vec![
            format!("{:.0}", way.cost),
            sizes.join(", "),
            share(way.worst),
            share(way.worst_bound),
            way.trial.replications.to_string(),
            front.into(),
        ]);
    }
    sheet
}

/// The greatest level of everything that is limited, by phase, at the sizes of the first answer.
fn phases(plan: &Plan<'_>) -> Sheet {
    let says = "The greatest level in each phase of the life of the protection, at the answer's sizes; the cause is that of the greatest of all.";
    let head = &["resource", "phase", "peak", "of what there is", "greatest of all, and its cause"];
    let mut sheet = Sheet::new("phases", "Peaks by phase", says, head);
    let Some(first) = plan.found.questions.first() else { return sheet };
    for (meter, (peak, by_phase)) in &first.trial.peaks {
        let Some(capacity) = first.trial.capacities.get(meter) else { continue };
        for phase in RunPhase::ALL {
            let Some(greatest) = by_phase.get(&phase) else { continue };
            let cause =
                if peak.phase == phase && peak.level == *greatest { cause(plan, first, *meter) } else { String::new() };
            sheet.rows.push(vec![
                meter_name(plan.named.inventory, *meter),
                phase.name().into(),
                level(*meter, *greatest as f64),
                share(*greatest as f64 / (*capacity).max(1) as f64),
                cause,
            ]);
        }
    }
    sheet
}

fn cause(plan: &Plan<'_>, sizing: &Sizing, meter: Meter) -> String {
    let Some((peak, _)) = sizing.trial.peaks.get(&meter) else { return String::new() };
    let at = crate::report::charts::moment(peak.at);
    let outage = peak.outage.map(|kind| format!(", {}", crate::measure::outage_name(plan.named.inventory, kind)));
    let of = if peak.vms > 0 { format!(" of {} VMs", peak.vms) } else { String::new() };
    format!("{at}: {}{of}{}", peak.phase.name(), outage.unwrap_or_default())
}

fn batches(plan: &Plan<'_>) -> Sheet {
    let says = "A rule of the fluid, strictly in order: each batch has the link, at the answer's bandwidth, less the mean changes of the machines of earlier \
                batches.";
    let head = &[
        "link",
        "batch",
        "machines",
        "first and last",
        "data",
        "changes of earlier batches",
        "left for copies",
        "takes",
        "done after",
    ];
    let mut sheet = Sheet::new("batches", "First copies in batches", says, head);
    let name = |vm: Option<&VmId>| vm.map_or("", |vm| plan.named.inventory.vm(*vm).name.as_str());
    let row = |(index, own): (usize, &Batch)| {
        let (first, last) = (name(own.vms.first()), name(own.vms.last()));
        let span =
            |span: Option<crate::units::Duration>| span.map_or_else(|| "never".into(), |span| seconds(span.secs_f64()));
        vec![
            plan.named.inventory.link(own.link).name.clone(),
            (index + 1).to_string(),
            own.vms.len().to_string(),
            if first == last { first.into() } else { format!("{first} … {last}") },
            own.data.to_string(),
            own.delta.bits().to_string(),
            own.free.bits().to_string(),
            span(own.takes),
            span(own.done_after),
        ]
    };
    sheet.rows = plan.batches.iter().enumerate().map(row).collect();
    sheet
}

fn waves(plan: &Plan<'_>) -> Sheet {
    let says = "All machines of an appliance brought home at once: the disks of a machine are attached together, so waves are packed into the free slots.";
    let head =
        &["appliance", "disks", "free slots", "waves", "machines in each", "one size up", "its slots", "its waves"];
    let mut sheet = Sheet::new("waves", "Re-protection in waves", says, head);
    let row = |own: &Waves| {
        let (count, machines) = match &own.waves {
            Ok(waves) => {
                let sizes: Vec<String> = waves.iter().map(|wave| wave.len().to_string()).collect();
                (waves.len().to_string(), sizes.join(", "))
            }
            Err(refused) => {
                let names: Vec<&str> = refused.iter().map(|vm| plan.named.inventory.vm(*vm).name.as_str()).collect();
                ("refused".into(), format!("more disks than slots: {}", names.join(", ")))
            }
        };
        let (size, slots, then) = match own.one_size_up {
            Some((size, slots, waves)) => (
                plan.named.inventory.limits.vm_sizes[size].name.clone(),
                slots.to_string(),
                waves.map_or_else(|| "refused".into(), |waves| waves.to_string()),
            ),
            None => (NOTHING.into(), NOTHING.into(), NOTHING.into()),
        };
        let name = plan.named.inventory.appliance(own.appliance).name.clone();
        vec![name, own.disks.to_string(), own.slots.to_string(), count, machines, size, slots, then]
    };
    sheet.rows = plan.waves.iter().map(row).collect();
    sheet
}

/// A row for every machine of the inventory.
fn machines(plan: &Plan<'_>) -> Sheet {
    let (all, not) = (plan.machines.len(), plan.machines.iter().filter(|own| !own.against.is_empty()).count());
    let noted = plan.machines.iter().filter(|own| own.against.is_empty() && !own.notes.is_empty()).count();
    let out = plan.machines.iter().filter(|own| own.against.contains(&Reason::LeftOut)).count();
    let left = if out > 0 { format!(" ({out} of them left out on request)") } else { String::new() };
    let says = format!(
        "{all} machines: {} eligible, {noted} of them with a note, {not} not{left}. What is protected in the scenario is simulated as the scenario says, eligible or \
         not: nothing is taken out of a total.",
        all - not
    );
    let head = &["machine", "group", "eligible", "reason or note", "disks", "size", "mean changes"];
    let mut sheet = Sheet::new("machines", "Every machine", says, head);
    let row = |(own, rate): (&Eligibility, &f64)| {
        let (inventory, vm) = (plan.listed(), plan.listed().vm(own.vm));
        let word = match (own.against.is_empty(), own.notes.is_empty()) {
            (false, _) => "no",
            (true, false) => "yes, with a note",
            (true, true) => "yes",
        };
        let reasons: Vec<String> = own.against.iter().chain(&own.notes).map(reason).collect();
        vec![
            vm.name.clone(),
            inventory.group(vm.group).name.clone(),
            word.into(),
            reasons.join("; "),
            inventory.disks_of(own.vm).len().to_string(),
            inventory.disk_bytes(own.vm).to_string(),
            ByteRate(rate.round() as u64).to_string(),
        ]
    };
    sheet.rows = plan.machines.iter().zip(&plan.rates).map(row).collect();
    sheet
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::NotWanted => "nobody protects it".into(),
        Reason::LeftOut => "left out on request".into(),
        Reason::DisksLeftOut { disks, size } => format!("{disks} of its disks ({size}) left out on request"),
        Reason::ForcedIn => "forced in on request, and in every total".into(),
        Reason::GuestUnsupported => "its guest system is not on the product's list".into(),
        Reason::LeftoverMobilityService => {
            "an earlier mobility service is still in the guest: enabling is refused".into()
        }
        Reason::DiskTooLarge { size, most } => format!("a disk of {size}; at most {most} can be protected"),
        Reason::MoreDisksThanSlots { disks, slots } => format!("{disks} disks, {slots} slots: re-protect is refused"),
        Reason::CertificateNotTrusted => "the certificate is not trusted in the guest: re-protect is refused".into(),
        Reason::FailbackPolicyMissing => "no failback policy or extension is named: re-protect is refused".into(),
        Reason::NoTestNetwork => "no test network: drills are refused".into(),
        Reason::DiskBusy { rate, most } => {
            format!("a disk changes {} in the mean; one disk moves at most {}", ByteRate(*rate), ByteRate(*most))
        }
    }
}

fn tried(plan: &Plan<'_>) -> Sheet {
    let head = &[
        "values",
        "replications",
        "RPO violations",
        "RPO 90 % of the time",
        "RPO worst",
        "time within target",
        "targets",
    ];
    let mut sheet =
        Sheet::new("tried", "Everything that was tried", "Glances have few replications and decide nothing.", head);
    sheet.rows = text::tried_rows(plan);
    sheet
}
