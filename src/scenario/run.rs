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

/// Without a word the run starts on Monday, 5 January 2026, at midnight UTC.
const DEFAULT_START_UNIX_S: i64 = 1_767_571_200;
const DEFAULT_REPLICATIONS: u64 = 100;
const REPLICATIONS_MAX: u64 = 100_000_000;
/// Longest run: 50 years.
const LASTS_MAX: Duration = Duration::days(18_262);

impl Run {
    pub fn read(root: &Section<'_>) -> Run {
        let calendar = Calendar { start_weekday: 0, start_time: Duration::ZERO, start_unix_s: DEFAULT_START_UNIX_S };
        let replications = Replications { at_most: DEFAULT_REPLICATIONS, until: None };
        let mut run = Run { calendar, lasts: Duration::days(1), settle: Duration::ZERO, seed: 1, replications };
        let Some(section) = root.section("run") else {
            if !root.has("run") {
                root.missing("run", "add [run] with lasts = \"30d\"");
            }
            return run;
        };
        if let Some(calendar) = section.node("starts").and_then(|node| times::calendar(node, section.ledger)) {
            run.calendar = calendar;
        }
        if !section.has("lasts") {
            section.missing("lasts", "write lasts = \"30d\"");
        }
        run.lasts = section.positive_span("lasts").unwrap_or(LASTS_MAX);
        if run.lasts > LASTS_MAX {
            section.fault("lasts", format!("a run of {} is too long", run.lasts), format!("write at most {LASTS_MAX}"));
        }
        run.settle = section.quantity("settle").unwrap_or(Duration::ZERO);
        if run.settle >= run.lasts {
            let mend = "settle is the part at the beginning that is not counted";
            section.fault("settle", "the run ends before it has settled", mend);
        }
        run.seed = section.count("seed", i64::MAX as u64).unwrap_or(1);
        run.replications = replications_of(&section);
        run
    }
}

/// `replications = 200`, or `{ until = "p99(rpo) within 5 %", at_most = 2000 }`.
fn replications_of(section: &Section<'_>) -> Replications {
    let mut replications = Replications { at_most: DEFAULT_REPLICATIONS, until: None };
    let checked = |section: &Section<'_>, key| {
        let count = section.count(key, REPLICATIONS_MAX);
        if count == Some(0) {
            section.fault(key, "at least one replication is run", format!("write {key} = {DEFAULT_REPLICATIONS}"));
        }
        count
    };
    if !matches!(section.node("replications").map(|node| &node.value), Some(Value::Table(_))) {
        replications.at_most = checked(section, "replications").unwrap_or(DEFAULT_REPLICATIONS);
        return replications;
    }
    let Some(inner) = section.section("replications") else { return replications };
    if !inner.has("at_most") {
        inner.missing("at_most", "write at_most = 2000");
    }
    if !inner.has("until") {
        inner.missing("until", "write until = \"p99(rpo) within 5 %\", or replications = 200");
    }
    replications.at_most = checked(&inner, "at_most").unwrap_or(DEFAULT_REPLICATIONS);
    if let Some((text, place)) = inner.text_at("until") {
        match targets::precision(text) {
            Ok(precision) => replications.until = Some(precision),
            Err(error) => inner.ledger.fault(place, error.wrong, "", error.mend),
        }
    }
    replications
}
