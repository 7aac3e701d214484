//! The register of recovery-point strategies: one file and one variant each.

mod adaptive;
mod app_every_nth;
mod coarser_when_late;
mod fixed_interval;
mod loss_against_cost;

pub use adaptive::Adaptive;
pub use app_every_nth::AppEveryNth;
pub use coarser_when_late::CoarserWhenLate;
pub use fixed_interval::FixedInterval;
pub use loss_against_cost::LossAgainstCost;

use super::strategy::{PointView, RecoveryPointStrategy};
use crate::contract::Marks;
use crate::intent::{ReplicationPolicy, StrategyChoice};
use crate::units::Duration;

/// One of the strategies, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StrategySpec {
    FixedInterval(FixedInterval),
    AppEveryNth(AppEveryNth),
    CoarserWhenLate(CoarserWhenLate),
    Adaptive(Adaptive),
    LossAgainstCost(LossAgainstCost),
}

impl From<&StrategyChoice> for StrategySpec {
    fn from(choice: &StrategyChoice) -> Self {
        match *choice {
            StrategyChoice::FixedInterval => StrategySpec::FixedInterval(FixedInterval),
            StrategyChoice::AppEveryNth { n } => StrategySpec::AppEveryNth(AppEveryNth { n }),
            StrategyChoice::CoarserWhenLate { times } => StrategySpec::CoarserWhenLate(CoarserWhenLate { times }),
            StrategyChoice::Adaptive { at_least, at_most, wait } => {
                StrategySpec::Adaptive(Adaptive { at_least, at_most, wait })
            }
            StrategyChoice::LossAgainstCost { failure_every } => {
                StrategySpec::LossAgainstCost(LossAgainstCost { failure_every })
            }
        }
    }
}

impl StrategySpec {
    fn as_strategy(&self) -> &dyn RecoveryPointStrategy {
        match self {
            StrategySpec::FixedInterval(strategy) => strategy,
            StrategySpec::AppEveryNth(strategy) => strategy,
            StrategySpec::CoarserWhenLate(strategy) => strategy,
            StrategySpec::Adaptive(strategy) => strategy,
            StrategySpec::LossAgainstCost(strategy) => strategy,
        }
    }
}

impl RecoveryPointStrategy for StrategySpec {
    fn grid(&self, policy: &ReplicationPolicy) -> Duration {
        self.as_strategy().grid(policy)
    }

    fn marks(&self, view: &PointView<'_>) -> Marks {
        self.as_strategy().marks(view)
    }
}

/// `every`, lengthened to the next multiple of `of`.
fn multiple(every: Duration, of: Duration) -> Duration {
    of * every.ns().div_ceil(of.ns().max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::testing::{minutes, view};
    use super::*;
    use crate::units::Ratio;

    /// What a policy says of itself is what its strategy does.
    #[test]
    fn a_policy_knows_whether_its_strategy_makes_app_consistent_points() {
        let (at_least, at_most, wait) = (minutes(1), minutes(30), Ratio::ZERO);
        let choices = [
            StrategyChoice::FixedInterval,
            StrategyChoice::AppEveryNth { n: 12 },
            StrategyChoice::CoarserWhenLate { times: 6 },
            StrategyChoice::Adaptive { at_least, at_most, wait },
            StrategyChoice::LossAgainstCost { failure_every: Duration::days(10) },
        ];
        for strategy in choices {
            for app in [None, Some(minutes(60))] {
                let seen = view(app, true);
                let policy = ReplicationPolicy { strategy: strategy.clone(), ..seen.policy.clone() };
                let marks = StrategySpec::from(&strategy).marks(&PointView { policy: &policy, ..seen });
                assert_eq!(marks.app_every.is_some(), policy.makes_app_consistent_points(), "{strategy:?} {app:?}");
            }
        }
    }
}

#[cfg(test)]
mod testing {
    use std::sync::OnceLock;

    use super::*;
    use crate::units::{Timestamp, VmId};

    pub const fn minutes(count: u64) -> Duration {
        Duration::minutes(count)
    }

    /// A policy of 5 minutes and one day, without any point so far.
    pub fn view(app: Option<Duration>, keeps_up: bool) -> PointView<'static> {
        static POLICIES: OnceLock<Vec<ReplicationPolicy>> = OnceLock::new();
        let policy = |app: Option<u64>| ReplicationPolicy {
            name: "gold".to_owned(),
            crash_consistent_every: minutes(5),
            app_consistent_every: app.map(minutes),
            app_consistent_freeze: Duration::secs(2),
            retention: Duration::days(1),
            journal: None,
            rpo_alert: None,
            strategy: StrategyChoice::FixedInterval,
        };
        let all = POLICIES.get_or_init(|| [None, Some(1), Some(20), Some(60), Some(61), Some(240)].map(policy).into());
        let policy = all.iter().find(|own| own.app_consistent_every == app).expect("a policy of the tests");
        PointView { now: Timestamp::START, vm: VmId(0), policy, newest: None, keeps_up, lag: None }
    }
}
