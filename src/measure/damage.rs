//! Damage found late: is a point from before it still kept when it is found, and how old is it by then?
//!
//! ```text
//! clean point ──gap──▶ damaged ────────────hidden────────────▶ found: everything since the clean point is lost
//! ```
//! Points go with age, the clean ones first. Only what is found within the run can be judged; the rest is counted. What
//! became of a machine that was failed over meanwhile is not followed: its points from before are what they are.
//! Units: ns. Source: methods P28.

use super::Damage;
use super::paths::Paths;
use crate::units::{Timestamp, VmId};

#[derive(Default)]
pub(super) struct Damages {
    /// Machine, since when, and when it was found.
    open: Vec<(VmId, Timestamp, Option<Timestamp>)>,
    known: Vec<Damage>,
}

impl Damages {
    pub fn damaged(&mut self, vm: VmId, at: Timestamp) {
        self.open.push((vm, at, None));
    }

    pub fn found(&mut self, vm: VmId, since: Timestamp, at: Timestamp) {
        if let Some(open) = self.open.iter_mut().find(|(own, begun, _)| (*own, *begun) == (vm, since)) {
            open.2 = Some(at);
        }
    }

    /// The list of points was looked at: `clean` is the newest from before the damage.
    pub fn looked_up(&mut self, vm: VmId, since: Timestamp, clean: Option<Timestamp>) {
        let place = self.open.iter().position(|(own, begun, found)| (*own, *begun) == (vm, since) && found.is_some());
        if let Some((vm, at, Some(found_at))) = place.map(|place| self.open.remove(place)) {
            self.known.push(Damage { vm, at, found_at, clean });
        }
    }

    /// What counts, in order of time, and how many protected machines were damaged and not known to be so by the end.
    pub fn close(mut self, paths: &Paths) -> (Vec<Damage>, u64) {
        self.known.retain(|damage| damage.at >= paths.settled_at);
        self.known.sort_by_key(|damage| (damage.at, damage.vm));
        let protected = |vm: VmId| paths.of_vm[vm.index()].is_some();
        let hidden = self.open.iter().filter(|(vm, at, _)| *at >= paths.settled_at && protected(*vm)).count();
        (self.known, hidden as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, two_stamps};
    use super::*;
    use crate::contract::Fact;
    use crate::measure::Outcome;
    use crate::units::Duration;

    const VM: VmId = VmId(0);

    fn told(facts: &[(u64, Fact)]) -> Outcome {
        let mut ledger = two_stamps(2).ledger(Duration::secs(100), Duration::days(1));
        facts.iter().for_each(|(seconds, fact)| ledger.record(at(*seconds), fact));
        ledger.close(at(10_000))
    }

    #[test]
    fn a_damage_is_known_once_the_points_were_looked_at() {
        let (since, mark) = (at(1_000), Some(at(900)));
        let outcome = told(&[
            (1_000, Fact::Damaged { vm: VM }),
            (1_000, Fact::Damaged { vm: VmId(1) }),
            (5_000, Fact::DamageFound { vm: VM, since }),
            (5_000, Fact::PointLookedUp { vm: VM, before: since, mark }),
        ]);
        let [damage] = outcome.damages.as_slice() else { panic!("{:?}", outcome.damages) };
        assert_eq!(
            (damage.hidden(), damage.gap(), damage.age()),
            (Duration::secs(4_000), Some(Duration::secs(100)), Some(Duration::secs(4_100)))
        );
        assert_eq!(outcome.damages_hidden, 1, "the other one is not found within the run");
    }

    #[test]
    fn what_was_damaged_while_settling_does_not_count() {
        let since = at(50);
        let outcome = told(&[
            (50, Fact::Damaged { vm: VM }),
            (500, Fact::DamageFound { vm: VM, since }),
            (500, Fact::PointLookedUp { vm: VM, before: since, mark: None }),
        ]);
        assert_eq!((outcome.damages.len(), outcome.damages_hidden), (0, 0));
    }
}
