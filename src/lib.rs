//! `drsim`: a discrete-event simulator and capacity planner for VM disaster recovery.
//!
//! The floors; a room leans on lower floors only, never on its neighbours (`tests/floors.rs` checks it):
//!
//! ```text
//!  6  cli                                      terminal, files
//!  5  scenario (the way in)   import (from other tools)   report (the way out)
//!  4  planner                                  question → many runs → findings
//!  3  simulation                               the loop: the only room that sees logic and world
//!  2  protection ║ world ║ measure             real logic ║ physics and luck ║ facts → numbers
//!  1  inventory  intent  contract  kernel  statistics
//!  0  units
//! ```

#![allow(rustdoc::broken_intra_doc_links, reason = "units stand in brackets in our docs: [bytes], [s]")]

pub mod cli;
pub mod contract;
pub mod import;
pub mod intent;
pub mod inventory;
pub mod kernel;
pub mod measure;
pub mod planner;
pub mod protection;
pub mod report;
pub mod scenario;
pub mod simulation;
pub mod statistics;
pub mod units;
pub mod world;
