//! What the gate says: text for a terminal, JUnit, Markdown, JSON, and annotations of GitHub and Azure Pipelines.
//!
//! All of them print the same [`Case`]s: one a scenario, with a line per target and, for each that is missed, whose trouble
//! it was in the worst replication, its bottleneck, since when, and the command that shows it. Nothing depends on the
//! clock: same input, same bytes.

mod annotations;
mod baseline;
mod json;
mod junit;
mod markdown;
mod text;

pub use annotations::{azure, github};
pub use baseline::{Stored, baseline_of, baseline_text};
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use text::text;

use super::numbers::{optional, range, value};
use super::quoted;
use crate::inventory::Inventory;
use crate::measure::{ViolationCause, meter_name, outage_name};
use crate::planner::findings::{TargetFinding, Verdict};
use crate::planner::{Bottleneck, Judgement, Paired, Trouble};
use crate::report::formats::parts::scope;
use crate::units::{Duration, Timestamp};

/// One scenario, judged.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario's file name without its end, and its path as given.
    pub name: String,
    pub title: String,
    pub file: String,
    pub seed: u64,
    /// `--set` arguments as a shell takes them, each with a space before it.
    pub overrides: String,
    pub replications: u64,
    pub at_most: u64,
    pub judgement: Judgement,
    /// By target.
    pub misses: Vec<Option<Miss>>,
    /// The time was up before the last look.
    pub late: bool,
    pub interrupted: bool,
    /// Where the stored values came from, and the margin as a share of each limit.
    pub baseline: Option<(String, f64)>,
    pub digest: u128,
}

/// The trouble behind a missed target.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss {
    pub replication: u64,
    /// `sql-1`, or what the target is about.
    pub who: String,
    pub bottleneck: String,
    pub since: Timestamp,
    /// The command that shows it.
    pub replay: String,
}

/// A result line of any kind: a target, or its comparison with the baseline.
pub(super) struct Row<'a> {
    pub name: String,
    pub verdict: Verdict,
    pub told: String,
    pub miss: Option<&'a Miss>,
    /// Line of the target in the scenario; 0: unknown.
    pub line: u32,
}

impl Miss {
    pub fn new(inventory: &Inventory, case: (&str, u64, &str), finding: &TargetFinding, trouble: &Trouble) -> Miss {
        let (file, seed, overrides) = case;
        let replication = finding.worst_replication.unwrap_or(0);
        let bottleneck = bottleneck_name(inventory, &trouble.bottleneck);
        let vm = trouble.vm.map(|vm| inventory.vm(vm).name.clone());
        let only = vm.as_ref().map(|vm| format!(" --vm {}", quoted(vm))).unwrap_or_default();
        let (from, until) = (moment(trouble.from, false), moment(trouble.until, true));
        let replay = format!(
            "drsim replay {} --seed {seed} --replication {replication}{only} --from {} --until {}{overrides}",
            quoted(file),
            quoted(&from),
            quoted(&until)
        );
        let scope = if finding.scope_name.is_empty() { "all" } else { &finding.scope_name };
        Miss { replication, who: vm.unwrap_or_else(|| scope.into()), bottleneck, since: trouble.since, replay }
    }

    /// "worst in replication 12: sql-1, held up by link wan down since 9d 13:15:00"
    pub(super) fn told(&self) -> String {
        let Miss { replication, who, bottleneck, since, .. } = self;
        format!("worst in replication {replication}: {who}, held up by {bottleneck} since {}", moment(*since, false))
    }
}

/// "link wan down", "cache log", "its longest step, boot".
pub(super) fn bottleneck_name(inventory: &Inventory, bottleneck: &Bottleneck) -> String {
    match *bottleneck {
        Bottleneck::Cause(ViolationCause::Outage(kind)) => outage_name(inventory, kind),
        Bottleneck::Cause(ViolationCause::Bottleneck(meter)) => meter_name(inventory, meter),
        Bottleneck::Step(step) => format!("its longest step, {step}"),
        Bottleneck::NeverServed => "no machine that serves until the end".into(),
        Bottleneck::Nothing => "the interval of its points and what it takes to process them".into(),
    }
}

/// To the second, down or up, as `--from` and `--until` read it.
fn moment(at: Timestamp, up: bool) -> String {
    let second = Duration::secs(1).ns();
    let rest = at.ns() % second;
    let whole = if up && rest > 0 { at.ns() - rest + second } else { at.ns() - rest };
    Timestamp::from_ns(whole).to_string()
}

impl Case {
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let targets = self.judgement.targets.iter().zip(&self.misses).map(|(target, miss)| Row {
            name: format!("{}: {}", scope(target), target.text),
            verdict: target.verdict,
            told: achieved(target),
            miss: miss.as_ref(),
            line: target.line,
        });
        let lines = self.judgement.targets.iter();
        let paired = self.judgement.paired.iter().zip(lines).map(|(own, target)| Row {
            name: format!("{} no worse than the baseline", own.of),
            verdict: own.verdict,
            told: compared(own, target),
            miss: None,
            line: target.line,
        });
        targets.chain(paired).collect()
    }

    /// "12 of 60 replications, look 1 of 3: decided early"
    pub(super) fn ran(&self) -> String {
        let Judgement { looks, looks_planned, early, .. } = self.judgement;
        let end = match (early, self.interrupted, self.late) {
            (true, ..) => ", decided early",
            (_, true, _) => ", interrupted",
            (_, _, true) => ", the time is up",
            _ => "",
        };
        let (ran, most) = (self.replications, self.at_most);
        format!("{ran} of {most} replications, look {looks} of {looks_planned}{end}, seed {}", self.seed)
    }
}

fn achieved(target: &TargetFinding) -> String {
    let within = range(target.unit, &target.achieved);
    let within = if within.is_empty() { within } else { format!(" ({within})") };
    format!("achieved {}{within}", optional(target.unit, target.achieved.value))
}

fn compared(own: &Paired, target: &TargetFinding) -> String {
    let say = |number: f64| value(target.unit, number.abs());
    let signed = |number: Option<f64>| match number {
        None => "unknown".to_owned(),
        Some(0.0) => "as before".to_owned(),
        Some(number) if number < 0.0 => format!("{} better", say(number)),
        Some(number) => format!("{} worse", say(number)),
    };
    let mean = |number: Option<f64>| number.map_or_else(|| "nothing".to_owned(), say);
    let unpaired = if own.unpaired > 0 { format!(", {} without a partner", own.unpaired) } else { String::new() };
    let bounds = match (own.worse_by.low, own.worse_by.high) {
        (None, None) | (Some(0.0), Some(0.0)) => String::new(),
        (low, high) => format!(", between {} and {}", signed(low), signed(high)),
    };
    format!(
        "mean {} was {}; {} on {} pairs{unpaired}{bounds}; margin {}",
        mean(own.new),
        mean(own.old),
        signed(own.worse_by.value),
        own.pairs,
        say(own.margin)
    )
}

/// MET, MISSED, NOT KNOWN YET.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "MET",
        Verdict::Missed => "MISSED",
        Verdict::NotYetKnown { .. } => "NOT KNOWN YET",
    }
}

/// What would help where it is not known yet.
pub(super) fn more(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::NotYetKnown { more_replications } => {
            Some(format!("about {more_replications} more replications needed"))
        }
        Verdict::Met | Verdict::Missed => None,
    }
}

/// The files of a check's folder by name.
pub fn files(cases: &[Case], strict: bool) -> Vec<(String, Vec<u8>)> {
    let manifest = serde_json::json!({
        "schema": "drsim-check-manifest/1",
        "version": env!("CARGO_PKG_VERSION"),
        "files": ["check.json", "junit.xml", "summary.md"],
    });
    vec![
        ("check.json".into(), json(cases).into_bytes()),
        ("junit.xml".into(), junit(cases, strict).into_bytes()),
        ("summary.md".into(), markdown(cases).into_bytes()),
        ("manifest.json".into(), format!("{manifest:#}\n").into_bytes()),
    ]
}

/// One verdict over all cases.
pub fn overall(cases: &[Case]) -> Verdict {
    crate::planner::together(cases.iter().map(|case| case.judgement.verdict))
}

#[cfg(test)]
mod tests;
