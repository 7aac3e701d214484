//! Where faults and warnings are written down while everybody goes on reading.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::fault::Fault;
use super::spans::Place;

/// Collects faults; shared by all readers of one scenario.
#[derive(Debug)]
pub struct Ledger {
    file: String,
    faults: RefCell<Vec<Fault>>,
    /// The text has faults of syntax: what is missing or dangling may only be unread, and is not reported.
    incomplete: Cell<bool>,
    /// Lines that are no TOML: what was made of them is not reported either.
    spoiled: RefCell<Vec<Range<usize>>>,
}

/// More are counted, not kept: nobody reads a thousandth fault.
const FAULTS_KEPT_MAX: usize = 500;

impl Ledger {
    pub fn new(file: &str) -> Self {
        Self {
            file: file.into(),
            faults: RefCell::default(),
            incomplete: Cell::new(false),
            spoiled: RefCell::default(),
        }
    }

    /// A fault of syntax in the line at these bytes.
    pub fn syntax(&self, fault: Fault, line: Range<usize>) {
        self.incomplete.set(true);
        self.spoiled.borrow_mut().push(line);
        self.push(fault);
    }

    /// A fault at a place.
    pub fn fault(&self, place: &Place, wrong: impl Into<String>, note: impl Into<String>, mend: impl Into<String>) {
        if matches!(place, Place::Text(span) if self.spoiled.borrow().iter().any(|line| line.contains(&span.start))) {
            return;
        }
        self.push(self.at(place, wrong.into(), note.into(), mend.into(), false));
    }

    /// Something is missing or does not lead anywhere; not said when half the text could not be read.
    pub fn missing(&self, place: &Place, wrong: impl Into<String>, note: impl Into<String>, mend: impl Into<String>) {
        if !self.incomplete.get() {
            self.fault(place, wrong, note, mend);
        }
    }

    pub fn warn(&self, place: &Place, wrong: impl Into<String>, note: impl Into<String>, mend: impl Into<String>) {
        self.push(self.at(place, wrong.into(), note.into(), mend.into(), true));
    }

    /// A fault of the file as a whole.
    pub fn push_whole(&self, wrong: impl Into<String>, mend: impl Into<String>) {
        let fault = Fault {
            wrong: wrong.into(),
            span: None,
            file: self.file.clone(),
            mend: mend.into(),
            note: String::new(),
            is_warning: false,
        };
        self.push(fault);
    }

    pub fn push(&self, mut fault: Fault) {
        if fault.file.is_empty() {
            fault.file.clone_from(&self.file);
        }
        let mut faults = self.faults.borrow_mut();
        if faults.len() < FAULTS_KEPT_MAX && !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// Faults and warnings apart, each in the order of the text.
    pub fn close(self) -> (Vec<Fault>, Vec<Fault>) {
        let mut all = self.faults.into_inner();
        all.sort_by_key(|fault| fault.span.as_ref().map_or(usize::MAX, |span| span.start));
        let (warnings, faults) = all.into_iter().partition(|fault| fault.is_warning);
        (faults, warnings)
    }

    /// No further fault is kept, so none need be worded.
    pub fn is_full(&self) -> bool {
        self.faults.borrow().len() >= FAULTS_KEPT_MAX
    }

    pub fn has_faults(&self) -> bool {
        self.faults.borrow().iter().any(|fault| !fault.is_warning)
    }

    fn at(&self, place: &Place, wrong: String, note: String, mend: String, is_warning: bool) -> Fault {
        let (span, file) = match place {
            Place::Text(span) => (Some(span.clone()), self.file.clone()),
            Place::Set(path) => (None, format!("--set {path}")),
        };
        Fault { wrong, span, file, mend, note, is_warning }
    }
}

/// " did you mean `x`?" for the nearest of `known`, or nothing.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name: String = name.chars().take(80).collect();
    let scored = known.into_iter().map(|candidate| (strsim::jaro_winkler(&name, candidate), candidate));
    let best = scored.fold(
        (0.8, None),
        |best, (score, candidate)| {
            if score > best.0 { (score, Some(candidate)) } else { best }
        },
    );
    best.1
}

/// "did you mean `x`? allowed: a, b, c", shortened when the list is long.
pub fn cure_by_name<'k>(name: &str, what: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    const SHOWN_MAX: usize = 24;
    let mut names: Vec<&str> = known.clone().into_iter().collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(SHOWN_MAX);
    names.truncate(SHOWN_MAX);
    let mut list = names.into_iter().map(short).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    let list = if list.is_empty() { format!("there are no {what}") } else { format!("{what}: {list}") };
    match nearest(name, known) {
        Some(near) => format!("did you mean `{}`? {list}", short(near)),
        None => list,
    }
}

/// Text of the input in a message, never longer than a line.
pub fn short(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
