//! Claims about what is counted and timed: long operations, refusals, health, drills, bytes, charts.

use crate::contract::{Cause, Fact, Health, HealthReason, JobKind, MachineRole, Meter, OutageKind, Phase, Refusal};
use crate::measure::testing::{at, two_stamps};
use crate::measure::{Outcome, Span};
use crate::units::{Bytes, CacheId, Duration, LinkId, OutageId, SubscriptionId, VmId};

const VM: VmId = VmId(0);

fn told(vms: u32, facts: &[(u64, Fact)], end: u64) -> Outcome {
    let mut ledger = two_stamps(vms).ledger(Duration::ZERO, Duration::secs(4_000)).with_series();
    facts.iter().for_each(|(when, fact)| ledger.record(at(*when), fact));
    ledger.close(at(end))
}

fn entered(vm: u32, phase: Phase) -> Fact {
    Fact::Entered { vm: VmId(vm), phase }
}

#[test]
fn initial_replication_ends_with_the_last_vm_that_is_to_be_protected() {
    let facts = [
        (100, entered(0, Phase::Enabling)),
        (200, entered(0, Phase::InitialReplication)),
        (200, entered(1, Phase::Enabling)),
        (900, entered(0, Phase::Protected)),
        (1_500, entered(1, Phase::Protected)),
        (2_000, entered(1, Phase::FailingOver)),
        (2_500, entered(1, Phase::Protected)),
    ];
    let durations = told(2, &facts, 4_000).durations;
    assert_eq!(durations.initial_replication_last, Some(Duration::secs(1_500)));
    let span = |vm, begin, span| Span { vm: Some(VmId(vm)), begin: at(begin), span: Duration::secs(span) };
    assert_eq!(durations.initial_replication, [span(0, 100, 800), span(1, 200, 1_300)]);
    assert_eq!(told(2, &facts[..4], 4_000).durations.initial_replication_last, None, "one VM never is");
}

#[test]
fn re_protect_and_failback_run_from_the_order() {
    let facts = [
        (1_000, Fact::Ordered { vm: VM, command: "re-protect" }),
        (1_010, Fact::JobStarted { vm: VM, job: JobKind::Reprotect }),
        (2_000, entered(0, Phase::ProtectedReverse)),
        (2_500, Fact::Ordered { vm: VM, command: "FailBack" }),
        (2_500, Fact::Refused { vm: Some(VM), command: "FailBack", refusal: Refusal::NotNow(Phase::Protected) }),
        (3_000, Fact::JobStarted { vm: VM, job: JobKind::FailBack }),
        (3_400, Fact::MachineUp { vm: VM, role: MachineRole::Original }),
    ];
    let durations = told(1, &facts, 4_000).durations;
    assert_eq!(durations.reprotect[0].span, Duration::secs(1_000));
    assert_eq!(durations.failback[0].span, Duration::secs(400), "a refused order does not begin it");
}

#[test]
fn refusals_for_lack_of_room_are_counted_apart() {
    let refused = |refusal| Fact::Refused { vm: Some(VM), command: "reprotect", refusal };
    let meter = Meter::QuotaCores(SubscriptionId(1));
    let facts = [
        (1, refused(Refusal::NotEnoughSlots { need: 3, free: 2 })),
        (2, refused(Refusal::NotEnoughSlots { need: 5, free: 2 })),
        (3, refused(Refusal::NoTestNetwork)),
        (4, Fact::LimitHit { meter, need: 8, free: 5 }),
        (5, Fact::LimitHit { meter, need: 16, free: 5 }),
        (5, Fact::JobFailed { vm: VM, job: JobKind::FailOver, cause: Cause::QuotaExceeded(meter) }),
        (6, Fact::DrillDone { vm: VM, ok: true }),
        (7, Fact::DrillDone { vm: VM, ok: false }),
    ];
    let outcome = told(1, &facts, 4_000);
    assert_eq!(outcome.refused["not-enough-slots"], 2);
    assert_eq!(outcome.refused["no-test-network"], 1);
    assert_eq!(outcome.refused["failed: quota-exceeded"], 1);
    assert_eq!(outcome.refused_for_capacity, 4);
    assert_eq!((outcome.limit_hits[0].count, outcome.limit_hits[0].short_max), (2, 11));
    assert_eq!((outcome.drills_ok, outcome.drills_failed), (1, 1));
}

#[test]
fn health_is_counted_in_vm_time_by_reason() {
    let (health, reason) = (Health::Critical, HealthReason::NoHeartbeat);
    let facts = [
        (1_000, Fact::HealthChanged { vm: VM, health, reason }),
        (1_500, Fact::HealthChanged { vm: VM, health: Health::Normal, reason: HealthReason::AllWell }),
    ];
    let outcome = told(2, &facts, 4_000);
    assert_eq!(outcome.health["critical: no-heartbeat"], Duration::secs(500));
    assert_eq!(outcome.health["normal: all-well"], Duration::secs(7_500));
}

#[test]
fn charts_hold_levels_and_outages_of_the_run() {
    let (outage, kind) = (OutageId(0), OutageKind::LinkDown(LinkId(0)));
    let meter = Meter::CacheUsed(CacheId(0));
    let facts = [
        (100, Fact::OutageBegan { outage, kind }),
        (300, Fact::OutageEnded { outage, kind }),
        (4_000, Fact::Level { meter, since: at(0), start: 0, end: 400 }),
    ];
    let series = told(1, &facts, 4_000).series.expect("asked for");
    assert_eq!(series.bin, Duration::secs(10));
    assert_eq!(series.outages, [(kind, at(100), at(300))]);
    assert_eq!((series.lines.len(), series.lines[0].values.len()), (1, 400));
    assert_eq!((series.lines[0].values[0], series.lines[0].values[399]), (1, 400));
}

#[test]
fn bytes_are_summed_over_vms() {
    let ledger = |vm| Fact::Ledger {
        vm: VmId(vm),
        written: Bytes(100),
        applied: Bytes(60),
        in_flight: Bytes(20),
        in_cache: Bytes(10),
        superseded: Bytes(6),
        lost: Bytes(4),
    };
    let bytes = told(2, &[(4_000, ledger(0)), (4_000, ledger(1))], 4_000).bytes;
    let parts = bytes.applied + bytes.in_flight + bytes.in_cache + bytes.superseded + bytes.lost;
    assert_eq!((bytes.written, parts), (Bytes(200), Bytes(200)));
}
