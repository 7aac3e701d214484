//! P15 to P20: one mechanism of the data path each, worked by hand, as scenarios. The clock of an oracle begins an hour after the
//! start of its run, when everything is protected.

use crate::common::Story;
use crate::common::pieces::{Piece, area, greatest, lag, level, mean, time_above, within};
use crate::common::small::{Small, Vm};
use crate::told::{NS, Told};
use drsim::contract::{Direction, Meter};
use drsim::units::{ApplianceId, CacheId, LinkId, StampId};

/// Zero of the oracle's clock [s].
const ZERO: f64 = 3_600.0;
const BACKLOG: Meter = Meter::SourceBacklog(ApplianceId(0));
const CACHE: Meter = Meter::CacheUsed(CacheId(0));
const WAN: Meter = Meter::Link(LinkId(0), Direction::Forward);
const MB: f64 = 1e6;

/// The age of what is received, on the clock of the oracle.
fn received(story: &Story, vm: &str, lasts: f64) -> Vec<Piece> {
    within(&lag(&story.facts, story.vm(vm), false), ZERO, ZERO + lasts)
}

/// A meter on the clock of the oracle.
fn meter(story: &Story, meter: Meter, lasts: f64) -> Vec<Piece> {
    let pieces: Vec<Piece> =
        level(&story.facts, meter).into_iter().map(|p| [p.0, p.1 as f64, p.2, p.3 as f64]).collect();
    within(&pieces, ZERO, ZERO + lasts)
}

/// The value from a moment on.
fn value_at(pieces: &[Piece], t: f64) -> f64 {
    let p = pieces.iter().find(|p| p[0] <= t + 1e-8 && t + 1e-8 < p[2]).expect("a piece holds the moment");
    p[1] + (p[3] - p[1]) * (t - p[0]).max(0.0) / (p[2] - p[0])
}

/// The link is cut on the clock of the oracle.
fn cut(from: u64, lasts: u64) -> String {
    format!("[[outage.link-down]]\nlink = \"wan\"\nat = \"{}s\"\nlasts = \"{lasts}s\"\n", ZERO as u64 + from)
}

/// The line, break by break: from, age, until, age.
fn breaks(told: &mut Told, name: &str, found: &[Piece], expected: &[Piece]) {
    told.all(
        &format!("{name} age, piece by piece: from, age, until, age [s]"),
        expected.as_flattened(),
        found.as_flattened(),
        NS,
    );
}

/// a = 4 MB/s, C = 10 MB/s, cut from 600 to 1200 s: 2400 MB wait, worked off at 6 MB/s in 400 s.
pub fn p15(told: &mut Told) {
    let small = Small {
        lasts: "2h".to_owned(),
        bandwidth: 80_000_000,
        vms: vec![Vm::steady("a", 4_000_000)],
        more: cut(600, 600),
        ..Small::default()
    };
    let story = small.live();
    let age = received(&story, "a", 3_600.0);
    let expected = [
        [0.0, 0.0, 600.0, 0.0],
        [600.0, 0.0, 1_200.0, 600.0],
        [1_200.0, 600.0, 1_600.0, 0.0],
        [1_600.0, 0.0, 3_600.0, 0.0],
    ];
    breaks(told, "received", &age, &expected);
    told.grained("mean RPO [s]", (600.0 + 400.0) * 600.0 / 2.0 / 3_600.0, mean(&age), NS);
    told.grained("time above 300 s [s]", 300.0 + 200.0, time_above(&age, 300.0), NS);
    told.grained("peak backlog [B]", 2_400.0 * MB, story.peak(|of| of == BACKLOG).0 as f64, 1.0);
}

/// a = 4 MB/s on [0, 100), nothing on [100, 300), 4 after; C = 0 until 350, then 10. What was written by 100 s is all there is by 300 s:
/// the watermark leaps from 100 to 300.
pub fn p16(told: &mut Told) {
    let rate = |step: u64| if (37..39).contains(&step) { 0 } else { 4_000_000 };
    let rates: Vec<u64> = (0..42).map(|step| if step < 36 { 0 } else { rate(step) }).collect();
    let small = Small {
        lasts: "4200s".to_owned(),
        bandwidth: 80_000_000,
        vms: vec![Vm::trace("a", "plateau.csv", "100s")],
        more: cut(0, 350),
        ..Small::default()
    };
    let story = small.file("plateau.csv", &rates).live();
    let age = received(&story, "a", 500.0);
    let expected =
        [[0.0, 0.0, 350.0, 350.0], [350.0, 350.0, 390.0, 290.0], [390.0, 90.0, 450.0, 0.0], [450.0, 0.0, 500.0, 0.0]];
    breaks(told, "received", &age, &expected);
    told.grained("mean RPO [s]", 153.5, mean(&age), NS);
    told.grained("time above 100 s [s]", 290.0, time_above(&age, 100.0), NS);
}

/// C = 30 MB/s from 100 s on, a = 6, 9, 3, w = 1, 1, 2, cap of the first 12. The rates between are 7.5, 7.5, 15; 12, 15, 3; 6, 21, 3.
pub fn p17(told: &mut Told) {
    let flow = |name: &str, rate: u64, weight| Vm { weight, ..Vm::steady(name, rate * 1_000_000) };
    let small = Small {
        lasts: "2h".to_owned(),
        bandwidth: 240_000_000,
        vms: vec![Vm { iops: 12, ..flow("one", 6, 1) }, flow("two", 9, 1), flow("three", 3, 2)],
        more: cut(0, 100),
        ..Small::default()
    };
    let story = small.live();
    // From 125 s on the second is behind by 937.5 MB: its age is 104.1666… s and falls with 15/9, then 21/9.
    let (at_125, at_218) = (937.5 / 9.0, 375.0 / 9.0);
    let expected: [(&str, &[Piece], f64, f64); 3] = [
        (
            "one",
            &[
                [0.0, 0.0, 100.0, 100.0],
                [100.0, 100.0, 125.0, 93.75],
                [125.0, 93.75, 218.75, 0.0],
                [218.75, 0.0, 300.0, 0.0],
            ],
            11_816.406_25,
            118.75,
        ),
        (
            "two",
            &[
                [0.0, 0.0, 100.0, 100.0],
                [100.0, 100.0, 125.0, at_125],
                [125.0, at_125, 218.75, at_218],
                [218.75, at_218, 250.0, 0.0],
                [250.0, 0.0, 300.0, 0.0],
            ],
            15_039.062_5,
            156.25,
        ),
        ("three", &[[0.0, 0.0, 100.0, 100.0], [100.0, 100.0, 125.0, 0.0], [125.0, 0.0, 300.0, 0.0]], 6_250.0, 62.5),
    ];
    for (name, pieces, integral, above) in expected {
        let age = received(&story, name, 300.0);
        breaks(told, name, &age, pieces);
        told.grained(&format!("{name}: integral of the age [s²]"), integral, area(&age), 300.0 * NS);
        told.grained(&format!("{name}: time above 50 s [s]"), above, time_above(&age, 50.0), NS);
    }
    told.grained("backlog at 100 s [B]", 1_800.0 * MB, greatest(&meter(&story, BACKLOG, 300.0)), 1.0);
}

/// Demands 10, 20, 35, ∞, 50, 8 with weights 1, 1, 2, 1, 1, 4: each disk is capped at its demand and has a backlog, so that its rate
/// is `min(d, w·L)`. It is read off the slope of the age: `r = a · (1 − slope)`, a = 1 MB/s.
pub fn p18(told: &mut Told) {
    let flows = [(10, 1), (20, 1), (35, 2), (0, 1), (50, 1), (8, 4)];
    let vms: Vec<Vm> = flows
        .iter()
        .enumerate()
        .map(|(k, (cap, weight))| Vm { iops: *cap, weight: *weight, ..Vm::steady(&format!("f{k}"), 1_000_000) })
        .collect();
    let third = 26.0 / 3.0;
    for (capacity, level, rates) in [
        (20, 2.0, [2.0, 2.0, 4.0, 2.0, 2.0, 8.0]),
        (60, third, [third, third, 2.0 * third, third, third, 8.0]),
        (100, 16.4, [10.0, 16.4, 32.8, 16.4, 16.4, 8.0]),
        (200, 77.0, [10.0, 20.0, 35.0, 77.0, 50.0, 8.0]),
    ] {
        let bandwidth = capacity * 8_000_000;
        let small =
            Small { lasts: "2h".to_owned(), bandwidth, vms: vms.clone(), more: cut(0, 1_000), ..Small::default() };
        let story = small.live();
        let rate = |k: usize| {
            let age = received(&story, &format!("f{k}"), 3_600.0);
            let piece = age.iter().find(|p| (p[0] - 1_000.0).abs() < NS).expect("a piece begins with the link");
            1.0 - (piece[3] - piece[1]) / (piece[2] - piece[0])
        };
        let found: Vec<f64> = (0..6).map(rate).collect();
        told.all(&format!("C = {capacity}, L = {level:.4}: rates [MB/s]"), &rates, &found, 0.0);
    }
}

/// a = 8 MB/s, a cache of 600 MB, nothing applied until 100 s, then 10 MB/s: full at 75 s, then as much comes in as goes out.
pub fn p19(told: &mut Told) {
    let small = Small {
        lasts: "2h".to_owned(),
        bandwidth: 160_000_000,
        cache: "600 MB".to_owned(),
        storage_rate: "10 MB/s".to_owned(),
        vms: vec![Vm::steady("a", 8_000_000)],
        more: "[[outage.service-down]]\nstamp = \"west\"\nat = \"1h\"\nlasts = \"100s\"\n".to_owned(),
        ..Small::default()
    };
    let story = small.live();
    let age = received(&story, "a", 600.0);
    let expected =
        [[0.0, 0.0, 75.0, 0.0], [75.0, 0.0, 100.0, 25.0], [100.0, 25.0, 200.0, 0.0], [200.0, 0.0, 600.0, 0.0]];
    breaks(told, "received", &age, &expected);
    told.grained("mean received age [s]", (25.0 * 25.0 + 25.0 * 100.0) / 2.0 / 600.0, mean(&age), NS);
    let applied = within(&lag(&story.facts, story.vm("a"), true), ZERO, ZERO + 600.0);
    breaks(
        told,
        "applied",
        &applied,
        &[[0.0, 0.0, 100.0, 100.0], [100.0, 100.0, 500.0, 0.0], [500.0, 0.0, 600.0, 0.0]],
    );
    told.grained("mean applied age [s]", 500.0 * 100.0 / 2.0 / 600.0, mean(&applied), NS);
    let (cache, source) = (meter(&story, CACHE, 600.0), meter(&story, BACKLOG, 600.0));
    let (wan, apply) = (meter(&story, WAN, 600.0), meter(&story, Meter::Service(StampId(1)), 600.0));
    let rows: [(f64, [f64; 4]); 5] = [
        (0.0, [0.0, 0.0, 8.0, 0.0]),
        (75.0, [0.0, 600.0, 0.0, 0.0]),
        (100.0, [200.0, 600.0, 10.0, 10.0]),
        (200.0, [0.0, 600.0, 8.0, 10.0]),
        (500.0, [0.0, 0.0, 8.0, 8.0]),
    ];
    for (from, wanted) in rows {
        let found = [&source, &cache, &wan, &apply].map(|pieces| value_at(pieces, from) / MB);
        told.all(&format!("from {from} s: source, cache [MB], WAN, apply [MB/s]"), &wanted, &found, 1e-6);
    }
}

/// Churn 40 Mbit/s, link 100, 20 from 08 to 18 h every day: two days from midnight.
pub fn p20(told: &mut Told) {
    let small = Small {
        lasts: "3d".to_owned(),
        bandwidth: 100_000_000,
        link: "throttle = [{ between = \"08:00-18:00\", to = \"20 Mbit/s\" }]".to_owned(),
        vms: vec![Vm::steady("a", 5_000_000)],
        ..Small::default()
    };
    let story = small.live();
    let days = 2.0 * 86_400.0;
    let age = within(&lag(&story.facts, story.vm("a"), false), 86_400.0, 86_400.0 + days);
    let hour = 3_600.0;
    told.grained("RPO at 18:00 [h]", 5.0, value_at(&age, 18.0 * hour) / hour, NS);
    told.grained("longest RPO [h]", 5.0, greatest(&age) / hour, NS);
    let clear = age.iter().find(|p| p[0] > 18.0 * hour - 1.0 && p[3] == 0.0).expect("it clears")[2];
    told.grained("clear at [h]", 21.0 + 1.0 / 3.0, clear / hour, NS);
    told.grained("mean RPO [h]", (10.0 + 10.0 / 3.0) * 5.0 / 2.0 / 24.0, mean(&age) / hour, NS);
    told.grained("share of time above 1 h", 32.0 / 3.0 / 24.0, time_above(&age, hour) / days, NS);
    told.grained("share of time above 4 h", 8.0 / 3.0 / 24.0, time_above(&age, 4.0 * hour) / days, NS);
    told.grained("peak backlog [GB]", 90.0, story.peak(|of| of == BACKLOG).0 as f64 / 1e9, 1e-9);
}
