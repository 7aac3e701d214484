//! Many replications, in parallel, collected by index: the result does not depend on who finished first.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::measure::{Ledger, Outcome};
use crate::simulation::{PointWish, RunEnd, Setup, run};
use crate::units::Timestamp;
use crate::world::Luck;

/// One replication, measured.
#[derive(Clone, Debug)]
pub struct Replication {
    /// 0-based; with the seed it repeats the run.
    pub index: u64,
    pub outcome: Outcome,
    pub end: RunEnd,
}

/// Runs the replications `from .. until` and returns those that are complete, by index.
///
/// `threads`: zero takes one per processor. `stop`: set it and no further replication begins; those that run are
/// finished and kept. `done` is called once per finished replication.
pub fn replicate(
    setup: &Setup,
    seed: u64,
    (from, until): (u64, u64),
    threads: usize,
    stop: &AtomicBool,
    done: &(dyn Fn() + Sync),
) -> Vec<Replication> {
    let indices: Vec<u64> = (from..until).collect();
    replicate_each(setup, seed, &indices, threads, stop, done)
}

/// The same for these replications, in their order.
pub fn replicate_each(
    setup: &Setup,
    seed: u64,
    indices: &[u64],
    threads: usize,
    stop: &AtomicBool,
    done: &(dyn Fn() + Sync),
) -> Vec<Replication> {
    if indices.is_empty() {
        return Vec::new();
    }
    let one = |index: u64| {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let replication = one_replication(setup, Luck::new(seed, index));
        done();
        Some(replication)
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let all = || indices.par_iter().with_max_len(1).map(|index| one(*index)).collect::<Vec<_>>();
    let replications = match pool {
        Ok(pool) => pool.install(all),
        // No further threads to be had: one is enough, only slower.
        Err(_) => indices.iter().map(|index| one(*index)).collect(),
    };
    replications.into_iter().flatten().collect()
}

/// Runs and measures one replication on the current thread.
pub fn one_replication(setup: &Setup, luck: Luck) -> Replication {
    measure(setup, luck, ledger(setup))
}

/// The same replication once more, with the lines of the charts.
pub fn replication_with_series(setup: &Setup, luck: Luck) -> Replication {
    measure(setup, luck, ledger(setup).with_series())
}

fn ledger(setup: &Setup) -> Ledger {
    let ledger = Ledger::new(setup.inventory.clone(), setup.intent.clone(), setup.settle, setup.lasts);
    match setup.people.recovery_point {
        PointWish::Older(age) => ledger.with_custom_point(age),
        PointWish::Latest
        | PointWish::LatestProcessed
        | PointWish::LatestAppConsistent
        | PointWish::LatestMultiVm
        | PointWish::LatestMultiVmAppConsistent => ledger,
    }
}

fn measure(setup: &Setup, luck: Luck, mut ledger: Ledger) -> Replication {
    let index = luck.replication;
    let end = run(setup, luck, &mut |at, fact| ledger.record(at, fact));
    let outcome = ledger.close(Timestamp::START + setup.lasts);
    Replication { index, outcome, end }
}
