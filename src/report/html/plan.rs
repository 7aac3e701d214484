//! The page of a plan: the decision, the sizes and what less would break, then why, then every table.

use std::borrow::Cow;

use askama::Template;

use super::decision::Decision;
use super::piece::{Figure, Frame, Piece, Section};
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::charts::{Caption, bars, lines};
use crate::report::plan::Plan;
use crate::report::plan::pictures::{Drawn, Picture, pictures};
use crate::report::plan::sheets::{Sheet, sheets};
use crate::report::plan::text::{breaks, how, price, set_aside, sizes, targets, verdict_line};

/// One file, UTF-8.
pub(in crate::report) fn page(plan: &Plan<'_>) -> Vec<u8> {
    let about = &plan.about;
    let frame = Frame {
        mark: words::verdict(plan.verdict()).1,
        title: about.title.clone(),
        facts: format!(
            "plan · at most {} replications a value, {} in all · seed {} · version {}",
            about.replications, plan.ran, about.seed, about.version
        ),
        version: about.version.clone(),
        sections: sections(plan),
    };
    frame
        .render()
        .expect("writing to a string in memory does not fail, and no filter of the page returns a fault")
        .into()
}

fn sections(plan: &Plan<'_>) -> Vec<Section> {
    let (class, mark, _) = words::verdict(plan.verdict());
    let headline = verdict_line(plan);
    let mut decision =
        vec![Piece::Decision(Decision { class, mark, headline, detail: String::new(), cards: Vec::new() })];
    for (place, sizing) in (1..).zip(&plan.found.questions) {
        let head = &["Size", "Needed", "Now", "A rule says", "One step less"];
        decision.push(Piece::Table(table(numbered("sizes", place), "Sizes", head, &sizes(plan, sizing)[1..])));
        let said = set_aside(plan, sizing).into_iter().chain(price(plan, sizing));
        decision.push(Piece::List(said.collect()));
    }
    let mut why = Vec::new();
    for (place, sizing) in (1..).zip(&plan.found.questions) {
        why.push(Piece::List(breaks(plan, sizing).into_iter().chain(how(plan, sizing)).collect()));
        let head = &["Target", "Achieved", "Interval", "Verdict", "With other luck"];
        why.push(Piece::Table(table(
            numbered("targets", place),
            "Targets at these sizes",
            head,
            &targets(plan, sizing)[1..],
        )));
    }
    let mut all = vec![Section::new("decision", "Decision", decision), Section::new("why", "Why not less", why)];
    let pictures = pictures(plan);
    all.extend(sheets(plan).into_iter().map(|sheet| section(sheet, &pictures)));
    let mut tail: Vec<Piece> = vec![Piece::Command(plan.about.command.clone())];
    tail.push(Piece::List(plan.about.warnings.iter().chain(&plan.about.input_notes).cloned().collect()));
    all.push(Section::new("repeat", "How to repeat it", tail));
    all.into_iter().map(without_empty_lists).collect()
}

fn without_empty_lists(mut section: Section) -> Section {
    section.pieces.retain(|piece| !matches!(piece, Piece::List(lines) if lines.is_empty()));
    section
}

fn section(sheet: Sheet, pictures: &[Picture]) -> Section {
    let rows = table(sheet.id, sheet.title, sheet.head, &sheet.rows);
    let id = match sheet.id {
        "saved" => "s-saved",
        "sensitivity" => "s-sensitivity",
        "what-if" => "s-what-if",
        "daily" => "s-daily",
        "front" => "s-front",
        "phases" => "s-phases",
        "batches" => "s-batches",
        "waves" => "s-waves",
        "machines" => "s-machines",
        _ => "s-tried",
    };
    let mut pieces = vec![Piece::words(sheet.says)];
    let own = pictures.iter().filter(|picture| picture.sheet == sheet.id);
    pieces.extend((1..).zip(own).map(|(place, picture)| figure(picture, place)));
    let long = rows.rows.len() > LONG;
    let table = Piece::Table(rows);
    pieces.push(if long { Piece::Folded(format!("The table: {} rows", sheet.rows.len()), vec![table]) } else { table });
    Section::new(id, sheet.title, pieces)
}

/// A longer table is opened by who wants it.
const LONG: usize = 40;

fn figure(picture: &Picture, place: usize) -> Piece {
    let id = format!("picture-{}-{place}", picture.sheet);
    let caption = Caption { id: &id, title: &picture.title, says: picture.says };
    let svg = match &picture.drawn {
        Drawn::Lines(drawn) => lines(&caption, drawn),
        Drawn::Bars(drawn) => bars(&caption, drawn),
    };
    Piece::Figure(Figure { title: picture.title.clone(), svg, says: picture.says.into(), ..Figure::default() })
}

/// Ids are unique in a page, however many questions it answers.
fn numbered(id: &str, place: usize) -> String {
    format!("{id}-{place}")
}

fn table(
    id: impl Into<Cow<'static, str>>,
    caption: &str,
    head: &'static [&'static str],
    rows: &[Vec<String>],
) -> Table {
    let numeric = |place: usize| rows.iter().all(|row| row.get(place).is_none_or(|cell| is_number(cell)));
    let columns: Vec<Column> =
        (0..).zip(head).map(|(place, head)| Column { head, unit: "", numeric: numeric(place) }).collect();
    let class: Vec<&str> = columns.iter().map(|column| if column.numeric { "n" } else { "" }).collect();
    let mut table = Table::new(id, caption, columns);
    let cut = rows.len().saturating_sub(ROWS_MAX);
    for row in rows.iter().take(ROWS_MAX) {
        table.row(row.iter().zip(&class).map(|(text, class)| Cell { class, ..Cell::text(text) }).collect());
    }
    if cut > 0 {
        table.note = format!("{cut} more rows stand in the CSV file.");
    }
    table
}

/// Whether a cell stands on the right, with other numbers: one number and its unit, or none.
fn is_number(cell: &str) -> bool {
    cell == "–" || cell.is_empty() || (cell.starts_with(|first: char| first.is_ascii_digit()) && !cell.contains(':'))
}

/// More rows than this are in the CSV files.
const ROWS_MAX: usize = 1_000;
