//! Health of one VM: what troubles it, what is shown, which alarms are up.
//!
//! ```text
//!  Critical  unrecoverable · stuck · difflog timed out · no heartbeat · no recent point
//!  Warning   resync runs or waits · write order lost · fallen behind
//! ```
//!
//! The first that holds, in this order, is the reason shown. Troubles matter only while the VM replicates; in other phases
//! health does not apply and reads Normal (domain facts 7, "Not applicable (failed over)").
//!
//! Invariants: `HealthChanged` is recorded only when something changed; each alarm is raised once and cleared once.
//! Thresholds: `limits.heartbeat_lost_after` (15 min), `no_point_critical_after` (60 min), `no_progress_critical_after`.
//! Source: domain facts 7 and 11, row 21 (siblings).

use crate::contract::{AlarmKind, Fact, Health, HealthReason, Phase};
use crate::protection::deadlines::Reason;
use crate::protection::desk::Desk;
use crate::protection::protected_vm::ProtectedVm;

/// What troubles a VM now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Troubles {
    pub appliance_silent: bool,
    pub agent_silent: bool,
    /// Its alarm is up as long as this holds; the same for the next two.
    pub no_point: bool,
    pub stuck: bool,
    pub difflog_timed_out: bool,
    pub unrecoverable: bool,
    pub resyncing: bool,
    pub order_lost: bool,
    pub behind: bool,
}

impl Troubles {
    /// Health and the reason for it, while replicating.
    pub fn verdict(&self) -> (Health, HealthReason) {
        let critical = [
            (self.unrecoverable, HealthReason::Unrecoverable),
            (self.stuck, HealthReason::ReplicationStuck),
            (self.difflog_timed_out, HealthReason::DifflogTimedOut),
            (self.appliance_silent || self.agent_silent, HealthReason::NoHeartbeat),
            (self.no_point, HealthReason::NoRecentPoint),
        ];
        let warning = [
            (self.resyncing, HealthReason::ResyncRunning),
            (self.order_lost, HealthReason::OrderLost),
            (self.behind, HealthReason::BacklogGrows),
        ];
        let first = |troubles: &[(bool, HealthReason)]| troubles.iter().find(|(holds, _)| *holds).map(|(_, why)| *why);
        match (first(&critical), first(&warning)) {
            (Some(why), _) => (Health::Critical, why),
            (None, Some(why)) => (Health::Warning, why),
            (None, None) => (Health::Normal, HealthReason::AllWell),
        }
    }
}

/// Whether health applies: the VM replicates, one way or the other.
pub(super) fn applies(phase: Phase) -> bool {
    match phase {
        Phase::InitialReplication | Phase::Protected | Phase::ReverseReplication | Phase::ProtectedReverse => true,
        Phase::Unprotected
        | Phase::UnprotectedDirty
        | Phase::Enabling
        | Phase::EnablingFailed
        | Phase::FailingOver
        | Phase::FailoverFailed
        | Phase::FailedOver
        | Phase::ChangingPoint
        | Phase::Committing
        | Phase::Committed
        | Phase::Reprotecting
        | Phase::ReprotectFailed
        | Phase::FailingBack
        | Phase::FailbackFailed
        | Phase::FailedBack
        | Phase::CancellingFailback
        | Phase::CommittingFailback
        | Phase::FailedBackCommitted
        | Phase::Disabling
        | Phase::DisablingFailed
        | Phase::Abandoned => false,
    }
}

/// Records the VM's health if it is not what was shown last.
pub(super) fn refresh(desk: &mut Desk, vm: &mut ProtectedVm) {
    let verdict = if applies(vm.phase) { vm.troubles.verdict() } else { (Health::Normal, HealthReason::AllWell) };
    if verdict != vm.shown_health {
        vm.shown_health = verdict;
        desk.fact(Fact::HealthChanged { vm: vm.id, health: verdict.0, reason: verdict.1 });
    }
}

/// No recovery point for too long.
pub(super) fn no_point(desk: &mut Desk, vm: &mut ProtectedVm) {
    if !std::mem::replace(&mut vm.troubles.no_point, true) {
        desk.alarm(AlarmKind::NoPoint(vm.id));
        refresh(desk, vm);
    }
}

/// Points come again.
pub(super) fn points_again(desk: &mut Desk, vm: &mut ProtectedVm) {
    if std::mem::take(&mut vm.troubles.no_point) {
        desk.alarm_cleared(AlarmKind::NoPoint(vm.id));
    }
    refresh(desk, vm);
}

/// A copy makes no progress and will not without an operator.
pub(super) fn stuck(desk: &mut Desk, vm: &mut ProtectedVm) {
    if !std::mem::replace(&mut vm.troubles.stuck, true) {
        desk.alarm(AlarmKind::Stuck(vm.id));
    }
    refresh(desk, vm);
}

/// The difflog grew too old and was thrown away.
pub(super) fn difflog_timed_out(desk: &mut Desk, vm: &mut ProtectedVm) {
    if !std::mem::replace(&mut vm.troubles.difflog_timed_out, true) {
        desk.alarm(AlarmKind::DifflogTimedOut(vm.id));
    }
    refresh(desk, vm);
}

/// A resync made source and replica equal again.
pub(super) fn synchronised(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.troubles.resyncing = false;
    clear_stuck(desk, vm);
    if std::mem::take(&mut vm.troubles.difflog_timed_out) {
        desk.alarm_cleared(AlarmKind::DifflogTimedOut(vm.id));
    }
    refresh(desk, vm);
}

fn clear_stuck(desk: &mut Desk, vm: &mut ProtectedVm) {
    if std::mem::take(&mut vm.troubles.stuck) {
        desk.alarm_cleared(AlarmKind::Stuck(vm.id));
    }
}

/// Replication of the VM ends, for good or for a failover: alarms go down, deadlines are forgotten.
pub(super) fn stand_down(desk: &mut Desk, vm: &mut ProtectedVm) {
    for reason in [
        Reason::NoPoint(vm.id),
        Reason::NoProgress(vm.id),
        Reason::Difflog(vm.id),
        Reason::RpoAlert(vm.id),
        Reason::ResyncWindow(vm.id),
    ] {
        desk.deadlines.clear(reason);
    }
    points_again(desk, vm);
    synchronised(desk, vm);
    let Troubles { appliance_silent, agent_silent, .. } = vm.troubles;
    vm.troubles = Troubles { appliance_silent, agent_silent, ..Troubles::default() };
    refresh(desk, vm);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_troubles_hide_warnings_and_the_worst_comes_first() {
        let calm = Troubles::default();
        let behind = Troubles { behind: true, ..calm };
        let resyncing = Troubles { resyncing: true, ..behind };
        let silent = Troubles { agent_silent: true, ..resyncing };
        let stuck = Troubles { stuck: true, ..silent };
        for (troubles, health, reason) in [
            (calm, Health::Normal, HealthReason::AllWell),
            (behind, Health::Warning, HealthReason::BacklogGrows),
            (resyncing, Health::Warning, HealthReason::ResyncRunning),
            (silent, Health::Critical, HealthReason::NoHeartbeat),
            (stuck, Health::Critical, HealthReason::ReplicationStuck),
        ] {
            assert_eq!(troubles.verdict(), (health, reason));
        }
    }
}
