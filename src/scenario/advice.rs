//! Warnings: input that is allowed and probably not meant.
//!
//! * A trace whose step is not well below an RPO target hides bursts: all that a group wrote in one step may have been written at its
//!   begin, so that much more waits for the link than the series shows. We say how much at worst, and how long it waits: the fullest
//!   step's bytes, as they are sent, over the link's bandwidth.
//! * An appliance whose disks need more operations in the mean than its processor makes never catches up (domain facts 5.1).
//! * Disks beyond the protectable limit get stuck in initial replication.
//! * Declared things that nothing uses, and targets of which nothing can be seen.

use std::ops::ControlFlow;

use crate::contract::Command;
use crate::intent::{Measure, Scope, Target};
use crate::inventory::Limits;
use crate::simulation::People;
use crate::units::{ByteRate, Bytes, Duration, Timestamp};
use crate::world::{Churn, OutageSpec};

use super::ledger::Ledger;
use super::machines::Machines;
use super::names::Names;
use super::places::Places;
use super::spans::Place;
use super::wanted::Wanted;

/// What happens in the scenario.
pub struct Happening<'a> {
    pub outages: &'a [OutageSpec],
    pub script: &'a [(Timestamp, Command)],
    pub people: &'a People,
}

/// Writes all warnings to the ledger.
pub fn advise(
    places: &Places,
    machines: &Machines,
    wanted: &Wanted,
    limits: &Limits,
    happening: &Happening<'_>,
    ledger: &Ledger,
) {
    coarse_traces(places, machines, wanted, limits, ledger);
    large_disks(machines, wanted, limits, ledger);
    crowded_appliances(places, machines, wanted, limits, ledger);
    unused(places, machines, wanted, ledger);
    unused_plans(wanted, happening, ledger);
    nothing_to_measure(wanted, happening, ledger);
    if happening.people.drills.is_some() {
        drills_without_network(machines, wanted, ledger);
    }
}

fn coarse_traces(places: &Places, machines: &Machines, wanted: &Wanted, limits: &Limits, ledger: &Ledger) {
    for (index, step) in machines.trace_steps.iter().enumerate() {
        let Some(step) = *step else { continue };
        let Some(rpo) = strictest_rpo(&wanted.intent.targets, index) else { continue };
        // Two steps per target are the least from which a burst can be told from a steady stream.
        if step.ns() * 2 <= rpo.ns() {
            continue;
        }
        let wrong = format!("the trace has one value in {step}, the RPO target is {rpo}");
        let fullest = fullest_step(machines, index, limits);
        let wait = bandwidth_of(places, machines, wanted, index).and_then(|rate| rate.time_for(fullest));
        let waits = wait.map_or(String::new(), |wait| format!(" and wait up to {wait} for the link"));
        let mend = format!(
            "a burst inside a step stays hidden: {fullest} may be sent at once{waits}; measure at {} or finer",
            Duration::from_ns(rpo.ns() / 4)
        );
        ledger.warn(&machines.group_names.entries[index].place, wrong, "", mend);
    }
}

fn strictest_rpo(targets: &[Target], group: usize) -> Option<Duration> {
    let about = |target: &&Target| match &target.scope {
        Scope::Everything => true,
        Scope::Group(id) => id.index() == group,
        Scope::Cache(_) => false,
    };
    let limit = |target: &Target| match &target.measure {
        Measure::RpoAtFailure | Measure::RpoUsed | Measure::RpoOverTime => Some(Duration::from_secs_f64(target.limit)),
        Measure::RpoAbove(threshold) => Some(*threshold),
        Measure::Rto
        | Measure::DataLost
        | Measure::CacheUsed
        | Measure::CacheOverflow
        | Measure::Availability
        | Measure::InitialReplication
        | Measure::Reprotect
        | Measure::Failback
        | Measure::RefusedOperations => None,
    };
    targets.iter().filter(about).filter_map(limit).min()
}

/// Most data that a group sends for one step of its trace: of all its machines together, which share the link.
fn fullest_step(machines: &Machines, group: usize, limits: &Limits) -> Bytes {
    let mut sums: Vec<u128> = Vec::new();
    let mut step = Duration::ZERO;
    for vm in &machines.vms[machines.groups[group].vms.start as usize..machines.groups[group].vms.end as usize] {
        let churn = &machines.churn[vm.disks.start as usize];
        let Churn::Trace { series, scale } = churn.model.as_ref() else { continue };
        let (ppm, _) = churn.writes.replicated(limits.write_floor);
        sums.resize(sums.len().max(series.rates.len()), 0);
        step = series.every;
        for (sum, rate) in sums.iter_mut().zip(series.rates.iter()) {
            *sum += u128::from(ByteRate(u64::from(*rate)).share(*scale).0) * ppm / 1_000_000;
        }
    }
    let most = sums.into_iter().max().unwrap_or_default();
    ByteRate(u64::try_from(most).unwrap_or(u64::MAX)).over(step)
}

/// The link that the first protected machine of a group takes.
fn bandwidth_of(places: &Places, machines: &Machines, wanted: &Wanted, group: usize) -> Option<ByteRate> {
    let protection = machines.groups[group].vm_ids().find_map(|vm| wanted.intent.protection(vm))?;
    let link = places.appliances[protection.appliance.index()].link;
    Some(places.links[link.index()].bandwidth.bytes())
}

/// Plans that no people, no order and no other plan follow.
fn unused_plans(wanted: &Wanted, happening: &Happening<'_>, ledger: &Ledger) {
    let is_run = |index: usize| {
        happening.people.plan.is_some_and(|plan| plan.index() == index)
            || happening.script.iter().any(|(_, command)| match command {
                Command::RunPlan { plan, .. } => plan.index() == index,
                _ => false,
            })
    };
    for (index, entry) in wanted.plan_names.entries.iter().enumerate() {
        if !wanted.plan_used[index] && !is_run(index) {
            let wrong = format!("plan `{}` is followed by nobody", entry.name);
            ledger.warn(&entry.place, wrong, "no effect", "write plan = \"…\" in [people] or in an order to run it");
        }
    }
}

/// Targets about failures, where nothing ever fails and nothing is failed over.
fn nothing_to_measure(wanted: &Wanted, happening: &Happening<'_>, ledger: &Ledger) {
    let fails_over = |command: &Command| matches!(command, Command::FailOver { .. } | Command::RunPlan { .. });
    if !happening.outages.is_empty() || happening.script.iter().any(|(_, command)| fails_over(command)) {
        return;
    }
    for (target, place) in wanted.intent.targets.iter().zip(&wanted.target_places) {
        if matches!(
            target.measure,
            Measure::RpoAtFailure
                | Measure::RpoUsed
                | Measure::Rto
                | Measure::DataLost
                | Measure::Reprotect
                | Measure::Failback
        ) {
            let wrong = format!("nothing fails here, so `{}` is never measured", target.text);
            let mend = "add an [[outage.…]], or an order to fail over; rpo_over_time needs neither";
            ledger.warn(place, wrong, "no effect", mend);
        }
    }
}

fn large_disks(machines: &Machines, wanted: &Wanted, limits: &Limits, ledger: &Ledger) {
    for (index, group) in machines.groups.iter().enumerate() {
        let large = group.vm_ids().filter(|vm| wanted.intent.protection(*vm).is_some()).try_for_each(|vm| {
            let disks = machines.vms[vm.index()].disks.clone();
            match disks.map(|disk| machines.disks[disk as usize].size).find(|size| *size > limits.disk_protected_max) {
                Some(size) => ControlFlow::Break((vm, size)),
                None => ControlFlow::Continue(()),
            }
        });
        if let ControlFlow::Break((vm, size)) = large {
            let wrong = format!("a disk of `{}` has {size}", machines.vms[vm.index()].name);
            let mend = format!(
                "it will be stuck in initial replication; move its data to disks of at most {} ({})",
                limits.disk_protected_max,
                limits.source("disk_protected_max")
            );
            ledger.warn(&machines.group_names.entries[index].place, wrong, "cannot be protected", mend);
        }
    }
}

/// What disks write in the mean, and as many operations again up to the cost of a disk, are more than an appliance makes.
fn crowded_appliances(places: &Places, machines: &Machines, wanted: &Wanted, limits: &Limits, ledger: &Ledger) {
    let envelope = &limits.envelope;
    if envelope.ops_max_milli == 0 {
        return;
    }
    let mut needs = vec![(0u64, 0u64); places.appliances.len()];
    for (vm, protection) in machines.vms.iter().zip(&wanted.intent.protections) {
        let Some(protection) = protection else { continue };
        let (disks, milli) = &mut needs[protection.appliance.index()];
        for churn in &machines.churn[vm.disks.start as usize..vm.disks.end as usize] {
            let operations = churn.mean_ops_milli(limits.write_floor);
            *milli = milli.saturating_add(operations).saturating_add(operations.min(envelope.disk_ops_milli));
            *disks += 1;
        }
    }
    for (index, (disks, milli)) in needs.into_iter().enumerate().filter(|(_, n)| n.1 > envelope.ops_max_milli) {
        let name = &places.appliance_names.entries[index];
        let (needed, most) = (milli / 1_000, envelope.ops_max_milli / 1_000);
        let wrong = format!("the {disks} disks of appliance `{}` need {needed} operations/s in the mean", name.name);
        let mend = format!(
            "the calibrated envelope ends at {most}, so it never catches up; deal the machines to several: \
             appliance = [\"a1\", \"a2\"]"
        );
        ledger.warn(&name.place, wrong, "", mend);
    }
}

fn unused(places: &Places, machines: &Machines, wanted: &Wanted, ledger: &Ledger) {
    let say = |names: &Names, index: usize, why: &str, mend: &str| {
        let entry = &names.entries[index];
        let place: &Place = &entry.place;
        ledger.warn(place, format!("{} `{}` {why}", names.kind, entry.name), "no effect", mend);
    };
    for (index, _) in wanted.policy_used.iter().enumerate().filter(|(_, used)| !**used) {
        say(&wanted.policy_names, index, "protects nothing", "name it in a [protect.…], or remove it");
    }
    for (index, _) in places.link_used.iter().enumerate().filter(|(_, used)| !**used) {
        say(&places.link_names, index, "is used by no appliance", "name it as `link` of an appliance, or remove it");
    }
    for (index, _) in wanted.appliance_used.iter().enumerate().filter(|(_, used)| !**used) {
        say(&places.appliance_names, index, "replicates nothing", "name it in a [protect.…], or remove it");
    }
    for index in 0..places.caches.len() {
        if !places.appliances.iter().any(|appliance| appliance.cache.index() == index) {
            say(
                &places.cache_names,
                index,
                "is used by no appliance",
                "name it as `cache` of an appliance, or remove it",
            );
        }
    }
    for (index, group) in machines.groups.iter().enumerate() {
        if !group.vm_ids().any(|vm| wanted.intent.protection(vm).is_some()) {
            let mend = "add a [protect.…] for it; unprotected machines only take room";
            say(&machines.group_names, index, "is not protected", mend);
        }
    }
}

fn drills_without_network(machines: &Machines, wanted: &Wanted, ledger: &Ledger) {
    for (index, group) in machines.groups.iter().enumerate() {
        let without = |vm| wanted.intent.protection(vm).is_some_and(|protection| protection.test_network.is_none());
        if group.vm_ids().any(without) {
            let wrong = format!("drills are wanted, but `{}` has no test network", group.name);
            let place = &machines.group_names.entries[index].place;
            ledger.warn(place, wrong, "drills will be refused", "write to = { …, test_network = \"drill\" }");
        }
    }
}
