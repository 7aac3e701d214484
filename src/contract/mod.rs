//! FLOOR 1: everything the logic and the world say to each other, and what both write down.
//!
//! One worked exchange, the whole system in a dozen lines (times are when each is said):
//!
//! ```text
//! 0d 00:00  operator → logic   Command::Enable { vms: [erp], via: Script }
//!           logic → world      Effect::Inspect { op: 1, vm: erp }
//!           world → logic      Observation::Inspected { op: 1, findings: all well }
//!           logic → world      Effect::InstallAgent { op: 2, vm: erp }
//! 0d 00:04  world → logic      Observation::Completed { op: 2 }
//!           logic → world      Effect::CreateReplicaDisks { op: 3, vm: erp }         (1 GiB each)
//!           …                  ResizeReplicaDisks, Copy { kind: Initial }
//! 0d 07:31  world → logic      Observation::Completed { op: 5 }
//!           logic → world      Effect::StartStream { vm: erp, marks: every 5m }
//!           logic → record     Fact::Entered { vm: erp, phase: Protected }
//! 0d 07:40  world → logic      Observation::KeepingUp { vm: erp, from_mark: 07:35, lag: 250s }
//!                              (quiet: points come by rule, nothing is said)
//! 3d 10:00  world              the stamp goes dark; nobody tells the logic
//! 3d 10:15  logic              its deadline for a heartbeat passes: Fact::Alarm { NoHeartbeat }
//! 3d 10:40  operator → logic   Command::FailOver { vm: erp, point: LatestProcessed, shut_down: false }
//! ```
//!
//! Rules of the conversation
//! * Time is an argument; nobody reads a clock.
//! * An effect with an [`OpId`] is answered by exactly one observation with the same id, unless the world is told to stop it.
//! * The logic learns nothing that a product would not see: no outage is ever announced.
//! * Facts flow one way, to the record. The logic never receives one.

mod command;
mod effect;
mod fact;
mod level;
mod observation;
mod reason;

pub use command::{Command, Enabling, PointChoice, order};
pub use effect::{CopyKind, Direction, Effect, MachineRole, Marks, OpId};
pub use fact::{AlarmKind, Fact, Health, HealthReason, JobKind, Meter, OutageKind, Phase, PointRun, Step};
pub use level::LevelPiece;
pub use observation::{Findings, Observation, ResyncReason, Sender};
pub use reason::{Cause, Refusal, Warning};

/// One input of the logic.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// What an operator orders.
    Command(Command),
    /// What the product sees.
    Observation(Observation),
    /// The moment named by `poll_timeout` has come (or passed: late and needless timeouts are harmless).
    Timeout,
}
