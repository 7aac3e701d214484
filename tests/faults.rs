//! Bad scenarios: each is refused with what is wrong, where, and how to mend it; all faults at once; nothing panics.
//! Here: keys, names, units, counts. `faults_of_meaning.rs` goes on with times, targets, laws and files.

#[path = "common/faults.rs"]
mod common;

use common::{Case, SOUND, refused};

#[test]
fn the_sound_scenario_is_sound() {
    let (_, loaded) = Case { edits: &[], files: &[], sets: &[] }.load();
    let scenario = loaded.expect("loads");
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
    assert!(SOUND.lines().count() > 40);
}

#[test]
fn unknown_key_names_the_nearest() {
    refused(
        &Case { edits: &[(r#"round_trip = "18ms""#, r#"rond_trip = "18ms""#)], files: &[], sets: &[] },
        &[
            "13:1 `rond_trip` is not a key of [link.wan] | did you mean `round_trip`? keys: bandwidth, cross_traffic, flow_window, from, round_trip, throttle, to",
        ],
    );
}

#[test]
fn unknown_section() {
    refused(
        &Case { edits: &[("[people]", "[poeple]")], files: &[], sets: &[] },
        &[
            "40:2 `poeple` is not a key of a scenario | did you mean `people`? keys: appliance, cache, limits, link, order, outage, override, people, plan, policy, protect, question, replication, run, stamp, target, times, title, vms",
        ],
    );
}

#[test]
fn missing_unit() {
    refused(
        &Case { edits: &[(r#"retention = "24h""#, "retention = 24")], files: &[], sets: &[] },
        &[
            r#"28:13 `retention` has no unit | write a span such as "5m", "1h 30m", "24h" or "7d" (units: ms, s, m, h, d, w)"#,
        ],
    );
}

#[test]
fn missing_unit_in_quotes() {
    refused(
        &Case { edits: &[(r#"retention = "24h""#, r#"retention = "24""#)], files: &[], sets: &[] },
        &[
            r#"28:13 `retention`: `24` has no unit of time | write a span such as "5m", "1h 30m", "24h" or "7d" (units: ms, s, m, h, d, w)"#,
        ],
    );
}

#[test]
fn wrong_kind_of_unit() {
    refused(
        &Case { edits: &[(r#"retention = "24h""#, r#"retention = "24 GiB""#)], files: &[], sets: &[] },
        &[
            r#"28:13 `retention`: `GiB` is not a unit of time | write a span such as "5m", "1h 30m", "24h" or "7d" (units: ms, s, m, h, d, w)"#,
        ],
    );
}

#[test]
fn megabits_or_megabytes() {
    refused(
        &Case { edits: &[(r#""200 Mbit/s""#, r#""200 Mb""#)], files: &[], sets: &[] },
        &[
            r#"12:13 `bandwidth`: `Mb` could mean bits or bytes, 1000 or 1024 | write bits per second such as "200 Mbit/s" or "1 Gbit/s"; bytes are written "25 MB/s""#,
        ],
    );
}

#[test]
fn kilobyte_of_which_kind() {
    refused(
        &Case { edits: &[(r#""1 TiB""#, r#""64 K""#)], files: &[], sets: &[] },
        &[
            r#"16:12 `capacity`: `K` could mean bits or bytes, 1000 or 1024 | write bytes such as "64 GiB" (1024³) or "64 GB" (1000³); units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"#,
        ],
    );
}

#[test]
fn bytes_where_a_rate_is_wanted() {
    refused(
        &Case { edits: &[(r#""200 Mbit/s""#, r#""200 MB""#)], files: &[], sets: &[] },
        &[
            r#"12:13 `bandwidth`: `200 MB` is an amount, not a rate | write bits per second such as "200 Mbit/s" or "1 Gbit/s"; bytes are written "25 MB/s""#,
        ],
    );
}

#[test]
fn dangling_stamp() {
    refused(
        &Case { edits: &[(r#"from = "branch""#, r#"from = "brnch""#)], files: &[], sets: &[] },
        &["10:8 there is no stamp `brnch` | did you mean `branch`? stamps: branch, head"],
    );
}

#[test]
fn dangling_policy() {
    refused(
        &Case { edits: &[(r#"policy = "gold""#, r#"policy = "silver""#)], files: &[], sets: &[] },
        &["30:10 there is no policy `silver` | policies: gold"],
    );
}

#[test]
fn dangling_group_of_a_protection() {
    refused(
        &Case { edits: &[("[protect.sql]", "[protect.sqll]")], files: &[], sets: &[] },
        &["29:10 there is no group `sqll` | did you mean `sql`? groups: sql"],
    );
}

#[test]
fn unknown_vm_size() {
    refused(
        &Case { edits: &[(r#""Standard_DS3_v2""#, r#""Standard_DS3v2""#)], files: &[], sets: &[] },
        &[
            "24:8 there is no VM size `Standard_DS3v2` | did you mean `Standard_DS3_v2`? VM sizes: Basic_A0, Basic_A1, Basic_A2, Basic_A3, Basic_A4, Standard_A0, Standard_A1, Standard_A1_v2, Standard_A2, Standard_A2_v2, Standard_A2m_v2, Standard_A3, Standard_A4, Standard_A4_v2, Standard_A4m_v2, Standard_A5, Standard_A6, Standard_A7, Standard_A8_v2, Standard_A8m_v2, Standard_D1, Standard_D11, Standard_D11_v2, Standard_D12 and 62 more",
        ],
    );
}

#[test]
fn unknown_profile() {
    refused(
        &Case { edits: &[(r#""azure-stack-hub-2024""#, r#""azure-stack-hub""#)], files: &[], sets: &[] },
        &[
            "2:10 there is no limits profile `azure-stack-hub` | did you mean `azure-stack-hub-2024`? profiles: azure-stack-hub-2024",
        ],
    );
}

#[test]
fn cycle_of_plans() {
    refused(
        &Case {
            edits: &[(
                "[people]",
                "[plan.a]\ngroups = [{ vms = \"sql\" }, { plan = \"b\" }]\n[plan.b]\ngroups = [{ plan = \"a\" }]\n[people]",
            )],
            files: &[],
            sets: &[],
        },
        &["43:20 the plan leads back to itself: a → b → a | remove one of these references"],
    );
}

#[test]
fn machine_twice_in_a_plan() {
    refused(
        &Case {
            edits: &[("[people]", "[plan.a]\ngroups = [{ vms = [\"sql-1\", \"sql\"] }]\n[people]")],
            files: &[],
            sets: &[],
        },
        &["40:7 `sql-1` stands twice in the plan | start each machine once"],
    );
}

#[test]
fn negative_quantity() {
    refused(
        &Case { edits: &[(r#""18ms""#, r#""-18ms""#)], files: &[], sets: &[] },
        &[
            r#"13:14 `round_trip` is negative | write a span such as "5m", "1h 30m", "24h" or "7d" (units: ms, s, m, h, d, w)"#,
        ],
    );
}

#[test]
fn negative_count() {
    refused(
        &Case { edits: &[("count = 2", "count = -2")], files: &[], sets: &[] },
        &["21:9 `count` is -2 | write a whole number, not below 0"],
    );
}

#[test]
fn a_million_machines() {
    refused(
        &Case { edits: &[("count = 2", "count = 1000000")], files: &[], sets: &[] },
        &["21:9 the scenario has 1000000 VMs | at most 200000 VMs are simulated"],
    );
}

#[test]
fn count_beyond_64_bits() {
    refused(
        &Case { edits: &[("count = 2", "count = 99999999999999999999")], files: &[], sets: &[] },
        &["21:9 this number is too large | write a number below 2^63"],
    );
}

#[test]
fn capacity_beyond_everything() {
    refused(
        &Case { edits: &[(r#""1 TiB""#, r#""99999999 PiB""#)], files: &[], sets: &[] },
        &["16:12 `capacity`: `99999999 PiB` is too large for data | write a smaller value"],
    );
}

#[test]
fn span_beyond_everything() {
    refused(
        &Case { edits: &[(r#"lasts = "30d""#, r#"lasts = "99999999999999999d""#)], files: &[], sets: &[] },
        &["5:9 `lasts`: `99999999999999999d` is longer than 146 years | write a shorter span"],
    );
}

#[test]
fn settle_longer_than_the_run() {
    refused(
        &Case { edits: &[(r#"settle = "4d""#, r#"settle = "40d""#)], files: &[], sets: &[] },
        &["6:10 the run ends before it has settled | settle is the part at the beginning that is not counted"],
    );
}

#[test]
fn wrong_type_text_for_table() {
    refused(
        &Case { edits: &[("[people]", "[people]\nfail_back = \"4h\"")], files: &[], sets: &[] },
        &["41:13 `people.fail_back` must be a table, not text | write people.fail_back = { … } or [people.fail_back]"],
    );
}

#[test]
fn wrong_type_number_for_text() {
    refused(
        &Case { edits: &[(r#"on = "head""#, "on = 3")], files: &[], sets: &[] },
        &["15:6 `on` must be text in quotes, not a number | write text in quotes"],
    );
}

#[test]
fn wrong_type_text_for_flag() {
    refused(
        &Case { edits: &[("[people]", "[people]\ncheck_the_source = \"yes\"")], files: &[], sets: &[] },
        &["41:20 `check_the_source` must be true or false, not text | write true or false"],
    );
}

#[test]
fn missing_key() {
    refused(
        &Case { edits: &[("bandwidth = \"200 Mbit/s\"\n", "")], files: &[], sets: &[] },
        &[r#"9:7 [link.wan] has no `bandwidth` | write bandwidth = "200 Mbit/s""#],
    );
}

#[test]
fn missing_section_run() {
    refused(
        &Case {
            edits: &[("[run]\nstarts = \"2026-01-05T00:00:00+01:00\"\nlasts = \"30d\"\nsettle = \"4d\"\n", "")],
            files: &[],
            sets: &[],
        },
        &[r#"1:1 the scenario has no [run] | add [run] with lasts = "30d""#],
    );
}

#[test]
fn duplicate_key() {
    refused(
        &Case { edits: &[("count = 2", "count = 2\ncount = 3")], files: &[], sets: &[] },
        &["22:1 this is not TOML: duplicate key | rename one of the two, or remove it"],
    );
}

#[test]
fn two_kinds_of_churn() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                "churn.steady = { rate = \"300 KiB/s\" }\nchurn.on_off = { rate = \"1 MiB/s\", on = \"1m\", off = \"1m\" }",
            )],
            files: &[],
            sets: &[],
        },
        &["27:7 `vms.sql.churn` has two kinds | keep one of them"],
    );
}

#[test]
fn unknown_kind_of_churn() {
    refused(
        &Case { edits: &[("churn.steady", "churn.stedy")], files: &[], sets: &[] },
        &["26:7 `stedy` is not a kind of `vms.sql.churn` | did you mean `steady`? kinds: daily, on_off, steady, trace"],
    );
}

#[test]
fn unknown_kind_of_outage() {
    refused(
        &Case { edits: &[("[[outage.link-down]]", "[[outage.link-dwn]]")], files: &[], sets: &[] },
        &[
            "36:10 outage `link-dwn` is not a kind we know | did you mean `link-down`? kinds: appliance-down, appliance-tampered, cache-down, correlated, damage, guest-reboot, link-down, link-slow, service-down, source-deleted, stamp-down",
        ],
    );
}

#[test]
fn outage_without_a_date() {
    refused(
        &Case { edits: &[("at = \"9d13:15\"\n", "")], files: &[], sets: &[] },
        &[
            r#"36:1 [outage.link-down] has no `at` | write at = "12d03:15", every.weibull = { mean = "200d", shape = 0.8 } or listed = { … }"#,
        ],
    );
}

#[test]
fn outage_dated_twice() {
    refused(
        &Case { edits: &[(r#"at = "9d13:15""#, "at = \"9d13:15\"\nevery = \"9d\"")], files: &[], sets: &[] },
        &["39:9 an outage is dated in one way | keep one of at, every, listed"],
    );
}

#[test]
fn not_a_moment() {
    refused(
        &Case { edits: &[(r#""9d13:15""#, r#""9d25:15""#)], files: &[], sets: &[] },
        &[
            r#"38:6 `9d25:15` is not a moment of the run | write a moment such as "12d03:15" (from the start of the run), "300h" or "2026-02-01T03:15:00Z""#,
        ],
    );
}

#[test]
fn a_group_called_like_a_machine() {
    let other =
        "[vms.sql-1]\ncount = 1\non = \"branch\"\nos = \"linux\"\nsize = \"Standard_DS2_v2\"\ndisks = \"64 GiB\"\n";
    let put = format!("{other}churn.steady = {{ rate = \"1 KiB/s\" }}\n[policy.gold]");
    refused(
        &Case { edits: &[("[policy.gold]", &put)], files: &[], sets: &[] },
        &["20:6 two machines or groups are called `sql-1` | rename the group, or the rows of its inventory"],
    );
}

/// One bad key in one section must not make keys of other sections look unknown.
#[test]
fn one_fault_brings_no_others_with_it() {
    let cases: [(&str, &str); 5] = [
        ("from = \"branch\"", "from = 7"),
        ("capacity = \"1 TiB\"", "capacity = true"),
        ("size = \"Standard_DS3_v2\"", "size = []"),
        ("retention = \"24h\"", "retention = {}"),
        ("at = \"9d13:15\"", "at = 1"),
    ];
    for edit in cases {
        let (text, result) = Case { edits: &[edit], files: &[], sets: &[] }.load();
        let faults = result.expect_err("refused");
        let shown: Vec<String> = faults.iter().map(|fault| common::shown(fault, &text)).collect();
        assert_eq!(shown.len(), 1, "{edit:?}: {shown:?}");
    }
}
