//! Flows that share a capacity, at a cost per change that does not grow with their number.
//!
//! Model: weighted max-min with caps, by strict priority. A flow has an input that goes on flowing and a backlog. One that waits takes
//! `min(cap, weight · level)`, one without backlog takes its input as long as that is not more; the level is as high as the
//! capacity allows. What a priority leaves is the capacity of the next.
//!
//! Flows of equal priority, weight and cap are a class. All that wait in a class are served at one rate, so the class has one clock that
//! runs at this rate, and a flow is a line that the clock will touch:
//!
//! ```text
//!  backlog(t) = mark + input · t − clock(t)            a change of level changes the clock, and no flow
//! ```
//!
//! * Without input the lines are parallel: the least mark is touched first (`marks`).
//! * With input, when a line is touched depends on the rate. A guard, a rate that the clock's is below for now, gives a moment before
//!   which it cannot be; it stands through changes of level. Only flows whose moment has come are looked at (`near`).
//! * Without backlog the largest input is the first that the level can no longer bear (`inputs`).
//!
//! Units: time in ns, rates in any whole unit per ns; amounts are rates times ns, exact. Rates are rounded down, and a flow runs
//! empty at the next whole ns and is then exactly empty.
//!
//! Invariants: no class gives more than its cap, all together not more than the capacity; a flow takes less than it wants only if its rate
//! is the level's; `guard ≥ rate`; backlogs are not negative; clocks do not go back.
//! Cost: O(log flows + classes) per change or emptying as long as the level does not double or halve; then O(flows of the class).
//! Sources: virtual time of fair queueing, Parekh, Gallager 1993; Bertsekas, Gallager, *Data Networks*, 6.5.2.
//! Twins for tests: every flow looked at in every step; the filling of the data path.

use std::ops::Range;

mod level;
mod lines;
mod soon;
#[cfg(test)]
mod tests;

use lines::{BACKLOG_MAX, CLOCK_MAX, Clock, FLOW_BITS, Flow, State, flow_of, key, mark_key};

/// An amount: a rate times nanoseconds.
pub type Amount = i128;

/// What flows of a class have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Zero is served first.
    pub priority: u8,
    /// At least 1.
    pub weight: u32,
    /// The most one flow gets.
    pub cap: u64,
}

/// Names a flow until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(u32);

impl FlowId {
    /// Less than the largest number of flows there were at a time.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Flows in classes on one capacity.
#[derive(Clone, Debug)]
pub struct ClassClocks {
    now: u64,
    capacity: u64,
    /// By class.
    clocks: Vec<Clock>,
    /// Classes by priority, then by cap per weight.
    order: Vec<u32>,
    /// Places in `order` of one priority, first served first.
    priorities: Vec<Range<usize>>,
    flows: Vec<Flow>,
    vacant: Vec<u32>,
    /// Flows that may run empty soon, with the number of their line.
    near: Vec<(u32, u64)>,
    /// Flows that began to wait at the present moment.
    fresh: Vec<u32>,
    /// Scratch: flows that run empty at present.
    emptied: Vec<u32>,
    line_count: u64,
    /// Rates are as of now.
    settled: bool,
    /// While nothing changes: the next emptying, if it is not after the second.
    ahead: Option<(u64, u64)>,
}

impl ClassClocks {
    /// Nothing flows yet. The time is zero.
    pub fn new(classes: &[Class], capacity: u64) -> Self {
        let mut order: Vec<u32> = (0..classes.len() as u32).collect();
        order.sort_by(|a, b| {
            let (a, b) = (classes[*a as usize], classes[*b as usize]);
            let caps = (u128::from(a.cap) * u128::from(b.weight)).cmp(&(u128::from(b.cap) * u128::from(a.weight)));
            a.priority.cmp(&b.priority).then(caps)
        });
        let mut from = 0;
        let same = |a: &u32, b: &u32| classes[*a as usize].priority == classes[*b as usize].priority;
        let priorities = order.chunk_by(same).map(|chunk| {
            from += chunk.len();
            from - chunk.len()..from
        });
        Self {
            now: 0,
            capacity,
            priorities: priorities.collect(),
            clocks: classes.iter().map(|class| Clock::new(*class)).collect(),
            order,
            flows: Vec::new(),
            vacant: Vec::new(),
            near: Vec::new(),
            fresh: Vec::new(),
            emptied: Vec::new(),
            line_count: 0,
            settled: true,
            ahead: None,
        }
    }

    pub fn now(&self) -> u64 {
        self.now
    }

    /// Adds a flow of the class with this number. `backlog` is not negative, and below 2¹⁰² where there is no input.
    pub fn add(&mut self, class: usize, input: u64, backlog: Amount) -> FlowId {
        let origin = backlog - self.moved(input);
        let flow = Flow { class: class as u32, state: State::Gone, input, line: 0, mark: 0, origin, place: 0 };
        let id = if let Some(id) = self.vacant.pop() {
            self.flows[id as usize] = flow;
            id
        } else {
            assert!(self.flows.len() >> FLOW_BITS == 0, "fewer than 2^{FLOW_BITS} flows at a time");
            self.flows.push(flow);
            self.flows.len() as u32 - 1
        };
        self.enter(id, backlog);
        FlowId(id)
    }

    /// Takes a flow out and returns what waited.
    pub fn remove(&mut self, flow: FlowId) -> Amount {
        let backlog = self.backlog(flow);
        if self.flows[flow.0 as usize].state != State::Gone {
            self.leave(flow.0);
            self.vacant.push(flow.0);
        }
        backlog
    }

    /// From now on the flow has this input.
    pub fn set_input(&mut self, flow: FlowId, input: u64) {
        let backlog = self.backlog(flow);
        self.leave(flow.0);
        let turn = self.moved(self.flows[flow.0 as usize].input) - self.moved(input);
        let line = &mut self.flows[flow.0 as usize];
        line.origin += turn;
        line.input = input;
        self.enter(flow.0, backlog);
    }

    /// Adds an amount to the backlog at once.
    pub fn put(&mut self, flow: FlowId, amount: Amount) {
        let backlog = self.backlog(flow) + amount;
        self.leave(flow.0);
        self.flows[flow.0 as usize].origin += amount;
        self.enter(flow.0, backlog);
    }

    pub fn set_capacity(&mut self, capacity: u64) {
        self.capacity = capacity;
        self.settled = false;
    }

    /// What waits now.
    pub fn backlog(&self, flow: FlowId) -> Amount {
        let line = &self.flows[flow.0 as usize];
        if line.state == State::Waiting { self.gap(line).max(0) } else { 0 }
    }

    /// What was served since the flow was added.
    pub fn served(&self, flow: FlowId) -> Amount {
        let line = &self.flows[flow.0 as usize];
        line.origin + self.moved(line.input) - self.backlog(flow)
    }

    /// What the flow takes now.
    pub fn rate(&mut self, flow: FlowId) -> u64 {
        self.settle();
        let line = &self.flows[flow.0 as usize];
        match line.state {
            State::Gone => 0,
            State::Through => line.input,
            State::Waiting => self.clocks[line.class as usize].rate,
        }
    }

    /// When the next flow runs empty, if that is not later than `until` and nothing changes before.
    pub fn next_emptying(&mut self, until: u64) -> Option<u64> {
        self.settle();
        let first = match self.ahead {
            Some((first, sure)) if first.min(until) <= sure => first,
            _ => self.look_ahead(until),
        };
        (first <= until && first < u64::MAX).then_some(first)
    }

    /// Lets time pass until `until`. `emptied` is told of each flow that runs empty, with its moment; at one moment by number.
    pub fn pass_to(&mut self, until: u64, mut emptied: impl FnMut(u64, FlowId)) {
        while let Some(at) = self.next_emptying(until) {
            self.advance(at);
            self.empty();
            self.emptied.iter().for_each(|flow| emptied(at, FlowId(*flow)));
            if at == until {
                // Who waits now has at least a nanosecond to go.
                return;
            }
        }
        self.advance(until);
    }

    fn moved(&self, rate: u64) -> Amount {
        Amount::from(rate) * Amount::from(self.now)
    }

    /// Puts a flow that is nowhere where its backlog belongs.
    fn enter(&mut self, id: u32, backlog: Amount) {
        if backlog > 0 {
            self.wait(id, backlog);
        } else {
            self.run_through(id);
        }
        self.settled = false;
    }

    fn run_through(&mut self, id: u32) {
        let line = self.next_line();
        let flow = &mut self.flows[id as usize];
        (flow.state, flow.line) = (State::Through, line);
        let clock = &mut self.clocks[flow.class as usize];
        clock.through_count += 1;
        clock.through += u128::from(flow.input);
        if flow.input > 0 {
            clock.inputs.push(key(u64::MAX - flow.input, line, id));
            self.tidy(id);
        }
    }

    fn wait(&mut self, id: u32, backlog: Amount) {
        let moved = self.moved(self.flows[id as usize].input);
        let flow = &mut self.flows[id as usize];
        let clock = &mut self.clocks[flow.class as usize];
        clock.waiting_count += 1;
        (flow.state, flow.mark) = (State::Waiting, backlog + clock.clock - moved);
        if flow.input == 0 {
            assert!(backlog < BACKLOG_MAX, "a backlog of {backlog} without input is more than we count");
            clock.marks.push(mark_key(flow.mark, id));
        } else {
            flow.place = clock.fed.len() as u32;
            clock.fed.push(id);
            self.watch(id);
        }
        self.tidy(id);
    }

    /// Takes a flow out of where it is.
    fn leave(&mut self, id: u32) {
        let flow = &mut self.flows[id as usize];
        let clock = &mut self.clocks[flow.class as usize];
        match flow.state {
            State::Gone => {}
            State::Through => {
                clock.through_count -= 1;
                clock.through -= u128::from(flow.input);
            }
            State::Waiting => {
                clock.waiting_count -= 1;
                if clock.waiting_count == 0 {
                    clock.clock = 0;
                }
                if flow.input > 0 {
                    let place = flow.place;
                    clock.fed.swap_remove(place as usize);
                    if let Some(moved) = clock.fed.get(place as usize) {
                        self.flows[*moved as usize].place = place;
                    }
                }
            }
        }
        self.flows[id as usize].state = State::Gone;
        self.settled = false;
    }

    /// Lets time pass to a moment before which no flow runs empty.
    fn advance(&mut self, to: u64) {
        if to <= self.now {
            return;
        }
        self.settle();
        for class in 0..self.clocks.len() {
            let clock = &mut self.clocks[class];
            if clock.waiting_count > 0 {
                clock.clock += Amount::from(clock.rate) * Amount::from(to - self.now);
                if clock.clock > CLOCK_MAX {
                    self.restart(class as u32);
                }
            }
        }
        self.now = to;
        self.fresh.clear();
    }

    /// Begins a clock anew, so that marks stay small.
    fn restart(&mut self, class: u32) {
        let clock = &mut self.clocks[class as usize];
        let shift = std::mem::take(&mut clock.clock);
        clock.marks.retain(|_| false);
        for (id, flow) in self.flows.iter_mut().enumerate() {
            if flow.class == class && flow.state == State::Waiting {
                flow.mark -= shift;
                if flow.input == 0 {
                    // What is touched at this very moment was passed by less than a nanosecond.
                    flow.mark = flow.mark.max(0);
                    clock.marks.push(mark_key(flow.mark, id as u32));
                }
            }
        }
    }

    /// Lets flows run through that are empty now.
    fn empty(&mut self) {
        let mut emptied = std::mem::take(&mut self.emptied);
        emptied.clear();
        for class in 0..self.clocks.len() {
            while let Some(key) = self.top_mark(class)
                && self.flows[flow_of(key) as usize].mark <= self.clocks[class].clock
            {
                self.clocks[class].marks.pop_until(u64::MAX, |_| {});
                emptied.push(flow_of(key));
            }
        }
        for (flow, _) in &self.near {
            if self.touches(&self.flows[*flow as usize]) <= self.now {
                emptied.push(*flow);
            }
        }
        emptied.sort_unstable();
        // A flow that came back to the line it had before has two keys.
        emptied.dedup();
        for flow in &emptied {
            self.leave(*flow);
            self.run_through(*flow);
        }
        self.emptied = emptied;
    }
}
