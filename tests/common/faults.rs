//! What the fault tests share: one sound scenario, edits of it, and how faults are compared.

use std::io;
use std::path::Path;

use drsim::scenario::{Fault, load, render};

/// A small scenario that loads.
pub const SOUND: &str = r#"title = "x"
limits = "azure-stack-hub-2024"
[run]
starts = "2026-01-05T00:00:00+01:00"
lasts = "30d"
settle = "4d"
[stamp.branch]
[stamp.head]
[link.wan]
from = "branch"
to = "head"
bandwidth = "200 Mbit/s"
round_trip = "18ms"
[cache.c]
on = "head"
capacity = "1 TiB"
[appliance.a1]
on = "branch"
cache = "c"
[vms.sql]
count = 2
on = "branch"
os = "windows"
size = "Standard_DS3_v2"
disks = ["128 GiB", "256 GiB"]
churn.steady = { rate = "300 KiB/s" }
[policy.gold]
retention = "24h"
[protect.sql]
policy = "gold"
appliance = "a1"
to = { stamp = "head", test_network = "drill" }
[[target]]
vms = "sql"
must = "p95(rpo) <= 15m"
[[outage.link-down]]
link = "wan"
at = "9d13:15"
lasts = "5h"
[people]
drill_every = "90d"
"#;

/// Edits of the sound scenario, files beside it, overrides.
pub struct Case<'a> {
    pub edits: &'a [(&'a str, &'a str)],
    pub files: &'a [(&'a str, &'a [u8])],
    pub sets: &'a [(&'a str, &'a str)],
}

impl Case<'_> {
    pub fn text(&self) -> String {
        self.edits.iter().fold(SOUND.to_string(), |text, (old, new)| {
            assert!(text.contains(old), "the edit `{old}` changes nothing");
            text.replacen(old, new, 1)
        })
    }

    /// Loads the case. Faults, or warnings when it loads.
    pub fn load(&self) -> (String, Result<drsim::scenario::Scenario, Vec<Fault>>) {
        let text = self.text();
        let read = |path: &Path| {
            let found = self.files.iter().find(|(name, _)| Path::new(name) == path);
            found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        let sets: Vec<(String, String)> =
            self.sets.iter().map(|(path, value)| ((*path).to_string(), (*value).to_string())).collect();
        let loaded = load(&text, "s.toml", &read, &sets).map_err(|faults| faults.0);
        (text, loaded)
    }
}

/// `line:column wrong | mend`, or the file's name where there is no line.
pub fn shown(fault: &Fault, text: &str) -> String {
    let place = match fault.line_column(text) {
        Some((line, column)) => format!("{line}:{column}"),
        None => fault.file.clone(),
    };
    format!("{place} {} | {}", fault.wrong, fault.mend)
}

/// The case is refused with exactly these faults, and each renders with file and cure.
pub fn refused(case: &Case<'_>, expected: &[&str]) {
    let (text, loaded) = case.load();
    let faults = loaded.expect_err("this must be refused");
    for fault in &faults {
        let page = render(fault, &text, false);
        assert!(page.starts_with("error: ") && page.contains("\nmend: "), "{page}");
        if let Some((line, column)) = fault.line_column(&text) {
            assert!(page.contains(&format!("s.toml:{line}:{column}")), "{page}");
        }
    }
    let found: Vec<String> = faults.iter().map(|fault| shown(fault, &text)).collect();
    assert_eq!(found, expected, "{}", serde_json::to_string(&found).expect("text"));
}
