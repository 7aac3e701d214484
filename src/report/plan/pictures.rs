//! The pictures of a plan, as numbers: the page draws them, the workbook makes native charts of them.
//!
//! | picture | stands with the table | shows |
//! |---|---|---|
//! | what-if | `what-if` | RPO against bandwidth, simulated and fluid |
//! | daily | `daily` | the worst of each day |
//! | front | `front` | price against the worst target |
//! | sensitivity | `sensitivity` | which input moves the answer, widest first |
//! | phases | `phases` | peaks by phase against what there is, of what was sized |
//! | batches | `batches` | first copies one after the other |
//! | waves | `waves` | disks of each wave against the free slots |

use super::Plan;
use super::around::input_name;
use crate::contract::{Direction, Meter};
use crate::intent::{Knob, KnobUnit, Measure};
use crate::measure::{RunPhase, meter_name};
use crate::planner::sizing::{Batch, Swing, Waves, WhatIf, stock};
use crate::report::charts::{Bars, Line, Lines, Piece, Row, Show};
use crate::report::numbers::{level, seconds, share};
use crate::units::{BitRate, LinkId};

/// One picture.
pub(in crate::report) struct Picture {
    /// Of the table beside which it stands.
    pub sheet: &'static str,
    pub title: String,
    /// What a reader sees, in a sentence.
    pub says: &'static str,
    pub drawn: Drawn,
}

pub(in crate::report) enum Drawn {
    Lines(Lines),
    Bars(Bars),
}

/// More rows than this are not drawn; the tables have them.
const ROWS_MAX: usize = 40;

/// All that have something to show.
pub(in crate::report) fn pictures(plan: &Plan<'_>) -> Vec<Picture> {
    let mut all: Vec<Picture> = links(plan).into_iter().filter_map(|link| what_if(plan, link)).collect();
    all.extend(links(plan).into_iter().filter_map(|link| daily(plan, link)));
    all.extend(front(plan));
    all.extend(plan.found.questions.iter().filter_map(|own| sensitivity(plan, own.knobs.first()?.turned.knob)));
    all.extend(phases(plan));
    all.extend(links(plan).into_iter().filter_map(|link| batches(plan, link)));
    all.extend(waves(plan));
    all
}

fn links(plan: &Plan<'_>) -> Vec<LinkId> {
    (0..plan.named.inventory.links.len()).map(LinkId::from_index).collect()
}

fn link_name<'a>(plan: &'a Plan<'_>, link: LinkId) -> &'a str {
    &plan.named.inventory.link(link).name
}

fn bytes_per_second(bits: u64) -> f64 {
    bits as f64 / 8.0
}

/// The bandwidth that was found for a link.
fn found(plan: &Plan<'_>, link: LinkId) -> Option<u64> {
    let knobs = plan.found.questions.iter().filter(|own| own.is_answered).flat_map(|own| &own.knobs);
    knobs.filter(|own| own.turned.knob == Knob::Bandwidth(link)).map(|own| own.value).next()
}

/// The tightest limit on an age over time or at a failure [s].
fn tightest(plan: &Plan<'_>) -> Vec<(f64, String)> {
    let limits = plan.named.intent.targets.iter().filter_map(|target| match target.measure {
        Measure::RpoAtFailure | Measure::RpoOverTime => Some(target.limit),
        Measure::RpoAbove(age) => Some(age.secs_f64()),
        _ => None,
    });
    let tightest = limits.min_by(f64::total_cmp);
    tightest.map(|limit| (limit, format!("tightest target {}", seconds(limit)))).into_iter().collect()
}

fn what_if(plan: &Plan<'_>, link: LinkId) -> Option<Picture> {
    let rows: Vec<&WhatIf> = plan.found.what_if.iter().filter(|own| own.link == link).collect();
    let line = |name: &str, class, value: &dyn Fn(&WhatIf) -> Option<f64>| Line {
        name: name.into(),
        class,
        points: rows
            .iter()
            .filter_map(|own| {
                let age = value(own)?;
                let tip = format!("{}: {name} {}", BitRate(own.bandwidth), seconds(age));
                Some((bytes_per_second(own.bandwidth), age, tip))
            })
            .collect(),
        is_joined: true,
    };
    let lines = vec![
        line("RPO 100 % of the time", "k1", &|own| own.trial.ages.max_s),
        line("RPO 90 % of the time", "k2", &|own| own.trial.ages.p90_s),
        line("fluid: longest wait", "span", &|own| own.fluid_rpo.map(|wait| wait.secs_f64())),
    ];
    (rows.len() > 1).then(|| Picture {
        sheet: "what-if",
        title: format!("RPO against the bandwidth of link {}", link_name(plan, link)),
        says: "To the left the link gets narrower: where the curves rise steeply, the backlog of one burst meets the next.",
        drawn: Drawn::Lines(Lines {
            along: (Show::Bits, "bandwidth"),
            upright: (Show::Seconds, "age of the newest point (logarithmic)"),
            lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
            at: found(plan, link).map(|bits| (bytes_per_second(bits), "the answer".into())).into_iter().collect(),
            limits: tightest(plan),
        }),
    })
}

fn daily(plan: &Plan<'_>, link: LinkId) -> Option<Picture> {
    let rows = || plan.found.daily.iter().filter(|own| own.link == link);
    let line = |name: &str, class, value: &dyn Fn(&crate::planner::sizing::Daily) -> Option<f64>| Line {
        name: name.into(),
        class,
        points: rows()
            .filter_map(|own| {
                let age = value(own)?;
                Some((own.day as f64, age, format!("day {}: {name} {}", own.day, seconds(age))))
            })
            .collect(),
        is_joined: true,
    };
    let lines = vec![
        line("simulated, one replication", "k1", &|own| own.simulated_s),
        line("fluid, at the answer", "k2", &|own| own.fluid.map(|wait| wait.secs_f64())),
    ];
    (rows().count() > 1).then(|| Picture {
        sheet: "daily",
        title: format!("The worst age of each day at the answer, link {}", link_name(plan, link)),
        says: "One replication of the answer: days with an outage stand out; the fluid knows only what is written.",
        drawn: Drawn::Lines(Lines {
            along: (Show::Count, "day of the run"),
            upright: (Show::Seconds, "peak age of a newest point (logarithmic)"),
            lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
            at: Vec::new(),
            limits: tightest(plan),
        }),
    })
}

fn front(plan: &Plan<'_>) -> Option<Picture> {
    let ways = &plan.found.ways;
    let line = |name: &str, on_front: bool| Line {
        name: name.into(),
        class: "k1",
        points: ways
            .iter()
            .filter(|way| way.is_on_front == on_front)
            .map(|way| {
                (
                    way.cost,
                    way.worst,
                    format!("{:.0} a month: worst target at {} of its limit", way.cost, share(way.worst)),
                )
            })
            .collect(),
        is_joined: on_front,
    };
    let lines = vec![line("front: nothing cheaper is safer", true), line("other ways", false)];
    (ways.len() > 1).then(|| Picture {
        sheet: "front",
        title: "Price against risk".into(),
        says: "Each dot is a way to meet all targets: the lower, the farther the worst target is from its limit.",
        drawn: Drawn::Lines(Lines {
            along: (Show::Count, "price a month"),
            upright: (Show::Share, "worst target as a share of its limit"),
            lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
            at: Vec::new(),
            limits: vec![(1.0, "limit".into())],
        }),
    })
}

/// Value of a knob on an axis; `None` where its values are no amounts.
fn on_axis(knob: Knob, value: u64) -> Option<(Show, f64)> {
    match knob.unit() {
        KnobUnit::BitsPerSecond => Some((Show::Bits, bytes_per_second(value))),
        KnobUnit::Bytes => Some((Show::Bytes, value as f64)),
        KnobUnit::Pieces => Some((Show::Count, value as f64)),
        KnobUnit::Nanoseconds => Some((Show::Seconds, value as f64 / 1e9)),
        KnobUnit::VmSize => None,
    }
}

fn sensitivity(plan: &Plan<'_>, knob: Knob) -> Option<Picture> {
    let swings: Vec<&Swing> = plan.found.swings.iter().filter(|own| own.knob == knob).collect();
    let (show, base) = on_axis(knob, swings.first()?.value)?;
    let row = |own: &&Swing| {
        let part = |value: Option<u64>, word: &str, class| {
            let value = value?;
            let tip = format!("{} a fifth {word}: {}", input_name(own.input), plan.named.value(knob, value));
            Some(Piece { from: base, to: on_axis(knob, value)?.1, class, tip })
        };
        let parts = [part(own.lower, "lower", "g2"), part(own.higher, "higher", "g1")];
        let endless = own.lower.is_none() || own.higher.is_none();
        let end = if endless { "no value meets".into() } else { share(own.width()) };
        Row { name: input_name(own.input).into(), parts: parts.into_iter().flatten().collect(), end }
    };
    Some(Picture {
        sheet: "sensitivity",
        title: format!("What moves the answer for {}", plan.named.called(knob)),
        says: "Each bar: the answer with one input a fifth lower and a fifth higher, everything else as it is; behind it how wide that is.",
        drawn: Drawn::Bars(Bars {
            show,
            counts: "the answer",
            legend: vec![("a fifth lower", "g2"), ("a fifth higher", "g1")],
            rows: swings.iter().map(row).collect(),
            limits: vec![(base, "as it is".into())],
            is_near: true,
        }),
    })
}

/// Peaks of what was sized, and of every cache.
fn phases(plan: &Plan<'_>) -> Option<Picture> {
    let first = plan.found.questions.first()?;
    let meter = |knob: Knob| match knob {
        Knob::Bandwidth(link) | Knob::Throttle(link) => Some(Meter::Link(link, Direction::Forward)),
        knob => stock(knob),
    };
    let meters: Vec<_> = first.knobs.iter().filter_map(|own| meter(own.turned.knob)).collect();
    let is_wanted = |own: &Meter| meters.contains(own) || matches!(own, Meter::CacheUsed(_));
    let wanted = first.trial.peaks.iter().filter(|(meter, _)| is_wanted(meter));
    let mut rows = Vec::new();
    for (meter, (_, by_phase)) in wanted {
        let Some(capacity) = first.trial.capacities.get(meter) else { continue };
        for phase in RunPhase::ALL {
            let Some(peak) = by_phase.get(&phase).filter(|peak| **peak > 0) else { continue };
            let of = *peak as f64 / (*capacity).max(1) as f64;
            let name = meter_name(plan.named.inventory, *meter);
            let tip = format!("{name}, {}: {}", phase.name(), level(*meter, *peak as f64));
            let parts = vec![Piece { from: 0.0, to: of, class: "g1", tip }];
            rows.push(Row { name: format!("{name}: {}", phase.name()), parts, end: level(*meter, *peak as f64) });
        }
    }
    rows.truncate(ROWS_MAX);
    (!rows.is_empty()).then(|| Picture {
        sheet: "phases",
        title: "Peaks by phase at the answer".into(),
        says: "The greatest level of each phase as a share of what was sized: the phase that decides reaches nearest to all of it.",
        drawn: Drawn::Bars(Bars {
            show: Show::Share,
            counts: "share of what there is",
            legend: Vec::new(),
            rows,
            limits: vec![(1.0, "all of it".into())],
            is_near: false,
        }),
    })
}

fn batches(plan: &Plan<'_>, link: LinkId) -> Option<Picture> {
    let row = |(index, own): (usize, &Batch)| {
        let (takes, done) = (own.takes?.secs_f64(), own.done_after?.secs_f64());
        let tip = format!("{} machines, {}, at {}", own.vms.len(), own.data, own.free.bits());
        let parts = vec![Piece { from: done - takes, to: done, class: "g1", tip }];
        Some(Row { name: format!("batch {}: {} machines", index + 1, own.vms.len()), parts, end: seconds(done) })
    };
    let mut rows: Vec<Row> = plan.batches.iter().filter(|own| own.link == link).enumerate().filter_map(row).collect();
    rows.truncate(ROWS_MAX);
    let goals = plan.named.intent.targets.iter().filter(|target| target.measure == Measure::InitialReplication);
    let goals = goals.map(|target| (target.limit, format!("goal {}", seconds(target.limit)))).collect();
    (rows.len() > 1).then(|| Picture {
        sheet: "batches",
        title: format!("First copies over link {}", link_name(plan, link)),
        says: "Each bar is a batch; later ones have less of the link, since the machines of earlier ones already send their changes.",
        drawn: Drawn::Bars(Bars {
            show: Show::Seconds,
            counts: "time since the first batch",
            legend: Vec::new(),
            rows,
            limits: goals,
            is_near: false,
        }),
    })
}

fn waves(plan: &Plan<'_>) -> Option<Picture> {
    let disks = |vm: &crate::units::VmId| plan.named.inventory.disks_of(*vm).len();
    let of = |own: &Waves| -> Vec<Row> {
        let name = &plan.named.inventory.appliance(own.appliance).name;
        let Ok(waves) = &own.waves else { return Vec::new() };
        let row = |(index, wave): (usize, &Vec<crate::units::VmId>)| {
            let taken: usize = wave.iter().map(disks).sum();
            let tip = format!("{} machines with {taken} disks in {} slots", wave.len(), own.slots);
            let parts = vec![Piece { from: 0.0, to: taken as f64 / f64::from(own.slots.max(1)), class: "g1", tip }];
            Row { name: format!("{name}: wave {}", index + 1), parts, end: format!("{taken} disks") }
        };
        waves.iter().enumerate().map(row).collect()
    };
    let mut rows: Vec<Row> = plan.waves.iter().flat_map(of).collect();
    rows.truncate(ROWS_MAX);
    (!rows.is_empty()).then(|| Picture {
        sheet: "waves",
        title: "Slots taken by each wave of re-protection".into(),
        says: "Waves are packed so that each machine's disks go together; what is left of the slots is the waste of packing.",
        drawn: Drawn::Bars(Bars {
            show: Show::Share,
            counts: "share of the free slots",
            legend: Vec::new(),
            rows,
            limits: vec![(1.0, "all slots".into())],
            is_near: false,
        }),
    })
}
