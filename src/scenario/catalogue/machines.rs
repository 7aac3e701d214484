//! Groups of machines and what they write.

use super::happens::LAW;
use super::series::{FLEET_TRACE, INVENTORY, TRACE};
use super::{DATA, DATA_RATE, Grammar, Key, Kind, SHARE, SPAN, Shape, count, name_of};

pub static VMS: Shape = Shape {
    id: "vms",
    written: "[vms.NAME]",
    doc: "A group of like machines: `count = 12` in `[vms.sql]` makes sql-1 to sql-12. At most 200 000 in a scenario.",
    keys: &[
        Key::new("count", count(1, i64::MAX as u64), "How many machines.")
            .left_out("one for each row of `from` or series of `each_from_trace`; else needed", "12"),
        Key::new("on", name_of("stamp"), "Where they stand.").needed("branch"),
        Key::new("subscription", name_of("subscription"), "Whose quotas they take.")
            .left_out("the only one of the stamp", "default"),
        Key::new(
            "os",
            Kind::Word(&[("windows", "Windows"), ("linux", "Linux")]),
            "Guest system: it decides about memory of the agent and time to boot.",
        )
        .needed("windows"),
        Key::new(
            "size",
            name_of("VM size"),
            "A VM size of the profile: cores, memory, disk slots, operations per disk.",
        )
        .needed("Standard_DS3_v2"),
        Key::new(
            "disks",
            Kind::Many(&Kind::Either(&[DATA, Kind::Table(&DISK)])),
            "Disks, OS disk first: a size, or a table.",
        )
        .left_out("those of `from`; else needed", "[\"64 GiB\", { size = \"512 GiB\", used = \"60 %\" }]"),
        Key::new("churn", Kind::Choice(&CHURN), "What a machine writes: one of the models.")
            .left_out("that of `from.daily` or `each_from_trace`; else needed", ""),
        Key::new("writes", Kind::Table(&WRITES), "How it writes: block size, rewriting, compression.")
            .left_out("16 KiB blocks, nothing rewritten, no compression", ""),
        Key::new("from", Kind::Table(&INVENTORY), "Machines from an inventory.")
            .left_out("`disks` and `count` say it", ""),
        Key::new("each_from_trace", Kind::Table(&FLEET_TRACE), "One machine for each series of a file.")
            .left_out("`churn` and `count` say it", ""),
        Key::new("bursts_together", Kind::Flag, "Whether all machines of the group burst at the same moments.")
            .default("false", "true"),
        Key::new("supported", Kind::Flag, "Whether the guest system is on the product's list.")
            .default("true", "false"),
        Key::new("certificate_trusted", Kind::Flag, "Whether the guest trusts the appliance's certificate.")
            .default("true", "false"),
        Key::new("leftover_mobility_service", Kind::Flag, "Whether an old agent is still installed.")
            .default("false", "true"),
    ],
};

static DISK: Shape = Shape {
    id: "disk",
    written: "disks = [{ … }]",
    doc: "A disk of each machine of the group.",
    keys: &[
        Key::new("size", DATA, "Its size.").needed("512 GiB"),
        Key::new("used", SHARE, "Share of blocks in use; counts with `initial_copy = \"used\"` only.")
            .default("100 %", "60 %"),
        Key::new("share", SHARE, "Its share of what the machine writes.").left_out("what is left, by size", "90 %"),
    ],
};

static CHURN: Shape = Shape {
    id: "churn",
    written: "churn.MODEL = { … }",
    doc: "What one machine writes, all its disks together. Rates are of the writes themselves, before rewriting and compression.",
    keys: &[
        Key::new("steady", Kind::Table(&STEADY), "The same rate all the time."),
        Key::new("daily", Kind::Table(&DAILY), "A curve that repeats each day, with one peak."),
        Key::new("on_off", Kind::Table(&ON_OFF), "A rate, then nothing, by turns."),
        Key::new("trace", Kind::Table(&TRACE), "A measured series."),
    ],
};

static STEADY: Shape = Shape {
    id: "churn-steady",
    written: "churn.steady = { … }",
    doc: "The same rate all the time, with noise if wanted.",
    keys: &[Key::new("rate", DATA_RATE, "What it writes.").needed("900 KiB/s"), NOISY],
};

static DAILY: Shape = Shape {
    id: "churn-daily",
    written: "churn.daily = { … }",
    doc: "A smooth curve over the day with the given mean and peak.",
    keys: &[
        Key::new("mean", DATA_RATE, "Mean over a working day.").needed("900 KiB/s"),
        Key::new("peak", DATA_RATE, "Highest rate of the day.").needed("6 MiB/s"),
        Key::new("peak_at", Kind::Text(Grammar::TimeOfDay), "Time of the peak.").needed("01:00"),
        Key::new("weekend", SHARE, "Factor on Saturday and Sunday.").default("100 %", "40 %"),
        NOISY,
    ],
};

const NOISY: Key = Key::new("noise", Kind::Table(&NOISE), "Noise on the rate.").left_out("none", "");

pub static NOISE: Shape = Shape {
    id: "noise",
    written: "noise = { … }",
    doc: "Lognormal noise with mean 1: the rate is multiplied by a new factor at each step.",
    keys: &[
        Key::new("sigma", Kind::Number { least: 0.0, most: 5.0 }, "Standard deviation of the factor's logarithm.")
            .needed("0.5"),
        Key::new("every", SPAN, "Length of a step.").needed("5m"),
    ],
};

static ON_OFF: Shape = Shape {
    id: "churn-on-off",
    written: "churn.on_off = { … }",
    doc: "Bursts: the rate while on, nothing while off.",
    keys: &[
        Key::new("rate", DATA_RATE, "Rate while on.").needed("20 MiB/s"),
        Key::new("on", LAW, "How long it is on.").needed("{ exponential = { mean = \"10m\" } }"),
        Key::new("off", LAW, "How long it is off.").needed("{ exponential = { mean = \"1h\" } }"),
    ],
};

static WRITES: Shape = Shape {
    id: "writes",
    written: "writes = { … }",
    doc: "How a machine writes. Without measured numbers the defaults overstate what is sent, which is the safe side of a plan.",
    keys: &[
        Key::new("block", DATA, "Mean size of one write: many small ones cost the appliance more.")
            .default("16 KiB", "64 KiB"),
        Key::new(
            "unique",
            Kind::Pairs(Grammar::Window, &SHARE),
            "Distinct share of what is written, by window: the rest is rewritten and sent once.",
        )
        .left_out("nothing is rewritten", "{ \"5m\" = \"80 %\", \"1h\" = \"55 %\" }"),
        Key::new("compression", SHARE, "Bytes on the wire per byte captured.").default("100 %", "60 %"),
        Key::new(
            "coalesce_within",
            SPAN,
            "The agent joins rewrites that follow each other this closely; it holds everything back for so long.",
        )
        .default("0s", "30s"),
    ],
};
