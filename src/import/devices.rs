//! Which of a Linux host's block devices are added up: whole disks, each byte once.
//!
//! Partitions, device-mapper and RAID devices stand on disks that are listed too, and loop, RAM and optical devices hold no disk of
//! the machine. Where a host has nothing but device-mapper or RAID devices those are taken. A disk that a report leaves out
//! was idle (`iostat -z`), so its rate is zero.

use std::collections::{BTreeMap, BTreeSet};

use super::Import;
use super::estate::Guest;
use super::meter::Sample;
use super::notes::named;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Disk,
    /// Stands on disks.
    Stacked,
    Other,
}

/// One report: what each device of a host wrote in one interval [bytes/s].
#[derive(Debug, Default)]
pub struct Report {
    pub host: String,
    pub devices: Vec<(String, f64)>,
}

/// The devices met so far, by host.
#[derive(Debug, Default)]
pub struct Devices {
    hosts: BTreeMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    disks: BTreeSet<String>,
    stacked: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl Devices {
    /// Takes a report as one sample of its host.
    pub fn take(
        &mut self,
        report: &Report,
        at: i64,
        length: Option<i64>,
        import: &mut Import,
    ) -> Result<(), &'static str> {
        let host = match self.hosts.get_mut(&report.host) {
            Some(host) => host,
            None => {
                import.saw(&report.host, Some(Guest::Linux), None, None);
                self.hosts.entry(report.host.clone()).or_default()
            }
        };
        let (mut disks, mut stacked) = (0.0, 0.0);
        for (name, rate) in &report.devices {
            let (sum, met) = match class(name) {
                Class::Disk => (Some(&mut disks), &mut host.disks),
                Class::Stacked => (Some(&mut stacked), &mut host.stacked),
                Class::Other => (None, &mut host.others),
            };
            if !met.contains(name) {
                met.insert(name.clone());
            }
            if let Some(sum) = sum {
                *sum += rate;
            }
        }
        if host.disks.is_empty() && host.stacked.is_empty() {
            return Err("no disk in the report");
        }
        let rate = if host.disks.is_empty() { stacked } else { disks };
        let series = import.meter.series(&report.host, "");
        import.meter.sample(series, Sample { at, length, rate })
    }

    /// Says which devices were added up and which were not.
    pub fn tell(&self, import: &mut Import) {
        let names = |set: &BTreeSet<String>| named(set.iter().map(String::as_str));
        for (name, host) in &self.hosts {
            let (taken, left) = if host.disks.is_empty() {
                (&host.stacked, host.others.clone())
            } else {
                (&host.disks, host.stacked.union(&host.others).cloned().collect())
            };
            if !left.is_empty() {
                let why = "they stand on disks, or hold none";
                import.notes.remark(format!("{name}: {} added up; {} not ({why})", names(taken), names(&left)));
            }
        }
    }
}

/// What a device is, by its name; `dev8-0` is the one with major 8 and minor 0.
fn class(name: &str) -> Class {
    let name = name.strip_prefix("/dev/").unwrap_or(name);
    if let Some((major, minor)) = name.strip_prefix("dev").and_then(|rest| rest.split_once('-')) {
        let (Ok(major), Ok(minor)) = (major.parse::<u32>(), minor.parse::<u32>()) else { return Class::Other };
        return match major {
            // SCSI disks have sixteen minors each, the first is the whole disk.
            8 | 65..=71 | 128..=135 | 202 if minor % 16 == 0 => Class::Disk,
            8 | 65..=71 | 128..=135 | 202 => Class::Other,
            1 | 2 | 7 | 11 | 43 => Class::Other,
            // Multiple devices, and what device-mapper gets on most systems.
            9 | 253 | 254 => Class::Stacked,
            _ => Class::Disk,
        };
    }
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = stem.len() < name.len();
    let is_disk = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase()))
    };
    match name {
        _ if name.starts_with("dm-") || name.starts_with("md") || name.starts_with("drbd") => Class::Stacked,
        // Names of volumes, as `iostat -N` and `sadf -p` write them.
        _ if name.contains("--") || name.starts_with("vg") => Class::Stacked,
        _ if ["nvme", "mmcblk"].iter().any(|prefix| name.starts_with(prefix)) => {
            if stem.ends_with('p') {
                Class::Other
            } else {
                Class::Disk
            }
        }
        _ if ["loop", "ram", "zram", "sr", "fd", "nbd", "st"].contains(&stem) => Class::Other,
        _ if ["sd", "vd", "xvd", "hd"].iter().any(|prefix| is_disk(prefix)) => {
            if numbered {
                Class::Other
            } else {
                Class::Disk
            }
        }
        _ => Class::Stacked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_once() {
        for disk in ["sda", "sdab", "vdb", "xvda", "nvme0n1", "mmcblk0", "dev8-0", "dev8-16", "dev259-0", "/dev/sda"] {
            assert_eq!(class(disk), Class::Disk, "{disk}");
        }
        for stacked in ["dm-0", "md127", "vg0-root", "rhel--x-root", "dev253-1", "centos-root"] {
            assert_eq!(class(stacked), Class::Stacked, "{stacked}");
        }
        for other in ["sda1", "vda2", "nvme0n1p3", "loop3", "sr0", "zram0", "dev8-1", "dev11-0", "devx-y"] {
            assert_eq!(class(other), Class::Other, "{other}");
        }
    }
}
