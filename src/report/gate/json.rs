//! `check.json`: what the gate found, for programs. Names are stable within `drsim-check/1`.

use serde::Serialize;

use super::{Case, overall};
use crate::report::formats::parts::{EstimatePart, TargetPart, estimate, more, target};
use crate::report::numbers::six;
use crate::report::write::verdict_name;

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    version: &'static str,
    verdict: &'static str,
    scenarios: Vec<ScenarioPart<'a>>,
}

#[derive(Serialize)]
struct ScenarioPart<'a> {
    name: &'a str,
    title: &'a str,
    file: &'a str,
    verdict: &'static str,
    more_replications: u64,
    seed: u64,
    replications: u64,
    replications_at_most: u64,
    looks: usize,
    looks_planned: usize,
    decided_early: bool,
    time_was_up: bool,
    interrupted: bool,
    digest: String,
    baseline: Option<&'a str>,
    targets: Vec<JudgedPart<'a>>,
    against_baseline: Vec<PairedPart<'a>>,
}

#[derive(Serialize)]
struct JudgedPart<'a> {
    #[serde(flatten)]
    target: TargetPart<'a>,
    worst: Option<WorstPart<'a>>,
}

#[derive(Serialize)]
struct WorstPart<'a> {
    replication: u64,
    of: &'a str,
    bottleneck: &'a str,
    bottleneck_since_s: f64,
    replay: &'a str,
}

#[derive(Serialize)]
struct PairedPart<'a> {
    of: &'a str,
    pairs: u64,
    unpaired: u64,
    mean_then: Option<f64>,
    mean_now: Option<f64>,
    worse_by: EstimatePart,
    margin: f64,
    verdict: &'static str,
    more_replications: u64,
}

/// Writes `check.json`.
pub fn json(cases: &[Case]) -> String {
    let check = Check {
        schema: "drsim-check/1",
        version: env!("CARGO_PKG_VERSION"),
        verdict: verdict_name(overall(cases)),
        scenarios: cases.iter().map(scenario).collect(),
    };
    serde_json::to_string_pretty(&check).expect("plain structs with text keys") + "\n"
}

fn scenario(case: &Case) -> ScenarioPart<'_> {
    let judgement = &case.judgement;
    ScenarioPart {
        name: &case.name,
        title: &case.title,
        file: &case.file,
        verdict: verdict_name(judgement.verdict),
        more_replications: more(judgement.verdict),
        seed: case.seed,
        replications: case.replications,
        replications_at_most: case.at_most,
        looks: judgement.looks,
        looks_planned: judgement.looks_planned,
        decided_early: judgement.early,
        time_was_up: case.late,
        interrupted: case.interrupted,
        digest: format!("{:032x}", case.digest),
        baseline: case.baseline.as_ref().map(|(from, _)| from.as_str()),
        targets: targets(case),
        against_baseline: judgement
            .paired
            .iter()
            .map(|own| PairedPart {
                of: &own.of,
                pairs: own.pairs,
                unpaired: own.unpaired,
                mean_then: own.old.map(six),
                mean_now: own.new.map(six),
                worse_by: estimate(&own.worse_by),
                margin: six(own.margin),
                verdict: verdict_name(own.verdict),
                more_replications: more(own.verdict),
            })
            .collect(),
    }
}

fn targets(case: &Case) -> Vec<JudgedPart<'_>> {
    let both = case.judgement.targets.iter().zip(&case.misses);
    both.map(|(own, miss)| JudgedPart { target: target(own), worst: miss.as_ref().map(worst) }).collect()
}

fn worst(miss: &super::Miss) -> WorstPart<'_> {
    WorstPart {
        replication: miss.replication,
        of: &miss.who,
        bottleneck: &miss.bottleneck,
        bottleneck_since_s: six(miss.since.secs_f64()),
        replay: &miss.replay,
    }
}
