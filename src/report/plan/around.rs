//! Tables of what lies around an answer: what moves it, and the worst of each day.

use super::Plan;
use super::sheets::Sheet;
use crate::planner::findings::Unit;
use crate::planner::sizing::{BY, Daily, Input, Swing};
use crate::report::numbers::{NOTHING, optional, seconds, share};
use crate::units::Duration;

/// What people call an input.
pub(in crate::report) fn input_name(input: Input) -> &'static str {
    match input {
        Input::Churn => "what machines write",
        Input::Distinct => "distinct share of writes",
        Input::OutagesLast => "length of outages",
        Input::BetweenOutages => "time between outages",
        Input::CrossTraffic => "traffic of others",
        Input::Envelope => "what an appliance moves",
        Input::Processing => "time to process a point",
        Input::Deciding => "time to declare a disaster",
    }
}

pub(super) fn sensitivity(plan: &Plan<'_>) -> Sheet {
    let says = format!(
        "The first size of each question, found again with one input {0} lower and {0} higher, everything else as it is and the other sizes ample; the widest \
         first. At a glance: a swing of one step is within the grain. Where a replication takes long the fluid rule answers, and only for inputs that it knows.",
        share(BY)
    );
    let head = &["size", "input", "input lower", "as it is", "input higher", "how far apart", "found by"];
    let mut sheet = Sheet::new("sensitivity", "Which input moves the answer most", says, head);
    let row = |own: &Swing| {
        let value = |value: Option<u64>| {
            value.map_or_else(|| "no value meets".into(), |value| plan.named.value(own.knob, value))
        };
        vec![
            plan.named.called(own.knob),
            input_name(own.input).into(),
            value(own.lower),
            value(Some(own.value)),
            value(own.higher),
            if own.width().is_finite() { share(own.width()) } else { NOTHING.into() },
            if own.by_rule { "fluid rule" } else { "simulation, at a glance" }.into(),
        ]
    };
    sheet.rows = plan.found.swings.iter().map(row).collect();
    sheet
}

pub(super) fn daily(plan: &Plan<'_>) -> Sheet {
    let says = "The greatest age of a newest point of each day in one replication of the answer (a bin of the lines belongs to the day in which it ends), and the \
                longest that a byte waits by the fluid, which knows no points, no first copies and no outages: at the answer's bandwidth and at that of today.";
    let head = &["link", "day", "peak RPO, simulated", "longest wait, fluid", "fluid, bandwidth of today"];
    let mut sheet = Sheet::new("daily", "Peak RPO of each day", says, head);
    let row = |own: &Daily| {
        let wait = |wait: Option<Duration>| wait.map_or_else(|| NOTHING.into(), |wait| seconds(wait.secs_f64()));
        vec![
            plan.named.inventory.link(own.link).name.clone(),
            own.day.to_string(),
            optional(Unit::Seconds, own.simulated_s),
            wait(own.fluid),
            wait(own.fluid_now),
        ]
    };
    sheet.rows = plan.found.daily.iter().map(row).collect();
    sheet
}
