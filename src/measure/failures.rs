//! RPO at the instant of failure, and RTO: one record per lost serving machine.
//!
//! ```text
//! lost ──detect──▶ alarm or order ──decide──▶ job ──process──▶ point ──create──▶ machine ──boot──▶ serves
//! ```
//!
//! The four choices of a point give four ages at that instant: `latest` is the age of what was received (the service
//! applies it first), the others are ages of usable points (domain facts 4.3). A point counts when it is usable at the
//! instant itself. Runs of points may be told later than the failure; they still count for it.
//! Parts of the RTO end in this order and never before the one ahead, so they add up to it (domain facts 6.1). A machine
//! that serves again with its stamp before any failover did has no RTO and is named. Units: ns.

use std::collections::VecDeque;

use super::ages::newest_app_of;
use super::paths::Paths;
use super::{Failure, Recovery, RtoParts};
use crate::contract::{AlarmKind, JobKind, MachineRole, PointRun, Step};
use crate::units::{Bytes, Duration, Timestamp, VmId};

/// Runs of points remembered per VM for a custom age.
const RUNS_KEPT: usize = 256;

/// What is known of one VM.
#[derive(Default)]
struct VmFailures {
    /// Index of the newest failure.
    last: Option<usize>,
    episode: Option<Episode>,
    /// The failover or change of point that runs.
    job: Option<JobKind>,
    /// Only when a custom age is measured.
    runs: VecDeque<PointRun>,
    /// Points before this are gone.
    oldest: Timestamp,
}

/// From the loss of the serving machine until something serves.
#[derive(Clone, Copy, Debug)]
struct Episode {
    lost_at: Timestamp,
    role: MachineRole,
    detected: Option<Timestamp>,
    job: Option<Timestamp>,
    processed: Option<Timestamp>,
    created: Option<Timestamp>,
}

/// All failures of a replication.
pub(super) struct Failures {
    failures: Vec<Failure>,
    /// Newest marks at each failure: any, app-consistent, custom; by failure.
    marks: Vec<[Option<Timestamp>; 3]>,
    /// By failure: points before this were gone.
    oldest: Vec<Timestamp>,
    vms: Vec<VmFailures>,
    /// By appliance id: the alarm in force.
    alarm_since: Vec<Option<Timestamp>>,
    custom_older: Option<Duration>,
}

impl Failures {
    pub fn new(paths: &Paths, custom_older: Option<Duration>) -> Self {
        Self {
            failures: Vec::new(),
            marks: Vec::new(),
            oldest: Vec::new(),
            vms: (0..paths.of_vm.len()).map(|_| VmFailures::default()).collect(),
            alarm_since: vec![None; paths.vms_of.len()],
            custom_older,
        }
    }

    /// The serving machine is lost. `newest`: usable marks known so far, any and app-consistent.
    pub fn lost(&mut self, at: Timestamp, loss: &Loss, newest: (Option<Timestamp>, Option<Timestamp>), paths: &Paths) {
        let own = &mut self.vms[loss.vm.index()];
        if own.episode.is_some() {
            return;
        }
        let detected = paths.of_vm[loss.vm.index()]
            .and_then(|path| self.alarm_since[path.appliance.index()])
            .map(|since| since.max(at));
        let job = matches!(own.job, Some(JobKind::FailOver)).then_some(at);
        let (processed, created) = (None, None);
        own.episode = Some(Episode { lost_at: at, role: loss.role, detected, job, processed, created });
        own.last = Some(self.failures.len());
        let wanted = self.custom_older.map(|older| at.saturating_sub(older));
        let custom = wanted.and_then(|wanted| own.runs.iter().filter_map(|run| newest_until(run, wanted)).max());
        self.marks.push([newest.0, newest.1, custom]);
        self.oldest.push(own.oldest);
        self.failures.push(Failure {
            vm: loss.vm,
            at,
            rpo_latest: Some(at.saturating_since(loss.received)),
            rpo_latest_processed: None,
            rpo_latest_app_consistent: None,
            rpo_custom: None,
            rpo_chosen: None,
            no_point: false,
            held_back: None,
            data_lost: None,
            in_cache: loss.in_cache,
            at_source: loss.at_source,
            recovery: Recovery::Never(Duration::ZERO),
        });
    }

    /// Points became usable, `lag` after their marks; a single one is a run of one.
    pub fn points(&mut self, vm: VmId, run: &PointRun, app: bool) {
        let own = &mut self.vms[vm.index()];
        if self.custom_older.is_some() {
            remember(&mut own.runs, run);
        }
        let Some(index) = own.last else { return };
        let at = self.failures[index].at;
        if run.first + run.lag > at {
            return;
        }
        let usable = newest_until(run, at.saturating_sub(run.lag));
        let app_usable = match (app, usable) {
            (true, mark) => mark,
            (false, Some(mark)) => newest_app_of(run, mark),
            (false, None) => None,
        };
        let custom = self.custom_older.and_then(|older| newest_until(run, at.saturating_sub(older)));
        for (known, new) in self.marks[index].iter_mut().zip([usable, app_usable, custom]) {
            *known = (*known).max(new);
        }
    }

    /// Points before `oldest` are gone.
    pub fn journal_cut(&mut self, vm: VmId, oldest: Timestamp) {
        self.vms[vm.index()].oldest = oldest;
    }

    pub fn alarm(&mut self, at: Timestamp, alarm: AlarmKind, rings: bool, paths: &Paths) {
        let AlarmKind::NoHeartbeat(appliance) = alarm else { return };
        self.alarm_since[appliance.index()] = rings.then_some(at);
        if rings {
            for vm in &paths.vms_of[appliance.index()] {
                self.vms[vm.index()].detected(at);
            }
        }
    }

    /// Somebody orders a failover: at the latest now the loss is known.
    pub fn ordered(&mut self, vm: VmId, at: Timestamp) {
        self.vms[vm.index()].detected(at);
    }

    pub fn job_started(&mut self, vm: VmId, job: JobKind, at: Timestamp) {
        let own = &mut self.vms[vm.index()];
        if matches!(job, JobKind::FailOver | JobKind::ChangePoint) {
            own.job = Some(job);
        }
        if job == JobKind::FailOver {
            own.detected(at);
            if let Some(episode) = own.episode.as_mut() {
                episode.job.get_or_insert(at);
            }
        }
    }

    pub fn job_ended(&mut self, vm: VmId, job: JobKind) {
        let own = &mut self.vms[vm.index()];
        if own.job == Some(job) {
            own.job = None;
        }
    }

    pub fn step(&mut self, vm: VmId, job: JobKind, step: Step, at: Timestamp) {
        if job != JobKind::FailOver {
            return;
        }
        let own = &mut self.vms[vm.index()];
        match (own.episode.as_mut(), step) {
            (Some(episode), Step::Processed) => (episode.processed, episode.created) = (Some(at), None),
            (Some(episode), Step::Created) => episode.created = Some(at),
            (Some(_), Step::Booted) => self.serves(vm, MachineRole::Replica, at),
            (Some(_), Step::Checked | Step::ShutDown) | (None, _) => {}
        }
    }

    /// A machine of the VM serves.
    pub fn serves(&mut self, vm: VmId, role: MachineRole, at: Timestamp) {
        let own = &mut self.vms[vm.index()];
        let (Some(episode), Some(index)) = (own.episode, own.last) else { return };
        self.failures[index].recovery = match role {
            MachineRole::Test => return,
            role if role == episode.role => Recovery::WithTheStamp(at.since(episode.lost_at)),
            MachineRole::Original | MachineRole::Replica => Recovery::FailedOver(episode.parts(at)),
        };
        own.episode = None;
    }

    /// The failover runs on this point.
    pub fn chosen(&mut self, vm: VmId, mark: Timestamp) {
        let own = &self.vms[vm.index()];
        if let (Some(index), Some(_)) = (own.last, own.job) {
            let failure = &mut self.failures[index];
            failure.rpo_chosen = Some(failure.at.saturating_since(mark));
            (failure.held_back, failure.no_point) = (None, false);
        }
    }

    /// A failover is refused, or fails, for want of a point.
    pub fn no_point(&mut self, vm: VmId) {
        let own = &self.vms[vm.index()];
        if let (Some(index), Some(_)) = (own.last, own.episode) {
            self.failures[index].no_point = true;
        }
    }

    /// The point chosen last is common to the VM's consistency group, and so much older than its own newest.
    pub fn held_back(&mut self, vm: VmId, by: Duration) {
        let own = &self.vms[vm.index()];
        if let (Some(index), Some(_)) = (own.last, own.job) {
            self.failures[index].held_back = Some(by);
        }
    }

    /// What a failover lost; a change of point tells it anew. A failback chooses a point too: it loses nothing of this.
    pub fn data_lost(&mut self, vm: VmId, failed_at: Timestamp, bytes: Bytes) {
        let own = &self.vms[vm.index()];
        if let (Some(index), Some(_)) = (own.last, own.job)
            && self.failures[index].at == failed_at
        {
            self.failures[index].data_lost = Some(bytes);
        }
    }

    /// Failures that count, in order of time, and how many came before the settling time.
    pub fn close(mut self, at: Timestamp, paths: &Paths) -> (Vec<Failure>, u64) {
        for own in &self.vms {
            if let (Some(episode), Some(index)) = (own.episode, own.last) {
                self.failures[index].recovery = Recovery::Never(at.saturating_since(episode.lost_at));
            }
        }
        for ((failure, marks), oldest) in self.failures.iter_mut().zip(&self.marks).zip(&self.oldest) {
            let age = |mark: Timestamp| failure.at.saturating_since(mark);
            failure.rpo_latest_processed = marks[0].map(age);
            failure.rpo_latest_app_consistent = marks[1].map(age);
            // An older point than the policy keeps is gone.
            let custom = marks[2].filter(|mark| mark >= oldest);
            failure.rpo_custom = custom.map(age).filter(|age| *age <= paths.retention[failure.vm.index()]);
            failure.rpo_latest = failure.rpo_latest.filter(|_| marks[0].is_some());
        }
        let all = self.failures.len();
        self.failures.retain(|failure| failure.at >= paths.settled_at);
        let settling = (all - self.failures.len()) as u64;
        (self.failures, settling)
    }
}

/// What the fact of a lost machine says, and which machine it was.
pub(super) struct Loss {
    pub vm: VmId,
    pub role: MachineRole,
    pub received: Timestamp,
    pub in_cache: Bytes,
    pub at_source: Bytes,
}

impl VmFailures {
    fn detected(&mut self, at: Timestamp) {
        if let Some(episode) = self.episode.as_mut() {
            episode.detected.get_or_insert(at);
        }
    }
}

impl Episode {
    /// Moments that were never told count as the one ahead of them.
    fn parts(&self, serves: Timestamp) -> RtoParts {
        let mut before = self.lost_at;
        let mut until = |moment: Option<Timestamp>| {
            let end = moment.map_or(before, |moment| moment.clamp(before, serves));
            let part = end.since(before);
            before = end;
            part
        };
        RtoParts {
            detect: until(self.detected),
            decide: until(self.job),
            process: until(self.processed),
            create: until(self.created),
            boot: until(Some(serves)),
        }
    }
}

/// The newest mark of the run not after `until`.
fn newest_until(run: &PointRun, until: Timestamp) -> Option<Timestamp> {
    if run.first > until {
        return None;
    }
    let until = until.min(run.last);
    match run.every.ns() {
        0 => Some(run.first),
        every => Some(run.first + Duration::from_ns(until.since(run.first).ns() / every * every)),
    }
}

/// Keeps the run, as part of the one before when it goes on in step.
fn remember(runs: &mut VecDeque<PointRun>, run: &PointRun) {
    if let Some(last) = runs.back_mut() {
        let step = run.first.saturating_since(last.last);
        let single = last.first == last.last;
        if !step.is_zero() && (step == last.every || single) && (run.every == step || run.first == run.last) {
            last.every = step;
            last.last = run.last;
            return;
        }
    }
    if runs.len() == RUNS_KEPT {
        runs.pop_front();
    }
    runs.push_back(*run);
}

#[cfg(test)]
#[path = "failures_tests.rs"]
mod tests;
