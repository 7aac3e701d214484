//! `drsim compare`: candidates on the same luck.

use std::sync::atomic::Ordering;

use crate::cli::args::{Compare, assignment};
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::run::{cannot_write, hex, no_fouls, overrides};
use crate::cli::{Exit, Failure, folder, print, progress, say};
use crate::planner::compare::{Contest, Decision, Yardstick, plain};
use crate::planner::{MARGIN, Sample, label};
use crate::report::contest::{CandidateAbout, ContestAbout, files, json, screen};
use crate::report::quoted;
use crate::scenario::expression;

/// One candidate.
struct Candidate {
    name: String,
    loaded: Loaded,
    file: std::path::PathBuf,
    overrides: Vec<(String, String)>,
}

pub fn compare(args: &Compare) -> Result<Exit, Failure> {
    let stop = progress::stop_on_interrupt()?;
    let candidates = candidates(args)?;
    let first = &candidates[0].loaded.scenario;
    let by = args.by.as_ref().map(|text| yardstick(text, &candidates)).transpose()?;
    let claim = match &args.out {
        Some(out) => Some((out, folder::claim(out).map_err(|error| cannot_write(out, &error))?)),
        None => None,
    };
    let seed = args.seed.unwrap_or(first.seed);
    let at_most = args.replications.unwrap_or(first.replications.at_most);
    for own in &candidates {
        own.loaded.effort(at_most).map_err(|refused| refused.failure())?;
    }
    let bar = progress::bar(at_most * candidates.len() as u64, args.quiet);
    let setups: Vec<_> = candidates.iter().map(|own| &own.loaded.scenario.setup).collect();
    let contest = Contest {
        setups: &setups,
        by: by.as_ref(),
        confidence: args.confidence.as_f64(),
        margin: args.margin.map_or(MARGIN, |margin| margin.as_f64()),
        at_most,
        without_looks: args.all,
        seed,
        threads: args.threads,
        stop: &stop,
        done: &|| bar.inc(1),
    };
    let mut samples = Vec::new();
    let (found, _) = contest.run(&mut samples);
    bar.finish_and_clear();
    for (own, sample) in candidates.iter().zip(&samples) {
        no_fouls(sample, &own.file, seed)?;
    }
    let Some(found) = found else {
        let message = "interrupted: not every candidate has a complete replication".into();
        return Err(Failure { exit: Exit::Interrupted, message });
    };
    let interrupted = stop.load(Ordering::Relaxed);
    let about = ContestAbout {
        candidates: candidates.iter().zip(&samples).map(|(own, sample)| told(own, sample)).collect(),
        seed,
        at_most,
        version: env!("CARGO_PKG_VERSION").into(),
        command: command(args, seed),
        out_dir: args.out.as_ref().map(|out| out.display().to_string()),
        notes: notes(&candidates),
        interrupted,
    };
    if let Some((out, claim)) = &claim {
        claim.replace(&files(&found, &about)).map_err(|error| cannot_write(out, &error))?;
    }
    print(&if args.json { json(&found, &about) } else { screen(&found, &about) })?;
    Ok(match found.decision {
        _ if interrupted => Exit::Interrupted,
        Decision::Best(_) | Decision::GoodEnough(_) => Exit::Met,
        Decision::NotYetKnown { .. } | Decision::NotPaired(..) | Decision::NoValues => Exit::NotKnownYet,
    })
}

/// Reads all candidates before anything runs; all that is wrong at once.
fn candidates(args: &Compare) -> Result<Vec<Candidate>, Failure> {
    let several = args.files.len() > 1;
    if several && !(args.strategy.is_empty() && args.variant.is_empty()) {
        return Err(Failure::wrong(
            "error: strategies and variants are of one scenario, and there are several files\nmend: name one file, or write each candidate as a file",
        ));
    }
    if args.confidence.as_f64() <= 0.0 || args.confidence.as_f64() >= 1.0 {
        return Err(Failure::wrong("error: a confidence lies between 0 % and 100 %\nmend: --confidence \"95 %\""));
    }
    let (mut candidates, mut wrong) = (Vec::new(), Vec::new());
    for file in &args.files {
        let stem = file.file_stem().map_or_else(|| "stdin".into(), |stem| stem.to_string_lossy().into_owned());
        put(args, if several { &stem } else { "as written" }, file, &[], &mut candidates, &mut wrong)?;
    }
    // Strategies need the names of the policies, so a scenario that is wrong by itself ends here.
    if wrong.is_empty() {
        for (name, own) in wishes(args, &candidates[0].loaded)? {
            put(args, &name, &args.files[0], &own, &mut candidates, &mut wrong)?;
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::wrong(wrong.join("\n")));
    }
    if candidates.len() < 2 {
        return Err(Failure::wrong(
            "error: there is one candidate, so nothing to compare\nmend: name another file, --strategy NAME, or --variant \"wider: link.wan.bandwidth=400 Mbit/s\"",
        ));
    }
    same_length(&candidates)?;
    Ok(candidates)
}

/// Reads one candidate and gives it a name of its own.
fn put(
    args: &Compare,
    name: &str,
    file: &std::path::Path,
    own: &[(String, String)],
    candidates: &mut Vec<Candidate>,
    wrong: &mut Vec<String>,
) -> Result<(), Failure> {
    let overrides: Vec<(String, String)> = args.overrides.iter().chain(own).cloned().collect();
    let alike = candidates.iter().filter(|known: &&Candidate| known.name == name).count();
    let name = if alike == 0 { name.to_owned() } else { format!("{name} ({})", alike + 1) };
    match read(file, &overrides) {
        Ok(loaded) => {
            if !args.quiet && candidates.is_empty() {
                say(&shown_faults(&loaded.scenario.warnings, &loaded.text));
            }
            candidates.push(Candidate { name, loaded, file: file.to_owned(), overrides });
        }
        Err(failure) if failure.exit == Exit::Wrong => wrong.push(failure.message),
        Err(failure) => return Err(failure),
    }
    Ok(())
}

type Named = (String, Vec<(String, String)>);

/// Strategies and variants as names and overrides.
fn wishes(args: &Compare, loaded: &Loaded) -> Result<Vec<Named>, Failure> {
    let policies = &loaded.scenario.setup.intent.policies;
    let strategy = |text: &String| {
        let (name, keys) = text.split_once('=').unwrap_or((text, "{}"));
        let value = format!("{{ {} = {} }}", name.trim(), keys.trim());
        let set = policies.iter().map(|policy| (format!("policy.{}.strategy", policy.name), value.clone()));
        (text.trim().to_owned(), set.collect())
    };
    let strategies = args.strategy.iter().map(|text| Ok(strategy(text)));
    strategies.chain(args.variant.iter().map(|text| variant(text))).collect()
}

/// `wider: link.wan.bandwidth="400 Mbit/s"; cache.c.capacity=8 TiB`, with or without a name.
fn variant(text: &str) -> Result<Named, Failure> {
    let name_end = text.find([':', '=']).filter(|at| text[*at..].starts_with(':'));
    let (name, rest) = name_end.map_or((text, text), |at| (&text[..at], &text[at + 1..]));
    let set: Result<Vec<_>, String> = parts(rest).into_iter().map(assignment).collect();
    let set = set.map_err(|mend| Failure::wrong(format!("error: `{text}` is no variant\nmend: {mend}")))?;
    Ok((name.trim().to_owned(), set))
}

/// Pieces between semicolons outside of quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quote) = (Vec::new(), 0, None);
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ';') => {
                parts.push(text[begin..place].trim());
                begin = place + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// Runs of other length have other luck.
fn same_length(candidates: &[Candidate]) -> Result<(), Failure> {
    let span = |own: &Candidate| (own.loaded.scenario.setup.lasts, own.loaded.scenario.setup.settle);
    let first = span(&candidates[0]);
    let Some(other) = candidates.iter().find(|own| span(own) != first) else { return Ok(()) };
    let (lasts, settle) = span(other);
    Err(Failure::wrong(format!(
        "error: `{}` lasts {lasts} and settles {settle}, `{}` {} and {}: their luck cannot be the same\nmend: give both the same [run], or add --set run.lasts={}",
        other.name, candidates[0].name, first.0, first.1, first.0
    )))
}

/// What decides, by the name of a target or as a statistic of everything.
fn yardstick(text: &str, candidates: &[Candidate]) -> Result<Yardstick, Failure> {
    let setup = &candidates[0].loaded.scenario.setup;
    let names: Vec<String> = setup.intent.targets.iter().map(|target| label(setup, target)).collect();
    let known =
        crate::planner::compare::all(&candidates.iter().map(|own| &own.loaded.scenario.setup).collect::<Vec<_>>());
    if let Some(own) = known.iter().find(|own| own.name == text.trim()) {
        return Ok(own.clone());
    }
    let (statistic, measure) = expression(text).map_err(|error| {
        let known: Vec<&str> = known.iter().map(|own| own.name.as_str()).collect();
        let not_shared = if names.iter().any(|name| name == text.trim()) { " of all candidates" } else { "" };
        Failure::wrong(format!(
            "error: {text} is no yardstick{not_shared}: {}\nmend: {}; or one of: {}",
            error.wrong,
            error.mend,
            known.join(", ")
        ))
    })?;
    Ok(plain(text.trim(), statistic, measure))
}

fn told(own: &Candidate, sample: &Sample) -> CandidateAbout {
    let scenario = &own.loaded.scenario;
    CandidateAbout {
        name: own.name.clone(),
        title: scenario.title.clone(),
        file: own.file.display().to_string(),
        overrides: overrides(&own.overrides),
        hash_hex: hex(&scenario.hash),
        digest_hex: format!("{:032x}", sample.digest()),
    }
}

/// Targets that not every candidate has.
fn notes(candidates: &[Candidate]) -> Vec<String> {
    let labels = |own: &Candidate| -> Vec<String> {
        let setup = &own.loaded.scenario.setup;
        setup.intent.targets.iter().map(|target| label(setup, target)).collect()
    };
    let mut notes = Vec::new();
    for own in candidates {
        for label in labels(own) {
            let note = format!("`{label}` is not a target of every candidate, so it is not compared");
            if !notes.contains(&note) && candidates.iter().any(|other| !labels(other).contains(&label)) {
                notes.push(note);
            }
        }
    }
    notes
}

/// The command that repeats it.
fn command(args: &Compare, seed: u64) -> String {
    let mut words = vec!["drsim compare".to_owned()];
    words.extend(args.files.iter().map(|file| quoted(&file.display().to_string())));
    let mut option = |name: &str, value: &str| words.push(format!("{name} {}", quoted(value)));
    args.strategy.iter().for_each(|own| option("--strategy", own));
    args.variant.iter().for_each(|own| option("--variant", own));
    args.by.iter().for_each(|own| option("--by", own));
    args.margin.iter().for_each(|own| option("--margin", &own.to_string()));
    option("--confidence", &args.confidence.to_string());
    option("--seed", &seed.to_string());
    args.replications.iter().for_each(|own| option("--replications", &own.to_string()));
    let all = if args.all { " --all" } else { "" };
    format!("{}{all}{}", words.join(" "), overrides(&args.overrides))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_a_name_and_assignments() {
        let set =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        let of = |text: &str| variant(text).map_err(|failure| failure.message);
        assert_eq!(
            of("wider: a.b=4 Mbit/s; c=\"x;y\""),
            Ok(("wider".into(), set(&[("a.b", "4 Mbit/s"), ("c", "\"x;y\"")])))
        );
        assert_eq!(of("a.b=08:00"), Ok(("a.b=08:00".into(), set(&[("a.b", "08:00")]))));
        assert!(of("wider: nothing").is_err());
    }
}
