//! What grows with the replications: one row per replication, and one per failure and VM. Units in the names.

use super::Kind::{Bytes, Count, Moment, Seconds, Share, Text};
use super::{Rows, Table};
use crate::measure::{Damage, Failure, Recovery, RtoParts};
use crate::planner::Findings;
use crate::planner::findings::ReplicationRow;
use crate::units::Duration;

pub(super) fn replications(findings: &Findings) -> Table<'_> {
    let rows: Rows<&ReplicationRow> = Rows::of("replications", "One row per replication", &findings.rows);
    rows.large()
        .column(Count, "replication", "Replication", |row| row.replication)
        .column(Count, "failures", "Serving machines lost", |row| row.failures)
        .column(Count, "failovers", "Failovers", |row| row.failovers)
        .column(Seconds, "rpo_mean_s", "RPO over time, mean", |row| row.rpo_mean_s)
        .column(Seconds, "rpo_p99_s", "RPO over time, p99", |row| row.rpo_p99_s)
        .column(Seconds, "rpo_max_s", "RPO over time, greatest", |row| row.rpo_max_s)
        .column(Seconds, "watermark_age_mean_s", "Age of received data, mean", |row| row.watermark_mean_s)
        .column(Seconds, "watermark_age_p99_s", "Age of received data, p99", |row| row.watermark_p99_s)
        .column(Seconds, "rpo_at_failure_max_s", "RPO at failure, greatest", |row| row.rpo_at_failure_max_s)
        .column(Seconds, "rto_max_s", "RTO, greatest", |row| row.rto_max_s)
        .column(Bytes, "data_lost_bytes", "Data lost by failovers", |row| row.data_lost_bytes)
        .column(Share, "availability_share", "Availability", |row| row.availability)
        .column(Count, "violations", "Violations of RPO targets", |row| row.violations)
        .column(Count, "refused_for_capacity", "Operations refused for lack of capacity", |row| row.refused)
        .column(Count, "cache_full", "Times a cache was full", |row| row.cache_full)
        .column(Share, "cache_peak_share", "Fullest cache, of its capacity", |row| row.cache_peak_share)
        .column(Seconds, "initial_replication_s", "Last VM protected after", |row| row.initial_replication_s)
        .done()
}

pub(super) fn failures(findings: &Findings) -> Table<'_> {
    let names = &findings.names;
    let rows: Rows<&(u64, Failure)> =
        Rows::of("failures", "One row per failure and VM; the first replication is 0", &findings.failures);
    rows.large()
        .column(Count, "replication", "Replication", |(replication, _)| *replication)
        .column(Text, "vm", "VM", |(_, own)| names.vm(own.vm))
        .column(Text, "group", "Group", |(_, own)| names.group_of_vm(own.vm))
        .column(Moment, "failed_at_s", "Failed at", |(_, own)| own.at)
        .column(Seconds, "rpo_latest_s", "RPO, latest", |(_, own)| own.rpo_latest)
        .column(Seconds, "rpo_latest_processed_s", "RPO, latest processed", |(_, own)| own.rpo_latest_processed)
        .column(Seconds, "rpo_latest_app_consistent_s", "RPO, latest app-consistent", |(_, own)| {
            own.rpo_latest_app_consistent
        })
        .column(Seconds, "rpo_custom_s", "RPO, custom point", |(_, own)| own.rpo_custom)
        .column(Seconds, "rpo_chosen_s", "RPO of the point used", |(_, own)| own.rpo_chosen)
        .column(Bytes, "data_lost_bytes", "Data lost", |(_, own)| own.data_lost)
        .column(Bytes, "in_cache_bytes", "Received, not yet usable", |(_, own)| own.in_cache)
        .column(Bytes, "at_source_bytes", "Not yet received", |(_, own)| own.at_source)
        .column(Text, "recovery", "Service came back", |(_, own)| recovery_name(own.recovery))
        .column(Seconds, "rto_s", "RTO", |(_, own)| part(own, |parts| parts.total()))
        .column(Seconds, "rto_detect_s", "RTO: detect", |(_, own)| part(own, |parts| parts.detect))
        .column(Seconds, "rto_decide_s", "RTO: decide", |(_, own)| part(own, |parts| parts.decide))
        .column(Seconds, "rto_process_s", "RTO: process", |(_, own)| part(own, |parts| parts.process))
        .column(Seconds, "rto_create_s", "RTO: create", |(_, own)| part(own, |parts| parts.create))
        .column(Seconds, "rto_boot_s", "RTO: boot", |(_, own)| part(own, |parts| parts.boot))
        .column(Seconds, "not_served_s", "Without service, no failover", |(_, own)| not_served(own))
        .done()
}

pub(super) fn damages(findings: &Findings) -> Table<'_> {
    let names = &findings.names;
    let rows: Rows<&(u64, Damage)> = Rows::of(
        "damages",
        "One row per machine whose data was damaged and found to be so; without a clean point where none was left",
        &findings.damages,
    );
    rows.large()
        .column(Count, "replication", "Replication", |(replication, _)| *replication)
        .column(Text, "vm", "VM", |(_, own)| names.vm(own.vm))
        .column(Text, "group", "Group", |(_, own)| names.group_of_vm(own.vm))
        .column(Moment, "damaged_at_s", "Damaged at", |(_, own)| own.at)
        .column(Seconds, "found_after_s", "Found after", |(_, own)| own.hidden())
        .column(Seconds, "clean_point_gap_s", "Clean point before the damage", |(_, own)| own.gap())
        .column(Seconds, "clean_point_age_s", "Its age when found", |(_, own)| own.age())
        .done()
}

fn recovery_name(recovery: Recovery) -> &'static str {
    match recovery {
        Recovery::FailedOver(_) => "failed-over",
        Recovery::WithTheStamp(_) => "with-the-stamp",
        Recovery::Never(_) => "never",
    }
}

fn part(failure: &Failure, of: impl Fn(RtoParts) -> Duration) -> Option<Duration> {
    match failure.recovery {
        Recovery::FailedOver(parts) => Some(of(parts)),
        Recovery::WithTheStamp(_) | Recovery::Never(_) => None,
    }
}

fn not_served(failure: &Failure) -> Option<Duration> {
    match failure.recovery {
        Recovery::FailedOver(_) => None,
        Recovery::WithTheStamp(span) | Recovery::Never(span) => Some(span),
    }
}
