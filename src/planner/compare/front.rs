//! Who is on the front of RPO and RTO: whoever nobody else is at least as good as in both, and better in one.
//!
//! "Latest" point or "latest processed", many points or few: what wins in one of the two often loses in the other, and a list by
//! either hides it. Where bytes of points are known they are a third measure, the price: a candidate that is behind in the
//! first two may still be on the front when its price counts.
//!
//! The front is that of the means. Behind *surely* is one whose pairs say so: with each measure the lower bound of its
//! difference to the one in front of it is at least zero, and above zero with one of them (Student, simultaneous over all
//! of them by Bonferroni). Candidates without a value have no place. Units: those of the yardsticks, lower is better.

use super::Yardstick;
use crate::statistics::{Pairs, mean};

/// The front of some candidates, or points of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Front {
    /// Places of the yardsticks of RPO and RTO, and of the price where there is one.
    pub rpo: usize,
    pub rto: usize,
    pub price: Option<usize>,
    /// By candidate.
    pub places: Vec<Place>,
}

/// Where one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// No RPO or no RTO is known.
    Nowhere,
    Front,
    /// Behind in RPO and RTO, but not when the price counts too.
    FrontByPrice,
    /// Somebody is better.
    Behind {
        by: usize,
        surely: bool,
    },
}

/// Values by yardstick and candidate: one per replication.
pub type Values<'a> = &'a dyn Fn(usize, usize) -> &'a [Option<f64>];

/// `None`: RPO or RTO is not known of two candidates at least, so there is nothing to weigh.
pub fn front(yardsticks: &[Yardstick], candidates: usize, values: Values, confidence: f64) -> Option<Front> {
    let named = |name: &str| yardsticks.iter().position(|own| own.name == name);
    let of = |yardstick: usize| -> Vec<Option<f64>> {
        let known = |candidate| values(yardstick, candidate).iter().flatten().copied().collect::<Vec<f64>>();
        (0..candidates).map(|candidate| mean(&known(candidate))).collect()
    };
    let (rpo, rto) = (named("all: mean(rpo)")?, named("all: mean(rto)")?);
    let (mut means, axes) = (vec![of(rpo), of(rto)], [rpo, rto]);
    let known: Vec<usize> = (0..candidates).filter(|own| means.iter().all(|axis| axis[*own].is_some())).collect();
    if known.len() < 2 {
        return None;
    }
    let price = named("bytes of points").filter(|place| {
        let prices = of(*place);
        known.iter().all(|own| prices[*own].is_some())
    });
    let first: Vec<usize> = on_front(&means, &known);
    let by_price: Vec<usize> = price.map_or_else(Vec::new, |place| {
        means.push(of(place));
        on_front(&means, &known)
    });
    let place = |own: usize| {
        if first.contains(&own) {
            return Place::Front;
        }
        if by_price.contains(&own) {
            return Place::FrontByPrice;
        }
        let ahead: Vec<usize> = first.iter().copied().filter(|other| is_ahead(&means[..2], *other, own)).collect();
        let tests = (axes.len() * (candidates - 1)) as f64;
        let sure = |other: &&usize| surely(&axes, values, **other, own, 1.0 - (1.0 - confidence) / tests);
        match (ahead.iter().find(sure), ahead.first()) {
            (Some(by), _) => Place::Behind { by: *by, surely: true },
            (None, Some(by)) => Place::Behind { by: *by, surely: false },
            (None, None) => Place::Nowhere,
        }
    };
    let places = (0..candidates).map(|own| if known.contains(&own) { place(own) } else { Place::Nowhere }).collect();
    Some(Front { rpo, rto, price, places })
}

/// Of the known ones: who has nobody ahead.
fn on_front(means: &[Vec<Option<f64>>], known: &[usize]) -> Vec<usize> {
    // In order of the first measure, and of the others where that is equal, whoever is ahead comes before.
    let mut order = known.to_vec();
    let key = |own: usize| means.iter().map(move |axis| axis[own].unwrap_or(f64::INFINITY));
    order.sort_by(|a, b| key(*a).zip(key(*b)).map(|(a, b)| a.total_cmp(&b)).find(|o| o.is_ne()).unwrap_or(a.cmp(b)));
    let mut front: Vec<usize> = Vec::new();
    for own in order {
        if !front.iter().any(|other| is_ahead(means, *other, own)) {
            front.push(own);
        }
    }
    front
}

/// At least as good in all, better in one.
fn is_ahead(means: &[Vec<Option<f64>>], a: usize, b: usize) -> bool {
    means.iter().all(|axis| axis[a] <= axis[b]) && means.iter().any(|axis| axis[a] < axis[b])
}

/// The same by pairs.
fn surely(axes: &[usize], values: Values, a: usize, b: usize, confidence: f64) -> bool {
    let bounds: Option<Vec<f64>> = axes
        .iter()
        .map(|axis| {
            let pairs = Pairs::of(values(*axis, a), values(*axis, b));
            pairs.interval(confidence).filter(|_| pairs.is_fair()).map(|own| own.low)
        })
        .collect();
    bounds.is_some_and(|lows| lows.iter().all(|low| *low >= 0.0) && lows.iter().any(|low| *low > 0.0))
}

#[cfg(test)]
mod tests {
    use super::super::yardstick::standard;
    use super::*;

    /// Candidates as (RPO, RTO, price), the same in each of 30 replications but for a wobble in the RPO.
    fn places(candidates: &[(f64, f64, f64)], wobble: f64) -> Vec<Place> {
        let yardsticks = standard(false, false);
        let value = |name: &str, own: (f64, f64, f64), n: usize| match name {
            "all: mean(rpo)" => Some(own.0 + wobble * ((n * 7 + own.0 as usize * 3) % 5) as f64),
            "all: mean(rto)" => Some(own.1).filter(|own| *own > 0.0),
            "bytes of points" => Some(own.2),
            _ => None,
        };
        let table: Vec<Vec<Vec<Option<f64>>>> = yardsticks
            .iter()
            .map(|own| candidates.iter().map(|c| (0..30).map(|n| value(&own.name, *c, n)).collect()).collect())
            .collect();
        let found = front(&yardsticks, candidates.len(), &|yardstick, own| &table[yardstick][own], 0.95);
        found.map_or_else(Vec::new, |own| own.places)
    }

    #[test]
    fn whoever_has_nobody_ahead_is_on_the_front() {
        let ahead = |by| Place::Behind { by, surely: true };
        let found = places(&[(5.0, 9.0, 1.0), (9.0, 5.0, 1.0), (9.0, 9.0, 1.0), (5.0, 10.0, 2.0)], 0.0);
        assert_eq!(found, [Place::Front, Place::Front, ahead(0), ahead(0)]);
        assert_eq!(
            places(&[(5.0, 9.0, 2.0), (6.0, 9.0, 1.0)], 0.0),
            [Place::Front, Place::FrontByPrice],
            "it is cheaper"
        );
        assert_eq!(places(&[(5.0, 9.0, 1.0), (5.0, 9.0, 1.0)], 0.0), [Place::Front, Place::Front], "nobody is better");
    }

    #[test]
    fn what_pairs_cannot_tell_is_not_sure() {
        let found = places(&[(5.0, 9.0, 1.0), (6.0, 9.0, 1.0)], 3.0);
        assert_eq!(found[1], Place::Behind { by: 0, surely: false });
    }

    #[test]
    fn without_an_rto_there_is_no_place() {
        assert_eq!(places(&[(5.0, 9.0, 1.0), (4.0, 0.0, 1.0), (6.0, 9.0, 2.0)], 0.0)[1], Place::Nowhere);
        assert_eq!(places(&[(5.0, 0.0, 1.0), (4.0, 0.0, 1.0)], 0.0), []);
    }
}
