//! What stood in the way: outages and saturated meters, in force now or lately, so that a violation found when it ends
//! can still be explained by what was in force when its backlog began.
//!
//! Rule: an outage on the VM's path that was in force between the last usable point and the crossing of the target
//! explains it, the one that began first; else the saturated meter on the path that was so for the longest part of that
//! time. Source: users' wish for the bottleneck of each violation and since when.
//! Unit: moments in ns. Invariant: at most `KEPT` ended causes are remembered, the latest.

use std::collections::VecDeque;

use super::ViolationCause;
use super::paths::Paths;
use crate::units::{Duration, Timestamp, VmId};

#[derive(Clone, Copy, Debug)]
struct Spell {
    cause: ViolationCause,
    begin: Timestamp,
    end: Timestamp,
}

/// Causes in force and lately ended.
#[derive(Default)]
pub struct Causes {
    active: Vec<Spell>,
    ended: VecDeque<Spell>,
}

const KEPT: usize = 1024;

impl Causes {
    pub fn begin(&mut self, cause: ViolationCause, at: Timestamp) {
        if !self.active.iter().any(|spell| spell.cause == cause) {
            self.active.push(Spell { cause, begin: at, end: Timestamp::NEVER });
        }
    }

    pub fn end(&mut self, cause: ViolationCause, at: Timestamp) {
        let Some(place) = self.active.iter().position(|spell| spell.cause == cause) else { return };
        let spell = self.active.remove(place);
        if self.ended.len() == KEPT {
            self.ended.pop_front();
        }
        if at > spell.begin {
            self.ended.push_back(Spell { end: at, ..spell });
        }
    }

    /// What explains that the VM got no usable point in `[from, until]`, and since when it was so.
    pub fn explain(
        &self,
        paths: &Paths,
        vm: VmId,
        from: Timestamp,
        until: Timestamp,
    ) -> Option<(ViolationCause, Timestamp)> {
        let overlap = |spell: &Spell| spell.end.min(until).saturating_since(spell.begin.max(from));
        let concerned = |spell: &&Spell| match spell.cause {
            ViolationCause::Outage(kind) => paths.outage_on_path(kind, vm),
            ViolationCause::Bottleneck(meter) => paths.meter_on_path(meter, vm),
        };
        let spells =
            || self.active.iter().chain(&self.ended).filter(|spell| overlap(spell) > Duration::ZERO).filter(concerned);
        let outages = spells().filter(|spell| matches!(spell.cause, ViolationCause::Outage(_)));
        let first = outages.min_by_key(|spell| (spell.begin, spell.cause));
        let longest = spells().max_by_key(|spell| (overlap(spell), std::cmp::Reverse((spell.begin, spell.cause))));
        first.or(longest).map(|spell| (spell.cause, spell.begin))
    }
}
