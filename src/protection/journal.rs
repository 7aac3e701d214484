//! The journal: a bound on what the points of one VM may keep [bytes], beside the hours of its retention.
//!
//! ```text
//!  every so often: tell which points are held ─► read what each keeps ─► beyond the bound: the oldest go until it fits
//! ```
//! A point keeps the distinct part of what was written until the next one, so the window that fits is as long as the machine
//! writes slowly: `bound / rate of distinct writes` where that is shorter than the hours. When there is room again the window grows
//! with time until the hours are full.
//!
//! Assumptions: the size of what points keep is looked at once per interval (`look_every`); between two looks points may keep more than the bound;
//! the newest point always stays; nothing warns beforehand.
//!
//! Invariant: after a look the points fit, or one is left; no point goes that could have stayed.

use crate::contract::{Effect, Fact};
use crate::intent::Journal;
use crate::protection::deadlines::Reason;
use crate::protection::delta_replication;
use crate::protection::desk::{Desk, Lane};
use crate::protection::protected_vm::ProtectedVm;
use crate::units::{Bytes, Timestamp};

/// Points are owed: looks begin, where the policy has a bound.
pub(super) fn watch(desk: &mut Desk, vm: &ProtectedVm) {
    if let Some(Journal { look_every, .. }) = desk.policy(vm.id).journal {
        desk.deadlines.set(Reason::Journal(vm.id), desk.now + look_every);
    }
}

/// The points are gone: nothing is left to look at.
pub(super) fn end(desk: &mut Desk, vm: &mut ProtectedVm) {
    desk.deadlines.clear(Reason::Journal(vm.id));
    desk.give_up(vm, Lane::Journal);
    vm.journal_full_since = None;
}

/// It is time for a look.
pub(super) fn due(desk: &mut Desk, vm: &mut ProtectedVm) {
    if !vm.keeps_points {
        return;
    }
    if vm.newest_point(desk.heard).is_none() || vm.waits_for.place(Lane::Journal).is_some() {
        return watch(desk, vm);
    }
    delta_replication::hold_points(desk, vm);
    desk.ask(vm, Lane::Journal, |op, vm| Effect::ReadPoints { op, vm });
}

/// What each point but the newest keeps, oldest first.
pub(super) fn looked(desk: &mut Desk, vm: &mut ProtectedVm, kept: &[(Timestamp, Bytes)]) {
    watch(desk, vm);
    let (Some(Journal { at_most, .. }), Some(newest)) = (desk.policy(vm.id).journal, vm.newest_point(desk.heard))
    else {
        return;
    };
    let (oldest, bytes) = that_fit(kept, newest.mark, at_most);
    if kept.first().is_none_or(|(first, _)| *first >= oldest) {
        vm.journal_full_since = None;
        return;
    }
    let since = *vm.journal_full_since.get_or_insert(desk.now);
    vm.chain_mut().drop_before(oldest);
    delta_replication::hold_points(desk, vm);
    let window = newest.mark.saturating_since(oldest);
    desk.fact(Fact::JournalCut { vm: vm.id, since, oldest, window, kept: bytes });
}

/// The oldest point that may stay so that all from it on keep at most `at_most`, and what they keep. `kept`: the points before the
/// newest, oldest first.
fn that_fit(kept: &[(Timestamp, Bytes)], newest: Timestamp, at_most: Bytes) -> (Timestamp, Bytes) {
    let (mut oldest, mut sum) = (newest, Bytes::ZERO);
    for (mark, bytes) in kept.iter().rev() {
        if sum + *bytes > at_most {
            break;
        }
        (oldest, sum) = (*mark, sum + *bytes);
    }
    (oldest, sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: u64) -> Timestamp {
        Timestamp::from_ns(ns)
    }

    #[test]
    fn the_oldest_go_until_the_rest_fits_and_the_newest_stays() {
        let kept = [(at(1), Bytes(10)), (at(2), Bytes(20)), (at(3), Bytes(5))];
        let fit = |at_most| that_fit(&kept, at(4), Bytes(at_most));
        assert_eq!(fit(35), (at(1), Bytes(35)));
        assert_eq!(fit(34), (at(2), Bytes(25)));
        assert_eq!(fit(24), (at(3), Bytes(5)));
        assert_eq!(fit(4), (at(4), Bytes::ZERO), "20 would fit, but it is older than one that must go");
    }

    proptest! {
        /// The twin drops one by one from the old end.
        #[test]
        fn it_is_what_dropping_one_by_one_leaves(sizes in prop::collection::vec(0_u64..50, 0..40), at_most in 0_u64..400) {
            let kept: Vec<_> = (1_u64..).zip(&sizes).map(|(ns, size)| (at(ns), Bytes(*size))).collect();
            let newest = at(sizes.len() as u64 + 1);
            let mut left = kept.clone();
            while left.iter().map(|(_, bytes)| bytes.0).sum::<u64>() > at_most {
                left.remove(0);
            }
            let twin = left.first().map_or(newest, |(mark, _)| *mark);
            prop_assert_eq!(that_fit(&kept, newest, Bytes(at_most)).0, twin);
        }
    }
}
