//! Golden numbers of the domain (G…) and the planner oracle P23, held by the sizing rules of `planner::rules`.
//!
//! Every expected number is printed by a document or worked by hand; `docs/validation.md` says which. Documents that
//! write MB for 1024 KB are read with binary prefixes.

use drsim::inventory::limits::PruningTier;
use drsim::inventory::{Quota, Servers};
use drsim::planner::rules::{appliance, bandwidth, cache, points, quota, replication_time, stamp, storage};
use drsim::units::{BitRate, ByteRate, Bytes, Duration, Ratio};

const DAY: Duration = Duration::days(1);

/// What a share of a unit must be close to, for numbers that a document rounded.
fn close(got: f64, printed: f64, tolerance: f64) {
    assert!((got - printed).abs() <= tolerance, "{got} against the printed {printed} ± {tolerance}");
}

fn gib(data: Bytes) -> f64 {
    data.0 as f64 / Bytes::gib(1).0 as f64
}

fn mib_s(rate: ByteRate) -> f64 {
    rate.0 as f64 / ByteRate::mib(1).0 as f64
}

#[test]
fn g3_writes_below_the_smallest_unit_cost_the_unit() {
    let floor = Bytes::kib(8);
    for small in [Bytes(512), Bytes::kib(4), Bytes::kib(8)] {
        assert_eq!(storage::write_rate(small, 1, floor), ByteRate::kib(8));
    }
    assert_eq!(storage::write_rate(Bytes::kib(9), 1, floor), ByteRate::kib(9));
}

#[test]
fn g4_cache_in_steady_state_holds_500_mb_per_disk() {
    assert_eq!(cache::steady_need(1, ByteRate::mib(2), Duration::secs(250)), Bytes::mib(500));
}

#[test]
fn g5_cache_blocked_for_a_day_holds_168_75_gb_per_disk() {
    let one = |rate| cache::blocked_need(1, rate, DAY, DAY);
    assert_eq!(one(ByteRate::mib(2)), Bytes::gib(16_875) / 100);
    assert_eq!(one(ByteRate::mb(2)), Bytes::mb(172_800));
    let all = cache::blocked_need(68, ByteRate::mib(2), DAY, DAY);
    assert_eq!(all, Bytes::gib(11_475));
    close(gib(all) / 1024.0, 11.2, 0.01);
    assert_eq!(cache::blocked_need(68, ByteRate::mib(2), DAY * 3, DAY), all, "the time-out fires after a day");
}

#[test]
fn g6_failback_needs_the_whole_disks_of_the_largest_batch() {
    let batches = [vec![Bytes::gib(127), Bytes::gib(512)], vec![Bytes::gib(1022)], vec![Bytes::gib(64)]];
    assert_eq!(cache::failback_peak(&batches), Bytes::gib(1022));
}

#[test]
fn g7_slots_take_31_disks_and_machines_go_whole() {
    assert_eq!(appliance::free_slots(32, 1), 31);
    assert_eq!(appliance::free_slots(64, 1), 63);
    assert_eq!(appliance::reprotect_batches(&[3; 10], 31).unwrap().len(), 1);
    assert_eq!(appliance::reprotect_batches(&[3; 11], 31).unwrap().len(), 2);
    assert_eq!(appliance::reprotect_batches(&[1; 31], 31).unwrap().len(), 1);
    assert_eq!(appliance::reprotect_batches(&[1; 32], 31).unwrap().len(), 2);
}

#[test]
fn g8_a_disk_at_the_platform_limit_has_no_room_for_the_extra_gigabyte() {
    let fits = |size| storage::replica_fits(Bytes::gib(size), Bytes::gib(1), Bytes::gib(1023));
    assert!(fits(1022));
    assert!(!fits(1023));
}

#[test]
fn g9_seed_disks_start_at_1_gb_and_end_at_size_plus_1_gb() {
    let disks = [Bytes::gib(127), Bytes::gib(512), Bytes::gib(1022)];
    let space = storage::replica_space(&disks, Bytes::gib(1), Bytes::gib(1));
    assert_eq!((space.at_start, space.at_end), (Bytes::gib(3), Bytes::gib(128 + 513 + 1023)));
}

/// The printed column holds 168 and 421 and their multiples, so it truncates before it multiplies.
#[test]
fn g10_daily_change_per_disk_follows_the_printed_table() {
    for (rate, base, times, exact) in
        [(2, 168, 1, 168.75), (4, 168, 2, 337.5), (8, 168, 4, 675.0), (5, 421, 1, 421.875), (20, 421, 4, 1687.5)]
    {
        let day = gib(storage::daily_change(ByteRate::mib(rate)));
        assert_eq!(day, exact, "{rate} MB/s");
        let unit = gib(storage::daily_change(ByteRate::mib(rate) / times));
        assert_eq!(unit.floor(), f64::from(base), "{rate} MB/s");
    }
    // The older text has 10 MB/s as 842, again twice 421.
    assert_eq!(gib(storage::daily_change(ByteRate::mib(10))), 843.75);
}

fn tiers(rows: &[(u64, u64)]) -> Vec<PruningTier> {
    let tier =
        |&(within, every): &(u64, u64)| PruningTier { within: Duration::hours(within), every: Duration::hours(every) };
    rows.iter().map(tier).collect()
}

fn kept(days: u64) -> u64 {
    let rows: &[(u64, u64)] = match days {
        0..=1 => &[(2, 0), (24, 1)],
        2..=7 => &[(2, 0), (168, 2)],
        _ => &[(2, 0), (168, 2), (360, 4)],
    };
    points::kept_points(&tiers(rows), Duration::days(days), Duration::minutes(5))
}

#[test]
fn g11_retention_keeps_46_59_107_and_155_points() {
    assert_eq!([0, 1, 3, 7, 15].map(kept), [0, 24 + 22, 24 + 35, 24 + 83, 24 + 83 + 48]);
}

#[test]
fn g12_going_from_1_to_3_days_adds_12_points_by_the_printed_count_and_13_by_pruning() {
    let short = |days, every| points::points_by_short_count(Duration::days(days), Duration::hours(every));
    assert_eq!(short(3, 2) - short(1, 1), 12);
    assert_eq!(kept(3) - kept(1), 13);
    assert_eq!(points::point_storage(12, Bytes::gb(10)), Bytes::gb(120));
}

#[test]
fn g14_cache_accounts_take_1200_and_3000_mb_per_second() {
    for (disks, churn, total) in [(300, 4, 1200), (150, 8, 1200), (750, 4, 3000), (375, 8, 3000)] {
        assert_eq!(cache::account_rate(disks, ByteRate::mb(churn)), ByteRate::mb(total));
        assert_eq!(cache::disks_per_account(ByteRate::mb(total), ByteRate::mb(churn)), Some(disks));
    }
}

/// 23 % of 60 MB/s is 13.8; the document goes on with 14. Unrounded, each bound is a minute later.
#[test]
fn g15_reprotection_takes_172_to_182_minutes() {
    let (enabling, difference) = (Duration::minutes(72), Bytes::gib(45));
    let bounds = |rate| {
        let estimate = replication_time::reprotect_estimate(enabling, difference, rate).unwrap();
        let (least, most) = estimate.total();
        (estimate, least.ns() / Duration::minutes(1).ns(), most.ns() / Duration::minutes(1).ns())
    };
    let (parts, least, most) = bounds(ByteRate::mib(14));
    assert_eq!((least, most), (172, 182));
    close(parts.transfer.secs_f64() / 60.0, 55.0, 0.5);
    close(parts.processing.secs_f64() / 60.0, 25.0, 0.5);
    let (_, least, most) = bounds(ByteRate::mib(60).share(Ratio::percent(23)));
    assert_eq!((least, most), (173, 183));
}

#[test]
fn g16_a_stamp_of_four_reserves_668_8_and_780_8_gb() {
    let servers = Servers { count: 4, memory: Bytes::gib(384) };
    let reserve = |largest| stamp::resiliency_reserve(servers, Bytes::gib(largest), Ratio::percent(15));
    assert_eq!(reserve(56), Bytes::gib(6_688) / 10);
    assert_eq!(reserve(112), Bytes::gib(7_808) / 10);
    assert_eq!(reserve(112) - reserve(56), Bytes::gib(2 * 56));
}

#[test]
fn g16_a_stamp_holds_60_machines_a_server_and_700_at_most() {
    assert_eq!([4, 8, 12, 16].map(|servers| stamp::vms_max(servers, 60, 700)), [240, 480, 700, 700]);
}

fn footprint(rows: &[(u32, u64, u64)]) -> (u32, Bytes, Bytes) {
    let sum: stamp::Footprint = rows
        .iter()
        .map(|&(cores, memory, disk)| stamp::Footprint { cores, memory: Bytes::gib(memory), disk: Bytes::gib(disk) })
        .sum();
    (sum.cores, sum.memory, sum.disk)
}

#[test]
fn g17_the_provider_takes_175_84_or_42_gb_by_generation() {
    let (hubs, dependency, recovery) = ((16, 91, 800), (12, 42, 600), (12, 42, 300));
    assert_eq!(footprint(&[hubs, dependency, recovery]), (40, Bytes::gib(175), Bytes::gib(1700)));
    assert_eq!(footprint(&[dependency, recovery]), (24, Bytes::gib(84), Bytes::gib(900)));
    assert_eq!(footprint(&[recovery]), (12, Bytes::gib(42), Bytes::gib(300)));
}

/// 5 gigabit are 625 MB.
#[test]
fn g18_120_machines_of_two_bursts_an_hour_make_41_7_mb_per_second() {
    let rate = appliance::burst_rate(120, Bytes::mb(625), 2);
    close(rate.0 as f64 / 1e6, 41.7, 0.05);
    close(rate.0 as f64 / 136e6, 0.31, 0.005);
}

#[test]
fn g19_two_terabytes_a_day_are_24_3_mb_per_second() {
    close(mib_s(storage::mean_rate(Bytes::tib(2), DAY).unwrap()), 24.3, 0.05);
}

#[test]
fn g22_free_space_runs_out_along_the_volume_and_drills_take_28_days() {
    let needs = [Bytes::gib(300), Bytes::gib(300)];
    let seen = storage::free_space_seen(Bytes::gib(500), &needs);
    let in_gib: Vec<i128> = seen.iter().map(|free| free / i128::from(Bytes::gib(1).0)).collect();
    assert_eq!(in_gib, [500, 200, -100]);
    assert_eq!(quota::drill_days_per_year(4, 7), 28);
}

#[test]
fn g23_a_default_quota_cannot_hold_three_replicas_of_700_gb() {
    let quota = Quota { vms: 50, vm_cores: 100, managed_disk: Bytes::gib(2048), storage: Bytes::gib(2048) };
    let demand = |machines: usize| {
        let disks = vec![Bytes::gib(700); machines];
        let managed_disk = storage::replica_space(&disks, Bytes::gib(1), Bytes::gib(1)).at_end;
        quota::Demand { managed_disk, ..quota::Demand::default() }
    };
    assert!(quota::fits(demand(2), quota));
    assert_eq!(quota::shortfall(demand(3), quota).managed_disk, Bytes::gib(3 * 701 - 2048));
}

#[test]
fn g24_retries_back_off_to_half_an_hour() {
    let waits: Vec<Duration> = (1..=8).map(replication_time::retry_wait).collect();
    assert_eq!(waits, [1, 2, 4, 8, 10, 30, 30, 30].map(Duration::minutes));
}

/// The check of the batch rule: 100 Mbit/s for 72 h move 3.24 TB.
#[test]
fn ten_machines_of_324_gb_are_copied_in_72_hours_at_100_mbit() {
    let batch = |gb| replication_time::initial_batch(BitRate::mbit(100).bytes(), Duration::hours(72), Bytes::gb(gb));
    assert_eq!([batch(324), batch(325), batch(0)], [10, 9, 0]);
}

/// One unit per hour is 10⁹ bytes per hour here, so rates come out in whole bytes per second.
fn p23_series() -> Vec<Bytes> {
    [4, 4, 6, 10, 36, 45, 20, 8, 5, 40, 12, 4].map(Bytes::gb).to_vec()
}

const P23_STEP: Duration = Duration::hours(1);
const P23_RPO: Duration = Duration::minutes(30);

#[test]
fn p23_the_least_bandwidth_is_32_4_units_per_hour() {
    // The two hours from 4 to 6: (36 + 45) / (2 + 0.5).
    let rate = bandwidth::bandwidth_for_rpo(&p23_series(), P23_STEP, P23_RPO);
    assert_eq!(rate, ByteRate(32_400_000_000 / 3_600));
    assert_eq!(bandwidth::achievable_rpo(&p23_series(), P23_STEP, rate), Some(P23_RPO));
    assert_eq!(bandwidth::rpo_violations(&p23_series(), P23_STEP, rate, P23_RPO), 0);
}

#[test]
fn p23_a_hundredth_less_bandwidth_stretches_the_rpo_to_0_5252525_hours() {
    let rate = ByteRate(9_000_000 * 99 / 100);
    let rpo = bandwidth::achievable_rpo(&p23_series(), P23_STEP, rate).unwrap();
    assert_eq!(rpo.ns(), (52 * 3_600_000_000_000u64).div_ceil(99), "52/99 of an hour is 0.525252…");
    assert_eq!(bandwidth::rpo_violations(&p23_series(), P23_STEP, rate, P23_RPO), 1);
    assert!(bandwidth::rpo_met_share(&p23_series(), P23_STEP, rate, P23_RPO) < Ratio::ONE);
}

/// The oracle's second trace, with an RPO of 2 h; the first one here with a quarter of an hour.
#[test]
fn p23_two_flows_need_59_2_in_one_queue_and_57_33_on_links_of_their_own() {
    let x = p23_series();
    let y = [10, 12, 10, 64, 8, 8, 8, 25, 25, 8, 8, 8].map(Bytes::gb);
    let both: Vec<Bytes> = x.iter().zip(y).map(|(&x, y)| x + y).collect();
    let (tight, wide) = (Duration::minutes(15), Duration::hours(2));
    let units = |rate: ByteRate| rate.0 as f64 * 3_600.0 / 1e9;
    close(units(bandwidth::bandwidth_for_rpo(&both, P23_STEP, tight)), 59.2, 1e-5);
    let apart = [(&x[..], tight), (&y[..], wide)].map(|(flow, rpo)| bandwidth::bandwidth_for_rpo(flow, P23_STEP, rpo));
    close(units(apart[0] + apart[1]), 57.33333, 1e-4);
}
