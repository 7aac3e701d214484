//! Damage that was found late: whether a clean point was left, how old it was, and how much good work went with the bad.
//!
//! Units: seconds, shares. A machine counts when somebody found its damage within the run.

use super::piece::{Piece, Section};
use super::table::{Cell, Table, numbers, words as text};
use super::words::plural;
use crate::planner::Findings;
use crate::planner::findings::{DamageFinding, Quantity};
use crate::report::charts::{Show, interval, share};

/// `None` where nothing was damaged and found.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let all = findings.damage.first()?;
    let said = all.clean_left.value.map_or_else(String::new, |left| {
        format!(
            "A clean point was left for {} of {} in {}{}. Where none was left, every kept point holds the damage: only \
             points that are kept longer, or damage that is seen sooner, help.",
            share(left),
            plural(all.machines, "damaged machine", "damaged machines"),
            plural(all.events, "event", "events"),
            match interval(Show::Share, &all.clean_left) {
                bounds if bounds.is_empty() => bounds,
                bounds => format!(" ({bounds} at 95 %)"),
            }
        )
    });
    let pieces = vec![Piece::words(said), Piece::Table(table(findings))];
    Some(Section::new("damage", "Damage found late", pieces))
}

fn table(findings: &Findings) -> Table {
    let columns = vec![
        text("Group"),
        numbers("Machines", "damaged and found"),
        numbers("Found after", "mean"),
        numbers("Clean point left", "share, 95 %"),
        numbers("Its age when found", "mean"),
        numbers("Good work lost", "mean, 95 %"),
    ];
    let mut table = Table::new("damage-table", "Damage found late, all replications", columns);
    for own in &findings.damage {
        table.row(row(findings, own));
    }
    table.note = "Good work lost: from the newest kept point from before the damage to the damage.".into();
    table
}

fn row(findings: &Findings, own: &DamageFinding) -> Vec<Cell> {
    let of = |quantity: Quantity| {
        let spread = findings.spreads.iter().find(|spread| spread.quantity == quantity && spread.group == own.group);
        spread.map(|spread| spread.mean).unwrap_or_default()
    };
    vec![
        Cell::text(findings.names.group(own.group)),
        Cell::number(Show::Count, own.machines as f64),
        Cell::maybe(Show::Seconds, of(Quantity::DamageHidden).value),
        Cell::estimate(Show::Share, &own.clean_left),
        Cell::maybe(Show::Seconds, of(Quantity::CleanPointAge).value),
        Cell::estimate(Show::Seconds, &of(Quantity::CleanPointGap)),
    ]
}
