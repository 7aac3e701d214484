//! docs/oracles.md, written from what the oracles found.

use std::fmt::Write as _;

use crate::told::times;
use crate::{ORACLES, Takes};

const PAGE: &str = "docs/oracles.md";

const HEAD: &str = "\
# Oracles: what is known otherwise, and what we get

<!-- Written by the tests in `tests/oracles.rs`; they compare it with what they find. `DRSIM_ACCEPT=1` writes it anew. -->

Each row is a number that is known without this tool: a closed form, a fluid worked by hand, a chain solved, a published value. The
numbers are those of our collected methods, section 2 (P01 to P33). What is said of the system is found through a scenario, its
run and its facts or measures; what is said of a queue, a law or a statistic, on the pieces that the tool itself is built of.

* A deterministic value agrees to 1e-9 of itself, or to the grain of the model where that is coarser (a nanosecond, a byte, a whole byte per
  second); the grain stands beside it.
* A sampled value comes from at least 30 independent replications with fixed seeds: the 99.9 % interval of Student contains the
  expected value, and its half-width, told beside it, is at most 1 % of that (2 % for probabilities below 0.01). Controls with known
  means (moments of what was drawn) are regressed out where that helps.
* A glimpse is a sampled value that would take too long in every run of the tests. It lies in its interval, which is too wide to accept it.
  `DRSIM_ORACLES=20 cargo test --release --test oracles` takes twenty times the replications of all.

";

/// Compares the page with what was found, or writes it.
pub fn compare() {
    let mut page = HEAD.to_owned();
    page.push_str("| oracle | exercises | time |\n|---|---|---|\n");
    for oracle in &ORACLES {
        let (_, time) = oracle.found();
        let (class, most) = match oracle.takes {
            Takes::Blink => ("a blink", 0.5),
            Takes::Seconds => ("seconds", 10.0),
            Takes::TensOfSeconds => ("tens of seconds", 60.0),
        };
        assert!(time.as_secs_f64() < 10.0 * most, "{} took {time:?}, which is more than {class}", oracle.name);
        let _ = writeln!(page, "| {} | {} | {class} |", oracle.name, oracle.mechanism);
    }
    page.push_str("\n| oracle | value | expected | got | within |\n|---|---|---|---|---|\n");
    for oracle in &ORACLES {
        let short = &oracle.name[..3].to_uppercase();
        oracle.found().0.rows.iter().for_each(|row| page.push_str(&row.line(short)));
    }
    if times() > 1 {
        println!("{page}");
        return;
    }
    if std::env::var_os("DRSIM_ACCEPT").is_some() {
        std::fs::write(PAGE, &page).expect("the page can be written");
    }
    let kept = std::fs::read_to_string(PAGE).unwrap_or_default();
    let other = kept.lines().zip(page.lines()).find(|(kept, found)| kept != found);
    assert!(kept == page, "{PAGE} is not what was found, first at {other:?}; DRSIM_ACCEPT=1 writes it");
}
