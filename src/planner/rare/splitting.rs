//! Multilevel splitting over the luck of a replication.
//!
//! A *score* says how near a replication comes to the event; levels L₁ < L₂ < … < L_m cut the way into steps of about one in
//! five, and the last level is the event itself. With a population of N lucks:
//!
//! ```text
//! first   N lucks as they are drawn
//! level   share above it: p̂ⱼ        N/10 of those above become ancestors; each walks nine moves, staying above the level, and
//!                                    all places of all walks are the next population
//! end     p̂ = p̂₁ · p̂₂ · … · p̂_m      zero where nobody was above
//! ```
//! A move (`kernel::Luck`) leaves the law of the luck as it was, and one that falls to the level or below is taken back; so a
//! walk keeps the law given that the level is passed, and for *fixed* levels p̂ is unbiased, however slowly walks mix: slow
//! mixing shows as scatter between repetitions. Levels picked from the data would bias it. A pilot therefore picks them, and
//! with each the step of its moves, so that three in ten stand (more is too timid, less too bold); it is not counted, and then both
//! stand fixed. Repetitions share nothing else, so Student's interval over them holds (approximately: their law has a tail to
//! the right).
//!
//! Invariants: same seed, same numbers, on any number of threads. Units: levels and scores in the unit of the event, strictly
//! above counts. Sources: Kahn, Harris 1951; Au, Beck 2001 (walks from survivors); Cérou, Del Moral, Furon, Guyader 2012 (fixed
//! against adaptive levels); Papaioannou, Betz, Zwirglmaier, Straub 2015 (steps by acceptance); Dau, Chopin 2022 (every place counts).

use rayon::prelude::*;

use crate::kernel::{Keyed, Luck, Move};

/// Places of a walk, its ancestor included.
const WALK: usize = 10;
/// Share of the population that is to be above the next level.
const ABOVE: f64 = 0.2;
/// Share of the moves that is to stand.
const STAND: f64 = 0.3;
/// The pilot tries steps between these, from the first one on, in so many batches of walks a level.
const STEPS: (f64, f64) = (0.02, 1.0);
const STEP_FIRST: f64 = 0.7;
const BATCHES: usize = 4;
/// What is rarer than this is out of reach: a single draw of luck has no finer tail.
const RAREST: f64 = 1e-13;

/// A search: what is drawn, and how it is scored.
#[derive(Clone, Copy)]
pub struct Splitting<'a> {
    pub seed: u64,
    /// Size of a population; rounded up to whole walks, of which there are at least four.
    pub samples: usize,
    /// How near this luck comes to the event, never NaN; `None`: somebody stopped us.
    pub score: &'a (dyn Fn(&Luck) -> Option<f64> + Sync),
}

/// What the pilot found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pilot {
    /// Rising; the last one is the event, unless it is out of reach.
    pub levels: Vec<f64>,
    /// Of the moves above each level; none above the event.
    pub steps: Vec<f64>,
    pub reached: bool,
    /// Greatest score that was seen.
    pub greatest: f64,
    pub runs: u64,
}

/// One repetition of the whole way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repetition {
    /// By level, as far as it came.
    pub steps: Vec<Step>,
    /// Lucks that have the event.
    pub found: Vec<Luck>,
}

/// The way from one level to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Above this level, of the population above the level before it.
    pub above: u64,
    pub of: u64,
    /// Moves that made this population, and how many of them stood.
    pub moves: u64,
    pub stood: u64,
    /// Replications that it took.
    pub runs: u64,
}

impl Repetition {
    /// Of the event; the way has so many levels.
    pub fn probability(&self, levels: usize) -> f64 {
        if self.steps.len() < levels {
            return 0.0;
        }
        self.steps.iter().map(|step| step.above as f64 / step.of as f64).product()
    }
}

#[derive(Clone)]
struct Scored {
    luck: Luck,
    score: f64,
}

/// Lucks, and what it took to find them.
struct Population {
    all: Vec<Scored>,
    step: Step,
}

impl Population {
    fn above(&self, level: f64) -> Vec<&Scored> {
        self.all.iter().filter(|own| own.score > level).collect()
    }
}

impl Splitting<'_> {
    fn walks(&self) -> usize {
        self.samples.div_ceil(WALK).max(4)
    }

    /// Picks the levels on the way to `event`, on lucks of its own. `None`: stopped.
    pub fn pilot(&self, event: f64) -> Option<Pilot> {
        let mut population = self.drawn(0)?;
        let (greatest, runs) = (f64::NEG_INFINITY, population.step.runs);
        let mut pilot = Pilot { levels: Vec::new(), steps: Vec::new(), reached: false, greatest, runs };
        let (mut probability, mut step) = (1.0, STEP_FIRST);
        loop {
            pilot.greatest = population.all.iter().map(|own| own.score).fold(pilot.greatest, f64::max);
            let level = next_level(&population, event).filter(|_| probability > RAREST);
            let Some(level) = level else { return Some(pilot) };
            pilot.levels.push(level);
            if level == event {
                pilot.reached = true;
                return Some(pilot);
            }
            probability *= population.above(level).len() as f64 / population.all.len() as f64;
            (population, step) = self.tried(pilot.levels.len(), (level, step), &population)?;
            pilot.steps.push(step);
            pilot.runs += population.step.runs;
        }
    }

    /// The pilot's next population, walked with steps from this one on, and the step that fits.
    fn tried(&self, turn: usize, (level, step): (f64, f64), population: &Population) -> Option<(Population, f64)> {
        let ancestors = self.ancestors(0, turn, level, population);
        let (mut next, mut step) = (Population { all: Vec::new(), step: Step::default() }, step);
        for (batch, some) in ancestors.chunks(ancestors.len().div_ceil(BATCHES)).enumerate() {
            let walked = self.walked((0, turn * BATCHES + batch), (level, step), some)?;
            let stood = walked.step.stood as f64 / walked.step.moves.max(1) as f64;
            step = (step * (2.0 * (stood - STAND)).exp()).clamp(STEPS.0, STEPS.1);
            next.all.extend(walked.all);
            next.step.runs += walked.step.runs;
        }
        Some((next, step))
    }

    /// One repetition, numbered from 1, on the way that the pilot found. `None`: stopped.
    pub fn repetition(&self, number: u64, pilot: &Pilot) -> Option<Repetition> {
        let mut population = self.drawn(number)?;
        let mut own = Repetition::default();
        for (place, level) in pilot.levels.iter().enumerate() {
            let above = population.above(*level);
            let (count, of) = (above.len() as u64, population.all.len() as u64);
            own.steps.push(Step { above: count, of, ..population.step });
            match pilot.steps.get(place) {
                None => own.found = above.iter().map(|own| own.luck.clone()).collect(),
                Some(_) if count == 0 => {}
                Some(step) => {
                    let ancestors = self.ancestors(number, place + 1, *level, &population);
                    population = self.walked((number, place + 1), (*level, *step), &ancestors)?;
                }
            }
            if count == 0 {
                break;
            }
        }
        Some(own)
    }

    /// A population as it is drawn: replications that nobody else has.
    fn drawn(&self, number: u64) -> Option<Population> {
        let count = (self.walks() * WALK) as u64;
        let one = |place: u64| {
            let luck = Luck::new(self.seed, number * count + place);
            (self.score)(&luck).map(|score| Scored { luck, score })
        };
        let places: Vec<u64> = (0..count).collect();
        let all: Option<Vec<Scored>> = places.par_iter().with_max_len(1).map(|place| one(*place)).collect();
        Some(Population { all: all?, step: Step { runs: count, ..Step::default() } })
    }

    /// Whoever walks, one a walk: those above in random order, so that each has the same chance, and there being too few of
    /// them, once more from the beginning.
    fn ancestors<'p>(&self, number: u64, turn: usize, level: f64, population: &'p Population) -> Vec<&'p Scored> {
        let order = Keyed::named(self.seed, number, &format!("rare/{turn}/ancestors"));
        let mut above: Vec<(u64, &Scored)> = (0..).map(|place| order.at(place)).zip(population.above(level)).collect();
        above.sort_by_key(|(key, _)| *key);
        above.iter().map(|(_, own)| *own).cycle().take(self.walks()).collect()
    }

    /// All places of walks from these ancestors above the level. `name`: repetition and turn, which have moves of their own.
    fn walked(&self, name: (u64, usize), (level, step): (f64, f64), ancestors: &[&Scored]) -> Option<Population> {
        let seeds = Keyed::named(self.seed, name.0, &format!("rare/{}/moves", name.1));
        let walk = |(walk, ancestor): (usize, &&Scored)| {
            let own = |turn: usize| Move { seed: seeds.at((walk * WALK + turn) as u64), step };
            self.walk(ancestor, level, own)
        };
        let walks: Option<Vec<(Vec<Scored>, u64)>> =
            ancestors.par_iter().with_max_len(1).enumerate().map(walk).collect();
        let (all, stood): (Vec<Vec<Scored>>, Vec<u64>) = walks?.into_iter().unzip();
        let moves = (ancestors.len() * (WALK - 1)) as u64;
        let step = Step { moves, stood: stood.iter().sum(), runs: moves, ..Step::default() };
        Some(Population { all: all.into_iter().flatten().collect(), step })
    }

    /// A walk from its ancestor on, and how many of its moves stood.
    fn walk(&self, ancestor: &Scored, level: f64, own: impl Fn(usize) -> Move) -> Option<(Vec<Scored>, u64)> {
        let (mut places, mut stood) = (vec![ancestor.clone()], 0);
        for turn in 1..WALK {
            let here = places.last().expect("it begins with its ancestor");
            let luck = here.luck.moved(own(turn));
            let score = (self.score)(&luck)?;
            let next = if score > level { Scored { luck, score } } else { here.clone() };
            stood += u64::from(score > level);
            places.push(next);
        }
        Some((places, stood))
    }
}

/// A level with about a fifth of the population above it, or the event where so many are; `None`: nobody is above anything.
fn next_level(population: &Population, event: f64) -> Option<f64> {
    let mut falling: Vec<f64> = population.all.iter().map(|own| own.score).collect();
    falling.sort_by(|a, b| b.total_cmp(a));
    let wanted = (falling.len() as f64 * ABOVE).ceil() as usize;
    let above = |level: f64| falling.iter().take_while(|score| **score > level).count();
    if above(event) >= wanted {
        return Some(event);
    }
    let level = *falling.get(wanted)?;
    // Many of the same score: the next lower one has them all above it; where there is none, whoever is above goes on.
    match falling.iter().find(|score| **score < level) {
        Some(lower) if 4 * above(level) < wanted => Some(*lower),
        _ => Some(level).filter(|level| above(*level) > 0),
    }
}

#[cfg(test)]
#[path = "splitting_tests.rs"]
mod tests;
