//! The table of VMs, worst first, for sorting and filtering.
//!
//! Units: seconds, bytes, shares of time. At most [`SHOWN`] rows; the rest is counted and stands in the tidy table.

use super::piece::{Piece, Section};
use super::table::{Cell, Row, Table, numbers, words as text};
use crate::planner::Findings;
use crate::report::charts::Show;
use crate::units::VmId;

const SHOWN: usize = 2_000;

pub(super) fn section(findings: &Findings) -> Section {
    let words =
        "Each machine over all replications. Press a head to sort; the form chooses by name, group and violations.";
    Section::new("vms", "VMs", vec![Piece::words(words), Piece::Table(machines(findings))])
}

fn machines(findings: &Findings) -> Table {
    let columns = vec![
        text("VM"),
        text("Group"),
        numbers("Recovery-point age, mean", "d h m s"),
        numbers("Recovery-point age, greatest", "d h m s"),
        numbers("Time beyond RPO target", "% of time"),
        numbers("Violations", "count"),
        numbers("RPO at failure, worst", "d h m s"),
        numbers("RTO, worst", "d h m s"),
        numbers("Data lost", "bytes"),
        numbers("Failures", "count"),
        numbers("Availability", "% of time"),
        numbers("Without service", "d h m s"),
        numbers("Protected after, latest", "d h m s"),
    ];
    let mut table = Table::new("vm-table", "VMs, achieved over all replications, worst first", columns);
    table.sortable = true;
    for id in worst_first(findings).into_iter().take(SHOWN) {
        let vm = &findings.vms[id.index()];
        let group = findings.names.group_of_vm(id).to_string();
        let cells = vec![
            Cell::text(findings.names.vm(id)),
            Cell::text(group.clone()),
            Cell::maybe(Show::Seconds, vm.age_mean_s),
            Cell::number(Show::Seconds, vm.age_max_s),
            Cell::maybe(Show::Share, vm.beyond_target_share),
            Cell::number(Show::Count, vm.violations as f64),
            Cell::maybe(Show::Seconds, vm.rpo_worst_s),
            Cell::maybe(Show::Seconds, vm.rto_worst_s),
            Cell::number(Show::Bytes, vm.data_lost_bytes as f64),
            Cell::number(Show::Count, vm.failures as f64),
            Cell::number(Show::Share, vm.availability),
            Cell::number(Show::Seconds, vm.downtime_s),
            protected(vm.protected_after_s),
        ];
        table.rows.push(Row { group, flagged: vm.violations > 0, cells });
    }
    table.note =
        "Violations, failures and time without service are sums over all replications. A dash: no such event, or no \
         target."
            .into();
    if findings.vms.len() > SHOWN {
        table.note.push_str(&format!(
            " The worst {SHOWN} of {} VMs are shown; all stand in the CSV of VMs.",
            findings.vms.len()
        ));
    }
    table.groups = findings.names.groups.clone();
    table.groups.sort();
    table
}

/// As the findings order them; VMs they do not rank follow by id.
fn worst_first(findings: &Findings) -> Vec<VmId> {
    let mut seen = vec![false; findings.vms.len()];
    let mut order = Vec::with_capacity(seen.len());
    for id in findings.worst_vms.iter().copied().chain((0..seen.len()).map(VmId::from_index)) {
        if let Some(known) = seen.get_mut(id.index())
            && !std::mem::replace(known, true)
        {
            order.push(id);
        }
    }
    order
}

/// Not protected in some replication sorts behind every time.
fn protected(after_s: Option<f64>) -> Cell {
    match after_s {
        Some(seconds) => Cell::number(Show::Seconds, seconds),
        None => Cell { text: "not always".into(), key: "1e99".into(), class: "warn", ..Cell::default() },
    }
}
