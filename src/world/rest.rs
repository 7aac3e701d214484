//! Who rests while others are busy.
//!
//! Of most VMs nothing waits, also while some catch up: what they write passes as it comes. Such a VM rests: its lanes follow their
//! waves and nobody looks at them, in what is shared they are sums (`quiet`). A plan costs what is awake. A VM is woken when
//! something happens to it, when something breaks or is mended anywhere, and when the sums say that it would not get all it wants:
//!
//! ```text
//!                      nothing waits, nothing is asked, all it wants passes
//!             awake ──────────────────────────────────────────────────────────▶ rests
//!               ▲    its own change · a cap of its own · its way is cut · no room   │
//!               └────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Exact: of claims that share a resource those that want least for their weight are served first (`sharing`), so all who rest have
//! what they want before the level stops, or are found by comparing them with where it stopped. Only the most demanding of a kind
//! is compared. Where deadlines rule, or an account is full, all rest or none.
//! Tests: `quiet_and_busy_times_tell_the_same_story` beside a run that looks at every lane at every change.

use crate::world::pipeline::Pipeline;
use crate::world::sharing::Claim;

/// By kind: who of those that rest wants most for its weight in the present cell; `None` while that is not known.
#[derive(Debug, Default)]
pub(super) struct Tops {
    of_kind: Option<Vec<Claim>>,
    /// Cell since the start of the run.
    cell: u64,
}

const NOTHING: Claim = Claim { demand: 0, weight: 1, kind: 0 };

impl Tops {
    pub(super) fn forget(&mut self) {
        self.of_kind = None;
    }

    fn raise(&mut self, claim: Claim) {
        if let Some(tops) = &mut self.of_kind {
            let top = &mut tops[claim.kind as usize];
            if claim.wants_more_than(*top) {
                *top = claim;
            }
        }
    }
}

impl Pipeline {
    pub(super) fn anybody_rests(&self) -> bool {
        self.awake.len() < self.live.len()
    }

    /// Lanes of a VM that rests are looked at again: their totals catch up with their waves.
    pub(super) fn wake_vm(&mut self, v: usize) {
        self.rouse(v);
        let place = self.awake.partition_point(|other| (*other as usize) < v);
        if self.vms[v].listed && self.awake.get(place) != Some(&(v as u32)) {
            self.awake.insert(place, v as u32);
        }
        self.busy = true;
        self.ahead = None;
    }

    pub(super) fn wake_all(&mut self) {
        for place in 0..self.live.len() {
            self.rouse(self.live[place] as usize);
        }
        self.awake.clone_from(&self.live);
        self.busy = true;
        self.ahead = None;
    }

    fn rouse(&mut self, v: usize) {
        if !self.vms[v].rests {
            return;
        }
        self.sum_vm(v, false);
        let vm = &self.vms[v];
        // Between two plans it goes on with what it has; otherwise the plan that follows decides.
        let (planned, sends) = (self.planned, vm.sends());
        for d in vm.lanes() {
            let moved = self.moved_quietly(v, d, self.t);
            let rate = if planned && sends { self.waves.rate(self.lanes[d].wave, self.t) } else { 0 };
            let lane = &mut self.lanes[d];
            lane.written += moved;
            lane.received += moved;
            lane.served += moved;
            lane.booked += moved;
            lane.since = self.t;
            lane.held = false;
            if planned {
                let rate = lane.factor.saturating_mul(rate);
                (lane.gross, lane.arrives, lane.enters, lane.leaves) = (rate, rate, rate, rate);
            }
        }
        let vm = &mut self.vms[v];
        (vm.rests, vm.at) = (false, self.t);
    }

    /// Those that need not be awake rest; says whether all do and quiet begins.
    pub(super) fn go_to_rest(&mut self) -> bool {
        if self.always_busy {
            return false;
        }
        let full = self.network.caches.iter().any(|cache| cache.full);
        let all = self.idle.len() == self.awake.len() && self.watches.is_empty() && !full;
        if !all && self.rest_together() {
            return false;
        }
        for place in 0..self.idle.len() {
            self.lay_down(self.idle[place] as usize);
        }
        let vms = &self.vms;
        self.awake.retain(|v| !vms[*v as usize].rests);
        if all && self.quiet_from_here() {
            return true;
        }
        if self.rest_together() {
            self.wake_all();
        }
        false
    }

    fn lay_down(&mut self, v: usize) {
        self.vms[v].rests = true;
        self.sum_vm(v, true);
        for d in self.vms[v].lanes() {
            self.lanes[d].since = self.t;
            self.lanes[d].curve.forget();
            let claim = self.claim_of(d);
            self.tops.raise(claim);
        }
    }

    /// What decides who is served next looks at all lanes, so all rest or none.
    fn rest_together(&self) -> bool {
        self.due_first.is_some() || self.network.caches.iter().any(|cache| cache.full)
    }

    /// Before a plan: those whose data cannot pass as it comes are woken, except for want of shared room, which the plan finds out.
    pub(super) fn wake_who_cannot_rest(&mut self) {
        if !self.anybody_rests() {
            return;
        }
        if self.rest_together() {
            return self.wake_all();
        }
        if self.has_cut_link() {
            self.wake_those(|pipeline, v| pipeline.is_cut_off(v));
        }
        if self.sums.may_be_over() {
            self.wake_those(|pipeline, v| {
                let wave = |d: usize| pipeline.lanes[d].wave;
                pipeline.vms[v]
                    .lanes()
                    .any(|d| pipeline.sums.is_over(wave(d), pipeline.waves.rate(wave(d), pipeline.t)))
            });
            self.sums.nobody_is_over();
        }
    }

    /// After a distribution: those that would not have got all they want are woken; says whether there were any.
    pub(super) fn wake_who_is_held_back(&mut self) -> bool {
        if !self.anybody_rests() {
            return false;
        }
        if self.scratch.crowded {
            self.wake_all();
            self.set_arrivals();
            return true;
        }
        if self.scratch.stops.is_empty() {
            return false;
        }
        self.find_tops();
        let tops = self.tops.of_kind.as_deref().unwrap_or_default();
        let held = tops.iter().any(|top| top.demand > 0 && self.is_stopped(*top));
        if !held {
            return false;
        }
        self.tops.forget();
        self.wake_those(|pipeline, v| pipeline.vms[v].lanes().any(|d| pipeline.is_stopped(pipeline.claim_of(d))))
    }

    /// Wakes those that rest and fulfil this; says whether there were any.
    fn wake_those(&mut self, which: impl Fn(&Self, usize) -> bool) -> bool {
        let mut any = false;
        for place in 0..self.live.len() {
            let v = self.live[place] as usize;
            if self.vms[v].rests && which(self, v) {
                self.rouse(v);
                self.set_arrivals_of(v);
                any = true;
            }
        }
        if any {
            let vms = &self.vms;
            self.awake.clear();
            self.awake.extend(self.live.iter().filter(|v| !vms[**v as usize].rests));
        }
        any
    }

    fn has_cut_link(&self) -> bool {
        self.network.links.iter().any(|link| link.capacity(self.t) == 0)
    }

    fn is_cut_off(&self, v: usize) -> bool {
        self.vms[v].stream.is_some() && !self.is_open(v)
    }

    /// Whether marks of some VM cannot pass. While nothing breaks only the calendar of a link does that.
    pub(super) fn somebody_is_cut_off(&self) -> bool {
        self.has_cut_link() && self.live.iter().any(|v| self.is_cut_off(*v as usize))
    }

    /// What a disk of a VM that rests wants at present.
    fn claim_of(&self, d: usize) -> Claim {
        let lane = &self.lanes[d];
        let vm = &self.vms[lane.vm as usize];
        let rate = if vm.sends() { self.waves.rate(lane.wave, self.t) } else { 0 };
        Claim { demand: lane.factor.saturating_mul(rate), weight: lane.weight, kind: lane.kinds[vm.way()] }
    }

    /// Whether the level stopped before the claim had what it wants.
    fn is_stopped(&self, claim: Claim) -> bool {
        let kind = claim.kind as usize;
        self.scratch.stops.iter().any(|(into, stop)| {
            let uses = if *into { &self.kinds.into[kind] } else { &self.kinds.out[kind] };
            claim.demand > 0 && uses.iter().any(|(resource, _)| *resource == stop.resource) && !claim.reaches(stop)
        })
    }

    /// Finds out who of those that rest wants most, once per cell and turn.
    fn find_tops(&mut self) {
        let cell = self.waves.grid().cell_at(self.t);
        if self.tops.of_kind.is_some() && self.tops.cell == cell {
            return;
        }
        self.tops = Tops { of_kind: Some(vec![NOTHING; self.kinds.all.len()]), cell };
        for place in 0..self.live.len() {
            let v = self.live[place] as usize;
            if self.vms[v].rests {
                for d in self.vms[v].lanes() {
                    let claim = self.claim_of(d);
                    self.tops.raise(claim);
                }
            }
        }
    }
}
