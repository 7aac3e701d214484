//! A span in which nothing changes passes: totals, meters and ages move along straight lines.

use crate::contract::Fact;
use crate::units::{ApplianceId, CacheId, Timestamp, VmId};
use crate::world::flow::{Amount, BYTE, over};
use crate::world::layout::floor;
use crate::world::pipeline::Pipeline;
use crate::world::sharing::ONE;
use crate::world::watermark::{Piece, older};

/// Scratch for the ages of one VM.
#[derive(Debug, Default)]
pub(super) struct Ages {
    received: Vec<Piece>,
    applied: Vec<Piece>,
    one: Vec<Piece>,
    both: Vec<Piece>,
}

impl Pipeline {
    /// Passes from the present moment to `to`, not beyond the end of the segment. Lanes lag behind until their rates change.
    pub(super) fn pass(&mut self, to: u64) {
        if to > self.t {
            self.put_levels(to);
            for cache in &mut self.network.caches {
                cache.pass(self.t, to);
            }
            for (level, slope) in &mut self.backlogs {
                *level += *slope * Amount::from(to - self.t);
            }
            self.t = to;
        }
    }

    /// The segment ends at the present moment: lanes that are looked at catch up, and everything is to be planned anew.
    pub(super) fn end_segment(&mut self) {
        for place in 0..self.awake.len() {
            self.catch_up(self.awake[place] as usize);
        }
        self.commit_marks();
        self.touched.clear();
        self.planned = false;
    }

    /// The lanes of a VM are brought to the present moment, at the rates they have had.
    pub(super) fn catch_up(&mut self, v: usize) {
        let from = self.vms[v].at;
        self.vms[v].at = self.t;
        if from >= self.t {
            return;
        }
        self.move_vm(v, from);
        if self.vms[v].lag.is_on() {
            self.age(v, from);
        }
        for d in self.vms[v].lanes() {
            self.lanes[d].trim_curve();
        }
    }

    fn put_levels(&mut self, to: u64) {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        values.resize(self.places.count(), (0, 0));
        let (micro, one) = (BYTE / 1_000_000, Amount::from(ONE));
        for (kind, (into, out)) in self.kinds.into.iter().zip(&self.kinds.out).enumerate() {
            let flows = [(into, self.entering[kind]), (out, self.leaving[kind])];
            for (uses, rate) in flows.into_iter().filter(|(_, rate)| *rate > 0) {
                for (place, cost) in uses {
                    values[*place as usize].0 +=
                        Amount::from(rate) * Amount::from(*cost) * (micro / 1_000) / one * 1_000;
                }
            }
        }
        self.put_operations(&mut values);
        if self.busy {
            for (a, backlog) in self.backlogs.iter().enumerate() {
                values[self.places.backlog(ApplianceId::from_index(a)) as usize] = *backlog;
            }
        }
        for (place, value) in values.iter().enumerate().filter(|(place, _)| !self.places.is_cache(*place as u32)) {
            if self.network.metered[place] {
                self.levels.put(place as u32, (self.t, to), *value);
            }
        }
        self.values = values;
        for (c, cache) in self.network.caches.iter().enumerate() {
            let place = self.places.cache(CacheId::from_index(c));
            if self.network.metered[place as usize] {
                cache.pieces(self.t, to, |held| {
                    self.levels.put(place, (held.from, held.until), (held.used, held.slope));
                    true
                });
            }
        }
    }

    /// Operations are shown in thousandths per second, what disks take besides included.
    fn put_operations(&self, values: &mut [(Amount, Amount)]) {
        let size = floor(&self.inventory.limits);
        for (a, overhead) in self.network.overhead.iter().enumerate() {
            let place = self.places.operations(ApplianceId::from_index(a)) as usize;
            values[place] = (milli_per_second(*overhead, size), 0);
        }
        for (k, kind) in self.kinds.all.iter().enumerate() {
            let rate = if kind.reverse { self.leaving[k] } else { self.entering[k] };
            if rate > 0 {
                values[self.places.operations(kind.appliance) as usize].0 += milli_per_second(rate, kind.block);
            }
        }
    }

    /// What waits at the sources of each appliance: how much, and how it grows.
    pub(super) fn sum_backlogs(&mut self) {
        self.backlogs.fill((0, 0));
        for place in 0..self.awake.len() {
            self.add_backlog(self.awake[place] as usize, 1);
        }
    }

    /// Adds what waits at the source of a VM, whose lanes are as of the present moment, or takes it away.
    pub(super) fn add_backlog(&mut self, v: usize, sign: Amount) {
        let vm = &self.vms[v];
        let Some(path) = vm.path.filter(|_| !vm.reverse) else { return };
        let (level, slope) = &mut self.backlogs[path.appliance.index()];
        for d in vm.moving(self.disks) {
            let lane = &self.lanes[d];
            *level += lane.at_source() * sign;
            *slope += (Amount::from(lane.arrives) - Amount::from(lane.enters)) * sign;
        }
    }

    fn move_vm(&mut self, v: usize, from: u64) {
        let (to, ns) = (self.t, self.t - from);
        let vm = &self.vms[v];
        let Some(path) = vm.path else { return };
        let mut surplus = 0;
        for d in vm.moving(self.disks) {
            let is_bulk = d >= self.disks;
            let lane = &mut self.lanes[d];
            if lane.gross == 0 && lane.enters == 0 && lane.leaves == 0 && !lane.waits() {
                continue;
            }
            let held = !is_bulk && !lane.flows_freely();
            let before = lane.written;
            let (gross, arrived) = (over(lane.gross, ns), over(lane.arrives, ns));
            lane.before = (lane.received, lane.served);
            lane.booked += gross;
            lane.superseded += gross - arrived;
            lane.written += arrived;
            let (enters, leaves) = (over(lane.enters, ns), over(lane.leaves, ns));
            let received = (lane.received + enters).min(lane.written);
            let served = (lane.served + leaves).min(received);
            surplus += (lane.served + leaves - served) - (lane.received + enters - received);
            (lane.received, lane.served) = (received, served);
            if held {
                if vm.bitmap.is_some() {
                    lane.curve.raise(from, (before, lane.written));
                } else {
                    lane.curve.begin(from, before);
                    lane.curve.push(to, lane.written);
                }
            }
            lane.moved = true;
        }
        if surplus != 0 {
            self.network.caches[path.cache.index()].correct(surplus);
        }
    }

    /// The ages of one VM over the span that has just passed: those of its oldest disk.
    fn age(&mut self, v: usize, from: u64) {
        let (to, span) = (self.t, (from, self.t));
        let ages = &mut self.ages;
        ages.received.clear();
        ages.applied.clear();
        let rest = Piece { from: span.0, start: 0, until: to, end: 0 };
        let mut any = false;
        for d in self.vms[v].lanes() {
            let lane = &mut self.lanes[d];
            let moved = std::mem::take(&mut lane.moved);
            if !moved || lane.curve.is_empty() {
                continue;
            }
            any = true;
            let (received, served) = lane.before;
            for (line, from, until) in
                [(&mut ages.received, received, lane.received), (&mut ages.applied, served, lane.served)]
            {
                lane.curve.ages(span, (from, until), &mut ages.one);
                if line.is_empty() {
                    line.clone_from(&ages.one);
                } else {
                    older(line, &ages.one, &mut ages.both);
                    std::mem::swap(line, &mut ages.both);
                }
            }
        }
        if !any {
            return;
        }
        for line in [&mut ages.received, &mut ages.applied] {
            if line.is_empty() {
                line.push(rest);
            }
        }
        let vm = &mut self.vms[v];
        vm.lag.extend(vm.pipe, vm.delay, &ages.received, &ages.applied);
        let facts = &mut self.facts;
        vm.lag.settle(to, |received, applied| facts.push_back(lag_fact(v, received, applied)));
    }

    /// The ages of a VM become facts up to the present moment; its line ends.
    pub(super) fn end_lag(&mut self, v: usize) {
        let (t, vm, facts) = (self.t, &mut self.vms[v], &mut self.facts);
        if vm.lag.is_on() {
            vm.lag.rest(t, vm.pipe, vm.delay);
            vm.lag.end(t, |received, applied| facts.push_back(lag_fact(v, received, applied)));
        }
    }
}

/// Operations of `size` bytes that a rate [µB/s] makes [10⁻¹⁵ thousandths per second], rounded down.
fn milli_per_second(rate: u64, size: u64) -> Amount {
    // Whole and rest apart: two short divisions instead of a long one.
    let (whole, rest, unit) = (rate / size, rate % size, BYTE / 1_000);
    match (rest).checked_mul(unit as u64) {
        Some(rest) => Amount::from(whole) * unit + Amount::from(rest / size),
        None => Amount::from(rate) * unit / Amount::from(size),
    }
}

fn lag_fact(v: usize, received: Piece, applied: Piece) -> (Timestamp, Fact) {
    let span = |ns| crate::units::Duration::from_ns(ns);
    let lag = Fact::Lag {
        vm: VmId::from_index(v),
        since: Timestamp::from_ns(received.from),
        received: (span(received.start), span(received.end)),
        applied: (span(applied.start), span(applied.end)),
    };
    (Timestamp::from_ns(received.until), lag)
}
