//! Parts that stand in more than one of our JSON files, under the same names.
//!
//! Units: those of `unit`; numbers have six digits that count.

use serde::Serialize;

use crate::planner::findings::{Estimate, TargetFinding, Verdict};
use crate::report::numbers::{method_name, six, unit_name};
use crate::report::write::verdict_name;

#[derive(Serialize)]
pub(in crate::report) struct EstimatePart {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Serialize)]
pub(in crate::report) struct TargetPart<'a> {
    of: &'a str,
    target: &'a str,
    line: u32,
    unit: &'static str,
    wanted_limit: f64,
    achieved: EstimatePart,
    confidence: f64,
    method: &'static str,
    verdict: &'static str,
    more_replications: u64,
}

/// A target and how it was judged.
pub(in crate::report) fn target(own: &TargetFinding) -> TargetPart<'_> {
    TargetPart {
        of: scope(own),
        target: &own.text,
        line: own.line,
        unit: unit_name(own.unit),
        wanted_limit: six(own.limit),
        achieved: estimate(&own.achieved),
        confidence: own.confidence,
        method: method_name(own.method),
        verdict: verdict_name(own.verdict),
        more_replications: more(own.verdict),
    }
}

/// What a target is about: a group, a cache, or all.
pub(in crate::report) fn scope(own: &TargetFinding) -> &str {
    if own.scope_name.is_empty() { "all" } else { &own.scope_name }
}

/// Replications that are wanted, 0 once it is decided.
pub(in crate::report) fn more(verdict: Verdict) -> u64 {
    match verdict {
        Verdict::NotYetKnown { more_replications } => more_replications,
        Verdict::Met | Verdict::Missed => 0,
    }
}

pub(in crate::report) fn estimate(estimate: &Estimate) -> EstimatePart {
    let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(|side| side.map(six));
    EstimatePart { value, low, high }
}
