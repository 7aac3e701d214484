//! FLOOR 4: many runs, one answer. Knows no text.

pub mod findings;
mod replicate;
pub mod rules;
mod sample;

pub use crate::kernel::numeric_fingerprint;
pub use crate::measure::Outcome;
pub use crate::statistics::{Next, Stopping};
pub use findings::{Findings, ReplicationRow, Verdict, estimate, merge};
pub use replicate::{Replication, one_replication, replicate, replication_with_series};
pub use sample::{Ended, Runner, Sample, Wanted};
