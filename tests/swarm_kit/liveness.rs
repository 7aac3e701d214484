//! How soon a healed system has caught up (MR40): when no cap binds but the link, everything that waits at the source is gone
//! `Σ backlog / (C − Σ churn)` after the last repair, and not later.

use drsim::contract::{Fact, LevelPiece, Meter};
use drsim::units::{ApplianceId, Timestamp};
use drsim::world::Churn;

use super::dice::Dice;
use super::rest;
use crate::common::Story;

/// One link cut, one link, steady churn below it; all else is ample.
pub fn life(seed: u64) -> String {
    let dice = &mut Dice(seed ^ 0x4_0);
    let (link, cut) = (dice.of(40, 400), dice.of(5, 240));
    let mut groups = String::new();
    for name in &["sql", "web", "files"][..dice.of(1, 3) as usize] {
        let (count, disk, churn) = (dice.of(1, 3), dice.of(4, 30), dice.of(1, link * 6));
        groups.push_str(&format!(
            r#"
[vms.{name}]
count = {count}
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["{disk} GiB"]
churn.steady = {{ rate = "{churn} kB/s" }}
writes = {{ block = "2 MiB" }}
[protect.{name}]
policy = "gold"
appliance = "a1"
to = {{ stamp = "west", subscription = "prod" }}
"#
        ));
    }
    format!(
        r#"title = "liveness {seed}"
limits = "azure-stack-hub-2024"
[run]
starts = "2026-01-05T00:00:00+00:00"
lasts = "6d"
[stamp.east]
[stamp.west]
subscriptions.prod = {{ vm_cores = 400, vms = 400, managed_disk = "40 TiB", storage = "60 TiB" }}
[link.wan]
from = "east"
to = "west"
bandwidth = "{link} Mbit/s"
[cache.log]
on = "west"
capacity = "40 TiB"
[appliance.a1]
on = "east"
size = "Standard_DS4_v2"
cache = "log"
[policy.gold]
[[outage.link-down]]
link = "wan"
at = "2d00:01"
lasts.fixed = "{cut}m"
{groups}"#
    )
}

/// Time to catch up beside the bound [s], and what is wrong besides. `None`: the agents held too much, so that a resync
/// compares disks first, which the bound does not know.
pub fn catches_up(seed: u64) -> Option<(f64, f64, Vec<String>)> {
    let story = Story::with_fouls(&life(seed), 0);
    if story.facts.iter().any(|(_, fact)| matches!(fact, Fact::ResyncStarted { .. })) {
        return None;
    }
    let inventory = &story.scenario.setup.inventory;
    let repaired = story.facts.iter().find(|(_, fact)| matches!(fact, Fact::OutageEnded { .. }))?.0;
    let (backlog, drained) = backlog(&story, repaired)?;
    let bound = backlog / (inventory.links[0].bandwidth.bytes().0 as f64 - churn(&story));
    Some((drained.saturating_since(repaired).secs_f64(), bound, rest::unrest(&story)))
}

/// What all guests write together [bytes/s].
fn churn(story: &Story) -> f64 {
    let rates = story.scenario.setup.physics.churn.iter().map(|disk| match &*disk.model {
        Churn::Steady { rate, noise: None } => rate.0 as f64 * disk.share.as_f64(),
        other => panic!("a churn of this life is steady, not {other:?}"),
    });
    rates.sum()
}

/// What waited at the source when the link was repaired, and when nothing waited any more.
fn backlog(story: &Story, repaired: Timestamp) -> Option<(f64, Timestamp)> {
    let meter = Meter::SourceBacklog(ApplianceId(0));
    let told = story.facts.iter().filter_map(|(at, fact)| fact.levels(*at)).filter(|(of, _)| *of == meter);
    let mut waited = None;
    for (since, LevelPiece { until, start, end }) in told.flat_map(|(_, pieces)| pieces) {
        if until >= repaired && waited.is_none() {
            waited = Some(if since == repaired { start } else { end } as f64);
        }
        if since >= repaired && end == 0 {
            return Some((waited?, until));
        }
    }
    None
}
