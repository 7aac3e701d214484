//! Who gets what: into the caches first, then out of them, each by strict classes.
//!
//! A full cache lets in what it lets out: with a processing delay that is known from the past; without one the largest inlet with
//! `Σ in ≤ Σ out` is found by bisection on whole µB/s, since `Σ in − Σ out` never falls as the inlet opens (methods 1.5). Into the
//! cache goes first, so an appliance that sends and pulls at once sends first.
//!
//! VMs that rest (`rest`) pass as sums, before those that are awake: they get all they want or are woken.

use crate::contract::{Fact, Observation};
use crate::units::{ApplianceId, CacheId};
use crate::world::pipeline::Pipeline;
use crate::world::sharing::{Claim, Filling, ONE, Stop};

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
    /// Where the level of the delta stopped, into the caches or out of them.
    pub stops: Vec<(bool, Stop)>,
    /// What VMs that rest need does not fit through some resource, or a cache may refuse it.
    pub crowded: bool,
    /// Of each appliance's processor, before disks take their part [µB/s · 2²⁰].
    processor: Vec<u128>,
    overhead: Vec<u64>,
    full: Vec<bool>,
    inlets: Vec<Option<u64>>,
    /// VMs of which something is asked.
    pub watched: Vec<u32>,
    pub entering: Vec<u64>,
    pub leaving: Vec<u64>,
}

impl Pipeline {
    /// Disks whose data waits for their appliance: at the source, on the way back also in the log account.
    pub(super) fn find_held(&mut self) {
        for v in &self.awake {
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
        for (kind, what) in self.kinds.all.iter().enumerate() {
            scratch.overhead[what.appliance.index()] += self.sums.overhead(kind);
        }
        for v in &self.awake {
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
        for v in &self.awake {
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
    pub(super) fn distribute(&mut self) {
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

    /// Who gets what with the processors as they are.
    fn share_out(&mut self) {
        self.share_among_awake();
        while self.wake_who_is_held_back() {
            self.share_among_awake();
        }
    }

    /// The same with those awake now, caches that are full included.
    fn share_among_awake(&mut self) {
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
            if self.anybody_rests() {
                self.scratch.crowded = true;
                return;
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
        scratch.stops.clear();
        scratch.crowded = false;
        let classes = if self.bulk { 3 } else { 1 };
        for into in [true, false] {
            self.pass_resting(into);
            for class in 0..classes {
                self.fill_class(class, into);
            }
        }
        self.sum_by_cache();
    }

    /// VMs that rest take what they need.
    fn pass_resting(&mut self, into: bool) {
        let scratch = &mut self.scratch;
        for (kind, uses) in if into { &self.kinds.into } else { &self.kinds.out }.iter().enumerate() {
            let rate = u128::from(self.sums.rate(kind));
            for (resource, cost) in uses.iter().filter(|_| rate > 0) {
                let (left, need) = (&mut scratch.left[*resource as usize], rate * u128::from(*cost));
                scratch.crowded |= need > *left;
                *left = left.saturating_sub(need);
            }
        }
    }

    /// What goes into each cache and out of it.
    fn sum_by_cache(&mut self) {
        let scratch = &mut self.scratch;
        for sums in [&mut scratch.entering, &mut scratch.leaving] {
            sums.clear();
            sums.resize(self.network.caches.len(), 0);
        }
        for (kind, what) in self.kinds.all.iter().enumerate() {
            let rate = self.sums.rate(kind);
            scratch.entering[what.cache.index()] += rate;
            scratch.leaving[what.cache.index()] += rate;
        }
        for v in &self.awake {
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
        for v in &self.awake {
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
            if class == 0 {
                scratch.stops.extend(scratch.filling.stops.iter().map(|stop| (into, *stop)));
            }
            begin = *end;
        }
        for (d, rate) in scratch.who.iter().zip(&scratch.rates) {
            let lane = &mut self.lanes[*d as usize];
            if into { lane.enters = *rate } else { lane.leaves = *rate }
        }
    }
}
