//! The fluid data path: what guests write moves through appliance, link, cache account and service onto the replica disks.
//!
//! ```text
//!  guest ─▶ agent, appliance ─▶ WAN ─▶ cache account ─▶ service ─▶ replica disks          forward
//!           waits: at source            waits: in cache
//!  guest ─▶ agent ─▶ log account ─▶ WAN ─▶ appliance ─▶ its disks                        reverse
//! ```
//!
//! Every rate is constant between changes, so every question ("when is it drained, full, applied") is a line that meets
//! another. In busy times lanes in which something waits are looked at when something changes (`busy`, `distribute`); those of VMs
//! of which nothing waits rest (`rest`), and are sums (`quiet`). What passes between two changes: `segment`. Sharing: `sharing`; ages: `watermark`; marks: `marks`;
//! streams and copies: `copies`; questions and the ledger: `ledger`; caps and costs: `layout`.
//!
//! Units: rates µB/s, amounts 10⁻¹⁵ bytes, times ns; all exact, rates rounded down. A flow that runs empty does so at the next
//! whole ns and is then exactly empty. Amounts are what replication moves: the floor of a write, compression and coalescing
//! are part of what is "written".
//!
//! Assumed: a mark costs no bytes, so a VM that writes nothing gets its marks whatever the link does. Facts of pieces
//! ([`Fact::Level`], [`Fact::Lag`]) are recorded once their end is known, which may be one change later.
//! Sources: domain facts 3 and 5; methods 1.1 to 1.11.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::{Cause, CopyKind, Direction, Fact, Marks, Observation, OpId};
use crate::inventory::Inventory;
use crate::units::{ApplianceId, Bytes, CacheId, Duration, LinkId, Ratio, StampId, Timestamp, VmId};
use crate::world::busy::MANY;
use crate::world::churn::{Waves, Writes};
use crate::world::distribute::Scratch;
use crate::world::due_first::DueFirst;
use crate::world::flow::{Amount, DueQueue, Lane, Outbox, Turn, VmFlow, Watch, Word, whole};
use crate::world::layout::{Kinds, Network, lanes, vms};
use crate::world::marks::Predicted;
use crate::world::meters::{Facts, Levels, Places};
use crate::world::quiet::Sums;
use crate::world::rest::Tops;
use crate::world::segment::Ages;
use crate::world::{Luck, Physics};

/// The declared route of one VM's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VmPath {
    pub appliance: ApplianceId,
    pub link: LinkId,
    pub cache: CacheId,
    /// The stamp whose service applies forward data.
    pub target: StampId,
    /// Share of link and service relative to others.
    pub weight: u32,
    /// How old data may be when it has arrived; where some VM has one, what is due first is served first, and weights share copies only.
    pub deadline: Option<Duration>,
}

/// What is left of a VM whose serving machine is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLoss {
    /// Every write up to here had reached the cache.
    pub received: Timestamp,
    /// Received, not yet applied.
    pub in_cache: Bytes,
    /// Written, not received: gone.
    pub at_source: Bytes,
}

/// The data path of all VMs.
pub struct Pipeline {
    pub(super) inventory: Arc<Inventory>,
    pub(super) writes: Vec<Writes>,
    pub(super) waves: Waves,
    pub(super) network: Network,
    pub(super) places: Places,
    pub(super) kinds: Kinds,
    pub(super) vms: Vec<VmFlow>,
    /// Delta lanes by disk, then bulk lanes by disk.
    pub(super) lanes: Vec<Lane>,
    pub(super) disks: usize,
    /// VMs with something to do, by id.
    pub(super) live: Vec<u32>,
    /// Those of them whose lanes are looked at; the others rest.
    pub(super) awake: Vec<u32>,
    /// Those awake that need not be, as of the last plan.
    pub(super) idle: Vec<u32>,
    /// The present moment: everything inside is as of then.
    pub(super) t: u64,
    /// The newest moment anybody asked for.
    pub(super) seen: u64,
    /// Rates are known from `t` until `segment_end`.
    pub(super) planned: bool,
    pub(super) segment_end: u64,
    /// Somebody may be awake.
    pub(super) busy: bool,
    /// Some bulk lane has something on its way.
    pub(super) bulk: bool,
    pub(super) always_busy: bool,
    /// When everything was planned last.
    pub(super) planned_at: u64,
    /// With more live VMs than this, what changes within a glance of a plan waits for the next one.
    pub(super) many: usize,
    /// VMs that have changed since the plan, each with the way its data went before.
    pub(super) touched: Vec<(u32, bool)>,
    pub(super) sums: Sums,
    pub(super) tops: Tops,
    pub(super) ahead: Option<u64>,
    /// Flows by kind [µB/s].
    pub(super) entering: Vec<u64>,
    pub(super) leaving: Vec<u64>,
    /// By appliance: what waits at its sources, and how that grows.
    pub(super) backlogs: Vec<(Amount, Amount)>,
    pub(super) load: Vec<u128>,
    pub(super) cache_flows: Vec<u64>,
    pub(super) due_first: Option<DueFirst>,
    pub(super) disk_rate: u64,
    pub(super) saturated: Vec<bool>,
    pub(super) scratch: Scratch,
    pub(super) ages: Ages,
    pub(super) values: Vec<(Amount, Amount)>,
    pub(super) levels: Levels,
    pub(super) predicted: Vec<Predicted>,
    /// How many of them have been said.
    pub(super) told: usize,
    pub(super) due: DueQueue,
    pub(super) booked: u64,
    pub(super) watches: BTreeMap<u64, Watch>,
    /// Answers whose data was being processed when that stopped.
    pub(super) halted: Vec<(Turn, Word)>,
    pub(super) observations: Outbox<Observation>,
    pub(super) facts: Facts,
}

impl Pipeline {
    /// `path` by VM: the declared route; VMs without one are never replicated. Guests write from the start of the run.
    pub fn new(inventory: Arc<Inventory>, physics: &Physics, luck: &Luck, path: Vec<Option<VmPath>>) -> Self {
        let places = Places::new(&inventory);
        let (waves, of_disk) = Waves::new(&physics.churn, &physics.calendar, luck);
        let (lanes, kinds) = lanes(&inventory, physics, &path, &places, &of_disk);
        let mut pipeline = Self {
            writes: physics.churn.iter().map(|churn| churn.writes.clone()).collect(),
            waves,
            network: Network::new(&inventory, physics, &path, &places),
            vms: vms(&inventory, &path, &physics.churn),
            disks: inventory.disks.len(),
            live: Vec::new(),
            awake: Vec::new(),
            idle: Vec::new(),
            t: 0,
            seen: 0,
            planned: false,
            segment_end: 0,
            busy: true,
            bulk: false,
            always_busy: false,
            planned_at: 0,
            many: MANY,
            touched: Vec::new(),
            sums: Sums::default(),
            tops: Tops::default(),
            ahead: None,
            entering: vec![0; kinds.all.len()],
            leaving: vec![0; kinds.all.len()],
            backlogs: vec![(0, 0); inventory.appliances.len()],
            load: Vec::new(),
            cache_flows: Vec::new(),
            due_first: DueFirst::new(&path, inventory.disks.len()),
            disk_rate: Network::disk_rate(&inventory.limits),
            saturated: vec![false; places.count()],
            scratch: Scratch::default(),
            ages: Ages::default(),
            values: Vec::new(),
            levels: Levels::new(places.count()),
            predicted: Vec::new(),
            told: 0,
            due: DueQueue::new(),
            booked: 0,
            watches: BTreeMap::new(),
            halted: Vec::new(),
            observations: Outbox::new(),
            facts: Facts::new(),
            inventory,
            places,
            kinds,
            lanes,
        };
        pipeline.prepare_quiet();
        pipeline
    }

    /// Looks at every lane at every change, quiet or not: for comparison in tests.
    pub fn look_always(&mut self) {
        self.always_busy = true;
    }

    /// Lets changes wait for a glance with more VMs than this: for comparison in tests.
    pub fn glance_with_more_than(&mut self, vms: usize) {
        self.many = vms;
    }

    pub(super) fn note(&mut self, at: u64, fact: Fact) {
        self.facts.push_back((Timestamp::from_ns(at), fact));
    }

    /// Brings everything to `now`, where something is about to change: all lanes are looked at, and planned before time goes on.
    fn change(&mut self, now: Timestamp) {
        self.arrive(now);
        self.end_segment();
        self.wake_all();
    }

    /// The same where only one VM is about to change: when many are busy the others go on as they were planned for a glance.
    fn change_of(&mut self, now: Timestamp, vm: VmId) {
        self.arrive(now);
        if self.lets_wait() {
            self.touch(vm.index());
        } else {
            self.end_segment();
            self.wake_vm(vm.index());
        }
    }

    fn arrive(&mut self, now: Timestamp) {
        self.advance(now);
        self.pass(now.ns());
    }

    /// Brings everything to where something breaks at `now`, or works again. What would end in the instant in which it breaks is
    /// lost, since ties go against us: to what passes here it breaks a nanosecond earlier.
    pub(super) fn turn(&mut self, now: Timestamp, works: bool) {
        let before = now.ns() - u64::from(!works && now.ns() > self.seen);
        self.change(Timestamp::from_ns(before));
    }

    fn plan(&mut self) {
        self.waves.enter(self.t);
        self.sum_up();
        while self.waves.next_turn() <= self.t {
            if let Some(wave) = self.waves.turn(self.t) {
                self.turn_sums(wave);
            }
        }
        if !self.busy {
            self.busy = !self.plan_quiet();
        }
        if self.busy {
            self.tidy();
            self.plan_busy();
            if !self.busy && !self.plan_quiet() {
                self.wake_all();
                self.plan_busy();
            }
        }
        self.planned = true;
        self.planned_at = self.t;
    }

    /// The serving machine runs, or does not: a machine that is down writes nothing and sets no marks.
    pub fn set_writer(&mut self, now: Timestamp, vm: VmId, writes: bool) {
        self.change_of(now, vm);
        self.set_writing(vm.index(), writes);
    }

    /// The link yields this share of its bandwidth; zero: it is down.
    pub fn set_link(&mut self, now: Timestamp, link: LinkId, yields: Ratio) {
        self.turn(now, yields > Ratio::ZERO);
        self.network.links[link.index()].set_yield(yields);
    }

    pub fn set_appliance(&mut self, now: Timestamp, id: ApplianceId, up: bool) {
        self.turn_processing(now, up, |network| network.appliances_up[id.index()] = up);
    }

    /// A cache account that is down takes and gives nothing.
    pub fn set_cache(&mut self, now: Timestamp, id: CacheId, up: bool) {
        self.turn_processing(now, up, |network| network.caches[id.index()].up = up);
    }

    /// The service of a target stamp; while it is down the cache still takes data.
    pub fn set_service(&mut self, now: Timestamp, stamp: StampId, up: bool) {
        self.turn_processing(now, up, |network| network.services_up[stamp.index()] = up);
    }

    /// The VM's agent can reach what it sends to (its stamp has light).
    pub fn set_source_reachable(&mut self, now: Timestamp, vm: VmId, up: bool) {
        self.change_of(now, vm);
        self.vms[vm.index()].reachable = up;
    }

    /// From now on writes are tracked and sent, with marks.
    pub fn start_stream(&mut self, now: Timestamp, vm: VmId, direction: Direction, marks: Marks) {
        self.change_of(now, vm);
        self.begin_stream(vm.index(), direction, marks);
    }

    /// No more changes are sent; what is in the cache is still applied.
    pub fn stop_stream(&mut self, now: Timestamp, vm: VmId) {
        self.change_of(now, vm);
        self.end_stream(vm.index());
    }

    /// A bulk copy of all disks; answered by `Completed { op }`. Writes are tracked from now on.
    pub fn start_copy(&mut self, now: Timestamp, op: OpId, vm: VmId, kind: CopyKind, direction: Direction) {
        self.change_of(now, vm);
        self.begin_copy(vm.index(), op, kind, direction);
    }

    /// Gives up a running copy; its op is not answered any more. Where nothing streams, writes are tracked no longer.
    pub fn stop_copy(&mut self, now: Timestamp, vm: VmId) {
        self.change_of(now, vm);
        self.give_up_copy(vm.index());
        self.track_no_more(vm.index());
        self.wake_marks(vm.index());
    }

    /// Puts a mark into the stream now; `Completed { op }` when it is applied, `Failed` when it never will be, as where nothing streams.
    pub fn cut_mark(&mut self, now: Timestamp, op: OpId, vm: VmId) {
        self.change_of(now, vm);
        if self.vms[vm.index()].stream.is_none() {
            return self.observations.push_back(Observation::Failed { op, cause: Cause::Interrupted });
        }
        let lanes = self.vms[vm.index()].lanes().flat_map(|d| [d, d + self.disks]);
        let targets = lanes.map(|d| (d, self.lanes[d].written)).collect();
        self.watch(vm.index(), Word::Completed { op }, targets, false);
    }

    /// Answered by `Processed` when everything received by now is applied.
    pub fn process_pending(&mut self, now: Timestamp, op: OpId, vm: VmId) {
        self.change_of(now, vm);
        let through = self.received_mark(vm.index(), self.t);
        let lanes = self.vms[vm.index()].lanes().flat_map(|d| [d, d + self.disks]);
        let targets = lanes.map(|d| (d, self.lanes[d].received)).collect();
        self.watch(vm.index(), Word::Processed { op, through }, targets, false);
    }

    /// Answered at once by `Backlog`.
    pub fn read_backlog(&mut self, now: Timestamp, op: OpId, vm: VmId) {
        self.advance(now);
        let (at_source, in_cache, oldest_in_cache) = self.backlog_of(vm.index(), now.ns());
        self.observations.push_back(Observation::Backlog { op, at_source, in_cache, oldest_in_cache });
    }

    /// Throws away what waits in the cache for this VM; marks that wait for it are void.
    pub fn discard_difflog(&mut self, now: Timestamp, vm: VmId) {
        self.change_of(now, vm);
        self.drop_in_cache(vm.index());
        self.skip_marks(vm.index());
    }

    /// The writing machine is lost: what was not received is gone. What was received is still applied.
    pub fn lose_source(&mut self, now: Timestamp, vm: VmId) -> SourceLoss {
        self.change_of(now, vm);
        self.lose(vm.index())
    }

    /// A failover used the point `mark`: what was written after it differs between the two sites.
    pub fn diverge(&mut self, now: Timestamp, vm: VmId, mark: Timestamp) {
        self.advance(now);
        self.add_divergence(vm.index(), mark.ns());
    }

    /// The next moment at which something happens inside.
    pub fn next_due(&mut self) -> Timestamp {
        self.touch_up();
        if !self.planned {
            self.plan();
        }
        if !self.observations.is_empty() {
            return Timestamp::from_ns(self.seen);
        }
        let end = if self.busy { self.segment_end } else { self.quiet_until() };
        Timestamp::from_ns(end.min(self.next_word()).max(self.seen))
    }

    /// Processes everything due up to and including `now`. Panics when `now` is earlier than a previous call's.
    pub fn advance(&mut self, now: Timestamp) {
        let now = now.ns();
        assert!(now >= self.seen, "the pipeline is at {} and cannot go back to {now}", self.seen);
        self.seen = now;
        loop {
            self.touch_up();
            if !self.planned {
                if now == self.t {
                    // Nothing lasts between several changes at one instant: they are planned together, before time goes on.
                    return self.speak(now);
                }
                self.plan();
            }
            assert!(self.segment_end > self.t, "a span of no length at {} would last for ever", self.t);
            self.speak(now.min(self.segment_end));
            if self.segment_end > now {
                return;
            }
            self.pass(self.segment_end);
            self.end_segment();
        }
    }

    pub fn poll_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    /// Facts in the order they were recorded, each with its moment.
    pub fn poll_fact(&mut self) -> Option<(Timestamp, Fact)> {
        if self.facts.is_empty() && (self.busy || self.levels.are_many()) {
            self.levels.tell(&self.places, &mut self.facts);
        }
        self.facts.pop_front()
    }

    /// Every write up to these moments is received, and applied (usable), at `now`, to which the pipeline was advanced.
    pub fn watermarks(&self, now: Timestamp, vm: VmId) -> (Timestamp, Timestamp) {
        let flow = &self.vms[vm.index()];
        let received = self.received_mark(vm.index(), now.ns()).saturating_sub(flow.pipe);
        let applied = self.served_mark(vm.index(), now.ns()).saturating_sub(flow.delay);
        (Timestamp::from_ns(received), Timestamp::from_ns(applied))
    }

    /// Every write up to then has been served from the cache; it is usable the processing delay later.
    pub fn served_through(&self, now: Timestamp, vm: VmId) -> Timestamp {
        Timestamp::from_ns(self.served_mark(vm.index(), now.ns()))
    }

    /// What the guest wrote in `[from, to)`, as it counts for replication; `to` not later than the present.
    pub fn written_between(&self, vm: VmId, from: Timestamp, to: Timestamp) -> Bytes {
        self.written_by_vm(vm, from, to, false)
    }

    /// The distinct part of [`Pipeline::written_between`]: what a recovery point of that span keeps.
    pub fn unique_written_between(&self, vm: VmId, from: Timestamp, to: Timestamp) -> Bytes {
        self.written_by_vm(vm, from, to, true)
    }

    /// Data in the cache account at `now`, to which the pipeline was advanced.
    pub fn cache_used(&self, now: Timestamp, cache: CacheId) -> Bytes {
        whole(self.network.caches[cache.index()].used_at(self.t, now.ns()))
    }

    /// End of the run: open pieces of meters and one ledger per VM become facts.
    pub fn close(&mut self, now: Timestamp) {
        self.change(now);
        for v in 0..self.vms.len() {
            self.end_lag(v);
        }
        self.levels.close();
        self.close_ledgers();
    }
}
