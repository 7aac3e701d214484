//! `compare.json`: for programs. Names are stable within `drsim-compare/1`.

use serde::Serialize;

use super::ContestAbout;
use crate::planner::compare::{Against, Compared, Comparison, Decision, Standing};
use crate::planner::findings::{Estimate, Verdict};
use crate::report::formats::json::FilePart;
use crate::report::front::{behind, place_key};
use crate::report::numbers::{six, unit_name};
use crate::report::write::verdict_name;

#[derive(Serialize)]
struct Compare<'a> {
    schema: &'static str,
    version: &'a str,
    decision: DecisionPart<'a>,
    confidence: f64,
    seed: u64,
    replications: u64,
    replications_at_most: u64,
    looks: usize,
    looks_planned: usize,
    interrupted: bool,
    candidates: Vec<CandidatePart<'a>>,
    yardsticks: Vec<YardstickPart<'a>>,
    notes: &'a [String],
    command: &'a str,
}

#[derive(Serialize)]
struct DecisionPart<'a> {
    /// best, good-enough, not-yet-known, not-paired or no-values.
    kind: &'static str,
    by: &'a str,
    /// The best; null while it is not known.
    candidate: Option<&'a str>,
    /// Who may still be the best.
    left: Vec<&'a str>,
    more_replications: u64,
}

#[derive(Serialize)]
struct CandidatePart<'a> {
    name: &'a str,
    title: &'a str,
    file: &'a str,
    overrides: &'a str,
    scenario_hash: &'a str,
    digest: &'a str,
    targets: &'static str,
    /// In RPO and RTO: front, front-by-price, behind, probably-behind; empty where they are not known.
    front: &'static str,
    behind: Option<&'a str>,
}

#[derive(Serialize)]
struct YardstickPart<'a> {
    name: &'a str,
    unit: &'static str,
    lower_is_better: bool,
    margin: f64,
    candidates: Vec<ResultPart<'a>>,
}

#[derive(Serialize)]
struct ResultPart<'a> {
    name: &'a str,
    mean: EstimatePart,
    against_first: Option<AgainstPart>,
}

#[derive(Serialize)]
struct AgainstPart {
    pairs: u64,
    unpaired: u64,
    difference: EstimatePart,
    /// better, worse, same, not-yet-known, not-paired or no-values.
    standing: &'static str,
    more_replications: u64,
    independent_runs_per_pair: Option<f64>,
}

#[derive(Serialize)]
struct EstimatePart {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    version: &'a str,
    seed: u64,
    replications: u64,
    command: &'a str,
    files: Vec<FilePart<'a>>,
}

/// Writes `compare.json`.
pub fn json(found: &Comparison, about: &ContestAbout) -> String {
    pretty(&Compare {
        schema: "drsim-compare/1",
        version: &about.version,
        decision: decision(found, about),
        confidence: found.confidence,
        seed: about.seed,
        replications: found.replications,
        replications_at_most: about.at_most,
        looks: found.looks,
        looks_planned: found.looks_planned,
        interrupted: about.interrupted,
        candidates: candidates(found, about),
        yardsticks: found.yardsticks.iter().map(|own| yardstick(own, about)).collect(),
        notes: &about.notes,
        command: &about.command,
    })
}

/// Writes `manifest.json`.
pub(super) fn manifest(about: &ContestAbout, replications: u64, files: Vec<FilePart<'_>>) -> String {
    let (version, seed, command) = (about.version.as_str(), about.seed, about.command.as_str());
    pretty(&Manifest { schema: "drsim-compare-manifest/1", version, seed, replications, command, files })
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain structs with text keys") + "\n"
}

fn decision<'a>(found: &'a Comparison, about: &'a ContestAbout) -> DecisionPart<'a> {
    let by = found.yardsticks[found.by].yardstick.name.as_str();
    let part = |kind, candidate: Option<usize>| DecisionPart {
        kind,
        by,
        candidate: candidate.map(|own| about.name(own)),
        left: Vec::new(),
        more_replications: 0,
    };
    match &found.decision {
        Decision::Best(best) => part("best", Some(*best)),
        Decision::GoodEnough(best) => part("good-enough", Some(*best)),
        Decision::NotYetKnown { left, more } => DecisionPart {
            left: left.iter().map(|own| about.name(*own)).collect(),
            more_replications: *more,
            ..part("not-yet-known", None)
        },
        Decision::NotPaired(..) => part("not-paired", None),
        Decision::NoValues => part("no-values", None),
    }
}

fn candidates<'a>(found: &Comparison, about: &'a ContestAbout) -> Vec<CandidatePart<'a>> {
    let verdict = |place: usize| -> Verdict {
        crate::planner::together(found.targets.get(place).into_iter().flatten().map(|own| own.verdict))
    };
    let all = about.candidates.iter().enumerate();
    let front = |place: usize| found.front.as_ref().and_then(|own| own.places.get(place)).copied();
    all.map(|(place, own)| CandidatePart {
        front: front(place).map_or("", place_key),
        behind: front(place).and_then(behind).map(|own| about.name(own)),
        name: &own.name,
        title: &own.title,
        file: &own.file,
        overrides: own.overrides.trim_start(),
        scenario_hash: &own.hash_hex,
        digest: &own.digest_hex,
        targets: if found.targets.get(place).is_none_or(Vec::is_empty) { "none" } else { verdict_name(verdict(place)) },
    })
    .collect()
}

fn yardstick<'a>(own: &'a Compared, about: &'a ContestAbout) -> YardstickPart<'a> {
    let result = |(place, against): (usize, &Option<Against>)| ResultPart {
        name: about.name(place),
        mean: estimate(&own.means[place]),
        against_first: against.as_ref().map(against_first),
    };
    YardstickPart {
        name: &own.yardstick.name,
        unit: unit_name(own.yardstick.unit),
        lower_is_better: own.yardstick.lower_is_better,
        margin: six(own.margin),
        candidates: own.against.iter().enumerate().map(result).collect(),
    }
}

fn against_first(own: &Against) -> AgainstPart {
    let more_replications = if let Standing::NotYetKnown { more } = own.standing { more } else { 0 };
    AgainstPart {
        pairs: own.pairs,
        unpaired: own.unpaired,
        difference: estimate(&own.difference),
        standing: standing_name(own.standing),
        more_replications,
        independent_runs_per_pair: own.gain.map(six),
    }
}

/// For programs.
pub(in crate::report) fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Better => "better",
        Standing::Worse => "worse",
        Standing::Same => "same",
        Standing::NotYetKnown { .. } => "not-yet-known",
        Standing::NotPaired => "not-paired",
        Standing::NoValues => "no-values",
    }
}

fn estimate(estimate: &Estimate) -> EstimatePart {
    let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(|side| side.map(six));
    EstimatePart { value, low, high }
}
