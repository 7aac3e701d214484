//! The scenario's reference for people, as Markdown, printed from the catalogue.

use std::fmt::Write as _;

use super::catalogue::{Grammar, Key, Kind, Presence, ROOT, Shape, Word, walk};
use super::limits;
use crate::units::QuantityKind;

/// More words than this stand below the table instead of in it.
const WORDS_IN_A_CELL: usize = 4;

/// All of it.
pub fn reference() -> String {
    let mut text = String::from(HEAD);
    let kinds =
        [QuantityKind::Span, QuantityKind::Data, QuantityKind::DataRate, QuantityKind::Bandwidth, QuantityKind::Share];
    for kind in kinds {
        let _ = writeln!(text, "| {} | {} | {} |", kind.name(), kind.units().join(", "), example_of(kind));
    }
    text.push_str(AFTER_UNITS);
    for shape in walk(&ROOT) {
        section(shape, &mut text);
    }
    text
}

fn section(shape: &Shape, text: &mut String) {
    let _ = write!(text, "\n<a id=\"{}\"></a>\n\n## {}\n\n{}\n", shape.id, title(shape), shape.doc);
    if shape.keys.is_empty() {
        return;
    }
    text.push_str("\n| key | holds | left out | meaning | example |\n|---|---|---|---|---|\n");
    for key in shape.keys {
        let (holds, left_out) = (holds(&key.kind), left_out(key));
        let _ = writeln!(text, "| `{}` | {holds} | {left_out} | {} | {} |", key.name, cell(key.doc), example(key));
    }
    for key in shape.keys {
        if let Some(words) = key.kind.words().filter(|words| words.len() > WORDS_IN_A_CELL) {
            let _ = write!(text, "\n`{}` is one of:\n\n", key.name);
            for (word, meaning) in words {
                let _ = writeln!(text, "- `{word}`: {meaning}");
            }
        }
    }
}

fn title(shape: &Shape) -> String {
    if shape.id == ROOT.id { "The whole file".into() } else { format!("`{}`", shape.written) }
}

fn left_out(key: &Key) -> String {
    match key.presence {
        Presence::Needed => "**needed**".into(),
        Presence::Default(value) => format!("`{}`", cell(&key.kind.toml(value))),
        Presence::LeftOut(meaning) => cell(meaning),
        Presence::Profile => match of_profile(key.name) {
            Some(value) => format!("`{}`", cell(&value)),
            None => "as in the profile".into(),
        },
    }
}

/// The number of the default profile.
fn of_profile(name: &str) -> Option<String> {
    let limits = limits::profile(limits::DEFAULT_PROFILE)?;
    let is_it = |key: &str| key == name || key.strip_prefix("envelope.") == Some(name);
    let note = limits.notes.into_iter().find(|note| is_it(&note.key))?;
    (!note.value.ends_with(" rows") && !note.value.ends_with(" entries")).then_some(note.value)
}

fn example(key: &Key) -> String {
    if key.example.is_empty() { String::new() } else { format!("`{}`", cell(&key.line())) }
}

/// What a key holds, in words.
fn holds(kind: &Kind) -> String {
    match kind {
        Kind::Text(grammar) => text_of(*grammar),
        Kind::Quantity(kind) => kind.name().to_string(),
        Kind::Count { least, most } if *most <= 100_000_000 => format!("whole number, {least} to {}", grouped(*most)),
        Kind::Count { least, .. } => format!("whole number from {least}"),
        Kind::Number { least, most } if *most <= 1e6 => format!("number, {least} to {most}"),
        Kind::Number { .. } => "number".into(),
        Kind::Flag => "true or false".into(),
        Kind::Word(words) => words_of(words),
        Kind::Table(shape) => link("table", shape),
        Kind::Named(shape) => link("tables by name", shape),
        Kind::Tables(shape) => link("list of tables", shape),
        Kind::Choice(shape) => link("one of its kinds", shape),
        Kind::Many(inner) => format!("{}, or a list", holds(inner)),
        Kind::Pairs(grammar, inner) => format!("{} by {}", holds(inner), text_of(*grammar)),
        Kind::Either(kinds) => kinds.iter().map(holds).collect::<Vec<_>>().join(" or "),
    }
}

fn words_of(words: &[Word]) -> String {
    if words.len() > WORDS_IN_A_CELL {
        return "a word, see below".into();
    }
    words.iter().map(|(word, meaning)| format!("`{word}` ({meaning})")).collect::<Vec<_>>().join(" or ")
}

fn link(what: &str, shape: &Shape) -> String {
    format!("[{what}](#{})", shape.id)
}

fn text_of(grammar: Grammar) -> String {
    match grammar {
        Grammar::Free => "text".into(),
        Grammar::Name(what) if what.starts_with('a') => format!("name of an {what}"),
        Grammar::Name(what) => format!("name of a {what}"),
        Grammar::File => "file".into(),
        Grammar::Column => "column".into(),
        Grammar::Unit => "unit".into(),
        Grammar::Moment => "[moment](#texts)".into(),
        Grammar::Date => "date".into(),
        Grammar::TimeOfDay => "time of day".into(),
        Grammar::DayPart => "part of the day".into(),
        Grammar::Days => "days of the week".into(),
        Grammar::Window => "span".into(),
        Grammar::Target => "[target](#texts)".into(),
        Grammar::Precision => "[precision](#texts)".into(),
        Grammar::Price => "price".into(),
        Grammar::Knob => "[knob](#texts)".into(),
    }
}

fn example_of(kind: QuantityKind) -> &'static str {
    match kind {
        QuantityKind::Span => "`\"5m\"`, `\"1h 30m\"`, `\"7d\"`",
        QuantityKind::Data => "`\"64 GiB\"`, `\"1.5 TB\"`",
        QuantityKind::DataRate => "`\"900 KiB/s\"`, `\"2 MB/s\"`",
        QuantityKind::Bandwidth => "`\"200 Mbit/s\"`, `\"25 MB/s\"`",
        QuantityKind::Share => "`\"80 %\"`, `\"0.1 %\"`",
    }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// 100000 as 100 000.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

const HEAD: &str = "# Scenario reference

<!-- Printed by `drsim schema --markdown` from the catalogue of keys; a test compares it. -->

Every section and key of a scenario file. `drsim init` writes one to begin with, `drsim validate` shows all faults of one at once, and
an editor with a TOML language server completes and checks keys when the file begins with `#:schema ./drsim.schema.json`
(`drsim schema` prints that file).

## How it is written

The file is TOML 1.0. Every reference is a name. Unknown keys are refused with the nearest known one. Where several kinds are possible,
the kind is spelt by its key: `churn.daily = { … }`, `[[outage.stamp-down]]`, `lasts.lognormal = { … }`. Where a list may stand, a single
value is a list of one.

Every quantity is text with its unit; a day has 24 hours, MB are 1000² bytes, MiB 1024². \"Mb\" is refused, since half of the world reads bits and
the other half bytes.

| quantity | units | examples |
|---|---|---|
";

const AFTER_UNITS: &str = "
<a id=\"texts\"></a>

Texts with a grammar of their own:

- A **moment** of the run: `\"12d03:15\"` (day and time from the start), `\"300h\"`, or a date with its offset, `\"2026-02-01T03:15:00Z\"`.
- A **time of day** is `\"01:30\"`, a **part of the day** `\"22:00-06:00\"`, **days of the week** `\"mon-fri\"`, `\"sat,sun\"` or `\"daily\"`.
- A **target** is a statistic of a measure and its limit: `\"p99.9(rpo) <= 15m\"`, `\"mean(availability) >= 99.9 %\"`, `\"prob(overflow) <= 0.1 %\"`,
  `\"prob(rpo > 15m) <= 1 %\"`. Statistics: `p50`, `p95`, `p99.9`, … `mean`, `max`, `prob`. Measures: `rpo` (age of the newest usable point at the
  instant of failure), `rpo_used` (that of the point a failover used), `rpo_over_time`, `rto`, `data_lost`, `availability`, `initial_replication`, `reprotect`, `failback`, `refused`; of caches
  `cache_used` and `overflow`.
- A **precision** is such an expression and a share: `\"p99(rpo) within 5 %\"`.
- A **knob** is the path of a number the planner may turn: `\"link.wan.bandwidth\"`, `\"cache.log.capacity\"`, `\"appliance.a1.size\"`, `\"appliance.count\"`.
  A **price** of it: `\"3.20 EUR per Mbit/s and month\"`.

Any key can be replaced on the command line: `--set link.wan.bandwidth=\"300 Mbit/s\"`; items of lists are counted from 0
(`--set outage.link-down.0.lasts=2h`).
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_names_every_key_and_every_measure() {
        let text = reference();
        for shape in walk(&ROOT) {
            assert!(text.contains(&format!("<a id=\"{}\"></a>", shape.id)));
            for key in shape.keys {
                assert!(text.contains(&format!("\n| `{}` | ", key.name)), "{}", key.name);
            }
        }
        for measure in crate::scenario::targets::MEASURES {
            assert!(text.contains(&format!("`{measure}`")), "{measure}");
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([grouped(64), grouped(1_000), grouped(100_000_000)], ["64", "1 000", "100 000 000"]);
    }
}
