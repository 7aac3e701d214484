//! FLOOR 3: where the rooms meet. The only room that sees the logic and the world.
//!
//! A run is a function of ([`Setup`], seed, replication): [`run`] turns the conversation of `contract` into a stream of
//! dated facts and says whether the referees saw a foul.

mod driver;
mod mailbox;
mod operator;
mod people;
mod referees;
mod room;
mod waves;
mod wish;

pub use crate::world::Luck;
pub use driver::{RunEnd, run};
pub use people::{Drills, EnablingPlan, FailBack, People, PointWish, WorkingHours};

use std::sync::Arc;

use crate::contract::Command;
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::protection::Settings;
use crate::units::{Duration, Timestamp};
use crate::world::Physics;

/// One scenario, ready to run: data only.
#[derive(Clone, Debug)]
pub struct Setup {
    pub inventory: Arc<Inventory>,
    pub intent: Arc<Intent>,
    pub physics: Physics,
    pub settings: Settings,
    pub people: People,
    /// Dated orders.
    pub script: Vec<(Timestamp, Command)>,
    pub lasts: Duration,
    /// Not counted at the beginning: initial replication and settling.
    pub settle: Duration,
}
