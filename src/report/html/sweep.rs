//! The page of a sweep: what each field does to what is measured, the front of RPO and RTO, which fields matter.

use askama::Template;

use super::front;
use super::piece::{Figure, Frame, Piece, Section};
use super::table::{Cell, Table, numbers, words};
use crate::planner::findings::{Estimate, Unit};
use crate::planner::sweep::Effect;
use crate::report::charts::{Caption, Cloud, Show, Spot, Through, Whisker, cloud, interval, whiskers};
use crate::report::sweep::{AxisAbout, SweepAbout, Swept};

/// Lines that can be told apart; of more combinations only places are drawn.
const LINES: usize = 4;
/// Fields with a curve, and rows of the table of points.
const CURVES: usize = 8;
const POINTS: usize = 200;

/// One file, UTF-8.
pub fn page(swept: &Swept, about: &SweepAbout, effects: &[Vec<Effect>]) -> Vec<u8> {
    let shown = yardsticks(swept);
    let mut sections = vec![Section::new("curves", "What each field does", curves(swept, about, &shown))];
    if let Some(own) = &swept.front() {
        let name = |point: usize| point_name(about, point);
        let means = |place: usize, point: usize| swept.outcomes[point].mean(place).0;
        let figure = Piece::Figure(front::figure(own, &name, &means));
        sections.push(Section::new("front", "RPO against RTO", vec![figure]));
    }
    let matters: Vec<Piece> = shown.iter().filter_map(|place| sensitivity(swept, about, effects, *place)).collect();
    if !matters.is_empty() {
        sections.push(Section::new("sensitivity", "Which fields matter", matters));
    }
    sections.push(Section::new("points", "All points", vec![Piece::Table(points(swept, about, &shown))]));
    sections.push(Section::new("how", "How this is known", vec![Piece::List(how(about))]));
    sections.push(Section::new("repeat", "Repeat it", vec![Piece::Command(about.command.clone())]));
    let facts = format!(
        "{} points of {} fields, {} replications each, design {}, seed {}",
        swept.outcomes.len(),
        about.axes.len(),
        about.replications,
        about.design,
        about.seed
    );
    let frame = Frame { mark: "≈", title: about.title.clone(), facts, version: about.version.clone(), sections };
    frame
        .render()
        .expect("writing to a string in memory does not fail, and no filter of the page returns a fault")
        .into()
}

/// Those that are drawn: the first one that has values, and RPO over time and RTO beside it.
fn yardsticks(swept: &Swept) -> Vec<usize> {
    let known = |place: usize| swept.outcomes.iter().any(|own| own.mean(place).0.value.is_some());
    let all: Vec<usize> = (0..swept.yardsticks.len()).filter(|place| known(*place)).collect();
    let named = |name: &str| all.iter().copied().find(|place| swept.yardsticks[*place].name == name);
    let mut shown: Vec<usize> = Vec::new();
    for own in [all.first().copied(), named("all: mean(rpo_over_time)"), named("all: mean(rto)")].into_iter().flatten()
    {
        if !shown.contains(&own) {
            shown.push(own);
        }
    }
    shown
}

/// "bandwidth 200 Mbit/s, count 3": the last parts of the paths are enough to tell points apart.
fn point_name(about: &SweepAbout, point: usize) -> String {
    let own = |axis: &AxisAbout| format!("{} {}", last(&axis.path), axis.values[point]);
    about.axes.iter().map(own).collect::<Vec<_>>().join(", ")
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn curves(swept: &Swept, about: &SweepAbout, shown: &[usize]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (place, axis) in about.axes.iter().enumerate().take(CURVES) {
        let drawn = shown.iter().filter_map(|yardstick| curve(swept, about, place, *yardstick)).map(Piece::Figure);
        let before = pieces.len();
        pieces.extend(drawn);
        if pieces.len() == before {
            pieces.push(Piece::words(format!("`{}` has no numbers to draw over; see the table of points.", axis.path)));
        }
    }
    if about.axes.len() > CURVES {
        pieces.push(Piece::words(format!("{} more fields are in results.csv.", about.axes.len() - CURVES)));
    }
    pieces
}

/// One yardstick over one field.
fn curve(swept: &Swept, about: &SweepAbout, place: usize, yardstick: usize) -> Option<Figure> {
    let (axis, own) = (&about.axes[place], &swept.yardsticks[yardstick]);
    let numbers: Option<Vec<&(f64, String)>> = axis.numbers.iter().map(Option::as_ref).collect();
    let numbers = numbers.filter(|all| all.iter().all(|(_, unit)| *unit == all[0].1))?;
    let show = Show::unit(own.unit);
    let spot = |(point, outcome): (usize, &crate::planner::sweep::PointOutcome)| {
        let y = outcome.mean(yardstick).0;
        let tip = format!("{}: {} ({})", point_name(about, point), show.maybe(y.value), interval(show, &y));
        let x = Estimate { value: Some(numbers[point].0), low: None, high: None };
        Spot { name: String::new(), tip, x, y, shape: "p50" }
    };
    let spots: Vec<Spot> = swept.outcomes.iter().enumerate().map(spot).collect();
    let unit = numbers.first().map_or("", |(_, unit)| unit.trim());
    let below = if unit.is_empty() { axis.path.clone() } else { format!("{} [{unit}]", axis.path) };
    let title = format!("{} over {}", own.name, axis.path);
    let ends = spots.iter().filter_map(|spot| spot.y.value).fold(None, |ends: Option<(f64, f64)>, value| {
        Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    });
    let (least, greatest) = ends?;
    let joined = lines(about, place, &spots);
    let told = if joined.is_empty() { "" } else { "; lines join points that differ in this field alone" };
    let says =
        format!("{} lies between {} and {} at these points{told}.", own.name, show.text(least), show.text(greatest));
    let what = Cloud { along: (Show::Count, &below), upright: (show, &own.name), shapes: &[] };
    let id = format!("curve-{place}-{yardstick}");
    let svg = cloud(&Caption { id: &id, title: &title, says: &says }, &what, &spots, &joined);
    let table = Some(means(axis, own, &spots, &id));
    Some(Figure { title, svg, says, table, ..Figure::default() })
}

/// Lines through points that have all other fields in common, where these are few.
fn lines(about: &SweepAbout, place: usize, spots: &[Spot]) -> Vec<Through> {
    const CLASSES: [&str; LINES] = ["", "k2", "k3", "k4"];
    let others = |point: usize| -> String {
        let rest = about.axes.iter().enumerate().filter(|(own, _)| *own != place);
        rest.map(|(_, axis)| format!("{} {}", last(&axis.path), axis.values[point])).collect::<Vec<_>>().join(", ")
    };
    let mut groups: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for (point, spot) in spots.iter().enumerate() {
        let (Some(x), Some(y)) = (spot.x.value, spot.y.value) else { continue };
        let name = others(point);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, through)) => through.push((x, y)),
            None => groups.push((name, vec![(x, y)])),
        }
    }
    if groups.len() > LINES || groups.iter().any(|(_, through)| through.len() < 2) {
        return Vec::new();
    }
    let mut lines: Vec<Through> =
        groups.into_iter().zip(CLASSES).map(|((name, through), class)| Through { name, class, through }).collect();
    lines.iter_mut().for_each(|line| line.through.sort_by(|a, b| a.0.total_cmp(&b.0)));
    lines
}

fn means(axis: &AxisAbout, own: &crate::planner::compare::Yardstick, spots: &[Spot], id: &str) -> Table {
    let columns = vec![words("Value"), numbers("Mean", "")];
    let mut table = Table::new(format!("{id}-table"), format!("{} by {}", own.name, axis.path), columns);
    for (point, spot) in spots.iter().enumerate().take(POINTS) {
        table.row(vec![Cell::text(axis.values[point].clone()), Cell::estimate(Show::unit(own.unit), &spot.y)]);
    }
    table
}

/// What each field does to one yardstick, by its design.
fn sensitivity(swept: &Swept, about: &SweepAbout, effects: &[Vec<Effect>], place: usize) -> Option<Piece> {
    let (own, effects) = (&swept.yardsticks[place], effects.get(place).filter(|own| !own.is_empty())?);
    let is_morris = effects.iter().any(|own| matches!(own, Effect::Morris { .. }));
    let show = Show::unit(if is_morris { own.unit } else { Unit::Share });
    let (legend, words_below): (&[(&'static str, &str)], &str) = match is_morris {
        true => (&[("p95", "μ*, mean size of an effect"), ("p50", "σ, spread")], "change over the whole range"),
        false => (&[("p50", "by itself"), ("p95", "with all others")], "share of the variance"),
    };
    let mark = |shape, name: &str, what: &str, own: Estimate| {
        let tip = format!("{name}: {what} {} ({})", show.maybe(own.value), interval(show, &own));
        (shape, own, tip)
    };
    let row = |(axis, effect): (&AxisAbout, &Effect)| {
        let name = axis.path.as_str();
        let marks = match effect {
            Effect::Morris { mu_star, sigma } => {
                let spread = Estimate { value: *sigma, low: *sigma, high: *sigma };
                vec![mark("p95", name, "μ*", *mu_star), mark("p50", name, "σ", spread)]
            }
            Effect::Sobol { first, total } => {
                vec![mark("p95", name, "with all others", *total), mark("p50", name, "by itself", *first)]
            }
        };
        Whisker { name: axis.path.clone(), marks }
    };
    let rows: Vec<Whisker> = about.axes.iter().zip(effects).map(row).collect();
    let title = format!("What moves {}", own.name);
    let says = match is_morris {
        true => {
            "How much it changes when a field goes through its range; a spread as large as the mean tells of curvature or interplay."
        }
        false => "How much of its variance each field explains by itself, and together with all others.",
    };
    let id = format!("effects-{place}");
    let svg = whiskers(&Caption { id: &id, title: &title, says }, (show, words_below), &rows, 0.0, legend);
    let mut table = Table::new(format!("{id}-table"), title.clone(), vec![words("Field"), words("Effect")]);
    for row in &rows {
        let told: Vec<&str> = row.marks.iter().map(|(_, _, tip)| tip.as_str()).collect();
        table.row(vec![Cell::text(row.name.clone()), Cell::text(told.join("; "))]);
    }
    Some(Piece::Figure(Figure { title, svg, says: says.into(), table: Some(table), ..Figure::default() }))
}

fn points(swept: &Swept, about: &SweepAbout, shown: &[usize]) -> Table {
    let mut columns = vec![numbers("Point", ""), words("Fields")];
    columns.extend(shown.iter().map(|_| numbers("Mean", "")));
    let named: Vec<&str> = shown.iter().map(|place| swept.yardsticks[*place].name.as_str()).collect();
    let mut table = Table::new("points-table", format!("Means of {}", named.join("; ")), columns);
    for (point, outcome) in swept.outcomes.iter().enumerate().take(POINTS) {
        let mut cells = vec![Cell::number(Show::Count, point as f64), Cell::text(point_name(about, point))];
        let mean = |place: &usize| Cell::estimate(Show::unit(swept.yardsticks[*place].unit), &outcome.mean(*place).0);
        cells.extend(shown.iter().map(mean));
        table.row(cells);
    }
    if swept.outcomes.len() > POINTS {
        table.note = format!("{} more points are in results.csv.", swept.outcomes.len() - POINTS);
    }
    table
}

fn how(about: &SweepAbout) -> Vec<String> {
    vec![
        format!("Every point is the scenario {} with these fields, on the same luck (seed {}): what differs between points is the fields and little else.", about.scenario_file, about.seed),
        "Intervals are Student's over replications, 95 %, each by itself; those of effects are over trajectories (Morris) or 500 bootstrap samples of rows (Sobol).".to_owned(),
        "Nobody is ahead of a point on the front: no other has both a lower mean RPO and a lower mean RTO. Behind is sure where pairs of replications say so.".to_owned(),
        "results.csv holds every yardstick at every point, values.csv every replication.".to_owned(),
    ]
}
