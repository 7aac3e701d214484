//! For a terminal or a log: a block a scenario, 80 columns, readable without colour.

use super::{Case, more, overall, word};
use crate::report::formats::{broken, plain};
use crate::report::write::mark;

const WIDTH: usize = 80;

pub fn text(cases: &[Case]) -> String {
    let mut lines = Vec::new();
    for case in cases {
        lines.extend(broken(
            &plain(&format!("{}: {} ({})", word(case.judgement.verdict), case.title, case.file)),
            WIDTH,
            2,
        ));
        lines.extend(broken(&format!("  {}", case.ran()), WIDTH, 2).into_iter().map(|line| format!("  {line}")));
        if let Some((from, margin)) = &case.baseline {
            let told = format!("against {from}, margin {} % of each limit", margin * 100.0);
            lines.extend(broken(&plain(&told), WIDTH - 2, 2).into_iter().map(|line| format!("  {line}")));
        }
        for row in case.rows() {
            let more = more(row.verdict).map(|more| format!("; {more}")).unwrap_or_default();
            let told = format!("{} {}: {}{more}", mark(row.verdict), row.name, row.told);
            lines.extend(broken(&plain(&told), WIDTH - 2, 4).into_iter().map(|line| format!("  {line}")));
            if let Some(miss) = row.miss {
                lines.extend(broken(&plain(&miss.told()), WIDTH - 4, 2).into_iter().map(|line| format!("    {line}")));
                // Not broken: it is copied as it stands.
                lines.push(format!("    see it: {}", plain(&miss.replay)));
            }
        }
    }
    if cases.len() > 1 {
        lines.push(format!("{}: {} scenarios", word(overall(cases)), cases.len()));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}
