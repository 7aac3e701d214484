//! The inverse questions: the smallest link, cache, appliances, quotas that meet the targets, at the targets' own confidence.
//!
//! ```text
//! ample   every knob turned up: a target that is missed even there cannot be bought; it is set aside and told
//! guess   a closed form per knob (`guess`)
//! search  knob by knob, in the order of the question: gallop and halve at a glance (few replications, bare estimates)
//! decide  the answer, one step less of each knob, one step more: by the confidence bounds of all targets (`Gate`); where several
//!         knobs are asked for, a value that leaves little hope is dropped without asking how surely it is missed (`screen`)
//! check   the answer once more, with other luck
//! ```
//!
//! All trials of a search share their luck, so the answer differs from its neighbours by the knob alone. Knobs are turned down one
//! after the other while the later ones are ample: where more is better of each, no knob of the answer can then be turned down
//! alone. Which of several such answers is found hangs on the order; the front shows the others.
//!
//! A value that is not known to meet does not meet. The answer says also which smaller value is known to miss; what lies between is
//! not known after so many replications. Sources: methods 3.4 (search under noise, common random numbers).

mod answers;
mod asked;
mod batches;
mod check;
mod choice;
mod daily;
mod eligibility;
mod front;
mod grid;
mod growth;
pub mod guess;
mod knob;
mod lab;
mod question;
mod ran;
mod screen;
mod search;
mod sensitivity;
mod trial;
mod what_if;

pub use answers::{Answers, answers};
pub use asked::{all_knobs, questions, with_implied};
pub use batches::{Batch, Waves, first_copies, mean_rate, waves};
pub use choice::{Choice, Totals, totals};
pub use daily::Daily;
pub use eligibility::{Eligibility, Reason, eligibility};
pub use front::{Way, front};
pub use grid::{Grid, grid};
pub use growth::{factor, grow};
pub use knob::{bought, stock, turn, value};
pub use lab::Lab;
pub use question::size;
pub use sensitivity::{BY, Input, Swing, sensitivity};
pub use trial::{Ages, Trial, Values};
pub use what_if::{WhatIf, what_if};

pub use crate::intent::{Knob, Target, Turned};

use crate::planner::findings::Verdict;
use crate::planner::gate::together;

/// One question and its answer.
#[derive(Clone, Debug)]
pub struct Sizing {
    pub knobs: Vec<Sized>,
    /// Every knob turned up.
    pub ample: Trial,
    /// Indices of targets that are missed even there.
    pub set_aside: Vec<usize>,
    /// The answer, decided; or the ample values, where nothing meets.
    pub trial: Trial,
    /// The same with other luck; `None`: nothing to be checked.
    pub check: Option<Trial>,
    /// All targets but those set aside are met.
    pub is_answered: bool,
    /// Somebody stopped it: what stands here is not finished.
    pub is_stopped: bool,
}

/// One knob of an answer.
#[derive(Clone, Debug)]
pub struct Sized {
    pub turned: Turned,
    /// In the scenario.
    pub now: u64,
    /// What a closed form said.
    pub guess: Option<u64>,
    pub value: u64,
    /// One step less, the others as in the answer, with the luck that tells it apart (of several knobs); `None`: there is nothing less.
    pub below: Option<(u64, Trial)>,
    /// The same with other luck, where one knob is asked for.
    pub below_afresh: Option<Verdict>,
    /// The largest value known to miss, where that is not the one below; between them nothing is known.
    pub missed_at: Option<u64>,
    /// One step more, where one knob is asked for: not met there would mean that more is not better.
    pub above: Option<(u64, Verdict)>,
}

impl Sizing {
    /// Met: answered, checked, and no target was set aside.
    pub fn verdict(&self) -> Verdict {
        let aside = self.set_aside.iter().map(|index| match self.trial.targets.get(*index).map(|own| own.verdict) {
            Some(Verdict::Missed) | None => Verdict::Missed,
            // Ample was missed at a glance; the trial is not sure yet.
            Some(other) => other,
        });
        let checked = self.check.iter().map(|check| check.verdict_without(&self.set_aside));
        together(aside.chain(checked).chain([self.trial.verdict_without(&self.set_aside)]))
    }

    /// Whether a value beside the answer contradicts "more is better".
    pub fn is_monotone(&self) -> bool {
        self.knobs.iter().all(|own| own.above.as_ref().is_none_or(|(_, verdict)| *verdict != Verdict::Missed))
    }
}

/// What is used of it does not hang on how much there is, as long as there is enough.
fn is_stock(knob: Knob) -> bool {
    matches!(knob, Knob::Capacity(_) | Knob::Quota(..))
}
