//! Bad scenarios, second part: times, targets, laws, overrides, and the files a scenario names.

#[path = "common/faults.rs"]
mod common;

use common::{Case, refused};

#[test]
fn start_without_offset() {
    refused(
        &Case { edits: &[(r#""2026-01-05T00:00:00+01:00""#, r#""2026-01-05""#)], files: &[], sets: &[] },
        &[
            r#"4:10 `2026-01-05` is not a date with time and offset | write a date with its offset such as "2026-01-05T00:00:00+01:00""#,
        ],
    );
}

#[test]
fn target_with_a_typo() {
    refused(
        &Case { edits: &[(r#""p95(rpo) <= 15m""#, r#""p95(rop) <= 15m""#)], files: &[], sets: &[] },
        &[
            "35:8 `rop` is not a measure | measures: availability, cache_used, data_lost, failback, initial_replication, overflow, refused, reprotect, rpo, rpo_over_time, rto",
        ],
    );
}

#[test]
fn target_without_a_unit() {
    refused(
        &Case { edits: &[(r#""p95(rpo) <= 15m""#, r#""p95(rpo) <= 15""#)], files: &[], sets: &[] },
        &[
            r#"35:8 `15` has no unit of time | write a span such as "5m", "1h 30m", "24h" or "7d" (units: ms, s, m, h, d, w)"#,
        ],
    );
}

#[test]
fn target_of_a_cache_for_machines() {
    refused(
        &Case { edits: &[(r#""p95(rpo) <= 15m""#, r#""prob(overflow) <= 1 %""#)], files: &[], sets: &[] },
        &[
            r#"35:8 `prob(overflow) <= 1 %` is not measured of this | overflow and cache_used go with cache = "…", all else with vms = "…""#,
        ],
    );
}

#[test]
fn share_above_one() {
    refused(
        &Case {
            edits: &[(
                r#""200 Mbit/s""#,
                "\"200 Mbit/s\"\n[[outage.link-slow]]\nlink = \"wan\"\nat = \"1d\"\nlasts = \"1h\"\nto = \"120 %\"\n[link.other]\nfrom = \"head\"\nto = \"branch\"\nbandwidth = \"1 Gbit/s\"",
            )],
            files: &[],
            sets: &[],
        },
        &[r#"17:6 `to` is more than 100 % | write a share such as "80 %""#],
    );
}

#[test]
fn app_points_off_the_grid() {
    refused(
        &Case {
            edits: &[(r#"retention = "24h""#, "retention = \"24h\"\napp_consistent_every = \"7m\"")],
            files: &[],
            sets: &[],
        },
        &[
            r#"29:24 `app_consistent_every` is no multiple of `crash_consistent_every` | write a multiple of 5m, or "off""#,
        ],
    );
}

#[test]
fn retention_beyond_the_product() {
    refused(
        &Case { edits: &[(r#""24h""#, r#""16d""#)], files: &[], sets: &[] },
        &["28:13 points are kept for at most 15d | shorten it, or override retention_max"],
    );
}

#[test]
fn disk_beyond_the_platform() {
    refused(
        &Case { edits: &[(r#""256 GiB""#, r#""2 TiB""#)], files: &[], sets: &[] },
        &["25:21 the platform has no disk of 2.00 TiB | write a size up to 1023 GiB; larger volumes are several disks"],
    );
}

#[test]
fn disks_beyond_the_size() {
    refused(
        &Case {
            edits: &[(
                r#"disks = ["128 GiB", "256 GiB"]"#,
                r#"disks = ["1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB","1 GiB"]"#,
            )],
            files: &[],
            sets: &[],
        },
        &[
            "24:8 18 disks do not fit Standard_DS3_v2: an OS disk and 16 data disks | take a larger size, or fewer disks",
        ],
    );
}

#[test]
fn law_with_its_ends_exchanged() {
    refused(
        &Case {
            edits: &[(r#"lasts = "5h""#, r#"lasts.uniform = { low = "5h", high = "1h" }"#)],
            files: &[],
            sets: &[],
        },
        &["39:38 `high` is shorter than `low` | exchange the two, or correct one"],
    );
}

#[test]
fn law_without_a_shape() {
    refused(
        &Case { edits: &[(r#"lasts = "5h""#, r#"lasts.weibull = { mean = "5h" }"#)], files: &[], sets: &[] },
        &["39:7 [outage.link-down.lasts.weibull] has no `shape` | write shape = 0.8"],
    );
}

#[test]
fn appliance_without_a_link() {
    refused(
        &Case {
            edits: &[("from = \"branch\"\nto = \"head\"", "from = \"head\"\nto = \"branch\"")],
            files: &[],
            sets: &[],
        },
        &[r#"17:12 no link leads from `branch` to `head` | add [link.wan] with from = "branch" and to = "head""#],
    );
}

#[test]
fn override_of_an_unknown_limit() {
    refused(
        &Case { edits: &[("[people]", "[override]\ndisk_protectd_max = \"1 GiB\"\n[people]")], files: &[], sets: &[] },
        &[
            "41:1 `disk_protectd_max` is not a key of [override] | did you mean `disk_protected_max`? keys: agent_memory_linux, agent_memory_windows, appliance_buffer, appliance_own_disks, bitmap_resync_share, difflog_age_max, disk_platform_max, disk_protected_max, disk_rate_max, drill_warn_after, envelope, heartbeat_every, heartbeat_lost_after, infrastructure_memory, infrastructure_memory_per_server, no_point_critical_after, no_progress_critical_after, plan_groups_max, plan_vms_max, portal_batch_max, processing_delay, provider_memory, pruning, quota_managed_disk and 12 more",
        ],
    );
}

#[test]
fn override_of_the_wrong_kind() {
    refused(
        &Case { edits: &[("[people]", "[override]\nquota_vms = \"many\"\n[people]")], files: &[], sets: &[] },
        &["41:13 `quota_vms` must be a whole number, not text | write a whole number"],
    );
}

#[test]
fn order_that_is_none() {
    refused(
        &Case {
            edits: &[("[people]", "[[order]]\nat = \"3d\"\ndo = \"failover\"\nvms = \"sql\"\n[people]")],
            files: &[],
            sets: &[],
        },
        &[
            "42:6 `failover` is not a choice of `do` | did you mean `fail-over`? choices: cancel-fail-back, change-point, check-prerequisites, clean-up-test-failover, commit, delete-appliance, delete-vault, disable, enable, fail-back, fail-over, manual-resync, register-appliance, reprotect, restart-vm, run-plan, set-test-network, test-failover, uninstall-mobility-service, uninstall-provider",
        ],
    );
}

#[test]
fn knob_that_is_none() {
    refused(
        &Case {
            edits: &[("[people]", "[[question.smallest]]\nknob = \"link.wan.bandwith\"\n[people]")],
            files: &[],
            sets: &[],
        },
        &["41:8 `link.wan.bandwith` is no knob | did you mean `bandwidth`? fields: bandwidth"],
    );
}

#[test]
fn unquoted_quantity() {
    refused(
        &Case { edits: &[(r#"retention = "24h""#, "retention = 24h")], files: &[], sets: &[] },
        &[
            r#"28:13 this is not TOML: string values must be quoted, expected literal string | put text and quantities in quotes: retention = "24h", bandwidth = "200 Mbit/s""#,
        ],
    );
}

#[test]
fn unclosed_text() {
    refused(
        &Case { edits: &[(r#"title = "x""#, r#"title = "x"#)], files: &[], sets: &[] },
        &[
            r#"1:11 this is not TOML: invalid basic string, expected `"` | put text and quantities in quotes: retention = "24h", bandwidth = "200 Mbit/s""#,
        ],
    );
}

#[test]
fn set_of_a_bad_value() {
    refused(
        &Case { edits: &[], files: &[], sets: &[("link.wan.bandwidth", "fast")] },
        &[
            r#"--set link.wan.bandwidth `bandwidth`: `fast` does not begin with a number | write bits per second such as "200 Mbit/s" or "1 Gbit/s"; bytes are written "25 MB/s""#,
        ],
    );
}

#[test]
fn set_of_an_unknown_path() {
    refused(
        &Case { edits: &[], files: &[], sets: &[("link.wan.bandwith", "1 Gbit/s")] },
        &[
            "--set link.wan.bandwith `bandwith` is not a key of [link.wan] | did you mean `bandwidth`? keys: bandwidth, cross_traffic, flow_window, from, round_trip, throttle, to",
        ],
    );
}

#[test]
fn several_at_once() {
    refused(
        &Case {
            edits: &[
                (r#"retention = "24h""#, "retention = 24"),
                (r#"from = "branch""#, r#"from = "brnch""#),
                ("count = 2", "cuont = 2"),
            ],
            files: &[],
            sets: &[],
        },
        &[
            "10:8 there is no stamp `brnch` | did you mean `branch`? stamps: branch, head",
            "20:6 [vms.sql] has no `count` | write count = 12",
            "21:1 `cuont` is not a key of [vms.sql] | did you mean `count`? keys: bursts_together, certificate_trusted, churn, count, disks, each_from_trace, from, leftover_mobility_service, on, os, size, subscription, supported, writes",
            r#"28:13 `retention` has no unit | write a span such as "5m", "1h 30m", "24h" or "7d" (units: ms, s, m, h, d, w)"#,
        ],
    );
}

#[test]
fn missing_file() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[],
            sets: &[],
        },
        &[
            "26:24 `t.csv` cannot be read: entity not found | paths are relative to the scenario file; check the name and the permission",
        ],
    );
}

#[test]
fn csv_empty() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"")],
            sets: &[],
        },
        &["26:24 `t.csv`: the file is empty | write a header line with the names of the columns, then one row a line"],
    );
}

#[test]
fn csv_without_the_column() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,write\n17,0,1\n")],
            sets: &[],
        },
        &["26:83 `t.csv` has no column `w` | columns: t, vm, write"],
    );
}

#[test]
fn csv_of_another_vm() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,w\n18,0,1\n")],
            sets: &[],
        },
        &["26:38 `t.csv` has no rows of vm `17` | name a VM of the file"],
    );
}

#[test]
fn csv_only_holes() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,w\n17,0,\n17,300,NaN\n17,600,-1\n17,900,inf\n17,1200\n")],
            sets: &[],
        },
        &[
            "26:38 `t.csv` has no row that can be used (1 rows: no value; 2 rows: the value is not finite; 1 rows: the value is negative; 1 rows: fewer fields than the header) | check column, unit and separator of the file",
        ],
    );
}

#[test]
fn csv_in_utf16() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"\xff\xfev\0m\0")],
            sets: &[],
        },
        &[r#"26:24 `t.csv`: the file is UTF-16 | save it as UTF-8 (in a spreadsheet: "CSV UTF-8")"#],
    );
}

#[test]
fn csv_in_milliseconds() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,w\n17,1372629804000,1\n")],
            sets: &[],
        },
        &[
            "26:38 `t.csv` has no row that can be used (1 rows: the time cannot be read) | check column, unit and separator of the file",
        ],
    );
}

#[test]
fn csv_with_a_clock_gone_mad() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,w\n17,0,1\n17,7000000000,1\n")],
            sets: &[],
        },
        &[
            "26:7 `t.csv` spans 23333334 steps of 5m for 1 VMs | at most 2000000 steps and 60000000 values are read; check `time_unit` and `every`",
        ],
    );
}

#[test]
fn csv_decimal_comma() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KiB/s", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm;t;w\n17;0;1,5\n")],
            sets: &[],
        },
        &[
            "26:38 `t.csv` has no row that can be used (1 rows: not a number (decimal comma: write a point)) | check column, unit and separator of the file",
        ],
    );
}

#[test]
fn trace_without_unit() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,w\n17,0,1\n")],
            sets: &[],
        },
        &[
            r#"26:7 [vms.sql.churn.trace] has no `unit` | write unit = "KiB/s" (1024 bytes a second), "bit/s", or an amount per step such as "bit""#,
        ],
    );
}

#[test]
fn trace_with_unit_kbps() {
    refused(
        &Case {
            edits: &[(
                r#"churn.steady = { rate = "300 KiB/s" }"#,
                r#"churn.trace = { file = "t.csv", vm = "17", every = "5m", unit = "KBps", column = "w", time_column = "t" }"#,
            )],
            files: &[("t.csv", b"vm,t,w\n17,0,1\n")],
            sets: &[],
        },
        &[
            r#"26:65 `KBps` is no unit of a trace | a rate: "KiB/s", "MB/s", "Mbit/s"; or an amount per step: "bit", "B", "KiB""#,
        ],
    );
}
