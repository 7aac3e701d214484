//! FLOOR 2: what happened, in numbers. Facts are folded as they come; nothing stores the run.
//!
//! | number | definition | file |
//! |---|---|---|
//! | RPO at a failure | age of the newest usable point (or received byte) at the instant a serving machine is lost | `failures.rs` |
//! | RPO over time | the same age at every moment while the VM is protected and serves, weighted by time | `ages.rs` |
//! | RTO | from that instant until the VM serves on the other stamp; detect, decide, process, create, boot | `failures.rs` |
//! | availability | share of time with an original or a failed-over machine serving | `service.rs` |
//! | guest frozen | app-consistent points × the span that each is assumed to hold the guest up | `freezes.rs` |
//! | occupancy | time-weighted level of each meter, its peak, the phase and the cause in force then | `occupancy.rs` |
//! | damage | found late: is a point from before it left, and how old is it by then | `damage.rs` |
//! | violation | maximal interval in which the age is beyond the VM's tightest RPO target, with its bottleneck | `violations.rs` |
//!
//! Watermark age (bytes received) and recovery-point age (usable points) stand in different distributions and never
//! meet (methods 1.6, 1.14). Nothing before the settling time counts, except peaks of meters and durations.
//! Invariants: memory does not grow with the length of the run (failures and kept violations aside); facts are given
//! in order of time, but runs of points and pieces of levels and ages may be told late and count at their own moments.

mod ages;
mod causes;
mod damage;
mod durations;
mod failures;
mod freezes;
mod names;
mod occupancy;
mod outcome;
mod paths;
mod series;
mod service;
mod situation;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
mod violations;
mod wanted;

pub use causes::Causes;
pub use names::{DRILL_OVERDUE, meter_capacity, meter_name, outage_name};
pub use outcome::{
    ByteSums, CommonPoints, Damage, Durations, Failure, GroupOutcome, LimitHits, MeterOutcome, Outcome, Peak, Recovery,
    RtoParts, RunPhase, Series, SeriesLine, Span, Violation, ViolationCause, VmOutcome,
};
pub use paths::{Path, Paths};

use std::sync::Arc;

use crate::contract::{
    AlarmKind, Cause, Fact, JobKind, LevelPiece, MachineRole, Meter, OutageKind, Phase, PointRun, Refusal,
};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::units::{ConsistencyGroupId, Duration, OutageId, Timestamp, VmId};

use ages::{Ages, Around};
use damage::Damages;
use durations::{LongOperations, Order};
use failures::{Failures, Loss};
use freezes::Freezes;
use occupancy::{Occupancy, Piece};
use series::SeriesKeeper;
use service::Service;
use situation::Situations;
use tally::Tally;

/// Folds the facts of one replication.
pub struct Ledger {
    paths: Paths,
    ages: Ages,
    failures: Failures,
    freezes: Freezes,
    service: Service,
    occupancy: Occupancy,
    situations: Situations,
    causes: Causes,
    damages: Damages,
    operations: LongOperations,
    tally: Tally,
    series: Option<SeriesKeeper>,
    lasts: Duration,
    /// By VM id: shortest window after a cut of the journal.
    journal_window: Vec<Option<Duration>>,
    /// By VM id: protected in some direction, and its serving machine lost.
    protected: Vec<bool>,
    lost: Vec<bool>,
}

impl Ledger {
    /// Begins a record. `settle`: what is not counted at the beginning; `lasts`: planned length of the run.
    pub fn new(inventory: Arc<Inventory>, intent: Arc<Intent>, settle: Duration, lasts: Duration) -> Self {
        let paths = Paths::new(&inventory, &intent, settle);
        let vms = inventory.vms.len();
        Self {
            ages: Ages::new(&paths),
            failures: Failures::new(&paths, None),
            freezes: Freezes::new(&paths),
            service: Service::new(vms, paths.settled_at),
            occupancy: Occupancy::new(&paths),
            situations: Situations::new(&paths),
            causes: Causes::default(),
            damages: Damages::default(),
            operations: LongOperations::new(vms),
            tally: Tally::new(vms),
            series: None,
            lasts,
            journal_window: vec![None; vms],
            protected: vec![false; vms],
            lost: vec![false; vms],
            paths,
        }
    }

    /// Also measures the fourth choice: the newest point at least `older` than the failure.
    pub fn with_custom_point(mut self, older: Duration) -> Self {
        self.failures = Failures::new(&self.paths, Some(older));
        self
    }

    /// Also keeps the lines of the charts (≤ 400 points each); for one replication of a set.
    pub fn with_series(mut self) -> Self {
        self.series = Some(SeriesKeeper::new(&self.paths.meters, self.lasts));
        self
    }

    /// Folds one fact. Facts come in order of time. Runs of points must be told before the record is closed: time after
    /// the newest point that was told counts as growing age.
    pub fn record(&mut self, at: Timestamp, fact: &Fact) {
        self.fold(at, fact);
        if let Some(series) = self.series.as_mut() {
            series.going_on(at, self.situations.going_on());
        }
    }

    fn fold(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::Level { meter, since, start, end } => self.level(at, *meter, *since, *start, *end),
            Fact::Levels { meter, since, pieces } => self.levels(*meter, *since, pieces),
            Fact::Lag { vm, since, received, applied: _ } => {
                self.ages.watermark(*vm, *since, at, *received, &self.paths);
            }
            Fact::PointMade { vm, mark, app_consistent } => self.point(at, *vm, *mark, *app_consistent),
            Fact::PointsMade { vm, run } => self.run(*vm, run),
            Fact::PointsDropped { vm } => self.resolved(|ages, around| ages.dropped(*vm, at, around)),
            Fact::OutageBegan { outage, kind } => self.outage_began(at, *outage, *kind),
            Fact::OutageEnded { outage, kind } => self.outage_ended(at, *outage, *kind),
            Fact::MachineUp { vm, role } => self.machine_up(at, *vm, *role),
            Fact::MachineDown { vm, role } => self.service.turned(*vm, *role, false, at),
            Fact::SourceLost { vm, received, in_cache, at_source } => {
                let role = self.service.role(*vm);
                let (received, in_cache, at_source) = (*received, *in_cache, *at_source);
                self.source_lost(at, Loss { vm: *vm, role, received, in_cache, at_source });
            }
            Fact::DataLost { vm, mark: _, failed_at, bytes } => {
                self.failures.data_lost(*vm, *failed_at, *bytes);
                self.tally.bytes.lost_by_failover += *bytes;
            }
            Fact::Damaged { vm } => self.damages.damaged(*vm, at),
            Fact::DamageFound { vm, since } => self.damages.found(*vm, *since, at),
            Fact::PointLookedUp { vm, before, mark } => self.damages.looked_up(*vm, *before, *mark),
            Fact::Saturated { meter } => self.saturated(at, *meter, true),
            Fact::Relieved { meter } => self.saturated(at, *meter, false),
            Fact::CacheFull { cache } => {
                self.saturated(at, Meter::CacheUsed(*cache), true);
                if at >= self.paths.settled_at {
                    self.tally.cache_full(*cache);
                }
            }
            Fact::CacheAccepts { cache } => self.saturated(at, Meter::CacheUsed(*cache), false),
            Fact::LimitHit { meter, need, free } => self.tally.limit_hit(*meter, *need, *free),
            Fact::Ledger { written, applied, in_flight, in_cache, superseded, lost, vm: _ } => {
                let sums = &mut self.tally.bytes;
                sums.written += *written;
                sums.applied += *applied;
                sums.in_flight += *in_flight;
                sums.in_cache += *in_cache;
                sums.superseded += *superseded;
                sums.lost += *lost;
            }
            Fact::Alarm { alarm } => self.alarm(at, *alarm, true),
            Fact::AlarmCleared { alarm } => self.alarm(at, *alarm, false),
            Fact::Entered { .. }
            | Fact::TestEntered { .. }
            | Fact::HealthChanged { .. }
            | Fact::JobStarted { .. }
            | Fact::StepDone { .. }
            | Fact::JobDone { .. }
            | Fact::JobFailed { .. }
            | Fact::PointChosen { .. }
            | Fact::CommonPointTaken { .. }
            | Fact::JournalCut { .. }
            | Fact::Refused { .. }
            | Fact::Warned { .. }
            | Fact::ResyncStarted { .. }
            | Fact::ResyncDone { .. }
            | Fact::DisasterDeclared { .. }
            | Fact::Ordered { .. }
            | Fact::DrillDone { .. } => self.life(at, fact),
        }
    }

    /// Facts of a VM's life: phases, jobs, orders.
    fn life(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::Entered { vm, phase } => self.entered(at, *vm, *phase),
            Fact::TestEntered { vm, running } => self.situations.drilled(*vm, *running, at, &self.paths),
            Fact::HealthChanged { vm, health, reason } => {
                self.tally.health(*vm, *health, *reason, at, self.paths.settled_at);
            }
            Fact::JobStarted { vm, job } => {
                self.failures.job_started(*vm, *job, at);
                self.tally.job_started(*job, at, self.paths.settled_at);
                self.drill(at, *vm, *job, true);
                self.operations.job_started(*vm, *job, at);
            }
            Fact::StepDone { vm, job, step } => self.failures.step(*vm, *job, *step, at),
            Fact::JobDone { vm, job } => self.failures.job_ended(*vm, *job),
            Fact::JobFailed { vm, job, cause } => self.job_failed(at, *vm, *job, *cause),
            Fact::PointChosen { vm, mark, .. } => self.failures.chosen(*vm, *mark),
            Fact::CommonPointTaken { vm, group, mark, newest, laggard } => {
                self.common_point(at, *vm, *group, newest.saturating_since(*mark), *laggard);
            }
            Fact::JournalCut { vm, oldest, window, .. } => self.journal_cut(at, *vm, *oldest, *window),
            Fact::Refused { vm, command, refusal } => self.refused(*vm, command, *refusal),
            Fact::ResyncStarted { vm, .. } => self.resync(at, *vm, true),
            Fact::ResyncDone { vm } => self.resync(at, *vm, false),
            Fact::Ordered { vm, command } => {
                let order = Order::read(command);
                if order == Order::FailOver {
                    self.failures.ordered(*vm, at);
                }
                self.operations.ordered(*vm, order, at);
            }
            Fact::DrillDone { ok: true, .. } => self.tally.drills_ok += 1,
            Fact::DrillDone { ok: false, .. } => self.tally.drills_failed += 1,
            Fact::Warned { warning, .. } => self.tally.warned(*warning, at, self.paths.settled_at),
            Fact::DisasterDeclared { .. } => {}
            Fact::OutageBegan { .. }
            | Fact::OutageEnded { .. }
            | Fact::MachineUp { .. }
            | Fact::MachineDown { .. }
            | Fact::SourceLost { .. }
            | Fact::DataLost { .. }
            | Fact::Damaged { .. }
            | Fact::DamageFound { .. }
            | Fact::PointLookedUp { .. }
            | Fact::Level { .. }
            | Fact::Levels { .. }
            | Fact::Lag { .. }
            | Fact::Saturated { .. }
            | Fact::Relieved { .. }
            | Fact::CacheFull { .. }
            | Fact::CacheAccepts { .. }
            | Fact::LimitHit { .. }
            | Fact::Ledger { .. }
            | Fact::Alarm { .. }
            | Fact::AlarmCleared { .. }
            | Fact::PointMade { .. }
            | Fact::PointsMade { .. }
            | Fact::PointsDropped { .. } => unreachable!("`record` has folded {fact:?} already"),
        }
    }

    fn job_failed(&mut self, at: Timestamp, vm: VmId, job: JobKind, cause: Cause) {
        self.failures.job_ended(vm, job);
        self.tally.job_failed(cause);
        self.drill(at, vm, job, false);
        if cause == Cause::NoCommonPoint {
            self.failures.no_point(vm);
        }
    }

    fn refused(&mut self, vm: Option<VmId>, command: &'static str, refusal: Refusal) {
        self.tally.refused(refusal);
        let Some(vm) = vm else { return };
        let order = Order::read(command);
        self.operations.refused(vm, order);
        if order == Order::FailOver && matches!(refusal, Refusal::NoRecoveryPoint | Refusal::NoCommonPoint) {
            self.failures.no_point(vm);
        }
    }

    /// A failover on a point in common with the VM's consistency group, so much `older` than its own newest.
    fn common_point(&mut self, at: Timestamp, vm: VmId, group: ConsistencyGroupId, older: Duration, laggard: VmId) {
        self.failures.held_back(vm, older);
        if at >= self.paths.settled_at {
            self.tally.common_point(group, (!older.is_zero()).then_some(laggard));
        }
    }

    /// A drill takes room from its order on, not only while its machine runs.
    fn drill(&mut self, at: Timestamp, vm: VmId, job: JobKind, begins: bool) {
        if job == JobKind::TestFailover {
            self.situations.drilled(vm, begins, at, &self.paths);
        }
    }

    fn journal_cut(&mut self, at: Timestamp, vm: VmId, oldest: Timestamp, window: Duration) {
        self.failures.journal_cut(vm, oldest);
        if at >= self.paths.settled_at {
            let shortest = &mut self.journal_window[vm.index()];
            *shortest = Some(shortest.map_or(window, |known| known.min(window)));
        }
    }

    fn resync(&mut self, at: Timestamp, vm: VmId, begins: bool) {
        self.situations.resynced(vm, begins, at, &self.paths);
        self.operations.resync(vm, begins, at);
    }

    /// Ends the record at `at`, the end of the run.
    pub fn close(mut self, at: Timestamp) -> Outcome {
        let mut outcome = Outcome { ended: at, ..Outcome::default() };
        outcome.counted = at.saturating_since(self.paths.settled_at);
        outcome.vms = vec![VmOutcome::default(); self.paths.of_vm.len()];
        let mut around = Around { paths: &self.paths, causes: &self.causes, series: self.series.as_mut() };
        let ages = self.ages.close(at, &mut around, &mut outcome.vms);
        outcome.groups = ages.groups;
        (outcome.violations_count, outcome.violations) = (ages.violations_count, ages.violations);
        self.service.close(at, &mut outcome.vms);
        self.freezes.close(&self.paths, &mut outcome.vms);
        outcome.durations = self.operations.close(&self.paths, &mut outcome.vms);
        if let Some(series) = self.series.as_mut() {
            self.situations.outages().for_each(|(kind, since)| series.outage(kind, since, at));
        }
        outcome.series = self.series.map(|series| series.close(at));
        outcome.durations.catch_up = self.situations.into_catch_ups(&self.paths);
        (outcome.failures, outcome.failures_settling) = self.failures.close(at, &self.paths);
        (outcome.damages, outcome.damages_hidden) = self.damages.close(&self.paths);
        for (vm, window) in outcome.vms.iter_mut().zip(&self.journal_window) {
            vm.journal_window = *window;
        }
        for failure in &outcome.failures {
            let vm = &mut outcome.vms[failure.vm.index()];
            vm.failures += 1;
            vm.data_lost += failure.data_lost.unwrap_or_default();
        }
        outcome.meters = self.occupancy.close(at, &self.paths);
        self.tally.close(at, self.paths.settled_at, &mut outcome);
        outcome
    }

    fn level(&mut self, at: Timestamp, meter: Meter, since: Timestamp, start: u64, end: u64) {
        let index = self.paths.meters.of(meter);
        self.occupancy.piece(index, Piece { since, until: at, start, end }, &self.situations, &self.paths);
        if let Some(series) = self.series.as_mut() {
            series.level(index, since, at, start, end);
        }
    }

    fn levels(&mut self, meter: Meter, since: Timestamp, pieces: &[LevelPiece]) {
        let index = self.paths.meters.of(meter);
        self.occupancy.pieces(index, since, pieces, &self.situations, &self.paths);
        if let Some(series) = self.series.as_mut() {
            LevelPiece::run(since, pieces).for_each(|(since, p)| series.level(index, since, p.until, p.start, p.end));
        }
    }

    /// Lends the ages what they look at.
    fn resolved(&mut self, act: impl FnOnce(&mut Ages, &mut Around)) {
        let mut around = Around { paths: &self.paths, causes: &self.causes, series: self.series.as_mut() };
        act(&mut self.ages, &mut around);
    }

    fn point(&mut self, at: Timestamp, vm: VmId, mark: Timestamp, app: bool) {
        self.resolved(|ages, around| ages.point(vm, mark, at, app, around));
        let lag = at.saturating_since(mark);
        let run = PointRun { first: mark, last: mark, every: Duration::ZERO, lag, app_every: None };
        self.failures.points(vm, &run, app);
        self.freezes.point(vm, mark, app);
    }

    fn run(&mut self, vm: VmId, run: &PointRun) {
        self.resolved(|ages, around| ages.run(vm, run, around));
        self.failures.points(vm, run, false);
        self.freezes.run(vm, run);
    }

    fn entered(&mut self, at: Timestamp, vm: VmId, phase: Phase) {
        self.protected[vm.index()] = matches!(phase, Phase::Protected | Phase::ProtectedReverse);
        self.recount(at, vm);
        self.situations.entered(vm, phase, at, &self.paths);
        self.operations.entered(vm, phase, at);
    }

    fn recount(&mut self, at: Timestamp, vm: VmId) {
        self.ages.count(vm, at, self.protected[vm.index()] && !self.lost[vm.index()]);
    }

    fn source_lost(&mut self, at: Timestamp, loss: Loss) {
        self.lost[loss.vm.index()] = true;
        self.recount(at, loss.vm);
        self.service.turned(loss.vm, loss.role, false, at);
        self.failures.lost(at, &loss, self.ages.newest(loss.vm), &self.paths);
    }

    fn machine_up(&mut self, at: Timestamp, vm: VmId, role: MachineRole) {
        if role == MachineRole::Test {
            return;
        }
        self.lost[vm.index()] = false;
        self.recount(at, vm);
        self.service.turned(vm, role, true, at);
        self.failures.serves(vm, role, at);
        self.operations.serves(vm, role, at);
    }

    fn saturated(&mut self, at: Timestamp, meter: Meter, begins: bool) {
        let index = self.paths.meters.of(meter);
        let cause = ViolationCause::Bottleneck(meter);
        if begins {
            self.causes.begin(cause, at)
        } else {
            self.causes.end(cause, at)
        }
        if self.occupancy.saturated(index, begins, at, self.paths.settled_at) {
            self.situations.saturated(index, begins, at, &self.paths);
        }
    }

    fn outage_began(&mut self, at: Timestamp, outage: OutageId, kind: OutageKind) {
        self.causes.begin(ViolationCause::Outage(kind), at);
        self.situations.outage_began(outage, kind, at, &self.paths);
    }

    fn outage_ended(&mut self, at: Timestamp, outage: OutageId, kind: OutageKind) {
        self.causes.end(ViolationCause::Outage(kind), at);
        let since = self.situations.outage_ended(outage, kind, at, &self.paths);
        if let (Some(series), Some(since)) = (self.series.as_mut(), since) {
            series.outage(kind, since, at);
        }
    }

    fn alarm(&mut self, at: Timestamp, alarm: AlarmKind, rings: bool) {
        self.failures.alarm(at, alarm, rings, &self.paths);
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
