//! The measured fleet (250 machines, July 2013), planned: the simulated link against the fluid computation on the whole series.
//!
//! The data is not part of the project; where it is missing the test says so and passes.

use std::path::Path;
use std::sync::Arc;

use drsim::planner::one_replication;
use drsim::planner::rules::bandwidth::{achievable_rpo, bandwidth_for_rpo};
use drsim::planner::sizing::guess::series;
use drsim::scenario::load;
use drsim::simulation::{Luck, Setup};
use drsim::units::{ByteRate, Bytes, Duration, LinkId};

/// The fleet of the bundled scenario over a month, with nothing but its writes and its link: no outages, no traffic of others, no
/// drills, first copies of one GiB for each disk, appliances and disks that move whatever comes.
fn fleet() -> Option<Setup> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    if !folder.join("../../shared/data").is_dir() {
        eprintln!("SKIPPED: no measured data at ../shared/data");
        return None;
    }
    let text = std::fs::read_to_string(folder.join("real-fleet.toml")).expect("bundled");
    let read = |file: &Path| std::fs::read(folder.join(file));
    let scenario = load(&text, "real-fleet.toml", &read, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let mut setup = scenario.setup;
    setup.physics.outages.clear();
    setup.physics.cross_traffic.iter_mut().for_each(|own| *own = None);
    setup.people.drills = None;
    setup.people.enabling.batch = 0;
    (setup.settle, setup.lasts) = (Duration::days(2), Duration::days(31));
    let inventory = Arc::make_mut(&mut setup.inventory);
    inventory.disks.iter_mut().for_each(|disk| disk.used = Bytes::gib(1));
    inventory.limits.disk_rate_max = ByteRate::mib(100 << 10);
    inventory.limits.envelope.storage_rate = ByteRate::mib(100 << 10);
    inventory.limits.envelope.ops_max_milli = 1_000_000_000_000;
    Some(setup)
}

/// The greatest age of a newest point of any machine, with a link of so many bits per second [s].
fn oldest(setup: &Setup, bits: u64) -> f64 {
    let mut setup = setup.clone();
    Arc::make_mut(&mut setup.inventory).links[0].bandwidth.0 = bits;
    let outcome = one_replication(&setup, Luck::new(11, 0)).outcome;
    outcome.vms.iter().map(|vm| vm.age_max.secs_f64()).fold(0.0, f64::max)
}

/// In whatever order a link serves, some byte waits as long as the fluid that serves in the order of writing says: that order is the one
/// with the least longest wait. So the fluid's link for an hour is a lower bound. Machines that share it evenly, and whatever else takes time on the way, make the worst machine older; a wider
/// link never does.
#[test]
fn the_link_of_the_fluid_is_a_lower_bound_for_the_fleet() {
    let Some(setup) = fleet() else { return };
    let step = Duration::minutes(5);
    let demand = series(&setup, LinkId(0), 11);
    let after = &demand[(setup.settle.ns() / step.ns()) as usize..];
    let rpo = Duration::hours(1);
    let fluid = bandwidth_for_rpo(after, step, rpo);
    let mut narrower = f64::INFINITY;
    for factor in [1.0, 1.25, 2.0] {
        let rate = ByteRate((fluid.0 as f64 * factor) as u64);
        let wait = achievable_rpo(after, step, rate).expect("the link has a rate").secs_f64();
        let age = oldest(&setup, rate.bits().0);
        eprintln!("{}: the fluid waits {:.0} s at most, the oldest newest point is {age:.0} s old", rate.bits(), wait);
        assert!(age >= wait, "{age} s, the fluid {wait} s");
        assert!(age <= narrower, "a wider link makes nobody older: {age} s after {narrower} s");
        narrower = age;
    }
}
