//! P21, P28, P29: rewriting, damage found late, and copies that are overtaken by writes.

use crate::common::pieces::{lag, level};
use crate::common::small::{Small, Vm};
use crate::told::{Told, controlled, replications};
use drsim::contract::{Direction, Fact, Meter, Phase};
use drsim::planner::one_replication;
use drsim::units::{ApplianceId, LinkId};
use drsim::world::Luck;

const MB: f64 = 1e6;
const WAN: Meter = Meter::Link(LinkId(0), Direction::Forward);

/// `U(τ) = 36 000 (1 − e^(−τ/1800))` MB, of 20 MB/s that are written.
fn distinct(seconds: f64) -> f64 {
    36_000.0 * (1.0 - (-seconds / 1_800.0).exp())
}

/// The share of what is written in a window that is distinct, in parts per million as scenarios have it [%].
fn percent(seconds: f64) -> String {
    format!("{:.4} %", 100.0 * distinct(seconds) / (20.0 * seconds))
}

/// A machine that writes 20 MB/s and whose agent joins rewrites within a window.
fn joining(window: f64, bandwidth: u64) -> Small {
    let writes = format!(
        "block = \"1 MB\", unique = {{ \"{window}s\" = \"{}\" }}, coalesce_within = \"{window}s\"",
        percent(window)
    );
    Small {
        lasts: "12h".to_owned(),
        bandwidth: bandwidth * 8,
        vms: vec![Vm { writes, ..Vm::steady("a", 20_000_000) }],
        ..Small::default()
    }
}

/// What the link carries at the end [MB/s].
fn carried(small: &Small) -> f64 {
    level(&small.live().facts, WAN).last().expect("the link carries something").3 as f64 / MB
}

/// The product sends a log, and the agent joins rewrites in it: with a window of T the wire carries U(T)/T. So 900 s need 15.73877 MB/s,
/// and 12 MB/s just carry the window T* = U(T*)/12.
pub fn p21(told: &mut Told) {
    let cycle = (0..500).fold(900.0, |cycle: f64, _| distinct(cycle) / 12.0);
    assert!((cycle / 2_027.270_200_743_035 - 1.0).abs() < 1e-9, "{cycle}");
    told.grained("rate of 900 s [MB/s]", 15.738_773_611_494_663, carried(&joining(900.0, 100_000_000)), 2e-5);
    told.grained("rate of T* [MB/s]", 12.0, carried(&joining(cycle, 100_000_000)), 2e-5);
    let story = joining(900.0, 100_000_000).live();
    let ages = lag(&story.facts, story.vm("a"), false);
    told.grained("age of what is joined over 900 s [s]", 900.0, ages.last().expect("it is replicated")[3], 1e-6);
    let cut = "[[outage.link-down]]\nlink = \"wan\"\nat = \"5h\"\nlasts = \"4h\"\n";
    let windows = format!("block = \"1 MB\", unique = {{ \"4h\" = \"{}\" }}", percent(14_400.0));
    let waits = |more: &str| {
        let vms = vec![Vm { writes: windows.clone(), ..Vm::steady("a", 20_000_000) }];
        let small =
            Small { lasts: "9h".to_owned(), vms, more: cut.to_owned(), buffer: more.to_owned(), ..Small::default() };
        small.live().peak(|of| of == Meter::SourceBacklog(ApplianceId(0))).0 as f64 / MB
    };
    told.grained("after 4 h an ordered log holds [MB]", 288_000.0, waits("1000000 TiB"), 1e-3);
    // The agent holds one batch of 4 MiB in order before it keeps a bitmap.
    told.grained("after 4 h a bitmap holds [MB]", 35_987.923_345_395_51, waits("1 B"), 4.2);
    told.outside("transfers of cycles after it [s]", 2_998.993_612_116_292_3, NO_CYCLES);
    told.outside("worst RPO of cycles [s]", 4_054.540_401_486_07, NO_CYCLES);
}

const NO_CYCLES: &str = "the product sends an ordered log and marks in it, not coalesced batches";

/// Points every 5 minutes for a day, hourly ones for three, those of midnight for thirty; a damage about once a day, found after 20 h in
/// the mean. The tier is told by the age of the clean point when the damage is found.
///
/// Controls: how long nobody knew, beyond 24, 72 and a little less than 72 h, where the hour's point just falls out; and, where hourly or
/// daily points are left, when in the hour or day it happened.
pub fn p28(told: &mut Told) {
    let keep = "{ within = \"24h\", every = \"0s\" }, { within = \"72h\", every = \"1h\" }, { within = \"30d\", every = \"24h\" }";
    let damage = "[[outage.damage]]\nstamp = \"east\"\nshare = \"100 %\"\nevery.exponential = { mean = \"4h\" }\nfound_after.exponential = { mean = \"20h\" }\n";
    let small = Small {
        lasts: "1250d".to_owned(),
        settle: "50d".to_owned(),
        vms: vec![Vm::steady("a", 100_000)],
        policy: "crash_consistent_every = \"5m\"\nretention = \"30d\"".to_owned(),
        overrides: format!(
            "heartbeat_every = \"1d\"\nheartbeat_lost_after = \"1000d\"\nretention_max = \"30d\"\npruning = [{{ up_to = \"30d\", keep = [{keep}] }}]"
        ),
        more: format!("[replication]\ncensus_every = \"1000d\"\n{damage}"),
        ..Small::default()
    };
    let setup = small.scenario().setup;
    let columns = replications(40, |replication| {
        let outcome = one_replication(&setup, Luck::new(28, replication)).outcome;
        let count = outcome.damages.len() as f64;
        let mut sums = [0.0; 12];
        for damage in &outcome.damages {
            let is = |holds: bool| f64::from(u8::from(holds));
            let hours = |span: drsim::units::Duration| span.secs_f64() / 3_600.0;
            let (age, gap) = (damage.age().map(hours), damage.gap().map(hours));
            let (hidden, at) = (hours(damage.hidden()), damage.at.secs_f64() / 3_600.0);
            let (day, hour) = (at.rem_euclid(24.0) - 12.0, at.fract() - 0.5);
            let beyond = |x: f64| is(hidden > x) - (-x / 20.0).exp();
            let values = [
                is(age.is_some_and(|age| age < 24.0)),
                is(age.is_some_and(|age| (24.0..72.0).contains(&age))),
                is(age.is_some_and(|age| age >= 72.0)),
                is(age.is_none()),
                60.0 * gap.unwrap_or(0.0),
                beyond(24.0),
                beyond(72.0),
                is(hidden > 72.0) * day,
                is(hidden > 24.0) * hour,
                beyond(71.25),
                beyond(71.5),
                beyond(71.75),
            ];
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value / count);
        }
        sums.into()
    });
    let column = |k: usize| controlled(&columns[k], &columns[5..]);
    told.probability("P(5-minute tier)", 0.698_177_427_726_709_3, &column(0));
    told.probability("P(hourly tier)", 0.273_804_228_134_359_6, &column(1));
    told.probability("P(daily tier)", 0.028_018_344_138_936_85, &column(2));
    told.exact("none left (P = 4.5e-16)", 0.0, columns[3].iter().sum());
    told.sampled("mean loss before the damage [min]", 30.132_778_193_382_066, &column(4));
}

/// (a) 500 GB to go back, link 100 MB/s, 20 MB/s written meanwhile. The product has no rounds with an end of their own: what is written
/// goes first, so the copy has 80 MB/s and takes 500/80 · 1000 s; that is what the rounds 500, 100, 20, 4 … come to without an end,
/// Σ 500/100 · 0.2ᵏ. The machine fails over unharmed, serves for 25 000 s on the target, and is protected back.
pub fn p29(told: &mut Told) {
    let order = |at: u64, what: &str| format!("[[order]]\nat = \"{at}s\"\ndo = \"{what}\"\nvms = \"a\"\n");
    let more =
        ["fail-over", "commit", "reprotect"].iter().zip([36_000, 36_060, 61_000]).map(|(what, at)| order(at, what));
    let small = Small {
        lasts: "1d".to_owned(),
        bandwidth: 800_000_000,
        vms: vec![Vm { disks: "\"600 GB\"".to_owned(), ..Vm::steady("a", 20_000_000) }],
        more: format!("[people]\ncommit_after.fixed = \"1000d\"\n{}", more.collect::<String>()),
        ..Small::default()
    };
    let story = small.live();
    let vm = story.vm("a");
    let lost: u64 = story
        .facts
        .iter()
        .map(|(_, fact)| match fact {
            Fact::DataLost { vm: of, bytes, .. } if *of == vm => bytes.0,
            _ => 0,
        })
        .sum();
    told.exact("(a) lost by the failover [B]", 0.0, lost as f64);
    let took = story.entered("a", Phase::ProtectedReverse).expect("it goes back").secs_f64() - 61_000.0;
    told.grained("(a) all rounds without an end [s]", 500.0 / 100.0 / (1.0 - 0.2) * 1_000.0, took, 1e-4);
}
