//! A picture as a file of its own, for slides and wikis: with its title, a white ground and fixed colours.
//!
//! The rules are those of the page; names of colours are replaced by the light values, since programs that place an
//! SVG on a slide read neither variables nor dark mode. Invariant: nothing is loaded from outside.

use super::{WIDTH, escaped, px};

const COLOURS: &str = include_str!("../../../templates/report/colours.css");
const RULES: &str = include_str!("../../../templates/report/chart.css");
const HEAD: f64 = 34.0;

/// The file of a picture drawn for the page, under its title.
pub(in crate::report) fn standalone(title: &str, svg: &str) -> Vec<u8> {
    let (from, rest) = svg.split_once("viewBox=\"0 0 ").expect("a picture has a view box");
    let (size, rest) = rest.split_once('"').expect("a view box ends");
    let (head, inside) = rest.split_once('>').expect("an element ends");
    let tall = size.split(' ').nth(1).and_then(|tall| tall.parse::<f64>().ok()).unwrap_or(0.0);
    let (height, top) = (px(tall + HEAD), px(-HEAD));
    let (title, width, style) = (escaped(title), px(WIDTH), rules());
    let from = from.replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ");
    format!(
        "{from}viewBox=\"0 {top} {width} {height}\" width=\"{width}\" height=\"{height}\"{head}><style>{style}</style>\
         <rect class=\"ground\" x=\"0\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>\
         <text class=\"head\" x=\"12\" y=\"-12\">{title}</text>{inside}\n"
    )
    .into_bytes()
}

/// The rules of pictures with the light colours in place of their names.
fn rules() -> String {
    let light = COLOURS.split('}').next().unwrap_or_default();
    let named = light.split("--").skip(1).filter_map(|part| part.split_once(':'));
    named.fold(RULES.to_owned(), |rules, (name, value)| {
        let value = value.split(';').next().unwrap_or_default().trim();
        rules.replace(&format!("var(--{name})"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Caption, Strip, strips};
    use super::*;

    #[test]
    fn a_file_needs_nothing_but_itself() {
        let svg = strips(&Caption { id: "c", title: "t", says: "d" }, &[] as &[Strip], &[]);
        let file = String::from_utf8(standalone("RPO & RTO", &svg)).expect("text");
        assert!(file.starts_with("<svg xmlns=") && file.contains(">RPO &amp; RTO</text>"), "{file}");
        assert!(!file.contains("var(") && file.contains("fill: #"), "{file}");
    }
}
