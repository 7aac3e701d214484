//! `drsim rare`: how likely is what hardly ever happens.

use clap::Args;

use crate::cli::args::Input;
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::run::{cannot_write, hex, overrides};
use crate::cli::{Exit, Failure, folder, print, progress, say};
use crate::planner::rare::{Event, Found, Happening, Search};
use crate::report::quoted;
use crate::report::rare::{RareAbout, files, json, screen};
use crate::units::Duration;

/// What is searched for. Levels lead from what is common to the event; the luck of replications that come nearer is moved on,
/// within its own law. Exit code 0: known, or no more likely than --at-most; 1: more likely; 3: not known yet.
#[derive(Debug, Args)]
pub struct Rare {
    #[command(flatten)]
    pub input: Input,
    /// WHO: rpo > SPAN, rpo_over_time > SPAN, rto > SPAN, no usable point, or no clean point; WHO is a VM, a group, or left out
    #[arg(long, value_name = "EVENT")]
    pub event: String,
    /// The most that is allowed, in one replication: 1e-4 or "0.01 %"
    #[arg(long, value_name = "PROBABILITY", value_parser = probability)]
    pub at_most: Option<f64>,
    /// Replications on each level
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub samples: u32,
    /// Independent repetitions, from whose scatter the interval comes
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub repetitions: u32,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// Prints rare.json instead of the screen
    #[arg(long)]
    pub json: bool,
    /// Folder for rare.json and rare.md, replaced whole
    #[arg(short, long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<std::path::PathBuf>,
    /// No progress, no notes
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

pub fn rare(args: &Rare) -> Result<Exit, Failure> {
    let stop = progress::stop_on_interrupt()?;
    let loaded = read(&args.input.file, &args.input.overrides)?;
    if !args.quiet {
        say(&shown_faults(&loaded.scenario.warnings, &loaded.text));
    }
    let event = event(&args.event, &loaded)?;
    // Of a replication its score is kept and nothing else, and nobody knows the number of levels beforehand.
    loaded.effort(1).map_err(|refused| refused.failure())?;
    let claim = match &args.out {
        Some(out) => Some((out, folder::claim(out).map_err(|error| cannot_write(out, &error))?)),
        None => None,
    };
    let seed = args.input.seed.unwrap_or(loaded.scenario.seed);
    let bar = progress::search(args.quiet);
    bar.set_message(args.event.clone());
    let search = Search {
        setup: &loaded.scenario.setup,
        event: &event,
        seed,
        samples: args.samples as usize,
        repetitions: u64::from(args.repetitions),
        threads: args.threads,
        stop: &stop,
        done: &|| bar.inc(1),
    };
    let found = search.run();
    bar.finish_and_clear();
    if !found.fouls.is_empty() {
        let fouls = found.fouls.join("\n  ");
        return Err(Failure::machine(format!(
            "error: a bug in drsim: {fouls}\nmend: please report it with the scenario"
        )));
    }
    let about = about(args, &loaded, &event, seed).with_causes(&found, &loaded.scenario.setup.inventory);
    if let Some((out, claim)) = &claim {
        claim.replace(&files(&found, &about)).map_err(|error| cannot_write(out, &error))?;
    }
    print(&if args.json { json(&found, &about) } else { screen(&found, &about) })?;
    Ok(exit(&found, args.at_most))
}

fn exit(found: &Found, at_most: Option<f64>) -> Exit {
    if found.interrupted { Exit::Interrupted } else { Exit::of(found.verdict(at_most)) }
}

/// `sql: rpo > 6h`, with or without whose it is.
fn event(text: &str, loaded: &Loaded) -> Result<Event, Failure> {
    let inventory = &loaded.scenario.setup.inventory;
    let (who, what) = text.split_once(':').map_or((None, text), |(who, what)| (Some(who.trim()), what));
    let what = happening(what).map_err(|wrong| {
        Failure::wrong(format!(
            "error: `{text}` is no event: {wrong}\nmend: write \"sql: rpo > 6h\"; also rpo_over_time > SPAN, rto > SPAN, no usable point, no clean point"
        ))
    })?;
    let mut whose = vec![who.is_none_or(|who| who == "all"); inventory.vms.len()];
    if let Some(who) = who.filter(|who| *who != "all") {
        super::replay::vms(who, loaded)?.into_iter().for_each(|vm| whose[vm.index()] = true);
    }
    Ok(Event { what, whose })
}

fn happening(text: &str) -> Result<Happening, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["no", "usable", "point"] => return Ok(Happening::NoUsablePoint),
        ["no", "clean", "point"] => return Ok(Happening::NoCleanPoint),
        _ => {}
    }
    let (measure, limit) = text.split_once('>').ok_or("it has no `>`")?;
    let limit: Duration = limit.trim().parse().map_err(|error: crate::units::UnitError| error.wrong)?;
    match measure.trim() {
        "rpo" => Ok(Happening::RpoAtFailure(limit)),
        "rpo_over_time" => Ok(Happening::RpoOverTime(limit)),
        "rto" => Ok(Happening::Rto(limit)),
        other => Err(format!("`{other}` is not rpo, rpo_over_time or rto")),
    }
}

/// Between 0 and 1, or in per cent.
fn probability(text: &str) -> Result<f64, String> {
    let (number, scale) = text.trim().strip_suffix('%').map_or((text.trim(), 1.0), |number| (number.trim(), 0.01));
    let value = number.parse::<f64>().ok().map(|value| value * scale);
    value.filter(|value| *value > 0.0 && *value < 1.0).ok_or_else(|| "write 1e-4, or \"0.01 %\"".to_owned())
}

fn about(args: &Rare, loaded: &Loaded, event: &Event, seed: u64) -> RareAbout {
    let file = args.input.file.display().to_string();
    let at_most = args.at_most.map_or_else(String::new, |own| format!(" --at-most {own:e}"));
    let command = format!(
        "drsim rare {} --event {}{at_most} --samples {} --repetitions {} --seed {seed}{}",
        quoted(&file),
        quoted(args.event.trim()),
        args.samples,
        args.repetitions,
        overrides(&args.input.overrides)
    );
    RareAbout {
        title: loaded.scenario.title.clone(),
        scenario_file: file,
        hash_hex: hex(&loaded.scenario.hash),
        version: env!("CARGO_PKG_VERSION").into(),
        event: args.event.trim().to_owned(),
        score: match event.what {
            Happening::RpoAtFailure(_) | Happening::RpoOverTime(_) | Happening::NoUsablePoint => "RPO",
            Happening::Rto(_) => "time without service",
            Happening::NoCleanPoint => "time that damage was hidden",
        },
        at_most: args.at_most,
        seed,
        samples: args.samples as usize,
        repetitions: u64::from(args.repetitions),
        command,
        out_dir: args.out.as_ref().map(|out| out.display().to_string()),
        causes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_measure_and_a_span_or_a_point_that_is_missing() {
        assert_eq!(happening("rpo > 6h"), Ok(Happening::RpoAtFailure(Duration::hours(6))));
        assert_eq!(happening(" rpo_over_time>90m "), Ok(Happening::RpoOverTime(Duration::minutes(90))));
        assert_eq!(happening("rto > 1d"), Ok(Happening::Rto(Duration::days(1))));
        assert_eq!(happening("no  clean point"), Ok(Happening::NoCleanPoint));
        assert_eq!(happening("no usable point"), Ok(Happening::NoUsablePoint));
        for bad in ["rpo", "rpo > 6", "rpo < 6h", "age > 6h", "", "rpo >"] {
            assert!(happening(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_probability_is_a_share_or_a_percentage() {
        assert_eq!(probability("1e-4"), Ok(1e-4));
        assert_eq!(probability("1 %"), Ok(0.01));
        for bad in ["0", "1", "-1e-4", "much", "nan", "120 %"] {
            assert!(probability(bad).is_err(), "{bad}");
        }
    }
}
