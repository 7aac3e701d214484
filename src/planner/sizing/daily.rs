//! The worst of each day at the answer: how old the newest point of some machine became, and how long the fluid lets a byte wait.
//!
//! Simulated: the greatest age of one replication, from the lines of the charts; where a bin of those is longer than a day there is
//! none. Fluid: the longest `d(t)` of the day ([`delays`]), without points, first copies and outages, at the answer's bandwidth and at
//! that of today; source: domain facts 8.3 (peak RPO per day). Days are counted from the start of the run; settling is left out.

use super::guess::{STEP, series};
use super::knob::turn;
use super::lab::Lab;
use super::{Sizing, value};
use crate::intent::Knob;
use crate::planner::replication_with_series;
use crate::planner::rules::bandwidth::delays;
use crate::units::{BitRate, Duration, LinkId};
use crate::world::Luck;

/// One day of one link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Daily {
    pub link: LinkId,
    /// From 1.
    pub day: u64,
    /// Of all machines that have a point, one replication [s].
    pub simulated_s: Option<f64>,
    /// At the answer's bandwidth, and at that of today; `None`: no end.
    pub fluid: Option<Duration>,
    pub fluid_now: Option<Duration>,
}

/// The days of every link that was sized and answered.
pub fn daily(lab: &mut Lab<'_>, answer: &Sizing) -> Vec<Daily> {
    let links = || answer.knobs.iter().filter(|own| matches!(own.turned.knob, Knob::Bandwidth(_)));
    if !answer.is_answered || lab.stopped() || links().next().is_none() {
        return Vec::new();
    }
    let mut bought = lab.setup.clone();
    answer.trial.values.iter().for_each(|(knob, value)| turn(&mut bought, *knob, *value));
    let charted = replication_with_series(&bought, Luck::new(lab.seed, 0));
    lab.ran += 1;
    let ages = charted.outcome.series.map(|own| (own.bin, own.worst_point_age)).unwrap_or_default();
    let mut all = Vec::new();
    for own in links() {
        let Knob::Bandwidth(link) = own.turned.knob else { continue };
        let demand = series(lab.setup, link, lab.seed);
        let waits = |bits: u64| delays(&demand, STEP, BitRate(bits).bytes()).map(|all| by_day(STEP, &all));
        let (then, now) = (waits(own.value), waits(value(lab.setup, own.turned.knob)));
        let simulated = if ages.0 <= DAY { by_day(ages.0, &ages.1) } else { Vec::new() };
        let first = lab.setup.settle.ns().div_ceil(DAY.ns());
        for day in first..lab.setup.lasts.ns() / DAY.ns() {
            let at = day as usize;
            let of = |all: &Option<Vec<Duration>>| all.as_ref()?.get(at).copied();
            // Nothing was measured where it is zero: no machine had a point yet.
            let simulated_s = simulated.get(at).filter(|ns| **ns > 0).map(|ns| *ns as f64 / 1e9);
            all.push(Daily { link, day: day + 1, simulated_s, fluid: of(&then), fluid_now: of(&now) });
        }
    }
    all
}

const DAY: Duration = Duration::days(1);

/// The greatest of each day; a step belongs to the day in which it ends.
fn by_day<T: Copy + Ord + Default>(step: Duration, values: &[T]) -> Vec<T> {
    let mut days: Vec<T> = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let ends = (index as u64 + 1).saturating_mul(step.ns());
        let day = (ends.saturating_sub(1) / DAY.ns().max(1)) as usize;
        if days.len() <= day {
            days.resize(day + 1, T::default());
        }
        days[day] = days[day].max(*value);
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of six hours: four a day; what ends at midnight belongs to the day that ends.
    #[test]
    fn each_day_has_its_greatest() {
        assert_eq!(by_day(Duration::hours(6), &[1, 5, 2, 9, 3, 1, 1, 1, 7]), [9, 3, 7]);
        assert!(by_day(Duration::hours(6), &[] as &[u64]).is_empty());
    }
}
