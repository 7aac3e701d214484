//! Merging: outcomes in the order of replications become findings. Nothing depends on who finished first.
//!
//! Units: s, bytes, shares; levels in the unit of their meter. Invariant: `merge` of the same outcomes in the same order
//! gives the same findings, bit by bit (all sums run in index order).

use std::collections::{BTreeMap, BTreeSet};

use super::samples::{self, Of, per_replication, pooled, rto, seconds};
use super::single::values_by_replication;
use super::verdict::verdict;
use super::{
    CapacityFinding, DamageFinding, Estimate, Findings, LimitFinding, Names, Note, Quantity, ReplicationRow, Spread,
    Unit, VmFinding,
};
use crate::contract::{Meter, OutageKind};
use crate::intent::{Intent, Measure};
use crate::inventory::Inventory;
use crate::measure::{
    Damage, MeterOutcome, Outcome, Peak, Recovery, RunPhase, ViolationCause, meter_capacity, meter_name, outage_name,
};
use crate::statistics::{Sealed, mean, mean_interval, proportion_interval, quantile_interval};
use crate::units::{ConsistencyGroupId, Duration, GroupId, Timestamp, VmId};

/// Violations kept over all replications.
const VIOLATIONS_KEPT: usize = 200;
/// Share of the time that ages speak of, from which the rest is not worth a note.
const AGES_COVER_NEARLY_ALL: f64 = 0.99;

/// Merges replications in the order given: index 0 is replication 0.
pub fn merge(
    inventory: &Inventory,
    intent: &Intent,
    outcomes: &[Outcome],
    settle: Duration,
    lasts: Duration,
) -> Findings {
    let group_of: Vec<GroupId> = inventory.vms.iter().map(|vm| vm.group).collect();
    let counted: Vec<f64> = outcomes.iter().map(|outcome| outcome.counted.secs_f64()).collect();
    let mut findings = Findings {
        replications: outcomes.len() as u64,
        counted_s: mean(&counted).unwrap_or(lasts.saturating_sub(settle).secs_f64()),
        settle_s: settle.secs_f64(),
        lasts_s: lasts.secs_f64(),
        values: intent.targets.iter().map(|target| values_by_replication(target, inventory, outcomes)).collect(),
        targets: intent.targets.iter().enumerate().map(|(i, target)| verdict(i, target, inventory, outcomes)).collect(),
        spreads: spreads(inventory, outcomes, &group_of),
        damage: damage(inventory, outcomes, &group_of),
        capacity: capacity(inventory, outcomes),
        vms: vms(inventory, outcomes),
        rows: (0u64..).zip(outcomes).map(|(index, outcome)| row(inventory, index, outcome)).collect(),
        series: (0u64..).zip(outcomes).find_map(|(index, outcome)| Some((index, outcome.series.clone()?))),
        drawn_spans: outcomes.iter().find(|outcome| outcome.series.is_some()).map(|outcome| outcome.durations.clone()),
        names: names(inventory, outcomes, group_of.clone()),
        ..Findings::default()
    };
    findings.worst_vms = worst_vms(&findings.vms);
    sums(inventory, outcomes, &mut findings);
    findings.notes = notes(outcomes, &findings);
    findings.notes.extend(common_points(intent, outcomes));
    findings
}

/// All, and each group where there are several.
fn scopes(inventory: &Inventory) -> Vec<Option<GroupId>> {
    let mut scopes = vec![None];
    if inventory.groups.len() > 1 {
        scopes.extend((0..inventory.groups.len()).map(|index| Some(GroupId::from_index(index))));
    }
    scopes
}

fn spreads(inventory: &Inventory, outcomes: &[Outcome], group_of: &[GroupId]) -> Vec<Spread> {
    let of = |group| Of { outcomes, group_of, group };
    scopes(inventory).into_iter().flat_map(|group| spreads_of(of(group))).collect()
}

fn damage(inventory: &Inventory, outcomes: &[Outcome], group_of: &[GroupId]) -> Vec<DamageFinding> {
    let of = |group| {
        let clean = |damage: &Damage| Some(if damage.clean.is_some() { 1.0 } else { 0.0 });
        let samples = Of { outcomes, group_of, group }.damages(clean);
        let clean_left = samples::pooled_share(&samples, |clean| clean > 0.5)?;
        let (machines, events) = (samples.len() as u64, samples::clusters(&samples));
        Some(DamageFinding { group, machines, events, clean_left: Estimate::from(Some(clean_left)) })
    };
    scopes(inventory).into_iter().filter_map(of).collect()
}

fn spreads_of(of: Of) -> Vec<Spread> {
    let (group, s) = (of.group, Unit::Seconds);
    let part = |place: usize| of.failures(move |f| Some(rto(f)?.named()[place].1.secs_f64()));
    let ridden_out = |f: &crate::measure::Failure| match f.recovery {
        Recovery::WithTheStamp(span) => Some(span.secs_f64()),
        Recovery::FailedOver(_) | Recovery::Never(_) => None,
    };
    let samples = [
        (Quantity::RpoLatest, s, of.failures(|f| seconds(f.rpo_latest))),
        (Quantity::RpoLatestProcessed, s, of.failures(|f| seconds(f.rpo_latest_processed))),
        (Quantity::RpoLatestAppConsistent, s, of.failures(|f| seconds(f.rpo_latest_app_consistent))),
        (Quantity::RpoCustom, s, of.failures(|f| seconds(f.rpo_custom))),
        (Quantity::RpoChosen, s, of.failures(|f| seconds(f.rpo_chosen))),
        (Quantity::HeldBack, s, of.failures(|f| seconds(f.held_back))),
        (Quantity::Rto, s, of.failures(|f| Some(rto(f)?.total().secs_f64()))),
        (Quantity::RtoDetect, s, part(0)),
        (Quantity::RtoDecide, s, part(1)),
        (Quantity::RtoProcess, s, part(2)),
        (Quantity::RtoCreate, s, part(3)),
        (Quantity::RtoBoot, s, part(4)),
        (Quantity::OutageRiddenOut, s, of.failures(ridden_out)),
        (Quantity::DataLost, Unit::Bytes, of.failures(|f| Some(f.data_lost?.0 as f64))),
        (Quantity::InitialReplication, s, of.spans(|o| &o.durations.initial_replication)),
        (Quantity::CatchUp, s, of.spans(|o| &o.durations.catch_up)),
        (Quantity::Reprotect, s, of.spans(|o| &o.durations.reprotect)),
        (Quantity::Failback, s, of.spans(|o| &o.durations.failback)),
        (Quantity::Resync, s, of.spans(|o| &o.durations.resync)),
        (Quantity::DamageHidden, s, of.damages(|damage| Some(damage.hidden().secs_f64()))),
        (Quantity::CleanPointAge, s, of.damages(|damage| seconds(damage.age()))),
        (Quantity::CleanPointGap, s, of.damages(|damage| seconds(damage.gap()))),
    ];
    let mut spreads: Vec<Spread> =
        samples.iter().filter_map(|(quantity, unit, samples)| pooled(*quantity, group, *unit, samples)).collect();
    let point = samples::over_time(Quantity::RpoOverTimePoint, group, &of.ages(|g| &g.point_age));
    let watermark = samples::over_time(Quantity::RpoOverTimeWatermark, group, &of.ages(|g| &g.watermark_age));
    let served = per_replication(Quantity::Availability, group, Unit::Share, &of.availability(), true);
    let first = per_replication(Quantity::InitialReplicationLast, group, s, &of.initial_replication(), false);
    let journal = per_replication(Quantity::JournalWindow, group, s, &of.journal_windows(), true);
    let frozen = per_replication(Quantity::GuestFrozen, group, s, &of.frozen(), false);
    spreads.extend([point, watermark, served, first, journal, frozen].into_iter().flatten());
    spreads.sort_by_key(|spread| spread.quantity);
    spreads
}

fn capacity(inventory: &Inventory, outcomes: &[Outcome]) -> Vec<CapacityFinding> {
    let mut by_meter: BTreeMap<Meter, Vec<(u64, &MeterOutcome)>> = BTreeMap::new();
    for (index, outcome) in (0u64..).zip(outcomes) {
        for meter in &outcome.meters {
            by_meter.entry(meter.meter).or_default().push((index, meter));
        }
    }
    let mut capacity = Vec::new();
    for (meter, seen) in by_meter {
        let first_greatest = |a: (u64, Peak), b: (u64, Peak)| if b.1.level > a.1.level { b } else { a };
        let Some((peak_replication, peak)) = seen.iter().map(|(i, m)| (*i, m.peak)).reduce(first_greatest) else {
            continue;
        };
        let all = Sealed::merged(seen.iter().map(|(_, m)| &m.levels));
        let means: Vec<f64> = seen.iter().filter_map(|(_, m)| m.levels.mean()).collect();
        let peaks = samples::sorted(seen.iter().map(|(_, m)| m.peak.level as f64).collect());
        let mut by_phase: BTreeMap<RunPhase, u64> = BTreeMap::new();
        for (phase, level) in seen.iter().flat_map(|(_, m)| &m.peak_by_phase) {
            let known = by_phase.entry(*phase).or_default();
            *known = (*known).max(*level);
        }
        let saturated: Vec<f64> = seen
            .iter()
            .map(|(i, m)| m.saturated.secs_f64() / outcomes[*i as usize].counted.secs_f64().max(1e-9))
            .collect();
        let limit = meter_capacity(inventory, meter);
        let p99 = all.quantile(0.99).unwrap_or(0.0);
        // A quota of nothing is never used: no share of it is free.
        let headroom = |level: f64| limit.filter(|limit| *limit > 0).map(|limit| 1.0 - level / limit as f64);
        capacity.push(CapacityFinding {
            meter,
            name: meter_name(inventory, meter),
            unit: unit_of(meter),
            mean: Estimate::from(mean_interval(&means, samples::CONFIDENCE)),
            p95: all.quantile(0.95).unwrap_or(0.0),
            p99,
            peak,
            peak_replication,
            peak_p95: Estimate::from(quantile_interval(&peaks, 0.95, samples::CONFIDENCE)),
            peak_by_phase: by_phase.into_iter().collect(),
            capacity: limit,
            headroom_p99: headroom(p99),
            headroom_peak: headroom(peak.level as f64),
            saturated: mean(&saturated).unwrap_or(0.0),
        });
    }
    capacity
}

/// The unit of a meter.
pub fn unit_of(meter: Meter) -> Unit {
    match meter {
        Meter::Link(..) | Meter::ApplianceBytes(_) | Meter::ApplianceStorage(_) | Meter::Service(_) => {
            Unit::BytesPerSecond
        }
        Meter::ApplianceOps(_) => Unit::MilliOps,
        Meter::SourceBacklog(_)
        | Meter::CacheUsed(_)
        | Meter::QuotaManagedDisk(_)
        | Meter::PointStorage(_)
        | Meter::QuotaStorage(_)
        | Meter::StampMemory(_) => Unit::Bytes,
        Meter::ApplianceSlots(_) | Meter::QuotaCores(_) | Meter::QuotaVms(_) | Meter::StampVms(_) => Unit::Count,
    }
}

fn vms(inventory: &Inventory, outcomes: &[Outcome]) -> Vec<VmFinding> {
    inventory.vm_ids().map(|vm| vm_finding(vm, outcomes)).collect()
}

fn vm_finding(vm: VmId, outcomes: &[Outcome]) -> VmFinding {
    let mut found = VmFinding { availability: 1.0, ..VmFinding::default() };
    let (mut counted, mut aged, mut age_sum, mut beyond) = (0.0, 0.0, 0.0, None);
    let mut protected = Some(0.0);
    for outcome in outcomes {
        let Some(own) = outcome.vms.get(vm.index()) else { continue };
        counted += outcome.counted.secs_f64();
        aged += own.age_counted.secs_f64();
        age_sum += own.age_mean_s * own.age_counted.secs_f64();
        if let Some(span) = own.beyond_target {
            beyond = Some(beyond.unwrap_or(0.0) + span.secs_f64());
        }
        found.age_max_s = f64::max(found.age_max_s, own.age_max.secs_f64());
        found.without_point_s += own.without_point.secs_f64();
        found.violations += own.violations;
        found.downtime_s += own.downtime.secs_f64();
        found.failures += own.failures;
        found.data_lost_bytes += own.data_lost.0;
        protected = protected.and_then(|latest: f64| Some(latest.max(own.protected_at?.secs_f64())));
        for failure in outcome.failures.iter().filter(|failure| failure.vm == vm) {
            let worse =
                |known: Option<f64>, new: Option<f64>| new.map_or(known, |new| Some(known.unwrap_or(new).max(new)));
            found.rpo_worst_s = worse(found.rpo_worst_s, seconds(failure.rpo_latest_processed));
            found.rto_worst_s = worse(found.rto_worst_s, rto(failure).map(|parts| parts.total().secs_f64()));
        }
    }
    found.age_mean_s = (aged > 0.0).then(|| age_sum / aged);
    found.beyond_target_share = beyond.filter(|_| aged > 0.0).map(|beyond| beyond / aged);
    if counted > 0.0 {
        found.availability = 1.0 - found.downtime_s / counted;
    }
    found.protected_after_s = protected.filter(|_| !outcomes.is_empty());
    found
}

fn worst_vms(vms: &[VmFinding]) -> Vec<VmId> {
    let mut worst: Vec<VmId> = (0..vms.len()).map(VmId::from_index).collect();
    let key = |vm: &VmId| {
        let found = &vms[vm.index()];
        [found.beyond_target_share.unwrap_or(0.0), found.age_max_s, found.downtime_s]
    };
    worst.sort_by(|a, b| {
        let pairs = key(b).into_iter().zip(key(a));
        pairs.map(|(b, a)| b.total_cmp(&a)).find(|order| order.is_ne()).unwrap_or(a.cmp(b))
    });
    worst
}

fn row(inventory: &Inventory, replication: u64, outcome: &Outcome) -> ReplicationRow {
    let point = Sealed::merged(outcome.groups.iter().map(|group| &group.point_age));
    let watermark = Sealed::merged(outcome.groups.iter().map(|group| &group.watermark_age));
    let ns = |value: Option<f64>| value.map(|ns| ns / 1e9);
    let greatest = |values: Vec<f64>| values.into_iter().max_by(f64::total_cmp);
    let rtos: Vec<f64> = outcome.failures.iter().filter_map(|f| Some(rto(f)?.total().secs_f64())).collect();
    let caches = outcome.meters.iter().filter_map(|m| {
        let Meter::CacheUsed(cache) = m.meter else { return None };
        Some(m.peak.level as f64 / inventory.cache(cache).capacity.0.max(1) as f64)
    });
    let counted = outcome.counted.secs_f64().max(1e-9);
    let served: Vec<f64> = outcome.vms.iter().map(|vm| 1.0 - vm.downtime.secs_f64() / counted).collect();
    ReplicationRow {
        replication,
        failures: outcome.failures.len() as u64,
        failovers: rtos.len() as u64,
        rpo_mean_s: ns(point.mean()),
        rpo_p99_s: ns(point.quantile(0.99)),
        rpo_max_s: ns(point.max().map(|max| max as f64)),
        watermark_mean_s: ns(watermark.mean()),
        watermark_p99_s: ns(watermark.quantile(0.99)),
        rpo_at_failure_max_s: greatest(
            outcome.failures.iter().filter_map(|f| seconds(f.rpo_latest_processed)).collect(),
        ),
        rto_max_s: greatest(rtos),
        data_lost_bytes: outcome.failures.iter().filter_map(|failure| failure.data_lost).map(|bytes| bytes.0).sum(),
        availability: mean(&served).unwrap_or(1.0),
        violations: outcome.violations_count,
        refused: outcome.refused_for_capacity,
        cache_full: outcome.cache_full.values().sum(),
        cache_peak_share: greatest(caches.collect()),
        initial_replication_s: seconds(outcome.durations.initial_replication_last),
    }
}

/// Everything that is only summed or listed.
fn sums(inventory: &Inventory, outcomes: &[Outcome], findings: &mut Findings) {
    let (mut refused, mut warned) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let mut health = BTreeMap::<String, f64>::new();
    let mut hits: BTreeMap<Meter, (u64, u64, u64)> = BTreeMap::new();
    for (index, outcome) in (0u64..).zip(outcomes) {
        findings.violations_count += outcome.violations_count;
        findings.violations.extend(outcome.violations.iter().map(|violation| (index, violation.clone())));
        findings.damages.extend(outcome.damages.iter().map(|damage| (index, *damage)));
        findings.failures.extend(outcome.failures.iter().map(|failure| (index, failure.clone())));
        outcome.refused.iter().for_each(|(name, count)| *refused.entry(name.clone()).or_default() += count);
        outcome.warned.iter().for_each(|(name, count)| *warned.entry(name.clone()).or_default() += count);
        let hours = |span: &Duration| span.secs_f64() / 3600.0;
        outcome.health.iter().for_each(|(name, span)| *health.entry(name.clone()).or_default() += hours(span));
        for hit in &outcome.limit_hits {
            let (count, replications, short) = hits.entry(hit.meter).or_default();
            (*count, *replications, *short) = (*count + hit.count, *replications + 1, (*short).max(hit.short_max));
        }
        findings.drills_ok += outcome.drills_ok;
        findings.drills_failed += outcome.drills_failed;
        findings.failovers_begun += outcome.failovers_begun;
        let (all, own) = (&mut findings.bytes, &outcome.bytes);
        all.written += own.written;
        all.applied += own.applied;
        all.in_flight += own.in_flight;
        all.in_cache += own.in_cache;
        all.superseded += own.superseded;
        all.lost += own.lost;
        all.lost_by_failover += own.lost_by_failover;
    }
    findings.violations.sort_by_key(|(index, v)| (std::cmp::Reverse(v.age_max), *index, v.begin, v.vm));
    findings.violations.truncate(VIOLATIONS_KEPT);
    findings.refused = refused.into_iter().collect();
    findings.warned = warned.into_iter().collect();
    findings.health_h = health.into_iter().collect();
    let told = |(meter, (count, replications, short_max))| {
        let (name, unit) = (meter_name(inventory, meter), unit_of(meter));
        LimitFinding { meter, name, unit, count, replications, short_max }
    };
    findings.limit_hits = hits.into_iter().map(told).collect();
}

fn names(inventory: &Inventory, outcomes: &[Outcome], group_of: Vec<GroupId>) -> Names {
    let (mut meters, mut outages) = (BTreeSet::<Meter>::new(), BTreeSet::<OutageKind>::new());
    for outcome in outcomes {
        meters.extend(outcome.meters.iter().map(|meter| meter.meter));
        outages.extend(outcome.meters.iter().filter_map(|meter| meter.peak.outage));
        for violation in &outcome.violations {
            match violation.cause {
                Some(ViolationCause::Outage(kind)) => _ = outages.insert(kind),
                Some(ViolationCause::Bottleneck(meter)) => _ = meters.insert(meter),
                None => {}
            }
        }
        let series = outcome.series.iter();
        outages.extend(series.flat_map(|series| &series.outages).map(|(kind, _, _)| *kind));
    }
    Names {
        vms: inventory.vms.iter().map(|vm| vm.name.clone()).collect(),
        groups: inventory.groups.iter().map(|group| group.name.clone()).collect(),
        group_of,
        outages: outages.into_iter().map(|kind| (kind, outage_name(inventory, kind))).collect(),
        meters: meters.into_iter().map(|meter| (meter, meter_name(inventory, meter))).collect(),
    }
}

/// What each consistency group's failovers came to.
fn common_points(intent: &Intent, outcomes: &[Outcome]) -> Vec<Note> {
    let mut notes = Vec::new();
    for (index, group) in intent.consistency_groups.iter().enumerate() {
        let id = ConsistencyGroupId::from_index(index);
        let (mut taken, mut by) = (0, BTreeMap::<VmId, u64>::new());
        for own in outcomes.iter().filter_map(|outcome| outcome.common_points.get(&id)) {
            taken += own.taken;
            own.held_back.iter().for_each(|(vm, count)| *by.entry(*vm).or_default() += count);
        }
        if taken > 0 {
            let laggard = by.iter().max_by_key(|(vm, count)| (**count, std::cmp::Reverse(**vm))).map(|(vm, _)| *vm);
            notes.push(Note::CommonPoints { group: group.name.clone(), taken, held_back: by.values().sum(), laggard });
        }
    }
    notes
}

fn notes(outcomes: &[Outcome], findings: &Findings) -> Vec<Note> {
    let mut notes = Vec::new();
    let count = |of: fn(&Recovery) -> bool| findings.failures.iter().filter(|(_, f)| of(&f.recovery)).count() as u64;
    let mut counted = |number: u64, note: fn(u64) -> Note| notes.extend((number > 0).then(|| note(number)));
    counted(outcomes.iter().map(|outcome| outcome.failures_settling).sum(), Note::FailuresWhileSettling);
    counted(outcomes.iter().map(|outcome| outcome.damages_hidden).sum(), Note::DamageHidden);
    counted(count(|recovery| matches!(recovery, Recovery::WithTheStamp(_))), Note::RecoveredWithTheStamp);
    counted(count(|recovery| matches!(recovery, Recovery::Never(_))), Note::NeverServed);
    let pointless = findings.failures.iter().filter(|(_, f)| f.rpo_latest_processed.is_none()).count() as u64;
    counted(pointless, Note::FailuresWithoutPoint);
    let wanted = || outcomes.iter().flat_map(|o| o.vms.iter().filter(|vm| vm.wanted_protected).map(move |vm| (o, vm)));
    let all: f64 = wanted().map(|(outcome, _)| outcome.counted.secs_f64()).sum();
    let aged: f64 = wanted().map(|(_, vm)| vm.age_counted.secs_f64()).sum();
    if all > 0.0 && aged / all < AGES_COVER_NEARLY_ALL {
        notes.push(Note::AgesCover(aged / all));
    }
    if findings.failures.is_empty() {
        notes.push(Note::NoFailures);
    }
    for group in 0..findings.names.groups.len() {
        let of = |outcome: &Outcome| outcome.groups.get(group).map_or(0.0, |own| own.without_point.secs_f64());
        let seconds: f64 = outcomes.iter().map(of).sum();
        if seconds > 0.0 {
            notes.push(Note::TimeWithoutPoint { group: GroupId::from_index(group), seconds });
        }
    }
    let never = |vm: &VmId| {
        outcomes.iter().filter_map(|o| o.vms.get(vm.index())).any(|o| o.wanted_protected && o.protected_at.is_none())
    };
    let missing: Vec<VmId> = (0..findings.vms.len()).map(VmId::from_index).filter(never).collect();
    if let Some(first) = missing.first() {
        notes.push(Note::NeverProtected { vms: missing.len() as u64, first: *first });
    }
    for spread in &findings.spreads {
        let told = matches!(spread.quantity, Quantity::RpoLatestProcessed | Quantity::Rto);
        if told && spread.group.is_none() && spread.clusters < spread.samples {
            let (samples, clusters) = (spread.samples, spread.clusters);
            notes.push(Note::Clustered { quantity: spread.quantity, samples, clusters });
        }
    }
    let ran = outcomes.iter().filter(|outcome| outcome.ended > Timestamp::START).count() as u64;
    let about_ages = |target: &super::TargetFinding| {
        matches!(target.measure, Measure::RpoAtFailure | Measure::RpoOverTime | Measure::RpoAbove(_))
    };
    if findings.violations_count == 0 && ran > 0 && findings.targets.iter().any(about_ages) {
        notes.push(Note::RareEventsUnseen { upper_share: proportion_interval(0, ran, 0.9).high });
    }
    notes
}
