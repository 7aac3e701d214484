//! How numbers look in the workbook: number formats, colours, and the unit that suits a row.
//!
//! Units: a spreadsheet counts spans in days, so spans are divided by [`DAY_S`] and shown as hours, minutes, seconds.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

pub(super) const DAY_S: f64 = 86_400.0;

/// Number format of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Text,
    /// Sentences: wrapped.
    Long,
    /// As it is: base units.
    Plain,
    Whole,
    Decimal,
    Percent,
    /// A span in days, shown as h:mm:ss.
    Clock,
    /// A moment in days since the start.
    Days,
}

/// What a cell is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Result,
    /// A number that a planner may change: formulas follow.
    Input,
    /// A formula over its row.
    Derived,
}

const STYLES: [(Style, &str); 8] = [
    (Style::Text, "General"),
    (Style::Long, "General"),
    (Style::Plain, "General"),
    (Style::Whole, "#,##0"),
    (Style::Decimal, "#,##0.00"),
    (Style::Percent, "0.00%"),
    (Style::Clock, "[h]:mm:ss"),
    (Style::Days, "0.000"),
];

const INK: Color = Color::RGB(0x1F_2A_37);
const HEAD: Color = Color::RGB(0x24_3B_53);
const RULE: Color = Color::RGB(0xD0_D7_DE);

/// All formats of a workbook, made once.
pub(super) struct Styles {
    cells: Vec<Format>,
    pub title: Format,
    pub heading: Format,
    pub note: Format,
    pub head: Format,
    pub good: Format,
    pub bad: Format,
    pub open: Format,
}

impl Styles {
    pub fn new() -> Self {
        let base = || Format::new().set_font_color(INK);
        let told = |fill: u32, ink: u32| {
            Format::new().set_background_color(Color::RGB(fill)).set_font_color(Color::RGB(ink)).set_bold()
        };
        let head = base().set_bold().set_font_color(Color::White).set_background_color(HEAD).set_text_wrap();
        Self {
            cells: STYLES.iter().flat_map(|(style, number)| roles(*style, number)).collect(),
            title: base().set_bold().set_font_size(16),
            heading: base().set_bold().set_font_size(12).set_font_color(HEAD),
            note: base().set_italic().set_font_color(Color::RGB(0x57_60_6A)),
            head: head.set_align(FormatAlign::VerticalCenter).set_align(FormatAlign::Center),
            good: told(0xDA_FB_E1, 0x11_63_29),
            bad: told(0xFF_D8_D3, 0x82_07_1E),
            open: told(0xFF_F1_C2, 0x6B_4A_00),
        }
    }

    pub fn cell(&self, style: Style, role: Role) -> &Format {
        &self.cells[style as usize * 3 + role as usize]
    }
}

/// The format of a style in each role, in the order of [`Role`].
fn roles(style: Style, number: &str) -> [Format; 3] {
    let mut format = Format::new().set_font_color(INK).set_num_format(number).set_align(FormatAlign::Top);
    format = format.set_border_bottom(FormatBorder::Hair).set_border_bottom_color(RULE);
    if matches!(style, Style::Text | Style::Long) {
        format = format.set_align(FormatAlign::Left).set_indent(1);
    }
    if style == Style::Long {
        format = format.set_text_wrap();
    }
    let input = format.clone().set_background_color(Color::RGB(0xFF_FB_E6)).set_font_color(Color::RGB(0x0B_4F_A8));
    let derived = format.clone().set_italic();
    [format, input, derived]
}

/// The unit that suits the numbers of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// Base unit → shown.
    pub factor: f64,
    pub unit: &'static str,
    pub style: Style,
}

pub(super) const GIB: f64 = 1.0 / 1_073_741_824.0;
pub(super) const MIB: f64 = 1.0 / 1_048_576.0;

impl Scale {
    /// `unit`: as tables name it; `greatest`: of the row, in that unit.
    pub fn of(unit: &str, greatest: f64) -> Self {
        let (factor, unit, style) = match unit {
            "s" => (1.0 / DAY_S, "h:mm:ss", Style::Clock),
            "bytes" if greatest * GIB < 1.0 => (MIB, "MiB", Style::Decimal),
            "bytes" => (GIB, "GiB", Style::Decimal),
            "bytes_per_s" => (MIB, "MiB/s", Style::Decimal),
            "milli_ops_per_s" => (1e-3, "op/s", Style::Whole),
            "share" => (1.0, "%", Style::Percent),
            _ => (1.0, "", Style::Plain),
        };
        Self { factor, unit, style }
    }

    /// Links are sold in bits per second.
    pub const LINK: Scale = Scale { factor: 8e-6, unit: "Mbit/s", style: Style::Decimal };
}
