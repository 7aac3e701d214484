//! Claims about reports: one screen of forty lines, machine names that stay, bytes that repeat, nothing executed.

use super::*;
use crate::contract::{AlarmKind, Direction, Fact, JobKind, MachineRole, Meter, OutageKind, Phase, PointRun, Step};
use crate::intent::{Measure, Statistic};
use crate::inventory::limits::Mark;
use crate::measure::Outcome;
use crate::measure::testing::{Estate, at, two_stamps};
use crate::planner::merge;
use crate::units::{ApplianceId, Bytes, CacheId, Duration, LinkId, OutageId, VmId};

fn estate() -> Estate {
    two_stamps(8)
        .with_target("p99(rpo) <= 1h", Statistic::Quantile(0.99), Measure::RpoOverTime, 3_600.0)
        .with_target("max(rpo) <= 10m", Statistic::Max, Measure::RpoOverTime, 600.0)
        .with_target("p95(rto) <= 10m", Statistic::Quantile(0.95), Measure::Rto, 600.0)
        .with_target("p95(rto) <= 30m", Statistic::Quantile(0.95), Measure::Rto, 1_800.0)
}

/// One replication: points every 5 min, a link outage of 20 min, the stamp lost, failover of all VMs.
fn replication(estate: &Estate, index: u64) -> Outcome {
    let mut ledger = estate.ledger(Duration::ZERO, Duration::hours(5)).with_series();
    let (kind, link) = (OutageKind::LinkDown(LinkId(0)), Meter::Link(LinkId(0), Direction::Forward));
    let meter = Meter::CacheUsed(CacheId(0));
    let all = || (0..8).map(VmId);
    let mut facts = Vec::new();
    facts.extend(all().map(|vm| (0, Fact::Entered { vm, phase: Phase::Protected })));
    let (every, lag) = (Duration::secs(300), Duration::secs(40));
    let run = |first, last| PointRun { first: at(first), last: at(last), every, lag, app_every: Some(every * 12) };
    facts.push((3_000, Fact::OutageBegan { outage: OutageId(0), kind }));
    facts.extend(all().map(|vm| (3_000, Fact::PointsMade { vm, run: run(0, 2_700) })));
    facts.push((3_000, Fact::Level { meter, since: at(0), start: 1 << 30, end: 1 << 31 }));
    facts.push((3_010, Fact::Saturated { meter: link }));
    let outage_end = 4_200 + 10 * index;
    facts.push((outage_end, Fact::OutageEnded { outage: OutageId(0), kind }));
    facts.push((outage_end, Fact::Level { meter, since: at(3_000), start: 1 << 31, end: 900 << 30 }));
    facts.push((outage_end + 60, Fact::Relieved { meter: link }));
    facts.extend(all().map(|vm| (9_000, Fact::PointsMade { vm, run: run(4_500, 8_700) })));
    let (mib, lost) = (Bytes::mib(7), 9_000);
    let source = |vm| Fact::SourceLost { vm, received: at(8_990), in_cache: mib, at_source: mib };
    facts.extend(all().map(|vm| (lost, source(vm))));
    facts.push((9_200, Fact::Alarm { alarm: AlarmKind::NoHeartbeat(ApplianceId(0)) }));
    facts.extend(all().map(|vm| (9_400, Fact::Entered { vm, phase: Phase::FailingOver })));
    facts.extend(all().map(|vm| (9_500 + index, Fact::JobStarted { vm, job: JobKind::FailOver })));
    let step = |vm, step| Fact::StepDone { vm, job: JobKind::FailOver, step };
    facts.extend(all().map(|vm| (9_700, step(vm, Step::Processed))));
    facts.extend(all().map(|vm| (9_900, step(vm, Step::Created))));
    facts.extend(all().map(|vm| (10_000, Fact::MachineUp { vm, role: MachineRole::Replica })));
    let failed_at = at(lost);
    facts.extend(all().map(|vm| (10_000, Fact::DataLost { vm, mark: at(8_700), failed_at, bytes: mib })));
    facts.iter().for_each(|(when, fact)| ledger.record(at(*when), fact));
    ledger.close(at(18_000))
}

fn findings(estate: &Estate) -> Findings {
    let outcomes: Vec<Outcome> = (0..25).map(|index| replication(estate, index)).collect();
    merge(&estate.inventory, &estate.intent, &outcomes, Duration::ZERO, Duration::hours(5))
}

fn about() -> About {
    About {
        title: "Branch office protected by head office".into(),
        scenario_file: "scenarios/00-first.toml".into(),
        hash_hex: "00ff".into(),
        seed: 7,
        replications: 25,
        version: "drsim 0.1.0".into(),
        digest_hex: "abcd".into(),
        numeric_fingerprint_hex: "1a2b".into(),
        out_dir: "reports/00-first/".into(),
        warnings: vec!["sampling of 5m hides bursts; p99(rpo) may be too low".into()],
        input_notes: vec![],
        inputs: vec![],
        assumptions: vec![LimitNote {
            key: "processing_delay".into(),
            value: "30s".into(),
            mark: Mark::Assumed,
            source: "none".into(),
            why: "not documented".into(),
        }],
        command: "drsim run scenarios/00-first.toml --seed 7".into(),
    }
}

#[test]
fn the_screen_has_at_most_forty_lines_of_eighty_columns_and_tells_what_matters() {
    let screen = screen(&findings(&estate()), &about(), 80);
    assert!(screen.lines().count() <= 40, "{} lines:\n{screen}", screen.lines().count());
    let widest = screen.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?} columns:\n{screen}");
    for told in [
        "MISSED: 2 of 4 targets; 1 met, 1 not yet known",
        "✗ sql: max(rpo)",
        "RPO at failure, processed",
        "RPO over time, points",
        "RTO",
        "detect 3m 20s",
        "data lost",
        "cache head-cache",
        "worst of 8 VMs",
        "link wan down stands behind",
        "rests on 1 assumed, 0 inferred and 0 own numbers",
        "report: reports/00-first/",
        "repeat: drsim run scenarios/00-first.toml --seed 7",
    ] {
        assert!(screen.contains(told), "`{told}` is not on the screen:\n{screen}");
    }
}

#[test]
fn a_crowded_report_still_fits_and_counts_what_it_hides() {
    let mut crowded = estate();
    for index in 0..30 {
        crowded = crowded.with_target(&format!("p9{index}(rpo) <= 1h"), Statistic::Mean, Measure::RpoOverTime, 3_600.0);
    }
    let mut about = about();
    about.warnings = (0..50).map(|index| format!("warning number {index} {}", "x".repeat(100))).collect();
    let screen = screen(&findings(&crowded), &about, 80);
    assert!(screen.lines().count() <= 40 && screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    assert!(screen.contains("more targets") && screen.contains("more remarks"), "{screen}");
}

#[test]
fn the_folder_has_the_same_bytes_twice_and_every_file_says_its_units() {
    let (findings, about) = (findings(&estate()), about());
    let (once, again) = (files(&findings, &about), files(&findings, &about));
    assert_eq!(once, again);
    let names: Vec<&str> = once.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "summary.json",
        "summary.md",
        "replications.csv",
        "failures.csv",
        "vms.csv",
        "resources.csv",
        "violations.csv",
        "charts/rpo_over_time.svg",
        "charts/cache_head_cache.svg",
        "charts/rto_parts.svg",
        "manifest.json",
    ] {
        assert!(names.contains(&name), "{name} is missing: {names:?}");
    }
    let text = |name: &str| {
        let file = once.iter().find(|(known, _)| known == name).expect("listed");
        String::from_utf8(file.1.clone()).expect("text")
    };
    let failures = text("failures.csv");
    assert_eq!(failures.lines().count(), 1 + 25 * 8, "one row per failure and VM");
    assert!(
        failures.lines().nth(1).expect("a row").starts_with("0,sql-1,sql,9000,10,300,1800,,,7340032,"),
        "{failures}"
    );
    assert!(failures.contains(",failed-over,1000,200,300,200,200,100,"));
    assert!(text("phases.csv").contains("cache head-cache,bytes,link outage,"));
    let svg = text("charts/rpo_over_time.svg");
    assert!(svg.starts_with("<svg xmlns=") && svg.contains("time since the start of the run") && svg.contains(">10m<"));
    assert!(svg.contains("Recovery-point age over time") && svg.contains("link wan down") && !svg.contains("var("));
    assert!(text("summary.md").contains("processing\\_delay"));
}

#[test]
fn the_summary_has_stable_names_and_never_mixes_achieved_with_wanted() {
    let findings = findings(&estate());
    let summary: serde_json::Value =
        serde_json::from_str(&formats::json::summary(&findings, &about())).expect("valid JSON");
    assert_eq!(summary["schema"], "drsim-summary/1");
    assert_eq!(summary["verdict"], "missed");
    assert_eq!(summary["targets"][1]["verdict"], "missed");
    assert_eq!(summary["targets"][1]["wanted_limit"], 600.0);
    assert!(summary["targets"][1]["achieved"]["value"].as_f64() > Some(600.0));
    assert_eq!(summary["violations"]["worst"][0]["bottleneck"], "link wan down");
    assert_eq!(summary["violations"]["worst"][0]["bottleneck_since_s"], 3_000.0);
    assert_eq!(summary["assumptions"][0]["mark"], "assumed");
    let rto = summary["distributions"].as_array().expect("list").iter().find(|own| own["quantity"] == "rto");
    assert_eq!(rto.expect("rto")["p50"]["value"], 1_000.0);
    assert_eq!(rto.expect("rto")["events"], 25);
}

#[test]
fn the_fingerprint_follows_the_numbers_and_nothing_else() {
    let estate = estate();
    let (one, two) = (findings(&estate), findings(&estate));
    let fingerprint = formats::json::fingerprint;
    assert_eq!(fingerprint(&one), fingerprint(&two));
    let outcomes: Vec<Outcome> = (0..24).map(|index| replication(&estate, index)).collect();
    let other = merge(&estate.inventory, &estate.intent, &outcomes, Duration::ZERO, Duration::hours(5));
    assert_ne!(fingerprint(&one), fingerprint(&other));
}

#[test]
fn names_from_a_scenario_become_neither_markup_nor_formula() {
    let mut estate = estate();
    estate.inventory.vms[0].name = "=cmd|' /c calc'!A1<script>".into();
    estate.inventory.caches[0].name = "head\u{1b}[2J\ncache".into();
    let screen = screen(&findings(&estate), &about(), 80);
    assert!(screen.chars().all(|c| c == '\n' || !c.is_control()), "{screen:?}");
    let files = files(&findings(&estate), &about());
    for (name, bytes) in files.into_iter().filter(|(name, _)| !name.ends_with(".parquet") && !name.ends_with(".xlsx")) {
        let text = String::from_utf8(bytes).expect("text");
        assert!(name.ends_with(".json") || name.ends_with(".csv") || !text.contains("A1<script>"), "{name}");
        assert!(!text.lines().any(|line| line.starts_with("=cmd")), "{name}");
    }
}

#[test]
fn without_failures_and_targets_the_report_says_so() {
    let estate = two_stamps(1);
    let outcome = estate.ledger(Duration::ZERO, Duration::hours(1)).close(at(3_600));
    let findings = merge(&estate.inventory, &estate.intent, &[outcome], Duration::ZERO, Duration::hours(1));
    let screen = screen(&findings, &about(), 80);
    assert!(screen.contains("no targets: nothing to judge"), "{screen}");
    assert!(screen.contains("no serving machine was lost"), "{screen}");
    assert!(files(&findings, &about()).len() >= 8);
}
