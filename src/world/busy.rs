//! Busy times: every lane is looked at whenever something changes.
//!
//! At each change: what is written, what there is, who gets what (into the caches first, then out of them, each by strict
//! classes), then the first moment at which one of these ends. A full cache lets in what it lets out: with a processing delay
//! that is known from the past; without one the largest inlet with `Σ in ≤ Σ out` is found by bisection on whole µB/s, since
//! `Σ in − Σ out` never falls as the inlet opens (methods 1.5).
//!
//! Into the cache goes first, so an appliance that sends and pulls at once sends first.

use crate::contract::{Fact, Observation, ResyncReason};
use crate::units::{ApplianceId, CacheId, Timestamp, VmId};
use crate::world::flow::{Amount, MarkState};
use crate::world::pipeline::Pipeline;
use crate::world::sharing::{Claim, Filling, ONE};

/// Longest span that is planned at once: bounds what is predicted in vain [ns].
const LONGEST: u64 = 86_400_000_000_000;

/// With more VMs than this, what happens to single ones within a glance is looked at together: a flow that runs empty leaves
/// its share to the others, a copy begins, a buffer is found full up to a glance late. See `touch`.
pub(super) const MANY: usize = 512;
pub(super) const GLANCE: u64 = 5_000_000_000;

/// Scratch of a distribution.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    filling: Filling,
    claims: Vec<Claim>,
    who: Vec<u32>,
    /// Ends of the claims that are served together, one group after the other.
    ends: Vec<usize>,
    rates: Vec<u64>,
    left: Vec<u128>,
    pub capacity: Vec<u128>,
    pub bound: Vec<bool>,
    /// Of each appliance's processor, before disks take their part [µB/s · 2²⁰].
    processor: Vec<u128>,
    overhead: Vec<u64>,
    full: Vec<bool>,
    inlets: Vec<Option<u64>>,
    pub entering: Vec<u64>,
    pub leaving: Vec<u64>,
}

impl Pipeline {
    /// Distributes everything at the present moment and finds out how long it holds.
    pub(super) fn plan_busy(&mut self) {
        self.start_copies();
        self.bulk = self.any_bulk();
        self.set_arrivals();
        self.watch_buffers();
        self.network.capacities(self.t, &self.inventory.limits, &self.places, &mut self.scratch.capacity);
        self.find_held();
        self.rank_by_deadline();
        self.distribute();
        self.sum_flows();
        self.sum_backlogs();
        self.finish_copies();
        let free = self.settle_marks();
        self.name_bottlenecks();
        self.segment_end = self.next_busy_change();
        if free && !self.always_busy && !self.stays_awake() {
            self.network.capacities(self.t, &self.inventory.limits, &self.places, &mut self.scratch.capacity);
            if self.quiet_from_here() {
                return;
            }
        }
        self.predict();
    }

    /// Whether any bulk lane has something on its way; rates of idle ones are cleared.
    fn any_bulk(&mut self) -> bool {
        let mut any = false;
        for v in &self.live {
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
    fn set_arrivals(&mut self) {
        for place in 0..self.live.len() {
            self.set_arrivals_of(self.live[place] as usize);
        }
    }

    pub(super) fn set_arrivals_of(&mut self, v: usize) {
        let vm = &self.vms[v];
        let on = vm.tracked && vm.writes;
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

    /// Disks whose data waits for their appliance: at the source, on the way back also in the log account.
    fn find_held(&mut self) {
        for v in &self.live {
            let vm = &self.vms[*v as usize];
            for d in vm.lanes() {
                let (lane, bulk) = (&self.lanes[d], &self.lanes[d + self.disks]);
                let source = lane.at_source() > 0 || bulk.at_source() > 0;
                let held = if vm.reverse { lane.waits() || bulk.waits() } else { source };
                self.lanes[d].held = held;
            }
        }
        self.scratch.processor.clear();
        for index in 0..self.network.overhead.len() {
            let place = self.places.operations(ApplianceId::from_index(index)) as usize;
            self.scratch.processor.push(self.scratch.capacity[place]);
        }
    }

    /// Disks take their part of the processor; says whether it is another than before.
    fn charge_disks(&mut self) -> bool {
        let scratch = &mut self.scratch;
        scratch.overhead.clear();
        scratch.overhead.resize(self.network.overhead.len(), 0);
        for v in &self.live {
            let vm = &self.vms[*v as usize];
            let Some(path) = vm.path.filter(|_| vm.reachable || vm.reverse) else { continue };
            for d in vm.lanes() {
                let lane = &self.lanes[d];
                scratch.overhead[path.appliance.index()] += if lane.held { self.disk_rate } else { lane.own_ops };
            }
        }
        for (index, overhead) in scratch.overhead.iter_mut().enumerate() {
            let room = scratch.processor[index];
            let most = u64::try_from(room / 2 / u128::from(ONE)).unwrap_or(u64::MAX);
            *overhead = (*overhead).min(most);
            let place = self.places.operations(ApplianceId::from_index(index)) as usize;
            scratch.capacity[place] = room - u128::from(*overhead) * u128::from(ONE);
        }
        let other = scratch.overhead != self.network.overhead;
        self.network.overhead.clone_from(&scratch.overhead);
        other
    }

    /// Marks disks that would begin to wait; says whether there are any.
    fn find_starved(&mut self) -> bool {
        let mut any = false;
        for v in &self.live {
            let vm = &self.vms[*v as usize];
            for d in vm.lanes().filter(|_| vm.path.is_some()) {
                let lane = &mut self.lanes[d];
                let starved = lane.enters < lane.arrives || (vm.reverse && lane.leaves < lane.enters);
                any |= starved && !lane.held;
                lane.held |= starved;
            }
        }
        any
    }

    /// Who gets what. A disk that cannot keep up takes more of the processor, as it will once its data waits: until no other
    /// falls behind, so that the outcome does not depend on when somebody looks.
    fn distribute(&mut self) {
        self.charge_disks();
        loop {
            self.share_out();
            if !(self.find_starved() && self.charge_disks()) {
                break;
            }
        }
        for c in 0..self.network.caches.len() {
            self.set_full(c, self.scratch.full[c]);
        }
    }

    /// Who gets what with the processors as they are, caches that are full included.
    fn share_out(&mut self) {
        let caches = self.network.caches.len();
        self.scratch.inlets.clear();
        self.scratch.inlets.resize(caches, None);
        self.scratch.full.clear();
        self.scratch.full.resize(caches, false);
        self.fill();
        for c in 0..caches {
            let cache = &self.network.caches[c];
            let (wanted, freed) = (self.scratch.entering[c], cache.frees(self.scratch.leaving[c]));
            if !cache.refuses(wanted, freed) {
                continue;
            }
            self.scratch.full[c] = true;
            let inlet = if cache.frees_late() { freed } else { self.widest_inlet(c, wanted) };
            self.scratch.inlets[c] = Some(inlet);
            self.fill();
        }
    }

    fn set_full(&mut self, c: usize, full: bool) {
        let id = CacheId::from_index(c);
        if self.network.caches[c].full == full {
            return;
        }
        self.network.caches[c].set_full(full);
        let (fact, word) = if full {
            (Fact::CacheFull { cache: id }, Observation::CacheRefuses { cache: id })
        } else {
            (Fact::CacheAccepts { cache: id }, Observation::CacheAccepts { cache: id })
        };
        self.note(self.t, fact);
        self.observations.push_back(word);
    }

    /// The largest inlet through which no more comes in than goes out.
    fn widest_inlet(&mut self, c: usize, wanted: u64) -> u64 {
        let (mut low, mut high) = (0, wanted);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            self.scratch.inlets[c] = Some(middle);
            self.fill();
            let freed = self.network.caches[c].frees(self.scratch.leaving[c]);
            if self.scratch.entering[c] <= freed { low = middle } else { high = middle }
        }
        low
    }

    /// One distribution with the inlets as they stand.
    fn fill(&mut self) {
        let scratch = &mut self.scratch;
        scratch.left.clone_from(&scratch.capacity);
        for (c, inlet) in scratch.inlets.iter().enumerate() {
            if let Some(inlet) = inlet {
                let place = self.places.cache(CacheId::from_index(c)) as usize;
                scratch.left[place] = scratch.left[place].min(u128::from(*inlet) * u128::from(ONE));
            }
        }
        scratch.bound.clear();
        scratch.bound.resize(scratch.left.len(), false);
        let classes = if self.bulk { 3 } else { 1 };
        for class in 0..classes {
            self.fill_class(class, true);
        }
        for class in 0..classes {
            self.fill_class(class, false);
        }
        let scratch = &mut self.scratch;
        scratch.entering.clear();
        scratch.entering.resize(self.network.caches.len(), 0);
        scratch.leaving.clear();
        scratch.leaving.resize(self.network.caches.len(), 0);
        for v in &self.live {
            let vm = &self.vms[*v as usize];
            let Some(path) = vm.path else { continue };
            for d in vm.moving(self.disks) {
                scratch.entering[path.cache.index()] += self.lanes[d].enters;
                scratch.leaving[path.cache.index()] += self.lanes[d].leaves;
            }
        }
    }

    /// One priority class, into the caches or out of them.
    fn fill_class(&mut self, class: u8, into: bool) {
        let scratch = &mut self.scratch;
        scratch.claims.clear();
        scratch.who.clear();
        for v in &self.live {
            let vm = &self.vms[*v as usize];
            let Some(path) = vm.path.filter(|_| class == 0 || vm.bulk) else { continue };
            let way = vm.way();
            let up = if into { vm.reachable } else { self.network.caches[path.cache.index()].up };
            for d in vm.lanes() {
                let d = if class == 0 { d } else { d + self.disks };
                let lane = &self.lanes[d];
                if lane.class != class {
                    continue;
                }
                let before = if class == 0 { None } else { Some(&self.lanes[d - self.disks]) };
                let (cap, waits, comes) = if into {
                    (
                        lane.caps_in[way] - before.map_or(0, |b| b.enters.min(lane.caps_in[way])),
                        lane.at_source(),
                        lane.arrives,
                    )
                } else {
                    (
                        lane.caps_out[way] - before.map_or(0, |b| b.leaves.min(lane.caps_out[way])),
                        lane.in_cache(),
                        lane.enters,
                    )
                };
                let demand = if !up {
                    0
                } else if waits > 0 {
                    // The rest of a nanosecond: what waits [10⁻¹⁵ B] is a rate [µB/s] that moves it in one.
                    cap.min(u64::try_from(waits).unwrap_or(u64::MAX).saturating_add(comes))
                } else {
                    comes.min(cap)
                };
                scratch.claims.push(Claim { demand, weight: lane.weight, kind: lane.kinds[way] });
                scratch.who.push(d as u32);
            }
        }
        let kinds = if into { &self.kinds.into } else { &self.kinds.out };
        let ends = &mut scratch.ends;
        match self.due_first.as_mut().filter(|_| class == 0) {
            Some(due_first) => due_first.sort(into, &mut scratch.who, &mut scratch.claims, ends),
            None => {
                ends.clear();
                ends.push(scratch.claims.len());
            }
        }
        scratch.rates.clear();
        let mut begin = 0;
        for end in ends {
            let claims = &scratch.claims[begin..*end];
            scratch.filling.share(claims, kinds, &mut scratch.left, &mut scratch.bound, &mut scratch.rates);
            begin = *end;
        }
        for (d, rate) in scratch.who.iter().zip(&scratch.rates) {
            let lane = &mut self.lanes[*d as usize];
            if into { lane.enters = *rate } else { lane.leaves = *rate }
        }
    }

    /// Flows by kind, and what that means to the caches.
    fn sum_flows(&mut self) {
        self.entering.fill(0);
        self.leaving.fill(0);
        for v in &self.live {
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
        for place in 0..self.live.len() {
            let v = self.live[place] as usize;
            let waits: Amount = self.vms[v].lanes().map(|d| self.lanes[d].at_source()).sum();
            let vm_id = VmId::from_index(v);
            if self.vms[v].bitmap.is_none() && waits > self.buffer(v) {
                self.vms[v].bitmap = Some(self.t);
                self.silence(v);
                self.observations.push_back(Observation::OrderLost { vm: vm_id, since: Timestamp::from_ns(self.t) });
                for d in self.vms[v].lanes() {
                    let lane = &mut self.lanes[d];
                    if lane.at_source() > 0 {
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
        let mut end = self.next_common_change().min(self.t + LONGEST).min(self.order_ends());
        let (mut own, mut drained, short) = (u64::MAX, u64::MAX, self.short_of_room());
        for v in &self.live {
            own = own.min(self.next_change_of(*v as usize));
            let moving = self.vms[*v as usize].moving(self.disks);
            drained = moving.map(|d| self.lanes[d].cache_empty_in(short)).fold(drained, u64::min);
        }
        let mut drained = self.t.saturating_add(drained);
        if self.live.len() > self.many {
            if self.stays_awake() {
                end = end.min(self.woken_at + GLANCE);
            }
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

    /// Whether many VMs were woken a glance ago at most: where one changes others follow, and falling asleep costs a look at all.
    fn stays_awake(&self) -> bool {
        self.live.len() > self.many && self.t < self.woken_at + GLANCE
    }

    /// Whether some account may be full within a glance: then what leaves it is counted to the nanosecond.
    pub(super) fn short_of_room(&self) -> bool {
        self.network.caches.iter().any(|cache| cache.could_fill_in(GLANCE))
    }

    /// Changes that quiet and busy times have in common: cells, turns, links, what the caches free.
    pub(super) fn next_common_change(&self) -> u64 {
        let mut end = self.waves.next_turn().min(self.network.next_change(self.t));
        if self.waves.has_grid() {
            let (cell, cells) = self.waves.grid();
            let step = if self.live.is_empty() { cell * cells as u64 } else { cell };
            end = end.min((self.t / step + 1) * step);
        }
        for cache in &self.network.caches {
            end = end.min(cache.next_change(self.t));
        }
        end
    }

    /// Whether nothing at all waits; VMs that have caught up get their marks by rule again.
    fn settle_marks(&mut self) -> bool {
        let mut free = self.watches.is_empty() && !self.network.caches.iter().any(|cache| cache.full);
        for place in 0..self.live.len() {
            let v = self.live[place] as usize;
            let vm = &self.vms[v];
            let flows = (vm.stream.is_none() || self.is_open(v))
                && vm.lanes().all(|d| self.lanes[d].flows_freely() && !self.lanes[d + self.disks].waits());
            free &= flows && vm.copy.is_none() && vm.bitmap.is_none() && (vm.reachable || !vm.tracked);
            if let MarkState::Each { next } = vm.marks
                && flows
                && next >= self.t
            {
                self.announce_rule(v, next);
            } else if matches!(vm.marks, MarkState::Each { .. }) {
                free = false;
            }
        }
        free
    }
}
