//! Claims about meters: means of pieces, clipping at the settling time, peaks with phase and cause.

use proptest::prelude::*;

use crate::contract::{Direction, Fact, LevelPiece, Meter, OutageKind, Phase};
use crate::measure::testing::{at, two_stamps};
use crate::measure::{MeterOutcome, Outcome, RunPhase};
use crate::units::{CacheId, Duration, LinkId, OutageId, VmId};

const CACHE: Meter = Meter::CacheUsed(CacheId(0));

fn piece(since: u64, until: u64, start: u64, end: u64) -> (u64, Fact) {
    (until, Fact::Level { meter: CACHE, since: at(since), start, end })
}

fn told(settle: u64, facts: &[(u64, Fact)], end: u64) -> Outcome {
    let mut ledger = two_stamps(2).ledger(Duration::secs(settle), Duration::days(1));
    facts.iter().for_each(|(when, fact)| ledger.record(at(*when), fact));
    ledger.close(at(end))
}

fn cache(outcome: &Outcome) -> &MeterOutcome {
    outcome.meters.iter().find(|meter| meter.meter == CACHE).expect("the cache was metered")
}

#[test]
fn the_mean_is_the_area_of_the_pieces_over_time() {
    // A ramp of 10 s to 100, 20 s at 100, down to 40 in 10 s: (500 + 2000 + 700) / 40.
    let outcome = told(0, &[piece(0, 10, 0, 100), piece(10, 30, 100, 100), piece(30, 40, 100, 40)], 40);
    let meter = cache(&outcome);
    assert_eq!(meter.levels.mean(), Some(80.0));
    assert_eq!((meter.peak.level, meter.peak.at), (100, at(10)));
    assert_eq!(meter.levels.quantile(0.99), Some(100.0));
}

#[test]
fn settling_is_left_out_of_the_distribution_but_not_of_the_peak() {
    let outcome = told(20, &[piece(0, 10, 900, 900), piece(10, 30, 0, 200)], 30);
    let meter = cache(&outcome);
    assert_eq!(meter.levels.mean(), Some(150.0), "from 100 to 200 over the ten seconds that count");
    assert_eq!(meter.peak.level, 900);
}

#[test]
fn a_peak_names_phase_and_outage_of_its_own_moment() {
    let (outage, kind) = (OutageId(0), OutageKind::LinkDown(LinkId(0)));
    let entered = |vm, phase| Fact::Entered { vm: VmId(vm), phase };
    let link = Meter::Link(LinkId(0), Direction::Forward);
    let facts = [
        (0, entered(0, Phase::InitialReplication)),
        (0, entered(1, Phase::InitialReplication)),
        piece(0, 100, 0, 50),
        (100, entered(0, Phase::Protected)),
        (100, entered(1, Phase::Protected)),
        (200, Fact::OutageBegan { outage, kind }),
        // The piece before the outage is told at the same moment, after it.
        piece(100, 200, 10, 20),
        (250, Fact::Saturated { meter: link }),
        piece(200, 400, 20, 30),
        (400, Fact::OutageEnded { outage, kind }),
        piece(400, 500, 30, 90),
        (500, Fact::Relieved { meter: link }),
        piece(500, 600, 40, 40),
    ];
    let outcome = told(0, &facts, 600);
    let meter = cache(&outcome);
    assert_eq!((meter.peak.level, meter.peak.phase, meter.peak.outage), (90, RunPhase::CatchUp, None));
    let by_phase = [
        (RunPhase::Steady, 40),
        (RunPhase::InitialReplication, 50),
        (RunPhase::CatchUp, 90),
        (RunPhase::LinkOutage, 30),
    ];
    assert_eq!(meter.peak_by_phase, by_phase);
    assert_eq!(outcome.durations.catch_up[0].span, Duration::secs(100));
}

#[test]
fn a_batch_that_causes_the_peak_is_counted() {
    let entered = |vm| Fact::Entered { vm: VmId(vm), phase: Phase::ReverseReplication };
    let outcome = told(0, &[(5, entered(0)), (5, entered(1)), piece(10, 20, 70, 60)], 30);
    let peak = cache(&outcome).peak;
    assert_eq!((peak.phase, peak.vms, peak.level), (RunPhase::Reprotect, 2, 70));
}

#[test]
fn a_piece_told_late_reaches_every_phase_it_ran_through() {
    let (outage, kind) = (OutageId(0), OutageKind::LinkDown(LinkId(0)));
    let facts = [
        (0, Fact::Entered { vm: VmId(0), phase: Phase::Protected }),
        (100, Fact::OutageBegan { outage, kind }),
        (200, Fact::OutageEnded { outage, kind }),
        (900, Fact::Entered { vm: VmId(0), phase: Phase::FailingOver }),
        piece(0, 400, 0, 400),
        piece(400, 1_000, 400, 400),
    ];
    let by_phase = [(RunPhase::Steady, 400), (RunPhase::LinkOutage, 200), (RunPhase::Failover, 400)];
    assert_eq!(cache(&told(0, &facts, 1_000)).peak_by_phase, by_phase);
}

/// The link hands over to the cache, which was filled by it, and back: one catch-up, from the end of the outage to the end of all.
#[test]
fn a_full_cache_is_part_of_catching_up() {
    let (outage, kind) = (OutageId(0), OutageKind::LinkDown(LinkId(0)));
    let (link, cache) = (Meter::Link(LinkId(0), Direction::Forward), CacheId(0));
    let facts = [
        (100, Fact::OutageBegan { outage, kind }),
        (400, Fact::OutageEnded { outage, kind }),
        (400, Fact::Saturated { meter: link }),
        (450, Fact::Relieved { meter: link }),
        (450, Fact::CacheFull { cache }),
        (550, Fact::CacheAccepts { cache }),
        (550, Fact::Saturated { meter: link }),
        (600, Fact::Relieved { meter: link }),
        (700, Fact::Saturated { meter: link }),
        (800, Fact::Relieved { meter: link }),
        piece(0, 900, 10, 10),
    ];
    let outcome = told(0, &facts, 900);
    let spans: Vec<Duration> = outcome.durations.catch_up.iter().map(|span| span.span).collect();
    assert_eq!(spans, [Duration::secs(200)]);
    assert_eq!(self::cache(&outcome).saturated, Duration::secs(100));
}

/// The data path tells that it was relieved when it is looked at, which is when the outage has ended: that was no catch-up.
#[test]
fn a_link_that_was_relieved_before_the_outage_ended_had_nothing_to_catch_up_with() {
    let (outage, kind) = (OutageId(0), OutageKind::LinkDown(LinkId(0)));
    let link = Meter::Link(LinkId(0), Direction::Forward);
    let facts = [
        (90, Fact::Saturated { meter: link }),
        (100, Fact::OutageBegan { outage, kind }),
        (400, Fact::OutageEnded { outage, kind }),
        (390, Fact::Relieved { meter: link }),
        (500, Fact::Saturated { meter: link }),
        (600, Fact::Relieved { meter: link }),
        piece(0, 900, 10, 10),
    ];
    assert_eq!(told(0, &facts, 900).durations.catch_up, []);
}

proptest! {
    /// Before, amid and after settling, with phases that change in between.
    #[test]
    fn one_fact_of_many_pieces_counts_as_many_facts_of_one(
        pieces in prop::collection::vec((1u64..90, 0u64..1_000, 0u64..1_000), 1..40),
        phases in prop::collection::vec((0u64..2_000, any::<bool>()), 0..6),
        settle in 0u64..1_500,
    ) {
        let mut begin = 50;
        let (mut apart, mut together) = (Vec::new(), Vec::new());
        for (lasts, start, end) in pieces {
            apart.push(piece(begin, begin + lasts, start, end));
            begin += lasts;
            together.push(LevelPiece { until: at(begin), start, end });
        }
        let entered = |(when, protected): &(u64, bool)| {
            let phase = if *protected { Phase::Protected } else { Phase::InitialReplication };
            (*when, Fact::Entered { vm: VmId(0), phase })
        };
        let mut lives: Vec<(u64, Fact)> = phases.iter().map(entered).filter(|(when, _)| *when <= begin).collect();
        lives.sort_by_key(|(when, _)| *when);
        let outcome = |levels: Vec<(u64, Fact)>| {
            let facts: Vec<(u64, Fact)> = lives.iter().cloned().chain(levels).collect();
            let outcome = told(settle, &facts, begin);
            let meter = cache(&outcome);
            (meter.levels.clone(), meter.peak, meter.peak_by_phase.clone())
        };
        let pieces = Fact::Levels { meter: CACHE, since: at(50), pieces: together };
        prop_assert_eq!(outcome(vec![(begin, pieces)]), outcome(apart));
    }
}
