//! Findings: what many replications came to. Merged in the order of the replications, never by who finished first.
//!
//! The unit of replication is the replication. Each number says how its interval came about ([`Method`]); an interval
//! over pooled failures carries the number of independent events behind it. Times in seconds, amounts in the unit of
//! the meter, shares 0 … 1. An open side of an interval is `None`.

mod merge;
mod samples;
mod single;
mod verdict;
mod worst;

pub use merge::{merge, unit_of};
pub use single::values_by_replication;
pub use verdict::{estimate, target_unit, verdict, verdict_at};
pub use worst::{Bottleneck, Trouble, trouble};

use crate::contract::{Meter, OutageKind};
use crate::intent::{Measure, Scope, Statistic};
use crate::measure::{ByteSums, Damage, Durations, Failure, Peak, RunPhase, Series, Violation};
use crate::statistics::Interval;
use crate::units::{GroupId, Timestamp, VmId};

/// Everything known after a set of replications.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub replications: u64,
    /// Counted time of one replication [s] (mean).
    pub counted_s: f64,
    pub settle_s: f64,
    /// Planned length of a replication, settling included [s].
    pub lasts_s: f64,
    pub targets: Vec<TargetFinding>,
    /// By target and replication: its own statistic of that replication alone. What a baseline pairs.
    pub values: Vec<Vec<Option<f64>>>,
    /// RPO and RTO, durations, data lost: everything that has quantiles.
    pub spreads: Vec<Spread>,
    pub capacity: Vec<CapacityFinding>,
    /// By VM id.
    pub vms: Vec<VmFinding>,
    /// Ids of `vms`, worst first: by time beyond target, then greatest age, then downtime.
    pub worst_vms: Vec<VmId>,
    pub violations_count: u64,
    pub violations: Vec<(u64, Violation)>,
    /// Replication number and failure.
    pub failures: Vec<(u64, Failure)>,
    /// Damage found late, of all and of each group that was hit; and each one with its replication number.
    pub damage: Vec<DamageFinding>,
    pub damages: Vec<(u64, Damage)>,
    /// One row per replication.
    pub rows: Vec<ReplicationRow>,
    pub refused: Vec<(String, u64)>,
    pub limit_hits: Vec<LimitFinding>,
    /// VM·hours by health and reason.
    pub health_h: Vec<(String, f64)>,
    pub drills_ok: u64,
    pub drills_failed: u64,
    /// Failover jobs begun, and warnings of the logic by reason, over all replications.
    pub failovers_begun: u64,
    pub warned: Vec<(String, u64)>,
    pub bytes: ByteSums,
    /// Lines of the charts, from one replication, and its number.
    pub series: Option<(u64, Series)>,
    /// The long operations of that replication.
    pub drawn_spans: Option<Durations>,
    pub notes: Vec<Note>,
    /// Names by id, for whoever prints.
    pub names: Names,
}

/// Met, missed, or not yet known: by the confidence bound, never by a bare estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
    NotYetKnown {
        /// How many replications beyond those that ran would probably decide it.
        more_replications: u64,
    },
}

/// One target and what was achieved.
#[derive(Clone, Debug)]
pub struct TargetFinding {
    /// Index into the intent's targets.
    pub index: usize,
    pub text: String,
    /// What the expression says, for whoever draws: nobody reads the text again.
    pub statistic: Statistic,
    pub measure: Measure,
    pub scope: Scope,
    /// Name of the group or cache; empty for everything.
    pub scope_name: String,
    pub line: u32,
    pub unit: Unit,
    pub confidence: f64,
    pub limit: f64,
    pub achieved: Estimate,
    pub method: Method,
    pub verdict: Verdict,
    /// Of a quantile: the share of the samples, or of time, beyond the limit, which is what decides. Its interval and that of the quantile
    /// weigh dependence at different places, so that one may keep the limit while the other does not.
    pub beyond: Option<ShareBeyond>,
    /// The replication whose value was worst, to be replayed.
    pub worst_replication: Option<u64>,
}

/// A value with its interval; `None` where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    pub value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// A share beyond a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareBeyond {
    pub share: Estimate,
    /// Up to which the quantile keeps the limit.
    pub line: f64,
}

impl Estimate {
    /// As an interval, an open side infinite; what rules of stopping look at. `None` without a value.
    pub fn interval(&self) -> Option<Interval> {
        let (low, high) = (self.low.unwrap_or(f64::NEG_INFINITY), self.high.unwrap_or(f64::INFINITY));
        self.value.map(|value| Interval { value, low, high })
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Seconds,
    Bytes,
    BytesPerSecond,
    /// Thousandths of operations per second.
    MilliOps,
    Share,
    Count,
}

/// How an interval came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Student over one value per replication.
    StudentOverReplications,
    /// Quantile of a time-weighted distribution; the share beyond it per replication, Student.
    TimeShareOverReplications,
    /// Binomial ranks over one value per replication.
    RanksOverReplications,
    /// Binomial ranks over pooled samples, counted as what their events are worth: those of one event depend on each other.
    RanksOverPooled,
    /// Clopper–Pearson over replications.
    ClopperPearson,
    /// The greatest value seen; bounds how often it is exceeded (Wilks).
    Greatest,
    /// No samples.
    Nothing,
}

/// Which quantity a spread is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    RpoLatest,
    RpoLatestProcessed,
    RpoLatestAppConsistent,
    RpoCustom,
    RpoChosen,
    HeldBack,
    RpoOverTimePoint,
    RpoOverTimeWatermark,
    Rto,
    RtoDetect,
    RtoDecide,
    RtoProcess,
    RtoCreate,
    RtoBoot,
    DataLost,
    Availability,
    InitialReplication,
    InitialReplicationLast,
    CatchUp,
    Reprotect,
    Failback,
    Resync,
    JournalWindow,
    GuestFrozen,
    OutageRiddenOut,
    DamageHidden,
    CleanPointAge,
    CleanPointGap,
}

/// One quantity of one group (or of all): mean, quantiles, worst.
#[derive(Clone, Debug)]
pub struct Spread {
    pub quantity: Quantity,
    /// `None`: all groups.
    pub group: Option<GroupId>,
    pub unit: Unit,
    pub samples: u64,
    /// Independent events behind them: replication × instant.
    pub clusters: u64,
    pub mean: Estimate,
    pub p50: Estimate,
    pub p95: Estimate,
    pub p99: Estimate,
    pub worst: Option<f64>,
    pub method: Method,
}

/// Damage found late: whether a point from before it was left.
#[derive(Clone, Debug)]
pub struct DamageFinding {
    /// `None`: all groups.
    pub group: Option<GroupId>,
    /// Machines hit and found to be so, and the independent events behind them.
    pub machines: u64,
    pub events: u64,
    /// Share of them with a clean point left; Clopper–Pearson over as many as they are worth.
    pub clean_left: Estimate,
}

/// One meter over all replications.
#[derive(Clone, Debug)]
pub struct CapacityFinding {
    pub meter: Meter,
    pub name: String,
    pub unit: Unit,
    pub mean: Estimate,
    pub p95: f64,
    pub p99: f64,
    pub peak: Peak,
    pub peak_replication: u64,
    /// Interval of the per-replication peak's 95 % quantile.
    pub peak_p95: Estimate,
    pub peak_by_phase: Vec<(RunPhase, u64)>,
    /// What there is; `None`: not limited by declaration.
    pub capacity: Option<u64>,
    /// Share of the capacity free at p99, and at the peak (negative: beyond).
    pub headroom_p99: Option<f64>,
    pub headroom_peak: Option<f64>,
    /// Share of the counted time saturated.
    pub saturated: f64,
}

#[derive(Clone, Debug, Default)]
pub struct VmFinding {
    pub age_mean_s: Option<f64>,
    pub age_max_s: f64,
    pub beyond_target_share: Option<f64>,
    pub without_point_s: f64,
    pub violations: u64,
    pub availability: f64,
    pub downtime_s: f64,
    pub failures: u64,
    pub data_lost_bytes: u64,
    pub rpo_worst_s: Option<f64>,
    pub rto_worst_s: Option<f64>,
    /// Latest over replications; `None`: unprotected in at least one.
    pub protected_after_s: Option<f64>,
}

#[derive(Clone, Debug, Default)]
pub struct ReplicationRow {
    pub replication: u64,
    pub failures: u64,
    pub failovers: u64,
    pub rpo_mean_s: Option<f64>,
    pub rpo_p99_s: Option<f64>,
    pub rpo_max_s: Option<f64>,
    pub watermark_mean_s: Option<f64>,
    pub watermark_p99_s: Option<f64>,
    pub rpo_at_failure_max_s: Option<f64>,
    pub rto_max_s: Option<f64>,
    pub data_lost_bytes: u64,
    pub availability: f64,
    pub violations: u64,
    pub refused: u64,
    pub cache_full: u64,
    pub cache_peak_share: Option<f64>,
    pub initial_replication_s: Option<f64>,
}

#[derive(Clone, Debug)]
pub struct LimitFinding {
    pub meter: Meter,
    pub name: String,
    pub unit: Unit,
    pub count: u64,
    pub replications: u64,
    pub short_max: u64,
}

/// What was left out of a number, and why.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// Share of the VM·time wanted protected in which a VM was protected, served and had a point: what ages speak of.
    AgesCover(f64),
    /// Failures before the settling time.
    FailuresWhileSettling(u64),
    /// Machines whose damage nobody had found by the end: not judged.
    DamageHidden(u64),
    /// Failovers of a consistency group on a common point; of these older than the machine's own newest, and who lagged most often.
    CommonPoints { group: String, taken: u64, held_back: u64, laggard: Option<VmId> },
    /// Lost machines that served again by themselves: no RTO.
    RecoveredWithTheStamp(u64),
    /// Lost machines that did not serve until the end: no RTO, so RTO is a lower bound.
    NeverServed(u64),
    /// Failures at which no point existed.
    FailuresWithoutPoint(u64),
    /// VM·seconds protected without any point.
    TimeWithoutPoint { group: GroupId, seconds: f64 },
    /// Wanted protected, but not protected in some replication.
    NeverProtected { vms: u64, first: VmId },
    /// Samples of one event depend on each other: so many samples from so many events.
    Clustered { quantity: Quantity, samples: u64, clusters: u64 },
    /// No failure of a serving machine happened.
    NoFailures,
    /// No age beyond an RPO target occurred in so few replications: rarer things may be missing.
    RareEventsUnseen { upper_share: f64 },
}

/// Names by id.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub vms: Vec<String>,
    pub groups: Vec<String>,
    /// Group of each VM.
    pub group_of: Vec<GroupId>,
    pub outages: Vec<(OutageKind, String)>,
    pub meters: Vec<(Meter, String)>,
}

impl Names {
    pub fn vm(&self, vm: VmId) -> &str {
        self.vms.get(vm.index()).map_or("?", String::as_str)
    }

    pub fn group(&self, group: Option<GroupId>) -> &str {
        group.map_or("all", |id| self.groups.get(id.index()).map_or("?", String::as_str))
    }

    pub fn group_of_vm(&self, vm: VmId) -> &str {
        self.group(self.group_of.get(vm.index()).copied())
    }

    pub fn outage(&self, kind: OutageKind) -> &str {
        self.outages.iter().find(|(known, _)| *known == kind).map_or("?", |(_, name)| name)
    }

    pub fn meter(&self, meter: Meter) -> &str {
        self.meters.iter().find(|(known, _)| *known == meter).map_or("?", |(_, name)| name)
    }
}

impl Findings {
    /// The spread of a quantity over all groups.
    pub fn spread(&self, quantity: Quantity) -> Option<&Spread> {
        self.spreads.iter().find(|spread| spread.quantity == quantity && spread.group.is_none())
    }

    /// Missed beats not yet known beats met.
    pub fn verdict(&self) -> Verdict {
        super::together(self.targets.iter().map(|target| target.verdict))
    }

    /// The moment up to which nothing counts.
    pub fn settled_at(&self) -> Timestamp {
        Timestamp::START + crate::units::Duration::from_secs_f64(self.settle_s)
    }
}
