//! Marks: when a point in the stream of a VM has been applied on all its disks.
//!
//! A mark set at `s` has arrived on a disk when `served` reaches what was written by `s`: a line meets a constant. While nothing
//! waits marks come by rule and nobody computes them. Otherwise the crossings of the present segment are predicted when it
//! is planned; those before an early end are kept, the others are computed again.
//!
//! Invariants: no mark is reported twice or out of order; what was announced falls due before what follows it.

use crate::contract::Observation;
use crate::units::{Duration, Timestamp, VmId};
use crate::world::flow::{Amount, COPY, MARK, MarkState, OPERATION, Turn, Watch, Word, time_for};
use crate::world::pipeline::Pipeline;

/// Something that will be served within the segment, if it is not cut short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predicted {
    turn: Turn,
    served: u64,
    word: Word,
    watch: Option<u64>,
}

impl Predicted {
    fn of_mark(v: usize, at: u64, served: u64, word: Word) -> Self {
        Self { turn: Turn { at, vm: v as u32, rank: MARK }, served, word, watch: None }
    }

    fn key(&self) -> (Turn, u64) {
        (self.turn, self.served)
    }
}

impl Pipeline {
    /// Marks of this VM do not count from now on.
    pub(super) fn silence(&mut self, v: usize) {
        if self.vms[v].marks == MarkState::Rule
            && let Some(marks) = self.vms[v].stream
        {
            let every = marks.crash_every.ns().max(1);
            // A mark of this very instant is lost: ties go against us.
            let last = self.t.saturating_sub(1) / every * every;
            self.vms[v].marks_from = last + 1;
            self.book(v, self.t, Word::Fell { vm: v as u32, last });
        }
        if let MarkState::Each { next } = self.vms[v].marks {
            self.vms[v].marks_from = next;
        }
        self.vms[v].marks = MarkState::Silent;
    }

    /// Marks count from now on, when there is a stream in order and a guest to set them.
    pub(super) fn wake_marks(&mut self, v: usize) {
        let vm = &mut self.vms[v];
        let Some(marks) = vm.stream else { return };
        if vm.marks == MarkState::Silent && vm.writes && vm.tracked && vm.bitmap.is_none() && vm.copy.is_none() {
            let from = self.t.max(vm.marks_from);
            vm.marks = MarkState::Each { next: from.next_multiple_of(marks.crash_every.ns().max(1)) };
        }
    }

    /// Marks that wait are void; the next one counts again.
    pub(super) fn skip_marks(&mut self, v: usize) {
        if let (MarkState::Each { .. }, Some(marks)) = (self.vms[v].marks, self.vms[v].stream) {
            let every = marks.crash_every.ns().max(1);
            self.vms[v].marks = MarkState::Each { next: (self.t / every + 1) * every };
        }
    }

    /// All earlier marks are served: from `next` on they come by rule.
    pub(super) fn announce_rule(&mut self, v: usize, next: u64) {
        self.vms[v].marks = MarkState::Rule;
        self.vms[v].rule_from = next;
        if std::mem::take(&mut self.vms[v].settles) {
            self.vms[v].told_at = self.vms[v].told_at.max(self.t + self.vms[v].delay);
        }
        self.book(v, self.t, Word::Keeping { vm: v as u32, from: next });
    }

    /// Says `word` at `at`, but not before what was said of this VM earlier.
    pub(super) fn book(&mut self, v: usize, at: u64, word: Word) {
        let at = at.max(self.vms[v].told_at);
        self.vms[v].told_at = at;
        self.booked += 1;
        self.due.insert((Turn { at, vm: v as u32, rank: MARK }, self.booked), word);
    }

    /// Whether anything can pass from the VM to its replica now; a mark costs no bytes, but it does not pass a cut.
    pub(super) fn is_open(&self, v: usize) -> bool {
        let vm = &self.vms[v];
        let Some(path) = vm.path else { return true };
        let network = &self.network;
        network.appliances_up[path.appliance.index()]
            && network.caches[path.cache.index()].up
            && network.services_up[path.target.index()]
            && (vm.reachable || vm.reverse)
            && network.links[path.link.index()].capacity(self.t) > 0
    }

    /// When every disk of the VM will have served what was written by `mark`, within the segment.
    fn crossing(&self, v: usize, mark: u64) -> Option<u64> {
        if !self.is_open(v) {
            return None;
        }
        let mut latest = self.t.max(mark);
        for d in self.vms[v].lanes() {
            let lane = &self.lanes[d];
            let target = if mark >= self.t {
                lane.written + Amount::from(lane.arrives) * Amount::from(mark - self.t)
            } else {
                match lane.curve.total_at(mark) {
                    Some(total) => total,
                    None => continue,
                }
            };
            latest = latest.max(self.reaches(d, target)?);
        }
        (latest <= self.segment_end).then_some(latest)
    }

    /// When the lane will have served `target` at its present rate.
    fn reaches(&self, d: usize, target: Amount) -> Option<u64> {
        let lane = &self.lanes[d];
        if lane.served >= target {
            return Some(self.t);
        }
        (lane.leaves > 0).then(|| self.t.saturating_add(time_for(target - lane.served, lane.leaves)))
    }

    /// What will be served within the segment.
    pub(super) fn predict(&mut self) {
        let mut list = std::mem::take(&mut self.predicted);
        list.clear();
        for v in &self.awake {
            self.predict_marks(*v as usize, &mut list);
        }
        for (id, watch) in &self.watches {
            list.extend(self.predict_watch(*id, watch));
        }
        list.sort_by_key(Predicted::key);
        self.predicted = list;
        self.told = 0;
    }

    /// The same of one VM, of which nothing is predicted at present.
    pub(super) fn predict_again(&mut self, v: usize) {
        let mut list = Vec::new();
        self.predict_marks(v, &mut list);
        for (id, watch) in self.watches.iter().filter(|(_, watch)| watch.vm as usize == v) {
            list.extend(self.predict_watch(*id, watch));
        }
        for p in list {
            let place = self.predicted[self.told..].partition_point(|other| other.key() <= p.key());
            self.predicted.insert(self.told + place, p);
        }
    }

    fn predict_watch(&self, id: u64, watch: &Watch) -> Option<Predicted> {
        let vm = watch.vm as usize;
        if matches!(watch.word, Word::Processed { .. }) && !self.processes(vm) {
            return None;
        }
        let mut targets = watch.targets.iter();
        let latest = targets.try_fold(self.t, |latest, (d, target)| Some(latest.max(self.reaches(*d, *target)?)));
        let served = latest.filter(|served| *served <= self.segment_end)?;
        let rank = if watch.copy { COPY } else { OPERATION };
        let turn = Turn { at: served.saturating_add(self.vms[vm].delay), vm: watch.vm, rank };
        Some(Predicted { turn, served, word: watch.word, watch: Some(id) })
    }

    /// Somebody is there who processes: also with an empty cache, nobody answers while the service or the account is down.
    pub(super) fn processes(&self, v: usize) -> bool {
        let Some(path) = self.vms[v].path else { return false };
        let works = match self.vms[v].reverse {
            false => self.network.services_up[path.target.index()],
            true => self.network.appliances_up[path.appliance.index()],
        };
        works && self.network.caches[path.cache.index()].up
    }

    fn predict_marks(&self, v: usize, list: &mut Vec<Predicted>) {
        let vm = &self.vms[v];
        let Some(marks) = vm.stream else { return };
        let every = marks.crash_every.ns().max(1);
        let mut told = vm.told_at;
        let (mut mark, mut watched) = match vm.marks {
            MarkState::Silent => return,
            MarkState::Each { next } => (next, true),
            MarkState::Rule if self.is_open(v) && vm.lanes().all(|d| self.lanes[d].flows_freely()) => return,
            MarkState::Rule => ((self.t / every + 1) * every, false),
        };
        while mark <= self.segment_end {
            let served = self.crossing(v, mark);
            if !watched && served != Some(mark) {
                watched = true;
                told = told.max(mark);
                let word = Word::Fell { vm: v as u32, last: mark - every };
                list.push(Predicted::of_mark(v, told, mark, word));
            }
            if watched {
                let Some(served) = served else { return };
                told = told.max(served + vm.delay);
                let word = Word::Applied { vm: v as u32, mark };
                list.push(Predicted::of_mark(v, told, served, word));
            }
            mark += every;
        }
    }

    /// What was served by now stays so; the rest of the predictions is void.
    pub(super) fn commit_marks(&mut self) {
        let mut list = std::mem::take(&mut self.predicted);
        for (index, p) in list.iter().enumerate() {
            self.commit(p, index < self.told);
        }
        list.clear();
        self.predicted = list;
        self.told = 0;
    }

    /// The same of one VM.
    pub(super) fn commit_marks_of(&mut self, v: usize) {
        let mut list = std::mem::take(&mut self.predicted);
        let (mut index, told) = (0, self.told);
        list.retain(|p| {
            let (said, mine) = (index < told, p.turn.vm as usize == v);
            index += 1;
            if mine {
                self.commit(p, said);
                self.told -= usize::from(said);
            }
            !mine
        });
        self.predicted = list;
    }

    fn commit(&mut self, p: &Predicted, said: bool) {
        if p.served > self.t {
            return;
        }
        let vm = &mut self.vms[p.turn.vm as usize];
        let every = vm.stream.map_or(1, |marks| marks.crash_every.ns().max(1));
        match p.word {
            Word::Fell { last, .. } => vm.marks = MarkState::Each { next: last + every },
            Word::Applied { mark, .. } => vm.marks = MarkState::Each { next: mark + every },
            Word::Keeping { .. } | Word::Completed { .. } | Word::Processed { .. } => {}
        }
        match p.watch {
            Some(id) => drop(self.watches.remove(&id)),
            None => vm.told_at = vm.told_at.max(p.turn.at),
        }
        if !said {
            self.booked += 1;
            self.due.insert((p.turn, self.booked), p.word);
        }
    }

    /// The next moment at which something is to be said.
    pub(super) fn next_word(&self) -> u64 {
        let booked = self.due.first_key_value().map_or(u64::MAX, |((turn, _), _)| turn.at);
        self.predicted.get(self.told).map_or(booked, |p| p.turn.at.min(booked))
    }

    /// Says everything due by `now`.
    pub(super) fn speak(&mut self, now: u64) {
        loop {
            let booked = self.due.first_key_value().map(|((turn, _), _)| *turn).filter(|turn| turn.at <= now);
            let predicted = self.predicted.get(self.told).filter(|p| p.turn.at <= now).copied();
            let word = match (booked, predicted) {
                (None, None) => return,
                (Some(turn), Some(p)) if p.turn < turn => self.next_predicted(p),
                (None, Some(p)) => self.next_predicted(p),
                (Some(_), _) => match self.due.pop_first() {
                    Some((_, word)) => word,
                    None => return,
                },
            };
            self.say(word);
        }
    }

    fn next_predicted(&mut self, p: Predicted) -> Word {
        self.told += 1;
        p.word
    }

    fn say(&mut self, word: Word) {
        let moment = Timestamp::from_ns;
        let observation = match word {
            Word::Applied { vm, mark } => Observation::MarkApplied { vm: VmId(vm), mark: moment(mark) },
            Word::Keeping { vm, from } => Observation::KeepingUp {
                vm: VmId(vm),
                from_mark: moment(from),
                lag: Duration::from_ns(self.vms[vm as usize].delay),
            },
            Word::Fell { vm, last } => Observation::FellBehind { vm: VmId(vm), last_mark: moment(last) },
            Word::Completed { op } => Observation::Completed { op },
            Word::Processed { op, through } => Observation::Processed { op, through: moment(through) },
        };
        self.observations.push_back(observation);
    }

    /// Waits until these totals are served.
    pub(super) fn watch(&mut self, v: usize, word: Word, targets: Vec<(usize, Amount)>, copy: bool) {
        self.booked += 1;
        self.watches.insert(self.booked, Watch { vm: v as u32, word, targets, copy });
    }
}
