//! The agenda: what is booked for when.
//!
//! A heap of four children per node over a slab of events. The heap holds `(moment, number of the booking, slot)`; each slot
//! knows its place in the heap, so that a booking can be taken out of the middle. Booking, cancelling and taking cost
//! O(log n), looking ahead O(1); nothing is allocated once heap and slab have grown to the largest number of bookings.
//!
//! Units: moments in nanoseconds since the start of the run.
//!
//! Invariants: a node is never earlier than its parent, where earlier means a smaller moment or, at one moment, a smaller
//! number (first come, first served); `slots[heap[i].slot].place == i`.
//!
//! Source: d-ary heaps, Johnson 1975; four children fill a cache line better than two. Twin for tests: a sorted list.

use crate::units::Timestamp;

/// Events that are booked for a moment.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: Vec<Entry>,
    slots: Vec<Slot<E>>,
    free: Vec<u32>,
    booked_count: u64,
}

/// Names one booking for as long as it stands; worthless, and harmless, after the event was taken or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Booking {
    slot: u32,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Timestamp,
    number: u64,
    slot: u32,
}

#[derive(Clone, Debug)]
struct Slot<E> {
    place: u32,
    /// Number of the booking that lives here.
    number: u64,
    event: Option<E>,
}

const CHILDREN: usize = 4;

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: Vec::new(), slots: Vec::new(), free: Vec::new(), booked_count: 0 }
    }
}

impl<E> Agenda<E> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Books `event` for `at`. A moment that is over already is due at once.
    pub fn book(&mut self, at: Timestamp, event: E) -> Booking {
        let number = self.booked_count;
        self.booked_count += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { place: 0, number, event: None });
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 bookings stand at a time")
        });
        let home = &mut self.slots[slot as usize];
        home.number = number;
        home.event = Some(event);
        self.heap.push(Entry { at, number, slot });
        self.rise(self.heap.len() - 1);
        Booking { slot, number }
    }

    /// Takes a booking out and gives its event back; `None` when it was taken or cancelled before.
    pub fn cancel(&mut self, booking: Booking) -> Option<E> {
        let slot = self.slots.get(booking.slot as usize)?;
        if slot.number != booking.number || slot.event.is_none() {
            return None;
        }
        self.take_out(slot.place as usize).map(|(_, event)| event)
    }

    /// Moment of the first event.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.heap.first().map(|entry| entry.at)
    }

    /// Takes the first event, if its moment has come.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, E)> {
        if self.next_due()? > now {
            return None;
        }
        self.take_out(0)
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }

    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Removes the entry at `place` of the heap.
    fn take_out(&mut self, place: usize) -> Option<(Timestamp, E)> {
        let entry = self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.sink(place);
            self.rise(place);
        }
        self.free.push(entry.slot);
        let event = self.slots[entry.slot as usize].event.take()?;
        Some((entry.at, event))
    }

    fn rise(&mut self, mut place: usize) {
        let entry = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / CHILDREN;
            if self.heap[parent] <= entry {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
    }

    fn sink(&mut self, mut place: usize) {
        let entry = self.heap[place];
        loop {
            let first = place * CHILDREN + 1;
            let children = first..(first + CHILDREN).min(self.heap.len());
            let Some(least) = children.min_by_key(|child| self.heap[*child]) else { break };
            if self.heap[least] >= entry {
                break;
            }
            self.put(place, self.heap[least]);
            place = least;
        }
        self.put(place, entry);
    }

    fn put(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.slots[entry.slot as usize].place = place as u32;
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
                for (place, entry) in agenda.heap.iter().enumerate() {
                    prop_assert_eq!(agenda.slots[entry.slot as usize].place as usize, place);
                }
            }
        }
    }
}
