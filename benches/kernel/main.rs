//! The event kernel and the shared link beside references, on the workloads of the literature: the hold model, M/M/1, a link with
//! cancellations, replications on threads; and flows that share a capacity.
//!
//! `cargo bench --bench kernel` runs all of them, kernels in turn, and prints ratios;
//! `-- drsim hold 10000 1e7` runs one: kernel, workload, size, events or repetitions, threads.
//!
//! ```text
//! hold N M      N pending events, each books its next after an exponential time; M events     check: happened / M
//! mm1 N         N customers at load 0.8, two events each                                      check: mean wait, 4.0
//! ps N R        N transfers arrive at load 0.8 at a link that shares equally; R times         check: mean stay, 5.0 for large N
//! storm N R     N transfers at once; R times                                                  check: mean stay, (N + 1) / 2
//! mc N R T      R replications of mm1 on T threads                                            check: mean of means
//! peak N        N pending events                                                              check: bytes per event
//! shares N M    N flows with inputs, weights and caps share a link; M changes at most         check: what waits at the end
//! ```
//!
//! Kernels: `drsim` our agenda, with virtual time for the link; `link` our agenda and class clocks (ps, storm, shares); `tight` and `std`
//! references; `recomputed` every share anew after each change (shares).
//! A line: kernel, workload, N, units, CPU seconds, wall seconds, units per CPU second, check.

mod link;
mod queue;
mod workloads;

use std::collections::VecDeque;
use std::process::Command;
use std::time::Instant;

use cpu_time::ProcessTime;
use drsim::kernel::Agenda;

use queue::{Event, Queue, Std, Tight};

/// A kernel of ours, a workload, and the least ratio to the tight reference that we ask of ourselves.
const ALL: [(&str, &str, f64); 10] = [
    ("drsim", "hold 100 1e7", 0.48),
    ("drsim", "hold 10000 1e7", 0.57),
    ("drsim", "hold 1000000 5e6", 0.9),
    ("drsim", "mm1 5000000", 0.76),
    ("drsim", "ps 1000 2000", 0.77),
    ("drsim", "ps 100000 20", 0.77),
    ("drsim", "storm 1000 2000", 0.92),
    ("drsim", "storm 100000 20", 1.05),
    ("link", "ps 1000 2000", 0.77),
    ("link", "storm 1000 2000", 0.92),
];
const ROUNDS: usize = 5;

/// What a run was asked for.
struct Order {
    kernel: String,
    workload: String,
    n: u64,
    m: u64,
    threads: usize,
}

/// When the clock was started: processor, wall.
struct Begun(ProcessTime, Instant);

impl Begun {
    fn now() -> Self {
        Self(ProcessTime::now(), Instant::now())
    }

    fn report(&self, order: &Order, (units, check): (u64, f64)) {
        let (cpu, wall) = (self.0.elapsed().as_secs_f64(), self.1.elapsed().as_secs_f64());
        let Order { kernel, workload, n, .. } = order;
        println!("{kernel},{workload},{n},{units},{cpu:.6},{wall:.6},{:.1},{check:.5}", units as f64 / cpu);
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |place: usize, otherwise: f64| {
        words.get(place).map_or(otherwise, |word| word.parse().expect("a number")) as u64
    };
    let Some(kernel) = words.first().cloned() else { return all() };
    let workload = words.get(1).cloned().unwrap_or_else(|| "hold".into());
    let order = Order { kernel, workload, n: number(2, 100.0), m: number(3, 1.0), threads: number(4, 1.0) as usize };
    match order.kernel.as_str() {
        "drsim" => one::<Agenda<Event>>(&order),
        "tight" => one::<Tight>(&order),
        "std" => one::<Std>(&order),
        "link" | "recomputed" => flows(&order),
        other => panic!("no kernel `{other}`: drsim, link, tight, std or recomputed"),
    }
}

fn one<Q: Queue>(order: &Order) {
    let Order { workload, n, m, threads, .. } = order;
    let (n, m, begun) = (*n, *m, Begun::now());
    match workload.as_str() {
        "hold" => {
            let (mut queue, mut run) = workloads::fill::<Q>(n as u32);
            // Filling does not count.
            let begun = Begun::now();
            let count = run(&mut queue, m);
            begun.report(order, (count, count as f64 / m as f64));
        }
        "mm1" => begun.report(order, (n, workloads::counter::<Q>(n, 0, &mut VecDeque::new()))),
        "ps" | "storm" => begun.report(order, workloads::transfers::<Q>(n as usize, m, workload == "storm")),
        "mc" => begun.report(order, (m, workloads::replications::<Q>(n, m, *threads))),
        "peak" => {
            let before = peak();
            let (mut queue, mut run) = workloads::fill::<Q>(n as u32);
            let count = run(&mut queue, n);
            begun.report(order, (count, (peak() - before) / n as f64));
        }
        other => panic!("no workload `{other}`"),
    }
}

fn flows(order: &Order) {
    let (n, m, is_link) = (order.n as usize, order.m, order.kernel == "link");
    match order.workload.as_str() {
        "ps" | "storm" if is_link => {
            let begun = Begun::now();
            begun.report(order, link::transfers(n, m, order.workload == "storm"));
        }
        "shares" => {
            let plan = link::Plan::new(n, m as usize);
            // Drawing the changes does not count.
            let begun = Begun::now();
            begun.report(order, if is_link { link::clocks(&plan) } else { link::recomputed(&plan) });
        }
        other => panic!("no workload `{other}`"),
    }
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
    let mut lines = Vec::new();
    for (kernel, workload, least) in ALL {
        let rounds = || (0..ROUNDS).map(|_| ["tight", kernel, "std"].map(|kernel| rate(kernel, workload, 6)));
        let rounds: Vec<[f64; 3]> = rounds().collect();
        let ratio = |place: usize| median(rounds.iter().map(|round| round[place] / round[0]).collect());
        let (ours, std) = (ratio(1), ratio(2));
        lines.push(format!("{workload:<18} {kernel} {ours:.2} of tight, at least {least:.2}; std {std:.2}"));
    }
    let ratios = |a: [&str; 2], b: [&str; 2], column| {
        median((0..ROUNDS).map(|_| rate(a[0], a[1], column) / rate(b[0], b[1], column)).collect())
    };
    let (one, two) = ("mc 1000 40000 1", "mc 1000 40000 2");
    lines.push(format!(
        "mc 1000 40000      two threads {:.2} times one, at least 1.85",
        ratios(["drsim", one], ["drsim", two], 5)
    ));
    let (few, many, some) = ("shares 256 1e6", "shares 100000 1e6", "shares 100000 300");
    lines.push(format!(
        "shares             256 flows {:.2} times 100,000, at most 2",
        ratios(["link", few], ["link", many], 6)
    ));
    let gain = ratios(["link", many], ["recomputed", some], 6);
    lines.push(format!("shares 100000      {gain:.0} times all shares anew, at least 50"));
    lines.push(format!("peak 1000000       {:.1} bytes per event, at most 40", rate("drsim", "peak 1000000", 7)));
    println!("\n{}", lines.join("\n"));
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
