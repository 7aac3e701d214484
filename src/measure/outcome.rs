//! What one replication came to: plain numbers, merged by the planner in the order of the replications.
//!
//! Units: times in [`Duration`] and [`Timestamp`] (ns), amounts in the unit of the meter, sketches in ns or in the
//! unit of the meter. Nothing here depends on the order in which replications finish.

use std::collections::BTreeMap;

use crate::contract::{Meter, OutageKind};
use crate::statistics::Sealed;
use crate::units::{Bytes, CacheId, ConsistencyGroupId, Duration, Timestamp, VmId};

/// One replication.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// End of the run; what counts lies between the settling time and this moment.
    pub ended: Timestamp,
    pub counted: Duration,
    /// Lost serving machines, in order of time.
    pub failures: Vec<Failure>,
    /// Of these, before the settling time: left out.
    pub failures_settling: u64,
    /// By consistency group: failovers on a common point.
    pub common_points: BTreeMap<ConsistencyGroupId, CommonPoints>,
    /// Damaged data that was found, in order of time, and machines of which nobody knew by the end.
    pub damages: Vec<Damage>,
    pub damages_hidden: u64,
    /// By group id.
    pub groups: Vec<GroupOutcome>,
    /// By VM id.
    pub vms: Vec<VmOutcome>,
    /// Meters that said something, in the order of [`Meter`].
    pub meters: Vec<MeterOutcome>,
    pub violations_count: u64,
    /// The worst ones by greatest age, worst first.
    pub violations: Vec<Violation>,
    pub durations: Durations,
    pub drills_ok: u64,
    pub drills_failed: u64,
    /// Failover jobs begun, counted time.
    pub failovers_begun: u64,
    /// Warnings of the logic by reason, counted time.
    pub warned: BTreeMap<String, u64>,
    /// Refused orders and failed jobs by reason.
    pub refused: BTreeMap<String, u64>,
    /// Of all refusals: for lack of quota, slots, storage or hosts.
    pub refused_for_capacity: u64,
    pub limit_hits: Vec<LimitHits>,
    /// VM·time by health and reason.
    pub health: BTreeMap<String, Duration>,
    /// How often each cache refused data.
    pub cache_full: BTreeMap<CacheId, u64>,
    pub bytes: ByteSums,
    pub series: Option<Series>,
}

/// Failovers of one consistency group on a common point, counted time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommonPoints {
    pub taken: u64,
    /// Of these, older than the machine's own newest, by the member that lagged.
    pub held_back: BTreeMap<VmId, u64>,
}

impl Outcome {
    /// How long app-consistent points hold a machine up, in the mean over the machines wanted protected that `ours` picks [s per day].
    pub fn frozen_per_day(&self, ours: impl Fn(VmId) -> bool) -> Option<f64> {
        let own =
            self.vms.iter().enumerate().filter(|(index, vm)| vm.wanted_protected && ours(VmId::from_index(*index)));
        let frozen: Vec<f64> = own.map(|(_, vm)| vm.frozen.secs_f64()).collect();
        let days = frozen.len() as f64 * self.counted.secs_f64() / Duration::days(1).secs_f64();
        (days > 0.0).then(|| frozen.iter().sum::<f64>() / days)
    }
}

/// One serving machine lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub vm: VmId,
    pub at: Timestamp,
    /// RPO of the four choices; `None`: there was no such point.
    pub rpo_latest: Option<Duration>,
    pub rpo_latest_processed: Option<Duration>,
    pub rpo_latest_app_consistent: Option<Duration>,
    /// Only when a custom age is measured.
    pub rpo_custom: Option<Duration>,
    /// Of the point that the failover really used; `None`: no failover.
    pub rpo_chosen: Option<Duration>,
    /// A failover was refused for want of a point, and none has found one since.
    pub no_point: bool,
    /// By how much that point was older than the VM's own newest, for the sake of its consistency group; `None`: no common point.
    pub held_back: Option<Duration>,
    /// Written and lost by the failover.
    pub data_lost: Option<Bytes>,
    /// Received but not applied, and not received, at the instant of failure.
    pub in_cache: Bytes,
    pub at_source: Bytes,
    pub recovery: Recovery,
}

/// Data of one machine damaged, and found later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    pub vm: VmId,
    pub at: Timestamp,
    pub found_at: Timestamp,
    /// Mark of the newest point from before the damage that was still kept; `None`: none was left.
    pub clean: Option<Timestamp>,
}

impl Damage {
    /// How long nobody knew.
    pub fn hidden(&self) -> Duration {
        self.found_at.since(self.at)
    }

    /// From the clean point to the damage: good work that is lost with the bad.
    pub fn gap(&self) -> Option<Duration> {
        self.clean.map(|mark| self.at.since(mark))
    }

    /// Age of the clean point when the damage is found: everything since then is lost.
    pub fn age(&self) -> Option<Duration> {
        self.clean.map(|mark| self.found_at.since(mark))
    }
}

/// How service came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    FailedOver(RtoParts),
    /// The lost machine served again before any failover did: not an RTO. Span without service.
    WithTheStamp(Duration),
    /// Not served until the end of the run, so long at least.
    Never(Duration),
}

/// RTO in its five parts; they add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtoParts {
    pub detect: Duration,
    pub decide: Duration,
    pub process: Duration,
    pub create: Duration,
    pub boot: Duration,
}

impl RtoParts {
    pub fn total(&self) -> Duration {
        self.detect + self.decide + self.process + self.create + self.boot
    }

    /// Names and spans in order of time.
    pub fn named(&self) -> [(&'static str, Duration); 5] {
        [
            ("detect", self.detect),
            ("decide", self.decide),
            ("process", self.process),
            ("create", self.create),
            ("boot", self.boot),
        ]
    }
}

/// RPO over time of one group, ages in ns weighted by VM·ns.
#[derive(Clone, Debug, Default)]
pub struct GroupOutcome {
    /// Age of the newest usable point.
    pub point_age: Sealed,
    /// Age of the newest received byte.
    pub watermark_age: Sealed,
    /// VM·time protected but without any point: in no distribution.
    pub without_point: Duration,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct VmOutcome {
    /// Protected, serving and with a point: what `age_mean` is over.
    pub age_counted: Duration,
    /// Time-weighted mean of the age of the newest point [s].
    pub age_mean_s: f64,
    pub age_max: Duration,
    pub without_point: Duration,
    /// Time beyond the tightest RPO target; `None` without a target.
    pub beyond_target: Option<Duration>,
    pub violations: u64,
    pub downtime: Duration,
    pub failures: u64,
    pub data_lost: Bytes,
    /// Shortest time from the oldest kept point to the newest after the journal was cut; `None`: it never was.
    pub journal_window: Option<Duration>,
    /// First protected; `None`: never.
    pub protected_at: Option<Timestamp>,
    pub wanted_protected: bool,
    /// Held up by app-consistent points, counted time.
    pub frozen: Duration,
}

/// What the whole system was in the midst of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunPhase {
    Steady,
    Drill,
    InitialReplication,
    Resync,
    CatchUp,
    /// The link is down or slow.
    LinkOutage,
    /// Something else on the path is down.
    OtherOutage,
    Reprotect,
    Failback,
    Failover,
}

impl RunPhase {
    pub const ALL: [RunPhase; 10] = [
        RunPhase::Steady,
        RunPhase::Drill,
        RunPhase::InitialReplication,
        RunPhase::Resync,
        RunPhase::CatchUp,
        RunPhase::LinkOutage,
        RunPhase::OtherOutage,
        RunPhase::Reprotect,
        RunPhase::Failback,
        RunPhase::Failover,
    ];

    pub fn name(self) -> &'static str {
        match self {
            RunPhase::Steady => "steady",
            RunPhase::Drill => "drill",
            RunPhase::InitialReplication => "initial replication",
            RunPhase::Resync => "resync",
            RunPhase::CatchUp => "catch-up",
            RunPhase::LinkOutage => "link outage",
            RunPhase::OtherOutage => "outage",
            RunPhase::Reprotect => "re-protect",
            RunPhase::Failback => "failback",
            RunPhase::Failover => "failover",
        }
    }
}

/// One meter: the distribution is over the counted time, the peak over the whole run.
#[derive(Clone, Debug)]
pub struct MeterOutcome {
    pub meter: Meter,
    pub levels: Sealed,
    pub peak: Peak,
    /// Greatest level by phase, where the phase occurred.
    pub peak_by_phase: Vec<(RunPhase, u64)>,
    /// Time saturated, counted.
    pub saturated: Duration,
}

/// A greatest level, its moment, and what was going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    pub level: u64,
    pub at: Timestamp,
    pub phase: RunPhase,
    /// VMs in that phase at that moment (0 for outages).
    pub vms: u32,
    /// The outage in force that began first.
    pub outage: Option<OutageKind>,
}

/// A VM's age beyond its tightest RPO target.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub vm: VmId,
    pub begin: Timestamp,
    pub end: Timestamp,
    pub age_max: Duration,
    pub target: Duration,
    /// When the newest point of that time had been made usable: the backlog began then.
    pub backlog_since: Timestamp,
    pub cause: Option<ViolationCause>,
    pub cause_since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ViolationCause {
    Outage(OutageKind),
    Bottleneck(Meter),
}

/// One thing that took time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub vm: Option<VmId>,
    pub begin: Timestamp,
    pub span: Duration,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// Per VM, from the order to enable until protected.
    pub initial_replication: Vec<Span>,
    /// From the start of the run until the last wanted VM is protected; `None`: not within the run.
    pub initial_replication_last: Option<Duration>,
    /// From the end of an outage until nothing on its path is saturated.
    pub catch_up: Vec<Span>,
    pub reprotect: Vec<Span>,
    pub failback: Vec<Span>,
    pub resync: Vec<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitHits {
    pub meter: Meter,
    pub count: u64,
    /// The largest `need - free`.
    pub short_max: u64,
}

/// Where the bytes of all VMs are at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteSums {
    pub written: Bytes,
    pub applied: Bytes,
    pub in_flight: Bytes,
    pub in_cache: Bytes,
    pub superseded: Bytes,
    pub lost: Bytes,
    /// Lost by failovers (facts `DataLost`).
    pub lost_by_failover: Bytes,
}

/// Lines for charts: the greatest value per bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    pub bin: Duration,
    /// Greatest age of a newest point over all counted VMs [ns].
    pub worst_point_age: Vec<u64>,
    pub lines: Vec<SeriesLine>,
    pub outages: Vec<(OutageKind, Timestamp, Timestamp)>,
    /// When the whole was in the midst of what (never [`RunPhase::Steady`], which is everything else).
    pub phases: Vec<(RunPhase, Timestamp, Timestamp)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SeriesLine {
    pub meter: Meter,
    pub values: Vec<u64>,
}
