//! One row per VM, and one per violation that is known in detail. Units in the names.

use super::Kind::{Bytes, Count, Moment, Seconds, Share, Text};
use super::{Rows, Table};
use crate::measure::Violation;
use crate::planner::Findings;
use crate::planner::findings::VmFinding;
use crate::report::write::cause_name;
use crate::units::VmId;

pub(super) fn vms(findings: &Findings) -> Table<'_> {
    let names = &findings.names;
    let ids = (0..findings.vms.len()).map(VmId::from_index);
    let rows: Rows<(VmId, &VmFinding)> =
        Rows::of("vms", "One row per VM, over all replications", ids.zip(&findings.vms));
    rows.large()
        .column(Text, "vm", "VM", |(vm, _)| names.vm(*vm))
        .column(Text, "group", "Group", |(vm, _)| names.group_of_vm(*vm))
        .column(Seconds, "rpo_mean_s", "RPO over time, mean", |(_, own)| own.age_mean_s)
        .column(Seconds, "rpo_max_s", "RPO over time, greatest", |(_, own)| own.age_max_s)
        .column(Share, "beyond_target_share", "Time beyond RPO target", |(_, own)| own.beyond_target_share)
        .column(Seconds, "without_point_s", "Protected without a point, sum", |(_, own)| own.without_point_s)
        .column(Count, "violations", "Violations", |(_, own)| own.violations)
        .column(Share, "availability_share", "Availability", |(_, own)| own.availability)
        .column(Seconds, "downtime_s", "Without service, sum", |(_, own)| own.downtime_s)
        .column(Count, "failures", "Failures", |(_, own)| own.failures)
        .column(Seconds, "rpo_at_failure_worst_s", "RPO at failure, worst", |(_, own)| own.rpo_worst_s)
        .column(Seconds, "rto_worst_s", "RTO, worst", |(_, own)| own.rto_worst_s)
        .column(Bytes, "data_lost_bytes", "Data lost, sum", |(_, own)| own.data_lost_bytes)
        .column(Seconds, "protected_after_s", "Protected after, latest", |(_, own)| own.protected_after_s)
        .done()
}

pub(super) fn violations(findings: &Findings) -> Table<'_> {
    let rows: Rows<&(u64, Violation)> = Rows::of(
        "violations",
        "One row per violation known in detail, the worst of all replications",
        &findings.violations,
    );
    rows.column(Count, "replication", "Replication", |(replication, _)| *replication)
        .column(Text, "vm", "VM", |(_, own)| findings.names.vm(own.vm))
        .column(Moment, "begin_s", "Begins", |(_, own)| own.begin)
        .column(Moment, "end_s", "Ends", |(_, own)| own.end)
        .column(Seconds, "achieved_age_max_s", "Age reached", |(_, own)| own.age_max)
        .column(Seconds, "wanted_age_s", "Age wanted at most", |(_, own)| own.target)
        .column(Moment, "backlog_since_s", "Backlog since", |(_, own)| own.backlog_since)
        .column(Text, "bottleneck", "Bottleneck", |(_, own)| own.cause.map(|cause| cause_name(findings, Some(cause))))
        .column(Moment, "bottleneck_since_s", "Bottleneck since", |(_, own)| own.cause_since)
        .done()
}
