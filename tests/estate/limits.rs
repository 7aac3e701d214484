//! What quota, placement, slots and sizes stop, and how long things take.

use drsim::contract::MachineRole::{Original, Replica, Test};
use drsim::contract::{Cause, CopyKind, Direction, Effect, Meter};
use drsim::inventory::Servers;
use drsim::units::*;

use crate::stage::{APPLIANCE, ERP, Plan, Stage, TARGET, WEST, quota};

#[test]
fn g9_seeds_are_one_gib_then_grow_and_no_core_is_taken_until_a_failover() {
    let mut stage = Stage::of(Plan::of(&[&[64, 100]]));
    stage.done(|op| Effect::CreateReplicaDisks { op, vm: ERP });
    assert_eq!(stage.disk(TARGET), Bytes::gib(2));
    stage.done(|op| Effect::ResizeReplicaDisks { op, vm: ERP });
    assert_eq!(stage.disk(TARGET), Bytes::gib(65 + 101));
    assert_eq!((stage.level(Meter::QuotaCores(TARGET)), stage.level(Meter::StampMemory(WEST))), (0, 0));
    stage.failed_over(ERP);
    assert_eq!(stage.level(Meter::QuotaCores(TARGET)), 4);
    assert_eq!(stage.level(Meter::StampMemory(WEST)), Bytes::gib(14).0);
    assert_eq!(stage.disk(TARGET), Bytes::gib(166), "the replica's disks become the machine's");
}

#[test]
fn g8_a_disk_of_1023_keeps_its_seed_and_one_of_1022_grows() {
    let mut stage = Stage::of(Plan::of(&[&[1023], &[1022]]));
    stage.done(|op| Effect::CreateReplicaDisks { op, vm: VmId(0) });
    assert_eq!(stage.fails(|op| Effect::ResizeReplicaDisks { op, vm: VmId(0) }), Cause::SizeOutOfRange);
    assert_eq!(stage.disk(TARGET), Bytes::gib(1));
    stage.done(|op| Effect::CreateReplicaDisks { op, vm: VmId(1) });
    stage.done(|op| Effect::ResizeReplicaDisks { op, vm: VmId(1) });
    assert_eq!(stage.disk(TARGET), Bytes::gib(1 + 1023));
}

/// Three seeds take 3, two replicas 1402 of 2048; the third would add 700 to 1403, and only 645 are free.
#[test]
fn g23_a_default_quota_cannot_hold_three_replicas_of_700() {
    let mut stage = Stage::of(Plan::of(&[&[700], &[700], &[700]]));
    for vm in (0..3).map(VmId) {
        stage.done(|op| Effect::CreateReplicaDisks { op, vm });
    }
    stage.done(|op| Effect::ResizeReplicaDisks { op, vm: VmId(0) });
    stage.done(|op| Effect::ResizeReplicaDisks { op, vm: VmId(1) });
    let meter = Meter::QuotaManagedDisk(TARGET);
    assert_eq!(stage.fails(|op| Effect::ResizeReplicaDisks { op, vm: VmId(2) }), Cause::QuotaExceeded(meter));
    assert_eq!(stage.limit_hits(), [(meter, Bytes::gib(700).0, Bytes::gib(645).0)]);
    assert_eq!(stage.disk(TARGET), Bytes::gib(701 + 701 + 1));
}

/// VMs of three disks: 10 · 3 = 30 of 31 slots, the eleventh finds one. A DS5_v2 has 63.
#[test]
fn g7_disks_take_slots_until_they_leave_the_appliance() {
    for (slots, disks, fit) in [(31, 3, 10), (31, 1, 31), (63, 1, 63), (63, 3, 21)] {
        let sizes = vec![10; disks as usize];
        let mut plan = Plan::of(&vec![&sizes[..]; fit + 1]);
        plan.slots = slots;
        let mut stage = Stage::of(plan);
        (0..fit).for_each(|vm| stage.on_the_appliance(VmId::from_index(vm)));
        assert_eq!(stage.slots(), u64::from(disks) * fit as u64);
        let last = VmId::from_index(fit);
        stage.done(|op| Effect::DetachSourceDisks { op, vm: last });
        let free = slots - disks * fit as u32;
        let cause = stage.fails(|op| Effect::AttachToAppliance { op, vm: last, appliance: APPLIANCE });
        assert_eq!(cause, Cause::NoSlots { need: disks, free });
        stage.done(|op| Effect::DetachFromAppliance { op, vm: ERP });
        stage.done(|op| Effect::AttachToAppliance { op, vm: last, appliance: APPLIANCE });
        for vm in (0..=fit).map(VmId::from_index) {
            stage.done(|op| Effect::DetachFromAppliance { op, vm });
        }
        assert_eq!(stage.slots(), 0);
    }
}

#[test]
fn machines_are_stopped_by_cores_by_count_and_by_memory() {
    let cases = [
        (quota(3, 50, 2048), None, Cause::QuotaExceeded(Meter::QuotaCores(TARGET)), (4, 3)),
        (quota(100, 0, 2048), None, Cause::QuotaExceeded(Meter::QuotaVms(TARGET)), (1, 0)),
        // Two servers of 400: 800 − (400 + 60) − (242 + 8) − 42 of the provider = 48; three machines of 14 fit.
        (
            quota(100, 50, 2048),
            Some(Servers { count: 2, memory: Bytes::gib(400) }),
            Cause::NoPlacement(WEST),
            (Bytes::gib(14).0, Bytes::gib(48 - 42).0),
        ),
    ];
    for (target, servers, cause, (need, free)) in cases {
        let mut plan = Plan::of(&[&[10], &[10], &[10], &[10]]);
        (plan.target, plan.servers) = (target, servers);
        let fit = if servers.is_some() { 3 } else { 0 };
        let mut stage = Stage::of(plan);
        for vm in (0..fit).map(VmId) {
            stage.replica(vm);
            stage.failed_over(vm);
        }
        let vm = VmId(fit);
        stage.replica(vm);
        assert_eq!(stage.fails(|op| Effect::CreateMachine { op, vm, role: Replica }), cause);
        let hit = stage.limit_hits()[0];
        assert_eq!((hit.1, hit.2), (need, free));
    }
}

#[test]
fn a_machine_that_gave_its_memory_back_may_not_find_it_again() {
    let mut plan = Plan::of(&[&[10], &[10]]);
    // Room for one machine of 14: 740 − (370 + 55.5) − (242 + 8) − 42 = 22.5.
    plan.servers = Some(Servers { count: 2, memory: Bytes::gib(370) });
    let mut stage = Stage::of(plan);
    (0..2).for_each(|vm| stage.replica(VmId(vm)));
    stage.failed_over(VmId(0));
    stage.done(|op| Effect::ShutDownMachine { op, vm: VmId(0), role: Replica });
    stage.failed_over(VmId(1));
    let start = |op| Effect::StartMachine { op, vm: VmId(0), role: Replica };
    assert_eq!(stage.fails(start), Cause::NoPlacement(WEST));
    stage.done(|op| Effect::ShutDownMachine { op, vm: VmId(1), role: Replica });
    stage.done(start);
    assert_eq!(stage.level(Meter::QuotaVms(TARGET)), 2, "a stopped machine still counts for its quota");
}

#[test]
fn a_test_machine_costs_full_copies_and_its_deletion_gives_everything_back() {
    let mut stage = Stage::of(Plan::of(&[&[64]]));
    stage.replica(ERP);
    let mark = Timestamp::START;
    stage.done(|op| Effect::BuildDisks { op, vm: ERP, role: Test, mark });
    stage.done(|op| Effect::CreateMachine { op, vm: ERP, role: Test });
    stage.done(|op| Effect::StartMachine { op, vm: ERP, role: Test });
    assert_eq!(stage.disk(TARGET), Bytes::gib(65 * 2));
    assert_eq!(stage.world.serving(ERP), Some(Original), "a test machine never serves");
    stage.done(|op| Effect::DeleteMachine { op, vm: ERP, role: Test });
    assert_eq!(stage.disk(TARGET), Bytes::gib(65));
    assert_eq!((stage.level(Meter::QuotaVms(TARGET)), stage.level(Meter::StampVms(WEST))), (0, 0));
}

/// Create 3 min: two at once. Boot 5 min for Windows (even), 3 for Linux (odd).
#[test]
fn machines_are_created_a_few_at_a_time_and_boot_by_their_guest() {
    let mut plan = Plan::of(&[&[1], &[1], &[1]]);
    plan.creates_at_once = 2;
    let mut stage = Stage::of(plan);
    (0..3).for_each(|vm| stage.replica(VmId(vm)));
    let from = stage.now;
    let ops: Vec<_> =
        (0..3).map(|vm| stage.order(|op| Effect::CreateMachine { op, vm: VmId(vm), role: Replica })).collect();
    stage.until(from + Duration::minutes(10));
    let after: Vec<_> = ops.iter().map(|op| stage.answers(*op)[0].0.since(from)).collect();
    assert_eq!(after, [3, 3, 6].map(Duration::minutes));
    let boot = |vm: u32| move |op| Effect::StartMachine { op, vm: VmId(vm), role: Replica };
    assert_eq!(stage.done(boot(0)), Duration::minutes(5));
    assert_eq!(stage.done(boot(1)), Duration::minutes(3));
}

#[test]
fn orders_for_what_is_so_already_are_answered_at_once() {
    let mut stage = Stage::of(Plan::of(&[&[1]]));
    stage.replica(ERP);
    assert_eq!(stage.done(|op| Effect::ResizeReplicaDisks { op, vm: ERP }), Duration::ZERO);
    assert_eq!(stage.done(|op| Effect::StartMachine { op, vm: ERP, role: Original }), Duration::ZERO);
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original });
    assert_eq!(stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original }), Duration::ZERO);
    assert_eq!(stage.world.serving(ERP), None);
}

#[test]
fn copies_need_both_ends() {
    let mut stage = Stage::of(Plan::of(&[&[1]]));
    let copy = |kind, direction| move |op| Effect::Copy { op, vm: ERP, kind, direction };
    assert_eq!(stage.fails(copy(CopyKind::Initial, Direction::Forward)), Cause::Missing);
    stage.replica(ERP);
    stage.failed_over(ERP);
    assert_eq!(stage.fails(copy(CopyKind::ReverseDifferences, Direction::Reverse)), Cause::Missing);
}
