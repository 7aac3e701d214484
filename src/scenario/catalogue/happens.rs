//! What happens: outages, orders, and the laws of spans.

use super::series::{EMPIRICAL, LISTED};
use super::{FREE, Grammar, Key, Kind, SHARE, SPAN, Shape, Word, name_of};

/// A span, or a law of spans spelt by its key.
pub const LAW: Kind = Kind::Either(&[SPAN, Kind::Choice(&LAWS)]);

pub static LAWS: Shape = Shape {
    id: "law",
    written: "KEY.LAW = { … }",
    doc: "How long something takes, lasts or stays away: a span, or one of these laws.",
    keys: &[
        Key::new("fixed", SPAN, "Always the same; a bare span means this.").left_out("", "6h"),
        Key::new("uniform", Kind::Table(&UNIFORM), "Anything between two spans, alike."),
        Key::new(
            "triangular",
            Kind::Table(&TRIANGULAR),
            "Between two spans, most often near the mode: what people estimate.",
        ),
        Key::new("exponential", Kind::Table(&EXPONENTIAL), "Without memory: the time between independent failures."),
        Key::new(
            "weibull",
            Kind::Table(&WEIBULL),
            "Failures that come in a row (shape below 1) or after wear (above 1).",
        ),
        Key::new("gamma", Kind::Table(&GAMMA), "A sum of stages: work with `shape` steps."),
        Key::new("lognormal", Kind::Table(&LOGNORMAL), "Mostly short, sometimes very long: repairs."),
        Key::new("empirical", Kind::Table(&EMPIRICAL), "As it was seen in a file."),
    ],
};

const LOW: Key = Key::new("low", SPAN, "Shortest.").needed("10m");
const HIGH: Key = Key::new("high", SPAN, "Longest.").needed("2h");
const MEAN: Key = Key::new("mean", SPAN, "Mean.").needed("200d");
const SHAPE: Key =
    Key::new("shape", Kind::Number { least: 0.05, most: 100.0 }, "Shape: 1 is the exponential law.").needed("0.8");

static UNIFORM: Shape =
    Shape { id: "uniform", written: "….uniform", doc: "Anything between two spans, alike.", keys: &[LOW, HIGH] };
static TRIANGULAR: Shape = Shape {
    id: "triangular",
    written: "….triangular",
    doc: "Between two spans, most often near the mode.",
    keys: &[LOW, Key::new("mode", SPAN, "Most often.").needed("30m"), HIGH],
};
static EXPONENTIAL: Shape =
    Shape { id: "exponential", written: "….exponential", doc: "Without memory.", keys: &[MEAN] };
static WEIBULL: Shape =
    Shape { id: "weibull", written: "….weibull", doc: "By mean and shape.", keys: &[MEAN, SHAPE] };
static GAMMA: Shape = Shape { id: "gamma", written: "….gamma", doc: "By mean and shape.", keys: &[MEAN, SHAPE] };
static LOGNORMAL: Shape = Shape {
    id: "lognormal",
    written: "….lognormal",
    doc: "By the span that half stay below, and the one that 95 of 100 do.",
    keys: &[
        Key::new("median", SPAN, "Half are shorter.").needed("5h"),
        Key::new("p95", SPAN, "95 of 100 are shorter.").needed("38h"),
    ],
};

pub static OUTAGE: Shape = Shape {
    id: "outage",
    written: "[[outage.KIND]]",
    doc: "What breaks. Each is dated in one way: `at`, `every` or `listed`.",
    keys: &[
        Key::new("stamp-down", Kind::Tables(&STAMP_DOWN), "Everything on a stamp."),
        Key::new("link-down", Kind::Tables(&LINK_DOWN), "A link carries nothing."),
        Key::new("link-slow", Kind::Tables(&LINK_SLOW), "A link carries only a share."),
        Key::new("appliance-down", Kind::Tables(&APPLIANCE_DOWN), "An appliance stands still."),
        Key::new("cache-down", Kind::Tables(&CACHE_DOWN), "A cache account takes and gives nothing."),
        Key::new(
            "service-down",
            Kind::Tables(&SERVICE_DOWN),
            "The recovery service of a target processes nothing; the cache still takes data.",
        ),
        Key::new("guest-reboot", Kind::Tables(&GUEST_REBOOT), "Hosts restart: a share of the guests goes down hard."),
        Key::new(
            "source-deleted",
            Kind::Tables(&SOURCE_DELETED),
            "Somebody deletes a share of the machines with all their disks; nobody repairs it.",
        ),
        Key::new(
            "appliance-tampered",
            Kind::Tables(&APPLIANCE_TAMPERED),
            "Somebody works by hand on replica disks of an appliance; nobody repairs it.",
        ),
        Key::new(
            "damage",
            Kind::Tables(&DAMAGE),
            "Data of a share of the guests is damaged, and nobody sees it for a while.",
        ),
        Key::new("correlated", Kind::Tables(&CORRELATED), "One cause takes several things."),
    ],
};

const NAME: Key =
    Key::new("name", FREE, "What reports call it; also the name of its luck.").left_out("kind and thing", "fire");
const AT: Key = Key::new("at", Kind::Many(&Kind::Text(Grammar::Moment)), "The moment, or several.")
    .left_out("`every` or `listed` is needed", "12d03:15");
const EVERY: Key = Key::new("every", LAW, "Time from the end of one to the begin of the next.")
    .left_out("`at` or `listed` is needed", "{ weibull = { mean = \"200d\", shape = 0.8 } }");
const LISTED_KEY: Key = Key::new("listed", Kind::Table(&LISTED), "Outages of a file, as they were.")
    .left_out("`at` or `every` is needed", "{ file = \"outages.csv\" }");
const LASTS: Key = Key::new("lasts", LAW, "How long it lasts.")
    .left_out("`listed` says it; else needed", "{ lognormal = { median = \"5h\", p95 = \"38h\" } }");
const FOUND_AFTER: Key = Key::new("found_after", LAW, "How long nobody sees it.")
    .left_out("`listed` says it; else needed", "{ exponential = { mean = \"20h\" } }");
const STAMP: Key = Key::new("stamp", name_of("stamp"), "Where.").needed("branch");
const LINK: Key = Key::new("link", name_of("link"), "Which.").needed("wan");
const APPLIANCE: Key = Key::new("appliance", name_of("appliance"), "Which.").needed("a1");
const CACHE: Key = Key::new("cache", name_of("cache"), "Which.").needed("head-cache");
const TO: Key = Key::new("to", SHARE, "What the link still carries.").needed("20 %");
const PART: Key = Key::new("share", SHARE, "Share of the machines that is hit.").needed("20 %");

const fn outage(id: &'static str, written: &'static str, doc: &'static str, keys: &'static [Key]) -> Shape {
    Shape { id, written, doc, keys }
}

static STAMP_DOWN: Shape = outage(
    "stamp-down",
    "[[outage.stamp-down]]",
    "Everything on a stamp is down.",
    &[STAMP, AT, EVERY, LISTED_KEY, LASTS, NAME],
);
static LINK_DOWN: Shape =
    outage("link-down", "[[outage.link-down]]", "A link carries nothing.", &[LINK, AT, EVERY, LISTED_KEY, LASTS, NAME]);
static LINK_SLOW: Shape = outage(
    "link-slow",
    "[[outage.link-slow]]",
    "A link carries only a share.",
    &[LINK, TO, AT, EVERY, LISTED_KEY, LASTS, NAME],
);
static APPLIANCE_DOWN: Shape = outage(
    "appliance-down",
    "[[outage.appliance-down]]",
    "An appliance stands still.",
    &[APPLIANCE, AT, EVERY, LISTED_KEY, LASTS, NAME],
);
static CACHE_DOWN: Shape = outage(
    "cache-down",
    "[[outage.cache-down]]",
    "A cache takes and gives nothing.",
    &[CACHE, AT, EVERY, LISTED_KEY, LASTS, NAME],
);
static SERVICE_DOWN: Shape = outage(
    "service-down",
    "[[outage.service-down]]",
    "The service of a target processes nothing.",
    &[STAMP, AT, EVERY, LISTED_KEY, LASTS, NAME],
);
static GUEST_REBOOT: Shape = outage(
    "guest-reboot",
    "[[outage.guest-reboot]]",
    "Hosts restart. Each guest comes back after `guest_reboot` of `[times]`.",
    &[STAMP, PART, AT, EVERY, LISTED_KEY, NAME],
);
static SOURCE_DELETED: Shape = outage(
    "source-deleted",
    "[[outage.source-deleted]]",
    "Machines and disks are gone for good: a re-protect needs new disks, a failback new machines.",
    &[STAMP, PART, AT, EVERY, LISTED_KEY, NAME],
);
static APPLIANCE_TAMPERED: Shape = outage(
    "appliance-tampered",
    "[[outage.appliance-tampered]]",
    "Replica disks of the way back cannot be trusted any more.",
    &[APPLIANCE, AT, EVERY, LISTED_KEY, NAME],
);
static DAMAGE: Shape = outage(
    "damage",
    "[[outage.damage]]",
    "Data is damaged and replicated as it is. When it is found, the report says whether a point from before it is left.",
    &[STAMP, PART, AT, EVERY, LISTED_KEY, FOUND_AFTER, NAME],
);
static CORRELATED: Shape = outage(
    "correlated",
    "[[outage.correlated]]",
    "One cause takes several things at once, each with its probability.",
    &[
        Key::new("takes", Kind::Tables(&TAKEN), "What it takes.")
            .needed("[{ stamp-down = \"branch\" }, { link-down = \"wan\", probability = \"30 %\" }]"),
        AT,
        EVERY,
        LISTED_KEY,
        LASTS,
        NAME,
    ],
);

const fn taken(kind: &'static str, what: &'static str, doc: &'static str, example: &'static str) -> Key {
    Key::new(kind, name_of(what), doc).left_out("one kind is needed", example)
}

pub static TAKEN: Shape = Shape {
    id: "takes",
    written: "takes = [{ … }]",
    doc: "One thing that the cause takes: exactly one kind, and its name.",
    keys: &[
        taken("stamp-down", "stamp", "Everything on the stamp.", "branch"),
        taken("link-down", "link", "The link.", "wan"),
        taken("link-slow", "link", "A share of the link; needs `to`.", "wan"),
        taken("appliance-down", "appliance", "The appliance.", "a1"),
        taken("cache-down", "cache", "The cache.", "head-cache"),
        taken("service-down", "stamp", "The recovery service of the stamp.", "head"),
        taken("guest-reboot", "stamp", "A share of the stamp's guests; needs `share`.", "branch"),
        taken("source-deleted", "stamp", "A share of the stamp's machines; needs `share`.", "branch"),
        taken("appliance-tampered", "appliance", "Replica disks on the appliance.", "a1"),
        Key::new("probability", SHARE, "How likely it is hit.").default("100 %", "30 %"),
        Key::new("to", SHARE, "What a slow link still carries.").left_out("needed with `link-slow`", "50 %"),
        Key::new("share", SHARE, "Share of the machines that is hit.")
            .left_out("needed with `guest-reboot` and `source-deleted`", "20 %"),
    ],
};

pub static ORDER: Shape = Shape {
    id: "order",
    written: "[[order]]",
    doc: "An order at a moment, to the product or by hand. Which keys an order takes hangs on `do`.",
    keys: &[
        Key::new("at", Kind::Text(Grammar::Moment), "When.").needed("12d03:15"),
        Key::new("do", Kind::Word(ORDERS), "What is done.").needed("fail-over"),
        Key::new("vms", Kind::Many(&name_of("group or machine")), "To whom.")
            .left_out("needed by all orders to machines", "[\"sql-1\", \"web\"]"),
        Key::new(
            "point",
            Kind::Either(&[Kind::Word(POINTS), Kind::Table(&POINT)]),
            "From which point, for failovers and drills.",
        )
        .default("latest-processed", "{ at = \"3d 10:00\" }"),
        Key::new("shut_down", Kind::Flag, "Whether the source is shut down first, for `fail-over` and `run-plan`.")
            .default("false", "true"),
        Key::new(
            "via",
            Kind::Word(&[("portal", "a batch of a few"), ("script", "without a limit")]),
            "How `enable` is done.",
        )
        .default("script", "portal"),
        Key::new("appliance", name_of("appliance"), "For `register-appliance`, `delete-appliance`, `delete-vault`.")
            .left_out("needed by these", "a1"),
        Key::new("stamp", name_of("stamp"), "For `uninstall-provider`.").left_out("needed by it", "head"),
        Key::new("network", FREE, "For `set-test-network`.").left_out("the network is taken away", "drill"),
        Key::new("plan", name_of("plan"), "For `run-plan`.").left_out("needed by it", "base"),
    ],
};

const ORDERS: &[Word] = &[
    ("register-appliance", "register an appliance with its vault"),
    ("check-prerequisites", "check what protection needs, nothing else"),
    ("enable", "enable protection"),
    ("test-failover", "start a test machine from a point"),
    ("clean-up-test-failover", "delete the test machine"),
    ("fail-over", "start the machines on the target"),
    ("change-point", "take another point before the commit"),
    ("commit", "commit a failover or a failback"),
    ("reprotect", "protect in the other direction"),
    ("fail-back", "go back to the source"),
    ("cancel-fail-back", "cancel it before its commit"),
    ("disable", "end protection"),
    ("manual-resync", "copy again what differs"),
    ("uninstall-mobility-service", "remove the agent and restart"),
    ("restart-vm", "restart the machine"),
    ("delete-appliance", "delete the appliance"),
    ("delete-vault", "delete its vault"),
    ("uninstall-provider", "remove the recovery service of a stamp, all vaults with it"),
    ("set-test-network", "set the network for drills"),
    ("run-plan", "fail over the groups of a plan in order"),
];

pub const POINTS: &[Word] = &[
    ("latest", "process what was received, then take the newest: least loss, longer RTO"),
    ("latest-processed", "the newest that is ready"),
    ("latest-app-consistent", "the newest app-consistent one"),
    ("latest-multi-vm", "the newest that the consistency group has in common; a machine in no group takes its newest"),
    ("latest-multi-vm-app-consistent", "the same among app-consistent ones"),
];

static POINT: Shape = Shape {
    id: "point",
    written: "point = { … }",
    doc: "A certain point.",
    keys: &[Key::new("at", Kind::Text(Grammar::Moment), "The newest kept point not later than this moment.")
        .needed("3d 10:00")],
};
