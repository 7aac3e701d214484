//! The bench: one setup with some knobs turned is run and judged; what was tried once is not tried again.
//!
//! All trials share their luck (same seed, same replications), so that two values differ by the value alone. A glance runs few
//! replications and looks at bare estimates: it steers the search and decides nothing. A trial runs until every target is met or
//! missed by its own confidence bound, or until no more replications are allowed ([`Gate`]). Between them stands the trial of a
//! search for several knobs: it asks whether the targets are met, not how surely they are missed, and so ends at the first look
//! that leaves little hope ([`Depth::WhileHopeful`]). What ran once for some values is used again by whatever looks at them longer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::knob;
use crate::contract::Meter;
use crate::intent::{Comparator, Knob, Measure, Statistic, Target};
use crate::measure::{Outcome, Peak, RunPhase, meter_capacity};
use crate::planner::Effort;
use crate::planner::findings::{Method, TargetFinding, Trouble, Verdict, trouble, verdict};
use crate::planner::gate::{Gate, Judgement, Looks, together};
use crate::planner::sample::{Runner, Sample};
use crate::simulation::Setup;
use crate::statistics::{REPLICATIONS_MIN, Sealed, wilks_samples};
use crate::units::Duration;

/// Values of the knobs that are turned, in the order of the question.
pub type Values = Vec<(Knob, u64)>;

/// How replications are run for all trials.
pub struct Lab<'a> {
    pub setup: &'a Setup,
    pub seed: u64,
    pub threads: usize,
    /// The most replications of a trial, and those of a glance.
    pub at_most: u64,
    pub glance: u64,
    pub stop: &'a AtomicBool,
    /// Called once per finished replication.
    pub done: &'a (dyn Fn() + Sync),
    /// Indices of targets that are told and do not decide: no value meets them.
    pub set_aside: Vec<usize>,
    /// Told how many replications are probably still to be run.
    pub ahead: &'a dyn Fn(u64),
    /// Replications that questions after this one will probably take.
    pub later: u64,
    seen: BTreeMap<Key, Trial>,
    kept: Kept,
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
    /// Until it is met, or little hope is left.
    WhileHopeful,
    /// Until every target is met or missed by its bound.
    Decided,
}

/// Samples of the last trials, so that a longer look goes on where a shorter one ended.
#[derive(Default)]
struct Kept(VecDeque<(OfSample, Sample)>);

/// What makes outcomes: values, seed, targets set aside.
type OfSample = (Values, u64, Vec<usize>);

impl Kept {
    /// More replications than this are not kept.
    const MOST: u64 = 600;

    fn take(&mut self, key: &OfSample) -> Sample {
        let place = self.0.iter().position(|(own, _)| own == key);
        place.and_then(|place| self.0.remove(place)).map(|(_, sample)| sample).unwrap_or_default()
    }

    fn put(&mut self, key: OfSample, sample: Sample) {
        self.0.push_back((key, sample));
        while self.0.len() > 1 && self.0.iter().map(|(_, sample)| sample.count()).sum::<u64>() > Self::MOST {
            self.0.pop_front();
        }
    }
}

/// What one set of values came to.
#[derive(Clone, Debug)]
pub struct Trial {
    pub values: Values,
    pub seed: u64,
    pub replications: u64,
    /// A glance only: estimates, no confidence.
    pub is_glance: bool,
    pub verdict: Verdict,
    pub targets: Vec<TargetFinding>,
    /// By target: whether the bare estimate keeps the limit; nothing does where nothing ran.
    pub kept: Vec<bool>,
    /// By target: it must be at least its limit.
    pub is_floor: Vec<bool>,
    /// What there is of each meter that is limited by declaration.
    pub capacities: BTreeMap<Meter, u64>,
    /// By target: what stood in the way in its worst replication.
    pub troubles: Vec<Option<Trouble>>,
    /// Greatest level of each meter over the replications, and by phase.
    pub peaks: BTreeMap<Meter, (Peak, BTreeMap<RunPhase, u64>)>,
    pub ages: Ages,
    /// Until the last first copy was done, the latest over the replications; `None`: in one of them never.
    pub first_copies: Option<Duration>,
}

/// RPO over time, of all machines and replications together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ages {
    /// Violations of the tightest RPO target per replication (mean).
    pub violations: f64,
    pub p90_s: Option<f64>,
    pub p99_s: Option<f64>,
    pub max_s: Option<f64>,
    /// Share of the VM·time with a point in which it was within the tightest RPO target of the machine; `None` without one.
    pub met_share: Option<f64>,
}

impl Trial {
    /// The value of a knob in this trial.
    pub fn value(&self, knob: Knob) -> Option<u64> {
        self.values.iter().find(|(own, _)| *own == knob).map(|(_, value)| *value)
    }

    /// Targets whose estimates lie beyond their limits, those set aside left out.
    pub fn beyond(&self, set_aside: &[usize]) -> Vec<usize> {
        let wanted = self.targets.iter().zip(&self.kept).filter(|(target, _)| !set_aside.contains(&target.index));
        wanted.filter(|(_, kept)| !**kept).map(|(target, _)| target.index).collect()
    }

    /// Of all targets but those set aside.
    pub fn verdict_without(&self, set_aside: &[usize]) -> Verdict {
        let wanted = self.targets.iter().filter(|target| !set_aside.contains(&target.index));
        together(wanted.map(|target| target.verdict))
    }
}

/// Whether the bare estimate keeps the limit. Nothing seen keeps it: what did not happen was not too slow.
fn keeps(found: &TargetFinding, comparator: Comparator) -> bool {
    match found.achieved.value {
        None => found.method == Method::Nothing,
        // A quantile without an end has no value that could be compared.
        Some(value) if !value.is_finite() => false,
        Some(value) if comparator == Comparator::AtMost => value <= found.limit,
        Some(value) => value >= found.limit,
    }
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
            at_most,
            glance,
            stop,
            done,
            set_aside: Vec::new(),
            ahead: &|_| {},
            later: 0,
            seen: BTreeMap::new(),
            kept: Kept::default(),
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
        Lab { set_aside: self.set_aside.clone(), ..other }
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
        self.trial(values, Depth::Decided, self.seed.wrapping_add(1))
    }

    /// One that was known before, run as far at least: a decided one serves whoever hopes, and one that is met is decided.
    fn known(&self, (values, depth, seed, aside): &Key) -> Option<&Trial> {
        let other = match depth {
            Depth::Glance => return self.seen.get(&(values.clone(), *depth, *seed, aside.clone())),
            Depth::WhileHopeful => Depth::Decided,
            Depth::Decided => Depth::WhileHopeful,
        };
        let at = |depth| self.seen.get(&(values.clone(), depth, *seed, aside.clone()));
        at(*depth).or_else(|| at(other).filter(|own| *depth < other || own.verdict_without(aside) == Verdict::Met))
    }

    fn trial(&mut self, values: &Values, depth: Depth, seed: u64) -> Trial {
        let key = (values.clone(), depth, seed, self.set_aside.clone());
        if let Some(known) = self.known(&key) {
            return known.clone();
        }
        let is_glance = depth == Depth::Glance;
        let mut setup = self.setup.clone();
        values.iter().for_each(|(knob, value)| knob::turn(&mut setup, *knob, *value));
        let wanted: Vec<usize> =
            (0..setup.intent.targets.len()).filter(|index| !self.set_aside.contains(index)).collect();
        let mut deciding = setup.clone();
        let targets = wanted.iter().map(|index| setup.intent.targets[*index].clone()).collect();
        Arc::make_mut(&mut deciding.intent).targets = targets;
        let runner = Runner { setup: &deciding, seed, threads: self.threads, stop: self.stop, done: self.done };
        let of_sample = (values.clone(), seed, self.set_aside.clone());
        let mut sample = self.kept.take(&of_sample);
        let before = sample.count();
        let gate = Gate { at_most: self.at_most, baseline: None };
        let judged = match depth {
            Depth::Glance => {
                runner.more(self.glance, &mut sample);
                Vec::new()
            }
            Depth::WhileHopeful => {
                let share = Looks::new(self.at_most).share(true);
                let hopeful =
                    |seen: &[Outcome]| is_hopeful(&gate.judge(&deciding, seen, share), &deciding, self.at_most);
                gate.run_while(&runner, &mut sample, &hopeful).0.targets
            }
            Depth::Decided => gate.run(&runner, &mut sample).0.targets,
        };
        self.ran += sample.count() - before;
        if !is_glance {
            self.decided = (self.decided.0 + 1, self.decided.1 + sample.count() - before);
        }
        let targets = all_targets(&setup, &judged, &wanted, &sample.outcomes);
        let trial = of(values, seed, is_glance, targets, &setup, &sample.outcomes);
        if !self.stopped() {
            self.seen.insert(key, trial.clone());
            self.kept.put(of_sample, sample);
        }
        trial
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
fn is_hopeful(judged: &Judgement, setup: &Setup, at_most: u64) -> bool {
    judged.targets.iter().zip(&setup.intent.targets).all(|(found, target)| match found.verdict {
        Verdict::Met => true,
        Verdict::Missed => false,
        Verdict::NotYetKnown { more_replications } => {
            keeps(found, target.comparator) && judged.seen.saturating_add(more_replications) <= 2 * at_most
        }
    })
}

/// All targets in their order: those that the gate judged, and the others by what ran.
fn all_targets(setup: &Setup, judged: &[TargetFinding], wanted: &[usize], outcomes: &[Outcome]) -> Vec<TargetFinding> {
    let of = |index: usize| {
        let place = wanted.iter().position(|own| *own == index);
        match place.and_then(|place| judged.get(place)) {
            Some(own) => TargetFinding { index, ..own.clone() },
            None => verdict(index, &setup.intent.targets[index], &setup.inventory, outcomes),
        }
    };
    (0..setup.intent.targets.len()).map(of).collect()
}

/// What makes a trial: values, how far it is run, seed, targets set aside.
type Key = (Values, Depth, u64, Vec<usize>);

/// Replications of a glance; half of them where one takes so many seconds of one core or more.
const GLANCE: u64 = 4;
const LONG_S: f64 = 0.3;

fn of(
    values: &Values,
    seed: u64,
    is_glance: bool,
    targets: Vec<TargetFinding>,
    setup: &Setup,
    outcomes: &[Outcome],
) -> Trial {
    let trouble_of = |found: &TargetFinding| {
        let worst = outcomes.get(found.worst_replication? as usize)?;
        trouble(&setup.intent.targets[found.index], &setup.inventory, worst)
    };
    let mut peaks: BTreeMap<Meter, (Peak, BTreeMap<RunPhase, u64>)> = BTreeMap::new();
    for own in outcomes.iter().flat_map(|outcome| &outcome.meters) {
        let known = peaks.entry(own.meter).or_insert_with(|| (own.peak, BTreeMap::new()));
        if own.peak.level > known.0.level {
            known.0 = own.peak;
        }
        for (phase, level) in &own.peak_by_phase {
            let greatest = known.1.entry(*phase).or_insert(0);
            *greatest = (*greatest).max(*level);
        }
    }
    Trial {
        values: values.clone(),
        seed,
        replications: outcomes.len() as u64,
        is_glance,
        verdict: together(targets.iter().map(|target| target.verdict)),
        kept: targets
            .iter()
            .map(|own| !outcomes.is_empty() && keeps(own, setup.intent.targets[own.index].comparator))
            .collect(),
        is_floor: setup.intent.targets.iter().map(|own| own.comparator == Comparator::AtLeast).collect(),
        capacities: peaks
            .keys()
            .filter_map(|meter| Some((*meter, meter_capacity(&setup.inventory, *meter)?)))
            .collect(),
        troubles: targets.iter().map(trouble_of).collect(),
        targets,
        peaks,
        ages: ages(outcomes),
        first_copies: outcomes
            .iter()
            .map(|own| own.durations.initial_replication_last)
            .collect::<Option<Vec<_>>>()
            .and_then(|all| all.into_iter().max()),
    }
}

fn ages(outcomes: &[Outcome]) -> Ages {
    let all = Sealed::merged(outcomes.iter().flat_map(|outcome| &outcome.groups).map(|group| &group.point_age));
    let seconds = |ns: f64| ns / 1e9;
    let (mut beyond, mut counted) = (0.0, 0.0);
    for vm in outcomes.iter().flat_map(|outcome| &outcome.vms) {
        if let Some(over) = vm.beyond_target {
            beyond += over.secs_f64();
            counted += vm.age_counted.secs_f64();
        }
    }
    let violations: u64 = outcomes.iter().map(|outcome| outcome.violations_count).sum();
    Ages {
        violations: violations as f64 / outcomes.len().max(1) as f64,
        p90_s: all.quantile(0.9).map(seconds),
        p99_s: all.quantile(0.99).map(seconds),
        max_s: all.max().map(|ns| seconds(ns as f64)),
        met_share: (counted > 0.0).then(|| (1.0 - beyond / counted).max(0.0)),
    }
}
