//! One screen of a plan: the decision, the sizes, what less breaks, how sure, how to repeat it.

use super::Plan;
use super::saved::{dropped, saved};
use super::text::{Rows, breaks, how, price, set_aside, sizes, targets, verdict_line};
use crate::report::formats::grid::{Side, broken, grid};
use crate::report::formats::screen::{command, plain};

/// Lines of what less would break, per question.
const BREAKS: usize = 5;

/// Prints the screen in lines of at most `width` columns.
pub fn screen(plan: &Plan<'_>, width: usize) -> String {
    let mut lines = Vec::new();
    lines.extend(broken(&plain(&verdict_line(plan)), width, 2));
    lines.extend(broken(&plain(&plan.about.title), width, 2));
    for sizing in &plan.found.questions {
        lines.extend(laid(
            &sizes(plan, sizing),
            &[Side::Left, Side::Right, Side::Right, Side::Right, Side::IfRoom],
            width,
        ));
        let breaks = breaks(plan, sizing);
        let more = breaks.len().saturating_sub(BREAKS);
        let said = set_aside(plan, sizing).into_iter().chain(breaks.into_iter().take(BREAKS));
        let said = said.chain((more > 0).then(|| format!("and {more} more, see summary.md")));
        for line in said.chain(price(plan, sizing)) {
            lines.extend(broken(&plain(&line), width, 2));
        }
        lines.extend(laid(
            &targets(plan, sizing),
            &[Side::Left, Side::Right, Side::IfRoom, Side::Left, Side::IfRoom],
            width,
        ));
        for line in how(plan, sizing) {
            lines.extend(broken(&plain(&line), width, 2));
        }
    }
    lines.extend(saved_lines(plan, width));
    lines.extend(
        plan.about.warnings.iter().flat_map(|warning| broken(&plain(&format!("warning: {warning}")), width, 2)),
    );
    lines.push(format!("{} replications were run", plan.ran));
    lines.extend(broken(&plain(&format!("report: {}", plan.about.out_dir)), width, 8));
    lines.extend(command(&plain(&plan.about.command), width));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What leaving out saves: the table, and targets that were dropped.
fn saved_lines(plan: &Plan<'_>, width: usize) -> Vec<String> {
    let Some(whole) = &plan.whole else { return Vec::new() };
    let sheet = saved(plan);
    let mut rows: Rows = vec![sheet.head.iter().map(ToString::to_string).collect()];
    rows.extend(sheet.rows);
    let mut lines = laid(&rows, &[Side::Left, Side::Right, Side::Right, Side::Right], width);
    lines.extend(broken(&plain(dropped(whole).trim()), width, 2));
    lines
}

fn laid(rows: &Rows, sides: &[Side], width: usize) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    grid(&rows, sides, width)
}
