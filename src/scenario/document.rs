//! How a section of the file is read: one key at a time, and whatever nobody asked for is unknown.
//!
//! A [`Section`] closes itself when dropped: every key of the table that was not asked for becomes a fault that names the
//! nearest key and lists those that were. A reader therefore asks for all its keys before it gives up.

use std::cell::{Cell, RefCell};
use std::str::FromStr;

use crate::units::{Bytes, Duration, UnitError};

use super::ledger::{Ledger, cure_by_name, short};
use super::spans::{Node, Place, Table, Value};

/// A table of the scenario while it is read.
pub struct Section<'t> {
    /// `link.wan`, for messages.
    pub name: String,
    /// Where it begins: what is missing is reported here.
    pub place: Place,
    table: &'t Table,
    pub ledger: &'t Ledger,
    asked: RefCell<Vec<&'static str>>,
    /// Every key is a name of the user's, so none is unknown.
    open: Cell<bool>,
}

static EMPTY: Table = Table { entries: Vec::new() };

impl<'t> Section<'t> {
    pub fn new(name: impl Into<String>, place: Place, table: &'t Table, ledger: &'t Ledger) -> Self {
        Self { name: name.into(), place, table, ledger, asked: RefCell::default(), open: Cell::new(false) }
    }

    /// The section of a node; a fault when it is no table.
    pub fn of(name: impl Into<String>, place: &Place, node: &'t Node, ledger: &'t Ledger) -> Option<Self> {
        let name = name.into();
        let table = node.value.table();
        if table.is_none() && !node.value.is_broken() {
            let wrong = format!("`{name}` must be a table, not {}", node.value.kind());
            ledger.fault(&node.place, wrong, "", format!("write {name} = {{ … }} or [{name}]"));
        }
        table.map(|table| Self::new(name, place.clone(), table, ledger))
    }

    /// The value of a key. Asking makes the key known.
    pub fn node(&self, key: &'static str) -> Option<&'t Node> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.table.get(key).map(|entry| &entry.node)
    }

    pub fn has(&self, key: &'static str) -> bool {
        self.node(key).is_some()
    }

    /// Place of the key's value, or of the section.
    pub fn place_of(&self, key: &'static str) -> Place {
        self.table.get(key).map_or(&self.place, |entry| &entry.node.place).clone()
    }

    /// Place of the key itself, or of the section.
    pub fn place_of_key(&self, key: &'static str) -> Place {
        self.table.get(key).map_or(&self.place, |entry| &entry.place).clone()
    }

    /// Says that a key must be there. For readers of optional keys that turn out to be needed.
    pub fn missing(&self, key: &'static str, mend: impl Into<String>) {
        let wrong = match self.name.as_str() {
            "" => format!("the scenario has no [{key}]"),
            name => format!("[{name}] has no `{key}`"),
        };
        self.ledger.missing(&self.place, wrong, "", mend);
    }

    pub fn fault(&self, key: &'static str, wrong: impl Into<String>, mend: impl Into<String>) {
        self.ledger.fault(&self.place_of(key), wrong, "", mend);
    }

    pub fn text(&self, key: &'static str) -> Option<&'t str> {
        self.text_at(key).map(|(text, _)| text)
    }

    /// Text and its place.
    pub fn text_at(&self, key: &'static str) -> Option<(&'t str, &'t Place)> {
        let node = self.node(key)?;
        let text = node.value.text();
        if text.is_none() {
            self.wrong_type(key, node, "text in quotes");
        }
        text.map(|text| (text, &node.place))
    }

    /// A quantity with its unit.
    pub fn quantity<T: FromStr<Err = UnitError>>(&self, key: &'static str) -> Option<T> {
        quantity(self.node(key)?, key, self.ledger)
    }

    pub fn need<T: FromStr<Err = UnitError>>(&self, key: &'static str, example: &str) -> Option<T> {
        if !self.has(key) {
            self.missing(key, format!("write {key} = \"{example}\""));
        }
        self.quantity(key)
    }

    /// A span that must not be zero.
    pub fn positive_span(&self, key: &'static str) -> Option<Duration> {
        let span = self.quantity::<Duration>(key)?;
        if span.is_zero() {
            self.fault(key, format!("`{key}` must be longer than nothing"), "write a span such as \"5m\"");
            return None;
        }
        Some(span)
    }

    /// A whole number from 0 to `max`.
    pub fn count(&self, key: &'static str, max: u64) -> Option<u64> {
        let node = self.node(key)?;
        let Value::Integer(number) = &node.value else {
            self.wrong_type(key, node, "a whole number");
            return None;
        };
        let count = u64::try_from(*number).ok().filter(|count| *count <= max);
        if count.is_none() {
            // The largest number of the format itself is no help to anybody.
            let bound = if max < 1 << 40 { format!(" from 0 to {max}") } else { ", not below 0".into() };
            self.fault(key, format!("`{key}` is {number}"), format!("write a whole number{bound}"));
        }
        count
    }

    pub fn count32(&self, key: &'static str, max: u32) -> Option<u32> {
        self.count(key, u64::from(max)).and_then(|count| u32::try_from(count).ok())
    }

    /// A plain number within bounds.
    pub fn number(&self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let node = self.node(key)?;
        let Some(number) = node.value.number() else {
            self.wrong_type(key, node, "a number");
            return None;
        };
        if number < least || number > most {
            let wrong = format!("`{key}` is {number}; it must lie between {least} and {most}");
            self.fault(key, wrong, format!("write a number from {least} to {most}"));
            return None;
        }
        Some(number)
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        let Value::Flag(flag) = &node.value else {
            self.wrong_type(key, node, "true or false");
            return None;
        };
        Some(*flag)
    }

    /// The items of a list; a single value is a list of one.
    pub fn items(&self, key: &'static str) -> &'t [Node] {
        match self.node(key) {
            Some(Node { value: Value::List(items), .. }) => items,
            Some(node) => std::slice::from_ref(node),
            None => &[],
        }
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let (text, place) = self.text_at(key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let cure = cure_by_name(text, "choices", words.iter().map(|(word, _)| *word));
            self.ledger.fault(place, format!("`{}` is not a choice of `{key}`", short(text)), "", cure);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// A table inside this one.
    pub fn section(&self, key: &'static str) -> Option<Section<'t>> {
        let node = self.node(key)?;
        Section::of(self.inner_name(key), &self.place_of_key(key), node, self.ledger)
    }

    /// Named tables below a key (`[link.*]`): name, place of the name, section.
    pub fn named(&self, key: &'static str) -> Vec<(&'t str, &'t Place, Section<'t>)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let name = self.inner_name(key);
        let Some(holder) = Section::of(name.clone(), &self.place_of_key(key), node, self.ledger) else {
            return Vec::new();
        };
        holder.tolerate();
        let mut found = Vec::new();
        for entry in &holder.table.entries {
            if !good_name(&entry.key) {
                let wrong = format!("`{}` cannot be a name", short(&entry.key));
                self.ledger.fault(&entry.place, wrong, "", "use 1 to 60 letters, digits, - and _ (and dots in quotes)");
            }
            let whole = format!("{name}.{}", short(&entry.key));
            if let Some(section) = Section::of(whole, &entry.place, &entry.node, self.ledger) {
                found.push((entry.key.as_str(), &entry.place, section));
            }
        }
        found
    }

    /// Keys and values of a table whose keys are the user's (`unique = { "5m" = "80 %" }`).
    pub fn pairs(&self, key: &'static str) -> Vec<(&'t str, &'t Place, &'t Node)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Some(table) = node.value.table() else {
            self.wrong_type(key, node, "a table { … }");
            return Vec::new();
        };
        table.entries.iter().map(|entry| (entry.key.as_str(), &entry.place, &entry.node)).collect()
    }

    /// A choice spelt by its key (`churn.daily = { … }`): exactly one of `choices`.
    pub fn choice(&self, key: &'static str, choices: &[&'static str]) -> Option<(&'static str, &'t Node, Place)> {
        let node = self.node(key)?;
        let name = self.inner_name(key);
        choose(&name, &self.place_of_key(key), node, choices, self.ledger)
    }

    /// The tables of a list of tables (`[[target]]`).
    pub fn tables(&self, key: &'static str) -> Vec<Section<'t>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let place = self.place_of_key(key);
        let items = node.value.list().unwrap_or(std::slice::from_ref(node));
        let one = |item: &'t Node| {
            let at = if matches!(node.value, Value::List(_)) { &item.place } else { &place };
            Section::of(key, at, item, self.ledger)
        };
        items.iter().filter_map(one).collect()
    }

    /// Unknown keys are not reported: what they mean hangs on something that was refused, or they are names.
    pub fn tolerate(&self) {
        self.open.set(true);
    }

    /// `link.wan.throttle`, for messages.
    fn inner_name(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_string() } else { format!("{}.{key}", self.name) }
    }

    fn wrong_type(&self, key: &str, node: &Node, wanted: &str) {
        if !node.value.is_broken() {
            let wrong = format!("`{key}` must be {wanted}, not {}", node.value.kind());
            self.ledger.fault(&node.place, wrong, "", format!("write {wanted}"));
        }
    }
}

impl Drop for Section<'_> {
    /// Reports the keys nobody asked for.
    fn drop(&mut self) {
        if self.open.get() {
            return;
        }
        let asked = self.asked.borrow();
        for entry in self.table.entries.iter().filter(|entry| !asked.iter().any(|key| *key == entry.key)) {
            let home = if self.name.is_empty() { "a scenario".into() } else { format!("[{}]", self.name) };
            let wrong = format!("`{}` is not a key of {home}", short(&entry.key));
            let cure = cure_by_name(&entry.key, "keys", asked.iter().copied());
            self.ledger.fault(&entry.place, wrong, "", cure);
        }
    }
}

/// An empty section, where a whole part of the file is left out and every default holds.
pub fn absent<'t>(name: &str, ledger: &'t Ledger) -> Section<'t> {
    Section::new(name, Place::Text(0..0), &EMPTY, ledger)
}

/// Exactly one key of `choices` below a node.
pub fn choose<'t>(
    name: &str,
    place: &Place,
    node: &'t Node,
    choices: &[&'static str],
    ledger: &Ledger,
) -> Option<(&'static str, &'t Node, Place)> {
    let listed =
        || format!("write one of {}", choices.iter().map(|c| format!("{name}.{c}")).collect::<Vec<_>>().join(", "));
    let Value::Table(table) = &node.value else {
        if !matches!(node.value, Value::Broken) {
            let wrong = format!("`{name}` is a choice spelt by its key, not {}", node.value.kind());
            ledger.fault(&node.place, wrong, "", listed());
        }
        return None;
    };
    let mut found = None;
    for entry in &table.entries {
        let Some(choice) = choices.iter().find(|choice| **choice == entry.key) else {
            let wrong = format!("`{}` is not a kind of `{name}`", short(&entry.key));
            ledger.fault(&entry.place, wrong, "", cure_by_name(&entry.key, "kinds", choices.iter().copied()));
            continue;
        };
        if found.is_some() {
            ledger.fault(&entry.place, format!("`{name}` has two kinds"), "the second", "keep one of them");
            continue;
        }
        found = Some((*choice, &entry.node, entry.place.clone()));
    }
    if table.entries.is_empty() {
        ledger.missing(place, format!("`{name}` is empty"), "", listed());
    }
    found
}

/// Reads a quantity from a node; a bare number is answered with the cure of the quantity's kind.
pub fn quantity<T: FromStr<Err = UnitError>>(node: &Node, key: &str, ledger: &Ledger) -> Option<T> {
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Broken => return None,
        Value::Flag(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => {
            let cure = "x".parse::<T>().err().map(|error| error.mend).unwrap_or_default();
            let wrong = format!("`{key}` must be a quantity in quotes, not {}", node.value.kind());
            ledger.fault(&node.place, wrong, "", cure);
            return None;
        }
    };
    let bare = !matches!(node.value, Value::Text(_));
    match text.parse::<T>() {
        Ok(quantity) if !bare => Some(quantity),
        Ok(_) => {
            ledger.fault(&node.place, format!("`{key}` has no quotes"), "", format!("write {key} = \"{text}\""));
            None
        }
        Err(error) => {
            let negative = text.trim_start().starts_with('-');
            // An amount where a rate is wanted has a clear unit, only the wrong one.
            let amount = error.wrong.contains("could mean") && text.parse::<Bytes>().is_ok();
            let wrong = match (negative, bare, amount) {
                (true, _, _) => format!("`{key}` is negative"),
                (false, true, _) => format!("`{key}` has no unit"),
                (false, false, true) => format!("`{key}`: `{}` is an amount, not a rate", short(&text)),
                (false, false, false) => format!("`{key}`: {}", error.wrong),
            };
            ledger.fault(&node.place, wrong, "", error.mend);
            None
        }
    }
}

fn good_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 60 && name.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c))
}
