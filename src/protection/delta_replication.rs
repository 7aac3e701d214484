//! Delta replication: the stream of writes, and the points it makes (domain facts 2.2, row 5; 3.5; 4).
//!
//! ```text
//!  start ──► keeping up ◄──────────────────────┐      points by rule, nothing is said
//!               │ fell behind                  │ keeping up
//!               ▼                              │
//!            each mark is reported by itself ──┘
//!               │ last applied mark older than the difflog limit
//!               ▼
//!            look at the backlog ──► something in the cache is that old: time-out, discard, resync
//! ```
//!
//! A point is usable once its mark is applied on all disks. While points come by rule no deadline runs for the VM; as soon
//! as they do not, three do: the difflog's age, the age of the newest point (Critical, alarm), the policy's alert.
//!
//! Assumptions: the RPO alert is said once until a point is young enough again; when write order is lost, marks later than
//! the loss are worthless even if they are reported; "no point for 60 min" counts from the moment the newest became usable.

use crate::contract::{Effect, Fact, Marks, PointRun, Warning};
use crate::protection::deadlines::Reason;
use crate::protection::desk::{Answer, Desk, Lane};
use crate::protection::health;
use crate::protection::journal;
use crate::protection::protected_vm::ProtectedVm;
use crate::protection::recovery_points::RecoveryPoint;
use crate::protection::resynchronization;
use crate::protection::strategies::StrategySpec;
use crate::protection::strategy::{PointView, RecoveryPointStrategy};
use crate::units::{Duration, Timestamp};

/// Starts the stream in the VM's direction. From now on points are owed.
pub(super) fn start_stream(desk: &mut Desk, vm: &mut ProtectedVm) {
    // Nothing is late yet.
    ask_strategy(desk, vm, Some(Duration::ZERO));
    let policy = desk.policy(vm.id);
    let grid = StrategySpec::from(&policy.strategy).grid(policy);
    let marks = Marks { crash_every: grid, app_every: vm.marks.app_every };
    desk.effect(Effect::StartStream { vm: vm.id, direction: vm.direction, marks });
    vm.streaming = true;
    vm.replica_consistent = true;
    vm.keeps_points = true;
    vm.order_lost_since = None;
    vm.points_owed_since = desk.now;
    watch_points(desk, vm);
    watch_difflog(desk, vm, desk.now);
    journal::watch(desk, vm);
}

/// Asks the VM's strategy; `lag`: how long marks take by rule. No run of points may be open: it would go on by the old rule.
fn ask_strategy(desk: &Desk, vm: &mut ProtectedVm, lag: Option<Duration>) {
    let policy = desk.policy(vm.id);
    let newest = vm.newest_point(desk.heard);
    let last = || newest.map(|point| point.usable_at.saturating_since(point.mark));
    let view = PointView { now: desk.now, vm: vm.id, policy, newest, keeps_up: lag.is_some(), lag: lag.or_else(last) };
    vm.marks = StrategySpec::from(&policy.strategy).marks(&view);
}

/// Stops the stream; what is in the cache is still applied, so points may still come.
pub(super) fn stop_stream(desk: &mut Desk, vm: &mut ProtectedVm) {
    if !std::mem::take(&mut vm.streaming) {
        return;
    }
    close_run(desk, vm);
    desk.effect(Effect::StopStream { vm: vm.id });
    desk.give_up(vm, Lane::Backlog);
    desk.deadlines.clear(Reason::Difflog(vm.id));
    vm.order_lost_since = None;
    vm.troubles.order_lost = false;
    vm.troubles.behind = false;
    watch_points(desk, vm);
    health::refresh(desk, vm);
}

/// From `from_mark` on every mark is applied `lag` after it was cut.
pub(super) fn keeping_up(desk: &mut Desk, vm: &mut ProtectedVm, from_mark: Timestamp, lag: Duration) {
    if !vm.streaming {
        return;
    }
    let alert = desk.policy(vm.id).rpo_alert;
    if vm.chain_mut().running() {
        end_run(desk, vm, from_mark.saturating_sub(Duration::from_ns(1)));
    }
    ask_strategy(desk, vm, Some(lag));
    let Marks { crash_every: every, app_every } = vm.marks;
    vm.chain_mut().begin_run(from_mark, every, lag, app_every);
    for reason in [Reason::NoPoint(vm.id), Reason::Difflog(vm.id), Reason::RpoAlert(vm.id)] {
        desk.deadlines.clear(reason);
    }
    vm.troubles.behind = false;
    health::points_again(desk, vm);
    let age = every + lag;
    match alert {
        Some(alert) if age > alert => rpo_alert(desk, vm, age),
        Some(_) | None => vm.rpo_alerted = false,
    }
}

/// Marks after `last_mark` are no longer applied on time.
pub(super) fn fell_behind(desk: &mut Desk, vm: &mut ProtectedVm, last_mark: Timestamp) {
    if !vm.keeps_points {
        return;
    }
    if vm.chain_mut().running() {
        end_run(desk, vm, last_mark);
    }
    if !vm.streaming {
        return;
    }
    vm.troubles.behind = true;
    health::refresh(desk, vm);
    watch_points(desk, vm);
    watch_difflog(desk, vm, last_mark);
    ask_strategy(desk, vm, None);
}

/// One mark is applied on all disks.
pub(super) fn mark_applied(desk: &mut Desk, vm: &mut ProtectedVm, mark: Timestamp) {
    let worthless = vm.order_lost_since.is_some_and(|since| mark > since);
    let known = vm.last_point.is_some_and(|last| mark <= last.mark);
    if !vm.keeps_points || worthless || known || vm.chain_mut().running() {
        return;
    }
    if at_multiple(mark, Some(vm.marks.crash_every)) {
        let app_consistent = at_multiple(mark, vm.marks.app_every);
        add_point(desk, vm, mark, app_consistent);
    }
    if vm.streaming {
        watch_difflog(desk, vm, mark);
        ask_strategy(desk, vm, None);
    }
}

/// Everything up to `applied` left the cache; what came later may wait there until its age limit.
fn watch_difflog(desk: &mut Desk, vm: &ProtectedVm, applied: Timestamp) {
    let oldest = applied.max(vm.points_owed_since);
    desk.deadlines.set(Reason::Difflog(vm.id), oldest + desk.limits().difflog_age_max);
}

/// Adds one point that is usable from now on.
fn add_point(desk: &mut Desk, vm: &mut ProtectedVm, mark: Timestamp, app_consistent: bool) {
    let usable_at = desk.heard;
    vm.chain_mut().add(mark, usable_at, app_consistent);
    vm.last_point = Some(RecoveryPoint { mark, usable_at, app_consistent });
    desk.fact(Fact::PointMade { vm: vm.id, mark, app_consistent });
    health::points_again(desk, vm);
    watch_points(desk, vm);
}

/// Adds a crash-consistent point unless the mark, or a later one, was reported already.
pub(super) fn add_newer_point(desk: &mut Desk, vm: &mut ProtectedVm, mark: Timestamp) {
    if vm.last_point.is_none_or(|last| last.mark < mark) {
        add_point(desk, vm, mark, false);
    }
}

/// A mark that was cut by order is applied, and the stream goes on. Beside a run of points by rule it adds nothing, and if
/// write order was lost at any time between cut and answer it is no point: what waited with it came in any order.
pub(super) fn mark_seen(desk: &mut Desk, vm: &mut ProtectedVm, mark: Timestamp) {
    if vm.order_lost_since.is_some() || vm.order_restored_at.is_some_and(|restored| restored >= mark) {
        return;
    }
    if !vm.chain_mut().running() {
        add_newer_point(desk, vm, mark);
    }
}

/// A mark that was cut after the machine had stopped is applied, so everything is, in whatever order it came; nothing follows
/// it: an open run ends.
pub(super) fn mark_cut(desk: &mut Desk, vm: &mut ProtectedVm, mark: Timestamp) {
    close_run(desk, vm);
    add_newer_point(desk, vm, mark);
}

/// The agent keeps only a bitmap since then.
pub(super) fn order_lost(desk: &mut Desk, vm: &mut ProtectedVm, since: Timestamp) {
    if !vm.streaming {
        return;
    }
    // What was marked before still arrives in order; nothing later does, however late we learn of it.
    if vm.chain_mut().running() {
        let every = vm.marks.crash_every.ns().max(1);
        let before = since.ns().saturating_sub(1) / every * every;
        end_run(desk, vm, Timestamp::from_ns(before));
    }
    vm.order_lost_since = Some(since);
    vm.troubles.order_lost = true;
    watch_points(desk, vm);
    let newest = vm.last_point.map_or(Timestamp::START, |point| point.mark);
    watch_difflog(desk, vm, newest);
    health::refresh(desk, vm);
}

pub(super) fn order_restored(desk: &mut Desk, vm: &mut ProtectedVm) {
    vm.order_lost_since = None;
    vm.order_restored_at = Some(desk.heard);
    vm.troubles.order_lost = false;
    health::refresh(desk, vm);
}

/// Ends an open run of points with the newest that was usable when the present input was said: what stands unread in the mail
/// may end the run at any later moment.
pub(super) fn close_run(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.chain.as_ref().is_some_and(|chain| chain.running()) {
        let newest = vm.newest_point(desk.heard).map_or(Timestamp::START, |point| point.mark);
        end_run(desk, vm, newest);
    }
}

fn end_run(desk: &mut Desk, vm: &mut ProtectedVm, last_mark: Timestamp) {
    let Some(run) = vm.chain_mut().end_run(last_mark) else { return };
    let PointRun { last, lag, app_every, .. } = run;
    let app_consistent = at_multiple(last, app_every);
    vm.last_point = Some(RecoveryPoint { mark: last, usable_at: last + lag, app_consistent });
    desk.fact(Fact::PointsMade { vm: vm.id, run });
}

/// Whether `mark` stands at a multiple of the interval.
fn at_multiple(mark: Timestamp, every: Option<Duration>) -> bool {
    every.is_some_and(|every| !every.is_zero() && mark.ns().is_multiple_of(every.ns()))
}

/// Tells the platform which points are held: what they keep is charged as snapshots.
pub(super) fn hold_points(desk: &mut Desk, vm: &ProtectedVm) {
    let marks = vm.chain.as_ref().map_or(Vec::new(), |chain| chain.held(desk.heard));
    if vm.keeps_points && !marks.is_empty() {
        desk.effect(Effect::HoldPoints { vm: vm.id, marks });
    }
}

/// Drops every point of the VM: commit, disable, loss of the vault.
pub(super) fn drop_points(desk: &mut Desk, vm: &mut ProtectedVm) {
    close_run(desk, vm);
    journal::end(desk, vm);
    vm.keeps_points = false;
    vm.last_point = None;
    let Some(chain) = vm.chain.as_mut() else { return };
    chain.clear();
    desk.effect(Effect::HoldPoints { vm: vm.id, marks: Vec::new() });
    desk.fact(Fact::PointsDropped { vm: vm.id });
}

/// Sets the deadlines of the next point, unless points come by rule or are not owed.
pub(super) fn watch_points(desk: &mut Desk, vm: &mut ProtectedVm) {
    if !health::applies(vm.phase) || vm.chain_mut().running() {
        return;
    }
    let usable = vm.last_point.map_or(Timestamp::START, |point| point.usable_at).max(vm.points_owed_since);
    desk.deadlines.set(Reason::NoPoint(vm.id), usable + desk.limits().no_point_critical_after);
    let Some(alert) = desk.policy(vm.id).rpo_alert else { return };
    let mark = vm.last_point.map_or(vm.points_owed_since, |point| point.mark);
    if mark + alert > desk.now {
        vm.rpo_alerted = false;
    }
    if !vm.rpo_alerted {
        desk.deadlines.set(Reason::RpoAlert(vm.id), mark + alert);
    }
}

/// The deadline of the policy's alert has come.
pub(super) fn rpo_due(desk: &mut Desk, vm: &mut ProtectedVm) {
    let mark = vm.last_point.map_or(vm.points_owed_since, |point| point.mark);
    let age = desk.now.saturating_since(mark);
    rpo_alert(desk, vm, age);
}

fn rpo_alert(desk: &mut Desk, vm: &mut ProtectedVm, age: Duration) {
    if !std::mem::replace(&mut vm.rpo_alerted, true) {
        desk.warn(vm.id, Warning::RpoAlert { age });
    }
}

/// The difflog may have reached its limit: look before throwing anything away.
pub(super) fn difflog_due(desk: &mut Desk, vm: &mut ProtectedVm) {
    if vm.streaming && health::applies(vm.phase) && vm.waits_for.place(Lane::Backlog).is_none() {
        desk.ask(vm, Lane::Backlog, |op, vm| Effect::ReadBacklog { op, vm });
    }
}

/// What the look at the backlog found.
pub(super) fn backlog_answered(desk: &mut Desk, vm: &mut ProtectedVm, answer: Answer) {
    if !vm.streaming || vm.chain_mut().running() || !health::applies(vm.phase) {
        return;
    }
    let limit = desk.limits().difflog_age_max;
    let next = match answer {
        Answer::Backlog { oldest_in_cache: Some(oldest), .. } if oldest + limit <= desk.now => {
            return resynchronization::difflog_timed_out(desk, vm);
        }
        Answer::Backlog { oldest_in_cache: Some(oldest), .. } => oldest + limit,
        Answer::Backlog { oldest_in_cache: None, .. } => desk.now + limit,
        Answer::Done | Answer::Failed(_) | Answer::Inspected(_) | Answer::Processed { .. } => {
            desk.now + BACKLOG_ASKED_AGAIN_AFTER
        }
    };
    desk.deadlines.set(Reason::Difflog(vm.id), next);
}

/// When nobody could say how old the difflog is (the last step of the back-off, domain facts G24).
const BACKLOG_ASKED_AGAIN_AFTER: Duration = Duration::minutes(30);
