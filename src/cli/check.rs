//! `drsim check`: the gate. Every target met, missed or not yet known; and no worse than a stored baseline.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::args::{Check, Format};
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::run::{cannot_write, no_fouls, overrides};
use crate::cli::{Exit, Failure, baselines, folder, print, progress, say};
use crate::planner::{Baseline, Ended, Gate, MARGIN, Runner, Sample, Verdict, baseline, trouble};
use crate::report::gate::{self, Case, Miss};

/// A scenario with what it is to be compared with.
struct Asked {
    loaded: Loaded,
    file: PathBuf,
    seed: u64,
    at_most: u64,
    baseline: Option<(PathBuf, Option<Baseline>)>,
}

/// Flags that end a gate before it has decided.
struct Ends {
    stop: Arc<AtomicBool>,
    /// The time is up.
    late: Arc<AtomicBool>,
}

pub fn check(args: &Check) -> Result<Exit, Failure> {
    let ends = Ends { stop: progress::stop_on_interrupt()?, late: Arc::default() };
    let asked = asked(args)?;
    let claim = match &args.out {
        Some(out) => Some((out, folder::claim(out).map_err(|error| cannot_write(out, &error))?)),
        None => None,
    };
    if let Some(within) = args.within {
        let (stop, late) = (ends.stop.clone(), ends.late.clone());
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_nanos(within.ns()));
            // Who was interrupted first stays interrupted.
            if !stop.load(Ordering::Relaxed) {
                late.store(true, Ordering::Relaxed);
                stop.store(true, Ordering::Relaxed);
            }
        });
    }
    let mut cases = Vec::new();
    for own in &asked {
        cases.push(judged(args, own, &ends)?);
    }
    if let Some((out, claim)) = &claim {
        claim.replace(&gate::files(&cases, args.strict)).map_err(|error| cannot_write(out, &error))?;
    }
    tell(args, &cases)?;
    if cases.iter().any(|case| case.interrupted) {
        say("interrupted: what is complete was judged\n");
        return Ok(Exit::Interrupted);
    }
    let exit = Exit::of(gate::overall(&cases));
    Ok(if args.strict && exit == Exit::NotKnownYet { Exit::Missed } else { exit })
}

/// Reads everything before anything runs; all that is wrong at once.
fn asked(args: &Check) -> Result<Vec<Asked>, Failure> {
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    if args.accept && args.baseline.is_none() {
        wrong.push("error: --accept writes a baseline, and none is named\nmend: add --baseline FILE".to_owned());
    }
    for file in &args.files {
        match one(args, file) {
            Ok(own) => asked.push(own),
            Err(failure) if failure.exit == Exit::Wrong => wrong.push(failure.message),
            Err(failure) => return Err(failure),
        }
    }
    if wrong.is_empty() { Ok(asked) } else { Err(Failure::wrong(wrong.join("\n"))) }
}

fn one(args: &Check, file: &Path) -> Result<Asked, Failure> {
    let loaded = read(file, &args.overrides)?;
    if !args.quiet {
        say(&shown_faults(&loaded.scenario.warnings, &loaded.text));
    }
    let setup = &loaded.scenario.setup;
    let file_name = file.display();
    if setup.intent.targets.is_empty() {
        return Err(Failure::wrong(format!(
            "error: {file_name} has no target, so there is nothing to check\nmend: add [[target]] with must = \"p95(rpo) <= 15m\""
        )));
    }
    let seed = args.seed.unwrap_or(loaded.scenario.seed);
    let at_most = args.replications.unwrap_or(loaded.scenario.replications.at_most);
    loaded.effort(at_most).map_err(|refused| refused.failure())?;
    let baseline = match &args.baseline {
        None => None,
        Some(path) => {
            let path = baselines::of_scenario(path, &loaded.name, args.files.len())?;
            let stored = baselines::read(&path, &loaded.scenario, seed, args.accept)?;
            Some((path, stored))
        }
    };
    Ok(Asked { file: file.to_owned(), seed, at_most, baseline, loaded })
}

/// Runs one scenario until its verdict is certain.
fn judged(args: &Check, own: &Asked, ends: &Ends) -> Result<Case, Failure> {
    let scenario = &own.loaded.scenario;
    let setup = &scenario.setup;
    let bar = progress::bar(own.at_most, args.quiet);
    let (stop, done) = (&*ends.stop, &|| bar.inc(1));
    let runner = Runner { setup, seed: own.seed, threads: args.threads, stop, done };
    let mut sample = Sample::default();
    let margin = args.margin.map_or(MARGIN, |margin| margin.as_f64());
    let stored = own.baseline.as_ref().and_then(|(path, stored)| Some((path, stored.as_ref()?)));
    let gate = Gate { at_most: own.at_most, baseline: stored.filter(|_| !args.accept).map(|(_, it)| (it, margin)) };
    let (judgement, ended) = if args.accept {
        // What is accepted holds all replications: a gate that was decided early would compare with few.
        let ended = runner.more(own.at_most, &mut sample);
        (gate.judge(setup, &sample.outcomes, 1.0), ended)
    } else {
        gate.run(&runner, &mut sample)
    };
    bar.finish_and_clear();
    no_fouls(&sample, &own.file, own.seed)?;
    let stopped = ended == Ended::Stopped;
    let late = stopped && ends.late.load(Ordering::Relaxed);
    if args.accept && !stopped {
        let (path, _) = own.baseline.as_ref().expect("--accept wants --baseline");
        baselines::write(path, &scenario.title, &baseline(setup, own.seed, &sample.outcomes))?;
        say(&format!("accepted: {} holds {} replications\n", path.display(), sample.count()));
    }
    let (file, overrides) = (own.file.display().to_string(), overrides(&args.overrides));
    let miss = |finding: &crate::planner::findings::TargetFinding| {
        let worst = finding.worst_replication.filter(|_| finding.verdict == Verdict::Missed)?;
        let outcome = sample.outcomes.get(worst as usize)?;
        let trouble = trouble(setup.intent.targets.get(finding.index)?, &setup.inventory, outcome)?;
        Some(Miss::new(&setup.inventory, (&file, own.seed, &overrides), finding, &trouble))
    };
    Ok(Case {
        name: own.loaded.name.clone(),
        title: scenario.title.clone(),
        seed: own.seed,
        replications: judgement.seen,
        at_most: own.at_most,
        misses: judgement.targets.iter().map(miss).collect(),
        judgement,
        late,
        interrupted: stopped && !late,
        baseline: gate.baseline.and(stored).map(|(path, _)| (path.display().to_string(), margin)),
        digest: sample.digest(),
        overrides,
        file,
    })
}

/// Prints in the format asked for, or the one of the service we run in.
fn tell(args: &Check, cases: &[Case]) -> Result<(), Failure> {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|own| own.eq_ignore_ascii_case(value));
    match args.format() {
        Format::Text => print(&gate::text(cases)),
        Format::Junit => print(&gate::junit(cases, args.strict)),
        Format::Markdown => print(&gate::markdown(cases)),
        Format::Json => print(&gate::json(cases)),
        Format::Github => print(&gate::github(cases)),
        Format::Azure => print(&gate::azure(cases)),
        Format::Auto if is("GITHUB_ACTIONS", "true") => {
            print(&(gate::text(cases) + &gate::github(cases)))?;
            match std::env::var_os("GITHUB_STEP_SUMMARY") {
                Some(summary) => add_to(Path::new(&summary), &gate::markdown(cases)),
                None => Ok(()),
            }
        }
        Format::Auto if is("TF_BUILD", "true") => {
            print(&(gate::text(cases) + &gate::azure(cases)))?;
            let summary = args.out.as_ref().map(|out| out.join("summary.md")).and_then(|path| path.canonicalize().ok());
            match summary {
                Some(path) => print(&format!("##vso[task.uploadsummary]{}\n", path.display())),
                None => Ok(()),
            }
        }
        Format::Auto => print(&gate::text(cases)),
    }
}

fn add_to(file: &Path, text: &str) -> Result<(), Failure> {
    let opened = std::fs::File::options().create(true).append(true).open(file);
    let added = opened.and_then(|mut open| std::io::Write::write_all(&mut open, text.as_bytes()));
    added.map_err(|error| Failure::machine(format!("error: cannot add to {}: {error}", file.display())))
}
