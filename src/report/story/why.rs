//! Why a fact is so: the outage, the order, the deadline or the step before that led to it.
//!
//! Each answer is a clause that follows "because". It is read off the facts told so far ([`Memory`]) and off the limits,
//! never off what the world knows and did not tell.

use super::OutageCause;
use super::memory::{Memory, Spell, takes_machines_of};
use super::second;
use super::words;
use crate::contract::{AlarmKind, Fact, HealthReason, JobKind, MachineRole, Meter, OutageKind, Phase, Step};
use crate::measure::{ViolationCause, meter_name, outage_name};
use crate::units::{Duration, StampId, Timestamp, VmId};

/// The clause of a fact, told before the fact is remembered.
pub(super) fn why(memory: &Memory, causes: &[OutageCause], at: Timestamp, fact: &Fact) -> String {
    match fact {
        Fact::OutageBegan { kind, .. } => fated(causes, at, *kind),
        Fact::OutageEnded { kind, .. } => match memory.outage(*kind) {
            Some(spell) => format!("it is repaired after {}", at.saturating_since(spell.begin)),
            None => "it is repaired".into(),
        },
        Fact::MachineUp { vm, role } => machine_up(memory, *vm, *role, at),
        Fact::MachineDown { vm, role } => machine_down(memory, *vm, *role),
        Fact::SourceLost { vm, .. } => in_the_way(memory, *vm, at, at).unwrap_or_else(|| "its machine failed".into()),
        Fact::DataLost { failed_at, mark, .. } => {
            format!("the failover starts from {} and the VM wrote until {}", second(*mark), second(*failed_at))
        }
        Fact::Level { meter, since, .. } | Fact::Levels { meter, since, .. } => {
            format!("it was so for {}, {}", at.saturating_since(*since), reading(memory, *meter))
        }
        Fact::Lag { vm, since, .. } => {
            in_the_way(memory, *vm, *since, at).unwrap_or_else(|| "data travels and is processed".into())
        }
        Fact::Saturated { meter } => demand(memory, *meter, at),
        Fact::Relieved { meter } => match memory.saturated.iter().find(|(known, _)| known == meter) {
            Some((_, since)) => format!("what waited is worked off after {}", at.saturating_since(*since)),
            None => "what waited is worked off".into(),
        },
        Fact::CacheFull { cache } => demand(memory, Meter::CacheUsed(*cache), at),
        Fact::CacheAccepts { cache } => match memory.full.iter().find(|(known, _)| known == cache) {
            Some((_, since)) => format!("there is room again after {}", at.saturating_since(*since)),
            None => "there is room again".into(),
        },
        Fact::LimitHit { .. } => jobs_in_hand(memory),
        Fact::Ledger { .. } => "the run ends here".into(),
        Fact::Alarm { alarm } => alarm_rings(memory, *alarm, at),
        Fact::AlarmCleared { alarm } => alarm_over(memory, *alarm, at),
        Fact::DisasterDeclared { stamp } => declared(memory, *stamp),
        _ => of_a_vm(memory, at, fact),
    }
}

/// Facts of the logic and of the people about one VM.
fn of_a_vm(memory: &Memory, at: Timestamp, fact: &Fact) -> String {
    match fact {
        Fact::Entered { vm, phase } => entered(memory, *vm, *phase, at),
        Fact::TestEntered { vm, running: true } => after_job(memory, *vm, JobKind::TestFailover, at),
        Fact::TestEntered { vm, .. } => after_job(memory, *vm, JobKind::TestCleanUp, at),
        Fact::HealthChanged { vm, reason, .. } => health(memory, *vm, *reason, at),
        Fact::PointMade { vm, mark, .. } => {
            let lag = at.saturating_since(*mark);
            match in_the_way(memory, *vm, *mark, at) {
                Some(cause) if lag > Duration::ZERO => format!("its data is applied {lag} after the mark; {cause}"),
                _ => format!("its data is applied {lag} after the mark"),
            }
        }
        Fact::PointsMade { vm, run } => match in_the_way(memory, *vm, run.last, at) {
            Some(cause) => format!("they came on time until then; {cause}"),
            None => "they came on time until then".into(),
        },
        Fact::PointsDropped { vm } => match memory.vm(*vm).job {
            Some(job) => format!("{} ends what they belonged to", words::job(job.kind)),
            None => "its protection ends".into(),
        },
        Fact::Damaged { .. } => "something encrypts or corrupts what the guest has".into(),
        Fact::DamageFound { since, .. } => format!("it showed after {}", at.saturating_since(*since)),
        Fact::PointLookedUp { before, mark, .. } => match mark {
            Some(mark) => format!("it was made {} before the damage", before.saturating_since(*mark)),
            None => format!("those from before {} were too old to be kept", second(*before)),
        },
        Fact::JobStarted { vm, job } => job_begins(memory, *vm, *job, at),
        Fact::StepDone { vm, job, step } => step_done(memory, *vm, *job, *step, at),
        Fact::JobDone { vm, job } => match job_of(memory, *vm, *job) {
            Some(begin) => format!("all its steps are done, {} after it began", at.saturating_since(begin)),
            None => "all its steps are done".into(),
        },
        Fact::JobFailed { cause, .. } => words::cause(&memory.inventory, *cause),
        Fact::PointChosen { choice, .. } => format!("\"{}\" was asked for", words::point(*choice)),
        Fact::CommonPointTaken { vm, group, mark, newest, laggard } => {
            let name = &memory.consistency_groups[group.index()];
            match (mark == newest, vm == laggard) {
                (true, _) => format!("all of {name} hold it"),
                (false, true) => format!("it is the newest that all of {name} hold"),
                (false, false) => {
                    format!("it is the newest that all of {name} hold; {} lags", memory.inventory.vm(*laggard).name)
                }
            }
        }
        Fact::JournalCut { kept, .. } => {
            format!("its points kept more than the journal holds, and now {kept}")
        }
        Fact::Refused { refusal, .. } => words::refusal(&memory.inventory, *refusal),
        Fact::Warned { warning, .. } => words::warning(&memory.inventory, *warning).1,
        Fact::ResyncStarted { why: Some(why), .. } => words::resync(*why).into(),
        Fact::ResyncStarted { .. } => "it was ordered".into(),
        Fact::ResyncDone { vm } => match memory.vm(*vm).resync_at {
            Some(since) => format!("all differences are sent, {} after it began", at.saturating_since(since)),
            None => "all differences are sent".into(),
        },
        Fact::Ordered { vm, command } => ordered(memory, *vm, command, at),
        Fact::DrillDone { ok: true, .. } => "the test VM ran and is cleaned up".into(),
        Fact::DrillDone { .. } => "its test failover was refused or failed".into(),
        // The others are told by `why`, which asks here last.
        _ => String::new(),
    }
}

/// Where an outage comes from, by what the scenario says of its kind.
fn fated(causes: &[OutageCause], at: Timestamp, kind: OutageKind) -> String {
    let dated = |cause: &&OutageCause| cause.dated.is_empty() || cause.dated.contains(&at);
    let told: Vec<&str> =
        causes.iter().filter(|cause| cause.kind == kind).filter(dated).map(|cause| cause.told.as_str()).collect();
    if told.is_empty() { "the scenario has it happen".into() } else { told.join(", or ") }
}

fn machine_up(memory: &Memory, vm: VmId, role: MachineRole, at: Timestamp) -> String {
    let own = memory.vm(vm);
    let on = memory.inventory.vm(vm).on;
    let runs = own.job.filter(|job| job.end == Timestamp::NEVER);
    match (role, runs) {
        (MachineRole::Test, _) => after_job(memory, vm, JobKind::TestFailover, at),
        (_, Some(job)) => {
            format!("{} started it, {} after it began", words::job(job.kind), at.saturating_since(job.begin))
        }
        _ if at == Timestamp::START => "it does so when the run begins".into(),
        _ => match memory.ended(|kind| own.struck && takes_machines_of(kind, on)) {
            Some(spell) => {
                format!("{} is over since {}", outage_name(&memory.inventory, spell.kind), second(spell.end))
            }
            None => "it has started again".into(),
        },
    }
}

fn machine_down(memory: &Memory, vm: VmId, role: MachineRole) -> String {
    let own = memory.vm(vm);
    let on = memory.inventory.vm(vm).on;
    let target = memory.paths.of_vm[vm.index()].map(|path| path.target);
    let stamp = if role == MachineRole::Original { Some(on) } else { target };
    let runs = |job: Option<super::memory::Job>| job.filter(|job| job.end == Timestamp::NEVER);
    if let Some(spell) = memory.in_force(|kind| stamp.is_some_and(|stamp| takes_machines_of(kind, stamp))) {
        return in_force(memory, spell);
    }
    let job = if role == MachineRole::Test { runs(own.test) } else { runs(own.job) };
    match job {
        Some(job) => format!("{} takes it out of service", words::job(job.kind)),
        None => "it was restarted or shut down by order".into(),
    }
}

/// "link wan down since 9d 13:15:00"
fn in_force(memory: &Memory, spell: Spell) -> String {
    format!("{} since {}", outage_name(&memory.inventory, spell.kind), second(spell.begin))
}

/// What stood in the way of the VM's data between two moments, and since when.
fn in_the_way(memory: &Memory, vm: VmId, from: Timestamp, until: Timestamp) -> Option<String> {
    // An outage that begins at this very moment has lasted no time yet, and still is the reason.
    let until = until + Duration::from_ns(1);
    let (cause, since) = memory.causes.explain(&memory.paths, vm, from, until)?;
    Some(match cause {
        ViolationCause::Outage(kind) => format!("{} since {}", outage_name(&memory.inventory, kind), second(since)),
        ViolationCause::Bottleneck(meter) => {
            format!("{} is a bottleneck since {}", meter_name(&memory.inventory, meter), second(since))
        }
    })
}

fn reading(memory: &Memory, meter: Meter) -> String {
    match memory.saturated.iter().find(|(known, _)| *known == meter) {
        Some((_, since)) => format!("a bottleneck since {}", second(*since)),
        None => "and now it changes".into(),
    }
}

/// What asks a resource for more than it gives.
fn demand(memory: &Memory, meter: Meter, at: Timestamp) -> String {
    let closes = |kind| match (meter, kind) {
        (Meter::Link(id, _), OutageKind::LinkDown(down) | OutageKind::LinkSlow(down)) => id == down,
        (Meter::CacheUsed(id), OutageKind::CacheDown(down)) => id == down,
        (Meter::CacheUsed(id), OutageKind::ServiceDown(stamp) | OutageKind::StampDown(stamp)) => {
            memory.inventory.cache(id).on == stamp
        }
        (Meter::Service(id), OutageKind::ServiceDown(stamp) | OutageKind::StampDown(stamp)) => id == stamp,
        (
            Meter::ApplianceBytes(id) | Meter::ApplianceStorage(id) | Meter::ApplianceOps(id),
            OutageKind::ApplianceDown(down),
        ) => id == down,
        _ => false,
    };
    if let Some(spell) = memory.in_force(closes) {
        return in_force(memory, spell);
    }
    let behind = |vm: &VmId| memory.paths.meter_on_path(meter, *vm);
    for (phase, name) in [
        (Phase::InitialReplication, "initial replication"),
        (Phase::Reprotecting, "re-protect"),
        (Phase::ReverseReplication, "re-protect"),
        (Phase::FailingBack, "failback"),
    ] {
        let is = |vm: &VmId| memory.vm(*vm).phase.is_some_and(|(known, _)| known == phase);
        let count = memory.inventory.vm_ids().filter(|vm| is(vm) && behind(vm)).count();
        if count > 0 {
            return format!("{name} of {count} VM{} asks for more than it gives", if count == 1 { "" } else { "s" });
        }
    }
    let resyncs = memory.inventory.vm_ids().filter(|vm| memory.vm(*vm).resync_at.is_some() && behind(vm)).count();
    if resyncs > 0 {
        return format!("resync of {resyncs} VM{} asks for more than it gives", if resyncs == 1 { "" } else { "s" });
    }
    let on_path = |kind| memory.inventory.vm_ids().any(|vm| behind(&vm) && memory.paths.outage_on_path(kind, vm));
    match memory.ended(on_path) {
        // A backlog lasts about as long as what made it, or less.
        Some(spell) if at.saturating_since(spell.end) <= spell.end.saturating_since(spell.begin) => {
            let name = outage_name(&memory.inventory, spell.kind);
            format!("what {name} left behind is caught up; it was over at {}", second(spell.end))
        }
        _ => "more is written than it gives at this hour".into(),
    }
}

/// Whatever jobs are at work, since a limit does not say who ran into it.
fn jobs_in_hand(memory: &Memory) -> String {
    let running = |job: &super::memory::Job| job.end == Timestamp::NEVER;
    let of = |vm: VmId| [memory.vm(vm).job, memory.vm(vm).test].into_iter().flatten().find(running);
    let mut jobs = memory.inventory.vm_ids().filter_map(|vm| of(vm).map(|job| (vm, job)));
    match (jobs.next(), jobs.count()) {
        (None, _) => "what is kept there has grown".into(),
        (Some((vm, job)), 0) => format!("{} of {} asks for it", words::job(job.kind), memory.inventory.vm(vm).name),
        (Some((vm, job)), more) => {
            format!("{} of {} and {more} more ask for it", words::job(job.kind), memory.inventory.vm(vm).name)
        }
    }
}

fn alarm_rings(memory: &Memory, alarm: AlarmKind, at: Timestamp) -> String {
    let limits = &memory.inventory.limits;
    let because = |vm: Option<VmId>, from: Timestamp| vm.and_then(|vm| in_the_way(memory, vm, from, at));
    let (deadline, cause) = match alarm {
        AlarmKind::NoHeartbeat(id) => {
            let from = at.saturating_sub(limits.heartbeat_lost_after);
            (format!("none came for {}", limits.heartbeat_lost_after), because(memory.someone_behind(id), from))
        }
        AlarmKind::NoPoint(vm) => {
            let from = at.saturating_sub(limits.no_point_critical_after);
            (format!("none became usable for {}", limits.no_point_critical_after), because(Some(vm), from))
        }
        AlarmKind::Stuck(vm) => ("a copy makes no progress".into(), because(Some(vm), at)),
        AlarmKind::CacheFull(cache) => ("it is full".into(), Some(demand(memory, Meter::CacheUsed(cache), at))),
        AlarmKind::DifflogTimedOut(vm) => {
            let from = at.saturating_sub(limits.difflog_age_max);
            (format!("the oldest waits for {}", limits.difflog_age_max), because(Some(vm), from))
        }
    };
    cause.map_or(deadline.clone(), |cause| format!("{deadline}; {cause}"))
}

fn alarm_over(memory: &Memory, alarm: AlarmKind, at: Timestamp) -> String {
    let rang = memory.rings_since(alarm).map(|since| format!(", {} after it rang", at.saturating_since(since)));
    let rang = rang.unwrap_or_default();
    match alarm {
        AlarmKind::NoHeartbeat(_) => format!("a heartbeat came{rang}"),
        AlarmKind::NoPoint(vm) => match memory.vm(vm).phase {
            Some((Phase::Protected | Phase::ProtectedReverse, _)) => format!("a point is usable{rang}"),
            _ => format!("it is not protected any more{rang}"),
        },
        AlarmKind::Stuck(_) => format!("there is progress again{rang}"),
        AlarmKind::CacheFull(_) => format!("it takes data again{rang}"),
        AlarmKind::DifflogTimedOut(_) => format!("what was too old is gone{rang}"),
    }
}

fn declared(memory: &Memory, stamp: StampId) -> String {
    let appliance = memory.alarms.iter().find_map(|(alarm, since)| match alarm {
        AlarmKind::NoHeartbeat(id) if memory.inventory.appliance(*id).on == stamp => Some((*id, *since)),
        _ => None,
    });
    match appliance {
        Some((id, since)) => {
            let name = &memory.inventory.appliance(id).name;
            let since = second(since);
            format!("appliance {name} is silent since the alarm of {since} and nobody answers the telephone")
        }
        None => "nobody answers there".into(),
    }
}

fn health(memory: &Memory, vm: VmId, reason: HealthReason, at: Timestamp) -> String {
    let told = words::health_reason(reason);
    let limits = &memory.inventory.limits;
    let from = match reason {
        HealthReason::AllWell => return told.into(),
        HealthReason::NoHeartbeat => at.saturating_sub(limits.heartbeat_lost_after),
        HealthReason::NoRecentPoint => at.saturating_sub(limits.no_point_critical_after),
        HealthReason::DifflogTimedOut => at.saturating_sub(limits.difflog_age_max),
        HealthReason::BacklogGrows
        | HealthReason::ReplicationStuck
        | HealthReason::ResyncRunning
        | HealthReason::Unrecoverable
        | HealthReason::OrderLost => at,
    };
    in_the_way(memory, vm, from, at).map_or_else(|| told.into(), |cause| format!("{told}; {cause}"))
}

/// When the job of this kind began, if it is the newest.
fn job_of(memory: &Memory, vm: VmId, job: JobKind) -> Option<Timestamp> {
    let own = memory.vm(vm);
    [own.job, own.test].into_iter().flatten().find(|known| known.kind == job).map(|known| known.begin)
}

fn after_job(memory: &Memory, vm: VmId, job: JobKind, at: Timestamp) -> String {
    match job_of(memory, vm, job) {
        Some(begin) => format!("the {} got so far, {} after it began", words::job(job), at.saturating_since(begin)),
        None => format!("a {} did it", words::job(job)),
    }
}

fn step_done(memory: &Memory, vm: VmId, job: JobKind, step: Step, at: Timestamp) -> String {
    let since = job_of(memory, vm, job).map_or(Duration::ZERO, |begin| at.saturating_since(begin));
    let next = match step {
        Step::Checked => "nothing forbids it",
        Step::ShutDown => "that was ordered along with it",
        Step::Processed => "the point to start from is settled",
        Step::Created => "the target has built them",
        Step::Booted => "it has booted",
    };
    if since == Duration::ZERO { next.into() } else { format!("{next}, {since} after the job began") }
}

/// Why a job begins: the order given just now, or what must follow something else.
fn job_begins(memory: &Memory, vm: VmId, job: JobKind, at: Timestamp) -> String {
    match job {
        JobKind::InitialReplication => return "it is enabled: every disk is copied once".into(),
        JobKind::Resync => return "its change log cannot be trusted".into(),
        _ => {}
    }
    match memory.vm(vm).order {
        Some((command, ordered_at)) if at.saturating_since(ordered_at) <= Duration::hours(1) && fits(command, job) => {
            format!("people ordered it: {command}")
        }
        _ => match memory.declared[memory.inventory.vm(vm).on.index()] {
            Some(declared) if job == JobKind::FailOver => {
                let declared = second(declared);
                format!("the recovery plan runs since {} was declared lost on {declared}", stamp_of(memory, vm))
            }
            _ => "the people's calendar or an order of the scenario says so".into(),
        },
    }
}

fn stamp_of(memory: &Memory, vm: VmId) -> &str {
    &memory.inventory.stamp(memory.inventory.vm(vm).on).name
}

/// Whether an order starts this job.
fn fits(command: &str, job: JobKind) -> bool {
    match job {
        JobKind::Enable => command == "enable",
        JobKind::TestFailover => command == "test failover",
        JobKind::FailOver => command == "fail over",
        JobKind::Commit | JobKind::CommitFailBack => command == "commit",
        JobKind::Reprotect => command == "re-protect",
        JobKind::FailBack => command == "fail back",
        JobKind::Disable => command == "disable",
        JobKind::InitialReplication
        | JobKind::TestCleanUp
        | JobKind::ChangePoint
        | JobKind::CancelFailBack
        | JobKind::Resync => false,
    }
}

fn entered(memory: &Memory, vm: VmId, phase: Phase, at: Timestamp) -> String {
    let own = memory.vm(vm);
    match own.job {
        Some(job) if job.end == Timestamp::NEVER && own.phase.is_none_or(|(_, since)| since < job.begin) => {
            format!("{} begins", words::job(job.kind))
        }
        Some(job) if job.end == Timestamp::NEVER => {
            format!("{} got so far, {} after it began", words::job(job.kind), at.saturating_since(job.begin))
        }
        Some(job) if job.end == at => {
            format!("{} ended, {} after it began", words::job(job.kind), at.saturating_since(job.begin))
        }
        _ => match phase {
            Phase::Abandoned => "the vault that held it is gone".into(),
            Phase::Unprotected => "nothing of the protection is left in the guest".into(),
            _ => "the order before it asked for that".into(),
        },
    }
}

/// Why people order something: the state of things that they wait for.
fn ordered(memory: &Memory, vm: VmId, command: &str, at: Timestamp) -> String {
    let own = memory.vm(vm);
    if let Some((known, last)) = own.order
        && known == command
        && own.tried > 0
        && last < at
        && command != "test failover"
    {
        return format!("it is not done yet, {} after they last tried", at.saturating_since(last));
    }
    let stands = own.phase.map(|(phase, since)| format!("it is {} since {}", words::phase(phase), second(since)));
    let stands = stands.unwrap_or_else(|| "it is not protected".into());
    match command {
        "fail over" => match memory.declared[memory.inventory.vm(vm).on.index()] {
            Some(declared) => format!("{} was declared lost on {}", stamp_of(memory, vm), second(declared)),
            None => stands,
        },
        "test failover" => "a drill is due".into(),
        "re-protect" => {
            let on = memory.inventory.vm(vm).on;
            match memory.ended(|kind| takes_machines_of(kind, on)) {
                Some(spell) => format!("{stands} and {} is healthy since {}", stamp_of(memory, vm), second(spell.end)),
                None => stands,
            }
        }
        _ => stands,
    }
}
