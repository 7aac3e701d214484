//! Published worked examples (V…), held by the sizing rules of `planner::rules`.
//!
//! Expected numbers are those the source prints, or, where the source slips, the corrected ones beside the printed:
//! `docs/validation.md` lists every case, what it says and where it is wrong. Which prefix a source means by GB is part
//! of the case and stands in the test.

use drsim::inventory::limits::Envelope;
use drsim::planner::rules::appliance::{self, Bottleneck};
use drsim::planner::rules::replication_time::{self, PeriodicCopies};
use drsim::planner::rules::{cache, journal, points, stamp, storage};
use drsim::units::{BitRate, ByteRate, Bytes, Duration, Ratio};

const DAY: Duration = Duration::days(1);
const HOUR: Duration = Duration::hours(1);

fn close(got: f64, printed: f64, tolerance: f64) {
    assert!((got - printed).abs() <= tolerance, "{got} against the printed {printed} ± {tolerance}");
}

fn hours(span: Duration) -> f64 {
    span.secs_f64() / 3_600.0
}

fn gib(data: Bytes) -> f64 {
    data.0 as f64 / Bytes::gib(1).0 as f64
}

/// The two-resource model as calibrated to V01, row 2 taken with 1920 operations per second.
fn calibrated() -> Envelope {
    Envelope {
        storage_rate: ByteRate(ByteRate::mib(1_366).0 / 10),
        op_bytes: 9_060,
        ops_max_milli: 4_778_700,
        disk_ops_milli: 42_667,
    }
}

/// Block, churn per disk, disks, total rate in MB/s, operations per second, what stops the next disk.
const V01_ROWS: [(Bytes, u64, u64, u64, u64, Bottleneck); 4] = [
    (Bytes::mib(2), 2, 68, 136, 68, Bottleneck::Storage),
    (Bytes::kib(64), 2, 60, 120, 1_920, Bottleneck::Storage),
    (Bytes::kib(8), 1, 28, 28, 3_584, Bottleneck::Processor),
    (Bytes::kib(8), 2, 16, 32, 4_096, Bottleneck::Processor),
];

/// Row 2 prints 2048, which is what 64 disks would make; 60 disks of 2 MB/s in blocks of 64 KB make 1920.
#[test]
fn v01_operations_are_throughput_over_block_size_and_row_2_is_a_slip() {
    for (block, churn, disks, total, operations, _) in V01_ROWS {
        let rate = ByteRate::mib(churn) * disks;
        assert_eq!(rate, ByteRate::mib(total));
        assert_eq!(appliance::operations(rate, block, Bytes::kib(8)), operations);
    }
    assert_eq!(appliance::operations(ByteRate::mib(2) * 64, Bytes::kib(64), Bytes::kib(8)), 2_048);
}

#[test]
fn v01_the_envelope_carries_68_60_28_and_16_disks_and_not_one_more() {
    for (block, churn, disks, _, _, lacks) in V01_ROWS {
        let found = appliance::disks_max(&calibrated(), ByteRate::mib(churn), block).unwrap();
        assert_eq!((found.disks, found.next_lacks), (disks, lacks), "blocks of {block}");
        let load = |count| {
            let rate = ByteRate::mib(churn) * count;
            let ops_milli = appliance::operations(rate, block, Bytes::kib(8)) * 1_000;
            appliance::carries(&calibrated(), rate, ops_milli, count)
        };
        assert!(load(disks) && !load(disks + 1), "blocks of {block}");
    }
}

/// The rounded 42.67 per disk misses row 3 by one disk; 42.667 (128/3) does not.
#[test]
fn v01_the_cost_per_disk_must_not_be_rounded_up() {
    let rounded = Envelope { disk_ops_milli: 42_670, ..calibrated() };
    assert_eq!(appliance::disks_max(&rounded, ByteRate::mib(1), Bytes::kib(8)).unwrap().disks, 27);
}

#[test]
fn v02_a_disk_needs_500_mb_of_cache_normally_and_168_75_gb_after_a_day() {
    assert_eq!(cache::steady_need(1, ByteRate::mib(2), Duration::secs(250)), Bytes::mib(500));
    assert_eq!(gib(cache::blocked_need(1, ByteRate::mib(2), DAY, DAY)), 168.75);
    let batch = vec![vec![Bytes::gib(127), Bytes::gib(512), Bytes::gib(64)]];
    assert_eq!(cache::failback_peak(&batch), Bytes::gib(703));
}

#[test]
fn v03_31_32_120_and_216_disks_take_1_2_4_and_7_batches() {
    for (disks, batches) in [(31, 1), (32, 2), (120, 4), (216, 7)] {
        assert_eq!(appliance::batches_at_least(disks, appliance::free_slots(32, 1)), Some(batches));
        let single = vec![1; disks as usize];
        assert_eq!(appliance::reprotect_batches(&single, 31).unwrap().len() as u64, batches, "{disks} disks");
    }
}

/// Machines go whole: 216 disks fill seven batches only if they pack.
#[test]
fn v03_216_disks_of_machines_that_do_not_pack_take_more_batches_than_seven() {
    let batches = |disks: &[u32]| appliance::reprotect_batches(disks, 31).unwrap().len();
    assert_eq!(batches(&[3; 72]), 8, "ten machines of three disks fill 30 of 31 slots");
    assert_eq!(batches(&[16; 13]), 13, "two machines of sixteen disks exceed 31 slots");
    // 128 machines with 216 disks: 40 of one, 88 of two. The single disks fill the gaps.
    let mixed: Vec<u32> = [vec![2; 88], vec![1; 40]].concat();
    assert_eq!(mixed.iter().sum::<u32>(), 216);
    assert_eq!(batches(&mixed), 7);
}

/// Read as gigabit the test lies inside the envelope of V01; read as gigabyte it is 2.5 times beyond it.
#[test]
fn v04_only_gigabit_fits_the_throughput_limit() {
    let limit = ByteRate::mib(136);
    let gigabit = appliance::burst_rate(120, Bytes::mb(5_000 / 8), 2);
    let gigabyte = appliance::burst_rate(120, Bytes::gb(5), 2);
    close(gigabit.0 as f64 / 1e6, 41.7, 0.05);
    close(gigabyte.0 as f64 / 1e6, 333.3, 0.1);
    let binary = appliance::burst_rate(120, Bytes::gib(5), 2);
    close(binary.0 as f64 / ByteRate::mib(1).0 as f64, 341.3, 0.1);
    assert!(gigabit < limit && gigabyte > limit && binary > limit);
    assert!(gigabyte.0 > 2 * limit.0);
}

/// If every one of 120 machines paid the processor the whole cost of a disk, the published test could not have passed
/// (120 · 42.667 = 5120 of 4778.7). A disk pays no more than its own operations: 636 of them, twice.
#[test]
fn v04_120_machines_pay_no_more_than_their_own_operations_once_more() {
    let rate = appliance::burst_rate(120, Bytes::mb(625), 2);
    let ops_milli = appliance::operations(rate, Bytes::kib(64), Bytes::kib(8)) * 1_000;
    assert_eq!(ops_milli, 636_000);
    assert!(120 * calibrated().disk_ops_milli > calibrated().ops_max_milli);
    assert!(appliance::carries(&calibrated(), rate, ops_milli, 120));
    let full = |ops_max_milli| appliance::carries(&Envelope { ops_max_milli, ..calibrated() }, rate, ops_milli, 120);
    assert!(full(1_272_000) && !full(1_271_999));
}

#[test]
fn v05_provider_footprints_add_up_and_storage_is_planned_with_1_5_to_2() {
    let row = |cores, memory, disk| stamp::Footprint { cores, memory: Bytes::gb(memory), disk: Bytes::gb(disk) };
    let (hubs, dependency, recovery) = (row(16, 91, 800), row(12, 42, 600), row(12, 42, 300));
    assert_eq!([hubs, dependency, recovery].into_iter().sum::<stamp::Footprint>(), row(40, 175, 1700));
    assert_eq!([dependency, recovery].into_iter().sum::<stamp::Footprint>(), row(24, 84, 900));
    let bounds = storage::target_storage(Bytes::tib(10), Ratio::percent(150), Ratio::percent(200));
    assert_eq!(bounds, (Bytes::tib(15), Bytes::tib(20)));
}

#[test]
fn v06_churn_limits_per_day_are_multiples_of_a_truncated_base() {
    for (mb_s, printed, exact) in
        [(2, 168, 168.75), (4, 336, 337.5), (8, 672, 675.0), (5, 421, 421.875), (20, 1684, 1687.5)]
    {
        let day = gib(storage::daily_change(ByteRate::mib(mb_s)));
        assert_eq!(day, exact);
        close(day, f64::from(printed), 3.5);
    }
    // 2 TB a day, the limit of a process server, from the other side.
    assert_eq!(storage::daily_change(storage::mean_rate(Bytes::tib(2), DAY).unwrap()).0 >> 30, 2_048);
}

/// 36 − 24 counts the youngest two hours as hourly points; beyond them it is 35 − 22.
#[test]
fn v09_two_more_days_cost_19_20_by_the_printed_count_and_20_80_by_pruning() {
    use drsim::inventory::limits::PruningTier;
    let tier = |within, every| PruningTier { within: Duration::hours(within), every: Duration::hours(every) };
    let every = Duration::minutes(5);
    assert_eq!(points::kept_points(&[tier(2, 0)], Duration::hours(2), every), 24);
    assert_eq!(points::kept_points(&[tier(2, 0)], Duration::hours(2), HOUR), 2, "app-consistent, hourly");
    let one_day = points::kept_points(&[tier(2, 0), tier(24, 1)], DAY, every);
    let three_days = points::kept_points(&[tier(2, 0), tier(168, 2)], DAY * 3, every);
    let printed = points::points_by_short_count(DAY * 3, HOUR * 2) - points::points_by_short_count(DAY, HOUR);
    assert_eq!((printed, three_days - one_day), (12, 13));
    let price = |points| points::monthly_price(points::point_storage(points, Bytes::gb(10)), 16);
    assert_eq!((price(12), price(13)), (1_920, 2_080));
}

#[test]
fn v10_each_machine_sees_what_the_earlier_ones_leave() {
    let seen = storage::free_space_seen(Bytes::gb(500), &[Bytes::gb(300), Bytes::gb(300)]);
    assert_eq!(seen, [500i128, 200, -100].map(|gb| gb * 1_000_000_000));
    let worst_copy = Bytes::gb(600);
    let worst_delta = worst_copy.share(Ratio::percent(50));
    assert_eq!(storage::additional_space(worst_copy, worst_delta, seen[1]), Bytes::gb(400));
    assert_eq!(storage::additional_space(Bytes::ZERO, worst_delta, seen[2]), Bytes::gb(400));
}

#[test]
fn v13_links_carry_70_percent_by_the_printed_hours() {
    for (kbit, printed) in [(1_544, 200.0), (10_000, 30.0), (100_000, 3.0)] {
        let link = BitRate(kbit * 1_000);
        let took = hours(replication_time::transfer_time(Bytes::gb(100), link, Ratio::percent(70)).unwrap());
        close(took, printed, printed * 0.1);
        let full = hours(replication_time::transfer_time(Bytes::gb(100), link, Ratio::ONE).unwrap());
        assert!(full < printed * 0.75, "the printed hours are not those of the whole link");
    }
    // 2 TB of which half is replicated, a tenth of that changes daily: about 4 GB in each hourly window.
    let daily = Bytes::gb(2_000).share(Ratio::percent(50)).share(Ratio::percent(10));
    close(storage::mean_rate(daily, DAY).unwrap().over(HOUR).0 as f64 / 1e9, 4.17, 0.005);
}

/// The printed link speeds of five rows are rounded; 16 binary GB at the real speeds give every printed time.
#[test]
fn v15_all_eleven_links_move_16_gb_in_the_printed_time() {
    let (hour, minute) = (3_600.0, 60.0);
    let rows = [
        (256, 149.1, hour),
        (768, 49.7, hour),
        (1_544, 24.7, hour),
        (3_088, 12.4, hour),
        (6_176, 6.2, hour),
        (10_000, 3.8, hour),
        (44_736, 51.2, minute),
        (100_000, 22.9, minute),
        (155_000, 14.8, minute),
        (622_000, 3.7, minute),
        (1_000_000, 2.3, minute),
    ];
    for (kbit, printed, unit) in rows {
        let took = replication_time::transfer_time(Bytes::gib(16), BitRate(kbit * 1_000), Ratio::ONE).unwrap();
        close(took.secs_f64() / unit, printed, 0.05001);
    }
    let ethernet = replication_time::transfer_time(Bytes::gib(16), BitRate::mbit(10), Ratio::ONE).unwrap();
    close(ethernet.secs_f64(), 13_743.0, 1.0);
    assert!(ethernet <= HOUR * 4, "the schedule holds");
    assert!(replication_time::transfer_time(Bytes::gib(16), BitRate(6_176_000), Ratio::ONE).unwrap() > HOUR * 4);
}

/// 1 GB is 1024 MB of 10⁶ bytes here, and "512 Kb" is half a megabit: 0.512 would print 2778 in the last row.
#[test]
fn v16_initial_copies_take_the_printed_hours_at_80_percent_of_the_link() {
    let links = [1_000_000, 100_000, 32_000, 8_000, 2_000, 500].map(|kbit| BitRate(kbit * 1_000));
    let rows: [(u64, [f64; 6]); 4] = [
        (1, [1.0 / 60.0, 1.0, 1.0, 1.0, 1.5, 6.0]),
        (50, [10.0 / 60.0, 1.5, 5.0, 18.0, 71.0, 284.0]),
        (200, [36.0 / 60.0, 6.0, 18.0, 71.0, 284.0, 1_137.0]),
        (500, [1.5, 15.0, 45.0, 178.0, 711.0, 2_844.0]),
    ];
    for (gb, printed) in rows {
        for (link, printed) in links.into_iter().zip(printed) {
            let data = Bytes::mb(gb * 1_024);
            let took = hours(replication_time::transfer_time(data, link, Ratio::percent(80)).unwrap());
            // Short times are printed as bounds or rounded up, long ones rounded down: within the hour either way.
            assert!(took.floor() <= printed && printed <= took.ceil(), "{gb} GB: {took} h against {printed}");
            assert!(printed >= 50.0 || took <= printed, "{gb} GB: {took} h is above the printed bound {printed}");
        }
    }
    for (link, exact) in links.into_iter().zip([1.42, 14.2, 44.4, 177.8, 711.1, 2_844.4]) {
        let took = replication_time::transfer_time(Bytes::mb(512_000), link, Ratio::percent(80)).unwrap();
        close(hours(took), exact, 0.05);
    }
    let sold = replication_time::transfer_time(Bytes::mb(512_000), BitRate(512_000), Ratio::percent(80)).unwrap();
    close(hours(sold), 2_777.8, 0.05);
}

#[test]
fn v17_a_day_of_rollback_takes_1134000_megabit() {
    let need = journal::rollback_journal(BitRate::mbit(10).bytes(), DAY, Ratio::percent(20)).unwrap();
    assert_eq!(need, Bytes::mb(141_750));
    assert_eq!(need * 8, Bytes::mb(1_134_000));
}

#[test]
fn v18_a_day_without_network_gathers_15_gb_and_needs_a_log_of_18_75() {
    let day: Vec<Bytes> = (0..24).map(|hour| Bytes::mb(if (8..20).contains(&hour) { 1_000 } else { 250 })).collect();
    let network_down = journal::most_written_in(&day, Duration::hours(24));
    let secondary_down = journal::most_written_in(&day, Duration::hours(4));
    let synchronising = journal::most_written_in(&day, Duration::hours(10));
    assert_eq!([network_down, secondary_down, synchronising], [15, 4, 10].map(Bytes::gb));
    let log = journal::log_size(&[network_down, secondary_down, synchronising], Ratio::percent(125));
    assert_eq!(log, Bytes::mb(18_750));
}

/// The source prints 416,000 MB for the journal; 108,000 MB an hour for two hours are 216,000.
#[test]
fn v19_two_hours_at_30_mb_per_second_take_216000_mb_and_not_416000() {
    assert_eq!(journal::journal_for(ByteRate::mb(30), ByteRate::ZERO, HOUR), Bytes::mb(108_000));
    assert_eq!(journal::journal_for(ByteRate::mb(30), ByteRate::ZERO, HOUR * 2), Bytes::mb(216_000));
    assert_eq!(journal::delta_resync_journal(ByteRate::mb(30), HOUR * 2), Bytes::mb(324_000));
    assert_eq!(journal::cycle_pool(ByteRate::mb(3), HOUR, Ratio::ONE), Bytes::mb(10_800));
    assert_eq!(journal::cycle_pool(ByteRate::mb(147), HOUR, Ratio::percent(120)), Bytes::mb(635_040));
    assert_eq!(journal::cycle_pool(ByteRate::mb(147), HOUR, Ratio::ONE), Bytes::mb(529_200));
    assert_eq!(storage::write_rate(Bytes::kib(8), 1_280, Bytes::ZERO), ByteRate::mib(10));
}

#[test]
fn v20_five_percent_of_20_tb_a_day_are_92_6_mbit_per_second() {
    let daily = Bytes::gb(20_000).share(Ratio::percent(5));
    assert_eq!(daily, Bytes::gb(1_000));
    close(storage::mean_rate(daily, DAY).unwrap().bits().0 as f64 / 1e6, 92.6, 0.05);
}

#[test]
fn v20_compression_leaves_0_33_120_and_2_mb_per_second() {
    let need = |mb, saved| replication_time::reduced_rate(ByteRate::mb(mb), Ratio::percent(saved));
    assert_eq!([need(33, 99), need(200, 40), need(4, 50)], [330_000, 120_000_000, 2_000_000].map(ByteRate));
    // 2 MB/s on a link of 1 MB/s: clipping, the backlog only grows.
    assert_eq!(replication_time::catch_up_time(HOUR, need(4, 50), ByteRate::mb(1)), None);
}

#[test]
fn v20_a_journal_of_50_gb_that_fills_in_half_an_hour_holds_half_an_hour() {
    let rate = storage::mean_rate(Bytes::gb(50), Duration::minutes(30)).unwrap();
    close(rate.over(HOUR).0 as f64 / 1e9, 100.0, 1e-5);
    let held = journal::history_held(Bytes::gb(50), rate, Duration::hours(4));
    close(held.secs_f64(), 1_800.0, 1e-4);
    assert_eq!(journal::history_held(Bytes::gb(500), rate, Duration::hours(4)), Duration::hours(4));
    assert_eq!(journal::journal_during_test(Bytes::gb(160)), Bytes::gb(320));
}

#[test]
fn v20_six_percent_of_100_and_200_gb_take_the_10_and_15_gb_sizes() {
    let ladder = [10, 15, 20, 25, 30, 35, 40, 45, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000].map(Bytes::gb);
    let size = |gb| journal::size_on_ladder(Bytes::gb(gb).share(Ratio::percent(6)), &ladder);
    assert_eq!([size(100), size(200), size(20_000)], [Some(Bytes::gb(10)), Some(Bytes::gb(15)), None]);
}

#[test]
fn v21_servers_of_5_and_7_mb_per_second_need_12_and_14_4() {
    let servers = [ByteRate::mb(5), ByteRate::mb(7)];
    assert_eq!(replication_time::rate_with_headroom(&servers, Ratio::ZERO), ByteRate::mb(12));
    assert_eq!(replication_time::rate_with_headroom(&servers, Ratio::percent(20)), ByteRate(14_400_000));
    assert_eq!(replication_time::catch_up_time(HOUR, ByteRate::mb(12), ByteRate::mb(11)), None);
}

#[test]
fn v23_15_percent_of_2_tb_take_8_7_hours() {
    let sent = Bytes::tib(2).share(Ratio::percent(15));
    assert_eq!(sent.0 / Bytes::mib(1).0, 314_572);
    let took = ByteRate::mib(10).time_for(sent).unwrap();
    assert_eq!(took.ns() / Duration::secs(1).ns(), 31_457);
    close(hours(took), 8.7, 0.05);
}

#[test]
fn v29_a_tenth_of_change_reserves_15_percent_locally_and_10_percent_a_replica() {
    let (size, change) = (Bytes::gb(100), Ratio::percent(10));
    assert_eq!(storage::local_reserve(size, change), Bytes::gb(15));
    assert_eq!(storage::replica_reserve(size, change, 1), Bytes::gb(105));
    assert_eq!(storage::replica_reserve(size, change, 4), Bytes::gb(135));
}

#[test]
fn v30_an_hour_without_link_is_caught_up_in_685_714_seconds() {
    let (churn, link) = (ByteRate::mb(2), ByteRate(12_500_000));
    assert_eq!(replication_time::backlog_after(HOUR, churn), Bytes::mb(7_200));
    let catch_up = replication_time::catch_up_time(HOUR, churn, link).unwrap();
    assert_eq!(catch_up.ns(), (2 * 3_600_000_000_000u64 * 10).div_ceil(105), "2 · 3600 / 10.5 s");
    close(catch_up.secs_f64(), 685.714, 0.0005);
    assert_eq!(cache::time_to_fill(Bytes::mb(7_200), churn, ByteRate::ZERO), Some(HOUR));
}

#[test]
fn v30_periodic_copies_are_as_old_as_interval_and_transfer_say() {
    let copies = PeriodicCopies { interval: Duration::minutes(15), transfer: Duration::minutes(5) };
    assert_eq!((copies.age_max(), copies.age_mean()), (Duration::minutes(20), Duration::secs(750)));
    // Mean loss by adding the tail over seconds: the integral of P(age > r).
    let tail: f64 = (0..1_300).map(|r| copies.share_losing_more_than(Duration::millis(r * 1_000 + 500)).as_f64()).sum();
    close(tail, copies.age_mean().secs_f64(), 0.01);
}
