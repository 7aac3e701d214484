//! Processing stops and begins again: what was served and is not yet usable has to wait.
//!
//! From its arrival to its use a change takes the processing delay. When the service, the account or, on the way back, the appliance
//! goes down, what is being processed is not finished; when it works again that work is done anew, so it takes the whole delay from
//! then on. Marks that were not usable yet are told one by one after it; so are answers of operations.
//!
//! Assumed: work under way when processing stops is begun again, not resumed: ties go against us. Known and left: the age of what is
//! applied ([`crate::contract::Fact::Lag`]) shows what was served before the stop as usable one delay later.

use crate::units::Timestamp;
use crate::world::flow::{MARK, MarkState, Turn, Word};
use crate::world::layout::Network;
use crate::world::pipeline::Pipeline;

impl Pipeline {
    /// Something that processes breaks or works again.
    pub(super) fn turn_processing(&mut self, now: Timestamp, works: bool, set: impl FnOnce(&mut Network)) {
        self.turn(now, works);
        let before: Vec<bool> = (0..self.vms.len()).map(|v| self.processes(v)).collect();
        set(&mut self.network);
        for (v, processed) in before.into_iter().enumerate() {
            let processes = self.processes(v);
            if processed && !processes {
                self.halt(v);
            }
            // It may have gone the other way since it was halted.
            if processes && self.halted.iter().any(|(turn, _)| turn.vm as usize == v) {
                self.resume(v);
            }
        }
    }

    /// What of this VM is being processed is not finished.
    fn halt(&mut self, v: usize) {
        let t = self.t;
        let mine = |turn: &Turn| turn.vm as usize == v && turn.at > t;
        let waiting = self.due.iter().filter(|((turn, _), _)| mine(turn));
        let stopped: Vec<(Turn, Word)> = waiting.map(|((turn, _), word)| (*turn, *word)).collect();
        self.due.retain(|(turn, _), _| !mine(turn));
        // Marks by rule from here on, which the logic does not know of yet.
        let mut unknown = None;
        for (turn, word) in stopped {
            match word {
                Word::Keeping { from, .. } => unknown = Some(from),
                Word::Fell { last, .. } if unknown.is_some() => self.halt_marks(v, unknown.take(), last),
                Word::Fell { .. } => {
                    self.booked += 1;
                    self.due.insert((turn, self.booked), word);
                }
                Word::Applied { .. } | Word::Completed { .. } | Word::Processed { .. } => {
                    self.halted.push((turn, word));
                }
            }
        }
        self.vms[v].told_at = self.vms[v].told_at.min(t);
        if self.vms[v].marks == MarkState::Rule {
            self.end_rule(v, unknown);
        }
    }

    /// Marks come by rule no longer: those on their way are told one by one.
    fn end_rule(&mut self, v: usize, unknown: Option<u64>) {
        let (t, every) = (self.t, self.every(v));
        let usable = t.saturating_sub(self.vms[v].delay) / every * every;
        let first = unknown.unwrap_or((usable + every).max(self.vms[v].rule_from));
        self.halt_marks(v, Some(first), t);
        self.vms[v].marks = MarkState::Each { next: first.max((t / every + 1) * every) };
        if unknown.is_none() {
            self.book(v, t, Word::Fell { vm: v as u32, last: first.saturating_sub(every) });
        }
    }

    fn halt_marks(&mut self, v: usize, first: Option<u64>, last: u64) {
        let Some(first) = first else { return };
        let (turn, every) = (Turn { at: self.t, vm: v as u32, rank: MARK }, self.every(v));
        let marks = (first..=last).step_by(usize::try_from(every).unwrap_or(usize::MAX));
        self.halted.extend(marks.map(|mark| (turn, Word::Applied { vm: v as u32, mark })));
    }

    fn every(&self, v: usize) -> u64 {
        self.vms[v].stream.map_or(u64::MAX, |marks| marks.crash_every.ns().max(1))
    }

    /// Processing begins again, with what was under way.
    fn resume(&mut self, v: usize) {
        let (t, delay) = (self.t, self.vms[v].delay);
        let (mine, others) = std::mem::take(&mut self.halted).into_iter().partition(|(turn, _)| turn.vm as usize == v);
        self.halted = others;
        let mine: Vec<(Turn, Word)> = mine;
        if !mine.is_empty() {
            self.vms[v].told_at = self.vms[v].told_at.max(t + delay);
        }
        for (turn, word) in mine {
            self.booked += 1;
            self.due.insert((Turn { at: t + delay, ..turn }, self.booked), word);
        }
    }
}
