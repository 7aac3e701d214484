//! Changes of one VM while many are busy: the others go on as they were planned.
//!
//! A plan looks at every live VM. When a thousand of them start, stop and finish within minutes, each of these changes would be
//! planned for all. So a change that follows a plan within a glance waits for the next plan: until then the VM gets at most what
//! it got before, and what it leaves goes to nobody. What it writes, loses and ends counts at its moment; what is shared anew
//! is up to a glance late. Who would have to wait for the plan with new writes gets it at once: a short queue would be served at
//! full speed and show peaks that nobody has. With few VMs everything is planned at once.
//!
//! Invariants: no resource is overdrawn, for rates only fall between plans; every byte is counted where it is.
//! Tests: `what_waits_for_a_glance_loses_nothing`, `a_copy_that_begins_within_a_glance_of_a_plan_sends_with_the_next_one`.

use crate::world::busy::GLANCE;
use crate::world::flow::Amount;
use crate::world::pipeline::Pipeline;

impl Pipeline {
    /// Whether a change of one VM may wait for the next plan.
    pub(super) fn lets_wait(&self) -> bool {
        let soon = self.t < self.planned_at + GLANCE;
        self.busy && self.planned && !self.always_busy && soon && self.live.len() > self.many
    }

    /// The VM is about to change: it catches up, and what it moves counts no longer.
    pub(super) fn touch(&mut self, v: usize) {
        if self.touched.iter().any(|(other, _)| *other as usize == v) {
            return;
        }
        self.wake_vm(v);
        self.catch_up(v);
        self.commit_marks_of(v);
        self.add_flows(v, -1);
        self.touched.push((v as u32, self.vms[v].reverse));
    }

    /// VMs that have changed at the present moment move on, as far as the plan lets them.
    pub(super) fn touch_up(&mut self) {
        if self.touched.is_empty() {
            return;
        }
        let touched = std::mem::take(&mut self.touched);
        let mut begins = false;
        for (v, reverse) in &touched {
            self.keep_rates(*v as usize, *reverse);
            self.add_flows(*v as usize, 1);
            begins |= self.begins_to_wait(*v as usize);
        }
        if begins {
            return self.end_segment();
        }
        self.segment_end = self.segment_end.min(self.planned_at + GLANCE);
        for (c, cache) in self.network.caches.iter_mut().enumerate() {
            cache.flows(self.t, self.scratch.entering[c], self.scratch.leaving[c]);
            self.segment_end = self.segment_end.min(cache.next_change(self.t));
        }
        if self.short_of_room() {
            let moving = touched.iter().flat_map(|(v, _)| self.vms[*v as usize].moving(self.disks));
            let drained = moving.map(|d| self.lanes[d].cache_empty_in(true)).min().unwrap_or(u64::MAX);
            self.segment_end = self.segment_end.min(self.t.saturating_add(drained));
        }
        for (v, _) in &touched {
            self.predict_again(*v as usize);
        }
        self.touched = touched;
        self.touched.clear();
    }

    fn begins_to_wait(&self, v: usize) -> bool {
        let mut delta = self.vms[v].lanes().map(|d| &self.lanes[d]);
        delta.any(|lane| lane.at_source() == 0 && lane.arrives > lane.enters)
    }

    /// Rates of a VM between two plans: what it has got so far, while it still has something to move the same way.
    fn keep_rates(&mut self, v: usize, was_reverse: bool) {
        self.set_arrivals_of(v);
        let vm = &self.vms[v];
        let same = vm.reverse == was_reverse;
        let enters = same && vm.reachable;
        for d in vm.lanes().flat_map(|d| [d, d + self.disks]) {
            let lane = &mut self.lanes[d];
            let most = if lane.at_source() > 0 { lane.enters } else { lane.enters.min(lane.arrives) };
            lane.enters = if enters { most } else { 0 };
            let most = if lane.in_cache() > 0 { lane.leaves } else { lane.leaves.min(lane.enters) };
            lane.leaves = if same { most } else { 0 };
        }
    }

    /// Adds what a VM moves to the sums of the plan, or takes it away.
    fn add_flows(&mut self, v: usize, sign: Amount) {
        self.add_backlog(v, sign);
        let vm = &self.vms[v];
        let Some(path) = vm.path else { return };
        let add = |sum: &mut u64, rate: u64| *sum = if sign > 0 { *sum + rate } else { *sum - rate };
        for d in vm.lanes().flat_map(|d| [d, d + self.disks]) {
            let (lane, cache) = (&self.lanes[d], path.cache.index());
            let kind = lane.kinds[vm.way()] as usize;
            add(&mut self.entering[kind], lane.enters);
            add(&mut self.leaving[kind], lane.leaves);
            add(&mut self.scratch.entering[cache], lane.enters);
            add(&mut self.scratch.leaving[cache], lane.leaves);
        }
    }
}
