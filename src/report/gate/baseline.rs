//! `drsim-baseline/1`: the values per replication that later runs are compared with, as JSON.
//!
//! Values carry nine digits: enough that an unchanged run shows a difference of zero beside any margin, few enough to be read.

use serde::{Deserialize, Serialize};

use crate::planner::{Baseline, BaselineTarget};
use crate::units::Duration;

const SCHEMA: &str = "drsim-baseline/1";

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    /// Version of drsim that wrote it.
    version: String,
    title: String,
    seed: u64,
    lasts_s: f64,
    settle_s: f64,
    replications: u64,
    targets: Vec<TargetPart>,
}

#[derive(Serialize, Deserialize)]
struct TargetPart {
    of: String,
    values: Vec<Option<f64>>,
}

/// Writes the file.
pub fn baseline_text(title: &str, baseline: &Baseline) -> String {
    let targets = baseline
        .targets
        .iter()
        .map(|own| TargetPart { of: own.of.clone(), values: own.values.iter().map(|value| value.map(nine)).collect() });
    let file = File {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        title: title.into(),
        seed: baseline.seed,
        lasts_s: baseline.lasts.secs_f64(),
        settle_s: baseline.settle.secs_f64(),
        replications: baseline.targets.first().map_or(0, |own| own.values.len() as u64),
        targets: targets.collect(),
    };
    serde_json::to_string(&file).expect("plain structs with text keys").replace("},{", "},\n{") + "\n"
}

/// Reads it, the title of its scenario first; what is wrong with it in words.
pub fn baseline_of(text: &str) -> Result<(String, Baseline), String> {
    const CURE: &str = "write one with --accept";
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("it is no JSON ({error})\nmend: {CURE}"))?;
    match value.get("schema").and_then(|schema| schema.as_str()) {
        Some(SCHEMA) => {}
        Some(schema) if schema.starts_with("drsim-summary/") => {
            return Err(format!("it is a summary, which holds no values per replication to pair\nmend: {CURE}"));
        }
        _ => return Err(format!("it is no baseline ({SCHEMA})\nmend: {CURE}")),
    }
    let file: File = serde_json::from_value(value).map_err(|error| format!("it is damaged ({error})\nmend: {CURE}"))?;
    let span = |seconds: f64| Duration::from_secs_f64(seconds.clamp(0.0, 1e10));
    let targets = file.targets.into_iter().map(|own| BaselineTarget { of: own.of, values: own.values });
    let (lasts, settle) = (span(file.lasts_s), span(file.settle_s));
    Ok((file.title, Baseline { seed: file.seed, lasts, settle, targets: targets.collect() }))
}

fn nine(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}
