//! `compare.md`: for a wiki or the summary of a job.

use super::{ContestAbout, change, decision, gain, headline, on_front, ran, signed, standing};
use crate::planner::compare::Comparison;
use crate::report::formats::markdown::escaped;
use crate::report::numbers::optional;

pub fn markdown(found: &Comparison, about: &ContestAbout) -> String {
    let (_, _, head) = headline(found, about);
    let mut page =
        format!("# {}\n\n{}\n\n{}\n", escaped(&head), escaped(&decision(found, about)), escaped(&ran(found, about)));
    for (place, own) in found.yardsticks.iter().enumerate() {
        let (unit, name) = (own.yardstick.unit, escaped(&own.yardstick.name));
        let decides = if place == found.by { ", which decides" } else { "" };
        let better = if own.yardstick.lower_is_better { "lower" } else { "higher" };
        page.push_str(&format!(
            "\n## By {name}{decides}\n\n{better} is better; margin {}\n\n",
            optional(unit, Some(own.margin))
        ));
        page.push_str(
            "| candidate | mean | difference to the first | interval | | same luck |\n|---|---:|---:|---|---|---|\n",
        );
        for (candidate, against) in own.against.iter().enumerate() {
            let mean = optional(unit, own.means[candidate].value);
            let cells = against.as_ref().map_or_else(
                || "| | | |".to_owned(),
                |against| {
                    let difference = against.difference.value.map_or_else(String::new, |value| signed(unit, value));
                    let (within, verdict) = (change(unit, &against.difference), standing(against.standing));
                    format!("{difference} | {within} | {verdict} | {}", gain(against).unwrap_or_default())
                },
            );
            page.push_str(&format!("| {} | {mean} | {cells} |\n", escaped(about.name(candidate))));
        }
    }
    if let Some(told) = on_front(found, about) {
        page.push_str(&format!("\n## RPO against RTO\n\n{}\n", escaped(&told)));
    }
    page.push_str("\n## Candidates\n\n");
    for own in &about.candidates {
        let (name, title) = (escaped(&own.name), escaped(&own.title));
        page.push_str(&format!(
            "- **{name}**: {title}, `{}{}`\n",
            own.file.replace('`', "'"),
            own.overrides.replace('`', "'")
        ));
    }
    for note in &about.notes {
        page.push_str(&format!("\nNote: {}\n", escaped(note)));
    }
    page.push_str(&format!("\n```sh\n{}\n```\n", about.command));
    page
}
