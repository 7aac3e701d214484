//! Noise: a log-normal factor with mean 1 on a grid model, by address.
//!
//! Factor of step `n`: `exp(σ·z − σ²/2)`, `z` the normal quantile of the keyed uniform number `n`. Any step can be drawn again,
//! so nothing is remembered but one sum per block.

use crate::kernel::Keyed;
use crate::kernel::many::{exps, normal_quantiles};
use crate::world::Luck;
use crate::world::churn::Noise;

/// Factors that are drawn together.
const AT_ONCE: usize = 64;

/// The factors of one random stream.
#[derive(Debug)]
pub(in crate::world) struct Factors {
    keyed: Keyed,
    sigma: f64,
    every: u64,
}

impl Factors {
    pub(in crate::world) fn new(noise: Noise, stream: &str, luck: &Luck) -> Self {
        let keyed = luck.keyed(&format!("churn/{stream}/noise"));
        Self { keyed, sigma: noise.sigma, every: noise.every.ns().max(1) }
    }

    /// Span for which a factor holds [ns].
    pub(in crate::world) fn every(&self) -> u64 {
        self.every
    }

    /// The factors from step `first` on.
    fn factors(&self, first: u64, factors: &mut [f64]) {
        self.keyed.uniforms_from(first, factors);
        normal_quantiles(factors);
        factors.iter_mut().for_each(|z| *z = self.sigma * *z - 0.5 * self.sigma * self.sigma);
        exps(factors);
    }

    /// Puts the noise on the rates of the cells from `t` on; cells do not reach over the end of a factor.
    pub(in crate::world) fn apply(&self, t: u64, cell: u64, rates: &mut [u32]) {
        let (mut step, mut from, mut rest) = (t / self.every, t, rates);
        let cells_of = |span: u64| span.div_ceil(cell) as usize;
        let whole = cells_of(self.every);
        let mut drawn = [0.0; AT_ONCE];
        while !rest.is_empty() {
            let end = from + rest.len() as u64 * cell;
            let factors = &mut drawn[..AT_ONCE.min((end.div_ceil(self.every) - step) as usize)];
            self.factors(step, factors);
            for factor in factors {
                let until = (step + 1) * self.every;
                let cells = if until - from == self.every { whole } else { cells_of(until - from) };
                let (own, later) = rest.split_at_mut(cells.min(rest.len()));
                own.iter_mut().for_each(|rate| *rate = (f64::from(*rate) * *factor + 0.5) as u32);
                (step, from, rest) = (step + 1, until, later);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::special::{exp, normal_quantile};
    use crate::units::Duration;

    fn factors(replication: u64) -> Factors {
        let noise = Noise { sigma: 0.5, every: Duration::from_ns(10) };
        Factors::new(noise, "sql-1", &Luck::new(7, replication))
    }

    /// Standard error of the mean of n factors: sqrt(exp(σ²) − 1)/sqrt(n) = 0.0012 for n = 200 000; four of them.
    #[test]
    fn the_mean_of_the_factors_is_one() {
        let mut rates = vec![1_000_000; 200_000];
        factors(0).apply(0, 10, &mut rates);
        let mean = rates.iter().map(|r| f64::from(*r)).sum::<f64>() / 200_000e6;
        assert!((mean - 1.0).abs() < 0.0048, "mean {mean}");
    }

    #[test]
    fn a_row_of_factors_is_each_of_them() {
        let all = factors(0);
        let (mut row, mut alone) = ([1_000_000; 1_000], [1_000_000; 1_000]);
        all.apply(30, 5, &mut row);
        alone.iter_mut().zip((30..).step_by(5)).for_each(|(rate, t)| all.apply(t, 5, std::slice::from_mut(rate)));
        assert_eq!(row, alone);
        let z = normal_quantile(all.keyed.uniform_at(7));
        assert_eq!(row[8], (1e6 * exp(0.5 * z - 0.125) + 0.5) as u32, "the formula");
    }

    #[test]
    fn any_cell_can_be_drawn_again_and_replications_differ() {
        let (mut all, mut late, mut other) = ([1_000_000; 40], [1_000_000; 8], [1_000_000; 40]);
        factors(0).apply(0, 5, &mut all);
        factors(0).apply(160, 5, &mut late);
        factors(1).apply(0, 5, &mut other);
        assert_eq!(all[32..], late);
        assert_eq!(all[0], all[1], "one factor holds for two cells");
        assert_ne!(all, other);
    }
}
