//! Outages from a file: as they are (`listed`), or as the laws of their lengths and of the time between them (`empirical`).
//!
//! One row is one outage: `begin` and `end` (or `length`) in seconds. `where` keeps some rows, `per` separates several places
//! in one file, `merge_within` joins outages of one place that follow each other closely (one cause, counted once).
//! Time between the last outage of a place and the end of the records is not used: the law is slightly short, the more so the
//! fewer outages a place has.

use std::collections::BTreeMap;

use crate::units::{Duration, Timestamp, counted};

use super::InputNote;
use super::document::Section;
use super::files::{Csv, Files, Filter, encoding, field, file_names, passes};
use super::laws::Spans;
use super::spans::Place;

/// Most samples of one law or list.
const SAMPLES_MAX: usize = 200_000;

/// The spans of an empirical law, sorted; at least two.
pub fn samples(section: &Section<'_>, spans: Spans, files: &Files<'_>) -> Option<Vec<Duration>> {
    let mut samples = Vec::new();
    if section.has("column") {
        samples = column_of_spans(section, files)?;
    } else {
        for outages in read(section, files)?.into_values() {
            match spans {
                Spans::Lengths => samples.extend(outages.iter().map(|(begin, end)| end - begin)),
                Spans::Between => samples.extend(outages.windows(2).map(|pair| (pair[1].0 - pair[0].1).max(0.0))),
            }
        }
    }
    if samples.len() < 2 || samples.len() > SAMPLES_MAX {
        let wrong =
            format!("the file gives {}, too few or too many for a law", counted(samples.len() as u64, "sample"));
        section.ledger.fault(
            &section.place,
            wrong,
            "",
            format!("give 2 to {SAMPLES_MAX} rows, or a law with parameters"),
        );
        return None;
    }
    let mut spans: Vec<Duration> = samples.into_iter().map(Duration::from_secs_f64).collect();
    spans.sort_unstable();
    Some(spans)
}

/// `listed`: begin and length of each outage, by rising begin. `zero_at`: the moment of the file that is the run's start,
/// in seconds as the file counts; without `starts` the file counts from the run's start.
pub fn listed(section: &Section<'_>, lasts: Duration, files: &Files<'_>) -> Option<Vec<(Timestamp, Duration)>> {
    let zero_s = match section.text_at("starts") {
        Some((text, place)) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Some(moment.as_second() as f64),
            Err(_) => {
                let mend = "write the moment of the file that is the run's start: starts = \"2006-01-01T00:00:00Z\"";
                section.ledger.fault(place, "this is not a moment", "", mend);
                None
            }
        },
        None => Some(0.0),
    };
    let places = read(section, files)?;
    let zero_s = zero_s?;
    let mut outages = Vec::new();
    let mut outside = 0;
    for (begin, end) in places.into_values().flatten() {
        if begin >= zero_s && begin - zero_s < lasts.secs_f64() {
            let at = Timestamp::START + Duration::from_secs_f64(begin - zero_s);
            outages.push((at, Duration::from_secs_f64(end - begin)));
        } else {
            outside += 1;
        }
    }
    if outages.is_empty() || outages.len() > SAMPLES_MAX {
        let within = counted(outages.len() as u64, "outage");
        let wrong = format!("{within} of the list within the run, {outside} outside");
        let mend = "say with `starts` which moment of the file is the run's start, or count seconds from it";
        section.ledger.warn(&section.place, wrong, "", mend);
        outages.truncate(SAMPLES_MAX);
    }
    outages.sort_unstable();
    Some(outages)
}

/// A column of lengths: `{ file, column, unit }`, seconds unless said otherwise.
fn column_of_spans(section: &Section<'_>, files: &Files<'_>) -> Option<Vec<f64>> {
    let column = section.text_at("column");
    let units = [("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
    let scale = section.word_or_default("unit", &units);
    let (filter, files_named, encoding) = (Filter::of(section), file_names(section), encoding(section));
    let (column, place) = column?;
    let mut spans = Vec::new();
    for (name, file_place) in files_named {
        let csv = Csv::open(files, name, encoding, file_place, section.ledger)?;
        let column = csv.column(column, place, section.ledger)?;
        let wanted = filter.columns(&csv, section.ledger);
        let mut note = InputNote::of(name, section.name.clone());
        csv.rows(&mut note, section.ledger, |_, record, note| {
            if passes(record, &wanted) {
                match csv.number(&field(record, column)) {
                    Ok(value) => {
                        spans.push(value * scale);
                        note.rows_used += 1;
                    }
                    Err(reason) => note.leave_out(reason),
                }
            }
        });
        files.note(note);
    }
    Some(spans)
}

/// Begin and end [s] of the outages by place, each list by rising begin and without overlaps.
fn read(section: &Section<'_>, files: &Files<'_>) -> Option<BTreeMap<String, Vec<(f64, f64)>>> {
    let ledger = section.ledger;
    let column = |key| section.text_at(key).map(|(text, place)| (text, place.clone()));
    let begin = column("begin").unwrap_or((section.default("begin"), section.place.clone()));
    let (end, length, per) = (column("end"), column("length"), column("per"));
    let merge_within = section.quantity_or_default::<Duration>("merge_within").secs_f64();
    let (filter, files_named, encoding) = (Filter::of(section), file_names(section), encoding(section));
    let (until, is_length) = match (end, length) {
        (Some(end), None) => (end, false),
        (None, Some(length)) => (length, true),
        (None, None) => (("seconds", section.place.clone()), true),
        (Some((_, place)), Some(_)) => {
            ledger.fault(&place, "both `end` and `length` are given", "", "keep one of them");
            return None;
        }
    };
    let mut places: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (name, file_place) in files_named {
        let csv = Csv::open(files, name, encoding, file_place, ledger)?;
        let find = |(column, place): &(&str, Place)| csv.column(column, place, ledger);
        const ENDS: &str = "name the column of the end or of the length in seconds: end = \"…\" or length = \"…\"; ";
        let begin = csv.column_or(begin.0, &begin.1, ledger, "name it with begin = \"…\"; ");
        let until = csv.column_or(until.0, &until.1, ledger, ENDS);
        let per = per.as_ref().map(find);
        let wanted = filter.columns(&csv, ledger);
        let (begin, until) = (begin?, until?);
        let mut note = InputNote::of(name, section.name.clone());
        csv.rows(&mut note, ledger, |_, record, note| {
            if !passes(record, &wanted) {
                return note.leave_out("not asked for by `where`");
            }
            match outage(&csv, record, (begin, until), is_length) {
                Ok(outage) => {
                    let place = per.flatten().map(|column| field(record, column).to_string()).unwrap_or_default();
                    places.entry(place).or_default().push(outage);
                    note.rows_used += 1;
                }
                Err(reason) => note.leave_out(reason),
            }
        });
        files.note(note);
    }
    for outages in places.values_mut() {
        *outages = merge(std::mem::take(outages), merge_within);
    }
    Some(places)
}

fn outage(
    csv: &Csv,
    record: &csv::ByteRecord,
    columns: (usize, usize),
    is_length: bool,
) -> Result<(f64, f64), &'static str> {
    let (begin, until) = (csv.number(&field(record, columns.0))?, csv.number(&field(record, columns.1))?);
    let end = if is_length { begin + until } else { until };
    if end < begin { Err("it ends before it begins") } else { Ok((begin, end)) }
}

/// Joins outages that overlap or follow each other within `within` seconds.
fn merge(mut outages: Vec<(f64, f64)>, within: f64) -> Vec<(f64, f64)> {
    outages.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (begin, end) in outages {
        match merged.last_mut() {
            Some(last) if begin <= last.1 + within => last.1 = last.1.max(end),
            _ => merged.push((begin, end)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_that_follow_closely_are_one() {
        let outages = vec![(100.0, 200.0), (0.0, 50.0), (210.0, 220.0), (205.0, 300.0)];
        assert_eq!(merge(outages.clone(), 0.0), vec![(0.0, 50.0), (100.0, 200.0), (205.0, 300.0)]);
        assert_eq!(merge(outages.clone(), 10.0), vec![(0.0, 50.0), (100.0, 300.0)]);
        assert_eq!(merge(outages, 60.0), vec![(0.0, 300.0)]);
    }
}
