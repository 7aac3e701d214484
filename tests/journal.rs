//! The journal: what points may keep at most. Against the closed form where writes are steady, and as damage finds it.

mod common;
mod protection_kit;

use common::Story;
use common::small::{Small, Vm};
use drsim::contract::{Effect, Fact, Meter, Observation};
use drsim::intent::Journal;
use drsim::measure::Outcome;
use drsim::planner::one_replication;
use drsim::planner::rules::journal::history_held;
use drsim::units::{ByteRate, Bytes, Duration, Timestamp};
use drsim::world::Luck;
use protection_kit::{Estate, Hand, at};

/// One machine that writes 1 MB/s, a point each 5 min (300 MB apart), all of a day kept, for four days of which the last two count.
fn steady(journal: &str, writes: &str, more: &str) -> Small {
    Small {
        lasts: "4d".to_owned(),
        settle: "2d".to_owned(),
        policy: format!("crash_consistent_every = \"5m\"\nretention = \"24h\"\n{journal}"),
        overrides: "pruning = []".to_owned(),
        vms: vec![Vm {
            writes: format!("block = \"1 MB\"{writes}"),
            disks: "\"100 GiB\"".to_owned(),
            ..Vm::steady("erp", 1_000_000)
        }],
        more: more.to_owned(),
        ..Small::default()
    }
}

fn lived(small: &Small) -> (Story, Outcome) {
    let story = small.live();
    let outcome = one_replication(&story.scenario.setup, Luck::new(story.scenario.seed, 0)).outcome;
    (story, outcome)
}

fn cuts(story: &Story) -> Vec<(Timestamp, Duration, Bytes)> {
    let cut = |(at, fact): &(Timestamp, Fact)| match fact {
        Fact::JournalCut { window, kept, .. } => Some((*at, *window, *kept)),
        _ => None,
    };
    story.facts.iter().filter_map(cut).collect()
}

/// 10 GB hold 33 gaps of 300 MB: 165 min, which is the bound over the rate of distinct writes, down to whole intervals (validation case V20).
#[test]
fn the_window_is_the_bound_over_the_rate_of_distinct_writes() {
    let (story, outcome) = lived(&steady("journal = { at_most = \"10 GB\" }", "", ""));
    let rule = history_held(Bytes(10_000_000_000), ByteRate(1_000_000), Duration::hours(24));
    assert_eq!(rule.ns() / Duration::minutes(5).ns(), 33);
    let cuts = cuts(&story);
    assert!(cuts.len() > 90, "a look each hour: {}", cuts.len());
    assert!(
        cuts.iter().all(|(_, window, kept)| (*window, *kept) == (Duration::minutes(165), Bytes(9_900_000_000))),
        "{cuts:?}"
    );
    assert_eq!(outcome.vms[0].journal_window, Some(Duration::minutes(165)));
    // Between two looks an hour of writes comes on top; a census may look then.
    let held =
        outcome.meters.iter().find(|own| matches!(own.meter, Meter::PointStorage(_))).expect("points keep something");
    assert!(held.peak.level <= 9_900_000_000 + 12 * 300_000_000, "{}", held.peak.level);
}

/// Half of what is written within 5 min is written again, so the same bound holds twice as long.
#[test]
fn overwritten_blocks_count_once() {
    let (story, _) = lived(&steady("journal = { at_most = \"10 GB\" }", ", unique = { \"5m\" = \"50 %\" }", ""));
    let windows: Vec<Duration> = cuts(&story).iter().map(|(_, window, _)| *window).collect();
    assert!(!windows.is_empty() && windows.iter().all(|window| *window == Duration::minutes(330)), "{windows:?}");
}

/// A day of points keeps 288 gaps: 86.4 GB. One byte less, and the oldest must go.
#[test]
fn a_bound_beyond_the_hours_never_cuts() {
    let (story, outcome) = lived(&steady("journal = { at_most = \"86400000000 B\" }", "", ""));
    assert_eq!((cuts(&story), outcome.vms[0].journal_window), (Vec::new(), None));
    let (story, _) = lived(&steady("journal = { at_most = \"85 GB\" }", "", ""));
    assert!(!cuts(&story).is_empty());
}

/// A night of hard writing leaves two hours; a day later all hours are there again.
#[test]
fn the_window_grows_back_when_there_is_room() {
    let mut small = steady("journal = { at_most = \"40 GB\", look_every = \"5m\" }", "", "");
    // 100 KB/s, and 5 MB/s from 2d to 2d 06:00.
    let rates: Vec<u64> = (0..96).map(|hour| if (48..54).contains(&hour) { 5_000_000 } else { 100_000 }).collect();
    small.vms = vec![Vm { disks: "\"100 GiB\"".to_owned(), ..Vm::trace("erp", "w.csv", "1h") }];
    let small = small.file("w.csv", &rates);
    let (story, outcome) = lived(&small);
    let windows = cuts(&story);
    let shortest = windows.iter().map(|(_, window, _)| *window).min().expect("the night is too much");
    // 40 GB at 5 MB/s: 26 gaps of 1.5 GB.
    assert_eq!(shortest, Duration::minutes(130));
    assert_eq!(outcome.vms[0].journal_window, Some(shortest));
    let (last, _, _) = windows.last().expect("there are cuts");
    // What the night wrote is held for a day; the points of the day are small, and one of the night goes for each 50 of them.
    assert!((common::at(2, 6, 10)..common::at(3, 6, 10)).contains(last), "{last}");
    let ends = windows.last().map(|(_, window, _)| *window);
    assert!(ends > Some(Duration::hours(20)), "it grows with time: {ends:?}");
    assert!(story.tell().contains("of points are left"));
}

/// Damage found five hours late: a day of points holds a clean one, a journal of 165 min does not; one of nine hours does.
#[test]
fn a_shorter_journal_leaves_no_clean_point() {
    let damage = "[[outage.damage]]\nstamp = \"east\"\nshare = \"100 %\"\nat = \"3d03:12\"\nfound_after = \"5h\"\n";
    let clean = |journal: &str| {
        let (_, outcome) = lived(&steady(journal, "", damage));
        let [damage] = outcome.damages.as_slice() else { panic!("{:?}", outcome.damages) };
        damage.gap()
    };
    assert_eq!(clean(""), Some(Duration::minutes(2)));
    assert_eq!(clean("journal = { at_most = \"10 GB\" }"), None);
    assert_eq!(clean("journal = { at_most = \"33 GB\" }"), Some(Duration::minutes(2)));
}

/// By hand: six gaps of 10 B, a bound of 35 B: three gaps stay, then the hours go on as they were.
#[test]
fn a_look_drops_the_oldest_until_the_rest_fits() {
    let mut estate = Estate::of(1);
    estate.intent.policies[0].journal = Some(Journal { at_most: Bytes(35), look_every: Duration::minutes(10) });
    let mut hand = Hand::new(estate);
    // Points come each five minutes from 01:00 on, usable after four. The first looks find nothing to cut.
    hand.reach("initial-replication");
    for line in ["done", "until 01:00", "done", "keeping-up 01:00 4m"] {
        hand.tell(line);
    }
    for line in ["until 01:10", "until 01:20", "until 01:30"] {
        hand.tell(line);
        hand.all_done();
    }
    let held = |hand: &mut Hand| {
        let (op, effect) = hand.next_open();
        assert!(matches!(effect, Effect::ReadPoints { .. }), "{effect:?}");
        op
    };
    assert_eq!(hand.tell("until 01:40").0, "HoldPoints 8, ReadPoints");
    let marks: Vec<Timestamp> = (0..7).map(|index| at("01:00") + Duration::minutes(5) * index).collect();
    let op = held(&mut hand);
    hand.see(Observation::PointsKeep { op, kept: marks.iter().map(|mark| (*mark, Bytes(10))).collect() });
    let cut = Fact::JournalCut {
        vm: hand.vm,
        since: at("01:40"),
        oldest: at("01:20"),
        window: Duration::minutes(15),
        kept: Bytes(30),
    };
    assert_eq!(hand.facts.last(), Some(&(at("01:40"), cut)));
    // 01:20, 01:25, 01:30, 01:35; then two more by the next look.
    assert_eq!(hand.tell("until 01:50").0, "HoldPoints 6, ReadPoints");
    assert_eq!(hand.tell("test 01:19").1, "warned PointPruned", "the oldest left stands in for an older one");
}
