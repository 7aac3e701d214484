//! FLOOR 2: PHYSICS AND LUCK. What is written, moves, fills, breaks and takes time. No policy.

pub mod churn;
pub mod outages;
pub mod physics;

pub use churn::{Churn, DiskChurn, Noise, Series, Writes};
pub use outages::{Outage, OutageSpec, TakenBy, When};
pub use physics::{CrossTraffic, Physics, Times};
