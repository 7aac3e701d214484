//! The decision: the verdict of each target with what was achieved, the limit and how it is known; and what to do next.
//!
//! A verdict comes from the bound of the interval, never from the bare value. Units: those of the target.

use askama::Template;

use super::piece::{Piece, Section, Sentence};
use super::spreads::glance;
use super::words::{self, capital, plural};
use crate::intent::{Measure, Scope};
use crate::planner::Findings;
use crate::planner::findings::{Note, TargetFinding, Verdict};
use crate::report::advice::advice;
use crate::report::charts::{Show, gauge, interval, share};
use crate::report::numbers::beyond;
use crate::report::write::endless;
use crate::report::{About, quoted};

#[derive(Template)]
#[template(path = "report/decision.html")]
pub(in crate::report) struct Decision {
    pub class: &'static str,
    pub mark: &'static str,
    pub headline: String,
    pub detail: String,
    pub cards: Vec<Card>,
}

/// One target.
pub(in crate::report) struct Card {
    pub class: &'static str,
    pub mark: &'static str,
    pub word: &'static str,
    pub scope: String,
    /// As written in the scenario.
    pub wanted: String,
    pub line: u32,
    pub achieved: String,
    pub interval: String,
    pub confidence: String,
    pub limit: String,
    pub more: String,
    pub method: &'static str,
    pub meaning: &'static str,
    pub replay: String,
    pub gauge: String,
}

pub(super) fn decision(findings: &Findings, about: &About) -> Decision {
    let (class, mark, _) = words::verdict(findings.verdict());
    let count = |wanted: &str| findings.targets.iter().filter(|t| words::verdict(t.verdict).0 == wanted).count();
    let (met, missed, unknown, all) = (count("met"), count("missed"), count("unknown"), findings.targets.len());
    let mut cards: Vec<Card> = findings.targets.iter().map(|target| card(findings, target, about)).collect();
    // What needs a decision stands first; the order of the scenario is kept within a verdict.
    cards.sort_by_key(|card| ["missed", "unknown", "met"].iter().position(|class| *class == card.class));
    if all == 0 {
        return Decision {
            class: "unknown",
            mark: "?",
            headline: "No target was set".into(),
            detail: "Nothing was judged: the numbers below describe what was achieved, not whether it is enough."
                .into(),
            cards,
        };
    }
    let headline = match findings.verdict() {
        Verdict::Met if all == 1 => "The target is met".into(),
        Verdict::Met => format!("All {all} targets are met"),
        Verdict::Missed => format!("{missed} of {} missed", plural(all as u64, "target", "targets")),
        Verdict::NotYetKnown { .. } => {
            format!("{unknown} of {} not yet known", plural(all as u64, "target", "targets"))
        }
    };
    let detail = format!("{met} met, {missed} missed, {unknown} not yet known, judged by the bound of the interval.");
    Decision { class, mark, headline, detail, cards }
}

fn card(findings: &Findings, target: &TargetFinding, about: &About) -> Card {
    let (class, mark, word) = words::verdict(target.verdict);
    let show = Show::unit(target.unit);
    let (method, meaning) = words::method(target.method);
    let more = match target.verdict {
        Verdict::Met | Verdict::Missed => String::new(),
        Verdict::NotYetKnown { .. } if target.achieved.value.is_none() => unseen(findings, target),
        Verdict::NotYetKnown { more_replications } => {
            let doubt = beyond(target).unwrap_or_else(|| "the interval contains the limit".into());
            match more_replications {
                0 => format!("{}, and more replications alone may not decide it.", capital(&doubt)),
                more => {
                    let more = plural(more, "more replication", "more replications");
                    format!("{}; about {more} would decide it.", capital(&doubt))
                }
            }
        }
    };
    let scope = match &target.scope {
        Scope::Everything => "everything".to_string(),
        Scope::Group(_) => format!("group {}", target.scope_name),
        Scope::Cache(_) => format!("cache {}", target.scope_name),
    };
    Card {
        class,
        mark,
        word,
        scope,
        wanted: target.text.clone(),
        line: target.line,
        achieved: target.achieved.value.map_or_else(|| endless(target), |value| show.text(value)),
        interval: interval(show, &target.achieved),
        confidence: share(target.confidence),
        limit: show.text(target.limit),
        more,
        method,
        meaning,
        replay: target.worst_replication.map_or_else(String::new, |n| replay(about, n)),
        gauge: gauge(show, &target.achieved, target.limit, class),
    }
}

/// Why nothing is known: more replications of what cannot happen tell nothing.
fn unseen(findings: &Findings, target: &TargetFinding) -> String {
    let never = findings.notes.iter().find_map(|note| match note {
        Note::NeverServed(count) if target.measure == Measure::Rto => Some(*count),
        _ => None,
    });
    match never {
        Some(count) => format!(
            "{} did not serve until the end of the run: the RTO is longer than a run shows. See Refused operations.",
            plural(count, "lost machine", "lost machines")
        ),
        None => {
            "Nothing of the kind was seen, so there is no interval: more replications help only if it can happen in \
                 this scenario."
                .into()
        }
    }
}

/// The command that tells one replication event by event.
pub(super) fn replay(about: &About, replication: u64) -> String {
    format!("drsim replay {} --replication {replication} --seed {}", quoted(&about.scenario_file), about.seed)
}

/// What was seen, and what to try; in the end the run to look at.
pub(in crate::report) struct Advised {
    pub saw: Sentence,
    pub try_this: Sentence,
}

/// The advice of the report, then the command that shows the worst run.
fn advised(findings: &Findings, about: &About) -> Vec<Advised> {
    let one = |saw: String, try_this: String| Advised { saw: Sentence(saw), try_this: Sentence(try_this) };
    let met = !findings.targets.is_empty() && findings.verdict() == Verdict::Met;
    let nothing = "Nothing has to be done for these targets".to_string();
    let keep = "Keep this report as the baseline of `drsim check`; what follows would make it better still.".into();
    let mut all: Vec<Advised> = met.then(|| one(nothing, keep)).into_iter().collect();
    all.extend(advice(findings).into_iter().map(|of| one(capital(&of.saw), format!("Try: {}.", of.try_this))));
    let open = |verdict: &Verdict| *verdict != Verdict::Met;
    let worst =
        findings.targets.iter().filter(|target| open(&target.verdict)).find_map(|target| target.worst_replication);
    if let Some(worst) = worst {
        let saw = format!("Replication {worst} was the worst for a target that is not met");
        all.push(one(saw, format!("`{}` tells it event by event.", replay(about, worst))));
    }
    if all.is_empty() {
        let saw = "Nothing was seen that calls for a change".to_string();
        all.push(one(saw, "Set a `[[target]]`, so that it can be judged whether this is enough.".into()));
    }
    all
}

/// The verdict, and the numbers one asks for first.
pub(super) fn section(findings: &Findings, about: &About) -> Section {
    let decision = decision(findings, about);
    Section::new("decision", "Decision", vec![Piece::Decision(decision), Piece::Table(glance(findings))])
}

/// What to do about it.
pub(super) fn next(findings: &Findings, about: &About) -> Section {
    Section::new("next", "What to do next", vec![Piece::Advice(advised(findings, about))])
}
