//! The event kernel beside references, on the workloads of the literature: the hold model, M/M/1, a shared link with
//! cancellations, replications on threads.
//!
//! `cargo bench --bench kernel` runs all of them, kernels in turn, and prints ratios to the tight reference;
//! `-- drsim hold 10000 1e7` runs one: kernel (`drsim`, `tight`, `std`), workload, size, events or repetitions, threads.
//!
//! ```text
//! hold N M      N pending events, each books its next after an exponential time; M events     check: happened / M
//! mm1 N         N customers at load 0.8, two events each                                      check: mean wait, 4.0
//! ps N R        N transfers arrive at load 0.8 at a link that shares equally; R times         check: mean stay, 5.0 for large N
//! storm N R     N transfers at once; R times                                                  check: mean stay, (N + 1) / 2
//! mc N R T      R replications of mm1 on T threads                                            check: mean of means
//! peak N        N pending events                                                              check: bytes per event
//! ```
//!
//! A line: kernel, workload, N, units, CPU seconds, wall seconds, units per CPU second, check.

mod queue;
mod workloads;

use std::collections::VecDeque;
use std::process::Command;
use std::time::Instant;

use cpu_time::ProcessTime;
use drsim::kernel::Agenda;

use queue::{Event, Queue, Std, Tight};

/// One workload with its size, and the least ratio to the tight reference that we ask of ourselves.
const ALL: [(&str, f64); 8] = [
    ("hold 100 1e7", 0.48),
    ("hold 10000 1e7", 0.57),
    ("hold 1000000 5e6", 0.9),
    ("mm1 5000000", 0.76),
    ("ps 1000 2000", 0.77),
    ("ps 100000 20", 0.77),
    ("storm 1000 2000", 0.92),
    ("storm 100000 20", 0.0),
];
const ROUNDS: usize = 5;

/// What a run was asked for.
struct Order {
    workload: String,
    n: u64,
    m: u64,
    threads: usize,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |place: usize, otherwise: f64| {
        words.get(place).map_or(otherwise, |word| word.parse().expect("a number")) as u64
    };
    let Some(kernel) = words.first() else { return all() };
    let workload = words.get(1).cloned().unwrap_or_else(|| "hold".into());
    let order = Order { workload, n: number(2, 100.0), m: number(3, 1.0), threads: number(4, 1.0) as usize };
    match kernel.as_str() {
        "drsim" => one::<Agenda<Event>>(&order),
        "tight" => one::<Tight>(&order),
        "std" => one::<Std>(&order),
        other => panic!("no kernel `{other}`: drsim, tight or std"),
    }
}

fn one<Q: Queue>(order: &Order) {
    let Order { workload, n, m, threads } = order;
    let (n, m) = (*n, *m);
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let (cpu, wall, units, check) = match workload.as_str() {
        "hold" => {
            let (mut queue, mut run) = workloads::fill::<Q>(n as u32);
            // Filling does not count.
            let (cpu, wall) = (ProcessTime::now(), Instant::now());
            let count = run(&mut queue, m);
            (cpu, wall, count, count as f64 / m as f64)
        }
        "mm1" => (cpu, wall, n, workloads::counter::<Q>(n, 0, &mut VecDeque::new())),
        "ps" | "storm" => {
            let (done, stay) = workloads::transfers::<Q>(n as usize, m, workload == "storm");
            (cpu, wall, done, stay)
        }
        "mc" => (cpu, wall, m, workloads::replications::<Q>(n, m, *threads)),
        "peak" => {
            let before = peak();
            let (mut queue, mut run) = workloads::fill::<Q>(n as u32);
            let count = run(&mut queue, n);
            (cpu, wall, count, (peak() - before) / n as f64)
        }
        other => panic!("no workload `{other}`"),
    };
    let (cpu, wall) = (cpu.elapsed().as_secs_f64(), wall.elapsed().as_secs_f64());
    println!("{},{workload},{n},{units},{cpu:.6},{wall:.6},{:.1},{check:.5}", Q::NAME, units as f64 / cpu);
}

/// Peak memory of this process [bytes]; zero where it is not told.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).map_or(0.0, |kib: f64| kib * 1024.0)
}

/// Every workload in a process of its own, kernels in turn, so that a drift of the machine hits all alike.
fn all() {
    println!("kernel,workload,n,units,cpu_s,wall_s,units_per_cpu_s,check");
    let mut ratios = Vec::new();
    for (workload, least) in ALL {
        let rounds: Vec<[f64; 3]> =
            (0..ROUNDS).map(|_| ["tight", "drsim", "std"].map(|kernel| rate(kernel, workload, 6))).collect();
        let ratio = |kernel: usize| median(rounds.iter().map(|round| round[kernel] / round[0]).collect());
        ratios.push(format!(
            "{workload:<18} drsim {:.2}  std {:.2}  of tight; at least {least:.2}",
            ratio(1),
            ratio(2)
        ));
    }
    let speed_up =
        (0..ROUNDS).map(|_| rate("drsim", "mc 1000 40000 1", 5) / rate("drsim", "mc 1000 40000 2", 5)).collect();
    ratios.push(format!("{:<18} two threads {:.2} times one; at least 1.85", "mc 1000 40000", median(speed_up)));
    ratios.push(format!("{:<18} {:.1} bytes per event; at most 40", "peak 1000000", rate("drsim", "peak 1000000", 7)));
    println!("\n{}", ratios.join("\n"));
}

/// Runs one workload in a process of its own, shows its line and returns one column of it.
fn rate(kernel: &str, workload: &str, column: usize) -> f64 {
    let program = std::env::current_exe().expect("the bench knows where it is");
    let output =
        Command::new(program).arg(kernel).args(workload.split(' ')).output().expect("the bench can run itself");
    let line = String::from_utf8(output.stdout).expect("the line is text");
    print!("{line}");
    line.trim().split(',').nth(column).and_then(|word| word.parse().ok()).expect("the line is complete")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
