//! P03, P04: copies that share a link equally, with and without a cap of their own. A scenario has no arrivals of copies, so here the
//! kernel's agenda counts in service: with n copies each gets `min(cap, 1/n)` of the link, all the same, so one clock of service
//! goes for all, and a copy of size s that comes at v ends at v + s. That the real data path shares so is checked copy by copy.

use crate::bench::{self, Bench, Run};
use crate::told::{NS, Told, controlled, replications};
use drsim::contract::{CopyKind, Direction, OpId};
use drsim::inventory::VmSize;
use drsim::kernel::{Agenda, Law, RandomStream};
use drsim::units::{Bytes, Duration, Timestamp, VmId};

/// One copy: when it came [s], its size [s of the whole link].
#[derive(Clone, Copy)]
struct Copy {
    came: f64,
    size: f64,
}

/// The copies that share, on their clock of service.
struct Shared {
    cap: f64,
    /// By the service at which they end.
    ends: Agenda<Copy>,
    served: f64,
    now: f64,
}

impl Shared {
    fn new(cap: f64) -> Shared {
        Shared { cap, ends: Agenda::new(), served: 0.0, now: 0.0 }
    }

    fn pace(&self) -> f64 {
        self.cap.min(1.0 / self.ends.len().max(1) as f64)
    }

    /// When the next copy ends, if nobody comes before.
    fn next_end(&self) -> f64 {
        let end = |at: Timestamp| self.now + (at.secs_f64() - self.served).max(0.0) / self.pace();
        self.ends.next_due().map_or(f64::INFINITY, end)
    }

    fn go_on(&mut self, until: f64) {
        self.served += (until - self.now) * self.pace();
        self.now = until;
    }

    fn join(&mut self, copy: Copy) {
        self.ends.book(Timestamp::START + Duration::from_secs_f64(self.served + copy.size), copy);
    }

    fn leave(&mut self) -> Copy {
        let (at, copy) = self.ends.pop_due(Timestamp::NEVER).expect("a copy ends");
        self.served = at.secs_f64();
        copy
    }
}

/// Sizes: a law, or one of two.
pub struct Sizes {
    pub name: &'static str,
    pub laws: [Law; 2],
    /// Share of the second, and mean square of all.
    pub second: f64,
    pub square: f64,
}

/// What a replication saw.
#[derive(Default)]
struct Seen {
    time: f64,
    held: Vec<f64>,
    done: f64,
    stayed: f64,
    squares: f64,
    small: (f64, f64),
}

/// Copies come at `load` per second until `time` [s]; what happens before `settle` is not counted. Returns the controls too.
fn share(replication: u64, load: f64, sizes: &Sizes, cap: f64, (settle, time): (f64, f64)) -> (Seen, [f64; 2]) {
    let stream = |name: &str| RandomStream::named(3, replication, name);
    let (mut gaps, mut draws, mut kinds) = (stream("gaps"), stream("sizes"), stream("kinds"));
    let gap = Law::Exponential { mean: Duration::from_secs_f64(1.0 / load) };
    let (mut shared, mut seen, mut next) = (Shared::new(cap), Seen::default(), 0.0);
    let (mut count, mut work, mut squares) = (0.0, 0.0, 0.0);
    while shared.now < time {
        let end = shared.next_end();
        let until = end.min(next).min(time);
        if shared.now >= settle {
            let n = shared.ends.len();
            if n >= seen.held.len() {
                seen.held.resize(n + 1, 0.0);
            }
            seen.held[n] += until - shared.now;
            seen.time += until - shared.now;
        }
        shared.go_on(until);
        if until == next {
            let law = usize::from(kinds.uniform() < sizes.second);
            let size = sizes.laws[law].sample(draws.uniform()).secs_f64();
            (count, work, squares) = (count + 1.0, work + size, squares + size * size);
            shared.join(Copy { came: next, size });
            next += gap.sample(gaps.uniform()).secs_f64();
        } else if until == end {
            let copy = shared.leave();
            if copy.came >= settle {
                let stayed = end - copy.came;
                seen.done += 1.0;
                seen.stayed += stayed;
                seen.squares += stayed * stayed;
                if copy.size < 0.5 {
                    seen.small = (seen.small.0 + stayed, seen.small.1 + copy.size);
                }
            }
        }
    }
    (seen, [work / shared.now - load, squares / shared.now - load * sizes.square])
}

fn seconds(mean: f64) -> Duration {
    Duration::from_secs_f64(mean)
}

fn exponential(mean: f64) -> Law {
    Law::Exponential { mean: seconds(mean) }
}

/// A tenth of the copies carries four fifths of the work.
fn two_kinds() -> Sizes {
    let square = 0.9 * 2.0 * 0.04 + 0.1 * 2.0 * 8.2 * 8.2;
    Sizes { name: "hyper-exponential", laws: [exponential(0.2), exponential(8.2)], second: 0.1, square }
}

fn one_kind(name: &'static str, law: Law, square: f64) -> Sizes {
    Sizes { name, laws: [law.clone(), law], second: 0.0, square }
}

/// ρ = 0.7, mean size 1: the law of the number does not hang on the law of the sizes, and a copy of size x takes x/(1 − ρ) in the mean.
pub fn p03(told: &mut Told) {
    same_as_the_data_path(f64::INFINITY);
    let fixed = one_kind("fixed", Law::Fixed(seconds(1.0)), 1.0);
    for (sizes, time) in
        [(fixed, 60_000.0), (one_kind("exponential", exponential(1.0), 2.0), 120_000.0), (two_kinds(), 700_000.0)]
    {
        let columns = replications(60, |replication| {
            let (seen, controls) = share(replication, 0.7, &sizes, f64::INFINITY, (2_000.0, time));
            let over = |of: &dyn Fn(usize) -> f64| {
                seen.held.iter().enumerate().map(|(n, held)| of(n) * held).sum::<f64>() / seen.time
            };
            let mean = seen.stayed / seen.done;
            let values = [
                over(&|n| n as f64),
                mean,
                over(&|n| f64::from(u8::from(n == 0))),
                over(&|n| f64::from(u8::from(n >= 5))),
                seen.small.0 / seen.small.1.max(1e-9),
                seen.squares / seen.done - mean * mean,
            ];
            values.into_iter().chain(controls).collect()
        });
        let column = |k: usize| controlled(&columns[k], &columns[6..]);
        let name = sizes.name;
        told.sampled(&format!("{name}: E[N]"), 0.7 / 0.3, &column(0));
        told.sampled(&format!("{name}: E[T]"), 1.0 / 0.3, &column(1));
        told.probability(&format!("{name}: P(N = 0)"), 0.3, &column(2));
        told.probability(&format!("{name}: P(N ≥ 5)"), 0.7f64.powi(5), &column(3));
        if name != "fixed" {
            told.sampled(&format!("{name}: time per size of those below 0.5"), 1.0 / 0.3, &column(4));
        }
        if name == "exponential" {
            told.glimpse("exponential: Var T", 2.7 / (1.3 * 0.09), &column(5));
        }
    }
}

/// A copy gets at most a quarter of the link: the number is that of M/M/4 with 3.2 Erlang, whatever the sizes.
pub fn p04(told: &mut Told) {
    same_as_the_data_path(0.25);
    let fixed = one_kind("fixed", Law::Fixed(seconds(1.0)), 1.0);
    let wait = 0.596_432_471_787_404_6;
    for (sizes, time) in [(one_kind("exponential", exponential(1.0), 2.0), 150_000.0), (fixed, 130_000.0)] {
        let columns = replications(60, |replication| {
            let (seen, controls) = share(replication, 0.8, &sizes, 0.25, (2_000.0, time));
            let over = |of: &dyn Fn(usize) -> f64| {
                seen.held.iter().enumerate().map(|(n, held)| of(n) * held).sum::<f64>() / seen.time
            };
            let is = |holds: bool| f64::from(u8::from(holds));
            let values = [over(&|n| n as f64), seen.stayed / seen.done, over(&|n| is(n < 4)), over(&|n| is(n == 0))];
            values.into_iter().chain(controls).collect()
        });
        let column = |k: usize| controlled(&columns[k], &columns[4..]);
        let name = sizes.name;
        told.sampled(&format!("{name}: E[N]"), 3.2 + wait * 4.0, &column(0));
        told.sampled(&format!("{name}: E[T]"), 4.0 + wait / 0.2, &column(1));
        told.probability(&format!("{name}: P(N < 4), all at their cap"), 1.0 - wait, &column(2));
        told.probability(&format!("{name}: P(N = 0)"), 0.027_302_511_831_088_45, &column(3));
    }
}

/// Eighty copies of the data path, each begun when one comes here: they end at the same moments. The link carries 100 MB/s, a block is
/// 2 MiB, so that a cap of a quarter is 12 operations of it, near enough: the cap here is that.
fn same_as_the_data_path(cap: f64) {
    let rate = 100e6;
    let cap = if cap.is_finite() { 12.0 * 2_097_152.0 / rate } else { cap };
    let mut own = Shared::new(cap);
    let mut gaps = RandomStream::named(4, 0, "gaps");
    let mut bench = Bench::new(800);
    if cap.is_finite() {
        let size =
            VmSize { name: "capped".to_owned(), cores: 1, memory: Bytes::gib(1), data_disks: 4, iops_per_disk: 12 };
        bench.inventory.limits.vm_sizes[0] = size;
    }
    let copies: Vec<(f64, u64)> = (0..80)
        .scan(0.0, |now, _| {
            *now += exponential(1.25).sample(gaps.uniform()).secs_f64().max(1e-6);
            Some((*now, (exponential(1.0).sample(gaps.uniform()).secs_f64() * rate) as u64 + 1))
        })
        .collect();
    for (_, size) in &copies {
        bench.vm_of(1, vec![(bench::steady(0), bench::plain(), Bytes(*size))]);
    }
    let mut run = Run::of(bench.pipeline());
    let mut ends = vec![0.0; copies.len()];
    let drain = |own: &mut Shared, until: f64, ends: &mut Vec<f64>| {
        while own.next_end() <= until && !own.ends.is_empty() {
            let end = own.next_end();
            own.go_on(end);
            let copy = own.leave();
            let index = copies.iter().position(|(came, _)| *came == copy.came).expect("it came");
            ends[index] = end;
        }
    };
    for (index, (came, size)) in copies.iter().enumerate() {
        drain(&mut own, *came, &mut ends);
        own.go_on(*came);
        own.join(Copy { came: *came, size: *size as f64 / rate });
        let now = Timestamp::START + seconds(*came);
        run.until(now);
        run.pipeline.start_copy(
            now,
            OpId(index as u64),
            VmId::from_index(index),
            CopyKind::Initial,
            Direction::Forward,
        );
    }
    drain(&mut own, f64::INFINITY, &mut ends);
    run.until(bench::at(10_000));
    for (index, end) in ends.iter().enumerate() {
        let real = run.completed(index as u64).expect("it ends").secs_f64();
        assert!((real - end).abs() < 100.0 * NS + 4e-8, "copy {index} ends at {real} and not at {end}");
    }
}
