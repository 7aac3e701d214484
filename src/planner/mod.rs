//! FLOOR 4: many runs, one answer. Knows no text.

pub mod compare;
mod crew;
mod effort;
pub mod findings;
mod gate;
mod paired;
pub mod rare;
mod replicate;
pub mod rules;
mod sample;
pub mod sizing;
pub mod sweep;

pub use crate::kernel::numeric_fingerprint;
pub use crate::measure::Outcome;
pub use crate::statistics::{Next, Stopping};
pub use effort::Effort;
pub use findings::{Bottleneck, Findings, ReplicationRow, TargetFinding, Trouble, Verdict, estimate, merge, trouble};
pub use gate::{Gate, Judgement, Looks, together};
pub use paired::{Baseline, BaselineTarget, MARGIN, Paired, baseline, label, labelled, other_shape};
pub use replicate::{Replication, one_replication, replicate, replication_with_series};
pub use sample::{Ended, Runner, Sample, Wanted};
