//! Shares at or below a time: the distribution itself, before any quantile is taken from it.
//!
//! Units: seconds on a logarithmic axis. Invariant: each curve rises from 0 to 1 and has one step per pixel at most.

use super::axis::Axis;
use super::{Area, Canvas, Caption, Show, WIDTH, px, wide};

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
    let mut upright = Axis::linear(Show::Share, 1.0, 4);
    upright.ticks.retain(|(at, _)| *at <= 1.0);
    let mut canvas = Canvas::new(caption, WIDTH, HEIGHT);
    axis.draw_below(&mut canvas, area);
    canvas.below(area, "time (logarithmic)");
    upright.draw_left(&mut canvas, area);
    canvas.text((area.left - 66.0, area.top - 8.0), "start", "axis-text", "share of failures");
    let limits: Vec<(f64, &str)> =
        limits.iter().map(|(value, words)| (axis.place(*value, area.left, area.right), words.as_str())).collect();
    canvas.uprights(&limits, area);
    let mut left = area.left;
    for curve in curves {
        canvas.path(&steps(curve, &axis, &upright, area), &format!("stroke {}", curve.class));
        canvas.line((left, 12.0), (left + 22.0, 12.0), &format!("stroke {}", curve.class));
        canvas.text((left + 28.0, 16.0), "start", "legend", &curve.name);
        left += 52.0 + wide(&curve.name);
    }
    canvas.done()
}

fn steps(curve: &Curve, axis: &Axis, upright: &Axis, area: Area) -> String {
    let mut path = format!("M{} {}", px(area.left), px(area.bottom));
    let mut last = px(area.left);
    for (rank, value) in curve.sorted.iter().enumerate() {
        let x = px(axis.place(*value, area.left, area.right));
        let next = curve.sorted.get(rank + 1).map(|value| px(axis.place(*value, area.left, area.right)));
        // One step per pixel column: the last value in it has the whole share.
        if next.as_ref() == Some(&x) {
            continue;
        }
        let share = (rank + 1) as f64 / curve.sorted.len() as f64;
        let y = px(upright.place(share, area.bottom, area.top));
        if x != last {
            path.push_str(&format!("H{x}"));
        }
        path.push_str(&format!("V{y}"));
        last = x;
    }
    path.push_str(&format!("H{}", px(area.right)));
    path
}

#[cfg(test)]
mod tests {
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
