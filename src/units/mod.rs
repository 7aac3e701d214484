//! FLOOR 0: the words everybody uses. Integers inside, floats only when printing.
//!
//! | word | type | inside |
//! |---|---|---|
//! | a moment of the run | [`Timestamp`] | u64 nanoseconds since the start of the run |
//! | a span | [`Duration`] | u64 nanoseconds |
//! | an amount of data | [`Bytes`] | u64 bytes |
//! | what disks and agents move | [`ByteRate`] | u64 bytes per second |
//! | what a link is sold as | [`BitRate`] | u64 bits per second |
//! | a share | [`Ratio`] | u32 parts per million |
//!
//! Rounding: a transfer never ends early, so times round up; a byte counts once it is whole, so amounts
//! round down. The only factor 8 of the crate stands in [`BitRate::bytes`] and [`ByteRate::bits`].
//!
//! Text: every quantity carries its unit ("64 GiB", "200 Mbit/s", "1h 30m", "5 %"). `MB` is 10⁶ bytes, `MiB` 2²⁰;
//! `Mb` is refused, since half of the world reads bits and the other half bytes.

mod calendar;
mod data;
mod names;
mod quantity;
mod rate;
mod ratio;
mod time;
mod vocabulary;

pub use calendar::Calendar;
pub use data::Bytes;
pub use names::{
    ApplianceId, CacheId, ConsistencyGroupId, DiskId, GroupId, LinkId, OutageId, PlanId, PolicyId, StampId,
    SubscriptionId, VmId,
};
pub use quantity::UnitError;
pub use rate::{BitRate, ByteRate};
pub use ratio::Ratio;
pub use time::{Duration, Timestamp};
pub use vocabulary::{Quantity, QuantityKind, counted};
