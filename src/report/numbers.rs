//! Numbers as people read them: three digits, with the unit. Tables for machines get six significant digits.
//!
//! Units in: s, bytes, bytes/s, thousandths of operations/s, shares 0 … 1. Rounding is for printing only.

use crate::contract::Meter;
use crate::planner::findings::{Estimate, Method, Quantity, ShareBeyond, TargetFinding, Unit, unit_of};
use crate::units::{BitRate, ByteRate, Bytes, Duration};

/// What stands where nothing is known.
pub(super) const NOTHING: &str = "–";

/// A value of a unit.
pub(super) fn value(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => seconds(value),
        Unit::Bytes => Bytes(value.max(0.0).round() as u64).to_string(),
        Unit::BytesPerSecond => ByteRate(value.max(0.0).round() as u64).to_string(),
        Unit::MilliOps => format!("{:.0} op/s", value / 1e3),
        Unit::Share => share(value),
        Unit::Count if value.fract() == 0.0 => format!("{value:.0}"),
        Unit::Count => format!("{value:.2}"),
    }
}

/// A level of a meter; links in bits per second, as they are sold.
pub(super) fn level(meter: Meter, level: f64) -> String {
    match (meter, unit_of(meter)) {
        (Meter::Link(..), _) => BitRate((level.max(0.0) * 8.0).round() as u64).to_string(),
        (_, unit) => value(unit, level),
    }
}

pub(super) fn optional(unit: Unit, number: Option<f64>) -> String {
    number.map_or_else(|| NOTHING.into(), |number| value(unit, number))
}

/// Whole seconds from ten seconds on, milliseconds below.
pub(super) fn seconds(value: f64) -> String {
    let span = if value >= 10.0 {
        Duration::from_secs_f64(value.round())
    } else {
        Duration::millis((value.max(0.0) * 1e3).round() as u64)
    };
    span.to_string()
}

/// Nearer than this to none or all, in per cent, no digits are told.
const NEAREST: f64 = 0.0001;

/// Per cent; near the ends with as many digits as tell it from 0 % and 100 %.
pub(super) fn share(value: f64) -> String {
    let percent = value * 100.0;
    let rest = percent.abs().min((100.0 - percent).abs());
    // From ten per cent away from both ends no digit is needed; each power of ten nearer takes one more.
    let digits = [9.995, 0.9995, 0.0995, 0.00995].iter().filter(|edge| rest > 0.0 && rest < **edge).count();
    match rest > 0.0 && rest < NEAREST {
        true if percent.abs() < 1.0 => format!("<{NEAREST} %"),
        true => format!(">{} %", 100.0 - NEAREST),
        false => format!("{percent:.digits$} %"),
    }
}

/// "5m to 6m", an open side in words; nothing when both are open.
pub(super) fn range(unit: Unit, estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (None, None) => String::new(),
        (Some(low), Some(high)) => {
            let (low, high) = (value(unit, low), value(unit, high));
            format!("{low} to {high}")
        }
        // Nothing is below zero: such a bound says nothing.
        (Some(low), None) if low <= 0.0 => String::new(),
        (Some(low), None) => format!("at least {}", value(unit, low)),
        (None, Some(high)) => format!("at most {}", value(unit, high)),
    }
}

/// "beyond 1h in 0.9 % of the time (0.5 % to 1.3 %), where 1 % is the line": what decides a quantile.
pub(super) fn beyond(own: &TargetFinding) -> Option<String> {
    let ShareBeyond { share: found, line } = own.beyond?;
    let what = if own.method == Method::TimeShareOverReplications { "time" } else { "cases" };
    let limit = value(own.unit, own.limit);
    let found = format!("{} of the {what} ({})", share(found.value?), range(Unit::Share, &found));
    Some(format!("beyond {limit} in {found}, where {} is the line", share(line)))
}

/// Six significant digits: more than the model can bear, few enough to be the same on every machine.
pub(super) fn six(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    format!("{value:.5e}").parse().unwrap_or(value)
}

pub(super) fn method_name(method: Method) -> &'static str {
    match method {
        Method::StudentOverReplications => "student-over-replications",
        Method::TimeShareOverReplications => "time-share-over-replications",
        Method::RanksOverReplications => "ranks-over-replications",
        Method::RanksOverPooled => "ranks-over-pooled-samples",
        Method::ClopperPearson => "clopper-pearson-over-replications",
        Method::Greatest => "greatest-value",
        Method::Nothing => "no-samples",
    }
}

pub(super) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "s",
        Unit::Bytes => "bytes",
        Unit::BytesPerSecond => "bytes_per_s",
        Unit::MilliOps => "milli_ops_per_s",
        Unit::Share => "share",
        Unit::Count => "count",
    }
}

/// Key for machines and label for people.
pub(super) fn quantity_names(quantity: Quantity) -> (&'static str, &'static str) {
    match quantity {
        Quantity::RpoLatest => ("rpo_latest", "RPO at failure, latest"),
        Quantity::RpoLatestProcessed => ("rpo_latest_processed", "RPO at failure, processed"),
        Quantity::RpoLatestAppConsistent => ("rpo_latest_app_consistent", "RPO at failure, app-cons."),
        Quantity::RpoCustom => ("rpo_custom", "RPO at failure, custom"),
        Quantity::RpoChosen => ("rpo_chosen", "RPO of the point used"),
        Quantity::HeldBack => ("held_back_by_group", "older for its group by"),
        Quantity::RpoOverTimePoint => ("rpo_over_time", "RPO over time, points"),
        Quantity::RpoOverTimeWatermark => ("watermark_age_over_time", "RPO over time, received"),
        Quantity::Rto => ("rto", "RTO"),
        Quantity::RtoDetect => ("rto_detect", "RTO: detect"),
        Quantity::RtoDecide => ("rto_decide", "RTO: decide"),
        Quantity::RtoProcess => ("rto_process", "RTO: process"),
        Quantity::RtoCreate => ("rto_create", "RTO: create"),
        Quantity::RtoBoot => ("rto_boot", "RTO: boot"),
        Quantity::DataLost => ("data_lost", "data lost"),
        Quantity::Availability => ("availability", "availability"),
        Quantity::InitialReplication => ("initial_replication", "initial replication, VM"),
        Quantity::InitialReplicationLast => ("initial_replication_last", "initial replication, last"),
        Quantity::CatchUp => ("catch_up", "catch-up after outages"),
        Quantity::Reprotect => ("reprotect", "re-protect"),
        Quantity::Failback => ("failback", "failback"),
        Quantity::Resync => ("resync", "resync"),
        Quantity::GuestFrozen => ("guest_frozen_per_day", "guest frozen, per day"),
        Quantity::JournalWindow => ("journal_window", "journal, shortest"),
        Quantity::DamageHidden => ("damage_hidden", "damage found after"),
        Quantity::CleanPointAge => ("clean_point_age", "clean point, age then"),
        Quantity::CleanPointGap => ("clean_point_gap", "clean point before damage"),
        Quantity::OutageRiddenOut => ("outage_ridden_out", "outage ridden out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_near_the_ends_are_told_from_them() {
        assert_eq!(share(0.5), "50 %");
        assert_eq!(share(0.999), "99.90 %");
        assert_eq!(share(0.99999), "99.9990 %");
        assert_eq!((share(0.0), share(1.0)), ("0 %".into(), "100 %".into()));
        assert_eq!((share(1e-9), share(1.0 - 1e-9)), ("<0.0001 %".into(), ">99.9999 %".into()));
    }

    #[test]
    fn numbers_for_machines_have_six_digits() {
        assert_eq!(six(1234.56789), 1234.57);
        assert_eq!(six(f64::INFINITY), 0.0);
        assert_eq!(seconds(312.4963), "5m 12s");
    }
}
