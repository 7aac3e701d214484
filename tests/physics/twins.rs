//! The same run looked at in two ways: quiet times by sums of cells, or every lane at every change. Everything agrees.

use super::bench::*;
use drsim::contract::{CopyKind, Direction, Fact, Meter, Observation, OpId};
use drsim::inventory::limits::Envelope;
use drsim::kernel::Law;
use drsim::units::{ApplianceId, ByteRate, Bytes, CacheId, Duration, LinkId, Ratio, StampId, Timestamp, VmId};
use drsim::world::{Churn, Noise, Writes};
use proptest::prelude::*;

/// What happens to a fleet from outside.
#[derive(Clone, Debug)]
struct Scenario {
    models: Vec<(u8, u64)>,
    mbit: u64,
    cache_mb: u64,
    delay: u64,
    /// (after how many seconds, what, how long)
    troubles: Vec<(u64, u8, u64)>,
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let models = proptest::collection::vec((0u8..6, 1u64..6), 1..5);
    let troubles = proptest::collection::vec((1u64..20_000, 0u8..12, 1u64..6_000), 0..6);
    (models, 20u64..300, 500u64..40_000, prop_oneof![Just(0u64), 1u64..900], troubles)
        .prop_map(|(models, mbit, cache_mb, delay, troubles)| Scenario { models, mbit, cache_mb, delay, troubles })
}

fn bench(scenario: &Scenario) -> Bench {
    let envelope =
        Envelope { storage_rate: ByteRate::mb(30), op_bytes: 9_000, ops_max_milli: 3_000_000, disk_ops_milli: 40_000 };
    let mut bench = Bench::new(scenario.mbit).envelope(envelope);
    bench.inventory.caches[0].capacity = Bytes::mb(scenario.cache_mb);
    bench.inventory.limits.processing_delay = Duration::secs(scenario.delay);
    bench.inventory.limits.appliance_buffer = Bytes::gb(60);
    bench.inventory.limits.bitmap_resync_share = Ratio::percent(20);
    let noise = Some(Noise { sigma: 0.4, every: Duration::minutes(10) });
    for (model, rate) in &scenario.models {
        let rate = rate * MB / 2;
        let model = match model {
            0 => steady(rate),
            1 => Churn::Steady { rate: ByteRate(rate), noise },
            2 => trace(600, &[rate, 0, 3 * rate, rate / 2, 0, 0, rate]),
            // Off the grid: it changes at moments of its own.
            5 => trace(77, &[rate, 2 * rate, 0, rate]),
            3 => Churn::OnOff {
                rate: ByteRate(4 * rate),
                on: Law::Exponential { mean: Duration::secs(100) },
                off: Law::Exponential { mean: Duration::secs(500) },
            },
            _ => Churn::Daily {
                mean: ByteRate(rate),
                peak: ByteRate(3 * rate),
                peak_at: Duration::hours(3),
                weekend: Ratio::ONE,
                noise: None,
            },
        };
        let unique = vec![(Duration::hours(1), Ratio::percent(60))];
        let writes = Writes { unique, ..plain() };
        bench.vm(1 + rate as u32 % 3, vec![(model, writes.clone()), (steady(rate / 4), writes)]);
    }
    bench
}

/// How the run is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// As it is: quiet times by sums, every change planned at its moment.
    Quick,
    /// Every lane at every change.
    Always,
    /// As with very many VMs: what one of them changes within a glance of a plan waits for the next.
    Glances,
}

fn run(scenario: &Scenario, look: Look) -> Run {
    let mut run = bench(scenario).streaming();
    match look {
        Look::Quick => {}
        Look::Always => run.pipeline.look_always(),
        Look::Glances => run.pipeline.glance_with_more_than(0),
    }
    let mut changes: Vec<(u64, u8, bool)> = Vec::new();
    for (start, what, lasts) in &scenario.troubles {
        changes.push((*start, *what, false));
        changes.push((start + lasts, *what, true));
    }
    changes.sort_unstable();
    for (when, what, up) in changes {
        let now = at(when);
        let pipeline = run.until(now);
        match what {
            0 => pipeline.set_link(now, LinkId(0), if up { Ratio::ONE } else { Ratio::ZERO }),
            1 => pipeline.set_link(now, LinkId(0), if up { Ratio::ONE } else { Ratio::percent(20) }),
            2 => pipeline.set_service(now, StampId(1), up),
            3 => pipeline.set_appliance(now, ApplianceId(0), up),
            4 => pipeline.set_writer(now, VmId(0), up),
            5 => pipeline.set_source_reachable(now, VmId(0), up),
            6 => pipeline.set_cache(now, CacheId(0), up),
            7 if up => pipeline.stop_copy(now, VmId(0)),
            7 => pipeline.start_copy(now, OpId(when), VmId(0), CopyKind::Initial, Direction::Forward),
            8 if up => pipeline.process_pending(now, OpId(when), VmId(0)),
            8 => pipeline.start_copy(now, OpId(when), VmId(0), CopyKind::Resync, Direction::Forward),
            9 if up => pipeline.start_stream(now, VmId(0), Direction::Forward, marks(300)),
            9 => pipeline.stop_stream(now, VmId(0)),
            10 if up => pipeline.cut_mark(now, OpId(when), VmId(0)),
            10 => pipeline.discard_difflog(now, VmId(0)),
            _ if up => {
                pipeline.set_writer(now, VmId(0), true);
                pipeline.start_copy(now, OpId(when), VmId(0), CopyKind::ReverseDifferences, Direction::Reverse);
                pipeline.start_stream(now, VmId(0), Direction::Reverse, marks(600));
            }
            _ => {
                let loss = pipeline.lose_source(now, VmId(0));
                assert!(loss.received <= now);
            }
        }
    }
    run.close(at(40_000));
    let within = |level: Vec<(f64, u64, f64, u64)>, most: u64| level.iter().all(|p| p.1.max(p.3) <= most + 100);
    assert!(within(run.level(Meter::CacheUsed(CacheId(0))), scenario.cache_mb * MB), "the account holds too much");
    let wan = run.level(Meter::Link(LinkId(0), Direction::Forward));
    assert!(within(wan, scenario.mbit * MB / 8), "the link carries too much");
    run
}

/// Pieces of one meter that differ by rounding of their ends only are the same.
fn same_levels(a: &Run, b: &Run, meter: Meter) -> bool {
    let (a, b) = (a.level(meter), b.level(meter));
    let near = |x: u64, y: u64| x.abs_diff(y) <= 2;
    let sample = |pieces: &[(f64, u64, f64, u64)], t: f64| {
        pieces
            .iter()
            .find(|p| p.0 <= t && t < p.2)
            .map(|p| p.1 as f64 + (p.3 as f64 - p.1 as f64) * (t - p.0) / (p.2 - p.0))
    };
    let agree = |t: f64| match (sample(&a, t), sample(&b, t)) {
        (Some(x), Some(y)) => (x - y).abs() <= 4.0,
        (x, y) => x == y,
    };
    a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| x.0 == y.0 && x.2 == y.2 && near(x.1, y.1) && near(x.3, y.3))
        || (0..8_000).all(|i| agree(f64::from(i) * 5.0 + 0.123))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quiet_and_busy_times_tell_the_same_story(scenario in scenario()) {
        same_story(&scenario)?;
    }

    /// No mark twice, none out of order, none within what was said to come by rule, none before it was set.
    #[test]
    fn marks_are_reported_once_and_in_order(scenario in scenario()) {
        in_order(&scenario, &run(&scenario, Look::Quick))?;
    }

    /// Many changes within a minute, each waiting for the next plan: bytes are conserved (as every run sees to), nothing carries or
    /// holds more than it can, marks are in order, and what guests write does not depend on who looks.
    #[test]
    fn what_waits_for_a_glance_loses_nothing(scenario in scenario()) {
        let troubles = scenario.troubles.iter().map(|(start, what, lasts)| (1 + start / 300, *what, 1 + lasts / 300));
        let scenario = Scenario { troubles: troubles.collect(), ..scenario };
        let (glances, exact) = (run(&scenario, Look::Glances), run(&scenario, Look::Quick));
        in_order(&scenario, &glances)?;
        let loses = scenario.troubles.iter().any(|(_, what, _)| [7, 8, 9, 11].contains(what));
        for vm in (0..scenario.models.len()).map(VmId::from_index).filter(|vm| !loses || vm.index() > 0) {
            prop_assert_eq!(glances.ledger(vm)[0], exact.ledger(vm)[0]);
        }
    }
}

/// Words, ages, ledgers and meters do not depend on how the run is looked at.
fn same_story(scenario: &Scenario) -> Result<(), TestCaseError> {
    let (quick, slow) = (run(scenario, Look::Quick), run(scenario, Look::Always));
    prop_assert_eq!(&quick.said, &slow.said);
    for vm in (0..scenario.models.len()).map(VmId::from_index) {
        prop_assert_eq!(quick.ledger(vm), slow.ledger(vm));
        prop_assert_eq!(quick.lag(vm, false), slow.lag(vm, false));
        prop_assert_eq!(quick.lag(vm, true), slow.lag(vm, true));
    }
    let (link, appliance) = (LinkId(0), ApplianceId(0));
    for meter in [
        Meter::Link(link, Direction::Forward),
        Meter::CacheUsed(CacheId(0)),
        Meter::Service(StampId(1)),
        Meter::SourceBacklog(appliance),
        Meter::ApplianceOps(appliance),
        Meter::ApplianceStorage(appliance),
    ] {
        let same = same_levels(&quick, &slow, meter);
        prop_assert!(same, "{:?}:\n{:?}\n{:?}", meter, quick.level(meter), slow.level(meter));
    }
    prop_assert_eq!(shortages(&quick), shortages(&slow));
    Ok(())
}

/// When accounts were full and resources were bottlenecks.
fn shortages(run: &Run) -> Vec<(Timestamp, Fact)> {
    let is_one = |fact: &Fact| {
        matches!(
            fact,
            Fact::CacheFull { .. } | Fact::CacheAccepts { .. } | Fact::Saturated { .. } | Fact::Relieved { .. }
        )
    };
    run.facts.iter().filter(|(_, fact)| is_one(fact)).cloned().collect()
}

/// An account holds all but a nanosecond of its capacity when a cell of the trace, or a turn of a guest, brings more than it frees:
/// it refuses at once, whoever looks.
#[test]
fn an_account_that_is_full_when_a_rate_rises_refuses_in_that_instant() {
    let cell = Scenario {
        models: vec![(2, 3), (2, 2)],
        mbit: 238,
        cache_mb: 2_580,
        delay: 362,
        troubles: vec![(19_895, 7, 2_253)],
    };
    let turn =
        Scenario { models: vec![(0, 2), (3, 5)], mbit: 85, cache_mb: 2_484, delay: 588, troubles: vec![(1, 11, 1)] };
    for scenario in [cell, turn] {
        same_story(&scenario).expect("who looks does not matter");
    }
}

/// A stream ends with data in its account, which is thrown away; a new stream begins hours later. It has nothing old: what waits then
/// was written since.
#[test]
fn what_was_thrown_away_does_not_make_the_next_stream_old() {
    let troubles = vec![(10_775, 10, 1), (10_582, 9, 4_418), (6_362, 2, 4_397)];
    let scenario = Scenario { models: vec![(2, 1)], mbit: 20, cache_mb: 500, delay: 0, troubles };
    same_story(&scenario).expect("who looks does not matter");
    for look in [Look::Quick, Look::Always] {
        let ages = run(&scenario, look).lag(VmId(0), true);
        let since = ages.iter().filter(|piece| piece[0] >= 15_000.0);
        assert!(since.clone().count() > 0 && since.clone().all(|piece| piece[1] < 300.0), "{look:?}: {ages:?}");
    }
}

fn in_order(scenario: &Scenario, run: &Run) -> Result<(), TestCaseError> {
    for v in 0..scenario.models.len() {
        let (mut last, mut rule) = (None, None);
        for (when, word) in &run.said {
            match word {
                Observation::MarkApplied { vm, mark } if vm.index() == v => {
                    prop_assert!(Some(*mark) > last && rule.is_none() && mark <= when);
                    last = Some(*mark);
                }
                Observation::KeepingUp { vm, from_mark, .. } if vm.index() == v => {
                    prop_assert!(rule.is_none() && Some(*from_mark) > last);
                    rule = Some(*from_mark);
                }
                Observation::FellBehind { vm, last_mark } if vm.index() == v => {
                    prop_assert!(rule.take().is_some());
                    last = last.max(Some(*last_mark));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// 80 Mbit/s, a VM of 1 MB/s. Copies of 100 GB of two more begin 20 s and 22 s after the start. The first is planned at its moment; the
/// second waits until 25 s, while the first has the link: 9 MB/s for 5 s instead of 2 s, then 4.5 MB/s each.
#[test]
fn a_copy_that_begins_within_a_glance_of_a_plan_sends_with_the_next_one() {
    for (look, seconds) in [(Look::Quick, 22_240.22), (Look::Glances, 22_237.22)] {
        let mut bench = Bench::new(80);
        for rate in [MB, 0, 0] {
            bench.vm(1, vec![(steady(rate), plain())]);
        }
        let mut run = bench.streaming();
        if look == Look::Glances {
            run.pipeline.glance_with_more_than(0);
        }
        for (vm, when) in [(1, 20), (2, 22)] {
            run.until(at(when)).start_copy(at(when), OpId(vm), VmId(vm as u32), CopyKind::Initial, Direction::Forward);
        }
        run.close(at(40_000));
        let done = run.completed(1).map(|when| when.secs_f64());
        assert!(done.is_some_and(|done| (done - seconds).abs() < 0.01), "{look:?}: {done:?}");
    }
}

/// Rates that change every 77 s, between the cells of a grid, are on the link at their moments, also while nothing waits.
#[test]
fn what_changes_between_cells_is_seen_in_quiet_times() {
    let mut bench = Bench::new(1_000);
    bench.vm(1, vec![(trace(300, &[0, 0]), plain())]);
    bench.vm(1, vec![(trace(77, &[MB, 3 * MB, 0]), plain())]);
    let mut run = bench.streaming();
    run.close(at(400));
    let wan = run.level(Meter::Link(LinkId(0), Direction::Forward));
    let cells: Vec<_> = wan.iter().map(|piece| (piece.0 as u64, piece.1 / MB)).collect();
    assert_eq!(cells, [(0, 1), (77, 3), (154, 0), (231, 1), (308, 3), (385, 0)]);
}

/// While nothing waits nobody needs to look: a month of daily churn costs one look per block of cells.
#[test]
fn quiet_time_is_passed_in_blocks() {
    let mut bench = Bench::new(1_000);
    for _ in 0..20 {
        bench.vm(1, vec![(trace(300, &[MB, 2 * MB, 0]), plain())]);
    }
    let mut run = bench.streaming();
    run.close(Timestamp::START + Duration::days(30));
    assert!(run.looks < 100, "{} looks", run.looks);
    assert!(run.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Lag { .. })).count() == 20, "one piece per VM");
}
