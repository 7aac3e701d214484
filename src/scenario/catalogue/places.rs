//! Stamps, links, caches, appliances.

use super::series::TRACE;
use super::{BANDWIDTH, DATA, FREE, Grammar, Key, Kind, SPAN, Shape, count, name_of};

pub static STAMP: Shape = Shape {
    id: "stamp",
    written: "[stamp.NAME]",
    doc: "An installation that fails as a whole. A stamp that is nobody's target may be empty.",
    keys: &[
        Key::new(
            "servers",
            count(1, 10_000),
            "Hosts of the stamp; together with `memory_per_server` they bound what can run there.",
        )
        .left_out("room is not bounded by hosts", "8"),
        Key::new("memory_per_server", DATA, "Memory of one host.").left_out("room is not bounded by hosts", "384 GiB"),
        Key::new("provider", Kind::Flag, "Whether the operator installed the recovery service here.")
            .left_out("true where a cache stands or something is protected to", "true"),
        Key::new("subscriptions", Kind::Named(&SUBSCRIPTION), "Subscriptions with quotas of their own.")
            .left_out("one, called `default`: with the documented quotas on a target, without limits elsewhere", ""),
    ],
};

static SUBSCRIPTION: Shape = Shape {
    id: "subscription",
    written: "[stamp.NAME.subscriptions.NAME]",
    doc: "A subscription and its quotas. What is protected to it takes from them.",
    keys: &[
        Key::new("vm_cores", count(0, u32::MAX as u64), "Cores of all machines that run.")
            .left_out("`quota_vm_cores` of the profile", "400"),
        Key::new("vms", count(0, u32::MAX as u64), "Machines that run.").left_out("`quota_vms` of the profile", "200"),
        Key::new("managed_disk", DATA, "Managed disks, replicas and their points included.")
            .left_out("`quota_managed_disk` of the profile", "60 TiB"),
        Key::new("storage", DATA, "Storage accounts, where caches live.")
            .left_out("`quota_storage` of the profile", "20 TiB"),
    ],
};

pub static LINK: Shape = Shape {
    id: "link",
    written: "[link.NAME]",
    doc: "The way from one stamp to another, and back with the same bandwidth.",
    keys: &[
        Key::new("from", name_of("stamp"), "Where it begins.").needed("branch"),
        Key::new("to", name_of("stamp"), "Where it ends.").needed("head"),
        Key::new("bandwidth", BANDWIDTH, "What it carries, cross traffic included.").needed("200 Mbit/s"),
        Key::new("round_trip", SPAN, "Time there and back: half of it delays every change.").default("0s", "18ms"),
        Key::new("flow_window", DATA, "Window of one connection: a disk gets at most window / round trip.")
            .left_out("one connection may fill the link", "4 MiB"),
        Key::new("throttle", Kind::Tables(&THROTTLE), "Hours in which replication gets less.")
            .left_out("never throttled", ""),
        Key::new("cross_traffic", Kind::Table(&CROSS_TRAFFIC), "What others send over it.")
            .left_out("nobody else uses it", ""),
    ],
};

static THROTTLE: Shape = Shape {
    id: "throttle",
    written: "throttle = [{ … }]",
    doc: "A window of the week, and the bandwidth that is left in it.",
    keys: &[
        Key::new("days", Kind::Text(Grammar::Days), "Days of the week.").default("daily", "mon-fri"),
        Key::new("between", Kind::Text(Grammar::DayPart), "Part of the day; it may run over midnight.")
            .needed("08:00-18:00"),
        Key::new("to", BANDWIDTH, "Bandwidth in the window.").needed("80 Mbit/s"),
    ],
};

static CROSS_TRAFFIC: Shape = Shape {
    id: "cross-traffic",
    written: "[link.NAME.cross_traffic]",
    doc: "Traffic of others, which replication cannot push away.",
    keys: &[Key::new("trace", Kind::Table(&TRACE), "A measured series.")
        .needed("{ file = \"wan.csv\", column = \"bits\", every = \"5m\" }")],
};

pub static CACHE: Shape = Shape {
    id: "cache",
    written: "[cache.NAME]",
    doc: "A storage account on the target where changes wait until they are processed into recovery points. When it is full, disks \
          fall out of replication and must be resynchronised.",
    keys: &[
        Key::new("on", name_of("stamp"), "Where it stands: the target.").needed("head"),
        Key::new("subscription", name_of("subscription"), "Whose storage quota it takes.")
            .left_out("the only one of the stamp", "prod"),
        Key::new("capacity", DATA, "Room for waiting changes.").needed("4 TiB"),
    ],
};

pub static APPLIANCE: Shape = Shape {
    id: "appliance",
    written: "[appliance.NAME]",
    doc: "Replicates the machines of its stamp. Its size gives the disk slots for re-protecting; its throughput comes from the profile.",
    keys: &[
        Key::new("on", name_of("stamp"), "Where it stands: the source.").needed("branch"),
        Key::new("size", name_of("VM size"), "A VM size of the profile.").default("Standard_DS4_v2", "Standard_DS4_v2"),
        Key::new("cache", name_of("cache"), "Where it sends changes to.").needed("head-cache"),
        Key::new("link", name_of("link"), "The way it takes.")
            .left_out("the only link from its stamp to that of its cache", "wan"),
        Key::new("subscription", name_of("subscription"), "Whose quotas the machine takes.")
            .left_out("the only one of the stamp", "default"),
    ],
};

/// Kept here for `to` of a protection, which names places.
pub static TO: Shape = Shape {
    id: "to",
    written: "to = { … }",
    doc: "Where machines are protected to.",
    keys: &[
        Key::new("stamp", name_of("stamp"), "The target.").left_out("the stamp of the appliance's cache", "head"),
        Key::new("subscription", name_of("subscription"), "Whose quotas replicas and machines take.")
            .left_out("the only one of the stamp", "prod"),
        Key::new("network", FREE, "Network of the machines after a failover.").default("default", "dr"),
        Key::new("test_network", FREE, "Network for drills.").left_out("drills are refused", "drill"),
    ],
};
