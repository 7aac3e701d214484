//! MR35 to MR38, MR41: luck, threads, sketches, the planner, and a mirror.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use crate::case::{link_case, two_stage_case};
use crate::common::Story;
use crate::common::small::{Small, Vm};
use drsim::contract::{Fact, JobKind};
use drsim::planner::sizing::{Lab, questions, size, with_implied};
use drsim::planner::{Verdict, replicate};
use drsim::statistics::{Sealed, Sketch};
use drsim::units::Duration;

const CUTS: &str = "[[outage.link-down]]\nlink = \"wan\"\nevery.exponential = { mean = \"9h\" }\nlasts.exponential = { mean = \"1h\" }\n";

/// Machines with noise on what they write.
fn noisy(names: &[&str], seed: u64) -> Small {
    let churn = "churn.steady = { rate = \"1 MB/s\", noise = { sigma = 0.7, every = \"5m\" } }";
    let vm = |name: &&str| Vm { churn: churn.to_owned(), ..Vm::named(name) };
    Small {
        lasts: "3d".to_owned(),
        seed,
        vms: names.iter().map(vm).collect(),
        more: CUTS.to_owned(),
        ..Small::default()
    }
}

/// What one machine wrote, and when the outages were.
fn luck(story: &Story, name: &str) -> (u64, Vec<String>) {
    let own = story.vm(name);
    let (mut written, mut outages) = (0, Vec::new());
    for (at, fact) in &story.facts {
        match fact {
            Fact::Ledger { vm, written: all, .. } if *vm == own => written = all.0,
            Fact::OutageBegan { .. } | Fact::OutageEnded { .. } => outages.push(format!("{at} {fact:?}")),
            _ => {}
        }
    }
    (written, outages)
}

fn sealed(parts: &[Sketch]) -> Sealed {
    let mut all = Sketch::default();
    parts.iter().for_each(|part| all.merge(part));
    all.seal()
}

proptest! {
    #![proptest_config(crate::config())]

    /// Same seed, same digests: on one thread and two, and once more.
    #[test]
    fn mr35_a_digest_does_not_hang_on_threads(case in two_stage_case(), seed in 0u64..1000) {
        let mut small = case.small();
        small.more.push_str("[[outage.link-down]]\nlink = \"wan\"\nname = \"luck\"\nevery.exponential = { mean = \"40m\" }\nlasts.exponential = { mean = \"4m\" }\n");
        let setup = small.scenario().setup;
        let digests = |threads| {
            let stop = AtomicBool::new(false);
            replicate(&setup, seed, (0, 3), threads, &stop, &|| {}).iter().map(|one| one.end.digest).collect::<Vec<u128>>()
        };
        let one = digests(1);
        prop_assert_eq!(&one, &digests(2));
        prop_assert_eq!(&one, &digests(1));
        prop_assert!(one[0] != one[1] && one[1] != one[2], "three lives are three");
    }

    /// A machine more changes nobody else's luck.
    #[test]
    fn mr36_a_machine_more_changes_nobodys_luck(seed in 0u64..1_000_000, first in any::<bool>()) {
        let more = if first { ["aaa", "erp"] } else { ["erp", "zzz"] };
        let (alone, beside) = (noisy(&["erp"], seed).live(), noisy(&more, seed).live());
        let own = luck(&alone, "erp");
        prop_assert!(own.0 > 0, "it writes");
        prop_assert_eq!(own, luck(&beside, "erp"));
    }

    /// Sketches merge in any order and grouping to the same.
    #[test]
    fn mr37_sketches_merge_in_any_order(
        pieces in proptest::collection::vec((0u64..1 << 50, 0u64..1 << 50, 1u64..1 << 40), 1..60),
        turn in 0usize..60,
    ) {
        let one = |(from, to, weight): &(u64, u64, u64)| {
            let mut sketch = Sketch::default();
            sketch.add_piece(*from, *to, *weight);
            sketch
        };
        let parts: Vec<Sketch> = pieces.iter().map(one).collect();
        let mut turned = parts.clone();
        turned.rotate_left(turn % parts.len());
        turned.reverse();
        prop_assert_eq!(sealed(&parts), sealed(&turned));
        let (left, right) = parts.split_at(turn % parts.len());
        let mut grouped = Sketch::default();
        for part in right.iter().chain(left) {
            grouped.merge(part);
        }
        prop_assert_eq!(sealed(&parts), grouped.seal());
    }

    /// The same with the stamps told in the other order: every moment is the same.
    #[test]
    fn mr41_the_order_of_stamps_has_no_say(case in link_case(), at in 1_000u64..12_000) {
        let down = format!("[[outage.stamp-down]]\nstamp = \"east\"\nat = \"{}s\"\nlasts = \"3h\"\n", crate::case::ZERO + at);
        let people = "[people]\ndeclare_disaster_after.fixed = \"7m\"\ncommit_after.fixed = \"20m\"\nfail_back = { after_source_healthy = \"30m\" }\n";
        let small = crate::case::Case { more: format!("{people}{down}"), ..case.clone() }.small();
        let text = small.text();
        let east = "[stamp.east]\n";
        let mirrored = text.replacen(east, "", 1).replacen("[link.wan]", &format!("{east}[link.wan]"), 1);
        prop_assert_ne!(&text, &mirrored);
        let told = |text: &str| {
            let read = |path: &std::path::Path| {
                let file = small.files.iter().find(|(name, _)| std::path::Path::new(name) == path);
                Ok(file.expect("a file of the case").1.clone().into_bytes())
            };
            let scenario = drsim::scenario::load(text, "mirror.toml", &read, &[]).unwrap_or_else(|faults| panic!("{faults}"));
            let story = Story::of_scenario(scenario, 0).sound();
            let jobs = story.facts.iter().filter_map(|(at, fact)| match fact {
                Fact::Entered { .. } | Fact::JobDone { .. } | Fact::MachineUp { .. } | Fact::DataLost { .. } => Some(format!("{at} {fact:?}")),
                _ => None,
            });
            jobs.collect::<Vec<String>>()
        };
        prop_assert_eq!(told(&text), told(&mirrored));
    }
}

/// There and back with the same sizes and times. The machine at home is still there and need not be made, so the one on the target is
/// made in no time either.
#[test]
fn mr41_the_way_back_takes_as_long_as_the_way_there() {
    let order = |at: &str, what: &str| format!("[[order]]\nat = \"{at}\"\ndo = \"{what}\"\nvms = \"a\"\n");
    let orders = [("1d", "fail-over"), ("1d01:00", "commit"), ("1d02:00", "reprotect"), ("2d", "fail-back")];
    let small = Small {
        lasts: "3d".to_owned(),
        vms: vec![Vm { disks: "\"2 GiB\"".to_owned(), ..Vm::named("a") }],
        times: vec![("boot_linux".to_owned(), "\"2m\"".to_owned())],
        more: format!(
            "[people]\ncommit_after.fixed = \"1000d\"\n{}",
            orders.map(|(at, what)| order(at, what)).concat()
        ),
        ..Small::default()
    };
    let story = small.live();
    let took = |job: JobKind| {
        let begun =
            story.when(|fact| matches!(fact, Fact::JobStarted { job: of, .. } if *of == job)).expect("it begins");
        story.when(|fact| matches!(fact, Fact::JobDone { job: of, .. } if *of == job)).expect("it ends").since(begun)
    };
    assert_eq!([JobKind::FailOver, JobKind::FailBack].map(took), [Duration::minutes(2); 2], "{}", story.tell());
}

/// What the planner answers meets the target, one step less misses it, and a tighter target never needs less.
#[test]
fn mr38_a_tighter_target_never_needs_less() {
    let cut = "[[outage.link-down]]\nlink = \"wan\"\nat = \"20d\"\nlasts = \"6h\"\n";
    let answers = [120, 60, 30].map(|minutes| {
        let question = "[[question.smallest]]\nknob = \"link.wan.bandwidth\"\nwithin = \"5 %\"\n";
        let target = format!("[[target]]\nmust = \"p99(rpo_over_time) <= {minutes}m\"\n");
        let small = Small {
            lasts: "40d".to_owned(),
            settle: "10d".to_owned(),
            replications: 60,
            vms: vec![Vm { disks: "\"32 GiB\"".to_owned(), ..Vm::steady("a", 1_000_000) }],
            more: format!("{target}{question}{cut}"),
            ..Small::default()
        };
        let scenario = small.scenario();
        let asked = questions(&scenario.setup, &scenario.questions);
        let (setup, _) = with_implied(&scenario.setup, &asked[0]);
        let stop = AtomicBool::new(false);
        let mut lab = Lab::new(&setup, (scenario.seed, 1, 60), &stop, &|| {});
        let answer = size(&mut lab, &asked[0]);
        (answer.verdict(), answer.knobs[0].value, answer.knobs[0].below.as_ref().map(|(_, trial)| trial.verdict))
    });
    assert!(
        answers.iter().all(|(verdict, _, below)| *verdict == Verdict::Met && *below == Some(Verdict::Missed)),
        "{answers:?}"
    );
    assert!(answers.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{answers:?}");
}
