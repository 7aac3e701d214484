//! Claims about all tables: names tell units, cells are of their column's kind, numbers are those of the findings.

use super::*;
use crate::report::html::sample;

#[test]
fn names_are_unique_and_end_in_the_unit_of_their_column() {
    let findings = sample::findings(40);
    let about = sample::about();
    let tables = all(&findings, &about);
    let mut seen = std::collections::BTreeSet::new();
    for table in &tables {
        assert!(seen.insert(table.name) && table.rows > 0, "{}: twice, or the sample has none", table.name);
        let mut names = std::collections::BTreeSet::new();
        for column in &table.columns {
            let name = column.name;
            assert!(names.insert(name), "{}.{name} twice", table.name);
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
            let end = name.rsplit('_').next();
            let ends_in_a_unit = ["s", "bytes", "share"].into_iter().find(|unit| end == Some(unit)).unwrap_or("");
            let own = if column.kind == Kind::Level { "" } else { column.kind.unit() };
            assert_eq!(ends_in_a_unit, own, "{}.{name}", table.name);
        }
        let has_levels = table.columns.iter().any(|column| column.kind == Kind::Level);
        assert_eq!(has_levels, table.column("unit").is_some(), "{}: levels say their unit", table.name);
    }
}

#[test]
fn every_cell_is_of_the_kind_of_its_column_or_empty() {
    let findings = sample::findings(40);
    let about = sample::about();
    for table in all(&findings, &about) {
        for column in &table.columns {
            for row in 0..table.rows {
                let cell = column.cell(row);
                let fits = match (&cell, column.kind) {
                    (Cell::Empty, _) => true,
                    (Cell::Text(_), kind) => kind == Kind::Text,
                    (Cell::Whole(_), kind) => matches!(kind, Kind::Count | Kind::Bytes | Kind::Level),
                    (Cell::Number(number), kind) => {
                        number.is_finite() && matches!(kind, Kind::Seconds | Kind::Moment | Kind::Share | Kind::Level)
                    }
                };
                assert!(fits, "{}.{} row {row}: {cell:?} is no {:?}", table.name, column.name, column.kind);
            }
            assert_eq!(column.cell(table.rows), Cell::Empty, "beyond the end there is nothing");
        }
    }
}

#[test]
fn the_parts_of_an_rto_add_up_in_the_table_as_in_the_failure() {
    let findings = sample::findings(40);
    let table = runs::failures(&findings);
    let number = |name: &str, row: usize| match table.column(name).expect("a column").cell(row) {
        Cell::Number(number) => Some(number),
        _ => None,
    };
    let mut summed = 0;
    for row in 0..table.rows {
        let Some(rto) = number("rto_s", row) else { continue };
        let parts = ["rto_detect_s", "rto_decide_s", "rto_process_s", "rto_create_s", "rto_boot_s"];
        let sum: f64 = parts.iter().map(|name| number(name, row).expect("all parts or none")).sum();
        assert!((sum - rto).abs() < 1e-4 * rto.max(1.0), "{sum} is not {rto}");
        assert_eq!(number("not_served_s", row), None);
        summed += 1;
    }
    assert!(summed > 0);
}
