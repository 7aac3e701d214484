//! Quiet times: nothing waits and everything fits, so lanes need not be looked at.
//!
//! What kinds of routes carry is summed once per block of cells; a span is then checked with a few comparisons, and the next
//! moment of interest is the first cell that does not fit. Lanes are read lazily from the sums of their waves.
//! What disks take of the processor besides their operations is not linear in their rates: equal disks of a wave are summed
//! together, others apart, so that the sums are those of busy times to the last integer; the bound of one half of the
//! processor never matters here, since that share is never above the operations themselves.
//! The sums are those of the VMs that rest (`rest`), also in busy times. Of what lies before the present moment they say nothing.
//! Invariant: while a VM rests, `written = received = served` for each of its lanes at every moment.

use crate::world::flow::over;
use crate::world::pipeline::Pipeline;
use crate::world::sharing::{NO_LIMIT, ONE};

/// What the disks of VMs that rest write, by kind.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Off the grid, at present [µB/s].
    steady: Vec<u64>,
    /// On the grid: per kind a row of the present block [µB/s].
    cells: Vec<u64>,
    /// What disks take of the processor besides their operations, off the grid and per kind and cell [µB/s of the floor size].
    steady_overhead: Vec<u64>,
    cell_overhead: Vec<u64>,
    /// Cells in which some disk may write more than its own cap lets through.
    over: Vec<bool>,
    steady_over: bool,
    /// By wave: its equal disks, by kind.
    uses: Vec<Vec<Disks>>,
    /// By wave off the grid: its present rate, when somebody follows it [bytes/s].
    rates: Vec<u64>,
    /// By row of the grid: its highest rate in this block.
    highest: Vec<u64>,
    /// By wave: the largest rate at which no disk meets a cap of its own [bytes/s].
    caps: Vec<u64>,
    block: u64,
    /// Of the block: the cell of the last plan, and how many there are.
    cell: usize,
    block_cells: usize,
}

/// Disks that follow one wave with the same cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Disks {
    kind: u32,
    /// Of each [µB/s of the floor size per B/s].
    ops_factor: u64,
    /// Sum of theirs.
    factor: u64,
    count: u64,
}

impl Disks {
    fn key(&self) -> (u32, u64) {
        (self.kind, self.ops_factor)
    }

    /// What they take besides their operations when the wave has this rate; `most` of each.
    fn overhead(&self, rate: u64, most: u64) -> u64 {
        self.ops_factor.saturating_mul(rate).min(most) * self.count
    }
}

/// Adds `sign · each(rate)` to a row of sums; what is taken away was added before.
fn add_to_row(sums: &mut [u64], rates: &[u32], sign: u64, each: impl Fn(u64) -> u64) {
    for (sum, rate) in sums.iter_mut().zip(rates) {
        *sum = sum.wrapping_add(each(u64::from(*rate)).wrapping_mul(sign));
    }
}

const ADD: u64 = 1;
/// Minus one, as it wraps.
const TAKE_AWAY: u64 = u64::MAX;

impl Sums {
    /// What flows in this kind at present [µB/s].
    pub(super) fn rate(&self, kind: usize) -> u64 {
        self.steady[kind] + self.cells[kind * self.block_cells + self.cell]
    }

    /// What its disks take of the processor besides their operations at present [µB/s of the floor size].
    pub(super) fn overhead(&self, kind: usize) -> u64 {
        self.steady_overhead[kind] + self.cell_overhead[kind * self.block_cells + self.cell]
    }

    /// Whether some disk may write more than its own cap lets through at present.
    pub(super) fn may_be_over(&self) -> bool {
        self.steady_over || self.over[self.cell]
    }

    /// Nobody who rests does.
    pub(super) fn nobody_is_over(&mut self) {
        self.steady_over = false;
        self.over[self.cell] = false;
    }

    /// Whether this is more than some disk of the wave can pass.
    pub(super) fn is_over(&self, wave: u32, rate: u64) -> bool {
        rate > self.caps[wave as usize]
    }

    /// Enters these disks among those that follow the wave, or takes them out.
    fn book(&mut self, wave: u32, disks: Disks, sign: u64) {
        let uses = &mut self.uses[wave as usize];
        match uses.binary_search_by_key(&disks.key(), Disks::key) {
            Ok(place) => {
                let known = &mut uses[place];
                known.factor = known.factor.wrapping_add(disks.factor.wrapping_mul(sign));
                known.count = known.count.wrapping_add(disks.count.wrapping_mul(sign));
                if known.count == 0 {
                    uses.remove(place);
                }
            }
            Err(place) => uses.insert(place, disks),
        }
    }

    /// Adds what a wave of the grid loads in the cells from `first` on, or takes it away.
    fn add_row(
        &mut self,
        disks: &[Disks],
        (rates, highest): (&[u32], u64),
        first: usize,
        (sign, most): (u64, u64),
        cap: u64,
    ) {
        self.add_wave(disks, (rates, highest), first, sign, most);
        if sign == ADD && highest > cap {
            for (over, rate) in self.over.iter_mut().zip(rates) {
                *over |= u64::from(*rate) > cap;
            }
        }
    }

    /// Adds what a wave off the grid loads at `rate`, or takes it away.
    fn add_steady(&mut self, disks: &[Disks], rate: u64, (sign, most): (u64, u64)) {
        for disks in disks {
            let add = |sum: &mut u64, what: u64| *sum = sum.wrapping_add(what.wrapping_mul(sign));
            add(&mut self.steady[disks.kind as usize], disks.factor * rate);
            add(&mut self.steady_overhead[disks.kind as usize], disks.overhead(rate, most));
        }
    }

    /// Adds (or takes away) what these disks of one wave of the grid load, `rates` by cell. While none of them reaches the
    /// `most` it may take besides its operations, all of a kind are one product.
    fn add_wave(&mut self, uses: &[Disks], (rates, highest): (&[u32], u64), first: usize, sign: u64, most: u64) {
        let cells = rates.len();
        let rates = &rates[first..];
        for disks in uses.chunk_by(|a, b| a.kind == b.kind) {
            let kind = disks[0].kind as usize;
            let row = kind * cells + first..(kind + 1) * cells;
            let factor: u64 = disks.iter().map(|disks| disks.factor).sum();
            add_to_row(&mut self.cells[row.clone()], rates, sign, |rate| rate * factor);
            let overhead = &mut self.cell_overhead[row];
            let free = disks.partition_point(|disks| disks.ops_factor.saturating_mul(highest) <= most);
            let (free, capped) = disks.split_at(free);
            let factor: u64 = free.iter().map(|disks| disks.ops_factor * disks.count).sum();
            add_to_row(overhead, rates, sign, |rate| rate * factor);
            for disks in capped {
                add_to_row(overhead, rates, sign, |rate| disks.overhead(rate, most));
            }
        }
    }
}

impl Pipeline {
    /// Before anything flows.
    pub(super) fn prepare_quiet(&mut self) {
        let (waves, kinds, sums) = (self.waves.len(), self.kinds.all.len(), &mut self.sums);
        sums.uses = vec![Vec::new(); waves];
        sums.rates = vec![0; waves];
        sums.caps = vec![u64::MAX; waves];
        (sums.steady, sums.steady_overhead) = (vec![0; kinds], vec![0; kinds]);
        for lane in self.lanes[..self.disks].iter().filter(|lane| lane.factor > 0) {
            for way in 0..2 {
                let cap = lane.caps_in[way].min(lane.caps_out[way]) / lane.factor;
                if self.vms[lane.vm as usize].path.is_some() && cap < self.sums.caps[lane.wave as usize] {
                    self.sums.caps[lane.wave as usize] = cap;
                }
            }
        }
        self.sum_block();
    }

    /// Brings the sums to the present cell.
    pub(super) fn sum_up(&mut self) {
        if self.sums.block != self.waves.block() {
            self.sum_block();
        }
        self.sums.cell = self.cell();
    }

    /// Sums the cells of the present block.
    fn sum_block(&mut self) {
        let cells = self.waves.grid().cells();
        let size = self.kinds.all.len() * cells;
        let sums = &mut self.sums;
        (sums.block, sums.block_cells) = (self.waves.block(), cells);
        for row in [&mut sums.cells, &mut sums.cell_overhead] {
            row.clear();
            row.resize(size, 0);
        }
        sums.over.clear();
        sums.over.resize(cells, false);
        let rows = 0..self.waves.rows().len();
        let highest = rows.map(|row| self.waves.row(row).iter().copied().max().map_or(0, u64::from));
        sums.highest = highest.collect();
        for (row, wave) in self.waves.rows().iter().enumerate() {
            let uses = std::mem::take(&mut sums.uses[*wave as usize]);
            let (rates, cap) = ((self.waves.row(row), sums.highest[row]), sums.caps[*wave as usize]);
            if !uses.is_empty() {
                sums.add_row(&uses, rates, 0, (ADD, self.disk_rate), cap);
            }
            sums.uses[*wave as usize] = uses;
        }
    }

    /// What a VM writes from the present moment on is summed, or no longer.
    pub(super) fn sum_vm(&mut self, v: usize, rests: bool) {
        let vm = &self.vms[v];
        if !vm.sends() || vm.path.is_none() {
            return;
        }
        let grid = self.waves.grid();
        // The block may end at this moment.
        let first = (grid.cell_at(self.t) - grid.first_of(self.sums.block)).min(grid.cells() as u64) as usize;
        let sign = (if rests { ADD } else { TAKE_AWAY }, self.disk_rate);
        let sums = &mut self.sums;
        for lane in self.lanes[vm.lanes()].iter().filter(|lane| lane.factor > 0) {
            let wave = lane.wave as usize;
            let disks =
                Disks { kind: lane.kinds[vm.way()], ops_factor: lane.ops_factor, factor: lane.factor, count: 1 };
            if let Some(row) = self.waves.row_of(lane.wave) {
                let rates = (self.waves.row(row), sums.highest[row]);
                sums.add_row(&[disks], rates, first, sign, sums.caps[wave]);
            } else {
                if rests && sums.uses[wave].is_empty() {
                    sums.rates[wave] = self.waves.rate(lane.wave, self.t);
                }
                let rate = sums.rates[wave];
                sums.add_steady(&[disks], rate, sign);
                sums.steady_over |= rests && rate > sums.caps[wave];
            }
            sums.book(lane.wave, disks, sign.0);
        }
    }

    /// A wave off the grid may have another rate: the sums follow.
    pub(super) fn turn_sums(&mut self, wave: u32) {
        let sums = &mut self.sums;
        let uses = std::mem::take(&mut sums.uses[wave as usize]);
        if !uses.is_empty() {
            let after = self.waves.rate(wave, self.t);
            let before = std::mem::replace(&mut sums.rates[wave as usize], after);
            sums.add_steady(&uses, before, (TAKE_AWAY, self.disk_rate));
            sums.add_steady(&uses, after, (ADD, self.disk_rate));
            sums.steady_over |= after > sums.caps[wave as usize];
            self.ahead = None;
            self.tops.forget();
        }
        sums.uses[wave as usize] = uses;
    }

    /// Whether the rates of this cell of the block pass everywhere.
    fn fits(&mut self, cell: usize) -> bool {
        let cells = self.waves.grid().cells();
        if self.sums.steady_over || self.sums.over[cell] {
            return false;
        }
        self.load_fits(|row, kind| row[kind * cells + cell])
    }

    /// Whether the highest rate of every kind in the rest of the block passes everywhere: then every cell of it does.
    fn all_fit(&mut self, first: usize) -> bool {
        let cells = self.waves.grid().cells();
        if self.sums.steady_over || self.sums.over[first..].iter().any(|over| *over) {
            return false;
        }
        self.load_fits(|row, kind| row[kind * cells + first..(kind + 1) * cells].iter().copied().max().unwrap_or(0))
    }

    /// Whether everything passes when each kind has, beside what is steady, so much of its row on the grid.
    fn load_fits(&mut self, on_the_grid: impl Fn(&[u64], usize) -> u64) -> bool {
        let (sums, load) = (&self.sums, &mut self.load);
        load.clear();
        load.resize(self.places.count(), 0);
        for (kind, what) in self.kinds.all.iter().enumerate() {
            let rate = u128::from(sums.steady[kind] + on_the_grid(&sums.cells, kind));
            if rate == 0 {
                continue;
            }
            for (resource, cost) in self.kinds.into[kind].iter().chain(&self.kinds.out[kind]) {
                load[*resource as usize] += rate * u128::from(*cost);
            }
            let overhead = sums.steady_overhead[kind] + on_the_grid(&sums.cell_overhead, kind);
            load[self.places.operations(what.appliance) as usize] += u128::from(overhead) * u128::from(ONE);
        }
        load.iter().zip(&self.scratch.capacity).all(|(load, room)| load <= room)
    }

    /// Goes quiet at the present moment when all rest and everything that flows fits; says whether it did.
    pub(super) fn quiet_from_here(&mut self) -> bool {
        self.network.capacities(self.t, &self.inventory.limits, &self.places, &mut self.scratch.capacity);
        let fits = self.fits(self.cell());
        self.busy = !fits;
        self.ahead = None;
        fits
    }

    /// Cell of the present block at the present moment.
    fn cell(&self) -> usize {
        let grid = self.waves.grid();
        (grid.cell_at(self.t) % grid.cells() as u64) as usize
    }

    /// Takes the next quiet span; says whether there is one.
    pub(super) fn plan_quiet(&mut self) -> bool {
        if self.sums.steady_over {
            return false;
        }
        let cell = self.cell();
        let checked = self.ahead.is_some_and(|ahead| self.t < ahead);
        if !checked {
            self.ahead = None;
            self.network.capacities(self.t, &self.inventory.limits, &self.places, &mut self.scratch.capacity);
            if self.somebody_is_cut_off() || !self.fits(cell) {
                return false;
            }
        }
        for kind in 0..self.kinds.all.len() {
            let rate = self.sums.rate(kind);
            (self.entering[kind], self.leaving[kind]) = (rate, rate);
        }
        self.network.overhead.fill(0);
        for (kind, what) in self.kinds.all.iter().enumerate() {
            self.network.overhead[what.appliance.index()] += self.sums.overhead(kind);
        }
        if !self.caches_take_all() {
            return false;
        }
        self.segment_end = self.next_common_change();
        true
    }

    /// What comes from now on passes through the accounts, if none refuses it; says whether it does.
    fn caches_take_all(&mut self) -> bool {
        let mut flows = std::mem::take(&mut self.cache_flows);
        flows.clear();
        flows.resize(self.network.caches.len(), 0);
        for (kind, rate) in self.kinds.all.iter().zip(&self.entering) {
            flows[kind.cache.index()] += rate;
        }
        let mut pairs = self.network.caches.iter().zip(&flows);
        let takes_all = pairs.all(|(cache, rate)| !cache.refuses(*rate, cache.frees(*rate)));
        if takes_all {
            for (cache, rate) in self.network.caches.iter_mut().zip(&flows) {
                cache.flows(self.t, *rate, *rate);
            }
        }
        self.cache_flows = flows;
        takes_all
    }

    /// Until when quiet certainly lasts: nobody needs to look before.
    pub(super) fn quiet_until(&mut self) -> u64 {
        if let Some(ahead) = self.ahead {
            return ahead.max(self.segment_end);
        }
        let mut end = self.waves.next_turn().min(self.network.next_change(self.t));
        let (grid, cells) = (self.waves.grid(), self.waves.grid().cells());
        let begins = grid.first_of(self.sums.block);
        let mut caches_safe = true;
        if self.waves.has_grid() {
            end = end.min(grid.begins(begins + cells as u64));
            let first = self.cell();
            let checked = if self.all_fit(first) { cells } else { first };
            for ahead in checked..cells {
                let at = grid.begins(begins + ahead as u64);
                if at >= end {
                    break;
                }
                if ahead > first && !self.fits(ahead) {
                    end = end.min(at);
                }
            }
            let last = cells.min((grid.cell_at(end.saturating_sub(1)) % cells as u64) as usize + 1);
            caches_safe = self.caches_stay_below(first, last.max(first + 1));
        } else {
            caches_safe &= self.caches_stay_below(0, 1);
        }
        let end = if caches_safe { end } else { self.segment_end };
        self.ahead = Some(end);
        end
    }

    /// Whether no cache can fill while these cells pass.
    fn caches_stay_below(&self, first: usize, last: usize) -> bool {
        let cells = self.waves.grid().cells();
        let mut most = vec![0u64; self.network.caches.len()];
        for (kind, what) in self.kinds.all.iter().enumerate() {
            let row = &self.sums.cells[kind * cells..(kind + 1) * cells];
            let highest = row[first..last].iter().copied().max().unwrap_or(0);
            most[what.cache.index()] += (self.sums.steady[kind] + highest).min(NO_LIMIT);
        }
        self.network.caches.iter().zip(&most).all(|(cache, rate)| !cache.could_fill(*rate))
    }

    /// What a lane carried since its VM rests, up to `t`.
    pub(super) fn moved_quietly(&self, v: usize, d: usize, t: u64) -> i128 {
        let (vm, lane) = (&self.vms[v], &self.lanes[d]);
        if !(vm.rests && vm.sends()) {
            return 0;
        }
        let sum = self.waves.sum(lane.wave, t) - self.waves.sum(lane.wave, lane.since);
        sum * over(lane.factor, 1)
    }
}
