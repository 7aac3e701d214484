//! What is rare: an event of one replication, and how near a replication comes to it.
//!
//! | event | score of a replication | it has happened |
//! |---|---|---|
//! | `rpo > x` | greatest RPO at a failure, "latest processed" [s]; without an end where no point was usable. Up to x the greatest age at any moment: a failure then would have been one | above x |
//! | `rpo_over_time > x` | greatest age of a newest point [s] | above x |
//! | `rto > x` | longest RTO; of a machine that served again by itself or not at all, its time without service [s] | above x |
//! | no usable point | as `rpo` | a machine that was to be protected failed and had none |
//! | no clean point | longest time that damage was hidden [s] | damage was found and no point from before it was left |
//!
//! A replication in which nothing of the kind occurred scores below zero. Only the chosen machines count. How a score ranks what
//! is not yet the event steers the search and does not enter the estimate: a bad ranking makes it slow, not wrong.

use crate::measure::{Failure, Outcome, Recovery};
use crate::units::{Duration, VmId};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    RpoAtFailure(Duration),
    RpoOverTime(Duration),
    Rto(Duration),
    NoUsablePoint,
    NoCleanPoint,
}

/// What happens to any of these machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub what: Happening,
    /// By VM id.
    pub whose: Vec<bool>,
}

/// Of a replication in which nothing of the kind occurred.
const NOTHING: f64 = -1.0;

impl Event {
    /// The score beyond which it has happened.
    pub fn threshold(&self) -> f64 {
        match self.what {
            Happening::RpoAtFailure(limit) | Happening::RpoOverTime(limit) | Happening::Rto(limit) => limit.secs_f64(),
            Happening::NoUsablePoint | Happening::NoCleanPoint => f64::MAX,
        }
    }

    pub fn score(&self, outcome: &Outcome) -> f64 {
        let failures = outcome.failures.iter().filter(|own| self.is_of(own.vm));
        match self.what {
            Happening::RpoAtFailure(_) | Happening::NoUsablePoint => {
                let age = self.age_max(outcome).min(self.threshold());
                failures.filter_map(|own| rpo(outcome, own)).fold(age, f64::max)
            }
            Happening::Rto(_) => greatest(failures.map(|own| without_service(own).secs_f64())),
            Happening::RpoOverTime(_) => self.age_max(outcome),
            Happening::NoCleanPoint => {
                let damages = outcome.damages.iter().filter(|own| self.is_of(own.vm));
                greatest(damages.map(|own| if own.clean.is_some() { own.hidden().secs_f64() } else { f64::INFINITY }))
            }
        }
    }

    /// Greatest age of a newest point [s].
    fn age_max(&self, outcome: &Outcome) -> f64 {
        let ages = outcome.vms.iter().zip(&self.whose).filter(|(_, ours)| **ours);
        greatest(ages.map(|(vm, _)| vm.age_max.secs_f64()))
    }

    /// The outcome of these machines alone, for whoever asks what was in their way.
    pub(super) fn only(&self, mut outcome: Outcome) -> Outcome {
        outcome.failures.retain(|own| self.is_of(own.vm));
        outcome.violations.retain(|own| self.is_of(own.vm));
        outcome
    }

    fn is_of(&self, vm: VmId) -> bool {
        self.whose.get(vm.index()).copied().unwrap_or(false)
    }
}

fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(NOTHING, f64::max)
}

/// As a target judges it: without an end where a machine that was to be protected had no usable point.
fn rpo(outcome: &Outcome, failure: &Failure) -> Option<f64> {
    let wanted = outcome.vms.get(failure.vm.index()).is_some_and(|own| own.wanted_protected);
    failure.rpo_latest_processed.map(Duration::secs_f64).or_else(|| wanted.then_some(f64::INFINITY))
}

fn without_service(failure: &Failure) -> Duration {
    match failure.recovery {
        Recovery::FailedOver(parts) => parts.total(),
        Recovery::WithTheStamp(so_far) | Recovery::Never(so_far) => so_far,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Damage, RtoParts, VmOutcome};
    use crate::units::{Bytes, Timestamp};

    fn failure(vm: u32, rpo: Option<u64>, recovery: Recovery) -> Failure {
        Failure {
            vm: VmId(vm),
            at: Timestamp::from_ns(0),
            rpo_latest: None,
            rpo_latest_processed: rpo.map(Duration::secs),
            rpo_latest_app_consistent: None,
            rpo_custom: None,
            rpo_chosen: None,
            data_lost: None,
            in_cache: Bytes::ZERO,
            at_source: Bytes::ZERO,
            no_point: false,
            held_back: None,
            recovery,
        }
    }

    fn outcome() -> Outcome {
        let vm =
            |age: u64| VmOutcome { wanted_protected: age > 0, age_max: Duration::secs(age), ..VmOutcome::default() };
        let parts = RtoParts { decide: Duration::secs(70), boot: Duration::secs(5), ..RtoParts::default() };
        let (hit, found) = (Timestamp::from_ns(0), Timestamp::from_ns(9_000_000_000));
        Outcome {
            vms: vec![vm(600), vm(900), vm(0)],
            failures: vec![
                failure(0, Some(300), Recovery::FailedOver(parts)),
                failure(1, None, Recovery::WithTheStamp(Duration::secs(80))),
                failure(2, None, Recovery::Never(Duration::secs(99))),
            ],
            damages: vec![
                Damage { vm: VmId(0), at: hit, found_at: found, clean: Some(hit) },
                Damage { vm: VmId(1), at: hit, found_at: found, clean: None },
            ],
            ..Outcome::default()
        }
    }

    fn scored(what: Happening, whose: [bool; 3]) -> f64 {
        Event { what, whose: whose.to_vec() }.score(&outcome())
    }

    #[test]
    fn a_score_is_the_worst_of_the_chosen_machines() {
        let (x, first, all) = (Duration::hours(1), [true, false, false], [true; 3]);
        let short = Duration::minutes(4);
        assert_eq!(scored(Happening::RpoAtFailure(short), first), 300.0);
        assert_eq!(
            scored(Happening::RpoAtFailure(Duration::minutes(8)), first),
            480.0,
            "an age of 600 s, but no failure then"
        );
        assert_eq!(scored(Happening::RpoAtFailure(x), first), 600.0);
        assert_eq!(scored(Happening::RpoAtFailure(x), all), f64::INFINITY, "the second had no point");
        assert_eq!(scored(Happening::RpoAtFailure(x), [false, false, true]), 0.0, "nobody wanted it protected");
        assert_eq!(scored(Happening::RpoOverTime(x), first), 600.0);
        assert_eq!(scored(Happening::RpoOverTime(x), all), 900.0);
        assert_eq!(scored(Happening::Rto(x), first), 75.0);
        assert_eq!(scored(Happening::Rto(x), [true, true, false]), 80.0);
        assert_eq!(scored(Happening::Rto(x), all), 99.0);
        assert_eq!(scored(Happening::NoCleanPoint, first), 9.0, "hidden, and a clean point left");
        assert_eq!(scored(Happening::NoCleanPoint, all), f64::INFINITY);
        assert_eq!(scored(Happening::NoCleanPoint, [false, false, true]), NOTHING);
    }

    #[test]
    fn an_event_is_a_score_above_its_threshold() {
        let event = |what| Event { what, whose: vec![true; 3] };
        let happened = |what| event(what).score(&outcome()) > event(what).threshold();
        assert!(happened(Happening::NoUsablePoint) && happened(Happening::NoCleanPoint));
        assert!(happened(Happening::RpoOverTime(Duration::secs(899))));
        assert!(!happened(Happening::RpoOverTime(Duration::secs(900))), "strictly above");
        let only = event(Happening::NoUsablePoint);
        let only = Event { whose: vec![true, false, false], ..only };
        assert_eq!(only.only(outcome()).failures.len(), 1);
    }
}
