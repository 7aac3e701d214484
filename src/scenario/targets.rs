//! The grammar of a target: `p99.9(rpo) <= 15m`, `prob(overflow) <= 0.1 %`, `mean(rto) <= 2h`.
//!
//! ```text
//! target    = statistic "(" measure [ ">" span ] ")" ( "<=" | ">=" ) limit
//! statistic = "p" percent | "mean" | "max" | "prob"
//! measure   = rpo | rpo_used | rpo_over_time | rto | data_lost | cache_used | overflow | availability
//!           | initial_replication | reprotect | failback | refused
//! ```
//! `prob` goes with `overflow` or `rpo > span`. Limits carry the unit of the measure: a span, an amount of data, a share; `refused` counts.

use std::str::FromStr;

use crate::intent::{Comparator, Measure, Statistic};
use crate::units::{Bytes, Duration, Ratio, UnitError};

use super::Precision;
use super::ledger::{cure_by_name, short};

/// A target without its scope and confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    pub statistic: Statistic,
    pub measure: Measure,
    pub comparator: Comparator,
    /// Seconds, bytes, a share as 0 … 1, or a count.
    pub limit: f64,
}

const EXAMPLE: &str = "write it like \"p99.9(rpo) <= 15m\", \"p95(rto) <= 2h\" or \"prob(overflow) <= 0.1 %\"";

pub const MEASURES: [&str; 12] = [
    "rpo",
    "rpo_used",
    "rpo_over_time",
    "rto",
    "data_lost",
    "cache_used",
    "overflow",
    "availability",
    "initial_replication",
    "reprotect",
    "failback",
    "refused",
];

impl FromStr for Demand {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Demand, UnitError> {
        let (left, comparator, limit) = sides(text)?;
        let (statistic, measure) = expression(left)?;
        let is_probability = statistic == Statistic::Probability;
        let limit = if is_probability { share(limit)? } else { limit_of(&measure, limit)? };
        Ok(Demand { statistic, measure, comparator, limit })
    }
}

/// What the left side looks like, as a regular expression without its ends. Which statistic goes with which measure it does
/// not say.
pub fn expression_pattern() -> String {
    let measures = MEASURES.join("|");
    format!("(?:p[0-9.]+|mean|max|prob)\\s*\\(\\s*(?:{measures})\\s*(?:>[^)]*)?\\)")
}

/// The left side alone: `p99(rpo)`.
pub fn expression(text: &str) -> Result<(Statistic, Measure), UnitError> {
    let broken = || UnitError::new(format!("`{}` is no statistic of a measure", short(text)), EXAMPLE);
    let (statistic, rest) = text.trim().split_once('(').ok_or_else(broken)?;
    let inner = rest.trim_end().strip_suffix(')').ok_or_else(broken)?.trim();
    let statistic = statistic_of(statistic.trim())?;
    let (name, above) = match inner.split_once('>') {
        Some((name, above)) => (name.trim(), Some(above.trim().parse::<Duration>()?)),
        None => (inner, None),
    };
    let measure = measure_of(name)?;
    match (&statistic, measure, above) {
        (Statistic::Probability, Measure::RpoAtFailure | Measure::RpoOverTime, Some(above)) => {
            Ok((statistic, Measure::RpoAbove(above)))
        }
        (Statistic::Probability, Measure::CacheOverflow, None) => Ok((statistic, Measure::CacheOverflow)),
        (Statistic::Probability, _, _) => {
            let wrong = format!("prob({}) is not a probability we measure", short(inner));
            Err(UnitError::new(wrong, "write prob(overflow) or prob(rpo > 15m)"))
        }
        (_, Measure::CacheOverflow, _) => {
            Err(UnitError::new("an overflow happens or not; it has no quantile", "write prob(overflow) <= 0.1 %"))
        }
        (_, _, Some(_)) => Err(UnitError::new(
            "only prob(…) has a threshold inside",
            "write prob(rpo > 15m) <= 1 %, or p99(rpo) <= 15m",
        )),
        (_, measure, None) => Ok((statistic, measure)),
    }
}

fn sides(text: &str) -> Result<(&str, Comparator, &str), UnitError> {
    for (sign, comparator) in [("<=", Comparator::AtMost), (">=", Comparator::AtLeast)] {
        if let Some((left, limit)) = text.split_once(sign) {
            return Ok((left, comparator, limit.trim()));
        }
    }
    let after = text.split_once(')').map_or("", |(_, after)| after).trim();
    let wrong = match after.chars().next() {
        Some('<' | '>' | '=') => "a target compares with <= or >=".to_string(),
        _ => format!("`{}` has no limit", short(text)),
    };
    Err(UnitError::new(wrong, EXAMPLE))
}

fn statistic_of(name: &str) -> Result<Statistic, UnitError> {
    match name {
        "mean" => return Ok(Statistic::Mean),
        "max" => return Ok(Statistic::Max),
        "prob" => return Ok(Statistic::Probability),
        _ => {}
    }
    let percent = name.strip_prefix('p').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    match percent.and_then(|digits| digits.parse::<f64>().ok()) {
        Some(percent) if percent > 0.0 && percent < 100.0 => Ok(Statistic::Quantile(percent / 100.0)),
        Some(_) => Err(UnitError::new("a quantile lies between p0 and p100", "write p99, or max(…) for the largest")),
        None => {
            let wrong = format!("`{}` is not a statistic", short(name));
            Err(UnitError::new(wrong, "write p50, p95, p99.9, mean, max or prob"))
        }
    }
}

fn measure_of(name: &str) -> Result<Measure, UnitError> {
    Ok(match name {
        "rpo" => Measure::RpoAtFailure,
        "rpo_used" => Measure::RpoUsed,
        "rpo_over_time" => Measure::RpoOverTime,
        "rto" => Measure::Rto,
        "data_lost" => Measure::DataLost,
        "cache_used" => Measure::CacheUsed,
        "overflow" => Measure::CacheOverflow,
        "availability" => Measure::Availability,
        "initial_replication" => Measure::InitialReplication,
        "reprotect" => Measure::Reprotect,
        "failback" => Measure::Failback,
        "refused" => Measure::RefusedOperations,
        _ => {
            let wrong = format!("`{}` is not a measure", short(name));
            return Err(UnitError::new(wrong, cure_by_name(name, "measures", MEASURES)));
        }
    })
}

fn limit_of(measure: &Measure, limit: &str) -> Result<f64, UnitError> {
    match measure {
        Measure::RpoAtFailure
        | Measure::RpoUsed
        | Measure::RpoOverTime
        | Measure::Rto
        | Measure::InitialReplication
        | Measure::Reprotect
        | Measure::Failback => limit.parse::<Duration>().map(Duration::secs_f64),
        Measure::DataLost => limit.parse::<Bytes>().map(|bytes| bytes.0 as f64),
        Measure::CacheUsed | Measure::Availability | Measure::CacheOverflow | Measure::RpoAbove(_) => share(limit),
        Measure::RefusedOperations => match limit.parse::<f64>() {
            Ok(count) if (0.0..1e12).contains(&count) => Ok(count),
            _ => Err(UnitError::new(format!("`{}` is not a count", short(limit)), "write max(refused) <= 0")),
        },
    }
}

fn share(limit: &str) -> Result<f64, UnitError> {
    let share: Ratio = limit.parse()?;
    if share > Ratio::ONE {
        return Err(UnitError::new(format!("`{}` is more than all", short(limit)), "write a share such as \"0.1 %\""));
    }
    Ok(share.as_f64())
}

/// `"p99(rpo) within 5 %"`: the expression, by the grammar of targets, and the relative half width.
pub fn precision(text: &str) -> Result<Precision, UnitError> {
    const CURE: &str = "write until = \"p99(rpo) within 5 %\"";
    let (left, right) = text
        .split_once(" within ")
        .ok_or_else(|| UnitError::new(format!("`{}` says no precision", short(text)), CURE))?;
    let (statistic, measure) = expression(left)?;
    if statistic == Statistic::Max {
        return Err(UnitError::new("the greatest value seen has no interval that narrows", CURE));
    }
    let relative: Ratio = right.trim().parse()?;
    if relative == Ratio::ZERO || relative >= Ratio::ONE {
        return Err(UnitError::new("a precision lies between 0 % and 100 %", CURE));
    }
    Ok(Precision { target_text: left.trim().to_string(), statistic, measure, relative: relative.as_f64() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(text: &str) -> (Statistic, Measure, Comparator, f64) {
        let demand: Demand = text.parse().expect(text);
        (demand.statistic, demand.measure, demand.comparator, demand.limit)
    }

    #[test]
    fn targets_read_as_written() {
        let (at_most, at_least) = (Comparator::AtMost, Comparator::AtLeast);
        assert_eq!(demand("p50(rpo) <= 15m"), (Statistic::Quantile(0.5), Measure::RpoAtFailure, at_most, 900.0));
        assert_eq!(demand(" p95( rto )<=2h"), (Statistic::Quantile(0.95), Measure::Rto, at_most, 7_200.0));
        assert_eq!(demand("prob(overflow) <= 0.1 %"), (Statistic::Probability, Measure::CacheOverflow, at_most, 0.001));
        let above = Measure::RpoAbove(Duration::minutes(15));
        assert_eq!(demand("prob(rpo > 15m) <= 1 %"), (Statistic::Probability, above, at_most, 0.01));
        assert_eq!(demand("max(cache_used) <= 80 %"), (Statistic::Max, Measure::CacheUsed, at_most, 0.8));
        assert_eq!(demand("mean(availability) >= 99.9 %"), (Statistic::Mean, Measure::Availability, at_least, 0.999));
        assert_eq!(demand("max(data_lost) <= 1 GiB"), (Statistic::Max, Measure::DataLost, at_most, 1_073_741_824.0));
        assert_eq!(demand("max(refused) <= 0"), (Statistic::Max, Measure::RefusedOperations, at_most, 0.0));
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for bad in [
            "",
            "rpo",
            "p99(rpo)",
            "p99(rpo) < 15m",
            "p99(rpo) = 15m",
            "p99(rpo) <= 15",
            "p99(rpo) <= 15 GiB",
            "p0(rpo) <= 1m",
            "p100(rpo) <= 1m",
            "p-1(rpo) <= 1m",
            "pNaN(rpo) <= 1m",
            "q99(rpo) <= 1m",
            "p99(rop) <= 1m",
            "p99 rpo <= 1m",
            "p99(overflow) <= 1 %",
            "prob(rto) <= 1 %",
            "prob(overflow > 1m) <= 1 %",
            "p99(rpo > 1m) <= 1m",
            "prob(overflow) <= 101 %",
            "p99(rpo) <= -1m",
            "((((",
            "p99(rpo <= 15m)",
            "max(refused) <= NaN",
        ] {
            assert!(bad.parse::<Demand>().is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn a_precision_is_an_expression_and_a_share() {
        let known = precision("p99(rpo) within 5 %").expect("it is one");
        assert_eq!((known.statistic, known.measure), (Statistic::Quantile(0.99), Measure::RpoAtFailure));
        assert_eq!((known.target_text.as_str(), known.relative), ("p99(rpo)", 0.05));
        for bad in
            ["p99(rpo)", "p99(rpo) within 5", "p99(rop) within 5 %", "p99(rpo) within 0 %", "max(rpo) within 5 %"]
        {
            assert!(precision(bad).is_err(), "{bad} must be refused");
        }
    }
}
