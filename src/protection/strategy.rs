//! What a recovery-point strategy is: it looks at one VM and says which marks its agents put into the stream.
//!
//! A strategy decides when points are made. How long they are kept is retention's business, and whether they become usable in
//! time is the world's. Strategies hold no clock and no luck; whoever wants jitter takes it from the VM's id.

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
