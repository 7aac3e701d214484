//! The page of a comparison: the decision, every candidate by what decided, RPO against RTO, then everything else.

use askama::Template;

use super::decision::Decision;
use super::front;
use super::piece::{Figure, Frame, Piece, Section};
use super::table::{Cell, Table, numbers, words};
use crate::planner::compare::{Against, Compared, Comparison};
use crate::report::charts::{Caption, Show, Whisker, whiskers};
use crate::report::contest::{ContestAbout, change, decision, gain, headline, ran, signed, standing};

/// One file, UTF-8.
pub fn page(found: &Comparison, about: &ContestAbout) -> Vec<u8> {
    let (class, mark, head) = headline(found, about);
    let banner = Decision { class, mark, headline: head.clone(), detail: decision(found, about), cards: Vec::new() };
    let by = &found.yardsticks[found.by];
    let others = found.yardsticks.iter().enumerate().filter(|(place, _)| *place != found.by);
    let rest: Vec<Piece> = others
        .filter(|(_, own)| own.means.iter().any(|mean| mean.value.is_some()))
        .map(|(place, own)| {
            differences(own, about, &format!("by-{place}"))
                .map_or_else(|| Piece::Table(table(own, about)), Piece::Figure)
        })
        .collect();
    let mut first = vec![Piece::Decision(banner), Piece::Table(table(by, about))];
    first.extend(differences(by, about, "by").map(|figure| Piece::Figure(Figure { table: None, ..figure })));
    let mut sections = vec![Section::new("decision", "Decision", first)];
    if let Some(own) = &found.front {
        let name = |place: usize| about.name(place).to_owned();
        let means = |yardstick: usize, place: usize| found.yardsticks[yardstick].means[place];
        let figure = Piece::Figure(front::figure(own, &name, &means));
        sections.push(Section::new("front", "RPO against RTO", vec![figure]));
    }
    sections.extend([
        Section::new("others", "By everything else", rest),
        Section::new("candidates", "Candidates", candidates(about)),
        Section::new("how", "How this is known", how(found, about)),
        Section::new("repeat", "Repeat it", vec![Piece::Command(about.command.clone())]),
    ]);
    let names: Vec<&str> = about.candidates.iter().map(|own| own.name.as_str()).collect();
    let title = format!("Comparison of {}", names.join(", "));
    let frame = Frame { mark, title, facts: ran(found, about), version: about.version.clone(), sections };
    frame
        .render()
        .expect("writing to a string in memory does not fail, and no filter of the page returns a fault")
        .into()
}

/// All candidates against the first one by one yardstick; `None` where no difference is known.
fn differences(own: &Compared, about: &ContestAbout, id: &str) -> Option<Figure> {
    let (show, unit) = (Show::unit(own.yardstick.unit), own.yardstick.unit);
    let row = |(place, against): (usize, &Option<Against>)| {
        let against = against.as_ref()?;
        let name = about.name(place).to_owned();
        let told = against.difference.value.map_or_else(String::new, |value| signed(unit, value));
        let tip = format!("{name}: {told} ({}), {}", change(unit, &against.difference), standing(against.standing));
        Some(Whisker { name, marks: vec![("p95", against.difference, tip)] })
    };
    let rows: Vec<Whisker> = own.against.iter().enumerate().filter_map(row).collect();
    if rows.iter().all(|row| row.marks[0].1.value.is_none()) {
        return None;
    }
    let (first, better) = (about.name(0), if own.yardstick.lower_is_better { "left" } else { "right" });
    let title = format!("Differences to {first} by {}", own.yardstick.name);
    let says = format!(
        "Each candidate less {first}, with the interval that holds together with all others; better is to the {better} of zero, within the shaded band a difference does not matter ({}).",
        show.text(own.margin)
    );
    let caption = Caption { id, title: &title, says: &says };
    let svg = whiskers(&caption, (show, "difference"), &rows, own.margin, &[("p95", "difference with its interval")]);
    Some(Figure { title, svg, says, table: Some(table(own, about)), ..Figure::default() })
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
