//! The register of recovery-point strategies: one file and one variant each.

mod fixed_interval;

pub use fixed_interval::FixedInterval;

use super::strategy::{PointView, RecoveryPointStrategy};
use crate::contract::Marks;
use crate::intent::StrategyChoice;

/// One of the strategies, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StrategySpec {
    FixedInterval(FixedInterval),
}

impl From<&StrategyChoice> for StrategySpec {
    fn from(choice: &StrategyChoice) -> Self {
        match choice {
            StrategyChoice::FixedInterval => StrategySpec::FixedInterval(FixedInterval),
        }
    }
}

impl RecoveryPointStrategy for StrategySpec {
    fn marks(&self, view: &PointView<'_>) -> Marks {
        match self {
            StrategySpec::FixedInterval(strategy) => strategy.marks(view),
        }
    }
}
