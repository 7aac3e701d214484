//! The lifecycle as tables, second half: re-protect, failback, resync, disable (domain facts 2.2, rows 12-24), and what
//! concerns several VMs. Read `protection_tables.rs` first.

mod protection_kit;

use drsim::contract::{Cause, Command, Enabling, Fact, Findings, Meter, Phase, PointChoice, Refusal, Warning};
use drsim::protection::Coordinator;
use drsim::units::{Bytes, Duration, PlanId, SubscriptionId, VmId};
use protection_kit::{Estate, Hand, all_well, at, play};

fn one() -> Estate {
    Estate::of(1)
}

#[test]
fn rows_12_and_13_reprotect() {
    play(
        one,
        "
 failed-over         | reprotect            | HoldPoints 0, Inspect  | points dropped           | committed
                     | found                | ShutDownMachine Original |                        | reprotecting
                     | done                 | DetachSourceDisks      |                          | reprotecting
                     | done                 | AttachToAppliance      |                          | reprotecting
                     | done                 | Copy ReverseDifferences Reverse |                 | reverse-replication
                     | fail-back            |                        | refused NoRecoveryPoint  | reverse-replication
                     | done                 | StartStream Reverse    |                          | protected-reverse
 committed           | reprotect            | Inspect                |                          | committed
                     | found disks-elsewhere | ShutDownMachine Original |                       | reprotecting
                     | done                 | DetachSourceDisks      |                          | reprotecting
                     | done                 | CopySourceDisks        |                          | reprotecting
                     | done                 | AttachToAppliance      |                          | reprotecting
                     | done                 | Copy ReverseDifferences Reverse |                 | reverse-replication
 committed           | reprotect            | Inspect                |                          | committed
                     | found no-vm no-disks | CreateSourceDisks      |                          | reprotecting
                     | done                 | AttachToAppliance      |                          | reprotecting
                     | done                 | Copy ReverseFull Reverse |                        | reverse-replication
 committed           | reprotect            | Inspect                |                          | committed
                     | found no-disks       | ShutDownMachine Original |                        | reprotecting
                     | failed missing       | CreateSourceDisks      |                          | reprotecting
 committed           | reprotect            | Inspect                |                          | committed
                     | found no-vm          | DetachSourceDisks      |                          | reprotecting
                     | done                 | AttachToAppliance      |                          | reprotecting
                     | failed slots         |                        | Reprotect failed NoSlots | reprotect-failed
                     | reprotect            | Inspect                |                          | reprotect-failed
                     | found no-vm          | AttachToAppliance      |                          | reprotecting
 reprotecting        | done                 | DetachSourceDisks      |                          | reprotecting
                     | done                 | AttachToAppliance      |                          | reprotecting
                     | failed interrupted   |                        | Reprotect failed Interrupted | reprotect-failed
                     | reprotect            | Inspect                |                          | reprotect-failed
                     | found                | AttachToAppliance      |                          | reprotecting
 reverse-replication | failed interrupted   |                        |                          | reverse-replication
                     | until 02:01          | Copy ReverseDifferences Reverse |                 | reverse-replication
                     | failed missing       | DetachFromAppliance    | Reprotect failed Missing | reprotect-failed
                     | reprotect            |                        | refused JobRunning(Reprotect) | reprotect-failed
                     | done                 |                        |                          | reprotect-failed
                     | reprotect            | Inspect                |                          | reprotect-failed
",
    );
}

#[test]
fn row_12_each_guard_of_reprotect_names_what_is_missing() {
    for (words, refusal) in [
        ("no-appliance no-subscription", "ApplianceGone"),
        ("sick-appliance", "ApplianceUnhealthy"),
        ("no-subscription no-group", "SourceSubscriptionGone"),
        ("no-group no-source-network", "SourceResourceGroupGone"),
        ("no-source-network", "SourceNetworkGone"),
        ("no-cache", "CacheAccountMissing"),
        ("no-certificate serving-down", "CertificateNotTrusted"),
        ("serving-down one-slot", "ServingVmDown"),
        ("one-slot", "NotEnoughSlots { need: 2, free: 1 }"),
    ] {
        let mut hand = Hand::new(one());
        hand.reach("committed");
        hand.tell("reprotect");
        let (did, said) = hand.tell(&format!("found {words}"));
        assert_eq!((did, said), (String::new(), format!("refused {refusal}")), "found {words}");
        assert_eq!(hand.phase(), Phase::Committed);
    }
}

#[test]
fn row_12_empty_names_are_refused_and_windows_needs_no_certificate() {
    let refused = |change: fn(&mut Estate), words: &str| {
        let mut estate = one();
        change(&mut estate);
        let mut hand = Hand::new(estate);
        hand.reach("committed");
        hand.tell("reprotect");
        hand.tell(&format!("found {words}")).1
    };
    assert_eq!(refused(|estate| estate.protection(0).failback_policy.clear(), ""), "refused FailbackPolicyNameEmpty");
    assert_eq!(refused(|estate| estate.protection(0).failback_extension.clear(), ""), "refused ExtensionNameEmpty");
    let windows = |estate: &mut Estate| estate.inventory.vms[0].guest = drsim::inventory::GuestSystem::Windows;
    assert_eq!(refused(windows, "no-certificate"), "");
}

/// 31 slots, two disks a VM: fifteen VMs fit, and the sixteenth is told so, however many are ordered at once.
#[test]
fn g7_slots_are_promised_so_that_a_batch_is_judged_one_by_one() {
    let mut hand = Hand::new(Estate::of(16));
    hand.reach_together(16, "committed");
    for vm in 0..16 {
        hand.order(Command::Reprotect { vm: VmId(vm) });
    }
    for vm in 0..16 {
        hand.vm = VmId(vm);
        hand.found(all_well());
    }
    let phases: Vec<Phase> = (0..16).map(|vm| hand.logic.phase(VmId(vm))).collect();
    assert_eq!(phases[..15], [Phase::Reprotecting; 15]);
    assert_eq!(phases[15], Phase::Committed);
    let refusal = Refusal::NotEnoughSlots { need: 2, free: 1 };
    assert_eq!(refusal.product_symptom(), Some("An internal error occurred"));
    let (_, last) = hand.facts.last().expect("facts");
    assert_eq!(last, &Fact::Refused { vm: Some(VmId(15)), command: "reprotect", refusal });
}

/// The platform counts the slots of an attachment from its beginning; a promise on top would count them twice.
#[test]
fn g7_slots_are_not_counted_twice_while_disks_are_attached() {
    let mut hand = Hand::new(Estate::of(2));
    hand.reach_together(2, "committed");
    hand.vm = VmId(0);
    for line in ["reprotect", "done", "done", "done"] {
        hand.tell(line);
    }
    assert_eq!(hand.peek_open_of_vm().map(protection_kit::name), Some("AttachToAppliance".to_owned()));
    hand.vm = VmId(1);
    hand.tell("reprotect");
    hand.found(Findings { slots_free: 2, ..all_well() });
    assert_eq!(hand.phase(), Phase::Reprotecting);
}

#[test]
fn row_15_failback_loses_nothing_because_the_replica_is_off_before_the_last_mark() {
    play(
        one,
        "
 protected-reverse   | test latest-processed |                       | refused NotNow(ProtectedReverse) | protected-reverse
                     | fail-back            | Inspect                |                          | protected-reverse
                     | found no-source-network |                     | refused SourceNetworkGone | protected-reverse
                     | fail-back            | Inspect                |                          | protected-reverse
                     | failed unreachable   |                        | refused StampUnreachable(StampId(0)) | protected-reverse
                     | fail-back            | Inspect                |                          | protected-reverse
                     | done                 | CutMark                |                          | failing-back
                     | done                 | ShutDownMachine Replica |                         | failing-back
                     | until 04:01          |                        |                          | failing-back
                     | done                 | CutMark                |                          | failing-back
                     | until 04:03          |                        |                          | failing-back
                     | done                 | StopStream, DetachFromAppliance | points 03:00-03:55, point 04:01, chosen 04:01 | failing-back
                     | done                 | RebuildOriginal        |                          | failing-back
                     | done                 | StartMachine Original  |                          | failing-back
                     | done                 |                        |                          | failed-back
                     | commit               | DeleteMachine Replica  |                          | committing-failback
                     | failed unreachable   |                        | CommitFailBack failed Unreachable | failed-back
                     | commit               | DeleteMachine Replica  |                          | committing-failback
                     | done                 | DeleteReplicaDisks     |                          | committing-failback
                     | done                 | HoldPoints 0           | points dropped           | failed-back-committed
                     | reprotect            |                        | refused MustDisableFirst | failed-back-committed
                     | enable               |                        | refused MustDisableFirst | failed-back-committed
",
    );
}

#[test]
fn row_15_failback_needs_a_point_and_health() {
    play(
        one,
        "
 reverse-replication | done                 | StartStream Reverse    |                          | protected-reverse
                     | fail-back            |                        | refused NoRecoveryPoint  | protected-reverse
 protected-reverse   | silence              |                        |                          | protected-reverse
                     | until 04:14          |                        |                          | protected-reverse
                     | until 04:15          |                        | alarm NoHeartbeat(ApplianceId(0)), Critical NoHeartbeat | protected-reverse
                     | fail-back            |                        | refused ReplicationUnhealthy | protected-reverse
 protected-reverse   | needs-resync unclean | StopStream, Copy Resync Reverse | points 03:00-03:55, Warning ResyncRunning, resync | protected-reverse
                     | fail-back            |                        | refused ReplicationUnhealthy | protected-reverse
",
    );
}

#[test]
fn row_15_a_failure_restores_what_was() {
    play(
        one,
        "
 failing-back        | failed interrupted   |                        | FailBack failed Interrupted | protected-reverse
 failing-back        | done                 | ShutDownMachine Replica |                         | failing-back
                     | failed unreachable   |                        | FailBack failed Unreachable | protected-reverse
                     | fail-back            | Inspect                |                          | protected-reverse
 failing-back        | done                 | ShutDownMachine Replica |                         | failing-back
                     | done                 | CutMark                |                          | failing-back
                     | failed interrupted   | StartMachine Replica   | FailBack failed Interrupted | cancelling-failback
                     | done                 |                        |                          | protected-reverse
 failing-back        | done                 | ShutDownMachine Replica |                         | failing-back
                     | done                 | CutMark                |                          | failing-back
                     | done                 | StopStream, DetachFromAppliance | points 03:00-03:55, point 04:00, chosen 04:00 | failing-back
                     | failed unreachable   | StartMachine Replica   | FailBack failed Unreachable | cancelling-failback
                     | done                 | StartStream Reverse    |                          | protected-reverse
 failing-back        | done                 | ShutDownMachine Replica |                         | failing-back
                     | done                 | CutMark                |                          | failing-back
                     | done                 | StopStream, DetachFromAppliance | points 03:00-03:55, point 04:00, chosen 04:00 | failing-back
                     | done                 | RebuildOriginal        |                          | failing-back
                     | failed missing       | AttachToAppliance      | FailBack failed Missing  | cancelling-failback
                     | failed unreachable   |                        | CancelFailBack failed Unreachable | failback-failed
                     | fail-back            |                        | refused ReplicationUnhealthy | failback-failed
                     | cancel               | AttachToAppliance      |                          | cancelling-failback
                     | done                 | StartMachine Replica   |                          | cancelling-failback
                     | done                 | StartStream Reverse    |                          | protected-reverse
",
    );
}

/// Row 22: what replicated is lost for good, but somebody serves.
#[test]
fn row_16_without_disks_on_the_source_the_replica_serves_all_the_same() {
    play(
        one,
        "
 failed-back         | cancel               | ShutDownMachine Original |                        | cancelling-failback
                     | done                 | RevertOriginal         |                          | cancelling-failback
                     | failed missing       | StartMachine Replica   |                          | cancelling-failback
                     | done                 |                        | alarm Stuck(VmId(0)), Critical Unrecoverable | protected-reverse
                     | fail-back            |                        | refused ReplicationUnhealthy | protected-reverse
",
    );
}

/// Row 22: what somebody did to the disks while a failback ran is not forgotten when it is undone.
#[test]
fn row_22_disks_touched_during_a_failback_are_not_trusted_when_it_is_undone() {
    play(
        one,
        "
 failing-back        | needs-resync tampered |                       |                          | failing-back
                     | done                 | ShutDownMachine Replica |                         | failing-back
                     | failed unreachable   | StopStream             | FailBack failed Unreachable, points 03:00-03:55, alarm Stuck(VmId(0)), Critical Unrecoverable | protected-reverse
",
    );
}

/// Row 15: the replica is lost while a failback runs and boots again. What it wrote since was never sent, so the source does not start
/// from it: the failback is undone, and a resync follows.
#[test]
fn row_15_a_replica_that_was_lost_meanwhile_does_not_come_home() {
    play(
        one,
        "
 failing-back        | needs-resync unclean |                        |                          | failing-back
                     | done                 | ShutDownMachine Replica |                         | failing-back
                     | done                 | CutMark                |                          | failing-back
                     | failed interrupted   | StartMachine Replica   | FailBack failed Interrupted | cancelling-failback
                     | done                 | StopStream, Copy Resync Reverse | points 03:00-03:55, Warning ResyncRunning, resync | protected-reverse
",
    );
}

#[test]
fn row_16_a_failback_can_be_cancelled_before_its_commit() {
    play(
        one,
        "
 failed-back         | cancel               | ShutDownMachine Original |                        | cancelling-failback
                     | done                 | RevertOriginal         |                          | cancelling-failback
                     | done                 | AttachToAppliance      |                          | cancelling-failback
                     | done                 | StartMachine Replica   |                          | cancelling-failback
                     | done                 | StartStream Reverse    |                          | protected-reverse
                     | fail-back            | Inspect                |                          | protected-reverse
",
    );
}

#[test]
fn rows_19_23_24_disable_leaves_a_dirty_guest_that_blocks_enabling() {
    play(
        one,
        "
 protected           | disable              | StopStream, Inspect    | points 01:00-01:55       | disabling
                     | done                 | DeleteReplicaDisks     |                          | disabling
                     | done                 | HoldPoints 0, RemoveExtension | points dropped    | disabling
                     | done                 |                        |                          | unprotected-dirty
                     | enable               |                        | refused LeftoverMobilityService | unprotected-dirty
                     | restart              | RestartMachine Original |                         | unprotected-dirty
                     | done                 |                        |                          | unprotected-dirty
                     | uninstall            | UninstallMobilityService |                        | unprotected-dirty
                     | restart              |                        |                          | unprotected-dirty
                     | done                 | RestartMachine Original |                         | unprotected-dirty
                     | done                 |                        |                          | unprotected
                     | enable               | Inspect                |                          | unprotected
 protected-reverse   | disable              | StopStream, Inspect    | points 03:00-03:55       | disabling
                     | done                 | DetachFromAppliance    |                          | disabling
                     | done                 | DeleteReplicaDisks     |                          | disabling
                     | failed unreachable   |                        | Disable failed Unreachable | disabling-failed
                     | disable              | Inspect                |                          | disabling
                     | done                 | DeleteReplicaDisks     |                          | disabling
                     | done                 | HoldPoints 0, RemoveExtension | points dropped    | disabling
                     | done                 |                        |                          | unprotected-dirty
                     | uninstall            | UninstallMobilityService |                        | unprotected-dirty
                     | done                 |                        |                          | unprotected-dirty
                     | restart              | RestartMachine Replica |                          | unprotected-dirty
 failed-back-committed | disable            | Inspect                |                          | disabling
                     | done                 | RemoveExtension        |                          | disabling
                     | failed missing       |                        |                          | unprotected-dirty
",
    );
}

#[test]
fn rows_20_and_21_resync() {
    play(
        one,
        "
 protected           | needs-resync unclean | StopStream, Copy Resync Forward | points 01:00-01:55, Warning ResyncRunning, resync | protected
                     | resync               |                        | refused JobRunning(Resync) | protected
                     | needs-resync dirty   |                        |                          | protected
                     | done                 | Copy Resync Forward    | resync done, resync      | protected
                     | until 02:58          |                        |                          | protected
                     | until 02:59          |                        | alarm NoPoint(VmId(0)), Critical NoRecentPoint | protected
                     | done                 | StartStream Forward    | resync done              | protected
 protected           | resync               | StopStream, Copy Resync Forward | points 01:00-01:55, Warning ResyncRunning, resync | protected
                     | fail-over latest     | StopCopy, BuildDisks Replica 01:55 | warned DrillOverdue { since: None }, warned SourceStillRuns, Resync failed Interrupted, Normal AllWell, chosen 01:55 | failing-over
 protected-reverse   | resync               |                        | refused ManualResyncUnsupported | protected-reverse
",
    );
}

#[test]
fn row_20_automatic_resyncs_wait_for_the_window_and_ordered_ones_do_not() {
    let nightly = || {
        let mut estate = one();
        estate.settings.resync_window = Some((Duration::hours(22), Duration::hours(1)));
        estate
    };
    play(
        nightly,
        "
 protected           | needs-resync unclean | StopStream             | points 01:00-01:55, Warning ResyncRunning | protected
                     | until 21:59          |                        | alarm NoPoint(VmId(0)), Critical NoRecentPoint | protected
                     | until 22:00          | Copy Resync Forward    | resync                   | protected
 protected           | needs-resync unclean | StopStream             | points 01:00-01:55, Warning ResyncRunning | protected
                     | resync               | Copy Resync Forward    | resync                   | protected
 protected           | until 1d 00:30       |                        |                          | protected
                     | needs-resync unclean | StopStream, Copy Resync Forward | points 01:00-1d 00:25, Warning ResyncRunning, resync | protected
",
    );
}

#[test]
fn row_22_what_needs_a_manual_resync_in_reverse_cannot_be_recovered() {
    for why in ["tampered", "disk-missing", "log-missing"] {
        let mut hand = Hand::new(one());
        hand.reach("protected-reverse");
        let (did, said) = hand.tell(&format!("needs-resync {why}"));
        assert_eq!(did, "StopStream");
        assert_eq!(said, "points 03:00-03:55, alarm Stuck(VmId(0)), Critical Unrecoverable");
        assert_eq!(hand.tell("needs-resync unclean"), (String::new(), String::new()), "nothing helps any more");
        assert_eq!(hand.tell("fail-back").1, "refused ReplicationUnhealthy");
        assert_eq!(hand.tell("disable").1, "Normal AllWell, cleared Stuck(VmId(0))");
    }
    play(
        one,
        "
 reverse-replication | needs-resync tampered | StopCopy              | Reprotect failed Interrupted, Reprotect failed Missing, alarm Stuck(VmId(0)), Critical Unrecoverable | reverse-replication
 protected           | needs-resync tampered | StopStream, Copy Resync Forward | points 01:00-01:55, Warning ResyncRunning, resync | protected
",
    );
}

#[test]
fn row_3_the_portal_takes_ten_vms_and_a_script_as_many_as_it_likes() {
    let enable = |via| {
        let mut hand = Hand::new(Estate::of(11));
        hand.order(Command::Enable { vms: (0..11).map(VmId).collect(), via });
        (hand.waits(), hand.facts.last().map(|(_, fact)| fact.clone()))
    };
    let refusal = Refusal::BatchTooLarge { asked: 11, at_most: 10 };
    let refused = Fact::Refused { vm: None, command: "enable", refusal };
    assert_eq!(enable(Enabling::Portal), (false, Some(refused)));
    assert_eq!(enable(Enabling::Script), (true, None));
}

#[test]
fn row_3_a_vm_without_policy_and_an_appliance_without_vault_are_refused() {
    let mut estate = one();
    estate.intent.protections[0] = None;
    assert_eq!(Hand::new(estate).tell("enable").1, "refused NoPolicy");
    let estate = one();
    let mut logic = Coordinator::new(estate.inventory.into(), estate.intent.into(), estate.settings);
    let enable = Command::Enable { vms: vec![VmId(0)], via: Enabling::Portal };
    logic.handle(at("00:00"), drsim::contract::Input::Command(enable));
    let refusal = Refusal::ApplianceNotRegistered;
    assert_eq!(logic.poll_fact(), Some(Fact::Refused { vm: Some(VmId(0)), command: "enable", refusal }));
}

/// Three VMs with one disk of 700 GiB: 3 × 701 = 2103 GiB of replicas, 24 cores; the default quota has 2048 GiB and 100.
#[test]
fn g23_a_quota_that_will_not_hold_the_failover_is_warned_of_once() {
    let mut estate = Estate::of(3);
    for vm in &mut estate.inventory.vms {
        vm.disks = vm.disks.start / 2..vm.disks.start / 2 + 1;
    }
    estate.inventory.disks.truncate(3);
    for (vm, disk) in estate.inventory.disks.iter_mut().enumerate() {
        (disk.vm, disk.size) = (VmId::from_index(vm), Bytes::gib(700));
    }
    let quota = &mut estate.inventory.subscriptions[1].quota;
    (quota.managed_disk, quota.vms, quota.vm_cores) = (Bytes::gib(2_048), 50, 100);
    let mut hand = Hand::new(estate);
    hand.order(Command::Enable { vms: (0..3).map(VmId).collect(), via: Enabling::Portal });
    hand.all_done();
    let warnings: Vec<_> = hand.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Warned { .. })).collect();
    let warning = Warning::QuotaTooSmallForFailover(Meter::QuotaManagedDisk(SubscriptionId(1)));
    assert_eq!(warnings, [&(at("00:00"), Fact::Warned { vm: Some(VmId(0)), warning })]);
}

#[test]
fn copies_share_the_places_of_their_appliance_by_order() {
    let mut estate = Estate::of(3);
    estate.settings.copies_at_once = 1;
    estate.protection(2).order = 0;
    let mut hand = Hand::new(estate);
    hand.order(Command::Enable { vms: (0..3).map(VmId).collect(), via: Enabling::Script });
    for vm in [1, 0, 2] {
        hand.vm = VmId(vm);
        for line in ["done", "done", "done"] {
            hand.tell(line);
        }
        let (did, _) = hand.tell("done");
        assert_eq!(did, if vm == 1 { "Copy Initial Forward" } else { "" }, "the first has the only place");
    }
    hand.vm = VmId(1);
    assert_eq!(hand.tell("done").0, "StartStream Forward, Copy Initial Forward");
    hand.vm = VmId(2);
    assert_eq!(hand.tell("disable").0, "StopCopy, Inspect, Copy Initial Forward", "its place goes to the next");
    hand.vm = VmId(0);
    assert_eq!(hand.tell("done").0, "StartStream Forward");
}

/// Groups one after the other, ten minutes apart; a failed failover holds nobody up.
#[test]
fn a_plan_fails_over_group_by_group() {
    let mut hand = Hand::new(Estate::of(3));
    hand.reach_together(3, "protected");
    hand.vm = VmId(0);
    assert_eq!(hand.tell("plan 01:00").1, "refused CustomPointNotForPlans");
    assert_eq!(hand.tell("plan latest-processed").0, "StopStream, BuildDisks Replica 01:55");
    assert_eq!(hand.tell("plan latest-processed").1, "refused JobRunning(FailOver)");
    hand.all_done();
    assert_eq!(hand.logic.phase(VmId(0)), Phase::FailedOver);
    assert_eq!(hand.tell("until 02:09").0, "");
    let second = "StopStream, BuildDisks Replica 02:05, StopStream, BuildDisks Replica 02:05";
    assert_eq!(hand.tell("until 02:10").0, second);
    hand.vm = VmId(1);
    hand.failed(Cause::Missing);
    hand.vm = VmId(2);
    hand.all_done();
    assert_eq!(
        (1..3).map(|vm| hand.logic.phase(VmId(vm))).collect::<Vec<_>>(),
        [Phase::FailoverFailed, Phase::FailedOver]
    );
    assert!(hand.tell("plan latest-processed").0.ends_with("DeleteMachine Replica"), "only the failed one is left");
}

#[test]
fn a_plan_beyond_the_limits_is_refused() {
    let mut estate = Estate::of(3);
    estate.inventory.limits.plan_vms_max = 2;
    let refused = Hand::new(estate).tell("plan latest").1;
    assert_eq!(refused, "refused PlanTooLarge { asked: 3, at_most: 2 }");
    let mut estate = Estate::of(3);
    estate.inventory.limits.plan_groups_max = 1;
    let mut hand = Hand::new(estate);
    assert_eq!(hand.tell("plan latest").1, "refused PlanTooLarge { asked: 2, at_most: 1 }");
    hand.order(Command::RunPlan { plan: PlanId(7), point: PointChoice::Latest, shut_down: false });
    let (_, last) = hand.facts.last().expect("facts");
    assert_eq!(last, &Fact::Refused { vm: None, command: "run-plan", refusal: Refusal::NoSuchPlan(PlanId(7)) });
}

#[test]
fn the_census_names_the_points_that_are_held() {
    let mut estate = one();
    estate.settings.census_every = Duration::hours(1);
    let mut hand = Hand::new(estate);
    hand.reach("protected");
    assert_eq!(hand.tell("until 02:59").0, "");
    assert_eq!(hand.tell("until 03:00").0, "HoldPoints 24");
    assert_eq!(hand.tell("until 1d 03:00").0.matches("HoldPoints").count(), 24);
    assert!(hand.tell("until 1d 04:00").0.ends_with("HoldPoints 46"), "domain facts G11");
}
