//! The calendar of what breaks: every outage of a run is dated before its first event, so that a report can print it and
//! no event of the run can change it.
//!
//! ```text
//! every:  start ─gap─► begin ─span─► end ─gap─► begin ─span─► end …      gap ~ the law, span ~ `lasts`
//! at:     begin ─span─► end                                              listed: begin and span as given
//! ```
//! A renewal process with down time: the mean distance of two begins is mean gap + mean span. Streams of the cause NAME:
//! "outage/NAME/every", "outage/NAME/lasts" and one "outage/NAME/takes/K" per thing taken, drawn once per strike, so that
//! one more thing taken changes nothing for the others.
//!
//! Invariants: begins before ends at one instant; nothing begins at or after the end of the run.

use crate::contract::OutageKind;
use crate::kernel::{Law, RandomStream};
use crate::units::{Duration, OutageId, Ratio, Timestamp};
use crate::world::Luck;
use crate::world::outages::{Outage, OutageSpec, When};

/// One outage of this run.
#[derive(Clone, Debug, PartialEq)]
pub struct DatedOutage {
    pub id: OutageId,
    /// Of its cause.
    pub name: String,
    pub kind: OutageKind,
    pub begins: Timestamp,
    /// [`Timestamp::NEVER`]: it is not repaired.
    pub ends: Timestamp,
}

/// An outage begins or ends.
#[derive(Clone, Debug)]
pub(in crate::world) struct Turn {
    pub dated: DatedOutage,
    pub outage: Outage,
    pub ends: bool,
}

/// All outages of a run, and how far they have come.
#[derive(Debug)]
pub(in crate::world) struct Timeline {
    /// By begin, then in the order of the causes.
    pub dated: Vec<DatedOutage>,
    outages: Vec<Outage>,
    /// (moment, ends, index into `dated`), rising.
    turns: Vec<(Timestamp, bool, usize)>,
    next: usize,
}

/// A law that draws nothing but zero would never let time pass.
const GAP_MIN: Duration = Duration::secs(1);

impl Timeline {
    pub fn new(specs: &[OutageSpec], luck: &Luck, lasts: Duration) -> Self {
        let horizon = Timestamp::START + lasts;
        let mut found = Vec::new();
        for spec in specs {
            let mut takes: Vec<_> = (0..spec.takes.len()).map(|k| stream(luck, spec, &format!("takes/{k}"))).collect();
            for (begins, ends) in strikes(spec, luck, horizon) {
                for (taken, stream) in spec.takes.iter().zip(&mut takes) {
                    let drawn = stream.uniform();
                    if drawn < taken.probability.as_f64() || taken.probability == Ratio::ONE {
                        let ends = if taken.outage.is_repaired() { ends } else { Timestamp::NEVER };
                        found.push((begins, ends, &spec.name, &taken.outage));
                    }
                }
            }
        }
        found.sort_by_key(|(begins, ..)| *begins);
        let (mut dated, mut outages, mut turns) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (begins, ends, name, outage)) in found.into_iter().enumerate() {
            let id = OutageId::from_index(index);
            dated.push(DatedOutage { id, name: name.clone(), kind: outage.kind(), begins, ends });
            outages.push(outage.clone());
            turns.push((begins, false, index));
            if ends < Timestamp::NEVER {
                turns.push((ends, true, index));
            }
        }
        turns.sort_unstable();
        Self { dated, outages, turns, next: 0 }
    }

    pub fn next_due(&self) -> Timestamp {
        self.turns.get(self.next).map_or(Timestamp::NEVER, |turn| turn.0)
    }

    pub fn pop_due(&mut self, now: Timestamp) -> Option<Turn> {
        let (at, ends, index) = *self.turns.get(self.next)?;
        if at > now {
            return None;
        }
        self.next += 1;
        Some(Turn { dated: self.dated[index].clone(), outage: self.outages[index].clone(), ends })
    }
}

fn stream(luck: &Luck, spec: &OutageSpec, part: &str) -> RandomStream {
    luck.stream(&format!("outage/{}/{part}", spec.name))
}

/// Begin and end of every strike of one cause before `horizon`.
fn strikes(spec: &OutageSpec, luck: &Luck, horizon: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let (mut gaps, mut spans) = (stream(luck, spec, "every"), stream(luck, spec, "lasts"));
    let mut draw = |law: &Law| law.sample(spans.uniform());
    let mut found = Vec::new();
    match &spec.when {
        When::At(moments) => found.extend(moments.iter().map(|at| (*at, *at + draw(&spec.lasts)))),
        When::Listed(listed) => found.extend(listed.iter().map(|(at, span)| (*at, *at + *span))),
        When::Every(law) => {
            let mut begins = Timestamp::START + law.sample(gaps.uniform());
            while begins < horizon {
                let ends = begins + draw(&spec.lasts);
                found.push((begins, ends));
                begins = ends + law.sample(gaps.uniform()).max(GAP_MIN);
            }
        }
    }
    found.retain(|(begins, _)| *begins < horizon);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{ApplianceId, StampId};
    use crate::world::outages::TakenBy;

    const YEAR: Duration = Duration::days(365);

    fn every(mean: Duration, lasts: Duration, probability: Ratio) -> OutageSpec {
        let outage = Outage::StampDown { stamp: StampId(0) };
        let when = When::Every(Law::Exponential { mean });
        OutageSpec { name: "fire".into(), when, lasts: Law::Fixed(lasts), takes: vec![TakenBy { outage, probability }] }
    }

    fn luck(seed: u64) -> Luck {
        Luck::new(seed, 0)
    }

    #[test]
    fn the_same_seed_dates_the_same_outages_and_another_seed_others() {
        let specs = [every(Duration::days(9), Duration::hours(2), Ratio::percent(50))];
        let dated = |seed| Timeline::new(&specs, &luck(seed), YEAR).dated;
        assert_eq!(dated(3), dated(3));
        assert_ne!(dated(3), dated(4));
    }

    /// Gap 9 d, span 1 d: begins are 10 d apart, 3650 in a hundred years. The gaps are exponential, so the count has a
    /// standard deviation of √3650 · 9/10 ≈ 54; five of them are 272.
    #[test]
    fn outages_are_as_frequent_as_gap_and_span_say() {
        let specs = [every(Duration::days(9), Duration::days(1), Ratio::ONE)];
        let count = Timeline::new(&specs, &luck(1), YEAR * 100).dated.len() as i64;
        assert!((count - 3650).abs() < 272, "{count} outages");
    }

    /// Half of the strikes take it: 1825 of 3650, standard deviation √(3650/4 + (54/2)²) ≈ 41.
    #[test]
    fn a_thing_is_taken_with_its_probability_once_per_strike() {
        let specs = [every(Duration::days(9), Duration::days(1), Ratio::percent(50))];
        let count = Timeline::new(&specs, &luck(1), YEAR * 100).dated.len() as i64;
        assert!((count - 1825).abs() < 205, "{count} outages");
    }

    #[test]
    fn one_more_thing_taken_changes_nothing_for_the_others() {
        let one = every(Duration::days(9), Duration::days(1), Ratio::percent(50));
        let mut two = one.clone();
        let outage = Outage::ApplianceDown { appliance: ApplianceId(0) };
        two.takes.push(TakenBy { outage, probability: Ratio::percent(30) });
        let begins = |spec: OutageSpec| -> Vec<_> {
            let dated = Timeline::new(&[spec], &luck(5), YEAR).dated;
            dated.iter().filter(|one| one.kind == OutageKind::StampDown(StampId(0))).map(|one| one.begins).collect()
        };
        assert_eq!(begins(one), begins(two));
    }

    #[test]
    fn at_one_instant_begins_come_before_ends() {
        let at = |h| Timestamp::START + Duration::hours(h);
        let mut spec = every(Duration::ZERO, Duration::ZERO, Ratio::ONE);
        spec.when = When::Listed(vec![(at(1), Duration::hours(1)), (at(2), Duration::hours(1)), (at(9), YEAR)]);
        let mut timeline = Timeline::new(&[spec], &luck(0), Duration::hours(9));
        assert_eq!(timeline.dated.len(), 2, "what begins when the run ends does not happen");
        let mut seen = Vec::new();
        while let Some(turn) = timeline.pop_due(timeline.next_due()) {
            seen.push((turn.dated.id.0, turn.ends));
        }
        assert_eq!(seen, [(0, false), (1, false), (0, true), (1, true)]);
        assert_eq!(timeline.next_due(), Timestamp::NEVER);
    }

    #[test]
    fn laws_that_draw_zero_do_not_stop_time() {
        let mut spec = every(Duration::ZERO, Duration::ZERO, Ratio::ONE);
        spec.when = When::Every(Law::Fixed(Duration::ZERO));
        assert_eq!(Timeline::new(&[spec], &luck(0), Duration::minutes(1)).dated.len(), 60);
    }
}
