//! Where to begin: what a closed form says. The simulation decides; a guess only saves trials, and is told beside the answer.
//!
//! | knob | rule |
//! |---|---|
//! | bandwidth | fluid queue: the least rate at which no byte waits longer than the tightest RPO leaves beside the interval of points ([`bandwidth`]); at least what first copies need to be done by the settling time or by their target |
//! | stocks | what was used where there was plenty |
//! | appliances | what the mean operations and bytes need of one appliance's envelope |
//!
//! Not in the guess: outages, throttles, quantiles below one, what is narrow beside the link.

use super::knob;
use super::trial::Trial;
use crate::intent::{Knob, Measure, Target};
use crate::planner::rules::bandwidth::bandwidth_for_rpo;
use crate::planner::rules::storage::mean_rate;
use crate::simulation::Setup;
use crate::units::{ApplianceId, Bytes, Duration, LinkId, StampId, VmId};
use crate::world::Luck;
use crate::world::churn::demand;

/// Steps of the series of demand.
pub(super) const STEP: Duration = Duration::minutes(5);

/// What a rule says, in the knob's unit; `None`: no rule speaks of it.
pub fn guess(setup: &Setup, knob: Knob, seed: u64, ample: Option<&Trial>) -> Option<u64> {
    match knob {
        Knob::Bandwidth(link) => fluid(setup, link, seed),
        Knob::Appliances(stamp) => appliances(setup, stamp),
        Knob::Capacity(_) | Knob::Size(_) | Knob::Slots(_) | Knob::Quota(..) => {
            let peak = ample?.peaks.get(&knob::stock(knob)?).map_or(0, |(peak, _)| peak.level);
            let Knob::Size(id) = knob else { return Some(peak) };
            let own = u64::from(setup.inventory.limits.appliance_own_disks);
            let limits = &setup.inventory.limits;
            let current = setup.inventory.appliance(id).size;
            let fits = |index: &usize| u64::from(limits.vm_sizes[*index].data_disks) >= peak + own;
            Some((0..limits.vm_sizes.len()).find(fits).unwrap_or(current) as u64)
        }
        Knob::Throttle(_) | Knob::PointsEvery(_) | Knob::Retention(_) | Knob::EnablingBatch | Knob::CopiesAtOnce => {
            None
        }
    }
}

/// The machines whose data takes the link.
fn on_link(setup: &Setup, link: LinkId, vm: VmId) -> bool {
    let protection = setup.intent.protection(vm);
    protection.is_some_and(|own| setup.inventory.appliance(own.appliance).link == link)
}

/// Bits per second for the tightest RPO over time or at failure, and for the first copies.
pub fn fluid(setup: &Setup, link: LinkId, seed: u64) -> Option<u64> {
    let on = |vm: VmId| on_link(setup, link, vm);
    let series = series(setup, link, seed);
    let settle = usize::try_from(setup.settle.ns() / STEP.ns()).unwrap_or(0).min(series.len());
    let rpo = slack(setup)?;
    let churn = bandwidth_for_rpo(&series[settle..], STEP, rpo);
    let used: Bytes = setup
        .inventory
        .vm_ids()
        .filter(|vm| on(*vm))
        .flat_map(|vm| setup.inventory.disks_of(vm).iter())
        .map(|disk| disk.used)
        .sum();
    let goal = |target: &Target| (target.measure == Measure::InitialReplication).then_some(target.limit);
    let goal = setup.intent.targets.iter().filter_map(goal).fold(setup.settle.secs_f64(), f64::min);
    let mean = mean_rate(series.iter().copied().sum(), setup.lasts)?;
    let first = mean_rate(used, Duration::from_secs_f64(goal)).map(|copies| copies + mean);
    Some(first.map_or(churn, |first| first.max(churn)).bits().0)
}

/// What the machines of a link have to send in each step of the run, first copies left out.
pub fn series(setup: &Setup, link: LinkId, seed: u64) -> Vec<Bytes> {
    let (inventory, physics) = (&setup.inventory, &setup.physics);
    let luck = &Luck::new(seed, 0);
    demand(inventory, (&physics.churn, &physics.calendar), luck, &|vm| on_link(setup, link, vm), (STEP, setup.lasts))
}

/// How long a byte may wait under the tightest RPO target: less the interval of points and what it takes to process one.
pub(super) fn slack(setup: &Setup) -> Option<Duration> {
    let limit = |target: &Target| match target.measure {
        Measure::RpoAtFailure | Measure::RpoOverTime => Some(target.limit),
        Measure::RpoAbove(age) => Some(age.secs_f64()),
        _ => None,
    };
    let tightest = setup.intent.targets.iter().filter_map(limit).min_by(f64::total_cmp);
    let every = setup.intent.policies.iter().map(|policy| policy.crash_consistent_every).max()?;
    let taken = every + setup.inventory.limits.processing_delay;
    let rpo = tightest.map_or(Duration::hours(1), Duration::from_secs_f64);
    Some(rpo.saturating_sub(taken).max(Duration::minutes(1)))
}

/// Appliances that carry the mean load of a stamp's machines, as if it were spread evenly.
fn appliances(setup: &Setup, stamp: StampId) -> Option<u64> {
    let inventory = &setup.inventory;
    let (mut ops, mut bytes) = (0u128, 0u128);
    for (index, churn) in setup.physics.churn.iter().enumerate() {
        let vm = inventory.disks[index].vm;
        let protected = setup.intent.protection(vm).map(|own| own.appliance);
        let here = |id: ApplianceId| inventory.appliance(id).on == stamp;
        if protected.is_some_and(here) {
            let (_, block) = churn.writes.replicated(inventory.limits.write_floor);
            let own = u128::from(churn.mean_ops_milli(inventory.limits.write_floor));
            ops += own;
            bytes += own * u128::from(block) / 1_000;
        }
    }
    let envelope = &inventory.limits.envelope;
    let by_ops = (2 * ops).div_ceil(u128::from(envelope.ops_max_milli.max(1)));
    let by_bytes = bytes.div_ceil(u128::from(envelope.storage_rate.0.max(1)));
    u64::try_from(by_ops.max(by_bytes).max(1)).ok()
}
