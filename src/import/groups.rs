//! Machines that are alike become a group of the scenario: same system, same VM size, same way of writing.
//!
//! Names of groups have no dash, so that `GROUP-MACHINE` names every machine apart. Measured machines whose samples all lie in the part
//! of the trace that is cut off (a trace is laid on whole weeks or days) are kept by their mean.

use std::collections::BTreeMap;

use crate::inventory::limits::Limits;

use super::estate::Guest;
use super::fit::{Fitted, Model};
use super::fleet::{Fleet, Member, Writing};
use super::meter::{Clock, Rates};
use super::notes::{Notes, named};

/// A group as it is written.
#[derive(Debug)]
pub struct Group {
    pub name: String,
    pub members: Vec<Member>,
    pub kind: Churn,
    pub block: Option<u64>,
    /// Windows of the coalescing curve [ms].
    pub windows: Vec<i64>,
}

/// How what a group writes is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Churn {
    /// A series of each machine.
    Trace,
    /// Mean, peak, hour and noise of each machine.
    Daily,
    /// Bursts, of one machine.
    OnOff(Model),
}

/// What makes machines alike.
type Key = (Guest, usize, Option<u64>, Vec<i64>, u8, Option<String>);

fn key(member: &Member, kind: u8, alone: Option<String>) -> Key {
    (member.guest, member.size, member.block, member.windows.keys().copied().collect(), kind, alone)
}

/// The groups, by name. `models`: those of machines that were fitted.
pub fn groups(fleet: &mut Fleet, models: &BTreeMap<String, Fitted>, limits: &Limits, notes: &mut Notes) -> Vec<Group> {
    keep_the_late(fleet, models, notes);
    let mut by: BTreeMap<Key, Vec<Member>> = BTreeMap::new();
    for member in std::mem::take(&mut fleet.members) {
        let (kind, alone) = match (models.get(&member.name).map(|fit| &fit.model), &member.writing) {
            (Some(Model::OnOff { .. }), _) => (2, Some(member.name.clone())),
            (Some(Model::Daily { .. }), _) | (None, Writing::Mean(_)) => (1, None),
            (None, Writing::Measured(_)) => (0, None),
        };
        by.entry(key(&member, kind, alone)).or_default().push(member);
    }
    let mut groups: Vec<Group> = Vec::new();
    for ((guest, size, block, windows, kind, alone), members) in by {
        let system = guest.word();
        let size = limits.vm_sizes[size].name.trim_start_matches("Standard_").replace('-', "_");
        let stem = alone.as_ref().map_or(format!("{system}_{size}"), |name| format!("vm_{}", bare(name)));
        let taken = |name: &str| groups.iter().any(|group| group.name == name);
        let mut name = stem.clone();
        let mut count = 1;
        while taken(&name) {
            count += 1;
            name = format!("{stem}_{count}");
        }
        let kind = match (kind, alone.and_then(|name| models.get(&name)).map(|fit| fit.model.clone())) {
            (0, _) => Churn::Trace,
            (2, Some(model)) => Churn::OnOff(model),
            _ => Churn::Daily,
        };
        groups.push(Group { name, members, kind, block, windows });
    }
    groups
}

/// A name of letters, digits and underscores.
fn bare(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().take(60).map(letter).collect()
}

/// A trace is cut to whole weeks, or days: whoever has no sample in the part that is kept is written by the mean.
///
/// The trace of a group spans its own machines, so without the late ones it may end earlier: that is looked at again.
fn keep_the_late(fleet: &mut Fleet, models: &BTreeMap<String, Fitted>, notes: &mut Notes) {
    let mut late = Vec::new();
    if fleet.clock == Clock::Relative {
        return;
    }
    loop {
        let mut spans: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
        for (member, rates) in traced(fleet, models) {
            let (from, until) = (rates.from, rates.from + rates.rates.len() as i64);
            let span = spans.entry(key(member, 0, None)).or_insert((from, until));
            *span = (span.0.min(from), span.1.max(until));
        }
        let is_late = |(member, rates): (&Member, &Rates)| {
            let until = spans.get(&key(member, 0, None)).map(|(from, until)| cut(*from, *until, fleet.step_s));
            until.filter(|until| !has_samples_before(rates, *until)).map(|_| member.name.clone())
        };
        let found: Vec<String> = traced(fleet, models).filter_map(is_late).collect();
        if found.is_empty() {
            break;
        }
        for member in fleet.members.iter_mut().filter(|member| found.contains(&member.name)) {
            member.writing = Writing::Mean(member.mean());
        }
        late.extend(found);
    }
    if !late.is_empty() {
        let names = named(late.iter().map(String::as_str));
        notes.remark(format!(
            "measured at the end only, behind the last whole week or day, and kept by their mean: {names}"
        ));
    }
}

/// Machines that will have a trace.
fn traced<'f>(fleet: &'f Fleet, models: &'f BTreeMap<String, Fitted>) -> impl Iterator<Item = (&'f Member, &'f Rates)> {
    let unfitted = fleet.members.iter().filter(|member| !models.contains_key(&member.name));
    unfitted.filter_map(|member| Some((member, member.rates()?)))
}

fn has_samples_before(rates: &Rates, until: i64) -> bool {
    let steps = usize::try_from(until - rates.from).unwrap_or(0);
    rates.rates.iter().take(steps).any(|rate| !rate.is_nan())
}

/// The step at which a scenario ends a trace of these steps: whole weeks, else whole days, else all of it.
fn cut(from: i64, until: i64, step_s: i64) -> i64 {
    let per = [7 * 86_400, 86_400].into_iter().filter(|span| span % step_s == 0).map(|span| span / step_s);
    let whole = per.into_iter().find(|per| *per > 0 && until - from >= *per);
    whole.map_or(until, |per| from + (until - from) / per * per)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_ends_with_its_last_whole_week_or_day() {
        let day = 288;
        assert_eq!(cut(0, 15 * day + 7, 300), 14 * day);
        assert_eq!(cut(10, 10 + 6 * day + 7, 300), 10 + 6 * day);
        assert_eq!(cut(5, 100, 300), 100);
        assert_eq!(cut(0, 9, 86_400), 7);
    }

    /// One machine for two weeks and three days, one on the last day only: it is kept by its mean.
    #[test]
    fn a_machine_that_comes_behind_the_cut_is_kept_by_its_mean() {
        let member = |name: &str, from, steps| Member {
            name: name.into(),
            guest: Guest::Linux,
            size: 0,
            disks: Vec::new(),
            writing: Writing::Measured(Rates { from, rates: vec![5.0; steps] }),
            block: None,
            windows: BTreeMap::new(),
        };
        let members = vec![member("early", 0, 17 * 288), member("late", 16 * 288, 288)];
        let mut fleet = Fleet {
            members,
            step_s: 300,
            first: Some(0),
            clock: Clock::Utc,
            interval_s: 300,
            defects: Default::default(),
            assumed: Vec::new(),
        };
        let mut notes = Notes::new(None);
        keep_the_late(&mut fleet, &BTreeMap::new(), &mut notes);
        assert!(matches!(fleet.members[0].writing, Writing::Measured(_)));
        assert!(matches!(fleet.members[1].writing, Writing::Mean(5.0)));
        assert!(notes.remarks()[0].ends_with("kept by their mean: late"));
    }
}
