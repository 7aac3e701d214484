//! The inverse questions: the smallest link, cache, appliances, quotas that meet the targets, at the targets' own confidence.
//!
//! ```text
//! ample   every knob turned up: a target that is missed even there cannot be bought; it is set aside and told
//! guess   a closed form per knob (`guess`)
//! search  knob by knob, in the order of the question: gallop and halve at a glance (few replications, bare estimates)
//! decide  the answer, one step less of each knob, one step more: by the confidence bounds of all targets (`Gate`); where several
//!         knobs are asked for, a value that leaves little hope after a look is dropped without asking how surely it is missed
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
mod batches;
mod choice;
mod daily;
mod eligibility;
mod grid;
mod growth;
pub mod guess;
mod knob;
mod lab;
mod search;
mod sensitivity;
mod what_if;

pub use answers::{Answers, answers};
pub use batches::{Batch, Waves, first_copies, mean_rate, waves};
pub use choice::{Choice, Totals, totals};
pub use daily::Daily;
pub use eligibility::{Eligibility, Reason, eligibility};
pub use grid::{Grid, grid};
pub use growth::{factor, grow};
pub use knob::{stock, turn, value};
pub use lab::{Ages, Lab, Trial, Values};
pub use sensitivity::{BY, Input, Swing, sensitivity};
pub use what_if::{Way, WhatIf, front, what_if};

pub use crate::intent::{Knob, Target, Turned};

use std::sync::Arc;

use crate::intent::{Comparator, Measure, Question, QuotaPart, Scope, Statistic};
use crate::inventory::Quota;
use crate::planner::findings::Verdict;
use crate::planner::gate::together;
use crate::simulation::Setup;
use crate::units::{CacheId, LinkId, Ratio, StampId, SubscriptionId};

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
    /// One step less, the others as in the answer; `None`: there is nothing less.
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

/// What is planned when the scenario asks nothing: every knob that it makes finite, links first.
pub fn all_knobs(setup: &Setup) -> Vec<Turned> {
    let (inventory, intent) = (&setup.inventory, &setup.intent);
    let protections = || intent.protections.iter().flatten();
    let used = |wanted: &dyn Fn(usize) -> bool| protections().any(|own| wanted(own.appliance.index()));
    let links = (0..inventory.links.len()).map(LinkId::from_index);
    let links = links.filter(|id| used(&|appliance| inventory.appliances[appliance].link == *id)).map(Knob::Bandwidth);
    let stamps = (0..inventory.stamps.len()).map(StampId::from_index);
    let stamps = stamps.filter(|id| used(&|appliance| inventory.appliances[appliance].on == *id)).map(Knob::Appliances);
    let caches = (0..inventory.caches.len()).map(CacheId::from_index);
    let caches =
        caches.filter(|id| used(&|appliance| inventory.appliances[appliance].cache == *id)).map(Knob::Capacity);
    let subscriptions = (0..inventory.subscriptions.len()).map(SubscriptionId::from_index);
    let drawn = subscriptions.filter(|id| {
        let caches = inventory.caches.iter().any(|cache| cache.subscription == *id);
        caches || protections().any(|own| own.subscription == *id)
    });
    let quotas = drawn.filter(|id| inventory.subscription(*id).quota != Quota::BOUNDLESS).flat_map(|id| {
        let parts = [QuotaPart::Cores, QuotaPart::Vms, QuotaPart::ManagedDisk, QuotaPart::Storage];
        parts.map(|part| Knob::Quota(id, part))
    });
    links.chain(stamps).chain(caches).chain(quotas).map(Turned::freely).collect()
}

/// The questions of a scenario; all knobs together where it asks none.
pub fn questions(setup: &Setup, asked: &[Question]) -> Vec<Vec<Turned>> {
    let of = |question: &Question| match question {
        Question::Smallest(turned) => vec![turned.clone()],
        Question::Front(turned) => turned.clone(),
    };
    let asked: Vec<Vec<Turned>> = asked.iter().map(of).filter(|knobs| !knobs.is_empty()).collect();
    if asked.is_empty() { vec![all_knobs(setup)] } else { asked }
}

/// The setup with what nobody would leave unsaid: what is sized holds what comes into it.
///
/// A cache that no target speaks of must not overflow in 95 of 100 runs; where quotas or slots are sized and no target counts
/// refusals, nothing may be refused for lack of capacity. Returned beside it: how many targets are the scenario's own.
pub fn with_implied(setup: &Setup, knobs: &[Turned]) -> (Setup, usize) {
    let mut setup = setup.clone();
    let own = setup.intent.targets.len();
    let speaks = |cache: CacheId| {
        setup.intent.targets.iter().any(|target| match target.measure {
            Measure::CacheUsed | Measure::CacheOverflow => !matches!(target.scope, Scope::Cache(id) if id != cache),
            _ => false,
        })
    };
    let counts = setup.intent.targets.iter().any(|target| target.measure == Measure::RefusedOperations);
    let target = |scope, text: &str, statistic, measure, limit| Target {
        scope,
        text: text.into(),
        statistic,
        measure,
        comparator: Comparator::AtMost,
        limit,
        confidence: Ratio::percent(95),
        line: 0,
    };
    let mut implied = Vec::new();
    for turned in knobs {
        if let Knob::Capacity(cache) = turned.knob
            && !speaks(cache)
        {
            let (scope, text) = (Scope::Cache(cache), "prob(overflow) <= 5 %");
            implied.push(target(scope, text, Statistic::Probability, Measure::CacheOverflow, 0.05));
        }
    }
    let holds = |turned: &Turned| matches!(turned.knob, Knob::Quota(..) | Knob::Slots(_) | Knob::Size(_));
    if !counts && knobs.iter().any(holds) {
        let (scope, text) = (Scope::Everything, "max(refused) <= 0");
        implied.push(target(scope, text, Statistic::Max, Measure::RefusedOperations, 0.0));
    }
    Arc::make_mut(&mut setup.intent).targets.extend(implied);
    (setup, own)
}

/// The search of one question.
struct Search<'l, 'a> {
    lab: &'l mut Lab<'a>,
    turned: Vec<Turned>,
    grids: Vec<Grid>,
    set_aside: Vec<usize>,
}

/// Answers one question.
pub fn size(lab: &mut Lab<'_>, turned: &[Turned]) -> Sizing {
    let grids = turned.iter().map(|own| grid(own, &lab.setup.inventory)).collect();
    lab.set_aside = Vec::new();
    let mut search = Search { lab, turned: turned.to_vec(), grids, set_aside: Vec::new() };
    search.lab.expect(AMPLE + GLANCES * turned.len() as u64, search.trials(turned.len()));
    let (ample, top) = search.ample();
    search.set_aside = ample.beyond(&[]);
    search.lab.set_aside = search.set_aside.clone();
    let guesses: Vec<Option<u64>> =
        turned.iter().map(|own| guess::guess(search.lab.setup, own.knob, search.lab.seed, Some(&ample))).collect();
    let found = match search.lab.could_know() {
        true => {
            let low = search.at_a_glance(&top, &guesses);
            search.raised(low, &top).map(|raised| search.lowered(raised))
        }
        // Whatever is tried, so few replications show nothing: what is ample says how many are needed.
        false => None,
    };
    search.answer(ample, top, found, &guesses)
}

impl Search<'_, '_> {
    fn values(&self, at: &[usize]) -> Values {
        self.turned.iter().zip(&self.grids).zip(at).map(|((own, grid), index)| (own.knob, grid.value(*index))).collect()
    }

    /// Every knob turned up. A link that is far too wide may fill what lies behind it, so the widest is taken only where a
    /// sensible width and what there is now do worse.
    fn ample(&mut self) -> (Trial, Vec<usize>) {
        let last: Vec<usize> = self.grids.iter().map(|grid| grid.len() - 1).collect();
        let setup = self.lab.setup;
        let seed = self.lab.seed;
        let now = |own: &Turned, grid: &Grid| grid.at_least(value(setup, own.knob));
        let sensible = |own: &Turned, grid: &Grid| match own.knob {
            Knob::Bandwidth(_) | Knob::Appliances(_) => {
                let plenty = guess::guess(setup, own.knob, seed, None).unwrap_or(0).saturating_mul(PLENTY);
                grid.at_least(plenty).max(now(own, grid))
            }
            _ => grid.len() - 1,
        };
        let each = |of: &dyn Fn(&Turned, &Grid) -> usize| -> Vec<usize> {
            self.turned.iter().zip(&self.grids).map(|(own, grid)| of(own, grid)).collect()
        };
        let candidates = [each(&sensible), last, each(&now)];
        let mut best: Option<(Trial, Vec<usize>)> = None;
        for at in candidates {
            let trial = self.lab.glance(&self.values(&at));
            let fewer = best.as_ref().is_none_or(|(known, _)| trial.beyond(&[]).len() < known.beyond(&[]).len());
            if fewer {
                best = Some((trial, at));
            }
            if best.as_ref().is_some_and(|(known, _)| known.beyond(&[]).is_empty()) {
                break;
            }
        }
        best.expect("three candidates were tried")
    }

    /// Each knob turned down as far as bare estimates keep the limits.
    fn at_a_glance(&mut self, top: &[usize], guesses: &[Option<u64>]) -> Vec<usize> {
        let mut at = top.to_vec();
        for k in 0..at.len() {
            self.lab.expect(GLANCES * (at.len() - k) as u64, self.trials(at.len()));
            let start = guesses[k].map_or(0, |guess| self.grids[k].at_least(guess));
            at[k] = self.smallest(&at, k, start, &|trial, aside| trial.beyond(aside).is_empty(), true);
        }
        at
    }

    /// Trials that are probably still to come when so many knobs are not yet turned down: one or two for each, and its neighbours.
    fn trials(&self, knobs: usize) -> u64 {
        let (all, open) = (self.turned.len() as u64, knobs as u64);
        if all == 1 { 3 * open + 4 } else { 2 * open + 3 }
    }

    /// Whether it is met, as surely as the answer has to be; of one knob also how surely it is missed.
    fn tried(&mut self, values: &Values) -> Trial {
        if self.turned.len() == 1 { self.lab.decide(values) } else { self.lab.hope(values) }
    }

    fn smallest(
        &mut self,
        at: &[usize],
        k: usize,
        start: usize,
        meets: &dyn Fn(&Trial, &[usize]) -> bool,
        glance: bool,
    ) -> usize {
        let hi = at[k];
        search::smallest((0, hi), start, &mut |index| {
            let mut tried = at.to_vec();
            tried[k] = index;
            let values = self.values(&tried);
            let trial = if glance { self.lab.glance(&values) } else { self.tried(&values) };
            (!self.lab.stopped()).then(|| meets(&trial, &self.set_aside))
        })
    }

    /// All knobs turned up again, in growing steps, until the targets are met for sure; `None`: not even at the top.
    fn raised(&mut self, low: Vec<usize>, top: &[usize]) -> Option<Vec<usize>> {
        let mut up = 0;
        loop {
            let at: Vec<usize> = low.iter().zip(top).map(|(low, top)| (low + up).min(*top)).collect();
            self.lab.expect(0, self.trials(at.len()));
            let trial = self.tried(&self.values(&at));
            if self.lab.stopped() {
                return None;
            }
            if trial.verdict_without(&self.set_aside) == Verdict::Met {
                return Some(at);
            }
            if at == top {
                return None;
            }
            up = (2 * up).max(1);
            // Before it goes far: what is not known to be met at the top is met nowhere.
            if up == RAISED_FAR {
                let trial = self.tried(&self.values(top));
                if trial.verdict_without(&self.set_aside) != Verdict::Met {
                    return None;
                }
            }
        }
    }

    /// Each knob turned down as far as the targets are met for sure.
    fn lowered(&mut self, mut at: Vec<usize>) -> Vec<usize> {
        let met = |trial: &Trial, aside: &[usize]| trial.verdict_without(aside) == Verdict::Met;
        for k in 0..at.len() {
            self.lab.expect(0, self.trials(at.len() - k));
            let start = at[k].saturating_sub(1);
            at[k] = self.smallest(&at, k, start, &met, false);
        }
        at
    }

    fn answer(&mut self, ample: Trial, top: Vec<usize>, found: Option<Vec<usize>>, guesses: &[Option<u64>]) -> Sizing {
        let is_answered = found.is_some();
        let (at, check) = match found {
            Some(at) => self.checked(at, &top),
            None => (top, None),
        };
        let trial = self.lab.decide(&self.values(&at));
        let mut knobs = Vec::new();
        for (k, guess) in guesses.iter().enumerate() {
            let own = self.knob(&at, k, is_answered);
            knobs.push(Sized { guess: *guess, ..own });
        }
        let set_aside = self.set_aside.clone();
        Sizing { knobs, ample, set_aside, trial, check, is_answered, is_stopped: self.lab.stopped() }
    }

    /// The answer with other luck; turned up a step at a time while that does not meet.
    fn checked(&mut self, mut at: Vec<usize>, top: &[usize]) -> (Vec<usize>, Option<Trial>) {
        for _ in 0..RAISED_BY_CHECK_MAX {
            let check = self.lab.decide_afresh(&self.values(&at));
            if self.lab.stopped() || check.verdict_without(&self.set_aside) == Verdict::Met || at == top {
                return (at, Some(check));
            }
            at = at.iter().zip(top).map(|(at, top)| (at + 1).min(*top)).collect();
        }
        let check = self.lab.decide_afresh(&self.values(&at));
        (at, Some(check))
    }

    /// One knob of the answer, and what lies beside it.
    fn knob(&mut self, at: &[usize], k: usize, is_answered: bool) -> Sized {
        let grid = self.grids[k].clone();
        let turned = self.turned[k].clone();
        let mut own = Sized {
            now: value(self.lab.setup, turned.knob),
            value: grid.value(at[k]),
            turned,
            guess: None,
            below: None,
            below_afresh: None,
            missed_at: None,
            above: None,
        };
        if !is_answered || self.lab.stopped() {
            return own;
        }
        let single = at.len() == 1;
        let beside = |index: usize| {
            let mut beside = at.to_vec();
            beside[k] = index;
            beside
        };
        if let Some(less) = at[k].checked_sub(1) {
            let values = self.values(&beside(less));
            let below = self.tried(&values);
            let unknown = matches!(below.verdict_without(&self.set_aside), Verdict::NotYetKnown { .. });
            if single {
                own.below_afresh = Some(self.lab.decide_afresh(&values).verdict_without(&self.set_aside));
            }
            if single && unknown {
                let not_missed = |trial: &Trial, aside: &[usize]| trial.verdict_without(aside) != Verdict::Missed;
                let first = self.smallest(&beside(less), k, less.saturating_sub(1), &not_missed, false);
                own.missed_at = first.checked_sub(1).map(|index| grid.value(index));
            }
            own.below = Some((grid.value(less), below));
        }
        if single && at[k] + 1 < grid.len() {
            let values = self.values(&beside(at[k] + 1));
            own.above = Some((grid.value(at[k] + 1), self.lab.decide(&values).verdict_without(&self.set_aside)));
        }
        own
    }
}

/// Glances to be expected: until something is ample, and for each knob that is turned down.
const AMPLE: u64 = 2;
const GLANCES: u64 = 5;
/// Steps up from where bare estimates keep the limits after which the top is asked first.
const RAISED_FAR: usize = 4;
/// Times the guess: as much as anybody would buy.
const PLENTY: u64 = 8;
/// Steps that a check with other luck may turn an answer up.
const RAISED_BY_CHECK_MAX: usize = 3;
