//! The commands: run, validate, init. Each reads, asks the floors below, and prints.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::args::{Init, Run, Validate};
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::{Exit, Failure, folder, print, progress};
use crate::planner::{
    Findings, Next, Outcome, ReplicationRow, Stopping, Verdict, estimate, merge, numeric_fingerprint, replicate,
    replication_with_series,
};
use crate::report::{About, files, quoted, screen};
use crate::scenario::Precision;
use crate::simulation::{Luck, RunEnd};

/// The commented first scenario, as bundled.
const FIRST: &str = include_str!("../../scenarios/00-first.toml");
const SCREEN_WIDTH: usize = 80;
/// Replications handed to each thread at a time: what an interruption may cost.
const BLOCK: u64 = 8;

/// The complete replications of one run, in the order of their indices.
#[derive(Default)]
struct Sample {
    outcomes: Vec<Outcome>,
    ends: Vec<(u64, RunEnd)>,
    /// How the rule of stopping ended: what is known, or a warning that it is not.
    stopped: Option<Result<String, String>>,
}

pub fn run(args: &Run) -> Result<Exit, Failure> {
    let loaded = read(&args.input.file, &args.input.overrides)?;
    if !args.quiet && !loaded.scenario.warnings.is_empty() {
        eprint!("{}", shown_faults(&loaded.scenario.warnings, &loaded.text));
    }
    let seed = args.input.seed.unwrap_or(loaded.scenario.seed);
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&loaded.name));
    folder::ready(&out).map_err(|error| cannot_write(&out, &error))?;
    let stop = progress::stop_on_interrupt()?;
    let mut sample = all(args, &loaded, seed, &stop);
    if sample.outcomes.is_empty() {
        return Err(Failure { exit: Exit::Interrupted, message: "interrupted: no replication was complete".into() });
    }
    no_fouls(&sample, &args.input.file, seed)?;
    with_charts_of_the_worst(&loaded, seed, &mut sample);
    let findings = measured(&loaded, &sample);
    let about = about(args, &loaded, seed, &sample, &out);
    let report = files(&findings, &about);
    folder::replace(&out, &report).map_err(|error| cannot_write(&out, &error))?;
    let summary = report.iter().find(|(name, _)| name == "summary.json");
    match summary.filter(|_| args.json) {
        Some((_, bytes)) => print(&String::from_utf8_lossy(bytes))?,
        None => print(&screen(&findings, &about, SCREEN_WIDTH))?,
    }
    if stop.load(Ordering::Relaxed) {
        eprintln!("interrupted: {} replications are complete and reported", sample.outcomes.len());
        return Ok(Exit::Interrupted);
    }
    Ok(verdict(&findings))
}

/// A folder that is not ours is a wrong command line; everything else is the machine's.
fn cannot_write(out: &Path, error: &std::io::Error) -> Failure {
    let out = out.display();
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::wrong(format!(
            "error: {out} is not a report of drsim: it would be replaced whole, so nothing was run\nmend: name another folder with --out"
        )),
        _ => Failure::machine(format!("error: cannot write {out}: {error}\nmend: name another folder with --out")),
    }
}

/// Runs what the scenario or the command line asks for; stops early once known well enough.
fn all(args: &Run, loaded: &Loaded, seed: u64, stop: &AtomicBool) -> Sample {
    let wanted = &loaded.scenario.replications;
    let total = args.replications.unwrap_or(wanted.at_most);
    let until = wanted.until.as_ref().filter(|_| args.replications.is_none());
    let rule = until.map(|precision| Stopping { relative_half_width: precision.relative, at_most: total });
    let bar = progress::bar(total, args.quiet);
    let mut sample = Sample::default();
    let mut look_at = rule.map_or(total, |rule| rule.first());
    while !stop.load(Ordering::Relaxed) {
        more(args, loaded, seed, look_at, stop, &|| bar.inc(1), &mut sample);
        let (Some(rule), Some(precision)) = (rule, until) else { break };
        match next(rule, precision, loaded, &mut sample) {
            Next::RunUntil(count) => look_at = count,
            Next::Enough | Next::GiveUp => break,
        }
    }
    bar.finish_and_clear();
    sample
}

/// Runs on until `total` replications are complete, block by block: interrupted, those of the whole blocks are kept and
/// of the last block those without a gap before them, so that `--replications` with their number repeats them.
fn more(
    args: &Run,
    loaded: &Loaded,
    seed: u64,
    total: u64,
    stop: &AtomicBool,
    done: &(dyn Fn() + Sync),
    sample: &mut Sample,
) {
    let threads = match args.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let block = BLOCK * threads as u64;
    while !stop.load(Ordering::Relaxed) && (sample.outcomes.len() as u64) < total {
        let first = sample.outcomes.len() as u64;
        let last = total.min(first + block);
        let ran = replicate(&loaded.scenario.setup, seed, (first, last), args.threads, stop, done);
        for (replication, _) in ran.into_iter().zip(first..).take_while(|(own, place)| own.index == *place) {
            sample.outcomes.push(replication.outcome);
            sample.ends.push((replication.index, replication.end));
        }
    }
}

/// Looks at the precision, and says how it ended.
fn next(rule: Stopping, precision: &Precision, loaded: &Loaded, sample: &mut Sample) -> Next {
    let inventory = &loaded.scenario.setup.inventory;
    let known = estimate(&precision.statistic, &precision.measure, inventory, &sample.outcomes).interval();
    let count = sample.outcomes.len() as u64;
    let (name, wanted) = (&precision.target_text, format!("{} %", precision.relative * 100.0));
    let next = rule.next(count, known);
    sample.stopped = match next {
        Next::RunUntil(_) => None,
        Next::Enough => Some(Ok(format!("{name} is known within {wanted} after {count} replications"))),
        Next::GiveUp => {
            Some(Err(format!("{name} is not known within {wanted} after {count} replications; raise at_most")))
        }
    };
    next
}

/// The lines of the charts come from the replication with the worst failure, run once more.
fn with_charts_of_the_worst(loaded: &Loaded, seed: u64, sample: &mut Sample) {
    let findings = measured(loaded, sample);
    let worst = worst_replication(&findings);
    if let Some(place) = sample.ends.iter().position(|(index, _)| *index == worst) {
        let luck = Luck { seed, replication: worst };
        sample.outcomes[place] = replication_with_series(&loaded.scenario.setup, luck).outcome;
    }
}

/// The replication with the greatest RPO at a failure, or over time when none failed.
fn worst_replication(findings: &Findings) -> u64 {
    let age = |row: &ReplicationRow| (row.rpo_at_failure_max_s.unwrap_or(-1.0), row.rpo_max_s.unwrap_or(-1.0));
    let worse = |a: &&ReplicationRow, b: &&ReplicationRow| {
        let ((a_failure, a_time), (b_failure, b_time)) = (age(a), age(b));
        a_failure.total_cmp(&b_failure).then(a_time.total_cmp(&b_time)).then(b.replication.cmp(&a.replication))
    };
    findings.rows.iter().max_by(worse).map_or(0, |row| row.replication)
}

fn measured(loaded: &Loaded, sample: &Sample) -> Findings {
    let setup = &loaded.scenario.setup;
    merge(&setup.inventory, &setup.intent, &sample.outcomes, setup.settle, setup.lasts)
}

/// A foul is a bug of ours: the numbers cannot be trusted, so none are printed.
fn no_fouls(sample: &Sample, file: &Path, seed: u64) -> Result<(), Failure> {
    let Some((index, end)) = sample.ends.iter().find(|(_, end)| !end.fouls.is_empty()) else { return Ok(()) };
    Err(Failure::machine(format!(
        "error: a bug in drsim: {}\nmend: please report it with the scenario; nothing was written. To see it:\n  drsim replay {} --seed {seed} --replication {index}",
        end.fouls.join("\n  "),
        file.display()
    )))
}

fn verdict(findings: &Findings) -> Exit {
    let verdicts = || findings.targets.iter().map(|target| &target.verdict);
    if verdicts().any(|verdict| matches!(verdict, Verdict::Missed)) {
        Exit::Missed
    } else if verdicts().any(|verdict| matches!(verdict, Verdict::NotYetKnown { .. })) {
        Exit::NotKnownYet
    } else {
        Exit::Met
    }
}

fn about(args: &Run, loaded: &Loaded, seed: u64, sample: &Sample, out: &Path) -> About {
    let scenario = &loaded.scenario;
    let file = args.input.file.display().to_string();
    let digest = sample.ends.iter().fold(0u128, |digest, (_, end)| digest.rotate_left(7) ^ end.digest);
    let set = |(path, value): &(String, String)| format!(" --set {}", quoted(&format!("{path}={value}")));
    let overrides: String = args.input.overrides.iter().map(set).collect();
    let (known, unknown) = match sample.stopped.clone() {
        Some(Ok(known)) => (Some(known), None),
        Some(Err(unknown)) => (None, Some(unknown)),
        None => (None, None),
    };
    let warnings = scenario.warnings.iter().map(|warning| format!("{}; {}", warning.wrong, warning.mend));
    About {
        title: scenario.title.clone(),
        scenario_file: file.clone(),
        hash_hex: hex(&scenario.hash),
        seed,
        replications: sample.outcomes.len() as u64,
        version: env!("CARGO_PKG_VERSION").into(),
        digest_hex: format!("{digest:032x}"),
        numeric_fingerprint_hex: format!("{:032x}", numeric_fingerprint()),
        out_dir: out.display().to_string(),
        warnings: unknown.into_iter().chain(warnings).collect(),
        input_notes: known.into_iter().chain(scenario.sources.iter().map(ToString::to_string)).collect(),
        assumptions: scenario.setup.inventory.limits.notes.clone(),
        command: format!(
            "drsim run {} --seed {seed} --replications {}{overrides}",
            quoted(&file),
            sample.outcomes.len()
        ),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn validate(args: &Validate) -> Result<Exit, Failure> {
    let mut wrong = Vec::new();
    for file in &args.files {
        match read(file, &args.overrides) {
            Ok(loaded) => {
                let scenario = &loaded.scenario;
                eprint!("{}", shown_faults(&scenario.warnings, &loaded.text));
                let (vms, disks) = (scenario.setup.inventory.vms.len(), scenario.setup.inventory.disks.len());
                let warnings = scenario.warnings.len();
                print(&format!("{}: good; {vms} VMs, {disks} disks, {warnings} warnings\n", file.display()))?;
                for note in &scenario.sources {
                    print(&format!("  {note}\n"))?;
                }
            }
            Err(failure) => wrong.push(failure.message),
        }
    }
    if wrong.is_empty() { Ok(Exit::Met) } else { Err(Failure::wrong(wrong.join("\n"))) }
}

pub fn init(args: &Init) -> Result<Exit, Failure> {
    let file = if args.name.extension().is_some() { args.name.clone() } else { args.name.with_extension("toml") };
    let written =
        std::fs::File::create_new(&file).and_then(|mut open| std::io::Write::write_all(&mut open, FIRST.as_bytes()));
    match written {
        Ok(()) => {
            let file = file.display();
            print(&format!("{file} is written; run it with: drsim run {file}\n"))?;
            Ok(Exit::Met)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::wrong(format!(
            "error: {} exists already; nothing was written\nmend: name another file: drsim init NAME",
            file.display()
        ))),
        Err(error) => Err(Failure::machine(format!("error: cannot write {}: {error}", file.display()))),
    }
}
