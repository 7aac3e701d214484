//! Around the answer: what other bandwidths would give.
//!
//! Few replications and bare estimates: they show a shape, the answer's verdict is not theirs.

use super::grid::grid;
use super::guess::series;
use super::lab::Lab;
use super::trial::{Trial, Values};
use super::{Sizing, Turned};
use crate::intent::Knob;
use crate::planner::rules::bandwidth::{achievable_rpo, rpo_met_share};
use crate::units::{BitRate, Duration, LinkId, Ratio};

/// One bandwidth of one link, the other knobs as in the answer.
#[derive(Clone, Debug)]
pub struct WhatIf {
    pub link: LinkId,
    pub bandwidth: u64,
    pub trial: Trial,
    /// The fluid queue's: the longest that a byte waits, and the share of time in which it waits less than the tightest RPO target;
    /// points, outages and first copies are not in it. `None`: it never ends.
    pub fluid_rpo: Option<Duration>,
    pub fluid_met: Option<Ratio>,
}

/// Shares of the answer's bandwidth that are looked at, in per cent; what the scenario has now comes with them.
const SHARES: [u64; 7] = [50, 70, 85, 100, 125, 150, 200];
/// The same where a replication takes long: half of what is needed keeps every machine waiting for weeks, which takes ten times as long again.
const SHARES_LONG: [u64; 4] = [85, 100, 125, 150];

/// The table of every link that was sized.
pub fn what_if(lab: &mut Lab<'_>, answer: &Sizing) -> Vec<WhatIf> {
    let setup = lab.setup;
    let shares: &[u64] = if lab.is_long { &SHARES_LONG } else { &SHARES };
    let mut rows = Vec::new();
    for own in &answer.knobs {
        let Knob::Bandwidth(link) = own.turned.knob else { continue };
        let grid = grid(&Turned { from: None, to: None, ..own.turned.clone() }, &setup.inventory);
        let mut values: Vec<u64> =
            shares.iter().map(|share| grid.value(grid.at_least(own.value.saturating_mul(*share) / 100))).collect();
        values.push(own.now);
        values.sort_unstable();
        values.dedup();
        let demand = series(setup, link, lab.seed);
        let settle = usize::try_from(setup.settle.ns() / STEP.ns()).unwrap_or(0).min(demand.len());
        let limit = super::guess::slack(setup);
        for bandwidth in values {
            if lab.stopped() {
                return rows;
            }
            let turned: Values = answer
                .trial
                .values
                .iter()
                .map(|(knob, value)| (*knob, if *knob == own.turned.knob { bandwidth } else { *value }))
                .collect();
            let rate = BitRate(bandwidth).bytes();
            rows.push(WhatIf {
                link,
                bandwidth,
                trial: lab.survey(&turned),
                fluid_rpo: achievable_rpo(&demand[settle..], STEP, rate),
                fluid_met: limit.map(|rpo| rpo_met_share(&demand[settle..], STEP, rate, rpo)),
            });
        }
    }
    rows
}

const STEP: Duration = super::guess::STEP;
