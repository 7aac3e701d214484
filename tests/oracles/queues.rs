//! P01, P02, P05, P06, P09: jobs that wait for slots. The kernel's agenda is the clock, its laws are drawn from its named streams, one
//! unit of time is a second. Who waits is served in the order of coming: in P06 by the product's [`CopyQueue`], else by a line of the test.

use std::collections::VecDeque;

use crate::told::{Told, controlled, replications};
use drsim::kernel::{Agenda, Law, RandomStream};
use drsim::protection::CopyQueue;
use drsim::statistics::Sketch;
use drsim::units::{ApplianceId, Duration, Timestamp, VmId};
use statrs::distribution::{Discrete, DiscreteCDF, Poisson};

/// So many seconds as a span.
fn span(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub fn exponential(mean: f64) -> Law {
    Law::Exponential { mean: span(mean) }
}

/// Who comes, how long it takes, and how many slots there are.
struct Station {
    gaps: Law,
    lengths: Law,
    slots: usize,
    /// Who comes while so many are there goes away unserved.
    room: usize,
}

/// One customer of a station: came, begun, done.
#[derive(Clone, Copy)]
struct Visit {
    came: Timestamp,
    begun: Timestamp,
    done: Timestamp,
}

enum Event {
    Comes,
    Ends(Visit),
}

impl Station {
    /// Serves so many customers, and so many before anything is watched. Returns the controls of gaps and lengths.
    fn serve(&self, replication: u64, (before, count): (u64, u64), watch: &mut Sums) -> Vec<f64> {
        let stream = |name: &str| RandomStream::named(1, replication, name);
        let (mut gaps, mut lengths) = (stream("gaps"), stream("lengths"));
        let (mut agenda, mut line) = (Agenda::new(), VecDeque::new());
        let (mut busy, mut ended, mut now) = (0, 0, Timestamp::START);
        let (mut came_after, mut took) = (Drawn::default(), Drawn::default());
        agenda.book(now, Event::Comes);
        while ended < before + count {
            let due = agenda.next_due().expect("somebody always comes");
            if ended >= before {
                watch.held(busy + line.len(), due.since(now).secs_f64());
            }
            now = due;
            match agenda.pop_due(now).expect("it is due").1 {
                Event::Comes => {
                    agenda.book(now + came_after.one(&self.gaps, &mut gaps), Event::Comes);
                    if busy + line.len() < self.room {
                        line.push_back(now);
                    } else if ended >= before {
                        watch.refused += 1.0;
                    }
                }
                Event::Ends(visit) => {
                    busy -= 1;
                    ended += 1;
                    if ended > before {
                        watch.visit(&visit);
                    }
                }
            }
            while busy < self.slots
                && let Some(came) = line.pop_front()
            {
                busy += 1;
                let length = took.one(&self.lengths, &mut lengths);
                agenda.book(now + length, Event::Ends(Visit { came, begun: now, done: now + length }));
            }
        }
        [came_after.off(&self.gaps), took.off(&self.lengths)].concat()
    }
}

/// What was drawn from a law; its moments are controls.
#[derive(Default)]
struct Drawn {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Drawn {
    fn one(&mut self, law: &Law, stream: &mut RandomStream) -> Duration {
        let span = law.sample(stream.uniform());
        let seconds = span.secs_f64();
        (self.count, self.sum, self.squares) = (self.count + 1.0, self.sum + seconds, self.squares + seconds * seconds);
        span
    }

    /// How far mean and mean square lie from those of the law.
    fn off(&self, law: &Law) -> Vec<f64> {
        let mean = law.mean().secs_f64();
        let square = match law {
            Law::Fixed(_) => mean * mean,
            Law::Exponential { .. } => 2.0 * mean * mean,
            other => panic!("no oracle draws from {other}"),
        };
        vec![self.sum / self.count - mean, self.squares / self.count - square]
    }
}

/// By replication, what the sums are of, free of what the controls explain.
fn replicated<const N: usize>(
    station: &Station,
    count: u64,
    sizes: (u64, u64),
    asked: Asked,
    values: impl Fn(&mut Sums) -> [f64; N],
) -> [Vec<f64>; N] {
    let columns = replications(count, |replication| {
        let mut sums = Sums { asked, ..Sums::default() };
        let controls = station.serve(replication, sizes, &mut sums);
        values(&mut sums).into_iter().chain(controls).collect()
    });
    std::array::from_fn(|column| controlled(&columns[column], &columns[N..]))
}

/// Of what a station tells the law, beside the means.
#[derive(Clone, Copy, Default)]
enum Asked {
    #[default]
    Waits,
    Stays,
    /// Ages over time, and their peaks.
    Ages,
}

/// What is asked of a station.
#[derive(Default)]
struct Sums {
    visits: f64,
    refused: f64,
    waited: f64,
    stayed: f64,
    /// The law of what is asked for.
    asked: Asked,
    spans: Sketch,
    /// Age of the newest thing that is done, over time.
    ages: Sketch,
    last: Option<Visit>,
    /// How long so many were there [s].
    held: Vec<f64>,
}

impl Sums {
    fn visit(&mut self, visit: &Visit) {
        let (waited, stayed) = (visit.begun.since(visit.came), visit.done.since(visit.came));
        self.visits += 1.0;
        self.waited += waited.secs_f64();
        self.stayed += stayed.secs_f64();
        match self.asked {
            Asked::Waits => self.spans.add(waited.ns(), 1),
            Asked::Stays => self.spans.add(stayed.ns(), 1),
            Asked::Ages => {
                if let Some(last) = self.last.replace(*visit) {
                    let peak = visit.done.since(last.came).ns();
                    self.ages.add_piece(last.done.since(last.came).ns(), peak, visit.done.since(last.done).ns());
                    self.spans.add(peak, 1);
                }
            }
        }
    }

    fn held(&mut self, count: usize, time: f64) {
        if count >= self.held.len() {
            self.held.resize(count + 1, 0.0);
        }
        self.held[count] += time;
    }

    /// Mean over time of a function of the number that is there.
    fn over_time(&self, of: impl Fn(usize) -> f64) -> f64 {
        let time: f64 = self.held.iter().sum();
        self.held.iter().enumerate().map(|(count, held)| of(count) * held).sum::<f64>() / time
    }
}

fn share(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// λ = 0.8, μ = 1, one slot. L = λ/(μ − λ), the time in the system is exponential with rate μ − λ.
pub fn p01(told: &mut Told) {
    let station = Station { gaps: exponential(1.25), lengths: exponential(1.0), slots: 1, room: usize::MAX };
    let columns = replicated(&station, 70, (5_000, 500_000), Asked::Stays, |sums| {
        let stays = sums.spans.seal();
        [
            sums.stayed / sums.visits,
            sums.waited / sums.visits,
            stays.fraction_above(10e9).expect("visits"),
            stays.quantile(0.95).expect("visits") / 1e9,
            sums.over_time(|n| n as f64),
            sums.over_time(|n| n.saturating_sub(1) as f64),
            sums.over_time(|n| share(n >= 10)),
        ]
    });
    told.sampled("E[W]", 5.0, &columns[0]);
    told.sampled("E[Wq]", 4.0, &columns[1]);
    told.probability("P(W > 10)", (-2.0f64).exp(), &columns[2]);
    told.sampled("95 % quantile of W", -(0.05f64.ln()) / 0.2, &columns[3]);
    told.sampled("L", 4.0, &columns[4]);
    told.sampled("Lq", 3.2, &columns[5]);
    told.probability("P(N ≥ 10)", 0.8f64.powi(10), &columns[6]);
}

/// Erlang: `P(Wq ≤ t) = (1 − ρ) Σ (−u)ʲ/j! · eᵘ`, u = λ(t − jD), j up to t/D.
fn md1(load: f64, t: f64) -> f64 {
    let term = |j: i32| {
        let u = load * (t - f64::from(j));
        (1..=j).fold(u.exp(), |term, k| term * -u / f64::from(k))
    };
    (1.0 - load) * (0..=t as i32).map(term).sum::<f64>()
}

/// λ = 0.8, every job takes 1: E[Wq] = ρD / (2 (1 − ρ)).
pub fn p02(told: &mut Told) {
    let station = Station { gaps: exponential(1.25), lengths: Law::Fixed(span(1.0)), slots: 1, room: usize::MAX };
    let columns = replicated(&station, 60, (2_000, 150_000), Asked::Waits, |sums| {
        let waits = sums.spans.seal();
        let up_to = |t: f64| 1.0 - waits.fraction_above(t * 1e9).expect("visits");
        [
            sums.waited / sums.visits,
            up_to(0.0),
            up_to(1.0),
            up_to(2.0),
            up_to(5.0),
            up_to(10.0),
            waits.quantile(0.95).expect("visits") / 1e9,
        ]
    });
    told.sampled("E[Wq]", 2.0, &columns[0]);
    for (column, t) in [0.0, 1.0, 2.0, 5.0, 10.0].into_iter().enumerate() {
        told.probability(&format!("P(Wq ≤ {t})"), md1(0.8, t), &columns[column + 1]);
    }
    told.sampled("95 % quantile of Wq", 6.620_324_996_840_724, &columns[6]);
}

/// Of a offered Erlang the share that finds c slots taken and goes, and the share that waits; the law of the number is that of Poisson,
/// cut off.
fn erlang(slots: u64, offered: f64) -> (f64, f64) {
    let law = Poisson::new(offered).expect("a mean");
    let blocked = law.pmf(slots) / law.cdf(slots);
    let load = offered / slots as f64;
    (blocked, blocked / (1.0 - load * (1.0 - blocked)))
}

/// Seven Erlang. The share of those who find all slots taken (B: they go, C: they wait), and the least number of slots: for B at most
/// 1 %, and for at most 5 % that wait longer than 10 of 30 minutes, `C · e^(−(c − 7)/3)`.
pub fn p05(told: &mut Told) {
    let late = |slots: u64| erlang(slots, 7.0).1 * (-(slots as f64 - 7.0) / 3.0).exp();
    told.exact("least c with B(c, 7) ≤ 1 %", 14.0, (1..).find(|c| erlang(*c, 7.0).0 <= 0.01).expect("some") as f64);
    told.exact("least c with P(Wq > 10 min) ≤ 5 %", 11.0, (8..).find(|c| late(*c) <= 0.05).expect("some") as f64);
    let station =
        |slots: usize, room: usize| Station { gaps: exponential(1.0 / 7.0), lengths: exponential(1.0), slots, room };
    let lost = |slots: usize, count| {
        let [lost] = replicated(&station(slots, slots), 60, (1_000, count), Asked::Waits, |sums| {
            [sums.refused / (sums.refused + sums.visits)]
        });
        lost
    };
    told.probability("B(10, 7)", 0.078_740_882_969_570_26, &lost(10, 40_000));
    told.probability("B(14, 7)", 0.007_134_982_450_373_407, &lost(14, 230_000));
    let waits = |slots: usize, count| {
        replicated(&station(slots, usize::MAX), 60, (1_000, count), Asked::Waits, |sums| {
            let waits = sums.spans.seal();
            [0.0, 1e9 / 3.0].map(|t| waits.fraction_above(t).expect("visits"))
        })
    };
    let (ten, eleven) = (waits(10, 290_000), waits(11, 40_000));
    told.probability("C(10, 7)", 0.221_731_215_883_815_4, &ten[0]);
    told.probability("c = 10: P(Wq > 10 min)", 0.081_570_355_789_602_45, &ten[1]);
    told.glimpse("c = 11: P(Wq > 10 min)", 0.031_923_787_349_711_29, &eleven[1]);
}

/// A snapshot every 60 s, shipped one after another in 45 s, exponentially. β = e^(−(1 − β)/ρ), the sojourn is exponential with θ =
/// (1 − β)/45, and the age is that and a uniform part of 60 s.
pub fn p09(told: &mut Told) {
    let beta = (0..200).fold(0.5, |beta: f64, _| (-(1.0 - beta) / 0.75).exp());
    let theta = (1.0 - beta) / 45.0;
    assert!((beta / 0.545_605_016_560_749_8 - 1.0).abs() < 1e-9, "{beta}");
    let station = Station { gaps: Law::Fixed(span(60.0)), lengths: exponential(45.0), slots: 1, room: usize::MAX };
    let columns = replicated(&station, 60, (2_000, 230_000), Asked::Ages, |sums| {
        let (ages, peaks) = (sums.ages.seal(), sums.spans.seal());
        let above = |t: f64| ages.fraction_above(t * 1e9).expect("time");
        [
            sums.stayed / sums.visits,
            ages.mean().expect("time") / 1e9,
            above(180.0),
            above(300.0),
            ages.quantile(0.95).expect("time") / 1e9,
            peaks.mean().expect("peaks") / 1e9,
            peaks.quantile(0.95).expect("peaks") / 1e9,
        ]
    });
    let beyond = |x: f64| (-theta * x).exp() * ((theta * 60.0).exp() - 1.0) / (theta * 60.0);
    told.sampled("mean sojourn [s]", 1.0 / theta, &columns[0]);
    told.sampled("mean age [s]", 30.0 + 1.0 / theta, &columns[1]);
    told.probability("P(age > 180 s)", beyond(180.0), &columns[2]);
    told.probability("P(age > 300 s)", beyond(300.0), &columns[3]);
    told.sampled("95 % age [s]", 328.185_749_163_077_4, &columns[4]);
    told.sampled("mean peak [s]", 60.0 + 1.0 / theta, &columns[5]);
    told.sampled("95 % peak [s]", 60.0 - 0.05f64.ln() / theta, &columns[6]);
}

/// What a closed house of N machines does in a replication: time by number that drill or wait, and the waits.
struct House {
    held: Vec<f64>,
    waits: Sketch,
    busy: f64,
    begun: f64,
    lasts: f64,
    controls: Vec<f64>,
}

/// N machines, each asks for a drill so long after its last one; c drill at a time, the others wait in the product's own queue.
fn house(replication: u64, machines: usize, slots: u32, rests: &Law, drills: &Law, hours: f64) -> House {
    let mut queue = CopyQueue::new(1, slots);
    let stream = |name: &str| RandomStream::named(6, replication, name);
    let (mut resting, mut drilling) = (stream("rests"), stream("drills"));
    let mut agenda = Agenda::new();
    let (mut rested, mut drilled) = (Drawn::default(), Drawn::default());
    let settle = Timestamp::START + span(2_000.0);
    for vm in 0..machines {
        agenda.book(Timestamp::START + rested.one(rests, &mut resting), (VmId::from_index(vm), false));
    }
    let mut asked = vec![Timestamp::START; machines];
    let mut house = House {
        held: vec![0.0; machines + 1],
        waits: Sketch::default(),
        busy: 0.0,
        begun: 0.0,
        lasts: hours,
        controls: Vec::new(),
    };

    let (mut now, mut inside, mut busy, mut order) = (settle, 0, 0u32, 0u32);
    let end = settle + span(hours);
    while now < end {
        let due = agenda.next_due().expect("somebody is always due");
        if due > settle {
            let time = due.min(end).since(now.max(settle)).secs_f64();
            house.held[inside] += time;
            house.busy += f64::from(busy) * time;
            now = due;
        }
        let (_, (vm, done)) = agenda.pop_due(due).expect("it is due");
        if done {
            queue.done(vm);
            (inside, busy) = (inside - 1, busy - 1);
            agenda.book(due + rested.one(rests, &mut resting), (vm, false));
        } else {
            inside += 1;
            order += 1;
            asked[vm.index()] = due;
            queue.enqueue(ApplianceId(0), order, vm);
        }
        while let Some(vm) = queue.start_next(ApplianceId(0)) {
            busy += 1;
            agenda.book(due + drilled.one(drills, &mut drilling), (vm, true));
            if due > settle {
                house.waits.add(due.since(asked[vm.index()]).ns(), 1);
                house.begun += 1.0;
            }
        }
    }
    house.controls = [rested.off(rests), drilled.off(drills)].concat();
    house
}

/// 40 machines, 100 h, 2 slots, 6 h; an hour is a second here. π_k ∝ Π (N − j)λ / (min(j + 1, c)μ); those who ask see the house of 39.
pub fn p06(told: &mut Told) {
    let chain = |machines: usize| {
        let weights = (0..machines).scan(1.0, |weight, k| {
            *weight *= (machines - k) as f64 / 100.0 / ((k + 1).min(2) as f64 / 6.0);
            Some(*weight)
        });
        let weights: Vec<f64> = std::iter::once(1.0).chain(weights).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect::<Vec<f64>>()
    };
    let (pi, seen) = (chain(40), chain(39));
    let mean = |of: &dyn Fn(f64) -> f64| pi.iter().enumerate().map(|(k, p)| of(k as f64) * p).sum::<f64>();
    let (inside, waiting) = (mean(&|k| k), mean(&|k| (k - 2.0).max(0.0)));
    let rate = (40.0 - inside) / 100.0;
    let late: f64 = (2..40).map(|k| seen[k] * Poisson::new(4.0).expect("a mean").cdf(k as u64 - 2)).sum();
    let (rests, drills) = (exponential(100.0), exponential(6.0));
    let columns = replications(40, |replication| {
        let house = house(replication, 40, 2, &rests, &drills, 200_000.0);
        let waits = house.waits.seal();
        let over = |of: &dyn Fn(f64) -> f64| {
            house.held.iter().enumerate().map(|(k, held)| of(k as f64) * held).sum::<f64>() / house.lasts
        };
        let values = [
            over(&|k| k),
            over(&|k| (k - 2.0).max(0.0)),
            house.begun / house.lasts,
            waits.mean().expect("waits") / 1e9,
            house.busy / house.lasts / 2.0,
            waits.fraction_above(0.0).expect("waits"),
            waits.fraction_above(12e9).expect("waits"),
            house.held[0] / house.lasts,
        ];
        values.into_iter().chain(house.controls.iter().copied()).collect()
    });
    let columns: Vec<Vec<f64>> = (0..8).map(|column| controlled(&columns[column], &columns[8..])).collect();
    told.sampled("L", inside, &columns[0]);
    told.sampled("Lq", waiting, &columns[1]);
    told.sampled("throughput [1/h]", rate, &columns[2]);
    told.sampled("E[Wq] [h]", waiting / rate, &columns[3]);
    told.sampled("use of the slots", rate * 3.0, &columns[4]);
    told.probability("P(wait)", seen[2..].iter().sum(), &columns[5]);
    told.probability("P(Wq > 12 h)", late, &columns[6]);
    told.glimpse("π₀", pi[0], &columns[7]);
    for (name, known, worked) in [("L", 8.079_265_834_108_78, inside), ("π₀", 0.019_262_715_919_665_17, pi[0])] {
        assert!((worked / known - 1.0).abs() < 1e-9, "{name}: the chain says {worked}");
    }
}
