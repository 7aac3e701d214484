//! FLOOR 1: samples in, honest statements out. Knows nothing of disaster recovery.
//!
//! | question | method | reference |
//! |---|---|---|
//! | how precise is a mean over replications | Student t, [`mean_interval`] | Law 2015, ch. 4 |
//! | how precise is a proportion | Clopper–Pearson, [`proportion_interval`] | Clopper, Pearson 1934 |
//! | how precise is a quantile | binomial ranks, [`quantile_ranks`] | Hahn, Meeker 1991 (P10) |
//! | what pooled samples of few events are worth | design effect, [`effective_count`] | Korn, Graubard 1998 |
//! | how many runs until the greatest one is a bound | Wilks, [`wilks_samples`] | Wilks 1941 |
//! | distribution of a level over time | log buckets, [`Sketch`] | Masson et al. 2019 |
//! | which of two on the same luck is better | paired t, [`Pairs`] | Law 2015, ch. 10 |
//! | have enough replications run | relative half-width, [`Stopping`] | Chow, Robbins 1965 |
//!
//! Only replications are independent; whoever pools samples of one replication says so beside the number.

mod cluster;
mod interval;
mod paired;
mod quantile;
mod sketch;
mod stopping;

pub use cluster::effective_count;
pub use interval::{Interval, mean_interval, proportion_interval, quantile_interval, quantile_ranks, wilks_samples};
pub use paired::Pairs;
pub use quantile::{mean, quantile_sorted};
pub use sketch::{Sealed, Sketch};
pub use stopping::{Next, REPLICATIONS_MIN, Stopping};
