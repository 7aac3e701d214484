//! `summary.md`: for the step summary of a CI or a wiki. Well below 1 MiB, since tables are cut to their worst rows.

use crate::planner::findings::Findings;
use crate::report::About;
use crate::report::write::{Report, Table, write};

/// Writes the page.
pub fn render(findings: &Findings, about: &About) -> String {
    let report = write(findings, about);
    let mut page =
        format!("# {}\n\n**{}**\n\n{}\n", escaped(&report.title), escaped(&report.verdict), escaped(&report.ran));
    let repeat = [
        ("scenario", &about.scenario_file),
        ("hash", &about.hash_hex),
        ("digest", &about.digest_hex),
        ("repeat", &report.repeat),
    ];
    page.push_str("\n| | |\n|---|---|\n");
    repeat.iter().for_each(|(name, text)| page.push_str(&format!("| {name} | `{}` |\n", text.replace('|', "\\|"))));
    let Report { targets, spreads, damage, capacity, vms, violations, refusals, health, .. } = &report;
    for table in [targets, spreads, damage, capacity, vms, violations, refusals, health] {
        page.push_str(&rendered(table));
    }
    if !report.advice.is_empty() {
        page.push_str("\n## What to do next\n\n");
        for advice in &report.advice {
            page.push_str(&format!("- {}. Try: {}\n", escaped(&advice.saw), escaped(&advice.try_this)));
        }
    }
    for (title, items) in [("Warnings", &report.warnings), ("Notes", &report.notes)] {
        if !items.is_empty() {
            page.push_str(&format!("\n## {title}\n\n"));
            items.iter().for_each(|item| page.push_str(&format!("- {}\n", escaped(item))));
        }
    }
    page.push_str(&rendered(&report.assumptions));
    page
}

fn rendered(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.iter().map(|c| escaped(c)).collect::<Vec<_>>().join(" | "));
    let mut text = format!("\n## {}\n\n{}", escaped(&table.title), line(&table.head));
    text.push_str(&format!("|{}\n", "---|".repeat(table.head.len())));
    table.rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

/// Names come from scenario files: nothing in them may become markup.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\n' | '\r' => safe.push(' '),
            _ => safe.push(c),
        }
    }
    safe
}
