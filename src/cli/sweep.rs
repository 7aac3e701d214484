//! `drsim sweep`: one scenario at many points of some of its fields.

use std::path::PathBuf;

use crate::cli::args::{DesignName, Sweep};
use crate::cli::axis::{Axis, number_of};
use crate::cli::halfway::{Halfway, Refused};
use crate::cli::input::{Loaded, read, shown_faults};
use crate::cli::run::{cannot_write, hex, no_fouls, overrides};
use crate::cli::{Exit, Failure, folder, print, progress, say};
use crate::planner::compare::{Yardstick, all};
use crate::planner::sweep::{Design, Extent, PointOutcome, points};
use crate::planner::{Ended, Runner, Sample, numeric_fingerprint};
use crate::report::quoted;
use crate::report::sweep::{AxisAbout, SweepAbout, Swept, files, screen};

/// What is to be run.
struct Plan {
    base: Loaded,
    axes: Vec<Axis>,
    design: Design,
    /// By point and axis, 0 … 1, and the values there.
    coordinates: Vec<Vec<f64>>,
    values: Vec<Vec<String>>,
    yardsticks: Vec<Yardstick>,
    seed: u64,
    replications: u64,
}

pub fn sweep(args: &Sweep) -> Result<Exit, Failure> {
    let stop = progress::stop_on_interrupt()?;
    let plan = plan(args)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{}-sweep", plan.base.name)));
    let claim = folder::claim(&out).map_err(|error| cannot_write(&out, &error))?;
    let mut halfway = Halfway::open(&out, &plan.hash(), args.fresh).map_err(|refused| match refused {
        Refused::OtherPlan(path) => Failure::wrong(format!(
            "error: another sweep stands half done in {}; nothing was run\nmend: finish it with its own command, name another --out, or drop it with --fresh",
            path.display()
        )),
        Refused::Machine(error) => cannot_write(&out, &error),
    })?;
    if !args.quiet && !halfway.done.is_empty() {
        say(&format!("going on: {} of {} points are done\n", halfway.done.len(), plan.values.len()));
    }
    let bar = progress::bar(plan.replications * plan.values.len() as u64, args.quiet);
    bar.inc(plan.replications * halfway.done.len() as u64);
    for (point, values) in plan.values.iter().enumerate() {
        if halfway.done.contains_key(&point) {
            continue;
        }
        let own = point_of(args, &plan, values)?;
        let setup = &own.scenario.setup;
        let runner = Runner { setup, seed: plan.seed, threads: args.threads, stop: &stop, done: &|| bar.inc(1) };
        let mut sample = Sample::default();
        if runner.more(plan.replications, &mut sample) == Ended::Stopped {
            bar.finish_and_clear();
            let done = halfway.done.len();
            say(&format!("interrupted: {done} of {} points are kept; the same command goes on\n", plan.values.len()));
            return Ok(Exit::Interrupted);
        }
        no_fouls(&sample, &args.file, plan.seed)?;
        let outcome = PointOutcome::of(&plan.yardsticks, setup, &sample);
        halfway.put(point, outcome).map_err(|error| cannot_write(&out, &error))?;
    }
    bar.finish_and_clear();
    let swept = Swept {
        design: plan.design,
        coordinates: plan.coordinates.clone(),
        yardsticks: plan.yardsticks.clone(),
        outcomes: std::mem::take(&mut halfway.done).into_values().collect(),
    };
    let about = about(args, &plan, &out);
    claim.replace(&files(&swept, &about)).map_err(|error| cannot_write(&out, &error))?;
    halfway.finish()?;
    print(&screen(&swept, &about))?;
    Ok(Exit::Met)
}

/// Reads everything before anything runs: axes, design, and the scenario of every point.
fn plan(args: &Sweep) -> Result<Plan, Failure> {
    if args.file.as_os_str() == "-" {
        return Err(Failure::wrong(
            "error: a sweep reads its scenario once for every point\nmend: name a file instead of `-`",
        ));
    }
    let base = read(&args.file, &args.overrides)?;
    if !args.quiet {
        say(&shown_faults(&base.scenario.warnings, &base.text));
    }
    let axes: Result<Vec<Axis>, (String, &str)> = args.vary.iter().map(|text| Axis::read(text)).collect();
    let axes = axes.map_err(|(wrong, mend)| Failure::wrong(format!("error: {wrong}\nmend: {mend}")))?;
    if let Some((place, axis)) =
        axes.iter().enumerate().find(|(place, own)| axes[..*place].iter().any(|a| a.path == own.path))
    {
        return Err(Failure::wrong(format!(
            "error: `{}` is varied twice\nmend: remove --vary number {}",
            axis.path,
            place + 1
        )));
    }
    let seed = args.seed.unwrap_or(base.scenario.seed);
    let extents: Vec<Extent> = axes.iter().map(|own| Extent { name: &own.path, values: own.count() }).collect();
    let design = args.design.into();
    let coordinates = points(design, &extents, args.points as usize, seed)
        .map_err(|wrong| Failure::wrong(format!("error: {wrong}\nmend: take fewer points, or another --design")))?;
    let values = coordinates.iter().map(|own| own.iter().zip(&axes).map(|(share, axis)| axis.at(*share)).collect());
    let values: Vec<Vec<String>> = values.collect();
    let yardsticks = all(&[&base.scenario.setup]);
    let replications = args.replications.unwrap_or(base.scenario.replications.at_most);
    base.effort(replications).map_err(|refused| refused.failure())?;
    let plan = Plan { base, axes, design, coordinates, values, yardsticks, seed, replications };
    for (point, values) in plan.values.iter().enumerate() {
        point_of(args, &plan, values).map_err(|failure| {
            let message = format!("{}\nnote: this is point {point}: {}", failure.message.trim_end(), plan.told(values));
            Failure { message, ..failure }
        })?;
    }
    Ok(plan)
}

/// The scenario of one point.
fn point_of(args: &Sweep, plan: &Plan, values: &[String]) -> Result<Loaded, Failure> {
    let own = plan.axes.iter().zip(values).map(|(axis, value)| (axis.path.clone(), value.clone()));
    read(&args.file, &args.overrides.iter().cloned().chain(own).collect::<Vec<_>>())
}

impl Plan {
    /// What the points are: whoever has the same one may go on with what another began.
    fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut put = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        };
        put(env!("CARGO_PKG_VERSION"));
        put(&format!("{:032x}", numeric_fingerprint()));
        put(&hex(&self.base.scenario.hash));
        put(&format!("{:?} {} {}", self.design, self.seed, self.replications));
        self.axes.iter().for_each(|axis| put(&axis.path));
        self.values.iter().flatten().for_each(|value| put(value));
        self.yardsticks.iter().for_each(|own| put(&own.name));
        hasher.finalize().to_hex().to_string()
    }

    fn told(&self, values: &[String]) -> String {
        let own: Vec<String> =
            self.axes.iter().zip(values).map(|(axis, value)| format!("{}={value}", axis.path)).collect();
        own.join(", ")
    }
}

impl From<DesignName> for Design {
    fn from(name: DesignName) -> Design {
        match name {
            DesignName::Grid => Design::Grid,
            DesignName::List => Design::List,
            DesignName::Random => Design::Random,
            DesignName::Latin => Design::Latin,
            DesignName::Sobol => Design::Sobol,
            DesignName::Morris => Design::Morris,
            DesignName::Saltelli => Design::Saltelli,
        }
    }
}

fn about(args: &Sweep, plan: &Plan, out: &std::path::Path) -> SweepAbout {
    let file = args.file.display().to_string();
    let axis = |(place, own): (usize, &Axis)| AxisAbout {
        path: own.path.clone(),
        values: plan.values.iter().map(|values| values[place].clone()).collect(),
        numbers: plan.values.iter().map(|values| number_of(&values[place])).collect(),
    };
    let name =
        clap::ValueEnum::to_possible_value(&args.design).map_or_else(String::new, |own| own.get_name().to_owned());
    let vary: String = args.vary.iter().map(|own| format!(" --vary {}", quoted(own))).collect();
    let command = format!(
        "drsim sweep {}{vary} --design {name} --points {} --seed {} --replications {}{}",
        quoted(&file),
        args.points,
        plan.seed,
        plan.replications,
        overrides(&args.overrides)
    );
    SweepAbout {
        title: plan.base.scenario.title.clone(),
        scenario_file: file,
        hash_hex: hex(&plan.base.scenario.hash),
        version: env!("CARGO_PKG_VERSION").into(),
        seed: plan.seed,
        replications: plan.replications,
        design: name,
        axes: plan.axes.iter().enumerate().map(axis).collect(),
        out_dir: out.display().to_string(),
        command,
    }
}
