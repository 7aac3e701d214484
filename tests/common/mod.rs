//! Whole runs told as stories: a scenario as text, one replication, and questions about what happened.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs of this module")]

pub mod pieces;
pub mod small;

use drsim::contract::{Fact, MachineRole, Meter, Phase};
use drsim::report::story::{Filter, Teller};
use drsim::scenario::{Scenario, load};
use drsim::simulation::{RunEnd, run};
use drsim::units::{Duration, Timestamp, VmId};
use drsim::world::Luck;

/// One run with everything that was recorded.
pub struct Story {
    pub scenario: Scenario,
    pub facts: Vec<(Timestamp, Fact)>,
    pub end: RunEnd,
}

impl Story {
    /// Runs replication 0; panics with the rendered faults when the text is no scenario, and on any foul.
    pub fn of(text: &str) -> Story {
        Story::with_fouls(text, 0).sound()
    }

    /// Panics if the referees saw fouls.
    pub fn sound(self) -> Story {
        assert_eq!(self.end.fouls, Vec::<String>::new(), "the referees saw fouls");
        self
    }

    pub fn with_fouls(text: &str, replication: u64) -> Story {
        let read = |path: &std::path::Path| std::fs::read(std::path::Path::new("scenarios").join(path));
        let scenario = load(text, "story.toml", &read, &[]).unwrap_or_else(|faults| panic!("{faults}"));
        Story::of_scenario(scenario, replication)
    }

    pub fn of_scenario(scenario: Scenario, replication: u64) -> Story {
        let mut facts = Vec::new();
        let luck = Luck::new(scenario.seed, replication);
        let end = run(&scenario.setup, luck, &mut |at, fact| facts.push((at, fact.clone())));
        Story { scenario, facts, end }
    }

    pub fn vm(&self, name: &str) -> VmId {
        let inventory = &self.scenario.setup.inventory;
        inventory.vm_ids().find(|vm| inventory.vm(*vm).name == name).unwrap_or_else(|| panic!("no VM {name}"))
    }

    /// First moment at which `wanted` is recorded.
    pub fn when(&self, wanted: impl Fn(&Fact) -> bool) -> Option<Timestamp> {
        self.facts.iter().find(|(_, fact)| wanted(fact)).map(|(at, _)| *at)
    }

    pub fn all(&self, wanted: impl Fn(&Fact) -> bool) -> Vec<&(Timestamp, Fact)> {
        self.facts.iter().filter(|(_, fact)| wanted(fact)).collect()
    }

    pub fn entered(&self, name: &str, phase: Phase) -> Option<Timestamp> {
        let vm = self.vm(name);
        self.when(|fact| *fact == Fact::Entered { vm, phase })
    }

    /// Phases of the VM in order.
    pub fn phases(&self, name: &str) -> Vec<Phase> {
        let vm = self.vm(name);
        self.facts
            .iter()
            .filter_map(|(_, fact)| match fact {
                Fact::Entered { vm: v, phase } if *v == vm => Some(*phase),
                _ => None,
            })
            .collect()
    }

    pub fn serves(&self, name: &str, role: MachineRole) -> Option<Timestamp> {
        let vm = self.vm(name);
        self.when(|fact| *fact == Fact::MachineUp { vm, role })
    }

    /// Highest reading of a meter, and when.
    pub fn peak(&self, wanted: impl Fn(Meter) -> bool) -> (u64, Timestamp) {
        let mut peak = (0, Timestamp::START);
        for (at, fact) in &self.facts {
            let Some((_, pieces)) = fact.levels(*at).filter(|(meter, _)| wanted(*meter)) else { continue };
            for (since, piece) in pieces {
                for (value, moment) in [(piece.start, since), (piece.end, piece.until)] {
                    if value > peak.0 {
                        peak = (value, moment);
                    }
                }
            }
        }
        peak
    }

    /// Facts about one VM as text, meter readings and ages left out: for messages of failing tests.
    pub fn tell(&self) -> String {
        let setup = &self.scenario.setup;
        let (calendar, all) = (setup.physics.calendar, Filter::all());
        let mut teller = Teller::new(setup.inventory.clone(), &setup.intent, calendar, Vec::new(), all);
        let line = |(at, fact): &(Timestamp, Fact)| teller.tell(*at, fact).map(|line| line.text(120, 16));
        self.facts.iter().filter_map(line).collect()
    }
}

pub fn at(days: u64, hours: u64, minutes: u64) -> Timestamp {
    Timestamp::START + Duration::days(days) + Duration::hours(hours) + Duration::minutes(minutes)
}

/// Two stamps, a fast link, a large cache; every operation takes the fixed time given here. `more` adds the rest.
pub fn two_stamps(more: &str) -> String {
    format!(
        r#"
title = "story"
limits = "azure-stack-hub-2024"
{more}
[stamp.east]
[stamp.west]
subscriptions.prod = {{ vm_cores = 1000, vms = 500, managed_disk = "500 TiB", storage = "100 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "1 Gbit/s"
round_trip = "0ms"
[cache.log]
on = "west"
subscription = "prod"
capacity = "10 TiB"
[appliance.a1]
on = "east"
size = "Standard_DS4_v2"
cache = "log"
[policy.gold]
crash_consistent_every = "5m"
retention = "24h"
[times]
inspect.fixed = "10s"
agent_install.fixed = "3m"
agent_remove.fixed = "2m"
disk_create.fixed = "10s"
disk_attach.fixed = "30s"
disk_detach.fixed = "20s"
disks_from_point.fixed = "1m"
vm_create.fixed = "3m"
vm_delete.fixed = "1m"
vm_shut_down.fixed = "1m"
boot_windows.fixed = "4m"
boot_linux.fixed = "2m"
disk_copy_overhead.fixed = "10s"
guest_reboot.fixed = "3m"
creates_at_once = 0
unreachable_after = "2m"
"#
    )
}
