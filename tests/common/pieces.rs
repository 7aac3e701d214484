//! What a run recorded, as straight pieces of time: ages and meters. Times in seconds, meters in their unit.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs of this module")]

use drsim::contract::{Fact, Meter};
use drsim::units::{Timestamp, VmId};

/// A straight piece: from, value, until, value.
pub type Piece = [f64; 4];

/// Age of what is received, or applied, of one machine [s]; pieces of one line are joined.
pub fn lag(facts: &[(Timestamp, Fact)], vm: VmId, applied: bool) -> Vec<Piece> {
    let pieces = facts.iter().filter_map(|(until, fact)| match fact {
        Fact::Lag { vm: of, since, received: r, applied: a } if *of == vm => {
            let (start, end) = if applied { *a } else { *r };
            Some([since.secs_f64(), start.secs_f64(), until.secs_f64(), end.secs_f64()])
        }
        _ => None,
    });
    pieces.fold(Vec::new(), |mut merged: Vec<Piece>, piece| {
        if let Some(last) = merged.last_mut() {
            let slope = |p: &Piece| (p[3] - p[1]) / (p[2] - p[0]);
            if (last[3] - piece[1]).abs() < 1e-8 && (slope(last) - slope(&piece)).abs() < 1e-9 {
                (last[2], last[3]) = (piece[2], piece[3]);
                return merged;
            }
        }
        merged.push(piece);
        merged
    })
}

/// Pieces of a meter.
pub fn level(facts: &[(Timestamp, Fact)], meter: Meter) -> Vec<(f64, u64, f64, u64)> {
    let told = facts.iter().filter_map(|(at, fact)| fact.levels(*at)).filter(|(of, _)| *of == meter);
    let pieces = told.flat_map(|(_, pieces)| pieces);
    pieces.map(|(since, p)| (since.secs_f64(), p.start, p.until.secs_f64(), p.end)).collect()
}

/// The part of the pieces between two moments, counted from the first of them.
pub fn within(pieces: &[Piece], from: f64, until: f64) -> Vec<Piece> {
    let at = |p: &Piece, t: f64| if t == p[2] { p[3] } else { p[1] + (p[3] - p[1]) * (t - p[0]) / (p[2] - p[0]) };
    let cut = |p: &Piece| {
        let (a, b) = (p[0].max(from), p[2].min(until));
        (a < b).then(|| [a - from, at(p, a), b - from, at(p, b)])
    };
    pieces.iter().filter_map(cut).collect()
}

pub fn area(pieces: &[Piece]) -> f64 {
    pieces.iter().map(|p| (p[1] + p[3]) / 2.0 * (p[2] - p[0])).sum()
}

pub fn mean(pieces: &[Piece]) -> f64 {
    area(pieces) / (pieces[pieces.len() - 1][2] - pieces[0][0])
}

pub fn greatest(pieces: &[Piece]) -> f64 {
    pieces.iter().map(|p| p[1].max(p[3])).fold(0.0, f64::max)
}

pub fn time_above(pieces: &[Piece], threshold: f64) -> f64 {
    let above = |p: &Piece| {
        let (low, high) = (p[1].min(p[3]), p[1].max(p[3]));
        let span = p[2] - p[0];
        if low > threshold {
            span
        } else if high > threshold {
            span * (high - threshold) / (high - low)
        } else {
            0.0
        }
    };
    pieces.iter().map(above).sum()
}
