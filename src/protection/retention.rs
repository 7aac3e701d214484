//! Which recovery points are kept: the rule of retention and pruning.
//!
//! The table of domain facts 4.2 ("all points of the last 2 h, then one per hour") says nothing of its edges. Ours:
//!
//! * Age is counted back from the newest usable point, not from now. So nothing goes while no new point comes, and what is
//!   beyond the window goes with the next one.
//! * A tier takes the ages from the end of the tier before it, included, to its own end, excluded. A point of exactly 2 h
//!   belongs to the hourly tier.
//! * Time since the start of the run is cut into cells of the tier's interval. Of each cell the first point ever made is kept,
//!   and the first app-consistent one: app-consistent points are thinned the same way, by themselves.
//! * The newest usable point is always kept. With a retention of zero it is the only one.
//!
//! With points every 5 minutes that gives 24 + 22 = 46 points at 1 day, 24 + 35 = 59 at 3, 24 + 83 = 107 at 7 and
//! 24 + 83 + 48 = 155 at 15 days, at every moment of a steady state (G11).
//!
//! Invariants: tiers reach further one after another, the last exactly to the retention; each interval is a multiple of the
//! one before (a profile's interval that is not is rounded up), so a point that is dropped once is never wanted again.
//!
//! Inferred: the sources do not say whether a long gap is worked off one point for one; here all that is too old goes at once.

use crate::intent::ReplicationPolicy;
use crate::inventory::Limits;
use crate::inventory::limits::PruningTier;
use crate::units::{Duration, Timestamp};

/// The tiers of one policy, youngest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    tiers: Vec<PruningTier>,
}

/// Marks from `from` to `to`, both included, of which one per `every` is kept (zero: all).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
    pub every: Duration,
}

impl Retention {
    pub fn new(policy: &ReplicationPolicy, limits: &Limits) -> Self {
        let mut tiers: Vec<PruningTier> = Vec::new();
        let mut reached = Duration::ZERO;
        let mut every = Duration::ZERO;
        for tier in limits.tiers(policy.retention) {
            let within = tier.within.min(policy.retention);
            every = multiple_of(tier.every, every);
            if within > reached {
                tiers.push(PruningTier { within, every });
                reached = within;
            }
        }
        match tiers.last_mut() {
            Some(last) => last.within = policy.retention,
            None if policy.retention.is_zero() => {}
            None => tiers.push(PruningTier { within: policy.retention, every }),
        }
        Self { tiers }
    }

    /// The windows of marks when the newest usable mark is `newest`, youngest first.
    pub fn windows(&self, newest: Timestamp) -> impl Iterator<Item = Window> + '_ {
        let begins = std::iter::once(Duration::ZERO).chain(self.tiers.iter().map(|tier| tier.within));
        self.tiers.iter().zip(begins).filter_map(move |(tier, begin)| {
            let to = Timestamp::from_ns(newest.ns().checked_sub(begin.ns())?);
            let from = (newest + Duration::from_ns(1)).saturating_sub(tier.within);
            Some(Window { from, to, every: tier.every })
        })
    }

    /// Interval of the oldest tier: for so long a dropped point may still decide over a younger one of its cell.
    pub fn cell_max(&self) -> Duration {
        self.tiers.last().map_or(Duration::ZERO, |tier| tier.every)
    }
}

fn multiple_of(every: Duration, smaller: Duration) -> Duration {
    if smaller.is_zero() { every } else { smaller * every.ns().div_ceil(smaller.ns()).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::StrategyChoice;
    use crate::inventory::limits::PruningRow;

    const HOUR: Duration = Duration::hours(1);

    fn tiers(retention: Duration, table: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let tier = |(within, every): &(u64, u64)| PruningTier { within: HOUR * *within, every: HOUR * *every };
        let row = PruningRow { up_to: retention, tiers: table.iter().map(tier).collect() };
        let policy = ReplicationPolicy {
            name: "test".to_owned(),
            crash_consistent_every: HOUR,
            app_consistent_every: None,
            app_consistent_freeze: Duration::secs(2),
            retention,
            journal: None,
            rpo_alert: None,
            strategy: StrategyChoice::FixedInterval,
        };
        let kept = Retention::new(&policy, &Limits { pruning: vec![row], ..Limits::default() });
        kept.tiers.iter().map(|tier| (tier.within.ns() / HOUR.ns(), tier.every.ns() / HOUR.ns())).collect()
    }

    #[test]
    fn tiers_end_with_the_retention() {
        assert_eq!(tiers(HOUR * 72, &[(2, 0), (168, 2)]), [(2, 0), (72, 2)]);
        assert_eq!(tiers(HOUR, &[(2, 0), (24, 1)]), [(1, 0)]);
        assert_eq!(tiers(HOUR * 480, &[(2, 0), (168, 2), (360, 4)]), [(2, 0), (168, 2), (480, 4)]);
        assert_eq!(tiers(HOUR * 24, &[]), [(24, 0)], "a profile without pruning keeps everything");
        assert_eq!(tiers(Duration::ZERO, &[(2, 0)]), []);
    }

    #[test]
    fn an_interval_that_is_no_multiple_is_rounded_up() {
        assert_eq!(tiers(HOUR * 90, &[(10, 2), (40, 3), (90, 7)]), [(10, 2), (40, 4), (90, 8)]);
    }

    #[test]
    fn windows_are_half_open_and_stop_at_the_start_of_the_run() {
        let tier = |within, every| PruningTier { within, every };
        let retention = Retention { tiers: vec![tier(HOUR * 2, Duration::ZERO), tier(HOUR * 24, HOUR)] };
        let ns = |windows: Vec<Window>| windows.iter().map(|w| (w.from.ns(), w.to.ns())).collect::<Vec<_>>();
        let h = HOUR.ns();
        let late = ns(retention.windows(Timestamp::from_ns(30 * h)).collect());
        assert_eq!(late, [(28 * h + 1, 30 * h), (6 * h + 1, 28 * h)]);
        let early = ns(retention.windows(Timestamp::from_ns(3 * h)).collect());
        assert_eq!(early, [(h + 1, 3 * h), (0, h)]);
        assert_eq!(ns(retention.windows(Timestamp::from_ns(h)).collect()), [(0, h)]);
    }
}
