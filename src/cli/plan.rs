//! `drsim plan`: the smallest sizes that meet the targets, one screen, one folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use crate::cli::args::Input;
use crate::cli::chosen::chosen;
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::run::{cannot_write, hex, input_file, overrides};
use crate::cli::{Exit, Failure, folder, print, progress, say};
use crate::planner::numeric_fingerprint;
use crate::planner::sizing::{
    Choice, Knob, Lab, Sizing, Target, Trial, Turned, answers, eligibility, factor, first_copies, grow, mean_rate,
    questions, totals, turn, waves, with_implied,
};
use crate::report::plan::{Named, Plan as Report, Whole, files, json, screen};
use crate::report::{About, quoted};
use crate::scenario::Scenario;
use crate::simulation::Setup;
use crate::units::Ratio;

const SCREEN_WIDTH: usize = 80;

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub input: Input,
    /// Report folder, replaced whole [default: reports/<scenario>-plan]
    #[arg(short, long, value_name = "DIR", env = "DRSIM_OUT")]
    pub out: Option<PathBuf>,
    /// The most replications of each value that is decided, instead of the scenario's
    #[arg(long, env = "DRSIM_REPLICATIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Threads; 0 takes one per processor
    #[arg(long, default_value_t = 0, env = "DRSIM_THREADS")]
    pub threads: usize,
    /// What is written grows, compound: "30 % per year over 18 months"
    #[arg(long, value_name = "RATE", value_parser = growth)]
    pub growth: Option<f64>,
    /// Leaves machines or disks out and says what that saves: NAME, GROUP, PATTERN* or, for a disk, NAME:2
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub without: Vec<String>,
    /// Forces machines in that are not eligible, or that nobody protects
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub with: Vec<String>,
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
    let mut loaded = loaded;
    if let Some(factor) = args.growth {
        grow(&mut loaded.scenario.setup, factor);
    }
    let wanted = Wanted::read(args, &loaded.scenario)?;
    loaded.effort(wanted.at_most).map_err(|refused| refused.failure())?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{}-plan", loaded.name)));
    let claim = folder::claim(&out).map_err(|error| cannot_write(&out, &error))?;
    let spinner = progress::search(args.quiet);
    let done = || spinner.inc(1);
    let ahead = |replications| progress::expected(&spinner, replications);
    let answered = |setup: &Setup, around: bool, said: &str| {
        let luck = (wanted.seed, args.threads, wanted.at_most);
        let mut lab = Lab::new(setup, luck, &stop, &done).forecasting(&ahead);
        answers(&mut lab, &wanted.asked, around, &|index| {
            spinner.set_message(format!("{said}question {} of {}", index + 1, wanted.asked.len()));
        })
    };
    let whole = wanted.whole.as_ref().map(|(setup, _)| answered(setup, false, "as written, "));
    let own = answered(&wanted.setup, true, "");
    spinner.finish_and_clear();
    if own.ran == 0 {
        return Err(Failure { exit: Exit::Interrupted, message: "interrupted: no replication was complete".into() });
    }
    let listed = wanted.whole.as_ref().map_or(&wanted.setup, |(setup, _)| setup);
    let mut machines = eligibility(listed);
    wanted.choice.tell(&listed.inventory, &mut machines);
    let bought = as_answered(&wanted.setup, &own.questions);
    let named = most_appliances(&bought, &own.tried);
    let report = Report {
        named: Named { inventory: &named.inventory, intent: &wanted.setup.intent },
        batches: first_copies(&bought),
        waves: waves(&bought),
        rates: listed.inventory.vm_ids().map(|vm| mean_rate(listed, vm)).collect(),
        machines,
        totals: totals(&wanted.setup),
        own_targets: wanted.own_targets,
        ran: own.ran + whole.as_ref().map_or(0, |whole| whole.ran),
        whole: whole.zip(wanted.whole.as_ref()).map(|(whole, (setup, dropped))| Whole {
            questions: whole.questions,
            totals: totals(setup),
            inventory: setup.inventory.clone(),
            dropped: dropped.clone(),
        }),
        about: about(args, &loaded, (wanted.seed, wanted.at_most), &out),
        found: own,
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
    Ok(Exit::of(report.verdict()))
}

/// What is to be planned.
struct Wanted {
    asked: Vec<Vec<Turned>>,
    choice: Choice,
    setup: Setup,
    /// The scenario as it is written, and targets that speak of nobody without those that are left out; `None`: nobody is.
    whole: Option<(Setup, Vec<Target>)>,
    /// Targets of the scenario; what comes after them is implied.
    own_targets: usize,
    seed: u64,
    at_most: u64,
}

impl Wanted {
    fn read(args: &Plan, scenario: &Scenario) -> Result<Wanted, Failure> {
        let choice = chosen(&args.without, &args.with, &scenario.setup.inventory)?;
        let asked = questions(&scenario.setup, &scenario.questions);
        let knobs: Vec<Turned> = asked.iter().flatten().cloned().collect();
        let mut setup = scenario.setup.clone();
        let dropped = choice.apply(&mut setup);
        if setup.intent.protections.iter().flatten().next().is_none() {
            return Err(Failure::wrong("error: nobody is protected\nmend: leave somebody in"));
        }
        if let Some(vm) = choice.with.iter().find(|vm| setup.intent.protection(**vm).is_none()) {
            let name = &setup.inventory.vm(*vm).name;
            let mend = "add a [protect.…] for it: no machine of its stamp shows how";
            return Err(Failure::wrong(format!("error: {name} cannot be forced in: nobody protects it\nmend: {mend}")));
        }
        let (setup, own_targets) = with_implied(&setup, &knobs);
        if own_targets == 0 {
            return Err(Failure::wrong(format!(
                "error: {} has no target, so no size is too small\nmend: add [[target]] with must = \"p95(rpo) <= 15m\"",
                args.input.file.display()
            )));
        }
        let whole = (!choice.is_nothing()).then(|| (with_implied(&scenario.setup, &knobs).0, dropped));
        let seed = args.input.seed.unwrap_or(scenario.seed);
        let at_most = args.replications.unwrap_or(scenario.replications.at_most);
        Ok(Wanted { asked, choice, setup, whole, own_targets, seed, at_most })
    }
}

/// The setup with the sizes of all answers.
fn as_answered(setup: &Setup, answers: &[Sizing]) -> Setup {
    let mut bought = setup.clone();
    let knobs = answers.iter().filter(|own| own.is_answered).flat_map(|own| &own.knobs);
    knobs.for_each(|own| turn(&mut bought, own.turned.knob, own.value));
    bought
}

/// The setup of the answers with as many appliances as were ever tried: what is told of them needs their names.
fn most_appliances(setup: &Setup, tried: &[Trial]) -> Setup {
    let mut most = setup.clone();
    let counts = tried.iter().flat_map(|trial| &trial.values);
    let mut counts: Vec<_> = counts.filter(|(knob, _)| matches!(knob, Knob::Appliances(_))).collect();
    counts.sort_unstable();
    // Appliances are only ever added, the last of each stamp has the greatest count.
    counts.into_iter().for_each(|(knob, count)| turn(&mut most, *knob, *count));
    most
}

/// "30 % per year over 18 months" as a factor.
fn growth(text: &str) -> Result<f64, String> {
    let wrong = || "write it like \"30 % per year over 18 months\"".to_owned();
    let (rate, rest) = text.split_once(" per ").ok_or_else(wrong)?;
    let (period, span) = rest.split_once(" over ").ok_or_else(wrong)?;
    let rate: Ratio = rate.trim().parse().map_err(|_| wrong())?;
    let months_of = |unit: &str| match unit.trim_end_matches('s') {
        "month" => Some(1.0),
        "year" => Some(12.0),
        _ => None,
    };
    let (count, unit) = span.trim().split_once(' ').ok_or_else(wrong)?;
    let count = count.parse::<f64>().ok().filter(|count| (0.0..=1_200.0).contains(count)).ok_or_else(wrong)?;
    let (every, unit) = (months_of(period.trim()).ok_or_else(wrong)?, months_of(unit.trim()).ok_or_else(wrong)?);
    let grown = factor(rate.as_f64(), count * unit / every);
    if grown > 1_000.0 { Err("that is more than a thousand times as much".into()) } else { Ok(grown) }
}

fn about(args: &Plan, loaded: &Loaded, (seed, at_most): (u64, u64), out: &Path) -> About {
    let scenario = &loaded.scenario;
    let file = args.input.file.display().to_string();
    let mut set = overrides(&args.input.overrides);
    if let Some(factor) = args.growth {
        set.push_str(&format!(
            " --growth {}",
            quoted(&format!("{:.4} % per year over 1 year", (factor - 1.0) * 100.0))
        ));
    }
    for (option, names) in [("without", &args.without), ("with", &args.with)] {
        if !names.is_empty() {
            set.push_str(&format!(" --{option} {}", quoted(&names.join(","))));
        }
    }
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
