//! What the planner is asked: `[[question.smallest]]` and `[[question.front]]`, and the paths of knobs.
//!
//! A knob is the path of a number of the scenario that a planner may turn (`link.wan.bandwidth`), or `appliance.count`.

use crate::intent::{Knob, KnobUnit, Price, Question, QuotaPart, Steps, Turned};
use crate::units::{ApplianceId, BitRate, Bytes, CacheId, Duration, LinkId, PolicyId, Ratio, StampId, SubscriptionId};

use super::document::Section;
use super::ledger::{cure_by_name, short};
use super::names::Names;
use super::places::Places;
use super::spans::{Node, Place, Value};

/// Sections and their fields that can be turned.
const KNOBS: [(&str, &[&str]); 7] = [
    ("link", &["bandwidth", "throttle"]),
    ("cache", &["capacity"]),
    ("appliance", &["size", "slots"]),
    ("stamp", &["vm_cores", "vms", "managed_disk", "storage"]),
    ("policy", &["crash_consistent_every", "retention"]),
    ("people", &["batch"]),
    ("replication", &["copies_at_once"]),
];

/// Where the names of knobs are found.
pub struct Around<'a> {
    pub places: &'a Places,
    pub policy_names: &'a Names,
}

/// Reads `[question]`.
pub fn read(root: &Section<'_>, around: &Around<'_>) -> Vec<Question> {
    let Some(section) = root.section("question") else { return Vec::new() };
    let mut questions = Vec::new();
    for smallest in section.tables("smallest") {
        smallest.require("knob");
        let knob = smallest.text_at("knob").and_then(|(path, place)| knob(path, place, &smallest, around));
        questions.extend(knob.and_then(|knob| turned(knob, &smallest)).map(Question::Smallest));
    }
    questions.extend(section.tables("front").iter().filter_map(|front| read_front(front, around)));
    questions
}

fn read_front(front: &Section<'_>, around: &Around<'_>) -> Option<Question> {
    front.require("knobs");
    let (mut knobs, mut paths) = (Vec::new(), Vec::new());
    for Node { value, place } in front.items("knobs") {
        match value.text() {
            Some(path) => {
                paths.push(path);
                knobs.extend(knob(path, place, front, around).map(|knob| (path, Turned::freely(knob))));
            }
            None if !value.is_broken() => {
                front.ledger.fault(place, "a knob is a path in quotes", "", "write \"link.wan.bandwidth\"");
            }
            None => {}
        }
    }
    for (path, place, node) in front.pairs("price") {
        match knobs.iter_mut().find(|(known, _)| *known == path) {
            Some((_, turned)) => turned.price = read_price(turned.knob, node, front),
            None if paths.contains(&path) => {}
            None => {
                let cure = cure_by_name(path, "knobs", paths.iter().copied());
                front.ledger.fault(place, format!("`{}` is not among the knobs", short(path)), "", cure);
            }
        }
    }
    Some(Question::Front(knobs.into_iter().map(|(_, turned)| turned).collect()))
}

/// Bounds, steps and price of one knob.
fn turned(knob: Knob, section: &Section<'_>) -> Option<Turned> {
    let mut turned = Turned::freely(knob);
    let amount = |key| section.node(key).and_then(|node| amount(knob, key, node, section));
    (turned.from, turned.to) = (amount("from"), amount("to"));
    if let (Some(from), Some(to)) = (turned.from, turned.to)
        && from >= to
    {
        section.fault("to", "nothing lies between `from` and `to`", "write a larger `to`");
    }
    if let Some(step) = amount("step") {
        turned.steps = Steps::Of(step.max(1));
    }
    if let Some(within) = section.quantity::<Ratio>("within") {
        if within == Ratio::ZERO || within > Ratio::ONE {
            section.fault("within", "a precision lies between 0.1 % and 100 %", "write within = \"5 %\"");
        } else if section.has("step") {
            section.fault("within", "`step` says already how finely", "remove `within` or `step`");
        }
        turned.steps = Steps::Within(within.max(Ratio::from_ppm(1_000)));
    }
    turned.price = section.node("price").and_then(|node| read_price(knob, node, section));
    Some(turned)
}

/// A value of a knob in its unit.
fn amount(knob: Knob, key: &'static str, node: &Node, section: &Section<'_>) -> Option<u64> {
    use super::document::quantity;
    match knob.unit() {
        KnobUnit::BitsPerSecond => quantity::<BitRate>(node, key, section.ledger).map(|rate| rate.0),
        KnobUnit::Bytes => quantity::<Bytes>(node, key, section.ledger).map(|bytes| bytes.0),
        KnobUnit::Nanoseconds => quantity::<Duration>(node, key, section.ledger).map(Duration::ns),
        KnobUnit::Pieces => match node.value {
            Value::Integer(count) if u64::try_from(count).is_ok() => Some(count.unsigned_abs()),
            _ => {
                section.fault(key, "this knob counts whole pieces", format!("write {key} = 4"));
                None
            }
        },
        KnobUnit::VmSize => {
            let mend = "leave it out: all sizes of the family are tried, or turn `slots`";
            section.fault(key, "VM sizes have no bounds", mend);
            None
        }
    }
}

fn read_price(knob: Knob, node: &Node, section: &Section<'_>) -> Option<Price> {
    let parsed = node.value.text().and_then(|text| parse_price(Some(knob), text));
    if parsed.is_none() && !node.value.is_broken() {
        let unit = match knob.unit() {
            KnobUnit::BitsPerSecond => "Mbit/s",
            KnobUnit::Bytes => "GiB",
            KnobUnit::Pieces | KnobUnit::VmSize | KnobUnit::Nanoseconds => pieces(Some(knob))[0],
        };
        let mend = format!("write \"3.20 EUR per {unit} and month\"");
        section.ledger.fault(&node.place, "this is not a price", "", mend);
    }
    parsed
}

/// By what a knob that is counted is sold: a machine's size by its cores.
fn pieces(knob: Option<Knob>) -> &'static [&'static str] {
    match knob {
        Some(Knob::Size(_)) => &["core"],
        None | Some(Knob::Quota(_, QuotaPart::Cores)) => &["core", "piece"],
        Some(_) => &["piece"],
    }
}

/// `3.20 EUR per Mbit/s and month`, for this knob; `None`: for any.
pub(super) fn parse_price(of: Option<Knob>, text: &str) -> Option<Price> {
    let (amount, rest) = text.trim().split_once(' ')?;
    let amount = amount.parse::<f64>().ok().filter(|amount| (0.0..1e15).contains(amount))?;
    let (currency, rest) = rest.trim().split_once(" per ")?;
    let unit = rest.trim().strip_suffix("and month")?.trim();
    let good = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let bits = || format!("1 {unit}").parse::<BitRate>().ok().map(|rate| rate.0 as f64);
    let bytes = || format!("1 {unit}").parse::<Bytes>().ok().map(|bytes| bytes.0 as f64);
    let piece = || pieces(of).contains(&unit).then_some(1.0);
    let per = match of.map(Knob::unit) {
        Some(KnobUnit::BitsPerSecond) => bits(),
        Some(KnobUnit::Bytes) => bytes(),
        Some(KnobUnit::Pieces | KnobUnit::VmSize) => piece(),
        Some(KnobUnit::Nanoseconds) => None,
        None => bits().or_else(bytes).or_else(piece),
    };
    let per = per.filter(|per| *per > 0.0)?;
    good.then(|| Price { amount, currency: currency.into(), unit: unit.into(), per })
}

/// The knob behind a path; a fault when there is none.
fn knob(path: &str, place: &Place, section: &Section<'_>, around: &Around<'_>) -> Option<Knob> {
    let parts: Vec<&str> = path.split('.').collect();
    let refuse = |mend: String| {
        section.ledger.fault(place, format!("`{}` is no knob", short(path)), "", mend);
        None
    };
    match parts.as_slice() {
        ["appliance", "count"] => return count(place, section, around),
        ["people", "enabling", "batch"] => return Some(Knob::EnablingBatch),
        ["replication", "copies_at_once"] => return Some(Knob::CopiesAtOnce),
        _ => {}
    }
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
    let find = |names: &Names| names.find(&name, place, section.ledger);
    let places = around.places;
    match (*kind, *field) {
        ("link", "throttle") => {
            let id = find(&places.link_names)?;
            if places.links.get(id).is_some_and(|link| link.throttle.is_empty()) {
                return refuse(format!("link `{name}` is never throttled: add throttle = [{{ between = …, to = … }}]"));
            }
            Some(Knob::Throttle(LinkId::from_index(id)))
        }
        ("link", _) => find(&places.link_names).map(|id| Knob::Bandwidth(LinkId::from_index(id))),
        ("cache", _) => find(&places.cache_names).map(|id| Knob::Capacity(CacheId::from_index(id))),
        ("appliance", "size") => find(&places.appliance_names).map(|id| Knob::Size(ApplianceId::from_index(id))),
        ("appliance", _) => find(&places.appliance_names).map(|id| Knob::Slots(ApplianceId::from_index(id))),
        ("policy", "retention") => find(around.policy_names).map(|id| Knob::Retention(PolicyId::from_index(id))),
        ("policy", _) => find(around.policy_names).map(|id| Knob::PointsEvery(PolicyId::from_index(id))),
        ("stamp", field) => quota(&name, field, place, section, places),
        _ => refuse("write people.enabling.batch or replication.copies_at_once".into()),
    }
}

/// `appliance.count` speaks of the one stamp where appliances stand.
fn count(place: &Place, section: &Section<'_>, around: &Around<'_>) -> Option<Knob> {
    let mut stamps: Vec<StampId> = around.places.appliances.iter().map(|appliance| appliance.on).collect();
    stamps.sort_unstable();
    stamps.dedup();
    match stamps.as_slice() {
        [] => None,
        [stamp] => Some(Knob::Appliances(*stamp)),
        _ => {
            let wrong = "`appliance.count` does not say of which stamp: appliances stand on several";
            section.ledger.fault(place, wrong, "", "turn the slots of one appliance, or plan the stamps one by one");
            None
        }
    }
}

/// `stamp.NAME.subscriptions.NAME.PART`; `stamp.NAME.PART` where a stamp has one subscription.
fn quota(name: &str, field: &str, place: &Place, section: &Section<'_>, places: &Places) -> Option<Knob> {
    let (stamp, wanted) = match name.split_once(".subscriptions.") {
        Some((stamp, subscription)) => (stamp, Some(subscription)),
        None => (name, None),
    };
    let stamp = StampId::from_index(places.stamp_names.find(stamp, place, section.ledger)?);
    let of_stamp: Vec<usize> =
        (0..places.subscriptions.len()).filter(|index| places.subscriptions[*index].stamp == stamp).collect();
    let called = |index: &&usize| wanted.is_none_or(|wanted| places.subscriptions[**index].name == wanted);
    let found: Vec<&usize> = of_stamp.iter().filter(called).collect();
    let [index] = found.as_slice() else {
        let names = of_stamp.iter().map(|index| places.subscriptions[*index].name.as_str());
        let names: Vec<&str> = names.collect();
        let cure = cure_by_name(wanted.unwrap_or(""), "subscriptions", names.iter().copied());
        section.ledger.fault(place, format!("no subscription is meant by `{}`", short(name)), "", cure);
        return None;
    };
    let part = match field {
        "vm_cores" => QuotaPart::Cores,
        "vms" => QuotaPart::Vms,
        "managed_disk" => QuotaPart::ManagedDisk,
        _ => QuotaPart::Storage,
    };
    Some(Knob::Quota(SubscriptionId::from_index(**index), part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_amount_currency_and_unit() {
        let price = parse_price(None, "3.20 EUR per Mbit/s and month").expect("reads");
        assert_eq!((price.amount, price.currency.as_str(), price.unit.as_str()), (3.2, "EUR", "Mbit/s"));
        assert_eq!(price.per, 1e6);
        for bad in
            ["", "3.20", "3.20 EUR", "3.20 per GiB and month", "3.20 EUR per Mb and month", "-1 EUR per GiB and month"]
        {
            assert!(parse_price(None, bad).is_none(), "{bad} must be refused");
        }
        let per_gib = "0.02 EUR per GiB and month";
        assert!(parse_price(Some(Knob::Capacity(CacheId(0))), per_gib).is_some());
        assert!(parse_price(Some(Knob::Bandwidth(LinkId(0))), per_gib).is_none(), "a link is not sold by the GiB");
        let (size, cores) = (Knob::Size(ApplianceId(0)), Knob::Quota(SubscriptionId(0), QuotaPart::Cores));
        for (knob, unit, sold) in [(size, "core", true), (size, "piece", false), (cores, "core", true)] {
            let price = parse_price(Some(knob), &format!("8 EUR per {unit} and month"));
            assert_eq!(price.is_some(), sold, "{knob:?} by the {unit}");
        }
    }
}
