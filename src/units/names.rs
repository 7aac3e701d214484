//! Names inside the program: small integers that index the arenas of the inventory.
//!
//! A name is only compared with its own kind; mixing a disk with a link does not compile.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Place in the arena of its kind.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the arena's `index`-th entry. Panics beyond 2³² entries: scenarios are refused long before.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("an arena holds fewer than 2^32 entries"))
            }
        }
    )+};
}

id! {
    /// A protected or protectable virtual machine of a source stamp.
    VmId,
    /// One disk of a VM; disks of one VM are consecutive, the OS disk first.
    DiskId,
    /// A group of like machines (`[vms.sql]`).
    GroupId,
    /// An installation of compute and storage that fails as a whole.
    StampId,
    /// A subscription on a stamp: owner of quotas.
    SubscriptionId,
    /// A WAN link between two stamps.
    LinkId,
    /// A cache ("log") storage account.
    CacheId,
    /// A replication appliance, and the vault that belongs to it (one each).
    ApplianceId,
    /// A replication policy.
    PolicyId,
    /// A recovery plan.
    PlanId,
    /// Machines whose recovery points belong together.
    ConsistencyGroupId,
    /// A dated outage of one run (random ones are dated before the first event).
    OutageId,
}
