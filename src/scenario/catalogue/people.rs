//! People, times of the platform, settings of replication.

use super::happens::{LAW, POINTS};
use super::{Grammar, Key, Kind, SHARE, SPAN, Shape, count, name_of};

pub static PEOPLE: Shape = Shape {
    id: "people",
    written: "[people]",
    doc: "The product raises alarms; people decide. All spans here are assumptions; answer them for your house.",
    keys: &[
        Key::new("declare_disaster_after", LAW, "From the first alarm until somebody declares a disaster.").default(
            "{ triangular = { low = \"10m\", mode = \"30m\", high = \"2h\" } }",
            "{ triangular = { low = \"10m\", mode = \"30m\", high = \"2h\" } }",
        ),
        Key::new(
            "check_the_source",
            Kind::Flag,
            "Whether somebody calls the other site first: no failover while it still serves.",
        )
        .default("true", "false"),
        Key::new("working_hours", Kind::Table(&HOURS), "Decisions are made in these hours only.")
            .left_out("around the clock", ""),
        Key::new(
            "recovery_point",
            Kind::Either(&[Kind::Word(POINTS), Kind::Table(&OLDER)]),
            "The point that is asked for.",
        )
        .default("latest-processed", "{ older_than = \"6h\" }"),
        Key::new("shut_down_source", Kind::Flag, "Whether the source is shut down before a failover.")
            .default("false", "true"),
        Key::new("plan", name_of("plan"), "The plan that a failover follows.")
            .left_out("all at once, by `order`", "base"),
        Key::new(
            "switch_off",
            Kind::Many(&name_of("group or machine")),
            "Machines of a target's own that are switched off when a disaster is declared, before failovers are ordered, and on again when nobody is there any more. They give back memory, not quota.",
        )
        .left_out("nothing makes room", "[\"test\"]"),
        Key::new("commit_after", LAW, "From serving until somebody commits.")
            .default("{ triangular = { low = \"30m\", mode = \"1h\", high = \"4h\" } }", "2h"),
        Key::new("drill_every", SPAN, "Test failovers of every machine, this often.").left_out("no drills", "90d"),
        Key::new("drill_lasts", LAW, "How long test machines stay.")
            .default("4h", "{ uniform = { low = \"1h\", high = \"5h\" } }"),
        Key::new("drill_skipped", SHARE, "Share of the due drills that nobody finds the time for.")
            .default("0 %", "10 %"),
        Key::new("drill_at_once", count(0, 1_000_000), "Machines drilled at the same time; 0 is all.")
            .default("0", "5"),
        Key::new("fail_back", Kind::Table(&FAIL_BACK), "When people go back.").left_out("they stay on the target", ""),
        Key::new("enabling", Kind::Table(&ENABLING), "How protection is enabled at the start.")
            .left_out("all at once", ""),
        Key::new("protect_again_after", SPAN, "From the committed failback until protection is enabled again.")
            .left_out("nobody does", "12h"),
    ],
};

static HOURS: Shape = Shape {
    id: "working-hours",
    written: "working_hours = { … }",
    doc: "Hours of the week.",
    keys: &[
        Key::new("days", Kind::Text(Grammar::Days), "Days of the week.").default("daily", "mon-fri"),
        Key::new("between", Kind::Text(Grammar::DayPart), "Part of the day.").needed("08:00-18:00"),
    ],
};

static OLDER: Shape = Shape {
    id: "older-point",
    written: "recovery_point = { … }",
    doc: "For damage that is found late.",
    keys: &[Key::new("older_than", SPAN, "The newest point that is so much older than the failure.").needed("6h")],
};

static FAIL_BACK: Shape = Shape {
    id: "fail-back",
    written: "fail_back = { … }",
    doc: "When people go back.",
    keys: &[
        Key::new("after_source_healthy", SPAN, "How long the source must be well before re-protect is ordered.")
            .default("4h", "4h"),
        Key::new("then_wait", SPAN, "From protected in reverse until the failback is ordered.").default("1h", "1h"),
    ],
};

static ENABLING: Shape = Shape {
    id: "enabling",
    written: "enabling = { … }",
    doc: "Batches, so that initial replication does not drown the link.",
    keys: &[
        Key::new("batch", count(0, 1_000_000), "Machines per batch; 0 is all.").default("0", "10"),
        Key::new("gap", SPAN, "Time between batches.").default("0s", "4h"),
    ],
};

const fn takes(name: &'static str, doc: &'static str, default: &'static str) -> Key {
    Key::new(name, LAW, doc).default(default, default)
}

pub static TIMES: Shape = Shape {
    id: "times",
    written: "[times]",
    doc: "How long the platform takes. All are assumptions without a source; measure yours.",
    keys: &[
        takes("inspect", "Checking prerequisites of one machine.", "1m"),
        takes(
            "agent_install",
            "Installing the agent.",
            "{ triangular = { low = \"2m\", mode = \"4m\", high = \"10m\" } }",
        ),
        takes("agent_remove", "Removing the agent.", "{ triangular = { low = \"1m\", mode = \"2m\", high = \"5m\" } }"),
        takes("disk_create", "Creating one disk.", "20s"),
        takes("disk_attach", "Attaching one disk.", "30s"),
        takes("disk_detach", "Detaching one disk.", "20s"),
        takes(
            "disks_from_point",
            "Making a machine's disks from a point.",
            "{ triangular = { low = \"1m\", mode = \"2m\", high = \"5m\" } }",
        ),
        takes("vm_create", "Creating a machine.", "{ triangular = { low = \"1m\", mode = \"3m\", high = \"8m\" } }"),
        takes("vm_delete", "Deleting a machine.", "1m"),
        takes(
            "vm_shut_down",
            "Shutting a machine down.",
            "{ triangular = { low = \"30s\", mode = \"1m\", high = \"5m\" } }",
        ),
        takes(
            "boot_windows",
            "Boot of Windows until it serves.",
            "{ triangular = { low = \"2m\", mode = \"3m\", high = \"5m\" } }",
        ),
        takes(
            "boot_linux",
            "Boot of Linux until it serves.",
            "{ triangular = { low = \"2m\", mode = \"2m\", high = \"4m\" } }",
        ),
        takes("disk_copy_overhead", "Copying a disk between subscriptions, beside its data.", "1m"),
        takes(
            "guest_reboot",
            "How long a guest is away when its host restarts.",
            "{ triangular = { low = \"2m\", mode = \"4m\", high = \"10m\" } }",
        ),
        Key::new(
            "creates_at_once",
            count(0, 1_000_000),
            "Machines created at the same time on one stamp; 0 is no limit.",
        )
        .default("10", "4"),
        Key::new("unreachable_after", SPAN, "How long one asks before a stamp counts as unreachable.")
            .default("1m", "2m"),
    ],
};

pub static REPLICATION: Shape = Shape {
    id: "replication",
    written: "[replication]",
    doc: "What an operator of the product can set beside policies.",
    keys: &[
        Key::new(
            "copies_at_once",
            count(0, 1_000_000),
            "Initial copies and resyncs at once per appliance; 0 is no limit.",
        )
        .default("0", "6"),
        Key::new(
            "initial_copy",
            Kind::Word(&[("whole", "every block of every disk"), ("used", "used blocks only")]),
            "What the first copy sends.",
        )
        .default("whole", "used"),
        Key::new(
            "resync_window",
            Kind::Text(Grammar::DayPart),
            "Automatic resync starts in this part of the day only.",
        )
        .left_out("at once", "20:00-06:00"),
        Key::new(
            "census_every",
            SPAN,
            "How often the points held are told to the platform, which counts their storage.",
        )
        .default("1d", "30m"),
    ],
};
