//! The numeric fingerprint: one number for everything that a run's luck is computed with.
//!
//! It hashes draws of every law at fixed streams. Two machines with the same fingerprint compute the same runs from the same
//! seeds; a manifest carries it, so that results of different builds are not merged unseen. It changes with a random stream, a
//! sampler or a special function, and with nothing else.

use std::sync::Arc;

use super::{Keyed, Law, RandomStream, RunDigest};
use crate::units::Duration;

/// The fingerprint of this build on this machine.
pub fn numeric_fingerprint() -> u128 {
    let mut digest = RunDigest::new();
    for law in laws() {
        let mut stream = RandomStream::named(7, 1, &law.to_string());
        for _ in 0..DRAWS_PER_LAW {
            digest.word(law.sample(stream.uniform()).ns());
        }
        digest.word(law.mean().ns());
    }
    let keyed = Keyed::named(7, 1, "fingerprint");
    (0..DRAWS_PER_LAW).for_each(|index| digest.word(keyed.uniform_at(index).to_bits()));
    digest.value()
}

const DRAWS_PER_LAW: u64 = 200;

fn laws() -> [Law; 9] {
    let (minute, hour, day) = (Duration::minutes(1), Duration::hours(1), Duration::days(1));
    [
        Law::Uniform { low: minute, high: hour },
        Law::Triangular { low: minute, mode: hour, high: day },
        Law::Exponential { mean: hour },
        Law::Weibull { mean: day, shape: 0.8 },
        Law::Weibull { mean: day, shape: 3.5 },
        Law::Gamma { mean: hour, shape: 0.4 },
        Law::Gamma { mean: hour, shape: 12.0 },
        Law::LogNormal { median: hour, p95: day },
        Law::Empirical(Arc::from([minute, hour, day])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden: when this changes, every golden report changes with it, and the changelog says so.
    #[test]
    fn the_fingerprint_is_pinned() {
        assert_eq!(numeric_fingerprint(), PINNED, "{:#034x}", numeric_fingerprint());
    }

    const PINNED: u128 = 0x1a2b_54c1_e903_8eaf_b889_b32a_443b_2102;
}
