//! Timed operations: everything the platform takes time for, each answered once.
//!
//! A job belongs to a stamp. When that stamp goes dark the job is interrupted: what it had reserved is given back and it
//! is answered `Interrupted`. Machines are created a few at a time per stamp (`creates_at_once`), the others wait in
//! order; their time starts when they start.
//!
//! Invariants: every job ends exactly once, by time or by interruption; at most `creates_at_once` creations run on a stamp.

use std::collections::{BTreeMap, VecDeque};

use crate::contract::{Cause, MachineRole, OpId};
use crate::kernel::{Agenda, Booking};
use crate::units::{ApplianceId, Duration, StampId, Timestamp, VmId};
use crate::world::quotas::Need;
use crate::world::storage::DiskSet;

/// What is being done. Disk sets are those that stand when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing: the asker learns after a while that nobody answers, or at once that all is done already.
    Answer(Result<(), Cause>),
    Inspect,
    InstallAgent,
    RemoveExtension,
    UninstallMobilityService,
    CreateReplicaDisks(DiskSet),
    ResizeReplicaDisks(DiskSet),
    DeleteReplicaDisks,
    /// From the point of this mark.
    BuildReplicaDisks(Timestamp),
    BuildTestDisks(DiskSet),
    CreateMachine(MachineRole),
    /// By order, with its stamp, or after a hard restart.
    Boot(MachineRole),
    ShutDownMachine(MachineRole),
    DeleteMachine(MachineRole),
    DetachSourceDisks(DiskSet),
    CopySourceDisks(DiskSet),
    CreateSourceDisks(DiskSet),
    AttachToAppliance(ApplianceId),
    DetachFromAppliance,
    /// The new disks when they are copied into another subscription.
    RebuildOriginal(Option<DiskSet>),
    RevertOriginal(ApplianceId),
    DeleteAppliance(ApplianceId),
}

/// Taken when a job begins, given back when it is interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reserved {
    pub need: Option<Need>,
    /// A second need, when machine and disks are ordered together.
    pub disks: Option<Need>,
    /// The stamp on which memory for the VM's machine is taken.
    pub memory: Option<StampId>,
    pub slots: Option<(ApplianceId, u32)>,
}

#[derive(Clone, Debug)]
pub(super) struct Job {
    pub op: Option<OpId>,
    pub vm: VmId,
    /// Interrupted when this stamp goes dark.
    pub stamp: Option<StampId>,
    pub work: Work,
    pub reserved: Reserved,
}

struct Open {
    job: Job,
    /// `None` while it waits for its turn.
    booking: Option<Booking>,
    takes: Duration,
}

pub(super) struct Jobs {
    agenda: Agenda<u64>,
    open: BTreeMap<u64, Open>,
    next: u64,
    /// By stamp: creations that run, creations that wait.
    creating: Vec<(u32, VecDeque<u64>)>,
    creates_at_once: u32,
}

impl Jobs {
    pub fn new(stamps: usize, creates_at_once: u32) -> Self {
        let creating = vec![(0, VecDeque::new()); stamps];
        Self { agenda: Agenda::new(), open: BTreeMap::new(), next: 0, creating, creates_at_once }
    }

    pub fn start(&mut self, now: Timestamp, job: Job, takes: Duration) {
        let id = self.next;
        self.next += 1;
        let mut booking = None;
        match creates_on(&job) {
            Some(stamp) if self.creates_at_once > 0 && self.creating[stamp.index()].0 >= self.creates_at_once => {
                self.creating[stamp.index()].1.push_back(id);
            }
            Some(stamp) => {
                self.creating[stamp.index()].0 += 1;
                booking = Some(self.agenda.book(now + takes, id));
            }
            None => booking = Some(self.agenda.book(now + takes, id)),
        }
        self.open.insert(id, Open { job, booking, takes });
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next_due()
    }

    /// The next job that is done by `now`.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<Job> {
        let (at, id) = self.agenda.pop_due(now)?;
        let job = self.open.remove(&id).expect("a booked job is open").job;
        self.leave_queue(at, &job);
        Some(job)
    }

    /// Takes every job out that satisfies `which`, in the order in which they were started.
    pub fn take(&mut self, now: Timestamp, which: impl Fn(&Job) -> bool) -> Vec<Job> {
        let ids: Vec<u64> = self.open.iter().filter(|(_, open)| which(&open.job)).map(|(id, _)| *id).collect();
        for (_, waiting) in &mut self.creating {
            waiting.retain(|id| !ids.contains(id));
        }
        let mut taken = Vec::new();
        for id in ids {
            let Some(open) = self.open.remove(&id) else { continue };
            if let Some(booking) = open.booking {
                self.agenda.cancel(booking);
                self.leave_queue(now, &open.job);
            }
            taken.push(open.job);
        }
        taken
    }

    /// The job that boots this machine, if one does.
    pub fn boot_of(&mut self, vm: VmId, role: MachineRole) -> Option<&mut Job> {
        let boots = |job: &Job| job.vm == vm && job.work == Work::Boot(role);
        self.open.values_mut().map(|open| &mut open.job).find(|job| boots(job))
    }

    /// Everything that runs or waits.
    #[cfg(test)]
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.open.values().map(|open| &open.job)
    }

    fn leave_queue(&mut self, now: Timestamp, job: &Job) {
        let Some(stamp) = creates_on(job) else { return };
        let (running, waiting) = &mut self.creating[stamp.index()];
        *running -= 1;
        if let Some(id) = waiting.pop_front() {
            *running += 1;
            let open = self.open.get_mut(&id).expect("a waiting job is open");
            open.booking = Some(self.agenda.book(now + open.takes, id));
        }
    }
}

/// The stamp on which this job creates a machine.
fn creates_on(job: &Job) -> Option<StampId> {
    let creates =
        matches!(job.work, Work::CreateMachine(_) | Work::RebuildOriginal(_)) && job.reserved.memory.is_some();
    if creates { job.stamp } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(vm: u32) -> Job {
        let stamp = StampId(0);
        let reserved = Reserved { memory: Some(stamp), ..Reserved::default() };
        let work = Work::CreateMachine(MachineRole::Replica);
        Job { op: Some(OpId(vm.into())), vm: VmId(vm), stamp: Some(stamp), work, reserved }
    }

    fn done(jobs: &mut Jobs) -> Vec<(u64, u32)> {
        let mut seen = Vec::new();
        while let Some(at) = jobs.next_due() {
            while let Some(job) = jobs.pop_due(at) {
                seen.push((at.secs_f64() as u64, job.vm.0));
            }
        }
        seen
    }

    /// Five creations of 10 s, two at once: 10, 10, 20, 20, 30.
    #[test]
    fn creations_wait_for_their_turn_in_order() {
        let mut jobs = Jobs::new(1, 2);
        (0..5).for_each(|vm| jobs.start(Timestamp::START, create(vm), Duration::secs(10)));
        assert_eq!(done(&mut jobs), [(10, 0), (10, 1), (20, 2), (20, 3), (30, 4)]);
    }

    #[test]
    fn without_a_limit_all_are_created_at_once() {
        let mut jobs = Jobs::new(1, 0);
        (0..3).for_each(|vm| jobs.start(Timestamp::START, create(vm), Duration::secs(10)));
        assert_eq!(done(&mut jobs), [(10, 0), (10, 1), (10, 2)]);
    }

    #[test]
    fn an_interrupted_queue_leaves_nothing_behind() {
        let mut jobs = Jobs::new(1, 1);
        (0..3).for_each(|vm| jobs.start(Timestamp::START, create(vm), Duration::secs(10)));
        let taken = jobs.take(Timestamp::START + Duration::secs(5), |job| job.stamp == Some(StampId(0)));
        assert_eq!(taken.iter().map(|job| job.vm.0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(jobs.next_due(), None);
        jobs.start(Timestamp::START + Duration::secs(6), create(7), Duration::secs(10));
        assert_eq!(done(&mut jobs), [(16, 7)]);
    }
}
