//! Lives made from seeds, judged by the referees, and made small when they fail.
//!
//! ```text
//! seed ──► life (a scenario as text) ──► run ──► fouls, facts ──► judge ──► sound
//!                                                                   └─ foul ──► shrink ──► a small scenario that fails alike
//! ```

pub mod accounts;
#[path = "../common/dice.rs"]
pub mod dice;
pub mod judge;
pub mod liveness;
pub mod narrow;
pub mod rest;
pub mod shrink;
pub mod wide;

use drsim::units::Duration;

/// One life: a scenario, and what is demanded of its end.
#[derive(Clone, Debug)]
pub struct Life {
    pub text: String,
    /// Nothing strikes and nobody orders by script in so long a span before the end; what was begun must have come to rest.
    pub calm: Option<Duration>,
}

/// Begins the line of a kept life that says how long it is calm.
const CALM_WORD: &str = "# calm for the last ";

impl Life {
    /// The life as a file: its scenario, and as a comment how long it is calm.
    pub fn file(&self) -> String {
        match self.calm {
            Some(calm) => format!("{CALM_WORD}{} h\n{}", calm.ns() / Duration::hours(1).ns(), self.text),
            None => self.text.clone(),
        }
    }

    /// Reads what [`Life::file`] wrote.
    pub fn of_file(text: &str) -> Life {
        let hours = text.lines().find_map(|line| line.strip_prefix(CALM_WORD)?.strip_suffix(" h")?.parse().ok());
        Life { text: text.to_owned(), calm: hours.map(Duration::hours) }
    }
}
