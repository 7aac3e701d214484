//! Pictures of the report as SVG text, drawn by ourselves: for the page, and as files of their own.
//!
//! A picture here wears the colours of the page it stands in: every shape has a class and no colour, so the same bytes
//! serve light, dark and paper, and every picture has a title and a description for those who do not see it. As a
//! file it carries its colours with it ([`standalone`]). Colour never says anything alone: parts have their names or
//! shapes, shades have lanes.
//!
//! Units: pixels of a fixed view box, rounded to a tenth; values in the unit of [`Show`]. Invariants: no reference
//! leaves the file; all text is escaped; the same values give the same bytes.

mod axis;
mod file;
mod gantt;
mod numbers;
mod ranges;
mod scatter;
mod shares;
mod time;

pub(super) use file::standalone;
pub(super) use gantt::{Bar, Gantt, Part, Taken, gantt};
pub(super) use numbers::{Show, interval, moment, share, span};
pub(super) use ranges::{Strip, gauge, strips};
pub(super) use scatter::{Dot, Guide, scatter};
pub(super) use shares::{Curve, shares};
pub(super) use time::{Lane, Limit, Spell, TimeChart, time_chart};

/// Every chart is so wide [px].
const WIDTH: f64 = 760.0;
/// Left edge of plots over the time of the run, so that all of them stand below each other [px].
const TIME_LEFT: f64 = 132.0;

/// Text that may stand in an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No file of pictures may hold them.
            control if control.is_control() && control != '\n' && control != '\t' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// What a picture says of itself.
pub(super) struct Caption<'a> {
    /// Unique in the page.
    pub id: &'a str,
    pub title: &'a str,
    /// What a reader would see, in a sentence.
    pub says: &'a str,
}

/// Where the plot stands in the picture.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

/// A picture under the pen.
struct Canvas {
    out: String,
}

impl Canvas {
    fn new(caption: &Caption, width: f64, height: f64) -> Self {
        let (id, title, says) = (escaped(caption.id), escaped(caption.title), escaped(caption.says));
        let head = format!(
            "<svg class=\"chart\" id=\"{id}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{says}</desc>"
        );
        Self { out: head }
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (a, b, c, d) = (px(from.0), px(from.1), px(to.0), px(to.1));
        self.out.push_str(&format!("<path class=\"{class}\" d=\"M{a} {b}L{c} {d}\"/>"));
    }

    fn path(&mut self, points: &str, class: &str) {
        self.out.push_str(&format!("<path class=\"{class}\" d=\"{points}\"/>"));
    }

    /// A box; `tip` is shown when pointed at.
    fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str, tip: &str) {
        let (x, y, w, h) = (px(at.0), px(at.1), px(size.0), px(size.1));
        self.out.push_str(&format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\""));
        self.close_with(tip, "rect");
    }

    fn dot(&mut self, at: (f64, f64), radius: f64, class: &str, tip: &str) {
        let (x, y, r) = (px(at.0), px(at.1), px(radius));
        self.out.push_str(&format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\""));
        self.close_with(tip, "circle");
    }

    fn close_with(&mut self, tip: &str, element: &str) {
        match tip {
            "" => self.out.push_str("/>"),
            _ => self.out.push_str(&format!("><title>{}</title></{element}>", escaped(tip))),
        }
    }

    /// `anchor`: start, middle or end.
    fn text(&mut self, at: (f64, f64), anchor: &str, class: &str, text: &str) {
        let (x, y) = (px(at.0), px(at.1));
        let text = escaped(text);
        self.out
            .push_str(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"));
    }

    /// What an axis counts, below the plot in its middle.
    fn below(&mut self, area: Area, words: &str) {
        self.text(((area.left + area.right) / 2.0, area.bottom + 33.0), "middle", "axis-text", words);
    }

    /// Upright lines at limits with their words above the plot, one row a limit, within the picture.
    fn uprights(&mut self, limits: &[(f64, &str)], area: Area) {
        let mut taken: Vec<(f64, f64, f64)> = Vec::new();
        for (x, words) in limits {
            let half = wide(words) / 2.0 + 4.0;
            let middle = x.clamp(area.left + half - 40.0, (area.right + 16.0 - half).max(area.left + half - 40.0));
            let row = |y: f64| taken.iter().all(|(l, r, at)| *at != y || middle + half < *l || middle - half > *r);
            let y = [area.top - 4.0, area.top - 17.0].into_iter().find(|y| row(*y)).unwrap_or(area.top - 30.0);
            taken.push((middle - half, middle + half, y));
            self.line((*x, area.top), (*x, area.bottom), "limit");
            self.text((middle, y), "middle", "limit-text", words);
        }
    }

    fn done(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// About as wide is a text in the font of the charts [px].
fn wide(text: &str) -> f64 {
    6.8 * text.chars().count() as f64
}

/// A name that fits into so many pixels.
fn shortened(name: &str, room: f64) -> String {
    let longest = (room / 6.4) as usize;
    if name.chars().count() <= longest {
        return name.into();
    }
    name.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// Pixels with at most one digit behind the point.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" { "0".into() } else { short.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_users_cannot_leave_their_element() {
        assert_eq!(escaped("a<b>\"c'&\u{1b}"), "a&lt;b&gt;&quot;c&#39;&amp;\u{fffd}");
    }

    #[test]
    fn names_are_shortened_by_letters_and_not_by_bytes() {
        assert_eq!(shortened("übergröße", 39.0), "überg…");
        assert_eq!(shortened("sql-1", 39.0), "sql-1");
    }

    #[test]
    fn pixels_are_short_and_zero_has_no_sign() {
        assert_eq!((px(-0.04), px(12.0), px(3.26)), ("0".into(), "12".into(), "3.3".into()));
    }
}
