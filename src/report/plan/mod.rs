//! The plan of a scenario: sizes, why, what less would break. The decision first.
//!
//! | file | for whom |
//! |---|---|
//! | screen | everybody: what to buy, how sure, what one step less breaks |
//! | `plan.json` | programs (versioned names, values in base units beside what a scenario would write) |
//! | `summary.md` | wikis |
//! | `index.html` | everybody: decision first, then why, then every table; one file, offline |
//! | `plan.xlsx` | planners: the same tables, and prices to play with |
//! | `what-if.csv` … `machines.csv` | the same tables as text |
//! | `tried.csv` | researchers: every value that was tried |
//! | `manifest.json` | repeating |

mod around;
mod json;
#[cfg(feature = "xlsx")]
mod native;
pub(in crate::report) mod pictures;
mod saved;
mod screen;
pub(in crate::report) mod sheets;
pub(in crate::report) mod text;
mod words;
#[cfg(feature = "xlsx")]
mod workbook;

pub use screen::screen;
pub use words::Named;

use std::sync::Arc;

use crate::intent::Target;
use crate::inventory::Inventory;
use crate::planner::sizing::{Answers, Batch, Eligibility, Sizing, Totals, Waves};
use crate::planner::{Verdict, together};
use crate::report::About;

/// Everything a plan report is made of.
pub struct Plan<'a> {
    pub named: Named<'a>,
    /// Answers and what lies around them.
    pub found: Answers,
    /// First copies and re-protection at the sizes of the answer.
    pub batches: Vec<Batch>,
    pub waves: Vec<Waves>,
    /// What the plan would be with nobody left out or forced in; `None`: nobody is.
    pub whole: Option<Whole>,
    /// What is protected in this plan.
    pub totals: Totals,
    /// By VM id of the whole inventory, with its mean changes [bytes/s].
    pub machines: Vec<Eligibility>,
    pub rates: Vec<f64>,
    /// Targets of the scenario's own; what comes after is implied.
    pub own_targets: usize,
    /// Replications run for all of it.
    pub ran: u64,
    pub about: About,
}

/// The plan of the scenario as it is written, beside one in which some are left out.
pub struct Whole {
    pub questions: Vec<Sizing>,
    pub totals: Totals,
    /// Names of what the whole plan speaks of.
    pub inventory: Arc<Inventory>,
    /// Targets that were dropped: nobody whom they speak of is protected any more.
    pub dropped: Vec<Target>,
}

impl Plan<'_> {
    /// The inventory before anything was left out: machines are told of all that there are.
    pub(super) fn listed(&self) -> &Inventory {
        self.whole.as_ref().map_or(self.named.inventory, |whole| &whole.inventory)
    }

    /// Of all questions together.
    pub fn verdict(&self) -> Verdict {
        together(self.found.questions.iter().map(Sizing::verdict))
    }
}

/// The files of the folder by name.
pub fn files(plan: &Plan<'_>) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("index.html".to_owned(), super::html::plan_page(plan)),
        ("plan.json".to_owned(), json::plan(plan).into_bytes()),
        ("summary.md".to_owned(), text::markdown(plan).into_bytes()),
        ("tried.csv".to_owned(), text::tried(plan).into_bytes()),
    ];
    for sheet in sheets::sheets(plan).iter().filter(|sheet| sheet.id != "tried") {
        files.push((format!("{}.csv", sheet.id), text::csv(sheet).into_bytes()));
    }
    #[cfg(feature = "xlsx")]
    files.push(("plan.xlsx".to_owned(), workbook::render(plan)));
    let manifest = json::manifest(plan, &files).into_bytes();
    files.push(("manifest.json".to_owned(), manifest));
    files
}

/// What `--json` prints.
pub fn json(plan: &Plan<'_>) -> String {
    json::plan(plan)
}
