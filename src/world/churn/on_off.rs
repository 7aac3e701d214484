//! On-off churn: bursts at a rate, silence between, both of random length.
//!
//! The process is silent at the start of the run. It remembers when it turned and for how long it had been on by then, 16 bytes a
//! turn, so that what was written in any past span is exact.

use crate::kernel::Law;
use crate::kernel::RandomStream;
use crate::world::Luck;

/// Shortest phase: a law that draws nothing would turn for ever in one moment.
const SHORTEST: u64 = 1_000_000;

/// One on-off process.
#[derive(Debug)]
pub(in crate::world) struct Bursts {
    on: Law,
    off: Law,
    stream: RandomStream,
    /// (moment of a turn, time spent on before it); even entries begin a burst.
    turns: Vec<(u64, u64)>,
    next: u64,
}

impl Bursts {
    pub(in crate::world) fn new(on: Law, off: Law, stream: &str, luck: &Luck) -> Self {
        let stream = luck.stream(&format!("churn/{stream}/bursts"));
        let mut bursts = Self { on, off, stream, turns: Vec::new(), next: 0 };
        bursts.next = bursts.draw(0);
        bursts
    }

    fn draw(&mut self, now: u64) -> u64 {
        let u = self.stream.uniform();
        let law = if self.is_on() { &self.on } else { &self.off };
        now.saturating_add(law.sample(u).ns().max(SHORTEST))
    }

    pub(in crate::world) fn is_on(&self) -> bool {
        self.turns.len() % 2 == 1
    }

    pub(in crate::world) fn next_turn(&self) -> u64 {
        self.next
    }

    /// Turns at the moment it named.
    pub(in crate::world) fn turn(&mut self) {
        let now = self.next;
        let on = self.on_time(now);
        self.turns.push((now, on));
        self.next = self.draw(now);
    }

    /// Time spent on in `[0, t)`, for `t` up to the next turn.
    pub(in crate::world) fn on_time(&self, t: u64) -> u64 {
        let passed = self.turns.partition_point(|(at, _)| *at <= t);
        match passed.checked_sub(1) {
            None => 0,
            Some(last) => {
                let (at, before) = self.turns[last];
                before + if last % 2 == 0 { t - at } else { 0 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Duration;

    #[test]
    fn fixed_phases_give_the_on_time_one_can_count() {
        let (on, off) = (Law::Fixed(Duration::secs(2)), Law::Fixed(Duration::secs(8)));
        let mut bursts = Bursts::new(on, off, "x", &Luck::new(1, 0));
        for turn in [8, 10, 18, 20] {
            assert_eq!(bursts.next_turn(), turn * 1_000_000_000);
            bursts.turn();
        }
        for (t, on) in [(0, 0), (8, 0), (9, 1), (10, 2), (17, 2), (19, 3), (25, 4)] {
            assert_eq!(bursts.on_time(t * 1_000_000_000), on * 1_000_000_000, "at {t} s");
        }
    }
}
