//! People, times of the platform, and settings of replication: who decides when, and how long things take.
//!
//! Defaults are assumptions (domain facts 11, rows 13 and 14: no source), meant to be overridden.

use crate::kernel::Law;
use crate::protection::Settings;
use crate::simulation::{Drills, EnablingPlan, FailBack, People, PointWish, WorkingHours};
use crate::units::{Calendar, Duration, PlanId, Ratio};
use crate::world::Times;

use super::churn::share;
use super::document::{Section, absent};
use super::files::Files;
use super::laws::law_or;
use super::names::Names;
use super::spans::Value;
use super::times::{between, days};

fn triangular(low: Duration, mode: Duration, high: Duration) -> Law {
    Law::Triangular { low, mode, high }
}

/// Reads `[people]`.
pub fn people(root: &Section<'_>, plans: &Names, files: &Files<'_>) -> People {
    let section = root.section("people").unwrap_or_else(|| absent("people", root.ledger));
    let (minutes, hours) = (Duration::minutes, Duration::hours);
    let declare = triangular(minutes(10), minutes(30), hours(2));
    let commit = triangular(minutes(30), hours(1), hours(4));
    People {
        declare_disaster_after: law_or(&section, "declare_disaster_after", files, declare),
        check_the_source: section.flag("check_the_source").unwrap_or(true),
        working_hours: working_hours(&section),
        recovery_point: recovery_point(&section),
        shut_down_source: section.flag("shut_down_source").unwrap_or(false),
        plan: plans.optional(&section, "plan").map(PlanId::from_index),
        commit_after: law_or(&section, "commit_after", files, commit),
        drills: drills(&section, files),
        fail_back: section.section("fail_back").map(|fail_back| FailBack {
            after_source_healthy: fail_back.quantity("after_source_healthy").unwrap_or(hours(4)),
            then_wait: fail_back.quantity("then_wait").unwrap_or(hours(1)),
        }),
        enabling: enabling(&section),
        protect_again_after: section.quantity("protect_again_after"),
    }
}

fn working_hours(section: &Section<'_>) -> Option<WorkingHours> {
    let hours = section.section("working_hours")?;
    if !hours.has("between") {
        hours.missing("between", "write between = \"08:00-18:00\"");
    }
    let (days, between) = (days(&hours, "days"), between(&hours, "between"));
    let (from, until) = between?;
    Some(WorkingHours { days: days?, from, until })
}

fn recovery_point(section: &Section<'_>) -> PointWish {
    if let Some(Value::Table(_)) = section.node("recovery_point").map(|node| &node.value) {
        let wish = section.section("recovery_point").map(|inner| inner.need::<Duration>("older_than", "6h"));
        return wish.flatten().map_or(PointWish::LatestProcessed, PointWish::Older);
    }
    let words = [
        ("latest", PointWish::Latest),
        ("latest-processed", PointWish::LatestProcessed),
        ("latest-app-consistent", PointWish::LatestAppConsistent),
    ];
    if section.text("recovery_point") == Some("custom") {
        section.fault(
            "recovery_point",
            "`custom` does not say which point",
            "write recovery_point = { older_than = \"6h\" }",
        );
        return PointWish::LatestProcessed;
    }
    section.word("recovery_point", &words).unwrap_or(PointWish::LatestProcessed)
}

fn drills(section: &Section<'_>, files: &Files<'_>) -> Option<Drills> {
    let every = section.positive_span("drill_every");
    let lasts = law_or(section, "drill_lasts", files, Law::Fixed(Duration::hours(4)));
    let skipped = section.node("drill_skipped").map_or(Some(Ratio::ZERO), |node| share(node, "drill_skipped", section));
    let at_once = section.count32("drill_at_once", 1_000_000).unwrap_or(0);
    for key in ["drill_lasts", "drill_skipped", "drill_at_once"] {
        if section.has(key) && !section.has("drill_every") {
            section.fault(key, format!("`{key}` without `drill_every` has no effect"), "write drill_every = \"90d\"");
        }
    }
    Some(Drills { every: every?, lasts, skipped: skipped?, at_once })
}

fn enabling(section: &Section<'_>) -> EnablingPlan {
    let Some(inner) = section.section("enabling") else { return EnablingPlan { batch: 0, gap: Duration::ZERO } };
    let batch = inner.count32("batch", 1_000_000).unwrap_or(0);
    let gap = inner.quantity("gap").unwrap_or(Duration::ZERO);
    if batch == 0 && inner.has("gap") {
        inner.fault("gap", "a gap between batches, but all are enabled at once", "write batch = 10");
    }
    EnablingPlan { batch, gap }
}

/// Reads `[times]`.
pub fn times(root: &Section<'_>, files: &Files<'_>) -> Times {
    let section = root.section("times").unwrap_or_else(|| absent("times", root.ledger));
    let (secs, minutes) = (Duration::secs, Duration::minutes);
    let law = |key, default| law_or(&section, key, files, default);
    Times {
        inspect: law("inspect", Law::Fixed(minutes(1))),
        agent_install: law("agent_install", triangular(minutes(2), minutes(4), minutes(10))),
        agent_remove: law("agent_remove", triangular(minutes(1), minutes(2), minutes(5))),
        disk_create: law("disk_create", Law::Fixed(secs(20))),
        disk_attach: law("disk_attach", Law::Fixed(secs(30))),
        disk_detach: law("disk_detach", Law::Fixed(secs(20))),
        disks_from_point: law("disks_from_point", triangular(minutes(1), minutes(2), minutes(5))),
        vm_create: law("vm_create", triangular(minutes(1), minutes(3), minutes(8))),
        vm_delete: law("vm_delete", Law::Fixed(minutes(1))),
        vm_shut_down: law("vm_shut_down", triangular(secs(30), minutes(1), minutes(5))),
        boot_windows: law("boot_windows", triangular(minutes(2), minutes(3), minutes(5))),
        boot_linux: law("boot_linux", triangular(minutes(2), minutes(2), minutes(4))),
        disk_copy_overhead: law("disk_copy_overhead", Law::Fixed(minutes(1))),
        creates_at_once: section.count32("creates_at_once", 1_000_000).unwrap_or(10),
        guest_reboot: law("guest_reboot", triangular(minutes(2), minutes(4), minutes(10))),
        unreachable_after: section.positive_span("unreachable_after").unwrap_or(minutes(1)),
    }
}

/// Whether `[replication] initial_copy` asks for whole disks; needed before the machines are read.
pub fn copies_whole(section: &Section<'_>) -> bool {
    section.word("initial_copy", &[("whole", true), ("used", false)]).unwrap_or(true)
}

/// Reads the rest of `[replication]`.
pub fn settings(section: &Section<'_>, calendar: Calendar) -> Settings {
    Settings {
        copies_at_once: section.count32("copies_at_once", 1_000_000).unwrap_or(0),
        resync_window: between(section, "resync_window"),
        calendar,
        census_every: section.positive_span("census_every").unwrap_or(Duration::days(1)),
    }
}
