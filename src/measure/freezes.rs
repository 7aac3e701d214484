//! What app-consistent points cost the guests: each holds the machine up for the span that its policy assumes.
//!
//! ```text
//! frozen = app-consistent points made in the counted time × `app_consistent_freeze`
//! ```
//! A mark is set only while the machine writes and the agent tracks it in order. One whose data never arrives, because the machine was lost
//! or its changes were thrown away, held the guest up too and is not counted: no fact tells of it. Units: ns.

use super::VmOutcome;
use super::paths::Paths;
use crate::contract::PointRun;
use crate::units::{Timestamp, VmId};

pub(super) struct Freezes {
    /// By VM id: app-consistent points.
    points: Vec<u64>,
    settled_at: Timestamp,
}

impl Freezes {
    pub fn new(paths: &Paths) -> Self {
        Self { points: vec![0; paths.of_vm.len()], settled_at: paths.settled_at }
    }

    pub fn point(&mut self, vm: VmId, mark: Timestamp, app_consistent: bool) {
        self.points[vm.index()] += u64::from(app_consistent && mark >= self.settled_at);
    }

    /// App-consistent marks of a run stand at multiples of its `app_every` since the start of the run.
    pub fn run(&mut self, vm: VmId, run: &PointRun) {
        let Some(every) = run.app_every.map(|every| every.ns()).filter(|every| *every > 0) else { return };
        let from = run.first.max(self.settled_at).ns();
        let before = from.div_ceil(every);
        self.points[vm.index()] += (run.last.ns() / every + 1).saturating_sub(before);
    }

    pub fn close(&self, paths: &Paths, vms: &mut [VmOutcome]) {
        for (index, outcome) in vms.iter_mut().enumerate() {
            outcome.frozen = paths.freeze[index] * self.points[index];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Fact;
    use crate::measure::testing::{at, two_stamps};
    use crate::units::Duration;

    const VM: VmId = VmId(0);

    /// Points each 5 min, app-consistent each 20 min, from `first` to `last` [s]; settled at an hour.
    fn frozen(first: u64, last: u64) -> u64 {
        let mut ledger = two_stamps(1).ledger(Duration::hours(1), Duration::days(1));
        let (every, lag) = (Duration::minutes(5), Duration::secs(40));
        let run = PointRun { first: at(first), last: at(last), every, lag, app_every: Some(Duration::minutes(20)) };
        ledger.record(at(last), &Fact::PointsMade { vm: VM, run });
        ledger.record(at(last + 100), &Fact::PointMade { vm: VM, mark: at(last + 60), app_consistent: true });
        ledger.record(at(last + 200), &Fact::PointMade { vm: VM, mark: at(last + 160), app_consistent: false });
        ledger.close(at(86_400)).vms[0].frozen.ns() / Duration::secs(2).ns() - 1
    }

    #[test]
    fn app_consistent_marks_are_counted_from_settling_to_the_end_of_the_run_both_included() {
        assert_eq!(frozen(0, 7_200), 4, "60, 80, 100 and 120 min");
        assert_eq!(frozen(3_900, 7_100), 2, "80 and 100 min");
        assert_eq!(frozen(4_800, 4_800), 1);
        assert_eq!(frozen(5_100, 5_700), 0);
    }
}
