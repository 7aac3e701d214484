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
        let (mut left, mut from) = (u128::from(self.capacity), 0);
        while from < self.order.len() {
            let priority = |place: usize| self.clocks[self.order[place] as usize].class.priority;
            let to =
                (from..self.order.len()).find(|place| priority(*place) != priority(from)).unwrap_or(self.order.len());
            left -= self.settle_priority(from..to, left);
            from = to;
        }
        for class in 0..self.clocks.len() {
            self.keep_guard(class);
        }
        self.settled = true;
    }

    /// Shares `left` among the classes of one priority, and returns what they take.
    pub(super) fn settle_priority(&mut self, places: Range<usize>, left: u128) -> u128 {
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
        let classes = self.order[places].iter().map(|class| &self.clocks[*class as usize]);
        classes.map(|clock| clock.through + u128::from(clock.rate) * u128::from(clock.waiting_count)).sum()
    }

    /// The rates of the classes if flows wait or run through as they do now.
    pub(super) fn set_rates(&mut self, places: Range<usize>, left: u128) {
        let order = &self.order[places];
        let clock = |class: &u32| &self.clocks[*class as usize];
        let through: u128 = order.iter().map(|class| clock(class).through).sum();
        let mut weights: u128 = order.iter().map(|class| clock(class).weights()).sum();
        let mut room = left.saturating_sub(through);
        let mut level = if through > left { Some((0, 1)) } else { None };
        for Clock { class, waiting_count, .. } in order.iter().map(clock).filter(|clock| clock.waiting_count > 0) {
            if level.is_some() || u128::from(class.cap) * weights > room * u128::from(class.weight) {
                level = level.or(Some((room, weights)));
                break;
            }
            room -= u128::from(class.cap) * u128::from(*waiting_count);
            weights -= u128::from(class.weight) * u128::from(*waiting_count);
        }
        for class in order {
            let clock = &mut self.clocks[*class as usize];
            clock.rate = level.map_or(clock.class.cap, |level| clock.class.cap.min(share(clock.class.weight, level)));
        }
    }

    /// Of the flows whose input is above what the level gives, the one whose input is most per weight.
    pub(super) fn most_overtaxing(&mut self, places: Range<usize>) -> Option<u32> {
        let mut most: Option<(u64, u32, u32)> = None;
        for place in places {
            let clock = &mut self.clocks[self.order[place] as usize];
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
    pub(super) fn needless(&mut self) -> Option<u32> {
        let needless = |id: &u32| {
            let flow = &self.flows[*id as usize];
            let (gap, rate) = (self.gap(flow), self.clocks[flow.class as usize].rate);
            flow.state == State::Waiting && flow.input > 0 && gap == 0 && flow.input <= rate
        };
        let place = self.fresh.iter().position(needless)?;
        Some(self.fresh.swap_remove(place))
    }

    /// Sets a new guard, with room for the rate to rise, where the old one is passed or much too high.
    pub(super) fn keep_guard(&mut self, class: usize) {
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
