//! What the world says: observations for the logic, facts for the record, meters that stand still between changes.
//!
//! A meter is a step function: from the moment of its last change until now it had one value, and that piece is written
//! down when the value changes or the run closes. Units: those of [`Meter`].
//! Invariants: the pieces of one meter touch and never overlap; none has length zero; values that came and went within
//! one instant leave no trace.

use std::collections::{BTreeMap, VecDeque};

use crate::contract::{Fact, Meter, Observation};
use crate::units::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Record {
    facts: VecDeque<(Timestamp, Fact)>,
    observations: VecDeque<Observation>,
    /// Value and the moment since which it stands.
    gauges: BTreeMap<Meter, (u64, Timestamp)>,
}

impl Record {
    pub fn fact(&mut self, now: Timestamp, fact: Fact) {
        self.facts.push_back((now, fact));
    }

    pub fn say(&mut self, observation: Observation) {
        self.observations.push_back(observation);
    }

    pub fn poll_fact(&mut self) -> Option<(Timestamp, Fact)> {
        self.facts.pop_front()
    }

    pub fn poll_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    /// The meter stands at `value` from now on.
    pub fn level(&mut self, now: Timestamp, meter: Meter, value: u64) {
        let gauge = self.gauges.entry(meter).or_insert((value, now));
        let (old, since) = *gauge;
        if old == value {
            return;
        }
        *gauge = (value, now);
        if now > since {
            self.facts.push_back((now, Fact::Level { meter, since, start: old, end: old }));
        }
    }

    /// The meter is looked at now and again: between two looks it is taken for a straight line.
    pub fn ramp(&mut self, now: Timestamp, meter: Meter, value: u64) {
        let (old, since) = *self.gauges.entry(meter).or_insert((value, now));
        if now > since {
            self.facts.push_back((now, Fact::Level { meter, since, start: old, end: value }));
        }
        self.gauges.insert(meter, (value, now));
    }

    /// Ends every open piece.
    pub fn close(&mut self, now: Timestamp) {
        for (meter, (value, since)) in &mut self.gauges {
            if now > *since {
                let piece = Fact::Level { meter: *meter, since: *since, start: *value, end: *value };
                self.facts.push_back((now, piece));
                *since = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Duration, StampId};

    #[test]
    fn pieces_touch_and_what_lasts_no_time_leaves_no_trace() {
        let (mut record, meter) = (Record::default(), Meter::StampVms(StampId(0)));
        let at = |h| Timestamp::START + Duration::hours(h);
        record.level(at(0), meter, 5);
        record.level(at(1), meter, 9);
        record.level(at(1), meter, 6);
        record.level(at(2), meter, 6);
        record.close(at(3));
        record.close(at(3));
        let piece = |since, value| Fact::Level { meter, since, start: value, end: value };
        assert_eq!(record.poll_fact(), Some((at(1), piece(at(0), 5))));
        assert_eq!(record.poll_fact(), Some((at(3), piece(at(1), 6))));
        assert_eq!(record.poll_fact(), None);
    }
}
