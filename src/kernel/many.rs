//! Functions of [`special`](super::special) for many numbers at once: the same bits, half of the time.
//!
//! Each step is done for a few numbers before the next step, so that the processor has several in hand instead of one that waits
//! for itself; the few probabilities in the tails, which need a logarithm, are gathered and done together.

use super::special::{POWERS, centre_quantiles, exp, exp_in_range, in_centre, in_range, tail_quantiles};

/// Numbers that are in hand together.
const FEW: usize = 8;
/// Numbers from which tails are gathered.
const ROW: usize = 64;

/// Puts [`exp`] in the place of each.
pub fn exps(xs: &mut [f64]) {
    let powers = &*POWERS;
    match xs.iter().all(|x| in_range(*x)) {
        true => xs.iter_mut().for_each(|x| *x = exp_in_range(*x, powers)),
        false => xs.iter_mut().for_each(|x| *x = exp(*x)),
    }
}

/// Puts [`normal_quantile`](super::special::normal_quantile) in the place of each probability.
pub fn normal_quantiles(ps: &mut [f64]) {
    for row in ps.chunks_mut(ROW) {
        let (places, count) = tails_of(row);
        let mut tails = [0.5; ROW];
        places[..count].iter().zip(&mut tails).for_each(|(place, tail)| *tail = row[usize::from(*place)]);
        by_few(&mut tails[..count.next_multiple_of(FEW)], tail_quantiles);
        by_few(row, centre_quantiles);
        places[..count].iter().zip(&tails).for_each(|(place, tail)| row[usize::from(*place)] = *tail);
    }
}

/// Where the tails stand, and how many there are; written without a branch, since nobody can guess it.
fn tails_of(row: &[f64]) -> ([u8; ROW], usize) {
    let (mut places, mut count) = ([0; ROW], 0);
    for (place, p) in (0..).zip(row) {
        places[count] = place;
        count += usize::from(!in_centre(*p));
    }
    (places, count)
}

fn by_few(numbers: &mut [f64], function: impl Fn(&[f64; FEW]) -> [f64; FEW]) {
    let (fews, rest) = numbers.as_chunks_mut();
    fews.iter_mut().for_each(|few| *few = function(few));
    let mut few = [0.5; FEW];
    few[..rest.len()].copy_from_slice(rest);
    rest.copy_from_slice(&function(&few)[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::super::special::normal_quantile;
    use super::*;

    /// From the deepest tail over the centre into the other tail, and rows that end anywhere.
    #[test]
    fn many_quantiles_are_those_of_each() {
        let mut all: Vec<f64> = (0..60).map(|n| 10_f64.powi(-n / 4) * (1.0 - f64::from(n % 4) / 5.0)).collect();
        all.extend((1..3_000).map(|n| f64::from(n) / 3_000.0));
        all.extend([0.075, 0.925, 0.5, 1.0 - f64::EPSILON / 2.0]);
        all.retain(|p| *p < 1.0);
        for length in [0, 1, 7, 8, 63, 64, 65, all.len()] {
            let mut many = all[..length].to_vec();
            normal_quantiles(&mut many);
            let each = all[..length].iter().map(|p| normal_quantile(*p).to_bits());
            assert!(many.iter().map(|z| z.to_bits()).eq(each), "the first {length}");
        }
    }

    #[test]
    fn many_exponentials_are_those_of_each() {
        let all = [-800.0, -700.0, -1.5, 0.0, 1e-9, 3.0, 699.0, 701.0, f64::INFINITY];
        for some in [&all[..], &all[1..7]] {
            let mut many = some.to_vec();
            exps(&mut many);
            assert!(many.iter().zip(some).all(|(own, x)| own.to_bits() == exp(*x).to_bits()), "{some:?}");
        }
    }
}
