//! Occupancy: the level of each meter over time, its peak with moment, phase and cause, its peak in each phase.
//!
//! A fact tells a straight piece when it ends. The distribution (mean, p95, p99) counts time after settling only; the
//! peak is over the whole run, since the first copy needs its room too, and names the phase it fell into.
//! Units: those of the meter; weights ns. Invariant: the peak is the greatest of the peaks by phase.

use super::paths::Paths;
use super::situation::{Scene, Situations};
use super::{MeterOutcome, Peak, RunPhase};
use crate::contract::LevelPiece;
use crate::statistics::Sketch;
use crate::units::{Duration, Timestamp};

const PHASES: usize = RunPhase::ALL.len();

#[derive(Default)]
struct Gauge {
    levels: Sketch,
    peak: Option<Peak>,
    by_phase: [Option<u64>; PHASES],
    saturated_since: Option<Timestamp>,
    saturated: Duration,
}

/// All meters, by meter index.
pub(super) struct Occupancy {
    gauges: Vec<Gauge>,
}

/// A straight piece of a meter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub since: Timestamp,
    pub until: Timestamp,
    pub start: u64,
    pub end: u64,
}

impl Occupancy {
    pub fn new(paths: &Paths) -> Self {
        Self { gauges: paths.meters.all().iter().map(|_| Gauge::default()).collect() }
    }

    pub fn piece(&mut self, meter: usize, piece: Piece, situations: &Situations, paths: &Paths) {
        let scene = situations.scene(meter, piece.since, false, paths);
        let gauge = &mut self.gauges[meter];
        gauge.reach(piece.start, piece.since, scene);
        if piece.until <= piece.since {
            return;
        }
        // A piece may run straight through changes of phase: each phase has the level at its two ends.
        let mut still = true;
        situations.changes(meter, piece.since, piece.until, paths, |at| {
            still = false;
            let level = piece.level(at);
            gauge.reach(level, at, situations.scene(meter, at, true, paths));
            gauge.reach(level, at, situations.scene(meter, at, false, paths));
        });
        let scene = if still { scene } else { situations.scene(meter, piece.until, true, paths) };
        gauge.reach(piece.end, piece.until, scene);
        gauge.weigh(&piece, paths);
    }

    /// Pieces one after the other: while nothing changes around the meter one look around serves them all.
    pub fn pieces(
        &mut self,
        meter: usize,
        since: Timestamp,
        pieces: &[LevelPiece],
        situations: &Situations,
        paths: &Paths,
    ) {
        let Some(last) = pieces.last() else { return };
        let mut still = true;
        situations.changes(meter, since, last.until, paths, |_| still = false);
        let scene = situations.scene(meter, since, false, paths);
        for (since, LevelPiece { until, start, end }) in LevelPiece::run(since, pieces) {
            let piece = Piece { since, until, start, end };
            if !still || until <= since {
                self.piece(meter, piece, situations, paths);
                continue;
            }
            let gauge = &mut self.gauges[meter];
            gauge.reach(start, since, scene);
            gauge.reach(end, until, scene);
            gauge.weigh(&piece, paths);
        }
    }

    /// Returns whether that was news.
    pub fn saturated(&mut self, meter: usize, begins: bool, at: Timestamp, settled_at: Timestamp) -> bool {
        let gauge = &mut self.gauges[meter];
        match (gauge.saturated_since, begins) {
            (None, true) => gauge.saturated_since = Some(at),
            (Some(since), false) => {
                gauge.saturated += at.saturating_since(since.max(settled_at));
                gauge.saturated_since = None;
            }
            (None, false) | (Some(_), true) => return false,
        }
        true
    }

    pub fn close(mut self, at: Timestamp, paths: &Paths) -> Vec<MeterOutcome> {
        for meter in 0..self.gauges.len() {
            self.saturated(meter, false, at, paths.settled_at);
        }
        let mut outcomes = Vec::new();
        for (gauge, meter) in self.gauges.iter().zip(paths.meters.all()) {
            let Some(peak) = gauge.peak else { continue };
            let reached = RunPhase::ALL.iter().zip(gauge.by_phase).filter_map(|(phase, level)| Some((*phase, level?)));
            outcomes.push(MeterOutcome {
                meter: *meter,
                levels: gauge.levels.seal(),
                peak,
                peak_by_phase: reached.collect(),
                saturated: gauge.saturated,
            });
        }
        outcomes.sort_by_key(|outcome| outcome.meter);
        outcomes
    }
}

impl Gauge {
    fn reach(&mut self, level: u64, at: Timestamp, scene: Scene) {
        let phase = &mut self.by_phase[scene.phase as usize];
        *phase = (*phase).max(Some(level));
        if self.peak.is_none_or(|peak| level > peak.level) {
            let Scene { phase, vms, outage } = scene;
            self.peak = Some(Peak { level, at, phase, vms, outage });
        }
    }

    /// What of the piece lies after settling goes into the distribution.
    fn weigh(&mut self, piece: &Piece, paths: &Paths) {
        let from = piece.since.max(paths.settled_at).min(piece.until);
        self.levels.add_piece(piece.level(from), piece.end, piece.until.since(from).ns());
    }
}

impl Piece {
    /// The level at a moment of the piece.
    fn level(&self, at: Timestamp) -> u64 {
        match at {
            at if at == self.since => self.start,
            at if at == self.until => self.end,
            at => {
                let share = at.since(self.since).ns() as f64 / self.until.since(self.since).ns() as f64;
                (self.start as f64 + (self.end as f64 - self.start as f64) * share).max(0.0) as u64
            }
        }
    }
}

#[cfg(test)]
#[path = "occupancy_tests.rs"]
mod tests;
