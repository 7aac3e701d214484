//! What breaks: how it is seen, what it interrupts, what comes back by itself.

use drsim::contract::MachineRole::{Original, Replica, Test};
use drsim::contract::{Cause, Direction, Effect, Fact, Meter, Observation, OutageKind, ResyncReason};
use drsim::kernel::Law;
use drsim::units::*;
use drsim::world::{Outage, OutageSpec, TakenBy, When};

use crate::stage::{APPLIANCE, EAST, ERP, Plan, Stage, TARGET, WEST, at};

fn east_dark(listed: &[(u64, u64)]) -> Plan {
    Plan::of(&[&[64], &[64]]).outage("fire", Outage::StampDown { stamp: EAST }, listed)
}

#[test]
fn a_dark_stamp_is_noticed_late_and_interrupts_what_runs() {
    let mut stage = Stage::of(east_dark(&[(60, 120)]));
    stage.replica(ERP);
    stage.until(at(58));
    let running = stage.order(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original });
    stage.until(at(70));
    // Two minutes from 58 is 60, the moment of the strike: ties go against us.
    assert_eq!(stage.answers(running), [(at(60), Err(Cause::Interrupted))]);
    let (result, took) = stage.take_time(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original });
    assert_eq!((result, took), (Err(Cause::Unreachable), Duration::minutes(10)));
    let found = stage.findings(ERP);
    assert!(!found.appliance_healthy && found.appliance_exists && found.source_vm_exists, "as known last");
    assert!(!stage.world.stamp_up(EAST) && stage.world.vault_reachable(WEST) && !stage.world.source_serves(ERP));
}

#[test]
fn the_look_of_a_dark_vault_is_unreachable() {
    let mut stage = Stage::of(Plan::of(&[&[1]]).outage("flood", Outage::StampDown { stamp: WEST }, &[(10, 60)]));
    stage.until(at(11));
    assert_eq!(stage.fails(|op| Effect::Inspect { op, vm: ERP }), Cause::Unreachable);
    assert!(!stage.world.vault_reachable(WEST) && stage.world.source_serves(ERP));
}

/// Dark from 60 to 180; a Windows guest needs 5 min more. The unprotected VM is lost too, but nobody speaks of its data.
#[test]
fn with_the_light_machines_boot_and_distrust_their_change_log() {
    let mut stage = Stage::of(east_dark(&[(60, 120)]));
    stage.replica(ERP);
    stage.stream(ERP, Direction::Forward);
    stage.until(at(400));
    assert_eq!(stage.turns(ERP), [(at(60), Original, false), (at(185), Original, true)]);
    let lost: Vec<_> = stage.facts.iter().filter(|(_, fact)| matches!(fact, Fact::SourceLost { .. })).collect();
    assert!(matches!(lost[..], [(when, Fact::SourceLost { vm: ERP, .. })] if *when == at(60)), "{lost:?}");
    assert_eq!(stage.said(&Observation::ResyncNeeded { vm: ERP, why: ResyncReason::UncleanShutdown }), 1);
    assert_eq!(stage.turns(VmId(1)).len(), 2);
}

#[test]
fn after_a_failover_the_source_comes_back_by_itself_and_two_machines_run() {
    let mut stage = Stage::of(east_dark(&[(60, 120)]));
    stage.replica(ERP);
    stage.stream(ERP, Direction::Forward);
    stage.until(at(70));
    stage.failed_over(ERP);
    stage.until(at(400));
    assert_eq!((stage.world.serving(ERP), stage.world.source_serves(ERP)), (Some(Replica), true));
    let resync = Observation::ResyncNeeded { vm: ERP, why: ResyncReason::UncleanShutdown };
    assert_eq!(stage.said(&resync), 0, "it replicates no more");
}

#[test]
fn what_was_shut_down_by_order_stays_down() {
    let mut stage = Stage::of(east_dark(&[(60, 120)]));
    stage.done(|op| Effect::ShutDownMachine { op, vm: ERP, role: Original });
    stage.until(at(400));
    assert!(!stage.world.source_serves(ERP) && stage.world.source_serves(VmId(1)));
}

/// 60..180 and 120..240 overlap: dark from 60 to 240, one boot.
#[test]
fn overlapping_outages_are_over_with_the_last() {
    let mut stage = Stage::of(east_dark(&[(60, 120), (120, 120)]));
    stage.until(at(200));
    assert!(!stage.world.stamp_up(EAST));
    stage.until(at(400));
    assert_eq!(stage.turns(ERP), [(at(60), Original, false), (at(245), Original, true)]);
    let kind = OutageKind::StampDown(EAST);
    let turns = stage.facts.iter().filter(|(_, fact)| {
        matches!(fact, Fact::OutageBegan { kind: of, .. } | Fact::OutageEnded { kind: of, .. } if *of == kind)
    });
    assert_eq!(turns.map(|(at, _)| *at).collect::<Vec<_>>(), [at(60), at(120), at(180), at(240)]);
}

/// The second begins in the instant in which the first ends: begin first, so there is no light between them.
#[test]
fn outages_that_touch_leave_no_light_between_them() {
    let mut stage = Stage::of(east_dark(&[(60, 60), (120, 60)]));
    stage.until(at(400));
    assert_eq!(stage.turns(ERP), [(at(60), Original, false), (at(185), Original, true)]);
}

#[test]
fn a_target_that_was_dark_boots_its_machines_again() {
    let mut stage = Stage::of(Plan::of(&[&[64]]).outage("flood", Outage::StampDown { stamp: WEST }, &[(120, 60)]));
    stage.replica(ERP);
    stage.failed_over(ERP);
    stage.until(at(300));
    let turns = stage.turns(ERP);
    assert_eq!(turns[1..], [(at(120), Replica, false), (at(185), Replica, true)]);
    assert_eq!(stage.level(Meter::StampVms(WEST)), 1);
}

#[test]
fn an_interrupted_creation_leaves_nothing_behind() {
    let mut stage = Stage::of(Plan::of(&[&[64]]).outage("flood", Outage::StampDown { stamp: WEST }, &[(120, 60)]));
    stage.replica(ERP);
    stage.until(at(118));
    let build = stage.order(|op| Effect::BuildDisks { op, vm: ERP, role: Test, mark: at(0) });
    let create = stage.order(|op| Effect::CreateMachine { op, vm: ERP, role: Replica });
    stage.until(at(300));
    assert_eq!(stage.answers(build), [(at(120), Err(Cause::Interrupted))]);
    assert_eq!(stage.answers(create), [(at(120), Err(Cause::Interrupted))]);
    assert_eq!((stage.disk(TARGET), stage.level(Meter::QuotaVms(TARGET))), (Bytes::gib(65), 0));
}

#[test]
fn heartbeats_need_appliance_stamps_and_link() {
    for outage in [
        Outage::StampDown { stamp: EAST },
        Outage::StampDown { stamp: WEST },
        Outage::LinkDown { link: LinkId(0) },
        Outage::ApplianceDown { appliance: APPLIANCE },
    ] {
        let mut stage = Stage::of(Plan::of(&[&[1]]).outage("x", outage.clone(), &[(60, 60)]));
        let sent = |beats: Vec<Observation>| -> Vec<Timestamp> {
            let moment = |beat| match beat {
                Observation::Heartbeat { sent_at, .. } => sent_at,
                other => panic!("{other:?} is no heartbeat"),
            };
            beats.into_iter().map(moment).collect()
        };
        stage.until(at(90));
        assert_eq!(sent(stage.world.heartbeats(stage.now)), [at(59)], "{outage:?}");
        assert_eq!(sent(stage.world.heartbeats(stage.now)), []);
        stage.until(at(120));
        assert_eq!(sent(stage.world.heartbeats(stage.now)), [at(120)], "{outage:?}");
    }
    let slow = Outage::LinkSlow { link: LinkId(0), to: Ratio::percent(1) };
    let mut stage = Stage::of(Plan::of(&[&[1]]).outage("x", slow, &[(60, 60)]));
    assert_eq!(stage.until(at(90)).world.heartbeats(at(90)).len(), 1);
    assert_eq!(stage.until(at(91)).world.heartbeats(at(91)).len(), 1, "a slow link still carries them");
}

/// Half of four guests, away for 7 min; the streams keep up, so no change log is lost.
#[test]
fn hosts_that_restart_take_their_share_of_guests_down() {
    let reboot = Outage::GuestReboot { stamp: EAST, share: Ratio::percent(50) };
    let mut stage = Stage::of(Plan::of(&[&[1], &[1], &[1], &[1]]).outage("patch", reboot, &[(60, 5)]));
    for vm in (0..4).map(VmId) {
        stage.replica(vm);
        stage.stream(vm, Direction::Forward);
    }
    stage.until(at(200));
    let hit: Vec<VmId> = (0..4).map(VmId).filter(|vm| !stage.turns(*vm).is_empty()).collect();
    assert_eq!(hit.len(), 2);
    for vm in hit {
        assert_eq!(stage.turns(vm), [(at(60), Original, false), (at(67), Original, true)]);
        assert_eq!(stage.said(&Observation::AgentSilent { vm, since: at(60) }), 1);
        assert_eq!(stage.said(&Observation::AgentBack { vm }), 1);
        assert_eq!(stage.said(&Observation::ResyncNeeded { vm, why: ResyncReason::UncleanShutdown }), 0);
    }
}

/// The link is down from 30, so at 60 half an hour of changes stands in the guest's memory or bitmap.
#[test]
fn a_hard_restart_in_the_midst_of_a_backlog_spoils_the_change_log() {
    let reboot = Outage::GuestReboot { stamp: EAST, share: Ratio::ONE };
    let mut plan = Plan::of(&[&[64]]).outage("patch", reboot, &[(60, 5)]);
    plan = plan.outage("digger", Outage::LinkDown { link: LinkId(0) }, &[(30, 90)]);
    plan.churn = ByteRate::mb(1);
    let mut stage = Stage::of(plan);
    stage.replica(ERP);
    stage.stream(ERP, Direction::Forward);
    stage.until(at(100));
    let resync = Observation::ResyncNeeded { vm: ERP, why: ResyncReason::UncleanShutdown };
    let said: Vec<_> = stage.seen.iter().filter(|(_, said)| *said == resync).map(|(at, _)| *at).collect();
    assert_eq!(said, [at(67)]);
}

/// 1 MB/s, the link down from 30, the stamp dark from 60: what was written in between never left it.
#[test]
fn what_had_not_left_a_lost_stamp_is_written_down() {
    let mut plan = east_dark(&[(60, 120)]).outage("digger", Outage::LinkDown { link: LinkId(0) }, &[(30, 10)]);
    plan = plan.outage("digger-again", Outage::LinkDown { link: LinkId(0) }, &[(30, 300)]);
    plan.churn = ByteRate::mb(1);
    let mut stage = Stage::of(plan);
    stage.replica(ERP);
    stage.stream(ERP, Direction::Forward);
    stage.until(at(61));
    let loss = stage.facts.iter().find_map(|(_, fact)| match *fact {
        Fact::SourceLost { vm: ERP, received, at_source, .. } => Some((received, at_source)),
        _ => None,
    });
    let (received, at_source) = loss.expect("the stamp was lost");
    assert_eq!(at_source, stage.world.written_between(ERP, received, at(60)));
    assert!(received <= at(30) && received >= at(29), "{received}");
}

/// Three points five minutes apart of 1 MB/s, nothing ever rewritten: two gaps of 300 MB.
#[test]
fn points_keep_what_was_written_between_them() {
    let mut plan = Plan::of(&[&[64]]);
    plan.churn = ByteRate::mb(1);
    let mut stage = Stage::of(plan);
    stage.replica(ERP);
    stage.stream(ERP, Direction::Forward);
    stage.until(at(60));
    stage.world.perform(at(60), Effect::HoldPoints { vm: ERP, marks: vec![at(30), at(35), at(40)] });
    assert_eq!(Bytes(stage.level(Meter::PointStorage(TARGET))), Bytes::mb(600));
    assert_eq!(stage.disk(TARGET), Bytes::gib(65) + Bytes::mb(600));
    stage.world.perform(stage.now, Effect::HoldPoints { vm: ERP, marks: Vec::new() });
    assert_eq!(stage.disk(TARGET), Bytes::gib(65));
}

/// 1 MB/s for an hour without a service: 3.6 GB of blobs, seen when points are told; the quota of 2 GiB is passed once.
#[test]
fn blobs_of_the_cache_draw_on_the_storage_quota() {
    let mut plan = Plan::of(&[&[64]]).outage("service", Outage::ServiceDown { stamp: WEST }, &[(60, 600)]);
    plan.churn = ByteRate::mb(1);
    plan.target.storage = Bytes::gib(2);
    let mut stage = Stage::of(plan);
    stage.replica(ERP);
    stage.stream(ERP, Direction::Forward);
    for minute in [70, 120, 121] {
        stage.until(at(minute));
        stage.world.perform(stage.now, Effect::HoldPoints { vm: ERP, marks: Vec::new() });
    }
    let meter = Meter::QuotaStorage(TARGET);
    assert!(stage.level(meter) >= Bytes::mb(3600).0);
    let hits = stage.limit_hits();
    assert!(
        matches!(hits[..], [(of, need, 0)] if of == meter && need >= Bytes::mb(3600).0 - Bytes::gib(2).0),
        "{hits:?}"
    );
}

#[test]
fn hands_on_the_appliance_spoil_the_disks_that_are_on_it() {
    let hands = Outage::ApplianceTampered { appliance: APPLIANCE };
    let mut stage = Stage::of(Plan::of(&[&[1], &[1]]).outage("hands", hands, &[(200, 5)]));
    stage.replica(ERP);
    stage.failed_over(ERP);
    stage.on_the_appliance(ERP);
    stage.until(at(300));
    let spoilt = |vm| Observation::ResyncNeeded { vm, why: ResyncReason::ReplicaDiskTampered };
    assert_eq!((stage.said(&spoilt(ERP)), stage.said(&spoilt(VmId(1)))), (1, 0));
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = || {
        let mut plan = Plan::of(&[&[1], &[1], &[1]]);
        let takes = |outage, percent| TakenBy { outage, probability: Ratio::percent(percent) };
        plan.outages.push(OutageSpec {
            name: "power".into(),
            when: When::Every(Law::Exponential { mean: Duration::days(2) }),
            lasts: Law::Exponential { mean: Duration::hours(3) },
            takes: vec![
                takes(Outage::StampDown { stamp: EAST }, 70),
                takes(Outage::LinkDown { link: LinkId(0) }, 50),
                takes(Outage::GuestReboot { stamp: WEST, share: Ratio::percent(50) }, 50),
            ],
        });
        let mut stage = Stage::of(plan);
        stage.until(Timestamp::START + Duration::days(30));
        (stage.world.outages().to_vec(), stage.facts, stage.seen)
    };
    assert_eq!(story(), story());
    assert!(story().0.len() > 5, "a story in which nothing happens proves nothing");
}
