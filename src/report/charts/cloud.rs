//! Places of two measured values, each with its interval both ways, and lines between some of them.
//!
//! Units: those of the axes, both linear. A mark with an interval is a cross of two thin lines behind it. A name stands beside its
//! mark as long as there are few; each has its words when it is pointed at. Not shown: places without a value on either axis.

use plotters::prelude::{LineSeries, PathElement};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::Canvas;
use super::ranges::mark;
use super::svg::{class, units};
use super::{Area, Caption, Show, WIDTH, wide};
use crate::planner::findings::Estimate;

/// One place.
pub struct Spot {
    pub name: String,
    pub tip: String,
    pub x: Estimate,
    pub y: Estimate,
    /// Shape and colour of the mark, as those of quantiles: `p50`, `p95`, `p99`, `worst`.
    pub shape: &'static str,
}

/// A line through places, and its name in the legend (none: it needs none).
pub struct Through {
    pub name: String,
    /// Stroke: empty, `k2`, `k3` or `k4`.
    pub class: &'static str,
    pub through: Vec<(f64, f64)>,
}

/// What the axes count.
pub struct Cloud<'a> {
    pub along: (Show, &'a str),
    pub upright: (Show, &'a str),
    /// Names of shapes, for the legend.
    pub shapes: &'a [(&'static str, &'a str)],
}

const HEIGHT: f64 = 400.0;
/// More names than this stand on each other.
const NAMES: usize = 14;
/// Names of marks so near to each other stand beside the first of them [px].
const NEAR: f64 = 8.0;

pub fn cloud(caption: &Caption, what: &Cloud, spots: &[Spot], lines: &[Through]) -> String {
    let area = Area { left: 84.0, top: 58.0, right: WIDTH - 24.0, bottom: HEIGHT - 42.0 };
    let window = |show: Show, of: fn(&Spot) -> Estimate| {
        let sides = spots.iter().map(of).flat_map(|own| [own.value, own.low, own.high]).flatten();
        let finite: Vec<f64> = sides.filter(|side| side.is_finite()).collect();
        let ends = finite.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        Axis::window(show, ends, 6)
    };
    let canvas = Canvas::new(caption, WIDTH, HEIGHT);
    let mut plot = canvas.plot(area, window(what.along.0, |own| own.x), window(what.upright.0, |own| own.y));
    plot.mesh(what.along.1, "");
    canvas.text((8.0, area.top - 10.0), HPos::Left, "axis-text", what.upright.1);
    for line in lines {
        plot.draw(LineSeries::new(line.through.iter().copied(), class(format!("stroke {}", line.class).trim_end())));
    }
    draw_legend(&canvas, what, lines);
    let mut names: Vec<(f64, f64, Vec<&str>)> = Vec::new();
    for spot in spots {
        let (Some(x), Some(y)) = (spot.x.value, spot.y.value) else { continue };
        if let (Some(low), Some(high)) = (spot.x.low, spot.x.high) {
            plot.draw([PathElement::new([(low, y), (high, y)], class("span"))]);
        }
        if let (Some(low), Some(high)) = (spot.y.low, spot.y.high) {
            plot.draw([PathElement::new([(x, low), (x, high)], class("span"))]);
        }
        canvas.tip(&spot.tip);
        plot.draw(mark((x, y), spot.shape));
        if spots.len() <= NAMES && !spot.name.is_empty() {
            let at = plot.pixels((x, y));
            let near = |own: &&mut (f64, f64, Vec<&str>)| (own.0 - at.0).abs() + (own.1 - at.1).abs() < NEAR;
            match names.iter_mut().find(near) {
                Some((.., own)) => own.push(&spot.name),
                None => names.push((at.0, at.1, vec![&spot.name])),
            }
        }
    }
    for (x, y, own) in names {
        // At the right edge a name stands to the left of its mark.
        let name = own.join(", ");
        let left = x + 10.0 + wide(&name) > area.right;
        let (aside, anchor) = if left { (-9.0, HPos::Right) } else { (9.0, HPos::Left) };
        canvas.text((x + aside, y - 6.0), anchor, "row", &name);
    }
    canvas.done()
}

fn draw_legend(canvas: &Canvas, what: &Cloud, lines: &[Through]) {
    let mut at = 16.0;
    for (shape, name) in what.shapes {
        canvas.draw(mark((units(at), units(14.0)), shape));
        canvas.text((at + 13.0, 18.0), HPos::Left, "legend", name);
        at += 36.0 + wide(name);
    }
    for line in lines.iter().filter(|line| !line.name.is_empty()) {
        let ends = [(units(at - 6.0), units(14.0)), (units(at + 16.0), units(14.0))];
        canvas.draw([PathElement::new(ends, class(format!("stroke {}", line.class).trim_end()))]);
        canvas.text((at + 22.0, 18.0), HPos::Left, "legend", &line.name);
        at += 44.0 + wide(&line.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(value: f64) -> Estimate {
        Estimate { value: Some(value), low: Some(value - 1.0), high: Some(value + 1.0) }
    }

    #[test]
    fn a_place_has_a_cross_a_mark_and_a_name_and_one_without_a_value_has_nothing() {
        let spot =
            |name: &str, x| Spot { name: name.into(), tip: format!("<{name}>"), x, y: known(50.0), shape: "p95" };
        let what =
            Cloud { along: (Show::Seconds, "RPO"), upright: (Show::Seconds, "RTO"), shapes: &[("p95", "front")] };
        let line = Through { name: "line".into(), class: "k3", through: vec![(9.0, 50.0), (11.0, 51.0)] };
        let spots = [spot("a", known(10.0)), spot("b", Estimate::default()), spot("twin", known(10.0))];
        let svg = cloud(&Caption { id: "c", title: "t", says: "d" }, &what, &spots, &[line]);
        assert!(svg.contains("&lt;a&gt;") && !svg.contains("&lt;b&gt;"), "{svg}");
        assert!(svg.contains(">a, twin<"), "names of one place stand in one row: {svg}");
        assert_eq!(svg.matches("class=\"span\"").count(), 2, "both lines of a cross are one path: {svg}");
        assert!(svg.contains("stroke k3") && svg.contains(">line<") && svg.contains(">front<"));
        let nothing = cloud(&Caption { id: "c", title: "t", says: "d" }, &what, &[], &[]);
        assert!(nothing.ends_with("</svg>"));
    }
}
