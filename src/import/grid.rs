//! Rates on a common grid of steps: what is known of each step, and how much of it is known.
//!
//! A span with a rate is poured over the steps that it touches, so that no byte is lost or counted twice, whatever the interval of
//! the tool was. A step knows its bytes and the seconds of it that are covered; its rate is one over the other, and a step that
//! nothing covers is unknown, not zero. Steps are counted from the epoch of the clock, so that those of all series coincide.
//!
//! Bound: [`CELLS_MAX`] steps of all series together; beyond it the steps are doubled. Times [ms], bytes in f32: a step adds up a few
//! hundred spans at most, which leaves a relative error below 1e-4.

/// Most steps of all series: 8 bytes each, twice that while they grow; as rows of a table they stay below what a scenario reads.
const CELLS_MAX: u64 = 8_000_000;
/// Longer steps say nothing [s].
const STEP_MAX_S: i64 = 400 * 86_400;
/// Lengths of steps that divide a day, so that a trace repeats in phase [s].
const STEPS_S: [i64; 12] = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    bytes: f32,
    /// [s]
    covered: f32,
}

/// The steps of one series, from step `from` on.
#[derive(Debug, Default)]
struct Row {
    from: i64,
    cells: Vec<Cell>,
}

/// Rates of many series.
#[derive(Debug)]
pub struct Grid {
    step_s: i64,
    rows: Vec<Row>,
    cells: u64,
    /// How often the steps were doubled.
    pub doublings: u32,
    cells_max: u64,
}

/// The shortest step that an interval fills, at least a minute: stamps may tremble by a tenth [s].
pub fn step_for(interval_ms: i64) -> i64 {
    let fits = |step: &&i64| **step * 10 >= interval_ms / 1_000 * 9;
    STEPS_S.iter().find(fits).copied().unwrap_or(86_400)
}

impl Grid {
    pub fn new(step_s: i64) -> Self {
        Self { step_s: step_s.max(1), rows: Vec::new(), cells: 0, doublings: 0, cells_max: CELLS_MAX }
    }

    pub fn step_s(&self) -> i64 {
        self.step_s
    }

    /// Pours `rate` [bytes/s] over the span from `begin` to `end` [ms].
    pub fn pour(&mut self, series: usize, begin: i64, end: i64, rate: f64) {
        let mut at = begin;
        while at < end {
            // Room is made before it is taken: a pause of a year must not take a year's steps first.
            while self.cells + self.missing(series, at) > self.cells_max && self.step_s < STEP_MAX_S {
                self.double();
            }
            let step = at.div_euclid(self.step_s * 1_000);
            let until = ((step + 1) * self.step_s * 1_000).min(end);
            let seconds = (until - at) as f64 / 1e3;
            let cell = self.cell(series, step);
            cell.bytes += (rate * seconds) as f32;
            cell.covered += seconds as f32;
            at = until;
        }
    }

    /// Steps that the series has to get before it has the one of this moment [ms].
    fn missing(&self, series: usize, at: i64) -> u64 {
        let step = at.div_euclid(self.step_s * 1_000);
        match self.rows.get(series).filter(|row| !row.cells.is_empty()) {
            None => 1,
            Some(row) => {
                let end = row.from + row.cells.len() as i64;
                (row.from - step).max(step + 1 - end).max(0).unsigned_abs()
            }
        }
    }

    fn cell(&mut self, series: usize, step: i64) -> &mut Cell {
        if series >= self.rows.len() {
            self.rows.resize_with(series + 1, Row::default);
        }
        let row = &mut self.rows[series];
        if row.cells.is_empty() {
            row.from = step;
        }
        if step < row.from {
            let missing = (row.from - step) as usize;
            row.cells.splice(0..0, std::iter::repeat_n(Cell::default(), missing));
            (row.from, self.cells) = (step, self.cells + missing as u64);
        }
        let at = (step - row.from) as usize;
        if at >= row.cells.len() {
            self.cells += (at + 1 - row.cells.len()) as u64;
            row.cells.resize(at + 1, Cell::default());
        }
        &mut row.cells[at]
    }

    /// Makes one step of two.
    fn double(&mut self) {
        self.step_s *= 2;
        self.doublings += 1;
        self.cells = 0;
        for row in &mut self.rows {
            let from = row.from.div_euclid(2);
            let mut wide = vec![Cell::default(); (row.cells.len() + 2) / 2 + 1];
            for (at, cell) in row.cells.iter().enumerate() {
                let wider = &mut wide[((row.from + at as i64).div_euclid(2) - from) as usize];
                wider.bytes += cell.bytes;
                wider.covered += cell.covered;
            }
            while wide.last().is_some_and(|cell| cell.covered == 0.0) {
                wide.pop();
            }
            wide.shrink_to_fit();
            self.cells += wide.len() as u64;
            *row = Row { from, cells: wide };
        }
    }

    /// First step of a series, and its rates [bytes/s]; unknown ones are no number.
    pub fn rates(&self, series: usize) -> (i64, Vec<f32>) {
        let Some(row) = self.rows.get(series) else { return (0, Vec::new()) };
        let rate = |cell: &Cell| if cell.covered > 0.0 { cell.bytes / cell.covered } else { f32::NAN };
        (row.from, row.cells.iter().map(rate).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_the_shortest_that_an_interval_fills() {
        let steps = [1_000, 60_000, 61_000, 299_000, 301_000, 601_000, 1_800_000, 3_500_000, 999_999_999].map(step_for);
        assert_eq!(steps, [60, 60, 60, 300, 300, 600, 1_800, 3_600, 86_400]);
    }

    /// 90 s at 10 B/s from second 30: half a minute known, then a whole one.
    #[test]
    fn what_is_poured_is_neither_lost_nor_doubled() {
        let mut grid = Grid::new(60);
        grid.pour(0, 30_000, 120_000, 10.0);
        grid.pour(0, 180_000, 240_000, 4.0);
        let (from, rates) = grid.rates(0);
        assert_eq!((from, rates.len()), (0, 4));
        assert_eq!(rates[..2], [10.0, 10.0], "the rate of what is known of a step");
        assert!(rates[2].is_nan(), "a gap is unknown");
        assert_eq!(rates[3], 4.0);
        grid.pour(0, -60_000, 0, 6.0);
        assert_eq!(grid.rates(0).0, -1, "an earlier file may come later");
        grid.double();
        let (from, rates) = grid.rates(0);
        assert_eq!((from, rates.len()), (-1, 3));
        assert_eq!(rates, [6.0, 10.0, 4.0]);
    }

    #[test]
    fn steps_are_doubled_before_memory_runs_out() {
        let mut grid = Grid::new(60);
        grid.cells_max = 100;
        for minute in 0..1_000 {
            grid.pour(0, minute * 60_000, (minute + 1) * 60_000, minute as f64);
        }
        assert!(grid.cells <= 100 && grid.step_s() == 960, "{} cells of {} s", grid.cells, grid.step_s());
        let (_, rates) = grid.rates(0);
        let sum: f64 = rates.iter().take(62).map(|rate| f64::from(*rate) * 16.0).sum();
        let exact: f64 = (0..62 * 16).map(f64::from).sum();
        assert!((sum / exact - 1.0).abs() < 1e-6);
    }
}
