//! Small scenarios in parts: a test says what matters to it, all else never binds and takes no time.
//!
//! ```text
//! east ── wan ──► west        one appliance, one cache; machines of one disk or few
//! ```
//! Protection is complete soon after the start, so a test counts from a moment of its own, an hour later or a day.

use std::fmt::Write as _;
use std::path::Path;

use drsim::scenario::{Scenario, load};

use super::Story;

/// A group of like machines.
#[derive(Clone, Debug)]
pub struct Vm {
    pub name: String,
    pub count: u64,
    /// As written in a scenario, without brackets.
    pub disks: String,
    /// One line or several: `churn.steady = { … }`.
    pub churn: String,
    pub writes: String,
    pub weight: u64,
    pub order: u64,
    /// Further lines of the protection.
    pub protect: String,
    /// Operations a second of one disk; with `block = "1 MB"` the cap in MB/s. Zero: no cap.
    pub iops: u64,
}

impl Vm {
    /// One machine with one disk of 1 MiB that writes nothing.
    pub fn named(name: &str) -> Vm {
        Vm {
            name: name.to_owned(),
            count: 1,
            disks: "\"1 MiB\"".to_owned(),
            churn: "churn.steady = { rate = \"0 B/s\" }".to_owned(),
            writes: "block = \"1 MB\"".to_owned(),
            weight: 1,
            order: 1,
            protect: String::new(),
            iops: 0,
        }
    }

    /// Writes `rate` bytes per second.
    pub fn steady(name: &str, rate: u64) -> Vm {
        Vm { churn: format!("churn.steady = {{ rate = \"{rate} B/s\" }}"), ..Vm::named(name) }
    }

    /// Writes what the file says, one row a step, from the start of the run on.
    pub fn trace(name: &str, file: &str, every: &str) -> Vm {
        let churn =
            format!("churn.trace = {{ file = \"{file}\", every = \"{every}\", unit = \"B/s\", align = \"start\" }}");
        Vm { churn, ..Vm::named(name) }
    }

    fn text(&self) -> String {
        let Vm { name, count, disks, churn, writes, weight, order, protect, iops } = self;
        let size = if *iops == 0 { "any".to_owned() } else { format!("iops-{iops}") };
        format!(
            "[vms.{name}]\ncount = {count}\non = \"east\"\nos = \"linux\"\nsize = \"{size}\"\ndisks = [{disks}]\n{churn}\nwrites = {{ {writes} }}\n\
             [protect.{name}]\npolicy = \"gold\"\nappliance = \"a1\"\nto = {{ stamp = \"west\", subscription = \"prod\", test_network = \"drill\" }}\nweight = {weight}\norder = {order}\n{protect}\n"
        )
    }
}

/// A scenario in parts.
#[derive(Clone, Debug)]
pub struct Small {
    pub lasts: String,
    pub settle: String,
    pub seed: u64,
    pub replications: u64,
    /// [bit/s]
    pub bandwidth: u64,
    /// Further lines of the link, such as throttles.
    pub link: String,
    pub cache: String,
    /// What the appliance's storage and the service move.
    pub storage_rate: String,
    pub processing_delay: String,
    /// What the appliance and the agent hold back each before write order is lost.
    pub buffer: String,
    /// Further lines of `[override]`.
    pub overrides: String,
    /// Lines of the policy.
    pub policy: String,
    /// Names of `[times]` and their laws, where they do take time.
    pub times: Vec<(String, String)>,
    pub vms: Vec<Vm>,
    /// Outages, people, orders, plans.
    pub more: String,
    /// Files beside the scenario.
    pub files: Vec<(String, String)>,
}

impl Default for Small {
    fn default() -> Small {
        Small {
            lasts: "1d".to_owned(),
            settle: "0s".to_owned(),
            seed: 7,
            replications: 1,
            bandwidth: 1_000_000_000,
            link: String::new(),
            cache: "100000 TiB".to_owned(),
            storage_rate: "1000 GB/s".to_owned(),
            processing_delay: "0s".to_owned(),
            buffer: "1000000 TiB".to_owned(),
            overrides: String::new(),
            policy: "crash_consistent_every = \"5m\"\nretention = \"24h\"".to_owned(),
            times: Vec::new(),
            vms: Vec::new(),
            more: String::new(),
            files: Vec::new(),
        }
    }
}

/// Everything in `[times]` that is a law.
const TIMES: [&str; 14] = [
    "inspect",
    "agent_install",
    "agent_remove",
    "disk_create",
    "disk_attach",
    "disk_detach",
    "disks_from_point",
    "vm_create",
    "vm_delete",
    "vm_shut_down",
    "boot_windows",
    "boot_linux",
    "disk_copy_overhead",
    "guest_reboot",
];

impl Small {
    /// A column of rates [bytes/s] as a file.
    pub fn file(mut self, name: &str, rates: &[u64]) -> Small {
        let rows: String = rates.iter().map(|rate| format!("{rate}\n")).collect();
        self.files.push((name.to_owned(), format!("bytes_per_s\n{rows}")));
        self
    }

    /// The scenario file.
    pub fn text(&self) -> String {
        let mut text = format!(
            r#"title = "small"
limits = "azure-stack-hub-2024"
[run]
starts = "2026-01-05T00:00:00Z"
lasts = "{}"
settle = "{}"
seed = {}
replications = {}
[stamp.east]
[stamp.west]
subscriptions.prod = {{ vm_cores = 100000, vms = 100000, managed_disk = "100000 TiB", storage = "1000000 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "{} bit/s"
{}
[cache.log]
on = "west"
subscription = "prod"
capacity = "{}"
[appliance.a1]
on = "east"
size = "any"
cache = "log"
[policy.gold]
{}
"#,
            self.lasts, self.settle, self.seed, self.replications, self.bandwidth, self.link, self.cache, self.policy
        );
        self.limits(&mut text);
        text.push_str("[times]\n");
        for name in TIMES {
            let law = self.times.iter().find(|(own, _)| own == name).map_or("\"0s\"", |(_, law)| law.as_str());
            let _ = writeln!(text, "{name} = {law}");
        }
        text.push_str("unreachable_after = \"1s\"\n");
        let at_once = self.times.iter().find(|(own, _)| own == "creates_at_once").map_or("0", |(_, count)| count);
        let _ = writeln!(text, "creates_at_once = {at_once}");
        self.vms.iter().for_each(|vm| text.push_str(&vm.text()));
        text.push_str(&self.more);
        text
    }

    fn limits(&self, text: &mut String) {
        let size = |iops: u64| format!("{{ cores = 1, memory = \"1 GiB\", data_disks = 64, iops_per_disk = {iops} }}");
        let mut sizes = vec![format!("any = {}", size(0))];
        let mut caps: Vec<u64> = self.vms.iter().map(|vm| vm.iops).filter(|iops| *iops > 0).collect();
        caps.sort_unstable();
        caps.dedup();
        sizes.extend(caps.into_iter().map(|iops| format!("iops-{iops} = {}", size(iops))));
        let _ = write!(
            text,
            r#"[override]
processing_delay = "{}"
appliance_buffer = "{}"
agent_memory_linux = "{}"
bitmap_resync_share = "100 %"
write_floor = "1 B"
disk_rate_max = "9000 TB/s"
difflog_age_max = "10000d"
vms_per_stamp_max = 100000
envelope = {{ storage_rate = "{}", op_bytes = "0 B", ops_max = 1000000, disk_ops = 0 }}
vm_sizes = {{ {} }}
{}
"#,
            self.processing_delay,
            self.buffer,
            self.buffer,
            self.storage_rate,
            sizes.join(", "),
            self.overrides
        );
    }

    /// Reads it as the tool does; panics with the rendered faults.
    pub fn scenario(&self) -> Scenario {
        self.scenario_with(&[])
    }

    /// The same with fields set as `--set` sets them.
    pub fn scenario_with(&self, overrides: &[(String, String)]) -> Scenario {
        let read = |path: &Path| {
            let file = self.files.iter().find(|(name, _)| Path::new(name) == path);
            file.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
        };
        load(&self.text(), "small.toml", &read, overrides).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// Lives replication 0; no referee may see a foul.
    pub fn live(&self) -> Story {
        Story::of_scenario(self.scenario(), 0).sound()
    }
}
