//! Quiet times: nothing waits and everything fits, so lanes need not be looked at.
//!
//! What kinds of routes carry is summed once per block of cells; a span is then checked with a few comparisons, and the next
//! moment of interest is the first cell that does not fit. Lanes are read lazily from the sums of their waves.
//! What disks take of the processor besides their operations is not linear in their rates: equal disks of a wave are summed
//! together, others apart, so that the sums are those of busy times to the last integer; the bound of one half of the
//! processor never matters here, since that share is never above the operations themselves.
//! Invariant: while quiet, `written = received = served` for every lane at every moment.

use crate::world::flow::over;
use crate::world::pipeline::Pipeline;
use crate::world::sharing::{NO_LIMIT, ONE};

/// What all tracked disks write, by kind.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Off the grid, at present [µB/s].
    steady: Vec<u64>,
    /// On the grid: per kind a row of the present block [µB/s].
    cells: Vec<u64>,
    /// What disks take of the processor besides their operations, off the grid and per kind and cell [µB/s of the floor size].
    steady_overhead: Vec<u64>,
    cell_overhead: Vec<u64>,
    /// Cells in which a disk writes more than its own cap lets through.
    over: Vec<bool>,
    steady_over: bool,
    /// By wave: its equal disks.
    uses: Vec<Vec<Disks>>,
    /// The same as collected anew, to be compared.
    fresh: Vec<Vec<Disks>>,
    /// By row of the grid: its highest rate in this block.
    highest: Vec<u64>,
    /// By wave: the largest rate at which no disk meets a cap of its own [bytes/s].
    caps: Vec<u64>,
    block: u64,
    valid: bool,
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
    /// Sorts and merges what was collected of each wave.
    fn merge_equal(&mut self) {
        for uses in &mut self.fresh {
            uses.sort_unstable_by_key(|disks| (disks.kind, disks.ops_factor));
            uses.dedup_by(|next, kept| {
                let equal = (next.kind, next.ops_factor) == (kept.kind, kept.ops_factor);
                if equal {
                    (kept.factor, kept.count) = (kept.factor + next.factor, kept.count + next.count);
                }
                equal
            });
        }
    }

    /// Adds (or takes away) what these disks of one wave of the grid load, `rates` by cell. While none of them reaches the
    /// `most` it may take besides its operations, all of a kind are one product.
    fn add_wave(&mut self, uses: &[Disks], (rates, highest): (&[u32], u64), sign: u64, most: u64) {
        let cells = rates.len();
        for disks in uses.chunk_by(|a, b| a.kind == b.kind) {
            let kind = disks[0].kind as usize;
            let row = kind * cells..(kind + 1) * cells;
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
        self.sums.uses = vec![Vec::new(); self.waves.len()];
        self.sums.fresh = vec![Vec::new(); self.waves.len()];
        self.sums.caps = vec![u64::MAX; self.waves.len()];
        for lane in self.lanes[..self.disks].iter().filter(|lane| lane.factor > 0) {
            for way in 0..2 {
                let cap = lane.caps_in[way].min(lane.caps_out[way]) / lane.factor;
                if self.vms[lane.vm as usize].path.is_some() && cap < self.sums.caps[lane.wave as usize] {
                    self.sums.caps[lane.wave as usize] = cap;
                }
            }
        }
    }

    /// Something changed that the sums rest on.
    pub(super) fn forget_sums(&mut self) {
        self.sums.valid = false;
        self.ahead = None;
    }

    /// Brings the sums up to date. Within a block only waves whose disks have changed are added anew.
    fn sum_up(&mut self) {
        if self.sums.valid && self.sums.block == self.waves.block() {
            return;
        }
        self.collect();
        let (_, cells) = self.waves.grid();
        let size = self.kinds.all.len() * cells;
        let sums = &mut self.sums;
        if sums.block != self.waves.block() || sums.cells.len() != size || sums.highest.is_empty() {
            sums.uses.iter_mut().for_each(Vec::clear);
            for row in [&mut sums.cells, &mut sums.cell_overhead] {
                row.clear();
                row.resize(size, 0);
            }
            let rows = 0..self.waves.rows().len();
            let highest = rows.map(|row| self.waves.row(row).iter().copied().max().map_or(0, u64::from));
            sums.highest = highest.collect();
        }
        sums.over.clear();
        sums.over.resize(cells, false);
        for (row, wave) in self.waves.rows().iter().enumerate() {
            let (rates, wave) = ((self.waves.row(row), sums.highest[row]), *wave as usize);
            if sums.fresh[wave] != sums.uses[wave] {
                let (old, new) = (std::mem::take(&mut sums.uses[wave]), std::mem::take(&mut sums.fresh[wave]));
                sums.add_wave(&old, rates, TAKE_AWAY, self.disk_rate);
                sums.add_wave(&new, rates, ADD, self.disk_rate);
                (sums.uses[wave], sums.fresh[wave]) = (new, old);
            }
            let cap = sums.caps[wave];
            if rates.1 > cap && !sums.uses[wave].is_empty() {
                for (over, rate) in sums.over.iter_mut().zip(rates.0) {
                    *over |= u64::from(*rate) > cap;
                }
            }
        }
        for wave in (0..self.waves.len()).filter(|wave| self.waves.row_of(*wave as u32).is_none()) {
            std::mem::swap(&mut sums.uses[wave], &mut sums.fresh[wave]);
        }
        sums.block = self.waves.block();
        sums.valid = true;
        self.sum_steady();
    }

    /// Who writes what, by wave.
    fn collect(&mut self) {
        let sums = &mut self.sums;
        sums.fresh.iter_mut().for_each(Vec::clear);
        for v in &self.live {
            let vm = &self.vms[*v as usize];
            if !(vm.tracked && vm.writes && vm.path.is_some()) {
                continue;
            }
            for lane in &self.lanes[vm.lanes()] {
                if lane.factor > 0 {
                    let (kind, uses) = (lane.kinds[vm.way()], &mut sums.fresh[lane.wave as usize]);
                    uses.push(Disks { kind, ops_factor: lane.ops_factor, factor: lane.factor, count: 1 });
                }
            }
        }
        sums.merge_equal();
    }

    /// Waves off the grid, at their present rates.
    fn sum_steady(&mut self) {
        self.sums.steady.clear();
        self.sums.steady.resize(self.kinds.all.len(), 0);
        self.sums.steady_overhead.clear();
        self.sums.steady_overhead.resize(self.kinds.all.len(), 0);
        self.sums.steady_over = false;
        for wave in 0..self.waves.len() as u32 {
            if self.sums.uses[wave as usize].is_empty() || self.waves.row_of(wave).is_some() {
                continue;
            }
            let rate = self.waves.rate(wave, self.t);
            self.sums.steady_over |= rate > self.sums.caps[wave as usize];
            for disks in &self.sums.uses[wave as usize] {
                self.sums.steady[disks.kind as usize] += disks.factor * rate;
                self.sums.steady_overhead[disks.kind as usize] += disks.overhead(rate, self.disk_rate);
            }
        }
    }

    /// A wave off the grid has another rate: the sums follow.
    pub(super) fn turn_sums(&mut self, wave: u32, before: u64, after: u64) {
        if !self.sums.valid {
            return;
        }
        for disks in &self.sums.uses[wave as usize] {
            let sum = &mut self.sums.steady[disks.kind as usize];
            *sum = *sum + disks.factor * after - disks.factor * before;
            let sum = &mut self.sums.steady_overhead[disks.kind as usize];
            *sum = *sum + disks.overhead(after, self.disk_rate) - disks.overhead(before, self.disk_rate);
        }
        if !self.sums.uses[wave as usize].is_empty() {
            self.sums.steady_over |= after > self.sums.caps[wave as usize];
        }
        self.ahead = None;
    }

    /// Whether the rates of this cell of the block pass everywhere.
    fn fits(&mut self, cell: usize) -> bool {
        let (_, cells) = self.waves.grid();
        if self.sums.steady_over || self.sums.over[cell] {
            return false;
        }
        self.load_fits(|row, kind| row[kind * cells + cell])
    }

    /// Whether the highest rate of every kind in the rest of the block passes everywhere: then every cell of it does.
    fn all_fit(&mut self, first: usize) -> bool {
        let (_, cells) = self.waves.grid();
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

    /// Goes quiet at the present moment when everything that flows fits; says whether it did.
    pub(super) fn quiet_from_here(&mut self) -> bool {
        self.sum_up();
        self.sum_steady();
        if !self.fits(self.cell()) {
            return false;
        }
        self.busy = false;
        for v in &self.live {
            for d in self.vms[*v as usize].lanes() {
                self.lanes[d].since = self.t;
                self.lanes[d].curve.forget();
            }
        }
        self.ahead = None;
        true
    }

    /// Cell of the present block at the present moment.
    fn cell(&self) -> usize {
        let (cell, cells) = self.waves.grid();
        ((self.t / cell) % cells as u64) as usize
    }

    /// Takes the next quiet span; says whether there is one.
    pub(super) fn plan_quiet(&mut self) -> bool {
        self.sum_up();
        if self.sums.steady_over || self.network.caches.iter().any(|cache| cache.has_no_room()) {
            return false;
        }
        let cell = self.cell();
        let (_, cells) = self.waves.grid();
        let checked = self.ahead.is_some_and(|ahead| self.t < ahead);
        if !checked {
            self.ahead = None;
            self.network.capacities(self.t, &self.inventory.limits, &self.places, &mut self.scratch.capacity);
            let open = |v: &u32| self.vms[*v as usize].stream.is_none() || self.is_open(*v as usize);
            if !self.live.iter().all(open) || !self.fits(cell) {
                return false;
            }
        }
        for kind in 0..self.kinds.all.len() {
            let rate = self.sums.steady[kind] + self.sums.cells[kind * cells + cell];
            (self.entering[kind], self.leaving[kind]) = (rate, rate);
        }
        self.network.overhead.fill(0);
        for (kind, what) in self.kinds.all.iter().enumerate() {
            let overhead = self.sums.steady_overhead[kind] + self.sums.cell_overhead[kind * cells + cell];
            self.network.overhead[what.appliance.index()] += overhead;
        }
        let mut flows = std::mem::take(&mut self.cache_flows);
        flows.clear();
        flows.resize(self.network.caches.len(), 0);
        for (kind, rate) in self.kinds.all.iter().zip(&self.entering) {
            flows[kind.cache.index()] += rate;
        }
        for (cache, rate) in self.network.caches.iter_mut().zip(&flows) {
            cache.flows(self.t, *rate, *rate);
        }
        self.cache_flows = flows;
        self.segment_end = self.next_common_change();
        true
    }

    /// Until when quiet certainly lasts: nobody needs to look before.
    pub(super) fn quiet_until(&mut self) -> u64 {
        if let Some(ahead) = self.ahead {
            return ahead.max(self.segment_end);
        }
        let mut end = self.waves.next_turn().min(self.network.next_change(self.t));
        let (cell, cells) = self.waves.grid();
        let block_end = (self.sums.block + 1) * cells as u64 * cell;
        let mut caches_safe = true;
        if self.waves.has_grid() {
            end = end.min(block_end);
            let first = self.cell();
            let checked = if self.all_fit(first) { cells } else { first };
            for ahead in checked..cells {
                let at = (self.sums.block * cells as u64 + ahead as u64) * cell;
                if at >= end {
                    break;
                }
                if ahead > first && !self.fits(ahead) {
                    end = end.min(at);
                }
            }
            let last = cells.min(((end.saturating_sub(1)) / cell % cells as u64) as usize + 1);
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
        let (_, cells) = self.waves.grid();
        let mut most = vec![0u64; self.network.caches.len()];
        for (kind, what) in self.kinds.all.iter().enumerate() {
            let row = &self.sums.cells[kind * cells..(kind + 1) * cells];
            let highest = row[first..last].iter().copied().max().unwrap_or(0);
            most[what.cache.index()] += (self.sums.steady[kind] + highest).min(NO_LIMIT);
        }
        self.network.caches.iter().zip(&most).all(|(cache, rate)| !cache.could_fill(*rate))
    }

    /// Lanes are looked at again: their totals catch up with their waves.
    pub(super) fn wake(&mut self) {
        if self.busy {
            return;
        }
        self.woken_at = self.t;
        self.ahead = None;
        for place in 0..self.live.len() {
            let v = self.live[place] as usize;
            self.vms[v].at = self.t;
            for d in self.vms[v].lanes() {
                let moved = self.moved_quietly(v, d, self.t);
                let lane = &mut self.lanes[d];
                lane.written += moved;
                lane.received += moved;
                lane.served += moved;
                lane.booked += moved;
                lane.since = self.t;
            }
        }
        self.busy = true;
    }

    /// What a lane carried since quiet began, up to `t`.
    pub(super) fn moved_quietly(&self, v: usize, d: usize, t: u64) -> i128 {
        let (vm, lane) = (&self.vms[v], &self.lanes[d]);
        if self.busy || !(vm.tracked && vm.writes) {
            return 0;
        }
        let sum = self.waves.sum(lane.wave, t) - self.waves.sum(lane.wave, lane.since);
        sum * over(lane.factor, 1)
    }
}
