//! The search of one question: ample, a guess, down at a glance, up until it is met for sure, down again as far as that stays so.

use super::grid::{Grid, grid};
use super::screen::Beside;
use super::trial::{Trial, Values};
use super::{Lab, Sized, Sizing, Turned, guess, is_stock, search, value};
use crate::intent::Knob;
use crate::measure::Outcome;
use crate::planner::findings::Verdict;

/// One question on the bench. Places of grids, one a knob, are what it searches.
pub(super) struct Search<'l, 'a> {
    pub lab: &'l mut Lab<'a>,
    pub turned: Vec<Turned>,
    pub grids: Vec<Grid>,
    pub set_aside: Vec<usize>,
    /// A check with other luck has turned the answer up.
    pub is_raised: bool,
}

/// Answers one question.
pub fn size(lab: &mut Lab<'_>, turned: &[Turned]) -> Sizing {
    let grids = turned.iter().map(|own| grid(own, &lab.setup.inventory)).collect();
    (lab.set_aside, lab.copies) = (Vec::new(), false);
    let mut search = Search { lab, turned: turned.to_vec(), grids, set_aside: Vec::new(), is_raised: false };
    search.lab.expect(AMPLE + GLANCES * turned.len() as u64, search.trials(turned.len()));
    let (ample, top) = search.ample();
    search.set_aside = ample.beyond(&[]);
    search.lab.set_aside = search.set_aside.clone();
    search.lab.copies = ample.copied == 1.0;
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
    pub fn values(&self, at: &[usize]) -> Values {
        self.turned.iter().zip(&self.grids).zip(at).map(|((own, grid), index)| (own.knob, grid.value(*index))).collect()
    }

    /// Every knob turned up. A link that is far too wide may fill what lies behind it, so the widest is taken only where a
    /// sensible width and what there is now do worse.
    pub fn ample(&mut self) -> (Trial, Vec<usize>) {
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
    pub fn at_a_glance(&mut self, top: &[usize], guesses: &[Option<u64>]) -> Vec<usize> {
        let mut at = top.to_vec();
        // Where targets were set aside meanwhile it runs anew.
        self.lab.survey(&self.values(top));
        let mut sample = self.lab.sample(&self.values(top), self.lab.seed);
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

    pub fn smallest(
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

    /// Stocks turned up as far as they go.
    pub fn with_ample_stocks(&self, at: &mut [usize], top: &[usize]) {
        for k in self.stocks() {
            at[k] = top[k];
        }
    }

    /// Places of the knobs that are stocks.
    pub fn stocks(&self) -> Vec<usize> {
        (0..self.turned.len()).filter(|k| is_stock(self.turned[*k].knob)).collect()
    }

    /// Places of the others.
    pub fn flows(&self) -> Vec<usize> {
        (0..self.turned.len()).filter(|k| !is_stock(self.turned[*k].knob)).collect()
    }

    pub fn is_met(&self, trial: &Trial) -> bool {
        trial.verdict_without(&self.set_aside) == Verdict::Met && self.lab.are_copied(trial.copied)
    }

    /// All knobs turned up again, in growing steps, until the targets are met for sure; `None`: not even at the top. Of several knobs
    /// stocks are ample meanwhile: what is used of them shows how far they can be turned down.
    pub fn raised(&mut self, low: &[usize], top: &[usize]) -> Option<Vec<usize>> {
        let several = self.turned.len() > 1;
        let mut worst: Vec<Outcome> = Vec::new();
        for up in (0..RAISED_FAR).chain((0..).map(|power| RAISED_FAR << power)) {
            let ample = |k: usize| several && is_stock(self.turned[k].knob);
            let raised = |k: usize| if ample(k) { top[k] } else { low[k].saturating_add(up).min(top[k]) };
            let at: Vec<usize> = (0..low.len()).map(raised).collect();
            self.lab.expect(0, self.trials(at.len()));
            // Before it goes far: what is not known to be met at the top is met nowhere.
            if up == RAISED_FAR && !self.may_be_met(top, &worst, self.lab.seed) && !self.is_tried_and_met(top) {
                return None;
            }
            if at == top || self.may_be_met(&at, &worst, self.lab.seed) {
                if self.is_tried_and_met(&at) {
                    return Some(at);
                }
                worst = self.lab.sample(&self.values(&at), self.lab.seed);
            }
            if at == top || self.lab.stopped() {
                return None;
            }
        }
        None
    }

    /// Whether it cures the worst of a sample of this luck that is not met; of one knob all are asked.
    pub fn may_be_met(&mut self, at: &[usize], worst: &[Outcome], seed: u64) -> bool {
        if worst.is_empty() || at.len() == 1 {
            return true;
        }
        let bench = self.lab.bench(&self.values(at), seed);
        self.lab.screen(&bench, worst.to_vec(), Beside::Lesser).is_hopeful
    }

    pub fn is_tried_and_met(&mut self, at: &[usize]) -> bool {
        let trial = self.tried(&self.values(at));
        !self.lab.stopped() && self.is_met(&trial)
    }

    /// Each knob turned down as far as the targets are met for sure. Less of a later knob may ask for less of an earlier one, too: so all
    /// are looked at again until none can be turned down alone.
    pub fn lowered(&mut self, mut at: Vec<usize>) -> Vec<usize> {
        loop {
            let lower = self.lowered_once(at.clone());
            let is_least = lower == at || lower.len() == 1 || self.lab.stopped();
            at = lower;
            if is_least || !self.flows().into_iter().any(|k| self.less_is_met(&at, k, self.lab.seed)) {
                return at;
            }
        }
    }

    /// Whether one step less of a knob is met with this luck.
    pub fn less_is_met(&mut self, at: &[usize], k: usize, seed: u64) -> bool {
        let Some(less) = at[k].checked_sub(1) else { return false };
        let mut lower = at.to_vec();
        lower[k] = less;
        let (better, values) = (self.values(at), self.values(&lower));
        let trial = self.lab.lesser(&values, &better, seed);
        !self.lab.stopped() && self.is_met(&trial)
    }

    fn lowered_once(&mut self, mut at: Vec<usize>) -> Vec<usize> {
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
    pub fn least_stock(&mut self, at: &[usize], k: usize) -> usize {
        let better = self.values(at);
        let trial = self.lab.hope(&better);
        let used = guess::guess(self.lab.setup, self.turned[k].knob, self.lab.seed, Some(&trial));
        let start = used.map_or(0, |used| self.grids[k].at_least(used.saturating_add(2)));
        self.smallest(at, k, start, &mut |search, values| {
            let trial = search.lab.lesser(&values, &better, search.lab.seed);
            search.is_met(&trial)
        })
    }

    /// The least of a knob whose every value has to be run. One that is too small is told by a few replications and one that is met by all, so
    /// the search comes from below: first as far down as the worst replications leave hope, then up until it is met for sure.
    fn least_by_probes(&mut self, at: &[usize], k: usize) -> usize {
        let better = self.values(at);
        let sample = self.lab.sample(&better, self.lab.seed);
        let hopeful = self.smallest(at, k, at[k].saturating_sub(2), &mut |search, values| {
            let bench = search.lab.bench(&values, search.lab.seed);
            search.lab.screen(&bench, sample.clone(), Beside::AmplerForALook).is_hopeful
        });
        let mut up = hopeful..at[k];
        let met = up.find(|index| {
            let mut tried = at.to_vec();
            tried[k] = *index;
            let trial = self.lab.lesser(&self.values(&tried), &better, self.lab.seed);
            self.lab.stopped() || self.is_met(&trial)
        });
        met.unwrap_or(at[k])
    }

    pub fn answer(
        &mut self,
        ample: Trial,
        top: Vec<usize>,
        found: Option<Vec<usize>>,
        guesses: &[Option<u64>],
    ) -> Sizing {
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
            let below = if single { self.lab.decide(&values) } else { self.less_beside(at, &values) };
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

    /// Less than an answer to several knobs: where other luck has turned the answer up, it tells why not less.
    fn less_beside(&mut self, at: &[usize], values: &Values) -> Trial {
        let better = self.values(at);
        if self.is_raised {
            let there = self.lab.lesser(values, &better, self.lab.other_seed());
            if !self.is_met(&there) {
                return there;
            }
        }
        self.lab.lesser(values, &better, self.lab.seed)
    }
}

/// Glances to be expected: until something is ample, and for each knob that is turned down.
const AMPLE: u64 = 2;
const GLANCES: u64 = 5;
/// Steps up from where bare estimates keep the limits after which the top is asked first.
const RAISED_FAR: usize = 4;
/// Times the guess: as much as anybody would buy.
const PLENTY: u64 = 8;
