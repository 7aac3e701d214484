//! The common grid of what changes in steps: cells of equal length, in blocks of a day.
//!
//! Waves whose steps begin at the same moments stand on one grid, wherever in the step the run begins: the first cell may have begun
//! before the run. Cells are counted from there. Units: ns.

use std::collections::BTreeMap;

/// A finer grid than this costs more than changes of one's own.
const FINEST: u64 = 10_000_000_000;
const DAY: u64 = 86_400_000_000_000;

/// When a wave may change: at `starts` and every `every` before and after. `must`: it cannot stand beside the grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub every: u64,
    pub starts: u64,
    pub must: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Grid {
    cell: u64,
    /// How long before the run the first cell begins; less than a cell.
    shift: u64,
    /// Cells in a block.
    cells: usize,
}

impl Grid {
    /// The coarsest grid on which all stand; who would make it too fine is left out, unless it must be on it.
    pub(super) fn common(all: &[Steps]) -> Self {
        let anchor = anchor(all);
        let mut cell = DAY;
        for steps in all {
            let finer = gcd(gcd(cell, steps.every), steps.starts.abs_diff(anchor));
            if finer >= FINEST || steps.must {
                cell = finer.max(1_000_000);
            }
        }
        let cells = usize::try_from((DAY / cell).max(1)).unwrap_or(1);
        Self { cell, shift: (cell - anchor % cell) % cell, cells }
    }

    /// Whether every change falls between two cells.
    pub(super) fn holds(&self, steps: Steps) -> bool {
        steps.every.is_multiple_of(self.cell) && (steps.starts + self.shift).is_multiple_of(self.cell)
    }

    /// Length of a cell.
    pub(in crate::world) fn cell(&self) -> u64 {
        self.cell
    }

    /// Cells in a block.
    pub(in crate::world) fn cells(&self) -> usize {
        self.cells
    }

    /// The cell of this moment.
    pub(in crate::world) fn cell_at(&self, t: u64) -> u64 {
        t.saturating_add(self.shift) / self.cell
    }

    pub(in crate::world) fn block_at(&self, t: u64) -> u64 {
        self.cell_at(t) / self.cells as u64
    }

    /// The first cell of a block.
    pub(in crate::world) fn first_of(&self, block: u64) -> u64 {
        block * self.cells as u64
    }

    /// When a cell begins; never before the run.
    pub(in crate::world) fn begins(&self, cell: u64) -> u64 {
        cell.saturating_mul(self.cell).saturating_sub(self.shift)
    }

    /// The same, also where that is before the run.
    pub(super) fn begins_before(&self, cell: u64) -> i128 {
        i128::from(cell) * i128::from(self.cell) - i128::from(self.shift)
    }
}

/// A moment at which a cell begins: who must be on the grid decides that, otherwise most do.
fn anchor(all: &[Steps]) -> u64 {
    if let Some(steps) = all.iter().find(|steps| steps.must) {
        return steps.starts;
    }
    let mut votes = BTreeMap::new();
    for steps in all {
        *votes.entry(steps.starts % steps.every.max(1)).or_insert(0u32) += 1;
    }
    // Of equally many the earliest.
    votes.iter().rev().max_by_key(|(_, votes)| **votes).map_or(0, |(starts, _)| *starts)
}

pub(super) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn steps(every: u64, starts: u64) -> Steps {
        Steps { every: every * SECOND, starts: starts * SECOND, must: false }
    }

    #[test]
    fn steps_that_begin_together_make_no_finer_cells() {
        let grid = Grid::common(&[steps(300, 204), steps(600, 804)]);
        assert_eq!((grid.cell, grid.shift, grid.cells), (300 * SECOND, 96 * SECOND, 288));
        assert_eq!((grid.cell_at(0), grid.cell_at(203 * SECOND), grid.cell_at(204 * SECOND)), (0, 0, 1));
        assert_eq!((grid.begins(0), grid.begins(1), grid.begins_before(0)), (0, 204 * SECOND, -96_000_000_000));
        assert_eq!((grid.block_at(grid.begins(288)), grid.block_at(grid.begins(288) - 1)), (1, 0));
    }

    #[test]
    fn the_grid_is_as_fine_as_the_steps_need_and_no_finer_than_ten_seconds() {
        assert_eq!(Grid::common(&[steps(300, 0), steps(300, 120)]).cell, 60 * SECOND);
        let oblique = steps(300, 7);
        let grid = Grid::common(&[steps(300, 0), oblique]);
        assert_eq!((grid.cell, grid.holds(oblique)), (300 * SECOND, false));
        assert_eq!(Grid::common(&[oblique, steps(300, 0), steps(300, 600)]), grid, "most decide, not the first");
        let must = Steps { must: true, ..oblique };
        assert!(Grid::common(&[steps(300, 0), must]).holds(must));
        assert_eq!(Grid::common(&[]).cells, 1);
    }
}
