//! Strips of quantiles with their intervals, and the small gauge beside a target.
//!
//! A strip shows p50, p95, p99 and worst of one quantity on a logarithmic axis of times. Each has its own shape; the
//! bar behind a mark is its interval, and an arrow says that the interval is open to that side. Units: seconds on
//! strips, the unit of the target on gauges.

use plotters::prelude::{Circle, DynElement, EmptyElement, IntoDynElement, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::{Canvas, Plot};
use super::svg::{Svg, class, units};
use super::{Area, Caption, Show, WIDTH, interval, shortened, wide};
use crate::planner::findings::Estimate;

/// One row.
pub struct Strip {
    pub name: String,
    pub p50: Estimate,
    pub p95: Estimate,
    pub p99: Estimate,
    pub worst: Option<f64>,
}

const ROW: f64 = 36.0;
const LEFT: f64 = 172.0;

/// All rows over one axis.
pub fn strips(caption: &Caption, rows: &[Strip], limits: &[(f64, String)]) -> String {
    let bottom = 60.0 + ROW * rows.len() as f64;
    let area = Area { left: LEFT, top: 60.0, right: WIDTH - 24.0, bottom };
    let marks = |row: &Strip| {
        [row.p50.value, row.p95.value, row.p99.value, row.worst].into_iter().flatten().collect::<Vec<_>>()
    };
    let all: Vec<f64> = rows.iter().flat_map(marks).chain(limits.iter().map(|limit| limit.0)).collect();
    let axis = Axis::times(all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(0.0, f64::max));
    let left = axis.low();
    let canvas = Canvas::new(caption, WIDTH, bottom + 42.0);
    draw_legend(&canvas);
    let mut plot = canvas.plot(area, axis, Axis::rows(area.bottom - area.top));
    plot.mesh("time (logarithmic)", "");
    plot.uprights(limits);
    for (place, row) in rows.iter().enumerate() {
        let y = ROW * (place as f64 + 0.5);
        plot.text((left, y), (-10.0, 4.0), HPos::Right, "row", &shortened(&row.name, LEFT - 10.0));
        let known = marks(row);
        if let (Some(first), Some(last)) = (known.first(), known.last()) {
            plot.draw([PathElement::new([(*first, y), (*last, y)], class("span"))]);
        }
        let quantiles = [(row.p50, "p50"), (row.p95, "p95"), (row.p99, "p99")];
        for (estimate, name) in quantiles {
            if let Some(value) = estimate.value {
                let (told, interval) = (Show::Seconds.text(value), interval(Show::Seconds, &estimate));
                draw_interval(&mut plot, (value, y), (estimate.low, estimate.high), name, area);
                canvas.tip(&format!("{}: {name} {told} ({interval})", row.name));
                plot.draw(mark((value, y), name));
            }
        }
        if let Some(worst) = row.worst {
            canvas.tip(&format!("{}: worst {}", row.name, Show::Seconds.text(worst)));
            plot.draw(mark((worst, y), "worst"));
        }
    }
    canvas.done()
}

/// A bar between the known sides; an arrow towards an unknown one.
pub(super) fn draw_interval(
    plot: &mut Plot,
    at: (f64, f64),
    sides: (Option<f64>, Option<f64>),
    name: &str,
    area: Area,
) {
    const ARROW: f64 = 26.0;
    let (low, high) = (sides.0.unwrap_or(at.0), sides.1.unwrap_or(at.0));
    plot.draw([Rectangle::new([(low, at.1 - 7.0), (high, at.1 + 7.0)], class(&format!("bar {name}")))]);
    let x = plot.pixels(at).0;
    if sides.1.is_none() && x + 8.0 < area.right {
        plot.draw(arrow(at, ARROW.min(area.right - x), name));
    }
    if sides.0.is_none() && x - 8.0 > area.left {
        plot.draw(arrow(at, -ARROW.min(x - area.left), name));
    }
}

/// To the right by so many pixels, or to the left.
fn arrow<C: Clone + 'static>(at: C, reach: f64, name: &str) -> [DynElement<'static, Svg, C>; 1] {
    let (style, wing) = (class(&format!("open {name}")), reach - 5.0_f64.copysign(reach));
    let shaft = PathElement::new([(0, 0), (units(reach), 0)], style);
    let head = [(wing, -4.0), (reach, 0.0), (wing, 4.0)].map(|(x, y)| (units(x), units(y)));
    [(EmptyElement::at(at) + shaft + PathElement::new(head, style)).into_dyn()]
}

/// Dot, square, diamond and bar: told apart without colour, and seen when they stand on each other.
pub(super) fn mark<C: Clone + 'static>(at: C, name: &str) -> [DynElement<'static, Svg, C>; 1] {
    let (at, style) = (EmptyElement::at(at), class(&format!("mark {name}")));
    let square = |x: f64, y: f64| Rectangle::new([(units(-x), units(-y)), (units(x), units(y))], style);
    [match name {
        "p50" => (at + Circle::new((0, 0), units(4.0), style)).into_dyn(),
        "p95" => (at + square(6.0, 6.0)).into_dyn(),
        "p99" => (at + Polygon::new([(0, -90), (90, 0), (0, 90), (-90, 0)], style)).into_dyn(),
        _ => (at + square(1.5, 12.0)).into_dyn(),
    }]
}

fn draw_legend(canvas: &Canvas) {
    let mut at = 20.0;
    for name in ["p50", "p95", "p99", "worst"] {
        canvas.draw(mark((units(at), units(14.0)), name));
        canvas.text((at + 15.0, 18.0), HPos::Left, "legend", name);
        at += 44.0 + wide(name);
    }
    let bar = [(units(at), units(7.0)), (units(at + 26.0), units(21.0))];
    canvas.draw([Rectangle::new(bar, class("bar p95"))]);
    canvas.text((at + 33.0, 18.0), HPos::Left, "legend", "interval");
    canvas.draw(arrow((units(at + 105.0), units(14.0)), 26.0, "p95"));
    canvas.text((at + 138.0, 18.0), HPos::Left, "legend", "not bounded to that side by so few runs");
}

/// Achieved with its interval against the limit, as a small picture whose words stand beside it in the page.
pub fn gauge(show: Show, achieved: &Estimate, limit: f64, class_of: &str) -> String {
    const W: f64 = 260.0;
    const H: f64 = 44.0;
    let known = [achieved.value, achieved.low, achieved.high, Some(limit)];
    let high = known.into_iter().flatten().filter(|value| value.is_finite()).fold(0.0, f64::max);
    // Shares near one differ in their last digits: the axis begins where they do.
    let low = match known.into_iter().flatten().fold(f64::INFINITY, f64::min) {
        low if show == Show::Share && low > 0.9 => 1.0 - (1.0 - low) * 1.3,
        _ => 0.0,
    };
    let reach = if high > low { (high - low) * 1.1 } else { 1.0 };
    let head = format!(
        "<svg class=\"gauge {class_of}\" viewBox=\"0 0 {W} {H}\" preserveAspectRatio=\"xMinYMid\" aria-hidden=\"true\">"
    );
    let canvas = Canvas::headed(head, W, H);
    let area = Area { left: 6.0, top: 0.0, right: W - 6.0, bottom: H };
    let mut plot = canvas.plot(area, Axis::bare(low, low + reach), Axis::rows(H));
    plot.across(15.0, "axis");
    let label = |at: f64, words: &str| {
        let half = wide(words) / 2.0;
        canvas.text((at.clamp(half, W - half), 40.0), HPos::Center, "tick", words);
    };
    let wanted = plot.pixels((limit, 0.0)).0;
    if let Some(value) = achieved.value {
        let (from, to) = (achieved.low.unwrap_or(low), achieved.high.unwrap_or(low + reach));
        let to = to.max(from + 2.0 * plot.pixel());
        plot.draw([Rectangle::new([(from, 8.0), (to, 22.0)], class("bar"))]);
        plot.draw([Circle::new((value, 15.0), units(5.0), class("dot"))]);
        // Beside the limit there is room for one word only.
        let at = plot.pixels((value, 0.0)).0;
        if (at - wanted).abs() > 52.0 {
            label(at, "achieved");
        }
    }
    plot.draw([PathElement::new([(limit, 2.0), (limit, 28.0)], class("limit"))]);
    label(wanted, "limit");
    canvas.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(value: f64) -> Estimate {
        Estimate { value: Some(value), low: Some(value * 0.9), high: None }
    }

    #[test]
    fn a_strip_tells_every_mark_and_leaves_an_open_side_open() {
        let row = Strip {
            name: "rto".into(),
            p50: known(60.0),
            p95: known(600.0),
            p99: Estimate::default(),
            worst: Some(7_200.0),
        };
        let svg = strips(&Caption { id: "c", title: "t", says: "d" }, &[row], &[(900.0, "wanted 15m".into())]);
        assert!(svg.contains("p50 1m (at least 54s)") && svg.contains("p95 10m") && svg.contains("worst 2h"));
        assert!(!svg.contains("rto: p99"), "an unknown quantile is not drawn");
        assert_eq!(svg.matches("class=\"open p50\"").count(), 1, "an arrow to the open side");
        assert!(svg.contains("wanted 15m"));
    }

    #[test]
    fn a_gauge_of_nothing_still_shows_the_limit() {
        let svg = gauge(Show::Seconds, &Estimate::default(), 60.0, "unknown");
        assert!(svg.contains("limit") && !svg.contains("dot") && !svg.contains("achieved"));
    }
}
