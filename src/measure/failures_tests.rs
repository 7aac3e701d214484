//! Claims about RPO at failure and RTO: the four choices by hand, the five parts, stamps that come back, repetition.

use crate::contract::{AlarmKind, Fact, JobKind, MachineRole, Phase, PointChoice, PointRun, Step};
use crate::measure::testing::{at, two_stamps};
use crate::measure::{Outcome, Recovery, RtoParts};
use crate::units::{ApplianceId, Bytes, Duration, Timestamp, VmId};

const VM: VmId = VmId(0);
const FAIL_OVER: JobKind = JobKind::FailOver;

fn lost(received: u64) -> Fact {
    Fact::SourceLost { vm: VM, received: at(received), in_cache: Bytes::mib(5), at_source: Bytes::mib(3) }
}

fn step(step: Step) -> Fact {
    Fact::StepDone { vm: VM, job: FAIL_OVER, step }
}

fn up(role: MachineRole) -> Fact {
    Fact::MachineUp { vm: VM, role }
}

fn told(settle: u64, facts: &[(u64, Fact)], end: u64) -> Outcome {
    let mut ledger =
        two_stamps(1).ledger(Duration::secs(settle), Duration::days(1)).with_custom_point(Duration::secs(1_000));
    ledger.record(Timestamp::START, &Fact::Entered { vm: VM, phase: Phase::Protected });
    facts.iter().for_each(|(when, fact)| ledger.record(at(*when), fact));
    ledger.close(at(end))
}

fn s(seconds: u64) -> Option<Duration> {
    Some(Duration::secs(seconds))
}

#[test]
fn the_four_choices_have_four_ages_even_when_the_run_is_told_late() {
    let (every, lag, app_every) = (Duration::secs(300), Duration::secs(40), s(1_200));
    let run = PointRun { first: at(0), last: at(2_700), every, lag, app_every };
    // The mark at 3 000 is not usable at 3 000; the one at 2 700 is.
    let outcome = told(0, &[(3_000, lost(2_990)), (3_600, Fact::PointsMade { vm: VM, run })], 4_000);
    let failure = &outcome.failures[0];
    assert_eq!(failure.rpo_latest, s(10));
    assert_eq!(failure.rpo_latest_processed, s(300));
    assert_eq!(failure.rpo_latest_app_consistent, s(600), "the mark at 2 400");
    assert_eq!(failure.rpo_custom, s(1_200), "the mark at 1 800, the newest at least 1 000 s old");
    assert_eq!((failure.in_cache, failure.at_source), (Bytes::mib(5), Bytes::mib(3)));
}

#[test]
fn points_made_usable_after_the_failure_do_not_count_for_it() {
    let point = |mark, app_consistent| Fact::PointMade { vm: VM, mark: at(mark), app_consistent };
    let facts = [(40, point(0, true)), (1_940, point(1_900, false)), (2_000, lost(1_999)), (2_240, point(1_990, true))];
    let failure = told(0, &facts, 3_000).failures[0].clone();
    assert_eq!(failure.rpo_latest_processed, s(100));
    assert_eq!(failure.rpo_latest_app_consistent, s(2_000));
    assert_eq!(failure.rpo_custom, s(2_000));
}

#[test]
fn p31_the_rto_is_spent_in_five_parts_that_add_up() {
    let facts = [
        (40, Fact::PointMade { vm: VM, mark: at(0), app_consistent: false }),
        (1_900, lost(1_890)),
        (2_020, Fact::Alarm { alarm: AlarmKind::NoHeartbeat(ApplianceId(0)) }),
        (2_200, Fact::JobStarted { vm: VM, job: FAIL_OVER }),
        (2_200, step(Step::Checked)),
        (2_230, step(Step::Processed)),
        (2_230, Fact::PointChosen { vm: VM, choice: PointChoice::Latest, mark: at(1_890), app_consistent: false }),
        (2_440, step(Step::Created)),
        (2_620, up(MachineRole::Replica)),
        (2_620, step(Step::Booted)),
        (2_620, Fact::DataLost { vm: VM, mark: at(1_890), failed_at: at(1_900), bytes: Bytes::mib(3) }),
        (2_620, Fact::JobDone { vm: VM, job: FAIL_OVER }),
    ];
    let outcome = told(0, &facts, 9_000);
    let second = Duration::secs;
    let parts = RtoParts {
        detect: second(120),
        decide: second(180),
        process: second(30),
        create: second(210),
        boot: second(180),
    };
    let failure = &outcome.failures[0];
    assert_eq!(failure.recovery, Recovery::FailedOver(parts));
    assert_eq!(parts.total(), second(720));
    assert_eq!((failure.rpo_chosen, failure.data_lost), (s(10), Some(Bytes::mib(3))));
    assert_eq!(outcome.vms[0].downtime, second(720));
}

#[test]
fn an_alarm_that_rang_before_costs_no_detection_and_missing_steps_cost_nothing() {
    let facts = [
        (1_000, Fact::Alarm { alarm: AlarmKind::NoHeartbeat(ApplianceId(0)) }),
        (1_900, lost(900)),
        (2_000, Fact::JobStarted { vm: VM, job: FAIL_OVER }),
        (2_100, up(MachineRole::Replica)),
    ];
    let Recovery::FailedOver(parts) = told(0, &facts, 9_000).failures[0].recovery else { panic!("failed over") };
    assert_eq!((parts.detect, parts.decide), (Duration::ZERO, Duration::secs(100)));
    assert_eq!((parts.process, parts.create, parts.boot), (Duration::ZERO, Duration::ZERO, Duration::secs(100)));
}

#[test]
fn a_stamp_that_comes_back_first_gives_no_rto_and_the_next_failure_is_its_own() {
    let facts = [
        (1_000, lost(990)),
        (1_600, up(MachineRole::Original)),
        (5_000, lost(4_990)),
        (5_100, Fact::JobStarted { vm: VM, job: FAIL_OVER }),
        (5_400, up(MachineRole::Replica)),
        // The failed-over machine is lost with the other stamp and never serves again.
        (8_000, lost(7_000)),
    ];
    let outcome = told(0, &facts, 9_000);
    let recoveries: Vec<Recovery> = outcome.failures.iter().map(|failure| failure.recovery).collect();
    assert_eq!(recoveries[0], Recovery::WithTheStamp(Duration::secs(600)));
    assert!(matches!(recoveries[1], Recovery::FailedOver(parts) if parts.total() == Duration::secs(400)));
    assert_eq!(recoveries[2], Recovery::Never(Duration::secs(1_000)));
    assert_eq!((outcome.failures.len(), outcome.vms[0].failures), (3, 3));
}

#[test]
fn failures_while_settling_are_left_out_and_counted() {
    let outcome = told(2_000, &[(1_000, lost(990)), (1_600, up(MachineRole::Original)), (3_000, lost(2_990))], 4_000);
    assert_eq!((outcome.failures.len(), outcome.failures_settling), (1, 1));
    assert_eq!(outcome.failures[0].at, at(3_000));
}

#[test]
fn a_drill_is_no_failover() {
    let facts = [
        (1_000, lost(990)),
        (1_100, Fact::JobStarted { vm: VM, job: JobKind::TestFailover }),
        (1_150, Fact::PointChosen { vm: VM, choice: PointChoice::Latest, mark: at(0), app_consistent: false }),
        (1_200, up(MachineRole::Test)),
    ];
    let failure = told(0, &facts, 2_000).failures[0].clone();
    assert_eq!((failure.recovery, failure.rpo_chosen), (Recovery::Never(Duration::secs(1_000)), None));
}

/// The way home chooses a point as well, and loses nothing: that is not what the failover lost.
#[test]
fn a_failback_does_not_wipe_out_what_the_failover_lost() {
    let told_lost = |bytes| Fact::DataLost { vm: VM, mark: at(1_800), failed_at: at(1_900), bytes };
    let facts = [
        (1_900, lost(1_900)),
        (2_200, Fact::JobStarted { vm: VM, job: FAIL_OVER }),
        (2_200, told_lost(Bytes::mib(131))),
        (2_620, up(MachineRole::Replica)),
        (2_620, Fact::JobDone { vm: VM, job: FAIL_OVER }),
        (9_000, Fact::JobStarted { vm: VM, job: JobKind::FailBack }),
        (9_100, told_lost(Bytes::ZERO)),
    ];
    assert_eq!(told(0, &facts, 10_000).failures[0].data_lost, Some(Bytes::mib(131)));
}
