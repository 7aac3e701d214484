//! Luck by name.
//!
//! A stream's key is a BLAKE3 hash of the seed and the stream's name; the replication selects one of 2⁶⁴ streams of ChaCha8
//! under that key. So the luck of `"outage/2"` does not change when a VM is added, and replication 17 can be run alone.
//!
//! * [`RandomStream`]: numbers one after another.
//! * [`Keyed`]: numbers by address, in any order, from a counter-based hash: noise of cell 4711 costs the same as that of
//!   cell 0, and nothing is remembered.
//!
//! Either may follow the moves of a chain (`luck.rs`); without any, which is always but in a search for rare events, the numbers
//! are the plain ones.
//!
//! Units: uniform numbers lie strictly between 0 and 1, at `(k + ½) · 2⁻⁵³`, so that a logarithm of `u` or `1 − u` is finite.
//!
//! Nothing here depends on the platform, and `seed_from_u64` and ranges of `rand` are avoided: their values may change
//! with a minor release.
//!
//! Sources: Bernstein, *ChaCha*, 2008; Salmon et al., *Parallel random numbers: as easy as 1, 2, 3*, 2011; the finisher of
//! SplitMix64, Steele, Lea, Flood 2014.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use super::luck::Twist;

/// A stream of random numbers.
#[derive(Debug)]
pub struct RandomStream {
    generator: ChaCha8Rng,
    /// Moves of this stream, and the place of the next number.
    twist: Option<Box<(Twist, u64)>>,
}

impl RandomStream {
    /// The stream `name` of one replication, at its beginning.
    pub fn named(seed: u64, replication: u64, name: &str) -> Self {
        let mut generator = ChaCha8Rng::from_seed(key(seed, name));
        generator.set_stream(replication);
        Self { generator, twist: None }
    }

    pub(super) fn with(self, twist: Option<Twist>) -> Self {
        Self { twist: twist.map(|twist| Box::new((twist, 0))), ..self }
    }

    pub fn next_u64(&mut self) -> u64 {
        let bits = self.generator.next_u64();
        let Some(own) = &mut self.twist else { return bits };
        let (twist, place) = own.as_mut();
        *place += 1;
        twist.in_a_row(*place, bits)
    }

    /// Uniform between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.next_u64())
    }
}

/// Random numbers by address.
#[derive(Clone, Debug)]
pub struct Keyed {
    key: [u64; 2],
    twist: Option<Twist>,
}

impl Keyed {
    /// The numbers `name` of one replication.
    pub fn named(seed: u64, replication: u64, name: &str) -> Self {
        let mut stream = RandomStream::named(seed, replication, name);
        Self::of([stream.next_u64(), stream.next_u64()])
    }

    pub(super) fn of(key: [u64; 2]) -> Self {
        Self { key, twist: None }
    }

    pub(super) fn with(self, twist: Option<Twist>) -> Self {
        Self { twist, ..self }
    }

    /// The number at `index`: two rounds of the SplitMix64 finisher, each under a key of its own.
    pub fn at(&self, index: u64) -> u64 {
        if let Some(moved) = self.twist.as_ref().and_then(|twist| twist.by_address(index)) {
            return moved;
        }
        let spread = index.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(self.key[0]);
        finish(finish(spread) ^ self.key[1])
    }

    /// Uniform between 0 and 1, both excluded.
    pub fn uniform_at(&self, index: u64) -> f64 {
        open_unit(self.at(index))
    }

    /// The uniform numbers from `index` on.
    pub fn uniforms_from(&self, index: u64, numbers: &mut [f64]) {
        for (index, number) in (index..).zip(numbers) {
            // Seen through, the products would be made two at a time out of six narrow ones, which takes twice as long.
            *number = open_unit(std::hint::black_box(self.at(index)));
        }
    }
}

/// The number at `index` of the numbers `name`. For more than a few, keep a [`Keyed`].
pub fn address(seed: u64, replication: u64, name: &str, index: u64) -> u64 {
    Keyed::named(seed, replication, name).at(index)
}

fn key(seed: u64, name: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"drsim stream v1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    *hasher.finalize().as_bytes()
}

/// A stream by its name alone, for what must not hang on seed and replication.
pub(super) fn stream_key(name: &str) -> [u64; 2] {
    let hash = key(0, name);
    let half = |from: usize| u64::from_le_bytes(hash[from..from + 8].try_into().expect("eight bytes of thirty-two"));
    [half(0), half(8)]
}

/// 53 bits, half a step above the grid. At the top `k + ½` would round to 2⁵³, hence the bound.
pub(super) fn open_unit(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (((bits >> 11) as f64 + 0.5) * STEP).min(1.0 - STEP)
}

pub(super) fn finish(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_seed_its_replication_and_its_name() {
        let first = |seed, replication, name: &str| RandomStream::named(seed, replication, name).next_u64();
        assert_eq!(first(7, 0, "outage/2"), first(7, 0, "outage/2"));
        assert_ne!(first(7, 0, "outage/2"), first(8, 0, "outage/2"));
        assert_ne!(first(7, 0, "outage/2"), first(7, 1, "outage/2"));
        assert_ne!(first(7, 0, "outage/2"), first(7, 0, "outage/3"));
        assert_ne!(address(7, 0, "noise", 1), address(7, 0, "noise", 2));
        assert_eq!(address(7, 3, "noise", 9), Keyed::named(7, 3, "noise").at(9));
    }

    #[test]
    fn uniform_numbers_never_touch_their_ends() {
        assert!(open_unit(0) > 0.0);
        assert!(open_unit(u64::MAX) < 1.0);
        assert_eq!(open_unit(1 << 63), 0.5 + 0.5 / (1_u64 << 53) as f64);
    }

    /// Chi-square over 64 cells: 63 degrees of freedom, the 99.99 % quantile is 113.
    #[test]
    fn both_kinds_fill_the_unit_interval_evenly() {
        let mut stream = RandomStream::named(1, 0, "even");
        let keyed = Keyed::named(1, 0, "even");
        let one_by_one: Vec<f64> = (0..64_000).map(|_| stream.uniform()).collect();
        let by_address: Vec<f64> = (0..64_000).map(|index| keyed.uniform_at(index)).collect();
        for numbers in [one_by_one, by_address] {
            let mut cells = [0_i32; 64];
            for number in numbers {
                cells[(number * 64.0) as usize] += 1;
            }
            let chi: f64 = cells.iter().map(|count| f64::from(count - 1_000).powi(2) / 1_000.0).sum();
            assert!(chi < 113.0, "chi-square {chi}");
        }
    }

    /// Neighbouring addresses share nothing: half of the bits differ.
    #[test]
    fn neighbouring_addresses_are_strangers() {
        let keyed = Keyed::named(3, 0, "noise");
        let flips: u32 = (0..10_000).map(|index| (keyed.at(index) ^ keyed.at(index + 1)).count_ones()).sum();
        let mean = f64::from(flips) / 10_000.0;
        assert!((mean - 32.0).abs() < 0.2, "{mean} of 64 bits differ");
    }

    /// Golden: these numbers may change only together with every golden report.
    #[test]
    fn the_first_numbers_are_pinned() {
        let mut stream = RandomStream::named(7, 1, "churn/erp/0");
        let firsts = [stream.next_u64(), stream.next_u64(), Keyed::named(7, 1, "churn/erp/0").at(0)];
        assert_eq!(firsts, PINNED);
    }

    const PINNED: [u64; 3] = [7_309_025_883_865_131_822, 15_736_589_386_092_008_661, 14_160_913_050_087_053_800];
}
