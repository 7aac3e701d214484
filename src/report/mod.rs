//! FLOOR 5: the way out. Findings become text, tables and pictures; the same findings give the same bytes.
//!
//! | file | for whom |
//! |---|---|
//! | `index.html` | everybody: decision first, charts, tables that sort and filter; one file, offline |
//! | screen | everybody: verdict, targets, RPO and RTO, capacity, worst VMs, what to do, on one page |
//! | `summary.md`, `summary.json` | wikis and step summaries; baselines and programs (versioned names) |
//! | `targets.csv` … `refusals.csv` | researchers: tidy rows, units in the column names; every table of `tables` |
//! | `replications.parquet`, `failures.parquet`, `vms.parquet` | the same large tables by columns, with types and origin |
//! | `report.xlsx` | planners: the same tables to sort, filter and go on with, native charts |
//! | `charts/*.svg` | slides |
//! | `manifest.json` | repeating: scenario, hash, seed, version, digest, fingerprints, a hash of each file |
//!
//! `write` decides what is said, `advice` what to try, `tables` what the numbers are, `formats` print. Nothing here knows scenario files or simulation.

pub mod advice;
mod charts;
pub mod contest;
pub mod formats;
mod front;
pub mod gate;
mod html;
mod notes;
mod numbers;
pub mod plan;
pub mod rare;
mod remedy;
pub mod sweep;
pub mod tables;
pub mod write;

pub use html::page;
pub use write::{Report, Table};

pub mod story;

use crate::inventory::limits::LimitNote;
use crate::planner::Findings;

/// What a report says of itself: where it comes from and how to repeat it.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub title: String,
    pub scenario_file: String,
    pub hash_hex: String,
    pub seed: u64,
    pub replications: u64,
    pub version: String,
    pub digest_hex: String,
    /// Hash of what luck is computed with: builds with equal ones compute equal runs.
    pub numeric_fingerprint_hex: String,
    pub out_dir: String,
    pub warnings: Vec<String>,
    pub input_notes: Vec<String>,
    /// Files that were read beside the scenario.
    pub inputs: Vec<InputFile>,
    /// Numbers the result rests on that are not documented, and overridden ones.
    pub assumptions: Vec<LimitNote>,
    /// The command that repeats this.
    pub command: String,
}

/// A file that was read, and what of it was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputFile {
    pub file: String,
    pub purpose: String,
    pub rows_used: u64,
    /// Reason and count.
    pub rows_left_out: Vec<(String, u64)>,
    pub remarks: Vec<String>,
}

/// One screen: at most 40 lines of `width` columns, readable without colour.
pub fn screen(findings: &Findings, about: &About, width: usize) -> String {
    formats::screen::render(findings, about, width)
}

/// The files of the report folder by name (`/` between folder and file), deterministic bytes.
pub fn files(findings: &Findings, about: &About) -> Vec<(String, Vec<u8>)> {
    use formats::{json, markdown};
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("index.html".into(), html::page(findings, about)),
        ("summary.json".into(), json::summary(findings, about).into_bytes()),
        ("summary.md".into(), markdown::render(findings, about).into_bytes()),
    ];
    files.extend(tables::all(findings, about).iter().flat_map(|table| printed(table, about)));
    #[cfg(feature = "xlsx")]
    files.push(("report.xlsx".into(), formats::workbook::render(findings, about)));
    files.extend(html::charts(findings).into_iter().map(|(name, svg)| (format!("charts/{name}.svg"), svg)));
    let manifest = json::manifest(findings, about, &files).into_bytes();
    files.push(("manifest.json".into(), manifest));
    files
}

/// One table in the formats that programs read: every one as CSV, large ones by columns too.
fn printed(table: &tables::Table, about: &About) -> Vec<(String, Vec<u8>)> {
    let csv = (format!("{}.csv", table.name), formats::csv::render(table));
    std::iter::once(csv).chain(by_columns(table, about)).collect()
}

#[cfg(feature = "parquet")]
fn by_columns(table: &tables::Table, about: &About) -> Option<(String, Vec<u8>)> {
    table.is_large.then(|| (format!("{}.parquet", table.name), formats::parquet::render(table, about)))
}

/// The lean build has no format by columns.
#[cfg(not(feature = "parquet"))]
fn by_columns(_: &tables::Table, _: &About) -> Option<(String, Vec<u8>)> {
    None
}

/// A file name or value that a shell reads as one word.
pub fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
    if plain { name.into() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
