//! `drsim limits`: every number of a profile with its source and how sure it is.

use std::fmt::Write as _;

use crate::cli::args::Limits;
use crate::cli::{Exit, Failure, print};
use crate::inventory::limits::Mark;
use crate::scenario::limits::profile;

pub fn limits(args: &Limits) -> Result<Exit, Failure> {
    let limits = profile(&args.name).ok_or_else(|| {
        Failure::wrong(format!(
            "error: no limits profile is called `{}`\nmend: azure-stack-hub-2024 is bundled",
            args.name
        ))
    })?;
    let mut text = format!("{} (read {})\n\n", limits.name, limits.date);
    let width = limits.notes.iter().map(|note| note.key.len()).max().unwrap_or(0);
    for note in &limits.notes {
        let mark = match note.mark {
            Mark::Documented => "documented",
            Mark::DocumentedSibling => "documented (sibling product)",
            Mark::Inferred => "inferred",
            Mark::Assumed => "assumed",
            Mark::Overridden => "set by the scenario",
        };
        let _ = writeln!(text, "{:width$}  {:<14} {mark}, {}", note.key, note.value, note.source);
        if !note.why.is_empty() {
            let _ = writeln!(text, "{:width$}  {}", "", note.why);
        }
    }
    let _ = writeln!(text, "\nVM size            cores  memory      data disks  operations/s per disk");
    for size in &limits.vm_sizes {
        let memory = size.memory.to_string();
        let row = (size.cores, size.data_disks, size.iops_per_disk);
        let _ = writeln!(text, "{:<18} {:>5}  {memory:<10}  {:>10}  {:>21}", size.name, row.0, row.1, row.2);
    }
    print(&text)?;
    Ok(Exit::Met)
}
