//! Streams and bulk copies: what begins, ends and is given up.
//!
//! A copy moves used bytes (initial), what differs (resync, reverse differences; after checksums were compared at disk speed, all
//! disks at once) or everything (reverse, new disks). What is written meanwhile is delta of the same disk and goes first. A
//! copy is complete when all of it and all that was written before that moment is served, plus the processing delay.
//!
//! What differs: distinct bytes written while nothing was tracked, what was lost at the source, what was thrown away in the
//! cache, and what waits at the source when a resync begins; at most the used part of the disk. The count begins again
//! when a copy begins. Not known here: which point a failover used; `diverge` adds what lay behind it.

use crate::contract::{CopyKind, Direction, Marks, Observation, OpId};
use crate::units::{Bytes, DiskId, Timestamp, VmId};
use crate::world::flow::{Amount, Copy, Word, amount, whole};
use crate::world::pipeline::{Pipeline, SourceLoss};

impl Pipeline {
    pub(super) fn begin_stream(&mut self, v: usize, direction: Direction, marks: Marks) {
        self.turn_to(v, direction);
        self.silence(v);
        self.track(v);
        self.vms[v].stream = Some(marks);
        self.vms[v].sealed = None;
        if let Some(since) = self.vms[v].bitmap {
            // A copy was overrun by writes: who starts the stream must know.
            let (vm, since) = (VmId::from_index(v), Timestamp::from_ns(since));
            self.observations.push_back(Observation::OrderLost { vm, since });
        }
        if !self.vms[v].lag.is_on() {
            let t = self.t;
            self.vms[v].lag.begin(t);
        }
        self.wake_marks(v);
    }

    /// Writes are tracked from now on.
    fn track(&mut self, v: usize) {
        if self.vms[v].path.is_none() || self.vms[v].tracked {
            return;
        }
        let t = self.t;
        for d in self.vms[v].lanes() {
            self.lanes[d].dirty += self.untracked_bytes(v, d);
        }
        let vm = &mut self.vms[v];
        (vm.tracked, vm.untracked) = (true, None);
        if !vm.listed {
            (vm.listed, vm.at) = (true, t);
            for list in [&mut self.live, &mut self.awake] {
                list.insert(list.partition_point(|other| (*other as usize) < v), v as u32);
            }
        }
        for d in self.vms[v].lanes() {
            self.lanes[d].since = t;
        }
    }

    /// Distinct bytes written since writes are no longer tracked.
    fn untracked_bytes(&self, v: usize, d: usize) -> Amount {
        let Some(since) = self.vms[v].untracked else { return 0 };
        let written = self.written_by(v, d, since, self.t);
        let window = crate::units::Duration::from_ns(self.t - since);
        written * Amount::from(self.writes[d].distinct_ppm(window)) / 1_000_000
    }

    /// Data goes the other way from now on; what is still on its way is of no use any more.
    fn turn_to(&mut self, v: usize, direction: Direction) {
        let reverse = direction == Direction::Reverse;
        if self.vms[v].reverse != reverse {
            self.drop_at_source(v, true);
            self.drop_in_cache(v);
            self.vms[v].reverse = reverse;
        }
    }

    pub(super) fn end_stream(&mut self, v: usize) {
        self.seal(v, self.received_mark(v, self.t));
        self.silence(v);
        self.end_lag(v);
        self.vms[v].stream = None;
        self.untrack(v);
        self.drop_at_source(v, false);
    }

    /// What was written after `mark` does not come any more: until a new stream starts nothing later is received.
    fn seal(&mut self, v: usize, mark: u64) {
        self.vms[v].sealed = Some(self.vms[v].sealed.map_or(mark, |sealed| sealed.min(mark)));
    }

    fn untrack(&mut self, v: usize) {
        let vm = &mut self.vms[v];
        if vm.tracked {
            (vm.tracked, vm.untracked, vm.bitmap, vm.resync_told) = (false, Some(self.t), None, false);
        }
    }

    /// What waits at the source of the stream (`all`: and of copies) will not be sent.
    fn drop_at_source(&mut self, v: usize, all: bool) {
        let lanes = self.vms[v].lanes();
        for d in lanes.clone() {
            let lane = &mut self.lanes[d];
            let waits = lane.at_source();
            lane.written = lane.received;
            lane.superseded += waits;
            lane.dirty += waits;
            let written = lane.written;
            lane.curve.cut(written);
            lane.trim_curve();
        }
        if all {
            for d in lanes {
                self.unbook_bulk(d);
            }
        }
        self.fail_unreachable_marks(v);
    }

    /// A copy that is given up was never written.
    fn unbook_bulk(&mut self, d: usize) {
        let bulk = &mut self.lanes[d + self.disks];
        let waits = bulk.at_source();
        bulk.written = bulk.received;
        bulk.booked -= waits;
        self.lanes[d].dirty += waits;
    }

    /// Operations that wait for what will never be sent fail.
    fn fail_unreachable_marks(&mut self, v: usize) {
        let (watches, lanes, observations) = (&mut self.watches, &self.lanes, &mut self.observations);
        watches.retain(|_, watch| {
            let lost = watch.vm as usize == v && watch.targets.iter().any(|(d, target)| *target > lanes[*d].written);
            if lost && let Word::Completed { op } = watch.word {
                observations.push_back(Observation::Failed { op, cause: crate::contract::Cause::Interrupted });
            }
            !lost
        });
    }

    /// What waits in the cache is thrown away.
    pub(super) fn drop_in_cache(&mut self, v: usize) -> Amount {
        let Some(path) = self.vms[v].path else { return 0 };
        if self.vms[v].stream.is_none() {
            self.seal(v, self.served_mark(v, self.t));
        }
        let mut thrown = 0;
        for d in self.vms[v].lanes() {
            for d in [d, d + self.disks] {
                let lane = &mut self.lanes[d];
                let waits = lane.in_cache();
                // Totals only rise: what is thrown away has passed, but not onto the disks.
                lane.served += waits;
                lane.lost += waits;
                lane.unserved += waits;
                lane.trim_curve();
                thrown += waits;
                self.lanes[d % self.disks].dirty += waits;
            }
        }
        self.network.caches[path.cache.index()].throw_away(thrown);
        thrown
    }

    pub(super) fn lose(&mut self, v: usize) -> SourceLoss {
        let received = self.received_mark(v, self.t);
        self.seal(v, received);
        let lanes = || self.vms[v].lanes().flat_map(|d| [d, d + self.disks]);
        let in_cache = whole(lanes().map(|d| self.lanes[d].in_cache()).sum());
        let at_source = whole(self.vms[v].lanes().map(|d| self.lanes[d].at_source()).sum());
        self.silence(v);
        self.end_lag(v);
        self.set_writing(v, false);
        let waits: Vec<Amount> = self.vms[v].lanes().map(|d| self.lanes[d].at_source()).collect();
        self.untrack(v);
        self.vms[v].stream = None;
        self.interrupt_copy(v);
        self.drop_at_source(v, true);
        for (d, waits) in self.vms[v].lanes().zip(waits) {
            self.lanes[d].superseded -= waits;
            self.lanes[d].lost += waits;
        }
        SourceLoss { received: Timestamp::from_ns(received), in_cache, at_source }
    }

    /// A copy whose source is lost ends; what it has not sent still differs.
    fn interrupt_copy(&mut self, v: usize) {
        let Some(copy) = self.vms[v].copy.take() else { return };
        let whole_disks = matches!(copy.kind, CopyKind::Initial | CopyKind::ReverseFull);
        if !copy.started && whole_disks {
            for d in self.vms[v].lanes() {
                self.lanes[d].dirty += amount(self.inventory.disk(DiskId::from_index(d)).used);
            }
        }
        let cause = crate::contract::Cause::Interrupted;
        self.observations.push_back(Observation::Failed { op: copy.op, cause });
    }

    pub(super) fn set_writing(&mut self, v: usize, writes: bool) {
        if self.vms[v].writes == writes {
            return;
        }
        self.vms[v].writes = writes;
        self.vms[v].writer_log.push((self.t, writes));
        if writes { self.wake_marks(v) } else { self.silence(v) }
    }

    pub(super) fn begin_copy(&mut self, v: usize, op: OpId, kind: CopyKind, direction: Direction) {
        self.turn_to(v, direction);
        self.silence(v);
        self.give_up_copy(v);
        self.track(v);
        let compares = matches!(kind, CopyKind::Resync | CopyKind::ReverseDifferences);
        let disk = self.inventory.limits.disk_rate_max;
        let longest = self.inventory.disks_of(crate::units::VmId::from_index(v)).iter().map(|disk| disk.size).max();
        let check = longest.filter(|_| compares).and_then(|size| disk.time_for(size)).map_or(0, |span| span.ns());
        self.vms[v].copy = Some(Copy { op, kind, ready: self.t.saturating_add(check), started: false });
    }

    pub(super) fn give_up_copy(&mut self, v: usize) {
        if self.vms[v].copy.take().is_some() {
            for d in self.vms[v].lanes() {
                self.unbook_bulk(d);
            }
        }
        let watches = &mut self.watches;
        watches.retain(|_, watch| !(watch.vm as usize == v && watch.copy));
    }

    /// Writes are tracked for a stream or a copy: when there is neither any more, nothing of them is sent.
    pub(super) fn track_no_more(&mut self, v: usize) {
        if self.vms[v].tracked && self.vms[v].stream.is_none() {
            self.end_stream(v);
        }
    }

    /// Copies whose comparison is done begin to send.
    pub(super) fn start_copies(&mut self) {
        for place in 0..self.awake.len() {
            let v = self.awake[place] as usize;
            let Some(copy) = self.vms[v].copy.filter(|copy| !copy.started && copy.ready <= self.t) else { continue };
            self.vms[v].copy = Some(Copy { started: true, ..copy });
            for d in self.vms[v].lanes() {
                self.fill_bulk(d, copy.kind);
            }
            if copy.kind == CopyKind::Resync {
                self.vms[v].disordered |= self.vms[v].bitmap.take().is_some();
                self.vms[v].resync_told = false;
            }
        }
    }

    fn fill_bulk(&mut self, d: usize, kind: CopyKind) {
        let disk = self.inventory.disk(DiskId::from_index(d)).clone();
        let dirty = std::mem::take(&mut self.lanes[d].dirty);
        let mut moved = 0;
        let size = match kind {
            CopyKind::Initial => amount(disk.used),
            CopyKind::ReverseFull => amount(disk.size),
            CopyKind::Resync | CopyKind::ReverseDifferences => {
                moved = self.lanes[d].at_source();
                let delta = &mut self.lanes[d];
                delta.written = delta.received;
                let written = delta.written;
                delta.curve.cut(written);
                delta.trim_curve();
                (dirty + moved).min(amount(disk.used))
            }
        };
        // What moved from the delta was booked there; of it, what the cap leaves out is sent once instead of twice.
        self.lanes[d].superseded += moved;
        let bulk = &mut self.lanes[d + self.disks];
        bulk.class = if kind == CopyKind::Initial { 1 } else { 2 };
        bulk.written += size;
        bulk.booked += size;
    }

    /// Copies of which everything is served wait for what was written before this moment.
    pub(super) fn finish_copies(&mut self) {
        for place in 0..self.awake.len() {
            let v = self.awake[place] as usize;
            let Some(copy) = self.vms[v].copy.filter(|copy| copy.started) else { continue };
            if self.vms[v].lanes().any(|d| self.lanes[d + self.disks].waits()) {
                continue;
            }
            self.vms[v].copy = None;
            let targets = self.vms[v].lanes().map(|d| (d, self.lanes[d].written)).collect();
            self.watch(v, Word::Completed { op: copy.op }, targets, true);
            self.vms[v].settles = true;
            if std::mem::take(&mut self.vms[v].disordered) {
                self.observations.push_back(Observation::OrderRestored { vm: crate::units::VmId::from_index(v) });
            }
            self.wake_marks(v);
        }
    }

    /// A failover used the point `mark`: what the lost machine wrote after it differs too.
    pub(super) fn add_divergence(&mut self, v: usize, mark: u64) {
        let until = self.vms[v].untracked.unwrap_or(self.t).max(mark);
        for d in self.vms[v].lanes() {
            let written = self.written_by(v, d, mark, until);
            let window = crate::units::Duration::from_ns(until - mark);
            let behind = written * Amount::from(self.writes[d].distinct_ppm(window)) / 1_000_000;
            self.lanes[d].dirty = self.lanes[d].dirty.max(behind);
        }
    }

    /// Drops VMs from the list that have nothing to do any more.
    pub(super) fn tidy(&mut self) {
        let (vms, lanes, disks) = (&mut self.vms, &mut self.lanes, self.disks);
        let before = self.awake.len();
        self.awake.retain(|v| {
            let vm = &mut vms[*v as usize];
            let busy =
                vm.tracked || vm.copy.is_some() || vm.lanes().any(|d| lanes[d].waits() || lanes[d + disks].waits());
            vm.listed = busy;
            if !busy {
                vm.lanes().flat_map(|d| [d, d + disks]).for_each(|d| lanes[d].stand_still());
            }
            busy
        });
        if self.awake.len() < before {
            self.live.retain(|v| vms[*v as usize].listed);
        }
    }

    /// Total bytes on their way at the source and in the cache.
    pub(super) fn backlog_of(&self, v: usize, now: u64) -> (Bytes, Bytes, Option<Timestamp>) {
        let (mut source, mut cache) = (0, 0);
        for d in self.vms[v].lanes() {
            for d in [d, d + self.disks] {
                let (written, received, served) = self.totals_at(d, now);
                source += written - received;
                cache += received - served;
            }
        }
        let oldest = (cache > 0).then(|| Timestamp::from_ns(self.served_mark(v, now)));
        (whole(source), whole(cache), oldest)
    }
}
