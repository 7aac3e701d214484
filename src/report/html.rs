//! The report as one page: works offline, prints, reads in light and dark, from a phone to a wall.
//!
//! The decision comes first, then what to do next, then why. Each part of the report is a list of pieces (`piece`); the
//! numbers come from [`Findings`], the frame from `templates/`. Achieved and wanted never share a name; every picture
//! has a sentence and a table beside it; what was left out of a number is said with the reason.
//!
//! Units: seconds, bytes, shares as in `Findings`; shown with their units. Invariants: nothing is loaded from outside;
//! every name of a user is escaped (by the template, or by `charts::escaped`); the same findings give the same bytes.
//! Size: tables and pictures are bounded, 1,000 VMs stay below 2 MB; what is cut off is counted in words.
//! Source: what planners complain of (users 2 and 3), ecosystem 1 and P4.

mod capacity;
mod contest;
mod damage;
mod decision;
mod failures;
mod front;
mod machines;
mod overtime;
mod piece;
mod plan;
#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod sample_about;
mod spreads;
mod sweep;
mod table;
mod tail;
#[cfg(test)]
mod tests;
mod violations;
mod way_back;
mod words;

pub use contest::page as contest;
pub use sweep::page as sweep;

use askama::Template;

use super::About;
use super::charts::{span, standalone};
use crate::planner::Findings;
pub(in crate::report) use plan::page as plan_page;

use piece::{Figure, Frame, Piece, Section};

/// One file, UTF-8, ready to be written as `index.html`.
pub fn page(findings: &Findings, about: &About) -> Vec<u8> {
    let digest: String = about.digest_hex.chars().take(12).collect();
    let frame = Frame {
        mark: words::verdict(findings.verdict()).1,
        title: about.title.clone(),
        facts: format!(
            "{} of {} counted time, after {} of settling · seed {} · version {} · digest {digest}",
            words::plural(findings.replications, "replication", "replications"),
            span(findings.counted_s),
            span(findings.settle_s),
            about.seed,
            about.version
        ),
        version: about.version.clone(),
        sections: sections(findings, about),
    };
    frame
        .render()
        .expect("writing to a string in memory does not fail, and no filter of the page returns a fault")
        .into()
}

fn sections(findings: &Findings, about: &About) -> Vec<Section> {
    let mut sections = vec![
        decision::section(findings, about),
        decision::next(findings, about),
        overtime::section(findings),
        spreads::section(findings),
        failures::tradeoff(findings),
        capacity::over_time(findings),
        capacity::backlog(findings),
        capacity::phases(findings),
        failures::timeline(findings, about),
        way_back::section(findings),
        machines::section(findings),
    ];
    sections.extend(damage::section(findings));
    sections.extend([
        violations::section(findings, about),
        capacity::headroom(findings),
        tail::refused(findings),
        tail::notes(findings),
        tail::assumptions(findings, about),
        tail::inputs(about),
        tail::repeat(about),
    ]);
    sections
}

/// The pictures of the page as files of their own, by file name without ending.
pub fn charts(findings: &Findings) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, figure) in named_figures(findings) {
        // Two names may look alike once they are file names.
        let alike = files.iter().filter(|(known, _)| *known == name || known.starts_with(&format!("{name}__"))).count();
        let name = if alike == 0 { name } else { format!("{name}__{}", alike + 1) };
        files.push((name, standalone(&figure.title, &figure.svg)));
    }
    files
}

fn named_figures(findings: &Findings) -> Vec<(String, Figure)> {
    let own = |name: &str, figure: Option<Figure>| figure.map(|figure| (name.to_owned(), figure));
    let mut all: Vec<(String, Figure)> = [
        own("rpo_over_time", overtime::figure(findings)),
        own("distributions", spreads::curves(findings)),
        own("rpo_against_rto", failures::scattered(findings)),
        own("going_on", overtime::going_on(findings)),
        own("rto_parts", failures::rto_parts(findings)),
        own("way_back", way_back::figure(findings)),
    ]
    .into_iter()
    .flatten()
    .collect();
    all.extend(capacity::figures(findings).into_iter().map(|figure| (file_name(&figure.title), figure)));
    all
}

/// Letters and digits only: names come from scenario files.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// A sentence where there is nothing to draw, else the picture.
fn figure_or(figure: Option<Figure>, missing: &str) -> Piece {
    figure.map_or_else(|| Piece::words(missing), Piece::Figure)
}
