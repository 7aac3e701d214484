//! Processing stops and begins again: what was served and is not yet usable has to wait.
//!
//! From its arrival to its use a change takes the processing delay. When the service, the account or, on the way back, the appliance
//! goes down, what is being processed is not finished; when it works again that work is done anew, so it takes the whole delay from
//! then on. Marks that were not usable yet are told one by one after it; so are answers of operations.
//!
//! Assumed: work under way when processing stops is begun again, not resumed: ties go against us. Known and left: the age of what is
//! applied ([`crate::contract::Fact::Lag`]) shows what was served before the stop as usable one delay later.

use std::collections::BTreeMap;

use crate::units::Timestamp;
use crate::world::flow::{MARK, MarkState, Turn, Word};
use crate::world::layout::Network;
use crate::world::pipeline::Pipeline;

impl Pipeline {
    /// Something that processes breaks or works again.
    pub(super) fn turn_processing(&mut self, now: Timestamp, works: bool, set: impl FnOnce(&mut Network)) {
        self.turn(now, works);
        let processed: Vec<bool> = (0..self.vms.len()).map(|v| self.processes(v)).collect();
        set(&mut self.network);
        let stops: Vec<bool> = (0..).zip(processed).map(|(v, processed)| processed && !self.processes(v)).collect();
        if stops.contains(&true) {
            self.halt(&stops);
        }
        self.resume();
    }

    /// What is being processed of the VMs that `stops` names is not finished.
    fn halt(&mut self, stops: &[bool]) {
        let t = self.t;
        // By VM: since which mark they come by rule, of which the logic does not know yet.
        let mut unknown: BTreeMap<u32, u64> = BTreeMap::new();
        for ((turn, number), word) in std::mem::take(&mut self.due) {
            if turn.at <= t || !stops[turn.vm as usize] {
                self.due.insert((turn, number), word);
                continue;
            }
            match word {
                Word::Keeping { vm, from } => drop(unknown.insert(vm, from)),
                Word::Fell { vm, last } => match unknown.remove(&vm) {
                    Some(first) => self.halt_marks(vm, first, last),
                    None => drop(self.due.insert((turn, number), word)),
                },
                Word::Applied { .. } | Word::Completed { .. } | Word::Processed { .. } => {
                    self.halted.push((turn, word));
                }
            }
        }
        for v in (0..self.vms.len()).filter(|v| stops[*v]) {
            self.vms[v].told_at = self.vms[v].told_at.min(t);
            if self.vms[v].marks == MarkState::Rule {
                self.end_rule(v, unknown.remove(&(v as u32)));
            }
        }
    }

    /// Marks come by rule no longer: those on their way are told one by one.
    fn end_rule(&mut self, v: usize, unknown: Option<u64>) {
        let (t, every) = (self.t, self.every(v));
        let usable = t.saturating_sub(self.vms[v].delay) / every * every;
        let first = unknown.unwrap_or((usable + every).max(self.vms[v].rule_from));
        self.halt_marks(v as u32, first, t);
        self.vms[v].marks = MarkState::Each { next: first.max((t / every + 1) * every) };
        if unknown.is_none() {
            self.book(v, t, Word::Fell { vm: v as u32, last: first.saturating_sub(every) });
        }
    }

    fn halt_marks(&mut self, vm: u32, first: u64, last: u64) {
        let (turn, every) = (Turn { at: self.t, vm, rank: MARK }, self.every(vm as usize));
        let marks = (first..=last).step_by(usize::try_from(every).unwrap_or(usize::MAX));
        self.halted.extend(marks.map(|mark| (turn, Word::Applied { vm, mark })));
    }

    /// How far marks are apart; for ever without a stream.
    fn every(&self, v: usize) -> u64 {
        self.vms[v].stream.map_or(u64::MAX, |marks| marks.crash_every.ns().max(1))
    }

    /// What was under way goes on where somebody processes, also of a VM that has gone the other way meanwhile.
    fn resume(&mut self) {
        for (turn, word) in std::mem::take(&mut self.halted) {
            let v = turn.vm as usize;
            if !self.processes(v) {
                self.halted.push((turn, word));
                continue;
            }
            let at = self.t + self.vms[v].delay;
            self.vms[v].told_at = self.vms[v].told_at.max(at);
            self.booked += 1;
            self.due.insert((Turn { at, ..turn }, self.booked), word);
        }
    }
}
