//! Consistency groups: the newest mark that every member can be taken back to (domain facts 4.3: "latest multi-VM").
//!
//! Marks stand at multiples of one interval since the start of the run, so members with like policies have marks at the same
//! moments. One is common when every member holds it as a usable point:
//!
//! ```text
//!  sql ──●──●──●──●        newest common = newest of ⋂ held(member)
//!  web ──●──●──●           web lags: the group goes back to its newest, sql loses one interval more than alone
//! ```
//! The first failover with such a choice settles the mark for the whole group. While a member fails over, or has failed over,
//! by that choice, the others take the same mark, whatever has come or gone since: a wave of failovers meets at one moment.
//! A member that does not hold it is refused, or fails; it is never taken back to a point of its own.
//!
//! A machine outside all groups takes the newest point of its own, as the sibling products do. A drill looks for the newest
//! common mark at its own moment and settles nothing.
//!
//! Assumptions: members that are not protected from source to target hold nothing in common with the others; the mark settled
//! is not kept beyond its retention for members that are ordered late; shutting the source down first adds nothing to it,
//! for last changes are cut machine by machine.
//!
//! Cost: O(points held by the members), once per wave. Twin for tests: every mark of every member.

use crate::contract::{Direction, Phase, PointChoice, Refusal};
use crate::protection::desk::Desk;
use crate::protection::protected_vm::ProtectedVm;
use crate::units::{ConsistencyGroupId, Timestamp, VmId};

/// The mark that a group has settled on, as one member sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreement {
    choice: PointChoice,
    pub group: ConsistencyGroupId,
    pub mark: Timestamp,
    /// The member whose newest point was the oldest.
    pub laggard: VmId,
    /// The newest point of this member itself when its failover was ordered.
    pub newest: Timestamp,
}

/// Which point is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One of the VM's own.
    Own(PointChoice),
    Common(Agreement),
    /// A common one, and there is none.
    NothingCommon,
}

impl Wanted {
    pub fn agreement(self) -> Option<Agreement> {
        if let Wanted::Common(agreement) = self { Some(agreement) } else { None }
    }

    /// Why an order is refused that finds no such point.
    pub fn refusal(self) -> Refusal {
        match self {
            Wanted::Own(_) => Refusal::NoRecoveryPoint,
            Wanted::Common(_) | Wanted::NothingCommon => Refusal::NoCommonPoint,
        }
    }
}

/// The point of a failover, or of a change of point, of this VM: the mark that a wave holds to, else the newest common one.
pub(super) fn agree(desk: &Desk, vms: &[ProtectedVm], vm: VmId, choice: PointChoice) -> Wanted {
    let Some((_, members)) = group_of(desk, vm, choice) else { return Wanted::Own(choice) };
    let settled = members.iter().find_map(|member| holds_to(&vms[member.index()], choice));
    match settled {
        Some(other) => {
            let newest = vms[vm.index()].newest_point(desk.heard).map_or(other.mark, |point| point.mark);
            Wanted::Common(Agreement { newest, ..other })
        }
        None => for_a_drill(desk, vms, vm, choice),
    }
}

/// The point of a test failover of this VM: the newest common one, whatever others hold to.
pub(super) fn for_a_drill(desk: &Desk, vms: &[ProtectedVm], vm: VmId, choice: PointChoice) -> Wanted {
    let Some((group, members)) = group_of(desk, vm, choice) else { return Wanted::Own(choice) };
    let app_only = choice == PointChoice::LatestMultiVmAppConsistent;
    let held: Vec<Vec<Timestamp>> = members.iter().map(|member| held(desk, &vms[member.index()], app_only)).collect();
    let newest = |marks: &Vec<Timestamp>| marks.last().copied();
    let laggard = members.iter().zip(&held).min_by_key(|(_, marks)| newest(marks)).map(|(member, _)| *member);
    let own = members.iter().position(|member| *member == vm).and_then(|place| newest(&held[place]));
    match (newest_common(&held), laggard, own) {
        (Some(mark), Some(laggard), Some(newest)) => Wanted::Common(Agreement { choice, group, mark, laggard, newest }),
        _ => Wanted::NothingCommon,
    }
}

/// The group of a VM, when a common point is asked for.
fn group_of(desk: &Desk, vm: VmId, choice: PointChoice) -> Option<(ConsistencyGroupId, &[VmId])> {
    match choice {
        PointChoice::LatestMultiVm | PointChoice::LatestMultiVmAppConsistent => {
            desk.intent.consistency_group(vm).map(|(id, group)| (id, group.vms.as_slice()))
        }
        PointChoice::Latest
        | PointChoice::LatestProcessed
        | PointChoice::LatestAppConsistent
        | PointChoice::Custom(_) => None,
    }
}

/// What the member is, or is being, taken back to, if that was settled for this choice.
fn holds_to(member: &ProtectedVm, choice: PointChoice) -> Option<Agreement> {
    let on_the_way = matches!(
        member.phase,
        Phase::FailingOver | Phase::FailedOver | Phase::ChangingPoint | Phase::Committing | Phase::Committed
    );
    member.agreement.filter(|agreement| on_the_way && agreement.choice == choice)
}

/// Marks of the points that the member could be taken back to, oldest first.
fn held(desk: &Desk, member: &ProtectedVm, app_only: bool) -> Vec<Timestamp> {
    let chain = member.chain.as_ref().filter(|_| member.direction == Direction::Forward);
    let points = chain.map_or(Vec::new(), |chain| chain.points(desk.heard));
    points.iter().filter(|point| point.app_consistent || !app_only).map(|point| point.mark).collect()
}

/// The newest mark in all of the lists, each rising.
fn newest_common(held: &[Vec<Timestamp>]) -> Option<Timestamp> {
    let mut mark = Timestamp::NEVER;
    loop {
        let before = mark;
        for marks in held {
            let until = marks.partition_point(|own| *own <= mark);
            mark = marks[..until].last().copied()?;
        }
        if mark == before {
            return Some(mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: u64) -> Timestamp {
        Timestamp::from_ns(ns)
    }

    #[test]
    fn the_laggard_sets_the_mark_and_a_gap_in_one_list_goes_further_back() {
        let common = |lists: &[&[u64]]| {
            let lists: Vec<Vec<Timestamp>> = lists.iter().map(|list| list.iter().map(|ns| at(*ns)).collect()).collect();
            newest_common(&lists).map(Timestamp::ns)
        };
        assert_eq!(common(&[&[5, 10, 15, 20], &[5, 10, 15]]), Some(15));
        assert_eq!(common(&[&[5, 10, 20], &[5, 15, 20, 25], &[5, 10, 15, 25]]), Some(5));
        assert_eq!(common(&[&[10, 20], &[5, 15]]), None);
        assert_eq!(common(&[&[5, 10], &[]]), None);
    }

    proptest! {
        /// The twin looks at every mark of every member.
        #[test]
        fn it_is_the_newest_of_all_marks_that_every_list_holds(
            lists in prop::collection::vec(prop::collection::btree_set(0_u64..40, 0..30), 1..5),
        ) {
            let twin = (0..40).rev().find(|ns| lists.iter().all(|list| list.contains(ns)));
            let held: Vec<Vec<Timestamp>> =
                lists.iter().map(|list| list.iter().map(|ns| at(*ns)).collect()).collect();
            prop_assert_eq!(newest_common(&held), twin.map(at));
        }
    }
}
