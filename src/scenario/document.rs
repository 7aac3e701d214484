//! How a section of the file is read: one key at a time, and whatever nobody asked for is unknown.
//!
//! A [`Section`] closes itself when dropped: every key of the table that was not asked for becomes a fault that names the
//! nearest key and lists those that were. A reader therefore asks for all its keys before it gives up.
//!
//! Each section has its [`Shape`] in the catalogue. Bounds, defaults, choices and examples come from there; a key that does not
//! stand there with the kind it is asked for is a bug, and asserted where debug assertions are on.

use std::cell::{Cell, RefCell};
use std::str::FromStr;

use crate::units::{Bytes, Duration, Quantity};

use super::catalogue::{Ask, Key, Shape};
use super::ledger::{Ledger, cure_by_name, short};
use super::spans::{Node, Place, Table, Value};

/// A table of the scenario while it is read.
pub struct Section<'t> {
    /// `link.wan`, for messages.
    pub name: String,
    /// Where it begins: what is missing is reported here.
    pub place: Place,
    table: &'t Table,
    /// What the catalogue says about it.
    pub shape: &'static Shape,
    pub ledger: &'t Ledger,
    asked: RefCell<Vec<&'static str>>,
    /// Every key is a name of the user's, so none is unknown.
    open: Cell<bool>,
}

/// Most named sections or tables of one kind.
const SECTIONS_MAX: usize = 10_000;

static EMPTY: Table = Table { entries: Vec::new() };

impl<'t> Section<'t> {
    pub fn new(
        name: impl Into<String>,
        place: Place,
        table: &'t Table,
        shape: &'static Shape,
        ledger: &'t Ledger,
    ) -> Self {
        Self { name: name.into(), place, table, shape, ledger, asked: RefCell::default(), open: Cell::new(false) }
    }

    /// The section of a node; a fault when it is no table.
    fn of(name: String, place: &Place, node: &'t Node, shape: &'static Shape, ledger: &'t Ledger) -> Option<Self> {
        let table = node.value.table();
        if table.is_none() && !node.value.is_broken() {
            let wrong = format!("`{name}` must be a table, not {}", node.value.kind());
            ledger.fault(&node.place, wrong, "", format!("write {name} = {{ … }} or [{name}]"));
        }
        table.map(|table| Self::new(name, place.clone(), table, shape, ledger))
    }

    /// What the catalogue says about a key.
    fn known(&self, key: &'static str) -> &'static Key {
        let found = self.shape.key(key);
        found.unwrap_or_else(|| panic!("the catalogue has no `{key}` in `{}`, but a reader asks for it", self.shape.id))
    }

    /// The value of a key that is read as this kind.
    fn value(&self, key: &'static str, ask: Ask) -> Option<&'t Node> {
        let kind = &self.known(key).kind;
        debug_assert!(kind.fits(ask), "`{key}` of `{}` is asked for as {ask:?}, and is {kind:?}", self.shape.id);
        self.node(key)
    }

    /// The value of a key. Asking makes the key known.
    pub fn node(&self, key: &'static str) -> Option<&'t Node> {
        debug_assert!(self.shape.key(key).is_some(), "the catalogue has no `{key}` in `{}`", self.shape.id);
        #[cfg(test)]
        super::catalogue::coverage::asked(self.shape, key);
        self.stray(key)
    }

    /// The value of a key that is never right here, but is answered in its own words.
    pub fn stray(&self, key: &'static str) -> Option<&'t Node> {
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

    /// Refuses the section when a needed key is missing, and shows the catalogue's example.
    pub fn require(&self, key: &'static str) {
        if !self.has(key) {
            self.missing(key, format!("write {}", self.known(key).line()));
        }
    }

    pub fn fault(&self, key: &'static str, wrong: impl Into<String>, mend: impl Into<String>) {
        self.ledger.fault(&self.place_of(key), wrong, "", mend);
    }

    pub fn text(&self, key: &'static str) -> Option<&'t str> {
        self.text_at(key).map(|(text, _)| text)
    }

    /// Text and its place.
    pub fn text_at(&self, key: &'static str) -> Option<(&'t str, &'t Place)> {
        let node = self.value(key, Ask::Text)?;
        let text = node.value.text();
        if text.is_none() {
            self.wrong_type(key, node, "text in quotes");
        }
        text.map(|text| (text, &node.place))
    }

    /// Text, or the catalogue's default.
    pub fn text_or_default(&self, key: &'static str) -> &'t str {
        self.text(key).unwrap_or_else(|| self.default(key))
    }

    /// A quantity with its unit.
    pub fn quantity<T: Quantity>(&self, key: &'static str) -> Option<T> {
        quantity(self.value(key, Ask::Quantity(T::KIND))?, key, self.ledger)
    }

    /// A quantity, or the catalogue's default.
    pub fn quantity_or_default<T: Quantity>(&self, key: &'static str) -> T {
        self.quantity(key).unwrap_or_else(|| self.parsed_default(key))
    }

    /// A quantity that must be there.
    pub fn need<T: Quantity>(&self, key: &'static str) -> Option<T> {
        self.require(key);
        self.quantity(key)
    }

    /// The catalogue's default. That each reads as its kind is tested with the catalogue.
    pub fn default(&self, key: &'static str) -> &'static str {
        self.known(key).default_value().unwrap_or_else(|| panic!("`{key}` of `{}` has no default", self.shape.id))
    }

    pub fn parsed_default<T: FromStr>(&self, key: &'static str) -> T {
        let value = self.default(key);
        value
            .parse()
            .unwrap_or_else(|_| panic!("the default `{value}` of `{key}` is no {}", std::any::type_name::<T>()))
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

    /// A span that is not zero, or the catalogue's default.
    pub fn positive_span_or_default(&self, key: &'static str) -> Duration {
        self.positive_span(key).unwrap_or_else(|| self.parsed_default(key))
    }

    /// A whole number from 0 to the catalogue's bound. Where the least is 1, the reader says why.
    pub fn count(&self, key: &'static str) -> Option<u64> {
        let node = self.value(key, Ask::Count)?;
        let (_, max) = self.known(key).kind.count_bounds()?;
        let number = match &node.value {
            Value::Integer(number) => number,
            Value::Float(number) => {
                self.fault(key, format!("`{key}` must be a whole number, not {number}"), "write a whole number");
                return None;
            }
            _ => {
                self.wrong_type(key, node, "a whole number");
                return None;
            }
        };
        let count = u64::try_from(*number).ok().filter(|count| *count <= max);
        if count.is_none() {
            // The largest number of the format itself is no help to anybody.
            let bound = if max < 1 << 40 { format!(" from 0 to {max}") } else { ", not below 0".into() };
            self.fault(key, format!("`{key}` is {number}"), format!("write a whole number{bound}"));
        }
        count
    }

    pub fn count32(&self, key: &'static str) -> Option<u32> {
        self.count(key).and_then(|count| u32::try_from(count).ok())
    }

    pub fn count32_or_default(&self, key: &'static str) -> u32 {
        self.count32(key).unwrap_or_else(|| self.parsed_default(key))
    }

    /// A plain number within the catalogue's bounds.
    pub fn number(&self, key: &'static str) -> Option<f64> {
        let node = self.value(key, Ask::Number)?;
        let (least, most) = self.known(key).kind.number_bounds()?;
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
        let node = self.value(key, Ask::Flag)?;
        let Value::Flag(flag) = &node.value else {
            self.wrong_type(key, node, "true or false");
            return None;
        };
        Some(*flag)
    }

    pub fn flag_or_default(&self, key: &'static str) -> bool {
        self.flag(key).unwrap_or_else(|| self.parsed_default(key))
    }

    /// The items of a list; a single value is a list of one.
    pub fn items(&self, key: &'static str) -> &'t [Node] {
        match self.value(key, Ask::Many) {
            Some(Node { value: Value::List(items), .. }) => items,
            Some(node) => std::slice::from_ref(node),
            None => &[],
        }
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let listed = self.known(key).kind.words().unwrap_or_default();
        let same = listed.len() == words.len() && listed.iter().zip(words).all(|(one, other)| one.0 == other.0);
        debug_assert!(same, "the words of `{key}` of `{}` are others in the catalogue", self.shape.id);
        let (text, place) = self.text_at(key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let cure = cure_by_name(text, "choices", words.iter().map(|(word, _)| *word));
            self.ledger.fault(place, format!("`{}` is not a choice of `{key}`", short(text)), "", cure);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// One of several words, or the catalogue's default.
    pub fn word_or_default<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> T {
        self.word(key, words).unwrap_or_else(|| {
            let default = self.default(key);
            let found = words.iter().find(|(word, _)| *word == default);
            found.unwrap_or_else(|| panic!("the default `{default}` of `{key}` is none of its words")).1
        })
    }

    /// A table inside this one.
    pub fn section(&self, key: &'static str) -> Option<Section<'t>> {
        let node = self.value(key, Ask::Table)?;
        Section::of(self.inner_name(key), &self.place_of_key(key), node, self.inner_shape(key), self.ledger)
    }

    /// A table inside this one; empty where it is left out, so that every default holds.
    pub fn section_or_empty(&self, key: &'static str) -> Section<'t> {
        let empty =
            || Section::new(self.inner_name(key), Place::Text(0..0), &EMPTY, self.inner_shape(key), self.ledger);
        self.section(key).unwrap_or_else(empty)
    }

    /// The section of a table that stands as an item under a key (`disks = [{ … }]`).
    pub fn item(&self, key: &'static str, item: &'t Node) -> Option<Section<'t>> {
        Section::of(self.inner_name(key), &item.place, item, self.inner_shape(key), self.ledger)
    }

    fn inner_shape(&self, key: &'static str) -> &'static Shape {
        self.known(key).kind.shape().unwrap_or_else(|| panic!("`{key}` of `{}` holds no table", self.shape.id))
    }

    /// Named tables below a key (`[link.*]`): name, place of the name, section.
    pub fn named(&self, key: &'static str) -> Vec<(&'t str, &'t Place, Section<'t>)> {
        let Some(node) = self.value(key, Ask::Named) else { return Vec::new() };
        let (name, shape) = (self.inner_name(key), self.inner_shape(key));
        let Some(holder) = Section::of(name.clone(), &self.place_of_key(key), node, shape, self.ledger) else {
            return Vec::new();
        };
        holder.tolerate();
        let mut found = Vec::new();
        for entry in self.bounded(key, &holder.table.entries) {
            if !good_name(&entry.key) {
                let wrong = format!("`{}` cannot be a name", short(&entry.key));
                self.ledger.fault(&entry.place, wrong, "", "use 1 to 60 letters, digits, - and _ (and dots in quotes)");
            }
            let whole = format!("{name}.{}", short(&entry.key));
            if let Some(section) = Section::of(whole, &entry.place, &entry.node, shape, self.ledger) {
                found.push((entry.key.as_str(), &entry.place, section));
            }
        }
        found
    }

    /// Keys and values of a table whose keys are the user's (`unique = { "5m" = "80 %" }`).
    pub fn pairs(&self, key: &'static str) -> Vec<(&'t str, &'t Place, &'t Node)> {
        let Some(node) = self.value(key, Ask::Pairs) else { return Vec::new() };
        let Some(table) = node.value.table() else {
            self.wrong_type(key, node, "a table { … }");
            return Vec::new();
        };
        table.entries.iter().map(|entry| (entry.key.as_str(), &entry.place, &entry.node)).collect()
    }

    /// A choice spelt by its key (`churn.daily = { … }`): a table with exactly one of the keys of its shape. The section
    /// holds that one key, which is returned beside it.
    pub fn choice(&self, key: &'static str) -> Option<(&'static str, Section<'t>)> {
        let node = self.value(key, Ask::Choice)?;
        let (name, shape) = (self.inner_name(key), self.inner_shape(key));
        let kind = choose(&name, &self.place_of_key(key), node, shape, self.ledger)?;
        let chosen = Section::of(name, &self.place_of_key(key), node, shape, self.ledger)?;
        // What else stands there was refused by `choose`.
        chosen.tolerate();
        Some((kind, chosen))
    }

    /// The tables of a list of tables (`[[target]]`).
    pub fn tables(&self, key: &'static str) -> Vec<Section<'t>> {
        let Some(node) = self.value(key, Ask::Tables) else { return Vec::new() };
        let (place, name) = (self.place_of_key(key), self.inner_name(key));
        let shape = self.inner_shape(key);
        let items = node.value.list().unwrap_or(std::slice::from_ref(node));
        let one = |item: &'t Node| {
            let at = if matches!(node.value, Value::List(_)) { &item.place } else { &place };
            Section::of(name.clone(), at, item, shape, self.ledger)
        };
        self.bounded(key, items).iter().filter_map(one).collect()
    }

    /// At most [`SECTIONS_MAX`] of the entries below a key; more are a fault.
    fn bounded<T>(&self, key: &'static str, entries: &'t [T]) -> &'t [T] {
        if entries.len() > SECTIONS_MAX {
            let wrong = format!("[{}] has {} entries", self.inner_name(key), entries.len());
            let mend = format!(
                "at most {SECTIONS_MAX} are taken; groups of like machines and lists in CSV files say more with less"
            );
            self.ledger.fault(&self.place_of_key(key), wrong, "", mend);
        }
        &entries[..entries.len().min(SECTIONS_MAX)]
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
            if self.ledger.is_full() {
                return;
            }
            let home = if self.name.is_empty() { "a scenario".into() } else { format!("[{}]", self.name) };
            let wrong = format!("`{}` is not a key of {home}", short(&entry.key));
            let cure = cure_by_name(&entry.key, "keys", asked.iter().copied());
            self.ledger.fault(&entry.place, wrong, "", cure);
        }
    }
}

/// The one key of a shape that stands below a node.
fn choose(name: &str, place: &Place, node: &Node, shape: &'static Shape, ledger: &Ledger) -> Option<&'static str> {
    let listed =
        || format!("write one of {}", shape.names().map(|c| format!("{name}.{c}")).collect::<Vec<_>>().join(", "));
    let Value::Table(table) = &node.value else {
        if !matches!(node.value, Value::Broken) {
            let wrong = format!("`{name}` is a choice spelt by its key, not {}", node.value.kind());
            ledger.fault(&node.place, wrong, "", listed());
        }
        return None;
    };
    let mut found = None;
    for entry in &table.entries {
        let Some(choice) = shape.key(&entry.key) else {
            let wrong = format!("`{}` is not a kind of `{name}`", short(&entry.key));
            ledger.fault(&entry.place, wrong, "", cure_by_name(&entry.key, "kinds", shape.names()));
            continue;
        };
        if found.is_some() {
            ledger.fault(&entry.place, format!("`{name}` has two kinds"), "the second", "keep one of them");
            continue;
        }
        found = Some(choice.name);
    }
    if table.entries.is_empty() {
        ledger.missing(place, format!("`{name}` is empty"), "", listed());
    }
    found
}

/// Reads a quantity from a node; a bare number is answered with the cure of the quantity's kind.
pub fn quantity<T: Quantity>(node: &Node, key: &str, ledger: &Ledger) -> Option<T> {
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
        // No quantity is read from a bare number.
        Ok(quantity) => Some(quantity),
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
