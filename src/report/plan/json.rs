//! `plan.json`, versioned: names stay, new ones may come. Values in base units (bit/s, bytes, pieces, ns) beside what a scenario
//! would write; `null` where nothing is known.

use serde_json::{Value, json};

use super::Plan;
use super::around::input_name;
use super::text::{broken_by, verdict_line};
use super::words::cost;
use crate::planner::findings::{TargetFinding, Verdict};
use crate::planner::sizing::{BY, Sized, Sizing, Swing, Trial};
use crate::report::numbers::{six, unit_name};

const SCHEMA: &str = "drsim-plan/1";

pub(super) fn plan(plan: &Plan<'_>) -> String {
    let all = json!({
        "schema": SCHEMA,
        "title": plan.about.title,
        "says": verdict_line(plan),
        "scenario_file": plan.about.scenario_file,
        "scenario_hash": plan.about.hash_hex,
        "seed": plan.about.seed,
        "replications_at_most": plan.about.replications,
        "replications_run": plan.ran,
        "version": plan.about.version,
        "command": plan.about.command,
        "warnings": plan.about.warnings,
        "questions": plan.found.questions.iter().map(|own| question(plan, own)).collect::<Vec<_>>(),
        "sensitivity": plan.found.swings.iter().map(|own| swing(plan, own)).collect::<Vec<_>>(),
        "tried": plan.found.tried.iter().map(|own| trial(plan, own)).collect::<Vec<_>>(),
    });
    format!("{all:#}\n")
}

fn verdict(verdict: Verdict) -> Value {
    match verdict {
        Verdict::Met => json!("met"),
        Verdict::Missed => json!("missed"),
        Verdict::NotYetKnown { .. } => json!("not-yet-known"),
    }
}

fn number(value: Option<f64>) -> Value {
    value.filter(|value| value.is_finite()).map_or(Value::Null, |value| json!(six(value)))
}

fn question(plan: &Plan<'_>, own: &Sizing) -> Value {
    let more = match own.verdict() {
        Verdict::NotYetKnown { more_replications } => json!(more_replications),
        Verdict::Met | Verdict::Missed => Value::Null,
    };
    json!({
        "answered": own.is_answered,
        "verdict": verdict(own.verdict()),
        "more_replications": more,
        "more_is_better": own.is_monotone(),
        "stopped": own.is_stopped,
        "sizes": own.knobs.iter().map(|knob| size(plan, own, knob)).collect::<Vec<_>>(),
        "targets": own.trial.targets.iter().map(|target| found(plan, target)).collect::<Vec<_>>(),
        "missed_whatever_the_size": own.set_aside.iter().filter_map(|index| own.ample.targets.get(*index)).map(|target| found(plan, target)).collect::<Vec<_>>(),
        "checked": own.check.as_ref().map(|check| json!({
            "seed": check.seed,
            "replications": check.replications,
            "verdict": verdict(check.verdict_without(&own.set_aside)),
        })),
    })
}

fn size(plan: &Plan<'_>, sizing: &Sizing, own: &Sized) -> Value {
    let knob = own.turned.knob;
    let both = |value: u64| json!({ "value": value, "written": plan.named.value(knob, value) });
    json!({
        "knob": plan.named.path(knob),
        "needed": sizing.is_answered.then(|| both(own.value)),
        "now": both(own.now),
        "rule_says": own.guess.map(both),
        "one_step_less": own.below.as_ref().map(|(less, trial)| json!({
            "value": less,
            "written": plan.named.value(knob, *less),
            "verdict": verdict(trial.verdict_without(&sizing.set_aside)),
            "verdict_afresh": own.below_afresh.map(verdict),
            "breaks": broken_by(plan, sizing, trial),
        })),
        "known_to_miss": own.missed_at.map(both),
        "one_step_more": own.above.as_ref().map(|(more, says)| json!({
            "value": more,
            "written": plan.named.value(knob, *more),
            "verdict": verdict(*says),
        })),
        "price_a_month": own.turned.price.as_ref().map(|price| json!({
            "currency": price.currency,
            "amount": number(cost(plan.named.inventory, &own.turned, own.value)),
        })),
    })
}

fn swing(plan: &Plan<'_>, own: &Swing) -> Value {
    json!({
        "knob": plan.named.path(own.knob),
        "input": input_name(own.input),
        "moved_by": BY,
        "value": own.value,
        "input_lower": own.lower,
        "input_higher": own.higher,
        "found_by": if own.by_rule { "rule" } else { "simulation" },
    })
}

fn found(plan: &Plan<'_>, own: &TargetFinding) -> Value {
    json!({
        "target": plan.named.target(own),
        "implied": own.index >= plan.own_targets,
        "unit": unit_name(own.unit),
        "limit": number(Some(own.limit)),
        "confidence": own.confidence,
        "achieved": number(own.achieved.value),
        "low": number(own.achieved.low),
        "high": number(own.achieved.high),
        "verdict": verdict(own.verdict),
    })
}

fn trial(plan: &Plan<'_>, own: &Trial) -> Value {
    let values: serde_json::Map<String, Value> =
        own.values.iter().map(|(knob, value)| (plan.named.path(*knob), json!(value))).collect();
    json!({
        "values": values,
        "seed": own.seed,
        "replications": own.replications,
        "glance": own.is_glance,
        "verdict": verdict(own.verdict),
        "targets_kept": own.kept,
        "violations": number(Some(own.ages.violations)),
        "rpo_p90_s": number(own.ages.p90_s),
        "rpo_p99_s": number(own.ages.p99_s),
        "rpo_max_s": number(own.ages.max_s),
        "met_share": number(own.ages.met_share),
    })
}

pub(super) fn manifest(plan: &Plan<'_>, files: &[(String, Vec<u8>)]) -> String {
    let file = |(name, bytes): &(String, Vec<u8>)| json!({ "name": name, "size_bytes": bytes.len(), "blake3": blake3::hash(bytes).to_hex().to_string() });
    let all = json!({
        "schema": "drsim-plan-manifest/1",
        "scenario_file": plan.about.scenario_file,
        "scenario_hash": plan.about.hash_hex,
        "seed": plan.about.seed,
        "replications_at_most": plan.about.replications,
        "version": plan.about.version,
        "numeric_fingerprint": plan.about.numeric_fingerprint_hex,
        "command": plan.about.command,
        "files": files.iter().map(file).collect::<Vec<_>>(),
    });
    format!("{all:#}\n")
}
