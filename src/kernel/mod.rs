//! FLOOR 1: discrete events and luck, with no word of the domain.

pub mod law;

pub use law::Law;
