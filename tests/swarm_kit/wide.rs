//! Wider lives: two appliances, often two source stamps into one target, plans, working hours, points of long ago, outages that
//! strike together. Every second one is chaos first and healed then, so that what began must have come to an end.

use std::fmt::Write as _;

use drsim::units::Duration;

use super::Life;
use super::dice::Dice;
use super::narrow::{churn, damage, orders};

/// After chaos everything is healed for so long [days]: time for the slowest people to bring the last VM home.
const CALM_DAYS: u64 = 10;

pub fn life(seed: u64) -> Life {
    let dice = &mut Dice(seed.wrapping_mul(0xA24B_AED4_963E_E407) ^ 0x1_DE);
    let calm = seed.is_multiple_of(2);
    let strikes = if calm { dice.of(4, 12) } else { dice.of(9, 24) };
    let days = if calm { strikes + CALM_DAYS } else { strikes };
    let two_sources = dice.chance(60);
    let groups = &["sql", "web", "files"][..dice.of(1, 3) as usize];
    let mut text = places(dice, seed, days, calm, two_sources);
    let ways = &mut Ways::of(seed);
    for name in groups {
        let second = dice.chance(50);
        text.push_str(&group(dice, ways, name, second && two_sources, second, calm));
    }
    let planned = dice.chance(40);
    if planned {
        let list: Vec<String> =
            groups.iter().map(|name| format!("{{ vms = [\"{name}\"], pause = \"10m\" }}")).collect();
        let _ = writeln!(text, "[plan.all]\ngroups = [{}]", list.join(", "));
    }
    for index in 0..dice.of(0, 5) {
        text.push_str(&outage(dice, index, strikes, two_sources, calm));
    }
    text.push_str(&people(dice, planned));
    text.push_str(&orders(dice, groups, strikes));
    if !calm && dice.chance(15) {
        text.push_str(&takes_down(dice, strikes, planned));
    }
    text.push_str(&damage(dice, strikes.saturating_sub(2)));
    Life { text, calm: calm.then_some(Duration::days(CALM_DAYS)) }
}

fn places(dice: &mut Dice, seed: u64, days: u64, calm: bool, two_sources: bool) -> String {
    // In a calm life everything that was begun can be finished: room for all, a link that catches up, and no more written than an appliance
    // moves (lives 3000742, 3000764, 3002640 and 3000772 wrote more than that, and never rested).
    let bandwidth = if calm { dice.of(300, 900) } else { dice.of(5, 600) };
    let cores = if calm { 400 } else { dice.of(4, 60) };
    let cache = dice.pick(&["10 GiB", "100 GiB", "4 TiB"]);
    let app = if dice.chance(50) { "app_consistent_every = \"1h\"" } else { "" };
    let retention = dice.pick(&["0s", "1h", "24h", "72h", "15d"]);
    let south = if two_sources {
        "[stamp.south]\n[link.wan2]\nfrom = \"south\"\nto = \"west\"\nbandwidth = \"500 Mbit/s\"\nround_trip = \"8ms\"\n"
    } else {
        ""
    };
    let second = if two_sources { "south" } else { "east" };
    format!(
        r#"title = "wide life {seed}"
limits = "azure-stack-hub-2024"
[run]
starts = "2026-01-05T00:00:00+00:00"
lasts = "{days}d"
seed = {seed}
replications = 1
[stamp.east]
{south}
[stamp.west]
subscriptions.prod = {{ vm_cores = {cores}, vms = 400, managed_disk = "40 TiB", storage = "60 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "{bandwidth} Mbit/s"
round_trip = "20ms"
[cache.log]
on = "west"
subscription = "prod"
capacity = "{cache}"
[appliance.a1]
on = "east"
size = "Standard_DS4_v2"
cache = "log"
[appliance.a2]
on = "{second}"
size = "Standard_DS4_v2"
cache = "log"
[policy.gold]
crash_consistent_every = "5m"
{app}
retention = "24h"
[policy.silver]
crash_consistent_every = "15m"
retention = "{retention}"
"#
    )
}

/// How data goes: by deadline or by weight, joined or not. Luck of its own, so that the other luck of a life is as it was before.
struct Ways {
    dice: Dice,
    due_first: bool,
}

impl Ways {
    fn of(seed: u64) -> Self {
        let mut dice = Dice(seed ^ 0xD0E_F125);
        let due_first = dice.chance(25);
        Self { dice, due_first }
    }

    fn protection(&mut self) -> String {
        match self.due_first {
            true => format!("deadline = \"{}m\"", self.dice.of(1, 600)),
            false => String::new(),
        }
    }

    fn writes(&mut self) -> &'static str {
        match self.dice.chance(20) {
            true => ", unique = { \"5m\" = \"70 %\", \"1h\" = \"40 %\" }, coalesce_within = \"2m\"",
            false => "",
        }
    }
}

fn group(dice: &mut Dice, ways: &mut Ways, name: &str, south: bool, second: bool, calm: bool) -> String {
    let disks: Vec<String> = (0..dice.of(1, 3)).map(|_| format!("\"{} GiB\"", dice.of(1, 60))).collect();
    let (on, appliance) = (if south { "south" } else { "east" }, if second { "a2" } else { "a1" });
    let os = dice.pick(&["linux", "windows"]);
    let count = dice.of(1, 4);
    let test = if dice.chance(80) { ", test_network = \"drill\"" } else { "" };
    let policy = dice.pick(&["gold", "silver"]);
    let order = dice.of(0, 3);
    let written = if calm { churn(dice, 4) } else { churn(dice, 1) };
    let trusted = if !calm && dice.chance(10) { "certificate_trusted = false" } else { "" };
    let block = dice.pick(if calm { &["16 KiB", "64 KiB", "2 MiB"] } else { &["4 KiB", "64 KiB", "2 MiB"] });
    let (joined, protection) = (ways.writes(), ways.protection());
    format!(
        r#"
[vms.{name}]
count = {count}
on = "{on}"
os = "{os}"
size = "Standard_DS2_v2"
disks = [{}]
{written}
writes = {{ block = "{block}"{joined} }}
{trusted}
[protect.{name}]
policy = "{policy}"
appliance = "{appliance}"
to = {{ stamp = "west", subscription = "prod", network = "dr"{test} }}
order = {order}
{protection}
"#,
        disks.join(", ")
    )
}

fn outage(dice: &mut Dice, index: u64, strikes: u64, two_sources: bool, calm: bool) -> String {
    let source = if two_sources { dice.pick(&["east", "south"]) } else { "east" };
    let link = if two_sources { dice.pick(&["wan", "wan2"]) } else { "wan" };
    let appliance = dice.pick(&["a1", "a2"]);
    let kind = dice.of(0, 10);
    let (what, lasts) = match kind {
        0 | 1 => (format!("[[outage.stamp-down]]\nstamp = \"{source}\""), true),
        2 => ("[[outage.stamp-down]]\nstamp = \"west\"".to_owned(), true),
        3 => (format!("[[outage.link-down]]\nlink = \"{link}\""), true),
        4 => (format!("[[outage.appliance-down]]\nappliance = \"{appliance}\""), true),
        5 => ("[[outage.cache-down]]\ncache = \"log\"".to_owned(), true),
        6 => ("[[outage.service-down]]\nstamp = \"west\"".to_owned(), true),
        7 => (format!("[[outage.guest-reboot]]\nstamp = \"{source}\"\nshare = \"50 %\""), false),
        8 => (format!("[[outage.source-deleted]]\nstamp = \"{source}\"\nshare = \"30 %\""), false),
        9 => (format!("[[outage.appliance-tampered]]\nappliance = \"{appliance}\""), false),
        _ => (
            format!(
                "[[outage.correlated]]\nname = \"fire {index}\"\ntakes = [{{ stamp-down = \"{source}\" }}, {{ link-down = \"{link}\", probability = \"60 %\" }}, {{ service-down = \"west\", probability = \"30 %\" }}]"
            ),
            true,
        ),
    };
    let day = dice.of(0, strikes.saturating_sub(3));
    let (hour, minute) = (dice.of(0, 23), 5 * dice.of(0, 11));
    let when = if calm || dice.chance(60) {
        format!("at = \"{day}d{hour:02}:{minute:02}\"")
    } else {
        format!("every.exponential = {{ mean = \"{}d\" }}", dice.of(2, 12))
    };
    let lasts = if lasts { format!("lasts.fixed = \"{}m\"", dice.of(1, 2000)) } else { String::new() };
    format!("{what}\n{when}\n{lasts}\n")
}

fn people(dice: &mut Dice, planned: bool) -> String {
    let point =
        dice.pick(&["\"latest\"", "\"latest-processed\"", "\"latest-app-consistent\"", "{ older_than = \"6h\" }"]);
    let mut text = format!(
        "[people]\ndeclare_disaster_after.triangular = {{ low = \"5m\", mode = \"30m\", high = \"2h\" }}\nrecovery_point = {point}\ncheck_the_source = {}\nshut_down_source = {}\n",
        dice.chance(80),
        dice.chance(40)
    );
    if dice.chance(30) {
        text.push_str("working_hours = { days = \"mon-sat\", between = \"07:00-20:00\" }\n");
    }
    if planned {
        text.push_str("plan = \"all\"\n");
    }
    let _ = writeln!(text, "commit_after.fixed = \"{}h\"", dice.of(0, 10));
    if dice.chance(70) {
        let _ = writeln!(text, "fail_back = {{ after_source_healthy = \"{}h\", then_wait = \"1h\" }}", dice.of(0, 12));
    }
    if dice.chance(40) {
        let _ = writeln!(text, "drill_every = \"{}d\"\ndrill_lasts.fixed = \"4h\"", dice.of(2, 9));
    }
    if dice.chance(60) {
        let _ = writeln!(text, "protect_again_after = \"{}h\"", dice.of(1, 30));
    }
    text
}

/// An order to the vaults themselves: some take everything down.
fn takes_down(dice: &mut Dice, strikes: u64, planned: bool) -> String {
    let appliance = format!("appliance = \"{}\"", dice.pick(&["a1", "a2"]));
    let (act, what) = match dice.of(0, 4) {
        0 => ("delete-appliance", appliance),
        1 => ("delete-vault", appliance),
        2 => ("register-appliance", appliance),
        3 if planned => ("run-plan", "plan = \"all\"".to_owned()),
        _ => ("uninstall-provider", "stamp = \"west\"".to_owned()),
    };
    let (day, hour, minute) = (dice.of(0, strikes - 1), dice.of(0, 23), dice.of(0, 59));
    format!("[[order]]\nat = \"{day}d{hour:02}:{minute:02}\"\ndo = \"{act}\"\n{what}\n")
}
