//! What loads: traces as real exports are, overrides, the whole of the file format; and that no input makes it panic.

#[path = "common/faults.rs"]
mod common;

use common::{Case, SOUND, refused, shown};
use drsim::contract::{Command, PointChoice};
use drsim::inventory::limits::Mark;
use drsim::kernel::Law;
use drsim::scenario::{Question, Scenario, load};
use drsim::units::{BitRate, ByteRate, Bytes, Duration, Ratio, Timestamp};
use drsim::world::{Churn, Outage, Series, When};
use proptest::prelude::*;

const STEADY: &str = r#"churn.steady = { rate = "300 KiB/s" }"#;
const TRACE: &str =
    r#"churn.trace = { file = "t.csv", vm = 17, every = "5m", unit = "KiB/s", column = "w", align = "start" }"#;

fn loaded(case: &Case<'_>) -> Scenario {
    let (text, result) = case.load();
    result.unwrap_or_else(|faults| panic!("{:#?}", faults.iter().map(|f| shown(f, &text)).collect::<Vec<_>>()))
}

fn with_trace(csv: &[u8]) -> Scenario {
    loaded(&Case { edits: &[(STEADY, TRACE)], files: &[("t.csv", csv)], sets: &[] })
}

fn series(scenario: &Scenario) -> &Series {
    match scenario.setup.physics.churn[0].model.as_ref() {
        Churn::Trace { series, .. } => series,
        other => panic!("a trace was declared, not {other:?}"),
    }
}

/// Rates in KiB/s.
fn rates(scenario: &Scenario) -> Vec<u32> {
    series(scenario).rates.iter().map(|rate| rate / 1_024).collect()
}

#[test]
fn marks_separators_and_line_ends_of_real_exports_do_not_matter() {
    for csv in [
        "vm,time_s,w\n17,0,1\n18,0,9\n17,300,2\n",
        "\u{feff}vm,time_s,w\n17,0,1\n17,300,2\n",
        "vm,time_s,w\n\n17,0,1\n17\n17,300,2\n\n",
        "vm,time_s,w\n\"17\",0,1\n17\n17,300,\" 2\"\n",
        "vm;time_s;w\r\n17;0;1\r\n17;300;2\r\n",
        "vm\ttime_s\tw\n17\t0\t1\n17\t300\t2",
        "w,vm,time_s,more\n1,17,1970-01-01 00:00:00,x\n2,17,1970-01-01T00:05:00Z,y\n",
    ] {
        assert_eq!(rates(&with_trace(csv.as_bytes())), [1, 2], "{csv}");
    }
}

#[test]
fn an_empty_cell_is_a_disk_that_is_not_there_and_machines_left_out_are_named() {
    let group = r#"count = 2
on = "branch"
os = "windows"
size = "Standard_DS3_v2"
disks = ["128 GiB", "256 GiB"]"#;
    let from = r#"on = "branch"
os = "windows"
size = "Standard_DS3_v2"
from = { inventory = "i.csv", disk = ["os", "data"], unit = "GiB" }"#;
    let csv = b"vm,os,data\nweb,64,\nsql,128,256\nold,,\ntape,x,1\n";
    let scenario = loaded(&Case { edits: &[(group, from)], files: &[("i.csv", csv)], sets: &[] });
    let inventory = &scenario.setup.inventory;
    let names: Vec<&str> = inventory.vms.iter().map(|vm| vm.name.as_str()).collect();
    assert_eq!(names, ["sql-web", "sql-sql"]);
    assert_eq!(inventory.disks.iter().map(|disk| disk.size).collect::<Vec<_>>(), [64, 128, 256].map(Bytes::gib));
    let said = scenario.sources[0].to_string();
    assert!(said.contains("no disk, or more than 64 after splitting: old; not a number: tape"), "{said}");
}

#[test]
fn doubled_stamps_count_once_and_a_clock_that_steps_back_is_reported() {
    let scenario = with_trace(b"vm,time_s,w\n17,300,2\n17,0,7\n17,300,0\n17,2,5\n17,600,3\n");
    assert_eq!(rates(&scenario), [7, 2, 3]);
    let note = &scenario.sources[0];
    assert_eq!((note.rows_used, note.doubled_steps, note.gaps_filled), (5, 2, 0));
    assert!(note.remarks.iter().any(|remark| remark.contains("2 rows step back")), "{note:?}");
}

#[test]
fn a_gap_is_filled_with_the_same_time_of_day_and_else_with_the_mean() {
    // Three days in steps of 12 h; the second night is missing, and the last noon is unreadable.
    let edit = TRACE.replace("5m", "12h");
    let csv: &[u8] = b"vm,time_s,w\n17,0,10\n17,43200,100\n17,129600,300\n17,172800,30\n17,216000,x\n";
    let scenario = loaded(&Case { edits: &[(STEADY, &edit)], files: &[("t.csv", csv)], sets: &[] });
    assert_eq!(rates(&scenario), [10, 100, 20, 300, 30]);
    let note = &scenario.sources[0];
    assert_eq!((note.gaps_filled, note.left_out_count()), (1, 1));
    assert_eq!(note.rows_left_out, [("not a number".to_string(), 1)]);
    let csv: &[u8] = b"vm,time_s,w\n17,0,10\n17,900,40\n";
    assert_eq!(rates(&with_trace(csv)), [10, 25, 25, 40], "no such time of day: the mean");
}

#[test]
fn a_trace_of_weeks_is_cut_to_whole_weeks_and_keeps_its_weekday() {
    // The run starts on Monday, 5 January 2026, 00:00 +01:00; the trace on Wednesday, 3 July 2013, 00:00 UTC.
    let edit = TRACE.replace("5m", "1d").replace("start", "week");
    let rows: String = (0..10).map(|day| format!("17,{},{day}\n", 1_372_809_600 + day * 86_400)).collect();
    let csv = format!("vm,time_s,w\n{rows}");
    let scenario = loaded(&Case { edits: &[(STEADY, &edit)], files: &[("t.csv", csv.as_bytes())], sets: &[] });
    assert_eq!(rates(&scenario), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(series(&scenario).starts, Timestamp::START + Duration::days(2) + Duration::hours(1));
}

#[test]
fn amounts_per_step_become_rates() {
    let edit = TRACE.replace("KiB/s", "bit");
    let csv: &[u8] = b"vm,time_s,w\n17,0,2400\n17,300,4800\n";
    let scenario = loaded(&Case { edits: &[(STEADY, &edit)], files: &[("t.csv", csv)], sets: &[] });
    assert_eq!(series(&scenario).rates, [1, 2], "2400 bit in 300 s are 1 B/s");
}

#[test]
fn a_step_too_coarse_for_the_rpo_is_warned_about_with_what_it_may_hide() {
    let edit = TRACE.replace("5m", "30m");
    let csv: &[u8] = b"vm,time_s,w\n17,0,1024\n17,1800,2048\n";
    let scenario = loaded(&Case { edits: &[(STEADY, &edit)], files: &[("t.csv", csv)], sets: &[] });
    let warning = &scenario.warnings[0];
    assert_eq!(warning.wrong, "the trace has one value in 30m, the RPO target is 15m");
    // Two machines at 2 MiB/s for half an hour: 7 549 747 200 B, at 25 MB/s 301.99 s.
    let hidden = "a burst inside a step stays hidden: 7.03 GiB may be sent at once and wait up to 5m 1s for the link";
    assert_eq!(warning.mend, format!("{hidden}; measure at 3m 45s or finer"));
    // Half of it is sent, so half of it waits.
    let halved = format!("{edit}\nwrites = {{ compression = \"50 %\" }}");
    let scenario = loaded(&Case { edits: &[(STEADY, &halved)], files: &[("t.csv", csv)], sets: &[] });
    assert!(scenario.warnings[0].mend.contains("3.52 GiB may be sent at once and wait up to 2m 30s"));
}

/// A limit is named with its source; what nobody follows, and what can never be measured, is said.
#[test]
fn warnings_name_sources_and_what_has_no_effect() {
    let warned = |edits: &[(&str, &str)]| {
        let warnings = loaded(&Case { edits, files: &[], sets: &[] }).warnings;
        warnings.iter().map(|w| format!("{} | {} | {}", w.wrong, w.note, w.mend)).collect::<Vec<_>>()
    };
    assert!(warned(&[]).is_empty());
    let disk = warned(&[("\"256 GiB\"", "\"1023 GiB\"")]);
    assert!(disk[0].ends_with("disks of at most 1022 GiB (documented: KI)"), "{disk:?}");
    let end = "drill_every = \"90d\"\n";
    let with = |more: &str| format!("{end}{more}");
    let spare = with("[plan.a]\ngroups = [{ vms = \"sql\" }]\n[plan.b]\ngroups = [{ plan = \"a\" }]\n");
    let spare = warned(&[(end, &spare)]);
    assert_eq!(spare.len(), 1, "{spare:?}");
    assert!(spare[0].starts_with("plan `b` is followed by nobody | no effect | "), "{spare:?}");
    let large = "{ vms = [] }, ".repeat(8);
    let large = with(&format!("plan = \"a\"\n[plan.a]\ngroups = [{large}]\n"));
    let large = warned(&[(end, &large)]);
    assert!(large[0].contains("7 groups and 100 machines (documented for a sibling product: RPLAN)"), "{large:?}");
    let outage = "[[outage.link-down]]\nlink = \"wan\"\nat = \"9d13:15\"\nlasts = \"5h\"\n";
    let calm = warned(&[(outage, "")]);
    assert_eq!(calm.len(), 1, "{calm:?}");
    assert!(calm[0].starts_with("nothing fails here, so `p95(rpo) <= 15m` is never measured | no effect"), "{calm:?}");
}

/// Said only where a target hangs on it, and only while it is left out.
#[test]
fn assumptions_are_told_that_a_target_hangs_on() {
    let assumed = |edits: &[(&str, &str)]| {
        let scenario = loaded(&Case { edits, files: &[], sets: &[] });
        scenario.assumptions.into_iter().map(|assumed| assumed.what).collect::<Vec<_>>()
    };
    let data = "how sql write: blocks of 16 KiB, nothing rewritten, no compression; `p95(rpo) <= 15m` hangs on the bytes that are sent";
    assert_eq!(assumed(&[]), [data]);
    let written = format!("{STEADY}\nwrites = {{ block = \"64 KiB\" }}");
    assert!(assumed(&[(STEADY, &written)]).is_empty());
    let rto = ("p95(rpo) <= 15m", "p95(rto) <= 2h");
    let times =
        "16 of 16 times of the platform (inspect, agent_install, agent_remove, …); `p95(rto) <= 2h` hangs on them";
    assert_eq!(assumed(&[rto]), [times, "when people declare a disaster; `p95(rto) <= 2h` hangs on it"]);
    let end = "drill_every = \"90d\"\n";
    let given = format!("{end}declare_disaster_after = \"30m\"\n[times]\nboot_windows = \"4m\"\n");
    assert_eq!(assumed(&[rto, (end, &given)]), [times.replace("16 of 16", "15 of 16")]);
}

/// Two VMs of 60 MiB/s in blocks of 16 KiB: 7680, and 42.667 for each of four disks.
#[test]
fn an_appliance_short_of_operations_is_warned_about_with_the_number() {
    let edit = STEADY.replace("300 KiB/s", "60 MiB/s");
    let crowded = |edits| loaded(&Case { edits, files: &[], sets: &[] }).warnings;
    assert!(crowded(&[]).is_empty());
    let warnings = crowded(&[(STEADY, &edit)]);
    let found = warnings.iter().find(|warning| warning.wrong.contains("operations/s in the mean"));
    let found = found.unwrap_or_else(|| panic!("{warnings:?}"));
    assert_eq!(found.wrong, "the 4 disks of appliance `a1` need 7850 operations/s in the mean");
    assert!(found.mend.contains("ends at 4778"), "{}", found.mend);
}

#[test]
fn a_packed_file_is_unpacked_and_a_broken_one_refused() {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"vm,time_s,w\n17,0,1\n17,300,2\n").expect("packs");
    let packed = packer.finish().expect("packs");
    assert_eq!(rates(&with_trace(&packed)), [1, 2]);
    let half = &packed[..packed.len() / 2];
    let cure = "write the file again; the scenario takes plain or gzipped CSV";
    let wrong = "26:24 `t.csv` cannot be unpacked: incomplete deflate stream";
    refused(&Case { edits: &[(STEADY, TRACE)], files: &[("t.csv", half)], sets: &[] }, &[&format!("{wrong} | {cure}")]);
}

#[test]
fn overrides_are_laid_over_the_file_and_marked() {
    let sets = [
        ("link.wan.bandwidth", "1 Gbit/s"),
        ("override.disk_protected_max", "500 GiB"),
        ("vms.sql.count", "3"),
        ("outage.link-down.0.lasts", "2h"),
        ("override.vm_sizes.Huge", "{ cores = 64, memory = \"1 TiB\", data_disks = 128, iops_per_disk = 2300 }"),
        ("vms.sql.size", "Huge"),
    ];
    let scenario = loaded(&Case { edits: &[], files: &[], sets: &sets });
    let inventory = &scenario.setup.inventory;
    assert_eq!((inventory.links[0].bandwidth, inventory.vms.len()), (BitRate::mbit(1_000), 3));
    assert_eq!(inventory.limits.disk_protected_max, Bytes::gib(500));
    let note = inventory.limits.notes.iter().find(|note| note.key == "disk_protected_max").expect("noted");
    assert_eq!((note.mark, note.value.as_str()), (Mark::Overridden, "500 GiB"));
    assert_eq!(inventory.limits.vm_sizes[inventory.vms[0].size].data_disks, 128);
    assert_eq!(scenario.setup.physics.outages[0].lasts, Law::Fixed(Duration::hours(2)));
    let plain = loaded(&Case { edits: &[], files: &[], sets: &[] });
    assert_ne!(scenario.hash, plain.hash, "overrides are part of the identity");
}

/// The scenario of the contract, with the files it names.
#[test]
fn the_whole_format_is_read() {
    let text = include_str!("common/whole.toml");
    let read = |path: &std::path::Path| {
        let text = match path.to_str() {
            Some("wan.csv") => "bits\n3000000000\n6000000000\n",
            Some("churn.csv") => "vm,bytes_per_s\n17,1000\n17,2000\n",
            Some("outages.csv") => "begin,seconds\n86400,3600\n864000,60\n",
            _ => return Err(std::io::ErrorKind::NotFound.into()),
        };
        Ok(text.as_bytes().to_vec())
    };
    let scenario = load(text, "whole.toml", &read, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let setup = &scenario.setup;
    let at = |days: u64, hours: u64| Timestamp::START + Duration::days(days) + Duration::hours(hours);
    assert_eq!(scenario.replications.until.as_ref().map(|precision| precision.relative), Some(0.05));
    let cross = setup.physics.cross_traffic[0].as_ref().expect("declared");
    assert_eq!((cross.series.rates.as_slice(), cross.scale), ([1_250_000, 2_500_000].as_slice(), Ratio::percent(20)));
    let outages = &setup.physics.outages;
    let names: Vec<&str> = outages.iter().map(|outage| outage.name.as_str()).collect();
    assert_eq!(names, ["stamp-down branch", "link-down wan", "fire", "link-down wan #2"]);
    assert_eq!(outages[1].when, When::At(vec![at(12, 3), at(20, 0)]));
    assert_eq!(outages[2].takes.len(), 3);
    assert_eq!(outages[2].takes[1].probability, Ratio::percent(30));
    assert!(matches!(outages[2].takes[2].outage, Outage::LinkSlow { to, .. } if to == Ratio::percent(50)));
    let listed = vec![(at(1, 0), Duration::hours(1)), (at(10, 0), Duration::minutes(1))];
    assert_eq!(outages[3].when, When::Listed(listed));
    let orders: Vec<_> = setup.script.iter().map(|(at, _)| *at).collect();
    assert_eq!(orders.len(), 13, "twelve machines failed over, one plan run");
    assert!(
        matches!(setup.script[0].1, Command::FailOver { point: PointChoice::Custom(then), .. } if then == at(14, 0))
    );
    assert_eq!(setup.intent.plans[1].groups.len(), 3, "the other plan's two groups, and its own");
    let limits = &setup.inventory.limits;
    assert_eq!((limits.disk_rate_max, limits.envelope.ops_max_milli), (ByteRate::mb(200), 6_000_000));
    assert_eq!(setup.inventory.disks[1].used, Bytes::gib(512).share(Ratio::percent(60)));
    assert!(
        matches!(&scenario.questions[..], [Question::Smallest { .. }, Question::Front { price, .. }] if price.len() == 2)
    );
    assert_eq!(scenario.warnings, []);
}

/// A few lines must not become a list that fills the memory.
#[test]
fn what_unfolds_beyond_bounds_is_refused() {
    let crowd = ("count = 2", "count = 150000");
    let (rings, order) = (
        "[plan.a]\ngroups = [{ vms = [\"sql\", \"sql\"] }]\n",
        "[[order]]\nat = \"1d\"\ndo = \"commit\"\nvms = \"sql\"\n",
    );
    let end = "drill_every = \"90d\"\n";
    let one_disk = ("[\"128 GiB\", \"256 GiB\"]", "\"64 GiB\"");
    let with_plan = format!("{end}{rings}");
    let (text, result) = Case { edits: &[crowd, one_disk, (end, &with_plan)], files: &[], sets: &[] }.load();
    let faults = result.expect_err("refused");
    assert!(
        faults.iter().any(|fault| fault.wrong.contains("more than 200000 machines")),
        "{}",
        shown(&faults[0], &text)
    );
    let with_orders = format!("{end}{}", order.repeat(8));
    let (text, result) = Case { edits: &[crowd, one_disk, (end, &with_orders)], files: &[], sets: &[] }.load();
    let faults = result.expect_err("refused");
    assert!(
        faults.iter().any(|fault| fault.wrong.contains("more than 1000000 commands")),
        "{}",
        shown(&faults[0], &text)
    );
    let doubling: String = (1..20)
        .map(|n| format!("[plan.p{n}]\ngroups = [{{ plan = \"p{}\" }}, {{ plan = \"p{}\" }}]\n", n - 1, n - 1))
        .collect();
    let with_plans = format!("{end}[plan.p0]\ngroups = [{{ vms = \"sql\" }}]\n{doubling}");
    let (_, result) = Case { edits: &[(end, &with_plans)], files: &[], sets: &[] }.load();
    assert!(result.is_err());
}

#[test]
fn empty_deep_and_huge_texts_are_refused() {
    let none = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    let refuse = |text: &str| {
        let faults = load(text, "s.toml", &none, &[]).expect_err("refused").0;
        faults.into_iter().map(|fault| fault.wrong).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(refuse(""), "the scenario is empty");
    assert_eq!(refuse("# only a comment\n"), "the scenario is empty");
    assert!(refuse(&"x".repeat(5 << 20)).contains("at most"));
    assert!(refuse(&format!("a = {}", "[".repeat(50_000))).contains("not TOML"));
    assert!(refuse(&format!("a = {}1{}", "[".repeat(40), "]".repeat(40))).contains("nested deeper"));
    assert!(refuse(&format!("{}a = 1", "a.".repeat(50))).contains("nested deeper"));
    let crlf = format!("\u{feff}{}", SOUND.replace('\n', "\r\n"));
    assert!(load(&crlf, "s.toml", &none, &[]).is_ok(), "a mark and CRLF do not matter");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut, doubled, exchanged and overwritten anywhere: faults, never a panic, and every fault can be shown.
    #[test]
    fn no_mutation_of_the_first_scenario_panics(
        cuts in prop::collection::vec((0usize..6000, 0usize..40, any::<u8>(), "\\PC{0,12}"), 1..6),
    ) {
        let mut text = include_str!("../scenarios/00-first.toml").to_string();
        for (at, length, kind, put) in cuts {
            let mut start = at.min(text.len());
            while !text.is_char_boundary(start) { start -= 1; }
            let mut end = (start + length).min(text.len());
            while !text.is_char_boundary(end) { end -= 1; }
            let end = end.max(start);
            let old = text[start..end].to_string();
            let new = match kind % 5 { 0 => String::new(), 1 => put, 2 => old.repeat(2), 3 => "9".repeat(old.len()), _ => old.chars().rev().collect() };
            text.replace_range(start..end, &new);
        }
        let none = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        if let Err(faults) = load(&text, "s.toml", &none, &[]) {
            prop_assert!(!faults.0.is_empty());
            for fault in &faults.0 {
                prop_assert!(drsim::scenario::render(fault, &text, true).contains("mend: "));
            }
        }
    }

    /// Values of every kind under every key of the sound scenario.
    #[test]
    fn no_override_panics(line in 0usize..60, value in prop_oneof![
        Just("-1".to_string()), Just("[]".into()), Just("{}".into()), Just("true".into()), Just("1e308".into()), Just("[[1]]".into()),
        Just("{ a = { b = 1 } }".into()), Just("9223372036854775807".into()), Just("0".into()), Just("2026-01-01".into()),
        Just("\"\"".into()), Just("0s".into()), Just("\"0 B\"".into()), Just("100 %".into()), "\\PC{0,20}",
    ]) {
        let mut paths = Vec::new();
        let mut section = String::new();
        for text in SOUND.lines() {
            if let Some(name) = text.strip_prefix('[') {
                section = name.trim_matches(['[', ']']).to_string();
                paths.push(section.clone());
            } else if let Some((key, _)) = text.split_once(" = ") {
                paths.push(if section.is_empty() { key.into() } else { format!("{section}.{key}") });
                paths.push(format!("{section}.0.{key}"));
            }
        }
        let path = paths[line % paths.len()].clone();
        let none = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        let _ = load(SOUND, "s.toml", &none, &[(path, value)]);
    }

    /// Any bytes as a trace.
    #[test]
    fn no_trace_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), with_header in any::<bool>()) {
        let mut csv = if with_header { b"vm,time_s,w\n17,0,1\n".to_vec() } else { Vec::new() };
        csv.extend(bytes);
        let _ = Case { edits: &[(STEADY, TRACE)], files: &[("t.csv", &csv)], sets: &[] }.load();
    }
}
