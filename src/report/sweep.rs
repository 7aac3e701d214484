//! What `sweep` says: a page, tidy tables, a manifest, and one screen.
//!
//! | table | one row |
//! |---|---|
//! | `design` | point and axis: the value there, its number and unit, the coordinate |
//! | `results` | point and yardstick: mean over replications with its 95 % interval |
//! | `values` | point, yardstick and replication |
//! | `sensitivity` | axis and yardstick (designs morris and saltelli) |
//! | `front` | point: mean RPO and RTO, and whether another point is ahead in both (where both are known) |

use serde::Serialize;

use super::About;
use super::formats::json::{FilePart, file};
use super::formats::{Side, broken, grid, plain};
use super::numbers::{optional, range};
use super::tables::{Table, sweep};
use crate::planner::compare::{Front, Yardstick, front};
use crate::planner::findings::Estimate;
use crate::planner::sweep::{Design, Effect, PointOutcome, effects};

/// All points, in the order of the design.
#[derive(Clone, Debug)]
pub struct Swept {
    pub design: Design,
    /// By point and axis, 0 … 1.
    pub coordinates: Vec<Vec<f64>>,
    pub yardsticks: Vec<Yardstick>,
    pub outcomes: Vec<PointOutcome>,
}

/// Where a sweep comes from and how to repeat it.
#[derive(Clone, Debug, Default)]
pub struct SweepAbout {
    pub title: String,
    pub scenario_file: String,
    pub hash_hex: String,
    pub version: String,
    pub seed: u64,
    pub replications: u64,
    pub design: String,
    pub axes: Vec<AxisAbout>,
    pub out_dir: String,
    pub command: String,
}

/// One axis, by point.
#[derive(Clone, Debug, Default)]
pub struct AxisAbout {
    pub path: String,
    /// As `--set` takes them.
    pub values: Vec<String>,
    /// Number and unit, where the value is one.
    pub numbers: Vec<Option<(f64, String)>>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    title: &'a str,
    scenario_file: &'a str,
    scenario_hash: &'a str,
    version: &'a str,
    seed: u64,
    replications: u64,
    design: &'a str,
    points: usize,
    axes: Vec<&'a str>,
    yardsticks: Vec<&'a str>,
    digest: &'a str,
    command: &'a str,
    files: Vec<FilePart<'a>>,
}

const WIDTH: usize = 80;
/// Of what is said of the front.
const CONFIDENCE: f64 = 0.95;
/// Points on the screen.
const POINTS: usize = 16;
/// Points on the front that the screen names.
const FRONT: usize = 8;

impl Swept {
    /// By yardstick and axis; empty for designs that tell nothing of it.
    pub fn effects(&self, seed: u64) -> Vec<Vec<Effect>> {
        let of = |place| effects(self.design, &self.coordinates, &self.outcomes, place, seed);
        (0..self.yardsticks.len()).map(of).collect()
    }

    /// RPO against RTO at all points, where both are known.
    pub fn front(&self) -> Option<Front> {
        let values = |yardstick: usize, point: usize| &self.outcomes[point].values[yardstick][..];
        front(&self.yardsticks, self.outcomes.len(), &values, CONFIDENCE)
    }

    /// Of all facts of all points.
    pub fn digest(&self) -> u128 {
        self.outcomes.iter().fold(0, |digest: u128, own| digest.rotate_left(7) ^ own.digest)
    }
}

/// The files of the folder by name.
pub fn files(swept: &Swept, about: &SweepAbout) -> Vec<(String, Vec<u8>)> {
    let digest = format!("{:032x}", swept.digest());
    let origin = About {
        title: about.title.clone(),
        scenario_file: about.scenario_file.clone(),
        hash_hex: about.hash_hex.clone(),
        digest_hex: digest.clone(),
        version: about.version.clone(),
        seed: about.seed,
        replications: about.replications,
        command: about.command.clone(),
        ..About::default()
    };
    let effects = swept.effects(about.seed);
    let front = swept.front();
    let tables: Vec<Table> = sweep(swept, about, &effects, front.as_ref());
    let page = ("index.html".to_owned(), super::html::sweep(swept, about, &effects));
    let printed = tables.iter().flat_map(|table| super::printed(table, &origin));
    let files: Vec<(String, Vec<u8>)> = std::iter::once(page).chain(printed).collect();
    let manifest = Manifest {
        schema: "drsim-sweep-manifest/1",
        title: &about.title,
        scenario_file: &about.scenario_file,
        scenario_hash: &about.hash_hex,
        version: &about.version,
        seed: about.seed,
        replications: about.replications,
        design: &about.design,
        points: swept.outcomes.len(),
        axes: about.axes.iter().map(|own| own.path.as_str()).collect(),
        yardsticks: swept.yardsticks.iter().map(|own| own.name.as_str()).collect(),
        digest: &digest,
        command: &about.command,
        files: files.iter().map(|(name, bytes)| file(name, bytes)).collect(),
    };
    let manifest = serde_json::to_string_pretty(&manifest).expect("plain structs with text keys") + "\n";
    files.iter().cloned().chain([("manifest.json".into(), manifest.into_bytes())]).collect()
}

/// One screen of 80 columns: the first yardstick at each point, and what each axis does to it.
pub fn screen(swept: &Swept, about: &SweepAbout) -> String {
    let points = swept.outcomes.len();
    let head = format!("SWEPT: {} at {points} points of {} axes", about.title, about.axes.len());
    let mut lines = broken(&plain(&head), WIDTH, 2);
    let ran = format!("{} replications each, the same luck at every point, seed {}", about.replications, about.seed);
    lines.push(format!("  {ran}"));
    lines.push(String::new());
    let known = |place: &usize| swept.outcomes.iter().any(|own| own.mean(*place).0.value.is_some());
    if let Some(place) = (0..swept.yardsticks.len()).find(known) {
        lines.extend(means(swept, about, place));
        lines.extend(effects_shown(swept, about, place));
    }
    if let Some(own) = swept.front() {
        let said = super::front::sentence(&own, &|point| format!("point {point}"), FRONT);
        lines.extend(broken(&plain(&said), WIDTH, 2));
    }
    lines.push(String::new());
    lines.extend(broken(
        &plain(&format!("page and tables: {}/index.html, results.csv, values.csv", about.out_dir)),
        WIDTH,
        2,
    ));
    // Not broken: it is copied as it stands.
    lines.push(format!("again: {}", plain(&about.command)));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn means(swept: &Swept, about: &SweepAbout, place: usize) -> Vec<String> {
    let own = &swept.yardsticks[place];
    let mut head: Vec<String> = about.axes.iter().map(|axis| plain(&axis.path)).collect();
    head.extend([plain(&own.name), "95 % interval".to_owned()]);
    let mut rows = vec![head];
    for (point, outcome) in swept.outcomes.iter().enumerate().take(POINTS) {
        let (mean, _) = outcome.mean(place);
        let mut row: Vec<String> = about.axes.iter().map(|axis| plain(&axis.values[point])).collect();
        row.extend([optional(own.unit, mean.value), range(own.unit, &mean)]);
        rows.push(row);
    }
    let mut sides = vec![Side::Left; about.axes.len()];
    sides.extend([Side::Right, Side::IfRoom]);
    let mut lines = grid(&rows, &sides, WIDTH);
    if swept.outcomes.len() > POINTS {
        lines.push(format!("and {} more points", swept.outcomes.len() - POINTS));
    }
    lines
}

fn effects_shown(swept: &Swept, about: &SweepAbout, place: usize) -> Vec<String> {
    let own = &swept.yardsticks[place];
    let effects = effects(swept.design, &swept.coordinates, &swept.outcomes, place, about.seed);
    if effects.is_empty() {
        return Vec::new();
    }
    let share = |estimate: &Estimate| optional(crate::planner::findings::Unit::Share, estimate.value);
    let told = |effect: &Effect| match effect {
        Effect::Morris { mu_star, sigma } => format!(
            "moves it by {} over its range (interval {}; spread {})",
            optional(own.unit, mu_star.value),
            range(own.unit, mu_star),
            optional(own.unit, *sigma)
        ),
        Effect::Sobol { first, total } => {
            format!("explains {} by itself, {} with all others", share(first), share(total))
        }
    };
    let mut lines = vec![String::new()];
    for (axis, effect) in about.axes.iter().zip(&effects) {
        lines.extend(broken(&plain(&format!("{}: {}", axis.path, told(effect))), WIDTH, 2));
    }
    lines
}
