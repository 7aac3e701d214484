//! `[run]`: when it starts, how long it lasts, with which luck, how often.

use crate::units::{Calendar, Duration};

use super::document::Section;
use super::spans::Value;
use super::{Replications, targets, times};

pub struct Run {
    pub calendar: Calendar,
    pub lasts: Duration,
    pub settle: Duration,
    pub seed: u64,
    pub replications: Replications,
}

/// Longest run: 50 years.
const LASTS_MAX: Duration = Duration::days(18_262);

impl Run {
    pub fn read(root: &Section<'_>) -> Run {
        if !root.has("run") {
            root.missing("run", "add [run] with lasts = \"30d\"");
        }
        let given = root.section("run");
        let is_given = given.is_some();
        let section = given.unwrap_or_else(|| root.section_or_empty("run"));
        let calendar = section.node("starts").and_then(|node| times::calendar(node, section.ledger));
        if is_given {
            section.require("lasts");
        }
        let lasts = section.positive_span("lasts").unwrap_or(LASTS_MAX);
        if lasts > LASTS_MAX {
            section.fault("lasts", format!("a run of {lasts} is too long"), format!("write at most {LASTS_MAX}"));
        }
        let settle = section.quantity_or_default("settle");
        if settle >= lasts {
            let mend = "settle is the part at the beginning that is not counted";
            section.fault("settle", "the run ends before it has settled", mend);
        }
        Run {
            calendar: calendar.unwrap_or_else(|| times::default_calendar(&section, "starts")),
            lasts,
            settle,
            seed: section.count("seed").unwrap_or_else(|| section.parsed_default("seed")),
            replications: replications_of(&section),
        }
    }
}

/// `replications = 200`, or `{ until = "p99(rpo) within 5 %", at_most = 2000 }`.
fn replications_of(section: &Section<'_>) -> Replications {
    let default: u64 = section.parsed_default("replications");
    let checked = |section: &Section<'_>, key| {
        let count = section.count(key);
        if count == Some(0) {
            section.fault(key, "at least one replication is run", format!("write {key} = {default}"));
        }
        count.unwrap_or(default)
    };
    if !matches!(section.node("replications").map(|node| &node.value), Some(Value::Table(_))) {
        return Replications { at_most: checked(section, "replications"), until: None };
    }
    let mut replications = Replications { at_most: default, until: None };
    let Some(inner) = section.section("replications") else { return replications };
    inner.require("at_most");
    if !inner.has("until") {
        inner.missing("until", "write until = \"p99(rpo) within 5 %\", or replications = 200");
    }
    replications.at_most = checked(&inner, "at_most");
    if let Some((text, place)) = inner.text_at("until") {
        match targets::precision(text) {
            Ok(precision) => replications.until = Some(precision),
            Err(error) => inner.ledger.fault(place, error.wrong, "", error.mend),
        }
    }
    replications
}
