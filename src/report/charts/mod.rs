//! Pictures of the report as SVG text, drawn with `plotters`: for the page, and as files of their own.
//!
//! A picture here wears the colours of the page it stands in: every shape has a class and no colour, so the same bytes
//! serve light, dark and paper, and every picture has a title and a description for those who do not see it. As a
//! file it carries its colours with it ([`standalone`]). Colour never says anything alone: parts have their names or
//! shapes, shades have lanes.
//!
//! Units: pixels of a fixed view box, rounded to a tenth; values in the unit of [`Show`]. Invariants: no reference
//! leaves the file; all text is escaped; the same values give the same bytes.

mod axis;
mod bars;
mod cloud;
mod file;
mod gantt;
mod lines;
mod numbers;
mod plot;
mod ranges;
mod scatter;
mod shares;
mod svg;
mod time;
mod whiskers;

pub(super) use bars::{Bars, Piece, Row, bars};
pub(super) use cloud::{Cloud, Spot, Through, cloud};
pub(super) use file::standalone;
pub(super) use gantt::{Bar, Gantt, Part, Taken, gantt};
pub(super) use lines::{Line, Lines, lines};
pub(super) use numbers::{Show, interval, moment, share, span};
pub(super) use ranges::{Strip, gauge, strips};
pub(super) use scatter::{Dot, Guide, scatter};
pub(super) use shares::{Curve, shares};
pub(super) use time::{Lane, Limit, Spell, TimeChart, time_chart};
pub(super) use whiskers::{Whisker, whiskers};

/// Every chart is so wide [px].
const WIDTH: f64 = 760.0;
/// Left edge of plots over the time of the run, so that all of them stand below each other [px].
const TIME_LEFT: f64 = 150.0;

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

/// About as wide is a text in the font of the charts [px].
fn wide(text: &str) -> f64 {
    6.8 * text.chars().count() as f64
}

/// A letter of the widest font that a browser may take [px]; a name must not lose its beginning there.
const WIDEST: f64 = 7.4;

/// A name that fits into so many pixels.
fn shortened(name: &str, room: f64) -> String {
    let longest = (room / WIDEST) as usize;
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
        assert_eq!(shortened("übergröße", 45.0), "überg…");
        assert_eq!(shortened("sql-1", 45.0), "sql-1");
    }

    #[test]
    fn pixels_are_short_and_zero_has_no_sign() {
        assert_eq!((px(-0.04), px(12.0), px(3.26)), ("0".into(), "12".into(), "3.3".into()));
    }
}
