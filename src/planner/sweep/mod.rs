//! Sweeps: one scenario at many points of some of its fields, every point with the same luck.
//!
//! A point is a scenario run for some replications; what is kept of it is one value per yardstick and replication. Points
//! share the seed, so what differs between them is the fields and little else. Units: those of the yardsticks.

mod design;
mod sensitivity;

pub use design::{Design, Extent, POINTS_MAX, points};
pub use sensitivity::{Effect, morris, sobol};

use super::compare::Yardstick;
use super::findings::Estimate;
use super::sample::Sample;
use crate::simulation::Setup;
use crate::statistics::mean_interval;

/// What one point came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointOutcome {
    /// Of all facts of all its replications.
    pub digest: u128,
    /// By yardstick and replication.
    pub values: Vec<Vec<Option<f64>>>,
}

/// Confidence of the intervals beside means of points, two-sided.
const CONFIDENCE: f64 = 0.95;

impl PointOutcome {
    pub fn of(yardsticks: &[Yardstick], setup: &Setup, sample: &Sample) -> PointOutcome {
        let values = yardsticks.iter().map(|own| own.values(setup, &sample.outcomes)).collect();
        PointOutcome { digest: sample.digest(), values }
    }

    /// Mean over the replications that have a value, and how many these are.
    pub fn mean(&self, yardstick: usize) -> (Estimate, u64) {
        let known: Vec<f64> = self.values.get(yardstick).into_iter().flatten().flatten().copied().collect();
        (Estimate::from(mean_interval(&known, CONFIDENCE)), known.len() as u64)
    }
}

/// What each axis does to one yardstick; empty where the design tells nothing of it.
pub fn effects(
    design: Design,
    points: &[Vec<f64>],
    outcomes: &[PointOutcome],
    yardstick: usize,
    seed: u64,
) -> Vec<Effect> {
    let values: Vec<Option<f64>> = outcomes.iter().map(|own| own.mean(yardstick).0.value).collect();
    let axes = points.first().map_or(0, Vec::len);
    match design {
        Design::Morris => morris(points, &values),
        Design::Saltelli => sobol(axes, points.len() / (axes + 2), &values, seed),
        Design::Grid | Design::List | Design::Random | Design::Latin | Design::Sobol => Vec::new(),
    }
}
