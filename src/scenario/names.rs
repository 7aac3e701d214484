//! Names of one kind and what stands behind them: every reference is a name, and a dangling one is answered with the nearest.

use std::cell::Cell;

use super::document::Section;
use super::ledger::{Ledger, cure_by_name, short};
use super::spans::Place;

/// The names of one arena, in its order.
#[derive(Debug)]
pub struct Names {
    /// `stamp`, for messages.
    pub kind: &'static str,
    plural: &'static str,
    /// The section that declares one: `vms` for a group.
    section: &'static str,
    pub entries: Vec<Name>,
    /// That there is none of the kind is told once.
    told: Cell<bool>,
}

#[derive(Debug)]
pub struct Name {
    pub name: String,
    pub place: Place,
    /// Something about it was refused; checks against others are left out, they would only repeat the fault.
    pub broken: bool,
}

impl Names {
    pub fn new(kind: &'static str, plural: &'static str, section: &'static str) -> Self {
        Self { kind, plural, section, entries: Vec::new(), told: Cell::new(false) }
    }

    pub fn push(&mut self, name: &str, place: &Place, broken: bool) {
        self.entries.push(Name { name: name.into(), place: place.clone(), broken });
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == name)
    }

    /// A section of this kind must be there: `cure` says what to write.
    pub fn need_any(&self, root: &Section<'_>, cure: &str) {
        if self.entries.is_empty() && !self.told.replace(true) {
            root.missing(self.section, cure);
        }
    }

    /// The index behind a name; a fault when there is none.
    pub fn find(&self, name: &str, place: &Place, ledger: &Ledger) -> Option<usize> {
        let found = self.index(name);
        if found.is_none() && !ledger.is_full() && !(self.entries.is_empty() && self.told.replace(true)) {
            let cure = if self.entries.is_empty() {
                format!("the scenario has no {}; add [{}.{}]", self.kind, self.section, short(name))
            } else {
                cure_by_name(name, self.plural, self.entries.iter().map(|entry| entry.name.as_str()))
            };
            ledger.missing(place, format!("there is no {} `{}`", self.kind, short(name)), "", cure);
        }
        found
    }

    /// The index behind the name that stands below a key, which must be there.
    pub fn need(&self, section: &Section<'_>, key: &'static str) -> Option<usize> {
        if !section.has(key) {
            let known: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).take(12).collect();
            section.missing(key, format!("write {key} = \"…\"; {}: {}", self.plural, known.join(", ")));
        }
        self.optional(section, key)
    }

    /// The same for a key that may be left out.
    pub fn optional(&self, section: &Section<'_>, key: &'static str) -> Option<usize> {
        let (name, place) = section.text_at(key)?;
        self.find(name, place, section.ledger)
    }

    pub fn is_broken(&self, index: usize) -> bool {
        self.entries.get(index).is_none_or(|entry| entry.broken)
    }
}
