//! Claims about the workbook, read back with a reader of another hand: same numbers as `summary.json`, formulas that say
//! what they show, nothing executed, nothing silently cut.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::render;
use super::sheet::ROWS_MAX;
use crate::measure::Failure;
use crate::planner::Findings;
use crate::report::formats::json;
use crate::report::html::sample;

/// Row of the head on sheets that one grid fills.
const HEAD: u32 = 3;

struct Read(Xlsx<Cursor<Vec<u8>>>);

impl Read {
    fn of(findings: &Findings) -> Self {
        Self(Xlsx::new(Cursor::new(render(findings, &sample::about()))).expect("a workbook"))
    }

    fn sheet(&mut self, name: &str) -> Range<Data> {
        self.0.worksheet_range(name).expect("the sheet is there")
    }

    fn formulas(&mut self, name: &str) -> Range<String> {
        self.0.worksheet_formula(name).expect("the sheet is there")
    }
}

fn text(range: &Range<Data>, row: u32, column: u32) -> String {
    range.get_value((row, column)).map(ToString::to_string).unwrap_or_default()
}

/// The column whose head begins so and says this unit.
fn column(range: &Range<Data>, label: &str, unit: &str) -> u32 {
    let head = if unit.is_empty() { label.to_owned() } else { format!("{label}\n[{unit}]") };
    let last = range.end().expect("not empty").1;
    (0..=last).find(|column| text(range, HEAD, *column) == head).unwrap_or_else(|| panic!("no column `{head}`"))
}

/// Numbers of a column from the first row down to the last of the sheet; `None` where there is none.
fn numbers(range: &Range<Data>, label: &str, unit: &str) -> Vec<Option<f64>> {
    let column = column(range, label, unit);
    let last = range.end().expect("not empty").0;
    let number = |row| match range.get_value((row, column)) {
        Some(Data::Float(number)) => Some(*number),
        Some(Data::Int(number)) => Some(*number as f64),
        _ => None,
    };
    (HEAD + 1..=last).map(number).collect()
}

fn json_numbers(list: &serde_json::Value, path: &[&str]) -> Vec<Option<f64>> {
    let of = |entry: &serde_json::Value| path.iter().fold(entry, |value, key| &value[*key]).as_f64();
    list.as_array().expect("a list").iter().map(of).collect()
}

#[test]
fn the_numbers_are_those_of_the_summary() {
    let findings = sample::findings(40);
    let json: serde_json::Value =
        serde_json::from_str(&json::summary(&findings, &sample::about())).expect("valid JSON");
    let mut read = Read::of(&findings);
    let base = "base unit";
    for (sheet, list, columns) in [
        (
            "Targets",
            "targets",
            &[
                ("Wanted limit", &["wanted_limit"][..]),
                ("Achieved", &["achieved", "value"]),
                ("Achieved, low bound", &["achieved", "low"]),
                ("Achieved, high bound", &["achieved", "high"]),
            ][..],
        ),
        (
            "Distributions",
            "distributions",
            &[
                ("Mean", &["mean", "value"][..]),
                ("p95", &["p95", "value"]),
                ("p99, high bound", &["p99", "high"]),
                ("Worst", &["worst"]),
            ],
        ),
        (
            "Resources",
            "capacity",
            &[("Capacity", &["capacity"][..]), ("Mean", &["mean", "value"]), ("p99", &["p99"]), ("Peak", &["peak"])],
        ),
    ] {
        let range = read.sheet(sheet);
        for (label, path) in columns {
            assert_eq!(numbers(&range, label, base), json_numbers(&json[list], path), "{sheet}: {label}");
        }
    }
    let vms = read.sheet("VMs");
    let lost: f64 = numbers(&vms, "Data lost, sum", "bytes").into_iter().flatten().sum();
    assert_eq!(lost, findings.vms.iter().map(|vm| vm.data_lost_bytes as f64).sum::<f64>());
    assert_eq!(text(&vms, HEAD + 1, 0), findings.names.vm(findings.worst_vms[0]), "worst first");
}

#[test]
fn a_span_reads_the_same_in_both_units() {
    let mut read = Read::of(&sample::findings(40));
    let failures = read.sheet("Failures");
    let (clock, seconds) = (column(&failures, "RTO", "h:mm:ss"), numbers(&failures, "RTO", "s"));
    let mut compared = 0;
    for (row, seconds) in (HEAD + 1..).zip(seconds) {
        let (Some(Data::DateTime(days)), Some(seconds)) = (failures.get_value((row, clock)), seconds) else { continue };
        assert!((days.as_f64() * 86_400.0 - seconds).abs() < 1e-6 * seconds.max(1.0));
        compared += 1;
    }
    assert!(compared > 10, "{compared} rows with an RTO");
}

#[test]
fn formulas_follow_the_capacity_and_show_what_they_say() {
    let mut read = Read::of(&sample::findings(40));
    let (range, formulas) = (read.sheet("Resources"), read.formulas("Resources"));
    let at = |label: &str| column(&range, label, "");
    let (capacity, peak, free) = (at("Capacity"), at("Peak"), at("Free at the peak"));
    let number = |row, column| match range.get_value((row, column)) {
        Some(Data::Float(number)) => Some(*number),
        _ => None,
    };
    let mut compared = 0;
    for row in HEAD + 1..=range.end().expect("not empty").0 {
        let (Some(capacity), Some(peak_now)) = (number(row, capacity), number(row, peak)) else { continue };
        let formula = formulas.get_value((row, free)).cloned().unwrap_or_default();
        assert_eq!(formula, format!("C{0}-D{0}", row + 1).replace('D', &letter(peak)), "row {row}");
        let shown = number(row, free).expect("a formula has its value");
        assert!((shown - (capacity - peak_now)).abs() <= 1e-9 * capacity, "{shown} is not {capacity} - {peak_now}");
        compared += 1;
    }
    assert!(compared > 3, "{compared} resources with a capacity");
}

fn letter(column: u32) -> String {
    rust_xlsxwriter::utility::column_number_to_name(u16::try_from(column).expect("few columns"))
}

#[test]
fn the_same_findings_give_the_same_bytes_and_names_are_never_formulas() {
    let mut findings = sample::findings(40);
    let evil = "=cmd|' /c calc'!A1";
    findings.names.vms[0] = evil.into();
    assert_eq!(render(&findings, &sample::about()), render(&findings, &sample::about()));
    let mut read = Read::of(&findings);
    let (vms, formulas) = (read.sheet("VMs"), read.formulas("VMs"));
    assert!((HEAD + 1..=HEAD + 40).any(|row| text(&vms, row, 0) == evil), "the name stands as it is");
    assert!(formulas.used_cells().all(|(_, _, formula)| !formula.contains("cmd")));
}

#[test]
fn more_rows_than_a_workbook_is_good_for_are_counted_and_named() {
    let mut findings = sample::findings(40);
    let one: (u64, Failure) = findings.failures[0].clone();
    findings.failures = (0..ROWS_MAX as u64 + 5).map(|replication| (replication, one.1.clone())).collect();
    let failures = Read::of(&findings).sheet("Failures");
    let note = text(&failures, HEAD, 0);
    assert!(note.contains(&format!("The first {ROWS_MAX} of {} rows", ROWS_MAX + 5)), "{note}");
    assert!(note.contains("failures"), "says where all of them are: {note}");
    assert_eq!(failures.end().expect("not empty").0, HEAD + 1 + ROWS_MAX as u32);
}

#[test]
fn without_anything_found_the_sheets_still_stand() {
    let mut read = Read::of(&Findings::default());
    let names = read.0.sheet_names();
    assert_eq!(names.first().map(String::as_str), Some("Summary"));
    assert!(text(&read.sheet("Summary"), 3, 0).contains("no targets"));
    for name in names {
        assert!(!read.sheet(&name).is_empty(), "{name} has a title at least");
    }
}
