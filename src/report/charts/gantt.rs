//! What came after a failure, one row a machine, on one axis of time; below it what was taken meanwhile.
//!
//! Units: seconds since the failure. Parts have their names in them where there is room, all have them when pointed at.

use super::axis::Axis;
use super::time::{Lane, draw_lane};
use super::{Area, Canvas, Caption, Show, TIME_LEFT, WIDTH, px, shortened, wide};

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
    let limits: Vec<_> = chart.limits.iter().filter(|limit| limit.0 <= longest * 3.0).collect();
    let axis = Axis::linear(Show::Seconds, limits.iter().map(|limit| limit.0).fold(longest, f64::max), 8);
    let x = |s: f64| axis.place(s, area.left, area.right);
    let mut canvas = Canvas::new(&chart.caption, WIDTH, area.bottom + below + 42.0);
    let mut at = area.left;
    for (name, class) in chart.legend {
        canvas.rect((at, 6.0), (12.0, 12.0), class, "");
        canvas.text((at + 17.0, 16.0), "start", "legend", name);
        at += 34.0 + wide(name);
    }
    let whole = Area { bottom: area.bottom + below, ..area };
    axis.draw_below(&mut canvas, whole);
    canvas.below(whole, chart.counts);
    let limits: Vec<(f64, &str)> = limits.iter().map(|(value, words)| (x(*value), words.as_str())).collect();
    canvas.uprights(&limits, area);
    for (place, lane) in chart.lanes.iter().enumerate() {
        draw_lane(&mut canvas, lane, 52.0 + 17.0 * place as f64, area, &x);
    }
    for (place, bar) in chart.bars.iter().enumerate() {
        draw_bar(&mut canvas, bar, area, area.top + ROW * place as f64 + 4.0, &x);
    }
    if let Some(taken) = &chart.taken {
        let panel = Area { top: area.bottom + 22.0, bottom: whole.bottom, ..area };
        draw_taken(&mut canvas, taken, panel, &x);
    }
    canvas.done()
}

fn draw_bar(canvas: &mut Canvas, bar: &Bar, area: Area, y: f64, x: &dyn Fn(f64) -> f64) {
    canvas.text((area.left - 8.0, y + 13.0), "end", "row", &shortened(&bar.name, area.left - 8.0));
    let mut last = area.left;
    for part in &bar.parts {
        let (from, to) = (x(part.begin_s), x(part.begin_s + part.length_s));
        let length = Show::Seconds.text(part.length_s);
        if part.length_s > 0.0 {
            let tip = format!("{}: {} {length}", bar.name, part.name);
            canvas.rect((from, y), ((to - from).max(1.0), ROW - 8.0), part.class, &tip);
        }
        let words = [format!("{} {length}", part.name), part.name.to_owned(), length];
        if let Some(fits) = words.iter().find(|words| wide(words) + 8.0 < to - from) {
            canvas.text(((from + to) / 2.0, y + 13.0), "middle", "inside", fits);
        }
        last = to;
    }
    canvas.text((last + 6.0, y + 13.0), "start", "row", &bar.end);
}

fn draw_taken(canvas: &mut Canvas, taken: &Taken, area: Area, x: &dyn Fn(f64) -> f64) {
    let peak = taken.pieces.iter().map(|piece| piece.2).fold(0.0, f64::max);
    let near = taken.capacity.filter(|capacity| *capacity <= peak * 8.0 || peak == 0.0);
    let upright = Axis::linear(Show::Count, near.unwrap_or(0.0).max(peak), 2);
    upright.draw_left(canvas, area);
    canvas.text((area.left, area.top - 6.0), "start", "row", &taken.name);
    let y = |level: f64| upright.place(level, area.bottom, area.top);
    let mut line = String::new();
    for (from, until, level) in &taken.pieces {
        let begin = if line.is_empty() { format!("M{} {}", px(x(*from)), px(y(*level))) } else { String::new() };
        line.push_str(&format!("{begin}V{}H{}", px(y(*level)), px(x(*until))));
    }
    if let Some(first) = taken.pieces.first() {
        canvas.path(&format!("{line}V{}H{}Z", px(area.bottom), px(x(first.0))), "under");
        canvas.path(&line, "stroke");
    }
    let words = taken.capacity.map(|capacity| format!("capacity {}", Show::Count.text(capacity)));
    if let Some(words) = words {
        let (height, words) = match near {
            Some(capacity) => (y(capacity), words),
            None => (area.top - 1.0, format!("{words} (above)")),
        };
        if near.is_some() {
            canvas.line((area.left, height), (area.right, height), "limit");
        }
        canvas.text((area.right, height - 5.0), "end", "limit-text", &words);
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
