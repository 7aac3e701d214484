//! How often the gate is wrong: whole gates over many seeds, at the boundary where being wrong is easiest, and away from it.
//!
//! The truth is measured first, on other seeds. Forty seeds keep the test short; `DRSIM_GATE_SEEDS=1000` with `--nocapture`
//! prints the table of docs/check.md. At the boundary a rate of 5 % is allowed in truth, so that the test allows what
//! that may show by chance (99.9 %), and the little that the truth itself is off.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use drsim::intent::Intent;
use drsim::planner::{Gate, Runner, Sample, Verdict};
use drsim::scenario::{Scenario, load};
use drsim::simulation::Setup;

/// One machine, a site that is lost now and then, people who take their time.
const SMALL: &str = r#"
title = "gate"
[run]
lasts = "40d"
settle = "2d"
seed = 1
replications = 80
[stamp.a]
[stamp.b]
subscriptions.dr = { vm_cores = 100, vms = 50, managed_disk = "8 TiB", storage = "4 TiB" }
[link.wan]
from = "a"
to = "b"
bandwidth = "200 Mbit/s"
round_trip = "18ms"
[cache.c]
on = "b"
capacity = "1 TiB"
[appliance.p]
on = "a"
size = "Standard_DS4_v2"
cache = "c"
[vms.sql]
count = 1
on = "a"
os = "windows"
size = "Standard_DS3_v2"
disks = ["32 GiB"]
churn.steady = { rate = "300 KiB/s" }
[policy.gold]
crash_consistent_every = "5m"
retention = "24h"
[protect.sql]
policy = "gold"
appliance = "p"
to = { stamp = "b", subscription = "dr", network = "dr" }
[[target]]
vms = "sql"
must = ["p90(rto) <= RTO", "mean(availability) >= UP", "p90(rpo) <= RPO"]
confidence = "95 %"
[[outage.stamp-down]]
stamp = "a"
every.exponential = { mean = "25d" }
lasts.lognormal = { median = "10h", p95 = "30h" }
[people]
declare_disaster_after.triangular = { low = "10m", mode = "30m", high = "4h" }
recovery_point = "latest-processed"
fail_back = { after_source_healthy = "4h", then_wait = "1h" }
protect_again_after = "12h"
"#;

const AT_MOST: u64 = 80;
const TRUTH_SEED: u64 = 1_000_003;

fn scenario() -> Scenario {
    let text = SMALL.replace("RTO", "2h").replace("UP", "99 %").replace("RPO", "15m");
    load(&text, "gate.toml", &|path: &Path| std::fs::read(path), &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

fn sample(setup: &Setup, seed: u64, count: u64) -> Sample {
    let stop = AtomicBool::new(false);
    let mut sample = Sample::default();
    Runner { setup, seed, threads: 0, stop: &stop, done: &|| () }.more(count, &mut sample);
    sample
}

/// The setup with one target of these, at this limit.
fn with(setup: &Setup, place: usize, limit: f64) -> Setup {
    let mut target = setup.intent.targets[place].clone();
    target.limit = limit;
    let intent = Intent { targets: vec![target], ..(*setup.intent).clone() };
    Setup { intent: Arc::new(intent), ..setup.clone() }
}

#[derive(Default)]
struct Rates {
    met: u64,
    missed: u64,
    unknown: u64,
    replications: u64,
}

#[test]
fn the_gate_is_wrong_no_more_often_than_it_says() {
    let seeds: u64 = std::env::var("DRSIM_GATE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let setup = scenario().setup;
    let truth = sample(&setup, TRUTH_SEED, (seeds * 20).clamp(2_000, 20_000)).findings(&setup);
    let at = |place: usize| truth.targets[place].achieved.value.expect("known well");
    // Limits at the truth, and a fifth more and less lenient: of the value, or of what is missing to 100 %.
    let lenient = |place: usize, by: f64| if place == 1 { 1.0 - (1.0 - at(1)) * by } else { at(place) * by };
    let (places, factors) = ([0, 1, 2], [1.0, 1.3, 0.7]);
    let variants: Vec<(usize, f64, Setup)> = places
        .iter()
        .flat_map(|place| factors.iter().map(move |by| (*place, *by)))
        .map(|(place, by)| (place, by, with(&setup, place, lenient(place, by))))
        .collect();
    let mut rates: Vec<Rates> = variants.iter().map(|_| Rates::default()).collect();
    let stop = AtomicBool::new(false);
    for seed in 0..seeds {
        let ran = sample(&setup, seed, AT_MOST);
        for ((_, _, setup), rates) in variants.iter().zip(&mut rates) {
            let runner = Runner { setup, seed, threads: 0, stop: &stop, done: &|| () };
            let (judgement, _) = Gate { at_most: AT_MOST, baseline: None }.run(&runner, &mut ran.clone());
            match judgement.verdict {
                Verdict::Met => rates.met += 1,
                Verdict::Missed => rates.missed += 1,
                Verdict::NotYetKnown { .. } => rates.unknown += 1,
            }
            rates.replications += judgement.seen;
        }
    }
    println!("| target | limit | met | missed | not known yet | mean replications |\n|---|---|---|---|---|---|");
    for ((place, by, _), own) in variants.iter().zip(&rates) {
        let percent = |count: u64| 100.0 * count as f64 / seeds as f64;
        println!(
            "| `{}` | {by} × truth | {:.1} % | {:.1} % | {:.1} % | {:.0} of {AT_MOST} |",
            setup.intent.targets[*place].text.split(['<', '>']).next().unwrap_or_default().trim(),
            percent(own.met),
            percent(own.missed),
            percent(own.unknown),
            own.replications as f64 / seeds as f64
        );
    }
    // The nominal rate, plus one per cent for the truth's own error, plus what chance adds once in a thousand. Quantiles hold
    // 5 %. Student's bound of a mean does not where the values have a long tail: what happens once in thousands of lives
    // makes up part of the mean and is not in eighty of them (docs/check.md); it stays below 16 %.
    let n = seeds as f64;
    let allowed = |place: usize| {
        let nominal = if place == 1 { 0.16 } else { 0.06 };
        nominal * n + 3.1 * (nominal * (1.0 - nominal) * n).sqrt() + 1.0
    };
    for ((place, by, _), own) in variants.iter().zip(&rates) {
        let (wrong, word) = match *by {
            1.0 => (own.met.max(own.missed), "at the boundary"),
            by if by > 1.0 => (own.missed, "where it is met"),
            _ => (own.met, "where it is missed"),
        };
        let allowed = allowed(*place);
        assert!(wrong as f64 <= allowed, "target {place} {word}: {wrong} of {seeds} wrong, {allowed:.0} allowed");
    }
}
