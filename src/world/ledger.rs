//! Questions about what was written, received and applied, and the ledger at the end.
//!
//! Per VM, in whole bytes: `written = applied + in_flight + in_cache + superseded + lost`. `written` is what the guest wrote while
//! it was tracked, and what copies put in. Amounts are rounded down at their running sum, so that the equation holds to the byte.
//! Applied means on the replica disks; its data may stay in the account for the processing delay.

use crate::contract::Fact;
use crate::units::{Bytes, Duration, Timestamp, VmId};
use crate::world::flow::{Amount, over, whole};
use crate::world::pipeline::Pipeline;

impl Pipeline {
    /// (written, received, served) of a lane at `now`, not before the present moment.
    pub(super) fn totals_at(&self, d: usize, now: u64) -> (Amount, Amount, Amount) {
        let lane = &self.lanes[d];
        if self.vms[lane.vm as usize].rests {
            let moved = if d < self.disks { self.moved_quietly(lane.vm as usize, d, now) } else { 0 };
            return (lane.written + moved, lane.received + moved, lane.served + moved);
        }
        let ns = now - self.vms[lane.vm as usize].at;
        if !self.planned {
            return (lane.written, lane.received, lane.served);
        }
        let written = lane.written + over(lane.arrives, ns);
        let received = (lane.received + over(lane.enters, ns)).min(written);
        let served = (lane.served + over(lane.leaves, ns)).min(received);
        (written, received, served)
    }

    /// Up to when everything the VM wrote has been received, and applied: without fixed delays.
    pub(super) fn received_mark(&self, v: usize, now: u64) -> u64 {
        self.mark_of(v, now, |totals| totals.1)
    }

    pub(super) fn served_mark(&self, v: usize, now: u64) -> u64 {
        self.mark_of(v, now, |totals| totals.2)
    }

    fn mark_of(&self, v: usize, now: u64, level: impl Fn((Amount, Amount, Amount)) -> Amount) -> u64 {
        // Lanes of busy times are as of when they were moved last.
        let at = if self.vms[v].rests { self.t } else { self.vms[v].at };
        let of_lane = |d: usize| {
            let totals = self.totals_at(d, now);
            let (level, lane) = (level(totals), &self.lanes[d]);
            if level >= totals.0 {
                return now;
            }
            if level < lane.written {
                return lane.curve.watermark(level, at);
            }
            if self.vms[v].bitmap.is_some() {
                return lane.curve.last().unwrap_or(at);
            }
            let run = (level - lane.written) / Amount::from(lane.arrives.max(1));
            at + run as u64
        };
        let newest = self.vms[v].sealed.map_or(now, |sealed| sealed.min(now));
        self.vms[v].lanes().map(of_lane).min().map_or(newest, |mark| mark.min(newest))
    }

    /// What a disk's guest wrote in `[from, to)`, whether tracked or not.
    pub(super) fn written_by(&self, v: usize, d: usize, from: u64, to: u64) -> Amount {
        self.wave_while_writing(v, self.lanes[d].wave, from, to) * over(self.lanes[d].factor, 1)
    }

    /// Integral of a wave over the parts of `[from, to)` in which the VM's guest wrote.
    fn wave_while_writing(&self, v: usize, wave: u32, from: u64, to: u64) -> Amount {
        let log = &self.vms[v].writer_log;
        let first = log.partition_point(|(at, _)| *at <= from).saturating_sub(1);
        let mut sum = 0;
        for (index, (at, on)) in log.iter().enumerate().skip(first) {
            let until = log.get(index + 1).map_or(to, |(next, _)| *next).min(to);
            let since = (*at).max(from);
            if since >= to {
                break;
            }
            if *on && until > since {
                // The earlier first: it was the end of the span before.
                sum -= self.waves.sum(wave, since);
                sum += self.waves.sum(wave, until);
            }
        }
        sum
    }

    pub(super) fn written_by_vm(&self, vm: VmId, from: Timestamp, to: Timestamp, distinct: bool) -> Bytes {
        let v = vm.index();
        let window = Duration::from_ns(to.ns().saturating_sub(from.ns()));
        // Disks of a VM mostly follow one wave.
        let mut last: Option<(u32, Amount)> = None;
        let mut sum = 0;
        for d in self.vms[v].lanes() {
            let wave = self.lanes[d].wave;
            let moved = match last {
                Some((known, moved)) if known == wave => moved,
                Some(_) | None => self.wave_while_writing(v, wave, from.ns(), to.ns()),
            };
            last = Some((wave, moved));
            let written = moved * over(self.lanes[d].factor, 1);
            let ppm = if distinct { self.writes[d].distinct_ppm(window) } else { 1_000_000 };
            sum += if ppm == 1_000_000 { written } else { written * Amount::from(ppm) / 1_000_000 };
        }
        whole(sum)
    }

    /// Writes down where every byte is.
    pub(super) fn close_ledgers(&mut self) {
        for v in 0..self.vms.len() {
            let (mut booked, mut parts) = (0, [0; 5]);
            for d in self.vms[v].lanes() {
                for d in [d, d + self.disks] {
                    let lane = &self.lanes[d];
                    booked += lane.booked;
                    let lane_parts =
                        [lane.served - lane.unserved, lane.at_source(), lane.in_cache(), lane.superseded, lane.lost];
                    for (sum, part) in parts.iter_mut().zip(lane_parts) {
                        *sum += part;
                    }
                }
            }
            if booked == 0 {
                continue;
            }
            let sum: Amount = parts.iter().sum();
            assert_eq!(sum, booked, "bytes of VM {v} are missing or invented: {parts:?}");
            let (mut so_far, mut told) = (0, Bytes::ZERO);
            let mut next = |part: Amount| {
                so_far += part;
                let share = whole(so_far).saturating_sub(told);
                told += share;
                share
            };
            let [applied, in_flight, in_cache, superseded, lost] = parts.map(&mut next);
            let vm = VmId::from_index(v);
            let ledger = Fact::Ledger { vm, written: whole(booked), applied, in_flight, in_cache, superseded, lost };
            self.note(self.t, ledger);
        }
    }
}
