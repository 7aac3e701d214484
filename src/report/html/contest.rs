//! The page of a comparison: the decision, every candidate by what decided, then by everything else.

use askama::Template;

use super::decision::Decision;
use super::piece::{Frame, Piece, Section};
use super::table::{Cell, Table, numbers, words};
use crate::planner::compare::{Against, Compared, Comparison};
use crate::report::charts::Show;
use crate::report::contest::{ContestAbout, change, decision, gain, headline, ran, signed, standing};

/// One file, UTF-8.
pub fn page(found: &Comparison, about: &ContestAbout) -> Vec<u8> {
    let (class, mark, head) = headline(found, about);
    let banner = Decision { class, mark, headline: head.clone(), detail: decision(found, about), cards: Vec::new() };
    let by = &found.yardsticks[found.by];
    let others = found.yardsticks.iter().enumerate().filter(|(place, _)| *place != found.by);
    let rest: Vec<Piece> = others
        .filter(|(_, own)| own.means.iter().any(|mean| mean.value.is_some()))
        .map(|(_, own)| Piece::Table(table(own, about)))
        .collect();
    let sections = vec![
        Section::new("decision", "Decision", vec![Piece::Decision(banner), Piece::Table(table(by, about))]),
        Section::new("others", "By everything else", rest),
        Section::new("candidates", "Candidates", candidates(about)),
        Section::new("how", "How this is known", how(found, about)),
        Section::new("repeat", "Repeat it", vec![Piece::Command(about.command.clone())]),
    ];
    let names: Vec<&str> = about.candidates.iter().map(|own| own.name.as_str()).collect();
    let title = format!("Comparison of {}", names.join(", "));
    let frame = Frame { mark, title, facts: ran(found, about), version: about.version.clone(), sections };
    frame
        .render()
        .expect("writing to a string in memory does not fail, and no filter of the page returns a fault")
        .into()
}

fn table(own: &Compared, about: &ContestAbout) -> Table {
    let show = Show::unit(own.yardstick.unit);
    let better = if own.yardstick.lower_is_better { "lower" } else { "higher" };
    let columns = vec![
        words("Candidate"),
        numbers("Mean", ""),
        numbers("Difference to the first", ""),
        words("Verdict"),
        words("Same luck"),
    ];
    let mut table = Table::new("", format!("By {}: {better} is better", own.yardstick.name), columns);
    for (place, candidate) in about.candidates.iter().enumerate() {
        let against = own.against[place].as_ref();
        let name = Cell::text(candidate.name.clone());
        let mut cells = vec![name, Cell::estimate(show, &own.means[place])];
        cells.extend(against.map_or_else(first, |against| compared(own, against)));
        table.row(cells);
    }
    table.note = format!(
        "Below each mean its own 95 % interval, below each difference the interval that holds together with all others; a difference of {} does not matter.",
        show.text(own.margin)
    );
    table
}

fn first() -> Vec<Cell> {
    vec![Cell::text("–"), Cell::text("the first"), Cell::text("")]
}

fn compared(own: &Compared, against: &Against) -> Vec<Cell> {
    let unit = own.yardstick.unit;
    let difference = against.difference.value.map_or_else(|| "–".to_owned(), |value| signed(unit, value));
    vec![
        Cell::text(difference).sub(change(unit, &against.difference)),
        Cell::text(standing(against.standing)).sub(format!("{} pairs", against.pairs)),
        Cell::text(gain(against).unwrap_or_default()),
    ]
}

fn candidates(about: &ContestAbout) -> Vec<Piece> {
    let columns = vec![words("Candidate"), words("Title"), words("Scenario"), words("Changed"), words("Hash")];
    let mut table = Table::new("", "Who was compared; the first is what the others are held against", columns);
    for own in &about.candidates {
        let hash: String = own.hash_hex.chars().take(16).collect();
        let cells = [&own.name, &own.title, &own.file, &own.overrides, &hash];
        table.row(cells.into_iter().map(|text| Cell::text(text.trim())).collect());
    }
    vec![Piece::Table(table)]
}

fn how(found: &Comparison, about: &ContestAbout) -> Vec<Piece> {
    let mut items = vec![
        "All candidates ran the same replications of the same seed. Luck hangs on the names of machines, links and outages, so what candidates have in common happens to all of them, and differences hold the change and little else.".to_owned(),
        format!(
            "The decision is wrong in at most {} of such comparisons: one-sided paired Student bounds of the best against each other candidate, the error shared among them (Bonferroni) and among the looks.",
            crate::report::numbers::share(1.0 - found.confidence)
        ),
        "The intervals of all differences on this page hold together with the same confidence (Bonferroni over yardsticks and candidates).".to_owned(),
        "Student's bounds are approximate where single replications are far off: look at values.csv before trusting a mean with a long tail.".to_owned(),
    ];
    items.extend(about.notes.iter().cloned());
    vec![Piece::List(items)]
}
