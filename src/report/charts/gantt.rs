//! What came after a failure, one row a machine: detect, decide, process, create, boot on one axis of time.
//!
//! Units: seconds since the failure. Invariant: the parts of a row stand behind each other and add up to its RTO.

use super::axis::Axis;
use super::{Area, Canvas, Caption, Show};

/// One machine.
pub struct Bar {
    pub name: String,
    /// Name, class and length of each part, in order of time.
    pub parts: Vec<(&'static str, &'static str, f64)>,
}

const WIDTH: f64 = 760.0;
const ROW: f64 = 26.0;

pub fn gantt(caption: &Caption, bars: &[Bar], limits: &[(f64, String)]) -> String {
    let height = 62.0 + ROW * bars.len() as f64 + 30.0;
    let area = Area { left: 150.0, top: 56.0, right: WIDTH - 74.0, bottom: height - 30.0 };
    let total = |bar: &Bar| bar.parts.iter().map(|part| part.2).sum::<f64>();
    let longest = bars.iter().map(total).fold(0.0, f64::max);
    // A wanted limit far beyond the longest row would squeeze the rows; it is left to the words then.
    let limits: Vec<_> = limits.iter().filter(|limit| limit.0 <= longest * 3.0).collect();
    let axis = Axis::linear(Show::Seconds, limits.iter().map(|limit| limit.0).fold(longest, f64::max), 8);
    let x = |s: f64| axis.place(s, area.left, area.right);
    let mut canvas = Canvas::new(caption, WIDTH, height);
    let mut at = area.left;
    for (name, class, _) in bars.first().map_or(&[][..], |bar| &bar.parts) {
        canvas.rect((at, 8.0), (12.0, 12.0), class, "");
        canvas.text((at + 17.0, 18.0), "start", "legend", name);
        at += 34.0 + 7.4 * name.len() as f64;
    }
    axis.draw_below(&mut canvas, area);
    let limits: Vec<(f64, &str)> = limits.iter().map(|(value, words)| (x(*value), words.as_str())).collect();
    canvas.uprights(&limits, area);
    for (place, bar) in bars.iter().enumerate() {
        let y = area.top + ROW * place as f64 + 4.0;
        canvas.text((area.left - 8.0, y + 13.0), "end", "row", &shortened(&bar.name));
        let mut begin = 0.0;
        for (name, class, length) in &bar.parts {
            let tip = format!("{}: {name} {}", bar.name, Show::Seconds.text(*length));
            if *length > 0.0 {
                canvas.rect((x(begin), y), ((x(begin + length) - x(begin)).max(1.0), ROW - 8.0), class, &tip);
            }
            begin += length;
        }
        canvas.text((x(begin) + 6.0, y + 13.0), "start", "row", &Show::Seconds.text(begin));
    }
    canvas.done()
}

/// A name that fits before the rows.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 20;
    if name.chars().count() <= LONGEST {
        return name.into();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_behind_each_other_and_add_up() {
        let bar = Bar {
            name: "sql-1".into(),
            parts: vec![("detect", "g1", 60.0), ("decide", "g2", 1_800.0), ("boot", "g5", 240.0)],
        };
        let svg = gantt(&Caption { id: "c", title: "t", says: "d" }, &[bar], &[(1e9, "never".into())]);
        assert!(svg.contains("sql-1: decide 30m") && svg.contains(">35m</text>"), "{svg}");
        assert!(!svg.contains("never"), "a limit far beyond is not drawn");
    }
}
