//! Tidy tables: one row per replication, failure × VM, VM, resource, violation; units in the column names.
//!
//! Empty cells are unknown. Numbers have six significant digits, bytes are whole. A cell that a spreadsheet would take
//! for a formula gets an apostrophe ahead: names come from scenario files.

use crate::measure::Recovery;
use crate::planner::findings::Findings;
use crate::report::numbers::{six, unit_name};
use crate::report::write::cause_name;
use crate::units::{Duration, VmId};

/// One table.
struct Sheet {
    writer: csv::Writer<Vec<u8>>,
}

impl Sheet {
    fn new(head: &[&str]) -> Self {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(head).expect("memory takes every record");
        Self { writer }
    }

    fn row(&mut self, cells: &[String]) {
        self.writer.write_record(cells).expect("memory takes every record, and rows are as long as the head");
    }

    fn bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory can be flushed")
    }
}

fn number(value: f64) -> String {
    six(value).to_string()
}

fn maybe(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

fn span(value: Option<Duration>) -> String {
    maybe(value.map(Duration::secs_f64))
}

fn text(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{name}") } else { name.to_owned() }
}

/// `replications.csv`.
pub fn replications(findings: &Findings) -> Vec<u8> {
    let mut sheet = Sheet::new(&[
        "replication",
        "failures",
        "failovers",
        "rpo_mean_s",
        "rpo_p99_s",
        "rpo_max_s",
        "watermark_age_mean_s",
        "watermark_age_p99_s",
        "rpo_at_failure_max_s",
        "rto_max_s",
        "data_lost_bytes",
        "availability_share",
        "violations",
        "refused_for_capacity",
        "cache_full",
        "cache_peak_share",
        "initial_replication_s",
    ]);
    for row in &findings.rows {
        sheet.row(&[
            row.replication.to_string(),
            row.failures.to_string(),
            row.failovers.to_string(),
            maybe(row.rpo_mean_s),
            maybe(row.rpo_p99_s),
            maybe(row.rpo_max_s),
            maybe(row.watermark_mean_s),
            maybe(row.watermark_p99_s),
            maybe(row.rpo_at_failure_max_s),
            maybe(row.rto_max_s),
            row.data_lost_bytes.to_string(),
            number(row.availability),
            row.violations.to_string(),
            row.refused.to_string(),
            row.cache_full.to_string(),
            maybe(row.cache_peak_share),
            maybe(row.initial_replication_s),
        ]);
    }
    sheet.bytes()
}

/// `failures.csv`: one row per failure × VM.
pub fn failures(findings: &Findings) -> Vec<u8> {
    let mut sheet = Sheet::new(&[
        "replication",
        "vm",
        "group",
        "failed_at_s",
        "rpo_latest_s",
        "rpo_latest_processed_s",
        "rpo_latest_app_consistent_s",
        "rpo_custom_s",
        "rpo_chosen_s",
        "data_lost_bytes",
        "in_cache_bytes",
        "at_source_bytes",
        "recovery",
        "rto_s",
        "rto_detect_s",
        "rto_decide_s",
        "rto_process_s",
        "rto_create_s",
        "rto_boot_s",
        "not_served_s",
    ]);
    for (replication, failure) in &findings.failures {
        let (how, parts, not_served) = match failure.recovery {
            Recovery::FailedOver(parts) => ("failed-over", Some(parts), None),
            Recovery::WithTheStamp(span) => ("with-the-stamp", None, Some(span)),
            Recovery::Never(span) => ("never", None, Some(span)),
        };
        let mut cells = vec![
            replication.to_string(),
            text(findings.names.vm(failure.vm)),
            text(findings.names.group_of_vm(failure.vm)),
            number(failure.at.secs_f64()),
            span(failure.rpo_latest),
            span(failure.rpo_latest_processed),
            span(failure.rpo_latest_app_consistent),
            span(failure.rpo_custom),
            span(failure.rpo_chosen),
            failure.data_lost.map(|bytes| bytes.0.to_string()).unwrap_or_default(),
            failure.in_cache.0.to_string(),
            failure.at_source.0.to_string(),
            how.to_owned(),
            span(parts.map(|parts| parts.total())),
        ];
        match parts {
            Some(parts) => cells.extend(parts.named().map(|(_, part)| span(Some(part)))),
            None => cells.extend(std::iter::repeat_n(String::new(), 5)),
        }
        cells.push(span(not_served));
        sheet.row(&cells);
    }
    sheet.bytes()
}

/// `vms.csv`.
pub fn vms(findings: &Findings) -> Vec<u8> {
    let mut sheet = Sheet::new(&[
        "vm",
        "group",
        "rpo_mean_s",
        "rpo_max_s",
        "beyond_target_share",
        "without_point_s",
        "violations",
        "availability_share",
        "downtime_s",
        "failures",
        "rpo_at_failure_worst_s",
        "rto_worst_s",
        "data_lost_bytes",
        "protected_after_s",
    ]);
    for (index, own) in findings.vms.iter().enumerate() {
        let vm = VmId::from_index(index);
        sheet.row(&[
            text(findings.names.vm(vm)),
            text(findings.names.group_of_vm(vm)),
            maybe(own.age_mean_s),
            number(own.age_max_s),
            maybe(own.beyond_target_share),
            number(own.without_point_s),
            own.violations.to_string(),
            number(own.availability),
            number(own.downtime_s),
            own.failures.to_string(),
            maybe(own.rpo_worst_s),
            maybe(own.rto_worst_s),
            own.data_lost_bytes.to_string(),
            maybe(own.protected_after_s),
        ]);
    }
    sheet.bytes()
}

/// `resources.csv`: one row per meter and phase; phase `all` carries the whole distribution.
pub fn resources(findings: &Findings) -> Vec<u8> {
    let mut sheet = Sheet::new(&[
        "resource",
        "unit",
        "phase",
        "mean",
        "p95",
        "p99",
        "peak",
        "peak_at_s",
        "peak_replication",
        "peak_outage",
        "capacity",
        "headroom_p99_share",
        "headroom_peak_share",
        "saturated_share",
    ]);
    for own in &findings.capacity {
        let (name, unit) = (text(&own.name), unit_name(own.unit).to_owned());
        sheet.row(&[
            name.clone(),
            unit.clone(),
            "all".into(),
            maybe(own.mean.value),
            number(own.p95),
            number(own.p99),
            own.peak.level.to_string(),
            number(own.peak.at.secs_f64()),
            own.peak_replication.to_string(),
            own.peak.outage.map(|kind| text(findings.names.outage(kind))).unwrap_or_default(),
            own.capacity.map(|capacity| capacity.to_string()).unwrap_or_default(),
            maybe(own.headroom_p99),
            maybe(own.headroom_peak),
            number(own.saturated),
        ]);
        for (phase, peak) in &own.peak_by_phase {
            let mut cells = vec![String::new(); 14];
            (cells[0], cells[1], cells[2], cells[6]) =
                (name.clone(), unit.clone(), phase.name().into(), peak.to_string());
            sheet.row(&cells);
        }
    }
    sheet.bytes()
}

/// `violations.csv`: the worst ones of all replications.
pub fn violations(findings: &Findings) -> Vec<u8> {
    let mut sheet = Sheet::new(&[
        "replication",
        "vm",
        "begin_s",
        "end_s",
        "achieved_age_max_s",
        "wanted_age_s",
        "backlog_since_s",
        "bottleneck",
        "bottleneck_since_s",
    ]);
    for (replication, own) in &findings.violations {
        sheet.row(&[
            replication.to_string(),
            text(findings.names.vm(own.vm)),
            number(own.begin.secs_f64()),
            number(own.end.secs_f64()),
            number(own.age_max.secs_f64()),
            number(own.target.secs_f64()),
            number(own.backlog_since.secs_f64()),
            own.cause.map(|cause| text(&cause_name(findings, Some(cause)))).unwrap_or_default(),
            number(own.cause_since.secs_f64()),
        ]);
    }
    sheet.bytes()
}
