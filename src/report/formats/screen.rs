//! One screen: at most 40 lines of at most `width` columns, readable without colour.
//!
//! In this order: verdict; targets; RPO, RTO and durations; capacity; worst VMs; advice, warnings and notes; where the
//! report is; how to repeat it. Nothing is cut in the middle: intervals stand in full or not at all, remarks are
//! shortened to whole sentences, what does not fit is counted. Unit: text.

use super::grid::{Side, broken, grid};
use crate::planner::Verdict;
use crate::planner::findings::{
    CapacityFinding, DamageFinding, Estimate, Findings, Quantity, Spread, TargetFinding, Unit,
};
use crate::report::About;
use crate::report::charts::moment;
use crate::report::numbers::{level, optional, quantity_names, range, seconds, share};
use crate::report::write::{ON_SCREEN, Report, achieved, mark, peak_cause, write};
use crate::units::counted;

const LINES: usize = 40;
const TARGETS: usize = 6;
const RESOURCES: usize = 4;
const VMS: usize = 5;
/// Lines that one remark may take.
const REMARK_LINES: usize = 2;

/// Prints the screen.
pub fn render(findings: &Findings, about: &About, width: usize) -> String {
    let report = write(findings, about);
    let mut lines = Vec::new();
    for text in [&report.verdict, &report.title, &report.ran] {
        lines.extend(broken(&plain(text), width, 2));
    }
    lines.extend(targets(findings, width));
    lines.extend(spreads(findings, width));
    lines.extend(capacity(findings, width));
    lines.extend(vms(findings, width));
    let tail = tail(&report, width);
    let room = LINES.saturating_sub(lines.len() + tail.len());
    lines.extend(remarks(&report, room, width));
    // Names of monstrous length may have taken the room: where the report is and how to repeat it stay.
    lines.truncate(LINES.saturating_sub(tail.len()));
    lines.extend(tail);
    lines.truncate(LINES);
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Names come from scenario files: nothing in them may steer a terminal.
pub(in crate::report) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cells<const N: usize>(row: [&str; N]) -> Vec<String> {
    row.iter().map(|cell| plain(cell)).collect()
}

fn targets(findings: &Findings, width: usize) -> Vec<String> {
    let urgent = |target: &&TargetFinding| match target.verdict {
        Verdict::Missed => 0,
        Verdict::NotYetKnown { .. } => 1,
        Verdict::Met => 2,
    };
    let mut order: Vec<&TargetFinding> = findings.targets.iter().collect();
    if order.is_empty() {
        return Vec::new();
    }
    if order.len() > TARGETS {
        order.sort_by_key(urgent);
    }
    let mut rows = vec![cells(["target", "achieved", "interval", "limit"])];
    rows.extend(order.iter().take(TARGETS).map(|target| {
        let scope = if target.scope_name.is_empty() { "all" } else { &target.scope_name };
        let (expression, limit) = halves(&target.text);
        let value = achieved(target);
        let interval = range(target.unit, &target.achieved);
        cells([&format!("{} {scope}: {expression}", mark(target.verdict)), &value, &interval, limit])
    }));
    let mut lines = grid(&rows, &[Side::Left, Side::Right, Side::Left, Side::Left], width);
    if order.len() > TARGETS {
        lines.push(format!("  and {} more targets, see summary.md", order.len() - TARGETS));
    }
    lines
}

/// "p95(rpo) <= 15m" is the expression and the limit with its sign.
fn halves(text: &str) -> (&str, &str) {
    let at = text.find("<=").or_else(|| text.find(">=")).unwrap_or(text.len());
    let (expression, limit) = text.split_at(at);
    (expression.trim(), limit)
}

fn spreads(findings: &Findings, width: usize) -> Vec<String> {
    let known: Vec<&Spread> = ON_SCREEN.into_iter().filter_map(|quantity| findings.spread(quantity)).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![cells(["achieved", "p50", "p95", "p99", "worst", "p95 in (95 %)"])];
    for spread in &known {
        let cell = |estimate: Estimate| optional(spread.unit, estimate.value);
        let label = quantity_names(spread.quantity).1;
        let worst = optional(spread.unit, spread.worst);
        let within = range(spread.unit, &spread.p95);
        rows.push(cells([label, &cell(spread.p50), &cell(spread.p95), &cell(spread.p99), &worst, &within]));
    }
    let sides = [Side::Left, Side::Right, Side::Right, Side::Right, Side::Right, Side::IfRoom];
    let mut lines = grid(&rows, &sides, width);
    if let Some(place) = known.iter().position(|spread| spread.quantity == Quantity::Rto) {
        let parts = broken(&parts(findings), width, 4);
        lines.splice(place + 2..place + 2, parts.into_iter().map(|line| format!("  {line}")));
    }
    if let Some(place) = known.iter().position(|spread| spread.quantity == Quantity::CleanPointAge)
        && let Some(all) = findings.damage.first()
    {
        // The parts of the RTO stand further up, one line or more.
        let place = place + 1 + lines.len() - known.len() - 1;
        let left = broken(&clean_left(all), width, 4);
        lines.splice(place + 1..place + 1, left.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// "left for 69 % of 680 damaged machines in 340 events, 64 % to 74 %"
fn clean_left(all: &DamageFinding) -> String {
    format!(
        "left for {} of {} in {}, {}",
        optional(Unit::Share, all.clean_left.value),
        counted(all.machines, "damaged machine"),
        counted(all.events, "event"),
        range(Unit::Share, &all.clean_left)
    )
}

/// The five parts of the RTO by mean.
fn parts(findings: &Findings) -> String {
    let parts = [
        (Quantity::RtoDetect, "detect"),
        (Quantity::RtoDecide, "decide"),
        (Quantity::RtoProcess, "process"),
        (Quantity::RtoCreate, "create"),
        (Quantity::RtoBoot, "boot"),
    ];
    let mean = |quantity| findings.spread(quantity).and_then(|spread| spread.mean.value).unwrap_or(0.0);
    let told: Vec<String> =
        parts.iter().map(|(quantity, name)| format!("{name} {}", seconds(mean(*quantity)))).collect();
    format!("mean: {}", told.join(", "))
}

/// The tightest resource in a sentence, then those next to it. What has no declared end is in the files.
fn capacity(findings: &Findings, width: usize) -> Vec<String> {
    let mut order: Vec<&CapacityFinding> = findings.capacity.iter().filter(|own| own.headroom_peak.is_some()).collect();
    order.sort_by(|a, b| {
        let (a_room, b_room) = (room(a), room(b));
        a_room.total_cmp(&b_room).then(a.meter.cmp(&b.meter))
    });
    let Some(first) = order.first() else { return Vec::new() };
    let mut lines = broken(&plain(&tightest(findings, first)), width, 2);
    let mut rows = vec![cells(["next to it", "peak", "capacity", "free at peak", "free at p99"])];
    rows.extend(order.iter().skip(1).take(RESOURCES).map(|own| {
        let peak = level(own.meter, own.peak.level as f64);
        let capacity = own.capacity.map(|capacity| level(own.meter, capacity as f64)).unwrap_or_default();
        let free = |room: Option<f64>| room.map(share).unwrap_or_default();
        cells([&own.name, &peak, &capacity, &free(own.headroom_peak), &free(own.headroom_p99)])
    }));
    if rows.len() > 1 {
        lines.extend(grid(&rows, &[Side::Left, Side::Right, Side::Right, Side::Right, Side::Right], width));
    }
    lines
}

/// Free share of what matters: a flow at its end is slow for a while, so p99; a stock at its end refuses, so the peak.
fn room(own: &CapacityFinding) -> f64 {
    let flow = matches!(own.unit, Unit::BytesPerSecond | Unit::MilliOps);
    let room = if flow { own.headroom_p99 } else { own.headroom_peak };
    room.unwrap_or(1.0)
}

/// "tightest: link wan, peak 200 of 200 Mbit/s during initial replication of 5 VMs, nothing free; 55 % free at p99"
fn tightest(findings: &Findings, own: &CapacityFinding) -> String {
    let of = own.capacity.map(|capacity| level(own.meter, capacity as f64)).unwrap_or_default();
    let free = match own.headroom_peak.unwrap_or(1.0) {
        beyond if beyond < -0.000_5 => format!("{} beyond it", share(-beyond)),
        room if room < 0.000_5 => "nothing free".into(),
        room => format!("{} free", share(room)),
    };
    format!(
        "tightest: {}, peak {} of {of} on {} during {}: {free}; at p99 {} free",
        own.name,
        level(own.meter, own.peak.level as f64),
        moment(own.peak.at),
        peak_cause(findings, &own.peak),
        share(own.headroom_p99.unwrap_or(1.0).max(0.0))
    )
}

fn vms(findings: &Findings, width: usize) -> Vec<String> {
    if findings.worst_vms.is_empty() {
        return Vec::new();
    }
    let title = format!("worst of {} VMs", findings.vms.len());
    let mut rows = vec![cells([&title, "RPO mean", "RPO max", "beyond target", "available"])];
    rows.extend(findings.worst_vms.iter().take(VMS).map(|vm| {
        let own = &findings.vms[vm.index()];
        let mean = optional(Unit::Seconds, own.age_mean_s);
        let beyond = optional(Unit::Share, own.beyond_target_share);
        cells([findings.names.vm(*vm), &mean, &seconds(own.age_max_s), &beyond, &share(own.availability)])
    }));
    grid(&rows, &[Side::Left, Side::Right, Side::Right, Side::Right, Side::Right], width)
}

/// Advice, warnings and notes in the room there is; what found none is counted.
fn remarks(report: &Report, room: usize, width: usize) -> Vec<String> {
    let mut all = Vec::new();
    for advice in report.advice.iter().take(2) {
        let pair = [format!("note: {}", advice.saw), format!("try:  {}", advice.try_this)];
        all.push(pair.iter().flat_map(|text| whole(text, width)).collect::<Vec<_>>());
    }
    all.extend(report.warnings.iter().map(|warning| whole(&format!("warning: {warning}"), width)));
    all.extend(report.notes.iter().map(|note| whole(&format!("note: {note}"), width)));
    let needed: usize = all.iter().map(Vec::len).sum();
    // One line says how many are left, unless all fit.
    let room = if needed <= room { room } else { room.saturating_sub(1) };
    let (mut lines, mut hidden) = (Vec::new(), 0);
    for remark in all {
        if hidden == 0 && lines.len() + remark.len() <= room {
            lines.extend(remark);
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        lines.push(format!("{hidden} more remarks in summary.md"));
    }
    lines
}

/// A remark of at most [`REMARK_LINES`] lines: as many of its sentences or half sentences as fit, at least the first.
fn whole(text: &str, width: usize) -> Vec<String> {
    let text = plain(text);
    let ends = text.match_indices("; ").chain(text.match_indices(". ")).map(|(at, _)| at);
    let mut ends: Vec<usize> = ends.chain([text.len()]).collect();
    ends.sort_unstable();
    let fits = |end: &&usize| broken(&text[..**end], width, 6).len() <= REMARK_LINES;
    let end = ends.iter().rev().find(fits).unwrap_or(&ends[0]);
    broken(&text[..*end], width, 6)
}

fn tail(report: &Report, width: usize) -> Vec<String> {
    let mut lines = broken(&plain(&format!("report: {}", report.out_dir)), width, 8);
    lines.extend(command(&plain(&report.repeat), width));
    lines
}

/// The command in lines that a shell reads as one: broken between words outside of quotes.
pub(in crate::report) fn command(repeat: &str, width: usize) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut quoted = false;
    for c in repeat.chars() {
        quoted ^= c == '\'';
        match c {
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("there is always one").push(c),
        }
    }
    let (mut lines, mut line) = (Vec::new(), "repeat:".to_owned());
    for word in words.iter().filter(|word| !word.is_empty()) {
        if line.chars().count() + word.chars().count() + 3 > width && !line.trim().is_empty() && line != "repeat:" {
            lines.push(line + " \\");
            line = " ".repeat(7);
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(line);
    lines
}
