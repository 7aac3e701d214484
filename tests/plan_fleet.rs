//! The measured fleet (250 machines, July 2013), planned: the simulated link against the fluid computation on the whole series.
//!
//! The data is not part of the project; where it is missing the tests say so and pass.

use std::path::Path;
use std::sync::Arc;

use drsim::planner::one_replication;
use drsim::planner::rules::bandwidth::{achievable_rpo, bandwidth_for_rpo};
use drsim::planner::sizing::guess::series;
use drsim::scenario::load;
use drsim::simulation::{Luck, Setup};
use drsim::units::{ByteRate, Bytes, Duration, LinkId, VmId};
use drsim::world::churn::demand;

const STEP: Duration = Duration::minutes(5);
const SEED: u64 = 11;

/// The fleet of the bundled scenario over a month, with nothing but its writes, its link and its disks: no outages, no traffic of others,
/// no drills, first copies of one GiB for each disk, appliances that move whatever comes.
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

/// The same with agents that hold whatever waits, so that the order of writing is never lost and nothing that was rewritten is joined.
fn in_order(mut setup: Setup) -> Setup {
    let limits = &mut Arc::make_mut(&mut setup.inventory).limits;
    (limits.agent_memory_windows, limits.agent_memory_linux) = (Bytes::tib(1_000), Bytes::tib(1_000));
    setup
}

/// The same on disks that do as many operations as anybody wants.
fn without_disks(mut setup: Setup) -> Setup {
    Arc::make_mut(&mut setup.inventory).limits.vm_sizes.iter_mut().for_each(|size| size.iops_per_disk = 0);
    setup
}

/// The same where who is due first is served first.
fn by_deadline(mut setup: Setup, within: Duration) -> Setup {
    let intent = Arc::make_mut(&mut setup.intent);
    intent.protections.iter_mut().flatten().for_each(|own| own.deadline = Some(within));
    setup
}

/// The greatest age of a newest point of any machine, with a link of so many bits per second [s], and whose.
fn oldest(setup: &Setup, rate: ByteRate) -> (f64, VmId) {
    let mut setup = setup.clone();
    Arc::make_mut(&mut setup.inventory).links[0].bandwidth = rate.bits();
    let outcome = one_replication(&setup, Luck::new(SEED, 0)).outcome;
    let ages = outcome.vms.iter().enumerate().map(|(index, vm)| (vm.age_max.secs_f64(), VmId::from_index(index)));
    ages.fold((0.0, VmId(0)), |a, b| if b.0 > a.0 { b } else { a })
}

/// What all of them have to send in each step after settling.
fn after_settling(setup: &Setup) -> Vec<Bytes> {
    series(setup, LinkId(0), SEED).split_off((setup.settle.ns() / STEP.ns()) as usize)
}

/// A point every five minutes, the time to process one, and half a round trip: so much older than its bytes a newest point may be.
fn behind(setup: &Setup) -> f64 {
    let intent = &setup.intent;
    let every = intent.policies.iter().map(|policy| policy.crash_consistent_every).max().expect("a policy");
    (every + setup.inventory.limits.processing_delay + STEP).secs_f64()
}

/// In whatever order a link serves, some byte waits as long as the fluid that serves in the order of writing says. So the fluid's link for
/// an hour is a lower bound: whoever shares it evenly is older, and a wider link never makes anybody older.
#[test]
fn the_link_of_the_fluid_is_a_lower_bound_for_the_fleet() {
    let Some(setup) = fleet() else { return };
    let after = after_settling(&setup);
    let fluid = bandwidth_for_rpo(&after, STEP, Duration::hours(1));
    let mut narrower = f64::INFINITY;
    for factor in [1.0, 1.25, 2.0] {
        let rate = ByteRate((fluid.0 as f64 * factor) as u64);
        let wait = achievable_rpo(&after, STEP, rate).expect("the link has a rate").secs_f64();
        let (age, vm) = oldest(&setup, rate);
        let name = &setup.inventory.vm(vm).name;
        eprintln!(
            "{}: the fluid waits {wait:.0} s at most, the oldest newest point, of {name}, is {age:.0} s old",
            rate.bits()
        );
        assert!(age >= wait, "{age} s, the fluid {wait} s");
        assert!(age <= narrower, "a wider link makes nobody older: {age} s after {narrower} s");
        narrower = age;
    }
}

/// What no link cures is the disk of one machine: it reads as many operations as its VM size allows, and the fluid of that machine alone at
/// that rate says how long its bytes wait.
#[test]
fn what_a_wide_link_leaves_is_the_disk_of_one_machine() {
    let Some(setup) = fleet().map(in_order) else { return };
    let wide = ByteRate(bandwidth_for_rpo(&after_settling(&setup), STEP, Duration::hours(1)).0 * 2);
    let (age, vm) = oldest(&setup, wide);
    let (inventory, physics) = (&setup.inventory, &setup.physics);
    let disks = inventory.vm(vm).disks.clone();
    let limits = &inventory.limits;
    let (_, block) = physics.churn[disks.start as usize].writes.replicated(limits.write_floor);
    let cap = ByteRate(u64::from(limits.vm_sizes[inventory.vm(vm).size].iops_per_disk) * block);
    let luck = &Luck::new(SEED, 0);
    let own = demand(inventory, (&physics.churn, &physics.calendar), luck, &|other| other == vm, (STEP, setup.lasts));
    // Its disks write alike.
    let own: Vec<Bytes> = own.into_iter().map(|bytes| Bytes(bytes.0 / disks.len() as u64)).collect();
    let own = &own[(setup.settle.ns() / STEP.ns()) as usize..];
    let wait = achievable_rpo(own, STEP, cap).expect("the disk has a rate").secs_f64();
    let behind = behind(&setup);
    eprintln!(
        "{}: {cap} of each disk let its bytes wait {wait:.0} s; its newest point is {age:.0} s old",
        inventory.vm(vm).name
    );
    assert!(wait <= age && age <= wait + behind, "{age} s; {wait} s and at most {behind} s more");
    // With the memory that it has its agent keeps a bitmap, so that what is rewritten is sent once.
    let (joined, _) = oldest(&fleet().expect("it was there"), wide);
    assert!(joined < age, "{joined} s, in order {age} s");
    let (freed, _) = oldest(&without_disks(setup), wide);
    assert!(freed < age - wait + behind, "without that disk {freed} s");
}

/// On disks that do what anybody wants, the fluid's link for an hour keeps the hour where who is due first is served first, but for
/// points and processing; where it is shared evenly those that write most at once wait longer.
#[test]
fn the_fluids_hour_is_kept_by_who_is_due_first() {
    let Some(setup) = fleet() else { return };
    let (hour, setup) = (Duration::hours(1), in_order(without_disks(setup)));
    let fluid = bandwidth_for_rpo(&after_settling(&setup), STEP, hour);
    let (evenly, _) = oldest(&setup, fluid);
    let (due, _) = oldest(&by_deadline(setup.clone(), hour), fluid);
    let behind = behind(&setup);
    eprintln!("{}: shared evenly {evenly:.0} s, due first {due:.0} s", fluid.bits());
    assert!(due <= hour.secs_f64() + behind, "{due} s, an hour and at most {behind} s");
    assert!(due >= hour.secs_f64(), "the fluid is a lower bound: {due} s");
    assert!(evenly > due, "{evenly} s, {due} s");
}
