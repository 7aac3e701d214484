//! Sentences and tables of a plan: what screen, Markdown and CSV share. Unit: text.

use std::fmt::Write as _;

use super::Plan;
use super::sheets::{Sheet, sheets};
use super::words::cost;
use crate::intent::Measure;
use crate::planner::findings::Unit;
use crate::planner::findings::{TargetFinding, Verdict};
use crate::planner::sizing::{Sized, Sizing, Trial};
use crate::report::numbers::{NOTHING, beyond, optional, range, seconds, six};

/// Rows of a table that Markdown shows; all of them stand in the CSV file.
const ROWS_MAX: usize = 60;

/// A table of text; the first row is the head.
pub(in crate::report) type Rows = Vec<Vec<String>>;

/// "ANSWERED: …" in one line.
pub(in crate::report) fn verdict_line(plan: &Plan<'_>) -> String {
    let answered = plan.found.questions.iter().filter(|own| own.verdict() == Verdict::Met).count();
    let all = plan.found.questions.len();
    let of = |own: &Sizing| -> String {
        let values: Vec<String> = own
            .knobs
            .iter()
            .map(|knob| {
                format!("{} {}", plan.named.called(knob.turned.knob), plan.named.value(knob.turned.knob, knob.value))
            })
            .collect();
        values.join(", ")
    };
    match plan.found.questions.as_slice() {
        [one] if one.is_stopped => "STOPPED: what is told here is not finished".into(),
        [one] if one.verdict() == Verdict::Met && one.knobs.len() <= 2 => {
            format!("PLANNED: {} meets all targets", of(one))
        }
        [one] if one.verdict() == Verdict::Met => "PLANNED: these sizes meet all targets".into(),
        [one] if !one.set_aside.is_empty() => format!(
            "NOT TO BE BOUGHT: {} of {} targets are missed whatever the size",
            one.set_aside.len(),
            one.trial.targets.len()
        ),
        [one] if matches!(one.verdict(), Verdict::NotYetKnown { .. }) => {
            "NOT YET KNOWN: more replications are needed".into()
        }
        [_] => "NO SIZE meets all targets".into(),
        _ if answered == all => format!("PLANNED: all {all} questions are answered"),
        _ => format!("PLANNED: {answered} of {all} questions are answered"),
    }
}

/// What to have, what there is now, what less would break.
pub(in crate::report) fn sizes(plan: &Plan<'_>, sizing: &Sizing) -> Rows {
    let mut rows = vec![["size", "needed", "now", "rule says", "one step less"].map(str::to_owned).to_vec()];
    for own in &sizing.knobs {
        let knob = own.turned.knob;
        let value = |value| plan.named.value(knob, value);
        let needed = if sizing.is_answered { value(own.value) } else { NOTHING.into() };
        let guess = own.guess.map_or(NOTHING.into(), value);
        rows.push(vec![plan.named.called(knob), needed, value(own.now), guess, less(plan, sizing, own)]);
    }
    rows
}

/// "190 Mbit/s: missed", or what is known of it.
fn less(plan: &Plan<'_>, sizing: &Sizing, own: &Sized) -> String {
    let value = |value| plan.named.value(own.turned.knob, value);
    match &own.below {
        None => "nothing less".into(),
        Some((less, trial)) => {
            let verdict = match trial.verdict_without(&sizing.set_aside) {
                Verdict::Missed => "missed",
                Verdict::NotYetKnown { .. } if trial.lent > 0 => "not met",
                Verdict::NotYetKnown { .. } => "not known",
                Verdict::Met if !trial.is_copied() => "not all copied",
                // Of one knob the check with other luck turned the answer up from there.
                Verdict::Met => "met, not with other luck",
            };
            format!("{}: {verdict}", value(*less))
        }
    }
}

/// " (seed 12)", where it is not that of the answer.
fn luck(sizing: &Sizing, trial: &Trial) -> String {
    if trial.seed == sizing.trial.seed { String::new() } else { format!(" (seed {})", trial.seed) }
}

/// What one step less breaks: targets, by how much, and what holds them up.
pub(in crate::report) fn breaks(plan: &Plan<'_>, sizing: &Sizing) -> Vec<String> {
    let mut lines = Vec::new();
    for own in &sizing.knobs {
        let value = |value| plan.named.value(own.turned.knob, value);
        let called = plan.named.called(own.turned.knob);
        if let Some((less, trial)) = &own.below {
            let mut broken = broken_by(plan, sizing, trial);
            if broken.is_empty() && !trial.is_copied() && sizing.trial.is_copied() {
                broken.push(format!(
                    "first copies are done within the run in {} of the replications only",
                    optional(Unit::Share, Some(trial.copied))
                ));
            }
            if !broken.is_empty() {
                lines.push(format!("with {called} {}{}: {}", value(*less), luck(sizing, trial), broken.join("; ")));
            }
        }
        if let Some(missed) = own.missed_at {
            lines.push(format!(
                "{called}: {} is known to miss, {} to meet; what lies between is not known after {} replications",
                value(missed),
                value(own.value),
                plan.about.replications
            ));
        }
        match own.above {
            Some((more, Verdict::Missed)) => {
                lines.push(format!("{called}: more is not always better, {} misses", value(more)))
            }
            Some((more, Verdict::NotYetKnown { .. })) => {
                lines.push(format!(
                    "{called}: of the next larger value, {}, it is not known whether it meets",
                    value(more)
                ));
            }
            Some((_, Verdict::Met)) | None => {}
        }
    }
    lines
}

/// "sql: p95(rpo) <= 15m would be 17m 12s (link wan is full)"
pub(in crate::report) fn broken_by(plan: &Plan<'_>, sizing: &Sizing, trial: &Trial) -> Vec<String> {
    let wanted = trial.targets.iter().filter(|own| !sizing.set_aside.contains(&own.index));
    let open: Vec<&TargetFinding> = wanted.filter(|own| own.verdict != Verdict::Met).collect();
    // Once one is missed the others were not looked at for long; what is not known of them says nothing.
    let missed_one = open.iter().any(|own| own.verdict == Verdict::Missed);
    let told = open.into_iter().filter(|own| !missed_one || own.verdict == Verdict::Missed);
    told.map(|own| missed(plan, own, trial)).collect()
}

fn missed(plan: &Plan<'_>, own: &TargetFinding, trial: &Trial) -> String {
    let trouble = trial.troubles.get(own.index).and_then(Option::as_ref).map(|trouble| plan.named.trouble(trouble));
    let why = trouble.filter(|why| !why.is_empty()).map(|why| format!(" ({why})")).unwrap_or_default();
    let doubt = match own.verdict {
        Verdict::Missed => "is",
        // The worst replications were run, and for the others stands what was met: it is no better than this.
        _ if trial.lent > 0 => "is not met: at best",
        _ => "is not known to hold:",
    };
    let endless = own.achieved.value.is_none_or(|value| !value.is_finite());
    let achieved = if endless { "without an end".to_owned() } else { optional(own.unit, own.achieved.value) };
    let achieved = match (own.verdict, beyond(own), range(own.unit, &own.achieved)) {
        (Verdict::Missed, ..) => achieved,
        (_, Some(beyond), _) => beyond,
        (_, None, range) if endless || range.is_empty() => achieved,
        (_, None, range) => format!("{achieved}, {range}"),
    };
    format!("{} {doubt} {achieved}{why}", plan.named.target(own))
}

/// The targets of the answer, with their intervals.
pub(in crate::report) fn targets(plan: &Plan<'_>, sizing: &Sizing) -> Rows {
    let mut rows = vec![["target", "achieved", "interval", "verdict", "other luck"].map(str::to_owned).to_vec()];
    for own in &sizing.trial.targets {
        let word = |verdict| match verdict {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::NotYetKnown { .. } => "not known",
        };
        let again = sizing.check.as_ref().and_then(|check| check.targets.get(own.index));
        let implied = if own.index < plan.own_targets { "" } else { " (implied)" };
        rows.push(vec![
            format!("{}{implied}", plan.named.target(own)),
            optional(own.unit, own.achieved.value.filter(|value| value.is_finite())),
            range(own.unit, &own.achieved),
            word(own.verdict).into(),
            again.map_or(NOTHING.into(), |own| word(own.verdict).to_owned()),
        ]);
    }
    rows
}

/// Targets that no size meets, and why.
pub(in crate::report) fn set_aside(plan: &Plan<'_>, sizing: &Sizing) -> Vec<String> {
    let of = |index: &usize| {
        let own = sizing.ample.targets.get(*index)?;
        Some(format!(
            "whatever the size: {}",
            missed(plan, &TargetFinding { verdict: Verdict::Missed, ..own.clone() }, &sizing.ample)
        ))
    };
    sizing.set_aside.iter().filter_map(of).collect()
}

/// "120 EUR a month: 100 for link wan, 20 for cache log"; nothing without prices or without an answer.
pub(in crate::report) fn price(plan: &Plan<'_>, sizing: &Sizing) -> Option<String> {
    if !sizing.is_answered {
        return None;
    }
    let priced: Vec<(&Sized, f64)> = sizing
        .knobs
        .iter()
        .filter_map(|own| Some((own, cost(plan.named.inventory, &own.turned, own.value)?)))
        .collect();
    let currency = &priced.first()?.0.turned.price.as_ref()?.currency;
    let parts: Vec<String> =
        priced.iter().map(|(own, cost)| format!("{cost:.0} for {}", plan.named.called(own.turned.knob))).collect();
    let sum: f64 = priced.iter().map(|(_, cost)| cost).sum();
    Some(format!("{sum:.0} {currency} a month: {}", parts.join(", ")))
}

/// How it was answered.
pub(in crate::report) fn how(plan: &Plan<'_>, sizing: &Sizing) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(check) = &sizing.check {
        let says = match check.verdict_without(&sizing.set_aside) {
            Verdict::Met => "met again",
            Verdict::Missed => "MISSED with that luck",
            Verdict::NotYetKnown { .. } => "not yet known with that luck",
        };
        lines.push(format!("checked with seed {} and {} replications: {says}", check.seed, check.replications));
    }
    lines.extend(first_copies(sizing));
    let afresh = sizing.knobs.iter().filter_map(|own| Some((own.below.as_ref()?.0, own, own.below_afresh?)));
    for (less, own, verdict) in afresh {
        let says = match verdict {
            Verdict::Met => "meets with that luck: the edge is as fine as luck",
            Verdict::Missed => "misses with that luck too",
            Verdict::NotYetKnown { .. } => "is not known to meet with that luck either",
        };
        lines.push(format!(
            "{} {} {says}",
            plan.named.called(own.turned.knob),
            plan.named.value(own.turned.knob, less)
        ));
    }
    lines
}

/// When the first copies are done: machines without a point are in no age, however long that lasts.
fn first_copies(sizing: &Sizing) -> Option<String> {
    if !sizing.is_answered || sizing.trial.targets.iter().any(|own| own.measure == Measure::InitialReplication) {
        return None;
    }
    Some(match sizing.trial.first_copies {
        Some(span) => format!(
            "first copies are done after {} at the latest; a target of `initial_replication` would bound that",
            seconds(span.secs_f64())
        ),
        None => "first copies are not done within the run; a target of `initial_replication` would ask for it".into(),
    })
}

pub(in crate::report) fn markdown(plan: &Plan<'_>) -> String {
    let mut text = format!("# {}\n\n{}\n", plan.about.title, verdict_line(plan));
    for sizing in &plan.found.questions {
        let _ = write!(text, "\n## Sizes\n\n{}", table(&sizes(plan, sizing)));
        let said = set_aside(plan, sizing).into_iter().chain(breaks(plan, sizing)).chain(how(plan, sizing));
        let said: Vec<String> = said.chain(price(plan, sizing)).map(|line| format!("- {line}\n")).collect();
        let _ = write!(text, "\n{}\n## Targets\n\n{}", said.concat(), table(&targets(plan, sizing)));
    }
    for sheet in sheets(plan) {
        let mut rows = vec![sheet.head.iter().map(ToString::to_string).collect()];
        let cut = sheet.rows.len().saturating_sub(ROWS_MAX);
        rows.extend(sheet.rows.into_iter().take(ROWS_MAX));
        let _ = write!(text, "\n## {}\n\n{}\n\n{}", sheet.title, sheet.says, table(&rows));
        if cut > 0 {
            let _ = write!(text, "\n{cut} more rows stand in {}.csv.\n", sheet.id);
        }
    }
    let _ = write!(text, "\nRepeat: `{}`\n", plan.about.command);
    text
}

fn table(rows: &Rows) -> String {
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let Some((head, rest)) = rows.split_first() else { return String::new() };
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    line(head) + &rule + &rest.iter().map(line).collect::<String>()
}

/// Every value that was tried: how the ages of points came out.
pub(in crate::report) fn tried_rows(plan: &Plan<'_>) -> Rows {
    let of = |trial: &Trial| {
        let values = trial.values.iter();
        let values: Vec<String> = values
            .map(|(knob, value)| format!("{} {}", plan.named.called(*knob), plan.named.value(*knob, *value)))
            .collect();
        let kept = trial.kept.iter().filter(|kept| **kept).count();
        let ages = &trial.ages;
        vec![
            values.join(", "),
            trial.replications.to_string(),
            format!("{:.1}", ages.violations),
            optional(Unit::Seconds, ages.p90_s),
            optional(Unit::Seconds, ages.max_s),
            optional(Unit::Share, ages.met_share),
            format!("{kept} of {} kept", trial.kept.len()),
        ]
    };
    plan.found.tried.iter().map(of).collect()
}

/// One row per trial and knob, in base units.
pub(in crate::report) fn tried(plan: &Plan<'_>) -> String {
    let mut text = String::from(
        "trial,knob,value,written,seed,replications,is_glance,verdict,targets_kept,violations,rpo_p90_s,rpo_p99_s,rpo_max_s,met_share\n",
    );
    let number = |value: Option<f64>| value.map_or(String::new(), |value| six(value).to_string());
    for (index, trial) in plan.found.tried.iter().enumerate() {
        for (knob, value) in &trial.values {
            let verdict = match trial.verdict {
                Verdict::Met => "met",
                Verdict::Missed => "missed",
                Verdict::NotYetKnown { .. } => "not-yet-known",
            };
            let ages = &trial.ages;
            let kept = trial.kept.iter().filter(|kept| **kept).count();
            let _ = writeln!(
                text,
                "{index},{},{value},{},{},{},{},{verdict},{kept},{},{},{},{},{}",
                plan.named.path(*knob),
                plan.named.value(*knob, *value),
                trial.seed,
                trial.replications,
                trial.is_glance,
                six(ages.violations),
                number(ages.p90_s),
                number(ages.p99_s),
                number(ages.max_s),
                number(ages.met_share)
            );
        }
    }
    text
}

/// A table as people read it, for programs that take tables of text.
pub(in crate::report) fn csv(sheet: &Sheet) -> String {
    let quoted = |cell: &str| {
        let bare = !cell.contains([',', '"', '\n', '\r']);
        if bare { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
    };
    let line = |cells: &mut dyn Iterator<Item = &str>| cells.map(quoted).collect::<Vec<_>>().join(",") + "\n";
    let head = line(&mut sheet.head.iter().copied());
    sheet.rows.iter().fold(head, |text, row| text + &line(&mut row.iter().map(String::as_str)))
}
