//! What `plotters` draws on: a picture as SVG text, its shapes with classes and without colours.
//!
//! A colour of plotters names a class of the style sheet here ([`class`]). Shapes of one class that follow each other are
//! one path, and points that say nothing new are left out, so a picture stays small however much is drawn.
//!
//! Units: tenths of a pixel, since plotters counts in whole numbers. Invariant: all text is escaped.

use std::convert::Infallible;

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{FontTransform, RGBAColor};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::{escaped, px};

/// Tenths of a pixel.
pub(super) fn units(pixels: f64) -> i32 {
    (pixels * 10.0).round() as i32
}

/// All classes of shapes and text; a colour is up to three places in here.
const CLASSES: &str = "axis axis-text bar curve dot g0 g1 g2 g3 g4 g5 grid inside k1 k2 k3 k4 legend limit limit-text mark \
    open outage p50 p95 p99 peak peak-text phase point row seen settle shade span stroke tick under within worst";

/// The colour that stands for classes, parted by blanks.
pub(super) fn class(names: &str) -> RGBAColor {
    let place = |name: &str| CLASSES.split(' ').position(|known| known == name).expect("CLASSES holds every class");
    let mut places = names.split(' ').map(|name| place(name) as u8 + 1);
    let mut next = || places.next().unwrap_or(0);
    RGBAColor(next(), next(), next(), 1.0)
}

fn names(colour: BackendColor) -> String {
    let places = <[u8; 3]>::from(colour.rgb).into_iter().filter(|place| *place > 0);
    places.filter_map(|place| CLASSES.split(' ').nth(usize::from(place) - 1)).collect::<Vec<_>>().join(" ")
}

/// A picture under the pen.
pub(super) struct Svg {
    size: (u32, u32),
    out: String,
    /// Class of the path that still takes shapes.
    open: Option<String>,
    /// Shown when the next shape is pointed at.
    pub tip: String,
    /// Attributes of the next path for the script of the page, each after a blank.
    pub data: String,
}

impl Svg {
    /// After `head`, which opens the picture, of so many tenths of a pixel.
    pub fn new(head: String, size: (u32, u32)) -> Self {
        Self { size, out: head, open: None, tip: String::new(), data: String::new() }
    }

    /// The whole picture; nothing is left.
    pub fn take(&mut self) -> String {
        self.close();
        self.out.push_str("</svg>");
        std::mem::take(&mut self.out)
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.out.push_str("\"/>");
        }
    }

    /// A shape of its own, which no other joins.
    fn shape(&mut self, element: &str, colour: BackendColor, place: &str) {
        self.close();
        let end = match escaped(&std::mem::take(&mut self.tip)) {
            tip if tip.is_empty() => "/>".into(),
            tip => format!("><title>{tip}</title></{element}>"),
        };
        self.out.push_str(&format!("<{element} class=\"{}\"{place}{end}", names(colour)));
    }

    fn path(&mut self, points: impl IntoIterator<Item = BackendCoord>, colour: BackendColor, end: &str) {
        let points = straightened(points);
        let drawn = traced(&points) + end;
        if !self.tip.is_empty() {
            return self.shape("path", colour, &format!(" d=\"{drawn}\""));
        }
        let data = std::mem::take(&mut self.data);
        if points.len() < 2 || colour.alpha == 0.0 {
            return;
        }
        let names = names(colour);
        if self.open.as_ref() != Some(&names) {
            self.close();
            self.out.push_str(&format!("<path class=\"{names}\"{data} d=\""));
            self.open = Some(names);
        }
        self.out.push_str(&drawn);
    }
}

/// Without points that lie on the way between their neighbours, along or upright.
fn straightened(points: impl IntoIterator<Item = BackendCoord>) -> Vec<BackendCoord> {
    let on = |a: i32, b: i32, c: i32| (b - a).signum() == (c - b).signum();
    let mut kept: Vec<BackendCoord> = Vec::new();
    for next in points {
        if kept.last() == Some(&next) {
            continue;
        }
        if let [.., a, b] = kept[..]
            && ((a.0 == b.0 && b.0 == next.0 && on(a.1, b.1, next.1))
                || (a.1 == b.1 && b.1 == next.1 && on(a.0, b.0, next.0)))
        {
            kept.pop();
        }
        kept.push(next);
    }
    kept
}

fn tenths(units: i32) -> String {
    px(f64::from(units) / 10.0)
}

fn traced(points: &[BackendCoord]) -> String {
    let mut path = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        let last = place.checked_sub(1).map(|last| points[last]);
        path.push_str(&match last {
            None => format!("M{} {}", tenths(*x), tenths(*y)),
            Some(last) if last.1 == *y => format!("H{}", tenths(*x)),
            Some(last) if last.0 == *x => format!("V{}", tenths(*y)),
            Some(_) => format!("L{} {}", tenths(*x), tenths(*y)),
        });
    }
    path
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Svg {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, _fill: bool) -> Drawn {
        let (x, y, w, h) = (tenths(from.0), tenths(from.1), tenths(to.0 - from.0), tenths(to.1 - from.1));
        self.shape("rect", style.color(), &format!(" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\""));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.path(path, style.color(), "");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, style: &S, _fill: bool) -> Drawn {
        let (x, y, r) = (tenths(at.0), tenths(at.1), tenths(radius as i32));
        self.shape("circle", style.color(), &format!(" cx=\"{x}\" cy=\"{y}\" r=\"{r}\""));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, vert: I, style: &S) -> Drawn {
        self.path(vert, style.color(), "Z");
        Ok(())
    }

    /// The bottom of a text is the line its letters stand on.
    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let down = match style.anchor().v_pos {
            VPos::Top => 100,
            VPos::Center => 40,
            VPos::Bottom => 0,
        };
        let place = match style.transform() {
            FontTransform::None => format!("x=\"{}\" y=\"{}\"", tenths(x), tenths(y + down)),
            _ => format!("transform=\"translate({} {}) rotate(-90)\"", tenths(x + down), tenths(y)),
        };
        if text.is_empty() {
            return Ok(());
        }
        self.close();
        let (class, text) = (names(style.color()), escaped(text));
        self.out.push_str(&format!("<text class=\"{class}\" {place} text-anchor=\"{anchor}\">{text}</text>"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_style_sheet_can_be_drawn() {
        let rules = include_str!("../../../templates/report/chart.css");
        let selectors = rules.lines().filter_map(|rule| rule.split_once('{')).flat_map(|(names, _)| names.split(','));
        for name in selectors.flat_map(|selector| selector.split('.').skip(2)).map(str::trim) {
            assert!(["head", "ground"].contains(&name) || CLASSES.split(' ').any(|known| known == name), "{name}");
        }
        assert_eq!(names(plotters::style::Color::to_backend_color(&class("mark p50"))), "mark p50");
    }

    #[test]
    fn shapes_of_one_class_are_one_path_and_no_peak_is_lost() {
        let mut svg = Svg::new("<svg>".into(), (0, 0));
        let level = [(0, 50), (10, 50), (20, 50), (20, 10), (20, 40), (30, 40)];
        svg.draw_path(level, &class("stroke")).expect("text");
        svg.draw_line((0, 0), (5, 5), &class("stroke")).expect("text");
        svg.draw_line((0, 0), (0, 5), &class("grid")).expect("text");
        let (one, other) = ("M0 5H2V1V4H3M0 0L0.5 0.5", "M0 0V0.5");
        let whole = format!("<svg><path class=\"stroke\" d=\"{one}\"/><path class=\"grid\" d=\"{other}\"/></svg>");
        assert_eq!(svg.take(), whole);
    }
}
