//! What a meter showed: straight pieces, one fact for one or for many of them.

use crate::contract::{Fact, Meter};
use crate::units::Timestamp;

/// A straight piece of a meter, from where the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelPiece {
    pub until: Timestamp,
    pub start: u64,
    pub end: u64,
}

impl LevelPiece {
    /// The pieces of a run, each with the moment since which it holds: `since`, then the end of the piece before it.
    pub fn run(since: Timestamp, pieces: &[LevelPiece]) -> impl Iterator<Item = (Timestamp, LevelPiece)> {
        let begins = std::iter::once(since).chain(pieces.iter().map(|piece| piece.until));
        begins.zip(pieces.iter().copied())
    }
}

impl Fact {
    /// The pieces of a meter that a fact of this moment tells, each with the moment since which it runs.
    pub fn levels(&self, at: Timestamp) -> Option<(Meter, Vec<(Timestamp, LevelPiece)>)> {
        match self {
            Fact::Level { meter, since, start, end } => {
                Some((*meter, vec![(*since, LevelPiece { until: at, start: *start, end: *end })]))
            }
            Fact::Levels { meter, since, pieces } => Some((*meter, LevelPiece::run(*since, pieces).collect())),
            _ => None,
        }
    }
}
