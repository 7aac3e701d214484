//! Growth: what is written grows by so much a year or month, for so long. Compound; disks keep their sizes.

use crate::simulation::Setup;
use crate::units::Ratio;

/// Every machine writes `factor` times as much. The most that a share can hold is about four thousand times.
pub fn grow(setup: &mut Setup, factor: f64) {
    for churn in &mut setup.physics.churn {
        let grown = (f64::from(churn.share.ppm()) * factor).round();
        churn.share = Ratio::from_ppm(grown.clamp(0.0, f64::from(u32::MAX)) as u32);
    }
}

/// `(1 + growth)^(periods)`.
pub fn factor(growth: f64, periods: f64) -> f64 {
    libm::pow(1.0 + growth, periods)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 % a year over 18 months: 1.3^1.5.
    #[test]
    fn growth_is_compound() {
        assert!((factor(0.3, 1.5) - 1.482_228).abs() < 1e-6);
        assert_eq!(factor(0.3, 0.0), 1.0);
    }
}
