//! MR26 to MR31: slots, states, drills, and more of what is scarce.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::case::{Case, above, link_case, points};
use crate::common::Story;
use crate::common::pieces::lag;
use crate::common::small::{Small, Vm};
use crate::swarm_kit::narrow;
use drsim::contract::{Fact, Meter, Phase};

const NEAR: f64 = 0.2 + 1e-6;

/// First copies with a cap each, so that none delays another: how long each takes is its size. `order` is that of the list.
fn copies(sizes: &[u64], slots: u64) -> Vec<f64> {
    let vm = |(k, size): (usize, &u64)| Vm {
        disks: format!("\"{} MiB\"", 2 * size),
        order: k as u64,
        iops: 1,
        ..Vm::named(&format!("vm{k}"))
    };
    let small = Small {
        lasts: "6h".to_owned(),
        vms: sizes.iter().enumerate().map(vm).collect(),
        more: format!("[replication]\ncopies_at_once = {slots}\n"),
        ..Small::default()
    };
    let story = small.live();
    let done = |k: usize| story.entered(&format!("vm{k}"), Phase::Protected).expect("protected").secs_f64();
    (0..sizes.len()).map(done).collect()
}

/// What may follow what; whatever is not here is not declared. A vault may be deleted under any phase.
fn follows(phase: Phase) -> &'static [Phase] {
    use Phase::*;
    match phase {
        // An agent of before is found when protection is asked for.
        Unprotected => &[Enabling, UnprotectedDirty],
        UnprotectedDirty => &[Enabling, Unprotected],
        Enabling => &[InitialReplication, EnablingFailed],
        EnablingFailed => &[Enabling, Disabling],
        InitialReplication => &[Protected, Disabling],
        Protected => &[FailingOver, Disabling, InitialReplication],
        FailingOver => &[FailedOver, FailoverFailed],
        FailoverFailed => &[FailingOver, Protected, Disabling],
        FailedOver => &[Committing, ChangingPoint, Disabling],
        ChangingPoint => &[FailedOver],
        Committing => &[Committed],
        Committed => &[Reprotecting, Disabling],
        Reprotecting => &[ReverseReplication, ReprotectFailed],
        ReprotectFailed => &[Reprotecting, Disabling],
        ReverseReplication => &[ProtectedReverse, ReprotectFailed, Disabling],
        ProtectedReverse => &[FailingBack, Disabling, ReverseReplication],
        FailingBack => &[FailedBack, FailbackFailed],
        FailbackFailed => &[FailingBack, CancellingFailback, ProtectedReverse, Disabling],
        FailedBack => &[CommittingFailback, CancellingFailback, Disabling],
        CancellingFailback => &[ProtectedReverse, FailbackFailed],
        CommittingFailback => &[FailedBackCommitted],
        FailedBackCommitted => &[Disabling],
        Disabling => &[UnprotectedDirty, Unprotected, DisablingFailed],
        DisablingFailed => &[Disabling],
        Abandoned => &[Enabling],
    }
}

proptest! {
    #![proptest_config(crate::config())]

    /// Slots are taken by disks that are on their way back, and come free when everything is home.
    #[test]
    fn mr26_slots_come_free(disks in proptest::collection::vec(1usize..4, 1..5)) {
        let vm = |(k, disks): (usize, &usize)| Vm { disks: vec!["\"2 GiB\""; *disks].join(", "), ..Vm::steady(&format!("vm{k}"), 100_000) };
        let people = "[people]\ndeclare_disaster_after.fixed = \"1h\"\ncommit_after.fixed = \"1h\"\nfail_back = { after_source_healthy = \"1h\" }\n";
        let small = Small {
            lasts: "9d".to_owned(),
            vms: disks.iter().enumerate().map(vm).collect(),
            more: format!("{people}[[outage.stamp-down]]\nstamp = \"east\"\nat = \"2d\"\nlasts = \"12h\"\n"),
            ..Small::default()
        };
        let story = small.live();
        let slots = story.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::Level { meter: Meter::ApplianceSlots(_), start, end, .. } => Some((*start, *end)),
            _ => None,
        });
        let slots: Vec<(u64, u64)> = slots.collect();
        let all: usize = disks.iter().sum();
        prop_assert_eq!(slots.iter().map(|(start, end)| *start.max(end)).max(), Some(all as u64), "every disk takes one");
        prop_assert_eq!(slots.last().map(|(_, end)| *end), Some(0), "all are free at the end");
        for k in 0..disks.len() {
            let name = format!("vm{k}");
            let phases = story.phases(&name);
            prop_assert_eq!(phases.last(), Some(&Phase::FailedBackCommitted), "{}", name);
        }
    }

    /// Foolish operators, outages of all kinds: a machine is in one phase at a time and goes on to a declared one only.
    #[test]
    fn mr27_only_declared_transitions(seed in 0u64..1_000_000) {
        let story = Story::with_fouls(&narrow::life(seed).text, 0);
        let mut phases = BTreeMap::new();
        for (at, fact) in &story.facts {
            if let Fact::Entered { vm, phase } = fact {
                let before = phases.insert(*vm, *phase).unwrap_or(Phase::Unprotected);
                let declared = follows(before).contains(phase) || *phase == Phase::Abandoned;
                prop_assert!(declared, "life {seed}: {at}: {vm:?} goes from {before} to {phase}");
            }
        }
        prop_assert!(!phases.is_empty(), "life {seed}: nobody goes anywhere");
    }

    /// A drill and its clean-up leave data and points as they are.
    #[test]
    fn mr28_a_drill_changes_no_replication(case in link_case(), at in 600u64..20_000, lasts in 60u64..3_000) {
        let order = |at: u64, what: &str| format!("[[order]]\nat = \"{at}s\"\ndo = \"{what}\"\nvms = \"f0\"\n");
        let at = at + crate::case::ZERO;
        let drill = order(at, "test-failover") + &order(at + lasts, "clean-up-test-failover");
        let (plain, drilled) = (case.live(), Case { more: drill, ..case.clone() }.live());
        let done = drilled.story.all(|fact| matches!(fact, Fact::TestEntered { running: true, .. })).len();
        prop_assert_eq!(done, 1, "the drill takes place");
        for flow in 0..case.flows.len() {
            let (one, two) = (plain.story.vm(&format!("f{flow}")), drilled.story.vm(&format!("f{flow}")));
            let ages = lag(&plain.story.facts, one, false);
            prop_assert!(!ages.is_empty(), "f{flow} has an age");
            prop_assert_eq!(ages, lag(&drilled.story.facts, two, false));
            let all = |seen: &crate::case::Seen| {
                let mut points = seen.points(&format!("f{flow}"));
                points.sort_by(|a, b| a.partial_cmp(b).expect("moments"));
                points
            };
            prop_assert_eq!(all(&plain), all(&drilled));
        }
    }

    /// Independent steps on slots: another slot, or a shorter step, and nobody starts later.
    #[test]
    fn mr29_more_slots_or_shorter_steps_start_nobody_later(
        sizes in proptest::collection::vec(1u64..400, 2..9),
        slots in 1u64..4,
        which in 0usize..8,
        less in 0u64..400,
    ) {
        let plain = copies(&sizes, slots);
        let starts = |ends: &[f64], sizes: &[u64]| ends.iter().zip(sizes).map(|(end, size)| end - *size as f64).collect::<Vec<_>>();
        let mut shorter = sizes.clone();
        let which = which % sizes.len();
        shorter[which] = sizes[which].saturating_sub(less).max(1);
        let base = starts(&plain, &sizes);
        for (changed, sizes) in [(copies(&sizes, slots + 1), &sizes), (copies(&shorter, slots), &shorter)] {
            for (k, (now, before)) in starts(&changed, sizes).iter().zip(&base).enumerate() {
                prop_assert!(*now <= before + 1e-6, "vm{k} starts at {now} instead of {before}");
            }
        }
    }

    /// No plan is shorter than its longest step or the work on all slots; list scheduling adds less than one longest step.
    #[test]
    fn mr30_makespans_lie_between_grahams_bounds(sizes in proptest::collection::vec(1u64..400, 1..9), slots in 1u64..5) {
        let makespan = copies(&sizes, slots).into_iter().fold(0.0, f64::max);
        let (work, longest) = (sizes.iter().sum::<u64>() as f64 / slots as f64, *sizes.iter().max().expect("some") as f64);
        prop_assert!(makespan >= work.max(longest) - 1e-6, "{makespan}");
        prop_assert!(makespan <= work + (1.0 - 1.0 / slots as f64) * longest + 1e-6, "{makespan}");
    }

    /// One thing more that can fail, on the same luck: data is nowhere younger, and no point comes sooner.
    #[test]
    fn mr31_one_more_thing_that_fails_never_helps(rate in 1u64..9, hours in 2u64..30, seed in 0u64..1000) {
        let cut = "[[outage.link-down]]\nlink = \"wan\"\nevery.exponential = { mean = \"20h\" }\nlasts.exponential = { mean = \"2h\" }\n";
        let more = format!("[[outage.service-down]]\nstamp = \"west\"\nevery.exponential = {{ mean = \"{hours}h\" }}\nlasts.exponential = {{ mean = \"1h\" }}\n");
        let live = |more: &str| {
            let small = Small {
                lasts: "10d".to_owned(),
                seed,
                bandwidth: 80_000_000,
                vms: vec![Vm::steady("a", rate * 1_000_000)],
                more: format!("{cut}{more}"),
                ..Small::default()
            };
            small.live()
        };
        let (few, many) = (live(""), live(&more));
        let age = |story: &Story| lag(&story.facts, story.vm("a"), true);
        prop_assert_eq!(above(&age(&few), &age(&many), NEAR), None);
        let (few, many) = (points(&few, "a"), points(&many, "a"));
        prop_assert!(!many.is_empty(), "there are points");
        for (usable, mark) in &many {
            let sooner = few.iter().find(|(_, own)| own == mark);
            prop_assert!(sooner.is_some_and(|(at, _)| *at <= usable + 1e-6), "the point of {mark} comes at {usable}, without it {sooner:?}");
        }
    }
}
