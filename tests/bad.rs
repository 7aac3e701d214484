//! Bad input, one file a kind of mistake: each is refused with exit code 2 and the answer that is kept beside it, and no
//! answer of the source goes unprovoked. Read the files in `tests/bad` as a planner would who has never seen the tool.
//!
//! `DRSIM_ACCEPT=1 cargo test --test bad` keeps the answers of today; look at the difference before it goes in.

#[path = "bad_kit/mod.rs"]
mod kit;

use kit::Case;
use kit::sentences;
use rayon::prelude::*;

fn compare(folder: &str, code: i32) {
    let failures: Vec<String> =
        Case::all(folder).par_iter().filter_map(|case| case.compare(folder, code).err()).collect();
    assert!(failures.is_empty(), "{} of {folder}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_sound_scenario_is_sound() {
    let (faults, warnings) = match drsim::scenario::load(kit::SOUND, "s.toml", &|_| unreachable!(), &[]) {
        Ok(scenario) => (String::new(), scenario.warnings),
        Err(faults) => (faults.to_string(), Vec::new()),
    };
    assert_eq!((faults.as_str(), warnings), ("", Vec::new()));
}

#[test]
fn every_bad_file_is_refused_with_what_is_wrong_and_how_to_mend_it() {
    compare("bad", 2);
    for case in Case::all("bad") {
        let (errors, cures) = (case.says().matches("error: ").count(), case.says().matches("\nmend: ").count());
        assert!(errors > 0 && errors == cures, "{}: {errors} errors, {cures} cures", case.name);
    }
}

/// Odd input that can be read is read, and what was done to it is said; what is allowed and probably not meant is warned of.
#[test]
fn every_odd_file_is_read_with_a_note() {
    compare("odd", 0);
}

/// Sentences that no file provokes: too large to keep (`bad_kit/big.rs`), or shown by another command.
const PROVOKED_ELSEWHERE: &[&str] = &[
    "may not be read",
    "ask for the permission to read it",
    "keep the weeks that matter, take longer steps, or leave columns out",
    "check the file",
    "it holds more than {}",
    "`{}` has more than {ROWS_MAX} rows",
    "cut it into smaller files or take longer steps",
    "[{}] has {} entries",
    "at most {SECTIONS_MAX} are taken; groups of like machines and lists in CSV files say more with less",
    "the orders become more than {COMMANDS_MAX} commands",
    "give fewer orders, or to fewer machines",
    "this names more than {VMS_MAX} machines",
    "name each machine once",
    "the scenario is longer than {}",
    "move long lists into CSV files and name them",
    "the value is too long",
    "write a shorter one",
    "something refused already",
    "set in [override]",
    "amount of data",
    "`{}` {wrong}\nmend: {MOMENT_CURE}",
    "{}\nmend: {}\n",
];

#[test]
fn every_sentence_of_the_source_is_provoked() {
    let cases: Vec<Case> = ["bad", "odd"].into_iter().flat_map(Case::all).collect();
    let lines: Vec<&str> = cases.iter().flat_map(|case| case.says().lines()).collect();
    let mut silent = Vec::new();
    for sentence in sentences::of("scenario").iter().chain(&sentences::of("units")) {
        let elsewhere = PROVOKED_ELSEWHERE.contains(&sentence.text.as_str());
        if lines.iter().any(|line| sentence.fits(line)) == elsewhere {
            silent.push(format!("{}: {}", sentence.place, sentence.text));
        }
    }
    assert!(silent.is_empty(), "{} sentences:\n{}", silent.len(), silent.join("\n"));
}
