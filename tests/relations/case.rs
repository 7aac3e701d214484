//! A random small scenario as numbers, what may be done to it, and what its run shows.
//!
//! Everything is protected when the clock of a case begins; then machines write what their rates say for four hours, and nothing
//! after that, so that all backlogs drain. Rates are whole MB/s, times whole seconds.

use crate::common::Story;
use crate::common::pieces::{Piece, lag, level, within};
use crate::common::small::{Small, Vm};
use drsim::contract::{Fact, Meter};
use drsim::units::{ApplianceId, CacheId};
use proptest::collection::vec;
use proptest::prelude::*;

/// When the clock of a case begins [s].
pub const ZERO: u64 = 3_600;
/// Length of a step of rates, of what is written, and of a case [s].
const STEP: u64 = 600;
const STEPS: usize = 24;
pub const LASTS: u64 = 8 * 3_600;

/// One machine with one disk.
#[derive(Clone, Debug)]
pub struct Flow {
    /// By step [MB/s].
    pub rates: Vec<u64>,
    pub weight: u64,
    /// [MB/s]; zero: none.
    pub cap: u64,
    /// How old its data may be [s]; zero: no deadline.
    pub deadline: u64,
}

/// A span in which something is less than whole, on the clock of the case [s].
#[derive(Clone, Debug)]
pub struct Cut {
    pub from: u64,
    pub lasts: u64,
    /// What is left of the link [%]; nothing else is ever left.
    pub to: u64,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub flows: Vec<Flow>,
    /// [MB/s]
    pub link: u64,
    pub cuts: Vec<Cut>,
    /// The target's service is down.
    pub stops: Vec<Cut>,
    /// [MB]; zero: it never binds.
    pub cache: u64,
    /// What the service applies [MB/s]; zero: it never binds.
    pub apply: u64,
    /// All rates, caps and the cache are so many times as large; all times so many times as long, and so much later [s].
    pub larger: u64,
    pub longer: u64,
    pub later: u64,
    /// Each step of rates is told as so many equal ones.
    pub finer: u64,
    /// Further lines of the scenario.
    pub more: String,
    pub policy: String,
    pub delay: String,
}

impl Case {
    pub fn small(&self) -> Small {
        let (k, larger) = (self.longer, self.larger * 1_000_000);
        let lead = ((ZERO * k + self.later) / (STEP * k)) as usize;
        let mut small = Small {
            lasts: format!("{}s", (ZERO + LASTS) * k + self.later),
            bandwidth: self.link * larger * 8,
            processing_delay: self.delay.clone(),
            policy: self.policy.clone(),
            more: self.more.clone(),
            ..Small::default()
        };
        if self.cache > 0 {
            small.cache = format!("{} MB", self.cache * self.larger);
        }
        if self.apply > 0 {
            small.storage_rate = format!("{} MB/s", self.apply * self.larger);
        }
        for (index, flow) in self.flows.iter().enumerate() {
            let name = format!("f{index}");
            let rates = flow.rates.iter().map(|rate| rate * larger);
            let idle = std::iter::repeat_n(0, 2 * STEPS + 6);
            let rates: Vec<u64> = std::iter::repeat_n(0, lead).chain(rates).chain(idle).collect();
            let rates: Vec<u64> =
                rates.into_iter().flat_map(|rate| std::iter::repeat_n(rate, self.finer as usize)).collect();
            let vm = Vm::trace(&name, &format!("{name}.csv"), &format!("{}s", STEP * k / self.finer));
            small = small.file(&format!("{name}.csv"), &rates);
            let protect = match flow.deadline {
                0 => String::new(),
                deadline => format!("deadline = \"{deadline}s\""),
            };
            small.vms.push(Vm { weight: flow.weight, iops: flow.cap * self.larger, protect, ..vm });
        }
        let at = |seconds: u64| (ZERO + seconds) * k + self.later;
        for Cut { from, lasts, to } in &self.cuts {
            let (kind, rest) = if *to == 0 { ("down", String::new()) } else { ("slow", format!("to = \"{to} %\"\n")) };
            let times = format!("at = \"{}s\"\nlasts = \"{}s\"\n", at(*from), lasts * k);
            small.more.push_str(&format!("[[outage.link-{kind}]]\nlink = \"wan\"\n{rest}{times}"));
        }
        for Cut { from, lasts, .. } in &self.stops {
            let times = format!("at = \"{}s\"\nlasts = \"{}s\"\n", at(*from), lasts * k);
            small.more.push_str(&format!("[[outage.service-down]]\nstamp = \"west\"\n{times}"));
        }
        small
    }

    pub fn live(&self) -> Seen {
        Seen { story: self.small().live(), case: self.clone() }
    }
}

/// A run of a case, on the clock of the case.
pub struct Seen {
    pub story: Story,
    case: Case,
}

impl Seen {
    fn window(&self) -> (f64, f64) {
        let at = |seconds: u64| (seconds * self.case.longer + self.case.later) as f64;
        (at(ZERO), at(ZERO + LASTS))
    }

    pub fn received(&self, flow: usize) -> Vec<Piece> {
        self.age(&format!("f{flow}"), false)
    }

    pub fn applied(&self, flow: usize) -> Vec<Piece> {
        self.age(&format!("f{flow}"), true)
    }

    pub fn age(&self, name: &str, applied: bool) -> Vec<Piece> {
        self.cut(&lag(&self.story.facts, self.story.vm(name), applied))
    }

    /// Waiting at the source, and in the cache [B].
    pub fn backlog(&self) -> Vec<Piece> {
        self.level(Meter::SourceBacklog(ApplianceId(0)))
    }

    pub fn cache(&self) -> Vec<Piece> {
        self.level(Meter::CacheUsed(CacheId(0)))
    }

    fn level(&self, meter: Meter) -> Vec<Piece> {
        let pieces = level(&self.story.facts, meter).into_iter().map(|p| [p.0, p.1 as f64, p.2, p.3 as f64]);
        self.cut(&pieces.collect::<Vec<Piece>>())
    }

    /// The part of a line that is the case's; panics where it does not reach from end to end, for nothing would be compared there.
    fn cut(&self, line: &[Piece]) -> Vec<Piece> {
        let (from, until) = self.window();
        let cut = within(line, from, until);
        let reach = cut.first().zip(cut.last()).map(|(first, last)| (first[0], last[2]));
        assert_eq!(reach, Some((0.0, until - from)), "the line ends within the case");
        cut
    }

    /// Points as they became usable: when, and their marks [s].
    pub fn points(&self, name: &str) -> Vec<(f64, f64)> {
        points(&self.story, name)
    }

    /// Written, applied, in flight, in the cache, superseded, lost [B].
    pub fn ledger(&self, flow: usize) -> [u64; 6] {
        let own = self.story.vm(&format!("f{flow}"));
        let found = self.story.facts.iter().find_map(|(_, fact)| match fact {
            Fact::Ledger { vm, written, applied, in_flight, in_cache, superseded, lost } if *vm == own => {
                Some([written.0, applied.0, in_flight.0, in_cache.0, superseded.0, lost.0])
            }
            _ => None,
        });
        found.expect("a run closes its books")
    }
}

/// Points of a machine as they became usable: when, and their marks [s], by the clock of the run.
pub fn points(story: &Story, name: &str) -> Vec<(f64, f64)> {
    let own = story.vm(name);
    let mut points = Vec::new();
    for (at, fact) in &story.facts {
        match fact {
            Fact::PointMade { vm, mark, .. } if *vm == own => points.push((at.secs_f64(), mark.secs_f64())),
            Fact::PointsMade { vm, run } if *vm == own => {
                let mut mark = run.first;
                while mark <= run.last {
                    points.push(((mark + run.lag).secs_f64(), mark.secs_f64()));
                    mark = mark + run.every;
                }
            }
            _ => {}
        }
    }
    points
}

/// One to four machines on a link that is now and then too small.
pub fn link_case() -> impl Strategy<Value = Case> {
    let flow =
        (vec(prop_oneof![1 => Just(0u64), 3 => 1u64..20], STEPS), 1u64..5, prop_oneof![2 => Just(0u64), 1 => 6u64..30])
            .prop_map(|(rates, weight, cap)| Flow { rates, weight, cap, deadline: 0 });
    let cut = (0u64..12_000, 60u64..4_000, prop_oneof![2 => Just(0u64), 1 => 10u64..90])
        .prop_map(|(from, lasts, to)| Cut { from, lasts, to });
    (vec(flow, 1..5), 40u64..130, vec(cut, 0..4)).prop_map(|(flows, share, cuts)| {
        let mean = flows.iter().map(|flow| flow.rates.iter().sum::<u64>()).sum::<u64>() / STEPS as u64;
        let link = (mean * share / 50).max(2);
        Case { link, cuts: apart(cuts), flows, ..Case::default() }
    })
}

/// The same, with a service that stops and may be too slow, and a cache that may be too small.
pub fn two_stage_case() -> impl Strategy<Value = Case> {
    let stop = (0u64..12_000, 60u64..4_000).prop_map(|(from, lasts)| Cut { from, lasts, to: 0 });
    let cache = prop_oneof![Just(0u64), 500u64..60_000];
    let apply = prop_oneof![Just(0u64), 60u64..160];
    (link_case(), vec(stop, 0..3), cache, apply).prop_map(|(case, stops, cache, share)| {
        let apply = case.link * share / 100;
        Case { stops: apart(stops), cache, apply, ..case }
    })
}

/// Outages of one thing do not overlap: those that would are put one after another.
fn apart(mut cuts: Vec<Cut>) -> Vec<Cut> {
    cuts.sort_by_key(|cut| cut.from);
    let mut free = 0;
    for cut in &mut cuts {
        cut.from = cut.from.max(free);
        free = cut.from + cut.lasts + 1;
    }
    cuts
}

impl Default for Case {
    fn default() -> Case {
        Case {
            flows: Vec::new(),
            link: 1,
            cuts: Vec::new(),
            stops: Vec::new(),
            cache: 0,
            apply: 0,
            larger: 1,
            longer: 1,
            later: 0,
            finer: 1,
            more: String::new(),
            policy: Small::default().policy,
            delay: "0s".to_owned(),
        }
    }
}

/// Every end of a piece of the two lines, with their values just after it and just before it. Panics where they share no moment.
fn beside(a: &[Piece], b: &[Piece]) -> Vec<(f64, f64, f64)> {
    let ends = a.iter().chain(b).flat_map(|p| [(p[0], true), (p[2], false)]);
    let both: Vec<_> = ends.filter_map(|(t, after)| Some((t, value(a, t, after)?, value(b, t, after)?))).collect();
    assert!(!both.is_empty(), "nothing to compare:\n{a:?}\n{b:?}");
    both
}

/// The value of a line just after or just before a moment. Ends within a microsecond of each other are one.
fn value(pieces: &[Piece], t: f64, after: bool) -> Option<f64> {
    let near = 1e-6;
    let piece = pieces.iter().find(|p| match after {
        true => p[0] <= t + near && t + near < p[2],
        false => p[0] < t - near && t - near <= p[2],
    })?;
    let t = t.clamp(piece[0], piece[2]);
    Some(piece[1] + (piece[3] - piece[1]) * (t - piece[0]) / (piece[2] - piece[0]))
}

/// Where the first line lies above the second by more than `by`.
pub fn above(a: &[Piece], b: &[Piece], by: f64) -> Option<(f64, f64, f64)> {
    beside(a, b).into_iter().find(|(_, x, y)| *x > y + by)
}

/// Where the lines differ by more than `by`.
pub fn apart_by(a: &[Piece], b: &[Piece], by: f64) -> Option<(f64, f64, f64)> {
    beside(a, b).into_iter().find(|(_, x, y)| (x - y).abs() > by)
}

/// The sum of two lines.
pub fn sum(a: &[Piece], b: &[Piece]) -> Vec<Piece> {
    let mut ends: Vec<f64> = a.iter().chain(b).flat_map(|p| [p[0], p[2]]).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup_by(|late, early| *late - *early < 4e-6);
    let at = |t: f64, after: bool| Some(value(a, t, after)? + value(b, t, after)?);
    ends.windows(2).filter_map(|w| Some([w[0], at(w[0], true)?, w[1], at(w[1], false)?])).collect()
}

/// Times and values of a line, each so many times as large.
pub fn scaled(pieces: &[Piece], times: f64, values: f64) -> Vec<Piece> {
    pieces.iter().map(|p| [p[0] * times, p[1] * values, p[2] * times, p[3] * values]).collect()
}
