//! `rare.json`: for programs. Names are stable within `drsim-rare/1`. Scores in seconds, probabilities per replication.

use serde::Serialize;

use super::RareAbout;
use crate::planner::rare::{Found, Level};
use crate::report::formats::json::FilePart;
use crate::report::formats::parts::{EstimatePart, estimate};
use crate::report::numbers::six;
use crate::report::write::verdict_name;

#[derive(Serialize)]
struct Rare<'a> {
    schema: &'static str,
    version: &'a str,
    title: &'a str,
    scenario_file: &'a str,
    scenario_hash: &'a str,
    event: &'a str,
    /// In one replication, with its 95 % interval; null while the event is not reached.
    probability: Option<EstimatePart>,
    at_most: Option<f64>,
    /// Against `at_most`; without it met means that the interval leaves zero.
    verdict: &'static str,
    levels: Vec<LevelPart>,
    /// By repetition.
    estimates: Vec<f64>,
    /// Share of the greatest of them in their sum.
    greatest_share: f64,
    greatest_score_s: Option<f64>,
    replications: u64,
    pilot_replications: u64,
    crude_replications: Option<f64>,
    causes: Vec<CausePart<'a>>,
    seed: u64,
    samples: usize,
    repetitions: u64,
    interrupted: bool,
    command: &'a str,
}

#[derive(Serialize)]
struct LevelPart {
    /// Score above which it is passed; null where the event is no span of time.
    above_s: Option<f64>,
    is_the_event: bool,
    conditional_probability: f64,
    /// Share of the moves that stood; null on the first level.
    acceptance: Option<f64>,
    replications: u64,
}

#[derive(Serialize)]
struct CausePart<'a> {
    bottleneck: &'a str,
    replications: u64,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    version: &'a str,
    scenario_hash: &'a str,
    seed: u64,
    command: &'a str,
    files: Vec<FilePart<'a>>,
}

/// Writes `rare.json`.
pub fn json(found: &Found, about: &RareAbout) -> String {
    let last = found.levels.len();
    let level = |(place, own): (usize, &Level)| LevelPart {
        above_s: Some(six(own.threshold)).filter(|_| own.threshold < f64::MAX),
        is_the_event: place + 1 == last,
        conditional_probability: six(own.share),
        acceptance: own.stood.map(six),
        replications: own.runs,
    };
    pretty(&Rare {
        schema: "drsim-rare/1",
        version: &about.version,
        title: &about.title,
        scenario_file: &about.scenario_file,
        scenario_hash: &about.hash_hex,
        event: &about.event,
        probability: found.probability.as_ref().map(estimate),
        at_most: about.at_most,
        verdict: verdict_name(found.verdict(about.at_most)),
        levels: found.levels.iter().enumerate().map(level).collect(),
        estimates: found.estimates.iter().map(|own| six(*own)).collect(),
        greatest_share: six(found.greatest_share),
        greatest_score_s: Some(six(found.greatest)).filter(|_| found.greatest.is_finite() && found.greatest >= 0.0),
        replications: found.runs,
        pilot_replications: found.pilot_runs,
        crude_replications: found.crude_runs.map(six),
        causes: about.causes.iter().map(|(name, count)| CausePart { bottleneck: name, replications: *count }).collect(),
        seed: about.seed,
        samples: about.samples,
        repetitions: about.repetitions,
        interrupted: found.interrupted,
        command: &about.command,
    })
}

/// Writes `manifest.json`.
pub(super) fn manifest(about: &RareAbout, files: Vec<FilePart<'_>>) -> String {
    let RareAbout { version, hash_hex, seed, command, .. } = about;
    pretty(&Manifest { schema: "drsim-rare-manifest/1", version, scenario_hash: hash_hex, seed: *seed, command, files })
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain structs with text keys") + "\n"
}
