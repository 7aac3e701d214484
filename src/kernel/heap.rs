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

/// From so many lines on a heap does not fit into the cache of a core (512 KiB): grandchildren are fetched ahead.
const FAR: usize = 8192;

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

    /// Takes the least key.
    #[inline]
    pub fn pop(&mut self) -> Option<u128> {
        if self.hole {
            self.close();
        }
        let first = self.lines[0].0[ROOT];
        if first == NOTHING {
            return None;
        }
        self.hole = true;
        Some(first)
    }

    #[inline]
    pub fn push(&mut self, key: u128) {
        if self.hole {
            self.hole = false;
            self.sink(ROOT, key);
            return;
        }
        let place = ROOT + self.used;
        self.used += 1;
        if place >= self.lines.len() * 4 {
            self.lines.push(Line::EMPTY);
        }
        self.rise(place, key);
    }

    /// Keeps the keys that `keep` wants, in O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(u128) -> bool) {
        let from = ROOT + usize::from(self.hole);
        let mut end = ROOT;
        for place in from..ROOT + self.used {
            let key = self.at(place);
            if keep(key) {
                self.put(end, key);
                end += 1;
            }
        }
        for place in end..ROOT + self.used {
            self.put(place, NOTHING);
        }
        (self.used, self.hole) = (end - ROOT, false);
        for place in (ROOT..=end / 4 + 2).rev() {
            self.sink(place, self.at(place));
        }
    }

    /// Fills the hole with the last key: the hole goes down to a leaf, always to the least child, and the key, which came from
    /// a leaf, has a short way up.
    fn close(&mut self) {
        self.hole = false;
        self.used -= 1;
        let last = ROOT + self.used;
        let key = self.at(last);
        self.put(last, NOTHING);
        if self.used == 0 {
            return;
        }
        let mut place = ROOT;
        while let Some(line) = self.lines.get(place - 2) {
            self.look_ahead(place - 2);
            let (child, least) = line.least();
            if least == NOTHING {
                break;
            }
            self.put(place, least);
            place = (place - 2) * 4 + child;
        }
        self.rise(place, key);
    }

    #[inline]
    fn sink(&mut self, mut place: usize, key: u128) {
        while let Some(line) = self.lines.get(place - 2) {
            self.look_ahead(place - 2);
            let (child, least) = line.least();
            if key <= least {
                break;
            }
            self.put(place, least);
            place = (place - 2) * 4 + child;
        }
        self.put(place, key);
    }

    #[inline]
    fn rise(&mut self, mut place: usize, key: u128) {
        while place > ROOT {
            let parent = place / 4 + 2;
            let above = self.at(parent);
            if above <= key {
                break;
            }
            self.put(place, above);
            place = parent;
        }
        self.put(place, key);
    }

    /// Reads the children of the four keys of `line`, which are neighbours, before it is known which are needed: the misses of
    /// two levels then overlap.
    #[inline]
    fn look_ahead(&self, line: usize) {
        if self.lines.len() > FAR
            && let Some(children) = self.lines.get(4 * line - 2..4 * line + 2)
        {
            for child in children {
                std::hint::black_box(child.0[0] as u32);
            }
        }
    }

    #[inline]
    fn at(&self, place: usize) -> u128 {
        self.lines[place / 4].0[place % 4]
    }

    #[inline]
    fn put(&mut self, place: usize, key: u128) {
        self.lines[place / 4].0[place % 4] = key;
    }
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
                    Action::Pop => prop_assert_eq!(heap.pop(), list.pop_first()),
                    Action::Retain(divisor) => {
                        heap.retain(|key| key % divisor != 0);
                        list.retain(|key| key % divisor != 0);
                    }
                }
                prop_assert_eq!((heap.len(), heap.first()), (list.len(), list.first().copied()));
            }
        }
    }

    /// Large enough to be looked ahead in, and for two pops in a row on every depth.
    #[test]
    fn a_large_heap_sorts() {
        let mut heap = Heap::with_capacity(60_000);
        for key in 0..60_000_u128 {
            heap.push(key * 48_271 % 65_537);
        }
        let mut sorted: Vec<u128> = (0..60_000).map(|key| key * 48_271 % 65_537).collect();
        sorted.sort_unstable();
        assert!(heap.lines.len() > FAR);
        assert!(sorted.into_iter().all(|key| heap.pop() == Some(key)));
        assert_eq!((heap.pop(), heap.len()), (None, 0));
    }
}
