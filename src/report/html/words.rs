//! Names in the field's words, and what each means: verdicts, quantities, methods, meters.
//!
//! Watermark age speaks of bytes received, recovery-point age of points that can be used; the two never share a name.
//! Source: contract (words), methods 1.6 and 1.14.

use crate::contract::Meter;
use crate::planner::findings::{Method, Quantity, Verdict};

/// Class, sign and word of a verdict.
pub(super) fn verdict(verdict: Verdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Met => ("met", "✓", "Met"),
        Verdict::Missed => ("missed", "✗", "Missed"),
        Verdict::NotYetKnown { .. } => ("unknown", "?", "Not yet known"),
    }
}

const WATERMARK_AGE: (&str, &str) = (
    "RPO over time, watermark age",
    "Age of the newest received byte at every moment while the VM is protected and serves, weighted by time. \
     Received is not yet usable: it never counts as a recovery point.",
);
const HELD_BACK: (&str, &str) = (
    "Older for its consistency group by",
    "From the point that a failover used, the newest in common of the VM's consistency group, to the newest point of \
     the VM itself: the price of going back together.",
);
const GUEST_FROZEN: (&str, &str) = (
    "Guest frozen, per day",
    "App-consistent points made, times the span that each is assumed to hold the guest up: per machine and day.",
);
const JOURNAL_WINDOW: (&str, &str) = (
    "Journal, shortest window",
    "From the oldest point that was left to the newest, where the points had kept more than the journal of their policy holds: \
     the shortest of each replication in which that happened.",
);

/// Name and definition of a quantity.
pub(super) fn quantity(quantity: Quantity) -> (&'static str, &'static str) {
    match quantity {
        Quantity::RpoLatest => (
            "RPO at failure, latest",
            "Watermark age at the instant of failure: since the newest byte that had been received. Using it means \
             that what waits is processed first, which makes the RTO longer.",
        ),
        Quantity::RpoLatestProcessed => (
            "RPO at failure, latest processed",
            "Recovery-point age at the instant of failure: since the newest point that was usable without further \
             processing.",
        ),
        Quantity::RpoLatestAppConsistent => (
            "RPO at failure, latest app-consistent",
            "Recovery-point age at the instant of failure, counting app-consistent points only.",
        ),
        Quantity::RpoCustom => (
            "RPO at failure, custom point",
            "Recovery-point age at the instant of failure, counting only points at least as old as the scenario asks.",
        ),
        Quantity::RpoChosen => (
            "RPO at failure, point used",
            "Age at the instant of failure of the point that the failover really used. It may be younger than the latest \
             processed one: what had been received goes on being processed until people decide.",
        ),
        Quantity::HeldBack => HELD_BACK,
        Quantity::JournalWindow => JOURNAL_WINDOW,
        Quantity::GuestFrozen => GUEST_FROZEN,
        Quantity::RpoOverTimePoint => (
            "RPO over time, recovery-point age",
            "Age of the newest usable point at every moment while the VM is protected and serves, weighted by time.",
        ),
        Quantity::RpoOverTimeWatermark => WATERMARK_AGE,
        Quantity::Rto => ("RTO", "From the instant of failure until the VM serves on the other stamp."),
        Quantity::RtoDetect => ("RTO, detect", "From the failure until somebody knows of it."),
        Quantity::RtoDecide => ("RTO, decide", "From the alarm until people declare the disaster."),
        Quantity::RtoProcess => ("RTO, process", "Until what was received is applied to a usable point."),
        Quantity::RtoCreate => ("RTO, create", "Until disks and VM exist on the other stamp, waiting included."),
        Quantity::RtoBoot => ("RTO, boot", "Until the guest serves."),
        Quantity::DataLost => ("Data lost by a failover", "Written at the source and not in the point that was used."),
        Quantity::Availability => {
            ("Availability", "Share of the counted time with an original or a failed-over machine serving.")
        }
        Quantity::InitialReplication => ("Initial replication, each VM", "From the order to protect until it is done."),
        Quantity::InitialReplicationLast => {
            ("Initial replication, last VM", "From the start of the run until the last wanted VM is protected.")
        }
        Quantity::CatchUp => ("Catch-up", "From the end of an outage until nothing on its path is saturated."),
        Quantity::Reprotect => ("Re-protect", "From the order until the VM is protected in reverse."),
        Quantity::Failback => ("Failback", "From the order until the source VM serves again."),
        Quantity::Resync => ("Resync", "From the start of a resynchronisation until replication is in order again."),
        Quantity::DamageHidden => {
            ("Damage found after", "From the moment at which data was damaged until somebody saw it.")
        }
        Quantity::CleanPointAge => (
            "Clean point, age when the damage is found",
            "Age of the newest kept point from before the damage at the moment it is found: everything since is lost.",
        ),
        Quantity::CleanPointGap => (
            "Clean point, before the damage",
            "From the newest kept point from before the damage to the damage: good work that is lost with the bad.",
        ),
        Quantity::OutageRiddenOut => (
            "Outage ridden out",
            "Time without service of machines that came back with their stamp before any failover: not an RTO.",
        ),
    }
}

/// Name and meaning of a method.
pub(super) fn method(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::StudentOverReplications => {
            ("Student", "One value per replication; mean and Student's interval over these independent values.")
        }
        Method::TimeShareOverReplications => (
            "time share",
            "The quantile of a time-weighted distribution; its interval comes from the share of time beyond it in each \
             replication, by Student.",
        ),
        Method::RanksOverReplications => (
            "ranks",
            "One value per replication, sorted; the binomial law gives the two ranks that enclose the quantile. No \
             shape of distribution is assumed.",
        ),
        Method::RanksOverPooled => (
            "pooled ranks",
            "Samples of all replications together, sorted; the binomial law gives the enclosing ranks. Samples of one \
             event depend on each other, so they count as what their events are worth.",
        ),
        Method::ClopperPearson => ("Clopper–Pearson", "Exact binomial interval of a proportion of replications."),
        Method::Greatest => (
            "greatest seen",
            "The greatest value of all runs; it bounds how often it is exceeded (Wilks), not how far.",
        ),
        Method::Nothing => ("no samples", "Nothing of the kind occurred, so nothing is known."),
    }
}

/// Kind of resource a meter belongs to: place in the report and heading.
pub(super) fn kind(meter: Meter) -> (u8, &'static str) {
    match meter {
        Meter::CacheUsed(_) => (0, "Cache"),
        Meter::Link(..) => (1, "Links"),
        Meter::ApplianceBytes(_) | Meter::ApplianceStorage(_) | Meter::ApplianceOps(_) => (2, "Appliances"),
        Meter::ApplianceSlots(_) => (3, "Appliance slots"),
        Meter::SourceBacklog(_) => (4, "Backlog at the source"),
        Meter::QuotaManagedDisk(_) | Meter::PointStorage(_) | Meter::QuotaStorage(_) => (5, "Storage and quotas"),
        Meter::QuotaCores(_) | Meter::QuotaVms(_) => (5, "Storage and quotas"),
        Meter::Service(_) | Meter::StampMemory(_) | Meter::StampVms(_) => (6, "Target stamps"),
    }
}

/// What the upright axis of a meter counts.
pub(super) fn counts(meter: Meter) -> &'static str {
    match meter {
        Meter::CacheUsed(_) => "held",
        Meter::Link(..) | Meter::ApplianceBytes(_) | Meter::ApplianceStorage(_) | Meter::Service(_) => "rate",
        Meter::ApplianceOps(_) => "operations",
        Meter::ApplianceSlots(_) => "slots taken",
        Meter::SourceBacklog(_) => "waiting",
        Meter::QuotaCores(_) => "cores",
        Meter::QuotaVms(_) | Meter::StampVms(_) => "VMs",
        Meter::QuotaManagedDisk(_) | Meter::PointStorage(_) | Meter::QuotaStorage(_) => "stored",
        Meter::StampMemory(_) => "memory",
    }
}

/// With a capital in front: a name that begins a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// "1 failure", "3 failures".
pub(super) fn plural(count: u64, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", super::super::charts::Show::Count.text(count as f64))
    }
}
