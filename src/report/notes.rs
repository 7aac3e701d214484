//! What was left out of a number, and why, in a sentence each. Unit: text.

use super::numbers::{quantity_names, seconds, share};
use crate::planner::findings::{Findings, Note};

pub(super) fn note_text(findings: &Findings, note: &Note) -> String {
    match note {
        Note::AgesCover(covered) => format!(
            "RPO over time speaks of {} of the time; in the rest a VM was not protected, without a point, or down",
            share(*covered)
        ),
        Note::FailuresWhileSettling(count) => format!("{count} failures before settling are left out"),
        Note::DamageHidden(count) => {
            format!("{count} machines were damaged and nobody knew by the end of the run: not judged")
        }
        Note::CommonPoints { group, taken, held_back, laggard } => match laggard {
            None => format!(
                "consistency group {group}: {taken} failovers on a common point, each the newest of its machine"
            ),
            Some(laggard) => format!(
                "consistency group {group}: {held_back} of {taken} failovers went back further than alone; {} lagged most often",
                findings.names.vm(*laggard)
            ),
        },
        Note::RecoveredWithTheStamp(count) => {
            format!(
                "{count} lost machines served again with their stamp before any failover: not in RTO quantiles, but \
                 beyond a target on RTO where they waited for longer than its limit"
            )
        }
        Note::NeverServed(count) => format!("{count} lost machines did not serve until the end: not in RTO quantiles"),
        Note::FailuresWithoutPoint(count) => {
            format!("{count} failures without any usable point: for targets of infinite age, in no quantile above")
        }
        Note::TimeWithoutPoint { group, seconds: span } => {
            format!(
                "{}: {} VM-time protected without any point: for targets of infinite age, in no quantile above",
                findings.names.group(Some(*group)),
                seconds(*span)
            )
        }
        Note::NeverProtected { vms, first } => {
            format!("{vms} VMs were not protected in some replication (first: {})", findings.names.vm(*first))
        }
        Note::Clustered { quantity, samples, clusters } => format!(
            "{}: {samples} samples from {clusters} events; intervals are as wide as the events make them",
            quantity_names(*quantity).1
        ),
        Note::NoFailures => "no serving machine was lost: RPO at failure and RTO are unknown".into(),
        Note::RareEventsUnseen { upper_share } => {
            format!("no violation seen; up to {} of such runs may still hold one (95 %)", share(*upper_share))
        }
    }
}
