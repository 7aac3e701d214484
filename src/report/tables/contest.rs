//! What candidates came to: one row per yardstick and candidate, and one per replication too.

use super::Kind::{Count, Level, Text};
use super::{Rows, Table};
use crate::planner::compare::{Against, Compared, Comparison, Standing};
use crate::report::contest::{ContestAbout, standing_name};
use crate::report::front::place_key;
use crate::report::numbers::unit_name;

/// One candidate by one yardstick.
type Row<'a> = (&'a Compared, usize);

/// The tables of a comparison: `differences`, and `values` per replication.
pub fn contest<'a>(found: &'a Comparison, about: &'a ContestAbout) -> [Table<'a>; 2] {
    [differences(found, about), values(found, about)]
}

fn name(about: &ContestAbout, candidate: usize) -> &str {
    about.candidates.get(candidate).map_or("", |own| own.name.as_str())
}

fn against<'a>((own, candidate): &Row<'a>) -> Option<&'a Against> {
    own.against.get(*candidate)?.as_ref()
}

fn differences<'a>(found: &'a Comparison, about: &'a ContestAbout) -> Table<'a> {
    let candidates = 0..about.candidates.len();
    let all = found.yardsticks.iter().flat_map(|own| candidates.clone().map(move |candidate| (own, candidate)));
    let rows: Rows<Row<'a>> = Rows::of("differences", "One row per yardstick and candidate", all);
    let places = found.front.as_ref().map(|own| &own.places);
    let more = |row: &Row| match against(row)?.standing {
        Standing::NotYetKnown { more } => Some(more),
        _ => None,
    };
    rows.column(Text, "yardstick", "By", |(own, _)| own.yardstick.name.as_str())
        .column(Text, "candidate", "Candidate", |(_, candidate)| name(about, *candidate))
        .column(Text, "unit", "Unit", |(own, _)| unit_name(own.yardstick.unit))
        .column(Text, "better_when", "Better when", |(own, _)| match own.yardstick.lower_is_better {
            true => "lower",
            false => "higher",
        })
        .column(Level, "mean", "Mean over replications", |(own, place)| own.means[*place].value)
        .column(Level, "mean_low", "95 % interval of it, from", |(own, place)| own.means[*place].low)
        .column(Level, "mean_high", "95 % interval of it, to", |(own, place)| own.means[*place].high)
        .column(Level, "difference", "Candidate less the first", |row| against(row)?.difference.value)
        .column(Level, "difference_low", "Simultaneous interval of it, from", |row| against(row)?.difference.low)
        .column(Level, "difference_high", "Simultaneous interval of it, to", |row| against(row)?.difference.high)
        .column(Level, "margin", "Difference that does not matter", |(own, _)| own.margin)
        .column(Text, "front", "Place in RPO and RTO", move |(_, place)| Some(place_key(*places?.get(*place)?)))
        .column(Text, "standing", "Against the first", |row| Some(standing_name(against(row)?.standing)))
        .column(Count, "more_replications", "More replications needed", more)
        .column(Count, "pairs", "Pairs", |row| Some(against(row)?.pairs))
        .column(Count, "unpaired", "Replications without a partner", |row| Some(against(row)?.unpaired))
        .column(Level, "independent_runs_per_pair", "Independent runs that tell as much as a pair", |row| {
            against(row)?.gain
        })
        .done()
}

fn values<'a>(found: &'a Comparison, about: &'a ContestAbout) -> Table<'a> {
    let of = |own: &'a Compared| {
        let by_candidate = own.values.iter().enumerate();
        by_candidate.flat_map(move |(candidate, values)| {
            (0u64..).zip(values).map(move |(replication, value)| (own, candidate, replication, *value))
        })
    };
    let rows: Rows<(&Compared, usize, u64, Option<f64>)> = Rows::of(
        "values",
        "One row per yardstick, candidate and replication; the same replication is the same luck",
        found.yardsticks.iter().flat_map(of),
    );
    rows.large()
        .column(Text, "yardstick", "By", |(own, ..)| own.yardstick.name.as_str())
        .column(Text, "candidate", "Candidate", |(_, candidate, ..)| name(about, *candidate))
        .column(Count, "replication", "Replication", |(_, _, replication, _)| *replication)
        .column(Text, "unit", "Unit", |(own, ..)| unit_name(own.yardstick.unit))
        .column(Level, "value", "Value of this replication", |(.., value)| *value)
        .done()
}
