//! What the planner is asked: `[[question.smallest]]` and `[[question.front]]`, and the paths of knobs.
//!
//! A knob is the path of a number of the scenario that a planner may turn (`link.wan.bandwidth`), or `appliance.count`.

use super::document::Section;
use super::ledger::{cure_by_name, short};
use super::places::Places;
use super::spans::{Node, Place};
use super::{Price, Question};

/// Sections and their fields that can be turned.
const KNOBS: [(&str, &[&str]); 3] =
    [("link", &["bandwidth"]), ("cache", &["capacity"]), ("appliance", &["size", "slots"])];

/// Reads `[question]`.
pub fn read(root: &Section<'_>, places: &Places) -> Vec<Question> {
    let Some(section) = root.section("question") else { return Vec::new() };
    let mut questions = Vec::new();
    for smallest in section.tables("smallest") {
        smallest.require("knob");
        if let Some((path, place)) =
            smallest.text_at("knob").filter(|(path, place)| knob(path, place, &smallest, places))
        {
            let _: &Place = place;
            questions.push(Question::Smallest { knob: path.to_string() });
        }
    }
    for front in section.tables("front") {
        questions.extend(read_front(&front, places));
    }
    questions
}

fn read_front(front: &Section<'_>, places: &Places) -> Option<Question> {
    front.require("knobs");
    let mut knobs = Vec::new();
    for Node { value, place } in front.items("knobs") {
        match value.text() {
            Some(path) if knob(path, place, front, places) => knobs.push(path.to_string()),
            None if !value.is_broken() => {
                front.ledger.fault(place, "a knob is a path in quotes", "", "write \"link.wan.bandwidth\"");
            }
            Some(_) | None => {}
        }
    }
    let mut price = Vec::new();
    for (path, place, node) in front.pairs("price") {
        if !knobs.iter().any(|known| known == path) {
            let cure = cure_by_name(path, "knobs", knobs.iter().map(String::as_str));
            front.ledger.fault(place, format!("`{}` is not among the knobs", short(path)), "", cure);
        }
        price.extend(read_price(path, node, front));
    }
    Some(Question::Front { knobs, price })
}

fn read_price(knob: &str, node: &Node, section: &Section<'_>) -> Option<Price> {
    let parsed = node.value.text().and_then(|text| parse_price(knob, text));
    if parsed.is_none() {
        let mend = "write \"3.20 EUR per Mbit/s and month\"";
        section.ledger.fault(&node.place, "this is not a price", "", mend);
    }
    parsed
}

/// `3.20 EUR per Mbit/s and month`.
pub(super) fn parse_price(knob: &str, text: &str) -> Option<Price> {
    let (amount, rest) = text.trim().split_once(' ')?;
    let amount = amount.parse::<f64>().ok().filter(|amount| (0.0..1e15).contains(amount))?;
    let (currency, rest) = rest.trim().split_once(" per ")?;
    let unit = rest.trim().strip_suffix("and month")?.trim();
    let good = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let known = unit == "piece" || super::series::factor(unit, crate::units::Duration::secs(1)).is_some();
    (good && known).then(|| Price { knob: knob.into(), amount, currency: currency.into(), unit: unit.into() })
}

/// Whether a path is a knob of this scenario; a fault when it is not.
fn knob(path: &str, place: &Place, section: &Section<'_>, places: &Places) -> bool {
    let parts: Vec<&str> = path.split('.').collect();
    if parts == ["appliance", "count"] {
        return true;
    }
    let refuse = |mend: String| {
        section.ledger.fault(place, format!("`{}` is no knob", short(path)), "", mend);
        false
    };
    let [kind, .., field] = parts.as_slice() else {
        return refuse("write link.NAME.bandwidth, cache.NAME.capacity, appliance.NAME.size or appliance.count".into());
    };
    let Some((_, fields)) = KNOBS.iter().find(|(known, _)| known == kind) else {
        return refuse(cure_by_name(kind, "knobs stand in sections", KNOBS.iter().map(|(known, _)| *known)));
    };
    if parts.len() < 3 || !fields.contains(field) {
        return refuse(cure_by_name(field, "fields", fields.iter().copied()));
    }
    let name = parts[1..parts.len() - 1].join(".");
    let names = match *kind {
        "link" => &places.link_names,
        "cache" => &places.cache_names,
        _ => &places.appliance_names,
    };
    names.find(&name, place, section.ledger).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_amount_currency_and_unit() {
        let price = parse_price("k", "3.20 EUR per Mbit/s and month").expect("reads");
        assert_eq!((price.amount, price.currency.as_str(), price.unit.as_str()), (3.2, "EUR", "Mbit/s"));
        for bad in
            ["", "3.20", "3.20 EUR", "3.20 per GiB and month", "3.20 EUR per Mb and month", "-1 EUR per GiB and month"]
        {
            assert!(parse_price("k", bad).is_none(), "{bad} must be refused");
        }
    }
}
