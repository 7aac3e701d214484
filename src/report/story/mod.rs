//! One run as a story: a line per fact. When, in the run and in the calendar; who; what; and why.
//!
//! Why is read off what was told before (`why`): the outage, order or deadline that led to it. Text for people wraps at
//! the width given and needs no colour; [`Line::json`] is one object a line for programs.

mod kind;
mod memory;
mod what;
mod why;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::contract::{Fact, OutageKind};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::report::formats::{broken, plain};
use crate::units::{Calendar, Timestamp, VmId};

pub use kind::Kind;
use memory::Memory;

/// What the scenario says of a kind of outage.
#[derive(Clone, Debug)]
pub struct OutageCause {
    pub kind: OutageKind,
    /// A clause: `outage flood comes by chance`.
    pub told: String,
    /// Moments, where it has dates; empty: at any moment.
    pub dated: Vec<Timestamp>,
}

/// Which lines are told.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Of these VMs, and of what stands on their paths; empty: of all.
    pub vms: BTreeSet<VmId>,
    /// Of these kinds; empty: of all.
    pub kinds: BTreeSet<Kind>,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Readings of meters and single points too.
    pub fine: bool,
}

impl Filter {
    /// Everything but readings and single points.
    pub fn all() -> Filter {
        let (vms, kinds) = (BTreeSet::new(), BTreeSet::new());
        Filter { vms, kinds, from: Timestamp::START, until: Timestamp::NEVER, fine: false }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub at: Timestamp,
    /// Local date and time.
    pub calendar: String,
    pub weekday: &'static str,
    pub kind: Kind,
    pub vm: Option<String>,
    pub who: String,
    pub what: String,
    /// Follows "because".
    pub why: String,
}

/// Tells a run fact by fact; every fact must be given, those filtered out too, since they explain others.
pub struct Teller {
    memory: Memory,
    filter: Filter,
    causes: Vec<OutageCause>,
    calendar: Calendar,
}

impl Teller {
    pub fn new(
        inventory: Arc<Inventory>,
        intent: &Intent,
        calendar: Calendar,
        causes: Vec<OutageCause>,
        filter: Filter,
    ) -> Teller {
        Teller { memory: Memory::new(inventory, intent), filter, causes, calendar }
    }

    /// The line of a fact, unless it is filtered out.
    pub fn tell(&mut self, at: Timestamp, fact: &Fact) -> Option<Line> {
        let line = self.wanted(at, fact).then(|| self.line(at, fact));
        self.memory.remember(at, fact);
        line
    }

    fn line(&self, at: Timestamp, fact: &Fact) -> Line {
        let inventory = &self.memory.inventory;
        Line {
            at,
            calendar: self.calendar.date_and_time(at),
            weekday: WEEKDAYS[usize::from(self.calendar.weekday(at))],
            kind: Kind::of(fact),
            vm: kind::vm(fact).map(|vm| inventory.vm(vm).name.clone()),
            who: what::who(inventory, fact),
            what: what::what(inventory, fact),
            why: why::why(&self.memory, &self.causes, at, fact),
        }
    }

    fn wanted(&self, at: Timestamp, fact: &Fact) -> bool {
        let Filter { vms, kinds, from, until, fine } = &self.filter;
        let kind = Kind::of(fact);
        let told = *fine || kinds.contains(&kind) || !kind::is_fine(at, fact);
        told && (*from..=*until).contains(&at)
            && (kinds.is_empty() || kinds.contains(&kind))
            && (vms.is_empty() || self.concerns(fact))
    }

    /// Whether a fact is about one of the wanted VMs, or about something that its data passes.
    fn concerns(&self, fact: &Fact) -> bool {
        let paths = &self.memory.paths;
        let any = |concerned: &dyn Fn(VmId) -> bool| self.filter.vms.iter().any(|vm| concerned(*vm));
        if let Some(vm) = kind::vm(fact) {
            return self.filter.vms.contains(&vm);
        }
        match fact {
            Fact::OutageBegan { kind, .. } | Fact::OutageEnded { kind, .. } => {
                any(&|vm| paths.outage_on_path(*kind, vm))
            }
            Fact::DisasterDeclared { stamp } => any(&|vm| self.memory.inventory.vm(vm).on == *stamp),
            _ => what::meter(fact).is_some_and(|meter| any(&|vm| paths.meter_on_path(meter, vm))),
        }
    }
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Who is named in so many characters at most; [`Line::json`] has the whole name.
const WHO_MAX: usize = 24;
/// Where lines go on.
const INDENT: usize = 15;

impl Line {
    /// The line for people, in lines of at most `width` columns; who stands in a column of `who` characters.
    pub fn text(&self, width: usize, who: usize) -> String {
        let moment = second(self.at).to_string();
        let minute = self.calendar.get(..16).unwrap_or(&self.calendar).replace('T', " ");
        let mut name: String = plain(&self.who);
        if name.chars().count() > WHO_MAX {
            name = name.chars().take(WHO_MAX - 1).chain(['…']).collect();
        }
        let who = who.min(WHO_MAX);
        let head = format!("{moment:<13}  {} {minute}  {name:<who$}  ", self.weekday);
        let what = plain(&self.what);
        let beside = head.chars().count() + what.chars().count() <= width;
        let mut lines = vec![if beside { head + &what } else { head }];
        let below = |text: &str| broken(text, width.saturating_sub(INDENT), 2).into_iter();
        let more = if beside { Vec::new() } else { below(&what).collect() };
        let why = below(&format!("because {}", plain(&self.why)));
        lines.extend(more.into_iter().chain(why).map(|line| " ".repeat(INDENT) + &line));
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// The line for programs: one JSON object, `drsim-replay/1`.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Part<'a> {
            schema: &'static str,
            at_ns: u64,
            at: String,
            calendar: &'a str,
            kind: &'static str,
            vm: Option<&'a str>,
            who: &'a str,
            what: &'a str,
            why: &'a str,
        }
        let part = Part {
            schema: "drsim-replay/1",
            at_ns: self.at.ns(),
            at: self.at.to_string(),
            calendar: &self.calendar,
            kind: self.kind.name(),
            vm: self.vm.as_deref(),
            who: &self.who,
            what: &self.what,
            why: &self.why,
        };
        serde_json::to_string(&part).expect("plain structs with text keys") + "\n"
    }
}

/// A moment to the second, rounded down: what lines are read by. [`Line::json`] has the nanoseconds.
fn second(at: Timestamp) -> Timestamp {
    if at == Timestamp::NEVER { at } else { Timestamp::from_ns(at.ns() - at.ns() % 1_000_000_000) }
}

#[cfg(test)]
mod tests;
