//! The luck of one replication: streams by name, and moves that change a part of it.
//!
//! A *move* replaces some of the numbers and leaves the law of all of them as it was, so that a Markov chain can walk
//! through the luck of a scenario. The search for rare events (`planner::rare`) lives on it; everything else has no moves, and
//! the plain numbers of `random.rs`.
//!
//! ```text
//! in a row      u ↦ Φ(√(1 − s²) · Φ⁻¹(u) + s · ξ)     every number; ξ a fresh standard normal number
//! by address    blocks of 64 neighbours drawn anew     s² of the blocks
//! ```
//!
//! Both are reversible with regard to independent uniform numbers (of two normal numbers with correlation √(1 − s²) either may
//! have been the first). The step s goes from timid, which keeps a luck that is far out already, to 1, which forgets it. What a
//! move does to a number hangs on its seed and step, the name of the stream and the place of the number and on nothing else,
//! so that a moved luck can be drawn again from its moves alone.
//!
//! Precision: a number comes in steps of 2⁻⁵³, so a single draw rarer than about 10⁻¹⁴ does not occur. Source: the step is the
//! preconditioned Crank–Nicolson proposal, Cotter, Roberts, Stuart, White 2013; for rare events, Papaioannou et al. 2015.

use std::sync::Arc;

use super::random::{Keyed, RandomStream, finish, open_unit, stream_key};
use super::special::{normal_probability, normal_quantile};

/// What a replication draws its random numbers from.
#[derive(Clone, Debug, PartialEq)]
pub struct Luck {
    pub seed: u64,
    pub replication: u64,
    /// Oldest first. `None`: as it was drawn.
    moves: Option<Arc<[Move]>>,
}

impl Luck {
    pub fn new(seed: u64, replication: u64) -> Luck {
        Luck { seed, replication, moves: None }
    }

    /// The same luck after one move more.
    pub fn moved(&self, own: Move) -> Luck {
        Luck { moves: Some(self.moves().chain([own]).collect()), ..*self }
    }

    /// Oldest first.
    pub fn moves(&self) -> impl Iterator<Item = Move> {
        self.moves.iter().flat_map(|moves| moves.iter().copied())
    }

    /// Numbers one after another, under this name.
    pub fn stream(&self, name: &str) -> RandomStream {
        RandomStream::named(self.seed, self.replication, name).with(self.twist(name))
    }

    /// Numbers by address, under this name.
    pub fn keyed(&self, name: &str) -> Keyed {
        Keyed::named(self.seed, self.replication, name).with(self.twist(name))
    }

    fn twist(&self, name: &str) -> Option<Twist> {
        let moves = self.moves.clone()?;
        Some(Twist { moves, stream: stream_key(name) })
    }
}

/// One move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    pub seed: u64,
    /// From 0, nothing changes, to 1, everything does.
    pub step: f64,
}

/// Neighbouring addresses that are drawn anew together.
const BLOCK: u64 = 64;

impl Move {
    /// The fresh numbers of this move for a stream.
    fn fresh(self, stream: [u64; 2]) -> Keyed {
        Keyed::of([finish(stream[0] ^ self.seed), finish(stream[1].wrapping_add(self.seed))])
    }
}

/// The moves of one stream.
#[derive(Clone, Debug)]
pub(super) struct Twist {
    moves: Arc<[Move]>,
    stream: [u64; 2],
}

impl Twist {
    /// What has become of the number at this place of a stream.
    pub(super) fn in_a_row(&self, place: u64, bits: u64) -> u64 {
        let mut normal = normal_quantile(open_unit(bits));
        for own in self.moves.iter() {
            let new = normal_quantile(own.fresh(self.stream).uniform_at(place));
            normal = (1.0 - own.step * own.step).sqrt() * normal + own.step * new;
        }
        to_bits(normal_probability(normal))
    }

    /// The number at this address; `None`: no move has taken it.
    pub(super) fn by_address(&self, index: u64) -> Option<u64> {
        // Even addresses tell which blocks are taken, odd ones hold the new numbers.
        let taken = |own: &&Move| own.fresh(self.stream).uniform_at(2 * (index / BLOCK)) < own.step * own.step;
        // The newest move that took it drew it last.
        self.moves.iter().rev().find(taken).map(|own| own.fresh(self.stream).at(2 * index + 1))
    }
}

/// The bits whose uniform number is nearest.
fn to_bits(uniform: f64) -> u64 {
    const STEPS: f64 = (1_u64 << 53) as f64;
    ((uniform * STEPS).min(STEPS - 1.0) as u64) << 11
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: fn(u64) -> Luck = |replication| Luck::new(5, replication);

    fn numbers(luck: &Luck, name: &str, count: usize) -> Vec<f64> {
        let mut stream = luck.stream(name);
        (0..count).map(|_| stream.uniform()).collect()
    }

    #[test]
    fn luck_without_moves_is_that_of_the_named_streams() {
        let mut plain = RandomStream::named(5, 9, "outage/x/lasts");
        assert_eq!(numbers(&BASE(9), "outage/x/lasts", 3), [plain.uniform(), plain.uniform(), plain.uniform()]);
        assert_eq!(BASE(9).keyed("noise").at(4), Keyed::named(5, 9, "noise").at(4));
        assert_eq!(BASE(9).moves().count(), 0);
    }

    #[test]
    fn a_moved_luck_can_be_drawn_again_from_its_moves() {
        let moved = BASE(3).moved(Move { seed: 11, step: 0.5 }).moved(Move { seed: 12, step: 0.1 });
        let again = moved.moves().fold(BASE(3), |luck, own| luck.moved(own));
        assert_eq!(moved, again);
        assert_eq!(numbers(&moved, "a", 50), numbers(&again, "a", 50));
        assert_ne!(numbers(&moved, "a", 50), numbers(&BASE(3), "a", 50));
        assert_ne!(numbers(&moved, "a", 50), numbers(&moved, "b", 50));
    }

    /// A step of a half draws a quarter of the blocks anew and leaves the others to the last bit.
    #[test]
    fn numbers_by_address_are_drawn_anew_in_blocks() {
        let noise = |luck: &Luck| {
            let keyed = luck.keyed("n");
            (0..200 * BLOCK).map(|index| keyed.at(index)).collect::<Vec<_>>()
        };
        let (old, new) = (noise(&BASE(0)), noise(&BASE(0).moved(Move { seed: 9, step: 0.5 })));
        let whole = |block: usize| {
            let span = block * BLOCK as usize..(block + 1) * BLOCK as usize;
            let moved = old[span.clone()].iter().zip(&new[span]).filter(|(old, new)| old != new).count();
            assert!(moved == 0 || moved == BLOCK as usize, "a block moves whole");
            moved > 0
        };
        let blocks = (0..200).filter(|block| whole(*block)).count();
        assert!((30..=70).contains(&blocks), "{blocks} of 200 are about a quarter");
    }

    /// Invariance: after forty moves the numbers are as even as before (chi-square, 63 degrees of freedom, 99.99 %: 113).
    #[test]
    fn moved_numbers_fill_the_unit_interval_evenly() {
        let mut cells = [[0_i32; 64]; 2];
        for replication in 0..640 {
            let own = |k: u64| Move { seed: finish(1_000 * replication + k), step: (k % 10 + 1) as f64 / 10.0 };
            let luck = (0..39).fold(BASE(replication), |luck, k| luck.moved(own(k)));
            let keyed = luck.keyed("noise");
            for (place, u) in numbers(&luck, "row", 100).into_iter().enumerate() {
                cells[0][(u * 64.0) as usize] += 1;
                cells[1][(keyed.uniform_at(place as u64 * BLOCK) * 64.0) as usize] += 1;
            }
        }
        for cells in cells {
            let chi: f64 = cells.iter().map(|count| f64::from(count - 1_000).powi(2) / 1_000.0).sum();
            assert!(chi < 113.0, "chi-square {chi}");
        }
    }

    /// Reversibility: as many go up through a place as come down. And a step of 0.4 leaves normal numbers with a correlation of
    /// √(1 − 0.16) = 0.917.
    #[test]
    fn a_step_goes_back_as_often_as_forth_and_keeps_its_correlation() {
        let own = Move { seed: 7, step: 0.4 };
        let (old, new) = (numbers(&BASE(1), "a", 100_000), numbers(&BASE(1).moved(own), "a", 100_000));
        let through = |a: &[f64], b: &[f64]| a.iter().zip(b).filter(|(a, b)| **a < 0.99 && **b >= 0.99).count() as f64;
        let (up, down) = (through(&old, &new), through(&new, &old));
        assert!(up > 100.0 && (up - down).abs() < 4.0 * (up + down).sqrt(), "{up} up, {down} down");
        let product: f64 = old.iter().zip(&new).map(|(a, b)| normal_quantile(*a) * normal_quantile(*b)).sum();
        assert!((product / 1e5 - 0.84_f64.sqrt()).abs() < 0.015, "{}", product / 1e5);
    }

    /// Far out in the tail a timid step stays there often enough to go on.
    #[test]
    fn a_number_far_out_is_moved_a_little() {
        let twist = Twist { moves: [Move { seed: 8, step: 0.1 }].into(), stream: stream_key("x") };
        let far = to_bits(1.0 - 1e-9);
        let near = (0..1_000).map(|place| open_unit(twist.in_a_row(place, far)));
        let far_still = near.filter(|u| *u > 1.0 - 2e-9).count();
        assert!((500..900).contains(&far_still), "{far_still} of 1000");
        assert!(open_unit(to_bits(1.0)) < 1.0 && open_unit(to_bits(0.0)) > 0.0);
    }
}
