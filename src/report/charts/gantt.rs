//! What came after a failure, one row a machine, on one axis of time; below it what was taken meanwhile.
//!
//! Units: seconds since the failure. Parts have their names in them where there is room, all have them when pointed at.

use plotters::prelude::{AreaSeries, LineSeries, Rectangle};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::{Canvas, Plot};
use super::svg::{class, units};
use super::time::{Lane, draw_lanes};
use super::{Area, Caption, Show, TIME_LEFT, WIDTH, shortened, wide};

/// One machine.
pub struct Bar {
    pub name: String,
    pub parts: Vec<Part>,
    /// Stands behind the last part.
    pub end: String,
}

/// Something that took time.
pub struct Part {
    pub name: &'static str,
    pub class: &'static str,
    pub begin_s: f64,
    pub length_s: f64,
}

pub struct Gantt<'a> {
    pub caption: Caption<'a>,
    /// What the axis counts.
    pub counts: &'a str,
    /// Name and class of each kind of part, in order of time.
    pub legend: &'a [(&'static str, &'static str)],
    pub bars: &'a [Bar],
    pub limits: &'a [(f64, String)],
    /// What was in force, above the machines.
    pub lanes: &'a [Lane],
    pub taken: Option<Taken>,
}

/// How much was taken of something of which there is so much, in pieces from, until, level.
pub struct Taken {
    pub name: String,
    pub capacity: Option<f64>,
    pub pieces: Vec<(f64, f64, f64)>,
}

const ROW: f64 = 26.0;
const TAKEN: f64 = 74.0;

pub fn gantt(chart: &Gantt) -> String {
    let lanes = 17.0 * chart.lanes.len() as f64;
    let rows = ROW * chart.bars.len() as f64;
    let top = 58.0 + lanes;
    let area = Area { left: TIME_LEFT, top, right: WIDTH - 78.0, bottom: top + rows + 4.0 };
    let below = if chart.taken.is_some() { TAKEN + 22.0 } else { 0.0 };
    let end = |bar: &Bar| bar.parts.last().map_or(0.0, |part| part.begin_s + part.length_s);
    let longest = chart.bars.iter().map(end).fold(0.0, f64::max);
    // A wanted limit far beyond the longest row would squeeze the rows; it is left to the words then.
    let limits: Vec<_> = chart.limits.iter().filter(|limit| limit.0 <= longest * 3.0).cloned().collect();
    let axis = Axis::linear(Show::Seconds, limits.iter().map(|limit| limit.0).fold(longest, f64::max), 8);
    let canvas = Canvas::new(&chart.caption, WIDTH, area.bottom + below + 42.0);
    draw_legend(&canvas, chart.legend, area.left);
    let whole = Area { bottom: area.bottom + below, ..area };
    canvas.plot(whole, axis.clone(), Axis::rows(whole.bottom - whole.top)).mesh(chart.counts, "");
    draw_lanes(&canvas, chart.lanes, 52.0, area, &axis);
    let along = Axis::bare(axis.low(), axis.high());
    let mut plot = canvas.plot(area, along.clone(), Axis::rows(area.bottom - area.top));
    plot.uprights(&limits);
    for (place, bar) in chart.bars.iter().enumerate() {
        draw_bar(&mut plot, bar, ROW * place as f64 + 4.0);
    }
    if let Some(taken) = &chart.taken {
        draw_taken(&canvas, taken, Area { top: area.bottom + 22.0, bottom: whole.bottom, ..area }, along);
    }
    canvas.done()
}

fn draw_legend(canvas: &Canvas, legend: &[(&str, &str)], left: f64) {
    let mut at = left;
    for (name, kind) in legend {
        let corners = [(units(at), units(6.0)), (units(at + 12.0), units(18.0))];
        canvas.draw([Rectangle::new(corners, class(kind))]);
        canvas.text((at + 17.0, 16.0), HPos::Left, "legend", name);
        at += 34.0 + wide(name);
    }
}

fn draw_bar(plot: &mut Plot, bar: &Bar, y: f64) {
    plot.text((0.0, y), (-8.0, 13.0), HPos::Right, "row", &shortened(&bar.name, TIME_LEFT - 8.0));
    let mut last = 0.0;
    for part in &bar.parts {
        let (from, to) = (part.begin_s, part.begin_s + part.length_s);
        let length = Show::Seconds.text(part.length_s);
        if part.length_s > 0.0 {
            let corners = [(from, y), (to.max(from + plot.pixel()), y + ROW - 8.0)];
            let tip = format!("{}: {} {length}", bar.name, part.name);
            plot.canvas.tip(&tip);
            plot.draw([Rectangle::new(corners, class(part.class))]);
        }
        let words = [format!("{} {length}", part.name), part.name.to_owned(), length];
        if let Some(fits) = words.iter().find(|words| wide(words) + 8.0 < part.length_s / plot.pixel()) {
            plot.text(((from + to) / 2.0, y), (0.0, 13.0), HPos::Center, "inside", fits);
        }
        last = to;
    }
    plot.text((last, y), (6.0, 13.0), HPos::Left, "row", &bar.end);
}

fn draw_taken(canvas: &Canvas, taken: &Taken, area: Area, along: Axis) {
    let peak = taken.pieces.iter().map(|piece| piece.2).fold(0.0, f64::max);
    let near = taken.capacity.filter(|capacity| *capacity <= peak * 8.0 || peak == 0.0);
    let upright = Axis::linear(Show::Count, near.unwrap_or(0.0).max(peak), 2);
    let (right, top) = (along.high(), upright.high());
    let mut plot = canvas.plot(area, along, upright);
    plot.mesh("", "");
    canvas.text((area.left, area.top - 6.0), HPos::Left, "row", &taken.name);
    let steps = || taken.pieces.iter().flat_map(|(from, until, level)| [(*from, *level), (*until, *level)]);
    plot.draw(AreaSeries::new(steps(), 0.0, class("under")));
    plot.draw(LineSeries::new(steps(), class("stroke")));
    let words = taken.capacity.map(|capacity| format!("capacity {}", Show::Count.text(capacity)));
    match (near, words) {
        (Some(capacity), Some(words)) => {
            plot.across(capacity, "limit");
            plot.text((right, capacity), (0.0, -5.0), HPos::Right, "limit-text", &words);
        }
        (None, Some(words)) => {
            plot.text((right, top), (0.0, -6.0), HPos::Right, "limit-text", &format!("{words} (above)"));
        }
        (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_their_names_in_them_or_at_the_pointer() {
        let part = |name, class, begin_s, length_s| Part { name, class, begin_s, length_s };
        let bar = Bar {
            name: "sql-1".into(),
            parts: vec![
                part("detect", "g1", 0.0, 60.0),
                part("decide", "g2", 60.0, 1_800.0),
                part("boot", "g5", 1_860.0, 240.0),
            ],
            end: "35m".into(),
        };
        let caption = || Caption { id: "c", title: "t", says: "d" };
        let chart = Gantt {
            caption: caption(),
            counts: "since",
            legend: &[],
            bars: &[bar],
            limits: &[(1e9, "never".into())],
            lanes: &[],
            taken: Some(Taken { name: "slots".into(), capacity: Some(31.0), pieces: vec![(0.0, 900.0, 10.0)] }),
        };
        let svg = gantt(&chart);
        assert!(svg.contains(">decide 30m</text>") && svg.contains(">35m</text>"), "{svg}");
        assert!(svg.contains("sql-1: detect 1m") && !svg.contains(">detect"), "{svg}");
        assert!(!svg.contains("never"), "a limit far beyond is not drawn");
        assert!(svg.contains("capacity 31"), "{svg}");
    }
}
