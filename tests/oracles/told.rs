//! What an oracle says and what we got: the acceptance rule, and a line for the page.
//!
//! * A deterministic value agrees to 1e-9 of itself or to the grain of the model where that is coarser: the grain is told beside it.
//! * A sampled value has at least 30 independent replications; the 99.9 % interval of Student contains what is expected, and its
//!   half-width is at most 1 % of it (2 % for probabilities below 0.01). Seeds are fixed.
//! * A glimpse is a sampled value whose half-width would take too long in every run of the tests: it must lie in its interval, and the
//!   page says how wide that is. `DRSIM_ORACLES=20` takes twenty times the replications of everything.

use std::fmt::Write as _;

use drsim::statistics::{Interval, mean_interval};

const CONFIDENCE: f64 = 0.999;
const REPLICATIONS_MIN: usize = 30;
/// Ages and moments in seconds: a nanosecond of rounding at each end.
pub const NS: f64 = 2.5e-9;

/// One number of an oracle.
pub struct Row {
    what: String,
    /// One value, or several that belong together.
    expected: Vec<f64>,
    got: Got,
}

enum Got {
    Exact {
        values: Vec<f64>,
        grain: f64,
    },
    Sampled {
        interval: Interval,
        count: usize,
        half_width_max: f64,
    },
    /// Beyond what the tool does, and why.
    Outside(&'static str),
}

/// All numbers of one oracle, in the order of the page.
#[derive(Default)]
pub struct Told {
    pub rows: Vec<Row>,
}

impl Told {
    /// Within 1e-9 of what is expected.
    pub fn exact(&mut self, what: &str, expected: f64, value: f64) {
        self.grained(what, expected, value, 0.0);
    }

    /// Within 1e-9 or `grain`, in the unit of the value.
    pub fn grained(&mut self, what: &str, expected: f64, value: f64, grain: f64) {
        self.all(what, &[expected], &[value], grain);
    }

    /// Several values that belong together, each within 1e-9 or `grain`.
    pub fn all(&mut self, what: &str, expected: &[f64], values: &[f64], grain: f64) {
        assert_eq!(expected.len(), values.len(), "{what}: {values:?} for {expected:?}");
        let got = Got::Exact { values: values.to_vec(), grain };
        self.rows.push(Row { what: what.to_owned(), expected: expected.to_vec(), got });
    }

    /// One value per independent replication.
    pub fn sampled(&mut self, what: &str, expected: f64, values: &[f64]) {
        self.drawn(what, expected, values, 0.01);
    }

    /// A sampled value that is not narrow enough to be accepted, and says so.
    pub fn glimpse(&mut self, what: &str, expected: f64, values: &[f64]) {
        self.drawn(what, expected, values, f64::INFINITY);
    }

    /// The same for a probability.
    pub fn probability(&mut self, what: &str, expected: f64, values: &[f64]) {
        self.drawn(what, expected, values, if expected < 0.01 { 0.02 } else { 0.01 });
    }

    fn drawn(&mut self, what: &str, expected: f64, values: &[f64], half_width_max: f64) {
        let interval = mean_interval(values, CONFIDENCE).expect("an oracle has values");
        let got = Got::Sampled { interval, count: values.len(), half_width_max };
        self.rows.push(Row { what: what.to_owned(), expected: vec![expected], got });
    }

    pub fn outside(&mut self, what: &str, expected: f64, why: &'static str) {
        self.rows.push(Row { what: what.to_owned(), expected: vec![expected], got: Got::Outside(why) });
    }

    /// What does not agree, one line each.
    pub fn misses(&self) -> Vec<String> {
        self.rows.iter().filter_map(Row::miss).collect()
    }
}

impl Row {
    fn miss(&self) -> Option<String> {
        let Row { what, expected, got } = self;
        match got {
            Got::Exact { values, grain } => {
                let near = |(value, wanted): (&f64, &f64)| (value - wanted).abs() <= (1e-9 * wanted.abs()).max(*grain);
                let all = values.iter().zip(expected).all(near);
                (!all).then(|| format!("{what}: {values:?} and not {expected:?} (grain {grain:e})"))
            }
            Got::Sampled { interval: Interval { value, low, high }, count, half_width_max } => {
                let share = (high - low) / 2.0 / expected[0].abs();
                let inside = (*low..=*high).contains(&expected[0]);
                let fine = inside && share <= *half_width_max && *count >= REPLICATIONS_MIN;
                let interval = format!("{value} in {low} … {high}, ± {:.2} % of {count}", 100.0 * share);
                (!fine).then(|| format!("{what}: {interval}; expected {expected:?} within {half_width_max}"))
            }
            Got::Outside(_) => None,
        }
    }

    /// As a line of the page.
    pub fn line(&self, oracle: &str) -> String {
        let list = |values: &[f64]| values.iter().map(|value| digits(*value)).collect::<Vec<_>>().join(", ");
        let got = match &self.got {
            Got::Exact { values, grain } if *grain == 0.0 => format!("{} | 1e-9", list(values)),
            Got::Exact { values, grain } => {
                let seen: Vec<f64> = values.iter().map(|x| if x.abs() <= *grain { 0.0 } else { *x }).collect();
                format!("{} | 1e-9 or {grain:e}", list(&seen))
            }
            Got::Sampled { interval, count, half_width_max } => {
                let share = 100.0 * interval.half_width() / self.expected[0].abs();
                let note = if half_width_max.is_infinite() { " (a glimpse)" } else { "" };
                format!("{} | ± {share:.2} %, n = {count}{note}", digits(interval.value))
            }
            Got::Outside(why) => format!("– | {why}"),
        };
        let mut line = String::new();
        let _ = writeln!(line, "| {oracle} | {} | {} | {got} |", self.what, list(&self.expected));
        line
    }
}

/// Seven digits: the last bits of a platform's logarithm do not reach them.
fn digits(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e12 {
        return format!("{value}");
    }
    if !(1e-4..1e9).contains(&value.abs()) {
        return format!("{value:.6e}");
    }
    let places = (6 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// How many times the replications of a usual run are taken.
pub fn times() -> u64 {
    std::env::var("DRSIM_ORACLES").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Runs replications 0 to `count` and gives their values by column.
pub fn replications(count: u64, one: impl Fn(u64) -> Vec<f64>) -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = (0..count * times()).map(one).collect();
    (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

/// Takes out of the values what the controls explain: `y − Σ βⱼ (cⱼ − known mean of cⱼ)`, β by least squares over the replications
/// (methods 3.2). Each control is its deviation from a mean that is known exactly. What k controls of n replications explain by chance
/// is given back: the spread grows by √((n − 1) / (n − 1 − k)).
pub fn controlled(values: &[f64], controls: &[Vec<f64>]) -> Vec<f64> {
    let centred = |column: &[f64]| {
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        column.iter().map(|x| x - mean).collect::<Vec<f64>>()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let mut adjusted = values.to_vec();
    // Gram and Schmidt: each control is taken free of the earlier ones, and so is its deviation.
    let mut free: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for control in controls {
        let (mut own, mut spread) = (control.clone(), centred(control));
        for (other, others) in &free {
            let share = dot(&spread, others) / dot(others, others);
            own.iter_mut().zip(other).for_each(|(x, y)| *x -= share * y);
            spread.iter_mut().zip(others).for_each(|(x, y)| *x -= share * y);
        }
        if dot(&spread, &spread) == 0.0 {
            continue;
        }
        let beta = dot(&centred(&adjusted), &spread) / dot(&spread, &spread);
        adjusted.iter_mut().zip(&own).for_each(|(value, deviation)| *value -= beta * deviation);
        free.push((own, spread));
    }
    let mean = adjusted.iter().sum::<f64>() / adjusted.len() as f64;
    let free_count = (adjusted.len() - 1) as f64;
    let grow = (free_count / (free_count - free.len() as f64)).sqrt();
    adjusted.into_iter().map(|value| mean + (value - mean) * grow).collect()
}
