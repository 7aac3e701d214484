//! Prerequisites: the guards that need a look at both stamps, and the advice that stops nothing (domain facts 2.2, rows 2,
//! 3, 12, 15; 5.4; 5.6).
//!
//! Each guard names the first thing an operator must mend; the order goes from what makes everything else pointless (no
//! appliance) to what is mended last (a slot).
//!
//! Advice on quotas: with `V` the VMs protected into a subscription, a failover of all of them needs `Σ cores`, `|V|` VMs
//! and `Σ (disk + 1 GiB)` of managed disk; each beyond its quota is said once per subscription. It is advice because the
//! product does not check it at enabling (row 2).

use crate::contract::{Findings, Meter, Refusal, Warning};
use crate::inventory::GuestSystem;
use crate::protection::desk::Desk;
use crate::protection::protected_vm::ProtectedVm;
use crate::units::{Bytes, SubscriptionId, VmId};

/// Rows 3 and 24.
pub(super) fn for_enabling(findings: &Findings, vm: &ProtectedVm) -> Result<(), Refusal> {
    first_missing([
        (findings.appliance_exists, Refusal::ApplianceGone),
        (findings.appliance_healthy, Refusal::ApplianceUnhealthy),
        (findings.guest_supported, Refusal::GuestUnsupported),
        (!findings.mobility_service_left_over || vm.agent_ours, Refusal::LeftoverMobilityService),
        (findings.cache_account_exists, Refusal::CacheAccountMissing),
        (findings.target_network_exists, Refusal::TargetNetworkMissing),
    ])
}

/// Row 12. `slots_promised`: to re-protections whose disks are not attached yet.
pub(super) fn for_reprotect(
    desk: &Desk,
    vm: VmId,
    findings: &Findings,
    slots_promised: u32,
    slots_needed: u32,
) -> Result<(), Refusal> {
    let protection = desk.protection(vm);
    let linux = desk.inventory.vm(vm).guest == GuestSystem::Linux;
    let free = findings.slots_free.saturating_sub(slots_promised);
    first_missing([
        (findings.appliance_exists, Refusal::ApplianceGone),
        (findings.appliance_healthy, Refusal::ApplianceUnhealthy),
        (findings.source_subscription_exists, Refusal::SourceSubscriptionGone),
        (findings.source_resource_group_exists, Refusal::SourceResourceGroupGone),
        (findings.source_network_exists, Refusal::SourceNetworkGone),
        (findings.cache_account_exists, Refusal::CacheAccountMissing),
        (!protection.failback_policy.is_empty(), Refusal::FailbackPolicyNameEmpty),
        (!protection.failback_extension.is_empty(), Refusal::ExtensionNameEmpty),
        (findings.certificate_trusted || !linux, Refusal::CertificateNotTrusted),
        (findings.serving_vm_runs, Refusal::ServingVmDown),
        (slots_needed <= free, Refusal::NotEnoughSlots { need: slots_needed, free }),
    ])
}

/// Row 15: what must still exist on the source. Points and health are the procedure's to check.
pub(super) fn for_failback(findings: &Findings) -> Result<(), Refusal> {
    first_missing([
        (findings.appliance_exists, Refusal::ApplianceGone),
        (findings.appliance_healthy, Refusal::ApplianceUnhealthy),
        (findings.source_subscription_exists, Refusal::SourceSubscriptionGone),
        (findings.source_resource_group_exists, Refusal::SourceResourceGroupGone),
        (findings.source_network_exists, Refusal::SourceNetworkGone),
        (findings.serving_vm_runs, Refusal::ServingVmDown),
    ])
}

fn first_missing<const N: usize>(guards: [(bool, Refusal); N]) -> Result<(), Refusal> {
    guards.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, refusal)| Err(refusal))
}

/// Says what will not stop enabling and yet will hurt later.
pub(super) fn advise(desk: &mut Desk, vm: VmId) {
    let too_large = desk.limits().disk_protected_max;
    let inventory = desk.inventory.clone();
    for disk in inventory.disks_of(vm).iter().filter(|disk| disk.size > too_large) {
        desk.warn(vm, Warning::DiskBeyondLimit { size: disk.size });
    }
    let subscription = desk.subscription_of(vm);
    if !std::mem::replace(&mut desk.quota_warned[subscription.index()], true) {
        for meter in quotas_too_small(desk, subscription) {
            desk.warn(vm, Warning::QuotaTooSmallForFailover(meter));
        }
    }
}

/// The quotas of `subscription` that a failover of everything protected into it would exceed.
fn quotas_too_small(desk: &Desk, subscription: SubscriptionId) -> Vec<Meter> {
    let (inventory, intent) = (&desk.inventory, &desk.intent);
    let (mut vms, mut cores, mut disks) = (0, 0, Bytes::ZERO);
    for vm in inventory.vm_ids() {
        if intent.protection(vm).is_some_and(|protection| protection.subscription == subscription) {
            vms += 1;
            cores += inventory.limits.vm_sizes[inventory.vm(vm).size].cores;
            disks += inventory.disks_of(vm).iter().map(|disk| disk.size + inventory.limits.replica_extra).sum();
        }
    }
    let quota = inventory.subscription(subscription).quota;
    [
        (cores > quota.vm_cores, Meter::QuotaCores(subscription)),
        (vms > quota.vms, Meter::QuotaVms(subscription)),
        (disks > quota.managed_disk, Meter::QuotaManagedDisk(subscription)),
    ]
    .into_iter()
    .filter_map(|(too_small, meter)| too_small.then_some(meter))
    .collect()
}
