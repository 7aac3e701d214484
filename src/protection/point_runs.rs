//! Arithmetic of runs of points: which marks a [`PointRun`] has.
//!
//! Marks stand at `first + k · every` up to `last`; an `every` of zero is a run of one mark. All times in nanoseconds since the
//! start of the run of the simulation; nothing overflows, an open run ends at never.

use crate::contract::PointRun;
use crate::units::{Duration, Timestamp};

/// First mark of the run that is not before `moment`.
pub fn at_or_after(run: &PointRun, moment: Timestamp) -> Option<Timestamp> {
    let behind = moment.saturating_since(run.first).ns();
    let mark = match run.every.ns() {
        _ if behind == 0 => run.first,
        0 => return None,
        every => Timestamp::from_ns(run.first.ns().checked_add(behind.div_ceil(every).checked_mul(every)?)?),
    };
    (mark <= run.last).then_some(mark)
}

/// Last mark of the run that is not after `moment`.
pub fn at_or_before(run: &PointRun, moment: Timestamp) -> Option<Timestamp> {
    let reach = moment.min(run.last).ns().checked_sub(run.first.ns())?;
    let past = if run.every.is_zero() { 0 } else { reach - reach % run.every.ns() };
    Some(run.first + Duration::from_ns(past))
}

/// The run of the app-consistent marks among a run's marks.
pub fn app_marks(run: &PointRun) -> Option<PointRun> {
    let app_every = run.app_every.filter(|every| !every.is_zero())?;
    if run.every.is_zero() {
        return Some(*run);
    }
    let every = common_multiple(run.every, app_every);
    let first = next_multiple(run.first, every);
    (first <= run.last).then_some(PointRun { first, every, ..*run })
}

fn common_multiple(one: Duration, other: Duration) -> Duration {
    let (mut a, mut b) = (one.ns(), other.ns());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    one * (other.ns() / a)
}

/// First multiple of `every` since the start that is not before `moment`.
pub fn next_multiple(moment: Timestamp, every: Duration) -> Timestamp {
    Timestamp::from_ns(moment.ns().checked_next_multiple_of(every.ns()).unwrap_or(u64::MAX))
}
