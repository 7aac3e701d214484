//! Our agenda and two references behind one small trait.
//!
//! The references hold the event in the key itself (`moment 64 | number 32 | event 32`): no slab, no cancellation. They are what an
//! event list can be at best when it need do nothing else. `tight` is a heap of four children with a hole at the root, `std`
//! the heap of the standard library.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use drsim::kernel::{Agenda, Booking};
use drsim::units::Timestamp;

/// What happens in the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Tick(u32),
    Arrival,
    Departure,
    /// The next transfer ends, if nothing happened since this generation.
    End(u32),
}

pub trait Queue {
    type Booking: Copy;
    fn with_capacity(events: usize) -> Self;
    fn book(&mut self, at: u64, event: Event) -> Self::Booking;
    /// Where nothing can be cancelled the workload must know that the event is stale.
    fn cancel(&mut self, booking: Self::Booking);
    fn take(&mut self, until: u64) -> Option<(u64, Event)>;
}

impl Queue for Agenda<Event> {
    type Booking = Booking;

    fn with_capacity(events: usize) -> Self {
        Agenda::with_capacity(events)
    }

    #[inline]
    fn book(&mut self, at: u64, event: Event) -> Booking {
        self.book(Timestamp::from_ns(at), event)
    }

    #[inline]
    fn cancel(&mut self, booking: Booking) {
        self.cancel(booking).expect("the end is still booked");
    }

    #[inline]
    fn take(&mut self, until: u64) -> Option<(u64, Event)> {
        self.pop_due(Timestamp::from_ns(until)).map(|(at, event)| (at.ns(), event))
    }
}

fn key(at: u64, number: u32, event: Event) -> u128 {
    let (kind, value) = match event {
        Event::Tick(value) => (0, value),
        Event::Arrival => (1, 0),
        Event::Departure => (2, 0),
        Event::End(value) => (3, value),
    };
    u128::from(at) << 64 | u128::from(number) << 32 | u128::from(value << 2 | kind)
}

fn parts(key: u128) -> (u64, Event) {
    let value = key as u32 >> 2;
    let event = match key as u32 & 3 {
        0 => Event::Tick(value),
        1 => Event::Arrival,
        2 => Event::Departure,
        _ => Event::End(value),
    };
    ((key >> 64) as u64, event)
}

/// The heap of the standard library.
pub struct Std {
    heap: BinaryHeap<Reverse<u128>>,
    booked: u32,
}

impl Queue for Std {
    type Booking = ();

    fn with_capacity(events: usize) -> Self {
        Self { heap: BinaryHeap::with_capacity(events), booked: 0 }
    }

    #[inline]
    fn book(&mut self, at: u64, event: Event) {
        self.booked = self.booked.wrapping_add(1);
        self.heap.push(Reverse(key(at, self.booked, event)));
    }

    fn cancel(&mut self, _: ()) {}

    #[inline]
    fn take(&mut self, until: u64) -> Option<(u64, Event)> {
        let (at, event) = self.heap.pop().map(|first| parts(first.0))?;
        (at <= until).then_some((at, event))
    }
}

/// Four children in one cache line, the last place of a line never the first child: those of place `p` begin at `4 (p − 2)`.
pub struct Tight {
    lines: Vec<Line>,
    used: usize,
    hole: bool,
    booked: u32,
}

#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([u128; 4]);

const ROOT: usize = 3;
const NOTHING: u128 = u128::MAX;

impl Tight {
    #[inline(always)]
    fn base(&mut self) -> *mut u128 {
        self.lines.as_mut_ptr().cast()
    }

    /// Where the hole at `place` comes to rest when it sinks as far as `key` allows.
    #[inline(always)]
    fn sink(&mut self, mut place: usize, key: u128) -> usize {
        let (count, base) = (self.lines.len(), self.base());
        while place - 2 < count {
            // Safety: the line of the children was tested, and `place` lies in an earlier line.
            unsafe {
                let child = base.add(4 * (place - 2));
                let (a, b, c, d) = (*child, *child.add(1), *child.add(2), *child.add(3));
                let (i, x) = if b < a { (1, b) } else { (0, a) };
                let (j, y) = if d < c { (3, d) } else { (2, c) };
                let (k, least) = if y < x { (j, y) } else { (i, x) };
                if key <= least {
                    break;
                }
                *base.add(place) = least;
                place = 4 * (place - 2) + k;
            }
        }
        place
    }

    #[inline(always)]
    fn rise(&mut self, mut place: usize, key: u128) {
        let base = self.base();
        // Safety: `place` is in use, and a parent stands before its child.
        unsafe {
            while place > ROOT && *base.add(place / 4 + 2) > key {
                *base.add(place) = *base.add(place / 4 + 2);
                place = place / 4 + 2;
            }
            *base.add(place) = key;
        }
    }

    #[inline(always)]
    fn close(&mut self) {
        self.used -= 1;
        let last = ROOT + self.used;
        // Safety: the last place in use.
        let key = unsafe { std::mem::replace(&mut *self.base().add(last), NOTHING) };
        if self.used > 0 {
            // To a leaf: no key is larger than the largest but one.
            let leaf = self.sink(ROOT, NOTHING);
            self.rise(leaf, key);
        }
    }
}

impl Queue for Tight {
    type Booking = ();

    fn with_capacity(events: usize) -> Self {
        let mut lines = Vec::with_capacity(events / 4 + 2);
        lines.push(Line([NOTHING; 4]));
        Self { lines, used: 0, hole: false, booked: 0 }
    }

    #[inline(always)]
    fn book(&mut self, at: u64, event: Event) {
        self.booked = self.booked.wrapping_add(1);
        let key = key(at, self.booked, event);
        if std::mem::take(&mut self.hole) {
            let place = self.sink(ROOT, key);
            // Safety: the hole was at a place in use.
            unsafe { *self.base().add(place) = key };
            return;
        }
        let place = ROOT + self.used;
        self.used += 1;
        if place >= 4 * self.lines.len() {
            self.lines.push(Line([NOTHING; 4]));
        }
        self.rise(place, key);
    }

    fn cancel(&mut self, _: ()) {}

    #[inline(always)]
    fn take(&mut self, until: u64) -> Option<(u64, Event)> {
        if std::mem::take(&mut self.hole) {
            self.close();
        }
        let first = self.lines[0].0[ROOT];
        if first == NOTHING {
            return None;
        }
        self.hole = true;
        let (at, event) = parts(first);
        (at <= until).then_some((at, event))
    }
}
