//! Scenario files: read, checked, and their faults shown.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cli::{Failure, colour};
use crate::planner::Effort;
use crate::scenario::{FILE_BYTES_MAX, Fault, Scenario, load, render, scenario_text, unreadable};
use crate::units::Bytes;

/// Scenario text beyond this is not a scenario.
const TEXT_MAX: u64 = 16 << 20;
/// More faults are counted, not shown: nobody mends more at a time.
const SHOWN_MAX: usize = 25;

/// A scenario with its text, for messages.
pub struct Loaded {
    pub scenario: Scenario,
    pub text: String,
    /// Name of the scenario: file stem, or `stdin`.
    pub name: String,
}

impl Loaded {
    /// What so many replications ask of the machine; refused when that is too much.
    pub fn effort(&self, replications: u64) -> Result<Effort, Refused> {
        let effort = Effort::of(&self.scenario.setup, replications);
        let Some((wrong, mend)) = effort.too_much() else { return Ok(effort) };
        let fault = Fault { wrong, span: None, file: self.name.clone(), mend, note: String::new(), is_warning: false };
        Err(Refused::Faulty { faults: vec![fault], text: String::new() })
    }

    /// The same for the replications that the scenario asks for.
    pub fn affordable(self) -> Result<Loaded, Refused> {
        self.effort(self.scenario.replications.at_most)?;
        Ok(self)
    }
}

/// Why there is no scenario.
pub enum Refused {
    /// The file itself cannot be read.
    Unread(Box<Fault>),
    /// All faults, and the text they point into.
    Faulty { faults: Vec<Fault>, text: String },
}

impl Refused {
    /// For people: all faults with snippets.
    pub fn failure(&self) -> Failure {
        match self {
            Refused::Unread(fault) => Failure::wrong(format!("error: {}\nmend: {}", fault.wrong, fault.mend)),
            Refused::Faulty { faults, text } => {
                let (mut message, count) = (shown_faults(faults, text), faults.len());
                let _ = write!(message, "{count} fault{}; nothing was run", if count == 1 { "" } else { "s" });
                Failure::wrong(message)
            }
        }
    }
}

/// Reads and checks a scenario; all faults at once on stderr.
pub fn read(file: &Path, overrides: &[(String, String)]) -> Result<Loaded, Failure> {
    examine(file, overrides).map_err(|refused| refused.failure())
}

/// The same, with the faults as they are.
pub fn examine(file: &Path, overrides: &[(String, String)]) -> Result<Loaded, Refused> {
    let stdin = file == Path::new("-");
    let shown = if stdin { "<stdin>".to_owned() } else { file.display().to_string() };
    let bytes = bytes_of(file, stdin).map_err(|error| {
        let (file, mend) = (shown.clone(), "name a scenario file; `drsim init` writes one".to_owned());
        let wrong = format!("{shown} {}", unreadable(&error).0);
        Refused::Unread(Box::new(Fault { wrong, span: None, file, mend, note: String::new(), is_warning: false }))
    })?;
    let (text, warning) =
        scenario_text(bytes, &shown).map_err(|(text, faults)| Refused::Faulty { faults: faults.0, text })?;
    let folder = if stdin { PathBuf::from(".") } else { file.parent().unwrap_or(Path::new(".")).to_owned() };
    let beside = |path: &Path| bounded(&folder.join(path));
    match load(&text, &shown, &beside, overrides) {
        Ok(mut scenario) => {
            scenario.warnings.extend(warning);
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let name = if stdin { "stdin".to_owned() } else { stem.unwrap_or_else(|| "scenario".to_owned()) };
            Ok(Loaded { scenario, text, name })
        }
        Err(faults) => Err(Refused::Faulty { faults: faults.0, text }),
    }
}

/// Faults or warnings as text, one after another; the first [`SHOWN_MAX`] of them.
pub fn shown_faults(faults: &[Fault], text: &str) -> String {
    let colour = colour::on_stderr();
    let mut shown = faults.iter().take(SHOWN_MAX).fold(String::new(), |mut shown, fault| {
        let _ = writeln!(shown, "{}", render(fault, text, colour));
        shown
    });
    if faults.len() > SHOWN_MAX {
        let _ = writeln!(shown, "and {} more, not shown: mend these first\n", faults.len() - SHOWN_MAX);
    }
    shown
}

fn bytes_of(file: &Path, stdin: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if stdin {
        io::stdin().lock().take(TEXT_MAX).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?.take(TEXT_MAX).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A file that a scenario names: a plain file, and no larger than is read.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let about = std::fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    if about.len() > FILE_BYTES_MAX {
        let (has, most) = (Bytes(about.len()), Bytes(FILE_BYTES_MAX));
        let wrong = format!("has {has}; at most {most} are read, unpacked");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, wrong));
    }
    std::fs::read(path)
}
