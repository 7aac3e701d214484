//! What later runs are compared with: a file of its own, `drsim-baseline/1`, or the summary of a run that has the same values.

use serde::{Deserialize, Serialize};

use crate::planner::Baseline;
use crate::report::formats::baseline::{BaselinePart, on_one_line};

const SCHEMA: &str = "drsim-baseline/1";

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    /// Version of drsim that wrote it.
    version: String,
    title: String,
    seed: u64,
    replications: u64,
    #[serde(flatten)]
    part: BaselinePart,
}

/// A summary, as far as a baseline needs it.
#[derive(Deserialize)]
struct Summary {
    scenario: Scenario,
    baseline: Option<BaselinePart>,
}

#[derive(Deserialize)]
struct Scenario {
    title: String,
    seed: u64,
}

/// A baseline as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Of its scenario.
    pub title: String,
    pub baseline: Baseline,
    /// It is part of the report of a run, which nothing else may overwrite.
    pub is_summary: bool,
}

/// Writes the file.
pub fn baseline_text(title: &str, baseline: &Baseline) -> String {
    let file = File {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        title: title.into(),
        seed: baseline.seed,
        replications: baseline.targets.first().map_or(0, |own| own.values.len() as u64),
        part: baseline.into(),
    };
    on_one_line(&serde_json::to_string_pretty(&file).expect("plain structs with text keys")) + "\n"
}

/// Reads a baseline or a summary; what is wrong with it in words.
pub fn baseline_of(text: &str) -> Result<Stored, String> {
    const CURE: &str = "write one with --accept";
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("it is no JSON ({error})\nmend: {CURE}"))?;
    let damaged = |error: serde_json::Error| format!("it is damaged ({error})\nmend: {CURE}");
    match value.get("schema").and_then(|schema| schema.as_str()) {
        Some(SCHEMA) => {
            let file: File = serde_json::from_value(value).map_err(damaged)?;
            Ok(Stored { title: file.title, baseline: file.part.read(file.seed), is_summary: false })
        }
        Some(schema) if schema.starts_with("drsim-summary/") => {
            let without = || {
                format!(
                    "it is a summary that holds no values per replication to pair\nmend: {CURE}, or run that scenario again"
                )
            };
            if value.get("baseline").is_none() {
                return Err(without());
            }
            let own: Summary = serde_json::from_value(value).map_err(damaged)?;
            let baseline = own.baseline.ok_or_else(without)?.read(own.scenario.seed);
            Ok(Stored { title: own.scenario.title, baseline, is_summary: true })
        }
        _ => Err(format!("it is no baseline ({SCHEMA})\nmend: {CURE}")),
    }
}
