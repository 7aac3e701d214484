//! What happens: outages, dated, random or from a list; and several things that one cause takes together.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::Law;
use crate::units::{ApplianceId, CacheId, Calendar, Duration, LinkId, Ratio, StampId};
use crate::world::{Outage, OutageSpec, TakenBy, When};

use super::catalogue::OUTAGE;
use super::churn::share;
use super::document::Section;
use super::files::Files;
use super::laws::{Spans, law};
use super::ledger::{cure_by_name, short};
use super::names::Names;
use super::outage_list;
use super::places::Places;
use super::spans::{Place, Value};
use super::times;

/// What reading outages needs of the rest.
pub struct Around<'a> {
    pub places: &'a Places,
    pub calendar: &'a Calendar,
    pub files: &'a Files<'a>,
    pub lasts: Duration,
}

/// Reads `[[outage.KIND]]` of the root, in the order of the text.
pub fn read(root: &Section<'_>, around: &Around<'_>) -> Vec<OutageSpec> {
    let Some(node) = root.node("outage") else { return Vec::new() };
    let Value::Table(kinds) = &node.value else {
        root.fault("outage", "outages are lists by kind", "write [[outage.stamp-down]]");
        return Vec::new();
    };
    for entry in kinds.entries.iter().filter(|entry| OUTAGE.key(&entry.key).is_none()) {
        let wrong = format!("outage `{}` is not a kind we know", short(&entry.key));
        root.ledger.fault(&entry.place, wrong, "", cure_by_name(&entry.key, "kinds", OUTAGE.names()));
    }
    let mut specs: Vec<OutageSpec> = Vec::new();
    let (mut taken, mut names) = (BTreeMap::<String, u32>::new(), BTreeSet::new());
    let mut sections: Vec<(&'static str, Section<'_>)> = Vec::new();
    let holder = Section::new("outage", node.place.clone(), kinds, &OUTAGE, root.ledger);
    holder.tolerate();
    for kind in OUTAGE.names() {
        sections.extend(holder.tables(kind).into_iter().map(|section| (kind, section)));
    }
    sections.sort_by_key(|(_, section)| match &section.place {
        Place::Text(span) => span.start,
        Place::Set(_) => usize::MAX,
    });
    for (kind, section) in sections {
        if let Some(mut spec) = spec(kind, &section, around) {
            let count = taken.entry(spec.name.clone()).or_insert(0u32);
            let base = std::mem::take(&mut spec.name);
            // A name is also that of the random streams, so each stands once.
            while spec.name.is_empty() || !names.insert(spec.name.clone()) {
                *count += 1;
                spec.name = if *count == 1 { base.clone() } else { format!("{base} #{count}") };
            }
            specs.push(spec);
        }
    }
    specs
}

fn spec(kind: &'static str, section: &Section<'_>, around: &Around<'_>) -> Option<OutageSpec> {
    let name = section.text("name");
    if name == Some("") {
        section.fault("name", "an outage with an empty name", "write name = \"fire\", or remove it");
    }
    let takes = match kind {
        "correlated" => correlated(section, around),
        _ => single(kind, section, around).map(|outage| vec![TakenBy { outage, probability: Ratio::ONE }]),
    };
    let when = when(section, around);
    let listed = section.has("listed");
    let key = if section.shape.key("found_after").is_some() { "found_after" } else { "lasts" };
    let has_no_length = section.shape.key(key).is_none();
    let for_ever = has_no_length || takes.as_ref().is_some_and(|takes| takes.iter().all(|taken| !ends(&taken.outage)));
    let lasts = if listed || for_ever { None } else { lasts(section, key, around) };
    if section.stray(key).is_some() && (listed || for_ever) {
        let why = if listed { "the list says how long each lasts" } else { "this kind does not end by itself" };
        section.fault(key, format!("`{key}` has no effect: {why}"), "remove it");
    }
    let needed = !(listed || for_ever);
    let (takes, when) = (takes?, when?);
    let lasts = if needed { lasts? } else { Law::Fixed(Duration::ZERO) };
    let name = name.map_or_else(|| default_name(kind, &takes, around.places), str::to_string);
    Some(OutageSpec { name, when, lasts, takes })
}

/// Whether an outage has a length of its own.
fn ends(outage: &Outage) -> bool {
    match outage {
        Outage::StampDown { .. }
        | Outage::LinkDown { .. }
        | Outage::LinkSlow { .. }
        | Outage::ApplianceDown { .. }
        | Outage::CacheDown { .. }
        | Outage::ServiceDown { .. }
        | Outage::Damage { .. } => true,
        Outage::GuestReboot { .. } | Outage::SourceDeleted { .. } | Outage::ApplianceTampered { .. } => false,
    }
}

/// How long it lasts; of damage, until somebody finds it.
fn lasts(section: &Section<'_>, key: &'static str, around: &Around<'_>) -> Option<Law> {
    if !section.has(key) {
        section.missing(key, format!("write {key} = \"6h\" or {key}.lognormal = {{ median = \"5h\", p95 = \"38h\" }}"));
    }
    let law = law(section, key, Spans::Lengths, around.files);
    if matches!(law, Some(Law::Fixed(span)) if span >= around.lasts) {
        let (place, mend) = (section.place_of(key), format!("the run lasts {}", around.lasts));
        section.ledger.warn(&place, "this lasts as long as the run, or longer", "is its end meant to be seen?", mend);
    }
    law
}

fn when(section: &Section<'_>, around: &Around<'_>) -> Option<When> {
    let given: Vec<&'static str> = ["at", "every", "listed"].into_iter().filter(|key| section.has(key)).collect();
    match given.as_slice() {
        [] => {
            section.missing(
                "at",
                "write at = \"12d03:15\", every.weibull = { mean = \"200d\", shape = 0.8 } or listed = { … }",
            );
            None
        }
        ["at"] => {
            let mut moments = Vec::new();
            for node in section.items("at") {
                let moment = times::moment(node, around.calendar, section.ledger)?;
                if moment.ns() >= around.lasts.ns() {
                    let mend = format!("the run lasts {}", around.lasts);
                    section.ledger.warn(&node.place, "this lies after the end of the run", "no effect", mend);
                }
                moments.push(moment);
            }
            moments.sort_unstable();
            Some(When::At(moments))
        }
        ["every"] => {
            let every = law(section, "every", Spans::Between, around.files)?;
            if every == Law::Fixed(Duration::ZERO) {
                section.fault("every", "`every` must be longer than nothing", "write a span such as \"30d\"");
                return None;
            }
            Some(When::Every(every))
        }
        ["listed"] => {
            let list = section.section("listed")?;
            outage_list::listed(&list, around.lasts, around.files).map(When::Listed)
        }
        [_, second, ..] => {
            section.fault(second, "an outage is dated in one way", "keep one of at, every, listed");
            None
        }
        [_] => None,
    }
}

/// An outage of one thing: `stamp = "branch"`, `link = "wan"`, …
fn single(kind: &str, section: &Section<'_>, around: &Around<'_>) -> Option<Outage> {
    let key = thing_key(kind);
    let extra = extra(kind, section);
    let names = names_of(key, around.places);
    let index = names.need(section, key)?;
    Some(outage(kind, index, extra?))
}

/// `takes = [{ stamp-down = "branch", probability = "100 %" }, { link-slow = "wan", to = "50 %" }]`.
fn correlated(section: &Section<'_>, around: &Around<'_>) -> Option<Vec<TakenBy>> {
    let entries = section.tables("takes");
    if entries.is_empty() {
        section.missing(
            "takes",
            "write takes = [{ stamp-down = \"branch\" }, { link-down = \"wan\", probability = \"30 %\" }]",
        );
        return None;
    }
    let mut takes = Vec::new();
    for entry in &entries {
        let probability = entry.node("probability").map_or(Some(Ratio::ONE), |node| share(node, "probability", entry));
        let known = OUTAGE.names().filter(|kind| entry.shape.key(kind).is_some());
        let kinds: Vec<&'static str> = known.filter(|kind| entry.has(kind)).collect();
        let [kind] = kinds.as_slice() else {
            let wrong = format!("{} kinds of outage stand here", kinds.len());
            section.ledger.fault(&entry.place, wrong, "", "name one, like { stamp-down = \"branch\" }");
            for key in ["to", "share"] {
                entry.node(key);
            }
            continue;
        };
        let extra = extra(kind, entry);
        let index = names_of(thing_key(kind), around.places).need(entry, kind);
        if let (Some(index), Some(extra), Some(probability)) = (index, extra, probability) {
            takes.push(TakenBy { outage: outage(kind, index, extra), probability });
        }
    }
    (takes.len() == entries.len()).then_some(takes)
}

fn thing_key(kind: &str) -> &'static str {
    match kind {
        "link-down" | "link-slow" => "link",
        "appliance-down" | "appliance-tampered" => "appliance",
        "cache-down" => "cache",
        _ => "stamp",
    }
}

fn names_of<'p>(key: &str, places: &'p Places) -> &'p Names {
    match key {
        "link" => &places.link_names,
        "appliance" => &places.appliance_names,
        "cache" => &places.cache_names,
        _ => &places.stamp_names,
    }
}

/// The share some kinds need: what a slow link still yields, how many guests are hit.
fn extra(kind: &str, section: &Section<'_>) -> Option<Ratio> {
    let key = match kind {
        "link-slow" => "to",
        "guest-reboot" | "source-deleted" | "damage" => "share",
        _ => return Some(Ratio::ZERO),
    };
    let Some(node) = section.node(key) else {
        section.missing(key, format!("write {key} = \"20 %\""));
        return None;
    };
    share(node, key, section)
}

fn outage(kind: &str, index: usize, share: Ratio) -> Outage {
    let (stamp, link) = (StampId::from_index(index), LinkId::from_index(index));
    let appliance = ApplianceId::from_index(index);
    match kind {
        "link-down" => Outage::LinkDown { link },
        "link-slow" => Outage::LinkSlow { link, to: share },
        "appliance-down" => Outage::ApplianceDown { appliance },
        "appliance-tampered" => Outage::ApplianceTampered { appliance },
        "cache-down" => Outage::CacheDown { cache: CacheId::from_index(index) },
        "service-down" => Outage::ServiceDown { stamp },
        "guest-reboot" => Outage::GuestReboot { stamp, share },
        "damage" => Outage::Damage { stamp, share },
        "source-deleted" => Outage::SourceDeleted { stamp, share },
        _ => Outage::StampDown { stamp },
    }
}

/// `stamp-down branch`: also the name of the random streams, so it does not depend on the order of the file.
fn default_name(kind: &str, takes: &[TakenBy], places: &Places) -> String {
    let thing = takes.first().map(|taken| match &taken.outage {
        Outage::StampDown { stamp }
        | Outage::ServiceDown { stamp }
        | Outage::GuestReboot { stamp, .. }
        | Outage::SourceDeleted { stamp, .. }
        | Outage::Damage { stamp, .. } => places.stamp_names.entries[stamp.index()].name.clone(),
        Outage::LinkDown { link } | Outage::LinkSlow { link, .. } => {
            places.link_names.entries[link.index()].name.clone()
        }
        Outage::ApplianceDown { appliance } | Outage::ApplianceTampered { appliance } => {
            places.appliance_names.entries[appliance.index()].name.clone()
        }
        Outage::CacheDown { cache } => places.cache_names.entries[cache.index()].name.clone(),
    });
    format!("{kind} {}", thing.unwrap_or_default())
}
