//! Replication policies, and which VM is protected how.

use crate::units::{ApplianceId, Bytes, Duration, PolicyId, Ratio, StampId, SubscriptionId};

/// What a policy asks of replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationPolicy {
    pub name: String,
    /// Interval of crash-consistent points. Not the RPO: that one is achieved.
    pub crash_consistent_every: Duration,
    /// Interval of app-consistent points; a multiple of the crash-consistent one. `None`: off.
    pub app_consistent_every: Option<Duration>,
    /// How long the guest is held up at an app-consistent mark: what such a point costs. Assumed, nobody documents it.
    pub app_consistent_freeze: Duration,
    pub retention: Duration,
    /// Bounds what the points may keep, beside `retention`. `None`: whatever they keep.
    pub journal: Option<Journal>,
    /// Threshold that raises an event when the newest point is older; it changes nothing else.
    pub rpo_alert: Option<Duration>,
    pub strategy: StrategyChoice,
}

impl ReplicationPolicy {
    /// Whether machines with these two policies have points at the same moments, as far as strategies let them.
    pub fn marks_like(&self, other: &ReplicationPolicy) -> bool {
        let by = |own: &ReplicationPolicy| (own.crash_consistent_every, own.app_consistent_every);
        let weighed = |own: &ReplicationPolicy| (own.app_consistent_freeze, own.retention);
        let like = by(self) == by(other) && self.strategy == other.strategy;
        like && (!matches!(self.strategy, StrategyChoice::LossAgainstCost { .. }) || weighed(self) == weighed(other))
    }

    /// Whether its strategy asks guests to be quiet at all.
    pub fn makes_app_consistent_points(&self) -> bool {
        match self.strategy {
            StrategyChoice::AppEveryNth { .. } | StrategyChoice::LossAgainstCost { .. } => true,
            StrategyChoice::FixedInterval
            | StrategyChoice::CoarserWhenLate { .. }
            | StrategyChoice::Adaptive { .. } => self.app_consistent_every.is_some(),
        }
    }
}

/// A bound on what the points of one VM keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journal {
    pub at_most: Bytes,
    /// How often the product looks at what they keep.
    pub look_every: Duration,
}

/// Which recovery-point strategy makes the points. One variant per file of `protection/strategies/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StrategyChoice {
    /// A point every `crash_consistent_every`, whatever happens.
    #[default]
    FixedInterval,
    /// The same, and every `n`-th point is app-consistent.
    AppEveryNth { n: u32 },
    /// `times` the interval while marks are not applied in time.
    CoarserWhenLate { times: u32 },
    /// (1 + `wait`) times as long as a mark takes to be applied, between `at_least` and `at_most`.
    Adaptive { at_least: Duration, at_most: Duration, wait: Ratio },
    /// The interval at which what points cost equals what failures lose between them.
    LossAgainstCost { failure_every: Duration },
}

/// How one VM is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    pub policy: PolicyId,
    pub appliance: ApplianceId,
    pub target: StampId,
    /// Whose quotas replicas and failed-over VMs draw on.
    pub subscription: SubscriptionId,
    pub network: String,
    /// Network of test failovers, fixed beforehand. Without it a test failover is refused.
    pub test_network: Option<String>,
    /// Rank of initial replication and recovery; lower first.
    pub order: u32,
    /// Re-protect is refused when one of these is empty.
    pub failback_policy: String,
    pub failback_extension: String,
    /// Share of link and service relative to others.
    pub weight: u32,
    /// How old data may be when it has arrived. Where protections have one, the links serve first what is due first.
    pub deadline: Option<Duration>,
}
