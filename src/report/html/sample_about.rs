//! What the sample report is about: scenario, inputs and assumptions, of our making. Unit: text.

use crate::inventory::limits::{LimitNote, Mark};
use crate::report::{About, InputFile};

pub(in crate::report) fn about() -> About {
    let note = |key: &str, value: &str, mark, source: &str, why: &str| LimitNote {
        key: key.into(),
        value: value.into(),
        mark,
        source: source.into(),
        why: why.into(),
    };
    About {
        title: "Branch office protected by head office".into(),
        scenario_file: "scenarios/branch-office.toml".into(),
        hash_hex: "9f2c41d7".repeat(8),
        seed: 7,
        replications: 200,
        version: "0.1.0".into(),
        digest_hex: "51be09aa".repeat(8),
        numeric_fingerprint_hex: "1a2b".repeat(8),
        out_dir: "reports/branch-office".into(),
        warnings: vec![
            "wan.csv samples every 5m, the RPO target of sql is 15m: bursts shorter than a sample are flattened".into(),
        ],
        input_notes: vec!["churn.csv: 30 VMs, 8 640 samples each; 4 samples missing, held at the value before".into()],
        inputs: vec![InputFile {
            file: "churn.csv".into(),
            purpose: "churn of files".into(),
            rows_used: 259_196,
            rows_left_out: vec![("no number".into(), 4)],
            remarks: vec!["4 steps without a sample filled from the same time of day".into()],
        }],
        assumptions: vec![
            note(
                "envelope.op_bytes",
                "21 KiB",
                Mark::Inferred,
                "calibrated against the published lab table",
                "two linear constraints explain every row",
            ),
            note(
                "bitmap_resync_share",
                "50 %",
                Mark::Assumed,
                "none",
                "not documented; changing it moves catch-up, not RPO in quiet times",
            ),
            note("appliance_buffer", "1 TiB", Mark::Overridden, "scenario, line 31", "a larger disk was bought"),
        ],
        command: "drsim run scenarios/branch-office.toml --seed 7 --replications 200".into(),
    }
}
