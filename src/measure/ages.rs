//! RPO over time: how old the newest usable point (and the newest received byte) is, at every moment that counts.
//!
//! Between usable moments the age grows by one per second:
//!
//! ```text
//! age │   ╱│  ╱│            points with marks m₁, m₂ … usable at m + lag: a sawtooth from `lag` to `lag + every`;
//!     │  ╱ │ ╱ │ ╱          a whole run of them is one piece of the sketch, whatever its length
//!     └────┴───┴──▶ t
//! ```
//!
//! Counted while the VM is protected (either direction) and its serving machine is not lost, after settling; time
//! without any point is counted apart. Runs of points may be told after the phase has changed: windows of counted time
//! wait until the points of their time are known, or until the end.
//! Units: ns. Invariants: each counted ns of a VM goes into exactly one of distribution and `without_point`; watermark
//! ages come from other facts and go into another distribution. Sources: methods 1.6 and 1.14.

use super::causes::Causes;
use super::paths::Paths;
use super::series::SeriesKeeper;
use super::violations::{Open, Stretch, Violations};
use super::{GroupOutcome, Violation, VmOutcome};
use crate::contract::PointRun;
use crate::statistics::Sketch;
use crate::units::{Duration, Timestamp, VmId};

/// Ages of one VM.
#[derive(Default)]
struct VmAges {
    /// Mark of the newest usable point, and when it became usable.
    newest: Option<Timestamp>,
    newest_app: Option<Timestamp>,
    usable_since: Timestamp,
    /// Everything before is in the distributions.
    resolved: Timestamp,
    window: Option<Timestamp>,
    /// Windows that are closed but not resolved.
    closed: Vec<(Timestamp, Timestamp)>,
    /// The latest closed windows, for pieces of the watermark that are told late.
    past: Vec<(Timestamp, Timestamp)>,
    open: Option<Open>,
    counted_ns: u64,
    twice_sum: u128,
    max: Duration,
    without_point: Duration,
    beyond: Duration,
    violations: u64,
}

/// Pieces are told one change late at most; more windows than these do not close meanwhile.
const WINDOWS_KEPT: usize = 8;

#[derive(Default)]
struct GroupAges {
    point: Sketch,
    watermark: Sketch,
    without_point: Duration,
}

/// Ages of all VMs.
pub(super) struct Ages {
    vms: Vec<VmAges>,
    groups: Vec<GroupAges>,
    violations: Violations,
}

/// What the ages look at while they are resolved.
pub(super) struct Around<'a> {
    pub paths: &'a Paths,
    pub causes: &'a Causes,
    pub series: Option<&'a mut SeriesKeeper>,
}

impl Ages {
    pub fn new(paths: &Paths) -> Self {
        let vms = (0..paths.of_vm.len()).map(|_| VmAges::default()).collect();
        let groups = (0..paths.groups).map(|_| GroupAges::default()).collect();
        Self { vms, groups, violations: Violations::default() }
    }

    /// Newest usable marks known so far: any, app-consistent.
    pub fn newest(&self, vm: VmId) -> (Option<Timestamp>, Option<Timestamp>) {
        let ages = &self.vms[vm.index()];
        (ages.newest, ages.newest_app)
    }

    /// From now on the VM's ages count, or no longer.
    pub fn count(&mut self, vm: VmId, at: Timestamp, counts: bool) {
        let ages = &mut self.vms[vm.index()];
        match (ages.window, counts) {
            (None, true) => ages.window = Some(at),
            (Some(since), false) => {
                ages.window = None;
                if at > since {
                    ages.closed.push((since, at));
                    if ages.past.len() == WINDOWS_KEPT {
                        ages.past.remove(0);
                    }
                    ages.past.push((since, at));
                }
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// A point became usable at `usable`.
    pub fn point(&mut self, vm: VmId, mark: Timestamp, usable: Timestamp, app: bool, around: &mut Around) {
        self.resolve(vm, usable, around);
        self.vms[vm.index()].take(mark, usable, app.then_some(mark));
    }

    /// Points became usable by rule.
    pub fn run(&mut self, vm: VmId, run: &PointRun, around: &mut Around) {
        let begin = run.first + run.lag;
        self.resolve(vm, begin, around);
        self.vms[vm.index()].take(run.first, begin, None);
        let end = run.last + run.lag;
        if run.every > Duration::ZERO && end > begin {
            self.sweep(vm, end, |ages, from, until| ages.sawtooth(vm, run, from, until, around));
        }
        self.vms[vm.index()].take(run.last, end, newest_app_of(run, run.last));
    }

    /// All points are gone.
    pub fn dropped(&mut self, vm: VmId, at: Timestamp, around: &mut Around) {
        self.resolve(vm, at, around);
        let ages = &mut self.vms[vm.index()];
        (ages.newest, ages.newest_app) = (None, None);
    }

    /// The newest received byte was `ages` old over `[since, at]`, straight between.
    pub fn watermark(&mut self, vm: VmId, since: Timestamp, at: Timestamp, ages: (Duration, Duration), paths: &Paths) {
        let own = &self.vms[vm.index()];
        let group = paths.group_of[vm.index()].index();
        let span = at.saturating_since(since).ns();
        let windows = own.past.iter().copied().chain(own.window.map(|begin| (begin, at)));
        for (begin, end) in windows {
            let (from, until) = (begin.max(since).max(paths.settled_at), end.min(at));
            if from >= until {
                continue;
            }
            let slope = (ages.1.ns() as f64 - ages.0.ns() as f64) / span as f64;
            let age = |moment: Timestamp| match moment {
                m if m == since => ages.0.ns(),
                m if m == at => ages.1.ns(),
                m => (ages.0.ns() as f64 + slope * m.since(since).ns() as f64).max(0.0) as u64,
            };
            self.groups[group].watermark.add_piece(age(from), age(until), until.since(from).ns());
        }
    }

    /// Brings the VM's distributions up to `until` with the points known.
    fn resolve(&mut self, vm: VmId, until: Timestamp, around: &mut Around) {
        self.sweep(vm, until, |ages, from, until| ages.straight(vm, from, until, around));
    }

    /// Walks over the counted time between what is resolved and `until`.
    fn sweep(&mut self, vm: VmId, until: Timestamp, mut walk: impl FnMut(&mut Walker, Timestamp, Timestamp)) {
        let Ages { vms, groups, violations } = self;
        let ages = &mut vms[vm.index()];
        let resolved = ages.resolved;
        if until <= resolved {
            return;
        }
        ages.resolved = until;
        let closed = std::mem::take(&mut ages.closed);
        let window = ages.window.map(|begin| (begin, Timestamp::NEVER));
        let mut walker = Walker { ages, groups, violations };
        for (begin, end) in closed.iter().copied().chain(window) {
            let (from, until) = (begin.max(resolved), end.min(until));
            if from < until {
                walk(&mut walker, from, until);
            }
        }
        // The vector goes back with its room, so that nothing is allocated again.
        let ages = walker.ages;
        ages.closed = closed;
        ages.closed.retain(|(_, end)| *end > until);
    }

    /// Resolves everything at the end of the run.
    pub fn close(mut self, at: Timestamp, around: &mut Around, vms: &mut [VmOutcome]) -> ClosedAges {
        for (index, outcome) in vms.iter_mut().enumerate() {
            let vm = VmId::from_index(index);
            self.resolve(vm, at, around);
            let ages = &mut self.vms[index];
            self.violations.close(vm, &mut ages.open, around.causes, around.paths);
            outcome.age_counted = Duration::from_ns(ages.counted_ns);
            if ages.counted_ns > 0 {
                let half = 2 * u128::from(ages.counted_ns);
                let (whole, rest) = (ages.twice_sum / half, ages.twice_sum % half);
                outcome.age_mean_s = (whole as f64 + rest as f64 / half as f64) / 1e9;
            }
            outcome.age_max = ages.max;
            outcome.without_point = ages.without_point;
            outcome.beyond_target = around.paths.rpo_target[index].map(|_| ages.beyond);
            outcome.violations = ages.violations;
        }
        let seal = |group: &GroupAges| GroupOutcome {
            point_age: group.point.seal(),
            watermark_age: group.watermark.seal(),
            without_point: group.without_point,
        };
        ClosedAges {
            groups: self.groups.iter().map(seal).collect(),
            violations_count: self.violations.count,
            violations: self.violations.into_worst(),
        }
    }
}

/// What the ages came to.
pub(super) struct ClosedAges {
    pub groups: Vec<GroupOutcome>,
    pub violations_count: u64,
    pub violations: Vec<Violation>,
}

/// The newest app-consistent mark of a run not after `until`, if the run has one.
pub(super) fn newest_app_of(run: &PointRun, until: Timestamp) -> Option<Timestamp> {
    let every = run.app_every.filter(|every| !every.is_zero())?.ns();
    let mark = Timestamp::from_ns(until.min(run.last).ns() / every * every);
    (mark >= run.first).then_some(mark)
}

impl VmAges {
    fn take(&mut self, mark: Timestamp, usable: Timestamp, app: Option<Timestamp>) {
        if self.newest.is_none_or(|newest| mark >= newest) {
            self.newest = Some(mark);
            self.usable_since = usable;
        }
        self.newest_app = self.newest_app.max(app);
    }
}

/// One VM's ages on their way into the distributions.
struct Walker<'a> {
    ages: &'a mut VmAges,
    groups: &'a mut [GroupAges],
    violations: &'a mut Violations,
}

impl Walker<'_> {
    /// Counted time `[from, until]` with the newest point known.
    fn straight(&mut self, vm: VmId, from: Timestamp, until: Timestamp, around: &mut Around) {
        let from = from.max(around.paths.settled_at);
        if from >= until {
            return;
        }
        match self.ages.newest {
            Some(mark) => self.grow(vm, mark, from, until, 1, around),
            None => {
                let span = until.since(from);
                self.ages.without_point += span;
                self.groups[around.paths.group_of[vm.index()].index()].without_point += span;
            }
        }
    }

    /// Counted time `[from, until]` within a run, after its first point: a piece, whole teeth, a piece.
    fn sawtooth(&mut self, vm: VmId, run: &PointRun, from: Timestamp, until: Timestamp, around: &mut Around) {
        let (mut from, every) = (from.max(around.paths.settled_at), run.every.ns());
        let begin = run.first + run.lag;
        if from >= until {
            return;
        }
        // The mark that is newest at `moment`.
        let mark = |moment: Timestamp| run.first + run.every * (moment.since(begin).ns() / every);
        let into = from.since(begin).ns() % every;
        if into > 0 {
            let end = until.min(from + Duration::from_ns(every - into));
            self.tooth(vm, mark(from), run, from, end, 1, around);
            from = end;
        }
        let whole = until.since(from).ns() / every;
        if whole > 0 {
            self.tooth(vm, mark(from), run, from, from + run.every, whole, around);
            from = from + run.every * whole;
        }
        if from < until {
            self.tooth(vm, mark(from), run, from, until, 1, around);
        }
    }

    /// `times` equal teeth, the first over `[from, until]`.
    #[expect(clippy::too_many_arguments, reason = "one tooth has that many sides; a struct would only rename them")]
    fn tooth(
        &mut self,
        vm: VmId,
        mark: Timestamp,
        run: &PointRun,
        from: Timestamp,
        until: Timestamp,
        times: u64,
        around: &mut Around,
    ) {
        self.ages.usable_since = mark + run.lag;
        self.grow(vm, mark, from, until, times, around);
    }

    /// The age since `mark` over `[from, until]`, and again `times − 1` times right after it, each with its own mark.
    fn grow(&mut self, vm: VmId, mark: Timestamp, from: Timestamp, until: Timestamp, times: u64, around: &mut Around) {
        let (low, high, span) = (from.saturating_since(mark), until.saturating_since(mark), until.since(from));
        let ages = &mut *self.ages;
        let weight = span.ns() * times;
        self.groups[around.paths.group_of[vm.index()].index()].point.add_piece(low.ns(), high.ns(), weight);
        ages.counted_ns += weight;
        ages.twice_sum += u128::from(low.ns() + high.ns()) * u128::from(weight);
        ages.max = ages.max.max(high);
        if let Some(series) = around.series.as_deref_mut() {
            match times {
                1 => series.age(from, until, low.ns()),
                _ => series.age_reached(from, from + span * times, high.ns()),
            }
        }
        let Some(target) = around.paths.rpo_target[vm.index()] else { return };
        if high <= target {
            return;
        }
        ages.beyond += (high - target.max(low)) * times;
        let (crossed, shift) = (from.max(mark + target), span * (times - 1));
        let backlog_since = ages.usable_since;
        let mut stretch = Stretch { begin: crossed, end: until, age_max: high, backlog_since };
        if crossed == from {
            // Never below the target: all teeth are one violation.
            stretch.end = until + shift;
        } else if times > 1 {
            // Each tooth is a violation of its own, all alike: the first is told, the last stays open.
            if self.violations.stretch(vm, &mut ages.open, stretch, around.causes, around.paths) {
                ages.violations += 1;
            }
            self.violations.count += times - 2;
            ages.violations += times - 2;
            stretch = Stretch {
                begin: crossed + shift,
                end: until + shift,
                age_max: high,
                backlog_since: backlog_since + shift,
            };
        }
        if self.violations.stretch(vm, &mut ages.open, stretch, around.causes, around.paths) {
            ages.violations += 1;
        }
    }
}

#[cfg(test)]
#[path = "ages_tests.rs"]
mod tests;
