//! The level: what each class gets.

use std::ops::Range;

use super::ClassClocks;
use super::lines::{Clock, State, flow_of, share};

impl ClassClocks {
    /// Finds the rates of now.
    pub(super) fn settle(&mut self) {
        if self.settled {
            return;
        }
        self.ahead = None;
        let mut left = u128::from(self.capacity);
        for priority in 0..self.priorities.len() {
            left -= self.settle_priority(self.priorities[priority].clone(), left);
        }
        for class in 0..self.clocks.len() {
            self.keep_guard(class);
        }
        self.settled = true;
    }

    /// Shares `left` among the classes of one priority, and returns what they take.
    fn settle_priority(&mut self, places: Range<usize>, left: u128) -> u128 {
        loop {
            self.set_rates(places.clone(), left);
            // One at a time, the one farthest above the level first: each that waits raises the level, never above its input.
            if let Some(flow) = self.most_overtaxing(places.clone()) {
                self.leave(flow);
                self.wait(flow, 0);
                self.fresh.push(flow);
            } else if let Some(flow) = self.needless() {
                self.leave(flow);
                self.run_through(flow);
            } else {
                break;
            }
        }
        let taken = |clock: &Clock| clock.through + u128::from(clock.rate) * u128::from(clock.waiting_count);
        self.order[places].iter().map(|class| taken(&self.clocks[*class as usize])).sum()
    }

    /// The rates of the classes if flows wait or run through as they do now.
    fn set_rates(&mut self, places: Range<usize>, left: u128) {
        let order = &self.order[places];
        let (mut through, mut weights) = (0, 0);
        for class in order {
            let clock = &self.clocks[*class as usize];
            (through, weights) = (through + clock.through, weights + clock.weights());
        }
        let mut level = (through > left).then_some((0, 1));
        let mut room = left.saturating_sub(through);
        for class in order {
            let clock = &self.clocks[*class as usize];
            if level.is_some() || weights == 0 {
                break;
            }
            if u128::from(clock.class.cap) * weights > room * u128::from(clock.class.weight) {
                // A class of which none waits bounds nothing.
                level = (clock.waiting_count > 0).then_some((room, weights));
                continue;
            }
            room -= u128::from(clock.class.cap) * u128::from(clock.waiting_count);
            weights -= clock.weights();
        }
        for class in order {
            let clock = &mut self.clocks[*class as usize];
            clock.rate = level.map_or(clock.class.cap, |level| clock.class.cap.min(share(clock.class.weight, level)));
        }
    }

    /// Of the flows whose input is above what the level gives, the one whose input is most per weight.
    fn most_overtaxing(&mut self, places: Range<usize>) -> Option<u32> {
        let mut most: Option<(u64, u32, u32)> = None;
        for place in places {
            let clock = &mut self.clocks[self.order[place] as usize];
            if clock.through == 0 {
                continue;
            }
            let Some(key) = clock.top_input(&self.flows) else { continue };
            let (input, weight) = (u64::MAX - (key >> 64) as u64, clock.class.weight);
            let is_more = |(other, its_weight, _): (u64, u32, u32)| {
                u128::from(input) * u128::from(its_weight) > u128::from(other) * u128::from(weight)
            };
            if input > clock.rate && most.is_none_or(is_more) {
                most = Some((input, weight, flow_of(key)));
            }
        }
        most.map(|(_, _, flow)| flow)
    }

    /// A flow that began to wait just now and, as it turns out, need not.
    fn needless(&mut self) -> Option<u32> {
        let needless = |id: &u32| {
            let flow = &self.flows[*id as usize];
            let (gap, rate) = (self.gap(flow), self.clocks[flow.class as usize].rate);
            flow.state == State::Waiting && flow.input > 0 && gap == 0 && flow.input <= rate
        };
        let place = self.fresh.iter().position(needless)?;
        Some(self.fresh.swap_remove(place))
    }

    /// Sets a new guard, with room for the rate to rise, where the old one is passed or much too high.
    fn keep_guard(&mut self, class: usize) {
        let clock = &mut self.clocks[class];
        let guard = clock.rate.saturating_add(clock.rate / 8).min(clock.class.cap);
        if clock.fed.is_empty() || (clock.rate <= clock.guard && clock.guard / 2 <= guard) {
            return;
        }
        clock.guard = guard;
        clock.guards.retain(|_| false);
        let fed = std::mem::take(&mut clock.fed);
        fed.iter().for_each(|flow| self.watch(*flow));
        self.clocks[class].fed = fed;
    }
}
