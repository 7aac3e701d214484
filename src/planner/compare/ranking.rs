//! Which candidate is the best, and how sure that is.
//!
//! The candidate with the best mean is held against each other one by the paired difference d = other − best (turned so
//! that positive is worse), with one-sided Student bounds at the error α/(K−1) each:
//!
//! ```text
//! best           every lower bound above 0, and no upper bound   it is better than each other one, and by
//!                within the margin                               something that matters
//! good enough    every lower bound at least −margin              none is better by more than the margin
//! else           who no one beats is still in the race, and the pair that needs most says how many replications
//! ```
//!
//! Whoever truly is the best loses to a wrong one only if one of his own K−1 bounds fails, so the statement is wrong with
//! at most α, however the candidates depend on each other: common luck is allowed, and wanted.
//! Source: Nelson and Matejcik 1995 (selection under common random numbers, Bonferroni); Hsu 1984 (comparisons with the best).
//! Units: those of the values; shares 0 … 1.

use crate::statistics::{Pairs, REPLICATIONS_MIN, mean};

/// What can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Better than each other one, and none is surely within the margin of it.
    Best(usize),
    /// None is better than it by more than the margin; not shown to be better than each, or by no more than does not matter.
    GoodEnough(usize),
    NotYetKnown {
        /// Who no one beats, the best mean first.
        left: Vec<usize>,
        /// Replications beyond those that ran would probably decide it.
        more: u64,
    },
    /// The luck of these is not the same: one of the two has a value in too many replications in which the other has none.
    NotPaired(usize, usize),
    /// No replication has a value in all of them.
    NoValues,
}

/// How a decision is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Of the whole statement.
    pub error: f64,
    /// A difference that does not matter, in the unit of the values.
    pub margin: f64,
}

/// Decides by the values of each candidate, one per replication, lower is better.
pub fn decide(values: &[Vec<Option<f64>>], rule: Rule) -> Decision {
    let means: Option<Vec<f64>> = values.iter().map(|own| mean(&known(own))).collect();
    let Some(means) = means.filter(|means| !means.is_empty()) else { return Decision::NoValues };
    let mut order: Vec<usize> = (0..means.len()).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]).then(a.cmp(b)));
    let best = order[0];
    if let Some(other) = order[1..].iter().find(|other| !Pairs::of(&values[best], &values[**other]).is_fair()) {
        return Decision::NotPaired(best, *other);
    }
    let confidence = one_sided(rule.error / (values.len() - 1).max(1) as f64);
    let ran = Pairs::of(&values[best], &values[best]).compared();
    let bounds = |other: usize| {
        let pairs = Pairs::of(&values[best], &values[other]);
        let interval = pairs.interval(confidence).filter(|_| pairs.count() >= REPLICATIONS_MIN);
        interval.map_or((f64::NEG_INFINITY, f64::INFINITY), |interval| (interval.low, interval.high))
    };
    let others: Vec<(usize, (f64, f64))> = order[1..].iter().map(|other| (*other, bounds(*other))).collect();
    if others.iter().all(|(_, (low, high))| *low > 0.0 && *high > rule.margin) {
        return Decision::Best(best);
    }
    if others.iter().all(|(_, (low, _))| *low >= -rule.margin) {
        return Decision::GoodEnough(best);
    }
    let open = others.iter().filter(|(_, (low, _))| *low <= 0.0).map(|(other, _)| *other);
    let left: Vec<usize> = std::iter::once(best).chain(open).collect();
    let doubtful = others.iter().filter(|(_, (low, _))| *low < -rule.margin);
    let needs = doubtful.map(|(other, _)| needed(&Pairs::of(&values[best], &values[*other]), confidence, rule, ran));
    let more = needs.max().unwrap_or(REPLICATIONS_MIN).saturating_sub(ran).max(1);
    Decision::NotYetKnown { left, more }
}

/// More replications than this are never promised to help.
const MORE_MAX: u64 = 1_000_000;

/// Replications in all until this pair's bound is above −margin, if what was seen is the truth.
fn needed(pairs: &Pairs, confidence: f64, rule: Rule, ran: u64) -> u64 {
    let seen = mean(&pairs.differences()).unwrap_or(0.0);
    let pairs_needed = pairs.needed(seen + rule.margin, confidence).unwrap_or(REPLICATIONS_MIN).max(REPLICATIONS_MIN);
    // Not every replication makes a pair.
    let share = (pairs.count() as f64 / ran.max(1) as f64).max(1e-3);
    ((pairs_needed.min(MORE_MAX) as f64 / share).ceil() as u64).min(MORE_MAX)
}

/// The two-sided confidence whose sides have this error each.
pub(super) fn one_sided(error: f64) -> f64 {
    (1.0 - 2.0 * error).max(0.0)
}

fn known(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { error: 0.05, margin: 0.0 };

    /// Near-normal numbers from a fixed sequence.
    struct Luck(u64);

    impl Luck {
        fn normal(&mut self) -> f64 {
            let mut uniform = || {
                self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (self.0 >> 11) as f64 / (1u64 << 53) as f64
            };
            (0..12).map(|_| uniform()).sum::<f64>() - 6.0
        }

        /// `count` replications of candidates with these means; what they share varies by `shared`.
        fn race(&mut self, means: &[f64], shared: f64, count: usize) -> Vec<Vec<Option<f64>>> {
            let mut values = vec![Vec::new(); means.len()];
            for _ in 0..count {
                let common = shared * self.normal();
                for (own, mean) in values.iter_mut().zip(means) {
                    own.push(Some(mean + common + self.normal()));
                }
            }
            values
        }
    }

    #[test]
    fn the_best_of_three_is_told_with_few_runs_when_they_share_their_luck() {
        let values = Luck(1).race(&[10.0, 8.0, 12.0], 30.0, 40);
        assert_eq!(decide(&values, RULE), Decision::Best(1));
        // The same means without common luck tell nothing.
        let mut luck = Luck(2);
        let apart: Vec<_> = [10.0, 8.0, 12.0].map(|mean| luck.race(&[mean], 30.0, 40).remove(0)).into();
        assert!(matches!(decide(&apart, RULE), Decision::NotYetKnown { .. }), "{:?}", decide(&apart, RULE));
    }

    #[test]
    fn a_difference_that_does_not_matter_is_good_enough() {
        let values = Luck(3).race(&[10.0, 10.01], 5.0, 200);
        let decided = decide(&values, Rule { margin: 0.5, ..RULE });
        assert!(matches!(decided, Decision::GoodEnough(_)), "{decided:?}");
        assert!(matches!(decide(&values, RULE), Decision::NotYetKnown { .. }));
    }

    /// The better of the two by 0.1 ± 0.02 is sure, and no more than half of what does not matter.
    #[test]
    fn a_sure_difference_within_the_margin_does_not_matter_either() {
        let base: Vec<Option<f64>> = Luck(9).race(&[10.0], 5.0, 100).remove(0);
        let shifted: Vec<Option<f64>> =
            base.iter().enumerate().map(|(n, own)| own.map(|own| own + 0.05 + 0.1 * (n % 2) as f64)).collect();
        let margin = |margin: f64| decide(&[shifted.clone(), base.clone()], Rule { margin, ..RULE });
        assert_eq!(
            (margin(0.0), margin(0.1), margin(0.2)),
            (Decision::Best(1), Decision::Best(1), Decision::GoodEnough(1))
        );
    }

    #[test]
    fn candidates_that_do_the_same_are_good_enough_even_without_a_margin() {
        let one = Luck(4).race(&[10.0], 5.0, 20).remove(0);
        assert_eq!(decide(&[one.clone(), one], RULE), Decision::GoodEnough(0));
    }

    #[test]
    fn nothing_is_said_of_too_few_runs_of_other_luck_or_of_nothing() {
        let few = Luck(5).race(&[1.0, 900.0], 1.0, 19);
        assert!(matches!(decide(&few, RULE), Decision::NotYetKnown { .. }));
        let mut other = Luck(6).race(&[1.0, 900.0], 1.0, 40);
        other[1][..5].fill(None);
        assert_eq!(decide(&other, RULE), Decision::NotPaired(0, 1));
        assert_eq!(decide(&[vec![None; 30], vec![None; 30]], RULE), Decision::NoValues);
    }

    /// Two thousand races of four with the best two closer than can be told: who is called the best is not it in at most
    /// 5 % of them (and a standard error of the trial). Others that are far behind are beaten all the same.
    #[test]
    fn the_wrong_one_is_called_the_best_no_more_often_than_is_said() {
        let mut luck = Luck(7);
        let races = 2_000;
        let wrong = (0..races)
            .filter(|_| {
                let values = luck.race(&[10.0, 10.0 + 1e-9, 13.0, 13.0], 4.0, 20);
                matches!(decide(&values, RULE), Decision::Best(1..))
            })
            .count();
        let share = wrong as f64 / f64::from(races);
        assert!(share <= 0.05 + 0.005, "{share}");
        assert!(share > 0.005, "{share}: so seldom that the bound would be wasted");
    }

    /// The forecast holds: with as many runs more as were named the race is mostly decided.
    #[test]
    fn as_many_runs_as_were_named_decide_it() {
        let mut luck = Luck(8);
        let rule = Rule { margin: 0.2, ..RULE };
        let (mut named, mut decided) = (0, 0);
        for _ in 0..200 {
            let values = luck.race(&[10.0, 10.4], 4.0, 20);
            let Decision::NotYetKnown { more, .. } = decide(&values, rule) else { continue };
            let longer = luck.race(&[10.0, 10.4], 4.0, 20 + more.min(2_000) as usize);
            named += 1;
            decided += usize::from(!matches!(decide(&longer, rule), Decision::NotYetKnown { .. }));
        }
        assert!(named > 50 && decided * 3 > named * 2, "{decided} of {named}");
    }
}
