//! What leaving machines or disks out saves, and what forcing some in costs: the plan of the scenario as it is written beside this one.

use super::sheets::Sheet;
use super::words::cost;
use super::{Plan, Whole};
use crate::intent::{Knob, KnobUnit};
use crate::planner::sizing::{Sized, Sizing};
use crate::report::numbers::NOTHING;
use crate::units::{ByteRate, Bytes};

pub(super) fn saved(plan: &Plan<'_>) -> Sheet {
    let says = "The plan of the scenario as it is written beside this one, from which machines or disks are left out (or in which some are forced) on request. \
                Both are searched and decided in the same way, on the same luck.";
    let head = &["what", "as written", "in this plan", "saved"];
    let mut sheet = Sheet::new("saved", "What leaving out saves", says, head);
    let Some(whole) = &plan.whole else { return sheet };
    sheet.says.push_str(&dropped(whole));
    sheet.rows = totals(plan, whole);
    for (then, now) in whole.questions.iter().zip(&plan.found.questions) {
        sheet.rows.extend(then.knobs.iter().zip(&now.knobs).map(|(a, b)| knob(plan, (then, a), (now, b))));
    }
    sheet.rows.extend(price(plan, whole));
    sheet
}

/// Targets that speak of nobody any more; nothing where there are none.
pub(super) fn dropped(whole: &Whole) -> String {
    let all: Vec<&str> = whole.dropped.iter().map(|target| target.text.as_str()).collect();
    match all.as_slice() {
        [] => String::new(),
        all => format!(" Dropped, since nobody of whom they speak is protected any more: {}.", all.join("; ")),
    }
}

/// A row of numbers that can be subtracted.
fn row(what: &str, (then, now): (f64, f64), shown: &dyn Fn(f64) -> String) -> Vec<String> {
    let less = then - now;
    let sign = if less < 0.0 { "−" } else { "" };
    vec![what.into(), shown(then), shown(now), format!("{sign}{}", shown(less.abs()))]
}

fn totals(plan: &Plan<'_>, whole: &Whole) -> Vec<Vec<String>> {
    let (then, now) = (&whole.totals, &plan.totals);
    let count = |value: f64| format!("{value:.0}");
    let bytes = |value: f64| Bytes(value as u64).to_string();
    let rate = |value: f64| ByteRate(value.round() as u64).bits().to_string();
    vec![
        row("protected machines", (then.machines as f64, now.machines as f64), &count),
        row("their disks", (then.disks as f64, now.disks as f64), &count),
        row("size of the disks", (then.size.0 as f64, now.size.0 as f64), &bytes),
        row("changes in the mean", (then.rate, now.rate), &rate),
    ]
}

fn knob(plan: &Plan<'_>, (then, a): (&Sizing, &Sized), (now, b): (&Sizing, &Sized)) -> Vec<String> {
    let knob = a.turned.knob;
    let called = plan.named.called(knob);
    let shown = |answered: bool, value: u64| if answered { plan.named.value(knob, value) } else { NOTHING.into() };
    if then.is_answered && now.is_answered && knob.unit() != KnobUnit::VmSize && !matches!(knob, Knob::Retention(_)) {
        return row(&called, (a.value as f64, b.value as f64), &|value| plan.named.value(knob, value as u64));
    }
    vec![called, shown(then.is_answered, a.value), shown(now.is_answered, b.value), NOTHING.into()]
}

/// The sum of all knobs that have a price.
fn price(plan: &Plan<'_>, whole: &Whole) -> Option<Vec<String>> {
    let priced = |questions: &[Sizing]| -> Option<(f64, String)> {
        let knobs = || questions.iter().filter(|own| own.is_answered).flat_map(|own| &own.knobs);
        let currency = knobs().find_map(|own| Some(own.turned.price.as_ref()?.currency.clone()))?;
        Some((knobs().filter_map(|own| cost(plan.named.inventory, &own.turned, own.value)).sum(), currency))
    };
    let ((then, currency), (now, _)) = (priced(&whole.questions)?, priced(&plan.found.questions)?);
    Some(row("price a month", (then, now), &|value| format!("{value:.0} {currency}")))
}
