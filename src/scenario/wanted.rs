//! What is wanted: policies, protections, recovery plans, targets.

use crate::intent::{
    Intent, Journal, PlanGroup, Protection, RecoveryPlan, ReplicationPolicy, Scope, StrategyChoice, Target,
};
use crate::inventory::{Limits, VMS_MAX};
use crate::units::{ApplianceId, CacheId, Duration, GroupId, PolicyId, Ratio, StampId, VmId};

use super::document::Section;
use super::fault::line_column;
use super::ledger::{Ledger, cure_by_name, short};
use super::machines::Machines;
use super::names::Names;
use super::places::Places;
use super::spans::{Node, Place, Value};
use super::targets::Demand;

/// What is wanted, and the names of it.
pub struct Wanted {
    pub intent: Intent,
    pub policy_names: Names,
    pub plan_names: Names,
    /// By policy: whether anything is protected with it.
    pub policy_used: Vec<bool>,
    pub appliance_used: Vec<bool>,
    /// By plan: whether another plan names it.
    pub plan_used: Vec<bool>,
    /// By target: where it is written.
    pub target_places: Vec<Place>,
}

impl Wanted {
    /// Reads `policy`, `protect`, `plan` and `target` of the root. `text` is the scenario, for line numbers.
    pub fn read(root: &Section<'_>, places: &Places, machines: &Machines, limits: &Limits, text: &str) -> Wanted {
        let mut wanted = Wanted {
            intent: Intent { protections: vec![None; machines.vms.len()], ..Intent::default() },
            policy_names: Names::new("policy", "policies", "policy"),
            plan_names: Names::new("plan", "plans", "plan"),
            policy_used: Vec::new(),
            appliance_used: vec![false; places.appliances.len()],
            plan_used: Vec::new(),
            target_places: Vec::new(),
        };
        for (name, place, section) in root.named("policy") {
            let policy = policy(name, &section, limits);
            wanted.policy_names.push(name, place, false);
            wanted.intent.policies.push(policy);
        }
        wanted.policy_used = vec![false; wanted.intent.policies.len()];
        let protections = root.named("protect");
        deadlines_of_all_or_none(&protections);
        if protections.is_empty() {
            root.missing("protect", "nothing is protected: add [protect.sql] with policy, appliance and to");
        }
        for (name, place, section) in protections {
            wanted.protect(name, place, &section, places, machines);
        }
        wanted.plans(root, machines, limits);
        for section in root.tables("target") {
            wanted.target(&section, places, machines, text);
        }
        wanted
    }

    fn protect(&mut self, group: &str, place: &Place, section: &Section<'_>, places: &Places, machines: &Machines) {
        let ledger = section.ledger;
        let group = machines.group_names.find(group, place, ledger);
        let policy = self.policy_names.need(section, "policy");
        let appliances = appliances(section, places);
        let order = section.count32_or_default("order");
        let weight = section.count32_or_default("weight");
        if weight == 0 {
            section.fault("weight", "a weight of 0 would never be served", "write weight = 1 or more");
        }
        let deadline = section.positive_span("deadline");
        let failback_policy = section.text_or_default("failback_policy").to_string();
        let failback_extension = section.text_or_default("failback_extension").to_string();
        let sound = |index: &usize| !places.appliance_names.is_broken(*index);
        let cache_stamps: Vec<StampId> = appliances
            .iter()
            .copied()
            .filter(sound)
            .map(|a| places.caches[places.appliances[a].cache.index()].on)
            .collect();
        let cache_stamp = cache_stamps.first().copied();
        let (target, subscription, network, test_network) = match section.section("to") {
            Some(to) => {
                let stamp = places.stamp_names.optional(&to, "stamp").map(StampId::from_index);
                let stamp = if to.has("stamp") { stamp } else { cache_stamp };
                let subscription = places.subscription(&to, "subscription", stamp);
                let network = to.text_or_default("network").to_string();
                let test_network = to.text("test_network").map(str::to_string);
                if stamp.is_some_and(|stamp| cache_stamps.iter().any(|cache| *cache != stamp)) {
                    let mend = "the cache of the appliance must stand on the target stamp";
                    to.fault("stamp", "this is not the stamp of the appliance's cache", mend);
                }
                (stamp, subscription, network, test_network)
            }
            None => {
                section.require("to");
                (None, None, String::new(), None)
            }
        };
        let (Some(group), Some(policy)) = (group, policy) else { return };
        self.policy_used[policy] = true;
        appliances.iter().for_each(|appliance| self.appliance_used[*appliance] = true);
        let (Some(target), Some(subscription), false) = (target, subscription, appliances.is_empty()) else { return };
        let mut protection = Protection {
            policy: PolicyId::from_index(policy),
            appliance: ApplianceId::from_index(appliances[0]),
            target,
            subscription,
            network,
            test_network,
            order,
            failback_policy,
            failback_extension,
            weight,
            deadline,
        };
        let Some(group) = machines.groups.get(group) else { return };
        for (vm, appliance) in group.vm_ids().zip(appliances.iter().cycle()) {
            let on = machines.vms[vm.index()].on;
            if sound(appliance) && on != places.appliances[*appliance].on {
                let mend = "machines are replicated by an appliance on their own stamp";
                section.fault("appliance", "the appliance stands on another stamp than the machines", mend);
            }
            protection.appliance = ApplianceId::from_index(*appliance);
            self.intent.protections[vm.index()] = Some(protection.clone());
        }
    }

    fn plans(&mut self, root: &Section<'_>, machines: &Machines, limits: &Limits) {
        let sections = root.named("plan");
        let mut drafts = Vec::new();
        for (name, place, section) in &sections {
            self.plan_names.push(name, place, false);
            section.require("groups");
            drafts.push(section.tables("groups").iter().map(|group| Step::read(group, machines)).collect::<Vec<_>>());
        }
        let inner = drafts.iter().flatten().filter_map(|step| match step {
            Step::Plan(name, _) => self.plan_names.index(name),
            Step::Group(_) => None,
        });
        self.plan_used = vec![false; drafts.len()];
        inner.for_each(|plan| self.plan_used[plan] = true);
        for (index, (name, place, section)) in sections.iter().enumerate() {
            let mut path = vec![index];
            let groups = unfold(&drafts, &self.plan_names, &mut path, section.ledger).unwrap_or_default();
            check_plan(&groups, machines, limits, place, section.ledger);
            self.intent.plans.push(RecoveryPlan { name: (*name).to_string(), groups });
        }
    }

    fn target(&mut self, section: &Section<'_>, places: &Places, machines: &Machines, text: &str) {
        let confidence = section.quantity_or_default::<Ratio>("confidence");
        if confidence == Ratio::ZERO || confidence >= Ratio::ONE {
            section.fault("confidence", "a confidence lies between 0 % and 100 %", "write confidence = \"95 %\"");
        }
        let scope = match (section.has("vms"), section.has("cache")) {
            (true, true) => {
                section.fault("cache", "a target speaks of machines or of a cache", "make two targets of it");
                None
            }
            (true, false) => {
                machines.group_names.optional(section, "vms").map(|g| Scope::Group(GroupId::from_index(g)))
            }
            (false, true) => {
                places.cache_names.optional(section, "cache").map(|c| Scope::Cache(CacheId::from_index(c)))
            }
            (false, false) => Some(Scope::Everything),
        };
        if !section.has("must") {
            section.missing("must", "write must = \"p99.9(rpo) <= 15m\"");
        }
        for Node { value, place } in section.items("must") {
            let Value::Text(demand) = value else {
                section.ledger.fault(place, "a target is text in quotes", "", "write must = \"p99.9(rpo) <= 15m\"");
                continue;
            };
            let parsed = match demand.parse::<Demand>() {
                Ok(parsed) => parsed,
                Err(error) => {
                    section.ledger.fault(place, error.wrong, "", error.mend);
                    continue;
                }
            };
            let Some(scope) = scope.clone() else { continue };
            if !fits(&scope, &parsed) {
                let wrong = format!("`{}` is not measured of this", short(demand));
                section.ledger.fault(
                    place,
                    wrong,
                    "",
                    "overflow and cache_used go with cache = \"…\", all else with vms = \"…\"",
                );
            }
            let line = match place {
                Place::Text(span) => line_column(text, span.start).0 as u32,
                Place::Set(_) => 0,
            };
            let Demand { statistic, measure, comparator, limit } = parsed;
            let text = demand.trim().to_string();
            self.target_places.push(place.clone());
            self.intent.targets.push(Target { scope, text, statistic, measure, comparator, limit, confidence, line });
        }
    }
}

/// `appliance = "a1"`, or a list: the machines are dealt to them in turn.
fn appliances(section: &Section<'_>, places: &Places) -> Vec<usize> {
    if !section.has("appliance") {
        places.appliance_names.need(section, "appliance");
    }
    let one = |node: &Node| {
        if node.value.text().is_none() && !node.value.is_broken() {
            let wrong = format!("an appliance is named in quotes, not by {}", node.value.kind());
            section.ledger.fault(&node.place, wrong, "", "write appliance = \"a1\" or [\"a1\", \"a2\"]");
        }
        places.appliance_names.find(node.value.text()?, &node.place, section.ledger)
    };
    section.items("appliance").iter().filter_map(one).collect()
}

/// Measures of caches go with caches; with everything they speak of all caches.
fn fits(scope: &Scope, demand: &Demand) -> bool {
    use crate::intent::Measure;
    let of_cache = matches!(demand.measure, Measure::CacheUsed | Measure::CacheOverflow);
    match scope {
        Scope::Everything => true,
        Scope::Cache(_) => of_cache,
        Scope::Group(_) => !of_cache,
    }
}

/// Who is due first is served first: where one protection has a deadline all others need one.
fn deadlines_of_all_or_none(protections: &[(&str, &Place, Section<'_>)]) {
    if let Some((first, ..)) = protections.iter().find(|(.., section)| section.has("deadline")) {
        for (.., section) in protections.iter().filter(|(.., section)| !section.has("deadline")) {
            section.missing("deadline", format!("write deadline = \"1h\"; protect.{first} has one, so all need one"));
        }
    }
}

fn policy(name: &str, section: &Section<'_>, limits: &Limits) -> ReplicationPolicy {
    let crash = section.positive_span_or_default("crash_consistent_every");
    let app = match section.node("app_consistent_every").map(|node| &node.value) {
        Some(Value::Text(off)) if off == "off" => None,
        _ => section.positive_span("app_consistent_every"),
    };
    let freeze = section.quantity_or_default("app_consistent_freeze");
    let retention = section.quantity_or_default::<Duration>("retention");
    let rpo_alert = section.positive_span("rpo_alert");
    if app.is_some_and(|app| app.ns() % crash.ns() != 0) {
        let wrong = "`app_consistent_every` is no multiple of `crash_consistent_every`";
        section.fault("app_consistent_every", wrong, format!("write a multiple of {crash}, or \"off\""));
    }
    if app.is_some_and(|app| app >= retention) {
        section.fault(
            "app_consistent_every",
            "an app-consistent point is gone before the next is made",
            "raise `retention`, or make them more often",
        );
    }
    if crash < Duration::secs(1) {
        section.fault(
            "crash_consistent_every",
            "points cannot be made more than once a second",
            "write at least \"1s\"; the product makes one every 5m",
        );
    }
    if retention > limits.retention_max {
        let wrong = format!("points are kept for at most {}", limits.retention_max);
        section.fault("retention", wrong, "shorten it, or override retention_max");
    }
    let strategy = strategy(section, retention);
    let journal = section.section("journal").and_then(|journal| {
        let look_every = journal.positive_span_or_default("look_every");
        if look_every < Duration::minutes(1) {
            let wrong = "what points keep is not looked at more than once a minute";
            journal.fault("look_every", wrong, "write at least \"1m\"");
        }
        Some(Journal { at_most: journal.need("at_most")?, look_every })
    });
    ReplicationPolicy {
        name: name.into(),
        crash_consistent_every: crash,
        app_consistent_every: app,
        app_consistent_freeze: freeze,
        retention,
        journal,
        rpo_alert,
        strategy,
    }
}

/// The strategy of a policy; without one, the product's.
fn strategy(policy: &Section<'_>, retention: Duration) -> StrategyChoice {
    let Some((name, choice)) = policy.choice("strategy") else { return StrategyChoice::FixedInterval };
    let Some(own) = choice.section(name) else { return StrategyChoice::FixedInterval };
    match name {
        "app-every-nth" => StrategyChoice::AppEveryNth { n: from_one(&own, "n") },
        "coarser-when-late" => StrategyChoice::CoarserWhenLate { times: from_one(&own, "times") },
        "adaptive" => {
            let at_least = own.positive_span_or_default("at_least");
            let at_most = own.positive_span_or_default("at_most");
            let wait = own.quantity_or_default::<Ratio>("wait");
            if at_least < Duration::secs(1) {
                own.fault("at_least", "points cannot be made more than once a second", "write at least \"1s\"");
            }
            if at_most < at_least {
                own.fault("at_most", "`at_most` is below `at_least`", format!("write {at_least} or more"));
            }
            if at_most > retention && !retention.is_zero() {
                own.fault(
                    "at_most",
                    "a point is gone before the next is made",
                    "raise `retention`, or lower `at_most`",
                );
            }
            StrategyChoice::Adaptive { at_least, at_most, wait }
        }
        "loss-against-cost" => {
            StrategyChoice::LossAgainstCost { failure_every: own.positive_span_or_default("failure_every") }
        }
        _ => StrategyChoice::FixedInterval,
    }
}

fn from_one(section: &Section<'_>, key: &'static str) -> u32 {
    let count = section.count32_or_default(key);
    if count == 0 {
        section.fault(key, format!("`{key}` counts from 1"), "write 1 or more");
    }
    count
}

/// One entry of a plan's `groups`: machines, or another plan whose groups stand here.
enum Step {
    Group(PlanGroup),
    Plan(String, Place),
}

impl Step {
    fn read(section: &Section<'_>, machines: &Machines) -> Step {
        let pause = section.quantity_or_default::<Duration>("pause");
        if let Some((plan, place)) = section.text_at("plan") {
            for key in ["vms", "pause"] {
                if section.has(key) {
                    section.fault(key, format!("`{key}` beside `plan`"), "give the other plan an entry of its own");
                }
            }
            return Step::Plan(plan.to_string(), place.clone());
        }
        if !section.has("vms") {
            section.missing("vms", "write vms = [\"sql\"]");
        }
        Step::Group(PlanGroup { vms: vms(section, "vms", machines), pause })
    }
}

/// The VMs behind a list of names of groups and VMs.
pub fn vms(section: &Section<'_>, key: &'static str, machines: &Machines) -> Vec<VmId> {
    let mut found = Vec::new();
    for Node { value, place } in section.items(key) {
        let Value::Text(name) = value else {
            section.ledger.fault(place, "machines are named in quotes", "", "write vms = [\"sql\", \"web-3\"]");
            continue;
        };
        match machines.find(name) {
            Some(vms) => found.extend(vms),
            None if machines.group_names.index(name).is_some() => {}
            None => {
                let groups = machines.group_names.entries.iter().map(|entry| entry.name.as_str());
                let what = match machines.vms.first() {
                    Some(vm) => format!("groups (or one of their machines, such as {})", vm.name),
                    None => "groups".to_string(),
                };
                let cure = cure_by_name(name, &what, groups);
                section.ledger.missing(place, format!("there are no machines `{}`", short(name)), "", cure);
            }
        }
        if found.len() as u64 > VMS_MAX {
            section.ledger.fault(
                place,
                format!("this names more than {VMS_MAX} machines"),
                "",
                "name each machine once",
            );
            return Vec::new();
        }
    }
    found
}

/// A plan with the plans it names put in their places. `path`: the plans we stand in, to find cycles.
fn unfold(drafts: &[Vec<Step>], names: &Names, path: &mut Vec<usize>, ledger: &Ledger) -> Option<Vec<PlanGroup>> {
    /// What unfolds could grow without bounds.
    const GROUPS_MAX: usize = 10_000;
    let mut groups = Vec::new();
    for step in &drafts[*path.last()?] {
        match step {
            Step::Group(group) => groups.push(group.clone()),
            Step::Plan(name, place) => {
                let inner = names.find(name, place, ledger)?;
                if path.contains(&inner) || path.len() > 16 {
                    // Every plan of a ring meets it; it is told once, from the first of them.
                    if path[0] == inner && path.iter().all(|at| *at >= inner) {
                        let ring: Vec<&str> =
                            path.iter().chain([&inner]).map(|at| names.entries[*at].name.as_str()).collect();
                        let wrong = format!("the plan leads back to itself: {}", ring.join(" → "));
                        ledger.fault(place, wrong, "closes the ring", "remove one of these references");
                    } else if !path.contains(&inner) {
                        ledger.fault(place, "plans stand in plans too deep", "", "name at most 16 within each other");
                    }
                    return None;
                }
                path.push(inner);
                let unfolded = unfold(drafts, names, path, ledger);
                path.pop();
                groups.extend(unfolded?);
            }
        }
        let vms: u64 = groups.iter().map(|group| group.vms.len() as u64).sum();
        if groups.len() > GROUPS_MAX || vms > VMS_MAX {
            let plan = &names.entries[*path.last()?];
            let wrong = format!("plan `{}` unfolds into too much", plan.name);
            ledger.fault(&plan.place, wrong, "", format!("at most {GROUPS_MAX} groups and {VMS_MAX} machines"));
            return None;
        }
    }
    Some(groups)
}

fn check_plan(groups: &[PlanGroup], machines: &Machines, limits: &Limits, place: &Place, ledger: &Ledger) {
    let mut seen = vec![false; machines.vms.len()];
    let mut count = 0u32;
    for vm in groups.iter().flat_map(|group| &group.vms) {
        count += 1;
        if std::mem::replace(&mut seen[vm.index()], true) {
            let wrong = format!("`{}` stands twice in the plan", machines.vms[vm.index()].name);
            ledger.fault(place, wrong, "", "start each machine once");
            break;
        }
    }
    if groups.len() as u64 > u64::from(limits.plan_groups_max) || count > limits.plan_vms_max {
        let wrong = format!("the plan has {} groups and {count} machines", groups.len());
        let (groups, vms, source) = (limits.plan_groups_max, limits.plan_vms_max, limits.source("plan_groups_max"));
        let mend = format!("a plan takes {groups} groups and {vms} machines ({source}); a script has no such limit");
        ledger.warn(place, wrong, "", mend);
    }
}
