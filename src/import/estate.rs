//! What other tools know of an estate, in one neutral form: machines with disks, and where each number came from.
//!
//! Every number is optional: a tool that does not know it leaves it out, and what is assumed instead is said where the scenario
//! is written. Sizes are bytes, rates bytes per second.

use std::collections::BTreeMap;

use crate::units::Bytes;

/// Where something was read: file, and line or row where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guest {
    Windows,
    Linux,
}

impl Guest {
    /// As a scenario writes it.
    pub fn word(self) -> &'static str {
        match self {
            Guest::Windows => "windows",
            Guest::Linux => "linux",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Power {
    On,
    Off,
    #[default]
    Unknown,
}

/// One machine as one tool or several saw it.
#[derive(Clone, Debug)]
pub struct Machine {
    pub name: String,
    pub cores: Option<u32>,
    pub memory: Option<Bytes>,
    pub guest: Option<Guest>,
    pub power: Power,
    /// The name of its VM size, where it is an Azure machine.
    pub size: Option<String>,
    pub disks: Vec<Disk>,
    /// All disks together, where only that is known.
    pub storage: Option<Bytes>,
    /// What it writes in the mean, where a tool gives one number only [bytes/s].
    pub write_rate: Option<f64>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    pub name: String,
    pub size: Bytes,
    pub is_os: bool,
}

/// All machines of the inventories, in the order of their names.
#[derive(Debug, Default)]
pub struct Estate {
    pub machines: BTreeMap<String, Machine>,
}

impl Machine {
    pub fn new(name: &str, place: Place) -> Self {
        Self {
            name: name.to_string(),
            cores: None,
            memory: None,
            guest: None,
            power: Power::Unknown,
            size: None,
            disks: Vec::new(),
            storage: None,
            write_rate: None,
            place,
        }
    }

    /// Its disks together; what is known of all of them where the single ones are not.
    pub fn bytes(&self) -> Bytes {
        if self.disks.is_empty() { self.storage.unwrap_or_default() } else { self.disks.iter().map(|d| d.size).sum() }
    }

    /// Takes over what another source knows and this one does not.
    fn learn(&mut self, other: Machine) {
        self.cores = self.cores.or(other.cores);
        self.memory = self.memory.or(other.memory);
        self.guest = self.guest.or(other.guest);
        self.size = self.size.take().or(other.size);
        self.storage = self.storage.or(other.storage);
        self.write_rate = self.write_rate.or(other.write_rate);
        if self.power == Power::Unknown {
            self.power = other.power;
        }
        if self.disks.is_empty() {
            self.disks = other.disks;
        }
    }
}

impl Estate {
    /// Adds a machine, or what a second source (another sheet, another file) knows of it.
    pub fn add(&mut self, machine: Machine) {
        match self.machines.get_mut(&machine.name) {
            Some(known) => known.learn(machine),
            None => {
                self.machines.insert(machine.name.clone(), machine);
            }
        }
    }
}

/// Windows or Linux, from the name of an operating system as tools write it; `None` where it says neither.
pub fn guest_of(text: &str) -> Option<Guest> {
    const LINUX: &[&str] = &[
        "linux", "ubuntu", "debian", "red hat", "redhat", "rhel", "centos", "suse", "sles", "oracle", "rocky", "alma",
        "fedora", "photon", "coreos", "amazon",
    ];
    let text = text.to_lowercase();
    if text.contains("windows") {
        return Some(Guest::Windows);
    }
    LINUX.iter().any(|word| text.contains(word)).then_some(Guest::Linux)
}

/// On or off, as tools write it.
pub fn power_of(text: &str) -> Power {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["off", "deallocated", "stopped", "suspended", "shut"]) {
        Power::Off
    } else if has(&["on", "running", "up"]) {
        Power::On
    } else {
        Power::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_and_power_states_as_tools_write_them() {
        assert_eq!(guest_of("Microsoft Windows Server 2019 (64-bit)"), Some(Guest::Windows));
        assert_eq!(guest_of("Red Hat Enterprise Linux 8 (64-bit)"), Some(Guest::Linux));
        assert_eq!(guest_of("Other (64-bit)"), None);
        let powers = ["poweredOn", "poweredOff", "suspended", "VM running", "VM deallocated", ""].map(power_of);
        assert_eq!(powers, [Power::On, Power::Off, Power::Off, Power::On, Power::Off, Power::Unknown]);
    }
}
