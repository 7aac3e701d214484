//! The appliance's envelope, the cache account, and buffers at the source: golden numbers G1 to G6, G18, V01, V02.

use super::bench::*;
use drsim::contract::{Direction, Meter, Observation, ResyncReason};
use drsim::inventory::limits::Envelope;
use drsim::kernel::Law;
use drsim::units::{ApplianceId, BitRate, ByteRate, Bytes, CacheId, Duration, LinkId, Ratio, StampId, Timestamp};
use drsim::world::{Churn, VmPath, Writes};

const MIB: u64 = 1 << 20;
const KIB: u64 = 1 << 10;

/// The calibrated envelope of domain facts 5.1: S = 136.6 MiB/s, k = 0.00864 MiB per operation; P = 4778.7, c = 42.667.
fn calibrated() -> Envelope {
    Envelope {
        storage_rate: ByteRate(136_600 * MIB / 1_000),
        op_bytes: 864 * MIB / 100_000,
        ops_max_milli: 4_778_700,
        disk_ops_milli: 42_667,
    }
}

fn fleet(disks: u64, block: u64, rate: u64) -> Bench {
    let mut bench = Bench::new(100_000).envelope(calibrated());
    bench.inventory.limits.write_floor = Bytes::kib(8);
    for _ in 0..disks {
        bench.vm(1, vec![(steady(rate), Writes { block: Bytes(block), ..plain() })]);
    }
    bench
}

fn waits_after(bench: &Bench, hours: u64) -> u64 {
    let mut run = bench.streaming();
    run.close(at(hours * 3_600));
    let level = run.level(Meter::SourceBacklog(ApplianceId(0)));
    level[level.len() - 1].3
}

/// Rows of the throughput test: (block, rate per disk, disks). V01 allows 10 %; the model is exact.
const ROWS: [(u64, u64, u64); 4] =
    [(2 * MIB, 2 * MIB, 68), (64 * KIB, 2 * MIB, 60), (8 * KIB, MIB, 28), (8 * KIB, 2 * MIB, 16)];

#[test]
fn g1_v01_the_appliance_holds_68_60_28_and_16_disks() {
    for (block, rate, disks) in ROWS {
        assert_eq!(waits_after(&fleet(disks, block, rate), 24), 0, "{disks} disks of {block}");
    }
}

#[test]
fn g2_one_disk_more_grows_without_bound() {
    for (block, rate, disks) in ROWS {
        let bench = fleet(disks + 1, block, rate);
        let (first, second) = (waits_after(&bench, 1), waits_after(&bench, 2));
        assert!(first > 0 && second.abs_diff(2 * first) < 2, "{disks} + 1 disks of {block}: {first}, then {second}");
    }
}

/// Three disks of each of 120 VMs at 20 KiB/s, 2.5 operations each: 900, and as many again.
fn large_and_lazy() -> Bench {
    let mut bench = Bench::new(100_000).envelope(calibrated());
    bench.inventory.limits.write_floor = Bytes::kib(8);
    for _ in 0..120 {
        let disk = || (steady(20 * KIB), Writes { block: Bytes(8 * KIB), ..plain() });
        bench.vm(1, vec![disk(), disk(), disk()]);
    }
    bench
}

#[test]
fn v04_360_disks_that_write_little_keep_up() {
    let mut run = large_and_lazy().streaming();
    run.close(at(86_400));
    assert_eq!(run.peak(Meter::SourceBacklog(ApplianceId(0))), 0);
    let operations = run.level(Meter::ApplianceOps(ApplianceId(0)));
    assert_eq!((operations[0].1, operations[0].3), (1_800_000, 1_800_000));
}

/// While all 360 wait their disks would cost 15 360; half of the processor is the most, and the other half is 2389 operations:
/// an hour at 900 is caught up in 3600 · 900 / (2389.35 − 900) = 2175 s.
#[test]
fn disks_that_wait_leave_half_of_the_processor() {
    for always in [false, true] {
        let mut run = large_and_lazy().streaming();
        if always {
            run.pipeline.look_always();
        }
        run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
        run.until(at(3_600)).set_link(at(3_600), LinkId(0), Ratio::ONE);
        run.until(at(4_000));
        run.close(at(10_000));
        let level = run.level(Meter::SourceBacklog(ApplianceId(0)));
        let end = level.iter().filter(|piece| piece.1 > 0).map(|piece| piece.2).fold(0.0, f64::max);
        assert!((end - 5_775.4).abs() < 1.0, "caught up at {end}");
    }
}

#[test]
fn idle_disks_cost_nothing() {
    let (block, rate, disks) = ROWS[2];
    let mut bench = fleet(disks, block, rate);
    for _ in 0..200 {
        bench.vm(1, vec![(steady(0), plain())]);
    }
    assert_eq!(waits_after(&bench, 24), 0);
}

/// 20 operations each cost 40: 119 disks fill 4778.7, the next one is too much, and nobody's question changes that.
#[test]
fn beyond_half_of_the_processor_what_waits_grows_at_the_same_pace_whoever_looks() {
    assert_eq!(waits_after(&fleet(119, 8 * KIB, 160 * KIB), 24), 0);
    let bench = fleet(120, 8 * KIB, 160 * KIB);
    let lost = (2_400_000.0 - 2_389_350.0) * 8.192;
    for step in [7_200, 600, 7] {
        let mut run = bench.streaming();
        for s in (step..7_200).step_by(step) {
            run.until(at(s as u64));
        }
        run.close(at(7_200));
        let level = run.level(Meter::SourceBacklog(ApplianceId(0)));
        let waits = level[level.len() - 1].3 as f64;
        assert!((waits / 7_200.0 / lost - 1.0).abs() < 1e-4, "every {step} s: {waits}");
    }
}

#[test]
fn g3_a_small_write_costs_eight_kib() {
    for (block, factor) in [(512, 16), (4 * KIB, 2), (8 * KIB, 1), (64 * KIB, 1)] {
        let mut bench = fleet(0, 0, 0);
        let vm = bench.vm(1, vec![(steady(MIB), Writes { block: Bytes(block), ..plain() })]);
        let mut run = bench.streaming();
        run.close(at(100));
        assert_eq!(run.pipeline.written_between(vm, Timestamp::START, at(100)), Bytes(100 * MIB * factor));
        let operations = run.level(Meter::ApplianceOps(ApplianceId(0)))[0].1;
        let own = MIB * factor * 1_000 / block.max(8 * KIB);
        assert_eq!(operations, own + own.min(42_667));
    }
}

#[test]
fn g4_v02_the_cache_in_normal_operation() {
    let mut bench = Bench::new(1_000);
    bench.inventory.limits.processing_delay = Duration::secs(250);
    bench.vm(1, vec![(steady(2 * MB), plain())]);
    let mut run = bench.streaming();
    run.close(at(3_600));
    let used = run.level(Meter::CacheUsed(CacheId(0)));
    assert_eq!(used, [(0.0, 0, 250.0, 500 * MB), (250.0, 500 * MB, 3_600.0, 500 * MB)]);
}

#[test]
fn g5_v02_a_day_without_the_service() {
    let mut bench = Bench::new(10_000);
    for _ in 0..68 {
        bench.vm(1, vec![(steady(2 * MIB), plain())]);
    }
    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.until(at(86_400));
    let used = run.pipeline.cache_used(at(86_400), CacheId(0));
    assert_eq!(used, Bytes(68 * 86_400 * 2 * MIB), "168.75 GiB per disk");
    assert_eq!(used.0 / 68 / MIB, 168_750 * 1_024 / 1_000);
}

#[test]
fn g18_v04_120_vms_with_bursts_are_stable() {
    let mut bench = Bench::new(10_000).envelope(calibrated());
    bench.inventory.limits.write_floor = Bytes::kib(8);
    // Five gigabit in 60 s, twice an hour on average: 41.7 MB/s over all.
    let rate = ByteRate(5_000 * MB / 8 / 60);
    let off = Law::Exponential { mean: Duration::secs(1_740) };
    for _ in 0..120 {
        let model = Churn::OnOff { rate, on: Law::Fixed(Duration::secs(60)), off: off.clone() };
        bench.vm(1, vec![(model, Writes { block: Bytes(64 * KIB), ..plain() })]);
    }
    let mut run = bench.streaming();
    run.close(at(3 * 86_400));
    let written: u64 = run
        .facts
        .iter()
        .filter_map(|(_, fact)| match fact {
            drsim::contract::Fact::Ledger { written, .. } => Some(written.0),
            _ => None,
        })
        .sum();
    let mean = written as f64 / (3.0 * 86_400.0) / 1e6;
    assert!((mean / 41.67 - 1.0).abs() < 0.03, "{mean} MB/s");
    let level = run.level(Meter::SourceBacklog(ApplianceId(0)));
    let empty: f64 = level.iter().filter(|(_, start, _, end)| *start == 0 && *end == 0).map(|p| p.2 - p.0).sum();
    assert!(empty > 0.95 * 3.0 * 86_400.0, "it waits for more than {empty} s of three days");
    let peak = run.peak(Meter::SourceBacklog(ApplianceId(0)));
    assert!(peak > 0 && peak < 20_000 * MB, "peaks wait and are caught up: {peak}");
}

/// Buffers: 100 MB of memory and 200 MB of the appliance's disk for each of two VMs; 2 MB/s with the link down.
fn buffered() -> Bench {
    let mut bench = Bench::new(80);
    bench.inventory.limits.agent_memory_linux = Bytes::mb(100);
    bench.inventory.limits.appliance_buffer = Bytes::mb(400);
    let unique = vec![(Duration::secs(100), Ratio::percent(50)), (Duration::secs(1_000), Ratio::percent(23))];
    for _ in 0..2 {
        bench.vm(1, vec![(steady(2 * MB), Writes { unique: unique.clone(), ..plain() })]);
    }
    bench
}

#[test]
fn beyond_its_buffers_an_agent_keeps_a_bitmap_of_distinct_bytes() {
    let mut run = buffered().streaming();
    let vm = drsim::units::VmId(0);
    run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
    run.until(at(1_150)).set_link(at(1_150), LinkId(0), Ratio::ONE);
    run.close(at(3_600));
    // 300 MB after 150 s; then distinct bytes: 100 MB in the first 100 s, 360 MB in the next 900 s: 760 MB at 1150 s.
    let peak = run.peak(Meter::SourceBacklog(ApplianceId(0)));
    assert!(peak.abs_diff(2 * 760 * MB) < 10, "{peak}");
    let said = |wanted: fn(&Observation) -> bool| run.said.iter().find(|(_, w)| wanted(w)).map(|(t, _)| t.secs_f64());
    let lost = said(|w| matches!(w, Observation::OrderLost { .. }));
    assert!(lost.is_some_and(|t| (t - 150.0).abs() < 1e-8), "{lost:?}");
    // Beyond the curve 23 % of the writes are distinct: 760 MB against 5 − 0.46 MB/s.
    let restored = said(|w| matches!(w, Observation::OrderRestored { .. })).expect("it drains");
    assert!((restored - (1_150.0 + 760.0 / 4.54)).abs() < 1e-6, "{restored}");
    assert!(run.marks_applied(vm).is_empty(), "marks within the bitmap are worthless");
    let last = run.said.iter().rev().find(|(_, w)| matches!(w, Observation::KeepingUp { vm: of, .. } if *of == vm));
    assert!(matches!(last, Some((_, Observation::KeepingUp { from_mark, .. })) if *from_mark == at(1_500)));
    let [written, applied, in_flight, in_cache, superseded, lost] = run.ledger(vm);
    assert_eq!((written, in_flight, in_cache, lost), (7_200 * MB, 0, 0, 0));
    assert_eq!(applied + superseded, written);
    let distinct = 760.0 + 0.46 * (restored - 1_150.0) + 2.0 * (3_600.0 - restored);
    assert!((applied as f64 / 1e6 - distinct).abs() < 1e-3);
}

/// 2 MB/s; the service is down until 300 s, the link from 100 s to 400 s, order is lost at 200 s with 200 MB at the source. What is in the
/// account then keeps its age: 0 s to 100 s, applied at 12 MB/s from 300 s on. What waits at the source counts as of 100 s until it has
/// all been sent, at 10 MB/s, at 475 s. The service is down again from 450 s to 600 s: then the last 250 MB of the bitmap come first,
/// until 620.8333 s, and what follows was written from 475 s on.
#[test]
fn a_lost_order_makes_nothing_old_but_what_it_is_about() {
    let mut bench = Bench::new(80).envelope(Envelope { storage_rate: ByteRate::mb(12), ..Envelope::default() });
    bench.inventory.limits.agent_memory_linux = Bytes::mb(100);
    bench.inventory.limits.appliance_buffer = Bytes::mb(100);
    let vm = bench.vm(1, vec![(steady(2 * MB), plain())]);
    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.until(at(100)).set_link(at(100), LinkId(0), Ratio::ZERO);
    run.until(at(300)).set_service(at(300), StampId(1), true);
    run.until(at(400)).set_link(at(400), LinkId(0), Ratio::ONE);
    run.until(at(450)).set_service(at(450), StampId(1), false);
    run.until(at(600)).set_service(at(600), StampId(1), true);
    run.close(at(1_000));
    let ages: Vec<[i64; 4]> = run.lag(vm, true).iter().map(|piece| piece.map(|s| (s * 1e4).round() as i64)).collect();
    let expected = [
        [0, 0, 3_000_000, 3_000_000],
        [3_000_000, 3_000_000, 3_166_667, 2_166_667],
        [3_166_667, 2_166_667, 6_208_333, 5_208_333],
        [6_208_333, 1_458_333, 6_500_000, 0],
        [6_500_000, 0, 10_000_000, 0],
    ];
    assert_eq!(ages, expected);
}

/// Two disks of a VM with a deadline, 3 and 1 MB/s, behind a link of 10 MB/s that was down for 1000 s. The smaller one has sent all after
/// 250 s of 5 MB/s and keeps up from then on, since what it writes is as old as the rest of the bitmap; at 4000/6 s order is restored.
#[test]
fn a_disk_that_runs_empty_within_a_bitmap_keeps_up() {
    let mut bench = Bench::new(80);
    bench.inventory.limits.appliance_buffer = Bytes::ZERO;
    bench.inventory.limits.agent_memory_linux = Bytes::mb(100);
    let vm = bench.vm(1, vec![(steady(3 * MB), plain()), (steady(MB), plain())]);
    bench.path[0] = bench.path[0].map(|path| VmPath { deadline: Some(Duration::hours(1)), ..path });
    let mut run = bench.streaming();
    run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
    run.until(at(1_000)).set_link(at(1_000), LinkId(0), Ratio::ONE);
    run.close(at(3_000));
    let restored =
        run.said.iter().find(|(_, word)| *word == Observation::OrderRestored { vm }).map(|(t, _)| t.secs_f64());
    assert!(restored.is_some_and(|t| (t - (1_000.0 + 4_000.0 / 6.0)).abs() < 1e-6), "{restored:?}");
    assert!(run.looks < 3_000, "{} looks", run.looks);
}

#[test]
fn without_the_appliance_only_the_agents_memory_holds_back() {
    let mut run = buffered().streaming();
    run.pipeline.set_appliance(Timestamp::START, ApplianceId(0), false);
    run.close(at(100));
    let lost = run.said.iter().find(|(_, w)| matches!(w, Observation::OrderLost { .. })).map(|(t, _)| t.secs_f64());
    assert!(lost.is_some_and(|t| (t - 50.0).abs() < 1e-8), "{lost:?}");
}

#[test]
fn too_much_dirty_asks_for_a_resync_once() {
    let mut bench = buffered();
    bench.inventory.limits.bitmap_resync_share = Ratio::from_ppm(5_000); // 500 MB of 100 GB
    let mut run = bench.streaming();
    run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
    run.close(at(3_000));
    let wanted =
        |w: &Observation| matches!(w, Observation::ResyncNeeded { why: ResyncReason::TooMuchDirty, vm } if vm.0 == 0);
    let told: Vec<f64> = run.said.iter().filter(|(_, w)| wanted(w)).map(|(t, _)| t.secs_f64()).collect();
    // 300 MB at 150 s, 400 at 250 s, then 0.4 MB/s: 500 MB at 500 s.
    assert!(told.len() == 1 && (told[0] - 500.0).abs() < 1e-6, "{told:?}");
}

#[test]
fn a_flow_is_capped_by_its_window_per_round_trip() {
    let mut bench = Bench::new(1_000);
    bench.inventory.links[0].bandwidth = BitRate::mbit(1_000);
    bench.inventory.links[0].round_trip = Duration::millis(100);
    bench.inventory.links[0].flow_window = Some(Bytes::mb(1));
    bench.vm(1, vec![(steady(12 * MB), plain())]);
    let mut run = bench.streaming();
    run.close(at(100));
    assert_eq!(run.peak(Meter::Link(LinkId(0), Direction::Forward)), 10 * MB);
    assert_eq!(run.peak(Meter::SourceBacklog(ApplianceId(0))), 200 * MB);
}

#[test]
fn coalescing_and_compression_shrink_what_is_sent() {
    let mut bench = Bench::new(1_000);
    let writes = Writes {
        unique: vec![(Duration::secs(60), Ratio::percent(70))],
        compression: Ratio::percent(50),
        coalesce_within: Duration::secs(60),
        ..plain()
    };
    let vm = bench.vm(1, vec![(steady(10 * MB), writes)]);
    let mut run = bench.streaming();
    run.close(at(100));
    assert_eq!(run.ledger(vm)[0], 350 * MB);
}

/// A full account with a processing delay: what enters is what was applied the delay before; it never holds more than it can.
#[test]
fn a_full_cache_with_a_delay_never_holds_more_than_it_can() {
    let mut bench = Bench::new(400).envelope(Envelope { storage_rate: ByteRate::mb(50), ..Envelope::default() });
    bench.inventory.caches[0].capacity = Bytes::mb(2_000);
    bench.inventory.limits.processing_delay = Duration::secs(50);
    for rate in [3, 5] {
        bench.vm(1, vec![(steady(rate * MB), plain())]);
    }
    let mut run = bench.streaming();
    run.until(at(1_000)).set_service(at(1_000), StampId(1), false);
    run.until(at(2_000)).set_service(at(2_000), StampId(1), true);
    run.close(at(4_000));
    let used = run.level(Meter::CacheUsed(CacheId(0)));
    // 400 MB in the delay; without the service 8 MB/s enter and for 50 s 8 leave: full after another 200 s.
    assert_eq!(used[1], (50.0, 400 * MB, 1_050.0, 400 * MB));
    assert_eq!(used[2], (1_050.0, 400 * MB, 1_250.0, 2_000 * MB));
    assert!(run.peak(Meter::CacheUsed(CacheId(0))) <= 2_000 * MB + 1);
    assert_eq!(used[used.len() - 1].3, 400 * MB, "all is caught up");
    // From 2000 s on 40 s at 50 MB/s empty the account's queue; their room comes free from 2050 s on.
    let waits = run.level(Meter::SourceBacklog(ApplianceId(0)));
    assert!(waits.iter().any(|p| p.2 == 2_050.0 && p.3 == 6_400 * MB), "{waits:?}");
}

/// One disk's data has been applied, the other's fills the account: the inlet is as wide as what both let out.
#[test]
fn the_widest_inlet_lets_in_as_much_as_goes_out() {
    let mut bench = Bench::new(800);
    bench.inventory.limits.disk_rate_max = ByteRate::mb(10);
    bench.inventory.caches[0].capacity = Bytes::mb(300);
    let [small, large] = [MB, 6 * MB].map(|rate| bench.vm(1, vec![(steady(rate), plain())]));
    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.until(at(100)).set_service(at(100), StampId(1), true);
    run.close(at(400));
    let used = run.level(Meter::CacheUsed(CacheId(0)));
    assert!(run.peak(Meter::CacheUsed(CacheId(0))) <= 300 * MB + 1, "{used:?}");
    assert_eq!(used[used.len() - 1].3, 0);
    for (vm, rate) in [(small, MB), (large, 6 * MB)] {
        assert_eq!(run.ledger(vm), [400 * rate, 400 * rate, 0, 0, 0, 0]);
    }
}
