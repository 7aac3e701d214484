//! All waves of a run: what the disks follow, each model and random stream once.
//!
//! A wave is a rate over time [bytes/s]; a disk writes `factor · wave`, factor in millionths, so that its rate is whole µB/s. Three
//! kinds: constant; on the common grid (tables, with or without noise), kept a block of cells ahead; with changes of its own
//! (bursts, and tables that do not fit the grid).
//!
//! Sums are in byte·ns/s and exact at any moment up to the present.
//! Invariant: the grid divides the steps and starts of every wave that stands on it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::units::Calendar;
use crate::world::Luck;
use crate::world::churn::grid::{Grid, Steps, gcd};
use crate::world::churn::noise::Factors;
use crate::world::churn::on_off::Bursts;
use crate::world::churn::trace::Table;
use crate::world::churn::{Churn, DiskChurn, Noise, Series, daily, steady, strides};

#[derive(Debug)]
enum Wave {
    Constant(u64),
    /// Row in the block of cells.
    Grid {
        row: usize,
        table: Arc<Table>,
        noise: Option<Noisy>,
    },
    Bursts {
        rate: u64,
        bursts: Box<Bursts>,
    },
    /// A table off the grid, and its next change.
    Own {
        table: Arc<Table>,
        next: u64,
    },
}

/// The noise on a table, and what it adds up to.
#[derive(Debug)]
struct Noisy {
    factors: Factors,
    /// Before each block.
    sums: Vec<i128>,
    /// The sum asked for last, and up to when: neighbours are asked for one after the other.
    last: Cell<(u64, i128)>,
}

/// Rates of all grid waves in one block of cells, row by row, and the sums of noisy ones (`strides`).
#[derive(Debug, Default)]
struct Block {
    rates: Vec<u32>,
    sums: Vec<u64>,
    cells: usize,
}

impl Block {
    fn new(rows: usize, cells: usize) -> Block {
        Block { rates: vec![0; rows * cells], sums: vec![0; rows * strides::count(cells)], cells }
    }

    fn row(&self, row: usize) -> &[u32] {
        &self.rates[row * self.cells..(row + 1) * self.cells]
    }

    fn sums_of(&self, row: usize) -> Range<usize> {
        let count = strides::count(self.cells);
        row * count..(row + 1) * count
    }

    /// Sums up a row; its total.
    fn sum_up(&mut self, row: usize) -> u64 {
        let own = self.sums_of(row);
        strides::sum_up(&self.rates[row * self.cells..(row + 1) * self.cells], &mut self.sums[own])
    }

    /// Sum of the first cells of a row.
    fn before(&self, row: usize, cells: usize) -> u64 {
        strides::before(self.row(row), &self.sums[self.sums_of(row)], cells)
    }
}

/// What moves at which rate.
#[derive(Debug)]
pub(in crate::world) struct Waves {
    waves: Vec<Wave>,
    /// Grid waves in the present block.
    cells: Block,
    /// The same of the block before, when that was entered: most questions go back less than a day.
    past: Block,
    past_block: Option<u64>,
    grid: Grid,
    block: u64,
    /// Next changes of waves that are not on the grid.
    agenda: BTreeSet<(u64, u32)>,
    rows: Vec<u32>,
}

impl Waves {
    /// The waves, and by disk which one it follows with which scale [millionths].
    pub(in crate::world) fn new(churn: &[DiskChurn], calendar: &Calendar, luck: &Luck) -> (Self, Vec<(u32, u32)>) {
        let (mut waves, mut of_disk) = (Vec::new(), Vec::new());
        let mut seen: BTreeMap<(usize, &str), u32> = BTreeMap::new();
        let mut tables = Tables::default();
        for disk in churn {
            let random = disk.model.is_random();
            let key = (Arc::as_ptr(&disk.model) as usize, if random { disk.stream.as_str() } else { "" });
            let wave = *seen.entry(key).or_insert_with(|| {
                waves.push(wave_of(&disk.model, &disk.stream, &mut tables, calendar, luck));
                (waves.len() - 1) as u32
            });
            of_disk.push((wave, disk.model.scale_ppm()));
        }
        let grid = Grid::common(&waves.iter().filter_map(Wave::steps).collect::<Vec<_>>());
        let (mut rows, mut agenda) = (Vec::new(), BTreeSet::new());
        for (index, wave) in waves.iter_mut().enumerate() {
            let beside = wave.steps().is_some_and(|steps| !steps.must && !grid.holds(steps));
            if let Wave::Grid { table, .. } = wave
                && beside
            {
                *wave = Wave::Own { next: table.next_change(0), table: table.clone() };
            }
            match wave {
                Wave::Constant(_) => {}
                Wave::Grid { row, .. } => {
                    *row = rows.len();
                    rows.push(index as u32);
                }
                Wave::Bursts { bursts, .. } => {
                    agenda.insert((bursts.next_turn(), index as u32));
                }
                Wave::Own { next, .. } => {
                    agenda.insert((*next, index as u32));
                }
            }
        }
        let (cells, past) = (Block::new(rows.len(), grid.cells()), Block::default());
        let mut all = Self { waves, cells, past, past_block: None, grid, block: 0, agenda, rows };
        all.fill_block();
        (all, of_disk)
    }

    pub(in crate::world) fn len(&self) -> usize {
        self.waves.len()
    }

    /// Ids of the waves on the grid, by row.
    pub(in crate::world) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether anything stands on the grid.
    pub(in crate::world) fn has_grid(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(in crate::world) fn grid(&self) -> Grid {
        self.grid
    }

    /// Number of the present block.
    pub(in crate::world) fn block(&self) -> u64 {
        self.block
    }

    /// A grid wave's rates in the present block.
    pub(in crate::world) fn row(&self, row: usize) -> &[u32] {
        self.cells.row(row)
    }

    /// The row of a wave, when it stands on the grid.
    pub(in crate::world) fn row_of(&self, wave: u32) -> Option<usize> {
        match &self.waves[wave as usize] {
            Wave::Grid { row, .. } => Some(*row),
            Wave::Constant(_) | Wave::Bursts { .. } | Wave::Own { .. } => None,
        }
    }

    /// Makes the block that holds `t` the present one.
    pub(in crate::world) fn enter(&mut self, t: u64) {
        let block = self.grid.block_at(t);
        while self.block < block && self.has_noise() {
            self.past_block = Some(self.block);
            if self.past.cells == 0 {
                self.past = Block::new(self.rows.len(), self.grid.cells());
            }
            std::mem::swap(&mut self.past, &mut self.cells);
            self.block += 1;
            self.fill_block();
        }
        if self.block != block {
            self.block = block;
            self.fill_block();
        }
    }

    fn has_noise(&self) -> bool {
        self.waves.iter().any(|wave| matches!(wave, Wave::Grid { noise: Some(_), .. }))
    }

    fn fill_block(&mut self) {
        let (cell, n) = (self.grid.cell(), self.grid.cells());
        let first = self.grid.first_of(self.block);
        for (row, id) in self.rows.iter().enumerate() {
            let rates = &mut self.cells.rates[row * n..(row + 1) * n];
            if let Wave::Grid { table, noise, .. } = &mut self.waves[*id as usize] {
                table.fill(self.grid.begins_before(first), cell, rates);
                if let Some(Noisy { factors, sums, .. }) = noise {
                    factors.apply(self.grid.begins(first), cell, rates);
                    let sum = self.cells.sum_up(row);
                    if sums.len() as u64 == self.block + 1 {
                        sums.push(sums[sums.len() - 1] + i128::from(sum) * i128::from(cell));
                    }
                }
            }
        }
    }

    /// Rate at the present moment `t` [bytes/s], with all turns up to `t` processed and `t` in the present block.
    pub(in crate::world) fn rate(&self, wave: u32, t: u64) -> u64 {
        match &self.waves[wave as usize] {
            Wave::Constant(rate) => *rate,
            Wave::Grid { row, .. } => {
                let cell = (self.grid.cell_at(t) - self.grid.first_of(self.block)) as usize;
                u64::from(self.cells.row(*row)[cell])
            }
            Wave::Bursts { rate, bursts } => {
                if bursts.is_on() {
                    *rate
                } else {
                    0
                }
            }
            Wave::Own { table, .. } => u64::from(table.rate(t)),
        }
    }

    /// The next change of a wave off the grid.
    pub(in crate::world) fn next_turn(&self) -> u64 {
        self.agenda.first().map_or(u64::MAX, |(at, _)| *at)
    }

    /// Turns the wave that changes at `t`, if one does, and returns it.
    pub(in crate::world) fn turn(&mut self, t: u64) -> Option<u32> {
        let (at, id) = *self.agenda.first().filter(|(at, _)| *at <= t)?;
        self.agenda.pop_first();
        let next = match &mut self.waves[id as usize] {
            Wave::Bursts { bursts, .. } => {
                bursts.turn();
                bursts.next_turn()
            }
            Wave::Own { table, next } => {
                *next = table.next_change(at);
                *next
            }
            Wave::Constant(_) | Wave::Grid { .. } => u64::MAX,
        };
        self.agenda.insert((next, id));
        Some(id)
    }

    /// Integral of the wave over `[0, t)` [byte·ns/s], for `t` up to the present.
    pub(in crate::world) fn sum(&self, wave: u32, t: u64) -> i128 {
        match &self.waves[wave as usize] {
            Wave::Constant(rate) => i128::from(*rate) * i128::from(t),
            Wave::Grid { table, noise: None, .. } | Wave::Own { table, .. } => table.sum(t),
            Wave::Grid { row, table, noise: Some(noisy) } => {
                let (at, sum) = noisy.last.get();
                if at == t {
                    return sum;
                }
                let sum = self.noisy_sum(*row, table, noisy, t);
                noisy.last.set((t, sum));
                sum
            }
            Wave::Bursts { rate, bursts } => i128::from(*rate) * i128::from(bursts.on_time(t)),
        }
    }

    fn noisy_sum(&self, row: usize, table: &Table, Noisy { factors, sums, .. }: &Noisy, t: u64) -> i128 {
        // What has noise makes the grid begin with the run.
        let (cell, n) = (self.grid.cell(), self.grid.cells());
        let block = self.grid.block_at(t).min(sums.len() as u64 - 1);
        let start = self.grid.begins(self.grid.first_of(block));
        let (whole, into) = (((t - start) / cell) as usize, (t - start) % cell);
        let add = |full: u64, rate: Option<&u32>| {
            let rest = rate.map_or(0, |rate| i128::from(*rate) * i128::from(into));
            sums[block as usize] + i128::from(full) * i128::from(cell) + rest
        };
        let near = [(Some(self.block), &self.cells), (self.past_block, &self.past)];
        if let Some((_, known)) = near.into_iter().find(|(own, _)| *own == Some(block)) {
            return add(known.before(row, whole.min(n)), known.row(row).get(whole));
        }
        let mut rates = vec![0; whole + 1];
        table.fill(i128::from(start), cell, &mut rates);
        factors.apply(start, cell, &mut rates);
        add(rates[..whole].iter().map(|rate| u64::from(*rate)).sum(), rates.get(whole))
    }
}

/// Tables already made, by series.
#[derive(Default)]
struct Tables(BTreeMap<usize, Arc<Table>>);

impl Tables {
    fn of(&mut self, series: &Arc<Series>) -> Arc<Table> {
        let made = self.0.entry(Arc::as_ptr(series) as usize);
        made.or_insert_with(|| Arc::new(Table::new(series.clone()))).clone()
    }
}

fn wave_of(model: &Churn, stream: &str, tables: &mut Tables, calendar: &Calendar, luck: &Luck) -> Wave {
    let grid = |table: Arc<Table>, noise: &Option<Noise>| {
        let noise = noise.filter(|noise| noise.sigma > 0.0);
        let noisy = |noise| {
            let factors = Factors::new(noise, stream, luck);
            Noisy { factors, sums: vec![0], last: Cell::new((0, 0)) }
        };
        Wave::Grid { row: 0, table, noise: noise.map(noisy) }
    };
    match model {
        Churn::Steady { rate, noise } => match noise {
            Some(some) if some.sigma > 0.0 => grid(Arc::new(Table::new(steady::series(*rate, some.every))), noise),
            _ => Wave::Constant(rate.0),
        },
        Churn::Daily { mean, peak, peak_at, weekend, noise } => {
            let (mean, peak, peak_at, weekend, calendar) = (*mean, *peak, *peak_at, *weekend, *calendar);
            grid(daily::week(daily::Curve { mean, peak, peak_at, weekend, calendar }), noise)
        }
        Churn::OnOff { rate, on, off } => {
            Wave::Bursts { rate: rate.0, bursts: Box::new(Bursts::new(on.clone(), off.clone(), stream, luck)) }
        }
        Churn::Trace { series, .. } => grid(tables.of(series), &None),
    }
}

impl Wave {
    /// When it may change, where it changes in steps. Factors of noise count from the start of the run.
    fn steps(&self) -> Option<Steps> {
        let Wave::Grid { table, noise, .. } = self else { return None };
        let (every, starts) = (table.series().every.ns(), table.series().starts.ns());
        Some(match noise {
            None => Steps { every, starts, must: false },
            Some(Noisy { factors, .. }) => {
                Steps { every: gcd(every, gcd(factors.every(), starts)), starts: 0, must: true }
            }
        })
    }
}

impl Churn {
    /// Whether disks on different streams write differently.
    fn is_random(&self) -> bool {
        match self {
            Churn::Steady { noise, .. } | Churn::Daily { noise, .. } => noise.is_some(),
            Churn::OnOff { .. } => true,
            Churn::Trace { .. } => false,
        }
    }

    /// Factor on the wave [millionths].
    fn scale_ppm(&self) -> u32 {
        match self {
            Churn::Trace { scale, .. } => scale.ppm(),
            Churn::Steady { .. } | Churn::Daily { .. } | Churn::OnOff { .. } => 1_000_000,
        }
    }
}
