//! Oracles P01 to P33: numbers that are known by other means, and what drsim gets.
//!
//! What an oracle says of the system runs through a scenario, the run and its facts or measures; what it says of a queue, a law or a
//! statistic runs on the kernel's and the statistics' own pieces. The rule of acceptance stands in `oracles/told.rs`.
//!
//! The page docs/oracles.md is what these tests found: `DRSIM_ACCEPT=1 cargo test --test oracles` writes it anew.

mod common;

#[path = "physics/bench.rs"]
mod bench;
#[path = "oracles/bursts.rs"]
mod bursts;
#[path = "oracles/cycles.rs"]
mod cycles;
#[path = "oracles/estimates.rs"]
mod estimates;
#[path = "oracles/fluid.rs"]
mod fluid;
#[path = "oracles/outages.rs"]
mod outages;
#[path = "oracles/page.rs"]
mod page;
#[path = "oracles/plans.rs"]
mod plans;
#[path = "oracles/queues.rs"]
mod queues;
#[path = "oracles/recovery.rs"]
mod recovery;
#[path = "oracles/share.rs"]
mod share;
#[path = "oracles/told.rs"]
mod told;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use common::pieces;
use told::Told;

/// One oracle: the name of its test, what it exercises, how long it takes, and how it is found.
struct Oracle {
    name: &'static str,
    mechanism: &'static str,
    takes: Takes,
    way: fn(&mut Told),
    found: OnceLock<(Told, Duration)>,
}

/// Rough classes of time, so that the page does not change with the machine.
#[derive(Clone, Copy)]
enum Takes {
    Blink,
    Seconds,
    TensOfSeconds,
}

impl Oracle {
    /// Asks once, whoever comes first.
    fn found(&self) -> &(Told, Duration) {
        self.found.get_or_init(|| {
            let begun = Instant::now();
            let mut told = Told::default();
            (self.way)(&mut told);
            (told, begun.elapsed())
        })
    }

    fn hold(&self) {
        let (told, time) = self.found();
        eprintln!("{} took {time:?}", self.name);
        told.rows.iter().for_each(|row| eprint!("{}", row.line(self.name)));
        let misses = told.misses();
        assert!(misses.is_empty(), "{}:\n{}", self.name, misses.join("\n"));
    }
}

macro_rules! oracles {
    ($($name:ident, $mechanism:literal, $takes:ident, $way:path;)*) => {
        static ORACLES: [Oracle; [$(stringify!($name)),*].len()] = [$(Oracle {
            name: stringify!($name),
            mechanism: $mechanism,
            takes: Takes::$takes,
            way: $way,
            found: OnceLock::new(),
        }),*];
        $(#[test] fn $name() {
            ORACLES.iter().find(|oracle| oracle.name == stringify!($name)).expect("it is in the list").hold();
        })*
    };
}

oracles! {
    p01_mm1, "one slot, agenda, laws, sketch", TensOfSeconds, queues::p01;
    p02_md1, "the same with jobs of one length", Seconds, queues::p02;
    p03_processor_sharing, "equal shares of a link, as the data path gives them", Seconds, share::p03;
    p04_capped_sharing, "equal shares with a cap each", Seconds, share::p04;
    p05_erlang, "slots that are full: gone or waiting", TensOfSeconds, queues::p05;
    p06_machine_repair, "drills that wait in the product's queue", Seconds, queues::p06;
    p07_alternating_renewal, "outages dated by laws", Seconds, outages::p07;
    p08_points_that_fail, "ages of points, sketch", Blink, estimates::p08;
    p09_age_of_shipped_points, "age of what is shipped in turn", Seconds, queues::p09;
    p10_order_statistics, "ranks, bounds, exact intervals of shares", Blink, estimates::p10;
    p11_calibration, "intervals over replications", Seconds, estimates::p11;
    p12_rare_event, "named streams under a change of measure", Seconds, estimates::p12;
    p13_repairable_system, "cycles of failures and repairs, biased", Seconds, estimates::p13;
    p14_estimators, "antithetic pairs, variance shares, Daly", Seconds, estimates::p14;
    p15_one_outage, "backlog, catch-up, watermark", Blink, fluid::p15;
    p16_idle_plateau, "watermark is a supremum", Blink, fluid::p16;
    p17_three_flows, "weights, a cap, levels that move", Blink, fluid::p17;
    p18_water_levels, "weighted max-min", Blink, fluid::p18;
    p19_blocking_pipeline, "a full cache holds back the link", Blink, fluid::p19;
    p20_throttle_window, "capacity by time of day", Blink, fluid::p20;
    p21_coalescing, "rewrites joined by the agent, bitmap, log", Blink, cycles::p21;
    p22_order_of_first_copies, "copy queue, delta before bulk", Blink, recovery::p22;
    p23_least_bandwidth, "the planner's rule and its inverse by runs", Blink, recovery::p23;
    p24_link_outages, "outages that come and go, watermark over time", Seconds, outages::p24;
    p25_bursty_disks, "bursts on one link, backlog over time", TensOfSeconds, bursts::p25;
    p26_failover_on_slots, "machines made so many at a time; copies in their order", Seconds, plans::p26;
    p27_plan_of_groups, "groups one after another, the slowest boot of each", Seconds, plans::p27;
    p28_damage_found_late, "tiers of retention, clean points", Seconds, cycles::p28;
    p29_failback, "a copy that is overtaken by writes", Blink, cycles::p29;
    p30_disasters_by_points, "points in the stream, age at a random moment", Seconds, outages::p30;
    p31_golden_timeline, "outage, points, failover, way back in one run", Blink, recovery::p31;
    p32_cost_optimal_interval, "what points cost against what failures lose", Blink, estimates::p32;
    p33_graham, "steps that wait for each other, on slots", Blink, plans::p33;
}

#[test]
fn the_page_says_what_was_found() {
    page::compare();
}
