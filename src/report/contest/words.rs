//! What is said of candidates, in words that every format uses.

use super::ContestAbout;
use crate::planner::compare::{Against, Comparison, Decision, Standing};
use crate::planner::findings::{Estimate, Unit};
use crate::report::front::sentence;
use crate::report::numbers::value;

/// Class, sign and headline of the decision.
pub(in crate::report) fn headline(found: &Comparison, about: &ContestAbout) -> (&'static str, &'static str, String) {
    let by = &found.yardsticks[found.by].yardstick.name;
    match &found.decision {
        Decision::Best(best) => ("met", "✓", format!("BEST: {} by {by}", about.name(*best))),
        Decision::GoodEnough(best) => {
            ("met", "✓", format!("NO DIFFERENCE THAT MATTERS: {} is as good as any by {by}", about.name(*best)))
        }
        Decision::NotYetKnown { more, .. } => {
            ("unknown", "?", format!("CANNOT TELL YET by {by}: about {more} more replications needed"))
        }
        Decision::NotPaired(..) | Decision::NoValues => ("unknown", "?", format!("NOT COMPARABLE by {by}")),
    }
}

/// The decision in a sentence or two.
pub(in crate::report) fn decision(found: &Comparison, about: &ContestAbout) -> String {
    let own = &found.yardsticks[found.by];
    let (unit, sure) = (own.yardstick.unit, percent(found.confidence));
    let margin = value(unit, own.margin);
    match &found.decision {
        Decision::Best(best) => format!("{} is better than each other candidate, {sure} sure.", about.name(*best)),
        Decision::GoodEnough(best) => format!(
            "No candidate is better than {} by more than {margin}, {sure} sure. Take whichever is cheapest of those within it.",
            about.name(*best)
        ),
        Decision::NotYetKnown { left, .. } => {
            let names: Vec<&str> = left.iter().map(|own| about.name(*own)).collect();
            format!("Any of these may be the best, others are out ({sure} sure): {}.", names.join(", "))
        }
        Decision::NotPaired(a, b) => format!(
            "{} and {} do not meet the same luck: in more than one replication in twenty only one of them has a value.",
            about.name(*a),
            about.name(*b)
        ),
        Decision::NoValues => "Nothing that it measures happened in any candidate.".into(),
    }
}

/// Who is on the front of RPO and RTO; `None` where they are not known.
pub(in crate::report) fn on_front(found: &Comparison, about: &ContestAbout) -> Option<String> {
    const NAMES: usize = 6;
    found.front.as_ref().map(|own| sentence(own, &|place| about.name(place).to_owned(), NAMES))
}

/// What ran.
pub(in crate::report) fn ran(found: &Comparison, about: &ContestAbout) -> String {
    let end = if about.interrupted { ", interrupted" } else { "" };
    format!(
        "{} of {} replications of each of {} candidates, look {} of {}{end}, seed {}",
        found.replications,
        about.at_most,
        about.candidates.len(),
        found.looks,
        found.looks_planned,
        about.seed
    )
}

/// "better", "worse", "within margin", or what is missing.
pub(in crate::report) fn standing(standing: Standing) -> String {
    match standing {
        Standing::Better => "better".into(),
        Standing::Worse => "worse".into(),
        Standing::Same => "within margin".into(),
        Standing::NotYetKnown { more } => format!("? {more} more"),
        Standing::NotPaired => "other luck".into(),
        Standing::NoValues => "nothing".into(),
    }
}

/// "-5m 3s", "+3 GiB", "0s".
pub(in crate::report) fn signed(unit: Unit, number: f64) -> String {
    let shown = value(unit, number.abs());
    // What rounds to nothing has no sign.
    match shown == value(unit, 0.0) {
        true => shown,
        false => format!("{}{shown}", if number < 0.0 { '-' } else { '+' }),
    }
}

/// "-6m to -4m"; empty where nothing is known.
pub(in crate::report) fn change(unit: Unit, estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} to {}", signed(unit, low), signed(unit, high)),
        _ => String::new(),
    }
}

/// What the same luck was worth.
pub(in crate::report) fn gain(against: &Against) -> Option<String> {
    let gain = against.gain?;
    let saved = against.pairs as f64 * (gain - 1.0);
    Some(if saved >= 1.0 {
        format!("{gain:.1} independent runs tell as much as one pair: {saved:.0} runs saved")
    } else {
        format!("common luck saved nothing here (factor {gain:.2})")
    })
}

fn percent(share: f64) -> String {
    crate::report::numbers::share(share)
}
