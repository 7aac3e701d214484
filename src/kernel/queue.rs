//! A priority queue of keys of 16 bytes that stays fast when it is large.
//!
//! ```text
//!  near: a heap, small enough for the cache  │  far: unsorted piles, each twice as wide as the one before
//!  ──────────────────────────────────── horizon ──── 2ⁿ ──────── 2ⁿ⁺¹ ──────────────── 2ⁿ⁺² ──────────────────────────▶
//! ```
//!
//! A small queue is the heap alone. When the heap outgrows [`NEAR_MAX`], its later keys are laid on piles, by the highest bit in
//! which a key differs from `base`. When the heap runs empty, the nearest piles are put into it; one that is too large is laid
//! down again first, by its own least key, on nearer piles. A key is moved a few times at most, always in the order of memory, which
//! costs less than one miss in each level of a large heap.
//!
//! Unlike in a radix heap a key may be less than one that was taken before: it goes into the heap.
//!
//! Invariants: a key in the heap is below the horizon, every other is not, and above `base`; the heap is empty only if the queue
//! is. Keys are unique and below [`NOTHING`]. Cost: O(log n), amortised; [`Queue::first`] O(1).
//! Source: radix heaps, Ahuja, Mehlhorn, Orlin, Tarjan 1990. Twin for tests: a sorted list.

use crate::kernel::heap::{Heap, NOTHING};

/// A priority queue: the least key first.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    near: Heap,
    /// Keys from here on lie on piles; [`NOTHING`] when there are none.
    horizon: u128,
    base: u128,
    /// By bit; none before they are needed.
    piles: Vec<Vec<u128>>,
    /// Bits whose piles hold keys.
    filled: u128,
    piled_count: usize,
    /// So many keys in the heap are too many.
    near_max: usize,
}

/// Keys in the heap before piles are made: 256 KiB.
const NEAR_MAX: usize = 1 << 14;

/// Keys that are put into the empty heap at most.
const FILL: usize = 1 << 10;

/// Keys after which a pile that is laid down again gives memory back.
const PIECE: usize = 1 << 14;

impl Queue {
    pub fn with_capacity(keys: usize) -> Self {
        Self {
            near: Heap::with_capacity(keys.min(NEAR_MAX + 1)),
            horizon: NOTHING,
            base: 0,
            piles: Vec::new(),
            filled: 0,
            piled_count: 0,
            near_max: NEAR_MAX,
        }
    }

    pub fn len(&self) -> usize {
        self.near.len() + self.piled_count
    }

    /// The least key.
    #[inline]
    pub fn first(&self) -> Option<u128> {
        self.near.first()
    }

    /// Takes the least key, if its upper half is at most `until`. `coming` is told of many keys at a time that will be the least ones soon, so that
    /// what belongs to them can be fetched at leisure.
    #[inline]
    pub fn pop_until(&mut self, until: u64, coming: impl FnMut(u128)) -> Option<u128> {
        let first = self.near.pop_until(until)?;
        if self.piled_count > 0 && self.near.len() == 0 {
            self.bring_near(coming);
        }
        Some(first)
    }

    #[inline]
    pub fn push(&mut self, key: u128) {
        if key >= self.horizon {
            return self.lay(key);
        }
        self.near.push(key);
        if self.near.len() > self.near_max {
            self.lay_later_half();
        }
    }

    /// Keeps the keys that `keep` wants, in O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(u128) -> bool) {
        self.near.retain(&mut keep);
        self.piled_count = 0;
        for (bit, pile) in self.piles.iter_mut().enumerate() {
            pile.retain(|key| keep(*key));
            self.piled_count += pile.len();
            self.filled &= !(u128::from(pile.is_empty()) << bit);
        }
        if self.near.len() == 0 {
            self.bring_near(|_| {});
        }
    }

    #[inline(never)]
    fn lay(&mut self, key: u128) {
        let bit = (key ^ self.base).ilog2();
        self.piles[bit as usize].push(key);
        self.filled |= 1 << bit;
        self.piled_count += 1;
    }

    /// Where the piles from `bit` on begin.
    fn begin(&self, bit: u32) -> u128 {
        let nearer = 1_u128.checked_shl(bit).map_or(u128::MAX, |width| width - 1);
        (self.base | nearer).saturating_add(1)
    }

    /// Lays the later half of a heap that is too large on piles; less, where the border of a pile does not lie in the middle.
    #[cold]
    fn lay_later_half(&mut self) {
        let Some(first) = self.near.first() else { return };
        self.piles.resize_with(128, Vec::new);
        if self.filled == 0 {
            self.base = first;
        }
        let mut keys = Vec::with_capacity(self.near.len());
        self.near.retain(|key| {
            keys.push(key);
            false
        });
        let middle = *keys.select_nth_unstable(self.near_max / 2).1;
        let bit = if middle > self.base { (middle ^ self.base).ilog2() } else { 0 };
        let border = if self.begin(bit) > first { self.begin(bit) } else { self.begin(bit + 1) };
        self.horizon = self.horizon.min(border);
        for key in keys {
            if key < self.horizon { self.near.push(key) } else { self.lay(key) }
        }
        // Where little could be laid down the next attempt can wait.
        self.near_max = NEAR_MAX.max(2 * self.near.len());
    }

    /// Fills the empty heap.
    #[cold]
    fn bring_near(&mut self, mut coming: impl FnMut(u128)) {
        while self.filled != 0 {
            let bit = self.filled.trailing_zeros();
            let count = self.piles[bit as usize].len();
            if self.near.len() > 0 && self.near.len() + count > FILL {
                break;
            }
            self.filled ^= 1 << bit;
            self.piled_count -= count;
            let mut pile = std::mem::take(&mut self.piles[bit as usize]);
            if count > FILL {
                self.lay_nearer(pile);
                continue;
            }
            self.horizon = self.begin(bit + 1);
            for key in pile.drain(..) {
                coming(key);
                self.near.push(key);
            }
            self.piles[bit as usize] = pile;
        }
        if self.filled == 0 {
            self.horizon = NOTHING;
        }
        self.near_max = NEAR_MAX;
    }

    /// Puts the least key of what was the nearest pile into the heap, and lays the others by their distance from it.
    fn lay_nearer(&mut self, mut pile: Vec<u128>) {
        self.base = pile.iter().copied().min().unwrap_or(self.base);
        self.horizon = self.base + 1;
        while let Some(key) = pile.pop() {
            if key == self.base {
                self.near.push(key)
            } else {
                self.lay(key)
            }
            if pile.len().is_multiple_of(PIECE) {
                pile.shrink_to_fit();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Action {
        /// So many keys, from one and so far apart, in a scattered order.
        Push(u128, u128, usize),
        Pop(usize),
        Retain(u128),
    }

    fn actions() -> impl Strategy<Value = Vec<Action>> {
        let push = (0_u128..1 << 20, 1_u128..50, 1_usize..2 * NEAR_MAX);
        let action = prop_oneof![
            4 => push.prop_map(|(from, apart, count)| Action::Push(from, apart, count)),
            3 => (1_usize..4 * NEAR_MAX).prop_map(Action::Pop),
            1 => (2_u128..4).prop_map(Action::Retain),
        ];
        prop::collection::vec(action, 1..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_queue_with_piles_equals_a_sorted_list(actions in actions()) {
            let (mut queue, mut list) = (Queue::with_capacity(0), BTreeSet::new());
            for action in actions {
                match action {
                    Action::Push(from, apart, count) => for place in 0..count {
                        let key = from + apart * (place * 48_271 % count) as u128;
                        if list.insert(key) {
                            queue.push(key);
                        }
                    },
                    Action::Pop(count) => for _ in 0..count {
                        prop_assert_eq!(queue.first(), list.first().copied());
                        prop_assert_eq!(queue.pop_until(u64::MAX, |_| {}), list.pop_first());
                    },
                    Action::Retain(divisor) => {
                        queue.retain(|key| key % divisor != 0);
                        list.retain(|key| key % divisor != 0);
                    }
                }
                prop_assert_eq!((queue.len(), queue.first()), (list.len(), list.first().copied()));
                let filled: Vec<bool> = queue.piles.iter().map(|pile| !pile.is_empty()).collect();
                prop_assert!(filled.iter().enumerate().all(|(bit, is_filled)| *is_filled == (queue.filled >> bit & 1 == 1)));
            }
        }
    }
}
