//! Flows: one disk is one flow with two lanes, what is written (delta) and what is copied in bulk.
//!
//! Each lane is two queues in a row, told by three running totals: `written ≥ received ≥ served`. At the source wait
//! `written − received`, in the cache `received − served`. Between two moments at which something changes all rates are
//! constant, so that totals are straight lines and every crossing has a closed form.
//!
//! Units: amounts in 10⁻¹⁵ bytes (µB/s times ns), so that every product of a rate and a span is exact; times in ns.

use std::collections::VecDeque;
use std::ops::Range;

use crate::contract::{CopyKind, Marks, OpId};
use crate::units::Bytes;
use crate::world::pipeline::VmPath;
use crate::world::watermark::{Curve, LagLine};

/// An amount of data [10⁻¹⁵ bytes].
pub(super) type Amount = i128;

/// One byte.
pub(super) const BYTE: Amount = 1_000_000_000_000_000;

/// Bulk copies move blocks of this size (the largest of the throughput test, domain facts 5.1).
pub(super) const BULK_BLOCK: u64 = 2 << 20;

/// Whole bytes of an amount.
pub(super) fn whole(amount: Amount) -> Bytes {
    Bytes(u64::try_from(amount.max(0) / BYTE).unwrap_or(u64::MAX))
}

pub(super) fn amount(bytes: Bytes) -> Amount {
    Amount::from(bytes.0) * BYTE
}

/// What a rate [µB/s] moves in `ns`.
pub(super) fn over(rate: u64, ns: u64) -> Amount {
    Amount::from(rate) * Amount::from(ns)
}

/// Time until a positive `amount` is moved at the positive `rate`, rounded up.
pub(super) fn time_for(amount: Amount, rate: u64) -> u64 {
    let rate = Amount::from(rate);
    u64::try_from((amount + rate - 1) / rate).unwrap_or(u64::MAX)
}

/// One lane of a disk.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub vm: u32,
    /// Strict priority: 0 delta, 1 initial copy, 2 resync.
    pub class: u8,
    pub weight: u32,
    /// Index of its resources, forward and reverse.
    pub kinds: [u32; 2],
    /// Caps of its own into the cache and out of it, forward and reverse [µB/s].
    pub caps_in: [u64; 2],
    pub caps_out: [u64; 2],
    /// What it follows: `factor` [µB/s per B/s] times the wave.
    pub wave: u32,
    pub factor: u64,
    /// As `factor`, but what its operations take of the processor [µB/s of the floor size per B/s].
    pub ops_factor: u64,
    // ---- rates until the next change [µB/s]
    /// What the guest writes; less grows the backlog while overwrites are saved.
    pub gross: u64,
    pub arrives: u64,
    pub enters: u64,
    pub leaves: u64,
    /// What the disk takes of the processor while it keeps up [µB/s of the floor size].
    pub own_ops: u64,
    /// Its data waits for the appliance, or would from now on.
    pub held: bool,
    // ---- totals at the present moment; in quiet times as of `since`
    pub written: Amount,
    pub received: Amount,
    pub served: Amount,
    pub since: u64,
    /// Rewritten before it was sent, or never sent because the stream stopped, or lost.
    pub superseded: Amount,
    pub lost: Amount,
    /// What the guest wrote, or a copy put in: the ledger's `written`.
    pub booked: Amount,
    /// Distinct bytes that the other side does not have and that wait nowhere.
    pub dirty: Amount,
    /// Of what was served: thrown away in the cache, never applied.
    pub unserved: Amount,
    /// (received, served) where the passing segment began, and whether it moved the lane.
    pub before: (Amount, Amount),
    pub moved: bool,
    /// When what was written and is not yet served was written.
    pub curve: Curve,
}

impl Lane {
    pub(super) fn at_source(&self) -> Amount {
        self.written - self.received
    }

    pub(super) fn in_cache(&self) -> Amount {
        self.received - self.served
    }

    pub(super) fn waits(&self) -> bool {
        self.written > self.received || self.received > self.served
    }

    /// Forgets when what has passed was written: all of it, when nothing waits any more.
    pub(super) fn trim_curve(&mut self) {
        if self.waits() { self.curve.pass(self.served) } else { self.curve.forget() }
    }

    /// Nothing comes and nothing moves.
    pub(super) fn stand_still(&mut self) {
        (self.gross, self.arrives, self.enters, self.leaves) = (0, 0, 0, 0);
    }

    /// In how many ns nothing waits at the source any more, if rates hold.
    pub(super) fn source_empty_in(&self) -> u64 {
        empty_in(self.at_source(), self.arrives, self.enters)
    }

    /// The same of the cache. `exactly`: the last whole ns before; the rest then leaves within a ns at a rate of its own, so that an
    /// account without room does not free for a moment what nobody had stored.
    pub(super) fn cache_empty_in(&self, exactly: bool) -> u64 {
        let (waits, net) = (self.in_cache(), self.leaves.saturating_sub(self.enters));
        if exactly && waits > 0 && net > 0 {
            return u64::try_from(waits / Amount::from(net)).unwrap_or(u64::MAX).max(1);
        }
        empty_in(waits, self.enters, self.leaves)
    }

    /// Nothing waits and nothing will until the next change.
    pub(super) fn flows_freely(&self) -> bool {
        !self.waits() && self.arrives == self.enters && self.enters == self.leaves
    }
}

fn empty_in(waits: Amount, comes: u64, goes: u64) -> u64 {
    if waits > 0 && goes > comes { time_for(waits, goes - comes) } else { u64::MAX }
}

/// A bulk copy under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copy {
    pub op: OpId,
    pub kind: CopyKind,
    /// Until then checksums are compared; then differences flow.
    pub ready: u64,
    pub started: bool,
}

/// What marks do at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkState {
    /// No marks, or worthless ones.
    Silent,
    /// They come by rule.
    Rule,
    /// Each is watched; `next` is the first not yet applied.
    Each { next: u64 },
}

/// One VM's flow.
#[derive(Debug)]
pub(super) struct VmFlow {
    pub path: Option<VmPath>,
    pub disks: Range<u32>,
    pub reverse: bool,
    pub writes: bool,
    /// When the guest began and ceased to write, by time.
    pub writer_log: Vec<(u64, bool)>,
    pub reachable: bool,
    /// Writes are tracked and sent.
    pub tracked: bool,
    pub stream: Option<Marks>,
    pub marks: MarkState,
    /// No mark before this is to be set any more: those were reported.
    pub marks_from: u64,
    /// Its lanes are as of this moment; while its rates hold nobody needs to look at them.
    pub at: u64,
    /// The first mark that comes by rule, as announced last.
    pub rule_from: u64,
    /// When the last announced observation on marks falls due.
    pub told_at: u64,
    pub copy: Option<Copy>,
    /// Some of its bulk lanes has something on its way, as of the last plan.
    pub bulk: bool,
    /// A copy is complete but not yet answered; marks by rule are announced after it.
    pub settles: bool,
    /// The agent keeps a bitmap since then.
    pub bitmap: Option<u64>,
    pub resync_told: bool,
    /// A resync has taken over what the bitmap held; order is restored when it is complete.
    pub disordered: bool,
    /// Nothing that was written after this moment has come or will come, for the stream ended or the machine was lost.
    pub sealed: Option<u64>,
    /// Writes are not tracked since then; `None` while they are, or before anything was replicated.
    pub untracked: Option<u64>,
    /// Of the source: agent memory, and with its share of the appliance's buffer.
    pub memory: Amount,
    pub buffer: Amount,
    pub disk_bytes: Amount,
    /// From received to usable: processing delay, half a round trip and the window in which the agent joins rewrites; without the processing [ns].
    pub delay: u64,
    pub pipe: u64,
    pub lag: LagLine,
    /// Whether it is in the list of VMs with something to do.
    pub listed: bool,
    /// Nothing of it waits, and nobody looks at its lanes: they follow their waves.
    pub rests: bool,
}

impl VmFlow {
    pub(super) fn way(&self) -> usize {
        usize::from(self.reverse)
    }

    /// What its guest writes is to be sent.
    pub(super) fn sends(&self) -> bool {
        self.tracked && self.writes
    }

    /// Disk indices as lane numbers of the delta lanes.
    pub(super) fn lanes(&self) -> Range<usize> {
        self.disks.start as usize..self.disks.end as usize
    }

    /// Lanes that may move until the next plan: those of the delta, and of bulk when there is any; `disks` of all VMs.
    pub(super) fn moving(&self, disks: usize) -> impl Iterator<Item = usize> + use<> {
        let delta = self.lanes();
        let bulk = if self.bulk { delta.start + disks..delta.end + disks } else { 0..0 };
        delta.chain(bulk)
    }
}

/// What happens at its moment: said to the logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Applied { vm: u32, mark: u64 },
    Keeping { vm: u32, from: u64 },
    Fell { vm: u32, last: u64 },
    Completed { op: OpId },
    Processed { op: OpId, through: u64 },
}

/// An operation that waits until totals of some lanes are served.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub vm: u32,
    pub word: Word,
    /// (lane, total to be served)
    pub targets: Vec<(usize, Amount)>,
    /// It ends a copy, and goes when the copy is given up.
    pub copy: bool,
}

/// When a word is said: by time, then by VM; of one VM at one time the end of a copy first, then marks, then other operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub at: u64,
    pub vm: u32,
    pub rank: u8,
}

/// Ranks of [`Turn`].
pub(super) const COPY: u8 = 0;
pub(super) const MARK: u8 = 1;
pub(super) const OPERATION: u8 = 2;

/// Queue of what is due, then by order of booking.
pub(super) type DueQueue = std::collections::BTreeMap<(Turn, u64), Word>;

/// Observations and facts that wait to be polled.
pub(super) type Outbox<T> = VecDeque<T>;
