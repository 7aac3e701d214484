//! `drsim validate`: all faults and warnings of scenarios, for people or, with `--json`, for editors and CI.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::args::assignment;
use crate::cli::input::{Loaded, Refused, examine, shown_faults};
use crate::cli::{Exit, Failure, print};
use crate::planner::Effort;
use crate::scenario::{Assumption, Fault, line_column};
use crate::units::counted;

/// Its number is raised when a field of the output changes its name or meaning.
const SCHEMA: &str = "drsim-validate/1";

#[derive(Debug, Args)]
pub struct Validate {
    /// Scenario files; `-` reads standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Overrides a field of each scenario, e.g. link.wan.bandwidth="300 Mbit/s"
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub overrides: Vec<(String, String)>,
    /// Prints faults and warnings as JSON, with file, line, column and end of each
    #[arg(long)]
    pub json: bool,
}

pub fn validate(args: &Validate) -> Result<Exit, Failure> {
    let examined: Vec<_> =
        args.files.iter().map(|file| (file, examine(file, &args.overrides).and_then(Loaded::affordable))).collect();
    let all_good = examined.iter().all(|(_, result)| result.is_ok());
    if args.json {
        let files: Vec<Value> = examined.iter().map(|(file, result)| file_json(file, result)).collect();
        print(&format!("{:#}\n", json!({ "schema": SCHEMA, "files": files })))?;
        return Ok(if all_good { Exit::Met } else { Exit::Wrong });
    }
    let mut wrong = Vec::new();
    for (file, result) in examined {
        match result {
            Ok(loaded) => tell(file, &loaded)?,
            Err(refused) => wrong.push(refused.failure().message),
        }
    }
    if all_good { Ok(Exit::Met) } else { Err(Failure::wrong(wrong.join("\n"))) }
}

fn tell(file: &Path, loaded: &Loaded) -> Result<(), Failure> {
    let scenario = &loaded.scenario;
    eprint!("{}", shown_faults(&scenario.warnings, &loaded.text));
    let inventory = &scenario.setup.inventory;
    let (vms, disks) = (counted(inventory.vms.len() as u64, "VM"), counted(inventory.disks.len() as u64, "disk"));
    let warnings = counted(scenario.warnings.len() as u64, "warning");
    print(&format!("{}: good; {vms}, {disks}, {warnings}\n", file.display()))?;
    print(&format!("  {}\n", Effort::of(&scenario.setup, scenario.replications.at_most)))?;
    for note in &scenario.sources {
        print(&format!("  {note}\n"))?;
    }
    for assumed in &scenario.assumptions {
        print(&format!("  assumed: {}; {}\n", assumed.what, assumed.mend))?;
    }
    Ok(())
}

fn file_json(file: &Path, result: &Result<Loaded, Refused>) -> Value {
    let messages =
        |faults: &[Fault], text: &str| -> Vec<Value> { faults.iter().map(|fault| message_json(fault, text)).collect() };
    match result {
        Ok(Loaded { scenario, text, .. }) => json!({
            "file": file.display().to_string(),
            "good": true,
            "vms": scenario.setup.inventory.vms.len(),
            "disks": scenario.setup.inventory.disks.len(),
            "messages": messages(&scenario.warnings, text),
            "assumptions": scenario.assumptions.iter().map(assumption_json).collect::<Vec<_>>(),
            "inputs": scenario.sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Err(Refused::Unread(fault)) => json!({
            "file": file.display().to_string(),
            "good": false,
            "messages": messages(std::slice::from_ref(fault.as_ref()), ""),
        }),
        Err(Refused::Faulty { faults, text }) => json!({
            "file": file.display().to_string(),
            "good": false,
            "messages": messages(faults, text),
        }),
    }
}

fn assumption_json(assumed: &Assumption) -> Value {
    json!({ "message": assumed.what, "mend": assumed.mend })
}

/// Lines and columns count from 1, columns in characters; the end is the first character behind. `null` where the fault lies
/// in no line: in an override, or in the file as a whole.
fn message_json(fault: &Fault, text: &str) -> Value {
    let begin = fault.span.as_ref().map(|span| line_column(text, span.start));
    let end = fault.span.as_ref().map(|span| line_column(text, span.end));
    json!({
        "severity": if fault.is_warning { "warning" } else { "error" },
        "file": fault.file,
        "line": begin.map(|place| place.0),
        "column": begin.map(|place| place.1),
        "end_line": end.map(|place| place.0),
        "end_column": end.map(|place| place.1),
        "message": fault.wrong,
        "note": fault.note,
        "mend": fault.mend,
    })
}
