//! Published worked examples as fluid runs: V15, V16, V18, V19 (corrected), V20, V30.

use super::bench::*;
use drsim::contract::{CopyKind, Direction, Meter, OpId};
use drsim::units::{ApplianceId, BitRate, Bytes, CacheId, LinkId, Ratio, StampId, Timestamp};

const BACKLOG: Meter = Meter::SourceBacklog(ApplianceId(0));

/// Time to send `size` over `link`, by a copy of a silent disk [s].
fn copy_time(size: Bytes, link: BitRate) -> f64 {
    let mut bench = Bench::new(1);
    bench.inventory.links[0].bandwidth = link;
    let vm = bench.vm_of(1, vec![(steady(0), plain(), size)]);
    let mut run = Run::of(bench.pipeline());
    run.pipeline.start_copy(Timestamp::START, OpId(1), vm, CopyKind::Initial, Direction::Forward);
    run.until(at(20_000_000));
    run.completed(1).expect("the copy ends").secs_f64()
}

#[test]
fn v15_sixteen_gib_over_eleven_links() {
    let rows = [
        (256, 149.1, 3_600.0),
        (768, 49.7, 3_600.0),
        (1_544, 24.7, 3_600.0),
        (3_088, 12.4, 3_600.0),
        (6_176, 6.2, 3_600.0),
        (10_000, 3.8, 3_600.0),
        (44_736, 51.2, 60.0),
        (100_000, 22.9, 60.0),
        (155_000, 14.8, 60.0),
        (622_000, 3.7, 60.0),
        (1_000_000, 2.3, 60.0),
    ];
    for (kbit, printed, unit) in rows {
        let time = copy_time(Bytes::gib(16), BitRate(kbit * 1_000));
        let exact = (16u64 << 33) as f64 / (kbit as f64 * 1_000.0);
        assert!((time - exact).abs() <= 1.1e-9 * exact.max(1.0), "{kbit} kbit/s: {time} but {exact}");
        assert!((time / unit - printed).abs() < 0.051, "{kbit} kbit/s: {} but {printed}", time / unit);
    }
}

/// hours = MB / (0.8 · Mbit/s / 8) / 3600 with 1 GB = 1024 MB; printed values are rounded up.
#[test]
fn v16_initial_copies_at_eighty_percent() {
    let rows = [
        (1, 2_000, 1.4, 1.5),
        (50, 32_000, 4.4, 5.0),
        (200, 8_000, 71.1, 71.0),
        (500, 2_000, 711.1, 711.0),
        (500, 500, 2_844.4, 2_844.0),
    ];
    for (gb, kbit, exact, printed) in rows {
        let hours = copy_time(Bytes::mb(gb * 1_024), BitRate(kbit * 800)) / 3_600.0;
        let closed = gb as f64 * 1_024.0 / (0.8 * kbit as f64 / 1_000.0 / 8.0) / 3_600.0;
        assert!((hours - closed).abs() < 1e-9 * closed, "{gb} GB at {kbit} kbit/s: {hours}");
        assert!((hours - exact).abs() < 0.06 && hours < printed + 0.5, "{hours}, printed {printed}");
    }
}

/// Peak 1 GB/h from 08 to 20 h, 0.25 GB/h else; a day without the network holds 15 GB.
#[test]
fn v18_a_day_without_the_network() {
    let mut bench = Bench::new(100);
    let (peak, low) = (1_000_000_000 / 3_600, 250_000_000 / 3_600);
    let rates: Vec<u64> = (0..24).map(|hour| if (8..20).contains(&hour) { peak } else { low }).collect();
    bench.vm(1, vec![(trace(3_600, &rates), plain())]);
    let mut run = bench.streaming();
    run.until(at(86_400)).set_link(at(86_400), LinkId(0), Ratio::ZERO);
    run.close(at(2 * 86_400));
    let held = run.peak(BACKLOG);
    assert_eq!(held, 12 * 3_600 * (peak + low));
    assert!((held as f64 / 15e9 - 1.0).abs() < 1e-5, "15 GB up to whole bytes per second");
}

#[test]
fn v19_corrected_two_hours_of_thirty_mb_per_second() {
    let mut bench = Bench::new(800);
    bench.vm(1, vec![(steady(30 * MB), plain())]);
    let mut run = bench.streaming();
    run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
    run.close(at(7_200));
    assert_eq!(run.peak(BACKLOG), 216_000 * MB);
}

#[test]
fn v20_a_terabyte_a_day_needs_93_mbit_per_second() {
    // 5 % of 20 TB a day is 11.574 MB/s, or 92.6 Mbit/s.
    let rate = 1_000_000_000_000 / 86_400;
    for (kbit, holds) in [(92_600, true), (92_500, false)] {
        let mut bench = Bench::new(1);
        bench.inventory.links[0].bandwidth = BitRate(kbit * 1_000);
        bench.vm(1, vec![(steady(rate), plain())]);
        let mut run = bench.streaming();
        run.close(at(86_400));
        assert_eq!(run.peak(BACKLOG) == 0, holds, "{kbit} kbit/s");
    }
}

#[test]
fn v20_half_of_four_mb_per_second_clips_a_link_of_one() {
    let mut bench = Bench::new(8);
    let writes = drsim::world::Writes { compression: Ratio::percent(50), ..plain() };
    bench.vm(1, vec![(steady(4 * MB), writes)]);
    let mut run = bench.streaming();
    run.close(at(1_000));
    assert_eq!((run.peak(BACKLOG), run.peak(Meter::Link(LinkId(0), Direction::Forward))), (1_000 * MB, MB));
}

/// 2 MB/s, 12.5 MB/s, an hour: 7200 MB wait, caught up after 685.714 s, age 3600 s at its end.
#[test]
fn v30_outage_catch_up_and_cache_fill() {
    let mut bench = Bench::new(100);
    bench.inventory.caches[0].capacity = Bytes::mb(7_200);
    let vm = bench.vm(1, vec![(steady(2 * MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(3_600)).set_link(at(3_600), LinkId(0), Ratio::ZERO);
    run.until(at(7_200)).set_link(at(7_200), LinkId(0), Ratio::ONE);
    run.close(at(20_000));
    assert_eq!(run.peak(BACKLOG), 7_200 * MB);
    let clear = 7_200.0 + 2.0 * 3_600.0 / 10.5;
    let expected = [
        [0.0, 0.0, 3_600.0, 0.0],
        [3_600.0, 0.0, 7_200.0, 3_600.0],
        [7_200.0, 3_600.0, clear, 0.0],
        [clear, 0.0, 20_000.0, 0.0],
    ];
    assert_pieces(&run.lag(vm, false), &expected);

    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.close(at(5_000));
    let refuses = drsim::contract::Observation::CacheRefuses { cache: CacheId(0) };
    let full = run.said.iter().find(|(_, word)| *word == refuses).map(|(when, _)| *when);
    assert_eq!(full, Some(at(3_600)), "C/λ = 7200/2");
}
