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

/// The groups, by name. `models`: those of machines that were fitted.
pub fn groups(fleet: &mut Fleet, models: &BTreeMap<String, Fitted>, limits: &Limits, notes: &mut Notes) -> Vec<Group> {
    keep_the_late(fleet, models, notes);
    let mut by: BTreeMap<Key, Vec<Member>> = BTreeMap::new();
    for member in std::mem::take(&mut fleet.members) {
        let windows: Vec<i64> = member.windows.keys().copied().collect();
        let (kind, alone) = match (models.get(&member.name).map(|fit| &fit.model), &member.writing) {
            (Some(Model::OnOff { .. }), _) => (2, Some(member.name.clone())),
            (Some(Model::Daily { .. }), _) | (None, Writing::Mean(_)) => (1, None),
            (None, Writing::Measured(_)) => (0, None),
        };
        by.entry((member.guest, member.size, member.block, windows, kind, alone)).or_default().push(member);
    }
    let mut groups: Vec<Group> = Vec::new();
    for ((guest, size, block, windows, kind, alone), members) in by {
        let system = if guest == Guest::Windows { "windows" } else { "linux" };
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

/// A trace is cut to whole weeks, or days: whoever has no sample in that part is kept by the mean.
fn keep_the_late(fleet: &mut Fleet, models: &BTreeMap<String, Fitted>, notes: &mut Notes) {
    let Some(until) = cut(fleet) else { return };
    let mut late = Vec::new();
    for member in fleet.members.iter_mut().filter(|member| !models.contains_key(&member.name)) {
        let Writing::Measured(rates) = &member.writing else { continue };
        if !has_samples_before(rates, until) {
            let mean = rates.mean();
            late.push(member.name.clone());
            member.writing = Writing::Mean(mean);
        }
    }
    if !late.is_empty() {
        let names = named(late.iter().map(String::as_str));
        notes.remark(format!(
            "measured at the end only, behind the last whole week or day, and kept by their mean: {names}"
        ));
    }
}

fn has_samples_before(rates: &Rates, until: i64) -> bool {
    let steps = usize::try_from(until - rates.from).unwrap_or(0);
    rates.rates.iter().take(steps).any(|rate| !rate.is_nan())
}

/// The step at which a scenario ends a trace: whole weeks, else whole days, from the first sample of all.
///
/// A group may begin later than all machines together; then its own weeks end later, and nothing is lost.
fn cut(fleet: &Fleet) -> Option<i64> {
    let first = fleet.members.iter().filter_map(|member| match &member.writing {
        Writing::Measured(rates) => Some(rates.from),
        Writing::Mean(_) => None,
    });
    let (first, steps) = (first.min()?, fleet.length());
    if fleet.clock == Clock::Relative {
        return None;
    }
    let per = [7 * 86_400, 86_400].into_iter().map(|span| (span, span / fleet.step_s));
    let whole = per.into_iter().find(|(span, per)| span % fleet.step_s == 0 && *per > 0 && steps >= *per);
    whole.map(|(_, per)| first + steps / per * per)
}
