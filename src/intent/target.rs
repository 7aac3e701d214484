//! Targets: what the outcome must be, as `"p99.9(rpo) <= 15m"` at a confidence.

use crate::units::{CacheId, Duration, GroupId, Ratio};

/// One demand on the outcome. Met, missed or not yet known by the confidence bound, never by a bare point estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub scope: Scope,
    /// As written, for reports: `p99.9(rpo) <= 15m`.
    pub text: String,
    pub statistic: Statistic,
    pub measure: Measure,
    pub comparator: Comparator,
    /// Limit in the unit of the measure: seconds for times, bytes for amounts, shares as 0 … 1.
    pub limit: f64,
    pub confidence: Ratio,
    /// Line of the scenario file, 1-based, for messages.
    pub line: u32,
}

/// Whom a target speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Everything,
    Group(GroupId),
    Cache(CacheId),
}

/// How many values become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Statistic {
    /// p99.9 is 0.999.
    Quantile(f64),
    Mean,
    Max,
    /// Probability that the measure is beyond its own threshold (`prob(overflow)`, `prob(rpo > 15m)`).
    Probability,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Age of the newest usable point at the instant of failure [s].
    RpoAtFailure,
    /// Age at the instant of failure of the point that the failover used: it may be older than the newest, for the sake of
    /// consistency, or younger, when more was processed until somebody decided [s].
    RpoUsed,
    /// Age of the newest usable point over all time and VMs, time-weighted [s].
    RpoOverTime,
    /// From the failure until the VM serves again [s].
    Rto,
    /// Probability that the RPO over time is above this.
    RpoAbove(Duration),
    /// Bytes written and lost at a failover.
    DataLost,
    /// Occupancy of the cache as a share of its capacity.
    CacheUsed,
    /// The cache refused data at least once in a replication.
    CacheOverflow,
    /// Share of time that a VM serves.
    Availability,
    /// Until the last VM is protected, from the start of the run [s].
    InitialReplication,
    /// From the order to re-protect until protected in reverse [s].
    Reprotect,
    /// From the order to fail back until the source VM serves [s].
    Failback,
    /// Operations refused for lack of quota, slots or storage, per replication.
    RefusedOperations,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    AtMost,
    AtLeast,
}
