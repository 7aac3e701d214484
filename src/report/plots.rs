//! The pictures (SVG): RPO over time with outages shaded, levels over time, RTO in its parts. Title, axes, units.
//!
//! Drawn with shapes and text only, so they open offline and paste into slides; the same findings give the same bytes.
//! Unit of axes: days of the run, and what the axis says. Bins hold their greatest value.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::contract::Meter;
use crate::measure::{Recovery, Series};
use crate::planner::findings::{Findings, Unit, unit_of};

const SIZE: (u32, u32) = (960, 420);
const DAY_S: f64 = 86_400.0;
/// Failures shown in the picture of the RTO, the longest first.
const BARS: usize = 40;

type Failed = Box<dyn std::error::Error>;
type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// All pictures by file name; what has no data has no picture.
pub fn charts(findings: &Findings) -> Vec<(String, Vec<u8>)> {
    let mut charts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: String, draw: &dyn Fn(&Canvas) -> Result<(), Failed>| {
        let mut svg = String::new();
        let drawn = {
            let canvas = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            draw(&canvas).and_then(|()| Ok(canvas.present()?))
        };
        // A picture of plain numbers on a canvas in memory can only fail for want of data; the tables stand anyway.
        if drawn.is_ok() {
            // Two names may look alike once they are file names.
            let alike = charts.iter().filter(|(known, _)| known.starts_with(&format!("charts/{name}"))).count();
            let name = if alike == 0 { name } else { format!("{name}__{}", alike + 1) };
            charts.push((format!("charts/{name}.svg"), svg.into_bytes()));
        }
    };
    if let Some((replication, series)) = &findings.series {
        let ages: Vec<f64> = series.worst_point_age.iter().map(|ns| *ns as f64 / 60e9).collect();
        if ages.iter().any(|age| *age > 0.0) {
            let title = format!("Worst RPO of all VMs over time, replication {replication}");
            put("rpo_over_time".into(), &|canvas| {
                line(canvas, &title, "age of the newest point [min]", series, &ages, None)
            });
        }
        for own in &series.lines {
            let (scale, unit) = scale_of(own.meter);
            let values: Vec<f64> = own.values.iter().map(|level| *level as f64 * scale).collect();
            let known = findings.capacity.iter().find(|known| known.meter == own.meter);
            let capacity = known.and_then(|known| known.capacity).map(|capacity| capacity as f64 * scale);
            let name = findings.names.meter(own.meter);
            let title = format!("{name} over time, replication {replication}");
            put(file_name(name), &|canvas| line(canvas, &title, unit, series, &values, capacity));
        }
    }
    let mut failovers = failovers(findings);
    failovers.truncate(BARS);
    if !failovers.is_empty() {
        put("rto_parts".into(), &|canvas| stacked(canvas, &failovers));
    }
    charts
}

fn scale_of(meter: Meter) -> (f64, &'static str) {
    match (meter, unit_of(meter)) {
        (Meter::Link(..), _) => (8.0 / 1e6, "rate [Mbit/s]"),
        (_, Unit::BytesPerSecond) => (1.0 / 1e6, "rate [MB/s]"),
        (_, Unit::Bytes) => (1.0 / 1_073_741_824.0, "amount [GiB]"),
        (_, Unit::MilliOps) => (1e-3, "operations [1/s]"),
        (_, Unit::Count) => (1.0, "number"),
        (_, Unit::Seconds | Unit::Share) => (1.0, "level"),
    }
}

/// Letters and digits only: names come from scenario files.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

fn line(
    canvas: &Canvas,
    title: &str,
    unit: &str,
    series: &Series,
    values: &[f64],
    capacity: Option<f64>,
) -> Result<(), Failed> {
    canvas.fill(&WHITE)?;
    let bin = series.bin.secs_f64() / DAY_S;
    let width = bin * values.len() as f64;
    let highest = values.iter().copied().fold(0.0, f64::max);
    // A capacity far above everything would press the line to the floor.
    let shown = capacity.filter(|capacity| *capacity <= highest * 4.0);
    let top = highest.max(shown.unwrap_or(0.0)) * 1.08 + f64::MIN_POSITIVE;
    let mut chart = ChartBuilder::on(canvas)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..width.max(f64::MIN_POSITIVE), 0.0..top)?;
    let days = |at: crate::units::Timestamp| (at.secs_f64() / DAY_S).min(width);
    let shade = RGBColor(214, 39, 40).mix(0.18).filled();
    let outages =
        series.outages.iter().map(|(_, begin, end)| Rectangle::new([(days(*begin), 0.0), (days(*end), top)], shade));
    chart.draw_series(outages)?;
    chart
        .configure_mesh()
        .label_style(("sans-serif", 15))
        .light_line_style(WHITE)
        .x_desc("time [days]; outages shaded")
        .x_label_formatter(&short)
        .y_desc(unit)
        .y_label_formatter(&short)
        .draw()?;
    let steps = values.iter().enumerate().flat_map(|(place, value)| {
        let left = bin * place as f64;
        [(left, *value), (left + bin, *value)]
    });
    chart.draw_series(LineSeries::new(steps, RGBColor(31, 119, 180).stroke_width(1)))?;
    let greatest = values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
    if let Some((place, peak)) = greatest {
        let at = bin * (place as f64 + 0.5);
        chart.draw_series([Circle::new((at, *peak), 4, RGBColor(190, 90, 20).filled())])?;
        // Beside the dot, on the side where there is room.
        let text = if at > width * 0.85 { at - width * 0.12 } else { at + width * 0.01 };
        chart.draw_series([Text::new(format!("peak {}", short(peak)), (text, *peak), ("sans-serif", 14))])?;
    }
    if let Some(capacity) = shown {
        chart
            .draw_series(LineSeries::new([(0.0, capacity), (width, capacity)], RGBColor(90, 90, 90).stroke_width(2)))?;
        chart.draw_series([Text::new("capacity", (width * 0.01, capacity), ("sans-serif", 13))])?;
    }
    Ok(())
}

/// At most two digits behind the point, and no zeros there.
fn short(value: &f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The parts of each failover in minutes, longest RTO first.
fn failovers(findings: &Findings) -> Vec<[f64; 5]> {
    let mut all: Vec<(crate::units::Duration, [f64; 5])> = Vec::new();
    for (_, failure) in &findings.failures {
        if let Recovery::FailedOver(parts) = failure.recovery {
            all.push((parts.total(), parts.named().map(|(_, part)| part.secs_f64() / 60.0)));
        }
    }
    all.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    all.into_iter().map(|(_, parts)| parts).collect()
}

fn stacked(canvas: &Canvas, bars: &[[f64; 5]]) -> Result<(), Failed> {
    const NAMES: [&str; 5] = ["detect", "decide", "process", "create", "boot"];
    const COLOURS: [RGBColor; 5] = [
        RGBColor(31, 119, 180),
        RGBColor(255, 187, 120),
        RGBColor(44, 160, 44),
        RGBColor(152, 118, 170),
        RGBColor(140, 86, 75),
    ];
    canvas.fill(&WHITE)?;
    let top = bars.iter().map(|bar| bar.iter().sum::<f64>()).fold(0.0, f64::max) * 1.08 + f64::MIN_POSITIVE;
    let mut chart = ChartBuilder::on(canvas)
        .caption("RTO in its parts, longest failovers first", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..bars.len() as f64, 0.0..top)?;
    chart
        .configure_mesh()
        .label_style(("sans-serif", 15))
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_desc("failover")
        .y_desc("time [min]")
        .draw()?;
    for (part, (name, colour)) in NAMES.iter().zip(COLOURS).enumerate() {
        let boxes = bars.iter().enumerate().map(|(place, bar)| {
            let base: f64 = bar[..part].iter().sum();
            Rectangle::new([(place as f64 + 0.1, base), (place as f64 + 0.9, base + bar[part])], colour.filled())
        });
        let drawn = chart.draw_series(boxes)?.label(*name);
        drawn.legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperRight).background_style(WHITE).draw()?;
    Ok(())
}
