//! How long something takes, lasts, or stays away: the spelling of a [`Law`], and laws taken from a list of outages.
//!
//! ```toml
//! lasts = "6h"                                                  # the same as lasts.fixed
//! lasts.lognormal = { median = "5h", p95 = "38h" }
//! every.empirical = { file = "outages.csv", begin = "start_s", end = "end_s", per = "site" }
//! ```
//! Sampling is the kernel's business; here the parameters are checked.

use std::sync::Arc;

use crate::kernel::Law;
use crate::units::Duration;

use super::document::{Section, choose, quantity};
use super::files::Files;
use super::ledger::Ledger;
use super::outage_list;
use super::spans::{Node, Place, Value};

const KINDS: [&str; 8] =
    ["fixed", "uniform", "triangular", "exponential", "weibull", "gamma", "lognormal", "empirical"];

/// Which spans of a list of outages make an empirical law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spans {
    /// How long each lasted.
    Lengths,
    /// From the end of one to the begin of the next.
    Between,
}

/// The law below a key, if the key is there.
pub fn law(section: &Section<'_>, key: &'static str, spans: Spans, files: &Files<'_>) -> Option<Law> {
    let node = section.node(key)?;
    let name = format!("{}.{key}", section.name);
    law_of(&name, &section.place_of_key(key), node, spans, files, section.ledger)
}

/// The law below a key, or the default.
pub fn law_or(section: &Section<'_>, key: &'static str, files: &Files<'_>, default: Law) -> Law {
    law(section, key, Spans::Lengths, files).unwrap_or(default)
}

fn law_of(name: &str, place: &Place, node: &Node, spans: Spans, files: &Files<'_>, ledger: &Ledger) -> Option<Law> {
    if !matches!(node.value, Value::Table(_)) {
        return quantity(node, name, ledger).map(Law::Fixed);
    }
    let (kind, node, place) = choose(name, place, node, &KINDS, ledger)?;
    if kind == "fixed" {
        return quantity(node, name, ledger).map(Law::Fixed);
    }
    let section = Section::of(format!("{name}.{kind}"), &place, node, ledger)?;
    parametric(kind, &section).unwrap_or_else(|| {
        let samples = outage_list::samples(&section, spans, files)?;
        Some(Law::Empirical(Arc::from(samples)))
    })
}

/// The laws with parameters; `None` for the one without.
fn parametric(kind: &str, section: &Section<'_>) -> Option<Option<Law>> {
    let mean = || section.need::<Duration>("mean", "200d").and_then(|mean| not_zero(section, "mean", mean));
    let shape = || {
        if !section.has("shape") {
            section.missing("shape", "write shape = 0.8");
        }
        section.number("shape", 0.05, 100.0)
    };
    let span = |key, example| section.need::<Duration>(key, example);
    Some(match kind {
        "uniform" => {
            let (low, high) = (span("low", "10m"), span("high", "2h"));
            ordered(section, &[("low", low), ("high", high)])
                .map(|_| ())
                .and_then(|()| Some(Law::Uniform { low: low?, high: high? }))
        }
        "triangular" => {
            let (low, mode, high) = (span("low", "10m"), span("mode", "30m"), span("high", "2h"));
            ordered(section, &[("low", low), ("mode", mode), ("high", high)])
                .and_then(|()| Some(Law::Triangular { low: low?, mode: mode?, high: high? }))
        }
        "exponential" => mean().map(|mean| Law::Exponential { mean }),
        "weibull" => {
            let (mean, shape) = (mean(), shape());
            mean.zip(shape).map(|(mean, shape)| Law::Weibull { mean, shape })
        }
        "gamma" => {
            let (mean, shape) = (mean(), shape());
            mean.zip(shape).map(|(mean, shape)| Law::Gamma { mean, shape })
        }
        "lognormal" => {
            let (median, p95) = (span("median", "5h"), span("p95", "38h"));
            let positive = median.and_then(|median| not_zero(section, "median", median));
            ordered(section, &[("median", median), ("p95", p95)])
                .and_then(|()| Some(Law::LogNormal { median: positive?, p95: p95? }))
        }
        _ => return None,
    })
}

fn not_zero(section: &Section<'_>, key: &'static str, span: Duration) -> Option<Duration> {
    if span.is_zero() {
        section.fault(key, format!("`{key}` must be longer than nothing"), "write a span such as \"5h\"");
        return None;
    }
    Some(span)
}

/// All there and rising.
fn ordered(section: &Section<'_>, spans: &[(&'static str, Option<Duration>)]) -> Option<()> {
    for pair in spans.windows(2) {
        let ((low_key, low), (high_key, high)) = (pair[0], pair[1]);
        if low? > high? {
            section.fault(
                high_key,
                format!("`{high_key}` is shorter than `{low_key}`"),
                "exchange the two, or correct one",
            );
            return None;
        }
    }
    Some(())
}
