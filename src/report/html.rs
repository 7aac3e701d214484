//! The report as one page: works offline, prints, reads in light and dark, from a phone to a wall.
//!
//! The decision comes first, then what to do next, then why. The words of each section stand in `templates/`, the
//! numbers come from [`Findings`] through the small tables and figures built here. Achieved and wanted never share a
//! name; every picture has a sentence or a table beside it; what was left out of a number is said with the reason.
//!
//! Units: seconds, bytes, shares as in `Findings`; shown with their units. Invariants: nothing is loaded from outside;
//! every name of a user is escaped (by the template, or by `charts::escaped`); the same findings give the same bytes.
//! Size: tables and pictures are bounded, 1,000 VMs stay below 2 MB; what is cut off is counted in words.
//! Source: what planners complain of (users 2 and 3), ecosystem 1 and P4.

mod capacity;
mod decision;
mod failures;
mod machines;
#[cfg(test)]
pub(super) mod sample;
mod spreads;
mod table;
mod tail;
#[cfg(test)]
mod tests;
mod violations;
mod words;

use askama::Template;

use super::About;
use crate::planner::Findings;
use table::{Figure, Table};

/// One file, UTF-8, ready to be written as `index.html`.
pub fn page(findings: &Findings, about: &About) -> Vec<u8> {
    let page = Page::new(findings, about);
    page.render()
        .expect("writing to a string in memory does not fail, and no filter of the page returns a fault")
        .into()
}

/// Everything the template shows.
#[derive(Template)]
#[template(path = "index.html")]
struct Page<'a> {
    about: &'a About,
    /// Enough of it to tell two reports apart.
    digest: String,
    replications: u64,
    counted: String,
    settle: String,
    decision: decision::Decision,
    glance: Table,
    advice: Vec<decision::Advised>,
    over_time: spreads::OverTime,
    distributions: spreads::Distributions,
    tradeoff: failures::Tradeoff,
    capacity: capacity::OverTime,
    phases: Option<Table>,
    timeline: failures::Timeline,
    machines: machines::Machines,
    violations: violations::Violations,
    resources: Table,
    others: Vec<Table>,
    refused: Vec<Table>,
    notes: Vec<String>,
    assumptions: Option<Table>,
}

impl<'a> Page<'a> {
    fn new(findings: &'a Findings, about: &'a About) -> Self {
        Page {
            about,
            digest: about.digest_hex.chars().take(12).collect(),
            replications: findings.replications,
            counted: super::charts::span(findings.counted_s),
            settle: super::charts::span(findings.settle_s),
            decision: decision::decision(findings, about),
            glance: spreads::glance(findings),
            advice: decision::advised(findings, about),
            over_time: spreads::over_time(findings),
            distributions: spreads::distributions(findings),
            tradeoff: failures::tradeoff(findings),
            capacity: capacity::over_time(findings),
            phases: capacity::phases(findings),
            timeline: failures::timeline(findings),
            machines: machines::machines(findings),
            violations: violations::violations(findings),
            resources: capacity::resources(findings),
            others: tail::totals(findings),
            refused: tail::refused(findings),
            notes: tail::notes(findings),
            assumptions: tail::assumptions(findings, about),
        }
    }
}

/// A title, its picture and what stands beside it.
type Figures = Vec<Figure>;
