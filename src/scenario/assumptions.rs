//! Assumptions that an answer hangs on: numbers that nobody gave, where a target is about what they decide.
//!
//! They are no warnings, since a default is a fair beginning; `drsim validate` tells them, so that it is known what to measure first.
//! What was given and what was left out is seen in the text itself, beside the catalogue.

use crate::intent::{Measure, Target};

use super::catalogue::{Presence, ROOT};
use super::machines::Machines;
use super::spans::Table;
use super::wanted::Wanted;

/// One thing that is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What is assumed, and what hangs on it.
    pub what: String,
    pub mend: String,
}

/// All of a scenario that was read without a fault.
pub fn assumptions(tree: &Table, machines: &Machines, wanted: &Wanted) -> Vec<Assumption> {
    let mut found = Vec::new();
    let targets = &wanted.intent.targets;
    if let Some(target) = first(targets, takes_time) {
        let (all, open) = left_out(tree, "times");
        if !open.is_empty() {
            let (some, more) = (open[..open.len().min(3)].join(", "), if open.len() > 3 { ", …" } else { "" });
            let what =
                format!("{} of {all} times of the platform ({some}{more}); `{target}` hangs on them", open.len());
            found.push(Assumption { what, mend: "measure them in a drill and write them in [times]".into() });
        }
    }
    if let Some(target) = first(targets, needs_a_decision) {
        let (_, open) = left_out(tree, "people");
        if open.contains(&"declare_disaster_after") {
            let what = format!("when people declare a disaster; `{target}` hangs on it");
            found.push(Assumption { what, mend: "write declare_disaster_after in [people]".into() });
        }
    }
    let silent = groups_without(tree, &["writes", "from"]);
    let protected = |name: &&str| {
        let group = machines.groups.iter().find(|group| group.name == **name);
        group.is_some_and(|group| group.vm_ids().any(|vm| wanted.intent.protection(vm).is_some()))
    };
    let silent: Vec<&str> = silent.into_iter().filter(protected).collect();
    if let (false, Some(target)) = (silent.is_empty(), first(targets, needs_the_data_path)) {
        let names = silent[..silent.len().min(5)].join(", ");
        let what = format!(
            "how {names} write: blocks of 16 KiB, nothing rewritten, no compression; `{target}` hangs on the bytes that are sent"
        );
        found.push(Assumption { what, mend: "write writes = { block = …, unique = …, compression = … }".into() });
    }
    found.extend(of_policies(tree, wanted));
    found
}

/// Spans that nobody documents and a policy in use rests on.
fn of_policies(tree: &Table, wanted: &Wanted) -> Vec<Assumption> {
    let mut found = Vec::new();
    for policy in wanted.intent.policies_used() {
        let given = |path: &[&str]| {
            let mut table = tree.get("policy").and_then(|entry| entry.node.value.table());
            for key in std::iter::once(policy.name.as_str()).chain(path.iter().copied()) {
                let Some(entry) = table.and_then(|table| table.get(key)) else { return false };
                table = entry.node.value.table();
            }
            true
        };
        let name = &policy.name;
        if policy.makes_app_consistent_points() && !given(&["app_consistent_freeze"]) {
            let freeze = policy.app_consistent_freeze;
            let what = format!(
                "an app-consistent point of {name} holds the guest up for {freeze}; `guest frozen` hangs on it"
            );
            let mend = format!("measure it and write app_consistent_freeze in [policy.{name}]");
            found.push(Assumption { what, mend });
        }
        if let Some(journal) = policy.journal.filter(|_| !given(&["journal", "look_every"])) {
            let every = journal.look_every;
            let what = format!(
                "what the points of {name} keep is looked at every {every}; between two looks they may keep more"
            );
            let mend = format!("write look_every in [policy.{name}] journal");
            found.push(Assumption { what, mend });
        }
    }
    found
}

/// How many keys of a section have defaults, and which of these were left out.
fn left_out(tree: &Table, section: &str) -> (usize, Vec<&'static str>) {
    let given = tree.get(section).and_then(|entry| entry.node.value.table());
    let shape = ROOT.key(section).and_then(|key| key.kind.shape());
    let keys = shape.into_iter().flat_map(|shape| shape.keys.iter());
    let with_default: Vec<_> = keys.filter(|key| matches!(key.presence, Presence::Default(_))).collect();
    let open =
        with_default.iter().map(|key| key.name).filter(|name| given.is_none_or(|given| given.get(name).is_none()));
    (with_default.len(), open.collect())
}

/// Names of the groups that have none of these keys.
fn groups_without<'t>(tree: &'t Table, keys: &[&str]) -> Vec<&'t str> {
    let groups = tree.get("vms").and_then(|entry| entry.node.value.table());
    let entries = groups.into_iter().flat_map(|groups| &groups.entries);
    let lacks = |table: &Table| keys.iter().all(|key| table.get(key).is_none());
    entries.filter(|entry| entry.node.value.table().is_some_and(lacks)).map(|entry| entry.key.as_str()).collect()
}

/// The first target about something.
fn first(targets: &[Target], about: fn(&Measure) -> bool) -> Option<&str> {
    targets.iter().find(|target| about(&target.measure)).map(|target| target.text.as_str())
}

fn takes_time(measure: &Measure) -> bool {
    matches!(measure, Measure::Rto | Measure::Availability | Measure::Reprotect | Measure::Failback)
}

fn needs_a_decision(measure: &Measure) -> bool {
    matches!(measure, Measure::Rto | Measure::Availability)
}

fn needs_the_data_path(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::RpoAtFailure
            | Measure::RpoUsed
            | Measure::RpoOverTime
            | Measure::RpoAbove(_)
            | Measure::DataLost
            | Measure::CacheUsed
            | Measure::CacheOverflow
    )
}
