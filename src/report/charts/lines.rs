//! Curves over a number that is not time: what a wider link would give, day by day, price against risk.
//!
//! Units: those of the axes' [`Show`]; ages stand on a logarithmic axis. Each value is a dot that tells itself when pointed at; curves
//! are told apart by dashes as well as by colour. What has no value is not drawn.

use plotters::prelude::{Circle, LineSeries, PathElement};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::Canvas;
use super::svg::{class, units};
use super::{Area, Caption, Show, WIDTH, wide};

/// One curve.
pub struct Line {
    pub name: String,
    pub class: &'static str,
    /// Along, upright, and what is told of it.
    pub points: Vec<(f64, f64, String)>,
    /// Dots alone otherwise.
    pub is_joined: bool,
}

/// Curves with limits.
pub struct Lines {
    /// How the numbers are shown, and what is counted.
    pub along: (Show, &'static str),
    pub upright: (Show, &'static str),
    pub lines: Vec<Line>,
    /// Upright lines with their words, and lines across.
    pub at: Vec<(f64, String)>,
    pub limits: Vec<(f64, String)>,
}

const HEIGHT: f64 = 320.0;

pub fn lines(caption: &Caption, drawn: &Lines) -> String {
    let area = Area { left: 84.0, top: 66.0, right: WIDTH - 24.0, bottom: HEIGHT - 42.0 };
    let points = || drawn.lines.iter().flat_map(|line| &line.points);
    let most = points().map(|point| point.0).chain(drawn.at.iter().map(|at| at.0)).fold(0.0, f64::max);
    let along = Axis::linear(drawn.along.0, most, 7);
    let heights = || points().map(|point| point.1).chain(drawn.limits.iter().map(|limit| limit.0));
    let upright = match drawn.upright.0 {
        Show::Seconds => Axis::times(heights().fold(f64::INFINITY, f64::min), heights().fold(0.0, f64::max)),
        show => Axis::linear(show, heights().fold(0.0, f64::max), 5),
    };
    let end = along.high();
    let canvas = Canvas::new(caption, WIDTH, HEIGHT);
    let mut plot = canvas.plot(area, along, upright);
    plot.mesh(drawn.along.1, "");
    canvas.text((8.0, 36.0), HPos::Left, "axis-text", drawn.upright.1);
    for (limit, words) in &drawn.limits {
        plot.across(*limit, "limit");
        plot.text((end, *limit), (-4.0, -5.0), HPos::Right, "limit-text", words);
    }
    plot.uprights(&drawn.at);
    let mut left = area.left;
    for line in &drawn.lines {
        let style = class(&format!("stroke {}", line.class));
        if line.is_joined {
            plot.draw(LineSeries::new(line.points.iter().map(|point| (point.0, point.1)), style));
            canvas.draw([PathElement::new([(units(left), units(12.0)), (units(left + 22.0), units(12.0))], style)]);
        } else {
            canvas.draw([Circle::new((units(left + 11.0), units(12.0)), units(4.0), class("point"))]);
        }
        for (x, y, tip) in &line.points {
            canvas.tip(tip);
            plot.draw([Circle::new((*x, *y), units(if line.is_joined { 2.5 } else { 4.5 }), class("point"))]);
        }
        canvas.text((left + 28.0, 16.0), HPos::Left, "legend", &line.name);
        left += 52.0 + wide(&line.name);
    }
    canvas.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_dot_that_tells_itself() {
        let points = vec![(1e6, 60.0, "8 Mbit/s: 1m".to_owned()), (2e6, 30.0, "16 Mbit/s: 30s".to_owned())];
        let drawn = Lines {
            along: (Show::Bits, "bandwidth"),
            upright: (Show::Seconds, "RPO"),
            lines: vec![Line { name: "worst".into(), class: "k1", points, is_joined: true }],
            at: vec![(1.5e6, "the answer".into())],
            limits: vec![(900.0, "wanted 15m".into())],
        };
        let svg = lines(&Caption { id: "c", title: "t", says: "d" }, &drawn);
        assert_eq!(svg.matches("<title>").count(), 2, "{svg}");
        assert!(svg.contains("the answer") && svg.contains("wanted 15m") && svg.contains("8 Mbit/s: 1m"));
    }
}
