//! One screen: at most 40 lines of 80 columns, readable without colour, the decision first.

use super::{ContestAbout, change, decision, gain, headline, on_front, ran, signed, standing};
use crate::planner::compare::{Compared, Comparison};
use crate::report::formats::{Side, broken, grid, plain};
use crate::report::numbers::optional;
use crate::report::write::{mark, verdict_name};

const WIDTH: usize = 80;
const LINES: usize = 40;
/// Candidates that one table shows; the others are counted.
const CANDIDATES: usize = 12;

pub fn screen(found: &Comparison, about: &ContestAbout) -> String {
    let (_, _, head) = headline(found, about);
    let mut lines = broken(&plain(&head), WIDTH, 2);
    lines.extend(said(&decision(found, about)));
    lines.extend(said(&ran(found, about)));
    lines.push(String::new());
    lines.extend(deciding(found, about));
    lines.extend(on_front(found, about).iter().flat_map(|told| broken(&plain(told), WIDTH, 2)));
    let tail = tail(found, about);
    lines.push(String::new());
    let room = LINES.saturating_sub(lines.len() + tail.len());
    lines.extend(others(found, about, room));
    lines.truncate(LINES.saturating_sub(tail.len()));
    lines.extend(tail);
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn said(text: &str) -> Vec<String> {
    broken(&plain(text), WIDTH - 2, 0).into_iter().map(|line| format!("  {line}")).collect()
}

/// Every candidate by the yardstick that decides.
fn deciding(found: &Comparison, about: &ContestAbout) -> Vec<String> {
    let own = &found.yardsticks[found.by];
    let unit = own.yardstick.unit;
    let head = ["candidate", "mean", "difference", "interval", "", "targets"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (place, candidate) in about.candidates.iter().enumerate().take(CANDIDATES) {
        let targets = found.targets.get(place).map_or("", |targets| match targets.is_empty() {
            true => "",
            false => mark_of(targets),
        });
        let (difference, interval, verdict) = match &own.against[place] {
            None => ("first".to_owned(), String::new(), String::new()),
            Some(against) => (
                against.difference.value.map_or_else(String::new, |value| signed(unit, value)),
                change(unit, &against.difference),
                standing(against.standing),
            ),
        };
        let mean = optional(unit, own.means[place].value);
        rows.push(vec![plain(&candidate.name), mean, difference, interval, verdict, targets.into()]);
    }
    let sides = [Side::Left, Side::Right, Side::Right, Side::Left, Side::Left, Side::IfRoom];
    let mut lines = grid(&rows, &sides, WIDTH);
    if about.candidates.len() > CANDIDATES {
        lines.push(format!("  and {} more candidates", about.candidates.len() - CANDIDATES));
    }
    lines
}

/// All targets of a candidate in one word.
fn mark_of(targets: &[crate::planner::findings::TargetFinding]) -> &'static str {
    let verdict = crate::planner::together(targets.iter().map(|own| own.verdict));
    match mark(verdict) {
        "✓" => "✓ met",
        "✗" => "✗ missed",
        _ => verdict_name(verdict),
    }
}

/// The other yardsticks: what each candidate differs by.
fn others(found: &Comparison, about: &ContestAbout, room: usize) -> Vec<String> {
    let rest: Vec<&Compared> = found
        .yardsticks
        .iter()
        .enumerate()
        .filter(|(place, own)| *place != found.by && own.means.iter().any(|mean| mean.value.is_some()))
        .map(|(_, own)| own)
        .collect();
    let mut rows =
        vec![vec!["by".to_owned(), plain(about.name(0)), "candidate".into(), "difference".into(), String::new()]];
    for own in rest {
        let unit = own.yardstick.unit;
        for (place, against) in own.against.iter().enumerate() {
            let Some(against) = against else { continue };
            let first = place == 1;
            rows.push(vec![
                if first { plain(&own.yardstick.name) } else { String::new() },
                if first { optional(unit, own.means[0].value) } else { String::new() },
                plain(about.name(place)),
                against.difference.value.map_or_else(String::new, |value| signed(unit, value)),
                standing(against.standing),
            ]);
        }
    }
    let kept = rows.len().min(room.saturating_sub(1)).max(1);
    let cut = rows.len() - kept;
    rows.truncate(kept);
    let mut lines = grid(&rows, &[Side::Left, Side::Right, Side::Left, Side::Right, Side::Left], WIDTH);
    if cut > 0 {
        lines.push(format!("and {cut} more lines; --json or --out has all"));
    }
    lines
}

fn tail(found: &Comparison, about: &ContestAbout) -> Vec<String> {
    let mut tail = Vec::new();
    let against = found.yardsticks[found.by].against.iter().flatten();
    if let Some(told) = against.filter_map(gain).next() {
        tail.extend(broken(&format!("same luck: {told}"), WIDTH, 2));
    }
    for note in about.notes.iter().take(4) {
        tail.extend(broken(&plain(&format!("note: {note}")), WIDTH, 2).into_iter().take(2));
    }
    if let Some(out) = &about.out_dir {
        tail.extend(broken(&plain(&format!("report: {out}/index.html")), WIDTH, 2));
    }
    // Not broken: it is copied as it stands.
    tail.push(format!("again: {}", plain(&about.command)));
    tail
}
