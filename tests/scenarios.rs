//! Each bundled scenario teaches one thing; here it is held to it, through the public path: load, replicate, merge.
//!
//! Where a closed form exists the arithmetic stands in the test. 1 GiB is 1024 MiB; 1 Mbit/s is 125 000 B/s.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use common::pieces::{greatest, lag, within};
use common::{Story, at};
use drsim::contract::{Fact, MachineRole, Meter, Phase};
use drsim::measure::{DRILL_OVERDUE, RunPhase};
use drsim::planner::findings::{CapacityFinding, Quantity, Spread};
use drsim::planner::{Findings, Verdict, merge, replicate};
use drsim::scenario::load;
use drsim::units::{GroupId, Timestamp};

const MIB: f64 = 1_048_576.0;
/// 1 Mbit/s in MiB/s.
const MBIT: f64 = 125_000.0 / MIB;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(scenarios().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All replications of a bundled scenario, measured; `sets` as on the command line.
fn lived(name: &str, sets: &[(&str, &str)]) -> Findings {
    measured(name, &text(name), sets)
}

fn measured(name: &str, text: &str, sets: &[(&str, &str)]) -> Findings {
    let sets: Vec<(String, String)> = sets.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let read = |file: &Path| std::fs::read(scenarios().join(file));
    let scenario = load(text, name, &read, &sets).unwrap_or_else(|faults| panic!("{name}: {faults}"));
    let setup = &scenario.setup;
    let range = (0, scenario.replications.at_most);
    let ran = replicate(setup, scenario.seed, range, 0, &AtomicBool::new(false), &|| ());
    let fouls: Vec<&String> = ran.iter().flat_map(|replication| &replication.end.fouls).collect();
    assert!(fouls.is_empty(), "{name}: {fouls:?}");
    let outcomes: Vec<_> = ran.into_iter().map(|replication| replication.outcome).collect();
    merge(&setup.inventory, &setup.intent, &outcomes, setup.settle, setup.lasts)
}

fn spread(findings: &Findings, quantity: Quantity) -> &Spread {
    findings.spread(quantity).unwrap_or_else(|| panic!("nothing is known of {quantity:?}"))
}

fn worst(findings: &Findings, quantity: Quantity) -> f64 {
    spread(findings, quantity).worst.unwrap_or_else(|| panic!("{quantity:?} has no worst value"))
}

fn capacity(findings: &Findings, wanted: impl Fn(Meter) -> bool) -> &CapacityFinding {
    findings.capacity.iter().find(|own| wanted(own.meter)).expect("the meter said something")
}

fn near(value: f64, wanted: f64, within: f64) {
    assert!((value - wanted).abs() <= within, "{value} is not {wanted} ± {within}");
}

/// The service stops at 23:59:30, when the point of 23:55 has been usable for 20 s. The branch is lost at 01:46, so that point
/// is 1 h 51 min old; all bytes are in the cache, so "latest" loses nothing. The service is back at 02:10 and applies what
/// waits, 6390 s at 10 MiB/s, at 136.6 MiB/s, and a point takes 250 s; disks, machine and boot take 2 + 3 + 2 minutes.
#[test]
fn latest_loses_nothing_and_serves_later() {
    let latest = lived("01-latest-or-processed.toml", &[]);
    near(worst(&latest, Quantity::RpoLatest), 0.0, 0.1);
    near(worst(&latest, Quantity::RpoLatestProcessed), 111.0 * MINUTE, 0.0);
    near(worst(&latest, Quantity::RpoChosen), 0.0, 0.1);
    near(worst(&latest, Quantity::DataLost), 0.0, 0.0);
    let wait = 24.0 * MINUTE + 6_390.0 * 10.0 / 136.6 + 250.0;
    near(worst(&latest, Quantity::Rto), wait + 7.0 * MINUTE, 1.0);

    let processed = lived("01-latest-or-processed.toml", &[("people.recovery_point", "latest-processed")]);
    near(worst(&processed, Quantity::RpoChosen), 111.0 * MINUTE, 0.0);
    near(worst(&processed, Quantity::DataLost), 111.0 * MINUTE * 10.0 * MIB, MIB);
    let detect = worst(&processed, Quantity::RtoDetect);
    assert!((14.0 * MINUTE..=15.0 * MINUTE).contains(&detect), "{detect}");
    near(worst(&processed, Quantity::Rto), detect + 7.0 * MINUTE, 0.001);
}

/// Two machines of two cores at a time; four machines on days 30, 60 and 90 in each of twenty lives.
#[test]
fn a_drill_takes_cores_for_a_while_and_nothing_of_the_rpo() {
    let drilled = lived("02-drill.toml", &[]);
    let cores =
        drilled.capacity.iter().find(|own| own.name == "quota cores of dr on head").expect("the target's quota");
    assert_eq!((cores.peak.level, cores.peak.phase), (2 * 2, RunPhase::Drill));
    assert_eq!((drilled.drills_ok, drilled.drills_failed), (20 * 4 * 3, 0));
    let quiet = lived("02-drill.toml", &[("people.drill_every", "1000d")]);
    assert_eq!(quiet.drills_ok, 0);
    for quantity in [Quantity::RpoOverTimePoint, Quantity::RpoOverTimeWatermark] {
        let (with, without) = (spread(&drilled, quantity), spread(&quiet, quantity));
        assert_eq!((with.mean, with.p99, with.worst), (without.mean, without.p99, without.worst), "{quantity:?}");
    }
}

/// Without a network for tests each drill is refused when it is ordered: it counts as failed, and the next machine has its turn.
#[test]
fn a_drill_that_is_refused_has_failed() {
    let without_network = text("02-drill.toml").replace(", test_network = \"drill\"", "");
    let refused = measured("02-drill.toml", &without_network, &[]);
    assert_eq!((refused.drills_ok, refused.drills_failed), (0, 20 * 4 * 3));
}

/// 3 MiB/s meet 20 Mbit/s for ten hours: the newest byte there is `10 h · (1 − 20 Mbit/s / 3 MiB/s)` old at 18:00. A point
/// adds its processing and what is left of its interval.
#[test]
fn the_rpo_grows_through_the_office_hours() {
    let findings = lived("03-office-hours.toml", &[]);
    let age = 10.0 * HOUR * (1.0 - 20.0 * MBIT / 3.0);
    near(worst(&findings, Quantity::RpoOverTimeWatermark), age, 1.0);
    let point = worst(&findings, Quantity::RpoOverTimePoint);
    assert!((age + 250.0..=age + 250.0 + 300.0).contains(&point), "{point} after {age}");
    // Eleven working days lie in the fortnight after the first; on each the link is full from 8 until all is caught up.
    let caught_up = 10.0 * HOUR * (3.0 - 20.0 * MBIT) / (100.0 * MBIT - 3.0);
    let link = capacity(&findings, |meter| matches!(meter, Meter::Link(..)));
    near(link.saturated, 10.0 * (10.0 * HOUR + caught_up) / (14.0 * 24.0 * HOUR), 1e-3);
    assert_eq!(findings.verdict(), Verdict::Missed);
}

/// While the link is cut nothing enters the cache. When it is back, what enters at 1 Gbit/s stays for 250 s: 29 GiB.
#[test]
fn the_flood_after_a_link_outage_overflows_the_cache() {
    let small = lived("04-cache-overflow.toml", &[]);
    assert!(small.rows[0].cache_full > 0, "it overflows");
    let cache = capacity(&small, |meter| matches!(meter, Meter::CacheUsed(_)));
    let during =
        |phase: RunPhase| cache.peak_by_phase.iter().find(|(own, _)| *own == phase).map(|(_, level)| *level as f64);
    assert_eq!(during(RunPhase::CatchUp), Some(16.0 * 1024.0 * MIB), "full in the flood");
    let normal = 12.0 * 250.0 * MIB;
    assert!(during(RunPhase::LinkOutage).is_some_and(|level| level <= 1.01 * normal), "{cache:?}");
    let large = lived("04-cache-overflow.toml", &[("cache.log.capacity", "64 GiB")]);
    assert_eq!(large.rows[0].cache_full, 0, "64 GiB hold it");
    // The backlog of 6 h at 12 MiB/s over the link; or as fast as 16 GiB pass in 250 s, a cycle more or less.
    let (backlog, link) = (6.0 * HOUR * 12.0, 1_000.0 * MBIT);
    near(worst(&large, Quantity::CatchUp), backlog / (link - 12.0), 5.0);
    near(worst(&small, Quantity::CatchUp), backlog / (16.0 * 1024.0 / 250.0 - 12.0), 250.0);
    assert_eq!(small.verdict(), Verdict::Missed);
}

/// Differences wait in the cache for a day at most. Then every machine's are thrown away, and all are resynchronised at once when
/// the service is back: nothing is newer than the outage until they are through.
#[test]
fn a_service_that_stands_for_more_than_a_day_ends_in_a_storm() {
    let findings = lived("05-resync-storm.toml", &[]);
    let resync = spread(&findings, Quantity::Resync);
    assert_eq!((resync.samples, resync.worst.is_some()), (8, true));
    assert!(findings.vms.iter().all(|vm| vm.age_max_s > 30.0 * HOUR), "every one of them");
    let link = capacity(&findings, |meter| matches!(meter, Meter::Link(..)));
    let full = link.peak_by_phase.iter().find(|(phase, _)| *phase == RunPhase::Resync).map(|(_, level)| *level as f64);
    near(full.unwrap_or(0.0), 200.0 * MBIT * MIB, MIB);
    let short = lived("05-resync-storm.toml", &[("replication.copies_at_once", "2")]);
    assert_eq!(spread(&short, Quantity::Resync).samples, 8);
    // A day and less is ridden out.
    let calm = measured("calm.toml", &text("05-resync-storm.toml").replace("\"30h\"", "\"23h\""), &[]);
    assert!(calm.spread(Quantity::Resync).is_none());
}

/// The processor carries `ops_max = ops + 42.667 · disks`: 17 disks leave (4778.7 − 17 · 42.667) / 17 operations of 8 KiB per
/// second for each, a rate `r` below the 2 MiB/s it writes. What was written last, after six hours, is through when
/// `6 h · 2 / r` have passed since the first byte: it is `6 h · (2 / r − 1)` old by then.
#[test]
fn the_seventeenth_disk_is_beyond_the_envelope() {
    let findings = lived("06-appliance-envelope.toml", &[]);
    let rate = (4_778.7 - 17.0 * 42.667) / 17.0 * 8.0 / 1024.0;
    near(worst(&findings, Quantity::RpoOverTimeWatermark), 6.0 * HOUR * (2.0 / rate - 1.0), 2.0);
    for set in [("vms.oltp.count", "16"), ("vms.oltp.writes.block", "64 KiB")] {
        let fits = lived("06-appliance-envelope.toml", &[set]);
        near(worst(&fits, Quantity::RpoOverTimeWatermark), 0.0, 1.0);
    }
}

/// Of 24 h at 1 MiB/s a quarter is distinct: 21 600 MiB of each of two machines, and more of it while it is sent, by the slope
/// of the distinct bytes between an hour and a day, (0.25 · 24 − 0.6) h · 1 MiB/s in 23 h. 100 Mbit/s carry it.
#[test]
fn an_appliance_that_is_gone_for_a_day_costs_a_day_and_the_catching_up() {
    let findings = lived("07-appliance-down.toml", &[]);
    let slope = 2.0 * (0.25 * 24.0 - 0.6) / 23.0;
    let caught_up = 2.0 * 21_600.0 / (100.0 * MBIT - slope);
    let age = worst(&findings, Quantity::RpoOverTimeWatermark);
    near(age, 24.0 * HOUR + caught_up, 60.0);
    assert!(findings.failures.is_empty(), "nothing fails");
    let story = Story::of(&text("07-appliance-down.toml"));
    assert!(story.when(|fact| matches!(fact, Fact::Alarm { .. })).is_some(), "the alarm rings");
    assert!(
        story.when(|fact| matches!(fact, Fact::DisasterDeclared { .. })).is_none(),
        "and nobody declares a disaster"
    );
}

/// 4 · 192 GiB less the reserve 192 + 0.15 · 3 · 192 + 2 · 14, the platform's 242 + 4 · 4 and the provider's 42 leave 161.6 GiB:
/// eleven machines of 14 GiB. The twelfth is short by 14 − (161.6 − 11 · 14) = 6.4 GiB.
#[test]
fn one_target_has_no_memory_for_both_sources_at_once() {
    let findings = lived("08-two-sources.toml", &[]);
    assert!(findings.rows.iter().all(|row| (row.failures, row.failovers) == (16, 11)), "{:?}", findings.rows);
    let [short] = findings.limit_hits.as_slice() else { panic!("{:?}", findings.limit_hits) };
    assert!(matches!(short.meter, Meter::StampMemory(_)));
    near(short.short_max as f64 / MIB / 1024.0, 6.4, 0.001);
    // Either site alone fits.
    let both = text("08-two-sources.toml");
    let second = both.rfind("[[outage.stamp-down]]").expect("two outages");
    let people = both.find("[people]").unwrap_or(both.len());
    let alone = measured("alone.toml", &format!("{}{}", &both[..second], &both[people..]), &[]);
    assert!(alone.limit_hits.is_empty(), "{:?}", alone.limit_hits);
    assert!(alone.rows.iter().all(|row| (row.failures, row.failovers) == (8, 8)), "{:?}", alone.rows);
    assert_eq!(findings.verdict(), Verdict::Missed, "five machines that waited for three days are beyond four hours");
}

/// A replica takes 701 GiB, a seed 1 GiB: the third would make 3 · 701 = 2103 GiB of 2048, 55 too many.
#[test]
fn the_default_quota_refuses_the_third_replica() {
    let findings = lived("09-quota-too-small.toml", &[]);
    let protected = findings.vms.iter().filter(|vm| vm.protected_after_s.is_some()).count();
    assert_eq!(protected, 2);
    let [hit] = findings.limit_hits.as_slice() else { panic!("{:?}", findings.limit_hits) };
    assert!(matches!(hit.meter, Meter::QuotaManagedDisk(_)));
    near(hit.short_max as f64 / MIB / 1024.0, 55.0, 0.001);
    let raised = lived("09-quota-too-small.toml", &[("stamp.head.subscriptions.dr.managed_disk", "3 TiB")]);
    assert!(raised.vms.iter().all(|vm| vm.protected_after_s.is_some()) && raised.limit_hits.is_empty());
}

#[test]
fn a_disk_of_1023_gib_is_stuck_for_ever_with_that_reason() {
    let findings = lived("10-disk-of-1023-gib.toml", &[]);
    let protected: Vec<bool> = findings.vms.iter().map(|vm| vm.protected_after_s.is_some()).collect();
    assert_eq!((findings.names.vms[0].as_str(), protected), ("fits", vec![true, false]));
    // It turns critical an hour after it stopped and stays so: six days of the week at least.
    let stuck = findings.health_h.iter().find(|(name, _)| name.contains("replication-stuck"));
    assert!(stuck.is_some_and(|(_, hours)| *hours > 100.0), "{:?}", findings.health_h);
}

/// Twelve machines of three disks: ten take 30 of 31 slots, two wait for the next wave; on 63 slots all 36 go at once.
#[test]
fn a_failback_of_36_disks_goes_in_two_waves() {
    let slots = |findings: &Findings| capacity(findings, |meter| matches!(meter, Meter::ApplianceSlots(_))).peak.level;
    assert_eq!(slots(&lived("11-failback-in-waves.toml", &[])), 30);
    assert_eq!(slots(&lived("11-failback-in-waves.toml", &[("appliance.a1.size", "Standard_DS5_v2")])), 36);
    let story = Story::of(&text("11-failback-in-waves.toml"));
    let began: Vec<Timestamp> =
        (1..=12).map(|n| story.entered(&format!("sql-{n}"), Phase::Reprotecting).expect("re-protected")).collect();
    let first_home = (1..=10).filter_map(|n| story.entered(&format!("sql-{n}"), Phase::FailedBack)).min();
    let late: Vec<&Timestamp> = began.iter().filter(|at| Some(**at) >= first_home).collect();
    assert_eq!(late.len(), 2, "{began:?}");
    let home = story.all(|fact| matches!(fact, Fact::Entered { phase: Phase::FailedBackCommitted, .. })).len();
    assert_eq!(home, 12, "all come home");
}

/// Drills are due on days 90 and 180, the branch is lost on day 200. A drill of day 90 is 110 days old by then: recent. Both are
/// skipped with probability 0.7²; 400 failovers show that share to ± 3 · 2.5 %.
#[test]
fn half_of_the_failovers_come_without_a_recent_drill() {
    let findings = lived("12-skipped-drills.toml", &[]);
    assert_eq!(findings.failovers_begun, 400);
    let overdue = findings.warned.iter().find(|(name, _)| name == DRILL_OVERDUE).map_or(0, |(_, count)| *count);
    near(overdue as f64 / 400.0, 0.49, 0.075);
    near((findings.drills_ok + findings.drills_failed) as f64 / 800.0, 0.3, 0.05);
}

/// Found after Exp(20 h). A day of points ends between 23:00 and 24:00 before the newest, 23:27:30 in the mean, which is 400 s old:
/// a clean one is left with probability 1 − exp(−23.57 / 20) = 69.2 %. Fifteen days lose e⁻¹⁸ of them. From two hours on every second
/// hour's point is kept: the gap is 60 min in the mean there, 2.5 min before, that is 0.905 · 60 + 0.095 · 2.5 = 54.5 min.
#[test]
fn a_longer_retention_holds_a_clean_point_for_damage_that_is_found_late() {
    let findings = lived("13-ransomware-found-late.toml", &[]);
    let group = |name: &str| {
        let own = |group: Option<GroupId>| group.is_some() && findings.names.group(group) == name;
        findings.damage.iter().find(|damage| own(damage.group)).expect("the group was hit")
    };
    let (day, fortnight) = (group("day"), group("fortnight"));
    let n = day.events as f64;
    assert!(n > 300.0 && day.machines == day.events && fortnight.events == day.events, "{n}");
    near(day.clean_left.value.expect("a share"), 0.692, 3.0 * (0.692 * 0.308 / n).sqrt());
    assert!(day.clean_left.low < Some(0.692) && day.clean_left.high > Some(0.692), "{:?}", day.clean_left);
    assert_eq!(fortnight.clean_left.value, Some(1.0));
    let gap =
        findings.spreads.iter().find(|own| own.quantity == Quantity::CleanPointGap && own.group == fortnight.group);
    near(gap.and_then(|gap| gap.mean.value).expect("a mean") / MINUTE, 54.5, 3.0 * 37.0 / n.sqrt());
    let kept = |name: &str| findings.capacity.iter().find(|own| own.name == name).and_then(|own| own.mean.value);
    assert!(kept("points kept of long on head") > kept("points kept of short on head"), "it costs storage");
}

/// The second fire, at 5d03:30, falls into the re-protection that began at 5d02:03, four hours after the first was out. Nothing
/// is lost by it; it is over at 15:30, and what is left of the copy goes on.
#[test]
fn a_second_fire_during_re_protection_costs_time_and_no_machine() {
    let story = Story::of(&text("14-correlated-outage.toml"));
    for name in ["erp-1", "erp-2", "erp-3", "erp-4"] {
        let began = story.entered(name, Phase::ReverseReplication).expect("re-protected");
        let done = story.entered(name, Phase::ProtectedReverse).expect("protected in reverse");
        assert!(began < at(5, 3, 30) && done > at(5, 15, 30), "{name}: {began} to {done}");
        assert_eq!(story.phases(name).iter().filter(|phase| **phase == Phase::FailingOver).count(), 1, "{name}");
        assert!(story.phases(name).contains(&Phase::FailedBackCommitted), "{name} comes home");
        assert_eq!(story.phases(name).last(), Some(&Phase::Protected), "{name} is protected again");
    }
    let findings = lived("14-correlated-outage.toml", &[]);
    assert!(findings.rows.iter().all(|row| (row.failures, row.failovers, row.data_lost_bytes) == (4, 4, 0)));
    assert!(spread(&findings, Quantity::Reprotect).p50.value.is_some_and(|span| span > 12.0 * HOUR));
    let up = story.serves("erp-1", MachineRole::Replica).expect("it serves at head office");
    let down = |fact: &Fact| matches!(fact, Fact::MachineDown { role: MachineRole::Replica, .. });
    assert!(up < at(4, 12, 0) && story.when(down) > Some(at(5, 15, 30)), "it serves through the second fire");
}

/// 100 · 320 + 600 · 32 + 300 · 192 GiB pass 5 Gbit/s beside what is written meanwhile, 39 + 23 + 35 MiB/s in the mean.
#[test]
fn a_fleet_of_a_thousand_is_protected_as_fast_as_its_link_allows() {
    let findings = lived("15-fleet-of-a-thousand.toml", &[]);
    let disks = (100.0 * 320.0 + 600.0 * 32.0 + 300.0 * 192.0) * 1024.0;
    let written = (100.0 * 400.0 + 600.0 * 40.0 + 300.0 * 120.0) / 1024.0;
    let wanted = disks / (5_000.0 * MBIT - written);
    near(worst(&findings, Quantity::InitialReplicationLast), wanted, 0.02 * wanted);
    assert_eq!(findings.vms.len(), 1000);
    assert!(findings.vms.iter().all(|vm| vm.protected_after_s.is_some()));
}

/// Fourteen machines share 12 207 KiB/s. In a burst of 40 min the archives keep back 1250 − L/14 each, and go on taking as much until that is
/// gone; as long the two of sql get L/14 of their 1024 KiB/s. Due first, sql does not notice, and the archives have the rest.
#[test]
fn deadlines_keep_the_archives_from_delaying_sql() {
    let (link, burst) = (100.0 * MBIT * 1024.0, 40.0 * MINUTE);
    let text = text("17-who-goes-first.toml");
    let deadline =
        |name: &str, span: &str| (format!("[protect.{name}]\n"), format!("[protect.{name}]\ndeadline = \"{span}\"\n"));
    let due_first = [deadline("sql", "5m"), deadline("archive", "4h")];
    let due_first = due_first.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to));
    let oldest = |text: &str, name: &str| {
        let story = Story::of(text);
        greatest(&within(&lag(&story.facts, story.vm(name), false), 24.0 * HOUR, 15.0 * 24.0 * HOUR))
    };
    let share = link / 14.0;
    near(oldest(&text, "sql-1"), burst * 1250.0 / share * (1.0 - share / 1024.0), 1.0);
    assert_eq!(oldest(&due_first, "sql-1"), 0.0);
    near(oldest(&due_first, "archive-1"), burst * (1250.0 / ((link - 2048.0) / 12.0) - 1.0), 1.0);
}

#[test]
fn every_scenario_says_what_it_teaches_and_stands_in_the_list() {
    let list = std::fs::read_to_string(scenarios().join("README.md")).expect("the list");
    let mut numbers = BTreeSet::new();
    for entry in std::fs::read_dir(scenarios()).expect("the folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().to_string();
        let Some(stem) = name.strip_suffix(".toml") else { continue };
        assert!(list.contains(&format!("]({name})")), "{name} is not in scenarios/README.md");
        let Some(number) = stem.get(..2).and_then(|number| number.parse::<u32>().ok()) else { continue };
        assert!(numbers.insert(number), "two scenarios with the number {number}");
        if number > 0 {
            let text = text(&name);
            let head: Vec<&str> = text.lines().take(3).collect();
            assert_eq!(head[0], "#:schema ./drsim.schema.json", "{name}");
            assert!(head[1].starts_with("# Shows: ") && text.contains("\n# Look at: "), "{name}: {head:?}");
        }
    }
    assert!(numbers.len() >= 15, "{numbers:?}");
}
