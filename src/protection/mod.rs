//! FLOOR 2: THE REAL LOGIC, sans I/O. It does not know that it is simulated.
//!
//! # The life of a protected VM
//!
//! ```text
//!             enable              copied                    fail over (shut down, or not)
//!  Unprotected ──► Enabling ──► InitialReplication ──► Protected ──► FailingOver ──► FailedOver ⟲ ChangingPoint
//!      ▲              └► EnablingFailed     resync ⟲ ──┘ ⟲ drill         └► FailoverFailed  │ commit
//!      │ uninstall,                                                                         ▼
//!      │ restart                                                                        Committed
//!  UnprotectedDirty                                                                         │ re-protect
//!      ▲                                                                                    ▼
//!      │ disable        commit                fail back                copied          Reprotecting ──► ReprotectFailed
//!  FailedBackCommitted ◄── FailedBack ◄── FailingBack ◄── ProtectedReverse ◄── ReverseReplication
//!                              └── cancel ──────────────────────► ┘ ⟲ resync
//!
//!  Disable leaves from any of these on which nothing runs; it ends in UnprotectedDirty, or in DisablingFailed when the
//!  appliance is gone. When the resource provider is uninstalled every item is Abandoned.
//! ```
//!
//! `transitions` is the table of what is offered when; each procedure stands in a file of its own and begins with its own
//! picture: `initial_replication`, `delta_replication`, `resynchronization`, `test_failover`, `failover`, `reprotect`,
//! `failback`, `disable`, `journal`; `vaults`, `plan` and `consistency` concern several VMs. `copying` shares the places for bulk copies, `health`
//! says what is wrong. `desk` is what they write on, `coordinator` who hands out the work.
//!
//! # The driver's contract
//!
//! ```text
//!  loop {  now, input = the earliest of: a command, an observation, poll_timeout()
//!          coordinator.handle(now, input)
//!          drain poll_effect() and poll_fact()            (asserted at the next handle)
//!  }
//!  coordinator.finish(now)                                (then drain the facts once more)
//! ```
//!
//! Time never runs backwards. Each effect with an op is answered once, or never; an answer nobody waits for is ignored.
//! A command or observation for an id outside the inventory is a bug of the driver and panics.
//! An appliance is registered by command before anything is enabled through it; its heartbeats are expected from then on.
//!
//! # Assumptions
//!
//! Each file names its own under "Assumptions". Those that concern all: transient failures while enabling or copying are
//! retried after 1, 2, 4, 8, 10 and then every 30 minutes, what an operator ordered otherwise fails at once and is ordered
//! again; a commit takes no time; nothing fails over by itself (domain facts 2.2).

mod consistency;
mod coordinator;
mod copying;
mod deadlines;
mod delta_replication;
mod desk;
mod disable;
mod failback;
mod failover;
mod health;
mod initial_replication;
mod journal;
mod liveness;
mod orders;
mod plan;
mod point_runs;
mod prerequisites;
mod protected_vm;
mod recovery_points;
mod reprotect;
mod resynchronization;
mod retention;
pub mod settings;
mod slots;
mod strategies;
mod strategy;
mod test_failover;
pub mod transitions;
mod vaults;

pub use coordinator::Coordinator;
pub use deadlines::{Deadlines, Reason};
pub use liveness::{Liveness, Lost};
pub use recovery_points::{PointChain, RecoveryPoint};
pub use settings::Settings;
pub use slots::{CopyQueue, TooManyDisks, waves};
pub use strategies::{Adaptive, AppEveryNth, CoarserWhenLate, FixedInterval, LossAgainstCost, StrategySpec};
pub use strategy::{PointView, RecoveryPointStrategy};
