//! Lines over the time of the run: outages shaded and named in lanes below, limits and the peak marked.
//!
//! Time runs from the start of the run in seconds; a bin holds its greatest value, so steps are drawn and no peak is
//! lost. Spells that touch within a pixel are drawn as one, so a chart stays small however often something failed. A
//! chart without values has lanes only.

use plotters::prelude::{AreaSeries, Circle, LineSeries, Polygon, Rectangle};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::{Canvas, Plot};
use super::svg::{class, units};
use super::{Area, Caption, Show, TIME_LEFT, WIDTH, shortened};

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
    let lanes = LANE * chart.lanes.len() as f64 + if chart.lanes.is_empty() { 0.0 } else { 8.0 };
    let canvas = Canvas::new(&chart.caption, WIDTH, area.bottom + 40.0 + lanes);
    let peak = chart.values.iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
    let upright = if chart.height > 0.0 { upright(chart, peak.1) } else { Axis::rows(0.0) };
    let ends = (upright.low(), upright.high());
    let mut plot = canvas.plot(area, along.clone(), upright);
    if chart.settled_s > 0.0 {
        let settling = Rectangle::new([(0.0, ends.0), (chart.settled_s, ends.1)], class("settle"));
        canvas.tip("settling: not counted");
        plot.draw([settling]);
        canvas.text((area.left, area.top - 7.0), HPos::Left, "tick", "settling");
    }
    let shades = merged(chart.shades, plot.pixel());
    plot.draw(shades.into_iter().map(|(from, to)| solid((from, ends.1), (to, ends.0), "shade")));
    plot.mesh("time since the start of the run", chart.counts);
    if chart.height > 0.0 {
        draw_values(&mut plot, chart, ends, area);
        let drawn = draw_limits(&mut plot, chart.limits, (along.high(), ends.1), area);
        draw_peak(&mut plot, chart, peak, &drawn, area);
    }
    draw_lanes(&canvas, chart.lanes, area.bottom + 40.0, area, &along);
    canvas.done()
}

/// A limit far above everything would flatten the line; it is then told in words at the upper edge.
fn upright(chart: &TimeChart, peak: f64) -> Axis {
    let seen = chart.limits.iter().filter(|limit| limit.class == "seen").map(|limit| limit.value).fold(0.0, f64::max);
    let near = |limit: &&Limit| {
        limit.class == "seen" || limit.value <= (peak * 8.0).max(seen * 3.0) || peak == 0.0 || chart.age
    };
    let limits = || chart.limits.iter().filter(near).map(|limit| limit.value);
    let high = limits().fold(peak, f64::max);
    if chart.age {
        let known = chart.values.iter().copied().filter(|value| *value > 0.0);
        Axis::times(known.chain(limits()).fold(high.max(1.0), f64::min), high)
    } else {
        Axis::linear(chart.show, high, ((chart.height / 40.0) as usize).max(2))
    }
}

/// The values as steps, with a gap where an age was not measured.
fn draw_values(plot: &mut Plot, chart: &TimeChart, (low, high): (f64, f64), area: Area) {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (place, value) in chart.values.iter().enumerate() {
        let begin_s = place as f64 * chart.bin_s;
        match runs.last_mut() {
            Some(run) if !chart.age || *value > 0.0 => run.extend([(begin_s, *value), (begin_s + chart.bin_s, *value)]),
            _ => runs.push(Vec::new()),
        }
    }
    if !chart.age {
        plot.draw(runs.iter().flat_map(|run| AreaSeries::new(run.iter().copied(), low, class("under"))));
    }
    let (bin, lasts, show) = (chart.bin_s, chart.bin_s * chart.values.len() as f64, show_name(chart.show));
    plot.canvas.data(format!(
        " data-bin=\"{bin}\" data-lasts=\"{lasts}\" data-show=\"{show}\" data-low=\"{low}\" data-top=\"{high}\" \
         data-area=\"{} {} {} {}\"",
        area.left, area.top, area.right, area.bottom
    ));
    plot.draw(runs.into_iter().flat_map(|run| LineSeries::new(run, class("stroke curve"))));
}

/// Returns the heights of the lines drawn; of lines that would stand on each other the first is told.
fn draw_limits(plot: &mut Plot, limits: &[Limit], ends: (f64, f64), area: Area) -> Vec<f64> {
    let mut drawn: Vec<f64> = Vec::new();
    let (within, above): (Vec<&Limit>, Vec<&Limit>) = limits.iter().partition(|limit| limit.value <= ends.1);
    let above: Vec<String> = above.iter().map(|limit| format!("{} (above)", limit.words)).collect();
    for limit in within {
        let y = plot.pixels((0.0, limit.value)).1;
        plot.across(limit.value, limit.class);
        if drawn.iter().all(|other| (other - y).abs() > 13.0) {
            let down = if y < area.top + 13.0 && !above.is_empty() { 13.0 } else { -5.0 };
            plot.text((ends.0, limit.value), (-4.0, down), HPos::Right, "limit-text", &limit.words);
        }
        drawn.push(y);
    }
    plot.canvas.text((area.right, area.top - 7.0), HPos::Right, "limit-text", &above.join("; "));
    drawn
}

/// A dot, and its words on the side where there is room and no line runs through them.
fn draw_peak(plot: &mut Plot, chart: &TimeChart, (place, value): (usize, f64), lines: &[f64], area: Area) {
    if value <= 0.0 {
        return;
    }
    let at = ((place as f64 + 0.5) * chart.bin_s, value);
    let (x, y) = plot.pixels(at);
    plot.draw([Circle::new(at, units(4.0), class("peak"))]);
    let (anchor, aside) = if x > (area.left + area.right) / 2.0 { (HPos::Right, -8.0) } else { (HPos::Left, 8.0) };
    // Above the peak there is no line but those of limits.
    let crossed = y < area.top + 20.0 || lines.iter().any(|line| (y - 26.0..y + 2.0).contains(line));
    let down = if crossed { 18.0 } else { -8.0 };
    plot.text(at, (aside, down), anchor, "peak-text", &format!("peak {}", chart.show.text(value)));
}

/// Spells on an axis of which a pixel is so many seconds; those that touch are one.
fn merged(spells: &[Spell], pixel_s: f64) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = spells.iter().map(|spell| span(spell, pixel_s)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 + pixel_s => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// From when to when; too short to be seen is drawn longer.
fn span(spell: &Spell, pixel_s: f64) -> (f64, f64) {
    (spell.begin_s, spell.end_s.max(spell.begin_s + 1.5 * pixel_s))
}

/// A box that is part of one path with the others of its class.
fn solid((left, top): (f64, f64), (right, bottom): (f64, f64), name: &str) -> Polygon<(f64, f64)> {
    Polygon::new([(left, top), (right, top), (right, bottom), (left, bottom)], class(name))
}

/// Rows from `top` on. Bars can be pointed at while they are few; they are one path when they are many.
pub(super) fn draw_lanes(canvas: &Canvas, lanes: &[Lane], top: f64, area: Area, along: &Axis) {
    const POINTED_AT: usize = 40;
    let area = Area { top, bottom: top + LANE * lanes.len() as f64, ..area };
    let mut plot = canvas.plot(area, Axis::bare(along.low(), along.high()), Axis::rows(area.bottom - top));
    let pixel_s = plot.pixel();
    for (place, lane) in lanes.iter().enumerate() {
        let (above, below) = (LANE * place as f64 + 3.0, LANE * (place + 1) as f64 - 3.0);
        plot.text((0.0, above), (-8.0, 9.0), HPos::Right, "row", &shortened(&lane.name, TIME_LEFT - 8.0));
        plot.across(below, "grid");
        if lane.spells.len() <= POINTED_AT {
            for spell in &lane.spells {
                let (from, to) = span(spell, pixel_s);
                plot.canvas.tip(&spell.tip);
                plot.draw([Rectangle::new([(from, above), (to, below)], class(lane.class))]);
            }
        } else {
            let spans = merged(&lane.spells, pixel_s).into_iter();
            plot.draw(spans.map(|(from, to)| solid((from, above), (to, below), lane.class)));
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
        let lane = |count: usize| Lane { name: "link".into(), class: "outage", spells: spells[..count].to_vec() };
        let lanes = [lane(3), lane(500)];
        let svg = time_chart(&TimeChart { lanes: &lanes, ..chart(&[1.0; 3], &[], &[]) });
        assert_eq!(svg.matches("<title>x</title>").count(), 3, "few can be pointed at, many are one path");
    }

    /// No VM was protected in the second and third bin: that is no age of zero.
    #[test]
    fn an_age_that_was_not_measured_is_a_gap() {
        let values = [600.0, 0.0, 0.0, 60.0];
        let svg = time_chart(&TimeChart { age: true, show: Show::Seconds, ..chart(&values, &[], &[]) });
        let line = svg
            .split("class=\"stroke curve\"")
            .nth(1)
            .and_then(|rest| rest.split(" d=\"").nth(1))
            .and_then(|rest| rest.split('"').next());
        assert_eq!(line.map(|line| line.matches('M').count()), Some(2), "{line:?}");
    }
}
