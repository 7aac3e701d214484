//! The paper of a picture, and plots on it: two axes of ours under the coordinates and series of `plotters`.
//!
//! Units: on a [`Canvas`] pixels from its upper left corner, in a [`Plot`] the values of its axes; offsets are pixels.
//! What lies beyond an axis is drawn at its end.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::element::{BackendCoordOnly, Drawable, PointCollection};
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Color, DrawingArea, DrawingAreaErrorKind, EmptyElement, IntoFont,
    PathElement, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::svg::{Svg, class, units};
use super::{Area, Caption, escaped, wide};

/// Of an axis below: numbers and what they count [px].
const BELOW: f64 = 33.0;
/// What an upright axis counts begins here [px].
const EDGE: f64 = 4.0;
/// Marks of ticks; plotters keeps its numbers twice as far from the axis [px].
const MARK: f64 = 3.5;

/// A picture under the pen.
#[derive(Clone)]
pub(super) struct Canvas {
    svg: Rc<RefCell<Svg>>,
    root: DrawingArea<Svg, Shift>,
}

impl Canvas {
    pub fn new(caption: &Caption, width: f64, height: f64) -> Self {
        let (id, title, says) = (escaped(caption.id), escaped(caption.title), escaped(caption.says));
        let head = format!(
            "<svg class=\"chart\" id=\"{id}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{says}</desc>"
        );
        Self::headed(head, width, height)
    }

    /// After a head of its own.
    pub fn headed(head: String, width: f64, height: f64) -> Self {
        let svg = Rc::new(RefCell::new(Svg::new(head, (units(width) as u32, units(height) as u32))));
        Self { root: DrawingArea::from(&svg), svg }
    }

    /// Shapes in [`units`].
    pub fn draw<E>(&self, shapes: impl IntoIterator<Item = E>)
    where
        E: Drawable<Svg>,
        for<'a> &'a E: PointCollection<'a, (i32, i32)>,
    {
        shapes.into_iter().for_each(|shape| sure(self.root.draw(&shape)));
    }

    /// The next shape shows these words when it is pointed at.
    pub fn tip(&self, words: &str) {
        self.svg.borrow_mut().tip = words.into();
    }

    /// The next path has these attributes, each after a blank, for the script of the page.
    pub fn data(&self, attributes: String) {
        self.svg.borrow_mut().data = attributes;
    }

    pub fn text(&self, at: (f64, f64), anchor: HPos, class: &str, words: &str) {
        self.draw([text(at, anchor, class, words)]);
    }

    pub fn plot(&self, area: Area, along: Axis, upright: Axis) -> Plot {
        let (wide, tall) = (area.right - area.left, area.bottom - area.top);
        let (along, upright) = (along.with_room(wide, super::wide), upright.with_room(tall, |_| 9.0));
        let left = units(area.left - EDGE);
        // Plotters counts the last unit of an area as beyond it.
        let size = (left + units(wide) + 1, units(tall + BELOW) + 1);
        let part = self.root.clone().shrink((units(EDGE), units(area.top)), size);
        let mut builder = ChartBuilder::on(&part);
        builder.y_label_area_size(left).x_label_area_size(units(BELOW));
        Plot { chart: sure(builder.build_cartesian_2d(along, upright)), canvas: self.clone(), area }
    }

    pub fn done(self) -> String {
        self.svg.borrow_mut().take()
    }
}

/// Two axes and what is drawn between them.
pub(super) struct Plot {
    chart: ChartContext<'static, Svg, Cartesian2d<Axis, Axis>>,
    pub canvas: Canvas,
    area: Area,
}

impl Plot {
    /// Lines and numbers of the axes that have ticks, and what they count.
    pub fn mesh(&mut self, below: &str, left: &str) {
        let axes = self.chart.as_coord_spec();
        let (along, upright) = (axes.x_spec().has_ticks(), axes.y_spec().has_ticks());
        let mut mesh = self.chart.configure_mesh();
        mesh.light_line_style(class("grid")).bold_line_style(class("grid")).axis_style(class("axis"));
        mesh.label_style(style(HPos::Left, "tick")).axis_desc_style(style(HPos::Left, "axis-text"));
        mesh.set_all_tick_mark_size(units(MARK));
        mesh.x_desc(if along { below } else { "" }).y_desc(if upright { left } else { "" });
        if !along {
            mesh.disable_x_mesh().disable_x_axis();
        }
        if !upright {
            mesh.disable_y_mesh().disable_y_axis();
        }
        sure(mesh.draw());
    }

    pub fn draw<E>(&mut self, series: impl IntoIterator<Item = E>)
    where
        E: Drawable<Svg>,
        for<'a> &'a E: PointCollection<'a, (f64, f64)>,
    {
        sure(self.chart.draw_series::<BackendCoordOnly, E, E, _>(series).map(|_| ()));
    }

    /// Words beside a place.
    pub fn text(&mut self, at: (f64, f64), aside: (f64, f64), anchor: HPos, class: &str, words: &str) {
        self.draw([EmptyElement::at(at) + text(aside, anchor, class, words)]);
    }

    /// A line from side to side.
    pub fn across(&mut self, value: f64, name: &str) {
        let ends = self.chart.x_range();
        self.draw([PathElement::new([(ends.start, value), (ends.end, value)], class(name))]);
    }

    /// A line from the lower side to the upper one.
    pub fn upright(&mut self, value: f64, name: &str) {
        let ends = self.chart.y_range();
        self.draw([PathElement::new([(value, ends.start), (value, ends.end)], class(name))]);
    }

    /// Upright lines at limits with their words above the plot, one row a limit, within the picture.
    pub fn uprights(&mut self, limits: &[(f64, String)]) {
        let area = self.area;
        let mut taken: Vec<(f64, f64, f64)> = Vec::new();
        for (value, words) in limits {
            let half = wide(words) / 2.0 + 4.0;
            let least = area.left + half - 40.0;
            let middle = self.pixels((*value, 0.0)).0.clamp(least, (area.right + 16.0 - half).max(least));
            let row = |y: f64| taken.iter().all(|(l, r, at)| *at != y || middle + half < *l || middle - half > *r);
            let y = [area.top - 4.0, area.top - 17.0].into_iter().find(|y| row(*y)).unwrap_or(area.top - 30.0);
            taken.push((middle - half, middle + half, y));
            self.upright(*value, "limit");
            self.canvas.text((middle, y), HPos::Center, "limit-text", words);
        }
    }

    /// Where a pair of values stands in the picture.
    pub fn pixels(&self, at: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.chart.backend_coord(&at);
        (f64::from(x) / 10.0, f64::from(y) / 10.0)
    }

    /// So much of a linear axis is one pixel.
    pub fn pixel(&self) -> f64 {
        let ends = self.chart.x_range();
        (ends.end - ends.start) / (self.area.right - self.area.left)
    }
}

fn style(anchor: HPos, name: &str) -> TextStyle<'static> {
    let font = ("sans-serif", 12).into_font();
    TextStyle { font, color: class(name).to_backend_color(), pos: Pos::new(anchor, VPos::Bottom) }
}

fn text(at: (f64, f64), anchor: HPos, class: &str, words: &str) -> Text<'static, (i32, i32), String> {
    Text::new(words.to_owned(), (units(at.0), units(at.1)), style(anchor, class))
}

fn sure<T>(drawn: Result<T, DrawingAreaErrorKind<Infallible>>) -> T {
    drawn.expect("text takes every shape")
}
