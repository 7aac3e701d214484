//! What a recovery-point strategy is: it looks at one VM and says which marks in its stream become recovery points.
//!
//! The agents mark the stream on a grid that is fixed when it starts, the finest that the strategy may ever want; of these marks
//! the logic takes those that the strategy wants at present. A mark costs no bytes, so a strategy that changes its mind need
//! not tell the agents, and nothing in flight is marked by a rule that no longer holds.
//!
//! A strategy decides when points are made. How long they are kept is retention's business, and whether they become usable in
//! time is the world's. Strategies hold no clock and no luck; whoever wants jitter takes it from the VM's id.
//!
//! A strategy is a function of its view, so it can be tried without anything else:
//!
//! ```
//! use drsim::contract::Marks;
//! use drsim::intent::{ReplicationPolicy, StrategyChoice};
//! use drsim::protection::{PointView, RecoveryPointStrategy};
//! use drsim::units::{Duration, Timestamp, VmId};
//!
//! /// Six times rarer while marks are not applied in time: fewer points to look after when there is most to do.
//! struct RarerWhenLate;
//!
//! impl RecoveryPointStrategy for RarerWhenLate {
//!     fn marks(&self, view: &PointView<'_>) -> Marks {
//!         let every = view.policy.crash_consistent_every;
//!         Marks { crash_every: if view.keeps_up { every } else { every * 6 }, app_every: None }
//!     }
//! }
//!
//! let policy = ReplicationPolicy {
//!     name: "gold".into(),
//!     crash_consistent_every: Duration::minutes(5),
//!     app_consistent_every: None,
//!     app_consistent_freeze: Duration::secs(2),
//!     retention: Duration::days(1),
//!     journal: None,
//!     rpo_alert: None,
//!     strategy: StrategyChoice::FixedInterval,
//! };
//! let view = |keeps_up| PointView { now: Timestamp::START, vm: VmId(0), policy: &policy, newest: None, keeps_up, lag: None };
//! assert_eq!(RarerWhenLate.marks(&view(true)).crash_every, Duration::minutes(5));
//! assert_eq!(RarerWhenLate.marks(&view(false)).crash_every, Duration::minutes(30));
//! ```

use super::recovery_points::RecoveryPoint;
use crate::contract::Marks;
use crate::intent::ReplicationPolicy;
use crate::units::{Duration, Timestamp, VmId};

/// What a strategy may look at.
#[derive(Clone, Copy, Debug)]
pub struct PointView<'a> {
    pub now: Timestamp,
    pub vm: VmId,
    pub policy: &'a ReplicationPolicy,
    /// The newest usable point.
    pub newest: Option<RecoveryPoint>,
    /// Marks are applied in time at present.
    pub keeps_up: bool,
    /// How long a mark takes until it is applied: all of them while it keeps up, else the newest point's.
    pub lag: Option<Duration>,
}

/// A way to make recovery points.
pub trait RecoveryPointStrategy {
    /// The grid of the agents' marks: every interval that [`RecoveryPointStrategy::marks`] ever gives is a multiple of it.
    fn grid(&self, policy: &ReplicationPolicy) -> Duration {
        policy.crash_consistent_every
    }

    /// The marks that become points from now on. Asked when the stream starts, when the VM falls behind or keeps up again, and
    /// for each point that is reported by itself.
    fn marks(&self, view: &PointView<'_>) -> Marks;
}
