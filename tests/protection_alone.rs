//! The logic alone, through a whole life, with no kernel and no world: a hand orders and answers. This is the proof that the
//! logic does not know that it is simulated.

mod protection_kit;

use drsim::contract::{AlarmKind, Effect, Fact, Health, Phase, PointChoice, PointRun, Warning};
use drsim::units::{ApplianceId, Duration, Timestamp, VmId};
use protection_kit::{Estate, Hand, at};

/// How long the platform of this story takes for things.
fn takes(effect: &Effect) -> Duration {
    Duration::minutes(match effect {
        Effect::Inspect { .. } | Effect::RemoveExtension { .. } => 1,
        Effect::InstallAgent { .. } | Effect::StartMachine { .. } => 4,
        Effect::BuildDisks { .. } | Effect::RestartMachine { .. } | Effect::RebuildOriginal { .. } => 5,
        Effect::CreateMachine { .. } => 3,
        Effect::Copy { .. } => 6 * 60 + 51,
        _ => 2,
    })
}

/// Orders, and answers everything that is asked, each after its time.
fn carry_out(hand: &mut Hand, order: &str) {
    hand.tell(order);
    while let Some(effect) = hand.peek_open().cloned() {
        hand.until(hand.now + takes(&effect));
        hand.done();
    }
}

fn phases(hand: &Hand) -> Vec<(String, Phase)> {
    let entered = hand.facts.iter().filter_map(|(at, fact)| match fact {
        Fact::Entered { phase, .. } => Some((at.to_string(), *phase)),
        _ => None,
    });
    entered.collect()
}

fn when(hand: &Hand, wanted: &Fact) -> Vec<Timestamp> {
    hand.facts.iter().filter(|(_, fact)| fact == wanted).map(|(at, _)| *at).collect()
}

/// Enabled on day 0, lost on day 3 at 10:00, home again on day 5, protected again on day 6.
fn a_whole_life() -> Hand {
    let mut hand = Hand::new(Estate::of(1));
    carry_out(&mut hand, "enable");
    hand.tell("until 07:04");
    hand.tell("keeping-up 07:00 4m");

    hand.tell("until 1d 09:00");
    carry_out(&mut hand, "test latest-processed");
    hand.tell("until 1d 10:00");
    carry_out(&mut hand, "clean-up");

    hand.tell("until 3d 10:00");
    hand.tell("heartbeat");
    hand.tell("silence");
    hand.tell("until 3d 10:05");
    hand.tell("fell-behind 3d 09:55");
    hand.tell("until 3d 10:40");
    hand.tell("fail-over latest-processed shut-down");
    hand.tell("until 3d 10:42");
    hand.tell("failed unreachable");
    carry_out(&mut hand, "until 3d 10:42");

    hand.tell("until 3d 14:00");
    hand.tell("heartbeat");
    hand.tell("until 4d 08:00");
    carry_out(&mut hand, "commit");
    carry_out(&mut hand, "reprotect");
    hand.tell("until 4d 15:10");
    hand.tell("keeping-up 4d 15:00 4m");
    hand.tell("until 5d 08:00");
    carry_out(&mut hand, "fail-back");
    hand.tell("until 5d 12:00");
    carry_out(&mut hand, "commit");

    hand.tell("until 6d 08:00");
    carry_out(&mut hand, "disable");
    carry_out(&mut hand, "uninstall");
    carry_out(&mut hand, "restart");
    carry_out(&mut hand, "enable");
    hand
}

#[test]
fn a_vm_lives_through_a_disaster_and_comes_home() {
    let hand = a_whole_life();
    let expected = [
        ("0d 00:01:00", Phase::Enabling),
        ("0d 00:07:00", Phase::InitialReplication), // agent 4, seed disks 2
        ("0d 07:00:00", Phase::Protected),          // resize 2, copy 6:51
        ("3d 10:40:00", Phase::FailingOver),
        ("3d 10:54:00", Phase::FailedOver), // shut down fails 2, disks 5, machine 3, boot 4
        ("4d 08:00:00", Phase::Committing),
        ("4d 08:00:00", Phase::Committed),
        ("4d 08:01:00", Phase::Reprotecting),
        ("4d 08:07:00", Phase::ReverseReplication), // shut down 2, detach 2, attach 2
        ("4d 14:58:00", Phase::ProtectedReverse),
        ("5d 08:01:00", Phase::FailingBack),
        ("5d 08:18:00", Phase::FailedBack), // mark 2, shut down 2, mark 2, detach 2, rebuild 5, boot 4
        ("5d 12:00:00", Phase::CommittingFailback),
        ("5d 12:04:00", Phase::FailedBackCommitted),
        ("6d 08:00:00", Phase::Disabling),
        ("6d 08:02:00", Phase::UnprotectedDirty), // inspect 1, extension 1
        ("6d 08:09:00", Phase::Unprotected),      // uninstall 2, restart 5
        ("6d 08:10:00", Phase::Enabling),
        ("6d 08:16:00", Phase::InitialReplication),
        ("6d 15:09:00", Phase::Protected),
    ];
    let expected: Vec<_> = expected.map(|(at, phase)| (at.to_owned(), phase)).into();
    assert_eq!(phases(&hand), expected);
    assert_eq!(hand.logic.phase(VmId(0)), Phase::Protected);
    assert_eq!(hand.logic.health(VmId(0)), Health::Normal);
}

/// The last heartbeat was sent at 10:00; nobody tells the logic of the outage.
#[test]
fn the_loss_is_alarmed_15_minutes_after_the_last_heartbeat_and_cleared_by_the_next() {
    let hand = a_whole_life();
    let alarm = AlarmKind::NoHeartbeat(ApplianceId(0));
    assert_eq!(when(&hand, &Fact::Alarm { alarm }), [at("3d 10:15")]);
    assert_eq!(when(&hand, &Fact::AlarmCleared { alarm }), [at("3d 14:00")]);
}

/// Lost at 10:00, newest point 09:55: five minutes of data, and fifty-four minutes until it serves.
#[test]
fn the_failover_starts_from_the_newest_point_and_was_drilled_before() {
    let hand = a_whole_life();
    let (mark, choice) = (at("3d 09:55"), PointChoice::LatestProcessed);
    let chosen = Fact::PointChosen { vm: VmId(0), choice, mark, app_consistent: false };
    assert_eq!(when(&hand, &chosen), [at("3d 10:42")]);
    let warned: Vec<_> = hand.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Warned { .. })).collect();
    let shut_down = Fact::Warned { vm: Some(VmId(0)), warning: Warning::ShutDownFailed };
    assert_eq!(warned, [&(at("3d 10:42"), shut_down)], "the drill of day 1 was cleaned up, so it counts");
}

#[test]
fn every_run_of_points_is_written_down_once() {
    let mut hand = a_whole_life();
    hand.tell("until 6d 16:00");
    hand.tell("keeping-up 6d 15:50 4m");
    hand.tell("until 7d 00:00");
    hand.logic.finish(hand.now);
    let last = hand.logic.poll_fact().expect("the open run is recorded at the end");
    let (every, lag, app_every) = (Duration::minutes(5), Duration::minutes(4), Some(Duration::minutes(30)));
    let run = |first, last| Fact::PointsMade {
        vm: VmId(0),
        run: PointRun { first: at(first), last: at(last), every, lag, app_every },
    };
    assert_eq!(last, run("6d 15:50", "6d 23:55"));
    assert_eq!(hand.logic.poll_fact(), None);
    let runs: Vec<_> = hand.facts.iter().filter(|(_, fact)| matches!(fact, Fact::PointsMade { .. })).collect();
    // The replica is off at 08:05; the last mark is cut then and applied at 08:07.
    assert_eq!(runs, [&(at("3d 10:05"), run("07:00", "3d 09:55")), &(at("5d 08:07"), run("4d 15:00", "5d 08:00"))]);
    let single = Fact::PointMade { vm: VmId(0), mark: at("5d 08:05"), app_consistent: false };
    assert_eq!(when(&hand, &single), [at("5d 08:07")]);
}

/// MR28: a test failover and its clean-up leave replication alone.
#[test]
fn mr28_a_drill_leaves_the_stream_and_the_points_as_they_are() {
    let day = |drilled: bool| {
        let mut hand = Hand::new(Estate::of(1));
        hand.reach("protected");
        let facts = hand.facts.len();
        let mut streamed = Vec::new();
        let lines: &[&str] = if drilled { &["test latest", "processed 01:58", "done", "done", "done"] } else { &[] };
        for line in
            lines.iter().chain(&["until 05:00"]).chain(drilled.then_some(&"clean-up")).chain(&["fell-behind 04:50"])
        {
            let (did, _) = hand.tell(line);
            streamed.extend(did.split(", ").filter(|effect| effect.contains("Stream")).map(str::to_owned));
        }
        let points = hand.facts.split_off(facts).into_iter();
        let points: Vec<_> =
            points.filter(|(_, fact)| matches!(fact, Fact::PointMade { .. } | Fact::PointsMade { .. })).collect();
        (streamed, points)
    };
    let (drilled, quiet) = (day(true), day(false));
    assert_eq!(drilled, quiet);
    assert_eq!((drilled.0.len(), drilled.1.len()), (0, 1));
}

#[test]
#[should_panic(expected = "were not drained")]
fn inputs_wait_until_outputs_are_drained() {
    let estate = Estate::of(1);
    let mut logic = drsim::protection::Coordinator::new(estate.inventory.into(), estate.intent.into(), estate.settings);
    let order = || drsim::contract::Input::Command(drsim::contract::Command::Commit { vm: VmId(0) });
    logic.handle(Timestamp::START, order());
    logic.handle(Timestamp::START, order());
}
