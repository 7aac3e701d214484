//! People, times of the platform, and settings of replication: who decides when, and how long things take.
//!
//! Defaults are assumptions (domain facts 11, rows 13 and 14: no source), meant to be overridden.

use crate::intent::Intent;
use crate::protection::Settings;
use crate::simulation::{Drills, EnablingPlan, FailBack, People, PointWish, WorkingHours};
use crate::units::{Calendar, Duration, PlanId, StampId, VmId};
use crate::world::Times;

use super::churn::share;
use super::document::Section;
use super::files::Files;
use super::laws::law_or_default;
use super::machines::Machines;
use super::spans::Value;
use super::times::{between, days};
use super::wanted::{Wanted, vms};

/// Reads `[people]`.
pub fn people(root: &Section<'_>, wanted: &Wanted, machines: &Machines, files: &Files<'_>) -> People {
    let section = root.section_or_empty("people");
    People {
        declare_disaster_after: law_or_default(&section, "declare_disaster_after", files),
        check_the_source: section.flag_or_default("check_the_source"),
        working_hours: working_hours(&section),
        recovery_point: recovery_point(&section),
        shut_down_source: section.flag_or_default("shut_down_source"),
        plan: wanted.plan_names.optional(&section, "plan").map(PlanId::from_index),
        switch_off: switch_off(&section, machines, &wanted.intent),
        commit_after: law_or_default(&section, "commit_after", files),
        drills: drills(&section, files),
        fail_back: section.section("fail_back").map(|fail_back| FailBack {
            after_source_healthy: fail_back.quantity_or_default("after_source_healthy"),
            then_wait: fail_back.quantity_or_default("then_wait"),
        }),
        enabling: enabling(&section),
        protect_again_after: section.quantity("protect_again_after"),
    }
}

/// Machines that make room: nobody protects them, and others are protected to where they stand.
fn switch_off(section: &Section<'_>, machines: &Machines, intent: &Intent) -> Vec<VmId> {
    let mut all = vms(section, "switch_off", machines);
    all.sort_unstable();
    all.dedup();
    let name = |vm: &VmId| &machines.vms[vm.index()].name;
    let is_target = |stamp: StampId| intent.protections.iter().flatten().any(|own| own.target == stamp);
    if section.ledger.has_faults() {
        return all;
    }
    if let Some(vm) = all.iter().find(|vm| intent.protection(**vm).is_some()) {
        let wrong = format!("`{}` is protected: it is not switched off for others", name(vm));
        section.fault("switch_off", wrong, "name machines that nobody protects, on a stamp to which others fail over");
    } else if let Some(vm) = all.iter().find(|vm| !is_target(machines.vms[vm.index()].on)) {
        let wrong = format!("nothing is protected to the stamp of `{}`: it makes room for nobody", name(vm));
        section.fault("switch_off", wrong, "name machines of a stamp to which others fail over");
    }
    all
}

fn working_hours(section: &Section<'_>) -> Option<WorkingHours> {
    let hours = section.section("working_hours")?;
    hours.require("between");
    let (days, between) = (days(&hours, "days"), between(&hours, "between"));
    let (from, until) = between?;
    Some(WorkingHours { days: days?, from, until })
}

fn recovery_point(section: &Section<'_>) -> PointWish {
    if let Some(Value::Table(_)) = section.node("recovery_point").map(|node| &node.value) {
        let wish = section.section("recovery_point").map(|inner| inner.need::<Duration>("older_than"));
        return wish.flatten().map_or(PointWish::LatestProcessed, PointWish::Older);
    }
    let words = [
        ("latest", PointWish::Latest),
        ("latest-processed", PointWish::LatestProcessed),
        ("latest-app-consistent", PointWish::LatestAppConsistent),
        ("latest-multi-vm", PointWish::LatestMultiVm),
        ("latest-multi-vm-app-consistent", PointWish::LatestMultiVmAppConsistent),
    ];
    if section.text("recovery_point") == Some("custom") {
        section.fault(
            "recovery_point",
            "`custom` does not say which point",
            "write recovery_point = { older_than = \"6h\" }",
        );
        return PointWish::LatestProcessed;
    }
    section.word_or_default("recovery_point", &words)
}

fn drills(section: &Section<'_>, files: &Files<'_>) -> Option<Drills> {
    let every = section.positive_span("drill_every");
    let lasts = law_or_default(section, "drill_lasts", files);
    let skipped = match section.node("drill_skipped") {
        Some(node) => share(node, "drill_skipped", section),
        None => Some(section.parsed_default("drill_skipped")),
    };
    let at_once = section.count32_or_default("drill_at_once");
    for key in ["drill_lasts", "drill_skipped", "drill_at_once"] {
        if section.has(key) && !section.has("drill_every") {
            section.fault(key, format!("`{key}` without `drill_every` has no effect"), "write drill_every = \"90d\"");
        }
    }
    Some(Drills { every: every?, lasts, skipped: skipped?, at_once })
}

fn enabling(section: &Section<'_>) -> EnablingPlan {
    let inner = section.section_or_empty("enabling");
    let (batch, gap) = (inner.count32_or_default("batch"), inner.quantity_or_default("gap"));
    if batch == 0 && inner.has("gap") {
        inner.fault("gap", "a gap between batches, but all are enabled at once", "write batch = 10");
    }
    EnablingPlan { batch, gap }
}

/// Reads `[times]`.
pub fn times(root: &Section<'_>, files: &Files<'_>) -> Times {
    let section = root.section_or_empty("times");
    let law = |key| law_or_default(&section, key, files);
    Times {
        inspect: law("inspect"),
        agent_install: law("agent_install"),
        agent_remove: law("agent_remove"),
        disk_create: law("disk_create"),
        disk_attach: law("disk_attach"),
        disk_detach: law("disk_detach"),
        disks_from_point: law("disks_from_point"),
        vm_create: law("vm_create"),
        vm_delete: law("vm_delete"),
        vm_shut_down: law("vm_shut_down"),
        boot_windows: law("boot_windows"),
        boot_linux: law("boot_linux"),
        disk_copy_overhead: law("disk_copy_overhead"),
        creates_at_once: section.count32_or_default("creates_at_once"),
        guest_reboot: law("guest_reboot"),
        unreachable_after: section.positive_span_or_default("unreachable_after"),
    }
}

/// Whether `[replication] initial_copy` asks for whole disks; needed before the machines are read.
pub fn copies_whole(section: &Section<'_>) -> bool {
    section.word_or_default("initial_copy", &[("whole", true), ("used", false)])
}

/// Reads the rest of `[replication]`.
pub fn settings(section: &Section<'_>, calendar: Calendar) -> Settings {
    Settings {
        copies_at_once: section.count32_or_default("copies_at_once"),
        resync_window: between(section, "resync_window"),
        calendar,
        census_every: section.positive_span_or_default("census_every"),
    }
}
