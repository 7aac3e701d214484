//! The plan of a scenario: sizes, why, what less would break. The decision first.
//!
//! | file | for whom |
//! |---|---|
//! | screen | everybody: what to buy, how sure, what one step less breaks |
//! | `plan.json` | programs (versioned names, values in base units beside what a scenario would write) |
//! | `summary.md` | wikis |
//! | `tried.csv` | researchers: every value that was tried |
//! | `manifest.json` | repeating |

mod json;
mod screen;
mod text;
mod words;

pub use screen::screen;
pub use words::Named;

use crate::planner::sizing::{Sizing, Trial};
use crate::report::About;

/// Everything a plan report is made of.
pub struct Plan<'a> {
    pub named: Named<'a>,
    pub questions: Vec<Sizing>,
    /// Every value that was tried, in the order of the values.
    pub tried: Vec<Trial>,
    /// Targets of the scenario's own; what comes after is implied.
    pub own_targets: usize,
    /// Replications run for all of it.
    pub ran: u64,
    pub about: About,
}

/// The files of the folder by name.
pub fn files(plan: &Plan<'_>) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("plan.json".to_owned(), json::plan(plan).into_bytes()),
        ("summary.md".to_owned(), text::markdown(plan).into_bytes()),
        ("tried.csv".to_owned(), text::tried(plan).into_bytes()),
    ];
    let manifest = json::manifest(plan, &files).into_bytes();
    files.push(("manifest.json".to_owned(), manifest));
    files
}

/// What `--json` prints.
pub fn json(plan: &Plan<'_>) -> String {
    json::plan(plan)
}
