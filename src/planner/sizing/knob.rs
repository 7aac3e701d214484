//! Turning a knob: a setup with another value in one place. Typed, no text; what hangs on the value is kept consistent.
//!
//! Units: those of [`Knob::unit`].

use std::sync::Arc;

use crate::contract::Meter;
use crate::intent::{Intent, Knob, QuotaPart};
use crate::inventory::{Appliance, Inventory};
use crate::simulation::Setup;
use crate::units::{ApplianceId, BitRate, Bytes, Duration, StampId};
use crate::world::{Outage, OutageSpec};

/// The value that the setup has.
pub fn value(setup: &Setup, knob: Knob) -> u64 {
    let (inventory, intent) = (&setup.inventory, &setup.intent);
    match knob {
        Knob::Bandwidth(id) => inventory.link(id).bandwidth.0,
        // Of several windows the narrowest.
        Knob::Throttle(id) => inventory.link(id).throttle.iter().map(|window| window.to.0).min().unwrap_or(0),
        Knob::Capacity(id) => inventory.cache(id).capacity.0,
        Knob::Appliances(stamp) => of_stamp(inventory, stamp).len() as u64,
        Knob::Size(id) => inventory.appliance(id).size as u64,
        Knob::Slots(id) => u64::from(inventory.appliance(id).slots),
        Knob::Quota(id, part) => {
            let quota = &inventory.subscription(id).quota;
            match part {
                QuotaPart::Cores => u64::from(quota.vm_cores),
                QuotaPart::Vms => u64::from(quota.vms),
                QuotaPart::ManagedDisk => quota.managed_disk.0,
                QuotaPart::Storage => quota.storage.0,
            }
        }
        Knob::PointsEvery(id) => intent.policy(id).crash_consistent_every.ns(),
        Knob::Retention(id) => intent.policy(id).retention.ns(),
        Knob::EnablingBatch => u64::from(setup.people.enabling.batch),
        Knob::CopiesAtOnce => u64::from(setup.settings.copies_at_once),
    }
}

/// The setup with another value.
pub fn turn(setup: &mut Setup, knob: Knob, value: u64) {
    if value == self::value(setup, knob) {
        return;
    }
    let small = u32::try_from(value).unwrap_or(u32::MAX);
    let inventory = Arc::make_mut(&mut setup.inventory);
    let intent = Arc::make_mut(&mut setup.intent);
    match knob {
        Knob::Bandwidth(id) => inventory.links[id.index()].bandwidth = BitRate(value),
        Knob::Throttle(id) => {
            inventory.links[id.index()].throttle.iter_mut().for_each(|window| window.to = BitRate(value));
        }
        Knob::Capacity(id) => inventory.caches[id.index()].capacity = Bytes(value),
        Knob::Appliances(stamp) => deal(inventory, intent, &mut setup.physics.outages, stamp, small.max(1) as usize),
        Knob::Size(id) => {
            let slots = inventory.limits.vm_sizes[small as usize].data_disks;
            let appliance = &mut inventory.appliances[id.index()];
            appliance.size = small as usize;
            appliance.slots = slots.saturating_sub(inventory.limits.appliance_own_disks);
        }
        Knob::Slots(id) => inventory.appliances[id.index()].slots = small,
        Knob::Quota(id, part) => {
            let quota = &mut inventory.subscriptions[id.index()].quota;
            match part {
                QuotaPart::Cores => quota.vm_cores = small,
                QuotaPart::Vms => quota.vms = small,
                QuotaPart::ManagedDisk => quota.managed_disk = Bytes(value),
                QuotaPart::Storage => quota.storage = Bytes(value),
            }
        }
        Knob::PointsEvery(id) => {
            let policy = &mut intent.policies[id.index()];
            policy.crash_consistent_every = Duration::from_ns(value);
            // App-consistent points are every so many of the others: the nearest multiple above.
            policy.app_consistent_every =
                policy.app_consistent_every.map(|every| Duration::from_ns(every.ns().div_ceil(value) * value));
        }
        Knob::Retention(id) => intent.policies[id.index()].retention = Duration::from_ns(value),
        Knob::EnablingBatch => setup.people.enabling.batch = small,
        Knob::CopiesAtOnce => setup.settings.copies_at_once = small,
    }
}

/// How much of what has a price a value is, in units of the knob: of a VM size its cores.
pub fn bought(inventory: &Inventory, knob: Knob, value: u64) -> u64 {
    match knob {
        Knob::Size(_) => {
            let size = usize::try_from(value).ok().and_then(|index| inventory.limits.vm_sizes.get(index));
            size.map_or(0, |size| u64::from(size.cores))
        }
        _ => value,
    }
}

/// The meter that shows how much of the knob is used; `None`: there is none, or it says nothing about what is needed.
pub fn stock(knob: Knob) -> Option<Meter> {
    match knob {
        Knob::Capacity(id) => Some(Meter::CacheUsed(id)),
        Knob::Slots(id) | Knob::Size(id) => Some(Meter::ApplianceSlots(id)),
        Knob::Quota(id, QuotaPart::Cores) => Some(Meter::QuotaCores(id)),
        Knob::Quota(id, QuotaPart::Vms) => Some(Meter::QuotaVms(id)),
        Knob::Quota(id, QuotaPart::ManagedDisk) => Some(Meter::QuotaManagedDisk(id)),
        Knob::Quota(id, QuotaPart::Storage) => Some(Meter::QuotaStorage(id)),
        Knob::Bandwidth(_)
        | Knob::Throttle(_)
        | Knob::Appliances(_)
        | Knob::PointsEvery(_)
        | Knob::Retention(_)
        | Knob::EnablingBatch
        | Knob::CopiesAtOnce => None,
    }
}

fn of_stamp(inventory: &Inventory, stamp: StampId) -> Vec<ApplianceId> {
    let all = (0..inventory.appliances.len()).map(ApplianceId::from_index);
    all.filter(|id| inventory.appliance(*id).on == stamp).collect()
}

/// Gives the stamp so many appliances and deals its machines to them in turn, in the order of the machines.
///
/// Further ones are like the last one there is, and break like it, at moments of their own where those are drawn. One too many stays
/// in the inventory without a machine: nothing is replicated by it.
fn deal(inventory: &mut Inventory, intent: &mut Intent, outages: &mut Vec<OutageSpec>, stamp: StampId, count: usize) {
    let mut ids = of_stamp(inventory, stamp);
    let Some(last) = ids.last().copied() else { return };
    while ids.len() < count {
        let like = inventory.appliance(last).clone();
        let id = ApplianceId::from_index(inventory.appliances.len());
        let name = format!("{}+{}", like.name, ids.len());
        inventory.appliances.push(Appliance { name: name.clone(), ..like });
        ids.push(id);
        let further: Vec<OutageSpec> = outages.iter().filter_map(|own| of_another(own, last, id, &name)).collect();
        outages.extend(further);
    }
    ids.truncate(count);
    let machines = inventory.vms.iter().zip(&mut intent.protections).filter(|(vm, _)| vm.on == stamp);
    for (protection, id) in machines.filter_map(|(_, own)| own.as_mut()).zip(ids.iter().cycle()) {
        protection.appliance = *id;
    }
}

/// The outage of one appliance for another one, under its own name; `None`: it is no outage of that appliance alone.
fn of_another(own: &OutageSpec, like: ApplianceId, id: ApplianceId, name: &str) -> Option<OutageSpec> {
    let takes = own.takes.first().filter(|_| own.takes.len() == 1)?;
    let outage = match takes.outage {
        Outage::ApplianceDown { appliance } if appliance == like => Outage::ApplianceDown { appliance: id },
        _ => return None,
    };
    let mut further = own.clone();
    further.name = format!("{}/{name}", own.name);
    further.takes[0].outage = outage;
    Some(further)
}
