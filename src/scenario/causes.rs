//! Where outages come from, in a clause each: for whoever tells a run and is asked why something broke.

use crate::contract::OutageKind;
use crate::units::{Ratio, Timestamp};
use crate::world::{OutageSpec, Physics, When};

/// By kind of what is taken: a clause, and its moments where it has dates (none: at any moment).
pub fn outage_causes(physics: &Physics) -> Vec<(OutageKind, String, Vec<Timestamp>)> {
    let of = |spec: &OutageSpec| {
        let (told, dated) = match &spec.when {
            When::At(moments) => (format!("outage {} is dated so in the scenario", spec.name), moments.clone()),
            When::Every(_) => (format!("outage {} comes by chance", spec.name), Vec::new()),
            When::Listed(listed) => {
                (format!("outage {} is in its list", spec.name), listed.iter().map(|(begin, _)| *begin).collect())
            }
        };
        let takes = spec.takes.iter().map(move |taken| {
            let surely = taken.probability == Ratio::ONE;
            let told = if surely {
                told.clone()
            } else {
                format!("{told} and takes it with a chance of {}", taken.probability)
            };
            (taken.outage.kind(), told, dated.clone())
        });
        takes.collect::<Vec<_>>()
    };
    physics.outages.iter().flat_map(of).collect()
}
