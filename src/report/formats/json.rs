//! `summary.json` and `manifest.json`: stable names, versioned; what baselines compare.
//!
//! Structs are written in the order of their fields. Units stand in the names or in a field `unit`; numbers have six
//! significant digits; what is unknown is `null`. A field is only ever added within one schema number.

use serde::Serialize;

use super::baseline::{self, BaselinePart};
use super::parts::{EstimatePart, TargetPart, estimate, more, target};
use crate::measure::ViolationCause;
use crate::planner::findings::{CapacityFinding, DamageFinding, Findings, Spread, TargetFinding};
use crate::report::About;
use crate::report::numbers::{method_name, quantity_names, six, unit_name};
use crate::report::write::{cause_name, mark_name, resting_on, verdict_name, write};

pub const SCHEMA: &str = "drsim-summary/1";

/// What can be left out of a build, and whether this one has it.
const FEATURES: [(&str, bool); 2] = [("parquet", cfg!(feature = "parquet")), ("xlsx", cfg!(feature = "xlsx"))];

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    version: &'a str,
    scenario: ScenarioPart<'a>,
    verdict: &'static str,
    more_replications: u64,
    replications: u64,
    counted_s: f64,
    settle_s: f64,
    targets: Vec<JudgedPart<'a>>,
    distributions: Vec<SpreadPart<'a>>,
    capacity: Vec<CapacityPart<'a>>,
    violations: ViolationsPart<'a>,
    worst_vms: Vec<VmPart<'a>>,
    refused: Vec<CountPart<'a>>,
    warned: Vec<CountPart<'a>>,
    limits_hit: Vec<LimitPart<'a>>,
    health_vm_h: Vec<HealthPart<'a>>,
    drills: DrillsPart,
    damage: Vec<DamagePart<'a>>,
    bytes: BytesPart,
    advice: Vec<AdvicePart>,
    notes: Vec<String>,
    warnings: &'a [String],
    assumptions: Vec<AssumptionPart<'a>>,
    baseline: BaselinePart,
}

#[derive(Serialize)]
struct ScenarioPart<'a> {
    title: &'a str,
    file: &'a str,
    hash: &'a str,
    seed: u64,
    digest: &'a str,
    command: &'a str,
}

#[derive(Serialize)]
struct JudgedPart<'a> {
    #[serde(flatten)]
    target: TargetPart<'a>,
    worst_replication: Option<u64>,
}

#[derive(Serialize)]
struct SpreadPart<'a> {
    quantity: &'static str,
    group: &'a str,
    unit: &'static str,
    mean: EstimatePart,
    p50: EstimatePart,
    p95: EstimatePart,
    p99: EstimatePart,
    worst: Option<f64>,
    samples: u64,
    events: u64,
    method: &'static str,
}

#[derive(Serialize)]
struct CapacityPart<'a> {
    resource: &'a str,
    unit: &'static str,
    capacity: Option<u64>,
    mean: EstimatePart,
    p95: f64,
    p99: f64,
    peak: u64,
    peak_at_s: f64,
    peak_replication: u64,
    peak_phase: &'static str,
    peak_phase_vms: u32,
    peak_outage: Option<&'a str>,
    peak_p95_over_replications: EstimatePart,
    headroom_p99_share: Option<f64>,
    headroom_peak_share: Option<f64>,
    saturated_share: f64,
    peak_by_phase: Vec<PhasePart>,
}

#[derive(Serialize)]
struct PhasePart {
    phase: &'static str,
    peak: u64,
}

#[derive(Serialize)]
struct ViolationsPart<'a> {
    count: u64,
    worst: Vec<ViolationPart<'a>>,
}

#[derive(Serialize)]
struct ViolationPart<'a> {
    replication: u64,
    vm: &'a str,
    begin_s: f64,
    lasts_s: f64,
    achieved_age_max_s: f64,
    wanted_age_s: f64,
    bottleneck: Option<String>,
    bottleneck_kind: Option<&'static str>,
    bottleneck_since_s: f64,
}

#[derive(Serialize)]
struct VmPart<'a> {
    vm: &'a str,
    rpo_mean_s: Option<f64>,
    rpo_max_s: f64,
    beyond_target_share: Option<f64>,
    violations: u64,
    availability_share: f64,
}

#[derive(Serialize)]
struct CountPart<'a> {
    reason: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct LimitPart<'a> {
    resource: &'a str,
    unit: &'static str,
    count: u64,
    replications: u64,
    short_max: u64,
}

#[derive(Serialize)]
struct HealthPart<'a> {
    health: &'a str,
    vm_h: f64,
}

#[derive(Serialize)]
struct DrillsPart {
    ok: u64,
    failed: u64,
    failovers_begun: u64,
}

#[derive(Serialize)]
struct DamagePart<'a> {
    group: &'a str,
    machines: u64,
    events: u64,
    /// Share with a clean point left when the damage was found, bounds at 95 %.
    clean_left_share: EstimatePart,
}

#[derive(Serialize)]
struct BytesPart {
    written: u64,
    applied: u64,
    in_flight: u64,
    in_cache: u64,
    superseded: u64,
    lost: u64,
    lost_by_failover: u64,
}

#[derive(Serialize)]
struct AdvicePart {
    saw: String,
    try_this: String,
}

#[derive(Serialize)]
struct AssumptionPart<'a> {
    key: &'a str,
    value: &'a str,
    mark: &'static str,
    source: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    scenario_file: &'a str,
    scenario_hash: &'a str,
    seed: u64,
    replications: u64,
    version: &'a str,
    digest: &'a str,
    /// Hash of draws of every law: equal ones compute equal runs from equal seeds.
    numeric_fingerprint: &'a str,
    /// Hash of all achieved numbers at six digits: equal ones, equal results.
    result_fingerprint: String,
    /// What this build can write beside text.
    features: Vec<&'static str>,
    command: &'a str,
    files: Vec<FilePart<'a>>,
}

#[derive(Serialize)]
pub(in crate::report) struct FilePart<'a> {
    name: &'a str,
    size_bytes: usize,
    blake3: String,
}

/// Writes `summary.json`.
pub fn summary(findings: &Findings, about: &About) -> String {
    let report = write(findings, about);
    let summary = Summary {
        schema: SCHEMA,
        version: &about.version,
        scenario: ScenarioPart {
            title: &about.title,
            file: &about.scenario_file,
            hash: &about.hash_hex,
            seed: about.seed,
            digest: &about.digest_hex,
            command: &about.command,
        },
        verdict: verdict_name(findings.verdict()),
        more_replications: more(findings.verdict()),
        replications: findings.replications,
        counted_s: six(findings.counted_s),
        settle_s: six(findings.settle_s),
        targets: findings.targets.iter().map(judged).collect(),
        distributions: findings.spreads.iter().map(|own| spread(findings, own)).collect(),
        capacity: findings.capacity.iter().map(|own| capacity(findings, own)).collect(),
        violations: violations(findings),
        worst_vms: findings.worst_vms.iter().take(20).map(|vm| worst_vm(findings, *vm)).collect(),
        refused: findings.refused.iter().map(|(reason, count)| CountPart { reason, count: *count }).collect(),
        warned: findings.warned.iter().map(|(reason, count)| CountPart { reason, count: *count }).collect(),
        limits_hit: limits(findings),
        health_vm_h: findings.health_h.iter().map(|(health, h)| HealthPart { health, vm_h: six(*h) }).collect(),
        drills: DrillsPart {
            ok: findings.drills_ok,
            failed: findings.drills_failed,
            failovers_begun: findings.failovers_begun,
        },
        damage: findings.damage.iter().map(|own| damage(findings, own)).collect(),
        bytes: bytes(findings),
        advice: report.advice.into_iter().map(|a| AdvicePart { saw: a.saw, try_this: a.try_this }).collect(),
        notes: report.notes,
        warnings: &about.warnings,
        assumptions: assumptions(findings, about),
        baseline: baseline::part(findings),
    };
    baseline::on_one_line(&pretty(&summary))
}

/// Writes `manifest.json`; `files` are all others of the folder.
pub fn manifest(findings: &Findings, about: &About, files: &[(String, Vec<u8>)]) -> String {
    pretty(&Manifest {
        schema: "drsim-manifest/2",
        scenario_file: &about.scenario_file,
        scenario_hash: &about.hash_hex,
        seed: about.seed,
        replications: about.replications,
        version: &about.version,
        digest: &about.digest_hex,
        numeric_fingerprint: &about.numeric_fingerprint_hex,
        result_fingerprint: fingerprint(findings),
        features: FEATURES.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect(),
        command: &about.command,
        files: files.iter().map(|(name, bytes)| file(name, bytes)).collect(),
    })
}

pub(in crate::report) fn file<'a>(name: &'a str, bytes: &[u8]) -> FilePart<'a> {
    FilePart { name, size_bytes: bytes.len(), blake3: blake3::hash(bytes).to_hex().to_string() }
}

/// Hash of everything achieved, at six digits.
pub fn fingerprint(findings: &Findings) -> String {
    let mut numbers = blake3::Hasher::new();
    let mut put = |number: Option<f64>| {
        numbers.update(&number.map_or(u64::MAX, |number| six(number).to_bits()).to_le_bytes());
    };
    for target in &findings.targets {
        [target.achieved.value, target.achieved.low, target.achieved.high].into_iter().for_each(&mut put);
    }
    for own in &findings.spreads {
        for estimate in [own.mean, own.p50, own.p95, own.p99] {
            [estimate.value, estimate.low, estimate.high].into_iter().for_each(&mut put);
        }
        put(own.worst);
    }
    for own in &findings.capacity {
        [own.mean.value, Some(own.p95), Some(own.p99), Some(own.peak.level as f64)].into_iter().for_each(&mut put);
    }
    put(Some(findings.violations_count as f64));
    numbers.finalize().to_hex()[..32].to_owned()
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("plain structs with text keys") + "\n"
}

fn damage<'a>(findings: &'a Findings, own: &DamageFinding) -> DamagePart<'a> {
    let clean_left_share = estimate(&own.clean_left);
    DamagePart { group: findings.names.group(own.group), machines: own.machines, events: own.events, clean_left_share }
}

fn spread<'a>(findings: &'a Findings, own: &Spread) -> SpreadPart<'a> {
    SpreadPart {
        quantity: quantity_names(own.quantity).0,
        group: findings.names.group(own.group),
        unit: unit_name(own.unit),
        mean: estimate(&own.mean),
        p50: estimate(&own.p50),
        p95: estimate(&own.p95),
        p99: estimate(&own.p99),
        worst: own.worst.map(six),
        samples: own.samples,
        events: own.clusters,
        method: method_name(own.method),
    }
}

fn capacity<'a>(findings: &'a Findings, own: &'a CapacityFinding) -> CapacityPart<'a> {
    CapacityPart {
        resource: &own.name,
        unit: unit_name(own.unit),
        capacity: own.capacity,
        mean: estimate(&own.mean),
        p95: six(own.p95),
        p99: six(own.p99),
        peak: own.peak.level,
        peak_at_s: six(own.peak.at.secs_f64()),
        peak_replication: own.peak_replication,
        peak_phase: own.peak.phase.name(),
        peak_phase_vms: own.peak.vms,
        peak_outage: own.peak.outage.map(|kind| findings.names.outage(kind)),
        peak_p95_over_replications: estimate(&own.peak_p95),
        headroom_p99_share: own.headroom_p99.map(six),
        headroom_peak_share: own.headroom_peak.map(six),
        saturated_share: six(own.saturated),
        peak_by_phase: own.peak_by_phase.iter().map(|(p, peak)| PhasePart { phase: p.name(), peak: *peak }).collect(),
    }
}

fn judged(own: &TargetFinding) -> JudgedPart<'_> {
    JudgedPart { target: target(own), worst_replication: own.worst_replication }
}

fn violations(findings: &Findings) -> ViolationsPart<'_> {
    let worst = findings.violations.iter().take(50).map(|(replication, v)| ViolationPart {
        replication: *replication,
        vm: findings.names.vm(v.vm),
        begin_s: six(v.begin.secs_f64()),
        lasts_s: six(v.end.since(v.begin).secs_f64()),
        achieved_age_max_s: six(v.age_max.secs_f64()),
        wanted_age_s: six(v.target.secs_f64()),
        bottleneck: v.cause.map(|cause| cause_name(findings, Some(cause))),
        bottleneck_kind: v.cause.map(|cause| match cause {
            ViolationCause::Outage(_) => "outage",
            ViolationCause::Bottleneck(_) => "resource",
        }),
        bottleneck_since_s: six(v.cause_since.secs_f64()),
    });
    ViolationsPart { count: findings.violations_count, worst: worst.collect() }
}

fn worst_vm(findings: &Findings, vm: crate::units::VmId) -> VmPart<'_> {
    let own = &findings.vms[vm.index()];
    VmPart {
        vm: findings.names.vm(vm),
        rpo_mean_s: own.age_mean_s.map(six),
        rpo_max_s: six(own.age_max_s),
        beyond_target_share: own.beyond_target_share.map(six),
        violations: own.violations,
        availability_share: six(own.availability),
    }
}

fn limits(findings: &Findings) -> Vec<LimitPart<'_>> {
    let part = |hit: &'_ crate::planner::findings::LimitFinding| {
        (unit_name(hit.unit), hit.count, hit.replications, hit.short_max)
    };
    let hits = findings.limit_hits.iter().map(|hit| {
        let (unit, count, replications, short_max) = part(hit);
        LimitPart { resource: &hit.name, unit, count, replications, short_max }
    });
    hits.collect()
}

fn bytes(findings: &Findings) -> BytesPart {
    let own = &findings.bytes;
    BytesPart {
        written: own.written.0,
        applied: own.applied.0,
        in_flight: own.in_flight.0,
        in_cache: own.in_cache.0,
        superseded: own.superseded.0,
        lost: own.lost.0,
        lost_by_failover: own.lost_by_failover.0,
    }
}

fn assumptions<'a>(findings: &Findings, about: &'a About) -> Vec<AssumptionPart<'a>> {
    let part = resting_on(findings, about).into_iter().map(|note| AssumptionPart {
        key: &note.key,
        value: &note.value,
        mark: mark_name(note.mark),
        source: &note.source,
        why: &note.why,
    });
    part.collect()
}
