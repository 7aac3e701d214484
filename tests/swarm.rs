//! Random lives with every referee on. A foul life is named with the command that repeats it, and made small:
//!
//! `DRSIM_SWARM_FROM=17 DRSIM_SWARM=1 cargo test --release --test swarm wide -- --nocapture`
//!
//! | variable | says |
//! |---|---|
//! | `DRSIM_SWARM` | how many lives (40) |
//! | `DRSIM_SWARM_FROM` | the first seed (0) |
//! | `DRSIM_SWARM_FILE` | a small life to judge instead of those that are kept, as the shrinker wrote it |
//! | `RAYON_NUM_THREADS` | how many lives at once |

mod common;
mod swarm_kit;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use swarm_kit::judge::{judge, listen_to_panics};
use swarm_kit::{Life, liveness, narrow, shrink, wide};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Narrow lives in which something was once wrong, each for a reason of its own; they are lived again in every test run.
const ONCE_UNSOUND: [(u64, &str); 8] = [
    (631, "a failover ordered in the dark closed the run of points before the mail was read"),
    (4713, "the same by an ordered resync"),
    (6500, "the same by an ordered disable"),
    (20860, "the same"),
    (5000, "a mark cut while write order was lost was taken for a point"),
    (5664, "write order was lost after the mark was cut and before it was applied"),
    (20588, "the same"),
    (22358, "an order of the dark"),
];

#[test]
fn lives_that_were_unsound_once_are_sound() {
    let lived = |(seed, why): &(u64, &str)| {
        Some(format!("life {seed} ({why}): {:?}", judge(&narrow::life(*seed), true).err()?))
    };
    assert_eq!(ONCE_UNSOUND.iter().filter_map(lived).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Foul lives as the shrinker left them; the first lines of each file say what was wrong. Or one that was just found:
/// `DRSIM_SWARM_FILE=life.toml cargo test --release --test swarm small_lives`.
#[test]
fn small_lives_that_were_unsound_once_are_sound() {
    listen_to_panics();
    let lived = |path: PathBuf| {
        let life = Life::of_file(&std::fs::read_to_string(&path).expect("a readable life"));
        Some(format!("{}: {}", path.display(), judge(&life, true).err()?.join("; ")))
    };
    let files = match std::env::var_os("DRSIM_SWARM_FILE") {
        Some(file) => vec![PathBuf::from(file)],
        None => {
            let folder = std::fs::read_dir("tests/swarm_kit/once").expect("the folder of small lives");
            folder.map(|entry| entry.expect("an entry").path()).collect()
        }
    };
    assert!(!files.is_empty(), "no small lives");
    assert_eq!(files.into_iter().filter_map(lived).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Narrow lives: no foul, no panic, and the same life twice is the same to the last fact.
#[test]
fn narrow_lives_are_sound_and_repeatable() {
    swarm("narrow", narrow::life);
}

/// Wide lives: the same, and calm ones come to rest.
#[test]
fn wide_lives_are_sound_and_come_to_rest() {
    swarm("wide", wide::life);
}

/// MR40: after the last repair everything that waits is gone within `Σ backlog / (C − Σ churn)`, and all are protected.
#[test]
fn healed_lives_catch_up_within_the_bound() {
    let mut bounded = 0;
    for seed in 0..20 {
        let Some((took, bound, unrest)) = liveness::catches_up(seed) else { continue };
        assert!(took <= bound * (1.0 + 1e-9) + 1e-3, "life {seed} took {took:.3} s, the bound is {bound:.3} s");
        assert_eq!(unrest, Vec::<String>::new(), "life {seed}");
        bounded += 1;
    }
    assert!(bounded >= 15, "only {bounded} lives had a bound");
}

/// A bug is planted: a scripted resync of the second machine of a group is foul. The shrinker leaves one group of two
/// machines, the one order, and nothing that could still go.
#[test]
fn the_shrinker_leaves_nothing_that_a_planted_bug_does_not_need() {
    use drsim::contract::Command;
    let planted = |life: &Life| {
        let read = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let Ok(scenario) = drsim::scenario::load(&life.text, "planted.toml", &read, &[]) else { return false };
        scenario.setup.script.iter().any(|(_, command)| match command {
            Command::ManualResync { vm } => scenario.setup.inventory.vm(*vm).name.ends_with("-2"),
            _ => false,
        })
    };
    let found = (0..400).map(wide::life).find(|life| planted(life)).expect("some wide life has the planted bug");
    let small = shrink::smallest(&found, &planted);
    assert!(planted(&small) && shrink::nothing_left(&small, &planted), "{}", small.text);
    let table: toml::Table = small.text.parse().expect("the shrinker writes TOML");
    let count = |key: &str| table.get(key).map_or(0, |value| value.as_array().map_or(1, Vec::len));
    assert_eq!((count("order"), count("outage"), count("plan"), count("people")), (1, 0, 0, 0), "{}", small.text);
    let groups = table["vms"].as_table().expect("groups are a table");
    assert_eq!(groups.len(), 1, "{}", small.text);
    assert!(small.text.len() * 3 < found.text.len(), "{} of {} bytes", small.text.len(), found.text.len());
}

fn swarm(kind: &str, life: fn(u64) -> Life) {
    listen_to_panics();
    let from = number("DRSIM_SWARM_FROM", 0);
    let (facts, unsound) = (AtomicUsize::new(0), AtomicUsize::new(0));
    (from..from + number("DRSIM_SWARM", 40)).into_par_iter().for_each(|seed| {
        if unsound.load(Ordering::Relaxed) >= UNSOUND_MAX {
            return;
        }
        match judge(&life(seed), seed.is_multiple_of(8)) {
            Ok(count) => {
                facts.fetch_add(count, Ordering::Relaxed);
            }
            Err(fouls) => {
                if unsound.fetch_add(1, Ordering::Relaxed) < SHRUNK_MAX {
                    report(kind, seed, &life(seed), &fouls);
                } else {
                    println!("{kind} life {seed}: {}", fouls.join("; "));
                }
            }
        }
    });
    let (facts, unsound) = (facts.into_inner(), unsound.into_inner());
    println!("{kind}: {facts} facts, {unsound} unsound lives");
    assert_eq!(unsound, 0, "unsound {kind} lives, printed above");
    assert!(facts > 0, "a swarm without facts proves nothing");
}

/// Unsound lives after which the swarm stops looking for more, and those that are made small.
const UNSOUND_MAX: usize = 20;
const SHRUNK_MAX: usize = 3;

/// Names the life, the way to repeat it, and a small scenario that fails alike.
fn report(kind: &str, seed: u64, life: &Life, fouls: &[String]) {
    let small = shrink::shrink(life, &fouls[0]);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{kind}-{seed}.toml"));
    let told = format!("# {kind} life {seed}: {}\n{}", fouls[0].replace('\n', "\n# "), small.file());
    let kept = std::fs::write(&path, &told).map_or(String::new(), |()| format!("{}", path.display()));
    println!(
        "{kind} life {seed}: {}\n  repeat: DRSIM_SWARM_FROM={seed} DRSIM_SWARM=1 cargo test --release --test swarm {kind} -- --nocapture\n  small:  DRSIM_SWARM_FILE={kept} cargo test --release --test swarm small_lives\n{told}",
        fouls.join("; ")
    );
}
