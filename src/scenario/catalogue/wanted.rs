//! What is wanted, and what we want to know.

use super::places::TO;
use super::{BANDWIDTH, DATA, FREE, Grammar, Key, Kind, SHARE, SPAN, Shape, count, name_of};

pub static POLICY: Shape = Shape {
    id: "policy",
    written: "[policy.NAME]",
    doc: "How often points are made and how long they are kept. The RPO is what is achieved, and always larger than the interval.",
    keys: &[
        Key::new("crash_consistent_every", SPAN, "Interval of crash-consistent points.").default("5m", "5m"),
        Key::new(
            "app_consistent_every",
            Kind::Either(&[SPAN, Kind::Word(&[("off", "none are made")])]),
            "Interval of app-consistent points, a multiple of the other.",
        )
        .default("off", "4h"),
        Key::new(
            "app_consistent_freeze",
            SPAN,
            "How long a guest is held up at each app-consistent point; an assumption, measure yours.",
        )
        .default("2s", "10s"),
        Key::new("retention", SPAN, "How long points are kept; at most `retention_max` of the profile.")
            .default("24h", "24h"),
        Key::new("journal", Kind::Table(&JOURNAL), "A bound on what the points of a machine keep.")
            .left_out("whatever they keep", "{ at_most = \"40 GiB\" }"),
        Key::new("rpo_alert", SPAN, "Age of the newest point at which the product raises an alarm.")
            .left_out("no such alarm", "30m"),
        Key::new("strategy", Kind::Choice(&STRATEGY), "How the moments of points are chosen.")
            .left_out("`fixed-interval`", "{ fixed-interval = {} }"),
    ],
};

static JOURNAL: Shape = Shape {
    id: "journal",
    written: "journal = { … }",
    doc: "When the points of a machine keep more than this, the oldest go until the rest fits: the window shrinks, and grows again to `retention` when there is room.",
    keys: &[
        Key::new("at_most", DATA, "What the points of one machine may keep.").needed("40 GiB"),
        Key::new(
            "look_every",
            SPAN,
            "How often the product looks; between two looks they may keep more. An assumption.",
        )
        .default("1h", "15m"),
    ],
};

static STRATEGY: Shape = Shape {
    id: "strategy",
    written: "strategy.NAME = { … }",
    doc: "A strategy of recovery points. `drsim compare --strategy NAME` tries them on the same luck.",
    keys: &[
        Key::new("fixed-interval", Kind::Table(&FIXED_INTERVAL), "Points at fixed intervals, as the product does."),
        Key::new("app-every-nth", Kind::Table(&APP_EVERY_NTH), "Every n-th point is app-consistent."),
        Key::new(
            "coarser-when-late",
            Kind::Table(&COARSER_WHEN_LATE),
            "Fewer points while they are not applied in time.",
        ),
        Key::new("adaptive", Kind::Table(&ADAPTIVE), "As often as points become usable, within bounds."),
        Key::new("loss-against-cost", Kind::Table(&LOSS_AGAINST_COST), "What points cost against what failures lose."),
    ],
};

static FIXED_INTERVAL: Shape = Shape {
    id: "fixed-interval",
    written: "strategy.fixed-interval = {}",
    doc: "Points at the policy's intervals. It has no keys of its own.",
    keys: &[],
};

static APP_EVERY_NTH: Shape = Shape {
    id: "app-every-nth",
    written: "strategy.app-every-nth = { … }",
    doc: "Points at the policy's crash-consistent interval; `app_consistent_every` is not looked at.",
    keys: &[Key::new("n", count(1, 1_000_000), "So many points to an app-consistent one.").default("12", "48")],
};

static COARSER_WHEN_LATE: Shape = Shape {
    id: "coarser-when-late",
    written: "strategy.coarser-when-late = { … }",
    doc: "Points at the policy's interval, and at a multiple of it while marks are not applied in time.",
    keys: &[Key::new("times", count(1, 10_000), "So many times the interval while late.").default("6", "3")],
};

static ADAPTIVE: Shape = Shape {
    id: "adaptive",
    written: "strategy.adaptive = { … }",
    doc: "The interval is (1 + `wait`) times as long as the newest point took to become usable, rounded up to 1, 2, 4 … times `at_least`.",
    keys: &[
        Key::new("at_least", SPAN, "Shortest interval, and the grid of all others.").default("1m", "2m"),
        Key::new("at_most", SPAN, "Longest interval.").default("1h", "30m"),
        Key::new("wait", SHARE, "What is waited beyond that, as a share of it.").default("50 %", "0 %"),
    ],
};

static LOSS_AGAINST_COST: Shape = Shape {
    id: "loss-against-cost",
    written: "strategy.loss-against-cost = { … }",
    doc: "The interval of Daly (2006): near √(2 · cost · time between failures), the cost being `app_consistent_freeze`. Every point is app-consistent.",
    keys: &[Key::new("failure_every", SPAN, "Mean time between failures.").default("200d", "60d")],
};

pub static PROTECT: Shape = Shape {
    id: "protect",
    written: "[protect.GROUP]",
    doc: "How the machines of a group are protected.",
    keys: &[
        Key::new("policy", name_of("policy"), "The policy.").needed("gold"),
        Key::new(
            "appliance",
            Kind::Many(&name_of("appliance")),
            "Who replicates; a list deals the machines out in turn.",
        )
        .needed("a1"),
        Key::new("to", Kind::Table(&TO), "The target.")
            .needed("{ stamp = \"head\", network = \"dr\", test_network = \"drill\" }"),
        Key::new("order", count(0, 1_000_000), "Lower is replicated and recovered first.").default("1", "2"),
        Key::new("weight", count(1, 1_000_000), "Share of a line that is short, beside others.").default("1", "3"),
        Key::new(
            "deadline",
            SPAN,
            "How old data may be when it has arrived. Lines then serve first what is due first instead of sharing by weight; all protections need one, or none has one.",
        )
        .left_out("lines share by weight", "15m"),
        Key::new(
            "failback_policy",
            FREE,
            "Policy named for the way back; an empty one makes re-protect fail, as in the product.",
        )
        .default("default", "gold"),
        Key::new(
            "failback_extension",
            FREE,
            "Extension named for the way back; an empty one makes re-protect fail, as in the product.",
        )
        .default("default", "asr"),
    ],
};

pub static CONSISTENCY_GROUP: Shape = Shape {
    id: "consistency-group",
    written: "[consistency_group.NAME]",
    doc: "Machines that are of use only as they were at one moment. With the point `latest-multi-vm` all of them go back to the newest mark that each holds; without a common one the failover is refused. Their policies must make points at the same moments.",
    keys: &[Key::new("vms", Kind::Many(&name_of("group or machine")), "The members, at least two.")
        .needed("[\"sql\", \"web-3\"]")],
};

pub static PLAN: Shape = Shape {
    id: "plan",
    written: "[plan.NAME]",
    doc: "A recovery plan: groups that are failed over one after the other. The product has none; this is a script of the customer.",
    keys: &[Key::new("groups", Kind::Tables(&PLAN_GROUP), "What starts after what.")
        .needed("[{ vms = [\"sql\"], pause = \"10m\" }, { vms = [\"web\"] }]")],
};

static PLAN_GROUP: Shape = Shape {
    id: "plan-group",
    written: "groups = [{ … }]",
    doc: "One step of a plan: machines, or another plan whose steps stand here.",
    keys: &[
        Key::new("vms", Kind::Many(&name_of("group or machine")), "Who is started together.")
            .left_out("`plan` is needed", "[\"sql\", \"web-3\"]"),
        Key::new("pause", SPAN, "How long is waited after they serve.").default("0s", "10m"),
        Key::new("plan", name_of("plan"), "Another plan in this place.").left_out("`vms` is needed", "base"),
    ],
};

pub static TARGET: Shape = Shape {
    id: "target",
    written: "[[target]]",
    doc: "What must come out. A target is met, missed or not yet known, at its confidence.",
    keys: &[
        Key::new(
            "must",
            Kind::Many(&Kind::Text(Grammar::Target)),
            "What must hold: a statistic of a measure, and its limit.",
        )
        .needed("[\"p99.9(rpo) <= 15m\", \"p95(rto) <= 2h\"]"),
        Key::new("vms", name_of("group"), "The group it is about.").left_out("everything", "sql"),
        Key::new("cache", name_of("cache"), "The cache it is about, for `overflow` and `cache_used`.")
            .left_out("everything", "head-cache"),
        Key::new("confidence", SHARE, "How sure we want to be.").default("95 %", "90 %"),
    ],
};

pub static QUESTION: Shape = Shape {
    id: "question",
    written: "[[question.KIND]]",
    doc: "What the planner is asked.",
    keys: &[
        Key::new("smallest", Kind::Tables(&SMALLEST), "The smallest value of a knob that meets the targets."),
        Key::new("front", Kind::Tables(&FRONT), "The trade of price against risk over several knobs."),
    ],
};

const KNOB: Kind = Kind::Text(Grammar::Knob);
/// A value of a knob: its unit hangs on which one it is.
const AMOUNT: Kind = Kind::Either(&[BANDWIDTH, DATA, SPAN, count(0, u32::MAX as u64)]);

static SMALLEST: Shape = Shape {
    id: "smallest",
    written: "[[question.smallest]]",
    doc: "The smallest value of a knob that meets the targets.",
    keys: &[
        Key::new("knob", KNOB, "Path of a number, or `appliance.count`.").needed("link.wan.bandwidth"),
        Key::new("from", AMOUNT, "The smallest value that is tried, in the unit of the knob.")
            .left_out("as small as makes sense", "50 Mbit/s"),
        Key::new("to", AMOUNT, "The largest value that is tried.").left_out("as large as makes sense", "1 Gbit/s"),
        Key::new("step", AMOUNT, "Only multiples of this are tried.").left_out("`within` holds", "10 Mbit/s"),
        Key::new("within", SHARE, "How finely: the next value is at most so much larger.").default("5 %", "2 %"),
        Key::new("price", Kind::Text(Grammar::Price), "What it costs.")
            .left_out("no price is told", "3.20 EUR per Mbit/s and month"),
    ],
};

static FRONT: Shape = Shape {
    id: "front",
    written: "[[question.front]]",
    doc: "The trade of price against risk.",
    keys: &[
        Key::new("knobs", Kind::Many(&KNOB), "Paths of the numbers that may be turned.")
            .needed("[\"link.wan.bandwidth\", \"cache.head-cache.capacity\"]"),
        Key::new("price", Kind::Pairs(Grammar::Knob, &Kind::Text(Grammar::Price)), "What each costs.")
            .left_out("it costs nothing", "{ \"link.wan.bandwidth\" = \"3.20 EUR per Mbit/s and month\" }"),
    ],
};
