//! Designs: which points of the unit cube are tried, one coordinate an axis.
//!
//! | design | points | for |
//! |---|---|---|
//! | grid | every combination of the values of all axes | few axes, plots |
//! | list | the first values of all axes, then the second ones … | points chosen by hand |
//! | random | independent, uniform | nothing else fits |
//! | latin | every axis cut into as many strata as points, each used once (McKay 1979) | many axes, few points |
//! | sobol | Owen-scrambled Sobol sequence (Burley 2020) | smooth answers, averages |
//! | morris | trajectories of steps of ⅔ on four levels, one axis at a time (Morris 1991) | which axes matter |
//! | saltelli | two Sobol matrices and all mixtures of them (Saltelli 2010) | how much each axis explains |
//!
//! An axis of L values takes value ⌊u·L⌋ at coordinate u. Same seed, same points; an axis more changes no other axis of a
//! random or Latin design.

use crate::kernel::Keyed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    Grid,
    List,
    Random,
    Latin,
    Sobol,
    Morris,
    Saltelli,
}

/// More points than this are no design but a mistake.
pub const POINTS_MAX: usize = 100_000;
/// The sequence has no more points.
const SOBOL_MAX: usize = 1 << 16;
/// Step of a Morris trajectory, and its four levels are 0, ⅓, ⅔, 1.
const STEP: f64 = 2.0 / 3.0;

/// One axis as designs see it: its name, and how many values it has (`None`: a range).
pub struct Extent<'a> {
    pub name: &'a str,
    pub values: Option<usize>,
}

/// The points. `count`: how many; of trajectories for Morris, of rows of each matrix for Saltelli; without meaning for grid
/// and list.
///
/// # Errors
/// In words, where the design does not go with these axes or has too many points.
pub fn points(design: Design, axes: &[Extent<'_>], count: usize, seed: u64) -> Result<Vec<Vec<f64>>, String> {
    let all: usize = match design {
        Design::Grid => levels(axes)?.iter().try_fold(1usize, |all, own| all.checked_mul(*own)).unwrap_or(usize::MAX),
        Design::List => levels(axes)?.first().copied().unwrap_or(0),
        Design::Random | Design::Latin | Design::Sobol => count,
        Design::Morris => count.saturating_mul(axes.len() + 1),
        Design::Saltelli => count.saturating_mul(axes.len() + 2),
    };
    if all > POINTS_MAX {
        return Err(format!("this design has more than {POINTS_MAX} points"));
    }
    match design {
        Design::Grid => Ok(grid(&levels(axes)?)),
        Design::List => list(&levels(axes)?),
        Design::Random => Ok(by_axis(axes, count, |axis| random(axis, count, seed))),
        Design::Latin => Ok(by_axis(axes, count, |axis| latin(axis, count, seed))),
        Design::Sobol => sobol(axes.len(), count, seed),
        Design::Morris => Ok(morris(axes.len(), count, seed)),
        Design::Saltelli => saltelli(axes.len(), count, seed),
    }
}

fn levels(axes: &[Extent<'_>]) -> Result<Vec<usize>, String> {
    let own = |axis: &Extent<'_>| {
        axis.values.ok_or_else(|| format!("`{}` is a range; say in how many values it is cut: LOW..HIGH/5", axis.name))
    };
    axes.iter().map(own).collect()
}

/// The middle of the part that value `level` of `count` has of an axis.
fn middle(level: usize, count: usize) -> f64 {
    (level as f64 + 0.5) / count.max(1) as f64
}

fn grid(levels: &[usize]) -> Vec<Vec<f64>> {
    levels.iter().fold(vec![Vec::new()], |points, count| {
        let longer = |point: Vec<f64>| {
            (0..*count).map(move |level| point.iter().copied().chain([middle(level, *count)]).collect::<Vec<f64>>())
        };
        points.into_iter().flat_map(longer).collect()
    })
}

fn list(levels: &[usize]) -> Result<Vec<Vec<f64>>, String> {
    let count = levels.first().copied().unwrap_or(0);
    if levels.iter().any(|own| *own != count) {
        let counts: Vec<String> = levels.iter().map(usize::to_string).collect();
        return Err(format!("the axes of a list have as many values each; these have {}", counts.join(", ")));
    }
    Ok((0..count).map(|level| vec![middle(level, count); levels.len()]).collect())
}

/// Points whose axes are made one by one.
fn by_axis(axes: &[Extent<'_>], count: usize, of: impl Fn(&str) -> Vec<f64>) -> Vec<Vec<f64>> {
    let columns: Vec<Vec<f64>> = axes.iter().map(|axis| of(axis.name)).collect();
    (0..count).map(|point| columns.iter().map(|column| column[point]).collect()).collect()
}

fn random(axis: &str, count: usize, seed: u64) -> Vec<f64> {
    let luck = Keyed::named(seed, 0, &format!("sweep/random/{axis}"));
    (0..count as u64).map(|point| luck.uniform_at(point)).collect()
}

fn latin(axis: &str, count: usize, seed: u64) -> Vec<f64> {
    let luck = Keyed::named(seed, 0, &format!("sweep/latin/{axis}"));
    let mut strata: Vec<usize> = (0..count).collect();
    // Strata in the order of random numbers are in random order.
    strata.sort_by_key(|stratum| luck.at(2 * *stratum as u64));
    let within =
        |(point, stratum): (usize, usize)| (stratum as f64 + luck.uniform_at(2 * point as u64 + 1)) / count as f64;
    strata.into_iter().enumerate().map(within).collect()
}

fn sobol(axes: usize, count: usize, seed: u64) -> Result<Vec<Vec<f64>>, String> {
    let dimensions = sobol_burley::NUM_DIMENSIONS as usize;
    if count > SOBOL_MAX || axes > dimensions {
        return Err(format!("a Sobol sequence has at most {SOBOL_MAX} points of {dimensions} axes"));
    }
    // 32 of the 64 bits: neighbouring seeds must not be alike.
    let scramble = (Keyed::named(seed, 0, "sweep/sobol").at(0) >> 32) as u32;
    let at = |point: usize, axis: usize| f64::from(sobol_burley::sample(point as u32, axis as u32, scramble));
    Ok((0..count).map(|point| (0..axes).map(|axis| at(point, axis)).collect()).collect())
}

fn morris(axes: usize, count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut points = Vec::new();
    for trajectory in 0..count as u64 {
        let luck = Keyed::named(seed, trajectory, "sweep/morris");
        let base = |axis: usize| f64::from(u8::from(luck.uniform_at(3 * axis as u64) < 0.5)) / 3.0;
        // Each axis goes up from a low level or down from a high one.
        let up = |axis: usize| luck.uniform_at(3 * axis as u64 + 1) < 0.5;
        let mut point: Vec<f64> = (0..axes).map(|axis| base(axis) + if up(axis) { 0.0 } else { STEP }).collect();
        let mut order: Vec<usize> = (0..axes).collect();
        order.sort_by_key(|axis| luck.at(3 * *axis as u64 + 2));
        points.push(point.clone());
        for axis in order {
            point[axis] += if up(axis) { STEP } else { -STEP };
            points.push(point.clone());
        }
    }
    points
}

/// A, then B, then for each axis A with that column of B.
fn saltelli(axes: usize, count: usize, seed: u64) -> Result<Vec<Vec<f64>>, String> {
    let both = sobol(2 * axes, count, seed)?;
    let a: Vec<Vec<f64>> = both.iter().map(|row| row[..axes].to_vec()).collect();
    let b: Vec<Vec<f64>> = both.iter().map(|row| row[axes..].to_vec()).collect();
    let mixed = |axis: usize| {
        let (a, b) = (&a, &b);
        (0..count).map(move |row| {
            let mut point = a[row].clone();
            point[axis] = b[row][axis];
            point
        })
    };
    let mixtures: Vec<Vec<f64>> = (0..axes).flat_map(mixed).collect();
    Ok(a.iter().chain(&b).cloned().chain(mixtures).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(values: &[Option<usize>]) -> Vec<Extent<'static>> {
        values.iter().zip(["a", "b", "c", "d"]).map(|(values, name)| Extent { name, values: *values }).collect()
    }

    #[test]
    fn a_grid_has_every_combination_and_a_list_goes_in_step() {
        let grid = points(Design::Grid, &axes(&[Some(2), Some(3)]), 0, 1).expect("a grid");
        assert_eq!(grid.len(), 6);
        assert_eq!((&grid[0], &grid[1], &grid[5]), (&vec![0.25, 0.5 / 3.0], &vec![0.25, 0.5], &vec![0.75, 2.5 / 3.0]));
        let list = points(Design::List, &axes(&[Some(2), Some(2)]), 0, 1).expect("a list");
        assert_eq!(list, [[0.25, 0.25], [0.75, 0.75]]);
        assert!(points(Design::List, &axes(&[Some(2), Some(3)]), 0, 1).is_err());
        assert!(points(Design::Grid, &axes(&[Some(2), None]), 0, 1).is_err(), "a range has no end of values");
        assert!(points(Design::Grid, &axes(&[Some(1_000); 4]), 0, 1).is_err(), "too many");
    }

    #[test]
    fn every_stratum_of_a_latin_design_is_used_once() {
        let points = points(Design::Latin, &axes(&[None, None, None]), 40, 5).expect("a design");
        for axis in 0..3 {
            let mut strata: Vec<usize> = points.iter().map(|point| (point[axis] * 40.0) as usize).collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..40).collect::<Vec<_>>());
        }
        let correlation: f64 =
            points.iter().map(|point| (point[0] - 0.5) * (point[1] - 0.5)).sum::<f64>() * 12.0 / 40.0;
        assert!(correlation.abs() < 0.5, "the axes go their own ways: {correlation}");
    }

    /// A Sobol sequence fills each of 16 boxes with one of 16 points; independent points leave about a third of them empty.
    #[test]
    fn a_sobol_design_fills_the_square_evenly() {
        let boxes = |design| {
            let points = points(design, &axes(&[None, None]), 16, 3).expect("a design");
            let mut boxes: Vec<(usize, usize)> =
                points.iter().map(|point| ((point[0] * 4.0) as usize, (point[1] * 4.0) as usize)).collect();
            boxes.sort_unstable();
            boxes.dedup();
            boxes.len()
        };
        assert_eq!(boxes(Design::Sobol), 16);
        assert!(boxes(Design::Random) < 14);
    }

    #[test]
    fn another_axis_changes_no_other_one() {
        for design in [Design::Random, Design::Latin] {
            let two = points(design, &axes(&[None, None]), 9, 4).expect("a design");
            let three = points(design, &axes(&[None, None, None]), 9, 4).expect("a design");
            assert!(two.iter().zip(&three).all(|(a, b)| a[..] == b[..2]), "{design:?}");
        }
    }

    #[test]
    fn a_morris_trajectory_moves_each_axis_once_by_two_thirds_within_the_cube() {
        let points = points(Design::Morris, &axes(&[None, None, None]), 20, 9).expect("a design");
        assert_eq!(points.len(), 80);
        for trajectory in points.chunks(4) {
            let mut moved: Vec<usize> = trajectory
                .windows(2)
                .map(|pair| {
                    let steps: Vec<f64> = pair[0].iter().zip(&pair[1]).map(|(a, b)| (b - a).abs()).collect();
                    assert!((steps.iter().sum::<f64>() - STEP).abs() < 1e-12, "{pair:?}");
                    steps.iter().position(|step| *step > 0.1).expect("one axis moves")
                })
                .collect();
            moved.sort_unstable();
            assert_eq!(moved, [0, 1, 2]);
            assert!(trajectory.iter().flatten().all(|u| (-1e-12..=1.0 + 1e-12).contains(u)));
        }
    }
}
