//! What loads: traces as real exports are, overrides, the whole of the file format; and that no input makes it panic.

use std::io;
use std::path::Path;

use drsim::contract::{Command, PointChoice};
use drsim::intent::Question;
use drsim::inventory::limits::Mark;
use drsim::kernel::Law;
use drsim::scenario::{Faults, Scenario, load, scenario_text};
use drsim::units::{BitRate, ByteRate, Bytes, Duration, Ratio, Timestamp};
use drsim::world::{Churn, Outage, Series, When};
use proptest::prelude::*;

/// The sound scenario, and some of what it leaves out.
const SOUND: &str = concat!(
    include_str!("common/sound.toml"),
    "[[target]]\nvms = \"sql\"\nmust = \"p95(rpo) <= 15m\"\n",
    "[[outage.link-down]]\nlink = \"wan\"\nat = \"9d13:15\"\nlasts = \"5h\"\n",
    "[people]\ndrill_every = \"90d\"\n"
);
const STEADY: &str = r#"churn.steady = { rate = "300 KiB/s" }"#;
const TRACE: &str =
    r#"churn.trace = { file = "t.csv", vm = 17, every = "5m", unit = "KiB/s", column = "w", align = "start" }"#;

/// The sound scenario with some text exchanged, files beside it, and overrides.
fn read(edits: &[(&str, &str)], files: &[(&str, &[u8])], sets: &[(&str, &str)]) -> Result<Scenario, Faults> {
    let text = edits.iter().fold(SOUND.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the edit `{old}` changes nothing");
        text.replacen(old, new, 1)
    });
    let beside = |path: &Path| {
        let found = files.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    let own = |(path, value): &(&str, &str)| ((*path).to_owned(), (*value).to_owned());
    load(&text, "s.toml", &beside, &sets.iter().map(own).collect::<Vec<_>>())
}

fn loaded(edits: &[(&str, &str)], files: &[(&str, &[u8])]) -> Scenario {
    read(edits, files, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

fn with_trace(csv: &[u8]) -> Scenario {
    loaded(&[(STEADY, TRACE)], &[("t.csv", csv)])
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
    let scenario = loaded(&[(group, from)], &[("i.csv", csv)]);
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
    assert!(note.remarks.iter().any(|remark| remark.contains("2 steps back in time")), "{note:?}");
}

#[test]
fn a_gap_is_filled_with_the_same_time_of_day_and_else_with_the_mean() {
    // Three days in steps of 12 h; the second night is missing, and the last noon is unreadable.
    let edit = TRACE.replace("5m", "12h");
    let csv: &[u8] = b"vm,time_s,w\n17,0,10\n17,43200,100\n17,129600,300\n17,172800,30\n17,216000,x\n";
    let scenario = loaded(&[(STEADY, &edit)], &[("t.csv", csv)]);
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
    let scenario = loaded(&[(STEADY, &edit)], &[("t.csv", csv.as_bytes())]);
    assert_eq!(rates(&scenario), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(series(&scenario).starts, Timestamp::START + Duration::days(2) + Duration::hours(1));
}

#[test]
fn amounts_per_step_become_rates() {
    let edit = TRACE.replace("KiB/s", "bit");
    let csv: &[u8] = b"vm,time_s,w\n17,0,2400\n17,300,4800\n";
    let scenario = loaded(&[(STEADY, &edit)], &[("t.csv", csv)]);
    assert_eq!(series(&scenario).rates, [1, 2], "2400 bit in 300 s are 1 B/s");
}

#[test]
fn a_step_too_coarse_for_the_rpo_is_warned_about_with_what_it_may_hide() {
    let edit = TRACE.replace("5m", "30m");
    let csv: &[u8] = b"vm,time_s,w\n17,0,1024\n17,1800,2048\n";
    let scenario = loaded(&[(STEADY, &edit)], &[("t.csv", csv)]);
    let warning = &scenario.warnings[0];
    assert_eq!(warning.wrong, "the trace has one value in 30m, the RPO target is 15m");
    // Two machines at 2 MiB/s for half an hour: 7 549 747 200 B, at 25 MB/s 301.99 s.
    let hidden = "a burst inside a step stays hidden: 7.03 GiB may be sent at once and wait up to 5m 1s for the link";
    assert_eq!(warning.mend, format!("{hidden}; measure at 3m 45s or finer"));
    // Half of it is sent, so half of it waits.
    let halved = format!("{edit}\nwrites = {{ compression = \"50 %\" }}");
    let scenario = loaded(&[(STEADY, &halved)], &[("t.csv", csv)]);
    assert!(scenario.warnings[0].mend.contains("3.52 GiB may be sent at once and wait up to 2m 30s"));
}

/// A limit is named with its source; what nobody follows, and what can never be measured, is said.
#[test]
fn warnings_name_sources_and_what_has_no_effect() {
    let warned = |edits: &[(&str, &str)]| {
        let warnings = loaded(edits, &[]).warnings;
        warnings.iter().map(|w| format!("{} | {} | {}", w.wrong, w.note, w.mend)).collect::<Vec<_>>()
    };
    assert!(warned(&[]).is_empty());
    let disk = warned(&[("\"256 GiB\"", "\"1023 GiB\"")]);
    let profile = drsim::scenario::limits::profile("azure-stack-hub-2024").expect("bundled");
    let (known, sibling) = (profile.source("disk_protected_max"), profile.source("plan_groups_max"));
    assert!(known.starts_with("documented: ") && sibling.starts_with("documented for a sibling product: "));
    assert!(disk[0].ends_with(&format!("disks of at most 1022 GiB ({known})")), "{disk:?}");
    let end = "drill_every = \"90d\"\n";
    let with = |more: &str| format!("{end}{more}");
    let spare = with("[plan.a]\ngroups = [{ vms = \"sql\" }]\n[plan.b]\ngroups = [{ plan = \"a\" }]\n");
    let spare = warned(&[(end, &spare)]);
    assert_eq!(spare.len(), 1, "{spare:?}");
    assert!(spare[0].starts_with("plan `b` is followed by nobody | no effect | "), "{spare:?}");
    let large = "{ vms = [] }, ".repeat(8);
    let large = with(&format!("plan = \"a\"\n[plan.a]\ngroups = [{large}]\n"));
    let large = warned(&[(end, &large)]);
    assert!(large[0].contains(&format!("7 groups and 100 machines ({sibling})")), "{large:?}");
    let outage = "[[outage.link-down]]\nlink = \"wan\"\nat = \"9d13:15\"\nlasts = \"5h\"\n";
    let calm = warned(&[(outage, "")]);
    assert_eq!(calm.len(), 1, "{calm:?}");
    assert!(calm[0].starts_with("nothing fails here, so `p95(rpo) <= 15m` is never measured | no effect"), "{calm:?}");
}

/// Said only where a target hangs on it, and only while it is left out.
#[test]
fn assumptions_are_told_that_a_target_hangs_on() {
    let assumed = |edits: &[(&str, &str)]| {
        let scenario = loaded(edits, &[]);
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
    let crowded = |edits| loaded(edits, &[]).warnings;
    assert!(crowded(&[]).is_empty());
    let warnings = crowded(&[(STEADY, &edit)]);
    let found = warnings.iter().find(|warning| warning.wrong.contains("operations/s in the mean"));
    let found = found.unwrap_or_else(|| panic!("{warnings:?}"));
    assert_eq!(found.wrong, "the 4 disks of appliance `a1` need 7850 operations/s in the mean");
    assert!(found.mend.contains("ends at 4778"), "{}", found.mend);
}

#[test]
fn a_packed_file_is_unpacked() {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"vm,time_s,w\n17,0,1\n17,300,2\n").expect("packs");
    let packed = packer.finish().expect("packs");
    assert_eq!(rates(&with_trace(&packed)), [1, 2]);
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
    let scenario = read(&[], &[], &sets).unwrap_or_else(|faults| panic!("{faults}"));
    let inventory = &scenario.setup.inventory;
    assert_eq!((inventory.links[0].bandwidth, inventory.vms.len()), (BitRate::mbit(1_000), 3));
    assert_eq!(inventory.limits.disk_protected_max, Bytes::gib(500));
    let note = inventory.limits.notes.iter().find(|note| note.key == "disk_protected_max").expect("noted");
    assert_eq!((note.mark, note.value.as_str()), (Mark::Overridden, "500 GiB"));
    assert_eq!(inventory.limits.vm_sizes[inventory.vms[0].size].data_disks, 128);
    assert_eq!(scenario.setup.physics.outages[0].lasts, Law::Fixed(Duration::hours(2)));
    let plain = loaded(&[], &[]);
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
    assert!(matches!(&scenario.questions[..], [Question::Smallest(one), Question::Front(all)]
            if one.price.is_some() && all.iter().filter(|turned| turned.price.is_some()).count() == 2));
    assert_eq!(scenario.warnings, []);
}

/// Shows every fault, as the command line does.
fn shown(text: &str, result: Result<Scenario, Faults>) {
    for fault in result.err().into_iter().flat_map(|faults| faults.0) {
        assert!(drsim::scenario::render(&fault, text, true).contains("mend: "), "{fault:?}");
    }
}

/// Lines, words and marks of scenarios: what mutations put in.
const SCRAPS: [&str; 28] = [
    "=",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    ",",
    ".",
    "#",
    "\n",
    "-1",
    "0",
    "nan",
    "1e308",
    "9223372036854775807",
    "true",
    "\"0s\"",
    "\"0 B\"",
    "\"100 %\"",
    "\"1h\"",
    "2026-01-01",
    "[[order]]",
    "[people]\n",
    "[vms.sql]\n",
    "plan = \"all\"\n",
    "\u{0}",
    "\u{202e}",
];

/// Cuts a text into words and what stands between them.
fn tokens(text: &str) -> Vec<&str> {
    text.split_inclusive(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).collect()
}

/// One change: a word or a line left out, doubled, exchanged with another one, replaced, or cut off.
fn changed(text: &str, (at, other, kind): (usize, usize, u8)) -> String {
    let mut parts = if kind % 2 == 0 { tokens(text) } else { text.split_inclusive('\n').collect() };
    if parts.is_empty() {
        return SCRAPS[other % SCRAPS.len()].to_owned();
    }
    let (at, other) = (at % parts.len(), other % parts.len().max(SCRAPS.len()));
    match (kind / 2) % 6 {
        0 => drop(parts.remove(at)),
        1 => parts.insert(at, parts[at]),
        2 => {
            let other = other % parts.len();
            parts.swap(at, other);
        }
        3 => parts[at] = SCRAPS[other % SCRAPS.len()],
        4 => parts.insert(at, SCRAPS[other % SCRAPS.len()]),
        _ => parts.truncate(at.max(1)),
    }
    parts.concat()
}

/// The scenarios that come with the program and the one with all keys, each small enough to be changed often.
fn bundled() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let paths = std::fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "toml")).collect();
    paths.sort();
    let texts = paths.iter().map(|path| std::fs::read_to_string(path).expect("a bundled scenario can be read"));
    texts.chain([include_str!("common/whole.toml").to_owned(), SOUND.to_owned()]).collect()
}

/// Answers every name with a small file, so that what reads files is reached, too.
fn some_file(_: &Path) -> io::Result<Vec<u8>> {
    Ok(b"vm,time_s,bits,w,bytes_per_s,begin,end,seconds\n17,0,1,1,1,0,300,300\n18,300,2,2,2,400,900,500\n".to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Words and lines left out, doubled, exchanged and replaced anywhere: faults, never a panic, and each can be shown.
    #[test]
    fn no_mutation_of_a_bundled_scenario_panics(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<usize>(), any::<usize>(), any::<u8>()), 1..8),
    ) {
        let texts = bundled();
        let text = changes.into_iter().fold(which.get(&texts).clone(), |text, change| changed(&text, change));
        shown(&text, load(&text, "s.toml", &some_file, &[]));
    }

    /// Any bytes as a scenario, as the command line reads them.
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<prop::sample::Index>()) {
        let begin = SOUND.as_bytes()[..head.index(SOUND.len())].to_vec();
        match scenario_text([begin, bytes].concat(), "s.toml") {
            Ok((text, _)) => shown(&text, load(&text, "s.toml", &some_file, &[])),
            Err((text, faults)) => shown(&text, Err(faults)),
        }
    }

    /// Values of every kind under every key of the sound scenario.
    #[test]
    fn no_override_panics(line in any::<prop::sample::Index>(), value in prop_oneof![
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
        shown(SOUND, read(&[], &[], &[(line.get(&paths).as_str(), &value)]));
    }

    /// Rows of numbers, marks and words in any order, between any separators, as a trace, an inventory and a list of outages.
    #[test]
    fn no_table_panics(
        cells in prop::collection::vec(prop_oneof![
            Just("17".to_string()), Just("0".into()), Just("300".into()), Just("1,5".into()), Just("\"".into()), Just("\n".into()),
            Just("-1".into()), Just("1e308".into()), Just("NaN".into()), Just("01:00".into()), Just("2013-07-01T00:00:00Z".into()),
            Just("4294967295".into()), Just("-99999999999999999999".into()), Just("\r".into()), Just("\u{feff}".into()), "\\PC{0,6}",
        ], 0..60),
        separator in prop::sample::select(vec![",", ";", "\t"]),
        raw in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let header = ["vm", "time_s", "w", "begin", "seconds"].join(separator);
        let csv = [format!("{header}\n{}\n", cells.join(separator)).into_bytes(), raw].concat();
        let inventory = r#"from = { inventory = "t.csv", disk = "w", daily = { mean = "w", peak = "w", peak_at = "begin", unit = "KiB/s" } }"#;
        let listed = r#"listed = { file = "t.csv", per = "vm", merge_within = "1m" }"#;
        let dated = "at = \"9d13:15\"\nlasts = \"5h\"";
        shown(SOUND, read(&[(STEADY, TRACE), (dated, listed)], &[("t.csv", &csv)], &[]));
        let fleet = [("count = 2", inventory), ("disks = [\"128 GiB\", \"256 GiB\"]\n", ""), (STEADY, "")];
        shown(SOUND, read(&fleet, &[("t.csv", &csv)], &[]));
    }

    /// Any bytes as a trace.
    #[test]
    fn no_trace_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), with_header in any::<bool>()) {
        let mut csv = if with_header { b"vm,time_s,w\n17,0,1\n".to_vec() } else { Vec::new() };
        csv.extend(bytes);
        shown(SOUND, read(&[(STEADY, TRACE)], &[("t.csv", &csv)], &[]));
    }
}

/// Weekend and noise of each machine stand in columns; a sigma of nothing is no noise.
#[test]
fn a_daily_curve_may_have_a_weekend_and_a_noise_of_its_own() {
    let daily = "daily = { mean = \"m\", peak = \"p\", peak_at = \"at\", unit = \"KiB/s\", weekend_column = \"w\", \
                 noise = { sigma = 0.1, every = \"5m\" }, sigma_column = \"s\" }";
    let from = format!("from = {{ inventory = \"t.csv\", disk = \"d\", unit = \"GiB\", {daily} }}");
    let csv = "vm,d,m,p,at,w,s\na,64,1,2,01:00,0.25,1.5\nb,64,1,2,01:00,1,0\nc,64,1,2,01:00,1,7\n";
    let edits = [("count = 2\n", ""), ("disks = [\"128 GiB\", \"256 GiB\"]\n", ""), (STEADY, from.as_str())];
    let scenario = loaded(&edits, &[("t.csv", csv.as_bytes())]);
    let churn: Vec<_> = scenario.setup.physics.churn.iter().map(|churn| churn.model.as_ref().clone()).collect();
    let of = |churn: &Churn| match churn {
        Churn::Daily { weekend, noise, .. } => (*weekend, noise.map(|noise| noise.sigma)),
        other => panic!("a daily curve was declared, not {other:?}"),
    };
    assert_eq!(churn.iter().map(of).collect::<Vec<_>>(), [(Ratio::percent(25), Some(1.5)), (Ratio::ONE, None)]);
    let left: u64 = scenario.sources.iter().flat_map(|note| &note.rows_left_out).map(|(_, count)| count).sum();
    assert_eq!(left, 1, "a sigma of 7 is beyond what the key takes");
}

/// Rows of other order than the trace: each machine has the row of its name; with other names they are dealt in turn.
#[test]
fn machines_of_a_trace_have_the_inventory_rows_of_their_names() {
    let trace =
        "each_from_trace = { file = \"t.csv\", every = \"5m\", unit = \"KiB/s\", column = \"w\", align = \"start\" }";
    let from = "from = { inventory = \"i.csv\", disk = \"d\", unit = \"GiB\" }";
    let keys = format!("{trace}\n{from}");
    let edits = [("count = 2\n", ""), ("disks = [\"128 GiB\", \"256 GiB\"]\n", ""), (STEADY, keys.as_str())];
    let sizes = |inventory: &str| -> Vec<u64> {
        let files = [("t.csv", &b"vm,w\na,1\nb,2\n"[..]), ("i.csv", inventory.as_bytes())];
        loaded(&edits, &files).setup.inventory.disks.iter().map(|disk| disk.size.0 >> 30).collect()
    };
    assert_eq!(sizes("vm,d\nb,20\nx,5\na,10\n"), [10, 20]);
    assert_eq!(sizes("vm,d\nz,20\na,10\n"), [20, 10], "not all are named: in turn");
}
