//! The fluid data path against closed forms: oracles P15, P19, P31, golden numbers of the domain, published worked examples.
//!
//! MB is 10⁶ bytes unless a test says MiB. Times agree to 1 ns, amounts to 1 byte.

#[path = "physics/bench.rs"]
mod bench;
#[path = "physics/capacity.rs"]
mod capacity;
#[path = "physics/copies.rs"]
mod copies;
#[path = "physics/oracles.rs"]
mod oracles;
#[path = "common/pieces.rs"]
mod pieces;
#[path = "physics/published.rs"]
mod published;
#[path = "physics/twins.rs"]
mod twins;
