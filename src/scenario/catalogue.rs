//! The catalogue: every section and key a scenario can have, once, as data.
//!
//! ```text
//! Shape ─ keys ─▶ Key { name, kind, presence, example, doc } ─ kind ─▶ Shape …
//! ```
//! The readers walk it beside the text: a `Section` knows its shape, takes bounds, defaults and examples from
//! it, and asserts that what it is asked for stands here with that kind. Schema and reference are printed from the same data.
//! So a key cannot be read and not documented; that each documented key is read is tested below. See decision 0006.

mod happens;
mod limits;
mod machines;
mod people;
mod places;
mod root;
mod series;
mod wanted;

#[cfg(test)]
pub mod coverage;

use crate::units::QuantityKind;

pub use happens::{LAW, LAWS, OUTAGE, TAKEN};
pub use limits::LIMITS;
pub use root::ROOT;

/// A table of the scenario: its keys, and what it is.
#[derive(Debug)]
pub struct Shape {
    /// Its name among all shapes: `link`, `throttle`.
    pub id: &'static str,
    /// How it is written: `[link.NAME]`.
    pub written: &'static str,
    /// What it is, for a planner.
    pub doc: &'static str,
    pub keys: &'static [Key],
}

/// One key of a table.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub presence: Presence,
    /// A value as TOML writes it, the quotes of text left out; empty for keys that hold tables of their own.
    pub example: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

/// What happens when a key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The scenario is refused.
    Needed,
    /// This value holds, written like the example.
    Default(&'static str),
    /// In words.
    LeftOut(&'static str),
    /// The number of the limits profile holds.
    Profile,
}

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text in quotes that follows a grammar.
    Text(Grammar),
    Quantity(QuantityKind),
    /// A whole number within bounds.
    Count {
        least: u64,
        most: u64,
    },
    /// A number within bounds.
    Number {
        least: f64,
        most: f64,
    },
    Flag,
    /// One of several words, each with its meaning.
    Word(&'static [Word]),
    Table(&'static Shape),
    /// Tables under names of the user's: `[link.wan]`.
    Named(&'static Shape),
    /// A list of tables: `[[target]]`.
    Tables(&'static Shape),
    /// A table with exactly one of its keys: the choice is spelt by the key.
    Choice(&'static Shape),
    /// A list; a single value is a list of one.
    Many(&'static Kind),
    /// A table whose keys are the user's, each of this grammar.
    Pairs(Grammar, &'static Kind),
    Either(&'static [Kind]),
}

pub type Word = (&'static str, &'static str);

/// What a text may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// Anything.
    Free,
    /// The name of something declared elsewhere: `stamp`.
    Name(&'static str),
    /// A file beside the scenario.
    File,
    /// A column of the file.
    Column,
    /// The unit of a column.
    Unit,
    /// A moment of the run.
    Moment,
    /// A date with time and offset.
    Date,
    TimeOfDay,
    DayPart,
    Days,
    /// A span, where it stands as a key.
    Window,
    Target,
    Precision,
    Price,
    /// The path of a number that the planner may turn.
    Knob,
}

/// How a reader asks; each way fits some kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Text,
    Quantity(QuantityKind),
    Count,
    Number,
    Flag,
    Word,
    Table,
    Named,
    Tables,
    Choice,
    Many,
    Pairs,
}

impl Shape {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.keys.iter().map(|key| key.name)
    }
}

/// All shapes that can be reached from one, once each, in the order of the keys.
pub fn walk(from: &'static Shape) -> Vec<&'static Shape> {
    let mut met: Vec<&'static Shape> = vec![from];
    visit(from, &mut met);
    met
}

fn visit(shape: &'static Shape, met: &mut Vec<&'static Shape>) {
    for inner in shape.keys.iter().flat_map(|key| key.kind.shapes()) {
        if !met.iter().any(|known| known.id == inner.id) {
            met.push(inner);
            visit(inner, met);
        }
    }
}

impl Key {
    const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Key {
        Key { name, kind, presence: Presence::LeftOut(""), example: "", doc }
    }

    const fn needed(self, example: &'static str) -> Key {
        Key { presence: Presence::Needed, example, ..self }
    }

    const fn default(self, value: &'static str, example: &'static str) -> Key {
        Key { presence: Presence::Default(value), example, ..self }
    }

    const fn left_out(self, meaning: &'static str, example: &'static str) -> Key {
        Key { presence: Presence::LeftOut(meaning), example, ..self }
    }

    const fn of_profile(self, example: &'static str) -> Key {
        Key { presence: Presence::Profile, example, ..self }
    }

    /// The default, written like the example.
    pub fn default_value(&self) -> Option<&'static str> {
        if let Presence::Default(value) = self.presence { Some(value) } else { None }
    }

    /// `bandwidth = "200 Mbit/s"`.
    pub fn line(&self) -> String {
        format!("{} = {}", self.name, self.kind.toml(self.example))
    }
}

impl Kind {
    /// Whether a reader that asks this way can read the kind.
    pub fn fits(&self, ask: Ask) -> bool {
        match self {
            Kind::Text(_) => ask == Ask::Text,
            Kind::Quantity(kind) => ask == Ask::Quantity(*kind),
            Kind::Count { .. } => ask == Ask::Count,
            Kind::Number { .. } => ask == Ask::Number,
            Kind::Flag => ask == Ask::Flag,
            // A word that stands beside other kinds is read as text first.
            Kind::Word(_) => matches!(ask, Ask::Word | Ask::Text),
            Kind::Table(_) => ask == Ask::Table,
            Kind::Named(_) => ask == Ask::Named,
            Kind::Tables(_) => ask == Ask::Tables,
            Kind::Choice(_) => ask == Ask::Choice,
            Kind::Many(inner) => ask == Ask::Many || inner.fits(ask),
            Kind::Pairs(..) => ask == Ask::Pairs,
            Kind::Either(kinds) => kinds.iter().any(|kind| kind.fits(ask)),
        }
    }

    /// The first of the kinds within for which `wanted` has an answer.
    pub fn find<T>(&self, wanted: &dyn Fn(&Kind) -> Option<T>) -> Option<T> {
        wanted(self).or_else(|| match self {
            Kind::Many(inner) => inner.find(wanted),
            Kind::Either(kinds) => kinds.iter().find_map(|kind| kind.find(wanted)),
            Kind::Text(_)
            | Kind::Quantity(_)
            | Kind::Count { .. }
            | Kind::Number { .. }
            | Kind::Flag
            | Kind::Word(_)
            | Kind::Table(_)
            | Kind::Named(_)
            | Kind::Tables(_)
            | Kind::Choice(_)
            | Kind::Pairs(..) => None,
        })
    }

    /// The shape of the tables under the key.
    pub fn shape(&self) -> Option<&'static Shape> {
        self.find(&|kind| match kind {
            Kind::Table(shape) | Kind::Named(shape) | Kind::Tables(shape) | Kind::Choice(shape) => Some(*shape),
            _ => None,
        })
    }

    /// All shapes under the key.
    pub fn shapes(&self) -> Vec<&'static Shape> {
        match self {
            Kind::Table(shape) | Kind::Named(shape) | Kind::Tables(shape) | Kind::Choice(shape) => vec![shape],
            Kind::Many(inner) | Kind::Pairs(_, inner) => inner.shapes(),
            Kind::Either(kinds) => kinds.iter().flat_map(Kind::shapes).collect(),
            Kind::Text(_)
            | Kind::Quantity(_)
            | Kind::Count { .. }
            | Kind::Number { .. }
            | Kind::Flag
            | Kind::Word(_) => Vec::new(),
        }
    }

    pub fn words(&self) -> Option<&'static [Word]> {
        self.find(&|kind| if let Kind::Word(words) = kind { Some(*words) } else { None })
    }

    /// Smallest and largest of a count.
    pub fn count_bounds(&self) -> Option<(u64, u64)> {
        self.find(&|kind| if let Kind::Count { least, most } = kind { Some((*least, *most)) } else { None })
    }

    pub fn number_bounds(&self) -> Option<(f64, f64)> {
        self.find(&|kind| if let Kind::Number { least, most } = kind { Some((*least, *most)) } else { None })
    }

    /// A value of the catalogue as TOML: text gets its quotes.
    pub fn toml(&self, value: &str) -> String {
        let bare = value.starts_with(['[', '{', '"'])
            || (self.count_bounds().is_some() || self.number_bounds().is_some()) && value.parse::<f64>().is_ok()
            || self.fits(Ask::Flag);
        if bare { value.to_string() } else { format!("\"{value}\"") }
    }
}

/// What many keys of the catalogue share.
const SPAN: Kind = Kind::Quantity(QuantityKind::Span);
const DATA: Kind = Kind::Quantity(QuantityKind::Data);
const DATA_RATE: Kind = Kind::Quantity(QuantityKind::DataRate);
const BANDWIDTH: Kind = Kind::Quantity(QuantityKind::Bandwidth);
const SHARE: Kind = Kind::Quantity(QuantityKind::Share);
const FREE: Kind = Kind::Text(Grammar::Free);
const COLUMN: Kind = Kind::Text(Grammar::Column);

const fn name_of(what: &'static str) -> Kind {
    Kind::Text(Grammar::Name(what))
}

const fn count(least: u64, most: u64) -> Kind {
    Kind::Count { least, most }
}
