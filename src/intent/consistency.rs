//! Consistency groups: machines that are of use only as they were at one and the same moment.

use crate::units::VmId;

/// A failover that asks for a common point takes every member back to the same mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyGroup {
    pub name: String,
    /// At least two; a machine belongs to one group at most.
    pub vms: Vec<VmId>,
}
