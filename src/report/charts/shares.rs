//! Shares at or below a time: the distribution itself, before any quantile is taken from it.
//!
//! Units: seconds on a logarithmic axis. Invariant: each curve rises from 0 to 1 and has one step per pixel at most.

use plotters::prelude::{LineSeries, PathElement};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::Canvas;
use super::svg::{class, units};
use super::{Area, Caption, Show, WIDTH, wide};

/// Named values in rising order.
pub struct Curve {
    pub name: String,
    pub class: &'static str,
    /// Seconds, rising.
    pub sorted: Vec<f64>,
}

const HEIGHT: f64 = 300.0;

/// All curves over one axis, with the wanted limits as upright lines.
pub fn shares(caption: &Caption, curves: &[Curve], limits: &[(f64, String)]) -> String {
    let area = Area { left: 74.0, top: 62.0, right: WIDTH - 24.0, bottom: HEIGHT - 42.0 };
    let all = || curves.iter().flat_map(|curve| curve.sorted.iter().copied());
    let limit = limits.iter().map(|limit| limit.0);
    let axis = Axis::times(all().fold(f64::INFINITY, f64::min), all().chain(limit).fold(0.0, f64::max));
    let ends = (axis.low(), axis.high());
    let canvas = Canvas::new(caption, WIDTH, HEIGHT);
    let mut plot = canvas.plot(area, axis, Axis::linear(Show::Share, 1.0, 4).ticks_to(1.0));
    plot.mesh("time (logarithmic)", "");
    canvas.text((area.left - 66.0, area.top - 8.0), HPos::Left, "axis-text", "share of failures");
    plot.uprights(limits);
    let mut left = area.left;
    for curve in curves {
        let style = class(&format!("stroke {}", curve.class));
        plot.draw(LineSeries::new(steps(&curve.sorted, ends), style));
        canvas.draw([PathElement::new([(units(left), units(12.0)), (units(left + 22.0), units(12.0))], style)]);
        canvas.text((left + 28.0, 16.0), HPos::Left, "legend", &curve.name);
        left += 52.0 + wide(&curve.name);
    }
    canvas.done()
}

/// From one end of the axis to the other, up by one value's share at each value.
fn steps(sorted: &[f64], ends: (f64, f64)) -> Vec<(f64, f64)> {
    let share = |rank: usize| rank as f64 / sorted.len().max(1) as f64;
    let risen = sorted.iter().enumerate().flat_map(|(rank, value)| [(*value, share(rank)), (*value, share(rank + 1))]);
    [(ends.0, 0.0)].into_iter().chain(risen).chain([(ends.1, share(sorted.len()))]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::px;
    use super::*;

    #[test]
    fn half_of_four_values_lie_at_or_below_the_second() {
        let curve = Curve { name: "rpo".into(), class: "k1", sorted: vec![10.0, 100.0, 1_000.0, 10_000.0] };
        let svg = shares(&Caption { id: "c", title: "t", says: "d" }, &[curve], &[]);
        // The plot reaches from 62 to 258 on an axis that ends at 1.06, so one half is at 258 − 196 · 0.5 / 1.06.
        let half = 258.0 - 196.0 * 0.5 / 1.06;
        assert!(svg.contains(&format!("V{}H", px(half))), "{half} {svg}");
    }
}
