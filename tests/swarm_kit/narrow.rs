//! Narrow lives: one source stamp, one appliance, small quotas and caches, outages of every kind, people who often do not
//! know what they do.

use std::fmt::Write as _;

use super::Life;
use super::dice::Dice;

/// What a machine writes; a `part`-th of what it might.
pub fn churn(dice: &mut Dice, part: u64) -> String {
    match dice.of(0, 3) {
        0 => format!("churn.steady = {{ rate = \"{} KiB/s\" }}", dice.of(0, 3000) / part),
        1 => {
            let mean = dice.of(10, 800) / part;
            format!(
                "churn.daily = {{ mean = \"{mean} KiB/s\", peak = \"{} KiB/s\", peak_at = \"{:02}:00\" }}",
                mean * dice.of(2, 8),
                dice.of(0, 23)
            )
        }
        2 => format!(
            "churn.on_off = {{ rate = \"{} KiB/s\", on.exponential = {{ mean = \"{}m\" }}, off.exponential = {{ mean = \"{}m\" }} }}",
            dice.of(100, 8000) / part,
            dice.of(1, 60),
            dice.of(5, 300)
        ),
        _ => format!(
            "churn.steady = {{ rate = \"{} KiB/s\", noise = {{ sigma = 0.8, every = \"5m\" }} }}",
            dice.of(part, 1500) / part
        ),
    }
}

fn group(dice: &mut Dice, name: &str) -> String {
    let disks = (0..dice.of(1, 3)).map(|_| {
        let size = if dice.chance(5) { 1023 } else { dice.of(1, 60) };
        format!("\"{size} GiB\"")
    });
    let disks: Vec<String> = disks.collect();
    let os = dice.pick(&["linux", "windows"]);
    let block = dice.pick(&["4 KiB", "8 KiB", "64 KiB", "2 MiB"]);
    let unique = if dice.chance(50) { ", unique = { \"5m\" = \"80 %\", \"1h\" = \"40 %\" }" } else { "" };
    let trusted = if dice.chance(10) { "certificate_trusted = false\n" } else { "" };
    let leftover = if dice.chance(5) { "leftover_mobility_service = true\n" } else { "" };
    let size = dice.pick(&["Standard_DS2_v2", "Standard_DS3_v2", "Standard_D2_v2"]);
    let count = dice.of(1, 5);
    let test = if dice.chance(80) { ", test_network = \"drill\"" } else { "" };
    let policy = dice.pick(&["gold", "silver"]);
    let order = dice.of(0, 3);
    format!(
        r#"
[vms.{name}]
count = {count}
on = "east"
os = "{os}"
size = "{size}"
disks = [{}]
{}
writes = {{ block = "{block}"{unique} }}
{trusted}{leftover}
[protect.{name}]
policy = "{policy}"
appliance = "a1"
to = {{ stamp = "west", subscription = "prod", network = "dr"{test} }}
order = {order}
"#,
        disks.join(", "),
        churn(dice, 1)
    )
}

fn outage(dice: &mut Dice, days: u64) -> String {
    let kind = dice.of(0, 9);
    let (name, what) = match kind {
        0 | 1 => ("stamp-down", "stamp = \"east\""),
        2 => ("stamp-down", "stamp = \"west\""),
        3 => ("link-down", "link = \"wan\""),
        4 => ("link-slow", "link = \"wan\"\nto = \"20 %\""),
        5 => ("appliance-down", "appliance = \"a1\""),
        6 => ("cache-down", "cache = \"log\""),
        7 => ("service-down", "stamp = \"west\""),
        8 => ("guest-reboot", "stamp = \"east\"\nshare = \"50 %\""),
        _ => match dice.of(0, 1) {
            0 => ("source-deleted", "stamp = \"east\"\nshare = \"30 %\""),
            _ => ("appliance-tampered", "appliance = \"a1\""),
        },
    };
    let when = if dice.chance(60) {
        format!("at = \"{}d{:02}:{:02}\"", dice.of(0, days - 1), dice.of(0, 23), dice.of(0, 59))
    } else {
        format!("every.exponential = {{ mean = \"{}d\" }}", dice.of(2, 12))
    };
    let lasts = match dice.of(0, 2) {
        0 => format!("lasts.fixed = \"{}m\"", dice.of(1, 3000)),
        1 => format!("lasts.exponential = {{ mean = \"{}h\" }}", dice.of(1, 30)),
        _ => "lasts.lognormal = { median = \"2h\", p95 = \"20h\" }".to_owned(),
    };
    let lasts =
        if matches!(name, "source-deleted" | "appliance-tampered" | "guest-reboot") { String::new() } else { lasts };
    format!("[[outage.{name}]]\n{what}\n{when}\n{lasts}\n")
}

fn people(dice: &mut Dice) -> String {
    let point = dice.pick(&["latest", "latest-processed", "latest-app-consistent"]);
    let mut text = format!(
        "[people]\ndeclare_disaster_after.triangular = {{ low = \"5m\", mode = \"30m\", high = \"2h\" }}\nrecovery_point = \"{point}\"\ncheck_the_source = {}\nshut_down_source = {}\n",
        dice.chance(80),
        dice.chance(40)
    );
    if dice.chance(70) {
        let _ = writeln!(text, "commit_after.fixed = \"{}h\"", dice.of(0, 10));
        let _ = writeln!(text, "fail_back = {{ after_source_healthy = \"{}h\" }}", dice.of(0, 12));
    }
    if dice.chance(40) {
        let _ = writeln!(
            text,
            "drill_every = \"{}d\"\ndrill_lasts.fixed = \"4h\"\ndrill_skipped = \"20 %\"",
            dice.of(2, 9)
        );
    }
    if dice.chance(60) {
        let _ = writeln!(text, "protect_again_after = \"{}h\"", dice.of(1, 30));
    }
    if dice.chance(50) {
        let _ = writeln!(text, "enabling = {{ batch = {}, gap = \"1h\" }}", dice.of(1, 12));
    }
    text
}

pub fn orders(dice: &mut Dice, groups: &[&str], days: u64) -> String {
    let acts = [
        "fail-over",
        "commit",
        "reprotect",
        "fail-back",
        "cancel-fail-back",
        "disable",
        "manual-resync",
        "test-failover",
        "clean-up-test-failover",
        "uninstall-mobility-service",
        "restart-vm",
        "enable",
        "change-point",
        "check-prerequisites",
    ];
    let mut text = String::new();
    for _ in 0..dice.of(0, 8) {
        let (act, group) = (dice.pick(&acts), dice.pick(groups));
        let _ = writeln!(
            text,
            "[[order]]\nat = \"{}d{:02}:{:02}\"\ndo = \"{act}\"\nvms = \"{group}\"",
            dice.of(0, days - 1),
            dice.of(0, 23),
            dice.of(0, 59)
        );
    }
    text
}

/// Damage that is found late. Drawn last, so that kept seeds keep the rest of their life.
pub fn damage(dice: &mut Dice, days: u64) -> String {
    if !dice.chance(20) {
        return String::new();
    }
    let (stamp, share) = (dice.pick(&["east", "west"]), dice.of(1, 100));
    let (day, hour, found) = (dice.of(0, days - 1), dice.of(0, 23), dice.of(1, 2000));
    format!(
        "[[outage.damage]]\nstamp = \"{stamp}\"\nshare = \"{share} %\"\nat = \"{day}d{hour:02}:00\"\nfound_after = \"{found}m\"\n"
    )
}

/// All machines in one consistency group, and points in common asked for, by people and by script. Drawn after all else, as damage is.
fn together(dice: &mut Dice, groups: &[&str], text: String) -> String {
    if !dice.chance(25) || groups.len() < 2 {
        return text;
    }
    let point = dice.pick(&["latest-multi-vm", "latest-multi-vm-app-consistent"]);
    let mut text = text.replace("policy = \"silver\"", "policy = \"gold\"");
    for wish in ["latest", "latest-processed", "latest-app-consistent"] {
        let (old, new) = (format!("recovery_point = \"{wish}\""), format!("recovery_point = \"{point}\""));
        text = text.replace(&old, &new);
    }
    for act in ["fail-over", "change-point", "test-failover"] {
        let old = format!("do = \"{act}\"");
        text = text.replace(&old, &format!("{old}\npoint = \"{point}\""));
    }
    let members: Vec<String> = groups.iter().map(|name| format!("\"{name}\"")).collect();
    format!("{text}[consistency_group.all]\nvms = [{}]\n", members.join(", "))
}

/// What points keep is bounded. Drawn last of all.
fn journal(dice: &mut Dice, text: String) -> String {
    if !dice.chance(25) {
        return text;
    }
    let (at_most, every) = (dice.of(0, 20_000), dice.pick(&["5m", "1h", "7h"]));
    let bound = format!("[policy.gold]\njournal = {{ at_most = \"{at_most} MiB\", look_every = \"{every}\" }}");
    text.replace("[policy.gold]", &bound)
}

pub fn life(seed: u64) -> Life {
    let dice = &mut Dice(seed.wrapping_mul(0xD129_0B26_5C9C_3D17) ^ 0x5EED);
    let days = dice.of(4, 25);
    let groups = &["sql", "web", "files"][..dice.of(1, 3) as usize];
    let bandwidth = dice.of(5, 600);
    let cache = dice.pick(&["10 GiB", "100 GiB", "4 TiB"]);
    let window = if dice.chance(30) {
        "throttle = [{ days = \"mon-fri\", between = \"08:00-18:00\", to = \"4 Mbit/s\" }]"
    } else {
        ""
    };
    let cores = dice.of(4, 60);
    let app = if dice.chance(50) { "app_consistent_every = \"1h\"" } else { "" };
    let retention = dice.pick(&["1h", "24h", "72h", "15d"]);
    let mut text = format!(
        r#"title = "life {seed}"
limits = "azure-stack-hub-2024"
[run]
starts = "2026-01-05T00:00:00+00:00"
lasts = "{days}d"
seed = {seed}
replications = 1
[stamp.east]
[stamp.west]
subscriptions.prod = {{ vm_cores = {cores}, vms = 40, managed_disk = "4 TiB", storage = "6 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "{bandwidth} Mbit/s"
round_trip = "20ms"
{window}
[cache.log]
on = "west"
subscription = "prod"
capacity = "{cache}"
[appliance.a1]
on = "east"
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
    );
    for name in groups {
        text.push_str(&group(dice, name));
    }
    for _ in 0..dice.of(0, 6) {
        text.push_str(&outage(dice, days));
    }
    text.push_str(&people(dice));
    text.push_str(&orders(dice, groups, days));
    text.push_str(&damage(dice, days));
    let text = together(dice, groups, text);
    let text = journal(dice, text);
    Life { text, calm: None }
}
