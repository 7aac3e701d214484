//! How the distinct share of what is written falls with the window: a power law, and how well it fits.
//!
//! ```text
//! share(w) = share(1 s) · w^(−b)        least squares in logarithms over the measured windows; R² of the logarithms
//! ```
//! `b = 0`: nothing is rewritten; `b = 1`: the same blocks again and again. The scenario gets the measured shares, not the law: beyond the
//! longest window it keeps the last one, which overstates what is sent. The law says by how much.

use std::collections::BTreeMap;

use crate::units::Duration;

use super::Windows;
use super::notes::Notes;

/// Exponent, share in a window of a second, and R² of the fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    pub b: f64,
    pub at_1s: f64,
    pub r2: f64,
}

/// The law nearest to the measured windows [ms]; `None` for fewer than three, or where nothing distinct was written.
pub fn law(windows: &Windows) -> Option<Law> {
    let points: Vec<(f64, f64)> = windows
        .iter()
        .filter(|(_, (written, unique))| *written > 0.0 && *unique > 0.0)
        .map(|(window, (written, unique))| (libm::log(*window as f64 / 1e3), libm::log(unique / written)))
        .collect();
    if points.len() < 3 {
        return None;
    }
    let count = points.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let sum = |value: &dyn Fn(f64, f64) -> f64| points.iter().map(|point| value(point.0 - x, point.1 - y)).sum::<f64>();
    let (xx, xy, yy) = (sum(&|dx, _| dx * dx), sum(&|dx, dy| dx * dy), sum(&|_, dy| dy * dy));
    let slope = xy / xx;
    let r2 = if yy > 1e-12 { xy * xy / (xx * yy) } else { 1.0 };
    Some(Law { b: -slope, at_1s: libm::exp(y - slope * x), r2 })
}

/// Says the law of every machine that has one; of many machines the first twenty.
pub fn tell<'m>(members: impl Iterator<Item = (&'m str, &'m Windows)>, notes: &mut Notes) {
    const SHOWN: usize = 20;
    let laws: BTreeMap<&str, (Law, i64)> =
        members.filter_map(|(name, windows)| Some((name, (law(windows)?, *windows.keys().next_back()?)))).collect();
    for (name, (law, longest)) in laws.iter().take(SHOWN) {
        let share = |seconds: f64| (law.at_1s * libm::pow(seconds, -law.b)).min(1.0) * 100.0;
        let window = Duration::secs((*longest / 1_000) as u64);
        notes.remark(format!(
            "{name}: the distinct share falls as window^-{:.3} (R² = {:.2} of the logarithms); {:.1} % in a day by that law, {:.1} % in {window}, \
             the longest measured, which is kept beyond it",
            law.b,
            law.r2,
            share(86_400.0),
            share(*longest as f64 / 1e3),
        ));
    }
    if laws.len() > SHOWN {
        notes.remark(format!("{} more machines have such a law", laws.len() - SHOWN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(share: impl Fn(f64) -> f64) -> Windows {
        [1_000, 10_000, 60_000, 300_000].map(|window| (window, (100.0, 100.0 * share(window as f64 / 1e3)))).into()
    }

    #[test]
    fn a_power_law_is_found_again() {
        let found = law(&windows(|seconds| 0.8 * seconds.powf(-0.25))).expect("four windows");
        assert!((found.b - 0.25).abs() < 1e-12 && (found.at_1s - 0.8).abs() < 1e-12 && (found.r2 - 1.0).abs() < 1e-12);
        let flat = law(&windows(|_| 1.0)).expect("four windows");
        assert_eq!((flat.b.abs(), flat.r2), (0.0, 1.0));
    }

    #[test]
    fn too_few_windows_have_no_law() {
        let mut two = windows(|_| 0.5);
        two.retain(|window, _| *window > 10_000);
        assert_eq!(law(&two), None);
    }
}
