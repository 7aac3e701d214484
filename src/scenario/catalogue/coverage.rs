//! That catalogue and readers agree: each key that stands in the catalogue is read by some reader, each default is one, each
//! example reads. What a reader asks for and the catalogue lacks is asserted where it asks.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::{Grammar, Key, Kind, Presence, ROOT, Shape};
use crate::scenario::ledger::Ledger;
use crate::scenario::spans::{self, Entry, Node, Table, Value};
use crate::scenario::{Scenario, load, questions, series, targets, times};
use crate::units::{BitRate, ByteRate, Bytes, Calendar, Duration, QuantityKind, Ratio};

thread_local! {
    static ASKED: RefCell<BTreeSet<(&'static str, &'static str)>> = const { RefCell::new(BTreeSet::new()) };
}

/// Called by sections, in tests only.
pub fn asked(shape: &'static Shape, key: &'static str) {
    ASKED.with_borrow_mut(|asked| asked.insert((shape.id, key)));
}

/// All shapes that can be reached, once each, the root first.
fn shapes() -> Vec<&'static Shape> {
    super::walk(&ROOT)
}

fn keys() -> impl Iterator<Item = (&'static Shape, &'static Key)> {
    shapes().into_iter().flat_map(|shape| shape.keys.iter().map(move |key| (shape, key)))
}

const WHOLE: &str = include_str!("../../../tests/common/whole.toml");
const REST: &str = include_str!("../../../tests/common/rest.toml");

/// The files that both scenarios name.
fn beside(path: &Path) -> std::io::Result<Vec<u8>> {
    let text = match path.to_str() {
        Some("wan.csv") => "bits\n3000000000\n6000000000\n",
        Some("churn.csv") => "vm,bytes_per_s\n17,1000\n17,2000\n",
        Some("outages.csv") => "begin,seconds,site\n86400,3600,x\n864000,60,x\n1864000,60,x\n",
        Some("fleet.csv") => {
            "vm,gib,written,distinct,mean,peak,at\na,64,10,5,20,90,01:00\nb,2000,10,5,20,90,01:00\nc,1,1,1,1,1,01:00\n"
        }
        _ => return Err(std::io::ErrorKind::NotFound.into()),
    };
    Ok(text.as_bytes().to_vec())
}

fn loaded(text: &str) -> Scenario {
    load(text, "s.toml", &beside, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Both scenarios together ask for every key. A key that nobody reads has no place in the catalogue.
#[test]
fn every_key_of_the_catalogue_is_read() {
    ASKED.with_borrow_mut(BTreeSet::clear);
    loaded(WHOLE);
    loaded(REST);
    let asked = ASKED.with_borrow(Clone::clone);
    let unread: Vec<String> = keys()
        .filter(|(shape, key)| !asked.contains(&(shape.id, key.name)))
        .map(|(shape, key)| format!("{}.{}", shape.id, key.name))
        .collect();
    assert_eq!(unread, Vec::<String>::new(), "these stand in the catalogue and no reader asks for them");
}

#[test]
fn shapes_and_keys_are_named_once_and_told_in_one_sentence() {
    let mut ids: Vec<&str> = shapes().iter().map(|shape| shape.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "two shapes have one id");
    for (shape, key) in keys() {
        let told = format!("{}.{}", shape.id, key.name);
        assert!(key.doc.ends_with('.') && key.doc.len() > 4, "{told}: a sentence ends with a dot");
        assert!(shape.doc.ends_with('.'), "{}", shape.id);
        assert_eq!(shape.keys.iter().filter(|other| other.name == key.name).count(), 1, "{told} stands twice");
        let holds_tables = key.kind.shape().is_some();
        assert!(!key.example.is_empty() || holds_tables || key.name == "off", "{told} has no example");
    }
}

/// Each default and each example is what the program itself reads.
#[test]
fn defaults_and_examples_read_as_their_kind() {
    for (shape, key) in keys() {
        for value in key.default_value().into_iter().chain(Some(key.example).filter(|text| !text.is_empty())) {
            let line = format!("{} = {}", key.name, key.kind.toml(value));
            let ledger = Ledger::new("catalogue");
            let table = spans::parse(&line, &ledger);
            assert!(!ledger.has_faults(), "{}: `{line}` is not TOML", shape.id);
            let node = &table.entries[0].node;
            assert!(reads(&key.kind, node), "{}: `{line}` does not read as {:?}", shape.id, key.kind);
        }
    }
}

fn reads(kind: &Kind, node: &Node) -> bool {
    let text = node.value.text();
    match kind {
        Kind::Text(grammar) => text.is_some_and(|text| follows(*grammar, text)),
        Kind::Quantity(kind) => text.is_some_and(|text| is_quantity(*kind, text)),
        Kind::Count { least, most } => {
            matches!(node.value, Value::Integer(n) if u64::try_from(n).is_ok_and(|n| (*least..=*most).contains(&n)))
        }
        Kind::Number { least, most } => node.value.number().is_some_and(|n| (*least..=*most).contains(&n)),
        Kind::Flag => matches!(node.value, Value::Flag(_)),
        Kind::Word(words) => text.is_some_and(|text| words.iter().any(|(word, _)| *word == text)),
        Kind::Table(shape) => node.value.table().is_some_and(|table| table_reads(shape, table, 0)),
        Kind::Choice(shape) => node.value.table().is_some_and(|table| table_reads(shape, table, 1)),
        Kind::Named(shape) => {
            node.value.table().is_some_and(|table| table.entries.iter().all(|e| reads(&Kind::Table(shape), &e.node)))
        }
        Kind::Tables(shape) => {
            node.value.list().is_some_and(|items| items.iter().all(|item| reads(&Kind::Table(shape), item)))
        }
        Kind::Many(inner) => match &node.value {
            Value::List(items) => items.iter().all(|item| reads(inner, item)),
            _ => reads(inner, node),
        },
        Kind::Pairs(grammar, inner) => node
            .value
            .table()
            .is_some_and(|table| table.entries.iter().all(|e| follows(*grammar, &e.key) && reads(inner, &e.node))),
        Kind::Either(kinds) => kinds.iter().any(|kind| reads(kind, node)),
    }
}

/// `exactly`: how many keys there must be; 0 for as many as are needed.
fn table_reads(shape: &Shape, table: &Table, exactly: usize) -> bool {
    let known = |entry: &Entry| shape.key(&entry.key).is_some_and(|key| reads(&key.kind, &entry.node));
    let needed = |key: &Key| key.presence != Presence::Needed || table.get(key.name).is_some();
    table.entries.iter().all(known)
        && (if exactly > 0 { table.entries.len() == exactly } else { shape.keys.iter().all(needed) })
}

fn is_quantity(kind: QuantityKind, text: &str) -> bool {
    match kind {
        QuantityKind::Span => text.parse::<Duration>().is_ok(),
        QuantityKind::Data => text.parse::<Bytes>().is_ok(),
        QuantityKind::DataRate => text.parse::<ByteRate>().is_ok(),
        QuantityKind::Bandwidth => text.parse::<BitRate>().is_ok(),
        QuantityKind::Share => text.parse::<Ratio>().is_ok(),
    }
}

pub fn follows(grammar: Grammar, text: &str) -> bool {
    let calendar = Calendar { start_unix_s: 1_767_571_200, ..Calendar::default() };
    match grammar {
        Grammar::Free | Grammar::Name(_) | Grammar::File | Grammar::Column | Grammar::Knob => !text.is_empty(),
        Grammar::Unit => series::factor(text, Duration::minutes(5)).is_some(),
        Grammar::Moment => times::parse_moment(text, &calendar).is_ok(),
        Grammar::Date => text.parse::<jiff::Timestamp>().is_ok(),
        Grammar::TimeOfDay => times::time_of_day(text).is_some(),
        Grammar::DayPart => times::parse_between(text).is_some(),
        Grammar::Days => times::parse_days(text).is_some(),
        Grammar::Window => text.parse::<Duration>().is_ok_and(|window| !window.is_zero()),
        Grammar::Target => text.parse::<targets::Demand>().is_ok(),
        Grammar::Precision => targets::precision(text).is_ok(),
        Grammar::Price => questions::parse_price(None, text).is_some(),
    }
}

/// Without a key that the catalogue calls needed, and with 0 where it says at least 1, the scenario is refused.
#[test]
fn what_is_needed_is_needed_and_what_is_bounded_is_refused_beyond() {
    let mut tried = BTreeSet::new();
    for text in [WHOLE, REST] {
        let ledger = Ledger::new("s.toml");
        let tree = spans::parse(text, &ledger);
        let mut paths = Vec::new();
        collect(&ROOT, &tree, &mut Vec::new(), &mut paths);
        for (path, shape, key) in paths {
            if !tried.insert((shape, key.name)) {
                continue;
            }
            if key.presence == Presence::Needed {
                let mut without = tree.clone();
                remove(&mut without, &path);
                assert!(is_refused(&without), "{} is needed, but nobody misses it", path.join("."));
            }
            if key.kind.count_bounds().is_some_and(|(least, _)| least > 0) {
                let mut zero = tree.clone();
                spans::set(&mut zero, &path.join("."), "0", &ledger);
                assert!(is_refused(&zero), "{} is at least 1, but 0 is taken", path.join("."));
            }
        }
    }
    assert!(tried.len() > 150, "only {} keys were tried", tried.len());
}

fn is_refused(tree: &Table) -> bool {
    let ledger = Ledger::new("s.toml");
    let read: &dyn Fn(&Path) -> std::io::Result<Vec<u8>> = &beside;
    crate::scenario::build(tree, "", &crate::scenario::Files::new(read), &ledger);
    ledger.has_faults()
}

type Found = (Vec<String>, &'static str, &'static Key);

/// Paths of all keys of a tree that the catalogue knows.
fn collect(shape: &'static Shape, table: &Table, path: &mut Vec<String>, found: &mut Vec<Found>) {
    for entry in &table.entries {
        let Some(key) = shape.key(&entry.key) else { continue };
        path.push(entry.key.clone());
        found.push((path.clone(), shape.id, key));
        if let Some(inner) = key.kind.shape() {
            below(matches!(key.kind, Kind::Named(_)), inner, &entry.node, path, found);
        }
        path.pop();
    }
}

fn below(named: bool, shape: &'static Shape, node: &Node, path: &mut Vec<String>, found: &mut Vec<Found>) {
    match &node.value {
        Value::Table(table) if named => {
            for entry in &table.entries {
                path.push(entry.key.clone());
                below(false, shape, &entry.node, path, found);
                path.pop();
            }
        }
        Value::Table(table) => collect(shape, table, path, found),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                below(false, shape, item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn remove(table: &mut Table, path: &[String]) {
    let [first, rest @ ..] = path else { return };
    let Some(at) = table.entries.iter().position(|entry| entry.key == *first) else { return };
    if rest.is_empty() {
        table.entries.remove(at);
        return;
    }
    remove_below(&mut table.entries[at].node.value, rest);
}

fn remove_below(value: &mut Value, path: &[String]) {
    match value {
        Value::Table(table) => remove(table, path),
        Value::List(items) => {
            let index = path[0].parse::<usize>().expect("a path of `collect` counts items of lists");
            remove_below(&mut items[index].value, &path[1..]);
        }
        _ => {}
    }
}
