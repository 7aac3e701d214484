//! Failover, re-protection, failback and the guest: what stands, what stays, what counts.

use drsim::contract::MachineRole::{Original, Replica};
use drsim::contract::{Cause, CopyKind, Direction, Effect, Fact, Meter, Observation, OutageKind};
use drsim::units::*;
use drsim::world::Outage;

use crate::stage::{APPLIANCE, EAST, ERP, INFRA, Plan, Stage, TARGET, TENANT, at};

#[test]
fn what_is_detached_stays_and_counts() {
    let mut stage = Stage::of(Plan::of(&[&[64, 100]]));
    let before = stage.disk(TENANT);
    stage.replica(ERP);
    stage.failed_over(ERP);
    stage.on_the_appliance(ERP);
    assert_eq!(stage.disk(TENANT), before + Bytes::gib(1), "a temporary OS disk");
    assert_eq!((stage.slots(), stage.world.source_serves(ERP)), (2, false));
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Replica });
    stage.done(|op| Effect::RebuildOriginal { op, vm: ERP });
    assert_eq!(stage.slots(), 0);
    stage.done(|op| Effect::StartMachine { op, vm: ERP, role: Original });
    assert_eq!(stage.world.serving(ERP), Some(Original));
    stage.done(|op| Effect::DeleteMachine { op, vm: ERP, role: Replica });
    assert_eq!(stage.disk(TARGET), Bytes::ZERO, "machine and disks of the target are gone");
    assert_eq!(stage.disk(TENANT), before + Bytes::gib(1), "the temporary OS disk is not deleted");
}

/// 100 GiB at 128 MiB/s are 800 s, and a minute on top.
#[test]
fn disks_of_another_subscription_are_copied_and_copied_back() {
    let mut plan = Plan::of(&[&[100]]);
    plan.apart = true;
    let mut stage = Stage::of(plan);
    let (tenant, infra) = (stage.disk(TENANT), stage.disk(INFRA));
    assert!(stage.findings(ERP).source_disks_elsewhere);
    stage.replica(ERP);
    stage.failed_over(ERP);
    stage.done(|op| Effect::DetachSourceDisks { op, vm: ERP });
    assert_eq!(stage.done(|op| Effect::CopySourceDisks { op, vm: ERP }), Duration::secs(800 + 60));
    assert_eq!(stage.disk(INFRA), infra + Bytes::gib(100));
    assert_eq!(stage.disk(TENANT), tenant + Bytes::gib(1), "the copied disks stay");
    stage.done(|op| Effect::AttachToAppliance { op, vm: ERP, appliance: APPLIANCE });
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Replica });
    let took = stage.done(|op| Effect::RebuildOriginal { op, vm: ERP });
    assert_eq!(took, Duration::secs(60 + 60 + 800 + 60), "detach, attach, copy, overhead");
    assert_eq!(stage.disk(TENANT), tenant + Bytes::gib(1 + 100));
    assert_eq!(stage.disk(INFRA), infra + Bytes::gib(100), "the appliance's set stays until somebody deletes it");
    stage.done(|op| Effect::RevertOriginal { op, vm: ERP });
    assert_eq!((stage.disk(TENANT), stage.slots()), (tenant + Bytes::gib(1), 1));
}

/// A point two hours old at 1 MB/s leaves 7.2 GB more to send back than a fresh one: 58 s at 125 MB/s.
#[test]
fn the_older_the_point_the_more_differs_on_the_way_back() {
    let back = |age: Duration| {
        let mut plan = Plan::of(&[&[64]]);
        plan.churn = ByteRate::mb(1);
        let mut stage = Stage::of(plan);
        stage.replica(ERP);
        stage.stream(ERP, Direction::Forward);
        stage.until(at(240));
        let mark = stage.now.saturating_sub(age);
        stage.world.perform(stage.now, Effect::StopStream { vm: ERP });
        stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original });
        stage.done(|op| Effect::BuildDisks { op, vm: ERP, role: Replica, mark });
        stage.done(|op| Effect::CreateMachine { op, vm: ERP, role: Replica });
        stage.done(|op| Effect::StartMachine { op, vm: ERP, role: Replica });
        stage.on_the_appliance(ERP);
        let (kind, direction) = (CopyKind::ReverseDifferences, Direction::Reverse);
        let op = stage.order(|op| Effect::Copy { op, vm: ERP, kind, direction });
        let from = stage.now;
        stage.until(from + Duration::hours(12));
        stage.answers(op)[0].0.since(from)
    };
    let more = back(Duration::hours(2)) - back(Duration::ZERO);
    assert!(more >= Duration::secs(55) && more <= Duration::secs(75), "{more}");
}

#[test]
fn a_cancelled_failback_needs_its_slots_again() {
    let mut plan = Plan::of(&[&[10], &[10]]);
    plan.slots = 1;
    let mut stage = Stage::of(plan);
    for vm in [VmId(0), VmId(1)] {
        stage.replica(vm);
        stage.failed_over(vm);
    }
    stage.on_the_appliance(VmId(0));
    stage.done(|op| Effect::RebuildOriginal { op, vm: VmId(0) });
    stage.on_the_appliance(VmId(1));
    let revert = |op| Effect::RevertOriginal { op, vm: VmId(0) };
    assert_eq!(stage.fails(revert), Cause::NoSlots { need: 1, free: 0 });
    stage.done(|op| Effect::DetachFromAppliance { op, vm: VmId(1) });
    stage.done(revert);
    stage.done(|op| Effect::StartMachine { op, vm: VmId(0), role: Replica });
    assert_eq!((stage.slots(), stage.world.serving(VmId(0))), (1, Some(Replica)));
}

#[test]
fn a_deleted_source_is_created_anew_at_failback() {
    let gone = Outage::SourceDeleted { stamp: EAST, share: Ratio::ONE };
    let mut stage = Stage::of(Plan::of(&[&[64]]).outage("hand", gone, &[(60, 0)]));
    let (disks, vms) = (stage.disk(TENANT), stage.level(Meter::QuotaVms(TENANT)));
    stage.replica(ERP);
    stage.until(at(61));
    assert_eq!(stage.turns(ERP), [(at(60), Original, false)]);
    assert_eq!(stage.disk(TENANT), disks - Bytes::gib(64));
    let found = stage.findings(ERP);
    assert!(!found.source_vm_exists && !found.source_disks_reusable && found.appliance_healthy);
    assert_eq!(stage.fails(|op| Effect::DetachSourceDisks { op, vm: ERP }), Cause::Missing);
    stage.failed_over(ERP);
    stage.done(|op| Effect::CreateSourceDisks { op, vm: ERP });
    stage.done(|op| Effect::AttachToAppliance { op, vm: ERP, appliance: APPLIANCE });
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Replica });
    stage.done(|op| Effect::RebuildOriginal { op, vm: ERP });
    stage.done(|op| Effect::StartMachine { op, vm: ERP, role: Original });
    assert_eq!((stage.disk(TENANT), stage.level(Meter::QuotaVms(TENANT))), (disks, vms));
    assert_eq!((stage.slots(), stage.world.serving(ERP)), (0, Some(Original)));
    assert_eq!(stage.world.outages()[0].ends, Timestamp::NEVER);
    let ended = Fact::OutageEnded { outage: OutageId(0), kind: OutageKind::SourceDeleted(EAST) };
    assert!(!stage.facts.iter().any(|(_, fact)| *fact == ended), "deletions are not repaired");
}

#[test]
fn another_point_needs_the_disks_and_the_commit_lets_them_go() {
    let mut stage = Stage::of(Plan::of(&[&[64]]));
    stage.replica(ERP);
    stage.world.perform(stage.now, Effect::HoldPoints { vm: ERP, marks: vec![at(5), at(10)] });
    stage.failed_over(ERP);
    stage.done(|op| Effect::DeleteMachine { op, vm: ERP, role: Replica });
    assert_eq!(stage.disk(TARGET), Bytes::gib(65), "the points are on them");
    stage.failed_over(ERP);
    stage.world.perform(stage.now, Effect::HoldPoints { vm: ERP, marks: Vec::new() });
    stage.done(|op| Effect::DeleteReplicaDisks { op, vm: ERP });
    assert_eq!(stage.disk(TARGET), Bytes::gib(65), "disks of a machine stay with it");
    stage.done(|op| Effect::DeleteMachine { op, vm: ERP, role: Replica });
    assert_eq!((stage.disk(TARGET), stage.level(Meter::QuotaVms(TARGET))), (Bytes::ZERO, 0));
}

/// Points of the way back are kept on the appliance's disks and charged there; the target's disks go with their machine.
#[test]
fn points_of_the_way_back_are_charged_at_the_source() {
    let mut plan = Plan::of(&[&[64]]);
    plan.apart = true;
    plan.churn = ByteRate::mb(1);
    let mut stage = Stage::of(plan);
    stage.replica(ERP);
    stage.failed_over(ERP);
    stage.done(|op| Effect::DetachSourceDisks { op, vm: ERP });
    stage.done(|op| Effect::CopySourceDisks { op, vm: ERP });
    stage.done(|op| Effect::AttachToAppliance { op, vm: ERP, appliance: APPLIANCE });
    stage.stream(ERP, Direction::Reverse);
    let from = stage.now;
    stage.until(from + Duration::minutes(20));
    let marks = vec![from + Duration::minutes(5), from + Duration::minutes(10)];
    stage.world.perform(stage.now, Effect::HoldPoints { vm: ERP, marks: marks.clone() });
    stage.world.perform(stage.now, Effect::StopStream { vm: ERP });
    stage.world.perform(stage.now, Effect::HoldPoints { vm: ERP, marks });
    assert_eq!(stage.level(Meter::PointStorage(INFRA)), Bytes::mb(300).0);
    stage.done(|op| Effect::DeleteMachine { op, vm: ERP, role: Replica });
    assert_eq!(stage.disk(TARGET), Bytes::ZERO);
}

#[test]
fn g20_the_mobility_service_blocks_until_it_is_uninstalled_and_the_machine_restarted() {
    let mut stage = Stage::of(Plan::of(&[&[64]]));
    stage.replica(ERP);
    assert!(stage.findings(ERP).serving_vm_runs && !stage.findings(ERP).mobility_service_left_over);
    stage.done(|op| Effect::RemoveExtension { op, vm: ERP });
    assert!(stage.findings(ERP).mobility_service_left_over, "the extension is gone, the service stays");
    stage.done(|op| Effect::UninstallMobilityService { op, vm: ERP });
    assert!(stage.findings(ERP).mobility_service_left_over, "a restart is missing");
    let took = stage.done(|op| Effect::RestartMachine { op, vm: ERP, role: Original });
    assert_eq!(took, Duration::minutes(2 + 5), "down, and up again: a Windows guest");
    assert!(!stage.findings(ERP).mobility_service_left_over);
}

#[test]
fn g21_a_deleted_appliance_is_gone_with_its_slots_and_heartbeats() {
    let mut stage = Stage::of(Plan::of(&[&[64]]));
    stage.replica(ERP);
    stage.failed_over(ERP);
    stage.on_the_appliance(ERP);
    stage.done(|op| Effect::DeleteAppliance { op, appliance: APPLIANCE });
    let deleted = stage.now;
    let found = stage.findings(ERP);
    assert!(!found.appliance_exists && !found.appliance_healthy && found.slots_free == 0);
    assert_eq!(stage.slots(), 0);
    let attach = |op| Effect::AttachToAppliance { op, vm: ERP, appliance: APPLIANCE };
    assert_eq!(stage.fails(attach), Cause::Missing);
    for beat in stage.world.heartbeats(stage.now + Duration::hours(1)) {
        assert!(matches!(beat, Observation::Heartbeat { sent_at, .. } if sent_at < deleted));
    }
}

/// Initial copy, stream, failover without shutdown, re-protection by differences, failback, commit: every order is carried
/// out, the last mark also when it is cut after the machine went down, and in the end the target is empty.
#[test]
fn a_whole_life_there_and_back() {
    let mut plan = Plan::of(&[&[16, 8]]);
    plan.churn = ByteRate::kib(200);
    let mut stage = Stage::of(plan);
    let copy = |kind, direction| move |op| Effect::Copy { op, vm: ERP, kind, direction };
    stage.replica(ERP);
    let took = stage.done(copy(CopyKind::Initial, Direction::Forward));
    assert!(took >= Duration::secs(206), "24 GiB pass 125 MB/s in 206 s, not in {took}");
    stage.stream(ERP, Direction::Forward);
    stage.until(stage.now + Duration::hours(2));
    stage.world.perform(stage.now, Effect::StopStream { vm: ERP });
    stage.failed_over(ERP);
    assert!(stage.world.source_serves(ERP) && stage.world.serving(ERP) == Some(Replica));
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original });
    stage.on_the_appliance(ERP);
    stage.done(copy(CopyKind::ReverseDifferences, Direction::Reverse));
    stage.stream(ERP, Direction::Reverse);
    stage.until(stage.now + Duration::hours(1));
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Replica });
    stage.done(|op| Effect::CutMark { op, vm: ERP });
    stage.world.perform(stage.now, Effect::StopStream { vm: ERP });
    stage.done(|op| Effect::RebuildOriginal { op, vm: ERP });
    stage.done(|op| Effect::StartMachine { op, vm: ERP, role: Original });
    stage.done(|op| Effect::DeleteMachine { op, vm: ERP, role: Replica });
    assert_eq!((stage.disk(TARGET), stage.slots()), (Bytes::ZERO, 0));
    assert_eq!(stage.world.serving(ERP), Some(Original));
    let ledger = stage.facts.iter().rev().find_map(|(_, fact)| match *fact {
        Fact::Ledger { vm: ERP, written, applied, in_flight, in_cache, superseded, lost } => {
            Some((written, applied + in_flight + in_cache + superseded + lost))
        }
        _ => None,
    });
    let (written, accounted) = ledger.expect("the run was closed");
    assert_eq!(written, accounted);
}
