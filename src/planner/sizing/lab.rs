//! The bench: one setup with some knobs turned is run and judged; what was tried once is not tried again.
//!
//! All trials share their luck (same seed, same replications), so that two values differ by the value alone. A glance runs few
//! replications and looks at bare estimates: it steers the search and decides nothing. A trial runs until every target is met or
//! missed by its own confidence bound, or until no more replications are allowed ([`Gate`]). Between them stands the trial of a
//! search for several knobs: it asks whether the targets are met, not how surely they are missed, and so ends as soon as little
//! hope is left ([`Depth::WhileHopeful`]), or at once where it does no better than its neighbour that is met ([`screen`](super::screen)). No
//! replication runs twice for whoever looks longer, or with a stock that does not matter ([`Ran`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::knob;
use super::ran::Ran;
use super::screen::Beside;
use super::trial::{COPIED, Trial, Values, all_targets, at_best, keeps, of};
use crate::intent::{Comparator, Measure, Statistic, Target};
use crate::measure::Outcome;
use crate::planner::Effort;
use crate::planner::crew::Crew;
use crate::planner::findings::{TargetFinding, Verdict};
use crate::planner::gate::{Gate, Judgement, Looks, Supply};
use crate::planner::replicate::{Replication, task};
use crate::planner::sample::Ended;
use crate::simulation::Setup;
use crate::statistics::{REPLICATIONS_MIN, wilks_samples};

/// How replications are run for all trials.
pub struct Lab<'a> {
    pub setup: &'a Setup,
    pub seed: u64,
    threads: usize,
    crew: Crew<Name, Replication>,
    /// The most replications of a trial, and those of a glance.
    pub at_most: u64,
    pub glance: u64,
    pub stop: &'a AtomicBool,
    /// A replication takes so long that few are run around an answer.
    pub is_long: bool,
    /// Called once per finished replication.
    pub done: &'a (dyn Fn() + Sync),
    /// Indices of targets that are told and do not decide: no value meets them.
    pub set_aside: Vec<usize>,
    /// First copies have to be done within a run, since they can be.
    pub copies: bool,
    /// Told how many replications are probably still to be run.
    pub ahead: &'a dyn Fn(u64),
    /// Replications that questions after this one will probably take.
    pub later: u64,
    seen: BTreeMap<Key, Trial>,
    known: Ran,
    /// Trials that were more than a glance, and their replications.
    decided: (u64, u64),
    /// Replications run so far.
    pub ran: u64,
}

/// How far a trial is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    /// Few replications, bare estimates.
    Glance,
    /// Some more, bare estimates: where a search begins.
    Survey,
    /// Until it is met, or little hope is left.
    WhileHopeful,
    /// Until every target is met or missed by its bound.
    Decided,
}

/// One set of values on the bench.
pub(super) struct Bench {
    pub values: Values,
    pub seed: u64,
    /// With all targets, and with those alone that decide, and the indices of these.
    setup: Setup,
    pub deciding: Arc<Setup>,
    wanted: Vec<usize>,
}

impl<'a> Lab<'a> {
    pub fn new(
        setup: &'a Setup,
        (seed, threads, at_most): (u64, usize, u64),
        stop: &'a AtomicBool,
        done: &'a (dyn Fn() + Sync),
    ) -> Lab<'a> {
        let is_long = Effort::of(setup, 1).seconds > LONG_S;
        let glance = at_most.clamp(1, if is_long { GLANCE / 2 } else { GLANCE });
        Lab {
            setup,
            seed,
            threads,
            crew: Crew::new(threads),
            at_most,
            glance,
            is_long,
            stop,
            done,
            set_aside: Vec::new(),
            copies: false,
            ahead: &|_| {},
            later: 0,
            seen: BTreeMap::new(),
            known: Ran::default(),
            decided: (0, 0),
            ran: 0,
        }
    }

    /// Tells how many replications are probably still to be run.
    pub fn forecasting(self, ahead: &'a dyn Fn(u64)) -> Lab<'a> {
        Lab { ahead, ..self }
    }

    /// The same bench for another setup, with the same luck.
    pub fn beside<'b>(&self, setup: &'b Setup) -> Lab<'b>
    where
        'a: 'b,
    {
        let other = Lab::new(setup, (self.seed, self.threads, self.at_most), self.stop, self.done);
        Lab { set_aside: self.set_aside.clone(), copies: self.copies, ..other }
    }

    /// Says that so many glances and trials are probably still to come, beside what later questions take.
    pub fn expect(&self, glances: u64, trials: u64) {
        let each = match self.decided {
            (0, _) => self.at_most.min(REPLICATIONS_MIN * 2),
            (trials, replications) => replications.div_ceil(trials),
        };
        (self.ahead)(glances * self.glance + trials * each + self.later);
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Few replications, bare estimates.
    pub fn glance(&mut self, values: &Values) -> Trial {
        self.trial(values, Depth::Glance, self.seed)
    }

    /// Some more replications, bare estimates.
    pub fn survey(&mut self, values: &Values) -> Trial {
        self.trial(values, Depth::Survey, self.seed)
    }

    /// Until decided.
    pub fn decide(&mut self, values: &Values) -> Trial {
        self.trial(values, Depth::Decided, self.seed)
    }

    /// Until met, or until little hope is left: met is as sure as by [`Lab::decide`], the rest is only not known to meet.
    pub fn hope(&mut self, values: &Values) -> Trial {
        self.trial(values, Depth::WhileHopeful, self.seed)
    }

    /// The same as [`Lab::decide`] with other luck.
    pub fn decide_afresh(&mut self, values: &Values) -> Trial {
        self.trial(values, Depth::Decided, self.other_seed())
    }

    /// The other luck.
    pub fn other_seed(&self) -> u64 {
        self.seed.wrapping_add(1)
    }

    /// One that was known before, run as far at least: a decided one serves whoever hopes, and one that is met is decided.
    fn seen_before(&self, (values, depth, seed, aside): &Key) -> Option<&Trial> {
        let other = match depth {
            Depth::Glance | Depth::Survey => return self.seen.get(&(values.clone(), *depth, *seed, aside.clone())),
            Depth::WhileHopeful => Depth::Decided,
            Depth::Decided => Depth::WhileHopeful,
        };
        let at = |depth| self.seen.get(&(values.clone(), depth, *seed, aside.clone()));
        at(*depth).or_else(|| at(other).filter(|own| *depth < other || own.verdict_without(aside) == Verdict::Met))
    }

    fn trial(&mut self, values: &Values, depth: Depth, seed: u64) -> Trial {
        let key = (values.clone(), depth, seed, self.set_aside.clone());
        if let Some(known) = self.seen_before(&key) {
            return known.clone();
        }
        let bench = self.bench(values, seed);
        let before = self.ran;
        let (judged, outcomes) = self.judged(&bench, depth);
        if depth > Depth::Survey {
            self.decided = (self.decided.0 + 1, self.decided.1 + self.ran - before);
        }
        let targets = all_targets(&bench.setup, &judged, &bench.wanted, &outcomes);
        let trial = of(values, (seed, depth <= Depth::Survey, 0), targets, &bench.setup, &outcomes);
        if !self.stopped() {
            self.seen.insert(key, trial.clone());
        }
        trial
    }

    fn judged(&mut self, bench: &Bench, depth: Depth) -> (Vec<TargetFinding>, Vec<Outcome>) {
        let gate = Gate { at_most: self.at_most, baseline: None };
        let most = match depth {
            Depth::Glance => self.glance,
            Depth::Survey => SURVEY.min(self.at_most),
            Depth::WhileHopeful | Depth::Decided => self.at_most,
        };
        let mut fed = Fed { gives_up: depth == Depth::WhileHopeful, most, bench, lab: self, outcomes: Vec::new() };
        if depth <= Depth::Survey {
            fed.until(most);
            return (Vec::new(), fed.outcomes);
        }
        let judged = gate.decide(&bench.deciding, &mut fed).0.targets;
        (judged, fed.outcomes)
    }

    /// The setup with these values.
    pub(super) fn bench(&self, values: &Values, seed: u64) -> Bench {
        let mut setup = self.setup.clone();
        values.iter().for_each(|(knob, value)| knob::turn(&mut setup, *knob, *value));
        let wanted: Vec<usize> =
            (0..setup.intent.targets.len()).filter(|index| !self.set_aside.contains(index)).collect();
        let mut deciding = setup.clone();
        let targets = wanted.iter().map(|index| setup.intent.targets[*index].clone()).collect();
        Arc::make_mut(&mut deciding.intent).targets = targets;
        Bench { values: values.clone(), seed, setup, deciding: Arc::new(deciding), wanted }
    }

    /// The outcomes of these replications, run where they are not known; ends before the first that nobody may run any more. Those of
    /// `next` will probably be asked for next.
    pub(super) fn outcomes(&mut self, bench: &Bench, indices: &[u64], next: &[u64]) -> Vec<Arc<Outcome>> {
        let aside = self.set_aside.clone();
        let own = |index: &u64| {
            let name = (bench.values.clone(), bench.seed, aside.clone(), *index);
            task(name, &bench.deciding, bench.seed, *index)
        };
        let unknown = |indices: &[u64]| {
            indices.iter().filter(|index| !self.is_known(bench, **index)).map(own).collect::<Vec<_>>()
        };
        let ran = self.crew.run(unknown(indices), unknown(next), self.stop, self.done);
        self.ran += ran.len() as u64;
        ran.into_iter().for_each(|own| self.known.put((&bench.values, bench.seed, &aside), own.index, own.outcome));
        indices.iter().map_while(|index| self.known.find((&bench.values, bench.seed, &aside), *index)).collect()
    }

    pub(super) fn is_known(&self, bench: &Bench, index: u64) -> bool {
        self.known.find((&bench.values, bench.seed, &self.set_aside), index).is_some()
    }

    /// What ran with these values and this luck, from the first replication on.
    pub(super) fn sample(&self, values: &Values, seed: u64) -> Vec<Outcome> {
        let known = |index| self.known.find((values, seed, &self.set_aside), index);
        (0..).map_while(known).map(|outcome| (*outcome).clone()).collect()
    }

    /// Whether first copies are done in so many of the replications, if they have to be. Without that a link that copies nobody would
    /// keep every RPO: who is not protected has none.
    pub fn are_copied(&self, copied: f64) -> bool {
        !self.copies || copied >= COPIED
    }

    /// Whether bare estimates keep all limits.
    pub fn keeps(&self, trial: &Trial) -> bool {
        trial.beyond(&self.set_aside).is_empty() && self.are_copied(trial.copied)
    }

    /// Values that can do less than `better`, which are met with this luck: the same as [`Lab::hope`], and dropped sooner.
    pub fn lesser(&mut self, values: &Values, better: &Values, seed: u64) -> Trial {
        let bench = self.bench(values, seed);
        let screened = self.screen(&bench, self.sample(better, seed), Beside::Ampler);
        if screened.is_hopeful {
            return self.trial(values, Depth::WhileHopeful, seed);
        }
        let lent = screened.sample.len() as u64 - screened.own;
        let mut targets = all_targets(&bench.setup, &screened.targets, &bench.wanted, &screened.sample);
        at_best(&mut targets);
        of(values, (seed, false, lent), targets, &bench.setup, &screened.sample)
    }

    /// Whether so many replications could show all targets to be met, if none of them went wrong: `max` needs enough of them for the
    /// greatest to be a bound, a probability that none of them was hit. Quantiles hang on what happens in a run.
    pub fn could_know(&self) -> bool {
        let looks = Looks::new(self.at_most);
        let could = |(index, target): (usize, &Target)| {
            let sure = 1.0 - (1.0 - target.confidence.as_f64()) * looks.share(true);
            let needs = match target.statistic {
                Statistic::Max => wilks_samples(target.confidence.as_f64(), sure),
                Statistic::Probability if matches!(target.measure, Measure::RpoAbove(_)) => 0,
                Statistic::Probability if target.comparator == Comparator::AtMost => {
                    wilks_samples(1.0 - target.limit, sure)
                }
                Statistic::Probability | Statistic::Quantile(_) | Statistic::Mean => 0,
            };
            self.set_aside.contains(&index) || needs <= self.at_most
        };
        self.setup.intent.targets.iter().enumerate().all(could)
    }

    /// Everything that was tried, in the order of the values.
    pub fn tried(&self) -> impl Iterator<Item = &Trial> {
        self.seen.values()
    }
}

/// Whether it may still be shown to be met: every target's estimate keeps its limit, and as many replications as would probably
/// decide it are not far beyond those allowed. Judged as at the last look.
pub(super) fn is_hopeful(judged: &Judgement, setup: &Setup, at_most: u64) -> bool {
    judged.targets.iter().zip(&setup.intent.targets).all(|(found, target)| match found.verdict {
        Verdict::Met => true,
        Verdict::Missed => false,
        Verdict::NotYetKnown { more_replications } => {
            keeps(found, target.comparator) && judged.seen.saturating_add(more_replications) <= 2 * at_most
        }
    })
}

/// What makes a replication: values, seed, targets set aside, index.
type Name = (Values, u64, Vec<usize>, u64);

/// What makes a trial: values, how far it is run, seed, targets set aside.
type Key = (Values, Depth, u64, Vec<usize>);

/// Replications of a glance; half of them where one takes so many seconds of one core or more.
const GLANCE: u64 = 4;
/// Replications of a survey.
const SURVEY: u64 = 8;
const LONG_S: f64 = 0.3;
/// Replications that are run between two doubts, and before the first one.
const DOUBT: u64 = 8;

/// A bench that feeds a gate.
struct Fed<'x, 'l, 'a> {
    lab: &'x mut Lab<'a>,
    bench: &'l Bench,
    outcomes: Vec<Outcome>,
    /// Replications that may be asked for.
    most: u64,
    /// Ends where little hope is left: to give up costs no error, since nothing is claimed.
    gives_up: bool,
}

impl Fed<'_, '_, '_> {
    fn is_hopeless(&self) -> bool {
        let gate = Gate { at_most: self.lab.at_most, baseline: None };
        let judged = gate.judge(&self.bench.deciding, &self.outcomes, Looks::new(self.lab.at_most).share(true));
        !is_hopeful(&judged, &self.bench.deciding, self.lab.at_most)
    }
}

impl Supply for Fed<'_, '_, '_> {
    fn until(&mut self, count: u64) -> Ended {
        while (self.outcomes.len() as u64) < count {
            let first = self.outcomes.len() as u64;
            let last = if self.gives_up { count.min(first + DOUBT) } else { count };
            let indices: Vec<u64> = (first..last).collect();
            let next: Vec<u64> = (last..self.most.min(last + DOUBT)).collect();
            let ran = self.lab.outcomes(self.bench, &indices, &next);
            self.outcomes.extend(ran.iter().map(|outcome| (**outcome).clone()));
            if ran.len() < indices.len() || (self.gives_up && self.is_hopeless()) {
                return Ended::Stopped;
            }
        }
        Ended::Complete
    }

    fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }
}
