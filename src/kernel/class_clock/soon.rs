//! When flows run empty: marks, guards, and what is near.

use super::lines::{Flow, LINE_BITS, NEAR_MIN, State, ceil, flow_of, is_line, is_mark, key, later, waits};
use super::{Amount, ClassClocks};
use crate::kernel::queue::Queue;

impl ClassClocks {
    pub(super) fn gap(&self, line: &Flow) -> Amount {
        line.mark + self.moved(line.input) - self.clocks[line.class as usize].clock
    }

    /// When the clock touches the line at the present rate.
    pub(super) fn touches(&self, line: &Flow) -> u64 {
        let (gap, rate) = (self.gap(line), self.clocks[line.class as usize].rate);
        if gap <= 0 && line.input <= rate {
            return self.now;
        }
        if rate > line.input { later(self.now, ceil(gap, rate - line.input)) } else { u64::MAX }
    }

    pub(super) fn next_line(&mut self) -> u64 {
        self.line_count += 1;
        assert!(self.line_count >> LINE_BITS == 0, "fewer than 2^{LINE_BITS} changes");
        self.line_count
    }

    /// Gives a waiting flow with input a new line number and a moment before which it cannot run empty.
    pub(super) fn watch(&mut self, id: u32) {
        let line = self.next_line();
        self.flows[id as usize].line = line;
        let flow = &self.flows[id as usize];
        let guard = self.clocks[flow.class as usize].guard;
        if flow.input < guard {
            let moment = later(self.now, self.gap(flow).max(0) as u128 / u128::from(guard - flow.input));
            self.clocks[flow.class as usize].guards.push(key(moment, line, id));
        }
    }

    /// Drops worthless keys of the class of a flow where they are the majority.
    pub(super) fn tidy(&mut self, id: u32) {
        let class = self.flows[id as usize].class;
        let (clock, flows) = (&mut self.clocks[class as usize], &self.flows);
        let too_many = |keys: &Queue, live: u64| keys.len() as u64 > 2 * live + 16;
        if too_many(&clock.marks, clock.waiting_count) {
            clock.marks.retain(|key| is_mark(flows, class, key));
        }
        if too_many(&clock.inputs, clock.through_count) {
            clock.inputs.retain(|key| is_line(flows, State::Through, key));
        }
        if too_many(&clock.guards, clock.fed.len() as u64) {
            clock.guards.retain(|key| is_line(flows, State::Waiting, key));
        }
    }

    /// The next emptying, if it is not after `until`.
    pub(super) fn look_ahead(&mut self, until: u64) -> u64 {
        let mut first = self.first_mark().min(self.first_near());
        while let Some(flow) = self.next_guard(first.min(until)) {
            let line = &self.flows[flow as usize];
            first = first.min(self.touches(line));
            self.near.push((flow, line.line));
        }
        if self.near.len() > NEAR_MIN {
            self.send_back(first.min(until));
        }
        self.ahead = Some((first, until));
        first
    }

    fn first_mark(&mut self) -> u64 {
        let mut first = u64::MAX;
        for class in 0..self.clocks.len() {
            if self.clocks[class].waiting_count > 0
                && let Some(key) = self.top_mark(class)
            {
                first = first.min(self.touches(&self.flows[flow_of(key) as usize]));
            }
        }
        first
    }

    pub(super) fn top_mark(&mut self, class: usize) -> Option<u128> {
        let clock = &mut self.clocks[class];
        loop {
            let key = clock.marks.first()?;
            if is_mark(&self.flows, class as u32, key) {
                return Some(key);
            }
            clock.marks.pop_until(u64::MAX, |_| {});
        }
    }

    fn first_near(&mut self) -> u64 {
        if self.near.is_empty() {
            return u64::MAX;
        }
        let flows = &self.flows;
        self.near.retain(|(flow, line)| waits(&flows[*flow as usize], *line));
        self.near.iter().map(|(flow, _)| self.touches(&self.flows[*flow as usize])).min().unwrap_or(u64::MAX)
    }

    /// Takes the first guard that is due until then.
    fn next_guard(&mut self, until: u64) -> Option<u32> {
        for clock in self.clocks.iter_mut().filter(|clock| !clock.fed.is_empty()) {
            while let Some(key) = clock.guards.pop_until(until, |_| {}) {
                if is_line(&self.flows, State::Waiting, key) {
                    return Some(flow_of(key));
                }
            }
        }
        None
    }

    /// Near flows that have much more time left than until then are watched by guards again.
    fn send_back(&mut self, until: u64) {
        let far = later(self.now, 4 * u128::from(until - self.now));
        let mut near = std::mem::take(&mut self.near);
        near.retain(|(flow, _)| {
            let line = &self.flows[*flow as usize];
            let slack = self.clocks[line.class as usize].guard.saturating_sub(line.input);
            let is_far = slack == 0 || later(self.now, self.gap(line).max(0) as u128 / u128::from(slack)) > far;
            if is_far {
                self.watch(*flow);
            }
            !is_far
        });
        self.near = near;
    }
}
