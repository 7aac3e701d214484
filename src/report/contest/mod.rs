//! What `compare` says: one screen, and a folder with page, Markdown, JSON and tidy tables.
//!
//! The decision comes first, with how sure it is; then every candidate by the yardstick that decided; then all others. A
//! difference is always candidate − first, with its simultaneous interval. Same input, same bytes.

mod json;
mod markdown;
mod screen;
mod words;

pub use json::json;
pub(super) use json::standing_name;
pub use screen::screen;

pub(super) use words::{change, decision, gain, headline, on_front, ran, signed, standing};

use super::About;
use super::formats;
use super::tables::Table;
use crate::planner::compare::Comparison;

/// Where a comparison comes from and how to repeat it.
#[derive(Clone, Debug, Default)]
pub struct ContestAbout {
    pub candidates: Vec<CandidateAbout>,
    pub seed: u64,
    pub at_most: u64,
    pub version: String,
    /// The command that repeats it.
    pub command: String,
    /// Where the folder is; `None`: none was asked for.
    pub out_dir: Option<String>,
    /// What was left out and why.
    pub notes: Vec<String>,
    pub interrupted: bool,
}

/// One candidate.
#[derive(Clone, Debug, Default)]
pub struct CandidateAbout {
    pub name: String,
    pub title: String,
    pub file: String,
    /// Overrides as `--set` arguments, each with a space before it.
    pub overrides: String,
    pub hash_hex: String,
    pub digest_hex: String,
}

impl ContestAbout {
    pub(super) fn name(&self, candidate: usize) -> &str {
        self.candidates.get(candidate).map_or("?", |own| &own.name)
    }

    /// What tables say of their origin.
    fn origin(&self, replications: u64) -> About {
        let all = |of: fn(&CandidateAbout) -> &str| self.candidates.iter().map(of).collect::<Vec<_>>().join(" ");
        About {
            scenario_file: all(|own| &own.file),
            hash_hex: all(|own| &own.hash_hex),
            digest_hex: all(|own| &own.digest_hex),
            seed: self.seed,
            replications,
            version: self.version.clone(),
            command: self.command.clone(),
            ..About::default()
        }
    }
}

/// The files of the folder by name.
pub fn files(found: &Comparison, about: &ContestAbout) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("index.html".into(), super::html::contest(found, about)),
        ("compare.json".into(), json(found, about).into_bytes()),
        ("compare.md".into(), markdown::markdown(found, about).into_bytes()),
    ];
    let origin = about.origin(found.replications);
    let tables: [Table; 2] = super::tables::contest(found, about);
    files.extend(tables.iter().flat_map(|table| super::printed(table, &origin)));
    let listed = files.iter().map(|(name, bytes)| formats::json::file(name, bytes)).collect();
    files.push(("manifest.json".into(), json::manifest(about, found.replications, listed).into_bytes()));
    files
}
