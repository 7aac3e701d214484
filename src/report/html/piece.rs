//! What a page is composed of: sections, and the pieces that stand in them.
//!
//! A new kind of page is a list of [`Section`]s given to [`Frame`]; contents, headings, anchors and the skip link follow
//! from it. Invariants: ids are unique in the page; headings go down one level at a time; text is escaped by the
//! templates; a picture has a sentence and a table beside it.

use askama::Template;

use super::decision::{Advised, Decision};
use super::table::Table;

/// A whole page.
#[derive(Template)]
#[template(path = "index.html")]
pub(in crate::report) struct Frame {
    /// Before the title in the tab: the sign of the verdict.
    pub mark: &'static str,
    pub title: String,
    /// What ran, on one line.
    pub facts: String,
    pub version: String,
    pub sections: Vec<Section>,
}

pub(in crate::report) struct Section {
    pub id: &'static str,
    pub title: &'static str,
    pub pieces: Vec<Piece>,
}

/// Something that stands in a section.
#[derive(Template)]
#[template(path = "report/piece.html")]
pub(in crate::report) enum Piece {
    /// A heading within the section.
    Heading(String),
    Words(Sentence),
    Decision(Decision),
    Advice(Vec<Advised>),
    Figure(Figure),
    Table(Table),
    /// Names with their meanings.
    Terms(Vec<(String, String)>),
    List(Vec<String>),
    /// A command with a button that copies it.
    Command(String),
    /// Opened by who wants it.
    Folded(String, Vec<Piece>),
}

impl Piece {
    pub fn words(text: impl Into<String>) -> Piece {
        Piece::Words(Sentence::from(text))
    }
}

impl Section {
    pub fn new(id: &'static str, title: &'static str, pieces: Vec<Piece>) -> Self {
        Self { id, title, pieces }
    }
}

/// Sentences in which commands and names stand between backticks.
#[derive(Default)]
pub(in crate::report) struct Sentence(pub String);

impl<T: Into<String>> From<T> for Sentence {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl Sentence {
    /// Whether it is code, and the words.
    pub fn parts(&self) -> Vec<(bool, &str)> {
        self.0
            .split('`')
            .enumerate()
            .filter(|(_, words)| !words.is_empty())
            .map(|(n, words)| (n % 2 == 1, words))
            .collect()
    }
}

/// A name whose meaning appears when it is pointed at or reached by the keyboard.
#[derive(Clone, Copy, Template)]
#[template(path = "report/term.html")]
pub(in crate::report) struct Term {
    pub name: &'static str,
    pub meaning: &'static str,
}

/// A picture, what it shows, what that means, and the same as a table.
#[derive(Template, Default)]
#[template(path = "report/figure.html")]
pub(in crate::report) struct Figure {
    pub title: String,
    /// Under a heading within the section: one level lower.
    pub deep: bool,
    /// Explained beside the title.
    pub terms: Vec<Term>,
    /// SVG text, already escaped.
    pub svg: String,
    /// What it shows.
    pub says: String,
    /// What that means and what to do; empty: nothing is to be done.
    pub means: Sentence,
    pub table: Option<Table>,
}
