//! The commands: validate, init. Each reads, asks the floors below, and prints.

use crate::cli::args::{Init, Validate};
use crate::cli::input::{read, shown_faults};
use crate::cli::{Exit, Failure, print, say};

/// The commented first scenario, as bundled.
const FIRST: &str = include_str!("../../scenarios/00-first.toml");

pub fn validate(args: &Validate) -> Result<Exit, Failure> {
    let mut wrong = Vec::new();
    for file in &args.files {
        match read(file, &args.overrides) {
            Ok(loaded) => {
                let scenario = &loaded.scenario;
                say(&shown_faults(&scenario.warnings, &loaded.text));
                let (vms, disks) = (scenario.setup.inventory.vms.len(), scenario.setup.inventory.disks.len());
                let warnings = scenario.warnings.len();
                print(&format!("{}: good; {vms} VMs, {disks} disks, {warnings} warnings\n", file.display()))?;
                for note in &scenario.sources {
                    print(&format!("  {note}\n"))?;
                }
            }
            Err(failure) => wrong.push(failure.message),
        }
    }
    if wrong.is_empty() { Ok(Exit::Met) } else { Err(Failure::wrong(wrong.join("\n"))) }
}

pub fn init(args: &Init) -> Result<Exit, Failure> {
    let file = if args.name.extension().is_some() { args.name.clone() } else { args.name.with_extension("toml") };
    let written =
        std::fs::File::create_new(&file).and_then(|mut open| std::io::Write::write_all(&mut open, FIRST.as_bytes()));
    match written {
        Ok(()) => {
            let file = file.display();
            print(&format!("{file} is written; run it with: drsim run {file}\n"))?;
            Ok(Exit::Met)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::wrong(format!(
            "error: {} exists already; nothing was written\nmend: name another file: drsim init NAME",
            file.display()
        ))),
        Err(error) => Err(Failure::machine(format!("error: cannot write {}: {error}", file.display()))),
    }
}
