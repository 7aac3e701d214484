//! `drsim run`: the replications of one scenario, one screen, one folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::cli::args::Run;
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::{Exit, Failure, folder, print, progress, say};
use crate::planner::{Ended, Runner, Sample, Stopping, Verdict, Wanted, numeric_fingerprint};
use crate::report::{About, InputFile, files, quoted, screen};
use crate::scenario::InputNote;

const SCREEN_WIDTH: usize = 80;

pub fn run(args: &Run) -> Result<Exit, Failure> {
    let stop = progress::stop_on_interrupt()?;
    let loaded = read(&args.input.file, &args.input.overrides)?;
    if !args.quiet {
        say(&shown_faults(&loaded.scenario.warnings, &loaded.text));
    }
    let total = args.replications.unwrap_or(loaded.scenario.replications.at_most);
    loaded.effort(total).map_err(|refused| refused.failure())?;
    let seed = args.input.seed.unwrap_or(loaded.scenario.seed);
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&loaded.name));
    let claim = folder::claim(&out).map_err(|error| cannot_write(&out, &error))?;
    let began = Instant::now();
    let bar = progress::bar(total, args.quiet);
    let setup = &loaded.scenario.setup;
    let runner = Runner { setup, seed, threads: args.threads, stop: &stop, done: &|| bar.inc(1) };
    let mut sample = Sample::default();
    let ended = all(args, &loaded, &runner, &mut sample);
    bar.finish_and_clear();
    if sample.count() == 0 {
        return Err(Failure { exit: Exit::Interrupted, message: "interrupted: no replication was complete".into() });
    }
    no_fouls(&sample, &args.input.file, seed)?;
    runner.chart_the_worst(&mut sample);
    let findings = sample.findings(setup);
    let about = about(args, &loaded, seed, &sample, ended, &out);
    let report = files(&findings, &about);
    claim.replace(&report).map_err(|error| cannot_write(&out, &error))?;
    drop(claim);
    let summary = report.iter().find(|(name, _)| name == "summary.json");
    match summary.filter(|_| args.json) {
        Some((_, bytes)) => print(&String::from_utf8_lossy(bytes))?,
        None => print(&screen(&findings, &about, SCREEN_WIDTH))?,
    }
    if args.verbose {
        let (count, took) = (sample.count(), began.elapsed().as_secs_f64());
        let rate = count as f64 / took.max(1e-9);
        say(&format!(
            "{count} replications and their report in {took:.1} s ({rate:.1} per second); digest {}\n",
            about.digest_hex
        ));
    }
    if stop.load(Ordering::Relaxed) {
        say(&format!("interrupted: {} replications are complete and reported\n", sample.count()));
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::of(findings.verdict()))
}

impl Exit {
    /// The code of a verdict.
    pub(super) fn of(verdict: Verdict) -> Exit {
        match verdict {
            Verdict::Met => Exit::Met,
            Verdict::Missed => Exit::Missed,
            Verdict::NotYetKnown { .. } => Exit::NotKnownYet,
        }
    }
}

/// A folder that is not ours is a wrong command line; everything else is the machine's.
pub(super) fn cannot_write(out: &Path, error: &std::io::Error) -> Failure {
    let out = out.display();
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::wrong(format!(
            "error: {out} is not a report of drsim: it would be replaced whole, so nothing was run\nmend: name another folder with --out"
        )),
        std::io::ErrorKind::WouldBlock => Failure::machine(format!(
            "error: another drsim is at work on {out}; nothing was run\nmend: wait for it, or name another folder with --out"
        )),
        _ => Failure::machine(format!(
            "error: cannot write {out}: {error}\nmend: make room or name another folder with --out; what stood there before stands there still"
        )),
    }
}

/// Runs what the scenario or the command line asks for; stops early once known well enough.
fn all(args: &Run, loaded: &Loaded, runner: &Runner, sample: &mut Sample) -> Ended {
    let wanted = &loaded.scenario.replications;
    match (&wanted.until, args.replications) {
        (Some(until), None) => {
            let rule = Stopping { relative_half_width: until.relative, at_most: wanted.at_most };
            let (statistic, measure) = (until.statistic.clone(), until.measure.clone());
            runner.until_known(&Wanted { statistic, measure, rule }, sample)
        }
        (_, replications) => runner.more(replications.unwrap_or(wanted.at_most), sample),
    }
}

/// A foul is a bug of ours: the numbers cannot be trusted, so none are printed.
pub(super) fn no_fouls(sample: &Sample, file: &Path, seed: u64) -> Result<(), Failure> {
    let Some((index, end)) = sample.foul() else { return Ok(()) };
    Err(Failure::machine(format!(
        "error: a bug in drsim: {}\nmend: please report it with the scenario; nothing was written. To see it:\n  drsim replay {} --seed {seed} --replication {index}",
        end.fouls.join("\n  "),
        file.display()
    )))
}

/// `--set` arguments as a shell takes them, each with a space before it.
pub(super) fn overrides(given: &[(String, String)]) -> String {
    given.iter().map(|(path, value)| format!(" --set {}", quoted(&format!("{path}={value}")))).collect()
}

fn about(args: &Run, loaded: &Loaded, seed: u64, sample: &Sample, ended: Ended, out: &Path) -> About {
    let scenario = &loaded.scenario;
    let file = args.input.file.display().to_string();
    let (known, unknown) = known(loaded, sample.count(), ended);
    let warnings = scenario.warnings.iter().map(|warning| format!("{}; {}", warning.wrong, warning.mend));
    let count = sample.count();
    let overrides = overrides(&args.input.overrides);
    About {
        title: scenario.title.clone(),
        scenario_file: file.clone(),
        hash_hex: hex(&scenario.hash),
        seed,
        replications: count,
        version: env!("CARGO_PKG_VERSION").into(),
        digest_hex: format!("{:032x}", sample.digest()),
        numeric_fingerprint_hex: format!("{:032x}", numeric_fingerprint()),
        out_dir: out.display().to_string(),
        warnings: unknown.into_iter().chain(warnings).collect(),
        input_notes: known.into_iter().chain(scenario.sources.iter().map(ToString::to_string)).collect(),
        inputs: scenario.sources.iter().map(input_file).collect(),
        assumptions: scenario.setup.inventory.limits.notes.clone(),
        command: format!("drsim run {} --seed {seed} --replications {count}{overrides}", quoted(&file)),
    }
}

/// What of an input was used, for the tables of the report.
pub(super) fn input_file(note: &InputNote) -> InputFile {
    InputFile {
        file: note.file.clone(),
        purpose: note.purpose.clone(),
        rows_used: note.rows_used,
        rows_left_out: note.rows_left_out.clone(),
        remarks: note.said(),
    }
}

/// How the rule of stopping ended: what is known, or a warning that it is not.
fn known(loaded: &Loaded, count: u64, ended: Ended) -> (Option<String>, Option<String>) {
    let Some(until) = &loaded.scenario.replications.until else { return (None, None) };
    let (name, within) = (&until.target_text, format!("{} %", until.relative * 100.0));
    match ended {
        Ended::Known => (Some(format!("{name} is known within {within} after {count} replications")), None),
        Ended::Unknown => {
            (None, Some(format!("{name} is not known within {within} after {count} replications; raise at_most")))
        }
        Ended::Complete | Ended::Stopped => (None, None),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
