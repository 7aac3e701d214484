//! `drsim plan`: the smallest sizes that meet the targets, one screen, one folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use crate::cli::args::Input;
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::run::{cannot_write, hex, input_file, overrides};
use crate::cli::{Exit, Failure, folder, print, progress, say};
use crate::planner::sizing::{Lab, questions, size, with_implied};
use crate::planner::{numeric_fingerprint, together};
use crate::report::plan::{Named, Plan as Report, files, json, screen};
use crate::report::{About, quoted};

const SCREEN_WIDTH: usize = 80;

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub input: Input,
    /// Report folder, replaced whole [default: reports/<scenario>-plan]
    #[arg(long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<PathBuf>,
    /// The most replications of each value that is decided, instead of the scenario's
    #[arg(long, env = "DRSIM_REPLICATIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// Prints plan.json instead of the screen
    #[arg(long)]
    pub json: bool,
    /// No progress, no notes
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

pub fn plan(args: &Plan) -> Result<Exit, Failure> {
    let stop = progress::stop_on_interrupt()?;
    let loaded = read(&args.input.file, &args.input.overrides)?;
    if !args.quiet {
        say(&shown_faults(&loaded.scenario.warnings, &loaded.text));
    }
    let scenario = &loaded.scenario;
    let asked = questions(&scenario.setup, &scenario.questions);
    let knobs: Vec<_> = asked.iter().flatten().cloned().collect();
    let (setup, own_targets) = with_implied(&scenario.setup, &knobs);
    if own_targets == 0 {
        return Err(Failure::wrong(format!(
            "error: {} has no target, so no size is too small\nmend: add [[target]] with must = \"p95(rpo) <= 15m\"",
            args.input.file.display()
        )));
    }
    let seed = args.input.seed.unwrap_or(scenario.seed);
    let at_most = args.replications.unwrap_or(scenario.replications.at_most);
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{}-plan", loaded.name)));
    let claim = folder::claim(&out).map_err(|error| cannot_write(&out, &error))?;
    let spinner = progress::search(args.quiet);
    let done = || spinner.inc(1);
    let mut lab = Lab::new(&setup, (seed, args.threads, at_most), &stop, &done);
    let mut answers = Vec::new();
    for (index, turned) in asked.iter().enumerate() {
        spinner.set_message(format!("question {} of {}", index + 1, asked.len()));
        answers.push(size(&mut lab, turned));
    }
    spinner.finish_and_clear();
    if lab.ran == 0 {
        return Err(Failure { exit: Exit::Interrupted, message: "interrupted: no replication was complete".into() });
    }
    let report = Report {
        named: Named { inventory: &setup.inventory, intent: &setup.intent },
        tried: lab.tried().cloned().collect(),
        questions: answers,
        own_targets,
        ran: lab.ran,
        about: about(args, &loaded, (seed, at_most), &out),
    };
    claim.replace(&files(&report)).map_err(|error| cannot_write(&out, &error))?;
    drop(claim);
    if args.json {
        print(&json(&report))?;
    } else {
        print(&screen(&report, SCREEN_WIDTH))?;
    }
    if stop.load(Ordering::Relaxed) {
        say("interrupted: what is told is not finished\n");
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::of(together(report.questions.iter().map(|own| own.verdict()))))
}

fn about(args: &Plan, loaded: &Loaded, (seed, at_most): (u64, u64), out: &Path) -> About {
    let scenario = &loaded.scenario;
    let file = args.input.file.display().to_string();
    let set = overrides(&args.input.overrides);
    About {
        title: scenario.title.clone(),
        scenario_file: file.clone(),
        hash_hex: hex(&scenario.hash),
        seed,
        replications: at_most,
        version: env!("CARGO_PKG_VERSION").into(),
        digest_hex: String::new(),
        numeric_fingerprint_hex: format!("{:032x}", numeric_fingerprint()),
        out_dir: out.display().to_string(),
        warnings: scenario.warnings.iter().map(|warning| format!("{}; {}", warning.wrong, warning.mend)).collect(),
        input_notes: scenario.sources.iter().map(ToString::to_string).collect(),
        inputs: scenario.sources.iter().map(input_file).collect(),
        assumptions: scenario.setup.inventory.limits.notes.clone(),
        command: format!("drsim plan {} --seed {seed} --replications {at_most}{set}", quoted(&file)),
    }
}
