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

use super::document::{Section, quantity};
use super::files::Files;
use super::ledger::Ledger;
use super::outage_list;
use super::spans::{self, Place, Value};

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
    if !matches!(node.value, Value::Table(_)) {
        return quantity(node, &name, section.ledger).map(Law::Fixed);
    }
    let (kind, choice) = section.choice(key)?;
    if kind == "fixed" {
        return quantity(choice.node(kind)?, &name, section.ledger).map(Law::Fixed);
    }
    let inner = choice.section(kind)?;
    parametric(kind, &inner).unwrap_or_else(|| {
        let samples = outage_list::samples(&inner, spans, files)?;
        Some(Law::Empirical(Arc::from(samples)))
    })
}

/// The law below a key, or the catalogue's default.
pub fn law_or_default(section: &Section<'_>, key: &'static str, files: &Files<'_>) -> Law {
    law(section, key, Spans::Lengths, files).unwrap_or_else(|| default_law(section, key, files))
}

/// The default as the catalogue writes it, read like a law of the file. That each reads well is tested with the catalogue.
fn default_law(section: &Section<'_>, key: &'static str, files: &Files<'_>) -> Law {
    let default = section.default(key);
    if let Ok(span) = default.parse() {
        return Law::Fixed(span);
    }
    let ledger = Ledger::new("catalogue");
    let table = spans::parse(&format!("{key} = {default}"), &ledger);
    let written = Section::new("", Place::Text(0..0), &table, section.shape, &ledger);
    law(&written, key, Spans::Lengths, files).unwrap_or_else(|| panic!("the default `{default}` of `{key}` is no law"))
}

/// The laws with parameters; `None` for the one without.
fn parametric(kind: &str, section: &Section<'_>) -> Option<Option<Law>> {
    let mean = || section.need::<Duration>("mean").and_then(|mean| not_zero(section, "mean", mean));
    let shape = || {
        section.require("shape");
        section.number("shape")
    };
    let span = |key| section.need::<Duration>(key);
    Some(match kind {
        "uniform" => {
            let (low, high) = (span("low"), span("high"));
            ordered(section, &[("low", low), ("high", high)])
                .map(|_| ())
                .and_then(|()| Some(Law::Uniform { low: low?, high: high? }))
        }
        "triangular" => {
            let (low, mode, high) = (span("low"), span("mode"), span("high"));
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
            let (median, p95) = (span("median"), span("p95"));
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
