//! MR22 to MR25, MR32, MR33: recovery points, what a failure costs, and what is sent of what is written.

use proptest::prelude::*;

use crate::case::{Case, Flow, ZERO, link_case, points, two_stage_case};
use crate::common::pieces::{lag, within};
use crate::common::small::{Small, Vm};
use drsim::contract::{Fact, Meter};
use drsim::measure::Failure;
use drsim::planner::one_replication;
use drsim::statistics::mean_interval;
use drsim::units::{ApplianceId, Bytes, Duration, Ratio};
use drsim::world::{Luck, Writes};

fn every(minutes: u64) -> String {
    format!("crash_consistent_every = \"{minutes}m\"\nretention = \"24h\"")
}

proptest! {
    #![proptest_config(crate::config())]

    /// Whenever the coarse grid has a point, a finer one has as new a one by then.
    #[test]
    fn mr22_a_finer_grid_is_never_worse(case in two_stage_case(), minutes in 1u64..6, parts in 2u64..5) {
        let with = |minutes| Case { policy: every(minutes), delay: "250s".to_owned(), ..case.clone() }.live();
        let (coarse, fine) = (with(minutes * parts), with(minutes));
        for flow in 0..case.flows.len() {
            let name = format!("f{flow}");
            let (have, wanted) = (fine.points(&name), coarse.points(&name));
            prop_assert!(!wanted.is_empty(), "{name} has points");
            for (usable, mark) in wanted {
                let has = have.iter().any(|(at, own)| *at <= usable + 1e-6 && *own >= mark);
                prop_assert!(has, "{name} has no point as new as {mark} by {usable}");
            }
        }
    }

    /// With the same tiers, a longer last one: a clean point that is left stays left, and as new.
    #[test]
    fn mr23_longer_retention_never_loses_a_point(
        hours in 3u64..20,
        more in 1u64..40,
        damages in proptest::collection::vec((4_000u64..180_000, 60u64..90_000), 1..6),
    ) {
        let keep = "{ within = \"2h\", every = \"0s\" }, { within = \"15d\", every = \"1h\" }";
        let clean = |hours: u64| {
            let damages = damages.iter().enumerate().map(|(k, (at, found))| {
                format!("[[outage.damage]]\nstamp = \"east\"\nshare = \"100 %\"\nat = \"{at}s\"\nfound_after = \"{found}s\"\nname = \"d{k}\"\n")
            });
            let small = Small {
                lasts: "4d".to_owned(),
                vms: vec![Vm::steady("a", 1_000_000)],
                policy: format!("crash_consistent_every = \"5m\"\nretention = \"{hours}h\""),
                overrides: format!("pruning = [{{ up_to = \"15d\", keep = [{keep}] }}]"),
                more: damages.collect(),
                ..Small::default()
            };
            let outcome = one_replication(&small.scenario().setup, Luck::new(1, 0)).outcome;
            outcome.damages.iter().map(|damage| (damage.at, damage.clean)).collect::<Vec<_>>()
        };
        let (short, long) = (clean(hours), clean(hours + more));
        prop_assert_eq!((short.len(), long.len()), (damages.len(), damages.len()));
        for (short, long) in short.iter().zip(&long) {
            prop_assert!(short.0 == long.0 && long.1 >= short.1, "{hours} h: {short:?}, {more} h more: {long:?}");
        }
    }

    /// The RPO is the age of the point taken, and lost is what was written since then.
    #[test]
    fn mr24_lost_is_what_was_written_after_the_point(case in link_case(), at in 1_000u64..14_000, choice in 0usize..2) {
        let choice = ["latest", "latest-processed"][choice];
        let people = format!("[people]\ndeclare_disaster_after.fixed = \"0s\"\nrecovery_point = \"{choice}\"\n");
        let down = format!("[[outage.stamp-down]]\nstamp = \"east\"\nat = \"{}s\"\nlasts = \"10h\"\n", ZERO + at);
        let seen = Case { more: people + &down, ..case.clone() }.live();
        let outcome = one_replication(&seen.story.scenario.setup, Luck::new(7, 0)).outcome;
        for (flow, of) in case.flows.iter().enumerate() {
            let vm = seen.story.vm(&format!("f{flow}"));
            let (mark, failed, bytes) = seen.story.facts.iter().find_map(|(_, fact)| match fact {
                Fact::DataLost { vm: of, mark, failed_at, bytes } if *of == vm => Some((mark.secs_f64(), failed_at.secs_f64(), bytes.0)),
                _ => None,
            }).expect("a failover says what is lost");
            prop_assert_eq!(failed, (ZERO + at) as f64);
            let written = between(of, mark - ZERO as f64, failed - ZERO as f64);
            prop_assert!((written - bytes as f64).abs() < 64.0, "{written} written after {mark}, {bytes} lost");
            let of_vm = |failure: &&Failure| failure.vm == vm;
            let failure = outcome.failures.iter().find(of_vm).expect("it failed");
            let rpo = failure.rpo_chosen.map_or(f64::NAN, |age| age.secs_f64());
            prop_assert!((rpo - (failed - mark)).abs() < 1e-6, "RPO {rpo}, lost at {failed}, point of {mark}");
        }
    }

    /// Nothing breaks and there is room for all peaks: data is as old as the pipe is long, and every point comes in time.
    #[test]
    fn mr32_with_room_for_all_the_age_is_that_of_the_pipe(case in link_case(), delay in 0u64..600) {
        let peak: u64 = case.flows.iter().map(|flow| flow.rates.iter().copied().max().unwrap_or(0)).sum();
        let flows = case.flows.iter().map(|flow| Flow { cap: 0, ..flow.clone() }).collect();
        let mut small = Case { link: peak.max(1), cuts: Vec::new(), delay: format!("{delay}s"), flows, ..case.clone() }.small();
        small.link = "round_trip = \"20ms\"".to_owned();
        let story = small.live();
        let pipe = 0.01;
        for flow in 0..case.flows.len() {
            let name = format!("f{flow}");
            let line = |applied| within(&lag(&story.facts, story.vm(&name), applied), ZERO as f64 + 1_000.0, ZERO as f64 + 20_000.0);
            for (applied, age) in [(false, pipe), (true, pipe + delay as f64)] {
                let line = line(applied);
                prop_assert!(!line.is_empty(), "{name} has an age");
                for p in line {
                    prop_assert!((p[1] - age).abs() < 1e-6 && (p[3] - age).abs() < 1e-6, "{name}: {p:?}, not {age}");
                }
            }
            let points = points(&story, &name);
            prop_assert!(points.iter().any(|(_, mark)| *mark >= 600.0), "{name} has points");
            for (usable, mark) in points {
                prop_assert!((usable - mark - pipe - delay as f64).abs() < 1e-6 || mark < 600.0, "{name}: {mark} usable at {usable}");
            }
        }
    }

    /// Distinct bytes: never more than all, subadditive, and a bitmap never holds more than a log.
    #[test]
    fn mr33_joined_rewrites_are_never_more(case in link_case(), shares in proptest::collection::vec(1u64..100, 3), joined in 1u64..4_000) {
        // A concave curve: the share of what is distinct falls with the window.
        let mut falling = shares.clone();
        falling.sort_unstable_by(|a, b| b.cmp(a));
        let windows = [300u64, 1_800, 7_200];
        let mut so_far = 0u64;
        let points: Vec<(u64, u64)> = windows.iter().scan(0u64, |last, window| Some((*window, window - std::mem::replace(last, *window))))
            .zip(&falling)
            .map(|((window, span), pace)| {
                so_far += span * pace;
                (window, so_far / window)
            })
            .collect();
        let unique: Vec<String> = points.iter().map(|(window, share)| format!("\"{window}s\" = \"{share} %\"")).collect();
        let with = |writes: String, buffer: &str| {
            let mut small = case.small();
            small.buffer = buffer.to_owned();
            small.vms.iter_mut().for_each(|vm| vm.writes.clone_from(&writes));
            small.live()
        };
        let unique = unique.join(", ");
        let plain = with("block = \"1 MB\"".to_owned(), "1000000 TiB");
        let joining = with(format!("block = \"1 MB\", unique = {{ {unique} }}, coalesce_within = \"{joined}s\""), "1000000 TiB");
        let sent = |story: &crate::common::Story| story.facts.iter().map(|(_, fact)| match fact {
            Fact::Ledger { applied, .. } => applied.0,
            _ => 0,
        }).sum::<u64>();
        prop_assert!(sent(&joining) <= sent(&plain), "{} joined, {} raw", sent(&joining), sent(&plain));
        let bitmap = with(format!("block = \"1 MB\", unique = {{ {unique} }}"), "1 B");
        let peak = |story: &crate::common::Story| story.peak(|of| of == Meter::SourceBacklog(ApplianceId(0))).0;
        // An agent holds a batch of 4 MiB in order before it keeps a bitmap.
        let batches = case.flows.len() as u64 * (4 << 20) + 64;
        prop_assert!(peak(&bitmap) <= peak(&plain) + batches, "bitmap {}, log {}", peak(&bitmap), peak(&plain));
        let writes = |window: u64| Writes {
            block: Bytes::mb(1),
            unique: points.iter().map(|(window, share)| (Duration::secs(*window), Ratio::percent(*share as u32))).collect(),
            compression: Ratio::ONE,
            coalesce_within: Duration::secs(window),
        };
        let distinct = |window: u64| writes(window).replicated(Bytes(1)).0 * u128::from(window);
        for (a, b) in [(60, joined), (joined, 2 * joined), (300, 1_500), (700, 3_000)] {
            let parts = distinct(a) + distinct(b);
            prop_assert!(distinct(a + b) <= parts + parts / 50 + 10_000, "U({a} + {b}) = {} > {parts}", distinct(a + b));
        }
    }
}

/// What a flow writes between two moments of the clock of its case [B].
fn between(flow: &Flow, from: f64, until: f64) -> f64 {
    let parts = flow.rates.iter().enumerate().map(|(step, rate)| {
        let (a, b) = ((step as f64 * 600.0).max(from), ((step + 1) as f64 * 600.0).min(until));
        (b - a).max(0.0) * *rate as f64 * 1e6
    });
    parts.sum()
}

/// Disasters that know nothing of the link meet the mean over time: the RPO at a moment drawn evenly from eight days, and the mean over
/// these days of the same luck without the disaster, differ by chance only.
#[test]
fn mr25_disasters_see_time_averages() {
    let cuts = "[[outage.link-down]]\nlink = \"wan\"\nevery.exponential = { mean = \"12h\" }\nlasts.exponential = { mean = \"3h\" }\n";
    let disaster =
        "[[outage.stamp-down]]\nstamp = \"east\"\nevery.uniform = { low = \"1d\", high = \"9d\" }\nlasts = \"20d\"\n";
    let setup = |more: &str, settle: &str, lasts: &str| {
        let small = Small {
            lasts: lasts.to_owned(),
            settle: settle.to_owned(),
            bandwidth: 80_000_000,
            vms: vec![Vm::steady("a", 2_000_000)],
            more: format!("{cuts}{more}"),
            ..Small::default()
        };
        small.scenario().setup
    };
    let (without, with) = (setup("", "1d", "9d"), setup(disaster, "0s", "10d"));
    let mut mean = 0.0;
    let differences: Vec<f64> = (0..800)
        .map(|replication| {
            let luck = Luck::new(25, replication);
            let over_time =
                one_replication(&without, luck.clone()).outcome.groups[0].point_age.mean().expect("time") / 1e9;
            mean += over_time / 800.0;
            let failures = one_replication(&with, luck).outcome.failures;
            let [failure] = failures.as_slice() else { panic!("one disaster: {failures:?}") };
            failure.rpo_latest_processed.expect("a point").secs_f64() - over_time
        })
        .collect();
    let interval = mean_interval(&differences, 0.999).expect("differences");
    assert!((interval.low..=interval.high).contains(&0.0), "{interval:?}");
    assert!(interval.half_width() < 0.3 * mean, "{interval:?} is too wide beside a mean of {mean}");
}
