//! FLOOR 6: the only part that touches terminal and files.
//!
//! Data goes to stdout, talk and progress to stderr; progress only on a terminal.

mod args;
mod axis;
mod baselines;
mod check;
mod chosen;
mod colour;
mod compare;
mod folder;
mod halfway;
mod import;
mod init;
mod input;
mod library;
mod limits;
mod plan;
mod print;
mod progress;
mod rare;
mod replay;
mod run;
mod sweep;
mod validate;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

/// How a command ended; the contract with scripts and CI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Met = 0,
    Missed = 1,
    /// The command line, a scenario or an input file is wrong; nothing was run.
    Wrong = 2,
    NotKnownYet = 3,
    /// The machine failed us: disk full, permission.
    Machine = 4,
    Interrupted = 130,
}

/// Something that ends a command early: said on stderr.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
}

impl Failure {
    pub fn wrong(message: impl Into<String>) -> Self {
        Self { exit: Exit::Wrong, message: message.into() }
    }

    pub fn machine(message: impl Into<String>) -> Self {
        Self { exit: Exit::Machine, message: message.into() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::machine(format!("error: {error}"))
    }
}

/// Runs the command line; never panics on input.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = !error.use_stderr();
            // A closed pipe is the reader's business.
            let _ = error.print();
            return ExitCode::from(if help { Exit::Met } else { Exit::Wrong } as u8);
        }
    };
    colour::choose(arguments.color);
    let outcome = match &arguments.command {
        Command::Run(args) => run::run(args),
        Command::Plan(args) => plan::plan(args),
        Command::Check(args) => check::check(args),
        Command::Compare(args) => compare::compare(args),
        Command::Sweep(args) => sweep::sweep(args),
        Command::Rare(args) => rare::rare(args),
        Command::Validate(args) => validate::validate(args),
        Command::Replay(args) => replay::replay(args),
        Command::Init(args) => init::init(args),
        Command::Import(args) => import::import(args),
        Command::Limits(args) => limits::limits(args),
        Command::Schema(args) => print::schema_or_reference(args),
        Command::Completions(args) => print::completions(args),
        Command::Man(args) => print::man(args),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        say(&format!("{}\n", failure.message.trim_end()));
        failure.exit
    });
    ExitCode::from(exit as u8)
}

/// Talks on stderr. Whether anybody listens is no business of ours: a closed pipe is no fault.
pub fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints to stdout; a closed pipe (`drsim … | head`) ends the printing without a fuss.
pub fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::machine(format!("error: cannot write to stdout: {error}"))),
    }
}
