//! Bars with names, one below the other, on one axis: what moves an answer, peaks against what there is, batches, waves.
//!
//! Units: those of [`Show`]. A limit far beyond the longest bar would squeeze the bars; it is told in words then.

use plotters::prelude::Rectangle;
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::Canvas;
use super::svg::{class, units};
use super::{Area, Caption, Show, WIDTH, shortened, wide};

/// One row.
pub struct Row {
    pub name: String,
    pub parts: Vec<Piece>,
    /// Stands behind the longest part.
    pub end: String,
}

/// From one value to another.
pub struct Piece {
    pub from: f64,
    pub to: f64,
    pub class: &'static str,
    pub tip: String,
}

/// Rows over one axis.
pub struct Bars {
    pub show: Show,
    /// What the axis counts.
    pub counts: &'static str,
    /// Names of the parts; none where a row has one.
    pub legend: Vec<(&'static str, &'static str)>,
    pub rows: Vec<Row>,
    pub limits: Vec<(f64, String)>,
    /// The axis begins a little below the least value, not at zero.
    pub is_near: bool,
}

const ROW: f64 = 22.0;
const LEFT: f64 = 264.0;

pub fn bars(caption: &Caption, drawn: &Bars) -> String {
    let ends = || drawn.rows.iter().flat_map(|row| &row.parts).flat_map(|part| [part.from, part.to]);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(0.0, f64::max));
    let (limits, far): (Vec<_>, Vec<_>) = drawn.limits.iter().cloned().partition(|limit| limit.0 <= most * 3.0);
    let most = limits.iter().map(|limit| limit.0).fold(most, f64::max);
    let low = if drawn.is_near && least.is_finite() { (least - (most - least) * 0.15).max(0.0) } else { 0.0 };
    let axis = Axis::between(drawn.show, low, most, 6);
    let bottom = 56.0 + ROW * drawn.rows.len() as f64;
    let area = Area { left: LEFT, top: 56.0, right: WIDTH - 96.0, bottom };
    let canvas = Canvas::new(caption, WIDTH, bottom + 42.0);
    let mut plot = canvas.plot(area, axis, Axis::rows(bottom - area.top));
    plot.mesh(drawn.counts, "");
    plot.uprights(&limits);
    let mut left = LEFT;
    for (name, kind) in &drawn.legend {
        let corners = [(units(left), units(6.0)), (units(left + 12.0), units(18.0))];
        canvas.draw([Rectangle::new(corners, class(kind))]);
        canvas.text((left + 17.0, 16.0), HPos::Left, "legend", name);
        left += 34.0 + wide(name);
    }
    let beyond: Vec<&str> = far.iter().map(|limit| limit.1.as_str()).collect();
    if !beyond.is_empty() {
        canvas.text((WIDTH - 8.0, 16.0), HPos::Right, "limit-text", &format!("{} (far beyond)", beyond.join(", ")));
    }
    for (place, row) in drawn.rows.iter().enumerate() {
        let y = ROW * place as f64 + 4.0;
        plot.text((low, y), (-10.0, 11.0), HPos::Right, "row", &shortened(&row.name, LEFT - 12.0));
        let mut last = low;
        for part in &row.parts {
            let (from, to) = (part.from.min(part.to), part.from.max(part.to));
            canvas.tip(&part.tip);
            plot.draw([Rectangle::new([(from, y), (to.max(from + plot.pixel()), y + ROW - 8.0)], class(part.class))]);
            last = last.max(to);
        }
        plot.text((last, y), (6.0, 11.0), HPos::Left, "row", &row.end);
    }
    canvas.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_limit_is_told_in_words() {
        let part = Piece { from: 0.0, to: 0.02, class: "g1", tip: "2 %".into() };
        let drawn = Bars {
            show: Show::Share,
            counts: "share of what there is",
            legend: Vec::new(),
            rows: vec![Row { name: "cache".into(), parts: vec![part], end: "2 %".into() }],
            limits: vec![(1.0, "all".into())],
            is_near: false,
        };
        let svg = bars(&Caption { id: "c", title: "t", says: "d" }, &drawn);
        assert!(svg.contains("all (far beyond)") && svg.contains(">cache</text>"), "{svg}");
    }
}
