//! The canonical workload: one replication of a year of 1,000 VMs with 3 disks each, 5-minute trace churn, 5-minute points,
//! ten link outages and two stamp outages with failover and failback. Two numbers: seconds and peak memory.
//!
//! `cargo bench --bench year` (add `-- VMS DAYS` for another size, `steady` for steady churn, `calm` to leave the outages
//! out, `measured` to fold the facts into numbers as a replication of `run` does, `count` to count facts by kind,
//! `replications N` for N of them on all threads). What it printed and what bounds it: docs/speed.md.

use std::fmt::Write as _;
use std::time::Instant;

use drsim::planner::{one_replication, replicate};
use drsim::scenario::load;
use drsim::simulation::run;
use drsim::world::Luck;

/// 62 days of 5-minute rates for `series` VMs: quiet, with a nightly backup and log-normal-like noise; KiB/s.
fn trace(series: u64) -> String {
    // Room for all rows at once: the text shall be made without copies.
    let mut text = String::with_capacity(series as usize * 62 * 288 * 20 + 100);
    text.push_str("vm,seconds,write_kib_per_s\n");
    let mut state = 1u64;
    let mut dice = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    for vm in 0..series {
        let base = 5.0 + 20.0 * dice() * dice();
        let backup = (dice() * 288.0) as u64;
        for step in 0..62 * 288 {
            let night = if (step + 288 - backup) % 288 < 6 { 40.0 } else { 1.0 };
            let _ = writeln!(text, "{vm},{},{:.1}", step * 300, base * night * (0.5 + dice()));
        }
    }
    text
}

fn scenario(vms: u64, days: u64, steady: bool, calm: bool) -> String {
    let churn = if steady {
        format!("[vms.fleet]\ncount = {vms}\nchurn.steady = {{ rate = \"30 KiB/s\" }}\n")
    } else {
        "[vms.fleet]\neach_from_trace = { files = [\"trace.csv\"], vm_column = \"vm\", time_column = \"seconds\", column = \"write_kib_per_s\", unit = \"KiB/s\", every = \"5m\" }\n".to_owned()
    };
    let mut text = format!(
        r#"title = "a year"
limits = "azure-stack-hub-2024"
[run]
starts = "2026-01-05T00:00:00+00:00"
lasts = "{days}d"
settle = "10d"
seed = 1
replications = 1
[stamp.east]
[stamp.west]
subscriptions.prod = {{ vm_cores = 100000, vms = 100000, managed_disk = "4000 TiB", storage = "4000 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "{} Mbit/s"
round_trip = "10ms"
[cache.log]
on = "west"
subscription = "prod"
capacity = "400 TiB"
[policy.gold]
crash_consistent_every = "5m"
retention = "24h"
{churn}
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["8 GiB", "16 GiB", "8 GiB"]
[people]
declare_disaster_after.fixed = "30m"
recovery_point = "latest-processed"
commit_after.fixed = "1h"
fail_back = {{ after_source_healthy = "4h" }}
protect_again_after = "4h"
[replication]
copies_at_once = 0
"#,
        vms * 4
    );
    let appliances = vms.div_ceil(20);
    for place in 0..appliances {
        let _ = write!(text, "[appliance.a{place}]\non = \"east\"\nsize = \"Standard_DS5_v2\"\ncache = \"log\"\n");
    }
    let _ = write!(
        text,
        "[protect.fleet]\npolicy = \"gold\"\nappliance = [{}]\nto = {{ stamp = \"west\", subscription = \"prod\", network = \"dr\" }}\n",
        (0..appliances).map(|place| format!("\"a{place}\"")).collect::<Vec<_>>().join(", ")
    );
    if calm {
        return text;
    }
    for outage in 0..10 * days / 365 {
        let _ = write!(
            text,
            "[[outage.link-down]]\nlink = \"wan\"\nat = \"{}d09:00\"\nlasts.fixed = \"4h\"\n",
            20 + outage * 30
        );
    }
    for day in [100, 250] {
        if day + 30 < days {
            let _ =
                write!(text, "[[outage.stamp-down]]\nstamp = \"east\"\nat = \"{day}d03:00\"\nlasts.fixed = \"12h\"\n");
        }
    }
    text
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let number =
        |place: usize, otherwise: u64| words.get(place).and_then(|word| word.parse().ok()).unwrap_or(otherwise);
    let (vms, days) = (number(0, 1000), number(1, 365));
    let has = |what: &str| words.iter().any(|word| word == what);
    let steady = has("steady");
    let begun = Instant::now();
    let trace = if steady { String::new() } else { trace(vms) };
    let text = scenario(vms, days, steady, has("calm"));
    let made = begun.elapsed();
    let begun = Instant::now();
    let trace = std::cell::Cell::new(trace.into_bytes());
    let scenario = load(&text, "year.toml", &|_| Ok(trace.take()), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let loaded = begun.elapsed();
    println!("{vms} VMs, {days} days: made in {made:.1?}, loaded in {loaded:.1?}");
    let begun = Instant::now();
    let after = |label: &str| println!("{label} in {:.2?}, peak memory {}", begun.elapsed(), peak());
    let luck = Luck::new(1, 0);
    let end = if let Some(place) = words.iter().position(|word| word == "replications") {
        let count = number(place + 1, 2);
        let stop = std::sync::atomic::AtomicBool::new(false);
        let all = replicate(&scenario.setup, 1, (0, count), 0, &stop, &|| {});
        after(&format!("{count} replications"));
        all.into_iter().next_back().map(|last| last.end)
    } else if has("measured") {
        let end = one_replication(&scenario.setup, luck).end;
        after("one replication, measured,");
        Some(end)
    } else {
        let mut kinds = std::collections::BTreeMap::<String, u64>::new();
        let counting = has("count");
        let end = run(&scenario.setup, luck, &mut |_, fact| {
            if counting {
                let text = format!("{fact:?}");
                let kind = text.split([' ', '{']).next().unwrap_or_default().to_owned();
                *kinds.entry(kind).or_default() += 1;
            }
        });
        after("one replication");
        kinds.iter().for_each(|(kind, count)| println!("{count:>10} {kind}"));
        Some(end)
    };
    let end = end.expect("there was at least one");
    assert_eq!(end.fouls, Vec::<String>::new());
    println!("{} facts, {} inputs of the logic, digest {:032x}", end.facts, end.inputs, end.digest);
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or_else(|| "unknown".into(), |line| line.trim_start_matches("VmHWM:").trim().to_owned())
}
