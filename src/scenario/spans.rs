//! The scenario as a tree in which everything remembers where it was written, and the overrides laid over it.
//!
//! Bounds, so that no input can exhaust us: the text is at most [`TEXT_BYTES_MAX`]; nesting at most [`DEPTH_MAX`] (the TOML
//! parser itself stops at 80). Entries of a table keep the order of the text.

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::units::Bytes;

use super::fault::Fault;
use super::ledger::{Ledger, short};

/// Longest scenario text [bytes].
pub const TEXT_BYTES_MAX: usize = 4 << 20;
/// Deepest nesting of tables and lists.
pub const DEPTH_MAX: usize = 16;

/// Where a key or a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Text(Range<usize>),
    /// By `--set`: the path.
    Set(Arc<str>),
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// A bare TOML date, as RFC 3339 writes it.
    Date(String),
    List(Vec<Node>),
    Table(Table),
    /// Refused already; readers treat it as given and say nothing more.
    Broken,
}

/// Keys and values in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub place: Place,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub fn table(&self) -> Option<&Table> {
        if let Value::Table(table) = self { Some(table) } else { None }
    }

    pub fn list(&self) -> Option<&[Node]> {
        if let Value::List(items) = self { Some(items) } else { None }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(_) | Value::Flag(_) | Value::Date(_) | Value::List(_) | Value::Table(_) | Value::Broken => None,
        }
    }

    /// Refused already: nothing more is said about it.
    pub fn is_broken(&self) -> bool {
        matches!(self, Value::Broken)
    }

    /// What a person would call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::Date(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Broken => "something refused already",
        }
    }
}

/// Parses the text. Faults of syntax go to the ledger, all of them; what could be read is returned.
pub fn parse(text: &str, ledger: &Ledger) -> Table {
    if text.len() > TEXT_BYTES_MAX {
        ledger.push_whole(too_long(), TOO_LONG_CURE);
        return Table::default();
    }
    // The parser skips a byte order mark, and so shifts nothing; an editor's mark is harmless.
    let (tree, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    let mut line = 0..0;
    for error in &errors {
        let span = error.span().unwrap_or_default();
        let open = OPEN.iter().any(|sign| error.message().contains(sign));
        // What follows on a line, and behind a bracket that is not closed, only repeats the fault.
        if !line.contains(&span.start) {
            line = line_of(text, span.start);
            ledger.syntax(syntax_fault(error.message(), span, text), line.clone());
        }
        if open {
            return Table::default();
        }
    }
    convert_table(tree.get_ref(), ledger, 0)
}

pub const TOO_LONG_CURE: &str = "move long lists into CSV files and name them";

pub fn too_long() -> String {
    format!("the scenario is longer than {}", Bytes(TEXT_BYTES_MAX as u64))
}

/// Words of the parser when a bracket or a brace stands open.
const OPEN: [&str; 4] = ["unclosed", "missing comma", "missing key for inline table", "in array"];

/// The bytes of a line with its end.
fn line_of(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let begin = text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = text.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |length| at + length);
    begin..end + 1
}

/// Lays `path = value` over the tree; a path that leads through something that is no table is a fault.
pub fn set(root: &mut Table, path: &str, value: &str, ledger: &Ledger) {
    let place = Place::Set(Arc::from(path));
    let keys: Vec<&str> = path.split('.').map(str::trim).collect();
    if path.len() > 400 || keys.len() > DEPTH_MAX || keys.iter().any(|key| key.is_empty()) {
        ledger.fault(&place, "this is not a path of the scenario", "", "write it like link.wan.bandwidth");
        return;
    }
    let value = override_value(value, &place, ledger);
    patch(root, &keys, value, &place, ledger);
}

/// A list that holds an index: `outage.stamp-down.0.at` counts from 0.
fn patch(table: &mut Table, keys: &[&str], value: Value, place: &Place, ledger: &Ledger) {
    let Some((first, rest)) = keys.split_first() else { return };
    let position = table.entries.iter().position(|entry| entry.key == *first).unwrap_or_else(|| {
        let node = Node { place: place.clone(), value: Value::Table(Table::default()) };
        table.entries.push(Entry { key: (*first).into(), place: place.clone(), node });
        table.entries.len() - 1
    });
    patch_node(&mut table.entries[position].node, rest, value, place, ledger);
}

fn patch_node(node: &mut Node, keys: &[&str], value: Value, place: &Place, ledger: &Ledger) {
    let Some((first, rest)) = keys.split_first() else {
        *node = Node { place: place.clone(), value };
        return;
    };
    match &mut node.value {
        Value::Table(table) => patch(table, keys, value, place, ledger),
        Value::List(list) => match first.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
            Some(item) => patch_node(item, rest, value, place, ledger),
            None => ledger.fault(place, format!("`{first}` is no place of the list"), "", "count from 0"),
        },
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::Date(_) | Value::Broken => {
            ledger.fault(
                place,
                format!("`{first}` stands below something that holds no keys"),
                "",
                "write the path of a field, like link.wan.bandwidth",
            )
        }
    }
}

/// TOML when it reads as TOML, else plain text: `--set link.wan.bandwidth="200 Mbit/s"` needs no second pair of quotes.
fn override_value(text: &str, place: &Place, ledger: &Ledger) -> Value {
    if text.len() > TEXT_BYTES_MAX {
        ledger.fault(place, "the value is too long", "", "write a shorter one");
        return Value::Broken;
    }
    match DeValue::parse(text) {
        Ok(parsed) => relocate(convert(parsed.get_ref(), 0..0, ledger, 0), place).value,
        Err(_) => Value::Text(text.to_string()),
    }
}

fn relocate(node: Node, place: &Place) -> Node {
    let value = match node.value {
        Value::List(list) => Value::List(list.into_iter().map(|item| relocate(item, place)).collect()),
        Value::Table(table) => {
            let entries = table.entries.into_iter();
            let moved =
                |entry: Entry| Entry { place: place.clone(), node: relocate(entry.node, place), key: entry.key };
            Value::Table(Table { entries: entries.map(moved).collect() })
        }
        value @ (Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Flag(_)
        | Value::Date(_)
        | Value::Broken) => value,
    };
    Node { place: place.clone(), value }
}

fn convert_table(table: &DeTable<'_>, ledger: &Ledger, depth: usize) -> Table {
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in table.iter() {
        let node = convert(value.get_ref(), value.span(), ledger, depth + 1);
        entries.push(Entry { key: key.get_ref().to_string(), place: Place::Text(key.span()), node });
    }
    entries.sort_by_key(|entry| match &entry.place {
        Place::Text(span) => span.start,
        Place::Set(_) => usize::MAX,
    });
    Table { entries }
}

fn convert(value: &DeValue<'_>, span: Range<usize>, ledger: &Ledger, depth: usize) -> Node {
    let place = Place::Text(span);
    if depth > DEPTH_MAX {
        let wrong = format!("nested deeper than {DEPTH_MAX} levels");
        ledger.fault(&place, wrong, "", "no section of a scenario is this deep");
        return Node { place, value: Value::Broken };
    }
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).map_or_else(
            |_| refuse(ledger, &place, "this number is too large", "write a number below 2^63"),
            Value::Integer,
        ),
        DeValue::Float(number) => match number.as_str().replace('_', "").parse::<f64>() {
            Ok(float) if float.is_finite() => Value::Float(float),
            _ => refuse(ledger, &place, "this is not a finite number", "write a number"),
        },
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(list) => {
            let items = list.iter().map(|item| convert(item.get_ref(), item.span(), ledger, depth + 1));
            Value::List(items.collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(table, ledger, depth)),
    };
    Node { place, value }
}

fn refuse(ledger: &Ledger, place: &Place, wrong: &str, mend: &str) -> Value {
    ledger.fault(place, wrong, "", mend);
    Value::Broken
}

/// The parser's words, with a cure for what goes wrong most often.
fn syntax_fault(message: &str, span: Range<usize>, text: &str) -> Fault {
    const QUOTES: &str = "put text and quantities in quotes: retention = \"24h\", bandwidth = \"200 Mbit/s\"";
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let found = text.get(span.clone()).unwrap_or_default();
    let line = text.get(line_of(text, span.start)).unwrap_or_default();
    let mut wrong = format!("this is not TOML: {message}");
    let mend = if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        "a merge left its marks here: keep one of the two sides and remove the marks"
    } else if message.contains("duplicate key") {
        wrong = format!("`{}` stands twice", short(found));
        "rename one of the two, or remove it"
    } else if message.contains("recurs") {
        "no section of a scenario is this deep"
    } else if message.contains("unclosed table") && line.trim_start().starts_with('[') {
        "close the heading with ], [[outage.link-down]] with ]]"
    } else if says(&OPEN) {
        "close the list before this place with ], or the table with }"
    } else if message.contains("unquoted key") || message.contains("key with no value") {
        "write key = value, with names of letters, digits, - and _"
    } else if found.starts_with(['“', '”', '„', '‘', '’', '«']) {
        "use straight quotes: retention = \"24h\""
    } else if message.contains("escaped value") {
        "write a path with / or in single quotes: file = 'traces\\sql.csv'"
    } else if message.contains("boolean") {
        "write true or false without quotes, and text in quotes"
    } else if message.contains("expected newline") {
        "write one key = value a line, and nothing behind it but a comment"
    } else if says(&["quote", "string", "number"]) || found.starts_with(|c: char| c.is_ascii_digit()) {
        QUOTES
    } else {
        "write key = value, [section] or [[list]]; text in quotes; a comment begins with #"
    };
    Fault { wrong, span: Some(span), file: String::new(), mend: mend.into(), note: String::new(), is_warning: false }
}
