//! The lifecycle as tables, one line a case (domain facts 2.2): `given | input | did | said | phase after`.
//!
//! "Protected" is reached at 01:00 with points every five minutes from then on, usable four minutes later; the tables begin at
//! 02:00, so the newest point is 01:55. "Protected in reverse" is the same two hours later. What is offered in which phase is
//! in `protection_matrix.rs`.

mod protection_kit;

use drsim::contract::{Fact, Input, Observation, ResyncReason};
use drsim::units::{Bytes, Duration, VmId};
use protection_kit::{Estate, Hand, at, play};

fn one() -> Estate {
    Estate::of(1)
}

#[test]
fn rows_1_25_26_vaults_and_appliances() {
    play(
        one,
        "
 unprotected         | register             |                        | refused ApplianceRegisteredAlready | unprotected
                     | delete-vault         |                        | refused ApplianceStillRegistered | unprotected
                     | delete-appliance     | DeleteAppliance        |                          | unprotected
                     | done                 |                        |                          | unprotected
                     | delete-appliance     |                        | refused ApplianceGone    | unprotected
                     | register             |                        | refused ApplianceGone    | unprotected
                     | enable               |                        | refused ApplianceGone    | unprotected
                     | delete-vault         |                        |                          | unprotected
                     | delete-vault         |                        | refused VaultGone        | unprotected
                     | register             |                        | refused VaultGone        | unprotected
                     | enable               |                        | refused VaultGone        | unprotected
 protected           | delete-vault         |                        | refused VaultNotEmpty    | protected
                     | uninstall-provider   | StopStream, HoldPoints 0 | points 01:00-01:55, points dropped | abandoned
                     | enable               |                        | refused VaultGone        | abandoned
 reverse-replication | uninstall-provider   | StopCopy               | Reprotect failed Interrupted | abandoned
 enabling            | uninstall-provider   |                        |                          | abandoned
                     | done                 |                        |                          | abandoned
 unprotected         | uninstall-provider   |                        |                          | unprotected
                     | enable               |                        | refused VaultGone        | unprotected
",
    );
}

#[test]
fn g21_deleting_the_appliance_first_leaves_the_vault_undeletable() {
    play(
        one,
        "
 protected           | delete-appliance     | DeleteAppliance        |                          | protected
                     | done                 |                        | Critical NoHeartbeat     | protected
                     | disable              | StopStream             | points 01:00-01:55, Normal AllWell, Disable failed Missing | disabling-failed
                     | delete-vault         |                        | refused VaultNotEmpty    | disabling-failed
                     | disable              |                        | Disable failed Missing   | disabling-failed
 protected           | disable              | StopStream, Inspect    | points 01:00-01:55       | disabling
                     | found no-appliance   |                        | Disable failed Missing   | disabling-failed
",
    );
}

#[test]
fn rows_2_and_3_guards_of_enabling() {
    play(
        one,
        "
 unprotected         | check                | Inspect                |                          | unprotected
                     | done                 |                        |                          | unprotected
                     | check                | Inspect                |                          | unprotected
                     | found no-cache       |                        | refused CacheAccountMissing | unprotected
                     | check                | Inspect                |                          | unprotected
                     | failed unreachable   |                        | refused StampUnreachable(StampId(0)) | unprotected
 unprotected         | enable               | Inspect                |                          | unprotected
                     | enable               |                        | refused JobRunning(Enable) | unprotected
                     | found no-appliance   |                        | refused ApplianceGone    | unprotected
                     | enable               | Inspect                |                          | unprotected
                     | found sick-appliance no-guest |               | refused ApplianceUnhealthy | unprotected
                     | enable               | Inspect                |                          | unprotected
                     | found no-guest       |                        | refused GuestUnsupported | unprotected
                     | enable               | Inspect                |                          | unprotected
                     | found no-cache       |                        | refused CacheAccountMissing | unprotected
                     | enable               | Inspect                |                          | unprotected
                     | found no-target-network |                     | refused TargetNetworkMissing | unprotected
                     | enable               | Inspect                |                          | unprotected
                     | found leftover       |                        | refused LeftoverMobilityService | unprotected-dirty
                     | enable               |                        | refused LeftoverMobilityService | unprotected-dirty
",
    );
}

#[test]
fn rows_3_and_4_enabling_and_initial_replication() {
    play(
        one,
        "
 unprotected         | enable               | Inspect                |                          | unprotected
                     | found                | InstallAgent           |                          | enabling
                     | done                 | CreateReplicaDisks     |                          | enabling
                     | done                 | ResizeReplicaDisks     |                          | initial-replication
                     | done                 | Copy Initial Forward   |                          | initial-replication
                     | done                 | StartStream Forward    |                          | protected
 enabling            | failed missing       |                        | Enable failed Missing    | enabling-failed
                     | enable               | Inspect                |                          | enabling-failed
                     | done                 | InstallAgent           |                          | enabling
                     | done                 | CreateReplicaDisks     |                          | enabling
                     | failed quota         |                        | Enable failed QuotaExceeded | enabling-failed
                     | enable               | Inspect                |                          | enabling-failed
                     | found leftover       | CreateReplicaDisks     |                          | enabling
                     | done                 | ResizeReplicaDisks     |                          | initial-replication
 enabling-failed     | disable              | Inspect                |                          | disabling
                     | done                 |                        |                          | unprotected
 initial-replication | fail-over            |                        | refused NoRecoveryPoint  | initial-replication
                     | done                 | Copy Initial Forward   |                          | initial-replication
                     | needs-resync unclean |                        |                          | initial-replication
                     | done                 | StartStream Forward, StopStream, Copy Resync Forward | Warning ResyncRunning, resync | protected
                     | done                 | StartStream Forward    | resync done, Normal AllWell | protected
 initial-replication | done                 | Copy Initial Forward   |                          | initial-replication
                     | disable              | StopCopy, Inspect      | InitialReplication failed Interrupted | disabling
",
    );
}

/// The platform has disks of 1 to 1023 GiB; a replica disk of 1024 GiB cannot be made.
#[test]
fn g8_a_disk_of_1023_gib_is_enabled_and_then_sticks() {
    let large = || {
        let mut estate = one();
        estate.inventory.disks[1].size = Bytes::gib(1_023);
        estate
    };
    play(
        large,
        "
 unprotected         | enable               | Inspect                |                          | unprotected
                     | done                 | InstallAgent           | warned DiskBeyondLimit { size: Bytes(1098437885952) } | enabling
                     | done                 | CreateReplicaDisks     |                          | enabling
                     | done                 | ResizeReplicaDisks     |                          | initial-replication
                     | failed size          |                        | InitialReplication failed SizeOutOfRange | initial-replication
                     | until 00:29          |                        |                          | initial-replication
                     | until 00:30          |                        | alarm Stuck(VmId(0)), Critical ReplicationStuck | initial-replication
                     | disable              | Inspect                | Normal AllWell, cleared Stuck(VmId(0)) | disabling
",
    );
    let allowed = || {
        let mut estate = one();
        estate.inventory.disks[1].size = Bytes::gib(1_022);
        estate
    };
    play(
        allowed,
        "
 unprotected         | enable               | Inspect                |                          | unprotected
                     | done                 | InstallAgent           |                          | enabling
",
    );
}

/// Waits of 1, 2, 4, 8, 10, 30, 30 minutes add up to 0:01, 0:03, 0:07, 0:15, 0:25, 0:55, 1:25.
#[test]
fn g24_what_passes_is_tried_again_after_1_2_4_8_10_and_30_minutes() {
    play(
        one,
        "
 enabling            | failed unreachable   |                        |                          | enabling
                     | until 00:01          | InstallAgent           |                          | enabling
                     | failed unreachable   |                        |                          | enabling
                     | until 00:03          | InstallAgent           |                          | enabling
                     | failed interrupted   |                        |                          | enabling
                     | until 00:07          | InstallAgent           |                          | enabling
                     | failed unreachable   |                        |                          | enabling
                     | until 00:15          | InstallAgent           |                          | enabling
                     | failed unreachable   |                        |                          | enabling
                     | until 00:25          | InstallAgent           |                          | enabling
                     | failed unreachable   |                        |                          | enabling
                     | until 00:54          |                        |                          | enabling
                     | until 00:55          | InstallAgent           |                          | enabling
                     | failed unreachable   |                        |                          | enabling
                     | until 01:25          | InstallAgent           |                          | enabling
                     | done                 | CreateReplicaDisks     |                          | enabling
                     | failed unreachable   |                        |                          | enabling
                     | until 01:26          | CreateReplicaDisks     |                          | enabling
 initial-replication | done                 | Copy Initial Forward   |                          | initial-replication
                     | failed interrupted   |                        |                          | initial-replication
                     | until 00:01          | Copy Resync Forward    |                          | initial-replication
                     | failed missing       |                        | InitialReplication failed Missing | initial-replication
",
    );
}

#[test]
fn row_5_points_come_by_rule_or_one_by_one() {
    play(
        one,
        "
 protected           | until 02:17          |                        |                          | protected
                     | fell-behind 02:10    |                        | points 01:00-02:10, Warning BacklogGrows | protected
                     | mark 02:15           |                        | point 02:15              | protected
                     | mark 02:15           |                        |                          | protected
                     | until 03:16          |                        |                          | protected
                     | until 03:17          |                        | alarm NoPoint(VmId(0)), Critical NoRecentPoint | protected
                     | mark 02:20           |                        | point 02:20, cleared NoPoint(VmId(0)), Warning BacklogGrows | protected
                     | until 04:16          |                        |                          | protected
                     | keeping-up 04:00 4m  |                        | Normal AllWell           | protected
                     | until 1d 04:16       |                        |                          | protected
                     | order-lost 1d 04:16  |                        | points 04:00-1d 04:15, Warning OrderLost | protected
                     | until 1d 04:30       |                        |                          | protected
                     | mark 1d 04:15        |                        |                          | protected
                     | mark 1d 04:20        |                        |                          | protected
                     | order-restored       |                        | Normal AllWell           | protected
                     | mark 1d 04:25        |                        | point 1d 04:25           | protected
",
    );
}

/// An order to stop was said at 02:17 and read at 05:00: the run ends with what was usable at 02:17 (mark 02:10 at 02:14), since
/// the end of the run may stand in the mail that is still unread.
#[test]
fn what_is_read_late_ends_a_run_as_of_when_it_was_said() {
    let mut hand = Hand::new(one());
    hand.reach("protected");
    let said_at = at("02:17");
    let unclean = Observation::ResyncNeeded { vm: VmId(0), why: ResyncReason::UncleanShutdown };
    hand.logic.handle_late(at("05:00"), said_at, Input::Observation(unclean));
    let run = std::iter::from_fn(|| hand.logic.poll_fact()).find_map(|fact| match fact {
        Fact::PointsMade { run, .. } => Some(run.last),
        _ => None,
    });
    assert_eq!(run, Some(at("02:10")));
}

#[test]
fn the_alert_of_a_policy_is_said_once_until_a_point_is_young_again() {
    let alerting = || {
        let mut estate = one();
        estate.intent.policies[0].rpo_alert = Some(Duration::minutes(20));
        estate
    };
    play(
        alerting,
        "
 protected           | fell-behind 01:55    |                        | points 01:00-01:55, Warning BacklogGrows | protected
                     | until 02:14          |                        |                          | protected
                     | until 02:15          |                        | warned RpoAlert { age: Duration(1200000000000) } | protected
                     | until 02:40          |                        |                          | protected
                     | mark 02:00           |                        | point 02:00              | protected
                     | mark 02:35           |                        | point 02:35              | protected
                     | until 02:55          |                        | warned RpoAlert { age: Duration(1200000000000) } | protected
                     | keeping-up 02:55 30m |                        | Normal AllWell           | protected
",
    );
}

#[test]
fn an_appliance_that_is_silent_for_15_minutes_is_alarmed_once() {
    play(
        one,
        "
 protected           | heartbeat            |                        |                          | protected
                     | silence              |                        |                          | protected
                     | until 02:14          |                        |                          | protected
                     | until 02:15          |                        | alarm NoHeartbeat(ApplianceId(0)), Critical NoHeartbeat | protected
                     | until 02:50          |                        |                          | protected
                     | heartbeat            |                        | cleared NoHeartbeat(ApplianceId(0)), Normal AllWell | protected
                     | agent-silent 02:50   |                        |                          | protected
                     | until 03:05          |                        | Critical NoHeartbeat     | protected
                     | agent-back           |                        | Normal AllWell           | protected
                     | silence              |                        |                          | protected
                     | until 03:30          |                        | alarm NoHeartbeat(ApplianceId(0)), Critical NoHeartbeat | protected
                     | delete-appliance     | DeleteAppliance        |                          | protected
                     | done                 |                        | cleared NoHeartbeat(ApplianceId(0)) | protected
                     | cache-refuses        |                        | alarm CacheFull(CacheId(0)) | protected
                     | cache-refuses        |                        |                          | protected
                     | cache-accepts        |                        | cleared CacheFull(CacheId(0)) | protected
",
    );
}

/// Domain facts 3.5: a day of difflog in the cache, then the service gives up.
#[test]
fn g5_a_difflog_of_one_day_times_out_and_a_resync_follows_when_the_service_answers() {
    play(
        one,
        "
 protected           | fell-behind 01:55    |                        | points 01:00-01:55, Warning BacklogGrows | protected
                     | until 1d 01:54       |                        | alarm NoPoint(VmId(0)), Critical NoRecentPoint | protected
                     | until 1d 01:55       | ReadBacklog            |                          | protected
                     | backlog 02:30        |                        |                          | protected
                     | until 1d 02:29       |                        |                          | protected
                     | until 1d 02:30       | ReadBacklog            |                          | protected
                     | failed unreachable   |                        |                          | protected
                     | until 1d 03:00       | ReadBacklog            |                          | protected
                     | backlog 02:30        | StopStream, DiscardDifflog, ProcessPending | alarm DifflogTimedOut(VmId(0)), Critical DifflogTimedOut | protected
                     | failed unreachable   |                        |                          | protected
                     | until 1d 03:01       | ProcessPending         |                          | protected
                     | processed 1d 03:01   | Copy Resync Forward    | resync                   | protected
                     | done                 | StartStream Forward    | resync done, cleared DifflogTimedOut(VmId(0)), Critical NoRecentPoint | protected
                     | until 1d 03:06       |                        |                          | protected
                     | mark 1d 03:05        |                        | point 1d 03:05, cleared NoPoint(VmId(0)), Normal AllWell | protected
 protected           | fell-behind 01:55    |                        | points 01:00-01:55, Warning BacklogGrows | protected
                     | until 02:30          |                        |                          | protected
                     | mark 02:00           |                        | point 02:00              | protected
                     | until 1d 01:59       |                        | alarm NoPoint(VmId(0)), Critical NoRecentPoint | protected
                     | until 1d 02:00       | ReadBacklog            |                          | protected
                     | backlog none         |                        |                          | protected
                     | keeping-up 1d 02:00 4m |                      | cleared NoPoint(VmId(0)), Normal AllWell | protected
                     | until 1d 03:00       |                        |                          | protected
                     | order-lost 1d 02:50  |                        | points 1d 02:00-1d 02:45, Warning OrderLost | protected
                     | until 2d 02:55       | ReadBacklog            | alarm NoPoint(VmId(0)), Critical NoRecentPoint | protected
                     | keeping-up 2d 02:55 4m |                      | cleared NoPoint(VmId(0)), Warning OrderLost | protected
                     | backlog 1d 00:00     |                        |                          | protected
                     | order-restored       |                        | Normal AllWell           | protected
                     | until 4d 00:00       |                        |                          | protected
",
    );
}

#[test]
fn rows_6_and_7_test_failover_and_clean_up() {
    play(
        one,
        "
 protected           | clean-up             |                        | refused NoTestMachine    | protected
                     | network none         |                        |                          | protected
                     | test latest-processed |                       | refused NoTestNetwork    | protected
                     | network drill        |                        |                          | protected
                     | test latest-processed | BuildDisks Test 01:55 |                          | protected
                     | test latest-processed |                       | refused TestFailoverRunning | protected
                     | clean-up             |                        | refused JobRunning(TestFailover) | protected
                     | done                 | CreateMachine Test     |                          | protected
                     | done                 | StartMachine Test      |                          | protected
                     | done                 |                        | test up                  | protected
                     | test latest-processed |                       | refused TestFailoverRunning | protected
                     | disable              |                        | refused TestFailoverRunning | protected
                     | clean-up             | DeleteMachine Test     |                          | protected
                     | failed unreachable   |                        | TestCleanUp failed Unreachable | protected
                     | clean-up             | DeleteMachine Test     |                          | protected
                     | done                 |                        | test gone                | protected
                     | fail-over shut-down  | ShutDownMachine Original |                        | failing-over
 protected           | test latest          | ProcessPending         |                          | protected
                     | processed 01:58      | BuildDisks Test 01:58  |                          | protected
                     | done                 | CreateMachine Test     |                          | protected
                     | failed quota         | DeleteMachine Test     | TestFailover failed QuotaExceeded | protected
                     | done                 |                        |                          | protected
                     | test latest-app-consistent | BuildDisks Test 01:30 |                     | protected
                     | fail-over shut-down  | ShutDownMachine Original | warned DrillOverdue { since: None } | failing-over
",
    );
}

#[test]
fn rows_8_and_9_failover() {
    play(
        one,
        "
 protected           | fail-over            | StopStream, BuildDisks Replica 01:55 | warned DrillOverdue { since: None }, warned SourceStillRuns, points 01:00-01:55, chosen 01:55 | failing-over
                     | done                 | CreateMachine Replica  |                          | failing-over
                     | done                 | StartMachine Replica   |                          | failing-over
                     | done                 |                        |                          | failed-over
 protected           | fail-over 01:12      | StopStream, BuildDisks Replica 01:10 | warned DrillOverdue { since: None }, warned SourceStillRuns, points 01:00-01:55, chosen 01:10 | failing-over
 protected           | fail-over 00:50      | StopStream, BuildDisks Replica 01:00 | warned DrillOverdue { since: None }, warned SourceStillRuns, points 01:00-01:55, warned PointPruned, chosen 01:00 | failing-over
 protected           | fail-over latest-app-consistent | StopStream, BuildDisks Replica 01:30 | warned DrillOverdue { since: None }, warned SourceStillRuns, points 01:00-01:55, chosen 01:30 | failing-over
 protected           | fail-over latest     | StopStream, ProcessPending | warned DrillOverdue { since: None }, warned SourceStillRuns, points 01:00-01:55 | failing-over
                     | until 02:04          |                        |                          | failing-over
                     | processed 01:59      | BuildDisks Replica 01:59 | point 01:59, chosen 01:59 | failing-over
                     | mark 01:59           |                        |                          | failing-over
 protected           | fail-over latest     | StopStream, ProcessPending | warned DrillOverdue { since: None }, warned SourceStillRuns, points 01:00-01:55 | failing-over
                     | processed 01:55      | BuildDisks Replica 01:55 | chosen 01:55           | failing-over
 protected           | fail-over shut-down  | ShutDownMachine Original | warned DrillOverdue { since: None } | failing-over
                     | until 02:01          |                        |                          | failing-over
                     | done                 | CutMark                |                          | failing-over
                     | until 02:03          |                        |                          | failing-over
                     | done                 | StopStream, BuildDisks Replica 02:01 | points 01:00-01:55, point 02:01, chosen 02:01 | failing-over
 protected           | fail-over shut-down  | ShutDownMachine Original | warned DrillOverdue { since: None } | failing-over
                     | failed unreachable   | StopStream, BuildDisks Replica 01:55 | warned ShutDownFailed, points 01:00-01:55, chosen 01:55 | failing-over
 protected           | fail-over shut-down  | ShutDownMachine Original | warned DrillOverdue { since: None } | failing-over
                     | done                 | CutMark                |                          | failing-over
                     | failed interrupted   | StopStream, BuildDisks Replica 01:55 | points 01:00-01:55, chosen 01:55 | failing-over
 protected           | order-lost 01:57     |                        | points 01:00-01:55, Warning OrderLost | protected
                     | test latest          | ProcessPending         |                          | protected
                     | processed 02:00      | BuildDisks Test 01:57  |                          | protected
                     | fail-over latest     | StopStream, ProcessPending | warned DrillOverdue { since: None }, warned SourceStillRuns, Normal AllWell | failing-over
                     | done                 | CreateMachine Test     |                          | failing-over
                     | processed 02:00      | BuildDisks Replica 01:57 | point 01:57, chosen 01:57 | failing-over
",
    );
}

#[test]
fn row_8_a_failed_failover_leaves_replication_stopped_and_can_be_ordered_again() {
    play(
        one,
        "
 failing-over        | done                 | CreateMachine Replica  |                          | failing-over
                     | failed placement     |                        | FailOver failed NoPlacement | failover-failed
                     | fail-over            | HoldPoints 12, DeleteMachine Replica | warned DrillOverdue { since: None }, warned SourceStillRuns | failing-over
                     | failed missing       | BuildDisks Replica 01:55 | chosen 01:55           | failing-over
                     | done                 | CreateMachine Replica  |                          | failing-over
                     | done                 | StartMachine Replica   |                          | failing-over
                     | done                 |                        |                          | failed-over
",
    );
}

#[test]
fn rows_10_and_11_change_of_the_point_and_commit() {
    play(
        one,
        "
 failed-over         | change-point 01:20   | HoldPoints 12, DeleteMachine Replica |                          | changing-point
                     | done                 | BuildDisks Replica 01:20 | chosen 01:20           | changing-point
                     | done                 | CreateMachine Replica  |                          | changing-point
                     | done                 | StartMachine Replica   |                          | changing-point
                     | done                 |                        |                          | failed-over
                     | commit               | HoldPoints 0           | points dropped           | committed
                     | change-point 01:20   |                        | refused NotNow(Committed) | committed
 changing-point      | done                 | BuildDisks Replica 01:55 | chosen 01:55           | changing-point
                     | failed quota         |                        | ChangePoint failed QuotaExceeded | failover-failed
                     | fail-over            | HoldPoints 12, DeleteMachine Replica | warned DrillOverdue { since: None }, warned SourceStillRuns | failing-over
",
    );
}
