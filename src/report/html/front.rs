//! The front of RPO and RTO as a picture with its table, for candidates and for points of a sweep.

use super::piece::Figure;
use super::table::{Cell, Table, numbers, words};
use crate::planner::compare::{Front, Place};
use crate::planner::findings::Estimate;
use crate::report::charts::{Caption, Cloud, Show, Spot, Through, cloud};
use crate::report::front::{place_words, sentence};

/// Rows of the table; of more, those on the front come first.
const ROWS: usize = 200;
/// Names in the sentence.
const NAMES: usize = 6;

/// `means` by yardstick and candidate.
pub(super) fn figure(
    front: &Front,
    name: &dyn Fn(usize) -> String,
    means: &dyn Fn(usize, usize) -> Estimate,
) -> Figure {
    let title = "RPO against RTO";
    let shape = |place: Place| match place {
        Place::Front => Some("p50"),
        Place::FrontByPrice => Some("p99"),
        Place::Behind { .. } => Some("p95"),
        Place::Nowhere => None,
    };
    let spot = |(own, place): (usize, &Place)| {
        let (x, y) = (means(front.rpo, own), means(front.rto, own));
        let (rpo, rto) = (Show::Seconds.maybe(x.value), Show::Seconds.maybe(y.value));
        let tip = format!("{}: RPO {rpo}, RTO {rto}, {}", name(own), place_words(*place, name));
        Some(Spot { name: name(own), tip, x, y, shape: shape(*place)? })
    };
    let spots: Vec<Spot> = front.places.iter().enumerate().filter_map(spot).collect();
    let on = spots.iter().filter(|own| own.shape == "p50");
    let mut through: Vec<(f64, f64)> = on.filter_map(|own| Some((own.x.value?, own.y.value?))).collect();
    through.sort_by(|a, b| a.0.total_cmp(&b.0));
    let says = format!("Mean RPO at failure and mean RTO, each with its 95 % interval. {}.", capital(front, name));
    let mut shapes = vec![("p50", "on the front"), ("p99", "only when bytes of points count"), ("p95", "behind")];
    shapes.retain(|(shape, _)| spots.iter().any(|own| own.shape == *shape));
    let what =
        Cloud { along: (Show::Seconds, "mean RPO at failure"), upright: (Show::Seconds, "mean RTO"), shapes: &shapes };
    let svg = cloud(
        &Caption { id: "front-chart", title, says: &says },
        &what,
        &spots,
        &[Through { name: String::new(), class: "", through }],
    );
    let table = Some(table(front, name, means));
    Figure { title: title.into(), svg, says, table, ..Figure::default() }
}

fn capital(front: &Front, name: &dyn Fn(usize) -> String) -> String {
    super::words::capital(&sentence(front, name, NAMES))
}

fn table(front: &Front, name: &dyn Fn(usize) -> String, means: &dyn Fn(usize, usize) -> Estimate) -> Table {
    let mut columns = vec![words("Who"), numbers("RPO", "d h m s"), numbers("RTO", "d h m s")];
    columns.extend(front.price.map(|_| numbers("Bytes of points", "bytes")));
    columns.push(words("Place"));
    let mut table = Table::new("front-table", "Mean RPO at failure against mean RTO", columns);
    let mut order: Vec<usize> = (0..front.places.len()).collect();
    order.sort_by_key(|own| (front.places[*own] != Place::Front, *own));
    for own in order.iter().copied().take(ROWS) {
        let mut cells = vec![Cell::text(name(own))];
        cells.push(Cell::estimate(Show::Seconds, &means(front.rpo, own)));
        cells.push(Cell::estimate(Show::Seconds, &means(front.rto, own)));
        cells.extend(front.price.map(|price| Cell::estimate(Show::Bytes, &means(price, own))));
        cells.push(Cell::text(place_words(front.places[own], name)));
        table.row(cells);
    }
    if order.len() > ROWS {
        table.note = format!("{} more are in front.csv.", order.len() - ROWS);
    }
    table
}
