//! When enough replications have run.
//!
//! Run until the half-width of the interval is at most γ of the estimate: start with 20 replications, double while the
//! interval is too wide, test against γ/(1+γ), so that the error relative to the *true* value is at most γ. Coverage is
//! asymptotic: with few replications the interval may be stopped while it is narrow by luck; the minimum of 20 and the
//! doubling (few looks) keep that small.
//! Source: Chow and Robbins 1965; Law 2015, section 9.4.

use crate::statistics::Interval;

/// Fewest replications that are ever enough.
pub const REPLICATIONS_MIN: u64 = 20;

/// A rule of sequential stopping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopping {
    /// γ: wanted half-width as a share of the true value.
    pub relative_half_width: f64,
    /// Never more replications than this.
    pub at_most: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Enough,
    /// Run until so many replications in all have run.
    RunUntil(u64),
    /// The limit is reached and the interval is still too wide.
    GiveUp,
}

impl Stopping {
    /// How many replications to begin with.
    pub fn first(&self) -> u64 {
        REPLICATIONS_MIN.min(self.at_most.max(1))
    }

    /// Decides after `count` replications; `interval` is `None` while there is no estimate.
    pub fn next(&self, count: u64, interval: Option<Interval>) -> Next {
        let gamma = self.relative_half_width / (1.0 + self.relative_half_width);
        // An estimate of zero has no relative width: only an interval of width zero is precise then.
        let precise = interval.is_some_and(|i| i.half_width() <= gamma * i.value.abs());
        if precise && count >= REPLICATIONS_MIN {
            Next::Enough
        } else if count >= self.at_most {
            if precise { Next::Enough } else { Next::GiveUp }
        } else if count < REPLICATIONS_MIN {
            Next::RunUntil(self.first())
        } else {
            Next::RunUntil((2 * count).min(self.at_most))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Stopping = Stopping { relative_half_width: 0.05, at_most: 100 };

    fn around(value: f64, half: f64) -> Option<Interval> {
        Some(Interval { value, low: value - half, high: value + half })
    }

    #[test]
    fn replications_double_until_the_interval_is_narrow() {
        assert_eq!(RULE.first(), 20);
        assert_eq!(RULE.next(20, around(100.0, 9.0)), Next::RunUntil(40));
        assert_eq!(RULE.next(40, around(100.0, 4.9)), Next::RunUntil(80), "γ/(1+γ) is 4.76 %, not 5 %");
        assert_eq!(RULE.next(80, around(100.0, 4.9)), Next::RunUntil(100));
        assert_eq!(RULE.next(100, around(100.0, 4.9)), Next::GiveUp);
        assert_eq!(RULE.next(80, around(100.0, 4.7)), Next::Enough);
    }

    #[test]
    fn fewer_than_twenty_are_never_enough() {
        assert_eq!(RULE.next(5, around(100.0, 0.0)), Next::RunUntil(20));
        assert_eq!(RULE.next(20, None), Next::RunUntil(40));
        assert_eq!(RULE.next(20, around(0.0, 0.0)), Next::Enough);
    }
}
