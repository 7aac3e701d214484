//! Annotations: lines on stdout that GitHub and Azure Pipelines show at the target's line of the scenario.
//!
//! GitHub shows ten errors and ten warnings of a step, so the worst ten of each are printed and the rest is counted. What
//! is missed is an error, what is not known yet a warning; what is met is not mentioned.

use super::{Case, Row, more, word};
use crate::planner::findings::Verdict;

/// What one step may show of each kind.
const SHOWN_MAX: usize = 10;

pub fn github(cases: &[Case]) -> String {
    annotated(cases, |level, file, row, message| {
        let line = if row.line > 0 { format!(",line={}", row.line) } else { String::new() };
        let title = property(&format!("drsim: {}", row.name));
        format!("::{level} file={}{line},title={title}::{}", property(file), data(message))
    })
}

pub fn azure(cases: &[Case]) -> String {
    annotated(cases, |level, file, row, message| {
        let line = if row.line > 0 { format!(";linenumber={}", row.line) } else { String::new() };
        let file = data(file).replace(';', "%3B").replace(']', "%5D");
        format!("##vso[task.logissue type={level};sourcepath={file}{line}]{}", data(message))
    })
}

fn annotated(cases: &[Case], print: impl Fn(&str, &str, &Row, &str) -> String) -> String {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for case in cases {
        for row in case.rows() {
            let level = match row.verdict {
                Verdict::Met => continue,
                Verdict::Missed => "error",
                Verdict::NotYetKnown { .. } => "warning",
            };
            let more = more(row.verdict).map(|more| format!("; {more}")).unwrap_or_default();
            let mut message = format!("{}: {}: {}{more}", word(row.verdict), row.name, row.told);
            if let Some(miss) = row.miss {
                message.push_str(&format!("\n{}\n{}", miss.told(), miss.replay));
            }
            let into = if level == "error" { &mut errors } else { &mut warnings };
            into.push(print(level, &case.file, &row, &message));
        }
    }
    let mut text = String::new();
    for kind in [errors, warnings] {
        kind.iter().take(SHOWN_MAX).for_each(|line| text.push_str(&format!("{line}\n")));
        if kind.len() > SHOWN_MAX {
            text.push_str(&format!("{} more of these are not annotated\n", kind.len() - SHOWN_MAX));
        }
    }
    text
}

/// A message: nothing in it may end the line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: nothing in it may end the property either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
