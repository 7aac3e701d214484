//! `rare.md`: for a wiki or the summary of a job.

use super::{RareAbout, causes, headline, judged, level_name, percent, spent};
use crate::planner::rare::Found;
use crate::report::formats::markdown::escaped;

pub fn markdown(found: &Found, about: &RareAbout) -> String {
    let (head, sure) = headline(found, about);
    let mut page = format!("# {}\n\n{}\n\n", escaped(&head), escaped(&about.title));
    for text in judged(found, about).into_iter().chain([sure, spent(found)]) {
        page.push_str(&format!("- {}\n", escaped(&text)));
    }
    if !found.levels.is_empty() {
        page.push_str("\n| level | passed by | moves that stood | replications |\n|---|---:|---:|---:|\n");
    }
    for (place, level) in found.levels.iter().enumerate() {
        let name = escaped(&level_name(place, level, found, about));
        let (share, stood) = (percent(Some(level.share)), percent(level.stood));
        page.push_str(&format!("| {name} | {share} | {stood} | {} |\n", level.runs));
    }
    if !about.causes.is_empty() {
        page.push_str(&format!("\n{}\n", escaped(&causes(about))));
    }
    page.push_str(&format!("\n```sh\n{}\n```\n", about.command));
    page
}
