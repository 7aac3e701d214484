//! The tables of a sweep: design, results, values, sensitivity. Long form: one row per point and axis, or point and yardstick.

use super::Kind::{Bytes, Count, Level, Seconds, Share, Text};
use super::{Rows, Table};
use crate::planner::compare::{Front, Place, Yardstick};
use crate::planner::findings::Estimate;
use crate::planner::sweep::{Effect, PointOutcome};
use crate::report::front::{behind, place_key};
use crate::report::numbers::unit_name;
use crate::report::sweep::{AxisAbout, SweepAbout, Swept};

/// All of them; `effects` by yardstick and axis.
pub fn sweep<'a>(
    swept: &'a Swept,
    about: &'a SweepAbout,
    effects: &'a [Vec<Effect>],
    front: Option<&'a Front>,
) -> Vec<Table<'a>> {
    let mut tables = vec![design(swept, about), results(swept), values(swept)];
    if effects.iter().any(|own| !own.is_empty()) {
        tables.push(sensitivity(swept, about, effects));
    }
    tables.extend(front.map(|own| front_of(swept, own)));
    tables
}

/// RPO against RTO, one row per point.
fn front_of<'a>(swept: &'a Swept, front: &'a Front) -> Table<'a> {
    let all = front.places.iter().enumerate().map(|(point, place)| (point, *place));
    let rows: Rows<(usize, Place)> = Rows::of("front", "One row per point: who is ahead in RPO and RTO", all);
    let mean = |point: usize, yardstick: usize| swept.outcomes[point].mean(yardstick).0.value;
    rows.column(Count, "point", "Point", |(point, _)| *point as u64)
        .column(Seconds, "rpo_s", "Mean RPO at failure", move |(point, _)| mean(*point, front.rpo))
        .column(Seconds, "rto_s", "Mean RTO", move |(point, _)| mean(*point, front.rto))
        .column(Bytes, "points_bytes", "Bytes of points", move |(point, _)| mean(*point, front.price?))
        .column(Text, "place", "On the front, or behind", |(_, place)| place_key(*place))
        .column(Count, "behind_point", "The point ahead of it", |(_, place)| behind(*place).map(|own| own as u64))
        .done()
}

fn design<'a>(swept: &'a Swept, about: &'a SweepAbout) -> Table<'a> {
    let points = 0..swept.outcomes.len();
    let all = points.flat_map(|point| about.axes.iter().enumerate().map(move |(place, axis)| (point, place, axis)));
    let rows: Rows<(usize, usize, &AxisAbout)> = Rows::of("design", "One row per point and axis", all);
    let number = |point: usize, axis: &'a AxisAbout| axis.numbers.get(point)?.as_ref();
    rows.large()
        .column(Count, "point", "Point", |(point, ..)| *point as u64)
        .column(Text, "path", "Field of the scenario", |(.., axis)| axis.path.as_str())
        .column(Text, "value", "Value there", |(point, _, axis)| axis.values[*point].as_str())
        .column(Level, "number", "Its number", move |(point, _, axis)| Some(number(*point, axis)?.0))
        .column(Text, "unit", "Unit of the number", move |(point, _, axis)| Some(number(*point, axis)?.1.as_str()))
        .column(Share, "coordinate_share", "Place on the axis", |(point, place, _)| swept.coordinates[*point][*place])
        .done()
}

fn results(swept: &Swept) -> Table<'_> {
    let yardsticks = || swept.yardsticks.iter().enumerate();
    let points = swept.outcomes.iter().enumerate();
    let all = points.flat_map(|(point, own)| {
        yardsticks().map(move |(place, yardstick)| {
            let (mean, known) = own.mean(place);
            (point as u64, yardstick, mean, known)
        })
    });
    let rows: Rows<(u64, &Yardstick, Estimate, u64)> = Rows::of("results", "One row per point and yardstick", all);
    rows.large()
        .column(Count, "point", "Point", |(point, ..)| *point)
        .column(Text, "yardstick", "Yardstick", |(_, own, ..)| own.name.as_str())
        .column(Text, "unit", "Unit", |(_, own, ..)| unit_name(own.unit))
        .column(Text, "better_when", "Better when", |(_, own, ..)| if own.lower_is_better { "lower" } else { "higher" })
        .column(Level, "mean", "Mean over replications", |(_, _, mean, _)| mean.value)
        .column(Level, "mean_low", "95 % interval, from", |(_, _, mean, _)| mean.low)
        .column(Level, "mean_high", "95 % interval, to", |(_, _, mean, _)| mean.high)
        .column(Count, "replications", "Replications with a value", |(.., known)| *known)
        .done()
}

fn values(swept: &Swept) -> Table<'_> {
    let of = |(point, own): (usize, &'_ PointOutcome)| {
        let by_yardstick: Vec<(u64, usize, u64, Option<f64>)> = own
            .values
            .iter()
            .enumerate()
            .flat_map(|(place, values)| (0u64..).zip(values).map(move |(n, value)| (point as u64, place, n, *value)))
            .collect();
        by_yardstick
    };
    let rows: Rows<(u64, usize, u64, Option<f64>)> = Rows::of(
        "values",
        "One row per point, yardstick and replication; the same replication is the same luck",
        swept.outcomes.iter().enumerate().flat_map(of),
    );
    rows.large()
        .column(Count, "point", "Point", |(point, ..)| *point)
        .column(Text, "yardstick", "Yardstick", |(_, place, ..)| swept.yardsticks[*place].name.as_str())
        .column(Count, "replication", "Replication", |(_, _, replication, _)| *replication)
        .column(Text, "unit", "Unit", |(_, place, ..)| unit_name(swept.yardsticks[*place].unit))
        .column(Level, "value", "Value of this replication", |(.., value)| *value)
        .done()
}

/// One row of sensitivity.
type Row<'a> = (&'a Yardstick, &'a AxisAbout, &'a Effect);

fn sensitivity<'a>(swept: &'a Swept, about: &'a SweepAbout, effects: &'a [Vec<Effect>]) -> Table<'a> {
    let by_axis = |(own, effects): (&'a Yardstick, &'a Vec<Effect>)| {
        about.axes.iter().zip(effects).map(move |(axis, effect)| (own, axis, effect))
    };
    let all = swept.yardsticks.iter().zip(effects).flat_map(by_axis);
    let rows: Rows<Row> = Rows::of("sensitivity", "One row per yardstick and axis", all);
    let mu_star = |effect: &Effect| match effect {
        Effect::Morris { mu_star, .. } => *mu_star,
        Effect::Sobol { .. } => Estimate::default(),
    };
    let sigma = |effect: &Effect| match effect {
        Effect::Morris { sigma, .. } => *sigma,
        Effect::Sobol { .. } => None,
    };
    let shares = |effect: &Effect| match effect {
        Effect::Sobol { first, total } => (*first, *total),
        Effect::Morris { .. } => (Estimate::default(), Estimate::default()),
    };
    rows.column(Text, "yardstick", "Yardstick", |(own, ..)| own.name.as_str())
        .column(Text, "path", "Field of the scenario", |(_, axis, _)| axis.path.as_str())
        .column(Text, "unit", "Unit", |(own, ..)| unit_name(own.unit))
        .column(Level, "mu_star", "Mean size of an effect over the range", move |(.., own)| mu_star(own).value)
        .column(Level, "mu_star_low", "95 % interval, from", move |(.., own)| mu_star(own).low)
        .column(Level, "mu_star_high", "95 % interval, to", move |(.., own)| mu_star(own).high)
        .column(Level, "sigma", "Spread of the effects", move |(.., own)| sigma(own))
        .column(Share, "first_order_share", "Explained by itself", move |(.., own)| shares(own).0.value)
        .column(Share, "first_order_low_share", "95 % interval, from", move |(.., own)| shares(own).0.low)
        .column(Share, "first_order_high_share", "95 % interval, to", move |(.., own)| shares(own).0.high)
        .column(Share, "total_share", "Explained with all others", move |(.., own)| shares(own).1.value)
        .column(Share, "total_low_share", "95 % interval, from", move |(.., own)| shares(own).1.low)
        .column(Share, "total_high_share", "95 % interval, to", move |(.., own)| shares(own).1.high)
        .done()
}
