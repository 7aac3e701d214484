//! Claims about verdicts: bounds decide, few replications do not, and the promised number of more is enough.

use super::*;
use crate::measure::testing::{at, two_stamps};
use crate::measure::{Failure, Outcome, VmOutcome};
use crate::planner::findings::{Note, Quantity, merge};
use crate::statistics::Sketch;
use crate::units::{Bytes, Duration, Ratio, Timestamp, VmId};

fn target(statistic: Statistic, measure: Measure, comparator: Comparator, limit: f64) -> Target {
    let (scope, confidence) = (Scope::Everything, Ratio::percent(95));
    Target { scope, text: String::new(), statistic, measure, comparator, limit, confidence, line: 1 }
}

fn at_most(statistic: Statistic, measure: Measure, limit: f64) -> Target {
    target(statistic, measure, Comparator::AtMost, limit)
}

fn failure(when: u64, rpo_s: u64) -> Failure {
    Failure {
        vm: VmId(0),
        at: at(when),
        rpo_latest: Some(Duration::secs(1)),
        rpo_latest_processed: Some(Duration::secs(rpo_s)),
        rpo_latest_app_consistent: None,
        rpo_custom: None,
        rpo_chosen: None,
        no_point: false,
        held_back: None,
        data_lost: None,
        in_cache: Bytes(0),
        at_source: Bytes(0),
        recovery: Recovery::Never(Duration::secs(60)),
    }
}

/// One replication of 1000 s whose ages run from 0 to `age_max_s`, with one failure at that age.
fn outcome(age_max_s: u64) -> Outcome {
    let mut ages = Sketch::default();
    ages.add_piece(0, age_max_s * 1_000_000_000, 1_000_000_000_000);
    Outcome {
        ended: at(1_000),
        counted: Duration::secs(1_000),
        failures: vec![failure(500, age_max_s)],
        groups: vec![crate::measure::GroupOutcome { point_age: ages.seal(), ..Default::default() }],
        vms: vec![VmOutcome::default()],
        ..Outcome::default()
    }
}

fn judged(target: &Target, ages: &[u64]) -> TargetFinding {
    let outcomes: Vec<Outcome> = ages.iter().map(|age| outcome(*age)).collect();
    verdict(0, target, &two_stamps(1).inventory, &outcomes)
}

fn more(finding: &TargetFinding) -> u64 {
    let Verdict::NotYetKnown { more_replications } = finding.verdict else { panic!("{:?}", finding.verdict) };
    more_replications
}

/// 300 replications with one failure each, the first `never` of them without a point.
fn pointless(never: usize, wanted: bool, limit: f64) -> TargetFinding {
    let mut outcomes: Vec<Outcome> = (0..300).map(|_| outcome(10)).collect();
    for outcome in outcomes.iter_mut().take(never) {
        outcome.failures[0].rpo_latest_processed = None;
        outcome.vms[0].wanted_protected = wanted;
    }
    let target = at_most(Statistic::Quantile(0.95), Measure::RpoAtFailure, limit);
    verdict(0, &target, &two_stamps(1).inventory, &outcomes)
}

#[test]
fn a_lost_machine_without_a_point_misses_every_rpo_unless_nobody_wanted_it_protected() {
    assert_eq!(pointless(0, true, 900.0).verdict, Verdict::Met);
    let missed = pointless(60, true, 900.0);
    assert_eq!((missed.verdict, missed.achieved.value), (Verdict::Missed, None));
    assert_eq!(missed.worst_replication, Some(0));
    assert_eq!(pointless(60, false, 900.0).verdict, Verdict::Met);
}

#[test]
fn time_without_a_point_counts_as_beyond_every_age() {
    // Ages run from 0 to 10 s over 1,000 s; beside them 250 s without a point: a fifth of 1,250 s.
    let with = |seconds: u64, q: f64| {
        let mut outcomes: Vec<Outcome> = (0..40).map(|_| outcome(10)).collect();
        outcomes.iter_mut().for_each(|own| own.groups[0].without_point = Duration::secs(seconds));
        let target = at_most(Statistic::Quantile(q), Measure::RpoOverTime, 9.0);
        verdict(0, &target, &two_stamps(1).inventory, &outcomes)
    };
    assert_eq!(with(0, 0.8).verdict, Verdict::Met);
    // 80 % of the time is known, half of which lies below 5 s: the 40 % quantile.
    let four_tenths = with(250, 0.4);
    assert_eq!(four_tenths.verdict, Verdict::Met);
    assert!((four_tenths.achieved.value.expect("finite") - 5.0).abs() < 0.03, "{four_tenths:?}");
    let nine_tenths = with(250, 0.9);
    assert_eq!((nine_tenths.verdict, nine_tenths.achieved.value), (Verdict::Missed, None));
}

proptest::proptest! {
    /// Whoever reads "met" sees an interval that lies within the limit, and the other way round, however samples depend.
    #[test]
    fn verdict_and_interval_agree(
        events in proptest::collection::vec(proptest::collection::vec(1u64..1_000, 1..6), 20..80),
        (limit, q) in (1u64..1_000, proptest::sample::select(vec![0.5, 0.9, 0.95])),
    ) {
        let of = |ages: &Vec<u64>| Outcome {
            failures: ages.iter().map(|age| failure(500, *age)).collect(),
            ..outcome(10)
        };
        let outcomes: Vec<Outcome> = events.iter().map(of).collect();
        let target = at_most(Statistic::Quantile(q), Measure::RpoAtFailure, limit as f64);
        let finding = verdict(0, &target, &two_stamps(1).inventory, &outcomes);
        let Estimate { low, high, .. } = finding.achieved;
        match finding.verdict {
            Verdict::Met => proptest::prop_assert!(high.is_some_and(|high| high <= limit as f64), "{finding:?}"),
            Verdict::Missed => proptest::prop_assert!(low.is_some_and(|low| low > limit as f64), "{finding:?}"),
            Verdict::NotYetKnown { .. } => {}
        }
    }
}

#[test]
fn a_quantile_is_met_only_when_its_bound_is() {
    let p95 = at_most(Statistic::Quantile(0.95), Measure::RpoAtFailure, 300.0);
    // 58 good failures leave 0.95^58 = 5.1 % of doubt, 59 leave 4.8 %.
    assert_eq!(more(&judged(&p95, &[100; 58])), 1);
    assert_eq!(judged(&p95, &[100; 59]).verdict, Verdict::Met);
    assert_eq!(judged(&p95, &[400; 3]).verdict, Verdict::Missed, "0.05³ is small enough a doubt");
    assert_eq!(judged(&p95, &[]).verdict, Verdict::NotYetKnown { more_replications: 20 });
}

#[test]
fn forty_vms_lost_with_one_stamp_are_one_event() {
    let p95 = at_most(Statistic::Quantile(0.95), Measure::RpoAtFailure, 300.0);
    let crowd = |count: usize| -> Vec<Outcome> {
        let one = |_| Outcome { failures: vec![failure(500, 100); 40], ..outcome(100) };
        (0..count).map(one).collect()
    };
    let judged = |count| verdict(0, &p95, &two_stamps(1).inventory, &crowd(count)).verdict;
    assert_eq!(judged(58), Verdict::NotYetKnown { more_replications: 1 }, "2320 samples, but 58 events");
    assert_eq!(judged(59), Verdict::Met);
}

#[test]
fn the_promised_number_of_replications_decides_it() {
    let p50 = at_most(Statistic::Quantile(0.5), Measure::RpoAtFailure, 300.0);
    let few = [vec![100; 12], vec![400; 8]].concat();
    let promised = more(&judged(&p50, &few)) as usize + 20;
    assert!(promised > 40 && more(&judged(&p50, &few.repeat(2))) > 0, "{promised}: forty are not enough");
    assert_eq!(judged(&p50, &few.repeat(promised / 20 + 1)).verdict, Verdict::Met);
}

#[test]
fn shares_of_time_are_judged_per_replication() {
    // Ages run evenly to 1000 s or 1002 s: 300 s is beyond in 70 %, 905 s in 9.6 %.
    let ages: Vec<u64> = (0..40).map(|i| 1_000 + 2 * (i % 2)).collect();
    let p90 = |limit| at_most(Statistic::Quantile(0.9), Measure::RpoOverTime, limit);
    assert_eq!(judged(&p90(905.0), &ages).verdict, Verdict::Met);
    assert_eq!(judged(&p90(300.0), &ages).verdict, Verdict::Missed);
    assert_eq!(more(&judged(&p90(905.0), &ages[..8])), 12, "never met with fewer than twenty");
    let achieved = judged(&p90(905.0), &ages).achieved;
    let (low, value, high) = (achieved.low.expect("low"), achieved.value.expect("value"), achieved.high.expect("high"));
    assert!(low < value && value < high && (value - 901.0).abs() < 1.0, "{achieved:?}");
    let share = judged(&p90(905.0), &ages).beyond.expect("a quantile");
    let (low, high) = (share.share.low.expect("low"), share.share.high.expect("high"));
    let of_time = (95.0 / 1_000.0 + 97.0 / 1_002.0) / 2.0;
    assert!((share.share.value.expect("value") - of_time).abs() < 1e-3 && low < of_time && of_time < high, "{share:?}");
    assert!((share.line - 0.1).abs() < 1e-12);
    let beyond = at_most(Statistic::Probability, Measure::RpoAbove(Duration::secs(500)), 0.6);
    let found = judged(&beyond, &ages);
    assert_eq!((found.verdict, found.unit), (Verdict::Met, Unit::Share));
    assert!((found.achieved.value.expect("value") - 0.5005).abs() < 1e-3);
}

/// One long age in forty pulls the share that decides, and hardly the quantile: what is shown says why it is not known.
#[test]
fn where_the_interval_keeps_the_limit_the_share_says_why_it_is_not_known() {
    let ages: Vec<u64> = (0..40).map(|i| if i == 0 { 40_000 } else { 900 }).collect();
    let found = judged(&at_most(Statistic::Quantile(0.97), Measure::RpoOverTime, 1_000.0), &ages);
    assert!(matches!(found.verdict, Verdict::NotYetKnown { .. }), "{found:?}");
    let share = found.beyond.expect("a quantile");
    assert!(share.share.high.expect("high") > share.line, "{share:?}");
    assert!((share.share.value.expect("value") - (1.0 - 1.0 / 40.0) / 40.0).abs() < 1e-3, "{share:?}");
}

#[test]
fn means_and_availability_use_students_bound() {
    let ages: Vec<u64> = (0..30).map(|i| 1_000 + 20 * (i % 3)).collect();
    let mean = |limit| at_most(Statistic::Mean, Measure::RpoOverTime, limit);
    assert_eq!(judged(&mean(520.0), &ages).verdict, Verdict::Met);
    assert_eq!(judged(&mean(500.0), &ages).verdict, Verdict::Missed);
    assert!(more(&judged(&mean(510.1), &ages)) > 100, "so near takes many");
    let served = target(Statistic::Mean, Measure::Availability, Comparator::AtLeast, 0.99);
    assert_eq!(judged(&served, &ages).verdict, Verdict::Met);
}

#[test]
fn overflow_is_a_proportion_of_replications() {
    let inventory = two_stamps(1).inventory;
    let overflow = at_most(Statistic::Probability, Measure::CacheOverflow, 0.05);
    let mut outcomes: Vec<Outcome> = (0..60).map(|_| outcome(10)).collect();
    assert_eq!(verdict(0, &overflow, &inventory, &outcomes).verdict, Verdict::Met);
    for outcome in outcomes.iter_mut().skip(3).take(10) {
        outcome.cache_full.insert(CacheId(0), 2);
    }
    let found = verdict(0, &overflow, &inventory, &outcomes);
    assert_eq!((found.verdict, found.worst_replication), (Verdict::Missed, Some(3)));
}

#[test]
fn a_maximum_is_missed_by_one_and_met_by_fifty_nine() {
    let max = at_most(Statistic::Max, Measure::RpoOverTime, 300.0);
    assert_eq!(judged(&max, &[299; 59]).verdict, Verdict::Met);
    assert_eq!(more(&judged(&max, &[299; 40])), 19);
    assert_eq!(judged(&max, &[299, 301]).verdict, Verdict::Missed);
}

#[test]
fn merged_findings_name_what_was_left_out_and_whose_samples_depend() {
    let estate = two_stamps(1);
    let mut outcomes: Vec<Outcome> = (1..=30).map(|i| outcome(10 * i)).collect();
    outcomes[4].failures.push(failure(500, 70));
    outcomes[7].failures_settling = 2;
    let findings = merge(&estate.inventory, &estate.intent, &outcomes, Duration::ZERO, Duration::secs(1_000));
    let rpo = findings.spread(Quantity::RpoLatestProcessed).expect("failures");
    assert_eq!((rpo.samples, rpo.clusters, rpo.worst), (31, 30, Some(300.0)));
    assert_eq!(rpo.p50.value, Some(150.0));
    assert!(findings.notes.contains(&Note::FailuresWhileSettling(2)));
    assert!(findings.notes.contains(&Note::NeverServed(31)));
    let clustered = Note::Clustered { quantity: Quantity::RpoLatestProcessed, samples: 31, clusters: 30 };
    assert!(findings.notes.contains(&clustered));
    let ages = findings.spread(Quantity::RpoOverTimePoint).expect("time");
    // Mean of the means 5, 10 … 150.
    assert!((ages.mean.value.expect("mean") - 77.5).abs() < 1e-6);
    assert_eq!((findings.rows.len(), findings.rows[29].rpo_max_s), (30, Some(300.0)));
    assert_eq!(findings.settled_at(), Timestamp::START);
}

/// Student's interval of 90 % and 100 % reaches beyond all of the time; nothing is available for longer than that.
#[test]
fn no_share_is_shown_beyond_the_whole() {
    let spread = crate::planner::findings::samples::per_replication(
        Quantity::Availability,
        None,
        Unit::Share,
        &[0.9, 1.0],
        true,
    );
    let mean = spread.expect("two values").mean;
    // 0.95 − t(0.975, 1) · 0.05 with t = 12.7062.
    assert!(mean.low.is_some_and(|low| (low - 0.314_689_8).abs() < 1e-6), "{mean:?}");
    assert_eq!((mean.value, mean.high), (Some(0.95), Some(1.0)));
}
