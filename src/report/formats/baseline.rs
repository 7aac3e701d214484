//! Values per replication, by which a later run is compared with this one: a section of `summary.json`, and the heart of a
//! baseline's own file.
//!
//! Values carry nine digits: enough that an unchanged run shows a difference of zero beside any margin, few enough to be read.
//! Those of one target stand on one line, however many they are.

use serde::{Deserialize, Serialize};

use crate::planner::{Baseline, BaselineTarget, Findings, labelled};
use crate::units::Duration;

#[derive(Serialize, Deserialize)]
pub(in crate::report) struct BaselinePart {
    lasts_s: f64,
    settle_s: f64,
    targets: Vec<TargetPart>,
}

#[derive(Serialize, Deserialize)]
struct TargetPart {
    of: String,
    values: Vec<Option<f64>>,
}

/// Of a run.
pub(super) fn part(findings: &Findings) -> BaselinePart {
    let targets = findings.targets.iter().zip(&findings.values);
    let targets = targets.map(|(own, values)| target(labelled(&own.scope_name, &own.text), values));
    BaselinePart { lasts_s: findings.lasts_s, settle_s: findings.settle_s, targets: targets.collect() }
}

fn target(of: String, values: &[Option<f64>]) -> TargetPart {
    TargetPart { of, values: values.iter().map(|value| value.map(nine)).collect() }
}

impl From<&Baseline> for BaselinePart {
    fn from(own: &Baseline) -> BaselinePart {
        let targets = own.targets.iter().map(|own| target(own.of.clone(), &own.values)).collect();
        BaselinePart { lasts_s: own.lasts.secs_f64(), settle_s: own.settle.secs_f64(), targets }
    }
}

impl BaselinePart {
    /// What was written under this seed.
    pub fn read(self, seed: u64) -> Baseline {
        let span = |seconds: f64| Duration::from_secs_f64(seconds.clamp(0.0, 1e10));
        let targets = self.targets.into_iter().map(|own| BaselineTarget { of: own.of, values: own.values });
        Baseline { seed, lasts: span(self.lasts_s), settle: span(self.settle_s), targets: targets.collect() }
    }
}

fn nine(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// Puts the values of each target on one line of JSON that has everything else on lines of its own.
pub(in crate::report) fn on_one_line(text: &str) -> String {
    // Within a string a quote has a backslash before it, so that this can only be a key of ours.
    const KEY: &str = "\"values\": [";
    let mut parts = text.split(KEY);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (values, rest) = part.split_once(']').unwrap_or((part, ""));
        let values: Vec<&str> = values.split_whitespace().collect();
        out.push_str(&format!("{KEY}{}]{rest}", values.join(" ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_on_one_line_and_nothing_else_changes() {
        let part = BaselinePart {
            lasts_s: 10.0,
            settle_s: 1.0,
            targets: vec![target("a \"values\": [ b".into(), &[Some(1.0 / 3.0), None]), target("c".into(), &[])],
        };
        let pretty = serde_json::to_string_pretty(&part).expect("plain structs");
        let flat = on_one_line(&pretty);
        assert!(flat.contains("\"values\": [0.333333333, null]\n"), "{flat}");
        let (before, after): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&pretty).expect("JSON"), serde_json::from_str(&flat).expect("JSON"));
        assert_eq!(before, after);
    }
}
