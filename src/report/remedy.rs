//! What helps against a cause of violations, and what does not: the one place that says so.
//!
//! The table of violations shows it as it stands; `advice` adds what this run measured. Unit: text. Sources: methods
//! 1.6 (ages), domain facts 4 (what each place on the path limits).

use crate::contract::{Meter, OutageKind};
use crate::measure::ViolationCause;

/// Half a sentence each, without capital and full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Remedy {
    pub helps: &'static str,
    /// What one would try in vain; empty when nothing suggests itself.
    pub in_vain: &'static str,
}

impl Remedy {
    /// "A second path; cache keeps data, not age."
    pub fn sentence(self) -> String {
        let mut text = self.joined();
        let first = text.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        text.replace_range(..text.chars().next().map_or(0, char::len_utf8), &first);
        text + "."
    }

    /// The two halves, with a semicolon.
    pub fn joined(self) -> String {
        if self.in_vain.is_empty() { self.helps.to_owned() } else { format!("{}; {}", self.helps, self.in_vain) }
    }
}

/// What would have avoided violations of this cause.
pub(super) fn remedy(cause: ViolationCause) -> Remedy {
    let (helps, in_vain) = match cause {
        ViolationCause::Outage(kind) => outage(kind),
        ViolationCause::Bottleneck(meter) => bottleneck(meter),
    };
    Remedy { helps, in_vain }
}

/// For violations behind which nothing was down or full.
pub(super) const UNKNOWN: &str =
    "Not known: nothing on the path was down or full. Are points made as often as the target asks?";

fn outage(kind: OutageKind) -> (&'static str, &'static str) {
    match kind {
        OutageKind::StampDown(_) => {
            ("an earlier failover, or a wider target", "no link or cache helps while the stamp is down")
        }
        OutageKind::LinkDown(_) => ("a second path, or shorter outages", "a larger cache keeps data, not age"),
        OutageKind::LinkSlow(_) => ("spare bandwidth for the slow hours, or less churn in them", "cache will not help"),
        OutageKind::ApplianceDown(_) => {
            ("a shorter repair, or its VMs spread over more appliances", "bandwidth will not help")
        }
        OutageKind::CacheDown(_) => {
            ("a shorter repair, or a cache account that does not fail with it", "bandwidth will not help")
        }
        OutageKind::ServiceDown(_) => ("a shorter repair of the service", "link and cache were not the limit"),
        OutageKind::GuestReboot(_) => {
            ("restarts spread over time, so that fewer disks are compared at once", "no capacity helps")
        }
        OutageKind::SourceDeleted(_) => ("care at the source, which was deleted", "no capacity helps"),
        OutageKind::Damage(_) => ("points that are kept longer, and damage that is seen sooner", "no capacity helps"),
        OutageKind::ApplianceTampered(_) => {
            ("leaving the appliance alone: it had to be set up anew", "no capacity helps")
        }
    }
}

fn bottleneck(meter: Meter) -> (&'static str, &'static str) {
    match meter {
        Meter::Link(..) => ("more bandwidth, a shorter throttle, or less churn while it is full", ""),
        Meter::ApplianceBytes(_) | Meter::ApplianceStorage(_) | Meter::ApplianceOps(_) => {
            ("a larger appliance, or one more for part of its VMs", "bandwidth will not help")
        }
        Meter::ApplianceSlots(_) => ("more disk slots: a larger size, or one more appliance", ""),
        Meter::SourceBacklog(_) => ("a faster way out of the source: see what was full behind it", ""),
        Meter::CacheUsed(_) => ("a larger cache, or a service that empties it faster", ""),
        Meter::Service(_) => ("a faster service, or fewer VMs per target stamp", "bandwidth and cache will not help"),
        Meter::QuotaCores(_) | Meter::QuotaVms(_) => ("a higher quota", ""),
        Meter::QuotaManagedDisk(_) | Meter::PointStorage(_) | Meter::QuotaStorage(_) => {
            ("a higher quota, or a shorter retention", "")
        }
        Meter::StampMemory(_) | Meter::StampVms(_) => ("more room on the target stamp", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{LinkId, SubscriptionId};

    #[test]
    fn a_remedy_reads_as_a_sentence_with_and_without_its_second_half() {
        let down = remedy(ViolationCause::Outage(OutageKind::LinkDown(LinkId(0))));
        assert_eq!(down.sentence(), "A second path, or shorter outages; a larger cache keeps data, not age.");
        let cores = remedy(ViolationCause::Bottleneck(Meter::QuotaCores(SubscriptionId(0))));
        assert_eq!(cores.sentence(), "A higher quota.");
    }
}
