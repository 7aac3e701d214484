//! Consistency groups: members that fail over by "latest multi-VM" meet at one mark, the newest that all of them hold, or are refused.
//!
//! First the logic alone, moment by moment; then whole runs against every point that was made.

mod common;
mod protection_kit;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use common::{Story, two_stamps};
use drsim::contract::{Fact, MachineRole, PointChoice, Refusal};
use drsim::intent::ConsistencyGroup;
use drsim::measure::Recovery;
use drsim::planner::compare::all;
use drsim::planner::findings::Note;
use drsim::planner::{Verdict, merge, one_replication};
use drsim::units::{ConsistencyGroupId, Duration, Timestamp, VmId};
use drsim::world::Luck;
use proptest::prelude::*;
use protection_kit::{Estate, Hand, at};

const SQL: VmId = VmId(0);
const WEB: VmId = VmId(1);

/// Two members, protected at 01:00 with points each 5 min, usable 4 min later, app-consistent ones each 30 min; it is 02:20, and the
/// second has fallen behind after its mark of 01:40.
fn web_lags() -> Hand {
    let mut estate = Estate::of(2);
    estate.intent.consistency_groups = vec![ConsistencyGroup { name: "shop".to_owned(), vms: vec![SQL, WEB] }];
    let mut hand = Hand::new(estate);
    hand.reach_together(2, "protected");
    hand.vm = WEB;
    hand.tell("fell-behind 01:40");
    hand.tell("until 02:20");
    hand
}

fn tell(hand: &mut Hand, vm: VmId, line: &str) -> String {
    hand.vm = vm;
    let (did, said) = hand.tell(line);
    format!("{did}; {said}")
}

/// The newest own point of sql is that of 02:15.
#[test]
fn the_group_goes_back_to_the_newest_mark_of_the_one_that_lags() {
    let mut hand = web_lags();
    let told = tell(&mut hand, SQL, "fail-over latest-multi-vm");
    assert!(told.contains("BuildDisks Replica 01:40") && told.contains("chosen 01:40"), "{told}");
    let taken = Fact::CommonPointTaken {
        vm: SQL,
        group: ConsistencyGroupId(0),
        mark: at("01:40"),
        newest: at("02:15"),
        laggard: WEB,
    };
    assert!(hand.facts.iter().any(|(_, fact)| *fact == taken), "{:?}", hand.facts.last());
    // web has caught up meanwhile: the wave holds to its mark all the same, and so does a change of point.
    tell(&mut hand, WEB, "mark 02:00");
    tell(&mut hand, WEB, "mark 02:10");
    let told = tell(&mut hand, WEB, "fail-over latest-multi-vm");
    assert!(told.contains("BuildDisks Replica 01:40"), "{told}");
    hand.all_done();
    let told = tell(&mut hand, WEB, "change-point latest-multi-vm") + &tell(&mut hand, WEB, "done");
    assert!(told.contains("BuildDisks Replica 01:40"), "{told}");
}

#[test]
fn app_consistent_points_have_a_newest_common_one_of_their_own() {
    let mut hand = web_lags();
    let told = tell(&mut hand, SQL, "fail-over latest-multi-vm-app-consistent");
    assert!(told.contains("BuildDisks Replica 01:30"), "{told}");
}

#[test]
fn a_choice_of_its_own_looks_at_nobody_else() {
    let mut hand = web_lags();
    assert!(tell(&mut hand, SQL, "fail-over latest-processed").contains("chosen 02:15"));
    assert!(tell(&mut hand, WEB, "fail-over latest-processed").contains("chosen 01:40"));
    // Uncommitted, so sql may still be taken to where web stands.
    hand.all_done();
    let told = tell(&mut hand, SQL, "change-point latest-multi-vm") + &tell(&mut hand, SQL, "done");
    assert!(told.contains("chosen 01:40"), "{told}");
}

/// A drill settles nothing: when web has caught up the next one starts from a newer mark.
#[test]
fn drills_look_for_the_common_mark_of_their_own_moment() {
    let mut hand = web_lags();
    assert!(tell(&mut hand, SQL, "test latest-multi-vm").contains("BuildDisks Test 01:40"));
    tell(&mut hand, WEB, "mark 02:05");
    assert!(tell(&mut hand, WEB, "test latest-multi-vm").contains("BuildDisks Test 02:05"));
    assert!(tell(&mut hand, SQL, "fail-over latest-multi-vm").contains("BuildDisks Replica 02:05"));
}

#[test]
fn without_a_common_point_the_failover_is_refused_and_never_silently_single() {
    let mut hand = web_lags();
    tell(&mut hand, WEB, "disable");
    hand.all_done();
    for line in ["fail-over latest-multi-vm", "test latest-multi-vm"] {
        let told = tell(&mut hand, SQL, line);
        assert_eq!(told, "; refused NoCommonPoint", "{line}");
    }
    assert!(tell(&mut hand, SQL, "fail-over latest-processed").contains("chosen 02:15"));
}

/// sql stands at 01:40. web goes on for hours, and of its hour the point of 01:00 alone is kept: there is no way to meet.
#[test]
fn a_member_that_no_longer_holds_the_mark_of_the_wave_is_refused() {
    let mut hand = web_lags();
    tell(&mut hand, SQL, "fail-over latest-multi-vm");
    hand.all_done();
    tell(&mut hand, WEB, "until 06:00");
    tell(&mut hand, WEB, "mark 05:55");
    assert!(tell(&mut hand, WEB, "fail-over latest-multi-vm").ends_with("refused NoCommonPoint"));
}

/// A failover that failed is no wave: with nobody on the target the group settles anew.
#[test]
fn after_a_failed_failover_of_all_the_mark_is_settled_anew() {
    let mut hand = web_lags();
    assert!(tell(&mut hand, SQL, "fail-over latest-multi-vm").contains("01:40"));
    tell(&mut hand, SQL, "failed quota");
    tell(&mut hand, WEB, "mark 02:10");
    tell(&mut hand, SQL, "fail-over latest-multi-vm");
    let told = tell(&mut hand, SQL, "done");
    assert!(told.contains("BuildDisks Replica 02:10"), "{told}");
}

#[test]
fn the_steps_of_a_plan_meet_at_one_mark() {
    let mut hand = web_lags();
    let told = tell(&mut hand, SQL, "plan latest-multi-vm");
    assert!(told.contains("BuildDisks Replica 01:40"), "{told}");
    tell(&mut hand, WEB, "mark 02:10");
    hand.all_done();
    tell(&mut hand, WEB, "until 02:31");
    hand.all_done();
    let chosen = |(_, fact): &(Timestamp, Fact)| match fact {
        Fact::PointChosen { vm, mark, .. } => Some((*vm, *mark)),
        _ => None,
    };
    let chosen: Vec<_> = hand.facts.iter().filter_map(chosen).collect();
    assert_eq!(chosen, [(SQL, at("01:40")), (WEB, at("01:40"))]);
}

/// Machines with a way of their own each, in one group; `cuts`: when each way is cut, and for how long; the stamp is lost on the fourth day.
fn fleet(cuts: &[(u64, u64)], people: &str) -> String {
    let more = format!(
        "[run]\nstarts = \"2026-01-05T00:00:00Z\"\nlasts = \"5d\"\nsettle = \"1d\"\nseed = 3\nreplications = 1\n\
         [override]\nprocessing_delay = \"30s\"\npruning = []\n[people]\n{people}\n\
         [[outage.stamp-down]]\nstamp = \"east\"\nat = \"3d01:03\"\nlasts = \"9d\"\n"
    );
    let mut text = two_stamps(&more).replace("cache = \"log\"\n", "cache = \"log\"\nlink = \"wan\"\n");
    let mut members = Vec::new();
    for (way, (begins, lasts)) in cuts.iter().enumerate() {
        let _ = write!(
            text,
            "[link.way{way}]\nfrom = \"east\"\nto = \"west\"\nbandwidth = \"100 Mbit/s\"\nround_trip = \"0ms\"\n\
             [appliance.b{way}]\non = \"east\"\nsize = \"Standard_DS4_v2\"\ncache = \"log\"\nlink = \"way{way}\"\n\
             [vms.m{way}]\ncount = 1\non = \"east\"\nos = \"linux\"\nsize = \"Standard_DS2_v2\"\ndisks = [\"1 GiB\"]\n\
             churn.steady = {{ rate = \"100 KiB/s\" }}\n\
             [protect.m{way}]\npolicy = \"gold\"\nappliance = \"b{way}\"\nto = {{ stamp = \"west\", subscription = \"prod\" }}\n"
        );
        if *lasts > 0 {
            let day = begins / 1_440;
            let (hour, minute) = (begins % 1_440 / 60, begins % 60);
            let _ = write!(
                text,
                "[[outage.link-down]]\nlink = \"way{way}\"\nat = \"{day}d{hour:02}:{minute:02}\"\nlasts = \"{lasts}m\"\n"
            );
        }
        members.push(format!("\"m{way}\""));
    }
    let _ = write!(text, "[consistency_group.shop]\nvms = [{}]\n", members.join(", "));
    text
}

const TOGETHER: &str = "recovery_point = \"latest-multi-vm\"";

/// m1 is cut off from midnight on, 1 h 3 min before the stamp is lost: its newest mark is that of 00:00, since a mark of the instant of the cut
/// at 00:01 is later. The newest of m0 is 01:00.
#[test]
fn by_hand_one_member_lags_an_hour() {
    let story = Story::of(&fleet(&[(0, 0), (3 * 1_440 + 1, 600)], TOGETHER));
    let setup = &story.scenario.setup;
    let outcome = one_replication(setup, Luck::new(story.scenario.seed, 0)).outcome;
    let minutes = |count| Some(Duration::minutes(count));
    let told: Vec<_> =
        outcome.failures.iter().map(|own| (own.rpo_latest_processed, own.rpo_chosen, own.held_back)).collect();
    assert_eq!(told, [(minutes(3), minutes(63), minutes(60)), (minutes(63), minutes(63), minutes(0))]);
    assert!(outcome.failures.iter().all(|own| matches!(own.recovery, Recovery::FailedOver(_))));
    let yardsticks = all(&[setup]);
    let used = yardsticks.iter().find(|own| own.name == "all: mean(rpo_used)").expect("there is a group");
    assert_eq!(used.values(setup, std::slice::from_ref(&outcome)), [Some(63.0 * 60.0)]);
    let findings = merge(&setup.inventory, &setup.intent, &[outcome], setup.settle, setup.lasts);
    let note = Note::CommonPoints { group: "shop".to_owned(), taken: 2, held_back: 1, laggard: Some(story.vm("m1")) };
    assert!(findings.notes.contains(&note), "{:?}", findings.notes);
    let said = story.tell();
    assert!(said.contains("its group goes back to"), "{said}");
    assert!(said.contains("m1 lags"), "{said}");
}

/// Orders go on being refused, nobody serves while there is nothing in common, and a target on the point used is missed.
#[test]
fn a_member_that_was_never_protected_keeps_the_whole_group_from_failing_over() {
    let wanted = format!("{TOGETHER}\n[[target]]\nmust = \"max(rpo_used) <= 1h\"");
    let always = "at = \"0d00:00\"\nlasts = \"9d\"";
    let text = fleet(&[(0, 0), (0, 7_000)], &wanted).replace("at = \"0d00:00\"\nlasts = \"7000m\"", always);
    let story = Story::of(&text);
    assert_eq!(story.serves("m0", MachineRole::Replica), None);
    let refused = |fact: &Fact| matches!(fact, Fact::Refused { refusal: Refusal::NoCommonPoint, .. });
    assert!(!story.all(refused).is_empty());
    let setup = &story.scenario.setup;
    let outcome = one_replication(setup, Luck::new(story.scenario.seed, 0)).outcome;
    assert!(outcome.failures.iter().all(|own| own.rpo_chosen.is_none()), "{:?}", outcome.failures);
    let without: Vec<VmId> = outcome.failures.iter().filter(|own| own.no_point).map(|own| own.vm).collect();
    assert_eq!(without, [story.vm("m0")], "the other one is refused for what it is in");
    let findings = merge(&setup.inventory, &setup.intent, &[outcome], setup.settle, setup.lasts);
    assert_eq!(findings.targets[0].verdict, Verdict::Missed);
}

/// Marks of the points that a VM holds at `now`, of all that were ever made: the usable ones, a day back from the newest.
fn held(story: &Story, vm: VmId, now: Timestamp) -> BTreeSet<Timestamp> {
    let mut marks = BTreeSet::new();
    for (at, fact) in &story.facts {
        match fact {
            Fact::PointMade { vm: own, mark, .. } if *own == vm && *at <= now => _ = marks.insert(*mark),
            Fact::PointsMade { vm: own, run } if *own == vm => {
                let mut mark = run.first;
                while mark <= run.last && mark + run.lag <= now {
                    marks.insert(mark);
                    mark = mark + run.every;
                }
            }
            _ => {}
        }
    }
    let newest = marks.last().copied().unwrap_or_default();
    marks.retain(|mark| newest.since(*mark) < Duration::days(1));
    marks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is cut when: all members meet at the newest of all marks that each holds; where one was cut off for longer than a day
    /// there is none, and nobody fails over.
    #[test]
    fn members_meet_at_the_newest_mark_that_all_hold(
        cuts in prop::collection::vec((1_500_u64..3 * 1_440 + 60, 0_u64..2_000), 2..4),
    ) {
        let story = Story::of(&fleet(&cuts, TOGETHER));
        let vms: Vec<VmId> = (0..cuts.len()).map(|way| story.vm(&format!("m{way}"))).collect();
        let ordered = story.when(|fact| matches!(fact, Fact::Ordered { command: "fail over", .. })).expect("a failover");
        let held: Vec<BTreeSet<Timestamp>> = vms.iter().map(|vm| held(&story, *vm, ordered)).collect();
        let twin = held[0].iter().rev().find(|mark| held.iter().all(|own| own.contains(mark))).copied();
        let chosen: Vec<Option<Timestamp>> = vms.iter().map(|wanted| {
            story.facts.iter().find_map(|(_, fact)| match fact {
                Fact::PointChosen { vm, choice: PointChoice::LatestMultiVm, mark, .. } if vm == wanted => Some(*mark),
                _ => None,
            })
        }).collect();
        prop_assert!(chosen.iter().all(|mark| *mark == twin), "{:?} but {:?} in {:?}", chosen, twin, cuts);
    }
}
