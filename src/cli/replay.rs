//! `drsim replay`: one run told line by line: when, who, what and why.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};

use crate::cli::args::Replay;
use crate::cli::input::{Loaded, read};
use crate::cli::{Exit, Failure, say};
use crate::report::story::{Filter, Kind, Line, OutageCause, Teller};
use crate::scenario::{cure_by_name, moment_of, outage_causes};
use crate::simulation::{Luck, run};
use crate::units::{Timestamp, VmId};

const WIDTH: usize = 80;

pub fn replay(args: &Replay) -> Result<Exit, Failure> {
    let loaded = read(&args.input.file, &args.input.overrides)?;
    let setup = &loaded.scenario.setup;
    let causes = outage_causes(&setup.physics).into_iter();
    let causes = causes.map(|(kind, told, dated)| OutageCause { kind, told, dated }).collect();
    let calendar = setup.physics.calendar;
    let mut teller = Teller::new(setup.inventory.clone(), &setup.intent, calendar, causes, filter(args, &loaded)?);
    let luck = Luck::new(args.input.seed.unwrap_or(loaded.scenario.seed), args.replication);
    let who = setup.inventory.vms.iter().map(|vm| vm.name.chars().count()).max().unwrap_or(0);
    let mut out = Out::new(args.json, who);
    let end = run(setup, luck, &mut |at, fact| {
        if let Some(line) = teller.tell(at, fact) {
            out.put(&line);
        }
    });
    let lines = out.close()?;
    for foul in &end.fouls {
        say(&format!("bug in drsim: {foul}\n"));
    }
    if !args.quiet {
        say(&format!("{lines} lines from {} facts, digest {:032x}\n", end.facts, end.digest));
    }
    Ok(if end.fouls.is_empty() { Exit::Met } else { Exit::Machine })
}

fn filter(args: &Replay, loaded: &Loaded) -> Result<Filter, Failure> {
    let calendar = &loaded.scenario.setup.physics.calendar;
    let moment = |text: &Option<String>, otherwise: Timestamp| match text {
        None => Ok(otherwise),
        Some(text) => moment_of(text, calendar).map_err(|wrong| Failure::wrong(format!("error: {wrong}"))),
    };
    let (from, until) = (moment(&args.from, Timestamp::START)?, moment(&args.until, Timestamp::NEVER)?);
    if from > until {
        return Err(Failure::wrong(format!(
            "error: nothing lies between {from} and {until}\nmend: give --from an earlier moment than --until"
        )));
    }
    let vms = args.vm.iter().map(|name| vms(name, loaded)).collect::<Result<Vec<_>, _>>()?;
    let kinds = args.kind.iter().map(|name| kind(name)).collect::<Result<BTreeSet<_>, _>>()?;
    Ok(Filter { vms: vms.into_iter().flatten().collect(), kinds, from, until, fine: args.verbose })
}

/// The VM of this name, or all VMs of the group.
pub(super) fn vms(name: &str, loaded: &Loaded) -> Result<Vec<VmId>, Failure> {
    let inventory = &loaded.scenario.setup.inventory;
    let group = |vm: VmId| &inventory.group(inventory.vm(vm).group).name;
    let found: Vec<VmId> =
        inventory.vm_ids().filter(|vm| inventory.vm(*vm).name == name || group(*vm) == name).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known = inventory.vms.iter().map(|vm| vm.name.as_str());
    let known: Vec<&str> = known.chain(inventory.groups.iter().map(|group| group.name.as_str())).collect();
    let cure = cure_by_name(name, "VMs and groups", known);
    Err(Failure::wrong(format!("error: no VM is called `{name}`\nmend: {cure}")))
}

fn kind(name: &str) -> Result<Kind, Failure> {
    Kind::named(name).ok_or_else(|| {
        let cure = cure_by_name(name, "kinds", Kind::ALL.map(Kind::name));
        Failure::wrong(format!("error: no line is of kind `{name}`\nmend: {cure}"))
    })
}

/// Lines on their way out as they come: a long run is not kept.
struct Out {
    to: BufWriter<std::io::StdoutLock<'static>>,
    json: bool,
    who: usize,
    lines: u64,
    failed: Option<std::io::Error>,
}

impl Out {
    fn new(json: bool, who: usize) -> Out {
        Out { to: BufWriter::new(std::io::stdout().lock()), json, who, lines: 0, failed: None }
    }

    fn put(&mut self, line: &Line) {
        let text = if self.json { line.json() } else { line.text(WIDTH, self.who) };
        self.lines += 1;
        if self.failed.is_none() {
            self.failed = self.to.write_all(text.as_bytes()).err();
        }
        self.leave_when_nobody_reads();
    }

    /// `drsim replay … | head`: the reader has what it wanted, the rest of the run is of no use.
    fn leave_when_nobody_reads(&self) {
        if self.failed.as_ref().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
            std::process::exit(Exit::Met as i32);
        }
    }

    fn close(mut self) -> Result<u64, Failure> {
        if self.failed.is_none() {
            self.failed = self.to.flush().err();
        }
        self.leave_when_nobody_reads();
        match self.failed {
            None => Ok(self.lines),
            Some(error) => Err(Failure::machine(format!("error: cannot write to stdout: {error}"))),
        }
    }
}
