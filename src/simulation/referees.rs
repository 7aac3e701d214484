//! Referees: they watch every run and name every foul.
//!
//! | rule | watched at |
//! |---|---|
//! | no slot, quota of a target, or cache is overbooked | every `Level` |
//! | a VM never serves twice by our doing | every `MachineUp` |
//! | points come from complete data only, and marks grow | every `PointMade`, `PointsMade` |
//! | no failover runs on a point before it is usable | every `PointChosen` |
//! | members of a consistency group go back together | every `CommonPointTaken` |
//! | every byte written is somewhere | every `Ledger` |
//! | time does not run backwards | every fact |

use std::sync::Arc;

use crate::contract::{
    AlarmKind, Fact, JobKind, LevelPiece, MachineRole, Meter, Phase, PointChoice, PointRun, Warning,
};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::units::{ApplianceId, Bytes, ConsistencyGroupId, Timestamp, VmId};

/// Everything one run showed that must never be.
#[derive(Debug)]
pub struct Referees {
    inventory: Arc<Inventory>,
    /// Quotas bind where the logic creates things: on target subscriptions.
    binding: Vec<bool>,
    vms: Vec<Watched>,
    /// By appliance: nobody can see its site any more.
    blind: Vec<bool>,
    fouls: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Watched {
    phase: Option<Phase>,
    original_up: bool,
    replica_up: bool,
    appliance: Option<ApplianceId>,
    /// The source was seen to serve when the failover began, and the operator was not told so. One that comes back with
    /// its stamp in the middle of a failover is fate, one that nobody can see is the operator's risk.
    unwarned: bool,
    warned: bool,
    newest_mark: Option<Timestamp>,
    /// The last run of points: they are usable so long after their marks.
    last_run: Option<PointRun>,
    /// What its newest failover asked for, and the mark it has in common with its group.
    asked: Option<PointChoice>,
    common: Option<(ConsistencyGroupId, Timestamp)>,
}

impl Watched {
    /// It is, or is being, taken to the target.
    fn taken_over(&self) -> bool {
        let on_the_way =
            [Phase::FailingOver, Phase::FailedOver, Phase::ChangingPoint, Phase::Committing, Phase::Committed];
        self.phase.is_some_and(|phase| on_the_way.contains(&phase))
    }
}

/// Fouls kept; the rest is only a symptom of the first ones.
const FOULS_MAX: usize = 20;

impl Referees {
    /// `binding`: by subscription, whether its quota binds from the start.
    pub fn new(inventory: Arc<Inventory>, intent: &Intent, binding: Vec<bool>) -> Self {
        let watched = |vm| {
            let appliance = intent.protection(vm).map(|protection| protection.appliance);
            Watched { appliance, ..Watched::default() }
        };
        let vms = inventory.vm_ids().map(watched).collect();
        let blind = vec![false; inventory.appliances.len()];
        Self { inventory, binding, vms, blind, fouls: Vec::new() }
    }

    pub fn fouls(self) -> Vec<String> {
        self.fouls
    }

    fn foul(&mut self, at: Timestamp, what: String) {
        if self.fouls.len() < FOULS_MAX {
            self.fouls.push(format!("{at}: {what}"));
        }
    }

    /// Looks at one fact. `served`: every write of a VM up to then has been served to its replica disks.
    pub fn watch(&mut self, at: Timestamp, fact: &Fact, served: impl Fn(VmId) -> Timestamp) {
        match fact {
            Fact::Level { meter, since, end, .. } => self.level(at, *meter, *since, *end),
            Fact::Levels { meter, since, pieces } => {
                for (since, piece) in LevelPiece::run(*since, pieces) {
                    self.level(piece.until, *meter, since, piece.end);
                }
            }
            Fact::MachineUp { vm, role } => self.machine_up(at, *vm, *role),
            Fact::MachineDown { vm, role } => match role {
                MachineRole::Original => self.vms[vm.index()].original_up = false,
                MachineRole::Replica => self.vms[vm.index()].replica_up = false,
                MachineRole::Test => {}
            },
            Fact::Entered { vm, phase } => self.vms[vm.index()].phase = Some(*phase),
            Fact::JobStarted { vm, job: JobKind::FailOver } => {
                let watched = &mut self.vms[vm.index()];
                let seen = watched.appliance.is_none_or(|appliance| !self.blind[appliance.index()]);
                watched.unwarned = seen && watched.original_up && !std::mem::take(&mut watched.warned);
            }
            Fact::Warned { vm: Some(vm), warning: Warning::SourceStillRuns } => {
                let watched = &mut self.vms[vm.index()];
                (watched.unwarned, watched.warned) = (false, true);
            }
            Fact::PointMade { vm, mark, .. } => self.points(at, *vm, (*mark, *mark), || served(*vm)),
            Fact::PointsMade { vm, run } => {
                self.points(at, *vm, (run.first, run.last), || served(*vm));
                self.vms[vm.index()].last_run = Some(*run);
            }
            Fact::PointChosen { vm, choice, mark, .. } => {
                let watched = &mut self.vms[vm.index()];
                (watched.asked, watched.common) = (Some(*choice), None);
                let run = self.vms[vm.index()].last_run.filter(|run| (run.first..=run.last).contains(mark));
                if run.is_some_and(|run| *mark + run.lag > at) {
                    self.foul(at, format!("{} fails over to {mark}, which is not processed yet", self.name(*vm)));
                }
            }
            Fact::CommonPointTaken { vm, group, mark, .. } => self.common_point(at, *vm, *group, *mark),
            Fact::Alarm { alarm: AlarmKind::NoHeartbeat(appliance) } => self.blind[appliance.index()] = true,
            Fact::AlarmCleared { alarm: AlarmKind::NoHeartbeat(appliance) } => self.blind[appliance.index()] = false,
            Fact::PointsDropped { vm } => self.vms[vm.index()].newest_mark = None,
            Fact::Ledger { vm, written, applied, in_flight, in_cache, superseded, lost } => {
                let somewhere = *applied + *in_flight + *in_cache + *superseded + *lost;
                self.ledger(at, *vm, *written, somewhere);
            }
            _ => {}
        }
    }

    fn name(&self, vm: VmId) -> &str {
        &self.inventory.vm(vm).name
    }

    /// Those of a group that were taken over by the same choice stand at the same mark.
    fn common_point(&mut self, at: Timestamp, vm: VmId, group: ConsistencyGroupId, mark: Timestamp) {
        let asked = self.vms[vm.index()].asked;
        let apart = self.vms.iter().filter(|other| other.taken_over() && other.asked == asked);
        let apart = apart.filter_map(|other| other.common).find(|(id, other)| *id == group && *other != mark);
        if let Some((_, other)) = apart {
            self.foul(at, format!("{} goes back to {mark}, others of its group to {other}", self.name(vm)));
        }
        self.vms[vm.index()].common = Some((group, mark));
    }

    fn ledger(&mut self, at: Timestamp, vm: VmId, written: Bytes, somewhere: Bytes) {
        if written != somewhere {
            self.foul(at, format!("{}: {} B written, {} B found", self.name(vm), written.0, somewhere.0));
        }
    }

    fn level(&mut self, at: Timestamp, meter: Meter, since: Timestamp, end: u64) {
        if since > at {
            self.foul(at, format!("{meter:?} has a piece from {since} that ends before it begins"));
        }
        let quota =
            |id: crate::units::SubscriptionId| self.binding[id.index()].then(|| self.inventory.subscription(id).quota);
        let most = match meter {
            Meter::ApplianceSlots(id) => Some(u64::from(self.inventory.appliance(id).slots)),
            Meter::CacheUsed(id) => Some(self.inventory.cache(id).capacity.0),
            Meter::QuotaCores(id) => quota(id).map(|quota| u64::from(quota.vm_cores)),
            Meter::QuotaVms(id) => quota(id).map(|quota| u64::from(quota.vms)),
            // Snapshots grow without asking (domain facts 5.6), so managed disk and blobs can pass their quota.
            Meter::QuotaManagedDisk(_) | Meter::PointStorage(_) | Meter::QuotaStorage(_) => None,
            Meter::Link(..) | Meter::ApplianceBytes(_) | Meter::ApplianceStorage(_) | Meter::ApplianceOps(_) => None,
            Meter::SourceBacklog(_) | Meter::Service(_) | Meter::StampMemory(_) | Meter::StampVms(_) => None,
        };
        if let Some(most) = most
            && end > most
        {
            self.foul(at, format!("{meter:?} holds {end} of {most}"));
        }
    }

    fn machine_up(&mut self, at: Timestamp, vm: VmId, role: MachineRole) {
        let watched = &mut self.vms[vm.index()];
        match role {
            MachineRole::Original => watched.original_up = true,
            MachineRole::Replica => watched.replica_up = true,
            MachineRole::Test => return,
        }
        let ours = match role {
            // We start a replica beside a running source only when the operator was told so.
            MachineRole::Replica => watched.unwarned,
            // We start the source VM ourselves only in a failback; a stamp that comes back boots what it has.
            MachineRole::Original => matches!(watched.phase, Some(Phase::FailingBack)),
            MachineRole::Test => false,
        };
        if watched.original_up && watched.replica_up && ours {
            self.foul(at, format!("{} serves twice", self.name(vm)));
        }
    }

    fn points(
        &mut self,
        at: Timestamp,
        vm: VmId,
        (first, last): (Timestamp, Timestamp),
        served: impl FnOnce() -> Timestamp,
    ) {
        let served = served();
        let newest = self.vms[vm.index()].newest_mark;
        if first > last || newest.is_some_and(|newest| first <= newest) {
            self.foul(at, format!("{}: point {first} after point {newest:?}", self.name(vm)));
        }
        if last > served {
            self.foul(at, format!("{}: point {last}, but served only through {served}", self.name(vm)));
        }
        self.vms[vm.index()].newest_mark = Some(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Duration, SubscriptionId};

    fn referees() -> Referees {
        let mut inventory = Inventory::default();
        inventory.vms.push(crate::inventory::Vm {
            name: "erp".into(),
            group: crate::units::GroupId(0),
            on: crate::units::StampId(0),
            subscription: SubscriptionId(0),
            guest: crate::inventory::GuestSystem::Linux,
            size: 0,
            disks: 0..1,
            guest_supported: true,
            certificate_trusted: true,
            leftover_mobility_service: false,
        });
        Referees::new(Arc::new(inventory), &Intent::default(), vec![])
    }

    fn fouls_of(facts: &[Fact], served: Timestamp) -> Vec<String> {
        let mut referees = referees();
        for fact in facts {
            referees.watch(Timestamp::START + Duration::hours(1), fact, |_| served);
        }
        referees.fouls()
    }

    const ERP: VmId = VmId(0);

    #[test]
    fn a_lost_byte_is_a_foul() {
        let ledger = |lost| Fact::Ledger {
            vm: ERP,
            written: Bytes(10),
            applied: Bytes(6),
            in_flight: Bytes(1),
            in_cache: Bytes(1),
            superseded: Bytes(1),
            lost: Bytes(lost),
        };
        assert_eq!(fouls_of(&[ledger(1)], Timestamp::START), Vec::<String>::new());
        assert_eq!(fouls_of(&[ledger(0)], Timestamp::START), ["0d 01:00:00: erp: 10 B written, 9 B found"]);
    }

    #[test]
    fn a_point_before_its_data_is_a_foul() {
        let minutes = |m| Timestamp::START + Duration::minutes(m);
        let point = Fact::PointMade { vm: ERP, mark: minutes(30), app_consistent: false };
        assert_eq!(fouls_of(std::slice::from_ref(&point), minutes(30)).len(), 0);
        assert_eq!(fouls_of(std::slice::from_ref(&point), minutes(29)).len(), 1);
        let run = PointRun {
            first: minutes(30),
            last: minutes(55),
            every: Duration::minutes(5),
            lag: Duration::minutes(4),
            app_every: None,
        };
        assert_eq!(fouls_of(&[point, Fact::PointsMade { vm: ERP, run }], minutes(60)).len(), 1, "mark 30 twice");
    }

    #[test]
    fn a_vm_that_serves_twice_by_our_doing_is_a_foul() {
        let up = |role| Fact::MachineUp { vm: ERP, role };
        let begun = Fact::JobStarted { vm: ERP, job: JobKind::FailOver };
        let both = [up(MachineRole::Original), begun.clone(), up(MachineRole::Replica)];
        assert_eq!(fouls_of(&both, Timestamp::START).len(), 1);
        let came_back = [begun.clone(), up(MachineRole::Original), up(MachineRole::Replica)];
        assert_eq!(fouls_of(&came_back, Timestamp::START).len(), 0, "its stamp came back meanwhile");
        let warned = Fact::Warned { vm: Some(ERP), warning: Warning::SourceStillRuns };
        let told = [up(MachineRole::Original), warned, begun, up(MachineRole::Replica)];
        assert_eq!(fouls_of(&told, Timestamp::START).len(), 0);
    }
}
