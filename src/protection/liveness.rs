//! Liveness: whom the product has not heard of for too long.
//!
//! An appliance sends heartbeats to the service; it is lost when the newest one was sent `heartbeat_lost_after` ago
//! (15 minutes, domain facts 7). An agent is heard by its appliance, which reports its silence; the agent is lost when it has
//! been silent for the same span. Nobody can tell from here whether the machine, its stamp or the link is gone.
//!
//! Cost: O(log n) per change, n the number of those that are watched. Each loss is told once, until the lost one is heard again.

use std::collections::BTreeSet;

use crate::contract::{AlarmKind, Sender};
use crate::inventory::Limits;
use crate::units::{ApplianceId, Duration, Timestamp, VmId};

/// Who is watched, and since when nothing was heard.
#[derive(Clone, Debug)]
pub struct Liveness {
    lost_after: Duration,
    appliances: Vec<Watched>,
    agents: Vec<Watched>,
    due: BTreeSet<(Timestamp, Lost)>,
}

/// Whom a loss concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    Appliance(ApplianceId),
    Agent(VmId),
}

/// What is known of one appliance or agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    /// Nothing is expected: not watched, or an agent that its appliance hears.
    Not,
    /// Last heard then.
    Since(Timestamp),
    Lost,
}

impl Liveness {
    pub fn new(appliances: usize, vms: usize, limits: &Limits) -> Self {
        Self {
            lost_after: limits.heartbeat_lost_after,
            appliances: vec![Watched::Not; appliances],
            agents: vec![Watched::Not; vms],
            due: BTreeSet::new(),
        }
    }

    /// Expects heartbeats of this appliance from now on.
    pub fn watch(&mut self, now: Timestamp, appliance: ApplianceId) {
        self.set(Lost::Appliance(appliance), Watched::Since(now));
    }

    /// Expects nothing of it any more.
    pub fn forget(&mut self, appliance: ApplianceId) {
        self.set(Lost::Appliance(appliance), Watched::Not);
    }

    /// Takes a heartbeat. Returns the alarm that it clears, if the sender was lost. An older heartbeat than the newest changes
    /// nothing, and one of an appliance that is not watched neither.
    pub fn beat(&mut self, from: Sender, sent_at: Timestamp) -> Option<AlarmKind> {
        let Sender::Appliance(appliance) = from;
        let who = Lost::Appliance(appliance);
        match self.appliances[appliance.index()] {
            Watched::Not => None,
            Watched::Since(heard) => {
                self.set(who, Watched::Since(heard.max(sent_at)));
                None
            }
            Watched::Lost => {
                self.set(who, Watched::Since(sent_at));
                Some(AlarmKind::NoHeartbeat(appliance))
            }
        }
    }

    /// The appliance has not heard this agent since then. An agent that is silent already, or lost, stays so.
    pub fn silent(&mut self, vm: VmId, since: Timestamp) {
        if self.agents[vm.index()] == Watched::Not {
            self.set(Lost::Agent(vm), Watched::Since(since));
        }
    }

    /// The agent is heard again.
    pub fn back(&mut self, vm: VmId) {
        self.set(Lost::Agent(vm), Watched::Not);
    }

    /// When the next loss is to be told, if nothing is heard.
    pub fn due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Those that are lost by now and were not told before, in the order of their deadlines.
    pub fn expire(&mut self, now: Timestamp) -> Vec<Lost> {
        let mut lost = Vec::new();
        while let Some((at, who)) = self.due.first().copied()
            && at <= now
        {
            self.set(who, Watched::Lost);
            lost.push(who);
        }
        lost
    }

    pub fn appliance_lost(&self, appliance: ApplianceId) -> bool {
        self.appliances[appliance.index()] == Watched::Lost
    }

    pub fn agent_lost(&self, vm: VmId) -> bool {
        self.agents[vm.index()] == Watched::Lost
    }

    fn set(&mut self, who: Lost, state: Watched) {
        let lost_after = self.lost_after;
        let place = match who {
            Lost::Appliance(appliance) => &mut self.appliances[appliance.index()],
            Lost::Agent(vm) => &mut self.agents[vm.index()],
        };
        if let Watched::Since(heard) = *place {
            self.due.remove(&(heard + lost_after, who));
        }
        *place = state;
        if let Watched::Since(heard) = state {
            self.due.insert((heard + lost_after, who));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ApplianceId = ApplianceId(0);
    const B: ApplianceId = ApplianceId(1);
    const VM: VmId = VmId(2);

    fn minute(minutes: u64) -> Timestamp {
        Timestamp::START + Duration::minutes(minutes)
    }

    fn liveness() -> Liveness {
        let limits = Limits { heartbeat_lost_after: Duration::minutes(15), ..Limits::default() };
        Liveness::new(2, 3, &limits)
    }

    #[test]
    fn an_appliance_is_lost_fifteen_minutes_after_its_last_heartbeat_and_told_once() {
        let mut liveness = liveness();
        liveness.watch(minute(0), A);
        liveness.watch(minute(1), B);
        assert_eq!(liveness.beat(Sender::Appliance(A), minute(10)), None);
        assert_eq!(liveness.due(), Some(minute(16)));
        assert_eq!(liveness.expire(minute(16)), [Lost::Appliance(B)]);
        assert_eq!(liveness.expire(minute(24)), []);
        assert_eq!(liveness.expire(minute(25)), [Lost::Appliance(A)]);
        assert_eq!((liveness.expire(minute(99)), liveness.due()), (vec![], None));
        assert!(liveness.appliance_lost(A));
    }

    #[test]
    fn a_heartbeat_clears_the_alarm_and_the_watch_goes_on() {
        let mut liveness = liveness();
        liveness.watch(minute(0), A);
        assert_eq!(liveness.expire(minute(20)), [Lost::Appliance(A)]);
        assert_eq!(liveness.beat(Sender::Appliance(A), minute(30)), Some(AlarmKind::NoHeartbeat(A)));
        assert_eq!(liveness.beat(Sender::Appliance(A), minute(29)), None);
        assert_eq!(liveness.due(), Some(minute(45)), "an older heartbeat does not shorten the watch");
        assert_eq!(liveness.expire(minute(45)), [Lost::Appliance(A)]);
    }

    #[test]
    fn who_is_not_watched_is_never_lost() {
        let mut liveness = liveness();
        assert_eq!(liveness.beat(Sender::Appliance(B), minute(3)), None);
        liveness.watch(minute(0), A);
        liveness.forget(A);
        assert_eq!((liveness.due(), liveness.expire(minute(99))), (None, vec![]));
    }

    #[test]
    fn an_agent_is_lost_when_its_silence_lasts_and_not_when_it_comes_back() {
        let mut liveness = liveness();
        liveness.silent(VM, minute(5));
        liveness.silent(VM, minute(9));
        assert_eq!(liveness.due(), Some(minute(20)), "silent since the first report");
        liveness.back(VM);
        assert_eq!(liveness.due(), None);
        liveness.silent(VM, minute(30));
        assert_eq!(liveness.expire(minute(45)), [Lost::Agent(VM)]);
        assert!(liveness.agent_lost(VM));
        liveness.back(VM);
        assert!(!liveness.agent_lost(VM));
    }
}
