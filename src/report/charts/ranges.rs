//! Strips of quantiles with their intervals, and the small gauge beside a target.
//!
//! A strip shows p50, p95, p99 and worst of one quantity on a logarithmic axis of times; the bar behind each mark is
//! its interval, open sides run to the end of the axis. Units: seconds on strips, the unit of the target on gauges.

use super::axis::Axis;
use super::{Area, Canvas, Caption, Show, interval};
use crate::planner::findings::Estimate;

/// One row.
pub struct Strip {
    pub name: String,
    pub p50: Estimate,
    pub p95: Estimate,
    pub p99: Estimate,
    pub worst: Option<f64>,
}

const WIDTH: f64 = 760.0;
const ROW: f64 = 40.0;

/// All rows over one axis.
pub fn strips(caption: &Caption, rows: &[Strip], limits: &[(f64, String)]) -> String {
    let height = 60.0 + ROW * rows.len() as f64 + 28.0;
    let area = Area { left: 196.0, top: 56.0, right: WIDTH - 24.0, bottom: height - 28.0 };
    let marks = |row: &Strip| {
        [row.p50.value, row.p95.value, row.p99.value, row.worst].into_iter().flatten().collect::<Vec<_>>()
    };
    let all: Vec<f64> = rows.iter().flat_map(marks).chain(limits.iter().map(|limit| limit.0)).collect();
    let axis = Axis::times(all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(0.0, f64::max));
    let x = |value: f64| axis.place(value, area.left, area.right);
    let mut canvas = Canvas::new(caption, WIDTH, height);
    draw_legend(&mut canvas, area.left);
    axis.draw_below(&mut canvas, area);
    let limits: Vec<(f64, &str)> = limits.iter().map(|(value, words)| (x(*value), words.as_str())).collect();
    canvas.uprights(&limits, area);
    for (place, row) in rows.iter().enumerate() {
        let y = area.top + ROW * (place as f64 + 0.5);
        canvas.text((area.left - 10.0, y + 4.0), "end", "row", &row.name);
        let known = marks(row);
        if let (Some(first), Some(last)) = (known.first(), known.last()) {
            canvas.line((x(*first), y), (x(*last), y), "span");
        }
        for (estimate, class, name) in [(row.p50, "q50", "p50"), (row.p95, "q95", "p95"), (row.p99, "q99", "p99")] {
            let Some(value) = estimate.value else { continue };
            let (low, high) = (estimate.low.map_or(area.left, x), estimate.high.map_or(area.right, x));
            let tip =
                format!("{}: {name} {} ({})", row.name, Show::Seconds.text(value), interval(Show::Seconds, &estimate));
            canvas.rect((low, y - 9.0), ((high - low).max(2.0), 18.0), &format!("bar {class}"), &tip);
            canvas.dot((x(value), y), 5.0, class, &tip);
        }
        if let Some(worst) = row.worst {
            let tip = format!("{}: worst {}", row.name, Show::Seconds.text(worst));
            canvas.rect((x(worst) - 2.5, y - 9.0), (5.0, 18.0), "worst", &tip);
        }
    }
    canvas.done()
}

fn draw_legend(canvas: &mut Canvas, left: f64) {
    let mut at = left;
    for (class, name) in [("q50", "p50"), ("q95", "p95"), ("q99", "p99")] {
        canvas.rect((at - 8.0, 7.0), (16.0, 14.0), &format!("bar {class}"), "");
        canvas.dot((at, 14.0), 5.0, class, "");
        canvas.text((at + 12.0, 18.0), "start", "legend", name);
        at += 62.0;
    }
    canvas.rect((at - 2.5, 6.0), (5.0, 16.0), "worst", "");
    canvas.text((at + 8.0, 18.0), "start", "legend", "worst; bars are intervals");
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
            "<svg class=\"gauge {class}\" viewBox=\"0 0 {W} 30\" preserveAspectRatio=\"xMinYMid\" aria-hidden=\"true\">"
        ),
    };
    canvas.line((6.0, 15.0), (W - 6.0, 15.0), "axis");
    if let Some(value) = achieved.value {
        let (from, to) = (achieved.low.map_or(6.0, x), achieved.high.map_or(W - 6.0, x));
        canvas.rect((from, 8.0), ((to - from).max(2.0), 14.0), "bar", "");
        canvas.dot((x(value), 15.0), 5.0, "dot", "");
    }
    canvas.line((x(limit), 2.0), (x(limit), 28.0), "limit");
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
        assert!(svg.contains("wanted 15m"));
    }

    #[test]
    fn a_gauge_of_nothing_still_shows_the_limit() {
        let svg = gauge(Show::Seconds, &Estimate::default(), 60.0, "unknown");
        assert!(svg.contains("limit") && !svg.contains("dot"));
    }
}
