//! Relations MR01 to MR42: what must hold between runs of related scenarios, or within any run, on random small scenarios through the
//! whole tool: a scenario's text, its run, its facts. And false friends: what looks like such a relation and is none.
//!
//! `DRSIM_RELATIONS=500 DRSIM_RELATIONS_SEED=3 cargo test --release --test relations` tries so many cases of each (12), others than usual.
//!
//! Elsewhere: MR28 for the logic alone in `protection_alone`, MR39 (quiet and busy times of the data path agree) in `physics/twins`,
//! MR40 (healed lives catch up within the bound) in `swarm`. The engine keeps no state that could be stored and taken up again, so
//! there is nothing to say for MR34 (snapshot and continue) and MR42 (twelve months make a year).

mod common;

#[path = "relations/case.rs"]
mod case;
#[path = "relations/engine.rs"]
mod engine;
#[path = "relations/friends.rs"]
mod friends;
#[path = "relations/link.rs"]
mod link;
#[path = "relations/points.rs"]
mod points;
#[path = "relations/stages.rs"]
mod stages;
#[path = "relations/states.rs"]
mod states;
#[expect(dead_code, reason = "only its lives are used here")]
mod swarm_kit;

use proptest::test_runner::{Config, RngSeed};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// So many cases, the same in every run of the tests.
fn config() -> Config {
    Config {
        cases: number("DRSIM_RELATIONS", 12) as u32,
        rng_seed: RngSeed::Fixed(number("DRSIM_RELATIONS_SEED", 0)),
        max_shrink_iters: 300,
        failure_persistence: None,
        ..Config::default()
    }
}
