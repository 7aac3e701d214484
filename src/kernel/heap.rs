//! A heap of four children per node, on keys of 16 bytes.
//!
//! ```text
//!  line 0   line 1          line 2          line 3
//!  · · · r  a  b  c  d      children of a   children of b  …       the children of place p are line p − 2
//! ```
//!
//! The root stands at the end of line 0, so that four children are one cache line: a level costs one miss. Places that are
//! not in use hold the largest key, so that the least of four children needs no test of bounds.
//!
//! Taking the first key only leaves a hole at the root. What is pushed next fills it and sinks once; a simulation, which takes
//! an event and books the next, pays for one way through the heap and not for two.
//!
//! Invariants: a key is never less than its parent, the hole being less than all; keys are unique and below [`NOTHING`].
//! Cost: O(log n); [`Heap::first`] O(1). Source: d-ary heaps, Johnson 1975. Twin for tests: a sorted list.

/// What stands where no key stands; not a key itself.
pub(super) const NOTHING: u128 = u128::MAX;

/// A priority queue: the least key first.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    lines: Vec<Line>,
    /// Places in use, the hole included.
    used: usize,
    hole: bool,
}

/// Four brothers: one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u128; 4]);

const ROOT: usize = 3;

impl Line {
    const EMPTY: Line = Line([NOTHING; 4]);

    /// Which is least, and its key.
    #[inline]
    fn least(&self) -> (usize, u128) {
        let [a, b, c, d] = self.0;
        let left = if b < a { (1, b) } else { (0, a) };
        let right = if d < c { (3, d) } else { (2, c) };
        if right.1 < left.1 { right } else { left }
    }
}

impl Heap {
    /// With room for `keys` keys.
    pub fn with_capacity(keys: usize) -> Self {
        let mut lines = Vec::with_capacity(keys / 4 + 2);
        lines.push(Line::EMPTY);
        Self { lines, used: 0, hole: false }
    }

    pub fn len(&self) -> usize {
        self.used - usize::from(self.hole)
    }

    /// The least key.
    #[inline]
    pub fn first(&self) -> Option<u128> {
        let key =
            if self.hole { self.lines.get(1).map_or(NOTHING, |line| line.least().1) } else { self.lines[0].0[ROOT] };
        (key != NOTHING).then_some(key)
    }

    /// Takes the least key, if its upper half is at most `until`.
    #[inline]
    pub fn pop_until(&mut self, until: u64) -> Option<u128> {
        if self.hole {
            self.close();
        }
        let first = self.lines[0].0[ROOT];
        if self.used == 0 || (first >> 64) as u64 > until {
            return None;
        }
        self.hole = true;
        Some(first)
    }

    #[inline]
    pub fn push(&mut self, key: u128) {
        if self.hole {
            self.hole = false;
            let place = sink(&mut self.lines, ROOT, key);
            put(&mut self.lines, place, key);
            return;
        }
        let place = ROOT + self.used;
        self.used += 1;
        if place >= self.lines.len() * 4 {
            self.add_line();
        }
        rise(&mut self.lines, place, key);
    }

    #[cold]
    #[inline(never)]
    fn add_line(&mut self) {
        self.lines.push(Line::EMPTY);
    }

    /// Keeps the keys that `keep` wants, in O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(u128) -> bool) {
        let lines = &mut self.lines[..];
        let mut end = ROOT;
        for place in ROOT + usize::from(self.hole)..ROOT + self.used {
            let key = at(lines, place);
            if keep(key) {
                put(lines, end, key);
                end += 1;
            }
        }
        for place in end..ROOT + self.used {
            put(lines, place, NOTHING);
        }
        (self.used, self.hole) = (end - ROOT, false);
        for place in (ROOT..=end / 4 + 2).rev() {
            let key = at(lines, place);
            let rest = sink(lines, place, key);
            put(lines, rest, key);
        }
    }

    /// Fills the hole with the last key: the hole goes down to a leaf, always to the least child, and the key, which came from
    /// a leaf, has a short way up.
    #[inline(never)]
    fn close(&mut self) {
        self.hole = false;
        self.used -= 1;
        let last = ROOT + self.used;
        let lines = &mut self.lines[..];
        let key = at(lines, last);
        put(lines, last, NOTHING);
        if self.used > 0 {
            let leaf = sink(lines, ROOT, NOTHING);
            rise(lines, leaf, key);
        }
    }
}

#[inline]
fn at(lines: &[Line], place: usize) -> u128 {
    lines[place / 4].0[place % 4]
}

#[inline]
fn put(lines: &mut [Line], place: usize, key: u128) {
    lines[place / 4].0[place % 4] = key;
}

/// Lets the hole at `place` sink while a child is less than `key`, and returns where it comes to rest.
#[inline]
fn sink(lines: &mut [Line], mut place: usize, key: u128) -> usize {
    while let Some(children) = lines.get(place - 2) {
        let (child, least) = children.least();
        if key <= least {
            break;
        }
        put(lines, place, least);
        place = (place - 2) * 4 + child;
    }
    place
}

/// Puts `key` where the hole at `place` comes to rest when it rises.
#[inline]
fn rise(lines: &mut [Line], mut place: usize, key: u128) {
    while place > ROOT {
        let parent = place / 4 + 2;
        let above = at(lines, parent);
        if above <= key {
            break;
        }
        put(lines, place, above);
        place = parent;
    }
    put(lines, place, key);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Action {
        Push(u128),
        Pop,
        Retain(u128),
    }

    fn actions() -> impl Strategy<Value = Vec<Action>> {
        let action = prop_oneof![
            6 => (0_u128..10_000).prop_map(Action::Push),
            4 => Just(Action::Pop),
            1 => (2_u128..4).prop_map(Action::Retain),
        ];
        prop::collection::vec(action, 1..400)
    }

    proptest! {
        #[test]
        fn the_heap_equals_a_sorted_list(actions in actions()) {
            let (mut heap, mut list) = (Heap::with_capacity(0), BTreeSet::new());
            for action in actions {
                match action {
                    Action::Push(key) => if list.insert(key) { heap.push(key) },
                    Action::Pop => prop_assert_eq!(heap.pop_until(u64::MAX), list.pop_first()),
                    Action::Retain(divisor) => {
                        heap.retain(|key| key % divisor != 0);
                        list.retain(|key| key % divisor != 0);
                    }
                }
                prop_assert_eq!((heap.len(), heap.first()), (list.len(), list.first().copied()));
            }
        }
    }

    /// Two pops in a row on every depth.
    #[test]
    fn a_large_heap_sorts() {
        let mut heap = Heap::with_capacity(60_000);
        for key in 0..60_000_u128 {
            heap.push(key * 48_271 % 65_537);
        }
        let mut sorted: Vec<u128> = (0..60_000).map(|key| key * 48_271 % 65_537).collect();
        sorted.sort_unstable();
        assert!(heap.lines.len() > 10_000);
        assert!(sorted.into_iter().all(|key| heap.pop_until(u64::MAX) == Some(key)));
        assert_eq!((heap.pop_until(u64::MAX), heap.len()), (None, 0));
    }
}
