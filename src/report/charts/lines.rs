//! Lines over time, outages shaded, a limit and a peak marked; and shares at or below a value.
//!
//! Time runs from the start of the run in seconds; a bin holds its greatest value, so steps are drawn and no peak is
//! lost. Shades that touch within a pixel are drawn as one, so a chart stays small however often something failed.

use super::axis::Axis;
use super::{Area, Canvas, Caption, Show, px};

/// Something that was in force for a time.
pub struct Shade {
    pub class: &'static str,
    pub begin_s: f64,
    pub end_s: f64,
    /// Kind, for the legend; name, for a label where there is room.
    pub kind: &'static str,
    pub name: String,
    /// Shown when pointed at.
    pub tip: String,
}

/// One meter or age over time.
pub struct TimeChart<'a> {
    pub caption: Caption<'a>,
    pub show: Show,
    pub bin_s: f64,
    pub values: &'a [f64],
    /// Horizontal lines with their words: capacity, wanted limits.
    pub limits: Vec<(f64, String)>,
    pub shades: &'a [Shade],
    /// Whether each shade can be pointed at, or all are drawn as one.
    pub named_shades: bool,
    pub height: f64,
    /// Before this nothing counts.
    pub settled_s: f64,
}

const WIDTH: f64 = 760.0;

/// Draws it. The peak of the values is marked with its number.
pub fn time_chart(chart: &TimeChart) -> String {
    let top = if chart.named_shades && !chart.shades.is_empty() { 46.0 } else { 22.0 };
    let area = Area { left: 74.0, top, right: WIDTH - 24.0, bottom: chart.height - 28.0 };
    let peak = chart.values.iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
    // A limit far above everything would flatten the line; it is then told in words at the upper edge.
    let near = |limit: &&(f64, String)| limit.0 <= peak.1 * 8.0 || peak.1 == 0.0;
    let high = chart.limits.iter().filter(near).map(|limit| limit.0).fold(peak.1, f64::max);
    let upright = Axis::linear(chart.show, high, ((chart.height / 44.0) as usize).max(2));
    let lasts = chart.bin_s * chart.values.len() as f64;
    let along = Axis::run(lasts);
    let x = |s: f64| along.place(s, area.left, area.right);
    let mut canvas = Canvas::new(&chart.caption, WIDTH, chart.height);
    canvas.rect(
        (x(0.0), area.top),
        (x(chart.settled_s) - x(0.0), area.bottom - area.top),
        "settle",
        "settling: not counted",
    );
    draw_shades(&mut canvas, chart, area, &x);
    along.draw_below(&mut canvas, area);
    upright.draw_left(&mut canvas, area);
    canvas.path(&steps(chart, &upright, area, &x, true), "under");
    canvas.out.push_str(&format!(
        "<g class=\"curve\" data-bin=\"{}\" data-lasts=\"{lasts}\" data-show=\"{}\" data-top=\"{}\" \
         data-area=\"{} {} {} {}\">",
        chart.bin_s,
        show_name(chart.show),
        upright.high(),
        area.left,
        area.top,
        area.right,
        area.bottom
    ));
    canvas.path(&steps(chart, &upright, area, &x, false), "stroke");
    canvas.out.push_str("</g>");
    draw_limits(&mut canvas, chart, &upright, area);
    if peak.1 > 0.0 {
        draw_peak(&mut canvas, chart, peak, &upright, area, &x);
    }
    canvas.done()
}

fn draw_limits(canvas: &mut Canvas, chart: &TimeChart, upright: &Axis, area: Area) {
    let mut above = 0.0;
    for (limit, words) in &chart.limits {
        if *limit > upright.high() {
            canvas.text((area.right, area.top - 8.0 - above), "end", "limit-text", &format!("{words} (above)"));
            above += 13.0;
            continue;
        }
        let y = upright.place(*limit, area.bottom, area.top);
        canvas.line((area.left, y), (area.right, y), "limit");
        canvas.text((area.right - 4.0, y - 5.0), "end", "limit-text", words);
    }
}

fn draw_peak(
    canvas: &mut Canvas,
    chart: &TimeChart,
    peak: (usize, f64),
    upright: &Axis,
    area: Area,
    x: &dyn Fn(f64) -> f64,
) {
    let at = x((peak.0 as f64 + 0.5) * chart.bin_s);
    let y = upright.place(peak.1, area.bottom, area.top);
    canvas.dot((at, y), 4.0, "peak", "");
    let (anchor, aside) = if at > (area.left + area.right) / 2.0 { ("end", -8.0) } else { ("start", 8.0) };
    let words = format!("peak {}", chart.show.text(peak.1));
    canvas.text((at + aside, (y + 4.0).max(area.top + 10.0)), anchor, "peak-text", &words);
}

/// The values as steps; closed down to the axis when `filled`.
fn steps(chart: &TimeChart, upright: &Axis, area: Area, x: &dyn Fn(f64) -> f64, filled: bool) -> String {
    let mut path = String::new();
    let mut last = String::new();
    for (place, value) in chart.values.iter().enumerate() {
        let y = px(upright.place(*value, area.bottom, area.top));
        if place == 0 {
            path.push_str(&format!("M{} {y}", px(area.left)));
        } else if y != last {
            path.push_str(&format!("H{}V{y}", px(x(place as f64 * chart.bin_s))));
        }
        last = y;
    }
    if !chart.values.is_empty() {
        path.push_str(&format!("H{}", px(x(chart.values.len() as f64 * chart.bin_s))));
        if filled {
            path.push_str(&format!("V{}H{}Z", px(area.bottom), px(area.left)));
        }
    }
    path
}

fn draw_shades(canvas: &mut Canvas, chart: &TimeChart, area: Area, x: &dyn Fn(f64) -> f64) {
    let tall = area.bottom - area.top;
    if chart.named_shades {
        for shade in chart.shades {
            let (from, to) = (x(shade.begin_s), x(shade.end_s));
            canvas.rect((from, area.top), ((to - from).max(1.5), tall), shade.class, &shade.tip);
        }
        return name_shades(canvas, chart.shades, area, x);
    }
    let mut spans: Vec<(f64, f64)> =
        chart.shades.iter().map(|s| (x(s.begin_s), x(s.end_s).max(x(s.begin_s) + 1.0))).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 + 1.0 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    let path: String = merged
        .iter()
        .map(|(from, to)| format!("M{} {}H{}V{}H{}Z", px(*from), px(area.top), px(*to), px(area.bottom), px(*from)))
        .collect();
    if !path.is_empty() {
        canvas.path(&path, "shade");
    }
}

/// A legend of the kinds, and the names of the longest ones where there is room above them.
fn name_shades(canvas: &mut Canvas, shades: &[Shade], area: Area, x: &dyn Fn(f64) -> f64) {
    let mut kinds: Vec<(&str, &str)> = shades.iter().map(|shade| (shade.class, shade.kind)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut at = area.left;
    for (class, kind) in kinds {
        canvas.rect((at, 5.0), (12.0, 12.0), class, "");
        canvas.text((at + 17.0, 15.0), "start", "legend", kind);
        at += 36.0 + 6.4 * kind.chars().count() as f64;
    }
    let mut longest: Vec<&Shade> = shades.iter().collect();
    longest
        .sort_by(|a, b| (b.end_s - b.begin_s).total_cmp(&(a.end_s - a.begin_s)).then(a.begin_s.total_cmp(&b.begin_s)));
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for shade in longest.into_iter().take(12) {
        let half = 3.3 * shade.name.chars().count() as f64 + 5.0;
        let middle = (x(shade.begin_s) + x(shade.end_s)) / 2.0;
        let middle = middle.clamp(area.left + half, (area.right - half).max(area.left + half));
        if taken.iter().all(|(left, right)| middle + half < *left || middle - half > *right) {
            canvas.text((middle, area.top - 6.0), "middle", "tick", &shade.name);
            taken.push((middle - half, middle + half));
        }
    }
}

/// How the script of the page is to show a value of this kind.
fn show_name(show: Show) -> &'static str {
    match show {
        Show::Seconds => "s",
        Show::Bytes => "B",
        Show::Rate => "B/s",
        Show::Bits => "bit/s",
        Show::MilliOps => "ops",
        Show::Share => "share",
        Show::Count => "n",
    }
}

/// Named values in rising order; drawn as the share of them at or below each time.
pub struct Curve {
    pub name: String,
    pub class: &'static str,
    /// Seconds, rising.
    pub sorted: Vec<f64>,
}

/// Shares at or below a time, over a logarithmic axis of times, with the wanted limits as upright lines.
pub fn shares(caption: &Caption, curves: &[Curve], limits: &[(f64, String)]) -> String {
    const HEIGHT: f64 = 260.0;
    let area = Area { left: 56.0, top: 34.0, right: WIDTH - 24.0, bottom: HEIGHT - 30.0 };
    let all = || curves.iter().flat_map(|curve| curve.sorted.iter().copied());
    let limit = limits.iter().map(|limit| limit.0);
    let axis = Axis::times(all().fold(f64::INFINITY, f64::min), all().chain(limit).fold(0.0, f64::max));
    let mut upright = Axis::linear(Show::Share, 1.0, 5);
    upright.ticks.retain(|(at, _)| *at <= 1.0);
    let mut canvas = Canvas::new(caption, WIDTH, HEIGHT);
    axis.draw_below(&mut canvas, area);
    upright.draw_left(&mut canvas, area);
    for (value, words) in limits {
        let x = axis.place(*value, area.left, area.right);
        canvas.line((x, area.top), (x, area.bottom), "limit");
        canvas.text((x - 5.0, area.bottom - 8.0), "end", "limit-text", words);
    }
    let mut left = area.left;
    for curve in curves {
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
        canvas.path(&path, &format!("stroke {}", curve.class));
        canvas.line((left, 14.0), (left + 22.0, 14.0), &format!("stroke {}", curve.class));
        canvas.text((left + 28.0, 18.0), "start", "legend", &curve.name);
        left += 46.0 + 7.2 * curve.name.chars().count() as f64;
    }
    canvas.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart<'a>(values: &'a [f64], shades: &'a [Shade], named_shades: bool) -> TimeChart<'a> {
        TimeChart {
            caption: Caption { id: "c", title: "t <b>", says: "d" },
            show: Show::Bytes,
            bin_s: 10.0,
            values,
            limits: vec![(50.0, "capacity 50 B".into()), (9e9, "far".into())],
            shades,
            named_shades,
            height: 200.0,
            settled_s: 0.0,
        }
    }

    #[test]
    fn the_peak_the_limit_and_a_far_limit_are_all_told() {
        let svg = time_chart(&chart(&[10.0, 40.0, 10.0], &[], false));
        assert!(svg.contains("peak 40 B") && svg.contains("capacity 50 B") && svg.contains("far (above)"), "{svg}");
        assert!(svg.contains("t &lt;b&gt;") && svg.contains("role=\"img\""));
    }

    #[test]
    fn shades_that_touch_are_drawn_as_one() {
        let shades: Vec<Shade> = (0..500)
            .map(|n| Shade {
                class: "o",
                kind: "k",
                name: "n".into(),
                begin_s: f64::from(n) / 20.0,
                end_s: 26.0,
                tip: "x".into(),
            })
            .collect();
        let one = time_chart(&chart(&[1.0; 3], &shades, false));
        assert_eq!(one.matches('Z').count(), 2, "one shade and the filled curve");
        let many = time_chart(&chart(&[1.0; 3], &shades, true));
        assert_eq!(many.matches("<title>x</title>").count(), 500);
    }

    #[test]
    fn half_of_four_values_lie_at_or_below_the_second() {
        let curve = Curve { name: "rpo".into(), class: "k1", sorted: vec![10.0, 100.0, 1_000.0, 10_000.0] };
        let svg = shares(&Caption { id: "c", title: "t", says: "d" }, &[curve], &[]);
        // The plot is 196 high from 34: one half is at 34 + 98 · 1.06 / 1.06 counted on an axis that ends at 1.06.
        let half = 230.0 - 196.0 * 0.5 / 1.06;
        assert!(svg.contains(&format!("V{}H", px(half))), "{half} {svg}");
    }
}
