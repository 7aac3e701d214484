//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::cli::colour::Colour;
use crate::cli::import::Import;
use crate::cli::init::Init;
use crate::cli::plan::Plan;
use crate::cli::print::{Completions, Man, Schema};
use crate::cli::rare::Rare;
use crate::cli::validate::Validate;

/// Simulates VM disaster recovery: RPO, RTO and what every resource needs, with how sure it is.
///
/// Exit codes: 0 all targets met · 1 a target is missed · 2 the command line or an input is wrong · 3 not known yet, more
/// replications needed · 4 the machine failed us (disk full, permission) · 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "drsim", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Coloured messages: on terminals unless NO_COLOR is set, always, or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, env = "DRSIM_COLOR")]
    pub color: Colour,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the replications of a scenario, prints one screen, writes the report folder
    Run(Run),
    /// Shows all faults and warnings of scenarios, runs nothing
    Validate(Validate),
    /// Finds the smallest sizes that meet the targets: links, caches, appliances, quotas
    Plan(Plan),
    /// The gate for CI: every target met, missed or not yet known, and no worse than a baseline
    Check(Check),
    /// Candidates on the same luck: which is better, by how much, how sure
    Compare(Compare),
    /// One scenario at many points of some of its fields; tidy tables, sensitivity
    Sweep(Sweep),
    /// How likely is what hardly ever happens: an RPO of hours, data beyond retention
    Rare(Rare),
    /// Tells one replication event by event
    Replay(Replay),
    /// Writes a small, commented scenario that runs
    Init(Init),
    /// Inventories and counters of other tools to a scenario that runs
    Import(Box<Import>),
    /// Prints the limits profile: every number, its source and how sure it is
    Limits(Limits),
    /// Prints the JSON Schema of scenarios, for editors
    Schema(Schema),
    /// Prints completions for a shell
    Completions(Completions),
    /// Prints the manual page, or writes all of them
    Man(Man),
}

/// What every command that reads a scenario takes.
#[derive(Debug, Args)]
pub struct Input {
    /// Scenario file; `-` reads standard input
    pub file: PathBuf,
    /// Overrides a field of the scenario, e.g. link.wan.bandwidth="300 Mbit/s"
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub overrides: Vec<(String, String)>,
    /// Seed of all luck
    #[arg(long, env = "DRSIM_SEED")]
    pub seed: Option<u64>,
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub input: Input,
    /// Report folder, replaced whole [default: reports/<scenario>]
    #[arg(short, long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<PathBuf>,
    /// Replications, instead of the scenario's
    #[arg(long, env = "DRSIM_REPLICATIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// Prints summary.json instead of the screen
    #[arg(long)]
    pub json: bool,
    /// No progress, no notes
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
    /// How long it took, and the digest of what happened
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// What a gate is asked. Every target is met, missed or not known yet by its confidence bound; looks are planned, so that
/// stopping early costs no honesty.
#[derive(Debug, Args)]
pub struct Check {
    /// Scenario files; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Overrides a field of every scenario
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub overrides: Vec<(String, String)>,
    /// Seed of all luck, instead of the scenario's
    #[arg(long, env = "DRSIM_SEED")]
    pub seed: Option<u64>,
    /// The most replications, instead of the scenario's
    #[arg(long, env = "DRSIM_REPLICATIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// Stored values of an accepted run that this one may not be worse than; a folder holds NAME.json of each scenario
    #[arg(long, value_name = "FILE", env = "DRSIM_BASELINE")]
    pub baseline: Option<PathBuf>,
    /// Writes the baseline instead of comparing with it
    #[arg(long)]
    pub accept: bool,
    /// By how much a target's mean may be worse than the baseline, as a share of its limit [default: 5 %]
    #[arg(long, value_name = "SHARE")]
    pub margin: Option<crate::units::Ratio>,
    /// Ends after this time, with "not known yet" rather than with a guess
    #[arg(long, value_name = "SPAN")]
    pub within: Option<crate::units::Duration>,
    /// What is printed; auto adds annotations where GITHUB_ACTIONS or TF_BUILD is set
    #[arg(long, value_enum, default_value_t = Format::Auto)]
    pub format: Format,
    /// Prints check.json, as --format json does
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Folder for junit.xml, summary.md and check.json, replaced whole
    #[arg(short, long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<PathBuf>,
    /// Takes not known yet for missed: exit code 1 instead of 3
    #[arg(long)]
    pub strict: bool,
    /// No progress, no notes
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

impl Check {
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// How a gate speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Auto,
    Text,
    Junit,
    Markdown,
    Json,
    Github,
    Azure,
}

/// What candidates are asked. Each file, strategy and variant is one; the first is what the others are held against. Exit
/// code 0: it is known which is the best, or that no difference matters; 3: not known yet.
#[derive(Debug, Args)]
pub struct Compare {
    /// Scenario files; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The scenario with this strategy in all its policies: NAME, or NAME={ its keys } (repeatable)
    #[arg(long, value_name = "STRATEGY")]
    pub strategy: Vec<String>,
    /// The scenario with other fields, as NAME: PATH=VALUE; PATH=VALUE (repeatable)
    #[arg(long, value_name = "VARIANT")]
    pub variant: Vec<String>,
    /// Overrides a field of every candidate
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub overrides: Vec<(String, String)>,
    /// What decides: a target as SCOPE: p95(rpo), or a statistic of everything such as mean(rto) [default: the first target]
    #[arg(long, value_name = "YARDSTICK")]
    pub by: Option<String>,
    /// How sure the decision is to be, and all intervals together
    #[arg(long, value_name = "SHARE", default_value = "95 %")]
    pub confidence: crate::units::Ratio,
    /// A difference that does not matter, as a share of a target's limit or of the first candidate's mean [default: 5 %]
    #[arg(long, value_name = "SHARE")]
    pub margin: Option<crate::units::Ratio>,
    /// Runs all replications and looks once, instead of ending when it is decided
    #[arg(long)]
    pub all: bool,
    /// Seed of all luck, instead of the first scenario's
    #[arg(long, env = "DRSIM_SEED")]
    pub seed: Option<u64>,
    /// The most replications of each candidate, instead of the first scenario's
    #[arg(long, env = "DRSIM_REPLICATIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// Prints compare.json instead of the screen
    #[arg(long)]
    pub json: bool,
    /// Folder for page, Markdown, JSON and tables, replaced whole
    #[arg(short, long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<PathBuf>,
    /// No progress, no notes
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

/// What a sweep is asked. Every point has the same luck. Killed at any moment and started again it goes on, and ends with the
/// same files.
#[derive(Debug, Args)]
pub struct Sweep {
    /// Scenario file
    pub file: PathBuf,
    /// A field and its values, PATH=V1,V2,… or PATH=LOW..HIGH or PATH=LOW..HIGH/COUNT (repeatable)
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    pub vary: Vec<String>,
    /// Which points are tried
    #[arg(long, value_enum, default_value_t = DesignName::Grid)]
    pub design: DesignName,
    /// How many points of random, latin and sobol; trajectories of morris; rows of saltelli
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    pub points: u32,
    /// Overrides a field of every point
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub overrides: Vec<(String, String)>,
    /// Seed of all luck, and of the design, instead of the scenario's
    #[arg(long, env = "DRSIM_SEED")]
    pub seed: Option<u64>,
    /// Replications of each point, instead of the scenario's
    #[arg(long, env = "DRSIM_REPLICATIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// Drops what a sweep with other points has left half done in this place
    #[arg(long)]
    pub fresh: bool,
    /// Folder for the tables, replaced whole [default: reports/<scenario>-sweep]
    #[arg(short, long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<PathBuf>,
    /// No progress, no notes
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

/// Designs by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DesignName {
    /// Every combination
    Grid,
    /// All first values, all second values …
    List,
    /// Independent points
    Random,
    /// Latin hypercube: each stratum of each axis once
    Latin,
    /// Scrambled Sobol sequence
    Sobol,
    /// Morris trajectories: which axes matter
    Morris,
    /// Sobol matrices: how much each axis explains
    Saltelli,
}

#[derive(Debug, Args)]
pub struct Replay {
    #[command(flatten)]
    pub input: Input,
    /// Which replication, 0-based
    #[arg(long, default_value_t = 0)]
    pub replication: u64,
    /// Only lines about this VM, or the VMs of this group, and about what their data passes (repeatable)
    #[arg(long, value_name = "NAME")]
    pub vm: Vec<String>,
    /// Only lines of this kind: outage, alarm, order, job, point, … (repeatable)
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// Only from this moment of the run on: 12d, 36h, "12d 03:15:00" or a date with its offset
    #[arg(long, value_name = "MOMENT")]
    pub from: Option<String>,
    /// Only until this moment of the run
    #[arg(long, value_name = "MOMENT")]
    pub until: Option<String>,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
    /// Every reading of a meter and every single point too
    #[arg(short, long)]
    pub verbose: bool,
    /// No closing line about digest and facts
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct Limits {
    /// Profile
    #[arg(default_value = "azure-stack-hub-2024")]
    pub name: String,
}

pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.trim().to_owned())),
        _ => Err("write PATH=VALUE, e.g. link.wan.bandwidth=\"300 Mbit/s\"".into()),
    }
}
