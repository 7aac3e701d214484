//! What the sampling hides, in numbers: intervals against the RPO, gaps, doubled and backward stamps.

use crate::units::{Bytes, Duration, counted};

use super::Options;
use super::fleet::{Fleet, Member};
use super::notes::{Notes, named};

/// Says what is to be known of the counters.
pub fn tell(fleet: &Fleet, options: &Options, notes: &mut Notes) {
    let measured = || fleet.members.iter().filter(|member| member.rates().is_some());
    if measured().count() == 0 {
        notes.remark("no machine was measured: what they write is assumed; counters of a week tell it");
        return;
    }
    interval(fleet, options, notes);
    lengths(fleet, notes);
    let defects = &fleet.defects;
    if defects.gaps > 0 {
        let (all, longest) = (seconds(defects.gap_time), seconds(defects.gap_longest));
        let gaps = counted(defects.gaps, "gap");
        notes.remark(format!(
            "{gaps} in the samples, {all} in all, the longest {longest}: unknown, filled from the same time of day"
        ));
    }
    if defects.doubled > 0 {
        notes.remark(format!(
            "{} with a time stamp that was there already; the larger value counts",
            counted(defects.doubled, "sample")
        ));
    }
    if defects.backward > 0 {
        notes.remark(format!("{} back in time are not used", counted(defects.backward, "sample")));
    }
    let idle: Vec<&str> = measured().filter(|member| member.mean() == 0.0).map(|member| member.name.as_str()).collect();
    if !idle.is_empty() {
        notes.remark(format!("machines that write nothing at all: {}", named(idle.into_iter())));
    }
    let silent: Vec<&str> =
        fleet.members.iter().filter(|member| member.rates().is_none()).map(|m| m.name.as_str()).collect();
    if !silent.is_empty() {
        notes.remark(format!("machines without counters: {}", named(silent.into_iter())));
    }
}

/// A machine whose series is much longer than the others' stretches the trace: what the others lack is filled.
fn lengths(fleet: &Fleet, notes: &mut Notes) {
    let steps = |member: &Member| member.rates().map(|rates| rates.rates.len());
    let mut all: Vec<usize> = fleet.members.iter().filter_map(steps).collect();
    all.sort_unstable();
    let middle = all.get(all.len() / 2).copied().unwrap_or(0);
    let long: Vec<&str> =
        fleet.members.iter().filter(|m| steps(m) > Some(2 * middle)).map(|m| m.name.as_str()).collect();
    if !long.is_empty() {
        let span = Duration::secs((middle as i64 * fleet.step_s).max(0) as u64);
        notes.remark(format!(
            "series more than twice as long as the {span} of most, which are filled from their own time of day: {}",
            named(long.into_iter())
        ));
    }
}

/// What one sample may hide: all of its bytes may have come at once.
fn interval(fleet: &Fleet, options: &Options, notes: &mut Notes) {
    let interval = Duration::secs(fleet.interval_s.max(1) as u64);
    let step = Duration::secs(fleet.step_s.max(1) as u64);
    let hidden = step.max(interval);
    let (worst, largest) = worst_step(fleet);
    let at_once = Bytes((largest * fleet.step_s as f64) as u64);
    let what = format!("all machines together wrote up to {at_once} within one step of {step}");
    if hidden > options.rpo {
        notes.remark(format!(
            "samples of {interval} are longer than the RPO of {}: a burst within them is not seen; {what}, and nobody knows whether at once (most of it: {worst})",
            options.rpo
        ));
    } else {
        let samples = (options.rpo.secs_f64() / hidden.secs_f64()).floor();
        notes.remark(format!(
            "samples of {interval}, steps of {step}: {samples:.0} in the RPO of {}; {what} (most of it: {worst})",
            options.rpo
        ));
    }
    let lasted = (fleet.length() * fleet.step_s).max(0) as u64;
    if lasted < 7 * 86_400 {
        let lasted = Duration::secs(lasted);
        notes.remark(format!(
            "the counters span {lasted}, less than a week: days and nights repeat, weekends are not known"
        ));
    }
}

/// The machine that wrote most in the highest step of all, and the sum of that step [bytes/s].
fn worst_step(fleet: &Fleet) -> (String, f64) {
    let rows = || fleet.members.iter().filter_map(|member| Some((member, member.rates()?)));
    let first = fleet.first.unwrap_or(0);
    let mut sums = vec![0.0f64; fleet.length().max(0) as usize];
    for (_, rates) in rows() {
        for (at, rate) in rates.rates.iter().enumerate().filter(|(_, rate)| !rate.is_nan()) {
            sums[(rates.from - first) as usize + at] += f64::from(*rate);
        }
    }
    let Some((at, sum)) = sums.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)) else {
        return (String::new(), 0.0);
    };
    let then = |rates: &super::meter::Rates| {
        let index = usize::try_from(first + at as i64 - rates.from).ok();
        index.and_then(|index| rates.rates.get(index)).copied().filter(|rate| !rate.is_nan()).unwrap_or(0.0)
    };
    let most = rows().max_by(|a, b| then(a.1).total_cmp(&then(b.1))).map(|(member, _)| member.name.clone());
    (most.unwrap_or_default(), *sum)
}

fn seconds(milliseconds: i64) -> Duration {
    Duration::secs((milliseconds.max(0) / 1_000) as u64)
}

impl Fleet {
    /// Steps from the first sample to the last.
    pub fn length(&self) -> i64 {
        let ends = self.members.iter().filter_map(Member::rates).map(|rates| rates.from + rates.rates.len() as i64);
        ends.max().map_or(0, |until| until - self.first.unwrap_or(until))
    }
}
