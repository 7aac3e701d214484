//! Strips of quantiles with their intervals, and the small gauge beside a target.
//!
//! A strip shows p50, p95, p99 and worst of one quantity on a logarithmic axis of times. Each has its own shape; the
//! bar behind a mark is its interval, and an arrow says that the interval is open to that side. Units: seconds on
//! strips, the unit of the target on gauges.

use super::axis::Axis;
use super::{Area, Canvas, Caption, Show, WIDTH, interval, px, shortened, wide};
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
    let x = |value: f64| axis.place(value, area.left, area.right);
    let mut canvas = Canvas::new(caption, WIDTH, bottom + 42.0);
    draw_legend(&mut canvas);
    axis.draw_below(&mut canvas, area);
    canvas.below(area, "time (logarithmic)");
    let limits: Vec<(f64, &str)> = limits.iter().map(|(value, words)| (x(*value), words.as_str())).collect();
    canvas.uprights(&limits, area);
    for (place, row) in rows.iter().enumerate() {
        let y = area.top + ROW * (place as f64 + 0.5);
        canvas.text((area.left - 10.0, y + 4.0), "end", "row", &shortened(&row.name, LEFT - 10.0));
        let known = marks(row);
        if let (Some(first), Some(last)) = (known.first(), known.last()) {
            canvas.line((x(*first), y), (x(*last), y), "span");
        }
        let quantiles = [(row.p50, "p50"), (row.p95, "p95"), (row.p99, "p99")];
        for (estimate, name) in quantiles {
            let tip = |value| {
                let interval = interval(Show::Seconds, &estimate);
                format!("{}: {name} {} ({interval})", row.name, Show::Seconds.text(value))
            };
            if let Some(value) = estimate.value {
                draw_interval(&mut canvas, (x(value), y), (estimate.low.map(x), estimate.high.map(x)), name, area);
                draw_mark(&mut canvas, (x(value), y), name, &tip(value));
            }
        }
        if let Some(worst) = row.worst {
            let tip = format!("{}: worst {}", row.name, Show::Seconds.text(worst));
            draw_mark(&mut canvas, (x(worst), y), "worst", &tip);
        }
    }
    canvas.done()
}

/// A bar between the known sides; an arrow towards an unknown one.
fn draw_interval(canvas: &mut Canvas, at: (f64, f64), sides: (Option<f64>, Option<f64>), name: &str, area: Area) {
    const ARROW: f64 = 26.0;
    let (low, high) = (sides.0.unwrap_or(at.0), sides.1.unwrap_or(at.0));
    canvas.rect((low, at.1 - 7.0), ((high - low).max(1.0), 14.0), &format!("bar {name}"), "");
    let mut arrow = |from: f64, to: f64| {
        let (y, back) = (at.1, if to > from { -5.0 } else { 5.0 });
        let (tip, wing) = (px(to), px(to + back));
        let head = format!("M{wing} {}L{tip} {}L{wing} {}", px(y - 4.0), px(y), px(y + 4.0));
        canvas.path(&format!("M{} {}H{tip}{head}", px(from), px(y)), &format!("open {name}"));
    };
    if sides.1.is_none() && at.0 + 8.0 < area.right {
        arrow(at.0, (at.0 + ARROW).min(area.right));
    }
    if sides.0.is_none() && at.0 - 8.0 > area.left {
        arrow(at.0, (at.0 - ARROW).max(area.left));
    }
}

/// Dot, square, diamond and bar: told apart without colour, and seen when they stand on each other.
fn draw_mark(canvas: &mut Canvas, (x, y): (f64, f64), name: &str, tip: &str) {
    match name {
        "p50" => canvas.dot((x, y), 4.0, "mark p50", tip),
        "p95" => canvas.rect((x - 6.0, y - 6.0), (12.0, 12.0), "mark p95", tip),
        "p99" => {
            let points = format!("M{} {}l9 9l-9 9l-9 -9Z", px(x), px(y - 9.0));
            canvas.out.push_str(&format!("<path class=\"mark p99\" d=\"{points}\""));
            canvas.close_with(tip, "path");
        }
        _ => canvas.rect((x - 1.5, y - 12.0), (3.0, 24.0), "mark worst", tip),
    }
}

fn draw_legend(canvas: &mut Canvas) {
    let mut at = 20.0;
    for name in ["p50", "p95", "p99", "worst"] {
        draw_mark(canvas, (at, 14.0), name, "");
        canvas.text((at + 15.0, 18.0), "start", "legend", name);
        at += 44.0 + wide(name);
    }
    canvas.rect((at, 7.0), (26.0, 14.0), "bar p95", "");
    canvas.text((at + 33.0, 18.0), "start", "legend", "interval");
    canvas.path(&format!("M{} 14h26m-5 -4l5 4l-5 4", px(at + 105.0)), "open p95");
    canvas.text((at + 138.0, 18.0), "start", "legend", "not bounded to that side by so few runs");
}

/// Achieved with its interval against the limit, as a small picture whose words stand beside it in the page.
pub fn gauge(show: Show, achieved: &Estimate, limit: f64, class: &str) -> String {
    const W: f64 = 260.0;
    let known = [achieved.value, achieved.low, achieved.high, Some(limit)];
    let high = known.into_iter().flatten().filter(|value| value.is_finite()).fold(0.0, f64::max);
    // Shares near one differ in their last digits: the axis begins where they do.
    let low = match known.into_iter().flatten().fold(f64::INFINITY, f64::min) {
        low if show == Show::Share && low > 0.9 => 1.0 - (1.0 - low) * 1.3,
        _ => 0.0,
    };
    let reach = if high > low { (high - low) * 1.1 } else { 1.0 };
    let x = |value: f64| 6.0 + ((value - low) / reach).clamp(0.0, 1.0) * (W - 12.0);
    let mut canvas = Canvas {
        out: format!(
            "<svg class=\"gauge {class}\" viewBox=\"0 0 {W} 44\" preserveAspectRatio=\"xMinYMid\" aria-hidden=\"true\">"
        ),
    };
    canvas.line((6.0, 15.0), (W - 6.0, 15.0), "axis");
    let label = |canvas: &mut Canvas, at: f64, words: &str| {
        let half = wide(words) / 2.0;
        canvas.text((at.clamp(half, W - half), 40.0), "middle", "tick", words);
    };
    if let Some(value) = achieved.value {
        let (from, to) = (achieved.low.map_or(6.0, x), achieved.high.map_or(W - 6.0, x));
        canvas.rect((from, 8.0), ((to - from).max(2.0), 14.0), "bar", "");
        canvas.dot((x(value), 15.0), 5.0, "dot", "");
        // Beside the limit there is room for one word only.
        if (x(value) - x(limit)).abs() > 52.0 {
            label(&mut canvas, x(value), "achieved");
        }
    }
    canvas.line((x(limit), 2.0), (x(limit), 28.0), "limit");
    label(&mut canvas, x(limit), "limit");
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
