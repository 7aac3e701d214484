//! `drsim replay`: one run told line by line: when, who, what.

use std::fmt::Write as _;

use crate::cli::args::Replay;
use crate::cli::input::read;
use crate::cli::{Exit, Failure, print};
use crate::report::story;
use crate::simulation::{Luck, run};
use crate::units::Timestamp;

pub fn replay(args: &Replay) -> Result<Exit, Failure> {
    let loaded = read(&args.input.file, &args.input.overrides)?;
    let scenario = &loaded.scenario;
    let inventory = &scenario.setup.inventory;
    let vm = match &args.vm {
        None => None,
        Some(name) => match inventory.vm_ids().find(|vm| inventory.vm(*vm).name == *name) {
            Some(vm) => Some(vm),
            None => {
                return Err(Failure::wrong(format!(
                    "error: no VM is called `{name}`\nmend: name one of the scenario's VMs"
                )));
            }
        },
    };
    let from = Timestamp::START + args.from.unwrap_or_default();
    let until = args.until.map_or(Timestamp::NEVER, |until| Timestamp::START + until);
    let luck = Luck { seed: args.input.seed.unwrap_or(scenario.seed), replication: args.replication };
    let mut told = String::new();
    let end = run(&scenario.setup, luck, &mut |at, fact| {
        if (from..=until).contains(&at)
            && let Some(line) = story::line(inventory, fact, vm, args.verbose)
        {
            let _ = writeln!(told, "{at:>16}  {line}");
        }
    });
    print(&told)?;
    for foul in &end.fouls {
        eprintln!("bug in drsim: {foul}");
    }
    eprintln!("{} facts, digest {:032x}", end.facts, end.digest);
    Ok(if end.fouls.is_empty() { Exit::Met } else { Exit::Machine })
}
