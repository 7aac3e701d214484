//! Rows of estimates with their intervals over one linear axis that shows zero: differences, and what fields explain.
//!
//! A row may have two marks, told apart by shape. A band around zero is what does not matter. Units: those of the axis.

use plotters::prelude::Rectangle;
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::Canvas;
use super::ranges::{draw_interval, mark};
use super::svg::{class, units};
use super::{Area, Caption, Show, WIDTH, shortened, wide};
use crate::planner::findings::Estimate;

/// One row: its marks by shape (`p50`, `p95`), with the words of each.
pub struct Whisker {
    pub name: String,
    pub marks: Vec<(&'static str, Estimate, String)>,
}

const ROW: f64 = 32.0;
const LEFT: f64 = 210.0;
const TOP: f64 = 34.0;

/// All rows; `band`: half width of what does not matter; `legend`: names of shapes.
pub fn whiskers(
    caption: &Caption,
    (show, words): (Show, &str),
    rows: &[Whisker],
    band: f64,
    legend: &[(&'static str, &str)],
) -> String {
    let bottom = TOP + ROW * rows.len() as f64;
    let area = Area { left: LEFT, top: TOP, right: WIDTH - 24.0, bottom };
    let sides = |(_, own, _): &(&str, Estimate, String)| [own.value, own.low, own.high];
    let all: Vec<f64> = rows.iter().flat_map(|row| row.marks.iter().flat_map(sides)).flatten().collect();
    let finite = all.iter().copied().filter(|value| value.is_finite()).chain([-band, band]);
    let ends = finite.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let canvas = Canvas::new(caption, WIDTH, bottom + 42.0);
    let mut plot = canvas.plot(area, Axis::window(show, ends, 6), Axis::rows(area.bottom - area.top));
    if band > 0.0 {
        plot.draw([Rectangle::new([(-band, 0.0), (band, area.bottom - area.top)], class("within"))]);
    }
    plot.mesh(words, "");
    plot.upright(0.0, "axis");
    let mut at = LEFT;
    for (shape, name) in legend {
        canvas.draw(mark((units(at), units(14.0)), shape));
        canvas.text((at + 13.0, 18.0), HPos::Left, "legend", name);
        at += 40.0 + wide(name);
    }
    for (place, row) in rows.iter().enumerate() {
        let middle = ROW * (place as f64 + 0.5);
        canvas.text((LEFT - 10.0, TOP + middle + 4.0), HPos::Right, "row", &shortened(&row.name, LEFT - 12.0));
        for (shape, own, tip) in &row.marks {
            let Some(value) = own.value.filter(|value| value.is_finite()) else { continue };
            draw_interval(&mut plot, (value, middle), (own.low, own.high), shape, area);
            canvas.tip(tip);
            plot.draw(mark((value, middle), shape));
        }
    }
    canvas.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_bar_and_a_mark_beside_zero() {
        let own = Estimate { value: Some(-60.0), low: Some(-90.0), high: Some(-30.0) };
        let row = Whisker { name: "wider".into(), marks: vec![("p95", own, "a minute less".into())] };
        let none = Whisker { name: "nothing".into(), marks: vec![("p95", Estimate::default(), "never said".into())] };
        let caption = Caption { id: "c", title: "t", says: "d" };
        let svg = whiskers(&caption, (Show::Seconds, "difference"), &[row, none], 10.0, &[("p95", "interval")]);
        assert!(svg.contains("a minute less") && !svg.contains("never said"), "{svg}");
        assert!(svg.contains("class=\"within\"") && svg.contains("bar p95") && svg.contains(">-1m<"), "{svg}");
    }
}
