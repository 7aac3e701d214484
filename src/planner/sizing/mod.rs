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
mod choice;
mod daily;
mod eligibility;
mod grid;
mod growth;
pub mod guess;
mod knob;
mod lab;
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
pub use grid::{Grid, grid};
pub use growth::{factor, grow};
pub use knob::{bought, stock, turn, value};
pub use lab::Lab;
pub use sensitivity::{BY, Input, Swing, sensitivity};
pub use trial::{Ages, Trial, Values};
pub use what_if::{Way, WhatIf, front, what_if};

pub use crate::intent::{Knob, Target, Turned};

use screen::Beside;

use crate::measure::Outcome;
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
            search.raised(&low, &top).map(|raised| search.lowered(raised))
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
            let trial = self.lab.survey(&self.values(&at));
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

    /// Each knob turned down as far as bare estimates keep the limits: of the worst replications of what is ample.
    fn at_a_glance(&mut self, top: &[usize], guesses: &[Option<u64>]) -> Vec<usize> {
        let mut at = top.to_vec();
        // Where targets were set aside meanwhile it runs anew.
        self.lab.survey(&self.values(top));
        let mut sample = self.lab.sample(&self.values(top));
        for k in 0..at.len() {
            self.lab.expect(GLANCES * (at.len() - k) as u64, self.trials(at.len()));
            let start = guesses[k].map_or(0, |guess| self.grids[k].at_least(guess));
            let mut least = None;
            at[k] = self.smallest(&at, k, start, &mut |search, values| {
                let bench = search.lab.bench(&values, search.lab.seed);
                let screened = search.lab.screen(&bench, sample.clone(), Beside::AmplerAtAGlance);
                let hopeful = screened.is_hopeful;
                least = if hopeful { Some(screened.sample) } else { least.take() };
                hopeful
            });
            // The last one that left hope is the least.
            sample = least.unwrap_or(sample);
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
        meets: &mut dyn FnMut(&mut Self, Values) -> bool,
    ) -> usize {
        let hi = at[k];
        search::smallest((0, hi), start, &mut |index| {
            let mut tried = at.to_vec();
            tried[k] = index;
            let values = self.values(&tried);
            let meets = meets(self, values);
            (!self.lab.stopped()).then_some(meets)
        })
    }

    fn is_met(&self, trial: &Trial) -> bool {
        trial.verdict_without(&self.set_aside) == Verdict::Met
    }

    /// All knobs turned up again, in growing steps, until the targets are met for sure; `None`: not even at the top. Of several knobs
    /// stocks are ample meanwhile: what is used of them shows how far they can be turned down.
    fn raised(&mut self, low: &[usize], top: &[usize]) -> Option<Vec<usize>> {
        let several = self.turned.len() > 1;
        let mut worst: Vec<Outcome> = Vec::new();
        for up in (0..RAISED_FAR).chain((0..).map(|power| RAISED_FAR << power)) {
            let ample = |k: usize| several && is_stock(self.turned[k].knob);
            let raised = |k: usize| if ample(k) { top[k] } else { low[k].saturating_add(up).min(top[k]) };
            let at: Vec<usize> = (0..low.len()).map(raised).collect();
            self.lab.expect(0, self.trials(at.len()));
            // Before it goes far: what is not known to be met at the top is met nowhere.
            if up == RAISED_FAR && !self.may_be_met(top, &worst) && !self.is_tried_and_met(top) {
                return None;
            }
            if at == top || self.may_be_met(&at, &worst) {
                if self.is_tried_and_met(&at) {
                    return Some(at);
                }
                worst = self.lab.sample(&self.values(&at));
            }
            if at == top || self.lab.stopped() {
                return None;
            }
        }
        None
    }

    /// Whether it cures the worst of a sample that is not met; of one knob all are asked.
    fn may_be_met(&mut self, at: &[usize], worst: &[Outcome]) -> bool {
        if worst.is_empty() || at.len() == 1 {
            return true;
        }
        let bench = self.lab.bench(&self.values(at), self.lab.seed);
        self.lab.screen(&bench, worst.to_vec(), Beside::Lesser).is_hopeful
    }

    fn is_tried_and_met(&mut self, at: &[usize]) -> bool {
        let trial = self.tried(&self.values(at));
        !self.lab.stopped() && self.is_met(&trial)
    }

    /// Each knob turned down as far as the targets are met for sure.
    fn lowered(&mut self, mut at: Vec<usize>) -> Vec<usize> {
        for k in 0..at.len() {
            self.lab.expect(0, self.trials(at.len() - k));
            let start = at[k].saturating_sub(1);
            at[k] = if at.len() == 1 {
                self.smallest(&at, k, start, &mut |search, values| {
                    let trial = search.lab.decide(&values);
                    search.is_met(&trial)
                })
            } else if is_stock(self.turned[k].knob) {
                self.least_stock(&at, k)
            } else {
                self.least_by_probes(&at, k)
            };
        }
        at
    }

    /// The least of a stock; what was used of it shows where to begin.
    fn least_stock(&mut self, at: &[usize], k: usize) -> usize {
        let better = self.values(at);
        let trial = self.lab.hope(&better);
        let used = guess::guess(self.lab.setup, self.turned[k].knob, self.lab.seed, Some(&trial));
        let start = used.map_or(0, |used| self.grids[k].at_least(used.saturating_add(2)));
        self.smallest(at, k, start, &mut |search, values| {
            let trial = search.lab.lesser(&values, &better);
            search.is_met(&trial)
        })
    }

    /// The least of a knob whose every value has to be run. One that is too small is told by a few replications and one that is met by all, so
    /// the search comes from below: first as far down as the worst replications leave hope, then up until it is met for sure.
    fn least_by_probes(&mut self, at: &[usize], k: usize) -> usize {
        let better = self.values(at);
        let sample = self.lab.sample(&better);
        let hopeful = self.smallest(at, k, at[k].saturating_sub(2), &mut |search, values| {
            let bench = search.lab.bench(&values, search.lab.seed);
            search.lab.screen(&bench, sample.clone(), Beside::AmplerForALook).is_hopeful
        });
        let mut up = hopeful..at[k];
        let met = up.find(|index| {
            let mut tried = at.to_vec();
            tried[k] = *index;
            let trial = self.lab.lesser(&self.values(&tried), &better);
            self.lab.stopped() || self.is_met(&trial)
        });
        met.unwrap_or(at[k])
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

    /// The answer with other luck. Where it does not meet there, stocks are looked at as if they were ample, and the rest is turned up a step
    /// at a time until that meets; then the stocks are as small as both lucks allow. What goes through faster may need more of a stock.
    fn checked(&mut self, mut at: Vec<usize>, top: &[usize]) -> (Vec<usize>, Option<Trial>) {
        let check = self.lab.decide_afresh(&self.values(&at));
        let found = at.clone();
        let stocks: Vec<usize> = (0..at.len()).filter(|k| is_stock(self.turned[*k].knob)).collect();
        for up in 0..=RAISED_BY_CHECK_MAX {
            if self.is_met(&check) || self.lab.stopped() {
                break;
            }
            let raised =
                |k: usize| if stocks.contains(&k) { top[k] } else { (at[k] + usize::from(up > 0)).min(top[k]) };
            at = (0..at.len()).map(raised).collect();
            let ample = self.lab.decide_afresh(&self.values(&at));
            if self.is_met(&ample) && self.is_tried_and_met(&at) {
                for k in stocks {
                    at[k] = self.smallest(&at, k, found[k], &mut |search, values| {
                        let (here, there) = (search.lab.hope(&values), search.lab.decide_afresh(&values));
                        search.is_met(&here) && search.is_met(&there)
                    });
                }
                let check = self.lab.decide_afresh(&self.values(&at));
                return (at, Some(check));
            }
        }
        (found, Some(check))
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
            let below = if single { self.lab.decide(&values) } else { self.lab.lesser(&values, &self.values(at)) };
            let unknown = matches!(below.verdict_without(&self.set_aside), Verdict::NotYetKnown { .. });
            if single {
                own.below_afresh = Some(self.lab.decide_afresh(&values).verdict_without(&self.set_aside));
            }
            if single && unknown {
                let first = self.smallest(&beside(less), k, less.saturating_sub(1), &mut |search, values| {
                    search.lab.decide(&values).verdict_without(&search.set_aside) != Verdict::Missed
                });
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

/// What is used of it does not hang on how much there is, as long as there is enough.
fn is_stock(knob: Knob) -> bool {
    matches!(knob, Knob::Capacity(_) | Knob::Quota(..))
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
