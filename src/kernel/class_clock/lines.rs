//! Flows as lines, classes as clocks, and the keys they are found by.

use super::{Amount, Class};
use crate::kernel::queue::Queue;

#[derive(Clone, Debug)]
pub(super) struct Clock {
    pub class: Class,
    /// What a flow that has waited since the clock began was served.
    pub clock: Amount,
    /// What a waiting flow gets, and the largest input that need not wait.
    pub rate: u64,
    pub waiting_count: u64,
    pub through_count: u64,
    /// Σ inputs of flows that do not wait.
    pub through: u128,
    /// Waiting without input: `mark | flow`.
    pub marks: Queue,
    /// Not waiting, with input: `largest − input | line | flow`.
    pub inputs: Queue,
    /// Waiting, with input: `moment | line | flow`.
    pub guards: Queue,
    pub guard: u64,
    /// Flows that wait with input.
    pub fed: Vec<u32>,
}

/// One cache line: a change of one flow among many is one miss here.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Flow {
    pub class: u32,
    pub state: State,
    pub input: u64,
    /// Number of the present line; older keys are worthless.
    pub line: u64,
    pub mark: Amount,
    /// What came in until now, less `input · now`.
    pub origin: Amount,
    /// Place in `fed`.
    pub place: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Gone,
    Through,
    Waiting,
}

pub(super) const FLOW_BITS: u32 = 24;
pub(super) const LINE_BITS: u32 = 40;

/// A clock that comes here begins anew, so that a mark, which is at most a backlog ahead of it, fits its key.
pub(super) const CLOCK_MAX: Amount = 1 << 102;
pub(super) const BACKLOG_MAX: Amount = 1 << 102;

/// So many flows may be near however late they run empty.
pub(super) const NEAR_MIN: usize = 8;

pub(super) fn key(high: u64, line: u64, flow: u32) -> u128 {
    u128::from(high) << 64 | u128::from(line << FLOW_BITS | u64::from(flow))
}

pub(super) fn flow_of(key: u128) -> u32 {
    key as u32 & ((1 << FLOW_BITS) - 1)
}

fn line_of(key: u128) -> u64 {
    key as u64 >> FLOW_BITS
}

impl Clock {
    pub fn new(class: Class) -> Self {
        let queue = || Queue::with_capacity(0);
        Self {
            class,
            clock: 0,
            rate: 0,
            waiting_count: 0,
            through_count: 0,
            through: 0,
            marks: queue(),
            inputs: queue(),
            guards: queue(),
            guard: 0,
            fed: Vec::new(),
        }
    }

    pub fn weights(&self) -> u128 {
        u128::from(self.waiting_count) * u128::from(self.class.weight)
    }

    pub fn top_input(&mut self, flows: &[Flow]) -> Option<u128> {
        loop {
            let key = self.inputs.first()?;
            if is_line(flows, State::Through, key) {
                return Some(key);
            }
            self.inputs.pop_until(u64::MAX, |_| {});
        }
    }
}

pub(super) fn waits(flow: &Flow, line: u64) -> bool {
    flow.state == State::Waiting && flow.input > 0 && flow.line == line
}

pub(super) fn is_line(flows: &[Flow], state: State, key: u128) -> bool {
    let flow = &flows[flow_of(key) as usize];
    flow.state == state && flow.line == line_of(key)
}

pub(super) fn is_mark(flows: &[Flow], class: u32, key: u128) -> bool {
    let flow = &flows[flow_of(key) as usize];
    flow.state == State::Waiting && flow.input == 0 && flow.class == class && flow.mark as u128 == key >> FLOW_BITS
}

pub(super) fn mark_key(mark: Amount, flow: u32) -> u128 {
    (mark as u128) << FLOW_BITS | u128::from(flow)
}

/// What a weight gets at a level of `room / weights`.
pub(super) fn share(weight: u32, (room, weights): (u128, u128)) -> u64 {
    u64::try_from(quotient(room * u128::from(weight), weights)).unwrap_or(u64::MAX)
}

/// Nanoseconds in which `rate` moves a positive amount, rounded up.
pub(super) fn ceil(amount: Amount, rate: u64) -> u128 {
    quotient(amount.max(0) as u128 + u128::from(rate - 1), u128::from(rate))
}

/// `a / b`; most numbers are small, and their division is much faster.
#[inline]
fn quotient(a: u128, b: u128) -> u128 {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => u128::from(a / b),
        _ => a / b,
    }
}

pub(super) fn later(now: u64, by: u128) -> u64 {
    u64::try_from(by).map_or(u64::MAX, |by| now.saturating_add(by))
}
