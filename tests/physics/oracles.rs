//! Oracles P15, P19 and P31 on the data path alone, with what a scenario does not show: ledgers, words, moments of saturation. All
//! oracles through scenarios stand in `tests/oracles.rs`.

use super::bench::*;
use super::pieces::{mean, time_above};
use drsim::contract::{Fact, Meter, Observation};
use drsim::inventory::limits::Envelope;
use drsim::units::{ApplianceId, ByteRate, Bytes, CacheId, Duration, LinkId, Ratio, StampId, Timestamp, VmId};

const BACKLOG: Meter = Meter::SourceBacklog(ApplianceId(0));

#[test]
fn p15_one_outage() {
    let mut bench = Bench::new(80);
    let vm = bench.vm(1, vec![(steady(4 * MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(600)).set_link(at(600), LinkId(0), Ratio::ZERO);
    run.until(at(1200)).set_link(at(1200), LinkId(0), Ratio::ONE);
    run.close(at(3600));
    let lag = run.lag(vm, false);
    let expected =
        [[0.0, 0.0, 600.0, 0.0], [600.0, 0.0, 1200.0, 600.0], [1200.0, 600.0, 1600.0, 0.0], [1600.0, 0.0, 3600.0, 0.0]];
    assert_pieces(&lag, &expected);
    assert_pieces(&run.lag(vm, true), &expected);
    assert!((mean(&lag) - 83.333_333_333).abs() < 1e-6);
    assert_eq!(time_above(&lag, 300.0), 500.0);
    assert_eq!(run.peak(BACKLOG), 2_400 * MB);
    assert_eq!(run.ledger(vm), [4 * 3_600 * MB, 4 * 3_600 * MB, 0, 0, 0, 0]);
    let saturated = run.facts.iter().any(|(when, fact)| {
        *when == at(600)
            && *fact == Fact::Saturated { meter: Meter::Link(LinkId(0), drsim::contract::Direction::Forward) }
    });
    assert!(saturated, "the link is the bottleneck from 600 s on");
}

#[test]
fn p19_a_full_cache_lets_in_what_it_lets_out() {
    let envelope = Envelope { storage_rate: ByteRate::mb(10), ..Envelope::default() };
    let mut bench = Bench::new(160).envelope(envelope);
    bench.inventory.caches[0].capacity = Bytes::mb(600);
    let vm = bench.vm(1, vec![(steady(8 * MB), plain())]);
    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.until(at(100)).set_service(at(100), StampId(1), true);
    run.close(at(600));
    let received = run.lag(vm, false);
    let expected =
        [[0.0, 0.0, 75.0, 0.0], [75.0, 0.0, 100.0, 25.0], [100.0, 25.0, 200.0, 0.0], [200.0, 0.0, 600.0, 0.0]];
    assert_pieces(&received, &expected);
    assert!((mean(&received) - 2.604_166_667).abs() < 1e-8);
    let applied = run.lag(vm, true);
    assert_pieces(&applied, &[[0.0, 0.0, 100.0, 100.0], [100.0, 100.0, 500.0, 0.0], [500.0, 0.0, 600.0, 0.0]]);
    let cache = run.level(Meter::CacheUsed(CacheId(0)));
    let full = 600 * MB;
    assert_eq!(cache, [(0.0, 0, 75.0, full), (75.0, full, 200.0, full), (200.0, full, 500.0, 0), (500.0, 0, 600.0, 0)]);
    let moments = |wanted: &Observation| {
        run.said.iter().filter(|(_, w)| w == wanted).map(|(t, _)| t.secs_f64()).collect::<Vec<_>>()
    };
    assert_eq!(moments(&Observation::CacheRefuses { cache: CacheId(0) }), [75.0]);
    // The appliance sends no more than the service applies, so from 100 s on the account itself holds nobody back.
    assert_eq!(moments(&Observation::CacheAccepts { cache: CacheId(0) }), [100.0]);
}

/// Until 1900 s oracle P31 is fluid: watermarks 1450, 1900, 1675; points 1200 of A and 1500 of B.
#[test]
fn p31_points_and_watermarks_at_the_disaster() {
    let mut bench = Bench::new(96);
    let a = bench.vm(1, vec![(steady(3 * MB), plain()), (steady(MB), plain())]);
    let b = bench.vm(1, vec![(steady(2 * MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(1000)).set_link(at(1000), LinkId(0), Ratio::ZERO);
    run.until(at(1600)).set_link(at(1600), LinkId(0), Ratio::ONE);
    run.until(at(1900));
    assert_eq!(run.pipeline.watermarks(at(1900), a), (at(1450), at(1450)));
    assert_eq!(run.pipeline.watermarks(at(1900), b), (at(1675), at(1675)));
    let newest = |vm: VmId| run.marks_applied(vm).last().map(|(mark, _)| *mark);
    assert_eq!((newest(a), newest(b)), (Some(1_200.0), Some(1_500.0)));
    let lost = run.pipeline.lose_source(at(1900), a);
    assert_eq!((lost.received, lost.at_source, lost.in_cache), (at(1450), Bytes::mb(1350), Bytes::ZERO));
    assert_eq!(run.pipeline.lose_source(at(1900), b).at_source, Bytes::mb(450));
    assert_eq!(run.pipeline.written_between(a, at(1200), at(1900)), Bytes::mb(2_800), "behind the point of A");
    assert_eq!(run.pipeline.written_between(b, at(1500), at(2500)), Bytes::mb(800), "a lost machine writes nothing");
}

/// Marks: by rule while nothing waits, one by one while something does, never twice, never out of order.
#[test]
fn marks_come_by_rule_until_they_are_late() {
    let mut bench = Bench::new(80);
    bench.inventory.limits.processing_delay = Duration::secs(30);
    let vm = bench.vm(1, vec![(steady(4 * MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(650)).set_link(at(650), LinkId(0), Ratio::ZERO);
    run.until(at(1250)).set_link(at(1250), LinkId(0), Ratio::ONE);
    run.close(at(3600));
    let said: Vec<(f64, &Observation)> = run.said.iter().map(|(t, w)| (t.secs_f64(), w)).collect();
    let keeping = |from| Observation::KeepingUp { vm, from_mark: at(from), lag: Duration::secs(30) };
    let applied = |mark| Observation::MarkApplied { vm, mark: at(mark) };
    // W(t) = 650 + 2.5 (t − 1250): 900 is served at 1350, 1200 at 1470, 1500 at 1590, all drained at 1650.
    let expected = [
        (0.0, keeping(0)),
        (900.0, Observation::FellBehind { vm, last_mark: at(600) }),
        (1380.0, applied(900)),
        (1500.0, applied(1200)),
        (1620.0, applied(1500)),
        (1650.0, keeping(1800)),
    ];
    let expected: Vec<(f64, &Observation)> = expected.iter().map(|(t, w)| (*t, w)).collect();
    assert_eq!(said, expected);
    let lag = run.lag(vm, true);
    let expected = [
        [0.0, 30.0, 680.0, 30.0],
        [680.0, 30.0, 1280.0, 630.0],
        [1280.0, 630.0, 1680.0, 30.0],
        [1680.0, 30.0, 3600.0, 30.0],
    ];
    assert_pieces(&lag, &expected);
}
