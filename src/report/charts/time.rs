//! Lines over the time of the run: outages shaded and named in lanes below, limits and the peak marked.
//!
//! Time runs from the start of the run in seconds; a bin holds its greatest value, so steps are drawn and no peak is
//! lost. Spells that touch within a pixel are drawn as one, so a chart stays small however often something failed. A
//! chart without values has lanes only.

use super::axis::Axis;
use super::{Area, Canvas, Caption, Show, TIME_LEFT, WIDTH, px, shortened};

/// Something that was in force for a time.
#[derive(Clone)]
pub struct Spell {
    pub begin_s: f64,
    pub end_s: f64,
    /// Shown when pointed at.
    pub tip: String,
}

/// Spells of one name, drawn as bars in a row of their own.
#[derive(Clone)]
pub struct Lane {
    pub name: String,
    pub class: &'static str,
    pub spells: Vec<Spell>,
}

/// A horizontal line with its words.
#[derive(Clone)]
pub struct Limit {
    pub value: f64,
    pub words: String,
    /// `limit`: there is no more, or no more is wanted; `seen`: reached in another run.
    pub class: &'static str,
}

/// One meter or age over time.
pub struct TimeChart<'a> {
    pub caption: Caption<'a>,
    pub show: Show,
    /// What the upright axis counts.
    pub counts: &'a str,
    pub bin_s: f64,
    pub values: &'a [f64],
    /// An age: nothing was measured where it is zero, so the line has a gap there; drawn on a logarithmic axis.
    pub age: bool,
    pub limits: &'a [Limit],
    /// Shaded in the plot.
    pub shades: &'a [Spell],
    pub lanes: &'a [Lane],
    /// Of the plot alone.
    pub height: f64,
    /// Before this nothing counts.
    pub settled_s: f64,
}

const TOP: f64 = 24.0;
const LANE: f64 = 17.0;

/// Draws it. The peak of the values is marked with its number.
pub fn time_chart(chart: &TimeChart) -> String {
    let area = Area { left: TIME_LEFT, top: TOP, right: WIDTH - 24.0, bottom: TOP + chart.height };
    let along = Axis::run(chart.bin_s * chart.values.len() as f64);
    let x = |s: f64| along.place(s, area.left, area.right);
    let lanes = LANE * chart.lanes.len() as f64 + if chart.lanes.is_empty() { 0.0 } else { 8.0 };
    let mut canvas = Canvas::new(&chart.caption, WIDTH, area.bottom + 40.0 + lanes);
    if chart.settled_s > 0.0 {
        let size = (x(chart.settled_s) - area.left, area.bottom - area.top);
        canvas.rect((area.left, area.top), size, "settle", "settling: not counted");
        canvas.text((area.left, area.top - 7.0), "start", "tick", "settling");
    }
    draw_shades(&mut canvas, chart.shades, area, &x);
    along.draw_below(&mut canvas, area);
    if chart.height > 0.0 {
        draw_values(&mut canvas, chart, &along, area);
    }
    canvas.below(area, "time since the start of the run");
    let first = area.bottom + 40.0;
    for (place, lane) in chart.lanes.iter().enumerate() {
        draw_lane(&mut canvas, lane, first + LANE * place as f64, area, &x);
    }
    canvas.done()
}

/// The upright axis, the line, its limits and its peak.
fn draw_values(canvas: &mut Canvas, chart: &TimeChart, along: &Axis, area: Area) {
    let peak = chart.values.iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
    // A limit far above everything would flatten the line; it is then told in words at the upper edge.
    let seen = chart.limits.iter().filter(|limit| limit.class == "seen").map(|limit| limit.value).fold(0.0, f64::max);
    let near = |limit: &&Limit| {
        limit.class == "seen" || limit.value <= (peak.1 * 8.0).max(seen * 3.0) || peak.1 == 0.0 || chart.age
    };
    let limits = || chart.limits.iter().filter(near).map(|limit| limit.value);
    let high = limits().fold(peak.1, f64::max);
    let upright = if chart.age {
        let known = chart.values.iter().copied().filter(|value| *value > 0.0);
        Axis::times(known.chain(limits()).fold(high.max(1.0), f64::min), high)
    } else {
        Axis::linear(chart.show, high, ((chart.height / 40.0) as usize).max(2))
    };
    upright.draw_left(canvas, area);
    let middle = (area.top + area.bottom) / 2.0;
    canvas.out.push_str(&format!(
        "<text class=\"axis-text\" text-anchor=\"middle\" transform=\"translate(14 {}) rotate(-90)\">{}</text>",
        px(middle),
        super::escaped(chart.counts)
    ));
    let x = |s: f64| along.place(s, area.left, area.right);
    if !chart.age {
        canvas.path(&steps(chart, &upright, area, &x, true), "under");
    }
    canvas.out.push_str(&format!(
        "<g class=\"curve\" data-bin=\"{}\" data-lasts=\"{}\" data-show=\"{}\" data-low=\"{}\" data-top=\"{}\" \
         data-area=\"{} {} {} {}\">",
        chart.bin_s,
        chart.bin_s * chart.values.len() as f64,
        show_name(chart.show),
        if chart.age { upright.low() } else { 0.0 },
        upright.high(),
        area.left,
        area.top,
        area.right,
        area.bottom
    ));
    canvas.path(&steps(chart, &upright, area, &x, false), "stroke");
    canvas.out.push_str("</g>");
    let drawn = draw_limits(canvas, chart.limits, &upright, area);
    if peak.1 > 0.0 {
        let at = (x((peak.0 as f64 + 0.5) * chart.bin_s), upright.place(peak.1, area.bottom, area.top));
        draw_peak(canvas, &chart.show.text(peak.1), at, &drawn, area);
    }
}

/// Returns the heights of the lines drawn; of lines that would stand on each other the first is told.
fn draw_limits(canvas: &mut Canvas, limits: &[Limit], upright: &Axis, area: Area) -> Vec<f64> {
    let mut drawn: Vec<f64> = Vec::new();
    let (within, above): (Vec<&Limit>, Vec<&Limit>) = limits.iter().partition(|limit| limit.value <= upright.high());
    let above: Vec<String> = above.iter().map(|limit| format!("{} (above)", limit.words)).collect();
    for limit in within {
        let y = upright.place(limit.value, area.bottom, area.top);
        canvas.line((area.left, y), (area.right, y), limit.class);
        if drawn.iter().all(|other| (other - y).abs() > 13.0) {
            let below = y < area.top + 13.0 && !above.is_empty();
            canvas.text((area.right - 4.0, if below { y + 13.0 } else { y - 5.0 }), "end", "limit-text", &limit.words);
        }
        drawn.push(y);
    }
    canvas.text((area.right, area.top - 7.0), "end", "limit-text", &above.join("; "));
    drawn
}

/// A dot, and its words on the side where there is room and no line runs through them.
fn draw_peak(canvas: &mut Canvas, words: &str, at: (f64, f64), lines: &[f64], area: Area) {
    canvas.dot(at, 4.0, "peak", "");
    let (anchor, aside) = if at.0 > (area.left + area.right) / 2.0 { ("end", -8.0) } else { ("start", 8.0) };
    // Above the peak there is no line but those of limits.
    let crossed = at.1 < area.top + 20.0 || lines.iter().any(|y| (at.1 - 26.0..at.1 + 2.0).contains(y));
    let y = if crossed { at.1 + 18.0 } else { at.1 - 8.0 };
    canvas.text((at.0 + aside, y), anchor, "peak-text", &format!("peak {words}"));
}

/// The values as steps; closed down to the axis when `filled`.
fn steps(chart: &TimeChart, upright: &Axis, area: Area, x: &dyn Fn(f64) -> f64, filled: bool) -> String {
    let mut path = String::new();
    let mut last: Option<String> = None;
    for (place, value) in chart.values.iter().enumerate() {
        let here = px(x(place as f64 * chart.bin_s));
        let y = (!chart.age || *value > 0.0).then(|| px(upright.place(*value, area.bottom, area.top)));
        if y == last {
            continue;
        }
        match (&last, &y) {
            (None, Some(y)) => path.push_str(&format!("M{here} {y}")),
            (Some(_), Some(y)) => path.push_str(&format!("H{here}V{y}")),
            (_, None) => path.push_str(&format!("H{here}")),
        }
        last = y;
    }
    if last.is_some() {
        path.push_str(&format!("H{}", px(x(chart.values.len() as f64 * chart.bin_s))));
        if filled {
            path.push_str(&format!("V{}H{}Z", px(area.bottom), px(area.left)));
        }
    }
    path
}

/// Spells in pixels; those that touch are one.
fn merged(spells: &[Spell], x: &dyn Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> =
        spells.iter().map(|s| (x(s.begin_s), x(s.end_s).max(x(s.begin_s) + 1.5))).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 + 1.0 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn draw_shades(canvas: &mut Canvas, shades: &[Spell], area: Area, x: &dyn Fn(f64) -> f64) {
    let tall = |(from, to): &(f64, f64)| {
        format!("M{} {}H{}V{}H{}Z", px(*from), px(area.top), px(*to), px(area.bottom), px(*from))
    };
    let path: String = merged(shades, x).iter().map(tall).collect();
    if !path.is_empty() {
        canvas.path(&path, "shade");
    }
}

/// Bars that can be pointed at while they are few, one path when they are many.
pub(super) fn draw_lane(canvas: &mut Canvas, lane: &Lane, top: f64, area: Area, x: &dyn Fn(f64) -> f64) {
    const POINTED_AT: usize = 40;
    let (top, tall) = (top + 3.0, LANE - 6.0);
    canvas.text((area.left - 8.0, top + 9.0), "end", "row", &shortened(&lane.name, TIME_LEFT - 8.0));
    canvas.line((area.left, top + tall), (area.right, top + tall), "grid");
    if lane.spells.len() <= POINTED_AT {
        for spell in &lane.spells {
            let (from, to) = (x(spell.begin_s), x(spell.end_s));
            canvas.rect((from, top), ((to - from).max(1.5), tall), lane.class, &spell.tip);
        }
        return;
    }
    let bar =
        |(from, to): &(f64, f64)| format!("M{} {}H{}V{}H{}Z", px(*from), px(top), px(*to), px(top + tall), px(*from));
    let path: String = merged(&lane.spells, x).iter().map(bar).collect();
    canvas.out.push_str(&format!("<path class=\"solid {}\" d=\"{path}\"/>", lane.class));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chart<'a>(values: &'a [f64], shades: &'a [Spell], limits: &'a [Limit]) -> TimeChart<'a> {
        TimeChart {
            caption: Caption { id: "c", title: "t <b>", says: "d" },
            show: Show::Bytes,
            counts: "held",
            bin_s: 10.0,
            values,
            age: false,
            limits,
            shades,
            lanes: &[],
            height: 160.0,
            settled_s: 0.0,
        }
    }

    fn limit(value: f64, words: &str) -> Limit {
        Limit { value, words: words.into(), class: "limit" }
    }

    #[test]
    fn the_peak_the_limit_and_a_far_limit_are_all_told() {
        let limits = [limit(50.0, "capacity 50 B"), limit(9e9, "far")];
        let svg = time_chart(&chart(&[10.0, 40.0, 10.0], &[], &limits));
        assert!(svg.contains("peak 40 B") && svg.contains("capacity 50 B") && svg.contains("far (above)"), "{svg}");
        assert!(svg.contains("t &lt;b&gt;") && svg.contains("role=\"img\""));
    }

    #[test]
    fn spells_that_touch_are_drawn_as_one() {
        let spell = |n: u32| Spell { begin_s: f64::from(n) / 20.0, end_s: 26.0, tip: "x".into() };
        let spells: Vec<Spell> = (0..500).map(spell).collect();
        let svg = time_chart(&chart(&[1.0; 3], &spells, &[]));
        assert_eq!(svg.matches('Z').count(), 2, "one shade and the filled curve");
        let lane = |count: usize| Lane { name: "link".into(), class: "lane", spells: spells[..count].to_vec() };
        let lanes = [lane(3), lane(500)];
        let svg = time_chart(&TimeChart { lanes: &lanes, ..chart(&[1.0; 3], &[], &[]) });
        assert_eq!(svg.matches("<title>x</title>").count(), 3, "few can be pointed at, many are one path");
    }

    /// No VM was protected in the second and third bin: that is no age of zero.
    #[test]
    fn an_age_that_was_not_measured_is_a_gap() {
        let values = [600.0, 0.0, 0.0, 60.0];
        let svg = time_chart(&TimeChart { age: true, show: Show::Seconds, ..chart(&values, &[], &[]) });
        let line = svg.split("class=\"stroke\" d=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(line.map(|line| line.matches('M').count()), Some(2), "{line:?}");
    }
}
