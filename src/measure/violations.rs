//! Violations: maximal intervals in which the age of a VM's newest point is beyond its tightest RPO target.
//!
//! The age grows by one per second between usable points, so the target is crossed at `mark + target`. Intervals that
//! touch are one. All are counted; the worst by greatest age are kept, at most `KEPT`, with what stood in the way.
//! Unit: ns. Sources: house 3.12; users' wish for an explanation of each violation.

use super::causes::Causes;
use super::paths::Paths;
use super::{Violation, ViolationCause};
use crate::units::{Duration, Timestamp, VmId};

/// Worst violations kept of one replication.
const KEPT: usize = 32;

/// A violation that may still grow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    begin: Timestamp,
    end: Timestamp,
    age_max: Duration,
    backlog_since: Timestamp,
}

/// One stretch of time beyond the target, as the ages find it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub begin: Timestamp,
    pub end: Timestamp,
    pub age_max: Duration,
    /// When the newest point of that time had been made usable.
    pub backlog_since: Timestamp,
}

#[derive(Default)]
pub(super) struct Violations {
    pub count: u64,
    /// Sorted, worst first.
    worst: Vec<Violation>,
}

impl Violations {
    /// Another stretch of this VM: longer, or a new violation. Returns whether a new one began.
    pub fn stretch(
        &mut self,
        vm: VmId,
        open: &mut Option<Open>,
        stretch: Stretch,
        causes: &Causes,
        paths: &Paths,
    ) -> bool {
        if let Some(running) = open.as_mut()
            && running.end == stretch.begin
        {
            running.end = stretch.end;
            running.age_max = running.age_max.max(stretch.age_max);
            return false;
        }
        self.close(vm, open, causes, paths);
        self.count += 1;
        let Stretch { begin, end, age_max, backlog_since } = stretch;
        *open = Some(Open { begin, end, age_max, backlog_since });
        true
    }

    /// The violation is over, if there was one: it is kept when it is among the worst.
    pub fn close(&mut self, vm: VmId, open: &mut Option<Open>, causes: &Causes, paths: &Paths) {
        let Some(open) = open.take() else { return };
        let rank = |v: &Violation| (std::cmp::Reverse(v.age_max), v.begin, v.vm);
        let key = (std::cmp::Reverse(open.age_max), open.begin, vm);
        if self.worst.len() == KEPT && self.worst.last().is_some_and(|least| rank(least) <= key) {
            return;
        }
        let (cause, cause_since) = explain(causes, paths, vm, &open);
        let violation = Violation {
            vm,
            begin: open.begin,
            end: open.end,
            age_max: open.age_max,
            target: paths.rpo_target[vm.index()].unwrap_or(Duration::MAX),
            backlog_since: open.backlog_since,
            cause,
            cause_since,
        };
        let place = self.worst.partition_point(|kept| rank(kept) < key);
        self.worst.insert(place, violation);
        self.worst.truncate(KEPT);
    }

    pub fn into_worst(self) -> Vec<Violation> {
        self.worst
    }
}

/// In force when the backlog began, else at any time until it ended.
fn explain(causes: &Causes, paths: &Paths, vm: VmId, open: &Open) -> (Option<ViolationCause>, Timestamp) {
    let found = causes
        .explain(paths, vm, open.backlog_since, open.begin)
        .or_else(|| causes.explain(paths, vm, open.backlog_since, open.end));
    found.map_or((None, open.backlog_since), |(cause, since)| (Some(cause), since))
}
