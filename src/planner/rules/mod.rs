//! Published sizing rules: small pure functions that answer without a simulation.
//!
//! They serve two ends. `drsim plan` prints them beside the simulated answer, so that a reader sees what a rule of
//! thumb would have said. And each one reproduces a published worked example, so that the units, the rounding and the
//! arithmetic of the crate are held against the literature (`docs/validation.md` lists every case).
//!
//! | room | rules for |
//! |---|---|
//! | [`bandwidth`] | least link for an RPO, RPO of a link, share of time an RPO is met (fluid queue) |
//! | [`replication_time`] | transfers, catch-up, re-protection, retries, ages of periodic copies |
//! | [`cache`] | cache storage in steady state, when blocked, at failback |
//! | [`appliance`] | throughput envelope, disks per appliance, re-protect batches |
//! | [`storage`] | replicas, daily change, reserves, free space on volumes |
//! | [`points`] | recovery points kept by a retention, and their cost |
//! | [`journal`] | journals and replication logs |
//! | [`quota`] | what replicas draw on quotas, drills |
//! | [`stamp`] | memory reserve, machines per stamp, footprint of the resource provider |
//!
//! Units are those of [`crate::units`]; documents that write MB for 1024 KB are read with `MiB`. Rounding is the
//! crate's: times up, amounts down, needed rates up. A mark in each doc says how well a rule is supported:
//! *documented* (for this product or by the vendor whose rule it is), *sibling* (documented for a sibling product),
//! *inferred* (ours, the reason is given). Limits are arguments, not constants: they come from a limits profile.

pub mod appliance;
pub mod bandwidth;
pub mod cache;
pub mod journal;
pub mod points;
pub mod quota;
pub mod replication_time;
pub mod stamp;
pub mod storage;
