//! Which axes matter: elementary effects and variance shares, with intervals.
//!
//! ```text
//! Morris     effect of axis i in one trajectory: (f(u + Δeᵢ) − f(u)) / Δ, so per full range of the axis
//!            μ* = mean of |effect|, σ = standard deviation of the effect (curvature or interplay)
//! Sobol      first order  Sᵢ = mean(f_B · (f_ABᵢ − f_A)) / V         (Saltelli 2010)
//!            total        Tᵢ = mean((f_A − f_ABᵢ)²) / 2V              (Jansen 1999)
//! ```
//! f_ABᵢ is matrix A with column i of B; V the variance of f over A and B. Means are taken about the common mean, which lowers
//! the noise of Sᵢ. Intervals: Student over trajectories; percentiles of 500 bootstrap samples of rows. Rows in which a
//! value is missing are left out. Unit of effects: that of f; shares have none. Source: Morris 1991, Campolongo 2007.

use crate::kernel::Keyed;
use crate::planner::findings::Estimate;
use crate::statistics::{Interval, mean, mean_interval, quantile_sorted};

/// What one axis does to one yardstick.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Morris { mu_star: Estimate, sigma: Option<f64> },
    Sobol { first: Estimate, total: Estimate },
}

const CONFIDENCE: f64 = 0.95;
const RESAMPLES: u64 = 500;

/// By axis. `points` and `values` in the order of the design.
pub fn morris(points: &[Vec<f64>], values: &[Option<f64>]) -> Vec<Effect> {
    let axes = points.first().map_or(0, Vec::len);
    let mut effects: Vec<Vec<f64>> = vec![Vec::new(); axes];
    for (points, values) in points.chunks(axes + 1).zip(values.chunks(axes + 1)) {
        for (pair, value) in points.windows(2).zip(values.windows(2)) {
            let moved = pair[0].iter().zip(&pair[1]).position(|(a, b)| (b - a).abs() > 1e-9);
            if let (Some(axis), [Some(before), Some(after)]) = (moved, value) {
                effects[axis].push((after - before) / (pair[1][axis] - pair[0][axis]));
            }
        }
    }
    let of = |own: &Vec<f64>| {
        let sizes: Vec<f64> = own.iter().map(|effect| effect.abs()).collect();
        let center = mean(own).unwrap_or(0.0);
        let squares: f64 = own.iter().map(|effect| (effect - center) * (effect - center)).sum();
        let sigma = (own.len() > 1).then(|| (squares / (own.len() - 1) as f64).sqrt());
        Effect::Morris { mu_star: Estimate::from(mean_interval(&sizes, CONFIDENCE)), sigma }
    };
    effects.iter().map(of).collect()
}

/// By axis, from the values of a Saltelli design with `count` rows.
pub fn sobol(axes: usize, count: usize, values: &[Option<f64>], seed: u64) -> Vec<Effect> {
    let block = |place: usize| values.get(place * count..(place + 1) * count).unwrap_or(&[]);
    let (a, b) = (block(0), block(1));
    let of = |axis: usize| {
        let mixed = block(axis + 2);
        let whole = |row: usize| Some((*a.get(row)?.as_ref()?, *b.get(row)?.as_ref()?, *mixed.get(row)?.as_ref()?));
        let rows: Vec<(f64, f64, f64)> = (0..count).filter_map(whole).collect();
        let Some((first, total)) = indices(&rows) else {
            return Effect::Sobol { first: Estimate::default(), total: Estimate::default() };
        };
        let luck = Keyed::named(seed, axis as u64, "sweep/bootstrap");
        let drawn = |sample: u64| {
            let row = |place: usize| {
                let at = luck.uniform_at(sample * rows.len() as u64 + place as u64) * rows.len() as f64;
                rows[(at as usize).min(rows.len() - 1)]
            };
            indices(&(0..rows.len()).map(row).collect::<Vec<_>>())
        };
        let (mut firsts, mut totals): (Vec<f64>, Vec<f64>) = (0..RESAMPLES).filter_map(drawn).unzip();
        Effect::Sobol { first: percentiles(first, &mut firsts), total: percentiles(total, &mut totals) }
    };
    (0..axes).map(of).collect()
}

/// First-order and total share from rows (f_A, f_B, f_ABᵢ). `None`: nothing varies.
fn indices(rows: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    let both: Vec<f64> = rows.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
    let center = mean(&both)?;
    let variance = both.iter().map(|x| (x - center) * (x - center)).sum::<f64>() / both.len() as f64;
    if variance <= center.abs() * 1e-12 * center.abs() {
        return None;
    }
    let count = rows.len() as f64;
    let first = rows.iter().map(|(a, b, mixed)| (b - center) * (mixed - a)).sum::<f64>() / count / variance;
    let total = rows.iter().map(|(a, _, mixed)| (a - mixed) * (a - mixed)).sum::<f64>() / (2.0 * count) / variance;
    Some((first, total))
}

fn percentiles(value: f64, drawn: &mut [f64]) -> Estimate {
    drawn.sort_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let at = |q| quantile_sorted(drawn, q).unwrap_or(f64::NAN);
    Estimate::from(Some(Interval { value, low: at(tail), high: at(1.0 - tail) }))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::super::design::{Design, Extent, points};
    use super::*;

    fn three() -> Vec<Extent<'static>> {
        ["x", "y", "z"].map(|name| Extent { name, values: None }).into()
    }

    /// Oracle P14b: Ishigami's function with a = 7, b = 0.1 on (−π, π)³.
    #[test]
    fn p14b_the_shares_of_ishigamis_function_lie_in_their_intervals() {
        let count = 4_096;
        let ishigami = |u: &Vec<f64>| {
            let [x, y, z] = [0, 1, 2].map(|axis| (u[axis] * 2.0 - 1.0) * PI);
            Some(x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin())
        };
        let values: Vec<Option<f64>> =
            points(Design::Saltelli, &three(), count, 7).expect("a design").iter().map(ishigami).collect();
        let truth = [(0.3139052, 0.5575889), (0.4424111, 0.4424111), (0.0, 0.2436837)];
        for (effect, (first_true, total_true)) in sobol(3, count, &values, 7).iter().zip(truth) {
            let Effect::Sobol { first, total } = effect else { panic!("{effect:?}") };
            for (own, truth) in [(first, first_true), (total, total_true)] {
                assert!((own.value.expect("known") - truth).abs() < 0.02, "{own:?} {truth}");
                assert!(own.low.expect("known") - 0.01 <= truth && truth <= own.high.expect("known") + 0.01, "{own:?}");
            }
        }
    }

    /// Of a straight line the effects are its slopes, with no spread; where two axes work together they spread.
    #[test]
    fn effects_of_a_line_are_its_slopes_and_interplay_shows_as_spread() {
        let points = points(Design::Morris, &three(), 12, 3).expect("a design");
        let of = |f: &dyn Fn(&[f64]) -> f64| {
            let values: Vec<Option<f64>> = points.iter().map(|point| Some(f(point))).collect();
            morris(&points, &values)
        };
        for (effect, slope) in of(&|u| 5.0 * u[0] - 2.0 * u[1]).iter().zip([5.0, 2.0, 0.0]) {
            let Effect::Morris { mu_star, sigma } = effect else { panic!("{effect:?}") };
            assert!((mu_star.value.expect("known") - slope).abs() < 1e-9, "{effect:?}");
            assert!(sigma.expect("known") < 1e-9);
        }
        let together = of(&|u| u[0] * u[1]);
        assert!(matches!(together[0], Effect::Morris { sigma: Some(sigma), .. } if sigma > 0.1), "{together:?}");
    }

    #[test]
    fn what_does_not_vary_or_is_missing_says_nothing() {
        let flat: Vec<Option<f64>> = vec![Some(3.0); 5 * 8];
        assert!(
            sobol(3, 8, &flat, 1).iter().all(|own| matches!(own, Effect::Sobol { first, .. } if first.value.is_none()))
        );
        let missing: Vec<Option<f64>> = vec![None; 5 * 8];
        assert_eq!(sobol(3, 8, &missing, 1).len(), 3);
        assert!(
            matches!(&morris(&[vec![0.0], vec![1.0]], &[None, Some(1.0)])[0], Effect::Morris { mu_star, .. } if mu_star.value.is_none())
        );
    }
}
