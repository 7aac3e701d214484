//! The agenda: what is booked for when.
//!
//! A [`Queue`] of keys over a slab of events. A key is `moment | number of the booking | slot` in 16 bytes, so that order is one
//! comparison. Keys alone move when the heap does; an event stays in its slot until it is taken.
//!
//! A cancelled booking gives its event back at once; its key stays, worthless, and is dropped when it comes first, or with all
//! others of its kind when they outnumber the bookings that stand. Booking, cancelling and taking cost O(log n) (cancelling:
//! amortised), looking ahead O(1); nothing is allocated once heap and slab have grown to the largest number of bookings.
//!
//! Units: moments in nanoseconds since the start of the run.
//!
//! Invariants: earlier means a smaller moment or, at one moment, a smaller number (first come, first served); the first key of
//! the heap is that of a booking that stands. Twin for tests: a sorted list.

use std::hint::black_box;

use crate::kernel::queue::Queue;
use crate::units::Timestamp;

/// Events that are booked for a moment.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    keys: Queue,
    slots: Vec<Slot<E>>,
    /// First of the vacant slots; as many as there are slots when none is.
    vacant: u32,
    booked_count: u64,
    /// Keys of cancelled bookings.
    dead_count: usize,
}

/// Names one booking for as long as it stands; worthless, and harmless, after the event was taken or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Booking {
    number: u64,
    slot: u32,
}

#[derive(Clone, Debug)]
struct Slot<E> {
    /// Number of the booking that lives here; of a vacant slot, the next vacant one.
    number: u64,
    event: Option<E>,
}

/// 10¹² bookings in one run, a day of nothing else; 16 million that stand at a time.
const NUMBER_BITS: u32 = 40;
const SLOT_BITS: u32 = 24;

impl Booking {
    #[inline]
    fn key(self, at: Timestamp) -> u128 {
        u128::from(at.ns()) << 64 | u128::from(self.number << SLOT_BITS | u64::from(self.slot))
    }

    #[inline]
    fn of(key: u128) -> Self {
        let low = key as u64;
        Self { number: low >> SLOT_BITS, slot: low as u32 & ((1 << SLOT_BITS) - 1) }
    }
}

#[inline]
fn moment(key: u128) -> Timestamp {
    Timestamp::from_ns((key >> 64) as u64)
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<E> Agenda<E> {
    pub fn new() -> Self {
        Self::default()
    }

    /// With room for so many bookings at a time; it grows beyond that if need be.
    pub fn with_capacity(bookings: usize) -> Self {
        let (keys, slots) = (Queue::with_capacity(bookings), Vec::with_capacity(bookings));
        Self { keys, slots, vacant: 0, booked_count: 0, dead_count: 0 }
    }

    /// Books `event` for `at`. A moment that is over already is due at once.
    #[inline]
    pub fn book(&mut self, at: Timestamp, event: E) -> Booking {
        let number = self.booked_count;
        assert!(number >> NUMBER_BITS == 0, "a run has fewer than 2^{NUMBER_BITS} bookings");
        self.booked_count += 1;
        let slot = self.vacant;
        let home = Slot { number, event: Some(event) };
        match self.slots.get_mut(slot as usize) {
            Some(vacant) => {
                self.vacant = vacant.number as u32;
                *vacant = home;
            }
            None => self.add_slot(home),
        }
        let booking = Booking { number, slot };
        self.keys.push(booking.key(at));
        booking
    }

    #[cold]
    #[inline(never)]
    fn add_slot(&mut self, home: Slot<E>) {
        assert!(self.vacant >> SLOT_BITS == 0, "fewer than 2^{SLOT_BITS} bookings stand at a time");
        self.slots.push(home);
        self.vacant += 1;
    }

    /// Takes a booking out and gives its event back; `None` when it was taken or cancelled before.
    pub fn cancel(&mut self, booking: Booking) -> Option<E> {
        let home = self.slots.get_mut(booking.slot as usize).filter(|home| home.number == booking.number)?;
        let event = home.event.take()?;
        self.leave(booking.slot);
        self.dead_count += 1;
        self.drop_dead();
        Some(event)
    }

    /// Moment of the first event.
    #[inline]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.keys.first().map(moment)
    }

    /// Takes the first event, if its moment has come.
    #[inline]
    pub fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, E)> {
        let slots = &self.slots;
        let key = self.keys.pop_until(now.ns(), |key| {
            // Slots lie far apart in a large slab; many misses at a time cost little more than one.
            black_box(slots[Booking::of(key).slot as usize].number);
        })?;
        let slot = Booking::of(key).slot;
        let event = self.slots[slot as usize].event.take()?;
        self.leave(slot);
        if self.dead_count > 0 {
            self.drop_dead();
        }
        Some((moment(key), event))
    }

    pub fn len(&self) -> usize {
        self.keys.len() - self.dead_count
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes the slot, whose event was taken, the first of the vacant ones.
    #[inline]
    fn leave(&mut self, slot: u32) {
        self.slots[slot as usize].number = u64::from(self.vacant);
        self.vacant = slot;
    }

    /// Drops dead keys until a standing booking is the first; all of them when they are the majority.
    fn drop_dead(&mut self) {
        let stands = |key| {
            let Booking { number, slot } = Booking::of(key);
            let home = &self.slots[slot as usize];
            home.number == number && home.event.is_some()
        };
        if self.dead_count > self.keys.len() / 2 {
            self.keys.retain(stands);
            self.dead_count = 0;
        }
        while self.dead_count > 0 && self.keys.first().is_some_and(|key| !stands(key)) {
            self.keys.pop_until(u64::MAX, |_| {});
            self.dead_count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: u64) -> Timestamp {
        Timestamp::from_ns(ns)
    }

    #[test]
    fn at_one_moment_first_come_is_first_served() {
        let mut agenda = Agenda::new();
        for (moment, name) in [(5, 'c'), (3, 'a'), (5, 'd'), (3, 'b'), (9, 'e')] {
            agenda.book(at(moment), name);
        }
        let order: String = std::iter::from_fn(|| agenda.pop_due(at(8))).map(|(_, name)| name).collect();
        assert_eq!(order, "abcd");
        assert_eq!((agenda.next_due(), agenda.len()), (Some(at(9)), 1));
    }

    #[test]
    fn a_spent_booking_does_not_touch_the_one_that_took_its_slot() {
        let mut agenda = Agenda::new();
        let spent = agenda.book(at(1), "first");
        assert_eq!(agenda.pop_due(at(1)), Some((at(1), "first")));
        assert_eq!(agenda.cancel(spent), None);
        let standing = agenda.book(at(2), "second");
        assert_eq!(agenda.cancel(spent), None);
        assert_eq!(agenda.cancel(standing), Some("second"));
        assert_eq!(agenda.cancel(standing), None);
        assert!(agenda.is_empty());
    }

    /// So many that most keys lie on piles, and so many cancelled that keys are dropped at the front and by majority.
    #[test]
    fn a_large_agenda_gives_what_was_not_cancelled_in_order() {
        let mut agenda = Agenda::new();
        let moment = |name: u64| name * 48_271 % 65_537 * 1_000;
        let bookings: Vec<Booking> = (0..60_000).map(|name| agenda.book(at(moment(name)), name)).collect();
        let is_cancelled = |name: u64| name.is_multiple_of(3) || moment(name) < 10_000_000;
        for name in (0..60_000).filter(|name| is_cancelled(*name)) {
            assert_eq!(agenda.cancel(bookings[name as usize]), Some(name));
        }
        let mut sorted: Vec<(u64, u64)> =
            (0..60_000).filter(|name| !is_cancelled(*name)).map(|name| (moment(name), name)).collect();
        sorted.sort_unstable();
        assert_eq!(agenda.len(), sorted.len());
        for (moment, name) in sorted {
            assert_eq!(agenda.next_due(), Some(at(moment)));
            assert_eq!(agenda.pop_due(Timestamp::NEVER), Some((at(moment), name)));
        }
        assert!(agenda.is_empty());
    }

    #[derive(Clone, Debug)]
    enum Action {
        Book(u64),
        Cancel(usize),
        Pop(u64),
    }

    fn actions() -> impl Strategy<Value = Vec<Action>> {
        let action = prop_oneof![
            4 => (0_u64..40).prop_map(Action::Book),
            1 => any::<usize>().prop_map(Action::Cancel),
            2 => (0_u64..40).prop_map(Action::Pop),
        ];
        prop::collection::vec(action, 1..300)
    }

    proptest! {
        /// The twin is a list that is searched from end to end.
        #[test]
        fn the_heap_equals_a_list(actions in actions()) {
            let mut agenda = Agenda::new();
            let mut list: Vec<(u64, usize)> = Vec::new();
            let mut bookings = Vec::new();
            for action in actions {
                match action {
                    Action::Book(moment) => {
                        list.push((moment, bookings.len()));
                        bookings.push(agenda.book(at(moment), bookings.len()));
                    }
                    Action::Cancel(pick) if !bookings.is_empty() => {
                        let name = pick % bookings.len();
                        let stood = list.iter().position(|entry| entry.1 == name).map(|place| list.remove(place).1);
                        prop_assert_eq!(agenda.cancel(bookings[name]), stood);
                    }
                    Action::Cancel(_) => {}
                    Action::Pop(now) => {
                        let due = list.iter().copied().min().filter(|entry| entry.0 <= now);
                        list.retain(|entry| Some(*entry) != due);
                        prop_assert_eq!(agenda.pop_due(at(now)), due.map(|(moment, name)| (at(moment), name)));
                    }
                }
                prop_assert_eq!(agenda.len(), list.len());
                prop_assert_eq!(agenda.next_due(), list.iter().min().map(|entry| at(entry.0)));
                prop_assert!(agenda.dead_count <= agenda.len());
            }
        }
    }
}
