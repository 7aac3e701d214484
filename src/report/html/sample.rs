//! Rich findings for tests of the page: a branch office protected by head office, one target missed, one open.
//!
//! All numbers are made up by small formulas, so that they can be told again; none comes from a run.

pub(in crate::report) use super::sample_about::about;
use crate::contract::{Direction, Meter, OutageKind};
use crate::intent::{Measure, Scope, Statistic};
use crate::measure::{
    ByteSums, Damage, Durations, Failure, Peak, Recovery, RtoParts, RunPhase, Series, SeriesLine, Span, Violation,
    ViolationCause,
};
use crate::planner::findings::{
    CapacityFinding, DamageFinding, Estimate, LimitFinding, Method, Names, Note, Quantity, ReplicationRow, Spread,
    TargetFinding, Unit, VmFinding,
};
use crate::planner::{Findings, Verdict};
use crate::units::{ApplianceId, Bytes, CacheId, Duration, GroupId, LinkId, StampId, SubscriptionId, Timestamp, VmId};

const GROUPS: [&str; 4] = ["sql", "files", "web", "build & test <old>"];

const A1: [&str; 4] = ["appliance a1 throughput", "appliance a1 operations", "appliance a1 slots", "backlog behind a1"];
const A2: [&str; 4] = ["appliance a2 throughput", "appliance a2 operations", "appliance a2 slots", "backlog behind a2"];
const A3: [&str; 4] = ["appliance a3 throughput", "appliance a3 operations", "appliance a3 slots", "backlog behind a3"];

/// A number between 0 and 1 that looks random and is always the same (Knuth's multiplier).
fn luck(n: usize) -> f64 {
    ((n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1 << 24) as f64
}

fn at(hours: f64) -> Timestamp {
    Timestamp::START + Duration::from_secs_f64(hours * 3_600.0)
}

fn secs(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

fn about_value(value: f64, spread: f64) -> Estimate {
    Estimate { value: Some(value), low: Some(value * (1.0 - spread)), high: Some(value * (1.0 + spread)) }
}

/// Findings of so many VMs.
pub(in crate::report) fn findings(vms: usize) -> Findings {
    let mut findings = Findings {
        replications: 200,
        counted_s: 170.0 * 86_400.0,
        settle_s: 10.0 * 86_400.0,
        targets: targets(),
        spreads: spreads(),
        capacity: capacity(),
        violations_count: 1_234,
        violations: violations(vms),
        failures: failures(vms),
        damages: damages(vms),
        damage: vec![DamageFinding {
            group: None,
            machines: 20,
            events: 10,
            clean_left: Estimate { value: Some(0.5), low: Some(0.19), high: Some(0.81) },
        }],
        rows: (0..200).map(replication).collect(),
        refused: vec![
            ("re-protect: no free disk slot on the appliance".into(), 41),
            ("failover: core quota exceeded".into(), 6),
        ],
        drills_ok: 390,
        drills_failed: 10,
        bytes: ByteSums {
            written: Bytes::tib(900),
            applied: Bytes::tib(610),
            superseded: Bytes::tib(280),
            ..ByteSums::default()
        },
        health_h: vec![
            ("normal".into(), 8.1e6),
            ("warning: backlog".into(), 2.3e4),
            ("critical: no point".into(), 910.0),
        ],
        series: Some((17, series())),
        drawn_spans: Some(way_home(&failures(vms))),
        names: names(vms),
        notes: notes(),
        ..Findings::default()
    };
    findings.vms = (0..vms).map(vm).collect();
    findings.worst_vms = (0..vms).rev().map(VmId::from_index).collect();
    findings.limit_hits = vec![LimitFinding {
        meter: Meter::ApplianceSlots(ApplianceId(0)),
        name: A1[2].into(),
        unit: Unit::Count,
        count: 41,
        replications: 23,
        short_max: 6,
    }];
    findings
}

fn names(vms: usize) -> Names {
    let group = |n: usize| n % GROUPS.len();
    Names {
        vms: (0..vms)
            .map(|n| format!("{}-{:03}", GROUPS[group(n)].split(' ').next().unwrap_or("vm"), n / 4 + 1))
            .collect(),
        groups: GROUPS.map(String::from).to_vec(),
        group_of: (0..vms).map(|n| GroupId::from_index(group(n))).collect(),
        outages: vec![
            (OutageKind::StampDown(StampId(0)), "stamp branch down".into()),
            (OutageKind::LinkDown(LinkId(0)), "link wan down".into()),
            (OutageKind::LinkSlow(LinkId(0)), "link wan slow".into()),
            (OutageKind::ApplianceDown(ApplianceId(1)), "appliance a2 down".into()),
        ],
        meters: meters().into_iter().map(|(meter, name, ..)| (meter, name.into())).collect(),
    }
}

/// Meter, name, unit, capacity, usual level.
fn meters() -> Vec<(Meter, &'static str, Unit, Option<u64>, f64)> {
    let mut meters = vec![
        (Meter::CacheUsed(CacheId(0)), "cache head-cache", Unit::Bytes, Some(Bytes::tib(4).0), 9e11),
        (Meter::Link(LinkId(0), Direction::Forward), "link wan", Unit::BytesPerSecond, Some(25_000_000), 9e6),
        (Meter::Link(LinkId(0), Direction::Reverse), "link wan reverse", Unit::BytesPerSecond, Some(25_000_000), 1e6),
        (
            Meter::QuotaManagedDisk(SubscriptionId(0)),
            "quota managed disk of prod on head",
            Unit::Bytes,
            Some(Bytes::tib(60).0),
            4.4e13,
        ),
        (Meter::PointStorage(SubscriptionId(0)), "points kept of prod on head", Unit::Bytes, None, 3e12),
        (Meter::StampMemory(StampId(1)), "memory of head", Unit::Bytes, Some(Bytes::tib(2).0), 1.1e12),
    ];
    for (n, name) in [A1, A2, A3].into_iter().enumerate() {
        let id = ApplianceId::from_index(n);
        meters.push((Meter::ApplianceBytes(id), name[0], Unit::BytesPerSecond, Some(54 << 20), 1.4e7));
        meters.push((Meter::ApplianceOps(id), name[1], Unit::MilliOps, Some(4_000_000), 9e5));
        meters.push((Meter::ApplianceSlots(id), name[2], Unit::Count, Some(31), 9.0));
        meters.push((Meter::SourceBacklog(id), name[3], Unit::Bytes, None, 3e10));
    }
    meters
}

fn capacity() -> Vec<CapacityFinding> {
    let finding = |(n, (meter, name, unit, capacity, usual)): (usize, (Meter, &str, Unit, Option<u64>, f64))| {
        let peak = capacity.map_or(usual * 6.0, |of| of as f64 * (0.55 + 0.09 * (n % 6) as f64)).round() as u64;
        let peak = capacity.map_or(peak, |of| peak.min(of));
        let free = |level: f64| capacity.map(|of| 1.0 - level / of as f64);
        CapacityFinding {
            meter,
            name: name.into(),
            unit,
            mean: about_value(usual, 0.03),
            p95: usual * 1.6,
            p99: usual * 2.0,
            peak: Peak {
                level: peak,
                at: at(1_031.4 + n as f64),
                phase: RunPhase::ALL[(n * 3 + 2) % 10],
                vms: 12,
                outage: (n % 2 == 0).then_some(OutageKind::LinkDown(LinkId(0))),
            },
            peak_replication: if n == 0 { 17 } else { 42 + n as u64 },
            peak_p95: about_value(peak as f64 * 0.9, 0.05),
            peak_by_phase: [
                RunPhase::Steady,
                RunPhase::InitialReplication,
                RunPhase::LinkOutage,
                RunPhase::CatchUp,
                RunPhase::Reprotect,
            ]
            .into_iter()
            .enumerate()
            .map(|(place, phase)| (phase, if place == n % 5 { peak } else { (peak as f64 * luck(n + place)) as u64 }))
            .collect(),
            capacity,
            headroom_p99: free(usual * 2.0),
            headroom_peak: free(peak as f64),
            saturated: if n == 1 { 0.061 } else { 0.0 },
        }
    };
    meters().into_iter().enumerate().map(finding).collect()
}

fn series() -> Series {
    let bins = 400;
    let hours = 180.0 * 24.0 / f64::from(bins);
    let outages = vec![
        (OutageKind::LinkDown(LinkId(0)), at(12.0 * 24.0 + 3.25), at(12.0 * 24.0 + 9.25)),
        (OutageKind::LinkSlow(LinkId(0)), at(61.0 * 24.0), at(66.5 * 24.0)),
        (OutageKind::ApplianceDown(ApplianceId(1)), at(101.0 * 24.0), at(101.0 * 24.0 + 7.0)),
        (OutageKind::StampDown(StampId(0)), at(140.0 * 24.0), at(141.5 * 24.0)),
    ];
    let stressed = |n: u32| {
        let middle = (f64::from(n) + 0.5) * hours * 3_600.0;
        outages.iter().any(|(_, begin, end)| {
            middle + hours * 1_800.0 > begin.secs_f64() && middle < end.secs_f64() + 4.0 * 3_600.0
        })
    };
    let noise = |n: u32, seed: usize| 0.7 + 0.6 * luck(n as usize * 31 + seed);
    let worst = |n: u32| {
        let usual = 420.0 * noise(n, 1) + if n % 16 < 3 { 240.0 } else { 0.0 };
        ((if stressed(n) { usual + 9_000.0 * noise(n, 2) } else { usual }) * 1e9) as u64
    };
    let line = |(seed, (meter, _, _, capacity, usual)): (usize, (Meter, &str, Unit, Option<u64>, f64))| SeriesLine {
        meter,
        values: (0..bins as u32)
            .map(|n| {
                let level =
                    usual * noise(n, seed + 3) * if stressed(n) { 3.2 } else { 1.0 } * if n < 22 { 2.4 } else { 1.0 };
                capacity.map_or(level as u64, |of| (level as u64).min(of))
            })
            .collect(),
    };
    Series {
        bin: secs(hours * 3_600.0),
        worst_point_age: (0..bins as u32).map(worst).collect(),
        lines: meters().into_iter().enumerate().map(line).collect(),
        outages,
        phases: vec![
            (RunPhase::InitialReplication, at(0.0), at(190.0)),
            (RunPhase::Failover, at(3_360.5), at(3_401.0)),
            (RunPhase::Reprotect, at(3_401.0), at(3_420.0)),
        ],
    }
}

fn targets() -> Vec<TargetFinding> {
    let target =
        |index, (text, statistic, measure): (&str, Statistic, Measure), scope, unit, limit, achieved, verdict| {
            TargetFinding {
                index,
                text: text.into(),
                statistic,
                measure,
                scope_name: match scope {
                    Scope::Everything => String::new(),
                    Scope::Group(_) => "sql".into(),
                    Scope::Cache(_) => "head-cache".into(),
                },
                scope,
                line: 61 + 3 * index as u32,
                unit,
                confidence: 0.95,
                limit,
                achieved,
                method: if unit == Unit::Share { Method::ClopperPearson } else { Method::RanksOverPooled },
                verdict,
                beyond: None,
                worst_replication: Some(17),
            }
        };
    let known = |value, low, high| Estimate { value: Some(value), low: Some(low), high: Some(high) };
    let open = Verdict::NotYetKnown { more_replications: 140 };
    vec![
        target(
            0,
            ("p99.9(rpo) <= 15m", Statistic::Quantile(0.999), Measure::RpoAtFailure),
            Scope::Group(GroupId(0)),
            Unit::Seconds,
            900.0,
            known(850.0, 802.0, 921.0),
            open,
        ),
        target(
            1,
            ("p95(rto) <= 2h", Statistic::Quantile(0.95), Measure::Rto),
            Scope::Group(GroupId(0)),
            Unit::Seconds,
            7_200.0,
            known(9_310.0, 8_440.0, 10_300.0),
            Verdict::Missed,
        ),
        target(
            2,
            ("prob(overflow) <= 3 %", Statistic::Probability, Measure::CacheOverflow),
            Scope::Cache(CacheId(0)),
            Unit::Share,
            0.03,
            known(0.005, 0.000_1, 0.027),
            Verdict::Met,
        ),
        target(
            3,
            ("mean(availability) >= 99.9 %", Statistic::Mean, Measure::Availability),
            Scope::Everything,
            Unit::Share,
            0.999,
            known(0.999_53, 0.999_31, 0.999_7),
            Verdict::Met,
        ),
    ]
}

fn spreads() -> Vec<Spread> {
    let mut spreads = Vec::new();
    for (quantity, unit, median) in [
        (Quantity::RpoLatest, Unit::Seconds, 75.0),
        (Quantity::RpoLatestProcessed, Unit::Seconds, 260.0),
        (Quantity::RpoLatestAppConsistent, Unit::Seconds, 7_900.0),
        (Quantity::RpoChosen, Unit::Seconds, 262.0),
        (Quantity::RpoOverTimePoint, Unit::Seconds, 240.0),
        (Quantity::RpoOverTimeWatermark, Unit::Seconds, 62.0),
        (Quantity::Rto, Unit::Seconds, 4_100.0),
        (Quantity::RtoDetect, Unit::Seconds, 130.0),
        (Quantity::RtoDecide, Unit::Seconds, 2_300.0),
        (Quantity::RtoProcess, Unit::Seconds, 40.0),
        (Quantity::RtoCreate, Unit::Seconds, 900.0),
        (Quantity::RtoBoot, Unit::Seconds, 210.0),
        (Quantity::DataLost, Unit::Bytes, 3e8),
        (Quantity::InitialReplicationLast, Unit::Seconds, 610_000.0),
        (Quantity::CatchUp, Unit::Seconds, 9_000.0),
        (Quantity::Reprotect, Unit::Seconds, 52_000.0),
        (Quantity::Failback, Unit::Seconds, 15_000.0),
    ] {
        for group in [None, Some(GroupId(0)), Some(GroupId(1))] {
            let scale = median * group.map_or(1.0, |id| 0.8 + 0.3 * f64::from(id.0));
            spreads.push(Spread {
                quantity,
                group,
                unit,
                samples: 3_120,
                clusters: 214,
                mean: about_value(scale * 1.2, 0.04),
                p50: about_value(scale, 0.05),
                p95: about_value(scale * 2.4, 0.08),
                p99: Estimate { high: None, ..about_value(scale * 3.3, 0.15) },
                worst: Some(scale * 5.1),
                method: Method::RanksOverPooled,
            });
        }
    }
    spreads
}

/// Every other one is found while a clean point is left.
fn damages(vms: usize) -> Vec<(u64, Damage)> {
    let one = |n: usize| {
        let (begin, hidden) = (500.0 + 10.0 * n as f64, if n.is_multiple_of(2) { 9.0 } else { 90.0 });
        let clean = n.is_multiple_of(2).then(|| at(begin - luck(n)));
        let vm = VmId::from_index(n % vms.max(1));
        ((n / 2) as u64, Damage { vm, at: at(begin), found_at: at(begin + hidden), clean })
    };
    (0..20).map(one).collect()
}

fn failures(vms: usize) -> Vec<(u64, Failure)> {
    let failure = |n: usize| {
        let event = n / 14;
        let tail = luck(event).powi(6) * 5_000.0;
        let parts = RtoParts {
            detect: secs(60.0 + 90.0 * luck(event + 5)),
            decide: secs(600.0 + 4_500.0 * luck(event + 9)),
            process: secs(120.0 * luck(n + 3)),
            create: secs(300.0 + 110.0 * (n % 14) as f64),
            boot: secs(150.0 + 120.0 * luck(n + 7)),
        };
        let recovery = match n % 40 {
            38 => Recovery::WithTheStamp(Duration::hours(3)),
            39 => Recovery::Never(Duration::days(2)),
            _ => Recovery::FailedOver(parts),
        };
        let point = 60.0 + 400.0 * luck(n * 7) + tail;
        Failure {
            vm: VmId::from_index((n * 5) % vms.max(1)),
            at: at(300.0 + 37.0 * event as f64),
            rpo_latest: Some(secs(point * 0.3)),
            rpo_latest_processed: Some(secs(point)),
            rpo_latest_app_consistent: Some(secs(point + 5_000.0)),
            rpo_custom: None,
            rpo_chosen: matches!(recovery, Recovery::FailedOver(_)).then(|| secs(point)),
            no_point: false,
            held_back: None,
            data_lost: Some(Bytes::mib((point / 3.0) as u64)),
            in_cache: Bytes::mib(90),
            at_source: Bytes::mib(30),
            recovery,
        }
    };
    (0..560).map(|n| ((n / 28) as u64, failure(n))).collect()
}

/// Re-protected four hours after serving, home half a day later.
fn way_home(failures: &[(u64, Failure)]) -> Durations {
    let mut durations = Durations::default();
    for (_, failure) in failures.iter().filter(|(replication, _)| *replication == 17) {
        let Recovery::FailedOver(parts) = failure.recovery else { continue };
        let serves = failure.at + parts.total();
        let span = |after: u64, span: u64| Span {
            vm: Some(failure.vm),
            begin: serves + Duration::hours(after),
            span: Duration::minutes(span),
        };
        durations.reprotect.push(span(4, 150));
        durations.failback.push(span(12, 20));
    }
    durations
}

fn violations(vms: usize) -> Vec<(u64, Violation)> {
    let causes = [
        Some(ViolationCause::Outage(OutageKind::LinkDown(LinkId(0)))),
        Some(ViolationCause::Bottleneck(Meter::Link(LinkId(0), Direction::Forward))),
        Some(ViolationCause::Bottleneck(Meter::ApplianceOps(ApplianceId(0)))),
        None,
    ];
    let violation = |n: usize| {
        let begin = at(400.0 + 3.7 * n as f64);
        Violation {
            vm: VmId::from_index(n % vms.max(1)),
            begin,
            end: begin + secs(600.0 + 30_000.0 * luck(n)),
            age_max: secs(1_500.0 + 31_000.0 * luck(n)),
            target: Duration::minutes(15),
            backlog_since: begin.saturating_sub(Duration::minutes(15)),
            cause: causes[(n * n) % 3 + usize::from(n.is_multiple_of(19))],
            cause_since: begin.saturating_sub(Duration::minutes(13)),
        }
    };
    (0..130).map(|n| ((n % 40) as u64, violation(n))).collect()
}

fn replication(n: usize) -> ReplicationRow {
    ReplicationRow {
        replication: n as u64,
        failures: (n % 4) as u64,
        rpo_mean_s: Some(290.0 + 40.0 * luck(n)),
        rto_max_s: (!n.is_multiple_of(4)).then(|| 4_000.0 + 9_000.0 * luck(n + 1)),
        data_lost_bytes: (4e9 * luck(n + 2)) as u64,
        availability: 1.0 - 0.001 * luck(n + 3),
        cache_peak_share: Some(0.2 + 0.7 * luck(n + 4)),
        ..ReplicationRow::default()
    }
}

fn vm(n: usize) -> VmFinding {
    VmFinding {
        age_mean_s: (!n.is_multiple_of(23)).then(|| 200.0 + 100.0 * luck(n)),
        age_max_s: 900.0 + 33_000.0 * luck(n + 1),
        beyond_target_share: n.is_multiple_of(4).then(|| 0.002 * luck(n + 2)),
        without_point_s: 0.0,
        violations: if n.is_multiple_of(3) { (40.0 * luck(n)) as u64 } else { 0 },
        availability: 1.0 - 0.001 * luck(n + 3),
        downtime_s: 14_000.0 * luck(n + 3),
        failures: (n % 5) as u64,
        data_lost_bytes: (4e9 * luck(n + 4)) as u64,
        rpo_worst_s: (!n.is_multiple_of(5)).then(|| 400.0 + 2_000.0 * luck(n + 5)),
        rto_worst_s: (!n.is_multiple_of(5)).then(|| 3_000.0 + 9_000.0 * luck(n + 6)),
        protected_after_s: (!n.is_multiple_of(17)).then(|| 90_000.0 + 400_000.0 * luck(n + 7)),
    }
}

fn notes() -> Vec<Note> {
    vec![
        Note::FailuresWhileSettling(3),
        Note::RecoveredWithTheStamp(14),
        Note::NeverServed(1),
        Note::TimeWithoutPoint { group: GroupId(1), seconds: 812_000.0 },
        Note::NeverProtected { vms: 3, first: VmId(0) },
        Note::Clustered { quantity: Quantity::Rto, samples: 3_120, clusters: 214 },
        Note::RareEventsUnseen { upper_share: 0.015 },
    ]
}
