//! Whole runs, told: each test is one claim about the system, with numbers that can be followed by hand.

mod common;

use common::{Story, at, two_stamps};
use drsim::contract::{
    AlarmKind, Cause, Fact, Health, HealthReason, JobKind, MachineRole, Meter, Phase, PointRun, Refusal,
};
use drsim::units::{ApplianceId, Bytes, Duration};

/// One Linux VM with one small disk, steady churn of 1 MiB/s, point at every 5 minutes.
const ERP: &str = r#"
[vms.erp]
count = 1
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB"]
churn.steady = { rate = "1 MiB/s" }
writes = { block = "64 KiB" }
[protect.erp]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod", network = "dr", test_network = "drill" }
"#;

const LOST_AT_DAY_TWO: &str = r#"
[[outage.stamp-down]]
stamp = "east"
at = "2d01:03"
lasts.fixed = "12h"
"#;

fn erp(run: &str, more: &str) -> Story {
    Story::of(&(two_stamps(run) + ERP + more))
}

const THREE_DAYS: &str = "[run]\nstarts = \"2026-01-05T00:00:00+00:00\"\nlasts = \"3d\"\nseed = 7\nreplications = 1";
const TEN_DAYS: &str = "[run]\nstarts = \"2026-01-05T00:00:00+00:00\"\nlasts = \"10d\"\nseed = 7\nreplications = 1";

/// The stamp is lost at 01:03. The last heartbeat was at 01:03 too or a minute before; fifteen minutes without one raise the
/// alarm; half an hour later people declare; the point of 00:55 is the newest one that is processed (a mark is usable
/// 250 s after it was cut, so that of 01:00 would be usable at 01:04:10).
#[test]
fn losing_a_stamp_costs_what_was_written_since_the_last_processed_point() {
    let people = "[people]\ndeclare_disaster_after.fixed = \"30m\"\nrecovery_point = \"latest-processed\"\n";
    let story = erp(THREE_DAYS, &format!("{LOST_AT_DAY_TWO}{people}"));
    let erp = story.vm("erp");

    let alarm = story.when(|fact| *fact == Fact::Alarm { alarm: AlarmKind::NoHeartbeat(ApplianceId(0)) });
    let alarm = alarm.unwrap_or_else(|| panic!("an alarm\n{}", story.tell()));
    assert!((at(2, 1, 17)..=at(2, 1, 18)).contains(&alarm), "{alarm}");

    let lost = story.facts.iter().find_map(|(_, fact)| match fact {
        Fact::DataLost { vm, mark, failed_at, bytes } if *vm == erp => Some((*mark, *failed_at, *bytes)),
        _ => None,
    });
    // The cache is on the target and survives: the point of 01:00 is processed by the time of the failover.
    assert_eq!(lost, Some((at(2, 1, 0), at(2, 1, 3), Bytes::mib(180))), "{}", story.tell());

    let serving = story.serves("erp", MachineRole::Replica).expect("erp serves on the target");
    let ordered = alarm + Duration::minutes(30);
    // Disks 1m, machine 3m, boot 2m.
    assert_eq!(serving, ordered + Duration::minutes(6), "{}", story.tell());
}

/// What fails over is re-protected onto its old disks and fails back without loss; then it stands unprotected on its source.
#[test]
fn a_lost_stamp_that_returns_gets_its_machines_back() {
    let people = r#"
[people]
declare_disaster_after.fixed = "30m"
recovery_point = "latest"
commit_after.fixed = "1h"
fail_back = { after_source_healthy = "4h" }
"#;
    let story = erp(TEN_DAYS, &format!("{LOST_AT_DAY_TWO}{people}"));
    let phases = story.phases("erp");
    let wanted = [
        Phase::Enabling,
        Phase::InitialReplication,
        Phase::Protected,
        Phase::FailingOver,
        Phase::FailedOver,
        Phase::Committing,
        Phase::Committed,
        Phase::Reprotecting,
        Phase::ReverseReplication,
        Phase::ProtectedReverse,
        Phase::FailingBack,
        Phase::FailedBack,
        Phase::CommittingFailback,
        Phase::FailedBackCommitted,
    ];
    assert_eq!(phases, wanted, "{}", story.tell());
    let slots = story.peak(|meter| matches!(meter, Meter::ApplianceSlots(_)));
    assert_eq!(slots.0, 1, "one disk takes one slot");
    let last_slots = story.all(|fact| matches!(fact, Fact::Level { meter: Meter::ApplianceSlots(_), .. }));
    assert!(matches!(last_slots.last().map(|(_, fact)| fact), Some(Fact::Level { end: 0, .. })), "slots come free");
}

/// "Latest" processes what the cache holds, so it loses what had not reached the cache only: at full speed, nothing.
#[test]
fn latest_loses_less_than_latest_processed() {
    let run = |choice: &str| {
        let people = format!("[people]\ndeclare_disaster_after.fixed = \"0s\"\nrecovery_point = \"{choice}\"\n");
        let story = erp(THREE_DAYS, &format!("{LOST_AT_DAY_TWO}{people}"));
        let lost = story.facts.iter().find_map(|(_, fact)| match fact {
            Fact::DataLost { bytes, .. } => Some(*bytes),
            _ => None,
        });
        lost.expect("a failover loses something or nothing, but says so")
    };
    assert_eq!(run("latest"), Bytes::ZERO);
    assert_eq!(run("latest-processed"), Bytes::mib(180));
}

/// G7: eleven VMs of three disks; ten take 30 of 31 slots, the eleventh goes in the next wave.
#[test]
fn g7_a_failback_wave_is_limited_by_31_slots() {
    let fleet = ERP.replace("count = 1", "count = 11").replace("[\"10 GiB\"]", "[\"4 GiB\", \"2 GiB\", \"2 GiB\"]");
    let people = r#"
[people]
declare_disaster_after.fixed = "30m"
recovery_point = "latest"
commit_after.fixed = "1h"
fail_back = { after_source_healthy = "4h" }
"#;
    let story = Story::of(&(two_stamps(TEN_DAYS) + &fleet + LOST_AT_DAY_TWO + people));
    assert_eq!(story.peak(|meter| matches!(meter, Meter::ApplianceSlots(_))).0, 30);
    let first_wave = story.entered("erp-1", Phase::Reprotecting).expect("re-protected");
    let last = story.entered("erp-11", Phase::Reprotecting).unwrap_or_else(|| panic!("{}", story.tell()));
    assert_eq!(story.entered("erp-10", Phase::Reprotecting), Some(first_wave));
    assert!(last > story.entered("erp-1", Phase::FailedBack).expect("failed back"), "the next wave waits for slots");
    assert_eq!(story.phases("erp-11").last(), Some(&Phase::FailedBackCommitted));
}

/// G8: a disk of 1023 GiB is accepted, its seed cannot grow to 1024, progress sticks, health turns Critical.
#[test]
fn g8_a_disk_of_1023_gib_is_accepted_and_then_stuck() {
    let big = ERP.replace("10 GiB", "1023 GiB");
    let story = Story::of(&(two_stamps(THREE_DAYS) + &big));
    let erp = story.vm("erp");
    assert_eq!(story.phases("erp"), [Phase::Enabling, Phase::InitialReplication], "{}", story.tell());
    let critical = |fact: &Fact| {
        let (health, reason) = (Health::Critical, HealthReason::ReplicationStuck);
        *fact == Fact::HealthChanged { vm: erp, health, reason }
    };
    assert!(story.when(critical).is_some(), "{}", story.tell());
    let good = Story::of(&(two_stamps(THREE_DAYS) + &ERP.replace("10 GiB", "1022 GiB")));
    assert!(good.entered("erp", Phase::Protected).is_some(), "1022 GiB can be protected");
}

/// G23: a target subscription with the default quota (2048 GB of managed disks) cannot hold three replicas of 700 GiB.
#[test]
fn g23_the_default_quota_cannot_hold_three_replicas_of_700_gib() {
    let fleet = ERP.replace("count = 1", "count = 3").replace("10 GiB", "700 GiB");
    let text = two_stamps(THREE_DAYS).replace(r#"managed_disk = "500 TiB""#, r#"managed_disk = "2048 GiB""#);
    let story = Story::of(&(text + &fleet));
    let protected = (1..=3).filter(|n| story.entered(&format!("erp-{n}"), Phase::Protected).is_some()).count();
    let hits = story.all(|fact| matches!(fact, Fact::LimitHit { meter: Meter::QuotaManagedDisk(_), .. }));
    assert!(!hits.is_empty(), "the quota refuses\n{}", story.tell());
    assert!(protected < 3, "{protected} of 3 are protected");
}

/// The link is down for two hours: the newest point is older than an hour, health turns Critical by itself, nobody told the logic.
#[test]
fn a_dead_link_is_seen_as_missing_heartbeats_and_nothing_else() {
    let outage = "[[outage.link-down]]\nlink = \"wan\"\nat = \"1d12:00\"\nlasts.fixed = \"2h\"\n";
    let people = "[people]\ndeclare_disaster_after.fixed = \"30m\"\n";
    let story = erp(THREE_DAYS, &format!("{outage}{people}"));
    let erp = story.vm("erp");
    let critical =
        story.when(|fact| matches!(fact, Fact::HealthChanged { vm, health: Health::Critical, .. } if *vm == erp));
    let critical = critical.unwrap_or_else(|| panic!("{}", story.tell()));
    assert!((at(1, 12, 14)..=at(1, 13, 0)).contains(&critical), "{critical}\n{}", story.tell());
    assert!(story.entered("erp", Phase::FailingOver).is_none(), "they telephone first: the source still serves");
    let normal = |fact: &Fact| matches!(fact, Fact::HealthChanged { vm, health: Health::Normal, .. } if *vm == erp);
    let last = story.all(normal).last().map(|(at, _)| *at).expect("normal again");
    assert!(last > at(1, 14, 0) && last < at(1, 16, 0), "{last}");
}

/// Row 5 and 3.5 of the facts: the service is down for 30 hours while the cache accepts. After one day of difflog it times
/// out, the difflog is thrown away and the VM is resynchronised once the service answers again.
#[test]
fn g5_one_day_of_difflog_times_out() {
    let outage = "[[outage.service-down]]\nstamp = \"west\"\nat = \"2d00:00\"\nlasts.fixed = \"30h\"\n";
    let story = erp(TEN_DAYS, outage);
    let erp = story.vm("erp");
    let timed_out = story.when(|fact| *fact == Fact::Alarm { alarm: AlarmKind::DifflogTimedOut(erp) });
    let timed_out = timed_out.unwrap_or_else(|| panic!("a time-out\n{}", story.tell()));
    assert!((at(2, 23, 50)..=at(3, 0, 10)).contains(&timed_out), "{timed_out}");
    // One disk at 1 MiB/s for a day: 84.375 GiB (half of G5's disk at 2 MB/s).
    let (peak, _) = story.peak(|meter| matches!(meter, Meter::CacheUsed(_)));
    let day = Bytes::mib(86_400).0;
    assert!(peak.abs_diff(day) < day / 100, "{} of {}", Bytes(peak), Bytes(day));
    assert!(story.when(|fact| *fact == Fact::ResyncDone { vm: erp }).is_some(), "{}", story.tell());
    assert_eq!(story.phases("erp").last(), Some(&Phase::Protected));
}

/// G20: after a committed failback the VM cannot simply be enabled again.
#[test]
fn g20_no_re_protection_before_disable_uninstall_and_restart() {
    let people = r#"
[people]
declare_disaster_after.fixed = "30m"
recovery_point = "latest"
commit_after.fixed = "1h"
fail_back = { after_source_healthy = "4h" }
protect_again_after = "1d"
[[order]]
at = "9d00:00"
do = "reprotect"
vms = ["erp"]
"#;
    let no_cure = people.replace("protect_again_after = \"1d\"\n", "");
    let stuck = erp(TEN_DAYS, &format!("{LOST_AT_DAY_TWO}{no_cure}"));
    let refusal = |fact: &Fact| matches!(fact, Fact::Refused { refusal: Refusal::MustDisableFirst, .. });
    assert!(stuck.when(refusal).is_some(), "{}", stuck.tell());
    let cured = erp(TEN_DAYS, &format!("{LOST_AT_DAY_TWO}{}", &people[..people.find("[[order]]").expect("an order")]));
    assert_eq!(cured.phases("erp").last(), Some(&Phase::Protected), "{}", cured.tell());
}

/// G21: the appliance is deleted first; its items cannot be removed and the vault stays.
#[test]
fn g21_deleting_the_appliance_first_leaves_the_vault_undeletable() {
    let orders = r#"
[[order]]
at = "1d00:00"
do = "delete-appliance"
appliance = "a1"
[[order]]
at = "1d01:00"
do = "disable"
vms = ["erp"]
[[order]]
at = "1d02:00"
do = "delete-vault"
appliance = "a1"
"#;
    let story = erp(THREE_DAYS, orders);
    assert!(story.entered("erp", Phase::DisablingFailed).is_some(), "{}", story.tell());
    let refused = |fact: &Fact| matches!(fact, Fact::Refused { refusal: Refusal::VaultNotEmpty, .. });
    assert!(story.when(refused).is_some(), "{}", story.tell());
}

/// A drill starts a second VM that never serves, costs quota while it stands, and leaves replication alone.
#[test]
fn a_drill_leaves_replication_alone() {
    let drills = "[people]\ndrill_every = \"2d\"\ndrill_lasts.fixed = \"4h\"\n";
    let (with, without) = (erp(TEN_DAYS, drills), erp(TEN_DAYS, ""));
    let erp = with.vm("erp");
    assert!(with.all(|fact| *fact == Fact::DrillDone { vm: erp, ok: true }).len() >= 3, "{}", with.tell());
    let points =
        |story: &Story| story.all(|fact| matches!(fact, Fact::PointsMade { .. } | Fact::PointMade { .. })).len();
    assert_eq!(points(&with), points(&without));
    let cores = |story: &Story| story.peak(|meter| matches!(meter, Meter::QuotaCores(id) if id.0 == 1 || id.0 == 0)).0;
    assert!(cores(&with) >= 2, "the test VM counts");
}

/// A quota too small for the VM: the failover fails, and is tried again until somebody mends it.
#[test]
fn a_failover_beyond_the_quota_fails_with_its_cause() {
    let text = two_stamps(THREE_DAYS).replace("vm_cores = 1000", "vm_cores = 1");
    let people = "[people]\ndeclare_disaster_after.fixed = \"30m\"\n";
    let story = Story::of(&(text + ERP + LOST_AT_DAY_TWO + people));
    let failed = |fact: &Fact| {
        matches!(
            fact,
            Fact::JobFailed { job: JobKind::FailOver, cause: Cause::QuotaExceeded(Meter::QuotaCores(_)), .. }
        )
    };
    assert!(story.when(failed).is_some(), "{}", story.tell());
}

/// G13: healthy, "latest processed" is at most one interval and the processing delay old, and "latest" loses nothing that
/// had arrived. With data pending it costs the time to process it.
#[test]
fn g13_latest_loses_less_and_takes_the_processing_longer() {
    let outages = r#"
[[outage.service-down]]
stamp = "west"
at = "2d00:00"
lasts.fixed = "2h"
[[outage.stamp-down]]
stamp = "east"
at = "2d01:46"
lasts.fixed = "12h"
"#;
    let run = |choice: &str| {
        let people = format!("[people]\ndeclare_disaster_after.fixed = \"0s\"\nrecovery_point = \"{choice}\"\n");
        let story = erp(THREE_DAYS, &format!("{outages}{people}"));
        let lost = story.facts.iter().find_map(|(_, fact)| match fact {
            Fact::DataLost { mark, failed_at, .. } => Some(failed_at.saturating_since(*mark)),
            _ => None,
        });
        let alarm = story.when(|fact| *fact == Fact::Alarm { alarm: AlarmKind::NoHeartbeat(ApplianceId(0)) });
        let (lost, alarm) = (lost.expect("a point was chosen"), alarm.expect("somebody noticed"));
        (lost, alarm, story.serves("erp", MachineRole::Replica).expect("it serves"))
    };
    let (lost_latest, alarm, latest) = run("latest");
    let (lost_processed, _, processed) = run("latest-processed");
    assert!(lost_latest <= Duration::secs(1), "{lost_latest}");
    // The service stopped at midnight: the newest processed point is the last one before it.
    assert!((Duration::minutes(106)..=Duration::minutes(116)).contains(&lost_processed), "{lost_processed}");
    // 106 minutes at 1 MiB/s wait; the service takes 136.6 MiB/s from 02:00 on, and processing takes 250 s.
    let pending = Duration::from_secs_f64(106.0 * 60.0 / 136.6);
    let served = at(2, 2, 0) + pending + Duration::secs(250);
    let (longer, wanted) = (latest.since(processed), served.saturating_since(alarm));
    let off = longer.saturating_sub(wanted) + wanted.saturating_sub(longer);
    assert!(off < Duration::secs(3), "latest takes {longer} longer, pending data {wanted}");
}

/// A machine that writes nothing loses nothing, but while the link is cut no point of it reaches the target either.
#[test]
fn an_idle_machine_gets_no_points_through_a_dead_link() {
    let idle = ERP.replace("1 MiB/s", "0 B/s");
    let outage = "[[outage.link-down]]\nlink = \"wan\"\nat = \"1d12:01\"\nlasts.fixed = \"2h\"\n";
    let story = Story::of(&(two_stamps(THREE_DAYS) + &idle + outage));
    let through = story.all(
        |fact| matches!(fact, Fact::PointsMade { run, .. } if run.first < at(1, 12, 1) && run.last > at(1, 12, 1)),
    );
    assert!(through.is_empty(), "{through:?}");
    let early = story.all(|fact| matches!(fact, Fact::PointMade { mark, .. } if *mark > at(1, 12, 1)));
    assert!(early.iter().all(|(made, _)| *made >= at(1, 14, 1)), "{early:?}");
    let erp = story.vm("erp");
    assert!(story.when(|fact| *fact == Fact::Alarm { alarm: AlarmKind::NoPoint(erp) }).is_some(), "{}", story.tell());
}

/// Ties go against us: what breaks at 12:00:00 takes the mark of that very instant with it. The newest point until the repair is
/// that of 11:55, whatever of the way breaks.
#[test]
fn a_mark_cut_in_the_instant_of_an_outage_is_lost() {
    for broken in [
        "[[outage.link-down]]\nlink = \"wan\"",
        "[[outage.cache-down]]\ncache = \"log\"",
        "[[outage.service-down]]\nstamp = \"west\"",
        "[[outage.appliance-down]]\nappliance = \"a1\"",
    ] {
        let story = erp(THREE_DAYS, &format!("{broken}\nat = \"1d12:00\"\nlasts.fixed = \"2h\"\n"));
        let noon = at(1, 12, 0);
        let through = |run: &PointRun| run.first <= noon && run.last >= noon;
        let by_rule = story.all(|fact| matches!(fact, Fact::PointsMade { run, .. } if through(run)));
        assert!(by_rule.is_empty(), "{broken}: {by_rule:?}");
        let before = story.all(|fact| matches!(fact, Fact::PointsMade { run, .. } if run.last == at(1, 11, 55)));
        assert_eq!(before.len(), 1, "{broken}");
        let made = story.when(|fact| matches!(fact, Fact::PointMade { mark, .. } if *mark == noon));
        assert!(made.is_none_or(|made| made >= at(1, 14, 0)), "{broken}: {made:?}");
    }
}
