//! FLOOR 1: discrete events and luck, with no word of the domain.
//!
//! * [`Agenda`]: what is booked for when. Earlier first; at one instant first come, first served.
//! * [`RandomStream`], [`Keyed`]: luck by name. A stream depends on seed, replication and its own name and on nothing else,
//!   so that a new stream does not change the luck of the others.
//! * [`Luck`]: what one replication draws from, and the moves that walk through it.
//! * [`Law`]: distributions of spans, drawn by inversion: one uniform number in, one span out.
//! * [`RunDigest`]: one number for a whole run, to compare two runs.
//! * [`numeric_fingerprint`]: one number for how this build computes luck, to compare two machines.

mod agenda;
mod class_clock;
mod digest;
mod draw;
mod fingerprint;
mod heap;
pub mod law;
mod luck;
pub mod many;
mod queue;
mod random;
pub mod special;

pub use agenda::{Agenda, Booking};
pub use class_clock::{Amount, Class, ClassClocks, FlowId};
pub use digest::RunDigest;
pub use fingerprint::numeric_fingerprint;
pub use law::Law;
pub use luck::{Luck, Move};
pub use random::{Keyed, RandomStream, address};
