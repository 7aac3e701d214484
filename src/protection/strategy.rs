//! What a recovery-point strategy is: it looks at one VM and says which marks its agents put into the stream.
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
//!     retention: Duration::days(1),
//!     rpo_alert: None,
//!     strategy: StrategyChoice::FixedInterval,
//! };
//! let view = |keeps_up| PointView { now: Timestamp::START, vm: VmId(0), policy: &policy, newest: None, keeps_up };
//! assert_eq!(RarerWhenLate.marks(&view(true)).crash_every, Duration::minutes(5));
//! assert_eq!(RarerWhenLate.marks(&view(false)).crash_every, Duration::minutes(30));
//! ```

use super::recovery_points::RecoveryPoint;
use crate::contract::Marks;
use crate::intent::ReplicationPolicy;
use crate::units::{Timestamp, VmId};

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
}

/// A way to make recovery points.
pub trait RecoveryPointStrategy {
    /// The marks from now on. Asked when the stream starts and whenever something in the view changed.
    fn marks(&self, view: &PointView<'_>) -> Marks;
}
