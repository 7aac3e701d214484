//! Churn of the scenario file: which model, and how it is written.
//!
//! Defaults, assumed: writes of 16 KiB, nothing rewritten, no compression, every write sent. Without measured numbers they
//! overstate what is sent, which is the safe side of a plan.

use std::sync::Arc;

use crate::units::{ByteRate, Calendar, Duration, Ratio};
use crate::world::{Churn, Noise, Writes};

use super::document::{Section, quantity};
use super::files::Files;
use super::laws::{Spans, law};
use super::ledger::short;
use super::series::Trace;
use super::spans::Node;
use super::times;

/// The churn of a group, below its key `churn`.
pub fn churn(section: &Section<'_>, group: &str, calendar: &Calendar, files: &Files<'_>) -> Option<Arc<Churn>> {
    let (model, choice) = section.choice("churn")?;
    let inner = choice.section(model)?;
    let churn = match model {
        "steady" => steady(&inner)?,
        "daily" => daily(&inner)?,
        "on_off" => on_off(&inner, files)?,
        _ => trace(&inner, group, calendar, files)?,
    };
    Some(Arc::new(churn))
}

fn steady(section: &Section<'_>) -> Option<Churn> {
    let noise = noise(section);
    let rate = section.need::<ByteRate>("rate");
    Some(Churn::Steady { rate: rate?, noise })
}

fn daily(section: &Section<'_>) -> Option<Churn> {
    let noise = noise(section);
    let (mean, peak) = (section.need::<ByteRate>("mean"), section.need::<ByteRate>("peak"));
    let peak_at = times::time_of_day_at(section, "peak_at");
    let weekend = section.quantity_or_default::<Ratio>("weekend");
    if !section.has("peak_at") {
        section.missing("peak_at", "write the time of the peak: peak_at = \"01:00\"");
    }
    if mean.zip(peak).is_some_and(|(mean, peak)| peak < mean) {
        section.fault("peak", "the peak lies below the mean", "exchange the two, or correct one");
    }
    Some(Churn::Daily { mean: mean?, peak: peak?, peak_at: peak_at?, weekend, noise })
}

fn on_off(section: &Section<'_>, files: &Files<'_>) -> Option<Churn> {
    let rate = section.need::<ByteRate>("rate");
    let (on, off) = (law(section, "on", Spans::Lengths, files), law(section, "off", Spans::Between, files));
    for key in ["on", "off"] {
        if !section.has(key) {
            section.missing(key, format!("write how long: {key}.exponential = {{ mean = \"10m\" }}"));
        }
    }
    let zero = |law: &Option<crate::kernel::Law>| *law == Some(crate::kernel::Law::Fixed(Duration::ZERO));
    if zero(&on) && zero(&off) {
        section.fault("on", "`on` and `off` both last no time", "give one of them a length");
    }
    Some(Churn::OnOff { rate: rate?, on: on?, off: off? })
}

fn trace(section: &Section<'_>, group: &str, calendar: &Calendar, files: &Files<'_>) -> Option<Churn> {
    let (trace, scale) = (Trace::of(section, true, false), scale(section));
    let mut read = trace?.read(&format!("churn of {group}"), calendar, files, section.ledger)?;
    if read.series.len() != 1 {
        let wrong = format!("the trace holds {} VMs", read.series.len());
        let mend = "name one with vm = \"17\", or make a VM of each with each_from_trace";
        section.ledger.fault(&section.place, wrong, "", mend);
        return None;
    }
    let (_, series) = read.series.pop()?;
    Some(Churn::Trace { series, scale })
}

/// `scale = 0.2` or `"20 %"`; 1 when left out.
pub fn scale(section: &Section<'_>) -> Ratio {
    let Some(node) = section.node("scale") else { return Ratio::ONE };
    if node.value.number().is_some() {
        let factor = section.number("scale").unwrap_or(1.0);
        return Ratio::from_ppm((factor * 1e6).round() as u32);
    }
    quantity(node, "scale", section.ledger).unwrap_or(Ratio::ONE)
}

/// `noise = { sigma = 0.5, every = "5m" }`.
pub fn noise(section: &Section<'_>) -> Option<Noise> {
    let noise = section.section("noise")?;
    let (sigma, every) = (noise.number("sigma"), noise.positive_span("every"));
    noise.require("sigma");
    noise.require("every");
    Some(Noise { sigma: sigma?, every: every? })
}

/// How a group writes, below its key `writes`; the defaults when it is left out.
pub fn writes(section: &Section<'_>) -> Writes {
    let inner = section.section_or_empty("writes");
    let mut writes = Writes {
        block: inner.quantity_or_default("block"),
        unique: Vec::new(),
        compression: inner.quantity_or_default("compression"),
        coalesce_within: inner.quantity_or_default("coalesce_within"),
    };
    if writes.block.is_zero() {
        inner.fault("block", "a write has at least one byte", "write block = \"64 KiB\"");
    }
    if writes.compression == Ratio::ZERO || writes.compression > Ratio::ONE {
        let mend =
            "it is bytes on the wire per byte captured: \"60 %\" sends 60 of 100 bytes, \"100 %\" compresses nothing";
        inner.fault("compression", "the compression must lie above 0 % and at most at 100 %", mend);
    }
    for (window, place, node) in inner.pairs("unique") {
        match window.parse::<Duration>() {
            Ok(window) if !window.is_zero() => {
                if let Some(share) = share(node, "unique", &inner) {
                    writes.unique.push((window, share));
                }
            }
            _ => inner.ledger.fault(
                place,
                format!("`{}` is not a window", short(window)),
                "",
                "write unique = { \"5m\" = \"80 %\", \"1h\" = \"55 %\" }",
            ),
        }
    }
    writes.unique.sort_unstable();
    rising_bytes(&inner, &writes.unique);
    writes
}

/// A longer window holds a smaller share but never fewer distinct bytes: share times window must not fall.
fn rising_bytes(section: &Section<'_>, unique: &[(Duration, Ratio)]) {
    for pair in unique.windows(2) {
        let ((short_window, large), (long_window, small)) = (pair[0], pair[1]);
        let distinct = |window: Duration, share: Ratio| u128::from(window.ns()) * u128::from(share.ppm());
        if small > large {
            let wrong = format!("the distinct share rises from {large} in {short_window} to {small} in {long_window}");
            section.fault("unique", wrong, "in a longer window more is rewritten, so the share falls");
        } else if distinct(long_window, small) < distinct(short_window, large) {
            let wrong = format!("fewer distinct bytes in {long_window} ({small}) than in {short_window} ({large})");
            section.fault("unique", wrong, "share times window must not fall");
        }
    }
}

/// A share of at most 100 %.
pub fn share(node: &Node, key: &str, section: &Section<'_>) -> Option<Ratio> {
    let share = quantity::<Ratio>(node, key, section.ledger)?;
    if share > Ratio::ONE {
        section.ledger.fault(&node.place, format!("`{key}` is more than 100 %"), "", "write a share such as \"80 %\"");
        return None;
    }
    Some(share)
}
