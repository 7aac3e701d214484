//! What every engine is asked to do, with the same luck for all.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::queue::{Event, Queue};

pub const ARRIVALS: f64 = 0.8;
pub const TICKS: f64 = 1e9;
pub const SEED: u64 = 12_345;

/// Luck: exponential numbers of mean 1.
pub struct Luck(Xoshiro256PlusPlus);

impl Luck {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A stream by name, so that replications do not share theirs.
    fn of(replication: u64, stream: u64) -> Self {
        let mut z = SEED
            .wrapping_add(replication.wrapping_mul(0x9E37_79B9_7F4A_7C15))
            .wrapping_add(stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self::new(z ^ (z >> 31))
    }

    #[inline]
    pub fn draw(&mut self) -> f64 {
        Exp1.sample(&mut self.0)
    }
}

pub fn ticks(time: f64) -> u64 {
    (time * TICKS) as u64
}

/// `pending` events, each of which books its next; what is returned runs about so many of them and says how many happened.
pub fn fill<Q: Queue>(pending: u32) -> (Q, impl FnMut(&mut Q, u64) -> u64) {
    let mut luck = Luck::new(SEED);
    let mut queue = Q::with_capacity(pending as usize + 1);
    for id in 0..pending {
        queue.book(ticks(luck.draw()), Event::Tick(id));
    }
    let run = move |queue: &mut Q, events: u64| {
        let end = ticks(events as f64 / f64::from(pending));
        let mut count = 0;
        while let Some((now, event)) = queue.take(end) {
            match event {
                Event::Tick(id) => {
                    count += 1;
                    queue.book(now + ticks(luck.draw()), Event::Tick(id));
                }
                Event::Arrival | Event::Departure | Event::End(_) => unreachable!("only ticks are booked"),
            }
        }
        count
    };
    (queue, run)
}

/// Customers of one counter, first come, first served, at load 0.8. Returns their mean wait; theory: 4.
pub fn counter<Q: Queue>(customers: u64, replication: u64, waiting: &mut VecDeque<u64>) -> f64 {
    let (mut arrivals, mut services) = (Luck::of(replication, 0), Luck::of(replication, 1));
    let mut queue = Q::with_capacity(4);
    waiting.clear();
    let (mut arrived, mut is_busy, mut waited) = (0, false, 0);
    queue.book(ticks(arrivals.draw() / ARRIVALS), Event::Arrival);
    while let Some((now, event)) = queue.take(u64::MAX) {
        match event {
            Event::Arrival => {
                arrived += 1;
                if arrived < customers {
                    queue.book(now + ticks(arrivals.draw() / ARRIVALS), Event::Arrival);
                }
                if is_busy {
                    waiting.push_back(now);
                } else {
                    is_busy = true;
                    queue.book(now + ticks(services.draw()), Event::Departure);
                }
            }
            Event::Departure => match waiting.pop_front() {
                Some(since) => {
                    waited += now - since;
                    queue.book(now + ticks(services.draw()), Event::Departure);
                }
                None => is_busy = false,
            },
            Event::Tick(_) | Event::End(_) => unreachable!("never booked"),
        }
    }
    waited as f64 / TICKS / customers as f64
}

/// `replications` of the counter on `threads`, given out one by one and collected by index, as those of a scenario are. Returns
/// the mean of their means.
pub fn replications<Q: Queue>(customers: u64, replications: u64, threads: usize) -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
    let all = || (0..replications).collect::<Vec<_>>();
    let one = |waiting: &mut VecDeque<u64>, index: u64| counter::<Q>(customers, index, waiting);
    let means: Vec<f64> = pool.install(|| all().into_par_iter().with_max_len(1).map_init(VecDeque::new, one).collect());
    means.iter().sum::<f64>() / replications as f64
}

/// Transfers on one link of rate 1 that shares equally, by virtual time: a transfer of size `s` that begins when each has been served
/// `v` ends when each has been served `v + s`.
struct Link {
    ends: BinaryHeap<Reverse<(u64, u32)>>,
    served: f64,
    since: f64,
}

impl Link {
    fn new() -> Self {
        Self { ends: BinaryHeap::new(), served: 0.0, since: 0.0 }
    }

    fn begin(&mut self, now: f64, size: f64, id: u32) {
        // A link at rest begins afresh, so that the numbers stay small.
        let rate = 1.0 / self.ends.len() as f64;
        self.served = if self.ends.is_empty() { 0.0 } else { self.served + (now - self.since) * rate };
        self.since = now;
        self.ends.push(Reverse(((self.served + size).to_bits(), id)));
    }

    fn end(&mut self, now: f64) -> u32 {
        let Reverse((served, id)) = self.ends.pop().expect("a transfer is under way");
        (self.served, self.since) = (f64::from_bits(served), now);
        id
    }

    fn next_end(&self) -> Option<f64> {
        let left = f64::from_bits(self.ends.peek()?.0.0) - self.served;
        Some(self.since + left.max(0.0) * self.ends.len() as f64)
    }
}

/// `transfers` on one link, all at once or as they come at load 0.8, `runs` times. Returns their number and mean stay.
pub fn transfers<Q: Queue>(transfers: usize, runs: u64, at_once: bool) -> (u64, f64) {
    let mut luck = Luck::new(SEED);
    let mut began = vec![0.0; transfers];
    let (mut stayed, mut done) = (0.0, 0);
    for _ in 0..runs {
        let (mut queue, mut link) = (Q::with_capacity(4), Link::new());
        let (mut generation, mut started, mut arrival, mut end, mut booked) = (0, 0, 0.0, 0.0, None);
        if at_once {
            began.fill(0.0);
            for id in 0..transfers {
                link.begin(0.0, luck.draw(), id as u32);
            }
            started = transfers;
            end = link.next_end().expect("transfers are under way");
            booked = Some(queue.book(ticks(end), Event::End(generation)));
        } else {
            arrival = luck.draw() / ARRIVALS;
            queue.book(ticks(arrival), Event::Arrival);
        }
        while let Some((at, event)) = queue.take(u64::MAX) {
            let now = match event {
                Event::Arrival => {
                    let now = arrival;
                    began[started] = now;
                    link.begin(now, luck.draw(), started as u32);
                    started += 1;
                    if started < transfers {
                        arrival = now + luck.draw() / ARRIVALS;
                        queue.book(ticks(arrival), Event::Arrival);
                    }
                    if let Some(booking) = booked.take() {
                        queue.cancel(booking);
                    }
                    now
                }
                Event::End(of) if of == generation => {
                    stayed += end - began[link.end(end) as usize];
                    done += 1;
                    booked = None;
                    end
                }
                Event::End(_) => continue,
                Event::Tick(_) | Event::Departure => unreachable!("never booked"),
            };
            generation = (generation + 1) & (u32::MAX >> 2);
            if let Some(next) = link.next_end() {
                end = next.max(now);
                booked = Some(queue.book(ticks(end).max(at), Event::End(generation)));
            }
        }
    }
    (done, stayed / done as f64)
}
