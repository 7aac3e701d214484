//! Many replications, in parallel, collected by index: the result does not depend on who finished first.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::crew::{Crew, Task};
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
/// `threads`: zero takes one per processor. `stop`: set it and those are returned that are complete without a gap. `done` is called once
/// per finished replication.
pub fn replicate(
    setup: &Setup,
    seed: u64,
    (from, until): (u64, u64),
    threads: usize,
    stop: &AtomicBool,
    done: &(dyn Fn() + Sync),
) -> Vec<Replication> {
    let setup = Arc::new(setup.clone());
    let tasks = (from..until).map(|index| task(index, &setup, seed, index));
    Crew::new(threads).run(tasks.collect(), Vec::new(), stop, done)
}

/// One replication for a crew.
pub(super) fn task<N>(name: N, setup: &Arc<Setup>, seed: u64, index: u64) -> Task<N, Replication> {
    let setup = setup.clone();
    Task { name, work: Box::new(move || one_replication(&setup, Luck::new(seed, index))) }
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
