//! ★ One file per format. Formats print; `write` decides what is said.

pub(in crate::report) mod baseline;
pub mod csv;
pub(in crate::report) mod grid;
pub mod json;
pub mod markdown;
#[cfg(feature = "parquet")]
pub mod parquet;
pub(in crate::report) mod parts;
pub mod screen;
#[cfg(feature = "xlsx")]
pub mod workbook;

pub(in crate::report) use grid::{Side, broken, grid};
pub(in crate::report) use screen::plain;
