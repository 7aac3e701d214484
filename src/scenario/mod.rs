//! FLOOR 5, THE WAY IN: a scenario file and the files it names become a [`Setup`], or a list of faults.
//!
//! ```text
//! text ─ spans ─▶ tree ─ overrides ─▶ places ▶ machines ▶ wanted ▶ happens ▶ people ▶ orders ─ advice ─▶ Scenario
//! ```
//!
//! Every reader takes a section of the tree, asks for its keys one by one, and closes it: a key nobody asked for is
//! unknown, and the keys that were asked for are the list of what is allowed. So a field cannot be accepted and do nothing
//! by mistake. Faults are collected, not returned at the first; a reader goes on with a stand-in value.

mod advice;
mod assumptions;
pub mod catalogue;
mod causes;
mod churn;
mod consistency;
mod document;
mod fault;
mod files;
mod fleet;
mod happens;
mod laws;
mod ledger;
pub mod limits;
mod machines;
mod names;
mod note;
mod orders;
mod outage_list;
mod people;
mod places;
mod questions;
pub mod reference;
mod run;
pub mod schema;
mod series;
mod spans;
mod targets;
mod text;
mod times;
mod wanted;

use std::io;
use std::path::Path;
use std::sync::Arc;

pub use assumptions::Assumption;
pub use causes::outage_causes;
pub use fault::{Fault, Faults, line_column, render};
pub use files::{FILE_BYTES_MAX, unreadable};
pub use ledger::cure_by_name;
pub use targets::expression;
pub use text::scenario_text;
pub use times::moment_of;

use crate::intent::{Measure, Question, Statistic};
use crate::inventory::Inventory;
use crate::simulation::Setup;
use crate::world::Physics;

use document::Section;
use files::Files;
use ledger::Ledger;
use machines::Machines;
use places::Places;
use run::Run;
use spans::{Place, Table, Value};
use wanted::Wanted;

/// A scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub title: String,
    pub setup: Setup,
    pub seed: u64,
    pub replications: Replications,
    /// What the planner is asked.
    pub questions: Vec<Question>,
    pub warnings: Vec<Fault>,
    /// What targets hang on and nobody gave.
    pub assumptions: Vec<Assumption>,
    /// One note per file that was read.
    pub sources: Vec<InputNote>,
    /// BLAKE3 of the text, the overrides and every file that was read.
    pub hash: [u8; 32],
}

/// How many replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Replications {
    pub at_most: u64,
    /// Stop early once this is known well enough.
    pub until: Option<Precision>,
}

/// `"p99(rpo) within 5 %"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// As written: `p99(rpo)`.
    pub target_text: String,
    pub statistic: Statistic,
    pub measure: Measure,
    /// Half width of the interval as a share of the value: 0.05.
    pub relative: f64,
}

/// What was read from a file, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputNote {
    /// As written in the scenario.
    pub file: String,
    /// What it was read for: `churn of files`.
    pub purpose: String,
    pub rows_used: u64,
    /// Reason and count, by reason.
    pub rows_left_out: Vec<(String, u64)>,
    /// Steps without a sample, filled from the same time of day.
    pub gaps_filled: u64,
    /// Steps with more than one sample; the largest was taken.
    pub doubled_steps: u64,
    /// Anything else worth saying, one line each.
    pub remarks: Vec<String>,
}

/// Reads a scenario.
///
/// `read` returns the bytes of a file by its path as the scenario names it, beside `file`. `overrides` are pairs of a
/// path such as `link.wan.bandwidth` and a value, as given by `--set`. All faults are returned at once; nothing panics.
pub fn load(
    text: &str,
    file: &str,
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    overrides: &[(String, String)],
) -> Result<Scenario, Faults> {
    let ledger = Ledger::new(file);
    let mut tree = spans::parse(text, &ledger);
    for (path, value) in overrides {
        spans::set(&mut tree, path, value, &ledger);
    }
    let files = Files::new(read);
    let scenario = build(&tree, text, &files, &ledger);
    let hash = hash(text, overrides, &files);
    let (faults, warnings) = ledger.close();
    match scenario {
        Some(scenario) if faults.is_empty() => {
            scenario.setup.inventory.assert_valid();
            Ok(Scenario { warnings, sources: files.notes(), hash, ..scenario })
        }
        _ => Err(Faults(faults)),
    }
}

/// Reads all sections in the order in which they need each other.
fn build(tree: &Table, text: &str, files: &Files<'_>, ledger: &Ledger) -> Option<Scenario> {
    if tree.entries.is_empty() {
        if !ledger.has_faults() {
            ledger.push_whole("the scenario is empty", "`drsim init` writes one that runs");
        }
        return None;
    }
    let root = Section::new("", Place::Text(0..0), tree, &catalogue::ROOT, ledger);
    let title = root.text_or_default("title").to_string();
    let profile = root.text_at("limits").unwrap_or((root.default("limits"), &root.place));
    let overridden = match root.node("override").map(|node| &node.value) {
        Some(Value::Table(table)) => Some(table),
        Some(_) => root.section("override").and(None),
        None => None,
    };
    let limits = limits::load(profile.0, profile.1, overridden, ledger)
        .or_else(|| limits::load(limits::DEFAULT_PROFILE, profile.1, None, ledger))?;
    let run = Run::read(&root);
    let calendar = run.calendar;
    let replication = root.section_or_empty("replication");
    let copy_whole = people::copies_whole(&replication);
    let settings = people::settings(&replication, calendar);
    let mut places = Places::read(&root, tree, &limits, &calendar, files);
    let around = machines::Around { places: &places, limits: &limits, calendar: &calendar, files, copy_whole };
    let machines = Machines::read(&root, &around);
    let mut wanted = Wanted::read(&root, &places, &machines, &limits, text);
    wanted.intent.consistency_groups = consistency::read(&root, &machines, &wanted.intent);
    let around = happens::Around { places: &places, calendar: &calendar, files, lasts: run.lasts };
    let outages = happens::read(&root, &around);
    let people = people::people(&root, &wanted, &machines, files);
    let times = people::times(&root, files);
    let plans = &wanted.plan_names;
    let around = orders::Around { places: &places, machines: &machines, plans, calendar: &calendar, lasts: run.lasts };
    let script = orders::read(&root, &around);
    let questions = questions::read(&root, &questions::Around { places: &places, policy_names: &wanted.policy_names });
    drop((replication, root));
    if ledger.has_faults() {
        return None;
    }
    let happening = advice::Happening { outages: &outages, script: &script, people: &people };
    advice::advise(&places, &machines, &wanted, &limits, &happening, ledger);
    let assumptions = assumptions::assumptions(tree, &machines, &wanted);
    let cross_traffic = std::mem::take(&mut places.cross_traffic);
    let provider_on = std::mem::take(&mut places.provider_on);
    let physics = Physics { calendar, churn: machines.churn, cross_traffic, times, outages, provider_on };
    let inventory = Inventory {
        stamps: places.stamps,
        subscriptions: places.subscriptions,
        links: places.links,
        caches: places.caches,
        appliances: places.appliances,
        groups: machines.groups,
        vms: machines.vms,
        disks: machines.disks,
        limits,
    };
    let (inventory, intent) = (Arc::new(inventory), Arc::new(wanted.intent));
    let (lasts, settle) = (run.lasts, run.settle);
    Some(Scenario {
        title,
        setup: Setup { inventory, intent, physics, settings, people, script, lasts, settle },
        seed: run.seed,
        replications: run.replications,
        questions,
        warnings: Vec::new(),
        assumptions,
        sources: Vec::new(),
        hash: [0; 32],
    })
}

/// BLAKE3 of the text, the overrides and all files read.
fn hash(text: &str, overrides: &[(String, String)], files: &Files<'_>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    for part in overrides.iter().flat_map(|(path, value)| [path, value]) {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    files.hash_into(&mut hasher);
    *hasher.finalize().as_bytes()
}
