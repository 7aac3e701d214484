//! The scenario file that an import writes: it runs as it stands, and says of each value where it comes from.
//!
//! What the inventories do not know (link, cache, quotas, an outage) is assumed so wide that it is not in the way, and marked `assumed`.

use std::fmt::Write as _;

use crate::inventory::limits::Limits;
use crate::units::{Bytes, Duration};

use super::Options;
use super::fit::Model;
use super::fleet::{Fleet, Member};
use super::groups::{Churn, Group};
use super::meter::Clock;
use super::notes::shown;

/// What the estate as a whole asks for.
pub struct Totals {
    pub vms: u64,
    pub cores: u64,
    pub bytes: Bytes,
    /// Mean of what all write [bytes/s].
    pub rate: f64,
}

impl Totals {
    pub fn of(groups: &[Group], limits: &Limits) -> Totals {
        let members = || groups.iter().flat_map(|group| &group.members);
        Totals {
            vms: members().count() as u64,
            cores: members().map(|member| u64::from(limits.vm_sizes[member.size].cores)).sum(),
            bytes: members().map(Member::bytes).sum(),
            rate: members().map(Member::mean).sum(),
        }
    }

    /// Twice what is written, and everything copied within a week [Mbit/s], rounded up to 1, 2 or 5 times a power of ten.
    fn bandwidth(&self) -> u64 {
        let copied = self.bytes.0 as f64 / Duration::days(7).secs_f64();
        let wanted = (2.0 * self.rate).max(self.rate + copied) * 8.0 / 1e6;
        let mut step = 10u64;
        loop {
            if let Some(factor) = [1, 2, 5].into_iter().find(|factor| (step * factor) as f64 >= wanted) {
                return step * factor;
            }
            step = step.saturating_mul(10);
            if step > 1_000_000_000 {
                return step;
            }
        }
    }

    /// Two days of what is written, at least one [TiB].
    fn cache_tib(&self) -> u64 {
        ((self.rate * 2.0 * 86_400.0 / Bytes::tib(1).0 as f64).ceil() as u64).clamp(1, 4_000)
    }

    /// Appliances that carry the link: 100 MiB/s each, below the envelope of the profile, and a hundred machines each.
    fn appliances(&self) -> u64 {
        let carried = (self.bandwidth() as f64 * 1e6 / 8.0 / Bytes::mib(100).0 as f64).ceil() as u64;
        carried.max(self.vms.div_ceil(100)).clamp(1, 50)
    }
}

/// The whole text. `told`: what was remarked, for the comments; `files`: what was read.
pub fn text(
    fleet: &Fleet,
    groups: &[Group],
    limits: &Limits,
    options: &Options,
    files: &[String],
    told: &[String],
) -> String {
    let totals = Totals::of(groups, limits);
    let mut text = String::from("#:schema ./drsim.schema.json\n");
    head(&mut text, fleet, files, told);
    frame(&mut text, fleet, &totals, limits);
    for group in groups {
        vms(&mut text, group, fleet, limits);
    }
    wanted(&mut text, groups, &totals, options);
    text
}

/// A line with a comment behind it, at the same column where there is room.
fn line(text: &mut String, code: &str, remark: &str) {
    const COLUMN: usize = 45;
    if remark.is_empty() {
        let _ = writeln!(text, "{code}");
    } else {
        let _ = writeln!(text, "{code:<COLUMN$} # {}", shown_whole(remark));
    }
}

/// A comment, cut into lines.
fn comment(text: &mut String, what: &str) {
    const WIDTH: usize = 116;
    let mut line = String::from("#");
    for word in shown_whole(what).split(' ') {
        if line.chars().count() + word.chars().count() >= WIDTH && line.len() > 1 {
            let _ = writeln!(text, "{line}");
            line = String::from("#  ");
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(text, "{line}");
}

/// No control characters: a comment of TOML has none, and must end with its line.
fn shown_whole(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn head(text: &mut String, fleet: &Fleet, files: &[String], told: &[String]) {
    comment(
        text,
        &format!(
            "Written by drsim import from: {}",
            files.iter().map(|file| shown(file)).collect::<Vec<_>>().join(", ")
        ),
    );
    comment(
        text,
        "Values marked `assumed` are not in these files: set them to what you have before you trust an answer.",
    );
    for assumed in &fleet.assumed {
        comment(text, &format!("assumed: {assumed}"));
    }
    for remark in told {
        comment(text, &format!("read: {remark}"));
    }
}

/// What stands between the machines and their target.
fn frame(text: &mut String, fleet: &Fleet, totals: &Totals, limits: &Limits) {
    let (mbits, cache) = (totals.bandwidth(), totals.cache_tib());
    let disk_tib = (3 * totals.bytes.0).div_ceil(1 << 40);
    let cores = (2 * totals.cores).div_ceil(10) * 10;
    let rate = totals.rate * 8.0 / 1e6;
    let (starts, dated) = starts(fleet);
    let lines: [(String, String); 24] = [
        (String::new(), String::new()),
        (format!("title = \"{} machines, imported\"", totals.vms), String::new()),
        (format!("limits = \"{}\"", limits.name), String::new()),
        (String::new(), String::new()),
        ("[run]".into(), String::new()),
        (
            format!("starts = \"{starts}\""),
            if dated { "the Monday before the first sample" } else { "assumed: the files have no dates" }.into(),
        ),
        ("lasts = \"40d\"".into(), "assumed".into()),
        ("settle = \"12d\"".into(), format!("assumed: the first copy of {} takes about a week", totals.bytes)),
        ("seed = 1".into(), String::new()),
        ("replications = 60".into(), String::new()),
        (String::new(), String::new()),
        ("[stamp.source]".into(), String::new()),
        ("[stamp.target]".into(), String::new()),
        (
            format!(
                "subscriptions.dr = {{ vm_cores = {cores}, vms = {}, managed_disk = \"{disk_tib} TiB\", storage = \"{} TiB\" }}",
                2 * totals.vms,
                2 * cache
            ),
            "assumed: wide enough".into(),
        ),
        (String::new(), String::new()),
        ("[link.wan]".into(), String::new()),
        ("from = \"source\"\nto = \"target\"".into(), String::new()),
        (
            format!("bandwidth = \"{mbits} Mbit/s\""),
            format!("assumed: {rate:.1} Mbit/s are written in the mean, and all is copied in a week"),
        ),
        ("round_trip = \"20ms\"".into(), "assumed".into()),
        (String::new(), String::new()),
        ("[cache.cache]".into(), String::new()),
        ("on = \"target\"\nsubscription = \"dr\"".into(), String::new()),
        (format!("capacity = \"{cache} TiB\""), "assumed: two days of what is written".into()),
        (String::new(), String::new()),
    ];
    lines.iter().for_each(|(code, remark)| line(text, code, remark));
    for number in 1..=totals.appliances() {
        line(
            text,
            &format!("[appliance.a{number}]"),
            if number == 1 { "assumed: 100 MiB/s and a hundred machines each" } else { "" },
        );
        text.push_str("on = \"source\"\ncache = \"cache\"\n\n");
    }
}

/// Midnight of the Monday in or before the first week of the samples, and whether they have dates at all.
fn starts(fleet: &Fleet) -> (String, bool) {
    let dated = fleet.first.filter(|_| fleet.clock != Clock::Relative).and_then(|first| {
        // 1970 began on a Thursday: its first Monday was the fifth day.
        let monday = 4 * 86_400 + (first * fleet.step_s - 4 * 86_400).div_euclid(7 * 86_400) * 7 * 86_400;
        jiff::Timestamp::from_second(monday).ok()
    });
    (dated.map_or("2026-01-05T00:00:00Z".into(), |moment| moment.to_string()), dated.is_some())
}

/// A group: its keys, and where its machines and what they write stand.
fn vms(text: &mut String, group: &Group, fleet: &Fleet, limits: &Limits) {
    let name = &group.name;
    let first = &group.members[0];
    let os = first.guest.word();
    let size = &limits.vm_sizes[first.size];
    let bytes: Bytes = group.members.iter().map(Member::bytes).sum();
    line(text, &format!("[vms.{name}]"), &format!("machines: {}, disks of {bytes}", group.members.len()));
    line(text, &format!("on = \"source\"\nos = \"{os}\""), "");
    line(text, &format!("size = \"{}\"", size.name), &format!("{} cores, {}", size.cores, size.memory));
    match group.block {
        Some(block) => {
            line(text, &format!("writes = {{ block = \"{block} B\" }}"), "measured: the mean size of a write")
        }
        None => line(
            text,
            "writes = { block = \"16 KiB\" }",
            "assumed; nothing compressed, and rewritten only what `unique` says: the safe side",
        ),
    }
    let step = Duration::secs(fleet.step_s.max(1) as u64).to_string();
    if let Churn::OnOff(Model::OnOff { rate, on_s, off_s }) = &group.kind {
        let mean = |s: f64| format!("{{ mean = \"{}\" }}", Duration::secs(s.round().max(1.0) as u64));
        let (on, off) = (mean(*on_s), mean(*off_s));
        line(text, "count = 1", "");
        line(
            text,
            &format!(
                "churn.on_off = {{ rate = \"{:.0} B/s\", on.exponential = {on}, off.exponential = {off} }}",
                rate.round()
            ),
            "fitted",
        );
    }
    inventory(text, group, &step, limits);
    if group.kind == Churn::Trace {
        let time = fleet.clock.column();
        line(text, &format!("[vms.{name}.each_from_trace]"), "measured: what each machine writes");
        line(
            text,
            &format!(
                "file = \"churn-{name}.csv\"\ntime_column = \"{time}\"\ncolumn = \"bytes_per_s\"\nevery = \"{step}\""
            ),
            "",
        );
        if fleet.clock == Clock::Relative {
            line(text, "align = \"start\"", "the files have no dates");
        }
        text.push('\n');
    }
}

/// Disks, coalescing and daily curves of a group's machines.
fn inventory(text: &mut String, group: &Group, step: &str, limits: &Limits) {
    let name = &group.name;
    let most = group.members.iter().map(|member| member.disks.len()).max().unwrap_or(1);
    let columns: Vec<String> = (1..=most).map(|number| format!("\"disk_{number}\"")).collect();
    let large = limits.disk_protected_max;
    line(
        text,
        &format!(
            "\n[vms.{name}.from]\ninventory = \"machines-{name}.csv\"\ndisk = [{}]\nunit = \"B\"",
            columns.join(", ")
        ),
        "",
    );
    line(text, &format!("split_at = \"{large}\""), "larger disks cannot be protected: they become several");
    if !group.windows.is_empty() {
        line(text, "unique = [", "measured: distinct share of what is written, by window");
        for window in &group.windows {
            let span = Duration::secs((*window / 1_000).max(1) as u64);
            let seconds = window / 1_000;
            let columns = format!("written = \"written_{seconds}s\", unique = \"unique_{seconds}s\"");
            line(text, &format!("    {{ window = \"{span}\", {columns} }},"), "");
        }
        line(text, "]", "");
    }
    if group.kind == Churn::Daily {
        line(
            text,
            &format!("\n[vms.{name}.from.daily]"),
            "of each machine: fitted, told by the inventory, or assumed (see above)",
        );
        let columns = "mean = \"mean_bytes_per_s\"\npeak = \"peak_bytes_per_s\"\npeak_at = \"peak_at\"\nunit = \"B/s\"";
        line(
            text,
            &format!(
                "{columns}\nweekend_column = \"weekend\"\nsigma_column = \"sigma\"\nnoise = {{ sigma = 0, every = \"{step}\" }}"
            ),
            "",
        );
    }
    text.push('\n');
}

/// What is wanted, what happens, and what to ask next.
fn wanted(text: &mut String, groups: &[Group], totals: &Totals, options: &Options) {
    line(text, "[policy.standard]", "assumed");
    text.push_str("crash_consistent_every = \"5m\"\nretention = \"24h\"\n\n");
    let appliances: Vec<String> = (1..=totals.appliances()).map(|number| format!("\"a{number}\"")).collect();
    let appliances = appliances.join(", ");
    let to = "to = { stamp = \"target\", subscription = \"dr\", network = \"dr\", test_network = \"drill\" }";
    for group in groups {
        let _ = write!(text, "[protect.{}]\npolicy = \"standard\"\nappliance = [{appliances}]\n{to}\n\n", group.name);
    }
    line(text, "[[target]]", "assumed");
    let _ = write!(text, "must = \"p95(rpo) <= {}\"\nconfidence = \"90 %\"\n\n", options.rpo);
    line(text, "[[outage.stamp-down]]", "assumed: one loss of the source, by day");
    text.push_str("stamp = \"source\"\nat = \"20d10:23\"\nlasts = \"6h\"\n\n");
    line(text, "[[question.smallest]]", "drsim plan finds the smallest link that meets the target");
    text.push_str("knob = \"link.wan.bandwidth\"\n");
}
