//! What is only counted: refusals, failed jobs, warnings, limit hits, drills, health, full caches, bytes.
//!
//! Refusals for lack of room (slots, quota, storage, hosts) are also counted apart: they answer the target
//! `refused_operations`. Units: counts, VM·ns of health, bytes. Health counts after settling.

use std::collections::BTreeMap;

use super::names::{cause_name, health_name, refusal_name, warning_name};
use super::{ByteSums, CommonPoints, LimitHits, Outcome};
use crate::contract::{Cause, Health, HealthReason, JobKind, Meter, Refusal, Warning};
use crate::units::{CacheId, ConsistencyGroupId, Duration, Timestamp, VmId};

#[derive(Default)]
pub(super) struct Tally {
    refused: BTreeMap<&'static str, u64>,
    refused_for_capacity: u64,
    limit_hits: BTreeMap<Meter, (u64, u64)>,
    pub drills_ok: u64,
    pub drills_failed: u64,
    failovers_begun: u64,
    warned: BTreeMap<&'static str, u64>,
    health: BTreeMap<(Health, HealthReason), Duration>,
    /// By VM id: since when it is how.
    now: Vec<(Timestamp, Health, HealthReason)>,
    cache_full: BTreeMap<CacheId, u64>,
    common_points: BTreeMap<ConsistencyGroupId, CommonPoints>,
    pub bytes: ByteSums,
}

impl Tally {
    pub fn new(vms: usize) -> Self {
        Self { now: vec![(Timestamp::START, Health::Normal, HealthReason::AllWell); vms], ..Self::default() }
    }

    pub fn refused(&mut self, refusal: Refusal) {
        *self.refused.entry(refusal_name(refusal)).or_default() += 1;
        if matches!(refusal, Refusal::NotEnoughSlots { .. }) {
            self.refused_for_capacity += 1;
        }
    }

    pub fn job_failed(&mut self, cause: Cause) {
        *self.refused.entry(cause_name(cause)).or_default() += 1;
    }

    /// A failover on a point in common; `laggard`: who made it older than the machine's own newest.
    pub fn common_point(&mut self, group: ConsistencyGroupId, laggard: Option<VmId>) {
        let own = self.common_points.entry(group).or_default();
        own.taken += 1;
        if let Some(laggard) = laggard {
            *own.held_back.entry(laggard).or_default() += 1;
        }
    }

    pub fn limit_hit(&mut self, meter: Meter, need: u64, free: u64) {
        let (count, short) = self.limit_hits.entry(meter).or_default();
        *count += 1;
        *short = (*short).max(need.saturating_sub(free));
        self.refused_for_capacity += 1;
    }

    pub fn job_started(&mut self, job: JobKind, at: Timestamp, settled_at: Timestamp) {
        self.failovers_begun += u64::from(job == JobKind::FailOver && at >= settled_at);
    }

    pub fn warned(&mut self, warning: Warning, at: Timestamp, settled_at: Timestamp) {
        if at >= settled_at {
            *self.warned.entry(warning_name(warning)).or_default() += 1;
        }
    }

    pub fn cache_full(&mut self, cache: CacheId) {
        *self.cache_full.entry(cache).or_default() += 1;
    }

    pub fn health(&mut self, vm: VmId, health: Health, reason: HealthReason, at: Timestamp, settled_at: Timestamp) {
        let (since, was, why) = std::mem::replace(&mut self.now[vm.index()], (at, health, reason));
        *self.health.entry((was, why)).or_default() += at.saturating_since(since.max(settled_at));
    }

    pub fn close(mut self, at: Timestamp, settled_at: Timestamp, outcome: &mut Outcome) {
        for vm in (0..self.now.len()).map(VmId::from_index) {
            self.health(vm, Health::Normal, HealthReason::AllWell, at, settled_at);
        }
        outcome.drills_ok = self.drills_ok;
        outcome.common_points = self.common_points;
        outcome.drills_failed = self.drills_failed;
        outcome.failovers_begun = self.failovers_begun;
        outcome.warned = self.warned.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        outcome.refused = self.refused.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        outcome.refused_for_capacity = self.refused_for_capacity;
        let hits = self.limit_hits.into_iter();
        outcome.limit_hits = hits.map(|(meter, (count, short_max))| LimitHits { meter, count, short_max }).collect();
        let spent = self.health.into_iter().filter(|(_, span)| !span.is_zero());
        outcome.health = spent.map(|((health, reason), span)| (health_name(health, reason), span)).collect();
        outcome.cache_full = self.cache_full;
        outcome.bytes = self.bytes;
    }
}
