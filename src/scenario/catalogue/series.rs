//! What is read from files: traces, inventories, lists of outages.

use super::{COLUMN, DATA, FREE, Grammar, Key, Kind, SHARE, SPAN, Shape, count};
use crate::scenario::catalogue::machines::NOISE;

const FILES: Kind = Kind::Many(&Kind::Text(Grammar::File));
const FILE: Key = Key::new("file", FILES, "The CSV file, plain or gzipped, beside the scenario.")
    .left_out("`files` is needed", "churn.csv");
const MORE_FILES: Key = Key::new("files", FILES, "Several files with the same columns, read as one.")
    .left_out("`file` is needed", "[\"july.csv\", \"august.csv\"]");
const ENCODING: Key = Key::new(
    "encoding",
    Kind::Word(&[
        ("utf-8", "UTF-8, or UTF-16 that says so by its mark"),
        ("windows-1252", "the old one of western Europe"),
    ]),
    "How the letters of the file are written.",
)
.default("utf-8", "windows-1252");
const VM_COLUMN: Key = Key::new("vm_column", COLUMN, "The column that says whose row it is.")
    .left_out("`vm` where machines are told apart", "vm");
const TIME_COLUMN: Key = Key::new("time_column", COLUMN, "The column of the time: seconds since 1970, or a date.")
    .left_out("`timestamp_s`, `time_s` or `time`; without one, rows follow each other", "timestamp_s");
const VALUE: Key = Key::new("column", COLUMN, "The column of the values.").default("bytes_per_s", "disk_write_KBps");
const EVERY: Key = Key::new("every", SPAN, "Step of the series, at least a second.").needed("5m");
const UNIT: Key = Key::new("unit", Kind::Text(Grammar::Unit), "Unit of the values: a rate, or an amount per step.")
    .left_out("clear for columns called bytes_per_s, bits_per_s, bytes, bits; else needed", "KiB/s");
const TIME_UNIT: Key =
    Key::new("time_unit", Kind::Word(&[("s", "seconds"), ("ms", "milliseconds")]), "Unit of numeric times.")
        .default("s", "ms");
const STAMPED: Key = Key::new(
    "stamped",
    Kind::Word(&[("begin", "the time is the begin of the step"), ("end", "the time is the end of the step")]),
    "What the time of a row stands for.",
)
.default("begin", "end");
const ALIGN: Key = Key::new(
    "align",
    Kind::Word(&[("week", "laid on the same time of the week"), ("start", "the first row is the start of the run")]),
    "How the series is laid beside the run.",
)
.default("week", "start");
const SCALE: Key = Key::new(
    "scale",
    Kind::Either(&[Kind::Number { least: 0.0, most: 4_000.0 }, SHARE]),
    "Factor on all values: growth, or a part of a shared line.",
)
.default("1", "0.2");

pub static TRACE: Shape = Shape {
    id: "trace",
    written: "….trace",
    doc: "A measured series of one machine or line. It repeats when it is over; gaps are filled from the same time of day and reported.",
    keys: &[
        FILE,
        MORE_FILES,
        ENCODING,
        VM_COLUMN,
        Key::new("vm", Kind::Either(&[FREE, count(0, i64::MAX as u64)]), "Only the rows of this machine.")
            .left_out("the file holds one series", "17"),
        TIME_COLUMN,
        VALUE,
        EVERY,
        UNIT,
        TIME_UNIT,
        STAMPED,
        ALIGN,
        SCALE,
    ],
};

pub static FLEET_TRACE: Shape = Shape {
    id: "each-from-trace",
    written: "[vms.NAME.each_from_trace]",
    doc: "One machine for each name in the column, each with its own series.",
    keys: &[FILE, MORE_FILES, ENCODING, VM_COLUMN, TIME_COLUMN, VALUE, EVERY, UNIT, TIME_UNIT, STAMPED, ALIGN, SCALE],
};

pub static INVENTORY: Shape = Shape {
    id: "from",
    written: "[vms.NAME.from]",
    doc: "Machines from an inventory: one for each row, or dealt in turn to as many as `count` or `each_from_trace` says. Where each machine of a \
          trace has a row of its name, it has that row.",
    keys: &[
        Key::new("inventory", Kind::Text(Grammar::File), "The CSV file.").needed("inventory.csv"),
        ENCODING,
        Key::new("name", COLUMN, "The column of the machine's name.").default("vm", "vm"),
        Key::new(
            "disk",
            Kind::Many(&COLUMN),
            "The column of the disk's size, or several: one disk each, OS disk first.",
        )
        .needed("[\"os_bytes\", \"data_bytes\"]"),
        Key::new("unit", Kind::Text(Grammar::Unit), "Unit of the sizes.").default("B", "GiB"),
        Key::new("round_up_to", DATA, "Sizes are rounded up to a multiple of it.").default("1 B", "1 GiB"),
        Key::new("split_at", DATA, "Larger disks become several of equal size.").left_out("not split", "1022 GiB"),
        Key::new("leave_out", Kind::Many(&FREE), "Names of rows that are not machines of this group.")
            .left_out("none", "[\"w46\"]"),
        Key::new("unique", Kind::Tables(&INVENTORY_UNIQUE), "Distinct share of what each machine writes, by window.")
            .left_out("that of `writes`", ""),
        Key::new("daily", Kind::Table(&INVENTORY_DAILY), "Columns of a daily curve: each row its own churn.")
            .left_out("that of `churn`", ""),
    ],
};

static INVENTORY_UNIQUE: Shape = Shape {
    id: "from-unique",
    written: "[[vms.NAME.from.unique]]",
    doc: "Written and distinct data of each machine in windows of one length, summed over the rows.",
    keys: &[
        Key::new("window", SPAN, "Length of the windows.").needed("30m"),
        Key::new("file", Kind::Text(Grammar::File), "The CSV file.").left_out("the inventory", "windows.csv"),
        ENCODING,
        Key::new("vm_column", COLUMN, "The column of the machine's name.").default("vm", "vm"),
        Key::new("written", COLUMN, "The column of what was written.").needed("written_bytes"),
        Key::new("written_unit", Kind::Text(Grammar::Unit), "Its unit.").default("B", "4 KiB"),
        Key::new("unique", COLUMN, "The column of what was distinct of it.").needed("unique_bytes"),
        Key::new("unique_unit", Kind::Text(Grammar::Unit), "Its unit.").default("B", "B"),
    ],
};

static INVENTORY_DAILY: Shape = Shape {
    id: "from-daily",
    written: "[vms.NAME.from.daily]",
    doc: "Columns of the inventory that hold a daily curve.",
    keys: &[
        Key::new("mean", COLUMN, "The column of the mean rate.").needed("mean_kib_per_s"),
        Key::new("peak", COLUMN, "The column of the highest rate.").needed("peak_kib_per_s"),
        Key::new("peak_at", COLUMN, "The column of the time of the peak.").needed("peak_at"),
        Key::new("unit", Kind::Text(Grammar::Unit), "Unit of both rates.").needed("KiB/s"),
        Key::new("weekend", SHARE, "Factor on Saturday and Sunday.").default("100 %", "40 %"),
        Key::new("weekend_column", COLUMN, "The column of that factor, a number such as 0.4, of each machine.")
            .left_out("`weekend` holds for all", "weekend"),
        Key::new("noise", Kind::Table(&NOISE), "Noise on the curve.").left_out("none", ""),
        Key::new("sigma_column", COLUMN, "The column of the noise's `sigma` of each machine.")
            .left_out("that of `noise`", "sigma"),
    ],
};

const BEGIN: Key = Key::new("begin", COLUMN, "The column of the begin [s].").default("begin", "start_s");
const END: Key = Key::new("end", COLUMN, "The column of the end [s].").left_out("`length` counts", "end_s");
const LENGTH: Key = Key::new("length", COLUMN, "The column of the length [s].")
    .left_out("`seconds`, unless `end` is given", "duration_s");
const PER: Key = Key::new("per", COLUMN, "The column that tells places apart in one file.")
    .left_out("all rows are of one place", "site");
const MERGE: Key =
    Key::new("merge_within", SPAN, "Outages of one place that follow each other this closely count as one.")
        .default("0s", "1h");
const WHERE: Key = Key::new(
    "where",
    Kind::Pairs(Grammar::Column, &Kind::Either(&[FREE, Kind::Number { least: f64::MIN, most: f64::MAX }])),
    "Only rows whose columns hold these texts.",
)
.left_out("all rows", "{ threshold = \"0.8\" }");

pub static EMPIRICAL: Shape = Shape {
    id: "empirical",
    written: "….empirical",
    doc: "The law of spans that were seen: of a column of lengths, or of a list of outages (their lengths, or the time between them).",
    keys: &[
        FILE,
        MORE_FILES,
        ENCODING,
        WHERE,
        Key::new("column", COLUMN, "A column of lengths.").left_out("the file is a list of outages", "repair_h"),
        Key::new(
            "unit",
            Kind::Word(&[("s", "seconds"), ("m", "minutes"), ("h", "hours"), ("d", "days")]),
            "Unit of that column.",
        )
        .default("s", "h"),
        BEGIN,
        END,
        LENGTH,
        PER,
        MERGE,
    ],
};

pub static LISTED: Shape = Shape {
    id: "listed",
    written: "listed = { … }",
    doc: "The outages of a file, as they were.",
    keys: &[
        Key::new("starts", Kind::Text(Grammar::Date), "The moment of the file that is the run's start.")
            .left_out("the file counts seconds from the run's start", "2006-01-01T00:00:00Z"),
        FILE,
        MORE_FILES,
        ENCODING,
        WHERE,
        BEGIN,
        END,
        LENGTH,
        PER,
        MERGE,
    ],
};
