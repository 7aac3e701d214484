//! Markdown for the summary of a job: a table a scenario, details of what is missed below it.
//!
//! Services refuse summaries above 1 MiB; what does not fit into [`BYTES_MAX`] is counted.

use super::{Case, more, overall, word};
use crate::report::write::mark;

/// Well below what job summaries may have (1 MiB).
pub const BYTES_MAX: usize = 900_000;

pub fn markdown(cases: &[Case]) -> String {
    let mut all = format!("## drsim check: {}\n\n", word(overall(cases)));
    for (place, case) in cases.iter().enumerate() {
        let part = one(case);
        if all.len() + part.len() > BYTES_MAX {
            all.push_str(&format!("{} more scenarios do not fit here; see check.json\n", cases.len() - place));
            break;
        }
        all.push_str(&part);
    }
    all
}

fn one(case: &Case) -> String {
    let mut text = format!("### {}\n\n`{}`, {}\n\n", cell(&case.title), cell(&case.file), case.ran());
    if let Some((from, margin)) = &case.baseline {
        text.push_str(&format!("Against `{}`, margin {} % of each limit.\n\n", cell(from), margin * 100.0));
    }
    text.push_str("| | target | result |\n|---|---|---|\n");
    let mut details = String::new();
    for row in case.rows() {
        let more = more(row.verdict).map(|more| format!("; {more}")).unwrap_or_default();
        let (name, told) = (cell(&row.name), cell(&row.told));
        text.push_str(&format!("| {} {} | {name} | {told}{more} |\n", mark(row.verdict), word(row.verdict)));
        if let Some(miss) = row.miss {
            details.push_str(&format!("**{name}**: {}\n\n```sh\n{}\n```\n\n", cell(&miss.told()), miss.replay));
        }
    }
    format!("{text}\n{details}")
}

/// Text in a cell or a line: nothing in it may end the cell or become a tag.
fn cell(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('|', "\\|").replace('`', "'")
}
