//! Busy times: lanes in which something waits are looked at whenever something changes.
//!
//! At each change: what is written, what there is, who gets what (`distribute`), then the first moment at which one of these ends.
//! Only VMs that are awake are looked at; of those that rest (`rest`) nothing waits, and they are sums.

use crate::contract::{Fact, Observation, ResyncReason};
use crate::units::{Timestamp, VmId};
use crate::world::flow::{Amount, MarkState};
use crate::world::pipeline::Pipeline;

/// Longest span that is planned at once: bounds what is predicted in vain [ns].
const LONGEST: u64 = 86_400_000_000_000;

/// With more VMs than this, what happens to single ones within a glance is looked at together: a flow that runs empty leaves
/// its share to the others, a copy begins, a buffer is found full up to a glance late. See `touch`.
pub(super) const MANY: usize = 512;
pub(super) const GLANCE: u64 = 5_000_000_000;

impl Pipeline {
    /// Distributes everything at the present moment and finds out how long it holds.
    pub(super) fn plan_busy(&mut self) {
        self.start_copies();
        self.bulk = self.any_bulk();
        self.wake_who_cannot_rest();
        self.set_arrivals();
        self.watch_buffers();
        self.network.capacities(self.t, &self.inventory.limits, &self.places, &mut self.scratch.capacity);
        self.find_held();
        self.rank_by_deadline();
        self.distribute();
        self.sum_flows();
        self.sum_backlogs();
        self.finish_copies();
        self.settle_marks();
        self.name_bottlenecks();
        let quiet = self.go_to_rest();
        self.segment_end = self.next_busy_change();
        if !quiet {
            self.predict();
        }
    }

    /// Whether any bulk lane has something on its way; rates of idle ones are cleared.
    fn any_bulk(&mut self) -> bool {
        let mut any = false;
        for v in &self.awake {
            let vm = &mut self.vms[*v as usize];
            vm.bulk = false;
            for d in vm.lanes() {
                let bulk = &mut self.lanes[d + self.disks];
                vm.bulk |= bulk.waits();
                (bulk.enters, bulk.leaves) = (0, 0);
            }
            any |= vm.bulk;
        }
        any
    }

    /// What the guests write from now on.
    pub(super) fn set_arrivals(&mut self) {
        for place in 0..self.awake.len() {
            self.set_arrivals_of(self.awake[place] as usize);
        }
    }

    pub(super) fn set_arrivals_of(&mut self, v: usize) {
        let vm = &self.vms[v];
        let on = vm.sends();
        for d in vm.lanes() {
            let lane = &mut self.lanes[d];
            let rate = if on { self.waves.rate(lane.wave, self.t) } else { 0 };
            lane.gross = lane.factor.saturating_mul(rate);
            lane.own_ops = lane.ops_factor.saturating_mul(rate).min(self.disk_rate);
            lane.arrives = lane.gross;
            if let Some(since) = vm.bitmap {
                let (pace, _) = self.writes[d].distinct_pace(self.t - since);
                lane.arrives = (u128::from(lane.gross) * u128::from(pace) / 1_000_000) as u64;
            }
        }
    }

    /// Flows by kind, and what that means to the caches.
    fn sum_flows(&mut self) {
        for kind in 0..self.kinds.all.len() {
            let rate = self.sums.rate(kind);
            (self.entering[kind], self.leaving[kind]) = (rate, rate);
        }
        for v in &self.awake {
            let vm = &self.vms[*v as usize];
            if vm.path.is_none() {
                continue;
            }
            for d in vm.moving(self.disks) {
                let lane = &self.lanes[d];
                let kind = lane.kinds[vm.way()] as usize;
                self.entering[kind] += lane.enters;
                self.leaving[kind] += lane.leaves;
            }
        }
        for (c, cache) in self.network.caches.iter_mut().enumerate() {
            cache.flows(self.t, self.scratch.entering[c], self.scratch.leaving[c]);
        }
    }

    fn name_bottlenecks(&mut self) {
        for index in 0..self.scratch.bound.len() {
            let now = self.scratch.bound[index];
            if now != self.saturated[index] {
                self.saturated[index] = now;
                let meter = self.places.meter(index as u32);
                self.note(self.t, if now { Fact::Saturated { meter } } else { Fact::Relieved { meter } });
            }
        }
    }

    /// Of a VM: what the agent may hold before it keeps a bitmap only.
    fn buffer(&self, v: usize) -> Amount {
        let vm = &self.vms[v];
        let reaches =
            vm.path.is_some_and(|p| self.network.appliances_up[p.appliance.index()]) && !vm.reverse && vm.reachable;
        if reaches { vm.buffer } else { vm.memory }
    }

    /// Order is lost when the buffers overflow, and restored when all has been sent.
    fn watch_buffers(&mut self) {
        for place in 0..self.awake.len() {
            let v = self.awake[place] as usize;
            let waits: Amount = self.vms[v].lanes().map(|d| self.lanes[d].at_source()).sum();
            let vm_id = VmId::from_index(v);
            if self.vms[v].bitmap.is_none() && waits > self.buffer(v) {
                self.vms[v].bitmap = Some(self.t);
                self.silence(v);
                self.observations.push_back(Observation::OrderLost { vm: vm_id, since: Timestamp::from_ns(self.t) });
                for d in self.vms[v].lanes() {
                    let lane = &mut self.lanes[d];
                    if lane.waits() {
                        let since = lane.curve.watermark(lane.received, self.t);
                        lane.curve.blur(since, lane.received, lane.written);
                    }
                }
                self.set_arrivals();
            } else if self.vms[v].bitmap.is_some() && waits == 0 {
                self.vms[v].bitmap = None;
                self.vms[v].resync_told = false;
                self.observations.push_back(Observation::OrderRestored { vm: vm_id });
                self.wake_marks(v);
                self.set_arrivals();
            }
            if self.vms[v].bitmap.is_some() && !self.vms[v].resync_told && waits > self.dirty_limit(v) {
                self.vms[v].resync_told = true;
                self.observations.push_back(Observation::ResyncNeeded { vm: vm_id, why: ResyncReason::TooMuchDirty });
            }
        }
    }

    fn dirty_limit(&self, v: usize) -> Amount {
        let share = self.inventory.limits.bitmap_resync_share.ppm();
        self.vms[v].disk_bytes * Amount::from(share) / 1_000_000
    }

    /// The first moment at which a rate changes by what happens in the lanes or by the calendar.
    fn next_busy_change(&self) -> u64 {
        let end = self.next_common_change().min(self.t + LONGEST).min(self.order_ends());
        let (mut own, mut drained, short) = (u64::MAX, u64::MAX, self.short_of_room());
        for v in &self.awake {
            own = own.min(self.next_change_of(*v as usize));
            let moving = self.vms[*v as usize].moving(self.disks);
            drained = moving.map(|d| self.lanes[d].cache_empty_in(short)).fold(drained, u64::min);
        }
        let mut drained = self.t.saturating_add(drained);
        if self.live.len() > self.many {
            own = own.max(self.t + GLANCE);
            drained = if short { drained } else { drained.max(self.t + GLANCE) };
        }
        end.min(own).min(drained)
    }

    /// When something changes in the lanes of a VM: nothing waits at the source any more, a buffer is full, fewer of the bytes written
    /// are new to a bitmap, a copy begins to send.
    fn next_change_of(&self, v: usize) -> u64 {
        let vm = &self.vms[v];
        let empty = vm.moving(self.disks).map(|d| self.lanes[d].source_empty_in()).min().unwrap_or(u64::MAX);
        let mut end = self.t.saturating_add(empty);
        let (mut waits, mut grows) = (0, 0);
        for d in vm.lanes() {
            let lane = &self.lanes[d];
            waits += lane.at_source();
            grows += Amount::from(lane.arrives) - Amount::from(lane.enters);
            if let Some(since) = vm.bitmap {
                end = end.min(since.saturating_add(self.writes[d].distinct_pace(self.t - since).1));
            }
        }
        if grows > 0 {
            let limit = match vm.bitmap {
                None => self.buffer(v),
                Some(_) if vm.resync_told => Amount::MAX,
                Some(_) => self.dirty_limit(v),
            };
            if waits <= limit {
                let wait = u64::try_from((limit - waits) / grows + 1).unwrap_or(u64::MAX);
                end = end.min(self.t.saturating_add(wait));
            }
        }
        vm.copy.filter(|copy| !copy.started).map_or(end, |copy| end.min(copy.ready))
    }

    /// Whether some account may be full within a glance: then what leaves it is counted to the nanosecond.
    pub(super) fn short_of_room(&self) -> bool {
        self.network.caches.iter().any(|cache| cache.could_fill_in(GLANCE))
    }

    /// Changes that quiet and busy times have in common: cells, turns, links, what the caches free.
    pub(super) fn next_common_change(&self) -> u64 {
        let mut end = self.waves.next_turn().min(self.network.next_change(self.t));
        if self.waves.has_grid() {
            let grid = self.waves.grid();
            let next =
                if self.live.is_empty() { grid.first_of(grid.block_at(self.t) + 1) } else { grid.cell_at(self.t) + 1 };
            end = end.min(grid.begins(next));
        }
        for cache in &self.network.caches {
            end = end.min(cache.next_change(self.t));
        }
        end
    }

    /// VMs that have caught up get their marks by rule again; those of which nothing waits may rest.
    fn settle_marks(&mut self) {
        let mut watched = std::mem::take(&mut self.scratch.watched);
        watched.clear();
        watched.extend(self.watches.values().map(|watch| watch.vm));
        watched.sort_unstable();
        self.idle.clear();
        for place in 0..self.awake.len() {
            let v = self.awake[place] as usize;
            let vm = &self.vms[v];
            let flows = (vm.stream.is_none() || self.is_open(v))
                && vm.lanes().all(|d| self.lanes[d].flows_freely() && !self.lanes[d + self.disks].waits());
            let mut idle = flows && vm.tracked && vm.copy.is_none() && vm.bitmap.is_none() && vm.reachable;
            match vm.marks {
                MarkState::Each { next } if flows && next >= self.t => self.announce_rule(v, next),
                MarkState::Each { .. } => idle = false,
                MarkState::Silent | MarkState::Rule => {}
            }
            if idle && watched.binary_search(&(v as u32)).is_err() {
                self.idle.push(v as u32);
            }
        }
        self.scratch.watched = watched;
    }
}
