//! ★ One file per format. Formats print; `write` decides what is said.

pub mod csv;
mod grid;
pub mod json;
pub mod markdown;
pub mod screen;
