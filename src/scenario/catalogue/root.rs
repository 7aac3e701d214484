//! The sections of a scenario, and how it is run.

use super::happens::{ORDER, OUTAGE};
use super::limits::LIMITS;
use super::machines::VMS;
use super::people::{PEOPLE, REPLICATION, TIMES};
use super::places::{APPLIANCE, CACHE, LINK, STAMP};
use super::wanted::{CONSISTENCY_GROUP, PLAN, POLICY, PROTECT, QUESTION, TARGET};
use super::{FREE, Grammar, Key, Kind, SPAN, Shape, count, name_of};
use crate::scenario::limits::DEFAULT_PROFILE;

const fn part(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key::new(name, kind, doc)
}

pub static ROOT: Shape = Shape {
    id: "scenario",
    written: "the whole file",
    doc: "What there is, what is wanted, what happens, and what we want to know. Names are yours; sections may stand in any order.",
    keys: &[
        Key::new("title", FREE, "What the report is headed with.")
            .default("untitled", "Branch office protected by head office"),
        Key::new(
            "limits",
            name_of("limits profile"),
            "The dated profile of documented limits; `drsim limits` prints it.",
        )
        .default(DEFAULT_PROFILE, DEFAULT_PROFILE),
        part("run", Kind::Table(&RUN), "When it starts, how long it lasts, with which luck, how often.").needed(""),
        part("stamp", Kind::Named(&STAMP), "Installations that fail as a whole; at least two.").needed(""),
        part("link", Kind::Named(&LINK), "Ways between two stamps."),
        part("cache", Kind::Named(&CACHE), "Storage where changes wait until they are processed into recovery points."),
        part("appliance", Kind::Named(&APPLIANCE), "Replication appliances, one vault each."),
        part("vms", Kind::Named(&VMS), "Groups of like machines.").needed(""),
        part("policy", Kind::Named(&POLICY), "How often points are made and how long they are kept."),
        part(
            "protect",
            Kind::Named(&PROTECT),
            "Which group is protected, how, and to where; the name is that of the group.",
        )
        .needed(""),
        part(
            "consistency_group",
            Kind::Named(&CONSISTENCY_GROUP),
            "Machines that are of use only as they were at one moment.",
        ),
        part("plan", Kind::Named(&PLAN), "Recovery plans: what is started after what."),
        part("target", Kind::Tables(&TARGET), "What must come out, and how sure we want to be of it."),
        part("outage", Kind::Table(&OUTAGE), "What breaks, when, and for how long."),
        part("people", Kind::Table(&PEOPLE), "The product raises alarms; people decide."),
        part("times", Kind::Table(&TIMES), "How long the platform takes for what it does."),
        part("replication", Kind::Table(&REPLICATION), "Settings of replication."),
        part("order", Kind::Tables(&ORDER), "Orders that are given at a moment, whatever happens."),
        part("question", Kind::Table(&QUESTION), "What the planner is asked."),
        part("override", Kind::Table(&LIMITS), "Numbers of the limits profile that this scenario replaces."),
    ],
};

static RUN: Shape = Shape {
    id: "run",
    written: "[run]",
    doc: "A run is lived many times with different luck: once per replication.",
    keys: &[
        Key::new(
            "starts",
            Kind::Text(Grammar::Date),
            "Date, time and offset of the start: days, nights and weekends matter. A bare TOML date will do.",
        )
        .default("2026-01-05T00:00:00Z", "2026-01-05T00:00:00+01:00"),
        Key::new("lasts", SPAN, "Simulated time of each replication, at most 50 years.").needed("30d"),
        Key::new("settle", SPAN, "The part at the beginning that is not counted: initial replication and settling.")
            .default("0s", "4d"),
        Key::new("seed", count(0, i64::MAX as u64), "Seed of all luck: the same seed is the same luck.")
            .default("1", "7"),
        Key::new(
            "replications",
            Kind::Either(&[count(1, 100_000_000), Kind::Table(&REPLICATIONS)]),
            "How many lives are lived: a number, or until something is known well enough.",
        )
        .default("100", "{ until = \"p99(rpo) within 5 %\", at_most = 2000 }"),
    ],
};

static REPLICATIONS: Shape = Shape {
    id: "replications",
    written: "replications = { … }",
    doc: "Replications go on until the interval is narrow enough.",
    keys: &[
        Key::new("until", Kind::Text(Grammar::Precision), "What must be known, and within which share of its value.")
            .needed("p99(rpo) within 5 %"),
        Key::new("at_most", count(1, 100_000_000), "Where it ends even if not known.").needed("2000"),
    ],
};
