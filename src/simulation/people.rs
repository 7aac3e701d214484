//! People, described: the logic raises alarms, people decide. Data only; [`crate::simulation::operator`] acts it out.

use crate::kernel::Law;
use crate::units::{Calendar, Duration, PlanId, Ratio, Timestamp, VmId};

/// People: the logic raises alarms, people decide.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// From the first alarm until somebody declares a disaster.
    pub declare_disaster_after: Law,
    /// Somebody calls the other site first: no failover while the source still serves.
    pub check_the_source: bool,
    /// Decisions are made only in these hours (days Monday first, span since midnight). `None`: around the clock.
    pub working_hours: Option<WorkingHours>,
    pub recovery_point: PointWish,
    pub shut_down_source: bool,
    /// Failover follows this plan; without one all VMs at once, by order.
    pub plan: Option<PlanId>,
    /// Machines of a target's own that are switched off when a disaster is declared, so that there is room.
    pub switch_off: Vec<VmId>,
    /// From serving until somebody commits.
    pub commit_after: Law,
    pub drills: Option<Drills>,
    pub fail_back: Option<FailBack>,
    pub enabling: EnablingPlan,
    /// After a committed failback: disable, uninstall, restart, enable again, after this. `None`: nobody does.
    pub protect_again_after: Option<Duration>,
}

/// Which point the people ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointWish {
    Latest,
    LatestProcessed,
    LatestAppConsistent,
    /// The newest that the consistency group has in common.
    LatestMultiVm,
    LatestMultiVmAppConsistent,
    /// The newest point at least so much older than the failure (damage found late).
    Older(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingHours {
    pub days: [bool; 7],
    pub from: Duration,
    pub until: Duration,
}

impl WorkingHours {
    /// The first moment from `at` on that lies in them.
    pub fn next(&self, mut at: Timestamp, calendar: &Calendar) -> Timestamp {
        for _ in 0..=14 {
            let time = calendar.time_of_day(at);
            let today = self.days[usize::from(calendar.weekday(at))];
            if today && (self.from..self.until).contains(&time) {
                return at;
            }
            let later = if time < self.from { self.from - time } else { self.from + Duration::days(1) - time };
            at = at + later;
        }
        at
    }
}

/// Test failovers of every protected VM in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drills {
    pub every: Duration,
    /// How long test VMs stay before they are cleaned up.
    pub lasts: Law,
    /// Share of the due drills that nobody finds the time for.
    pub skipped: Ratio,
    /// VMs drilled at the same time. Zero: all.
    pub at_once: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FailBack {
    /// The source must have been healthy for so long before re-protect is ordered.
    pub after_source_healthy: Duration,
    /// From protected in reverse until the failback is ordered.
    pub then_wait: Duration,
}

/// How protection is enabled at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnablingPlan {
    /// VMs per batch. Zero: all at once, by script; up to the portal's limit the portal is used.
    pub batch: u32,
    /// Between batches.
    pub gap: Duration,
}
